"""How harnesses read: whole buffers and chunks, with and without the fast path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import odatabatch
from odatabatch import (
    Batch,
    BatchEnd,
    Changeset,
    ChangesetEnd,
    ChangesetResponse,
    ChangesetStart,
    ODataBatchError,
    TruncatedError,
)
from tests.fuzz.contract import Given, assert_located, held
from tests.fuzz.inputs import Wire
from tests.fuzz.secrets import hidden_in_wire

KINDS = ("request", "response")

DECODE: dict[str, Callable[..., Any]] = {
    "request": odatabatch.decode_request,
    "response": odatabatch.decode_response,
}
DECODERS: dict[str, Callable[..., Any]] = {
    "request": odatabatch.RequestDecoder,
    "response": odatabatch.ResponseDecoder,
}


class _CarefulRequests(odatabatch.RequestDecoder):
    """Never takes the fast path."""

    def _read_usual_parts(self) -> bool:
        return True


class _CarefulResponses(odatabatch.ResponseDecoder):
    """Never takes the fast path."""

    def _read_usual_parts(self) -> bool:
        return True


CAREFUL_DECODERS: dict[str, Callable[..., Any]] = {
    "request": _CarefulRequests,
    "response": _CarefulResponses,
}


def given_in(wire: Wire) -> Given:
    """What is given with a wire."""
    secrets = hidden_in_wire(wire.body, wire.content_type)
    return Given(len(wire.body) + len(wire.content_type), secrets)


def read(kind: str, wire: Wire) -> Any:
    """The batch in a wire, or None where it is refused."""
    batch = held(
        lambda: DECODE[kind](wire.body, wire.content_type, wire.tolerate, wire.limits),
        given_in(wire),
    )
    if isinstance(batch, ODataBatchError):
        assert_located(batch, wire.body)
        return None
    return batch


def leaves_in(part: Any) -> tuple[Any, ...]:
    """The operations, or the answers, in a batch, or in a changeset; a leaf itself."""
    if isinstance(part, Batch | Changeset):
        return part.operations
    leaves: tuple[Any, ...] = getattr(part, "responses", (part,))
    return leaves


def is_changeset(part: Any) -> bool:
    """Whether it is a changeset, or the answers to one."""
    return isinstance(part, Changeset | ChangesetResponse)


def events_of(parts: Iterable[Any]) -> Iterator[Any]:
    """The events that tell of those parts, but for the last."""
    for part in parts:
        if is_changeset(part):
            yield ChangesetStart(part.part_headers)
            yield from leaves_in(part)
            yield ChangesetEnd()
        else:
            yield part


@dataclass
class Outcome:
    """What a decoder gave.

    Attributes:
        events: in order.
        error: what came after them, or None.
        known: what is to be the same of the error, however the bytes were cut.
    """

    events: list[Any]
    error: Any = field(default=None, compare=False)
    known: Any = None

    def __post_init__(self) -> None:
        *rest, last = self.events or [None]
        if isinstance(last, BatchEnd):
            # Oddities in the order of their offsets: in which they were met tells nothing.
            met = sorted(last.oddities, key=lambda it: (it.first_offset or 0, it.kind))
            self.events = [*rest, BatchEnd(tuple(met))]
        error = self.error
        if error is not None:
            self.known = type(error), error.code, error.offset, error.line, error.part


def streamed(
    kind: str,
    wire: Wire,
    chunks: Iterable[bytes],
    manner: int = 0,
    decoders: dict[str, Callable[..., Any]] = DECODERS,
) -> Outcome:
    """What a decoder gives for those chunks.

    Args:
        kind: ``request`` or ``response``.
        wire: how they are read.
        chunks: what is read.
        manner: 0: all events after each chunk, 1: one event after each chunk, 2: all at the end.
        decoders: by kind.
    """
    events: list[Any] = []
    try:
        decoder = decoders[kind](wire.content_type, wire.tolerate, wire.limits)
        for chunk in chunks:
            decoder.receive_data(chunk)
            if manner % 3 == 0:
                events += decoder.events()  # those before an error too
            elif manner % 3 == 1:
                events += islice(decoder.events(), 1)
        decoder.receive_eof()
        events += decoder.events()
    except ODataBatchError as error:
        return Outcome(events, error)
    return Outcome(events)


def whole(kind: str, wire: Wire) -> Outcome:
    """The same for the whole buffer; its events before an error are those of a stream."""
    try:
        batch = DECODE[kind](wire.body, wire.content_type, wire.tolerate, wire.limits)
    except TruncatedError as error:
        before = streamed(kind, wire, [wire.body]).events
        between = (ChangesetStart, ChangesetEnd, BatchEnd)
        told = [event for event in before if not isinstance(event, between)]
        return Outcome(before if told == list(error.operations) else [*error.operations], error)
    except ODataBatchError as error:
        return Outcome(streamed(kind, wire, [wire.body]).events, error)
    return Outcome([*events_of(batch.parts), BatchEnd(batch.oddities)])
