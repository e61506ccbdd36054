"""What the package does, counted: turns of loops, calls, and the bytes and items that C is given.

Two ways were tried on the functions of ``samples``, at 512 and 2,048. Instructions, which valgrind
counts, need no knowledge of what a call costs; but where C copies or searches 32 bytes by one of
them, quadratic work does not show at sizes that a test can afford: of 41 quadratic samples 5 had a
ratio under 5, such as ``find`` from the start for each chunk (4.67). What is counted here gives
each of them 15.7 or more, is the same on every machine, and names the line. Executed lines alone
would show 2 of the 41.

Whatever is not known better costs all that it is handed and all that it gives back, so that a
function which nobody thought of is counted too much rather than not at all. The tables name what
costs less, and why.
"""

from __future__ import annotations

import operator
import re
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from tests.linear.patterns import Steps

_TEXT = (bytes, bytearray, str)
_SIZED = frozenset((bytes, bytearray, str, list, tuple, dict, set, frozenset, deque))

# They look at one thing, or give something that is gone through elsewhere.
_FREE_FUNCTIONS = frozenset(
    """
    len isinstance issubclass id callable hasattr getattr setattr iter next ord chr cast
    bisect_left bisect_right heappush heappop replace force_setattr from_iterable __new__
    __setattr__ with_traceback send throw close
    """.split()  # noqa: SIM905  as a list it has a line for each
)
_FREE_TYPES = frozenset(
    """
    bool type enumerate zip map filter reversed range iter memoryview object chain islice
    repeat count cycle groupby takewhile dropwhile starmap pairwise itemgetter attrgetter
    partial slice staticmethod zip_longest compress tee
    """.split()  # noqa: SIM905  as a list it has a line for each
)
_FREE_METHODS = {
    list: frozenset(("append",)),
    dict: frozenset(("get", "setdefault", "pop", "popitem", "items", "keys", "values")),
    set: frozenset(("add", "discard", "remove", "pop")),
    deque: frozenset(("append", "appendleft", "pop", "popleft")),
    memoryview: frozenset(("release",)),
}
_FINDS = frozenset(("find", "index", "rfind", "rindex", "count"))
_UNCHANGED = frozenset(("strip", "lstrip", "rstrip", "removeprefix", "removesuffix"))
_OPERATORS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "Add": (operator.add, operator.iadd),
    "Sub": (operator.sub, operator.isub),
    "Mult": (operator.mul, operator.imul),
    "Mod": (operator.mod, operator.imod),
    "Div": (operator.truediv, operator.itruediv),
    "FloorDiv": (operator.floordiv, operator.ifloordiv),
    "Pow": (operator.pow, operator.ipow),
    "BitOr": (operator.or_, operator.ior),
    "BitAnd": (operator.and_, operator.iand),
    "BitXor": (operator.xor, operator.ixor),
    "LShift": (operator.lshift, operator.ilshift),
    "RShift": (operator.rshift, operator.irshift),
}
_COMPARISONS: dict[str, Callable[..., bool]] = {
    "In": lambda item, container: item in container,
    "NotIn": lambda item, container: item not in container,
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}


class Counter:
    """Counts work, by the line that does it.

    Attributes:
        work: what each line did, by its number.
    """

    def __init__(self) -> None:
        self.work: Tally[int] = Tally()
        self._sites: list[str] = []
        self._patterns: dict[re.Pattern[Any], Steps] = {}

    def site(self, path: str, line: int) -> int:
        """A number for a line."""
        self._sites.append(f"{PurePath(path).name}:{line}")
        return len(self._sites) - 1

    def lines(self) -> Tally[str]:
        """What each line did, by its name."""
        lines: Tally[str] = Tally()
        for site, work in self.work.items():
            lines[self._sites[site]] += work
        return lines

    # What the rewritten package calls: first always the line's number.

    def step(self, site: int) -> None:
        """A function begins, or another turn of a loop."""
        self.work[site] += 1

    def each(self, site: int, items: Iterable[Any]) -> Iterator[Any]:
        """The items, a turn each."""
        work = self.work
        for item in items:
            work[site] += 1
            yield item

    def made(self, site: int, value: Any) -> Any:
        """A copy of a part of something, or something put together of others."""
        self.work[site] += 1 + _size(value)
        return value

    def delete(self, site: int, container: Any, key: Any) -> None:
        """Items are taken out; those behind them move up, but for a bytearray's first ones."""
        before = len(container)
        del container[key]
        if isinstance(container, bytearray) and isinstance(key, slice) and not key.start:
            self.work[site] += 1 + before - len(container)  # it begins further on
        else:
            self.work[site] += 1 if isinstance(container, dict) else 1 + before

    def binary(self, site: int, name: str, left: Any, right: Any) -> Any:
        """An operator: what it makes is new."""
        result = _OPERATORS[name][0](left, right)
        self.work[site] += 1 + _size(result)
        if isinstance(left, set | frozenset):
            self.work[site] += len(left) + len(right)
        return result

    def in_place(self, site: int, name: str, left: Any, right: Any) -> Any:
        """``left += right``: what can grow takes what is added, the others are made anew."""
        grows = isinstance(left, bytearray | list | set | dict | deque)
        before = len(left) if grows else 0
        result = _OPERATORS[name][1](left, right)
        added = max(_size(right), len(result) - before) if grows else _size(result)
        self.work[site] += 1 + added
        return result

    def compare(self, site: int, name: str, left: Any, right: Any) -> bool:
        """Any comparison but ``is``."""
        if name in ("Eq", "NotEq"):
            self.work[site] += _equality(left, right)
        elif name not in ("In", "NotIn"):
            self.work[site] += _order(left, right)
        elif isinstance(right, _TEXT):
            found = right.find(left)  # type: ignore[arg-type]
            self.work[site] += 1 + (len(right) if found < 0 else found + _size(left))
        elif isinstance(right, list | tuple | deque):
            self.work[site] += 1 + len(right)
        else:
            self.work[site] += 1
        return _COMPARISONS[name](left, right)

    def matched(self, site: int, subject: Any, *values: Any) -> Any:
        """The subject of a ``match``, and the values in its patterns, each of which may be it."""
        self.work[site] += 1 + sum(_equality(subject, it) for it in values)
        return subject

    def call(self, site: int, called: Any, *arguments: Any, **named: Any) -> Any:
        """A call of anything: what is rewritten counts for itself."""
        function = called.__func__ if type(called) is MethodType else called
        if type(function) is FunctionType and "_work" in function.__globals__:
            self.work[site] += 1 + len(arguments)
            return called(*arguments, **named)
        owner = getattr(called, "__self__", None)
        if isinstance(owner, re.Pattern):
            result, steps = self._steps(owner).run(called.__name__, arguments, named)
            self.work[site] += 1 + steps
            return result
        before = len(owner) if type(owner) in _SIZED else 0
        try:
            result = called(*arguments, **named)
        except Exception:
            self.work[site] += 1 + before + sum(map(_size, arguments))
            raise
        self.work[site] += 1 + _cost(called, owner, before, arguments, named, result)
        return result

    def _steps(self, pattern: re.Pattern[Any]) -> Steps:
        if pattern not in self._patterns:
            self._patterns[pattern] = Steps(pattern)
        return self._patterns[pattern]


def _size(value: Any) -> int:
    return len(value) if type(value) in _SIZED or isinstance(value, tuple) else 0


def _cost(
    called: Any,
    owner: Any,
    before: int,
    arguments: tuple[Any, ...],
    named: dict[str, Any],
    result: Any,
) -> int:
    """What a call of something that is not rewritten costs.

    Args:
        called: a function, a method, or a class.
        owner: what it is a method of, or a module, or None.
        before: the owner's size before the call.
        arguments: what it was given.
        named: likewise.
        result: what it gave.
    """
    name = getattr(called, "__name__", "")
    if isinstance(called, type):
        if name in _FREE_TYPES or called.__module__.startswith("odatabatch"):
            return len(arguments) + len(named)
        if called in (bytes, str, tuple, frozenset) and arguments and result is arguments[0]:
            return 0  # it is one already
    elif isinstance(called, BuiltinFunctionType | MethodType | FunctionType):
        if type(owner) in _SIZED:
            return _method_cost(owner, name, before, arguments, result)
        if name in _FREE_FUNCTIONS or name in _FREE_METHODS.get(type(owner), ()):
            return 0
        if name in ("min", "max") and len(arguments) > 1:
            return len(arguments)
    elif hasattr(called, "__objclass__") and arguments and type(arguments[0]) in _SIZED:
        # A method of a type, called with what it is a method of.
        return _method_cost(arguments[0], name, _size(arguments[0]), arguments[1:], result)
    given = sum(map(_size, arguments)) + sum(map(_size, named.values()))
    return given + _size(result) + before


def _method_cost(
    owner: Any, name: str, before: int, arguments: tuple[Any, ...], result: Any
) -> int:
    """What a method of a built-in type costs."""
    if name in _FREE_METHODS.get(type(owner), ()):
        return 0
    given = sum(map(_size, arguments))
    if isinstance(owner, _TEXT):
        if name in _FINDS:
            return _find_cost(owner, name, arguments, result)
        if name in ("startswith", "endswith"):
            prefixes = arguments[0] if isinstance(arguments[0], tuple) else (arguments[0],)
            return sum(map(len, prefixes))
        if name == "join":
            return given + len(result)
        if name in _UNCHANGED and result is owner:
            return given
    if name in ("extend", "update", "extendleft"):
        return max(given, len(owner) - before)
    if name in ("intersection", "isdisjoint"):
        return min([before, *map(_size, arguments)]) if arguments else before
    if name in ("insert", "pop"):  # of a list: what stands behind moves
        at = arguments[0] if arguments else -1
        return before - at if at >= 0 else -at
    return before + given + _size(result)


def _find_cost(owner: Any, name: str, arguments: tuple[Any, ...], result: int) -> int:
    """What was searched: from the start to what was found, or to the end of the search."""
    needle, *bounds = arguments
    start, stop, _ = slice(*(*bounds, None, None)[:2], None).indices(len(owner))
    length = len(needle) if isinstance(needle, _TEXT) else 1
    if name == "count" or result < 0:
        return max(stop - start, 0)
    return (stop - result if name.startswith("r") else result - start) + length


def _equality(left: Any, right: Any) -> int:
    """What it costs to compare two values, nested ones too."""
    if left is right:
        return 1
    if isinstance(left, _TEXT) and isinstance(right, _TEXT):
        return 1 + len(left) if len(left) == len(right) else 1
    if isinstance(left, dict) and isinstance(right, dict):
        if len(left) != len(right):
            return 1
        return 1 + sum(_equality(it, right.get(name)) for name, it in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if len(left) != len(right):
            return 1
        return 1 + _common(zip(left, right, strict=True))
    if isinstance(left, Set) and isinstance(right, Set):
        return 1 + len(left) if len(left) == len(right) else 1
    fields = getattr(type(left), "__struct_fields__", None)
    if fields and type(left) is type(right) and type(left).__eq__ is object.__eq__:
        return 1
    if fields and type(left) is type(right):
        return 1 + _common((getattr(left, it), getattr(right, it)) for it in fields)
    return 1 + (min(_size(left), _size(right)) if _size(left) else 0)


def _order(left: Any, right: Any) -> int:
    """What it costs to tell which of two values comes first, or which set holds the other."""
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        pairs = list(zip(left, right, strict=False))
        unequal = next((it for it in pairs if it[0] != it[1]), None)
        return 1 + _common(pairs) + (_order(*unequal) if unequal else 0)
    if isinstance(left, Set) and isinstance(right, Set):
        return 1 + min(len(left), len(right))
    return 1 + min(_size(left), _size(right))


def _common(pairs: Iterable[tuple[Any, Any]]) -> int:
    """What it costs to compare pairs until two differ."""
    cost = 0
    for one, other in pairs:
        cost += _equality(one, other)
        if one is not other and one != other:
            break
    return cost
