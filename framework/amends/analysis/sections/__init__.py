"""Analyses beside the contrasts: one module each, all laid out alike by every form of a report."""
