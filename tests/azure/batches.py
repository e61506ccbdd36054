"""Legacy batches and collections of the tests, made by hand, and answers to their translations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from odatabatch import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    HttpRequest,
    HttpResponse,
    Operation,
    OperationResponse,
    check,
    decode_request,
    decode_response,
    encode_response,
)
from odatabatch.azure import AZURE_BATCH

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "azure"

HOST = "myaccount.myregion.batch.azure.com"
LEGACY = "2016-02-01.3.0"
WORK_ITEMS = "2014-10-01.1.0"
MODERN = "2024-07-01.20.0"
TASKS = f"http://{HOST}/jobs/job-1/tasks?api-version={LEGACY}"
COLLECTION = f"https://{HOST}/jobs/job-1/addtaskcollection?api-version={MODERN}"
DATE = "2014-04-09T20:21:24.7915519Z"
HTTP_DATE = "Wed, 09 Apr 2014 20:21:24 GMT"
E_TAG = "0x8D122486A0901FF"
"""The ticks of ``DATE``."""

JSON = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
"""The Content-Type of an operation, and of an answer there that is an error."""


# What is asked


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


def collection(
    *tasks: bytes, target: str = COLLECTION, method: str = "POST", **fields: str
) -> HttpRequest:
    """A request that adds those tasks, with further headers as in ``operation``."""
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    return HttpRequest(method, target, headers, b'{"value":[' + b",".join(tasks) + b"]}")


def decoded_request(request: HttpRequest) -> Batch:
    """The batch in a whole request."""
    return decode_request(request.body, request.headers.get("Content-Type") or "")


# What is answered to a collection


def added(identity: str, **members: Any) -> dict[str, Any]:
    """The result of a task that was added."""
    return {
        "status": "Success",
        "taskId": identity,
        "eTag": E_TAG,
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
    """The answer that refuses a request whole."""
    body = b"no" if code is None else json.dumps({"code": code}).encode("utf-8")
    return HttpResponse(status, "Refused", Headers(fields.items()), body)


def parts(answer: BatchResponse | HttpResponse) -> tuple[OperationResponse, ...]:
    """The answers in a batch's answer, each in a changeset of its own."""
    assert isinstance(answer, BatchResponse)
    assert all(isinstance(part, ChangesetResponse) for part in answer.parts)
    assert len(answer.parts) == len(answer.responses)
    return answer.responses


def statuses(answer: BatchResponse | HttpResponse) -> list[tuple[str | None, int]]:
    """Content-ID and status of each part."""
    return [(part.content_id, part.status) for part in parts(answer)]


# What is answered to a legacy batch


def part_added(content_id: str | None, identity: str, **fields: str | None) -> OperationResponse:
    """The part of a task that was added; ``fields`` replace headers, None takes one away."""
    url = f"http://{HOST}/jobs/job-1/tasks/{identity}"
    named: dict[str, str | None] = {
        "DataServiceId": url,
        "Content-ID": content_id,
        "DataServiceVersion": "3.0",
        "Last-Modified": HTTP_DATE,
        "ETag": E_TAG,
        "Location": url,
    }
    named.update((name.replace("_", "-"), value) for name, value in fields.items())
    headers = Headers((name, value) for name, value in named.items() if value is not None)
    return OperationResponse(201, "Created", headers)


def part_failed(
    content_id: str | None, code: str | None = "TaskExists", status: int = 409
) -> OperationResponse:
    """The part of a task that was not added; without a code it has no content."""
    headers = [("DataServiceVersion", "3.0;"), ("Content-Type", JSON)]
    if content_id is not None:
        headers.insert(0, ("Content-ID", content_id))
    body = b"" if code is None else error_body(code)
    return OperationResponse(status, "Conflict", Headers(headers), body)


def error_body(code: str) -> bytes:
    """The JSON text of an error as a whole answer has it, of an invented shape of white space."""
    metadata = f"http://{HOST}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors"
    return (
        f'{{\r\n"odata.metadata":"{metadata}/@Element",\r\n "code":"{code}",'
        '"message":{ "lang":"en-US","value":"no\\n\\u0061"},'
        '"values":[{"key":"k","value":"v"}]}'
    ).encode()


def accepted(*answers: OperationResponse | ChangesetResponse, **fields: str) -> HttpResponse:
    """The answer to a legacy batch: each answer of an operation in a changeset of its own."""
    inside = tuple(
        part if isinstance(part, ChangesetResponse) else ChangesetResponse((part,))
        for part in answers
    )
    return carried(BatchResponse(inside), **fields)


def carried(answer: BatchResponse, **fields: str) -> HttpResponse:
    """The 202 that carries an answer, be it one that breaks the rules."""
    faults = [fault.code for fault in check(answer, AZURE_BATCH)]
    encoded = encode_response(answer, AZURE_BATCH, allow=faults)
    headers = [("Content-Type", encoded.content_type)]
    headers += [(name.replace("_", "-"), value) for name, value in fields.items()]
    return HttpResponse(202, "Accepted", Headers(headers), encoded.body)


def decoded(response: HttpResponse) -> BatchResponse:
    """The batch's answer in a whole response."""
    return decode_response(response.body, response.headers.get("Content-Type") or "")


def results_of(response: HttpResponse) -> list[dict[str, Any]]:
    """The results in the answer to a collection."""
    found: list[dict[str, Any]] = json.loads(response.body)["value"]
    return found
