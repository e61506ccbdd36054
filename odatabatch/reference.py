"""References: ``$<id>`` in a target or a condition, for what an earlier operation made.

OData 4.01 §11.7.4 (targets, any earlier operation of the batch; its ETag in If-Match and
If-None-Match), OData 3.0, Batch Processing §2.2.1 (targets, within the changeset).
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from odatabatch.dialect import Dialect, ReferenceScope
from odatabatch.headers import FieldNames, KnownNames
from odatabatch.model import Batch, Operation, path_of, placed_leaves, refuse_other_types

# OData 4.01 §11.7.4: these names are the service's own; in a target they win over a Content-ID.
SYSTEM_NAMES = frozenset(("all", "batch", "crossjoin", "entity", "id", "metadata", "root"))

# A target may begin with it, relative to the service root or to the host; the whole name counts, so
# that $1 is not the beginning of $10.
_TARGET = re.compile(r"/?\$([^/?#(]++)")
_CONDITION = re.compile(r'\$([^\s,"]++)')

Position = tuple[int, int | None]
"""The index of a part, and that of an operation in a changeset, or None."""


class Mention(NamedTuple):
    """A reference as it stands in an operation.

    Attributes:
        field: where: the name of a header field, or None for the target.
        content_id: whose.
        rest: what follows it in a target.
    """

    field: str | None
    content_id: str
    rest: str = ""


class Reference(msgspec.Struct, frozen=True):
    """A reference, and what it refers to.

    Attributes:
        operation: the one that refers.
        part: where that stands, such as ``batch[2]/changeset[0]``.
        field: where in it: the name of a header field, or None for the target.
        content_id: the Content-ID that is meant.
        rest: what follows it in a target.
        referent: the operation that is meant; None where there is none, or ``fault`` says why not.
        fault: the code of the rule that it breaks (``docs/errors.md``), or None.
    """

    operation: Operation
    part: str
    field: str | None
    content_id: str
    rest: str
    referent: Operation | None
    fault: str | None

    def __repr__(self) -> str:
        where = "target" if self.field is None else self.field
        return f"<Reference in the {where} of {self.part}{f', {self.fault}' if self.fault else ''}>"

    def __rich_repr__(self) -> list[tuple[str, str | None]]:
        return [("part", self.part), ("field", self.field), ("fault", self.fault)]


def references(batch: Batch, dialect: Dialect | None = None) -> tuple[Reference, ...]:
    """All references of a batch, in wire order.

    They are looked for in targets and in If-Match and If-None-Match, not in bodies and queries,
    which are another layer's. A system name such as ``$metadata`` is no reference, and listed only
    where an earlier operation has it for its Content-ID and so cannot be referred to.

    Args:
        batch: the request.
        dialect: how far references reach; by default over the whole batch.

    Raises:
        TypeError: not a ``Batch``, or not a ``Dialect``, or something in it has a wrong type.
    """
    if not isinstance(batch, Batch):
        raise TypeError(f"expected a Batch, got {type(batch).__name__}")
    if not isinstance(dialect, Dialect | None):
        raise TypeError(f"expected a Dialect or None, got {type(dialect).__name__}")
    refuse_other_types(batch)
    scope = dialect.reference_scope if dialect else "batch"
    placed = placed_leaves(batch)
    all_ids = {leaf.content_id for leaf, _, _ in placed}
    known = KnownNames()
    seen: dict[str, Position] = {}
    by_position = {(index, inner): leaf for leaf, index, inner in placed}
    found = []
    for leaf, index, inner in placed:
        for field, content_id, rest in mentions(leaf, known[leaf.headers.names]):
            at = seen.get(content_id)
            fault = fault_of(field, content_id, at, (index, inner), scope)
            if fault == "unknown_reference" and content_id in all_ids:
                fault = "later_reference"
            if fault is None and field is None and content_id in SYSTEM_NAMES:
                continue
            referent = by_position[at] if at is not None and fault is None else None
            path = path_of(index, inner)
            found.append(Reference(leaf, path, field, content_id, rest, referent, fault))
        if leaf.content_id:
            seen[leaf.content_id] = index, inner
    return tuple(found)


def mentions(operation: Operation, names: FieldNames) -> list[Mention]:
    """What stands in an operation like a reference, system names too.

    Args:
        operation: where to look.
        names: what the names of its headers say.
    """
    in_target = target_mention(operation.target)
    found = [in_target] if in_target else []
    for at in names.conditions:
        if match := _CONDITION.fullmatch(operation.headers.values[at]):
            found.append(Mention(operation.headers.names[at], match[1]))
    return found


def target_mention(target: str) -> Mention | None:
    """What a target begins with like a reference, a system name too; or None."""
    if "$" in target[:2] and (match := _TARGET.match(target)):
        return Mention(None, unquote(match[1], "latin-1"), target[match.end() :])
    return None


def fault_of(
    field: str | None,
    content_id: str,
    at: Position | None,
    position: Position,
    scope: ReferenceScope,
) -> str | None:
    """The code of the rule that a reference breaks, or None.

    Args:
        field: where it stands: the name of a header field, or None for the target.
        content_id: which it names.
        at: where an earlier operation with that Content-ID stands, or None.
        position: where the reference stands.
        scope: how far references reach.
    """
    if field is None and content_id in SYSTEM_NAMES:
        return None if at is None else "shadowed_reference"
    if at is None:
        return "unknown_reference"
    if scope == "changeset" and at[0] != position[0]:
        return "reference_out_of_scope"
    return None
