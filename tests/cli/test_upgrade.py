"""``odatabatch upgrade``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import odatabatch
from odatabatch import Headers, HttpRequest, HttpResponse
from odatabatch.captures import read_messages
from tests.azure.batches import batch, operation, task
from tests.cli.commands import ANSWER, FIXTURES, PAGE, THREE_TASKS, legacy, run, saved

WORK_ITEMS = FIXTURES / "add-work-item-tasks.http"


@pytest.mark.parametrize("path", [THREE_TASKS, PAGE])
def test_three_tasks(path: Path) -> None:
    """Two operations of Azure Batch's page carry the same id: two requests."""
    result = run("upgrade", path)
    assert result.exit_code == 0
    requests = [found.message for found in read_messages(result.stdout_bytes)]
    assert [len(json.loads(request.body)["value"]) for request in requests] == [2, 1]
    assert requests[1].body == (
        b'{"value":[{"id":"taskbatch3_00000","commandLine":"cmd /c echo hello, #060",'
        b'"constraints":{"retentionTime":"P10675199DT2H48M5.4775807S"}}]}'
    )
    assert result.stdout_bytes.count(b"\r\n###\r\n") == 1


def test_defaults_left_to_the_service() -> None:
    """What is then not known to mean the same is a note."""
    result = run("upgrade", "--no-explicit-defaults", THREE_TASKS)
    requests = [found.message for found in read_messages(result.stdout_bytes)]
    tasks = [task for request in requests for task in json.loads(request.body)["value"]]
    assert [sorted(task) for task in tasks] == [["commandLine", "id"]] * 3
    assert "default changed" in result.stderr
    assert "default changed" not in run("upgrade", "--explicit-defaults", THREE_TASKS).stderr


def test_oldest_version() -> None:
    """Work items, name, taskConstraints and runElevated."""
    result = run("upgrade", WORK_ITEMS)
    assert result.exit_code == 0
    (found,) = read_messages(result.stdout_bytes)
    assert isinstance(found.message, HttpRequest)
    assert "/jobs/job-0000000042/addtaskcollection?api-version=2025" in found.message.target
    first, second = json.loads(found.message.body)["value"]
    assert (first["id"], second["id"]) == ("render-0001", "render-0002")
    assert first["userIdentity"] == {"autoUser": {"elevationLevel": "admin", "scope": "task"}}
    assert second["constraints"] == {"retentionTime": "P3D"}


def test_source_version(tmp_path: Path) -> None:
    """Where neither the request nor its operations name one."""
    item = operation("1", task("a"), target="/jobs/j/tasks")
    encoded = odatabatch.encode_request(batch(item), dialect=odatabatch.azure.AZURE_BATCH)
    path = tmp_path / "r"
    path.write_bytes(encoded.body)
    arguments = ["upgrade", "--content-type", encoded.content_type, path]
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "missing_api_version" in result.stderr
    result = run(*arguments, "--source-version", "2016-02-01.3.0")
    assert result.exit_code == 0
    assert result.stdout.startswith("POST /jobs/j/addtaskcollection?api-version=2025-06-01 ")
    assert run(*arguments, "--source-version", "today").exit_code == 2


def test_options() -> None:
    """Version and date."""
    result = run("upgrade", "--api-version", "2024-07-01.20.0", "--ocp-date", "now", THREE_TASKS)
    (first, _) = [found.message for found in read_messages(result.stdout_bytes)]
    assert isinstance(first, HttpRequest)
    assert first.target.endswith("/addtaskcollection?api-version=2024-07-01.20.0&timeout=120")
    assert first.headers.get("ocp-date") == "now"


def test_json() -> None:
    """The same as JSON Lines."""
    rows = [json.loads(line) for line in run("upgrade", "--json", THREE_TASKS).stdout.splitlines()]
    found = read_messages(run("upgrade", THREE_TASKS).stdout_bytes)
    assert [
        HttpRequest(
            row["method"],
            row["target"],
            Headers((name, value) for name, value in row["headers"]),
            row["body"].encode("utf-8"),
        )
        for row in rows
    ] == [item.message for item in found]


def test_notes_go_to_stderr() -> None:
    """Those that differ in their indexes alone are one line."""
    lines = run("upgrade", THREE_TASKS).stderr.splitlines()
    assert [
        line for line in lines if 'batch[0-2]/changeset[0].body["odata.type"] (3 times)' in line
    ]
    assert len(lines) == len(set(lines)) < 10
    assert "Xbm5iDvgCbH6" not in "".join(lines)


def test_bare_body() -> None:
    """A bare body has no outer request: host and version come from the operations."""
    (whole,) = read_messages(THREE_TASKS.read_bytes())
    content_type = whole.message.headers.get("Content-Type") or ""
    result = run("upgrade", "--content-type", content_type, "-", data=whole.message.body)
    assert result.exit_code == 0
    (first, _) = [found.message for found in read_messages(result.stdout_bytes)]
    assert isinstance(first, HttpRequest)
    assert first.target.endswith("/addtaskcollection?api-version=2025-06-01")
    assert "client-request-id" not in [name for name, _ in first.headers]


def test_request_beside_its_answer(tmp_path: Path) -> None:
    """A file may hold the whole exchange."""
    request = read_messages(THREE_TASKS.read_bytes())[0].message
    response = read_messages(ANSWER.read_bytes())[0].message
    assert isinstance(request, HttpRequest)
    assert isinstance(response, HttpResponse)
    both = saved(tmp_path / "both.http", request, response)
    assert run("upgrade", both).stdout_bytes == run("upgrade", THREE_TASKS).stdout_bytes


def test_strict(tmp_path: Path) -> None:
    """A loss is exit code 4, after the notes; without one strict is as good as not."""
    result = run("upgrade", "--strict", THREE_TASKS)
    assert result.exit_code == 4
    assert result.stdout == ""
    notes, error = result.stderr.rsplit("Error: ", 1)
    assert notes == run("upgrade", THREE_TASKS).stderr
    assert "loss: " in error
    assert 'headers["client-request-id"]' in error
    path = saved(tmp_path / "r", legacy(task("a")))
    assert run("upgrade", "--strict", path).stdout_bytes == run("upgrade", path).stdout_bytes


def test_unknown_members(tmp_path: Path) -> None:
    """Those are kept with a note; strict refuses them as it does a loss."""
    path = saved(tmp_path / "r", legacy(task("a"), task("b", constraints={"x": "secret"})))
    result = run("upgrade", path)
    assert result.exit_code == 0
    assert b'"x":"secret"' in result.stdout_bytes
    assert "batch[1]/changeset[0].body.constraints.x " in result.stderr
    assert "unknown member" in result.stderr
    assert "secret" not in result.stderr
    result = run("upgrade", "--strict", path)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "unknown_member" in result.stderr


def test_answers_are_no_requests() -> None:
    """The answer to a batch, as a bare body."""
    (whole,) = read_messages(ANSWER.read_bytes())
    content_type = whole.message.headers.get("Content-Type") or ""
    result = run("upgrade", "--content-type", content_type, "-", data=whole.message.body)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "expected a request, got the answer to a batch" in result.stderr
