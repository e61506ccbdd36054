"""HTTP messages: a start line, field lines and a body; and those that stand alone, read.

Embedded messages have no framing of their own: their body ends where their part ends. One that
stands alone has (RFC 9112 §6), which ``parse_request`` and ``parse_response`` read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

import msgspec

from odatabatch.errors import DecodeError
from odatabatch.headers import FIELD_VALUE, NO_HEADERS, Headers, read_field_lines
from odatabatch.http_head import (
    VERSION,
    RequestHead,
    ResponseHead,
    check_content,
    read_request_head,
    read_response_head,
)
from odatabatch.limits import Limits
from odatabatch.oddities import STRICT, Oddity, Tolerance
from odatabatch.section import SectionScan, is_blank, limit_error

_AUTHORITY = re.compile(r"(?:[^/]*:)?//[^/]*+")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*+(?:;" + FIELD_VALUE + rb")?+\r\n")

_CRLF = b"\r\n"
_BARE_BLANK_LINE = re.compile(rb"(?<!\r)\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class HttpRequest(msgspec.Struct, frozen=True, gc=False):
    """One HTTP request.

    Attributes:
        method: any method token, as on the wire.
        target: the request target as on the wire: relative, host-relative or absolute.
        headers: the field lines.
        body: the content, bytes as they are.
        version: ``HTTP/1.1``; None where the request line had none (``MISSING_VERSION``).
    """

    method: str
    target: str
    headers: Headers = NO_HEADERS
    body: bytes = b""
    version: str | None = VERSION

    def replace(self, **changes: Any) -> Self:
        """A copy with those attributes changed."""
        return msgspec.structs.replace(self, **changes)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # Queries, values and bodies may hold secrets: the path, names and lengths do not.
        shown = [("method", self.method), ("path", _shown(target_path, self.target))]
        return [*shown, ("headers", self.headers), ("body_bytes", _shown(len, self.body))]

    def __repr__(self) -> str:
        return summary(self)


class HttpResponse(msgspec.Struct, frozen=True, gc=False):
    """One HTTP response.

    Attributes:
        status: the status code, 100 to 999.
        reason: the reason phrase, often empty.
        headers: the field lines.
        body: the content, bytes as they are.
        version: ``HTTP/1.1``.
    """

    status: int
    reason: str = ""
    headers: Headers = NO_HEADERS
    body: bytes = b""
    version: str = VERSION

    def replace(self, **changes: Any) -> Self:
        """A copy with those attributes changed."""
        return msgspec.structs.replace(self, **changes)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # Values and bodies may hold secrets: names and lengths do not.
        return [
            ("status", self.status),
            ("headers", self.headers),
            ("body_bytes", _shown(len, self.body)),
        ]

    def __repr__(self) -> str:
        return summary(self)


def summary(model: msgspec.Struct) -> str:
    """A ``repr`` of what the model shows of itself, which is what its ``__rich_repr__`` gives."""
    shown = ", ".join(f"{name}={value!r}" for name, value in model.__rich_repr__())
    return f"{type(model).__name__}({shown})"


def _shown(show: Callable[[Any], Any], value: Any) -> Any:
    """What may be shown of a value; of one of the wrong type that is its type."""
    try:
        return show(value)
    except TypeError:
        return type(value)


def target_path(target: str) -> str:
    """The path of a request target: no scheme, authority, query or fragment."""
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    authority = _AUTHORITY.match(path)
    if authority is not None:
        return path[authority.end() :]
    if not path.startswith("/") and "@" in path:
        return path[path.rindex("@") + 1 :]  # whatever form this is, it may hold a password
    return path


def parse_request(
    data: bytes,
    tolerate: Iterable[Oddity] | Tolerance = STRICT,
    limits: Limits = Limits(),
) -> HttpRequest:
    """Read one whole HTTP request, as captured.

    Args:
        data: the request line, the header section, a blank line, and the body up to the end.
        tolerate: the oddities to take; a ``Tolerance`` also tells afterwards which were met.
        limits: bounds.

    Returns:
        The request. A chunked body is decoded (RFC 9112 §7.1); its Transfer-Encoding stays among
        the headers, as on the wire.

    Raises:
        DecodeError: invalid_request_line, missing_version, other_version, invalid_field_line,
            repeated_field, bare_lf, http_folding, transfer_encoding, invalid_chunk,
            invalid_content_length, content_length_mismatch, missing_blank_line,
            leading_blank_lines, byte_order_mark.
        LimitError: a bound was passed.
    """
    head, content = _read_message(data, tolerate, limits, read_request_head)
    return HttpRequest(head.method, head.target, head.headers, content, head.version)


def parse_response(
    data: bytes,
    tolerate: Iterable[Oddity] | Tolerance = STRICT,
    limits: Limits = Limits(),
) -> HttpResponse:
    """Read one whole HTTP response, as captured; as ``parse_request``.

    Raises:
        DecodeError: as ``parse_request``, with invalid_status_line and missing_reason_space, and
            content_not_allowed.
        LimitError: a bound was passed.
    """
    head, content = _read_message(data, tolerate, limits, read_response_head)
    return HttpResponse(head.status, head.reason, head.headers, content, head.version)


_Head = TypeVar("_Head", RequestHead, ResponseHead)


def _read_message(
    data: bytes,
    tolerate: Iterable[Oddity] | Tolerance,
    limits: Limits,
    read_head: Callable[[bytes, int, Tolerance], _Head],
) -> tuple[_Head, bytes]:
    data = as_bytes(data)
    if not isinstance(limits, Limits):
        raise TypeError(f"limits must be Limits, not {type(limits).__name__}")
    tolerance = tolerate if isinstance(tolerate, Tolerance) else Tolerance(tolerate)
    try:
        start, end, body_start = _split(data, tolerance, limits)
        head = read_head(data[start:end], start, tolerance)
        if body_start - end == 1:
            tolerance.accept(Oddity.BARE_LF, end)
        return head, _content(head, data, body_start, tolerance, limits)
    except DecodeError as error:
        error.line = data.count(b"\n", 0, error.offset) + 1
        raise


def as_bytes(data: object) -> bytes:
    """The bytes of a bytes-like object.

    Raises:
        TypeError: it is something else.
    """
    if type(data) is bytes:  # nearly always, and a sixth of the time of the test for all
        return data
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    raise TypeError(f"expected bytes, got {type(data).__name__}")


def _split(data: bytes, tolerance: Tolerance, limits: Limits) -> tuple[int, int, int]:
    """Where the head begins and ends, and where the body begins."""
    if len(data) > limits.max_message_bytes:
        raise limit_error("max_message_bytes", limits, limits.max_message_bytes)
    start = 0
    if data.startswith(_BYTE_ORDER_MARK):
        tolerance.accept(Oddity.BYTE_ORDER_MARK, 0)
        start = len(_BYTE_ORDER_MARK)
    scan = SectionScan(start, limits, start_line=True)
    while scan.line < len(data):
        end = scan.line_end(data, 0, eof=True)
        assert end is not None  # at the end of input every line is whole
        if not is_blank(data, scan.line, end):
            if scan.line == scan.start > start:
                tolerance.accept(Oddity.LEADING_BLANK_LINES, start)
                bare = _BARE_BLANK_LINE.search(data, start, scan.start)
                if bare is not None:
                    tolerance.accept(Oddity.BARE_LF, bare.start())
            scan.pass_line(end, 0)
        elif scan.line == scan.start:
            scan.skip_line(end, 0)
        else:
            return scan.start, scan.line, end
    tolerance.accept(Oddity.MISSING_BLANK_LINE, len(data))
    return scan.start, len(data), len(data)


def _content(
    head: RequestHead | ResponseHead,
    data: bytes,
    start: int,
    tolerance: Tolerance,
    limits: Limits,
) -> bytes:
    codings = head.headers.get("Transfer-Encoding")
    if codings is None:
        if len(data) - start > limits.max_part_bytes:
            raise limit_error("max_part_bytes", limits, start + limits.max_part_bytes)
        content = data[start:]
    elif codings.lower() != "chunked" or "Content-Length" in head.headers:
        raise DecodeError(
            "transfer_encoding",
            "expected no transfer coding but chunked, and no Content-Length beside it",
            offset=start,
            source="RFC 9112 §6.1, §6.3",
        )
    else:
        content = _dechunked(data, start, limits)
    check_content(head, len(content), start, tolerance)
    return content


def _dechunked(data: bytes, at: int, limits: Limits) -> bytes:
    """The content of a chunked body (RFC 9112 §7.1); trailer fields are checked and left out."""
    content = bytearray()  # a list would take seventy times as much for chunks of two bytes
    while match := _CHUNK_SIZE.match(data, at):
        size = int(match[1], 16)
        start, end = match.end(), match.end() + size
        if size == 0:
            _check_trailers(data, start, limits)
            return bytes(content)
        within = limits.max_part_bytes - len(content)
        if size > within and len(data) - start > within:
            raise limit_error("max_part_bytes", limits, start + within)
        if data[end : end + 2] != _CRLF:
            raise _invalid_chunk("as many bytes as the chunk's size says, and CRLF", start)
        content += data[start:end]
        at = end + 2
    raise _invalid_chunk("a chunk size", at)


def _check_trailers(data: bytes, start: int, limits: Limits) -> None:
    scan = SectionScan(start, limits, start_line=False)
    while scan.line < len(data):
        end = scan.line_end(data, 0, eof=True)
        assert end is not None  # at the end of input every line is whole
        if is_blank(data, scan.line, end):
            trailers, strict = data[start : scan.line], Tolerance(STRICT)
            read_field_lines(trailers, start, strict, folding=Oddity.HTTP_FOLDING)
            if end - scan.line == 1:
                strict.accept(Oddity.BARE_LF, scan.line)
            if end != len(data):
                raise _invalid_chunk("the end of the input after the last chunk", end)
            return
        scan.pass_line(end, 0)
    raise _invalid_chunk("a blank line after the last chunk", len(data))


def _invalid_chunk(expected: str, offset: int) -> DecodeError:
    message = f"expected {expected}, got something else"
    return DecodeError("invalid_chunk", message, offset=offset, source="RFC 9112 §7.1")
