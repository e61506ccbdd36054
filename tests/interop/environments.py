"""Pythons of other environments, for packages that cannot stand beside each other or beside us.

azure-batch 14 and 15 are one package of two APIs; each has an environment of its own, whose
interpreter an environment variable names.
"""

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

AZURE_BATCH_14 = "ODATABATCH_AZURE_BATCH_14"
AZURE_BATCH_15 = "ODATABATCH_AZURE_BATCH_15"

_REQUIREMENTS = {
    AZURE_BATCH_14: "requirements-azure-batch-14.txt",
    AZURE_BATCH_15: "requirements-azure-batch-15.txt",
}
_HERE = Path(__file__).parent
_ANSWER_S = 120  # Three seconds at a desk for thousands of requests.


def interpreter(variable: str) -> str:
    """The Python of an environment; skips where the variable names none.

    Args:
        variable: the environment variable that names it, such as ``AZURE_BATCH_14``.
    """
    path = os.environ.get(variable)
    if not path:
        pytest.skip(
            f"needs an environment: python -m venv ENV; ENV/bin/pip install -r "
            f"tests/interop/{_REQUIREMENTS[variable]}; {variable}=ENV/bin/python"
        )
    return path


def answers(variable: str, worker: str, orders: Iterable[Any]) -> list[Any]:
    """What a worker of that environment answers, an order a line.

    Args:
        variable: as ``interpreter``.
        worker: the name of a script in this folder: JSON Lines in, JSON Lines out.
        orders: anything that JSON can hold.

    Returns:
        One answer an order, in their order.
    """
    lines = [json.dumps(order) + "\n" for order in orders]
    # Isolated: nothing of this environment, nor of this folder, is to be imported there.
    done = subprocess.run(
        [interpreter(variable), "-I", str(_HERE / worker)],
        input="".join(lines),
        capture_output=True,
        check=False,
        encoding="ascii",
        timeout=_ANSWER_S,
    )
    assert done.returncode == 0, done.stderr
    answered = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answered) == len(lines)
    return answered
