"""Hostile shapes of the transports: a client's request, answered by an emulator in the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx

from odatabatch.azure import LATEST, Note
from odatabatch.azure.versions import LAST_BATCH
from tests.azure.batches import operation, task
from tests.linear.shape import Call, Shape
from tests.linear.task_shapes import alike, plain
from tests.transport.scenes import Asked, Program, Service, adding, collected, posted

_SYNC, _ASYNC = Program(httpx, asynchronous=False), Program(httpx, asynchronous=True)
_VERSIONS = {"Upgrading": LATEST, "Downgrading": LAST_BATCH}  # of the service


def transport_shapes() -> Iterator[Shape]:
    """All of them; asynchronously tasks alone, for all but the sending is the same."""
    for way, requests in (("Upgrading", _BATCHES), ("Downgrading", _COLLECTIONS)):
        for what, asked in requests.items():
            yield Shape(f"{way}Transport: {what}", partial(_sent, _SYNC, way, asked, _read))
        sent_later = partial(_sent, _ASYNC, way, requests["tasks"], _read_later)
        yield Shape(f"Async{way}Transport: tasks", sent_later)
    for kind, program in (("", _SYNC), ("Async", _ASYNC)):
        closed = partial(_sent, program, "Upgrading", _BATCHES["tasks"], _close)
        yield Shape(f"{kind}UpgradingTransport, closed: tasks", closed)


def _members(size: int) -> dict[str, int]:
    """Members of a task that nobody knows, each with a note of its own."""
    return {f"a{at:06}": 1 for at in range(size // 8)}


def _fields(size: int) -> dict[str, str]:
    """Fields of a request that are left out of what is sent, likewise."""
    return {f"A{at:06}": "b" for at in range(size // 8)}


def _noted_collection(size: int) -> Asked:
    asked = collected()
    return {**asked, "content": b'{"value":[%s]}' % task("a", **_members(size))}


_BATCHES: dict[str, Callable[[int], Asked]] = {
    "tasks": lambda size: posted(*adding(*plain(size))),
    "ids equal but for case": lambda size: posted(*adding(*alike(size))),
    "notes of members": lambda size: posted(operation("1", task("a", **_members(size)))),
    "notes of fields": lambda size: posted(*adding("a"), **_fields(size)),
}
_COLLECTIONS: dict[str, Callable[[int], Asked]] = {
    "tasks": lambda size: collected(*plain(size)),
    "notes of members": _noted_collection,
    "notes of fields": lambda size: collected("a", **_fields(size)),
}


def _read(program: Program, transport: Any, asked: Asked) -> None:
    """Read it all, without a client: httpx's own cookies are quadratic in a request's fields."""
    program.handle(transport, program.library.Request(**asked)).read()


def _read_later(program: Program, transport: Any, asked: Asked) -> None:
    program.ask(transport, asked)


def _close(program: Program, transport: Any, asked: Asked) -> None:
    """Read the first piece and close: what was asked for is done, unread."""
    program.read_some(transport, asked, len, most=1)


def _sent(
    program: Program,
    way: str,
    asked: Callable[[int], Asked],
    take: Callable[[Program, Any, Asked], None],
    size: int,
) -> Call:
    request = asked(size)

    def call() -> None:
        notes: list[tuple[Note, ...]] = []
        service = Service(versions=[_VERSIONS[way]])
        transport = program.transport(way, program.mock(service), on_notes=notes.append)
        take(program, transport, request)
        assert notes

    return call
