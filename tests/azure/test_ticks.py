"""Dates from JSON to header fields."""

from __future__ import annotations

import datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure.ticks import http_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2014-04-09T20:21:24.7915519Z", "Wed, 09 Apr 2014 20:21:24 GMT"),
        ("2014-04-09T20:21:24Z", "Wed, 09 Apr 2014 20:21:24 GMT"),
        ("2016-12-31T23:59:59.9999999Z", "Sat, 31 Dec 2016 23:59:59 GMT"),
        ("0001-01-01T00:00:00.0Z", "Mon, 01 Jan 0001 00:00:00 GMT"),
    ],
)
def test_rounds_down(text: str, date: str) -> None:
    """The service rounds down, never up."""
    assert http_date(text) == date


@given(st.datetimes(min_value=datetime.datetime(1900, 1, 1)), st.integers(0, 7))
def test_as_the_standard_library(date: datetime.datetime, digits: int) -> None:
    """RFC 9110 §5.6.7: as ``email.utils`` writes it, with 0 to 7 digits of a fraction."""
    fraction = f".{date.microsecond:06}0"[: digits + 1] if digits else ""
    expected = format_datetime(date.replace(tzinfo=datetime.UTC), usegmt=True)
    assert http_date(f"{date:%Y-%m-%dT%H:%M:%S}{fraction}Z") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2014-04-09",
        "2014-04-09T20:21:24",
        "2014-04-09T20:21:24+00:00",
        "2014-04-09T20:21:24.Z",
        "2014-04-09T20:21:24.12345678Z",
        "2014-04-09T20:21:60Z",
        "2014-02-30T20:21:24Z",
        "0000-01-01T00:00:00Z",
        "2014-04-09T20:21:24Z\n",
        "２014-04-09T20:21:24Z",
    ],
)
def test_no_date(text: str) -> None:
    """What is no date in UTC gives none."""
    assert http_date(text) is None
