"""The words a customer reads, from the definition and the sender's slots. Pure."""
