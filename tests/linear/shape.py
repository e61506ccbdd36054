"""What a shape is: input that may be as long as one likes, and something to do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Call = Callable[[], Any]


class Shape(NamedTuple):
    """A hostile shape.

    A call may be refused: most that is refused is looked at to its end before. One that is refused
    at once costs as much at both sizes, which is found as well: the ratio has to be above 3.

    Attributes:
        name: what is done, and with what.
        prepare: of how many bytes of input, about; gives the call whose work is counted.
        count_bytes: how many it has in the smaller of the two runs that are counted.
    """

    name: str
    prepare: Callable[[int], Call]
    count_bytes: int = 8 << 10
