"""Who turns the answer to an ``addtaskcollection`` request into the answer to the legacy batch.

A factory gives one line. It raises ImportError where the library is not installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import ours
import writers
from contender import Contender
from inputs import Sample
from task_inputs import Answered
from tasks_by_hand import Known, known_tasks, legacy_answers

from odatabatch import azure, decode_request
from odatabatch.azure.legacy_answers import whole_answer
from odatabatch.headers import Headers
from odatabatch.http_message import HttpResponse

_UNCHECKED = "results unchecked"

Kept = tuple[bytes, dict[str, Known]]


def odatabatch() -> Contender:
    """This package, every check on; what it kept of the batch is at hand."""

    def prepare(answered: Answered) -> tuple[azure.Upgrade, Answered]:
        batch = answered.batch
        return azure.upgrade(decode_request(batch.body(), batch.content_type)), answered

    def run(kept: tuple[azure.Upgrade, Answered]) -> HttpResponse:
        upgrade, answered = kept
        responses = [HttpResponse(200, "OK", Headers(answered.headers), answered.body)]
        return whole_answer(upgrade.answer(responses), None, responses)

    def found(response: HttpResponse) -> list[Any]:
        return _found(response.body)

    return Contender(ours.NAME, run, prepare, found, expected=_expected)


def email_json() -> Contender:
    """``json`` and CPython's ``email.mime``."""
    less = f"framing, heads and {_UNCHECKED}"
    return _with_json("email + json", writers.stdlib_email, less, _boundaries)


def odatapy_json() -> Contender:
    """``json``, and the server of odatapy."""
    return _with_json("odatapy + json", writers.odatapy, f"heads and {_UNCHECKED}")


def encode_json() -> Contender:
    """``json`` and this package's encoder."""
    return _with_json("encode_response + json", ours.writers, _UNCHECKED)


def encode_alone() -> Contender:
    """A part of the work: this package's encoder, objects at hand."""
    writer, _ = ours.writers("responses")

    def prepare(answered: Answered) -> Any:
        return writer.prepare(Sample("responses", (), _messages(answered)))

    return Contender("part: encode_response", writer.run, prepare, _found, expected=_expected)


def _with_json(
    name: str,
    factory: Callable[[Any], tuple[Contender, ...]],
    less: str,
    boundaries: Callable[[int], tuple[str, ...]] = lambda _: (),
) -> Contender:
    """The results by hand, and a writer of batches; its objects are built inside the time.

    Args:
        name: of the line.
        factory: of the writer.
        less: what it leaves out that ours does.
        boundaries: makes those that the writer asks for, of so many operations.
    """
    _, writer = factory("responses")

    def run(kept: Kept) -> bytes:
        messages = legacy_answers(*kept)
        sample = Sample("responses", boundaries(len(messages)), messages)
        data: bytes = writer.run(writer.prepare(sample))
        return data

    def prepare(answered: Answered) -> Kept:
        return answered.body, known_tasks(answered.batch)

    return Contender(name, run, prepare, _found, less, expected=_expected)


def _boundaries(operations: int) -> tuple[str, ...]:
    inner = (f"changesetresponse_{uuid4()}" for _ in range(operations))
    return f"batch_{uuid4()}", *inner


def _messages(answered: Answered) -> Any:
    return legacy_answers(answered.body, known_tasks(answered.batch))


def _found(data: bytes) -> list[Any]:
    """Status, header fields and error of each answer."""
    return [
        (status, _without_length(dict(headers)), _error(body))
        for _, status, headers, body in writers.read_messages(data)
    ]


def _expected(answered: Answered) -> list[Any]:
    return [
        (message.start.split(" ")[1], dict(message.headers), _error(message.body))
        for message in _messages(answered)
    ]


def _without_length(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "Content-Length"}


def _error(body: bytes) -> Any:
    return json.loads(body) if body else None


ANSWERERS: tuple[Callable[[], Contender], ...] = (
    odatabatch,
    email_json,
    odatapy_json,
    encode_json,
    encode_alone,
)
