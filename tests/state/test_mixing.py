"""Work that goes on side by side does not mix, be it in turns or in threads."""

from __future__ import annotations

import functools
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
    ODATA_V4,
    Batch,
    ChangesetStart,
    Correlation,
    ODataBatchError,
    Operation,
    RequestEncoder,
    ResponseEncoder,
    check,
    correlate,
    decode_request,
    decode_response,
    encode_request,
    references,
)
from odatabatch.azure import AZURE_BATCH, Failure, downgrade, upgrade
from odatabatch.azure.moves import move
from tests import corpus, strategies
from tests.azure import batches, task_strategies
from tests.state.layers import ROOT
from tests.state.outcomes import told

Steps = Generator[None, None, Any]
"""Some work that can be left after each step; it returns what came of it."""

THREADS = 4


def reading(given: strategies.Input, chunks: list[bytes], tolerate: Any, at_once: int) -> Steps:
    """A decoder that gets a chunk a step, and of which some events are taken after each."""
    events: list[Any] = []
    try:
        decoder = corpus.DECODERS[given.kind](given.content_type, tolerate, given.limits)
        for chunk in chunks:
            decoder.receive_data(chunk)
            yield
            events += islice(decoder.events(), at_once)
            yield
        decoder.receive_eof()
        for event in decoder.events():
            events.append(event)
            yield
    except ODataBatchError as error:
        return told((events, error))
    return told(events)


def writing(batch: Any, dialect: Any) -> Steps:
    """A stream encoder that gets an event a step, whatever it refuses."""
    kind = RequestEncoder if isinstance(batch, Batch) else ResponseEncoder
    boundaries = (f"boundary_{number}" for number in range(99))
    encoder = kind(dialect=dialect, boundaries=boundaries)
    pieces: list[Any] = [encoder.content_type]
    for event in strategies.events_of(batch):
        try:
            pieces.append(encoder.send(event))
        except ODataBatchError as error:
            pieces.append(error)
            if isinstance(event, ChangesetStart):
                break
        yield
    return told(pieces)


def carrying(ids: list[str], outcomes: list[int], api_version: str) -> Steps:
    """A transfer, in which requests are answered one after the other, well or not at all."""
    operations = [batches.operation(str(at), batches.task(it)) for at, it in enumerate(ids)]
    transfer = upgrade(batches.batch(*operations), api_version=api_version).transfer(3)
    events: list[Any] = []
    turn = 0
    while not transfer.done:
        waiting = transfer.next_requests()
        yield
        for request in waiting:
            outcome = outcomes[turn % len(outcomes)]
            turn += 1
            if outcome == 0:
                transfer.receive(request, Failure.CONNECTION_LOST)
            elif outcome == 1:
                transfer.receive(request, batches.refused(503))
            else:
                transfer.receive(request, batches.answered(*map(batches.added, ids_in(request))))
            yield
            events += islice(transfer.events(), 1)
    return told(([*events, *transfer.events()], transfer.answer("omit"), transfer.presumed))


def ids_in(request: Any) -> list[str]:
    """The ids of the tasks in a collection request."""
    return [task["id"] for task in batches.json.loads(request.body)["value"]]


def translating(task: Any, source: str, targets: list[str]) -> Steps:
    """A task that is moved to one api-version after the other."""
    found: list[Any] = []
    body = batches.json.dumps(task).encode()
    for target in targets:
        yield
        try:
            found.append(move(body, source, target))
        except ODataBatchError as error:
            found.append(error)
    return told(found)


@st.composite
def works(draw: st.DrawFn) -> Callable[[], Steps]:
    """Some work, which can be begun anew."""
    match draw(st.sampled_from(("read", "read", "write", "carry", "move"))):
        case "read":
            given = draw(strategies.inputs)
            chunks, tolerate = draw(strategies.cuts(given.body)), draw(strategies.tolerances)
            at_once = draw(st.sampled_from((0, 1, 99)))
            return lambda: reading(given, chunks, tolerate, at_once)
        case "write":
            batch = draw(strategies.batches())
            dialect = draw(st.sampled_from((ODATA_V3, ODATA_V4, AZURE_TABLES, AZURE_BATCH)))
            return lambda: writing(batch, dialect)
        case "carry":
            ids = draw(st.lists(st.sampled_from(("a", "A", "b", "c")), min_size=1, max_size=6))
            outcomes = draw(st.lists(st.integers(0, 2), min_size=1, max_size=5))
            api_version = draw(st.sampled_from(("2017-05-01.5.0", "2024-07-01.20.0")))
            return lambda: carrying(ids, outcomes, api_version)
        case _:
            source = draw(task_strategies.versions)
            task = draw(task_strategies.tasks(source, strange=True))
            targets = draw(st.lists(task_strategies.versions, min_size=1, max_size=4))
            return lambda: translating(task, source, targets)


def finished(steps: Steps) -> Any:
    """What comes of work that nothing interrupts."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def in_turns(begun: list[Steps], turns: Iterable[int]) -> list[Any]:
    """What comes of each work, a step at a time in those turns; then of the rest, in theirs."""
    results: list[Any] = [None] * len(begun)
    open_ones = set(range(len(begun)))
    rest = (number for _ in iter(int, 1) for number in range(len(begun)))
    for number in (it for part in (turns, rest) for it in part):
        if not open_ones:
            break
        if number in open_ones:
            try:
                next(begun[number])
            except StopIteration as stop:
                results[number] = stop.value
                open_ones.discard(number)
    return results


class TestTurns:
    """Decoders, encoders and transfers, each a step at a time."""

    @given(st.data())
    def test_turns(self, data: st.DataObject) -> None:
        """In whatever turns, each gives what it gives alone."""
        chosen = data.draw(st.lists(works(), min_size=2, max_size=5))
        turns = data.draw(st.lists(st.integers(0, len(chosen) - 1), max_size=60))
        alone = [finished(begin()) for begin in chosen]
        assert in_turns([begin() for begin in chosen], turns) == alone

    def test_steps(self) -> None:
        """What is taken in turns is no more than what is to be done."""
        log: list[str] = []

        def logging(name: str, steps: int) -> Steps:
            for step in range(steps):
                log.append(f"{name}{step}")
                yield
            return name

        assert in_turns([logging("a", 2), logging("b", 1)], [1, 0, 1]) == ["a", "b"]
        assert log == ["b0", "a0", "a1"]


@pytest.fixture
def eager() -> Iterator[None]:
    """Threads that give way to each other all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each call gives, begun together, each in a thread of its own."""
    together = threading.Barrier(len(calls))

    def begun(call: Callable[[], Any]) -> Any:
        together.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begun, calls))


@pytest.mark.usefixtures("eager")
class TestThreads:
    """Values are shared between threads, work is not; ``python -m tests.state`` has the rest."""

    def test_cold_caches(self) -> None:
        """What is worked out when it is first asked for may be asked for by several at once.

        In processes of their own: what is not worked out yet can crash the interpreter.
        """
        for _ in range(3):
            command = [sys.executable, "-m", "tests.state.cold"]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")

    def test_shared_values(self) -> None:
        """Models split their headers, and work out what else they know, when they are asked."""
        fixtures = [it for it in corpus.fixtures() if it.tolerant.error is None]
        assert len(fixtures) > 50
        for it in fixtures:
            decode = decode_request if it.kind == "request" else decode_response
            batch: Any = decode(it.body, it.content_type, it.tolerate, it.limits)
            other = pickle.loads(pickle.dumps(batch))  # noqa: S301 - our own
            found = in_threads([functools.partial(looked_at, batch)] * THREADS)
            assert found == [looked_at(other)] * THREADS

    def test_shared_correlation(self) -> None:
        """Locations are followed when a reference is resolved, and kept."""
        made = [linked(40) for _ in range(6)]
        expected = resolved(*linked(40))
        assert expected[-1] is not None
        for batch, correlation in made:
            found = in_threads([functools.partial(resolved, batch, correlation)] * THREADS)
            assert found == [expected] * THREADS

    def test_shared_translation(self) -> None:
        """A translation is a value: several may answer from it at once, each for itself."""
        ids = [f"t{number}" for number in range(30)]
        operations = [batches.operation(it, batches.task(it)) for it in ids]
        up = upgrade(batches.batch(*operations), request=batches.outer())
        answers = [batches.answered(*map(batches.added, ids_in(it))) for it in up.requests]
        expected = told(up.answer(answers))
        down = downgrade(up.requests[0])
        assert len(down.requests) == 1

        def work() -> Any:
            transfer = up.transfer()
            for request in transfer.next_requests():
                transfer.receive(request, answers[0])
            return told(up.answer(answers)), told(list(transfer.events())), told(down.notes)

        alone = work()
        assert alone[0] == expected
        assert in_threads([work] * THREADS) == [alone] * THREADS


def looked_at(batch: Any) -> Any:
    """All that a batch tells."""
    leaves = strategies.leaves_of(batch)
    fields = [
        (headers.names, headers.values, headers.items(), [headers.get(it) for it in headers.names])
        for leaf in leaves
        for headers in (leaf.headers, leaf.part_headers)
    ]
    ids = [(leaf.content_id, leaf.content_id_at) for leaf in leaves]
    judged = told((check(batch), encode_request(batch))) if isinstance(batch, Batch) else None
    return fields, ids, judged, hash(batch), repr(batch)


def linked(count: int) -> tuple[Batch, Correlation]:
    """Operations of which each goes to what the one before has made, and their answers."""
    head = batches.Headers
    asked = [Operation("POST", "/a", head([("Content-ID", "0")]))]
    for number in range(1, count):
        target = f"${number - 1}/b"
        asked.append(Operation("POST", target, head([("Content-ID", str(number))])))
    answers = [
        batches.OperationResponse(
            201, "Created", head([("Content-ID", str(at)), ("Location", f"m{at}")])
        )
        for at in range(count)
    ]
    batch = Batch(tuple(asked))
    return batch, correlate(batch, batches.BatchResponse(tuple(answers)))


def resolved(batch: Batch, correlation: Correlation) -> list[str | None]:
    """Where each reference leads to."""
    return [correlation.resolve(it) for it in references(batch)]
