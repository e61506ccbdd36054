"""What ``show`` tells of messages: which belong together, what they look like, what became of what.

Pure; ``show`` writes it as JSON, and ``drawing`` draws it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from odatabatch.azure import AZURE_BATCH
from odatabatch.captures import Content
from odatabatch.cli import streams
from odatabatch.correlation import OutcomeKind, correlate
from odatabatch.detection import Detection, detect
from odatabatch.dialect import AZURE_TABLES, ODATA_V3, ODATA_V4, Dialect
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.judge import check
from odatabatch.model import Batch, BatchResponse, path_of, placed_leaves
from odatabatch.oddities import MetOddity
from odatabatch.reference import references
from odatabatch.rules import Fault

DIALECTS: Mapping[str, Dialect] = {
    "odata-v3": ODATA_V3,
    "odata-v4": ODATA_V4,
    "azure-tables": AZURE_TABLES,
    "azure-batch": AZURE_BATCH,
}
"""The dialects by the names that the command takes and gives."""

ROOT = "batch"
"""The path of a whole batch, as faults give it."""

UNMATCHED = "unmatched"
"""What is said of an answer that belongs to no operation."""


class Message(msgspec.Struct, frozen=True):
    """One message of a file.

    Attributes:
        file: the file's name, as it was given.
        index: which message of the file, from 0.
        count: how many the file holds.
        whole: the message as captured, or a bare body.
        batch: what it carries; None where that is no batch.
        oddities: met in its head and its length; their offsets are those in the file.
    """

    file: str
    index: int
    count: int
    whole: HttpRequest | HttpResponse | Content
    batch: Batch | BatchResponse | None
    oddities: tuple[MetOddity, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether an answer may follow."""
        return isinstance(self.whole, HttpRequest) or isinstance(self.batch, Batch)


class Exchange(NamedTuple):
    """A request and the answer to it; one of them may be missing."""

    request: Message | None
    answer: Message | None


class PlacedOddity(NamedTuple):
    """An oddity, and in what its offset counts; None where it has none."""

    met: MetOddity
    offset_in: Literal["file", "body"] | None


class PlacedReference(NamedTuple):
    """A reference.

    Attributes:
        content_id: which it names; None where that is nothing but the value of a header.
        field: see ``Reference``.
        to: where the operation stands that it refers to; None where it is at fault.
        fault: see ``Reference``.
    """

    content_id: str | None
    field: str | None
    to: str | None
    fault: str | None


class Side(msgspec.Struct, frozen=True):
    """One message of an exchange, and what there is to say about it, by the paths of its parts.

    Attributes:
        message: the message.
        faults: breaches of the dialect's rules.
        oddities: what was tolerated; of the whole batch where it is not one operation's.
        references: of its operations to earlier ones.
    """

    message: Message
    faults: Mapping[str, list[Fault]]
    oddities: Mapping[str, list[PlacedOddity]]
    references: Mapping[str, list[PlacedReference]]


class Answer(NamedTuple):
    """An answer, and where it stands.

    Attributes:
        leaf: the response; of a message that is no batch the message, which may be a bare body.
        part: where it stands; None for a message that is no batch.
        outcome: see ``Findings.loose``.
    """

    leaf: Any
    part: str | None
    outcome: str | None = None


class Asked(msgspec.Struct, frozen=True):
    """An operation, or a whole request that is no batch, and what became of it.

    Attributes:
        leaf: the operation, or the request, which may be a bare body.
        part: where it stands; None for a whole request.
        outcome: the kind of its outcome; None where there is no answer that could tell.
        answers: those that tell.
        by_order: whether its answer was found by its place, and not by its Content-ID.
    """

    leaf: Any
    part: str | None
    outcome: str | None = None
    answers: tuple[Answer, ...] = ()
    by_order: bool = False


class Findings(msgspec.Struct, frozen=True):
    """All that is known of an exchange.

    Attributes:
        request: None where an answer stands alone.
        answer: None where a request stands alone.
        dialect: whose rules were applied; None for no batch, or where several are as likely.
        detection: how the dialect was found; None where it was told, or for no batch.
        asked: what was asked, in wire order.
        loose: the answers that are not one operation's own, in wire order: their ``outcome`` is
            ``unmatched``, or ``duplicated`` as that of the operations that they could be for; None
            where there is no batch that they could be the answers to.
    """

    request: Side | None
    answer: Side | None
    dialect: Dialect | None
    detection: Detection | None
    asked: tuple[Asked, ...]
    loose: tuple[Answer, ...]

    @property
    def sides(self) -> tuple[Side, ...]:
        """The request and the answer, as far as they are there."""
        return tuple(side for side in (self.request, self.answer) if side is not None)


def exchanges(messages: Iterable[Message]) -> Iterator[Exchange]:
    """Put each request together with the answer to it, where that is the next message.

    Raises:
        Failure: as ``messages`` does, after what was read before it has been given.
    """
    waiting: Message | None = None
    try:
        for message in messages:
            asked, waiting = waiting, None
            if asked is not None and _answers(asked, message):
                yield Exchange(asked, message)
                continue
            if asked is not None:
                yield Exchange(asked, None)
            if message.asks:
                waiting = message
            else:
                yield Exchange(None, message)
    except streams.InputFailure:
        if waiting is not None:
            yield Exchange(waiting, None)
        raise
    if waiting is not None:
        yield Exchange(waiting, None)


def _answers(request: Message, answer: Message) -> bool:
    """Whether it may be the answer; a batch may also be refused by a response without one."""
    if isinstance(answer.batch, BatchResponse):
        return isinstance(request.batch, Batch)
    return isinstance(answer.whole, HttpResponse)


def findings_of(exchange: Exchange, dialect: Dialect | None = None) -> Findings:
    """What there is to say about an exchange.

    Args:
        exchange: a request, its answer, or both.
        dialect: whose rules count; by default those of the one that the request looks like, or
            where that does not tell, the answer.
    """
    batches = [it.batch for it in exchange if it is not None and it.batch is not None]
    detection = None
    if not batches:
        dialect = None
    elif dialect is None:
        tried = [
            detect(it.batch, DIALECTS.values(), headers=it.whole.headers)
            for it in exchange
            if it is not None and it.batch is not None
        ]
        detection = next((it for it in tried if it.dialect is not None), tried[0])
        dialect = detection.dialect
    request, answer = (_side(it, dialect) if it is not None else None for it in exchange)
    asked, loose = _matched(exchange, dialect)
    return Findings(request, answer, dialect, detection, asked, loose)


def _matched(
    exchange: Exchange, dialect: Dialect | None
) -> tuple[tuple[Asked, ...], tuple[Answer, ...]]:
    """What was asked, each with its answers; and the answers that are left."""
    request, answer = exchange
    asked = tuple(Asked(leaf, part) for leaf, part in _leaves(request))
    answers = {id(leaf): Answer(leaf, part) for leaf, part in _leaves(answer)}
    if request is None or answer is None:
        return asked, tuple(answers.values())
    if not isinstance(request.batch, Batch):
        whole = msgspec.structs.replace(
            asked[0], outcome=OutcomeKind.ANSWERED.value, answers=tuple(answers.values())
        )
        return (whole,), ()
    if not isinstance(answer.batch, BatchResponse):
        return asked, tuple(answers.values())  # one response to the batch tells of no operation
    correlation = correlate(request.batch, answer.batch, dialect)
    told = []
    own: set[int] = set()
    shared: dict[str, tuple[Answer, ...]] = {}  # of operations that share a Content-ID
    for one, outcome in zip(asked, correlation.outcomes, strict=True):
        duplicated = outcome.kind is OutcomeKind.DUPLICATED
        its = shared.get(one.leaf.content_id) if duplicated else None
        if its is None:
            its = tuple(answers[id(response)] for response in outcome.responses)
        if duplicated:
            shared[one.leaf.content_id] = its
        else:
            own.update(id(it.leaf) for it in its)
        told.append(Asked(one.leaf, one.part, outcome.kind.value, its, outcome.by_order))
    unmatched = {id(response) for response in correlation.unmatched}
    loose = tuple(
        one._replace(outcome=UNMATCHED if key in unmatched else OutcomeKind.DUPLICATED.value)
        for key, one in answers.items()
        if key not in own
    )
    return tuple(told), loose


def _leaves(message: Message | None) -> Iterator[tuple[Any, Any]]:
    """The operations of a message or their answers, with their paths, or the whole message."""
    if message is None:
        return
    if message.batch is None:
        yield message.whole, None
        return
    for leaf, index, inner in placed_leaves(message.batch):
        yield leaf, path_of(index, inner)


def _side(message: Message, dialect: Dialect | None) -> Side:
    batch = message.batch
    faults = check(batch, dialect) if batch is not None else ()
    return Side(
        message,
        _grouped((fault.part, fault) for fault in faults),
        _grouped(_placed_oddities(message)),
        _grouped(_placed_references(message, dialect)),
    )


def _placed_references(
    message: Message, dialect: Dialect | None
) -> Iterator[tuple[str, PlacedReference]]:
    if not isinstance(message.batch, Batch):
        return
    paths = {id(leaf): part for leaf, part in _leaves(message)}
    for it in references(message.batch, dialect):
        to = paths[id(it.referent)] if it.referent is not None else None
        is_value = it.field is not None and it.fault == "unknown_reference"
        name = None if is_value else it.content_id
        yield it.part, PlacedReference(name, it.field, to, it.fault)


_Item = TypeVar("_Item")


def _grouped(items: Iterable[tuple[str, _Item]]) -> dict[str, list[_Item]]:
    groups: dict[str, list[_Item]] = {}
    for part, item in items:
        groups.setdefault(part, []).append(item)
    return groups


def _placed_oddities(message: Message) -> Iterator[tuple[str, PlacedOddity]]:
    """The oddities with the paths of the parts in which they were met first."""
    for met in message.oddities:
        yield ROOT, PlacedOddity(met, "file")
    batch = message.batch
    if batch is None:
        return
    assert batch.provenance is not None  # a decoder made it
    spans = batch.provenance.spans
    starts = spans[::2]
    parts = [part for _, part in _leaves(message)]
    for met in batch.oddities:
        if met.first_offset is None:  # of the content type
            yield ROOT, PlacedOddity(met, None)
            continue
        at = bisect_right(starts, met.first_offset) - 1
        inside = at >= 0 and met.first_offset <= spans[2 * at + 1]
        part = parts[at] if inside else ROOT
        yield part, PlacedOddity(met, "body")
