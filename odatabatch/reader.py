"""The states of a decoder: what is read, in which order, and what is judged when.

Heads are read line by line, bodies are searched for delimiters; a part that holds nothing unusual
and has wholly arrived takes the fast path. What is read depends on the bytes that have arrived and
never on how they were cut.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from odatabatch.errors import DecodeError, TruncatedError
from odatabatch.fast_path import (
    CHANGESET_END,
    Cursor,
    Usual,
    read_usual_parts,
)
from odatabatch.framing import CRLF, Delimiter, Scanner, changeset_boundary
from odatabatch.headers import (
    NO_HEADERS,
    read_field_lines,
)
from odatabatch.http_head import (
    RequestHead,
    ResponseHead,
    check_content,
    check_length,
    refuse_transfer_encoding,
)
from odatabatch.limits import Limits
from odatabatch.media_type import IDENTITY_ENCODINGS
from odatabatch.model import (
    CONTENT_ID,
    BatchEnd,
    ChangesetStart,
    Operation,
    OperationResponse,
)
from odatabatch.oddities import Oddity, Tolerance
from odatabatch.section import SectionScan, is_blank, limit_error

_Leaf = TypeVar("_Leaf", Operation, OperationResponse)
_Head = TypeVar("_Head", RequestHead, ResponseHead)

_APPLICATION_HTTP = "application/http"


class Reader(Generic[_Leaf, _Head]):
    """Reads events out of the scanner's buffer, as far as it goes.

    Its state is a method: the one that reads what comes next. Each returns whether it came on.
    All offsets are bytes from the start of the input; ``_start`` alone is an index into the buffer.
    """

    _usual: ClassVar[Usual]
    _read_head: Callable[[bytes, int, Tolerance], _Head]

    def __init__(self, boundary: bytes, tolerance: Tolerance, limits: Limits) -> None:
        self._boundary = boundary
        self._tolerance = tolerance
        self._limits = limits
        self._scanner = Scanner(boundary, tolerance, limits)
        # A function of the class: a bound method would tie the reader into a reference cycle.
        self._state: Callable[[Any], bool] = Reader._read_preamble
        self._ready: list[Any] = []  # events that are complete
        self._spans: list[int] | None = None  # of the leaves, on whole-buffer calls
        self._start = 0  # of what is being read: a preamble, a part, a body, an epilogue
        self._preamble_left = limits.max_preamble_bytes
        self._epilogue_left = limits.max_epilogue_bytes

        self._parts = 0  # body parts that have begun, at both depths
        self._index = -1  # of the part in the batch
        self._inner_index = -1  # of the operation in its changeset
        self._changeset_start = 0  # of the changeset's content
        self._changeset_headers = NO_HEADERS

        self._section = SectionScan(0, limits, start_line=False)
        self._part_start = 0  # of the part's first header byte
        self._part_headers = NO_HEADERS
        self._content_start = 0  # of the embedded message
        self._body_start = 0  # of its body
        self._blank_lf: int | None = None  # of the first blank line before it that is an LF
        self._head: _Head | None = None
        self._blocks: list[bytes] = []  # a long body's first bytes

    def _truncated(self) -> bool:
        """More data is needed: False, or at the end of input the error."""
        if self._scanner.eof:
            self._accept_end()
            raise TruncatedError(
                Oddity.MISSING_CLOSE_DELIMITER.value,
                "expected a whole part, got the end of the input",
                offset=self._end_offset,
                source=Oddity.MISSING_CLOSE_DELIMITER.source,
            )
        return False

    @property
    def _end_offset(self) -> int:
        return self._scanner.base + len(self._scanner.buffer)

    def _accept_end(self) -> None:
        """The input ends while multiparts are open."""
        self._tolerance.accept(Oddity.MISSING_CLOSE_DELIMITER, self._end_offset)
        if self._scanner.inner is not None:
            self._tolerance.accept(Oddity.MISSING_INNER_CLOSE, self._end_offset)

    def _read_preamble(self) -> bool:
        """Before the first delimiter of the batch, or of a changeset."""
        scanner = self._scanner
        scanner.limit("max_preamble_bytes", self._start, self._preamble_left)
        delimiter = scanner.next_delimiter(self._start, ignored=True)
        if delimiter is None:
            if scanner.eof and self._index < 0:
                raise TruncatedError(
                    "missing_delimiter",
                    "expected a delimiter of the batch, got the end of the input without one",
                    offset=self._end_offset,
                    source="RFC 2046 §5.1.1",
                )
            return self._end_unclosed()
        self._preamble_left -= max(delimiter.content_end - self._start, 0)
        return self._pass_delimiter(delimiter)

    def _end_unclosed(self) -> bool:
        """More data is needed: False, or at the end of input the batch ends unclosed."""
        if not self._scanner.eof:
            return False
        self._accept_end()
        return self._end_batch()

    def _pass_delimiter(self, delimiter: Delimiter) -> bool:
        scanner = self._scanner
        self._start = delimiter.end
        if delimiter.inner:
            if delimiter.close:
                self._close_changeset()
        else:
            if scanner.inner is not None:
                self._inner_index = -1
                self._tolerance.accept(Oddity.MISSING_INNER_CLOSE, scanner.base + delimiter.start)
                self._close_changeset()
            self._end_changeset_part(delimiter.content_end)
        if not delimiter.close:
            self._state = Reader._begin_part
        else:
            self._state = Reader._read_inner_epilogue if delimiter.inner else Reader._read_epilogue
        return True

    def _close_changeset(self) -> None:
        self._inner_index = -1
        self._scanner.close()
        self._ready.append(CHANGESET_END)

    def _end_changeset_part(self, content_end: int) -> None:
        """The part of a changeset has ended, with its epilogue."""
        length = max(self._scanner.base + content_end - self._changeset_start, 0)
        check_length(self._changeset_headers, length, self._changeset_start, self._tolerance)
        self._changeset_headers = NO_HEADERS

    def _begin_part(self) -> bool:
        """After a delimiter line that opens a part."""
        if not self._read_usual_parts():
            return True
        scanner = self._scanner
        if scanner.inner is None:
            self._index += 1
        else:
            self._inner_index += 1
        self._part_start = scanner.base + self._start
        self._parts += 1
        if self._parts > self._limits.max_parts:
            raise limit_error("max_parts", self._limits, self._part_start)
        if self._inner_index >= self._limits.max_changeset_operations:
            raise limit_error("max_changeset_operations", self._limits, self._part_start)
        self._section = SectionScan(self._start, self._limits, start_line=False)
        self._state = Reader._read_part_headers
        return True

    def _next_line(self) -> tuple[int, Delimiter | None] | None:
        """Where the section's current line ends, and the delimiter that it is, if it is one.

        None means that more data is needed, or at the end of input that there is no line left.
        """
        scanner, section = self._scanner, self._section
        section.pass_plain_lines(scanner.buffer)
        if section.line == len(scanner.buffer):
            return None
        end = section.line_end(scanner.buffer, scanner.base, scanner.eof)
        return None if end is None else (end, scanner.delimiter_at(section.line, section.start))

    def _read_part_headers(self) -> bool:
        scanner, section = self._scanner, self._section
        while line := self._next_line():
            end, delimiter = line
            if delimiter is not None:
                raise _empty_part(scanner.base + section.line)
            if is_blank(scanner.buffer, section.line, end):
                self._open_part(section, end)
                return True
            section.pass_line(end, scanner.base)
        if scanner.eof and section.start == len(scanner.buffer):
            return self._end_unclosed()  # nothing of the part has come: nothing of it is lost
        return self._truncated()

    def _open_part(self, section: SectionScan, end: int) -> None:
        """The part's header section is whole; ``end`` is the index after its blank line."""
        scanner, offset = self._scanner, self._part_start
        lines = bytes(scanner.buffer[section.start : section.line])
        headers = read_field_lines(lines, offset, self._tolerance, folding=None)
        if end - section.line == 1:
            self._tolerance.accept(Oddity.BARE_LF, scanner.base + section.line)
        refuse_transfer_encoding(headers, offset)
        encodings = headers.get_all("Content-Transfer-Encoding")
        if any(encoding.lower() not in IDENTITY_ENCODINGS for encoding in encodings):
            raise DecodeError(
                "content_transfer_encoding",
                "expected a Content-Transfer-Encoding of 7bit, 8bit or binary, got another",
                offset=offset,
                source="RFC 2045 §6.4",
            )
        content_type = headers.get("Content-Type")
        if content_type is None:
            self._tolerance.accept(Oddity.MISSING_CONTENT_TYPE, offset)
            content_type = _APPLICATION_HTTP
        boundary = changeset_boundary(content_type, self._boundary, offset, self._tolerance)
        self._start = end
        self._check_part_bytes(section.line)
        if boundary is None:
            self._blank_lf = None
            self._part_headers = headers
            self._content_start = scanner.base + end
            self._section = SectionScan(end, self._limits, start_line=True)
            self._state = Reader._read_head_lines
        elif scanner.inner is not None:
            raise DecodeError(
                "nested_too_deep",
                "expected an operation in the changeset, got a multipart",
                offset=offset,
                source="OData 4.01 §11.7.7.1",
            )
        else:
            scanner.open(boundary)
            self._changeset_headers = headers
            self._changeset_start = scanner.base + end
            self._ready.append(ChangesetStart(headers))
            self._state = Reader._read_preamble

    def _read_head_lines(self) -> bool:
        """The embedded message's start line and field lines."""
        scanner, section = self._scanner, self._section
        while line := self._next_line():
            end, delimiter = line
            if delimiter is not None:
                self._read_unended_head(delimiter.content_end)
                return self._end_leaf(b"", delimiter)
            if not is_blank(scanner.buffer, section.line, end):
                section.pass_line(end, scanner.base)
            elif section.line == section.start:
                if end - section.line == 1 and self._blank_lf is None:
                    self._blank_lf = scanner.base + section.line
                section.skip_line(end, scanner.base)
            else:
                self._read_message_head(section.line)
                if end - section.line == 1:
                    self._tolerance.accept(Oddity.BARE_LF, scanner.base + section.line)
                self._start = end
                self._body_start = scanner.base + end
                self._state = Reader._read_body
                return True
        if not scanner.eof:
            return False
        self._accept_end()
        self._read_unended_head(len(scanner.buffer))
        return self._end_leaf(b"", None)

    def _read_unended_head(self, end: int) -> None:
        """The part ends within the head of its message."""
        scanner, section = self._scanner, self._section
        if section.line <= section.start and end <= section.start:
            raise _empty_part(scanner.base + section.start)
        self._tolerance.accept(Oddity.MISSING_BLANK_LINE, scanner.base + end)
        self._read_message_head(end)
        self._body_start = scanner.base + end

    def _read_message_head(self, end: int) -> None:
        scanner, section = self._scanner, self._section
        offset = scanner.base + section.start
        if offset > self._content_start:
            self._tolerance.accept(Oddity.LEADING_BLANK_LINES, self._content_start)
            if self._blank_lf is not None:
                self._tolerance.accept(Oddity.BARE_LF, self._blank_lf)
        self._check_part_bytes(end)
        head = bytes(scanner.buffer[section.start : end])
        self._head = type(self)._read_head(head, offset, self._tolerance)

    def _check_part_bytes(self, end: int) -> None:
        """Hold what has come of the part against its bound, while its bytes are still here."""
        if self._scanner.base + end - self._part_start > self._limits.max_part_bytes:
            offset = self._part_start + self._limits.max_part_bytes
            raise limit_error("max_part_bytes", self._limits, offset)

    def _read_body(self) -> bool:
        scanner = self._scanner
        left = self._limits.max_part_bytes - (scanner.base + self._start - self._part_start)
        scanner.limit("max_part_bytes", self._start, left)
        delimiter = scanner.next_delimiter(self._start)
        if delimiter is not None:
            end = delimiter.content_end
        elif not scanner.eof:
            return False
        else:
            self._accept_end()
            end = len(scanner.buffer)
            scanner.check_bound(end)
        body = bytes(scanner.buffer[max(self._start, 0) : end])
        if self._blocks:
            body = b"".join([*self._blocks, body])
            self._blocks = []
        return self._end_leaf(body, delimiter)

    def _end_leaf(self, body: bytes, delimiter: Delimiter | None) -> bool:
        """An operation, or an answer, is whole; without a delimiter the input has ended."""
        scanner, head = self._scanner, self._head
        assert head is not None  # a leaf ends after its head was read
        content_end = len(scanner.buffer) if delimiter is None else delimiter.content_end
        refuse_transfer_encoding(head.headers, self._content_start)
        check_content(head, len(body), self._body_start, self._tolerance)
        length = max(scanner.base + content_end - self._content_start, 0)
        check_length(self._part_headers, length, self._content_start, self._tolerance)
        part_id = self._part_headers.get(CONTENT_ID)
        if part_id is not None and head.headers.get(CONTENT_ID, part_id) != part_id:
            raise DecodeError(
                "content_id_conflict",
                "expected one Content-ID, got one in the part and another in the message",
                offset=self._part_start,
                source="OData 4.01 §11.7.7.1",
            )
        first, second, headers, version = head
        leaf = self._usual.leaf_type(first, second, headers, body, version, self._part_headers)
        self._ready.append(leaf)
        if self._spans is not None:
            self._spans.extend((self._part_start, content_end))
        return self._end_batch() if delimiter is None else self._pass_delimiter(delimiter)

    def _read_inner_epilogue(self) -> bool:
        """After a changeset's close-delimiter, up to the batch's next delimiter."""
        scanner = self._scanner
        scanner.limit("max_epilogue_bytes", self._start, self._epilogue_left)
        delimiter = scanner.next_delimiter(self._start, ignored=True)
        if delimiter is None:
            return self._end_unclosed()
        self._epilogue_left -= max(delimiter.content_end - self._start, 0)
        return self._pass_delimiter(delimiter)

    def _read_epilogue(self) -> bool:
        """After the batch's close-delimiter: no meaning, but a bound."""
        scanner = self._scanner
        size = len(scanner.buffer) - self._start
        if size > self._epilogue_left:
            offset = scanner.base + self._start + self._epilogue_left
            raise limit_error("max_epilogue_bytes", self._limits, offset)
        self._epilogue_left -= size
        self._start += size
        return self._end_batch() if scanner.eof else False

    def _end_batch(self) -> bool:
        if self._scanner.inner is not None:
            self._close_changeset()
        self._end_changeset_part(len(self._scanner.buffer))
        self._ready.append(BatchEnd(self._tolerance.met))
        self._state = Reader._rest
        return True

    def _rest(self) -> bool:
        return False

    def _read_usual_parts(self) -> bool:
        """Take the fast path as far as it goes; whether it left the very next part alone."""
        scanner = self._scanner
        # A bytearray means chunks that are small beside the parts: none would have wholly arrived.
        if scanner.line_end != CRLF or not isinstance(scanner.buffer, bytes):
            return True
        if "Content-Length" in self._changeset_headers:  # whoever closes the changeset looks at it
            return True
        inner = scanner.inner.pattern[2:] if scanner.inner else None
        cursor = read_usual_parts(
            self._usual,
            scanner.buffer,
            Cursor(self._start, inner, self._index, self._inner_index, self._parts),
            self._boundary,
            self._limits,
            self._ready.append,
            self._spans,
        )
        start = self._start
        self._start, self._parts = cursor.at, cursor.parts
        self._index, self._inner_index = cursor.part_index, cursor.inner_index
        if cursor.inner is None:
            scanner.close()
        elif cursor.inner != inner:
            scanner.open(cursor.inner)
        if cursor.closed:
            in_changeset = cursor.closed == "changeset"
            self._state = Reader._read_inner_epilogue if in_changeset else Reader._read_epilogue
        return cursor.at == start


def _empty_part(offset: int) -> DecodeError:
    return DecodeError(
        "empty_part",
        "expected an HTTP message in the part, got its end",
        offset=offset,
        source="OData 4.01 §11.7.7.1",
    )
