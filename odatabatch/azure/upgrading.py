"""Legacy add-tasks batches to ``addtaskcollection`` requests.

Nothing is guessed: what operations disagree about, and what cannot be translated, is an error that
names the operation; what has no place on the other side is a ``Note``. ``legacy_answers`` is the
way back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from odatabatch.azure import addresses, content, envelope, legacy_answers
from odatabatch.azure.addresses import Address, Service
from odatabatch.azure.attempts import MAX_ATTEMPTS, MAX_WAIT_S
from odatabatch.azure.collection import (
    MAX_BODY_BYTES,
    MAX_TASKS,
    CollectionRequest,
    Task,
    joined,
    key_of,
)
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.legacy_answers import SentTask
from odatabatch.azure.moves import Mover
from odatabatch.azure.notes import Finding, Found, Note, Path, notes_of, refuse_losses
from odatabatch.azure.transfer import Transfer
from odatabatch.azure.upward import BatchEvent, Upward
from odatabatch.azure.versions import LATEST, check_collection_version
from odatabatch.errors import TaskError, TranslationError
from odatabatch.headers import Headers, KnownNames
from odatabatch.http_message import HttpRequest, HttpResponse, summary
from odatabatch.judge import check
from odatabatch.model import (
    CONTENT_ID,
    Batch,
    BatchResponse,
    Changeset,
    Operation,
    leaves_of,
    path_of,
    placed_leaves,
)

# Faults of a legacy request that change nothing here: it becomes as many requests as it needs, each
# address is judged by itself, and the version is the new request's own.
_HARMLESS = frozenset(("too_many_operations", "different_paths", "unsupported_odata_version"))


_USUAL_HEAD = ("Content-Type",)  # of a changeset's part
_TELLING = ("host", "content-type", "content-encoding")  # fields whose values are looked at


class Upgrade(msgspec.Struct, frozen=True):
    """A legacy batch, translated.

    Attributes:
        requests: what is to be sent, in this order. Each has at most 100 tasks and 1 MiB, ids
            unique ignoring case, and the batch's order; of two tasks of one id the second stands
            in a later request. A task that is larger than 1 MiB by itself stands alone.
    """

    requests: tuple[CollectionRequest, ...]
    _found: tuple[Found, ...] = ()
    _sent: tuple[tuple[SentTask, ...], ...] = ()
    _service: str = ""
    _request: HttpRequest | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every change and every loss; made at each access, since few are looked at."""
        return notes_of(self._found)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("requests", self.requests), ("notes", len(self._found))]

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
            OpenOutcomes: open_outcomes: a request was answered 5xx, or 408.
            TaskError: an answer cannot be read, or its results do not fit the tasks; codes as
                ``TaskCollectionResult.from_json``. ``part`` names the answer.
            TranslationError: wrong_answer_count, unexpected_status, unsupported_content_coding.
            TypeError: an answer is no ``HttpResponse``.
        """
        return legacy_answers.legacy_answer(self._sent, self._service, tuple(responses))

    def http_answer(self, responses: Iterable[HttpResponse]) -> HttpResponse:
        """The whole HTTP message that answers the legacy batch, made of the same answers.

        Args:
            responses: as ``answer``.

        Returns:
            A 202 that carries the answer, in Azure Batch's dialect, with a right Content-Length;
            the outer request's ``client-request-id`` where that asked for it. Or the one response
            that refuses all of it.

        Raises:
            EncodeError: a part would break the message.
            OpenOutcomes, TaskError, TranslationError, TypeError: as ``answer``.
        """
        responses = tuple(responses)
        return legacy_answers.whole_answer(self.answer(responses), self._request, responses)

    def transfer(
        self, max_attempts: int = MAX_ATTEMPTS, max_wait_s: float = MAX_WAIT_S
    ) -> Transfer[BatchEvent, BatchResponse | HttpResponse]:
        """The requests on their way, with failures, repetitions, and answers as they become known.

        Args:
            max_attempts: how often a task is sent, at most. Halves of what was too large do not
                count.
            max_wait_s: the longest wait that ``Transfer.wait_s`` suggests, in seconds, whatever the
                service asks for.

        Raises:
            TypeError, ValueError: an argument has the wrong type, or is less than 1 or 0.
        """
        direction = Upward(self.requests, self._sent, self._service, self._request)
        return Transfer(direction, max_attempts, max_wait_s)


def upgrade(
    batch: Batch,
    api_version: str = LATEST,
    request: HttpRequest | None = None,
    ocp_date: str | None = None,
    strict: bool = False,
    explicit_defaults: bool = True,
    source_version: str | None = None,
) -> Upgrade:
    """Translate a legacy add-tasks batch to ``addtaskcollection`` requests.

    Args:
        batch: operations that each POST one task to the same job.
        api_version: of the requests; 2016-02-01.3.0 or later.
        request: the outer request that carried the batch. Host, api-version and ``timeout`` come
            from it, else from the operations; ``client-request-id`` and
            ``return-client-request-id`` from it alone.
        ocp_date: the value of the requests' ``ocp-date``; without it they have none.
        strict: whether a loss, and a member that the batch's version does not have, is an error.
        explicit_defaults: whether a default that has changed between the versions is written out
            where a task leaves it to the service: constraints.retentionTime always,
            userIdentity.autoUser.scope (task) where an autoUser stands.
        source_version: the batch's api-version, where neither it nor ``request`` names one.

    Returns:
        The requests, not signed, with right Content-Lengths; absolute where a host is known (with
        the scheme that was used, https where none was). Values that no rule touches keep their
        bytes, members their order.

    Raises:
        TaskError: a body cannot be translated: codes as ``moves.move``; with ``strict`` also
            unknown_member. ``part`` names the operation.
        TranslationError: missing_content_id, empty_content_id, repeated_content_id,
            content_id_conflict, too_many_changeset_operations, retrieve_in_changeset,
            forbidden_header, unsupported_target, unsupported_query, unsupported_content_type,
            unsupported_content_coding, invalid_ocp_date, scheme_conflict, host_conflict,
            work_item_conflict, job_conflict, api_version_conflict, timeout_conflict,
            missing_api_version, unknown_api_version, no_task_collection; with ``strict`` also
            loss; the reference faults of ``check()``.
        TypeError: an argument has the wrong type.
    """
    if not isinstance(batch, Batch):
        raise TypeError(f"expected a Batch, got {type(batch).__name__}")
    envelope.check_types(request, source_version)
    envelope.check_ocp_date(ocp_date)
    check_collection_version(api_version)
    _refuse_faults(batch)
    outer = addresses.outer_address(request) if request is not None else None
    placed = [(leaf, path_of(index, inner), inner) for leaf, index, inner in placed_leaves(batch)]
    heads = _read_heads(placed)
    service = addresses.agreed(outer, {id(head.address): head.address for head in heads}.values())
    source = addresses.settled_version(service.api_version, source_version)
    if heads:
        addresses.check_era(heads[0].address, source)
    found: list[Found] = [*envelope.outer_findings(request, ocp_date)]
    found += envelope.version_findings(service, source, api_version)
    found += _changesets(batch)
    sent: list[SentTask] = []
    move = Mover(source, api_version, explicit_defaults, annotated=False).move
    for place, ((operation, part, inner), head) in enumerate(zip(placed, heads, strict=True)):
        try:
            task_id, raw, findings = move(operation.body)
        except TaskError as error:
            error.part = part
            raise
        task = Task(task_id, raw)
        sent.append(SentTask(operation, part, place, inner is not None, head.address, task))
        found += [(part, ("body", *path), finding) for path, finding in findings]
        found += [(part, path, finding) for path, finding in head.findings]
    if strict:
        refuse_losses(found)
    groups = tuple(_groups(sent))
    headers = envelope.outer_headers(service, request, ocp_date, content.COLLECTION_CONTENT_TYPE)
    return Upgrade(
        tuple(_request(group, service, api_version, headers) for group in groups),
        tuple(found),
        groups,
        service.url,
        request,
    )


def _refuse_faults(batch: Batch) -> None:
    for fault in check(batch, AZURE_BATCH):
        if fault.code not in _HARMLESS:
            source = AZURE_BATCH.source
            raise TranslationError(fault.code, fault.detail, part=fault.part, source=source)


class _Head(NamedTuple):
    """What an operation says beside its body.

    Attributes:
        address: where it goes; the part that it names is the first that goes there.
        findings: what its header fields lose.
    """

    address: Address
    findings: tuple[tuple[Path, Finding], ...]


def _read_heads(placed: Iterable[tuple[Operation, str, int | None]]) -> list[_Head]:
    """The head of each operation: those of one batch are much alike, and each is read once."""
    known = KnownNames()
    read: dict[tuple[Any, ...], _Head] = {}
    heads = []
    for operation, part, _ in placed:
        headers, part_headers = operation.headers, operation.part_headers
        given, values = headers.columns
        names, part_names = known[given], known[part_headers.names]
        if part_names.content_id is not None or names.repeated:
            _refuse_two_ids(operation, part)
        told = values  # all of them, where one of a name does not tell what another says
        if names.count == len(names.index):
            told = tuple([values[names.index[name]] for name in _TELLING if name in names.index])
        key = operation.method, operation.target, names, part_names, told
        head = read.get(key)
        if head is None:
            address = addresses.operation_address(operation, part)
            content.check_content_type(headers, part)
            content.check_content_coding(headers, part)
            findings = *envelope.header_findings(headers), *envelope.part_findings(part_headers)
            head = read[key] = _Head(address, findings)
        heads.append(head)
    return heads


def _refuse_two_ids(operation: Operation, part: str) -> None:
    places = operation.part_headers, operation.headers
    if len({value for headers in places for value in headers.get_all(CONTENT_ID)}) > 1:
        message = "expected one Content-ID, got two that differ"
        raise TranslationError("content_id_conflict", message, part=part)


def _changesets(batch: Batch) -> Iterator[Found]:
    """What changesets lose: themselves where they are empty, and fields in their heads."""
    for index, part in enumerate(batch.parts):
        if isinstance(part, Changeset) and part.part_headers.names != _USUAL_HEAD:
            for path, finding in envelope.part_findings(part.part_headers):
                yield path_of(index, None), path, finding
        if not leaves_of(part):
            yield path_of(index, None), (), envelope.EMPTY_CHANGESET


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


def _request(
    group: tuple[SentTask, ...], service: Service, api_version: str, headers: Headers
) -> CollectionRequest:
    body = joined(item.task.raw for item in group)
    target = f"{service.url}/jobs/{service.job}/addtaskcollection"
    headers = headers.with_field("Content-Length", str(len(body)))
    return CollectionRequest("POST", target + envelope.query(api_version, service), headers, body)
