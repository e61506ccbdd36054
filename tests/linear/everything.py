"""A function that does something of everything that the counter rewrites."""

from __future__ import annotations

import re
from collections import deque
from typing import Any, NamedTuple

_WORD = re.compile(r"[a-z]+")


class Pair(NamedTuple):
    """Two values."""

    one: Any
    two: Any = None

    def swapped(self) -> Pair:
        """The other way round."""
        return Pair(*self[::-1])


class Owner:
    """Something with attributes, properties and items."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.items = {"a": [1]}

    @property
    def length(self) -> int:
        """Of the text."""
        return len(self.text)


def _given(*items: int, **named: int) -> tuple[tuple[int, ...], dict[str, int]]:
    return items, named


def _turns(n: int) -> Any:
    yield from [n, n + 1]
    told = yield n
    yield from (it for it in range(2) if it != told)


def _word(value: Any) -> Any:
    match value:
        case None:
            return "none"
        case "a" | "b":
            return "letter"
        case Pair(one=one):
            return one
        case [_, _]:
            return "two"
        case other if other == abs(-3):
            return "three"
        case _:
            return "other"


def everything(n: int) -> list[Any]:
    """What all of it gives."""
    found: list[Any] = [_given(*range(n), b=n), _given()]
    owner = Owner()
    owner.text += f"{n:>{n}}" + "x" * n
    owner.items["a"] += [n]
    owner.items["b"] = list(map(lambda it: it % 3, range(n)))  # noqa: C417
    first, *rest = [owner.length, *owner.items["b"]]
    found += [first, rest, Pair(1, 2).swapped(), [*rest, n], {**owner.items}, (*rest,)]
    buffer = bytearray(b"abc" * n)
    del buffer[:2]
    del owner.items["b"]
    del rest[0]
    del first
    while buffer and n not in rest:
        buffer.pop()
        rest.append(len(buffer) // 2)
    found += [bytes(buffer), rest, 5 & 3 | 8 ^ 1, 7 - 2 << 1 >> 1, 2**n / 3, {1, n} - {1}]
    found += [sorted(_turns(n)), _WORD.findall("ab cd"), _WORD.sub(lambda it: it[0] * 2, "ab c")]
    found += [{it: at for at, it in enumerate("abc")}, {len(it) for it in ("a", "bc")}]
    found.append((not_so := n == 7) or n != 7)
    for kind in (int, str):
        try:
            found.append(kind("x"))
        except ValueError as error:
            found.append(str(error))
    queue = deque([1, 2], maxlen=3)
    queue.extend(range(n))
    found += [list(queue), 2 in queue, "7" in str(n), 1 < n < 9, [1] == [1], not_so]
    text, some = str(n), {1, n}
    found += [1 < n < n % 2, 7 == n == 7 != text is not None, "a" < text <= "b" > text]
    found += [some < {1, 2, n} > {1}, some == {n, 1}, (n, 1) <= (n, 0), [text] >= ["a", "b"]]
    found += [_word(it) for it in (None, "a", "c", Pair(1, 2), [1, 2], 3)]
    return found
