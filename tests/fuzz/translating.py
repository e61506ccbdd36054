"""Harnesses of the translation: up, down, there and back, and the answers on their way back."""

from __future__ import annotations

import json
from typing import Any

from odatabatch import (
    Batch,
    BatchResponse,
    HttpResponse,
    ODataBatchError,
    OutcomeKind,
    check,
    correlate,
    decode_request,
    decode_response,
)
from odatabatch.azure import (
    AZURE_BATCH,
    Downgrade,
    TaskCollection,
    TaskCollectionResult,
    TaskStatus,
    Upgrade,
)
from odatabatch.azure import downgrade as azure_downgrade
from odatabatch.azure import upgrade as azure_upgrade
from odatabatch.azure.collection import MAX_BODY_BYTES, MAX_TASKS, key_of
from odatabatch.azure.moves import move
from odatabatch.azure.operations import OperationId, recognise
from tests.fuzz.answering import Service
from tests.fuzz.contract import Given, held
from tests.fuzz.errands import Errand

# Numbers: the other api-version, that of requests which name none, and bits.
TARGET, SOURCE, BITS, FIRST = 0, 1, 2, 8
_STRICT, _IMPLICIT, _OUTER, _TICKS = range(4)
# Texts: an ocp-date, a work item.
_DATE, _ITEM = 0, 1
_CHANGES = frozenset(("dropped", "renamed", "respelled", "replaced", "written"))


def upgrade(data: bytes) -> None:
    """Any batch goes up, each operation once, within the bounds; and comes down again."""
    errand = Errand.read(data)
    given = errand.given()
    legacy, up = upgraded(errand, given)
    if up is None:
        return
    source = errand.maybe_version(SOURCE)
    target = errand.version(TARGET)
    notes = held(lambda: up.notes, given)
    for request in up.requests:
        keys = [key_of(task.id) for task in request.tasks]
        assert 0 < len(keys) == len(set(keys)) <= MAX_TASKS
        assert len(request.body) <= MAX_BODY_BYTES or len(keys) == 1
        assert request.headers.get("Content-Length") == str(len(request.body))
        call = held(lambda it=request: recognise(it), given)
        assert call.operation is OperationId.TASK_ADD_COLLECTION
        assert call.api_version == target
    explicit = not errand.flag(BITS, _IMPLICIT)
    version = _version_of(legacy, errand) or source
    if version is not None:
        moved = [
            move(it.body, version, target, explicit, annotated=False).raw.strip()
            for it in legacy.operations
        ]
        sent = [task.raw for request in up.requests for task in request.tasks]
        assert sorted(sent) == sorted(moved)
        changed = any(note.change in _CHANGES and ".body" in note.path for note in notes)
        _back(up, legacy, version, changed, given)


def _version_of(legacy: Batch, errand: Errand) -> str | None:
    """The api-version that the targets name."""
    targets = [it.target for it in legacy.operations]
    targets += [it.target for it in errand.requests[:1] if errand.flag(BITS, _OUTER)]
    for target in targets:
        for piece in target.partition("?")[2].split("&"):
            if piece.startswith("api-version=") and "%" not in piece:
                return piece.partition("=")[2]
    return None


def _back(up: Upgrade, legacy: Batch, version: str, changed: bool, given: Given) -> None:
    """Down again, the tasks are the same but for what the notes tell."""
    bodies = []
    for request in up.requests:
        item = "item" if version < "2015-06" else None
        down = held(lambda it=request, at=item: azure_downgrade(it, version, work_item=at), given)
        if isinstance(down, ODataBatchError):
            # What goes up comes down, but for a version that adds what is there by another name.
            assert down.code in ("member_conflict", "unsupported_target"), down
            return
        changed |= any(note.change in _CHANGES for note in down.notes)
        bodies += [operation.body for batch in down.batches for operation in batch.operations]
    assert len(bodies) == len(legacy.operations)
    if not changed:
        assert sorted(it.body.strip() for it in legacy.operations) == sorted(bodies)


def downgrade(data: bytes) -> None:
    """Any collection comes down, as batches that keep the rules; and goes up again."""
    errand = Errand.read(data)
    given = errand.given(errand.text(_ITEM))
    down = downgraded(errand, given)
    if down is None:
        return
    notes = held(lambda: down.notes, given)
    for request, batch in zip(down.requests, down.batches, strict=True):
        assert 0 < len(batch.operations) <= MAX_TASKS
        read = decode_request(request.body, request.headers.get("Content-Type", ""))
        assert read.operations == tuple(
            it.replace(part_headers=at.part_headers, headers=at.headers)
            for it, at in zip(batch.operations, read.operations, strict=True)
        )
        assert not check(read, AZURE_BATCH)
        assert request.headers.get("Content-Length") == str(len(request.body))
    request = errand.requests[0]
    tasks = TaskCollection.from_json(request.body).tasks
    version = recognise(request, errand.maybe_version(SOURCE)).api_version
    changed = any(note.change in _CHANGES for note in notes)
    sent = []
    for batch in down.batches:
        up = held(lambda it=batch: azure_upgrade(it, version), given)
        if isinstance(up, ODataBatchError):
            assert up.code == "member_conflict", up
            return
        changed |= any(note.change in _CHANGES for note in up.notes)
        sent += [task for request in up.requests for task in request.tasks]
    assert [task.id for task in sent] == [task.id for task in tasks]
    if not changed:
        assert sent == list(tasks)


def upgraded(errand: Errand, given: Given) -> tuple[Batch, Upgrade | None]:
    """The batch of an errand, and what becomes of it; None where it is refused."""
    batch, outer = errand.batch, None
    if errand.flag(BITS, _OUTER) and errand.requests:
        outer = errand.requests[0]
        batch = Batch(batch.parts[1:])
    up = held(
        lambda: azure_upgrade(
            batch,
            errand.version(TARGET),
            outer,
            errand.text(_DATE),
            errand.flag(BITS, _STRICT),
            not errand.flag(BITS, _IMPLICIT),
            errand.maybe_version(SOURCE),
        ),
        given,
    )
    return batch, None if isinstance(up, ODataBatchError) else up


def downgraded(errand: Errand, given: Given) -> Downgrade | None:
    """What becomes of the first request of an errand; None where it is refused."""
    if not errand.requests:
        return None
    down = held(
        lambda: azure_downgrade(
            errand.requests[0],
            errand.version(TARGET),
            errand.text(_DATE),
            errand.flag(BITS, _STRICT),
            not errand.flag(BITS, _IMPLICIT),
            errand.maybe_version(SOURCE),
            errand.text(_ITEM),
        ),
        given,
    )
    return None if isinstance(down, ODataBatchError) else down


def answers(data: bytes) -> None:
    """Any answers become one, in which each operation has its own; no success of nothing."""
    errand = Errand.read(data)
    given = errand.given(errand.text(_ITEM))
    legacy, up = upgraded(errand, given)
    if up is not None:
        told = list(map(Service(errand, FIRST).answer, up.requests))
        _answered_up(legacy, up, told, given)
    down = downgraded(errand, given)
    if down is not None:
        told = list(map(Service(errand, FIRST).answer, down.requests))
        _answered_down(down, told, errand.flag(BITS, _TICKS), given)


def _answered_up(legacy: Batch, up: Upgrade, told: list[Any], given: Given) -> None:
    responses = [it for it in told if isinstance(it, HttpResponse)]
    answer = held(lambda: up.answer(responses), given)
    whole = held(lambda: up.http_answer(responses), given)
    if isinstance(answer, ODataBatchError):
        assert isinstance(whole, ODataBatchError)
        return
    if isinstance(answer, HttpResponse):
        assert answer in responses
        assert 300 <= answer.status < 500  # a redirect refuses, too: nothing was done here
        return
    _complete(legacy, answer)
    good = {key for response in responses for key in successes(response)}
    for outcome in correlate(legacy, answer, AZURE_BATCH).outcomes:
        if any(part.status < 300 for part in outcome.responses):
            assert key_in(outcome.operation.body) in good
    if not isinstance(whole, ODataBatchError):
        read = decode_response(whole.body, whole.headers.get("Content-Type", ""))
        _complete(legacy, read)


def _complete(legacy: Batch, answer: BatchResponse) -> None:
    """Each operation has one part, and there is no other."""
    pairs = correlate(legacy, answer, AZURE_BATCH)
    assert len(answer.parts) == len(legacy.operations)
    assert not pairs.unmatched
    kinds = (OutcomeKind.ANSWERED, OutcomeKind.CHANGESET_FAILED)
    assert all(outcome.kind in kinds for outcome in pairs.outcomes)


def key_in(task: bytes) -> str:
    """What a task's id is compared by; it was a name once."""
    members = json.loads(task)
    return key_of(members["id"] if "id" in members else members["name"])


def successes(response: HttpResponse) -> set[str]:
    """The tasks that an answer says were added, by what ids are compared by; read simply."""
    try:
        items = json.loads(response.body)["value"]
        return {
            key_of(it["taskId"])
            for it in items
            if isinstance(it, dict)
            and isinstance(it.get("taskId"), str)
            and str(it.get("status")).lower() == "success"
        }
    except (ValueError, TypeError, KeyError, RecursionError):
        return set()


def _answered_down(down: Downgrade, told: list[Any], ticks: bool, given: Given) -> None:
    responses = [it for it in told if isinstance(it, HttpResponse)]
    answer = held(lambda: down.answer(responses, ticks), given)
    if isinstance(answer, ODataBatchError) or answer.status != 200:
        return
    results = TaskCollectionResult.from_json(answer.body).results
    operations = [it for batch in down.batches for it in batch.operations]
    assert len(results) == len(operations)
    asked = sorted(key_in(it.body) for it in operations)
    assert sorted(key_of(it.task_id) for it in results) == asked
    added = sum(it.status is TaskStatus.SUCCESS for it in results)
    assert added <= sum(response.body.count(b" 201") for response in responses)
