"""``python -m tests.load``: the load test in full, and a table of what came of it.

The exit code is 1 where a task was lost, added twice, or not answered as it should be.
"""

from __future__ import annotations

import argparse
import sys

from tests.load.load import TASKS, run, table


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--batches", type=int, default=1000, help=f"of {TASKS} tasks each")
    parser.add_argument("--clients", type=int, default=4, help="that send at once")
    options = parser.parse_args()
    outcome = run(options.batches, options.clients)
    for name, value in table(outcome):
        sys.stdout.write(f"{name:28} {value}\n")
    return 0 if not outcome.wrong else 1


if __name__ == "__main__":
    sys.exit(main())
