"""``odatabatch validate``: what is wrong with the tasks in a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
import msgspec

from odatabatch import azure
from odatabatch.azure import addresses, content
from odatabatch.azure.json_text import read_object
from odatabatch.azure.validation import TaskFault, collection_faults, task_faults
from odatabatch.azure.validation import validate as faults_of
from odatabatch.captures import Content, read_batch, read_messages
from odatabatch.cli import options, streams
from odatabatch.http_message import HttpRequest, target_path
from odatabatch.model import Batch, path_of, placed_leaves
from odatabatch.oddities import Oddity

_JSON = "application/json"
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"  # a byte order mark is a fault of the text, and told as one


@click.command()
@click.argument("file")
@click.option(
    "--api-version",
    metavar="VERSION",
    type=options.ApiVersion(),
    help=f"Whose tasks they are; by default what the request's target names, else {azure.LATEST}.",
)
@click.option("--strict", is_flag=True, help="Members that the version does not have are faults.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines, one a fault.")
@options.reading_options
def validate(
    *,
    file: str,
    api_version: str | None,
    strict: bool,
    as_json: bool,
    tolerate: frozenset[Oddity],
    content_type: str | None,
) -> None:
    """Print what is wrong with the tasks in FILE, one fault a line; exit code 1 if anything is.

    FILE holds requests that add tasks: to addtaskcollection, to tasks, or legacy batches, whose
    operations are looked at one by one. It may also be JSON alone: a task, or an object with an
    array of tasks as its value. Of several requests the paths begin with request[0]/ and so on.
    Members that the version does not have are noted on stderr, unless --strict makes them faults.
    With --json each line has code, path and detail.
    """
    found = tuple(_faults(file, api_version, tolerate, content_type))
    noted = frozenset(() if strict else ("unknown_member",))
    faults = [fault for fault in found if fault.code not in noted]
    for note in (fault for fault in found if fault.code in noted):
        click.echo(streams.printable(f"{file}: note: {_line(note)}"), err=True)
    if as_json:
        streams.write(b"".join(msgspec.json.encode(fault) + b"\n" for fault in faults))
    else:
        streams.write_lines(_line(fault) for fault in faults)
    if faults:
        click.get_current_context().exit(1)


def _line(fault: TaskFault) -> str:
    return f"{fault.path}: {fault.code}: {fault.detail}".removeprefix(": ")


def _faults(
    file: str, version: str | None, tolerate: frozenset[Oddity], content_type: str | None
) -> Iterator[TaskFault]:
    """All faults, unknown members among them, in the version that is given or named."""
    wholes = _wholes(file, tolerate, content_type)
    for index, whole in enumerate(wholes):
        for fault in _whole_faults(file, whole, version, tolerate):
            path = f"request[{index}]/{fault.path}" if len(wholes) > 1 else fault.path
            yield TaskFault(fault.code, path.rstrip("/"), fault.detail)


def _wholes(
    file: str, tolerate: frozenset[Oddity], content_type: str | None
) -> Sequence[HttpRequest | Content]:
    """The requests of a file, or what the file holds where that is no HTTP message."""
    (bare,) = streams.messages_of(file, tolerate, content_type or _JSON)
    body = bare.message.body
    if content_type is not None or body.lstrip(_BEFORE_JSON).startswith(b"{"):
        return [Content(bare.message.headers, body)]
    with streams.failing(file):
        read = read_messages(body, tolerate)
    messages = [found.message for found in streams.told(file, read)]
    requests = [message for message in messages if isinstance(message, HttpRequest)]
    if not requests:
        raise streams.InputFailure(f"{file}: expected a request, got none")
    return requests


def _whole_faults(
    file: str, whole: HttpRequest | Content, version: str | None, tolerate: frozenset[Oddity]
) -> Iterator[TaskFault]:
    with streams.failing(f"{file}, in the body"):
        batch = read_batch(whole, tolerate)
    if isinstance(batch, Batch):
        streams.tell_oddities(f"{file}, in the body", batch.oddities)
        with streams.failing(file):
            yield from _batch_faults(batch, whole, version)
    elif batch is not None:
        raise streams.InputFailure(f"{file}: expected a request, got the answer to a batch")
    elif isinstance(whole, HttpRequest):
        with streams.failing(file):
            content.check_json_content(whole)
            collection = target_path(whole.target).endswith("/addtaskcollection")
            address = (
                addresses.collection_address(whole)
                if collection
                else addresses.operation_address(whole, addresses.OUTER)
            )
        yield from _body_faults(whole.body, collection, version or address.api_version)
    else:
        yield from _body_faults(whole.body, _is_collection(whole.body), version)


def _batch_faults(
    batch: Batch, whole: HttpRequest | Content, version: str | None
) -> Iterator[TaskFault]:
    if version is None and isinstance(whole, HttpRequest):
        version = addresses.outer_address(whole).api_version
    for operation, index, inner in placed_leaves(batch):
        part = path_of(index, inner)
        own = addresses.operation_address(operation, part).api_version
        found = version or own or azure.LATEST
        yield from task_faults(operation.body, f"{part}.body", found, strict=True)


def _body_faults(body: bytes, collection: bool, version: str | None) -> tuple[TaskFault, ...]:
    version = version or azure.LATEST
    if collection:
        return collection_faults(body, version, strict=True)
    return faults_of(body, version, strict=True)


def _is_collection(body: bytes) -> bool:
    """Whether a JSON text is a collection rather than a task; one that cannot be read is none."""
    try:
        return isinstance(read_object(body).get("value"), list)
    except azure.TaskError:
        return False
