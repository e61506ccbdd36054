"""Times the translation of Azure Batch's add-tasks batches against doing it by hand.

Legacy bytes to the bytes of an addtaskcollection request, and the answer to that back to the
legacy answer's bytes. One process, contenders in turn, CPU time with the collector on, new
boundaries and ids in every input; README.md beside this file says how and why.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from pkgutil import extend_path

import ours
import upgraders
from answerers import ANSWERERS
from contender import Contender
from report import Target, table_text
from task_inputs import AnswerInputs, TaskInputs
from timing import Source, Table, timed
from upgraders import UPGRADERS

from odatabatch.azure.collection import MAX_TASKS

# azure-core's namespace has the name of this file too: from here it can still be imported.
__path__: list[str] = list(extend_path([], "azure"))

_BOUND = "both parts together"
_BODIES = (150, 1500)  # what the targets are about
_OPERATIONS = 100

Factories = Sequence[Callable[[], Contender]]
TASKS: dict[str, tuple[Callable[[int, int], Source], Factories]] = {
    "upgrade": (TaskInputs, UPGRADERS),
    "answer": (AnswerInputs, ANSWERERS),
}


def main() -> None:
    """Run what the arguments ask for."""
    options = _options()
    versions = {"python": platform.python_version()}
    with suppress(PackageNotFoundError):
        versions["odatapy"] = version("odatapy")
    print(", ".join(f"{name} {number}" for name, number in versions.items()))
    contenders = {
        task: list(_entered(task, factories, [inputs(7, size) for size in options.bodies]))
        for task, (inputs, factories) in TASKS.items()
    }
    print()
    gc.collect()
    gc.freeze()  # the contenders' own modules are nobody's garbage
    tables = []
    for task, body_bytes, operations in product(TASKS, options.bodies, options.operations):
        source = TASKS[task][0](operations, body_bytes)
        table = _with_bound(timed(task, contenders[task], source, options.rounds))
        tables.append(table)
        less = {one.name: one.less for one in contenders[task]}
        print(table_text(table, less, best=True), flush=True)
    reached = dict(_targets(tables))
    print(f"targets: {_OPERATIONS} tasks, medians of the ratios within a round; of the best rounds")
    for target, best in reached.items():
        print(_verdict(target, best))
    if options.json:
        document = {
            "versions": versions,
            "tables": [asdict(table) for table in tables],
            "targets": [asdict(target) for target in reached],
        }
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _entered(task: str, factories: Factories, sources: Iterable[Source]) -> Iterator[Contender]:
    """The contenders that are installed and translate every task; the others are named."""
    samples = [source.fresh() for source in sources]
    for factory in factories:
        try:
            contender = factory()
        except ImportError as error:
            print(f"skipped, {task}: {error.msg}")
            continue
        try:
            for sample in samples:
                contender.check(sample)
        except Exception as error:  # other people's code: it may fail in any way
            print(f"skipped, {task}: {contender.name} fails: {error!r:.300}")
        else:
            yield contender


def _with_bound(table: Table) -> Table:
    """The table with a line for the parts together, of which a target is made."""
    turns = [table.turns_us.get(name, []) for name in (upgraders.DECODE, upgraders.LOADS)]
    if not all(turns):
        return table
    both = [sum(pair) for pair in zip(*turns, strict=True)]
    return replace(table, turns_us={**table.turns_us, _BOUND: both})


def _targets(tables: Iterable[Table]) -> Iterator[tuple[Target, float | None]]:
    """Each target, and the ratio of the best rounds."""
    known = {
        table.body_bytes: table
        for table in tables
        if table.task == "upgrade" and table.operations == _OPERATIONS
    }
    for body_bytes in _BODIES:
        table = known.get(body_bytes)
        name = f"upgrade, bodies of {body_bytes:,} B"
        median, best = _ratios(table, ours.NAME, _BOUND)
        yield Target(f"{name}: to decode_request and json.loads twice", 1.0, False, median), best
        median, best = _ratios(table, upgraders.EMAIL, ours.NAME)
        yield Target(f"{name}: faster than {upgraders.EMAIL}", 15.0, True, median), best


def _ratios(table: Table | None, name: str, other: str) -> tuple[float | None, float | None]:
    """One contender's cost in another's: the median within rounds, and that of the best rounds."""
    if table is None:
        return None, None
    one, two = table.best_us(name), table.best_us(other)
    return table.ratio(name, other), None if one is None or two is None else one / two


def _verdict(target: Target, best: float | None) -> str:
    """The target, and by how much it was reached or missed."""
    if target.reached is None or best is None:
        return str(target)
    return f"{target}, by {abs(target.reached / target.bound - 1):.0%}; best {best:.2f}"


def _options() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(number) for number in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--operations", type=numbers, default=[_OPERATIONS], help="tasks, at most 100; by commas")
    add("--bodies", type=numbers, default=list(_BODIES), help="bytes of a body; by commas")
    add("--rounds", type=int, default=15, help="turns that each contender has")
    add("--quick", action="store_true", help="100 tasks, bodies of 150 B, 9 rounds")
    add("--json", type=Path, metavar="FILE", help="write every turn's figure there")
    options = parser.parse_args()
    if options.quick:
        options.operations, options.bodies, options.rounds = [_OPERATIONS], [150], 9
    if max(options.operations) > MAX_TASKS:
        parser.error(f"more than {MAX_TASKS} tasks are more than one collection")
    return options


if __name__ == "__main__":
    main()
