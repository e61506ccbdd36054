"""``odatabatch answer``: the answers to the collection requests to the legacy answer."""

from __future__ import annotations

import click

from odatabatch import azure
from odatabatch.azure.answers import whole_answer
from odatabatch.captures import write_message
from odatabatch.cli import streams
from odatabatch.cli.upgrade import api_version_option
from odatabatch.http_message import HttpResponse
from odatabatch.oddities import Oddity


@click.command()
@click.argument("request_file", metavar="REQUEST")
@click.argument("answer_files", metavar="ANSWERS...", nargs=-1, required=True)
@api_version_option
@streams.reading_options
def answer(
    *,
    request_file: str,
    answer_files: tuple[str, ...],
    api_version: str,
    tolerate: frozenset[Oddity],
    content_type: str | None,
) -> None:
    """Print the answer to the legacy batch in REQUEST, made of the answers to its upgrade.

    ANSWERS are the answers to the requests that "odatabatch upgrade" prints, in their order, as
    files of one message or of several separated by ###. --content-type is about REQUEST alone.
    """
    streams.refuse_repeated_stdin((request_file, *answer_files))
    batch, request = streams.legacy_request(request_file, tolerate, content_type)
    responses = [found for file in answer_files for found in _responses(file, tolerate)]
    with streams.failing(request_file):
        up = azure.upgrade(batch, api_version, request)
    with streams.failing(", ".join(answer_files)):
        whole = whole_answer(up.answer(responses), request, responses)
        written = write_message(whole)
    streams.write(written)


def _responses(file: str, tolerate: frozenset[Oddity]) -> list[HttpResponse]:
    read = streams.told(file, streams.messages_of(file, tolerate))
    messages = [found.message for found in read]
    responses = [message for message in messages if isinstance(message, HttpResponse)]
    if len(responses) != len(messages):
        raise streams.Failure(f"{file}: expected responses, got a request")
    return responses
