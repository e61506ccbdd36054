"""Models to bytes: what was decoded comes out as it came in, what is new in a canonical form.

Nothing is written before all of it was found sound: every name, value, method, target, reason and
length is checked, and no delimiter can occur within a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from odatabatch.boundaries import digest_boundaries, given_boundaries, refuse_delimiters
from odatabatch.dialect import Dialect
from odatabatch.errors import DecodeError, EncodeError, RuleError, UsageError
from odatabatch.headers import NO_HEADERS, FieldNames, Headers, KnownNames, field_lines
from odatabatch.http_message import HttpRequest
from odatabatch.http_writer import check_extent, written_head
from odatabatch.media_type import (
    IDENTITY_ENCODINGS,
    are_tokens,
    boundary_of,
    quoted,
    read_media_type,
)
from odatabatch.model import (
    CONTENT_ID,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Operation,
    OperationResponse,
    Provenance,
    leaves_of,
    path_of,
    placed_leaves,
)
from odatabatch.oddities import CAPTURED, STRICT, Tolerance
from odatabatch.rules import check

_CRLF = b"\r\n"
_PRINTABLE = bytes({*range(0x20, 0x7F), *range(0x80, 0x100)})


class Encoded(NamedTuple):
    """A batch, or the answer to one, as bytes.

    Attributes:
        content_type: for the header of the message that carries it.
        body: the multipart body.
    """

    content_type: str
    body: bytes

    def __repr__(self) -> str:
        return f"Encoded(content_type={self.content_type!r}, body_bytes={len(self.body)})"


def encode_request(
    batch: Batch,
    dialect: Dialect | None = None,
    boundaries: Iterable[str] | None = None,
    allow: Iterable[str] = (),
) -> Encoded:
    """Write a batch request.

    Args:
        batch: what is written.
        dialect: in whose canonical form. None: as it was decoded, byte for byte, but for the
            operations that ``batch.replace`` put in.
        boundaries: with a dialect, the boundaries to use: the batch's, then one a changeset in
            wire order. By default a digest of the content and a counter.
        allow: with a dialect, the codes of those faults of ``check()`` that may stay.

    Raises:
        EncodeError: something would break the message: invalid_method, invalid_target,
            invalid_field, repeated_field, other_version, transfer_encoding,
            content_length_mismatch, content_transfer_encoding, content_id_conflict,
            unexpected_part_type, invalid_boundary, boundary_prefix, boundary_in_part,
            too_few_boundaries, no_provenance.
        RuleError: rule_broken: ``check()`` found faults that are not allowed.
        UsageError: needs_dialect: boundaries or ``allow`` without a dialect.
        TypeError: an argument or an attribute has the wrong type.

    Source: RFC 2046 §5.1.1, OData 4.01 §11.7, Azure Batch REST: Add multiple tasks to a job.
    """
    if not isinstance(batch, Batch):
        raise TypeError(f"expected a Batch, got {type(batch).__name__}")
    return _encode(batch, dialect, _REQUEST, boundaries, allow)


def encode_response(
    answer: BatchResponse,
    dialect: Dialect | None = None,
    boundaries: Iterable[str] | None = None,
    allow: Iterable[str] = (),
) -> Encoded:
    """Write the answer to a batch request; as ``encode_request``.

    Raises:
        EncodeError: as there, and invalid_status, invalid_reason, content_not_allowed.
        RuleError, UsageError, TypeError: as there.
    """
    if not isinstance(answer, BatchResponse):
        raise TypeError(f"expected a BatchResponse, got {type(answer).__name__}")
    return _encode(answer, dialect, _RESPONSE, boundaries, allow)


class _Kind(NamedTuple):
    """What a batch holds, or the answer to one."""

    leaf_type: type[Operation | OperationResponse]
    changeset_type: type[Changeset | ChangesetResponse]
    boundaries: Callable[[Dialect], tuple[str, str]]  # how they begin


_REQUEST = _Kind(Operation, Changeset, lambda dialect: dialect.request_boundaries)
_RESPONSE = _Kind(OperationResponse, ChangesetResponse, lambda dialect: dialect.response_boundaries)


class _Writer:
    """Writes the text of a leaf, all but its body: its part's header section, and its head.

    A leaf is an operation, or the answer to one.
    """

    def __init__(self, kind: _Kind, dialect: Dialect | None, line_end: str = "\r\n") -> None:
        self.kind = kind
        self._line_end = line_end
        self._dialect = dialect
        self._content_id_at = dialect.content_id_at if dialect else None
        self._shares_blank_line = dialect is not None and dialect.shares_blank_line
        self._known = KnownNames()
        # Of the last part, since most have the same.
        self._part_headers: Headers | None = None
        self._written_headers = NO_HEADERS  # the same, with the dialect's own
        self._part_names = self._known[()]
        self._section = ""
        self._start_lines: dict[tuple[Any, ...], str] = {}  # those that were judged

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
        for leaf in leaves:
            headers = leaf.headers
            names = self._known[headers.names]
            start_line = self._start_lines.get(_start_line_key(leaf))
            lines = (names.template or "") % headers.values if names.usual else " \r\n"
            if (
                start_line is None
                or leaf.part_headers is not self._part_headers
                or self._part_names.framing
                or (names.content_id is not None and self._content_id_at != "message")
                or ":  " in lines
                or " \r\n" in lines
            ):
                texts.append(self.text(leaf))
                continue
            filled.append(lines)
            line_count += names.count
            blank = "" if self._shares_blank_line and not leaf.body else "\r\n"
            texts.append(f"{self._section}{start_line}{lines}{blank}")
        return _is_plain("".join(filled), line_count)

    def text(self, leaf: Any) -> str:
        """The text of one leaf, an ``Operation`` or an ``OperationResponse``, judged."""
        names = self._known[leaf.headers.names]
        leaf, names = self._placed(leaf, names)
        head = written_head(leaf, names)
        self._start_lines[_start_line_key(leaf)] = head[: head.index("\n") + 1]
        if leaf.body or not self._shares_blank_line:
            head += "\r\n"
        head = head.replace("\r\n", self._line_end)
        if leaf.part_headers is not self._part_headers:
            self._written_headers = self._with_own(leaf.part_headers)
            section = self._part_section(self._written_headers)
            self._section = section.replace("\r\n", self._line_end)
            self._part_headers = leaf.part_headers
            self._part_names = self._known[self._written_headers.names]
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
                source="OData 4.01 §11.7.2",
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
                source="OData 4.01 §11.7.1",
            )
        _check_transfer_encoding(headers)
        return lines + "\r\n"

    def changeset_fields(self, part: Changeset | ChangesetResponse, index: int) -> bytes:
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


def _encode(
    batch: Any,
    dialect: Dialect | None,
    kind: _Kind,
    boundaries: Iterable[str] | None,
    allow: Iterable[str],
) -> Encoded:
    if not isinstance(dialect, Dialect | None):
        raise TypeError(f"expected a Dialect or None, got {type(dialect).__name__}")
    if isinstance(boundaries, str) or isinstance(allow, str):
        raise TypeError("boundaries and allow are several str, not one")
    allowed = frozenset(allow)
    if dialect is not None:
        _refuse_faults(batch, dialect, allowed)  # and wrong types
        return _canonical(batch, _Writer(kind, dialect), kind.boundaries(dialect), boundaries)
    if boundaries is not None or allowed:
        raise UsageError("needs_dialect", "boundaries and allow mean nothing without a dialect")
    if batch.provenance is not None and batch.provenance.replaced:
        check(batch)  # for wrong types: its faults are none of an old batch's
    return _as_decoded(batch, kind)


def _refuse_faults(batch: Any, dialect: Dialect, allowed: frozenset[str]) -> None:
    faults = tuple(fault for fault in check(batch, dialect) if fault.code not in allowed)
    if faults:
        first = faults[0]
        error = RuleError(
            "rule_broken",
            f"expected a batch without faults, got {len(faults)}, first {first.code}",
            part=first.part,
            source=dialect.source,
        )
        error.faults = faults
        raise error


def _start_line_key(leaf: Any) -> tuple[Any, ...]:
    """What the start line of a leaf, and whether it may stand, depends on."""
    if isinstance(leaf, HttpRequest):
        return leaf.method, leaf.target, leaf.version
    return leaf.status, leaf.reason, leaf.version, bool(leaf.body)


def _is_plain(lines: str, count: int) -> bool:
    """Whether these are so many lines, without a control character."""
    try:
        data = lines.encode("latin-1")
    except UnicodeEncodeError:
        return False
    # What is left without all that may stand in a line: the line ends, and no more.
    return data.translate(None, _PRINTABLE) == _CRLF * count


# The canonical form


def _canonical(
    batch: Any, writer: _Writer, prefixes: tuple[str, str], boundaries: Iterable[str] | None
) -> Encoded:
    leaves = [leaf for part in batch.parts for leaf in leaves_of(part)]
    texts = writer.texts(batch, leaves)
    changeset_type = writer.kind.changeset_type
    fields = [
        writer.changeset_fields(part, index) if isinstance(part, changeset_type) else None
        for index, part in enumerate(batch.parts)
    ]
    count = 1 + sum(lines is not None for lines in fields)
    if boundaries is None:
        content = b"".join([*texts, *[leaf.body for leaf in leaves], *filter(None, fields)])
        given = digest_boundaries(content, prefixes, count)
    else:
        given = given_boundaries(batch, texts, fields, boundaries, count)
    parameters = given if are_tokens(given) else [quoted(boundary) for boundary in given]
    content_type = f"multipart/mixed; boundary={parameters[0].decode('ascii')}"
    return Encoded(content_type, b"".join(_pieces(batch, texts, fields, given, parameters)))


def _pieces(
    batch: Any,
    texts: list[bytes],
    fields: list[bytes | None],
    boundaries: list[bytes],
    parameters: list[bytes],
) -> list[bytes]:
    """The pieces of the body, in order; ``parameters`` are the boundaries, quoted where need be.

    Pieces, because one join costs a quarter of formatting each part.
    """
    outer, text = boundaries[0], iter(texts)
    opening = b"--" + outer + b"\r\nContent-Type: multipart/mixed; boundary="
    changeset = iter(zip(boundaries[1:], parameters[1:], strict=True))
    pieces: list[bytes] = []
    for part, lines in zip(batch.parts, fields, strict=True):
        if lines is None:
            pieces += (b"--", outer, _CRLF, next(text), part.body, _CRLF)
            continue
        own, parameter = next(changeset)
        pieces += (opening, parameter, _CRLF, lines, _CRLF)
        for leaf in leaves_of(part):
            pieces += (b"--", own, _CRLF, next(text), leaf.body, _CRLF)
        pieces += (b"--", own, b"--\r\n")
    pieces += (b"--", outer, b"--\r\n")
    return pieces


# As decoded


def _as_decoded(batch: Any, kind: _Kind) -> Encoded:
    """The bytes that the batch came from, with the replaced leaves written anew.

    Raises:
        EncodeError: no_provenance, and those of the new leaves.
    """
    source: Provenance | None = batch.provenance
    if source is None:
        raise EncodeError(
            "no_provenance",
            "expected a batch that was decoded, or a dialect to write it in",
        )
    if not source.replaced:
        return Encoded(source.content_type, source.body)
    writer = _Writer(kind, None, source.line_end.decode("ascii"))
    outer = _boundary_in(source.content_type)
    pieces = []
    done = 0
    for count, (leaf, index, inner) in enumerate(placed_leaves(batch)):
        if count not in source.replaced:
            continue
        start, end = source.spans[2 * count : 2 * count + 2]
        try:
            written = writer.text(leaf).encode("latin-1") + leaf.body
        except EncodeError as error:
            error.part = path_of(index, inner)
            raise
        boundaries = [outer]
        if inner is not None:
            headers = batch.parts[index].part_headers
            boundaries.append(_boundary_in(headers.get("Content-Type", "")))
            if "Content-Length" in headers and len(written) != end - start:
                raise EncodeError(
                    "content_length_mismatch",
                    "expected as many bytes as before in a changeset that states its length",
                    part=path_of(index, None),
                    source="RFC 9112 §6.2",
                )
        refuse_delimiters(written, boundaries, index, inner)
        # The delimiter's line end has to be the message's own: the blank line of the old head may
        # have served as it, and ended otherwise.
        if source.line_end == _CRLF and source.body[end : end + 1] == b"\n":
            written += b"\r"
        elif source.line_end == b"\n" and source.body[end : end + 2] == _CRLF:
            end += 1
        pieces += [source.body[done:start], written]
        done = end
    return Encoded(source.content_type, b"".join([*pieces, source.body[done:]]))


def _boundary_in(content_type: str) -> bytes:
    """The boundary in a Content-Type that a decoder took."""
    return boundary_of(read_media_type(content_type, None, Tolerance(CAPTURED)), None)
