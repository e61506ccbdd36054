"""The service's calls: adding jobs, adding, reading and changing tasks.

They are built, recognised, and moved from one api-version to another: the target, and the body as
far as the rules reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_plus

import msgspec

from odatabatch.azure.addresses import OUTER, SERVICE, Location, Service, location
from odatabatch.azure.building import build, query_value, target_of
from odatabatch.azure.calls import (
    OPERATIONS,
    ApiOperation,
    Call,
    OperationId,
    fields_of,
    operation,
    recognise,
    version_of,
)
from odatabatch.azure.envelope import (
    WORK_ITEM,
    check_content,
    check_content_coding,
    check_content_type,
    check_types,
    version_findings,
)
from odatabatch.azure.json_edit import Edit, Edits, edited
from odatabatch.azure.json_text import path_joined, read_object
from odatabatch.azure.members import items_of
from odatabatch.azure.moves import Mover
from odatabatch.azure.notes import Finding, Found, Note, Path, notes_of, path_text, refuse_losses
from odatabatch.azure.plans import Step, plan_of
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import JOB, TASK
from odatabatch.azure.versions import FIRST_COLLECTION, check_version, is_before
from odatabatch.errors import TaskError, TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse

__all__ = [
    "OPERATIONS",
    "ApiOperation",
    "Call",
    "Moved",
    "MovedAnswer",
    "OperationId",
    "build",
    "move",
    "move_answer",
    "operation",
    "recognise",
]

_ANSWER = "answer"
_ADDING = (OperationId.JOB_ADD, OperationId.TASK_ADD, OperationId.TASK_ADD_COLLECTION)
_READING = (OperationId.TASK_GET, OperationId.TASK_LIST)
_WORD = re.compile(r"[A-Za-z]+")
_QUOTED = re.compile(r"'[^']*'")

_UNKNOWN = Finding(
    "unknown_operation",
    "conditional",
    "another api-version is asked for; whether the call is the same there is not known here",
    "Task operations",
)
_PUT_IN_WORK_ITEM = Finding(
    "written",
    "conditional",
    "jobs stood in work items; it was given by the caller",
    "public recordings",
)
_ACTION = Finding(
    "respelled",
    "exact",
    f"before {FIRST_COLLECTION} an action stands in the query",
    "Batch service versioning page",
)
_SIGNED = Finding(
    "left_out",
    "conditional",
    "it signs the request as it was; the new one is signed anew",
    "Authenticate requests to the Azure Batch service",
)
_OF_THE_OLD = Finding(
    "left_out",
    "exact",
    "it speaks of the body as it was sent; the length is written",
    "RFC 9112 §6",
)
_NEXT_LINK = Finding(
    "written", "exact", "the next request is one of the client's as well", "Task operations"
)
_NO_SUCH_NAME = "the answer has no such member; "


class Moved(NamedTuple):
    """A request after the move.

    Attributes:
        request: the request for the other api-version.
        notes: what is not the same, and whether it was lost.
    """

    request: HttpRequest
    notes: tuple[Note, ...]


class MovedAnswer(NamedTuple):
    """An answer after the move; likewise."""

    response: HttpResponse
    notes: tuple[Note, ...]


def move(
    request: HttpRequest,
    api_version: str,
    *,
    strict: bool = False,
    explicit_defaults: bool = True,
    source_version: str | None = None,
    work_item: str | None = None,
) -> Moved:
    """A request of one api-version as one of another.

    A call that is none of ``OPERATIONS`` gets the other api-version in its query, and a note. The
    header fields stay, but for a signature (SharedKey) and what speaks of the old body. A
    collection stays one request.

    Args:
        request: with an absolute target, or with a path and a Host.
        api_version: that of the new request; older, the same, or newer.
        strict: refuse what would be lost.
        explicit_defaults: whether a default that has changed is written out where a task or a job
            leaves it to the service.
        source_version: the request's, where its target names none.
        work_item: the name of the work item that holds the job, plain, for api-versions before
            2015-06-01.2.0.

    Raises:
        TaskError: a body cannot be read or moved; codes as for ``moves.move``.
        TranslationError: as ``recognise`` but for calls that it does not know; no_operation:
            either api-version does not have the call; missing_id, unexpected_id, invalid_id: those
            of ``work_item``; unsupported_content_type, unsupported_content_coding; with ``strict``
            also loss and, as a TaskError, unknown_member.
        TypeError: an argument has the wrong type.
    """
    if not isinstance(request, HttpRequest):
        raise TypeError(f"expected an HttpRequest, got {type(request).__name__}")
    check_types(request, source_version)
    check_version(api_version)
    at = location(request, OUTER)
    found: list[Found] = []
    body = request.body
    call = _known(request, source_version)
    if call is None:
        source = version_of(fields_of(at.query), source_version)
        target = _prefix(request, at) + at.path + _query(at, {"api-version": api_version})
        if source != api_version:
            found.append((OUTER, ("target",), _UNKNOWN))
    else:
        source = call.api_version
        target = _target(request, at, call, api_version, work_item, found)
        if operation(call.operation, api_version).body is not None:
            check_content(request)
            body = _body(call, body, api_version, explicit_defaults, found)
    headers = request.headers
    if (source, target, body) != (api_version, request.target, request.body):
        headers = _headers(request, body, found)
    if strict:
        refuse_losses(found)
    return Moved(request.replace(target=target, headers=headers, body=body), notes_of(found))


def move_answer(
    response: HttpResponse, call: Call, api_version: str, service: str | None = None
) -> MovedAnswer:
    """The answer to a moved request, for the client that sent the request as it was.

    The tasks in answers to ``Task_Get`` and ``Task_List`` are moved as far as rules reach, which
    is what a task is added with; what else the service tells of a task, such as its state, stays.
    Other answers are left as they are.

    Args:
        response: the service's.
        call: what was asked of the service.
        api_version: the client's.
        service: scheme and host that the client knows, where they are not the service's; the link
            to what did not fit goes there.

    Raises:
        TaskError: the body cannot be read.
        TranslationError: unknown_api_version, unsupported_content_type,
            unsupported_content_coding.
    """
    check_version(api_version)
    row = operation(call.operation, call.api_version)
    if call.operation not in _READING or response.status != row.success:
        return MovedAnswer(response, ())
    check_content_type(response.headers.get("Content-Type"), _ANSWER)
    check_content_coding(response.headers, _ANSWER)
    found: list[Found] = []
    mover = Mover(call.api_version, api_version, of="answer")
    if call.operation is OperationId.TASK_GET:
        body = _moved(mover, response.body, (), _ANSWER, found)
    else:
        body = _items(mover, response.body, _ANSWER, found)
        body = _next_link(body, call.api_version, api_version, service, found)
    headers = response.headers
    if "Content-Length" in headers:
        headers = headers.with_field("Content-Length", str(len(body)))
    return MovedAnswer(response.replace(headers=headers, body=body), notes_of(found))


def _known(request: HttpRequest, source_version: str | None) -> Call | None:
    """What a request asks for, or None where that is none of the table's calls."""
    try:
        return recognise(request, source_version)
    except TranslationError as error:
        if error.code != "unsupported_target":
            raise
        return None


def _prefix(request: HttpRequest, at: Location) -> str:
    """What stands before the path."""
    return request.target.partition("?")[0].removesuffix(at.path)


def _query(at: Location, values: dict[str, str], drop: str = "") -> str:
    """A query with other values of some names, or with the names themselves; else as it is."""
    values = dict(values)
    pieces: list[str] = []
    for piece in at.query.split("&") if at.query else ():
        name = piece.partition("=")[0]
        key = unquote_plus(name).lower()
        if key != drop:
            pieces.append(f"{name}={values.pop(key)}" if key in values else piece)
    return "?" + "&".join([*pieces, *(f"{name}={value}" for name, value in values.items())])


def _target(
    request: HttpRequest,
    at: Location,
    call: Call,
    api_version: str,
    work_item: str | None,
    found: list[Found],
) -> str:
    """The target for the other api-version; what changes in it is found."""
    row = operation(call.operation, api_version)
    if work_item is None and "{work_item}" in row.target_in(api_version):
        work_item = call.work_item
    path, _, action = target_of(row, api_version, work_item, call.job, call.task).partition("?")
    was_action = "terminate" in dict(fields_of(at.query))
    if work_item != call.work_item:
        found.append((OUTER, ("target",), WORK_ITEM if call.work_item else _PUT_IN_WORK_ITEM))
    if bool(action) is not was_action:
        found.append((OUTER, ("target",), _ACTION))
    elif work_item == call.work_item:
        path = at.path
    if call.api_version != api_version:
        service = Service(call.service, at.host, None, call.job or "", None, None)
        every = version_findings(service, call.api_version, api_version)
        found += [it for it in every if call.operation in _ADDING or it[1] != ("tasks",)]
    values = {"api-version": api_version, **_renamed(call, api_version, found)}
    query = _query(at, values, drop="terminate")
    return _prefix(request, at) + path + (f"?{action}&{query[1:]}" if action else query)


def _renamed(call: Call, api_version: str, found: list[Found]) -> dict[str, str]:
    """The parameters that name members of a task, where they have to name others."""
    renamed: dict[str, str] = {}
    if call.operation not in _READING:
        return renamed
    steps = plan_of(TASK, call.api_version, api_version).steps
    forward = is_before(call.api_version, api_version)
    for name, value in call.query:
        path = ("target", name)
        names = value.split(",")
        if name == "$select":
            selected = list(_selected(names, steps, forward, path, found))
            if selected != names:
                renamed[name] = query_value(
                    ",".join(selected or [name_in(api_version, TASK, "id")])
                )
        elif name in ("$filter", "$expand"):
            for word in dict.fromkeys(_WORD.findall(_QUOTED.sub("", value))):
                step = steps.get(word)
                if step is not None and step.name != word:
                    rule = step.rules[0]
                    detail = f"it names {word}, which stays, and is another there; {rule.detail}"
                    finding = Finding("service_changed", "conditional", detail, rule.source)
                    found.append((OUTER, path, finding))
    return renamed


def _selected(
    names: list[str], steps: dict[str, Step], forward: bool, path: Path, found: list[Found]
) -> Iterator[str]:
    """The members that a client wants to see, by the names that they have there."""
    for name in names:
        step = steps.get(name.strip())
        if step is None or step.name == name.strip():
            yield name
            continue
        rule = step.rules[0]
        if step.name is not None:
            found.append((OUTER, path, Finding("renamed", "exact", rule.detail, rule.source)))
            yield step.name
        elif rule.change == "replaced":
            effect = rule.effect(forward)
            found.append((OUTER, path, Finding("replaced", effect, rule.detail, rule.source)))
            yield rule.now if forward else rule.was
        else:
            detail = _NO_SUCH_NAME + rule.detail
            found.append((OUTER, path, Finding("left_out", "lost", detail, rule.source)))


def _body(
    call: Call, body: bytes, api_version: str, explicit_defaults: bool, found: list[Found]
) -> bytes:
    """The body of a call for the other api-version; what changes in it is found."""
    source = call.api_version
    if call.operation is OperationId.JOB_ADD:
        mover = Mover(source, api_version, explicit_defaults, root=JOB)
        return _moved(mover, body, (), OUTER, found)
    if call.operation is OperationId.TASK_UPDATE:
        mover = Mover(source, api_version, explicit_defaults, of="part")
        return _moved(mover, body, (), OUTER, found)
    mover = Mover(source, api_version, explicit_defaults)
    if call.operation is OperationId.TASK_ADD:
        return _moved(mover, body, (), OUTER, found)
    return _items(mover, body, OUTER, found)


def _moved(mover: Mover, text: bytes, path: Path, part: str, found: list[Found]) -> bytes:
    """One object after the move."""
    try:
        moved = mover.move(text)
    except TaskError as error:
        error.part = part
        error.path = path_joined(path_text("", path), error.path)
        raise
    found += [(part, ("body", *path, *steps), finding) for steps, finding in moved.findings]
    return moved.raw


def _items(mover: Mover, body: bytes, part: str, found: list[Found]) -> bytes:
    """A collection, or a list, of tasks after the move; it keeps its bytes where they all do."""
    try:
        tasks = list(items_of(read_object(body), "value"))
    except TaskError as error:
        error.part = part
        raise
    raws = [bytes(raw) for raw in msgspec.json.decode(body, type=_RawItems).value] if tasks else []
    moved = [_moved(mover, raw, ("value", index), part, found) for index, raw in enumerate(raws)]
    if moved == raws:
        return body
    return edited(body, Edits({"value": Edit("value", b"[%s]" % b",".join(moved))}))


class _RawItems(msgspec.Struct):
    value: list[msgspec.Raw]


def _next_link(
    body: bytes, source: str, target: str, service: str | None, found: list[Found]
) -> bytes:
    """The body of a list in which the link to the next part asks as the client did."""
    name = "odata.nextLink"
    link = read_object(body).get(name)
    if not isinstance(link, str):
        return body
    ours = link.replace(f"api-version={source}", f"api-version={target}")
    if service is not None:
        ours = SERVICE.sub(lambda _: service, ours, count=1)
    if ours == link:
        return body
    found.append((_ANSWER, ("body", name), _NEXT_LINK))
    return edited(body, Edits({name: Edit(name, msgspec.json.encode(ours))}))


def _headers(request: HttpRequest, body: bytes, found: list[Found]) -> Headers:
    """The header fields of a request that has changed."""
    gone = {"transfer-encoding"} & {name.lower() for name in request.headers.names}
    authorization = request.headers.get("Authorization", "")
    if authorization.lower().startswith("sharedkey"):
        gone.add("authorization")
    if body != request.body:
        gone.add("content-md5")
    for name in request.headers.names:
        if name.lower() in gone:
            finding = _SIGNED if name.lower() == "authorization" else _OF_THE_OLD
            found.append((OUTER, ("headers", name), finding))
    headers = request.headers.without(*gone)
    if "Content-Length" in headers or "transfer-encoding" in gone:
        headers = headers.with_field("Content-Length", str(len(body)))
    return headers
