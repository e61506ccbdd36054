"""How a reader's finding stands to ours: they agree, or it is known why not.

A row about a reader holds the change that takes its fault from an input. A disagreement is
explained if the reader, given the changed input, finds exactly what this decoder found in the
unchanged one. So no row excuses a reader for good: were a part lost here, or a byte of one, no
change of the input would bring the two together.

What strict mode refuses and a reader takes is explained by the code, and by a witness in the input.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from tests.differential import repairs
from tests.differential.explained import TABLE, Explained
from tests.differential.findings import (
    Entries,
    Finding,
    Ours,
    Refused,
    agree,
    found_by,
    found_by_us,
)
from tests.differential.letter import Letter, OutOfOrder, put_together, taken_apart
from tests.differential.mutations import Case
from tests.differential.readers import Reader, ReadFunction
from tests.differential.repairs import Change
from tests.differential.witnesses import WITNESSES

_MOST_ROWS = 3  # that explain one disagreement together


class Verdict(NamedTuple):
    """How a reader's finding stands to ours.

    Attributes:
        agrees: whether they are the same.
        rows: those of the table that explain it together, none of which can be left out.
        code: of the refusal that explains it.
    """

    agrees: bool = False
    rows: tuple[Explained, ...] = ()
    code: str | None = None

    @property
    def explained(self) -> bool:
        """Whether they agree, or it is known why not."""
        return self.agrees or bool(self.rows) or self.code is not None

    @property
    def summary(self) -> str:
        """The same in words."""
        if self.agrees:
            return "agrees"
        names = " and ".join(row.name for row in self.rows)
        return names or (f"strict mode refuses: {self.code}" if self.code else "unexplained")


def judge(reader: Reader, read: ReadFunction, case: Case, ours: Ours, theirs: Finding) -> Verdict:
    """Compare what a reader found with what was found here.

    Where strict mode refuses, agreeing is to refuse as well, or to find what tolerant mode found.
    """
    if agree(ours.strict, theirs, case.kind):
        return Verdict(agrees=True)
    if not isinstance(ours.strict, Refused):
        rows = _rows_for(reader, read, case, ours.strict)
        return Verdict(rows=rows or ())
    if not isinstance(ours.tolerant, Refused) and agree(ours.tolerant, theirs, case.kind):
        return Verdict(agrees=True)
    code = ours.strict.why
    wire = case._replace(body=case.body.replace(b"\n", b"\r\n"))
    if code == "bare_lf" and b"\r" not in case.body and in_order(wire):
        # Text that was saved with LF: what the reader finds in the same text with CRLF.
        as_on_the_wire = repairs.in_messages(lambda it: it.replace(b"\n", b"\r\n")).lens
        assert not isinstance(ours.tolerant, Refused)
        known = _rows_for(reader, read, wire, as_on_the_wire(ours.tolerant)) is not None
        return Verdict(code=code if known else None)
    witness = WITNESSES.get(code)
    return Verdict(code=code if witness and witness(case) else None)


def in_order(case: Case) -> bool:
    """Whether strict mode takes it."""
    return not isinstance(found_by_us(case).strict, Refused)


def _rows_for(
    reader: Reader, read: ReadFunction, case: Case, entries: Entries
) -> tuple[Explained, ...] | None:
    """The fewest rows whose changes bring the reader to these entries; None if none do."""
    try:
        letter = taken_apart(case)
    except OutOfOrder:
        return None
    rows = [
        row for row in TABLE if row.reader == reader.name and _changes(row.change, letter, entries)
    ]

    def hold(some: Iterable[Explained]) -> bool:
        repaired, expected = letter, entries
        for row in some:
            repaired, expected = row.change.repair(repaired), row.change.lens(expected)
        return agree(expected, found_by(read, put_together(repaired, case)), case.kind)

    for count in range(min(len(rows), _MOST_ROWS) + 1):
        for some in combinations(rows, count):
            if hold(some):
                return some
    return None


def _changes(change: Change, letter: Letter, entries: Entries) -> bool:
    """Whether it changes anything at all."""
    return change.repair(letter) != letter or change.lens(entries) != entries
