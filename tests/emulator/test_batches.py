"""Legacy ``$batch``. Source: Add multiple tasks to a job."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from odatabatch import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    HttpRequest,
    HttpResponse,
    Operation,
    correlate,
    decode_request,
    decode_response,
    encode_request,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.azure.versions import LAST_BATCH, VERSIONS
from odatabatch.emulator import BatchService
from odatabatch.emulator.batches import MAX_BATCH_BYTES
from odatabatch.emulator.store import FIRST_JOB
from odatabatch.http_message import parse_response
from tests.corpus import FIXTURES
from tests.emulator.scenes import HOST, NOW, add, ask, code, fixture, service, task, values

JSON = "application/json;odata=minimalmetadata"


def operation(content_id: str, body: bytes, job: str = "job", **more: str) -> Operation:
    """One that adds a task; its target without an api-version unless ``query`` says one."""
    target = f"http://{HOST}/jobs/{job}/tasks{more.pop('query', '')}"
    fields = [("Content-Type", JSON), ("Content-ID", content_id), ("DataServiceVersion", "3.0;")]
    fields = [(name, more.pop(name, value)) for name, value in fields]
    fields += [(name.replace("_", "-"), value) for name, value in more.items()]
    return Operation("POST", target, Headers(fields), body)


def adding(*task_ids: str) -> list[Operation]:
    """Operations that add tasks of those ids."""
    return [
        operation(str(number), json.dumps(task(task_id)).encode())
        for number, task_id in enumerate(task_ids)
    ]


def carried(parts: Iterable[Operation | Changeset], allow: Iterable[str] = ()) -> HttpRequest:
    """The request that carries a batch of one changeset an operation, or of the changesets."""
    changesets = [Changeset((it,)) if isinstance(it, Operation) else it for it in parts]
    encoded = encode_request(Batch(tuple(changesets)), AZURE_BATCH, allow=allow)
    fields = [("Host", HOST), ("Content-Type", encoded.content_type)]
    return HttpRequest("POST", f"/$batch?api-version={LAST_BATCH}", Headers(fields), encoded.body)


def parts(response: HttpResponse) -> dict[str | None, HttpResponse]:
    """The answers in a batch's answer, by their Content-IDs."""
    assert response.status == 202
    answer = decode_response(response.body, response.headers.get("Content-Type", ""))
    return {part.content_id: part for part in answer.responses}


class TestPage:
    """The sample of the page."""

    @pytest.fixture
    def asked(self) -> BatchService:
        """A service with the sample's job."""
        asked = service()
        asked.add_job(FIRST_JOB, NOW)
        return asked

    def test_sample(self, asked: BatchService) -> None:
        """Statuses and fields as the page has them, but for times and ids."""
        request = fixture("add-three-tasks.http")
        answer = FIXTURES / "azure" / "add-three-tasks.answer.http"
        page = decode_response(*_body(parse_response(answer.read_bytes())))
        response = asked.answer(request, NOW).response
        found = parts(response)
        assert response.headers.get("client-request-id") is None  # the outer one says False
        for expected in page.responses:
            part = found[expected.content_id]
            assert part.status == expected.status
            assert part.reason == expected.reason
            assert part.headers.names == expected.headers.names
            for name in set(part.headers.names) - {"Last-Modified", "ETag"}:
                assert part.headers.get(name) == expected.headers.get(name)
        error, shown = (json.loads(it.body) for it in (found["2"], page.responses[2]))
        assert error.keys() == shown.keys()
        assert error["odata.metadata"] == shown["odata.metadata"]
        assert error["code"] == "TaskExists"
        assert f"RequestId:{response.headers.get('request-id')}" in error["message"]["value"]

    def test_correlated(self, asked: BatchService) -> None:
        """Each operation has one answer, in another order."""
        request = fixture("add-three-tasks.http")
        batch = decode_request(request.body, request.headers.get("Content-Type", ""))
        response = asked.answer(request, NOW).response
        answer = decode_response(*_body(response))
        found = correlate(batch, answer, AZURE_BATCH)
        assert [outcome.kind for outcome in found.outcomes] == ["answered"] * 3
        assert [part.content_id for part in answer.responses] != ["1", "2", "3"]
        assert all(isinstance(part, ChangesetResponse) for part in answer.parts)

    def test_work_items(self) -> None:
        """The oldest version: jobs in work items."""
        request = fixture("add-work-item-tasks.http")
        batch = decode_request(request.body, request.headers.get("Content-Type", ""))
        asked = service()
        _, _, _, _, item, _, job, *_ = batch.operations[0].target.split("/")
        asked.add_job(job, NOW, work_item=item)
        found = parts(asked.answer(request, NOW).response)
        assert {part.status for part in found.values()} == {201}
        assert len(asked.tasks(job, item)) == len(batch.operations)
        for part in found.values():
            assert f"/workitems/{item}/jobs/{job}/tasks/" in part.headers.get("Location", "")


def _body(response: HttpResponse) -> tuple[bytes, str]:
    return response.body, response.headers.get("Content-Type", "")


class TestParts:
    """What becomes of single operations."""

    def test_in_order(self) -> None:
        """Of two operations with one id, the first adds the task."""
        found = parts(service().answer(carried(adding("t", "T")), NOW).response)
        assert [found[content_id].status for content_id in ("0", "1")] == [201, 409]

    def test_job_not_found(self) -> None:
        """Each operation says so."""
        request = carried([operation("1", b'{"id":"t","commandLine":"c"}', "other")])
        (part,) = parts(service().answer(request, NOW).response).values()
        assert (part.status, code(part)) == (404, "JobNotFound")

    def test_without_an_id(self) -> None:
        """A body without an id has no URL; one that is not JSON is one operation's affair."""
        request = carried([operation("1", b"{}"), operation("2", b"{")])
        found = parts(service().answer(request, NOW).response)
        assert code(found["1"]) == "MissingRequiredProperty"
        assert code(found["2"]) == "InvalidRequestBody"
        assert "DataServiceId" not in found["1"].headers

    def test_too_large(self) -> None:
        """A task of more than 1 MiB is one operation's affair."""
        body = b" " * (1 << 20) + b"{}"
        (part,) = parts(service().answer(carried([operation("1", body)]), NOW).response).values()
        assert (part.status, code(part)) == (413, "RequestBodyTooLarge")

    def test_request_ids(self) -> None:
        """Each operation's own, exactly where it asked for it."""
        body = b'{"id":"t","commandLine":"c"}'
        request = carried(
            [
                operation("1", body, client_request_id="a", return_client_request_id="TRUE"),
                operation("2", body, client_request_id="b", return_client_request_id="False"),
                operation("3", body, client_request_id="c"),
            ]
        )
        found = parts(service().answer(request, NOW).response)
        assert {
            content_id: part.headers.get("client-request-id") for content_id, part in found.items()
        } == {"1": "a", "2": None, "3": None}

    def test_outside_of_changesets(self) -> None:
        """An operation that stands by itself is answered by itself."""
        encoded = encode_request(Batch(tuple(adding("a", "b"))), AZURE_BATCH)
        request = carried(adding("c")).replace(
            headers=Headers([("Host", HOST), ("Content-Type", encoded.content_type)]),
            body=encoded.body,
        )
        response = service().answer(request, NOW).response
        answer = decode_response(*_body(response))
        assert isinstance(answer, BatchResponse)
        assert {part.status for part in answer.parts} == {201}  # type: ignore[union-attr]

    def test_hundred(self) -> None:
        """100 operations, a chunk each and one for the end."""
        answer = service().answer(carried(adding(*(f"t{n}" for n in range(100)))), NOW)
        assert len(parts(answer.response)) == 100
        assert len(answer.chunks) == 101

    def test_empty(self) -> None:
        """An empty batch."""
        assert parts(service().answer(carried([]), NOW).response) == {}


class TestRefused:
    """400, and no task is added."""

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"body": b"nothing"}, "InvalidRequestBody"),
            ({"method": "PUT"}, "InvalidUri"),
            ({"target": "/$batch"}, "MissingRequiredQueryParameter"),
            ({"target": "/$batch?api-version=2016"}, "InvalidQueryParameterValue"),
            ({"target": "/$batch?api-version=2016-07-01.3.1"}, "InvalidUri"),
            ({"target": "/$batch?api-version=2015-12-01.2.2&x=1"}, "UnsupportedQueryParameter"),
            ({"target": "/$batch?api-version=2014-10-01.1.0"}, "InvalidUri"),
        ],
    )
    def test_envelope(self, change: dict[str, object], expected: str) -> None:
        """What is around the batch."""
        asked = service()
        response = asked.answer(carried(adding("t")).replace(**change), NOW).response
        assert (response.status, code(response)) == (400, expected)
        assert not asked.tasks("job")

    def test_rules(self) -> None:
        """More than 100 operations; more than one in a changeset; a field that no part has."""
        more = carried(adding(*(f"t{n}" for n in range(101))), ["too_many_operations"])
        two = carried([Changeset(tuple(adding("a", "b")))], ["too_many_changeset_operations"])
        forbidden = carried(
            [operation("1", b"{}", Authorization="SharedKey a:b")], ["forbidden_header"]
        )
        for request, rule in (
            (more, "too_many_operations"),
            (two, "too_many_changeset_operations"),
            (forbidden, "forbidden_header"),
        ):
            asked = service()
            response = asked.answer(request, NOW).response
            assert (response.status, code(response)) == (400, "InvalidRequestBody")
            assert values(response)["Reason"].startswith(rule)
            assert not asked.tasks("job")

    def test_two_content_types(self) -> None:
        """Nobody knows which boundary holds."""
        request = carried(adding("t"))
        fields = [*request.headers, ("content-type", request.headers.get("Content-Type") or "")]
        asked = service()
        response = asked.answer(request.replace(headers=Headers(fields)), NOW).response
        assert (response.status, code(response)) == (400, "InvalidHeaderValue")
        assert not asked.tasks("job")

    @pytest.mark.parametrize(
        ("other", "expected"),
        [
            (operation("1", b"{}", "other"), "InvalidRequestBody"),
            (operation("1", b"{}").replace(method="PUT"), "InvalidUri"),
            (operation("1", b"{}", query="?api-version=2015-12-01.2.2"), "InvalidInput"),
            (operation("1", b"{}", **{"Content-Type": "text/plain"}), "InvalidHeaderValue"),
        ],
    )
    def test_operations(self, other: Operation, expected: str) -> None:
        """Several jobs, anything but adding tasks, another version, no JSON."""
        asked = service()
        request = carried([*adding("t"), other], ["different_paths"])
        response = asked.answer(request, NOW).response
        assert (response.status, code(response)) == (400, expected)
        assert not asked.tasks("job")

    def test_size(self) -> None:
        """More than any batch needs."""
        request = carried([]).replace(body=bytes(MAX_BATCH_BYTES + 1))
        assert service().answer(request, NOW).response.status == 413


class TestVersions:
    """Which versions have it."""

    @pytest.mark.parametrize("api_version", VERSIONS[2:6])
    def test_served(self, api_version: str) -> None:
        """Those up to 2016-02-01.3.0."""
        request = carried(adding("t")).replace(target=f"/$batch?api-version={api_version}")
        asked = service()
        assert parts(asked.answer(request, NOW).response)["0"].status == 201

    def test_retired(self) -> None:
        """A service that has retired it says so."""
        asked = service(versions=VERSIONS[6:])
        response = asked.answer(carried(adding("t")), NOW).response
        assert (response.status, code(response)) == (400, "UnsupportedRequestVersion")

    def test_read_back(self) -> None:
        """A task that was added by a batch is read by the newest version."""
        asked = service()
        asked.answer(carried(adding("t")), NOW)
        add(asked, "u")
        response = ask(asked, "GET", "/jobs/job/tasks/t")
        shown = json.loads(response.body)
        # Its directory is kept without end, as that version had it.
        assert shown["constraints"] == {"retentionTime": "P10675199DT2H48M5.4775807S"}
