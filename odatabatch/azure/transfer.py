"""The requests of a translation on their way: what may be sent, what came back, what is known.

A pure state machine: it neither sends nor waits. Its rules are those of the service's pages and of
its clients (``docs/transport.md`` has each beside what they do):

* A task that was added, and one that was refused, is settled. A server error of one task may be
  repeated as it is, and is, with such tasks alone.
* A request that was refused whole settles its tasks, but for one that is too large: that is halved,
  down to one task. A redirect refuses as well: nothing was done here.
* A server error of a whole request, a time-out, a lost connection and an answer that cannot be read
  leave open what was done. The request is repeated; TaskExists is then taken for the trace of the
  first try, which it need not be (``Transfer.presumed``).
* What refuses the repetition tells of the first try only where it would have refused that as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Generic, Literal, NamedTuple

from odatabatch.azure.answers import error_code, open_outcomes, refuses
from odatabatch.azure.attempts import asked_s, check_bounds, wait_s
from odatabatch.azure.content import is_coded
from odatabatch.azure.direction import Answer, Direction, Event_co, Result, Verdict
from odatabatch.azure.turns import Turns
from odatabatch.errors import ODataBatchError, UsageError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.model import Operation

_TASK_EXISTS = "TaskExists"
_TOO_LARGE, _TOO_LARGE_STATUS = "RequestBodyTooLarge", 413
_NO_ANSWER_YET = frozenset((408, 504))  # of one part: the service, or a gateway, did not wait
_LATER = frozenset((408, 429))  # refusals that ask for another try (RFC 9110 §15.5.9, RFC 6585 §4)
_TOO_MANY_REQUESTS = 429
# Refusals of a task for what it is: a first attempt was refused so as well. All others may be news:
# the job was completed, or is another; a key or a limit changed.
_TIMELESS = frozenset(
    (
        "InvalidPropertyValue",
        "InvalidRequestBody",
        "MissingRequiredProperty",
        "OutOfRangeInput",
        "TaskDependencyListTooLong",
        "TaskDependencyRangesTooLong",
        "UnsupportedProperty",
    )
)
_TIMED_OUT = "OperationTimedOut"


class Failure(StrEnum):
    """How a request got no answer."""

    NOT_SENT = "not_sent"
    """The service has not got it: the connection was not made, or the caller did not send it."""

    TIMED_OUT = "timed_out"
    """No answer came in time."""

    CONNECTION_LOST = "connection_lost"
    """The connection broke before the answer was whole."""


_State = Literal["under way", "there", "refused", "open", "unsent"]


class _Task:
    """What is known of one task.

    Attributes:
        attempts: how often it was sent in vain.
        doubtful: whether an attempt may have added it without telling.
        state: ``there`` is the end of a task that was added, and of one that was refused because
            its id was taken: the service has one of that id. ``open`` is the end of a task of which
            nobody knows, ``unsent`` of one that never was sent.
        last: its last result, where that was a server error.
    """

    __slots__ = ("attempts", "doubtful", "last", "state")

    def __init__(self) -> None:
        self.attempts = 0
        self.doubtful = False
        self.state: _State = "under way"
        self.last: object = None


class _Piece(NamedTuple):
    """Tasks that go out in one request."""

    tasks: tuple[int, ...]
    request: HttpRequest
    wait_s: float = 0.0


class Transfer(Generic[Event_co, Answer]):
    """A translation under way, with failures and repetitions; pure, and of one thread at a time.

    ``Upgrade.transfer`` and ``Downgrade.transfer`` make one. A caller sends what
    ``next_requests`` gives, at once or one by one, and hands over what became of each:

        while not transfer.done:
            for request in transfer.next_requests():
                transfer.receive(request, send(request))

    Requests that share a task id never are on their way at once. An answer is given as soon as it
    is definite (``events``), once.
    """

    def __init__(
        self, direction: Direction[Result, Event_co, Answer], max_attempts: int, max_wait_s: float
    ) -> None:
        check_bounds(max_attempts, max_wait_s)
        self._direction: Direction[object, Event_co, Answer] = direction  # type: ignore[assignment]
        self._max_attempts = max_attempts
        self._max_wait_s = max_wait_s
        self._tasks = [_Task() for _ in direction.keys]
        self._in_flight: dict[int, _Piece] = {}
        self._results: list[object] = []
        self._told = 0  # how many of them ``events`` has begun to give
        self._untold: deque[Event_co] = deque()  # the rest of what it has begun to give
        self._ended = False
        self._settled = 0  # tasks that are not under way any more
        self._refusals: dict[tuple[int, str | None], HttpResponse] = {}
        self._presumed: list[int] = []
        self._last: HttpResponse | Failure | None = None  # what became of the last request
        self._otherwise = False  # whether a task was settled by anything but such a refusal
        self._identified: tuple[HttpResponse, ...] = ()  # an answer that has a request-id
        self._turns = Turns(direction.keys, direction.groups)
        self._ready = [self._first(group) for group in self._turns.free]

    def __repr__(self) -> str:
        settled = f"{self._settled} of {len(self._tasks)} tasks settled"
        return f"<Transfer: {settled}, {len(self._in_flight)} requests under way>"

    @property
    def done(self) -> bool:
        """Whether there is nothing to send, and nothing under way."""
        return self._settled == len(self._tasks) and not self._in_flight

    @property
    def refusal(self) -> HttpResponse | None:
        """The answer that refuses all that was answered so far; None where something else was said.

        While it is there, ``answer`` may become this response itself.
        """
        if self._otherwise or len(self._refusals) != 1:
            return None
        return next(iter(self._refusals.values()))

    @property
    def request_id(self) -> str | None:
        """The service's id of the first request whose answer has told one."""
        return self._identified[0].headers.get("request-id") if self._identified else None

    @property
    def open(self) -> tuple[Operation, ...]:
        """The operations whose outcome is not known, or not yet, in the order of the batch."""
        return tuple(self._direction.carried(task)[2] for task in self._open())

    @property
    def presumed(self) -> tuple[Operation, ...]:
        """The operations that count as added because their task exists, in the order of answers.

        Nobody has seen them made. A task that another program made before is one of these as well,
        and reading it tells.
        """
        return tuple(self._direction.carried(task)[2] for task in self._presumed)

    def next_requests(self) -> tuple[HttpRequest, ...]:
        """What may be sent now, each handed out once; then ``receive`` waits for its answer."""
        ready, self._ready = self._ready, []
        for piece in ready:
            self._in_flight[id(piece.request)] = piece
        return tuple(piece.request for piece in ready)

    def wait_s(self, request: HttpRequest) -> float:
        """How long to wait before a request is sent, in seconds.

        0.0 for a first attempt; then 0.5, doubled with each attempt, or what the service asked for
        (``Retry-After``) where that is longer; never more than ``max_wait_s``. The same for all
        clients: whoever has many should add something random.

        Raises:
            UsageError: not_under_way: the request was not handed out, or was answered.
        """
        return self._piece(request).wait_s

    def receive(self, request: HttpRequest, answer: HttpResponse | Failure) -> None:
        """Take what became of a request.

        An answer that cannot be read, or that answers something else, tells nothing: it is as if
        the connection had been lost.

        Args:
            request: one that ``next_requests`` gave, itself.
            answer: the whole answer, or how there came none.

        Raises:
            UsageError: not_under_way: the request was not handed out, or was answered.
            TypeError: the answer is neither.
        """
        _check_answer(answer)
        piece = self._piece(request)
        del self._in_flight[id(request)]
        self._last = answer
        if isinstance(answer, Failure):
            self._unknown(piece, doubtful=answer is not Failure.NOT_SENT)
            return
        if not self._identified and answer.headers.get("request-id"):
            self._identified = (answer,)
        if answer.status >= 500 or answer.status in _LATER:
            self._unavailable(piece, answer)
        elif is_coded(answer.headers):
            self._unknown(piece)
        elif refuses(answer.status):
            self._refused(piece, answer)
        else:
            self._answered(piece, answer)

    def events(self) -> Iterator[Event_co]:
        """Each answer that has become definite since the last call.

        Going up, these are what a ``ResponseEncoder`` takes, with a ``BatchEnd`` after the last if
        no outcome is open.
        """
        # Nothing hangs on this generator: whoever stops half way gets the rest from the next one.
        while self._untold or self._tell():
            yield self._untold.popleft()

    def _tell(self) -> bool:
        """Whether there is more to give; then it stands in ``_untold``."""
        if self._told < len(self._results):
            result = self._results[self._told]
            self._told += 1
            self._untold.extend(self._direction.events(result))
        elif self.done and not self._ended and not self._open():
            self._ended = True
            self._untold.extend(self._direction.end())
        return bool(self._untold)

    def answer(self, open: Literal["raise", "omit"] = "raise") -> Answer:  # noqa: A002
        """What the client expects, made of all that is known.

        Args:
            open: what to do while an outcome is open: an error, or an answer without that part.

        Returns:
            The results in the order in which they became definite. Where every request was refused
            alike (the same status and error code), the first of those responses itself.

        Raises:
            OpenOutcomes: open_outcomes.
            ValueError: ``open`` is no such word.
        """
        if open not in ("raise", "omit"):
            raise ValueError("expected open to be 'raise' or 'omit'")
        unknown = self._open()
        if unknown and open == "raise":
            carried = [self._direction.carried(task) for task in unknown]
            error = open_outcomes(carried, f"have none; {_said(self._last)}")
            error.last_answer = self._last
            raise error
        refusal = None if unknown else self.refusal
        return self._direction.answer(self._results, refusal, self._identified)

    def http_answer(self, open: Literal["raise", "omit"] = "raise") -> HttpResponse:  # noqa: A002
        """The whole HTTP message that answers the client; arguments and errors as ``answer``."""
        return self._direction.http_answer(self.answer(open), self._identified)

    def _open(self) -> list[int]:
        """The tasks whose outcome is not known, or not yet."""
        if len(self._results) == len(self._tasks):
            return []
        unknown = ("under way", "open", "unsent")
        return [at for at, task in enumerate(self._tasks) if task.state in unknown]

    def _piece(self, request: HttpRequest) -> _Piece:
        piece = self._in_flight.get(id(request))
        if piece is None or piece.request is not request:
            message = "expected a request that was handed out and not answered, got another"
            raise UsageError("not_under_way", message)
        return piece

    def _unknown(self, piece: _Piece, doubtful: bool = True) -> None:
        """Nobody knows what became of the request."""
        for task in piece.tasks:
            self._tasks[task].doubtful |= doubtful
        self._again(piece.tasks, piece.request, 0.0)

    def _unavailable(self, piece: _Piece, answer: HttpResponse) -> None:
        """The service, or something before it, could not do it now."""
        refusal = answer if answer.status == _TOO_MANY_REQUESTS else None
        for task in piece.tasks:
            self._tasks[task].doubtful |= refusal is None
        self._again(piece.tasks, piece.request, asked_s(answer.headers), refusal)

    def _refused(self, piece: _Piece, answer: HttpResponse) -> None:
        """The service would not do it."""
        code = error_code(answer)
        if (answer.status == _TOO_LARGE_STATUS or code == _TOO_LARGE) and len(piece.tasks) > 1:
            middle = len(piece.tasks) // 2
            for half in (piece.tasks[:middle], piece.tasks[middle:]):
                self._ready.append(_Piece(half, self._direction.request(half)))
            return
        self._refuse(piece.tasks, answer, code)

    def _refuse(self, tasks: Iterable[int], answer: HttpResponse, code: str | None) -> None:
        told = [task for task in tasks if not self._tasks[task].doubtful]
        if told:
            self._refusals.setdefault((answer.status, code), answer)
            self._results += self._direction.refused(told, answer, code)
        for task in tasks:
            if self._tasks[task].doubtful:
                self._leave_open(task)
            else:
                self._end(task, "there" if code == _TASK_EXISTS else "refused")

    def _answered(self, piece: _Piece, answer: HttpResponse) -> None:
        """The service says what became of each task, if the answer can be read."""
        verdicts: Mapping[int, Verdict[object]] = {}
        if answer.status == self._direction.success:
            with suppress(ODataBatchError):
                verdicts = self._direction.read(piece.tasks, answer)
        told = [task for task, verdict in verdicts.items() if self._judged(task, verdict)]
        again = sorted({*piece.tasks} - {*told})
        for task in {*again} - verdicts.keys():
            self._tasks[task].doubtful = True
        if again:
            whole = len(again) == len(piece.tasks)
            self._again(again, piece.request if whole else None, 0.0)

    def _judged(self, at: int, verdict: Verdict[object]) -> bool:
        """Whether what was said of a task ends its way."""
        task = self._tasks[at]
        if verdict.status >= 500 or verdict.status in _LATER:
            task.last = verdict.result
            task.doubtful |= _may_have_added(verdict)
            return False
        exists = verdict.code == _TASK_EXISTS
        if verdict.status < 400:
            self._settle(at, "there", verdict.result)
        elif exists and task.doubtful:
            self._exists(at, verdict)
        elif verdict.code in _TIMELESS or not task.doubtful:
            self._settle(at, "there" if exists else "refused", verdict.result)
        else:
            self._leave_open(at)
        return True

    def _exists(self, at: int, verdict: Verdict[object]) -> None:
        """There is such a task: that of an earlier attempt, if no other operation can have made it.

        Only an operation of the same id that stands before it can: those behind wait.
        """
        before = self._turns.before(at)
        while before is not None and self._tasks[before].state in ("refused", "unsent"):
            before = self._turns.before(before)
        if before is None:
            self._presumed.append(at)
            self._settle(at, "there", self._direction.added(at))
        elif self._tasks[before].state == "there":
            self._settle(at, "there", verdict.result)
        else:
            self._leave_open(at)

    def _again(
        self,
        tasks: Sequence[int],
        request: HttpRequest | None,
        asked_wait_s: float,
        refusal: HttpResponse | None = None,
    ) -> None:
        """Another attempt, or none where there were enough.

        Args:
            tasks: of one request, all of them as often tried.
            request: what carried these tasks alone; else one is made.
            asked_wait_s: what the service asked for, in seconds.
            refusal: what answers them if there is no other attempt.
        """
        for task in tasks:
            self._tasks[task].attempts += 1
        attempts = self._tasks[tasks[0]].attempts
        if attempts < self._max_attempts:
            wait = wait_s(attempts, asked_wait_s, self._max_wait_s)
            self._ready.append(
                _Piece(tuple(tasks), request or self._direction.request(tasks), wait)
            )
        elif refusal is not None:
            self._refuse(tasks, refusal, error_code(refusal))
        else:
            for at in tasks:
                known = self._tasks[at]
                if known.doubtful or known.last is None:
                    self._leave_open(at)
                else:
                    self._settle(at, "refused", known.last)

    def _settle(self, at: int, state: _State, result: object) -> None:
        self._otherwise = True
        self._results.append(result)
        self._end(at, state)

    def _leave_open(self, at: int) -> None:
        self._otherwise = True
        self._end(at, "open" if self._tasks[at].doubtful else "unsent")

    def _end(self, at: int, state: _State) -> None:
        """A task's way ends; a request that waited for it may go."""
        self._tasks[at].state = state
        self._settled += 1
        group = self._turns.end(at)
        if group is not None:
            self._ready.append(self._first(group))

    def _first(self, group: int) -> _Piece:
        """The tasks of a group, which have not been sent before."""
        return _Piece(tuple(self._direction.groups[group]), self._direction.requests[group])


def _may_have_added(verdict: Verdict[object]) -> bool:
    """Whether a server error of a task does not say that it was not added.

    Those of the service that have a code do, but for a time-out, and so do refusals of too many
    requests, whoever they are of; others do not.
    """
    if verdict.status == _TOO_MANY_REQUESTS:
        return False
    return verdict.code in (None, _TIMED_OUT) or verdict.status in _NO_ANSWER_YET


def _said(last: HttpResponse | Failure | None) -> str:
    """What became of the last request, in words."""
    if last is None:
        return "no request was answered yet"
    if isinstance(last, Failure):
        return f"the last request was {last.value.replace('_', ' ')}"
    return f"the last request was answered {last.status}"


def _check_answer(answer: object) -> None:
    if isinstance(answer, Failure):
        return
    if not isinstance(answer, HttpResponse):
        raise TypeError(f"expected HttpResponse or Failure, got {type(answer).__name__}")
    fits = (
        isinstance(answer.status, int)
        and isinstance(answer.headers, Headers)
        and isinstance(answer.body, bytes)
    )
    if not fits:
        raise TypeError("expected status as int, Headers and body as bytes, got another type")
