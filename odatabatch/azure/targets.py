"""Targets of calls, in requests and in links, moved from one api-version to another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from odatabatch.azure.addresses import OUTER, Location, Service, location
from odatabatch.azure.building import query_value, target_of
from odatabatch.azure.calls import Call, OperationId, fields_of, operation, recognise
from odatabatch.azure.envelope import WORK_ITEM, version_findings
from odatabatch.azure.notes import Finding, Found, Path
from odatabatch.azure.plans import Step, plan_of
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import TASK
from odatabatch.azure.versions import FIRST_COLLECTION, is_before
from odatabatch.errors import TranslationError
from odatabatch.http_message import HttpRequest

READING = (OperationId.TASK_GET, OperationId.TASK_LIST)
"""The calls whose answers have tasks in them, and whose queries name members of tasks."""

_ADDING = (OperationId.JOB_ADD, OperationId.TASK_ADD, OperationId.TASK_ADD_COLLECTION)
_WORD = re.compile(r"[A-Za-z]+")
_QUOTED = re.compile(r"'[^']*'")

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
_STEPS = Finding(
    "service_changed",
    "conditional",
    "names below a selected member stay, and some of them are others there",
    "Batch service swagger",
)
_NO_SUCH_NAME = "the answer has no such member; "


def with_version(request: HttpRequest, at: Location, api_version: str) -> str:
    """The target of a request, asking for another api-version; else as it is."""
    return _prefix(request, at) + at.path + _query(at, {"api-version": api_version})


def moved_target(
    request: HttpRequest, call: Call, api_version: str, work_item: str | None, found: list[Found]
) -> str:
    """The target of a call for another api-version; what changes in it is found.

    Args:
        request: with the target as it is.
        call: what it asks for.
        api_version: the other.
        work_item: as for ``operations.move``.
        found: what was found goes here.

    Raises:
        TranslationError: no_operation, missing_id, unexpected_id, invalid_id, unsupported_query,
            work_item_conflict.
    """
    at = location(request, OUTER)
    row = operation(call.operation, api_version)
    if "{work_item}" in row.target_in(api_version) and call.work_item is not None:
        if work_item is not None and work_item.lower() != call.work_item.lower():
            message = "expected the work item that the target names, got another as an argument"
            raise TranslationError("work_item_conflict", message, part=OUTER)
        work_item = call.work_item
    path, _, action = target_of(row, api_version, work_item, call.job, call.task).partition("?")
    was_action = "terminate" in dict(fields_of(at.query))
    if work_item != call.work_item:
        found.append((OUTER, ("target",), WORK_ITEM if call.work_item else _PUT_IN_WORK_ITEM))
    if bool(action) is not was_action:
        found.append((OUTER, ("target",), _ACTION))
    elif work_item == call.work_item:
        path = at.path
    service = Service(call.service, at.host, None, call.job or "", None, None)
    every = version_findings(service, call.api_version, api_version)
    found += [it for it in every if call.operation in _ADDING or it[1] != ("tasks",)]
    values = {"api-version": api_version, **_renamed(call, api_version, found)}
    query = _query(at, values, drop="terminate")
    return _prefix(request, at) + path + (f"?{action}&{query[1:]}" if action else query)


def moved_url(url: str, source: str, api_version: str, work_item: str | None) -> str:
    """The URL of a task, or of more tasks, for another api-version; a query only if it has one.

    Args:
        url: as the service of the one api-version wrote it.
        source: that api-version.
        api_version: the other.
        work_item: the work item that holds the job, plain, where the other has work items.

    Raises:
        TranslationError: it is no such URL, or has no counterpart.
    """
    request = HttpRequest("GET", url)
    moved = moved_target(request, recognise(request, source), api_version, work_item, [])
    return moved if "?" in url else moved.partition("?")[0]


def _prefix(request: HttpRequest, at: Location) -> str:
    """What stands before the path."""
    return request.target.partition("?")[0].removesuffix(at.path)


def _query(at: Location, values: dict[str, str], drop: str | None = None) -> str:
    """A query with other values of some names, or with the names themselves; else as it is."""
    values = dict(values)
    pieces: list[str] = []
    for piece in at.query.split("&") if at.query else ():
        name = piece.partition("=")[0]
        key = unquote_plus(name).lower()
        if key != drop:
            pieces.append(f"{name}={values.pop(key)}" if key in values else piece)
    return "?" + "&".join([*pieces, *(f"{name}={value}" for name, value in values.items())])


def _renamed(call: Call, api_version: str, found: list[Found]) -> dict[str, str]:
    """The parameters that name members of a task, where they have to name others."""
    renamed: dict[str, str] = {}
    if call.operation not in READING:
        return renamed
    steps = plan_of(TASK, call.api_version, api_version).steps
    forward = is_before(call.api_version, api_version)
    for name, value in call.query:
        path = ("target", name)
        names = value.split(",")
        if name == "$select":
            # A comma too many says nothing; but where nothing is selected, all is.
            names = [name for name in names if name.strip()]
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
        first, slash, below = name.strip().partition("/")
        step = steps.get(first)
        if below and step is not None and step.inside is not None and step.inside.active:
            found.append((OUTER, path, _STEPS))
        if step is None or step.name == first:
            yield name
            continue
        rule = step.rules[0]
        if step.name is not None:
            found.append((OUTER, path, Finding("renamed", "exact", rule.detail, rule.source)))
            yield step.name + slash + below
        elif rule.change == "replaced":
            effect = rule.effect(forward)
            told = rule.told(forward)
            found.append((OUTER, path, Finding("replaced", effect, told, rule.source)))
            yield rule.now if forward else rule.was
        else:
            detail = _NO_SUCH_NAME + rule.detail
            found.append((OUTER, path, Finding("left_out", "lost", detail, rule.source)))
