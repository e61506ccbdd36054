"""Requests of calls: each is recognised again; what is in them, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure import TranslationError
from odatabatch.azure.building import build
from odatabatch.azure.calls import (
    OPERATIONS,
    ApiOperation,
    Call,
    OperationId,
    operation,
    recognise,
)
from odatabatch.azure.versions import VERSIONS, is_before
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest

SERVICE = "https://myaccount.westeurope.batch.azure.com"
NEW = "2024-07-01.20.0"
MIDDLE = "2015-12-01.2.2"
OLD = "2014-10-01.1.0"
BODY = b'{"id":"job-1"}'
CONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")

TEXTS = st.text(st.characters())  # half a surrogate pair may be among them
_SURROGATE = re.compile("[\ud800-\udfff]")

PAIRS = [
    (row, version)
    for row in OPERATIONS
    for version in VERSIONS
    if not is_before(version, row.since)
]

each_pair = pytest.mark.parametrize(
    ("row", "version"), PAIRS, ids=lambda it: it.id if isinstance(it, ApiOperation) else it
)


def call_of(row: ApiOperation, version: str, **changes: Any) -> Call:
    """A call with all that its target can say."""
    path = row.target_in(version)
    call = Call(
        row.id,
        version,
        SERVICE,
        "night ly" if "{work_item}" in path else None,
        "job/1%" if "{job}" in path else None,
        "tâsk" if "{task}" in path else None,
        tuple((name, "a eq 'b', c/d&e+f") for name in row.query),
        60,
    )
    return call._replace(**changes)


def built(call: Call, **changes: Any) -> HttpRequest:
    """The request of a call."""
    body = BODY if operation(call.operation, call.api_version).body else b""
    said = call._asdict()
    arguments: dict[str, Any] = {"body": body, **said, **changes}
    return build(arguments.pop("operation"), arguments.pop("api_version"), **arguments)


class TestBothWays:
    """What is built is recognised."""

    @each_pair
    def test_pairs(self, row: ApiOperation, version: str) -> None:
        """Each call, in each api-version that has it."""
        call = call_of(row, version)
        request = built(call)
        assert request.method == row.method
        assert request.headers.get("Host") == SERVICE.removeprefix("https://")
        assert recognise(request) == call

    @each_pair
    def test_without_a_service(self, row: ApiOperation, version: str) -> None:
        """In origin form, with a Host or without."""
        call = call_of(row, version, service="", timeout=None)
        request = built(call)
        assert request.target.startswith("/")
        assert "Host" not in request.headers
        assert recognise(request) == call
        host = Headers([("Host", "myaccount.westeurope.batch.azure.com:443")])
        assert recognise(request.replace(headers=host)).service == SERVICE

    @given(TEXTS.filter(bool), TEXTS.filter(bool), TEXTS)
    def test_any_text(self, job: str, task: str, value: str) -> None:
        """RFC 3986 §2.1: ids and values come back whatever they are made of, if UTF-8 has it."""
        call = Call("Task_Get", NEW, SERVICE, None, job, task, (("$select", value),))  # type: ignore[arg-type]
        if {job, task} & {".", ".."} or _SURROGATE.search(job + task):
            with pytest.raises(TranslationError) as caught:
                built(call)
            assert caught.value.code == "invalid_id"
            assert caught.value.__context__ is None  # which would hold the id
        elif _SURROGATE.search(value):
            with pytest.raises(TranslationError) as caught:
                built(call)
            assert caught.value.code == "unsupported_query"
        else:
            request = built(call)
            assert re.fullmatch(r"[!-~]+", request.target)
            assert recognise(request) == call

    def test_action(self) -> None:
        """``?terminate`` before 2015-12-01.2.2, then ``/terminate``; there both are read."""
        row = operation(OperationId.TASK_TERMINATE, MIDDLE)
        call = call_of(row, MIDDLE)
        request = built(call)
        assert "/terminate?" in request.target
        other = request.replace(target=request.target.replace("/terminate?", "?terminate&"))
        assert recognise(other) == call
        before = built(call_of(row, "2015-11-01.2.1"))
        assert "?terminate&api-version=" in before.target
        with pytest.raises(TranslationError) as caught:
            recognise(other.replace(target=other.target.replace(MIDDLE, NEW)))
        assert caught.value.code == "unsupported_query"


class TestBuild:
    """What is in a request, and what is refused."""

    def test_add(self) -> None:
        """A body has its type and its length."""
        request = build(OperationId.JOB_ADD, NEW, service=SERVICE, timeout=30, body=BODY)
        assert request.target == f"{SERVICE}/jobs?api-version={NEW}&timeout=30"
        assert request.headers.items() == (
            ("Host", "myaccount.westeurope.batch.azure.com"),
            ("Content-Type", "application/json; odata=minimalmetadata; charset=utf-8"),
            ("Content-Length", str(len(BODY))),
        )
        assert request.body == BODY

    @pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.id)
    def test_length(self, row: ApiOperation) -> None:
        """RFC 9110 §8.6: methods that may have content say when there is none."""
        request = built(call_of(row, NEW))
        length = request.headers.get("Content-Length")
        assert length == (None if row.method == "GET" else str(len(request.body)))

    def test_own_headers(self) -> None:
        """Those of the caller stand first; a wrong length does not."""
        headers = Headers(
            [
                ("content-type", "application/json"),
                ("content-length", "9999"),
                ("client-request-id", "c"),
                ("HOST", "myaccount.westeurope.batch.azure.com"),
            ]
        )
        request = build("Job_Add", NEW, service=SERVICE, headers=headers, body=BODY)  # type: ignore[arg-type]
        assert request.headers.names == (
            "content-type", "client-request-id", "HOST", "Content-Length",
        )  # fmt: skip
        assert request.headers.get("Content-Length") == str(len(BODY))

    @pytest.mark.parametrize(
        "names",
        [
            ("If-Match",),
            ("if-match", "If-Unmodified-Since"),
            ("If-Modified-Since", "If-None-Match"),
        ],
    )
    def test_conditions(self, names: tuple[str, ...]) -> None:
        """One, or one of the two pairs."""
        headers = Headers([(name, "*") for name in names])
        request = built(call_of(operation(OperationId.TASK_GET, NEW), NEW), headers=headers)
        assert request.headers.names[1:] == names

    @pytest.mark.parametrize(
        ("name", "changes", "code"),
        [
            ("Task_Add", {"job": None}, "missing_id"),
            ("Task_Add", {"job": ""}, "missing_id"),
            ("Task_Add", {"job": ".."}, "invalid_id"),
            ("Task_Add", {"job": "."}, "invalid_id"),
            ("Task_Add", {"job": "\ud800"}, "invalid_id"),
            ("Task_Add", {"task": "t"}, "unexpected_id"),
            ("Task_Add", {"work_item": "w"}, "unexpected_id"),
            ("Task_Add", {"query": [("$select", "id")]}, "unsupported_query"),
            ("Task_Get", {"query": [("$select", "id")] * 2}, "unsupported_query"),
            ("Task_Get", {"query": [("timeout", "3")]}, "unsupported_query"),
            ("Task_Get", {"query": [("$select", "\ud800")]}, "unsupported_query"),
            ("Task_Get", {"timeout": -1}, "unsupported_query"),
            ("Task_Get", {"timeout": 1_000_000_000}, "unsupported_query"),
            ("Task_Get", {"task": "\udfff"}, "invalid_id"),
            ("Task_Get", {"query": [("api-version", NEW)]}, "unsupported_query"),
            *(
                ("Task_List", {"headers": Headers([(name, "*")])}, "unexpected_condition")
                for name in CONDITIONS
            ),
            (
                "Task_Get",
                {"headers": Headers([("If-Match", "*"), ("If-None-Match", "*")])},
                "condition_conflict",
            ),
            (
                "Task_Get",
                {"headers": Headers([(name, "*") for name in CONDITIONS])},
                "condition_conflict",
            ),
            ("Task_Get", {"body": BODY}, "unexpected_body"),
            ("Task_Add", {"body": b""}, "missing_body"),
            (
                "Task_Add",
                {"headers": Headers([("Content-Type", "text/plain")])},
                "unsupported_content_type",
            ),
            (
                "Task_Add",
                {"headers": Headers([("Content-Type", "application/json")] * 2)},
                "unsupported_content_type",
            ),
            (
                "Task_Add",
                {"headers": Headers([("Content-Encoding", "gzip")])},
                "unsupported_content_coding",
            ),
            ("Task_Add", {"service": "myaccount"}, "unsupported_target"),
            ("Task_Add", {"service": f"{SERVICE}/"}, "unsupported_target"),
            ("Task_Add", {"service": "https://my account"}, "unsupported_target"),
            ("Task_Add", {"headers": Headers([("Host", "other")])}, "host_conflict"),
            ("Task_Get", {"api_version": "2013-01-01"}, "unknown_api_version"),
        ],
    )
    def test_refused(self, name: str, changes: dict[str, Any], code: str) -> None:
        """What the call does not take."""
        call = call_of(operation(OperationId(name), NEW), NEW)
        with pytest.raises(TranslationError) as caught:
            built(call, **changes)
        assert caught.value.code == code

    @pytest.mark.parametrize(
        "field", [("Host", "other"), ("Content-Type", "text/plain"), ("Content-Encoding", "gzip")]
    )
    def test_place(self, field: tuple[str, str]) -> None:
        """What is wrong with header fields is said of the request."""
        call = call_of(operation(OperationId.TASK_ADD, NEW), NEW)
        with pytest.raises(TranslationError) as caught:
            built(call, headers=Headers([field]))
        assert caught.value.part == "request"

    def test_own_content_type(self) -> None:
        """A Content-Type that fits is kept as it was given."""
        call = call_of(operation(OperationId.TASK_ADD, NEW), NEW)
        own = "application/json;charset=utf-8"
        request = built(call, headers=Headers([("Content-Type", own)]))
        assert request.headers.get_all("Content-Type") == (own,)

    def test_no_value_behind_an_error(self) -> None:
        """The error of the codec holds the value, and does not stand behind ours."""
        call = call_of(operation(OperationId.TASK_GET, NEW), NEW)
        with pytest.raises(TranslationError) as caught:
            built(call, query=[("$select", "secret\ud800")])
        assert caught.value.__context__ is None

    @pytest.mark.parametrize("timeout", [0, 999_999_999])
    def test_timeouts(self, timeout: int) -> None:
        """As many digits as are read."""
        call = call_of(operation(OperationId.TASK_GET, NEW), NEW, timeout=timeout)
        assert recognise(built(call)) == call

    @pytest.mark.parametrize(
        "changes",
        [
            {"body": "{}"},
            {"headers": [("If-Match", "*")]},
            {"headers": None},
            {"job": b"j"},
            {"job": 7},
            {"work_item": b""},
            {"service": b""},
            {"service": None},
            {"timeout": True},
            {"timeout": 1.5},
            {"timeout": "30"},
            {"query": [("$select", b"id")]},
            {"query": [("$select", 1)]},
            {"query": [("$select",)]},
            {"query": 7},
            {"api_version": None},
        ],
    )
    def test_types(self, changes: dict[str, Any]) -> None:
        """Arguments of other types."""
        call = call_of(operation(OperationId.TASK_GET, NEW), NEW)
        with pytest.raises(TypeError):
            built(call, **changes)

    @pytest.mark.parametrize(
        ("changes", "given"),
        [({"service": b""}, "a service as str, got bytes"), ({"headers": []}, "Headers, got list")],
    )
    def test_named(self, changes: dict[str, Any], given: str) -> None:
        """The error names the type that was given."""
        call = call_of(operation(OperationId.TASK_GET, NEW), NEW)
        with pytest.raises(TypeError, match=f"expected {given}"):
            built(call, **changes)
