"""Every bound: what is just within it, what is just beyond, and what is held until then."""
