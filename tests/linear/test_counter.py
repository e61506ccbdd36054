"""The counter itself: it sees quadratic work wherever it is done, and linear work as that."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.linear import everything, samples
from tests.linear.counter import Counter
from tests.linear.measuring import MAX_RATIO, MIN_RATIO, measured
from tests.linear.patterns import Steps
from tests.linear.rewriting import _counted_code, counted_module, install
from tests.linear.shape import Shape

_COUNTER = Counter()
_COUNTED = counted_module(samples, _COUNTER)
_SIZE = 128

Sample = Callable[[int], Any]


def _name(function: Sample) -> str:
    return function.__name__.replace("_", " ")


def _shape(function: Sample) -> Shape:
    return Shape(_name(function), partial(partial, function), _SIZE)


@pytest.mark.parametrize("function", _COUNTED.QUADRATIC, ids=_name)
def test_quadratic(function: Sample) -> None:
    """Quadratic work is found, in the sum and in the line that does it."""
    found = measured(_shape(function), _COUNTER)
    assert found.ratio > 2 * MAX_RATIO
    assert found.steep


@pytest.mark.parametrize("function", _COUNTED.LINEAR, ids=_name)
def test_linear(function: Sample) -> None:
    """Linear work is not taken for more."""
    found = measured(_shape(function), _COUNTER)
    assert MIN_RATIO < found.ratio < MAX_RATIO
    assert not found.steep


def test_hidden() -> None:
    """A line that is quadratic is found where all others together do a hundred times as much."""

    def call(size: int) -> Callable[[], None]:
        return lambda: (_COUNTED.found_line_by_line(size * 200), _COUNTED.contained(size))  # type: ignore[func-returns-value]

    found = measured(Shape("hidden", call, _SIZE), _COUNTER)
    assert found.ratio < MAX_RATIO
    assert len(found.steep) == 1


def test_same_results() -> None:
    """What is rewritten does what it did."""
    counted = counted_module(everything, Counter())
    assert counted.everything(7) == everything.everything(7)


@pytest.mark.parametrize(
    "pattern", ["[1, _]", "[_, *_]", "{'a': _}", "Pair(one='a')", "[_, (_, 'a' | 'b')]"]
)
def test_refused(pattern: str) -> None:
    """A pattern that looks at what is within its subject is not counted, and that is said."""
    source = f"def f(it):\n match it:\n  case {pattern}: pass"
    with pytest.raises(NotImplementedError, match="3"):
        _counted_code(source, "", _COUNTER)


def test_deterministic() -> None:
    """Twice the same is the same count."""
    counts = {measured(_shape(_COUNTED.joined_at_the_end), _COUNTER) for _ in range(3)}
    assert len(counts) == 1


def test_too_late() -> None:
    """What was imported before cannot be counted, and that is said."""
    with pytest.raises(RuntimeError):
        install(Counter(), "tests")


PATTERNS = (
    (rb"a*b", b"aaac"),
    (rb"(?:a|ab)(?:c|bcd)(d*)", b"abcd"),
    (rb"(a+)(?:b(?=c)|(?!x)c)\1?", b"aabcaa"),
    (rb"(?i:x)?(?(1)a|b)|([^\n]++)\n", b"Xa\nb\n"),
    (rb"(a)?(?(1)b|c)", b"abc"),
    (rb"^b$", b"a\nb\nc"),
    (rb"(?m:^b$)", b"a\nb\nc"),
    (rb"(?<!a)b\Z", b"ab b"),
    (rb"(?>a*)a|a*?b", b"aaab"),
    (rb"(?:a{2,3}){1,2}b", b"aaaaab"),
    (rb"(?:ab?)*+b", b"abab"),
    (rb"(?:ab?)*b", b"abab"),
    (rb"[\s\w]+\d", b"a_ 1\xe9 2"),
)


@pytest.mark.parametrize(("pattern", "text"), PATTERNS, ids=lambda it: it.decode("latin-1"))
@pytest.mark.parametrize("name", ["match", "fullmatch", "search", "finditer", "split"])
@pytest.mark.parametrize("flags", [0, re.IGNORECASE, re.MULTILINE, re.DOTALL])
def test_patterns(pattern: bytes, text: bytes, name: str, flags: int) -> None:
    """The matcher that counts finds what the library's finds, or says that it does not."""
    for kind, given in ((pattern, text), (pattern.decode(), text.decode("latin-1"))):
        _, steps = Steps(re.compile(kind, flags)).run(name, (given,), {})  # type: ignore[call-overload]
        assert steps
