"""Planted credentials: none is in what errors, results and commands tell."""
