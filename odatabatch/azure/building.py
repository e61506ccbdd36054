"""The request of a call, written by its row in the table of calls."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import quote

from odatabatch.azure.addresses import OUTER, SERVICE, location
from odatabatch.azure.calls import (
    ApiOperation,
    OperationId,
    check_text,
    operation,
    parameters_of,
    unsupported_query,
)
from odatabatch.azure.content import (
    COLLECTION_CONTENT_TYPE,
    check_content_coding,
    check_content_type,
)
from odatabatch.errors import TranslationError
from odatabatch.headers import NO_HEADERS, Headers
from odatabatch.http_message import HttpRequest, as_bytes

_MAX_TIMEOUT = 999_999_999  # nine digits, as many as are read
_IDS = ("work_item", "job", "task")
_CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
# The service takes at most one condition, or one of these pairs, else it answers 400.
_PAIRS = ({"if-match", "if-unmodified-since"}, {"if-none-match", "if-modified-since"})


def build(
    operation_id: OperationId,
    api_version: str,
    *,
    service: str = "",
    work_item: str | None = None,
    job: str | None = None,
    task: str | None = None,
    query: Iterable[tuple[str, str]] = (),
    timeout: int | None = None,
    headers: Headers = NO_HEADERS,
    body: bytes = b"",
) -> HttpRequest:
    """The request of a call.

    Args:
        operation_id: which call; a text such as ``Task_Add`` will do.
        api_version: a public one that has it.
        service: scheme and host, such as ``https://account.region.batch.azure.com``; without it
            the target is a path.
        work_item: the name of the work item that holds the job, as the api-versions before
            2015-06-01.2.0 need it and no other takes it. It is percent-encoded here, as are the
            ids and the query.
        job: the job's id, where the call has one.
        task: the task's id, likewise.
        query: names and values of parameters beside ``api-version`` and ``timeout``.
        timeout: seconds that the service may take, 0 to 999,999,999.
        headers: further header fields, such as If-Match. A Content-Type is written where there is
            none, Host and Content-Length as they should be.
        body: the JSON text; it is not read.

    Raises:
        TranslationError: no_operation, unknown_api_version, missing_id, unexpected_id, invalid_id,
            unsupported_target: that is no service; unsupported_query, unexpected_condition,
            condition_conflict, missing_body, unexpected_body, unsupported_content_type,
            unsupported_content_coding, host_conflict.
        TypeError: an argument has the wrong type.
        ValueError: there is no such operation.
    """
    row = operation(operation_id, api_version)
    _check_types(service, timeout, headers)
    target = target_of(row, api_version, work_item, job, task)
    fields = _pairs(query)
    known, _ = parameters_of(row, [(name.lower(), value) for name, value in fields])
    if len(known) != len(fields):
        raise unsupported_query("the timeout as an argument")
    _check_conditions(row, headers)
    content = _content(row, headers, as_bytes(body))
    if service and not SERVICE.fullmatch(service):
        message = "expected a service such as https://account.region.batch.azure.com, got another"
        raise TranslationError("unsupported_target", message)
    target += f"{'&' if '?' in target else '?'}api-version={api_version}"
    if timeout is not None:
        target += f"&timeout={timeout}"
    target += "".join(f"&{name}={query_value(value)}" for name, value in known)
    request = HttpRequest(row.method, service + target, content, body)
    host = location(request, OUTER).host
    if host is not None and "Host" not in content:
        request = request.replace(headers=Headers([("Host", host), *content]))
    return request


def _check_types(service: object, timeout: object, headers: object) -> None:
    if not isinstance(service, str):
        raise TypeError(f"expected a service as str, got {type(service).__name__}")
    if not isinstance(headers, Headers):
        raise TypeError(f"expected Headers, got {type(headers).__name__}")
    if timeout is not None:
        if not isinstance(timeout, int) or isinstance(timeout, bool):
            raise TypeError(f"expected a timeout as int, got {type(timeout).__name__}")
        if not 0 <= timeout <= _MAX_TIMEOUT:
            raise unsupported_query("a timeout in seconds")


def _pairs(query: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    try:
        pairs = [(name, value) for name, value in query]
        "".join(text for pair in pairs for text in pair)
    except (TypeError, ValueError):
        raise TypeError("expected a query of pairs of str") from None
    return pairs


def target_of(
    row: ApiOperation,
    api_version: str,
    work_item: str | None,
    job: str | None,
    task: str | None,
) -> str:
    """The path of a call, and the query where that says the action; ids are as for ``build``.

    Raises:
        TranslationError: missing_id, unexpected_id, invalid_id.
        TypeError: an id is no ``str``.
    """
    target = row.target_in(api_version)
    for name, value in zip(_IDS, (work_item, job, task), strict=True):
        target = _with_id(target, name, value)
    return target


def query_value(value: str) -> str:
    """A value, percent-encoded for a query.

    Raises:
        TranslationError: unsupported_query: it has half of a surrogate pair.
    """
    with suppress(UnicodeEncodeError):  # which holds the value, and must not be the context of ours
        return quote(value, safe="'(),/:*")  # RFC 3986 §3.4 lets these stand; OData needs them
    raise unsupported_query("values that UTF-8 can hold")


def _with_id(target: str, name: str, value: str | None) -> str:
    """A target with one of its ids written into it."""
    field, words = f"{{{name}}}", name.replace("_", " ")
    check_text(value, f"the id of a {words}")
    if field not in target:
        if value is not None:
            message = f"expected no {words}, the call has none in this api-version"
            raise TranslationError("unexpected_id", message)
        return target
    if not value:
        message = f"expected the id of a {words}, the call has one in this api-version"
        raise TranslationError("missing_id", message)
    if value not in (".", ".."):  # which are no names in a path: RFC 3986 §5.2.4
        with suppress(UnicodeEncodeError):  # which holds the id, and must be no context of ours
            return target.replace(field, quote(value, safe=""))
    message = f"expected the id of a {words} that can stand in a path, got another"
    raise TranslationError("invalid_id", message, source="RFC 3986 §3.3")


def _check_conditions(row: ApiOperation, headers: Headers) -> None:
    """Refuse conditional header fields that the call does not take, or not together."""
    found = {name.lower() for name in headers.names} & set(_CONDITIONS)
    if found and not row.conditional:
        message = f"expected no conditional header fields, {row.id} takes none"
        raise TranslationError("unexpected_condition", message)
    if len(found) > 1 and found not in _PAIRS:
        message = (
            "expected one conditional header field, If-Match with If-Unmodified-Since or "
            f"If-None-Match with If-Modified-Since, got {len(found)} others"
        )
        raise TranslationError("condition_conflict", message)


def _content(row: ApiOperation, headers: Headers, body: bytes) -> Headers:
    """The header fields, with those about the body as they should be."""
    if row.body is None and body:
        message = f"expected no body, {row.id} has none; got {len(body)} bytes"
        raise TranslationError("unexpected_body", message)
    if row.body is not None and not body:
        raise TranslationError("missing_body", f"expected a body, {row.id} has one; got none")
    headers = headers.without("Content-Length")
    if body:
        check_content_type(headers, OUTER)
        check_content_coding(headers, OUTER)
        if "Content-Type" not in headers:
            headers = headers.with_field("Content-Type", COLLECTION_CONTENT_TYPE)
    if row.method == "GET":
        return headers
    return headers.with_field("Content-Length", str(len(body)))
