"""Work is linear: four times as much of anything hostile costs less than five times as much.

No clock is looked at: a process of its own counts what the package does, see ``__main__``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.linear.measuring import MAX_RATIO, MIN_RATIO, Measured
from tests.linear.samples import QUADRATIC
from tests.linear.shapes import SHAPES

_ROOT = Path(__file__).parent.parent.parent


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.linear", *arguments],
        cwd=_ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},  # sets are gone through in the same order
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.fixture(scope="module")
def counted() -> dict[str, Measured]:
    """What each shape cost, by its name."""
    done = _run("--json")
    assert done.returncode == 0, done.stderr
    found = [Measured(*json.loads(line)) for line in done.stdout.splitlines()]
    return {one.name: one for one in found}


def test_names() -> None:
    """No two shapes have one name."""
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)


def test_page() -> None:
    """The page says how many shapes there are, and how many quadratic samples."""
    page = (_ROOT / "docs" / "reliability.md").read_text("utf-8")
    assert f" {len(SHAPES)} hostile shapes" in page
    assert f" {len(QUADRATIC)} quadratic functions" in page


@pytest.mark.parametrize("name", [shape.name for shape in SHAPES])
def test_linear(counted: dict[str, Measured], name: str) -> None:
    """All of it grows, by less than five times; so does each line that does more than little."""
    one = counted[name]
    assert MIN_RATIO < one.ratio < MAX_RATIO, one
    assert not one.steep, one


@pytest.mark.parametrize("option", ["--json", "--samples", "--instructions"])
def test_no_such_shape(option: str) -> None:
    """Where no shape has that name, nothing was held, and that is said."""
    done = _run("--only", "zzzz", option)
    assert (done.returncode, done.stdout) == (2, "")
    assert "'zzzz'" in done.stderr
