"""Dates of the service: ISO 8601 in JSON, RFC 1123 in header fields."""

from __future__ import annotations

import datetime
import re

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,7})?Z"
)
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
        year, month, day, hour, minute, second = (int(field) for field in match.groups())
        date = datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    weekday, name = _DAYS[date.weekday()], _MONTHS[month - 1]
    return f"{weekday}, {day:02} {name} {year:04} {hour:02}:{minute:02}:{second:02} GMT"
