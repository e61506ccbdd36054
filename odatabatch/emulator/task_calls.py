"""The calls about single tasks, and their list.

Source: Azure Batch REST, "Task operations"; the Batch service's swagger.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import msgspec

from odatabatch.azure.collection import key_of
from odatabatch.azure.content import ANSWER_CONTENT_TYPE
from odatabatch.azure.json_edit import Edit, Edits, edited
from odatabatch.azure.json_text import read_object
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import TASK
from odatabatch.emulator.adding import add_task
from odatabatch.emulator.checks import check_constraints
from odatabatch.emulator.conditions import check_conditions
from odatabatch.emulator.errands import Errand
from odatabatch.emulator.refusals import Refusal
from odatabatch.emulator.replies import Reply, changed, shown, unchanged
from odatabatch.emulator.store import Job, StoredTask, e_tag_of, http_of
from odatabatch.emulator.views import selected, task_view

MAX_RESULTS = 1000
"""Tasks on one page of a list. Source: the Batch service's swagger."""

_COUNT = re.compile(r"[0-9]{1,9}")
_STATE_FILTER = re.compile(r" *state +(eq|ne) +'([A-Za-z]+)' *")
_PAGE_AFTER = "$skiptoken"


def add(errand: Errand) -> Reply:
    """201 and the task's URL."""
    version = errand.call.api_version
    task = add_task(errand.store, errand.place, errand.request.body, version, errand.now)
    return changed(201, errand.url(errand.place, task.id), task.modified, located=True)


def get(errand: Errand) -> Reply:
    """The task as the api-version shows it."""
    job = errand.store.job(errand.place)
    task = job.task(errand.call.task or "")
    if check_conditions(errand.request.headers, task.modified, reading=True):
        return unchanged(task.modified)
    url = errand.url(job.place, task.id)
    view = selected(task_view(task, url, errand.call.api_version), errand.call)
    return shown(f"{errand.identity.service}/$metadata#tasks/@Element", view, url, task.modified)


def list_tasks(errand: Errand) -> Reply:
    """The tasks in the order of their ids, a chunk each."""
    job = errand.store.job(errand.place)
    query = dict(errand.call.query)
    keep = _filter(query.get("$filter"))
    size = _page_size(query.get("maxresults"))
    after = query.get(_PAGE_AFTER, "")
    found = [job.tasks[key] for key in sorted(job.tasks) if key > after and keep(job.tasks[key])]
    page = found[:size]
    head = msgspec.json.encode({"odata.metadata": f"{errand.identity.service}/$metadata#tasks"})
    chunks = [head[:-1] + b',"value":[']
    for task in page:
        comma = b"," if len(chunks) > 1 else b""
        view = task_view(task, errand.url(job.place, task.id), errand.call.api_version)
        chunks.append(comma + msgspec.json.encode(selected(view, errand.call)))
    end = b"]"
    if len(found) > size:
        link = msgspec.json.encode(_next_link(errand, job, page[-1]))
        end += b',"odata.nextLink":' + link
    fields = (
        ("Content-Type", ANSWER_CONTENT_TYPE),
        ("Last-Modified", http_of(job.modified)),
        ("ETag", e_tag_of(job.modified)),
    )
    return Reply(200, fields, (*chunks, end + b"}"), streamed=True)


def _next_link(errand: Errand, job: Job, last: StoredTask) -> str:
    """The URL of the next page: after that task, whether or not it is still there."""
    values = {"api-version": errand.call.api_version, **dict(errand.call.query)}
    values[_PAGE_AFTER] = key_of(last.id)
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())
    return f"{errand.identity.service}{job.place.path}/tasks?{query}"


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


def list_subtasks(errand: Errand) -> Reply:
    """No task runs here, so none has subtasks."""
    job = errand.store.job(errand.place)
    task = job.task(errand.call.task or "")
    body = {"odata.metadata": f"{errand.identity.service}/$metadata#subtasks", "value": []}
    reply = changed(200, errand.url(job.place, task.id), task.modified)
    fields = (("Content-Type", ANSWER_CONTENT_TYPE), *reply.fields[1:])
    return Reply(200, fields, (msgspec.json.encode(body),))


def _found(errand: Errand) -> tuple[Job, StoredTask]:
    """The task that is to be changed, and its job; the request's conditions are met."""
    job = errand.store.job(errand.place)
    task = job.task(errand.call.task or "")
    check_conditions(errand.request.headers, task.modified, reading=False)
    return job, task


def delete(errand: Errand) -> Reply:
    """The task is gone at once."""
    job, task = _found(errand)
    job.remove(task)
    return Reply(200)


def update(errand: Errand) -> Reply:
    """Other constraints, or the defaults."""
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


def terminate(errand: Errand) -> Reply:
    """The task has completed."""
    job, task = _found(errand)
    if task.state == "completed":
        raise Refusal("TaskCompleted")
    task = job.put(task.moved("completed", errand.store.tick(errand.now)))
    return changed(204, errand.url(job.place, task.id), task.modified)


def reactivate(errand: Errand) -> Reply:
    """The task is active again, unless it succeeded or its job is closed."""
    job, task = _found(errand)
    job.refuse_if_closed("disabled")
    if task.state != "completed":
        raise Refusal("TaskNotCompleted")
    if task.exit_code == 0:
        raise Refusal("TaskSucceeded")
    task = job.put(task.moved("active", errand.store.tick(errand.now)))
    return changed(204, errand.url(job.place, task.id), task.modified)
