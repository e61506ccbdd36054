"""Answers to collection requests, turned into the answer to the legacy batch."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    HttpResponse,
    OperationResponse,
    Outcome,
    correlate,
    decode_response,
    encode_response,
)
from odatabatch.azure import AZURE_BATCH, OpenOutcomes, TaskError, Upgrade, upgrade
from odatabatch.azure.legacy_answers import whole_answer
from odatabatch.http_message import parse_request, parse_response
from tests.azure.batches import (
    DATE,
    E_TAG,
    FIXTURES,
    HOST,
    HTTP_DATE,
    JSON,
    LEGACY,
    WORK_ITEMS,
    added,
    answered,
    batch,
    decoded,
    decoded_request,
    failed,
    operation,
    outer,
    parts,
    refused,
    statuses,
    task,
)

ERRORS = "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
NO_HOST = f"/jobs/job-1/tasks?api-version={LEGACY}"


def two() -> Upgrade:
    """Two requests of one task each, of the same id."""
    return upgrade(batch(operation("1", task("a")), operation("2", task("A"))))


class TestParts:
    """One part an operation, as Azure Batch's page shows them."""

    def test_added(self) -> None:
        """A 201 with its headers in the page's order and no body."""
        fields = {"client_request_id": "x", "return_client_request_id": "TRUE"}
        up = upgrade(batch(operation("7", task("a"), **fields)))
        (part,) = parts(up.answer([answered(added("a"))]))
        url = f"https://{HOST}/jobs/job-1/tasks/a"
        assert part == OperationResponse(
            201,
            "Created",
            Headers(
                [
                    ("DataServiceId", url),
                    ("client-request-id", "x"),
                    ("Content-ID", "7"),
                    ("DataServiceVersion", "3.0"),
                    ("Last-Modified", HTTP_DATE),
                    ("ETag", E_TAG),
                    ("Location", url),
                ]
            ),
        )

    def test_added_and_nothing_told(self) -> None:
        """What the result does not tell is left out; the id of the entry is known all the same."""
        up = upgrade(batch(operation("7", task("a b/é"))))
        (part,) = parts(up.answer([answered({"status": "success", "taskId": "a b/é"})]))
        assert part.headers.items() == (
            ("DataServiceId", f"http://{HOST}/jobs/job-1/tasks/a%20b%2F%C3%A9"),
            ("Content-ID", "7"),
            ("DataServiceVersion", "3.0"),
        )

    def test_failed(self) -> None:
        """An error part: the error's own bytes, annotated."""
        fields = {"client_request_id": "x", "return_client_request_id": "true"}
        up = upgrade(batch(operation("7", task("a"), **fields)))
        body = (
            b'{"value":[{"error":{ "code":"TaskExists" ,\r\n"message":{"value":"\\u0061"}},'
            b'"status":"ClientError","taskId":"a"}]}'
        )
        (part,) = parts(up.answer([HttpResponse(200, body=body)]))
        assert (part.status, part.reason) == (409, "Conflict")
        assert part.headers.items() == (
            ("DataServiceId", f"http://{HOST}/jobs/job-1/tasks/a"),
            ("client-request-id", "x"),
            ("Content-ID", "7"),
            ("DataServiceVersion", "3.0;"),
            ("Content-Type", JSON),
        )
        assert part.body == (
            f'{{"odata.metadata":"http://{HOST}/{ERRORS}",'.encode()
            + b' "code":"TaskExists" ,\r\n"message":{"value":"\\u0061"}}'
        )

    @pytest.mark.parametrize(
        ("error", "body"),
        [
            ({}, f'{{"odata.metadata":"http://{HOST}/{ERRORS}"}}'),
            ({"odata.metadata": "m"}, '{"odata.metadata": "m"}'),
        ],
    )
    def test_odd_errors(self, error: dict[str, Any], body: str) -> None:
        """An empty error is annotated without a comma; one that is annotated stays."""
        up = upgrade(batch(operation("1", task("a"))))
        result = {"status": "servererror", "taskId": "a", "error": error}
        (part,) = parts(up.answer([answered(result)]))
        assert (part.status, part.reason) == (500, "Internal Server Error")
        assert part.body == body.encode()

    def test_failed_without_error(self) -> None:
        """A failure that says nothing is a failure without content."""
        up = upgrade(batch(operation("1", task("a"))))
        (part,) = parts(up.answer([answered({"status": "clienterror", "taskId": "a"})]))
        assert (part.status, part.body) == (400, b"")
        assert "Content-Type" not in part.headers

    def test_without_host(self) -> None:
        """Where no host is known no URL is made up."""
        up = upgrade(batch(*(operation(n, task(n), NO_HOST) for n in "ab")))
        good, bad = parts(up.answer([answered(added("a"), failed("b"))]))
        assert good.headers.get("DataServiceId") == good.headers.get("Location")
        assert "DataServiceId" not in bad.headers
        assert bad.body == b'{"code": "TaskExists"}'

    @pytest.mark.parametrize("word", ["False", "", None, "yes"])
    def test_request_id_unasked(self, word: str | None) -> None:
        """The client-request-id comes back exactly where that was asked for."""
        fields = {"client_request_id": "x"}
        if word is not None:
            fields["return_client_request_id"] = word
        up = upgrade(batch(operation("1", task("a"), **fields)))
        for result in (added("a"), failed("a")):
            (part,) = parts(up.answer([answered(result)]))
            assert "client-request-id" not in part.headers

    def test_as_the_operations_stood(self) -> None:
        """An operation outside of changesets is answered outside."""
        value = Batch((operation("1", task("a")), Changeset((operation("2", task("b")),))))
        answer = upgrade(value).answer([answered(added("b"), added("a"))])
        assert isinstance(answer, BatchResponse)
        assert [type(part) for part in answer.parts] == [ChangesetResponse, OperationResponse]

    def test_error_with_values(self) -> None:
        """All that the error says is in the part, byte for byte; white space around it is not."""
        up = upgrade(batch(operation("1", task("a"))))
        body = (
            b'{"odata.metadata":"m","value":[{"error@odata.navigationLinkUrl":"u","error" : '
            b'{"code":"InvalidPropertyValue","values" : [ {"key":"Reason","value":"\\u0061"} ]} ,'
            b'"status":"ClientError","taskId":"a"}]}'
        )
        (part,) = parts(up.answer([HttpResponse(200, body=body)]))
        assert part.status == 400
        assert part.body == (
            f'{{"odata.metadata":"http://{HOST}/{ERRORS}",'.encode()
            + b'"code":"InvalidPropertyValue","values" : [ {"key":"Reason","value":"\\u0061"} ]}'
        )

    @pytest.mark.parametrize(
        ("code", "word", "status"),
        [
            ("JobNotFound", "ClientError", 404),
            ("AuthenticationFailed", "clienterror", 403),
            ("RequestBodyTooLarge", "CLIENTERROR", 413),
            ("ConditionNotMet", "clientError", 412),
            ("NobodyKnows", "ClientError", 400),
            ("TaskExists", "ServerError", 500),
            ("ServerBusy", "servererror", 503),
            ("NobodyKnows", "ServerError", 500),
        ],
    )
    def test_statuses(self, code: str, word: str, status: int) -> None:
        """From the table of codes where that fits the word of status, else from the word."""
        up = upgrade(batch(operation("1", task("a"))))
        (part,) = parts(up.answer([answered(failed("a", code, word))]))
        assert part.status == status
        assert part.reason
        assert json.loads(part.body)["code"] == code

    @pytest.mark.parametrize(
        ("date", "expected"),
        [
            (DATE, HTTP_DATE),
            ("2014-04-09T20:21:24.9999999Z", HTTP_DATE),
            ("2014-04-09T20:21:24Z", HTTP_DATE),
        ],
    )
    def test_last_modified_is_floored(self, date: str, expected: str) -> None:
        """The service rounds down, never up."""
        up = upgrade(batch(operation("1", task("a"))))
        (part,) = parts(up.answer([answered(added("a", lastModified=date))]))
        assert part.headers.get("Last-Modified") == expected


class TestWorkItems:
    """A client of work items knows its tasks by other URLs than the newer service does."""

    target = f"http://{HOST}/workitems/W%201/jobs/J/tasks?api-version={WORK_ITEMS}"
    body = b'{"name":"a b","commandLine":"x"}'

    @pytest.mark.parametrize("relative", [False, True])
    def test_urls(self, relative: bool) -> None:
        """Location, DataServiceId and the Content-ID are those of the old request."""
        target = f"workitems/W%201/jobs/J/tasks?api-version={WORK_ITEMS}"
        target = target if relative else f"http://{HOST}/{target}"
        up = upgrade(
            batch(operation("1", self.body, target)), request=outer(f"http://{HOST}/$batch")
        )
        url = f"http://{HOST}/workitems/W%201/jobs/J/tasks/a%20b"
        (part,) = parts(
            up.answer([answered(added("a b", location="https://h/jobs/J/tasks/a%20b"))])
        )
        assert part.headers.get("Location") == part.headers.get("DataServiceId") == url
        (part,) = parts(up.answer([answered(failed("a b"))]))
        assert part.headers.get("DataServiceId") == url
        assert "Location" not in part.headers

    def test_location_that_is_not_told(self) -> None:
        """None is made up."""
        up = upgrade(batch(operation("1", self.body, self.target)))
        (part,) = parts(up.answer([answered({"status": "Success", "taskId": "a b"})]))
        assert "Location" not in part.headers
        assert "DataServiceId" in part.headers

    def test_without_host(self) -> None:
        """Where no host is known it is that of the newer service's URL."""
        target = f"/workitems/w/jobs/job-1/tasks?api-version={WORK_ITEMS}"
        up = upgrade(batch(operation("1", b'{"name":"a","commandLine":"x"}', target)))
        (part,) = parts(up.answer([answered(added("a"))]))
        url = f"https://{HOST}/workitems/w/jobs/job-1/tasks/a"
        assert (part.headers.get("DataServiceId"), part.headers.get("Location")) == (url, url)
        (part,) = parts(up.answer([answered(added("a", location=None))]))
        assert part.headers.names == ("Content-ID", "DataServiceVersion", "Last-Modified", "ETag")


class TestMatching:
    """Which result belongs to which operation."""

    @pytest.mark.parametrize("path", ["/jobs/job-1/tasks/b", "/jobs/job-2/tasks/a", "/a"])
    def test_location_of_another(self, path: str) -> None:
        """A result that says another task's URL is not this one's."""
        up = upgrade(batch(operation("1", task("a"))))
        with pytest.raises(TaskError) as caught:
            up.answer([answered(added("a", location=f"https://{HOST}{path}"))])
        assert (caught.value.code, caught.value.part) == ("location_conflict", "answer[0]")
        assert caught.value.path == "location"

    def test_order_of_the_results(self) -> None:
        """Parts come in the order of the results, request by request."""
        value = batch(*(operation(n, task(n)) for n in "abc"), operation("d", task("B")))
        answer = upgrade(value).answer(
            [answered(added("c"), failed("a", "JobNotFound"), added("b")), answered(failed("B"))]
        )
        assert statuses(answer) == [("c", 201), ("a", 404), ("b", 201), ("d", 409)]

    @pytest.mark.parametrize(
        ("results", "code"),
        [
            ([added("a")], "missing_result"),
            ([added("a"), added("a")], "repeated_result"),
            ([added("a"), added("b"), added("c")], "unknown_result"),
        ],
    )
    def test_results_that_do_not_fit(self, results: list[dict[str, Any]], code: str) -> None:
        """Never success by default: each result is there once."""
        up = upgrade(
            batch(operation("0", task("a")), operation("1", task("A")), operation("2", task("b")))
        )
        with pytest.raises(TaskError) as caught:
            up.answer([answered(*results), answered(added("A"))])
        assert (caught.value.code, caught.value.part) == (code, "answer[0]")

    def test_an_answer_that_cannot_be_read(self) -> None:
        """It is named."""
        with pytest.raises(TaskError) as caught:
            two().answer([answered(added("a")), HttpResponse(200, body=b"<html>")])
        assert (caught.value.code, caught.value.part) == ("invalid_json", "answer[1]")

    @given(st.data())
    def test_every_operation_has_its_own(self, data: st.DataObject) -> None:
        """The page: whatever the order, each Content-ID gets the outcome of its own task."""
        names = data.draw(st.lists(st.sampled_from("aAbBcdE"), max_size=10))
        operations = [operation(str(n), task(name)) for n, name in enumerate(names)]
        up = upgrade(batch(*operations), source_version=LEGACY)
        seen: set[str] = set()
        expected: dict[str | None, int] = {}
        for n, name in enumerate(names):
            expected[str(n)] = 409 if name.lower() in seen else 201
            seen.add(name.lower())
        responses = []
        for number, request in enumerate(up.requests):
            results = [failed(item.id) if number else added(item.id) for item in request.tasks]
            responses.append(answered(*data.draw(st.permutations(results))))
        answer = up.answer(responses)
        assert dict(statuses(answer)) == expected
        assert isinstance(answer, BatchResponse)
        correlation = correlate(batch(*operations), answer)
        assert not correlation.unmatched
        outcomes: tuple[Outcome, ...] = correlation.outcomes
        assert {outcome.kind for outcome in outcomes} <= {"answered"}


class TestRefusals:
    """Requests that were refused whole."""

    def test_all_alike(self) -> None:
        """The first of those responses is the answer."""
        responses = [refused(403, "AuthenticationFailed"), refused(403, "AuthenticationFailed")]
        assert two().answer(responses) is responses[0]

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413])
    def test_the_only_one(self, status: int) -> None:
        """So it is with one request."""
        up = upgrade(batch(operation("1", task("a"))))
        response = refused(status)
        assert up.answer([response]) is response

    def test_differently(self) -> None:
        """Each operation gets the refusal of its own request."""
        answer = two().answer([refused(404, "JobNotFound"), refused(409, "JobCompleted")])
        first, second = parts(answer)
        assert (first.status, first.reason, first.content_id) == (404, "Refused", "1")
        assert first.body == b'{"code": "JobNotFound"}'
        assert first.headers.items() == (
            ("DataServiceId", f"http://{HOST}/jobs/job-1/tasks/a"),
            ("Content-ID", "1"),
            ("DataServiceVersion", "3.0;"),
            ("Content-Type", JSON),
        )
        assert (second.status, second.body) == (409, b'{"code": "JobCompleted"}')

    def test_in_part(self) -> None:
        """Where one request was carried out, the other's operations have its refusal."""
        response = HttpResponse(401, "", Headers([("Content-Type", "text/plain")]), b"no")
        answer = two().answer([answered(added("a")), response])
        assert statuses(answer) == [("1", 201), ("2", 401)]
        refusal = parts(answer)[1]
        assert (refusal.reason, refusal.body) == ("", b"no")
        assert refusal.headers.get("Content-Type") == "text/plain"

    def test_without_content(self) -> None:
        """No content, no Content-Type; the reason is HTTP's own where the answer has none."""
        response = HttpResponse(413, headers=Headers([("Content-Type", "text/plain")]))
        refusal = parts(two().answer([answered(added("a")), response]))[1]
        assert (refusal.status, refusal.reason) == (413, "Content Too Large")
        assert "Content-Type" not in refusal.headers

    @pytest.mark.parametrize("status", [500, 503, 599])
    def test_open(self, status: int) -> None:
        """After a server error nobody knows; the operations are named in the batch's order."""
        names = ["a", "A", "b"]
        operations = [operation(str(n), task(name)) for n, name in enumerate(names)]
        up = upgrade(batch(*operations))
        with pytest.raises(OpenOutcomes) as caught:
            up.answer([HttpResponse(status), HttpResponse(status)])
        assert caught.value.code == "open_outcomes"
        assert caught.value.part == "batch[0]/changeset[0]"
        assert caught.value.operations == tuple(operations)
        with pytest.raises(OpenOutcomes) as caught:
            up.answer([answered(added("a"), added("b")), HttpResponse(status)])
        assert caught.value.operations == (operations[1],)


class TestWhole:
    """The HTTP message that carries the answer."""

    def test_accepted(self) -> None:
        """A 202, with the ids that are known."""
        up = two()
        responses = [
            answered(added("a")),
            answered(failed("A")).replace(headers=Headers([("request-id", "r")])),
        ]
        request = outer(client_request_id="c", return_client_request_id="true")
        answer = up.answer(responses)
        whole = whole_answer(answer, request, responses)
        assert (whole.status, whole.reason) == (202, "Accepted")
        content_type = whole.headers.get("Content-Type") or ""
        assert whole.headers.items() == (
            ("Content-Type", content_type),
            ("request-id", "r"),
            ("client-request-id", "c"),
            ("DataServiceVersion", "3.0"),
            ("Content-Length", str(len(whole.body))),
        )
        assert statuses(decode_response(whole.body, content_type)) == [("1", 201), ("2", 409)]

    def test_little_known(self) -> None:
        """What is not known is left out."""
        responses = [answered(added("a")), answered(failed("A"))]
        for request in (None, outer(client_request_id="c")):
            whole = whole_answer(two().answer(responses), request, responses)
            assert [name for name, _ in whole.headers] == [
                "Content-Type",
                "DataServiceVersion",
                "Content-Length",
            ]

    def test_more_than_a_legacy_batch_may_have(self) -> None:
        """As many operations as there were are answered."""
        names = [str(n) for n in range(150)]
        up = upgrade(batch(*(operation(name, task(name)) for name in names)))
        responses = [
            answered(*(added(item.id) for item in request.tasks)) for request in up.requests
        ]
        whole = whole_answer(up.answer(responses), None, responses)
        assert statuses(decoded(whole)) == [(name, 201) for name in names]

    def test_of_an_upgrade(self) -> None:
        """An upgrade knows the outer request that it came from."""
        request = outer(client_request_id="c", return_client_request_id="true")
        value = batch(operation("1", task("a")))
        (whole,) = [
            upgrade(value, request=request).http_answer(iter([response]))
            for response in [answered(added("a"))]
        ]
        assert whole.headers.get("client-request-id") == "c"
        assert statuses(decoded(whole)) == [("1", 201)]

    def test_refused(self) -> None:
        """The response that refuses all of it, with a Content-Length that fits."""
        headers = Headers([("Transfer-Encoding", "chunked"), ("X", "y"), ("Content-Length", "9")])
        response = HttpResponse(403, "No", headers, b"{}", "HTTP/1.0")
        whole = whole_answer(response, None, [response])
        fields = Headers([("X", "y"), ("Content-Length", "2")])
        assert whole == HttpResponse(403, "No", fields, b"{}")


def test_json_of_errors_is_json() -> None:
    """An annotated error is read as JSON again."""
    up = upgrade(batch(operation("1", task("a"))))
    (part,) = parts(up.answer([answered(failed("a", "OutOfRangeInput"))]))
    assert json.loads(part.body)["code"] == "OutOfRangeInput"


def test_page() -> None:
    """The page: given its boundaries, its answer is made again, but for white space in a body.

    That is the order of parts and of header fields, the ids that come back, Location, DataServiceId
    and the annotation of the error.
    """
    request = parse_request((FIXTURES / "add-three-tasks.http").read_bytes())
    value = decoded_request(request)
    page = parse_response((FIXTURES / "add-three-tasks.answer.http").read_bytes())
    content_type = page.headers.get("Content-Type") or ""
    first, third, second = decoded(page).responses
    results = [
        added(
            f"taskbatch3_0000{n}",
            location=part.headers.get("Location"),
            eTag=part.headers.get("ETag"),
        )
        for n, part in enumerate((first, third))
    ]
    error = b"{" + second.body[second.body.index(b",") + 1 :]
    second_result = b'{"error":%s,"status":"ClientError","taskId":"taskbatch3_00000"}' % error
    answer = upgrade(value, request=request).answer(
        [answered(*results), HttpResponse(200, body=b'{"value":[%s]}' % second_result)]
    )
    assert isinstance(answer, BatchResponse)
    boundaries = re.findall(r"boundary=(\S+)", content_type + "\n" + page.body.decode())
    encoded = encode_response(answer, AZURE_BATCH, boundaries)
    assert encoded.content_type == content_type
    assert encoded.body == page.body.replace(b'{\r\n"odata', b'{"odata')
