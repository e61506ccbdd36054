"""A service for the harnesses: it does its work, and answers as an errand says, well or not."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote

from odatabatch import HttpRequest, HttpResponse, UsageError
from odatabatch.azure import Failure
from odatabatch.azure.collection import key_of
from odatabatch.emulator import BatchService, Cut, FailRequest, FailTasks, Hang
from odatabatch.emulator.faults import AnyFault
from tests.fuzz.errands import Errand

NOW = datetime.datetime(2016, 4, 22, 0, 32, 47, 810790, tzinfo=datetime.UTC)

WELL, TIMED_OUT, LOST, NOT_SENT, REFUSED, LITERAL, SPOILT, REPLACED = range(8)
"""What becomes of a request: it is answered as it should be; its work is done and the answer does
not come; nothing is done and the connection breaks, or was never there; it is refused whole, by a
status; an answer stands in the errand, and nothing is done; the answer is spoilt with the next of
the errand's; or is that one instead."""

_HONEST = frozenset((WELL, TIMED_OUT, LOST, NOT_SENT, REFUSED))
_STATUSES = (500, 503, 413, 429, 408, 400, 403, 409, 302, 504)
_CODES = ("InternalError", "RequestBodyTooLarge", "TaskExists", None)
_JOB = re.compile(r"(?:/workitems/([^/?#]+))?/jobs/([^/?#]+)")

FAULTS: tuple[tuple[AnyFault, ...], ...] = (
    (),
    (FailTasks(code="InternalError", each=2, times=2),),
    (FailTasks(code="OperationTimedOut", added=True, each=3, times=1),),
    (FailTasks(code="ServerBusy", every=2), FailRequest(status=503, work="half", every=3)),
    (FailRequest(status=500, work="all", times=2, retry_after_s=1),),
    (Cut(body_bytes=300, times=2),),
    (Hang(seconds=1.0, times=1), Cut(body_bytes=None, times=1)),
    (FailRequest(status=413, code="RequestBodyTooLarge", work="none", times=4),),
)
"""What the service may do wrong by itself, each time without a lie."""


class Service:
    """A service whose answers an errand spoils.

    Args:
        errand: its numbers from ``first`` on say what becomes of each request.
        first: the place of the first of these; the one before says what the service does wrong.

    Attributes:
        honest: whether all answers so far were its own, and told no lie.
        answers: what came back.
    """

    def __init__(self, errand: Errand, first: int) -> None:
        self.honest = True
        self.answers: list[HttpResponse] = []
        self._batch = BatchService(faults=FAULTS[errand.number(first - 1) % len(FAULTS)])
        self._steps = iter(errand.numbers[first:])
        self._literals = iter(errand.responses)
        self._jobs: set[tuple[str | None, str]] = set()

    def answer(self, request: HttpRequest) -> HttpResponse | Failure:
        """What becomes of the next request."""
        step = next(self._steps, WELL)
        kind, much = step & 7, step >> 3
        self.honest &= kind in _HONEST
        answer = self._answer(request, kind, much)
        if isinstance(answer, HttpResponse):
            self.answers.append(answer)
        return answer

    def _answer(self, request: HttpRequest, kind: int, much: int) -> HttpResponse | Failure:
        if kind == LOST:
            return Failure.CONNECTION_LOST
        if kind == NOT_SENT:
            return Failure.NOT_SENT
        if kind == REFUSED:
            return _refusal(much)
        literal = next(self._literals, None) if kind > REFUSED else None
        if kind == LITERAL:
            return literal or Failure.CONNECTION_LOST
        own = self._own(request)
        if kind == TIMED_OUT:
            return Failure.TIMED_OUT
        if kind == WELL or literal is None or isinstance(own, Failure):
            return own
        return literal if kind == REPLACED else _spoilt(own, literal, much)

    def task_keys(self) -> set[str]:
        """The ids of the tasks that it has, as they are compared."""
        found = [task.id for item, job in self._jobs for task in self._batch.tasks(job, item)]
        return set(map(key_of, found))

    def _own(self, request: HttpRequest) -> HttpResponse | Failure:
        """The service's own answer, its work done; the job is there."""
        for item, job in _jobs_in(request):
            if (item, job) not in self._jobs:
                with suppress(UsageError):  # it is there in another case
                    self._batch.add_job(job, NOW, item, uses_task_dependencies=True)
                    self._jobs.add((item, job))
        answer = self._batch.answer(request, NOW)
        if answer.hold_s:
            return Failure.TIMED_OUT
        return Failure.CONNECTION_LOST if answer.cut else answer.response


def _jobs_in(request: HttpRequest) -> Iterator[tuple[str | None, str]]:
    texts = [request.target]
    if "$batch" in request.target:
        texts = request.body.decode("latin-1").split("\nPOST ")[1:2]
    for text in texts:
        match = _JOB.search(text.partition(" ")[0])
        if match is not None:
            yield match[1] and unquote(match[1]), unquote(match[2])


def _refusal(much: int) -> HttpResponse:
    code = _CODES[much % len(_CODES)]
    body = b"" if code is None else b'{"code":"%s"}' % code.encode()
    return HttpResponse(_STATUSES[much % len(_STATUSES)], "No", body=body)


def _spoilt(own: HttpResponse, literal: HttpResponse, much: int) -> HttpResponse:
    """An answer with bytes, and header fields, of another in it; as many go as its reason has."""
    at = len(own.body) * much // 31
    body = own.body[:at] + literal.body + own.body[at + len(literal.reason) :]
    headers = own.headers
    for name, value in literal.headers:
        headers = headers.with_field(name, value)
    return own.replace(headers=headers, body=body)
