"""The state machine of the parts: bounds, places and short ways that the wire alone cannot show.

What is read is held by the fixtures; here are the edges of each state.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from odatabatch import (
    BatchEnd,
    ChangesetEnd,
    ChangesetStart,
    DecodeError,
    Headers,
    Limits,
    Oddity,
    Operation,
    RequestDecoder,
    decode_request,
)
from odatabatch.reader import Reader

CONTENT_TYPE = "multipart/mixed; boundary=b"
PART = b"Content-Type: application/http\r\n\r\n"
GET = b"--b\r\n" + PART + b"GET a HTTP/1.1\r\n\r\n\r\n"
CHANGESET = b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
PUT = b"--c\r\n" + PART + b"PUT b HTTP/1.1\r\n\r\nbody\r\n"
ODD = b"--c\r\n" + PART + b"PUT b HTTP/1.0\r\n\r\nbody\r\n"  # the fast path leaves it alone
BOM = b"\xef\xbb\xbf"


def read(
    chunks: Iterable[bytes], limits: Limits = Limits(), tolerate: Iterable[Oddity] = ()
) -> list[Any]:
    """The events of some chunks."""
    decoder = RequestDecoder(CONTENT_TYPE, tolerate, limits)
    events: list[Any] = []
    for chunk in chunks:
        decoder.receive_data(chunk)
        events += decoder.events()
    decoder.receive_eof()
    return [*events, *decoder.events()]


def refused(
    chunks: Iterable[bytes], limits: Limits = Limits(), tolerate: Iterable[Oddity] = ()
) -> tuple[str, int | None, str | None]:
    """Code, offset and part of the error that they raise."""
    with pytest.raises(DecodeError) as caught:
        read(chunks, limits, tolerate)
    error = caught.value
    return error.code, error.offset, error.part


def singly(body: bytes) -> list[bytes]:
    """A body, one byte a chunk."""
    return [body[at : at + 1] for at in range(len(body))]


def kinds(events: list[Any]) -> list[type]:
    """What the events are."""
    return [type(event) for event in events]


class TestChangesets:
    """OData 4.01 §11.7.7.1: where one begins and ends."""

    @pytest.mark.parametrize("one", [PUT, ODD])
    def test_count_begins_anew(self, one: bytes) -> None:
        """Each changeset may have as many operations as the bound says."""
        limits = Limits(max_changeset_operations=2)
        tolerate = {Oddity.OTHER_VERSION}
        two = CHANGESET + one * 2 + b"--c--\r\n"
        assert kinds(read([two + two + b"--b--"], limits, tolerate))[-1] is BatchEnd
        three = CHANGESET + one * 3 + b"--c--\r\n"
        at = len(two) + len(CHANGESET + one * 2 + b"--c\r\n")
        told = "max_changeset_operations", at, "batch[1]/changeset[2]"
        assert refused([two + three + b"--b--"], limits, tolerate) == told

    def test_unclosed(self) -> None:
        """A changeset that the batch's delimiter ends is at fault itself, not its operation."""
        body = CHANGESET + ODD + b"--b\r\n" + PART + b"GET a HTTP/1.1\r\n\r\n\r\n--b--"
        offset = len(CHANGESET + ODD)
        met = {Oddity.OTHER_VERSION}
        assert refused([body], tolerate=met) == ("missing_inner_close", offset, "batch[0]")
        met |= {Oddity.MISSING_INNER_CLOSE}
        events = read([body], tolerate=met)
        assert kinds(events) == [ChangesetStart, Operation, ChangesetEnd, Operation, BatchEnd]
        assert events[-1].oddities[-1].first_offset == offset

    @pytest.mark.parametrize("inner", [b"c", b"a_much_longer_boundary"])
    def test_delimiters_at_the_very_end(self, inner: bytes) -> None:
        """A delimiter at the end of input is found, however long the other boundary is."""
        changeset = (CHANGESET + PUT).replace(b"=c", b"=" + inner).replace(b"--c", b"--" + inner)
        ends = {Oddity.MISSING_CLOSE_DELIMITER, Oddity.MISSING_INNER_CLOSE}
        for outer in (b"b", b"another_long_boundary"):
            begun = changeset.replace(b"--b", b"--" + outer)
            for close in (b"--" + inner + b"--", b"--" + outer + b"--"):
                for chunks in ([begun + close], singly(begun + close)):
                    decoder = RequestDecoder("multipart/mixed; boundary=" + outer.decode(), ends)
                    for chunk in chunks:
                        decoder.receive_data(chunk)
                    decoder.receive_eof()
                    operation = list(decoder.events())[1]
                    assert operation.body == b"body"

    def test_longer_delimiter_at_the_start_of_a_chunk(self) -> None:
        """Where one boundary ends with the other's delimiter, and chunks part the two."""
        head = b"--b\r\nContent-Type: multipart/mixed; boundary=a--bc\r\n\r\n"
        rest = b"c\r\n" + PART + b"PUT b HTTP/1.1\r\n\r\nbody\r\n--a--bc--\r\n--b--\r\n"
        for chunks in ([head, b"--a--b", rest], [head, b"--a--", b"b", rest]):
            assert kinds(read(chunks)) == [ChangesetStart, Operation, ChangesetEnd, BatchEnd]

    def test_bound_before_what_may_be_a_delimiter(self) -> None:
        """A bound is held although a longer delimiter may have begun."""
        head = b"--b\r\nContent-Type: multipart/mixed; boundary=a--bc\r\n\r\n--a--bc\r\n" + PART
        decoder = RequestDecoder(CONTENT_TYPE, limits=Limits(max_part_bytes=100))
        decoder.receive_data(head + b"PUT b HTTP/1.1\r\n\r\n" + b"x" * 200 + b"\r\n--a--b")
        with pytest.raises(DecodeError) as caught:
            list(decoder.events())
        assert caught.value.code == "max_part_bytes"

    @pytest.mark.parametrize("cut", [0, 10, 120, 150])
    def test_stated_length(self, cut: int) -> None:
        """The part of a changeset has as many bytes as its Content-Length says, epilogue and all.

        The CRLF before the batch's delimiter is the delimiter's (RFC 2046 §5.1.1).
        """
        inside = PUT + b"--c--\r\nepilogue"
        before = b"--b\r\nContent-Length: %d\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
        for stated in (len(inside), len(inside) + 1, 0):
            head = before % stated
            body = head + inside + b"\r\n--b--\r\n"
            if stated == len(inside):
                assert kinds(read([body[:cut], body[cut:]]))[-1] is BatchEnd
            else:
                told = refused([body[:cut], body[cut:]])
                assert told == ("content_length_mismatch", len(head), "batch[0]")

    def test_stated_length_of_nothing(self) -> None:
        """A changeset whose first line is the batch's delimiter has no content at all."""
        head = b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\nContent-Length: 0\r\n\r\n"
        body = head + b"--b--\r\n"
        tolerate = {Oddity.MISSING_INNER_CLOSE}
        assert kinds(read([body], tolerate=tolerate)) == [ChangesetStart, ChangesetEnd, BatchEnd]


class TestFiller:
    """Preambles and epilogues: no meaning, but a bound that all of them share."""

    def test_none_costs_nothing(self) -> None:
        """With a bound of nothing there may be changesets without any."""
        limits = Limits(max_preamble_bytes=0, max_epilogue_bytes=0)
        body = (CHANGESET + PUT + b"--c--\r\n") * 3 + b"--b--"
        for chunks in ([body], singly(body)):
            assert kinds(read(chunks, limits)).count(ChangesetEnd) == 3

    @pytest.mark.parametrize("size", [1, 3, 4, 1000])
    def test_preambles_share(self, size: int) -> None:
        """What the batch's preamble took is left to none of a changeset."""
        body = b"1234\r\n" + CHANGESET + b"5678\r\n" + PUT + b"--c--\r\n" + CHANGESET
        body += b"90\r\n" + PUT + b"--c--\r\n--b--"
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        assert kinds(read(chunks, Limits(max_preamble_bytes=10)))[-1] is BatchEnd
        at = body.index(b"90\r\n") + 1
        for most in (9, 8):
            told = refused(chunks, Limits(max_preamble_bytes=most))
            assert told == ("max_preamble_bytes", at + most - 9, "batch[1]")

    @pytest.mark.parametrize("size", [1, 3, 4, 1000])
    def test_epilogues_share(self, size: int) -> None:
        """So it is with epilogues; the batch's may come in chunks."""
        body = (CHANGESET + PUT + b"--c--\r\n123\r\n") * 2 + b"--b--\r\n789012"
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        assert kinds(read(chunks, Limits(max_epilogue_bytes=12)))[-1] is BatchEnd
        code, offset, _ = refused(chunks, Limits(max_epilogue_bytes=11))
        assert (code, offset) == ("max_epilogue_bytes", len(body) - 1)
        assert refused(chunks, Limits(max_epilogue_bytes=5))[0] == "max_epilogue_bytes"

    def test_byte_order_mark(self) -> None:
        """In an epilogue it may stand before the batch's delimiter, as in a preamble."""
        body = CHANGESET + PUT + b"--c--\r\n" + BOM + b"--b--"
        tolerate = {Oddity.BYTE_ORDER_MARK}
        for chunks in ([body], singly(body)):
            (met,) = read(chunks, tolerate=tolerate)[-1].oddities
            assert (met.kind, met.first_offset) == (Oddity.BYTE_ORDER_MARK, body.index(BOM))


class TestHeads:
    """Part headers and messages' heads."""

    def test_bare_line_feeds(self) -> None:
        """That of a part's blank line is met where it stands."""
        body = GET + b"--b\r\nContent-Type: application/http\r\n\nGET a HTTP/1.1\r\n\r\n\r\n--b--"
        offset = body.index(b"\n\n") + 1
        for chunks in ([body], singly(body)):
            assert refused(chunks) == ("bare_lf", offset, "batch[1]")
            (met,) = read(chunks, tolerate={Oddity.BARE_LF})[-1].oddities
            assert (met.kind, met.first_offset, met.count) == (Oddity.BARE_LF, offset, 1)

    @pytest.mark.parametrize("end", [b"", b"\r", b"\r\n"])
    def test_input_that_ends_in_a_head(self, end: bytes) -> None:
        """A line that has not ended is read as far as it came, where that is tolerated."""
        body = b"--b\r\n" + PART + b"GET a HTTP/1.1\r\nA: b" + end
        tolerate = {Oddity.MISSING_CLOSE_DELIMITER, Oddity.MISSING_BLANK_LINE, Oddity.BARE_LF}
        code, offset, part = refused([body])
        assert (code, offset, part) == ("missing_close_delimiter", len(body), "batch[0]")
        if end != b"\r":
            operation, _ = read([body], tolerate=tolerate)
            assert operation.headers.items() == (("A", "b"),)

    @pytest.mark.parametrize("within", ["head", "body"])
    @pytest.mark.parametrize("before", [b"", GET])
    def test_part_bytes(self, within: str, before: bytes) -> None:
        """Its header section counts, and its message's head."""
        head = PART + b"PUT a HTTP/1.0\r\nA: b\r\n\r\n"
        body = before + b"--b\r\n" + head + b"body\r\n--b--\r\n"
        start = len(before + b"--b\r\n")
        most = len(head) - 3 if within == "head" else len(head + b"body") - 1
        tolerate = {Oddity.OTHER_VERSION}
        for chunks in ([body], singly(body)):
            assert kinds(read(chunks, Limits(max_part_bytes=len(head) + 4), tolerate))[-1]
            told = refused(chunks, Limits(max_part_bytes=most), tolerate)
            assert told == ("max_part_bytes", start + most, "batch[1]" if before else "batch[0]")

    def test_no_content_type(self) -> None:
        """Where it is tolerated, a part that does not say what it holds is taken for a message."""
        body = b"--b\r\nA: b\r\n\r\nGET a HTTP/1.1\r\n\r\n\r\n--b--\r\n"
        assert refused([body])[0] == "missing_content_type"
        operation, _ = read([body], tolerate={Oddity.MISSING_CONTENT_TYPE})
        assert operation == Operation("GET", "a", part_headers=Headers([("A", "b")]))

    @pytest.mark.parametrize("encoding", ["7bit", "8bit", "binary", "8BIT"])
    def test_encodings(self, encoding: str) -> None:
        """RFC 2045 §6.4: they leave a part as it is; others do not."""
        for value in (encoding, f"x-{encoding}"):
            field = f"Content-Transfer-Encoding: {value}\r\n".encode()
            body = GET.replace(PART, field + PART) + b"--b--\r\n"
            if value == encoding:
                assert kinds(read([body])) == [Operation, BatchEnd]
            else:
                assert refused([body])[0] == "content_transfer_encoding"

    def test_delimiter_without_a_line_end_in_a_head(self) -> None:
        """At the end of input it ends the head, as any delimiter does."""
        body = b"--b\r\n" + PART + b"GET a HTTP/1.1\r\n--b--"
        for chunks in ([body], singly(body)):
            operation, _ = read(chunks, tolerate={Oddity.MISSING_BLANK_LINE})
            assert operation.target == "a"

    def test_input_that_ends_before_or_in_a_start_line(self) -> None:
        """There is a message, or there is none."""
        tolerate = {Oddity.MISSING_CLOSE_DELIMITER, Oddity.MISSING_BLANK_LINE}
        begun = b"--b\r\n" + PART
        for chunks in ([begun], singly(begun)):
            assert refused(chunks, tolerate=tolerate)[0] == "empty_part"
        for chunks in ([begun + b"GET a HTTP/1.1"], singly(begun + b"GET a HTTP/1.1")):
            assert read(chunks, tolerate=tolerate)[0].target == "a"

    def test_part_bytes_of_a_head_that_does_not_end(self) -> None:
        """Up to the line end before the delimiter, which is not the part's."""
        part = PART + b"GET a HTTP/1.1"
        body = b"--b\r\n" + part + b"\r\n--b--\r\n"
        tolerate = {Oddity.MISSING_BLANK_LINE}
        for chunks in ([body], singly(body)):
            assert len(read(chunks, Limits(max_part_bytes=len(part)), tolerate)) == 2
            told = refused(chunks, Limits(max_part_bytes=len(part) - 1), tolerate)
            assert told == ("max_part_bytes", 5 + len(part) - 1, "batch[0]")

    def test_empty_part(self) -> None:
        """A part without a message is refused where the message should begin."""
        for blank in (b"", b"\r\n", b"\r\n\r\n"):
            body = GET + b"--b\r\n" + PART + blank + b"--b--\r\n"
            code, offset, part = refused([body], tolerate={Oddity.LEADING_BLANK_LINES})
            assert (code, part) == ("empty_part", "batch[1]")
            assert offset == len(GET + b"--b\r\n" + PART + blank)


class TestShortWays:
    """Parts that are usual are read at once; what would only be slower is told by counting."""

    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """A list that grows with each part whose header section is read line by line."""
        slowly: list[int] = []
        open_part: Any = Reader._open_part

        def counted(self: Any, section: Any, end: int) -> None:
            slowly.append(end)
            open_part(self, section, end)

        monkeypatch.setattr(Reader, "_open_part", counted)
        return slowly

    def test_usual_parts(self, opened: list[int]) -> None:
        """A hundred in one buffer, or in some large chunks."""
        body = GET * 100 + CHANGESET + PUT * 100 + b"--c--\r\n" + GET * 100 + b"--b--\r\n"
        decode_request(body, CONTENT_TYPE)
        assert len(opened) <= 1  # the first
        size = len(body) // 10
        opened.clear()
        read([body[at : at + size] for at in range(0, len(body), size)])
        assert len(opened) <= 11  # and each that a chunk cut

    def test_stated_length(self, opened: list[int]) -> None:
        """A changeset that states its length is read with care, and what follows it is not."""
        inside = PUT * 10 + b"--c--"
        head = b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\nContent-Length: %d\r\n\r\n"
        body = head % len(inside) + inside + b"\r\n" + GET * 10 + b"--b--\r\n"
        events = read([body])
        assert kinds(events).count(Operation) == 20
        assert len(opened) == 11

    def test_odd_parts(self, opened: list[int]) -> None:
        """After one that is odd the rest is read at once again."""
        odd = GET.replace(b"HTTP/1.1", b"HTTP/1.0")
        read([GET * 10 + odd + GET * 10 + b"--b--\r\n"], tolerate={Oddity.OTHER_VERSION})
        assert len(opened) == 1

    def test_odd_parts_of_a_changeset(self, opened: list[int]) -> None:
        """So it is within a changeset."""
        body = CHANGESET + PUT * 10 + ODD + PUT * 10 + b"--c--\r\n--b--\r\n"
        read([body], tolerate={Oddity.OTHER_VERSION})
        assert len(opened) == 1

    def test_bodies_are_bytes(self) -> None:
        """Whatever the chunks."""
        body = GET + CHANGESET + PUT * 3 + b"--c--\r\n--b--\r\n"
        for size in (1, 7, 100, 1000):
            events = read([body[at : at + size] for at in range(0, len(body), size)])
            bodies = [event.body for event in events if isinstance(event, Operation)]
            assert bodies == [b"", b"body", b"body", b"body"]
            assert {type(it) for it in bodies} == {bytes}
