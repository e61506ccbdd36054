"""``addtaskcollection`` requests to legacy add-tasks batches: the other way than ``upgrading``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import Any

import msgspec

from odatabatch.azure import addresses, collection_answers, content, envelope
from odatabatch.azure.addresses import Service, is_id
from odatabatch.azure.attempts import MAX_ATTEMPTS, MAX_WAIT_S
from odatabatch.azure.collection import Task, TaskCollection, unique_ids
from odatabatch.azure.collection_answers import Origin
from odatabatch.azure.dialect import MAX_OPERATIONS
from odatabatch.azure.downward import Downward, carrying
from odatabatch.azure.json_text import path_joined, path_to
from odatabatch.azure.moves import Mover
from odatabatch.azure.notes import Found, Note, notes_of, refuse_losses
from odatabatch.azure.results import TaskResult
from odatabatch.azure.transfer import Transfer
from odatabatch.azure.versions import FIRST_JOBS, LAST_BATCH, check_version, is_before
from odatabatch.errors import TaskError, TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse, summary
from odatabatch.model import CONTENT_ID, Batch, Changeset, Operation
from odatabatch.oddities import STRICT, Oddity

_SEGMENT = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})++")


class Downgrade(msgspec.Struct, frozen=True):
    """A collection request, translated.

    Attributes:
        requests: what is to be sent: whole HTTP requests, each with one batch.
        batches: those batches, each with at most 100 operations, in the collection's order.
    """

    requests: tuple[HttpRequest, ...]
    batches: tuple[Batch, ...]
    _origin: Origin
    _found: tuple[Found, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every change and every loss; made at each access, since few are looked at."""
        return notes_of(self._found)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("requests", self.requests), ("notes", len(self._found))]

    def __repr__(self) -> str:
        return summary(self)

    def answer(
        self,
        responses: Iterable[HttpResponse],
        recover_ticks: bool = False,
        tolerate: Iterable[Oddity] = STRICT,
    ) -> HttpResponse:
        """What the client of the collection expects, made of the answers to the batches.

        Args:
            responses: one a request, in the order of ``requests``.
            recover_ticks: whether ``lastModified`` gets the fraction of a second that the ETag
                tells, where it agrees with the Last-Modified beside it to the second; else it is
                in whole seconds.
            tolerate: oddities to take in the answers.

        Returns:
            A 200 with one result a task, in the order of the answers; words of status are those of
            the collection's api-version. Where every batch was refused alike (the same status and
            error code), the first of those responses itself. With a right Content-Length.

        Raises:
            OpenOutcomes: open_outcomes: a batch was answered 5xx, or 408.
            DecodeError: an answer is no batch; codes as ``decode_response``.
            TaskError: an error's body is no JSON object; missing_result, repeated_result,
                unknown_result, invalid_text, wrong_type and the codes of
                ``json_text.read_object``; location_conflict: it is the answer for another task;
                invalid_date. ``part`` names the answer.
            TranslationError: wrong_answer_count, unexpected_status, unsupported_content_coding,
                unsupported_content_type.
            TypeError: an answer is no ``HttpResponse``.
        """
        return collection_answers.collection_answer(
            self.batches, self._origin, tuple(responses), recover_ticks, frozenset(tolerate)
        )

    def transfer(
        self,
        recover_ticks: bool = False,
        tolerate: Iterable[Oddity] = STRICT,
        max_attempts: int = MAX_ATTEMPTS,
        max_wait_s: float = MAX_WAIT_S,
    ) -> Transfer[TaskResult, HttpResponse]:
        """The requests on their way, with failures, repetitions, and answers as they become known.

        Args:
            recover_ticks: as ``answer``.
            tolerate: as ``answer``.
            max_attempts: how often a task is sent, at most. Halves of what was too large do not
                count.
            max_wait_s: the longest wait that ``Transfer.wait_s`` suggests, in seconds, whatever the
                service asks for.

        Raises:
            TypeError, ValueError: an argument has the wrong type, or is less than 1 or 0.
        """
        direction = Downward(
            self.requests, self.batches, self._origin, recover_ticks, frozenset(tolerate)
        )
        return Transfer(direction, max_attempts, max_wait_s)


def downgrade(
    request: HttpRequest,
    api_version: str = LAST_BATCH,
    ocp_date: str | None = None,
    strict: bool = False,
    explicit_defaults: bool = True,
    source_version: str | None = None,
    work_item: str | None = None,
    content_ids: Iterable[str] | None = None,
    boundaries: Iterable[str] | None = None,
) -> Downgrade:
    """Translate an ``addtaskcollection`` request to legacy add-tasks batches.

    Args:
        request: the collection request.
        api_version: of the batches.
        ocp_date: the value of the requests' ``ocp-date``; without it they have none.
        strict: whether a loss, and a member that the request's version does not have, is an error.
        explicit_defaults: whether a default that has changed between the versions is written out
            where a task leaves it to the service.
        source_version: the request's api-version, where it does not name one.
        work_item: the work item that holds the job, percent-encoded; api-versions before
            2015-06-01.2.0 ask for it, others do not take it.
        content_ids: one a task; by default ``1``, ``2``, … over all batches.
        boundaries: the boundaries to use, batch by batch: the batch's, then one a changeset. By
            default a digest of the content and a counter, so that the same request gives the same
            bytes.

    Returns:
        The requests, not signed, with right Content-Lengths. Values that no rule touches keep their
        bytes, members their order.

    Raises:
        TaskError: the body cannot be translated: codes as ``TaskCollection.from_json`` and
            ``moves.move``, repeated_task_id; with ``strict`` also unknown_member.
        EncodeError: a Content-ID or a boundary cannot be used; codes as ``encode_request``.
        TranslationError: unsupported_target, unsupported_query, unsupported_content_type,
            unsupported_content_coding, host_conflict, missing_api_version,
            unknown_api_version, no_task_collection, missing_work_item, invalid_work_item,
            unexpected_work_item, too_few_content_ids, api_version_conflict, invalid_ocp_date;
            with ``strict`` also loss.
        TypeError: an argument has the wrong type.
    """
    if not isinstance(request, HttpRequest):
        raise TypeError(f"expected an HttpRequest, got {type(request).__name__}")
    envelope.check_types(request, source_version)
    if not isinstance(work_item, str | None):
        raise TypeError(f"expected a work item as str, got {type(work_item).__name__}")
    if isinstance(content_ids, str) or isinstance(boundaries, str):
        raise TypeError("content_ids and boundaries are several str, not one")
    envelope.check_ocp_date(ocp_date)
    check_version(api_version)
    service = addresses.agreed(addresses.collection_address(request), ())
    source = addresses.settled_version(service.api_version, source_version)
    content.check_json_content(request)
    path = _tasks_path(service, api_version, work_item)
    tasks = TaskCollection.from_json(request.body, source).tasks
    unique_ids(tasks)
    found: list[Found] = [*envelope.outer_findings(request, ocp_date)]
    found += envelope.annotation_findings(request.body)
    found += envelope.version_findings(service, source, api_version)
    if is_before(LAST_BATCH, api_version):
        found.append(envelope.LATE_BATCH)
    bodies = list(_moved(tasks, source, api_version, explicit_defaults, found))
    if strict:
        refuse_losses(found)
    target = f"{service.url}{path}?api-version={api_version}"
    batches = tuple(_batches(bodies, target, content_ids))
    headers = envelope.outer_headers(service, request, ocp_date, "")
    return Downgrade(
        tuple(_requests(batches, service, api_version, headers, boundaries)),
        batches,
        Origin(request, source, service, tuple(task.id for task in tasks)),
        tuple(found),
    )


def _tasks_path(service: Service, api_version: str, work_item: str | None) -> str:
    """The path of the legacy requests that add a task."""
    if not is_before(api_version, FIRST_JOBS):
        if work_item is not None:
            message = f"expected no work item, {FIRST_JOBS} and later have none"
            raise TranslationError("unexpected_work_item", message)
        return f"/jobs/{service.job}/tasks"
    if not work_item:
        message = f"expected the work item that holds the job, versions before {FIRST_JOBS} need it"
        raise TranslationError("missing_work_item", message)
    if not (_SEGMENT.fullmatch(work_item) and is_id(work_item)):
        message = "expected a name that can stand in a path, percent-encoded, got another text"
        raise TranslationError("invalid_work_item", message, source="RFC 3986 §3.3")
    return f"/workitems/{work_item}/jobs/{service.job}/tasks"


def _moved(
    tasks: Iterable[Task], source: str, target: str, explicit_defaults: bool, found: list[Found]
) -> Iterator[bytes]:
    move = Mover(source, target, explicit_defaults).move
    for index, task in enumerate(tasks):
        base = path_to("value", index)
        try:
            moved = move(task.raw)
        except TaskError as error:
            error.path = path_joined(base, error.path)
            raise
        found += [(base, path, finding) for path, finding in moved.findings]
        yield moved.raw


def _batches(
    bodies: list[bytes], target: str, content_ids: Iterable[str] | None
) -> Iterator[Batch]:
    given = iter(content_ids if content_ids is not None else map(str, count(1)))
    ids = list(islice(given, len(bodies)))
    if len(ids) < len(bodies):
        message = f"expected a Content-ID for each of {len(bodies)} tasks, got {len(ids)}"
        raise TranslationError("too_few_content_ids", message)
    operations = [
        Operation("POST", target, _operation_headers(content_id), body)
        for content_id, body in zip(ids, bodies, strict=True)
    ]
    for start in range(0, len(operations), MAX_OPERATIONS):
        group = operations[start : start + MAX_OPERATIONS]
        yield Batch(tuple(Changeset((operation,)) for operation in group))


def _operation_headers(content_id: str) -> Headers:
    return Headers(
        (
            ("Content-Type", content.OPERATION_CONTENT_TYPE),
            (CONTENT_ID, content_id),
            ("DataServiceVersion", "3.0;"),
        )
    )


def _requests(
    batches: Iterable[Batch],
    service: Service,
    api_version: str,
    headers: Headers,
    boundaries: Iterable[str] | None,
) -> Iterator[HttpRequest]:
    target = f"{service.url}/$batch{envelope.query(api_version, service)}"
    given = iter(boundaries) if boundaries is not None else None
    for batch in batches:
        own = None if given is None else list(islice(given, 1 + len(batch.parts)))
        yield carrying(batch, target, headers, own)
