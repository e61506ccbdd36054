"""Exchanges for the tests of what ``show`` finds and draws."""

from __future__ import annotations

from collections.abc import Iterable

from odatabatch import (
    CAPTURED,
    ODATA_V4,
    Batch,
    BatchResponse,
    Dialect,
    Headers,
    HttpRequest,
    HttpResponse,
    Operation,
    OperationResponse,
    encode_request,
    encode_response,
)
from odatabatch.captures import Content, read_batch
from odatabatch.cli.drawing import plain
from odatabatch.cli.findings import Exchange, Findings, Message, findings_of
from odatabatch.cli.layout import laid_out
from odatabatch.rules import RULES

ALL = [rule.code for rule in RULES]


def get(target: str = "People", content_id: str | None = None, **fields: str) -> Operation:
    """An operation that reads."""
    return _operation("GET", target, content_id, b"", fields)


def post(target: str = "People", content_id: str | None = None, **fields: str) -> Operation:
    """An operation that makes something, with a body of eight bytes."""
    return _operation("POST", target, content_id, b'{"id":1}', fields)


def _operation(
    method: str, target: str, content_id: str | None, body: bytes, fields: dict[str, str]
) -> Operation:
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    return Operation(method, target, headers, body).with_content_id(content_id)


def status(
    code: int, content_id: str | None = None, reason: str = "", body: bytes = b""
) -> OperationResponse:
    """An answer."""
    return OperationResponse(code, reason, body=body).with_content_id(content_id)


def request_of(batch: Batch) -> HttpRequest:
    """The request that carries a batch, whatever its faults."""
    encoded = encode_request(batch, dialect=ODATA_V4, allow=ALL)
    headers = Headers([("Content-Type", encoded.content_type)])
    return HttpRequest("POST", "/$batch?secret", headers, encoded.body)


def response_of(answer: BatchResponse) -> HttpResponse:
    """The response that carries the answer to a batch, whatever its faults."""
    encoded = encode_response(answer, dialect=ODATA_V4, allow=ALL)
    return HttpResponse(200, "OK", Headers([("Content-Type", encoded.content_type)]), encoded.body)


def read(whole: HttpRequest | HttpResponse | Content, file: str = "f", index: int = 0) -> Message:
    """A message as it is read from a file."""
    return Message(file, index, 1, whole, read_batch(whole, CAPTURED))


def found(
    batch: Batch | None = None,
    answer: BatchResponse | None = None,
    dialect: Dialect | None = ODATA_V4,
) -> Findings:
    """What is found of a batch and its answer, or of one of them."""
    asked = read(request_of(batch), "request") if batch is not None else None
    answered = read(response_of(answer), "answer") if answer is not None else None
    return findings_of(Exchange(asked, answered), dialect)


def drawn(findings: Findings, headers: bool = False) -> list[str]:
    """The lines of a drawing."""
    return plain(laid_out(findings, headers)).splitlines()


def about(lines: Iterable[str], part: str) -> list[str]:
    """What lines say of one part, blanks put together."""
    return [" ".join(line.split()[1:]) for line in lines if line.split()[:1] == [part]]
