"""The harness of the emulator: any request gets an answer, and changes nothing by a refusal."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from odatabatch import (
    HttpRequest,
    HttpResponse,
    ODataBatchError,
    UsageError,
    correlate,
    decode_request,
    decode_response,
)
from odatabatch.azure import (
    AZURE_BATCH,
    SharedKey,
    SigningError,
    TaskCollection,
    TaskCollectionResult,
)
from odatabatch.azure.collection import key_of
from odatabatch.azure.json_text import read_json
from odatabatch.azure.results import BatchError
from odatabatch.emulator import Answer, BatchService, read_faults
from odatabatch.http_head import forbids_content
from tests.fuzz.answering import NOW
from tests.fuzz.contract import held
from tests.fuzz.errands import Errand
from tests.fuzz.signing import DATE, KEY

_ACCOUNT = "account"
_KEYED, _SIGNED, _REPEATED = range(3)  # bits of the first number

State = dict[Any, Any]


def emulator(data: bytes) -> None:
    """Any request is answered, never by a server error that no fault asked for."""
    errand = Errand.read(data)
    given = errand.given(errand.text(1), key=KEY)
    faults: Any = ()
    if errand.text(0) is not None:
        faults = held(lambda: read_faults((errand.text(0) or "").encode("utf-8", "replace")), given)
        if isinstance(faults, ODataBatchError):
            return
    keyed = errand.flag(0, _KEYED)
    service = BatchService(_ACCOUNT, KEY if keyed else None, faults=faults)
    for job, item in {("job", None), ("job", "item"), (errand.text(1) or "job", None)}:
        with suppress(UsageError):  # it is there in another case
            service.add_job(job, NOW, item)
    requests = errand.requests * (2 if errand.flag(0, _REPEATED) else 1)
    ids = set()
    for request in requests:
        if errand.flag(0, _SIGNED):
            request = _signed(request)  # noqa: PLW2901
        before = _state(service)
        answers: list[Answer] = []

        def ask(it: HttpRequest = request, to: list[Answer] = answers) -> Answer:
            if not to:  # a call that was slow is not repeated, since it has effects
                to.append(service.answer(it, NOW))
            return to[0]

        answer = held(ask, given)
        assert not isinstance(answer, ODataBatchError)
        response = answer.response
        ids.add(response.headers.get("request-id"))
        if keyed and _refused_by_key(request):
            assert response.status == 403
        if not faults:
            _judge(request, answer, before, _state(service))
    assert len(ids) == len(requests)


def _signed(request: HttpRequest) -> HttpRequest:
    try:
        return SharedKey(_ACCOUNT, KEY).signed(request, DATE)
    except SigningError:
        return request


def _refused_by_key(request: HttpRequest) -> bool:
    try:
        SharedKey(_ACCOUNT, KEY).check(request, NOW)
    except SigningError:
        return True
    return False


def _state(service: BatchService) -> State:
    """All that the service has."""
    jobs = service._store._jobs
    return {
        key: (job.place, job.state, job.modified, job.body, tuple(job.tasks.values()))
        for key, job in jobs.items()
    }


def _judge(request: HttpRequest, answer: Answer, before: State, after: State) -> None:
    """The answer of a service without faults."""
    response = answer.response
    assert 200 <= response.status < 500
    assert answer.head
    assert not answer.cut
    assert b"".join(answer.chunks) == response.body
    if response.status >= 300 or request.method in ("GET", "HEAD"):
        assert before == after
    if forbids_content(response.status):
        assert not response.body
        return
    if response.status >= 400:
        error = BatchError.from_json(response.body)
        assert error.code
        assert error.message
    elif response.status == 202 and response.headers.get("Content-Type", "").startswith("multi"):
        _judge_batch(request, response, before, after)
    elif response.body:
        read_json(response.body)
        if "addtaskcollection" in request.target and response.status == 200:
            _judge_collection(request, response, before, after)


def _judge_batch(request: HttpRequest, response: HttpResponse, before: State, after: State) -> None:
    asked = decode_request(request.body, request.headers.get("Content-Type", ""))
    told = decode_response(response.body, response.headers.get("Content-Type", ""))
    pairs = correlate(asked, told, AZURE_BATCH)
    assert not pairs.unmatched
    assert all(len(outcome.responses) == 1 for outcome in pairs.outcomes)
    assert len(told.responses) == len(asked.operations)
    assert all(it.status == 201 or 400 <= it.status < 500 for it in told.responses)
    added = sum(it.status == 201 for it in told.responses)
    assert _count(after) - _count(before) == added


def _judge_collection(
    request: HttpRequest, response: HttpResponse, before: State, after: State
) -> None:
    asked = TaskCollection.from_json(request.body)
    told = TaskCollectionResult.from_json(response.body, request=asked)
    added = {key_of(it.task_id) for it in told.results if it.http_status == 201}
    assert _count(after) - _count(before) == len(added)


def _count(state: State) -> int:
    return sum(len(tasks) for *_, tasks in state.values())
