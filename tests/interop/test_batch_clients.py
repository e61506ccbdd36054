"""azure-batch 14.2.0 and 15.1.0, as they come, against the emulator, and against its old side.

Each runs in an environment of its own. Straight, they meet the emulator in their own api-version.
Through a gateway with ``AsyncDowngradingTransport`` they meet one that has nothing later than
2016-02-01.3.0: their collections arrive there as batches.
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest

from odatabatch.azure.versions import LAST_BATCH, VERSIONS
from odatabatch.emulator import (
    BatchService,
    Cut,
    Emulator,
    FailRequest,
    FailTasks,
    Fault,
    Hang,
    Slow,
)
from odatabatch.emulator.serving import serve
from odatabatch.transport import AsyncDowngradingTransport, SharedKeyAuth
from tests.interop.environments import AZURE_BATCH_14, AZURE_BATCH_15, answers
from tests.interop.gateways import gateway

pytestmark = pytest.mark.interop

ACCOUNT = "myaccount"
KEY = base64.b64encode(b"an invented key").decode("ascii")
OLD = VERSIONS[: VERSIONS.index(LAST_BATCH) + 1]
NEW = VERSIONS[VERSIONS.index(LAST_BATCH) + 1 :]


class Scene(NamedTuple):
    """A service, and how to ask a real client to do something there.

    Attributes:
        service: holds the job ``job``.
        run: answers to orders for the client, as ``worker_tasks`` has them.
        old: whether the service is reached through the gateway, and knows batches alone.
    """

    service: BatchService
    run: Callable[..., list[dict[str, Any]]]
    old: bool

    def stored(self) -> list[str]:
        """The ids of the tasks in the job, in their order."""
        return sorted(task.id for task in self.service.tasks("job"))


@pytest.fixture(params=[AZURE_BATCH_14, AZURE_BATCH_15], ids=["14", "15"])
def environment(request: pytest.FixtureRequest) -> str:
    """The variable that names the client's environment."""
    return str(request.param)


@pytest.fixture(params=[False, True], ids=["straight", "through the mirror"])
def scene(request: pytest.FixtureRequest, environment: str) -> Callable[..., Any]:
    """Makes a scene, with faults."""

    @contextmanager
    def made(*faults: Fault) -> Iterator[Scene]:
        old = request.param
        service = BatchService(ACCOUNT, KEY, OLD if old else NEW, faults)
        service.add_job("job", datetime.datetime.now(datetime.UTC))
        with serve(Emulator(service)) as url:
            if not old:
                yield Scene(service, _runner(environment, url), old)
                return

            def transport() -> AsyncDowngradingTransport:
                return AsyncDowngradingTransport(
                    httpx.AsyncHTTPTransport(),
                    auth=SharedKeyAuth(ACCOUNT, KEY),
                    service=url,
                    max_wait_s=0.01,
                )

            with gateway(transport) as (there, app):
                yield Scene(service, _runner(environment, there), old)
            assert app.failures == []

    return made


def _runner(environment: str, url: str) -> Callable[..., list[dict[str, Any]]]:
    def run(*orders: dict[str, Any]) -> list[dict[str, Any]]:
        known = {"url": url, "account": ACCOUNT, "key": KEY, "job": "job"}
        return answers(environment, "worker_tasks.py", [{**known, **order} for order in orders])

    return run


def tasks(count: int, **more: Any) -> list[dict[str, Any]]:
    """Tasks of different ids."""
    return [{"id": f"task-{index:04}", **more} for index in range(count)]


def ids(count: int) -> list[str]:
    """Their ids."""
    return [task["id"] for task in tasks(count)]


class TestMany:
    """The clients' own bulk calls."""

    @pytest.mark.parametrize("threads", [0, 4])
    def test_several_hundred(self, scene: Any, threads: int) -> None:
        """Each of 350 tasks is added once, and told as a success once."""
        with scene() as at:
            (said,) = at.run({"do": "add", "tasks": tasks(350), "threads": threads})
            assert sorted(name for name, _ in said["results"]) == ids(350)
            assert {status.lower() for _, status in said["results"]} == {"success"}
            assert at.stored() == ids(350)

    def test_too_large(self, scene: Any) -> None:
        """A chunk above 1 MiB is halved by whoever makes it: all tasks are added."""
        with scene() as at:
            large = tasks(100, command_line="echo " + 20_000 * "x")
            (said,) = at.run({"do": "add", "tasks": large})
            assert len(said["results"]) == 100
            assert at.stored() == ids(100)

    def test_one_too_large(self, scene: Any) -> None:
        """A task above 1 MiB is an error; the others are added, or told as pending."""
        with scene() as at:
            large = {"id": "large", "command_line": "echo " + (1 << 20) * "x"}
            (said,) = at.run({"do": "add", "tasks": [*tasks(3), large]})
            assert said["error"].startswith("CreateTasksError")
            assert sorted(at.stored() + said["pending_tasks"]) == ids(3)

    def test_taken(self, scene: Any) -> None:
        """The clients count TaskExists as a success; nothing is added twice."""
        with scene() as at:
            at.run({"do": "one", "task": {"id": "TASK-0001"}})
            (said,) = at.run({"do": "add", "tasks": tasks(3)})
            assert "error" not in said
            assert at.stored() == ["TASK-0001", "task-0000", "task-0002"]

    def test_refused_task(self, scene: Any) -> None:
        """A task that the service refuses is told by its id; the others are added."""
        with scene() as at:
            (said,) = at.run({"do": "add", "tasks": [*tasks(5), {"id": "not an id"}]})
            assert at.stored() == ids(5)
            assert said["failure_tasks"] == ["not an id"]

    def test_no_job(self, scene: Any) -> None:
        """A job that is not there fails the call; a batch says so of each task."""
        with scene() as at:
            (said,) = at.run({"do": "add", "job": "none", "tasks": tasks(3)})
            assert said["error"].startswith("CreateTasksError")
            if at.old:
                assert sorted(said["failure_tasks"]) == ids(3)
            else:
                assert "JobNotFound" in said["text"]


class TestFailures:
    """The service fails, and the client gets over it."""

    @pytest.mark.parametrize(
        "fault",
        [
            FailTasks(each=3, times=2),
            FailRequest(status=503, times=2),
            FailRequest(status=500, work="half", times=1),
            FailRequest(status=500, work="all", times=1),
            Slow(times=1),
        ],
        ids=["tasks", "busy", "half done", "done", "one byte"],
    )
    def test_passing(self, scene: Any, fault: Fault) -> None:
        """Errors that pass leave nothing out, and nothing is added twice."""
        with scene(fault) as at:
            (said,) = at.run({"do": "add", "tasks": tasks(120)})
            assert "error" not in said
            assert at.stored() == ids(120)

    @pytest.mark.parametrize(
        "fault", [Cut(work="all", times=1), Cut(body_bytes=40, work="half", times=1)]
    )
    def test_cut(self, scene: Any, fault: Fault) -> None:
        """A connection that breaks ends the call, or the transport gets over it: it knows how."""
        with scene(fault) as at:
            (said,) = at.run({"do": "add", "tasks": tasks(50)})
            if at.old or "error" not in said:
                assert "error" not in said
                assert at.stored() == ids(50)
            elif said["error"] == "AttributeError":  # 15 looks for the status of an answer
                assert len(at.stored()) == 25
            else:  # all that is not there yet is told as pending
                assert sorted({*at.stored(), *said["pending_tasks"]}) == ids(50)

    def test_hang(self, scene: Any) -> None:
        """Where the answer does not come in time, though the work was done, the transport asks."""
        with scene(Hang(seconds=0.2, work="all", times=1)) as at:
            (said,) = at.run({"do": "add", "tasks": tasks(50)})
            if at.old:
                assert "error" not in said
            assert at.stored() == ids(50)


class TestOtherOperations:
    """The other calls on jobs and tasks."""

    def test_life_of_a_task(self, scene: Any) -> None:
        """A job, and a task that is added, read, listed, ended and taken away."""
        with scene() as at:
            orders = [
                {"do": "job", "job": "other", "pool": "pool"},
                {"do": "job", "job": "third", "manager": "manager.exe"},
                {"do": "one", "job": "other", "task": {"id": "t", "admin": True, "files": ["f"]}},
                {"do": "get", "job": "other", "id": "t"},
                {"do": "terminate", "job": "other", "id": "t"},
                {"do": "get", "job": "other", "id": "t"},
                {"do": "update", "job": "other", "id": "t", "retries": 3},
                {"do": "subtasks", "job": "other", "id": "t"},
                {"do": "delete", "job": "other", "id": "t"},
                {"do": "get", "job": "other", "id": "t"},
            ]
            said = at.run(*orders)
            assert said.pop(1) == {}
            assert said[0] == said[1] == {}
            assert said[2]["state"] == "active"
            assert said[2]["level"] == "admin"
            assert said[2]["files"] == ["f"]
            assert said[2]["urls"] == ["https://a.blob.core.windows.net/c/f"]
            assert said[3] == {}
            assert said[4]["state"] == "completed"
            assert said[5] == said[7] == {}
            assert said[6] == {"ids": []}
            assert said[8]["code"] == "TaskNotFound"

    def test_reactivated(self, scene: Any) -> None:
        """A task that has failed goes again; the old service has no such call."""
        with scene() as at:
            at.run({"do": "one", "task": {"id": "t"}})
            at.service.complete("job", "t", 1, datetime.datetime.now(datetime.UTC))
            again, found = at.run({"do": "reactivate", "id": "t"}, {"do": "get", "id": "t"})
            assert ("error" in again) is at.old
            assert found["state"] == ("completed" if at.old else "active")

    def test_pages(self, scene: Any) -> None:
        """A list is read page by page."""
        with scene() as at:
            _, said = at.run({"do": "add", "tasks": tasks(25)}, {"do": "ids", "page": 10})
            assert sorted(said["ids"]) == ids(25)
