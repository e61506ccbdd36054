"""The emulator on a loopback port: every kind of fault, met by a real client."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from typing import Any

import httpx
import pytest

from odatabatch.azure.versions import LAST_BATCH
from odatabatch.emulator import BatchService, Emulator, serving
from odatabatch.emulator.serving import serve
from tests.emulator.scenes import ask, collection, fixture, service, task
from tests.emulator.sockets import half_asked, unread

VERSION = {"api-version": "2025-06-01"}
TASKS = "/jobs/job/tasks"
PATH = "/jobs/job/addtaskcollection"
SHORT_S = 0.2  # a client's patience, where none comes
TOO_LONG_S = 8.0  # for a stop, which takes half a second where it has to close a connection


@contextmanager
def served(asked: BatchService) -> Iterator[httpx.Client]:
    """A client of a service."""
    with (
        serve(Emulator(asked)) as url,
        httpx.Client(base_url=url, params=VERSION, timeout=10, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def _silent(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """The server tells nothing of what was done on purpose."""
    yield
    assert capfd.readouterr() == ("", "")


def test_life_of_a_task() -> None:
    """Added, listed, ended, made active again, deleted; on one connection."""
    with served(service()) as client:
        assert client.post("/jobs", json={"id": "other"}).status_code == 201
        added = client.post(PATH, json=collection(task("a"), task("b")))
        assert {it["status"] for it in added.json()["value"]} == {"success"}
        assert added.headers["Transfer-Encoding"] == "chunked"
        assert client.post(f"{TASKS}/a/terminate").status_code == 204
        found = client.get(TASKS, params={**VERSION, "$filter": "state eq 'completed'"})
        (shown,) = found.json()["value"]
        assert shown["url"] == str(client.base_url.join(f"{TASKS}/a"))
        tag = shown["eTag"]
        assert client.get(f"{TASKS}/a", headers={"If-None-Match": tag}).status_code == 304
        assert client.post(f"{TASKS}/a/reactivate").status_code == 204
        assert client.delete(f"{TASKS}/a", headers={"If-Match": tag}).status_code == 412
        assert client.delete(f"{TASKS}/a").status_code == 200
        assert client.get(f"{TASKS}/a").status_code == 404


def test_batch() -> None:
    """The sample of the page, chunk by chunk."""
    sent = fixture("add-three-tasks.http")
    with served(service()) as client:
        client.post("/jobs", json={"id": "job-0000000001"})
        response = client.post(
            "/$batch",
            params={"api-version": LAST_BATCH},
            content=sent.body.replace(
                b"http://myaccount.myregion.batch.azure.com", str(client.base_url).encode()
            ),
            headers={"Content-Type": sent.headers.get("Content-Type", "")},
        )
        assert response.status_code == 202
        assert response.text.count("HTTP/1.1 201 Created") == 2
        assert response.text.count("HTTP/1.1 409 Conflict") == 1


class TestFaults:
    """Each kind."""

    def test_fail_request(self) -> None:
        """An error, and then none."""
        fault = {"do": "fail_request", "status": 503, "retry_after_s": 1, "times": 1}
        with served(service(fault)) as client:
            response = client.get(TASKS)
            assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
            assert client.get(TASKS).status_code == 200

    def test_fail_tasks(self) -> None:
        """One task's error."""
        with served(service({"do": "fail_tasks", "task": "a"})) as client:
            (found,) = client.post(PATH, json=collection(task("a"))).json()["value"]
            assert found["status"] == "servererror"

    def test_hang(self) -> None:
        """No answer, though the task was added; the server stops all the same."""
        asked = service({"do": "hang", "times": 1})
        with served(asked) as client:
            with pytest.raises(httpx.ReadTimeout):
                client.post(TASKS, json=task("t"), timeout=SHORT_S)
            assert client.post(TASKS, json=task("t")).status_code == 409

    def test_stopped(self) -> None:
        """A server that is stopped does not wait for a hang: the client sees the end."""
        with served(service({"do": "hang", "seconds": 3600})) as client:
            client.timeout = httpx.Timeout(SHORT_S)
            with pytest.raises(httpx.ReadTimeout):
                client.get(TASKS)

    def test_held_and_closed(self) -> None:
        """After its time the connection is closed."""
        with (
            served(service({"do": "hang", "seconds": 0.01})) as client,
            pytest.raises(httpx.RemoteProtocolError),
        ):
            client.get(TASKS)

    def test_cut_before_head(self) -> None:
        """The connection is closed; the next one is answered."""
        with served(service({"do": "cut", "times": 1})) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                client.post(TASKS, json=task("t"))
            assert client.post(TASKS, json=task("t")).status_code == 409

    @pytest.mark.parametrize("body_bytes", [0, 1, 100])
    def test_cut_in_body(self, body_bytes: int) -> None:
        """So many bytes of a streamed answer come, and not its end; half of the tasks are added."""
        fault = {"do": "cut", "body_bytes": body_bytes, "work": "half", "times": 1}
        with served(service(fault)) as client:
            body = collection(*(task(f"t{number}") for number in range(4)))
            with client.stream("POST", PATH, json=body) as response:
                assert response.status_code == 200
                pieces = []
                with pytest.raises(httpx.RemoteProtocolError):
                    pieces.extend(response.iter_raw())
            assert len(b"".join(pieces)) <= body_bytes
            assert len(client.get(TASKS).json()["value"]) == 2

    def test_cut_with_a_length(self) -> None:
        """An answer with a Content-Length ends before it."""
        with served(service({"do": "cut", "operation": "Task_Get", "body_bytes": 5})) as client:
            client.post(TASKS, json=task("t"))
            with pytest.raises(httpx.RemoteProtocolError):
                client.get(f"{TASKS}/t")

    def test_bytes(self) -> None:
        """One byte at a time; the answer is the same."""
        with served(service({"do": "slow", "operation": "Task_List"})) as client:
            client.post(TASKS, json=task("t"))
            (found,) = json.loads(client.get(TASKS).content)["value"]
            assert found["id"] == "t"

    def test_slow(self) -> None:
        """The head comes at once, and the body too late."""
        with (
            served(service({"do": "slow", "pause_s": 60})) as client,
            client.stream("GET", TASKS, timeout=SHORT_S) as response,
        ):
            assert response.status_code == 200
            with pytest.raises(httpx.ReadTimeout):
                response.read()


class TestStops:
    """Leaving the context waits for nobody; a client that was waited for would go in the end."""

    @staticmethod
    def leaving_s(
        asked: BatchService, client: Callable[[int], AbstractContextManager[None]]
    ) -> float:
        """The seconds that it takes, at most ``TOO_LONG_S``."""
        with ExitStack() as clients:
            with serve(Emulator(asked)) as url:
                clients.enter_context(client(int(url.rpartition(":")[2])))
                gives_up = threading.Timer(TOO_LONG_S, clients.close)
                gives_up.start()
                began = time.monotonic()
            took = time.monotonic() - began
            gives_up.cancel()
        return took

    def test_half_a_request(self) -> None:
        """Half of a request has come."""
        assert self.leaving_s(service(), half_asked) < TOO_LONG_S

    @pytest.mark.parametrize("faults", [[], [{"do": "slow", "chunk_bytes": 1 << 20}]])
    def test_unread(self, faults: list[dict[str, Any]]) -> None:
        """A large answer is not read: more of it is there than a system takes from the server."""
        asked = service(*faults)
        for number in range(24):
            long = task(f"t{number}", environmentSettings=[{"name": "n", "value": "x" * 1_000_000}])
            assert ask(asked, "POST", TASKS, long).status == 201
        target = f"{TASKS}?api-version=2025-06-01"
        assert self.leaving_s(asked, lambda port: unread(port, target)) < TOO_LONG_S


def test_port() -> None:
    """One that is taken is an error."""
    with serve(Emulator(service())) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError), serve(Emulator(service()), port):  # noqa: PT011
            pass


def test_no_delay() -> None:
    """Its socket is one of TCP by name: else asyncio lets pieces wait for each other."""
    with closing(serving._listener(0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_at_once() -> None:
    """A server may be stopped before it has begun."""
    for _ in range(3):
        with serve(Emulator(service())):
            pass


def test_many_clients() -> None:
    """One that hangs keeps no other waiting."""
    asked = service({"do": "hang", "operation": "Task_List"})
    with served(asked) as client, httpx.Client(trust_env=False) as other:
        url = client.base_url.join(f"{TASKS}/t")
        with pytest.raises(httpx.ReadTimeout):
            client.get(TASKS, timeout=SHORT_S)
        assert other.get(url, params=VERSION).status_code == 404
