"""Figures from counts: tests, intervals, bounds, verdicts and reports. Pure."""
