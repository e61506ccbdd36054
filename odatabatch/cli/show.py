"""``odatabatch show``: what files hold, without the values of headers, queries and bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import msgspec

from odatabatch.captures import Content, read_batch
from odatabatch.cli import streams
from odatabatch.http_message import HttpRequest, HttpResponse, target_path
from odatabatch.model import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    leaves_of,
    path_of,
    placed_leaves,
)
from odatabatch.oddities import Oddity

Message = HttpRequest | HttpResponse | Content


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines, one an operation.")
@streams.reading_options
def show(
    *, files: tuple[str, ...], as_json: bool, tolerate: frozenset[Oddity], content_type: str | None
) -> None:
    """Print what each FILE holds: messages, changesets, operations.

    Of an operation it tells method and path, or status; Content-ID, names of headers and the
    body's length. With --json each line has file, message (which in the file, from 0), part (null
    for a message that is no batch), method and path or status, content_id, headers, body_bytes.
    """
    streams.refuse_repeated_stdin(files)
    for file in files:
        for index, found in enumerate(streams.messages_of(file, tolerate, content_type)):
            with streams.failing(f"{file}, in the body of message {index}"):
                batch = read_batch(found.message, tolerate)
            if batch is not None:
                streams.tell_oddities(f"{file}, in the body of message {index}", batch.oddities)
            if as_json:
                for row in _rows(found.message, batch):
                    line = {"file": file, "message": index, **row}
                    streams.write(msgspec.json.encode(line) + b"\n")
            else:
                title = [file] if index == 0 else []
                streams.write_lines([*title, *_tree(found.message, batch)])


def _rows(message: Message, batch: Batch | BatchResponse | None) -> Iterator[dict[str, Any]]:
    """What may be told of each operation, or of a message that is no batch."""
    if batch is None:
        yield {"part": None, **_row(message)}
        return
    for leaf, index, inner in placed_leaves(batch):
        yield {"part": path_of(index, inner), **_row(leaf)}


def _row(message: Message) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if isinstance(message, HttpRequest):
        row = {"method": message.method, "path": target_path(message.target)}
    elif isinstance(message, HttpResponse):
        row = {"status": message.status}
    row["content_id"] = getattr(message, "content_id", None)
    row["headers"] = [name for name, _ in message.headers]
    row["body_bytes"] = len(message.body)
    return row


def _tree(message: Message, batch: Batch | BatchResponse | None) -> Iterator[str]:
    yield from _branch(message, 1)
    for index, part in enumerate(batch.parts if batch is not None else ()):
        if not isinstance(part, Changeset | ChangesetResponse):
            yield from _branch(part, 2, f"batch[{index}] ")
            continue
        leaves = leaves_of(part)
        yield f"    batch[{index}] changeset of {len(leaves)}"
        for inner, leaf in enumerate(leaves):
            yield from _branch(leaf, 3, f"changeset[{inner}] ")


def _branch(message: Message, depth: int, place: str = "") -> Iterator[str]:
    row = _row(message)
    indent = "  " * depth
    start = [str(row[name]) for name in ("method", "path", "status") if name in row]
    yield f"{indent}{place}{' '.join(start) or 'content'}"
    if row["content_id"] is not None:
        yield f"{indent}  Content-ID: {row['content_id']}"
    yield f"{indent}  headers: {', '.join(row['headers']) or 'none'}"
    yield f"{indent}  body: {row['body_bytes']} bytes"
