"""The transports over real connections, on loopback: streams, time-outs, connections that break."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import odatabatch
from odatabatch.azure import LATEST, OpenOutcomes
from odatabatch.azure.versions import LAST_BATCH
from odatabatch.emulator import Emulator
from tests.azure.batches import HOST, LEGACY, batch, task
from tests.transport.scenes import (
    JOB,
    KEY,
    NOW,
    Program,
    Service,
    adding,
    collected,
    each_program,
    key_auth,
    posted,
    results,
    statuses,
)

serving = pytest.importorskip("odatabatch.emulator.serving", exc_type=ImportError)

WAIT_S = 30.0  # for what comes at once, unless something is wrong


READ_S = 2.0  # an answer that is not held comes sooner, or on another attempt


def soon(program: Program) -> Any:
    """Time-outs: patient, but for reading."""
    return program.library.Timeout(WAIT_S, read=READ_S)


class Watched(Emulator):
    """An emulator that tells who asks, and may hold an answer.

    Attributes:
        peers: the client's address, of each request.
    """

    def __init__(self, service: Service, hold: Callable[[int], object] = lambda _: None) -> None:
        super().__init__(service.batch, clock=lambda: NOW)
        self.peers: list[Any] = []
        self._hold = hold

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, when it is time."""
        self.peers.append(scope["client"])
        await asyncio.to_thread(self._hold, len(self.peers))
        await super().__call__(scope, receive, send)


@contextlib.contextmanager
def connected(
    program: Program, service: Service, way: str = "Upgrading", app: Any = None, **options: Any
) -> Iterator[Any]:
    """A transport to a service that is served."""
    options.setdefault("sleep", program.sleep([]))
    with serving.serve(app or Watched(service)) as url:
        yield program.transport(way, program.socket(), service=url, **options)


@each_program
class TestConnections:
    """Both ways, with real messages."""

    def test_both_ways(self, program: Program) -> None:
        """Through both transports a new client reaches an old service, and an old a new one."""
        new, old = (
            Service(account="myaccount", key=KEY, versions=[it]) for it in (LATEST, LAST_BATCH)
        )
        with connected(program, new, auth=key_auth()) as transport:
            assert statuses(program.ask(transport, posted(*adding("a", "a")))) == {
                "1": 201,
                "2": 409,
            }
        with connected(program, old, "Downgrading", auth=key_auth()) as transport:
            assert results(program.ask(transport, collected("a", "b"))) == {
                "a": "success",
                "b": "success",
            }

    def test_first_part(self, program: Program) -> None:
        """The first part arrives before the second request is answered."""
        read = threading.Event()
        in_time: list[bool] = []

        def hold(count: int) -> None:
            if count == 2:
                in_time.append(read.wait(WAIT_S))

        service = Service()
        pieces: list[bytes] = []

        def on_piece(piece: bytes) -> None:
            pieces.append(piece)
            read.set()

        operations = adding("a", "a", "a")
        with connected(program, service, app=Watched(service, hold)) as transport:
            response = program.read_some(transport, posted(*operations), on_piece)
        assert in_time == [True]
        assert len(pieces) == 3
        answer = odatabatch.decode_response(b"".join(pieces), response.headers["Content-Type"])
        pairs = odatabatch.correlate(batch(*operations), answer)
        assert [it.responses[0].status for it in pairs.outcomes] == [201, 409, 409]

    def test_closed_early(self, program: Program) -> None:
        """What was asked for is done."""
        service = Service()
        names = [f"t{at}" for at in range(250)]
        with connected(program, service) as transport:
            program.read_some(transport, posted(*adding(*names)), lambda _: None, most=1)
            assert service.task_ids == names

    def test_one_connection(self, program: Program) -> None:
        """All requests of a client, of whatever kind, use one connection."""
        service = Service()
        app = Watched(service)
        single = f"https://{HOST}/jobs/{JOB}/tasks"
        asked = posted(*adding("b"))
        asked["content"] = program.body(asked["content"])
        with connected(program, service, app=app) as transport:
            answers = program.ask(
                transport,
                posted(*adding("a", "a", "a")),
                {"method": "GET", "url": f"{single}/a?api-version={LEGACY}"},
                asked,
                {
                    "method": "POST",
                    "url": f"{single}?api-version={LEGACY}",
                    "content": program.body(task("c")),
                    "headers": {"Content-Type": "application/json; odata=minimalmetadata"},
                },
                posted(*adding("a")),
            )
        assert [it.status_code for it in answers] == [202, 200, 202, 201, 202]
        assert len(app.peers) == 7
        assert len(set(app.peers)) == 1

    def test_one_for_all(self, program: Program) -> None:
        """One transport serves a client's requests at once."""
        service = Service()
        asked = [posted(*adding(f"t{at}", f"t{at}", f"u{at}")) for at in range(20)]
        with connected(program, service) as transport:
            answers = program.ask_at_once(transport, asked)
        assert [statuses(it) for it in answers] == [{"1": 201, "2": 409, "3": 201}] * 20
        assert len(service.task_ids) == 40


@each_program
class TestFailures:
    """What goes wrong on the way."""

    def test_timed_out(self, program: Program) -> None:
        """Tasks that were added in a request that timed out are found."""
        service = Service({"do": "hang", "work": "all", "times": 1})
        waits: list[float] = []
        with connected(program, service, sleep=program.sleep(waits)) as transport:
            answer = program.ask(transport, posted(*adding("a", "b", "a")), timeout=soon(program))
        assert statuses(answer) == {"1": 201, "2": 201, "3": 409}
        assert waits[0] == 0.5

    def test_never(self, program: Program) -> None:
        """Without any answer it is a time-out."""
        service = Service({"do": "hang", "work": "none"})
        with (
            connected(program, service, max_attempts=2) as transport,
            pytest.raises(program.library.ReadTimeout) as caught,
        ):
            program.ask(transport, posted(*adding("a")), timeout=soon(program))
        assert isinstance(caught.value.__cause__, OpenOutcomes)

    @pytest.mark.parametrize("body_bytes", [None, 100])
    @pytest.mark.parametrize("work", ["half", "all"])
    def test_cut(self, program: Program, body_bytes: int | None, work: str) -> None:
        """An answer that breaks off is none, wherever it does."""
        service = Service({"do": "cut", "body_bytes": body_bytes, "work": work, "times": 1})
        with connected(program, service) as transport:
            answer = program.ask(transport, posted(*adding("a", "b", "a")))
        assert statuses(answer) == {"1": 201, "2": 201, "3": 409}

    def test_cut_batches(self, program: Program) -> None:
        """Likewise the other way."""
        service = Service({"do": "cut", "body_bytes": 400, "times": 1})
        with connected(program, service, "Downgrading") as transport:
            answer = program.ask(transport, collected("a", "b"))
        assert results(answer) == {"a": "success", "b": "success"}

    def test_cut_at_the_end(self, program: Program) -> None:
        """Parts that are known, then the error instead of the end."""
        service = Service({"do": "cut", "after": 1, "work": "none"})
        pieces: list[bytes] = []
        with (
            connected(program, service, max_attempts=2) as transport,
            pytest.raises(program.library.RemoteProtocolError) as caught,
        ):
            program.read_some(transport, posted(*adding("a", "a")), pieces.append)
        assert isinstance(caught.value.__cause__, OpenOutcomes)
        assert b"HTTP/1.1 201" in b"".join(pieces)

    @pytest.mark.parametrize("way", ["Upgrading", "Downgrading"])
    def test_bytes(self, program: Program, way: str) -> None:
        """An answer may come byte by byte."""
        service = Service({"do": "slow", "chunk_bytes": 1})
        with connected(program, service, way) as transport:
            if way == "Upgrading":
                assert statuses(program.ask(transport, posted(*adding("a")))) == {"1": 201}
            else:
                assert results(program.ask(transport, collected("a"))) == {"a": "success"}

    def test_busy(self, program: Program) -> None:
        """A server error, a request that is too large, then success."""
        service = Service(
            {"do": "fail_request", "status": 503, "times": 1},
            {"do": "fail_request", "status": 413, "after": 1, "times": 1},
        )
        with connected(program, service) as transport:
            answer = program.ask(transport, posted(*adding("a", "b", "c")))
        assert statuses(answer) == {"1": 201, "2": 201, "3": 201}

    def test_wrong_key(self, program: Program) -> None:
        """A refusal of all is the answer."""
        service = Service(account="myaccount", key=KEY)
        with connected(program, service, auth=key_auth("b3RoZXI=")) as transport:
            answer = program.ask(transport, posted(*adding("a", "a")))
        assert (answer.status_code, answer.json()["code"]) == (403, "AuthenticationFailed")

    def test_nobody(self, program: Program) -> None:
        """Where nobody listens there is no connection."""
        waits: list[float] = []
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            transport = program.transport(
                "Upgrading",
                program.socket(),
                service=f"http://127.0.0.1:{bound.getsockname()[1]}",
                sleep=program.sleep(waits),
            )
            with pytest.raises(program.library.ConnectError):
                program.ask(transport, posted(*adding("a")))
        assert waits == [0.5, 1.0, 2.0, 4.0]
