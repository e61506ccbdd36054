"""What faults look at in a request of whatever kind: its job and its tasks."""

from __future__ import annotations

from typing import Any

import pytest

from odatabatch import Headers, HttpRequest, decode_request
from odatabatch.azure import TaskCollection
from odatabatch.emulator import batches
from tests.emulator.scenes import NOW, collection, fixture, request, service, task

TASKS = "/jobs/job/tasks"
PATH = "/jobs/job/addtaskcollection"


@pytest.mark.parametrize(
    ("sent", "struck"),
    [
        (request("GET", f"{TASKS}/t1"), True),
        (request("GET", f"{TASKS}/u"), False),
        (request("GET", TASKS), False),
        (request("POST", TASKS, task("t1")), True),
        (request("POST", TASKS, b"{"), False),
        (request("POST", TASKS, {"id": 1}), False),
        (request("POST", PATH, collection(task("u"), task("t1"))), True),
        (request("POST", PATH, b"{"), False),
        (request("POST", "/jobs/other/tasks", task("t1")), False),
        (request("POST", "/jobs", {"id": "job"}), False),
        (request("POST", "/workitems", {"name": "job"}, "2014-10-01.1.0"), False),
        (request("POST", "/$batch", b"", "2016-02-01.3.0"), False),
    ],
)
def test_ids(sent: HttpRequest, struck: bool) -> None:
    """Both the job's pattern and the task's."""
    asked = service({"do": "fail_request", "status": 599, "job": "j*", "task": "t?"})
    assert (asked.answer(sent, NOW).response.status == 599) is struck


@pytest.mark.parametrize(
    ("sent", "reader"),
    [
        (fixture("add-three-tasks.http"), "decode_request"),
        (request("POST", "/$batch", b"", "2016-02-01.3.0"), "decode_request"),
        (request("POST", PATH, collection(task("a"), task("b"))), "TaskCollection.from_json"),
        (request("POST", PATH, b"{"), "TaskCollection.from_json"),
    ],
)
def test_read_once(monkeypatch: pytest.MonkeyPatch, sent: HttpRequest, reader: str) -> None:
    """However many faults look at a body, and whether or not it can be read."""
    counted = []

    def count(read: Any) -> Any:
        return lambda *args: counted.append(args) or read(*args)  # type: ignore[func-returns-value]

    if reader == "decode_request":
        monkeypatch.setattr(batches, reader, count(decode_request))
    else:
        monkeypatch.setattr(TaskCollection, "from_json", count(TaskCollection.from_json))
    faults = [{"do": "slow", "job": "none", "task": "none"}] * 2
    faults += [{"do": "slow", "task": "none"}] * 2
    asked = service(*faults)
    asked.add_job("job-0000000001", NOW)
    asked.answer(sent, NOW)
    assert len(counted) == 1


def test_batch() -> None:
    """A batch has the job of its first operation; an empty one, or none, has no job."""
    asked = service({"do": "fail_request", "status": 599, "job": "job-*"})
    sent = fixture("add-three-tasks.http")
    assert asked.answer(sent, NOW).response.status == 599
    empty = b"--b--\r\n"
    other = sent.replace(
        body=empty, headers=Headers([("Content-Type", "multipart/mixed; boundary=b")])
    )
    assert asked.answer(other, NOW).response.status == 202
    elsewhere = sent.replace(body=sent.body.replace(b"/tasks?", b"/other?"))
    assert asked.answer(elsewhere, NOW).response.status == 400
