"""What faults do to a request's work, to its answer, and to how that is sent."""

from __future__ import annotations

from typing import Any

import pytest

from odatabatch.emulator import BatchService, Cut, FailRequest
from tests.emulator.scenes import (
    NOW,
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
