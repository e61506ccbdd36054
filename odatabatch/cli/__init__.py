"""The command ``odatabatch``."""

from __future__ import annotations

from typing import Any

import click

from odatabatch import __version__
from odatabatch.cli.answer import answer
from odatabatch.cli.show import show
from odatabatch.cli.upgrade import upgrade


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(130)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Read legacy OData $batch messages, and translate Azure Batch's to addtaskcollection.

    FILE is an HTTP message as captured, or several separated by lines that begin with ###; "-" is
    standard input. Data goes to standard output, all else to standard error.

    Exit codes: 0 done, 1 operations without a known outcome, 2 usage, 3 input that cannot be read
    or translated, 4 loss under --strict, 130 interrupted.
    """


main.add_command(show)
main.add_command(upgrade)
main.add_command(answer)
