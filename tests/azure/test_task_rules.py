"""What changed in a task: the rows against each other, and against the facts."""

from __future__ import annotations

import json
import typing
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from odatabatch.azure.rule import Effect, Rule
from odatabatch.azure.rules import FIRST_SCHEMA
from odatabatch.azure.schema import TASK, TYPES
from odatabatch.azure.task_rules import ALIASES, RULES
from odatabatch.azure.versions import UNSEEN, VERSIONS, position
from tests.azure.recordings import needs_tables, table

each_rule = pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: f"{rule.since}-{rule.change}-{rule.owner}.{rule.member}"
)


def rows(*changes: str) -> dict[tuple[str, str], list[Rule]]:
    """The rows of those changes, by what they are about, in their order."""
    found: dict[tuple[str, str], list[Rule]] = {}
    for rule in RULES:
        if rule.change in changes:
            found.setdefault((rule.owner, rule.member), []).append(rule)
    return found


class TestRows:
    """What holds of the rows by themselves."""

    def test_in_order_of_versions(self) -> None:
        """Each row is of a version that there is, not the first; the newer stands below."""
        since = [position(rule.since) for rule in RULES]
        assert since == sorted(since)
        assert since[0] > 0
        assert {UNSEEN, FIRST_SCHEMA} < set(VERSIONS)

    @each_rule
    def test_names_a_member(self, rule: Rule) -> None:
        """The type and the member stand in the schema, but for what no member says."""
        assert rule.change in typing.get_args(typing.get_type_hints(Rule)["change"])
        if rule.change == "service":
            assert (rule.owner, rule.member) == (TASK, "")
        else:
            assert rule.member in TYPES[rule.owner]

    @each_rule
    def test_says_why(self, rule: Rule) -> None:
        """Each row has a detail and a source, and an effect in one of the ways."""
        assert rule.detail
        assert rule.source
        assert {rule.forward, rule.backward} <= {*typing.get_args(Effect), None}
        assert {rule.forward, rule.backward} != {None}

    @each_rule
    def test_holds_what_its_change_needs(self, rule: Rule) -> None:
        """Names before and since, words before, JSON texts, holders: where they mean something."""
        if rule.change in ("renamed", "replaced", "default", "service"):
            assert rule.was
            assert rule.now
            assert rule.was != rule.now
        else:
            assert rule.now == ""
        if rule.change in ("added", "optional"):
            json.loads(rule.was or "null")
        assert (rule.words != ()) == (rule.change == "respelled")
        if rule.holder:
            assert rule.change == "default"
            holder = TYPES[TASK][rule.holder]
            assert (holder.kind, holder.of) == ("object", rule.owner)

    def test_renamed_once(self) -> None:
        """Each member has one older name at most, and that is no newer name of its type."""
        for (owner, member), found in rows("renamed").items():
            assert len(found) == 1
            assert found[0].now == member
            assert found[0].was not in TYPES[owner]
        for alias in ALIASES:
            assert alias.was not in TYPES[alias.owner]
            assert alias.now == alias.member
            assert alias.member in TYPES[alias.owner]
            assert position(alias.since) > 0

    def test_comes_and_goes_once(self) -> None:
        """A member is added once at most, and removed once at most, after that."""
        gone = rows("removed", "replaced")
        for (owner, member), found in rows("added").items():
            assert len(found) == 1
            for rule in gone.get((owner, member), ()):
                assert position(rule.since) > position(found[0].since)
        assert all(len(found) == 1 for found in gone.values())

    def test_replaced_by_a_member_of_the_same_type(self) -> None:
        """Both stand in the schema, and none was added or removed besides."""
        for (owner, member), (rule,) in rows("replaced").items():
            assert (rule.was, rule.now in TYPES[owner]) == (member, True)
            assert (owner, rule.now) not in rows("added", "removed")

    def test_required_and_optional_alternate(self) -> None:
        """The last row about it says what the schema says of a member."""
        for (owner, member), found in rows("required", "optional").items():
            kinds = [rule.change for rule in found]
            assert all(one != two for one, two in pairwise(kinds))
            assert TYPES[owner][member].required == (kinds[-1] == "required")

    def test_respelled_words_are_the_same_words(self) -> None:
        """But for their case, in the same order."""
        for (owner, member), (rule,) in rows("respelled").items():
            words = TYPES[owner][member].words
            assert [word.lower() for word in rule.words] == [word.lower() for word in words]
            assert rule.words != words


# The facts, by hand

ADDED = ("added", None, "lost")
RENAMED = ("renamed", "exact", "exact")
RESPELLED = ("respelled", "exact", "exact")
REQUIRED = ("required", "lost", "exact")
OPTIONAL = ("optional", "exact", "lost")


class Fact(NamedTuple):
    """A row of the shared table of renames, and the package's rows for it.

    Attributes:
        begins: how its text of the change begins.
        forward: the word that it has for going forward.
        backward: likewise backward.
        rows: change, forward, backward, ``owner.member`` and version of each row of the package.
    """

    begins: str
    forward: str
    backward: str
    rows: tuple[tuple[tuple[str, str | None, str | None], str, str], ...]


FACTS = (
    # Annotations have no version: whether they have a place is said by whoever moves the task.
    Fact("odata.type / odata.metadata", "exact", "exact", ()),
    Fact(
        "name -> id; taskConstraints -> constraints",
        "exact",
        "exact",
        (
            (RENAMED, "Task.id", "2015-06-01.2.0"),
            (RENAMED, "Task.constraints", "2015-06-01.2.0"),
        ),
    ),
    Fact(
        "runElevated -> userIdentity",
        "conditional",
        "conditional",
        ((("replaced", "conditional", "conditional"), "Task.runElevated", "2017-01-01.4.0"),),
    ),
    # Backward it is exact: a default that is written out is the same for every node.
    Fact(
        "userIdentity.autoUser.scope default",
        "conditional",
        "conditional",
        (
            (
                ("default", "conditional", "exact"),
                "AutoUserSpecification.scope",
                "2019-08-01.10.0",
            ),
        ),
    ),
    Fact(
        "userIdentity.autoUser.elevationLevel nonAdmin",
        "exact",
        "n/a",
        ((RESPELLED, "AutoUserSpecification.elevationLevel", "2017-09-01.6.0"),),
    ),
    Fact(
        "resourceFiles[].blobSource -> httpUrl",
        "exact",
        "conditional",
        (
            (("renamed", "exact", "conditional"), "ResourceFile.httpUrl", "2018-12-01.8.0"),
            (REQUIRED, "ResourceFile.httpUrl", "2016-07-01.3.1"),
            (REQUIRED, "ResourceFile.filePath", "2016-07-01.3.1"),
            (OPTIONAL, "ResourceFile.httpUrl", "2018-12-01.8.0"),
            (OPTIONAL, "ResourceFile.filePath", "2018-12-01.8.0"),
            (ADDED, "ResourceFile.storageContainerUrl", "2018-12-01.8.0"),
            (ADDED, "ResourceFile.autoStorageContainerName", "2018-12-01.8.0"),
            (ADDED, "ResourceFile.blobPrefix", "2018-12-01.8.0"),
            (ADDED, "ResourceFile.identityReference", "2021-06-01.14.0"),
        ),
    ),
    Fact(
        "resourceFiles[].fileMode",
        "exact",
        "exact",
        ((ADDED, "ResourceFile.fileMode", "2016-02-01.3.0"),),
    ),
    Fact(
        "exitConditions", "n/a", "impossible", ((ADDED, "Task.exitConditions", "2016-07-01.3.1"),)
    ),
    Fact(
        "exitConditions.schedulingError -> preProcessingError",
        "exact",
        "exact",
        ((RENAMED, "ExitConditions.preProcessingError", "2017-05-01.5.0"),),
    ),
    Fact(
        "exitConditions.fileUploadError",
        "n/a",
        "impossible",
        ((ADDED, "ExitConditions.fileUploadError", "2017-05-01.5.0"),),
    ),
    Fact(
        "exitConditions.*.dependencyAction",
        "n/a",
        "impossible",
        ((ADDED, "ExitOptions.dependencyAction", "2017-01-01.4.0"),),
    ),
    # It came with exitConditions, and has not changed.
    Fact("exitConditions.*.jobAction", "exact", "exact", ()),
    Fact(
        "applicationPackageReferences",
        "n/a",
        "impossible",
        ((ADDED, "Task.applicationPackageReferences", "2016-07-01.3.1"),),
    ),
    Fact(
        "authenticationTokenSettings.access[job]",
        "exact",
        "impossible",
        (
            (ADDED, "Task.authenticationTokenSettings", "2017-01-01.4.0"),
            (("removed", "lost", None), "Task.authenticationTokenSettings", "2025-06-01"),
        ),
    ),
    Fact(
        "outputFiles",
        "n/a",
        "impossible",
        (
            (ADDED, "Task.outputFiles", "2017-05-01.5.0"),
            (ADDED, "OutputFileBlobContainerDestination.identityReference", "2021-06-01.14.0"),
            (ADDED, "OutputFileBlobContainerDestination.uploadHeaders", "2022-01-01.15.0"),
        ),
    ),
    Fact(
        "outputFiles[].uploadOptions.uploadCondition taskSuccess",
        "exact",
        "n/a",
        ((RESPELLED, "OutputFileUploadOptions.uploadCondition", "2017-09-01.6.0"),),
    ),
    Fact(
        "containerSettings",
        "n/a",
        "impossible",
        (
            (ADDED, "Task.containerSettings", "2017-09-01.6.0"),
            (ADDED, "TaskContainerSettings.workingDirectory", "2019-06-01.9.0"),
            (ADDED, "ContainerRegistry.identityReference", "2021-06-01.14.0"),
            (OPTIONAL, "ContainerRegistry.username", "2021-06-01.14.0"),
            (OPTIONAL, "ContainerRegistry.password", "2021-06-01.14.0"),
            (ADDED, "TaskContainerSettings.containerHostBatchBindMounts", "2024-07-01.20.0"),
        ),
    ),
    # A task with one slot loses nothing; ``was`` says so.
    Fact("requiredSlots", "n/a", "exact", ((ADDED, "Task.requiredSlots", "2020-09-01.12.0"),)),
    Fact(
        "multiInstanceSettings",
        "n/a",
        "impossible",
        ((ADDED, "Task.multiInstanceSettings", "2015-11-01.2.1"),),
    ),
    Fact(
        "multiInstanceSettings.coordinationCommandLine optional",
        "conditional",
        "exact",
        ((REQUIRED, "MultiInstanceSettings.coordinationCommandLine", "2017-09-01.6.0"),),
    ),
    Fact(
        "multiInstanceSettings.numberOfInstances required",
        "exact",
        "exact",
        (
            (
                ("optional", "exact", "exact"),
                "MultiInstanceSettings.numberOfInstances",
                "2017-09-01.6.0",
            ),
        ),
    ),
    # Written out, it is exact either way; left to the service it is conditional.
    Fact(
        "constraints.retentionTime default",
        "conditional",
        "conditional",
        ((("default", "exact", "exact"), "TaskConstraints.retentionTime", "2018-12-01.8.0"),),
    ),
    Fact(
        "max task lifetime",
        "no",
        "no",
        ((("service", "conditional", "conditional"), "Task.", "2018-12-01.8.0"),),
    ),
    Fact("dependsOn", "exact", "exact", ((ADDED, "Task.dependsOn", "2015-12-01.2.2"),)),
    Fact(
        "affinityInfo.affinityId, environmentSettings",
        "exact",
        "exact",
        (
            (REQUIRED, "AffinityInformation.affinityId", "2016-07-01.3.1"),
            (REQUIRED, "EnvironmentSetting.name", "2016-07-01.3.1"),
            (("seen", "conditional", "conditional"), "Task.displayName", "2015-12-01.2.2"),
        ),
    ),
    # These three are about results.
    Fact("TaskAddResult.status", "exact", "exact", ()),
    Fact("TaskAddResult.error.value", "exact", "exact", ()),
    Fact("error@odata.navigationLinkUrl", "exact", "exact", ()),
)


def test_every_row_stands_in_the_facts() -> None:
    """No row of the package is without a fact, and none is there twice."""
    stated = [row for fact in FACTS for row in fact.rows]
    kept = [
        ((rule.change, rule.forward, rule.backward), f"{rule.owner}.{rule.member}", rule.since)
        for rule in RULES
    ]
    assert sorted(stated, key=repr) == sorted(kept, key=repr)


def test_what_stands_in_for_absence() -> None:
    """The defaults, and the values that older versions take for granted."""
    said = {
        f"{rule.owner}.{rule.member}": (rule.was, rule.now)
        for rule in RULES
        if rule.change in ("default", "optional", "added") and rule.was
    }
    assert said == {
        "MultiInstanceSettings.numberOfInstances": ("1", ""),
        "Task.requiredSlots": ("1", ""),
        "TaskConstraints.retentionTime": ("P10675199DT2H48M5.4775807S", "P7D"),
        "AutoUserSpecification.scope": ("task", "pool"),
    }


def test_aliases() -> None:
    """What one page spells otherwise than the schema."""
    (alias,) = ALIASES
    assert alias[:6] == ("renamed", "UserIdentity", "username", "2017-01-01.4.0", "exact", "exact")
    assert (alias.was, alias.now) == ("userName", "username")
    assert alias.source == "Add a collection of tasks to a job (2017)"


@needs_tables
class TestFacts:
    """The rows above against the shared table of renames."""

    def test_every_fact_is_there(self) -> None:
        """Row by row, in the table's order."""
        entries = table("rename_table.json")
        assert len(entries) == len(FACTS) == 28
        for entry, fact in zip(entries, FACTS, strict=True):
            assert entry["legacy_to_modern"].startswith(fact.begins)

    @pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.begins)
    def test_fact(self, fact: Fact) -> None:
        """The effects are the table's words, and each version stands in its text."""
        (entry,) = (
            entry
            for entry, other in zip(table("rename_table.json"), FACTS, strict=True)
            if other is fact
        )
        assert first_word(entry["forward"]) == fact.forward
        assert first_word(entry["backward"]) == fact.backward
        told = " ".join(str(text) for text in entry.values())
        for _, _, since in fact.rows:
            assert since in told

    def test_effects_agree(self) -> None:
        """Where the table's word says all, the package's rows say the same."""
        words: dict[str, Any] = {"exact": "exact", "conditional": "conditional", "n/a": None}
        words["impossible"] = "lost"
        differing = {
            fact.begins
            for fact in FACTS
            for (change, forward, backward), _, _ in fact.rows
            if change in ("renamed", "respelled", "replaced", "default")
            and (words[fact.forward], words[fact.backward]) != (forward, backward)
        }
        # The two that nothing of an older version can need, and the two defaults (see above).
        assert differing == {
            "userIdentity.autoUser.elevationLevel nonAdmin",
            "outputFiles[].uploadOptions.uploadCondition taskSuccess",
            "userIdentity.autoUser.scope default",
            "constraints.retentionTime default",
        }


def first_word(text: str) -> str:
    """The first word, without what follows it."""
    return text.replace(":", " ").split(" ")[0]
