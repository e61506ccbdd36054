"""Tasks and results translated as a user of ``json`` would: dicts edited in place, no check.

Only what the benchmark's tasks need is done, so that nobody is charged for more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from inputs import Message, Sample

from odatabatch.azure import LATEST

_INFINITE = "P10675199DT2H48M5.4775807S"
_CONTENT_TYPE = "application/json; odata=minimalmetadata; charset=utf-8"
_ERROR_TYPE = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
_METADATA = "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
_STATUSES = {"TaskExists": "409 Conflict"}


class Collection(NamedTuple):
    """An ``addtaskcollection`` request."""

    target: str
    headers: dict[str, str]
    body: bytes


def modern_task(text: bytes) -> dict[str, Any]:
    """A legacy task, as the newest api-version has it."""
    task: dict[str, Any] = json.loads(text)
    task.pop("odata.type", None)
    for file in task.get("resourceFiles", ()):
        file["httpUrl"] = file.pop("blobSource")
    if task.pop("runElevated", False):
        task["userIdentity"] = {"autoUser": {"elevationLevel": "admin", "scope": "task"}}
    task.setdefault("constraints", {}).setdefault("retentionTime", _INFINITE)
    return task


def collection(operations: Iterable[tuple[str, bytes]]) -> Collection:
    """The request that legacy operations become, each given by its target and its body."""
    target = ""
    tasks = []
    for target, text in operations:  # noqa: B007 - they all have the same
        tasks.append(modern_task(text))
    body = json.dumps({"value": tasks}).encode("ascii")
    job = target.partition("/tasks")[0]
    headers = {
        "Host": job.split("/")[2],
        "Content-Type": _CONTENT_TYPE,
        "Content-Length": str(len(body)),
    }
    return Collection(f"{job}/addtaskcollection?api-version={LATEST}", headers, body)


class Known(NamedTuple):
    """What the answer to an operation needs to know of it."""

    service: str
    url: str
    content_id: str
    request_id: str


def known_tasks(batch: Sample) -> dict[str, Known]:
    """What is kept of a batch for the way back, by task id."""
    known = {}
    for message in batch.messages:
        url = message.start.split(" ")[1].partition("?")[0]
        headers = dict(message.headers)
        task_id = json.loads(message.body)["id"]
        known[task_id] = Known(
            url.partition("/jobs/")[0],
            f"{url}/{task_id}",
            headers["Content-ID"],
            headers["client-request-id"],
        )
    return known


def legacy_answers(body: bytes, known: Mapping[str, Known]) -> tuple[Message, ...]:
    """The answers to legacy operations that the answer to their collection holds."""
    return tuple(
        [_legacy_answer(result, known[result["taskId"]]) for result in json.loads(body)["value"]]
    )


def _legacy_answer(result: dict[str, Any], known: Known) -> Message:
    headers: tuple[tuple[str, str], ...]
    if result["status"] == "Success":
        added = datetime.fromisoformat(result["lastModified"][:19])
        headers = (
            ("DataServiceId", result["location"]),
            ("client-request-id", known.request_id),
            ("Content-ID", known.content_id),
            ("DataServiceVersion", "3.0"),
            ("Last-Modified", added.strftime("%a, %d %b %Y %H:%M:%S GMT")),
            ("ETag", result["eTag"]),
            ("Location", result["location"]),
        )
        return Message("HTTP/1.1 201 Created", headers, b"")
    error = {"odata.metadata": f"{known.service}/{_METADATA}", **result["error"]}
    headers = (
        ("DataServiceId", known.url),
        ("client-request-id", known.request_id),
        ("Content-ID", known.content_id),
        ("DataServiceVersion", "3.0;"),
        ("Content-Type", _ERROR_TYPE),
    )
    status = _STATUSES[error["code"]]
    return Message(f"HTTP/1.1 {status}", headers, json.dumps(error).encode("ascii"))
