"""How ``show`` draws: plain text, and a tree in colour."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from rich.console import Console

from odatabatch import Batch, BatchResponse, Changeset
from odatabatch.cli.cells import Cells, Line, Span
from odatabatch.cli.drawing import drawn, in_colour, plain
from odatabatch.cli.findings import Findings
from odatabatch.cli.layout import Layout, Row, laid_out
from tests.cli.commands import ANSWER, THREE_TASKS
from tests.cli.exchanges import found, get, post, status

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def row(depth: int, label: str, *texts: str, notes: tuple[str, ...] = ()) -> Row:
    """A row of plain cells."""
    cells: list[Line] = [(Span(text),) if text else () for text in texts]
    return Row(depth, label, Cells(*cells), tuple((Span(note, "fault"),) for note in notes))


TREE = Layout(
    ((Span("title", "title"),),),
    (
        row(0, "batch", "batch", "", "POST /$batch", "2000", "200 OK", "30"),
        row(1, "batch[0]", "batch[0]", "", "changeset of 2", "", "", ""),
        row(2, "changeset[0]", "batch[0]/changeset[0]", "1", "POST /a", "1", "ok", "0"),
        row(
            2, "changeset[1]", "batch[0]/changeset[1]", "22", "POST /b", "20", "", "", notes=("!",)
        ),
        row(
            1, "batch[1]", "batch[1]", "", "GET /" + "c" * 30, "0", "ok", "9", notes=("! a b c d",)
        ),
    ),
)


def console(width: int, no_color: bool = False) -> Console:
    """A terminal of that width."""
    return Console(
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard",
        width=width,
        height=25,
        legacy_windows=False,
        no_color=no_color,
    )


def lines_of(layout: Layout, width: int) -> list[str]:
    """What stands on a terminal of that width, without colour."""
    text = ESCAPE.sub("", in_colour(layout, console(width)))
    return [line.rstrip() for line in text.splitlines()]


class TestPlain:
    """Text for files and pipes."""

    def test_columns(self) -> None:
        """Each line begins with its part; columns stand below each other; nothing is wrapped."""
        assert plain(TREE).splitlines() == [
            "title",
            "",
            "part                   ID  operation                            bytes  answer  bytes",
            "batch                      POST /$batch                          2000  200 OK     30",
            "batch[0]                   changeset of 2",
            "batch[0]/changeset[0]  1   POST /a                                  1  ok          0",
            "batch[0]/changeset[1]  22  POST /b                                 20",
            "batch[0]/changeset[1]  !",
            "batch[1]                   GET /cccccccccccccccccccccccccccccc      0  ok          9",
            "batch[1]               ! a b c d",
        ]

    def test_long_operations(self) -> None:
        """One that is very long moves what follows it, and that of no other row."""
        layout = Layout(
            (), (row(0, "", "", "", "x" * 61, "1", "ok"), row(0, "", "", "", "y", "22", "ok"))
        )
        assert plain(layout).splitlines()[2:] == [
            f"{'x' * 61}      1  ok",
            f"y{' ' * 59}     22  ok",
        ]

    def test_harmless(self) -> None:
        """Nothing but printable characters and line feeds."""
        findings = _hostile()
        text = plain(laid_out(findings, headers=True))
        assert all(mark.isprintable() for mark in text.replace("\n", ""))
        assert len(text.splitlines()) == text.count("\n")


class TestColour:
    """A tree for terminals."""

    def test_tree(self) -> None:
        """Labels in place of paths, and the columns below each other in spite of the tree."""
        assert lines_of(TREE, 100) == [
            "title",
            "",
            "part                  ID  operation                            bytes  answer  bytes",
            "batch                     POST /$batch                          2000  200 OK     30",
            "├── batch[0]              changeset of 2",
            "│   ├── changeset[0]  1   POST /a                                  1  ok          0",
            "│   └── changeset[1]  22  POST /b                                 20",
            "│         !",
            "└── batch[1]              GET /cccccccccccccccccccccccccccccc      0  ok          9",
            "      ! a b c d",
        ]

    def test_narrow(self) -> None:
        """A long operation goes on below itself; then there are no numbers of bytes."""
        assert lines_of(TREE, 80)[6:] == [
            "│   └── changeset[1]  22  POST /b                              20",
            "│         !",
            "└── batch[1]              GET /ccccccccccccccccccccccccccc      0  ok          9",
            "                          ccc",
            "      ! a b c d",
        ]
        assert lines_of(TREE, 62)[2:] == [
            "part                  ID  operation                     answer",
            "batch                     POST /$batch                  200 OK",
            "├── batch[0]              changeset of 2",
            "│   ├── changeset[0]  1   POST /a                       ok",
            "│   └── changeset[1]  22  POST /b",
            "│         !",
            "└── batch[1]              GET /ccccccccccccccccccccccc  ok",
            "                          ccccccc",
            "      ! a b c d",
        ]

    @pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
    def test_width(self, width: int) -> None:
        """Nothing is lost, and nothing is wider than the terminal."""
        batch = Batch((Changeset((post(content_id="1"), post("$1/" + "x" * 70, "2"))), get()))
        answer = BatchResponse((status(412, "2", "Precondition Failed"), status(200)))
        lines = lines_of(laid_out(found(batch, answer)), width)
        assert all(cell_len(line) <= width for line in lines)
        assert "".join(lines).count("x") >= 70

    def test_notes_are_indented(self) -> None:
        """A note goes on further to the right."""
        layout = Layout((), (row(0, "batch", "batch", notes=("! one two three four",)),))
        assert lines_of(layout, 16)[2:] == ["batch", "  ! one two", "    three four"]

    def test_colours(self) -> None:
        """Colours of outcomes, and none where NO_COLOR stands in the environment."""
        layout = laid_out(found(Batch((get(),)), BatchResponse((status(404),))))
        coloured = in_colour(layout, console(80))
        assert "\x1b[1;31m✗ 404 failed" in coloured
        without = in_colour(layout, console(80, no_color=True))
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]", without)
        assert ESCAPE.sub("", without) == ESCAPE.sub("", coloured)

    def test_harmless(self) -> None:
        """No escapes but ours, and nothing is markup."""
        text = in_colour(laid_out(_hostile(), headers=True), console(1000))
        assert all(mark.isprintable() for mark in ESCAPE.sub("", text).replace("\n", ""))
        assert "[red]" in ESCAPE.sub("", text)
        assert ":x:" in text

    def test_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Colour on a terminal alone."""

        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        assert drawn(TREE) == plain(TREE)
        monkeypatch.setattr(sys, "stdout", Terminal())
        monkeypatch.setenv("COLUMNS", "100")
        assert "├── batch[0]" in ESCAPE.sub("", drawn(TREE))

    def test_real_terminal(self) -> None:
        """The command on a pseudo-terminal, where there are such."""
        ours, its = pytest.importorskip("pty").openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        environment.pop("NO_COLOR", None)
        command = [sys.executable, "-m", "odatabatch", "show", str(THREE_TASKS), str(ANSWER)]
        with subprocess.Popen(command, stdout=its, env=environment) as process:
            os.close(its)
            text = b"".join(_chunks(ours)).decode("utf-8")
        os.close(ours)
        assert process.returncode == 0
        assert "\x1b[1;31m✗ 409 Conflict\x1b[0m" in text
        assert "└── batch[2]" in ESCAPE.sub("", text)


def _chunks(descriptor: int) -> Iterator[bytes]:
    """What comes from a pseudo-terminal until the other side is closed, which may be an error."""
    with contextlib.suppress(OSError):
        while chunk := os.read(descriptor, 1 << 16):
            yield chunk


def _hostile() -> Findings:
    """A batch whose texts would like to be obeyed."""
    batch = Batch(
        (
            post("/[red]x[/red]:x:", "\x9b31m[bold]\xad"),
            get("/\\[link=x]", content_id="a\xa0b"),
        )
    )
    answer = BatchResponse((status(201, "\x9b31m[bold]\xad", "[blink]\x85\x9d0;x"), status(200)))
    return found(batch, answer)
