"""``odatabatch show``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from odatabatch import Batch, BatchResponse, Changeset, HttpRequest, HttpResponse
from odatabatch.captures import write_message
from odatabatch.cli.findings import DIALECTS
from tests.azure.batches import task
from tests.cli.commands import ANSWER, FIXTURES, PAGE, THREE_TASKS, legacy, run, saved
from tests.cli.exchanges import about, get, post, request_of, response_of, status

BASIC = FIXTURES / "add-collection-2024-basic.http"


def rows(*arguments: str | Path) -> list[dict[str, Any]]:
    """The lines of ``--json``."""
    result = run("show", "--json", *arguments)
    assert result.exit_code == 0
    assert result.stdout.isascii()
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestDrawing:
    """What a person sees."""

    def test_exchange(self) -> None:
        """The page's request, with its answers beside it though they came in another order."""
        result = run("show", THREE_TASKS, ANSWER)
        assert (result.exit_code, result.stderr) == (0, "")
        lines = result.stdout.splitlines()
        assert lines[:2] == [
            f"{THREE_TASKS} → {ANSWER}",
            "request: 3 operations in 3 changesets, Azure Batch · answer: 2 × 201, 1 × 409"
            " · 0 faults · 0 oddities",
        ]
        assert lines[2].startswith("looks like Azure Batch: ")
        assert [" ".join(line.split()) for line in lines[5:]] == [
            "batch POST /$batch 2372 202 Accepted 2476",
            "batch[0]/changeset[0] 1 POST /jobs/job-0000000001/tasks 140 ✓ 201 Created 0",
            "batch[1]/changeset[0] 2 POST /jobs/job-0000000001/tasks 142 ✗ 409 Conflict 348",
            "batch[2]/changeset[0] 3 POST /jobs/job-0000000001/tasks 140 ✓ 201 Created 0",
        ]

    def test_several(self, tmp_path: Path) -> None:
        """A blank line between exchanges, in one file or in several."""
        batch, answer = Batch((get(),)), BatchResponse((status(200),))
        messages = [request_of(batch), response_of(answer)] * 2
        path = saved(tmp_path / "f", *messages)
        text = run("show", path, BASIC).stdout
        titles = [exchange.splitlines()[0] for exchange in text.split("\n\n")[::2]]
        assert titles == [f"{path}, messages 0 and 1", f"{path}, messages 2 and 3", str(BASIC)]

    def test_dialect(self, tmp_path: Path) -> None:
        """What is told counts."""
        path = saved(tmp_path / "f", request_of(Batch((post(), get()))))
        plain = run("show", path).stdout
        assert "OData 4.01 · 0 faults" in plain
        told = run("show", "--dialect", "azure-tables", path).stdout
        assert "Azure Tables · 2 faults" in told
        assert "looks like" not in told
        assert run("show", "--dialect", "odata", path).exit_code == 2

    def test_headers(self) -> None:
        """Their names, where asked for."""
        assert "DataServiceVersion" not in run("show", THREE_TASKS).stdout
        assert "DataServiceVersion" in run("show", "--headers", THREE_TASKS).stdout

    def test_bare_body(self, tmp_path: Path) -> None:
        """With a Content-Type the file is a body; operations may stand outside of changesets."""
        path = tmp_path / "b"
        path.write_bytes(
            b"--b\r\nContent-Type: application/http\r\n\r\nGET /a?secret HTTP/1.1\r\n\r\n\r\n"
            b"--b--\r\n"
        )
        content_type = "multipart/mixed; boundary=b"
        lines = run("show", "--content-type", content_type, path).stdout.splitlines()
        assert about(lines, "batch") == [f"bare body {path.stat().st_size}"]
        assert about(lines, "batch[0]") == ["GET /a 0"]
        (row,) = rows("--content-type", content_type, path)
        assert row["part"] == "batch[0]"

    def test_standard_input(self) -> None:
        """A file named - is standard input."""
        result = run("show", "-", data=THREE_TASKS.read_bytes())
        assert result.exit_code == 0
        assert result.stdout.splitlines()[0] == "-"

    def test_oddities(self) -> None:
        """What was tolerated is marked."""
        result = run("show", PAGE)
        assert result.exit_code == 0
        assert "3 oddities" in result.stdout
        assert "~ oddity bare_lf: 46 times, first at byte 44 of the body" in result.stdout


class TestJson:
    """What a program reads."""

    def test_request(self) -> None:
        """One line an operation."""
        assert rows(THREE_TASKS)[1] == {
            "file": str(THREE_TASKS),
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
            "dialect": "azure-batch",
            "faults": [],
            "batch_faults": [],
            "oddities": [],
            "batch_oddities": [],
            "references": [],
            "outcome": None,
            "by_order": False,
            "answer": None,
        }

    def test_answer(self) -> None:
        """One line an answer that stands alone."""
        found = rows(ANSWER)
        assert [(row["content_id"], row["status"]) for row in found] == [
            ("1", 201),
            ("3", 201),
            ("2", 409),
        ]
        assert found[0] == {
            "file": str(ANSWER),
            "message": 0,
            "part": "batch[0]/changeset[0]",
            "status": 201,
            "reason": "Created",
            "content_id": "1",
            "headers": [
                "DataServiceId",
                "client-request-id",
                "Content-ID",
                "DataServiceVersion",
                "Last-Modified",
                "ETag",
                "Location",
            ],
            "body_bytes": 0,
            "dialect": "azure-batch",
            "faults": [],
            "batch_faults": [],
            "oddities": [],
            "batch_oddities": [],
            "outcome": None,
        }

    def test_pair(self) -> None:
        """The answer stands in the operation's line, as in its own but for the outcome."""
        found = rows(THREE_TASKS, ANSWER)
        alone = {row["content_id"]: row for row in rows(ANSWER)}
        assert [row["outcome"] for row in found] == ["answered"] * 3
        for row in found:
            expected = alone[row["content_id"]]
            assert row["answer"] == {key: expected[key] for key in expected if key != "outcome"}

    def test_outcomes(self, tmp_path: Path) -> None:
        """Answers that are not one operation's own have lines of their own."""
        batch = Batch(
            (
                Changeset((post(content_id="1"), post("$1/Orders", "2"))),
                post(content_id="3"),
                post(content_id="4"),
            )
        )
        answer = BatchResponse(
            (status(409, "2"), status(201, "3"), status(202, "3"), status(201, "9"))
        )
        path = saved(tmp_path / "f", request_of(batch), response_of(answer))
        found = rows("--dialect", "odata-v4", path)
        assert [
            (row["message"], row["part"], row["outcome"], (row.get("answer") or {}).get("part"))
            for row in found
        ] == [
            (0, "batch[0]/changeset[0]", "changeset_failed", "batch[0]"),
            (0, "batch[0]/changeset[1]", "changeset_failed", "batch[0]"),
            (0, "batch[1]", "duplicated", None),
            (0, "batch[2]", "missing", None),
            (1, "batch[0]", "changeset_failed", None),
            (1, "batch[1]", "duplicated", None),
            (1, "batch[2]", "duplicated", None),
            (1, "batch[3]", "unmatched", None),
        ]
        brief = {"file": str(path), "message": 1, "part": "batch[0]", "status": 409}
        assert [row["answer"] for row in found[:2]] == [brief, brief]
        assert found[1]["references"] == [
            {"content_id": "1", "field": None, "part": "batch[0]/changeset[0]", "fault": None}
        ]

    def test_by_order(self, tmp_path: Path) -> None:
        """Where order told, that is said."""
        messages = request_of(Batch((get(),))), response_of(BatchResponse((status(200),)))
        path = saved(tmp_path / "f", *messages)
        (row,) = rows("--dialect", "odata-v4", path)
        assert (row["outcome"], row["by_order"]) == ("answered", True)
        row, loose = rows(path)
        assert (row["dialect"], row["outcome"], loose["outcome"]) == (None, "missing", "unmatched")

    def test_faults(self, tmp_path: Path) -> None:
        """Those of the operation, and those of its changeset and of the batch."""
        batch = Batch(tuple(Changeset((post(str(n % 2), str(n)),)) for n in range(101)))
        path = saved(tmp_path / "f", request_of(batch))
        found = rows("--dialect", "azure-batch", path)
        assert [row["faults"] for row in found[:2]] == [[], ["different_paths"]]
        assert {tuple(row["batch_faults"]) for row in found} == {("too_many_operations",)}
        found = rows("--dialect", "azure-tables", path)
        assert found[0]["batch_faults"] == ["too_many_operations"]
        assert found[1]["batch_faults"] == ["too_many_operations", "too_many_changesets"]

    def test_oddities(self, tmp_path: Path) -> None:
        """Those that were met in the operation first, and all others."""
        path = tmp_path / "f"
        path.write_bytes(
            write_message(request_of(Batch((get(), get()))))
            .replace(b"/$batch?secret HTTP/1.1\r", b"/$batch?secret HTTP/1.1")
            .replace(b"GET People HTTP/1.1", b"GET People HTTP/1.0")
        )
        first, second = rows(path)
        kind = {"kind": "bare_lf", "first_offset": 28, "offset_in": "file", "count": 1}
        assert first["batch_oddities"] == second["batch_oddities"] == [kind]
        (oddity,) = first["oddities"]
        assert (oddity["kind"], oddity["offset_in"], oddity["count"]) == (
            "other_version",
            "body",
            2,
        )
        assert second["oddities"] == []

    def test_content_type(self, tmp_path: Path) -> None:
        """One that was met in the Content-Type has no offset."""
        path = tmp_path / "f"
        body = b"--a:b\r\nContent-Type: application/http\r\n\r\nGET a HTTP/1.1\r\n\r\n--a:b--"
        head = b"POST /$batch HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=a:b\r\n\r\n"
        path.write_bytes(head + body)
        (row,) = rows(path)
        kind = {"kind": "unquoted_boundary", "first_offset": None, "offset_in": None, "count": 1}
        assert row["batch_oddities"] == [kind]
        assert "oddity unquoted_boundary: in the content type" in run("show", path).stdout

    def test_no_batch(self, tmp_path: Path) -> None:
        """One line for a message, with the answer to it."""
        (row,) = rows(BASIC, FIXTURES / "add-collection-2024-basic.answer.http")
        assert (row["part"], row["outcome"], row["dialect"]) == (None, "answered", None)
        assert row["path"] == "/jobs/jobId/addtaskcollection"
        assert (row["answer"]["part"], row["answer"]["status"]) == (None, 200)

    def test_text(self, tmp_path: Path) -> None:
        """A bare body that is no batch has a length alone."""
        path = tmp_path / "f"
        path.write_bytes(b"text")
        (row,) = rows("--content-type", "text/plain", path)
        assert (row["part"], row["body_bytes"], row["headers"]) == (None, 4, ["Content-Type"])
        assert {"path", "status"}.isdisjoint(row)

    def test_refused_whole(self, tmp_path: Path) -> None:
        """One response to a batch is nobody's own."""
        path = saved(tmp_path / "f", request_of(Batch((get(),))), HttpResponse(403))
        asked, refused = rows(path)
        assert (asked["outcome"], asked["answer"]) == (None, None)
        assert (refused["part"], refused["status"], refused["outcome"]) == (None, 403, None)

    def test_dialects(self, tmp_path: Path) -> None:
        """Names that go in are those that come out."""
        path = saved(tmp_path / "f", request_of(Batch((get(),))))
        for name in DIALECTS:
            (row,) = rows("--dialect", name, path)
            assert row["dialect"] == name

    def test_rich_is_not_imported(self) -> None:
        """It is imported only where something is drawn on a terminal."""
        code = (
            "import sys, odatabatch\n"
            "from odatabatch.cli import main\n"
            f"main(['show', *sys.argv[1:], {str(THREE_TASKS)!r}], standalone_mode=False)\n"
            "assert not any(name.split('.')[0] == 'rich' for name in sys.modules)"
        )
        for options in ([], ["--json"]):
            command = [sys.executable, "-c", code, *options]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class TestSecrets:
    """No value of a header, no query and no body is shown."""

    @pytest.mark.parametrize("options", [[], ["--headers"], ["--json"]])
    def test_seed(self, options: list[str]) -> None:
        """Alone and in pairs."""
        for files in ([THREE_TASKS, ANSWER], [THREE_TASKS], [ANSWER]):
            output = run("show", *options, *files).stdout
            for value in ("Xbm5iDvgCbH6", "api-version", "echo hello", "625b38f0", "batch_822c"):
                assert value not in output

    @pytest.mark.parametrize("options", [[], ["--headers"], ["--json"]])
    def test_terminals_are_safe(self, tmp_path: Path, options: list[str]) -> None:
        """What a terminal might obey is escaped."""
        data = write_message(legacy(task("a"))).replace(b"Content-ID: 0", b"Content-ID: \x9b2J")
        path = tmp_path / "r\x1b[2J\u202e"
        path.write_bytes(data)
        output = run("show", *options, path).stdout
        assert all(mark.isprintable() for mark in output.replace("\n", ""))
        assert ("\\u009b2J" if "--json" in options else "\\x9b2J") in output


class TestFailures:
    """Input that cannot be read: exit code 3, after what was read before it."""

    def test_broken_off(self, tmp_path: Path) -> None:
        """A batch that ends too early."""
        path = tmp_path / "f"
        message = request_of(Batch((get(), get())))
        path.write_bytes(write_message(HttpRequest("GET", "/")) + b"\r\n###\r\n")
        with path.open("ab") as stream:
            stream.write(write_message(message)[:-20])
        result = run("show", path)
        assert result.exit_code == 3
        assert "in the body of message 1: missing_close_delimiter" in result.stderr
        assert "GET /" in result.stdout
        assert "People" not in result.stdout

    def test_unreadable_answer(self) -> None:
        """The request that waited for it is drawn."""
        result = run("show", THREE_TASKS, "no such file")
        assert result.exit_code == 3
        assert "no such file" in result.stderr
        assert "request: 3 operations" in result.stdout
