"""Adding tasks, one at a time; and what all ways of adding share."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure.ticks import recovered
from odatabatch.azure.versions import VERSIONS
from odatabatch.emulator.adding import reordered
from tests.emulator.scenes import HOST, NOW, TICKS, add, ask, code, service, task, values

TASKS = "/jobs/job/tasks"


class TestTaskAdd:
    """Source: Task operations: Add."""

    def test_added(self) -> None:
        """201, the task's URL and its tick in the fields, and no body."""
        response = ask(service(), "POST", TASKS, task("t"))
        assert (response.status, response.body) == (201, b"")
        url = f"https://{HOST}/jobs/job/tasks/t"
        assert response.headers.get("DataServiceId") == url
        assert response.headers.get("Location") == url
        assert response.headers.get("ETag") == f"0x{TICKS + 1:X}"  # the job took the first
        assert response.headers.get("Last-Modified") == "Fri, 22 Apr 2016 00:32:47 GMT"
        assert response.headers.get("Content-Length") == "0"

    def test_ticks(self) -> None:
        """The ETag tells the fraction of a second that the header field lacks."""
        headers = ask(service(), "POST", TASKS, task("t")).headers
        date = recovered(headers.get("Last-Modified", ""), headers.get("ETag"))
        assert date == "2016-04-22T00:32:47.8107901Z"

    @pytest.mark.parametrize("task_id", ["t", "T"])
    def test_exists(self, task_id: str) -> None:
        """Ids are compared without case, and kept with it."""
        asked = service()
        add(asked, "T")
        response = ask(asked, "POST", TASKS, task(task_id))
        assert (response.status, code(response)) == (409, "TaskExists")
        assert [stored.id for stored in asked.tasks("job")] == ["T"]

    def test_job_not_found(self) -> None:
        """A job that is not there."""
        response = ask(service(), "POST", "/jobs/other/tasks", task("t"))
        assert (response.status, code(response)) == (404, "JobNotFound")

    def test_job_without_case(self) -> None:
        """Jobs are found without case; their links have the case that was asked for."""
        asked = service()
        response = ask(asked, "POST", "/jobs/JOB/tasks", task("t"))
        assert response.headers.get("Location") == f"https://{HOST}/jobs/JOB/tasks/t"
        assert asked.tasks("job")

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            ("completed", "JobCompleted"),
            ("disabled", "JobDisabled"),
            ("terminating", "JobBeingTerminated"),
            ("deleting", "JobBeingDeleted"),
        ],
    )
    def test_closed_job(self, state: str, expected: str) -> None:
        """A job takes tasks while it is active."""
        asked = service()
        asked.set_job_state("job", state, NOW)  # type: ignore[arg-type]
        response = ask(asked, "POST", TASKS, task("t"))
        assert (response.status, code(response)) == (409, expected)

    @pytest.mark.parametrize(
        ("body", "expected", "name"),
        [
            (b"{", "InvalidRequestBody", None),
            (b"[]", "InvalidRequestBody", None),
            (b"", "InvalidRequestBody", None),
            ({"id": "t"}, "MissingRequiredProperty", "commandLine"),
            ({"commandLine": "c"}, "MissingRequiredProperty", "id"),
            (task("t", other=1), "UnsupportedProperty", "other"),
            (task("t", **{"a b": 1}), "UnsupportedProperty", '["a b"]'),
            (task("t", resourceFiles=[{}]), "InvalidPropertyValue", "resourceFiles"),
            (
                task("t", resourceFiles=[{"httpUrl": "fake.url", "filePath": "f"}]),
                "InvalidPropertyValue",
                "httpUrl",
            ),
            (task("a b"), "InvalidPropertyValue", "id"),
            (task("t", requiredSlots=0), "InvalidPropertyValue", "requiredSlots"),
            (task("t", requiredSlots="1"), "InvalidRequestBody", "requiredSlots"),
            (
                task("t", dependsOn={"taskIds": ["x" * 64_001]}),
                "TaskDependencyListTooLong",
                "taskIds",
            ),
        ],
    )
    def test_faults(self, body: object, expected: str, name: str | None) -> None:
        """What ``validate`` finds, as the service's codes, with the member's path."""
        asked = service()
        response = ask(asked, "POST", TASKS, body)
        assert (response.status, code(response)) == (400, expected)
        assert values(response).get("PropertyName") == name
        assert values(response)["Reason"]
        assert not asked.tasks("job")

    def test_old_members(self) -> None:
        """Before there was a schema, any member is taken; but none that cannot be kept."""
        deep: object = 1
        for _ in range(62):
            deep = [deep]
        for other, status in ((1, 201), (deep, 400)):
            body = task(f"t{status}", other=other)
            assert ask(service(), "POST", TASKS, body, "2015-06-01.2.0").status == status

    @pytest.mark.parametrize("uses", [True, False])
    def test_dependencies(self, uses: bool) -> None:
        """Source: Add a collection of tasks to a job (2017): dependsOn."""
        asked = service()
        asked.add_job("other", NOW, uses_task_dependencies=uses)
        body = task("t", dependsOn={"taskIds": ["a"]})
        response = ask(asked, "POST", "/jobs/other/tasks", body)
        assert response.status == (201 if uses else 400)
        if not uses:
            assert code(response) == "TaskDependenciesNotSpecifiedOnJob"

    @pytest.mark.parametrize(("more", "status"), [(0, 201), (1, 413)])
    def test_size(self, more: int, status: int) -> None:
        """A body of 1 MiB is taken, one byte more is not."""
        head, tail = b'{"id":"t","commandLine":"', b'"}'
        body = head + b"x" * ((1 << 20) - len(head + tail) + more) + tail
        response = ask(service(), "POST", TASKS, body)
        assert response.status == status
        if status == 413:
            assert code(response) == "RequestBodyTooLarge"
            assert values(response) == {"MaxLimit": "1048576"}

    @pytest.mark.parametrize("field", ["Content_Type", "Content_Encoding"])
    def test_other_content(self, field: str) -> None:
        """A body that is not said to be JSON as it is."""
        response = ask(service(), "POST", TASKS, b"", **{field: "gzip"})
        assert (response.status, code(response)) == (400, "InvalidRequestBody")
        headers = {"Content_Encoding": "gzip"}
        response = ask(service(), "POST", TASKS, task("t"), **headers)
        assert (response.status, code(response)) == (400, "InvalidHeaderValue")

    @pytest.mark.parametrize("api_version", VERSIONS)
    def test_versions(self, api_version: str) -> None:
        """A task of each version, under its own names."""
        asked = service()
        path, body = TASKS, {"id": "t", "commandLine": "c"}
        if api_version < "2015-06-01":
            asked.add_job("job", NOW, work_item="item")
            path, body = f"/workitems/item{TASKS}", {"name": "t", "commandLine": "c"}
        response = ask(asked, "POST", path, body, api_version)
        assert response.status == 201
        assert response.headers.get("Location") == f"https://{HOST}{path}/t"


class TestErrors:
    """The shape of an error, as recorded."""

    def test_shape(self) -> None:
        """Annotated, with a message that names the request and the time to seven digits."""
        response = ask(service(), "POST", "/jobs/other/tasks", task("t"))
        request_id = response.headers.get("request-id")
        assert json.loads(response.body) == {
            "odata.metadata": f"https://{HOST}/$metadata#"
            "Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element",
            "code": "JobNotFound",
            "message": {
                "lang": "en-US",
                "value": "The specified job does not exist.\n"
                f"RequestId:{request_id}\nTime:2016-04-22T00:32:47.8107900Z",
            },
        }
        assert response.headers.get("Content-Type") == "application/json;odata=minimalmetadata"


class TestReordered:
    """Source: Add a collection of tasks to a job (2017): results in any order."""

    @given(st.lists(st.text(max_size=3), max_size=8, unique=True), st.text())
    def test_order(self, names: list[str], request_id: str) -> None:
        """The same items, in another order, and in the same one again."""
        found = reordered(names, names, request_id)
        assert sorted(found) == sorted(names)
        assert found == reordered(names, names, request_id)
        assert len(names) < 2 or found != names
