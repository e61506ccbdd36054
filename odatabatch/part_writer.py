"""Parts to text: an operation, or the answer to one, with the header section of its part.

All that is written is checked as it is: names, values, methods, targets, reasons and lengths.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from odatabatch.dialect import Dialect
from odatabatch.errors import DecodeError, EncodeError
from odatabatch.headers import NO_HEADERS, FieldNames, Headers, KnownNames, field_lines
from odatabatch.http_writer import check_extent, written_head
from odatabatch.media_type import IDENTITY_ENCODINGS, read_media_type
from odatabatch.model import (
    CONTENT_ID,
    Changeset,
    ChangesetResponse,
    ChangesetStart,
    Operation,
    OperationResponse,
    path_of,
    placed_leaves,
)
from odatabatch.oddities import STRICT, Tolerance

_CRLF = b"\r\n"
_PRINTABLE = bytes({*range(0x20, 0x7F), *range(0x80, 0x100)})


class Kind(NamedTuple):
    """What a batch holds, or the answer to one."""

    leaf_type: type[Operation | OperationResponse]
    changeset_type: type[Changeset | ChangesetResponse]
    boundaries: Callable[[Dialect], tuple[str, str]]  # how they begin
    start_line_key: Callable[[Any], Any]  # what a start line, and whether it may stand, depends on


REQUEST = Kind(
    Operation,
    Changeset,
    lambda dialect: dialect.request_boundaries,
    attrgetter("method", "target", "version"),
)
RESPONSE = Kind(
    OperationResponse,
    ChangesetResponse,
    lambda dialect: dialect.response_boundaries,
    # The type too: 200.0 and True are equal to numbers that may stand there.
    lambda it: (type(it.status), it.status, it.reason, it.version, bool(it.body)),
)


class _SectionTemplate(NamedTuple):
    """The header section of parts that differ in nothing but the Content-ID.

    Attributes:
        before: the section up to the Content-ID.
        after: the section from there.
        at: which of the given fields is the Content-ID.
        fixed: the values of the others.
    """

    before: str
    after: str
    at: int
    fixed: tuple[str, ...]


class PartWriter:
    """Writes the text of a leaf, all but its body: its part's header section, and its head.

    A leaf is an operation, or the answer to one.
    """

    def __init__(self, kind: Kind, dialect: Dialect | None, line_end: str = "\r\n") -> None:
        self.kind = kind
        self._line_end = line_end
        self._dialect = dialect
        self._content_id_at = dialect.content_id_at if dialect else None
        self._shares_blank_line = dialect is not None and dialect.shares_blank_line
        self._writes_length = dialect is not None and dialect.writes_content_length
        self._known = KnownNames()
        # Of the last part, since most have the same.
        self._part_headers: Headers | None = None
        self._written_headers = NO_HEADERS  # the same, with the dialect's own
        self._part_names = self._known[()]
        self._section = ""
        # Those that were judged: start lines, and sections by the names of the given headers.
        self._start_lines: dict[tuple[Any, ...], str] = {}
        self._sections: dict[tuple[str, ...], _SectionTemplate] = {}

    def texts(self, batch: Any, leaves: list[Any]) -> list[bytes]:
        """The text of each leaf of a batch, in wire order.

        Raises:
            EncodeError: a leaf would break the message.
        """
        texts: list[str] = []
        try:
            if not self._fill(leaves, texts):
                texts.clear()
                for leaf in leaves:
                    texts.append(self.text(leaf))
        except EncodeError as error:
            _, index, inner = placed_leaves(batch)[len(texts)]
            error.part = path_of(index, inner)
            raise
        return [text.encode("latin-1") for text in texts]

    def _fill(self, leaves: list[Any], texts: list[str]) -> bool:
        """Fill in what is usual by templates, and judge it all at once; False if not plain.

        That is a third of the cost of judging one by one. What is unusual is judged here.
        """
        filled = []
        line_count = 0
        start_line_key = self.kind.start_line_key
        for leaf in leaves:
            given, values = leaf.headers.columns
            names = self._known[given]
            start_line = self._start_lines.get(start_line_key(leaf))
            lines = (names.template or "") % values if names.usual else ""
            section, id_line = self._section, ""
            if leaf.part_headers is not self._part_headers:
                section, id_line = self._filled_section(leaf.part_headers)
            judged = id_line + lines
            stated = names.content_length
            if (
                start_line is None
                or not names.usual
                or (stated is not None and values[stated] != str(len(leaf.body)))
                or not section
                or self._part_names.framing
                or (names.content_id is not None and self._content_id_at != "message")
            ):
                texts.append(self.text(leaf))
                self._learn(leaf, texts[-1])
                continue
            filled.append(judged)
            line_count += names.count + bool(id_line)
            if leaf.body and self._writes_length and stated is None:
                blank = f"Content-Length: {len(leaf.body)}\r\n\r\n"
            else:
                blank = "" if self._shares_blank_line and not leaf.body else "\r\n"
            texts.append(f"{section}{start_line}{lines}{blank}")
        return _is_plain("".join(filled), line_count)

    def _filled_section(self, headers: Headers) -> tuple[str, str]:
        """A part's header section and the line of it that is not judged; empty if not known."""
        known = self._sections.get(headers.names)
        if known is not None:
            at, values = known.at, headers.values
            if values[:at] + values[at + 1 :] == known.fixed:
                section = f"{known.before}{values[at]}{known.after}"
                return section, f"{CONTENT_ID}: {values[at]}\r\n"
        return "", ""

    def text(self, leaf: Any) -> str:
        """The text of one leaf, an ``Operation`` or an ``OperationResponse``, judged."""
        names = self._known[leaf.headers.names]
        leaf, names = self._placed(leaf, names)
        head = written_head(leaf, names)
        if leaf.part_headers is not self._part_headers:
            written = self._with_own(leaf.part_headers)
            section = self._part_section(written)  # which may refuse it
            self._section = section.replace("\r\n", self._line_end)
            self._written_headers = written
            self._part_headers = leaf.part_headers
            self._part_names = self._known[written.names]
        # A part that states its own length leaves no room for another field.
        if leaf.body and self._writes_length and not (names.framing or self._part_names.framing):
            head += f"Content-Length: {len(leaf.body)}\r\n"
        if leaf.body or not self._shares_blank_line:
            head += "\r\n"
        head = head.replace("\r\n", self._line_end)
        check_extent(self._written_headers, self._part_names, len(head) + len(leaf.body))
        return self._section + head

    def _placed(self, leaf: Any, names: FieldNames) -> tuple[Any, FieldNames]:
        """The leaf with its Content-ID where the dialect has it, and the names of its headers."""
        in_part = self._known[leaf.part_headers.names].content_id
        if in_part is None and (names.content_id is None or self._content_id_at == "message"):
            return leaf, names
        values = {leaf.part_headers.get(CONTENT_ID), leaf.headers.get(CONTENT_ID)} - {None}
        if len(values) > 1:
            raise EncodeError(
                "content_id_conflict",
                "expected one Content-ID, got one for the part and another for the message",
                source="OData 4.01 §11.7.7.1",
            )
        if self._content_id_at is not None:
            leaf = leaf.with_content_id(leaf.content_id, at=self._content_id_at)
        return leaf, self._known[leaf.headers.names]

    def _with_own(self, headers: Headers) -> Headers:
        """The part's headers, with the dialect's own before them where they tell no type."""
        if self._dialect is None or "Content-Type" in headers:
            return headers
        own = self._dialect.part_headers.without(*headers.names)
        return Headers([*own, *headers])

    def _part_section(self, headers: Headers) -> str:
        """The part's header section with its blank line."""
        lines = field_lines(headers, self._known[headers.names])
        if not _is_application_http(headers.get("Content-Type", "")):
            raise EncodeError(
                "unexpected_part_type",
                "expected application/http as the part's Content-Type",
                source="OData 4.01 §11.7.7.1",
            )
        _check_transfer_encoding(headers)
        return lines + "\r\n"

    def _learn(self, leaf: Any, text: str) -> None:
        """Remember what was found sound in the leaf whose text was written last."""
        start = len(self._section)
        self._start_lines[self.kind.start_line_key(leaf)] = text[
            start : text.index("\n", start) + 1
        ]
        given = leaf.part_headers
        at = self._known[given.names].content_id
        if at is None or self._content_id_at != "part" or self._part_names.framing:
            return
        # From the start of a line, or it would be found at the end of X-Content-ID.
        line = f"\r\n{given.names[at]}: "
        before, _, after = f"\r\n{self._section}".partition(f"{line}{given.values[at]}\r\n")
        fixed = given.values[:at] + given.values[at + 1 :]
        before = f"{before}{line}".removeprefix("\r\n")
        self._sections[given.names] = _SectionTemplate(before, f"\r\n{after}", at, fixed)

    def changeset_fields(
        self, part: Changeset | ChangesetResponse | ChangesetStart, index: int
    ) -> bytes:
        """The fields of a changeset's part beside its Content-Type."""
        # What they said of the content is true of the bytes that were read, not of these.
        headers = part.part_headers
        if headers.names in ((), ("Content-Type",)):
            return b""
        headers = headers.without("Content-Type", "Content-Length")
        try:
            known = self._known[headers.names]
            _check_transfer_encoding(headers)
            check_extent(headers, known, 0)
            return field_lines(headers, known).encode("latin-1")
        except EncodeError as error:
            error.part = path_of(index, None)
            raise


def _is_application_http(content_type: str) -> bool:
    try:
        return read_media_type(content_type, None, Tolerance(STRICT)).name == "application/http"
    except DecodeError:
        return False


def _check_transfer_encoding(headers: Headers) -> None:
    values = headers.get_all("Content-Transfer-Encoding")
    if any(value.lower() not in IDENTITY_ENCODINGS for value in values):
        raise EncodeError(
            "content_transfer_encoding",
            "expected a Content-Transfer-Encoding of 7bit, 8bit or binary",
            source="RFC 2045 §6.4",
        )


def _is_plain(lines: str, count: int) -> bool:
    """Whether these are so many lines, without a control character."""
    if ":  " in lines or " \r\n" in lines:
        return False
    try:
        data = lines.encode("latin-1")
    except UnicodeEncodeError:
        return False
    # What is left without all that may stand in a line: the line ends, and no more.
    return data.translate(None, _PRINTABLE) == _CRLF * count


# The pieces of a body. Many small pieces and one join at last cost a quarter of formatting.


def opening_pieces(outer: bytes, parameter: bytes, lines: bytes) -> tuple[bytes, ...]:
    """The header section of a changeset's part.

    Args:
        outer: the batch's boundary.
        parameter: the changeset's own, quoted where need be.
        lines: the further fields of the part.
    """
    return (
        b"--",
        outer,
        b"\r\nContent-Type: multipart/mixed; boundary=",
        parameter,
        _CRLF,
        lines,
        _CRLF,
    )


def leaf_pieces(boundary: bytes, text: bytes, body: bytes) -> tuple[bytes, ...]:
    """The part of an operation, or of the answer to one."""
    return b"--", boundary, _CRLF, text, body, _CRLF


def closing_pieces(boundary: bytes) -> tuple[bytes, ...]:
    """A close-delimiter."""
    return b"--", boundary, b"--\r\n"
