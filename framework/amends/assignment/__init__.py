"""Which arm a unit gets: hashing and sealed lists. Pure, standard library only."""
