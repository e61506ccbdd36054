"""The service: who may ask, which versions, what it repeats, and what faults do to its work."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from odatabatch import Headers, HttpRequest, decode_request
from odatabatch.azure import SharedKey, TaskCollectionResult, downgrade, upgrade
from odatabatch.azure.versions import LATEST, VERSIONS
from odatabatch.emulator import Answer, BatchService, Cut, FailRequest
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
    results,
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
        for now in (NOW.replace(tzinfo=None), "now"):
            with pytest.raises(TypeError):
                service().answer(request("GET", TASKS), now)  # type: ignore[arg-type]


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


class TestFailRequest:
    """The whole request is answered by an error."""

    @pytest.mark.parametrize(
        ("status", "given", "expected"),
        [
            (500, None, "InternalError"),
            (503, None, "ServerBusy"),
            (413, None, "RequestBodyTooLarge"),
            (500, "OperationTimedOut", "OperationTimedOut"),
            (409, "Anything", "Anything"),
        ],
    )
    def test_codes(self, status: int, given: str | None, expected: str) -> None:
        """A code of the status, or the one that the script says."""
        asked = service({"do": "fail_request", "status": status, "code": given})
        response = ask(asked, "GET", TASKS)
        assert (response.status, code(response)) == (status, expected)

    def test_gateway(self) -> None:
        """A status that no code stands for is not the service's own: no body."""
        response = ask(service({"do": "fail_request", "status": 502}), "GET", TASKS)
        assert (response.status, response.body) == (502, b"")

    def test_retry_after(self) -> None:
        """Seconds, in a field."""
        fault = {"do": "fail_request", "status": 503, "retry_after_s": 2, "times": 1}
        asked = service(fault)
        assert ask(asked, "GET", TASKS).headers.get("Retry-After") == "2"
        assert ask(asked, "GET", TASKS).status == 200

    @pytest.mark.parametrize(("work", "done"), [("none", 0), ("half", 2), ("all", 5)])
    def test_work(self, work: str, done: int) -> None:
        """Nothing is done, the first half, or all of it."""
        asked = service({"do": "fail_request", "status": 500, "work": work})
        body = collection(*(task(f"t{number}") for number in range(5)))
        assert ask(asked, "POST", PATH, body).status == 500
        assert [it.id for it in asked.tasks("job")] == [f"t{number}" for number in range(done)]

    def test_half_of_one(self) -> None:
        """Half of a call that adds one task is nothing; of a refused one too."""
        asked = service({"do": "fail_request", "status": 500, "work": "half"})
        assert ask(asked, "POST", TASKS, task("t")).status == 500
        assert ask(asked, "POST", PATH, b"{").status == 500
        assert not asked.tasks("job")

    def test_batch(self) -> None:
        """A time-out after the work was done, of a batch."""
        fault = {
            "do": "fail_request",
            "status": 500,
            "code": "OperationTimedOut",
            "work": "all",
            "operation": "Batch",
            "job": "job-0*",
            "task": "*_00001",
        }
        asked = service(fault)
        asked.add_job("job-0000000001", NOW)
        response = asked.answer(fixture("add-three-tasks.http"), NOW).response
        assert (response.status, code(response)) == (500, "OperationTimedOut")
        assert len(asked.tasks("job-0000000001")) == 2


class TestFailTasks:
    """Tasks fail one by one."""

    def found(self, **members: Any) -> tuple[dict[str, str], list[str]]:
        """The words of six tasks' results, and the tasks that are there."""
        asked = service({"do": "fail_tasks", **members})
        body = collection(*(task(f"t{number}") for number in range(6)))
        response = ask(asked, "POST", PATH, body)
        words = {name: found["status"] for name, found in results(response).items()}
        failed = {name: word for name, word in words.items() if word != "success"}
        return failed, [it.id for it in asked.tasks("job")]

    def test_each(self) -> None:
        """Every second one."""
        failed, there = self.found(each=2)
        assert failed == dict.fromkeys(("t1", "t3", "t5"), "servererror")
        assert there == ["t0", "t2", "t4"]

    def test_named(self) -> None:
        """Those of an id, with a client's error."""
        failed, there = self.found(task="T[23]", code="JobDisabled")
        assert failed == dict.fromkeys(("t2", "t3"), "clienterror")
        assert len(there) == 4

    def test_added(self) -> None:
        """Added all the same."""
        failed, there = self.found(task="t0", added=True)
        assert failed == {"t0": "servererror"}
        assert len(there) == 6

    def test_two(self) -> None:
        """Two faults: the first that strikes a task says why."""
        asked = service({"do": "fail_tasks", "each": 2}, {"do": "fail_tasks", "code": "ServerBusy"})
        found = results(ask(asked, "POST", PATH, collection(task("a"), task("b"))))
        codes = {name: result["error"]["code"] for name, result in found.items()}
        assert codes == {"a": "ServerBusy", "b": "InternalError"}

    def test_batch(self) -> None:
        """In a batch, a part of its own."""
        asked = service({"do": "fail_tasks", "task": "*_00001"})
        asked.add_job("job-0000000001", NOW)
        body = asked.answer(fixture("add-three-tasks.http"), NOW).response.body
        assert b"HTTP/1.1 500 Internal Server Error" in body
        assert b'"code":"InternalError"' in body
        assert len(asked.tasks("job-0000000001")) == 1


class TestEndings:
    """Answers that do not come whole."""

    def test_hang(self) -> None:
        """Held, and then closed; the work is done."""
        asked = service({"do": "hang", "seconds": 5})
        answer = asked.answer(request("POST", TASKS, task("t")), NOW)
        assert (answer.hold_s, answer.head, answer.cut) == (5.0, False, True)
        assert answer.response.status == 201
        assert len(asked.tasks("job")) == 1

    def test_cut(self) -> None:
        """Half of the tasks are added; the answer tells of these, and not to its end."""
        asked = service({"do": "cut", "work": "half", "body_bytes": 10})
        body = collection(*(task(f"t{number}") for number in range(4)))
        answer = asked.answer(request("POST", PATH, body), NOW)
        assert (b"".join(answer.chunks), answer.cut) == (answer.response.body[:10], True)
        assert sorted(results(answer.response)) == ["t0", "t1"]

    def test_cut_without_work(self) -> None:
        """Where nothing is done, what is cut is an error."""
        asked = service({"do": "cut", "work": "none", "body_bytes": 3})
        answer = asked.answer(request("POST", TASKS, task("t")), NOW)
        assert (answer.response.status, answer.chunks) == (500, (answer.response.body[:3],))
        assert not asked.tasks("job")

    def test_slow(self) -> None:
        """One byte at a time."""
        answer = service({"do": "slow"}).answer(request("GET", TASKS), NOW)
        assert {len(chunk) for chunk in answer.chunks} == {1}

    def test_first_counts(self) -> None:
        """Of two faults that end a request, the first in the script."""
        asked = BatchService(faults=[FailRequest(status=503), Cut()])
        answer = asked.answer(request("GET", TASKS), NOW)
        assert (answer.response.status, answer.cut) == (503, False)


class TestMatching:
    """Faults look at jobs and tasks, in whatever kind of request."""

    @pytest.mark.parametrize(
        ("sent", "struck"),
        [
            (request("GET", f"{TASKS}/t1"), True),
            (request("GET", f"{TASKS}/u"), False),
            (request("GET", TASKS), False),
            (request("POST", TASKS, task("t1")), True),
            (request("POST", TASKS, b"{"), False),
            (request("POST", TASKS, {"id": 1}), False),
            (request("POST", PATH, collection(task("u"), task("t1"))), True),
            (request("POST", PATH, b"{"), False),
            (request("POST", "/jobs/other/tasks", task("t1")), False),
            (request("POST", "/jobs", {"id": "job"}), False),
            (request("POST", "/workitems", {"name": "job"}, "2014-10-01.1.0"), False),
            (request("POST", "/$batch", b"", "2016-02-01.3.0"), False),
        ],
    )
    def test_ids(self, sent: HttpRequest, struck: bool) -> None:
        """Both the job's pattern and the task's."""
        asked = service({"do": "fail_request", "status": 599, "job": "j*", "task": "t?"})
        assert (asked.answer(sent, NOW).response.status == 599) is struck

    def test_batch(self) -> None:
        """A batch has the job of its first operation; an empty one, or none, has no job."""
        asked = service({"do": "fail_request", "status": 599, "job": "job-*"})
        sent = fixture("add-three-tasks.http")
        assert asked.answer(sent, NOW).response.status == 599
        empty = b"--b--\r\n"
        other = sent.replace(
            body=empty, headers=Headers([("Content-Type", "multipart/mixed; boundary=b")])
        )
        assert asked.answer(other, NOW).response.status == 202
        elsewhere = sent.replace(body=sent.body.replace(b"/tasks?", b"/other?"))
        assert asked.answer(elsewhere, NOW).response.status == 400


def test_json() -> None:
    """A last look at a whole answer: it is one JSON text."""
    asked = service()
    add(asked, "a", "b")
    assert len(json.loads(ask(asked, "GET", TASKS).body)["value"]) == 2
    assert HOST in ask(asked, "GET", TASKS).body.decode()
