"""The fixtures of ``fixtures/`` and what is expected of them; see ``fixtures/README.md``."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import odatabatch
from odatabatch import CAPTURED, STRICT, Limits, Oddity

FIXTURES = Path(__file__).parent.parent / "fixtures"

Events = list[dict[str, Any]]

# By the kind of a fixture.
DECODERS: dict[str, Callable[..., Any]] = {
    "request": odatabatch.RequestDecoder,
    "response": odatabatch.ResponseDecoder,
}


@dataclass(frozen=True)
class Outcome:
    """What a decoder gave.

    Attributes:
        events: as the expectations write them, but with every body in latin-1 text.
        error: ``code``, ``offset``, ``type``, ``part`` and ``line``; an expectation has the first
            three, and ``part`` where one is certain. None without an error.
    """

    events: Events
    error: dict[str, Any] | None = None

    @property
    def operations(self) -> Events:
        """The operations among the events, or the answers to them."""
        return [event for event in self.events if event["type"].startswith("Operation")]


@dataclass(frozen=True)
class Fixture:
    """One multipart body, how it is read, and what is expected of it.

    Attributes:
        name: the file's, below ``fixtures/``, without its suffixes.
        kind: ``request`` or ``response``.
        content_type: the batch's.
        body: the multipart body.
        limits: the bounds that it is read with.
        strict: the outcome when nothing is tolerated.
        tolerate: what is tolerated for ``tolerant``; ``CAPTURED`` where the fixture names nothing.
        tolerant: the outcome then; that of ``strict`` where the fixture has none.
    """

    name: str
    kind: str
    content_type: str
    body: bytes
    limits: Limits
    strict: Outcome
    tolerate: frozenset[Oddity]
    tolerant: Outcome

    @property
    def readings(self) -> tuple[tuple[frozenset[Oddity], Outcome], ...]:
        """Both expectations, each with what it tolerates."""
        return (STRICT, self.strict), (self.tolerate, self.tolerant)

    def decode(self, chunks: Iterable[bytes], tolerate: Iterable[Oddity]) -> Outcome:
        """What a decoder gives for the body in those chunks, its events taken after each."""
        return decode(self.kind, self.content_type, chunks, tolerate, self.limits)


@dataclass(frozen=True)
class Message:
    """One whole HTTP message of ``fixtures/azure``, and what is expected of it.

    Attributes:
        name: the file's, below ``fixtures/``, without its suffixes.
        kind: ``request`` or ``response``.
        data: the file.
        strict: its parts or its error, when nothing is tolerated.
        tolerant: its parts when ``tolerate`` is tolerated; None where the fixture has none.
        json: what its JSON body holds; None for a multipart body.
    """

    name: str
    kind: str
    data: bytes
    strict: dict[str, Any]
    tolerant: dict[str, Any] | None
    json: dict[str, Any] | None


def fixtures() -> Iterator[Fixture]:
    """Every multipart fixture, those inside whole messages among them, in the order of names."""
    for path in sorted(FIXTURES.glob("*/*.json")):
        expected = _expected(path)
        if "strict" not in expected:
            continue  # a message with a JSON body
        name = f"{path.parent.name}/{path.stem}"
        bodies = list(path.parent.glob(f"{path.stem}.re*.bin"))
        if bodies:
            (file,) = bodies
            kind = file.name.split(".")[-2]
            body = file.read_bytes()
        else:
            kind = expected["kind"]
            data = path.with_suffix(".http").read_bytes()
            readings = expected["message"]
            body = data[readings.get("tolerant", readings["strict"])["body_offset"] :]
        tolerant = expected.get("tolerant")
        yield Fixture(
            name,
            kind,
            expected["content_type"],
            body,
            Limits(**expected.get("limits", {})),
            _outcome(expected["strict"]),
            frozenset(map(Oddity, tolerant["tolerate"])) if tolerant else CAPTURED,
            _outcome(tolerant or expected["strict"]),
        )


def messages() -> Iterator[Message]:
    """Every whole HTTP message, in the order of names."""
    for path in sorted(FIXTURES.glob("azure/*.json")):
        expected = _expected(path)
        yield Message(
            f"azure/{path.stem}",
            expected["kind"],
            path.with_suffix(".http").read_bytes(),
            expected["message"]["strict"],
            expected["message"].get("tolerant"),
            expected.get("json"),
        )


def decode(
    kind: str,
    content_type: str,
    chunks: Iterable[bytes],
    tolerate: Iterable[Oddity] = STRICT,
    limits: Limits = Limits(),
) -> Outcome:
    """What a decoder gives for those chunks, its events taken after each."""
    events: Events = []
    try:
        decoder = DECODERS[kind](content_type, tolerate, limits)
    except odatabatch.DecodeError as error:
        return Outcome(events, written_error(error))
    try:
        for chunk in chunks:
            decoder.receive_data(chunk)
            events += map(written, decoder.events())
        decoder.receive_eof()
        events += map(written, decoder.events())
    except odatabatch.DecodeError as error:
        return Outcome(events, written_error(error))
    return Outcome(events)


def written_error(error: odatabatch.DecodeError) -> dict[str, Any]:
    """An error as the expectations write it."""
    return {
        "code": error.code,
        "offset": error.offset,
        "type": type(error).__name__,
        "part": error.part,
        "line": error.line,
    }


def written(event: Any) -> dict[str, Any]:
    """An event as the expectations write it, oddities in the order of their offsets."""
    start: dict[str, Any]
    match event:
        case odatabatch.BatchEnd():
            met = [[str(it.kind), it.first_offset, it.count] for it in event.oddities]
            return _in_order({"type": "BatchEnd", "oddities": met})
        case odatabatch.ChangesetStart():
            return {"type": "ChangesetStart", "part_headers": _pairs(event.part_headers)}
        case odatabatch.ChangesetEnd():
            return {"type": "ChangesetEnd"}
        case odatabatch.Operation():
            start = {"type": "Operation", "method": event.method, "target": event.target}
        case odatabatch.OperationResponse():
            start = {"type": "OperationResponse", "status": event.status, "reason": event.reason}
        case _:
            raise AssertionError(f"no event: {event!r}")
    return start | {
        "version": event.version,
        "headers": _pairs(event.headers),
        "part_headers": _pairs(event.part_headers),
        "body": event.body.decode("latin-1"),
        "content_id": event.content_id,
        "content_id_at": event.content_id_at,
    }


def written_batch(batch: odatabatch.Batch | odatabatch.BatchResponse) -> Events:
    """A whole batch as the events that it is made of."""
    events: Events = []
    for part in batch.parts:
        match part:
            case odatabatch.Changeset():
                leaves: tuple[Any, ...] = part.operations
            case odatabatch.ChangesetResponse():
                leaves = part.responses
            case _:
                events.append(written(part))
                continue
        events.append({"type": "ChangesetStart", "part_headers": _pairs(part.part_headers)})
        events += map(written, leaves)
        events.append({"type": "ChangesetEnd"})
    return [*events, written(odatabatch.BatchEnd(batch.oddities))]


def _pairs(headers: odatabatch.Headers) -> list[list[str]]:
    return [list(pair) for pair in headers.items()]


def _expected(path: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return expected


def _outcome(expected: dict[str, Any]) -> Outcome:
    if "error" in expected:
        return Outcome(list(map(_event, expected["events_before"])), expected["error"])
    return Outcome(list(map(_event, expected["events"])))


def _event(event: dict[str, Any]) -> dict[str, Any]:
    if "body_base64" in event:
        body = base64.b64decode(event.pop("body_base64"))
        event["body"] = body.decode("latin-1")
    return _in_order(event)


def _in_order(event: dict[str, Any]) -> dict[str, Any]:
    if event["type"] == "BatchEnd":
        # Two oddities of one message are met in one order by a reader of chunks, and may be in
        # another by a reader of the whole: their order tells nothing.
        event["oddities"].sort(key=lambda met: (met[1], met[0]))
    return event
