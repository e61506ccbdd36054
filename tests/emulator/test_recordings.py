"""What the service answered to recorded requests, and what the emulator answers to them."""

from __future__ import annotations

import json
from typing import Any

from odatabatch import Headers, HttpRequest, HttpResponse
from odatabatch.azure.statuses import REASONS
from odatabatch.emulator import BatchService
from tests.azure.recordings import exchanges, needs_captures, path_of, powershell
from tests.emulator.scenes import NOW
from tests.test_docs import DOCS

pytestmark = needs_captures

KINDS = ("workitems", "jobs", "tasks", "addtaskcollection")
FIELDS = {"content-type", "dataserviceid", "etag", "last-modified", "location", "request-id"}


def recorded() -> list[tuple[str, dict[str, Any]]]:
    """The exchanges that add jobs or tasks, and whose requests were recorded whole."""
    kinds = ("addtaskcollection", "task_add", "job_add")
    found = [it for kind in kinds for it in exchanges(kind)] + list(powershell())
    return [
        (name, it)
        for name, it in found
        if it["request"]["method"] == "POST"
        and it["request"]["body"] is not None
        and path_of(it).rpartition("/")[2] in KINDS
    ]


def answered(exchange: dict[str, Any]) -> HttpResponse:
    """The emulator's answer, in whose account the job is."""
    path = path_of(exchange)
    asked = BatchService()
    segments = path.split("/")[1:]
    if len(segments) > 1:
        item = segments[1] if segments[0] == "workitems" else None
        asked.add_job(segments[-2], NOW, item, uses_task_dependencies=True)
    uri = exchange["request"]["uri"]
    query = uri.partition("?")[2]
    fields = [("Host", "account.region.batch.azure.com"), ("Content-Type", "application/json")]
    body = exchange["request"]["body"].encode()
    return asked.answer(HttpRequest("POST", f"{path}?{query}", Headers(fields), body), NOW).response


def result_of(item: dict[str, Any]) -> Any:
    """What a result says, but for times and links; its members in their order."""
    error = item.get("error", {})
    keys = [value["key"] for value in error.get("values", [])]
    return item["taskId"], item["status"], list(item), error.get("code"), list(error), keys


def test_same_answers() -> None:
    """The same status and the same fields, and of collections the same results."""
    count = 0
    for name, exchange in recorded():
        there, here = exchange["response"], answered(exchange)
        assert here.status == there["status_code"], (name, here.body)
        assert {field.lower() for field in there["headers"]} & FIELDS == {
            field.lower() for field in here.headers.names
        } & FIELDS, name
        if here.status == 200:
            shown, found = json.loads(there["body"]), json.loads(here.body)
            assert list(found) == list(shown), name
            assert sorted(map(result_of, found["value"])) == sorted(
                map(result_of, shown["value"])
            ), name
        else:
            assert REASONS[here.status] == "Created"
        count += 1
    assert f"the {count} recorded requests" in (DOCS / "emulator.md").read_text("utf-8")
