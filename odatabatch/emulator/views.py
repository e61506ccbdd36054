"""Tasks and jobs as they are shown: with the members of the api-version that asks."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from odatabatch.azure.calls import Call
from odatabatch.azure.moves import Mover
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import JOB, TASK
from odatabatch.azure.versions import is_before
from odatabatch.emulator.store import Job, StoredTask, e_tag_of, iso_of
from odatabatch.errors import TaskError

FIRST_RESULT = "2017-05-01.5.0"
"""From here on a task that has ended shows ``result`` and ``failureInfo``; before it,
``schedulingError``. Source: the Batch service's swagger."""

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def task_view(task: StoredTask, url: str, api_version: str) -> dict[str, Any]:
    """The members of a task, in the order of the service.

    What a version does not have is left out; a default that is another in it is written out.

    Args:
        task: the task.
        url: of it.
        api_version: of the request.
    """
    id_name = name_in(api_version, TASK, "id")
    view: dict[str, Any] = {
        id_name: task.id,
        "url": url,
        "eTag": task.e_tag,
        "creationTime": iso_of(task.created),
        "lastModified": iso_of(task.modified),
        "state": task.state,
        "stateTransitionTime": iso_of(task.state_since),
    }
    if task.previous_state is not None and task.previous_since is not None:
        view["previousState"] = task.previous_state
        view["previousStateTransitionTime"] = iso_of(task.previous_since)
    own = _own(task.body, task.api_version, api_version, TASK, view)
    return {**view, **own, "executionInfo": _execution(task, api_version)}


def job_view(job: Job, url: str, api_version: str) -> dict[str, Any]:
    """The members of a job, likewise.

    Args:
        job: the job.
        url: of it.
        api_version: of the request.
    """
    created = iso_of(job.created)
    view: dict[str, Any] = {
        name_in(api_version, TASK, "id"): job.place.job,  # as of a task, it was a name before
        "url": url,
        "eTag": e_tag_of(job.modified),
        "creationTime": created,
        "lastModified": iso_of(job.modified),
        "state": job.state,
        "stateTransitionTime": iso_of(job.modified),  # nothing else of it changes here
    }
    own = _own(job.body, job.api_version, api_version, JOB, view)
    own.pop("id", None)  # no rule renames a job's
    return {**view, **own, "executionInfo": {"startTime": created}}


def selected(view: dict[str, Any], call: Call) -> dict[str, Any]:
    """The members that were asked for: all, or those that ``$select`` names."""
    wanted = dict(call.query).get("$select")
    if wanted is None:
        return view
    names = {name.strip() for name in wanted.split(",")}
    return {name: value for name, value in view.items() if name in names}


def _own(
    body: bytes, source: str, target: str, root: str, view: dict[str, Any]
) -> dict[str, msgspec.Raw]:
    """The members that it was added with, moved; one that the service tells itself is hidden."""
    # What cannot be moved is shown as it came: of a task of a version without a schema a member may
    # be a newer one's by chance, and of a job nobody has looked at them.
    with contextlib.suppress(TaskError):
        body = Mover(source, target, annotated=False, root=root).move(body).raw
    return {name: text for name, text in _members(body).items() if name not in view}


def _execution(task: StoredTask, api_version: str) -> dict[str, Any]:
    """How it ran: not at all, to its end, or until it was terminated."""
    info: dict[str, Any] = {}
    since = iso_of(task.state_since)
    newer = not is_before(api_version, FIRST_RESULT)
    if task.state == "completed":
        if task.exit_code is not None:
            info |= {"startTime": since, "endTime": since, "exitCode": task.exit_code}
        else:
            info["endTime"] = since
            name = "failureInfo" if newer else "schedulingError"
            message = "The task was ended by user request."
            info[name] = {"category": "usererror", "code": "TaskEnded", "message": message}
        if newer:
            info["result"] = "success" if task.exit_code == 0 else "failure"
    return {**info, "requeueCount": 0, "retryCount": 0}
