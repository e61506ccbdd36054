"""What changed from version to version: the rows against each other, and against the facts."""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from odatabatch.azure import rules, versions
from odatabatch.azure.moves import move
from odatabatch.azure.rules import (
    ALIASES,
    FIRST_SCHEMA,
    INFINITE,
    RULES,
    Effect,
    Rule,
    changes,
    every_rule,
    name_in,
    schema_of,
)
from odatabatch.azure.schema import TASK, TYPES, Member
from odatabatch.azure.versions import UNSEEN, VERSIONS, position
from tests.azure.recordings import needs_tables, table

each_rule = pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: f"{rule.since}-{rule.change}-{rule.owner}.{rule.member}"
)


def before(version: str) -> str:
    """The version before."""
    return VERSIONS[position(version) - 1]


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

    def test_infinite(self) -> None:
        """What the service calls infinite is the longest time of 64 bits in ticks of 100 ns."""
        days, rest = divmod(2**63 - 1, 24 * 3600 * 10**7)
        hours, rest = divmod(rest, 3600 * 10**7)
        minutes, rest = divmod(rest, 60 * 10**7)
        seconds, ticks = divmod(rest, 10**7)
        assert f"P{days}DT{hours}H{minutes}M{seconds}.{ticks:07}S" == INFINITE


class TestSchemas:
    """What the rows make of the schema."""

    @each_rule
    def test_makes_a_difference(self, rule: Rule) -> None:
        """A row that says so tells the schemas on its two sides apart, at its member."""
        old = schema_of(before(rule.since))[rule.owner]
        new = schema_of(rule.since)[rule.owner]
        member = rule.member
        match rule.change:
            case "added":
                assert member not in old
                assert member in new
            case "removed":
                assert member in old
                assert member not in new
            case "renamed":
                assert (rule.was in old, rule.now in old) == (True, False)
                assert (rule.was in new, rule.now in new) == (False, True)
                # The same row may stand beside one that no longer requires the member.
                assert old[rule.was].kind == new[rule.now].kind
            case "replaced":
                assert (rule.was in old, rule.now in old) == (True, False)
                assert (rule.was in new, rule.now in new) == (False, True)
            case "respelled":
                assert old[member].words == rule.words
                assert new[member].words == TYPES[rule.owner][member].words
            case "required" | "optional":
                was = old[name_in(before(rule.since), rule.owner, member)]
                now = new[name_in(rule.since, rule.owner, member)]
                assert (was.required, now.required) == (
                    (False, True) if rule.change == "required" else (True, False)
                )
            case "seen":
                assert old[member] == new[member]
            case "default" | "service":
                assert old == new

    @pytest.mark.parametrize("version", VERSIONS[1:])
    def test_no_difference_without_a_row(self, version: str) -> None:
        """Two neighbours differ in types and members that a row is about, and in no other."""
        old, new = schema_of(before(version)), schema_of(version)
        about = {
            (rule.owner, name)
            for rule in every_rule()
            if rule.since == version
            for name in (name_in(before(version), rule.owner, rule.member), rule.member, rule.now)
        }
        differing = {
            (owner, name)
            for owner in TYPES
            for name in old[owner].keys() | new[owner].keys()
            if old[owner].get(name) != new[owner].get(name)
        }
        assert differing <= about

    def test_versions_without_a_row(self) -> None:
        """Nothing about a task changed in these."""
        quiet = [version for version in VERSIONS[1:] if not changes(before(version), version)]
        assert quiet == [
            "2015-03-01.1.1",
            "2017-06-01.5.1",
            "2018-03-01.6.1",
            "2018-08-01.7.0",
            "2020-03-01.11.0",
            "2022-10-01.16.0",
            "2023-05-01.17.0",
            "2023-11-01.18.0",
            "2024-02-01.19.0",
        ]

    def test_newest_is_the_table(self) -> None:
        """In the newest version every member of the table is there but those that are gone."""
        gone = {(rule.owner, rule.member) for rule in every_rule() if rule.change in GONE}
        for owner, members in TYPES.items():
            expected = {name: it for name, it in members.items() if (owner, name) not in gone}
            assert schema_of(VERSIONS[-1])[owner] == expected

    def test_tables_are_left_alone(self) -> None:
        """Every schema is its own: the table has its newest members still."""
        schema_of(VERSIONS[0])
        assert TYPES["ResourceFile"]["httpUrl"] == Member("string")


GONE = ("removed", "replaced")


class TestChanges:
    """The rows between two versions."""

    def test_same_both_ways(self) -> None:
        """Going back crosses what going there crosses, each row once, by version."""
        for index, one in enumerate(VERSIONS):
            assert changes(one, one) == ()
            for other in VERSIONS[index:]:
                crossed = changes(one, other)
                assert crossed == changes(other, one)
                assert [rule.since for rule in crossed] == sorted(rule.since for rule in crossed)

    def test_add_up(self) -> None:
        """The rows of a way are those of its two halves."""
        first, last = VERSIONS[0], VERSIONS[-1]
        assert changes(first, last) == RULES
        for middle in VERSIONS:
            assert changes(first, middle) + changes(middle, last) == RULES

    def test_holds_from_its_version_on(self) -> None:
        """A row is crossed on the way into its version, not on the way out of it."""
        assert changes("2024-07-01.20.0", "2025-06-01")[0].change == "removed"
        crossed = changes("2024-02-01.19.0", "2024-07-01.20.0")
        assert [rule.member for rule in crossed] == ["containerHostBatchBindMounts"]


@pytest.mark.parametrize(
    ("owner", "member", "old", "new"),
    [
        (TASK, "id", ("2015-03-01.1.1", "name"), ("2015-06-01.2.0", "id")),
        (TASK, "constraints", ("2014-10-01.1.0", "taskConstraints"), ("2025-06-01", "constraints")),
        ("EnvironmentSetting", "name", ("2014-10-01.1.0", "name"), ("2025-06-01", "name")),
        (
            "ExitConditions",
            "preProcessingError",
            ("2017-01-01.4.0", "schedulingError"),
            ("2017-05-01.5.0", "preProcessingError"),
        ),
        (
            "ResourceFile",
            "httpUrl",
            ("2018-08-01.7.0", "blobSource"),
            ("2018-12-01.8.0", "httpUrl"),
        ),
    ],
)
def test_name_in(owner: str, member: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """The older name up to the version before the row's, the newer from there on."""
    for version, name in (old, new):
        assert name_in(version, owner, member) == name


# A version that is to come

TO_COME = "2026-08-01"


def forget() -> None:
    """Make every module forget what it has made of the tables."""
    for name, module in list(sys.modules.items()):
        if name.startswith("odatabatch.azure."):
            for function in vars(module).values():
                if hasattr(function, "cache_clear"):
                    function.cache_clear()


@pytest.fixture
def to_come(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A version with one member more than the newest, one less, and other words for one."""
    every = (*VERSIONS, TO_COME)
    monkeypatch.setattr(versions, "VERSIONS", every)
    monkeypatch.setattr(rules, "VERSIONS", every)
    monkeypatch.setitem(versions._POSITIONS, TO_COME, len(VERSIONS))
    monkeypatch.setitem(TYPES[TASK], "priority", Member("int32"))
    rows = (
        *RULES,
        Rule("added", TASK, "priority", TO_COME, None, "lost", "no such member", "a page"),
        Rule(
            "respelled",
            "ExitOptions",
            "jobAction",
            TO_COME,
            "exact",
            "exact",
            "in capitals before",
            "a page",
            words=("NONE", "DISABLE", "TERMINATE"),
        ),
        Rule("removed", TASK, "displayName", TO_COME, "lost", None, "no such member", "a page"),
    )
    monkeypatch.setattr(rules, "RULES", rows)
    forget()
    yield
    monkeypatch.undo()
    forget()


class TestVersionToCome:
    """A new version is a name, its rows, and its members."""

    @pytest.mark.usefixtures("to_come")
    def test_schema(self) -> None:
        """The version has the member, those before it have not."""
        assert schema_of(TO_COME)[TASK]["priority"] == Member("int32")
        for version in VERSIONS:
            assert "priority" not in schema_of(version)[TASK]
        rows = [rule.member for rule in changes("2025-06-01", TO_COME)]
        assert rows == ["priority", "jobAction", "displayName"]

    @pytest.mark.usefixtures("to_come")
    def test_back(self) -> None:
        """Going back the member is dropped, and its note says that it is lost."""
        body = b'{"id":"a","priority":3,"commandLine":"c"}'
        moved = move(body, TO_COME, "2025-06-01")
        assert moved.raw == b'{"id":"a","commandLine":"c"}'
        ((path, finding),) = moved.findings
        assert path == ("priority",)
        assert tuple(finding) == ("dropped", "lost", "no such member", "a page")

    @pytest.mark.usefixtures("to_come")
    def test_there(self) -> None:
        """Going there older rows and its own are crossed."""
        body = b'{"name":"a","commandLine":"c","taskConstraints":{"retentionTime":"P1D"}}'
        moved = move(body, VERSIONS[0], TO_COME)
        assert json.loads(moved.raw) == {
            "id": "a",
            "commandLine": "c",
            "constraints": {"retentionTime": "P1D"},
        }
        body = b'{"id":"a","commandLine":"c","exitConditions":{"default":{"jobAction":"none"}}}'
        back = move(body, TO_COME, "2025-06-01")
        assert json.loads(back.raw)["exitConditions"] == {"default": {"jobAction": "NONE"}}
        assert move(back.raw, "2025-06-01", TO_COME).raw == body

    @pytest.mark.usefixtures("to_come")
    def test_gone(self) -> None:
        """A member that goes is lost on the way there, whatever rows it has besides."""
        for source in ("2015-11-01.2.1", "2025-06-01"):
            body = b'{"id":"a","commandLine":"c","displayName":"d"}'
            moved = move(body, source, TO_COME, explicit_defaults=False)
            assert json.loads(moved.raw) == {"id": "a", "commandLine": "c"}
            notes = [
                (path, note.effect) for path, note in moved.findings if note.change == "dropped"
            ]
            assert notes == [(("displayName",), "lost")]

    def test_is_forgotten(self) -> None:
        """Without it, nothing of it is left."""
        assert TO_COME not in VERSIONS
        assert "priority" not in schema_of("2025-06-01")[TASK]


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


class TestRowsToCome:
    """What a new api-version may bring that none has brought yet: rows do it alone."""

    @pytest.fixture(autouse=True)
    def _nothing_remembered(self) -> Iterator[None]:
        forget()
        yield
        forget()

    def test_two_defaults_in_one_object(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Both are written where the object is not there, each as what it is."""
        rows = [
            Rule("default", "TaskConstraints", name, "2025-06-01", "exact", "exact", "d", "s",
                 was=was, now=now, holder="constraints")
            for name, was, now in (
                ("maxWallClockTime", "P7D", "P1D"), ("maxTaskRetryCount", "0", "3"),
            )
        ]  # fmt: skip
        monkeypatch.setattr(rules, "RULES", (*RULES, *rows))
        moved = move(b'{"id":"a","commandLine":"c"}', "2016-02-01.3.0", "2025-06-01")
        assert json.loads(moved.raw)["constraints"] == {
            "retentionTime": rules.INFINITE,
            "maxWallClockTime": "P7D",
            "maxTaskRetryCount": 0,
        }
        assert len([1 for _, found in moved.findings if found.change == "written"]) == 3

    def test_renamed_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each version has its own name."""
        row = Rule(
            "renamed", "ResourceFile", "httpUrl", "2025-06-01", "exact", "exact", "d", "s",
            was="httpUrl", now="url",
        )  # fmt: skip
        monkeypatch.setattr(rules, "RULES", (*RULES, row))
        found = [
            name_in(version, "ResourceFile", "httpUrl")
            for version in ("2016-02-01.3.0", "2018-12-01.8.0", "2025-06-01")
        ]
        assert found == ["blobSource", "httpUrl", "url"]


def test_told() -> None:
    """What has a before and an after is told with its date to whoever goes back."""
    for rule in every_rule():
        dated = rule.change in ("replaced", "default", "service")
        assert rule.told(True) == rule.detail
        assert rule.told(False) == (f"from {rule.since} on: " if dated else "") + rule.detail
