"""``addtaskcollection``.

Source: Add a collection of tasks to a job (2017); recordings.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from odatabatch.azure import TaskCollectionResult
from odatabatch.azure.versions import VERSIONS
from tests.emulator.scenes import (
    HOST,
    NOW,
    add,
    ask,
    code,
    collection,
    request,
    results,
    service,
    task,
    values,
)

PATH = "/jobs/job/addtaskcollection"


class TestResults:
    """One a task."""

    def test_success(self) -> None:
        """200; each result as recorded, the ticks of its ETag those of its date."""
        response = ask(service(), "POST", PATH, collection(task("a")), "2016-02-01.3.0")
        assert response.status == 200
        assert json.loads(response.body) == {
            "odata.metadata": f"https://{HOST}/$metadata#taskaddresult",
            "value": [
                {
                    "status": "Success",
                    "taskId": "a",
                    "eTag": "0x8D36A45A12358FD",
                    "lastModified": "2016-04-22T00:32:47.8107901Z",
                    "location": f"https://{HOST}/jobs/job/tasks/a",
                }
            ],
        }

    def test_order(self) -> None:
        """Tasks are added in their order, and results come in another."""
        asked = service()
        ids = [f"t{number}" for number in range(9)]
        response = ask(asked, "POST", PATH, collection(*map(task, ids)))
        assert [stored.id for stored in asked.tasks("job")] == ids
        assert list(results(response)) != ids
        assert sorted(results(response)) == ids

    def test_error(self) -> None:
        """As recorded: the error's link and the error come first, and no ETag."""
        asked = service()
        add(asked, "A")
        response = ask(asked, "POST", PATH, collection(task("a"), task("b")), "2018-12-01.8.0")
        found = results(response)
        request_id = response.headers.get("request-id")
        assert found["b"]["status"] == "Success"
        assert list(found["a"].items()) == [
            ("error@odata.navigationLinkUrl", f"https://{HOST}/jobs/job/tasks/a/error"),
            (
                "error",
                {
                    "code": "TaskExists",
                    "message": {
                        "lang": "en-US",
                        "value": "The specified task already exists.\n"
                        f"RequestId:{request_id}\nTime:2016-04-22T00:32:47.8107900Z",
                    },
                },
            ),
            ("status", "ClientError"),
            ("taskId", "a"),
        ]

    def test_value(self) -> None:
        """A value that is wrong is one task's affair, as recorded."""
        response = ask(service(), "POST", PATH, collection(task("a b"), task("c")))
        found = results(response)
        assert found["a b"]["error"]["code"] == "InvalidPropertyValue"
        assert found["a b"]["error"]["values"][0] == {"key": "PropertyName", "value": "id"}
        assert found["c"]["status"] == "success"

    @pytest.mark.parametrize(
        ("api_version", "word"),
        [
            ("2016-02-01.3.0", "Success"),
            ("2024-02-01.19.0", "Success"),
            ("2024-07-01.20.0", "success"),
            ("2025-06-01", "success"),
        ],
    )
    def test_words(self, api_version: str, word: str) -> None:
        """As recorded as far as there are recordings, then as the page has it."""
        response = ask(service(), "POST", PATH, collection(task("a")), api_version)
        assert results(response)["a"]["status"] == word

    def test_empty(self) -> None:
        """No tasks, no results."""
        assert results(ask(service(), "POST", PATH, collection())) == {}

    def test_chunks(self) -> None:
        """A chunk a result, without a Content-Length; all of them are the body."""
        answer = service().answer(request("POST", PATH, collection(task("a"), task("b"))), NOW)
        assert len(answer.chunks) == 4
        assert b"".join(answer.chunks) == answer.response.body
        assert "Content-Length" not in answer.response.headers
        found = TaskCollectionResult.from_json(answer.response.body)
        assert found.to_json() == answer.response.body


class TestRefused:
    """The whole request."""

    @pytest.mark.parametrize(
        ("body", "expected", "name"),
        [
            (b"{", "InvalidRequestBody", None),
            ({}, "MissingRequiredProperty", "value"),
            ({"value": [], "other": 1}, "InvalidRequestBody", "other"),
            (collection({"commandLine": "c"}), "MissingRequiredProperty", "id"),
            (collection(*(task(f"t{n}") for n in range(101))), "InvalidRequestBody", "value"),
            (collection(task("a"), task("A")), "InvalidRequestBody", "value"),
            (collection(task("a"), task("b", other=1)), "UnsupportedProperty", "other"),
        ],
    )
    def test_refused(self, body: Any, expected: str, name: str | None) -> None:
        """400, and no task is added."""
        asked = service()
        response = ask(asked, "POST", PATH, body)
        assert (response.status, code(response)) == (400, expected)
        assert values(response).get("PropertyName") == name
        assert not asked.tasks("job")

    def test_hundred(self) -> None:
        """100 tasks are taken."""
        tasks = (task(f"t{number}") for number in range(100))
        assert len(results(ask(service(), "POST", PATH, collection(*tasks)))) == 100

    def test_job(self) -> None:
        """A job that is not there, or closed."""
        asked = service()
        response = ask(asked, "POST", "/jobs/other/addtaskcollection", collection(task("a")))
        assert (response.status, code(response)) == (404, "JobNotFound")
        asked.set_job_state("job", "completed", NOW)
        response = ask(asked, "POST", PATH, collection(task("a")))
        assert (response.status, code(response)) == (409, "JobCompleted")

    def test_size(self) -> None:
        """More than 1 MiB."""
        response = ask(service(), "POST", PATH, b" " * (1 << 20) + b"{")
        assert (response.status, code(response)) == (413, "RequestBodyTooLarge")

    @pytest.mark.parametrize("api_version", VERSIONS[2:5])
    def test_too_old(self, api_version: str) -> None:
        """Versions before 2016-02-01.3.0 have no such path."""
        response = ask(service(), "POST", PATH, collection(task("a")), api_version)
        assert (response.status, code(response)) == (400, "InvalidUri")
