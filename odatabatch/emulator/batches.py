"""Legacy ``$batch``: one task an operation, each answered in a part of its own."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from odatabatch.azure.addresses import OUTER, Address, agreed, check_era, operation_address
from odatabatch.azure.answers import present, wanted_request_id
from odatabatch.azure.content import OPERATION_CONTENT_TYPE, check_json_content, content_type_of
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.statuses import REASONS
from odatabatch.decoder import decode_request
from odatabatch.emulator.adding import Outcome, Work, added, id_in, reordered
from odatabatch.emulator.checks import check_body
from odatabatch.emulator.refusals import Identity, Refusal, refusal_of
from odatabatch.emulator.replies import Reply
from odatabatch.emulator.store import Place, Store, http_of
from odatabatch.errors import DecodeError, TranslationError
from odatabatch.http_message import HttpRequest
from odatabatch.judge import check
from odatabatch.model import (
    Batch,
    BatchEnd,
    ChangesetEnd,
    ChangesetStart,
    Operation,
    OperationResponse,
    leaves_of,
    path_of,
    placed_leaves,
)
from odatabatch.stream_encoder import ResponseEncoder

MAX_BATCH_BYTES = 16 << 20
"""The longest batch. No document names a limit: this is more than 100 tasks that a collection of
1 MiB could carry ever need around them."""


class _Add(NamedTuple):
    """One operation that adds a task."""

    operation: Operation
    place: Place
    in_changeset: bool


def add_batch(
    store: Store,
    batch: Batch,
    outer: Address,
    identity: Identity,
    now: datetime,
    work: Work,
) -> Reply:
    """Add the tasks of a batch, in the order of its operations.

    Refused whole is what ``batch_in`` refuses, and anything but adding tasks to one job. Whatever
    else is wrong with a task is said in its part.

    Args:
        store: all jobs.
        batch: as ``batch_in`` gives it.
        outer: the address of its request, with an api-version.
        identity: what the answer has to name.
        now: the time.
        work: how much of it is carried out.

    Raises:
        Refusal: the request is refused whole.

    Source: Azure Batch REST: Add multiple tasks to a job; OData batch processing.
    """
    api_version = outer.api_version or ""
    adds = list(_adds(batch, outer))
    answers = []
    for add in adds[: work.most(len(adds))]:
        outcome = _added(store, add, api_version, now, work)
        answers.append((_answer(add, outcome, api_version, identity), add.in_changeset))
    names = [answer.content_id or "" for answer, _ in answers]
    return _reply(reordered(answers, names, identity.request_id), identity)


def batch_in(request: HttpRequest) -> Batch:
    """The batch that a request carries.

    Raises:
        Refusal: it is too long, there is none, its Content-Type is said twice, or it breaks a rule
            of the dialect: more than 100 operations, more than one in a changeset, several jobs,
            Content-IDs missing or repeated, fields that no part may carry.
    """
    if len(request.body) > MAX_BATCH_BYTES:
        raise Refusal("RequestBodyTooLarge", ("MaxLimit", str(MAX_BATCH_BYTES)))
    try:
        batch = decode_request(request.body, content_type_of(request.headers, OUTER) or "")
    except TranslationError as error:
        raise refusal_of(error) from None
    except DecodeError as error:
        raise Refusal("InvalidRequestBody", ("Reason", f"{error.code}: {error.message}")) from None
    for fault in check(batch, AZURE_BATCH):
        raise Refusal("InvalidRequestBody", ("Reason", f"{fault.code}: {fault.detail}"))
    return batch


def _adds(batch: Batch, outer: Address) -> Iterator[_Add]:
    """The operations, each of which adds a task to the same job."""
    api_version = outer.api_version or ""
    addresses = []
    for operation, index, inner in placed_leaves(batch):
        part = path_of(index, inner)
        try:
            address = operation_address(operation, part)
            check_era(address, api_version)
            check_json_content(operation)
            addresses.append(address)
            agreed(outer, addresses[:1] + addresses[-1:])
        except TranslationError as error:
            refusal = refusal_of(error)
            raise Refusal(refusal.code, ("Part", part), *refusal.values) from None
        item = None if address.work_item is None else unquote(address.work_item)
        place = Place(item, unquote(address.job or ""))
        yield _Add(operation, place, leaves_of(batch.parts[index]) != (batch.parts[index],))


def _added(store: Store, add: _Add, api_version: str, now: datetime, work: Work) -> Outcome:
    try:
        check_body(add.operation)
    except Refusal as refusal:
        return Outcome(None, refusal)
    return added(store, add.place, add.operation.body, api_version, now, work)


def _answer(add: _Add, outcome: Outcome, api_version: str, identity: Identity) -> OperationResponse:
    """The part of one operation, its fields in the order of the page."""
    task_id = id_in(add.operation.body, api_version)
    url = None if task_id is None else identity.service + add.place.task_path(task_id)
    first = [
        ("DataServiceId", url),
        ("client-request-id", wanted_request_id(add.operation.headers)),
        ("Content-ID", add.operation.content_id),
    ]
    if outcome.task is not None:
        fields = [
            *first,
            ("DataServiceVersion", "3.0"),
            ("Last-Modified", http_of(outcome.task.modified)),
            ("ETag", outcome.task.e_tag),
            ("Location", url),
        ]
        return OperationResponse(201, REASONS[201], present(fields))
    assert outcome.refusal is not None  # it is the one or the other
    status = outcome.refusal.status
    fields = [
        *first,
        ("DataServiceVersion", "3.0;"),
        ("Content-Type", OPERATION_CONTENT_TYPE),
    ]
    body = identity.error(outcome.refusal)
    return OperationResponse(status, REASONS.get(status, ""), present(fields), body)


def _reply(answers: list[tuple[OperationResponse, bool]], identity: Identity) -> Reply:
    """The answer, one chunk a part."""
    encoder = ResponseEncoder(dialect=AZURE_BATCH, boundaries=_boundaries(identity.request_id))
    chunks = []
    for answer, in_changeset in answers:
        if in_changeset:
            events = [ChangesetStart(), answer, ChangesetEnd()]
            chunks.append(b"".join(encoder.send(event) for event in events))
        else:
            chunks.append(encoder.send(answer))
    chunks.append(encoder.send(BatchEnd()))
    fields = (("Content-Type", encoder.content_type),)
    return Reply(202, fields, tuple(chunks), streamed=True)


def _boundaries(request_id: str) -> Iterator[str]:
    """The batch's boundary, then those of its changesets: of the request's id and a counter."""
    prefix, count = "batch", 0
    while True:
        digest = hashlib.sha256(f"{request_id}/{count}".encode()).digest()
        yield f"{prefix}_{uuid.UUID(bytes=digest[:16], version=4)}"
        prefix, count = "changesetresponse", count + 1
