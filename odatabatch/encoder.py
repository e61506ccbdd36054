"""Models to bytes: what was decoded comes out as it came in, what is new in a canonical form.

Nothing is written before all of it was found sound: every name, value, method, target, reason and
length is checked, and no delimiter can occur within a part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from odatabatch.dialect import Dialect
from odatabatch.errors import EncodeError, RuleError, UsageError
from odatabatch.headers import Headers, KnownNames, field_lines
from odatabatch.http_message import check_extent, request_head, response_head
from odatabatch.media_type import boundary_of, multipart_mixed, read_media_type
from odatabatch.model import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Provenance,
    leaves_of,
)
from odatabatch.oddities import CAPTURED, Tolerance
from odatabatch.rules import check

_CRLF = b"\r\n"
_IDENTITY_ENCODINGS = ("7bit", "8bit", "binary")


class Encoded(NamedTuple):
    """A batch, or the answer to one, as bytes.

    Attributes:
        content_type: for the header of the message that carries it.
        body: the multipart body.
    """

    content_type: str
    body: bytes


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

    Source: RFC 2046 §5.1.1, OData 4.01 §11.7, seed 000.
    """
    if not isinstance(batch, Batch):
        raise TypeError(f"expected a Batch, got {type(batch).__name__}")
    prefixes = dialect.request_boundaries if dialect else ("", "")
    return _encode(batch, _Leaves(request_head, dialect), prefixes, boundaries, tuple(allow))


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
    prefixes = dialect.response_boundaries if dialect else ("", "")
    return _encode(answer, _Leaves(response_head, dialect), prefixes, boundaries, tuple(allow))


class _Leaves:
    """Writes operations and answers: their part's headers and their message."""

    def __init__(self, head: Callable[[Any, KnownNames], str], dialect: Dialect | None) -> None:
        self._head = head
        self.dialect = dialect
        self._known = KnownNames()
        self._usual: tuple[Headers, str] | None = None  # the last part headers, and their lines

    def write(self, leaf: Any, where: str) -> bytes:
        """The part's header section, a blank line, and the message.

        Args:
            leaf: an ``Operation`` or an ``OperationResponse``.
            where: its path in the batch, for errors.
        """
        try:
            leaf = self._placed(leaf)
            section = self._part_section(leaf)
            head = self._head(leaf, self._known)
            message = head.encode("latin-1")
            if leaf.body or not (self.dialect and self.dialect.shares_blank_line):
                message += _CRLF + leaf.body
            self._check_part_extent(leaf.part_headers, len(message))
            return section.encode("latin-1") + message
        except EncodeError as error:
            error.part = where
            raise

    def _placed(self, leaf: Any) -> Any:
        """The leaf with its Content-ID where the dialect has it."""
        names = self._known[leaf.headers.names]
        part_names = self._known[leaf.part_headers.names]
        in_message = names.get(leaf.headers, "content-id")
        in_part = part_names.get(leaf.part_headers, "content-id")
        if in_message is not None and in_part is not None and in_message != in_part:
            raise EncodeError(
                "content_id_conflict",
                "expected one Content-ID, got one for the part and another for the message",
                source="OData 4.01 §11.7.2",
            )
        if self.dialect is None or (in_part is None and in_message is None):
            return leaf
        at = self.dialect.content_id_at
        if (in_part if at == "message" else in_message) is None:
            return leaf
        value = in_message if in_part is None else in_part
        return leaf.with_content_id(value, at=at)

    def _part_section(self, leaf: Any) -> str:
        """The part's header section with its blank line."""
        headers = leaf.part_headers
        if self._usual is not None and self._usual[0] is headers:
            return self._usual[1]
        known = self._known[headers.names]
        lines = field_lines(headers, known)
        content_type = known.get(headers, "content-type")
        if content_type is None and self.dialect is not None:
            own = self.dialect.part_headers.without(*headers.names)
            lines = field_lines(own, self._known[own.names]) + lines
        elif content_type is None or not _is_application_http(content_type):
            raise EncodeError(
                "unexpected_part_type",
                "expected application/http as the part's Content-Type",
                source="OData 4.01 §11.7.1",
            )
        _check_transfer_encoding(known.get(headers, "content-transfer-encoding"))
        section = lines + "\r\n"
        self._usual = (headers, section)
        return section

    def _check_part_extent(self, headers: Headers, length: int) -> None:
        if headers.names:
            check_extent(headers, self._known[headers.names], length)

    def changeset_fields(self, part: Changeset | ChangesetResponse, where: str) -> str:
        """The fields of a changeset's part beside its Content-Type."""
        # What they said of the content is true of the bytes that were read, not of these.
        headers = part.part_headers.without("Content-Type", "Content-Length")
        try:
            known = self._known[headers.names]
            _check_transfer_encoding(known.get(headers, "content-transfer-encoding"))
            check_extent(headers, known, 0)
            return field_lines(headers, known)
        except EncodeError as error:
            error.part = where
            raise


def _is_application_http(content_type: str) -> bool:
    return content_type.partition(";")[0].strip(" \t").lower() == "application/http"


def _check_transfer_encoding(value: str | None) -> None:
    if value is not None and value.lower() not in _IDENTITY_ENCODINGS:
        raise EncodeError(
            "content_transfer_encoding",
            "expected a Content-Transfer-Encoding of 7bit, 8bit or binary",
            source="RFC 2045 §6.4",
        )


def _encode(
    batch: Any,
    leaves: _Leaves,
    prefixes: tuple[str, str],
    boundaries: Iterable[str] | None,
    allow: tuple[str, ...],
) -> Encoded:
    dialect = leaves.dialect
    if dialect is None:
        if boundaries is not None or allow:
            raise UsageError("needs_dialect", "boundaries and allow mean nothing without a dialect")
        return _as_decoded(batch, leaves)
    faults = tuple(fault for fault in check(batch, dialect) if fault.code not in allow)
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
    return _canonical(batch, leaves, prefixes, boundaries)


# The canonical form


def _canonical(
    batch: Any, leaves: _Leaves, prefixes: tuple[str, str], boundaries: Iterable[str] | None
) -> Encoded:
    parts: list[tuple[str | None, list[bytes]]] = []  # a changeset's fields, or None; the leaves
    for index, part in enumerate(batch.parts):
        where = f"batch[{index}]"
        if isinstance(part, Changeset | ChangesetResponse):
            fields = leaves.changeset_fields(part, where)
            written = [
                leaves.write(leaf, f"{where}/changeset[{inner}]")
                for inner, leaf in enumerate(leaves_of(part))
            ]
            parts.append((fields, written))
        else:
            parts.append((None, [leaves.write(part, where)]))
    changesets = sum(fields is not None for fields, _ in parts)
    if boundaries is None:
        outer, *inner = _digest_boundaries(parts, prefixes, changesets)
    else:
        outer, *inner = _given_boundaries(parts, boundaries, changesets)
    return Encoded(multipart_mixed(outer), b"".join(_chunks(parts, outer, iter(inner))))


def _chunks(
    parts: list[tuple[str | None, list[bytes]]], outer: str, inner: Iterator[str]
) -> Iterator[bytes]:
    delimiter = f"--{outer}".encode("ascii")
    for fields, written in parts:
        if fields is None:
            yield b"%b\r\n%b\r\n" % (delimiter, written[0])
            continue
        boundary = next(inner)
        head = f"Content-Type: {multipart_mixed(boundary)}\r\n{fields}\r\n".encode("latin-1")
        yield b"%b\r\n%b" % (delimiter, head)
        for leaf in written:
            yield b"--%b\r\n%b\r\n" % (boundary.encode("ascii"), leaf)
        yield b"--%b--\r\n" % boundary.encode("ascii")
    yield delimiter + b"--\r\n"


def _digest_boundaries(
    parts: list[tuple[str | None, list[bytes]]], prefixes: tuple[str, str], changesets: int
) -> Iterator[str]:
    """The batch's boundary, then one a changeset: a digest of the content and a counter.

    One token stands in all of them, so one search shows that no part holds any; the counter has a
    fixed width, so none is a prefix of another.
    """
    content = b"".join([leaf for _, written in parts for leaf in written])
    digest = hashlib.sha256(content)
    while (token := _token(digest.hexdigest())).encode("ascii") in content:
        digest.update(b"\0")
    yield f"{prefixes[0]}_{token}-{0:012x}"
    for count in range(1, changesets + 1):
        yield f"{prefixes[1]}_{token}-{count:012x}"


def _token(digest: str) -> str:
    """The first four groups of a GUID, the shape in which these services write boundaries."""
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}"


def _given_boundaries(
    parts: list[tuple[str | None, list[bytes]]], boundaries: Iterable[str], changesets: int
) -> list[str]:
    """The caller's boundaries, found sound.

    Raises:
        EncodeError: too_few_boundaries, invalid_boundary, boundary_prefix, boundary_in_part.
    """
    given = [boundary for boundary, _ in zip(boundaries, range(changesets + 1), strict=False)]
    if len(given) <= changesets:
        raise EncodeError(
            "too_few_boundaries",
            f"expected {changesets + 1} boundaries, got {len(given)}",
            source="RFC 2046 §5.1.1",
        )
    for boundary in given:
        multipart_mixed(boundary)  # checks it
    ordered = sorted(given)
    if any(after.startswith(before) for before, after in pairwise(ordered)):
        raise EncodeError(
            "boundary_prefix",
            "expected boundaries of which none begins with another",
            source="RFC 2046 §5.1.1",
        )
    inner = iter(given[1:])
    for index, (fields, written) in enumerate(parts):
        own = (given[0],) if fields is None else (given[0], next(inner))
        for leaf in written:
            refuse_delimiters(leaf, own, f"batch[{index}]")
    return given


def refuse_delimiters(leaf: bytes, boundaries: Iterable[str], where: str) -> None:
    """Refuse a part in which a line begins with a delimiter.

    Raises:
        EncodeError: boundary_in_part.
    """
    for boundary in boundaries:
        delimiter = f"--{boundary}".encode("ascii")
        if leaf.startswith(delimiter) or b"\n" + delimiter in leaf:
            raise EncodeError(
                "boundary_in_part",
                "expected no line of the part to begin with a delimiter",
                part=where,
                source="RFC 2046 §5.1.1",
            )


# As decoded


def _as_decoded(batch: Any, leaves: _Leaves) -> Encoded:
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
    tolerance = Tolerance(CAPTURED)
    outer = boundary_of(read_media_type(source.content_type, None, tolerance), None).decode("ascii")
    pieces = []
    done = 0
    for count, (leaf, where, changeset) in enumerate(_leaves_with_places(batch)):
        if count not in source.replaced:
            continue
        open_boundaries = [outer]
        if changeset is not None:
            value = changeset.part_headers.get("Content-Type", "")
            media_type = read_media_type(value, None, tolerance)
            open_boundaries.append(boundary_of(media_type, None).decode("ascii"))
        written = _with_line_ends(leaves.write(leaf, where), leaf.body, source.line_end)
        refuse_delimiters(written, open_boundaries, where)
        start, end = source.spans[2 * count : 2 * count + 2]
        pieces += [source.body[done:start], written]
        done = end
    return Encoded(source.content_type, b"".join([*pieces, source.body[done:]]))


def _leaves_with_places(batch: Any) -> Iterator[tuple[Any, str, Any]]:
    """Each leaf, its path, and its changeset or None."""
    for index, part in enumerate(batch.parts):
        where = f"batch[{index}]"
        if isinstance(part, Changeset | ChangesetResponse):
            for inner, leaf in enumerate(leaves_of(part)):
                yield leaf, f"{where}/changeset[{inner}]", part
        else:
            yield part, where, None


def _with_line_ends(written: bytes, body: bytes, line_end: bytes) -> bytes:
    """The part with the message's own line ends in its heads; the body stays as it is."""
    if line_end == _CRLF:
        return written
    heads = written[: len(written) - len(body)]
    return heads.replace(_CRLF, line_end) + body
