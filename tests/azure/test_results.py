"""The JSON of the answer to an addtaskcollection request."""

from __future__ import annotations

import contextlib
import csv
import json
import pickle
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import HttpRequest
from odatabatch.azure import (
    BatchError,
    TaskCollection,
    TaskCollectionResult,
    TaskError,
    TaskResult,
    TaskStatus,
    TranslationError,
)
from odatabatch.azure.results import LOWER_CASE_STATUS
from odatabatch.azure.statuses import REASONS, STATUS_OF_CODE
from odatabatch.azure.versions import FIRST_COLLECTION, VERSIONS, position
from odatabatch.http_message import parse_request, parse_response
from tests.azure.batches import FIXTURES
from tests.azure.recordings import needs_tables, table

ADDED = (
    b'{"status":"Success","taskId":"a","eTag":"0x8D3","lastModified":"2016-09-06T07:02:44Z",'
    b'"location":"https://h/jobs/j/tasks/a"}'
)
REFUSED = (
    b'{"error@odata.navigationLinkUrl":"u","error":{ "code":"TaskExists","message":{"lang":"en-US",'
    b'"value":"no\\n"},"values":[{"key":"k","value":"v"},{"key":null}] },'
    b'"status":"CLIENTERROR","taskId":"b"}'
)


def collection(*items: bytes) -> bytes:
    """A collection of those objects."""
    return b'{"odata.metadata":"m","value":[' + b",".join(items) + b"]}"


def refused(body: bytes) -> tuple[str, str | None]:
    """The code and the path of the error that reading the body gives."""
    with pytest.raises(TaskError) as caught:
        TaskCollectionResult.from_json(body)
    return caught.value.code, caught.value.path


class TestResults:
    """What comes back."""

    def test_reads(self) -> None:
        """Words of status in any case, dates as they are, errors with their bytes."""
        added, failed = TaskCollectionResult.from_json(collection(ADDED, REFUSED)).results
        assert added == TaskResult(
            "a",
            TaskStatus.SUCCESS,
            "0x8D3",
            "2016-09-06T07:02:44Z",
            "https://h/jobs/j/tasks/a",
        )
        assert (failed.task_id, failed.status, failed.e_tag) == ("b", "clienterror", None)
        error = failed.error
        assert error is not None
        assert (error.code, error.lang, error.message) == ("TaskExists", "en-US", "no\n")
        assert error.values == (("k", "v"), (None, None))
        assert error.raw.startswith(b'{ "code"')
        assert error.raw.endswith(b"] }")
        assert (added.error_link, failed.error_link) == (None, "u")

    def test_errors_keep_their_bytes(self) -> None:
        """White space around one is not its own; null is none; names may be escaped."""
        body = collection(
            b'{"status":"clienterror","taskId":"a","error" :\r\n { "code" : "\\u0061" }\t}',
            b'{"status":"clienterror","taskId":"b","error":null}',
            b'{"status":"clienterror","taskId":"c"}',
            b'{"status":"servererror","taskId":"d","\\u0065rror":{}}',
        )
        errors = [result.error for result in TaskCollectionResult.from_json(body).results]
        assert errors == [BatchError(b'{ "code" : "\\u0061" }', "a"), None, None, BatchError(b"{}")]

    def test_reads_the_page_of_2017(self) -> None:
        """The answer of the page of 2017 stands alone: three results for two tasks."""
        body = parse_response((FIXTURES / "add-collection-2017.answer.http").read_bytes()).body
        results = TaskCollectionResult.from_json(body, api_version="2016-02-01.3.0").results
        assert [(result.task_id, result.http_status) for result in results] == [
            ("mytask2", 201),
            ("mytask1", 201),
            ("mytask3", 409),
        ]

    @pytest.mark.parametrize("name", ["basic", "complex"])
    def test_reads_the_pages_of_2024(self, name: str) -> None:
        """The samples of the page of 2024, against their own requests."""
        whole = (FIXTURES / f"add-collection-2024-{name}.http").read_bytes()
        request = TaskCollection.from_json(parse_request(whole).body)
        answer = parse_response((FIXTURES / f"add-collection-2024-{name}.answer.http").read_bytes())
        results = TaskCollectionResult.from_json(answer.body, request=request).results
        assert {result.task_id for result in results} == {task.id for task in request.tasks}
        assert all(result.status is TaskStatus.SUCCESS for result in results)

    def test_round_trip(self) -> None:
        """What is written is read back, annotations too; words of status are lower case."""
        results = TaskCollectionResult.from_json(collection(ADDED, REFUSED))
        written = results.to_json()
        assert TaskCollectionResult.from_json(written) == results
        assert written == (
            b'{"odata.metadata":"m","value":[' + ADDED.replace(b"Success", b"success") + b","
            b'{"error@odata.navigationLinkUrl":"u","error":{ "code":"TaskExists",'
            b'"message":{"lang":"en-US","value":"no\\n"},'
            b'"values":[{"key":"k","value":"v"},{"key":null}] },'
            b'"status":"clienterror","taskId":"b"}]}'
        )

    def test_without_annotations(self) -> None:
        """What was not there is not written."""
        body = b'{"value":[{"status":"success","taskId":"a"}]}'
        results = TaskCollectionResult.from_json(body)
        assert (results.metadata, results.results[0].error_link) == (None, None)
        assert results.to_json() == body
        assert TaskCollectionResult(()).to_json() == b'{"value":[]}'

    @pytest.mark.parametrize("api_version", VERSIONS[position(FIRST_COLLECTION) :])
    def test_words_of_status(self, api_version: str) -> None:
        """As the version's documents spell them; any case is read."""
        results = [TaskResult(status.value, status) for status in TaskStatus]
        written = TaskCollectionResult(tuple(results)).to_json(api_version)
        items = json.loads(written)["value"]
        words = [item["status"] for item in items]
        if position(api_version) < position("2018-12-01.8.0"):
            assert words == ["Success", "ClientError", "ServerError"]
        else:
            assert words == ["success", "clienterror", "servererror"]
        for spelled in (str, str.upper, str.lower, str.swapcase):
            items = [{**item, "status": spelled(item["status"])} for item in items]
            body = json.dumps({"value": items}).encode("ascii")
            read = TaskCollectionResult.from_json(body, api_version).results
            assert [result.status for result in read] == list(TaskStatus)

    def test_where_words_of_status_change(self) -> None:
        """With 2018-12-01.8.0."""
        assert LOWER_CASE_STATUS == "2018-12-01.8.0"
        assert TaskStatus.CLIENT_ERROR.word("2018-08-01.7.0") == "ClientError"
        assert TaskStatus.CLIENT_ERROR.word(LOWER_CASE_STATUS) == "clienterror"

    @pytest.mark.parametrize(
        ("version", "code"),
        [("2015-12-01.2.2", "no_task_collection"), ("2021-01-01.13.0", "unknown_api_version")],
    )
    def test_writes_for_versions_with_collections(self, version: str, code: str) -> None:
        """Others have no such answer, to be written or to be read."""
        with pytest.raises(TranslationError) as caught:
            TaskCollectionResult(()).to_json(version)
        assert caught.value.code == code
        with pytest.raises(TranslationError) as caught:
            TaskCollectionResult.from_json(b'{"value":[]}', version)
        assert caught.value.code == code

    def test_wrong_types(self) -> None:
        """A request is a collection, whole or its tasks."""
        with pytest.raises(TypeError):
            TaskCollectionResult.from_json(b'{"value":[]}', request=b"")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("body", "code", "path"),
        [
            (b"{}", "missing_member", "value"),
            (b'{"value":1}', "wrong_type", "value"),
            (b'{"value":[0]}', "wrong_type", "value[0]"),
            (b'{"value":[],"odata.metadata":1}', "wrong_type", '["odata.metadata"]'),
            (b'{"value":[{"error":{},"error":{}}]}', "duplicate_member", "value[0].error"),
            (b"[]", "not_an_object", None),
            (b"<html>", "invalid_json", None),
        ],
    )
    def test_refuses_bodies(self, body: bytes, code: str, path: str | None) -> None:
        """What is no collection of results. (Members that are not known are passed over.)"""
        assert refused(body) == (code, path)
        assert TaskCollectionResult.from_json(b'{"value":[],"more":1}').results == ()

    @pytest.mark.parametrize(
        ("item", "code", "path"),
        [
            (b"{}", "missing_member", "value[0].status"),
            (b'{"status":"success"}', "missing_member", "value[0].taskId"),
            (b'{"status":1,"taskId":"a"}', "wrong_type", "value[0].status"),
            (b'{"status":"done","taskId":"a"}', "unknown_status", "value[0].status"),
            (b'{"status":"success","taskId":"a","error":{}}', "status_conflict", "value[0].error"),
            (b'{"status":"success","taskId":"a","eTag":1}', "wrong_type", "value[0].eTag"),
            (
                b'{"status":"success","taskId":"a","eTag":"a\\r\\nb"}',
                "invalid_text",
                "value[0].eTag",
            ),
            (
                b'{"status":"success","taskId":"a","location":"a b"}',
                "invalid_text",
                "value[0].location",
            ),
            (
                b'{"status":"success","taskId":"a","lastModified":"today"}',
                "invalid_date",
                "value[0].lastModified",
            ),
            (b'{"status":"success","taskId":null}', "missing_member", "value[0].taskId"),
            (b'{"status":"success","taskId":"a","eTag":""}', "invalid_text", "value[0].eTag"),
            (
                b'{"status":"success","taskId":"a","lastModified":1}',
                "wrong_type",
                "value[0].lastModified",
            ),
            (
                b'{"status":"success","taskId":"a","error@odata.navigationLinkUrl":1}',
                "wrong_type",
                'value[0]["error@odata.navigationLinkUrl"]',
            ),
            (
                b'{"status":"clienterror","taskId":"a","error":{"code":1}}',
                "wrong_type",
                "value[0].error.code",
            ),
            (
                b'{"status":"clienterror","taskId":"a","error":{"values":[1]}}',
                "wrong_type",
                "value[0].error.values[0]",
            ),
            (b'{"status":"clienterror","taskId":"a","error":1}', "wrong_type", "value[0].error"),
            (
                b'{"status":"clienterror","taskId":"a","error":{"message":"x"}}',
                "wrong_type",
                "value[0].error.message",
            ),
            (
                b'{"status":"clienterror","taskId":"a","error":{"message":{"value":1}}}',
                "wrong_type",
                "value[0].error.message.value",
            ),
            (
                b'{"status":"clienterror","taskId":"a","error":{"message":{"lang":1}}}',
                "wrong_type",
                "value[0].error.message.lang",
            ),
            (
                b'{"status":"clienterror","taskId":"a","error":{"values":[{"key":1}]}}',
                "wrong_type",
                "value[0].error.values[0].key",
            ),
        ],
    )
    def test_refuses(self, item: bytes, code: str, path: str) -> None:
        """What is no result, or two things at once."""
        assert refused(collection(item)) == (code, path)

    @pytest.mark.parametrize(
        ("results", "code", "path"),
        [
            ([ADDED], "missing_result", "value[1]"),
            ([ADDED, REFUSED, ADDED], "repeated_result", "value[2].taskId"),
            ([ADDED, ADDED], "repeated_result", "value[1].taskId"),
            ([ADDED, REFUSED.replace(b'"b"', b'"c"')], "unknown_result", "value[1].taskId"),
            ([], "missing_result", "value[0]"),
        ],
    )
    def test_results_fit_the_request(self, results: list[bytes], code: str, path: str) -> None:
        """With a request, each of its tasks has one result."""
        request = TaskCollection.from_json(b'{"value":[{"id":"A"},{"id":"b"}]}')
        with pytest.raises(TaskError) as caught:
            TaskCollectionResult.from_json(collection(*results), request=request)
        assert (caught.value.code, caught.value.path) == (code, path)

    def test_order_and_case_of_ids_are_free(self) -> None:
        """Results come in any order, and the service compares ids without case."""
        request = TaskCollection.from_json(b'{"value":[{"id":"B"},{"id":"A"}]}')
        results = TaskCollectionResult.from_json(collection(ADDED, REFUSED), request=request)
        assert [result.task_id for result in results.results] == ["a", "b"]

    def test_request_with_an_id_twice(self) -> None:
        """Results of such a request cannot be told apart."""
        request = TaskCollection.from_json(b'{"value":[{"id":"a"},{"id":"A"}]}')
        with pytest.raises(TaskError) as caught:
            TaskCollectionResult.from_json(collection(ADDED, ADDED), request=request)
        assert (caught.value.code, caught.value.path) == ("repeated_task_id", "value[1].id")

    @pytest.mark.parametrize(
        ("status", "code", "http_status"),
        [
            ("success", None, 201),
            ("success", "TaskExists", 201),
            ("clienterror", "TaskExists", 409),
            ("clienterror", "AuthenticationFailed", 403),
            ("clienterror", "ConditionNotMet", 412),
            ("clienterror", "RequestBodyTooLarge", 413),
            ("clienterror", "taskexists", 400),
            ("clienterror", "JobNotFound", 404),
            ("clienterror", "InvalidPropertyValue", 400),
            ("clienterror", "NoSuchCode", 400),
            ("clienterror", "ServerBusy", 400),
            ("clienterror", None, 400),
            ("servererror", "ServerBusy", 503),
            ("servererror", "TaskExists", 500),
            ("servererror", None, 500),
        ],
    )
    def test_http_status(self, status: str, code: str | None, http_status: int) -> None:
        """From the error's code where that fits the word of status, else from the word."""
        error = None if code is None else BatchError(b"{}", code)
        assert TaskResult("a", TaskStatus(status), error=error).http_status == http_status

    @pytest.mark.parametrize(
        "result",
        [
            TaskResult("\ud800", TaskStatus.SUCCESS),
            TaskResult("a", TaskStatus.CLIENT_ERROR, error=BatchError(b"{")),
        ],
    )
    def test_writes_no_broken_result(self, result: TaskResult) -> None:
        """Text that is none and bytes that are no object are not written."""
        with pytest.raises(TaskError):
            TaskCollectionResult((result,)).to_json()


# Batch Status and Error Codes, 2017-03 and 2018-09, with the statuses that public recordings show.
ERROR_CODES = list(
    csv.DictReader((Path(__file__).parent / "error_codes.csv").read_text("ascii").splitlines())
)


@needs_tables
def test_error_codes_are_those_of_the_service() -> None:
    """The table has the documents' codes, with the statuses that are documented, or were seen."""
    codes = table("error_codes.json")["codes"]
    assert len(codes) > 100
    ours = {row["code"]: (row["word"], row["statuses"]) for row in ERROR_CODES}
    assert ours == {
        code: (row["task_add_status"], " ".join(map(str, sorted({
            *row["http_status_documented"], *row["http_status_observed"]}))))
        for code, row in codes.items()
    }  # fmt: skip


def test_statuses_of_the_service() -> None:
    """Each code has the status that is documented, or was seen."""
    words = {"ClientError": TaskStatus.CLIENT_ERROR, "ServerError": TaskStatus.SERVER_ERROR}
    for row in ERROR_CODES:
        result = TaskResult("a", words[row["word"]], error=BatchError(b"{}", row["code"]))
        assert str(result.http_status) in row["statuses"].split(), row["code"]
    assert set(STATUS_OF_CODE) < {row["code"] for row in ERROR_CODES}


def test_reasons() -> None:
    """The phrases of RFC 9110 §15, of which two are other than those of its predecessors."""
    newer = {413: "Content Too Large", 416: "Range Not Satisfiable"}
    statuses = {201, 400, 500, *STATUS_OF_CODE.values()}
    assert {it: newer.get(it) or HTTPStatus(it).phrase for it in statuses} == REASONS


def test_error_of_an_answer() -> None:
    """The body of an answer that is an error."""
    error = BatchError.from_json(b' {"odata.metadata":"m","code":"AuthenticationFailed"} ')
    assert (error.code, error.message, error.values) == ("AuthenticationFailed", None, ())
    assert error.raw == b'{"odata.metadata":"m","code":"AuthenticationFailed"}'


@pytest.mark.parametrize(
    "model",
    [
        TaskResult("secret", TaskStatus.SUCCESS, "secret", "secret", "secret"),
        TaskCollectionResult(
            (TaskResult("a", TaskStatus.CLIENT_ERROR, error=BatchError(b"secret", "secret")),)
        ),
    ],
)
def test_models_are_discreet_and_picklable(model: Any) -> None:
    """No text of a model quotes a body; a copy through pickle is equal."""
    assert "secret" not in repr(model)
    assert "secret" not in repr(list(model.__rich_repr__()))
    assert pickle.loads(pickle.dumps(model)) == model  # noqa: S301 - our own bytes


@given(st.binary(max_size=80))
def test_only_our_errors(noise: bytes) -> None:
    """Arbitrary bytes give models or a ``TaskError``."""
    readers: list[Any] = [TaskCollectionResult, BatchError]
    for reader in readers:
        for body in (noise, collection(noise), collection(b'{"status":"success",' + noise + b"}")):
            with contextlib.suppress(TaskError):
                reader.from_json(body)


@pytest.mark.parametrize(
    "arguments",
    [
        (3, TaskStatus.SUCCESS),
        ("a", "success"),
        ("a", TaskStatus.SUCCESS, 1),
        ("a", TaskStatus.SUCCESS, None, b""),
        ("a", TaskStatus.SUCCESS, None, None, 1),
        ("a", TaskStatus.CLIENT_ERROR, None, None, None, "x"),
        ("a", TaskStatus.CLIENT_ERROR, None, None, None, None, 1),
    ],
)
def test_results_of_other_types(arguments: tuple[Any, ...]) -> None:
    """A word is no status: it would not know what it means."""
    with pytest.raises(TypeError):
        TaskResult(*arguments)


def test_results_for_a_request() -> None:
    """A request that was read from a capture tells its tasks, too."""
    request = HttpRequest("POST", "/jobs/j/addtaskcollection", body=collection(b'{"id":"a"}'))
    body = TaskCollectionResult((TaskResult("A", TaskStatus.SUCCESS),)).to_json()
    assert len(TaskCollectionResult.from_json(body, request=request).results) == 1
    with pytest.raises(TaskError) as caught:
        TaskCollectionResult.from_json(b'{"value":[]}', request=request)
    assert caught.value.code == "missing_result"


def test_no_text_behind_an_error() -> None:
    """The error of the codec holds the text, and does not stand behind ours."""
    result = TaskResult("a", TaskStatus.SUCCESS, location="https://h/?secret\ud800")
    with pytest.raises(TaskError) as caught:
        TaskCollectionResult((result,)).to_json()
    assert caught.value.code == "lone_surrogate"
    assert caught.value.__context__ is None


def test_shown() -> None:
    """An error shows how long it is, a result what became of its task."""
    error = BatchError(b"{}", "c")
    result = TaskResult("a", TaskStatus.CLIENT_ERROR, error=error)
    assert error.__rich_repr__() == [("raw_bytes", 2)]
    assert result.__rich_repr__() == [("status", "clienterror"), ("error", error)]


def test_shows_no_url() -> None:
    """A result shows what became of its tasks, and no URL: that may have a secret in its query."""
    found = TaskCollectionResult.from_json(b'{"odata.metadata":"https://h/?secret","value":[]}')
    assert repr(found) == "TaskCollectionResult(results=())"


def test_other_types() -> None:
    """What is no api-version is not read for."""
    for api_version in (None, 3):
        with pytest.raises(TypeError):
            TaskCollectionResult.from_json(b"{}", api_version)  # type: ignore[arg-type]
