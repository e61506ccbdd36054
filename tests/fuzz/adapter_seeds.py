"""Seeds of the adapter's harnesses: what is asked, what becomes of it, and how it is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

from odatabatch import Batch, BatchResponse, Headers, HttpResponse, Operation, OperationResponse
from tests.fuzz import task_seeds as known
from tests.fuzz.answering import FAULTS
from tests.fuzz.errands import Errand
from tests.fuzz.scripts import RECORD
from tests.fuzz.signing import DATE
from tests.fuzz.task_seeds import AT, JSON, LATEST, LEGACY, MODERN, OLD, SERVICE, TASK
from tests.fuzz.wire_seeds import Seeds


def upgrade() -> Seeds:
    """Batches to several api-versions, by themselves and in what carried them."""
    for at, (name, outer, batch) in enumerate(known.batches()):
        for version in (LEGACY, "2017-05-01.5.0", MODERN, LATEST):
            bits = at % 8
            parts = (outer, *batch.parts) if bits & 4 else batch.parts
            numbers = bytes((AT[version], 0, bits))
            errand = Errand(numbers, (DATE if at % 3 else "",), Batch(parts))
            yield f"{name}/{version}", errand.written()
    yield from _many(bytes((AT[MODERN],)))
    alone = Operation("POST", "/jobs/job/tasks", Headers([("Content-ID", "1")]), b'{"id":"a"}')
    for source in (0, 1, 7, 27):
        yield f"no version/{source}", Errand(bytes((24, source)), (), Batch((alone,))).written()


def downgrade() -> Seeds:
    """Collections to several api-versions."""
    yield from _many(bytes((AT[LEGACY],)))
    for at, (name, request) in enumerate(known.collections()):
        for version in (OLD, "2015-06-01.2.0", LEGACY):
            item = "item" if version == OLD else ""
            errand = Errand(bytes((AT[version], 0, at % 4)), ("", item), Batch((request,)))
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
    success = (
        b'{"value":[{"status":"Success","taskId":"a"},'
        b'{"status":"ClientError","taskId":"b","error":{"code":"TaskExists"}}]}'
    )
    secret = Headers([("ETag", "s3cret0020"), ("Content-Type", "text/html; s3cret0021")])
    return (
        OperationResponse(100, "", body=success),
        OperationResponse(100, "s3cret0022", secret, b"s3cret0023"),
        OperationResponse(
            309, "No", body=b'{"code":"TaskExists","message":{"value":"s3cret0024"}}'
        ),
        OperationResponse(100, "OK", Headers([("Content-Encoding", "gzip")]), success),
    )


def _on_the_way(name: str, at: int, errand: Errand) -> Seeds:
    for number, (label, steps) in enumerate(_steps()):
        if (number + at) % 9 == 0 or name in ("same ids", "plain"):
            numbers = errand.numbers.ljust(7, b"\0") + steps
            answers = BatchResponse((_spoilings(), known.answers(at + number))[number % 2])
            told = Errand(numbers, errand.texts, errand.batch, answers)
            yield f"{name}/{label}", told.written()


def _many(numbers: bytes) -> Iterator[tuple[str, bytes]]:
    """More operations, or tasks, than one request may have; two in three have an id of their own.

    They are short, and written as what is different from the last, so that a fuzzer takes all.
    """
    bodies = [b'{"id":"%d","commandLine":"c"}' % (at - at % 3 // 2) for at in range(151)]
    target = b"O\xffPOST\xff/jobs/j/tasks?api-version=" + LEGACY.encode()
    records = [numbers, target + b"\xff\xff%s\xffContent-ID\xfdx" % bodies[0]]
    for at, body in enumerate(bodies[1:]):
        records.append(b"=\xff\xff\xff\xff%s\xffContent-ID\xfd%d" % (body, at))
    yield "many operations", RECORD.join(records)
    alone = known.collection(*dict.fromkeys(bodies))
    yield "many tasks", Errand(numbers, (), Batch((alone,))).written()


def answers() -> Seeds:
    """Batches and collections, and what becomes of their requests."""
    for version, (label, steps) in product((LEGACY, MODERN), tuple(_steps())[::7]):
        for name, data in _many(bytes((AT[version], 0, 8, 2, 3)).ljust(7, b"\0") + steps):
            yield f"{name}/{version}/{label}", data
    for at, (name, _, batch) in enumerate(known.batches()):
        yield from _on_the_way(name, at, Errand(bytes((AT[MODERN], 0, 8, 2, at)), (), batch))
    for at, (name, request) in enumerate(known.collections()):
        batch = Batch((request,))
        yield from _on_the_way(f"c/{name}", at, Errand(bytes((AT[LEGACY], 0, 8, 2)), (), batch))


def transfer() -> Seeds:
    """The same on their way."""
    yield from answers()


_TEXTS = (
    *('{"a":1,"a":2}', '{"a":1,"\\u0061":2}', "[1,]", "nul", "NaN", "1e999", "-0", "1E400"),
    *('"\\ud800"', '"\\ud83d\\ude00"', '{"a":{"b":[1,{"c":null}]}}', '{"a":"\\u003a"}', "[,1]"),
    *('{"s3cret0001":"s3cret0002"', '{"\\u00733cret0001":"s3cret0001","a":[s3cret0001]}'),
    *('{"value":[{"id":"a","commandLine":"b"}]}', '{"code":"a","message":{"value":"s3cret0003"}}'),
    *(64 * "[" + 64 * "]", 65 * "[" + 65 * "]", "1" * 4300, "-" + "1" * 4300, "1" * 4301),
    *('{"a" : 1.0 , "b":\t"c" }', " {} ", "\ufeff{}", '"\x7f"', '"\t"', "01", "1.", ".5", "-"),
    *("1.7976931348623159e308", "5e-324", "0.1", "123456789012345678901234567890.5", '{"a"}'),
    *("18446744073709551616", "-9223372036854775809", "[0,-0.0,1e5]", "1e-999"),
)


def json_text() -> Seeds:
    """Bodies of the fixtures, tasks, and texts at the edges of the grammar."""
    for name, message in known.fixtures():
        if message.body[:1] in (b"{", b" ", b"\r", b"\n"):
            yield name, b"\0" + message.body
    for at, (name, body) in enumerate(known.tasks()):
        yield name, bytes((at * 7 % 256,)) + body
    for at, text in enumerate(_TEXTS):
        yield f"text {at}", bytes((at,)) + text.encode()


def moves() -> Seeds:
    """Calls, tasks and answers, from and to several api-versions."""
    urls = {"url": f"{SERVICE}/jobs/job/tasks/a?s3cret0025", "state": "active"}
    page = {"value": [{**TASK, **urls}], "odata.nextLink": f"{SERVICE}/jobs/job/tasks?$skiptoken=1"}
    shown = [HttpResponse(200, "OK", Headers([("Content-Type", JSON)]), json.dumps(it).encode())
             for it in (page, {**TASK, **urls})]  # fmt: skip
    told = BatchResponse(tuple(map(known.told, shown)))
    for at, (name, request) in enumerate((*known.calls(), *known.collections(), *known.requests())):
        for version in (OLD, LEGACY, LATEST):
            numbers = bytes((AT[version], 0, at % 16))
            errand = Errand(numbers, ("item" if at % 2 else "",), Batch((request,)), told)
            yield f"{at}/{name}/{version}", errand.written()
    for at, (name, body) in enumerate(known.tasks()):
        numbers = bytes((at * 5 % 26, at * 7 % 27, at % 16))
        errand = Errand(numbers, (), Batch((Operation("POST", "/jobs", body=body),)))
        yield f"task/{name}", errand.written()


def signing() -> Seeds:
    """Every call signed, with others in mind; and calls to build."""
    for at, (name, request) in enumerate((*known.calls(), *known.requests())):
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


_CONDITIONS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("If-Match", "*"),),
    (("If-None-Match", "s3cret0001"),),
    (("If-Modified-Since", DATE),),
    (("If-Unmodified-Since", "Thu, 21 Apr 2016 00:32:47 GMT"), ("If-Match", "0x8D36A45A12358FC")),
)


def emulator() -> Seeds:
    """Every call after the other, batches and collections, with a key and without."""
    for number, (version, field) in enumerate(product((OLD, LEGACY, LATEST), _CONDITIONS)):
        calls = [
            request.replace(headers=Headers([*request.headers, *field])) if field else request
            for name, request in known.calls()
            if name.endswith(version)
        ]
        errand = Errand(bytes((number % 8 & ~1,)), (), Batch(tuple(calls)))
        yield f"calls/{version}/{field}", errand.written()
    for at, (name, request) in enumerate(
        (*known.requests(), *known.collections(), *known.carriers())
    ):
        job = ("job-0000000001", "testjob", "jobId", "scene-7")[at % 4]
        for turn, faults in ((4 * (at % 2), ""), (at % 8 + 8, ""), (20, _FAULTS[at % 4])):
            errand = Errand(bytes((turn,)), (faults, job), Batch((request,)))
            yield f"{at}/{name}/{turn}", errand.written()


def transport() -> Seeds:
    """Batches, collections and other calls through both, with everything that may happen."""
    versions = (AT[LEGACY], AT[MODERN], AT[LATEST], 0)
    asked = (*known.carriers(), *known.collections(), *known.calls())
    steps = list(_steps())
    for at, (name, request) in enumerate(asked):
        for turn in range(2 * len(steps) if name == "same ids" else 2):
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
                BatchResponse(known.answers(at + turn) if turn % 2 else _spoilings()),
            )
            yield f"{at}/{name}/{label}/{turn}", errand.written()
