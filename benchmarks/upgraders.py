"""Who turns a legacy batch into an ``addtaskcollection`` request, and the parts of that work.

A factory gives one line. It raises ImportError where the library is not installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import ours
import readers
from contender import Contender
from inputs import Sample
from tasks_by_hand import Collection, collection, modern_task

from odatabatch import azure, decode_request

EMAIL = "email + json"
DECODE = "part: decode_request"
LOADS = "part: json.loads of the bodies, twice"

_UNCHECKED = "tasks unchecked, nothing kept for the answer"

Operations = Iterable[tuple[str, bytes]]


def odatabatch() -> Contender:
    """This package, every check on."""

    def run(wire: tuple[str, bytes]) -> tuple[azure.CollectionRequest, ...]:
        content_type, data = wire
        return azure.upgrade(decode_request(data, content_type)).requests

    def found(requests: tuple[azure.CollectionRequest, ...]) -> list[Any]:
        return [
            item
            for request in requests
            for item in _found(
                Collection(request.target, dict(request.headers.items()), request.body)
            )
        ]

    return Contender(ours.NAME, run, _reader(ours.readers).prepare, found, expected=_expected)


def email_json() -> Contender:
    """CPython's ``email`` and ``json``."""

    def operations(reads: list[Any]) -> Operations:
        return [(target, body) for _, target, _, body in reads]

    less = f"framing, heads and {_UNCHECKED}"
    return _with_json(EMAIL, _reader(readers.stdlib_email), operations, less)


def odatapy_json() -> Contender:
    """The server of odatapy, and ``json``."""

    def operations(parts: list[Any]) -> Operations:
        return [
            (item.request_line.split(" ")[1], item.request.body)
            for part in parts
            for item in part.changeset.items
        ]

    return _with_json("odatapy + json", _reader(readers.odatapy), operations, _UNCHECKED)


def decode_json() -> Contender:
    """This package's decoder and ``json``."""

    def operations(batch: Any) -> Operations:
        return [(operation.target, operation.body) for operation in batch.operations]

    return _with_json("decode_request + json", _reader(ours.readers), operations, _UNCHECKED)


def decode_alone() -> Contender:
    """A part of the bound: this package's decoder."""
    reader = _reader(ours.readers)
    return Contender(DECODE, reader.run, reader.prepare, reader.found)


def loads_alone() -> Contender:
    """The other part of the bound: ``json.loads`` of every body, twice."""

    def run(bodies: list[bytes]) -> list[Any]:
        for body in bodies:
            json.loads(body)
        return [json.loads(body) for body in bodies]

    def bodies(batch: Sample) -> list[bytes]:
        return [message.body for message in batch.messages]

    def read(batch: Sample) -> list[Any]:
        return [json.loads(body) for body in bodies(batch)]

    return Contender(LOADS, run, bodies, list, expected=read)


def _reader(factory: Callable[[Any], tuple[Contender, ...]]) -> Contender:
    return factory("requests")[0]


def _with_json(
    name: str, reader: Contender, operations: Callable[[Any], Operations], less: str
) -> Contender:
    """A reader of batches, and the tasks by hand."""

    def run(argument: Any) -> Collection:
        return collection(operations(reader.run(argument)))

    return Contender(name, run, reader.prepare, _found, less, expected=_expected)


def _found(request: Collection) -> list[Any]:
    """The head and each task."""
    target, headers, body = request
    if headers.pop("Content-Length") != str(len(body)):
        raise ValueError("wrong Content-Length")
    return [(target, headers), *json.loads(body)["value"]]


def _expected(batch: Sample) -> list[Any]:
    bodies = [message.body for message in batch.messages]
    request = collection([(message.start.split(" ")[1], b"{}") for message in batch.messages])
    return [*_found(request)[:1], *map(modern_task, bodies)]


UPGRADERS: tuple[Callable[[], Contender], ...] = (
    odatabatch,
    email_json,
    odatapy_json,
    decode_json,
    decode_alone,
    loads_alone,
)
