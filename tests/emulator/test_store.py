"""Jobs and tasks in memory, and their ticks."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure.ticks import http_date
from odatabatch.emulator.refusals import Refusal
from odatabatch.emulator.store import Place, Store, e_tag_of, http_of, iso_of, ticks_of
from tests.emulator.scenes import NOW, TICKS

DATES = st.datetimes(timezones=st.just(datetime.UTC))


def test_ticks() -> None:
    """100 ns since the year 1."""
    assert ticks_of(NOW) == TICKS
    assert e_tag_of(TICKS) == "0x8D36A45A12358FC"
    assert iso_of(TICKS) == "2016-04-22T00:32:47.81079Z"
    assert http_of(TICKS) == "Fri, 22 Apr 2016 00:32:47 GMT"


@given(DATES)
def test_dates(now: datetime.datetime) -> None:
    """Whatever the clock says, both forms tell the same second."""
    text = iso_of(ticks_of(now))
    assert text.startswith(now.replace(tzinfo=None, microsecond=0).isoformat())
    assert http_date(text) == http_of(ticks_of(now))


@given(st.lists(DATES, max_size=5))
def test_unique(dates: list[datetime.datetime]) -> None:
    """Each tick is later than the one before, also where the clock goes back."""
    store = Store()
    ticks = [store.tick(now) for now in dates]
    assert ticks == sorted(set(ticks))


def test_jobs() -> None:
    """By their ids without case; those of a work item stand apart."""
    store = Store()
    account, item = Place(None, "Job"), Place("Item", "Job")
    store.add_job(account, 1)
    store.add_job(item, 2)
    assert store.job(Place(None, "JOB")).modified == 1
    assert store.job(Place("ITEM", "job")).modified == 2
    assert (account.path, item.path) == ("/jobs/Job", "/workitems/Item/jobs/Job")
    with pytest.raises(Refusal):
        store.add_job(Place(None, "jOb"), 3)
    store.delete_job(Place(None, "job"))
    with pytest.raises(Refusal):
        store.job(account)


def test_paths() -> None:
    """Ids that no service would take stand percent-encoded in links."""
    assert Place(None, "a/b").task_path("c d") == "/jobs/a%2Fb/tasks/c%20d"
