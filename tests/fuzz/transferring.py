"""A harness of transfers: any answers and failures, in any order, several under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from odatabatch import (
    Batch,
    BatchEnd,
    ChangesetEnd,
    ChangesetStart,
    HttpRequest,
    HttpResponse,
    ODataBatchError,
    Operation,
    OperationResponse,
    decode_request,
)
from odatabatch.azure import (
    CollectionRequest,
    OpenOutcomes,
    TaskCollectionResult,
    TaskStatus,
    Transfer,
)
from odatabatch.azure.collection import key_of
from tests.fuzz.answering import Service
from tests.fuzz.contract import Given, held
from tests.fuzz.errands import Errand
from tests.fuzz.translating import (
    BITS,
    FIRST,
    downgraded,
    key_in,
    successes,
    upgraded,
)

_ATTEMPTS, _ORDER = 3, 4  # numbers: how often a task is sent, which request is answered next
_TICKS = 3
_MAX_ATTEMPTS = 6


def transfer(data: bytes) -> None:
    """No operation is lost, doubled or invented, whatever the service answers; it ends."""
    errand = Errand.read(data)
    given = errand.given(errand.text(1))
    attempts = 1 + errand.number(_ATTEMPTS) % _MAX_ATTEMPTS
    legacy, up = upgraded(errand, given)
    if up is not None and up.requests:
        service = Service(errand, FIRST)
        way = up.transfer(attempts)
        events = _carried_out(way, service, errand, len(legacy.operations), given)
        _judge_up(way, legacy, events, service, given)
    down = downgraded(errand, given)
    if down is not None and down.requests:
        service = Service(errand, FIRST)
        way = down.transfer(errand.flag(BITS, _TICKS), max_attempts=attempts)
        operations = [it for batch in down.batches for it in batch.operations]
        events = _carried_out(way, service, errand, len(operations), given)
        _judge_down(way, operations, events, service, given)


def _carried_out(
    way: Transfer[Any, Any], service: Service, errand: Errand, tasks: int, given: Given
) -> list[Any]:
    """Carry a transfer to its end; all events."""
    attempts = 1 + errand.number(_ATTEMPTS) % _MAX_ATTEMPTS
    bound = tasks * (attempts + 1)  # a receipt is an attempt of a task, or halves a request
    sent: Counter[str] = Counter()
    under_way: list[Any] = []
    events: list[Any] = []
    order = errand.number(_ORDER)
    while not way.done:
        under_way += way.next_requests()
        assert under_way
        assert bound, "it has no end"
        bound -= 1
        request = under_way.pop(order % len(under_way))
        order = order * 5 + 1 & 0xFF
        assert 0 <= way.wait_s(request) <= 30
        sent.update(_keys_in(request))
        answer = service.answer(request)
        held(lambda it=request, told=answer: way.receive(it, told), given)
        events += list(way.events())
    assert not way.next_requests()
    assert not list(way.events())
    held(lambda: repr(way), given)
    # What was sent once was not there because of that.
    assert all(sent[key_in(it.body)] > 1 for it in way.presumed)
    return events


def _keys_in(request: HttpRequest) -> list[str]:
    if isinstance(request, CollectionRequest):
        return [key_of(task.id) for task in request.tasks]
    batch = decode_request(request.body, request.headers.get("Content-Type", ""))
    return [key_in(it.body) for it in batch.operations]


def _judge_up(
    way: Transfer[Any, Any],
    legacy: Batch,
    events: Sequence[Any],
    service: Service,
    given: Given,
) -> None:
    told = [it for it in events if isinstance(it, OperationResponse)]
    ends = [it for it in events if isinstance(it, BatchEnd)]
    answer = held(way.answer, given)
    held(way.http_answer, given)
    unknown: tuple[Operation, ...] = ()
    if isinstance(answer, ODataBatchError):
        assert isinstance(answer, OpenOutcomes)
        unknown = answer.operations
        assert unknown
        assert not ends
    else:
        assert len(ends) == 1
        if isinstance(answer, HttpResponse):
            assert answer in service.answers
            assert answer.status >= 300
        else:
            assert list(answer.responses) == told
    starts = sum(isinstance(it, ChangesetStart) for it in events)
    assert starts == sum(isinstance(it, ChangesetEnd) for it in events)
    open_ids = [it.content_id for it in unknown]
    asked = Counter(it.content_id for it in legacy.operations)
    assert Counter([*(it.content_id for it in told), *open_ids]) == asked
    by_id = {it.content_id: key_in(it.body) for it in legacy.operations}
    added = [by_id[it.content_id] for it in told if it.status < 300]
    failed = [by_id[it.content_id] for it in told if it.status >= 300]
    presumed = [key_in(it.body) for it in way.presumed]
    seen = {key for answer in service.answers for key in successes(answer)}
    assert {*added} <= {*seen, *presumed}
    _compare(added, failed, [by_id[it] for it in open_ids], service)
    omitted = held(lambda: way.answer(open="omit"), given)
    if not isinstance(omitted, HttpResponse):
        assert list(omitted.responses) == told


def _compare(
    added: Sequence[str], failed: Sequence[str], unknown: Sequence[str], service: Service
) -> None:
    """What was said, with what an honest service has."""
    if not service.honest:
        return
    has = service.task_keys()
    assert {*added} <= has
    assert len(added) == len({*added})
    assert {*failed} & has <= {*added, *unknown}
    assert has <= {*added, *unknown}


def _judge_down(
    way: Transfer[Any, Any],
    operations: Sequence[Operation],
    events: Sequence[Any],
    service: Service,
    given: Given,
) -> None:
    keys = [key_in(it.body) for it in operations]
    answer = held(way.answer, given)
    unknown: list[str] = []
    if isinstance(answer, ODataBatchError):
        assert isinstance(answer, OpenOutcomes)
        unknown = [key_in(it.body) for it in answer.operations]
        assert unknown
    elif answer.status == 200:
        results = TaskCollectionResult.from_json(answer.body).results
        assert [it.task_id for it in results] == [it.task_id for it in events]
        assert [it.status for it in results] == [it.status for it in events]
    else:
        assert 300 <= answer.status < 500
    assert sorted([*(key_of(it.task_id) for it in events), *unknown]) == sorted(keys)
    added = [key_of(it.task_id) for it in events if it.status is TaskStatus.SUCCESS]
    failed = [key_of(it.task_id) for it in events if it.status is not TaskStatus.SUCCESS]
    seen = sum(answer.body.count(b" 201") for answer in service.answers)
    assert len(added) <= seen + len(way.presumed)
    _compare(added, failed, unknown, service)
