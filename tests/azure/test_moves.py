"""One task moved from an api-version to another: every rule by hand, both ways."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from odatabatch.azure.moves import Mover, move
from odatabatch.azure.notes import path_text
from odatabatch.azure.rule import INFINITE
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import TASK
from odatabatch.azure.task_rules import RULES
from odatabatch.azure.versions import VERSIONS, position
from odatabatch.errors import TaskError

Noted = tuple[str, str, str]
"""Path, change and effect of a note."""

BLOB = "https://account.blob.core.windows.net/container/blob"
NEWEST = VERSIONS[-1]


def body_of(members: dict[str, Any], version: str) -> bytes:
    """A task's JSON text, with an id and a command line."""
    head = {name_in(version, TASK, "id"): "t", "commandLine": "c"}
    return json.dumps({**head, **members}).encode("utf-8")


def moved(
    members: dict[str, Any],
    source: str,
    target: str,
    explicit_defaults: bool = False,
    annotated: bool = True,
) -> tuple[dict[str, Any], list[Noted]]:
    """What becomes of a task with those members and an id: the members it has then, the notes."""
    after = move(body_of(members, source), source, target, explicit_defaults, annotated)
    assert after.id == "t"
    got = json.loads(after.raw)
    del got["commandLine"]
    if "id" not in members and "name" not in members:
        assert got.pop(name_in(target, TASK, "id")) == "t"
    notes: list[Noted] = [
        (path_text("", path), note.change, note.effect) for path, note in after.findings
    ]
    assert all(note.detail and note.source for _, note in after.findings)
    return got, notes


def refused(members: dict[str, Any], source: str, target: str) -> tuple[str, str | None]:
    """The code and the path of the error that the move of a task with those members gives."""
    with pytest.raises(TaskError) as caught:
        move(body_of(members, source), source, target)
    return caught.value.code, caught.value.path


# Every row

THERE, BACK = True, False


class Worked(NamedTuple):
    """A rule's row, worked by hand between its version and the one before it.

    Attributes:
        row: ``owner.member`` and version.
        forward: whether the task moves to the newer version.
        before: its members, but for id and command line.
        after: its members then.
        notes: all of them.
    """

    row: tuple[str, str]
    forward: bool
    before: dict[str, Any]
    after: dict[str, Any]
    notes: list[Noted]

    @property
    def versions(self) -> tuple[str, str]:
        """From which version to which."""
        new = self.row[1]
        old = VERSIONS[position(new) - 1]
        return (old, new) if self.forward else (new, old)


def file(**members: Any) -> dict[str, Any]:
    """A task with one resource file."""
    return {"resourceFiles": [members]}


def output(**container: Any) -> dict[str, Any]:
    """A task with one output file, to a container."""
    url = {"containerUrl": "u"}
    destination = {"container": {**url, **container}}
    options = {"uploadCondition": "taskcompletion"}
    file = {"filePattern": "*", "destination": destination, "uploadOptions": options}
    return {"outputFiles": [file]}


def image(**members: Any) -> dict[str, Any]:
    """A task in a container."""
    return {"containerSettings": {"imageName": "i", **members}}


def instances(**members: Any) -> dict[str, Any]:
    """A multi-instance task."""
    return {"multiInstanceSettings": members}


def gone(owner: str, member: str, since: str, path: str, task: Any, rest: Any) -> Worked:
    """A member that was added: it is lost on the way back."""
    return Worked((f"{owner}.{member}", since), BACK, task, rest, [(path, "dropped", "lost")])


NAMED = [("name", "renamed", "exact")]
ID = [("id", "renamed", "exact")]
ELEVATED = {"autoUser": {"elevationLevel": "admin"}}
EXIT = {"default": {"jobAction": "none"}}
IDENTITY = {"resourceId": "r"}
REGISTRY = {"username": "u", "password": "p"}
TOKEN = {"authenticationTokenSettings": {"access": ["job"]}}

_SLOT = ("MultiInstanceSettings.numberOfInstances", "2017-09-01.6.0")
_KEPT = ("TaskConstraints.retentionTime", "2018-12-01.8.0")
_SCOPE = ("AutoUserSpecification.scope", "2019-08-01.10.0")
_URL = ("ResourceFile.httpUrl", "2018-12-01.8.0")
_PATH = ("ResourceFile.filePath", "2018-12-01.8.0")
_COORDINATE = ("MultiInstanceSettings.coordinationCommandLine", "2017-09-01.6.0")
_LATER = ("Task.authenticationTokenSettings", "2025-06-01")
_LEVEL = ("AutoUserSpecification.elevationLevel", "2017-09-01.6.0")
_UPLOAD = ("OutputFileUploadOptions.uploadCondition", "2017-09-01.6.0")
_EXIT = ("ExitConditions.preProcessingError", "2017-05-01.5.0")
_ELEVATED = ("Task.runElevated", "2017-01-01.4.0")
_SEEN = ("Task.displayName", "2015-12-01.2.2")
# Every task that has no retentionTime and crosses 2018-12-01.8.0 has this note.
UNSAID = ("constraints.retentionTime", "default_changed", "conditional")


def uploads(condition: str) -> dict[str, Any]:
    """A task with an output file that goes up under a condition."""
    task = output()
    task["outputFiles"][0]["uploadOptions"]["uploadCondition"] = condition
    return task


WORKED = (
    Worked(("Task.id", "2015-06-01.2.0"), THERE, {"name": "t"}, {"id": "t"}, NAMED),
    Worked(("Task.id", "2015-06-01.2.0"), BACK, {"id": "t"}, {"name": "t"}, ID),
    Worked(
        ("Task.constraints", "2015-06-01.2.0"),
        THERE,
        {"taskConstraints": {"maxTaskRetryCount": 1}},
        {"constraints": {"maxTaskRetryCount": 1}},
        [*NAMED, ("taskConstraints", "renamed", "exact")],
    ),
    Worked(
        ("Task.constraints", "2015-06-01.2.0"),
        BACK,
        {"constraints": {}},
        {"taskConstraints": {}},
        [*ID, ("constraints", "renamed", "exact")],
    ),
    gone(TASK, "multiInstanceSettings", "2015-11-01.2.1", "multiInstanceSettings", instances(), {}),
    Worked(_SEEN, THERE, {"displayName": "é"}, {"displayName": "é"},
           [("displayName", "schema_unknown", "conditional")]),
    Worked(_SEEN, BACK, {"displayName": "é"}, {"displayName": "é"},
           [("displayName", "schema_unknown", "conditional")]),
    gone(TASK, "dependsOn", "2015-12-01.2.2", "dependsOn", {"dependsOn": {"taskIds": ["1"]}}, {}),
    gone("ResourceFile", "fileMode", "2016-02-01.3.0", "resourceFiles[0].fileMode",
         file(blobSource=BLOB, fileMode="0770"), file(blobSource=BLOB)),
    gone(TASK, "exitConditions", "2016-07-01.3.1", "exitConditions", {"exitConditions": EXIT}, {}),
    gone(TASK, "applicationPackageReferences", "2016-07-01.3.1", "applicationPackageReferences",
         {"applicationPackageReferences": [{"applicationId": "a"}]}, {}),
    Worked(("ResourceFile.httpUrl", "2016-07-01.3.1"), THERE,
           file(filePath="p"), file(filePath="p"),
           [("resourceFiles[0].blobSource", "required", "lost")]),
    Worked(("ResourceFile.httpUrl", "2016-07-01.3.1"), BACK,
           file(filePath="p"), file(filePath="p"), []),
    Worked(("ResourceFile.filePath", "2016-07-01.3.1"), THERE,
           file(blobSource=BLOB), file(blobSource=BLOB),
           [("resourceFiles[0].filePath", "required", "lost")]),
    Worked(("ResourceFile.filePath", "2016-07-01.3.1"), BACK,
           file(blobSource=BLOB), file(blobSource=BLOB), []),
    Worked(("EnvironmentSetting.name", "2016-07-01.3.1"), THERE,
           {"environmentSettings": [{"name": "a"}, {"value": "b"}]},
           {"environmentSettings": [{"name": "a"}, {"value": "b"}]},
           [("environmentSettings[1].name", "required", "lost")]),
    Worked(("EnvironmentSetting.name", "2016-07-01.3.1"), BACK,
           {"environmentSettings": [{}]}, {"environmentSettings": [{}]}, []),
    Worked(("AffinityInformation.affinityId", "2016-07-01.3.1"), THERE,
           {"affinityInfo": {"affinityId": None}}, {"affinityInfo": {"affinityId": None}},
           [("affinityInfo.affinityId", "required", "lost")]),
    Worked(("AffinityInformation.affinityId", "2016-07-01.3.1"), BACK,
           {"affinityInfo": {}}, {"affinityInfo": {}}, []),
    Worked(_ELEVATED, THERE, {"runElevated": True}, {"userIdentity": ELEVATED},
           [("runElevated", "replaced", "conditional")]),
    Worked(_ELEVATED, BACK, {"userIdentity": ELEVATED}, {"runElevated": True},
           [("userIdentity", "replaced", "conditional")]),
    gone("ExitOptions", "dependencyAction", "2017-01-01.4.0",
         "exitConditions.exitCodes[0].exitOptions.dependencyAction",
         {"exitConditions": {"exitCodes": [
             {"code": 1, "exitOptions": {"dependencyAction": "block", "jobAction": "none"}}]}},
         {"exitConditions": {"exitCodes": [{"code": 1, "exitOptions": {"jobAction": "none"}}]}}),
    gone(TASK, "authenticationTokenSettings", "2017-01-01.4.0", "authenticationTokenSettings",
         TOKEN, {}),
    Worked(_EXIT, THERE, {"exitConditions": {"schedulingError": {"jobAction": "none"}}},
           {"exitConditions": {"preProcessingError": {"jobAction": "none"}}},
           [("exitConditions.schedulingError", "renamed", "exact")]),
    Worked(_EXIT, BACK, {"exitConditions": {"preProcessingError": None}},
           {"exitConditions": {"schedulingError": None}},
           [("exitConditions.preProcessingError", "renamed", "exact")]),
    gone("ExitConditions", "fileUploadError", "2017-05-01.5.0", "exitConditions.fileUploadError",
         {"exitConditions": {"fileUploadError": {}}}, {"exitConditions": {}}),
    gone(TASK, "outputFiles", "2017-05-01.5.0", "outputFiles", output(), {}),
    Worked(_LEVEL, THERE, {"userIdentity": {"autoUser": {"elevationLevel": "nonAdmin"}}},
           {"userIdentity": {"autoUser": {"elevationLevel": "nonadmin"}}},
           [("userIdentity.autoUser.elevationLevel", "respelled", "exact")]),
    Worked(_LEVEL, BACK, {"userIdentity": {"autoUser": {"elevationLevel": "NONADMIN"}}},
           {"userIdentity": {"autoUser": {"elevationLevel": "nonAdmin"}}},
           [("userIdentity.autoUser.elevationLevel", "respelled", "exact")]),
    Worked(_UPLOAD, THERE, uploads("taskSuccess"), uploads("tasksuccess"),
           [("outputFiles[0].uploadOptions.uploadCondition", "respelled", "exact")]),
    Worked(_UPLOAD, BACK, uploads("taskfailure"), uploads("taskFailure"),
           [("outputFiles[0].uploadOptions.uploadCondition", "respelled", "exact")]),
    Worked(_COORDINATE, THERE, instances(numberOfInstances=2), instances(numberOfInstances=2),
           [("multiInstanceSettings.coordinationCommandLine", "required", "lost")]),
    Worked(_COORDINATE, BACK, instances(numberOfInstances=2), instances(numberOfInstances=2), []),
    Worked(_SLOT, THERE, instances(coordinationCommandLine="c"),
           instances(coordinationCommandLine="c"), []),
    Worked(_SLOT, BACK, instances(coordinationCommandLine="c"),
           instances(coordinationCommandLine="c", numberOfInstances=1),
           [("multiInstanceSettings.numberOfInstances", "written", "exact")]),
    gone(TASK, "containerSettings", "2017-09-01.6.0", "containerSettings", image(), {}),
    Worked(_URL, THERE, file(blobSource=BLOB, filePath="p"), file(httpUrl=BLOB, filePath="p"),
           [("resourceFiles[0].blobSource", "renamed", "exact"), UNSAID]),
    Worked(_URL, BACK, file(httpUrl="https://host/a", filePath="p"),
           file(blobSource="https://host/a", filePath="p"),
           [("resourceFiles[0].httpUrl", "renamed", "conditional"), UNSAID]),
    Worked(_PATH, THERE, file(blobSource=BLOB), file(httpUrl=BLOB),
           [("resourceFiles[0].blobSource", "renamed", "exact"), UNSAID]),
    Worked(_PATH, BACK, file(httpUrl=BLOB), file(blobSource=BLOB),
           [("resourceFiles[0].httpUrl", "renamed", "exact"),
            ("resourceFiles[0].filePath", "required", "lost"), UNSAID]),
    *(
        Worked((f"ResourceFile.{name}", "2018-12-01.8.0"), BACK,
               file(**{name: "x"}, filePath="p"), file(filePath="p"),
               [(f"resourceFiles[0].{name}", "dropped", "lost"),
                ("resourceFiles[0].httpUrl", "required", "lost"), UNSAID])
        for name in ("storageContainerUrl", "autoStorageContainerName", "blobPrefix")
    ),
    Worked(_KEPT, THERE, {"constraints": {}}, {"constraints": {}}, [UNSAID]),
    Worked(_KEPT, BACK, {"constraints": {"retentionTime": None}},
           {"constraints": {"retentionTime": None}}, [UNSAID]),
    gone("TaskContainerSettings", "workingDirectory", "2019-06-01.9.0",
         "containerSettings.workingDirectory", image(workingDirectory="taskWorkingDirectory"),
         image()),
    Worked(_SCOPE, THERE, {"userIdentity": ELEVATED}, {"userIdentity": ELEVATED},
           [("userIdentity.autoUser.scope", "default_changed", "conditional")]),
    Worked(_SCOPE, BACK, {"userIdentity": ELEVATED}, {"userIdentity": ELEVATED},
           [("userIdentity.autoUser.scope", "default_changed", "conditional")]),
    gone(TASK, "requiredSlots", "2020-09-01.12.0", "requiredSlots", {"requiredSlots": 2}, {}),
    Worked(("ContainerRegistry.username", "2021-06-01.14.0"), THERE,
           image(registry=REGISTRY), image(registry=REGISTRY), []),
    Worked(("ContainerRegistry.username", "2021-06-01.14.0"), BACK,
           image(registry={"password": "p"}), image(registry={"password": "p"}),
           [("containerSettings.registry.username", "required", "lost")]),
    Worked(("ContainerRegistry.password", "2021-06-01.14.0"), THERE,
           image(registry={"username": "u"}), image(registry={"username": "u"}), []),
    Worked(("ContainerRegistry.password", "2021-06-01.14.0"), BACK,
           image(registry={"username": "u"}), image(registry={"username": "u"}),
           [("containerSettings.registry.password", "required", "lost")]),
    gone("ResourceFile", "identityReference", "2021-06-01.14.0",
         "multiInstanceSettings.commonResourceFiles[1].identityReference",
         instances(commonResourceFiles=[{}, {"identityReference": IDENTITY, "httpUrl": "u"}]),
         instances(commonResourceFiles=[{}, {"httpUrl": "u"}])),
    gone("ContainerRegistry", "identityReference", "2021-06-01.14.0",
         "containerSettings.registry.identityReference",
         image(registry={**REGISTRY, "identityReference": IDENTITY}), image(registry=REGISTRY)),
    gone("OutputFileBlobContainerDestination", "identityReference", "2021-06-01.14.0",
         "outputFiles[0].destination.container.identityReference",
         output(identityReference=IDENTITY), output()),
    gone("OutputFileBlobContainerDestination", "uploadHeaders", "2022-01-01.15.0",
         "outputFiles[0].destination.container.uploadHeaders",
         output(uploadHeaders=[{"name": "a"}]), output()),
    gone("TaskContainerSettings", "containerHostBatchBindMounts", "2024-07-01.20.0",
         "containerSettings.containerHostBatchBindMounts",
         image(containerHostBatchBindMounts=[{"source": "Task", "isReadOnly": True}]), image()),
    Worked(_LATER, THERE, TOKEN, {}, [("authenticationTokenSettings", "dropped", "lost")]),
)  # fmt: skip


class TestEveryRow:
    """Between the version of each row and the one before it."""

    @pytest.mark.parametrize(
        "worked", WORKED, ids=lambda it: f"{it.row[1]}-{it.row[0]}-{'there' if it[1] else 'back'}"
    )
    def test_row(self, worked: Worked) -> None:
        """What becomes of the task, and every note."""
        assert moved(worked.before, *worked.versions) == (worked.after, worked.notes)

    def test_every_row_is_worked(self) -> None:
        """Each row of the table, in each way in which it has an effect on a task."""
        needed = {
            ((f"{rule.owner}.{rule.member}", rule.since), forward)
            for rule in RULES
            for forward, effect in ((THERE, rule.forward), (BACK, rule.backward))
            if effect is not None and rule.change != "service"
        }
        assert {(worked.row, worked.forward) for worked in WORKED} == needed

    @pytest.mark.parametrize("rule", [rule for rule in RULES if rule.change == "added"])
    def test_added_members_go_as_null(self, rule: Any) -> None:
        """A member that is null says nothing, so that nothing is lost without it."""
        for worked in WORKED:
            row = (f"{rule.owner}.{rule.member}", rule.since)
            if worked.row == row and worked.forward is BACK:
                before = json.loads(
                    json.dumps(worked.before), object_hook=lambda it: null_in(it, rule.member)
                )
                path, change, _ = worked.notes[0]
                notes = [(path, change, "exact"), *worked.notes[1:]]
                assert moved(before, *worked.versions) == (worked.after, notes)


def null_in(members: dict[str, Any], name: str) -> dict[str, Any]:
    """The object, with null for that member."""
    return {**members, name: None} if name in members else members


# runElevated and userIdentity

OLD, NEW = "2016-07-01.3.1", "2017-01-01.4.0"


class TestElevated:
    """The flag, and the identity that replaced it."""

    @pytest.mark.parametrize("value", [False, None])
    def test_plain_user_there(self, value: bool | None) -> None:
        """Not elevated means no identity at all."""
        notes = [("runElevated", "dropped", "exact")]
        assert moved({"runElevated": value}, OLD, NEW) == ({}, notes)

    def test_absent(self) -> None:
        """Neither is made up."""
        assert moved({}, OLD, NEW) == ({}, [])
        assert moved({}, NEW, OLD) == ({}, [])

    @pytest.mark.parametrize(
        ("target", "explicit", "scope", "notes"),
        [
            ("2019-06-01.9.0", True, {}, []),
            (
                "2019-08-01.10.0",
                True,
                {"scope": "task"},
                [("userIdentity.autoUser.scope", "written", "conditional")],
            ),
            (
                "2019-08-01.10.0",
                False,
                {},
                [("userIdentity.autoUser.scope", "default_changed", "conditional")],
            ),
        ],
    )
    def test_scope(
        self, target: str, explicit: bool, scope: dict[str, str], notes: list[Noted]
    ) -> None:
        """The automatic user has the scope that it had by default, once that is another."""
        before = {"constraints": {"retentionTime": "P1D"}, "runElevated": True}
        after = {
            "constraints": {"retentionTime": "P1D"},
            "userIdentity": {"autoUser": {"elevationLevel": "admin", **scope}},
        }
        notes = [("runElevated", "replaced", "conditional"), *notes]
        assert moved(before, OLD, target, explicit) == (after, notes)

    @pytest.mark.parametrize(
        ("identity", "elevated", "lost"),
        [
            ({"autoUser": {"elevationLevel": "admin"}}, True, []),
            ({"autoUser": {"elevationLevel": "AdMin"}}, True, []),
            ({"autoUser": {"elevationLevel": "nonadmin"}}, False, []),
            ({"autoUser": {"elevationLevel": "root"}}, False, ["autoUser.elevationLevel"]),
            ({"autoUser": {"elevationLevel": None}}, False, []),
            ({"autoUser": {}}, False, []),
            ({"autoUser": None}, False, []),
            ({}, False, []),
            ({"autoUser": {"scope": "pool", "elevationLevel": "admin"}}, True, ["autoUser.scope"]),
            ({"username": "me"}, False, ["username"]),
            ({"userName": "me"}, False, ["userName"]),
            (
                {"username": "me", "autoUser": {"x": [], "elevationLevel": "admin"}},
                True,
                ["username", "autoUser.x"],
            ),
        ],
    )
    def test_identity_back(self, identity: Any, elevated: bool, lost: list[str]) -> None:
        """Only whether it means an administrator can be said; what else it says is lost."""
        after, notes = moved({"userIdentity": identity}, NEW, OLD)
        assert after == {"runElevated": elevated}
        assert notes == [
            ("userIdentity", "replaced", "conditional"),
            *((f"userIdentity.{path}", "dropped", "lost") for path in lost),
        ]

    def test_usual_scope_back(self) -> None:
        """By the swagger the scope of older versions is task: that much is kept."""
        after, notes = moved({"userIdentity": {"autoUser": {"scope": "task"}}}, NEW, OLD)
        assert after == {"runElevated": False}
        assert notes == [
            ("userIdentity", "replaced", "conditional"),
            ("userIdentity.autoUser.scope", "dropped", "conditional"),
        ]

    @pytest.mark.parametrize("scope", [{}, {"scope": None}, {"scope": "Pool"}])
    def test_pool_back(self, scope: dict[str, Any]) -> None:
        """From 2019-08-01.10.0 on it is pool where none is named, and older ones know none."""
        _, notes = moved({"userIdentity": {"autoUser": scope}}, "2024-07-01.20.0", OLD)
        lost = [path for path, _, effect in notes if effect == "lost"]
        assert lost == ["userIdentity.autoUser.scope"]
        if "scope" not in scope:
            _, notes = moved({"userIdentity": {"autoUser": {}}}, "2017-01-01.4.0", OLD)
            assert "lost" not in {effect for _, _, effect in notes}

    def test_null_back(self) -> None:
        """What is null says nothing, and nothing is lost with it."""
        identity = {"userIdentity": {"username": None, "autoUser": {"scope": None}}}
        _, notes = moved(identity, NEW, OLD)
        assert notes[1:] == [
            ("userIdentity.username", "dropped", "exact"),
            ("userIdentity.autoUser.scope", "dropped", "exact"),
        ]

    def test_usual_scope_in_any_case(self) -> None:
        """Words are read in any case."""
        _, notes = moved({"userIdentity": {"autoUser": {"scope": "TASK"}}}, NEW, OLD)
        assert "lost" not in {effect for _, _, effect in notes}

    def test_no_identity_back(self) -> None:
        """An identity that is null says nothing."""
        notes = [("userIdentity", "dropped", "exact")]
        assert moved({"userIdentity": None}, NEW, OLD) == ({}, notes)

    @pytest.mark.parametrize(
        ("identity", "path"),
        [
            (True, "userIdentity"),
            ({"autoUser": True}, "userIdentity.autoUser"),
            ({"autoUser": []}, "userIdentity.autoUser"),
            ({"autoUser": {"elevationLevel": True}}, "userIdentity.autoUser.elevationLevel"),
        ],
    )
    def test_wrong_types_back(self, identity: Any, path: str) -> None:
        """What is no identity is not read as one."""
        assert refused({"userIdentity": identity}, NEW, OLD) == ("wrong_type", path)

    @pytest.mark.parametrize("versions", [(OLD, NEW), (NEW, OLD), ("2014-10-01.1.0", NEWEST)])
    def test_comes_back(self, versions: tuple[str, str]) -> None:
        """An administrator stays one, there and back, and so does a plain user."""
        source, target = versions
        old = position(source) < position(NEW)
        for before in (
            {"runElevated": True} if old else {"userIdentity": ELEVATED},
            {},
        ):
            after, _ = moved(before, source, target)
            back, _ = moved(after, target, source)
            assert back == before

    def test_both(self) -> None:
        """A task that has the one and the other cannot be told apart, either way."""
        both = {"runElevated": True, "userIdentity": ELEVATED}
        assert refused(both, OLD, NEW) == ("member_conflict", "runElevated")
        assert refused(both, NEW, OLD) == ("member_conflict", "userIdentity")
        after = {"userIdentity": ELEVATED}
        assert moved({**both, "runElevated": False}, OLD, NEW)[0] == after


# Defaults

BEFORE_2018, SINCE_2018 = "2018-08-01.7.0", "2018-12-01.8.0"
RETAINED = "constraints.retentionTime"


class TestDefaults:
    """What a member's absence means, said where it means something else."""

    @pytest.mark.parametrize(
        ("source", "target", "default"),
        [(BEFORE_2018, SINCE_2018, INFINITE), (SINCE_2018, BEFORE_2018, "P7D")],
    )
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({}, {"constraints": {"retentionTime": "?"}}),
            ({"constraints": None}, {"constraints": {"retentionTime": "?"}}),
            ({"constraints": {}}, {"constraints": {"retentionTime": "?"}}),
            ({"constraints": {"retentionTime": None}}, {"constraints": {"retentionTime": "?"}}),
            (
                {"constraints": {"maxTaskRetryCount": 1}},
                {"constraints": {"maxTaskRetryCount": 1, "retentionTime": "?"}},
            ),
        ],
    )
    def test_retention(
        self, source: str, target: str, default: str, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """It is written where it may be, else there is a note."""
        got, notes = moved(before, source, target, explicit_defaults=True)
        expected = json.loads(json.dumps(after).replace("?", default))
        assert got == expected
        assert [note[:2] for note in notes] == [(RETAINED, "written")]
        unsaid = [(RETAINED, "default_changed", "conditional")]
        assert moved(before, source, target) == (before, unsaid)
        assert moved(expected, source, target, explicit_defaults=True) == (expected, [])

    def test_retention_in_constraints_is_exact(self) -> None:
        """Where the task has constraints, another one says what its absence said."""
        for source, target in ((BEFORE_2018, SINCE_2018), (SINCE_2018, BEFORE_2018)):
            _, notes = moved({"constraints": {}}, source, target, explicit_defaults=True)
            assert notes == [(RETAINED, "written", "exact")]

    def test_retention_by_its_older_name(self) -> None:
        """The note has the name of the version that the task comes from."""
        after, notes = moved({}, "2014-10-01.1.0", NEWEST, explicit_defaults=True)
        assert after == {"constraints": {"retentionTime": INFINITE}}
        assert [note[:2] for note in notes] == [
            ("name", "renamed"),
            ("taskConstraints.retentionTime", "written"),
        ]
        after, notes = moved({}, NEWEST, "2014-10-01.1.0", explicit_defaults=True)
        assert after == {"taskConstraints": {"retentionTime": "P7D"}}
        assert [note[:2] for note in notes] == [("id", "renamed"), (RETAINED, "written")]

    def test_renamed_and_written(self) -> None:
        """A null that is renamed as well is written by its new name."""
        after, notes = moved({"taskConstraints": None}, "2014-10-01.1.0", NEWEST, True)
        assert after == {"constraints": {"retentionTime": INFINITE}}
        assert [note[:2] for note in notes] == [
            ("name", "renamed"),
            ("taskConstraints", "renamed"),
            ("taskConstraints.retentionTime", "written"),
        ]

    def test_not_beside_a_member_of_that_name(self) -> None:
        """Where the name is taken by what the version does not have, nothing is written."""
        before = {"constraints": "?"}
        after, notes = moved(before, "2014-10-01.1.0", NEWEST, explicit_defaults=True)
        assert after == before
        assert notes == [
            ("name", "renamed", "exact"),
            ("constraints", "schema_unknown", "conditional"),
            ("taskConstraints.retentionTime", "default_changed", "conditional"),
        ]

    @pytest.mark.parametrize(
        ("source", "target", "scope", "effect"),
        [
            ("2019-06-01.9.0", "2019-08-01.10.0", "task", "conditional"),
            ("2019-08-01.10.0", "2019-06-01.9.0", "pool", "exact"),
        ],
    )
    def test_scope(self, source: str, target: str, scope: str, effect: str) -> None:
        """The automatic user's scope likewise; a task without such a user needs none."""
        before: dict[str, Any]
        auto_users: tuple[dict[str, Any], ...] = ({}, {"scope": None})
        for auto_user in auto_users:
            before = {"userIdentity": {"autoUser": auto_user}}
            after, notes = moved(before, source, target, explicit_defaults=True)
            assert after == {"userIdentity": {"autoUser": {"scope": scope}}}
            assert notes == [("userIdentity.autoUser.scope", "written", effect)]
        identities: tuple[Any, ...] = (None, {}, {"username": "u"}, {"autoUser": None})
        for identity in identities:
            before = {"userIdentity": identity}
            assert moved(before, source, target, explicit_defaults=True) == (before, [])
        before = {"userIdentity": {"autoUser": {"scope": "Pool"}}}
        assert moved(before, source, target, explicit_defaults=True) == (before, [])

    @pytest.mark.parametrize("explicit", [True, False])
    @pytest.mark.parametrize("settings", [{}, {"numberOfInstances": None}])
    def test_number_of_instances(self, settings: dict[str, Any], explicit: bool) -> None:
        """What the older version asks for is written in any case."""
        before = instances(**settings, coordinationCommandLine="c")
        after, notes = moved(before, "2017-09-01.6.0", "2017-06-01.5.1", explicit)
        assert after == instances(numberOfInstances=1, coordinationCommandLine="c")
        assert notes == [("multiInstanceSettings.numberOfInstances", "written", "exact")]
        assert moved(after, "2017-06-01.5.1", "2017-09-01.6.0", explicit) == (after, [])

    @pytest.mark.parametrize(("slots", "effect"), [(1, "exact"), (None, "exact"), (2, "lost")])
    def test_required_slots(self, slots: int | None, effect: str) -> None:
        """One slot is what every task had."""
        notes = [("requiredSlots", "dropped", effect)]
        before = {"requiredSlots": slots}
        assert moved(before, "2020-09-01.12.0", "2020-03-01.11.0") == ({}, notes)


# Files and their sources


@pytest.mark.parametrize(
    ("url", "effect"),
    [
        (BLOB, "exact"),
        ("http://a.blob.core.chinacloudapi.cn/c/b?sig=x", "exact"),
        ("HTTPS://A.BLOB.CORE.WINDOWS.NET/c", "exact"),
        ("https://a.z1.blob.storage.azure.net/c/b", "exact"),
        ("https://example.org/a.blob.core.windows.net/b", "conditional"),
        ("https://a.file.core.windows.net/c/b", "conditional"),
        ("https://a.blob.core.windows.net", "conditional"),
        ("ftp://a.blob.core.windows.net/c/b", "conditional"),
        ("", "conditional"),
    ],
)
def test_urls_of_blobs(url: str, effect: str) -> None:
    """Older versions take blobs in Azure Storage alone; the way there is exact for any."""
    for holder in ("resourceFiles[0]", "multiInstanceSettings.commonResourceFiles[0]"):
        new, old = ({name: url, "filePath": "p"} for name in ("httpUrl", "blobSource"))
        wrap = file_in if holder.startswith("r") else common_file_in
        after, notes = moved(wrap(new), SINCE_2018, BEFORE_2018)
        assert after == wrap(old)
        assert notes == [(f"{holder}.httpUrl", "renamed", effect), UNSAID]
        after, notes = moved(wrap(old), BEFORE_2018, SINCE_2018)
        assert after == wrap(new)
        assert notes == [(f"{holder}.blobSource", "renamed", "exact"), UNSAID]


def file_in(members: dict[str, Any]) -> dict[str, Any]:
    """A task with that resource file."""
    return {"resourceFiles": [members]}


def common_file_in(members: dict[str, Any]) -> dict[str, Any]:
    """A multi-instance task with that file for all its subtasks."""
    return instances(
        numberOfInstances=2, coordinationCommandLine="c", commonResourceFiles=[members]
    )


# Other spellings


class TestSpellings:
    """Words, and the one name that a page spells otherwise."""

    @pytest.mark.parametrize("word", ["root", "", "admin"])
    def test_words_that_stay(self, word: str) -> None:
        """What is no word, or is spelled so in both versions, keeps its bytes."""
        before = {"userIdentity": {"autoUser": {"elevationLevel": word}}}
        assert moved(before, "2017-06-01.5.1", "2017-09-01.6.0") == (before, [])

    def test_null_word(self) -> None:
        """A word that is null is none."""
        before = {"userIdentity": {"autoUser": {"elevationLevel": None}}}
        assert moved(before, "2017-06-01.5.1", "2017-09-01.6.0") == (before, [])

    @pytest.mark.parametrize("target", ["2017-05-01.5.0", "2018-03-01.6.1", NEWEST])
    def test_user_name(self, target: str) -> None:
        """The page of 2017 spells it ``userName``; the schema's spelling is written."""
        before = {"userIdentity": {"userName": "me"}, "constraints": {"retentionTime": "P1D"}}
        after, notes = moved(before, "2017-01-01.4.0", target)
        assert after["userIdentity"] == {"username": "me"}
        assert notes == [("userIdentity.userName", "renamed", "exact")]

    def test_user_name_twice(self) -> None:
        """Both spellings are one too many."""
        identity = {"userIdentity": {"userName": "me", "username": "you"}}
        for target in (NEW, NEWEST):
            got = refused(identity, NEW, target)
            assert got == ("member_conflict", "userIdentity.userName")

    def test_user_name_of_another_type(self) -> None:
        """It is a name whatever its spelling."""
        got = refused({"userIdentity": {"userName": 1}}, NEW, NEWEST)
        assert got == ("wrong_type", "userIdentity.userName")


# Members that no version has


class TestUnknown:
    """Kept as they are, with a note."""

    @pytest.mark.parametrize(
        ("before", "path"),
        [
            ({"x": {"y": [1, {}]}}, "x"),
            ({"ID": "a"}, "ID"),
            ({"constraints": {"retentionTime": "P1D", "x": 1}}, "constraints.x"),
            ({"resourceFiles": [{"httpUrl": BLOB}, {"a b": None}]}, 'resourceFiles[1]["a b"]'),
            ({"environmentSettings": [{"name": "a", "odata.type": "t"}]},
             'environmentSettings[0]["odata.type"]'),
            ({"runElevated": True}, "runElevated"),
            ({"name": "a"}, "name"),
        ],
    )  # fmt: skip
    def test_where_the_schema_is_known(self, before: dict[str, Any], path: str) -> None:
        """The service refuses them, so that a note says so."""
        for target in ("2019-06-01.9.0", NEWEST):
            got, notes = moved({**before, "id": "t"}, "2019-06-01.9.0", target)
            assert got == {**before, "id": "t"}
            assert notes[0] == (path, "unknown_member", "conditional")
            unsaid = {note[1] for note in notes[1:]}
            assert unsaid <= {"default_changed"}

    def test_where_it_is_not(self) -> None:
        """Before there was a schema nobody knows."""
        before = {"x": 1, "affinityInfo": {"odata.type": None}}
        notes = [
            ("x", "schema_unknown", "conditional"),
            ('affinityInfo["odata.type"]', "schema_unknown", "conditional"),
        ]
        assert moved(before, "2015-06-01.2.0", "2016-02-01.3.0") == (before, notes)

    def test_of_a_newer_version(self) -> None:
        """A member that comes later is unknown before, and is no other version's business."""
        before = {"requiredSlots": "many", "containerSettings": 1}
        got, notes = moved(before, "2016-02-01.3.0", "2017-06-01.5.1")
        assert got == before
        assert {note[1] for note in notes} == {"unknown_member"}

    @pytest.mark.parametrize(
        ("name", "value", "effect"),
        [
            ("odata.metadata", "https://host/$metadata#tasks/@Element", "exact"),
            ("odata.metadata", None, "exact"),
            ("odata.type", "Microsoft.Azure.Batch.Protocol.Entities.Task", "exact"),
            ("odata.type", None, "exact"),
            ("odata.type", "Another", "lost"),
            ("odata.etag", "x", "lost"),
            ("constraints@odata.type", "x", "lost"),
        ],
    )
    def test_annotations(self, name: str, value: Any, effect: str) -> None:
        """OData's own stay in a batch; a collection holds tasks without them."""
        before = {name: value, "displayName": "d"}
        for source, target in (
            ("2016-02-01.3.0", "2016-07-01.3.1"),
            ("2017-05-01.5.0", "2016-02-01.3.0"),
            (NEWEST, NEWEST),
        ):
            assert moved(before, source, target) == (before, [])
            notes = [(path_text("", (name,)), "dropped", effect)]
            got = moved(before, source, target, annotated=False)
            assert got == ({"displayName": "d"}, notes)


# What is refused


class TestRefused:
    """Errors, each with a code and a path."""

    @pytest.mark.parametrize(
        ("members", "path"),
        [
            ({"id": 1}, "id"),
            ({"commandLine": ["c"]}, "commandLine"),
            ({"displayName": {}}, "displayName"),
            ({"requiredSlots": "1"}, "requiredSlots"),
            ({"requiredSlots": True}, "requiredSlots"),
            ({"requiredSlots": 1.5}, "requiredSlots"),
            ({"requiredSlots": 1.0}, "requiredSlots"),
            ({"constraints": []}, "constraints"),
            ({"constraints": {"retentionTime": 7}}, "constraints.retentionTime"),
            ({"constraints": {"maxTaskRetryCount": "3"}}, "constraints.maxTaskRetryCount"),
            ({"resourceFiles": {}}, "resourceFiles"),
            ({"resourceFiles": [{}, "u"]}, "resourceFiles[1]"),
            ({"resourceFiles": [None]}, "resourceFiles[0]"),
            ({"resourceFiles": [{"httpUrl": ["u"]}]}, "resourceFiles[0].httpUrl"),
            ({"userIdentity": {"autoUser": "a"}}, "userIdentity.autoUser"),
            ({"authenticationTokenSettings": []}, "authenticationTokenSettings"),
            ({"authenticationTokenSettings": {"access": "job"}},
             "authenticationTokenSettings.access"),
            ({"dependsOn": {"taskIds": ["1", 2]}}, "dependsOn.taskIds[1]"),
            ({"dependsOn": {"taskIds": [None]}}, "dependsOn.taskIds[0]"),
            ({"dependsOn": {"taskIdRanges": [{"start": 1, "end": "2"}]}},
             "dependsOn.taskIdRanges[0].end"),
            ({"exitConditions": {"exitCodes": [{"code": 1, "exitOptions": {"jobAction": 1}}]}},
             "exitConditions.exitCodes[0].exitOptions.jobAction"),
            ({"outputFiles": [{"destination": {"container": {"uploadHeaders": [1]}}}]},
             "outputFiles[0].destination.container.uploadHeaders[0]"),
            (image(containerHostBatchBindMounts=[{"isReadOnly": 0}]),
             "containerSettings.containerHostBatchBindMounts[0].isReadOnly"),
        ],
    )  # fmt: skip
    def test_wrong_types(self, members: dict[str, Any], path: str) -> None:
        """A value of another kind, at any depth, whether or not a rule is crossed."""
        for target in ("2024-07-01.20.0", "2022-01-01.15.0"):
            if "containerHostBatchBindMounts" in path and target < "2024":
                continue  # it is dropped as it is
            assert refused(members, "2024-07-01.20.0", target) == ("wrong_type", path)

    @pytest.mark.parametrize(
        ("source", "target", "members", "path"),
        [
            ("2014-10-01.1.0", NEWEST, {"id": "t"}, "name"),
            (NEWEST, "2014-10-01.1.0", {"name": "t"}, "id"),
            (
                "2014-10-01.1.0",
                "2015-06-01.2.0",
                {"taskConstraints": {}, "constraints": None},
                "taskConstraints",
            ),
            (
                NEWEST,
                "2014-10-01.1.0",
                {"taskConstraints": {}, "constraints": {}},
                "constraints",
            ),
            (BEFORE_2018, SINCE_2018, file(blobSource="a", httpUrl="b"),
             "resourceFiles[0].blobSource"),
            (SINCE_2018, BEFORE_2018, file(blobSource="a", httpUrl="b"),
             "resourceFiles[0].httpUrl"),
            ("2016-07-01.3.1", NEWEST,
             {"exitConditions": {"schedulingError": {}, "preProcessingError": {}}},
             "exitConditions.schedulingError"),
        ],
    )  # fmt: skip
    def test_conflicts(self, source: str, target: str, members: dict[str, Any], path: str) -> None:
        """A new name that another member has already is not written over it."""
        assert refused(members, source, target) == ("member_conflict", path)

    @pytest.mark.parametrize(
        ("body", "source", "target", "path"),
        [
            (b'{"id":"t"}', NEWEST, NEWEST, "commandLine"),
            (b'{"id":"t","commandLine":null}', NEWEST, "2014-10-01.1.0", "commandLine"),
            (b'{"commandLine":"c"}', NEWEST, "2014-10-01.1.0", "id"),
            (b'{"id":null,"commandLine":"c"}', "2016-02-01.3.0", NEWEST, "id"),
            (b'{"commandLine":"c"}', "2014-10-01.1.0", NEWEST, "name"),
            (b'{"name":"t","commandLine":"c"}', "2016-02-01.3.0", NEWEST, "id"),
        ],
    )
    def test_missing(self, body: bytes, source: str, target: str, path: str) -> None:
        """Every version asks for an id and a command line."""
        with pytest.raises(TaskError) as caught:
            move(body, source, target)
        assert (caught.value.code, caught.value.path) == ("missing_member", path)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "invalid_json"),
            (b"[]", "not_an_object"),
            (b'{"id":"a","id":"a","commandLine":"c"}', "duplicate_member"),
            (b'{"id":"\xff"}', "invalid_utf8"),
            (b'{"x":' + b"[" * 64 + b"]" * 64 + b"}", "json_too_deep"),
        ],
    )
    def test_no_task(self, body: bytes, code: str) -> None:
        """What is no JSON object is refused by the reader."""
        with pytest.raises(TaskError) as caught:
            move(body, "2016-02-01.3.0", NEWEST)
        assert caught.value.code == code

    def test_bytes_alone(self) -> None:
        """Text is no bytes."""
        with pytest.raises(TypeError):
            move("{}", NEWEST, NEWEST)  # type: ignore[arg-type]

    def test_id_by_either_name(self) -> None:
        """A task of the oldest version with the newer name, or the other way, has an id."""
        body = b'{"commandLine":"c","id":"t"}'
        after = move(body, "2014-10-01.1.0", "2016-02-01.3.0")
        assert (after.id, after.raw) == ("t", body)
        assert [note.change for _, note in after.findings] == ["schema_unknown"]


# Bytes


class TestBytes:
    """Values that nothing touches keep theirs, members their order."""

    def test_nothing_to_do(self) -> None:
        """Where no rule is crossed the text is the same, white space around it included."""
        body = b' {\r\n "commandLine" : "\\u0063" , "id":"t", "x":1.50E+2 } \n'
        assert move(body, "2022-10-01.16.0", "2024-02-01.19.0").raw == body
        view = memoryview(bytearray(body))
        assert move(view, NEWEST, NEWEST).raw == body  # type: ignore[arg-type]

    def test_around_a_change(self) -> None:
        """Only the objects in which something changes are written anew."""
        body = (
            b'{ "resourceFiles" : [ { "filePath":"\\/a", "blobSource" : "https:\\/\\/h\\/b" } , '
            b'{ "filePath" : "p" } ],\r\n "x" : [ 1.0, -0 ] , "constraints":{ "maxWallClockTime" '
            b':"PT1H" },"commandLine":"\\u0063","id":"t" }'
        )
        assert move(body, BEFORE_2018, SINCE_2018, explicit_defaults=False).raw == (
            b'{"resourceFiles":[{"filePath":"\\/a","httpUrl":"https:\\/\\/h\\/b"},'
            b'{ "filePath" : "p" }],"x":[ 1.0, -0 ],"constraints":{ "maxWallClockTime" '
            b':"PT1H" },"commandLine":"\\u0063","id":"t"}'
        )

    def test_order(self) -> None:
        """A renamed or replaced member stays where it was, a written one comes last."""
        body = b'{"runElevated":true,"name":"t","taskConstraints":{},"commandLine":"c"}'
        assert move(body, "2014-10-01.1.0", NEWEST).raw == (
            b'{"userIdentity":{"autoUser":{"elevationLevel":"admin","scope":"task"}},"id":"t",'
            b'"constraints":{"retentionTime":"%s"},"commandLine":"c"}' % INFINITE.encode("ascii")
        )

    def test_far(self) -> None:
        """From the oldest to the newest in one step is what it is version by version."""
        members = {
            "runElevated": True,
            "taskConstraints": {"retentionTime": "P1D"},
            "resourceFiles": [{"blobSource": BLOB, "filePath": "p"}],
        }
        body = body_of(members, VERSIONS[0])
        text = body
        for source, target in pairwise(VERSIONS):
            text = move(text, source, target).raw
        assert json.loads(text) == json.loads(move(body, VERSIONS[0], NEWEST).raw)


OTHER_USER = "older versions know neither a named user nor the scope of an autoUser"
OTHER_LEVEL = "older versions know an administrator and one who is none"
USUAL_SCOPE = "what older versions did by the swagger, which knows no other"
NOTHING_SAID = "null says nothing"
PLAIN_USER = "its absence means the same: a user without administrator's rights"
BECAME = "true became userIdentity.autoUser.elevationLevel admin"
MIDDLE = "2016-07-01.3.1"
OLDER_USER = "2017-01-01.4.0"


@pytest.mark.parametrize(
    ("source", "members", "notes"),
    [
        (MIDDLE, {"runElevated": False}, [("dropped", "exact", PLAIN_USER)]),
        (MIDDLE, {"runElevated": True}, [("replaced", "conditional", BECAME)]),
        (
            OLDER_USER,
            {"userIdentity": {"username": "u"}},
            [
                ("replaced", "conditional", f"from {OLDER_USER} on: {BECAME}"),
                ("dropped", "lost", OTHER_USER),
            ],
        ),
        (
            OLDER_USER,
            {"userIdentity": {"username": None, "autoUser": {"elevationLevel": "Half"}}},
            [
                ("replaced", "conditional", f"from {OLDER_USER} on: {BECAME}"),
                ("dropped", "lost", OTHER_LEVEL),
                ("dropped", "exact", NOTHING_SAID),
            ],
        ),
        (
            OLDER_USER,
            {"userIdentity": {"autoUser": {"scope": "task"}}},
            [
                ("replaced", "conditional", f"from {OLDER_USER} on: {BECAME}"),
                ("dropped", "conditional", USUAL_SCOPE),
            ],
        ),
        (
            OLDER_USER,
            {"userIdentity": {"autoUser": {"scope": "pool"}}},
            [
                ("replaced", "conditional", f"from {OLDER_USER} on: {BECAME}"),
                ("dropped", "lost", OTHER_USER),
            ],
        ),
        (
            "2019-08-01.10.0",
            {"userIdentity": {"autoUser": {}}},
            [
                ("replaced", "conditional", f"from {OLDER_USER} on: {BECAME}"),
                ("default_changed", "lost", OTHER_USER),
            ],
        ),
    ],
)
def test_words_about_users(
    source: str, members: dict[str, Any], notes: list[tuple[str, str, str]]
) -> None:
    """What notes say where a user does not fit: the reason, and with the change its version."""
    target = OLDER_USER if source == MIDDLE else MIDDLE
    found = [it for _, it in move(body_of(members, source), source, target, False).findings]
    told = [(it.change, it.effect, it.detail) for it in found if "directory" not in it.detail]
    assert [it[:2] for it in told] == [it[:2] for it in notes]
    for (_, _, detail), (_, _, words) in zip(told, notes, strict=True):
        assert detail.startswith(words)


@pytest.mark.parametrize(
    ("members", "got"),
    [
        ({"userIdentity": {"autoUser": 5}}, "kind object, got number"),
        ({"userIdentity": {"autoUser": {"elevationLevel": []}}}, "kind string, got array"),
        ({"resourceFiles": ["a"]}, "kind object, got string"),
        ({"dependsOn": {"taskIds": [True]}}, "kind string, got boolean"),
    ],
)
def test_words_about_types(members: dict[str, Any], got: str) -> None:
    """The error for a value of another kind says which was expected, and which came."""
    with pytest.raises(TaskError) as caught:
        move(body_of(members, NEWEST), NEWEST, MIDDLE)
    assert caught.value.message == f"expected a value of {got}"


def test_too_deep_for_a_collection() -> None:
    """An object and an array are around a task there, so that it has two levels less."""
    deep = "[" * 63 + "]" * 63
    body = f'{{"id":"t","commandLine":"c","x":{deep}}}'.encode()
    assert move(body, MIDDLE, NEWEST).id == "t"
    with pytest.raises(TaskError) as caught:
        move(body, MIDDLE, NEWEST, annotated=False)
    assert (caught.value.code, caught.value.offset) == ("json_too_deep", 0)
    assert caught.value.message == "expected at most 62 levels in a task"


def test_id_of_a_part() -> None:
    """What an update says of a task has no id, nor need an answer have one."""
    part, answer = (Mover(NEWEST, NEWEST, of=of) for of in ("part", "answer"))
    assert part.move(b"{}").id == answer.move(b"{}").id == ""


def test_defaults_are_written_out() -> None:
    """Those that have changed, unless somebody asks for them not to be."""
    body = body_of({}, MIDDLE)
    written = json.loads(Mover(MIDDLE, NEWEST).move(body).raw)
    assert Mover(MIDDLE, NEWEST, explicit_defaults=False).move(body).raw == body
    assert written == {**json.loads(body), "constraints": {"retentionTime": INFINITE}}
