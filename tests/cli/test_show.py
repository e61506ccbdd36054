"""``odatabatch show``."""

from __future__ import annotations

import json
from pathlib import Path

from odatabatch.captures import write_message
from tests.azure.batches import task
from tests.cli.commands import ANSWER, FIXTURES, PAGE, SEED, legacy, run


def test_tree() -> None:
    """A request and its answer, as a tree."""
    result = run("show", SEED, ANSWER)
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[:5] == [
        str(SEED),
        "  POST /$batch",
        "    headers: User-Agent, client-request-id, return-client-request-id, Content-Type,"
        " Authorization, Content-Length",
        "    body: 2372 bytes",
        "    batch[0] changeset of 1",
    ]
    assert "      changeset[0] POST /jobs/job-0000000001/tasks" in lines
    assert [line.split()[1] for line in lines if "Content-ID:" in line] == list("123132")
    assert "      changeset[0] 409" in lines


def test_tells_no_values() -> None:
    """No value of a header, no query and no body is shown."""
    for options in ([], ["--json"]):
        output = run("show", *options, SEED, ANSWER).stdout
        for value in ("Xbm5iDvgCbH6", "api-version", "echo hello", "625b38f0", "batch_822c"):
            assert value not in output


def test_json() -> None:
    """One line an operation; one line for a message that is no batch."""
    plain = FIXTURES / "add-collection-2024-basic.http"
    lines = run("show", "--json", SEED, plain).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert rows[1] == {
        "file": str(SEED),
        "message": 0,
        "part": "batch[1]/changeset[0]",
        "method": "POST",
        "path": "/jobs/job-0000000001/tasks",
        "content_id": "2",
        "headers": [
            "Content-Type",
            "client-request-id",
            "return-client-request-id",
            "Content-ID",
            "DataServiceVersion",
        ],
        "body_bytes": 142,
    }
    assert [row["part"] for row in rows] == [
        *(f"batch[{n}]/changeset[0]" for n in range(3)),
        None,
    ]
    assert rows[3]["path"] == "/jobs/jobId/addtaskcollection"


def test_answers_as_json() -> None:
    """An answer has a status."""
    rows = [json.loads(line) for line in run("show", "--json", ANSWER).stdout.splitlines()]
    assert [(row["content_id"], row["status"]) for row in rows] == [
        ("1", 201),
        ("3", 201),
        ("2", 409),
    ]


def test_operations_outside_changesets(tmp_path: Path) -> None:
    """They stand by themselves."""
    path = tmp_path / "b"
    path.write_bytes(
        b"--b\r\nContent-Type: application/http\r\n\r\nGET /a?secret HTTP/1.1\r\n\r\n\r\n--b--\r\n"
    )
    content_type = "multipart/mixed; boundary=b"
    lines = run("show", "--content-type", content_type, path).stdout.splitlines()
    assert lines[1:] == [
        "  content",
        "    headers: Content-Type",
        f"    body: {path.stat().st_size} bytes",
        "    batch[0] GET /a",
        "      headers: none",
        "      body: 0 bytes",
    ]
    (line,) = run("show", "--json", "--content-type", content_type, path).stdout.splitlines()
    assert json.loads(line)["part"] == "batch[0]"


def test_terminals_are_safe(tmp_path: Path) -> None:
    """What a terminal might obey is escaped."""
    request = legacy(task("a"))
    data = write_message(request).replace(b"Content-ID: 0", b"Content-ID: \x9b2J")
    path = tmp_path / "r"
    path.write_bytes(data)
    assert "Content-ID: \\x9b2J" in run("show", "--tolerate", "CAPTURED", path).stdout


def test_standard_input() -> None:
    """A file named - is standard input."""
    result = run("show", "-", data=SEED.read_bytes())
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "-"


def test_oddities_go_to_stderr() -> None:
    """What was tolerated is told."""
    result = run("show", PAGE)
    assert result.exit_code == 0
    assert "bare_lf" in result.stderr
    assert "bare_lf" not in result.stdout
