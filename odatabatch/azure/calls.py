"""The calls that add jobs and add, read and change tasks: a table of them, and requests read by it.

Source: the Batch service's swagger and its versioning page; Azure Batch REST, "Task operations".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote

from odatabatch.azure.addresses import OUTER, TIMEOUT, is_id, location, settled_version
from odatabatch.azure.envelope import check_types
from odatabatch.azure.versions import (
    FIRST_COLLECTION,
    FIRST_JOBS,
    UNSEEN,
    VERSIONS,
    check_version,
    is_before,
)
from odatabatch.errors import TranslationError
from odatabatch.http_message import HttpRequest

Body = Literal["job", "task", "collection", "update"]
"""What a body is: a job, a task, the tasks of a collection, or the new constraints of a task."""


class OperationId(StrEnum):
    """The calls, by the operation ids of the service's swagger."""

    JOB_ADD = "Job_Add"
    TASK_ADD = "Task_Add"
    TASK_ADD_COLLECTION = "Task_AddCollection"
    TASK_DELETE = "Task_Delete"
    TASK_GET = "Task_Get"
    TASK_LIST = "Task_List"
    TASK_LIST_SUBTASKS = "Task_ListSubtasks"
    TASK_REACTIVATE = "Task_Reactivate"
    TASK_TERMINATE = "Task_Terminate"
    TASK_UPDATE = "Task_Update"


class ApiOperation(NamedTuple):
    """One call.

    Attributes:
        id: its operation id.
        method: of its requests.
        path: the path of their targets since jobs stand in the account; ids stand in braces.
        success: the status of an answer that is no error.
        since: the first api-version that has it.
        query: the parameters that it takes beside ``api-version``, which it needs, and
            ``timeout``.
        conditional: whether it takes the conditional header fields, such as If-Match.
        body: what its body is, or None where it has none.
    """

    id: OperationId
    method: str
    path: str
    success: int
    since: str
    query: tuple[str, ...] = ()
    conditional: bool = False
    body: Body | None = None

    def target_in(self, api_version: str) -> str:
        """The path in an api-version, with the query where that says the action."""
        path = self.path
        if is_before(api_version, FIRST_JOBS):
            path = f"/workitems/{{work_item}}{path}"
        if self.id is OperationId.TASK_TERMINATE and is_before(api_version, FIRST_ACTION_PATHS):
            path = path.replace("/terminate", "?terminate")
        return path


FIRST_ACTION_PATHS = "2015-12-01.2.2"
"""From here on an action is the end of a path, before it is written ``?terminate``.

The versioning page says so of 2016-02-01.3.0 only, but the swagger of this version has the path
already. The path is built, since clients are made of swaggers; both are recognised.
"""

_OLD = VERSIONS[0]
_JOB = "/jobs/{job}"
_TASKS = f"{_JOB}/tasks"
_TASK = f"{_TASKS}/{{task}}"
_LISTED = ("$filter", "$select", "$expand", "maxresults")

OPERATIONS: tuple[ApiOperation, ...] = (
    ApiOperation(OperationId.JOB_ADD, "POST", "/jobs", 201, FIRST_JOBS, body="job"),
    ApiOperation(OperationId.TASK_ADD, "POST", _TASKS, 201, _OLD, body="task"),
    ApiOperation(
        OperationId.TASK_ADD_COLLECTION, "POST", f"{_JOB}/addtaskcollection", 200,
        FIRST_COLLECTION, body="collection",
    ),
    ApiOperation(OperationId.TASK_DELETE, "DELETE", _TASK, 200, _OLD, conditional=True),
    ApiOperation(
        OperationId.TASK_GET, "GET", _TASK, 200, _OLD, ("$select", "$expand"), conditional=True
    ),
    ApiOperation(OperationId.TASK_LIST, "GET", _TASKS, 200, _OLD, _LISTED),
    ApiOperation(
        OperationId.TASK_LIST_SUBTASKS, "GET", f"{_TASK}/subtasksinfo", 200, "2015-11-01.2.1",
        ("$select",),
    ),
    ApiOperation(
        OperationId.TASK_REACTIVATE, "POST", f"{_TASK}/reactivate", 204, "2016-07-01.3.1",
        conditional=True,
    ),
    ApiOperation(
        OperationId.TASK_TERMINATE, "POST", f"{_TASK}/terminate", 204, _OLD, conditional=True
    ),
    ApiOperation(OperationId.TASK_UPDATE, "PUT", _TASK, 200, _OLD, conditional=True, body="update"),
)  # fmt: skip
"""All of them; what holds in one api-version alone is in ``operation``."""

_ROWS = {row.id: row for row in OPERATIONS}
_WORK_ITEM = re.compile(r"/?workitems/([^/]+)(/jobs(?:/.*)?)")


class Call(NamedTuple):
    """What a request asks for, but for its header fields and its body.

    Attributes:
        operation: which call it is.
        api_version: of the request.
        service: scheme and host, such as ``https://account.region.batch.azure.com``; empty where
            no host is known.
        work_item: the name of the work item that holds the job, in api-versions before
            2015-06-01.2.0; else None. It is percent-decoded, as are the ids.
        job: the job's id, or None.
        task: the task's id, or None.
        query: names, as the documents spell them, and values, percent-decoded, of the other
            parameters, in their order.
        timeout: in seconds, or None.
    """

    operation: OperationId
    api_version: str
    service: str = ""
    work_item: str | None = None
    job: str | None = None
    task: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    timeout: int | None = None

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        # Queries may hold what is not for logs: names do not, nor do ids, as in a target's path.
        yield "operation", str(self.operation)
        yield "api_version", self.api_version
        for name in ("work_item", "job", "task"):
            if getattr(self, name) is not None:
                yield name, getattr(self, name)
        yield "query", [name for name, _ in self.query]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"Call({shown})"


def operation(operation_id: OperationId, api_version: str) -> ApiOperation:
    """The row of a call, which the api-version has.

    Args:
        operation_id: which; a text such as ``Task_Add`` will do.
        api_version: a public one.

    Raises:
        TranslationError: no_operation, unknown_api_version.
        ValueError: it is no operation's id.
    """
    check_version(api_version)
    row = _ROWS[OperationId(operation_id)]
    if is_before(api_version, row.since):
        message = f"expected an api-version with {row.id}: {row.since} or later"
        source = "Batch service versioning page"
        raise TranslationError("no_operation", message, part=OUTER, source=source)
    return row


def recognise(request: HttpRequest, source_version: str | None = None) -> Call:
    """What a request asks for.

    Args:
        request: with an absolute target, or with a path and a Host.
        source_version: its api-version, where its target names none.

    Raises:
        TranslationError: unsupported_target: it is none of these calls, or not of its api-version;
            unsupported_query, missing_api_version, unknown_api_version, api_version_conflict,
            no_operation, host_conflict.
        TypeError: an argument has the wrong type.
    """
    if not isinstance(request, HttpRequest):
        raise TypeError(f"expected an HttpRequest, got {type(request).__name__}")
    call = find(request, source_version)
    if call is None:
        raise _unsupported_target("a call that adds a job, or one for its tasks")
    return call


def find(request: HttpRequest, source_version: str | None = None) -> Call | None:
    """What a request asks for, or None where it is none of these calls.

    A request that means one of them, but not as its api-version has it, is an error: to take it
    for another call would be to leave its body as it is.

    Args:
        request: as for ``recognise``.
        source_version: likewise.

    Raises:
        TranslationError: as ``recognise``.
        TypeError: likewise.
    """
    check_types(request, source_version)
    at = location(request, OUTER)
    fields = fields_of(at.query)
    api_version = version_of(fields, source_version)
    fields = [field for field in fields if field[0] != "api-version"]
    path = at.path
    row = _row_of(request.method, path)
    if request.method == "POST" and ("terminate", "") in fields:
        ended = _row_of("POST", f"{path}/terminate")
        if ended is not None:
            if not is_before(api_version, FIRST_COLLECTION):
                raise unsupported_query("an action at the end of the path")
            fields.remove(("terminate", ""))
            row, path = ended, f"{path}/terminate"
    elif row is _ROWS[OperationId.TASK_TERMINATE] and is_before(api_version, FIRST_ACTION_PATHS):
        raise _unsupported_target("an action in the query, as of the api-version")
    if row is None:
        return None
    ids = _ids_in(path, row, api_version)
    operation(row.id, api_version)
    query, timeout = parameters_of(row, fields)
    return Call(row.id, api_version, at.service, *ids, query, timeout)


def fields_of(query: str) -> list[tuple[str, str]]:
    """The names in a query, in lower case, and their values, percent-decoded."""
    return [(name.lower(), value) for name, value in parse_qsl(query, keep_blank_values=True)]


def version_of(fields: list[tuple[str, str]], given: str | None) -> str:
    """The api-version that a query names, else the one given.

    Raises:
        TranslationError: unsupported_query, missing_api_version, unknown_api_version,
            api_version_conflict.
    """
    named = [value for name, value in fields if name == "api-version"]
    if len(named) > 1:
        raise unsupported_query("at most one api-version")
    for api_version in named:
        check_version(api_version, OUTER)
    return settled_version(named[0] if named else None, given)


def _row_of(method: str, path: str) -> ApiOperation | None:
    """The row that a method and a path mean, in any era, case and encoding; None where none is.

    Services may take a path in another case, or with a slash too many; whoever reads one strictly
    here has to know which call it may be there.
    """
    segments = [unquote(segment).lower() for segment in path.strip("/").split("/")]
    # An empty segment is an id that is missing, or a slash too many.
    for read in (segments, [segment for segment in segments if segment]):
        below = read[2:] if read[:1] == ["workitems"] else read
        for row in OPERATIONS:
            names = row.path[1:].split("/")
            if row.method == method and len(names) == len(below):
                pairs = zip(names, below, strict=True)
                if all(name == segment or name[0] == "{" for name, segment in pairs):
                    return row
    return None


def _ids_in(
    path: str, row: ApiOperation, api_version: str
) -> tuple[str | None, str | None, str | None]:
    """The work item, the job and the task that a path names, which has to be the row's."""
    work_item = None
    match = _WORK_ITEM.fullmatch(path)
    if match is not None:
        work_item, path = match.groups()
    early = is_before(api_version, FIRST_JOBS)
    # Of a version that nobody has seen, both are read.
    of_era = api_version == UNSEEN or early is (work_item is not None)
    if not (work_item is None if row.id is OperationId.JOB_ADD else of_era):
        where = "in a work item" if early else "in the account"
        raise _unsupported_target(f"a job {where}, as of the api-version")
    names, segments = row.path[1:].split("/"), path.removeprefix("/").split("/")
    ids: dict[str, str] = {}
    for name, segment in zip_longest(names, segments, fillvalue=""):
        if name[:1] == "{":
            ids[name[1:-1]] = _plain(segment)
        elif name != segment or name == "":
            raise _unsupported_target("a path spelled as the documents do")
    return work_item and _plain(work_item), ids.get("job"), ids.get("task")


def _plain(segment: str) -> str:
    if not is_id(segment):
        raise _unsupported_target("ids in UTF-8 that can stand in a path")
    return unquote(segment)


def _unsupported_target(expected: str) -> TranslationError:
    return TranslationError("unsupported_target", f"expected {expected}, got another", part=OUTER)


def parameters_of(
    row: ApiOperation, fields: list[tuple[str, str]]
) -> tuple[tuple[tuple[str, str], ...], int | None]:
    """The parameters of a query beside the api-version, and the timeout."""
    parameters = dict(fields)
    known = {*row.query, "timeout"}
    if "maxresults" in known:
        known.add("$skiptoken")  # of the links that the service gives to what did not fit
    if len(parameters) != len(fields) or not parameters.keys() <= known:
        raise unsupported_query(f"each of {', '.join(sorted(known))} once at most")
    timeout = parameters.pop("timeout", None)
    if timeout is not None and not TIMEOUT.fullmatch(timeout):
        raise unsupported_query("a timeout in seconds")
    return tuple(parameters.items()), timeout if timeout is None else int(timeout)


def check_text(value: object, what: str) -> None:
    """Refuse what is neither text nor None.

    Raises:
        TypeError: it is neither.
    """
    if not isinstance(value, str | None):
        raise TypeError(f"expected {what} as str, got {type(value).__name__}")


def unsupported_query(expected: str) -> TranslationError:
    """The error for a query that is another than expected."""
    message = f"expected {expected} in a query, got another"
    return TranslationError("unsupported_query", message, part=OUTER)
