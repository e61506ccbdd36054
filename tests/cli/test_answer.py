"""``odatabatch answer``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import odatabatch
from odatabatch import BatchResponse, Headers, HttpResponse
from odatabatch.captures import read_batch, read_messages
from tests.azure.batches import added, answered, batch, failed, operation, refused, task
from tests.cli.commands import ANSWER, FIXTURES, THREE_TASKS, run, saved

WORK_ITEMS = FIXTURES / "add-work-item-tasks.http"
WORK_ITEMS_ANSWER = FIXTURES / "add-work-item-tasks.collection.answer.http"
FRAMES = FIXTURES / "add-frames.http"
FRAMES_ANSWER = FIXTURES / "add-frames.legacy.answer.http"


@pytest.fixture
def both_answers(tmp_path: Path) -> Path:
    """The answers to the two requests for the batch of Azure Batch's page, in one file."""
    url = "http://myaccount.myregion.batch.azure.com/jobs/job-0000000001/tasks/"
    names = ("taskbatch3_00000", "taskbatch3_00001")
    first = answered(*(added(name, location=url + name) for name in names))
    second = answered(failed("taskbatch3_00000"))
    return saved(tmp_path / "answers.http", first, second)


def test_three_tasks(both_answers: Path) -> None:
    """1 and 3 were added, 2 already existed."""
    result = run("answer", THREE_TASKS, both_answers)
    assert result.exit_code == 0
    (found,) = read_messages(result.stdout_bytes)
    assert isinstance(found.message, HttpResponse)
    assert (found.message.status, found.message.reason) == (202, "Accepted")
    answer = read_batch(found.message)
    assert isinstance(answer, BatchResponse)
    assert [(part.content_id, part.status) for part in answer.responses] == [
        ("1", 201),
        ("3", 201),
        ("2", 409),
    ]
    expected = read_batch(read_messages(ANSWER.read_bytes())[0].message)
    assert expected is not None
    for ours, theirs in zip(answer.responses, expected.responses, strict=True):  # type: ignore[union-attr]
        assert [name for name, _ in ours.headers] == [name for name, _ in theirs.headers]


def test_several_files(tmp_path: Path, both_answers: Path) -> None:
    """One file a request, in their order, is the same; standard input as well."""
    messages = [found.message for found in read_messages(both_answers.read_bytes())]
    paths = []
    for n, message in enumerate(messages):
        assert isinstance(message, HttpResponse)
        paths.append(saved(tmp_path / str(n), message))
    expected = run("answer", THREE_TASKS, both_answers).stdout_bytes
    assert run("answer", THREE_TASKS, *paths).stdout_bytes == expected
    data = paths[1].read_bytes()
    assert run("answer", THREE_TASKS, paths[0], "-", data=data).stdout_bytes == expected
    assert run("answer", "-", *paths, data=THREE_TASKS.read_bytes()).stdout_bytes == expected


def test_answers_saved_as_text(tmp_path: Path, both_answers: Path) -> None:
    """LF and line ends after the content, as editors leave them."""
    text = both_answers.read_bytes().replace(b"\r\n", b"\n").replace(b"###", b"\n### second\n")
    path = tmp_path / "text.http"
    path.write_bytes(text + b"\n")
    assert (
        run("answer", THREE_TASKS, path).stdout_bytes
        == run("answer", THREE_TASKS, both_answers).stdout_bytes
    )


def test_refused(tmp_path: Path) -> None:
    """Where all requests were refused alike the answer is that refusal."""
    response = refused(403, "AuthenticationFailed", Server="x")
    path = saved(tmp_path / "a", response, response)
    result = run("answer", THREE_TASKS, path)
    assert result.exit_code == 0
    (found,) = read_messages(result.stdout_bytes)
    length = Headers([*response.headers, ("Content-Length", str(len(response.body)))])
    assert found.message == response.replace(headers=length)


def test_open(tmp_path: Path) -> None:
    """Where nobody knows there is no answer, and the operations are named."""
    first = answered(added("taskbatch3_00000"), added("taskbatch3_00001"))
    result = run("answer", THREE_TASKS, saved(tmp_path / "a", first, refused(503, "ServerBusy")))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "open_outcomes" in result.stderr
    assert "Content-ID 2" in result.stderr


def test_results_that_do_not_fit(tmp_path: Path) -> None:
    """Never success by default."""
    first = answered(added("taskbatch3_00000"))
    result = run("answer", THREE_TASKS, saved(tmp_path / "a", first, first))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "missing_result" in result.stderr


def test_requests_are_no_answers() -> None:
    """A request among the answers."""
    result = run("answer", THREE_TASKS, THREE_TASKS)
    assert (result.exit_code, result.stdout) == (3, "")


def test_work_items() -> None:
    """An answer to the oldest batches speaks of the URLs that their client knows."""
    result = run("answer", WORK_ITEMS, WORK_ITEMS_ANSWER)
    assert (result.exit_code, result.stderr) == (0, "")
    (found,) = read_messages(result.stdout_bytes)
    answer = read_batch(found.message)
    assert isinstance(answer, BatchResponse)
    second, first = answer.responses
    assert (second.content_id, second.status, second.body) == ("2", 201, b"")
    assert (first.content_id, first.status) == ("1", 400)
    assert json.loads(first.body)["code"] == "InvalidPropertyValue"
    place = "/workitems/nightly/jobs/job-0000000042/tasks/render-0002"
    assert str(second.headers.get("Location")).endswith(place)


def test_source_version(tmp_path: Path) -> None:
    """As it was given to upgrade."""
    item = operation("1", task("a"), target="/jobs/job-1/tasks")
    encoded = odatabatch.encode_request(batch(item), dialect=odatabatch.azure.AZURE_BATCH)
    path = tmp_path / "r"
    path.write_bytes(encoded.body)
    arguments = ["answer", "--content-type", encoded.content_type, path]
    arguments.append(saved(tmp_path / "a", answered(added("a"))))
    assert "missing_api_version" in run(*arguments).stderr
    assert run(*arguments, "--source-version", "2016-02-01.3.0").exit_code == 0


class TestCollection:
    """The other way: the answer to an ``addtaskcollection`` request."""

    def results(self, *options: str | Path) -> list[dict[str, Any]]:
        """The results that the command prints."""
        result = run("answer", *options, FRAMES, FRAMES_ANSWER)
        assert (result.exit_code, result.stderr) == (0, "")
        (found,) = read_messages(result.stdout_bytes)
        assert isinstance(found.message, HttpResponse)
        assert (found.message.status, found.message.reason) == (200, "OK")
        assert found.message.headers.get("Content-Length") == str(len(found.message.body))
        results: list[dict[str, Any]] = json.loads(found.message.body)["value"]
        return results

    def test_fixture(self) -> None:
        """Each task has its own answer, though they came in another order."""
        second, third, first = self.results()
        assert [row["taskId"] for row in (first, second, third)] == [
            "frame-0001",
            "frame-0002",
            "assemble",
        ]
        assert [row["status"] for row in (first, second)] == ["success"] * 2
        assert (third["status"], third["error"]["code"]) == ("clienterror", "TaskExists")
        assert first["lastModified"] == "2016-03-08T09:30:15Z"

    def test_ticks(self) -> None:
        """The fraction that an ETag tells, where asked for."""
        second, _, first = self.results("--recover-ticks")
        assert first["lastModified"] == "2016-03-08T09:30:15.1834461Z"
        assert second["lastModified"] == "2016-03-08T09:30:15.170045Z"

    def test_version(self) -> None:
        """As it was given to downgrade, and the work item with it."""
        old = ["--api-version", "2014-10-01.1.0"]
        assert "missing_work_item" in run("answer", *old, FRAMES, FRAMES_ANSWER).stderr
        assert self.results(*old, "--work-item", "nightly")

    def test_oddities(self, tmp_path: Path) -> None:
        """What was saved as text is read."""
        path = tmp_path / "a"
        path.write_bytes(FRAMES_ANSWER.read_bytes().replace(b"\r\n", b"\n"))
        result = run("answer", FRAMES, path)
        assert result.exit_code == 0
        assert "bare_lf" in result.stderr
        (found,) = read_messages(result.stdout_bytes)
        (expected,) = read_messages(run("answer", FRAMES, FRAMES_ANSWER).stdout_bytes)
        texts = [item.message.body.replace(b"\r\n", b"\n") for item in (found, expected)]
        assert texts[0] == texts[1]
        assert run("answer", "--tolerate", "strict", FRAMES, path).exit_code == 3

    def test_open(self, tmp_path: Path) -> None:
        """Where nobody knows there is no answer."""
        result = run("answer", FRAMES, saved(tmp_path / "a", refused(500)))
        assert (result.exit_code, result.stdout) == (1, "")
        assert "Content-ID 1, Content-ID 2, Content-ID 3" in result.stderr

    def test_answers_that_do_not_fit(self) -> None:
        """Never success by default."""
        result = run("answer", FIXTURES / "add-collection-2024-basic.http", ANSWER)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "answer[0]" in result.stderr

    def test_standard_input(self) -> None:
        """A file named - is standard input, on either side."""
        expected = run("answer", FRAMES, FRAMES_ANSWER).stdout_bytes
        for names, path in ((["-", FRAMES_ANSWER], FRAMES), ([FRAMES, "-"], FRAMES_ANSWER)):
            assert run("answer", *names, data=path.read_bytes()).stdout_bytes == expected

    @pytest.mark.parametrize(
        "options",
        [
            ["--recover-ticks"],
            ["--work-item", "nightly"],
            ["--api-version", "2015-12-01.2.2"],
        ],
    )
    def test_options_of_the_other_way(self, options: list[str], both_answers: Path) -> None:
        """What has no meaning for a batch is a usage error, and not passed over."""
        result = run("answer", *options, THREE_TASKS, both_answers)
        assert (result.exit_code, result.stdout) == (2, "")

    def test_something_else(self, tmp_path: Path) -> None:
        """Neither a batch nor a collection request."""
        result = run("answer", "--content-type", "text/plain", THREE_TASKS, FRAMES_ANSWER)
        assert (result.exit_code, result.stdout) == (3, "")
        path = tmp_path / "r"
        path.write_bytes(b"GET /jobs HTTP/1.1\r\n\r\n")
        result = run("answer", path, FRAMES_ANSWER)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "unsupported_target" in result.stderr
