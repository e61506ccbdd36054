"""RFC 2046 §5.1: delimiter lines, found in a buffer that grows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import DecodeError, Limits, Oddity, Tolerance
from odatabatch.framing import Delimiter, Scanner, changeset_boundary

ALL = frozenset(Oddity)


def scanner(buffer: bytes, tolerate: Any = (), *, eof: bool = False, inner: bytes = b"") -> Scanner:
    """A scanner that has read the first delimiter of a CRLF message with the boundary b."""
    made = Scanner(b"b", Tolerance(tolerate), Limits())
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
