"""Harnesses of what writes: as it was decoded, anew in a dialect, and event by event."""

from __future__ import annotations

from typing import Any

import odatabatch
from odatabatch import (
    CAPTURED,
    STRICT,
    Batch,
    BatchEnd,
    ChangesetEnd,
    ChangesetStart,
    Dialect,
    Headers,
    Limits,
    ODataBatchError,
    Oddity,
    Operation,
)
from tests.fuzz.contract import Given, held
from tests.fuzz.inputs import Wire
from tests.fuzz.reading import DECODE, events_of, given_in, is_changeset, leaves_in, read
from tests.fuzz.scripts import FIELD, RECORD, Script, leaf_of

# A header of a megabyte may be written; whether it may be read is the reader's own affair.
_NO_LIMITS = Limits(**dict.fromkeys(Limits.__struct_fields__, 1 << 40))


def lossless(data: bytes) -> None:
    """What is decoded is encoded to its own bytes; one operation is replaced, and no other byte.

    A record of the operation that is put in (``scripts``), whose first field also says where, then
    a wire. What strict mode accepts, any tolerance accepts, with the same operations.
    """
    first, _, rest = data.partition(RECORD)
    record = first.split(FIELD)
    wire = Wire.read(rest)
    kind = "response" if record[0][:1].islower() else "request"
    strict = read(kind, Wire(wire.content_type, wire.body, STRICT, wire.limits))
    if strict is not None:
        for tolerate in (wire.tolerate, CAPTURED, frozenset(Oddity)):
            tolerant = read(kind, Wire(wire.content_type, wire.body, tolerate, wire.limits))
            assert tolerant == strict
            assert tolerant.oddities == strict.oddities == ()
    batch = read(kind, wire)
    if batch is None:
        return
    assert held(lambda: encode(batch), given_in(wire)) == (wire.content_type, wire.body)
    leaves = leaves_in(batch)
    if leaves:
        at = int.from_bytes(record[0][1:2], "big") % len(leaves)
        _replace(kind, wire, batch, at, leaf_of(record))
    for at, leaf in enumerate(leaves[:4]):  # more show nothing that four do not
        _replace(kind, wire, batch, at, leaf)


def _replace(kind: str, wire: Wire, batch: Any, at: int, new: Any) -> None:
    """Put a leaf into a batch: it is refused, or only its part's bytes are others."""
    leaves = leaves_in(batch)
    replaced = batch.replace(leaves[at], new)
    # What is hidden in another leaf is the affair of the harness ``encoder``.
    secrets = given_in(wire).secrets if new is leaves[at] else frozenset()
    encoded = held(lambda: encode(replaced), Given(len(wire.body) + len(new.body), secrets))
    if isinstance(encoded, ODataBatchError):
        return
    start, end = batch.provenance.spans[2 * at : 2 * at + 2]
    rest = wire.body[end:]
    if batch.provenance.line_end == b"\n":
        # The blank line of the old head, CRLF here, was the delimiter's line end as well.
        rest = rest.removeprefix(b"\r")
    assert encoded.content_type == wire.content_type
    assert encoded.body.startswith(wire.body[:start])
    assert encoded.body.endswith(rest)
    # Limits aside: a longer part may pass one.
    again = DECODE[kind](encoded.body, encoded.content_type, wire.tolerate)
    written = leaves_in(replaced)[at].replace(version="HTTP/1.1")
    assert leaves_in(again) == (*leaves[:at], written, *leaves[at + 1 :])


def encode(batch: Any, *arguments: Any, **options: Any) -> Any:
    """A batch, or an answer, in bytes."""
    if isinstance(batch, Batch):
        return odatabatch.encode_request(batch, *arguments, **options)
    return odatabatch.encode_response(batch, *arguments, **options)


def encoder(data: bytes) -> None:
    """Any model in any dialect is refused, or read back strictly as what it is.

    Event by event the same bytes come out of it, given the same boundaries.
    """
    script = Script.read(data)
    for batch in (script.batch, script.answer):
        if batch.parts:
            _write(batch, script, Given(len(data), script.secrets))


def _write(batch: Any, script: Script, given: Given) -> None:
    dialect, allow = script.dialect, allowed(batch, script)
    own = held(lambda: encode(batch, dialect, allow=allow), given)
    if not isinstance(own, ODataBatchError):
        _assert_reads_as(own, batch, dialect)
    boundaries = [*script.boundaries, *(f"x{at}x" for at in range(len(batch.parts) + 1))]
    whole = held(lambda: encode(batch, dialect, boundaries=boundaries, allow=allow), given)
    events = held(lambda: _sent(batch, dialect, boundaries, allow), given)
    if not isinstance(whole, ODataBatchError):
        assert events == whole
        _assert_reads_as(whole, batch, dialect)
        return
    assert isinstance(events, ODataBatchError)
    # What is refused is as if it had never been sent: what is left is written, and in order.
    left = held(lambda: _sent_if_sound(batch, dialect, boundaries, allow), given)
    if not isinstance(left, ODataBatchError):
        encoded, rest = left
        _assert_reads_as(encoded, rest, dialect)
        if "unknown_reference" in allow:
            allow.add("later_reference")  # it was unknown when it was sent
        assert {fault.code for fault in odatabatch.check(rest, dialect)} <= allow


def allowed(batch: Any, script: Script) -> set[str]:
    """The codes of the faults that may stay: all or none."""
    faults = odatabatch.check(batch, script.dialect) if script.allow else ()
    codes = {fault.code for fault in faults}
    # What is not known yet, an encoder of events cannot know to come later.
    return codes | {"unknown_reference"} if "later_reference" in codes else codes


def _event_encoder(batch: Any, dialect: Dialect, boundaries: list[str], allow: set[str]) -> Any:
    if isinstance(batch, Batch):
        return odatabatch.RequestEncoder(dialect=dialect, boundaries=boundaries, allow=allow)
    return odatabatch.ResponseEncoder(dialect=dialect, boundaries=boundaries, allow=allow)


def _sent(batch: Any, dialect: Dialect, boundaries: list[str], allow: set[str]) -> Any:
    """A batch as it is written event by event."""
    writer = _event_encoder(batch, dialect, boundaries, allow)
    pieces = [writer.send(event) for event in [*events_of(batch.parts), BatchEnd()]]
    return odatabatch.Encoded(writer.content_type, b"".join(pieces))


def _sent_if_sound(batch: Any, dialect: Dialect, boundaries: list[str], allow: set[str]) -> Any:
    """The same without the events that are refused, and the batch that they make."""
    writer = _event_encoder(batch, dialect, boundaries, allow)
    pieces: list[bytes] = []
    parts: list[Any] = []

    def send(event: Any) -> bool:
        try:
            pieces.append(writer.send(event))
        except ODataBatchError:
            return False
        return True

    for part in batch.parts:
        assert not send(ChangesetEnd())  # none is open
        if not is_changeset(part):
            parts += [part] if send(part) else []
        elif send(ChangesetStart(part.part_headers)):
            assert not send(ChangesetStart())
            left = tuple(filter(send, leaves_in(part)))
            parts.append(type(part)(left, part.part_headers))
            assert send(ChangesetEnd())
    assert send(BatchEnd())
    assert not send(BatchEnd())
    return odatabatch.Encoded(writer.content_type, b"".join(pieces)), type(batch)(tuple(parts))


def _assert_reads_as(encoded: odatabatch.Encoded, batch: Any, dialect: Dialect) -> None:
    """It is read strictly as that batch."""
    kind = "request" if isinstance(batch, Batch) else "response"
    again = DECODE[kind](encoded.body, encoded.content_type, STRICT, _NO_LIMITS)
    assert again.oddities == ()
    read_back = [_canonical(part, dialect) for part in again.parts]
    assert read_back == [_canonical(part, dialect) for part in batch.parts]


def _canonical(part: Any, dialect: Dialect) -> tuple[Any, ...]:
    """What a part says, but for what a dialect writes in its own way."""
    if is_changeset(part):
        own = part.part_headers.without("Content-Type", "Content-Length")
        return type(part), own, [_canonical(leaf, dialect) for leaf in leaves_in(part)]
    own = part.part_headers.without("Content-ID")
    if "Content-Type" not in own:
        own = Headers([*dialect.part_headers.without(*part.part_headers.names), *own])
    headers = part.headers.without("Content-ID")
    if dialect.writes_content_length and part.body and "Content-Length" not in headers:
        headers = headers.with_field("Content-Length", str(len(part.body)))
    if isinstance(part, Operation):
        start: tuple[Any, ...] = part.method, part.target
    else:
        start = part.status, part.reason
    return type(part), *start, headers, own, part.body, part.content_id
