"""The same shapes under valgrind, which counts the instructions of all code, C's too.

That is the truer count, and needs no knowledge of what a call costs; but valgrind is not
everywhere, and takes some thirty times as long. So it is for people, and the tests count otherwise.

One process imports the package and forks four times for each shape: at both sizes once only to
prepare, and once to prepare and do it. The difference is the work.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator

from tests.linear.measuring import TIMES, Measured
from tests.linear.shape import Shape

_COUNTED = re.compile(r"^==([0-9]+)== I +refs: +([0-9,]+)$", re.MULTILINE)
_FORKED = re.compile(r"^forked ([0-9]+) ([0-3]) (.+)$", re.MULTILINE)


def under_valgrind(arguments: Iterable[str]) -> Iterator[Measured]:
    """Run ``tests.linear`` with those arguments under valgrind; what each shape cost.

    Raises:
        FileNotFoundError: there is no valgrind.
        CalledProcessError: it failed.
    """
    done = subprocess.run(
        [
            *("valgrind", "--tool=cachegrind", "--cache-sim=no"),
            "--cachegrind-out-file=/dev/null",
            *(sys.executable, "-m", "tests.linear", "--forked", *arguments),
        ],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    counts = {pid: int(count.replace(",", "")) for pid, count in _COUNTED.findall(done.stderr)}
    shapes: dict[str, dict[str, int]] = {}
    for pid, step, name in _FORKED.findall(done.stdout):
        shapes.setdefault(name, {})[step] = counts[pid]
    for name, steps in shapes.items():
        yield Measured(name, steps["1"] - steps["0"], steps["3"] - steps["2"])


def fork_for(shapes: Iterable[Shape]) -> None:
    """Do the shapes in children, and say which did what."""
    for shape in shapes:
        for step in range(4):
            child = os.fork()
            if not child:
                call = shape.prepare(shape.count_bytes * (TIMES if step > 1 else 1))
                if step % 2:
                    call()
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if status:
                raise SystemExit(f"{shape.name} failed")
            print(f"forked {child} {step} {shape.name}", flush=True)
