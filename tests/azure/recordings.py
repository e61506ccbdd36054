"""Recorded traffic of the service and tables of its documents, from the folder that is shared.

The folder is ``ODATABATCH_SHARED``, by default ``../shared`` beside the repository. Where it is not
there, what reads it is skipped; where it is, nothing is.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from odatabatch.azure import TaskCollection

SHARED = Path(
    os.environ.get("ODATABATCH_SHARED", Path(__file__).parent.parent.parent.parent / "shared")
).resolve()
TABLES = SHARED / "data" / "azure"
CAPTURES = SHARED / "data" / "captures"

needs_tables = pytest.mark.skipif(
    not TABLES.is_dir(), reason=f"the shared tables are not there: {TABLES}"
)
needs_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason=f"the shared recordings are not there: {CAPTURES}"
)

ANNOTATION = "odata.metadata"

# One recorder wrote the port of every URL, and http for https; the answers beside it have neither.
_PORT_OF_RECORDER = re.compile(r"https?://([^/:]+):443/")


class Add(NamedTuple):
    """A task as it was sent.

    Attributes:
        name: of the recording.
        api_version: of the request.
        path: of a single add's target, such as ``/jobs/j/tasks``; empty in a collection.
        body: the task's JSON text.
    """

    name: str
    api_version: str
    path: str
    body: bytes


class Collection(NamedTuple):
    """An ``addtaskcollection`` exchange.

    Attributes:
        name: of the recording.
        api_version: of the request.
        uri: of the request, with its query.
        body: of the request, or None where it was not recorded.
        answer: the body of the answer, which was a 200.
    """

    name: str
    api_version: str
    uri: str
    body: bytes | None
    answer: bytes


def table(name: str) -> Any:
    """One of the shared tables."""
    return json.loads((TABLES / name).read_text("utf-8"))


@cache
def exchanges(operation: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The recorded exchanges of an operation such as ``task_add``, with their names."""
    files = sorted((CAPTURES / "exchanges").glob(f"*__{operation}__*.json"))
    return tuple((path.name, json.loads(path.read_text("utf-8"))) for path in files)


@cache
def powershell() -> tuple[tuple[str, dict[str, Any]], ...]:
    """The exchanges that tests of PowerShell recorded, with names made of file and line."""
    found = []
    for path in sorted((CAPTURES / "powershell").glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            found.append((f"{path.name}:{number}", json.loads(line)))
    return tuple(found)


def path_of(exchange: dict[str, Any]) -> str:
    """The path of a request, without scheme, host and query."""
    return re.sub(r"\Ahttps?://[^/]+", "", str(exchange["request"]["uri"])).partition("?")[0]


@cache
def single_adds() -> tuple[Add, ...]:
    """Every task that was sent by itself."""
    adds = [
        (name, exchange)
        for name, exchange in (*exchanges("task_add"), *powershell())
        if exchange["request"]["method"] == "POST" and path_of(exchange).endswith("/tasks")
    ]
    return tuple(
        Add(name, it["api_version"], path_of(it), it["request"]["body"].encode("utf-8"))
        for name, it in adds
    )


@cache
def collections() -> tuple[Collection, ...]:
    """Every collection that was recorded with its host."""
    return tuple(_collection(*it) for it in exchanges("addtaskcollection"))


@cache
def collected_adds() -> tuple[Add, ...]:
    """Every task of a collection whose request was recorded."""
    whole = [it for it in powershell() if path_of(it[1]).endswith("/addtaskcollection")]
    return tuple(
        Add(f"{it.name}[{index}]", it.api_version, "", task.raw)
        for it in (*collections(), *(_collection(*it) for it in whole))
        if it.body is not None
        for index, task in enumerate(TaskCollection.from_json(it.body, it.api_version).tasks)
    )


def _collection(name: str, exchange: dict[str, Any]) -> Collection:
    request, response = exchange["request"], exchange["response"]
    assert response["status_code"] == 200
    return Collection(
        name,
        exchange["api_version"],
        _PORT_OF_RECORDER.sub(r"https://\1/", request["uri"]),
        None if request["body"] is None else request["body"].encode("utf-8"),
        response["body"].encode("utf-8"),
    )
