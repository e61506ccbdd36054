"""``odatabatch upgrade``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from odatabatch import Headers, HttpRequest, HttpResponse
from odatabatch.captures import read_messages
from tests.azure.batches import task
from tests.cli.commands import ANSWER, PAGE, SEED, legacy, run, saved


@pytest.mark.parametrize("path", [SEED, PAGE])
def test_seed(path: Path) -> None:
    """Two operations of Azure Batch's page carry the same id: two requests."""
    result = run("upgrade", path)
    assert result.exit_code == 0
    requests = [found.message for found in read_messages(result.stdout_bytes)]
    assert [len(json.loads(request.body)["value"]) for request in requests] == [2, 1]
    end = b"\r\n" if path is SEED else b"\n"
    assert requests[1].body == end.join(
        [
            b'{"value":[{',
            b'   "id":"taskbatch3_00000",',
            b'   "commandLine":"cmd /c echo hello, #060"',
            b"}]}",
        ]
    )
    assert result.stdout_bytes.count(b"\r\n###\r\n") == 1


def test_options() -> None:
    """Version and date."""
    result = run("upgrade", "--api-version", "2024-07-01.20.0", "--ocp-date", "now", SEED)
    (first, _) = [found.message for found in read_messages(result.stdout_bytes)]
    assert isinstance(first, HttpRequest)
    assert first.target.endswith("/addtaskcollection?api-version=2024-07-01.20.0&timeout=120")
    assert first.headers.get("ocp-date") == "now"


def test_json() -> None:
    """The same as JSON Lines."""
    rows = [json.loads(line) for line in run("upgrade", "--json", SEED).stdout.splitlines()]
    found = read_messages(run("upgrade", SEED).stdout_bytes)
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
    """Those that differ in the number of their part alone are one line."""
    lines = run("upgrade", SEED).stderr.splitlines()
    assert [line for line in lines if 'body["odata.type"] (3 times)' in line]
    assert len(lines) == len(set(lines)) < 10
    assert "Xbm5iDvgCbH6" not in "".join(lines)


def test_bare_body() -> None:
    """A bare body has no outer request: host and version come from the operations."""
    (whole,) = read_messages(SEED.read_bytes())
    content_type = whole.message.headers.get("Content-Type") or ""
    result = run("upgrade", "--content-type", content_type, "-", data=whole.message.body)
    assert result.exit_code == 0
    (first, _) = [found.message for found in read_messages(result.stdout_bytes)]
    assert isinstance(first, HttpRequest)
    assert first.target.endswith("/addtaskcollection?api-version=2025-06-01")
    assert "client-request-id" not in [name for name, _ in first.headers]


def test_request_beside_its_answer(tmp_path: Path) -> None:
    """A file may hold the whole exchange."""
    request = read_messages(SEED.read_bytes())[0].message
    response = read_messages(ANSWER.read_bytes())[0].message
    assert isinstance(request, HttpRequest)
    assert isinstance(response, HttpResponse)
    both = saved(tmp_path / "both.http", request, response)
    assert run("upgrade", both).stdout_bytes == run("upgrade", SEED).stdout_bytes


def test_strict(tmp_path: Path) -> None:
    """A loss is exit code 4; without one strict is as good as not."""
    result = run("upgrade", "--strict", SEED)
    assert result.exit_code == 4
    assert result.stdout == ""
    assert "client-request-id" in result.stderr
    path = saved(tmp_path / "r", legacy(task("a")))
    assert run("upgrade", "--strict", path).exit_code == 0
