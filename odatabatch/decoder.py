"""Bytes to models: one decoder for requests and responses, for whole buffers and for chunks.

A decoder is a function of the bytes that it was given so far: however they are cut, the same
events, errors and offsets come out. Heads are read line by line, bodies are searched for
delimiters; a part that holds nothing unusual and has wholly arrived takes the fast path.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

from odatabatch.errors import DecodeError, TruncatedError, UsageError
from odatabatch.fast_path import (
    CHANGESET_END,
    USUAL_REQUEST,
    USUAL_RESPONSE,
    Cursor,
    Usual,
    read_usual_parts,
)
from odatabatch.framing import CRLF, Delimiter, Scanner, changeset_boundary
from odatabatch.headers import (
    NO_HEADERS,
    Headers,
    SectionScan,
    is_blank,
    limit_error,
    read_field_lines,
)
from odatabatch.http_message import (
    RequestHead,
    ResponseHead,
    as_bytes,
    check_embedded_request,
    check_embedded_response,
    check_length,
    read_request_head,
    read_response_head,
    refuse_transfer_encoding,
)
from odatabatch.limits import Limits
from odatabatch.media_type import boundary_of, read_media_type
from odatabatch.model import (
    CONTENT_ID,
    Batch,
    BatchEnd,
    BatchResponse,
    ChangesetEnd,
    ChangesetStart,
    Operation,
    OperationResponse,
    Provenance,
    leaves_of,
)
from odatabatch.oddities import STRICT, MetOddity, Oddity, Tolerance

RequestEvent = Operation | ChangesetStart | ChangesetEnd | BatchEnd
ResponseEvent = OperationResponse | ChangesetStart | ChangesetEnd | BatchEnd

_Leaf = TypeVar("_Leaf", Operation, OperationResponse)
_Head = TypeVar("_Head", RequestHead, ResponseHead)

_BLOCK_BYTES = 64 << 10  # a long body is set aside in blocks of about this size
_APPLICATION_HTTP = "application/http"
_TRANSFER_ENCODINGS = ("7bit", "8bit", "binary")  # RFC 2045 §6.4: those that change nothing


class _Decoder(Generic[_Leaf, _Head]):
    """What both decoders do; they differ in the head that a part begins with."""

    _usual: ClassVar[Usual]
    _read_head: Callable[[bytes, int, Tolerance], _Head]
    _check: Callable[[_Head, int, int, int, Tolerance], None]

    def __init__(
        self,
        content_type: str,
        tolerate: Iterable[Oddity] = STRICT,
        limits: Limits = Limits(),
    ) -> None:
        if not isinstance(content_type, str):
            raise TypeError(f"content_type must be str, not {type(content_type).__name__}")
        self._limits = limits
        self._tolerance = Tolerance(tolerate)
        media_type = read_media_type(content_type, None, self._tolerance)
        if media_type.name != "multipart/mixed":
            raise DecodeError(
                "unexpected_content_type",
                "expected multipart/mixed, got another content type",
                source="OData 4.01 §11.7",
            )
        self._boundary = boundary_of(media_type, None)
        self._scanner = Scanner(self._boundary, self._tolerance, limits)
        # A function of the class: a bound method would tie the decoder into a reference cycle.
        self._state: Callable[[Any], bool] = _Decoder._read_preamble
        self._ready: deque[Any] = deque()
        self._error: DecodeError | None = None
        self._received = 0
        self._lines = 0  # line feeds in what was dropped from the buffer
        self._known_lines: dict[int, int] = {}  # of dropped offsets that errors may still name
        self._ended = False
        self._over = False  # there was more than max_message_bytes
        self._start = 0  # index of what is being read: a preamble, a part, a body, an epilogue
        self._preamble_left = limits.max_preamble_bytes
        self._epilogue_left = limits.max_epilogue_bytes

        self._parts = 0  # body parts that have begun, at both depths
        self._index = -1  # of the part in the batch
        self._inner_index = -1  # of the operation in its changeset
        self._changeset_start = 0  # offset of the changeset's content
        self._changeset_headers = NO_HEADERS

        self._section: SectionScan = SectionScan(0, limits, start_line=False)
        self._part_start = 0  # offset of the part's first header byte
        self._part_headers = NO_HEADERS
        self._content_start = 0  # offset of the embedded message
        self._body_start = 0  # offset of its body
        self._blank_lf: int | None = None  # offset of the first blank line before it that is an LF
        self._head: _Head | None = None
        self._blocks: list[bytes] = []  # a long body's first bytes

        self._spans: list[int] | None = None  # of the leaves, on whole-buffer calls

    # The caller's side

    def receive_data(self, data: bytes) -> None:
        """Store a chunk of the body; ``events()`` reads it.

        Args:
            data: any number of bytes, cut anywhere.

        Raises:
            UsageError: data_after_eof.
            TypeError: no bytes.
        """
        data = as_bytes(data)  # bytes are not copied
        if self._ended:
            raise UsageError("data_after_eof", "expected no data after receive_eof(), got some")
        if self._error is not None:
            return  # it repeats for good: nothing more is kept
        data = self._within_limit(data)
        kept = self._scanner.buffer
        if len(kept) <= len(data):
            self._scanner.buffer = bytes(kept) + data
            self._begin_again()
        elif isinstance(kept, bytearray):
            kept += data
        else:
            self._scanner.buffer = bytearray(kept) + data

    def receive_eof(self) -> None:
        """Record that the input has ended; ``events()`` yields the rest."""
        self._ended = True
        self._scanner.eof = not self._over  # what the limit cut off did not end there

    def events(self) -> Iterator[Any]:
        """The events that are complete; an abandoned loop is resumed by the next call.

        Yields:
            Operations (answers) as they are known to be whole, ``ChangesetStart`` and
            ``ChangesetEnd`` around those of a changeset, and ``BatchEnd`` after ``receive_eof()``.

        Raises:
            DecodeError: after the events that were complete before it; every later call raises it
                again.
        """
        while True:
            while self._ready:
                yield self._ready.popleft()
            if self._error is not None:
                raise self._error.with_traceback(None)
            if not self._step():
                return

    def _within_limit(self, data: bytes) -> bytes:
        room = self._limits.max_message_bytes - self._received
        if len(data) > room:
            data, self._over = data[:room], True
        self._received += len(data)
        return data

    def _step(self) -> bool:
        """Read on; False when more data is needed, or the batch has ended."""
        try:
            if self._state(self):
                return True
            if self._over:
                raise limit_error("max_message_bytes", self._limits, self._received)
        except DecodeError as error:
            self._fail(error)
            return True
        if self._spans is None:
            self._drop()
        return False

    def _fail(self, error: DecodeError) -> None:
        if error.offset is not None:
            error.line = self._known_lines.get(error.offset) or self._line_at(error.offset)
        if self._index >= 0 and error.part is None:
            inner = f"/changeset[{self._inner_index}]" if self._inner_index >= 0 else ""
            error.part = f"batch[{self._index}]{inner}"
        self._error = error
        self._scanner.buffer = b""
        self._blocks = []

    def _line_at(self, offset: int) -> int:
        return self._lines + self._scanner.buffer.count(b"\n", 0, offset - self._scanner.base) + 1

    def _drop(self) -> None:
        """Let go of what was read."""
        scanner = self._scanner
        dropped = self._needed()
        if dropped > 0:
            self._count_lines(dropped)
            scanner.shift(dropped)
            self._section.shift(dropped)
            self._start -= dropped

    def _count_lines(self, dropped: int) -> None:
        """Keep the lines of what is dropped, and of the offsets there that errors may name."""
        base, buffer = self._scanner.base, self._scanner.buffer
        anchors = (self._changeset_start, self._part_start, self._content_start, self._body_start)
        known = {}
        done = 0
        for offset in sorted(anchors):
            if offset >= base + dropped:
                break
            if offset >= base:
                self._lines += buffer.count(b"\n", done, offset - base)
                done = offset - base
                known[offset] = self._lines + 1
            elif offset in self._known_lines:
                known[offset] = self._known_lines[offset]
        self._lines += buffer.count(b"\n", done, dropped)
        self._known_lines = known

    def _begin_again(self) -> None:
        """Begin the part anew that the last chunk's end cut: the fast path may take it by now.

        It has given no event yet. Noted oddities would be noted twice, so only in strict mode.
        Measured with 64 KiB chunks: streaming costs 1.2 of the whole buffer's time, without it 1.4.
        """
        in_leaf = self._state in (
            _Decoder._read_part_headers,
            _Decoder._read_head_lines,
            _Decoder._read_body,
        )
        start = self._part_start - self._scanner.base
        if not in_leaf or start < 0 or self._blocks or self._tolerance.allowed:
            return
        self._parts -= 1
        if self._scanner.inner is None:
            self._index -= 1
        else:
            self._inner_index -= 1
        self._start = start
        self._state = _Decoder._begin_part

    def _needed(self) -> int:
        """The index of the first byte that is still needed."""
        if self._state in (_Decoder._read_part_headers, _Decoder._read_head_lines):
            return max(self._part_start - self._scanner.base, 0)
        if self._state is _Decoder._read_epilogue:
            return len(self._scanner.buffer)
        if self._state is _Decoder._read_body:
            return self._set_aside()
        # What stands right before the next delimiter may still come to matter.
        return max(self._start - len(CRLF), self._scanner.settled - 1)

    def _set_aside(self) -> int:
        """Move a long body out of the buffer in blocks, so that it is copied once at the end."""
        settled, start = self._scanner.settled, max(self._start, 0)
        if settled - start < _BLOCK_BYTES:
            return start if self._blocks else max(self._part_start - self._scanner.base, 0)
        with memoryview(self._scanner.buffer) as view:
            self._blocks.append(bytes(view[start:settled]))
        return settled

    # The whole buffer

    def _decode_whole(
        self, body: bytes, content_type: str
    ) -> tuple[tuple[Any, ...], tuple[MetOddity, ...], Provenance]:
        """The parts of a whole body, what was tolerated, and where they came from."""
        self._scanner.buffer = self._within_limit(body)
        self._spans = []
        self.receive_eof()
        while self._error is None and self._step():
            pass
        if self._error is not None:
            if isinstance(self._error, TruncatedError):
                parts = _parts(self._ready, self._usual.changeset_type)
                self._error.operations = tuple(leaf for part in parts for leaf in leaves_of(part))
            raise self._error
        parts = _parts(self._ready, self._usual.changeset_type)
        line_end = self._scanner.line_end
        provenance = Provenance(parts, content_type, body, line_end, array("Q", self._spans))
        return parts, self._tolerance.met, provenance

    # The states

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
            self._state = _Decoder._begin_part
        else:
            self._state = (
                _Decoder._read_inner_epilogue if delimiter.inner else _Decoder._read_epilogue
            )
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
        self._state = _Decoder._read_part_headers
        return True

    def _read_part_headers(self) -> bool:
        scanner, section = self._scanner, self._section
        section.pass_plain_lines(scanner.buffer)
        while section.line < len(scanner.buffer):
            end = section.line_end(scanner.buffer, scanner.base, scanner.eof)
            if end is None:
                return False
            if scanner.delimiter_at(section.line, section.start) is not None:
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
        if any(encoding.lower() not in _TRANSFER_ENCODINGS for encoding in encodings):
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
            self._state = _Decoder._read_head_lines
        elif scanner.inner is not None:
            raise DecodeError(
                "nested_too_deep",
                "expected an operation in the changeset, got a multipart",
                offset=offset,
                source="OData 4.01 §11.7.1",
            )
        else:
            scanner.open(boundary)
            self._changeset_headers = headers
            self._changeset_start = scanner.base + end
            self._ready.append(ChangesetStart(headers))
            self._state = _Decoder._read_preamble

    def _read_head_lines(self) -> bool:
        """The embedded message's start line and field lines."""
        scanner, section = self._scanner, self._section
        section.pass_plain_lines(scanner.buffer)
        while section.line < len(scanner.buffer):
            end = section.line_end(scanner.buffer, scanner.base, scanner.eof)
            if end is None:
                return False
            delimiter = scanner.delimiter_at(section.line, section.start)
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
                self._state = _Decoder._read_body
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
        type(self)._check(head, len(body), self._content_start, self._body_start, self._tolerance)
        length = max(scanner.base + content_end - self._content_start, 0)
        check_length(self._part_headers, length, self._content_start, self._tolerance)
        part_id = self._part_headers.get(CONTENT_ID)
        if part_id is not None and head.headers.get(CONTENT_ID, part_id) != part_id:
            raise DecodeError(
                "content_id_conflict",
                "expected one Content-ID, got one in the part and another in the message",
                offset=self._part_start,
                source="OData 4.01 §11.7.2",
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
        self._state = _Decoder._rest
        return True

    def _rest(self) -> bool:
        return False

    def _read_usual_parts(self) -> bool:
        """Take the fast path as far as it goes; whether the next part has yet to begin."""
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
        self._start, self._parts = cursor.at, cursor.parts
        self._index, self._inner_index = cursor.part_index, cursor.inner_index
        if cursor.inner is None:
            scanner.close()
        elif cursor.inner != inner:
            scanner.open(cursor.inner)
        if cursor.closed:
            in_changeset = cursor.closed == "changeset"
            self._state = _Decoder._read_inner_epilogue if in_changeset else _Decoder._read_epilogue
        return not cursor.closed


class RequestDecoder(_Decoder[Operation, RequestHead]):
    """Reads the body of a batch request, whole or in chunks.

    Args:
        content_type: of the request that carried it: multipart/mixed with a boundary.
        tolerate: the oddities to take (``STRICT``: none; ``CAPTURED``: what people saved).
        limits: bounds.

    Raises:
        DecodeError: invalid_media_type, unexpected_content_type, missing_boundary,
            repeated_boundary, invalid_boundary, unquoted_boundary.
        TypeError: an argument has the wrong type.

    Source: RFC 2046 §5.1, OData 4.01 §11.7, seed 000.
    """

    _usual = USUAL_REQUEST
    _read_head = staticmethod(read_request_head)
    _check = staticmethod(check_embedded_request)

    def events(self) -> Iterator[RequestEvent]:
        """The events that are complete; see ``events`` of the answer's decoder."""
        return super().events()


class ResponseDecoder(_Decoder[OperationResponse, ResponseHead]):
    """Reads the body of the answer to a batch request; as ``RequestDecoder``."""

    _usual = USUAL_RESPONSE
    _read_head = staticmethod(read_response_head)
    _check = staticmethod(check_embedded_response)

    def events(self) -> Iterator[ResponseEvent]:
        """The events that are complete; see ``events`` of the request's decoder."""
        return super().events()


def _empty_part(offset: int) -> DecodeError:
    return DecodeError(
        "empty_part",
        "expected an HTTP message in the part, got its end",
        offset=offset,
        source="OData 4.01 §11.7.1",
    )


def _parts(events: Iterable[Any], changeset: Callable[[Any, Headers], Any]) -> tuple[Any, ...]:
    """The parts that a whole batch's events tell of."""
    parts: list[Any] = []
    leaves: list[Any] | None = None
    headers = NO_HEADERS
    for event in events:
        kind = type(event)
        if kind is ChangesetStart:
            leaves, headers = [], event.part_headers
        elif kind is ChangesetEnd:
            parts.append(changeset(tuple(leaves or ()), headers))
            leaves = None
        elif kind is not BatchEnd:
            (parts if leaves is None else leaves).append(event)
    if leaves is not None:  # of a truncated batch
        parts.append(changeset(tuple(leaves), headers))
    return tuple(parts)


def decode_request(
    body: bytes,
    content_type: str,
    tolerate: Iterable[Oddity] = STRICT,
    limits: Limits = Limits(),
) -> Batch:
    """Read the whole body of a batch request.

    Args:
        body: the multipart body, as bytes.
        content_type: of the request that carried it: multipart/mixed with a boundary.
        tolerate: the oddities to take (``STRICT``: none; ``CAPTURED``: what people saved).
        limits: bounds.

    Returns:
        The batch, with its provenance: ``encode_request`` gives the same bytes back.

    Raises:
        DecodeError: with a code of ``docs/errors.md``, an offset and a part.
        TruncatedError: the input ends too early; the operations that were complete are on it.
        LimitError: a bound was passed.
        TypeError: an argument has the wrong type.

    Source: RFC 2046 §5.1, OData 4.01 §11.7, seed 000.
    """
    decoder = RequestDecoder(content_type, tolerate, limits)
    parts, oddities, provenance = decoder._decode_whole(as_bytes(body), content_type)
    return Batch(parts, oddities, provenance)


def decode_response(
    body: bytes,
    content_type: str,
    tolerate: Iterable[Oddity] = STRICT,
    limits: Limits = Limits(),
) -> BatchResponse:
    """Read the whole body of the answer to a batch request; as ``decode_request``."""
    decoder = ResponseDecoder(content_type, tolerate, limits)
    parts, oddities, provenance = decoder._decode_whole(as_bytes(body), content_type)
    return BatchResponse(parts, oddities, provenance)
