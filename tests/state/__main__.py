"""``python -m tests.state``: the same outcomes whatever the interpreter was told.

Everything is run under each condition, in a process of its own. The exit code is 0 if all tell the
same, else 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent


class Condition(NamedTuple):
    """How a process is started.

    Attributes:
        python: options of the interpreter.
        arguments: those of ``tests.state.outcomes``.
        environment: variables.
    """

    python: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


_SURROUNDINGS = {
    "PYTHONHASHSEED": "1",
    "TZ": "Pacific/Chatham",
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}

CONDITIONS = {
    "hash seed 0": Condition(environment=(("PYTHONHASHSEED", "0"),)),
    "-O": Condition(("-O",)),
    "-OO -bb -W error": Condition(("-OO", "-bb", "-W", "error")),
    "recursion limit 200": Condition(arguments=("--recursion-limit", "200")),
    "four threads": Condition(arguments=("--threads", "4")),
    "hash seed 1, other time zone and locale": Condition(environment=tuple(_SURROUNDINGS.items())),
}


def outcomes(condition: Condition, every: int = 1) -> str:
    """What ``tests.state.outcomes`` prints under a condition; with a failure, that as well."""
    command = (sys.executable, *condition.python, "-m", "tests.state.outcomes")
    done = subprocess.run(
        (*command, *condition.arguments, "--every", str(every)),
        cwd=ROOT,
        env={**os.environ, **dict(condition.environment)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser("python -m tests.state", description=__doc__)
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="take only one input in so many"
    )
    every = parser.parse_args().every
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        told = dict(
            zip(
                CONDITIONS,
                pool.map(lambda it: outcomes(it, every), CONDITIONS.values()),
                strict=True,
            )
        )
    first, *_ = told.values()
    print(first, end="")
    others = [name for name, text in told.items() if text != first]
    for name in others:
        print(f"\n{name}:\n{told[name]}", end="")
    if not others:
        print(f"the same under {len(told)} conditions: {', '.join(told)}")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
