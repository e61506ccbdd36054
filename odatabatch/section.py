"""Header sections that arrive bit by bit: their lines, found and held against the limits."""

from __future__ import annotations

import re

from odatabatch.errors import LimitError
from odatabatch.limits import Limits

_PLAIN_LINES = re.compile(rb"(?:(?!--)[^\r\n]++\r\n)++(?=\r\n)")


class SectionScan:
    """Finds the lines of one header section, as they arrive, and holds the limits over it.

    All positions are indexes into the caller's buffer; ``base`` is the offset of its first byte.
    """

    __slots__ = ("_fresh", "_limits", "_passed", "_scanned", "_start_line", "line", "start")

    def __init__(self, start: int, limits: Limits, *, start_line: bool) -> None:
        self.start = start
        self.line = start  # of the line that is being looked for
        self._passed = 0  # lines; those that were passed at once end the section
        self._scanned = start
        self._limits = limits
        self._start_line = start_line  # the next line is a start line, with a bound of its own
        self._fresh = True

    def pass_plain_lines(self, buffer: bytes | bytearray) -> None:
        """Pass all lines before the blank line at once, if nothing about them needs a look.

        That is tried once a section, and saves a tenth of a microsecond for each call that a line
        would cost. Lines that begin with two dashes may be delimiters; lines near a bound, or with
        bare line ends, are left to be looked at.
        """
        if not self._fresh:
            return
        self._fresh = False
        match = _PLAIN_LINES.match(buffer, self.line)
        limits = self._limits
        # The section's own bound is held when its blank line is looked at.
        least = min(
            limits.max_start_line_bytes,
            limits.max_header_line_bytes,
            limits.max_headers * len(b"a\r\n"),
        )
        if match is not None and match.end() - self.line + len(b"\r\n") <= least:
            self.line = self._scanned = match.end()

    def line_end(self, buffer: bytes | bytearray, base: int, eof: bool) -> int | None:
        """The index after the current line's LF, at the end of input after its last byte.

        None means that more data is needed.

        Raises:
            LimitError: max_start_line_bytes, max_header_line_bytes, max_header_bytes.
        """
        line_feed = buffer.find(b"\n", self._scanned)
        end = line_feed + 1 if line_feed >= 0 else len(buffer)
        self._scanned = end
        limits = self._limits
        name = "max_start_line_bytes" if self._start_line else "max_header_line_bytes"
        line_limit = self.line + getattr(limits, name)
        section_limit = self.start + limits.max_header_bytes
        if end > min(line_limit, section_limit):
            if line_limit > section_limit:
                name = "max_header_bytes"
            raise limit_error(name, limits, base + min(line_limit, section_limit))
        return end if line_feed >= 0 or eof else None

    def pass_line(self, end: int, base: int) -> None:
        """The current line belongs to the section; go on to the next.

        Raises:
            LimitError: max_headers.
        """
        if not self._start_line:
            self._count(base)
        self._start_line = False
        self.line = end

    def skip_line(self, end: int, base: int) -> None:
        """The current line is blank and stands before the section; start over after it.

        Raises:
            LimitError: max_headers.
        """
        self._count(base)
        self.start = self.line = end

    def _count(self, base: int) -> None:
        if self._passed == self._limits.max_headers:
            raise limit_error("max_headers", self._limits, base + self.line)
        self._passed += 1

    def shift(self, dropped: int) -> None:
        """The caller dropped that many bytes from the front of its buffer."""
        self.start -= dropped
        self.line -= dropped
        self._scanned -= dropped


def is_blank(buffer: bytes | bytearray, start: int, end: int) -> bool:
    """Whether a line, with its line end, is blank."""
    return end - start <= 2 and buffer[start:end] in (b"\r\n", b"\n")


def limit_error(name: str, limits: Limits, offset: int) -> LimitError:
    """The error for the bound of that name; its offset is the first byte beyond it."""
    message = f"expected at most {getattr(limits, name)} ({name}), got more"
    return LimitError(name, message, offset=offset)
