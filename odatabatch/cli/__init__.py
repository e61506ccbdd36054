"""The command ``odatabatch``."""

from __future__ import annotations

from typing import Any

import click

from odatabatch import __version__
from odatabatch.cli.answer import answer
from odatabatch.cli.downgrade import downgrade
from odatabatch.cli.emulate import emulate
from odatabatch.cli.show import show
from odatabatch.cli.upgrade import upgrade
from odatabatch.cli.validate import validate
from odatabatch.cli.versions import versions


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(130)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order in which they are added, not that of the alphabet


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Read legacy OData $batch messages, and translate Azure Batch's to addtaskcollection and back.

    FILE is an HTTP message as captured, or several separated by lines that begin with ###; "-" is
    standard input. Data goes to standard output, all else to standard error.

    Exit codes: 0 done, 1 faults, or operations without a known outcome, 2 usage, 3 input that
    cannot be read or translated, 4 loss under --strict, 5 network, 130 interrupted.
    """


for command in (show, upgrade, downgrade, answer, validate, versions, emulate):
    main.add_command(command)
