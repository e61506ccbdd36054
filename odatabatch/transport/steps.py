"""One request of a client, answered by as many of the service: the steps, without any I/O."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, NamedTuple, TypeGuard

from odatabatch.azure import AZURE_BATCH, Failure, OpenOutcomes, Transfer
from odatabatch.azure.answers import carrier_headers
from odatabatch.azure.legacy_answers import ACCEPTED, ALLOWED
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.stream_encoder import ResponseEncoder


class Send(NamedTuple):
    """A request is to be sent; what became of it is the answer to this step.

    Attributes:
        request: not signed.
        wait_s: seconds to wait before.
    """

    request: HttpRequest
    wait_s: float


class Head(NamedTuple):
    """The answer begins, and its body follows in pieces."""

    status: int
    reason: str
    headers: Headers


Step = Send | Head | bytes | HttpResponse
"""What is to be done next: a whole ``HttpResponse`` is all of the answer."""

Steps = Generator[Step, HttpResponse | Failure | None, None]


class BatchStream:
    """The answer to a batch, written part by part.

    Args:
        boundaries: the batch's, then one a changeset.
        asked: the header fields of the request that carried the batch.
    """

    def __init__(self, boundaries: Iterable[str], asked: Headers) -> None:
        self._encoder = ResponseEncoder(dialect=AZURE_BATCH, boundaries=boundaries, allow=ALLOWED)
        self._asked = asked

    def head(self, request_id: str | None) -> Head:
        """The beginning of the answer."""
        fields = carrier_headers(self._encoder.content_type, request_id, self._asked)
        return Head(*ACCEPTED, fields)

    def text(self, events: Iterable[Any]) -> bytes:
        """The bytes of those events."""
        return b"".join(map(self._encoder.send, events))


def moved_steps(request: HttpRequest, back: Callable[[HttpResponse], HttpResponse]) -> Steps:
    """The steps of a request that is only moved, and whose answer has to be moved back.

    Args:
        request: for the service.
        back: makes the service's answer the client's.

    Raises:
        OpenOutcomes: open_outcomes: there came no answer.
        TaskError, TranslationError: as ``back``.
    """
    answer = yield Send(request, 0.0)
    if not isinstance(answer, HttpResponse):
        raise OpenOutcomes("open_outcomes", "expected an answer of the service, got none")
    yield back(answer)


def steps(transfer: Transfer[Any, Any], stream: BatchStream | None = None) -> Steps:
    """The steps of a translated request, one request at a time.

    The body begins with the first part that tells more than a refusal of all; where everything is
    known at once, the answer is whole.

    Args:
        transfer: the requests.
        stream: writes the answer part by part; None where it can only be written whole.

    Raises:
        EncodeError: an answer of the service would break the batch.
        OpenOutcomes: open_outcomes: at the end some outcome is not known. What is known was
            given, unless it can only be written whole. Where nothing is known, and the service's
            last answer was a server error or a 408, that answer is given instead.
    """
    held: list[Any] = []
    last: HttpResponse | Failure | None = None
    begun = False
    while not transfer.done:
        waited_s = 0.0  # for one request is waited for those behind it as well
        for request in transfer.next_requests():
            wait_s = max(0.0, transfer.wait_s(request) - waited_s)
            waited_s += wait_s
            last = yield Send(request, wait_s)
            assert last is not None  # the answer to a Send
            transfer.receive(request, last)
            held += transfer.events()
            if stream is None or transfer.done or not held or transfer.refusal is not None:
                continue
            if not begun:
                begun = True
                yield stream.head(transfer.request_id)
            yield stream.text(held)
            held.clear()
    if transfer.open:
        if not begun and not held and _is_unavailable(last):
            yield last
            return
        if stream is not None and held:
            if not begun:
                yield stream.head(transfer.request_id)
            yield stream.text(held)
        transfer.answer()  # which raises
    elif begun and stream is not None:
        yield stream.text(held)
    else:
        yield transfer.http_answer()


def _is_unavailable(answer: HttpResponse | Failure | None) -> TypeGuard[HttpResponse]:
    """Whether an answer says that the service could not, or did not wait."""
    return isinstance(answer, HttpResponse) and (answer.status >= 500 or answer.status == 408)
