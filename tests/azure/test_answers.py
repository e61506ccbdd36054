"""What both ways back share: which answers can be read, which leave operations open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from odatabatch import Headers, HttpResponse
from odatabatch.azure import OpenOutcomes, TranslationError, downgrade, upgrade
from odatabatch.azure.answers import (
    check_answers,
    error_code,
    is_refusal,
    present,
    refused_alike,
    wanted_request_id,
    with_length,
)
from odatabatch.http_message import HttpRequest
from tests.azure.batches import (
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
    task,
)


def up() -> Any:
    """Three operations as two requests: the second operation is the second request's."""
    return upgrade(batch(*(operation(name, task(name)) for name in "aAb")))


def down() -> Any:
    """101 tasks as two batches."""
    return downgrade(collection(*(task(f"t{n}") for n in range(101))))


FIRST_OF_TWO: dict[Callable[[], Any], HttpResponse] = {
    up: answered(added("a"), failed("b")),
    down: accepted(*(part_added(str(n + 1), f"t{n}") for n in range(100))),
}
SECOND_OF_TWO: dict[Callable[[], Any], HttpResponse] = {
    up: answered(added("A")),
    down: accepted(part_failed("101")),
}
both_ways = pytest.mark.parametrize("way", [up, down])


def refusal(way: Callable[[], Any], *responses: Any) -> TranslationError:
    """The error that those answers give."""
    with pytest.raises(TranslationError) as caught:
        way().answer(responses)
    return caught.value


@both_ways
def test_answers_that_fit(way: Callable[[], Any]) -> None:
    """They are read, be they any iterable."""
    responses = [FIRST_OF_TWO[way], SECOND_OF_TWO[way]]
    assert way().answer(responses) == way().answer(iter(responses))


@both_ways
@pytest.mark.parametrize("count", [0, 1, 3])
def test_number_of_answers(way: Callable[[], Any], count: int) -> None:
    """One answer a request."""
    assert refusal(way, *[FIRST_OF_TWO[way]] * count).code == "wrong_answer_count"


@both_ways
@pytest.mark.parametrize("status", [100, 200, 201, 202, 204, 299, 304])
def test_unexpected_status(way: Callable[[], Any], status: int) -> None:
    """Nothing but the one status is success, and nothing below 300 is failure."""
    success = FIRST_OF_TWO[way].status
    if status == success:
        status = 206
    error = refusal(way, FIRST_OF_TWO[way], SECOND_OF_TWO[way].replace(status=status))
    assert (error.code, error.part) == ("unexpected_status", "answer[1]")


def transferred(translation: Any, *responses: HttpResponse) -> Any:
    """The answer that a transfer gives where each request gets its response."""
    transfer = translation.transfer()
    while not transfer.done:
        for request in transfer.next_requests():
            transfer.receive(request, responses[translation.requests.index(request)])
    return transfer.answer()


@both_ways
@pytest.mark.parametrize("status", [300, 302, 305, 400, 404, 499])
def test_refusals(way: Callable[[], Any], status: int) -> None:
    """What refuses a request whole is its answer; a transfer of the same says the same."""
    refusal = HttpResponse(status, "No")
    first = FIRST_OF_TWO[way]
    assert way().answer([refusal, refusal]).status == status
    assert transferred(way(), refusal, refusal) == way().answer([refusal, refusal])
    assert transferred(way(), first, refusal) == way().answer([first, refusal])


@both_ways
@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity, br"])
def test_content_codings(way: Callable[[], Any], coding: str) -> None:
    """A coded body cannot be read, nor passed on as what it is not."""
    headers = Headers([*SECOND_OF_TWO[way].headers, ("Content-Encoding", coding)])
    for response in (
        SECOND_OF_TWO[way].replace(headers=headers),
        HttpResponse(404, headers=headers, body=b"\x1f"),
    ):
        error = refusal(way, FIRST_OF_TWO[way], response)
        assert (error.code, error.part) == ("unsupported_content_coding", "answer[1]")
        assert error.source == "RFC 9110 §8.4"


@both_ways
def test_no_content_coding(way: Callable[[], Any]) -> None:
    """Identity is none."""
    response = SECOND_OF_TWO[way]
    coded = response.replace(headers=Headers([*response.headers, ("content-encoding", "Identity")]))
    assert way().answer([FIRST_OF_TWO[way], coded]) == way().answer([FIRST_OF_TWO[way], response])


@both_ways
@pytest.mark.parametrize(
    "wrong",
    [b"", None, HttpRequest("POST", "/"), HttpResponse(200, headers=())],  # type: ignore[arg-type]
)
def test_wrong_types(way: Callable[[], Any], wrong: Any) -> None:
    """Wrong Python types are a TypeError."""
    for responses in ([FIRST_OF_TWO[way], wrong], [wrong] * 3):
        with pytest.raises(TypeError):
            way().answer(responses)


class TestOpen:
    """After a server error nobody knows what became of a request's operations."""

    @both_ways
    @pytest.mark.parametrize("status", [500, 503, 599])
    def test_all(self, way: Callable[[], Any], status: int) -> None:
        """All are named, in the order in which they stood, not that of the requests."""
        translation = way()
        with pytest.raises(OpenOutcomes) as caught:
            translation.answer([HttpResponse(status), HttpResponse(status)])
        assert caught.value.code == "open_outcomes"
        assert caught.value.part == "batch[0]/changeset[0]"
        ids = [item.content_id for item in caught.value.operations]
        assert ids == (list("aAb") if way is up else [str(n + 1) for n in range(101)])

    @both_ways
    def test_coded(self, way: Callable[[], Any]) -> None:
        """What a coding hides of an error does not make the outcomes known."""
        coded = HttpResponse(503, headers=Headers([("Content-Encoding", "gzip")]), body=b"?")
        with pytest.raises(OpenOutcomes):
            way().answer([coded, coded])

    @both_ways
    def test_one(self, way: Callable[[], Any]) -> None:
        """Those of the other request are not open."""
        with pytest.raises(OpenOutcomes) as caught:
            way().answer([FIRST_OF_TWO[way], HttpResponse(503)])
        (item,) = caught.value.operations
        assert item.content_id == ("A" if way is up else "101")
        with pytest.raises(OpenOutcomes) as caught:
            way().answer([HttpResponse(503), SECOND_OF_TWO[way]])
        assert len(caught.value.operations) == (2 if way is up else 100)

    @both_ways
    def test_beside_a_refusal(self, way: Callable[[], Any]) -> None:
        """A server error is no refusal: nothing is passed on for it."""
        for responses in ([refused(503), refused(404)], [refused(404), refused(503)]):
            with pytest.raises(OpenOutcomes):
                way().answer(responses)


class TestParts:
    """The rules, one by one."""

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(200, False), (300, True), (302, True), (400, True), (413, True), (499, True)],
    )
    def test_is_refusal(self, status: int, expected: bool) -> None:
        """Every 3xx and 4xx but 304."""
        assert is_refusal(HttpResponse(status), 200, 3) is expected

    @pytest.mark.parametrize("status", [100, 202, 299, 304, 500])
    def test_neither(self, status: int) -> None:
        """What is neither is named. (A 5xx does not come so far.)"""
        with pytest.raises(TranslationError) as caught:
            is_refusal(HttpResponse(status), 200, 3)
        assert (caught.value.code, caught.value.part) == ("unexpected_status", "answer[3]")

    @pytest.mark.parametrize(
        ("responses", "expected"),
        [
            ([], False),
            ([HttpResponse(200)], False),
            ([HttpResponse(200), HttpResponse(200)], False),
            ([refused(403, "A")], True),
            ([refused(403, "A"), refused(403, "A")], True),
            ([refused(403), refused(403)], True),
            ([refused(403, "A"), refused(403)], False),
            ([refused(403, "A"), refused(403, "B")], False),
            ([refused(403, "A"), refused(404, "A")], False),
            ([refused(403, "A"), HttpResponse(200)], False),
        ],
    )
    def test_refused_alike(self, responses: list[HttpResponse], expected: bool) -> None:
        """The same status, and the same error code or none."""
        assert refused_alike(responses, 200) is expected

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b'{"code":"A"}', "A"),
            (b'{"odata.metadata":"m", "code" : "\\u0041"}', "A"),
            (b"{}", None),
            (b'{"code":null}', None),
            (b'{"code":1}', None),
            (b'{"code":"A","code":"B"}', None),
            (b'{"code":"A","message":"m"}', None),
            (b"[]", None),
            (b"<html>", None),
            (b"", None),
        ],
    )
    def test_error_code(self, body: bytes, code: str | None) -> None:
        """That of an error as the service has it, and no other."""
        assert error_code(HttpResponse(400, body=body)) == code

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ("true", "x"),
            ("True", "x"),
            ("TRUE", "x"),
            ("False", None),
            ("", None),
            ("yes", None),
            ("1", None),
            (None, None),
        ],
    )
    def test_wanted_request_id(self, wanted: str | None, expected: str | None) -> None:
        """Exactly where it was asked for."""
        pairs = [("Client-Request-Id", "x"), ("Return-Client-Request-Id", wanted)]
        assert wanted_request_id(present(pairs)) == expected
        assert wanted_request_id(present(pairs[1:])) is None

    def test_present(self) -> None:
        """What is empty is there, what is None is not."""
        fields = present([("a", "1"), ("b", None), ("c", "")])
        assert fields.items() == (("a", "1"), ("c", ""))

    def test_with_length(self) -> None:
        """The length fits the body, and no other framing is left."""
        headers = Headers(
            [("Transfer-Encoding", "chunked"), ("X", "y"), ("content-length", "9"), ("Z", "z")]
        )
        response = with_length(403, "No", headers, b"{}")
        fields = Headers([("X", "y"), ("Z", "z"), ("Content-Length", "2")])
        assert response == HttpResponse(403, "No", fields, b"{}")

    def test_no_answers_to_no_requests(self) -> None:
        """Nothing is open where nothing was asked."""
        check_answers([], [])
