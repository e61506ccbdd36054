"""Tables: text for files and pipes, and for terminals."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len

from odatabatch.cli.tables import Column, drawn

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """What takes itself for a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


class TestDrawing:
    """Text for files and pipes, and for terminals."""

    COLUMNS = (
        Column("effect", "above"),
        Column("where", folds=True),
        Column("what", folds=True, most=10),
        Column("why", "below"),
    )
    ROWS = (
        ("LOST", "a.b", "dropped", "no such member"),
        ("LOST", "a.b.c.d", "dropped", "no such member"),
        ("exact", "x" * 30, "y" * 12, "the same"),
    )

    def test_plain(self) -> None:
        """A row a line; a cell that is too long moves what follows it."""
        assert drawn(self.COLUMNS, self.ROWS, io.StringIO()).splitlines() == [
            "effect  where                           what        why",
            "LOST    a.b                             dropped     no such member",
            "LOST    a.b.c.d                         dropped     no such member",
            f"exact   {'x' * 30}  {'y' * 12}  the same",
        ]
        assert drawn(self.COLUMNS, self.ROWS, None) == drawn(self.COLUMNS, self.ROWS, io.StringIO())

    def test_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Groups above, the reason below, nothing wider than the terminal."""
        monkeypatch.setenv("COLUMNS", "32")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        text = drawn(self.COLUMNS, self.ROWS, Terminal())
        lines = [line.rstrip() for line in ESCAPE.sub("", text).splitlines()]
        assert lines == [
            "where                 what",
            "LOST",
            "  a.b                 dropped",
            "    no such member",
            "  a.b.c.d             dropped",
            "    no such member",
            "exact",
            "  xxxxxxxxxxxxxxxxxx  yyyyyyyyyy",
            "  xxxxxxxxxxxx        yy",
            "    the same",
        ]
        assert "\x1b[1;31mLOST" in text

    @pytest.mark.parametrize("width", ["20", "40", "80", "200"])
    def test_widths(self, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
        """No line is longer than the terminal is wide."""
        monkeypatch.setenv("COLUMNS", width)
        text = ESCAPE.sub("", drawn(self.COLUMNS, self.ROWS, Terminal()))
        assert max(map(cell_len, text.splitlines())) <= int(width)

    def test_harmless(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Names are no markup, and what a terminal might obey is escaped."""
        row = ("lost", "[red]\x9b2J\x1b[2J", "x", "z" * 3000)
        monkeypatch.setenv("COLUMNS", "1000")
        for stream in (io.StringIO(), Terminal()):
            text = ESCAPE.sub("", drawn(self.COLUMNS, [row], stream))
            assert "[red]\\x9b2J\\x1b[2J" in text
            assert all(mark.isprintable() for mark in text.replace("\n", ""))
            assert text.count("z") == 2000
