"""Which dialect a batch looks like, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from odatabatch.dialect import Dialect
from odatabatch.errors import DecodeError
from odatabatch.headers import NO_HEADERS, Headers
from odatabatch.judge import check
from odatabatch.media_type import read_media_type
from odatabatch.model import (
    CHANGESET_TYPES,
    Batch,
    BatchResponse,
    Operation,
    path_of,
    placed_leaves,
    refuse_other_types,
)
from odatabatch.oddities import CAPTURED, Tolerance
from odatabatch.rules import Fault

_HABIT, _RULE, _SERVICE = 1, 2, 3  # what signs weigh
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+://(?:[^/?#@]*+@)?([^/?#:@]++)")


class Sign(msgspec.Struct, frozen=True):
    """One reason to take a batch for a dialect's, or not to.

    Attributes:
        speaks_for: whether it speaks for the dialect.
        weight: how much: 1 for a habit, 2 for a rule that is broken, 3 for the service's own host.
        part: where it was seen first; ``batch`` for the whole.
        detail: what was seen, in words; may change.
    """

    speaks_for: bool
    weight: int
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
        """What its signs weigh together, those against it less than nothing."""
        return sum(sign.weight if sign.speaks_for else -sign.weight for sign in self.signs)


class Detection(msgspec.Struct, frozen=True):
    """What a batch looks like.

    Attributes:
        dialect: the one that it looks like most; None where several do equally, or where more
            speaks against each than for it.
        candidates: all that were asked for, the likeliest first.
    """

    dialect: Dialect | None
    candidates: tuple[Candidate, ...]


def detect(
    batch: Batch | BatchResponse, candidates: Iterable[Dialect], *, headers: Headers = NO_HEADERS
) -> Detection:
    """Which of some dialects a batch, or the answer to one, looks like, and why.

    Looked at are where Content-IDs stand, how boundaries begin (of a decoded batch), versions of
    OData, lengths of embedded messages, hosts, and the faults that ``check()`` finds. Each is a
    sign for a dialect or against it, once, however often it was seen.

    Args:
        batch: what is looked at.
        candidates: the dialects it may be in.
        headers: those of the message that carried it, where they are known.

    Raises:
        TypeError: an argument has the wrong type.
    """
    refuse_other_types(batch)
    if not isinstance(headers, Headers):
        raise TypeError(f"expected Headers, got {type(headers).__name__}")
    found = []
    for dialect in candidates:
        if not isinstance(dialect, Dialect):
            raise TypeError(f"expected a Dialect, got {type(dialect).__name__}")
        found.append(Candidate(dialect, tuple(_signs(batch, dialect, headers))))
    found.sort(key=lambda candidate: candidate.score, reverse=True)
    tied = len(found) > 1 and found[0].score == found[1].score
    likely = bool(found) and not tied and found[0].score >= 0
    return Detection(found[0].dialect if likely else None, tuple(found))


def _signs(batch: Batch | BatchResponse, dialect: Dialect, headers: Headers) -> Iterator[Sign]:
    faults: dict[str, Fault] = {}
    for fault in check(batch, dialect):
        faults.setdefault(fault.code, fault)
    yield from (Sign(False, _RULE, fault.part, fault.detail) for fault in faults.values())
    yield from _boundary_signs(batch, dialect)
    seen: set[_Seen] = set()
    for found in _header_signs(headers, dialect):
        seen.add(found)
        yield Sign(found.speaks_for, found.weight, "batch", found.detail)
    for leaf, index, inner in placed_leaves(batch):
        for found in _leaf_signs(leaf, dialect):
            if found not in seen:
                seen.add(found)
                yield Sign(found.speaks_for, found.weight, path_of(index, inner), found.detail)


class _Seen(NamedTuple):
    """A sign, wherever it was seen."""

    speaks_for: bool
    weight: int
    detail: str


_OWN_HOST = _Seen(True, _SERVICE, "a host of the service")


def _leaf_signs(leaf: Any, dialect: Dialect) -> Iterator[_Seen]:
    """What one operation tells, or the answer to one."""
    at = leaf.content_id_at
    if at is not None:
        yield _Seen(at == dialect.content_id_at, _HABIT, f"a Content-ID in the {at}")
    yield from _header_signs(leaf.headers, dialect)
    if not isinstance(leaf, Operation):
        return
    if leaf.body:
        states = "Content-Length" in leaf.headers
        detail = f"a body {'with' if states else 'without'} a Content-Length"
        yield _Seen(states == dialect.writes_content_length, _HABIT, detail)
    host = _HOST.match(leaf.target)
    if host and _is_host_of(host[1], dialect):
        yield _OWN_HOST


def _header_signs(headers: Headers, dialect: Dialect) -> Iterator[_Seen]:
    """What the fields of a message tell."""
    own = dialect.version_header
    for name in {it.lower(): it for it in ("DataServiceVersion", "OData-Version", own)}.values():
        if name in headers:
            article = "an" if name[:1] in "AEIOaeio" else "a"
            yield _Seen(name.lower() == own.lower(), _HABIT, f"{article} {name} field")
    if _is_host_of(headers.get("Host", "").partition(":")[0], dialect):
        yield _OWN_HOST


def _is_host_of(host: str, dialect: Dialect) -> bool:
    return host.lower().endswith(dialect.hosts)


def _boundary_signs(batch: Batch | BatchResponse, dialect: Dialect) -> Iterator[Sign]:
    """What the boundaries of a decoded batch tell."""
    prefixes = dialect.response_boundaries
    if isinstance(batch, Batch):
        prefixes = dialect.request_boundaries
    written = {}
    if batch.provenance is not None:
        written["batch"] = batch.provenance.content_type, prefixes[0]
    for index, part in enumerate(batch.parts):
        if isinstance(part, CHANGESET_TYPES):
            content_type = part.part_headers.get("Content-Type")
            if content_type is not None:
                written[path_of(index, None)] = content_type, prefixes[1]
                break
    for part_path, (content_type, prefix) in written.items():
        boundary = _boundary_in(content_type)
        if boundary is not None:
            alike = boundary.lower().startswith(f"{prefix}_")
            kind = "like" if alike else "unlike"
            yield Sign(alike, _HABIT, part_path, f"a boundary {kind} {prefix}_…")


def _boundary_in(content_type: str) -> str | None:
    try:
        found = read_media_type(content_type, None, Tolerance(CAPTURED)).get_all("boundary")
    except DecodeError:
        return None
    return found[0] if found else None
