"""Targets and links by themselves; what becomes of requests is tested with ``operations``."""

from __future__ import annotations

import pytest

from odatabatch.azure import TranslationError
from odatabatch.azure.addresses import OUTER, location
from odatabatch.azure.targets import moved_url, with_version
from odatabatch.http_message import HttpRequest

SERVICE = "https://myaccount.westeurope.batch.azure.com"
NEW = "2024-07-01.20.0"
OLD = "2014-10-01.1.0"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/pools", f"/pools?api-version={NEW}"),
        ("/pools?", f"/pools?api-version={NEW}"),
        (f"/pools?API-version={OLD}&x=%2c", f"/pools?API-version={NEW}&x=%2c"),
        (f"{SERVICE}?a&api%2Dversion={OLD}", f"{SERVICE}?a&api%2Dversion={NEW}"),
    ],
)
def test_with_version(target: str, expected: str) -> None:
    """All else keeps its spelling."""
    request = HttpRequest("GET", target)
    assert with_version(request, location(request, OUTER), NEW) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/jobs/j/tasks/a%20b", "/workitems/w%20i/jobs/j/tasks/a%20b"),
        (f"{SERVICE}/jobs/j/tasks/t", f"{SERVICE}/workitems/w%20i/jobs/j/tasks/t"),
        (
            f"{SERVICE}/jobs/j/tasks?$skiptoken=a%2Fb&api-version={NEW}",
            f"{SERVICE}/workitems/w%20i/jobs/j/tasks?$skiptoken=a%2Fb&api-version={OLD}",
        ),
    ],
)
def test_moved_url(url: str, expected: str) -> None:
    """Into a work item and out of it; a query is written where there was one."""
    assert moved_url(url, NEW, OLD, "w i") == expected
    assert moved_url(expected, OLD, NEW, None) == url


@pytest.mark.parametrize(
    ("url", "work_item", "code"),
    [
        ("/jobs/j/tasks/t", None, "missing_id"),
        ("/jobs/j", "w", "unsupported_target"),
        ("/workitems/w/jobs/j/tasks/t", "w", "unsupported_target"),
        (f"/jobs/j/tasks?api-version={OLD}", "w", "api_version_conflict"),
        ("/jobs/j/tasks/t/subtasksinfo", "w", "no_operation"),
    ],
)
def test_no_counterpart(url: str, work_item: str | None, code: str) -> None:
    """What is no URL of the one api-version, or has none in the other."""
    with pytest.raises(TranslationError) as caught:
        moved_url(url, NEW, OLD, work_item)
    assert caught.value.code == code
