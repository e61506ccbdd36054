"""The steps of a translated request: what is sent, and when the answer begins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import odatabatch
from odatabatch import BatchResponse, Headers, HttpResponse, Operation
from odatabatch.azure import CollectionRequest, Failure, OpenOutcomes, downgrade, upgrade
from odatabatch.transport.steps import BatchStream, Head, Send, Step, Steps, steps
from tests.azure.batches import (
    accepted,
    added,
    answered,
    batch,
    collection,
    failed,
    operation,
    outer,
    part_added,
    part_failed,
    refused,
    results_of,
    task,
)
from tests.transport.scenes import adding

BOUNDARIES = ["batch_b", *(f"changesetresponse_{at:03}" for at in range(300))]
TIMED_OUT = Failure.TIMED_OUT


class Play:
    """Steps that were taken until their end.

    Attributes:
        steps: what they were.
        error: how they ended, or None.
    """

    def __init__(self, played: Steps, answers: Iterable[HttpResponse | Failure]) -> None:
        self.steps: list[Step] = []
        self.error: OpenOutcomes | None = None
        waiting = iter(answers)
        answer: HttpResponse | Failure | None = None
        try:
            while True:
                self.steps.append(played.send(answer))
                answer = next(waiting) if isinstance(self.steps[-1], Send) else None
        except StopIteration:
            assert not list(waiting)
        except OpenOutcomes as error:
            self.error = error

    @property
    def kinds(self) -> list[str]:
        """The names of the steps."""
        return [type(it).__name__ for it in self.steps]

    @property
    def whole(self) -> HttpResponse:
        """The answer, where it is given at once."""
        assert isinstance(self.steps[-1], HttpResponse)
        return self.steps[-1]

    @property
    def head(self) -> Head:
        """How the answer begins, where it is given in pieces."""
        (found,) = (it for it in self.steps if isinstance(it, Head))
        return found

    def text(self, pieces: int = 300) -> bytes:
        """Those pieces of the answer."""
        return b"".join([it for it in self.steps if isinstance(it, bytes)][:pieces])

    def decoded(self) -> BatchResponse:
        """The answer that was given in pieces, read strictly."""
        content_type = self.head.headers.get("Content-Type", "")
        return odatabatch.decode_response(self.text(), content_type)


def play(
    operations: Iterable[Operation],
    *answers: HttpResponse | Failure,
    max_attempts: int = 1,
    **fields: str,
) -> Play:
    """A batch of these operations, and what became of its requests."""
    asked = outer(**fields)
    up = upgrade(batch(*operations), request=asked)
    stream = BatchStream(BOUNDARIES, asked.headers)
    return Play(steps(up.transfer(max_attempts), stream), answers)


def by_id(response: BatchResponse) -> list[tuple[str | None, int]]:
    """Content-ID and status of each answer."""
    return [(it.content_id, it.status) for it in response.responses]


def in_part(text: bytes, boundary: str = "batch_b") -> list[tuple[str | None, int]]:
    """The answers in a body that does not end."""
    decoder = odatabatch.ResponseDecoder(f"multipart/mixed; boundary={boundary}")
    decoder.receive_data(text)
    events = [it for it in decoder.events() if isinstance(it, odatabatch.OperationResponse)]
    return [(it.content_id, it.status) for it in events]


SAME = adding("a", "a", "a")  # each goes out in a request of its own, one after the other
EXISTS = answered(failed("a"))


class TestWhole:
    """Where everything is known at once, the answer is given whole."""

    def test_one_request(self) -> None:
        """A single request tells of all."""
        done = play(adding("a", "b"), answered(added("a"), failed("b")))
        assert done.kinds == ["Send", "HttpResponse"]
        assert done.whole.status == 202
        assert done.whole.headers.get("Content-Length") == str(len(done.whole.body))
        content_type = done.whole.headers.get("Content-Type", "")
        answer = odatabatch.decode_response(done.whole.body, content_type)
        assert by_id(answer) == [("1", 201), ("2", 409)]

    def test_refused_alike(self) -> None:
        """Where all is refused alike, the first refusal itself is the answer."""
        first, second, third = (refused(404, "JobNotFound", n=str(at)) for at in range(3))
        done = play(SAME, first, second, third)
        assert done.kinds == ["Send", "Send", "Send", "HttpResponse"]
        assert (done.whole.status, done.whole.body) == (404, first.body)
        assert done.whole.headers.get("n") == "0"

    def test_refused_otherwise_at_the_end(self) -> None:
        """Two different refusals are a batch of both, whole since nothing was said before."""
        done = play(SAME[:2], refused(404, "JobNotFound"), refused(403, "AuthenticationFailed"))
        assert done.kinds == ["Send", "Send", "HttpResponse"]
        answer = odatabatch.decode_response(
            done.whole.body, done.whole.headers.get("Content-Type", "")
        )
        assert by_id(answer) == [("1", 404), ("2", 403)]

    def test_too_many_requests(self) -> None:
        """After a 429 nothing is open: at the end it is the answer."""
        assert play(SAME[:1], refused(429)).whole.status == 429

    def test_too_large(self) -> None:
        """A request that is too large is halved; nothing is said of it until halves are known."""
        done = play(adding("a", "b"), refused(413), answered(added("a")), answered(added("b")))
        assert done.kinds == ["Send", "Send", "Head", "bytes", "Send", "bytes"]
        assert by_id(done.decoded()) == [("1", 201), ("2", 201)]


class TestStream:
    """Else the answer begins with what is first known, but for a refusal of all."""

    def test_parts(self) -> None:
        """Each part is given before the next request is sent."""
        done = play(SAME, answered(added("a")), EXISTS, EXISTS)
        assert done.kinds == ["Send", "Head", "bytes", "Send", "bytes", "Send", "bytes"]
        assert done.head[:2] == (202, "Accepted")
        assert "Content-Length" not in done.head.headers
        assert in_part(done.text(1)) == [("1", 201)]
        assert in_part(done.text(2)) == [("1", 201), ("2", 409)]
        assert by_id(done.decoded()) == [("1", 201), ("2", 409), ("3", 409)]

    def test_correlation(self) -> None:
        """The answer tells of each operation, once."""
        done = play(SAME, answered(added("a")), EXISTS, EXISTS)
        pairs = odatabatch.correlate(batch(*SAME), done.decoded())
        assert [it.kind for it in pairs.outcomes] == ["answered"] * 3
        assert not pairs.unmatched

    def test_many(self) -> None:
        """More operations than a legacy batch may have are as many in its answer."""
        names = [f"t{at}" for at in range(250)]
        results = [answered(*map(added, names[at : at + 100])) for at in (0, 100, 200)]
        done = play(adding(*names), *results)
        assert done.kinds == ["Send", "Head", "bytes", "Send", "bytes", "Send", "bytes"]
        assert by_id(done.decoded()) == [(str(at), 201) for at in range(1, 251)]

    def test_many_at_once(self) -> None:
        """Likewise where they are refused, each in its own way."""
        names = [f"t{at}" for at in range(150)]
        done = play(adding(*names), refused(404, "JobNotFound"), refused(404, "Other"))
        assert done.kinds == ["Send", "Send", "HttpResponse"]

    def test_outside_of_changesets(self) -> None:
        """An operation that stood in no changeset is answered in none."""
        mixed = odatabatch.Batch((SAME[0], odatabatch.Changeset((SAME[1],))))
        up = upgrade(mixed, request=outer())
        stream = BatchStream(BOUNDARIES, Headers())
        done = Play(steps(up.transfer(), stream), [answered(added("a")), EXISTS])
        kinds = [type(it).__name__ for it in done.decoded().parts]
        assert kinds == ["OperationResponse", "ChangesetResponse"]

    def test_held_back(self) -> None:
        """A refusal of all so far is held back until something else is said."""
        done = play(SAME, refused(404, "JobNotFound"), answered(added("a")), EXISTS)
        assert done.kinds == ["Send", "Send", "Head", "bytes", "Send", "bytes"]
        assert in_part(done.text(1)) == [("1", 404), ("2", 201)]

    def test_refused_otherwise(self) -> None:
        """A refusal of another kind is something else."""
        done = play(SAME, refused(404), refused(403), refused(403))
        assert done.kinds == ["Send", "Send", "Head", "bytes", "Send", "bytes"]
        assert by_id(done.decoded()) == [("1", 404), ("2", 403), ("3", 403)]

    def test_nothing_new(self) -> None:
        """A request that tells nothing gives no piece; its repetition is waited for."""
        done = play(
            adding("a", "b"),
            TIMED_OUT,
            answered(added("a"), failed("b", "InternalError", "ServerError")),
            answered(added("b")),
            max_attempts=3,
        )
        assert done.kinds == ["Send", "Send", "Head", "bytes", "Send", "bytes"]
        assert [it.wait_s for it in done.steps if isinstance(it, Send)] == [0.0, 0.5, 1.0]

    def test_request_id(self) -> None:
        """The head has the first request-id that was told."""
        first = answered(added("a")).replace(headers=Headers([("request-id", "r1")]))
        second = EXISTS.replace(headers=Headers([("request-id", "r2")]))
        assert play(SAME[:2], first, second).head.headers.get("request-id") == "r1"

    @pytest.mark.parametrize("wanted", ["true", "True", "false", ""])
    def test_client_request_id(self, wanted: str) -> None:
        """The client's id comes back where it asked for it, in either form of the answer."""
        fields = {"client_request_id": "c1", "return_client_request_id": wanted}
        expected = "c1" if wanted.lower() == "true" else None
        streamed = play(SAME[:2], answered(added("a")), EXISTS, **fields)
        assert streamed.head.headers.get("client-request-id") == expected
        whole = play(SAME[:1], answered(added("a")), **fields).whole
        assert whole.headers.get("client-request-id") == expected

    def test_client_request_id_of_parts(self) -> None:
        """Likewise that of each operation, in its part."""
        fields = {"client_request_id": "c1", "return_client_request_id": "true"}
        asked = [operation("1", task("a"), **fields), operation("2", task("a"))]
        found = play(asked, answered(added("a")), EXISTS).decoded().responses
        assert [it.headers.get("client-request-id") for it in found] == ["c1", None]


class TestOpen:
    """What is not known at the end is never told as if it were."""

    @pytest.mark.parametrize("failure", list(Failure))
    def test_no_answer(self, failure: Failure) -> None:
        """Where there is nothing to tell, there is no answer."""
        done = play(SAME[:1], failure)
        assert done.kinds == ["Send"]
        assert done.error is not None
        assert done.error.code == "open_outcomes"
        assert len(done.error.operations) == 1

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_server_error(self, status: int) -> None:
        """But for a server error, which says just that."""
        done = play(SAME[:1], refused(status))
        assert done.kinds == ["Send", "HttpResponse"]
        assert done.whole == refused(status)

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            ([TIMED_OUT, refused(503)], 503),
            ([refused(503), refused(500)], 500),
            ([refused(503), TIMED_OUT], None),
            ([refused(503), refused(408)], 408),
            ([refused(503), refused(403)], None),
            ([refused(503), answered()], None),
            ([TIMED_OUT, refused(429)], None),
        ],
    )
    def test_last(self, answers: list[Any], expected: int | None) -> None:
        """It is the last that counts: a server error or a 408 can stand for all."""
        done = play(SAME[:1], *answers, max_attempts=2)
        assert (done.error is None) is (expected is not None)
        assert done.error is not None or done.whole.status == expected

    @pytest.mark.parametrize("last", [TIMED_OUT, refused(503)])
    def test_after_a_part(self, last: HttpResponse | Failure) -> None:
        """After a part there is no end."""
        done = play(SAME[:2], answered(added("a")), last)
        assert done.kinds == ["Send", "Head", "bytes", "Send"]
        assert in_part(done.text()) == [("1", 201)]
        assert done.error is not None

    def test_beside_a_part(self) -> None:
        """A part that is known with the last answer is given before."""
        done = play(adding("a", "b"), answered(added("b")))
        assert done.kinds == ["Send", "Head", "bytes"]
        assert in_part(done.text()) == [("2", 201)]
        assert done.error is not None
        assert [it.content_id for it in done.error.operations] == ["1"]

    def test_between(self) -> None:
        """What comes after an open outcome is given, without an end."""
        names = [f"t{at}" for at in range(250)]
        done = play(
            adding(*names), answered(*map(added, names[:100])), TIMED_OUT,
            answered(*map(added, names[200:])),
        )  # fmt: skip
        assert done.kinds == ["Send", "Head", "bytes", "Send", "Send", "bytes"]
        assert len(in_part(done.text())) == 150
        assert done.error is not None
        assert len(done.error.operations) == 100

    @pytest.mark.parametrize("last", [TIMED_OUT, refused(503)])
    def test_beside_a_refusal(self, last: HttpResponse | Failure) -> None:
        """A refusal of some is told as theirs alone."""
        done = play(SAME[:2], refused(404, "JobNotFound"), last)
        assert done.kinds == ["Send", "Send", "Head", "bytes"]
        assert in_part(done.text()) == [("1", 404)]
        assert done.error is not None


VERDICTS = st.sampled_from(["added", "TaskExists", "BadTask", "InternalError", "untold"])
ANSWERS = st.lists(VERDICTS, min_size=1) | st.sampled_from(
    [*Failure, refused(404, "JobNotFound"), refused(403), refused(429), refused(503), refused(413)]
)
"""What becomes of a request: a verdict on each of its tasks, in turn, or something else."""


def response(request: Any, drawn: Any) -> HttpResponse | Failure:
    """What was drawn, as the answer to that request."""
    if not isinstance(drawn, list):
        return drawn  # type: ignore[no-any-return]
    assert isinstance(request, CollectionRequest)
    results = []
    for at, item in enumerate(request.tasks):
        verdict = drawn[at % len(drawn)]
        status = "ServerError" if verdict == "InternalError" else "ClientError"
        if verdict != "untold":
            told = added(item.id) if verdict == "added" else failed(item.id, verdict, status)
            results.append(told)
    return answered(*results)


class TestTruth:
    """However the service answers, the client is told what the transfer knows, and no more."""

    @given(
        names=st.lists(st.sampled_from("abc"), min_size=1, max_size=6),
        drawn=st.lists(ANSWERS, min_size=1, max_size=8),
        max_attempts=st.integers(1, 3),
    )
    def test_same(self, names: list[str], drawn: list[Any], max_attempts: int) -> None:
        """An end is given exactly where nothing is open; the parts are those of the transfer."""
        up = upgrade(batch(*adding(*names)), request=outer())
        straight = up.transfer(max_attempts)
        stream = BatchStream(BOUNDARIES, Headers())
        played = steps(up.transfer(max_attempts), stream)
        count, told, whole, ended = 0, b"", None, True
        pending: list[Any] = []
        step: Step | None = next(played)
        try:
            while True:
                answer = None
                if isinstance(step, Send):
                    if not pending:
                        pending = list(straight.next_requests())
                    answer = response(step.request, drawn[count % len(drawn)])
                    straight.receive(pending.pop(0), answer)
                    count += 1
                elif isinstance(step, bytes):
                    told += step
                elif isinstance(step, HttpResponse):
                    whole = step
                step = played.send(answer)
        except StopIteration:
            pass
        except OpenOutcomes:
            ended = False
        assert straight.done
        known = straight.answer(open="omit")
        try:
            straight.answer()
        except OpenOutcomes:
            assert isinstance(known, BatchResponse)
            if ended:  # a server error stands for nothing at all
                assert whole is not None
                assert whole.status == 503
                assert not known.parts
            else:
                assert whole is None
                assert in_part(told) == by_id(known)
            return
        assert ended
        if whole is None:
            head = stream.head(None).headers.get("Content-Type", "")
            assert by_id(odatabatch.decode_response(told, head)) == by_id(known)  # type: ignore[arg-type]
        else:
            assert not told
            expected = straight.http_answer()
            assert (whole.status, whole.body) == (expected.status, expected.body)


class TestCollection:
    """A collection can only be answered whole."""

    def play(self, *answers: HttpResponse | Failure, max_attempts: int = 1) -> Play:
        """A collection of two tasks."""
        down = downgrade(collection(task("a"), task("b")), "2016-02-01.3.0")
        return Play(steps(down.transfer(max_attempts=max_attempts)), answers)

    def test_whole(self) -> None:
        """All that is known."""
        done = self.play(accepted(part_added("1", "a"), part_failed("2")))
        assert done.kinds == ["Send", "HttpResponse"]
        assert [it["taskId"] for it in results_of(done.whole)] == ["a", "b"]

    def test_in_turn(self) -> None:
        """Also where it became known in turn."""
        done = self.play(
            accepted(part_added("1", "a")), accepted(part_added("2", "b")), max_attempts=2
        )
        assert done.kinds == ["Send", "Send", "HttpResponse"]

    def test_open(self) -> None:
        """In part, it is not told at all."""
        done = self.play(accepted(part_added("1", "a")))
        assert done.kinds == ["Send"]
        assert done.error is not None

    def test_known_and_a_server_error(self) -> None:
        """A server error does not hide that something is known."""
        done = self.play(accepted(part_added("1", "a")), refused(503), max_attempts=2)
        assert done.kinds == ["Send", "Send"]
        assert done.error is not None

    def test_server_error(self) -> None:
        """Where nothing is known, the server error is the answer."""
        assert self.play(refused(503)).whole == refused(503)
