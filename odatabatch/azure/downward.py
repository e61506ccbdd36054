"""A collection request on its way to a service of batches: its side of a ``Transfer``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from odatabatch.azure import collection_answers
from odatabatch.azure.answers import Carried
from odatabatch.azure.collection import key_of
from odatabatch.azure.collection_answers import Origin
from odatabatch.azure.content import check_content_coding
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.direction import Verdict
from odatabatch.azure.results import TaskResult, TaskStatus
from odatabatch.correlation import OutcomeKind, correlate
from odatabatch.encoder import encode_request
from odatabatch.errors import TaskError, TranslationError, TruncatedError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.model import Batch, BatchResponse, OperationResponse, path_of, placed_leaves
from odatabatch.oddities import Oddity

_TOLD = (OutcomeKind.ANSWERED, OutcomeKind.CHANGESET_FAILED)


class Downward:
    """The tasks of a collection, and how what a service says of them is told to its client.

    Args:
        requests: what the collection was translated to.
        batches: the batch of each request.
        origin: the collection request.
        recover_ticks: whether fractions of seconds come from ETags.
        tolerate: oddities to take in answers.
    """

    success = collection_answers.SUCCESS

    def __init__(
        self,
        requests: Sequence[HttpRequest],
        batches: Sequence[Batch],
        origin: Origin,
        recover_ticks: bool,
        tolerate: frozenset[Oddity],
    ) -> None:
        self.requests = requests
        self._parts = [part for batch in batches for part in batch.parts]
        self._carried = [
            (path_of(at, inner), leaf)
            for batch in batches
            for leaf, at, inner in placed_leaves(batch)
        ]
        self._origin = origin
        self._recover_ticks = recover_ticks
        self._tolerate = tolerate
        self.keys = [key_of(task_id) for task_id in origin.task_ids]
        places = iter(range(len(self._parts)))
        self.groups = [[next(places) for _ in batch.parts] for batch in batches]

    def request(self, tasks: Sequence[int]) -> HttpRequest:
        """As the first requests, with the operations of these tasks as they were there."""
        first = self.requests[0]
        return carrying(self._batch(tasks), first.target, first.headers)

    def read(
        self, tasks: Sequence[int], response: HttpResponse
    ) -> Mapping[int, Verdict[TaskResult]]:
        """By Content-ID. What a truncated answer holds is as true as if it were whole.

        Raises:
            DecodeError: it is no batch; codes as ``decode_response``.
            TaskError: unknown_result, location_conflict: it answers another request.
            TranslationError: unsupported_content_coding, unsupported_content_type.
        """
        check_content_coding(response.headers, "answer")
        try:
            answer = collection_answers.decoded(response, "answer", self._tolerate)
        except TruncatedError as error:
            answer = BatchResponse(error.operations)
        pairs = correlate(self._batch(tasks), answer, AZURE_BATCH)
        if pairs.unmatched:
            raise TaskError("unknown_result", "expected answers to operations, got another")
        own = {
            id(outcome.responses[0]): task
            for task, outcome in zip(tasks, pairs.outcomes, strict=True)
            if outcome.kind in _TOLD or _agree(outcome.responses)
        }
        verdicts = {}
        for told in answer.responses:
            task = own.get(id(told))
            verdict = None if task is None else self._verdict(task, told)
            if task is not None and verdict is not None:
                verdicts[task] = verdict
        return verdicts

    def _verdict(self, task: int, told: OperationResponse) -> Verdict[TaskResult] | None:
        """What an answer says of a task; None where it cannot be read."""
        task_id = self._origin.task_ids[task]
        try:
            result = collection_answers.single(task_id, told, self._origin, self._recover_ticks)
        except (TaskError, TranslationError) as error:
            if error.code == "location_conflict":
                raise
            if told.status < 400:
                return None
            # Its error cannot be read.
            result = collection_answers.failure(task_id, told.status, None, self._origin)
        return Verdict(told.status, result.error.code if result.error else None, result)

    def refused(
        self, tasks: Sequence[int], response: HttpResponse, code: str | None
    ) -> list[TaskResult]:
        """The refusal of the whole request, as the result of each of its tasks."""
        del code  # the result holds the whole error
        task_ids = [self._origin.task_ids[task] for task in tasks]
        return collection_answers.refused(task_ids, response, self._origin)

    def added(self, task: int) -> TaskResult:
        """A success that has no ETag and no date: nobody has told them."""
        task_id = self._origin.task_ids[task]
        known = bool(self._origin.service.url)
        url = collection_answers.task_url(task_id, self._origin) if known else None
        return TaskResult(task_id, TaskStatus.SUCCESS, location=url)

    def carried(self, task: int) -> Carried:
        """The operation of the batch that stands for the task."""
        part, operation = self._carried[task]
        return task, part, operation

    def events(self, result: TaskResult) -> Iterable[TaskResult]:
        """The result itself."""
        return (result,)

    def end(self) -> Iterable[TaskResult]:
        """Nothing: a collection's answer has no end of its own."""
        return ()

    def answer(
        self,
        results: Sequence[TaskResult],
        refusal: HttpResponse | None,
        responses: Sequence[HttpResponse],
    ) -> HttpResponse:
        """As ``Downgrade.answer``."""
        if refusal is not None:
            return collection_answers.as_it_is(refusal)
        return collection_answers.whole_answer(results, self._origin, responses)

    def http_answer(self, answer: HttpResponse, responses: Sequence[HttpResponse]) -> HttpResponse:
        """The answer, which is a whole message already."""
        del responses
        return answer

    def _batch(self, tasks: Sequence[int]) -> Batch:
        return Batch(tuple(self._parts[task] for task in tasks))


def carrying(
    batch: Batch, target: str, headers: Headers, boundaries: Iterable[str] | None = None
) -> HttpRequest:
    """The request that carries a batch.

    Args:
        batch: its operations.
        target: where it goes.
        headers: its fields, but for the two that tell of the body.
        boundaries: as ``encode_request``.

    Raises:
        EncodeError: as ``encode_request``.
    """
    encoded = encode_request(batch, AZURE_BATCH, boundaries)
    fields = headers.with_field("Content-Type", encoded.content_type)
    fields = fields.with_field("Content-Length", str(len(encoded.body)))
    return HttpRequest("POST", target, fields, encoded.body)


def _agree(responses: Sequence[OperationResponse]) -> bool:
    """Whether there are several answers that refuse an operation alike."""
    kinds = {(response.status, response.body) for response in responses}
    return len(kinds) == 1 and 400 <= responses[0].status < 500
