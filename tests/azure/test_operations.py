"""Requests moved from one api-version to another, and the answers to them moved back."""

from __future__ import annotations

import json
from itertools import product
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure import TaskError, TranslationError, operations, validate
from odatabatch.azure.calls import fields_of, version_of
from odatabatch.azure.moves import Mover
from odatabatch.azure.operations import Call, OperationId, build, move, move_answer, recognise
from odatabatch.azure.rules import name_in, schema_of
from odatabatch.azure.schema import ANY, JOB, OPEN, TASK, Member
from odatabatch.azure.versions import FIRST_JOBS, UNSEEN, VERSIONS, is_before
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse, parse_request
from tests.azure.recordings import (
    TABLES,
    collected_adds,
    exchanges,
    needs_captures,
    needs_tables,
    path_of,
    powershell,
    single_adds,
)
from tests.corpus import FIXTURES

SERVICE = "https://myaccount.westeurope.batch.azure.com"
NEW = "2024-07-01.20.0"
LEGACY = "2017-09-01.6.0"
MIDDLE = "2015-12-01.2.2"
OLD = "2014-10-01.1.0"
URL = "https://mystorage.blob.core.windows.net/in/a"
WITH_JOBS = tuple(it for it in VERSIONS if not is_before(it, FIRST_JOBS))
FILE = {"blobSource": URL, "filePath": "a"}
RETENTION = {"retentionTime": "P10675199DT2H48M5.4775807S"}


def found(moved: operations.Moved | operations.MovedAnswer) -> list[tuple[str, str, str]]:
    """Path, change and effect of each note."""
    return [(note.path, note.change, note.effect) for note in moved.notes]


def request(name: str, version: str, **arguments: Any) -> HttpRequest:
    """A request of a call; its body is given as an object."""
    body = arguments.pop("body", None)
    text = b"" if body is None else json.dumps(body).encode("ascii")
    arguments = {"service": SERVICE, **arguments}
    return build(OperationId(name), version, body=text, **arguments)


def pool_of(**members: Any) -> dict[str, Any]:
    """The poolInfo of a job whose pool is its own."""
    pool = {"vmSize": "s", **members}
    return {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": pool}}


def body_of(moved: operations.Moved) -> Any:
    """The JSON of a moved body, whose length is told."""
    assert moved.request.headers.get("Content-Length") == str(len(moved.request.body))
    return json.loads(moved.request.body)


class TestTarget:
    """The target of the api-version, and its query."""

    def test_same_version(self) -> None:
        """Nothing is done to a request that stays, signature and all."""
        signed = Headers([("Authorization", "SharedKey a:b"), ("Content-MD5", "x")])
        for name, arguments in (
            ("Task_Add", {"job": "j", "body": {"id": "t", "commandLine": "c"}}),
            ("Task_Get", {"job": "j", "task": "t", "query": [("$select", "id,state")]}),
        ):
            asked = request(name, LEGACY, headers=signed, **arguments)
            assert move(asked, LEGACY) == (asked, ())
        for method, target in (
            ("GET", f"/pools?api-version={LEGACY}"),
            ("GET", "/jobs/j/tasks?API%2DVersion=2015-03-01%2E1.1"),
            ("POST", f"/jobs/j/tasks/t?terminate&api-version={MIDDLE}"),
            ("POST", f"/$batch?api-version={MIDDLE}"),
            ("POST", f"/Jobs/%FF/Tasks/?$top=1&api-version={OLD}"),
        ):
            asked = HttpRequest(method, target, signed, b"{}")
            version = version_of(fields_of(target.partition("?")[2]), None)
            assert move(asked, version, strict=True) == (asked, ())

    def test_same_version_given(self) -> None:
        """A target that names none names it then, and the signature is another's."""
        signed = Headers([("Authorization", "SharedKey a:b")])
        moved = move(HttpRequest("GET", "/jobs/j/tasks", signed), UNSEEN, source_version=UNSEEN)
        assert moved.request == HttpRequest("GET", f"/jobs/j/tasks?api-version={UNSEEN}")
        assert found(moved) == [('request.headers["Authorization"]', "left_out", "conditional")]

    def test_bytes_stay(self) -> None:
        """But for the api-version a target stays as it is spelled."""
        target = f"/jobs/%6a/tasks?$filter=id+eq+'a%2Cb'&Api-Version={LEGACY}&timeOut=7"
        moved = move(HttpRequest("GET", target), NEW)
        assert moved.request.target == target.replace(LEGACY, NEW)
        assert moved.notes == ()

    def test_given_version(self) -> None:
        """A target without one gets one."""
        moved = move(HttpRequest("GET", "/jobs/j/tasks"), NEW, source_version=LEGACY)
        assert moved.request.target == f"/jobs/j/tasks?api-version={NEW}"

    def test_out_of_a_work_item(self) -> None:
        """Jobs stand in the account, and actions at the end of the path."""
        asked = request("Task_Terminate", OLD, work_item="w", job="j /", task="t", timeout=9)
        moved = move(asked, NEW)
        at = f"{SERVICE}/jobs/j%20%2F/tasks/t/terminate?api-version={NEW}&timeout=9"
        assert moved.request.target == at
        assert found(moved) == [
            ("request.target", "left_out", "conditional"),
            ("request.target", "respelled", "exact"),
        ]

    def test_into_a_work_item(self) -> None:
        """It is given by the caller, plain; within the old version it stays."""
        asked = request("Task_Terminate", NEW, job="j", task="t")
        moved = move(asked, OLD, work_item="w /")
        at = f"{SERVICE}/workitems/w%20%2F/jobs/j/tasks/t?terminate&api-version={OLD}"
        assert moved.request.target == at
        assert found(moved) == [
            ("request.target", "written", "conditional"),
            ("request.target", "respelled", "exact"),
        ]
        again = move(moved.request, "2015-03-01.1.1")
        assert again.request.target == at.replace(OLD, "2015-03-01.1.1")
        with pytest.raises(TranslationError) as caught:
            move(asked, OLD)
        assert caught.value.code == "missing_id"
        with pytest.raises(TranslationError) as caught:
            move(asked, LEGACY, work_item="w")
        assert caught.value.code == "unexpected_id"

    def test_work_items_differ(self) -> None:
        """The one that is given is the target's own, in any case, or it is an error."""
        asked = request("Task_Delete", OLD, work_item="Nightly", job="j", task="t")
        moved = move(asked, UNSEEN, work_item="nightlY")
        assert moved.request.target == asked.target.replace(OLD, UNSEEN)
        assert found(moved) == []
        with pytest.raises(TranslationError) as caught:
            move(asked, UNSEEN, work_item="weekly")
        assert (caught.value.code, caught.value.part) == ("work_item_conflict", "request")
        with pytest.raises(TranslationError) as caught:
            move(asked, NEW, work_item="Nightly")
        assert caught.value.code == "unexpected_id"

    def test_either_spelling_of_an_action(self) -> None:
        """2015-12-01.2.2 may have it in the query."""
        target = f"/jobs/j/tasks/t?api-version={MIDDLE}&terminate"
        moved = move(HttpRequest("POST", target), NEW)
        assert moved.request.target == f"/jobs/j/tasks/t/terminate?api-version={NEW}"

    def test_no_operation(self) -> None:
        """What the other version does not have cannot be asked of it."""
        for asked in (
            request("Task_Reactivate", NEW, job="j", task="t"),
            request("Task_AddCollection", NEW, job="j", body={"value": []}),
        ):
            with pytest.raises(TranslationError) as caught:
                move(asked, MIDDLE)
            assert caught.value.code == "no_operation"

    def test_unknown_operation(self) -> None:
        """Calls that the table does not have are passed on."""
        body = b'{"id":"p"}'
        target = f"/jobs/j?terminate&api-version={MIDDLE}&$select=id"
        asked = HttpRequest("POST", target, Headers([("Content-Length", "10")]), body)
        moved = move(asked, NEW, strict=True)
        assert moved.request == asked.replace(target=target.replace(MIDDLE, NEW))
        assert found(moved) == [("request.target", "unknown_operation", "conditional")]
        bare = move(HttpRequest("GET", "/pools"), NEW, source_version=MIDDLE)
        assert bare.request.target == f"/pools?api-version={NEW}"
        other = move(HttpRequest("POST", "/X$batchX"), NEW, source_version=MIDDLE)
        assert other.request.target == f"/X$batchX?api-version={NEW}"

    @pytest.mark.parametrize(
        ("target", "code"),
        [
            ("/pools", "missing_api_version"),
            ("/pools?api-version=1", "unknown_api_version"),
            ("/jobs/j/tasks?$top=1&api-version=2017-09-01.6.0", "unsupported_query"),
            ("/pools#", "unsupported_target"),
            ("/jobs/j/tasks?$select=runElevated,\ud800&api-version=2015-12-01.2.2",
             "unsupported_target"),
        ],
    )  # fmt: skip
    def test_refused(self, target: str, code: str) -> None:
        """What cannot be read."""
        with pytest.raises(TranslationError) as caught:
            move(HttpRequest("GET", target), NEW)
        assert caught.value.code == code

    def test_other_host(self) -> None:
        """What a target and its Host do not agree on is wrong with the request."""
        target = f"{SERVICE}/jobs/j/tasks?api-version={NEW}"
        with pytest.raises(TranslationError) as caught:
            move(HttpRequest("GET", target, Headers([("Host", "other")])), LEGACY)
        assert (caught.value.code, caught.value.part) == ("host_conflict", "request")

    def test_types(self) -> None:
        """Arguments of other types."""
        with pytest.raises(TypeError):
            move(b"", NEW)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            move(HttpRequest("GET", "/"), 7)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            move(HttpRequest("GET", "/"), NEW, work_item=b"w")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            move(request("Job_Add", NEW, body={"id": "j"}), NEW, source_version=7)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            move(HttpRequest("GET", "no target"), NEW, source_version=7)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("path", "version"),
        [
            ("/jobs/%FF/tasks", LEGACY),
            ("/jobs/j/tasks/", LEGACY),
            ("/Jobs/j/Tasks", LEGACY),
            ("/workitems/w/jobs/j/tasks", "2016-02-01.3.0"),
            ("/$batch", MIDDLE),
            ("/%24Batch/", MIDDLE),
        ],
    )
    def test_no_other_call(self, path: str, version: str) -> None:
        """No body goes along untranslated that the service may take for a task."""
        asked = HttpRequest("POST", path, body=b'{"id":"t","commandLine":"c"}')
        with pytest.raises(TranslationError) as caught:
            move(asked, NEW, source_version=version)
        assert (caught.value.code, caught.value.part) == ("unsupported_target", "request")
        assert ("upgrade()" in caught.value.message) is ("atch" in path)

    def test_old_host(self) -> None:
        """Hosts of the old form are told of, where the version changes."""
        asked = request("Task_Delete", LEGACY, service="https://a.batch.core.windows.net",
                        job="j", task="t")  # fmt: skip
        assert found(move(asked, NEW)) == [("request.target", "service_changed", "conditional")]

    @pytest.mark.parametrize("row", operations.OPERATIONS, ids=lambda row: row.id)
    def test_there_and_back(self, row: operations.ApiOperation) -> None:
        """From any version that has a call to any other, and back: the same call."""
        bodies: dict[str, Any] = {
            "job": {"id": "j", "poolInfo": {"poolId": "p"}},
            "collection": {"value": [{"id": "t", "commandLine": "c"}]},
            "update": {},
        }
        versions = [it for it in VERSIONS if not is_before(it, row.since)]
        for source, target in product(versions, versions):
            path = row.target_in(source)
            ids = {name: f"{name} %/" for name in ("job", "task") if f"{{{name}}}" in path}
            item = {it: "w i" if "work_item" in row.target_in(it) else None for it in versions}
            bodies["task"] = {name_in(source, TASK, "id"): "t", "commandLine": "c"}
            body = bodies[row.body] if row.body else None
            query = [(name, "id eq 'a'") for name in row.query if name != "$select"]
            asked = request(
                row.id, source, work_item=item[source], query=query, timeout=9, body=body, **ids
            )
            there = move(asked, target, work_item=item[target]).request
            call = recognise(asked)
            assert recognise(there) == call._replace(api_version=target, work_item=item[target])
            assert recognise(move(there, source, work_item=item[source]).request) == call


class TestNames:
    """Parameters that name members of a task."""

    def test_select(self) -> None:
        """Names that are others there are written, others stay."""
        select = [("$select", "name,state, runElevated,taskConstraints,url")]
        asked = request("Task_List", OLD, work_item="w", job="j", query=select)
        moved = move(asked, NEW)
        written = f"?api-version={NEW}&$select=id,state,userIdentity,constraints,url"
        assert moved.request.target == f"{SERVICE}/jobs/j/tasks{written}"
        assert found(moved)[1:] == [
            ('request.target["$select"]', "renamed", "exact"),
            ('request.target["$select"]', "replaced", "conditional"),
            ('request.target["$select"]', "renamed", "exact"),
        ]
        back = move(moved.request, OLD, work_item="w")
        assert "$select=name,state,runElevated,taskConstraints,url" in back.request.target

    def test_selected_and_gone(self) -> None:
        """A member that is not there is not asked for; then an id is, since nothing means all."""
        select = [("$select", "requiredSlots")]
        asked = request("Task_Get", NEW, job="j", task="t", query=select)
        moved = move(asked, LEGACY)
        assert moved.request.target.endswith(f"?api-version={LEGACY}&$select=id")
        assert found(moved) == [('request.target["$select"]', "left_out", "lost")]
        oldest = move(asked, OLD, work_item="w")
        assert oldest.request.target.endswith(f"?api-version={OLD}&$select=name")
        with pytest.raises(TranslationError) as caught:
            move(asked, LEGACY, strict=True)
        assert caught.value.code == "loss"

    @pytest.mark.parametrize(
        ("select", "written"),
        [
            ("requiredSlots,", "id"),
            (",requiredSlots,, state", " state"),
            ("id,,state", "id,,state"),
            ("", ""),
            (",", ","),
        ],
    )
    def test_empty_names(self, select: str, written: str) -> None:
        """A comma too many is no name; what needs no change keeps it."""
        target = f"/jobs/j/tasks?api-version={NEW}&$select={quote(select)}"
        moved = move(HttpRequest("GET", target), LEGACY).request.target
        assert unquote(moved.partition("$select=")[2]) == written

    def test_paths(self) -> None:
        """The first name of a path is written; what is below it stays, with a note."""
        select = "resourceFiles/httpUrl,constraints/retentionTime,executionInfo/exitCode,id/"
        target = f"/jobs/j/tasks?api-version={NEW}&$select={select}"
        moved = move(HttpRequest("GET", target), OLD, work_item="w")
        written = "resourceFiles/httpUrl,taskConstraints/retentionTime,executionInfo/exitCode,name/"
        assert moved.request.target.endswith(f"$select={written}")
        path = 'request.target["$select"]'
        assert [it for it in found(moved) if it[0] == path] == [
            (path, "service_changed", "conditional"),
            (path, "renamed", "exact"),
            (path, "renamed", "exact"),
        ]
        gone = move(HttpRequest("GET", target.replace("id/", "userIdentity/autoUser")), MIDDLE)
        assert gone.request.target.endswith(",runElevated")

    def test_filter(self) -> None:
        """Expressions are left alone, with a note for each name that is another."""
        query = [("$filter", "name eq 'runElevated' and state eq 'active'"), ("$expand", "stats")]
        asked = request("Task_List", OLD, work_item="w", job="j", query=query)
        moved = move(asked, NEW)
        assert moved.request.target.endswith(asked.target.partition("$filter")[2])
        assert found(moved)[1:] == [('request.target["$filter"]', "service_changed", "conditional")]

    def test_other_calls(self) -> None:
        """What a subtask has is no task's."""
        query = [("$select", "id,requiredSlots")]
        asked = request("Task_ListSubtasks", NEW, job="j", task="t", query=query)
        assert move(asked, LEGACY).request.target == asked.target.replace(NEW, LEGACY)

    def test_next_link(self) -> None:
        """The token of a link to the next part goes along."""
        asked = request(
            "Task_List", NEW, job="j", query=[("$skiptoken", "W42"), ("maxresults", "5")]
        )
        assert move(asked, LEGACY).request.target == asked.target.replace(NEW, LEGACY)


class TestHeaders:
    """What goes along with a request, and what cannot."""

    def test_kept(self) -> None:
        """All but what signs the request, or speaks of its old body."""
        headers = Headers(
            [
                ("authorization", "sharedkey a:b"),
                ("Content-MD5", "x"),
                ("Transfer-Encoding", "chunked"),
                ("client-request-id", "c"),
            ]
        )
        body = {"id": "t", "commandLine": "c", "runElevated": False}
        asked = request("Task_Add", "2016-02-01.3.0", job="j", body=body, headers=headers)
        moved = move(asked.replace(headers=asked.headers.without("Content-Length")), LEGACY)
        assert body_of(moved) == {"id": "t", "commandLine": "c"}
        assert moved.request.headers.names == (
            "Host", "client-request-id", "Content-Type", "Content-Length",
        )  # fmt: skip
        assert found(moved)[-3:] == [
            ('request.headers["authorization"]', "left_out", "conditional"),
            ('request.headers["Content-MD5"]', "left_out", "exact"),
            ('request.headers["Transfer-Encoding"]', "left_out", "exact"),
        ]

    def test_token(self) -> None:
        """A token is good for any request."""
        headers = Headers([("Authorization", "Bearer t")])
        asked = request("Task_Delete", LEGACY, job="j", task="t", headers=headers)
        moved = move(asked, NEW)
        assert moved.request.headers == asked.headers
        assert moved.notes == ()

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("Content-Type", "text/plain", "unsupported_content_type"),
            ("Content-Encoding", "gzip", "unsupported_content_coding"),
        ],
    )
    def test_refused(self, field: str, value: str, code: str) -> None:
        """A body that cannot be read."""
        asked = request("Task_Add", LEGACY, job="j", body={"id": "t", "commandLine": "c"})
        with pytest.raises(TranslationError) as caught:
            move(asked.replace(headers=asked.headers.with_field(field, value)), NEW)
        assert caught.value.code == code

    def test_two_content_types(self) -> None:
        """Nobody knows which holds."""
        asked = request("Task_Add", LEGACY, job="j", body={"id": "t", "commandLine": "c"})
        fields = [("Content-Type", "application/json")] * 2
        with pytest.raises(TranslationError) as caught:
            move(asked.replace(headers=Headers(fields)), NEW)
        assert caught.value.code == "unsupported_content_type"


class TestTasks:
    """Bodies that hold tasks."""

    def test_task(self) -> None:
        """Notes have the path in the body; the service's own changes are told."""
        body = {"id": "t", "commandLine": "c", "resourceFiles": [FILE], "constraints": {}}
        moved = move(request("Task_Add", LEGACY, job="j", body=body), NEW)
        task = body_of(moved)
        assert task["resourceFiles"] == [{"httpUrl": URL, "filePath": "a"}]
        assert task["constraints"] == RETENTION
        assert found(moved) == [
            ("request.tasks", "service_changed", "conditional"),
            ("request.body.resourceFiles[0].blobSource", "renamed", "exact"),
            ("request.body.constraints.retentionTime", "written", "exact"),
        ]

    def test_without_defaults(self) -> None:
        """Defaults may be left to the service."""
        body = {"id": "t", "commandLine": "c"}
        asked = request("Task_Add", LEGACY, job="j", body=body)
        moved = move(asked, NEW, explicit_defaults=False)
        assert body_of(moved) == body
        assert (
            "request.body.constraints.retentionTime",
            "default_changed",
            "conditional",
        ) in found(moved)

    def test_without_defaults_of_a_job(self) -> None:
        """Nor are those of a job's own tasks written out then."""
        body = {"id": "j", "poolInfo": {}, "jobPreparationTask": {"commandLine": "c"}}
        asked = request("Job_Add", LEGACY, body=body)
        assert body_of(move(asked, NEW, explicit_defaults=False)) == body
        told = body_of(move(asked, NEW))["jobPreparationTask"]
        assert told == {"commandLine": "c", "constraints": RETENTION}

    def test_collection(self) -> None:
        """It stays one; what is beside the tasks stays as well."""
        plain = {"id": "t", "commandLine": "c", "constraints": {"retentionTime": "P1D"}}
        value = [{**plain, "id": "a"}, {**plain, "id": "b", "resourceFiles": [FILE]}]
        asked = request("Task_AddCollection", LEGACY, job="j",
                        body={"odata.metadata": "m", "value": value})  # fmt: skip
        moved = move(asked, NEW)
        assert body_of(moved) == {
            "odata.metadata": "m",
            "value": [value[0], {**value[1], "resourceFiles": [{"httpUrl": URL, "filePath": "a"}]}],
        }
        path = "request.body.value[1].resourceFiles[0].blobSource"
        assert found(moved)[1:] == [(path, "renamed", "exact")]
        untouched = move(request("Task_AddCollection", NEW, job="j", body={"value": []}), LEGACY)
        assert untouched.request.body == b'{"value": []}'

    def test_update(self) -> None:
        """Only the constraints of a task, by the name that they have there."""
        for body, expected in (
            ({"constraints": {"maxTaskRetryCount": 3}}, {"maxTaskRetryCount": 3, **RETENTION}),
            ({}, RETENTION),
        ):
            moved = move(request("Task_Update", LEGACY, job="j", task="t", body=body), NEW)
            assert body_of(moved) == {"constraints": expected}
        moved = move(
            request("Task_Update", LEGACY, job="j", task="t", body=body), OLD, work_item="w"
        )
        assert body_of(moved) == {}

    @pytest.mark.parametrize(
        ("name", "body", "code", "path"),
        [
            ("Task_Add", {"id": "t"}, "missing_member", "commandLine"),
            ("Task_Add", [], "not_an_object", ""),
            ("Task_AddCollection", [], "not_an_object", None),
            ("Task_AddCollection", {}, "missing_member", "value"),
            ("Task_AddCollection", {"value": [{"id": "t", "commandLine": "c"}, {}]},
             "missing_member", "value[1].id"),
            ("Task_Update", {"constraints": 1}, "wrong_type", "constraints"),
        ],
    )  # fmt: skip
    def test_refused(self, name: str, body: Any, code: str, path: str | None) -> None:
        """The error names the request and the path in its body."""
        task = {"task": "t"} if name == "Task_Update" else {}
        with pytest.raises(TaskError) as caught:
            move(request(name, LEGACY, job="j", body=body, **task), NEW)
        assert (caught.value.code, caught.value.part) == (code, "request")
        assert caught.value.path == path

    def test_strict(self) -> None:
        """Losses and unknown members are refused."""
        body = {"id": "t", "commandLine": "c", "colour": "red"}
        with pytest.raises(TaskError) as caught:
            move(request("Task_Add", LEGACY, job="j", body=body), NEW, strict=True)
        assert (caught.value.code, caught.value.path) == ("unknown_member", "request.body.colour")


class TestJobs:
    """Bodies that are jobs."""

    @pytest.mark.parametrize("version", WITH_JOBS)
    @pytest.mark.parametrize("name", ["add-job", "add-job-auto-pool"])
    def test_examples(self, name: str, version: str) -> None:
        """Both examples of BatchClient.CreateJobAsync, for every version: no unknown member."""
        asked = parse_request((FIXTURES / "azure" / f"{name}.http").read_bytes())
        assert recognise(asked).operation == OperationId.JOB_ADD
        moved = move(asked, version)
        assert f"/jobs?api-version={version}&timeout=30" in moved.request.target
        again = move(moved.request, version, strict=True)
        assert again.request == moved.request
        changes = {note.change for note in moved.notes}
        assert not changes & {"unknown_member", "schema_unknown"}
        if name == "add-job":
            assert moved.request.body == asked.body

    def test_down(self) -> None:
        """What becomes of the members of a job that stands in a pool of its own."""
        asked = parse_request((FIXTURES / "azure" / "add-job-auto-pool.http").read_bytes())
        moved = move(asked, "2016-02-01.3.0")
        job = body_of(moved)
        manager = job["jobManagerTask"]
        assert manager["runElevated"] is True
        assert "userIdentity" not in manager
        assert "requiredSlots" not in manager
        assert "blobSource" in manager["resourceFiles"][0]
        pool = job["poolInfo"]["autoPoolSpecification"]["pool"]
        assert (pool["targetDedicated"], pool["maxTasksPerNode"]) == (3, 2)
        assert pool["startTask"]["runElevated"] is True
        assert pool["taskSchedulingPolicy"] == {"nodeFillType": "spread"}
        assert pool["virtualMachineConfiguration"]["nodePlacementConfiguration"]
        lost = [note.path for note in moved.notes if note.effect == "lost"]
        assert lost == [
            "request.body.jobManagerTask.resourceFiles[1].storageContainerUrl",
            "request.body.jobManagerTask.requiredSlots",
        ]

    def test_up(self) -> None:
        """Each task of a job gets what a task gets, and its release task the default as well."""
        body = {
            "id": "j",
            "jobPreparationTask": {"commandLine": "p", "runElevated": True},
            "jobReleaseTask": {"commandLine": "r"},
            "poolInfo": {"poolId": "p"},
            "onTaskFailure": "performExitOptionsJobAction",
        }
        moved = move(request("Job_Add", "2016-07-01.3.1", body=body), NEW)
        elevated = {"autoUser": {"elevationLevel": "admin", "scope": "task"}}
        assert body_of(moved) == {
            "id": "j",
            "jobPreparationTask": {
                "commandLine": "p",
                "userIdentity": elevated,
                "constraints": RETENTION,
            },
            "jobReleaseTask": {"commandLine": "r", **RETENTION},
            "poolInfo": {"poolId": "p"},
            "onTaskFailure": "performexitoptionsjobaction",
        }
        assert ("request.body.jobPreparationTask.userIdentity.autoUser.scope", "written",
                "conditional") in found(moved)  # fmt: skip

    @pytest.mark.parametrize(
        ("members", "source", "target", "effect"),
        [
            ({"onAllTasksComplete": "noAction"}, NEW, "2016-02-01.3.0", "exact"),
            ({"onTaskFailure": "NoAction"}, NEW, "2016-02-01.3.0", "exact"),
            ({"onTaskFailure": "performExitOptionsJobAction"}, NEW, "2016-02-01.3.0", "lost"),
            ({"maxParallelTasks": -1}, NEW, LEGACY, "exact"),
            ({"maxParallelTasks": 1}, NEW, LEGACY, "lost"),
            ({"poolInfo": pool_of(targetNodeCommunicationMode="Default")}, NEW, "2025-06-01",
             "exact"),
            ({"poolInfo": pool_of(targetNodeCommunicationMode="simplified")}, NEW, "2025-06-01",
             "lost"),
            ({"poolInfo": pool_of(resourceTags={"a": "b"})}, NEW, "2025-06-01", "lost"),
        ],
    )  # fmt: skip
    def test_granted(self, members: dict[str, Any], source: str, target: str, effect: str) -> None:
        """What the other version takes for granted is no loss, in whatever case it is said."""
        moved = move(request("Job_Add", source, body={"id": "j", "poolInfo": {}} | members), target)
        assert [it[1:] for it in found(moved) if it[0] != "request.tasks"] == [("dropped", effect)]

    def test_withdrawal(self) -> None:
        """2024-07-01.20.0 asks for skipWithdrawFromVNet, none before it or after it does."""
        network = {"subnetId": "s"}
        body = {"id": "j", "poolInfo": {}, "networkConfiguration": network}
        told = {**body, "networkConfiguration": {**network, "skipWithdrawFromVNet": False}}
        around = ("2024-02-01.19.0", "2025-06-01")
        for source in around:
            moved = move(request("Job_Add", source, body=body), NEW, explicit_defaults=False)
            assert body_of(moved) == told
            path = "request.body.networkConfiguration.skipWithdrawFromVNet"
            assert found(moved) == [(path, "written", "exact")]
            (other,) = set(around) - {source}
            assert body_of(move(request("Job_Add", source, body=body), other)) == body
        assert body_of(move(request("Job_Add", NEW, body=told), around[0])) == body

    def test_unknown(self) -> None:
        """Members are known, and so are those of open types that are not described."""
        body = {
            "id": "j",
            "colour": "red",
            "odata.metadata": "m",
            "poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": {
                "vmSize": "s",
                "virtualMachineConfiguration": {"colour": 1, "containerConfiguration": {
                    "type": "t", "containerRegistries": [{"colour": 2}]}},
                "mountConfiguration": [{"colour": 3}, 4],
                "networkConfiguration": {"colour": 5},
            }}},
        }  # fmt: skip
        moved = move(request("Job_Add", "2023-11-01.18.0", body=body), NEW)
        assert body_of(moved) == body
        registries = "containerConfiguration.containerRegistries[0].colour"
        pool = "request.body.poolInfo.autoPoolSpecification.pool"
        assert found(moved) == [
            ("request.body.colour", "unknown_member", "conditional"),
            (f"{pool}.virtualMachineConfiguration.{registries}", "unknown_member", "conditional"),
        ]


@needs_captures
class TestRecordings:
    """What was sent is understood, and stays so wherever it is moved."""

    def test_jobs(self) -> None:
        """Every job, moved to each version that has jobs."""
        bodies = [
            (exchange["api_version"], exchange["request"]["body"].encode("utf-8"))
            for _, exchange in (*exchanges("job_add"), *powershell())
            if exchange["request"]["method"] == "POST" and path_of(exchange) == "/jobs"
            if exchange["request"]["body"]
        ]
        assert len(bodies) == 423
        for source, body in dict.fromkeys(bodies):
            assert_valid_everywhere(source, body)

    @needs_tables
    def test_examples(self) -> None:
        """The examples of the swagger; one of them has a member of a later version."""
        paths = sorted(TABLES.glob("examples/*/JobAdd*.json"))
        assert len(paths) == 33
        late = {"targetDedicatedNodes", "targetLowPriorityNodes"}
        for path in paths:
            parameters = json.loads(path.read_text("utf-8"))["parameters"]
            (job,) = (it for it in parameters.values() if isinstance(it, dict))
            version = parameters["api-version"]
            unknown = late if version == "2017-01-01.4.0" else set()
            assert_valid_everywhere(version, json.dumps(job).encode("ascii"), unknown)

    def test_tasks(self) -> None:
        """Each recorded task, as a call, forth to the newest version, which has no fault in it."""
        for add in dict.fromkeys((*single_adds(), *collected_adds())):
            work_item = "w" if is_before(add.api_version, FIRST_JOBS) else None
            asked = build(
                OperationId.TASK_ADD, add.api_version, work_item=work_item, job="j", body=add.body
            )
            moved = move(asked, VERSIONS[-1])
            assert validate(moved.request.body, VERSIONS[-1], strict=True) == ()
            task, sent = json.loads(moved.request.body), json.loads(add.body)
            assert task["id"] == sent.get("id", sent.get("name"))
            assert task["commandLine"] == sent["commandLine"]
            if is_before(add.api_version, "2018-12-01.8.0"):
                assert task["constraints"]["retentionTime"]  # the default was no end before


def assert_valid_everywhere(source: str, body: bytes, unknown: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """A job has no member that a version does not have, wherever it is moved."""
    for version in WITH_JOBS:
        moved = Mover(source, version, root=JOB).move(body)
        for raw, at in ((body, source), (moved.raw, version)):
            for path, finding in Mover(at, at, root=JOB).move(raw).findings:
                assert finding.change in ("unknown_member", "schema_unknown")
                assert path[-1] in unknown, (source, version, path)


def values(member: Member, version: str) -> st.SearchStrategy[Any]:
    """Values that a member may have."""
    match member.kind:
        case "boolean":
            value: st.SearchStrategy[Any] = st.booleans()
        case "int32":
            value = st.integers(1, 9)
        case "duration":
            value = st.just("PT1H")
        case "string" if member.words:
            value = st.sampled_from(member.words)
        case "string":
            value = st.just(URL)
        case _ if member.of == ANY:
            value = st.just({"a": 1})
        case _ if member.of == "string":
            value = st.just("job")
        case _:
            value = objects(member.of, version)
    return st.lists(value, max_size=2) if member.kind == "array" else value


def objects(owner: str, version: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a type, with any members of an api-version."""
    members = schema_of(version)[owner]
    optional = {name: values(it, version) for name, it in members.items() if not it.required}
    required = {name: values(it, version) for name, it in members.items() if it.required}
    if owner in OPEN:
        optional["other"] = st.integers()
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def journeys(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """A version, another, and a job of the first."""
    source = draw(st.sampled_from(WITH_JOBS))
    return source, draw(st.sampled_from(WITH_JOBS)), draw(objects(JOB, source))


@given(journeys())
def test_there_and_back(journey: tuple[str, str, dict[str, Any]]) -> None:
    """A job that loses nothing on its way is the same when it is back, but for defaults."""
    source, target, job = journey
    there = Mover(source, target, explicit_defaults=False, root=JOB).move(json.dumps(job).encode())
    for path, finding in Mover(target, target, root=JOB).move(there.raw).findings:
        raise AssertionError((path, finding))
    back = Mover(target, source, explicit_defaults=False, root=JOB).move(there.raw)
    harmless = {"renamed", "respelled", "default_changed", "schema_unknown"}
    if {finding.change for _, finding in (*there.findings, *back.findings)} <= harmless:
        assert json.loads(back.raw) == job


REPORTED = {
    "odata.metadata": "m",
    "id": "t",
    "url": "u",
    "state": "active",
    "executionInfo": {"retryCount": 0},
    "resourceFiles": [{"httpUrl": URL, "filePath": "a"}],
    "userIdentity": {"autoUser": {"scope": "task", "elevationLevel": "admin"}},
    "constraints": {"maxTaskRetryCount": 0},
}
READ = {
    "odata.metadata": "m",
    "id": "t",
    "url": "u",
    "state": "active",
    "executionInfo": {"retryCount": 0},
    "resourceFiles": [{"blobSource": URL, "filePath": "a"}],
    "runElevated": True,
    "constraints": {"maxTaskRetryCount": 0},
}


class TestAnswers:
    """What an old client reads of what it asked for."""

    def answer(self, body: Any, status: int = 200) -> HttpResponse:
        """A service's answer."""
        text = json.dumps(body).encode("ascii")
        headers = Headers(
            [
                ("Content-Type", "application/json;odata=minimalmetadata"),
                ("Content-Length", str(len(text))),
            ]
        )
        return HttpResponse(status, "OK", headers, text)

    @pytest.mark.parametrize(
        ("field", "code"),
        [
            (("Content-Type", "text/html"), "unsupported_content_type"),
            (("Content-Encoding", "gzip"), "unsupported_content_coding"),
        ],
    )
    def test_other_content(self, field: tuple[str, str], code: str) -> None:
        """What cannot be read as a task is refused, as the answer's fault."""
        call = recognise(request("Task_Get", NEW, job="j", task="t"))
        answer = self.answer({"id": "t"})
        answer = answer.replace(headers=answer.headers.with_field(*field))
        with pytest.raises(TranslationError) as caught:
            move_answer(answer, call, LEGACY)
        assert (caught.value.code, caught.value.part) == (code, "answer")

    def test_urls_of_one_era(self) -> None:
        """The URL of a task stays where both api-versions know it, as does its service."""
        call = Call(OperationId.TASK_ADD, NEW, SERVICE, None, "j")
        url = f"{SERVICE}/jobs/j/tasks/t?api-version={NEW}"
        answer = HttpResponse(201, "", Headers([("Location", url), ("DataServiceId", url)]))
        assert move_answer(answer, call, LEGACY, "http://client") == (answer, ())

    def test_why_a_link_is_another(self) -> None:
        """A link leads to the client's next request, in any era."""
        link = f"{SERVICE}/jobs/j/tasks?api-version={NEW}"
        call = Call(OperationId.TASK_LIST, NEW, SERVICE, None, "j")
        for target, work_item in ((LEGACY, None), (OLD, "w")):
            answer = self.answer({"value": [], "odata.nextLink": link})
            (note,) = move_answer(answer, call, target, work_item=work_item).notes
            assert note.detail == "the next request is one of the client's as well"

    def test_one_service_in_a_link(self) -> None:
        """The service at the beginning of a URL is the client's; another in its query stays."""
        link = f"{SERVICE}/jobs/j/tasks?api-version={NEW}&$skiptoken={SERVICE}/x"
        call = recognise(request("Task_List", NEW, job="j"))
        page = self.answer({"value": [], "odata.nextLink": link})
        moved = move_answer(page, call, NEW, "http://b")
        written = json.loads(moved.response.body)["odata.nextLink"]
        assert written == f"http://b/jobs/j/tasks?api-version={NEW}&$skiptoken={SERVICE}/x"

    def test_get(self) -> None:
        """A task has the members that it was added with; what the service tells stays."""
        call = Call(OperationId.TASK_GET, NEW, SERVICE, None, "j", "t")
        moved = move_answer(self.answer(REPORTED), call, "2016-02-01.3.0")
        assert json.loads(moved.response.body) == READ
        assert moved.response.headers.get("Content-Length") == str(len(moved.response.body))
        assert found(moved) == [
            ("answer.body.resourceFiles[0].httpUrl", "renamed", "exact"),
            ("answer.body.userIdentity", "replaced", "conditional"),
            ("answer.body.userIdentity.autoUser.scope", "dropped", "conditional"),
        ]

    def test_selected(self) -> None:
        """Nothing needs to be there, and nothing is added."""
        call = Call(OperationId.TASK_GET, LEGACY, SERVICE, None, "j", "t")
        for body in ({"state": "active"}, {"id": "t", "commandLine": "c"}):
            answer = self.answer(body)
            bare = answer.replace(headers=answer.headers.without("Content-Length"))
            assert move_answer(bare, call, NEW) == (bare, ())

    def test_list(self) -> None:
        """Each task of it, and the link to the next part, which is the client's own call."""
        link = f"{SERVICE}/jobs/j/tasks?$skiptoken=W&api-version={NEW}"
        call = Call(OperationId.TASK_LIST, NEW, SERVICE, None, "j")
        answer = self.answer({"value": [{}, REPORTED], "odata.nextLink": link})
        moved = move_answer(answer, call, "2016-02-01.3.0")
        body = json.loads(moved.response.body)
        assert body["value"] == [{}, READ]
        (path, *_), *_, last = found(moved)
        assert path == "answer.body.value[1].resourceFiles[0].httpUrl"
        assert last[1:] == ("written", "exact")
        following = recognise(HttpRequest("GET", body["odata.nextLink"]))
        assert following == Call(
            OperationId.TASK_LIST,
            "2016-02-01.3.0",
            SERVICE,
            None,
            "j",
            None,
            (("$skiptoken", "W"),),
        )

    def test_same_version(self) -> None:
        """Nothing is done then, and nothing to an empty list."""
        call = Call(OperationId.TASK_LIST, NEW, SERVICE, None, "j")
        answer = self.answer({"value": [REPORTED], "odata.nextLink": "x"})
        assert move_answer(answer, call, NEW) == (answer, ())
        empty = self.answer({"value": []})
        assert move_answer(empty, call, LEGACY) == (empty, ())

    @pytest.mark.parametrize("spelled", ["api-version", "API-Version", "api%2Dversion"])
    @pytest.mark.parametrize(
        ("source", "target", "work_item"),
        [(NEW, OLD, "w /"), (OLD, NEW, None), (OLD, UNSEEN, "w /"), (NEW, LEGACY, None)],
    )
    def test_link(self, source: str, target: str, work_item: str | None, spelled: str) -> None:
        """The link is a call of the client's own: of its era, and for its members."""
        early = is_before(source, FIRST_JOBS)
        asked = Call(OperationId.TASK_LIST, source, SERVICE, "w /" if early else None, "j 1")
        name = name_in(source, TASK, "constraints")
        query = f"$skiptoken=W%2F1&{spelled}={source}&$select={name}"
        link = f"{SERVICE}{'/workitems/w%20%2F' if early else ''}/jobs/j%201/tasks?{query}"
        answer = self.answer({"value": [], "odata.nextLink": link})
        client = "https://client.example.com"
        moved = move_answer(answer, asked, target, client, work_item)
        following = recognise(HttpRequest("GET", json.loads(moved.response.body)["odata.nextLink"]))
        selected = name_in(target, TASK, "constraints")
        query_ = (("$skiptoken", "W/1"), ("$select", selected))
        assert following == Call(
            OperationId.TASK_LIST, target, client, work_item, "j 1", None, query_
        )
        assert found(moved) == [('answer.body["odata.nextLink"]', "written", "exact")]

    @pytest.mark.parametrize(
        ("link", "work_item"),
        [
            (f"{SERVICE}/jobs/j/tasks?api-version={NEW}", None),
            (f"{SERVICE}/pools?api-version={NEW}", "w"),
            (f"{SERVICE}/jobs/j/tasks?api-version={LEGACY}", "w"),
            ("no link", "w"),
        ],
    )
    def test_lost_link(self, link: str, work_item: str | None) -> None:
        """What has no counterpart stays but for the host, with a note of loss."""
        call = Call(OperationId.TASK_LIST, NEW, SERVICE, None, "j")
        answer = self.answer({"value": [], "odata.nextLink": link})
        moved = move_answer(answer, call, OLD, None, work_item)
        assert moved.response == answer
        assert found(moved) == [('answer.body["odata.nextLink"]', "service_changed", "lost")]
        there = move_answer(answer, call, OLD, "http://client", work_item).response.body
        assert json.loads(there)["odata.nextLink"] == link.replace(SERVICE, "http://client")

    @pytest.mark.parametrize(
        ("source", "target", "item", "work_item"),
        [(NEW, OLD, None, "w"), (OLD, NEW, "w", None)],
    )
    def test_urls(self, source: str, target: str, item: str | None, work_item: str | None) -> None:
        """A task has the URL of the client's era, wherever it stands."""
        paths = ("/jobs/j/tasks/a%20b", "/workitems/w/jobs/j/tasks/a%20b")
        theirs, ours = (SERVICE + paths[it is not None] for it in (item, work_item))
        call = Call(OperationId.TASK_GET, source, SERVICE, item, "j", "a b")
        fields = [("DataServiceId", theirs), ("location", theirs), ("ETag", "e")]
        answer = self.answer({"state": "active", "url": theirs})
        answer = answer.replace(headers=Headers([*answer.headers, *fields]))
        moved = move_answer(answer, call, target, work_item=work_item)
        assert json.loads(moved.response.body) == {"state": "active", "url": ours}
        assert moved.response.headers.get("DataServiceId") == ours
        assert moved.response.headers.get("Location") == ours
        assert {it[1:] for it in found(moved)} == {("written", "exact")}
        assert [it[0] for it in found(moved)] == [
            'answer.headers["DataServiceId"]',
            'answer.headers["Location"]',
            "answer.body.url",
        ]
        added = HttpResponse(201, "Created", Headers(fields))
        call = call._replace(operation=OperationId.TASK_ADD, task=None)
        moved = move_answer(added, call, target, "http://client", work_item)
        here = ours.replace(SERVICE, "http://client")
        assert moved.response.headers.values == (here, here, "e")

    def test_urls_in_a_list(self) -> None:
        """Each task's; one that is no URL stays, with a note."""
        call = Call(OperationId.TASK_LIST, NEW, SERVICE, None, "j")
        value = [{"url": f"{SERVICE}/jobs/j/tasks/t"}, {}, {"url": "u"}, {"url": None}]
        moved = move_answer(self.answer({"value": value}), call, OLD, work_item="w")
        value[0] = {"url": f"{SERVICE}/workitems/w/jobs/j/tasks/t"}
        assert json.loads(moved.response.body) == {"value": value}
        assert found(moved) == [
            ("answer.body.value[0].url", "written", "exact"),
            ("answer.body.value[2].url", "service_changed", "lost"),
        ]

    def test_content_md5(self) -> None:
        """It speaks of the body as the service sent it: it stays where that stays."""
        call = Call(OperationId.TASK_GET, LEGACY, SERVICE, None, "j", "t")
        for body, kept in (({"state": "active"}, True), ({"resourceFiles": [FILE]}, False)):
            answer = self.answer(body)
            answer = answer.replace(headers=Headers([*answer.headers, ("content-md5", "x")]))
            moved = move_answer(answer, call, NEW)
            assert ("Content-MD5" in moved.response.headers) is kept
            gone = ('answer.headers["content-md5"]', "left_out", "exact")
            assert (gone in found(moved)) is not kept
            bare = answer.replace(headers=answer.headers.without("Content-Length", "Content-MD5"))
            assert move_answer(bare, call, NEW).response.headers == bare.headers

    @pytest.mark.parametrize(
        "arguments",
        [
            (b"", Call(OperationId.TASK_GET, NEW), OLD),
            (None, Call(OperationId.TASK_GET, NEW), OLD),
            (HttpResponse(200), "Task_Get", OLD),
            (HttpResponse(200), Call(OperationId.TASK_GET, NEW), None),
            (HttpResponse(200), Call(OperationId.TASK_GET, NEW), OLD, b""),
            (HttpResponse(200), Call(OperationId.TASK_GET, NEW), OLD, None, 7),
        ],
    )
    def test_types(self, arguments: tuple[Any, ...]) -> None:
        """Arguments of other types."""
        with pytest.raises(TypeError):
            move_answer(*arguments)

    def test_others(self) -> None:
        """Errors, and answers to other calls."""
        get = Call(OperationId.TASK_GET, NEW, SERVICE, None, "j", "t")
        refusal = self.answer({"code": "TaskNotFound"}, 404)
        assert move_answer(refusal, get, LEGACY) == (refusal, ())
        add = Call(OperationId.TASK_ADD, NEW, SERVICE, None, "j")
        added = HttpResponse(201, "Created")
        assert move_answer(added, add, LEGACY) == (added, ())

    def test_refused(self) -> None:
        """A body that cannot be read."""
        call = Call(OperationId.TASK_LIST, NEW, SERVICE, None, "j")
        with pytest.raises(TaskError) as caught:
            move_answer(self.answer([]), call, LEGACY)
        assert (caught.value.code, caught.value.part) == ("not_an_object", "answer")
        coded = self.answer({})
        coded = coded.replace(headers=coded.headers.with_field("Content-Encoding", "gzip"))
        with pytest.raises(TranslationError) as refused:
            move_answer(coded, call, LEGACY)
        assert refused.value.code == "unsupported_content_coding"
