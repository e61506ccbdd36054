"""``addtaskcollection``: many tasks in one JSON text, and a result for each."""

from __future__ import annotations

from collections.abc import Sequence

from odatabatch.azure.collection import MAX_TASKS, Task, joined, key_of
from odatabatch.azure.content import ANSWER_CONTENT_TYPE
from odatabatch.azure.results import (
    RESULT_METADATA,
    BatchError,
    TaskCollectionResult,
    TaskResult,
    TaskStatus,
)
from odatabatch.azure.validation import task_faults
from odatabatch.azure.versions import FIRST_COLLECTION, is_before
from odatabatch.emulator.adding import Outcome, added, reordered
from odatabatch.emulator.checks import refused_value
from odatabatch.emulator.errands import Errand
from odatabatch.emulator.refusals import Identity, Refusal
from odatabatch.emulator.replies import Reply
from odatabatch.emulator.store import iso_of

FIRST_UNSEEN = "2024-07-01.20.0"
"""From here on nobody has seen a result; its page says ``success``. Results of all versions before
it were recorded with ``Success`` and ``ClientError``, whatever their pages say."""

_EMPTY = joined(())
_OPEN, _CLOSE = _EMPTY[:-2], _EMPTY[-2:]


def add_collection(errand: Errand) -> Reply:
    """Add the tasks of a collection.

    Refused whole are a text that cannot be read, more than 100 tasks, two of one id, a task without
    an id, and members that the version does not have; whatever else is wrong with a task is said
    in its result.

    Raises:
        Refusal: the request is refused whole.

    Source: Azure Batch REST: Add a collection of tasks to a job (2017).
    """
    store, place, identity, work = errand.store, errand.place, errand.identity, errand.work
    api_version = errand.call.api_version
    store.job(place).refuse_if_closed()
    tasks = errand.asking.collection().tasks
    _check_tasks(tasks, api_version)
    results = []
    for task in tasks[: work.most(len(tasks))]:
        outcome = added(store, place, task.raw, api_version, errand.now, work)
        results.append(_result(task.id, outcome, errand.url(place, task.id), identity))
    results = reordered(results, [result.task_id for result in results], identity.request_id)
    return _reply(results, api_version, identity)


def _check_tasks(tasks: Sequence[Task], api_version: str) -> None:
    """Refuse what makes a collection refused whole."""
    if len(tasks) > MAX_TASKS:
        reason = f"expected at most {MAX_TASKS} tasks, got {len(tasks)}"
        raise Refusal("InvalidRequestBody", ("PropertyName", "value"), ("Reason", reason))
    if len({key_of(task.id) for task in tasks}) < len(tasks):
        reason = "expected tasks of different ids, got one id twice"
        raise Refusal("InvalidRequestBody", ("PropertyName", "value"), ("Reason", reason))
    for index, task in enumerate(tasks):
        for fault in task_faults(task.raw, f"value[{index}]", api_version, strict=True):
            if fault.code == "unknown_member":
                raise refused_value(fault.code, fault.path, fault.detail)


def _result(task_id: str, outcome: Outcome, location: str, identity: Identity) -> TaskResult:
    if outcome.task is not None:
        modified = outcome.task.modified
        return TaskResult(
            task_id, TaskStatus.SUCCESS, outcome.task.e_tag, iso_of(modified), location
        )
    assert outcome.refusal is not None  # it is the one or the other
    error = BatchError(identity.inner_error(outcome.refusal), outcome.refusal.code)
    status = outcome.refusal.task_status
    return TaskResult(task_id, status, error=error, error_link=f"{location}/error")


def _reply(results: list[TaskResult], api_version: str, identity: Identity) -> Reply:
    """The answer; its chunks are those of ``TaskCollectionResult.to_json``, cut between results."""
    spelling = api_version if not is_before(api_version, FIRST_UNSEEN) else FIRST_COLLECTION
    metadata = f"{identity.service}/{RESULT_METADATA}"
    chunks = [TaskCollectionResult((), metadata).to_json(spelling)[: -len(_CLOSE)]]
    for result in results:
        comma = b"," if len(chunks) > 1 else b""
        text = TaskCollectionResult((result,)).to_json(spelling)
        chunks.append(comma + text[len(_OPEN) : -len(_CLOSE)])
    return Reply(200, (("Content-Type", ANSWER_CONTENT_TYPE),), (*chunks, _CLOSE), streamed=True)
