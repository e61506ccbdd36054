"""Independent readers find the same operations in the same bytes, or it is known why not.

The inputs are the fixtures, the shared vectors where they are there, and mutations of both. How
many mutations an input gets that is in order is ``ODATABATCH_DIFFERENTIAL``, by default 16; others
get a quarter of that.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.differential.explained import REFUSALS, TABLE, Explained
from tests.differential.findings import (
    Entries,
    Entry,
    Finding,
    Ours,
    Refused,
    found_by,
    found_by_us,
)
from tests.differential.letter import entries_of, put_together, taken_apart
from tests.differential.mutations import (
    MUTATIONS,
    Case,
    case_named,
    mutate,
    mutations_of,
    originals,
)
from tests.differential.readers import READERS, Reader, ReadFunction
from tests.differential.verdicts import Verdict, in_order, judge
from tests.differential.witnesses import WITNESSES

HEADS = (
    ("reader", "version", "reads"),
    ("reader", "disagreement", "fault", "what it does", "example"),
    ("code", "example"),
)
PAGE = Path(__file__).parent.parent.parent / "docs" / "readers.md"
MUTATIONS_EACH = int(os.environ.get("ODATABATCH_DIFFERENTIAL", "16"))

# http.client's response, which pyodata leaves open, closes what is closed already (Python 3.13).
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <http.client.HTTPResponse:pytest.PytestUnraisableExceptionWarning"
)

each_reader = pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
each_row = pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.reader}, {row.name}")


class Asked(NamedTuple):
    """An input and what was found in it here."""

    case: Case
    ours: Ours


@cache
def inputs() -> tuple[Asked, ...]:
    """All inputs."""
    cases: list[Case] = []
    for case in originals():
        few = MUTATIONS_EACH // 4
        cases += [case, *mutations_of(case, MUTATIONS_EACH if in_order(case) else few)]
    return tuple(Asked(case, found_by_us(case)) for case in cases)


class Judged(NamedTuple):
    """An input, what was found in it here and by a reader, and how the two stand to each other."""

    case: Case
    ours: Ours
    theirs: Finding
    verdict: Verdict

    def __str__(self) -> str:
        """All that is needed to see it again."""
        return (
            f"case_named({self.case.name!r})\n"
            f"  content type: {self.case.content_type}\n"
            f"  body: {self.case.body[:3000]!r}\n"
            f"  ours, strict: {self.ours.strict}\n"
            f"  ours, tolerant: {self.ours.tolerant}\n"
            f"  theirs: {self.theirs}\n"
            f"  {self.verdict.summary}"
        )


class Desk:
    """The readers that are there, at work.

    Args:
        stack: closes them.
    """

    def __init__(self, stack: ExitStack) -> None:
        self.reads: dict[str, ReadFunction] = {
            reader.name: stack.enter_context(reader.start())
            for reader in READERS
            if not reader.missing
        }
        self._judged: dict[str, tuple[Judged, ...]] = {}

    def judged(self, reader: Reader, case: Case, ours: Ours) -> Judged:
        """One input; the test is skipped where the reader is missing."""
        if reader.missing:
            pytest.skip(reader.missing)
        read = self.reads[reader.name]
        theirs = found_by(read, case)
        return Judged(case, ours, theirs, judge(reader, read, case, ours, theirs))

    def all_judged(self, reader: Reader) -> tuple[Judged, ...]:
        """All inputs but those that both agree about."""
        if reader.name not in self._judged:
            asked = (self.judged(reader, *it) for it in inputs() if it.case.kind in reader.kinds)
            self._judged[reader.name] = tuple(it for it in asked if not it.verdict.agrees)
        return self._judged[reader.name]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """The readers, started once."""
    with ExitStack() as stack:
        yield Desk(stack)


class TestReaders:
    """Each reader against this decoder, over all inputs."""

    @each_reader
    def test_nothing_is_unexplained(self, reader: Reader, desk: Desk) -> None:
        """They agree, or rows of the table say why not."""
        unexplained = [it for it in desk.all_judged(reader) if not it.verdict.explained]
        shown = "\n".join(map(str, unexplained[:3]))
        assert not unexplained, f"{reader.name}: {len(unexplained)} unexplained, such as\n{shown}"

    @each_reader
    def test_strict_takes_nothing_ambiguous(self, reader: Reader, desk: Desk) -> None:
        """Who finds other operations in what strict mode takes breaks a clause.

        So of two readers that find different operations in it, one at least is at fault, and
        the one that is not finds what we find.
        """
        for it in desk.all_judged(reader):
            if not isinstance(it.ours.strict, Refused) and not isinstance(it.theirs, Refused):
                # What it may refuse can be hidden from it by its fault: both rows are named then.
                assert "reader" in {row.fault for row in it.verdict.rows}, it

    def test_by_the_letter(self) -> None:
        """RFC 2046 read naively finds the same in all that strict mode takes."""
        for case, ours in inputs():
            if not isinstance(ours.strict, Refused):
                letter = taken_apart(case)
                assert put_together(letter, case) == case
                assert entries_of(letter) == ours.strict, case.name

    def test_refusals_have_a_witness(self) -> None:
        """What strict mode refuses has the fault that its code names."""
        for case, ours in inputs():
            if isinstance(ours.strict, Refused):
                assert ours.strict.why in WITNESSES
                assert WITNESSES[ours.strict.why](case), (ours.strict.why, case)


class TestTable:
    """The tables hold what there is, and say it in docs/readers.md too."""

    @each_row
    def test_row(self, row: Explained, desk: Desk) -> None:
        """Each row is one of those that explain its example, or its reader has got better."""
        (reader,) = (reader for reader in READERS if reader.name == row.reader)
        case = case_named(row.example)
        judged = desk.judged(reader, case, found_by_us(case))
        if judged.verdict.agrees:
            pytest.skip(f"this {reader.name} has no more {row.name}")
        assert row in judged.verdict.rows, judged

    @pytest.mark.parametrize("code", REFUSALS)
    def test_refusal(self, code: str, desk: Desk) -> None:
        """Each code is that of its example, which some reader takes."""
        case = case_named(REFUSALS[code])
        ours = found_by_us(case)
        assert ours.strict == Refused(code)
        found = [found_by(read, case) for read in desk.reads.values()]
        assert any(not isinstance(it, Refused) for it in found)
        assert WITNESSES[code](case)

    def test_codes(self) -> None:
        """Every code has its witness and its example."""
        assert set(WITNESSES) == set(REFUSALS)

    def test_page(self) -> None:
        """docs/readers.md has the same rows in the same order."""
        lines = PAGE.read_text("utf-8").splitlines()
        cells = [tuple(line.strip("| ").split(" | ")) for line in lines if line.startswith("| ")]
        versions, explained, refusals = map(cells.index, HEADS)
        names = [name for name, _, _ in cells[versions + 1 : explained]]
        assert names == [reader.name for reader in READERS]
        assert cells[explained + 1 : refusals] == [
            (it.reader, it.name, it.fault, it.why, f"`{it.example}`") for it in TABLE
        ]
        assert cells[refusals + 1 :] == [
            (f"`{code}`", f"`{example}`") for code, example in REFUSALS.items()
        ]

    def test_versions(self) -> None:
        """docs/readers.md names the versions of the requirement files."""
        text = PAGE.read_text("utf-8")
        for name in ("requirements.txt", "requirements-python-multipart.txt"):
            for line in Path(__file__).with_name(name).read_text("utf-8").splitlines():
                package, _, number = line.partition("==")
                assert re.search(rf"^\| {package}\b[^|]*\| {re.escape(number)}\b", text, re.M)


def _first_leaf(entries: Entries) -> int:
    return next(at for at, entry in enumerate(entries) if entry.content is not None)


def _last_leaf(entries: Entries) -> int:
    return max(at for at, entry in enumerate(entries) if entry.content is not None)


def _put(entries: Entries, at: int, content: bytes) -> Entries:
    return (*entries[:at], entries[at]._replace(content=content), *entries[at + 1 :])


def _content(entry: Entry) -> bytes:
    assert isinstance(entry.content, bytes)
    return entry.content


def drop_the_first(entries: Entries) -> Entries:
    """The first operation is lost."""
    at = _first_leaf(entries)
    return entries[:at] + entries[at + 1 :]


def drop_the_last(entries: Entries) -> Entries:
    """The last operation is lost."""
    at = _last_leaf(entries)
    return entries[:at] + entries[at + 1 :]


def drop_all(entries: Entries) -> Entries:
    """All is lost."""
    return ()


def repeat_the_last(entries: Entries) -> Entries:
    """An operation is found twice."""
    last = entries[-1]
    return (*entries, last._replace(path=(*last.path[:-1], last.path[-1] + 1)))


def cut_the_end(entries: Entries) -> Entries:
    """The last byte of an operation is lost."""
    at = _last_leaf(entries)
    return _put(entries, at, _content(entries[at])[:-1])


def cut_the_beginning(entries: Entries) -> Entries:
    """The first byte of an operation is lost."""
    at = _first_leaf(entries)
    return _put(entries, at, _content(entries[at])[1:])


def keep_the_line_end(entries: Entries) -> Entries:
    """The line end of a delimiter is taken for body."""
    at = _first_leaf(entries)
    return _put(entries, at, _content(entries[at]) + b"\r\n")


def cut_a_line_end(entries: Entries) -> Entries:
    """A line end of a body is taken for the delimiter's."""
    for at, entry in enumerate(entries):
        if entry.content is not None and _content(entry).endswith(b"\r\n"):
            return _put(entries, at, _content(entry)[:-2])
    return entries


def change_a_byte(entries: Entries) -> Entries:
    """A byte of an operation is another."""
    at = _first_leaf(entries)
    content = _content(entries[at])
    middle = len(content) // 2
    return _put(entries, at, content[:middle] + b"\x07" + content[middle + 1 :])


def swap(entries: Entries) -> Entries:
    """Two operations stand in each other's place."""
    first, last = _first_leaf(entries), _last_leaf(entries)
    changed = _put(entries, first, _content(entries[last]))
    return _put(changed, last, _content(entries[first]))


def merge(entries: Entries) -> Entries:
    """The last two operations are one."""
    if len(entries) < 2 or entries[-1].content is None or entries[-2].content is None:
        return entries
    one, other = entries[-2:]
    return (*entries[:-2], one._replace(content=_content(one) + b"\r\n" + _content(other)))


def flatten(entries: Entries) -> Entries:
    """Changesets are lost, their operations are not."""
    leaves = [entry for entry in entries if entry.content is not None]
    return tuple(entry._replace(path=(at,)) for at, entry in enumerate(leaves))


def lose_a_part_header(entries: Entries) -> Entries:
    """A header of a part is lost."""
    at = _first_leaf(entries)
    changed = entries[at]._replace(fields=(entries[at].fields or ())[:-1])
    return (*entries[:at], changed, *entries[at + 1 :])


SABOTAGE = (
    drop_the_first,
    drop_the_last,
    drop_all,
    repeat_the_last,
    cut_the_end,
    cut_the_beginning,
    keep_the_line_end,
    cut_a_line_end,
    change_a_byte,
    swap,
    merge,
    flatten,
    lose_a_part_header,
)


@cache
def ordinary() -> tuple[Asked, ...]:
    """The fixtures and vectors that strict mode takes, with an operation at least."""
    return tuple(
        it
        for it in (Asked(case, found_by_us(case)) for case in originals())
        if not isinstance(it.ours.strict, Refused) and any(one.content for one in it.ours.strict)
    )


class TestSabotage:
    """What would be seen if this decoder were wrong."""

    @pytest.mark.parametrize("wrong", SABOTAGE, ids=lambda wrong: wrong.__name__)
    def test_is_unexplained(self, wrong: Callable[[Entries], Entries], desk: Desk) -> None:
        """At least two readers find it out on every ordinary fixture, and no row excuses it."""
        whole = [reader for reader in READERS if reader.whole and not reader.missing]
        if len(whole) < 2:
            pytest.skip("there is one reader alone")
        tried = 0
        for case, ours in ordinary():
            assert not isinstance(ours.strict, Refused)
            spoilt = wrong(ours.strict)
            if spoilt == ours.strict:
                continue  # there is nothing of the kind in it
            tried += 1
            verdicts = [desk.judged(it, case, Ours(spoilt, spoilt)).verdict for it in whole]
            assert not any(verdict.rows for verdict in verdicts), case.name
            assert sum(not verdict.explained for verdict in verdicts) >= 2, case.name
        assert tried >= 20

    @pytest.mark.parametrize("code", WITNESSES)
    def test_wrong_refusals_have_no_witness(self, code: str) -> None:
        """As lenient as that eye is, it sees few faults in what is in order."""
        seen = [case.name for case, _ in ordinary() if WITNESSES[code](case)]
        assert len(seen) <= len(ordinary()) // 10, seen


class TestMutations:
    """The inputs are the same on every machine, and many."""

    def test_names(self) -> None:
        """Each input is made again from its name."""
        for case, _ in inputs()[::10]:
            assert case_named(case.name) == case

    def test_each_is_tried(self) -> None:
        """Every mutation has its inputs."""
        for mutation in MUTATIONS:
            assert any(mutate(case, mutation, 0) for case in originals()), mutation

    def test_same_everywhere(self) -> None:
        """They do not depend on the Python that makes them."""
        digest = hashlib.sha256()
        for mutation in MUTATIONS:
            case = case_named("azure/add-three-tasks")
            mutated = mutate(case, mutation, 7) or case
            digest.update(mutated.content_type.encode("latin-1") + mutated.body)
        assert digest.hexdigest()[:16] == "9afb279850bf7d08"
