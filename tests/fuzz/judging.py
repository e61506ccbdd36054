"""A harness of what judges: rules, references, correlation, detection."""

from __future__ import annotations

from typing import Any

import odatabatch
from odatabatch import BatchResponse, Correlation, Dialect, OutcomeKind
from tests.fuzz.contract import Given, held
from tests.fuzz.reading import is_changeset, leaves_in
from tests.fuzz.scripts import DIALECTS, Script

_REFERENCE_CODES = (
    "unknown_reference",
    "later_reference",
    "reference_out_of_scope",
    "shadowed_reference",
)


def rules(data: bytes) -> None:
    """Any batch and any answer are judged and brought together; nothing is lost, nothing twice."""
    script = Script.read(data)
    given = Given(len(data), script.secrets)
    _judge(script.batch, script.dialect, given)
    _judge(script.answer, script.dialect, given)
    for dialect in (None, script.dialect):
        _refer(script, dialect, _correlate(script, dialect, given), given)


def _judge(batch: Any, own: Dialect, given: Given) -> None:
    """Faults and signs stand where something is; each dialect is a candidate once."""
    places = _places(batch)
    for dialect in (None, own):
        faults = held(lambda it=dialect: odatabatch.check(batch, it, addr_spec=True), given)
        assert all(fault.code.isidentifier() for fault in faults)
        assert all(fault.part in places for fault in faults)
    dialects = (*DIALECTS, own)
    found = held(lambda: odatabatch.detect(batch, dialects), given)
    assert sorted(map(id, dialects)) == sorted(id(it.dialect) for it in found.candidates)
    assert all(sign.part in places for it in found.candidates for sign in it.signs)


def _places(batch: Any) -> set[str]:
    """The paths of all that is in a batch, and its own."""
    places = {"batch"}
    for index, part in enumerate(batch.parts):
        places.add(f"batch[{index}]")
        if is_changeset(part):
            count = len(leaves_in(part))
            places.update(f"batch[{index}]/changeset[{inner}]" for inner in range(count))
    return places


def _refer(script: Script, dialect: Dialect | None, pairs: Correlation, given: Given) -> None:
    """References are found where ``check`` finds their faults, and lead back."""
    batch = script.batch
    found = held(lambda: odatabatch.references(batch, dialect), given)
    order = {id(operation): at for at, operation in enumerate(batch.operations)}
    for reference in found:
        # What it resolves to is a value, and no text that it shows by itself.
        held(lambda it=reference: pairs.resolve(it), Given(given.size))
        if reference.referent is not None:
            assert reference.fault is None
            assert reference.referent.content_id == reference.content_id
            assert order[id(reference.referent)] < order[id(reference.operation)]
    told = [(it.fault, it.part) for it in found if it.fault is not None]
    faults = odatabatch.check(batch, dialect)
    assert told == [(it.code, it.part) for it in faults if it.code in _REFERENCE_CODES]


def _correlate(script: Script, dialect: Dialect | None, given: Given) -> Correlation:
    """Bring them together: each operation has one outcome, each answer one place."""
    batch, answer = script.batch, script.answer
    found = held(lambda: odatabatch.correlate(batch, answer, dialect), given)
    asked = {operation.content_id for operation in batch.operations}
    own = []  # answers that are one operation's alone
    for outcome, operation in zip(found.outcomes, batch.operations, strict=True):
        assert outcome.operation is operation
        assert (outcome.kind is OutcomeKind.MISSING) == (not outcome.responses)
        if outcome.by_order:
            assert dialect is not None
            assert dialect.orders_answers
            # A failed changeset's answer may have one that nobody asked for.
            content_id = outcome.responses[0].content_id
            assert not content_id or content_id not in asked
        if outcome.kind is OutcomeKind.ANSWERED:
            (response,) = outcome.responses
            own.append(id(response))
            assert outcome.by_order or response.content_id == operation.content_id
    assert len(own) == len(set(own))
    matched = {id(it) for outcome in found.outcomes for it in outcome.responses}
    unmatched = [id(it) for it in found.unmatched]
    assert matched.isdisjoint(unmatched)
    assert sorted([*matched, *unmatched]) == sorted(map(id, answer.responses))
    if dialect is None or not dialect.orders_answers:
        # Position means nothing.
        turned = BatchResponse(answer.parts[::-1])
        again = odatabatch.correlate(batch, turned, dialect)
        assert [it.kind for it in again.outcomes] == [it.kind for it in found.outcomes]
    return found
