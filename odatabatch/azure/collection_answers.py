"""Answers to legacy batches, turned into the answer to the ``addtaskcollection`` request.

Each task gets the answer to its own operation, by the Content-ID: never by position, and never
success by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count, islice
from urllib.parse import quote

import msgspec

from odatabatch.azure.addresses import Service
from odatabatch.azure.answers import (
    MAX_REFUSAL_BYTES,
    carrier,
    check_answers,
    is_refusal,
    refuse_other_task,
    refused_alike,
    service_of,
    with_length,
)
from odatabatch.azure.content import ANSWER_CONTENT_TYPE, content_type_of
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.json_edit import DROP, Edits, edited
from odatabatch.azure.json_text import path_to, read_object
from odatabatch.azure.results import (
    RESULT_METADATA,
    VISIBLE,
    BatchError,
    TaskCollectionResult,
    TaskResult,
    TaskStatus,
)
from odatabatch.azure.ticks import iso_date, recovered
from odatabatch.correlation import OutcomeKind, correlate
from odatabatch.decoder import decode_response
from odatabatch.errors import DecodeError, TaskError, TranslationError
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.model import (
    Batch,
    BatchResponse,
    OperationResponse,
    path_of,
    placed_leaves,
)
from odatabatch.oddities import Oddity

SUCCESS = 202
"""The status of an answer that says what became of each operation."""

_METADATA = "odata.metadata"


class Origin(msgspec.Struct, frozen=True):
    """The collection request that was translated.

    Attributes:
        request: itself.
        api_version: its own.
        service: where it goes.
        task_ids: of its tasks, in their order.
    """

    request: HttpRequest
    api_version: str
    service: Service
    task_ids: tuple[str, ...]


def collection_answer(
    batches: Sequence[Batch],
    origin: Origin,
    responses: Sequence[HttpResponse],
    recover_ticks: bool,
    tolerate: frozenset[Oddity],
) -> HttpResponse:
    """The answer to a collection request; see ``Downgrade.answer``.

    Args:
        batches: what the request was translated to.
        origin: that request.
        responses: the answers to the batches.
        recover_ticks: whether fractions of seconds come from ETags.
        tolerate: oddities to take in the answers.

    Raises:
        OpenOutcomes, DecodeError, TaskError, TranslationError, TypeError: as there.
    """
    places = count()
    operations = [
        [(next(places), path_of(at, inner), leaf) for leaf, at, inner in placed_leaves(batch)]
        for batch in batches
    ]
    check_answers(responses, operations)
    results: list[TaskResult] = []
    tasks = enumerate(origin.task_ids)
    for index, (batch, response) in enumerate(zip(batches, responses, strict=True)):
        own = list(islice(tasks, len(batch.operations)))
        place = f"answer[{index}]"
        try:
            if is_refusal(response, SUCCESS, index):
                results += refused([task_id for _, task_id in own], response, origin)
            else:
                answer = decoded(response, place, tolerate)
                results += _results(batch, answer, own, origin, recover_ticks)
        except (DecodeError, TranslationError) as error:
            if error.part != place:
                error.part = f"{place}/{error.part}" if error.part else place
            raise
    if refused_alike(responses, SUCCESS):
        return as_it_is(responses[0])
    return whole_answer(results, origin, responses)


def as_it_is(refusal: HttpResponse) -> HttpResponse:
    """The one response that refuses all tasks, with the Content-Length that fits."""
    return with_length(refusal.status, refusal.reason, refusal.headers, refusal.body)


def whole_answer(
    results: Sequence[TaskResult], origin: Origin, responses: Sequence[HttpResponse]
) -> HttpResponse:
    """The whole HTTP message that answers a collection request.

    Args:
        results: in the order in which they are to stand there.
        origin: the request.
        responses: what they were made of; the first ``request-id`` among them is its own.
    """
    service = origin.service.url or _any_service(results)
    metadata = f"{service}/{RESULT_METADATA}" if service else None
    whole = TaskCollectionResult(tuple(results), metadata)
    content = ANSWER_CONTENT_TYPE, whole.to_json(origin.api_version)
    return carrier(200, "OK", content, origin.request.headers, responses)


def _any_service(results: Sequence[TaskResult]) -> str:
    """Scheme and host of a task that was added, or an empty text."""
    services = (service_of(result.location) for result in results)
    return next((service for service in services if service), "")


def decoded(response: HttpResponse, part: str, tolerate: frozenset[Oddity]) -> BatchResponse:
    """The batch that a response carries, which is that part.

    Raises:
        DecodeError: as ``decode_response``.
        TranslationError: unsupported_content_type: several Content-Types.
    """
    content_type = content_type_of(response.headers, part) or ""
    return decode_response(response.body, content_type, tolerate)


def _results(
    batch: Batch,
    answer: BatchResponse,
    tasks: Sequence[tuple[int, str]],
    origin: Origin,
    recover_ticks: bool,
) -> Iterator[TaskResult]:
    """The result of each task of a batch, in the order of the answers.

    Args:
        batch: what was asked.
        answer: what was answered.
        tasks: the index in the collection and the id of each task in the batch.
        origin: the collection request.
        recover_ticks: whether fractions of seconds come from ETags.
    """
    pairs = correlate(batch, answer, AZURE_BATCH)
    names: dict[int, str] = {}
    for outcome, (index, task_id) in zip(pairs.outcomes, tasks, strict=True):
        # A changeset holds one operation: a failure that answers it whole is that one's own.
        if outcome.kind in (OutcomeKind.MISSING, OutcomeKind.DUPLICATED):
            missing = outcome.kind is OutcomeKind.MISSING
            code = "missing_result" if missing else "repeated_result"
            got = "none" if missing else "several"
            message = f"expected one answer to each operation, got {got} to one"
            raise TaskError(code, message, path=path_to("value", index))
        names[id(outcome.responses[0])] = task_id
    for response, index, inner in placed_leaves(answer):
        try:
            if id(response) not in names:
                raise TaskError("unknown_result", "expected answers to operations, got another")
            yield single(names[id(response)], response, origin, recover_ticks)
        except (TaskError, TranslationError) as error:
            error.part = path_of(index, inner)
            raise


def single(
    task_id: str, response: OperationResponse, origin: Origin, recover_ticks: bool
) -> TaskResult:
    """The result that the answer to one operation stands for."""
    for name in ("DataServiceId", "Location"):
        job = origin.service.job or ""
        refuse_other_task(response.headers.get(name), job, task_id, name)
    if response.status != 201:
        return _failed(task_id, response, origin)
    e_tag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    date = None
    if modified is not None:
        date = (recovered(modified, e_tag) if recover_ticks else None) or iso_date(modified)
        if date is None:
            message = "expected a date of RFC 9110 §5.6.7, got something else"
            raise TaskError("invalid_date", message, path="Last-Modified")
    location = response.headers.get("Location")
    for name, text in (("ETag", e_tag), ("Location", location)):
        if text is not None and not VISIBLE.fullmatch(text):
            message = "expected visible ASCII characters, got something else"
            raise TaskError("invalid_text", message, path=name)
    if location is not None and "/workitems/" in location:
        # A service of work items knows its tasks by other URLs than the newer client does.
        location = task_url(task_id, origin, service_of(location))
    return TaskResult(task_id, TaskStatus.SUCCESS, e_tag, date, location)


def _failed(task_id: str, response: OperationResponse, origin: Origin) -> TaskResult:
    """The result for an operation that was answered with an error."""
    if response.status < 400:
        message = f"expected a status of 201, or of 400 and more, got {response.status}"
        raise TranslationError("unexpected_status", message)
    error = _error(response.body) if response.body else None
    return failure(task_id, response.status, error, origin)


def refused(task_ids: Sequence[str], response: HttpResponse, origin: Origin) -> list[TaskResult]:
    """The results for tasks whose batch was refused whole."""
    error = None
    if len(response.body) <= MAX_REFUSAL_BYTES:
        with suppress(TaskError):  # not from the service: something on the way has refused it
            error = _error(response.body)
    return [failure(task_id, response.status, error, origin) for task_id in task_ids]


def failure(task_id: str, http_status: int, error: BatchError | None, origin: Origin) -> TaskResult:
    """The result for a task that was not added, for what the service said of it, if anything."""
    status = TaskStatus.CLIENT_ERROR if http_status < 500 else TaskStatus.SERVER_ERROR
    link = f"{task_url(task_id, origin)}/error" if error and origin.service.url else None
    return TaskResult(task_id, status, error=error, error_link=link)


def _error(body: bytes) -> BatchError:
    """The error as a result has it: without the annotation of a whole answer."""
    if _METADATA in read_object(body):
        body = edited(body, Edits({_METADATA: DROP}))
    return BatchError.from_json(body)


def task_url(task_id: str, origin: Origin, service: str = "") -> str:
    """The URL of a task, on that service where the collection request named none."""
    known = origin.service
    return f"{known.url or service}/jobs/{known.job}/tasks/{quote(task_id, safe='')}"
