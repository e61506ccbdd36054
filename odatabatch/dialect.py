"""Dialects: what differs between the services that speak ``$batch``, as data."""

from __future__ import annotations

import msgspec

from odatabatch.headers import Headers
from odatabatch.model import Place


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one family of services writes batches, and what it asks of them.

    Attributes:
        name: for people.
        source: where its rules are written down.
        content_id_at: where the Content-ID is written.
        part_headers: the header fields of an operation's part that has none of its own.
        request_boundaries: how the boundaries of a request begin: the batch's, a changeset's.
        response_boundaries: the same for an answer.
        shares_blank_line: whether a message without a body ends with its last header line, so that
            the blank line is the line end of the delimiter.
        content_id_everywhere: whether an operation outside of changesets needs a Content-ID too.
        max_operations: operations in a batch, or None.
        max_changeset_operations: operations in a changeset, or None.
    """

    name: str
    source: str
    content_id_at: Place
    part_headers: Headers
    request_boundaries: tuple[str, str]
    response_boundaries: tuple[str, str]
    shares_blank_line: bool = False
    content_id_everywhere: bool = False
    max_operations: int | None = None
    max_changeset_operations: int | None = None


APPLICATION_HTTP = Headers(
    [("Content-Type", "application/http"), ("Content-Transfer-Encoding", "binary")]
)
"""The header fields of a part in all dialects known so far."""

ODATA_V4 = Dialect(
    name="OData 4.01",
    source="OData 4.01 §11.7",
    content_id_at="part",
    part_headers=APPLICATION_HTTP,
    request_boundaries=("batch", "changeset"),
    response_boundaries=("batchresponse", "changesetresponse"),
)
"""OData 4.0 and 4.01."""
