"""Answers to ``addtaskcollection`` requests, turned into the answer to the legacy batch.

Each operation gets the result of its own task, by the task's id within the request that carried
it: never by position, and never success by default.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from odatabatch.azure.addresses import Address
from odatabatch.azure.answers import (
    MAX_REFUSAL_BYTES,
    carrier,
    check_answers,
    error_code,
    is_refusal,
    present,
    refuse_other_task,
    refused_alike,
    service_of,
    wanted_request_id,
    with_length,
)
from odatabatch.azure.collection import Task, TaskCollection, key_of
from odatabatch.azure.content import OPERATION_CONTENT_TYPE
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.json_text import read_object
from odatabatch.azure.results import ERROR_METADATA, BatchError, TaskCollectionResult, TaskResult
from odatabatch.azure.statuses import REASONS
from odatabatch.azure.ticks import http_date
from odatabatch.encoder import encode_response
from odatabatch.errors import TaskError
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.model import BatchResponse, ChangesetResponse, Operation, OperationResponse

SUCCESS = 200
"""The status of an answer that says what became of each task."""

ACCEPTED = (202, "Accepted")
"""Status and reason of the answer to a legacy batch."""

ALLOWED = ("too_many_operations",)
"""Faults that it may have: more operations than one batch may hold are as many in its answer."""


class SentTask(msgspec.Struct, frozen=True, gc=False):
    """One task of a request, and the operation that it stands for.

    Attributes:
        operation: the legacy operation.
        part: its path in the batch.
        place: how many operations stand before it.
        in_changeset: whether it stands in a changeset.
        address: where it was to go.
        task: as it is sent.
    """

    operation: Operation
    part: str
    place: int
    in_changeset: bool
    address: Address
    task: Task


def legacy_answer(
    sent: Sequence[Sequence[SentTask]],
    service: str,
    responses: Sequence[HttpResponse],
) -> BatchResponse | HttpResponse:
    """The answer to a legacy batch; see ``Upgrade.answer``.

    Args:
        sent: the tasks of each request that the batch was translated to.
        service: scheme and host, or empty where they are not known.
        responses: the answers to the requests.

    Raises:
        OpenOutcomes, TaskError, TranslationError, TypeError: as ``Upgrade.answer``.
    """
    check_answers(
        responses, [[(item.place, item.part, item.operation) for item in items] for items in sent]
    )
    parts: list[OperationResponse | ChangesetResponse] = []
    for index, (items, response) in enumerate(zip(sent, responses, strict=True)):
        if is_refusal(response, SUCCESS, index):
            code = error_code(response)
            parts.extend(refused(item, service, response, code) for item in items)
        else:
            parts.extend(_added(items, service, response, index))
    return responses[0] if refused_alike(responses, SUCCESS) else BatchResponse(tuple(parts))


def whole_answer(
    answer: BatchResponse | HttpResponse,
    request: HttpRequest | None,
    responses: Sequence[HttpResponse],
) -> HttpResponse:
    """The whole HTTP message that answers a legacy batch.

    Args:
        answer: what ``Upgrade.answer`` gave.
        request: the outer request, where it is known; its ``client-request-id`` comes back where
            it asked for that.
        responses: what the answer was made of; the first ``request-id`` among them is its own.

    Returns:
        A 202 that carries the batch's answer, or the one response that refuses all of it; with the
        Content-Length that fits.

    Raises:
        EncodeError: a part would break the message.

    Source: Azure Batch REST: Add multiple tasks to a job.
    """
    if isinstance(answer, HttpResponse):
        return with_length(answer.status, answer.reason, answer.headers, answer.body)
    encoded = encode_response(answer, dialect=AZURE_BATCH, allow=ALLOWED)
    content = encoded.content_type, encoded.body
    return carrier(*ACCEPTED, content, request.headers if request else None, responses)


def _added(
    items: Sequence[SentTask], service: str, response: HttpResponse, index: int
) -> list[OperationResponse | ChangesetResponse]:
    try:
        asked = TaskCollection(tuple(item.task for item in items))
        found = TaskCollectionResult.from_json(response.body, request=asked)
        by_id = {key_of(item.task.id): item for item in items}
        pairs = [(by_id[key_of(result.task_id)], result) for result in found.results]
        for item, result in pairs:
            refuse_other_task(result.location, item.address.job or "", item.task.id, "location")
    except TaskError as error:
        error.part = f"answer[{index}]"
        raise
    return [placed(item, single(item, service, result)) for item, result in pairs]


def placed(item: SentTask, response: OperationResponse) -> OperationResponse | ChangesetResponse:
    """As the operation stood: in a changeset of its own, or by itself."""
    return ChangesetResponse((response,)) if item.in_changeset else response


def single(item: SentTask, service: str, result: TaskResult) -> OperationResponse:
    """The answer that the result of one task stands for.

    Source: Azure Batch REST: Add multiple tasks to a job.
    """
    status = result.http_status
    if status != 201:
        body = _error_body(result.error, service) if result.error else b""
        return _failed(item, service, (status, REASONS[status], OPERATION_CONTENT_TYPE), body)
    last_modified = http_date(result.last_modified) if result.last_modified is not None else None
    # A client of work items knows its tasks by other URLs than the newer service does.
    url = result.location
    if url is None or item.address.work_item is not None:
        url = task_url(item, service or service_of(url))
    fields = [
        ("DataServiceId", url),
        *_identity(item),
        ("DataServiceVersion", "3.0"),
        ("Last-Modified", last_modified),
        ("ETag", result.e_tag),
        ("Location", url if result.location is not None else None),
    ]
    return OperationResponse(status, REASONS[status], present(fields))


def refused(
    item: SentTask, service: str, response: HttpResponse, code: str | None
) -> OperationResponse | ChangesetResponse:
    """The answer to an operation whose request was refused whole, with that error code."""
    content_type = response.headers.get("Content-Type") if code is None else OPERATION_CONTENT_TYPE
    reason = response.reason or REASONS.get(response.status, "")
    body = response.body
    if len(body) + len(reason) + len(content_type or "") > MAX_REFUSAL_BYTES:
        body, reason = b"", REASONS.get(response.status, "")
    return placed(item, _failed(item, service, (response.status, reason, content_type), body))


def _failed(
    item: SentTask, service: str, kind: tuple[int, str, str | None], body: bytes
) -> OperationResponse:
    """The answer to an operation that failed, with that status, reason and Content-Type."""
    status, reason, content_type = kind
    fields = [
        ("DataServiceId", task_url(item, service)),
        *_identity(item),
        ("DataServiceVersion", "3.0;"),
        ("Content-Type", content_type if body else None),
    ]
    return OperationResponse(status, reason, present(fields), body)


def _identity(item: SentTask) -> list[tuple[str, str | None]]:
    """What tells whose answer it is."""
    return [
        ("client-request-id", wanted_request_id(item.operation.headers)),
        ("Content-ID", item.operation.content_id),
    ]


def task_url(item: SentTask, service: str) -> str | None:
    """The URL that a task has, or will have, as its client knows it; None without a service."""
    return f"{service}{item.address.path}/{quote(item.task.id, safe='')}" if service else None


def _error_body(error: BatchError, service: str) -> bytes:
    """The error as a top-level answer has it: annotated, its own bytes as they are."""
    members = read_object(error.raw)
    if not service or "odata.metadata" in members:
        return error.raw
    comma = b"," if members else b""
    return b'{"odata.metadata":"%s/%s"%s%s' % (
        service.encode("ascii"),
        ERROR_METADATA.encode("ascii"),
        comma,
        error.raw[1:],
    )
