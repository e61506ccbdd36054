"""RFC 2046 multiparts at two depths: delimiter lines found in a buffer that grows.

The batch is the outer multipart, a changeset the inner one. The scanner knows nothing of what the
parts hold. Every byte is searched once for each open boundary, however the input is cut, but for
the last 72 of a chunk, which a boundary may begin in.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from odatabatch.errors import DecodeError
from odatabatch.limits import Limits
from odatabatch.media_type import boundary_of, read_media_type
from odatabatch.oddities import Oddity, Tolerance
from odatabatch.section import limit_error

CRLF = b"\r\n"
_CR, _LF = CRLF
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TAIL = re.compile(rb"-*+[ \t]*+")  # what may follow the boundary: dashes, transport padding
_PADDING = re.compile(rb"[ \t]*+")


class Delimiter(NamedTuple):
    """A delimiter line; indexes into the buffer."""

    content_end: int  # where its own line end begins: the content before it ends there
    start: int  # its first dash
    end: int  # after its line's end
    inner: bool  # of the changeset; else of the batch
    close: bool  # a close-delimiter


class _Verdict(NamedTuple):
    """What a line is that begins with an open delimiter."""

    end: int  # after its line end; -1 where it goes on and is content
    inner: bool
    close: bool
    oddity: Oddity | None = None  # what it is an instance of, to be accepted
    odd_at: int = 0


class _Needle:
    """One boundary that is searched for, and how far that has got."""

    __slots__ = ("at", "inner", "pattern", "searched", "tail")

    def __init__(self, boundary: bytes, *, inner: bool) -> None:
        self.pattern = b"--" + boundary
        self.inner = inner
        self.at = -1  # the occurrence that was found last
        self.searched = 0  # where none was found, nothing begins before this
        self.tail = 0  # the line of the candidate in hand was read up to here

    def next(self, buffer: bytes | bytearray, start: int, stop: int) -> int:
        """The index of the first occurrence that begins in ``start`` to ``stop``, or -1."""
        if self.at < max(start, 0):
            begin = max(start, self.searched)
            self.at = buffer.find(self.pattern, begin, stop + len(self.pattern) - 1)
            if self.at < 0:
                self.searched = max(begin, min(stop, len(buffer) - len(self.pattern) + 1))
        return self.at

    def shift(self, dropped: int) -> None:
        self.at = max(self.at - dropped, -1)
        self.searched = max(self.searched - dropped, 0)
        self.tail -= dropped


class Scanner:
    """Finds delimiter lines.

    Positions are indexes into ``buffer``, whose first byte stands at offset ``base`` of the input.

    Attributes:
        buffer: what has arrived and is still needed.
        base: offset of its first byte.
        eof: whether all has arrived.
        line_end: the message's, as its first delimiter line ended: CRLF, or LF where tolerated.
        first: whether no delimiter was found yet.
    """

    def __init__(self, boundary: bytes, tolerance: Tolerance, limits: Limits) -> None:
        self.buffer: bytes | bytearray = b""
        self.base = 0
        self.eof = False
        self.line_end = CRLF
        self.first = True  # no delimiter was found yet
        self.outer = _Needle(boundary, inner=False)
        self.inner: _Needle | None = None
        self._tolerance = tolerance
        self._limits = limits
        self._resume = 0  # candidates before this were judged
        self._bound = 0
        self._bound_name = ""

    def open(self, boundary: bytes) -> None:
        """A changeset with that boundary begins."""
        self.inner = _Needle(boundary, inner=True)

    def close(self) -> None:
        """The changeset has ended; its delimiter lines mean nothing from here."""
        self.inner = None

    def limit(self, name: str, start: int, bytes_left: int) -> None:
        """Content that begins at ``start`` may have that many bytes; ``name`` is the bound's."""
        self._bound_name = name
        self._bound = start + bytes_left

    def shift(self, dropped: int) -> None:
        """The first bytes of the buffer are no longer needed."""
        if isinstance(self.buffer, bytes):
            self.buffer = self.buffer[dropped:]
        else:
            del self.buffer[:dropped]
        self.base += dropped
        self._resume -= dropped
        self._bound -= dropped
        self.outer.shift(dropped)
        if self.inner is not None:
            self.inner.shift(dropped)

    @property
    def settled(self) -> int:
        """The content in hand goes on at least up to here, whatever delimiter comes next."""
        start = max(self._resume, 0)
        ends = [needle.at if needle.at >= start else needle.searched for needle in self._open()]
        return min(ends) - len(_BYTE_ORDER_MARK)  # the longest that may stand before a delimiter

    def next_delimiter(self, start: int, *, ignored: bool = False) -> Delimiter | None:
        """The delimiter line that ends the content which begins at ``start``, a line's start.

        In content that is ignored, a preamble or a changeset's epilogue, a delimiter that follows
        a bare LF or a byte order mark is an oddity, so that it cannot hide a part.

        None means that more data is needed, or at the end of input that there is none.

        Raises:
            DecodeError: delimiter_prefix_line, extra_close_dashes, bare_lf, byte_order_mark.
            LimitError: the bound set by ``limit``, max_header_line_bytes.
        """
        self._resume = max(self._resume, start)
        while (candidate := self._next_candidate()) >= 0:
            content_end = self._content_end(candidate, start, ignored)
            if content_end is not None:
                self.check_bound(content_end)
                verdict = self._judge(candidate)
                if verdict is None:
                    return None
                if verdict.end >= 0:
                    if ignored:
                        self._accept_before(candidate, start)
                    return self._accepted(verdict, candidate, content_end)
                self._accept(verdict)
            elif self._begins_before(candidate):
                break
            self._resume = candidate + 1
        self.check_bound(self.settled)
        return None

    def delimiter_at(self, line: int, start: int) -> Delimiter | None:
        """The delimiter that the line at that index is, if it is one.

        Args:
            line: where the line begins, which is whole.
            start: where the header section begins that it would end.
        """
        if not self.buffer.startswith(b"--", line):
            return None
        if not any(self.buffer.startswith(needle.pattern, line) for needle in self._open()):
            return None
        content_end = self._content_end(line, start, ignored=False)
        if content_end is None:
            return None
        verdict = self._judge(line)
        assert verdict is not None  # the line is whole
        if verdict.end < 0:
            self._accept(verdict)
            return None
        return self._accepted(verdict, line, content_end)

    def check_bound(self, content_end: int) -> None:
        """Hold the content's end against the bound that was set.

        Raises:
            LimitError: it lies beyond.
        """
        if content_end > self._bound:
            raise limit_error(self._bound_name, self._limits, self.base + self._bound)

    def _open(self) -> tuple[_Needle, ...]:
        """The boundaries to look for, the outer first: it ends every inner one (§5.1.2)."""
        return (self.outer,) if self.inner is None else (self.outer, self.inner)

    def _next_candidate(self) -> int:
        at = self.outer.next(self.buffer, self._resume, len(self.buffer))
        if self.inner is not None:
            # Up to the batch's next delimiter and no further: else a batch whose changesets are
            # not closed is searched to its end for each of them.
            stop = at + 1 if at >= 0 else len(self.buffer)
            inner = self.inner.next(self.buffer, self._resume, stop)
            at = inner if 0 <= inner < stop else at
        return at

    def _begins_before(self, candidate: int) -> bool:
        """Whether a delimiter may begin before a candidate and hold it: not all of it is here.

        So it is where one boundary holds the other's delimiter, such as ``-c`` or ``a--c`` beside
        ``c``. Whether a line begins there is not asked: at worst the candidate waits for more.
        """
        buffer = self.buffer
        return not self.eof and any(
            needle.pattern.startswith(buffer[at:])
            for needle in self._open()
            for at in range(max(len(buffer) - len(needle.pattern), self._resume, 0), candidate)
        )

    def _content_end(self, candidate: int, start: int, ignored: bool) -> int | None:
        """Where the content before that candidate ends; None where it begins no line."""
        buffer = self.buffer
        if candidate != start and buffer[candidate - 1] != _LF:
            marked = ignored and buffer[candidate - 3 : candidate] == _BYTE_ORDER_MARK
            at_start = candidate - 3 == start or buffer[candidate - 4 : candidate - 3] == b"\n"
            return candidate - 3 if marked and candidate - 3 >= start and at_start else None
        end = candidate - (candidate > 0 and buffer[candidate - 1] == _LF)
        returned = 0 < end < candidate and buffer[end - 1] == _CR
        if candidate == start:
            # The blank line before the content may be the delimiter's line end (Azure Batch).
            return end - returned
        if returned and end - 1 >= start and (ignored or self.line_end == CRLF):
            return end - 1
        return end if ignored or self.line_end == b"\n" else None

    def _accept_before(self, candidate: int, start: int) -> None:
        """Judge what stands right before a delimiter that ends ignored content."""
        if candidate == start:
            return
        if self.buffer[candidate - 1] != _LF:
            self._tolerance.accept(Oddity.BYTE_ORDER_MARK, self.base + candidate - 3)
        elif candidate - 1 == start or self.buffer[candidate - 2] != _CR:
            self._tolerance.accept(Oddity.BARE_LF, self.base + candidate - 1)

    def _accepted(self, verdict: _Verdict, line: int, content_end: int) -> Delimiter:
        self._accept(verdict)
        end = verdict.end
        if self.buffer[end - 1] == _LF and self.buffer[end - 2] != _CR:
            self._tolerance.accept(Oddity.BARE_LF, self.base + end - 1)
            if self.first:
                self.line_end = b"\n"
        self.first = False
        return Delimiter(content_end, line, end, verdict.inner, verdict.close)

    def _accept(self, verdict: _Verdict) -> None:
        if verdict.oddity is not None:
            self._tolerance.accept(verdict.oddity, self.base + verdict.odd_at)

    def _judge(self, line: int) -> _Verdict | None:
        """What a line is that begins with an open delimiter; None where that is not known yet."""
        judged = None
        arrived = len(self.buffer) - line
        for needle in self._open():
            pattern = needle.pattern
            if arrived < len(pattern) and not self.eof and pattern.startswith(self.buffer[line:]):
                return None
            if self.buffer.startswith(pattern, line):
                verdict = self._judge_tail(needle, line)
                if verdict is None or verdict.end >= 0:
                    return verdict
                judged = judged or verdict
        return judged

    def _judge_tail(self, needle: _Needle, line: int) -> _Verdict | None:
        """The same for one boundary."""
        buffer, inner = self.buffer, needle.inner
        after = line + len(needle.pattern)
        at = max(after, needle.tail)
        pattern = _PADDING if at > after and buffer[at - 1] in b" \t" else _TAIL
        match = pattern.match(buffer, at)
        assert match is not None  # both patterns match the empty string
        end = needle.tail = match.end()
        rest = bytes(buffer[end : end + 2])
        line_end = end + (1 if rest[:1] == b"\n" else len(rest) if rest == CRLF else 0)
        limit = line + self._limits.max_header_line_bytes
        if line_end > limit:
            raise limit_error("max_header_line_bytes", self._limits, self.base + limit)
        cut = rest in (b"", b"\r")  # by the end of what has arrived
        if cut and not self.eof:
            return None
        tail = buffer[after:end]
        dashes = len(tail) - len(tail.lstrip(b"-"))
        if cut and (dashes > 1 if rest else tail == b"-"):
            # The end of input cuts the close-delimiter's line in two.
            return _Verdict(len(buffer), inner, True, Oddity.MISSING_CLOSE_DELIMITER, len(buffer))
        if dashes == 1 or (line_end == end and not cut):
            return _Verdict(-1, inner, False, Oddity.DELIMITER_PREFIX_LINE, after)
        oddity = Oddity.EXTRA_CLOSE_DASHES if dashes > 2 else None
        return _Verdict(len(buffer) if cut else line_end, inner, dashes > 1, oddity, after)


def changeset_boundary(value: str, outer: bytes, offset: int, tolerance: Tolerance) -> bytes | None:
    """The boundary in a part's Content-Type, or None where the part is one HTTP message.

    Args:
        value: the Content-Type.
        outer: the batch's boundary.
        offset: of the part, for errors.
        tolerance: judges the oddities.

    Raises:
        DecodeError: unexpected_part_type, repeated_boundary_value, delimiter_prefix_line, and
            those of ``read_media_type`` and ``boundary_of``.
    """
    media_type = read_media_type(value, offset, tolerance)
    if media_type.name == "application/http":
        return None
    if media_type.name != "multipart/mixed":
        raise DecodeError(
            "unexpected_part_type",
            "expected application/http or multipart/mixed, got another content type",
            offset=offset,
            source="OData 4.01 §11.7.7.1",
        )
    boundary = boundary_of(media_type, offset)
    if outer in (
        boundary,
        boundary + b"--",
    ):  # whose close-delimiter would open a part of the batch
        raise DecodeError(
            "repeated_boundary_value",
            "expected a boundary other than the batch's, got one that reads the same",
            offset=offset,
            source="RFC 2046 §5.1.2",
        )
    if boundary.startswith(outer):
        tolerance.accept(Oddity.DELIMITER_PREFIX_LINE, offset)
    return boundary
