"""Which answer belongs to which operation: by Content-ID, never by position."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from odatabatch.model import Batch, BatchResponse, Operation, OperationResponse


class OutcomeKind(StrEnum):
    """What became of an operation, as far as the answer tells."""

    ANSWERED = "answered"
    MISSING = "missing"
    DUPLICATED = "duplicated"


class Outcome(msgspec.Struct, frozen=True):
    """What became of one operation.

    Attributes:
        operation: the operation.
        kind: ``answered``: exactly one answer carries its Content-ID; ``missing``: none does;
            ``duplicated``: several do, or another operation has the same Content-ID.
        responses: the answers that carry its Content-ID, in wire order.
    """

    operation: Operation
    kind: OutcomeKind
    responses: tuple[OperationResponse, ...]


class Correlation(msgspec.Struct, frozen=True):
    """A batch and its answer, brought together.

    Attributes:
        outcomes: one for each operation, in wire order.
        unmatched: the answers that belong to no operation, in wire order.
    """

    outcomes: tuple[Outcome, ...]
    unmatched: tuple[OperationResponse, ...]


def correlate(batch: Batch, answer: BatchResponse) -> Correlation:
    """Give every operation of a batch exactly one outcome.

    Args:
        batch: what was asked.
        answer: what was answered, in any order.

    Returns:
        Outcomes by Content-ID. An operation without one is ``missing``, and so is one whose answer
        has none: the service may answer in any order, so position means nothing.

    Raises:
        TypeError: not a ``Batch`` and a ``BatchResponse``.

    Source: Azure Batch REST: Add multiple tasks to a job; OData 4.01 §11.7.2, §11.7.4.
    """
    if not (isinstance(batch, Batch) and isinstance(answer, BatchResponse)):
        raise TypeError("expected a Batch and a BatchResponse")
    operations, responses = batch.operations, answer.responses
    by_id: dict[str, list[OperationResponse]] = {}
    for response in responses:
        if response.content_id:
            by_id.setdefault(response.content_id, []).append(response)
    asked: dict[str, int] = {}
    for operation in operations:
        if operation.content_id:
            asked[operation.content_id] = asked.get(operation.content_id, 0) + 1
    outcomes = []
    for operation in operations:
        found = tuple(by_id.get(operation.content_id or "", ()))
        if not found:
            kind = OutcomeKind.MISSING
        elif len(found) == 1 and asked[operation.content_id or ""] == 1:
            kind = OutcomeKind.ANSWERED
        else:
            kind = OutcomeKind.DUPLICATED
        outcomes.append(Outcome(operation, kind, found))
    unmatched = tuple(r for r in responses if (r.content_id or "") not in asked)
    return Correlation(tuple(outcomes), unmatched)
