"""Conditional header fields, held against a task (RFC 9110 §13.1)."""

from __future__ import annotations

from odatabatch.azure.ticks import iso_date
from odatabatch.emulator.refusals import Refusal
from odatabatch.emulator.store import StoredTask, iso_of
from odatabatch.headers import Headers

_NAMES = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
# No more than one, or one of these pairs. Source: Batch Service, conditional headers.
_PAIRS = ({"If-Match", "If-Unmodified-Since"}, {"If-None-Match", "If-Modified-Since"})


def check_conditions(headers: Headers, task: StoredTask, *, reading: bool) -> None:
    """Refuse a call whose conditions the task does not meet.

    Args:
        headers: of the request.
        task: as it is.
        reading: whether the call only reads, so that what is unchanged is a 304.

    Raises:
        Refusal: ConditionNotMet, with 304 or 412; MultipleConditionHeadersNotSupported;
            InvalidHeaderValue: a date that is none.
    """
    given = {name: headers.get(name) for name in _NAMES}
    found = {name: value for name, value in given.items() if value is not None}
    if len(found) > 1 and found.keys() not in _PAIRS:
        raise Refusal("MultipleConditionHeadersNotSupported")
    for name, value in found.items():
        if name.endswith("Match"):
            holds = _matches(value, task) is (name == "If-Match")
        else:
            holds = _later(name, value, task) is (name == "If-Modified-Since")
        if not holds:
            unchanged = reading and name in ("If-None-Match", "If-Modified-Since")
            raise Refusal("ConditionNotMet", status=304 if unchanged else 412)


def _matches(value: str, task: StoredTask) -> bool:
    """Whether the task's ETag is among them. The service writes it without quotes."""
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in value.split(",")]
    return "*" in tags or task.e_tag in tags


def _later(name: str, value: str, task: StoredTask) -> bool:
    """Whether the task was changed after that date, to the second."""
    date = iso_date(value)
    if date is None:
        raise Refusal("InvalidHeaderValue", ("HeaderName", name))
    return iso_of(task.modified)[:19] > date[:19]
