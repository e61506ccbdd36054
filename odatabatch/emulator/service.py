"""The service: requests in, answers out. No I/O, no clock, no randomness."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime

from odatabatch.azure.addresses import OUTER, location
from odatabatch.azure.answers import present, wanted_request_id
from odatabatch.azure.signing import SharedKey
from odatabatch.azure.statuses import REASONS
from odatabatch.azure.versions import VERSIONS, check_version
from odatabatch.emulator.adding import Failing, Work
from odatabatch.emulator.asking import Asking, read_asking
from odatabatch.emulator.batches import add_batch
from odatabatch.emulator.faults import (
    OF_SEVERAL,
    AnyFault,
    Cut,
    FailRequest,
    FailTasks,
    Hang,
    Script,
    Slow,
    first_of,
    fits,
)
from odatabatch.emulator.refusals import Refusal, Turn
from odatabatch.emulator.replies import Reply, refused
from odatabatch.emulator.sending import Answer, cut_short, held, slowed, whole
from odatabatch.emulator.store import (
    Job,
    JobState,
    Place,
    Store,
    StoredTask,
    http_of,
    iso_of,
    ticks_of,
)
from odatabatch.emulator.task_calls import Errand, add_work_item, carry_out
from odatabatch.errors import SigningError, TranslationError, UsageError
from odatabatch.http_message import HttpRequest

_OTHER_REASONS = {
    200: "OK",
    202: "Accepted",
    204: "No Content",
    304: "Not Modified",
    429: "Too Many Requests",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}
# What a fault without a code says. Source: Batch Status and Error Codes.
_CODES = {
    400: "InvalidInput",
    403: "AuthenticationFailed",
    404: "JobNotFound",
    409: "TaskExists",
    412: "ConditionNotMet",
    413: "RequestBodyTooLarge",
    500: "InternalError",
    503: "ServerBusy",
}


class BatchService:
    """A small Batch service, in memory.

    It may be used from several threads: one request is answered after the other.

    Args:
        account: the name of the account; needed with a key.
        key: of the account, in base64. With one, signatures are checked, and with them that a
            request is at most 15 minutes off; without one, any Authorization is taken, and none.
        versions: the api-versions that it takes; others are refused, as retired ones are.
        faults: what goes wrong, and when; see ``read_faults``.

    Raises:
        SigningError: invalid_account, invalid_key.
        TranslationError: unknown_api_version.
        UsageError: missing_account: a key without an account.
        TypeError: a fault is none.
    """

    def __init__(
        self,
        account: str | None = None,
        key: str | None = None,
        versions: Iterable[str] = VERSIONS,
        faults: Iterable[AnyFault] = (),
    ) -> None:
        if key is not None and account is None:
            message = "expected the account that the key is of, got a key alone"
            raise UsageError("missing_account", message)
        self._versions = frozenset(versions)
        for api_version in self._versions:
            check_version(api_version)
        self._host = f"https://{account or 'account'}.region.batch.azure.com"
        self._signer = None if key is None or account is None else SharedKey(account, key)
        self._script = Script(faults)
        self._store = Store()
        self._count = 0
        self._lock = threading.Lock()

    def answer(self, request: HttpRequest, now: datetime) -> Answer:
        """The answer to a request, which has been carried out when it comes back.

        Args:
            request: with an absolute target, or with a path and a Host.
            now: the time, aware of its zone.

        Raises:
            TypeError: an argument has the wrong type, or the time has no zone.
        """
        if not isinstance(request, HttpRequest):
            raise TypeError(f"expected an HttpRequest, got {type(request).__name__}")
        _check_time(now)
        with self._lock:
            return self._answer(request, now)

    # What nothing on the wire does here: for tests, and to set a scene.

    def add_job(
        self,
        job: str,
        now: datetime,
        work_item: str | None = None,
        uses_task_dependencies: bool = False,
    ) -> None:
        """Add a job, in a work item or in the account.

        Raises:
            UsageError: job_exists.
        """
        _check_time(now)
        with self._lock:
            try:
                place = Place(work_item, job)
                self._store.add_job(place, self._store.tick(now), uses_task_dependencies)
            except Refusal:
                message = "expected a new job, got one that is there"
                raise UsageError("job_exists", message) from None

    def set_job_state(
        self, job: str, state: JobState, now: datetime, work_item: str | None = None
    ) -> None:
        """Put a job into another state: all but ``active`` take no new tasks.

        Raises:
            UsageError: unknown_job.
        """
        _check_time(now)
        with self._lock:
            found = self._job(job, work_item)
            found.state, found.modified = state, self._store.tick(now)

    def delete_job(self, job: str, work_item: str | None = None) -> None:
        """Forget a job and its tasks.

        Raises:
            UsageError: unknown_job.
        """
        with self._lock:
            self._store.delete_job(self._job(job, work_item).place)

    def complete(
        self, job: str, task: str, exit_code: int, now: datetime, work_item: str | None = None
    ) -> None:
        """Let a task have run to its end.

        Args:
            job: the id of its job.
            task: its id.
            exit_code: it succeeded with 0, else it failed.
            now: the time.
            work_item: the work item that holds the job, or None.

        Raises:
            UsageError: unknown_job; unknown_task: there is none, or it has ended.
        """
        _check_time(now)
        with self._lock:
            found = self._job(job, work_item)
            try:
                stored = found.task(task)
            except Refusal:
                stored = None
            if stored is None or stored.state != "active":
                message = "expected an active task of the job, got another id"
                raise UsageError("unknown_task", message)
            found.put(stored.moved("completed", self._store.tick(now), exit_code))

    def tasks(self, job: str, work_item: str | None = None) -> tuple[StoredTask, ...]:
        """The tasks of a job as they are now, in the order in which they were added.

        Raises:
            UsageError: unknown_job.
        """
        with self._lock:
            return tuple(self._job(job, work_item).tasks.values())

    def _job(self, job: str, work_item: str | None) -> Job:
        try:
            return self._store.job(Place(work_item, job))
        except Refusal:
            raise UsageError("unknown_job", "expected a job that is there, got another") from None

    # How a request is answered

    def _answer(self, request: HttpRequest, now: datetime) -> Answer:
        turn = self._turn(request, now)
        struck: tuple[AnyFault, ...] = ()
        try:
            self._authenticate(request, now)
            asking = read_asking(request)
            if asking.api_version not in self._versions:
                raise Refusal("UnsupportedRequestVersion")
            struck = self._script.strike(asking)
            reply = self._reply(asking, turn, now, struck)
        except Refusal as refusal:
            reply = refused(refusal, turn)
        return _sent(_finished(reply, request, turn, now), struck)

    def _turn(self, request: HttpRequest, now: datetime) -> Turn:
        """The id of a request is made of its number, so that the same requests get the same."""
        self._count += 1
        digest = hashlib.sha256(f"{self._host}/{self._count}".encode()).digest()
        try:
            at = location(request, OUTER)
            service = f"{at.scheme or 'https'}://{at.host}" if at.host else self._host
        except TranslationError:
            service = self._host
        time = iso_of(ticks_of(now))
        seconds, _, fraction = time.removesuffix("Z").partition(".")
        return Turn(
            service, str(uuid.UUID(bytes=digest[:16], version=4)), f"{seconds}.{fraction:0<7}Z"
        )

    def _authenticate(self, request: HttpRequest, now: datetime) -> None:
        if self._signer is not None:
            try:
                self._signer.check(request, now)
            except SigningError as error:
                raise Refusal(
                    "AuthenticationFailed", ("AuthenticationErrorDetail", error.message)
                ) from None

    def _reply(
        self, asking: Asking, turn: Turn, now: datetime, struck: tuple[AnyFault, ...]
    ) -> Reply:
        """What a request comes to, its work done as far as faults let it."""
        ending = first_of(struck, FailRequest | Hang | Cut)
        part = "all" if ending is None else ending.work
        if part == "half" and asking.operation not in OF_SEVERAL:
            part = "none"
        reply = refused(Refusal("InternalError"), turn)
        if part != "none":
            reply = self._worked(asking, turn, now, Work(part == "half", _failing(struck)))
        return _failed(ending, turn) if isinstance(ending, FailRequest) else reply

    def _worked(self, asking: Asking, turn: Turn, now: datetime, work: Work) -> Reply:
        request, store = asking.request, self._store
        try:
            if asking.outer is not None:
                return add_batch(store, request, asking.outer, turn, now, work)
            if asking.call is None:
                return add_work_item(store, request, turn, now)
            errand = Errand(store, request, asking.call, asking.skip_token, turn, now, work)
            return carry_out(errand)
        except Refusal as refusal:
            return refused(refusal, turn)


def _check_time(now: datetime) -> None:
    if not isinstance(now, datetime) or now.utcoffset() is None:
        raise TypeError("expected a datetime that is aware of its zone, got something else")


def _failing(struck: tuple[AnyFault, ...]) -> Callable[[str], Failing | None]:
    """What becomes of each task by the faults that strike the request."""
    faults = [fault for fault in struck if isinstance(fault, FailTasks)]
    met = [0] * len(faults)

    def failing(task_id: str) -> Failing | None:
        found = None
        for at, fault in enumerate(faults):
            if fits(fault.task, task_id):
                met[at] += 1
                if found is None and met[at] % fault.each == 0:
                    found = Failing(Refusal(fault.code), fault.added)
        return found

    return failing


def _failed(fault: FailRequest, turn: Turn) -> Reply:
    """The answer that is a fault."""
    code = _CODES.get(fault.status) if fault.code is None else fault.code
    reply = Reply(fault.status)
    if code is not None:
        reply = refused(Refusal(code, status=fault.status), turn)
    if fault.retry_after_s is not None:
        reply = reply._replace(fields=(*reply.fields, ("Retry-After", str(fault.retry_after_s))))
    return reply


def _finished(reply: Reply, request: HttpRequest, turn: Turn, now: datetime) -> Answer:
    """The answer, with the fields that every answer has."""
    fields = present(
        [
            *reply.fields,
            ("request-id", turn.request_id),
            ("client-request-id", wanted_request_id(request.headers)),
            ("DataServiceVersion", "3.0"),
            ("Server", "odatabatch"),
            ("Date", http_of(ticks_of(now))),
        ]
    )
    reason = REASONS.get(reply.status) or _OTHER_REASONS.get(reply.status, "")
    return whole(reply.status, reason, fields, reply.chunks, reply.streamed)


def _sent(answer: Answer, struck: tuple[AnyFault, ...]) -> Answer:
    """The answer as the faults let it go out."""
    slow = first_of(struck, Slow)
    if slow is not None:
        answer = slowed(answer, slow.chunk_bytes, slow.pause_s)
    ending = first_of(struck, FailRequest | Hang | Cut)
    if isinstance(ending, Hang):
        return held(answer.response, ending.seconds)
    return cut_short(answer, ending.body_bytes) if isinstance(ending, Cut) else answer
