"""What shapes cost at two sizes, and whether that is linear."""

from __future__ import annotations

from collections import Counter as Tally
from typing import Any, NamedTuple

from tests.linear.counter import Counter
from tests.linear.shape import Call, Shape

TIMES = 4
MAX_RATIO = 5.0
"""Of the work on four times as much. Linear work gives 4, quadratic 16 in the end."""
MIN_RATIO = 3.0
"""Below, the shape does not grow, and shows nothing."""


class Measured(NamedTuple):
    """What one shape cost.

    Attributes:
        name: the shape's.
        few: what was counted at the smaller size.
        many: and at four times that.
        steep: lines whose own work grew beyond the bound, with both counts. A line that does little
            may be quadratic and not show in the sum.
    """

    name: str
    few: int
    many: int
    steep: tuple[tuple[str, int, int], ...] = ()

    @property
    def ratio(self) -> float:
        """Times the work."""
        return self.many / max(self.few, 1)


def measured(shape: Shape, counter: Counter) -> Measured:
    """Count the work of a shape.

    Tables that are made when they are first needed are made before.
    """
    shape.prepare(shape.count_bytes // 8)()
    few = _lines(counter, shape.prepare(shape.count_bytes))
    many = _lines(counter, shape.prepare(shape.count_bytes * TIMES))
    steep = [
        (line, few[line], work)
        for line, work in many.items()
        if work > max(shape.count_bytes, MAX_RATIO * few[line])
    ]
    return Measured(shape.name, few.total(), many.total(), tuple(steep))


def _lines(counter: Counter, call: Call) -> Tally[Any]:
    counter.work.clear()
    call()
    return counter.lines()
