"""The notes of a translation as a table."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from odatabatch.azure import Note
from odatabatch.cli import notes
from odatabatch.cli.notes import tell
from tests.cli.commands import THREE_TASKS, run


def note(path: str, effect: Any = "exact", change: Any = "renamed") -> Note:
    """A note about a place."""
    return Note(path, change, effect, "why", "a page")


def told(capsys: pytest.CaptureFixture[str], *given: Note) -> list[str]:
    """The lines that are printed, blanks put together."""
    tell("f", given)
    captured = capsys.readouterr()
    assert captured.out == ""
    return [" ".join(line.split()) for line in captured.err.splitlines()]


class TestRows:
    """What is told of notes."""

    def test_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Where there are none."""
        assert told(capsys) == []

    def test_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        """How many, where, what, why."""
        assert told(capsys, note("value[3].id")) == [
            "f: 1 note: 1 exact",
            "effect where what why",
            "exact value[3].id renamed why (a page)",
        ]

    def test_losses_first(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Then what holds under a condition, each in the order in which it was found."""
        lines = told(
            capsys,
            note("a"),
            note("b", "conditional", "default_changed"),
            note("c", "lost", "dropped"),
            note("d"),
            note("e", "lost", "dropped"),
        )
        assert lines[0] == "f: 5 notes: 2 LOST, 1 conditional, 2 exact"
        assert [line.split()[:2] for line in lines[2:]] == [
            ["LOST", "c"],
            ["LOST", "e"],
            ["conditional", "b"],
            ["exact", "a"],
            ["exact", "d"],
        ]
        assert "b default changed why" in lines[4]

    @pytest.mark.parametrize(
        ("paths", "expected"),
        [
            (["value[0].id", "value[1].id", "value[2].id"], "value[0-2].id (3 times)"),
            (["value[0].id", "value[2].id"], "value[0,2].id (2 times)"),
            (["v[0].a[7]", "v[1].a[7]", "v[1].a[3]"], "v[0-1].a[3,7] (3 times)"),
            ([f"v[{n}]" for n in range(0, 10, 2)], "v[*] (5 times)"),
            ([f"v[{n}]" for n in (9, 10, 100, 11)], "v[9-11,100] (4 times)"),
            (["request.tasks", "request.tasks"], "request.tasks (2 times)"),
            (['v["a[0]"][1]', 'v["a[0]"][2]'], 'v["a[0]"][1-2] (2 times)'),
        ],
    )
    def test_indexes(
        self, capsys: pytest.CaptureFixture[str], paths: list[str], expected: str
    ) -> None:
        """Notes that differ in their indexes alone are one row."""
        *_, line = told(capsys, *map(note, paths))
        assert line == f"exact {expected} renamed why (a page)"

    def test_many(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Many that differ in names are cut; losses never are."""
        given = [note(f"a{n}", effect) for effect in ("lost", "exact") for n in range(60)]
        lines = told(capsys, *given, note("b", "exact", "dropped"))
        assert len(lines) == 2 + 60 + 51 + 1
        assert lines[61] == "LOST a59 renamed why (a page)"
        assert lines[-3:] == [
            "exact a49 renamed why (a page)",
            "exact and 10 more renamed why (a page)",
            "exact b dropped why (a page)",
        ]

    def test_others_apart(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A number in a name is a name; another effect is another row."""
        alike = [note('v["a[0]"]'), note('v["a[1]"]'), note("v[0]"), note("v[1]", "lost")]
        assert len(told(capsys, *alike)) == 2 + 4


class TestOnTheWay:
    """Where notes are told."""

    def test_real_terminal(self) -> None:
        """The command with standard error on a pseudo-terminal, where there are such."""
        ours, its = pytest.importorskip("pty").openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        environment.pop("NO_COLOR", None)
        command = [sys.executable, "-m", "odatabatch", "upgrade", str(THREE_TASKS)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=its, env=environment
        ) as process:
            os.close(its)
            text = b"".join(_chunks(ours)).decode("utf-8")
            assert process.stdout is not None
            output = process.stdout.read()
        os.close(ours)
        assert process.returncode == 0
        assert output == run("upgrade", THREE_TASKS).stdout_bytes
        assert "\x1b[1;31mLOST" in text
        assert 'batch[0-2]/changeset[0].headers["client-request-id"] (3 times)' in text
        assert "Xbm5iDvgCbH6" not in text

    def test_rich_is_not_imported(self) -> None:
        """It is imported only where something is drawn on a terminal."""
        code = (
            "import sys\n"
            "from odatabatch.cli import main\n"
            f"main(['upgrade', {str(THREE_TASKS)!r}], standalone_mode=False)\n"
            "assert not any(name.split('.')[0] == 'rich' for name in sys.modules)"
        )
        command = [sys.executable, "-c", code]
        subprocess.run(command, check=True, capture_output=True)

    def test_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Standard error may be closed; then nobody is told."""
        monkeypatch.setattr(sys, "stderr", None)
        notes.tell("f", [note("a")])


def _chunks(descriptor: int) -> Iterator[bytes]:
    """What comes from a pseudo-terminal until the other side is closed, which may be an error."""
    with suppress(OSError):
        while chunk := os.read(descriptor, 1 << 16):
            yield chunk
