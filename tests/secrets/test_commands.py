"""The commands: what they print of their input, but for the data that was asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings

from odatabatch.azure import LATEST, VERSIONS
from odatabatch.captures import write_messages
from odatabatch.cli import main
from odatabatch.cli.emulate import KEY_VARIABLE
from tests.azure.task_strategies import whole_job, whole_task
from tests.cli.commands import run
from tests.fuzz.secrets import markers_in
from tests.secrets.inputs import Scene, scene, scenes, wire_of
from tests.secrets.planting import Planter, damaged, damages, hidden_in
from tests.secrets.showing import Watch
from tests.secrets.test_secrets import DEAR

# What ``show`` is for, beside what may be shown anywhere: reason phrases and Content-IDs.
_SHOWN = re.compile(rb"HTTP/[0-9.]*[^\n]*|(?i:content-id)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.ASCII)
NEW = ("2016-02-01.3.0", LATEST)


class TestCommands:
    """Whatever the files hold."""

    @settings(DEAR, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(scenes(), damages)
    def test_generated(self, tmp_path: Path, it: Scene, steps: Any) -> None:
        """Files that are sound, and files that are damaged anywhere."""
        _command_all(tmp_path, it, [])
        _command_all(tmp_path, it, steps)

    @pytest.mark.parametrize("version", VERSIONS)
    def test_every_member(self, tmp_path: Path, version: str) -> None:
        """Tasks that have every member of an api-version."""
        for named, status in ((True, 500), (False, 201)):
            made = [whole_task(version)] * 2
            it = scene(version, made, whole_job(version), words=named, named=named, status=status)
            _command_all(tmp_path, it, [])

    def test_no_other(self) -> None:
        """These are all that read files, or a key."""
        read = {"show", "upgrade", "downgrade", "answer", "validate", "emulate"}
        assert set(main.commands) == {*read, "versions"}

    @pytest.mark.parametrize("key", ["{}!", "{}", "{}=x"])
    def test_key(self, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
        """A key that cannot be one, as an option and in the environment."""
        given_key = key.format(Planter().secret())
        for result in (
            run("emulate", "--account", "account", "--key", given_key, "--job", "a", "--job", "a"),
            run("emulate", "--key", given_key),
        ):
            assert result.exit_code == 2
            Watch().text(result.output)
        monkeypatch.setenv(KEY_VARIABLE, given_key)
        for result in (run("emulate"), run("emulate", "--help")):
            assert "account" in result.output
            Watch().text(result.output)

    @pytest.mark.parametrize("member", ["do", "operation", "code", "work", "status", "job", "x"])
    def test_script(self, tmp_path: Path, member: str) -> None:
        """A script of faults in which a value stands that cannot."""
        fault = {"do": "fail_request", "status": 500, member: [Planter().secret()]}
        for value in (fault, {**fault, member: fault[member][0]}):  # type: ignore[index]
            file = tmp_path / "faults.json"
            file.write_text(json.dumps([value]))
            result = run("emulate", "--faults", file, "--oldest", LATEST, "--newest", NEW[0])
            assert result.exit_code in (2, 3)
            Watch().text(result.output)


def _command_all(folder: Path, it: Scene, steps: Any) -> None:
    outer, collection = (damaged(wire_of(at), steps) for at in (it.outer, it.collection))
    answers = [answer.replace(body=damaged(answer.body, steps)) for answer in it.answers]
    given_files = {
        "batch": outer,
        "collection": collection,
        "answer": damaged(wire_of(answers[2]), steps),
        "answers": write_messages([answers[1]]),
        "refusal": write_messages([answers[0]]),
        "body": damaged(it.bodies[0], steps),
        "whole": damaged(it.bodies[-1], steps),
    }
    files = {}
    for name, data in given_files.items():
        files[name] = folder / name
        files[name].write_bytes(data)
    hidden = hidden_in(*given_files.values())
    told = Watch(hidden)
    drawn = Watch(hidden - markers_in(*_SHOWN.findall(b"\n".join(given_files.values()))))
    for tolerate in ((), ("--tolerate", "strict")):
        for options in ((), ("--headers",), ("--json",)):
            both = (files["batch"], files["answer"])
            _show(drawn, run("show", *options, *tolerate, *both))
        for name in ("batch", "collection", "body", "whole"):
            _show(told, run("validate", *tolerate, files[name]))
            _show(told, run("validate", "--strict", "--json", *tolerate, files[name]))
        for options in ((), ("--strict",), ("--json", "--source-version", NEW[0])):
            _tell(told, run("upgrade", *options, *tolerate, files["batch"]))
            for version in (*NEW, VERSIONS[0]):
                item = ("--work-item", "item") if version == VERSIONS[0] else ()
                asked = ("downgrade", *options, *item, *tolerate, "--api-version", version)
                _tell(told, run(*asked, files["collection"]))
        for name in ("answers", "refusal", "answer"):
            _tell(told, run("answer", *tolerate, files["batch"], files[name]))
            _tell(told, run("answer", *tolerate, files["collection"], files[name]))
    bare = next((value for name, value in it.outer.headers if name == "Content-Type"), "")
    _show(drawn, run("show", "--content-type", bare, files["batch"]))


def _show(watch: Watch, result: Result) -> None:
    """All that is printed is about the input, and none of it."""
    assert isinstance(result.exception, SystemExit | None), result.exc_info
    watch.text(result.output)


def _tell(watch: Watch, result: Result) -> None:
    """Standard output is what was asked for."""
    assert isinstance(result.exception, SystemExit | None), result.exc_info
    watch.text(result.stderr)
    if result.exit_code:
        watch.text(result.stdout)
