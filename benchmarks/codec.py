"""Times the codec against other readers and writers of batches.

One process, contenders in turn, CPU time with the collector on, new boundaries in every input;
README.md beside this file says how and why.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path

import ours
from contender import Contender
from elsewhere import python_multipart
from inputs import KINDS, Inputs, Kind
from readers import READERS
from report import table_text, targets
from timing import Table, timed
from writers import WRITERS

TASKS = ("decode", "encode")
MANY = 100_000


class Benchmark:
    """The contenders that are there, and what was measured.

    Args:
        rounds: turns that each contender has on a shape of input; a third of them where a turn
            is long.
    """

    def __init__(self, rounds: int) -> None:
        self.tables: list[Table] = []
        self._rounds = rounds
        self._contenders: dict[tuple[str, Kind], list[Contender]] = {}

    def enter(self, task: str, make: Callable[[Kind], Sequence[Contender]]) -> None:
        """Take in the contenders that are installed and find every operation; name the others."""
        for kind in KINDS:
            try:
                lines = make(kind)
            except ImportError as error:
                print(f"skipped, {task} {kind}: {error.msg}")
                continue
            for contender in lines:
                try:
                    contender.check(Inputs(kind, 7, 150).fresh())
                except Exception as error:  # other people's code: it may fail in any way
                    print(f"skipped, {task} {kind}: {contender.name} fails: {error!r:.300}")
                else:
                    self._contenders.setdefault((task, kind), []).append(contender)

    def run(self, task: str, kind: Kind, operations: int, body_bytes: int) -> None:
        """Time every contender on one shape of input, and print the table."""
        rounds = self._rounds if operations < 1000 else max(3, self._rounds // 3)
        self._run(task, self._contenders[task, kind], Inputs(kind, operations, body_bytes), rounds)

    def run_many(self, task: str, kind: Kind) -> None:
        """Time ours alone on very many operations."""
        own = [one for one in self._contenders[task, kind] if one.name == ours.NAME]
        self._run(task, own, Inputs(kind, MANY, 150), 3)

    def _run(self, task: str, contenders: Sequence[Contender], inputs: Inputs, rounds: int) -> None:
        if contenders:
            table = timed(task, contenders, inputs, rounds)
            self.tables.append(table)
            print(table_text(table, {one.name: one.less for one in contenders}), flush=True)


def main() -> None:
    """Run what the arguments ask for."""
    options = _options()
    versions = {"python": platform.python_version(), **_versions()}
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    benchmark = Benchmark(options.rounds)
    benchmark.enter("decode", ours.readers)
    benchmark.enter("encode", ours.writers)
    for reader in READERS:
        benchmark.enter("decode", reader)
    for writer in WRITERS:
        benchmark.enter("encode", writer)
    with ExitStack() as stack:
        try:
            process = stack.enter_context(python_multipart(options.python_multipart))
        except OSError as error:
            print(f"skipped, decode: python-multipart: {error}")
        else:
            benchmark.enter("decode", lambda _: (process.contender(),))
        print()
        gc.collect()
        gc.freeze()  # the contenders' own modules are nobody's garbage
        shapes = product(TASKS, KINDS, options.bodies, options.operations)
        for task, kind, body_bytes, operations in shapes:
            benchmark.run(task, kind, operations, body_bytes)
        if not options.quick:
            for task, kind in product(TASKS, KINDS):
                benchmark.run_many(task, kind)
    reached = list(targets(benchmark.tables))
    print("targets: 100 operations, bodies of 150 B", *reached, sep="\n")
    if options.json:
        document = {
            "versions": versions,
            "tables": [asdict(table) for table in benchmark.tables],
            "targets": [asdict(target) for target in reached],
        }
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    """The contenders in this environment."""
    versions = {}
    for line in Path(__file__).with_name("requirements.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            with suppress(PackageNotFoundError):
                versions[line] = version(line)
    return versions


def _options() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(number) for number in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--operations", type=numbers, default=[3, 100, 10_000], help="in a batch; by commas")
    add("--bodies", type=numbers, default=[150, 1500], help="bytes of a body; by commas")
    add("--rounds", type=int, default=15, help="a third of them from 1,000 operations on")
    add("--quick", action="store_true", help="100 operations, bodies of 150 B, 9 rounds")
    add("--json", type=Path, metavar="FILE", help="write every turn's figure there")
    add("--python-multipart", metavar="PYTHON", help="an interpreter that has it; else one is made")
    options = parser.parse_args()
    if options.quick:
        options.operations, options.bodies, options.rounds = [100], [150], 9
    return options


if __name__ == "__main__":
    main()
