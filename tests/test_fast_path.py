"""The fast path takes what is usual, and leaves to the careful path what is not.

That both read alike is a property (``test_properties.TestFastPath``); here the border is drawn.
"""

from __future__ import annotations

import string
from typing import Any

import pytest

from odatabatch import Batch, Limits, Operation, OperationResponse, decode_request, encode_request
from odatabatch.azure import AZURE_BATCH
from odatabatch.fast_path import USUAL_REQUEST, USUAL_RESPONSE, Cursor, Usual, read_usual_parts
from tests import corpus

PART = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
GET = PART + b"GET a HTTP/1.1\r\nAccept: b\r\n\r\nbody\r\n"
OK = PART + b"HTTP/1.1 200 OK\r\nETag: b\r\n\r\nbody\r\n"
CHANGESET = b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
START = Cursor(0, None, -1, -1, 0)


def read(
    buffer: bytes, usual: Usual = USUAL_REQUEST, cursor: Cursor = START, **limits: int
) -> tuple[Cursor, list[Any]]:
    """Where it stopped in a batch with the boundary b, and the events that it gave."""
    events: list[Any] = []
    end = read_usual_parts(usual, buffer, cursor, b"b", Limits(**limits), events.append, None)
    return end, events


class TestTaken:
    """What is usual: the shapes that services write."""

    @pytest.mark.parametrize(
        ("buffer", "parts", "events", "closed"),
        [
            (GET + b"--b\r\n", 1, 1, ""),
            (GET + b"--b--\r\n", 1, 1, "batch"),
            (GET + b"--b\r\n" + GET + b"--b--\r\n", 2, 2, "batch"),
            (CHANGESET + GET + b"--c--\r\n--b\r\n", 2, 3, ""),
            (CHANGESET + GET + b"--c--\r\n--b--\r\n", 2, 3, "batch"),
            (CHANGESET + GET + b"--c--\r\n--b--", 2, 3, "changeset"),
            (CHANGESET + GET + b"--c\r\n" + GET + b"--c--\r\n--b\r\n", 3, 4, ""),
            (CHANGESET + GET + b"--c\r\n", 2, 2, ""),
            (GET.replace(b"body\r\n", b"") + b"--b\r\n", 1, 1, ""),
        ],
    )
    def test_shapes(self, buffer: bytes, parts: int, events: int, closed: str) -> None:
        """All of it, up to the end of its last delimiter line."""
        end, got = read(buffer)
        assert (end.parts, len(got), end.closed) == (parts, events, closed)
        rest = b"--b--" if closed == "changeset" else b""
        assert buffer[end.at :] == rest

    def test_answers(self) -> None:
        """Answers too."""
        end, (leaf,) = read(OK + b"--b--\r\n", USUAL_RESPONSE)
        assert end.closed == "batch"
        assert isinstance(leaf, OperationResponse)
        assert (leaf.status, leaf.reason, leaf.body) == (200, "OK", b"body")

    def test_each_its_own(self) -> None:
        """Parts that begin in more than two ways keep what each begins with."""
        methods = [b"GET", b"PUT", b"POST", b"GET", b"POST", b"PUT"]
        parts = [GET.replace(b"GET", method) for method in methods]
        end, got = read(b"--b\r\n".join(parts) + b"--b--\r\n")
        assert end.closed == "batch"
        assert [it.method.encode() for it in got] == methods

    @pytest.mark.parametrize("fixture", ["add-three-tasks", "add-three-tasks.answer"])
    def test_seed(self, fixture: str) -> None:
        """The seed's messages, from their first delimiter to their last."""
        (found,) = [it for it in corpus.fixtures() if it.name == f"azure/{fixture}"]
        outer = found.content_type.partition("boundary=")[2].encode()
        usual = USUAL_REQUEST if found.kind == "request" else USUAL_RESPONSE
        events: list[Any] = []
        start = Cursor(found.body.index(b"\n") + 1, None, -1, -1, 0)
        end = read_usual_parts(usual, found.body, start, outer, Limits(), events.append, [])
        assert (end.part_index, end.parts) == (2, 6)
        assert found.body[end.at :].strip() in (b"", b"--" + outer + b"--")

    def test_what_we_write(self) -> None:
        """What this package writes is usual to it."""
        operation = Operation("POST", "jobs/1/tasks", body=b"{}").with_content_id("1", "message")
        batch = decode_request(*_body_and_type(operation))
        body, content_type = _body_and_type(*batch.operations)
        outer = content_type.partition("=")[2].encode()
        start = Cursor(body.index(b"\n") + 1, None, -1, -1, 0)
        events: list[Any] = []
        end = read_usual_parts(USUAL_REQUEST, body, start, outer, Limits(), events.append, None)
        assert (end.closed, end.at) == ("batch", len(body))


TCHARS = "!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters  # RFC 9110 §5.6.2
NAMES = [
    *(f"{first}x" for first in TCHARS),
    *("Content", "content", "Contentx", "Host", "host", "Hostx", "HOSTS"),
    *("Transferx", "TRANSFER", "t", "Transfer_Encoding"),
    *(f"{first}ontent-{rest}" for first in "Cc" for rest in ("Type", "type", "ID", "Id")),
    *(f"{first}ontent-{rest}" for first in "Cc" for rest in ("Length", "length")),
    *(f"{first}ontent-{rest}" for first in "Cc" for rest in ("Encoding", "encoding")),
    *(f"{first}ontent-{rest}" for first in "Cc" for rest in ("Language", "language")),
    *(f"{first}ontent-{rest}" for first in "Cc" for rest in ("Location", "location")),
]
CODINGS = ("binary", "8bit", "7bit")
PART_HEADS = [
    *(f"{name}:{blank}application/http" for name in ("Content-Type", "content-type")
      for blank in ("", " ")),
    *(f"Content-Type: application/http{semicolon}msgtype={kind}" for semicolon in (";", "; ")
      for kind in ("request", "response")),
    *(f"Content-Type: application/http\r\n{name}:{blank}{coding}" for coding in CODINGS
      for name in ("Content-Transfer-Encoding", "content-transfer-encoding")
      for blank in ("", " ")),
    *(f"Content-Type: application/http\r\n{name}: 1"
      for name in ("Content-ID", "content-Id", "Content-Id")),
]  # fmt: skip


class TestSpellings:
    """What is usual is so however it is spelled, within the grammar."""

    @pytest.mark.parametrize("name", NAMES)
    def test_names(self, name: str) -> None:
        """Any field, once."""
        value = "4" if name.lower() == "content-length" else "v"
        part = GET.replace(b"Accept: b", f"{name}: {value}".encode())
        end, (leaf,) = read(part + b"--b--\r\n")
        assert (end.closed, leaf.headers.items()) == ("batch", ((name, value),))

    @pytest.mark.parametrize("length", [0, 1, 9, 19, 28, 37, 46, 55, 1000])
    def test_lengths(self, length: int) -> None:
        """Any length that is the body's."""
        part = GET.replace(b"Accept: b", b"Content-Length: %d" % length)
        end, (leaf,) = read(part.replace(b"body", b"x" * length) + b"--b--\r\n")
        assert (end.closed, len(leaf.body)) == ("batch", length)

    @pytest.mark.parametrize("text", ["Content-Length:4", "Content-Length: " + "4".zfill(18)])
    def test_text_of_a_length(self, text: str) -> None:
        """With a blank or without, up to eighteen digits."""
        end, (leaf,) = read(GET.replace(b"Accept: b", text.encode()) + b"--b--\r\n")
        assert (end.closed, leaf.headers.items()) == (
            "batch",
            (("Content-Length", text[15:].strip()),),
        )

    def test_methods(self) -> None:
        """RFC 9110 §9.1: any token, but none that may begin a delimiter."""
        for method in ("-GET", "G--T", "get", "!#$%&'*+-.^_`|~"):
            end, (leaf,) = read(GET.replace(b"GET", method.encode()) + b"--b--\r\n")
            assert (end.closed, leaf.method) == ("batch", method)

    @pytest.mark.parametrize(
        "boundary", [*string.digits, *string.ascii_letters.replace("b", ""), *"'+_-.", "x" * 70]
    )
    @pytest.mark.parametrize("blanks", [(b" ", b" "), (b"", b"")])
    def test_changesets(self, boundary: str, blanks: tuple[bytes, bytes]) -> None:
        """Boundaries that need no quotes, of one byte and of seventy."""
        inner = boundary.encode()
        head = b"Content-Type:%bmultipart/mixed;%bboundary=" % blanks
        batch = head + inner + b"\r\n\r\n--" + inner + b"\r\n" + GET + b"--" + inner + b"--\r\n"
        end, events = read(batch + b"--b--\r\n")
        assert (end.closed, len(events)) == ("batch", 3)

    @pytest.mark.parametrize("head", PART_HEADS)
    def test_part_heads(self, head: str) -> None:
        """The parts' own fields."""
        end, events = read(GET.replace(PART, head.encode() + b"\r\n\r\n") + b"--b--\r\n")
        assert (end.closed, len(events)) == ("batch", 1)


def _body_and_type(*operations: Operation) -> tuple[bytes, str]:
    encoded = encode_request(Batch(operations), AZURE_BATCH)
    return encoded.body, encoded.content_type


class TestLeft:
    """What is unusual: nothing of that part is read, nothing is raised."""

    @pytest.mark.parametrize(
        "part",
        [
            b"",
            b"\r\n",
            PART,
            PART.replace(b"\r\n\r\n", b"\r\n"),
            GET.replace(b"Content-Type", b"CONTENT-TYPE"),
            GET.replace(b"http\r\n", b"http \r\n"),
            GET.replace(b"http\r\n", b"json\r\n"),
            GET.replace(b"binary", b"base64"),
            GET.replace(b"Content-Transfer-Encoding: binary", b"Content-Type: application/http"),
            GET.replace(b"Content-Transfer-Encoding: binary", b"Content-Length: 36"),
            GET.replace(b"binary", b"binary\r\nContent-Transfer-Encoding: 8bit"),
            GET.replace(b"binary", b"binary\r\nContent-ID: 1\r\ncontent-Id: 1"),
            GET.replace(b"Content-Transfer-Encoding: binary", b"X: y"),
            GET.replace(b"Content-Transfer-Encoding: binary", b"Content-IDs: 1"),
            GET.replace(b"Accept: b", b"Content-Length: 0000000000000000004"),
            b"Content-Transfer-Encoding: binary\r\n\r\nGET a HTTP/1.1\r\n\r\nbody\r\n",
            GET.replace(b"GET", b"--b"),
            GET.replace(b"GET a", b"GET"),
            GET.replace(b"1.1", b"1.0"),
            GET.replace(b" HTTP/1.1", b""),
            GET.replace(b"Accept: b", b"Accept b"),
            GET.replace(b"Accept: b", b"Accept: b\n"),
            GET.replace(b"Accept: b", b"Accept: b\r\n c"),
            GET.replace(b"Accept: b", b"Accept: \0"),
            GET.replace(b"Accept: b", b"--b: c"),
            GET.replace(b"Accept: b", b"Host: b\r\nhost: b"),
            GET.replace(b"Accept: b", b"HOST: b"),
            GET.replace(b"Accept: b", b"Content-Type: b\r\ncontent-type: b"),
            GET.replace(b"Accept: b", b"CONTENT-LENGTH: 4"),
            GET.replace(b"Accept: b", b"Content-Length: 5"),
            GET.replace(b"Accept: b", b"Content-Length: 4\r\nContent-Length: 4"),
            GET.replace(b"Accept: b", b"Content-Length: x"),
            GET.replace(b"Accept: b", b"Content-Length: 4x"),
            GET.replace(b"Accept: b", b"Content-Length: "),
            GET.replace(b"Accept: b", b"Content-Length:"),
            GET.replace(b"Accept: b", b"Transfer-Encoding: chunked"),
            GET.replace(b"Accept: b", b"TRANSFER-ENCODING: chunked"),
            GET.replace(b"Accept: b", b"transfer-encoding: chunked"),
            GET.replace(b"Accept: b", b"Content-ID: 1\r\nContent-ID: 1"),
            GET.replace(b"Accept: b", b"Content-ID: 1").replace(
                b"binary", b"binary\r\nContent-ID: 1"
            ),
            GET.replace(b"body", b"x\r\n--x"),
            GET.replace(b"body\r\n", b"body\n"),
            CHANGESET.replace(b"--c\r\n", b"preamble\r\n--c\r\n") + GET,
            CHANGESET.replace(b"--c\r\n", b"--c--\r\n"),
            CHANGESET.replace(b"=c\r\n", b'="c"\r\n') + GET,
            CHANGESET.replace(b"c\r\n", b"bc\r\n") + GET,
            CHANGESET.replace(b"c\r\n", b"\r\n") + GET + b"----\r\n",
            CHANGESET.replace(b"c\r\n", b"c" * 71 + b"\r\n") + GET + b"--" + b"c" * 71 + b"--\r\n",
            CHANGESET.replace(b"\r\n\r\n", b"\r\nX: y\r\n\r\n") + GET,
        ],
    )
    def test_shapes(self, part: bytes) -> None:
        """Where it stood, and no event."""
        assert read(part + b"--b--\r\n") == (START, [])
        assert read(GET + b"--b\r\n" + part + b"--b--\r\n")[0].parts == 1

    @pytest.mark.parametrize(
        "end",
        [
            b"",
            b"--b",
            b"--b\r",
            b"--b-",
            b"--b--",
            b"--b--\r",
            b"--b \r\n",
            b"--b---\r\n",
            b"--bx\r\n",
        ],
    )
    def test_ends(self, end: bytes) -> None:
        """A part whose delimiter line is unusual, or has not wholly arrived."""
        assert read(GET + end) == (START, [])

    @pytest.mark.parametrize("status", [b"100", b"101", b"199", b"204", b"304"])
    def test_content_not_allowed(self, status: bytes) -> None:
        """Content where there may be none."""
        part = OK.replace(b"200", status)
        assert read(part + b"--b--\r\n", USUAL_RESPONSE) == (START, [])
        empty = part.replace(b"body\r\n", b"")
        assert read(empty + b"--b--\r\n", USUAL_RESPONSE)[0].closed == "batch"

    def test_changeset_in_changeset(self) -> None:
        """Where a changeset is open no other opens."""
        inside = Cursor(0, b"d", 0, -1, 1)
        assert read(CHANGESET + GET + b"--c--\r\n--b\r\n", cursor=inside) == (inside, [])

    def test_outer_delimiter_in_changeset(self) -> None:
        """It ends the changeset unclosed, which is not usual."""
        assert read(CHANGESET + GET + b"--b\r\n") == (START, [])

    @pytest.mark.parametrize(
        "limits",
        [
            {"max_parts": 1},
            {"max_changeset_operations": 0},
            {"max_header_line_bytes": 6},
            {"max_header_bytes": 60},
            {"max_start_line_bytes": 9},
            {"max_headers": 3},
            {"max_part_bytes": 60},
        ],
    )
    def test_limits(self, limits: dict[str, Any]) -> None:
        """What may pass a bound is left to be counted."""
        assert read(GET + b"--b--\r\n", **limits) == (START, [])

    def test_up_to_a_limit(self) -> None:
        """A part less than may be, for a changeset and its operation count as two."""
        buffer = b"--b\r\n".join([GET] * 6) + b"--b--\r\n"
        assert read(buffer, max_parts=4)[0].parts == 3
        inner = CHANGESET + b"--c\r\n".join([GET] * 6) + b"--c--\r\n--b--\r\n"
        assert read(inner, max_changeset_operations=4)[0].inner_index == 3
        assert read(inner, max_changeset_operations=6)[0].closed == "batch"

    def test_up_to_some_bytes(self) -> None:
        """A stream's events are handed out before there are many; of a whole all are read."""
        buffer = b"--b\r\n".join([GET] * 400) + b"--b--\r\n"
        assert (16 << 10) <= read(buffer)[0].at < (17 << 10) < len(buffer)
        end = read_usual_parts(USUAL_REQUEST, buffer, START, b"b", Limits(), [].append, [])
        assert (end.parts, end.closed) == (400, "batch")

    def test_long_boundary(self) -> None:
        """A delimiter's line may pass the bound of a line that no field passes."""
        part, outer = b"Content-Type:application/http\r\n\r\nA b HTTP/1.1\r\n\r\n", b"b" * 60
        buffer = part + b"--" + outer + b"--\r\n"
        assert len(part) < 60
        for most, parts in ((65, 0), (100, 1)):
            limits = Limits(max_header_line_bytes=most)
            got = read_usual_parts(USUAL_REQUEST, buffer, START, outer, limits, [].append, None)
            assert got.parts == parts

    def test_large_body(self) -> None:
        """A long body passes no bound of a head."""
        part = GET.replace(b"body", b"x" * 100_000) + b"--b--\r\n"
        assert read(part)[0].closed == "batch"
        assert read(part, max_part_bytes=100_000) == (START, [])
