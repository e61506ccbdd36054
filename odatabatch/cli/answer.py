"""``odatabatch answer``: the answers to what was translated, to the answer in its own dialect."""

from __future__ import annotations

from typing import Any

import click

from odatabatch import azure
from odatabatch.azure.versions import FIRST_COLLECTION, LAST_BATCH, is_before
from odatabatch.captures import write_message
from odatabatch.cli import options, streams
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.oddities import Oddity


@click.command(short_help="The answer to what was translated.")
@click.argument("request_file", metavar="REQUEST")
@click.argument("answer_files", metavar="ANSWERS...", nargs=-1, required=True)
@click.option(
    "--api-version",
    type=options.ApiVersion(),
    metavar="VERSION",
    help=f"As it was given to upgrade (by default {azure.LATEST}) or to downgrade (by default "
    f"{LAST_BATCH}).",
)
@options.work_item_option
@click.option(
    "--recover-ticks",
    is_flag=True,
    help="Of an addtaskcollection request: take the fraction of a second in lastModified from the "
    "ETag.",
)
@options.translating_options
@options.reading_options
def answer(
    *,
    request_file: str,
    answer_files: tuple[str, ...],
    api_version: str | None,
    work_item: str | None,
    recover_ticks: bool,
    explicit_defaults: bool,
    source_version: str | None,
    tolerate: frozenset[Oddity],
    content_type: str | None,
) -> None:
    """Print the answer to REQUEST, made of the answers to what it was translated to.

    REQUEST is what "odatabatch upgrade" or "odatabatch downgrade" was given, and ANSWERS are the
    answers to the requests that it printed, in their order, as files of one message or of several
    separated by ###. The options are to be those of that command. --content-type is about REQUEST
    alone.
    """
    streams.refuse_repeated_stdin((request_file, *answer_files))
    request, batch = streams.request_of(request_file, tolerate, content_type)
    if batch is not None:
        _refuse_for_batch(api_version, work_item, recover_ticks)
    responses = [found for file in answer_files for found in _responses(file, tolerate)]
    defaults: dict[str, Any] = {
        "explicit_defaults": explicit_defaults,
        "source_version": source_version,
    }
    answers = ", ".join(answer_files)
    carrier = request if isinstance(request, HttpRequest) else None
    if batch is not None:
        with streams.failing(request_file):
            up = azure.upgrade(batch, api_version or azure.LATEST, carrier, **defaults)
        with streams.failing(answers):
            written = write_message(up.http_answer(responses))
    elif carrier is not None:
        version = api_version or LAST_BATCH
        with streams.failing(request_file):
            down = azure.downgrade(carrier, version, work_item=work_item, **defaults)
        with streams.failing(answers):
            written = write_message(down.answer(responses, recover_ticks, tolerate))
    else:
        raise streams.InputFailure(f"{request_file}: expected a batch request, got something else")
    streams.write(written)


def _refuse_for_batch(api_version: str | None, work_item: str | None, recover_ticks: bool) -> None:
    """Refuse options that are about an ``addtaskcollection`` request alone."""
    if api_version is not None and is_before(api_version, FIRST_COLLECTION):
        raise click.UsageError(f"--api-version: a collection has {FIRST_COLLECTION} or later")
    for name, given in (("--work-item", work_item), ("--recover-ticks", recover_ticks)):
        if given:
            raise click.UsageError(f"{name} is for an addtaskcollection request, not for a batch")


def _responses(file: str, tolerate: frozenset[Oddity]) -> list[HttpResponse]:
    read = streams.told(file, streams.messages_of(file, tolerate))
    messages = [found.message for found in read]
    responses = [message for message in messages if isinstance(message, HttpResponse)]
    if len(responses) != len(messages):
        raise streams.InputFailure(f"{file}: expected responses, got a request")
    return responses
