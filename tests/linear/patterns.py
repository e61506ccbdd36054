"""How many steps a regular expression takes: a second matcher that counts as it goes.

It walks a pattern as ``re`` does, alternative by alternative and back again, on the standard
library's own parse of it, and must find what ``re`` finds. It knows what the package's patterns
are made of and refuses anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_Node = Callable[[int], Iterator[int]]
"""From an index, where what it stands for may end; the likeliest first."""

_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    codes.CATEGORY_DIGIT: str.isdecimal,
    codes.CATEGORY_NOT_DIGIT: lambda it: not it.isdecimal(),
    codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_NOT_SPACE: lambda it: not it.isspace(),
    codes.CATEGORY_WORD: lambda it: it.isalnum() or it == "_",
    codes.CATEGORY_NOT_WORD: lambda it: not (it.isalnum() or it == "_"),
}
_ASCII_SPACE = frozenset(b" \t\n\r\f\v")


class Steps:
    """Counts the steps of one pattern.

    Args:
        pattern: one of ``re``.
    """

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self._pattern = pattern
        self._bytes = isinstance(pattern.pattern, bytes)
        parsed = parser.parse(pattern.pattern, pattern.flags)
        self._flags = parsed.state.flags
        self._text: Any = ""
        self._end = 0
        self._steps = 0
        self._groups: list[tuple[int, int] | None] = [None] * (pattern.groups + 1)
        self._root = self._sequence(parsed)

    def run(self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, int]:
        """The result of a method of the pattern, and the steps that it took.

        Raises:
            AssertionError: the two matchers disagree.
        """
        result = getattr(self._pattern, name)(*arguments, **named)
        self._steps = 0
        if name in ("match", "fullmatch", "search"):
            text, *bounds = arguments
            start, stop = self._begin(text, *bounds)
            span = self._searched(name, start, stop)
            found = None if result is None else result.span()
            assert span == found, (self._pattern.pattern, name, span, found)
            return result, self._steps
        if name not in ("finditer", "findall", "sub", "subn", "split"):
            raise NotImplementedError(f"{name} of a pattern")
        text, *bounds = arguments[1:2] if name.startswith("sub") else arguments
        if name == "split":
            bounds = []
        at, stop = self._begin(text, *bounds)
        for match in self._pattern.finditer(text, *bounds):
            self._searched("search", at, stop)
            at = match.end() + (match.start() == match.end())
        self._searched("search", at, stop)
        if name.startswith("sub"):
            self._steps += len(text) + len(result if name == "sub" else result[0])
        elif name != "finditer":
            self._steps += len(text)
        self._text = ""
        return result, self._steps

    def _begin(self, text: Any, start: int = 0, stop: int | None = None) -> tuple[int, int]:
        self._text = text
        self._end = len(text) if stop is None else min(stop, len(text))
        return max(start, 0), self._end

    def _searched(self, name: str, start: int, stop: int) -> tuple[int, int] | None:
        for at in range(start, stop + 1):
            self._steps += 1
            self._groups = [None] * len(self._groups)
            for end in self._root(at):
                if name != "fullmatch" or end == stop:
                    return at, end
            if name != "search":
                break
        return None

    # Pieces of patterns

    def _sequence(self, items: Any) -> _Node:
        nodes = [self._node(code, value) for code, value in items]
        if len(nodes) == 1:
            return nodes[0]

        def walk(at: int) -> Iterator[int]:
            if not nodes:
                yield at
                return
            stack = [nodes[0](at)]
            while stack:
                end = next(stack[-1], None)
                if end is None:
                    stack.pop()
                elif len(stack) == len(nodes):
                    yield end
                else:
                    stack.append(nodes[len(stack)](end))

        return walk

    def _node(self, code: Any, value: Any) -> _Node:
        if code in _SINGLE:
            return self._single(self._test(code, value))
        build = getattr(self, f"_{str(code).lower()}", None)
        if build is None:
            raise NotImplementedError(f"{code} in {self._pattern.pattern!r}")
        node: _Node = build(value)
        return node

    def _single(self, test: Callable[[Any], bool]) -> _Node:
        def walk(at: int) -> Iterator[int]:
            self._steps += 1
            if at < self._end and test(self._text[at]):
                yield at + 1

        return walk

    def _test(self, code: Any, value: Any) -> Callable[[Any], bool]:
        """Whether one byte, or one character, is what stands there."""
        flags = self._flags
        if self._bytes:
            return frozenset(
                it for it in range(256) if self._holds(code, value, it, flags)
            ).__contains__
        known: dict[str, bool] = {}

        def test(character: str) -> bool:
            if character not in known:
                known[character] = self._holds(code, value, ord(character), flags)
            return known[character]

        return test

    def _holds(self, code: Any, value: Any, number: int, flags: int) -> bool:
        if flags & re.IGNORECASE:
            cases = {number, ord(chr(number).lower()), ord(chr(number).upper()[:1])}
            if self._bytes and number > 127:
                cases = {number}
            return any(self._holds_exactly(code, value, it, flags) for it in cases)
        return self._holds_exactly(code, value, number, flags)

    def _holds_exactly(self, code: Any, value: Any, number: int, flags: int) -> bool:
        if code is codes.LITERAL:
            return bool(number == value)
        if code is codes.NOT_LITERAL:
            return bool(number != value)
        if code is codes.ANY:
            return bool(flags & re.DOTALL) or number != ord("\n")
        if code is codes.RANGE:
            return bool(value[0] <= number <= value[1])
        if code is codes.CATEGORY:
            if self._bytes and value in (codes.CATEGORY_SPACE, codes.CATEGORY_NOT_SPACE):
                return (number in _ASCII_SPACE) is (value is codes.CATEGORY_SPACE)
            if self._bytes and number > 127:
                return "NOT" in str(value)
            return _CATEGORIES[value](chr(number))
        assert code is codes.IN, code
        negated = value[0][0] is codes.NEGATE
        items = value[1:] if negated else value
        return negated is not any(self._holds_exactly(it, its, number, flags) for it, its in items)

    def _branch(self, value: Any) -> _Node:
        nodes = [self._sequence(items) for items in value[1]]

        def walk(at: int) -> Iterator[int]:
            for node in nodes:
                self._steps += 1
                yield from node(at)

        return walk

    def _subpattern(self, value: Any) -> _Node:
        group, added, removed, items = value
        before, self._flags = self._flags, (self._flags | added) & ~removed
        node = self._sequence(items)
        self._flags = before
        if group is None:
            return node

        def walk(at: int) -> Iterator[int]:
            for end in node(at):
                before, self._groups[group] = self._groups[group], (at, end)
                yield end
                self._groups[group] = before

        return walk

    def _once(self, node: _Node) -> _Node:
        """The first end alone: what was taken is not given back."""

        def walk(at: int) -> Iterator[int]:
            before = list(self._groups)
            end = next(node(at), None)
            if end is not None:
                yield end
            self._groups = before

        return walk

    def _atomic_group(self, value: Any) -> _Node:
        return self._once(self._sequence(value))

    def _possessive_repeat(self, value: Any) -> _Node:
        low, high, items = value
        test = self._test_of(items)
        if test is not None:
            return self._once(self._run(low, high, test))
        node = self._once(self._sequence(items))

        def walk(at: int) -> Iterator[int]:
            count = 0
            while count < high:
                self._steps += 1
                end = next(node(at), None)
                if end is None or (end == at and count >= low):
                    break
                at, count = end, count + 1
            if count >= low:
                yield at

        def kept(at: int) -> Iterator[int]:
            before = list(self._groups)
            yield from walk(at)
            self._groups = before

        return kept

    def _max_repeat(self, value: Any) -> _Node:
        low, high, items = value
        test = self._test_of(items)
        if test is not None:
            return self._run(low, high, test)
        node = self._sequence(items)

        def walk(at: int) -> Iterator[int]:
            ends, pending = [at], [node(at) if high else iter(())]
            while ends:
                self._steps += 1
                end = next(pending[-1], None)
                if end is None:
                    pending.pop()
                    last = ends.pop()
                    if len(ends) >= low:
                        yield last
                elif end != ends[-1] or len(ends) <= low:
                    ends.append(end)
                    pending.append(node(end) if len(ends) <= high else iter(()))

        return walk

    def _min_repeat(self, value: Any) -> _Node:
        low, high, items = value
        test = self._test_of(items)
        if test is None:
            raise NotImplementedError(f"a lazy group in {self._pattern.pattern!r}")

        def walk(at: int) -> Iterator[int]:
            count = 0
            while True:
                if count >= low:
                    yield at
                self._steps += 1
                if count >= high or at >= self._end or not test(self._text[at]):
                    return
                at, count = at + 1, count + 1

        return walk

    def _test_of(self, items: Any) -> Callable[[Any], bool] | None:
        """The test of a single byte, or character, that is repeated; None where it is more."""
        ((code, value), *rest) = items
        return self._test(code, value) if not rest and code in _SINGLE else None

    def _run(self, low: int, high: int, test: Callable[[Any], bool]) -> _Node:
        def walk(at: int) -> Iterator[int]:
            text, end, last = self._text, at, self._end
            if high is not codes.MAXREPEAT:
                last = min(last, at + int(high))
            while end < last and test(text[end]):
                end += 1
            self._steps += 1 + end - at
            for found in range(end, at + low - 1, -1):
                self._steps += 1
                yield found

        return walk

    def _assert(self, value: Any) -> _Node:
        return self._looking(value, wanted=True)

    def _assert_not(self, value: Any) -> _Node:
        return self._looking(value, wanted=False)

    def _looking(self, value: Any, wanted: bool) -> _Node:
        direction, items = value
        node = self._sequence(items)
        width = items.getwidth()[0] if direction < 0 else 0

        def walk(at: int) -> Iterator[int]:
            self._steps += 1
            before = list(self._groups)
            found = at >= width and next(node(at - width), None) is not None
            if found is wanted:
                yield at
            self._groups = before

        return walk

    def _failure(self, value: Any) -> _Node:
        return lambda at: iter(())

    def _at(self, value: Any) -> _Node:
        multiline = self._flags & re.MULTILINE

        def holds(at: int) -> bool:
            text = self._text
            if value is codes.AT_BEGINNING_STRING or (
                value is codes.AT_BEGINNING and not multiline
            ):
                return at == 0
            if value is codes.AT_BEGINNING:
                return at == 0 or text[at - 1 : at] in (b"\n", "\n")
            if value is codes.AT_END_STRING:
                return at == self._end
            if value is codes.AT_END:
                rest = text[at : min(at + 2, self._end)]
                last = len(rest) == 1 or bool(multiline and rest)
                return not rest or (last and rest[:1] in (b"\n", "\n"))
            raise NotImplementedError(f"{value} in {self._pattern.pattern!r}")

        def walk(at: int) -> Iterator[int]:
            self._steps += 1
            if holds(at):
                yield at

        return walk

    def _groupref(self, value: Any) -> _Node:
        def walk(at: int) -> Iterator[int]:
            span = self._groups[value]
            if span is None:
                return
            length = span[1] - span[0]
            self._steps += 1 + length
            wanted = self._text[span[0] : span[1]]
            if at + length <= self._end and self._text[at : at + length] == wanted:
                yield at + length

        return walk

    def _groupref_exists(self, value: Any) -> _Node:
        group, yes, no = value
        matched = self._sequence(yes)
        unmatched = self._sequence(no or [])

        def walk(at: int) -> Iterator[int]:
            self._steps += 1
            yield from (unmatched if self._groups[group] is None else matched)(at)

        return walk


_SINGLE = (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN)
