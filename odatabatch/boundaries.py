"""Boundaries for a batch that is written: chosen to occur nowhere, or the caller's, checked.

RFC 2046 §5.1.1: no line of a part may begin with a delimiter, and no boundary with another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import islice, pairwise
from typing import Any

from odatabatch.errors import EncodeError
from odatabatch.media_type import checked_boundary
from odatabatch.model import path_of, placed_leaves


def digest_boundaries(content: bytes, prefixes: tuple[str, str], count: int) -> list[bytes]:
    """The batch's boundary, then one a changeset: a digest of the content and a counter.

    One token stands in all of them, so one search shows that no part holds any; the counter has a
    fixed width, so none is a prefix of another.

    Args:
        content: all that the parts hold.
        prefixes: how the batch's boundary begins, and a changeset's.
        count: how many, the batch's included.

    Raises:
        EncodeError: invalid_boundary: they cannot begin like that.
    """
    digest = hashlib.sha256(content)
    while (token := _token(digest.hexdigest())).encode("ascii") in content:
        digest.update(b"\0")
    outer, inner = [checked_boundary(f"{prefix}_{token}-{0:012x}") for prefix in prefixes]
    inner = inner[:-12]
    return [outer, *[inner + b"%012x" % at for at in range(1, count)]]


def _token(digest: str) -> str:
    """The first four groups of a GUID, the shape in which these services write boundaries."""
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}"


def given_boundaries(
    batch: Any,
    texts: list[bytes],
    fields: list[bytes | None],
    boundaries: Iterable[str],
    count: int,
) -> list[bytes]:
    """The caller's boundaries, found sound.

    Raises:
        EncodeError: too_few_boundaries, invalid_boundary, boundary_prefix, boundary_in_part.
    """
    given = [checked_boundary(boundary) for boundary in islice(boundaries, count)]
    if len(given) < count:
        raise _too_few(count, len(given))
    for before, after in pairwise(sorted(given)):
        if after.startswith(before):
            raise _prefix()
    outer, *inner = given
    changeset = iter(inner)
    own = {index: next(changeset) for index, lines in enumerate(fields) if lines is not None}
    for index in own:
        refuse_delimiters(fields[index] or b"", [outer], index, None)
    for (leaf, index, at), text in zip(placed_leaves(batch), texts, strict=True):
        open_here = [outer, own[index]] if index in own else [outer]
        refuse_delimiters(text + leaf.body, open_here, index, at)
    return given


class BoundarySource:
    """The caller's boundaries one by one, each found sound as it is taken.

    Args:
        boundaries: the batch's, then one a changeset.
    """

    def __init__(self, boundaries: Iterable[str]) -> None:
        self._left = iter(boundaries)
        self._taken: set[bytes] = set()
        # By length, what the taken ones that are at least so long begin with. There are at most 70
        # lengths; to keep a sorted list would move half of it for each boundary.
        self._beginnings: dict[int, set[bytes]] = {}

    def take(self) -> bytes:
        """The next boundary.

        Raises:
            EncodeError: too_few_boundaries, invalid_boundary, boundary_prefix.
        """
        for given in self._left:
            boundary = checked_boundary(given)
            length = len(boundary)
            if length not in self._beginnings:
                self._beginnings[length] = {it[:length] for it in self._taken if len(it) >= length}
            own = {it: boundary[:it] for it in self._beginnings if it <= length}
            if boundary in self._beginnings[length] or not self._taken.isdisjoint(own.values()):
                raise _prefix()
            for it, beginning in own.items():
                self._beginnings[it].add(beginning)
            self._taken.add(boundary)
            return boundary
        raise _too_few(len(self._taken) + 1, len(self._taken))


def _prefix() -> EncodeError:
    return EncodeError(
        "boundary_prefix",
        "expected boundaries of which none begins with another",
        source="RFC 2046 §5.1.1",
    )


def _too_few(expected: int, got: int) -> EncodeError:
    return EncodeError(
        "too_few_boundaries",
        f"expected {expected} boundaries, got {got}",
        source="RFC 2046 §5.1.1",
    )


def refuse_delimiters(
    content: bytes, boundaries: Iterable[bytes], index: int, inner: int | None
) -> None:
    """Refuse a part in which a line begins with a delimiter.

    Raises:
        EncodeError: boundary_in_part.
    """
    for boundary in boundaries:
        delimiter = b"--" + boundary
        # After a bare CR too: there are readers, CPython's email among them, that end a line there.
        if (
            content.startswith(delimiter)
            or b"\n" + delimiter in content
            or b"\r" + delimiter in content
        ):
            raise EncodeError(
                "boundary_in_part",
                "expected no line of the part to begin with a delimiter",
                part=path_of(index, inner),
                source="RFC 2046 §5.1.1",
            )
