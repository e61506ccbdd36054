"""``python -m tests.state.outcomes``: what comes of all seeds and of deep texts, as digests.

Under another condition of the interpreter the same lines have to come out.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import hashlib
import importlib.abc
import importlib.machinery
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import Any

import msgspec

from odatabatch import Batch, Headers, HttpResponse, ODataBatchError, Operation, check, detect
from odatabatch.azure import TaskCollection, TaskCollectionResult, upgrade, validate
from odatabatch.azure.json_text import read_json
from odatabatch.azure.moves import move
from odatabatch.azure.results import BatchError
from odatabatch.azure.versions import LATEST
from tests.fuzz import contract

UNTOLD = ("emulator", "transport")
"""Harnesses whose outcomes have ids and boundaries made at random: they only have to hold."""

TIMED = ("growth",)
"""Harnesses that judge time, which tells nothing here."""

Held = Callable[[Callable[[], Any], contract.Given], Any]

LEGACY = "2016-02-01.3.0"
_TARGET = "/jobs/j/tasks"
DEPTHS = (10, 64, 65, 150, 250, 990, 1100, 20_000)
"""Below, at and above the bound of JSON, both recursion limits, and what the stack can hold."""


class _AssertingLoader(importlib.machinery.SourceFileLoader):
    """Loads a module with its asserts, whatever ``-O`` says."""

    def get_code(self, fullname: str) -> Any:
        path = self.get_filename(fullname)
        return compile(self.get_data(path), path, "exec", dont_inherit=True, optimize=0)


class _Tests(importlib.abc.MetaPathFinder):
    """Finds the tests' modules, which judge by asserts and make calls in them."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        spec = None
        if name.startswith("tests."):
            spec = importlib.machinery.PathFinder.find_spec(name, path, target)
            if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
                spec.loader = _AssertingLoader(name, spec.loader.path)
        return spec


def told(value: Any) -> Any:
    """A value as plain texts and lists that are the same in every process.

    Neither ``repr``, which hides much, nor pickle, which tells what is one object, would do.
    """
    kind, inside = type(value).__name__, None
    match value:
        case Enum():
            return [kind, value.name]
        case ODataBatchError():
            inside = [str(value), sorted(value.__dict__.items(), key=lambda item: item[0])]
        case Headers():
            inside = value.items()
        case msgspec.Struct():
            inside = [getattr(value, name) for name in value.__struct_fields__]
        case contract.Kept():
            inside = value.value
        case Mapping():
            inside = list(value.items())
        case set() | frozenset():
            return [kind, sorted(map(repr, map(told, value)))]
        case tuple() | list() | deque():
            return [kind, [told(item) for item in value]]
        case None | bool() | int() | float() | str() | bytes():
            return repr(value)
    if dataclasses.is_dataclass(value):
        inside = [getattr(value, field.name) for field in dataclasses.fields(value)]
    return [kind, told(inside) if inside is not None else None]


class Record:
    """Takes what each call gives that a harness judges, in this thread.

    Args:
        recursion_limit: within each call, or None for that of the interpreter.
    """

    def __init__(self, recursion_limit: int | None) -> None:
        self._limit = recursion_limit
        self._here = threading.local()

    def held(self, call: Callable[[], Any], given: contract.Given) -> Any:
        """What a call gives, as ``contract.held``, but for the time, which is that of all threads.

        The recursion limit is that of all threads as well: only one may set it.
        """
        before = sys.getrecursionlimit()
        if self._limit is not None:
            sys.setrecursionlimit(self._limit)
        try:
            outcome = call()
        except ODataBatchError as error:
            outcome = error
        finally:
            if self._limit is not None:
                sys.setrecursionlimit(before)
        self._here.told.append(told(outcome))
        return outcome

    def outcomes(self, give: Callable[[bytes], None], data: bytes) -> str:
        """A digest of what comes of one input, and in front how many calls that were."""
        self._here.told = []
        give(data)
        text = repr(self._here.told).encode("utf-8", "surrogatepass")
        return f"{len(self._here.told)} {hashlib.sha256(text).hexdigest()}"


def deep_texts() -> Iterator[bytes]:
    """JSON texts of objects and arrays inside each other, closed and not."""
    for depth in DEPTHS:
        for opened, closed in ((b"[", b"]"), (b'{"a":', b"}"), (b'{"value":[', b"]}")):
            yield opened * depth + b"1" + closed * depth
            yield opened * depth
        task = b'{"id":"a","commandLine":"b","userIdentity":' + b'{"a":' * depth
        yield task + b"1" + b"}" * (depth + 1)


def give_deep(held: Held, text: bytes) -> None:
    """Give a text to all that reads JSON."""
    head, sound = Headers([("Content-ID", "1")]), b'{"id":"a","commandLine":"b"}'
    batch, good = (Batch((Operation("POST", _TARGET, head, it),)) for it in (text, sound))
    up = upgrade(good, source_version=LEGACY)
    answer = HttpResponse(200, "OK", Headers([("Content-Type", "application/json")]), text)
    for call in (
        lambda: contract.Kept(read_json(text)),
        lambda: contract.Kept(move(text, LEGACY, LATEST)),
        lambda: TaskCollection.from_json(text),
        lambda: TaskCollectionResult.from_json(text),
        lambda: BatchError.from_json(text),
        lambda: validate(text),
        lambda: upgrade(batch, source_version=LEGACY),
        lambda: up.answer([answer]),
        lambda: check(batch),
        lambda: detect(batch, ()),
    ):
        held(call, contract.Given(len(text)))


def main() -> None:
    """Print a line for each harness: its name, how many inputs there were, and a digest."""
    parser = argparse.ArgumentParser("python -m tests.state.outcomes", description=__doc__)
    add = parser.add_argument
    add("--recursion-limit", type=int, metavar="N", help="within each call of the package")
    add("--threads", type=int, default=1, metavar="N", help="that do it all at once")
    add("--every", type=int, default=1, metavar="N", help="take only one input in so many")
    options = parser.parse_args()
    record = Record(options.recursion_limit)
    sys.meta_path.insert(0, _Tests())
    contract.held = record.held  # before the harnesses are loaded, which take it from there
    from tests.fuzz.harnesses import HARNESSES  # noqa: PLC0415
    from tests.fuzz.seeds import seeds  # noqa: PLC0415

    gives: dict[str, Callable[[bytes], None]] = {
        **{name: harness for name, harness in HARNESSES.items() if name not in TIMED},
        "deep": functools.partial(give_deep, record.held),
    }
    inputs = [
        (name, data)
        for name in gives
        for data in (deep_texts() if name == "deep" else (data for _, data in seeds(name)))
    ][:: options.every]
    together = threading.Barrier(options.threads)

    def work(number: int) -> list[str]:
        """The digests of all inputs, the threads beginning far from each other."""
        digests = [""] * len(inputs)
        start = number * len(inputs) // options.threads
        together.wait()
        for at in (*range(start, len(inputs)), *range(start)):
            name, data = inputs[at]
            digests[at] = record.outcomes(gives[name], data)
        return digests

    if options.threads > 1:
        sys.setswitchinterval(1e-6)
    with ThreadPoolExecutor(options.threads) as pool:
        first, *others = pool.map(work, range(options.threads))
    for name in gives:
        of_name = [at for at, given in enumerate(inputs) if given[0] == name]
        words = [name, str(len(of_name))]
        if name not in UNTOLD:
            words.append(hashlib.sha256(repr([first[at] for at in of_name]).encode()).hexdigest())
            if any(it[at] != first[at] for it in others for at in of_name):
                words.append("differs between threads")
        print(*words)


if __name__ == "__main__":
    main()
