"""Targets and links by themselves; what becomes of requests is tested with ``operations``."""

from __future__ import annotations

import pytest

from odatabatch.azure import TranslationError
from odatabatch.azure.addresses import OUTER, location
from odatabatch.azure.calls import recognise
from odatabatch.azure.notes import Finding, Found
from odatabatch.azure.targets import moved_target, moved_url, with_version
from odatabatch.http_message import HttpRequest

SERVICE = "https://myaccount.westeurope.batch.azure.com"
NEW = "2024-07-01.20.0"
MIDDLE = "2016-07-01.3.1"
OLD = "2014-10-01.1.0"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/pools", f"/pools?api-version={NEW}"),
        ("/pools?", f"/pools?api-version={NEW}"),
        (f"/pools?API-version={OLD}&x=%2c", f"/pools?API-version={NEW}&x=%2c"),
        (f"{SERVICE}?a&api%2Dversion={OLD}", f"{SERVICE}?a&api%2Dversion={NEW}"),
        (f"/pools?=a&&b&api-version={OLD}", f"/pools?=a&&b&api-version={NEW}"),
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


@pytest.mark.parametrize(
    ("source", "target", "query", "finding"),
    [
        (
            "2015-03-01.1.1",
            NEW,
            "$filter=startswith(name,'a')",
            Finding(
                "service_changed",
                "conditional",
                "it names name, which stays, and is another there; the same member",
                "public recordings",
            ),
        ),
        (
            "2015-03-01.1.1",
            NEW,
            "$expand=taskConstraints",
            Finding(
                "service_changed",
                "conditional",
                "it names taskConstraints, which stays, and is another there; the same member",
                "public recordings",
            ),
        ),
        (
            "2015-03-01.1.1",
            NEW,
            "$select=name",
            Finding("renamed", "exact", "the same member", "public recordings"),
        ),
        (
            NEW,
            MIDDLE,
            "$select=requiredSlots",
            Finding(
                "left_out",
                "lost",
                "the answer has no such member; older versions give each task one slot",
                "Batch service swagger",
            ),
        ),
    ],
)
def test_findings(source: str, target: str, query: str, finding: Finding) -> None:
    """What a note says of a name in a query, with the words of the row that changes it."""
    early = source.startswith(("2014", "2015-03"))
    path = f"{'/workitems/w' if early else ''}/jobs/j/tasks"
    asked = HttpRequest("GET", f"{SERVICE}{path}?api-version={source}&{query}")
    found: list[Found] = []
    moved_target(asked, recognise(asked, source), target, None, found)
    place = (OUTER, ("target", query.partition("=")[0]), finding)
    assert [it for it in found if it[1][0] == "target" and len(it[1]) > 1] == [place]


@pytest.mark.parametrize(
    ("source", "target", "effect", "beginning"),
    [
        (MIDDLE, NEW, "conditional", "true became userIdentity."),
        (NEW, MIDDLE, "conditional", "from 2017-01-01.4.0 on: true became userIdentity."),
    ],
)
def test_replaced(source: str, target: str, effect: str, beginning: str) -> None:
    """A member of another shape: told as it came, and the other way with the version."""
    name = "runElevated" if source == MIDDLE else "userIdentity"
    asked = HttpRequest("GET", f"{SERVICE}/jobs/j/tasks?api-version={source}&$select={name}")
    found: list[Found] = []
    moved_target(asked, recognise(asked, source), target, None, found)
    ((_, _, finding),) = (it for it in found if it[1] == ("target", "$select"))
    assert (finding.change, finding.effect) == ("replaced", effect)
    assert finding.detail.startswith(beginning)
    assert finding.source.endswith("azure-batch changelog, 8.0.0")
