"""Raw HTTP messages in a file: one, or several separated by lines that begin with ``###``.

A separator is such a line that is followed, maybe after blank lines and further such lines, by a
request line, a status line or the end of the file; any other is content. The line end before it
belongs to it, unless it is that of the blank line after a head. A file may also hold a bare body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from odatabatch.decoder import decode_request, decode_response
from odatabatch.errors import DecodeError
from odatabatch.headers import FieldNames, Headers
from odatabatch.http_head import METHOD, TARGET
from odatabatch.http_message import (
    HttpRequest,
    HttpResponse,
    as_bytes,
    parse_request,
    parse_response,
)
from odatabatch.http_writer import written_head
from odatabatch.limits import Limits
from odatabatch.model import Batch, BatchResponse
from odatabatch.oddities import STRICT, MetOddity, Oddity, Tolerance

_SEPARATORS = re.compile(
    rb"^###[^\n]*+(?:\n(?:###[^\n]*+|[ \t]*+\r?+(?=\n|\Z)))*+(?:\n|\Z)", re.MULTILINE
)
# A request line without a version is taken for one only where it cannot be a line of prose.
_START_LINE = re.compile(
    rb"(?:HTTP/[0-9]|" + METHOD + rb" " + TARGET + rb" HTTP/[0-9]|[A-Z]++ (?:/|[a-z]++://))"
)
_STATUS_LINE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\r?\n)*+HTTP/")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_SEPARATOR = b"\r\n###\r\n"


class Content(msgspec.Struct, frozen=True, gc=False):
    """A body without the message that carried it.

    Attributes:
        headers: its Content-Type.
        body: bytes as they are.
    """

    headers: Headers
    body: bytes

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # Values and bodies may hold secrets: names and lengths do not.
        return [("headers", self.headers), ("body_bytes", len(self.body))]

    def __repr__(self) -> str:
        return f"Content(headers={self.headers!r}, body_bytes={len(self.body)})"


class RawMessage(msgspec.Struct, frozen=True):
    """One message of a file.

    Attributes:
        message: what was read.
        offset: bytes from the start of the file to its first byte.
        oddities: what was tolerated; offsets are those in the file.
    """

    message: HttpRequest | HttpResponse | Content
    offset: int
    oddities: tuple[MetOddity, ...] = ()


def read_messages(
    data: bytes, tolerate: Iterable[Oddity] = STRICT, limits: Limits = Limits()
) -> tuple[RawMessage, ...]:
    """Read a file of raw HTTP messages.

    Args:
        data: the file; lines end with CRLF, or where ``BARE_LF`` is tolerated with LF.
        tolerate: the oddities to take.
        limits: bounds on each message.

    Returns:
        The messages, in the file's order; at least one.

    Raises:
        DecodeError: no_message, or as ``parse_request`` and ``parse_response``; offset and line
            are those in the file.
        LimitError: a bound was passed.
    """
    data = as_bytes(data)
    tolerated = frozenset(tolerate)
    found = tuple(
        _read(data, start, end, Tolerance(tolerated), limits) for start, end in _spans(data)
    )
    if not found:
        raise DecodeError("no_message", "expected an HTTP message, got none", offset=len(data))
    return found


def read_content(data: bytes, content_type: str) -> RawMessage:
    """A file that holds a body alone, as it came with that Content-Type."""
    return RawMessage(Content(Headers([("Content-Type", content_type)]), as_bytes(data)), 0)


def read_batch(
    message: HttpRequest | HttpResponse | Content,
    tolerate: Iterable[Oddity] = STRICT,
    limits: Limits = Limits(),
) -> Batch | BatchResponse | None:
    """The batch, or the answer to one, that a message carries; None where it carries neither.

    Bare content is what its first start line makes it.

    Raises:
        DecodeError: as ``decode_request`` and ``decode_response``; offsets are those in the body.
    """
    content_type = message.headers.get("Content-Type") or ""
    if content_type.partition(";")[0].strip().lower() != "multipart/mixed":
        return None
    if isinstance(message, HttpResponse):
        return decode_response(message.body, content_type, tolerate, limits)
    try:
        return decode_request(message.body, content_type, tolerate, limits)
    except DecodeError as error:
        if error.code != "invalid_request_line" or not isinstance(message, Content):
            raise
        if not message.body.startswith(b"HTTP/", error.offset):
            raise
        return decode_response(message.body, content_type, tolerate, limits)


def write_message(message: HttpRequest | HttpResponse) -> bytes:
    """The bytes of one HTTP message.

    Raises:
        EncodeError: it would not be read back as it is.
    """
    names = FieldNames(message.headers.names)
    head = written_head(message, names)
    return head.encode("latin-1") + b"\r\n" + message.body


def write_messages(messages: Iterable[HttpRequest | HttpResponse]) -> bytes:
    """A file of those messages, separated by ``###``; nothing follows the last.

    Raises:
        EncodeError: one of them would not be read back as it is.
    """
    return _SEPARATOR.join([write_message(message) for message in messages])


def _spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each message begins and ends."""
    start = 0
    for match in _SEPARATORS.finditer(data):
        if match.end() < len(data) and not _START_LINE.match(data, match.end()):
            continue
        end = match.start()
        content = data[start:end].removesuffix(b"\n").removesuffix(b"\r")
        # The blank line that ends a head stays where the separator follows it at once.
        if _BLANK_LINE.search(content):
            end = start + len(content)
        if end > start:
            yield start, end
        start = match.end()
    if start < len(data):
        yield start, len(data)


def _read(data: bytes, start: int, end: int, tolerance: Tolerance, limits: Limits) -> RawMessage:
    text = data[start:end]
    parse = parse_response if _STATUS_LINE.match(text) else parse_request
    try:
        message = parse(text, tolerance, limits)
    except DecodeError as error:
        error.offset = start + (error.offset or 0)
        error.line = data.count(b"\n", 0, error.offset) + 1
        raise
    oddities = tuple(
        MetOddity(met.kind, start + (met.first_offset or 0), met.count) for met in tolerance.met
    )
    return RawMessage(message, start, oddities)
