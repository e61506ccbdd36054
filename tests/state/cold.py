"""``python -m tests.state.cold``: the first calls of a process come from several threads at once.

As in a gateway that has just been started. The exit code is 0 if each gets what it gets alone.
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from odatabatch import ODataBatchError
from odatabatch.azure import validate
from odatabatch.azure.moves import move
from odatabatch.azure.versions import LATEST, VERSIONS
from tests.azure.task_strategies import whole_task
from tests.state.outcomes import told

THREADS = 4
TARGETS = VERSIONS[-6:]


def translated(text: bytes) -> Any:
    """A task from each version to each, and what is wrong with it there."""
    found: list[Any] = []
    for source in TARGETS:
        found.append(validate(text, source))
        for target in TARGETS:
            try:
                found.append(move(text, source, target))
            except ODataBatchError as error:
                found.append(error)
    return told(found)


def main() -> int:
    """Begin together; the exit code."""
    # With all members: what is inside the other is worked out last.
    text = json.dumps(whole_task(LATEST)).encode()
    together = threading.Barrier(THREADS)

    def begun(_: int) -> Any:
        together.wait()
        return translated(text)

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(begun, range(THREADS)))
    return 0 if found == [translated(text)] * THREADS else 1


if __name__ == "__main__":
    sys.exit(main())
