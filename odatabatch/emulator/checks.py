"""Bodies of requests, checked: what ``azure.validate`` finds, as the service's error codes."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from odatabatch.azure.collection import MAX_BODY_BYTES
from odatabatch.azure.content import check_json_content
from odatabatch.azure.json_text import is_annotation, read_object
from odatabatch.azure.moves import Mover
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import TASK
from odatabatch.azure.validation import task_faults
from odatabatch.emulator.refusals import Refusal, refusal_of
from odatabatch.errors import TaskError, TranslationError
from odatabatch.http_message import HttpRequest

# What our codes of faults are to the service, where they are no bad values; those of a text that
# cannot be read are the rest.
_CODE_OF_FAULT = {
    "missing_member": "MissingRequiredProperty",
    "unknown_member": "UnsupportedProperty",
    "dependency_list_too_long": "TaskDependencyListTooLong",
}
_BAD_VALUES = frozenset(
    (
        "out_of_range",
        "unknown_value",
        "too_long",
        "invalid_id",
        "invalid_duration",
        "invalid_file_mode",
        "user_conflict",
        "missing_user",
        "source_count",
    )
)

# Errors name the member alone, as recorded, and not where it stands.
_LAST_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[0-9]+\])*\Z")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]")

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def check_body(request: HttpRequest) -> None:
    """Refuse a body that is too large, or not said to be JSON in UTF-8."""
    if len(request.body) > MAX_BODY_BYTES:
        raise Refusal("RequestBodyTooLarge", ("MaxLimit", str(MAX_BODY_BYTES)))
    try:
        check_json_content(request)
    except TranslationError as error:
        raise refusal_of(error) from None


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a body."""
    try:
        return read_object(body)
    except TaskError as error:
        raise unreadable(error) from None


def unreadable(error: TaskError) -> Refusal:
    """The refusal of a JSON text that cannot be read, or lacks what it cannot do without."""
    return refused_value(error.code, error.path or "", error.message)


def check_task(body: bytes, api_version: str) -> tuple[str, bytes]:
    """The id of a task, and its JSON text without annotations.

    Members that the version does not have are refused from 2015-12-01.2.2 on; before, nobody knows
    which it had.
    """
    for fault in task_faults(body, "", api_version, strict=True):
        raise refused_value(fault.code, fault.path, fault.detail)
    try:
        moved = Mover(api_version, api_version, annotated=False).move(body)
    except TaskError as error:  # a member that no version knows, nested as deep as JSON may be
        raise unreadable(error) from None
    _check_urls(moved.raw, api_version)
    return moved.id, moved.raw


def _check_urls(body: bytes, api_version: str) -> None:
    """Refuse what is no URL where a resource file needs one, in the words of the recording.

    Source: a recording of 2018-12-01.8.0, the one known result with an error.
    """
    name = name_in(api_version, "ResourceFile", "httpUrl")
    for file in read_object(body).get("resourceFiles") or ():
        url = file.get(name)
        if url is not None and not _URL.match(url):
            said = name[:1].upper() + name[1:]
            raise Refusal(
                "InvalidPropertyValue",
                ("PropertyName", name),
                ("PropertyValue", url),
                ("Reason", f"The specified {said} is not a valid URI"),
            )


def check_constraints(body: bytes, api_version: str, target: str) -> bytes | None:
    """The constraints in the body of an update, written for another api-version.

    Returns:
        Their JSON text; None where there are none. A default that is another in ``target`` is
        written out.
    """
    whole = read_body(body)
    name = name_in(api_version, TASK, "constraints")
    # azure-batch 15 sends what it has read, and with it the annotation of that answer.
    unknown = [other for other in whole if other != name and not is_annotation(other)]
    if unknown:
        raise refused_value(
            "unknown_member", unknown[0], "expected constraints and nothing beside them"
        )
    # The least task that has them: so they are checked, and moved, as those of a new task.
    task = {name_in(api_version, TASK, "id"): b'"t"', "commandLine": b'"c"'}
    task |= {key: bytes(text) for key, text in _members(body).items()}
    text = msgspec.json.encode({key: msgspec.Raw(value) for key, value in task.items()})
    check_task(text, api_version)
    moved = _members(Mover(api_version, target).move(text).raw)
    constraints = moved.get(name_in(target, TASK, "constraints"))
    return None if constraints is None else bytes(constraints)


def refused_value(code: str, path: str, detail: str) -> Refusal:
    """The refusal for a fault that ``azure.validate`` has found."""
    bad_value = "InvalidPropertyValue" if code in _BAD_VALUES else "InvalidRequestBody"
    match = _LAST_NAME.search(path)
    name = ("PropertyName", path if match is None else match[1])
    reason = ("Reason", detail)
    return Refusal(_CODE_OF_FAULT.get(code, bad_value), *([name, reason] if path else [reason]))
