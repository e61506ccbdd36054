"""Every harness over every seed, without atheris; and what the harnesses themselves rest on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from odatabatch import CAPTURED, DecodeError, Headers, Operation
from odatabatch.http_message import HttpRequest
from tests import corpus
from tests.fuzz import __main__ as command
from tests.fuzz import contract, growth
from tests.fuzz.contract import Finding, Given, held
from tests.fuzz.harnesses import HARNESSES
from tests.fuzz.inputs import Wire
from tests.fuzz.scripts import DIALECTS, Script
from tests.fuzz.secrets import hidden_in_wire
from tests.fuzz.seeds import seeds

SECRET = frozenset(("s3cret0001",))


class TestSeeds:
    """What fuzzing begins with is in order."""

    @pytest.mark.parametrize("name", HARNESSES)
    def test_all(self, name: str) -> None:
        """A harness finds nothing in any of its seeds; they are different from each other."""
        labels = set()
        for label, data in seeds(name):
            labels.add(label)
            try:
                HARNESSES[name](data)
            except Exception as error:
                error.add_note(f"seed: {label}")
                raise
        assert len(labels) == len(list(seeds(name)))

    @pytest.mark.parametrize("name", HARNESSES)
    @pytest.mark.parametrize("data", [b"", b"\0", b"\xff", b"\xfe\xff\xfd", bytes(range(256))])
    def test_any_bytes(self, name: str, data: bytes) -> None:
        """A harness takes any bytes."""
        HARNESSES[name](data)

    def test_no_atheris(self) -> None:
        """Nothing of this needs atheris, and no test has loaded it."""
        assert "atheris" not in sys.modules


class TestInputs:
    """What a fuzzer's bytes say can be written down, so that fixtures are seeds."""

    def test_wires(self) -> None:
        """Every fixture's body, Content-Type and limits come back."""
        for fixture in corpus.fixtures():
            for tolerate, _ in fixture.readings:
                wire = Wire(fixture.content_type, fixture.body, tolerate, fixture.limits)
                assert Wire.read(wire.written()) == wire

    def test_scripts(self) -> None:
        """Models come back, with their dialect and boundaries."""
        for dialect in DIALECTS:
            for _, data in seeds("encoder"):
                read = Script.read(data)
                if read.dialect is dialect:
                    assert Script.read(read.written()) == read

    def test_alike(self) -> None:
        """A record may say only what is different from the last."""
        data = (
            b"\0\1\xfeO\xffPUT\xffa\xff\xffbody\xffA\xfdb\xffB\xfdc\xfe=\xff\xffb\xff\xff\xffA\xfdd"
        )
        first, second = Script.read(data).batch.operations
        assert first == Operation("PUT", "a", Headers([("A", "b"), ("B", "c")]), b"body")
        assert second == first.replace(target="b", headers=Headers([("A", "d"), ("B", "c")]))


class TestContract:
    """A result or an ``ODataBatchError``; nothing else, never slow, no secret shown."""

    def test_result(self) -> None:
        """A result is handed on, and so is an error of ours."""
        assert held(lambda: 1, Given(0)) == 1
        error = DecodeError("code", "message")

        def fail() -> None:
            raise error

        assert held(fail, Given(0, SECRET)) is error

    def test_another_error(self) -> None:
        """Any other exception is a finding as it is."""
        with pytest.raises(ZeroDivisionError):
            held(lambda: 1 // 0, Given(0))

    def test_slow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A call that takes more CPU time than allowed is tried twice more before it is one."""
        monkeypatch.setattr(contract, "SECONDS", -1)
        monkeypatch.setattr(contract, "SECONDS_A_BYTE", 0)
        calls: list[int] = []
        with pytest.raises(Finding, match="are allowed"):
            held(lambda: calls.append(1), Given(10))
        assert len(calls) == 3

    def test_secret_in_error(self) -> None:
        """In its text, in an attribute, in what caused it."""

        def caused() -> None:
            try:
                int("s3cret0001")
            except ValueError as error:
                raise DecodeError("code", "message") from error

        def attributed() -> None:
            error = DecodeError("code", "message")
            error.part = "batch[s3cret0001]"
            raise error

        def hidden() -> None:
            try:
                b"s3cret0001\xff".decode("ascii")
            except UnicodeDecodeError:
                raise DecodeError("code", "message") from None

        for call in (caused, attributed, hidden):
            held(call, Given(0))
            with pytest.raises(Finding, match="shown: s3cret0001"):
                held(call, Given(0, SECRET))

    def test_secret_in_result(self) -> None:
        """In what a result prints of itself, in whatever case."""
        shown = Operation("GET", "/S3cret0001")
        hidden = Operation("GET", "/?S3cret0001", Headers([("A", "s3cret0001")]), b"s3cret0001")
        held(lambda: (hidden,), Given(0, SECRET))
        with pytest.raises(Finding, match="shown: s3cret0001"):
            held(lambda: (hidden, shown), Given(0, SECRET))

    @pytest.mark.parametrize(
        ("line", "hidden"),
        [
            (b"Authorization: s3cret0001", True),
            (b"GET /a?s3cret0001 HTTP/1.1", True),
            (b"GET /a#s3cret0001 HTTP/1.1", True),
            (b"GET http://u:s3cret0001@h/a HTTP/1.1", True),
            (b"CONNECT u:s3cret0001@h HTTP/1.1", True),
            (b"HTTP/1.1 200 s3cret0001", True),
            (b'{"a": "s3cret0001"}', True),
            (b" s3cret0001: folded", True),
            (b"s3cret0001", True),
            (b"s3cret0001: name", False),
            (b"S3cret0001 /method HTTP/1.1", False),
            (b"GET /s3cret0001?a HTTP/1.1", False),
            (b"GET http://h/s3cret0001 HTTP/1.1", False),
            (b"GET /a:s3cret0001@b HTTP/1.1", False),
            (b"\xef\xbb\xbfGET s3cret0001", False),
            (b"A: s3cret0001\r\ns3cret0001: b", False),
            (b"A: s3cret0001\r\ns3cs3cret0001: b", False),
        ],
    )
    def test_what_is_hidden(self, line: bytes, hidden: bool) -> None:
        """A marker that stands where a method, a path or a name may stand is none."""
        assert hidden_in_wire(b"A: b\r\n" + line + b"\r\n") == (SECRET if hidden else set())
        if (b"HTTP/1.1" in line and b" /" in line) or b"://" in line:
            method, target, _ = line.decode().split(" ")
            assert ("cret0001" in repr(HttpRequest(method, target))) != hidden

    def test_growth(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What costs a byte more, the longer the input is, is found."""

        def quadratic(body: bytes, *_: Any) -> None:
            for at in range(0, len(body), 64):
                body.count(b"x", at)

        data = b"\0" + Wire("", b"\xffx\xff").written()
        growth.growth(data)
        monkeypatch.setitem(growth.DECODE, "request", quadratic)
        with pytest.raises(Finding, match="microseconds a byte"):
            growth.growth(data)


class TestCommand:
    """``python -m tests.fuzz``."""

    LOG = (
        "INFO: seed corpus: files: 2 min: 1b max: 9b\n"
        "#2\tINITED cov: 10 ft: 11 corp: 2/10b exec/s: 0 rss: 50Mb\n"
        "#4096\tpulse  cov: 312 ft: 1011 corp: 77/12Kb lim: 80 exec/s: 1365 rss: 60Mb\n"
        "#5000\tDONE   cov: 313 ft: 1012 corp: 78/12Kb lim: 80 exec/s: 1365 rss: 60Mb\n"
        "stat::number_of_executed_units: 5001\n"
    )

    @pytest.fixture
    def runs(self, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        """The commands that were run, of which none really is."""
        commands: list[list[str]] = []

        def run(arguments: list[Any], **_: Any) -> subprocess.CompletedProcess[bytes]:
            commands.append(list(map(str, arguments)))
            return subprocess.CompletedProcess(arguments, 0, b"", self.LOG.encode())

        monkeypatch.setattr(command.importlib.util, "find_spec", lambda _: True)
        monkeypatch.setattr(command.subprocess, "run", run)
        return commands

    def test_table(self, runs: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
        """The time is divided, each harness has its row, and nothing found is told."""
        assert command.main(["--seconds", str(5 * len(HARNESSES)), "--jobs", "1"]) == 0
        out, err = capsys.readouterr()
        assert re.search(r"^\| request \| 5,001 \| 313 \| 1,012 \| 78 \| 0 \| 0 \|$", out, re.M)
        assert out.count("5,001") == len(HARNESSES)
        assert out.endswith(f"no findings in {5001 * len(HARNESSES):,} executions\n")
        assert "request: 5 s" in err
        assert all("-max_total_time=5" in arguments for arguments in runs)
        assert [arguments[3] for arguments in runs] == list(HARNESSES)

    def test_finding(
        self,
        runs: list[list[str]],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        """A saved input is a finding; it is told where it is, with the exception."""
        (tmp_path / "request-crash-0").write_bytes(b"")
        os.utime(tmp_path / "request-crash-0", (0, 0))  # of another run
        story = " === Uncaught Python exception: ===\nFinding: shown: s3cret0001\n"

        def run(arguments: list[Any], **_: Any) -> subprocess.CompletedProcess[bytes]:
            (tmp_path / "request-crash-1").write_bytes(b"")
            return subprocess.CompletedProcess(arguments, 77, story.encode(), self.LOG.encode())

        monkeypatch.setattr(command.subprocess, "run", run)
        assert command.main(["--only", "request", "--findings", str(tmp_path)]) == 1
        out, err = capsys.readouterr()
        assert out.splitlines()[-1] == f"1 finding, in request; see {tmp_path}"
        assert "request: Finding: shown: s3cret0001" in err
        assert (tmp_path / "request.log").is_file()

    def test_broken_off(
        self,
        runs: list[list[str]],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        """A harness that did not come to its end is no success."""

        def run(arguments: list[Any], **_: Any) -> subprocess.CompletedProcess[bytes]:
            return subprocess.CompletedProcess(arguments, 1, b"", b"Traceback: no such thing\n")

        monkeypatch.setattr(command.subprocess, "run", run)
        assert command.main(["--only", "rules", "--findings", str(tmp_path)]) == 1
        out, err = capsys.readouterr()
        assert "| rules | 0 | 0 | 0 | 0 | 0 | broken off |" in out
        assert "no such thing" in err

    def test_no_atheris(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Without atheris it says what to install."""
        monkeypatch.setattr(command.importlib.util, "find_spec", lambda _: None)
        assert command.main([]) == 2
        assert "pip install '.[fuzz]'" in capsys.readouterr().err

    def test_replay(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """One input is run, without atheris."""
        file = tmp_path / "crash"
        file.write_bytes(Wire("multipart/mixed; boundary=b", b"--b--\r\n", CAPTURED).written())
        assert command.main(["--replay", str(file), "--only", "request"]) == 0
        assert capsys.readouterr().out == "request: nothing found\n"

    def test_dictionary(self) -> None:
        """Each line is a comment or a token in libFuzzer's syntax; none is longer than it takes."""
        token = re.compile(r'"((?:[^"\\\n]|\\[\\"]|\\x[0-9a-f]{2})+)"')
        for line in command.DICTIONARY.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                match = token.fullmatch(line)
                assert match, line
                assert len(re.sub(r"\\x..|\\.", "x", match[1])) <= 64, line
