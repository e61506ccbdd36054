"""RFC 2046 §5.1: delimiter lines, found in a buffer that grows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import DecodeError, LimitError, Limits, Oddity, Tolerance
from odatabatch.framing import CRLF, Delimiter, Scanner, changeset_boundary

ALL = frozenset(Oddity)
PIECES = (
    b"x", b"-", b"--", b"\r", b"\n", b"\r\n", b" ", b"--b", b"--c", b"--bc", b"--a--b", b"a",
    b"\xef\xbb\xbf",
)  # fmt: skip


def scanner(
    buffer: bytes,
    tolerate: Any = (),
    *,
    eof: bool = False,
    inner: bytes = b"",
    outer: bytes = b"b",
) -> Scanner:
    """A scanner that has read the first delimiter of a CRLF message, with the boundary b."""
    made = Scanner(outer, Tolerance(tolerate), Limits())
    made.limit("max_part_bytes", 0, 1 << 30)
    made.first = False
    made.buffer, made.eof = buffer, eof
    if inner:
        made.open(inner)
    return made


def found(buffer: bytes, tolerate: Any = (), **options: Any) -> tuple[bytes, bytes] | None:
    """The content before the first delimiter line, and the line; None where there is none."""
    delimiter = scanner(buffer, tolerate, **options).next_delimiter(0)
    if delimiter is None:
        return None
    return buffer[: max(delimiter.content_end, 0)], buffer[delimiter.start : delimiter.end]


class TestDelimiterLine:
    """§5.1.1: CRLF, two dashes, the boundary, padding, CRLF."""

    @pytest.mark.parametrize(
        ("buffer", "content", "line"),
        [
            (b"x\r\n--b\r\n", b"x", b"--b\r\n"),
            (b"x\r\n--b--\r\n", b"x", b"--b--\r\n"),
            (b"x\r\n--b \t \r\ny", b"x", b"--b \t \r\n"),
            (b"x\r\n--b--\t\r\ny", b"x", b"--b--\t\r\n"),
            (b"\r\n--b\r\n", b"", b"--b\r\n"),
            (b"--b\r\n", b"", b"--b\r\n"),
            (b"x\r\n\r\n--b\r\n", b"x\r\n", b"--b\r\n"),
            (b"x\r\r\n--b\r\n", b"x\r", b"--b\r\n"),
            (b"x\n\r\n--b\r\n", b"x\n", b"--b\r\n"),
            (b"--\r\n--b\r\n", b"--", b"--b\r\n"),
            (b"x--b\r\n\r\n--b\r\n", b"x--b\r\n", b"--b\r\n"),
            (b"\n--b\r\n\r\n--b\r\n", b"\n--b\r\n", b"--b\r\n"),
            (b"\r--b\r\n\r\n--b\r\n", b"\r--b\r\n", b"--b\r\n"),
            (b"\r\n--B\r\n\r\n--b\r\n", b"\r\n--B\r\n", b"--b\r\n"),
            (b"\r\n---b\r\n\r\n--b\r\n", b"\r\n---b\r\n", b"--b\r\n"),
            (b"\r\n --b\r\n\r\n--b\r\n", b"\r\n --b\r\n", b"--b\r\n"),
        ],
    )
    def test_found(self, buffer: bytes, content: bytes, line: bytes) -> None:
        """It begins a line, and its line end belongs to it."""
        assert found(buffer) == (content, line)
        assert found(buffer, eof=True) == (content, line)

    @pytest.mark.parametrize(
        "buffer",
        [b"", b"x", b"x\r\n", b"x\r\n--", b"x\r\n--b", b"x\r\n--b\r", b"x\r\n--b--", b"--b "],
    )
    def test_not_yet(self, buffer: bytes) -> None:
        """Until its line has ended, it is not known to be one."""
        assert found(buffer) is None

    @pytest.mark.parametrize("end", [b"", b" ", b" \t"])
    def test_at_the_end(self, end: bytes) -> None:
        """The end of the input ends its line."""
        assert found(b"x\r\n--b--" + end, eof=True) == (b"x", b"--b--" + end)
        assert found(b"x\r\n--b" + end + b"\r", eof=True) == (b"x", b"--b" + end + b"\r")

    @pytest.mark.parametrize("cut", [b"--b-", b"--b--\r", b"--b-- \r"])
    def test_cut_close_delimiter(self, cut: bytes) -> None:
        """A close-delimiter that the end of the input cuts is a missing one."""
        assert_refused(b"x\r\n" + cut, "missing_close_delimiter", 3 + len(cut), eof=True)

    @pytest.mark.parametrize("cut", [b"--b- ", b"--b-\r", b"--b-\t\r"])
    def test_cut_prefix_line(self, cut: bytes) -> None:
        """What is the beginning of no close-delimiter is none."""
        assert_refused(b"x\r\n" + cut, "delimiter_prefix_line", 6, eof=True)

    @pytest.mark.parametrize(
        "line", [b"--bx\r\n", b"--b x\r\n", b"--b-\r\n", b"--b--x\r\n", b"--b\rx"]
    )
    def test_prefix_line(self, line: bytes) -> None:
        """A line that begins with it and goes on: an error, or content where that is tolerated."""
        assert_refused(b"x\r\n" + line, "delimiter_prefix_line", 6)
        content = b"x\r\n" + line
        got = found(content + b"\r\n--b\r\n", {Oddity.DELIMITER_PREFIX_LINE})
        assert got == (content, b"--b\r\n")

    def test_extra_dashes(self) -> None:
        """OData's own example has three."""
        assert_refused(b"x\r\n--b---\r\n", "extra_close_dashes", 6)
        assert found(b"x\r\n--b----\r\n", {"extra_close_dashes"}) == (b"x", b"--b----\r\n")

    def test_bare_line_feed(self) -> None:
        """Where the delimiter's own line ends with LF alone."""
        assert_refused(b"x\r\n--b\n", "bare_lf", 6)
        assert found(b"x\r\n--b\n", {"bare_lf"}) == (b"x", b"--b\n")

    def test_cut_prefix_line_is_content(self) -> None:
        """Where that is tolerated, there is no delimiter."""
        assert found(b"x\r\n--b- ", ALL, eof=True) is None

    @pytest.mark.parametrize(
        ("buffer", "start", "expected"),
        [
            # The line end before it is its own; the content may begin behind that.
            (b"--b\r\n", 0, Delimiter(0, 0, 5, inner=False, close=False)),
            (b"\n--b\r\n\r", 1, Delimiter(0, 1, 6, inner=False, close=False)),
            (b"\r\n--b\r\n", 2, Delimiter(0, 2, 7, inner=False, close=False)),
            (b"x\n--b\r\n", 2, Delimiter(1, 2, 7, inner=False, close=False)),
            (b"x\r\n--b--\r\n", 0, Delimiter(1, 3, 10, inner=False, close=True)),
        ],
    )
    def test_places(self, buffer: bytes, start: int, expected: Delimiter) -> None:
        """Where it stands, wherever the content before it begins."""
        assert scanner(buffer).next_delimiter(start) == expected

    @given(st.binary(max_size=60).filter(lambda data: b"--b" not in data))
    def test_any_content(self, content: bytes) -> None:
        """Any bytes may stand before it."""
        assert found(content + b"\r\n--b\r\n") == (content, b"--b\r\n")


def assert_refused(buffer: bytes, code: str, offset: int, **options: Any) -> None:
    """It is refused, with that code at that offset."""
    with pytest.raises(DecodeError) as raised:
        found(buffer, **options)
    assert (raised.value.code, raised.value.offset) == (code, offset)


class TestTwoDepths:
    """§5.1.2: an outer delimiter ends every inner multipart."""

    @pytest.mark.parametrize(
        ("buffer", "inner", "expected"),
        [
            (b"x\r\n--c\r\n", b"c", Delimiter(1, 3, 8, inner=True, close=False)),
            (b"x\r\n--c--\r\n", b"c", Delimiter(1, 3, 10, inner=True, close=True)),
            (b"x\r\n--b\r\n--c\r\n", b"c", Delimiter(1, 3, 8, inner=False, close=False)),
            (b"x\r\n--c\r\n--b\r\n", b"c", Delimiter(1, 3, 8, inner=True, close=False)),
            (b"x\r\n--b--\r\n", b"c", Delimiter(1, 3, 10, inner=False, close=True)),
            (b"x\r\n--bc\r\n", b"bc", Delimiter(1, 3, 9, inner=True, close=False)),
            (b"x\r\n--b\r\n", b"bc", Delimiter(1, 3, 8, inner=False, close=False)),
        ],
    )
    def test_which(self, buffer: bytes, inner: bytes, expected: Delimiter) -> None:
        """The first line that is one, whichever; an inner boundary may extend the outer."""
        tolerate = {Oddity.DELIMITER_PREFIX_LINE}
        assert scanner(buffer, tolerate, inner=inner).next_delimiter(0) == expected

    @pytest.mark.parametrize(
        ("buffer", "outer", "inner", "expected"),
        [
            (b"--b\r\n--c\r\n", b"b", b"c", Delimiter(0, 0, 5, inner=False, close=False)),
            (b"--c\r\n--b\r\n", b"b", b"c", Delimiter(0, 0, 5, inner=True, close=False)),
            (b"x\r\n---b\r\n", b"b", b"-b", Delimiter(1, 3, 9, inner=True, close=False)),
            (b"x\r\n---c\r\n", b"-c", b"c", Delimiter(1, 3, 9, inner=False, close=False)),
            (b"x\r\n--a--b\r\n", b"b", b"a--b", Delimiter(1, 3, 11, inner=True, close=False)),
            (b"x\r\n--a--b\r\n", b"a--b", b"b", Delimiter(1, 3, 11, inner=False, close=False)),
            (b"x\r\n--a--bc\r\n", b"b", b"a--bc", Delimiter(1, 3, 12, inner=True, close=False)),
            (b"x\r\n--a--bc\r\n", b"a--bc", b"b", Delimiter(1, 3, 12, inner=False, close=False)),
            (b"x\r\n---bc\r\n", b"b", b"-bc", Delimiter(1, 3, 10, inner=True, close=False)),
        ],
    )
    def test_one_in_the_other(
        self, buffer: bytes, outer: bytes, inner: bytes, expected: Delimiter
    ) -> None:
        """A boundary may hold the other's delimiter: the line begins with one of them."""
        for cut in range(len(buffer) + 1):
            made = scanner(buffer[:cut], inner=inner, outer=outer)
            early = made.next_delimiter(0)
            made.buffer = buffer
            assert (early or made.next_delimiter(0)) == expected

    def test_prefix_of_the_other(self) -> None:
        """While a line may still become the longer one, it is not known to be the shorter."""
        made = scanner(b"x\r\n--bcd", inner=b"bcdef")
        assert made.next_delimiter(0) is None
        made.buffer += b"ef\r\n"
        assert made.next_delimiter(0) == Delimiter(1, 3, 12, inner=True, close=False)

    def test_prefix_of_the_other_at_the_end(self) -> None:
        """At the end of the input it is the shorter."""
        made = scanner(b"x\r\n--b--", eof=True, inner=b"b--cdef")
        assert made.next_delimiter(0) == Delimiter(1, 3, 8, inner=False, close=True)

    def test_cut_close_delimiter(self) -> None:
        """A changeset's close-delimiter that the end of the input cuts."""
        made = scanner(b"x\r\n--c-", ALL, eof=True, inner=b"c")
        assert made.next_delimiter(0) == Delimiter(1, 3, 7, inner=True, close=True)

    def test_closed(self) -> None:
        """After the changeset its delimiter lines mean nothing."""
        made = scanner(b"x\r\n--c\r\n\r\n--b\r\n", inner=b"c")
        made.close()
        assert made.next_delimiter(0) == Delimiter(8, 10, 15, inner=False, close=False)


class TestFirst:
    """The first delimiter's line end is the message's, and decides how delimiters are found."""

    @pytest.mark.parametrize(
        ("buffer", "code", "offset"),
        [
            (b"\n--b\r\n", "bare_lf", 0),
            (b"x\n--b\r\n", "bare_lf", 1),
            (b"\xef\xbb\xbf--b\r\n", "byte_order_mark", 0),
            (b"x\r\n\xef\xbb\xbf--b\r\n", "byte_order_mark", 3),
            (b"\n--b\r\n\r", "bare_lf", 0),
        ],
    )
    def test_preamble(self, buffer: bytes, code: str, offset: int) -> None:
        """What stands right before it, in its preamble, is an error, or tolerated by name."""
        with pytest.raises(DecodeError) as raised:
            scanner(buffer).next_delimiter(0, ignored=True)
        assert (raised.value.code, raised.value.offset) == (code, offset)
        made = scanner(buffer, {code})
        delimiter = made.next_delimiter(0, ignored=True)
        assert delimiter is not None
        assert buffer[delimiter.start : delimiter.end] == b"--b\r\n"
        assert delimiter.content_end == offset  # what is tolerated is none of the content

    def test_later_line_feed(self) -> None:
        """How a later delimiter ends decides nothing."""
        made = scanner(b"--b\r\nx\r\n--b\n", {"bare_lf"})
        made.first = True
        first = made.next_delimiter(0, ignored=True)
        assert first is not None
        assert made.next_delimiter(first.end) is not None
        assert (made.first, made.line_end) == (False, CRLF)

    def test_line_feeds(self) -> None:
        """In an LF message CR is content, and delimiters follow LF."""
        made = scanner(b"--b\nx\r\n--b\n", {"bare_lf"})
        made.first = True
        first = made.next_delimiter(0, ignored=True)
        assert first is not None
        assert made.line_end == b"\n"
        second = made.next_delimiter(first.end)
        assert second is not None
        assert made.buffer[first.end : second.content_end] == b"x\r"


class TestGrowing:
    """The buffer grows, and its beginning is let go of."""

    def test_positions(self) -> None:
        """They count from what is left: delimiters, the bound, and what is settled."""
        made = scanner(b"four--b\r\nx\r\n--b\r\n")
        made.limit("max_part_bytes", 0, 10)
        made.shift(4)
        assert made.next_delimiter(0) == Delimiter(0, 0, 5, inner=False, close=False)
        made.check_bound(6)
        with pytest.raises(LimitError) as raised:
            made.check_bound(7)
        assert raised.value.offset == 10
        made.limit("max_part_bytes", 0, 1 << 30)
        assert made.next_delimiter(5) == Delimiter(6, 8, 13, inner=False, close=False)

    @pytest.mark.parametrize(
        ("buffer", "start", "begins"),
        [
            (b"x" * 20, 0, 18),
            (b"x" * 18 + b"--", 0, 18),
            (b"xx\r\n--b", 0, 4),
            (b"xx\r\n--b--b", 6, 8),
            (b"xxx\r\n--b", 5, 5),
            (b"x--bx", 0, 3),
        ],
    )
    def test_settled(self, buffer: bytes, start: int, begins: int) -> None:
        """All is content up to where a delimiter may begin, with a byte order mark before it."""
        made = scanner(buffer)
        assert made.next_delimiter(start) is None
        assert made.settled == begins - len(b"\xef\xbb\xbf")

    def test_padding_in_two(self) -> None:
        """Dashes after padding are none of a close-delimiter, wherever the line is cut."""
        for cut in (b"x\r\n--b ", b"x\r\n--b-- "):
            made = scanner(cut)
            assert made.next_delimiter(0) is None
            made.buffer += b"--\r\n"
            with pytest.raises(DecodeError) as raised:
                made.next_delimiter(0)
            assert (raised.value.code, raised.value.offset) == ("delimiter_prefix_line", 6)

    @given(
        st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join),
        st.sets(st.integers(1, 60)),
        st.sampled_from(
            ((b"b", b"c"), (b"b", b"a--b"), (b"a--b", b"b"), (b"-b", b"b"), (b"b", b"bc"))
        ),
        st.sampled_from(((), ALL)),
        st.booleans(),
    )
    def test_cuts(
        self,
        data: bytes,
        cuts: set[int],
        boundaries: tuple[bytes, bytes],
        tolerate: Any,
        ignored: bool,
    ) -> None:
        """Cut anywhere, and with what is settled let go of, the same delimiters and errors."""
        places = [0, *sorted(it for it in cuts if it < len(data)), len(data)]
        chunks = [data[it:end] for it, end in pairwise(places)]
        whole = all_delimiters([data], boundaries, tolerate, ignored)
        assert all_delimiters(chunks, boundaries, tolerate, ignored) == whole


def all_delimiters(
    chunks: list[bytes], boundaries: tuple[bytes, bytes], tolerate: Any, ignored: bool
) -> tuple[list[Any], Any]:
    """The delimiters in some chunks, at their offsets, and the error; then the oddities."""
    tolerance = Tolerance(tolerate)
    made = Scanner(boundaries[0], tolerance, Limits())
    made.open(boundaries[1])
    made.limit("max_part_bytes", 0, 1 << 30)
    given_: list[Any] = []
    start = 0
    try:
        for left, chunk in zip(reversed(range(len(chunks))), chunks, strict=True):
            made.buffer += chunk
            made.eof = left == 0
            while (it := made.next_delimiter(start, ignored=ignored)) is not None:
                at = made.base
                given_.append((at + it.content_end, at + it.start, at + it.end, it.inner, it.close))
                start = it.end
            dropped = max(start - len(CRLF), made.settled - 1, 0)
            made.shift(dropped)
            start -= dropped
    except DecodeError as error:
        given_.append((error.code, error.offset))
    return given_, tolerance.met


class TestSectionLine:
    """A line of a header section that is a delimiter ends the section (§5.1.1)."""

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            (b"--b\r\n", Delimiter(4, 6, 11, inner=False, close=False)),
            (b"--c--\r\n", Delimiter(4, 6, 13, inner=True, close=True)),
            (b"B: --b\r\n", None),
            (b"--d\r\n", None),
        ],
    )
    def test_which(self, line: bytes, expected: Delimiter | None) -> None:
        """The line at that index, and no other."""
        assert scanner(b"A: b\r\n" + line, inner=b"c").delimiter_at(6, 0) == expected

    def test_prefix_line(self) -> None:
        """One that begins with it and goes on is none, where that is tolerated."""
        buffer = b"A: b\r\n--b-\r\n"
        with pytest.raises(DecodeError) as raised:
            scanner(buffer).delimiter_at(6, 0)
        assert (raised.value.code, raised.value.offset) == ("delimiter_prefix_line", 9)
        assert scanner(buffer, ALL).delimiter_at(6, 0) is None

    def test_after_line_feed(self) -> None:
        """After a bare LF a delimiter of a CRLF message does not begin, whatever follows it."""
        assert scanner(b"A: b\n--b\r\n").delimiter_at(5, 0) is None
        assert scanner(b"A: b\n--b-\r\n").delimiter_at(5, 0) is None


class TestChangesetBoundary:
    """OData 4.01 §11.7.7.1: a part is an operation or a changeset."""

    @pytest.mark.parametrize(
        ("value", "boundary"),
        [
            ("application/http", None),
            ("Application/HTTP; msgtype=request", None),
            ("application/http; boundary=c", None),
            ("multipart/mixed; boundary=c", b"c"),
            ('Multipart/Mixed;charset=utf-8;Boundary="c d"', b"c d"),
        ],
    )
    def test_accepted(self, value: str, boundary: bytes | None) -> None:
        """Media types are parsed, not compared."""
        assert changeset_boundary(value, b"b", 7, Tolerance(())) == boundary

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            ("text/plain", "unexpected_part_type"),
            ("multipart/related; boundary=c", "unexpected_part_type"),
            ("multipart", "invalid_media_type"),
            ("multipart/mixed", "missing_boundary"),
            ("multipart/mixed; boundary=b", "repeated_boundary_value"),
            ("multipart/mixed; boundary=bc", "delimiter_prefix_line"),
            ("multipart/mixed; boundary=(c)", "unquoted_boundary"),
        ],
    )
    def test_refused(self, value: str, code: str) -> None:
        """Another type, or a boundary that cannot be told from the batch's."""
        with pytest.raises(DecodeError) as raised:
            changeset_boundary(value, b"b", 7, Tolerance(()))
        assert (raised.value.code, raised.value.offset) == (code, 7)

    def test_refused_beside_dashes(self) -> None:
        """One whose close-delimiter is the delimiter of the batch."""
        with pytest.raises(DecodeError) as raised:
            changeset_boundary("multipart/mixed; boundary=b", b"b--", 7, Tolerance(Oddity))
        assert (raised.value.code, raised.value.offset) == ("repeated_boundary_value", 7)
