"""The documentation's generated parts (reference and pictures) and the building of its pages."""
