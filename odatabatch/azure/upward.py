"""A legacy batch on its way to a service of ``addtaskcollection``: its side of a ``Transfer``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from odatabatch.azure import legacy_answers
from odatabatch.azure.answers import Carried, refuse_other_task
from odatabatch.azure.collection import CollectionRequest, joined, key_of
from odatabatch.azure.content import check_content_coding
from odatabatch.azure.direction import Verdict
from odatabatch.azure.legacy_answers import SentTask
from odatabatch.azure.results import TaskResult, TaskStatus, readable_results
from odatabatch.errors import TaskError
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.model import (
    BatchEnd,
    BatchResponse,
    ChangesetEnd,
    ChangesetResponse,
    ChangesetStart,
    OperationResponse,
)

Part = OperationResponse | ChangesetResponse
BatchEvent = ChangesetStart | OperationResponse | ChangesetEnd | BatchEnd


class Upward:
    """The tasks of a legacy batch, and how what a service says of them is told to its client.

    Args:
        requests: what the batch was translated to.
        sent: the tasks of each request.
        service: scheme and host, or empty where they are not known.
        outer: the request that carried the batch, where it is known.
    """

    success = legacy_answers.SUCCESS

    def __init__(
        self,
        requests: Sequence[CollectionRequest],
        sent: Sequence[Sequence[SentTask]],
        service: str,
        outer: HttpRequest | None,
    ) -> None:
        self.requests = requests
        self._items = sorted((item for items in sent for item in items), key=lambda it: it.place)
        self._service = service
        self._outer = outer
        self.keys = [key_of(item.task.id) for item in self._items]
        self.groups = [[item.place for item in items] for items in sent]

    def request(self, tasks: Sequence[int]) -> CollectionRequest:
        """As the first requests, which are all to one job, with these tasks."""
        first = self.requests[0]
        body = joined(self._items[task].task.raw for task in tasks)
        headers = first.headers.with_field("Content-Length", str(len(body)))
        return CollectionRequest(first.method, first.target, headers, body)

    def read(self, tasks: Sequence[int], response: HttpResponse) -> Mapping[int, Verdict[Part]]:
        """By task id. A result that cannot be read, or contradicts another, leaves its task out.

        Raises:
            TaskError: the text cannot be read; unknown_result, location_conflict: it answers
                another request.
            TranslationError: unsupported_content_coding.
        """
        check_content_coding(response.headers, "answer")
        asked = {self.keys[task]: task for task in tasks}
        told: dict[int, list[TaskResult]] = {}
        for result in readable_results(response.body):
            task = asked.get(key_of(result.task_id))
            if task is None:
                message = "expected results of the tasks that were asked for, got another"
                raise TaskError("unknown_result", message)
            item = self._items[task]
            refuse_other_task(result.location, item.address.job or "", item.task.id, "location")
            told.setdefault(task, []).append(result)
        return {
            task: self._verdict(task, results[0])
            for task, results in told.items()
            if _agree(results)
        }

    def refused(self, tasks: Sequence[int], response: HttpResponse, code: str | None) -> list[Part]:
        """The refusal of the whole request, as the answer to each of its operations."""
        items = (self._items[task] for task in tasks)
        return [legacy_answers.refused(item, self._service, response, code) for item in items]

    def added(self, task: int) -> Part:
        """A 201 that has no ETag: nobody has told it."""
        item = self._items[task]
        url = legacy_answers.task_url(item, self._service)
        return self._part(task, TaskResult(item.task.id, TaskStatus.SUCCESS, location=url))

    def carried(self, task: int) -> Carried:
        """The operation of the batch."""
        item = self._items[task]
        return item.place, item.part, item.operation

    def events(self, result: Part) -> Iterator[BatchEvent]:
        """An answer, in a changeset where its operation stood in one."""
        if isinstance(result, OperationResponse):
            yield result
            return
        yield ChangesetStart(result.part_headers)
        yield from result.responses
        yield ChangesetEnd()

    def end(self) -> tuple[BatchEvent, ...]:
        """The end of the batch."""
        return (BatchEnd(),)

    def answer(
        self,
        results: Sequence[Part],
        refusal: HttpResponse | None,
        responses: Sequence[HttpResponse],
    ) -> BatchResponse | HttpResponse:
        """As ``Upgrade.answer``."""
        del responses  # a batch's answer has no request-id
        return refusal or BatchResponse(tuple(results))

    def http_answer(
        self, answer: BatchResponse | HttpResponse, responses: Sequence[HttpResponse]
    ) -> HttpResponse:
        """As ``Upgrade.http_answer``."""
        return legacy_answers.whole_answer(answer, self._outer, responses)

    def _verdict(self, task: int, result: TaskResult) -> Verdict[Part]:
        code = result.error.code if result.error else None
        return Verdict(result.http_status, code, self._part(task, result))

    def _part(self, task: int, result: TaskResult) -> Part:
        item = self._items[task]
        return legacy_answers.placed(item, legacy_answers.single(item, self._service, result))


def _agree(results: Sequence[TaskResult]) -> bool:
    """Whether there is one result, or several that refuse the task alike."""
    kinds = {(result.http_status, result.error and result.error.code) for result in results}
    return len(results) == 1 or (len(kinds) == 1 and 400 <= results[0].http_status < 500)
