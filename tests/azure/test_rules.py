"""What the rows make of the schema, and what a version to come needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from odatabatch.azure import rules, versions
from odatabatch.azure.moves import move
from odatabatch.azure.rule import INFINITE, Rule
from odatabatch.azure.rules import changes, every_rule, name_in, schema_of
from odatabatch.azure.schema import TASK, TYPES, Member
from odatabatch.azure.task_rules import RULES
from odatabatch.azure.versions import VERSIONS, position

each_rule = pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: f"{rule.since}-{rule.change}-{rule.owner}.{rule.member}"
)


def before(version: str) -> str:
    """The version before."""
    return VERSIONS[position(version) - 1]


def test_absences() -> None:
    """What the absence of a member says is a value of JSON."""
    said = {it.was for it in every_rule() if it.change in ("added", "removed") and it.was}
    assert {json.dumps(json.loads(value)) for value in said} == said


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
            "retentionTime": INFINITE,
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
