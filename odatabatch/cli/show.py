"""``odatabatch show``: what files hold, without the values of headers, queries and bodies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from odatabatch.captures import read_batch
from odatabatch.cli import drawing, options, streams
from odatabatch.cli.findings import (
    DIALECTS,
    ROOT,
    Answer,
    Asked,
    Findings,
    Message,
    PlacedOddity,
    PlacedReference,
    Side,
    exchanges,
    findings_of,
)
from odatabatch.cli.layout import laid_out
from odatabatch.correlation import OutcomeKind
from odatabatch.http_message import HttpRequest, HttpResponse, target_path
from odatabatch.oddities import Oddity

_OWN = (OutcomeKind.ANSWERED, OutcomeKind.CHANGESET_FAILED)  # outcomes that one single answer tells


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--dialect",
    type=click.Choice(list(DIALECTS)),
    help="Whose rules count; by default those of the one that the batch looks like.",
)
@click.option("--headers", is_flag=True, help="Draw the names of headers too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines, one an operation.")
@options.reading_options
def show(
    *,
    files: tuple[str, ...],
    dialect: str | None,
    headers: bool,
    as_json: bool,
    tolerate: frozenset[Oddity],
    content_type: str | None,
) -> None:
    """Draw what each FILE holds: batches, changesets, operations, and the answers beside them.

    An answer belongs to the request that is the message before it, in the same FILE or the one
    before. Faults, oddities and references are marked at their place. Values of headers, queries
    and bodies are never shown.
    """
    streams.refuse_repeated_stdin(files)
    told = DIALECTS[dialect] if dialect is not None else None
    messages = _messages(files, tolerate, content_type)
    for number, exchange in enumerate(exchanges(messages)):
        findings = findings_of(exchange, told)
        if as_json:
            streams.write_lines(json.dumps(line) for line in _lines(findings))
        else:
            text = ("\n" if number else "") + drawing.drawn(laid_out(findings, headers))
            streams.write(text.encode("utf-8"))


def _messages(
    files: Sequence[str], tolerate: frozenset[Oddity], content_type: str | None
) -> Iterator[Message]:
    for file in files:
        read = streams.messages_of(file, tolerate, content_type)
        for index, found in enumerate(read):
            with streams.failing(f"{file}, in the body of message {index}"):
                batch = read_batch(found.message, tolerate)
            yield Message(file, index, len(read), found.message, batch, found.oddities)


def _lines(findings: Findings) -> Iterator[dict[str, Any]]:
    """One line an operation, and one for each answer that is not one operation's own."""
    dialect = next((name for name, it in DIALECTS.items() if it is findings.dialect), None)
    request, answer = findings.request, findings.answer
    for asked in findings.asked:
        assert request is not None  # somebody asked
        found = request.references.get(asked.part or ROOT, ())
        yield {
            **_row(request, asked.leaf, asked.part, dialect),
            "references": [_reference(it) for it in found],
            "outcome": asked.outcome,
            "by_order": asked.by_order,
            "answer": _own_answer(asked, answer, dialect),
        }
    for failed in _failures(findings):
        assert answer is not None  # somebody answered
        outcome = OutcomeKind.CHANGESET_FAILED.value
        yield {**_row(answer, failed.leaf, failed.part, dialect), "outcome": outcome}
    for loose in findings.loose:
        assert answer is not None
        yield {**_row(answer, loose.leaf, loose.part, dialect), "outcome": loose.outcome}


def _failures(findings: Findings) -> Iterable[Answer]:
    """The answers that changesets failed with, each once."""
    failed = [it for it in findings.asked if it.outcome == OutcomeKind.CHANGESET_FAILED]
    return {id(asked.answers[0].leaf): asked.answers[0] for asked in failed}.values()


def _own_answer(asked: Asked, answer: Side | None, dialect: str | None) -> dict[str, Any] | None:
    if answer is None or asked.outcome not in _OWN:
        return None
    (own,) = asked.answers
    row = _row(answer, own.leaf, own.part, dialect)
    if asked.outcome == OutcomeKind.CHANGESET_FAILED:
        # It has a line of its own; repeated for each operation it could fill a disk.
        return {name: row[name] for name in ("file", "message", "part", "status")}
    return row


def _row(side: Side, leaf: Any, part: str | None, dialect: str | None) -> dict[str, Any]:
    """What may be told of an operation or an answer, or of a message that is no batch."""
    row: dict[str, Any] = {"file": side.message.file, "message": side.message.index, "part": part}
    if isinstance(leaf, HttpRequest):
        row |= {"method": leaf.method, "path": target_path(leaf.target)}
    elif isinstance(leaf, HttpResponse):
        row |= {"status": leaf.status, "reason": leaf.reason}
    own = part or ROOT
    around = [ROOT, own.rpartition("/")[0]] if part is not None else []
    return row | {
        "content_id": getattr(leaf, "content_id", None),
        "headers": list(leaf.headers.names),
        "body_bytes": len(leaf.body),
        "dialect": dialect,
        "faults": [fault.code for fault in side.faults.get(own, ())],
        "batch_faults": [fault.code for place in around for fault in side.faults.get(place, ())],
        "oddities": [_oddity(it) for it in side.oddities.get(own, ())],
        "batch_oddities": [_oddity(it) for place in around for it in side.oddities.get(place, ())],
    }


def _oddity(placed: PlacedOddity) -> dict[str, Any]:
    return {
        "kind": placed.met.kind.value,
        "first_offset": placed.met.first_offset,
        "offset_in": placed.offset_in,
        "count": placed.met.count,
    }


def _reference(placed: PlacedReference) -> dict[str, Any]:
    return {
        "content_id": placed.content_id,
        "field": placed.field,
        "part": placed.to,
        "fault": placed.fault,
    }
