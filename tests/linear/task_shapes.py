"""Hostile shapes of tasks: translated, sent, answered, read, signed, served."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
    ODATA_V4,
    Headers,
    HttpRequest,
    HttpResponse,
    ODataBatchError,
    detect,
    encode_request,
)
from odatabatch.azure import (
    AZURE_BATCH,
    LATEST,
    Downgrade,
    Failure,
    SharedKey,
    TaskCollection,
    TaskCollectionResult,
    Upgrade,
    downgrade,
    operations,
    upgrade,
    validate,
)
from odatabatch.azure.json_text import read_json
from odatabatch.azure.moves import move
from odatabatch.emulator import BatchService
from tests.azure import batches
from tests.emulator import scenes
from tests.linear.shape import Call, Shape

_ITEM_BYTES = 64  # of a short task; a shape of so many bytes has so many of them
_OLD = "2016-02-01.3.0"
_COUNT_BYTES = 8 << 10  # 128 tasks, and 512: more than one request holds
_MANY_BYTES = 32 << 10  # 512, and 2,048
_LETTERS = "abcdefghijklmnopqrst"

Pieces = tuple[bytes, bytes, bytes]
Ids = Callable[[int], list[str]]


def plain(size: int) -> list[str]:
    """Ids of so many bytes of tasks."""
    return [f"task-{at:07}" for at in range(size // _ITEM_BYTES)]


def alike(size: int) -> list[str]:
    """Ids that are equal but for the case of their letters."""
    return [
        "".join(c.upper() if at >> bit & 1 else c for bit, c in enumerate(_LETTERS))
        for at in range(size // _ITEM_BYTES)
    ]


_IDS: dict[str, Ids] = {"tasks": plain, "ids equal but for case": alike}

# Members of one task: what stands before, what is repeated, what stands behind.
_TASK = b'{"id":"a","commandLine":"b"'
_MEMBERS: dict[str, Pieces] = {
    "a long text": (_TASK + b',"displayName":"', b"x", b'"}'),
    "escapes": (_TASK + b',"displayName":"', b"\\n\\u0061", b'"}'),
    "surrogates": (_TASK + b',"displayName":"', b"\\ud83d\\ude00", b'"}'),
    "backslashes": (_TASK + b',"displayName":"', b"\\\\", b'"}'),
    "white space": (_TASK, b" \r\n\t", b"}"),
    "unknown members": (_TASK, b',"a%06d":1', b"}"),
    "annotations": (_TASK, b',"odata.a%06d":"b"', b"}"),
    "resource files": (
        _TASK + b',"resourceFiles":[{"blobSource":"a","filePath":"b"}',
        b',{"blobSource":"http://a/b","filePath":"c"}',
        b"]}",
    ),
    "environment settings": (
        _TASK + b',"environmentSettings":[{}',
        b',{"name":"a","value":"b"}',
        b"]}",
    ),
    "settings of unknown members": (
        _TASK + b',"environmentSettings":[{}',
        b',{"a%06d":"b"}',
        b"]}",
    ),
    "dependencies": (_TASK + b',"dependsOn":{"taskIds":["a"', b',"a%06d"', b"]}}"),
    "deep arrays": (_TASK + b',"other":[0', b"," + b"[" * 50 + b"]" * 50, b"]}"),
    "wide arrays": (_TASK + b',"other":[0', b",[],{}", b"]}"),
    "numbers": (_TASK + b',"other":[0', b",1.5e3", b"]}"),
    "long numbers": (_TASK + b',"other":[0', b"," + b"9" * 1000, b"]}"),
}
_TEXTS: dict[str, Pieces] = {
    "opened arrays": (b"", b"[", b""),
    "opened objects": (b"", b'{"a":', b""),
    "one number": (b"", b"9", b""),
    "zeros of a fraction": (b"0.", b"0", b"1"),
    "an exponent": (b"1e", b"0", b"1"),
    "not closed text": (b'"', b"x", b""),
    "white space": (b"", b" ", b"x"),
    "members given twice": (b"{", b'"a":1,', b'"a":1}'),
    "members with a fault at the end": (b"{", b'"a%06d":1,', b"}"),
    "items with a fault at the end": (b"[", b'{"a":[1,"b"]},', b"]"),
    "no UTF-8 at the end": (b'"', b"\xc3\xa9", b'\xff"'),
    "a lone surrogate at the end": (b'"', b"\\u0061", b'\\ud800"'),
}


def task_shapes() -> Iterator[Shape]:
    """All of them."""
    for name, ids in _IDS.items():
        for what, prepare in _TRANSLATED.items():
            count_bytes = _MANY_BYTES if ids is alike else _COUNT_BYTES  # those go one by one
            yield Shape(f"{what}: {name}", partial(prepare, ids), count_bytes)
        for what, answer in _SERVICES.items():
            up = partial(_transferred_up, ids, answer)
            yield Shape(f"transfer up, {what}: {name}", up, _COUNT_BYTES)
    for what, answer in _OLD_SERVICES.items():
        down = partial(_transferred_down, plain, answer)
        yield Shape(f"transfer down, {what}: tasks", down, _COUNT_BYTES // 2)
    for name, pieces in _MEMBERS.items():
        yield Shape(f"upgrade: {name}", partial(_one_up, pieces))
        yield Shape(f"move down: {name}", partial(_one_down, pieces))
        yield Shape(f"validate: {name}", partial(_one_validated, pieces))
    for name, pieces in _TEXTS.items():
        yield Shape(f"read_json: {name}", partial(_text_read, pieces))
    for what, prepare_other in _OTHERS.items():
        yield Shape(what, prepare_other)


def _quietly(call: Call) -> Call:
    """A call that may be refused: see ``Shape``."""

    def quiet() -> None:
        with contextlib.suppress(ODataBatchError):
            call()

    return quiet


def _repeated(pieces: Pieces, size: int) -> bytes:
    head, unit, tail = pieces
    if b"%06d" not in unit:
        return head + unit * (size // len(unit)) + tail
    return head + b"".join(unit % at for at in range(size // len(unit % 0))) + tail


# Translations


def _legacy(ids: Iterable[str]) -> Any:
    made = [batches.operation(f"{at:06}", batches.task(it)) for at, it in enumerate(ids)]
    return batches.batch(*made)


def _upgrade_call(ids: Ids, size: int) -> Call:
    legacy = _legacy(ids(size))

    def call() -> None:
        up = upgrade(legacy)
        assert up.notes is not None
        repr(up)

    return call


def _downgrade_call(ids: Ids, size: int) -> Call:
    tasks = [batches.task(it) for it in ids(size)]
    request = batches.collection(*tasks)
    return _quietly(lambda: downgrade(request).notes)


def _answered_up(ids: Ids, size: int) -> Call:
    up: Upgrade = upgrade(_legacy(ids(size)))
    answers = [_added(request) for request in up.requests]
    return lambda: (up.answer(answers), up.http_answer(answers))


def _answered_up_in_reverse(ids: Ids, size: int) -> Call:
    up: Upgrade = upgrade(_legacy(ids(size)))
    answers = [
        batches.answered(*(batches.failed(it.id) for it in reversed(request.tasks)))
        for request in up.requests
    ]
    return lambda: up.http_answer(answers)


def _collection_read(ids: Ids, size: int) -> Call:
    body = batches.collection(*map(batches.task, ids(size))).body
    return lambda: TaskCollection.from_json(body).to_json()


def _results_read(ids: Ids, size: int) -> Call:
    tasks = [batches.task(it) for it in ids(size)]
    request = TaskCollection.from_json(batches.collection(*tasks).body)
    body = batches.answered(*(batches.added(it.id) for it in reversed(request.tasks))).body

    def call() -> None:
        TaskCollectionResult.from_json(body).to_json()
        TaskCollectionResult.from_json(body, request=request)

    return _quietly(call)


def _validated(ids: Ids, size: int) -> Call:
    body = batches.collection(*map(batches.task, ids(size)))
    return lambda: validate(body)


def _detected(ids: Ids, size: int) -> Call:
    legacy = _legacy(ids(size))
    return lambda: detect(legacy, [AZURE_BATCH, AZURE_TABLES, ODATA_V3, ODATA_V4])


def _moved(ids: Ids, size: int) -> Call:
    request = batches.collection(*map(batches.task, ids(size)))
    return lambda: operations.move(request, LATEST)


_TRANSLATED: dict[str, Callable[[Ids, int], Call]] = {
    "upgrade": _upgrade_call,
    "downgrade": _downgrade_call,
    "answer": _answered_up,
    "answer, in reverse, refused": _answered_up_in_reverse,
    "TaskCollection": _collection_read,
    "TaskCollectionResult": _results_read,
    "validate": _validated,
    "detect": _detected,
    "move": _moved,
}


# Transfers


class _Told:
    """What a service has been asked so far."""

    def __init__(self) -> None:
        self.times = 0


Service = Callable[[_Told, Any], HttpResponse | Failure]


def _added(request: Any) -> HttpResponse:
    return batches.answered(*(batches.added(task.id) for task in request.tasks))


def _exist(request: Any) -> HttpResponse:
    return batches.answered(*(batches.failed(task.id) for task in request.tasks))


def _doubtful(told: _Told, request: Any) -> HttpResponse | Failure:
    """No answer at first, then all tasks are there."""
    return Failure.TIMED_OUT if told.times % 2 else _exist(request)


def _halved(told: _Told, request: Any) -> HttpResponse:
    if len(request.tasks) > 1:
        return batches.refused(413, "RequestBodyTooLarge")
    return _added(request)


def _half_late(told: _Told, request: Any) -> HttpResponse:
    """Every second task is to be sent again."""
    results = [
        batches.failed(task.id, "ServerBusy", "ServerError") if at % 2 else batches.added(task.id)
        for at, task in enumerate(request.tasks)
    ]
    return batches.answered(*results)


_SERVICES: dict[str, Service] = {
    "well": lambda told, request: _added(request),
    "refused one by one": lambda told, request: _exist(request),
    "refused whole": lambda told, request: batches.refused(403, "AuthenticationFailed"),
    "unavailable": lambda told, request: batches.refused(503, **{"Retry-After": "1"}),
    "timed out, then there": _doubtful,
    "halved at 413": _halved,
    "every second late": _half_late,
    "not read": lambda told, request: HttpResponse(200, "OK", body=b'{"value":['),
}
_OLD_SERVICES: dict[str, Service] = {
    "well": lambda told, request: _parts(request, refused=False),
    "refused one by one": lambda told, request: _parts(request, refused=True),
    "halved at 413": lambda told, request: (
        batches.refused(413)
        if request.body.count(b"\r\nPOST ") > 1
        else _parts(request, refused=False)
    ),
    "unavailable": lambda told, request: batches.refused(503),
}


def _parts(request: HttpRequest, *, refused: bool) -> HttpResponse:
    asked = batches.decoded_request(request).operations
    if refused:
        return batches.accepted(*(batches.part_failed(it.content_id) for it in asked))
    named = ((it.content_id, json.loads(it.body)["id"]) for it in asked)
    return batches.accepted(*(batches.part_added(*it) for it in named))


def _transferred_up(ids: Ids, answer: Service, size: int) -> Call:
    return _transferred(upgrade(_legacy(ids(size))), answer)


def _transferred_down(ids: Ids, answer: Service, size: int) -> Call:
    request = batches.collection(*map(batches.task, ids(size)))
    return _transferred(downgrade(request), answer)


def _transferred(translation: Upgrade | Downgrade, answer: Service) -> Call:
    """All of a transfer: the events are taken after each answer."""

    def call() -> None:
        told = _Told()
        way: Any = translation.transfer()
        while not way.done:
            for request in way.next_requests():
                told.times += 1
                way.wait_s(request)
                way.receive(request, answer(told, request))
                list(way.events())
        way.answer(open="omit")
        way.http_answer(open="omit")
        repr(way)

    return call


# One task, one text


def _one_up(pieces: Pieces, size: int) -> Call:
    legacy = batches.batch(batches.operation("1", _repeated(pieces, size)))

    def call() -> None:
        assert upgrade(legacy).notes is not None

    return _quietly(call)


def _one_down(pieces: Pieces, size: int) -> Call:
    body = _repeated(pieces, size)
    return _quietly(lambda: move(body, LATEST, _OLD))


def _one_validated(pieces: Pieces, size: int) -> Call:
    body = _repeated(pieces, size)
    return lambda: validate(body, strict=True)


def _text_read(pieces: Pieces, size: int) -> Call:
    text = _repeated(pieces, size)
    return _quietly(lambda: read_json(text))


# Targets, signatures, other calls, the emulator


def _collection_with(target: str, **fields: str) -> HttpRequest:
    return batches.collection(_TASK + b"}", target=target, **fields)


def _recognised(size: int) -> Call:
    target = f"{batches.COLLECTION}&" + "&".join(f"a{at:06}=b" for at in range(size // 8))
    request = _collection_with(target)
    return _quietly(lambda: operations.recognise(request))


def _path(size: int) -> Call:
    target = f"https://{batches.HOST}/jobs/" + "%61" * (size // 3) + f"/tasks?api-version={LATEST}"
    request = HttpRequest("POST", target, body=_TASK + b"}")
    return _quietly(lambda: operations.move(request, _OLD))


def _slashes(size: int) -> Call:
    target = f"https://{batches.HOST}" + "/jobs" * (size // 5) + f"?api-version={LATEST}"
    return _quietly(lambda: operations.recognise(HttpRequest("POST", target, body=_TASK + b"}")))


def _signed(size: int) -> Call:
    query = "&".join(f"a{at:06}=%61" for at in range(size // 16))
    fields = [(f"ocp-a{at:06}", "b") for at in range(size // 16)]
    request = HttpRequest("GET", f"https://{batches.HOST}/jobs?{query}", Headers(fields))
    key = SharedKey("account", scenes.KEY)
    return lambda: key.signed(request, batches.HTTP_DATE)


def _listed(size: int) -> Call:
    """A page of tasks, for a client of another api-version."""
    tasks = [
        {"id": it, "url": f"https://{batches.HOST}/jobs/job-1/tasks/{it}", "commandLine": "a"}
        for it in plain(size)
    ]
    target = f"https://{batches.HOST}/jobs/job-1/tasks?api-version={LATEST}"
    call = operations.recognise(HttpRequest("GET", target))
    fields = Headers([("Content-Type", "application/json; odata=minimalmetadata")])
    answer = HttpResponse(200, "OK", fields, json.dumps({"value": tasks}).encode())
    return lambda: operations.move_answer(answer, call, "2014-10-01.1.0", work_item="item")


def _retry_after(size: int) -> Call:
    """A wait of that many digits, for a transfer of one task."""
    up = upgrade(_legacy(["a"]))
    response = batches.refused(503, **{"Retry-After": "9" * size})
    return lambda: [_waited(up, response) for _ in range(4)]


def _waited(up: Upgrade, response: HttpResponse) -> None:
    way = up.transfer()
    (request,) = way.next_requests()
    way.receive(request, response)


def _error_values(size: int) -> Call:
    """An error with many values, as the answer to a task."""
    values = [{"key": f"a{at:06}", "value": "b"} for at in range(size // 32)]
    up = upgrade(_legacy(["a"]))
    result = batches.failed("a")
    result["error"]["values"] = values
    return lambda: up.http_answer([batches.answered(result)])


def _served_batches(size: int) -> Call:
    down = downgrade(batches.collection(*map(batches.task, plain(size))))
    return _served(down.requests)


def _served_collections(size: int) -> Call:
    return _served(upgrade(_legacy(plain(size))).requests)


def _served_one_by_one(ids: Ids, size: int) -> Call:
    target = batches.TASKS.replace("http:", "https:")
    return _served([_json("POST", target, batches.task(it)) for it in ids(size)])


def _served_one_batch(size: int) -> Call:
    """More operations than the service takes."""
    encoded = encode_request(_legacy(plain(size)), AZURE_BATCH, allow=["too_many_operations"])
    target = f"https://{batches.HOST}/$batch?api-version={_OLD}"
    fields = Headers([("Content-Type", encoded.content_type)])
    return _served([HttpRequest("POST", target, fields, encoded.body)])


def _json(method: str, target: str, body: bytes) -> HttpRequest:
    fields = [("Content-Type", "application/json; odata=minimalmetadata")]
    return HttpRequest(method, target, Headers(fields), body)


def _served(requests: Sequence[HttpRequest]) -> Call:
    """A new service answers them, one after the other."""

    def call() -> None:
        service = BatchService()
        service.add_job("job-1", scenes.NOW)
        for request in requests:
            answer = service.answer(request, scenes.NOW)
            b"".join(answer.chunks)

    return call


_OTHERS: dict[str, Callable[[int], Call]] = {
    "recognise: parameters of a query": _recognised,
    "recognise: steps of a path": _slashes,
    "move: a long id": _path,
    "sign: parameters and fields": _signed,
    "move_answer: tasks": _listed,
    "transfer up, a wait: digits": _retry_after,
    "answer: values of an error": _error_values,
    "emulator, batches: tasks": _served_batches,
    "emulator, collections: tasks": _served_collections,
    "emulator, one by one: tasks": partial(_served_one_by_one, plain),
    "emulator, one by one: ids equal but for case": partial(_served_one_by_one, alike),
    "emulator, one batch: tasks": _served_one_batch,
}
