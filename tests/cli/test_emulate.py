"""``odatabatch emulate``: the real command, and what it refuses."""

from __future__ import annotations

import datetime
import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from odatabatch import Headers, HttpRequest
from odatabatch.azure import SharedKey
from odatabatch.cli import emulate, main
from odatabatch.cli.emulate import KEY_VARIABLE
from odatabatch.emulator.store import http_of, ticks_of
from tests.emulator.sockets import half_asked

KEY = "a2V5"  # base64 of "key"
VERSION = {"api-version": "2025-06-01"}
TASK = {"id": "t", "commandLine": "c"}
TASKS = "/jobs/job/tasks"

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@contextmanager
def running(
    *arguments: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The command, and a client of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "odatabatch", "emulate", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        assert url.startswith("http://127.0.0.1:"), process.communicate()
        with httpx.Client(base_url=url, params=VERSION, timeout=30, trust_env=False) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def stopped(process: subprocess.Popen[bytes], number: int) -> tuple[int, bytes, bytes]:
    """The exit code of a command that was sent a signal, and what it said at last."""
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Heed SIGINT: what a shell runs in the background ignores it, and so do its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@posix
class TestServing:
    """The real command."""

    def test_faults(self, tmp_path: Path) -> None:
        """Posted to, with faults; stops on SIGTERM with 0, and has said nothing else."""
        script = tmp_path / "faults.json"
        faults = [
            {"do": "cut", "operation": "Task_Get", "times": 1},
            {"do": "cut", "operation": "Task_Get", "body_bytes": 3, "after": 1, "times": 1},
            {"do": "hang", "operation": "Task_List"},
        ]
        script.write_text(json.dumps(faults), "utf-8")
        with running("--faults", str(script)) as (process, client):
            assert client.post("/jobs", json={"id": "job"}).status_code == 201
            assert client.post(TASKS, json=TASK).status_code == 201
            for _ in range(2):
                with pytest.raises(httpx.RemoteProtocolError):
                    client.get(f"{TASKS}/t")
            assert client.get(f"{TASKS}/t").status_code == 200
            with pytest.raises(httpx.ReadTimeout):
                client.get(TASKS, timeout=0.2)
            assert stopped(process, signal.SIGTERM) == (0, b"", b"")

    def test_key(self) -> None:
        """With a key in the environment, signatures are checked; Ctrl-C ends it with 130."""
        with running("--account", "mine", environment={KEY_VARIABLE: KEY}) as (process, client):
            assert client.get(TASKS).status_code == 403
            url = client.base_url.join(TASKS).copy_merge_params(VERSION)
            now = http_of(ticks_of(datetime.datetime.now(datetime.UTC)))
            signed = SharedKey("mine", KEY).signed(HttpRequest("GET", str(url), Headers()), now)
            assert client.get(TASKS, headers=signed.headers.items()).status_code == 404
            code, out, err = stopped(process, signal.SIGINT)
            assert (code, out) == (130, b"")
            assert KEY.encode() not in err

    def test_jobs(self) -> None:
        """Those that are named are there."""
        with running("--job", "a", "--job", "b") as (_, client):
            for job in ("a", "b"):
                assert client.get(f"/jobs/{job}").json()["id"] == job
            assert client.get("/jobs/c").status_code == 404

    def test_no_reader(self) -> None:
        """Where nobody reads the address it ends, and says nothing; the port is not at fault."""
        reading, writing = os.pipe()
        os.close(reading)
        command = [sys.executable, "-m", "odatabatch", "emulate"]
        ended = subprocess.run(
            command, check=False, stdout=writing, stderr=subprocess.PIPE, timeout=60
        )
        os.close(writing)
        assert (ended.returncode, ended.stderr) == (1, b"")

    def test_half_a_request(self) -> None:
        """A client that has sent half a request does not keep it from stopping."""
        with running() as (process, client), half_asked(client.base_url.port or 0):
            assert stopped(process, signal.SIGTERM) == (0, b"", b"")

    def test_versions(self) -> None:
        """Those that are retired are refused."""
        with running("--oldest", "2025-06-01") as (_, client):
            response = client.get(TASKS, params={"api-version": "2024-07-01.20.0"})
            assert response.json()["code"] == "UnsupportedRequestVersion"


def run(*arguments: str) -> Result:
    """The command in this process, which refuses or is stopped at once."""
    return CliRunner().invoke(main, ["emulate", *arguments])


class TestRefused:
    """Before anything is served."""

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["--key", "c2VjcmV0"], "account"),
            (["--account", "mine", "--key", "secret!"], "base64"),
            (["--account", "a b", "--key", "c2VjcmV0"], "account"),
            (["--account", "a\r\nX: y"], "account"),
            (["--job", "a", "--job", "A"], "job"),
            (["--oldest", "2025-06-01", "--newest", "2016-02-01.3.0"], "--oldest"),
            (["--port", "65536"], "--port"),
            (["--newest", "2026"], "versions"),
        ],
    )
    def test_usage(self, arguments: list[str], expected: str) -> None:
        """Options that do not fit. No key is shown."""
        result = run(*arguments)
        assert result.exit_code == 2
        assert expected in result.stderr
        assert "secret!" not in result.output
        assert "c2VjcmV0" not in result.output

    @pytest.mark.parametrize(
        ("script", "expected"),
        [
            ("{", "invalid_json"),
            ('[{"do":"cut","times":0}]', "[0].times"),
            (None, "No such file"),
        ],
    )
    def test_script(self, tmp_path: Path, script: str | None, expected: str) -> None:
        """A script that cannot be read."""
        file = tmp_path / "faults.json"
        if script is not None:
            file.write_text(script, "utf-8")
        result = run("--faults", str(file))
        assert result.exit_code == 3
        assert expected in result.stderr

    def test_without_uvicorn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The extra that brings it is named."""
        monkeypatch.setitem(sys.modules, "odatabatch.emulator.serving", None)
        result = run()
        assert result.exit_code == 2
        assert "odatabatch[serve]" in result.stderr

    def test_port(self) -> None:
        """One that is taken."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            result = run("--port", str(taken.getsockname()[1]))
        assert result.exit_code == 5
        assert "port" in result.stderr


class TestStopped:
    """In this process: where it is goes to standard output, before anything else."""

    def test_no_reader(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where nobody reads that, it ends; the port is not at fault."""

        def write_lines(_lines: list[str]) -> None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

        monkeypatch.setattr(
            sys.modules[emulate.callback.__module__].streams, "write_lines", write_lines
        )
        result = run()
        assert (result.exit_code, result.output) == (1, "")

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
    def test_stopped(
        self, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
    ) -> None:
        """The signal ends it; afterwards signals mean what they meant before."""
        before = signal.getsignal(signal.SIGTERM)

        def sleep(_seconds: float) -> Any:
            signal.raise_signal(number)
            raise AssertionError("it goes on")

        monkeypatch.setattr(sys.modules[emulate.callback.__module__].time, "sleep", sleep)
        result = run()
        assert result.exit_code == code
        assert result.stdout.startswith("http://127.0.0.1:")
        assert signal.getsignal(signal.SIGTERM) is before
