"""Notes: what is not the same on both sides of a translation, and whether it was lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from odatabatch.azure.json_text import path_to
from odatabatch.azure.rule import Effect
from odatabatch.errors import TaskError, TranslationError

Change = Literal[
    "dropped",
    "renamed",
    "respelled",
    "replaced",
    "written",
    "left_out",
    "required",
    "default_changed",
    "service_changed",
    "unknown_member",
    "schema_unknown",
    "unknown_operation",
]
"""What was done: the first five change a task's JSON, ``left_out`` what is around it; the others
leave it, and say what is to be known of it."""


class Finding(NamedTuple):
    """What a note says, but for where."""

    change: Change
    effect: Effect
    detail: str
    source: str


class Note(msgspec.Struct, frozen=True):
    """One thing that is not the same on both sides.

    Attributes:
        path: where, such as ``batch[2]/changeset[0].body.id`` or ``value[3].id``; ``request`` is
            the request that carried the whole.
        change: what was done. ``dropped``, ``renamed``, ``respelled``, ``replaced``, ``written``
            (a member that was not there): the task's JSON is another. ``left_out``: something
            around the task. ``required``: a member that the version asks for is not there, and
            was not asked for before. ``default_changed``, ``service_changed``: the same JSON
            means something else. ``unknown_member``: no member of the version that it comes from,
            kept. ``schema_unknown``: likewise, where nobody knows that version's members.
            ``unknown_operation``: a call that is none of ``operations.OPERATIONS``, passed on.
        effect: ``exact``: it means the same; ``conditional``: it does under the condition that
            ``detail`` names; ``lost``: it has no counterpart.
        detail: why, and what to look at.
        source: the document that says so.
    """

    path: str
    change: Change
    effect: Effect
    detail: str
    source: str


Path = tuple[str | int, ...]
"""Names of members and indexes of items, from the task down."""


def path_text(base: str, path: Path) -> str:
    """The path in words, below another."""
    if len(path) == 2 and path[0] in ("headers", "part_headers"):  # no member of a task
        return f'{path_to(base, path[0])}["{ascii(path[1])[1:-1]}"]'
    for step in path:
        base = path_to(base, step)
    return base


Found = tuple[str, Path, Finding]
"""A finding in full: a request, operation or task, the path in it, and what was found."""


def notes_of(found: Iterable[Found]) -> tuple[Note, ...]:
    """The notes that findings stand for."""
    return tuple(Note(path_text(base, path), *finding) for base, path, finding in found)


def refuse_losses(found: Iterable[Found]) -> None:
    """Refuse what ``strict`` forbids.

    Raises:
        TaskError: unknown_member.
        TranslationError: loss.
    """
    found = list(found)
    for base, path, finding in found:
        if finding.change == "unknown_member":
            message = "expected members that the version has, got another"
            if not base.startswith("batch["):  # a path in the collection's own JSON text
                raise TaskError("unknown_member", message, path=path_text(base, path))
            raise TaskError("unknown_member", message, part=base, path=path_text("", path[1:]))
    losses = [(base, path, finding) for base, path, finding in found if finding.effect == "lost"]
    if losses:
        base, path, finding = losses[0]
        message = f"expected nothing to be lost, got {len(losses)} notes of loss"
        raise TranslationError("loss", message, path=path_text(base, path), source=finding.source)
