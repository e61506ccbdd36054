"""What becomes of a client's request: a translation, or the same request in another api-version."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import ClassVar
from urllib.parse import unquote

import msgspec

from odatabatch.azure import LATEST, Note, downgrade, operations, upgrade
from odatabatch.azure.addresses import names_batch, names_collection
from odatabatch.azure.attempts import MAX_ATTEMPTS, MAX_WAIT_S, check_bounds
from odatabatch.azure.envelope import check_content_coding
from odatabatch.azure.operations import Call, OperationId
from odatabatch.azure.versions import LAST_BATCH, check_collection_version, check_version
from odatabatch.decoder import decode_request
from odatabatch.errors import TranslationError
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.oddities import STRICT, Oddity
from odatabatch.transport.exchange import BatchStream, Steps, moved_steps, steps

OnNotes = Callable[[tuple[Note, ...]], object]
"""Called with the notes of a request: every change, and every loss."""

Plan = Steps | HttpRequest
"""What is to be done for a request: the steps of a translation, or another request to be sent in
its place, whose answer is the client's as it is."""

_READING = (OperationId.TASK_GET, OperationId.TASK_LIST)


class _Translating(msgspec.Struct, frozen=True, kw_only=True):
    """Options of both directions.

    Attributes:
        api_version: of the service.
        source_version: of requests that name none.
        explicit_defaults: whether a default that has changed between the versions is written out.
        strict: whether a loss is an error.
        max_attempts: how often a task is sent, at most.
        max_wait_s: the longest wait between two attempts, in seconds.
        tolerate: oddities to take in batches.
        on_notes: gets the notes of each request that has some.
    """

    at_service: ClassVar[bool]
    """Whether requests are read as if they were addressed to the service, where that is another
    than the client's: what is written for it names its host, what the client wrote its own."""

    api_version: str
    source_version: str | None = None
    explicit_defaults: bool = True
    strict: bool = False
    max_attempts: int = MAX_ATTEMPTS
    max_wait_s: float = MAX_WAIT_S
    tolerate: frozenset[Oddity] = STRICT
    on_notes: OnNotes | None = None

    def _tell(self, notes: tuple[Note, ...]) -> None:
        if notes and self.on_notes is not None:
            self.on_notes(notes)

    def _moved(self, request: HttpRequest, client: str, work_item: str | None = None) -> Plan:
        """The same request in the service's api-version; tasks in its answer are moved back."""
        moved = operations.move(
            request,
            self.api_version,
            strict=self.strict,
            explicit_defaults=self.explicit_defaults,
            source_version=self.source_version,
            work_item=work_item,
        )
        self._tell(moved.notes)
        asked = _reading(request, self.source_version)
        if asked is None:
            return moved.request
        call = operations.recognise(moved.request)

        def back(answer: HttpResponse) -> HttpResponse:
            told = operations.move_answer(answer, call, asked.api_version, client)
            self._tell(told.notes)
            return told.response

        return moved_steps(moved.request, back)


class Upgrading(_Translating, frozen=True, kw_only=True):
    """Legacy clients, and a service of ``addtaskcollection``.

    Raises:
        TranslationError: unknown_api_version, no_task_collection.
        TypeError, ValueError: as ``Upgrade.transfer``.
    """

    at_service: ClassVar[bool] = False
    api_version: str = LATEST

    def __post_init__(self) -> None:
        check_collection_version(self.api_version)
        check_bounds(self.max_attempts, self.max_wait_s)

    def plan(self, request: HttpRequest, client: str) -> Plan:
        """What becomes of a request.

        Args:
            request: with an absolute target.
            client: scheme and host of the client's request.

        Raises:
            DecodeError, TranslationError, TaskError: it cannot be translated.
        """
        if not names_batch(request):
            return self._moved(request, client)
        check_content_coding(request.headers, "request")
        content_type = request.headers.get("Content-Type", "")
        up = upgrade(
            decode_request(request.body, content_type, self.tolerate),
            self.api_version,
            request,
            strict=self.strict,
            explicit_defaults=self.explicit_defaults,
            source_version=self.source_version,
        )
        self._tell(up.notes if self.on_notes else ())
        transfer = up.transfer(self.max_attempts, self.max_wait_s)
        return steps(transfer, BatchStream(_boundaries(), request.headers))


class Downgrading(_Translating, frozen=True, kw_only=True):
    """Clients of ``addtaskcollection``, and a service of legacy batches.

    Attributes:
        recover_ticks: whether ``lastModified`` gets the fraction of a second that the ETag tells.
        work_item: the work item that holds the jobs, percent-encoded; for services before
            2015-06-01.2.0.

    Raises:
        TranslationError: unknown_api_version.
        TypeError, ValueError: as ``Downgrade.transfer``.
    """

    at_service: ClassVar[bool] = True
    api_version: str = LAST_BATCH
    recover_ticks: bool = False
    work_item: str | None = None

    def __post_init__(self) -> None:
        check_version(self.api_version)
        check_bounds(self.max_attempts, self.max_wait_s)

    def plan(self, request: HttpRequest, client: str) -> Plan:
        """What becomes of a request; arguments as of ``Upgrading``.

        Raises:
            TranslationError, TaskError, EncodeError: it cannot be translated.
        """
        if not names_collection(request):
            # A job's path is built from the plain name there.
            item = None if self.work_item is None else unquote(self.work_item)
            return self._moved(request, client, item)
        down = downgrade(
            request,
            self.api_version,
            strict=self.strict,
            explicit_defaults=self.explicit_defaults,
            source_version=self.source_version,
            work_item=self.work_item,
        )
        self._tell(down.notes if self.on_notes else ())
        transfer = down.transfer(
            self.recover_ticks, self.tolerate, self.max_attempts, self.max_wait_s
        )
        return steps(transfer)


def _reading(request: HttpRequest, source_version: str | None) -> Call | None:
    """What a request asks for, where the answer has tasks in it."""
    try:
        call = operations.recognise(request, source_version)
    except TranslationError:
        return None
    return call if call.operation in _READING else None


def _boundaries() -> Iterator[str]:
    """The batch's, then one a changeset, as the service writes them."""
    yield f"batch_{uuid.uuid4()}"
    while True:
        yield f"changesetresponse_{uuid.uuid4()}"
