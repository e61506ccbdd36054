"""Mutation testing: the package is changed in one place at a time, and a test must fail."""
