"""``odatabatch answer``."""

from __future__ import annotations

from pathlib import Path

import pytest

from odatabatch import BatchResponse, Headers, HttpResponse
from odatabatch.captures import read_batch, read_messages
from tests.azure.batches import added, answered, failed, refused
from tests.cli.commands import ANSWER, SEED, run, saved


@pytest.fixture
def seed_answers(tmp_path: Path) -> Path:
    """The answers to the two requests for the batch of Azure Batch's page, in one file."""
    first = answered(added("taskbatch3_00000"), added("taskbatch3_00001"))
    second = answered(failed("taskbatch3_00000"))
    return saved(tmp_path / "answers.http", first, second)


def test_seed(seed_answers: Path) -> None:
    """1 and 3 were added, 2 already existed."""
    result = run("answer", SEED, seed_answers)
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


def test_several_files(tmp_path: Path, seed_answers: Path) -> None:
    """One file a request, in their order, is the same; standard input as well."""
    messages = [found.message for found in read_messages(seed_answers.read_bytes())]
    paths = []
    for n, message in enumerate(messages):
        assert isinstance(message, HttpResponse)
        paths.append(saved(tmp_path / str(n), message))
    expected = run("answer", SEED, seed_answers).stdout_bytes
    assert run("answer", SEED, *paths).stdout_bytes == expected
    data = paths[1].read_bytes()
    assert run("answer", SEED, paths[0], "-", data=data).stdout_bytes == expected
    assert run("answer", "-", *paths, data=SEED.read_bytes()).stdout_bytes == expected


def test_answers_saved_as_text(tmp_path: Path, seed_answers: Path) -> None:
    """LF and line ends after the content, as editors leave them."""
    text = seed_answers.read_bytes().replace(b"\r\n", b"\n").replace(b"###", b"\n### second\n")
    path = tmp_path / "text.http"
    path.write_bytes(text + b"\n")
    assert run("answer", SEED, path).stdout_bytes == run("answer", SEED, seed_answers).stdout_bytes


def test_refused(tmp_path: Path) -> None:
    """Where all requests were refused alike the answer is that refusal."""
    response = refused(403, "AuthenticationFailed", Server="x")
    path = saved(tmp_path / "a", response, response)
    result = run("answer", SEED, path)
    assert result.exit_code == 0
    (found,) = read_messages(result.stdout_bytes)
    length = Headers([*response.headers, ("Content-Length", str(len(response.body)))])
    assert found.message == response.replace(headers=length)


def test_open(tmp_path: Path) -> None:
    """Where nobody knows there is no answer, and the operations are named."""
    first = answered(added("taskbatch3_00000"), added("taskbatch3_00001"))
    result = run("answer", SEED, saved(tmp_path / "a", first, refused(503, "ServerBusy")))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "open_outcomes" in result.stderr
    assert "Content-ID 2" in result.stderr


def test_results_that_do_not_fit(tmp_path: Path) -> None:
    """Never success by default."""
    first = answered(added("taskbatch3_00000"))
    result = run("answer", SEED, saved(tmp_path / "a", first, first))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "missing_result" in result.stderr


def test_requests_are_no_answers() -> None:
    """A request among the answers."""
    result = run("answer", SEED, SEED)
    assert (result.exit_code, result.stdout) == (3, "")
