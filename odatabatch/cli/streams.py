"""What the commands share: files and standard streams, as bytes; options; what goes to stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import click

from odatabatch.captures import RawMessage, read_batch, read_content, read_messages
from odatabatch.errors import ODataBatchError, OpenOutcomes
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.model import Batch
from odatabatch.oddities import CAPTURED, STRICT, MetOddity, Oddity

STDIN = "-"

Function = TypeVar("Function", bound=Callable[..., Any])


class Failure(click.ClickException):
    """Input that cannot be read or translated; its message goes to stderr."""

    exit_code = 3

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class Open(Failure):
    """Operations without a known outcome."""

    exit_code = 1


class Loss(Failure):
    """Something would be lost, and that was forbidden."""

    exit_code = 4


def reading_options(command: Function) -> Function:
    """The options of commands that read messages: ``tolerate`` and ``content_type``."""
    command = click.option(
        "--content-type",
        metavar="TYPE",
        help="FILE is a bare body that came with this Content-Type.",
    )(command)
    return click.option(
        "--tolerate",
        metavar="NAME",
        multiple=True,
        default=["captured"],
        callback=_tolerated,
        help="An oddity to take, such as bare_lf; or captured (what people saved, the default), "
        "or strict (none). Repeatable.",
    )(command)


def _tolerated(
    _context: click.Context, _option: click.Parameter, names: Sequence[str]
) -> frozenset[Oddity]:
    sets: dict[str, frozenset[Oddity]] = {"captured": CAPTURED, "strict": STRICT}
    sets.update((oddity.value, frozenset({oddity})) for oddity in Oddity)
    unknown = [name for name in names if name.lower() not in sets]
    if unknown:
        known = ", ".join(sets)
        raise click.BadParameter(f"{unknown[0]!r} is none of {known}")
    return STRICT.union(*(sets[name.lower()] for name in names))


def refuse_repeated_stdin(files: Iterable[str]) -> None:
    """Standard input can be read once."""
    if list(files).count(STDIN) > 1:
        raise click.UsageError('"-" may be given once')


def messages_of(
    file: str, tolerate: frozenset[Oddity], content_type: str | None = None
) -> tuple[RawMessage, ...]:
    """The messages of a file; with a Content-Type the file is a bare body."""
    try:
        with click.open_file(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from None
    except RuntimeError:  # what click has to say where standard input is closed
        raise Failure(f"{file}: cannot be read") from None
    if content_type is not None:
        return (read_content(data, content_type),)
    with failing(file):
        return read_messages(data, tolerate)


def told(file: str, messages: tuple[RawMessage, ...]) -> tuple[RawMessage, ...]:
    """The messages, after what was tolerated in them was named on stderr."""
    for message in messages:
        tell_oddities(file, message.oddities)
    return messages


def legacy_request(
    file: str, tolerate: frozenset[Oddity], content_type: str | None
) -> tuple[Batch, HttpRequest | None]:
    """The one batch request of a file, and the request that carried it where that is there."""
    read = told(file, messages_of(file, tolerate, content_type))
    messages = [found.message for found in read]
    requests = [message for message in messages if not isinstance(message, HttpResponse)]
    if len(requests) != 1:
        raise Failure(f"{file}: expected one request, got {len(requests)}")
    with failing(f"{file}, in the body"):
        batch = read_batch(requests[0], tolerate)
    if not isinstance(batch, Batch):
        raise Failure(f"{file}: expected a batch request, got something else")
    tell_oddities(f"{file}, in the body", batch.oddities)
    return batch, requests[0] if isinstance(requests[0], HttpRequest) else None


@contextlib.contextmanager
def failing(where: str) -> Iterator[None]:
    """Turn an error of the library into the command's failure."""
    try:
        yield
    except OpenOutcomes as error:
        names = ", ".join(f"Content-ID {operation.content_id}" for operation in error.operations)
        raise Open(f"{where}: {error}; open: {names}") from None
    except ODataBatchError as error:
        kind: type[Failure] = Loss if error.code == "loss" else Failure
        raise kind(f"{where}: {error}") from None


def tell_oddities(where: str, oddities: Iterable[MetOddity]) -> None:
    """Name on stderr what was tolerated."""
    for met in oddities:
        times = f", {met.count} times" if met.count > 1 else ""
        line = f"{where}: {met.kind.value} at byte {met.first_offset}{times}"
        click.echo(printable(line), err=True)


def write(data: bytes) -> None:
    """Write to standard output."""
    if sys.stdout is None:
        raise Failure("standard output: closed")
    stream = sys.stdout.buffer
    try:
        stream.write(data)
        stream.flush()
    except BrokenPipeError:
        raise  # click ends quietly: whoever read has had enough
    except OSError as error:
        raise Failure(f"standard output: {error.strerror}") from None


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
