"""Adding tasks: one function for the single call, the collection and the batch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from odatabatch.azure.collection import key_of
from odatabatch.azure.json_text import read_object
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import TASK
from odatabatch.emulator.checks import check_task
from odatabatch.emulator.refusals import Refusal
from odatabatch.emulator.store import Place, Store, StoredTask
from odatabatch.errors import TaskError

Item = TypeVar("Item")


class Failing(NamedTuple):
    """What a fault makes of one task.

    Attributes:
        refusal: what its result says.
        added: whether the task is added all the same.
    """

    refusal: Refusal
    added: bool


class Work(NamedTuple):
    """How much of a request is carried out.

    Attributes:
        half: whether only the first half of its tasks are added, rounded down.
        failing: what becomes of the task of that id, by a fault; None where nothing does.
    """

    half: bool = False
    failing: Callable[[str], Failing | None] = lambda _: None

    def most(self, count: int) -> int:
        """How many of so many tasks are added."""
        return count // 2 if self.half else count


class Outcome(NamedTuple):
    """What became of one task: the task, or why it was not added."""

    task: StoredTask | None
    refusal: Refusal | None


def add_task(
    store: Store, place: Place, body: bytes, api_version: str, now: datetime
) -> StoredTask:
    """Add a task to a job.

    Raises:
        Refusal: it is not added.
    """
    job = store.job(place)
    job.refuse_if_closed()
    task_id, body = check_task(body, api_version)
    if key_of(task_id) in job.tasks:
        raise Refusal("TaskExists")
    if not job.uses_task_dependencies and read_object(body).get("dependsOn") is not None:
        raise Refusal("TaskDependenciesNotSpecifiedOnJob")
    tick = store.tick(now)
    return job.put(StoredTask(task_id, body, api_version, tick, tick, "active", tick))


def added(
    store: Store, place: Place, body: bytes, api_version: str, now: datetime, work: Work
) -> Outcome:
    """What becomes of one task of several."""
    failing = work.failing(id_in(body, api_version) or "")
    task = refusal = None
    if failing is None or failing.added:
        try:
            task = add_task(store, place, body, api_version, now)
        except Refusal as error:
            refusal = error
    return Outcome(task, refusal) if failing is None else Outcome(None, failing.refusal)


def id_in(body: bytes, api_version: str) -> str | None:
    """The id in a task's JSON text, which may be wrong otherwise; None where there is none."""
    try:
        task_id = read_object(body).get(name_in(api_version, TASK, "id"))
    except TaskError:
        return None
    return task_id if isinstance(task_id, str) else None


def reordered(items: Sequence[Item], names: Iterable[str], request_id: str) -> list[Item]:
    """Items in another order than they came in, the same for the same request.

    Source: Add a collection of tasks to a job (2017): the service can re-order the responses.

    Args:
        items: what became of each task.
        names: a name for each.
        request_id: of the answer.
    """
    digests = [hashlib.sha256(f"{request_id}/{name}".encode()).digest() for name in names]
    order = sorted(range(len(items)), key=lambda at: (digests[at], at))
    if order == list(range(len(items))):
        order.reverse()
    return [items[at] for at in order]
