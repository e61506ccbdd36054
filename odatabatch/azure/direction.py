"""What a ``Transfer`` needs of either direction of the translation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from odatabatch.azure.answers import Carried
from odatabatch.http_message import HttpRequest, HttpResponse

Result = TypeVar("Result")
Event_co = TypeVar("Event_co", covariant=True)
Answer = TypeVar("Answer")


class Verdict(NamedTuple, Generic[Result]):
    """What an answer says of one task.

    Attributes:
        status: of HTTP, as a single request would have got it.
        code: the service's error code, or None.
        result: the same in the words of the other side.
    """

    status: int
    code: str | None
    result: Result


class Direction(Protocol[Result, Event_co, Answer]):
    """One direction of the translation, as far as a transfer needs it.

    Tasks are told by their places, 0, 1, …, in the order in which the client gave them.
    """

    @property
    def keys(self) -> Sequence[str]:
        """What the id of each task is compared by."""

    @property
    def requests(self) -> Sequence[HttpRequest]:
        """The first requests."""

    @property
    def groups(self) -> Sequence[Sequence[int]]:
        """The tasks that each of them carries; no key twice in one."""

    @property
    def success(self) -> int:
        """The status of an answer that says what became of each task."""

    def request(self, tasks: Sequence[int]) -> HttpRequest:
        """A request for these tasks of a group."""

    def read(self, tasks: Sequence[int], response: HttpResponse) -> Mapping[int, Verdict[Result]]:
        """What an answer says of the tasks that were asked for, of none more than once.

        Raises:
            ODataBatchError: it cannot be read, or is not the answer to that request.
        """

    def refused(
        self, tasks: Sequence[int], response: HttpResponse, code: str | None
    ) -> Sequence[Result]:
        """The results of tasks whose request was refused whole, with that error code."""

    def added(self, task: int) -> Result:
        """The result of a task that was added, of which nothing more is known."""

    def carried(self, task: int) -> Carried:
        """The operation that stands for a task."""

    def events(self, result: Result) -> Iterable[Event_co]:
        """What a result is to the client."""

    def end(self) -> Iterable[Event_co]:
        """What comes after the last result."""

    def answer(
        self,
        results: Sequence[Result],
        refusal: HttpResponse | None,
        responses: Sequence[HttpResponse],
    ) -> Answer:
        """The whole answer: of these results, or the one refusal.

        Args:
            results: what is known.
            refusal: what refused all, or None.
            responses: what it came from, as far as its ``request-id`` is wanted.
        """

    def http_answer(self, answer: Answer, responses: Sequence[HttpResponse]) -> HttpResponse:
        """The whole answer as an HTTP message."""
