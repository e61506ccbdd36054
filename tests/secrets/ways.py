"""The ways that planted input goes through every public name; a ``Watch`` looks at what comes back.

Each way takes the same things from a test over generated input and from the one that holds that
no public name is left out.
"""

from __future__ import annotations

import asyncio
import datetime
import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from odatabatch import (
    CAPTURED,
    STRICT,
    Batch,
    BatchResponse,
    Headers,
    HttpRequest,
    HttpResponse,
    Limits,
    Oddity,
    RequestDecoder,
    RequestEncoder,
    ResponseDecoder,
    ResponseEncoder,
    Tolerance,
    azure,
    captures,
    check,
    correlate,
    decode_request,
    decode_response,
    detect,
    encode_request,
    encode_response,
    references,
)
from odatabatch.azure import operations
from odatabatch.emulator import BatchService, Emulator, read_faults
from odatabatch.emulator.asgi import AnswerCut
from odatabatch.http_message import parse_request, parse_response
from odatabatch.rules import RULES
from tests.secrets.showing import Watch
from tests.strategies import DIALECTS, events_of

NOW = datetime.datetime(2016, 4, 22, 0, 32, 47, tzinfo=datetime.UTC)
DATE = "Fri, 22 Apr 2016 00:32:47 GMT"
ACCOUNT = "account"
KEY = "s3cretkeyA=="
"""A key that is a marker."""

ALL = [rule.code for rule in RULES]


def codec(
    watch: Watch,
    kind: str,
    body: bytes,
    content_type: str,
    tolerate: frozenset[Oddity] = STRICT,
    limits: Limits = Limits(),
) -> Any:
    """Decode bytes at once and in chunks.

    Returns:
        The batch, or None where it cannot be read.
    """
    asks = kind == "request"
    whole = watch.call(
        decode_request if asks else decode_response, body, content_type, tolerate, limits
    )
    made = watch.call(RequestDecoder if asks else ResponseDecoder, content_type, tolerate, limits)
    if made is not None:
        for at in range(0, len(body), 100):
            watch.call(made.receive_data, body[at : at + 100])
            watch.call(made.events)
        watch.call(made.receive_eof)
        watch.call(made.events)
        watch.show(made)
    return whole


def batches(watch: Watch, batch: Batch | BatchResponse, answer: BatchResponse | None) -> None:
    """Judge and write a batch, or an answer, and bring both together."""
    asks = isinstance(batch, Batch)
    watch.show(batch)
    for dialect in DIALECTS:
        watch.call(check, batch, dialect, addr_spec=True)
    watch.call(detect, batch, DIALECTS)
    for allow in ((), ALL):
        for dialect in (None, *DIALECTS):
            watch.call(encode_request if asks else encode_response, batch, dialect, None, allow)
        made: Any = (RequestEncoder if asks else ResponseEncoder)(
            dialect=DIALECTS[-1], boundaries=map("b{}".format, itertools.count()), allow=allow
        )
        for event in events_of(batch):
            watch.show(event)
            watch.call(made.send, event)
        watch.show(made)
    leaves: Sequence[Any] = batch.operations if isinstance(batch, Batch) else batch.responses
    for leaf in leaves:
        watch.call(leaf.with_content_id, "1")
        watch.call(leaf.replace, headers=Headers())
        _fields(watch, leaf.part_headers)
        watch.call(batch.replace, leaf, leaf.replace())
        _fields(watch, leaf.headers)
    if leaves:
        watch.call(batch.replace, leaves[0].replace(), leaves[0])  # which stands nowhere
    if isinstance(batch, Batch):
        found = watch.call(references, batch)
        pairs = watch.call(correlate, batch, answer or BatchResponse(()))
        for reference in found:
            # A URL is what is asked for here, and no text about it.
            pairs.resolve(reference)
            watch.met.add("Correlation.resolve")
        watch.show(pairs)


def _fields(watch: Watch, headers: Headers) -> None:
    """What header fields can be asked, but for their values."""
    watch.call(headers.without, "Authorization")
    watch.call(headers.with_field, "Authorization", "Bearer")
    # Values are what these are asked for.
    headers.get("Authorization"), headers.get_all("Authorization"), headers.items()
    watch.met |= {"Headers.get", "Headers.get_all", "Headers.items"}


def messages(watch: Watch, data: bytes, content_type: str = "application/json") -> list[Any]:
    """Read whole messages, and a file of them.

    Returns:
        Those that could be read.
    """
    found = [watch.call(parse, data, CAPTURED) for parse in (parse_request, parse_response)]
    for tolerate in (STRICT, CAPTURED):
        read = watch.call(captures.read_messages, data, tolerate) or ()
        found += [it.message for it in read]
    found.append(watch.call(captures.read_content, data, content_type).message)
    for message in filter(None, found):
        if not isinstance(message, captures.Content):
            watch.call(message.replace, body=b"")
        watch.call(captures.read_batch, message, CAPTURED)
        if not isinstance(message, captures.Content):
            watch.call(captures.write_message, message)
            watch.call(captures.write_messages, [message, message])
    return [message for message in found if isinstance(message, HttpRequest)]


# Azure Batch


def upgrading(
    watch: Watch,
    batch: Batch,
    outer: HttpRequest | None,
    answers: Iterable[HttpResponse],
    **options: Any,
) -> None:
    """Translate a legacy batch, and answer it by the service, by those answers, and by failures."""
    up = watch.call(azure.upgrade, batch, request=outer, **options)
    if up is None:
        return
    own = [_served(request) for request in up.requests]
    for request in up.requests[:1]:
        watch.call(request.replace, headers=Headers())
    for told in (own, *([answer] * len(own) for answer in answers)):
        watch.call(up.answer, told)
        watch.call(up.http_answer, told)
        _transferred(watch, watch.call(up.transfer, 2), told)
    watch.call(azure.validate, up.requests[0] if up.requests else [])


def downgrading(
    watch: Watch, request: HttpRequest, answers: Iterable[HttpResponse], **options: Any
) -> None:
    """Translate a collection request, and answer it as ``upgrading`` does."""
    down = watch.call(azure.downgrade, request, **options)
    if down is None:
        return
    own = [_served(it) for it in down.requests]
    for told in (own, *([answer] * len(own) for answer in answers)):
        watch.call(down.answer, told, True, CAPTURED)
        _transferred(watch, watch.call(down.transfer, True, CAPTURED, 2), told)


def _served(request: HttpRequest) -> HttpResponse:
    """The emulator's answer."""
    service = BatchService()
    item = "item" if "/workitems/" in request.target or b"/workitems/" in request.body else None
    service.add_job("job-1", NOW, item, uses_task_dependencies=True)
    return service.answer(request, NOW).response


def _transferred(watch: Watch, transfer: Any, answers: list[HttpResponse]) -> None:
    """Take a transfer to its end, by those answers and by none."""
    told: list[Any] = [azure.Failure.TIMED_OUT, *answers, azure.Failure.NOT_SENT]
    while not transfer.done:
        for request in watch.call(transfer.next_requests):
            watch.call(transfer.wait_s, request)
            watch.call(transfer.receive, request, told.pop(0) if told else HttpResponse(503))
            watch.call(transfer.receive, request, HttpResponse(200))  # which is too many
        watch.call(transfer.events)
    for what in ("raise", "omit"):
        watch.call(transfer.answer, what)
        watch.call(transfer.http_answer, what)
    watch.show(transfer)


def bodies(watch: Watch, body: bytes, api_version: str) -> None:
    """Read a JSON body as each thing that it may be."""
    watch.call(azure.validate, body, api_version)
    watch.call(azure.validate, body, api_version, True)
    for kind in (azure.TaskCollection, azure.TaskCollectionResult):
        read = watch.call(kind.from_json, body)
        if read is not None:
            watch.call(read.to_json)
    read = watch.call(azure.BatchError.from_json, body)
    task = azure.Task("a", body)
    watch.show(task)
    watch.call(azure.validate, [task], api_version)
    collection = azure.TaskCollection((task, task))
    watch.show(collection)
    watch.call(collection.to_json)
    result = azure.TaskResult("a", azure.TaskStatus.CLIENT_ERROR, error=read)
    watch.show(result)
    watch.call(azure.TaskCollectionResult((result,)).to_json)
    watch.call(azure.TaskCollectionResult.from_json, body, request=collection)


def calls(
    watch: Watch, request: HttpRequest, answer: HttpResponse, versions: Sequence[str]
) -> None:
    """Recognise, build and move a call, and its answer."""
    for source in (None, versions[0]):
        call = watch.call(operations.recognise, request, source)
        for version in versions:
            for strict in (False, True):
                watch.call(
                    operations.move,
                    request,
                    version,
                    strict=strict,
                    source_version=source,
                    work_item="item",
                )
            if call is None:
                continue
            row = watch.call(operations.operation, call.operation, version)
            if row is not None:
                watch.call(row.target_in, version)
            watch.call(
                operations.build,
                call.operation,
                version,
                work_item=call.work_item,
                job=call.job,
                task=call.task,
                query=call.query,
                timeout=call.timeout,
                headers=request.headers,
                body=request.body,
            )
            watch.call(operations.move_answer, answer, call, version, "https://client", "item")


def signing(watch: Watch, request: HttpRequest, key: str = KEY) -> None:
    """Sign a request, and check it, as it was and as it is."""
    made = watch.call(azure.SharedKey, ACCOUNT, key)
    if made is None:
        return
    for asked in (request, HttpRequest("GET", "/jobs")):
        watch.call(made.check, asked, NOW)
        watch.call(made.signature, asked)
        signed = watch.call(made.signed, asked, DATE)
        if signed is not None:
            watch.call(made.check, signed, NOW)
            watch.call(made.check, signed, NOW + datetime.timedelta(hours=1))
            other = signed.headers.with_field("Authorization", f"SharedKey {ACCOUNT}:{key}")
            watch.call(made.check, signed.replace(headers=other), NOW)
        watch.call(made.signed, asked, key)


def emulated(watch: Watch, requests: Iterable[HttpRequest], faults: bytes, ident: str) -> None:
    """Ask the emulated service, with a key and without, and set its scene."""
    script = watch.call(read_faults, faults) or ()
    watch.show(*script)
    for key in (None, KEY):
        service = watch.call(BatchService, ACCOUNT, key, faults=script)
        watch.call(service.add_job, "job-1", NOW)
        watch.call(service.add_job, "job-1", NOW)
        watch.call(service.add_job, "job-1", NOW, "item")
        signer = azure.SharedKey(ACCOUNT, KEY)
        for request in requests:
            watch.call(service.answer, request, NOW)
            signed = watch.call(signer.signed, request, DATE)
            if signed is not None:
                watch.call(service.answer, signed, NOW)
            _application(watch, service, request)
        for task in watch.call(service.tasks, "job-1"):
            watch.call(service.complete, "job-1", task.id, 0, NOW)
            watch.call(task.moved, "completed", 1)
        watch.call(service.complete, "job-1", ident, 0, NOW)
        watch.call(service.tasks, ident)
        watch.call(service.set_job_state, "job-1", "disabled", NOW)
        watch.call(service.set_job_state, ident, "disabled", NOW)
        watch.call(service.set_job_state, "job-1", ident, NOW)
        watch.call(service.delete_job, "job-1")
        watch.call(service.delete_job, ident)
        watch.show(service)


def _application(watch: Watch, service: BatchService, request: HttpRequest) -> None:
    """The same through ASGI, where nobody waits."""
    app = watch.call(Emulator, service, lambda: NOW)
    watch.call(app.stop)
    path, _, query = request.target.partition("?")
    scope = {
        "type": "http",
        "method": request.method,
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [(a.encode("latin-1"), b.encode("latin-1")) for a, b in request.headers],
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": request.body}

    async def send(message: Any) -> None:
        pass

    async def ask() -> None:
        await app(scope, receive, send)

    try:
        watch.call(asyncio.run, ask())
    except AnswerCut as error:
        watch.error(error)
    watch.show(app)


FAULTS = json.dumps(
    [
        {"do": "fail_tasks", "code": "InternalError", "times": 1},
        {"do": "fail_request", "status": 503, "after": 2, "times": 1},
        {"do": "cut", "after": 4, "times": 1},
        {"do": "slow", "after": 5, "times": 1, "chunk_bytes": 100},
    ]
).encode()


def tolerated(watch: Watch) -> None:
    """What is told of oddities."""
    tolerance = Tolerance(CAPTURED)
    watch.call(tolerance.accept, Oddity.BARE_LF, 1)
    watch.call(Tolerance(STRICT).accept, Oddity.BARE_LF, 1)
    watch.show(tolerance, Limits(), *DIALECTS)
