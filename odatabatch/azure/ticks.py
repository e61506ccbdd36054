"""Dates of the service: ISO 8601 in JSON, RFC 1123 in header fields, ticks in ETags.

A tick is 100 ns, counted from the year 1. The service documents an ETag as opaque; in all public
recordings it is the ticks of the last modification, in hexadecimal.
"""

from __future__ import annotations

import datetime
import re

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,7})?Z"
)
_HTTP = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_E_TAG = re.compile(r'(?:W/)?"?0x([0-9A-Fa-f]{15,16})"?')
_TICKS_A_SECOND = 10**7
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def http_date(text: str) -> str | None:
    """The date of a header field (RFC 9110 §5.6.7) for one of a JSON text.

    Args:
        text: ISO 8601 in UTC, such as ``2014-04-09T20:21:24.7915519Z``, with 0 to 7 digits of a
            second's fraction. It is rounded down, as the service does.

    Returns:
        Such as ``Wed, 09 Apr 2014 20:21:24 GMT``; None where the text is no such date.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    try:
        date = datetime.datetime(*(int(field) for field in match.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
    return _http(date)


def iso_date(text: str) -> str | None:
    """The date of a JSON text for one of a header field; the inverse of ``http_date``.

    Args:
        text: such as ``Wed, 09 Apr 2014 20:21:24 GMT``.

    Returns:
        Such as ``2014-04-09T20:21:24Z``, in whole seconds; None where the text is no such date.
    """
    match = _HTTP.fullmatch(text)
    if match is None or match[3] not in _MONTHS:
        return None
    fields = (match[4], _MONTHS.index(match[3]) + 1, match[2], match[5], match[6], match[7])
    try:
        date = datetime.datetime(*map(int, fields))  # type: ignore[arg-type]
    except ValueError:
        return None
    return f"{date.isoformat()}Z" if _DAYS[date.weekday()] == match[1] else None


def ticks_date(e_tag: str) -> str | None:
    """The last modification that an ETag tells, where it is the number of its ticks.

    Args:
        e_tag: such as ``0x8D122486A0901FF``.

    Returns:
        Such as ``2014-04-09T20:21:24.7915519Z``, without zeros at the fraction's end as the
        service writes it; None where the ETag is no such number.
    """
    match = _E_TAG.fullmatch(e_tag)
    if match is None:
        return None
    seconds, fraction = divmod(int(match[1], 16), _TICKS_A_SECOND)
    try:
        date = datetime.datetime.min + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return None
    digits = f".{fraction:07}".rstrip("0").rstrip(".")
    return f"{date.isoformat()}{digits}Z"


def recovered(last_modified: str, e_tag: str | None) -> str | None:
    """The date of a header field with the fraction of a second that the ETag beside it tells.

    Args:
        last_modified: such as ``Wed, 09 Apr 2014 20:21:24 GMT``.
        e_tag: the ETag of the same answer.

    Returns:
        As ``ticks_date``, where the two agree to the second; else None.
    """
    date = ticks_date(e_tag) if e_tag is not None else None
    return date if date is not None and http_date(date) == last_modified else None


def _http(date: datetime.datetime) -> str:
    weekday, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return f"{weekday}, {date.day:02} {month} {date.year:04} {date:%H:%M:%S} GMT"
