"""Clients of httpx and httpx2, without a network."""
