"""The protocol's rules: what a batch that can be read may still do wrong."""

from __future__ import annotations

from typing import Any

import msgspec

from odatabatch.dialect import Dialect
from odatabatch.headers import Headers, KnownNames
from odatabatch.model import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Operation,
    OperationResponse,
    leaves_of,
    path_of,
)

_RETRIEVES = ("GET", "HEAD")


class Fault(msgspec.Struct, frozen=True):
    """One breach of the protocol's rules.

    Attributes:
        code: which rule; a stable name, part of the API (``docs/errors.md``).
        part: where, such as ``batch[2]/changeset[0]``; ``batch`` for the whole.
        detail: what is wrong, in words; may change.
    """

    code: str
    part: str
    detail: str


def check(batch: Batch | BatchResponse, dialect: Dialect | None = None) -> tuple[Fault, ...]:
    """All breaches of the protocol's rules in a batch, or in the answer to one.

    Args:
        batch: what is judged.
        dialect: whose rules count beside those of OData itself.

    Returns:
        In wire order: missing_content_id (an operation in a changeset, or with a dialect that asks
        for it any operation, has none), empty_content_id, repeated_content_id,
        retrieve_in_changeset, forbidden_header, too_many_changeset_operations; last
        too_many_operations.

    Raises:
        TypeError: neither a ``Batch`` nor a ``BatchResponse``, or something in it has a wrong type.

    Source: OData 4.01 §11.7.2, §11.7.3; the dialect's own source.
    """
    if not isinstance(batch, Batch | BatchResponse):
        raise TypeError(f"expected a Batch or a BatchResponse, got {type(batch).__name__}")
    if not isinstance(dialect, Dialect | None):
        raise TypeError(f"expected a Dialect or None, got {type(dialect).__name__}")
    if not isinstance(batch.parts, tuple):
        raise TypeError("parts is a tuple")
    judge = _Judge(dialect, Operation if isinstance(batch, Batch) else OperationResponse)
    for index, part in enumerate(batch.parts):
        if isinstance(part, Changeset | ChangesetResponse):
            judge.changeset(index, part)
        else:
            judge.leaf(part, index, None)
    judge.batch()
    return tuple(judge.faults)


class _Judge:
    """Goes through a batch and collects its faults."""

    def __init__(self, dialect: Dialect | None, leaf_type: type[Any]) -> None:
        self._leaf_type = leaf_type
        self.faults: list[Fault] = []
        self._max_operations = dialect.max_operations if dialect else None
        self._max_changeset_operations = dialect.max_changeset_operations if dialect else None
        self._id_everywhere = dialect is not None and dialect.content_id_everywhere
        self._known = KnownNames()
        self._seen: dict[str, tuple[int, int | None]] = {}  # where each Content-ID stands first
        self._count = 0

    def changeset(self, index: int, part: Changeset | ChangesetResponse) -> None:
        """Judge a changeset, or the answers to one."""
        leaves = leaves_of(part)
        if isinstance(part, Changeset) is not (self._leaf_type is Operation):
            raise TypeError(f"a {type(part).__name__} has no place here")
        if not (isinstance(leaves, tuple) and isinstance(part.part_headers, Headers)):
            raise TypeError("a changeset holds a tuple, and Headers of its own")
        for inner, leaf in enumerate(leaves):
            self.leaf(leaf, index, inner)
        allowed = self._max_changeset_operations
        if allowed is not None and len(leaves) > allowed:
            detail = f"{len(leaves)} operations in a changeset, where {allowed} may be"
            self._add("too_many_changeset_operations", index, None, detail)

    def leaf(self, leaf: Any, index: int, inner: int | None) -> None:
        """Judge an operation, or the answer to one."""
        self._count += 1
        if not isinstance(leaf, self._leaf_type):
            raise TypeError(f"expected {self._leaf_type.__name__}, got {type(leaf).__name__}")
        headers, part_headers = leaf.headers, leaf.part_headers
        if not (isinstance(headers, Headers) and isinstance(part_headers, Headers)):
            raise TypeError("headers and part_headers are Headers")
        names = self._known[headers.names]
        part_names = self._known[part_headers.names]
        content_id = None
        if part_names.content_id is not None:
            content_id = part_headers.values[part_names.content_id]
        elif names.content_id is not None:
            content_id = headers.values[names.content_id]
        if content_id and content_id not in self._seen:
            self._seen[content_id] = (index, inner)
        elif content_id:
            detail = f"the Content-ID of {path_of(*self._seen[content_id])} again"
            self._add("repeated_content_id", index, inner, detail)
        elif content_id is not None:
            self._add("empty_content_id", index, inner, "an empty Content-ID")
        elif inner is not None or self._id_everywhere:
            self._add("missing_content_id", index, inner, "no Content-ID")
        if isinstance(leaf, Operation):
            if inner is not None and leaf.method in _RETRIEVES:
                detail = f"{leaf.method} in a changeset"
                self._add("retrieve_in_changeset", index, inner, detail)
            for name in part_names.forbidden + names.forbidden:
                self._add("forbidden_header", index, inner, f"a {name} header")

    def batch(self) -> None:
        """Judge the batch as a whole, at last."""
        allowed = self._max_operations
        if allowed is not None and self._count > allowed:
            detail = f"{self._count} operations in a batch, where {allowed} may be"
            self.faults.append(Fault("too_many_operations", "batch", detail))

    def _add(self, code: str, index: int, inner: int | None, detail: str) -> None:
        self.faults.append(Fault(code, path_of(index, inner), detail))
