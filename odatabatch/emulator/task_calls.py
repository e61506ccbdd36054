"""The calls about jobs and single tasks.

Source: Azure Batch REST, "Task operations"; the Batch service's swagger.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from odatabatch.azure.calls import Call, OperationId
from odatabatch.azure.collection import key_of
from odatabatch.azure.json_edit import Edit, Edits, edited
from odatabatch.azure.json_text import read_object
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import TASK
from odatabatch.emulator.adding import Work, add_task
from odatabatch.emulator.checks import check_body, check_constraints, read_body
from odatabatch.emulator.conditions import check_conditions
from odatabatch.emulator.refusals import Refusal, Turn
from odatabatch.emulator.replies import JSON, Reply, changed
from odatabatch.emulator.store import FIRST_JOB, Job, Place, Store, StoredTask, e_tag_of, http_of
from odatabatch.emulator.task_collections import add_collection
from odatabatch.emulator.views import task_view
from odatabatch.http_message import HttpRequest

MAX_RESULTS = 1000
"""Tasks on one page of a list. Source: the Batch service's swagger."""

_COUNT = re.compile(r"[0-9]{1,9}")
_STATE_FILTER = re.compile(r" *state +(eq|ne) +'([A-Za-z]+)' *")
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Errand(NamedTuple):
    """One call, and all that carrying it out takes.

    Attributes:
        store: all jobs.
        request: what came in.
        call: what it asks for.
        skip_token: where the page of a list begins, or None.
        turn: what the answer has to name.
        now: the time.
        work: how much of it is carried out.
    """

    store: Store
    request: HttpRequest
    call: Call
    skip_token: str | None
    turn: Turn
    now: datetime
    work: Work

    @property
    def place(self) -> Place:
        """The job that the call names."""
        return Place(self.call.work_item, self.call.job or "")

    def url(self, place: Place, task_id: str) -> str:
        """The URL of a task."""
        return self.turn.service + place.task_path(task_id)


def carry_out(errand: Errand) -> Reply:
    """The answer to a call that is no batch.

    Raises:
        Refusal: it is refused.
    """
    if errand.request.body:
        check_body(errand.request)
    return _CALLS[errand.call.operation](errand)


def add_work_item(store: Store, request: HttpRequest, turn: Turn, now: datetime) -> Reply:
    """Add a work item, and with it its first job.

    Raises:
        Refusal: it is refused.

    Source: recordings of 2014-10-01.1.0.
    """
    check_body(request)
    name, _ = _named(request.body, "name")
    tick = store.tick(now)
    store.add_job(Place(name, FIRST_JOB), tick)
    url = f"{turn.service}/workitems/{quote(name, safe='')}"
    return changed(201, url, tick, located=True)


def _add_job(errand: Errand) -> Reply:
    """Nothing runs here, so that nothing of a job counts but its id and its dependencies."""
    name, body = _named(errand.request.body, "id")
    place, tick = Place(None, name), errand.store.tick(errand.now)
    errand.store.add_job(place, tick, body.get("usesTaskDependencies") is True)
    return changed(201, errand.turn.service + place.path, tick, located=True)


def _named(body: bytes, name: str) -> tuple[str, dict[str, Any]]:
    """The id in a body, and all of it."""
    whole = read_body(body)
    given = whole.get(name)
    if given is None:
        raise Refusal("MissingRequiredProperty", ("PropertyName", name))
    if not isinstance(given, str) or not _JOB_ID.fullmatch(given):
        raise Refusal("InvalidPropertyValue", ("PropertyName", name))
    return given, whole


def _add(errand: Errand) -> Reply:
    version = errand.call.api_version
    task = add_task(errand.store, errand.place, errand.request.body, version, errand.now)
    return changed(201, errand.url(errand.place, task.id), task.modified, located=True)


def _add_collection(errand: Errand) -> Reply:
    return add_collection(
        errand.store,
        errand.place,
        errand.request.body,
        errand.call.api_version,
        errand.turn,
        errand.now,
        errand.work,
    )


def _found(errand: Errand, *, reading: bool = False) -> tuple[Job, StoredTask]:
    """The task that a call is about, after the request's conditions were met."""
    job = errand.store.job(errand.place)
    task = job.task(errand.call.task or "")
    check_conditions(errand.request.headers, task, reading=reading)
    return job, task


def _get(errand: Errand) -> Reply:
    job, task = _found(errand, reading=True)
    url = errand.url(job.place, task.id)
    view = _selected(task_view(task, url, errand.call.api_version), errand.call)
    body = {"odata.metadata": f"{errand.turn.service}/$metadata#tasks/@Element", **view}
    reply = changed(200, url, task.modified)
    fields = (("Content-Type", JSON), *reply.fields)
    return Reply(200, fields, (msgspec.json.encode(body),))


def _list(errand: Errand) -> Reply:
    job = errand.store.job(errand.place)
    query = dict(errand.call.query)
    keep = _filter(query.get("$filter"))
    size = _page_size(query.get("maxresults"))
    found = [
        job.tasks[key]
        for key in sorted(job.tasks)
        if (errand.skip_token is None or key > errand.skip_token) and keep(job.tasks[key])
    ]
    page = found[:size]
    head = msgspec.json.encode({"odata.metadata": f"{errand.turn.service}/$metadata#tasks"})
    chunks = [head[:-1] + b',"value":[']
    for task in page:
        comma = b"," if len(chunks) > 1 else b""
        view = task_view(task, errand.url(job.place, task.id), errand.call.api_version)
        chunks.append(comma + msgspec.json.encode(_selected(view, errand.call)))
    end = b"]"
    if len(found) > size:
        link = msgspec.json.encode(_next_link(errand, job, page[-1]))
        end += b',"odata.nextLink":' + link
    fields = (
        ("Content-Type", JSON),
        ("Last-Modified", http_of(job.modified)),
        ("ETag", e_tag_of(job.modified)),
    )
    return Reply(200, fields, (*chunks, end + b"}"), streamed=True)


def _next_link(errand: Errand, job: Job, last: StoredTask) -> str:
    """The URL of the next page: after that task, whether or not it is still there."""
    fields = [("api-version", errand.call.api_version), *errand.call.query]
    fields.append(("$skiptoken", key_of(last.id)))
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields)
    return f"{errand.turn.service}{job.place.path}/tasks?{query}"


def _page_size(value: str | None) -> int:
    if value is None:
        return MAX_RESULTS
    name = ("QueryParameterName", "maxresults")
    if not _COUNT.fullmatch(value):
        raise Refusal("InvalidQueryParameterValue", name)
    if not 1 <= int(value) <= MAX_RESULTS:
        raise Refusal("OutOfRangeQueryParameterValue", name)
    return int(value)


def _filter(value: str | None) -> Callable[[StoredTask], bool]:
    """What a filter keeps; of all that OData has, ``state eq`` and ``state ne`` alone."""
    if value is None:
        return lambda _: True
    match = _STATE_FILTER.fullmatch(value)
    if match is None:
        raise Refusal("InvalidQueryParameterValue", ("QueryParameterName", "$filter"))
    equal, state = match[1] == "eq", match[2].lower()
    return lambda task: (task.state == state) is equal


def _selected(view: dict[str, Any], call: Call) -> dict[str, Any]:
    """The members that were asked for: all, or those that ``$select`` names."""
    wanted = dict(call.query).get("$select")
    if wanted is None:
        return view
    names = {name.strip() for name in wanted.split(",")}
    return {name: value for name, value in view.items() if name in names}


def _list_subtasks(errand: Errand) -> Reply:
    """No task runs here, so none has subtasks."""
    job = errand.store.job(errand.place)
    task = job.task(errand.call.task or "")
    body = {"odata.metadata": f"{errand.turn.service}/$metadata#subtasks", "value": []}
    reply = changed(200, errand.url(job.place, task.id), task.modified)
    fields = (("Content-Type", JSON), *reply.fields[1:])
    return Reply(200, fields, (msgspec.json.encode(body),))


def _delete(errand: Errand) -> Reply:
    job, task = _found(errand)
    job.remove(task)
    return Reply(200)


def _update(errand: Errand) -> Reply:
    job, task = _found(errand)
    constraints = check_constraints(errand.request.body, errand.call.api_version, task.api_version)
    name = name_in(task.api_version, TASK, "constraints")
    there = name in read_object(task.body)
    edits = Edits()
    if there:
        edits.members[name] = Edit(None if constraints is None else name, constraints)
    elif constraints is not None:
        edits.added.append((name, constraints))
    body = edited(task.body, edits)
    tick = errand.store.tick(errand.now)
    job.put(msgspec.structs.replace(task, body=body, modified=tick))
    return changed(200, errand.url(job.place, task.id), tick)


def _terminate(errand: Errand) -> Reply:
    job, task = _found(errand)
    if task.state == "completed":
        raise Refusal("TaskCompleted")
    task = job.put(task.moved("completed", errand.store.tick(errand.now)))
    return changed(204, errand.url(job.place, task.id), task.modified)


def _reactivate(errand: Errand) -> Reply:
    """Source: Azure Batch REST, "Task operations": Reactivate."""
    job, task = _found(errand)
    job.refuse_if_closed("disabled")
    if task.state != "completed":
        raise Refusal("TaskNotCompleted")
    if task.exit_code == 0:
        raise Refusal("TaskSucceeded")
    task = job.put(task.moved("active", errand.store.tick(errand.now)))
    return changed(204, errand.url(job.place, task.id), task.modified)


_CALLS: dict[OperationId, Callable[[Errand], Reply]] = {
    OperationId.JOB_ADD: _add_job,
    OperationId.TASK_ADD: _add,
    OperationId.TASK_ADD_COLLECTION: _add_collection,
    OperationId.TASK_DELETE: _delete,
    OperationId.TASK_GET: _get,
    OperationId.TASK_LIST: _list,
    OperationId.TASK_LIST_SUBTASKS: _list_subtasks,
    OperationId.TASK_REACTIVATE: _reactivate,
    OperationId.TASK_TERMINATE: _terminate,
    OperationId.TASK_UPDATE: _update,
}
