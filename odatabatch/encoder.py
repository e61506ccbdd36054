"""Models to bytes: what was decoded comes out as it came in, what is new in a canonical form.

Nothing is written before all of it was found sound: every name, value, method, target, reason and
length is checked, and no delimiter can occur within a part.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from odatabatch.boundaries import digest_boundaries, given_boundaries, refuse_delimiters
from odatabatch.dialect import Dialect
from odatabatch.errors import EncodeError, UsageError
from odatabatch.judge import check
from odatabatch.media_type import are_tokens, boundary_of, quoted, read_media_type
from odatabatch.model import (
    Batch,
    BatchResponse,
    Provenance,
    leaves_of,
    path_of,
    placed_leaves,
)
from odatabatch.oddities import CAPTURED, Tolerance
from odatabatch.part_writer import (
    REQUEST,
    RESPONSE,
    Kind,
    PartWriter,
    closing_pieces,
    leaf_pieces,
    opening_pieces,
)
from odatabatch.rules import allowed_codes, refuse_faults

_CRLF = b"\r\n"


class Encoded(NamedTuple):
    """A batch, or the answer to one, as bytes.

    Attributes:
        content_type: for the header of the message that carries it.
        body: the multipart body.
    """

    content_type: str
    body: bytes

    def __repr__(self) -> str:
        # As decoded it may have any parameter.
        media_type = self.content_type.partition(";")[0]
        return f"Encoded(media_type={media_type!r}, body_bytes={len(self.body)})"


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
        UsageError: needs_dialect: boundaries or ``allow`` without a dialect; unknown_code: of
            ``allow``.
        TypeError: an argument or an attribute has the wrong type.

    Source: RFC 2046 §5.1.1, OData 4.01 §11.7, Azure Batch REST: Add multiple tasks to a job.
    """
    if not isinstance(batch, Batch):
        raise TypeError(f"expected a Batch, got {type(batch).__name__}")
    return _encode(batch, dialect, REQUEST, boundaries, allow)


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
    return _encode(answer, dialect, RESPONSE, boundaries, allow)


def _encode(
    batch: Any,
    dialect: Dialect | None,
    kind: Kind,
    boundaries: Iterable[str] | None,
    allow: Iterable[str],
) -> Encoded:
    if not isinstance(dialect, Dialect | None):
        raise TypeError(f"expected a Dialect or None, got {type(dialect).__name__}")
    if isinstance(boundaries, str):
        raise TypeError("boundaries are several str, not one")
    allowed = allowed_codes(allow)
    if dialect is not None:
        refuse_faults(check(batch, dialect), allowed)  # and wrong types
        return _canonical(batch, PartWriter(kind, dialect), kind.boundaries(dialect), boundaries)
    if boundaries is not None or allowed:
        raise UsageError("needs_dialect", "boundaries and allow mean nothing without a dialect")
    if batch.provenance is not None and batch.provenance.replaced:
        check(batch)  # for wrong types: its faults are none of an old batch's
    return _as_decoded(batch, kind)


# The canonical form


def _canonical(
    batch: Any, writer: PartWriter, prefixes: tuple[str, str], boundaries: Iterable[str] | None
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
    changeset = iter(zip(boundaries[1:], parameters[1:], strict=True))
    pieces: list[bytes] = []
    for part, lines in zip(batch.parts, fields, strict=True):
        if lines is None:
            pieces += leaf_pieces(outer, next(text), part.body)
            continue
        own, parameter = next(changeset)
        pieces += opening_pieces(outer, parameter, lines)
        for leaf in leaves_of(part):
            pieces += leaf_pieces(own, next(text), leaf.body)
        pieces += closing_pieces(own)
    pieces += closing_pieces(outer)
    return pieces


# As decoded


def _as_decoded(batch: Any, kind: Kind) -> Encoded:
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
    writer = PartWriter(kind, None, source.line_end.decode("ascii"))
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
