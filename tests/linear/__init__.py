"""Work is linear: hostile shapes at two sizes, and a counter of what the package does with them.

``python -m tests.linear`` prints what each costs; ``docs/reliability.md`` tells what is counted.
"""
