"""Where one machine ends: assignment and analysis inside engines that hold the data, through Ibis."""
