"""Turns: which requests wait for which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure.turns import Turns


@given(st.lists(st.sampled_from("abc"), max_size=20), st.randoms())
def test_order(keys: list[str], random: object) -> None:
    """Whatever ends first: a group is free when the tasks before its own have ended, and once."""
    groups: list[list[int]] = []
    turns_of: dict[str, int] = {}
    for task, key in enumerate(keys):
        turn = turns_of[key] = turns_of.get(key, -1) + 1
        if turn == len(groups):
            groups.append([])
        groups[turn].append(task)
    turns = Turns(keys, groups)
    free, ended = list(turns.free), set()
    seen = list(free)
    while free:
        group = groups[free.pop(random.randrange(len(free)))]  # type: ignore[attr-defined]
        for task in group:
            earlier = [other for other in range(task) if keys[other] == keys[task]]
            assert turns.before(task) == (earlier[-1] if earlier else None)
            assert ended.issuperset(earlier)
        for task in group:
            ended.add(task)
            freed = turns.end(task)
            if freed is not None:
                free.append(freed)
                seen.append(freed)
    assert sorted(seen) == list(range(len(groups)))
    assert len(ended) == len(keys)
