"""``odatabatch downgrade``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from odatabatch import Batch, HttpRequest
from odatabatch.captures import read_batch, read_messages
from tests.cli.commands import FIXTURES, THREE_TASKS, run

FRAMES = FIXTURES / "add-frames.http"
BASIC = FIXTURES / "add-collection-2024-basic.http"


def requests_of(data: bytes) -> list[HttpRequest]:
    """The requests of a file."""
    messages = [found.message for found in read_messages(data)]
    requests = [message for message in messages if isinstance(message, HttpRequest)]
    assert len(requests) == len(messages)
    return requests


def batch_of(request: HttpRequest) -> Batch:
    """The batch in a request."""
    batch = read_batch(request)
    assert isinstance(batch, Batch)
    return batch


def test_collection() -> None:
    """One batch; each task under a Content-ID of its own."""
    result = run("downgrade", FRAMES)
    assert result.exit_code == 0
    (request,) = requests_of(result.stdout_bytes)
    assert request.target.endswith("/$batch?api-version=2016-02-01.3.0&timeout=60")
    batch = batch_of(request)
    assert [operation.content_id for operation in batch.operations] == ["1", "2", "3"]
    first, second, third = (json.loads(operation.body) for operation in batch.operations)
    assert first["displayName"] == "Frame 1, Größe 4K"
    assert (first["runElevated"], first["constraints"]["retentionTime"]) == (True, "P7D")
    assert "containerSettings" not in second
    assert third["dependsOn"] == {"taskIds": ["frame-0001", "frame-0002"]}


def test_several_batches(tmp_path: Path) -> None:
    """More than a hundred tasks are several requests."""
    tasks = [{"id": f"t{n}", "commandLine": "x"} for n in range(101)]
    head = BASIC.read_bytes().partition(b"Content-Length")[0]
    body = json.dumps({"value": tasks}).encode("utf-8")
    path = tmp_path / "r"
    path.write_bytes(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    result = run("downgrade", path)
    assert result.stdout_bytes.count(b"\r\n###\r\n") == 1
    counts = [len(batch_of(request).operations) for request in requests_of(result.stdout_bytes)]
    assert counts == [100, 1]
    assert "value[0-100].constraints.retentionTime (101 times)" in result.stderr


def test_options() -> None:
    """Versions, work item and date."""
    old = ["--api-version", "2014-10-01.1.0"]
    result = run("downgrade", *old, "--work-item", "nightly", "--ocp-date", "now", FRAMES)
    assert result.exit_code == 0
    (request,) = requests_of(result.stdout_bytes)
    assert request.headers.get("ocp-date") == "now"
    operation = batch_of(request).operations[0]
    assert "/workitems/nightly/jobs/scene-7/tasks?api-version=2014-10-01.1.0" in operation.target
    assert json.loads(operation.body)["name"] == "frame-0001"
    assert "missing_work_item" in run("downgrade", *old, FRAMES).stderr
    assert run("downgrade", "--work-item", "nightly", FRAMES).exit_code == 3
    assert run("downgrade", "--api-version", "2014-10-01", FRAMES).exit_code == 2


def test_defaults_left_to_the_service() -> None:
    """What is then not known to mean the same is a note."""
    result = run("downgrade", "--no-explicit-defaults", FRAMES)
    assert b"P7D" not in result.stdout_bytes
    assert "default changed" in result.stderr


def test_source_version(tmp_path: Path) -> None:
    """Where the request names none."""
    path = tmp_path / "r"
    path.write_bytes(FRAMES.read_bytes().replace(b"api-version=2024-07-01.20.0&", b""))
    result = run("downgrade", path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "missing_api_version" in result.stderr
    expected = run("downgrade", FRAMES).stdout_bytes
    assert run("downgrade", "--source-version", "2024-07-01.20.0", path).stdout_bytes == expected


def test_json() -> None:
    """The same as JSON Lines: the multipart text is UTF-8."""
    (line,) = run("downgrade", "--json", FRAMES).stdout.splitlines()
    row = json.loads(line)
    (request,) = requests_of(run("downgrade", FRAMES).stdout_bytes)
    assert row == {
        "method": request.method,
        "target": request.target,
        "headers": [list(pair) for pair in request.headers.items()],
        "body": request.body.decode("utf-8"),
    }
    assert "Größe" in row["body"]


def test_strict() -> None:
    """A loss is exit code 4, after the notes; without one strict is as good as not."""
    result = run("downgrade", "--strict", FRAMES)
    assert (result.exit_code, result.stdout) == (4, "")
    notes, error = result.stderr.rsplit("Error: ", 1)
    assert notes == run("downgrade", FRAMES).stderr
    assert "loss: " in error
    expected = run("downgrade", BASIC).stdout_bytes
    assert run("downgrade", "--strict", BASIC).stdout_bytes == expected


def test_no_values_in_notes() -> None:
    """Neither of fields nor of members."""
    told = run("downgrade", FRAMES).stderr
    for value in ("invented", "render", "Größe", "blob.core", "5d0a6e62", "timeout"):
        assert value not in told


def test_standard_input() -> None:
    """A file named - is standard input."""
    result = run("downgrade", "-", data=FRAMES.read_bytes())
    assert result.stdout_bytes == run("downgrade", FRAMES).stdout_bytes


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (THREE_TASKS, "expected an addtaskcollection request, got a batch"),
        (FIXTURES / "add-collection-2024-basic.answer.http", "expected one request, got 0"),
        (FIXTURES / "add-collection-2017.invalid.http", "invalid_json"),
    ],
)
def test_other_files(path: Path, text: str) -> None:
    """Exit code 3."""
    result = run("downgrade", path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert text in result.stderr
