"""What notes say, held against ``findings.csv``: the place to read and review it all.

What notes say of members is held against docs/migration.md instead.
"""

from __future__ import annotations

import csv
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import odatabatch.azure
from odatabatch.azure.notes import Finding

TABLE = Path(__file__).with_name("findings.csv")


def findings() -> Iterator[tuple[str, ...]]:
    """Each finding that is written in a module, and where."""
    for found in pkgutil.iter_modules(odatabatch.azure.__path__):
        module = importlib.import_module(f"odatabatch.azure.{found.name}")
        for name, value in vars(module).items():
            for item in value if type(value) is tuple else (value,):
                if isinstance(item, Finding):
                    yield found.name, name, *item


def test_table() -> None:
    """Every finding, word for word."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading == ["module", "name", *Finding._fields]
    assert sorted(map(tuple, rows)) == sorted(findings())
    assert rows == sorted(rows)
