"""What the commands share: exit codes, standard streams."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import odatabatch
from odatabatch.cli import streams
from odatabatch.oddities import CAPTURED
from tests.azure.batches import task
from tests.cli.commands import ANSWER, FIXTURES, PAGE, THREE_TASKS, legacy, run, saved


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"],
        ["show", "-", "-"],
        ["answer", "-", "-"],
        ["answer", THREE_TASKS],
        ["upgrade", "--tolerate", "all", THREE_TASKS],
        ["upgrade", "--api-version", "2015-12-01.2.2", THREE_TASKS],
        ["upgrade", "--api-version", "newest", THREE_TASKS],
        ["downgrade"],
    ],
)
def test_usage(arguments: list[Any]) -> None:
    """Exit code 2."""
    result = run(*arguments, data=b"")
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["show", "no such file"], "no such file"),
        (["upgrade", FIXTURES], str(FIXTURES)),
        (["upgrade", "-"], "no_message"),
        (["upgrade", ANSWER], "expected one request, got 0"),
        (["upgrade", FIXTURES / "add-collection-2024-basic.http"], "expected a batch request"),
        (["upgrade", "--tolerate", "strict", PAGE], "bare_lf"),
        (["upgrade", "--content-type", "multipart/mixed", THREE_TASKS], "missing_boundary"),
        (
            ["show", "--content-type", "multipart/mixed; boundary=x", THREE_TASKS],
            "missing_delimiter",
        ),
    ],
)
def test_unreadable(arguments: list[Any], text: str) -> None:
    """Exit code 3, and what is wrong with which file."""
    result = run(*arguments, data=b"")
    assert result.exit_code == 3
    assert text in result.stderr


def test_untranslatable(tmp_path: Path) -> None:
    """A member of the wrong type."""
    path = saved(tmp_path / "r", legacy(task("a"), task("b", constraints="secret")))
    result = run("upgrade", path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "wrong_type" in result.stderr
    assert "batch[1]/changeset[0], constraints" in result.stderr
    assert "secret" not in result.stderr


def test_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 130."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(click, "open_file", interrupt)
    assert run("show", THREE_TASKS).exit_code == 130


def test_help() -> None:
    """Every command says what it does."""
    for command in ([], ["show"], ["upgrade"], ["answer"]):
        assert run(*command, "--help").exit_code == 0


def test_bytes_through_a_real_process() -> None:
    """Standard input and output are bytes."""
    code = "from odatabatch.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "upgrade", "-"],
        input=THREE_TASKS.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert done.stdout == run("upgrade", THREE_TASKS).stdout_bytes


def test_standard_output_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is a message and an exit code, not a traceback; a closed pipe is click's own."""

    class Stream:
        def __init__(self, error: OSError) -> None:
            self.error = error

        def write(self, data: bytes) -> None:
            raise self.error

    class Output:
        def __init__(self, error: OSError) -> None:
            self.buffer = Stream(error)

    monkeypatch.setattr(sys, "stdout", Output(OSError(28, "No space left on device")))
    with pytest.raises(streams.InputFailure):
        streams.write(b"x")
    monkeypatch.setattr(sys, "stdout", Output(BrokenPipeError()))
    with pytest.raises(BrokenPipeError):
        streams.write(b"x")


def test_as_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m odatabatch`` is the command."""
    monkeypatch.setattr("sys.argv", ["odatabatch", "--version"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("odatabatch", run_name="__main__")
    assert caught.value.code == 0
    assert odatabatch.__version__ in capsys.readouterr().out


class TestClosedStreams:
    """A standard stream may be closed (``>&-``); that is a failure in our own words."""

    def test_output(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing can be written, and nothing is drawn in colour."""
        monkeypatch.setattr(sys, "stdout", None)
        with pytest.raises(streams.InputFailure, match="standard output: closed"):
            streams.write(b"a")

    def test_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing can be read."""
        monkeypatch.setattr(sys, "stdin", None)
        with pytest.raises(streams.InputFailure, match="-: cannot be read"):
            streams.messages_of("-", CAPTURED)
