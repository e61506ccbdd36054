"""The order in which requests may go out: tasks that share an id are never on their way at once."""

from __future__ import annotations

from collections.abc import Sequence


class Turns:
    """Groups of tasks, of which each waits until the tasks before its own of the same ids are done.

    All of it together is linear in the number of tasks, however many share an id.

    Args:
        keys: what the id of each task is compared by.
        groups: the tasks of each request, by their places; no key twice in one.

    Attributes:
        free: the groups that wait for nothing.
    """

    def __init__(self, keys: Sequence[str], groups: Sequence[Sequence[int]]) -> None:
        self._before: dict[int, int] = {}
        self._after: dict[int, int] = {}
        self._group_of: dict[int, int] = {}
        self._blockers = [0] * len(groups)
        last: dict[str, int] = {}
        for index, group in enumerate(groups):
            for task in group:
                self._group_of[task] = index
                previous = last.get(keys[task])
                if previous is not None:
                    self._before[task], self._after[previous] = previous, task
                    self._blockers[index] += 1
                last[keys[task]] = task
        self.free = [index for index, blockers in enumerate(self._blockers) if not blockers]

    def before(self, task: int) -> int | None:
        """The task of the same id that goes before, or None."""
        return self._before.get(task)

    def end(self, task: int) -> int | None:
        """Note that a task is done: the group that waits for nothing any more, or None."""
        after = self._after.get(task)
        if after is None:
            return None
        group = self._group_of[after]
        self._blockers[group] -= 1
        return None if self._blockers[group] else group
