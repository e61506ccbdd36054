"""RFC 9112 §3, §4, §5: the canonical head of a message; what is refused: ``test_encoder``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from odatabatch import EncodeError, Headers, HttpRequest, HttpResponse, Tolerance
from odatabatch.headers import FieldNames
from odatabatch.http_head import read_request_head, read_response_head
from odatabatch.http_writer import check_extent, request_line, status_line, written_head
from tests import strategies


def head_of(message: HttpRequest | HttpResponse) -> str:
    """The canonical head of a message."""
    return written_head(message, FieldNames(message.headers.names))


class TestStartLines:
    """The start line, in the one version that there is."""

    @pytest.mark.parametrize(("method", "target"), [(5, "a"), ("GET", None), (b"GET", "a")])
    def test_wrong_types(self, method: Any, target: Any) -> None:
        """Method and target are str."""
        with pytest.raises(TypeError):
            request_line(HttpRequest(method, target))

    @pytest.mark.parametrize("version", ["HTTP/1.1", None])
    def test_request_line(self, version: str | None) -> None:
        """Method, target, version; one that was missing is there again."""
        request = HttpRequest("M-SEARCH", "*", version=version)
        assert request_line(request) == "M-SEARCH * HTTP/1.1\r\n"

    @pytest.mark.parametrize(
        ("reason", "line"),
        [
            ("", "HTTP/1.1 200 \r\n"),
            ("OK", "HTTP/1.1 200 OK\r\n"),
            ("Très bien", "HTTP/1.1 200 Très bien\r\n"),
        ],
    )
    def test_status_line(self, reason: str, line: str) -> None:
        """Version, status, reason; its space is there without a reason too."""
        assert status_line(HttpResponse(200, reason)) == line


class TestHead:
    """The start line and the field lines."""

    def test_request(self) -> None:
        """One space behind each colon, and no blank line."""
        request = HttpRequest("GET", "/a?b", Headers([("A", "b"), ("c", "")]))
        assert head_of(request) == "GET /a?b HTTP/1.1\r\nA: b\r\nc: \r\n"

    @given(strategies.kinds.flatmap(strategies.leaves))
    def test_read_back(self, leaf: Any) -> None:
        """It is read back as it was."""
        head = head_of(leaf).encode("latin-1")
        got: Any
        if isinstance(leaf, HttpRequest):
            got = read_request_head(head, 0, Tolerance(()))
            assert (got.method, got.target) == (leaf.method, leaf.target)
        else:
            got = read_response_head(head, 0, Tolerance(()))
            assert (got.status, got.reason) == (leaf.status, leaf.reason)
        assert (got.headers, got.version) == (leaf.headers, leaf.version)

    @pytest.mark.parametrize("status", [99, 100, 999, 1000])
    def test_statuses(self, status: int) -> None:
        """RFC 9110 §15: three digits."""
        if 100 <= status <= 999:
            assert status_line(HttpResponse(status)) == f"HTTP/1.1 {status} \r\n"
        else:
            with pytest.raises(EncodeError):
                status_line(HttpResponse(status))


class TestExtent:
    """RFC 9112 §6.1, §6.2: nothing gives a message another extent than its own."""

    @pytest.mark.parametrize("value", ["4", "004"])
    def test_fits(self, value: str) -> None:
        """A length that is true, and no length at all."""
        for headers in (Headers([("content-length", value)]), Headers([("A", "b")])):
            check_extent(headers, FieldNames(headers.names), 4)

    def test_of_what_is_not_there(self) -> None:
        """A 304 says how long the content would have been (RFC 9110 §8.6): any number."""
        headers = Headers([("Content-Length", "7")])
        check_extent(headers, FieldNames(headers.names), None)
        headers = Headers([("Content-Length", "seven")])
        with pytest.raises(EncodeError, match="1 to 18 digits"):
            check_extent(headers, FieldNames(headers.names), None)

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("Content-Length", "3", "content_length_mismatch"),
            ("Content-Length", "", "content_length_mismatch"),
            ("Content-Length", "4, 4", "content_length_mismatch"),
            ("Content-Length", "4" * 19, "content_length_mismatch"),
            ("Transfer-Encoding", "identity", "transfer_encoding"),
        ],
    )
    def test_refused(self, name: str, value: str, code: str) -> None:
        """One that is not, and any transfer coding."""
        headers = Headers([(name, value)])
        with pytest.raises(EncodeError) as raised:
            check_extent(headers, FieldNames(headers.names), 4)
        assert raised.value.code == code
        assert ("expected a Content-Length of 4, as" in str(raised.value)) is (name[0] == "C")
