"""Which arm a unit gets: hashing and sealed lists. Pure, standard library only."""

from amends.assignment.hashing import bucket

__all__ = ["bucket"]
