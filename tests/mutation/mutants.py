"""A mutant: the package's source with one piece changed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

ROOT = Path(__file__).parents[2]

Maker = Literal["mutmut", "tables"]


class Mutant(NamedTuple):
    """One change of one module.

    Attributes:
        module: the module's path, without its suffix.
        by: who made it.
        where: the qualified name of the function, or the name of the table.
        line: the first line that changes.
        last: the last one.
        start: where the piece begins that is replaced, in characters.
        end: where it ends.
        text: what stands there instead.
        was: the lines that change, in one.
        now: what they become.
        nth: which of those that look the same, from 0.
        at_import: whether the change matters only where the module is imported anew.
    """

    module: str
    by: Maker
    where: str
    line: int
    last: int
    start: int
    end: int
    text: str
    was: str
    now: str
    nth: int = 0
    at_import: bool = False

    @property
    def key(self) -> str:
        """A name that stays while the lines stay, wherever they move."""
        told = "\0".join((self.by, self.where, self.was, self.now, str(self.nth)))
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    @property
    def is_prose(self) -> bool:
        """Whether it changes a text that people read: a literal with a space in it."""
        literal = self.text.lstrip("f")
        return literal[:1] in ("'", '"') and " " in literal.strip() and " if " not in literal

    def applied(self, source: str) -> str:
        """The module's source with the change."""
        return source[: self.start] + self.text + source[self.end :]


def path_of(module: str) -> Path:
    """Where a module's source is."""
    return ROOT / f"{module}.py"


def mutant(
    module: str, by: Maker, where: str, source: str, change: tuple[int, int, str], at_import: bool
) -> Mutant:
    """A mutant, with what it looks like.

    Args:
        module: the module's path, without its suffix.
        by: who made it.
        where: the function or table.
        source: the module's source.
        change: the start and the end of the piece in ``source``, and what takes its place.
        at_import: as in ``Mutant``.
    """
    start, end, text = change
    first, last = source.rfind("\n", 0, start) + 1, source.find("\n", end)
    was, now = source[first:last], source[first:start] + text + source[end:last]
    line = source.count("\n", 0, start) + 1
    return Mutant(
        module, by, where, line, line + source.count("\n", start, end), start, end, text,
        " ".join(was.split()), " ".join(now.split()), 0, at_import,
    )  # fmt: skip


def numbered(mutants: Iterable[Mutant]) -> list[Mutant]:
    """The mutants, with those told apart that look the same."""
    seen: Counter[str] = Counter()
    found = []
    for it in mutants:
        found.append(it._replace(nth=seen[it.key]))
        seen[it.key] += 1
    return found
