"""What ``show`` says above the rows: all in one line, and why it looks like a dialect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from odatabatch.cli.cells import Line, Span, judged, outer_answer
from odatabatch.cli.findings import UNMATCHED, Asked, Findings
from odatabatch.cli.streams import printable
from odatabatch.correlation import OutcomeKind
from odatabatch.detection import Detection
from odatabatch.dialect import ODATA_V4
from odatabatch.http_message import HttpResponse
from odatabatch.model import Batch, BatchResponse, Changeset


def summary(findings: Findings) -> Iterator[Line]:
    """The name of an exchange, all of it in a few words, and the signs of its dialect."""
    yield (Span(_title(findings), "title"),)
    yield tuple(_words(findings))
    if findings.detection is not None:
        paired = len(findings.sides) == 2
        yield (Span(printable(_looks(findings.detection, paired)), "aside"),)


def _title(findings: Findings) -> str:
    messages = [side.message for side in findings.sides]
    if len({message.file for message in messages}) < len(messages):
        numbers = " and ".join(str(message.index) for message in messages)
        return printable(f"{messages[0].file}, messages {numbers}")
    names = (
        message.file if message.count == 1 else f"{message.file}, message {message.index}"
        for message in messages
    )
    return printable(" → ".join(names))


def _words(findings: Findings) -> Iterator[Span]:
    """What was asked, what was answered, and how much is marked."""
    dialect = findings.dialect.name if findings.dialect else "dialect unsure"
    for at, side in enumerate(findings.sides):
        message = side.message
        yield Span(" · " if at else "")
        if side is findings.request:
            yield Span("request: ")
            yield Span(_size(message.batch) if isinstance(message.batch, Batch) else "no batch")
        elif isinstance(message.batch, BatchResponse):
            yield Span("answer: ")
            yield from _results(findings)
        else:
            yield Span("answer: " if isinstance(message.whole, HttpResponse) else "")
            yield from outer_answer(message)
            yield Span(", no batch")
        if at == 0 and message.batch is not None:
            yield Span(f", {dialect}")
    yield from _count("fault", "faults", [side.faults for side in findings.sides])
    yield from _count("oddity", "oddities", [side.oddities for side in findings.sides])


def _count(one: str, several: str, marked: list[Any]) -> Line:
    count = sum(len(marks) for places in marked for marks in places.values())
    return Span(" · "), Span(f"{count} {one if count == 1 else several}", one if count else "")


def _size(batch: Batch) -> str:
    """How many operations there are, and in how many changesets."""
    changesets = [part for part in batch.parts if isinstance(part, Changeset)]
    inside = sum(len(part.operations) for part in changesets)
    total = inside + len(batch.parts) - len(changesets)
    words = f"{total} operation{'' if total == 1 else 's'}"
    if not changesets:
        return words
    within = "" if inside == total else f", {inside} of them"
    return f"{words}{within} in {len(changesets)} changeset{'' if len(changesets) == 1 else 's'}"


def _results(findings: Findings) -> Iterator[Span]:
    """How many operations there are of each outcome, or answers that stand alone."""
    counts = Counter(_result(asked) for asked in findings.asked)
    counts.update(
        Span(UNMATCHED, "open") if loose.outcome else _status(loose.leaf)
        for loose in findings.loose
        if loose.outcome != OutcomeKind.DUPLICATED
    )
    for at, (span, count) in enumerate(sorted(counts.items())):
        yield Span(f"{', ' if at else ''}{count} × ")
        yield span
    if not counts:
        yield Span("nothing")


def _result(asked: Asked) -> Span:
    match asked.outcome:
        case OutcomeKind.ANSWERED:
            return _status(asked.answers[0].leaf)
        case OutcomeKind.CHANGESET_FAILED:
            return Span("changeset failed", "bad")
    return Span(str(asked.outcome), "open")


def _status(leaf: HttpResponse) -> Span:
    return Span(str(leaf.status), judged(leaf.status)[1])


def _looks(detection: Detection, paired: bool) -> str:
    """What tells the dialect from the next likely one, or that nothing does."""
    first, second, *_ = detection.candidates
    if detection.dialect is None:
        likely = [it.dialect.name for it in detection.candidates if it.score == first.score]
        how = ", answers matched by Content-ID alone" if paired else ""
        return (
            f"looks like {' as much as '.join(likely)}: "
            f"judged by the rules of {ODATA_V4.name}{how}; --dialect decides"
        )
    for_second = {sign.detail for sign in second.signs if sign.speaks_for}
    against_first = {sign.detail for sign in first.signs if not sign.speaks_for}
    # One of the two has something, or the second would be as likely as the first.
    signs = [it.detail for it in first.signs if it.speaks_for and it.detail not in for_second]
    signs = signs or [
        f"against {second.dialect.name} speaks {it.detail}"
        for it in second.signs
        if not it.speaks_for and it.detail not in against_first
    ]
    return f"looks like {first.dialect.name}: {', '.join(signs)}"
