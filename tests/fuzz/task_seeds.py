"""What the adapter's seeds are made of: the fixtures, tasks with planted secrets, every call."""

from __future__ import annotations

import json
from collections.abc import Iterator

from odatabatch import (
    CAPTURED,
    Batch,
    Changeset,
    Headers,
    HttpRequest,
    HttpResponse,
    Operation,
    OperationResponse,
    decode_request,
    encode_request,
)
from odatabatch.azure import AZURE_BATCH, VERSIONS
from odatabatch.http_message import parse_request, parse_response
from tests import corpus

HOST = "account.region.batch.azure.com"
SERVICE = f"https://{HOST}"
JSON = "application/json; odata=minimalmetadata"
OLD, LEGACY, MODERN, LATEST = "2014-10-01.1.0", "2016-02-01.3.0", "2024-07-01.20.0", VERSIONS[-1]
AT = {version: number for number, version in enumerate(VERSIONS)}

# A task with a marker in each value.
TASK = {
    "id": "task-1",
    "displayName": "s3cret0001",
    "commandLine": "run --key s3cret0002",
    "resourceFiles": [
        {"httpUrl": "https://a.blob.core.windows.net/c/f?sig=s3cret0003", "filePath": "s3cret0004"}
    ],
    "environmentSettings": [{"name": "KEY", "value": "s3cret0005"}],
    "affinityInfo": {"affinityId": "s3cret0006"},
    "constraints": {"maxWallClockTime": "PT2H", "maxTaskRetryCount": 3},
    "userIdentity": {"autoUser": {"elevationLevel": "admin"}},
    "authenticationTokenSettings": {"access": ["job"]},
    "containerSettings": {"imageName": "i", "registry": {"password": "s3cret0007"}},
    "odata.type": "s3cret0008",
}
OLD_TASK = {
    "name": "task-1",
    "commandLine": "run --key s3cret0002",
    "runElevated": True,
    "resourceFiles": [{"blobSource": "https://a.b/?sig=s3cret0003", "filePath": "a"}],
    "taskConstraints": {"maxTaskRetryCount": 2},
    "odata.metadata": "s3cret0008",
}
PLAIN = {"id": "task-1", "commandLine": "run"}

_CHANGES = {
    "sound": {},
    "no id": {"id": None},
    "id": {"id": "s3cret0009/ü"},
    "command line": {"commandLine": ["s3cret0009"]},
    "file": {"resourceFiles": ["s3cret0009"]},
    "files": {"resourceFiles": {"blobSource": "s3cret0009"}},
    "conflict": {"runElevated": True},
    "both files": {"resourceFiles": [{"httpUrl": "s3cret0008", "blobSource": "s3cret0009"}]},
    "unknown": {"unknown": "s3cret0009"},
    "user": {"userIdentity": {"username": "s3cret0009"}},
    "scope": {"userIdentity": {"autoUser": {"scope": "s3cret0009", "elevationLevel": "x"}}},
    "depends": {"dependsOn": {"taskIds": ["s3cret0009"], "taskIdRanges": [{"start": 1, "end": 2}]}},
    "exit": {"exitConditions": {"default": {"jobAction": "s3cret0009"}}},
    "instances": {"multiInstanceSettings": {"numberOfInstances": 2}},
    "deep": {"unknown": json.loads(70 * "[" + '"s3cret0009"' + 70 * "]")},
    "annotation": {"a@odata.type": "s3cret0009"},
}


def tasks() -> Iterator[tuple[str, bytes]]:
    """Tasks in JSON, sound and not."""
    for name, change in _CHANGES.items():
        for kind, task in (("full", TASK), ("old", OLD_TASK), ("plain", PLAIN)):
            yield f"{kind}/{name}", json.dumps({**task, **change}).encode()


def _operation(number: int, body: bytes, version: str = LEGACY, **fields: str) -> Operation:
    item = "/workitems/item" if version == OLD else ""
    target = f"{SERVICE}{item}/jobs/job/tasks?api-version={version}"
    own = [(name.replace("_", "-"), value) for name, value in fields.items()]
    headers = Headers([("Content-Type", JSON), ("Content-ID", str(number)), *own])
    return Operation("POST", target, headers, body)


def _batch(*bodies: bytes, version: str = LEGACY) -> Batch:
    operations = [
        _operation(number, body, version, client_request_id="s3cret0010", X="s3cret0011")
        for number, body in enumerate(bodies, 1)
    ]
    return Batch(tuple(Changeset((it,)) if n % 2 else it for n, it in enumerate(operations)))


def _bare(message: HttpRequest) -> Operation:
    return Operation(message.method, message.target, message.headers, message.body, message.version)


def told(message: HttpResponse) -> OperationResponse:
    """An answer as an errand has it."""
    # An errand's statuses begin at 100.
    return OperationResponse(
        message.status - 100, message.reason, message.headers, message.body, message.version
    )


def collection(*bodies: bytes, version: str = MODERN) -> Operation:
    """A request of ``addtaskcollection`` with those tasks."""
    target = f"{SERVICE}/jobs/job/addtaskcollection?api-version={version}&timeout=30"
    fields = [("Content-Type", JSON), ("client-request-id", "s3cret0012"), ("X", "s3cret0013")]
    return Operation("POST", target, Headers(fields), b'{"value":[%s]}' % b",".join(bodies))


def fixtures() -> Iterator[tuple[str, HttpRequest | HttpResponse]]:
    """The whole messages among the fixtures."""
    for message in corpus.messages():
        read = parse_request if message.kind == "request" else parse_response
        yield message.name, read(message.data, CAPTURED)


def requests() -> Iterator[tuple[str, Operation]]:
    """The requests among them."""
    for name, message in fixtures():
        if isinstance(message, HttpRequest):
            yield name, _bare(message)


def answers(start: int) -> tuple[OperationResponse, ...]:
    """Two of the answers among them: all would be longer than what a fuzzer takes."""
    every = [told(it) for _, it in fixtures() if isinstance(it, HttpResponse)]
    return every[start % len(every)], every[(start + 1) % len(every)]


def batches() -> Iterator[tuple[str, Operation, Batch]]:
    """Legacy batches, each with the request that carried it."""
    for name, message in requests():
        if "$batch" in message.target:
            kind = message.headers.get("Content-Type", "")
            batch = decode_request(message.body, kind, CAPTURED)
            yield name, message, batch
    plain = [json.dumps({**PLAIN, "id": it}).encode() for it in ("a", "b", "A", "c")]
    outer = Operation("POST", f"{SERVICE}/$batch?api-version={LEGACY}&timeout=3")
    yield "same ids", outer, _batch(*plain)
    for name, body in tasks():
        version = OLD if name.startswith("old") else LEGACY
        target = f"{SERVICE}/$batch?api-version={version}"
        headers = Headers([("Authorization", "s3cret0014"), ("return-client-request-id", "true")])
        yield name, Operation("POST", target, headers), _batch(body, plain[1], version=version)


def collections() -> Iterator[tuple[str, Operation]]:
    """Requests of ``addtaskcollection``."""
    for name, message in requests():
        if "addtaskcollection" in message.target:
            yield name, message
    plain = [json.dumps({**PLAIN, "id": it}).encode() for it in ("a", "b", "c")]
    yield "plain", collection(*plain)
    for name, body in tasks():
        yield name, collection(body, plain[1])


def carriers() -> Iterator[tuple[str, Operation]]:
    """Requests with the batches in them."""
    for name, outer, batch in batches():
        if outer.body:
            yield name, outer
            continue
        encoded = encode_request(batch, AZURE_BATCH, allow=("too_many_operations",))
        headers = outer.headers.with_field("Content-Type", encoded.content_type)
        yield name, outer.replace(headers=headers, body=encoded.body)


_CALLS = (
    *(("POST", "/jobs"), ("POST", "/jobs/job/tasks"), ("POST", "/jobs/job/addtaskcollection")),
    *(("GET", "/jobs/job/tasks/t"), ("GET", "/jobs/job/tasks"), ("PUT", "/jobs/job/tasks/t")),
    *(("GET", "/jobs/job/tasks/t/subtasksinfo"), ("GET", "/jobs/job"), ("GET", "/jobs/JOB")),
    *(("GET", "/jobs/job/tasks/t?$select=id,s3cret0001"), ("GET", "/jobs/job/tasks?maxresults=1")),
    *(("GET", "/jobs/job/tasks?$filter=state eq 's3cret0001'"), ("OPTIONS", "*")),
    *(("POST", "/workitems"), ("POST", "/workitems/item/jobs/job/tasks")),
    *(("GET", "/workitems/item/jobs/job/tasks"), ("GET", "/workitems/item/jobs/job/tasks/t")),
    *(("POST", "/workitems/item/jobs/job/tasks/t?terminate"), ("GET", "/pools")),
    *(("POST", "/jobs/job/tasks/t/terminate"), ("POST", "/jobs/job/tasks/t/reactivate")),
    *(("DELETE", "/jobs/job/tasks/t"), ("PUT", "/jobs/job/tasks/missing"), ("POST", "/$batch")),
    *(("PATCH", "/jobs/job"), ("DELETE", "/jobs/job")),
)
UPDATE = {"constraints": {"maxTaskRetryCount": 1}}


def calls() -> Iterator[tuple[str, Operation]]:
    """Every call, of an old and of a new api-version."""
    for method, target in _CALLS:
        for version in (OLD, LEGACY, LATEST):
            mark = "&" if "?" in target else "?"
            full = f"{target.replace(' ', '%20')}{mark}api-version={version}"
            body = b""
            if method in ("POST", "PUT"):
                task = {**OLD_TASK, "name": "t"} if version == OLD else {**PLAIN, "id": "t"}
                task = UPDATE if method == "PUT" else task
                body = json.dumps({"value": [task]} if "coll" in target else task).encode()
            fields = [("Host", HOST), ("Authorization", "SharedKey account:s3cret0002")]
            fields += [("Content-Type", JSON), ("Content-Length", str(len(body)))] if body else []
            yield f"{method} {target}/{version}", Operation(method, full, Headers(fields), body)
