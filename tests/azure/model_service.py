"""A small model of the service, for what hangs on its state: which operation made which task.

It knows nothing of the package's own way to send: it reads requests of both kinds, holds tasks, and
does to a request whatever a test wants to happen to it. What it holds is the truth that a test
compares with.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

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

ANSWERS = (
    "well",
    "server errors",
    "tasks timed out",
    "408 parts",
    "whole 500",
    "whole 503",
    "whole 408",
    "429",
    "401",
    "403",
    "413",
    "redirect",
)
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
    "204",
)
"""How an answer may be spoilt on its way."""
ODD = ("odd date", "odd word", "odd error", "odd html", "a result twice otherwise")
"""How one result may be spoilt, among others that are not."""
KINDS = (*ANSWERS, *SILENCES, *GARBLED, *ODD)

_CODES = {"401": "AuthenticationFailed", "403": "AuthenticationFailed", "429": "TooManyRequests"}
_LATE = {"tasks timed out": "OperationTimedOut", "408 parts": "408"}
_TOO_LARGE = ((413, "RequestBodyTooLarge"), (413, None), (400, "RequestBodyTooLarge"))
_REDIRECTS = (301, 302, 307, 308)
_UNREADABLE = ("cut", "other tasks", "html", "gzip", "204")
_NO_ANSWER = (408, 500, 502, 503, 504)  # of a part without a code: it leaves open what was done
_FOREIGN = (500, 502, 503, 504, 408, 429, 403)
_HTML = b"<html><body>well</body></html>"
_STATUSES = {
    "InternalError": 500,
    "OperationTimedOut": 500,
    "408": 408,
    "InvalidPropertyValue": 400,
    "JobNotFound": 404,
}


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
        at: where an answer is cut, in thousandths of its length; of which tasks it is said that
            they timed out, as ``done``; which of the statuses that a kind may have.
        retry_after: the field of that name, or None.
    """

    kind: str = "well"
    done: int = 255
    later: int = 0
    turn: int = 0
    at: int = 500
    retry_after: str | None = None


class Result(NamedTuple):
    """What became of a task.

    Attributes:
        item: the task.
        code: the service's error code, None where it was added.
        how: what is odd about the way in which that is told.
        at: which of the statuses that an odd part may have.
    """

    item: Asked
    code: str | None
    how: str = ""
    at: int = 0


class Service:
    """A service with one job.

    Args:
        existing: ids of tasks that another hand has added.
        max_tasks: how many tasks a request may have before it is too large.
        job_first: whether the job's state is looked at before the tasks that it has.

    Attributes:
        made: the marks of the operations that ever made a task, be it gone.
        told: what the last answer says of each operation that it tells of, by its mark: None where
            it was added, an error code, or the status of what refused the request whole.
        unsure: the marks of the operations that may have been carried out, of which the last
            answer does not tell, or of a cut one perhaps.
        too_large: whether the last answer was that the request is too large.
        remade: how often the job was made again.
    """

    def __init__(
        self, existing: tuple[str, ...] = (), max_tasks: int = 100, job_first: bool = False
    ) -> None:
        self.job = "active"
        self.held = {task_id.lower(): OTHER_HAND for task_id in existing}
        self.made: set[str] = set()
        self.told: dict[str, str | None] = {}
        self.unsure: set[str] = set()
        self.too_large = False
        self.remade = 0
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

    def make_job_again(self) -> None:
        """The job goes, and there is another of its name, without tasks."""
        self.held.clear()
        self.job = "active"
        self.remade += 1

    def carry_out_waiting(self, index: int = 0) -> None:
        """Something that nobody waits for any more is carried out."""
        self._carry_out(self.waiting.pop(index))

    def serve(self, request: HttpRequest, fault: Fault) -> HttpResponse | Failure:
        """What comes of a request to which that happens."""
        kind = fault.kind
        self.told, self.unsure, self.too_large = {}, set(), False
        if kind == "not sent":
            return Failure.NOT_SENT
        asked = asked_by(request)
        whole = self._passing_refusal(fault) or self._lasting_refusal(asked)
        results = [] if whole else self._answer_some(asked, fault)
        every = {item.mark for item in asked}
        if kind in ("timed out", "lost"):
            self.unsure = every
            return Failure.TIMED_OUT if kind == "timed out" else Failure.CONNECTION_LOST
        if kind.startswith("whole"):
            self.unsure = every
            return refused(int(kind[-3:]), "InternalError", **_waiting(fault))
        if whole is not None:
            self.told = dict.fromkeys(every, str(whole.status))
            self.too_large = whole.status in (400, 413)
            return whole
        results, told = _odd(_turned(results, fault), fault)
        self.told = {} if kind in _UNREADABLE else told
        self.unsure = {
            mark
            for mark in every
            if mark not in self.told or self.told[mark] in ("OperationTimedOut", "408")
        }
        return _garbled(results, fault)

    def _passing_refusal(self, fault: Fault) -> HttpResponse | None:
        """What refuses the request this time, whatever it is; nothing was done."""
        if fault.kind in _CODES:
            return refused(int(fault.kind), _CODES[fault.kind], **_waiting(fault))
        if fault.kind == "413":
            return refused(*_TOO_LARGE[fault.at % len(_TOO_LARGE)])
        if fault.kind == "redirect":
            status = _REDIRECTS[fault.at % len(_REDIRECTS)]
            return HttpResponse(status, "Moved", Headers([("Location", f"https://{HOST}/other")]))
        return None

    def _lasting_refusal(self, asked: list[Asked]) -> HttpResponse | None:
        """What refuses the request for what it is, or for its job."""
        large = any(item.task_id.lower().startswith(OVERSIZED) for item in asked)
        if large or len(asked) > self._max_tasks:
            return refused(*_TOO_LARGE[0])
        return refused(404, "JobNotFound") if self.job == "missing" else None

    def _answer_some(self, asked: list[Asked], fault: Fault) -> list[Result]:
        """Carry out what is done at once; what else was begun may be carried out later."""
        kind = fault.kind
        silent = kind.startswith("whole") or kind in ("timed out", "lost")
        partial = silent or kind == "server errors" or kind in _LATE or kind in ODD
        done = fault.done if partial else 255
        now = [_has(done, at) for at in range(len(asked))]
        late = [silent or (kind in _LATE and _has(fault.at, at)) for at in range(len(asked))]
        found = iter(self._carry_out([item for item, at in zip(asked, now, strict=True) if at]))
        codes = [next(found) if at else "InternalError" for at in now]
        left = [
            item
            for at, item in enumerate(asked)
            if late[at] and not now[at] and _has(fault.later, at)
        ]
        if left:
            self.waiting.append(left)
        return [
            Result(item, _LATE.get(kind, code) if late[at] else code)
            for at, (item, code) in enumerate(zip(asked, codes, strict=True))
        ]

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
        self.made.add(item.mark)
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


def _waiting(fault: Fault) -> dict[str, str]:
    """The field that asks for a wait."""
    return {} if fault.retry_after is None else {"Retry-After": fault.retry_after}


def _turned(results: list[Result], fault: Fault) -> list[Result]:
    """The results in the order in which they are told."""
    turn = fault.turn % len(results)
    results = results[turn:] + results[:turn]
    return results[::-1] if fault.turn % 2 else results


def _odd(results: list[Result], fault: Fault) -> tuple[list[Result], dict[str, str | None]]:
    """The results with one of them spoilt, and what still can be read of them."""
    kind, first, rest = fault.kind, results[0], results[1:]
    told = {result.item.mark: result.code for result in results}
    spoilt = {**told}
    del spoilt[first.item.mark]
    if kind == "a result missing":
        return rest, spoilt
    if kind == "a result twice":
        sure = first.code not in (None, "InternalError")  # refused as often as one likes
        return [*results, first], told if sure else spoilt
    if kind == "a result twice otherwise":
        other = "TaskExists" if first.code is None else None
        return [*results, first._replace(code=other)], spoilt
    if kind == "odd date" and first.code is not None:
        return results, told
    if kind == "odd html" and first.item.content_id is not None:
        return _foreign(results, told, fault)
    if kind in ODD:
        return [first._replace(how=kind), *rest], spoilt
    return results, told


def _foreign(
    results: list[Result], told: dict[str, str | None], fault: Fault
) -> tuple[list[Result], dict[str, str | None]]:
    """The results with one part that is not of the service's making.

    A server error of theirs tells as little as a time-out does: the task may have been added.
    """
    first, rest = results[0], results[1:]
    status = _FOREIGN[fault.at % len(_FOREIGN)]
    if first.code is None and status not in _NO_ANSWER:
        status = 504
    code = {429: "429", 403: "403"}.get(status, "408")
    return [first._replace(how="odd html", at=status), *rest], {**told, first.item.mark: code}


def _garbled(results: list[Result], fault: Fault) -> HttpResponse:
    """The answer that tells those results, as it arrives."""
    if fault.kind == "other tasks":
        results = [
            result._replace(
                item=Asked(
                    f"x-{result.item.task_id}",
                    result.item.mark,
                    None if result.item.content_id is None else "x-1",
                )
            )
            for result in results
        ]
    answer = _written(results)
    headers, body = answer.headers, answer.body
    if fault.kind == "cut":
        return answer.replace(body=body[: len(body) * fault.at // 1000])
    if fault.kind == "html":
        headers = headers.with_field("Content-Type", "text/html")
        return answer.replace(headers=headers, body=_HTML)
    if fault.kind == "gzip":
        return answer.replace(headers=headers.with_field("Content-Encoding", "gzip"))
    return answer.replace(status=204, body=b"") if fault.kind == "204" else answer


def _written(results: list[Result]) -> HttpResponse:
    if any(result.item.content_id is not None for result in results):
        return accepted(*map(_part, results))
    return answered(*map(_member, results))


def _member(result: Result) -> dict[str, Any]:
    """The result of a collection."""
    task_id, code = result.item.task_id, result.code
    if code is None:
        told = added(task_id)
    else:
        code = "OperationTimedOut" if code == "408" else code
        broken = code in ("InternalError", "OperationTimedOut")
        told = failed(task_id, code, "ServerError" if broken else "ClientError")
    odd: dict[str, dict[str, Any]] = {
        "odd date": {"lastModified": "soon"},
        "odd word": {"status": "Perhaps"},
        "odd error": {"error": {"code": "X"}, "status": "Success"},
        "odd html": {"error": "<html></html>"},
    }
    return {**told, **odd.get(result.how, {})}


def _part(result: Result) -> OperationResponse:
    """The part of a batch's answer."""
    (task_id, _, content_id), code = result.item, result.code
    if result.how == "odd html":
        fields = Headers([("Content-ID", content_id or ""), ("Content-Type", "text/html")])
        return OperationResponse(result.at, "Odd", fields, _HTML)
    if result.how == "odd date":
        return part_added(content_id, task_id, Last_Modified="soon")
    if result.how == "odd error":
        return part_added(content_id, task_id, ETag="no tag")
    if result.how == "odd word":
        return part_added(content_id, task_id).replace(status=299)
    if code is None:
        return part_added(content_id, task_id)
    return part_failed(content_id, code, _STATUSES.get(code, 409))
