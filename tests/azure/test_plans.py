"""What is laid out for a move: which members matter, what absences mean, and the shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from odatabatch.azure import rules
from odatabatch.azure.json_edit import Edit
from odatabatch.azure.json_text import read_shaped
from odatabatch.azure.moves import Mover, move
from odatabatch.azure.notes import Finding
from odatabatch.azure.plans import Absence, Plan, plan_of, route_of
from odatabatch.azure.rule import INFINITE, Rule
from odatabatch.azure.schema import ANY, JOB, OPEN, TASK, TYPES, Member
from odatabatch.azure.versions import VERSIONS
from tests.azure.task_strategies import bare_task, whole_job, whole_task
from tests.azure.test_rules import forget

OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]
SOME = (OLDEST, "2016-02-01.3.0", "2017-05-01.5.0", "2018-12-01.8.0", "2024-07-01.20.0", NEWEST)
"""Versions whose schemas have little in common."""

HEADS = ("id", "name", "commandLine")
"""What a whole task has, by all names."""


def fits(value: Any, source: str, target: str = NEWEST, root: str = TASK) -> bool:
    """Whether the shape of a route is that of a task or job, so that a look at it suffices."""
    shape = route_of(source, target, root).shape
    return read_shaped(json.dumps(value).encode("utf-8"), shape)[1]


def objects_in(value: Any, owner: str, version: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a known type in an object, itself first, with its type."""
    yield owner, value
    for name, member in rules.schema_of(version)[owner].items():
        inside = value.get(name)
        if member.of in TYPES and inside is not None:
            for item in inside if isinstance(inside, list) else [inside]:
                yield from objects_in(item, member.of, version)


@pytest.mark.parametrize("version", SOME)
class TestShape:
    """It fits what needs no look at each member, and nothing in which something is to be told."""

    def test_known_members(self, version: str) -> None:
        """Every member that the version has, be it there, not there, or null."""
        for target in (OLDEST, version, NEWEST):
            assert fits(whole_task(version, items=2), version, target)
            assert fits(whole_job(version), version, target, JOB)
            assert fits({}, version, target, JOB)
        assert fits(bare_task(version), version, version)
        names = rules.schema_of(version)[TASK]
        least = {name: whole_task(version)[name] for name in names if name in HEADS}
        assert len(least) == 2
        assert fits(least, version)
        assert fits({**dict.fromkeys(names), **least}, version)
        for name in least:
            assert not fits({**least, name: None}, version)
            assert not fits({it: text for it, text in least.items() if it != name}, version)

    def test_unknown_member(self, version: str) -> None:
        """A member more, in any object of a type that is known in full, is to be told."""
        for root, whole in ((TASK, whole_task(version)), (JOB, whole_job(version))):
            for owner, inner in objects_in(whole, root, version):
                inner["x"] = None
                assert fits(whole, version, root=root) == (owner in OPEN)
                del inner["x"]
            assert fits(whole, version, root=root)

    def test_wrong_types(self, version: str) -> None:
        """What has the wrong type, as a member or as an item, is refused."""
        for root, whole in ((TASK, whole_task(version)), (JOB, whole_job(version))):
            for owner, inner in objects_in(whole, root, version):
                for name, member in rules.schema_of(version)[owner].items():
                    before = inner[name]
                    inner[name] = 1.5
                    assert not fits(whole, version, root=root)
                    if member.kind == "array":
                        inner[name] = [1.5]
                        assert fits(whole, version, root=root) == (member.of == ANY)
                    inner[name] = before

    def test_annotations(self, version: str) -> None:
        """Those that were seen are no unknown members, in a task and a job alone."""
        said = {"odata.type": "t", "odata.metadata": "m"}
        assert fits({**whole_task(version), **said}, version)
        assert fits({**whole_job(version), **said}, version, root=JOB)
        assert not fits({**whole_task(version), "odata.type": 1}, version)
        for name in ("odata_type", "odata_metadata", "odata.etag"):
            assert not fits({**whole_task(version), name: "t"}, version)
        environment = [{"name": "a", "odata.type": "t"}]
        assert not fits({**whole_task(version), "environmentSettings": environment}, version)


class TestShapeOfRules:
    """What the rules say of a member is in the shape."""

    def test_what_is_required(self) -> None:
        """Where the other version asks for a member and nothing can stand for it, it is there."""
        task = {"id": "a", "commandLine": "c", "resourceFiles": [{"filePath": "f"}]}
        assert not fits(task, "2016-02-01.3.0", "2016-07-01.3.1")
        assert fits(task, "2016-02-01.3.0", "2018-12-01.8.0")
        task["resourceFiles"] = [{"filePath": "f", "blobSource": "u"}]
        assert fits(task, "2016-02-01.3.0", "2016-07-01.3.1")

    def test_other_spelling(self) -> None:
        """A user's name may be spelled otherwise, a registry's user's may not."""
        task: dict[str, Any] = {"id": "a", "commandLine": "c", "userIdentity": {"userName": "u"}}
        assert fits(task, NEWEST)
        registry = {"registryServer": "s", "username": "u", "password": "p"}
        container = {"imageName": "i", "registry": registry}
        assert fits({**task, "containerSettings": container}, NEWEST)
        registry["userName"] = "u"
        assert not fits({**task, "containerSettings": container}, NEWEST)


class TestRoute:
    """What is known of a way from one version to another."""

    def test_names_needed(self) -> None:
        """A whole task has an id and a commandLine, by either version's name."""
        command = ("commandLine", "commandLine")
        assert route_of(OLDEST, NEWEST).needed == (("name", "id"), command)
        assert route_of(NEWEST, OLDEST).needed == (("id", "name"), command)
        assert route_of(NEWEST, NEWEST).needed == (("id", "id"), command)
        assert route_of(OLDEST, NEWEST, whole=False).needed == ()
        assert route_of(OLDEST, NEWEST, JOB).needed == ()

    def test_id_by_the_older_name(self) -> None:
        """A task that is to be for the oldest version, and has its name for the id, has one."""
        body = b'{"commandLine":"c","name":"t"}'
        after = move(body, "2016-02-01.3.0", OLDEST, explicit_defaults=False)
        assert (after.id, after.raw) == ("t", body)


def plans_in(plan: Plan) -> Iterator[Plan]:
    """A plan, and those of the objects inside."""
    yield plan
    for step in plan.steps.values():
        if step.inside is not None:
            yield from plans_in(step.inside)


class TestActive:
    """Which members a quick look has to look at."""

    @pytest.mark.parametrize("root", [TASK, JOB])
    def test_nothing_between_alike(self, root: str) -> None:
        """Where no rule is crossed, none but the name that a page spells otherwise."""
        quiet = [(it, it) for it in SOME]
        quiet += [("2017-06-01.5.1", "2017-05-01.5.0"), ("2018-03-01.6.1", "2018-08-01.7.0")]
        for source, target in quiet:
            for plan in plans_in(plan_of(root, source, target)):
                names = [name for name, _ in plan.active]
                spelled = ["userName"] if plan.owner == "UserIdentity" else []
                assert [it for it in names if plan.steps[it].inside is None] == spelled
                assert plan.fills == plan.absences == ()

    def test_what_is_on_the_way(self) -> None:
        """A member with a rule, and each that has one inside."""
        plan = plan_of(TASK, "2018-08-01.7.0", "2018-12-01.8.0")
        assert [name for name, _ in plan.active] == [
            "resourceFiles", "constraints", "userIdentity", "multiInstanceSettings",
        ]  # fmt: skip
        instances = plan.steps["multiInstanceSettings"].inside
        assert instances is not None
        assert [name for name, _ in instances.active] == ["commonResourceFiles"]
        assert [it.name for it in plan.fills] == ["constraints"]

    def test_what_absences_say(self) -> None:
        """A rule about a member's absence says nothing of one that is there."""
        for owner, source, target in (
            ("AffinityInformation", "2016-02-01.3.0", "2016-07-01.3.1"),
            ("TaskConstraints", "2018-08-01.7.0", "2018-12-01.8.0"),
            ("MultiInstanceSettings", "2017-09-01.6.0", "2017-06-01.5.1"),
        ):
            plan = plan_of(owner, source, target)
            assert plan.absences
            assert [name for name, _ in plan.active] == []

    def test_owner(self) -> None:
        """A plan knows whose it is: in a type that is open, nobody knows all members."""
        for owner in TYPES:
            assert plan_of(owner, OLDEST, NEWEST).owner == owner
        job = b'{"poolInfo":{"autoPoolSpecification":{"pool":{"virtualMachineConfiguration":{"x":1}'
        job += b"},%s}}}"
        mover = Mover(NEWEST, NEWEST, root=JOB)
        for other, told in ((b'"keepAlive":true', []), (b'"y":1', ["y"])):
            findings = mover.move(job % other).findings
            assert [path[-1] for path, _ in findings] == told


class TestSettled:
    """What becomes of a member whatever its value is, is known before it is seen."""

    FILE = (
        "the same member, where the URL is that of a blob in Azure Storage: older versions take "
        "no other"
    )
    SOURCES = "Batch service versioning page; Batch service swagger"

    @pytest.mark.parametrize(
        ("owner", "name", "versions", "edit", "detail", "source"),
        [
            (TASK, "name", (OLDEST, NEWEST), "id", "the same member", "public recordings"),
            (TASK, "id", (NEWEST, OLDEST), "name", "the same member", "public recordings"),
            ("ResourceFile", "blobSource", ("2018-08-01.7.0", "2018-12-01.8.0"), "httpUrl", FILE,
             "Batch service swagger"),
            ("UserIdentity", "userName", (NEWEST, NEWEST), "username",
             "one page spells it so; the schema's spelling is written",
             "Add a collection of tasks to a job (2017)"),
        ],
    )  # fmt: skip
    def test_renamed(
        self, owner: str, name: str, versions: tuple[str, str], edit: str, detail: str, source: str
    ) -> None:
        """A name alone is another, without a condition."""
        settled = plan_of(owner, *versions).steps[name].settled
        assert settled == (Edit(edit), (Finding("renamed", "exact", detail, source),))

    @pytest.mark.parametrize(
        ("owner", "name", "versions"),
        [
            ("ResourceFile", "httpUrl", ("2018-12-01.8.0", "2018-08-01.7.0")),  # if it is a blob
            (TASK, "taskConstraints", (OLDEST, NEWEST)),  # there are objects inside
            (TASK, "commandLine", (OLDEST, NEWEST)),  # it keeps its name
            (TASK, "requiredSlots", (NEWEST, OLDEST)),  # 1 is no loss
            (TASK, "displayName", (OLDEST, NEWEST)),  # nobody knows whether it is one
            ("AutoUserSpecification", "elevationLevel", (NEWEST, "2017-01-01.4.0")),  # of words
        ],
    )
    def test_not_settled(self, owner: str, name: str, versions: tuple[str, str]) -> None:
        """Where the value matters, nothing is."""
        assert plan_of(owner, *versions).steps[name].settled is None


KEPT = "how long a task's directory is kept: it was without end, and is 7 days"
SCOPE = "it was task by the swagger, but pool on Linux nodes by the changelog"
ASKED = "the documents always asked for it, the swagger does from here on"
SWAGGER = "Batch service swagger"
HOLDER = (
    "a task without constraints takes the job's maxTaskRetryCount; no document says whether one "
    "whose constraints do not name it does"
)
HOLDER_PAGE = "Add a collection of tasks to a job (2017)"


def default(
    name: str, text: bytes, effect: Any, detail: str, changelog: str, source: str = SWAGGER
) -> Absence:
    """A default that changed, of a member that keeps its name."""
    source = f"{source}; {changelog}" if source else changelog
    written = Finding("written", effect, detail, source)
    unwritten = Finding("default_changed", "conditional", detail, source)
    return Absence(name, name, (name,), text, False, written, unwritten)


def held(holder: str, target: str, text: bytes, detail: str) -> Absence:
    """The time that a directory is kept, where a task has no constraints."""
    source = "Batch service swagger; azure-batch changelog, 6.0.0"
    written = Finding("written", "conditional", f"{detail}; {HOLDER}", f"{source}; {HOLDER_PAGE}")
    unwritten = Finding("default_changed", "conditional", detail, source)
    return Absence(holder, target, (holder, "retentionTime"), text, False, written, unwritten)


def asked(name: str, target: str, text: bytes | None, detail: str, source: str) -> Absence:
    """A member that the other version asks for."""
    written = Finding("written", "exact", detail, source)
    unwritten = Finding("required", "lost", detail, source)
    return Absence(name, target, (name,), text, True, written, unwritten)


OLD, NEW = "2018-08-01.7.0", "2018-12-01.8.0"
LONG = b'"P10675199DT2H48M5.4775807S"'


@pytest.mark.parametrize(
    ("owner", "source", "target", "expected"),
    [
        ("TaskConstraints", OLD, NEW,
         [default("retentionTime", LONG, "exact", KEPT, "azure-batch changelog, 6.0.0")]),
        ("TaskConstraints", NEW, OLD,
         [default("retentionTime", b'"P7D"', "exact", f"from {NEW} on: {KEPT}",
                  "azure-batch changelog, 6.0.0")]),
        (TASK, OLDEST, NEWEST,
         [held("taskConstraints", "constraints", b'{"retentionTime":%s}' % LONG, KEPT)]),
        (TASK, NEWEST, OLDEST,
         [held("constraints", "taskConstraints", b'{"retentionTime":"P7D"}',
               f"from {NEW} on: {KEPT}")]),
        ("JobManagerTask", OLD, NEW,
         [held("constraints", "constraints", b'{"retentionTime":%s}' % LONG, KEPT)]),
        (JOB, OLD, NEW, []),  # its constraints are others
        ("JobReleaseTask", OLD, NEW,
         [default("retentionTime", LONG, "exact", KEPT, "azure-batch changelog, 6.0.0", "")]),
        ("AutoUserSpecification", "2019-06-01.9.0", "2019-08-01.10.0",
         [default("scope", b'"task"', "conditional", SCOPE, "azure-batch changelog, 8.0.0")]),
        ("AutoUserSpecification", "2019-08-01.10.0", "2019-06-01.9.0",
         [default("scope", b'"pool"', "exact", f"from 2019-08-01.10.0 on: {SCOPE}",
                  "azure-batch changelog, 8.0.0")]),
        ("ResourceFile", "2016-02-01.3.0", "2016-07-01.3.1",
         [asked("blobSource", "blobSource", None, ASKED, SWAGGER),
          asked("filePath", "filePath", None, ASKED, SWAGGER)]),
        ("ResourceFile", "2016-02-01.3.0", NEW, []),  # asked for meanwhile alone
        ("ResourceFile", NEW, "2016-02-01.3.0", []),
        ("ResourceFile", "2016-07-01.3.1", "2016-02-01.3.0", []),
        ("ResourceFile", NEW, OLD,
         [asked("httpUrl", "blobSource", None, "older versions know no other source of a file",
                SWAGGER),
          asked("filePath", "filePath", None, "older versions do not do without", SWAGGER)]),
        ("MultiInstanceSettings", "2017-09-01.6.0", "2017-06-01.5.1",
         [asked("numberOfInstances", "numberOfInstances", b"1", "its absence means 1",
                "Batch service versioning page; Batch service swagger")]),
        ("MultiInstanceSettings", "2017-06-01.5.1", "2017-09-01.6.0",
         [asked("coordinationCommandLine", "coordinationCommandLine", None,
                "there is no value that is safe to invent",
                "Batch service versioning page; Batch service swagger")]),
        ("JobNetworkConfiguration", "2024-02-01.19.0", "2024-07-01.20.0",
         [asked("skipWithdrawFromVNet", "skipWithdrawFromVNet", b"false",
                "its absence means false", "models of azure-batch, 15.0.0b2")]),
        ("JobNetworkConfiguration", "2024-07-01.20.0", NEWEST, []),
        ("JobNetworkConfiguration", "2024-02-01.19.0", NEWEST, []),
        ("JobNetworkConfiguration", NEWEST, "2024-07-01.20.0",
         [asked("skipWithdrawFromVNet", "skipWithdrawFromVNet", b"false",
                "its absence means false", "models of azure-batch, 15.1.0")]),
        ("ContainerRegistry", NEWEST, "2020-09-01.12.0",
         [asked("username", "username", None, "older versions do not do without", SWAGGER),
          asked("password", "password", None, "older versions do not do without", SWAGGER)]),
        ("UserIdentity", NEWEST, "2020-09-01.12.0", []),
    ],
)  # fmt: skip
def test_absences(owner: str, source: str, target: str, expected: list[Absence]) -> None:
    """What no member says is said by another, or told of, where it means something else."""
    plan = plan_of(owner, source, target)
    assert plan.absences == tuple(expected)
    assert plan.fills == tuple(it for it in expected if it.text is not None)


# Rows that no api-version has brought yet


def row(change: Any, owner: str, member: str, since: str, **more: str) -> Rule:
    """A row made up, without a document."""
    return Rule(change, owner, member, since, "exact", "exact", f"{member}: {since}", "s", **more)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that adds rows to the table of tasks, or to that of jobs."""

    def add(*made: Rule, jobs: bool = False) -> None:
        table = "JOB_RULES" if jobs else "RULES"
        monkeypatch.setattr(rules, table, (*getattr(rules, table), *made))
        forget()

    yield add
    monkeypatch.undo()
    forget()


class TestRowsToCome:
    """A new row needs nothing but itself."""

    LATER = "2024-02-01.19.0"

    @pytest.mark.parametrize("jobs", [False, True])
    @pytest.mark.parametrize(
        ("source", "target", "kept"),
        [
            ("2016-02-01.3.0", NEWEST, INFINITE),
            ("2019-06-01.9.0", NEWEST, "P7D"),
            (NEWEST, "2019-06-01.9.0", "P30D"),
            (NEWEST, "2016-02-01.3.0", "P30D"),
        ],
    )
    def test_default_that_changes_again(
        self, rows: Any, source: str, target: str, kept: str, jobs: bool
    ) -> None:
        """What an absence said where the task comes from is said, whatever was true meanwhile."""
        again = row("default", "TaskConstraints", "retentionTime", self.LATER,
                    was="P7D", now="P30D", holder="constraints")  # fmt: skip
        rows(again, jobs=jobs)
        said = {"constraints": {"retentionTime": kept}}
        empty = {"retentionTime": None}
        befores: Any = ({}, {"constraints": {}}, {"constraints": None}, {"constraints": empty})
        for before in befores:
            task = {"id": "a", "commandLine": "c", **before}
            moved = move(json.dumps(task).encode("ascii"), source, target)
            assert json.loads(moved.raw) == {"id": "a", "commandLine": "c", **said}

    def test_default_that_is_renamed(self, rows: Any) -> None:
        """It is written by the name of the version that the task is to be for."""
        rows(row("renamed", "TaskConstraints", "retentionTime", self.LATER,
                 was="retentionTime", now="kept"))  # fmt: skip
        for source, target, names, text in (
            ("2016-02-01.3.0", NEWEST, ("retentionTime", "kept"), INFINITE),
            (NEWEST, "2016-02-01.3.0", ("kept", "retentionTime"), "P7D"),
        ):
            bare = move(b'{"id":"a","commandLine":"c"}', source, target)
            assert json.loads(bare.raw)["constraints"] == {names[1]: text}
            (note,) = (path for path, found in bare.findings if found.change == "written")
            assert note == ("constraints", names[0])
            inner = move(b'{"id":"a","commandLine":"c","constraints":{}}', source, target)
            assert json.loads(inner.raw)["constraints"] == {names[1]: text}
            assert [path for path, _ in inner.findings] == [("constraints", names[0])]

    def test_holders_of_one_name(self, rows: Any) -> None:
        """A job's constraints are no task's, and hold none of its defaults."""
        rows(row("default", "JobConstraints", "maxTaskRetryCount", "2018-12-01.8.0",
                 was="0", now="3", holder="constraints"), jobs=True)  # fmt: skip
        job = Mover("2016-02-01.3.0", NEWEST, root=JOB).move(b'{"id":"j"}')
        assert json.loads(job.raw)["constraints"] == {"maxTaskRetryCount": 0}
        task = move(b'{"id":"a","commandLine":"c"}', "2016-02-01.3.0", NEWEST)
        assert json.loads(task.raw)["constraints"] == {"retentionTime": INFINITE}

    def test_asked_for_again(self, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """What both versions ask for, by whatever name, changes nothing on the way."""
        monkeypatch.setitem(TYPES["ResourceFile"], "httpUrl", Member("string", required=True))
        rows(row("required", "ResourceFile", "httpUrl", self.LATER))
        assert plan_of("ResourceFile", "2017-01-01.4.0", NEWEST).absences == ()
        later = plan_of("ResourceFile", "2018-12-01.8.0", NEWEST).absences
        assert [(it.name, it.written.detail) for it in later] == [
            ("httpUrl", f"httpUrl: {self.LATER}")
        ]
        first = plan_of("ResourceFile", "2016-02-01.3.0", NEWEST).absences
        assert {it.name for it in first} == {"blobSource"}

    def test_names_that_types_share(self, rows: Any) -> None:
        """A row is about its own type, though another has a member of that name."""
        optional = row("optional", "MetadataItem", "name", "2016-07-01.3.1")
        rows(optional, row("required", "MetadataItem", "name", self.LATER))
        for owner, source, detail in (
            ("MetadataItem", "2016-07-01.3.1", f"name: {self.LATER}"),
            ("EnvironmentSetting", "2016-02-01.3.0", ASKED),
        ):
            (absence,) = plan_of(owner, source, NEWEST).absences
            assert absence.written.detail == detail

    def test_what_tasks_are_asked_for(self, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """A task without it is told of, though it has an id and a commandLine."""
        monkeypatch.setitem(TYPES[TASK], "displayName", Member("string", required=True))
        rows(row("required", TASK, "displayName", self.LATER))
        moved = move(b'{"id":"a","commandLine":"c"}', "2019-06-01.9.0", self.LATER)
        assert [(path, found.change) for path, found in moved.findings] == [
            (("displayName",), "required")
        ]
        assert not fits({"displayName": "d", "commandLine": "c"}, "2019-06-01.9.0", self.LATER)
