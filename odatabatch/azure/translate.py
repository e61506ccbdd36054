"""Legacy add-tasks batches to ``addtaskcollection`` requests.

Nothing is guessed: what operations disagree about, and what cannot be translated, is an error that
names the operation; what has no place on the other side is a ``Note``. ``answers`` is the way back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from odatabatch.azure import addresses, answers
from odatabatch.azure.addresses import OUTER, Service
from odatabatch.azure.answers import SentTask
from odatabatch.azure.collection import (
    CollectionRequest,
    Task,
    joined,
    key_of,
    optional_text,
    required_text,
    unsupported_member,
)
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.json_edit import read_object, without_member
from odatabatch.azure.versions import (
    LATEST,
    RETENTION_CHANGE,
    check_collection_version,
    is_before,
)
from odatabatch.errors import DecodeError, TaskError, TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse, summary
from odatabatch.media_type import read_media_type
from odatabatch.model import (
    CONTENT_ID,
    Batch,
    BatchResponse,
    Operation,
    leaves_of,
    path_of,
    placed_leaves,
)
from odatabatch.oddities import STRICT, Tolerance
from odatabatch.rules import check

MAX_TASKS = 100
"""Tasks in one request. Source: Azure Batch REST, Task - Add Collection."""

MAX_BODY_BYTES = 1 << 20
"""The body of one request: the service named 1048576 as its MaxLimit (413 RequestBodyTooLarge)."""

Effect = Literal["exact", "conditional", "lost"]

_CONTENT_TYPE = "application/json; odata=minimalmetadata; charset=utf-8"
_TASK_TYPE = "Microsoft.Azure.Batch.Protocol.Entities.Task"
_ODATA_TYPE = "odata.type"
_MEMBERS = frozenset((_ODATA_TYPE, "id", "displayName", "commandLine"))

# Faults of a legacy request that change nothing here: it becomes as many requests as it needs, each
# address is judged by itself, and the version is the new request's own.
_HARMLESS = frozenset(("too_many_operations", "different_paths", "unsupported_odata_version"))
# Headers of an operation that need no note: the request has its own, or the answer follows them.
_KEPT = frozenset(
    ("content-type", "content-length", "content-id", "host", "return-client-request-id")
)
# Headers of the outer request that go along, and those that each request has of its own.
_CARRIED = ("client-request-id", "return-client-request-id")
_REWRITTEN = frozenset(
    ("content-type", "content-length", "host", "transfer-encoding", "dataserviceversion")
)

_BATCH_PAGE = "Azure Batch REST, Add multiple tasks to a job"
_COLLECTION_PAGE = "Azure Batch REST, Task - Add Collection"
_CHANGELOG = "azure-batch changelog, 6.0.0"


class Note(msgspec.Struct, frozen=True):
    """One thing that is not the same on both sides.

    Attributes:
        path: where, such as ``batch[2]/changeset[0].body.id``; ``request`` is the outer request.
        change: what was done, in a few words.
        effect: ``exact``: it means the same; ``conditional``: it does under the condition that
            ``detail`` names; ``lost``: it has no counterpart.
        detail: why, and what to look at.
        source: the document that says so.
    """

    path: str
    change: str
    effect: Effect
    detail: str
    source: str


class Upgrade(msgspec.Struct, frozen=True):
    """A legacy batch, translated.

    Attributes:
        requests: what is to be sent, in this order. Each has at most 100 tasks and 1 MiB, ids
            unique ignoring case, and the batch's order; of two tasks of one id the second stands
            in a later request. A task that is larger than 1 MiB by itself stands alone.
        notes: every change and every loss.
    """

    requests: tuple[CollectionRequest, ...]
    notes: tuple[Note, ...]
    _sent: tuple[tuple[SentTask, ...], ...] = ()
    _service: str = ""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("requests", self.requests), ("notes", self.notes)]

    def __repr__(self) -> str:
        return summary(self)

    def answer(self, responses: Iterable[HttpResponse]) -> BatchResponse | HttpResponse:
        """What the legacy client expects, made of the answers to the requests.

        Args:
            responses: one a request, in the order of ``requests``.

        Returns:
            One part an operation, in the order of the results, each under its Content-ID. Where
            every request was refused alike (the same status and error code), the first of those
            responses itself.

        Raises:
            OpenOutcomes: open_outcomes: a request was answered 5xx.
            TaskError: an answer cannot be read, or its results do not fit the tasks; codes as
                ``TaskCollectionResult.from_json``. ``part`` names the answer.
            TranslationError: wrong_answer_count, unexpected_status, unsupported_content_coding.
            TypeError: an answer is no ``HttpResponse``.
        """
        return answers.legacy_answer(self.requests, self._sent, self._service, tuple(responses))


def upgrade(
    batch: Batch,
    api_version: str = LATEST,
    request: HttpRequest | None = None,
    ocp_date: str | None = None,
    strict: bool = False,
) -> Upgrade:
    """Translate a legacy add-tasks batch to ``addtaskcollection`` requests.

    Args:
        batch: operations that each POST one task to the same job.
        api_version: of the requests; 2016-02-01.3.0 or later.
        request: the outer request that carried the batch. Host, api-version and ``timeout`` come
            from it, else from the operations; ``client-request-id`` and
            ``return-client-request-id`` from it alone.
        ocp_date: the value of the requests' ``ocp-date``; without it they have none.
        strict: whether a loss is an error.

    Returns:
        The requests, not signed, with right Content-Lengths; absolute where a host is known (with
        the scheme that was used, https where none was). Bodies move as bytes: ``odata.type`` is
        dropped, and nothing else is touched.

    Raises:
        TaskError: a body cannot be translated: missing_member, wrong_type, unsupported_member, or
            as ``json_edit.read_object``; ``part`` names the operation.
        TranslationError: missing_content_id, empty_content_id, repeated_content_id,
            content_id_conflict, too_many_changeset_operations, retrieve_in_changeset,
            forbidden_header, unsupported_target, unsupported_query, unsupported_content_type,
            scheme_conflict, host_conflict, job_conflict, api_version_conflict, timeout_conflict,
            unknown_api_version, no_task_collection; with ``strict`` also loss.
        TypeError: ``batch`` or ``request`` has the wrong type.
    """
    if not isinstance(batch, Batch):
        raise TypeError(f"expected a Batch, got {type(batch).__name__}")
    if not isinstance(request, HttpRequest | None):
        raise TypeError(f"expected an HttpRequest, got {type(request).__name__}")
    if not isinstance(api_version, str):
        raise TypeError(f"expected an api-version as str, got {type(api_version).__name__}")
    check_collection_version(api_version)
    _refuse_faults(batch)
    outer = addresses.outer_address(request) if request is not None else None
    sent: list[SentTask] = []
    notes: list[Note] = []
    found = []
    for place, (operation, index, inner) in enumerate(placed_leaves(batch)):
        part = path_of(index, inner)
        address = addresses.operation_address(operation, part)
        _check_content(operation, part)
        task = _task(operation, part, notes)
        notes.extend(_header_notes(operation, part))
        found.append(address)
        sent.append(SentTask(operation, part, place, inner is not None, address.path, task))
    notes.extend(_empty_notes(batch))
    service = addresses.agreed(outer, found)
    notes.extend(_default_notes(service.api_version, api_version, sent))
    notes.extend(_outer_notes(request, ocp_date))
    losses = [note for note in notes if note.effect == "lost"]
    if strict and losses:
        message = f"expected nothing to be lost, got {len(losses)} notes of loss"
        raise TranslationError("loss", message, path=losses[0].path, source=losses[0].source)
    groups = tuple(_groups(sent))
    headers = _headers(service, request, ocp_date)
    return Upgrade(
        tuple(_request(group, service, api_version, headers) for group in groups),
        tuple(notes),
        groups,
        service.url,
    )


def _refuse_faults(batch: Batch) -> None:
    for fault in check(batch, AZURE_BATCH):
        if fault.code not in _HARMLESS:
            source = AZURE_BATCH.source
            raise TranslationError(fault.code, fault.detail, part=fault.part, source=source)
    for operation, index, inner in placed_leaves(batch):
        values = {
            *operation.part_headers.get_all(CONTENT_ID),
            *operation.headers.get_all(CONTENT_ID),
        }
        if len(values) > 1:
            message = "expected one Content-ID, got two that differ"
            raise TranslationError("content_id_conflict", message, part=path_of(index, inner))


def _check_content(operation: Operation, part: str) -> None:
    """Refuse what is not said to be JSON in UTF-8."""
    value = operation.headers.get("Content-Type")
    if value is None:
        return
    try:
        media_type = read_media_type(value, None, Tolerance(STRICT))
    except DecodeError:
        media_type = None
    charsets = {name.lower() for name in media_type.get_all("charset")} if media_type else set()
    if media_type is None or media_type.name != "application/json" or charsets - {"utf-8"}:
        raise TranslationError(
            "unsupported_content_type",
            "expected application/json in utf-8, got something else",
            part=part,
        )


def _task(operation: Operation, part: str, notes: list[Note]) -> Task:
    """The task that an operation adds."""
    body = operation.body
    try:
        whole = read_object(body)
        for member in whole.children:
            if member.name not in _MEMBERS:
                raise unsupported_member(member)
        required_text(body, whole, "commandLine")
        optional_text(body, whole, "displayName")
        kind = optional_text(body, whole, _ODATA_TYPE)
        task = Task(required_text(body, whole, "id"), without_member(body, whole, _ODATA_TYPE))
    except TaskError as error:
        error.part = part
        raise
    if any(member.name == _ODATA_TYPE for member in whole.children):
        notes.append(_type_note(part, kind))
    return task


def _type_note(part: str, kind: str | None) -> Note:
    path = f'{part}.body["{_ODATA_TYPE}"]'
    if kind in (None, _TASK_TYPE):
        detail = "a collection holds nothing but tasks"
        return Note(path, "dropped", "exact", detail, _COLLECTION_PAGE)
    detail = f"a collection holds nothing but tasks, and this names another type than {_TASK_TYPE}"
    return Note(path, "dropped", "lost", detail, _COLLECTION_PAGE)


def _empty_notes(batch: Batch) -> Iterator[Note]:
    for index, part in enumerate(batch.parts):
        if not leaves_of(part):
            detail = "an empty changeset adds no task, and gets no answer"
            yield Note(f"batch[{index}]", "left out", "lost", detail, _COLLECTION_PAGE)


def _header_notes(operation: Operation, part: str) -> Iterator[Note]:
    for name, _ in operation.headers:
        path, key = f'{part}.headers["{name}"]', name.lower()
        if key == "client-request-id":
            detail = "a task in a collection has no request id of its own; the answer gets it back"
            yield Note(path, "left out", "lost", detail, _COLLECTION_PAGE)
        elif key == "dataserviceversion":
            detail = "a collection request goes without; the answer has it"
            yield Note(path, "left out", "exact", detail, _COLLECTION_PAGE)
        elif key not in _KEPT:
            detail = "a task in a collection has no header fields"
            yield Note(path, "left out", "lost", detail, _COLLECTION_PAGE)


def _default_notes(source: str | None, target: str, sent: list[SentTask]) -> Iterator[Note]:
    """What means something else now, although the bodies say the same."""
    after = not is_before(target, RETENTION_CHANGE)
    # A batch that names no api-version was made for an old one: there is no $batch in newer ones.
    if not sent or after is not (source is None or is_before(source, RETENTION_CHANGE)):
        return
    old, new = ("infinite", "7 days") if after else ("7 days", "infinite")
    change = f"another default from {RETENTION_CHANGE} on"
    for task in sent:
        path = f"{task.part}.body.constraints.retentionTime"
        yield Note(path, change, "conditional", f"it was {old}, and is {new}", _CHANGELOG)
    old, new = ("7 days", "180 days") if after else ("180 days", "7 days")
    detail = f"a task that is not complete is ended after {new}, and was after {old}"
    yield Note("batch", change, "conditional", detail, _CHANGELOG)


def _outer_notes(request: HttpRequest | None, ocp_date: str | None) -> Iterator[Note]:
    for name, _ in request.headers if request is not None else ():
        key = name.lower()
        if key not in _CARRIED and key not in _REWRITTEN:
            change = "written anew" if key == "ocp-date" and ocp_date is not None else "left out"
            detail = "it belongs to the request that was sent; whoever sends these writes their own"
            yield Note(f'{OUTER}.headers["{name}"]', change, "conditional", detail, _BATCH_PAGE)


def _groups(sent: list[SentTask]) -> Iterator[tuple[SentTask, ...]]:
    """The tasks of each request: first all that are the first of their id, then the second, …"""
    rounds: list[list[SentTask]] = []
    counts: dict[str, int] = {}
    for item in sent:
        key = key_of(item.task.id)
        turn = counts.get(key, 0)
        counts[key] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(item)
    for items in rounds:
        group: list[SentTask] = []
        size = 0
        for item in items:
            added = len(item.task.raw) + len(b",")
            if group and (len(group) == MAX_TASKS or size + added > MAX_BODY_BYTES):
                yield tuple(group)
                group, size = [], 0
            size = size + added if group else len(b'{"value":[]}') + len(item.task.raw)
            group.append(item)
        yield tuple(group)


def _headers(service: Service, request: HttpRequest | None, ocp_date: str | None) -> Headers:
    fields = [("Host", service.host)] if service.host else []
    for name in _CARRIED:
        value = request.headers.get(name) if request is not None else None
        if value is not None:
            fields.append((name, value))
    if ocp_date is not None:
        fields.append(("ocp-date", ocp_date))
    return Headers([*fields, ("Content-Type", _CONTENT_TYPE)])


def _request(
    group: tuple[SentTask, ...], service: Service, api_version: str, headers: Headers
) -> CollectionRequest:
    body = joined(item.task.raw for item in group)
    timeout = f"&timeout={service.timeout}" if service.timeout is not None else ""
    target = (
        f"{service.url}/jobs/{service.job}/addtaskcollection?api-version={api_version}{timeout}"
    )
    headers = headers.with_field("Content-Length", str(len(body)))
    return CollectionRequest("POST", target, headers, body)
