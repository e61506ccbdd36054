"""Nothing from ``azure`` down, and nothing in ``captures``, does anything but to compute.

No file or socket is opened, no clock, randomness or environment is read, nothing is logged, warned
of or printed. What cannot be seen at work is held by what is imported and named at all.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from odatabatch.azure.rules import every_rule
from odatabatch.azure.schema import TYPES
from odatabatch.azure.versions import VERSIONS
from tests.fuzz.harnesses import HARNESSES
from tests.fuzz.seeds import seeds
from tests.state.layers import FILES, PACKAGE, ROOT, caches, modules
from tests.state.outcomes import told

IMPORTS = frozenset(
    (
        *("__future__", "collections", "collections.abc", "contextlib", "enum", "functools"),
        *("itertools", "typing", "array", "base64", "bisect", "datetime", "hashlib", "hmac"),
        *("json", "operator", "re", "urllib.parse", "msgspec", "email_validator"),
    )
)
"""Modules that compute, and no more. Not: logging, warnings, os, sys, io, time, random, uuid."""

NAMES = frozenset(
    ("open", "print", "input", "exec", "eval", "compile", "__import__", "globals", "breakpoint")
)
"""Functions of Python's own that do more."""

METHODS = frozenset(("now", "utcnow", "today", "fromtimestamp", "astimezone", "load", "dump"))
"""Methods of ``datetime`` that read the clock or the local time zone; of ``json``, files."""

each_module = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix()
)


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, but for the package's own."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""


class TestSource:
    """What is not there cannot be used."""

    def test_modules(self) -> None:
        """All modules of these layers are looked at."""
        names = {path.relative_to(PACKAGE).parts[0] for path in FILES}
        assert {"azure", "captures", "decoder.py", "encoder.py", "__init__.py"} <= names
        assert len(FILES) > 60

    @each_module
    def test_imports(self, path: Path) -> None:
        """Nothing is imported that does more than to compute."""
        assert {name for name in imported(path) if name.split(".")[0] != "odatabatch"} <= IMPORTS

    @each_module
    def test_names(self, path: Path) -> None:
        """Nothing is called that reads, writes or tells the time; no name is global."""
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not isinstance(node, ast.Global)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in NAMES
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in METHODS

    def test_not_loaded(self) -> None:
        """What they import loads neither logging nor what opens sockets or starts processes."""
        code = (
            "import sys; before = {*sys.modules}\n"
            "import odatabatch.captures, odatabatch.azure, email_validator\n"
            "print(*sorted({*sys.modules} - before))"
        )
        command = [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path[:] = {sys.path!r}\n{code}",
        ]
        loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert "odatabatch.azure.signing" in loaded
        forbidden = {"logging", "socket", "subprocess", "random", "secrets", "tempfile", "asyncio"}
        assert not forbidden & {*loaded}


class TestAtWork:
    """What the interpreter tells of, in a process that does everything."""

    def test_events(self) -> None:
        """No event of an audit hook has an effect outside, and nothing is printed."""
        command = [sys.executable, "-W", "error", "-m", "tests.state.events"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        count, _, rest = done.stdout.partition(" ")
        assert (rest, done.stderr) == ("inputs\n", "")
        assert int(count) > 5000

    def test_hook(self) -> None:
        """What is forbidden would be told of."""
        code = (
            "import sys\n"
            "from tests.state import events\n"
            "from pathlib import Path\n"
            "events.HARNESSES = {'request': lambda data: Path('README.md').read_bytes()}\n"
            "events.main()"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert "open ('README.md'" in done.stdout


_VERSIONS, _TYPES, _RULES = len(VERSIONS), len(TYPES), len(every_rule())
_MEMBERS = len(
    {(owner, name) for owner, members in TYPES.items() for name in members}
    | {(rule.owner, rule.member) for rule in every_rule()}
)

CACHES = {
    "odatabatch.azure.rules.every_rule": 1,
    "odatabatch.azure.rules._renames": 1,
    "odatabatch.azure.rules.schema_of": _VERSIONS,
    "odatabatch.azure.rules.changes": 2 * _VERSIONS**2,  # with jobs and without
    "odatabatch.azure.rules.name_in": _VERSIONS * _MEMBERS,
    "odatabatch.azure.plans.route_of": 4 * _VERSIONS**2,  # tasks and jobs, whole and in part
    "odatabatch.azure.plans.plan_of": _TYPES * _VERSIONS**2,
    "odatabatch.azure.validation._demands": _TYPES * _VERSIONS,
    # Three effects and, beside what a rule tells in either direction, six texts.
    "odatabatch.azure.notes.Finding": 3 * 8 * _RULES,
}
"""The most that each cache can hold: all are asked by what stands in the package's own tables."""


class TestHeld:
    """What lives on between calls: tables, and caches of what was worked out from them."""

    def test_caches(self) -> None:
        """Each cache has its bound here."""
        assert set(caches()) == set(CACHES)

    def test_bounds(self) -> None:
        """Whatever comes in, a cache holds no more; and the tables stay as they are."""
        tables = {
            f"{module.__name__}.{name}": value
            for module in modules()
            for name, value in vars(module).items()
            if isinstance(value, dict | list | set | bytearray | MappingProxyType)
            and not name.startswith("__")
        }
        assert len(tables) > 10
        before = repr(told(tables))
        for name in ("request", "rules", "upgrade", "downgrade", "moves", "json"):
            for _, data in seeds(name):
                HARNESSES[name](data)
        sizes = {name: cache.cache_info().currsize for name, cache in caches().items()}
        assert {name: size for name, size in sizes.items() if size > CACHES[name]} == {}
        assert repr(told(tables)) == before
