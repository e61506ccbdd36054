"""What is committed of mutation testing: figures, survivors and the documentation agree."""

from __future__ import annotations

import pytest

from tests.mutation import results
from tests.mutation.mutants import path_of

FIGURES = results.figures()
each_listed = pytest.mark.parametrize(
    "module", [it for it in results.MODULES if results.survivors_path(it).exists()]
)


def test_modules() -> None:
    """Figures are those of modules that are there, and none has more survivors than mutants."""
    assert set(FIGURES) <= set(results.MODULES)
    for row in FIGURES.values():
        assert row.killed_mutmut <= row.by_mutmut
        assert row.killed_tables <= row.by_tables
        killed = row.killed_mutmut + row.killed_tables
        assert killed + row.listed + row.untried <= row.by_mutmut + row.by_tables


def test_documented() -> None:
    """The documentation has the table of the figures."""
    assert results.table() in results.PAGE.read_text("utf-8")


def test_lists() -> None:
    """Each list is that of a module."""
    names = {results.survivors_path(module).name for module in results.MODULES}
    assert {path.name for path in results.SURVIVORS.glob("*")} <= names


@each_listed
def test_listed(module: str) -> None:
    """A survivor that is listed has a reason, and the lines that it changes are still there."""
    source = " ".join(path_of(module).read_text("utf-8").split())
    for (_, was, now, _), reason in results.survivors(module).items():
        assert reason.endswith(".")
        assert was != now
        assert was in source
