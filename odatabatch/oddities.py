"""Departures from the specifications that may be tolerated, each by its name: a closed list."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from odatabatch.errors import DecodeError, TruncatedError


class Oddity(StrEnum):
    """One departure from the specifications; its value is the ``code`` of the error in strict mode.

    Attributes:
        summary: what was expected, and what came, in words.
        source: the clause that it departs from.
    """

    summary: str
    source: str

    def __new__(cls, code: str, summary: str = "", source: str = "") -> Oddity:
        member = str.__new__(cls, code)
        member._value_ = code
        member.summary = summary
        member.source = source
        return member

    BARE_LF = "bare_lf", "expected CRLF, got LF alone", "RFC 2046 §5.1.1, RFC 9112 §2.2"
    BYTE_ORDER_MARK = (
        "byte_order_mark",
        "expected the message, got a byte order mark before it",
        "RFC 2046 §5.1.1",
    )
    LEADING_BLANK_LINES = (
        "leading_blank_lines",
        "expected a start line, got a blank line",
        "RFC 9112 §2.1",
    )
    MISSING_CLOSE_DELIMITER = (
        "missing_close_delimiter",
        "expected the batch's close-delimiter, got the end of the input",
        "RFC 2046 §5.1.1",
    )
    MISSING_INNER_CLOSE = (
        "missing_inner_close",
        "expected the changeset's close-delimiter, got the end of its part",
        "RFC 2046 §5.1.2",
    )
    CONTENT_LENGTH_MISMATCH = (
        "content_length_mismatch",
        "expected as many bytes as Content-Length says, got another number",
        "RFC 9112 §6.2",
    )
    MISSING_REASON_SPACE = (
        "missing_reason_space",
        "expected a space after the status code, got the end of the line",
        "RFC 9112 §4",
    )
    MISSING_VERSION = (
        "missing_version",
        "expected an HTTP version after the target, got the end of the line",
        "RFC 9112 §3",
    )
    OTHER_VERSION = "other_version", "expected HTTP/1.1, got another version", "OData 4.01 §11.7"
    HTTP_FOLDING = (
        "http_folding",
        "expected a field line, got a folded one in an HTTP message",
        "RFC 9112 §5.2",
    )
    UNQUOTED_BOUNDARY = (
        "unquoted_boundary",
        "expected quotes around a boundary that is no token, got none",
        "RFC 2045 §5.1",
    )
    EXTRA_CLOSE_DASHES = (
        "extra_close_dashes",
        "expected a close-delimiter with two dashes, got more",
        "RFC 2046 §5.1.1",
    )
    MISSING_CONTENT_TYPE = (
        "missing_content_type",
        "expected a Content-Type in the part's headers, got none",
        "OData 4.01 §11.7.7.1",
    )
    MISSING_BLANK_LINE = (
        "missing_blank_line",
        "expected a blank line after the HTTP message's head, got the end of the part",
        "RFC 9112 §2.1",
    )
    CONTENT_NOT_ALLOWED = (
        "content_not_allowed",
        "expected no content after this status, got some",
        "RFC 9110 §15.2, §15.3.5, §15.4.5",
    )
    DELIMITER_PREFIX_LINE = (
        "delimiter_prefix_line",
        "expected the delimiter line to end, got further bytes on it",
        "RFC 2046 §5.1.1",
    )


STRICT: frozenset[Oddity] = frozenset()
"""Nothing is tolerated."""

CAPTURED: frozenset[Oddity] = frozenset(Oddity) - {
    Oddity.MISSING_CLOSE_DELIMITER,
    Oddity.MISSING_INNER_CLOSE,
    Oddity.DELIMITER_PREFIX_LINE,
}
"""What people saved: everything but what may hide, invent or cut an operation."""


class MetOddity(msgspec.Struct, frozen=True):
    """An oddity that was met and tolerated.

    Attributes:
        kind: which one.
        first_offset: bytes from the start of the input to where it was first met; None where that
            is the content type.
        count: how often it was met.
    """

    kind: Oddity
    first_offset: int | None
    count: int


class Tolerance:
    """What one reader tolerates, and what it has met so far.

    Args:
        tolerate: the oddities, or their values.

    Raises:
        TypeError: something else.
    """

    def __init__(self, tolerate: Iterable[Oddity]) -> None:
        if isinstance(tolerate, str):
            raise TypeError("tolerate is a set of oddities, not a str")
        try:
            self.allowed = frozenset(Oddity(name) for name in tolerate)
        except ValueError as error:
            raise TypeError(f"tolerate holds oddities: {error}") from None
        self._met: dict[Oddity, tuple[int | None, int]] = {}

    def accept(self, oddity: Oddity, offset: int | None) -> None:
        """Note an oddity, or raise a ``DecodeError`` that has its code.

        Args:
            oddity: what was met.
            offset: bytes from the start of the input; None in the content type.

        Raises:
            DecodeError: it is not tolerated.
        """
        if oddity not in self.allowed:
            truncated = oddity in (Oddity.MISSING_CLOSE_DELIMITER, Oddity.MISSING_INNER_CLOSE)
            kind = TruncatedError if truncated else DecodeError
            raise kind(oddity.value, oddity.summary, offset=offset, source=oddity.source)
        first, count = self._met.get(oddity, (offset, 0))
        self._met[oddity] = (first, count + 1)

    @property
    def met(self) -> tuple[MetOddity, ...]:
        """All that was met, in the order in which it was met first."""
        return tuple(MetOddity(kind, first, count) for kind, (first, count) in self._met.items())
