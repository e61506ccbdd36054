"""What changed in a task from one api-version to the next: one row a change, read in both ways.

A row says from which version on something holds, and what becomes of a task that crosses that
version forward (to a newer one) or backward. A new api-version is its name in ``versions`` and
its rows here; its members stand in ``schema``.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

from odatabatch.azure.schema import TASK, TYPES, Member
from odatabatch.azure.versions import VERSIONS, position

Effect = Literal["exact", "conditional", "lost"]
"""``exact``: it means the same; ``conditional``: it does where the detail holds; ``lost``: it
cannot be said."""

INFINITE = "P10675199DT2H48M5.4775807S"
"""What the service returns for a duration without end."""

# Documents, by the name that notes give them.
_SWAGGER = "Batch service swagger"
_VERSIONING = "Batch service versioning page"
_TRAFFIC = "public recordings"
_PAGE_2017 = "Add a collection of tasks to a job (2017)"


class Rule(NamedTuple):
    """One change, at one member.

    Attributes:
        change: ``added``, ``removed``, ``renamed``, ``respelled`` (the words of a value),
            ``required``, ``optional`` (no longer required), ``replaced`` (by a member of another
            shape), ``default`` (what its absence means), ``seen`` (nobody knows whether older
            versions have it), ``service`` (no member says it).
        owner: the type that has the member, a key of ``schema.TYPES``.
        member: its newest name; empty where no member says it.
        since: the first api-version in which it holds.
        forward: what crossing it to a newer version does to a task that it concerns; None where
            it concerns none.
        backward: likewise to an older version.
        detail: what to know, in words.
        source: the documents that say so.
        was: the name or the default before; with ``added`` and ``optional`` the JSON text of the
            value that older versions take for granted, or "".
        now: the name or the default from ``since`` on.
        words: with ``respelled``: the words before; those from then on stand in the schema.
        holder: with ``default``: the member of the task that has objects of type ``owner``, where
            their absence means the default as well.
    """

    change: Literal[
        "added",
        "removed",
        "renamed",
        "respelled",
        "required",
        "optional",
        "replaced",
        "default",
        "seen",
        "service",
    ]
    owner: str
    member: str
    since: str
    forward: Effect | None
    backward: Effect | None
    detail: str
    source: str
    was: str = ""
    now: str = ""
    words: tuple[str, ...] = ()
    holder: str = ""

    def effect(self, forward: bool) -> Effect:
        """What crossing it does to a task that it concerns.

        Args:
            forward: whether to a newer version.
        """
        effect = self.forward if forward else self.backward
        assert effect is not None  # or it would concern no task
        return effect


def _added(owner: str, member: str, since: str, source: str = _SWAGGER, detail: str = "") -> Rule:
    detail = detail or "older versions have no such member"
    return Rule("added", owner, member, since, None, "lost", detail, source)


RULES: tuple[Rule, ...] = (
    Rule(
        "renamed", TASK, "id", "2015-06-01.2.0", "exact", "exact",
        "the same member", _TRAFFIC, was="name", now="id",
    ),
    Rule(
        "renamed", TASK, "constraints", "2015-06-01.2.0", "exact", "exact",
        "the same member", _TRAFFIC, was="taskConstraints", now="constraints",
    ),
    _added(TASK, "multiInstanceSettings", "2015-11-01.2.1", f"{_VERSIONING}; {_TRAFFIC}"),
    Rule(
        "seen", TASK, "displayName", "2015-12-01.2.2", "conditional", "conditional",
        "nobody has seen it in a request of an older version", _TRAFFIC,
    ),
    _added(TASK, "dependsOn", "2015-12-01.2.2", f"{_VERSIONING}; {_SWAGGER}"),
    _added("ResourceFile", "fileMode", "2016-02-01.3.0", f"{_VERSIONING}; {_SWAGGER}"),
    _added(TASK, "exitConditions", "2016-07-01.3.1", f"{_VERSIONING}; {_SWAGGER}"),
    _added(TASK, "applicationPackageReferences", "2016-07-01.3.1", f"{_VERSIONING}; {_SWAGGER}"),
    Rule(
        "required", "ResourceFile", "httpUrl", "2016-07-01.3.1", "lost", "exact",
        "the documents always asked for it, the swagger does from here on", _SWAGGER,
    ),
    Rule(
        "required", "ResourceFile", "filePath", "2016-07-01.3.1", "lost", "exact",
        "the documents always asked for it, the swagger does from here on", _SWAGGER,
    ),
    Rule(
        "required", "EnvironmentSetting", "name", "2016-07-01.3.1", "lost", "exact",
        "the documents always asked for it, the swagger does from here on", _SWAGGER,
    ),
    Rule(
        "required", "AffinityInformation", "affinityId", "2016-07-01.3.1", "lost", "exact",
        "the documents always asked for it, the swagger does from here on", _SWAGGER,
    ),
    Rule(
        "replaced", TASK, "runElevated", "2017-01-01.4.0", "conditional", "conditional",
        "true became userIdentity.autoUser.elevationLevel admin, and requests with runElevated are "
        "refused; false or absent became no userIdentity, a user without administrator's rights. "
        "Whose user it is, which is the autoUser's scope, runElevated does not say",
        f"{_VERSIONING}; {_SWAGGER}; azure-batch changelog, 8.0.0",
        was="runElevated", now="userIdentity",
    ),
    _added("ExitOptions", "dependencyAction", "2017-01-01.4.0"),
    _added(TASK, "authenticationTokenSettings", "2017-01-01.4.0"),
    Rule(
        "renamed", "ExitConditions", "preProcessingError", "2017-05-01.5.0", "exact", "exact",
        "the same member", f"{_VERSIONING}; {_SWAGGER}",
        was="schedulingError", now="preProcessingError",
    ),
    _added("ExitConditions", "fileUploadError", "2017-05-01.5.0"),
    _added(TASK, "outputFiles", "2017-05-01.5.0"),
    Rule(
        "respelled", "AutoUserSpecification", "elevationLevel", "2017-09-01.6.0", "exact", "exact",
        "the documents spell it in another case; the service takes any", f"{_SWAGGER}; {_TRAFFIC}",
        words=("nonAdmin", "admin"),
    ),
    Rule(
        "respelled", "OutputFileUploadOptions", "uploadCondition", "2017-09-01.6.0",
        "exact", "exact",
        "the documents spell it in another case; the service takes any", f"{_SWAGGER}; {_TRAFFIC}",
        words=("taskSuccess", "taskFailure", "taskCompletion"),
    ),
    Rule(
        "required", "MultiInstanceSettings", "coordinationCommandLine", "2017-09-01.6.0",
        "lost", "exact",
        "there is no value that is safe to invent", f"{_VERSIONING}; {_SWAGGER}",
    ),
    Rule(
        "optional", "MultiInstanceSettings", "numberOfInstances", "2017-09-01.6.0",
        "exact", "exact",
        "its absence means 1", f"{_VERSIONING}; {_SWAGGER}", was="1",
    ),
    _added(TASK, "containerSettings", "2017-09-01.6.0"),
    Rule(
        "renamed", "ResourceFile", "httpUrl", "2018-12-01.8.0", "exact", "conditional",
        "the same member, where the URL is that of a blob in Azure Storage: older versions take "
        "no other", _SWAGGER, was="blobSource", now="httpUrl",
    ),
    Rule(
        "optional", "ResourceFile", "httpUrl", "2018-12-01.8.0", "exact", "lost",
        "older versions know no other source of a file", _SWAGGER,
    ),
    Rule(
        "optional", "ResourceFile", "filePath", "2018-12-01.8.0", "exact", "lost",
        "older versions do not do without", _SWAGGER,
    ),
    _added("ResourceFile", "storageContainerUrl", "2018-12-01.8.0"),
    _added("ResourceFile", "autoStorageContainerName", "2018-12-01.8.0"),
    _added("ResourceFile", "blobPrefix", "2018-12-01.8.0"),
    Rule(
        "default", "TaskConstraints", "retentionTime", "2018-12-01.8.0", "exact", "exact",
        "how long a task's directory is kept: it was without end, and is 7 days",
        f"{_SWAGGER}; azure-batch changelog, 6.0.0", was=INFINITE, now="P7D",
        holder="constraints",
    ),
    Rule(
        "service", TASK, "", "2018-12-01.8.0", "conditional", "conditional",
        "a task that is not complete is ended after 180 days, before after 7",
        "azure-batch changelog, 6.0.0", was="7 days", now="180 days",
    ),
    _added("TaskContainerSettings", "workingDirectory", "2019-06-01.9.0"),
    Rule(
        "default", "AutoUserSpecification", "scope", "2019-08-01.10.0", "conditional", "exact",
        "it was task by the swagger, but pool on Linux nodes by the changelog",
        f"{_SWAGGER}; azure-batch changelog, 8.0.0", was="task", now="pool",
    ),
    _added(
        TASK, "requiredSlots", "2020-09-01.12.0", _SWAGGER,
        "older versions give each task one slot",
    )._replace(was="1"),
    Rule(
        "optional", "ContainerRegistry", "username", "2021-06-01.14.0", "exact", "lost",
        "older versions do not do without", _SWAGGER,
    ),
    Rule(
        "optional", "ContainerRegistry", "password", "2021-06-01.14.0", "exact", "lost",
        "older versions do not do without", _SWAGGER,
    ),
    _added("ResourceFile", "identityReference", "2021-06-01.14.0"),
    _added("ContainerRegistry", "identityReference", "2021-06-01.14.0"),
    _added("OutputFileBlobContainerDestination", "identityReference", "2021-06-01.14.0"),
    _added("OutputFileBlobContainerDestination", "uploadHeaders", "2022-01-01.15.0"),
    _added("TaskContainerSettings", "containerHostBatchBindMounts", "2024-07-01.20.0"),
    Rule(
        "removed", TASK, "authenticationTokenSettings", "2025-06-01", "lost", None,
        "a task gets no token any more; it signs in as an identity of its pool",
        "azure-batch changelog, 15.1.0",
    ),
)  # fmt: skip
"""Every change, by version."""

SCOPE_DEFAULT = next(rule for rule in RULES if (rule.change, rule.member) == ("default", "scope"))
"""The row of the autoUser's scope, which an older member cannot say."""

ALIASES: tuple[Rule, ...] = (
    Rule(
        "renamed", "UserIdentity", "username", "2017-01-01.4.0", "exact", "exact",
        "one page spells it so; the schema's spelling is written", _PAGE_2017,
        was="userName", now="username",
    ),
)  # fmt: skip
"""Members that a document spells otherwise than the schema; both are read."""

FIRST_SCHEMA = "2015-12-01.2.2"
"""The oldest version of which a schema was published."""

Schema = dict[str, dict[str, Member]]


def changes(first: str, second: str) -> tuple[Rule, ...]:
    """The rows between two api-versions, by version: those that moving a task would cross."""
    low, high = sorted((position(first), position(second)))
    crossed = VERSIONS[low + 1 : high + 1]
    return tuple(rule for rule in RULES if rule.since in crossed)


@cache
def schema_of(api_version: str) -> Schema:
    """The types of an api-version: for each its members by the name that they have there.

    Before ``FIRST_SCHEMA`` it is what public recordings show, and what is not known to be newer.
    """
    schema = {owner: dict(members) for owner, members in TYPES.items()}
    for rule in reversed(RULES):
        if position(rule.since) > position(api_version):
            _undo(rule, schema[rule.owner])
        elif rule.change in ("removed", "replaced"):
            del schema[rule.owner][rule.member]
    return {
        owner: {name_in(api_version, owner, name): member for name, member in members.items()}
        for owner, members in schema.items()
    }


@cache
def name_in(api_version: str, owner: str, member: str) -> str:
    """What a member is called in an api-version, by its newest name."""
    renames = [rule for rule in RULES if rule[:3] == ("renamed", owner, member)]
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
