"""What comes of an input hangs on it alone: the short form of ``python -m tests.state``.

Whatever a harness judges is held against what the first condition gives: results with all their
attributes, errors with code, place and text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from odatabatch import DecodeError, Headers, Operation
from tests.fuzz.harnesses import HARNESSES
from tests.state.__main__ import CONDITIONS, outcomes
from tests.state.outcomes import TIMED, UNTOLD, told

EVERY = 16
"""One input in so many: half a minute of CPU time, of which most goes for making the inputs."""

FIRST, *OTHERS = CONDITIONS


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Future[str]]]:
    """What comes out under each condition, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(outcomes, it, EVERY) for name, it in CONDITIONS.items()}


class TestConditions:
    """Asserts, the stack, the order of sets, warnings, threads and surroundings change nothing."""

    def test_first(self, running: dict[str, Future[str]]) -> None:
        """Every harness has a digest of its outcomes, or is named where there can be none."""
        lines = [line.split() for line in running[FIRST].result().splitlines()]
        names = [name for name in HARNESSES if name not in TIMED]
        assert [line[0] for line in lines] == [*names, "deep"]
        for name, count, *digest in lines:
            assert int(count) > 0
            assert len(digest) == (name not in UNTOLD)
            assert all(re.fullmatch("[0-9a-f]{64}", it) for it in digest)

    @pytest.mark.parametrize("name", OTHERS)
    def test_same(self, running: dict[str, Future[str]], name: str) -> None:
        """A condition gives what the first one gives."""
        assert running[name].result() == running[FIRST].result()


class TestTold:
    """What is compared tells values apart that show themselves alike."""

    def test_hidden(self) -> None:
        """Bodies, values of fields, and where an error is."""
        made = [
            Operation("GET", "/"),
            Operation("GET", "/", Headers([("A", "1")])),
            Operation("GET", "/", Headers([("A", "2")])),
            Operation("GET", "/", body=b"1"),
            Operation("GET", "/", body=b"2"),
            DecodeError("code", "text", offset=1),
            DecodeError("code", "text", offset=2),
            1,
            True,
            "1",
            b"1",
            (1,),
            [1],
            {1: 2},
            {1, 2},
            frozenset((1, 2)),
            None,
        ]
        assert len({repr(told(it)) for it in made}) == len(made)
