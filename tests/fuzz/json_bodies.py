"""Harnesses of JSON: texts that are read and edited, and tasks moved between api-versions."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

from odatabatch import HttpRequest, ODataBatchError
from odatabatch.azure import TaskCollection, TaskCollectionResult, TaskError, operations, validate
from odatabatch.azure.json_edit import DROP, Edit, Edits, edited
from odatabatch.azure.json_text import MAX_DEPTH, MAX_INTEGER_DIGITS, read_json
from odatabatch.azure.moves import Mover, move
from odatabatch.azure.notes import notes_of
from odatabatch.azure.results import BatchError
from odatabatch.azure.schema import JOB
from tests.fuzz.contract import Given, Kept, held
from tests.fuzz.errands import Errand
from tests.fuzz.secrets import hidden_in_models, shown_of_body
from tests.fuzz.translating import BITS, SOURCE, TARGET

_IMPLICIT, _BARE, _STRICT = 1, 3, 0
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def json_text(data: bytes) -> None:
    """A text is read as the standard library reads it, and refused where that is too kind."""
    choice, text = data[:1], data[1:]
    given = Given(len(data), hidden_in_models([text], shown_of_body(text)))
    found = held(lambda: Kept(read_json(text)), given)
    expected = _read(text)
    if isinstance(found, ODataBatchError):
        assert isinstance(found, TaskError)
        assert found.offset is not None
        assert 0 <= found.offset <= len(text)
        assert expected is _REFUSED, "refused, where the standard library takes it"
    else:
        assert expected is not _REFUSED, "taken, where the standard library refuses it"
        assert repr(found.value) == repr(expected)
        if isinstance(found.value, dict):
            _edit(text, found.value, int.from_bytes(choice, "big"))
    _models(text, given)


_REFUSED = object()


def _read(text: bytes) -> Any:
    """What the standard library makes of a text, without what is no JSON of ours."""
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_short,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # no lone surrogates
    except (ValueError, RecursionError):
        return _REFUSED
    return value if _depth(value) <= MAX_DEPTH else _REFUSED


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("twice")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("too large")
    return value


def _short(text: str) -> int:
    if len(text) > MAX_INTEGER_DIGITS:
        raise ValueError("too long")
    return int(text)


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [it for it in level if isinstance(it, dict | list)]:
        depth += 1
        level = [x for it in level for x in (it.values() if isinstance(it, dict) else it)]
    return depth


def _edit(text: bytes, value: dict[str, Any], choice: int) -> None:
    """What an edit does not name keeps its bytes and its place."""
    before = _members(text)
    new = "new"
    while new in before:
        new += "'"
    edits = Edits({}, [(new, b"[1, 2]")] if choice & 1 or not before else [])
    names = list(before)
    if names:
        name = names[choice // 8 % len(names)]
        edit = (DROP, Edit(new + "er"), Edit(name, b"{ }"), Edit(name))[choice // 2 % 4]
        if (edit.name or name) in (*(it for it in before if it != name), new):
            return
        edits.members[name] = edit
    after = _members(edited(text, edits))
    expected: dict[str, bytes] = {}
    for name, raw in before.items():
        found = edits.members.get(name, Edit(name))
        if found.name is not None:
            expected[found.name] = bytes(raw) if found.value is None else found.value
    expected.update(edits.added)
    assert [(name, bytes(raw)) for name, raw in after.items()] == list(expected.items())
    assert len(value) == len(before)


def _models(text: bytes, given: Given) -> None:
    """The text as a collection, as an answer, as an error, and as a task."""
    held(lambda: BatchError.from_json(text), given)
    held(lambda: validate(text), given)
    asked = held(lambda: TaskCollection.from_json(text), given)
    if not isinstance(asked, ODataBatchError):
        assert TaskCollection.from_json(asked.to_json()) == asked
    told = held(lambda: TaskCollectionResult.from_json(text), given)
    if not isinstance(told, ODataBatchError):
        written = held(lambda: Kept(told.to_json()), given)
        assert isinstance(written, Kept)
        assert TaskCollectionResult.from_json(written.value) == told


def moves(data: bytes) -> None:
    """A task, a request and an answer move to any api-version; to their own they stay."""
    errand = Errand.read(data)
    source, target = errand.maybe_version(SOURCE) or errand.version(5), errand.version(TARGET)
    explicit, annotated = not errand.flag(BITS, _IMPLICIT), not errand.flag(BITS, _BARE)
    work_item = errand.text(0)
    given = errand.given(work_item)
    for request in errand.requests:
        _move_text(request.body, source, target, explicit, annotated, given)
        _move_request(request, errand, given)


def _move_text(
    body: bytes, source: str, target: str, explicit: bool, annotated: bool, given: Given
) -> None:
    first = Mover(source, target, explicit, annotated)
    movers = [
        first,
        Mover(source, target, explicit, root=JOB),
        Mover(source, target, explicit, of="part"),
        Mover(source, target, of="answer"),
    ]
    outcomes = [held(lambda it=mover: Kept(it.move(body)), given) for mover in movers]
    for outcome in outcomes:
        if isinstance(outcome, Kept):
            found = outcome.value.findings
            held(lambda those=found: notes_of(("", *it) for it in those), given)
            read_json(outcome.value.raw)
    if isinstance(outcomes[0], ODataBatchError):
        return
    moved = outcomes[0].value
    again = move(moved.raw, target, target, explicit, annotated)
    assert again.raw == moved.raw
    assert again.id == moved.id
    stayed = held(lambda: Kept(move(body, source, source, explicit)), given)
    if isinstance(stayed, ODataBatchError):
        assert stayed.code == "missing_member"  # on the way to another its name there will do
    else:
        assert stayed.value.raw == body
    if source == target and annotated:
        assert moved.raw == body


def _move_request(request: HttpRequest, errand: Errand, given: Given) -> None:
    version, source = errand.version(TARGET), errand.maybe_version(SOURCE)
    options: dict[str, Any] = {
        "explicit_defaults": not errand.flag(BITS, _IMPLICIT),
        "strict": errand.flag(BITS, _STRICT),
        "work_item": errand.text(0),
    }
    moved = held(lambda: operations.move(request, version, source_version=source, **options), given)
    if isinstance(moved, ODataBatchError):
        return
    there = moved.request
    again = held(lambda: operations.move(there, version, **options), given)
    assert again == (there, ())
    if there != request and "Content-Length" in there.headers:
        body = there.body != request.body
        assert not body or there.headers.get("Content-Length") == str(len(there.body))
    asked = held(lambda: operations.recognise(request, source), given)
    if isinstance(asked, ODataBatchError):
        return
    call = held(lambda: operations.recognise(there), given)
    assert not isinstance(call, ODataBatchError)
    assert (call.operation, call.job, call.task) == (asked.operation, asked.job, asked.task)
    assert call.api_version == version
    for response in errand.responses:
        told = held(
            lambda it=response: operations.move_answer(
                it, call, asked.api_version, None, asked.work_item
            ),
            given,
        )
        if not isinstance(told, ODataBatchError):
            back = told.response
            same = held(lambda it=back: operations.move_answer(it, asked, asked.api_version), given)
            assert isinstance(same, ODataBatchError) or same.response.body == back.body
