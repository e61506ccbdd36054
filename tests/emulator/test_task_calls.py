"""The calls about single tasks, and their list. Source: Task operations; the swagger."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from odatabatch import HttpResponse
from odatabatch.emulator import BatchService
from tests.emulator.scenes import HOST, NOW, add, ask, code, service, task, values

OLD = "2014-10-01.1.0"
T = "/jobs/job/tasks/t"


def shown(asked: BatchService, target: str = T, api_version: str = "2025-06-01") -> Any:
    """A task or a list, as it is shown."""
    response = ask(asked, "GET", target, api_version=api_version)
    assert response.status == 200
    return json.loads(response.body)


@pytest.fixture
def asked() -> BatchService:
    """A service with a task."""
    made = service()
    add(made, "t")
    return made


class TestGet:
    """Get."""

    def test_shown(self, asked: BatchService) -> None:
        """The members in the service's order, and the fields that tell the same."""
        response = ask(asked, "GET", T)
        assert response.headers.get("DataServiceId") == f"https://{HOST}{T}"
        date = "2016-04-22T00:32:47.8107901Z"
        assert list(json.loads(response.body).items()) == [
            ("odata.metadata", f"https://{HOST}/$metadata#tasks/@Element"),
            ("id", "t"),
            ("url", f"https://{HOST}{T}"),
            ("eTag", response.headers.get("ETag")),
            ("creationTime", date),
            ("lastModified", date),
            ("state", "active"),
            ("stateTransitionTime", date),
            ("commandLine", "cmd"),
            ("executionInfo", {"requeueCount": 0, "retryCount": 0}),
        ]

    def test_select(self, asked: BatchService) -> None:
        """The members that are asked for; none is no error."""
        found = shown(asked, f"{T}?$select=id,%20state,other")
        assert found.keys() == {"odata.metadata", "id", "state"}

    @pytest.mark.parametrize(
        ("target", "status", "expected"),
        [
            ("/jobs/job/tasks/u", 404, "TaskNotFound"),
            ("/jobs/other/tasks/t", 404, "JobNotFound"),
            (f"{T}?$filter=x", 400, "UnsupportedQueryParameter"),
            (f"{T}?$skiptoken=x", 400, "UnsupportedQueryParameter"),
            ("/jobs/job/tasks?$skiptoken=a&$skiptoken=b", 400, "UnsupportedQueryParameter"),
            ("/pools", 400, "InvalidUri"),
            ("/jobs/job/tasks/t#x", 400, "InvalidUri"),
        ],
    )
    def test_refused(self, asked: BatchService, target: str, status: int, expected: str) -> None:
        """What is not there, or not served."""
        response = ask(asked, "GET", target)
        assert (response.status, code(response)) == (status, expected)


class TestList:
    """List."""

    @pytest.fixture
    def asked(self) -> BatchService:
        """A service with five tasks, the last of which has ended."""
        made = service()
        add(made, "E", "d", "c", "b", "a")
        made.complete("job", "e", 0, NOW)
        return made

    def test_all(self, asked: BatchService) -> None:
        """By their ids; streamed, a chunk a task."""
        found = shown(asked, "/jobs/job/tasks")
        assert found["odata.metadata"] == f"https://{HOST}/$metadata#tasks"
        assert [it["id"] for it in found["value"]] == ["a", "b", "c", "d", "E"]
        assert "odata.nextLink" not in found

    def test_pages(self, asked: BatchService) -> None:
        """The link leads on, also where the last task of a page is gone by then."""
        target: str | None = "/jobs/job/tasks?maxresults=2&$select=id&$filter=state%20ne%20'x'"
        ids = []
        while target is not None:
            found = shown(asked, target)
            assert len(found["value"]) <= 2
            ids += [it["id"] for it in found["value"]]
            ask(asked, "DELETE", f"/jobs/job/tasks/{ids[-1]}")
            link = found.get("odata.nextLink")
            if link is not None:
                url = urlsplit(link)
                assert url.query.count("skiptoken") == 1
                assert (url.scheme, url.netloc) == ("https", HOST)
                target = f"{url.path}?{url.query}".replace("api-version=2025-06-01&", "")
            else:
                target = None
        assert ids == ["a", "b", "c", "d", "E"]

    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ("state%20eq%20'completed'", ["E"]),
            ("state%20ne%20'Completed'", ["a", "b", "c", "d"]),
        ],
    )
    def test_filter(self, asked: BatchService, text: str, ids: list[str]) -> None:
        """By state alone."""
        found = shown(asked, f"/jobs/job/tasks?$filter={text}")
        assert [it["id"] for it in found["value"]] == ids

    @pytest.mark.parametrize(
        ("query", "expected", "name"),
        [
            ("$filter=id%20eq%20'a'", "InvalidQueryParameterValue", "$filter"),
            ("maxresults=x", "InvalidQueryParameterValue", "maxresults"),
            ("maxresults=0", "OutOfRangeQueryParameterValue", "maxresults"),
            ("maxresults=1001", "OutOfRangeQueryParameterValue", "maxresults"),
        ],
    )
    def test_refused(self, asked: BatchService, query: str, expected: str, name: str) -> None:
        """Values that are none, or too much."""
        response = ask(asked, "GET", f"/jobs/job/tasks?{query}")
        assert (response.status, code(response)) == (400, expected)
        assert values(response) == {"QueryParameterName": name}

    def test_subtasks(self, asked: BatchService) -> None:
        """No task has any."""
        response = ask(asked, "GET", "/jobs/job/tasks/a/subtasksinfo")
        assert response.status == 200
        assert json.loads(response.body)["value"] == []
        assert response.headers.get("ETag")
        assert "DataServiceId" not in response.headers

    def test_subtasks_refused(self, asked: BatchService) -> None:
        """Of a task that is not there."""
        assert code(ask(asked, "GET", "/jobs/job/tasks/x/subtasksinfo")) == "TaskNotFound"


class TestDelete:
    """Delete."""

    def test_deleted(self, asked: BatchService) -> None:
        """200, and the id is free again."""
        response = ask(asked, "DELETE", T)
        assert (response.status, response.body) == (200, b"")
        assert code(ask(asked, "GET", T)) == "TaskNotFound"
        add(asked, "T")


class TestUpdate:
    """Update: constraints alone, and the defaults where there are none."""

    def put(self, asked: BatchService, body: Any, api_version: str = "2025-06-01") -> HttpResponse:
        """The answer to an update."""
        return ask(asked, "PUT", T, body, api_version)

    def test_updated(self, asked: BatchService) -> None:
        """200 and a new tick; added, replaced, taken away."""
        before = shown(asked)
        for constraints in ({"maxTaskRetryCount": 1}, {"maxWallClockTime": "PT1H"}, None):
            response = self.put(asked, {"constraints": constraints} if constraints else {})
            assert (response.status, response.body) == (200, b"")
            found = shown(asked)
            assert found.get("constraints") == constraints
            assert found["eTag"] == response.headers.get("ETag") != before["eTag"]
            assert found["creationTime"] == before["creationTime"]
        assert self.put(asked, {}).status == 200

    def test_annotated(self, asked: BatchService) -> None:
        """Annotations say nothing: azure-batch 15 sends those of the answer that it has read."""
        body = {"odata.metadata": "x", "constraints": {"maxTaskRetryCount": 1}}
        assert self.put(asked, body).status == 200
        assert shown(asked)["constraints"] == {"maxTaskRetryCount": 1}

    def test_across_versions(self) -> None:
        """A default that is another in the task's version is written out."""
        asked = service()
        ask(asked, "POST", "/jobs/job/tasks", task("t"), "2016-02-01.3.0")
        assert self.put(asked, {"constraints": {"maxTaskRetryCount": 1}}).status == 200
        expected = {"maxTaskRetryCount": 1, "retentionTime": "P7D"}
        assert shown(asked, api_version="2016-02-01.3.0")["constraints"] == expected

    def test_oldest(self) -> None:
        """Under their older name."""
        asked = service()
        asked.add_job("job", NOW, work_item="i")
        path = "/workitems/i/jobs/job/tasks"
        assert ask(asked, "POST", path, {"name": "t", "commandLine": "c"}, OLD).status == 201
        body = {"taskConstraints": {"maxTaskRetryCount": 1}}
        assert ask(asked, "PUT", f"{path}/t", body, OLD).status == 200
        assert shown(asked, f"{path}/t", OLD)["taskConstraints"] == {"maxTaskRetryCount": 1}

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (b"", "InvalidRequestBody"),
            ({"commandLine": "c"}, "UnsupportedProperty"),
            ({"constraints": 1}, "InvalidRequestBody"),
            ({"constraints": {"maxTaskRetryCount": -2}}, "InvalidPropertyValue"),
            ({"constraints": {"retentionTime": "x"}}, "InvalidPropertyValue"),
        ],
    )
    def test_refused(self, asked: BatchService, body: Any, expected: str) -> None:
        """What is wrong with it; nothing changes."""
        before = asked.tasks("job")
        response = self.put(asked, body)
        assert (response.status, code(response)) == (400, expected)
        assert asked.tasks("job") == before


class TestStates:
    """Terminate and Reactivate."""

    def post(self, asked: BatchService, action: str) -> HttpResponse:
        """The answer to an action."""
        return ask(asked, "POST", f"{T}/{action}")

    def test_terminate(self, asked: BatchService) -> None:
        """Moves to the completed state, without an exit code."""
        response = self.post(asked, "terminate")
        assert (response.status, response.body) == (204, b"")
        assert "Content-Length" not in response.headers
        found = shown(asked)
        assert (found["state"], found["previousState"]) == ("completed", "active")
        assert found["eTag"] == response.headers.get("ETag")
        assert found["executionInfo"]["failureInfo"]["code"] == "TaskEnded"
        assert found["executionInfo"]["result"] == "failure"
        assert "exitCode" not in found["executionInfo"]

    def test_terminate_twice(self, asked: BatchService) -> None:
        """A task that has ended is not ended again."""
        self.post(asked, "terminate")
        response = self.post(asked, "terminate")
        assert (response.status, code(response)) == (409, "TaskCompleted")

    def test_old_terminate(self) -> None:
        """Before 2015-12-01.2.2 the action is in the query."""
        asked = service()
        ask(asked, "POST", "/jobs/job/tasks", task("t"), "2015-06-01.2.0")
        response = ask(asked, "POST", f"{T}?terminate", api_version="2015-06-01.2.0")
        assert response.status == 204
        found = shown(asked, api_version="2015-06-01.2.0")
        assert found["executionInfo"]["schedulingError"]["code"] == "TaskEnded"
        assert "result" not in found["executionInfo"]

    @pytest.mark.parametrize("ended_by", ["exit code", "terminate"])
    def test_reactivate(self, asked: BatchService, ended_by: str) -> None:
        """A task that failed is active again, and what was told of its end is gone."""
        if ended_by == "terminate":
            self.post(asked, "terminate")
        else:
            asked.complete("job", "t", 1, NOW)
            assert shown(asked)["executionInfo"]["exitCode"] == 1
        response = self.post(asked, "reactivate")
        assert (response.status, response.body) == (204, b"")
        found = shown(asked)
        assert (found["state"], found["previousState"]) == ("active", "completed")
        assert found["executionInfo"] == {"requeueCount": 0, "retryCount": 0}

    def test_not_completed(self, asked: BatchService) -> None:
        """A task that is active."""
        response = self.post(asked, "reactivate")
        assert (response.status, code(response)) == (409, "TaskNotCompleted")

    def test_succeeded(self, asked: BatchService) -> None:
        """A task that ended with 0."""
        asked.complete("job", "t", 0, NOW)
        assert shown(asked)["executionInfo"]["result"] == "success"
        response = self.post(asked, "reactivate")
        assert (response.status, code(response)) == (409, "TaskSucceeded")

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            ("completed", "JobCompleted"),
            ("terminating", "JobBeingTerminated"),
            ("deleting", "JobBeingDeleted"),
            ("disabled", None),
        ],
    )
    def test_job(self, asked: BatchService, state: str, expected: str | None) -> None:
        """Not in a job that has completed, is terminating or deleting."""
        asked.complete("job", "t", 1, NOW)
        asked.set_job_state("job", state, NOW)  # type: ignore[arg-type]
        response = self.post(asked, "reactivate")
        if expected is None:
            assert response.status == 204
        else:
            assert (response.status, code(response)) == (409, expected)

    def test_too_old(self, asked: BatchService) -> None:
        """Reactivate came with 2016-07-01.3.1."""
        response = ask(asked, "POST", f"{T}/reactivate", api_version="2016-02-01.3.0")
        assert (response.status, code(response)) == (400, "InvalidUri")
