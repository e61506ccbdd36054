"""Legacy batches on their way to a service of collections: what its answers are read as."""

from __future__ import annotations

import json
from typing import Any

import pytest

from odatabatch import (
    Batch,
    BatchEnd,
    ChangesetEnd,
    ChangesetResponse,
    ChangesetStart,
    Headers,
    HttpResponse,
    OperationResponse,
)
from odatabatch.azure import Failure, OpenOutcomes, Transfer, Upgrade, upgrade
from tests.azure.batches import (
    HOST,
    JSON,
    LEGACY,
    MODERN,
    WORK_ITEMS,
    added,
    answered,
    batch,
    decoded,
    failed,
    operation,
    outer,
    refused,
    statuses,
    task,
)

LOST = Failure.CONNECTION_LOST


def three(**options: Any) -> Upgrade:
    """Three operations, one of an id that differs from the first in case alone."""
    legacy = batch(*(operation(name, task(name), **options) for name in "aAb"))
    return upgrade(legacy, api_version=MODERN)


def play(transfer: Transfer[Any, Any], *answers: HttpResponse | Failure) -> Transfer[Any, Any]:
    """Send one request after the other; each has that answer."""
    for answer in answers:
        (request,) = transfer.next_requests()
        transfer.receive(request, answer)
    return transfer


def left(transfer: Transfer[Any, Any]) -> list[str]:
    """The ids of the tasks that go out next."""
    return [item.id for request in transfer.next_requests() for item in request.tasks]


class TestRequests:
    """What goes out."""

    def test_first(self) -> None:
        """The first requests are those of the translation."""
        up = three()
        transfer = up.transfer()
        assert transfer.next_requests() == up.requests[:1]
        assert transfer.wait_s is not None

    def test_parts_of_them(self) -> None:
        """Others have the same target and fields, and each task its bytes."""
        request = outer(f"https://{HOST}/$batch?api-version={LEGACY}", client_request_id="id")
        up = upgrade(three_batch(), api_version=MODERN, request=request)
        transfer = play(up.transfer(), refused(413))
        one, other = transfer.next_requests()
        (whole,) = up.requests
        assert (one.method, one.target) == (whole.method, whole.target)
        assert one.headers == whole.headers.with_field("Content-Length", str(len(one.body)))
        assert [*one.tasks, *other.tasks] == list(whole.tasks)


def three_batch() -> Batch:
    """Three operations of different ids."""
    return batch(*(operation(name, task(name)) for name in "abc"))


class TestReading:
    """What an answer tells of whom."""

    def test_by_id(self) -> None:
        """Results belong to their tasks in any order and any case."""
        transfer = play(three().transfer(), answered(failed("B"), added("A")))
        assert statuses(transfer.answer(open="omit")) == [("b", 409), ("a", 201)]

    @pytest.mark.parametrize(
        "answer",
        [
            answered(added("a")),
            answered(added("a"), added("b"), failed("b")),
            answered(added("b"), added("a"), added("B")),
        ],
    )
    def test_one_by_one(self, answer: HttpResponse) -> None:
        """A task without a result, or with two, is asked for again; the others are settled."""
        transfer = play(three().transfer(), answer)
        assert statuses(transfer.answer(open="omit")) == [("a", 201)]
        assert sorted(left(transfer)) == ["A", "b"]

    @pytest.mark.parametrize(
        "answer",
        [
            answered(added("a"), added("b"), added("c")),
            answered(added("a"), added("b", location=f"https://{HOST}/jobs/job-2/tasks/b")),
            answered(added("a"), added("b", location=f"https://{HOST}/jobs/job-1/tasks/a")),
            HttpResponse(200, "OK", body=b"<html></html>"),
            HttpResponse(200, "OK", body=b'{"value":[{"taskId":"a","status":"success"},'),
            HttpResponse(200, "OK", body=b"\xff"),
        ],
    )
    def test_unreadable(self, answer: HttpResponse) -> None:
        """An answer that is no answer to this request tells nothing, not even what seems clear."""
        transfer = play(three().transfer(), answer)
        assert transfer.answer(open="omit").responses == ()
        assert left(transfer) == ["a", "b"]

    @pytest.mark.parametrize(
        "odd",
        [
            {"taskId": "b", "status": "Perhaps"},
            added("b", eTag="\n"),
            added("b", lastModified="today"),
            {"status": "Success"},
        ],
    )
    def test_odd_one(self, odd: dict[str, Any]) -> None:
        """A result that cannot be read leaves its own task out, and says nothing of the others."""
        transfer = play(three().transfer(), answered(odd, failed("a")))
        assert statuses(transfer.answer(open="omit")) == [("a", 409)]
        assert "b" in left(transfer)

    def test_long_refusal(self) -> None:
        """A refusal that is too long to be said to each operation is said in short."""
        refusal = HttpResponse(
            404, "x" * 100, Headers([("Content-Type", "text/html")]), b"y" * 65_536
        )
        transfer = play(three().transfer(), refusal, answered(added("A")))
        parts = transfer.answer().responses
        assert [(part.status, part.reason, len(part.body)) for part in parts] == [
            (404, "Not Found", 0),
            (404, "Not Found", 0),
            (201, "Created", 0),
        ]
        assert "Content-Type" not in parts[0].headers

    @pytest.mark.parametrize(("more", "said"), [(0, 65_517), (1, 0)])
    def test_longest_refusal(self, more: int, said: int) -> None:
        """Reason, Content-Type and body may have 64 KiB together to be said as they came."""
        fields = Headers([("Content-Type", "text/html")])
        refusal = HttpResponse(404, "x" * 10, fields, b"y" * (65_517 + more))
        transfer = play(three().transfer(), refusal, answered(added("A")))
        assert [len(part.body) for part in transfer.answer().responses] == [said, said, 0]

    def test_long_refusal_of_no_name(self) -> None:
        """A status that has no reason phrase gets none."""
        transfer = play(three().transfer(), HttpResponse(499, "", body=b"y" * 65_537))
        parts = transfer.answer(open="omit").responses
        assert {(part.status, part.reason) for part in parts} == {(499, "")}

    def test_refused_twice_alike(self) -> None:
        """Two results that refuse a task alike are one; others tell nothing."""
        transfer = play(three().transfer(), answered(failed("a"), failed("a"), added("b")))
        assert statuses(transfer.answer(open="omit")) == [("a", 409), ("b", 201)]
        bad = answered(*(failed("a", "InvalidPropertyValue") for _ in range(2)))
        assert statuses(play(three().transfer(), bad).answer(open="omit")) == [("a", 400)]
        other = answered(failed("a"), failed("a", "JobCompleted"), added("b"))
        assert statuses(play(three().transfer(), other).answer(open="omit")) == [("b", 201)]

    def test_as_the_translation(self) -> None:
        """Where nothing fails, it is what ``Upgrade.answer`` makes of the same answers."""
        up = three()
        answers = answered(added("a"), failed("b")), answered(failed("A", "JobCompleted"))
        transfer = play(up.transfer(), *answers)
        assert transfer.answer() == up.answer(answers)
        assert transfer.http_answer() == up.http_answer(answers)


class TestParts:
    """What the client gets."""

    def test_places(self) -> None:
        """An answer stands in a changeset where its operation stood in one."""
        legacy = Batch((*batch(operation("1")).parts, operation("2")))
        transfer = upgrade(legacy, api_version=MODERN).transfer()
        play(transfer, LOST, answered(failed("task-1"), failed("task-2")))
        between = [ChangesetStart, OperationResponse, ChangesetEnd, OperationResponse, BatchEnd]
        assert [type(event) for event in transfer.events()] == between
        kinds = [ChangesetResponse, OperationResponse]
        assert [type(part) for part in transfer.answer().parts] == kinds

    def test_refused(self) -> None:
        """The refusal of a whole request is the answer to each of its operations."""
        transfer = play(three().transfer(), refused(403, "Forbidden"), answered(added("A")))
        parts = transfer.answer().responses
        assert [(part.content_id, part.status) for part in parts] == [
            ("a", 403),
            ("b", 403),
            ("A", 201),
        ]
        assert json.loads(parts[0].body)["code"] == "Forbidden"

    def test_type_of_a_refusal(self) -> None:
        """The service's own error has its type in a part, another body that of the answer."""
        plain = {"Content-Type": "text/plain"}
        for refusal, expected in ((refused(403, "X", **plain), JSON), (refused(403, **plain), "")):
            transfer = play(three().transfer(), refusal, answered(added("A")))
            part = transfer.answer().responses[0]
            assert part.headers.get("Content-Type") == (expected or "text/plain")

    def test_added_without_a_word(self) -> None:
        """A task that was found added has its URL, and no ETag and no date that nobody told."""
        transfer = play(three().transfer(), LOST, answered(failed("a"), failed("b")))
        part = transfer.answer(open="omit").responses[0]
        assert part.status == 201
        url = f"http://{HOST}/jobs/job-1/tasks/a"
        assert part.headers.get("Location") == url
        assert part.headers.get("DataServiceId") == url
        assert "ETag" not in part.headers
        assert "Last-Modified" not in part.headers

    def test_added_without_a_service(self) -> None:
        """Where no host is known there is no URL either."""
        legacy = batch(operation("1", target=f"/jobs/job-1/tasks?api-version={LEGACY}"))
        transfer = upgrade(legacy, api_version=MODERN).transfer()
        play(transfer, LOST, answered(failed("task-1")))
        (part,) = transfer.answer().responses
        assert part.status == 201
        assert "Location" not in part.headers
        assert transfer.http_answer().status == 202

    def test_added_in_a_work_item(self) -> None:
        """A client of work items gets the URL that it knows."""
        path = "/workitems/w/jobs/job-1/tasks"
        target = f"http://{HOST}{path}?api-version={WORK_ITEMS}"
        body = json.dumps({"name": "x", "commandLine": "echo"}).encode()
        legacy = batch(operation("1", body, target=target))
        transfer = upgrade(legacy, api_version=MODERN).transfer()
        play(transfer, LOST, answered(failed("x")))
        (part,) = transfer.answer().responses
        assert part.headers.get("Location") == f"http://{HOST}{path}/x"

    def test_open(self) -> None:
        """Open outcomes are named in the batch's order, and left out of the answer."""
        up = three()
        transfer = up.transfer(max_attempts=1)
        play(transfer, LOST, answered(added("A")))
        with pytest.raises(OpenOutcomes) as caught:
            transfer.http_answer()
        assert [item.content_id for item in caught.value.operations] == ["a", "b"]
        assert caught.value.part == "batch[0]/changeset[0]"
        told = transfer.http_answer(open="omit")
        assert [part.content_id for part in decoded(told).responses] == ["A"]


class TestWhole:
    """The whole message."""

    def test_identity(self) -> None:
        """It has the first ``request-id`` that came, and the client's own where it asked."""
        request = outer(
            f"https://{HOST}/$batch?api-version={LEGACY}",
            client_request_id="mine",
            return_client_request_id="true",
        )
        up = upgrade(three_batch(), api_version=MODERN, request=request)
        whole = answered(added("a"), added("b"), added("c"))
        first = refused(503).replace(headers=whole.headers.with_field("request-id", "one"))
        last = whole.replace(headers=whole.headers.with_field("request-id", "two"))
        transfer = up.transfer()
        assert transfer.request_id is None
        told = play(transfer, refused(503), first, last).http_answer()
        assert transfer.request_id == "one"
        assert told.headers.get("request-id") == "one"
        assert told.headers.get("client-request-id") == "mine"

    def test_refusal(self) -> None:
        """A refusal of all is the response itself, with a right Content-Length."""
        refusal = refused(404, "JobNotFound")
        told = play(three().transfer(), refusal, refusal).http_answer()
        assert told.status == 404
        assert told.headers.get("Content-Length") == str(len(refusal.body))
