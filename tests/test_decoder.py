"""The decoders as their callers see them; the fixtures and properties hold what they read."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

import odatabatch
from odatabatch import (
    Batch,
    BatchEnd,
    Changeset,
    ChangesetEnd,
    ChangesetStart,
    DecodeError,
    Headers,
    Limits,
    MetOddity,
    Oddity,
    Operation,
    OperationResponse,
    RequestDecoder,
    ResponseDecoder,
    TruncatedError,
    UsageError,
    decode_request,
    decode_response,
)
from tests import corpus

CONTENT_TYPE = "multipart/mixed; boundary=b"
PART_HEAD = b"Content-Type: application/http\r\n\r\n"
GET = b"--b\r\n" + PART_HEAD + b"GET a HTTP/1.1\r\n\r\n\r\n"
CHANGESET = b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
PUT = b"--c\r\n" + PART_HEAD + b"PUT b HTTP/1.1\r\nContent-ID: 1\r\n\r\nbody\r\n"
BODY = GET + CHANGESET + PUT + b"--c--\r\n--b--\r\n"

HTTP = Headers([("Content-Type", "application/http")])
MIXED = Headers([("Content-Type", "multipart/mixed; boundary=c")])
FIRST = Operation("GET", "a", part_headers=HTTP)
SECOND = Operation("PUT", "b", Headers([("Content-ID", "1")]), b"body", part_headers=HTTP)

BOTH = [RequestDecoder, ResponseDecoder]
each_decoder = pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.__name__)


class TestEvents:
    """An event is a whole operation, and comes as soon as its last byte is known to be its last."""

    def test_all(self) -> None:
        """Operations in wire order, changesets around theirs, the end."""
        decoder = RequestDecoder(CONTENT_TYPE)
        decoder.receive_data(BODY)
        events = list(decoder.events())
        assert events == [FIRST, ChangesetStart(MIXED), SECOND, ChangesetEnd()]
        decoder.receive_eof()
        assert list(decoder.events()) == [BatchEnd()]
        assert list(decoder.events()) == []

    @pytest.mark.parametrize(
        ("complete", "kind"),
        [
            (GET + b"--b\r\n", Operation),
            (GET + b"--b--\r\n", Operation),
            (CHANGESET, ChangesetStart),
            (CHANGESET + PUT + b"--c\r\n", Operation),
            (CHANGESET + PUT + b"--c--\r\n", ChangesetEnd),
            (CHANGESET + b"--c--\r\n", ChangesetEnd),
        ],
    )
    def test_as_soon_as(self, complete: bytes, kind: type) -> None:
        """With that last byte it comes, and without it, it does not."""
        early, late = RequestDecoder(CONTENT_TYPE), RequestDecoder(CONTENT_TYPE)
        early.receive_data(complete[:-1])
        late.receive_data(complete)
        before, after = list(early.events()), list(late.events())
        assert type(after[-1]) is kind
        assert kind not in map(type, before)
        early.receive_data(complete[-1:])
        assert before + list(early.events()) == after

    def test_no_provenance(self) -> None:
        """Events of a stream keep no bytes of it but their own."""
        decoder = RequestDecoder(CONTENT_TYPE)
        decoder.receive_data(BODY)
        for event in decoder.events():
            assert b"--b" not in pickle.dumps(event)

    def test_oddities(self) -> None:
        """The end tells what was tolerated, and so does the batch."""
        body = BODY.replace(b"\r\n", b"\n")
        decoder = RequestDecoder(CONTENT_TYPE, [Oddity.BARE_LF])
        decoder.receive_data(body)
        decoder.receive_eof()
        met = MetOddity(Oddity.BARE_LF, 3, body.count(b"\n") - 3)
        (*_, end) = decoder.events()
        assert isinstance(end, BatchEnd)
        assert end.oddities[0].kind is met.kind
        assert end.oddities[0].first_offset == met.first_offset
        assert decode_request(body, CONTENT_TYPE, [Oddity.BARE_LF]).oddities == end.oddities


class TestFlow:
    """What comes after what."""

    @each_decoder
    def test_nothing_yet(self, kind: Callable[..., Any]) -> None:
        """Without data there are no events, and no error."""
        decoder = kind(CONTENT_TYPE)
        assert list(decoder.events()) == []
        decoder.receive_data(b"")
        assert list(decoder.events()) == []

    @each_decoder
    def test_data_after_eof(self, kind: Callable[..., Any]) -> None:
        """Data after the end has no meaning; the end may be told twice."""
        decoder = kind(CONTENT_TYPE)
        decoder.receive_eof()
        decoder.receive_eof()
        with pytest.raises(UsageError) as raised:
            decoder.receive_data(b"")
        assert raised.value.code == "data_after_eof"

    def test_receive_only_stores(self) -> None:
        """Errors come from ``events()`` alone."""
        decoder = RequestDecoder(CONTENT_TYPE)
        decoder.receive_data(b"--b\r\nno header\r\n\r\n")
        decoder.receive_eof()
        with pytest.raises(DecodeError) as raised:
            list(decoder.events())
        assert (raised.value.code, raised.value.offset) == ("invalid_field_line", 7)

    def test_abandoned_loop(self) -> None:
        """A loop that was left is resumed by the next one, with new data or without."""
        decoder = RequestDecoder(CONTENT_TYPE)
        decoder.receive_data(BODY)
        for event in decoder.events():
            assert event == FIRST
            break
        decoder.receive_eof()
        assert next(iter(decoder.events())) == ChangesetStart(MIXED)

    def test_two_loops(self) -> None:
        """Two loops over one decoder share its events, and lose none."""
        decoder = RequestDecoder(CONTENT_TYPE)
        decoder.receive_data(BODY)
        one, two = decoder.events(), decoder.events()
        assert [next(one), next(two), next(one), next(two)] == [
            FIRST,
            ChangesetStart(MIXED),
            SECOND,
            ChangesetEnd(),
        ]

    def test_events_before_the_error(self) -> None:
        """What was complete comes first; then the error, for good, whatever comes in later."""
        decoder = RequestDecoder(CONTENT_TYPE)
        decoder.receive_data(GET + b"--b\r\n\r\n")
        events = decoder.events()
        assert next(events) == FIRST
        errors = []
        for _ in range(3):
            with pytest.raises(DecodeError) as raised:
                list(decoder.events())
            errors.append(raised.value)
            decoder.receive_data(BODY)
        assert {(error.code, error.offset, error.line) for error in errors} == {
            (errors[0].code, errors[0].offset, errors[0].line)
        }
        with pytest.raises(DecodeError):
            next(events)
        decoder.receive_eof()
        with pytest.raises(DecodeError) as raised:
            list(decoder.events())
        assert raised.value.code == errors[0].code

    def test_chunks_may_be_changed_later(self) -> None:
        """A chunk is the caller's: what becomes of it after the call means nothing."""
        decoder: Any = RequestDecoder(CONTENT_TYPE)
        chunk = bytearray(GET)
        decoder.receive_data(chunk)
        chunk[:] = b"x" * len(chunk)
        decoder.receive_data(memoryview(b"--b--\r\n"))
        assert list(decoder.events()) == [FIRST]

    @pytest.mark.parametrize("size", [1, 7, 64, 10_000])
    def test_many_parts(self, size: int) -> None:
        """Line numbers are right behind thousands of lines that were let go of."""
        body = GET * 200 + b"--b\r\n" + PART_HEAD + b"GET a HTTP/1.1\r\nno colon\r\n\r\n"
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        got = corpus.decode("request", CONTENT_TYPE, chunks)
        offset = body.index(b"no colon") + 2
        assert len(got.events) == 200
        assert got.error == {
            "code": "invalid_field_line",
            "offset": offset,
            "type": "DecodeError",
            "part": "batch[200]",
            "line": body.count(b"\n", 0, offset) + 1,
        }


class TestErrors:
    """Where an error stands."""

    @pytest.mark.parametrize(
        ("body", "part"),
        [
            (b"--b\r\nx\r\n\r\n", "batch[0]"),
            (GET + b"--b\r\nx\r\n\r\n", "batch[1]"),
            (CHANGESET + b"--c\r\nx\r\n\r\n", "batch[0]/changeset[0]"),
            (GET + CHANGESET + PUT + b"--c\r\nx\r\n\r\n", "batch[1]/changeset[1]"),
            (CHANGESET + PUT + b"--c--\r\n--b\r\nx\r\n\r\n", "batch[1]"),
        ],
    )
    def test_part(self, body: bytes, part: str) -> None:
        """The path of the part that is read."""
        with pytest.raises(DecodeError) as raised:
            decode_request(body, CONTENT_TYPE)
        assert (raised.value.code, raised.value.part) == ("invalid_field_line", part)

    @pytest.mark.parametrize(
        ("end", "operations"),
        [
            (len(GET), ()),
            (len(GET) + 5, (FIRST,)),
            (len(GET + CHANGESET), (FIRST,)),
            (len(GET + CHANGESET + PUT), (FIRST,)),
            (len(GET + CHANGESET + PUT + b"--c--"), (FIRST, SECOND)),
            (len(BODY) - 7, (FIRST, SECOND)),
        ],
    )
    def test_truncated(self, end: int, operations: tuple[Operation, ...]) -> None:
        """On the whole-buffer calls, what was complete is on the error, and travels with it."""
        with pytest.raises(TruncatedError) as raised:
            decode_request(BODY[:end], CONTENT_TYPE)
        assert raised.value.operations == operations
        assert raised.value.offset == end
        again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301
        assert again.operations == operations

    def test_truncated_answer(self) -> None:
        """The same for an answer."""
        answer = GET.replace(b"GET a HTTP/1.1", b"HTTP/1.1 200 OK")
        with pytest.raises(TruncatedError) as raised:
            decode_response(answer + b"--b\r\n", CONTENT_TYPE)
        (response,) = raised.value.operations
        assert response == OperationResponse(200, "OK", part_headers=HTTP)

    def test_traceback_does_not_grow(self) -> None:
        """The error that repeats itself drags no chain of tracebacks along."""
        decoder = RequestDecoder(CONTENT_TYPE)
        decoder.receive_data(b"--b\r\n\r\n")
        lengths = []
        for _ in range(5):
            with pytest.raises(DecodeError) as raised:
                list(decoder.events())
            lengths.append(len(raised.traceback))
        assert len(set(lengths)) == 1


class TestLines:
    """Lines are told for what was let go of long ago, too."""

    LINES = b"line\n" * 60_000

    @pytest.mark.parametrize("chunk_bytes", [7_000, 64 << 10, 200_000])
    @pytest.mark.parametrize(
        ("body", "code", "at"),
        [
            # In the message's head: of its body.
            (
                GET + b"--b\r\n" + PART_HEAD + b"PUT a HTTP/1.1\r\nContent-Length: 1\r\n\r\n<"
                + LINES + b"\r\n--b--\r\n",
                "content_length_mismatch",
                b"<line",
            ),
            # In the part's headers: of its message.
            (
                GET + b"--b\r\nContent-Length: 1\r\n" + PART_HEAD + b"PUT <a HTTP/1.1\r\n\r\n"
                + LINES + b"\r\n--b--\r\n",
                "content_length_mismatch",
                b"PUT <",
            ),
            # Between both: of the part.
            (
                GET + b"--b\r\nContent-ID: <1\r\n" + PART_HEAD
                + b"PUT a HTTP/1.1\r\nContent-ID: 2\r\n\r\n" + LINES + b"\r\n--b--\r\n",
                "content_id_conflict",
                b"Content-ID: <",
            ),
            # In a changeset's headers: of what follows them.
            (
                GET + CHANGESET.replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\n")
                + PUT + b"--c\r\n" + PART_HEAD + b"PUT a HTTP/1.1\r\n\r\n" + LINES
                + b"\r\n--c--\r\n--b--\r\n",
                "content_length_mismatch",
                b"--c",
            ),
        ],
        ids=["body", "message", "part", "changeset"],
    )  # fmt: skip
    def test_long_ago(self, body: bytes, code: str, at: bytes, chunk_bytes: int) -> None:
        """The line of an offset is one more than the line feeds before it."""
        chunks = [body[it : it + chunk_bytes] for it in range(0, len(body), chunk_bytes)]
        error = corpus.decode("request", CONTENT_TYPE, chunks).error
        assert error is not None
        offset = body.index(at)
        line = body.count(b"\n", 0, offset) + 1
        assert (error["code"], error["offset"], error["line"]) == (code, offset, line)

    @pytest.mark.parametrize("chunk_bytes", [7_000, 64 << 10, 200_000])
    def test_behind_line_feeds(self, chunk_bytes: int) -> None:
        """Each line feed is counted once, wherever what came was let go of."""
        body = GET[:-2] + b"\n" * 200_000 + b"\r\n--b\r\nno colon\r\n\r\n"
        chunks = [body[it : it + chunk_bytes] for it in range(0, len(body), chunk_bytes)]
        error = corpus.decode("request", CONTENT_TYPE, chunks).error
        assert error is not None
        offset = body.index(b"no colon") + 2
        line = body.count(b"\n", 0, offset) + 1
        assert (error["offset"], error["line"]) == (offset, line)


class TestBounds:
    """What is counted over all chunks."""

    @pytest.mark.parametrize("chunk_bytes", [1, 5, 40, 100, 1000])
    def test_message_bytes(self, chunk_bytes: int) -> None:
        """A message may have as many bytes as the bound says, and no more."""
        chunks = [BODY[at : at + chunk_bytes] for at in range(0, len(BODY), chunk_bytes)]
        for most in (len(BODY), len(BODY) - 1):
            limits = Limits(max_message_bytes=most)
            got = corpus.decode("request", CONTENT_TYPE, chunks, limits=limits)
            told = got.error and (got.error["code"], got.error["offset"])
            assert told == (None if most == len(BODY) else ("max_message_bytes", most))
            assert len(got.operations) == 2

    @pytest.mark.parametrize("chunk_bytes", [1, 20, len(GET) - 3, len(GET) + 3, 200])
    @pytest.mark.parametrize("parts", [1, 2, 6, 7])
    def test_parts(self, parts: int, chunk_bytes: int) -> None:
        """A part that is begun anew, since a chunk has cut it, counts once."""
        body = GET * 6 + b"--b--\r\n"
        chunks = [body[at : at + chunk_bytes] for at in range(0, len(body), chunk_bytes)]
        limits = Limits(max_parts=parts)
        got = corpus.decode("request", CONTENT_TYPE, chunks, limits=limits)
        assert len(got.operations) == min(parts, 6)
        told = got.error and (got.error["code"], got.error["offset"], got.error["part"])
        over = ("max_parts", parts * len(GET) + len(b"--b\r\n"), f"batch[{parts}]")
        assert told == (over if parts < 6 else None)

    @pytest.mark.parametrize("cut", [10, 60, 70, 80, len(GET) - 1])
    def test_oddities(self, cut: int) -> None:
        """An oddity of a part that a chunk has cut is noted once."""
        body = GET.replace(b"1.1", b"1.0") + GET + b"--b--\r\n"
        chunks = [body[:cut], body[cut:]]
        got = corpus.decode("request", CONTENT_TYPE, chunks, {Oddity.OTHER_VERSION})
        offset = body.index(b"HTTP/1.0")
        assert got.events[-1]["oddities"] == [["other_version", offset, 1]]

    def test_byte_order_mark(self) -> None:
        """In the preamble it is seen when all comes byte by byte."""
        body = b"x\r\n\xef\xbb\xbf" + BODY
        chunks = [body[at : at + 1] for at in range(len(body))]
        got = corpus.decode("request", CONTENT_TYPE, chunks, {Oddity.BYTE_ORDER_MARK})
        assert got.events[-1]["oddities"] == [["byte_order_mark", 3, 1]]
        assert len(got.operations) == 2


class TestContentType:
    """RFC 2046 §5.1.1, OData 4.01 §11.7: multipart/mixed with a boundary."""

    @pytest.mark.parametrize(
        ("content_type", "code"),
        [
            ("", "invalid_media_type"),
            ("application/json", "unexpected_content_type"),
            ("multipart/form-data; boundary=b", "unexpected_content_type"),
            ("multipart/mixed", "missing_boundary"),
            ("multipart/mixed; boundary=b; boundary=b", "repeated_boundary"),
            ('multipart/mixed; boundary="*"', "invalid_boundary"),
            ("multipart/mixed; boundary=(b)", "unquoted_boundary"),
        ],
    )
    @each_decoder
    def test_refused(self, kind: Callable[..., Any], content_type: str, code: str) -> None:
        """It is judged at once; there is no offset in the body."""
        with pytest.raises(DecodeError) as raised:
            kind(content_type)
        error = raised.value
        assert (error.code, error.offset, error.line, error.part) == (code, None, None, None)


class TestTypes:
    """Arguments of the wrong type are a TypeError."""

    @pytest.mark.parametrize("decode", [decode_request, decode_response])
    @pytest.mark.parametrize(
        "arguments",
        [
            ("text", CONTENT_TYPE),
            (None, CONTENT_TYPE),
            (b"", None),
            (b"", b"multipart/mixed; boundary=b"),
            (b"", CONTENT_TYPE, None),
            (b"", CONTENT_TYPE, "captured"),
            (b"", CONTENT_TYPE, (), None),
            (b"", CONTENT_TYPE, (), {"max_parts": 1}),
        ],
    )
    def test_arguments(self, decode: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Of the whole-buffer calls."""
        with pytest.raises(TypeError):
            decode(*arguments)

    @each_decoder
    @pytest.mark.parametrize("data", ["text", None, 5])
    def test_data(self, kind: Callable[..., Any], data: Any) -> None:
        """Of the decoders."""
        with pytest.raises(TypeError):
            kind(CONTENT_TYPE).receive_data(data)

    @pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview])
    def test_bytes_like(self, wrap: Callable[[bytes], Any]) -> None:
        """Any kind of bytes will do; what came out stays what it was."""
        batch = decode_request(wrap(BODY), CONTENT_TYPE)
        assert batch == Batch((FIRST, Changeset((SECOND,), MIXED)))
        assert odatabatch.encode_request(batch).body == BODY


MEBIBYTE = 1 << 20


class TestMemory:
    """Memory while decoding a stream: twice the largest part, one chunk, 64 KiB."""

    SLACK = 128 << 10  # of the interpreter's own: objects, and the events of one block

    @pytest.mark.parametrize("chunk_bytes", [4 << 10, 64 << 10, MEBIBYTE])
    @pytest.mark.parametrize("pattern", [b"x", b"\r\n--", b"\r", b"\r\n-b", b"\r\n--B"])
    def test_one_large_part(self, pattern: bytes, chunk_bytes: int) -> None:
        """8 MiB of content, easy and near to a delimiter, in any chunks."""
        head = PART_HEAD + b"PUT a HTTP/1.1\r\n\r\n"
        body = b"x" + pattern * (8 * MEBIBYTE // len(pattern))
        data = b"--b\r\n" + head + body + b"\r\n--b--\r\n"
        received, peak = measured(data, chunk_bytes)
        assert received == len(body)
        assert peak <= 2 * len(head + body) + chunk_bytes + (64 << 10) + self.SLACK

    @pytest.mark.parametrize("part_bytes", [100, 10_000, 500_000])
    @pytest.mark.parametrize("chunk_bytes", [4 << 10, 64 << 10, MEBIBYTE])
    def test_many_parts(self, part_bytes: int, chunk_bytes: int) -> None:
        """What was handed out is let go of: 4 MiB of parts cost no more than one."""
        part = GET[:-2] + b"x" * part_bytes + b"\r\n"
        count = 4 * MEBIBYTE // len(part)
        received, peak = measured(part * count + b"--b--\r\n", chunk_bytes)
        assert received == count * part_bytes
        held = len(part)  # the event before, by the loop that takes them
        assert peak <= 2 * len(part) + held + chunk_bytes + (64 << 10) + self.SLACK

    def test_epilogue_and_preamble(self) -> None:
        """What has no meaning is not kept."""
        limits = Limits(max_preamble_bytes=1 << 30, max_epilogue_bytes=1 << 30)
        filler = b"\r\n--" * (MEBIBYTE // 4)
        for data in (filler + b"\r\n--b--\r\n", b"--b--\r\n" + filler):
            _, peak = measured(data, 4096, limits)
            assert peak <= 4096 + (64 << 10) + self.SLACK


def measured(data: bytes, chunk_bytes: int, limits: Limits = Limits()) -> tuple[int, int]:
    """The bytes of all bodies in some data, and the most that were in use, the data aside."""
    decoder = RequestDecoder(CONTENT_TYPE, limits=limits)
    view = memoryview(data)
    received = 0
    tracemalloc.start()
    try:
        for at in range(0, len(view), chunk_bytes):
            decoder.receive_data(bytes(view[at : at + chunk_bytes]))
            received += sum(len(it.body) for it in decoder.events() if isinstance(it, Operation))
        decoder.receive_eof()
        received += sum(len(it.body) for it in decoder.events() if isinstance(it, Operation))
        return received, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
