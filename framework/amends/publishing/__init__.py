"""What leaves the house for others to check: the bundle that goes with a publication."""
