"""``odatabatch upgrade``: a legacy batch request to the collection requests."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click
import msgspec

from odatabatch import azure
from odatabatch.azure.versions import check_collection_version
from odatabatch.captures import write_messages
from odatabatch.cli import streams
from odatabatch.http_message import HttpRequest
from odatabatch.oddities import Oddity

_INDEX = re.compile(r"\[\d+\]")


def api_version_option(command: streams.Function) -> streams.Function:
    """The option that says which api-version the collection requests are for."""
    return click.option(
        "--api-version",
        metavar="VERSION",
        default=azure.LATEST,
        show_default=True,
        callback=_known_version,
        help="Of the collection requests.",
    )(command)


def _known_version(_context: click.Context, _option: click.Parameter, api_version: str) -> str:
    try:
        check_collection_version(api_version)
    except azure.TranslationError as error:
        raise click.BadParameter(error.message) from None
    return api_version


@click.command()
@click.argument("file")
@api_version_option
@click.option("--ocp-date", metavar="DATE", help="The value of the requests' ocp-date.")
@click.option("--strict", is_flag=True, help="Fail where something would be lost.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines, one a request.")
@streams.reading_options
def upgrade(
    *,
    file: str,
    api_version: str,
    ocp_date: str | None,
    strict: bool,
    as_json: bool,
    tolerate: frozenset[Oddity],
    content_type: str | None,
) -> None:
    """Print the addtaskcollection requests for the legacy batch request in FILE.

    They are whole HTTP messages with lines of CRLF, separated by ###, in the order in which they
    are to be sent; they are not signed. With --json each line has method, target, headers (pairs
    of name and value) and body (the JSON text, as a string).
    """
    batch, request = streams.legacy_request(file, tolerate, content_type)
    with streams.failing(file):
        up = azure.upgrade(batch, api_version, request, ocp_date, strict)
        written = _json_lines(up.requests) if as_json else write_messages(up.requests)
    for line in _note_lines(up.notes):
        click.echo(f"{file}: {line}", err=True)
    streams.write(written)


def _json_lines(requests: Iterable[HttpRequest]) -> bytes:
    return b"".join(
        msgspec.json.encode(
            {
                "method": request.method,
                "target": request.target,
                "headers": request.headers.items(),
                "body": request.body.decode("utf-8"),
            }
        )
        + b"\n"
        for request in requests
    )


def _note_lines(notes: Iterable[azure.Note]) -> list[str]:
    """The notes in words; those that differ in the number of their part alone are one line."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for note in notes:
        kind = (_INDEX.sub("[*]", note.path), note.change, note.effect, note.detail, note.source)
        alike.setdefault(kind, []).append(note.path)
    lines = []
    for (path, change, effect, detail, source), paths in alike.items():
        where = paths[0] if len(paths) == 1 else f"{path} ({len(paths)} times)"
        lines.append(f"{effect}: {where}: {change}; {detail} ({source})")
    return lines
