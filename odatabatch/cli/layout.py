"""How ``show`` lays an exchange out: rows of styled text, for a terminal and for a file alike.

A row is an operation with its answer beside it, and below it what is marked at its place. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from odatabatch.cli import cells
from odatabatch.cli.cells import MAX_TEXT, MAX_WORDS, Cells, Line, Span
from odatabatch.cli.findings import ROOT, UNMATCHED, Answer, Asked, Findings, Side
from odatabatch.cli.streams import cut
from odatabatch.cli.summary import summary
from odatabatch.correlation import OutcomeKind
from odatabatch.model import Changeset, ChangesetResponse, leaves_of, path_of


class Row(msgspec.Struct, frozen=True):
    """One row.

    Attributes:
        depth: how deep it stands in the tree; 0 is the message.
        label: the last step of its path.
        cells: its path, and what stands beside it.
        notes: what is marked at its place.
    """

    depth: int
    label: str
    cells: Cells
    notes: tuple[Line, ...] = ()


class Layout(msgspec.Struct, frozen=True):
    """One exchange.

    Attributes:
        above: its name, all of it in a few words, and why it is taken for that dialect.
        rows: the message, its parts in wire order, and answers that belong to no operation.
    """

    above: tuple[Line, ...]
    rows: tuple[Row, ...]


def laid_out(findings: Findings, headers: bool = False) -> Layout:
    """Lay an exchange out.

    Args:
        findings: what is known of it.
        headers: whether to give the names of headers too.
    """
    return Layout(tuple(summary(findings)), tuple(_Rows(findings, headers).rows()))


class _Rows:
    """Lays out the rows of one exchange."""

    def __init__(self, findings: Findings, headers: bool) -> None:
        self._findings = findings
        self._request, self._answer = findings.request, findings.answer
        self._headers = headers
        self._told: set[int] = set()  # answers, and tuples of them, whose notes have been given

    def rows(self) -> Iterator[Row]:
        """All rows: the messages themselves, then the parts."""
        yield self._root()
        if self._request is not None and self._request.message.batch is not None:
            yield from self._parts(self._request, self._findings.asked)
            for loose in self._findings.loose:
                if loose.outcome == UNMATCHED:
                    yield self._unmatched(loose)
        elif self._answer is not None and self._answer.message.batch is not None:
            yield from self._parts(self._answer, self._findings.loose)

    def _root(self) -> Row:
        row = Cells()
        notes: list[Line] = []
        if any(side.message.batch is not None for side in self._findings.sides):
            row = Cells(part=(Span(ROOT),))
        if self._request is not None:
            whole = self._request.message.whole
            row = row._replace(
                operation=cells.operation(whole), operation_bytes=cells.byte_count(whole)
            )
            notes += self._notes(self._request, ROOT, whole)
        if self._answer is not None:
            message = self._answer.message
            row = row._replace(
                answer=cells.outer_answer(message), answer_bytes=cells.byte_count(message.whole)
            )
            notes += self._notes(self._answer, ROOT, message.whole)
            notes += self._stray_notes(self._answer)
        return Row(0, ROOT if row.part else "", row, tuple(notes))

    def _parts(self, side: Side, leaves: tuple[Any, ...]) -> Iterator[Row]:
        """The parts of a batch, or of an answer that stands alone."""
        batch = side.message.batch
        assert batch is not None  # it has parts
        # Azure Batch's shape: the changesets tell nothing that their operations do not.
        flat = all(
            isinstance(part, Changeset | ChangesetResponse) and len(leaves_of(part)) == 1
            for part in batch.parts
        )
        rest = iter(leaves)
        for index, part in enumerate(batch.parts):
            path = path_of(index, None)
            inside = [next(rest) for _ in leaves_of(part)]
            if not isinstance(part, Changeset | ChangesetResponse):
                yield self._leaf(side, inside[0], 1, path)
            elif flat:
                yield self._leaf(side, inside[0], 1, path, self._notes(side, path))
            else:
                yield from self._changeset(side, path, inside)

    def _changeset(self, side: Side, path: str, inside: list[Any]) -> Iterator[Row]:
        """A changeset, with the answer to all of it where there is such a one."""
        row = Cells(part=(Span(path),))
        notes = self._notes(side, path)
        words = (Span(f"changeset of {len(inside)}", "aside"),)
        row = row._replace(operation=words) if side is self._request else row._replace(answer=words)
        failed = bool(inside) and inside[0].outcome == OutcomeKind.CHANGESET_FAILED
        if failed:
            (answer,) = inside[0].answers
            row = row._replace(
                answer=cells.answer(answer.leaf), answer_bytes=cells.byte_count(answer.leaf)
            )
            notes += self._answer_notes(answer)
        yield Row(1, path, row, tuple(notes))
        for inner, leaf in enumerate(inside):
            one = self._leaf(side, leaf, 2, f"changeset[{inner}]")
            if failed:
                told = one.cells._replace(answer=cells.changeset_failed(leaf), answer_bytes=())
                one = msgspec.structs.replace(one, cells=told)
            yield one

    def _leaf(
        self, side: Side, leaf: Any, depth: int, label: str, above: Iterable[Line] = ()
    ) -> Row:
        """An operation with its answer, or an answer that stands alone."""
        notes = [*above, *self._notes(side, leaf.part, leaf.leaf)]
        row = Cells(part=(Span(leaf.part),), content_id=cells.content_id(leaf.leaf))
        if isinstance(leaf, Asked):
            row = row._replace(
                operation=cells.operation(leaf.leaf),
                operation_bytes=cells.byte_count(leaf.leaf),
                answer=cells.outcome(leaf),
            )
            if len(leaf.answers) == 1:
                row = row._replace(answer_bytes=cells.byte_count(leaf.answers[0].leaf))
            if id(leaf.answers) not in self._told:  # operations may share many
                self._told.add(id(leaf.answers))
                for answer in leaf.answers:
                    notes += self._answer_notes(answer)
        else:
            row = row._replace(
                answer=cells.answer(leaf.leaf), answer_bytes=cells.byte_count(leaf.leaf)
            )
        return Row(depth, label, row, tuple(notes))

    def _unmatched(self, answer: Answer) -> Row:
        """An answer that belongs to no operation; its path is one of the answer, not the batch."""
        row = Cells(
            part=(Span("answer"),),
            content_id=cells.content_id(answer.leaf),
            operation=(Span(str(answer.part), "aside"),),
            answer=(Span(f"! {UNMATCHED}: {cells.reason(answer.leaf)}", "open"),),
            answer_bytes=cells.byte_count(answer.leaf),
        )
        return Row(1, "answer", row, tuple(self._answer_notes(answer)))

    # What is marked at a place

    def _answer_notes(self, answer: Answer) -> list[Line]:
        """The notes of an answer, once, though it may answer many operations."""
        assert self._answer is not None  # it holds the answer
        if id(answer.leaf) in self._told:
            return []
        self._told.add(id(answer.leaf))
        return self._notes(self._answer, str(answer.part), answer.leaf)

    def _stray_notes(self, answer: Side) -> Iterator[Line]:
        """What is marked at an answer's changesets, which are not drawn beside a request."""
        if self._request is None:
            return
        drawn = {ROOT, *(it.part for it in self._findings.loose)}
        for asked in self._findings.asked:
            drawn.update(it.part for it in asked.answers[:1])  # several are loose
        for part in answer.faults:
            if part not in drawn:
                yield from self._notes(answer, part)

    def _notes(self, side: Side, part: str, leaf: Any = None) -> list[Line]:
        """What is marked at one place of one side."""
        where = ""
        if side is self._answer and self._request is not None:
            where = " in answer" if part == ROOT else f" in answer {part}"
        notes: list[tuple[str, str]] = [
            ("fault", f"! fault{where} {fault.code}: {fault.detail}")
            for fault in side.faults.get(part, ())
        ]
        for met, offset_in in side.oddities.get(part, ()):
            at = f"at byte {met.first_offset} of the {offset_in}"
            if offset_in is None:
                at = "in the content type"
            seen = at if met.count == 1 else f"{met.count} times, first {at}"
            notes.append(("oddity", f"~ oddity{where} {met.kind.value}: {seen}"))
        for it in side.references.get(part, ()):
            name = f"${cut(it.content_id or '…', MAX_WORDS)} in the {it.field or 'target'}"
            notes.append(("reference", f"→ {name}: {it.to or f'none ({it.fault})'}"))
        if self._headers and leaf is not None:
            names = ", ".join(leaf.headers.names) or "none"
            notes.append(("aside", f"headers{where}: {names}"))
        return [(Span(cut(text, MAX_TEXT), style),) for style, text in notes]
