"""What the tables of changes mean together: the rows between two versions, the schema of each.

The rows stand in ``task_rules`` and ``job_rules``. A new api-version is its name in ``versions``
and its rows there; its members stand in ``schema``.
"""

from __future__ import annotations

from functools import cache

from odatabatch.azure.job_rules import JOB_RULES
from odatabatch.azure.rule import Rule
from odatabatch.azure.schema import TYPES, Member
from odatabatch.azure.task_rules import RULES
from odatabatch.azure.versions import VERSIONS, position

FIRST_SCHEMA = "2015-12-01.2.2"
"""The oldest version of which a schema was published."""

Schema = dict[str, dict[str, Member]]


@cache
def every_rule() -> tuple[Rule, ...]:
    """Every change in a task or a job, by version."""
    return tuple(sorted((*RULES, *JOB_RULES), key=lambda rule: position(rule.since)))


@cache
def changes(first: str, second: str, jobs: bool = False) -> tuple[Rule, ...]:
    """The rules between two api-versions, by version: those that a move would cross.

    Args:
        first: the one.
        second: the other.
        jobs: whether to give those as well that concern jobs alone.
    """
    low, high = sorted((position(first), position(second)))
    crossed = VERSIONS[low + 1 : high + 1]
    return tuple(rule for rule in (every_rule() if jobs else RULES) if rule.since in crossed)


@cache
def schema_of(api_version: str) -> Schema:
    """The types of an api-version: for each its members by the name that they have there.

    Before ``FIRST_SCHEMA`` it is what public recordings show, and what is not known to be newer.
    """
    schema = {owner: dict(members) for owner, members in TYPES.items()}
    for rule in reversed(every_rule()):
        if position(rule.since) > position(api_version):
            _undo(rule, schema[rule.owner])
        elif rule.change in ("removed", "replaced"):
            del schema[rule.owner][rule.member]
    return {
        owner: {name_in(api_version, owner, name): member for name, member in members.items()}
        for owner, members in schema.items()
    }


@cache
def _renames() -> tuple[Rule, ...]:
    return tuple(rule for rule in every_rule() if rule.change == "renamed")


@cache
def name_in(api_version: str, owner: str, member: str) -> str:
    """What a member is called in an api-version, by its newest name."""
    renames = [rule for rule in _renames() if (rule.owner, rule.member) == (owner, member)]
    name = renames[0].was if renames else member
    for rule in renames:
        if position(rule.since) <= position(api_version):
            name = rule.now
    return name


def _undo(rule: Rule, members: dict[str, Member]) -> None:
    """Bring a type's members, by their newest names, to the version before a row's."""
    if rule.change == "added":
        del members[rule.member]
    elif rule.change == "replaced":
        del members[rule.now]
    elif rule.change == "respelled":
        members[rule.member] = members[rule.member]._replace(words=rule.words)
    elif rule.change in ("required", "optional"):
        required = rule.change == "optional"
        members[rule.member] = members[rule.member]._replace(required=required)
