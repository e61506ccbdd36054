"""Heads of HTTP messages, read and checked, and content held against what they say of it.

Grammar: RFC 9112 §2.1, §3, §4, §5; content: RFC 9110 §6.4, §8.6.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from odatabatch.errors import DecodeError
from odatabatch.headers import FIELD_VALUE, TOKEN, Headers, read_field_lines
from odatabatch.oddities import Oddity, Tolerance

# Fragments of the start lines; the decoder's fast path is composed of them.
METHOD = TOKEN
TARGET = rb"[!-~]++"
STATUS = rb"[1-9][0-9][0-9]"
REASON = FIELD_VALUE

_REQUEST_LINE = re.compile(rb"(" + METHOD + rb") (" + TARGET + rb")(?: (HTTP/[0-9]\.[0-9]))?+")
_STATUS_LINE = re.compile(rb"(HTTP/[0-9]\.[0-9]) (" + STATUS + rb")(?: (" + REASON + rb"))?+")
LENGTH = re.compile(r"[0-9]{1,18}")

VERSION = "HTTP/1.1"


class RequestHead(NamedTuple):
    """The head of a request, read."""

    method: str
    target: str
    headers: Headers
    version: str | None


class ResponseHead(NamedTuple):
    """The head of a response, read."""

    status: int
    reason: str
    headers: Headers
    version: str


def read_request_head(head: bytes, offset: int, tolerance: Tolerance) -> RequestHead:
    """Read a request's head.

    Args:
        head: its lines without the blank line; the last may lack its line end.
        offset: bytes from the start of the input to the head.
        tolerance: judges the oddities.

    Raises:
        DecodeError: invalid_request_line, missing_version, other_version, and those of
            ``read_field_lines``.
    """
    line, end = _start_line(head, offset, tolerance)
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise DecodeError(
            "invalid_request_line",
            f"expected method, target and version, got a line of {len(line)} bytes that differs",
            offset=offset,
            source="RFC 9112 §3",
        )
    if match[3] is None:
        tolerance.accept(Oddity.MISSING_VERSION, offset + len(line))
    elif match[3] != b"HTTP/1.1":
        tolerance.accept(Oddity.OTHER_VERSION, offset + match.start(3))
    version = match[3].decode("ascii") if match[3] else None
    headers = _headers(head[end:], offset + end, tolerance)
    return RequestHead(match[1].decode("ascii"), match[2].decode("ascii"), headers, version)


def read_response_head(head: bytes, offset: int, tolerance: Tolerance) -> ResponseHead:
    """Read a response's head; as ``read_request_head``.

    Raises:
        DecodeError: invalid_status_line, missing_reason_space, other_version, and those of
            ``read_field_lines``.
    """
    line, end = _start_line(head, offset, tolerance)
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise DecodeError(
            "invalid_status_line",
            f"expected version, status and reason, got a line of {len(line)} bytes that differs",
            offset=offset,
            source="RFC 9112 §4",
        )
    if match[1] != b"HTTP/1.1":
        tolerance.accept(Oddity.OTHER_VERSION, offset)
    if match[3] is None:
        tolerance.accept(Oddity.MISSING_REASON_SPACE, offset + len(line))
    reason = (match[3] or b"").decode("latin-1")
    headers = _headers(head[end:], offset + end, tolerance)
    return ResponseHead(int(match[2]), reason, headers, match[1].decode("ascii"))


def _start_line(head: bytes, offset: int, tolerance: Tolerance) -> tuple[bytes, int]:
    """The first line without its line end, and the index after it."""
    line_feed = head.find(b"\n")
    if line_feed < 0:
        return head, len(head)
    if head[line_feed - 1 : line_feed] == b"\r":
        return head[: line_feed - 1], line_feed + 1
    tolerance.accept(Oddity.BARE_LF, offset + line_feed)
    return head[:line_feed], line_feed + 1


def _headers(section: bytes, offset: int, tolerance: Tolerance) -> Headers:
    return read_field_lines(section, offset, tolerance, folding=Oddity.HTTP_FOLDING)


def check_length(headers: Headers, length: int | None, offset: int, tolerance: Tolerance) -> None:
    """Hold a Content-Length, where there is one, against the bytes that are there.

    Args:
        headers: of the message or the part.
        length: bytes of its content; None for a 304, whose Content-Length says how long the
            content would have been (RFC 9110 §8.6).
        offset: of the content, for errors.
        tolerance: judges the oddities.

    Raises:
        DecodeError: invalid_content_length, content_length_mismatch; at ``offset``.
    """
    value = headers.get("Content-Length")
    if value is None:
        return
    if not LENGTH.fullmatch(value):
        raise DecodeError(
            "invalid_content_length",
            "expected 1 to 18 digits in Content-Length, got something else",
            offset=offset,
            source="RFC 9110 §8.6",
        )
    if length is not None and int(value) != length:
        tolerance.accept(Oddity.CONTENT_LENGTH_MISMATCH, offset)


def refuse_transfer_encoding(headers: Headers, offset: int) -> None:
    """Refuse Transfer-Encoding, which has no place in a part.

    Raises:
        DecodeError: transfer_encoding.
    """
    if "Transfer-Encoding" in headers:
        raise DecodeError(
            "transfer_encoding",
            "expected no Transfer-Encoding in a part, got one",
            offset=offset,
            source="RFC 9112 §6.1",
        )


def forbids_content(status: int) -> bool:
    """Whether a response of that status has no content (RFC 9110 §15.2, §15.3.5, §15.4.5)."""
    return status < 200 or status in (204, 304)


def check_content(
    head: RequestHead | ResponseHead, length: int, offset: int, tolerance: Tolerance
) -> None:
    """Hold a message's content against what its head says of it.

    Args:
        head: the message's.
        length: bytes of its content.
        offset: of the content, for errors.
        tolerance: judges the oddities.

    Raises:
        DecodeError: invalid_content_length, content_length_mismatch, content_not_allowed.
    """
    status = head.status if isinstance(head, ResponseHead) else None
    if status is not None and length and forbids_content(status):
        tolerance.accept(Oddity.CONTENT_NOT_ALLOWED, offset)
    told = None if status == 304 and not length else length
    check_length(head.headers, told, offset, tolerance)
