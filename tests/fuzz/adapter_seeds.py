"""Seeds of the adapter's harnesses: the fixtures, tasks with planted secrets, every call."""

from __future__ import annotations

import json
from collections.abc import Iterator

from odatabatch import (
    CAPTURED,
    Batch,
    BatchResponse,
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
from tests.fuzz.answering import FAULTS
from tests.fuzz.errands import Errand
from tests.fuzz.signing import DATE
from tests.fuzz.wire_seeds import Seeds

HOST = "account.region.batch.azure.com"
SERVICE = f"https://{HOST}"
JSON = "application/json; odata=minimalmetadata"
OLD, LEGACY, MODERN, LATEST = "2014-10-01.1.0", "2016-02-01.3.0", "2024-07-01.20.0", VERSIONS[-1]
_AT = {version: number for number, version in enumerate(VERSIONS)}

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


def _tasks() -> Iterator[tuple[str, bytes]]:
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
    return Operation(
        message.method, message.target, message.headers, message.body, message.version
    )


def _told(message: HttpResponse) -> OperationResponse:
    # An errand's statuses begin at 100.
    return OperationResponse(
        message.status - 100, message.reason, message.headers, message.body, message.version
    )


def _collection(*bodies: bytes, version: str = MODERN) -> Operation:
    target = f"{SERVICE}/jobs/job/addtaskcollection?api-version={version}&timeout=30"
    fields = [("Content-Type", JSON), ("client-request-id", "s3cret0012"), ("X", "s3cret0013")]
    return Operation("POST", target, Headers(fields), b'{"value":[%s]}' % b",".join(bodies))


def _fixtures() -> Iterator[tuple[str, HttpRequest | HttpResponse]]:
    for message in corpus.messages():
        read = parse_request if message.kind == "request" else parse_response
        yield message.name, read(message.data, CAPTURED)


def _requests() -> Iterator[tuple[str, Operation]]:
    for name, message in _fixtures():
        if isinstance(message, HttpRequest):
            yield name, _bare(message)


def _answers() -> tuple[OperationResponse, ...]:
    return tuple(_told(it) for _, it in _fixtures() if isinstance(it, HttpResponse))


def _batches() -> Iterator[tuple[str, Operation, Batch]]:
    """Legacy batches, each with the request that carried it."""
    for name, message in _requests():
        if "$batch" in message.target:
            kind = message.headers.get("Content-Type", "")
            batch = decode_request(message.body, kind, CAPTURED)
            yield name, message, batch
    plain = [json.dumps({**PLAIN, "id": it}).encode() for it in ("a", "b", "A", "c")]
    outer = Operation("POST", f"{SERVICE}/$batch?api-version={LEGACY}&timeout=3")
    yield "same ids", outer, _batch(*plain)
    for name, body in _tasks():
        version = OLD if name.startswith("old") else LEGACY
        target = f"{SERVICE}/$batch?api-version={version}"
        headers = Headers([("Authorization", "s3cret0014"), ("return-client-request-id", "true")])
        yield name, Operation("POST", target, headers), _batch(body, plain[1], version=version)


def upgrade() -> Seeds:
    """Batches to several api-versions, by themselves and in what carried them."""
    for at, (name, outer, batch) in enumerate(_batches()):
        for version in (LEGACY, "2017-05-01.5.0", MODERN, LATEST):
            bits = at % 8
            parts = (outer, *batch.parts) if bits & 4 else batch.parts
            numbers = bytes((_AT[version], 0, bits))
            errand = Errand(numbers, (DATE if at % 3 else "",), Batch(parts))
            yield f"{name}/{version}", errand.written()
    alone = Operation("POST", "/jobs/job/tasks", Headers([("Content-ID", "1")]), b'{"id":"a"}')
    for source in (0, 1, 7, 27):
        yield f"no version/{source}", Errand(bytes((24, source)), (), Batch((alone,))).written()


def _collections() -> Iterator[tuple[str, Operation]]:
    for name, message in _requests():
        if "addtaskcollection" in message.target:
            yield name, message
    plain = [json.dumps({**PLAIN, "id": it}).encode() for it in ("a", "b", "c")]
    yield "plain", _collection(*plain)
    for name, body in _tasks():
        yield name, _collection(body, plain[1])


def downgrade() -> Seeds:
    """Collections to several api-versions."""
    for at, (name, request) in enumerate(_collections()):
        for version in (OLD, "2015-06-01.2.0", LEGACY):
            item = "item" if version == OLD else ""
            errand = Errand(bytes((_AT[version], 0, at % 4)), ("", item), Batch((request,)))
            yield f"{name}/{version}", errand.written()


def _steps() -> Iterator[tuple[str, bytes]]:
    """What becomes of requests: a number of faults, then a step each."""
    for faults in range(len(FAULTS)):
        yield f"faults {faults}", bytes((faults,))
    for kind in range(8):
        for much in (0, 1, 2, 7, 15, 31):
            yield f"{kind}/{much}", bytes((0, kind | much << 3))
    for seed in range(8):
        steps = bytes((seed * 37 + at * 11) * 5 % 40 for at in range(12))
        yield f"mixed {seed}", bytes((seed,)) + steps


def _spoilings() -> tuple[OperationResponse, ...]:
    """Answers that are nearly right, and pieces of them."""
    success = b'{"value":[{"status":"Success","taskId":"a"}]}'
    secret = Headers([("ETag", "s3cret0020"), ("Content-Type", "text/html; s3cret0021")])
    return (
        OperationResponse(100, "", body=success),
        OperationResponse(100, "s3cret0022", secret, b"s3cret0023"),
        OperationResponse(309, "No", body=b'{"code":"TaskExists","message":{"value":"s3cret0024"}}'),
        OperationResponse(100, "OK", Headers([("Content-Encoding", "gzip")]), success),
    )


def _on_the_way(name: str, at: int, errand: Errand) -> Seeds:
    for number, (label, steps) in enumerate(_steps()):
        if (number + at) % 5 == 0 or name in ("same ids", "plain"):
            numbers = errand.numbers.ljust(7, b"\0") + steps
            answers = BatchResponse((_spoilings(), _answers())[number % 2])
            told = Errand(numbers, errand.texts, errand.batch, answers)
            yield f"{name}/{label}", told.written()


def answers() -> Seeds:
    """Batches and collections, and what becomes of their requests."""
    for at, (name, _, batch) in enumerate(_batches()):
        yield from _on_the_way(name, at, Errand(bytes((_AT[MODERN], 0, 8, 2, at)), (), batch))
    for at, (name, request) in enumerate(_collections()):
        batch = Batch((request,))
        yield from _on_the_way(f"c/{name}", at, Errand(bytes((_AT[LEGACY], 0, 8, 2)), (), batch))


def transfer() -> Seeds:
    """The same on their way."""
    yield from answers()


_TEXTS = (
    *('{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[1,]', "nul", "NaN", "1e999", "-0", "1E400", '"\\ud800"'),
    *('"\\ud83d\\ude00"', '{"a":{"b":[1,{"c":null}]}}', '{"s3cret0001":"s3cret0002"', '{"a":"\\u003a"}'),
    *('{"value":[{"id":"a","commandLine":"b"}]}', '{"code":"a","message":{"value":"s3cret0003"}}'),
    *(64 * "[" + 64 * "]", 65 * "[" + 65 * "]", "1" * 4300, "-" + "1" * 4300, "18446744073709551616"),
    *('{"a" : 1.0 , "b":\t"c" }', " {} ", "\ufeff{}", '"\x7f"', '"\t"', "01", "1.", ".5", "-", '{"a"}'),
    *("1.7976931348623159e308", "5e-324", "0.1", "123456789012345678901234567890.5", "[0,-0.0,1e5]"),
)  # fmt: skip


def json_text() -> Seeds:
    """Bodies of the fixtures, tasks, and texts at the edges of the grammar."""
    for name, message in _fixtures():
        if message.body[:1] in (b"{", b" ", b"\r", b"\n"):
            yield name, b"\0" + message.body
    for at, (name, body) in enumerate(_tasks()):
        yield name, bytes((at * 7 % 256,)) + body
    for at, text in enumerate(_TEXTS):
        yield f"text {at}", bytes((at,)) + text.encode()


_CALLS = (
    *(("POST", "/jobs"), ("POST", "/jobs/job/tasks"), ("POST", "/jobs/job/addtaskcollection")),
    *(("GET", "/jobs/job/tasks/task-1"), ("GET", "/jobs/job/tasks"), ("DELETE", "/jobs/job/tasks/t")),
    *(("PUT", "/jobs/job/tasks/t"), ("POST", "/jobs/job/tasks/t/terminate"), ("GET", "/jobs/job")),
    *(("POST", "/jobs/job/tasks/t/reactivate"), ("GET", "/jobs/job/tasks/t/subtasksinfo")),
    *(("POST", "/workitems/item/jobs/job/tasks"), ("GET", "/workitems/item/jobs/job/tasks")),
    *(("POST", "/workitems/item/jobs/job/tasks/t?terminate"), ("POST", "/workitems")),
    *(("DELETE", "/jobs/job"), ("GET", "/pools"), ("POST", "/$batch"), ("PATCH", "/jobs/job")),
    *(("GET", "/jobs/job/tasks/t?$select=id,s3cret0001"), ("GET", "/jobs/job/tasks?maxresults=1")),
    *(("GET", "/jobs/job/tasks?$filter=state eq 's3cret0001'"), ("OPTIONS", "*")),
)  # fmt: skip


def _calls() -> Iterator[tuple[str, Operation]]:
    """Every call, of an old and of a new api-version."""
    for method, target in _CALLS:
        for version in (OLD, LEGACY, LATEST):
            mark = "&" if "?" in target else "?"
            full = f"{target.replace(' ', '%20')}{mark}api-version={version}"
            body = b""
            if method in ("POST", "PUT"):
                task = OLD_TASK if version == OLD else {**PLAIN, "id": f"t{len(version)}"}
                body = json.dumps({"value": [task]} if "coll" in target else task).encode()
            fields = [("Host", HOST), ("Authorization", "SharedKey account:s3cret0002")]
            fields += [("Content-Type", JSON), ("Content-Length", str(len(body)))] if body else []
            yield f"{method} {target}/{version}", Operation(method, full, Headers(fields), body)


def moves() -> Seeds:
    """Calls, tasks and answers, from and to several api-versions."""
    urls = {"url": f"{SERVICE}/jobs/job/tasks/a?s3cret0025", "state": "active"}
    page = {"value": [{**TASK, **urls}], "odata.nextLink": f"{SERVICE}/jobs/job/tasks?$skiptoken=1"}
    shown = [HttpResponse(200, "OK", Headers([("Content-Type", JSON)]), json.dumps(it).encode())
             for it in (page, {**TASK, **urls})]  # fmt: skip
    told = BatchResponse(tuple(map(_told, shown)))
    for at, (name, request) in enumerate((*_calls(), *_collections(), *_requests())):
        for version in (OLD, LEGACY, LATEST):
            numbers = bytes((_AT[version], 0, at % 16))
            errand = Errand(numbers, ("item" if at % 2 else "",), Batch((request,)), told)
            yield f"{at}/{name}/{version}", errand.written()
    for at, (name, body) in enumerate(_tasks()):
        numbers = bytes((at * 5 % 26, at * 7 % 27, at % 16))
        errand = Errand(numbers, (), Batch((Operation("POST", "/jobs", body=body),)))
        yield f"task/{name}", errand.written()


def signing() -> Seeds:
    """Every call signed, with others in mind; and calls to build."""
    for at, (name, request) in enumerate((*_calls(), *_requests())):
        numbers = bytes((at % 10, at % 26, at * 11 % 256, at % 2))
        ids = ("item" if at % 26 < 2 else "", "job", "task ü" if at % 3 else "")
        errand = Errand(numbers, ("account", DATE, "s3cretkeya", *ids), Batch((request,)))
        yield f"{at}/{name}", errand.written()
    odd = Operation("get", "https://h/a?b=s3cret0001&B=&a=2&a=1&c:d=", Headers([("ocp-x", "")]))
    twice = Headers([("Authorization", "SharedKey account:s3cret0001"), ("Authorization", "a")])
    for at, request in enumerate((odd, odd.replace(headers=twice), odd.replace(target="//a/b"))):
        yield f"odd/{at}", Errand(bytes(3), (), Batch((request,))).written()


_FAULTS = (
    '[{"do":"fail_request","status":503,"every":2}]',
    '[{"do":"fail_tasks","code":"s3cret0001"}]',
    '[{"do":"cut","body_bytes":10,"job":"j*"},{"do":"hang","operation":"Batch"}]',
    '[{"do":"slow","chunk_bytes":3,"task":"a"}]',
)


def emulator() -> Seeds:
    """Every call after the other, batches and collections, with a key and without."""
    calls = [request for _, request in _calls()]
    for start in range(0, len(calls), 5):
        errand = Errand(bytes((start % 8,)), (), Batch(tuple(calls[start : start + 9])))
        yield f"calls/{start}", errand.written()
    for at, (name, request) in enumerate((*_requests(), *_collections(), *_carriers())):
        job = ("job-0000000001", "testjob", "jobId", "scene-7", "job")[at % 5]
        texts = (_FAULTS[at % 4] if at % 3 == 0 else "", job)
        yield f"{at}/{name}", Errand(bytes((at % 8,)), texts, Batch((request,))).written()


def _carriers() -> Iterator[tuple[str, Operation]]:
    """Requests with the batches in them."""
    for name, outer, batch in _batches():
        if outer.body:
            yield name, outer
            continue
        encoded = encode_request(batch, AZURE_BATCH, allow=("too_many_operations",))
        headers = outer.headers.with_field("Content-Type", encoded.content_type)
        yield name, outer.replace(headers=headers, body=encoded.body)


def transport() -> Seeds:
    """Batches, collections and other calls through both, with everything that may happen."""
    versions = (_AT[LEGACY], _AT[MODERN], _AT[LATEST], 0)
    asked = (*_carriers(), *_collections(), *_calls())
    steps = list(_steps())
    for at, (name, request) in enumerate(asked):
        for turn in range(2):
            label, step = steps[(at * 2 + turn) % len(steps)]
            down = "addtaskcollection" in request.target or not at % 4
            bits = down | (at * 2 + turn) * 37 % 128 & 0xFE
            version = versions[at % 2 * 3] if down else versions[1 + at % 2]
            numbers = bytes((version, 0, bits, at)).ljust(7, b"\0") + step
            target = request.target
            if target.startswith("/"):
                target = SERVICE + target
            errand = Errand(
                numbers,
                ("item" if version == 0 else "",),
                Batch((request.replace(target=target),)),
                BatchResponse(_answers() if turn else _spoilings()),
            )
            yield f"{at}/{name}/{label}/{turn}", errand.written()
