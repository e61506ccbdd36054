"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from odatabatch.azure.versions import (
    FIRST_COLLECTION,
    FIRST_JOBS,
    VERSIONS,
    check_version,
    is_before,
)
from odatabatch.errors import TranslationError
from odatabatch.oddities import CAPTURED, STRICT, Oddity

Function = TypeVar("Function", bound=Callable[..., Any])


class ApiVersion(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click alone
    """An api-version of the Azure Batch service.

    Args:
        first: the oldest that will do.
    """

    name = "version"

    def __init__(self, first: str = VERSIONS[0]) -> None:
        self._known = [version for version in VERSIONS if not is_before(version, first)]

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            check_version(value)
        except TranslationError as error:
            self.fail(f"{error.message}; odatabatch versions lists them", param, ctx)
        if value not in self._known:
            self.fail(f"expected {self._known[0]} or later", param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(known) for known in self._known if known.startswith(incomplete)]


COLLECTION_VERSION = ApiVersion(FIRST_COLLECTION)
"""An api-version that has ``addtaskcollection``."""


def reading_options(command: Function) -> Function:
    """The options of commands that read messages: ``tolerate`` and ``content_type``."""
    command = click.option(
        "--content-type",
        metavar="TYPE",
        help="FILE is a bare body that came with this Content-Type.",
    )(command)
    return tolerate_option(command)


def tolerate_option(command: Function) -> Function:
    """The option ``tolerate``, of commands that read whole messages alone."""
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


def translating_options(command: Function) -> Function:
    """The options that make a translation another: all but the api-version of what comes out."""
    command = click.option(
        "--source-version",
        type=ApiVersion(),
        metavar="VERSION",
        help="The api-version of FILE, where it names none.",
    )(command)
    return click.option(
        "--explicit-defaults/--no-explicit-defaults",
        default=True,
        show_default=True,
        help="Write out defaults that are others in the new api-version, so that tasks which leave "
        "them to the service mean the same.",
    )(command)


def work_item_option(command: Function) -> Function:
    """The option ``work_item``, of commands that go down."""
    return click.option(
        "--work-item",
        metavar="NAME",
        help=f"The work item that holds the job, as in a URL; versions before {FIRST_JOBS} need "
        "it, others have none.",
    )(command)


def sending_options(command: Function) -> Function:
    """The options of commands that print requests: ``ocp_date``, ``strict`` and ``as_json``."""
    command = click.option(
        "--json", "as_json", is_flag=True, help="Print JSON Lines, one a request."
    )(command)
    command = click.option(
        "--strict",
        is_flag=True,
        help="Fail where something would be lost, and on members that the api-version of FILE "
        "does not have.",
    )(command)
    return click.option("--ocp-date", metavar="DATE", help="The value of the requests' ocp-date.")(
        command
    )
