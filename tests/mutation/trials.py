"""Whether a test fails where the package has a mutant: a forked process each, of a warm one.

A trial of a function's mutant begins after the suite was collected: the function's code is
replaced, and the tests that reach its lines run until one fails. Whatever was computed while
modules were imported stays as it was. So a mutant that survives this, in a line that runs then, is
tried again, like those of tables: in a process that has pytest, but not yet the package.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import os
import resource
import select
import signal
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import ROOT, Mutant, path_of
from tests.mutation.results import unstable

TEST_S = 2.0
"""Seconds of CPU that a test may take, beside ten times what it took without a mutant."""

STILL_S = 120.0
"""Seconds of the clock that a test may take: what waits uses no CPU."""

MEMORY_BYTES = 3 << 30


class Verdict(NamedTuple):
    """What a trial told.

    Attributes:
        killer: the test that failed, or what else ended it; or "", if the mutant survived.
        tests: how many tests ran.
        seconds: of CPU that it took.
    """

    killer: str
    tests: int
    seconds: float


class Trial(NamedTuple):
    """A mutant, and how to try it.

    Attributes:
        mutant: the mutant.
        run: runs in the forked process, until the first test that fails; it gives the names of
            the tests, each before it begins, and returns whether one failed.
    """

    mutant: Mutant
    run: Callable[[Callable[[str, float], None]], bool]


def judged(trials: Iterable[Trial], jobs: int) -> Iterator[tuple[Mutant, Verdict]]:
    """The verdicts of trials, as they come.

    Processes keep each other waiting, so that one which the clock has ended is tried again alone.

    Args:
        trials: what to try; taken as processes become free.
        jobs: how many run at a time.

    Raises:
        BrokenTrialError: a trial came to its end before any test could begin.
    """
    waiting = iter(trials)
    running: dict[int, tuple[int, Trial, bytearray]] = {}
    late: list[Trial] = []
    more = True
    while more or running:
        while more and len(running) < jobs:
            trial = next(waiting, None)
            if trial is None:
                more = False
                break
            pid, pipe = _start(trial)
            running[pipe] = (pid, trial, bytearray())
        for pipe in select.select(list(running), [], [], 1.0)[0] if running else []:
            pid, trial, told = running[pipe]
            piece = os.read(pipe, 1 << 16)
            if piece:
                told += piece
                continue
            os.close(pipe)
            del running[pipe]
            _, status, usage = os.wait4(pid, 0)
            cpu_s = usage.ru_utime + usage.ru_stime
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # what the tests may have started
            if jobs > 1 and status & 127 == signal.SIGALRM:
                late.append(trial)
            else:
                yield trial.mutant, _verdict(trial.mutant, bytes(told), status, cpu_s)
    if late:
        yield from judged(late, 1)


class BrokenTrialError(Exception):
    """A mutant could not be put in its place, so that no test has told anything of it."""


def _verdict(mutant: Mutant, told: bytes, status: int, seconds: float) -> Verdict:
    """What a process's last words and its end mean."""
    names = told.decode().splitlines()
    tests = [name for name in names if not name.startswith("=")]
    if not tests and names[-1:] != ["=survived"]:
        raise BrokenTrialError(f"{mutant.module}.py:{mutant.line} {mutant.where}: {names[-1:]}")
    if names[-1] == "=survived":
        return Verdict("", len(tests), seconds)
    if names[-1] == "=killed":
        return Verdict(tests[-1], len(tests), seconds)
    how = f"signal {status & 127}" if status & 127 else f"exit {status >> 8}"
    return Verdict(f"{tests[-1]} ({how})", len(tests), seconds)


def _start(trial: Trial) -> tuple[int, int]:
    """Fork the process of a trial: its id, and the pipe on which it speaks."""
    reading, writing = os.pipe()
    begun: list[str] = []
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        os.setsid()
        os.close(reading)
        with open(os.devnull, "r+b") as nowhere:
            for stream in (0, 1, 2):
                os.dup2(nowhere.fileno(), stream)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        def begin(name: str, seconds: float) -> None:
            """Tell of a test that begins, and bound it."""
            begun.append(name)
            signal.setitimer(signal.ITIMER_PROF, TEST_S + 10 * seconds)
            signal.setitimer(signal.ITIMER_REAL, STILL_S + 10 * seconds)
            os.write(writing, name.encode() + b"\n")

        for bound in (signal.SIGPROF, signal.SIGALRM):
            signal.signal(bound, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, TEST_S)
        os.write(writing, b"=killed\n" if trial.run(begin) else b"=survived\n")
    except BaseException as error:
        os.write(writing, b"=killed\n" if begun else f"={error!r}\n".encode())
    finally:
        os._exit(0)


class Items:
    """The collected tests of a session, to be run in forked processes.

    Attributes:
        items: each by its node id.
    """

    def __init__(self, session: pytest.Session, seconds: dict[str, float]) -> None:
        """Take a session's tests.

        Args:
            session: as it was collected.
            seconds: how long each test takes.
        """
        self.items = {item.nodeid: item for item in session.items}
        self._seconds = seconds

    def warm(self, tests: Sequence[str]) -> None:
        """Run some tests before anything is forked, so that what they load is loaded."""
        for test in tests:
            _run(self.items[test], None)
        gc.collect()
        gc.freeze()

    def trial(self, mutant: Mutant, tests: Sequence[str], budget_s: float) -> Trial:
        """The trial of a function's mutant.

        Args:
            mutant: the mutant.
            tests: which to run, in this order.
            budget_s: no test begins after so many seconds of CPU.
        """

        def run(begin: Callable[[str, float], None]) -> bool:
            swap(mutant)
            limit = time.process_time() + budget_s
            for test in tests:
                if time.process_time() > limit:
                    return False
                begin(test, self._seconds.get(test, 1.0))
                if _run(self.items[test], None):
                    return True
            return False

        return Trial(mutant, run)


def _run(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Run a test; whether it failed."""
    return any(report.failed for report in _reports(item, following))


def _reports(item: pytest.Item, following: pytest.Item | None) -> list[pytest.TestReport]:
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    try:
        return runtestprotocol(item, log=False, nextitem=following)
    finally:
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


class FailFast:
    """A plugin for forked processes: a test that fails needs no report of how."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport | None:
        """Report a failure without its traceback."""
        error = call.excinfo
        if error is None or error.errisinstance(pytest.skip.Exception):
            return None
        return pytest.TestReport(
            item.nodeid, item.location, {}, "failed", "", call.when, (), call.duration
        )


def swap(mutant: Mutant) -> None:
    """Give a function the code that it has in a mutant."""
    if not mutant.where:  # nothing changes
        return
    path = path_of(mutant.module)
    name = mutant.module.replace("/", ".").removesuffix(".__init__")
    code = compile(mutant.applied(path.read_text("utf-8")), str(path), "exec", dont_inherit=True)
    codes = [it for it in _codes(code) if it.co_qualname == mutant.where]
    module = importlib.import_module(name)
    function = _function(module, mutant.where)
    same = [it for it in codes if it.co_firstlineno == function.__code__.co_firstlineno]
    function.__code__ = same[0]
    clear_caches()


def clear_caches() -> None:
    """Forget what the package's functions have computed once for all."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("odatabatch", "tests"):
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for it in code.co_consts:
        if isinstance(it, types.CodeType):
            yield it
            yield from _codes(it)


def _function(module: types.ModuleType, where: str) -> types.FunctionType:
    """A function of a module, out of whatever decorates it."""
    found: Any = module
    for name in where.split("."):
        found = vars(found)[name]
    while not isinstance(found, types.FunctionType) or hasattr(found, "__wrapped__"):
        for name in ("fget", "__func__", "__wrapped__", "func"):
            if getattr(found, name, None) is not None:
                found = getattr(found, name)
                break
        else:
            raise TypeError(where)
    return found


class _Mutated(importlib.abc.SourceLoader):
    """Loads one module with a change."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def get_filename(self, fullname: str) -> str:
        return str(path_of(self._mutant.module))

    def get_data(self, path: str) -> bytes:
        return self._mutant.applied(path_of(self._mutant.module).read_text("utf-8")).encode()


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the module that has a change."""

    def __init__(self, mutant: Mutant) -> None:
        self._loader = _Mutated(mutant)
        self._name = mutant.module.replace("/", ".").removesuffix(".__init__")

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's spec, if it is the one."""
        if fullname != self._name:
            return None
        spec = importlib.machinery.ModuleSpec(
            fullname, self._loader, origin=self._loader.get_filename(fullname),
            is_package=self._loader.get_filename(fullname).endswith("__init__.py"),
        )  # fmt: skip
        spec.has_location = True
        return spec


class _Watch:
    """A plugin that tells of each test as it begins, and stops after the budget."""

    def __init__(
        self,
        begin: Callable[[str, float], None],
        seconds: dict[str, float],
        failing: frozenset[str],
        limit: float,
        first: Sequence[str],
    ) -> None:
        self._begin = begin
        self._seconds = seconds
        self._failing = failing
        self._limit = limit
        self._first = first

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The known killers first, then the cheapest."""
        known = {test: index for index, test in enumerate(self._first)}
        items[:] = sorted(
            (item for item in items if item.nodeid not in self._failing),
            key=lambda item: (
                known.get(item.nodeid, len(known)),
                self._seconds.get(item.nodeid, 0.0),
            ),
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Tell of a test, or stop."""
        if time.process_time() > self._limit:
            raise pytest.exit.Exception("budget", 0)
        self._begin(item.nodeid, self._seconds.get(item.nodeid, 1.0))
        return (yield)


class Anew:
    """Trials in processes that import the package themselves."""

    def __init__(self, seconds: dict[str, float], failing: frozenset[str]) -> None:
        """Load what is the same for all of them, but nothing of the package.

        Args:
            seconds: how long each test takes.
            failing: the tests that fail without a mutant.
        """
        self._seconds = seconds
        self._failing = failing
        for name in ("hypothesis.stateful", "msgspec", "httpx", "httpx2", "click", "rich.console",
                     "email_validator", "click.testing", "rich.table", "rich.text"):  # fmt: skip
            importlib.import_module(name)
        assert not any(name.partition(".")[0] == "odatabatch" for name in sys.modules)
        gc.collect()
        gc.freeze()

    def trial(
        self, mutant: Mutant, files: Sequence[str], known: Sequence[str], budget_s: float
    ) -> Trial:
        """The trial of a mutant that matters when its module is imported.

        Args:
            mutant: the mutant.
            files: the test files to run, in this order.
            known: tests that kill alike, which run first in their files.
            budget_s: no test begins after so many seconds of CPU.
        """

        def run(begin: Callable[[str, float], None]) -> bool:
            sys.meta_path.insert(0, _Finder(mutant))
            failing = self._failing | unstable()
            limit = time.process_time() + budget_s
            for file in files:
                if time.process_time() > limit:
                    return False
                begin(f"{file}::collection", 3.0)
                watch = _Watch(begin, self._seconds, failing, limit, known)
                code = pytest.main(
                    [*OPTIONS, *_LOADED, "-x", "--rootdir", str(ROOT), file], [FailFast(), watch]
                )
                if code not in (0, 5):
                    return True
            return False

        return Trial(mutant, run)


_LOADED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # plugins, before pytest began
OPTIONS = (
    "-q", "-s", "--tb=no", "-p", "no:cacheprovider", "-p", "no:pytest_cov", "-p", "no:faulthandler",
    "-o", "tmp_path_retention_policy=none",
)  # fmt: skip
