"""Seeds of the harnesses that read scripts: the fixtures' models, hostile ones, ones alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import product
from typing import Any

import odatabatch
from odatabatch import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    ODataBatchError,
    Operation,
    OperationResponse,
)
from tests import corpus
from tests.fuzz.scripts import DIALECTS, FIELD, MADE, RECORD, Script
from tests.fuzz.wire_seeds import Seeds


def scripts() -> Seeds:
    """The fixtures' models in each dialect, some with boundaries of their own; hostile ones too."""
    models: dict[str, list[tuple[str, Any]]] = {"request": [], "response": []}
    for fixture in corpus.fixtures():
        try:
            batch = _decoded(fixture)
        except ODataBatchError:
            continue
        models[fixture.kind].append((fixture.name, batch))
    for number, (name, batch) in enumerate(models["request"]):
        dialect = DIALECTS[number % len(DIALECTS)]
        other, answer = models["response"][number % len(models["response"])]
        boundaries = () if number % 3 else ("batch_1", "a", "b", "c d", "e", "f", "g", "h")
        script = Script(batch, answer, dialect, boundaries, bool(number % 5))
        yield f"{name} and {other}", script.written()
    asked = dict(models["request"])["azure/add-three-tasks"]
    answered = dict(models["response"])["azure/add-three-tasks.answer"]
    for dialect in DIALECTS:
        yield f"tasks/{dialect.name}", Script(asked, answered, dialect).written()
    for number, (name, script) in enumerate(_hostile()):
        dialect = DIALECTS[number % len(DIALECTS)]
        full = dataclasses.replace(script, dialect=dialect)
        yield f"{name}/{dialect.name}", full.written()
    yield from _alike()
    first = FIELD.join([b"\x80\1\1\0\1\0\1\0\1\0\1\0\1\0", b"a", b"b", b"c", b"d"])
    own = FIELD.join([first, b"+Content-Type\xfdapplication/http; a=b", b"+X\xfds3cret0009"])
    for options in (first, own):
        script = Script(asked, answered).written()
        yield f"made up/{len(options)}", options + script[script.index(RECORD) :]


def _decoded(fixture: corpus.Fixture) -> Any:
    decode = odatabatch.decode_request if fixture.kind == "request" else odatabatch.decode_response
    return decode(fixture.body, fixture.content_type, fixture.tolerate, fixture.limits)


def _alike() -> Seeds:
    """Records that say only what is different from the last."""
    asked = (
        b"O\xffPUT\xffa\xff\xffbody\xffA\xfdb"
        b"\xff+Content-ID\xfd%d\xff+Content-Type\xfdapplication/http"
    )
    stated = asked + b"\xffContent-Length\xfd4"
    answered = b"o\xff204\xffNo Content\xff\xff\xffContent-ID\xfd%d"
    changes = {
        "body": b"=\xff\xff\xff\xffother body",
        "value": b"=\xff\xff\xff\xff\xffA\xfd c",
        "id": b"=\xff\xff\xff\xff\xff+Content-ID\xfd 2",
        "length": b"=\xff\xff\xff\xff\xffContent-Length\xfd1",
        "type": b"=\xff\xff\xff\xff\xff+Content-Type\xfdtext/plain",
    }
    for (start, record), (name, change) in product(
        (("asked", asked), ("stated", stated), ("answered", answered)), changes.items()
    ):
        for number in (*range(len(DIALECTS)), MADE):
            options = FIELD.join([bytes((number, 1)), *[b"b"] * 4])
            records = [options, record % 1, record % 2, change, record % 3]
            yield f"{start}/{name}/{number}", RECORD.join(records)


_HOSTILE = (
    "a\r\nb: s3cret0001",
    "s3cret0001 ",
    "\0s3cret0001",
    "é",
    "€s3cret0001",
    "",
    "--b",
    "%s",
)


def _hostile() -> Iterator[tuple[str, Script]]:
    """Models with text where it breaks a message, and markers in it."""
    operation = Operation("POST", "a?sig=s3cret0002", body=b"s3cret0003").with_content_id("1")
    response = OperationResponse(200, "OK", body=b"s3cret0003").with_content_id("1")
    for text in _HOSTILE:
        headers = Headers([("Authorization", text)])
        asked = (
            operation.replace(headers=headers),
            operation.replace(target=f"a?{text}"),
            operation.replace(version=text),
            operation.replace(part_headers=Headers([("Content-Type", text)])),
            operation.with_content_id(text),
            operation.replace(headers=Headers([("Content-Length", text)])),
        )
        answered = (
            response.replace(headers=headers),
            response.replace(reason=text),
            response.with_content_id(text),
        )
        for number, (one, other) in enumerate(product(asked, answered)):
            if number % 3 == 0:
                changeset = Changeset((one,), Headers([("X", text)]))
                answer = ChangesetResponse((other,))
                yield f"{text!r}/{number}", Script(Batch((changeset,)), BatchResponse((answer,)))
            else:
                yield f"{text!r}/{number}", Script(Batch((one,)), BatchResponse((other,)))
    made = operation.with_content_id("1")
    user = Operation("GET", "$1/Orders?sig=s3cret0004", Headers([("If-Match", "$1")]))
    other = OperationResponse(
        201, "Created", Headers([("Location", "a?s3cret0001"), ("ETag", "e")])
    )
    for number, target in enumerate(("$1", "/$1/a", "$2", "$metadata", "$%31/a", "$s3cret0001")):
        operations = (made, user.replace(target=target).with_content_id("2"))
        apart, together = Batch(operations), Batch((Changeset(operations),))
        answers = BatchResponse((other.with_content_id("1"), response.with_content_id("2")))
        yield f"references/{number}", Script(apart, answers)
        yield f"references within/{number}", Script(together, BatchResponse((response,)))
        yield f"references back/{number}", Script(Batch(operations[::-1]), answers)
    silent = Operation("GET", "a"), Operation("POST", "b", body=b"c")
    failed = OperationResponse(400, "Bad", body=b"s3cret0001")
    for number, parts in enumerate(
        ((other, other), (other, failed), (failed,), (ChangesetResponse((failed,)), other))
    ):
        yield f"order/{number}", Script(Batch(silent), BatchResponse(parts))
        changed = Batch((Changeset(silent), silent[0]))
        yield f"changesets in order/{number}", Script(changed, BatchResponse(parts))
    for number, text in enumerate(
        ("<a@b>", "<s3cret0001@b>", '<"a b"@c>', "<a@[IPv6:::1]>", "<a@\xe9>", "<@>", "<a@b.c.>")
    ):
        answers = BatchResponse((response.with_content_id(text),))
        yield f"address/{number}", Script(Batch((operation.with_content_id(text),)), answers)
    for at, text in enumerate(_HOSTILE):
        # Many alike and one that is not: those are written by a template.
        alike = [made.with_content_id(str(number), at="message") for number in range(4)]
        apart = [made.with_content_id(str(number)) for number in range(4)]
        for one in (alike, apart):
            run = [it.replace(headers=it.headers.with_field("A", "b")) for it in one]
            run[at % 3 + 1] = run[at % 3 + 1].replace(headers=Headers([("A", text)]))
            changesets = tuple(Changeset((it,)) for it in run)
            yield f"alike/{text!r}/{one is apart}", Script(Batch((*run, *changesets)))
            run[at % 3 + 1] = run[0].with_content_id(text)
            yield f"alike/{text!r}/{one is apart}/id", Script(Batch(tuple(run)))
    yield "boundaries", Script(Batch((operation,)), boundaries=("s3cret0003", "x"))
