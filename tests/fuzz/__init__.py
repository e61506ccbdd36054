"""Fuzzing, guided by coverage: harnesses, their seeds, and the command that runs them.

``python -m tests.fuzz --seconds 60`` fuzzes; ``docs/reliability.md`` tells what is held, and how.
"""
