"""Changes of a regular expression, one piece at a time: an alternative, a quantifier, a class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_PIECE = re.compile(
    r"""
    (?P<hole>\{[^{}]*[A-Za-z_][^{}]*\})                      # what an f-string puts in
  | (?P<class>\[\^?(?:\\.|\](?=[^\[\]]*\]))?(?:\\.|[^\]\\])*\])
  | (?P<open>\((?:\?(?:[:=!>]|<[=!]|P<\w+>|[a-z]+:)|\?\([^)]*\))?)
  | (?P<close>\))
  | (?P<bar>\|)
  | (?P<quantifier>(?:[*+?]|\{\{?\d*(?:,\d*)?\}\}?)[+?]?)
  | (?P<anchor>\^|\$|\\[AZbB])
  | (?P<atom>\\x[0-9a-fA-F]{2}|\\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ITEM = re.compile(r"(\\x[0-9a-fA-F]{2}|\\.|[^\\])(?:-(\\x[0-9a-fA-F]{2}|\\.|[^\\\]]))?", re.DOTALL)
_COUNT = re.compile(r"\d+")

Change = tuple[int, int, str]
"""The start and the end of a piece, and what takes its place."""


class _Piece(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def changes(pattern: str, *, holes: bool = False, verbose: bool = False) -> Iterator[Change]:
    """Each change of one piece of a pattern, or of a part of one.

    Args:
        pattern: the text between a raw literal's quotes.
        holes: whether it is an f-string's.
        verbose: whether blanks and comments mean nothing.
    """
    pieces = []
    at = 0
    while at < len(pattern):
        if verbose and (blank := re.compile(r"\s+|#[^\n]*").match(pattern, at)):
            at = blank.end()
            continue
        found = _PIECE.match(pattern, at)
        assert found is not None
        kind = found.lastgroup or ""
        if kind == "hole" and not holes:
            kind, end = "atom", at + 1
        else:
            end = found.end()
        pieces.append(_Piece(kind, pattern[at:end], at, end))
        at = end
    yield from _alternatives(pieces, 0, len(pattern))
    for index, piece in enumerate(pieces):
        if piece.kind == "quantifier":
            yield from _quantifier(piece)
        elif piece.kind == "class":
            yield from _class(piece)
        elif piece.kind == "anchor":
            yield piece.start, piece.end, ""
        elif (
            piece.kind == "open"
            and piece.text[:2] == "(?"
            and piece.text[2] in "=!<"
            and not piece.text.startswith("(?P")
        ):
            yield piece.start, pieces[_close(pieces, index)].end, ""
        elif piece.kind == "atom" and not _quantified(pieces, index):
            before = pieces[index - 1].kind if index else ""
            if before != "atom" or _quantified(pieces, index - 1):
                yield piece.start, piece.end, ""


def _quantified(pieces: list[_Piece], index: int) -> bool:
    return index + 1 < len(pieces) and pieces[index + 1].kind == "quantifier"


def _close(pieces: list[_Piece], index: int) -> int:
    """The piece that closes the group which another opens."""
    depth = 0
    for at in range(index, len(pieces)):
        depth += {"open": 1, "close": -1}.get(pieces[at].kind, 0)
        if not depth:
            return at
    return len(pieces) - 1


def _alternatives(pieces: list[_Piece], start: int, end: int) -> Iterator[Change]:
    """Each alternative of each group is taken away; of what is open at an end, too."""
    levels: list[list[_Piece]] = [[_Piece("open", "", start, start)]]
    for piece in [*pieces, _Piece("close", "", end, end)]:
        if piece.kind == "open":
            levels.append([piece])
        elif piece.kind == "bar":
            levels[-1].append(piece)
        elif piece.kind == "close":
            marks = levels.pop() if levels else [_Piece("open", "", start, start)]
            bounds = [*marks, piece]
            for index in range(len(bounds) - 1):
                left, right = bounds[index], bounds[index + 1]
                if len(bounds) == 2 or left.end == right.start:
                    continue
                last = index == len(bounds) - 2
                yield (left.start if last else left.end), (right.start if last else right.end), ""
            if not levels:
                levels = [[piece]]


def _quantifier(piece: _Piece) -> Iterator[Change]:
    """Other bounds."""
    text = piece.text
    if text[0] in "*+":
        yield piece.start, piece.start + 1, "+" if text[0] == "*" else "*"
    elif text[0] == "?":
        yield piece.start, piece.end, ""
    else:
        for count in _COUNT.finditer(text):
            at, number = piece.start + count.start(), int(count[0])
            for other in (number - 1, number + 1):
                if other >= 0:
                    yield at, piece.start + count.end(), str(other)


def _class(piece: _Piece) -> Iterator[Change]:
    """One character or range less, bounds nearer to each other, or all other characters."""
    text = piece.text
    first = 2 if text.startswith("[^") else 1
    items = list(_ITEM.finditer(text, first, len(text) - 1))
    yield (piece.start + 1, piece.start + first, "" if first == 2 else "^")
    for item in items:
        start, end = piece.start + item.start(), piece.start + item.end()
        if len(items) > 1:
            yield start, end, ""
        if item[2]:
            yield start, end, f"{_beside(item[1], 1)}-{item[2]}"
            yield start, end, f"{item[1]}-{_beside(item[2], -1)}"


def _beside(character: str, step: int) -> str:
    """The character before or behind one, written so that a class can hold it."""
    code = int(character[2:], 16) if character[:2] == "\\x" else ord(character[-1])
    return f"\\x{code + step:02x}"
