"""``python -m tests.state.events``: what the interpreter tells of while the pure layers work.

Every event of Python's audit hooks is taken, from the moment when all is imported and all seeds are
in memory. Hooks cannot be removed, so this is a process of its own.
"""

from __future__ import annotations

import sys
from typing import Any

import email_validator  # noqa: F401 - check(…, addr_spec=True) imports it when it is asked for

from odatabatch import CAPTURED, ODataBatchError, check
from odatabatch.captures import read_batch, read_messages, write_messages
from tests import corpus
from tests.fuzz.harnesses import HARNESSES
from tests.fuzz.seeds import seeds

ABOVE = ("emulator", "transport")
"""Harnesses of what stands above ``azure`` and may do more."""

HARMLESS = frozenset(
    (
        "builtins.id",
        "array.__new__",
        "pickle.find_class",  # harnesses pickle what was read
        "compile",  # a Dialect's type hints are texts, which typing reads
        "exec",
        "sys._getframe",
    )
)
"""What has no effect outside."""


def main() -> None:
    """Run everything; print each event that is not harmless, and how many inputs there were."""
    given = {name: [*seeds(name)] for name in HARNESSES if name not in (*ABOVE, "growth")}
    messages = [message.data for message in corpus.messages()]
    found: list[str] = []
    watching = False

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event not in HARMLESS:
            found.append(f"{event} {arguments!r}"[:200])

    sys.addaudithook(note)
    watching = True
    for name, inputs in given.items():
        for _, data in inputs:
            HARNESSES[name](data)
    for data in messages:
        _capture(data)
    watching = False
    print(*found, f"{sum(map(len, given.values())) + len(messages)} inputs", sep="\n")


def _capture(data: bytes) -> None:
    """Read what somebody saved, judge it with every rule, and write it again."""
    try:
        for raw in read_messages(data, CAPTURED):
            batch = read_batch(raw.message, CAPTURED)
            if batch is not None:
                check(batch, addr_spec=True)
            write_messages([raw.message])  # type: ignore[list-item]
    except ODataBatchError:
        pass  # outcomes are the affair of other tests


if __name__ == "__main__":
    main()
