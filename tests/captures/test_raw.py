"""Raw HTTP messages in files."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import (
    CAPTURED,
    STRICT,
    Batch,
    BatchResponse,
    DecodeError,
    EncodeError,
    Headers,
    HttpRequest,
    HttpResponse,
    LimitError,
    Limits,
    MetOddity,
    Oddity,
)
from odatabatch.captures import (
    Content,
    RawMessage,
    read_batch,
    read_content,
    read_messages,
    write_message,
    write_messages,
)

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "azure"

REQUEST = HttpRequest("POST", "/a", Headers([("A", "b"), ("Content-Length", "2")]), b"{}")
RESPONSE = HttpResponse(200, "OK", Headers([("C", "d")]), b"###\r\nx")


def bodies(data: bytes) -> list[bytes]:
    """The bodies of the messages of a file, as people save it."""
    return [found.message.body for found in read_messages(data, CAPTURED)]


class TestRead:
    """Files of messages."""

    def test_one(self) -> None:
        """One message is the whole file."""
        data = write_message(REQUEST)
        assert read_messages(data) == (RawMessage(REQUEST, 0),)
        assert read_messages(write_message(RESPONSE)) == (RawMessage(RESPONSE, 0),)

    def test_several(self) -> None:
        """Written and read back, requests and responses mixed."""
        data = write_messages([REQUEST, RESPONSE, REQUEST])
        found = read_messages(data)
        assert [item.message for item in found] == [REQUEST, RESPONSE, REQUEST]
        assert [item.offset for item in found] == [
            0,
            data.index(b"HTTP/1.1 200"),
            data.rindex(b"POST"),
        ]

    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    def test_separators(self, end: bytes) -> None:
        """Comments, blank lines, several lines; before the first message and after the last."""
        data = end.join(
            [
                b"### first",
                b"",
                b"POST /a HTTP/1.1",
                b"",
                b"one",
                b"",
                b"###",
                b"### second ###",
                b"  ",
                b"HTTP/1.1 200 OK",
                b"",
                b"two",
                b"####",
                b"POST http://h/b",
                b"",
                b"three",
                b"###",
                b"",
            ]
        )
        assert bodies(data) == [b"one" + end, b"two", b"three"]

    def test_no_separators(self) -> None:
        """Content may have lines that begin with ### as long as no start line follows."""
        body = b"### heading\nSome words\n###\n\n### POST /x HTTP/1.1\n #### \nGET it\n###x\n## x"
        data = b"POST /a HTTP/1.1\n\n" + body + b" y"
        assert bodies(data) == [body + b" y"]
        assert bodies(b"POST /a HTTP/1.1\n\nx ###\nPOST /b HTTP/1.1\n\n") == [
            b"x ###\nPOST /b HTTP/1.1\n\n"
        ]

    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    def test_heads_alone(self, end: bytes) -> None:
        """The blank line of a head may be the separator's own line end, or stand before it."""
        head = b"HTTP/1.1 204 No Content" + end + b"A: b" + end + end
        for data in (head + b"###" + end + head, head + end + b"###" + end + head):
            found = read_messages(data, {Oddity.BARE_LF})
            assert [item.message.body for item in found] == [b"", b""]

    def test_oddities_have_offsets_in_the_file(self) -> None:
        """What was tolerated is told for each message."""
        first, second = read_messages(
            b"POST / HTTP/1.1\r\n\r\n\r\n###\r\nPOST /b HTTP/1.1\n\n", CAPTURED
        )
        assert first.oddities == ()
        assert second.oddities == (MetOddity(Oddity.BARE_LF, 42, 2),)

    @pytest.mark.parametrize(
        ("data", "code", "offset", "line"),
        [
            (b"", "no_message", 0, None),
            (b"###\n\n### x\n", "no_message", 11, None),
            (b"nothing", "missing_blank_line", 7, 1),
            (b"nothing\r\n\r\n", "invalid_request_line", 0, 1),
            (
                b"POST / HTTP/1.1\r\n\r\nx\r\n###\r\nPOST /b HTTP/1.1\r\n:\r\n\r\n",
                "invalid_field_line",
                45,
                6,
            ),
            (b"POST / HTTP/1.1\n\n", "bare_lf", 15, 1),
            (b"###\nHTTP/1.1 200 \xff\x00\r\n\r\n", "invalid_status_line", 4, 2),
        ],
    )
    def test_refuses(self, data: bytes, code: str, offset: int, line: int | None) -> None:
        """Errors say where in the file."""
        with pytest.raises(DecodeError) as caught:
            read_messages(data)
        assert (caught.value.code, caught.value.offset, caught.value.line) == (code, offset, line)

    def test_limits(self) -> None:
        """Bounds hold for each message."""
        data = write_messages([REQUEST, REQUEST])
        assert len(read_messages(data, limits=Limits(max_message_bytes=len(data) // 2))) == 2
        with pytest.raises(LimitError) as caught:
            read_messages(data, limits=Limits(max_headers=1))
        assert caught.value.code == "max_headers"

    def test_bytes_alone(self) -> None:
        """Text is no bytes."""
        with pytest.raises(TypeError):
            read_messages("")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "unit", [b"###\n", b"###\n \n", b"###", b"###\r\n\r\r\n", b"### " * 9 + b"\n"]
    )
    def test_linear(self, unit: bytes) -> None:
        """Many lines that may be separators cost what they weigh."""
        assert len(bodies(b"POST / HTTP/1.1\n\n" + unit * (1_000_000 // len(unit)) + b"x")) == 1

    @given(st.binary(max_size=80))
    def test_only_our_errors(self, noise: bytes) -> None:
        """Arbitrary bytes give messages or a ``DecodeError``."""
        for data in (noise, b"HTTP/1.1 200 OK\r\n\r\n" + noise, b"###\nPOST / HTTP/1.1\n" + noise):
            for tolerate in (STRICT, CAPTURED):
                with contextlib.suppress(DecodeError):
                    read_messages(data, tolerate)

    @given(st.lists(st.binary(max_size=20), min_size=1, max_size=4))
    def test_round_trip(self, contents: list[bytes]) -> None:
        """What is written is read back."""
        messages = [HttpResponse(200, "OK", body=body) for body in contents]
        if b"###" not in b"".join(contents):
            assert [item.message for item in read_messages(write_messages(messages))] == messages

    def test_writes_no_broken_message(self) -> None:
        """What would not be read back is refused."""
        with pytest.raises(EncodeError):
            write_message(HttpRequest("POST", "/a b"))


class TestBatch:
    """The batch that a message carries."""

    def test_messages(self) -> None:
        """Requests and responses, as they say."""
        (request,) = read_messages((FIXTURES / "add-three-tasks.http").read_bytes())
        (response,) = read_messages((FIXTURES / "add-three-tasks.answer.http").read_bytes())
        assert isinstance(read_batch(request.message), Batch)
        assert isinstance(read_batch(response.message), BatchResponse)

    @pytest.mark.parametrize(("name", "kind"), [("", Batch), (".answer", BatchResponse)])
    def test_bare_content(self, name: str, kind: type) -> None:
        """Bare content is what its first start line makes it."""
        (whole,) = read_messages((FIXTURES / f"add-three-tasks{name}.http").read_bytes())
        content_type = whole.message.headers.get("Content-Type") or ""
        content = read_content(whole.message.body, content_type)
        assert content.offset == 0
        assert isinstance(content.message, Content)
        batch = read_batch(content.message)
        assert isinstance(batch, kind)
        assert batch == read_batch(whole.message)

    def test_neither(self) -> None:
        """What is no multipart carries no batch."""
        assert read_batch(REQUEST) is None
        assert read_batch(read_content(b"{}", "application/json").message) is None

    @pytest.mark.parametrize(
        ("line", "code"),
        [(b"HTTP/1.1 what", "invalid_status_line"), (b"x", "invalid_request_line")],
    )
    def test_neither_request_nor_response(self, line: bytes, code: str) -> None:
        """The error is that of what it is most like."""
        body = b"--b\r\nContent-Type: application/http\r\n\r\n" + line + b"\r\n\r\n--b--"
        content_type = "multipart/mixed; boundary=b"
        with pytest.raises(DecodeError) as caught:
            read_batch(read_content(body, content_type).message)
        assert caught.value.code == code
        request = HttpRequest("POST", "/", Headers([("Content-Type", content_type)]), body)
        with pytest.raises(DecodeError) as caught:
            read_batch(request)
        assert caught.value.code == "invalid_request_line"

    def test_truncated(self) -> None:
        """Other errors stay what they are."""
        with pytest.raises(DecodeError) as caught:
            read_batch(read_content(b"--b", "multipart/mixed; boundary=b").message)
        assert caught.value.code == "missing_close_delimiter"


def test_content_is_discreet() -> None:
    """No repr quotes a value or a body."""
    content = read_content(b"secret", "secret").message
    assert isinstance(content, Content)
    assert "secret" not in repr(content)
    assert "secret" not in repr(content.__rich_repr__())
    assert "secret" not in repr(read_content(b"secret", "secret"))
