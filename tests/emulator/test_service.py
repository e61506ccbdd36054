"""The service: who may ask, which versions, what it repeats, and what faults do to its work."""

from __future__ import annotations

import datetime
import json

import pytest
from rich.pretty import pretty_repr

from odatabatch import Headers, HttpRequest, decode_request
from odatabatch.azure import SharedKey, TaskCollectionResult, downgrade, upgrade
from odatabatch.azure.versions import LATEST, VERSIONS
from odatabatch.emulator import Answer, BatchService
from odatabatch.errors import SigningError, TranslationError, UsageError
from tests.emulator.scenes import (
    HOST,
    KEY,
    NOW,
    add,
    ask,
    code,
    collection,
    fixture,
    request,
    service,
    task,
)

TASKS = "/jobs/job/tasks"
PATH = "/jobs/job/addtaskcollection"
MINUTE = datetime.timedelta(minutes=1)


class TestFields:
    """What every answer has."""

    @pytest.mark.parametrize(
        ("wanted", "echoed"), [("true", "x"), ("TRUE", "x"), ("false", None), (None, None)]
    )
    def test_client_request_id(self, wanted: str | None, echoed: str | None) -> None:
        """Echoed exactly where that was asked for."""
        fields = {"client_request_id": "x"}
        if wanted is not None:
            fields["return_client_request_id"] = wanted
        for target in ("/jobs/job/tasks/t", TASKS):
            assert (
                ask(service(), "GET", target, **fields).headers.get("client-request-id") == echoed
            )

    def test_always(self) -> None:
        """An id of its own, the version, the date."""
        asked = service()
        answers = [ask(asked, "GET", TASKS) for _ in range(3)]
        assert len({response.headers.get("request-id") for response in answers}) == 3
        for response in answers:
            assert response.headers.get("DataServiceVersion") == "3.0"
            assert response.headers.get("Date") == "Fri, 22 Apr 2016 00:32:47 GMT"

    def test_links(self) -> None:
        """They begin as the target does, else with the Host, else with the account's name."""
        for target, headers, expected in (
            (f"http://localhost:1{TASKS}", [], "http://localhost:1"),
            (TASKS, [("Host", "h")], "https://h"),
            (TASKS, [], "https://mine.region.batch.azure.com"),
        ):
            asked = BatchService("mine")
            asked.add_job("job", NOW)
            sent = HttpRequest(
                "POST",
                f"{target}?api-version={LATEST}",
                Headers(headers),
                b'{"id":"t","commandLine":"c"}',
            )
            response = asked.answer(sent, NOW).response
            assert response.headers.get("Location") == f"{expected}/jobs/job/tasks/t"

    def test_unreadable_target(self) -> None:
        """A target that cannot be read is refused, with links of the account."""
        response = ask(service(), "GET", "http://[/jobs")
        assert (response.status, code(response)) == (400, "InvalidUri")


class TestSignatures:
    """With a key."""

    def signed(self, **headers: str) -> HttpRequest:
        """A signed request."""
        sent = request("GET", TASKS, **headers)
        return SharedKey("mine", KEY).signed(sent, "Fri, 22 Apr 2016 00:32:47 GMT")

    def test_taken(self) -> None:
        """A request that is signed, within 15 minutes."""
        asked = service(account="mine", key=KEY)
        for minutes in (-14, 0, 14):
            assert asked.answer(self.signed(), NOW + minutes * MINUTE).response.status == 200

    def test_refused(self) -> None:
        """403: none, another's, too old, too new; and nothing is told of what is there."""
        asked = service({"do": "fail_request", "status": 503}, account="mine", key=KEY)
        good = self.signed()
        for sent, now in (
            (good.replace(headers=good.headers.without("Authorization")), NOW),
            (good.replace(target=good.target.replace("job/", "jab/")), NOW),
            (good, NOW + 16 * MINUTE),
            (good, NOW - 16 * MINUTE),
            (request("POST", "/nothing"), NOW),
        ):
            response = asked.answer(sent, now).response
            assert (response.status, code(response)) == (403, "AuthenticationFailed")

    def test_without_a_key(self) -> None:
        """Any Authorization is taken, and none."""
        assert ask(service(account="mine"), "GET", TASKS, Authorization="x").status == 200

    def test_arguments(self) -> None:
        """A key without an account, and one that is none."""
        with pytest.raises(UsageError) as caught:
            BatchService(key=KEY)
        assert caught.value.code == "missing_account"
        with pytest.raises(SigningError):
            BatchService("mine", "!")

    @pytest.mark.parametrize("key", [KEY, None])
    def test_account(self, key: str | None) -> None:
        """A name that is none is refused, with a key and without."""
        for account in ("a\r\nX: y", ""):
            with pytest.raises(SigningError) as caught:
                BatchService(account, key)
            assert caught.value.code == "invalid_account"
        with pytest.raises(TypeError):
            BatchService(1, key)  # type: ignore[arg-type]


class TestVersions:
    """Which it takes."""

    def test_retired(self) -> None:
        """A version that is retired, one that is none, and no version."""
        asked = service(versions=[LATEST])
        for api_version, expected in (
            (LATEST, None),
            ("2024-07-01.20.0", "UnsupportedRequestVersion"),
            ("2024", "InvalidQueryParameterValue"),
            (None, "MissingRequiredQueryParameter"),
        ):
            response = ask(asked, "GET", TASKS, api_version=api_version)
            if expected is None:
                assert response.status == 200
            else:
                assert (response.status, code(response)) == (400, expected)

    def test_unknown(self) -> None:
        """No service of a version that there is not."""
        with pytest.raises(TranslationError):
            BatchService(versions=["2024"])


class TestScene:
    """What tests set by themselves."""

    def test_jobs(self) -> None:
        """Added once; deleted."""
        asked = service()
        with pytest.raises(UsageError) as caught:
            asked.add_job("JOB", NOW)
        assert caught.value.code == "job_exists"
        add(asked, "t")
        asked.delete_job("job")
        with pytest.raises(UsageError) as caught:
            asked.tasks("job")
        assert caught.value.code == "unknown_job"

    def test_states(self) -> None:
        """A state that no job has is refused, and the job stays as it was."""
        asked = service()
        for state in ("foo", "Active", None):
            with pytest.raises(UsageError) as caught:
                asked.set_job_state("job", state, NOW)  # type: ignore[arg-type]
            assert caught.value.code == "unknown_state"
        add(asked, "t")

    def test_repr(self) -> None:
        """Neither tasks nor answers show what may be secret."""
        asked = service()
        secret = task("t", environmentSettings=[{"name": "n", "value": "hush"}])
        assert ask(asked, "POST", TASKS, secret).status == 201
        (stored,) = asked.tasks("job")
        answer = asked.answer(request("GET", TASKS), NOW)
        assert b"hush" in stored.body
        assert b"hush" in answer.response.body
        assert f"body_bytes={len(stored.body)}" in repr(stored)
        assert f"chunks_bytes={len(answer.response.body)}" in repr(answer)
        for shown in (stored, answer):
            assert "hush" not in repr(shown)
            assert "hush" not in pretty_repr(shown, expand_all=True)

    def test_complete(self) -> None:
        """An active task of the job."""
        asked = service()
        add(asked, "t")
        asked.complete("job", "T", 3, NOW)
        (stored,) = asked.tasks("job")
        assert (stored.state, stored.exit_code) == ("completed", 3)
        for task_id in ("t", "u"):
            with pytest.raises(UsageError) as caught:
                asked.complete("job", task_id, 0, NOW)
            assert caught.value.code == "unknown_task"

    def test_types(self) -> None:
        """A request that is none, and a time without a zone."""
        with pytest.raises(TypeError):
            service().answer(b"GET /", NOW)  # type: ignore[arg-type]
        for job, item in ((1, None), (None, None), ("job", 1)):
            with pytest.raises(TypeError):
                service().add_job(job, NOW, item)  # type: ignore[arg-type]
            with pytest.raises(TypeError):
                service().tasks(job, item)  # type: ignore[arg-type]
        for now in (NOW.replace(tzinfo=None), "now"):
            with pytest.raises(TypeError):
                service().answer(request("GET", TASKS), now)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            service().add_job("new", NOW, uses_task_dependencies="no")  # type: ignore[arg-type]
        asked = service()
        add(asked, "t")
        for task_id, exit_code in ((1, 0), (None, 0), ("t", "0"), ("t", 0.0), ("t", True)):
            with pytest.raises(TypeError):
                asked.complete("job", task_id, exit_code, NOW)  # type: ignore[arg-type]
        assert [it.state for it in asked.tasks("job")] == ["active"]


class TestRepeatable:
    """No clock, no randomness."""

    def test_same_bytes(self) -> None:
        """The same requests at the same times, with the same faults, get the same answers."""

        def play() -> list[Answer]:
            asked = service(
                {"do": "cut", "operation": "Task_AddCollection", "every": 2, "body_bytes": 40},
                {"do": "fail_tasks", "each": 3},
                {"do": "fail_request", "status": 503, "operation": "Batch", "times": 1},
                {"do": "slow", "operation": "Task_List", "chunk_bytes": 7},
            )
            asked.add_job("job-0000000001", NOW)
            batch = fixture("add-three-tasks.http")
            tasks = [collection(*(task(f"t{n}") for n in range(some))) for some in (3, 9)]
            sent = [batch, batch, *(request("POST", PATH, body) for body in (*tasks, *tasks))]
            sent += [request("GET", TASKS), request("DELETE", f"{TASKS}/t1")]
            return [asked.answer(one, NOW + MINUTE * at) for at, one in enumerate(sent)]

        assert play() == play()


class TestReplays:
    """Our own translations read the answers."""

    def test_upgraded(self) -> None:
        """The sample of the page, by way of the newest version."""
        legacy = fixture("add-three-tasks.http")
        batch = decode_request(legacy.body, legacy.headers.get("Content-Type", ""))
        up = upgrade(batch, request=legacy)
        asked = BatchService(versions=[LATEST])
        asked.add_job("job-0000000001", NOW)
        answer = up.answer([asked.answer(sent, NOW).response for sent in up.requests])
        found = {part.content_id: part.status for part in answer.responses}  # type: ignore[union-attr]
        assert found == {"1": 201, "2": 409, "3": 201}

    @pytest.mark.parametrize(
        "name",
        ["add-collection-2024-basic.http", "add-collection-2024-complex.http", "add-frames.http"],
    )
    @pytest.mark.parametrize("api_version", ["2014-10-01.1.0", "2016-02-01.3.0"])
    def test_downgraded(self, name: str, api_version: str) -> None:
        """Collections, by way of versions that have batches alone."""
        sent = fixture(name)
        work_item = "item" if api_version < "2015" else None
        down = downgrade(sent, api_version, work_item=work_item)
        asked = BatchService(versions=VERSIONS[: VERSIONS.index(api_version) + 1])
        job = sent.target.split("/jobs/")[1].split("/")[0]
        asked.add_job(job, NOW, work_item, uses_task_dependencies=True)
        answer = down.answer([asked.answer(one, NOW).response for one in down.requests])
        read = TaskCollectionResult.from_json(answer.body, request=sent)
        assert len(read.results) == len(asked.tasks(job, work_item))
        assert {result.status.value for result in read.results} == {"success"}

    def test_collections(self) -> None:
        """The collection itself."""
        for name in ("add-collection-2024-basic.http", "add-collection-2024-complex.http"):
            sent = fixture(name)
            asked = BatchService()
            asked.add_job("jobId", NOW)
            response = asked.answer(sent, NOW).response
            read = TaskCollectionResult.from_json(response.body, request=sent)
            assert {result.status.value for result in read.results} == {"success"}


def test_json() -> None:
    """A last look at a whole answer: it is one JSON text."""
    asked = service()
    add(asked, "a", "b")
    assert len(json.loads(ask(asked, "GET", TASKS).body)["value"]) == 2
    assert HOST in ask(asked, "GET", TASKS).body.decode()
