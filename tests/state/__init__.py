"""What the package holds between calls, and what of its surroundings it heeds: nothing."""
