"""What is timed, and how it is shown to do the work."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from inputs import Sample

Start = tuple[str, str]
Found = list[tuple[Start, bytes]]


def expected_of(sample: Sample) -> Found:
    """What every reader and writer of batches has to find in a sample."""
    found = []
    for message in sample.messages:
        first, second, _ = message.start.split(" ", 2)
        found.append(((first, second), message.body))
    return found


@dataclass(frozen=True)
class Contender:
    """One line of a table.

    Attributes:
        name: the library, and what it does where that is not all.
        run: the work that is timed, on what ``prepare`` made.
        prepare: makes the argument of ``run`` from a sample, outside the timed region.
        found: what a result holds: of batches, start line (two words of it) and body of each
            message.
        less: what it leaves out that ours does.
        elsewhere: times it in the process where it runs, if that is another.
        expected: what has to be found in a sample.
    """

    name: str
    run: Callable[[Any], Any]
    prepare: Callable[[Any], Any]
    found: Callable[[Any], list[Any]]
    less: str = ""
    elsewhere: Callable[[Sequence[Any]], int] | None = None
    expected: Callable[[Any], list[Any]] = expected_of

    def cpu_ns(self, arguments: Sequence[Any]) -> int:
        """CPU time of one run on each argument, the collector's share of it included."""
        if self.elsewhere is not None:
            return self.elsewhere(arguments)
        gc.collect()  # what others left is not charged to this one
        start = time.process_time_ns()
        for argument in arguments:
            self.run(argument)
        return time.process_time_ns() - start

    def check(self, sample: Any) -> None:
        """Make sure that it finds all that is in a sample, in order.

        Raises:
            ValueError: it does not.
        """
        found, expected = self.found(self.run(self.prepare(sample))), self.expected(sample)
        if len(found) != len(expected):
            raise ValueError(f"{len(found)} messages instead of {len(expected)}")
        for got, wanted in zip(found, expected, strict=True):
            if got != wanted:
                raise ValueError(f"read {got!r} instead of {wanted!r}")
