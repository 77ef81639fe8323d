"""What must hold of the data before any figure is believed, one module for each source of trouble."""
