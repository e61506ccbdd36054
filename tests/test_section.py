"""Header sections that arrive bit by bit; what passes a bound is among the fixtures (``max-*``)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import LimitError, Limits
from odatabatch.section import SectionScan, is_blank, limit_error


def lines_of(buffer: bytes, limits: Limits = Limits(), *, plain: bool = False) -> list[bytes]:
    """The lines before the first blank one, as a reader finds them."""
    scan = SectionScan(0, limits, start_line=False)
    if plain:
        scan.pass_plain_lines(buffer)
    lines = [buffer[: scan.line]] if scan.line else []
    while (end := scan.line_end(buffer, 0, eof=False)) is not None:
        if is_blank(buffer, scan.line, end):
            break
        lines.append(buffer[scan.line : end])
        scan.pass_line(end, 0)
    return lines


class TestLines:
    """A line ends with LF; a blank one has nothing before it but CR."""

    @pytest.mark.parametrize(
        ("line", "blank"),
        [(b"\r\n", True), (b"\n", True), (b"a\n", False), (b" \r\n", False), (b"\r", False)],
    )
    def test_blank(self, line: bytes, blank: bool) -> None:
        """Blank, or not."""
        assert is_blank(b"x" + line, 1, 1 + len(line)) is blank

    @given(st.lists(st.sampled_from((b"a: b\r\n", b"c\n", b"--d\r\n", b"\r\r\n", b" e\r\n"))))
    def test_plain_lines(self, lines: list[bytes]) -> None:
        """Lines that are passed at once are those that are passed one by one."""
        buffer = b"".join(lines) + b"\r\nrest\r\n"
        assert b"".join(lines_of(buffer, plain=True)) == b"".join(lines_of(buffer))

    @given(
        st.lists(st.sampled_from((b"a: b\r\n", b"cc: dd\r\n")), max_size=5),
        st.integers(0, 30),
        st.integers(0, 5),
        st.integers(0, 40),
    )
    def test_bounds(self, lines: list[bytes], line: int, count: int, section: int) -> None:
        """Whether at once or one by one, they pass the same bounds."""
        limits = Limits(max_header_line_bytes=line, max_headers=count, max_header_bytes=section)
        buffer = b"".join(lines) + b"\r\n"
        outcomes = []
        for plain in (False, True):
            try:
                outcomes.append(str(b"".join(lines_of(buffer, limits, plain=plain))))
            except LimitError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]

    def test_at_once(self) -> None:
        """Plain lines are passed at once, up to the bound of one line; that is tried once."""
        buffer = b"a: b\r\nc: d\r\n\r\n"
        for limits, passed in (
            (Limits(), 12),
            (Limits(max_header_line_bytes=14), 12),
            (Limits(max_header_line_bytes=13), 0),
            (Limits(max_start_line_bytes=14), 12),
            (Limits(max_start_line_bytes=13), 0),
            (Limits(max_headers=5), 12),
            (Limits(max_headers=4), 0),
        ):
            scan = SectionScan(0, limits, start_line=True)
            scan.pass_plain_lines(buffer)
            assert (scan.start, scan.line) == (0, passed)
        scan = SectionScan(0, Limits(), start_line=True)
        scan.pass_plain_lines(buffer[:-2])
        scan.pass_plain_lines(buffer)
        assert scan.line == 0

    @pytest.mark.parametrize("line", [b"--b\r\n", b"--b--\r\n", b"--: c\r\n"])
    @pytest.mark.parametrize("before", [b"", b"a: b\r\n"])
    def test_what_may_be_a_delimiter(self, line: bytes, before: bytes) -> None:
        """A line that begins with two dashes is looked at, wherever it stands."""
        scan = SectionScan(0, Limits(), start_line=False)
        scan.pass_plain_lines(before + line + b"c: d\r\n\r\n")
        assert scan.line == 0

    def test_searched_once(self) -> None:
        """What was passed at once is not searched again."""
        buffer = bytearray(b"a: b\r\n\r\n")
        scan = SectionScan(0, Limits(), start_line=True)
        scan.pass_plain_lines(buffer)
        buffer[2:3] = b"\n"  # as no caller would: it would be found
        assert scan.line_end(buffer, 0, eof=False) == len(buffer)

    @pytest.mark.parametrize(
        ("line", "section", "name"),
        [
            (3, 4, "max_header_line_bytes"),
            (4, 4, "max_header_line_bytes"),
            (5, 4, "max_header_bytes"),
        ],
    )
    def test_which_bound(self, line: int, section: int, name: str) -> None:
        """The nearer of two; of two at the same place the line's."""
        limits = Limits(max_header_line_bytes=line, max_header_bytes=section)
        with pytest.raises(LimitError) as caught:
            SectionScan(0, limits, start_line=False).line_end(b"abcdefg\r\n", 7, eof=False)
        assert (caught.value.code, caught.value.offset) == (name, 7 + min(line, section))

    def test_empty_first_line(self) -> None:
        """A line feed at the very start of the buffer ends a line."""
        assert SectionScan(0, Limits(), start_line=True).line_end(b"\nab", 0, eof=False) == 1

    def test_not_yet(self) -> None:
        """A line that has not ended is not known, and searched from where the search had got."""
        scan = SectionScan(1, Limits(), start_line=True)
        buffer = bytearray(b"xab")
        assert scan.line_end(buffer, 0, eof=False) is None
        assert scan.line_end(buffer, 0, eof=True) == 3
        buffer += b"c\nd"
        assert scan.line_end(buffer, 0, eof=False) == 5

    def test_shift(self) -> None:
        """What was dropped from the front of the buffer moves all positions."""
        scan = SectionScan(3, Limits(max_headers=1), start_line=False)
        assert scan.line_end(b"xyza\nb\n", 0, eof=False) == 5
        scan.pass_line(5, 0)
        scan.shift(3)
        assert (scan.start, scan.line) == (0, 2)
        assert scan.line_end(b"a\nb\n", 3, eof=False) == 4
        with pytest.raises(LimitError) as caught:
            scan.pass_line(4, 3)
        assert (caught.value.code, caught.value.offset) == ("max_headers", 5)


def test_limit_error() -> None:
    """It is named after its bound, and tells it."""
    error = limit_error("max_headers", Limits(max_headers=3), 7)
    assert (error.code, error.offset) == ("max_headers", 7)
    assert "3" in error.message
