"""``odatabatch versions``: the api-versions, and what changed in tasks and jobs between two."""

from __future__ import annotations

import json
import sys
from typing import Any, NamedTuple

import click

from odatabatch.azure.rule import Effect, Rule
from odatabatch.azure.rules import FIRST_SCHEMA, changes
from odatabatch.azure.schema import JOB, TYPES, paths_of
from odatabatch.azure.task_rules import RULES
from odatabatch.azure.versions import (
    FIRST_COLLECTION,
    FIRST_JOBS,
    FIRST_THAT_STAYS,
    LAST_BATCH,
    LATEST,
    UNSEEN,
    VERSIONS,
    is_before,
)
from odatabatch.cli import options, streams
from odatabatch.cli.tables import Column, drawn

NOTHING = "–"
"""What stands where there is nothing to say."""

# What a change is to a task that goes to an older version, where that is another.
_BACKWARD = {
    "added": "removed",
    "removed": "added",
    "required": "optional",
    "optional": "required",
    "seen": "unseen",
}
_WORDS = {"optional": "no longer required", "seen": "first seen", "unseen": "not seen"}

_TO_KNOW = {
    FIRST_JOBS: "first whose jobs stand in the account, and not in work items",
    UNSEEN: "nobody has seen a request of it",
    FIRST_SCHEMA: "first of which a schema was published; before, there are recordings alone",
    FIRST_COLLECTION: "first with addtaskcollection",
    LATEST: "newest",
}
_LAST_BATCH = "last for which a document shows $batch"

_VERSION_COLUMNS = (
    Column("api-version"),
    Column("changes"),
    Column("retires"),
    Column("to know", folds=True),
)
_CHANGE_COLUMNS = (
    Column("version", "above"),
    Column("member", folds=True),
    Column("what", folds=True, most=26),
    Column("effect"),
    Column("detail", "below"),
)


class Crossing(NamedTuple):
    """What a rule is to a task that crosses it in one direction.

    Attributes:
        since: the api-version from which on the rule holds.
        members: the paths of the member that it is about, by its newest name, in a task, or after
            ``job: `` in a job where tasks have no such; none where no member says it.
        change: ``added``, ``removed``, ``renamed``, ``respelled``, ``required``, ``optional``,
            ``replaced``, ``default``, ``seen``, ``unseen`` or ``service``.
        was: the name, word or default before the crossing, where there is such; else None.
        now: likewise after it.
        effect: what the crossing does to a task that the rule concerns; None where it concerns
            none.
        detail: what to know, in words.
        source: the documents that say so.
    """

    since: str
    members: tuple[str, ...]
    change: str
    was: str | None
    now: str | None
    effect: Effect | None
    detail: str
    source: str

    @property
    def what(self) -> str:
        """The change in words."""
        words = _WORDS.get(self.change, self.change)
        return f"{words}: {self.was} → {self.now}" if self.was else words


def crossing(rule: Rule, forward: bool) -> Crossing:
    """What a rule is in one direction: ``forward`` to newer versions, else to older ones."""
    paths, prefix = paths_of(rule.owner), ""
    if not paths:
        paths, prefix = paths_of(rule.owner, JOB), "job: "
    members = tuple(prefix + f"{path}.{rule.member}".lstrip(".") for path in paths)
    was, now = (rule.was, rule.now) if rule.now else (None, None)
    if rule.change == "respelled":
        newest = TYPES[rule.owner][rule.member].words
        pairs = [pair for pair in zip(rule.words, newest, strict=True) if pair[0] != pair[1]]
        was, now = (", ".join(pair[index] for pair in pairs) for index in (0, 1))
    if not forward:
        was, now = now, was
    return Crossing(
        rule.since,
        members if rule.member else (),
        rule.change if forward else _BACKWARD.get(rule.change, rule.change),
        was,
        now,
        rule.forward if forward else rule.backward,
        rule.detail,
        rule.source,
    )


@click.command(short_help="What api-versions there are, and what changed.")
@click.argument("pair", metavar="[A B]", nargs=-1, type=options.ApiVersion())
@click.option("--jobs", is_flag=True, help="With A and B: what changes in a job as well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines, one a row.")
def versions(*, pair: tuple[str, ...], jobs: bool, as_json: bool) -> None:
    """List the api-versions of Azure Batch, or what changes in a task that goes from A to B.

    B may be newer than A, or older. The effect of a change is exact (the task means the same),
    conditional (it does where the detail holds) or lost.
    """
    if len(pair) not in (0, 2):
        raise click.UsageError("expected two api-versions, or none")
    if jobs and not pair:
        raise click.UsageError("expected two api-versions with --jobs, got none")
    columns = _CHANGE_COLUMNS if pair else _VERSION_COLUMNS
    lines = (
        _between(pair[0], pair[1], jobs)
        if pair
        else [_version(api_version) for api_version in VERSIONS]
    )
    if as_json:
        streams.write_lines(json.dumps(line) for line, _ in lines)
    elif lines:
        text = drawn(columns, [row for _, row in lines], sys.stdout)
        streams.write(text.encode("utf-8"))
    else:
        click.echo("nothing that is known of a task changes between the two", err=True)


Line = tuple[dict[str, Any], tuple[str, ...]]  # for a program, and for a person


def _version(api_version: str) -> Line:
    """One api-version."""
    changed = sum(rule.since == api_version for rule in RULES)
    retires = is_before(api_version, FIRST_THAT_STAYS)
    remarks = [_TO_KNOW[api_version]] if api_version in _TO_KNOW else []
    if api_version == LAST_BATCH:
        remarks.append(_LAST_BATCH)
    line = {
        "api_version": api_version,
        "batch": not is_before(LAST_BATCH, api_version),
        "addtaskcollection": not is_before(api_version, FIRST_COLLECTION),
        "work_items": is_before(api_version, FIRST_JOBS),
        "retires": retires,
        "changes": changed,
    }
    shown = str(changed) if changed else NOTHING
    return line, (api_version, shown, "yes" if retires else "no", "; ".join(remarks))


def _between(first: str, second: str, jobs: bool) -> list[Line]:
    """The changes from one api-version to another, in the order in which a task meets them."""
    forward = is_before(first, second)
    rules = changes(first, second, jobs)
    lines: list[Line] = []
    for rule in rules if forward else reversed(rules):
        it = crossing(rule, forward)
        members = ", ".join(it.members) or NOTHING
        lines.append((it._asdict(), (it.since, members, it.what, it.effect or NOTHING, it.detail)))
    return lines
