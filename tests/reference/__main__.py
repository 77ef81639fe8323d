"""Draws the reference pictures anew: python -m tests.reference."""

from tests.reference.pictures import write

write()
