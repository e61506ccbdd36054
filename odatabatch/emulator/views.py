"""Tasks as they are shown: the members of the api-version that asks, whichever they came in."""

from __future__ import annotations

from typing import Any

import msgspec

from odatabatch.azure.moves import Mover
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import TASK
from odatabatch.azure.versions import is_before
from odatabatch.emulator.store import StoredTask, iso_of
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
    # A member that was added by an old version, which takes any, never hides one of these.
    own = {name: text for name, text in _moved(task, api_version).items() if name not in view}
    return {**view, **own, "executionInfo": _execution(task, api_version)}


def _moved(task: StoredTask, api_version: str) -> dict[str, msgspec.Raw]:
    try:
        moved = Mover(task.api_version, api_version, annotated=False).move(task.body).raw
    except TaskError:
        # A task of a version without a schema, with a member that is a newer one's by chance.
        moved = task.body
    return _members(moved)


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
