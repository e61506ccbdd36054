"""What becomes of a client's request: a translation, or the same request in another api-version."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import ClassVar, Protocol, TypeVar
from urllib.parse import unquote

import msgspec

from odatabatch.azure import LATEST, Note, downgrade, operations, upgrade
from odatabatch.azure.addresses import OUTER, names_batch, names_collection
from odatabatch.azure.attempts import MAX_ATTEMPTS, MAX_WAIT_S, check_bounds
from odatabatch.azure.content import check_content_coding, content_type_of
from odatabatch.azure.notes import path_text
from odatabatch.azure.operations import Call, OperationId
from odatabatch.azure.versions import LAST_BATCH, check_collection_version, check_version
from odatabatch.decoder import decode_request
from odatabatch.errors import TranslationError
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.oddities import STRICT, Oddity, Tolerance
from odatabatch.transport.steps import BatchStream, Steps, moved_steps, steps

OnNotes = Callable[[tuple[Note, ...]], object]
"""Called with the notes of a request: every change, and every loss."""

Plan = Steps | HttpRequest
"""What is to be done for a request: the steps of a translation, or another request to be sent in
its place, whose answer is the client's as it is."""

# Header fields of the request that an HTTP client writes anew, or that go on.
_CLIENTS_OWN = frozenset(
    path_text(OUTER, ("headers", name))
    for names in ("Accept", "Accept-Encoding", "Authorization", "Connection", "User-Agent")
    for name in (names, names.lower())
)
_READING = (OperationId.TASK_GET, OperationId.TASK_LIST)


class Noted(Protocol):
    """A translation, or a move, and what is not the same after it."""

    @property
    def notes(self) -> tuple[Note, ...]: ...


Translated = TypeVar("Translated")


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

    def _check(self) -> None:
        """Refuse what the first request would be refused for.

        Raises:
            TranslationError, TypeError, ValueError: as the classes say.
        """
        check_bounds(self.max_attempts, self.max_wait_s)
        Tolerance(self.tolerate)
        if self.source_version is not None:
            check_version(self.source_version)
        if self.on_notes is not None and not callable(self.on_notes):
            raise TypeError(f"expected a function, got {type(self.on_notes).__name__}")

    def _tell(self, translation: Noted) -> None:
        if self.on_notes is None:
            return
        notes = tuple(note for note in translation.notes if note.path not in _CLIENTS_OWN)
        if notes:
            self.on_notes(notes)

    def _versioned(self, translate: Callable[..., Translated]) -> Translated:
        """A translation; with the version of requests that name none where that is missing."""
        try:
            return translate()
        except TranslationError as error:
            if error.code != "missing_api_version" or self.source_version is None:
                raise
        return translate(source_version=self.source_version)

    def _moved(self, request: HttpRequest, client: str, work_item: str | None = None) -> Plan:
        """The same request in the service's api-version; tasks in its answer are moved back."""
        moved = self._versioned(
            partial(
                operations.move,
                request,
                self.api_version,
                strict=self.strict,
                explicit_defaults=self.explicit_defaults,
                work_item=work_item,
            )
        )
        self._tell(moved)
        asked = self._versioned(partial(_reading, request))
        if asked is None:
            return moved.request
        call = operations.recognise(moved.request)

        def back(answer: HttpResponse) -> HttpResponse:
            told = operations.move_answer(answer, call, asked.api_version, client, asked.work_item)
            self._tell(told)
            return told.response

        return moved_steps(moved.request, back)


class Upgrading(_Translating, frozen=True, kw_only=True):
    """Legacy clients, and a service of ``addtaskcollection``.

    Raises:
        TranslationError: unknown_api_version, no_task_collection.
        TypeError, ValueError: an option has the wrong type, or is no bound.
    """

    at_service: ClassVar[bool] = False
    api_version: str = LATEST

    def __post_init__(self) -> None:
        check_collection_version(self.api_version)
        self._check()

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
        check_content_coding(request.headers, OUTER)
        content_type = content_type_of(request.headers, OUTER) or ""
        batch = decode_request(request.body, content_type, self.tolerate)
        up = self._versioned(
            partial(
                upgrade,
                batch,
                self.api_version,
                request,
                strict=self.strict,
                explicit_defaults=self.explicit_defaults,
            )
        )
        self._tell(up)
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
        TypeError, ValueError: likewise.
    """

    at_service: ClassVar[bool] = True
    api_version: str = LAST_BATCH
    recover_ticks: bool = False
    work_item: str | None = None

    def __post_init__(self) -> None:
        check_version(self.api_version)
        self._check()

    def plan(self, request: HttpRequest, client: str) -> Plan:
        """What becomes of a request; arguments as of ``Upgrading``.

        Raises:
            TranslationError, TaskError, EncodeError: it cannot be translated.
        """
        if not names_collection(request):
            # A job's path is built from the plain name there.
            item = None if self.work_item is None else unquote(self.work_item)
            return self._moved(request, client, item)
        down = self._versioned(
            partial(
                downgrade,
                request,
                self.api_version,
                strict=self.strict,
                explicit_defaults=self.explicit_defaults,
                work_item=self.work_item,
            )
        )
        self._tell(down)
        transfer = down.transfer(
            self.recover_ticks, self.tolerate, self.max_attempts, self.max_wait_s
        )
        return steps(transfer)


def _reading(request: HttpRequest, source_version: str | None = None) -> Call | None:
    """What a request asks for, where the answer has tasks in it."""
    try:
        call = operations.recognise(request, source_version)
    except TranslationError as error:
        if error.code == "missing_api_version":
            raise
        return None
    return call if call.operation in _READING else None


def _boundaries() -> Iterator[str]:
    """The batch's, then one a changeset, as the service writes them."""
    yield f"batch_{uuid.uuid4()}"
    while True:
        yield f"changesetresponse_{uuid.uuid4()}"
