"""The texts of errors that people read, held against ``texts.csv`` wherever a test meets one.

Tests assert codes, and so a text could become any other. Here each text that the package makes in
any test has to be in one table, which is the place to read and review them all. What differs from
one error to the next stands in braces there.
"""

from __future__ import annotations

import csv
import linecache
import re
import sys
from functools import cache, wraps
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

import odatabatch
from odatabatch.errors import ODataBatchError

TABLE = Path(__file__).with_name("texts.csv")
PACKAGE = str(Path(odatabatch.__file__).parent)

# What stands in the place of a word in braces. None and null have rows of their own, so that an
# error cannot name them for want of what was given.
HOLES = {
    "n": r"-?\d+",
    "byte": r"b(?:'.+'|\".+\")",
    "names": r"<Headers .*>",
    "type": r"(?!NoneType)[A-Za-z_]\w*",
    "kind": r"(?:array|boolean|number|object|string|whole number)",
    "code": r"[a-z_]+",
    "source": r"(?:OData|Azure|RFC|Batch|Add a collection|public|models|azure-batch|swagger).*",
    "version": r"\d{4}-\d\d-\d\d(?:\.\d+\.\d+)?",
    "call": r"(?:Job|Task)_[A-Z][A-Za-z]+",
    "id": r"(?:work item|job|task)",
    "member": r"(?:scheme|host|work item|job|api-version|timeout)",
    "field": r"[A-Za-z-]+",
    "part": r"(?:batch|request|answer)[\w/\[\].]*",
    "method": r"(?:GET|HEAD)",
    "parameters": r"[$\w]+(?:, [$\w]+)*",
    "failure": r"(?:connection lost|not sent|timed out)",
    "leaf": r"Operation(?:Response)?",
    "container": r"Changeset(?:Response)?",
    "event": r"(?:an operation|a changeset|the end of a changeset|the end of the batch)",
    "attribute": r"[a-z_]+",
    "schema": r"expected `.+",
    "word": r".+",
}
_HOLE = re.compile(r"\{(" + "|".join(HOLES) + r")\}")

unlisted: list[str] = []
"""What was met since it was emptied, and is not in the table."""


@cache
def _rows() -> dict[tuple[str, str], list[tuple[re.Pattern[str], re.Pattern[str]]]]:
    """Patterns of texts and sources, by type and code."""
    found: dict[tuple[str, str], list[tuple[re.Pattern[str], re.Pattern[str]]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            patterns = (_pattern(row["text"]), _pattern(row["source"]))
            found.setdefault((row["type"], row["code"]), []).append(patterns)
    return found


def _pattern(text: str) -> re.Pattern[str]:
    pieces = _HOLE.split(text)
    pieces[::2] = map(re.escape, pieces[::2])
    pieces[1::2] = (HOLES[name] for name in pieces[1::2])
    return re.compile("".join(pieces), re.DOTALL)


@cache
def _listed(kind: str, code: str, text: str, source: str) -> bool:
    rows = _rows().get((kind, code), [])
    return any(said.fullmatch(text) and by.fullmatch(source) for said, by in rows)


def _look(kind: str, code: str, text: str, source: str) -> None:
    if not _listed(kind, code, text, source):
        unlisted.append(f"{kind} {code}: {text!r} ({source})")


def watch() -> None:
    """From now on, look at each error that the package makes, and at its others in tests."""
    make = ODataBatchError.__init__
    leave = pytest.RaisesExc.__exit__

    @wraps(make)
    def made(self: ODataBatchError, code: str, message: str, **told: Any) -> None:
        make(self, code, message, **told)
        if sys._getframe(1).f_code.co_filename.startswith(PACKAGE):
            source = told.get("source")
            _look(type(self).__name__, str(code), str(message), "" if source is None else source)

    def left(
        self: Any,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, TypeError | ValueError) and trace is not None:
            while trace.tb_next:
                trace = trace.tb_next
            file = trace.tb_frame.f_code.co_filename
            # Python's own errors differ from one version to the next.
            if file.startswith(PACKAGE) and "raise " in linecache.getline(file, trace.tb_lineno):
                _look(type(error).__name__, "", str(error), "")
        return leave(self, kind, error, trace)

    ODataBatchError.__init__ = made  # type: ignore[method-assign]
    pytest.RaisesExc.__exit__ = left  # type: ignore[method-assign]
