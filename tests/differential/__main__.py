"""``python -m tests.differential``: how often each reader agrees, and what explains the rest.

With the name of an input: the input, and what was found in it by each reader.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack

from tests.differential.findings import Refused, found_by_us
from tests.differential.mutations import case_named
from tests.differential.readers import READERS
from tests.differential.test_differential import Desk, inputs


def show(name: str, desk: Desk) -> None:
    """Print one input as all readers see it."""
    case = case_named(name)
    ours = found_by_us(case)
    print(f"{case.content_type}\n\n{case.body!r}\n\nours\n  {ours.strict}")
    if ours.tolerant != ours.strict:
        print(f"  tolerant: {ours.tolerant}")
    for reader in READERS:
        if not reader.missing and case.kind in reader.kinds:
            judged = desk.judged(reader, case, ours)
            print(f"{reader.name}\n  {judged.theirs}\n  {judged.verdict.summary}")


def count(desk: Desk) -> None:
    """Print the numbers for each reader."""
    in_order = sum(not isinstance(it.ours.strict, Refused) for it in inputs())
    print(f"{len(inputs())} inputs, {in_order} in order by strict mode")
    for reader in READERS:
        if reader.missing:
            print(f"{reader.name}: {reader.missing}")
            continue
        asked = sum(it.case.kind in reader.kinds for it in inputs())
        others = Counter(it.verdict.summary for it in desk.all_judged(reader))
        print(f"{reader.name}: {asked} asked, {asked - others.total()} agree")
        for summary, times in others.most_common():
            print(f"  {times:5} {summary}")


if __name__ == "__main__":
    with ExitStack() as stack:
        if sys.argv[1:]:
            show(sys.argv[1], Desk(stack))
        else:
            count(Desk(stack))
