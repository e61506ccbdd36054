"""Answers to ``addtaskcollection`` requests, turned into the answer to the legacy batch.

Each operation gets the result of its own task, by the task's id within the request that carried
it: never by position, and never success by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

import msgspec

from odatabatch.azure.collection import (
    BatchError,
    CollectionRequest,
    Task,
    TaskCollectionResult,
    TaskResult,
    key_of,
)
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.json_edit import read_object
from odatabatch.azure.ticks import http_date
from odatabatch.encoder import encode_response
from odatabatch.errors import OpenOutcomes, TaskError, TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.model import BatchResponse, ChangesetResponse, Operation, OperationResponse

_METADATA = "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
_CONTENT_TYPE = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"

# RFC 9110 §15.
_REASONS = {
    201: "Created",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class SentTask(msgspec.Struct, frozen=True):
    """One task of a request, and the operation that it stands for.

    Attributes:
        operation: the legacy operation.
        part: its path in the batch.
        place: how many operations stand before it.
        in_changeset: whether it stands in a changeset.
        path: of its target, ``/jobs/{job}/tasks``.
        task: as it is sent.
    """

    operation: Operation
    part: str
    place: int
    in_changeset: bool
    path: str
    task: Task


def legacy_answer(
    requests: Sequence[CollectionRequest],
    sent: Sequence[Sequence[SentTask]],
    service: str,
    responses: Sequence[HttpResponse],
) -> BatchResponse | HttpResponse:
    """The answer to a legacy batch; see ``Upgrade.answer``.

    Args:
        requests: what the batch was translated to.
        sent: the tasks of each request.
        service: scheme and host, or empty where they are not known.
        responses: the answers to the requests.

    Raises:
        OpenOutcomes, TaskError, TranslationError, TypeError: as ``Upgrade.answer``.
    """
    for response in responses:
        if not (isinstance(response, HttpResponse) and isinstance(response.headers, Headers)):
            raise TypeError(f"expected HttpResponse, got {type(response).__name__}")
    if len(responses) != len(requests):
        message = f"expected {len(requests)} answers, one a request, got {len(responses)}"
        raise TranslationError("wrong_answer_count", message)
    _refuse_codings(responses)
    _refuse_open(sent, responses)
    parts: list[OperationResponse | ChangesetResponse] = []
    refusals = set()
    for index, (request, items, response) in enumerate(zip(requests, sent, responses, strict=True)):
        if response.status == 200:
            parts.extend(_added(request, items, service, response, index))
        elif 400 <= response.status < 500:
            code = _code(response)
            refusals.add((response.status, code))
            parts.extend(_part(item, _refused(item, service, response, code)) for item in items)
        else:
            message = f"expected a status of 200, or of 400 and more, got {response.status}"
            raise TranslationError("unexpected_status", message, part=f"answer[{index}]")
    if len(refusals) == 1 and all(response.status != 200 for response in responses):
        return responses[0]
    return BatchResponse(tuple(parts))


def whole_answer(
    answer: BatchResponse | HttpResponse,
    request: HttpRequest | None,
    responses: Iterable[HttpResponse],
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
        headers = answer.headers.without("Transfer-Encoding", "Content-Length")
        return _whole(answer.status, answer.reason, headers, answer.body)
    # More operations than one legacy batch may have are as many in its answer.
    encoded = encode_response(answer, dialect=AZURE_BATCH, allow=("too_many_operations",))
    identities = (response.headers.get("request-id") for response in responses)
    fields = [
        ("Content-Type", encoded.content_type),
        ("request-id", next((identity for identity in identities if identity), None)),
        ("client-request-id", _wanted_request_id(request.headers) if request else None),
        ("DataServiceVersion", "3.0"),
    ]
    return _whole(202, "Accepted", _present(fields), encoded.body)


def _whole(status: int, reason: str, headers: Headers, body: bytes) -> HttpResponse:
    fields = Headers([*headers, ("Content-Length", str(len(body)))])
    return HttpResponse(status, reason, fields, body)


def _refuse_codings(responses: Sequence[HttpResponse]) -> None:
    for index, response in enumerate(responses):
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise TranslationError(
                "unsupported_content_coding",
                "expected a body without a content coding, got one that is coded",
                part=f"answer[{index}]",
                source="RFC 9110 §8.4",
            )


def _refuse_open(sent: Sequence[Sequence[SentTask]], responses: Sequence[HttpResponse]) -> None:
    """A request answered 5xx may have been carried out in whole, in part or not at all."""
    items = [
        item
        for group, response in zip(sent, responses, strict=True)
        if response.status >= 500
        for item in group
    ]
    if not items:
        return
    items.sort(key=lambda item: item.place)
    message = f"expected an outcome of each operation, {len(items)} were answered by a server error"
    error = OpenOutcomes("open_outcomes", message, part=items[0].part)
    error.operations = tuple(item.operation for item in items)
    raise error


def _added(
    request: CollectionRequest,
    items: Sequence[SentTask],
    service: str,
    response: HttpResponse,
    index: int,
) -> list[OperationResponse | ChangesetResponse]:
    try:
        found = TaskCollectionResult.from_json(response.body, request=request)
    except TaskError as error:
        error.part = f"answer[{index}]"
        raise
    by_id = {key_of(item.task.id): item for item in items}
    pairs = [(by_id[key_of(result.task_id)], result) for result in found.results]
    return [_part(item, _single(item, service, result)) for item, result in pairs]


def _part(item: SentTask, response: OperationResponse) -> OperationResponse | ChangesetResponse:
    """As the operation stood: in a changeset of its own, or by itself."""
    return ChangesetResponse((response,)) if item.in_changeset else response


def _single(item: SentTask, service: str, result: TaskResult) -> OperationResponse:
    """The answer that the result of one task stands for.

    Source: Azure Batch REST: Add multiple tasks to a job.
    """
    status = result.http_status
    if status != 201:
        body = _error_body(result.error, service) if result.error else b""
        return _failed(item, service, (status, _REASONS[status], _CONTENT_TYPE), body)
    last_modified = http_date(result.last_modified) if result.last_modified is not None else None
    fields = [
        ("DataServiceId", result.location or _task_url(item, service)),
        *_identity(item),
        ("DataServiceVersion", "3.0"),
        ("Last-Modified", last_modified),
        ("ETag", result.e_tag),
        ("Location", result.location),
    ]
    return OperationResponse(status, _REASONS[status], _present(fields))


def _refused(
    item: SentTask, service: str, response: HttpResponse, code: str | None
) -> OperationResponse:
    """The answer to an operation whose request was refused whole, with that error code."""
    content_type = response.headers.get("Content-Type") if code is None else _CONTENT_TYPE
    reason = response.reason or _REASONS.get(response.status, "")
    return _failed(item, service, (response.status, reason, content_type), response.body)


def _failed(
    item: SentTask, service: str, kind: tuple[int, str, str | None], body: bytes
) -> OperationResponse:
    """The answer to an operation that failed, with that status, reason and Content-Type."""
    status, reason, content_type = kind
    fields = [
        ("DataServiceId", _task_url(item, service)),
        *_identity(item),
        ("DataServiceVersion", "3.0;"),
        ("Content-Type", content_type if body else None),
    ]
    return OperationResponse(status, reason, _present(fields), body)


def _identity(item: SentTask) -> list[tuple[str, str | None]]:
    """What tells whose answer it is."""
    return [
        ("client-request-id", _wanted_request_id(item.operation.headers)),
        ("Content-ID", item.operation.content_id),
    ]


def _wanted_request_id(headers: Headers) -> str | None:
    """The ``client-request-id``, exactly where it was asked for."""
    wanted = headers.get("return-client-request-id") or ""
    return headers.get("client-request-id") if wanted.lower() == "true" else None


def _present(fields: Sequence[tuple[str, str | None]]) -> Headers:
    return Headers((name, value) for name, value in fields if value is not None)


def _task_url(item: SentTask, service: str) -> str | None:
    return f"{service}{item.path}/{quote(item.task.id, safe='')}" if service else None


def _error_body(error: BatchError, service: str) -> bytes:
    """The error as a top-level answer has it: annotated, its own bytes as they are."""
    members = read_object(error.raw).children
    if not service or any(member.name == "odata.metadata" for member in members):
        return error.raw
    comma = b"," if members else b""
    return b'{"odata.metadata":"%s/%s"%s%s' % (
        service.encode("ascii"),
        _METADATA.encode("ascii"),
        comma,
        error.raw[1:],
    )


def _code(response: HttpResponse) -> str | None:
    """The service's error code in an answer that is an error, or None where there is none."""
    try:
        return BatchError.from_json(response.body).code
    except TaskError:
        return None
