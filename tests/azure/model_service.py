"""A small model of the service, for what hangs on its state: which operation made which task.

It knows nothing of the package's own way to send: it reads requests of both kinds, holds tasks, and
does to a request whatever a test wants to happen to it. What it holds is the truth that a test
compares with.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from odatabatch import Batch, Headers, HttpRequest, HttpResponse, OperationResponse
from odatabatch.azure import Failure, TaskCollection
from tests.azure.batches import (
    HOST,
    accepted,
    added,
    answered,
    decoded_request,
    failed,
    part_added,
    part_failed,
    refused,
)

BAD = "bad"
"""Ids that begin so are refused by themselves, always."""

OVERSIZED = "oversized"
"""Requests with an id that begins so are too large, always."""

OTHER_HAND = "another hand"
"""What made a task that no operation made."""

ANSWERS = ("well", "server errors", "whole 500", "whole 503", "408", "429", "401", "403")
"""What the service may answer; the first is the only one that is no fault."""
SILENCES = ("timed out", "lost", "not sent")
"""How no answer may come."""
GARBLED = (
    "cut",
    "a result missing",
    "a result twice",
    "other tasks",
    "html",
    "gzip",
    "redirect",
    "204",
)
"""How an answer may be spoilt on its way."""
KINDS = (*ANSWERS, *SILENCES, *GARBLED)

_CODES = {"401": "AuthenticationFailed", "403": "AuthenticationFailed", "429": "TooManyRequests"}


class Asked(NamedTuple):
    """One task that a request asks for.

    Attributes:
        task_id: its id.
        mark: what tells the operation, its command line.
        content_id: of the operation in a batch; None in a collection.
    """

    task_id: str
    mark: str
    content_id: str | None


class Fault(NamedTuple):
    """What happens to a request.

    Attributes:
        kind: one of ``KINDS``.
        done: which of its tasks are carried out at once: bit ``n % 8`` stands for task ``n``.
        later: which of the others are carried out at some later time.
        turn: how far the results are turned round; at an odd number they come in reverse.
        at: where an answer is cut, in thousandths of its length.
        retry_after: the field of that name, or None.
    """

    kind: str = "well"
    done: int = 255
    later: int = 0
    turn: int = 0
    at: int = 500
    retry_after: str | None = None

    @property
    def silent(self) -> bool:
        """Whether the sender cannot know what was done."""
        definite = ("well", "server errors", "429", "401", "403", "not sent")
        return self.kind not in definite


class Service:
    """A service with one job.

    Args:
        existing: ids of tasks that another hand has added.
        max_tasks: how many tasks a request may have before it is too large.
        job_first: whether the job's state is looked at before the tasks that it has.
    """

    def __init__(
        self, existing: tuple[str, ...] = (), max_tasks: int = 100, job_first: bool = False
    ) -> None:
        self.job = "active"
        self.held = {task_id.lower(): OTHER_HAND for task_id in existing}
        self.made: list[str] = []  # the marks of all operations that made a task
        self.waiting: list[list[Asked]] = []  # what is to be carried out later
        self._max_tasks = max_tasks
        self._job_first = job_first

    def add(self, task_id: str) -> None:
        """Another hand adds a task."""
        self.held.setdefault(task_id.lower(), OTHER_HAND)

    def end_job(self) -> None:
        """The job takes no more tasks."""
        if self.job == "active":
            self.job = "completed"

    def delete_job(self) -> None:
        """The job goes, and its tasks with it."""
        self.job = "missing"
        self.held.clear()

    def carry_out_waiting(self, index: int = 0) -> None:
        """Something that nobody waits for any more is carried out."""
        self._carry_out(self.waiting.pop(index))

    def serve(self, request: HttpRequest, fault: Fault) -> HttpResponse | Failure:
        """What comes of a request to which that happens."""
        kind = fault.kind
        fields = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        if kind == "not sent":
            return Failure.NOT_SENT
        if kind in ("401", "403", "408", "429"):
            return refused(int(kind), _CODES.get(kind), **fields)
        if kind == "redirect":
            return HttpResponse(307, "Moved", Headers([("Location", f"https://{HOST}/other")]))
        asked = asked_by(request)
        whole = self._whole_refusal(asked)
        if whole is None:
            results = self._answer_some(asked, fault)
        if kind in ("timed out", "lost"):
            return Failure.TIMED_OUT if kind == "timed out" else Failure.CONNECTION_LOST
        if kind.startswith("whole"):
            return refused(int(kind[-3:]), "InternalError", **fields)
        if whole is not None:
            return whole
        return _garbled(asked, results, fault)

    def _whole_refusal(self, asked: list[Asked]) -> HttpResponse | None:
        large = any(item.task_id.lower().startswith(OVERSIZED) for item in asked)
        if large or len(asked) > self._max_tasks:
            return refused(413, "RequestBodyTooLarge")
        return refused(404, "JobNotFound") if self.job == "missing" else None

    def _answer_some(self, asked: list[Asked], fault: Fault) -> list[str | None]:
        """Carry out what is done at once; a code a task, None for one that was added."""
        partial = fault.kind in ("server errors", "whole 500", "whole 503", "timed out", "lost")
        done = fault.done if partial else 255
        now = [_has(done, at) for at in range(len(asked))]
        found = iter(self._carry_out([item for item, at in zip(asked, now, strict=True) if at]))
        results = [next(found) if at else "InternalError" for at in now]
        if partial and fault.kind != "server errors":
            left = [item for at, item in enumerate(asked) if not now[at] and _has(fault.later, at)]
            if left:
                self.waiting.append(left)
        return results

    def _carry_out(self, asked: list[Asked]) -> list[str | None]:
        return [self._add(item) for item in asked]

    def _add(self, item: Asked) -> str | None:
        key = item.task_id.lower()
        if self.job == "missing":
            return "JobNotFound"
        if key.startswith(BAD):
            return "InvalidPropertyValue"
        ended = self.job == "completed"
        if ended and self._job_first:
            return "JobCompleted"
        if key in self.held:
            return "TaskExists"
        if ended:
            return "JobCompleted"
        self.held[key] = item.mark
        self.made.append(item.mark)
        return None


def asked_by(request: HttpRequest) -> list[Asked]:
    """The tasks that a request of either kind asks for."""
    if "/$batch" not in request.target:
        tasks = TaskCollection.from_json(request.body).tasks
        return [Asked(task.id, json.loads(task.raw)["commandLine"], None) for task in tasks]
    batch: Batch = decoded_request(request)
    found = []
    for operation in batch.operations:
        body = json.loads(operation.body)
        found.append(Asked(body["id"], body["commandLine"], operation.content_id))
    return found


def _has(mask: int, at: int) -> bool:
    return bool(mask >> at % 8 & 1)


def _garbled(asked: list[Asked], results: list[str | None], fault: Fault) -> HttpResponse:
    """The answer that tells those results, as it arrives."""
    pairs = list(zip(asked, results, strict=True))
    turn = fault.turn % len(pairs)
    pairs = pairs[turn:] + pairs[:turn]
    if fault.turn % 2:
        pairs.reverse()
    if fault.kind == "a result missing":
        del pairs[0]
    elif fault.kind == "a result twice":
        pairs.append(pairs[0])
    elif fault.kind == "other tasks":
        pairs = [(Asked(f"x-{item.task_id}", item.mark, "x-1"), code) for item, code in pairs]
    answer = _written(pairs, asked[0].content_id is not None)
    headers, body = answer.headers, answer.body
    if fault.kind == "cut":
        return answer.replace(body=body[: len(body) * fault.at // 1000])
    if fault.kind == "html":
        headers = headers.with_field("Content-Type", "text/html")
        return answer.replace(headers=headers, body=b"<html><body>well</body></html>")
    if fault.kind == "gzip":
        return answer.replace(headers=headers.with_field("Content-Encoding", "gzip"))
    return answer.replace(status=204, body=b"") if fault.kind == "204" else answer


def _written(pairs: list[tuple[Asked, str | None]], legacy: bool) -> HttpResponse:
    if legacy:
        return accepted(*(_part(item, code) for item, code in pairs))
    return answered(
        *(
            added(item.task_id)
            if code is None
            else failed(
                item.task_id, code, "ServerError" if code == "InternalError" else "ClientError"
            )
            for item, code in pairs
        )
    )


def _part(item: Asked, code: str | None) -> OperationResponse:
    if code is None:
        return part_added(item.content_id, item.task_id)
    status = {"InternalError": 500, "InvalidPropertyValue": 400, "JobNotFound": 404}.get(code, 409)
    return part_failed(item.content_id, code, status)
