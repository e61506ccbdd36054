"""The models: operations, changesets and batches, and their answers.

All are frozen and compared by value. A batch that a decoder made also keeps the bytes that it came
from, its provenance, which is neither compared nor printed, but pickled along.
"""

from __future__ import annotations

from array import array
from typing import Any, Generic, Literal, Self, TypeVar

import msgspec

from odatabatch.errors import UsageError
from odatabatch.headers import NO_HEADERS, Headers
from odatabatch.http_message import HttpRequest, HttpResponse, summary
from odatabatch.oddities import MetOddity

Place = Literal["part", "message"]

CONTENT_ID = "Content-ID"


class _ContentId:
    """The Content-ID of an operation or of its answer, in whichever of the two places it stands.

    Azure Batch's page calls it a header of the part and shows it in the message;
    OData 4.01 §11.7.7.1 puts it into the part. Where both have one they are equal, or the decoder
    and the encoder refuse it.
    """

    __slots__ = ()

    headers: Headers
    part_headers: Headers

    @property
    def content_id(self) -> str | None:
        """Its Content-ID, from the part's headers first; None where it has none."""
        value = self.part_headers.get(CONTENT_ID)
        return self.headers.get(CONTENT_ID) if value is None else value

    @property
    def content_id_at(self) -> Place | None:
        """Where the Content-ID stands: among the part's headers, or the message's."""
        if CONTENT_ID in self.part_headers:
            return "part"
        return "message" if CONTENT_ID in self.headers else None

    def with_content_id(self, value: str | None, at: Place | None = None) -> Self:
        """A copy with that Content-ID.

        Args:
            value: the Content-ID; None takes it away.
            at: where it shall stand; by default where it stood, else in the part.
        """
        if at not in ("part", "message", None):
            raise TypeError("at is 'part', 'message' or None")
        at = at or self.content_id_at or "part"
        part, message = self.part_headers, self.headers
        part = _placed(part, value if at == "part" else None)
        message = _placed(message, value if at == "message" else None)
        return msgspec.structs.replace(self, part_headers=part, headers=message)  # type: ignore[type-var]


def _placed(headers: Headers, value: str | None) -> Headers:
    if value is not None:
        return headers.with_field(CONTENT_ID, value)
    return headers.without(CONTENT_ID) if CONTENT_ID in headers else headers


class Operation(HttpRequest, _ContentId, frozen=True, gc=False):
    """One operation of a batch: an HTTP request in a body part of its own.

    Attributes:
        part_headers: the part's own header fields, as on the wire. Empty on a new operation they
            mean the dialect's own, or without a dialect those of the part that it replaces.
    """

    part_headers: Headers = NO_HEADERS


class OperationResponse(HttpResponse, _ContentId, frozen=True, gc=False):
    """The answer to an operation, or to a whole changeset that failed.

    Attributes:
        part_headers: the part's own header fields, as on the wire; see ``Operation``.
    """

    part_headers: Headers = NO_HEADERS


class Changeset(msgspec.Struct, frozen=True, gc=False):
    """Operations that are carried out together or not at all (OData 4.01 §11.7.2).

    Attributes:
        operations: in wire order.
        part_headers: the header fields of the changeset's own part; its Content-Type is written
            anew with a dialect, and a Content-Length left out.
    """

    operations: tuple[Operation, ...]
    part_headers: Headers = NO_HEADERS


class ChangesetResponse(msgspec.Struct, frozen=True, gc=False):
    """The answers to a changeset.

    Attributes:
        responses: in wire order, which need not be that of the operations.
        part_headers: see ``Changeset``.
    """

    responses: tuple[OperationResponse, ...]
    part_headers: Headers = NO_HEADERS


CHANGESET_TYPES = Changeset, ChangesetResponse
"""For ``isinstance``: a union made anew at each part would take four times as long."""

Part = TypeVar("Part", bound=Operation | Changeset | OperationResponse | ChangesetResponse)
Leaf = TypeVar("Leaf", Operation, OperationResponse)


class Provenance(msgspec.Struct, frozen=True, eq=False):
    """The bytes that a batch came from, and which of its leaves were replaced since.

    A leaf is an operation or the answer to one.

    Attributes:
        parts: the parts that this tells about; a batch with other parts has outlived it.
        content_type: as the decoder was given it.
        body: the whole multipart body.
        line_end: the message's, CRLF or LF.
        spans: for each leaf in wire order where its part begins and where it ends, flat: indexes
            into ``body``, after the one delimiter line and before the line end of the next.
        replaced: indexes of the leaves that are to be written anew.
    """

    parts: tuple[Any, ...]
    content_type: str
    body: bytes
    line_end: bytes
    spans: array[int]
    replaced: frozenset[int] = frozenset()

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("body_bytes", len(self.body)), ("replaced", sorted(self.replaced))]

    def __repr__(self) -> str:
        return summary(self)


class _Parts(msgspec.Struct, Generic[Part, Leaf], frozen=True, eq=False):
    """Parts in wire order, and where they came from."""

    parts: tuple[Part, ...]
    oddities: tuple[MetOddity, ...] = ()
    _provenance: Provenance | None = None

    @property
    def provenance(self) -> Provenance | None:
        """The bytes that it came from, or None."""
        known = self._provenance
        # msgspec's own replace copies private fields: bytes of other parts are nobody's provenance.
        return known if known is not None and known.parts is self.parts else None

    def replace(self, old: Leaf, new: Leaf) -> Self:
        """A copy in which ``new`` stands in the place of ``old``.

        Written without a dialect, that one part's bytes are new and all others stay.

        Args:
            old: the very object that stands in this batch (compared by identity).
            new: what to put there. Where its ``part_headers`` have no Content-Type, it takes those
                of ``old`` that it has not itself.

        Raises:
            TypeError: ``new`` is of another type than ``old``.
            UsageError: not_in_batch: ``old`` does not stand here, or stands here twice.
        """
        places = [
            (index, inner)
            for index, part in enumerate(self.parts)
            for inner, leaf in enumerate(leaves_of(part))
            if leaf is old
        ]
        if len(places) != 1:
            found = len(places)
            raise UsageError(
                "not_in_batch", f"expected it once in the batch, found it {found} times"
            )
        if type(new) is not type(old):
            raise TypeError(f"expected {type(old).__name__}, got {type(new).__name__}")
        index, inner = places[0]
        part: Any = self.parts[index]
        if "Content-Type" not in new.part_headers:
            given: Headers = new.part_headers
            part_headers = Headers([*old.part_headers.without(*given.names), *given])
            new = msgspec.structs.replace(new, part_headers=part_headers)
        if part is old:
            part = new
        elif isinstance(part, Changeset):
            part = Changeset(_put(part.operations, inner, new), part.part_headers)
        else:
            part = ChangesetResponse(_put(part.responses, inner, new), part.part_headers)
        parts = _put(self.parts, index, part)
        return type(self)(parts, self.oddities, self._provenance_with(parts, index, inner))

    def _provenance_with(
        self, parts: tuple[Part, ...], index: int, inner: int
    ) -> Provenance | None:
        known = self.provenance
        if known is None:
            return None
        leaf = sum(len(leaves_of(part)) for part in self.parts[:index]) + inner
        replaced = known.replaced | {leaf}
        return msgspec.structs.replace(known, parts=parts, replaced=replaced)

    def __eq__(self, other: object) -> bool:
        return self.parts == other.parts if type(other) is type(self) else NotImplemented

    def __ne__(self, other: object) -> bool:  # msgspec's own compares identity
        return not self == other

    def __hash__(self) -> int:
        return hash(self.parts)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        shown: list[tuple[str, Any]] = [("parts", self.parts)]
        return [*shown, ("oddities", self.oddities)] if self.oddities else shown

    def __repr__(self) -> str:
        return summary(self)


def leaves_of(part: Any) -> tuple[Any, ...]:
    """The operations of a part, or their answers: those of a changeset, or the part itself."""
    if isinstance(part, Changeset):
        return part.operations
    return part.responses if isinstance(part, ChangesetResponse) else (part,)


PlacedLeaf = tuple[Any, int, int | None]
"""A leaf (an operation, or the answer to one), its part's index in the batch, and its own index in
its changeset or None. A plain tuple: a named one costs as much as the rest of writing a leaf."""


def placed_leaves(batch: Batch | BatchResponse) -> list[PlacedLeaf]:
    """All operations of a batch, or all answers, in wire order."""
    placed: list[PlacedLeaf] = []
    for index, part in enumerate(batch.parts):
        if isinstance(part, CHANGESET_TYPES):
            placed += [(leaf, index, inner) for inner, leaf in enumerate(leaves_of(part))]
        else:
            placed.append((part, index, None))
    return placed


def refuse_other_types(batch: Batch | BatchResponse) -> None:
    """Refuse what a batch cannot hold, before it is taken for what it should be.

    Raises:
        TypeError: those of ``refuse_other_containers`` and ``refuse_other_leaf``.
    """
    refuse_other_containers(batch)
    leaf_type = Operation if isinstance(batch, Batch) else OperationResponse
    for leaf, _, _ in placed_leaves(batch):
        refuse_other_leaf(leaf, leaf_type)


def refuse_other_containers(batch: Batch | BatchResponse) -> None:
    """Refuse what is no batch, or does not hold its parts as one does.

    Raises:
        TypeError: it is no batch; its parts, or those of a changeset, are no tuple; a changeset
            stands among answers, or the other way round.
    """
    if not isinstance(batch, Batch | BatchResponse):
        raise TypeError(f"expected a Batch or a BatchResponse, got {type(batch).__name__}")
    if not isinstance(batch.parts, tuple):
        raise TypeError("parts is a tuple")
    changeset_type = Changeset if isinstance(batch, Batch) else ChangesetResponse
    for part in batch.parts:
        if isinstance(part, CHANGESET_TYPES):
            if not isinstance(part, changeset_type):
                raise TypeError(f"a {type(part).__name__} has no place here")
            if not (isinstance(leaves_of(part), tuple) and isinstance(part.part_headers, Headers)):
                raise TypeError("a changeset holds a tuple, and Headers of its own")


def refuse_other_leaf(leaf: Any, leaf_type: type[Operation | OperationResponse]) -> None:
    """Refuse what is no operation, or no answer to one, or not made of what these are made of.

    Raises:
        TypeError: it is so.
    """
    if not isinstance(leaf, leaf_type):
        raise TypeError(f"expected {leaf_type.__name__}, got {type(leaf).__name__}")
    if not (isinstance(leaf.headers, Headers) and isinstance(leaf.part_headers, Headers)):
        raise TypeError("headers and part_headers are Headers")
    if isinstance(leaf, Operation):
        if not (isinstance(leaf.method, str) and isinstance(leaf.target, str)):
            raise TypeError("method and target are str")
    elif not isinstance(leaf.status, int):
        raise TypeError("status is int")


def path_of(index: int, inner: int | None) -> str:
    """The path of a part, as errors and faults give it."""
    return f"batch[{index}]" if inner is None else f"batch[{index}]/changeset[{inner}]"


def _put(items: tuple[Any, ...], index: int, item: Any) -> tuple[Any, ...]:
    return (*items[:index], item, *items[index + 1 :])


class Batch(_Parts[Operation | Changeset, Operation], frozen=True, eq=False):
    """A batch request.

    Attributes:
        parts: operations and changesets, in wire order.
        oddities: what was tolerated while it was decoded: kind, first offset, count.
    """

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, those of changesets among them, in wire order."""
        return tuple(leaf for part in self.parts for leaf in leaves_of(part))


class BatchResponse(
    _Parts[OperationResponse | ChangesetResponse, OperationResponse], frozen=True, eq=False
):
    """The answer to a batch request.

    Attributes:
        parts: answers and changesets' answers, in wire order.
        oddities: what was tolerated while it was decoded: kind, first offset, count.
    """

    @property
    def responses(self) -> tuple[OperationResponse, ...]:
        """All answers, those of changesets among them, in wire order."""
        return tuple(leaf for part in self.parts for leaf in leaves_of(part))


# Events: a whole operation or answer is one; these stand between them.


class ChangesetStart(msgspec.Struct, frozen=True, gc=False):
    """A changeset begins.

    Attributes:
        part_headers: the header fields of its part.
    """

    part_headers: Headers = NO_HEADERS


class ChangesetEnd(msgspec.Struct, frozen=True, gc=False):
    """The changeset that began last has ended."""


class BatchEnd(msgspec.Struct, frozen=True, gc=False):
    """The batch has ended, and with it the input.

    Attributes:
        oddities: all that was tolerated.
    """

    oddities: tuple[MetOddity, ...] = ()
