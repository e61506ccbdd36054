"""Which dialect a batch looks like, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from odatabatch.dialect import Dialect
from odatabatch.errors import DecodeError
from odatabatch.media_type import read_media_type
from odatabatch.model import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Operation,
    path_of,
    placed_leaves,
)
from odatabatch.oddities import CAPTURED, Tolerance
from odatabatch.rules import Fault, check

_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+://(?:[^/?#@]*+@)?([^/?#:@]++)")


class Sign(msgspec.Struct, frozen=True):
    """One reason to take a batch for a dialect's, or not to.

    Attributes:
        speaks_for: whether it speaks for the dialect.
        part: where it was seen first; ``batch`` for the whole.
        detail: what was seen, in words; may change.
    """

    speaks_for: bool
    part: str
    detail: str


class Candidate(msgspec.Struct, frozen=True):
    """A dialect, and what speaks for it and against it.

    Attributes:
        dialect: the dialect.
        signs: what was seen.
    """

    dialect: Dialect
    signs: tuple[Sign, ...]

    @property
    def score(self) -> int:
        """How many signs speak for it, less those against it."""
        return sum(1 if sign.speaks_for else -1 for sign in self.signs)


class Detection(msgspec.Struct, frozen=True):
    """What a batch looks like.

    Attributes:
        dialect: the one that it looks like most; None where several do equally.
        candidates: all that were asked for, the likeliest first.
    """

    dialect: Dialect | None
    candidates: tuple[Candidate, ...]


def detect(batch: Batch | BatchResponse, candidates: Iterable[Dialect]) -> Detection:
    """Which of some dialects a batch, or the answer to one, looks like, and why.

    Looked at are where Content-IDs stand, how boundaries begin (of a decoded batch), versions of
    OData, lengths of embedded messages, hosts of absolute targets, and the faults that ``check()``
    finds. Each is a sign for a dialect or against it, once, however often it was seen.

    Args:
        batch: what is looked at.
        candidates: the dialects it may be in.

    Raises:
        TypeError: an argument has the wrong type.
    """
    if not isinstance(batch, Batch | BatchResponse):
        raise TypeError(f"expected a Batch or a BatchResponse, got {type(batch).__name__}")
    found = [Candidate(dialect, tuple(_signs(batch, dialect))) for dialect in candidates]
    found.sort(key=lambda candidate: candidate.score, reverse=True)
    tied = len(found) > 1 and found[0].score == found[1].score
    return Detection(found[0].dialect if found and not tied else None, tuple(found))


def _signs(batch: Batch | BatchResponse, dialect: Dialect) -> Iterator[Sign]:
    faults: dict[str, Fault] = {}
    for fault in check(batch, dialect):
        faults.setdefault(fault.code, fault)
    yield from (Sign(False, fault.part, fault.detail) for fault in faults.values())
    yield from _boundary_signs(batch, dialect)
    seen: set[tuple[bool, str]] = set()
    for leaf, index, inner in placed_leaves(batch):
        for speaks_for, detail in _leaf_signs(leaf, dialect):
            if (speaks_for, detail) not in seen:
                seen.add((speaks_for, detail))
                yield Sign(speaks_for, path_of(index, inner), detail)


def _leaf_signs(leaf: Any, dialect: Dialect) -> Iterator[tuple[bool, str]]:
    """What one operation tells, or the answer to one."""
    at = leaf.content_id_at
    if at is not None:
        yield at == dialect.content_id_at, f"a Content-ID in the {at}"
    for header in ("DataServiceVersion", "OData-Version"):
        if header in leaf.headers:
            yield header == dialect.version_header, f"a {header} field"
    if leaf.body and isinstance(leaf, Operation):
        states = "Content-Length" in leaf.headers
        yield (
            states == dialect.writes_content_length,
            "a body with a Content-Length" if states else "a body without a Content-Length",
        )
    host = _HOST.match(leaf.target) if isinstance(leaf, Operation) else None
    if host and dialect.hosts and host[1].lower().endswith(dialect.hosts):
        yield True, "a host of the service"


def _boundary_signs(batch: Batch | BatchResponse, dialect: Dialect) -> Iterator[Sign]:
    """What the boundaries of a decoded batch tell."""
    prefixes = dialect.response_boundaries
    if isinstance(batch, Batch):
        prefixes = dialect.request_boundaries
    written = {}
    if batch.provenance is not None:
        written["batch"] = batch.provenance.content_type, prefixes[0]
    for index, part in enumerate(batch.parts):
        if isinstance(part, Changeset | ChangesetResponse):
            content_type = part.part_headers.get("Content-Type")
            if content_type is not None:
                written[path_of(index, None)] = content_type, prefixes[1]
                break
    for part_path, (content_type, prefix) in written.items():
        boundary = _boundary_in(content_type)
        if boundary is not None:
            alike = boundary.lower().startswith(f"{prefix}_")
            kind = "like" if alike else "unlike"
            yield Sign(alike, part_path, f"a boundary {kind} {prefix}_…")


def _boundary_in(content_type: str) -> str | None:
    try:
        found = read_media_type(content_type, None, Tolerance(CAPTURED)).get_all("boundary")
    except DecodeError:
        return None
    return found[0] if found else None
