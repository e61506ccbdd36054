"""Which answer belongs to which operation: by Content-ID, and by order where that is sure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property
from itertools import repeat
from typing import Any
from urllib.parse import urljoin

import msgspec

from odatabatch.dialect import Dialect
from odatabatch.model import (
    CHANGESET_TYPES,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Operation,
    OperationResponse,
    leaves_of,
    placed_leaves,
    refuse_other_types,
)
from odatabatch.reference import SYSTEM_NAMES, Position, Reference, target_mention

# Relative Locations that hang on each other: each URL is longer than the last, so a chain without
# end would be quadratic work and memory.
_MAX_LINKS = 100
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:")  # RFC 3986 §3.1


class OutcomeKind(StrEnum):
    """What became of an operation, as far as the answer tells."""

    ANSWERED = "answered"
    CHANGESET_FAILED = "changeset_failed"
    MISSING = "missing"
    DUPLICATED = "duplicated"


class Outcome(msgspec.Struct, frozen=True):
    """What became of one operation.

    Attributes:
        operation: the operation.
        kind: ``answered``: exactly one answer is its own; ``changeset_failed``: one failure answers
            its whole changeset; ``missing``: there is no answer; ``duplicated``: several answers
            carry its Content-ID, or another operation has the same one.
        responses: its answers, in wire order; that of its changeset where that failed.
        by_order: whether the answer was found by its place, and not by its Content-ID.
    """

    operation: Operation
    kind: OutcomeKind
    responses: tuple[OperationResponse, ...]
    by_order: bool = False


class Correlation(msgspec.Struct, frozen=True, dict=True):
    """A batch and its answer, brought together.

    Attributes:
        outcomes: one for each operation, in wire order.
        unmatched: the answers that belong to no operation, in wire order.
    """

    outcomes: tuple[Outcome, ...]
    unmatched: tuple[OperationResponse, ...]

    def resolve(self, reference: Reference) -> str | None:
        """A reference with the answer's own words in place of ``$<id>``.

        Args:
            reference: one that ``references()`` found in this batch.

        Returns:
            For a target the ``Location`` of what the referent made, and the rest of the target; for
            a condition the referent's ``ETag``. A relative ``Location`` is relative to the target
            of the operation that it answers, which may be a reference itself, over up to 100 links.
            None where it is more, where the reference is at fault or of another batch, be it an
            equal one, or where an answer of success with that field is missing.

        Raises:
            TypeError: not a ``Reference``.

        Source: OData 4.01 §11.7.4, §11.7.5, §11.7.7.2.
        """
        if not isinstance(reference, Reference):
            raise TypeError(f"expected a Reference, got {type(reference).__name__}")
        at = self._places.get(id(reference.referent))
        if at is None:
            return None
        if reference.field is not None:
            return self._told(at, "ETag")
        url = self._located(at)
        return None if url is None else _extended(url, reference.rest)

    # Worked out when they are first asked for, and no part of the value: neither compared nor
    # pickled.

    @cached_property
    def _places(self) -> dict[int, int]:
        """Where each operation's outcome stands, by the operation's identity."""
        return {id(outcome.operation): at for at, outcome in enumerate(self.outcomes)}

    @cached_property
    def _by_id(self) -> dict[str | None, list[int]]:
        """Where the outcomes of each Content-ID stand."""
        found: dict[str | None, list[int]] = {}
        for at, outcome in enumerate(self.outcomes):
            found.setdefault(outcome.operation.content_id, []).append(at)
        return found

    def _told(self, at: int, name: str) -> str | None:
        """What the single answer of success to an operation says in a field."""
        outcome = self.outcomes[at]
        if outcome.kind is not OutcomeKind.ANSWERED:
            return None
        if not 200 <= outcome.responses[0].status < 300:
            return None
        return outcome.responses[0].headers.get(name) or None

    @cached_property
    def _urls(self) -> dict[int, tuple[str | None, int]]:
        """Where that is which operations made, over how many links, as far as it was asked for."""
        return {}

    def _located(self, at: int) -> str | None:
        """Where that is which an operation made.

        A relative Location is relative to the operation's target, which may be a reference itself.
        """
        urls = self._urls
        waiting = []  # locations, and what follows in the targets that they are relative to
        found: tuple[str | None, int] = None, 0
        while at not in urls:
            location = self._told(at, "Location")
            if location is None:
                break
            target = self.outcomes[at].operation.target
            mention = target_mention(target)
            if mention is not None and mention.content_id in SYSTEM_NAMES:
                mention = None
            if mention is None or _is_absolute(location):
                found = _joined(target, location), 0
                break
            same = self._by_id.get(mention.content_id, [])
            earlier = bisect_left(same, at)
            if earlier == 0:
                break
            waiting.append((at, location, mention.rest))
            if len(waiting) > _MAX_LINKS:
                return None
            at = same[earlier - 1]
        url, links = urls.setdefault(at, found)
        for at, location, rest in reversed(waiting):
            links += 1
            if url is not None:
                url = _joined(_extended(url, rest), location) if links <= _MAX_LINKS else None
            urls[at] = url, links
        return url


def correlate(batch: Batch, answer: BatchResponse, dialect: Dialect | None = None) -> Correlation:
    """Give every operation of a batch exactly one outcome.

    Args:
        batch: what was asked.
        answer: what was answered.
        dialect: whose answers these are. Where it says that they come in order, an answer without a
            Content-ID belongs to the part in whose place it stands: if there are as many answers as
            parts, neither a Content-ID nor a changeset among operations tells of another order, and
            the operation has no Content-ID either
            or the whole answer has none. A failure in the place of a changeset needs no Content-ID,
            and where no answer has one that was asked for, its own is nobody's. By default, and in
            Azure Batch, the order means nothing.

    Returns:
        Outcomes by Content-ID, in either place. A failure that is all of the answer to a changeset
        is the outcome of all its operations. An operation without a Content-ID is ``missing``, and
        so is one whose answer has none, unless the order tells.

    Raises:
        TypeError: not a ``Batch`` and a ``BatchResponse``, or not a ``Dialect``, or something in
            them has a wrong type.

    Source: Azure Batch REST: Add multiple tasks to a job; OData 4.01 §11.7.7.5, §11.7.7.6;
        OData 3.0, Batch Processing §3.
    """
    if not (isinstance(batch, Batch) and isinstance(answer, BatchResponse)):
        raise TypeError("expected a Batch and a BatchResponse")
    if not isinstance(dialect, Dialect | None):
        raise TypeError(f"expected a Dialect or None, got {type(dialect).__name__}")
    refuse_other_types(batch)
    refuse_other_types(answer)
    matcher = _Matcher(batch, answer)
    matcher.match_failures()
    if dialect is not None and dialect.orders_answers:
        matcher.match_by_order(dialect.orders_changeset_answers)
    return matcher.correlation()


class _Matcher:
    """Brings operations and answers together: by Content-ID at once, then as it is told."""

    def __init__(self, batch: Batch, answer: BatchResponse) -> None:
        self._batch = batch
        self._answer = answer
        self._operations = _by_position(batch)
        self._responses = _by_position(answer)
        by_id: dict[str | None, list[Position]] = {}
        for position, response in self._responses.items():
            if response.content_id:
                by_id.setdefault(response.content_id, []).append(position)
        self._answers_have_ids = bool(by_id)
        self._echoes = any(it.content_id in by_id for it in self._operations.values())
        self._asked = Counter(it.content_id for it in self._operations.values())
        self._found = {
            position: by_id.get(operation.content_id, [])
            for position, operation in self._operations.items()
        }
        self._failed: set[Position] = set()  # operations whose changeset failed
        self._by_order: set[Position] = set()  # operations whose answer was found by its place

    def match_failures(self) -> None:
        """A changeset is atomic: where all of its answer is one failure, all of it failed."""
        for index, part in enumerate(self._batch.parts):
            if not isinstance(part, Changeset):
                continue
            ids = [it.content_id for it in part.operations if it.content_id]
            if any(self._asked[it] > 1 for it in ids):
                continue
            positions = _positions(index, part)
            answers = {it for position in positions for it in self._found[position]}
            if len(answers) == 1:
                (position,) = answers
                if position[1] is None or len(positions) > 1:
                    self._fail(positions, position)

    def match_by_order(self, in_changesets: bool) -> None:
        """Match what no Content-ID tells of to what stands in the same place.

        Args:
            in_changesets: whether the answers within a changeset are in order too.
        """
        asked, answered = self._batch.parts, self._answer.parts
        if len(asked) != len(answered) or self._is_moved(0):
            return
        if any(map(self._disagrees, asked, answered, repeat(in_changesets))):
            return
        in_changesets = in_changesets and not self._is_moved(1)
        for index, (part, its) in enumerate(zip(asked, answered, strict=True)):
            positions, answers = _positions(index, part), _positions(index, its)
            in_order = isinstance(part, Operation) or (
                isinstance(its, ChangesetResponse) and (in_changesets or len(positions) == 1)
            )
            if in_order and len(answers) == len(positions):
                for position, answer in zip(positions, answers, strict=True):
                    self._match(position, answer)
            if isinstance(part, Changeset) and len(answers) == 1:
                self._fail_by_order(positions, answers[0])

    def correlation(self) -> Correlation:
        """What was found out."""
        outcomes = []
        # One tuple for all operations that share their answers, or it were quadratic work.
        shared = {
            id(found): tuple(self._responses[it] for it in found) for found in self._distinct()
        }
        for position, operation in self._operations.items():
            found = self._found[position]
            responses = shared[id(found)]
            if position in self._failed:
                kind = OutcomeKind.CHANGESET_FAILED
            elif not found:
                kind = OutcomeKind.MISSING
            elif position in self._by_order or (
                len(found) == 1 and self._asked[operation.content_id] == 1
            ):
                kind = OutcomeKind.ANSWERED
            else:
                kind = OutcomeKind.DUPLICATED
            outcomes.append(Outcome(operation, kind, responses, position in self._by_order))
        matched = {it for found in self._distinct() for it in found}
        unmatched = [it for position, it in self._responses.items() if position not in matched]
        return Correlation(tuple(outcomes), tuple(unmatched))

    def _disagrees(self, part: Any, its: Any, in_changesets: bool) -> bool:
        """Whether an answer cannot be the part's in whose place it stands."""
        if isinstance(part, Changeset):
            return isinstance(its, OperationResponse) and its.status < 400
        # Azurite answers a query by a multipart of its own.
        wrapped = in_changesets and len(leaves_of(its)) == 1
        return isinstance(its, ChangesetResponse) and not wrapped

    def _is_moved(self, level: int) -> bool:
        """Whether a Content-ID tells of another order: of parts (0), or within them (1)."""
        return any(
            not found[0][level] == position[level] == found[-1][level]  # those between are no other
            for position, found in self._found.items()
            if found and (level == 0 or (position[1] is not None and position not in self._failed))
        )

    def _distinct(self) -> Iterable[list[Position]]:
        """Each list of answers that was found, once: operations of one Content-ID share theirs."""
        return {id(found): found for found in self._found.values()}.values()

    def _match(self, position: Position, answer: Position) -> None:
        # Where answers have Content-IDs, one without does not answer an operation that has one.
        silent = not self._operations[position].content_id or not self._answers_have_ids
        if silent and not self._responses[answer].content_id:
            self._found[position] = [answer]
            self._by_order.add(position)

    def _fail(self, positions: Sequence[Position], answer: Position) -> None:
        part = self._answer.parts[answer[0]]
        if self._responses[answer].status >= 400 and len(leaves_of(part)) == 1:
            self._failed.update(positions)
            found = [answer]
            self._found.update((position, found) for position in positions)

    def _fail_by_order(self, positions: Sequence[Position], answer: Position) -> None:
        # One that names nothing asked for is no echo, unless others are: Azurite counts by itself.
        told = self._responses[answer].content_id and self._echoes
        if not told and not any(map(self._found.get, positions)):
            self._fail(positions, answer)
            self._by_order.update(self._failed.intersection(positions))


def _is_absolute(location: str) -> bool:
    """Whether a URL needs no base but the service's host."""
    return location.startswith("/") or _SCHEME.match(location) is not None


def _joined(base: str, location: str) -> str | None:
    """A URL relative to another; None where one of them is no URL."""
    try:
        return urljoin(base, location)
    except ValueError:
        return None


def _extended(url: str, rest: str) -> str:
    """A URL with a path and a query after its own path."""
    if not rest:
        return url
    path = url.partition("#")[0].partition("?")[0]
    return (path.removesuffix("/") if rest.startswith("/") else path) + rest


def _positions(index: int, part: Any) -> list[Position]:
    """Where the operations of a part stand, or the answers."""
    if isinstance(part, CHANGESET_TYPES):
        return [(index, inner) for inner in range(len(leaves_of(part)))]
    return [(index, None)]


def _by_position(batch: Batch | BatchResponse) -> dict[Position, Any]:
    return {(index, inner): leaf for leaf, index, inner in placed_leaves(batch)}
