"""The tables and the targets, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import ours
from inputs import KINDS, Kind
from timing import Table
from writers import BUILT_TOO

_FEW, _MANY, _BODY_BYTES = 100, 100_000, 150  # what the targets are about

_READERS = (
    ("email", 80.0),
    ("multipart, subclass", 7.0),
    ("rust-multipart (Rust)", 3.0),
    ("fast-mail-parser (Rust)", 3.0),
)
_WRITERS: dict[Kind, tuple[tuple[str, float], ...]] = {
    "requests": (("odatapy, client", 4.5), ("pyodata", 3.0)),
    "responses": (("odatapy, server", 4.5),),
}


def table_text(table: Table, less: Mapping[str, str], best: bool = False) -> str:
    """A table, cheapest first, with the ratio to ours.

    Args:
        table: the figures.
        less: by contender, what it leaves out that ours does.
        best: whether the best round stands beside the median.
    """
    costs = {name: table.cost_us(name) or 0.0 for name in table.turns_us}
    heads = (["best"] if best else []) + ["µs/op", "× ours"]
    lines = [
        f"{table.task} {table.kind}: {table.operations:,} operations, bodies of"
        f" {table.body_bytes:,} B, medians of {table.rounds} rounds",
        f"  {'':43}{''.join(f'{head:>9}' for head in heads)}  less than ours",
    ]
    for name, cost in sorted(costs.items(), key=lambda item: item[1]):
        ratio = table.ratio(name, ours.NAME)
        shown = "-" if ratio is None else f"{ratio:.2f}"
        least = f"{table.best_us(name):9.2f}" if best else ""
        lines.append(f"  {name:43}{least}{cost:9.2f}{shown:>9}  {less.get(name, '')}".rstrip())
    return "\n".join((*lines, ""))


@dataclass(frozen=True)
class Target:
    """One target of the project.

    Attributes:
        what: what is to be reached.
        bound: the figure.
        at_least: whether the bound is a lower one.
        reached: what was measured; None where it was not.
        unit: of both figures.
    """

    what: str
    bound: float
    at_least: bool
    reached: float | None
    unit: str = "×"

    def __str__(self) -> str:
        wanted = f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}"
        if self.reached is None:
            return f"  {self.what:72}{wanted:>9}{'-':>8}  NOT MEASURED"
        passed = self.reached >= self.bound if self.at_least else self.reached <= self.bound
        verdict = "PASS" if passed else "FALL SHORT"
        return f"  {self.what:72}{wanted:>9}{self.reached:8.2f}  {verdict}"


def targets(tables: Iterable[Table]) -> Iterator[Target]:
    """The project's targets: batches of 100 operations, bodies of 150 B."""
    known = {
        (table.task, table.kind, table.operations): table
        for table in tables
        if table.body_bytes == _BODY_BYTES
    }
    for kind in KINDS:
        yield from _decode_targets(kind, known.get(("decode", kind, _FEW)))
    for kind in KINDS:
        yield from _encode_targets(kind, known.get(("encode", kind, _FEW)))
    for task in ("decode", "encode"):
        for kind in KINDS:
            few = _own_cost(known.get((task, kind, _FEW)))
            many = _own_cost(known.get((task, kind, _MANY)))
            grown = None if few is None or many is None else many / few
            yield Target(f"{task} {kind}: an operation of 100,000 to one of 100", 1.5, False, grown)


def _decode_targets(kind: Kind, table: Table | None) -> Iterator[Target]:
    def ratio(name: str) -> float | None:
        return None if table is None else table.ratio(name, ours.NAME)

    for name, bound in _READERS:
        yield Target(f"decode {kind}: faster than {name}", bound, True, ratio(name))
    own, headers = _own_cost(table), ratio(ours.HEADERS)
    added = None if own is None or headers is None else (headers - 1) * own
    yield Target(f"decode {kind}: every header read adds", 2.0, False, added, "µs")
    yield Target(f"decode {kind}: streaming to whole buffer", 1.05, False, ratio(ours.CHUNKS))


def _encode_targets(kind: Kind, table: Table | None) -> Iterator[Target]:
    pairs = (
        ("objects at hand", "", ""),
        ("objects built too", BUILT_TOO, BUILT_TOO),
        ("only its objects built too", BUILT_TOO, ""),
    )
    for name, bound in _WRITERS[kind]:
        for words, its, own in pairs:
            ratio = None if table is None else table.ratio(name + its, ours.NAME + own)
            yield Target(f"encode {kind}: faster than {name}, {words}", bound, True, ratio)


def _own_cost(table: Table | None) -> float | None:
    return None if table is None else table.cost_us(ours.NAME)
