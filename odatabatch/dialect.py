"""Dialects: what differs between the services that speak ``$batch``, as data."""

from __future__ import annotations

from typing import Literal, get_type_hints

import msgspec

from odatabatch.errors import UsageError
from odatabatch.headers import Headers
from odatabatch.model import CONTENT_ID, Place

APPLICATION_HTTP = Headers(
    [("Content-Type", "application/http"), ("Content-Transfer-Encoding", "binary")]
)
"""The header fields of a part in all dialects known so far."""

ContentIdNeeded = Literal["never", "in changesets", "always"]
ReferenceScope = Literal["changeset", "batch"]


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one family of services writes batches, and what it asks of them.

    The first group is for writing, the second for ``check()``, the third for ``correlate()`` and
    ``detect()``. What is not given is as in OData 4.01. An attribute of another type is a
    ``TypeError``, a Content-ID among the ``part_headers`` a ``UsageError``, invalid_dialect.

    Attributes:
        name: for people.
        source: where its rules are written down.

        content_id_at: where the Content-ID is written.
        part_headers: the header fields of an operation's part that has none of its own.
        request_boundaries: how the boundaries of a request begin: the batch's, a changeset's.
        response_boundaries: the same for an answer.
        writes_content_length: whether a message with a body that has no Content-Length gets one.
        shares_blank_line: whether a message without a body ends with its last header line, so that
            the blank line is the line end of the delimiter.

        content_id_needed: which operations, and which answers, need a Content-ID.
        reference_scope: how far ``$<id>`` reaches back: within its changeset, or the whole batch.
        changes_in_changesets: whether an operation that changes something may stand in a changeset
            only.
        queries_alone: whether a query may only be all that the batch holds.
        one_path: whether all operations address one and the same path, on one host.
        failed_changeset_alone: whether a failed changeset is answered by one single part, and never
            by a failure among the answers of a changeset.
        version_header: the field in which an operation states its version of OData.
        versions: what may stand there, up to a semicolon.
        max_operations: operations in a batch, or None.
        max_changesets: changesets in a batch, or None.
        max_changeset_operations: operations in a changeset, or None.

        orders_answers: whether the parts of an answer are in the order of the batch's parts.
        orders_changeset_answers: the same for the answers within a changeset.
        hosts: how the names of the service's hosts end.
    """

    name: str
    source: str

    content_id_at: Place = "part"
    part_headers: Headers = APPLICATION_HTTP
    request_boundaries: tuple[str, str] = ("batch", "changeset")
    response_boundaries: tuple[str, str] = ("batchresponse", "changesetresponse")
    writes_content_length: bool = True
    shares_blank_line: bool = False

    content_id_needed: ContentIdNeeded = "in changesets"
    reference_scope: ReferenceScope = "batch"
    changes_in_changesets: bool = False
    queries_alone: bool = False
    one_path: bool = False
    failed_changeset_alone: bool = False
    version_header: str = "OData-Version"
    versions: tuple[str, ...] = ("4.0", "4.01")
    max_operations: int | None = None
    max_changesets: int | None = None
    max_changeset_operations: int | None = None

    orders_answers: bool = False
    orders_changeset_answers: bool = False
    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            value = getattr(self, name)
            try:
                fits = msgspec.convert(value, kind) == value
            except msgspec.ValidationError:
                fits = False
            if not fits:
                raise TypeError(f"{name} is of another type")
        if CONTENT_ID in self.part_headers:
            raise UsageError("invalid_dialect", "expected part headers that all parts may have")


ODATA_V3 = Dialect(
    name="OData 3.0",
    source="OData 3.0, Batch Processing",
    content_id_needed="never",
    reference_scope="changeset",
    changes_in_changesets=True,
    failed_changeset_alone=True,
    version_header="DataServiceVersion",
    versions=("1.0", "2.0", "3.0"),
    orders_answers=True,
)
"""OData 1.0 to 3.0: a Content-ID only where something refers to it, answers in order."""

ODATA_V4 = Dialect(
    name="OData 4.01",
    source="OData 4.01 §11.7",
    failed_changeset_alone=True,
    orders_answers=True,
)
"""OData 4.0 and 4.01: a Content-ID in every operation of a changeset, answers in order. References
reach over the whole batch, which a service of 4.0 need not support, nor one of 4.01 (§11.7.7.2)."""

AZURE_TABLES = Dialect(
    name="Azure Tables",
    source="Azure Storage REST: Performing entity group transactions",
    content_id_needed="never",
    reference_scope="changeset",
    changes_in_changesets=True,
    queries_alone=True,
    version_header="DataServiceVersion",
    versions=("1.0", "2.0", "3.0"),
    max_operations=100,
    max_changesets=1,
    orders_answers=True,
    orders_changeset_answers=True,
    hosts=(
        ".table.core.windows.net",
        ".table.core.chinacloudapi.cn",
        ".table.core.usgovcloudapi.net",
        ".table.storage.azure.net",
        ".table.cosmos.azure.com",
    ),
)
"""Entity group transactions of Azure Storage's and Cosmos DB's tables: one changeset of at most 100
operations, or one query; a failed changeset has one answer, among those of a changeset."""
