"""Collections on their way to a service of batches: what its answers are read as."""

from __future__ import annotations

from typing import Any

import pytest

from odatabatch import BatchResponse, HttpResponse, Oddity, OperationResponse
from odatabatch.azure import Downgrade, Failure, OpenOutcomes, TaskStatus, Transfer, downgrade
from tests.azure.batches import (
    COLLECTION,
    DATE,
    E_TAG,
    HOST,
    LEGACY,
    MODERN,
    accepted,
    answered,
    carried,
    collection,
    decoded_request,
    part_added,
    part_failed,
    refused,
    results_of,
    task,
)
from tests.azure.batches import added as result_added

LOST = Failure.TIMED_OUT
BOTH = accepted(part_failed("2"), part_added("1", "a"))


def two(target: str = COLLECTION, **fields: str) -> Downgrade:
    """A collection of two tasks, ``a`` and ``b``, which are operations 1 and 2."""
    return downgrade(collection(task("a"), task("b"), target=target, **fields), LEGACY)


def play(transfer: Transfer[Any, Any], *answers: HttpResponse | Failure) -> Transfer[Any, Any]:
    """Send one request after the other; each has that answer."""
    for answer in answers:
        (request,) = transfer.next_requests()
        transfer.receive(request, answer)
    return transfer


def left(transfer: Transfer[Any, Any]) -> list[list[str | None]]:
    """The Content-IDs in each of the requests that go out next."""
    requests = transfer.next_requests()
    return [[item.content_id for item in decoded_request(each).operations] for each in requests]


def told(transfer: Transfer[Any, Any]) -> list[tuple[str, str]]:
    """Task id and status word of each result so far."""
    results = results_of(transfer.answer(open="omit"))
    return [(result["taskId"], result["status"]) for result in results]


def cut(response: HttpResponse, text: bytes) -> HttpResponse:
    """The answer as far as it came before that text stands in it for the last time."""
    return response.replace(body=response.body[: response.body.rindex(text)])


class TestRequests:
    """What goes out."""

    def test_first(self) -> None:
        """The first requests are those of the translation."""
        down = two()
        assert down.transfer().next_requests() == down.requests

    def test_the_rest(self) -> None:
        """Others have the same target, and the operations as they were there."""
        down = two(client_request_id="id")
        transfer = play(down.transfer(), accepted(part_added("1", "a"), part_failed("2", "X", 500)))
        (request,) = transfer.next_requests()
        (first,) = down.requests
        assert (request.method, request.target) == (first.method, first.target)
        assert request.headers.get("client-request-id") == "id"
        assert request.headers.get("Content-Length") == str(len(request.body))
        assert decoded_request(request).operations == decoded_request(first).operations[1:]

    def test_several(self) -> None:
        """101 tasks are two requests, which may go together."""
        tasks = (task(f"t{n}") for n in range(101))
        transfer = downgrade(collection(*tasks), LEGACY).transfer()
        assert [len(ids) for ids in left(transfer)] == [100, 1]

    def test_halves(self) -> None:
        """A batch that is too large is halved."""
        transfer = play(two().transfer(), refused(413, "RequestBodyTooLarge"))
        assert left(transfer) == [["1"], ["2"]]


class TestReading:
    """What an answer tells of whom."""

    def test_by_content_id(self) -> None:
        """Answers belong to their operations, in any order."""
        transfer = play(two().transfer(), BOTH)
        assert sorted(told(transfer)) == [("a", "success"), ("b", "clienterror")]

    def test_failed_changeset(self) -> None:
        """A failure in the place of a changeset is its operation's own."""
        answer = carried(BatchResponse((part_failed("1"), part_failed("2", "InternalError", 500))))
        transfer = play(two().transfer(), answer)
        assert told(transfer) == [("a", "clienterror")]
        assert left(transfer) == [["2"]]

    def test_failed_and_there(self) -> None:
        """A failed changeset added nothing: a task that is there next time is somebody else's."""
        busy = (part_failed(it, "ServerBusy", 503) for it in "12")
        exists = (part_failed(it) for it in "12")
        transfer = play(
            two().transfer(),
            carried(BatchResponse(tuple(busy))),
            carried(BatchResponse(tuple(exists))),
        )
        assert told(transfer) == [("a", "clienterror"), ("b", "clienterror")]

    @pytest.mark.parametrize("text", [b"\r\n--", b"--\r\n", b"Content-ID", b"HTTP/1.1"])
    def test_truncated(self, text: bytes) -> None:
        """What came before an answer broke off counts; the rest is asked for again."""
        whole = accepted(part_added("1", "a"), part_failed("2"))
        transfer = play(two().transfer(), cut(whole, text))
        assert ("a", "success") in told(transfer)
        assert left(transfer) in ([], [["2"]])

    def test_truncated_at_once(self) -> None:
        """An answer of which nothing came whole tells nothing."""
        transfer = play(two().transfer(), cut(accepted(part_added("1", "a")), b"HTTP/1.1"))
        assert told(transfer) == []
        assert left(transfer) == [["1", "2"]]

    @pytest.mark.parametrize(
        "answer",
        [
            accepted(part_added("1", "a")),
            accepted(part_added("1", "a"), part_added("2", "b"), part_failed("2")),
        ],
    )
    def test_one_by_one(self, answer: HttpResponse) -> None:
        """An operation without an answer, or with two, is asked for again."""
        transfer = play(two().transfer(), answer)
        assert told(transfer) == [("a", "success")]
        assert left(transfer) == [["2"]]

    @pytest.mark.parametrize(
        "answer",
        [
            accepted(part_added("1", "a"), part_added("3", "b")),
            accepted(part_added("1", "a"), part_added(None, "b")),
            accepted(part_added("1", "a"), part_added("2", "a")),
            HttpResponse(202, "Accepted", body=b"<html></html>"),
            answered(result_added("a"), result_added("b")),
            BOTH.replace(headers=BOTH.headers.with_field("Content-Encoding", "gzip")),
            BOTH.replace(headers=BOTH.headers.with_field("Content-Type", "text/html")),
            BOTH.replace(status=200),
        ],
    )
    def test_unreadable(self, answer: HttpResponse) -> None:
        """An answer that is no answer to this batch tells nothing, not even what seems clear."""
        transfer = play(two().transfer(), answer)
        assert told(transfer) == []
        assert left(transfer) == [["1", "2"]]

    @pytest.mark.parametrize(
        "odd",
        [
            part_added("2", "b", ETag="a b"),
            part_added("2", "b", Last_Modified="today"),
            OperationResponse(302).with_content_id("2"),
        ],
    )
    def test_odd_part(self, odd: OperationResponse) -> None:
        """A part that cannot be read leaves its own task out, and says nothing of the others."""
        transfer = play(two().transfer(), accepted(part_added("1", "a"), odd))
        assert told(transfer) == [("a", TaskStatus.SUCCESS)]
        assert left(transfer) == [["2"]]

    def test_foreign_refusal(self) -> None:
        """A refusal that is not the service's own has its status, and no words."""
        odd = OperationResponse(400, "", body=b"<html></html>").with_content_id("2")
        transfer = play(two().transfer(), accepted(part_added("1", "a"), odd))
        (_, result) = transfer.events()
        assert (result.task_id, result.status) == ("b", TaskStatus.CLIENT_ERROR)
        assert result.error is None

    def test_foreign_error(self) -> None:
        """A server error that is not the service's own does not say that nothing was done."""
        odd = OperationResponse(502, "", body=b"<html></html>").with_content_id("1")
        exists = OperationResponse(409, "", body=b'{"code":"TaskExists"}').with_content_id("1")
        assert told(play(one(), accepted(odd), accepted(exists))) == [("a", TaskStatus.SUCCESS)]

    def test_refused_twice_alike(self) -> None:
        """Two answers that refuse an operation alike are one."""
        refusal = OperationResponse(409, "", body=b'{"code":"TaskExists"}').with_content_id("2")
        transfer = play(two().transfer(), accepted(refusal, part_added("1", "a"), refusal))
        assert sorted(told(transfer)) == [
            ("a", TaskStatus.SUCCESS),
            ("b", TaskStatus.CLIENT_ERROR),
        ]

    def test_malformed_twice_alike(self) -> None:
        """A status of 400 refuses as well, and is the least that does."""
        refusal = OperationResponse(400, "", body=b'{"code":"BadRequest"}').with_content_id("1")
        assert told(play(one(), accepted(refusal, refusal))) == [("a", TaskStatus.CLIENT_ERROR)]

    @pytest.mark.parametrize("status", [408, 504])
    @pytest.mark.parametrize("body", [b"", b'{"code":"Other"}'])
    def test_part_timed_out(self, status: int, body: bytes) -> None:
        """A part whose operation was not waited for leaves it in doubt, whatever it is called."""
        late = OperationResponse(status, "", body=body).with_content_id("1")
        exists = OperationResponse(409, "", body=b'{"code":"TaskExists"}').with_content_id("1")
        transfer = play(one(), accepted(late), accepted(exists))
        assert told(transfer) == [("a", TaskStatus.SUCCESS)]

    @pytest.mark.parametrize(
        "body",
        [b"", b"<html></html>", b'{"code":"TooManyRequests"}', b'{"code":"OperationTimedOut"}'],
    )
    def test_part_too_many(self, body: bytes) -> None:
        """A part that was too many was not carried out, whoever says so (RFC 6585 §4)."""
        busy = OperationResponse(429, "", body=body).with_content_id("1")
        transfer = play(one(), accepted(busy), accepted(part_failed("1")))
        assert told(transfer) == [("a", TaskStatus.CLIENT_ERROR)]

    @pytest.mark.parametrize("status", [500, 502])
    def test_failed_twice_alike(self, status: int) -> None:
        """Two server errors of one operation are no answer, be they alike."""
        error = OperationResponse(status, "", body=b'{"code":"InternalError"}').with_content_id("1")
        transfer = play(one(), accepted(error, error), accepted(part_failed("1")))
        assert told(transfer) == [("a", TaskStatus.SUCCESS)]

    def test_oddities(self) -> None:
        """Oddities are taken that the caller tolerates, and no others."""
        odd = BOTH.replace(body=BOTH.body.replace(b"\r\n", b"\n"))
        assert told(play(two().transfer(), odd)) == []
        assert len(told(play(two().transfer(tolerate=[Oddity.BARE_LF]), odd))) == 2

    def test_ticks(self) -> None:
        """Fractions of seconds come from ETags where they are wanted."""
        (result,) = play(one(), accepted(part_added("1", "a"))).events()
        assert (result.e_tag, result.last_modified) == (E_TAG, f"{DATE[:19]}Z")
        (result,) = play(one(recover_ticks=True), accepted(part_added("1", "a"))).events()
        assert result.last_modified == DATE


def one(**options: Any) -> Transfer[Any, Any]:
    """One task, ``a``, on its way."""
    return downgrade(collection(task("a")), LEGACY).transfer(**options)


class TestResults:
    """What the client gets."""

    def test_events(self) -> None:
        """Each result once; there is no other end."""
        transfer = play(two().transfer(), accepted(part_added("1", "a")))
        assert [event.task_id for event in transfer.events()] == ["a"]
        assert list(transfer.events()) == []
        play(transfer, accepted(part_failed("2")))
        assert [event.task_id for event in transfer.events()] == ["b"]
        assert transfer.done
        assert list(transfer.events()) == []

    def test_task_exists(self) -> None:
        """A task that was found added has its URL, and no ETag and no date that nobody told."""
        transfer = play(two().transfer(), LOST, accepted(part_failed("1"), part_failed("2")))
        result, _ = transfer.events()
        assert result.status is TaskStatus.SUCCESS
        assert result.location == f"https://{HOST}/jobs/job-1/tasks/a"
        assert (result.e_tag, result.last_modified) == (None, None)

    def test_task_exists_without_a_service(self) -> None:
        """Where no host is known there is no URL either."""
        target = f"/jobs/job-1/addtaskcollection?api-version={MODERN}"
        transfer = play(two(target).transfer(), LOST, accepted(part_failed("1"), part_failed("2")))
        result, _ = transfer.events()
        assert (result.status, result.location) == (TaskStatus.SUCCESS, None)

    def test_refused(self) -> None:
        """The refusal of a batch is the result of each of its tasks."""
        transfer = play(two().transfer(), refused(413))
        first, second = transfer.next_requests()
        transfer.receive(first, refused(403, "Forbidden"))
        transfer.receive(second, accepted(part_added("2", "b")))
        assert told(transfer) == [("a", "clienterror"), ("b", "success")]
        assert results_of(transfer.answer())[0]["error"]["code"] == "Forbidden"

    def test_long_refusal(self) -> None:
        """A refusal that is too long to be said to each task is said in short."""
        for room, told_code in ((65_536, "Forbidden"), (65_537, None)):
            transfer = play(two().transfer(), refused(413))
            first, second = transfer.next_requests()
            body = b'{"code":"Forbidden"}'.ljust(room)
            transfer.receive(first, HttpResponse(403, "Forbidden", body=body))
            transfer.receive(second, accepted(part_added("2", "b")))
            result, _ = transfer.events()
            assert result.status == TaskStatus.CLIENT_ERROR
            assert (result.error and result.error.code) == told_code

    def test_refusal(self) -> None:
        """A refusal of all is the response itself, with a right Content-Length."""
        answer = play(two().transfer(), refused(404, "JobNotFound")).answer()
        assert answer.status == 404
        assert answer.headers.get("Content-Length") == str(len(answer.body))

    def test_as_the_translation(self) -> None:
        """Where nothing fails, it is what ``Downgrade.answer`` makes of the same answers."""
        down = two(client_request_id="x", return_client_request_id="true")
        whole = accepted(part_added("1", "a"), part_failed("2"), request_id="one")
        transfer = play(down.transfer(), whole)
        assert transfer.answer() == down.answer([whole])
        assert transfer.http_answer() == transfer.answer()

    def test_open(self) -> None:
        """Open outcomes are named by the operations that stand for them."""
        down = two()
        transfer = play(down.transfer(max_attempts=1), accepted(part_added("1", "a")))
        with pytest.raises(OpenOutcomes) as caught:
            transfer.answer()
        assert caught.value.operations == down.batches[0].operations[1:]
        assert caught.value.part == "batch[1]/changeset[0]"
        assert told(transfer) == [("a", "success")]

    def test_nothing(self) -> None:
        """An empty collection is done at once."""
        transfer = downgrade(collection(), LEGACY).transfer()
        assert transfer.done
        assert transfer.next_requests() == ()
        assert list(transfer.events()) == []
        assert results_of(transfer.answer()) == []
