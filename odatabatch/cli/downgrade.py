"""``odatabatch downgrade``: a collection request to the legacy batch requests."""

from __future__ import annotations

from functools import partial

import click

from odatabatch import azure
from odatabatch.azure.versions import LAST_BATCH
from odatabatch.cli import options, streams
from odatabatch.cli.notes import write_translation
from odatabatch.http_message import HttpRequest
from odatabatch.oddities import Oddity


@click.command(short_help="An addtaskcollection request as legacy batches.")
@click.argument("file")
@click.option(
    "--api-version",
    type=options.ApiVersion(),
    metavar="VERSION",
    default=LAST_BATCH,
    show_default=True,
    help="Of the batches.",
)
@options.work_item_option
@options.sending_options
@options.translating_options
@options.tolerate_option
def downgrade(
    *,
    file: str,
    api_version: str,
    work_item: str | None,
    ocp_date: str | None,
    strict: bool,
    as_json: bool,
    explicit_defaults: bool,
    source_version: str | None,
    tolerate: frozenset[Oddity],
) -> None:
    """Print the legacy batch requests for the addtaskcollection request in FILE.

    They are whole HTTP messages with lines of CRLF, separated by ###, in the order in which they
    are to be sent; they are not signed. With --json each line has method, target, headers (pairs
    of name and value) and body (the multipart text, as a string). Their Content-IDs are the numbers
    of the tasks, from 1.
    """
    request, batch = streams.request_of(file, tolerate)
    if batch is not None:
        raise streams.InputFailure(f"{file}: expected an addtaskcollection request, got a batch")
    assert isinstance(request, HttpRequest)  # a bare body has a Content-Type of its own
    translate = partial(
        azure.downgrade,
        request,
        api_version,
        ocp_date,
        explicit_defaults=explicit_defaults,
        source_version=source_version,
        work_item=work_item,
    )
    write_translation(file, translate, strict, as_json)
