"""What both ways back share: which answers can be read, which leave operations open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from odatabatch.azure.addresses import SERVICE, folded
from odatabatch.azure.content import check_content_coding
from odatabatch.azure.results import BatchError
from odatabatch.errors import OpenOutcomes, TaskError, TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpResponse
from odatabatch.model import Operation

Carried = tuple[int, str, Operation]
"""An operation: how many stand before it in all that was translated, its path, itself."""


def check_answers(
    responses: Sequence[HttpResponse], operations: Sequence[Sequence[Carried]]
) -> None:
    """Refuse answers that do not fit the requests, or that tell nothing.

    Args:
        responses: the answers.
        operations: what each request carried.

    Raises:
        OpenOutcomes: open_outcomes: a request was answered 5xx, or 408, so that it may have been
            carried out in whole, in part or not at all.
        TranslationError: wrong_answer_count, unsupported_content_coding.
        TypeError: an answer is no ``HttpResponse``.
    """
    for response in responses:
        if not (isinstance(response, HttpResponse) and isinstance(response.headers, Headers)):
            raise TypeError(f"expected HttpResponse, got {type(response).__name__}")
    if len(responses) != len(operations):
        message = f"expected {len(operations)} answers, one a request, got {len(responses)}"
        raise TranslationError("wrong_answer_count", message)
    _refuse_open(responses, operations)
    for index, response in enumerate(responses):
        check_content_coding(response.headers, f"answer[{index}]")


def _refuse_open(
    responses: Sequence[HttpResponse], operations: Sequence[Sequence[Carried]]
) -> None:
    items = [
        item
        for response, group in zip(responses, operations, strict=True)
        if response.status >= 500 or response.status == 408
        for item in group
    ]
    if items:
        raise open_outcomes(items, "were answered by a server error or a time-out")


def open_outcomes(items: Iterable[Carried], how: str) -> OpenOutcomes:
    """The error that names the operations whose outcome is open.

    Args:
        items: those operations, at least one, in any order.
        how: what became of them, in words.
    """
    ordered = sorted(items, key=lambda item: item[0])
    message = f"expected an outcome of each operation, {len(ordered)} {how}"
    error = OpenOutcomes("open_outcomes", message, part=ordered[0][1])
    error.operations = tuple(operation for _, _, operation in ordered)
    return error


MAX_REFUSAL_BYTES = 1 << 16
"""What a refusal of a whole request may say; more is not said a hundred times over, to each of its
operations. The service's own errors have some 500 bytes."""


def refuses(status: int) -> bool:
    """Whether a status refuses a request whole: a redirect does too, since nothing was done here.

    A 304 is neither, and no answer to a POST.

    Source: RFC 9110 §15.4, §15.5.
    """
    return 300 <= status < 500 and status != 304


def is_refusal(response: HttpResponse, success: int, index: int) -> bool:
    """Whether an answer refuses its request whole, and does not say what became of each task.

    Raises:
        TranslationError: unexpected_status: it is neither.
    """
    if response.status == success:
        return False
    if refuses(response.status):
        return True
    message = f"expected a status of {success}, or of 300 and more, got {response.status}"
    raise TranslationError("unexpected_status", message, part=f"answer[{index}]")


def refused_alike(responses: Sequence[HttpResponse], success: int) -> bool:
    """Whether all requests were refused with the same status and error code."""
    # Statuses first: to look for an error's code in a success is to read all of it in vain.
    statuses = {response.status for response in responses}
    if len(statuses) != 1 or success in statuses:
        return False
    return len({error_code(response) for response in responses}) == 1


def error_code(response: HttpResponse) -> str | None:
    """The service's error code in an answer that is an error, or None where there is none."""
    try:
        return BatchError.from_json(response.body).code
    except TaskError:
        return None


def wanted_request_id(headers: Headers) -> str | None:
    """The ``client-request-id``, exactly where it was asked for."""
    wanted = headers.get("return-client-request-id") or ""
    return headers.get("client-request-id") if wanted.lower() == "true" else None


def refuse_other_task(url: str | None, job: str, task_id: str, name: str) -> None:
    """Refuse the answer to another batch, whose ids are often the same.

    Args:
        url: of the task that was answered, or None.
        job: the id of the job that was asked for, percent-encoded.
        task_id: of the task that was asked for.
        name: of the field or the member that tells the URL.

    Raises:
        TaskError: location_conflict: it is the URL of a task of another id, or in another job.
    """
    if url is None:
        return
    expected = f"/jobs/{job}/tasks/{quote(task_id, safe='')}"
    if not folded(url).endswith(folded(expected)):
        message = "expected the URL of the task that was asked for, got another's"
        raise TaskError("location_conflict", message, path=name)


def service_of(url: str | None) -> str:
    """Scheme and host of a URL, or an empty text."""
    match = SERVICE.match(url or "")
    return match[0] if match else ""


def present(fields: Sequence[tuple[str, str | None]]) -> Headers:
    """The fields that have a value."""
    return Headers((name, value) for name, value in fields if value is not None)


def carrier(
    status: int,
    reason: str,
    content: tuple[str, bytes],
    asked: Headers | None,
    responses: Sequence[HttpResponse],
) -> HttpResponse:
    """A whole response that carries what became of each task, with a right Content-Length.

    Args:
        status: its status.
        reason: its reason.
        content: the media type, and the body.
        asked: the header fields of the request that it answers, where they are known.
        responses: what it was made of; the first ``request-id`` among them is its own.
    """
    media_type, body = content
    identities = (response.headers.get("request-id") for response in responses)
    identity = next((identity for identity in identities if identity), None)
    return with_length(status, reason, carrier_headers(media_type, identity, asked), body)


def carrier_headers(media_type: str, request_id: str | None, asked: Headers | None) -> Headers:
    """The header fields of a response that carries what became of each task.

    Args:
        media_type: of its body.
        request_id: the service's, or None.
        asked: the header fields of the request that it answers, where they are known.
    """
    fields = [
        ("Content-Type", media_type),
        ("request-id", request_id),
        ("client-request-id", wanted_request_id(asked) if asked is not None else None),
        ("DataServiceVersion", "3.0"),
    ]
    return present(fields)


def with_length(status: int, reason: str, headers: Headers, body: bytes) -> HttpResponse:
    """A whole response, with the Content-Length that fits its body."""
    kept = headers.without("Transfer-Encoding", "Content-Length")
    fields = Headers([*kept, ("Content-Length", str(len(body)))])
    return HttpResponse(status, reason, fields, body)
