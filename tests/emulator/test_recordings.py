"""What the service answered to recorded requests, and what the emulator answers to them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from odatabatch import Headers, HttpRequest, HttpResponse
from odatabatch.azure.statuses import REASONS
from odatabatch.emulator import BatchService
from tests.azure.recordings import exchanges, needs_captures, path_of, powershell
from tests.emulator.scenes import NOW
from tests.test_docs import DOCS

pytestmark = needs_captures

KINDS = ("workitems", "jobs", "tasks", "addtaskcollection")
HOST = ("Host", "account.region.batch.azure.com")  # which no recording has
# The fields of an answer that are told by the request; of some the values too.
SAME = {"client-request-id", "content-type", "dataserviceversion"}
NAMED = SAME | {"dataserviceid", "etag", "last-modified", "location", "request-id"}


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
    """The emulator's answer to the request with its fields; the job is in its account."""
    path = path_of(exchange)
    asked = BatchService()
    segments = path.split("/")[1:]
    if len(segments) > 1:
        item = segments[1] if segments[0] == "workitems" else None
        asked.add_job(segments[-2], NOW, item, uses_task_dependencies=True)
    uri = exchange["request"]["uri"]
    query = uri.partition("?")[2]
    recorded = exchange["request"]["headers"].items()
    fields = [HOST, *((name, value) for name, values in recorded for value in values)]
    body = exchange["request"]["body"].encode()
    return asked.answer(HttpRequest("POST", f"{path}?{query}", Headers(fields), body), NOW).response


def fields_of(fields: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """The fields of an answer that are compared; None for a value that is the service's own."""
    # In 19 recordings there is a space in the media type.
    pairs = [(name.lower(), value.replace("; ", ";")) for name, value in fields]
    return {name: value if name in SAME else None for name, value in pairs if name in NAMED}


def result_of(item: dict[str, Any]) -> Any:
    """What a result says, but for times and links; its members in their order."""
    error = item.get("error", {})
    keys = [value["key"] for value in error.get("values", [])]
    return item["taskId"], item["status"], list(item), error.get("code"), list(error), keys


def test_same_answers() -> None:
    """The same status and the same fields, and of collections the same results."""
    echoed = 0
    count = 0
    for name, exchange in recorded():
        there, here = exchange["response"], answered(exchange)
        assert here.status == there["status_code"], (name, here.body)
        given = [(field, value) for field, values in there["headers"].items() for value in values]
        assert fields_of(here.headers) == fields_of(given), name
        echoed += "client-request-id" in here.headers
        if here.status == 200:
            shown, found = json.loads(there["body"]), json.loads(here.body)
            assert list(found) == list(shown), name
            assert sorted(map(result_of, found["value"])) == sorted(
                map(result_of, shown["value"])
            ), name
        else:
            assert REASONS[here.status] == "Created"
        count += 1
    assert 0 < echoed < count
    assert f"the {count} recorded requests" in (DOCS / "emulator.md").read_text("utf-8")
