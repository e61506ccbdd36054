"""How ``show`` draws what was laid out: in colour, as wide as the terminal is, or as plain text."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from odatabatch.cli.cells import HEADS, Cells, Line, Span
from odatabatch.cli.layout import Layout, Row

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS = {
    "title": "bold",
    "aside": "dim",
    "good": "green",
    "bad": "bold red",
    "open": "bold yellow",
    "fault": "red",
    "oddity": "yellow",
    "reference": "cyan",
}
_OPERATION = Cells._fields.index("operation")
_NUMBERS = (Cells._fields.index("operation_bytes"), Cells._fields.index("answer_bytes"))
_GAP = 2  # blanks between columns
_STEP = 4  # characters by which a tree moves each level to the right
_PLAIN_WIDTH = 60  # characters of an operation; a longer one moves what follows it to the right
_LEAST_WIDTH = 24  # the same; numbers of bytes are left out where a terminal is too narrow for it


def drawn(layout: Layout) -> str:
    """The text of one exchange, in colour where standard output is a terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return plain(layout)
    from rich.console import Console  # noqa: PLC0415  50 ms

    return in_colour(layout, Console())


def plain(layout: Layout) -> str:
    """The text without colour or wrapping: each line begins with the path of its part."""
    rows = layout.rows
    table = _Table(rows, max(len(_text(row.cells.part)) for row in rows))
    lines: list[Line] = [*layout.above, (), table.head()]
    for row in rows:
        lines.append(table.line(row.cells))
        lines += [table.beside(row.cells.part, note) for note in row.notes]
    return "".join(f"{_text(line)}\n" for line in lines)


def in_colour(layout: Layout, console: Console) -> str:
    """The text as a tree in colour, wrapped to the width of the console."""
    from rich.text import Text  # noqa: PLC0415  imported when something is drawn
    from rich.tree import Tree  # noqa: PLC0415  likewise

    def styled(line: Line) -> Text:
        return Text.assemble(*((text, _COLOURS.get(style, "")) for text, style in line))

    rows = layout.rows
    table = _Table(rows, max(row.depth * _STEP + len(row.label) for row in rows), console.width)
    path: list[Tree] = []  # from the root to the last row
    for row in rows:
        indent = row.depth * _STEP
        cells = row.cells._replace(part=(Span(row.label),))
        lines = [styled(line) for line in table.folded(cells, indent)]
        for note in row.notes:
            wrapped = styled(note).wrap(console, max(console.width - indent - _STEP, 1))
            lines += [Text(" " * (4 if at else 2)).append(it) for at, it in enumerate(wrapped)]
        text = Text("\n").join(lines)
        del path[row.depth :]
        path.append(path[-1].add(text) if path else Tree(text, guide_style="dim"))
    with console.capture() as capture:
        for line in (*layout.above, (), table.head()):
            console.print(styled(line))
        console.print(path[0])
    return capture.get()


class _Table:
    """Rows as lines whose columns stand below each other; columns without content are left out.

    Args:
        rows: the rows.
        first: characters that the first column needs.
        room: characters of a line; by default as many as it takes.
    """

    def __init__(self, rows: Sequence[Row], first: int, room: int | None = None) -> None:
        widths = [
            max(len(_text(cell)) for cell in column)
            for column in zip(*(row.cells for row in rows), strict=True)
        ]
        widths[0] = first
        heads = [len(_text(head)) for head in HEADS]
        widths = [width and max(width, head) for width, head in zip(widths, heads, strict=True)]
        operation, widths[_OPERATION] = widths[_OPERATION], 0
        least = min(operation, _LEAST_WIDTH)
        most = _PLAIN_WIDTH
        if room is not None:
            for at in reversed(_NUMBERS):
                if _left(widths, room) < least:
                    widths[at] = 0
            most = max(_left(widths, room), least)
        widths[_OPERATION] = min(operation, most)
        self._widths = widths

    def head(self) -> Line:
        """What stands in the columns."""
        return self.line(HEADS)

    def line(self, cells: Cells, indent: int = 0) -> Line:
        """Cells below those of other rows.

        Args:
            cells: the row's.
            indent: characters of the first column that are taken already.
        """
        spans: list[Span] = []
        blanks = 0
        for at, cell in enumerate(cells):
            if not self._widths[at]:
                continue
            taken = len(_text(cell)) + (indent if at == 0 else 0)
            missing = max(self._widths[at] - taken, 0)
            before = missing if at in _NUMBERS else 0
            if cell:
                spans += [Span(" " * (blanks + before)), *cell]
                blanks = -before
            blanks += missing + _GAP
        return tuple(spans)

    def folded(self, cells: Cells, indent: int) -> Iterator[Line]:
        """As ``line``, but an operation that is too long goes on below itself."""
        width = self._widths[_OPERATION] or 1
        ((text, style),) = cells.operation or (Span(""),)
        for at in range(0, max(len(text), 1), width):
            yield self.line(cells._replace(operation=(Span(text[at : at + width], style),)), indent)
            cells = Cells()

    def beside(self, first: Line, note: Line) -> Line:
        """A note on a line of its own, beside the first column."""
        width = self._widths[0]
        return (Span(_text(first).ljust(width) + " " * _GAP), *note)


def _left(widths: list[int], room: int) -> int:
    """Characters that are left for one more column."""
    return room - sum(width + _GAP for width in widths if width)


def _text(line: Line) -> str:
    return "".join(text for text, _ in line)
