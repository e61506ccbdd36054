"""The options that commands share."""

from __future__ import annotations

import click

from odatabatch.cli.options import COLLECTION_VERSION, ApiVersion
from odatabatch.cli.versions import versions
from odatabatch.oddities import CAPTURED
from tests.cli.commands import PAGE, run


def test_tolerate_by_name() -> None:
    """Names add up; strict adds nothing."""
    few = ["--tolerate", "strict", "--tolerate", "bare_lf"]
    assert "content_length_mismatch" in run("upgrade", *few, PAGE).stderr
    assert run("upgrade", *few, "--tolerate", "Content_Length_Mismatch", PAGE).exit_code == 0
    names = [part for name in sorted(CAPTURED) for part in ("--tolerate", name)]
    assert run("upgrade", *names, PAGE).exit_code == 0


def test_completion() -> None:
    """A shell completes what is begun, of the versions that will do."""

    def completed(kind: ApiVersion, begun: str) -> list[str]:
        parameter = versions.params[0]
        items = kind.shell_complete(click.Context(versions), parameter, begun)
        return [item.value for item in items]

    assert completed(ApiVersion(), "2015-1") == ["2015-11-01.2.1", "2015-12-01.2.2"]
    assert completed(COLLECTION_VERSION, "2015-1") == []
