"""Which tests reach which lines of the package, recorded by one run of the suite.

It is a pytest plugin: ``python -m pytest -p tests.mutation.reach --reach FILE``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache, reduce
from operator import or_
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).parents[2]

AT_IMPORT = ""
"""The context of what runs while modules are imported and tests collected."""


class Reach:
    """What a recorded run told.

    Attributes:
        seconds: how long each test took, by its node id.
        failing: the tests that did not pass, or were skipped.
    """

    def __init__(self, path: Path) -> None:
        """Read a recording.

        Args:
            path: where the plugin wrote it.
        """
        told = json.loads(path.read_text("utf-8"))
        self._tests: list[str] = told["tests"]
        self.seconds: dict[str, float] = dict(zip(told["tests"], told["seconds"], strict=True))
        self.failing = frozenset[str](told["failing"])
        self._lines: dict[str, dict[str, str]] = told["lines"]
        self._at_import: dict[str, list[int]] = told["at_import"]
        self._text: dict[str, list[str]] = told["text"]

    @cache  # noqa: B019 - one recording a process
    def _now(self, module: str) -> list[tuple[int, bool]]:
        """For each line that a module has by now, the bits of its tests, and whether at import.

        A line that is new has the tests of those it stands for, and of the one before.
        """
        old = self._text.get(module, [])
        new = (ROOT / f"{module}.py").read_text("utf-8").splitlines()
        bits = [
            int(self._lines.get(module, {}).get(str(it + 1), "0"), 16) for it in range(len(old))
        ]
        early = set(self._at_import.get(module, []))
        found = [(0, False)] * len(new)
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            for line in range(new_from, new_to):
                at = old_from + line - new_from
                those = [at] if kind == "equal" else range(max(old_from - 1, 0), old_to)
                reaching = reduce(or_, (bits[it] for it in those), 0)
                found[line] = (reaching, any(it + 1 in early for it in those))
        return found

    def _of(self, mask: int) -> list[str]:
        found = [test for index, test in enumerate(self._tests) if mask >> index & 1]
        return sorted(found, key=lambda test: self.seconds[test])

    def tests(self, module: str, first: int, last: int) -> list[str]:
        """The tests that run any of the lines ``first`` to ``last`` of a module, cheapest first."""
        mask = 0
        for bits, _ in self._now(module)[first - 1 : last]:
            mask |= bits
        return self._of(mask)

    def files(self, module: str) -> list[str]:
        """The test files that run anything of a module."""
        tests = self.tests(module, 1, len(self._now(module)))
        return list(dict.fromkeys(test.partition("::")[0] for test in tests))

    def all_files(self) -> dict[str, float]:
        """Every test file with a test that passed, and how long its tests took, shortest first."""
        files: dict[str, float] = {}
        for test, seconds in self.seconds.items():
            file = test.partition("::")[0]
            files[file] = files.get(file, 0.0) + seconds
        return dict(sorted(files.items(), key=lambda it: it[1]))

    def at_import(self, module: str, first: int, last: int) -> bool:
        """Whether any of these lines runs while modules are imported."""
        return any(early for _, early in self._now(module)[first - 1 : last])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the file to write."""
    parser.addoption("--reach", type=Path)


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Register the recorder, if a file was named, before anything imports the package."""
    path = early_config.known_args_namespace.reach
    if path:
        early_config.pluginmanager.register(_Recorder(path))


class _Recorder:
    """Runs the tests under coverage, each as a context of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._coverage = coverage.Coverage(
            data_file=None, source_pkgs=["odatabatch"], config_file=False
        )
        self._coverage.start()
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Record one test."""
        self._coverage.switch_context(item.nodeid)
        started = time.process_time()
        try:
            return (yield)
        finally:
            self._seconds[item.nodeid] = time.process_time() - started
            self._coverage.switch_context("between")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave out what does not pass here."""
        if not report.passed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write what was recorded."""
        self._coverage.stop()
        tests = [test for test in self._seconds if test not in self._failed]
        bits = {test: 1 << index for index, test in enumerate(tests)}
        data = self._coverage.get_data()
        lines: dict[str, dict[int, str]] = {}
        at_import: dict[str, list[int]] = {}
        for file in data.measured_files():
            module = Path(file).resolve().relative_to(ROOT).with_suffix("").as_posix()
            contexts = data.contexts_by_lineno(file)
            masks = {line: sum({bits.get(it, 0) for it in its}) for line, its in contexts.items()}
            lines[module] = {line: f"{mask:x}" for line, mask in masks.items() if mask}
            at_import[module] = [line for line, its in contexts.items() if AT_IMPORT in its]
        seconds = [round(self._seconds[test], 4) for test in tests]
        text = {it: (ROOT / f"{it}.py").read_text("utf-8").splitlines() for it in lines}
        failing = [*self._failed]
        told = {
            "tests": tests,
            "seconds": seconds,
            "lines": lines,
            "at_import": at_import,
            "text": text,
            "failing": failing,
        }
        self._path.write_text(json.dumps(told))
