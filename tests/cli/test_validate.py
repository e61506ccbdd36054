"""``odatabatch validate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from odatabatch import Headers, HttpRequest, HttpResponse
from odatabatch.captures import read_messages, write_messages
from odatabatch.cli.validate import validate
from tests.azure.batches import task
from tests.cli.commands import ANSWER, FIXTURES, PAGE, legacy, saved

THREE = FIXTURES / "add-three-tasks.http"
PATH = "https://account.region.batch.azure.com/jobs/j"
BAD = task("a b", x=1, requiredSlots=0)
FAULTS = ["value[0].id: invalid_id", "value[0].requiredSlots: out_of_range"]


def run(*arguments: Any, data: bytes | None = None) -> Result:
    """What the command does."""
    return CliRunner().invoke(validate, [str(argument) for argument in arguments], input=data)


def told(result: Result) -> list[str]:
    """The lines of a command without their details; they are as many as the exit code says."""
    lines = result.stdout.splitlines()
    assert result.exit_code == (1 if lines else 0), result.output
    return [line.rpartition(": ")[0] for line in lines]


def request(body: bytes, target: str = f"{PATH}/addtaskcollection", **fields: str) -> HttpRequest:
    """A request with that body."""
    fields = {"Content_Type": "application/json", "Content_Length": str(len(body)), **fields}
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    return HttpRequest("POST", target, headers, body)


class TestFiles:
    """What a file may hold."""

    def test_collection(self, tmp_path: Path) -> None:
        """An addtaskcollection request."""
        path = saved(tmp_path / "r", request(b'{"value":[%s,%s]}' % (task("a"), BAD)))
        assert told(run(path)) == [line.replace("[0]", "[1]") for line in FAULTS]

    def test_task(self, tmp_path: Path) -> None:
        """A request that adds one task."""
        assert told(run(saved(tmp_path / "r", request(BAD, f"{PATH}/tasks")))) == FAULTS

    def test_legacy_batch(self, tmp_path: Path) -> None:
        """Each operation by itself, under its own path; ids may be repeated."""
        path = saved(tmp_path / "r", legacy(task("a"), b"{", task("A"), BAD))
        assert told(run("--strict", path)) == [
            "batch[1]/changeset[0].body: invalid_json",
            "batch[3]/changeset[0].body.id: invalid_id",
            "batch[3]/changeset[0].body.x: unknown_member",
            "batch[3]/changeset[0].body.requiredSlots: unknown_member",
        ]

    @pytest.mark.parametrize("path", [THREE, PAGE])
    def test_page(self, path: Path) -> None:
        """Azure Batch's page has no faults; what was tolerated in it goes to stderr."""
        result = run("--strict", path)
        assert told(result) == []
        assert ("bare_lf" in result.stderr) is (path is PAGE)

    def test_bare_batch(self) -> None:
        """The body of a legacy batch alone."""
        (whole,) = read_messages(THREE.read_bytes())
        content_type = whole.message.headers.get("Content-Type") or ""
        result = run("--strict", "--content-type", content_type, "-", data=whole.message.body)
        assert told(result) == []

    @pytest.mark.parametrize("name", ["basic", "complex"])
    def test_collections_of_the_page_of_2024(self, name: str) -> None:
        """They have no faults either."""
        assert told(run("--strict", FIXTURES / f"add-collection-2024-{name}.http")) == []

    def test_collection_of_the_page_of_2017(self) -> None:
        """It lacks a comma: one fault of the whole body, which has no path."""
        result = run(FIXTURES / "add-collection-2017.invalid.http")
        assert result.exit_code == 1
        assert result.stdout.startswith("invalid_json: expected a comma or }")

    @pytest.mark.parametrize("before", [b"", b" \r\n"])
    def test_bare_json(self, before: bytes) -> None:
        """A task or a collection without an HTTP head."""
        assert told(run("-", data=before + BAD)) == FAULTS
        assert told(run("-", data=before + b'{"value":[%s]}' % BAD)) == FAULTS
        assert told(run("--content-type", "application/json", "-", data=BAD)) == FAULTS

    @pytest.mark.parametrize(
        ("data", "code"),
        [(b"{", "invalid_json"), (b"\xef\xbb\xbf{}", "byte_order_mark")],
    )
    def test_bare_json_that_cannot_be_read(self, data: bytes, code: str) -> None:
        """A fault as well."""
        assert told(run("-", data=data)) == [f"value[0]: {code}"]

    def test_several_requests(self, tmp_path: Path) -> None:
        """As upgrade prints them: each by itself, and the paths say which one it is."""
        good = request(b'{"value":[%s]}' % task("a"))
        bad = request(b'{"value":[%s]}' % BAD)
        (tmp_path / "r").write_bytes(write_messages([good, bad, request(b"{")]))
        assert told(run(tmp_path / "r")) == [
            *(f"request[1]/{fault}" for fault in FAULTS),
            "request[2]: invalid_json",
        ]

    def test_request_beside_its_answer(self, tmp_path: Path) -> None:
        """A file may hold the whole exchange."""
        path = saved(tmp_path / "r", request(BAD, f"{PATH}/tasks"), HttpResponse(201, "Created"))
        assert told(run(path)) == FAULTS


class TestOptions:
    """Version, strictness, form."""

    def test_version_of_the_target(self, tmp_path: Path) -> None:
        """By default the one that the request names; one that is given goes before it."""
        body = b'{"value":[%s]}' % task("a", multiInstanceSettings={"numberOfInstances": 1})
        target = f"{PATH}/addtaskcollection?api-version=2016-02-01.3.0"
        path = saved(tmp_path / "r", request(body, target))
        missing = "value[0].multiInstanceSettings.coordinationCommandLine: missing_member"
        assert told(run(path)) == []
        assert told(run("--api-version", "2017-09-01.6.0", path)) == [missing]
        assert told(run(saved(tmp_path / "s", request(body)))) == [missing]

    def test_version_of_a_batch(self, tmp_path: Path) -> None:
        """That of the outer request, else the operation's own, else the newest."""
        body = task("a", requiredSlots=0)
        batch = legacy(body)
        unversioned = batch.replace(body=batch.body.replace(b"?api-version=2016-02-01.3.0", b""))
        outer = batch.replace(target=f"{batch.target}?api-version=2025-06-01")
        place = "batch[0]/changeset[0].body.requiredSlots"
        unknown, out = [f"{place}: unknown_member"], [f"{place}: out_of_range"]
        strict = ["--strict", "--tolerate", "content_length_mismatch"]
        assert told(run(*strict, saved(tmp_path / "own", batch))) == unknown
        assert told(run(*strict, saved(tmp_path / "newest", unversioned))) == out
        assert told(run(*strict, saved(tmp_path / "outer", outer))) == out
        given = ["--api-version", "2025-06-01"]
        assert told(run(*strict, *given, saved(tmp_path / "given", batch))) == out

    def test_strict(self) -> None:
        """Unknown members are faults, else notes on stderr, which change nothing."""
        body = task("a", x=1)
        result = run("-", data=body)
        assert told(result) == []
        assert result.stderr.startswith("-: note: value[0].x: unknown_member: ")
        result = run("--strict", "-", data=body)
        assert told(result) == ["value[0].x: unknown_member"]
        assert result.stderr == ""

    def test_json(self) -> None:
        """JSON Lines."""
        result = run("--json", "-", data=BAD)
        assert result.exit_code == 1
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert [f"{row['path']}: {row['code']}" for row in rows] == FAULTS
        assert list(rows[0]) == ["code", "path", "detail"]
        assert run("--json", "-", data=task("a")).stdout == ""

    def test_notes_show_nothing_that_a_terminal_obeys(self) -> None:
        """Names of members stand in paths, escaped."""
        result = run("-", data=task("a", **{"\x1b[2J": "s3cret"}))
        assert result.exit_code == 0
        assert "\x1b" not in result.stderr
        assert "s3cret" not in result.stderr

    @pytest.mark.parametrize("version", ["newest", "2021-01-01.13.0"])
    def test_unknown_version(self, version: str) -> None:
        """Exit code 2."""
        result = run("--api-version", version, "-", data=b"{}")
        assert (result.exit_code, result.stdout) == (2, "")

    def test_usage(self) -> None:
        """A file is needed, and there is help."""
        assert run().exit_code == 2
        assert run("--help").exit_code == 0


class TestUnreadable:
    """Exit code 3."""

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (["no such file"], "no such file"),
            ([FIXTURES], str(FIXTURES)),
            (["-"], "no_message"),
            ([ANSWER], "expected a request, got none"),
            (["--tolerate", "strict", PAGE], "bare_lf"),
            (["--content-type", "multipart/mixed", THREE], "missing_boundary"),
        ],
    )
    def test_files(self, arguments: list[Any], text: str) -> None:
        """What cannot be read, or holds no request."""
        result = run(*arguments, data=b"")
        assert (result.exit_code, result.stdout) == (3, "")
        assert text in result.stderr

    def test_answer_to_a_batch(self) -> None:
        """Its parts are no tasks."""
        (whole,) = read_messages(ANSWER.read_bytes())
        content_type = whole.message.headers.get("Content-Type") or ""
        result = run("--content-type", content_type, "-", data=whole.message.body)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "got the answer to a batch" in result.stderr

    @pytest.mark.parametrize(
        ("message", "code"),
        [
            (request(b"{}", f"{PATH}/tasks/a"), "unsupported_target"),
            (request(b"{}", f"{PATH}/tasks?api-version=newest"), "unknown_api_version"),
            (request(b"{}", "https://h/x/addtaskcollection"), "unsupported_target"),
            (request(b"{}", Content_Type="text/plain"), "unsupported_content_type"),
            (request(b"{}", Content_Encoding="gzip"), "unsupported_content_coding"),
            (legacy(b"{}").replace(target="/batch"), "unsupported_target"),
        ],
    )
    def test_requests(self, tmp_path: Path, message: HttpRequest, code: str) -> None:
        """Requests that add no task, or say that they carry something else."""
        result = run(saved(tmp_path / "r", message))
        assert (result.exit_code, result.stdout) == (3, "")
        assert code in result.stderr

    @pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("POST", "https://h/x")])
    def test_nearly_collections(self, tmp_path: Path, method: str, path: str) -> None:
        """What goes to the end of a collection's path is told how a collection is added."""
        target = f"{path}/addtaskcollection?api-version=2016-02-01.3.0"
        message = request(b"{}").replace(method=method, target=target)
        result = run(saved(tmp_path / "r", message))
        assert result.exit_code == 3
        assert "expected a POST to /jobs/{job}/addtaskcollection" in result.stderr

    def test_operations(self, tmp_path: Path) -> None:
        """One that adds no task, after one with faults: nothing is printed."""
        batch = legacy(BAD, task("b"))
        first, _, last = batch.body.rpartition(b"/tasks")
        path = saved(tmp_path / "r", batch.replace(body=first + b"/other" + last))
        result = run("--tolerate", "content_length_mismatch", path)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "unsupported_target" in result.stderr
        assert "batch[1]/changeset[0]" in result.stderr
