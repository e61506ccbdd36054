"""The notes of a translation, as a table for people, and the command's output after them.

Notes hold no value of a field, query or body, and so no table does.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import click

from odatabatch.azure import Downgrade, Note, Upgrade
from odatabatch.cli.streams import failing, printable, write_requests
from odatabatch.cli.tables import Column, drawn

EFFECTS = ("lost", "conditional", "exact")
"""What a row may say of its effect; in the order in which notes are told."""

_MAX_RANGES = 3  # of indexes; more are a star
_MAX_ALIKE = 50  # rows that differ in their paths alone; of losses there are as many as there are

# What stands in quotes in a path is a name, whatever it looks like.
_STEPS = re.compile(r'"(?:[^"\\]|\\.)*"|\[([0-9]+)\]')


_COLUMNS = (
    Column("effect", "above"),
    Column("where", folds=True),
    Column("what"),
    Column("why", "below"),
)


def tell(file: str, notes: Sequence[Note]) -> None:
    """Print the notes about a file on standard error, losses first; nothing where there are none.

    Those that differ in their indexes alone are one row.
    """
    if not notes:
        return
    counts = Counter[str](note.effect for note in notes)
    shown = [f"{counts[effect]} {_word(effect)}" for effect in EFFECTS if counts[effect]]
    several = "" if len(notes) == 1 else "s"
    click.echo(printable(f"{file}: {len(notes)} note{several}: {', '.join(shown)}"), err=True)
    click.echo(drawn(_COLUMNS, _shortened(_rows(notes)), sys.stderr), err=True, nl=False)


def write_translation(
    file: str, translate: Callable[..., Upgrade | Downgrade], strict: bool, as_json: bool
) -> None:
    """Write the requests that FILE becomes, its notes on stderr before them.

    Args:
        file: what is translated.
        translate: does it. With ``strict`` it is called twice: an error tells the first loss
            alone, and the notes tell all.
        strict: whether a loss is an error.
        as_json: whether JSON Lines are written.
    """
    with failing(file):
        translated = translate()
        tell(file, translated.notes)
        if strict:
            translate(strict=True)
        write_requests(translated.requests, as_json)


def _rows(notes: Iterable[Note]) -> list[tuple[str, ...]]:
    alike: dict[tuple[object, ...], tuple[Note, list[list[int]]]] = {}
    for note in notes:
        names, indexes = _split(note.path)
        kind = (names, note.change, note.effect, note.detail, note.source)
        alike.setdefault(kind, (note, []))[1].append(indexes)
    told = sorted(alike.values(), key=lambda found: EFFECTS.index(found[0].effect))
    return [
        (
            _word(note.effect),
            _joined(note.path, places),
            note.change.replace("_", " "),
            f"{note.detail} ({note.source})",
        )
        for note, places in told
    ]


def _shortened(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows, where many are alike but for their paths with one in the place of the last."""
    kinds = Counter((effect, *rest) for effect, _, *rest in rows)
    told: Counter[tuple[str, ...]] = Counter()
    shown = []
    for effect, where, *rest in rows:
        kind = (effect, *rest)
        told[kind] += 1
        left = kinds[kind] - _MAX_ALIKE
        if effect == _word("lost") or told[kind] <= _MAX_ALIKE:
            shown.append((effect, where, *rest))
        elif told[kind] == kinds[kind]:
            shown.append((effect, f"and {left} more", *rest))
    return shown


def _word(effect: str) -> str:
    """How an effect is written: a loss is not to be overlooked."""
    return "LOST" if effect == "lost" else effect


def _split(path: str) -> tuple[tuple[str, ...], list[int]]:
    """What stands around the indexes of a path, and those."""
    names, start = [], 0
    indexes = []
    for step in _STEPS.finditer(path):
        if step[1] is not None:
            names.append(path[start : step.start(1)])
            indexes.append(int(step[1]))
            start = step.end(1)
    return (*names, path[start:]), indexes


def _joined(path: str, places: list[list[int]]) -> str:
    """The path of all places, one of them given, such as ``batch[0-2]/changeset[0].body.id``."""
    if len(places) == 1:
        return path
    names, _ = _split(path)
    indexes = [*map(_ranges, zip(*places, strict=True)), ""]
    joined = "".join(name + index for name, index in zip(names, indexes, strict=True))
    return f"{joined} ({len(places)} times)"


def _ranges(indexes: Iterable[int]) -> str:
    """Indexes in few characters, such as ``0-2,5``, or a star."""
    ranges: list[list[int]] = []
    for index in sorted(set(indexes)):
        if ranges and index == ranges[-1][-1] + 1:
            ranges[-1][1:] = [index]
        else:
            ranges.append([index])
    if len(ranges) > _MAX_RANGES:
        return "*"
    return ",".join("-".join(map(str, ends)) for ends in ranges)
