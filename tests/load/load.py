"""Legacy batches by the thousand, sent by several clients at once, and what became of each task."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec

import odatabatch
from odatabatch import Batch, Changeset, Headers, Operation, azure
from odatabatch.emulator import Cut, FailRequest, FailTasks, Hang, Slow
from odatabatch.transport import SharedKeyAuth, UpgradingTransport

ACCOUNT = "myaccount"
KEY = base64.b64encode(b"an invented key").decode("ascii")
TASKS = 100
"""Operations of a batch: as many as the service takes. Of a quarter of the batches one cannot be
added, of another quarter one has the id of another in capitals."""

FAULTS = (
    FailTasks(operation="Task_AddCollection", every=7, each=9),
    FailTasks(operation="Task_AddCollection", after=3, every=11, each=4, code="OperationTimedOut"),
    FailRequest(operation="Task_AddCollection", every=13, status=503, retry_after_s=1),
    FailRequest(operation="Task_AddCollection", after=5, every=17, status=500, work="half"),
    FailRequest(operation="Task_AddCollection", after=9, every=19, status=500, work="all"),
    # Of requests with the first task of a batch: a lone task that is too large is refused.
    FailRequest(operation="Task_AddCollection", task="task-*-000", after=2, every=29, status=413),
    Cut(operation="Task_AddCollection", after=4, every=23, work="all"),
    Cut(operation="Task_AddCollection", after=6, every=29, body_bytes=500, work="half"),
    Hang(operation="Task_AddCollection", after=8, every=97, seconds=30, work="all"),
    Slow(operation="Task_AddCollection", after=7, every=31, chunk_bytes=1),
)
"""Some strike more than a third of all requests; primes keep them from going in step."""

_TIMEOUT_S = 2.0  # of the clients; an answer takes some 30 ms, with four at a time
_MAX_ATTEMPTS = 12
_STOP_S = 30.0  # it takes one at most


@dataclass
class Outcome:
    """What came of a load.

    Attributes:
        batches: how many were sent.
        seconds: that it took.
        answers: how many parts had which status.
        stored: how many tasks the service has.
        wrong: what is not as it should be, in words; at best nothing.
        sent: how many requests the transport sent.
        failed: how many of them got no answer, or one of 400 and more, by what it was.
    """

    batches: int
    seconds: float = 0.0
    answers: Counter[int] = field(default_factory=Counter)
    stored: int = 0
    wrong: list[str] = field(default_factory=list)
    sent: int = 0
    failed: Counter[str] = field(default_factory=Counter)


def run(batches: int, clients: int = 4, job: str = "job") -> Outcome:
    """Send batches of 100 tasks to an emulator in a process of its own, and count.

    Args:
        batches: how many.
        clients: how many send at once, each in a thread.
        job: the id of the job.
    """
    outcome = Outcome(batches)
    with emulator() as url:
        with httpx.Client(auth=SharedKeyAuth(ACCOUNT, KEY)) as client:
            body = {"id": job, "poolInfo": {"poolId": "pool"}}
            headers = {"Content-Type": "application/json; odata=minimalmetadata"}
            there = f"{url}/jobs?api-version={azure.LATEST}"
            client.post(there, json=body, headers=headers).raise_for_status()
        started = time.perf_counter()
        counting = threading.Lock()
        shares = [range(start, batches, clients) for start in range(clients)]
        with ThreadPoolExecutor(clients) as pool:
            for done in [
                pool.submit(_send, url, job, share, outcome, counting) for share in shares
            ]:
                done.result()
        outcome.seconds = time.perf_counter() - started
        _compare(url, job, outcome)
    return outcome


@contextmanager
def emulator() -> Iterator[str]:
    """The command ``odatabatch emulate``, with the faults; it knows the newest version alone."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "faults.json"
        script.write_bytes(msgspec.json.encode(FAULTS))
        order = [sys.executable, "-m", "odatabatch", "emulate", "--account", ACCOUNT]
        order += ["--faults", str(script), "--oldest", azure.LATEST]
        process = subprocess.Popen(
            order, stdout=subprocess.PIPE, text=True, env={**os.environ, "ODATABATCH_KEY": KEY}
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            process.stdout.close()


class _Counted(httpx.HTTPTransport):
    """Sends, and counts what came back."""

    def __init__(self, outcome: Outcome, counting: threading.Lock) -> None:
        super().__init__()
        self._outcome = outcome
        self._counting = counting

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        failed = ""
        try:
            response = super().handle_request(request)
        except httpx.TransportError as error:
            failed = type(error).__name__
            raise
        else:
            failed = str(response.status_code) if response.status_code >= 400 else ""
            return response
        finally:
            with self._counting:
                self._outcome.sent += 1
                self._outcome.failed.update([failed] if failed else [])


def _send(url: str, job: str, share: range, outcome: Outcome, counting: threading.Lock) -> None:
    """Send some of the batches, and judge the answers."""
    transport = UpgradingTransport(
        _Counted(outcome, counting),
        auth=SharedKeyAuth(ACCOUNT, KEY),
        max_attempts=_MAX_ATTEMPTS,
        max_wait_s=0.05,
    )
    target = f"{url}/$batch?api-version=2016-02-01.3.0"
    with httpx.Client(transport=transport, timeout=_TIMEOUT_S) as client:
        for index in share:
            encoded = odatabatch.encode_request(batch(url, job, index), azure.AZURE_BATCH)
            answer = client.post(
                target, content=encoded.body, headers={"Content-Type": encoded.content_type}
            )
            read = odatabatch.decode_response(answer.content, answer.headers["Content-Type"])
            with counting:
                outcome.answers.update(part.status for part in read.responses)
                told = Counter((part.content_id, part.status) for part in read.responses)
                if told != Counter(expected(index)):
                    outcome.wrong.append(f"batch {index}: not answered as it should be")


def batch(url: str, job: str, index: int) -> Batch:
    """A batch of tasks that no other batch has, each with a command line of its own."""
    target = f"{url}/jobs/{job}/tasks?api-version=2016-02-01.3.0"
    return Batch(
        tuple(
            Changeset(
                (
                    Operation(
                        "POST",
                        target,
                        Headers([("Content-ID", str(at)), ("Content-Type", "application/json")]),
                        json.dumps(_task(index, at)).encode("ascii"),
                    ),
                )
            )
            for at in range(TASKS)
        )
    )


def _task(index: int, at: int) -> dict[str, Any]:
    """A task of its own; of some batches one has an id that cannot be, or another's in capitals."""
    task_id = f"task-{index:05}-{at:03}"
    if _is_refused(index, at):
        task_id = f"no id {at}"
    elif _is_repeated(index, at):
        task_id = f"TASK-{index:05}-{at - 1:03}"
    return {"id": task_id, "commandLine": f"cmd /c echo {index} {at}"}


def _is_refused(index: int, at: int) -> bool:
    return index % 4 == 1 and at == 50


def _is_repeated(index: int, at: int) -> bool:
    return index % 4 == 2 and at == 60


def expected(index: int) -> list[tuple[str, int]]:
    """Content-ID and status of each answer to a batch."""
    return [(str(at), _status(index, at)) for at in range(TASKS)]


def _status(index: int, at: int) -> int:
    if _is_refused(index, at):
        return 400
    return 409 if _is_repeated(index, at) else 201


def _compare(url: str, job: str, outcome: Outcome) -> None:
    """Hold what the service has against what was sent."""
    found = Counter((task["id"], task["commandLine"]) for task in _stored(url, job))
    outcome.stored = sum(found.values())
    wanted = Counter(
        tuple(_task(index, at).values())
        for index in range(outcome.batches)
        for at in range(TASKS)
        if _status(index, at) == 201
    )
    for what, tasks in (("lost", wanted - found), ("twice or not ours", found - wanted)):
        if tasks:
            outcome.wrong.append(f"{sum(tasks.values())} tasks {what}")


def _stored(url: str, job: str) -> Iterator[dict[str, Any]]:
    """All tasks of the job, page by page."""
    link = f"{url}/jobs/{job}/tasks?api-version={azure.LATEST}&maxresults=1000"
    with httpx.Client(auth=SharedKeyAuth(ACCOUNT, KEY), timeout=60) as client:
        while link:
            page = client.get(link).raise_for_status().json()
            yield from page["value"]
            link = page.get("odata.nextLink", "")


def table(outcome: Outcome) -> Sequence[tuple[str, str]]:
    """What is told of a load."""
    failed = ", ".join(f"{name} {count}" for name, count in sorted(outcome.failed.items()))
    return (
        ("batches", str(outcome.batches)),
        ("tasks", str(outcome.batches * TASKS)),
        ("answers", ", ".join(f"{status}: {n}" for status, n in sorted(outcome.answers.items()))),
        ("tasks that the service has", str(outcome.stored)),
        ("requests that were sent", str(outcome.sent)),
        ("of them failed", failed or "none"),
        ("seconds", f"{outcome.seconds:.1f}"),
        ("tasks a second", f"{outcome.batches * TASKS / outcome.seconds:.0f}"),
        ("wrong", "; ".join(outcome.wrong) or "nothing"),
    )
