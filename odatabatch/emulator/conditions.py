"""Conditional header fields, held against a task or a job (RFC 9110 §13.1)."""

from __future__ import annotations

from odatabatch.azure.ticks import iso_date
from odatabatch.emulator.refusals import Refusal
from odatabatch.emulator.store import e_tag_of, iso_of
from odatabatch.headers import Headers

_NAMES = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
# No more than one, or one of these pairs, of which the date is not looked at. Source: Batch
# Service, conditional headers; RFC 9110 §13.1.3, §13.1.4.
_PAIRS = {"If-Match": "If-Unmodified-Since", "If-None-Match": "If-Modified-Since"}


def check_conditions(headers: Headers, modified: int, *, reading: bool) -> bool:
    """Refuse a call whose conditions are not met.

    Args:
        headers: of the request.
        modified: the tick of the last change of what it is about.
        reading: whether the call only reads.

    Returns:
        Whether it reads what is unchanged, so that the answer is a 304.

    Raises:
        Refusal: ConditionNotMet; MultipleConditionHeadersNotSupported; InvalidHeaderValue: a date
            that is none.
    """
    given = {name: headers.get(name) for name in _NAMES}
    found = {name: value for name, value in given.items() if value is not None}
    for name, date in _PAIRS.items():
        if name in found:
            found.pop(date, None)
    if len(found) > 1:
        raise Refusal("MultipleConditionHeadersNotSupported")
    for name, value in found.items():
        if name.endswith("Match"):
            holds = _matches(value, modified) is (name == "If-Match")
        else:
            holds = _later(name, value, modified) is (name == "If-Modified-Since")
        if not holds:
            if reading and name in ("If-None-Match", "If-Modified-Since"):
                return True
            raise Refusal("ConditionNotMet")
    return False


def _matches(value: str, modified: int) -> bool:
    """Whether the ETag of that tick is among them. The service writes it without quotes."""
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in value.split(",")]
    return "*" in tags or e_tag_of(modified) in tags


def _later(name: str, value: str, modified: int) -> bool:
    """Whether the change was after that date, to the second."""
    date = iso_date(value)
    if date is None:
        raise Refusal("InvalidHeaderValue", ("HeaderName", name))
    return iso_of(modified)[:19] > date[:19]
