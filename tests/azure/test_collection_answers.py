"""Answers to legacy batches, turned into the answer to the collection."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import (
    BatchResponse,
    ChangesetResponse,
    DecodeError,
    Headers,
    HttpResponse,
    Oddity,
    OperationResponse,
)
from odatabatch.azure import (
    Downgrade,
    OpenOutcomes,
    TaskCollection,
    TaskCollectionResult,
    TaskError,
    TranslationError,
    downgrade,
)
from odatabatch.azure.versions import FIRST_COLLECTION, VERSIONS, position
from odatabatch.http_message import parse_request, parse_response
from tests.azure.batches import (
    COLLECTION,
    DATE,
    E_TAG,
    FIXTURES,
    HOST,
    JSON,
    MODERN,
    WORK_ITEMS,
    accepted,
    carried,
    collection,
    error_body,
    part_added,
    part_failed,
    refused,
    results_of,
    task,
)

SECONDS = "2014-04-09T20:21:24Z"


def down(*names: str, target: str = COLLECTION, **fields: str) -> Downgrade:
    """Tasks of those ids; their Content-IDs are 1, 2, …"""
    return downgrade(collection(*map(task, names), target=target, **fields))


def two() -> Downgrade:
    """Two batches: 100 tasks, t0 to t99, and one, t100."""
    return down(*(f"t{n}" for n in range(101)))


def first_of_two() -> HttpResponse:
    """The answer to the first of the two."""
    return accepted(*(part_added(str(n + 1), f"t{n}") for n in range(100)))


def whole(response: HttpResponse) -> dict[str, Any]:
    """The JSON of an answer to a collection, which is one that can be read."""
    TaskCollectionResult.from_json(response.body)
    assert response.headers.get("Content-Length") == str(len(response.body))
    found: dict[str, Any] = json.loads(response.body)
    return found


def refusal(value: Downgrade, *responses: HttpResponse) -> Any:
    """The error that those answers give."""
    with pytest.raises((DecodeError, TranslationError)) as caught:
        value.answer(responses)
    return caught.value


class TestAnswer:
    """The answer as a whole."""

    def test_whole(self) -> None:
        """A 200 with the results in the order of the answers, and the ids that are known."""
        value = down("a", "b", client_request_id="c", return_client_request_id="True")
        response = accepted(part_failed("2"), part_added("1", "a"), request_id="r", X="y")
        answer = value.answer([response])
        assert (answer.status, answer.reason) == (200, "OK")
        assert answer.headers.items() == (
            ("Content-Type", "application/json;odata=minimalmetadata"),
            ("request-id", "r"),
            ("client-request-id", "c"),
            ("DataServiceVersion", "3.0"),
            ("Content-Length", str(len(answer.body))),
        )
        error = re.sub(rb'\{\r\n"odata.metadata":"[^"]*",\r\n ', b"{", error_body("TaskExists"))
        url = f"https://{HOST}/jobs/job-1/tasks/b/error".encode()
        assert answer.body == (
            b'{"odata.metadata":"https://%s/$metadata#taskaddresult","value":['
            b'{"error@odata.navigationLinkUrl":"%s","error":%s,'
            b'"status":"clienterror","taskId":"b"},'
            b'{"status":"success","taskId":"a","eTag":"%s","lastModified":"%s",'
            b'"location":"http://%s/jobs/job-1/tasks/a"}]}'
            % (HOST.encode(), url, error, E_TAG.encode(), SECONDS.encode(), HOST.encode())
        )

    def test_little_known(self) -> None:
        """What is not known is left out; a request id that was not asked for stays away."""
        value = down("a", client_request_id="c", return_client_request_id="false")
        answer = value.answer([accepted(part_added("1", "a"))])
        assert answer.headers.names == ("Content-Type", "DataServiceVersion", "Content-Length")

    def test_request_ids(self) -> None:
        """The first that there is."""
        last = accepted(part_added("101", "t100"), request_id="r")
        assert two().answer([first_of_two(), last]).headers.get("request-id") == "r"

    def test_empty(self) -> None:
        """A collection of no tasks needs no batch."""
        value = down()
        assert (value.requests, value.batches) == ((), ())
        assert whole(value.answer([])) == {
            "odata.metadata": f"https://{HOST}/$metadata#taskaddresult",
            "value": [],
        }

    def test_without_host(self) -> None:
        """Where no host is known it is that of a task that was added, else none."""
        value = down("a", "b", target=f"/jobs/job-1/addtaskcollection?api-version={MODERN}")
        answer = whole(value.answer([accepted(part_failed("1"), part_added("2", "b"))]))
        assert answer["odata.metadata"] == f"http://{HOST}/$metadata#taskaddresult"
        assert list(answer["value"][0]) == ["error", "status", "taskId"]
        for part in (part_failed("2"), part_added("2", "b", Location=None)):
            answer = whole(value.answer([accepted(part_failed("1"), part)]))
            assert list(answer) == ["value"]

    @pytest.mark.parametrize("version", VERSIONS[position(FIRST_COLLECTION) :])
    def test_words_of_status(self, version: str) -> None:
        """As the documents of the collection's version spell them."""
        value = down("a", "b", "c", target=COLLECTION.replace(MODERN, version))
        answer = value.answer(
            [accepted(part_added("1", "a"), part_failed("2"), part_failed("3", None, 500))]
        )
        words = [item["status"] for item in results_of(answer)]
        if position(version) < position("2018-12-01.8.0"):
            assert words == ["Success", "ClientError", "ServerError"]
        else:
            assert words == ["success", "clienterror", "servererror"]

    def test_source_version(self) -> None:
        """So it is where the version was an argument."""
        request = collection(task("a"), target="/jobs/job-1/addtaskcollection")
        for version, word in (("2018-08-01.7.0", "Success"), ("2018-12-01.8.0", "success")):
            value = downgrade(request, source_version=version)
            (item,) = results_of(value.answer([accepted(part_added("1", "a"))]))
            assert item["status"] == word

    def test_page(self) -> None:
        """Add multiple tasks to a job: its own answer, but that no id is there twice."""
        page = (FIXTURES / "add-three-tasks.answer.http").read_bytes()
        at = page.rindex(b"taskbatch3_00000")
        page = page[:at] + page[at:].replace(b"taskbatch3_00000", b"other-than-others")
        page = page.replace(b"Content-Length: ", b"X-Length: ")
        response = parse_response(page)
        batch = parse_request((FIXTURES / "add-three-tasks.http").read_bytes())
        assert b"Content-ID: 3" in batch.body
        value = downgrade(
            collection(
                *map(task, ("taskbatch3_00000", "other-than-others", "taskbatch3_00001")),
                target=COLLECTION.replace("job-1", "job-0000000001"),
            ),
        )
        first, third, second = results_of(value.answer([response], recover_ticks=True))
        assert first == {
            "status": "success",
            "taskId": "taskbatch3_00000",
            "eTag": "0x8D122486A0901FF",
            "lastModified": DATE,
            "location": f"http://{HOST}/jobs/job-0000000001/tasks/taskbatch3_00000",
        }
        assert (third["taskId"], third["lastModified"]) == (
            "taskbatch3_00001",
            "2014-04-09T20:21:24.8052229Z",
        )
        assert (second["taskId"], second["error"]["code"]) == ("other-than-others", "TaskExists")
        assert "odata.metadata" not in second["error"]


class TestDates:
    """A header field tells whole seconds."""

    @pytest.mark.parametrize(
        ("e_tag", "recovered"),
        [
            (E_TAG, DATE),
            (f'W/"{E_TAG}"', DATE),
            (hex(635326716840000000), SECONDS),
            (hex(635326716849999999), "2014-04-09T20:21:24.9999999Z"),
            # It disagrees, by the least that it can; it is no number of ticks; there is none.
            (hex(635326716850000000), SECONDS),
            (hex(635326716839999999), SECONDS),
            ('"opaque"', SECONDS),
            (None, SECONDS),
        ],
    )
    def test_fractions(self, e_tag: str | None, recovered: str) -> None:
        """They come from the ETag where that was asked for, and where it agrees to the second."""
        response = accepted(part_added("1", "a", ETag=e_tag))
        (plain,) = results_of(down("a").answer([response]))
        assert plain["lastModified"] == SECONDS
        assert plain.get("eTag") == e_tag
        (item,) = results_of(down("a").answer([response], recover_ticks=True))
        assert item["lastModified"] == recovered
        assert item.get("eTag") == e_tag

    def test_absent(self) -> None:
        """No date is made up, not even of ticks."""
        response = accepted(part_added("1", "a", Last_Modified=None))
        for recover in (False, True):
            (item,) = results_of(down("a").answer([response], recover_ticks=recover))
            assert "lastModified" not in item

    @pytest.mark.parametrize("date", ["", "soon", DATE, "Thu, 09 Apr 2014 20:21:24 GMT"])
    @pytest.mark.parametrize("recover", [False, True])
    def test_no_date(self, date: str, recover: bool) -> None:
        """What is none is an error."""
        response = accepted(part_added("1", "a"), part_added("2", "b", Last_Modified=date))
        with pytest.raises(TaskError) as caught:
            down("a", "b").answer([response], recover_ticks=recover)
        error = caught.value
        assert (error.code, error.path) == ("invalid_date", "Last-Modified")
        assert error.part == "answer[0]/batch[1]/changeset[0]"


class TestResults:
    """What the answer to an operation stands for."""

    def test_nothing_told(self) -> None:
        """What the answer does not tell the result does not either."""
        part = part_added("1", "a", ETag=None, Location=None, Last_Modified=None)
        (item,) = results_of(down("a").answer([accepted(part)]))
        assert item == {"status": "success", "taskId": "a"}

    def test_ids_are_those_that_were_asked_for(self) -> None:
        """In the case that they had, whatever the Location says."""
        (item,) = results_of(down("MyTask").answer([accepted(part_added("1", "mytask"))]))
        assert item["taskId"] == "MyTask"
        assert item["location"].endswith("/mytask")

    @pytest.mark.parametrize(
        ("status", "word"),
        [
            (400, "clienterror"),
            (404, "clienterror"),
            (409, "clienterror"),
            (499, "clienterror"),
            (500, "servererror"),
            (503, "servererror"),
            (599, "servererror"),
        ],
    )
    def test_failures(self, status: int, word: str) -> None:
        """A part with 5xx is definite: the service says that this task was not added."""
        (item,) = results_of(down("a b").answer([accepted(part_failed("1", "Code", status))]))
        assert (item["status"], item["taskId"]) == (word, "a b")
        assert item["error"] == {
            "code": "Code",
            "message": {"lang": "en-US", "value": "no\na"},
            "values": [{"key": "k", "value": "v"}],
        }
        assert item["error@odata.navigationLinkUrl"] == (
            f"https://{HOST}/jobs/job-1/tasks/a%20b/error"
        )

    def test_slash_in_an_id(self) -> None:
        """It is none between segments."""
        (item,) = results_of(down("a/b").answer([accepted(part_failed("1", "Code", 409))]))
        url = item["error@odata.navigationLinkUrl"]
        assert url == f"https://{HOST}/jobs/job-1/tasks/a%2Fb/error"

    def test_failure_without_content(self) -> None:
        """It is a failure that says nothing."""
        (item,) = results_of(down("a").answer([accepted(part_failed("1", None))]))
        assert item == {"status": "clienterror", "taskId": "a"}

    def test_errors_keep_their_bytes(self) -> None:
        """But for odata.metadata, that of a whole answer."""
        for body in (b'{ "code" : "\\u0041" }', b"{}"):
            part = part_failed("1").replace(body=b" " + body + b"\r\n")
            answer = down("a").answer([accepted(part)])
            assert b'"error":' + body + b"," in answer.body
        part = part_failed("1").replace(body=b'{"odata.metadata":1,"code" : "\\u0041","n":1.0E+2}')
        answer = down("a").answer([accepted(part)])
        assert b'"error":{"code":"\\u0041","n":1.0E+2},' in answer.body

    @pytest.mark.parametrize("status", [200, 202, 204, 302])
    def test_unexpected_status(self, status: int) -> None:
        """Never success by default."""
        part = OperationResponse(status, "What", Headers([("Content-ID", "1")]))
        error = refusal(down("a"), accepted(part))
        assert error.code == "unexpected_status"
        assert error.part == "answer[0]/batch[0]/changeset[0]"

    @pytest.mark.parametrize(
        ("body", "code", "path"),
        [
            (b"<html>", "invalid_json", None),
            (b"[]", "not_an_object", None),
            (b'{"code":"a","code":"b"}', "duplicate_member", "code"),
            (b'{"code":1}', "wrong_type", "code"),
            (b'{"message":"no"}', "wrong_type", "message"),
            (b'{"values":[{"value":1}]}', "wrong_type", "values[0].value"),
        ],
    )
    def test_errors_that_cannot_be_read(self, body: bytes, code: str, path: str | None) -> None:
        """They are named."""
        response = accepted(part_added("2", "b"), part_failed("1").replace(body=body))
        error = refusal(down("a", "b"), response)
        assert (error.code, error.path) == (code, path)
        assert error.part == "answer[0]/batch[1]/changeset[0]"

    @pytest.mark.parametrize("name", ["ETag", "Location"])
    @pytest.mark.parametrize("value", ["x y/jobs/job-1/tasks/a", "é/jobs/job-1/tasks/a"])
    def test_text_that_no_result_has(self, name: str, value: str) -> None:
        """What comes out can be read as a collection's results again."""
        error = refusal(down("a"), accepted(part_added("1", "a", **{name: value})))
        assert (error.code, error.path) == ("invalid_text", name)
        assert error.part == "answer[0]/batch[0]/changeset[0]"


class TestOtherTasks:
    """Content-IDs of two batches are often the same; the answer to another one is refused."""

    @pytest.mark.parametrize("name", ["DataServiceId", "Location"])
    def test_added(self, name: str) -> None:
        """By the URL of what was added."""
        for path in ("/jobs/job-1/tasks/another", "/jobs/job-2/tasks/a", "/jobs/job-1/tasks/a?x"):
            answer = accepted(part_added("1", "a", **{name: f"https://{HOST}{path}"}))
            error = refusal(down("a"), answer)
            assert (error.code, error.path) == ("location_conflict", name)
            assert error.part == "answer[0]/batch[0]/changeset[0]"

    def test_failed(self) -> None:
        """By the URL of what was not."""
        value = part_failed("1")
        headers = value.headers.with_field("DataServiceId", f"https://{HOST}/jobs/j/tasks/another")
        error = refusal(down("a"), accepted(value.replace(headers=headers)))
        assert (error.code, error.path) == ("location_conflict", "DataServiceId")

    def test_case(self) -> None:
        """The service keeps the case of an id, and compares without."""
        url = f"https://{HOST}/jobs/job-1/tasks/A%62"
        answered = accepted(part_added("1", "ab", Location=url))
        assert [item["taskId"] for item in results_of(down("aB").answer([answered]))] == ["aB"]


class TestWorkItems:
    """A service of work items knows its tasks by other URLs than the newer client does."""

    @pytest.mark.parametrize(
        ("target", "location"),
        [
            (COLLECTION, f"https://{HOST}/jobs/job-1/tasks/a%20b"),
            (
                f"/jobs/job-1/addtaskcollection?api-version={MODERN}",
                "http://old/jobs/job-1/tasks/a%20b",
            ),
        ],
    )
    def test_locations(self, target: str, location: str) -> None:
        """Location is the newer service's; where no host is known it is the old one's."""
        value = downgrade(
            collection(task("a b"), target=target), api_version=WORK_ITEMS, work_item="W"
        )
        old = "http://old/workitems/W/jobs/job-1/tasks/a%20b"
        answer = value.answer([accepted(part_added("1", "a%20b", Location=old))])
        (item,) = results_of(answer)
        assert item["location"] == location
        assert whole(answer)["odata.metadata"].startswith(location.partition("/jobs")[0])

    def test_relative(self) -> None:
        """No host is made up."""
        target = f"/jobs/job-1/addtaskcollection?api-version={MODERN}"
        value = downgrade(collection(task("a"), target=target), WORK_ITEMS, work_item="W")
        old = "/workitems/W/jobs/job-1/tasks/a"
        (item,) = results_of(value.answer([accepted(part_added("1", "a", Location=old))]))
        assert item["location"] == "/jobs/job-1/tasks/a"


class TestMatching:
    """Which answer belongs to which task: by the Content-ID."""

    @given(st.permutations("abcde"), st.sets(st.sampled_from("abcde")))
    def test_any_order(self, order: list[str], failing: set[str]) -> None:
        """The page: whatever the order, each task gets the outcome of its own operation."""
        value = downgrade(collection(*map(task, "abcde")), content_ids=[f"<{n}>" for n in "abcde"])
        parts = [
            part_failed(f"<{name}>") if name in failing else part_added(f"<{name}>", name)
            for name in order
        ]
        found = results_of(value.answer([accepted(*parts)]))
        assert [(item["taskId"], "error" in item) for item in found] == [
            (name, name in failing) for name in order
        ]

    def test_same_content_ids_in_two_batches(self) -> None:
        """A Content-ID counts within its batch."""
        ids = [*map(str, range(100)), "0"]
        value = downgrade(collection(*(task(f"t{n}") for n in range(101))), content_ids=ids)
        first = accepted(*(part_added(str(n), f"t{n}") for n in range(100)))
        found = results_of(value.answer([first, accepted(part_failed("0"))]))
        assert (found[0]["taskId"], found[0]["status"]) == ("t0", "success")
        assert (found[100]["taskId"], found[100]["status"]) == ("t100", "clienterror")

    def test_content_ids_of_parts(self) -> None:
        """In either place."""
        part = part_added(None, "a").with_content_id("1", "part")
        (item,) = results_of(down("a").answer([accepted(part)]))
        assert item["taskId"] == "a"

    @pytest.mark.parametrize("status", [201, 409])
    def test_answers_outside_changesets(self, status: int) -> None:
        """Parts of their own, and several in one changeset, answer as well."""
        part = part_added("2", "b") if status == 201 else part_failed("2")
        value = down("a", "b", "c")
        expected = results_of(
            value.answer([accepted(part_added("1", "a"), part, part_added("3", "c"))])
        )
        for answer in (
            BatchResponse((part_added("1", "a"), part, part_added("3", "c"))),
            BatchResponse((ChangesetResponse((part_added("1", "a"), part, part_added("3", "c"))),)),
        ):
            assert results_of(value.answer([carried(answer)])) == expected

    @pytest.mark.parametrize(
        ("parts", "code", "path"),
        [
            ([], "missing_result", "value[0]"),
            ([part_added("1", "a")], "missing_result", "value[1]"),
            ([part_added("1", "a"), part_added(None, "b")], "missing_result", "value[1]"),
            ([part_added("1", "a"), part_added("", "b")], "missing_result", "value[1]"),
            ([part_added("1", "a"), part_added("3", "b")], "missing_result", "value[1]"),
            (
                [part_added("1", "a"), part_added("2", "b"), part_added("1", "a")],
                "repeated_result",
                "value[0]",
            ),
            (
                [part_added("1", "a"), part_failed("2"), part_failed("2")],
                "repeated_result",
                "value[1]",
            ),
        ],
    )
    def test_answers_that_do_not_fit(
        self, parts: list[OperationResponse], code: str, path: str
    ) -> None:
        """Each operation has one answer; the task is named that has none, or several."""
        error = refusal(down("a", "b"), accepted(*parts))
        assert isinstance(error, TaskError)
        assert (error.code, error.path, error.part) == (code, path, "answer[0]")

    @pytest.mark.parametrize("extra", ["3", None, ""])
    def test_unknown_answers(self, extra: str | None) -> None:
        """An answer to nothing is an error."""
        parts = [part_added("1", "a"), part_added("2", "b"), part_added(extra, "c")]
        error = refusal(down("a", "b"), accepted(*parts))
        assert isinstance(error, TaskError)
        assert (error.code, error.part) == ("unknown_result", "answer[0]/batch[2]/changeset[0]")

    @pytest.mark.parametrize(
        ("parts", "code", "path"),
        [
            ([], "missing_result", "value[100]"),
            ([part_failed("101"), part_failed("101")], "repeated_result", "value[100]"),
        ],
    )
    def test_in_a_later_batch(self, parts: list[OperationResponse], code: str, path: str) -> None:
        """The path counts the collection's tasks, the part its batches."""
        error = refusal(two(), first_of_two(), accepted(*parts))
        assert (error.code, error.path, error.part) == (code, path, "answer[1]")


class TestBroken:
    """Answers that are no batch."""

    @pytest.mark.parametrize(
        ("content_type", "body", "code"),
        [
            (None, b"", "invalid_media_type"),
            ("application/json", b'{"value":[]}', "unexpected_content_type"),
            ("multipart/mixed", b"", "missing_boundary"),
            ("multipart/mixed; boundary=b", b"", "missing_delimiter"),
        ],
    )
    def test_as_a_whole(self, content_type: str | None, body: bytes, code: str) -> None:
        """A DecodeError that names the answer."""
        headers = Headers([("Content-Type", content_type)] if content_type is not None else [])
        error = refusal(two(), first_of_two(), HttpResponse(202, "Accepted", headers, body))
        assert isinstance(error, DecodeError)
        assert (error.code, error.part) == (code, "answer[1]")

    def test_two_content_types(self) -> None:
        """Nobody knows which boundary holds."""
        twice = Headers([("Content-Type", "multipart/mixed; boundary=b")] * 2)
        error = refusal(two(), first_of_two(), HttpResponse(202, "", twice, b"--b--"))
        assert (error.code, error.part) == ("unsupported_content_type", "answer[1]")

    def test_in_a_part(self) -> None:
        """It names the part as well, and the byte."""
        good = accepted(part_added("1", "a"), part_failed("2"))
        broken = good.replace(body=good.body.replace(b"HTTP/1.1 409 Conflict", b"HTTP/1.1 4o9 No"))
        error = refusal(down("a", "b"), broken)
        assert isinstance(error, DecodeError)
        assert (error.code, error.part) == (
            "invalid_status_line",
            "answer[0]/batch[1]/changeset[0]",
        )
        assert error.offset == broken.body.index(b"HTTP/1.1 4o9")

    def test_truncated(self) -> None:
        """What was not read to its end says nothing of the rest."""
        good = accepted(part_added("1", "a"), part_added("2", "b"))
        error = refusal(down("a", "b"), good.replace(body=good.body[:-20]))
        assert isinstance(error, DecodeError)
        assert (error.code, error.part) == ("missing_close_delimiter", "answer[0]/batch[1]")

    def test_tolerated(self) -> None:
        """Oddities are taken where they are named."""
        good = accepted(part_added("1", "a"))
        odd = good.replace(body=good.body.replace(b"\r\n", b"\n"))
        error = refusal(down("a"), odd)
        assert (error.code, error.part) == ("bare_lf", "answer[0]")
        answer = down("a").answer([odd], tolerate=[Oddity.BARE_LF])
        assert answer == down("a").answer([good])


class TestRefusals:
    """Batches that were refused whole."""

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413])
    def test_the_only_one(self, status: int) -> None:
        """The response that refuses all of it, with a Content-Length that fits."""
        headers = Headers([("Transfer-Encoding", "chunked"), ("X", "y"), ("Content-Length", "9")])
        response = HttpResponse(status, "No", headers, b"<html>")
        fields = Headers([("X", "y"), ("Content-Length", "6")])
        assert down("a", "b").answer([response]) == HttpResponse(status, "No", fields, b"<html>")

    def test_between(self) -> None:
        """A whole answer that is neither success nor refusal is named by its place."""
        error = refusal(two(), HttpResponse(204), HttpResponse(204))
        assert (error.code, error.part) == ("unexpected_status", "answer[0]")

    def test_all_alike(self) -> None:
        """The first of those responses is the answer."""
        responses = [refused(403, "AuthenticationFailed", X=name) for name in "ab"]
        answer = two().answer(responses)
        assert (answer.status, answer.body) == (403, responses[0].body)
        assert answer.headers.get("X") == "a"

    @pytest.mark.parametrize(
        "responses",
        [
            [refused(404, "JobNotFound"), refused(409, "JobCompleted")],
            [refused(409, "JobNotActive"), refused(409, "JobCompleted")],
            [refused(403, "Forbidden"), refused(404, "Forbidden")],
        ],
    )
    def test_differently(self, responses: list[HttpResponse]) -> None:
        """Each task has the refusal of its own batch."""
        found = results_of(two().answer(responses))
        assert [item["taskId"] for item in found] == [f"t{n}" for n in range(101)]
        assert {item["status"] for item in found} == {"clienterror"}
        asked = [json.loads(response.body) for response in responses]
        assert [item["error"] for item in found] == [asked[0]] * 100 + [asked[1]]

    @pytest.mark.parametrize("first", [True, False])
    def test_one_of_two(self, first: bool) -> None:
        """Where the other was carried out, the refused one's tasks have its error."""
        no = refused(413, "RequestBodyTooLarge", **{"request-id": "r"})
        done = accepted(part_added("101", "t100")) if first else first_of_two()
        answer = two().answer([no, done] if first else [done, no])
        assert (answer.status, answer.headers.get("request-id")) == (200, "r")
        found = results_of(answer)
        assert [item["taskId"] for item in found] == [f"t{n}" for n in range(101)]
        failing = range(100) if first else range(100, 101)
        for n, item in enumerate(found):
            assert (item["status"] == "clienterror") == (n in failing)
        item = found[failing[-1]]
        assert item["error"] == {"code": "RequestBodyTooLarge"}
        link = f"https://{HOST}/jobs/job-1/tasks/{item['taskId']}/error"
        assert item["error@odata.navigationLinkUrl"] == link

    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"code":1}', b"[]"])
    def test_not_from_the_service(self, body: bytes) -> None:
        """What is no error of the service's is a failure that says nothing."""
        found = results_of(two().answer([first_of_two(), HttpResponse(403, "No", body=body)]))
        assert found[-1] == {"status": "clienterror", "taskId": "t100"}

    def test_annotation(self) -> None:
        """That of a whole answer goes."""
        no = HttpResponse(
            403, "No", Headers([("Content-Type", JSON)]), error_body("AuthenticationFailed")
        )
        error = results_of(two().answer([first_of_two(), no]))[-1]["error"]
        assert list(error) == ["code", "message", "values"]

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_open(self, status: int) -> None:
        """After a server error nobody knows; the operations are named."""
        with pytest.raises(OpenOutcomes) as caught:
            two().answer([first_of_two(), refused(status, "ServerBusy")])
        (operation,) = caught.value.operations
        assert operation.content_id == "101"


@given(st.binary(max_size=60))
def test_only_our_errors(noise: bytes) -> None:
    """Arbitrary bytes in an answer give results or one of our errors."""
    good = accepted(part_added("1", "a"), part_failed("2"))
    error = part_failed("2").replace(body=b'{"code":' + noise + b"}")
    half = len(good.body) // 2
    asked = TaskCollection.from_json(b'{"value":[{"id":"a"},{"id":"b"}]}')
    for response in (
        good,
        good.replace(body=noise),
        good.replace(body=good.body[:half] + noise + good.body[half:]),
        accepted(part_added("1", "a"), error),
    ):
        part = "answer[0]"
        try:
            answer = down("a", "b").answer([response])
            TaskCollectionResult.from_json(answer.body, request=asked)
        except (DecodeError, TranslationError) as caught:
            part = caught.part or ""
        assert part.startswith("answer[0]")
    assert down("a", "b").answer([HttpResponse(403, body=noise)]).body == noise
