"""The protocol's rules: what a batch that can be read may still do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from odatabatch.dialect import Dialect
from odatabatch.headers import FieldNames, KnownNames
from odatabatch.model import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Operation,
    leaves_of,
)

# OData 4.01 §11.7.2: authentication is the batch's own affair, and these mean nothing in a part.
_FORBIDDEN = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "expect",
        "from",
        "max-forwards",
        "range",
        "te",
    )
)
_CONTENT_ID = "content-id"


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
        TypeError: neither a ``Batch`` nor a ``BatchResponse``.

    Source: OData 4.01 §11.7.2, §11.7.3; RFC 9112 §6.1; the dialect's own source.
    """
    if not isinstance(batch, Batch | BatchResponse):
        raise TypeError(f"expected a Batch or a BatchResponse, got {type(batch).__name__}")
    known = KnownNames()
    seen: dict[str, str] = {}
    faults: list[Fault] = []
    count = 0
    for index, part in enumerate(batch.parts):
        leaves = leaves_of(part)
        count += len(leaves)
        in_changeset = isinstance(part, Changeset | ChangesetResponse)
        for inner, leaf in enumerate(leaves):
            where = (index, inner) if in_changeset else (index,)
            faults.extend(_leaf_faults(leaf, where, dialect, known, seen))
        allowed = dialect.max_changeset_operations if dialect else None
        if in_changeset and allowed is not None and len(leaves) > allowed:
            detail = f"{len(leaves)} operations in a changeset, where {allowed} may be"
            faults.append(Fault("too_many_changeset_operations", f"batch[{index}]", detail))
    if dialect and dialect.max_operations is not None and count > dialect.max_operations:
        detail = f"{count} operations in a batch, where {dialect.max_operations} may be"
        faults.append(Fault("too_many_operations", "batch", detail))
    return tuple(faults)


def _leaf_faults(
    leaf: Any,
    where: tuple[int, ...],
    dialect: Dialect | None,
    known: KnownNames,
    seen: dict[str, str],
) -> Iterator[Fault]:
    """The breaches of one operation or answer; ``seen`` has the Content-IDs before it."""
    names = known[leaf.headers.names]
    part_names = known[leaf.part_headers.names]
    content_id = part_names.get(leaf.part_headers, _CONTENT_ID)
    if content_id is None:
        content_id = names.get(leaf.headers, _CONTENT_ID)
    if content_id is None:
        if len(where) > 1 or (dialect and dialect.content_id_everywhere):
            yield Fault("missing_content_id", _path(where), "no Content-ID")
    elif not content_id:
        yield Fault("empty_content_id", _path(where), "an empty Content-ID")
    elif content_id in seen:
        detail = f"the Content-ID of {seen[content_id]} again"
        yield Fault("repeated_content_id", _path(where), detail)
    else:
        seen[content_id] = _path(where)
    if isinstance(leaf, Operation):
        if len(where) > 1 and leaf.method in ("GET", "HEAD"):
            yield Fault("retrieve_in_changeset", _path(where), f"{leaf.method} in a changeset")
        for section in (part_names, names):
            yield from _forbidden(section, where)


def _forbidden(names: FieldNames, where: tuple[int, ...]) -> Iterator[Fault]:
    for name in names.index.keys() & _FORBIDDEN:
        yield Fault("forbidden_header", _path(where), f"a {name} header")


def _path(where: tuple[int, ...]) -> str:
    return f"batch[{where[0]}]" + (f"/changeset[{where[1]}]" if len(where) > 1 else "")
