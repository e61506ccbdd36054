"""Dates of JSON, of header fields and of ETags."""

from __future__ import annotations

import datetime
import json
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure.ticks import http_date, iso_date, recovered, ticks_date
from odatabatch.http_message import parse_response
from tests.azure.batches import DATE, E_TAG, FIXTURES, HTTP_DATE, decoded

DATES = st.datetimes(min_value=datetime.datetime(1900, 1, 1))


def written(date: datetime.datetime) -> str:
    """The date of a header field, as the standard library writes it."""
    return format_datetime(date.replace(tzinfo=datetime.UTC), usegmt=True)


class TestHttpDates:
    """From JSON to a header field."""

    @pytest.mark.parametrize(
        ("text", "date"),
        [
            (DATE, HTTP_DATE),
            ("2014-04-09T20:21:24Z", HTTP_DATE),
            ("2016-12-31T23:59:59.9999999Z", "Sat, 31 Dec 2016 23:59:59 GMT"),
            ("0001-01-01T00:00:00.0Z", "Mon, 01 Jan 0001 00:00:00 GMT"),
        ],
    )
    def test_rounds_down(self, text: str, date: str) -> None:
        """The service rounds down, never up."""
        assert http_date(text) == date

    @given(DATES, st.integers(0, 7))
    def test_as_the_standard_library(self, date: datetime.datetime, digits: int) -> None:
        """RFC 9110 §5.6.7: as ``email.utils`` writes it, with 0 to 7 digits of a fraction."""
        fraction = f".{date.microsecond:06}0"[: digits + 1] if digits else ""
        assert http_date(f"{date:%Y-%m-%dT%H:%M:%S}{fraction}Z") == written(date)

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
    def test_no_date(self, text: str) -> None:
        """What is no date in UTC gives none."""
        assert http_date(text) is None


class TestIsoDates:
    """From a header field to JSON."""

    def test_whole_seconds(self) -> None:
        """A header field tells no fraction, and none is made up."""
        assert iso_date(HTTP_DATE) == "2014-04-09T20:21:24Z"
        assert iso_date("Mon, 01 Jan 0001 00:00:00 GMT") == "0001-01-01T00:00:00Z"

    @given(DATES)
    def test_inverse(self, date: datetime.datetime) -> None:
        """RFC 9110 §5.6.7: what ``email.utils`` writes is read, and written the same again."""
        text = written(date)
        iso = iso_date(text)
        assert iso == f"{date:%Y-%m-%dT%H:%M:%S}Z"
        assert http_date(iso) == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2014-04-09T20:21:24Z",
            "Thu, 09 Apr 2014 20:21:24 GMT",
            "Wed, 09 Foo 2014 20:21:24 GMT",
            "Wed, 31 Apr 2014 20:21:24 GMT",
            "Wed, 09 Apr 2014 24:21:24 GMT",
            "Wed, 09 Apr 2014 20:21:60 GMT",
            "Wed, 9 Apr 2014 20:21:24 GMT",
            "wed, 09 apr 2014 20:21:24 gmt",
            "Wed, 09 Apr 2014 20:21:24 UTC",
            "Wed, 09 Apr 2014 20:21:24 GMT\n",
            "Wed, 09 Apr 0000 20:21:24 GMT",
            "Wednesday, 09-Apr-14 20:21:24 GMT",
            "Wed Apr  9 20:21:24 2014",
        ],
    )
    def test_no_date(self, text: str) -> None:
        """What is no IMF-fixdate gives none, and no day of the week is believed."""
        assert iso_date(text) is None


class TestTicks:
    """What an ETag tells."""

    @pytest.mark.parametrize(
        ("e_tag", "date"),
        [
            (E_TAG, DATE),
            (f'"{E_TAG}"', DATE),
            (f'W/"{E_TAG}"', DATE),
            (E_TAG.lower(), DATE),
            ("0x08D122486A0901FF", DATE),
            ("0x8D122486A090200", "2014-04-09T20:21:24.791552Z"),
            (hex(635326716840000000), "2014-04-09T20:21:24Z"),
            (hex(635326716845000000), "2014-04-09T20:21:24.5Z"),
            ("0x000000000000000", "0001-01-01T00:00:00Z"),
            ("0x000000000000001", "0001-01-01T00:00:00.0000001Z"),
            (hex(3155378975999999999), "9999-12-31T23:59:59.9999999Z"),
        ],
    )
    def test_date(self, e_tag: str, date: str) -> None:
        """The fraction loses its last zeros, as on the wire."""
        assert ticks_date(e_tag) == date

    @pytest.mark.parametrize(
        "e_tag",
        [
            "",
            "8D122486A0901FF",
            "0x8D122486A0901F",
            "0x8D122486A0901FF00",
            "0x8D122486A0901FG",
            "'0x8D122486A0901FF'",
            f"{E_TAG}\n",
            f"{E_TAG} ",
            hex(3155378975999999999 + 1),
            "0xFFFFFFFFFFFFFFFF",
            '"686897696a7c876b7e"',
            "*",
        ],
    )
    def test_no_ticks(self, e_tag: str) -> None:
        """An ETag is opaque: what is no number of ticks of a year that there is tells nothing."""
        assert ticks_date(e_tag) is None

    def test_pairs_of_the_pages(self) -> None:
        """Every ETag of the collections' pages is its lastModified; header fields agree."""
        pairs = []
        for name in ("2017", "2024-basic", "2024-complex"):
            data = (FIXTURES / f"add-collection-{name}.answer.http").read_bytes()
            results = json.loads(parse_response(data).body)["value"]
            pairs += [(it["eTag"], it["lastModified"]) for it in results if "eTag" in it]
        assert len(pairs) >= 4
        for e_tag, date in pairs:
            assert ticks_date(e_tag) == date
        batch = parse_response((FIXTURES / "add-three-tasks.answer.http").read_bytes())
        for part in decoded(batch).responses[:2]:
            date = ticks_date(part.headers.get("ETag") or "") or ""
            assert http_date(date) == part.headers.get("Last-Modified")


class TestRecovered:
    """The fraction of a second that a header field has lost."""

    @pytest.mark.parametrize(
        ("e_tag", "date"),
        [
            (E_TAG, DATE),
            (hex(635326716840000000), "2014-04-09T20:21:24Z"),
            (hex(635326716849999999), "2014-04-09T20:21:24.9999999Z"),
            (hex(635326716850000000), None),
            (hex(635326716839999999), None),
            ("0x8D36A45A1235905", None),
            ("etag", None),
            (None, None),
        ],
    )
    def test_only_where_they_agree(self, e_tag: str | None, date: str | None) -> None:
        """To the second; an ETag that says another is believed as little as one that says none."""
        assert recovered(HTTP_DATE, e_tag) == date

    def test_no_date(self) -> None:
        """Nothing is recovered for what is no date."""
        assert recovered("soon", E_TAG) is None
        assert recovered("", E_TAG) is None
