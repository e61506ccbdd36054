"""The same bytes, read by this decoder and by readers that share no code with it."""
