"""Tables for people, which notes and ``versions`` have.

On a terminal a table is in colour and as wide as that is; elsewhere it is aligned text, a row a
line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO

from odatabatch.cli.streams import cut

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS = {"LOST": "bold red", "lost": "red", "conditional": "yellow", "exact": "green"}
_GAP = 2  # blanks between columns
_PLAIN_WIDTH = 72  # characters of a cell below which others stand in line, where none are said
_LEAST_WIDTH = 12  # characters of a cell that goes on below itself
_MAX_TEXT = 2000  # characters of a cell


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        head: what stands above it.
        place: where a terminal has its cells: ``beside`` each other, ``above`` the rows that share
            them, ``below`` the first cell of a row.
        folds: whether they may go on below themselves there.
        most: how many characters a line of theirs has, or None. A plain text goes on instead, and
            moves what follows it to the right.
    """

    head: str
    place: Literal["beside", "above", "below"] = "beside"
    folds: bool = False
    most: int | None = None


def drawn(columns: Sequence[Column], rows: Sequence[Sequence[str]], stream: TextIO | None) -> str:
    """The text of a table, in colour where it goes to a terminal.

    Args:
        columns: what there is of each row. Texts of input become printable here.
        rows: a cell a column.
        stream: where it goes; None where that is closed.
    """
    rows = [[cut(cell, _MAX_TEXT) for cell in row] for row in rows]
    if stream is None or not stream.isatty():
        return _plain(columns, rows)
    from rich.console import Console  # noqa: PLC0415  50 ms

    return _in_colour(columns, rows, Console(file=stream))


def _plain(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    lines = [[column.head for column in columns], *rows]
    widths = [
        min(max(map(len, cells)), column.most or _PLAIN_WIDTH)
        for cells, column in zip(zip(*lines, strict=True), columns, strict=True)
    ]
    text = ""
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        text += (" " * _GAP).join(cells).rstrip() + "\n"
    return text


def _in_colour(columns: Sequence[Column], rows: Sequence[Sequence[str]], console: Console) -> str:
    from rich.console import Group  # noqa: PLC0415  imported when something is drawn
    from rich.padding import Padding  # noqa: PLC0415  likewise
    from rich.table import Table  # noqa: PLC0415  likewise
    from rich.text import Text  # noqa: PLC0415  likewise

    above, beside, below = (
        [index for index, column in enumerate(columns) if column.place == place]
        for place in ("above", "beside", "below")
    )
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
    for column in (columns[index] for index in beside):
        table.add_column(
            column.head,
            overflow="fold",
            no_wrap=not column.folds,
            min_width=_LEAST_WIDTH if column.folds else None,
            max_width=column.most,
        )
    told: list[str] = []
    for row in rows:
        shared = [row[index] for index in above]
        if shared != told:
            told = shared
            table.add_row(*(Text(cell, _COLOURS.get(cell, "bold")) for cell in shared))
        first, *others = (Text(row[index], _COLOURS.get(row[index], "")) for index in beside)
        notes = (Padding(Text(row[index], "dim"), (0, 0, 0, _GAP)) for index in below)
        indented = Padding(Group(first, *notes), (0, 0, 0, _GAP if above else 0))
        table.add_row(indented, *others)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
