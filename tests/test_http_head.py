"""Heads of HTTP messages by themselves; ``test_http_message`` has them in whole ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from odatabatch import DecodeError, Headers, MetOddity, Oddity, Tolerance
from odatabatch.http_head import (
    RequestHead,
    ResponseHead,
    check_content,
    check_length,
    forbids_content,
    read_request_head,
    read_response_head,
    refuse_transfer_encoding,
)
from odatabatch.oddities import STRICT

AT = 70
"""Where a head begins, in a larger input."""


def strict() -> Tolerance:
    """Nothing is taken."""
    return Tolerance(STRICT)


def refused(call: Callable[[], object]) -> tuple[str, int | None]:
    """The code and the offset of the error that a call raises."""
    with pytest.raises(DecodeError) as raised:
        call()
    return raised.value.code, raised.value.offset


class TestRequestLine:
    """RFC 9112 §3."""

    def test_read(self) -> None:
        """Its three words, and the field lines, of which the last may lack its line end."""
        head = read_request_head(b"PUT a HTTP/1.1\r\nB: c\r\nD: e", AT, strict())
        assert head == RequestHead("PUT", "a", Headers([("B", "c"), ("D", "e")]), "HTTP/1.1")
        assert read_request_head(b"PUT a HTTP/1.1", AT, strict()).headers == Headers()

    @pytest.mark.parametrize(
        ("head", "code", "offset"),
        [
            (b"", "invalid_request_line", AT),
            (b"PUT a", "missing_version", AT + 5),
            (b"PUT a HTTP/1.0", "other_version", AT + 6),
            (b"PUT a HTTP/1.1\nB: c", "bare_lf", AT + 14),
            (b"\nPUT a HTTP/1.1", "bare_lf", AT),
            (b"PUT a HTTP/1.1\r\nB", "invalid_field_line", AT + 17),
            (b"PUT a HTTP/1.1\r\nB: c\r\n d", "http_folding", AT + 22),
        ],
    )
    def test_offsets(self, head: bytes, code: str, offset: int) -> None:
        """They count from the input's first byte."""
        assert refused(lambda: read_request_head(head, AT, strict())) == (code, offset)


class TestStatusLine:
    """RFC 9112 §4."""

    def test_read(self) -> None:
        """Its three words, of which the last may be empty."""
        head = read_response_head(b"HTTP/1.1 404 Not \xe9\r\nB: c", AT, strict())
        assert head == ResponseHead(404, "Not é", Headers([("B", "c")]), "HTTP/1.1")
        assert read_response_head(b"HTTP/1.1 200 ", AT, strict()).reason == ""

    @pytest.mark.parametrize(
        ("head", "code", "offset"),
        [
            (b"HTTP/1.1 99 ", "invalid_status_line", AT),
            (b"HTTP/1.0 200 ", "other_version", AT),
            (b"HTTP/1.1 200", "missing_reason_space", AT + 12),
            (b"HTTP/1.1 200 OK\nB: c", "bare_lf", AT + 15),
        ],
    )
    def test_offsets(self, head: bytes, code: str, offset: int) -> None:
        """They count from the input's first byte."""
        assert refused(lambda: read_response_head(head, AT, strict())) == (code, offset)


class TestContent:
    """RFC 9110 §6.4, §8.6: content, and what a head says of it."""

    @pytest.mark.parametrize(
        ("value", "length", "code"),
        [
            ("3", 3, None),
            ("003", 3, None),
            ("3", None, None),
            ("3", 4, "content_length_mismatch"),
            ("", 0, "invalid_content_length"),
            ("-0", 0, "invalid_content_length"),
            ("0" * 19, 0, "invalid_content_length"),
            ("x", None, "invalid_content_length"),
        ],
    )
    def test_length(self, value: str, length: int | None, code: str | None) -> None:
        """It is the number of bytes, where that is known."""
        headers = Headers([("Content-Length", value)])
        if code is None:
            check_length(headers, length, AT, strict())
        else:
            assert refused(lambda: check_length(headers, length, AT, strict())) == (code, AT)

    def test_no_length(self) -> None:
        """Where none is told, none is wrong."""
        check_length(Headers(), 3, AT, strict())

    def test_transfer_encoding(self) -> None:
        """A part has none."""
        refuse_transfer_encoding(Headers([("TE", "chunked")]), AT)
        headers = Headers([("transfer-encoding", "identity")])
        assert refused(lambda: refuse_transfer_encoding(headers, AT)) == ("transfer_encoding", AT)

    def test_forbids_content(self) -> None:
        """RFC 9110 §15.2, §15.3.5, §15.4.5: 1xx, 204 and 304."""
        forbidden = [status for status in range(100, 1000) if forbids_content(status)]
        assert forbidden == [*range(100, 200), 204, 304]

    @pytest.mark.parametrize(("status", "length", "met"), [(204, 1, 1), (204, 0, 0), (200, 1, 0)])
    def test_not_allowed(self, status: int, length: int, met: int) -> None:
        """Content where there is none to be is met as an oddity."""
        tolerance = Tolerance([Oddity.CONTENT_NOT_ALLOWED])
        check_content(ResponseHead(status, "", Headers(), "HTTP/1.1"), length, AT, tolerance)
        assert tolerance.met == (MetOddity(Oddity.CONTENT_NOT_ALLOWED, AT, 1),) * met

    def test_length_of_a_304(self) -> None:
        """It says how long the content would have been (RFC 9110 §8.6)."""
        headers = Headers([("Content-Length", "5")])
        check_content(ResponseHead(304, "", headers, "HTTP/1.1"), 0, AT, strict())
        head = ResponseHead(200, "", headers, "HTTP/1.1")
        code, _ = refused(lambda: check_content(head, 0, AT, strict()))
        assert code == "content_length_mismatch"
