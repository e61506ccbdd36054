"""Transfers: what is sent when, what settles a task, what leaves it open."""

from __future__ import annotations

import sys
from itertools import cycle
from typing import Any

import pytest

from odatabatch import (
    BatchEnd,
    BatchResponse,
    ChangesetEnd,
    ChangesetStart,
    HttpResponse,
    OperationResponse,
    UsageError,
)
from odatabatch.azure import Failure, OpenOutcomes, Transfer, downgrade, upgrade
from odatabatch.headers import Headers
from tests.azure.batches import (
    HTTP_DATE,
    JSON,
    LEGACY,
    MODERN,
    accepted,
    added,
    answered,
    batch,
    collection,
    failed,
    operation,
    part_added,
    part_failed,
    refused,
    statuses,
    task,
)

A = answered(added("a"))
EXISTS = answered(failed("a"))
BROKEN = answered(failed("a", "InternalError", "ServerError"))
FINAL = answered(failed("a", "InvalidPropertyValue"))
COMPLETED = answered(failed("a", "JobCompleted"))
LOST = Failure.CONNECTION_LOST
BUSY = refused(503, "ServerBusy")
TOO_LARGE = refused(413, "RequestBodyTooLarge")

doubts = pytest.mark.parametrize(
    "doubt",
    [
        LOST,
        Failure.TIMED_OUT,
        BUSY,
        refused(500),
        refused(408),
        HttpResponse(200, "OK", body=b'{"value":[{"ta'),
        HttpResponse(202, "Accepted", body=A.body),
        HttpResponse(204),
        answered(),
        answered(added("a"), added("a")),
        answered(*[failed("a", "InternalError", "ServerError")] * 2),
        answered(added("b")),
        HttpResponse(200, "OK", Headers([("Content-Encoding", "gzip")]), A.body),
    ],
)
"""Answers that do not tell whether the task ``a`` was added."""


def transfer_of(*ids: str, **options: Any) -> Transfer[Any, Any]:
    """The way of a batch that adds those, under the Content-IDs 0, 1, …"""
    operations = (operation(str(n), task(name)) for n, name in enumerate(ids))
    up = upgrade(batch(*operations), api_version=MODERN, source_version=LEGACY)
    return up.transfer(**options)


def play(transfer: Transfer[Any, Any], *answers: HttpResponse | Failure) -> Transfer[Any, Any]:
    """Send one request after the other; each has that answer."""
    for answer in answers:
        (request,) = transfer.next_requests()
        transfer.receive(request, answer)
    return transfer


def ids_of(requests: tuple[Any, ...]) -> list[list[str]]:
    """The ids of the tasks of each request."""
    return [[item.id for item in request.tasks] for request in requests]


def told(transfer: Transfer[Any, Any]) -> list[tuple[str | None, int]]:
    """Content-ID and status of all answers, at the end."""
    assert transfer.done
    assert transfer.next_requests() == ()
    return statuses(transfer.answer())


def unknown(transfer: Transfer[Any, Any]) -> list[str]:
    """The Content-IDs of the operations whose outcome is open."""
    with pytest.raises(OpenOutcomes) as caught:
        transfer.answer()
    assert caught.value.code == "open_outcomes"
    assert caught.value.operations == transfer.open
    return [item.content_id for item in caught.value.operations]


class TestSending:
    """What may be sent, and when."""

    def test_at_once(self) -> None:
        """Requests that share no id go out together, each once."""
        transfer = transfer_of(*(f"t{n}" for n in range(101)))
        assert list(map(len, ids_of(transfer.next_requests()))) == [100, 1]
        assert transfer.next_requests() == ()
        assert not transfer.done

    def test_one_after_the_other(self) -> None:
        """What shares an id with another, but for its case, waits until that is settled."""
        transfer = transfer_of("a", "A", "b")
        (first,) = transfer.next_requests()
        assert ids_of((first,)) == [["a", "b"]]
        transfer.receive(first, LOST)
        (again,) = transfer.next_requests()
        transfer.receive(again, answered(failed("b", "InternalError", "ServerError"), added("a")))
        assert sorted(ids_of(transfer.next_requests())) == [["A"], ["b"]]

    def test_waits_for_all(self) -> None:
        """A request goes out when the last of what it waits for is settled."""
        transfer = transfer_of("a", "b", "a", "b")
        play(transfer, answered(added("a"), failed("b", "InternalError", "ServerError")))
        (request,) = transfer.next_requests()
        assert ids_of((request,)) == [["b"]]
        transfer.receive(request, answered(added("b")))
        assert ids_of(transfer.next_requests()) == [["a", "b"]]

    def test_goes_after_an_open_one(self) -> None:
        """What waits for an operation that stays open is sent all the same."""
        transfer = play(transfer_of("a", "a", max_attempts=1), LOST, A)
        assert unknown(transfer) == ["0"]
        assert statuses(transfer.answer(open="omit")) == [("1", 201)]

    @pytest.mark.parametrize(
        "answer",
        [
            LOST,
            BUSY,
            refused(429),
            answered(*(failed(name, "InternalError", "ServerError") for name in "ba")),
        ],
    )
    def test_as_it_is(self, answer: HttpResponse | Failure) -> None:
        """A request that is wanted whole once more goes out again, itself."""
        transfer = transfer_of("a", "b")
        (request,) = transfer.next_requests()
        transfer.receive(request, answer)
        assert transfer.next_requests()[0] is request

    def test_the_rest(self) -> None:
        """Only what failed by the service's fault goes out again, with a right length."""
        transfer = transfer_of("a", "b", "c")
        broken = failed("b", "InternalError", "ServerError")
        play(transfer, answered(added("c"), broken, added("a")))
        (request,) = transfer.next_requests()
        assert ids_of((request,)) == [["b"]]
        assert request.headers.get("Content-Length") == str(len(request.body))
        transfer.receive(request, answered(added("b")))
        assert sorted(told(transfer)) == [("0", 201), ("1", 201), ("2", 201)]

    def test_nothing(self) -> None:
        """An empty batch is done at once; its answer is empty."""
        transfer = transfer_of()
        assert transfer.done
        assert transfer.next_requests() == ()
        assert list(transfer.events()) == [BatchEnd()]
        assert transfer.answer() == BatchResponse(())
        assert transfer.http_answer().status == 202


class TestTaskExists:
    """Whose task it is that exists."""

    @doubts
    def test_after_doubt(self, doubt: HttpResponse | Failure) -> None:
        """It counts as added where an attempt before has no definite answer; no ETag is made up."""
        transfer = play(transfer_of("a"), doubt, EXISTS)
        assert told(transfer) == [("0", 201)]
        (part,) = transfer.answer().responses
        assert "ETag" not in part.headers
        assert part.headers.get("Location").endswith("/jobs/job-1/tasks/a")

    @pytest.mark.parametrize("doubt", [LOST, BUSY, answered()])
    @pytest.mark.parametrize("later", [Failure.NOT_SENT, refused(429), BROKEN])
    def test_doubt_stays(
        self, doubt: HttpResponse | Failure, later: HttpResponse | Failure
    ) -> None:
        """An attempt that added nothing says nothing of the one before it."""
        assert told(play(transfer_of("a"), doubt, later, EXISTS)) == [("0", 201)]

    def test_server_error_without_a_code(self) -> None:
        """It is not the service's own, and does not say that the task was not added."""
        bare = answered({"status": "ServerError", "taskId": "a"})
        assert told(play(transfer_of("a"), bare, EXISTS)) == [("0", 201)]

    @pytest.mark.parametrize("fault", [Failure.NOT_SENT, refused(429), BROKEN])
    def test_without_doubt(self, fault: HttpResponse | Failure) -> None:
        """It is a refusal where no attempt before can have added it."""
        assert told(play(transfer_of("a"), fault, EXISTS)) == [("0", 409)]

    def test_at_first(self) -> None:
        """It is a refusal at the first attempt."""
        assert told(play(transfer_of("a"), EXISTS)) == [("0", 409)]

    @pytest.mark.parametrize(
        ("before", "expected"),
        [
            ([A], [("0", 201), ("1", 409)]),
            ([LOST, A], [("0", 201), ("1", 409)]),
            ([LOST, EXISTS], [("0", 201), ("1", 409)]),
            ([EXISTS], [("0", 409), ("1", 409)]),
            ([FINAL], [("0", 400), ("1", 201)]),
            ([BROKEN, BROKEN], [("0", 500), ("1", 201)]),
            ([refused(403)], [("0", 403), ("1", 201)]),
            ([refused(409, "TaskExists")], [("0", 409), ("1", 409)]),
        ],
    )
    def test_of_two(self, before: list[Any], expected: list[Any]) -> None:
        """It counts as added if the other operation of that id has not made it."""
        transfer = play(transfer_of("a", "A", max_attempts=2), *before)
        assert told(play(transfer, LOST, EXISTS)) == expected

    def test_after_an_open_one(self) -> None:
        """Nobody knows whose it is where the other operation is open."""
        transfer = play(transfer_of("a", "A", max_attempts=2), LOST, LOST, LOST, EXISTS)
        assert unknown(transfer) == ["0", "1"]

    @pytest.mark.parametrize(
        ("first", "expected"),
        [
            ([A], [("0", 201), ("1", 400), ("2", 409)]),
            ([EXISTS], [("0", 409), ("1", 400), ("2", 409)]),
            ([FINAL], [("0", 400), ("1", 400), ("2", 201)]),
            ([LOST, LOST], None),
        ],
    )
    def test_of_three(self, first: list[Any], expected: list[Any] | None) -> None:
        """One that was refused between does not hide what the first one did."""
        transfer = transfer_of("a", "A", "a", max_attempts=2)
        play(transfer, *first, FINAL, LOST, EXISTS)
        if expected is None:
            assert unknown(transfer) == ["0", "2"]
        else:
            assert told(transfer) == expected

    def test_of_three_in_doubt(self) -> None:
        """One that was refused because the task was there tells the next one so."""
        transfer = play(transfer_of("a", "A", "a"), A, LOST, EXISTS, LOST, EXISTS)
        assert told(transfer) == [("0", 201), ("1", 409), ("2", 409)]

    def test_other_error_of_the_same_code(self) -> None:
        """A server error of that code is one like others."""
        broken = answered(failed("a", "TaskExists", "ServerError"))
        assert told(play(transfer_of("a"), LOST, broken, A)) == [("0", 201)]


class TestRefusals:
    """What the service would not do."""

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413])
    def test_whole(self, status: int) -> None:
        """A request that was refused whole settles its tasks; the answer is that response."""
        refusal = refused(status, "Code")
        transfer = play(transfer_of("a"), refusal)
        assert transfer.done
        assert transfer.refusal is refusal
        assert transfer.answer() is refusal
        assert transfer.http_answer().status == status

    @pytest.mark.parametrize(
        "code",
        [
            "InvalidPropertyValue",
            "InvalidRequestBody",
            "MissingRequiredProperty",
            "OutOfRangeInput",
            "TaskDependencyListTooLong",
            "TaskDependencyRangesTooLong",
            "UnsupportedProperty",
        ],
    )
    def test_timeless_after_doubt(self, code: str) -> None:
        """What is refused for what it is was refused so before."""
        assert told(play(transfer_of("a"), LOST, answered(failed("a", code)))) == [("0", 400)]

    @pytest.mark.parametrize(
        "answer",
        [
            *map(refused, (307, 400, 401, 403, 404, 409, 413)),
            TOO_LARGE,
            refused(404, "JobNotFound"),
            refused(400, "InvalidHeaderValue"),
            refused(400, "InvalidRequestBody"),
            answered(failed("a", "TaskIdSameAsJobPreparationTask")),
            refused(404, "ApplicationNotFound"),
            refused(409, "TaskExists"),
            answered(failed("a", "SomethingNew")),
            COMPLETED,
        ],
    )
    def test_news_after_doubt(self, answer: HttpResponse) -> None:
        """What may be news says nothing of the first attempt."""
        transfer = play(transfer_of("a"), LOST, answer)
        assert transfer.done
        assert transfer.refusal is None
        assert unknown(transfer) == ["0"]
        assert transfer.answer(open="omit") == BatchResponse(())
        assert list(transfer.events()) == []

    @pytest.mark.parametrize("answer", [refused(403), COMPLETED])
    def test_news_without_doubt(self, answer: HttpResponse) -> None:
        """It refuses what was not there before."""
        transfer = play(transfer_of("a"), Failure.NOT_SENT, answer)
        assert transfer.done
        assert len(list(transfer.events())) == 4

    def test_alike(self) -> None:
        """The first of several refusals alike is the answer, whatever the texts."""
        transfer = transfer_of("a", "A")
        first, second = refused(404, "JobNotFound", x="1"), refused(404, "JobNotFound", x="2")
        play(transfer, first)
        assert transfer.refusal is first
        assert transfer.answer(open="omit") != first
        play(transfer, second)
        assert transfer.answer() is first

    def test_not_alike_but_for_an_open_one(self) -> None:
        """What stays open was not refused, so that no response refuses all."""
        transfer = play(transfer_of("a", "A", max_attempts=1), LOST, refused(403))
        assert transfer.done
        assert transfer.refusal is None

    def test_content_type(self) -> None:
        """The service's own error has its type in each part, whatever the whole answer's was."""
        for refusal, expected in (
            (refused(403, "Code", **{"Content-Type": "text/json"}), JSON),
            (refused(403, **{"Content-Type": "text/plain"}), "text/plain"),
        ):
            transfer = play(transfer_of("a", "A"), refusal, answered(added("A")))
            part, _ = transfer.answer().responses
            assert part.headers.get("Content-Type") == expected

    def test_existed(self) -> None:
        """A request that is refused whole because its task exists tells the next one of that id."""
        refusal = refused(409, "TaskExists")
        transfer = play(transfer_of("a", "A"), refusal, LOST, answered(failed("A")))
        assert told(transfer) == [("0", 409), ("1", 409)]

    def test_coded(self) -> None:
        """A refusal that cannot be read tells nothing, and is asked for again."""
        coded = HttpResponse(403, "", Headers([("Content-Encoding", "gzip")]), b"\x1f\x8b")
        assert told(play(transfer_of("a"), coded, A)) == [("0", 201)]
        assert unknown(play(transfer_of("a", max_attempts=1), coded)) == ["0"]

    def test_timed_out_task(self) -> None:
        """A task that the service took too long for may have been added all the same."""
        late = answered(failed("a", "OperationTimedOut", "ServerError"))
        assert told(play(transfer_of("a"), late, EXISTS)) == [("0", 201)]
        assert unknown(play(transfer_of("a", max_attempts=1), late)) == ["0"]

    def test_presumed(self) -> None:
        """What counts as added because it exists is told apart from what was seen to be added."""
        transfer = play(transfer_of("a", "b"), LOST, answered(failed("a"), added("b")))
        assert [item.content_id for item in transfer.presumed] == ["0"]
        assert transfer_of("a").presumed == ()

    def test_never_sent(self) -> None:
        """An operation that was never sent cannot have added what a later one finds."""
        transfer = play(transfer_of("a", "A", max_attempts=2), *[Failure.NOT_SENT] * 2)
        play(transfer, LOST, answered(failed("A")))
        assert unknown(transfer) == ["0"]
        assert statuses(transfer.answer(open="omit")) == [("1", 201)]

    @pytest.mark.parametrize(
        ("last", "words"),
        [
            (LOST, "the last request was connection lost"),
            (refused(503), "the last request was answered 503"),
        ],
    )
    def test_why(self, last: HttpResponse | Failure, words: str) -> None:
        """The error has what came last."""
        transfer = play(transfer_of("a", max_attempts=1), last)
        with pytest.raises(OpenOutcomes) as caught:
            transfer.answer()
        assert caught.value.last_answer is last
        assert words in str(caught.value)

    def test_why_not_yet(self) -> None:
        """Before the first answer there is none."""
        with pytest.raises(OpenOutcomes, match="no request was answered yet"):
            transfer_of("a").answer()

    def test_repr(self) -> None:
        """It shows how far it is."""
        transfer = play(transfer_of("a", "A"), A)
        assert repr(transfer) == "<Transfer: 1 of 2 tasks settled, 0 requests under way>"

    def test_order(self) -> None:
        """Results come in the order in which the service has told them."""
        answer = answered(failed("b", "InvalidPropertyValue"), added("a"))
        assert told(play(transfer_of("a", "b"), answer)) == [("1", 400), ("0", 201)]

    @pytest.mark.parametrize("other", [refused(404, "Other"), refused(403, "Code"), A])
    def test_not_alike(self, other: HttpResponse) -> None:
        """Another status, another code, or something that was done: each has its own answer."""
        transfer = play(transfer_of("a", "A"), refused(404, "Code"), other)
        assert transfer.refusal is None
        assert told(transfer)[0] == ("0", 404)


class TestTooLarge:
    """Requests that are halved."""

    @pytest.mark.parametrize(
        "answer", [TOO_LARGE, refused(413), refused(400, "RequestBodyTooLarge")]
    )
    def test_halves(self, answer: HttpResponse) -> None:
        """Both halves may go at once, without a wait, in the tasks' order."""
        transfer = play(transfer_of(*"abcde"), answer)
        requests = transfer.next_requests()
        assert ids_of(requests) == [["a", "b"], ["c", "d", "e"]]
        assert [transfer.wait_s(request) for request in requests] == [0.0, 0.0]

    def test_down_to_one(self) -> None:
        """100 tasks that are all too large are as many requests in the end, and one refusal."""
        transfer = transfer_of(*(f"t{n}" for n in range(100)))
        sizes = []
        while not transfer.done:
            for request in transfer.next_requests():
                sizes.append(len(request.tasks))
                transfer.receive(request, TOO_LARGE)
        assert sizes.count(1) == 100
        assert len(sizes) == 199
        assert transfer.answer() is TOO_LARGE

    def test_one_of_them(self) -> None:
        """What fits is added, though its neighbour is too large."""
        transfer = play(transfer_of("a", "b"), TOO_LARGE)
        one, other = transfer.next_requests()
        transfer.receive(other, answered(added("b")))
        transfer.receive(one, TOO_LARGE)
        assert told(transfer) == [("1", 201), ("0", 413)]

    def test_no_attempt(self) -> None:
        """To be halved is no attempt."""
        transfer = play(transfer_of("a", "b", max_attempts=1), TOO_LARGE)
        one, other = transfer.next_requests()
        transfer.receive(one, A)
        transfer.receive(other, answered(added("b")))
        assert told(transfer) == [("0", 201), ("1", 201)]


class TestAttempts:
    """No more of them than were wanted."""

    @pytest.mark.parametrize("max_attempts", [1, 3])
    @pytest.mark.parametrize("fault", [LOST, Failure.TIMED_OUT, Failure.NOT_SENT, BUSY])
    def test_open(self, fault: HttpResponse | Failure, max_attempts: int) -> None:
        """After the last one without an answer the outcome is open."""
        transfer = play(transfer_of("a", max_attempts=max_attempts), *[fault] * max_attempts)
        assert transfer.done
        assert transfer.next_requests() == ()
        assert unknown(transfer) == ["0"]

    def test_server_error(self) -> None:
        """A task that fails each time by the service's fault has that as its answer."""
        transfer = play(transfer_of("a", max_attempts=3), *[BROKEN] * 3)
        assert told(transfer) == [("0", 500)]

    def test_server_error_after_doubt(self) -> None:
        """It tells nothing of the attempt before it."""
        transfer = play(transfer_of("a", max_attempts=2), LOST, BROKEN)
        assert unknown(transfer) == ["0"]

    def test_server_error_and_not_sent(self) -> None:
        """What was not sent leaves the server error the last word."""
        transfer = play(transfer_of("a", max_attempts=2), BROKEN, Failure.NOT_SENT)
        assert told(transfer) == [("0", 500)]

    def test_too_many_requests(self) -> None:
        """The last 429 refuses the tasks."""
        first, last = refused(429, "Busy", x="1"), refused(429, "Busy", x="2")
        transfer = play(transfer_of("a", "b", max_attempts=2), first, last)
        assert transfer.answer() is last

    def test_too_many_requests_of_other_codes(self) -> None:
        """Those of two codes are not alike: each operation has its own."""
        transfer = play(transfer_of("a", "A", max_attempts=1), refused(429, "One"))
        play(transfer, refused(429, "Other"))
        assert transfer.refusal is None
        assert told(transfer) == [("0", 429), ("1", 429)]

    def test_too_many_requests_after_doubt(self) -> None:
        """It tells nothing of the attempt before it."""
        transfer = play(transfer_of("a", max_attempts=2), LOST, refused(429))
        assert unknown(transfer) == ["0"]


class TestWaits:
    """How long to wait."""

    def waits(self, *answers: HttpResponse | Failure, **options: Any) -> list[float]:
        """The waits before each attempt."""
        transfer = transfer_of("a", **options)
        found = []
        for answer in (*answers, None):
            (request,) = transfer.next_requests()
            found.append(transfer.wait_s(request))
            if answer is not None:
                transfer.receive(request, answer)
        return found

    def test_doubled(self) -> None:
        """None before the first attempt, then each twice as long, up to the bound."""
        found = self.waits(LOST, BROKEN, Failure.NOT_SENT, BUSY, max_wait_s=3)
        assert found == [0.0, 0.5, 1.0, 2.0, 3]

    def test_after_a_server_error(self) -> None:
        """A task that failed by the service's fault waits no longer than others."""
        assert self.waits(BROKEN) == [0.0, 0.5]

    def test_many(self) -> None:
        """No number of attempts is too large to count with."""
        transfer = play(transfer_of("a", max_attempts=2000), *[LOST] * 1999)
        assert transfer.wait_s(*transfer.next_requests()) == 30.0

    @pytest.mark.parametrize("status", [408, 429, 500, 503])
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("7", 7.0),
            ("0", 0.5),
            ("00000000007", 7.0),
            ("1000000000", 30.0),
            ("9" * 5000, 30.0),
            ("-1", 0.5),
            ("1.5", 0.5),
            ("soon", 0.5),
            ("", 0.5),
            ("Wed, 09 Apr 2014 20:21:34 GMT", 10.0),
            ("Wed, 09 Apr 2014 20:21:14 GMT", 0.5),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 30.0),
            ("Thu, 09 Apr 2014 20:21:34 GMT", 0.5),
        ],
    )
    def test_retry_after(self, status: int, text: str, expected: float) -> None:
        """What the service asks for, in seconds or until a date, within the bounds."""
        fields = [("Retry-After", text), ("Date", HTTP_DATE)]
        assert self.waits(HttpResponse(status, "", Headers(fields))) == [0.0, expected]

    def test_date_without_date(self) -> None:
        """A date counts from the answer's own; there is no clock."""
        asked = [("Retry-After", "Wed, 09 Apr 2014 20:21:34 GMT")]
        assert self.waits(HttpResponse(503, "", Headers(asked))) == [0.0, 0.5]

    def test_without_waits(self) -> None:
        """A bound of 0 takes all waits away."""
        assert self.waits(refused(503, None, Retry_After="9"), max_wait_s=0) == [0, 0]


class TestCalls:
    """Calls that have no meaning, and arguments that cannot be used."""

    def test_answered_twice(self) -> None:
        """A request is answered once, until it is handed out again."""
        transfer = transfer_of("a")
        (request,) = transfer.next_requests()
        transfer.receive(request, LOST)
        self.refuses(transfer, request)

    def test_another(self) -> None:
        """An equal request is another one, and so is that of another transfer."""
        transfer = transfer_of("a")
        (request,) = transfer.next_requests()
        self.refuses(transfer, request.replace())
        self.refuses(transfer_of("a"), request)
        self.refuses(transfer, None)
        transfer.receive(request, A)
        assert told(transfer) == [("0", 201)]

    def refuses(self, transfer: Transfer[Any, Any], request: Any) -> None:
        """The request is not under way."""
        with pytest.raises(UsageError) as caught:
            transfer.receive(request, A)
        assert caught.value.code == "not_under_way"
        with pytest.raises(UsageError) as caught:
            transfer.wait_s(request)
        assert caught.value.code == "not_under_way"

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            "timed_out",
            b"",
            HttpResponse(200, headers={}),  # type: ignore[arg-type]
            HttpResponse(200, body="{}"),  # type: ignore[arg-type]
            HttpResponse("200"),  # type: ignore[arg-type]
        ],
    )
    def test_no_answer(self, answer: Any) -> None:
        """What is no answer is refused, and the request stays under way."""
        transfer = transfer_of("a")
        (request,) = transfer.next_requests()
        with pytest.raises(TypeError, match=f"got {type(answer).__name__}|got another type"):
            transfer.receive(request, answer)
        transfer.receive(request, A)
        assert told(transfer) == [("0", 201)]

    @pytest.mark.parametrize(
        "options",
        [
            {"max_attempts": 0},
            {"max_attempts": -1},
            {"max_wait_s": -0.5},
            {"max_wait_s": float("inf")},
            {"max_wait_s": float("nan")},
        ],
    )
    def test_values(self, options: Any) -> None:
        """Bounds are bounds."""
        with pytest.raises(ValueError, match="expected"):
            transfer_of("a", **options)

    @pytest.mark.parametrize("options", [{"max_attempts": 1.5}, {"max_wait_s": "30"}])
    def test_types(self, options: Any) -> None:
        """And they are numbers."""
        with pytest.raises(TypeError):
            transfer_of("a", **options)

    def test_open_word(self) -> None:
        """There are two words for what to do with open outcomes."""
        with pytest.raises(ValueError, match="expected"):
            transfer_of().answer(open="drop")  # type: ignore[arg-type]


class TestAnswers:
    """What is told, as soon as it is known and at the end."""

    def test_events(self) -> None:
        """Each answer once, as soon as it is definite; the end when all are."""
        transfer = transfer_of("a", "A")
        assert list(transfer.events()) == []
        play(transfer, A)
        start, part, end = transfer.events()
        assert (start, part.content_id, end) == (ChangesetStart(), "0", ChangesetEnd())
        assert list(transfer.events()) == []
        play(transfer, answered(failed("A")))
        assert [type(event) for event in transfer.events()] == [
            ChangesetStart,
            OperationResponse,
            ChangesetEnd,
            BatchEnd,
        ]
        assert list(transfer.events()) == []

    def test_abandoned(self) -> None:
        """Who stops half way gets the rest the next time."""
        transfer = play(transfer_of("a"), A)
        found = [next(transfer.events()) for _ in range(3)]
        assert [type(event) for event in found] == [ChangesetStart, OperationResponse, ChangesetEnd]
        assert list(transfer.events()) == [BatchEnd()]

    def test_while_it_is_read(self) -> None:
        """Who goes on reading gets what has become definite meanwhile."""
        transfer = play(transfer_of("a", "A"), A)
        events = transfer.events()
        next(events)
        play(transfer, answered(added("A")))
        assert len(list(events)) == 6

    def test_under_way(self) -> None:
        """What is under way has no outcome either."""
        transfer = transfer_of("a", "b")
        assert unknown(transfer) == ["0", "1"]
        assert transfer.answer(open="omit") == BatchResponse(())
        play(transfer, answered(added("b"), failed("a", "InternalError", "ServerError")))
        assert unknown(transfer) == ["0"]
        assert statuses(transfer.answer(open="omit")) == [("1", 201)]

    @pytest.mark.parametrize(
        ("identities", "expected"),
        [((None, "r1", "r2"), "r1"), (("r1", None, "r2"), "r1"), ((None,) * 3, None)],
    )
    def test_identity(self, identities: tuple[str | None, ...], expected: str | None) -> None:
        """The first ``request-id`` that an answer has told is that of the whole."""
        legacy = downgrade(collection(task("a")), LEGACY)
        failure, success = part_failed("1", "InternalError", 500), part_added("1", "a")
        transfer = legacy.transfer()
        for part, identity in zip((failure, failure, success), identities, strict=True):
            named = {} if identity is None else {"request_id": identity}
            play(transfer, accepted(part, **named))
        assert transfer.request_id == expected
        assert transfer.answer().headers.get("request-id") == expected

    def test_order(self) -> None:
        """In the order in which they became definite."""
        transfer = transfer_of(*(f"t{n}" for n in range(101)))
        many, one = transfer.next_requests()
        transfer.receive(one, answered(added("t100")))
        transfer.receive(many, refused(403))
        assert [content_id for content_id, _ in told(transfer)][:2] == ["100", "0"]


def calls(work: Any) -> int:
    """How many functions, of Python or of C, are called."""
    count = 0

    def profile(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("name", "faults"),
    [("a", ()), ("a", (LOST, FINAL)), ("a{}", (LOST,))],
    ids=["of one id", "of one id, refused", "of as many ids"],
)
def test_linear_work(name: str, faults: tuple[Any, ...]) -> None:
    """Four times the operations are about four times the work."""

    def work(number: int) -> int:
        transfer = transfer_of(*(name.format(n) for n in range(number)))

        def send() -> None:
            answers = cycle((*faults, None))
            while not transfer.done:
                answer = next(answers)
                for request in transfer.next_requests():
                    results = (added(item.id) for item in request.tasks)
                    transfer.receive(request, answer or answered(*results))
                    assert len(list(transfer.events())) <= 301
            transfer.answer()

        return calls(send)

    assert work(2000) * 5 > work(8000)
