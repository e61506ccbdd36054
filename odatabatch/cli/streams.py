"""What the commands share: files and standard streams, as bytes; what goes to stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator

import click
import msgspec

from odatabatch.captures import (
    Content,
    RawMessage,
    read_batch,
    read_content,
    read_messages,
    write_messages,
)
from odatabatch.errors import ODataBatchError, OpenOutcomes
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.model import Batch
from odatabatch.oddities import MetOddity, Oddity

STDIN = "-"


class InputFailure(click.ClickException):
    """Input that cannot be read or translated; its message goes to stderr."""

    exit_code = 3

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class Open(InputFailure):
    """Operations without a known outcome."""

    exit_code = 1


class Loss(InputFailure):
    """Something would be lost, or nobody knows what it is, and that was forbidden."""

    exit_code = 4


_STRICT_CODES = ("loss", "unknown_member")  # of the errors that a strict translation adds


def refuse_repeated_stdin(files: Iterable[str]) -> None:
    """Standard input can be read once."""
    if list(files).count(STDIN) > 1:
        raise click.UsageError('"-" may be given once')


def messages_of(
    file: str, tolerate: frozenset[Oddity], content_type: str | None = None
) -> tuple[RawMessage, ...]:
    """The messages of a file; with a Content-Type the file is a bare body."""
    data = bytes_of(file)
    if content_type is not None:
        return (read_content(data, content_type),)
    with failing(file):
        return read_messages(data, tolerate)


def bytes_of(file: str) -> bytes:
    """What a file holds, or standard input."""
    try:
        with click.open_file(file, "rb") as stream:
            data: bytes = stream.read()
            return data
    except OSError as error:
        raise InputFailure(f"{file}: {error.strerror}") from None
    except RuntimeError:  # what click has to say where standard input is closed
        raise InputFailure(f"{file}: cannot be read") from None


def told(file: str, messages: tuple[RawMessage, ...]) -> tuple[RawMessage, ...]:
    """The messages, after what was tolerated in them was named on stderr."""
    for message in messages:
        tell_oddities(file, message.oddities)
    return messages


def request_of(
    file: str, tolerate: frozenset[Oddity], content_type: str | None = None
) -> tuple[HttpRequest | Content, Batch | None]:
    """The one request of a file, or the bare body that it is; and the batch in it, or None."""
    read = told(file, messages_of(file, tolerate, content_type))
    messages = [found.message for found in read]
    requests = [message for message in messages if not isinstance(message, HttpResponse)]
    if len(requests) != 1:
        raise InputFailure(f"{file}: expected one request, got {len(requests)}")
    with failing(f"{file}, in the body"):
        batch = read_batch(requests[0], tolerate)
    if batch is None:
        return requests[0], None
    if not isinstance(batch, Batch):
        raise InputFailure(f"{file}: expected a request, got the answer to a batch")
    tell_oddities(f"{file}, in the body", batch.oddities)
    return requests[0], batch


def legacy_request(
    file: str, tolerate: frozenset[Oddity], content_type: str | None
) -> tuple[Batch, HttpRequest | None]:
    """The one batch request of a file, and the request that carried it where that is there."""
    message, batch = request_of(file, tolerate, content_type)
    if batch is None:
        raise InputFailure(f"{file}: expected a batch request, got something else")
    return batch, message if isinstance(message, HttpRequest) else None


@contextlib.contextmanager
def failing(where: str) -> Iterator[None]:
    """Turn an error of the library into the command's failure."""
    try:
        yield
    except OpenOutcomes as error:
        names = ", ".join(f"Content-ID {operation.content_id}" for operation in error.operations)
        raise Open(f"{where}: {error}; open: {names}") from None
    except ODataBatchError as error:
        kind: type[InputFailure] = Loss if error.code in _STRICT_CODES else InputFailure
        raise kind(f"{where}: {error}") from None


def tell_oddities(where: str, oddities: Iterable[MetOddity]) -> None:
    """Name on stderr what was tolerated."""
    for met in oddities:
        times = f", {met.count} times" if met.count > 1 else ""
        offset = met.first_offset
        at = "in the content type" if offset is None else f"at byte {offset}"
        line = f"{where}: {met.kind.value} {at}{times}"
        click.echo(printable(line), err=True)


def write(data: bytes) -> None:
    """Write to standard output."""
    if sys.stdout is None:
        raise InputFailure("standard output: closed")
    stream = sys.stdout.buffer
    try:
        stream.write(data)
        stream.flush()
    except BrokenPipeError:
        raise  # click ends quietly: whoever read has had enough
    except OSError as error:
        raise InputFailure(f"standard output: {error.strerror}") from None


def write_requests(requests: Iterable[HttpRequest], as_json: bool) -> None:
    """Write requests to standard output.

    Args:
        requests: with bodies in UTF-8, which all have that a translation made: they hold JSON, and
            heads in ASCII.
        as_json: whether as JSON Lines, or as HTTP messages with ``###`` between them.
    """
    write(b"".join(map(_json_line, requests)) if as_json else write_messages(requests))


def _json_line(request: HttpRequest) -> bytes:
    row = {
        "method": request.method,
        "target": request.target,
        "headers": request.headers.items(),
        "body": request.body.decode("utf-8"),
    }
    return msgspec.json.encode(row) + b"\n"


def write_lines(lines: Iterable[str]) -> None:
    """Write lines of text to standard output."""
    for line in lines:
        write(f"{printable(line)}\n".encode())


def cut(text: str, most: int) -> str:
    """The text, printable; of a longer one so many characters and an ellipsis."""
    shown = printable(text)
    return shown if len(shown) <= most else f"{shown[:most]}…"


def printable(text: str) -> str:
    """The text with what a terminal might obey escaped."""
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in text)
