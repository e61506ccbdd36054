"""Tasks that a client reads: they come back in its own api-version, and so do the links to more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from odatabatch.azure import LATEST, Note
from odatabatch.azure.versions import LAST_BATCH
from odatabatch.errors import OpenOutcomes, TaskError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpResponse
from tests.azure.batches import HOST, task
from tests.transport.scenes import JOB, Asked, Program, Service, each_program, gone

TASKS = f"https://{HOST}/jobs/{JOB}/tasks"
FILE = "https://account.blob.core.windows.net/container/file"
OLD_TASK = task("a", runElevated=True, resourceFiles=[{"blobSource": FILE, "filePath": "f"}])
NEW_TASK = task(
    "a",
    userIdentity={"autoUser": {"elevationLevel": "admin", "scope": "task"}},
    resourceFiles=[{"httpUrl": FILE, "filePath": "f"}],
)


def read(path: str = "/a", api_version: str = LAST_BATCH, **query: str) -> Asked:
    """A request for a task, or for the list of them."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return {"method": "GET", "url": f"{TASKS}{path}?api-version={api_version}{more}"}


def add(body: bytes, api_version: str = LAST_BATCH) -> Asked:
    """A request that adds a task."""
    headers = {"Content-Type": "application/json; odata=minimalmetadata"}
    url = f"{TASKS}?api-version={api_version}"
    return {"method": "POST", "url": url, "content": body, "headers": headers}


def through(program: Program, way: str, answering: Any, /, *asked: Asked, **options: Any) -> Any:
    """What a client gets."""
    return program.ask(program.transport(way, program.mock(answering), **options), *asked)


@each_program
class TestReading:
    """Answers to ``Task_Get`` and ``Task_List``."""

    def test_old_client(self, program: Program) -> None:
        """It finds the members that it knows, though the service knows others."""
        service = Service(versions=[LATEST])
        added, answer = through(program, "Upgrading", service, add(OLD_TASK), read())
        assert added.status_code == 201
        assert service.requests[-1].target.endswith(f"?api-version={LATEST}")
        found = answer.json()
        assert found["runElevated"] is True
        assert found["resourceFiles"][0]["blobSource"] == FILE
        assert "userIdentity" not in found
        assert found["state"] == "active"
        assert int(answer.headers["Content-Length"]) == len(answer.content)

    def test_new_client(self, program: Program) -> None:
        """The same the other way."""
        service = Service(versions=[LAST_BATCH])
        asked = add(NEW_TASK, LATEST), read(api_version=LATEST)
        _, answer = through(program, "Downgrading", service, *asked)
        found = answer.json()
        assert found["userIdentity"]["autoUser"]["elevationLevel"] == "admin"
        assert found["resourceFiles"][0]["httpUrl"] == FILE
        assert "runElevated" not in found

    @pytest.mark.parametrize("service_url", [None, "https://elsewhere.region.batch.azure.com"])
    def test_pages(self, program: Program, service_url: str | None) -> None:
        """The link to the next page leads back to where the client asked, in its api-version."""
        service = Service(versions=[LATEST])
        ids = [f"t{number}" for number in range(5)]
        options = {} if service_url is None else {"service": service_url}
        through(program, "Upgrading", service, *(add(task(name)) for name in ids), **options)
        found: list[str] = []
        asked = read("", maxresults="2")
        for _ in range(3):
            page = through(program, "Upgrading", service, asked, **options).json()
            found += [item["id"] for item in page["value"]]
            link = page.get("odata.nextLink", "")
            assert not link or link.startswith(f"{TASKS}?")
            assert not link or f"api-version={LAST_BATCH}" in link
            asked = {"method": "GET", "url": link}
        assert found == ids
        assert not link

    def test_nothing_to_move(self, program: Program) -> None:
        """What is no list or task, and what failed, is the service's answer as it is."""
        service = Service(versions=[LATEST])
        (answer, gone_again) = through(
            program,
            "Upgrading",
            service,
            read("/none"),
            {"method": "DELETE", "url": f"{TASKS}/none?api-version={LAST_BATCH}"},
        )
        for response in (answer, gone_again):
            assert response.status_code == 404
            assert response.json()["code"] == "TaskNotFound"

    def test_no_answer(self, program: Program) -> None:
        """The library's own error; it is not asked again."""
        service = Service({"do": "hang"}, versions=[LATEST])
        with pytest.raises(program.library.ReadTimeout) as caught:
            through(program, "Upgrading", service, read())
        assert isinstance(caught.value.__cause__, OpenOutcomes)
        assert len(service.requests) == 1

    def test_unreadable(self, program: Program) -> None:
        """An answer that is no JSON is an error of the service's side."""
        fields = Headers([("Content-Type", "application/json")])
        service = gone(HttpResponse(200, "OK", fields, b'{"id":'))
        with pytest.raises(program.library.RemoteProtocolError) as caught:
            through(program, "Upgrading", service, read())
        assert isinstance(caught.value.__cause__, TaskError)

    def test_notes(self, program: Program) -> None:
        """What is lost on the way back is told as well."""
        service = Service(versions=[LATEST])
        told: list[tuple[Note, ...]] = []
        asked = add(task("a", requiredSlots=3), LATEST), read()
        through(program, "Upgrading", service, *asked, on_notes=told.append)
        paths = [(note.path, note.effect) for notes in told for note in notes]
        assert ("answer.body.requiredSlots", "lost") in paths
        body = json.loads(service.batch.tasks(JOB)[0].body)
        assert body["requiredSlots"] == 3
