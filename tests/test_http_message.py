"""HTTP messages: models, and messages that stand alone."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import (
    DecodeError,
    Headers,
    HttpRequest,
    HttpResponse,
    LimitError,
    Limits,
    MetOddity,
    Oddity,
    Tolerance,
)
from odatabatch.http_message import parse_request, parse_response, target_path
from tests import strategies

REQUEST = b"POST /$batch HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


def refused(data: bytes, tolerate: Any = (), limits: Limits = Limits()) -> tuple[str, int | None]:
    """The code and offset of the error that a request raises."""
    with pytest.raises(DecodeError) as raised:
        parse_request(data, tolerate, limits)
    error = raised.value
    assert error.line == data.count(b"\n", 0, error.offset) + 1
    assert error.part is None
    return error.code, error.offset


def refused_response(data: bytes, tolerate: Any = ()) -> tuple[str, int | None]:
    """The same for a response."""
    with pytest.raises(DecodeError) as raised:
        parse_response(data, tolerate)
    return raised.value.code, raised.value.offset


class TestRequest:
    """RFC 9112 §3: method, target, version."""

    def test_whole(self) -> None:
        """Start line, fields and body."""
        expected = HttpRequest(
            "POST", "/$batch", Headers([("Host", "h"), ("Content-Length", "4")]), b"body"
        )
        assert parse_request(REQUEST) == expected
        parse: Any = parse_request
        assert parse(bytearray(REQUEST)) == parse(memoryview(REQUEST)) == expected

    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b"GET",
            b"GET ",
            b"GET  / HTTP/1.1",
            b" GET / HTTP/1.1",
            b"GET / HTTP/1.1 ",
            b"GET / HTTP/1.1x",
            b"GET / HTTP/11",
            b"GET / http/1.1",
            b"GET / HTTP/1.1\r",
            b"GET /a b HTTP/1.1",
            b"G(T / HTTP/1.1",
            b"GET /\xe9 HTTP/1.1",
            b"GET\t/ HTTP/1.1",
            b"GET / HTTP/1.1\0",
        ],
    )
    def test_invalid_request_line(self, line: bytes) -> None:
        """What is no request line, with every oddity tolerated."""
        others = frozenset(Oddity) - {Oddity.LEADING_BLANK_LINES}
        code = "leading_blank_lines" if not line else "invalid_request_line"
        assert refused(line + b"\r\nHost: h\r\n\r\n", others) == (code, 0)

    def test_missing_version(self) -> None:
        """A request line without a version is tolerated by name, and tells none."""
        assert refused(b"GET /\r\n\r\n") == ("missing_version", 5)
        assert parse_request(b"GET /\r\n\r\n", {Oddity.MISSING_VERSION}).version is None

    def test_other_version(self) -> None:
        """So is another version, which is told."""
        assert refused(b"GET / HTTP/1.0\r\n\r\n") == ("other_version", 6)
        assert (
            parse_request(b"GET / HTTP/2.0\r\n\r\n", {Oddity.OTHER_VERSION}).version == "HTTP/2.0"
        )

    def test_nothing(self) -> None:
        """No bytes are no message."""
        assert refused(b"") == ("missing_blank_line", 0)
        assert refused(b"", frozenset(Oddity)) == ("invalid_request_line", 0)


class TestResponse:
    """RFC 9112 §4: version, status, reason."""

    def test_whole(self) -> None:
        """Start line, fields and body; the reason as it is."""
        got = parse_response(b"HTTP/1.1 202 Acc\xe9pted now\r\nA: b\r\n\r\nbody")
        assert got == HttpResponse(202, "Acc\xe9pted now", Headers([("A", "b")]), b"body")

    @pytest.mark.parametrize(
        "line",
        [
            b"HTTP/1.1",
            b"HTTP/1.1 ",
            b"HTTP/1.1 20",
            b"HTTP/1.1 2000 OK",
            b"HTTP/1.1 099 OK",
            b"HTTP/1.1  200 OK",
            b"HTTP/1.1 200\tOK",
            b"HTTP/1.1 200 O\0K",
            b"http/1.1 200 OK",
            b" HTTP/1.1 200 OK",
            b"200 OK",
        ],
    )
    def test_invalid_status_line(self, line: bytes) -> None:
        """What is no status line, with every oddity tolerated."""
        assert refused_response(line + b"\r\n\r\n", Oddity) == ("invalid_status_line", 0)

    def test_missing_reason_space(self) -> None:
        """The space behind the code is required, the reason is not (RFC 9112 §4)."""
        assert parse_response(b"HTTP/1.1 200 \r\n\r\n").reason == ""
        assert refused_response(b"HTTP/1.1 200\r\n\r\n") == ("missing_reason_space", 12)
        assert parse_response(b"HTTP/1.1 200\r\n\r\n", {Oddity.MISSING_REASON_SPACE}).reason == ""

    def test_other_version(self) -> None:
        """Another version is tolerated by name."""
        assert refused_response(b"HTTP/1.0 200 OK\r\n\r\n") == ("other_version", 0)
        got = parse_response(b"HTTP/1.0 200 OK\r\n\r\n", {Oddity.OTHER_VERSION})
        assert got.version == "HTTP/1.0"

    @pytest.mark.parametrize("status", [100, 199, 204, 304])
    def test_content_not_allowed(self, status: int) -> None:
        """RFC 9110 §15.2, §15.3.5, §15.4.5: these have no content."""
        head = f"HTTP/1.1 {status} \r\n\r\n".encode()
        assert parse_response(head).body == b""
        assert refused_response(head + b"x") == ("content_not_allowed", len(head))
        assert parse_response(head + b"x", {Oddity.CONTENT_NOT_ALLOWED}).body == b"x"

    def test_length_of_a_304(self) -> None:
        """Its Content-Length says how long the content would have been (RFC 9110 §8.6)."""
        head = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
        assert parse_response(head).body == b""


class TestHead:
    """What may stand before, in and after the head."""

    def test_leading_blank_lines(self) -> None:
        """RFC 9112 §2.2 lets a server pass over them; tolerated by name."""
        assert refused(b"\r\n" + REQUEST) == ("leading_blank_lines", 0)
        met = MetOddity(Oddity.LEADING_BLANK_LINES, 0, 1)
        tolerance = Tolerance({Oddity.LEADING_BLANK_LINES})
        assert parse_request(b"\r\n\r\n" + REQUEST, tolerance) == parse_request(REQUEST)
        assert tolerance.met == (met,)
        tolerance = Tolerance({Oddity.LEADING_BLANK_LINES, Oddity.BARE_LF})
        assert parse_request(b"\r\n\n" + REQUEST, tolerance) == parse_request(REQUEST)
        assert tolerance.met == (met, MetOddity(Oddity.BARE_LF, 2, 1))

    def test_byte_order_mark(self) -> None:
        """One mark before the message is tolerated by name, a second is no method."""
        assert refused(b"\xef\xbb\xbf" + REQUEST) == ("byte_order_mark", 0)
        tolerance = Tolerance({Oddity.BYTE_ORDER_MARK})
        assert parse_request(b"\xef\xbb\xbf" + REQUEST, tolerance) == parse_request(REQUEST)
        assert tolerance.met == (MetOddity(Oddity.BYTE_ORDER_MARK, 0, 1),)
        assert refused(b"\xef\xbb\xbf" * 2 + REQUEST, Oddity) == ("invalid_request_line", 3)

    def test_missing_blank_line(self) -> None:
        """A head that ends with the input, at a line's end or within it."""
        for data in (b"GET / HTTP/1.1\r\nA: b\r\n", b"GET / HTTP/1.1\r\nA: b", b"GET / HTTP/1.1"):
            assert refused(data) == ("missing_blank_line", len(data))
            got = parse_request(data, {Oddity.MISSING_BLANK_LINE})
            assert (got.method, got.body) == ("GET", b"")

    @pytest.mark.parametrize(
        ("data", "offset", "count"),
        [
            (b"GET / HTTP/1.1\nA: b\r\n\r\n\n", 14, 1),
            (b"GET / HTTP/1.1\r\nA: b\n\r\n\n", 20, 1),
            (b"GET / HTTP/1.1\r\nA: b\r\n\n\n", 22, 1),
            (b"GET / HTTP/1.1\nA: b\n\n\n", 14, 3),
        ],
    )
    def test_bare_line_feed(self, data: bytes, offset: int, count: int) -> None:
        """Each line that ends with LF alone counts; the body is the body."""
        assert refused(data) == ("bare_lf", offset)
        tolerance = Tolerance({Oddity.BARE_LF})
        assert parse_request(data, tolerance).body == b"\n"
        assert tolerance.met == (MetOddity(Oddity.BARE_LF, offset, count),)

    def test_folding(self) -> None:
        """RFC 9112 §5.2: obsolete in HTTP."""
        data = b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"
        assert refused(data) == ("http_folding", 22)
        assert parse_request(data, {Oddity.HTTP_FOLDING}).headers.get("a") == "b c"

    def test_fields(self) -> None:
        """Field lines are judged as everywhere."""
        assert refused(b"GET / HTTP/1.1\r\nA b\r\n\r\n") == ("invalid_field_line", 17)
        assert refused(b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n") == ("repeated_field", 25)


class TestLength:
    """RFC 9112 §6.2, RFC 9110 §8.6."""

    @pytest.mark.parametrize("value", [b"", b"+4", b"-4", b"4,4", b"4 4", b"0x4", b"4" * 19])
    def test_invalid(self, value: bytes) -> None:
        """A Content-Length is digits."""
        head = b"POST / HTTP/1.1\r\nContent-Length: " + value + b"\r\n\r\n"
        assert refused(head + b"body", Oddity) == ("invalid_content_length", len(head))

    @pytest.mark.parametrize("value", [b"0", b"3", b"5", b"9" * 18])
    def test_mismatch(self, value: bytes) -> None:
        """It is the number of bytes that are there, or tolerated by name."""
        head = b"POST / HTTP/1.1\r\nContent-Length: " + value + b"\r\n\r\n"
        assert refused(head + b"body") == ("content_length_mismatch", len(head))
        assert parse_request(head + b"body", {Oddity.CONTENT_LENGTH_MISMATCH}).body == b"body"

    def test_leading_zeros(self) -> None:
        """Digits are digits."""
        assert parse_request(REQUEST.replace(b": 4", b": 0004")).body == b"body"


class TestChunked:
    """RFC 9112 §6.1, §7.1."""

    @pytest.mark.parametrize(
        ("body", "content"),
        [
            (b"0\r\n\r\n", b""),
            (b"4\r\nbody\r\n0\r\n\r\n", b"body"),
            (b"2\r\nbo\r\n2\r\ndy\r\n000\r\n\r\n", b"body"),
            (b"00004\r\nbody\r\n0\r\n\r\n", b"body"),
            (b'4 ;a=b;c="d"\r\nbody\r\n0;last\r\n\r\n', b"body"),
            (b"A\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", b"0\r\n\r\n0\r\n\r\n"),
            (b"0\r\nTrailer: x\r\nOther: y\r\n\r\n", b""),
        ],
    )
    def test_decoded(self, body: bytes, content: bytes) -> None:
        """The content of all chunks; extensions and trailers are left out, the field stays."""
        got = parse_request(CHUNKED + body)
        assert got.body == content
        assert got.headers.get("Transfer-Encoding") == "chunked"

    @pytest.mark.parametrize(
        ("body", "code", "at"),
        [
            (b"", "invalid_chunk", 0),
            (b"4", "invalid_chunk", 0),
            (b"4\n", "invalid_chunk", 0),
            (b"x\r\n", "invalid_chunk", 0),
            (b"-4\r\nbody\r\n0\r\n\r\n", "invalid_chunk", 0),
            (b"+4\r\nbody\r\n0\r\n\r\n", "invalid_chunk", 0),
            (b"4\r\nbod", "invalid_chunk", 3),
            (b"4\r\nbody", "invalid_chunk", 3),
            (b"4\r\nbodyx\r\n0\r\n\r\n", "invalid_chunk", 3),
            (b"4\r\nbody\r\n", "invalid_chunk", 9),
            (b"4\r\nbody\r\n0\r\n", "invalid_chunk", 12),
            (b"0\r\nA: b\r\n", "invalid_chunk", 9),
            (b"0\r\nA: b", "invalid_chunk", 7),
            (b"0\r\n\r\nmore", "invalid_chunk", 5),
            (b"0\r\nA b\r\n\r\n", "invalid_field_line", 4),
            (b"0\r\nA: b\r\n c\r\n\r\n", "http_folding", 9),
            (b"0\r\nA: b\n\r\n", "bare_lf", 7),
            (b"0\r\n\n", "bare_lf", 3),
            (b"0\r\nA: b\r\n\n", "bare_lf", 9),
            (b"F" * 16 + b"\r\n", "invalid_chunk", 0),
        ],
    )
    def test_refused(self, body: bytes, code: str, at: int) -> None:
        """What is no chunked body, in strict mode."""
        assert refused(CHUNKED + body) == (code, len(CHUNKED) + at)

    def test_size_beyond_the_bound(self) -> None:
        """A size that no bound allows, and that is not there, is an error within the input."""
        data = CHUNKED + b"F" * 15 + b"\r\nx"
        code, offset = refused(data)
        assert code == "invalid_chunk"
        assert offset is not None
        assert len(CHUNKED) <= offset <= len(data)

    @pytest.mark.parametrize(
        ("there", "code", "at"), [(9, "invalid_chunk", 4), (10, "invalid_chunk", 4), (11, "", 14)]
    )
    def test_size_beyond_a_bound(self, there: int, code: str, at: int) -> None:
        """Only bytes that are there can be too many."""
        told = refused(CHUNKED + b"20\r\n" + b"x" * there, limits=Limits(max_part_bytes=10))
        assert told == (code or "max_part_bytes", len(CHUNKED) + at)

    @pytest.mark.parametrize("value", [b"gzip", b"gzip, chunked", b"", b"chunked, chunked"])
    def test_other_codings(self, value: bytes) -> None:
        """A coding that cannot be undone is an error, whatever is tolerated."""
        head = b"POST / HTTP/1.1\r\nTransfer-Encoding: " + value + b"\r\n\r\n"
        assert refused(head + b"0\r\n\r\n", Oddity) == ("transfer_encoding", len(head))

    def test_beside_a_length(self) -> None:
        """RFC 9112 §6.3: both together are the mark of an attack."""
        head = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n")
        assert refused(head + b"0\r\n\r\n", Oddity) == ("transfer_encoding", len(head))

    def test_case(self) -> None:
        """RFC 9112 §7: coding names compare without case."""
        data = CHUNKED.replace(b"chunked", b"Chunked") + b"1\r\nx\r\n0\r\n\r\n"
        assert parse_request(data).body == b"x"

    def test_response_without_content(self) -> None:
        """The content is judged, not the coding."""
        data = b"HTTP/1.1 204 \r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        assert parse_response(data).body == b""
        data = data.replace(b"0\r\n\r\n", b"1\r\nx\r\n0\r\n\r\n")
        assert refused_response(data)[0] == "content_not_allowed"

    @given(st.lists(st.binary(min_size=1, max_size=20)))
    def test_any_content(self, chunks: list[bytes]) -> None:
        """Any content in any chunks."""
        body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
        assert parse_request(CHUNKED + body + b"0\r\n\r\n").body == b"".join(chunks)


class TestLimits:
    """Bounds, at their edges."""

    @pytest.mark.parametrize(
        ("name", "least", "data"),
        [
            ("max_message_bytes", len(REQUEST), REQUEST),
            ("max_start_line_bytes", len(b"POST /$batch HTTP/1.1\r\n"), REQUEST),
            ("max_header_line_bytes", len(b"Content-Length: 4\r\n"), REQUEST),
            ("max_headers", 2, REQUEST),
            ("max_header_bytes", REQUEST.index(b"body"), REQUEST),
            ("max_part_bytes", 4, REQUEST),
            ("max_part_bytes", 4, CHUNKED + b"3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n"),
            ("max_headers", 2, CHUNKED + b"0\r\nA: b\r\nB: c\r\n\r\n"),
            ("max_header_line_bytes", 60, CHUNKED + b"0\r\nA: " + b"b" * 55 + b"\r\n\r\n"),
        ],
    )
    def test_edges(self, name: str, least: int, data: bytes) -> None:
        """The bound is what may be; one less is an error with its name, within the input."""
        assert parse_request(data, limits=Limits(**{name: least})).method == "POST"
        code, offset = refused(data, limits=Limits(**{name: least - 1}))
        assert code == name
        assert offset is not None
        assert 0 <= offset <= len(data)

    def test_kind(self) -> None:
        """It is a LimitError."""
        with pytest.raises(LimitError):
            parse_response(b"HTTP/1.1 200 OK\r\n\r\n", limits=Limits(max_message_bytes=3))


class TestTypes:
    """Arguments of the wrong type are a TypeError."""

    @pytest.mark.parametrize("data", ["text", None, 5, ["GET"]])
    def test_data(self, data: Any) -> None:
        """The data is bytes."""
        for parse in (parse_request, parse_response):
            with pytest.raises(TypeError):
                parse(data)

    @pytest.mark.parametrize("limits", [None, {"max_headers": 1}])
    def test_limits(self, limits: Any) -> None:
        """The limits are Limits."""
        with pytest.raises(TypeError, match=f"not {type(limits).__name__}"):
            parse_request(REQUEST, (), limits)


class TestModels:
    """Requests and responses as values."""

    @pytest.mark.parametrize("message", [HttpRequest("GET", "/"), HttpResponse(200)])
    def test_defaults(self, message: Any) -> None:
        """No fields, no body, HTTP/1.1."""
        defaults = message.headers, message.body, message.version
        assert defaults == (Headers(), b"", "HTTP/1.1")

    @given(strategies.kinds.flatmap(strategies.leaves))
    def test_values(self, leaf: Any) -> None:
        """Frozen, compared by value, picklable; ``replace`` gives a changed copy."""
        assert pickle.loads(pickle.dumps(leaf)) == leaf  # noqa: S301
        assert hash(leaf.replace()) == hash(leaf)
        assert leaf.replace(body=leaf.body + b"x") != leaf
        with pytest.raises(AttributeError):
            leaf.body = b""

    def test_unknown_attribute(self) -> None:
        """``replace`` takes attributes that there are."""
        with pytest.raises(TypeError):
            HttpRequest("GET", "/").replace(nonsense=1)

    def test_shown(self) -> None:
        """Printed they tell method, path, names, lengths; no query, value or body."""
        headers = Headers([("Authorization", "secret")])
        request = HttpRequest("GET", "http://u:secret@h/p/q?sig=secret#secret", headers, b"secret")
        response = HttpResponse(409, "secret", headers, b"secret")
        for message in (request, response):
            for text in (repr(message), str(message), repr(message.__rich_repr__())):
                assert "secret" not in text
                assert "Authorization" in text
                assert "6" in text
        shown = "headers=<Headers Authorization>, body_bytes=6"
        assert repr(request) == f"HttpRequest(method='GET', path='/p/q', {shown})"
        assert repr(response) == f"HttpResponse(status=409, {shown})"

    @pytest.mark.parametrize(
        ("target", "path"),
        [
            ("Customers", "Customers"),
            ("/a/b?c", "/a/b"),
            ("a?b?c#d", "a"),
            ("a#b?c", "a"),
            ("http://h:1/a/b?c=d", "/a/b"),
            ("http://h", ""),
            ("http://h?a", ""),
            ("//u:secret@h/a?b", "/a"),
            ("://u:secret@h/a", "/a"),
            ("///a", "/a"),
            ("//h", ""),
            ("u:secret@h:443", "h:443"),
            ("a/b://c/d", "a/b://c/d"),
            ("$1/Orders", "$1/Orders"),
            ("?a=http://b/c", ""),
            ("*", "*"),
        ],
    )
    def test_path(self, target: str, path: str) -> None:
        """Of a target in any of its forms the path alone."""
        assert target_path(target) == path


@pytest.mark.parametrize(
    "target", ["u:secret@h:443", "http:/secret@h/x", "//u:secret@h/x?y", "u:p@secret@h:443"]
)
def test_odd_targets_are_discreet(target: str) -> None:
    """Whatever form a target has, what may be a password is not shown."""
    assert "secret" not in repr(HttpRequest("GET", target))


def test_limits_of_another_type() -> None:
    """A TypeError."""
    with pytest.raises(TypeError):
        parse_request(b"GET / HTTP/1.1\r\n\r\n", limits=None)  # type: ignore[arg-type]


def test_leading_blank_lines_of_crlf_alone() -> None:
    """One oddity, however many they are."""
    tolerance = Tolerance({Oddity.LEADING_BLANK_LINES})
    parse_request(b"\r\n\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n\n\nbody", tolerance)
    assert [(met.kind, met.first_offset, met.count) for met in tolerance.met] == [
        (Oddity.LEADING_BLANK_LINES, 0, 1)
    ]


@pytest.mark.parametrize(
    "message",
    [HttpRequest("GET", 5, body=6), HttpResponse(200, body=None)],  # type: ignore[arg-type]
)
def test_repr_of_wrong_types(message: Any) -> None:
    """What an error has to show can be shown, whatever was put into it."""
    wrong = message.target if isinstance(message, HttpRequest) else message.body
    assert f"={type(wrong)}" in repr(message)


def test_line_of_an_error() -> None:
    """It counts line feeds from the first byte on."""
    data = b"\nGET /\r\n\r\n"
    tolerate = {Oddity.LEADING_BLANK_LINES, Oddity.BARE_LF}
    assert refused(data, tolerate) == ("missing_version", 6)
    with pytest.raises(DecodeError) as caught:
        parse_request(data, tolerate)
    assert caught.value.line == 2


def test_offset_of_too_many_fields() -> None:
    """That of the first that is too many."""
    assert refused(REQUEST, limits=Limits(max_headers=1)) == (
        "max_headers",
        REQUEST.index(b"Content-Length"),
    )
