"""Transfers against a model of the service, with every fault in any order, both ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count, islice
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from odatabatch import (
    Batch,
    BatchEnd,
    BatchResponse,
    Changeset,
    ChangesetEnd,
    ChangesetResponse,
    ChangesetStart,
    HttpRequest,
    HttpResponse,
    Operation,
    ResponseEncoder,
    correlate,
    decode_response,
)
from odatabatch.azure import (
    AZURE_BATCH,
    Downgrade,
    Failure,
    OpenOutcomes,
    Transfer,
    Upgrade,
    downgrade,
    upgrade,
)
from tests.azure.batches import (
    MODERN,
    collection,
    decoded,
    operation,
    results_of,
    task,
)
from tests.azure.model_service import BAD, KINDS, ODD, OVERSIZED, Asked, Fault, Service, asked_by

NAMES = ("a", "A", "b", "B", "c", "d", "e", f"{BAD}-1", f"{BAD.upper()}-1", f"{OVERSIZED}-1")
MANY = tuple(f"f{n}" for n in range(101))
MAX_TASKS = 100
HALVINGS = 7  # from 100 down to one
MAX_WAIT_S = 30.0

names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=8)
id_lists = st.one_of(names, names.map(lambda some: [*some, *MANY]))
masks = st.one_of(st.sampled_from((0, 255)), st.integers(0, 255))
WAITS = (None, "0", "3", "1000000000", "-1", "soon")
faults = st.builds(
    Fault,
    st.sampled_from((*KINDS, "well", "well")),
    masks,
    masks,
    st.integers(0, 9),
    st.integers(0, 999),
    st.sampled_from(WAITS),
)
services = st.builds(
    Service,
    st.lists(st.sampled_from(NAMES), max_size=2).map(tuple),
    st.sampled_from((1, 2, 3, 100, 100, 100)),
    st.booleans(),
)


def marks(number: int) -> list[str]:
    """What tells the operations: their command lines."""
    return [f"mark-{n}" for n in range(number)]


def upward(ids: Sequence[str]) -> tuple[Batch, Upgrade]:
    """A legacy batch that adds those, some of them outside of changesets."""
    operations = [
        operation(str(n), task(task_id, commandLine=mark))
        for n, (task_id, mark) in enumerate(zip(ids, marks(len(ids)), strict=True))
    ]
    parts = (Changeset((item,)) if n % 3 else item for n, item in enumerate(operations))
    legacy = Batch(tuple(parts))
    return legacy, upgrade(legacy, api_version=MODERN)


def downward(ids: Sequence[str]) -> Downgrade:
    """What a collection of those, which are unique, is to a service of batches."""
    pairs = zip(ids, marks(len(ids)), strict=True)
    return downgrade(collection(*(task(name, commandLine=mark) for name, mark in pairs)))


def some_fault(luck: Random) -> Fault:
    """What happens to a request."""
    doubtful = (*ODD, *["tasks timed out", "408 parts"] * 3, *["timed out", "whole 500"] * 4)
    kind = luck.choice((*KINDS, *["well"] * 16, *["not sent"] * 3, *doubtful))
    done, later = (luck.choice((0, 255, luck.randrange(256))) for _ in "12")
    return Fault(kind, done, later, luck.randrange(10), luck.randrange(1000), luck.choice(WAITS))


def some_service(luck: Random) -> Service:
    """A service in some state."""
    existing = luck.sample(NAMES, luck.choice((0, 0, 0, 1, 2)))
    return Service(tuple(existing), luck.choice((1, 2, 3, 100, 100, 100)), luck.random() < 0.5)


AGAIN = frozenset(("InternalError", "OperationTimedOut", "408", "429"))
"""What is told of an operation that may go once more."""
NOT_ENOUGH = frozenset((*AGAIN, "nothing"))
"""What is no reason to give up before the last attempt."""

Told = tuple[str, int]  # an operation's mark, and the status that it was answered with


class Machine(RuleBasedStateMachine):
    """A transfer, a service, and everything that can happen between them."""

    transfer: Transfer[Any, Any]
    service: Service
    ids: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.in_flight: list[tuple[HttpRequest, list[Asked]]] = []
        self.received: list[HttpResponse | Failure] = []
        self.events: list[Any] = []
        self.sent: Counter[str] = Counter()
        self.halved: Counter[str] = Counter()
        self.unsure: set[str] = set()  # marks that were sent without a definite answer
        self.failed: set[str] = set()  # marks of which a server error was told
        self.last: dict[str, str | None] = {}  # what was told last, or nothing of what was sent
        self.asked_wait_s: dict[str, float] = {}
        self.settled_by: dict[str, HttpResponse | Failure] = {}
        self.known: list[Told] = []
        self.other_hand: set[str] = set()

    # What each way says in its own words: both machines below give all of these (but for seen).

    def told(self, answer: Any) -> list[Told]:
        """What an answer of the transfer says."""
        raise NotImplementedError

    def told_by(self, events: Iterable[Any]) -> list[Told]:
        """What events of the transfer say."""
        raise NotImplementedError

    def seen(self, status: int) -> int:
        """What a client sees of a status."""
        return status

    def operations(self) -> list[Operation]:
        """The operations that ``OpenOutcomes`` names, in the marks' order."""
        raise NotImplementedError

    def check_end(self, unknown: list[str]) -> None:
        """What holds at the end in one of the ways alone."""
        raise NotImplementedError

    # What can happen

    def begin(self, ids: list[str], luck: Random) -> None:
        """All that was drawn by ``start``, and what follows from it."""
        self.ids = [*ids, *MANY] if luck.random() < 0.05 else ids
        self.luck = luck
        self.service = some_service(luck)
        self.max_attempts = luck.randint(1, 5)
        self.marks = marks(len(self.ids))
        self.key_of = dict(zip(self.marks, map(str.lower, self.ids), strict=True))
        self.other_hand.update(self.service.held)

    @rule()
    def hand_out(self) -> None:
        """The sender asks for what may be sent."""
        was_done = self.transfer.done
        requests = self.transfer.next_requests()
        assert not (was_done and requests)
        assert was_done or self.in_flight or requests
        for request in requests:
            asked = asked_by(request)
            self.check_request(request, asked)
            self.in_flight.append((request, asked))

    def check_request(self, request: HttpRequest, asked: list[Asked]) -> None:
        """What holds of each request that is handed out."""
        keys = {item.task_id.lower() for item in asked}
        assert 1 <= len(keys) == len(asked) <= MAX_TASKS
        busy = {item.task_id.lower() for _, other in self.in_flight for item in other}
        assert not keys & busy
        definite = {mark for mark, _ in self.known}
        wait_s = self.transfer.wait_s(request)
        assert 0 <= wait_s <= MAX_WAIT_S
        for item in asked:
            assert item.mark not in definite
            earlier = self.marks[: self.marks.index(item.mark)]
            same = [mark for mark in earlier if self.key_of[mark] == item.task_id.lower()]
            assert all(self.sent[mark] for mark in same)
            if not self.sent[item.mark]:
                assert wait_s == 0
            self.sent[item.mark] += 1
            assert self.sent[item.mark] <= self.max_attempts + self.halved[item.mark]
            assert wait_s >= min(self.asked_wait_s.pop(item.mark, 0.0), MAX_WAIT_S)

    @precondition(lambda self: self.in_flight)
    @rule(index=st.integers(0, 9), fault=faults)
    def answer(self, index: int, fault: Fault) -> None:
        """Something becomes of a request, be it not the one that was sent first."""
        request, asked = self.in_flight.pop(index % len(self.in_flight))
        service = self.service
        result = service.serve(request, fault)
        self.received.append(result)
        if service.too_large and len(asked) > 1:
            self.halved.update(item.mark for item in asked)
        if isinstance(result, HttpResponse):
            asked_wait = result.headers.get("Retry-After", "")
            if asked_wait.isdigit():
                self.asked_wait_s.update((item.mark, float(asked_wait)) for item in asked)
        self.transfer.receive(request, result)
        before = {mark for mark, _ in self.known}
        self.look()
        for mark, _ in self.known:
            if mark not in before:
                self.settled_by[mark] = result
        for item in asked:
            self.last[item.mark] = "cut" if fault.kind == "cut" else "nothing"
        if not (service.too_large and len(asked) > 1):
            self.check_told(service.told)
        self.last.update(service.told)
        self.unsure |= service.unsure

    def check_told(self, told: dict[str, str | None]) -> None:
        """What was told of an operation in so many words is believed at once."""
        known = dict(self.known)
        for mark, code in told.items():
            if code is None:
                assert known.get(mark) == 201
            elif code == "InvalidPropertyValue":
                assert known.get(mark) == self.seen(400)
            elif code == "InternalError":
                self.failed.add(mark)
            elif code not in AGAIN and mark not in self.unsure:
                assert known.get(mark) not in (None, 201)

    def look(self) -> None:
        """See what is definite; what was definite before stays as it was."""
        known = self.told(self.transfer.answer(open="omit"))
        if isinstance(self.settled(), HttpResponse):
            assert set(self.known) <= set(known)
        else:
            assert known[: len(self.known)] == self.known
        self.known = known

    def settled(self) -> HttpResponse | None:
        """The response that stands for all answers, where there is one."""
        return self.transfer.refusal if self.transfer.done else None

    @rule(limit=st.sampled_from((1, None)))
    def drain(self, limit: int | None) -> None:
        """The client is told what is definite, or one event of it, and the rest later."""
        self.events += islice(self.transfer.events(), limit)

    @precondition(lambda self: self.service.waiting)
    @rule(index=st.integers(0, 9))
    def happens_late(self, index: int) -> None:
        """What nobody waits for any more is carried out."""
        self.service.carry_out_waiting(index % len(self.service.waiting))

    @rule(name=st.sampled_from(NAMES))
    def another_hand(self, name: str) -> None:
        """Somebody else adds a task."""
        if self.service.job == "active" and name.lower() not in self.service.held:
            self.service.add(name)
            self.other_hand.add(name.lower())

    @rule(sure=st.integers(0, 9))
    def job_ends(self, sure: int) -> None:
        """Sometimes the job takes no more tasks, or goes, or is made again."""
        if sure == 7:
            self.service.make_job_again()
        if sure == 8:
            self.service.end_job()
        if sure == 9:
            self.service.delete_job()

    # What always holds

    @invariant()
    def consistent(self) -> None:
        """What the transfer says of itself agrees with what it gave."""
        if not hasattr(self, "transfer"):
            return
        told = self.told_by(self.events)
        assert len({mark for mark, _ in told}) == len(told)
        assert self.settled() is not None or told == self.known[: len(told)]
        assert set(told) <= set(self.known)
        assert not (self.transfer.done and self.in_flight)
        refusal = self.transfer.refusal
        if refusal is not None:
            assert any(refusal is answer for answer in self.received)
            assert {status for _, status in self.known} == {self.seen(refusal.status)}

    def teardown(self) -> None:
        """All ends, and all that was said is true, now and after all that happens later."""
        if not hasattr(self, "transfer"):
            return
        bound = len(self.ids) * (self.max_attempts + HALVINGS)
        for _ in range(bound + 1):
            if self.transfer.done:
                break
            if not self.in_flight:
                self.hand_out()
            fault = some_fault(self.luck)
            self.answer(fault.turn, fault)
            if self.luck.random() < 0.05:
                self.service.end_job()
            if self.luck.random() < 0.02:
                self.service.make_job_again()
            if self.service.waiting and self.luck.random() < 0.3:
                self.happens_late(fault.turn)
            self.consistent()
        assert self.transfer.done
        assert self.transfer.next_requests() == ()
        self.drain(None)
        assert not list(self.transfer.events())
        unknown = self.unknown()
        told = dict(self.told_by(self.events))
        assert Counter([*told, *unknown]) == Counter(self.marks)
        self.check_answer(unknown)
        self.check_end(unknown)
        self.check_effort(told, unknown)
        self.check_truth(told)
        while self.service.waiting:
            self.service.carry_out_waiting()
        self.check_truth(told)

    def unknown(self) -> list[str]:
        """The marks of the operations whose outcome is open."""
        try:
            self.transfer.answer()
        except OpenOutcomes as error:
            named = error.operations
        else:
            return []
        found = [
            mark
            for mark, item in zip(self.marks, self.operations(), strict=True)
            if any(item is other for other in named)
        ]
        assert 1 <= len(found) == len(named)
        return found

    def check_truth(self, told: dict[str, int]) -> None:
        """No success made up, no refusal of what ever was done."""
        for mark, status in told.items():
            key = self.key_of[mark]
            if status != 201:
                assert 300 <= status < 600
                assert mark not in self.service.made or self.refused_for_another(mark, told)
            elif mark not in self.service.made:
                # Of another hand's task nobody can know; documented.
                assert key in self.other_hand
                assert mark in self.unsure

    def refused_for_another(self, mark: str, told: dict[str, int]) -> bool:
        """Whether its task is taken for that of an earlier operation, gone with an earlier job."""
        key = self.key_of[mark]
        earlier = self.marks[: self.marks.index(mark)]
        seen = {told.get(other) for other in earlier if self.key_of[other] == key}
        exists = self.last[mark] in ("TaskExists", "cut")
        return self.service.remade > 0 and exists and not seen.isdisjoint((201, 409))

    def check_effort(self, told: dict[str, int], unknown: list[str]) -> None:
        """Nothing is given up before the last attempt without a reason, or left open in vain."""
        for mark in self.marks:
            last = self.last[mark]
            enough = self.sent[mark] - self.halved[mark] == self.max_attempts
            assert enough or last not in NOT_ENOUGH
            if mark in told:
                continue
            assert mark in self.unsure or (enough and mark not in self.failed)
            assert last not in (None, "InvalidPropertyValue")
            if last == "TaskExists":
                before = unknown[: unknown.index(mark)]
                same = {other for other in before if self.key_of[other] == self.key_of[mark]}
                assert same & self.unsure

    def check_answer(self, unknown: list[str]) -> None:
        """The whole answer is the events put together, or the one refusal."""
        answer = self.transfer.answer(open="omit")
        told = self.told_by(self.events)
        by = list(self.settled_by.values())
        refusals = [it for it in by if isinstance(it, HttpResponse) and 300 <= it.status < 500]
        kinds = {(it.status, it.body) for it in refusals}
        if not unknown and len(refusals) == len(by) and len(kinds) == 1:
            first = next(it for it in self.received if any(it is other for other in refusals))
            assert self.transfer.refusal is first
            assert (answer.status, answer.body) == (first.status, first.body)
        else:
            assert self.told(answer) == told
            assert not isinstance(answer, HttpResponse) or answer.status == 200


class Upgrades(Machine):
    """Legacy batches on their way to a service of collections."""

    @initialize(ids=names, luck=st.randoms(use_true_random=True))
    def start(self, ids: list[str], luck: Random) -> None:
        """A batch; ids may come again, and in other case."""
        self.begin(ids, luck)
        self.legacy, up = upward(self.ids)
        self.transfer = up.transfer(self.max_attempts, MAX_WAIT_S)

    def told(self, answer: Any) -> list[Told]:
        """By Content-ID or by task id."""
        if isinstance(answer, HttpResponse):
            return [(mark, answer.status) for mark in self.marks]
        return self.told_by(answer.responses)

    def told_by(self, events: Iterable[Any]) -> list[Told]:
        """By Content-ID."""
        between = (ChangesetStart, ChangesetEnd, BatchEnd)
        return [
            (f"mark-{event.content_id}", event.status)
            for event in events
            if not isinstance(event, between)
        ]

    def operations(self) -> list[Operation]:
        """Those of the client itself."""
        return list(self.legacy.operations)

    def check_end(self, unknown: list[str]) -> None:
        """The events are what an encoder takes, and what it writes can be read and correlates."""
        ends = [isinstance(event, BatchEnd) for event in self.events]
        assert not any(ends[:-1])
        assert ends[-1:] == [True] or unknown
        assert not (unknown and any(ends))
        parts: list[Any] = []
        encoder = ResponseEncoder(
            dialect=AZURE_BATCH,
            boundaries=(f"boundary-{n:06}" for n in count()),
            allow=("too_many_operations",),
        )
        body = b"".join(map(encoder.send, self.events))
        if unknown:
            body += encoder.send(BatchEnd())
        inside = None
        for event in self.events:
            if isinstance(event, ChangesetStart):
                inside = []
            elif isinstance(event, ChangesetEnd):
                assert inside is not None
                parts.append(ChangesetResponse(tuple(inside)))
                inside = None
            elif not isinstance(event, BatchEnd):
                (parts if inside is None else inside).append(event)
        whole = self.transfer.answer(open="omit")
        assert isinstance(whole, HttpResponse) or whole == BatchResponse(tuple(parts))
        pairs = correlate(self.legacy, decode_response(body, encoder.content_type), AZURE_BATCH)
        assert not pairs.unmatched
        kinds = ["missing" if mark in unknown else "answered" for mark in self.marks]
        assert [outcome.kind for outcome in pairs.outcomes] == kinds


class Downgrades(Machine):
    """Collections on their way to a service of batches."""

    @initialize(ids=names, luck=st.randoms(use_true_random=True))
    def start(self, ids: list[str], luck: Random) -> None:
        """A collection; its ids are unique."""
        self.begin(list({task_id.lower(): task_id for task_id in ids}.values()), luck)
        self.down = downward(self.ids)
        self.transfer = self.down.transfer(max_attempts=self.max_attempts, max_wait_s=MAX_WAIT_S)

    def told(self, answer: Any) -> list[Told]:
        """By Content-ID or by task id."""
        if answer.status != 200:
            return [(mark, self.seen(answer.status)) for mark in self.marks]
        statuses = {"success": 201, "clienterror": 400, "servererror": 500}
        mark_of = {key: mark for mark, key in self.key_of.items()}
        return [
            (mark_of[item["taskId"].lower()], statuses[item["status"]])
            for item in results_of(answer)
        ]

    def told_by(self, events: Iterable[Any]) -> list[Told]:
        """By task id."""
        mark_of = {key: mark for mark, key in self.key_of.items()}
        return [(mark_of[item.task_id.lower()], self.seen(item.http_status)) for item in events]

    def seen(self, status: int) -> int:
        """Results have words, not statuses."""
        return status if status == 201 else max(status // 100 * 100, 400)

    def operations(self) -> list[Operation]:
        """Those of the batches that stand for its tasks."""
        return [item for batch in self.down.batches for item in batch.operations]

    def check_end(self, unknown: list[str]) -> None:
        """The answer is a whole message already."""
        assert self.transfer.http_answer("omit") == self.transfer.answer("omit")


machine_settings = settings(max_examples=5 * settings().max_examples, stateful_step_count=30)
Upgrades.TestCase.settings = machine_settings
Downgrades.TestCase.settings = machine_settings
TestUpgrades = Upgrades.TestCase
TestDowngrades = Downgrades.TestCase


@pytest.mark.parametrize("way", ["up", "down"])
@settings(max_examples=50)
@given(ids=id_lists, service=services, turn=st.integers(0, 9))
def test_without_faults(way: str, ids: list[str], service: Service, turn: int) -> None:
    """A transfer without faults says what the translation itself says of the same answers."""
    unique = list({task_id.lower(): task_id for task_id in ids}.values())
    translated: Any = upward(ids)[1] if way == "up" else downward(unique)
    transfer = translated.transfer()
    answers: dict[int, HttpResponse] = {}
    while not transfer.done:
        for request in transfer.next_requests():
            answer = service.serve(request, Fault(turn=turn))
            assert isinstance(answer, HttpResponse)
            transfer.receive(request, answer)
            answers[id(request)] = answer
    wholes = [answers.get(id(request)) for request in translated.requests]
    if any(answer is None or answer.status == 413 for answer in wholes):
        return
    told = transfer.http_answer()
    plain = (translated.http_answer if way == "up" else translated.answer)(wholes)
    assert told.status == plain.status
    assert told.headers.names == plain.headers.names
    assert by_id(told) == by_id(plain)


def by_id(answer: HttpResponse) -> Any:
    """The parts or the results of an answer by their ids; of another its body."""
    if answer.status == 202:
        return {part.content_id: part for part in decoded(answer).responses}
    if answer.status == 200:
        return {result["taskId"]: result for result in results_of(answer)}
    return answer.body
