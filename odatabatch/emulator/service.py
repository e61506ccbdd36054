"""The service: requests in, answers out. No I/O, no clock, no randomness."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterable
from datetime import datetime

import msgspec

from odatabatch.azure.addresses import OUTER, location
from odatabatch.azure.signing import SharedKey
from odatabatch.azure.versions import VERSIONS, check_version
from odatabatch.emulator.adding import Work
from odatabatch.emulator.asking import Asking, read_asking
from odatabatch.emulator.batches import add_batch
from odatabatch.emulator.carrying_out import carry_out
from odatabatch.emulator.effects import Struck, replied, sent, work_of
from odatabatch.emulator.errands import Errand
from odatabatch.emulator.faults import AnyFault, Script
from odatabatch.emulator.job_calls import add_work_item
from odatabatch.emulator.refusals import Identity, Refusal
from odatabatch.emulator.replies import Reply, refused
from odatabatch.emulator.sending import Answer, finished
from odatabatch.emulator.store import (
    JOB_STATES,
    Job,
    JobState,
    Place,
    Store,
    StoredTask,
    iso_of,
    ticks_of,
)
from odatabatch.errors import SigningError, TranslationError, UsageError
from odatabatch.http_message import HttpRequest

_ANY_KEY = "AA=="  # of a signer that signs nothing, and checks the account's name


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
        UsageError: missing_account: a key without an account; invalid_fault.
        TypeError: an argument has the wrong type, or a fault is none.
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
        signer = None
        if account is not None:  # its name stands in links, with a key and without
            signer = SharedKey(account, _ANY_KEY if key is None else key)
        self._signer = None if key is None else signer
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
            TypeError: an argument has the wrong type, here and below.
        """
        _check_time(now)
        _check_ids(job, work_item)
        kind = type(uses_task_dependencies)
        if kind is not bool:
            raise TypeError(f"expected uses_task_dependencies as bool, got {kind.__name__}")
        with self._lock:
            try:
                place = Place(work_item, job)
                body = msgspec.json.encode({"usesTaskDependencies": uses_task_dependencies})
                self._store.add_job(place, self._store.tick(now), uses_task_dependencies, body)
            except Refusal:
                message = "expected a new job, got one that is there"
                raise UsageError("job_exists", message) from None

    def set_job_state(
        self, job: str, state: JobState, now: datetime, work_item: str | None = None
    ) -> None:
        """Put a job into another state: all but ``active`` take no new tasks.

        Raises:
            UsageError: unknown_job; unknown_state: a job has no such state.
        """
        _check_time(now)
        if state not in JOB_STATES:
            message = f"expected one of {', '.join(JOB_STATES)}, got another state"
            raise UsageError("unknown_state", message)
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
        if not isinstance(task, str) or type(exit_code) is not int:
            raise TypeError("expected a task as str and its exit_code as int, got another type")
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
        _check_ids(job, work_item)
        try:
            return self._store.job(Place(work_item, job))
        except Refusal:
            raise UsageError("unknown_job", "expected a job that is there, got another") from None

    # How a request is answered

    def _answer(self, request: HttpRequest, now: datetime) -> Answer:
        identity = self._identity(request, now)
        struck: Struck = ()
        try:
            self._authenticate(request, now)
            asking = read_asking(request)
            if asking.api_version not in self._versions:
                raise Refusal("UnsupportedRequestVersion")
            struck = self._script.strike(asking)
            reply = self._reply(asking, identity, now, struck)
        except Refusal as refusal:
            reply = refused(refusal, identity)
        return sent(finished(reply, request, identity, now), struck)

    def _identity(self, request: HttpRequest, now: datetime) -> Identity:
        """The id of a request is made of its number, so that the same requests get the same."""
        self._count += 1
        digest = hashlib.sha256(f"{self._host}/{self._count}".encode()).digest()
        try:
            service = location(request, OUTER).service or self._host
        except TranslationError:
            service = self._host
        time = iso_of(ticks_of(now))
        seconds, _, fraction = time.removesuffix("Z").partition(".")
        return Identity(
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

    def _reply(self, asking: Asking, identity: Identity, now: datetime, struck: Struck) -> Reply:
        """What a request comes to, its work done as far as faults let it."""
        work = work_of(struck, asking.operation)
        if work is None:
            reply = refused(Refusal("InternalError"), identity)
        else:
            reply = self._worked(asking, identity, now, work)
        return replied(reply, struck, identity)

    def _worked(self, asking: Asking, identity: Identity, now: datetime, work: Work) -> Reply:
        store = self._store
        try:
            if asking.outer is not None:
                return add_batch(store, asking.batch(), asking.outer, identity, now, work)
            if asking.call is None:
                return add_work_item(store, asking.request, identity, now)
            return carry_out(Errand(store, asking, asking.call, identity, now, work))
        except Refusal as refusal:
            return refused(refusal, identity)


def _check_ids(job: str, work_item: str | None) -> None:
    if not (isinstance(job, str) and isinstance(work_item, str | None)):
        raise TypeError("expected a job as str, and a work item as str or None, got another type")


def _check_time(now: datetime) -> None:
    if not isinstance(now, datetime) or now.utcoffset() is None:
        raise TypeError("expected a datetime that is aware of its zone, got something else")
