"""The calls about jobs. Source: the swagger; recordings of 2014-10-01.1.0."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from odatabatch.emulator import BatchService
from tests.emulator.scenes import HOST, NOW, TICKS, add, ask, code, service, task

OLD = "2014-10-01.1.0"
JOB = "/jobs/job"


class TestAdd:
    """Adding jobs, and work items."""

    def test_job(self) -> None:
        """201, its URL and its tick."""
        response = ask(service(), "POST", "/jobs", {"id": "other", "poolInfo": {"poolId": "p"}})
        assert (response.status, response.body) == (201, b"")
        assert response.headers.get("Location") == f"https://{HOST}/jobs/other"
        assert response.headers.get("ETag") == f"0x{TICKS + 1:X}"

    def test_dependencies(self) -> None:
        """Its tasks may depend on others if it says so."""
        asked = service()
        assert ask(asked, "POST", "/jobs", {"id": "a", "usesTaskDependencies": True}).status == 201
        body = task("t", dependsOn={"taskIds": ["u"]})
        assert ask(asked, "POST", "/jobs/a/tasks", body).status == 201

    @pytest.mark.parametrize(
        ("body", "status", "expected"),
        [
            ({"id": "JOB"}, 409, "JobExists"),
            ({}, 400, "MissingRequiredProperty"),
            ({"id": 1}, 400, "InvalidPropertyValue"),
            ({"id": "a b"}, 400, "InvalidPropertyValue"),
            (b"{", 400, "InvalidRequestBody"),
        ],
    )
    def test_refused(self, body: Any, status: int, expected: str) -> None:
        """What is wrong with it."""
        response = ask(service(), "POST", "/jobs", body)
        assert (response.status, code(response)) == (status, expected)

    def test_work_item(self) -> None:
        """As recorded: it comes with its first job."""
        asked = service()
        response = ask(asked, "POST", "/workitems", {"name": "item"}, OLD)
        assert response.status == 201
        assert response.headers.get("Location") == f"https://{HOST}/workitems/item"
        path = "/workitems/item/jobs/job-0000000001/tasks"
        body = {"name": "t", "commandLine": "c", "taskConstraints": {"maxTaskRetryCount": 1}}
        assert ask(asked, "POST", path, body, OLD).status == 201
        response = ask(asked, "GET", f"{path}/t", api_version=OLD)
        found = json.loads(response.body)
        assert found["name"] == "t"
        assert found["taskConstraints"] == {"maxTaskRetryCount": 1}
        assert found["url"] == f"https://{HOST}{path}/t"

    @pytest.mark.parametrize(
        ("api_version", "expected"),
        [
            ("2015-06-01.2.0", "InvalidUri"),
            (None, "MissingRequiredQueryParameter"),
            ("2014", "InvalidQueryParameterValue"),
        ],
    )
    def test_work_item_refused(self, api_version: str | None, expected: str) -> None:
        """Newer versions have none."""
        response = ask(service(), "POST", "/workitems", {"name": "item"}, api_version)
        assert (response.status, code(response)) == (400, expected)

    def test_unseen(self) -> None:
        """Of the version that nobody has seen, both are taken."""
        asked = service()
        assert ask(asked, "POST", "/workitems", {"name": "i"}, "2015-03-01.1.1").status == 201
        assert ask(asked, "POST", "/workitems", b"{}", "2015-03-01.1.1").status == 400


def shown(asked: BatchService, target: str = JOB, api_version: str = "2025-06-01") -> Any:
    """A job as it is shown."""
    response = ask(asked, "GET", target, api_version=api_version)
    assert response.status == 200
    return json.loads(response.body)


class TestGet:
    """Get."""

    def test_shown(self) -> None:
        """What the service tells of it, around what it was added with."""
        asked = service()
        body = {"id": "Other", "odata.type": "x", "poolInfo": {"poolId": "p"}, "priority": 5}
        assert ask(asked, "POST", "/jobs", body).status == 201
        response = ask(asked, "GET", "/jobs/other")
        url, date = f"https://{HOST}/jobs/Other", "2016-04-22T00:32:47.8107901Z"
        assert response.headers.get("DataServiceId") == url
        assert list(json.loads(response.body).items()) == [
            ("odata.metadata", f"https://{HOST}/$metadata#jobs/@Element"),
            ("id", "Other"),
            ("url", url),
            ("eTag", response.headers.get("ETag")),
            ("creationTime", date),
            ("lastModified", date),
            ("state", "active"),
            ("stateTransitionTime", date),
            ("poolInfo", {"poolId": "p"}),
            ("priority", 5),
            ("executionInfo", {"startTime": date}),
        ]

    def test_state(self) -> None:
        """It is another after a test has set it, and so is the ETag."""
        asked = service()
        before = shown(asked)
        asked.set_job_state("job", "disabled", NOW + datetime.timedelta(seconds=1))
        after = shown(asked)
        assert (before["state"], after["state"]) == ("active", "disabled")
        assert before["creationTime"] == after["creationTime"] < after["stateTransitionTime"]
        assert before["eTag"] != after["eTag"]

    def test_versions(self) -> None:
        """With the members of the version that asks."""
        asked = service()
        asked.add_job("other", NOW, uses_task_dependencies=True)
        assert shown(asked, "/jobs/other")["usesTaskDependencies"]
        assert "usesTaskDependencies" not in shown(asked, "/jobs/other", "2015-06-01.2.0")
        asked.add_job("job", NOW, work_item="item")
        found = shown(asked, "/workitems/item/jobs/job", OLD)
        assert found["name"] == "job"
        assert found["url"] == f"https://{HOST}/workitems/item/jobs/job"
        assert ask(asked, "POST", "/jobs", {"id": "new"}).status == 201
        found = shown(asked, "/jobs/new", "2015-03-01.1.1")
        assert found["name"] == "new"
        assert "id" not in found

    def test_unmovable(self) -> None:
        """What no version could have is shown as it came, and hides nothing."""
        asked = service()
        body = {"id": "other", "priority": "high", "state": 1}
        assert ask(asked, "POST", "/jobs", body).status == 201
        found = shown(asked, "/jobs/other", "2016-02-01.3.0")
        assert (found["priority"], found["state"]) == ("high", "active")

    def test_select(self) -> None:
        """The members that are asked for."""
        found = shown(service(), f"{JOB}?$select=id,state")
        assert found == {
            "odata.metadata": f"https://{HOST}/$metadata#jobs/@Element",
            "id": "job",
            "state": "active",
        }

    def test_conditions(self) -> None:
        """As of a task."""
        asked = service()
        tag = shown(asked)["eTag"]
        response = ask(asked, "GET", JOB, If_None_Match=tag)
        assert (response.status, response.body) == (304, b"")
        assert response.headers.get("ETag") == tag
        assert ask(asked, "GET", JOB, If_Match="0x1").status == 412


class TestDelete:
    """Delete."""

    def test_deleted(self) -> None:
        """202, and it is gone with its tasks: the id is free again."""
        asked = service()
        add(asked, "t")
        response = ask(asked, "DELETE", "/jobs/JOB")
        assert (response.status, response.body) == (202, b"")
        assert code(ask(asked, "GET", JOB)) == "JobNotFound"
        assert ask(asked, "POST", "/jobs", {"id": "job"}).status == 201
        assert not asked.tasks("job")

    def test_conditions(self) -> None:
        """It stays where they are not met."""
        asked = service()
        assert ask(asked, "DELETE", JOB, If_Match="0x1").status == 412
        assert shown(asked)["id"] == "job"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    ("target", "api_version", "status", "expected"),
    [
        ("/jobs/other", "2025-06-01", 404, "JobNotFound"),
        ("/jobs/job?$filter=x", "2025-06-01", 400, "UnsupportedQueryParameter"),
        ("/jobs/job", None, 400, "MissingRequiredQueryParameter"),
        ("/jobs/job", OLD, 400, "InvalidUri"),
        ("/workitems/item/jobs/job", "2025-06-01", 400, "InvalidUri"),
        ("/jobs/job/", "2025-06-01", 400, "InvalidUri"),
    ],
)
def test_refused(
    method: str, target: str, api_version: str | None, status: int, expected: str
) -> None:
    """What is not there, or not served."""
    response = ask(service(), method, target, api_version=api_version)
    assert (response.status, code(response)) == (status, expected)


def test_faults() -> None:
    """They are told from the calls about tasks."""
    asked = service({"do": "fail_request", "operation": "Job_Get", "job": "j*", "status": 503})
    add(asked, "t")
    assert ask(asked, "GET", JOB).status == 503
    assert ask(asked, "GET", f"{JOB}/tasks/t").status == 200
    assert ask(asked, "DELETE", JOB).status == 202
