"""``odatabatch upgrade``: a legacy batch request to the collection requests."""

from __future__ import annotations

from functools import partial

import click

from odatabatch import azure
from odatabatch.cli import options, streams
from odatabatch.cli.notes import write_translation
from odatabatch.oddities import Oddity


@click.command(short_help="A legacy batch as addtaskcollection requests.")
@click.argument("file")
@click.option(
    "--api-version",
    type=options.COLLECTION_VERSION,
    metavar="VERSION",
    default=azure.LATEST,
    show_default=True,
    help="Of the collection requests.",
)
@options.sending_options
@options.translating_options
@options.reading_options
def upgrade(
    *,
    file: str,
    api_version: str,
    ocp_date: str | None,
    strict: bool,
    as_json: bool,
    explicit_defaults: bool,
    source_version: str | None,
    tolerate: frozenset[Oddity],
    content_type: str | None,
) -> None:
    """Print the addtaskcollection requests for the legacy batch request in FILE.

    They are whole HTTP messages with lines of CRLF, separated by ###, in the order in which they
    are to be sent; they are not signed. With --json each line has method, target, headers (pairs
    of name and value) and body (the JSON text, as a string).
    """
    batch, request = streams.legacy_request(file, tolerate, content_type)
    translate = partial(
        azure.upgrade,
        batch,
        api_version,
        request,
        ocp_date,
        explicit_defaults=explicit_defaults,
        source_version=source_version,
    )
    write_translation(file, translate, strict, as_json)
