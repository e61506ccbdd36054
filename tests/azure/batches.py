"""Legacy batches of the tests, made by hand, and answers to their upgrades."""

from __future__ import annotations

import json
from typing import Any

from odatabatch import Batch, Changeset, Headers, HttpRequest, HttpResponse, Operation

HOST = "myaccount.myregion.batch.azure.com"
LEGACY = "2016-02-01.3.0"
TASKS = f"http://{HOST}/jobs/job-1/tasks?api-version={LEGACY}"
DATE = "2014-04-09T20:21:24.7915519Z"


def operation(
    content_id: str | None,
    body: bytes | None = None,
    target: str = TASKS,
    method: str = "POST",
    **fields: str,
) -> Operation:
    """An operation; by default it adds the task ``task-{content_id}``.

    ``fields`` are further headers, with ``_`` for ``-``.
    """
    if body is None:
        body = task(f"task-{content_id}")
    headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
    if content_id is not None:
        headers.append(("Content-ID", content_id))
    return Operation(method, target, Headers(headers), body)


def task(identity: str, **members: Any) -> bytes:
    """A task's body."""
    return json.dumps({"id": identity, "commandLine": "echo", **members}).encode("utf-8")


def batch(*operations: Operation) -> Batch:
    """A batch with one operation a changeset."""
    return Batch(tuple(Changeset((item,)) for item in operations))


def outer(
    target: str = f"https://{HOST}/$batch", method: str = "POST", **fields: str
) -> HttpRequest:
    """The request that carries a batch."""
    return HttpRequest(
        method, target, Headers((name.replace("_", "-"), value) for name, value in fields.items())
    )


def added(identity: str, **members: Any) -> dict[str, Any]:
    """The result of a task that was added."""
    return {
        "status": "Success",
        "taskId": identity,
        "eTag": "0x8D122486A0901FF",
        "lastModified": DATE,
        "location": f"https://{HOST}/jobs/job-1/tasks/{identity}",
        **members,
    }


def failed(identity: str, code: str = "TaskExists", status: str = "ClientError") -> dict[str, Any]:
    """The result of a task that was not added."""
    return {"error": {"code": code}, "status": status, "taskId": identity}


def answered(*results: dict[str, Any]) -> HttpResponse:
    """The answer to a collection request."""
    return HttpResponse(200, "OK", body=json.dumps({"value": results}).encode("utf-8"))


def refused(status: int, code: str | None = None, **fields: str) -> HttpResponse:
    """The answer that refuses a collection request whole."""
    body = b"no" if code is None else json.dumps({"code": code}).encode("utf-8")
    return HttpResponse(status, "Refused", Headers(fields.items()), body)
