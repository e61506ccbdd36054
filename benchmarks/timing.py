"""Rounds of contenders, and the medians of what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

from contender import Contender
from inputs import Kind

_OPERATIONS_A_TURN = 1000  # so that no turn is shorter than a millisecond or so


@dataclass(frozen=True)
class Table:
    """What every contender cost on one shape of input.

    Attributes:
        task: what they do, such as "decode".
        kind: of the batches.
        operations: in one batch.
        body_bytes: of a body.
        rounds: turns that each contender had.
        turns_us: by contender, what an operation cost it in each round, in CPU microseconds.
    """

    task: str
    kind: Kind
    operations: int
    body_bytes: int
    rounds: int
    turns_us: dict[str, list[float]]

    def cost_us(self, name: str) -> float | None:
        """The median of what an operation cost a contender; None where it did not take part."""
        turns = self.turns_us.get(name)
        return None if turns is None else median(turns)

    def best_us(self, name: str) -> float | None:
        """The least that an operation cost a contender in any round."""
        turns = self.turns_us.get(name)
        return None if turns is None else min(turns)

    def ratio(self, name: str, other: str) -> float | None:
        """The median of one contender's cost in the other's of the same round.

        A machine's pace changes from second to second; within a round it changes less.
        """
        turns, others = self.turns_us.get(name), self.turns_us.get(other)
        if turns is None or others is None:
            return None
        return median(one / two for one, two in zip(turns, others, strict=True))


class Source(Protocol):
    """What makes the inputs of one shape."""

    kind: Kind
    operations: int
    body_bytes: int

    def fresh(self) -> Any:
        """One that nobody has seen; what ``Contender.prepare`` takes."""


def timed(task: str, contenders: Sequence[Contender], inputs: Source, rounds: int) -> Table:
    """Give each contender one turn a round, on inputs that nobody has seen."""
    calls = max(1, _OPERATIONS_A_TURN // inputs.operations)
    turns: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for turn in range(rounds):
        first = turn % len(contenders)  # nobody always follows the same neighbour
        for contender in (*contenders[first:], *contenders[:first]):
            arguments = [contender.prepare(inputs.fresh()) for _ in range(calls)]
            nanoseconds = contender.cpu_ns(arguments)
            turns[contender.name].append(nanoseconds / 1000 / calls / inputs.operations)
            del arguments
    return Table(task, inputs.kind, inputs.operations, inputs.body_bytes, rounds, turns)
