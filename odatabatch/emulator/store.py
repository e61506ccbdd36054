"""Jobs and tasks in memory, and the ticks that their ETags are.

A tick is 100 ns. Each change takes one of its own, so that no two changes share an ETag.
"""

from __future__ import annotations

import datetime
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import quote

import msgspec

from odatabatch.azure.collection import key_of
from odatabatch.azure.ticks import http_date, ticks_date
from odatabatch.azure.versions import LATEST
from odatabatch.emulator.refusals import Refusal
from odatabatch.http_message import summary

FIRST_JOB = "job-0000000001"
"""The job that a new work item has, as recordings of 2014-10-01.1.0 show."""

JobState = Literal["active", "disabled", "terminating", "completed", "deleting"]
JOB_STATES: tuple[JobState, ...] = get_args(JobState)

_EPOCH = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)

# Why a job takes no tasks. Source: Batch Status and Error Codes.
_CLOSED: dict[JobState, str] = {
    "disabled": "JobDisabled",
    "terminating": "JobBeingTerminated",
    "completed": "JobCompleted",
    "deleting": "JobBeingDeleted",
}


def ticks_of(now: datetime.datetime) -> int:
    """The ticks of an aware date."""
    return (now - _EPOCH) // _MICROSECOND * 10


def e_tag_of(ticks: int) -> str:
    """The ETag of what was changed at that tick."""
    return f"0x{ticks:X}"


def iso_of(ticks: int) -> str:
    """The date as JSON has it: without zeros at the end of its fraction."""
    return ticks_date(f"0x{ticks:015X}") or ""  # which all ticks of a datetime have


def http_of(ticks: int) -> str:
    """The date as header fields have it, rounded down."""
    return http_date(iso_of(ticks)) or ""


class StoredTask(msgspec.Struct, frozen=True):
    """One task as it is now; a change makes another.

    Attributes:
        id: as it was given.
        body: the JSON text as it was added, without annotations; an update edits it.
        api_version: that the body is written for.
        created: the tick.
        modified: the tick of the last change.
        state: nothing runs here: a task is active until it is ended.
        state_since: the tick.
        previous_state: None while it has had none.
        previous_since: the tick, or None.
        exit_code: of a task that ran to its end, else None.
    """

    id: str
    body: bytes
    api_version: str
    created: int
    modified: int
    state: Literal["active", "completed"]
    state_since: int
    previous_state: str | None = None
    previous_since: int | None = None
    exit_code: int | None = None

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # Bodies may hold secrets: their lengths do not.
        return [
            ("state", self.state),
            ("api_version", self.api_version),
            ("e_tag", self.e_tag),
            ("body_bytes", len(self.body)),
        ]

    def __repr__(self) -> str:
        return summary(self)

    @property
    def e_tag(self) -> str:
        """The tick of the last change, in hexadecimal."""
        return e_tag_of(self.modified)

    def moved(
        self, state: Literal["active", "completed"], tick: int, exit_code: int | None = None
    ) -> StoredTask:
        """The task in another state."""
        return msgspec.structs.replace(
            self,
            modified=tick,
            state=state,
            state_since=tick,
            previous_state=self.state,
            previous_since=self.state_since,
            exit_code=exit_code,
        )


class Place(NamedTuple):
    """Which job.

    Attributes:
        work_item: the name of the work item that holds it; None where it stands in the account.
        job: its id.
    """

    work_item: str | None
    job: str

    @property
    def path(self) -> str:
        """The path of the job."""
        item = "" if self.work_item is None else f"/workitems/{quote(self.work_item, safe='')}"
        return f"{item}/jobs/{quote(self.job, safe='')}"

    def task_path(self, task_id: str) -> str:
        """The path of a task in it."""
        return f"{self.path}/tasks/{quote(task_id, safe='')}"


class Job(msgspec.Struct):
    """One job.

    Attributes:
        place: where it stands, its ids as they were given.
        created: the tick.
        modified: the tick of the last change of the job itself.
        body: the JSON text that it was added with.
        api_version: that the body is written for.
        uses_task_dependencies: whether its tasks may depend on others.
        state: of the job.
        tasks: by their ids without case.
    """

    place: Place
    created: int
    modified: int
    body: bytes
    api_version: str
    uses_task_dependencies: bool
    state: JobState = "active"
    tasks: dict[str, StoredTask] = {}

    def refuse_if_closed(self, *but: JobState) -> None:
        """Refuse a change in a job that takes none, unless it is for one of those states."""
        if self.state in _CLOSED and self.state not in but:
            raise Refusal(_CLOSED[self.state])

    def task(self, task_id: str) -> StoredTask:
        """The task of that id, in any case."""
        task = self.tasks.get(key_of(task_id))
        if task is None:
            raise Refusal("TaskNotFound")
        return task

    def put(self, task: StoredTask) -> StoredTask:
        """Keep a task, in place of the one of its id."""
        self.tasks[key_of(task.id)] = task
        return task

    def remove(self, task: StoredTask) -> None:
        """Forget a task."""
        del self.tasks[key_of(task.id)]


class Store:
    """All jobs of the account."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str | None, str], Job] = {}
        self._last = 0

    def tick(self, now: datetime.datetime) -> int:
        """The tick of a change: that of the time, or the next that no change has."""
        self._last = max(ticks_of(now), self._last + 1)
        return self._last

    def add_job(
        self,
        place: Place,
        tick: int,
        uses_task_dependencies: bool = False,
        body: bytes = b"{}",
        api_version: str = LATEST,
    ) -> Job:
        """A new job; of its body, the id counts as the place has it."""
        if _key(place) in self._jobs:
            raise Refusal("JobExists")
        job = Job(place, tick, tick, body, api_version, uses_task_dependencies)
        self._jobs[_key(place)] = job
        return job

    def job(self, place: Place) -> Job:
        """The job that stands there; its ids in any case."""
        job = self._jobs.get(_key(place))
        if job is None:
            raise Refusal("JobNotFound")
        return job

    def delete_job(self, place: Place) -> None:
        """Forget a job and its tasks."""
        self.job(place)
        del self._jobs[_key(place)]


def _key(place: Place) -> tuple[str | None, str]:
    item = None if place.work_item is None else key_of(place.work_item)
    return item, key_of(place.job)
