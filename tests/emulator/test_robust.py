"""Whatever is asked, there is an answer, and it is no server error."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import Headers, HttpRequest
from odatabatch.azure.versions import LATEST, VERSIONS
from odatabatch.emulator import BatchService
from tests.emulator.scenes import HOST, NOW, add, fixture, service, task
from tests.emulator.test_batches import adding, carried

PIECES = st.sampled_from(
    [
        "/", "jobs", "job", "tasks", "t", "addtaskcollection", "$batch", "%24batch", "workitems",
        "terminate", "?", "&", "=", f"api-version={LATEST}", "api-version", "timeout=1", "$select",
        "$filter=", "state eq 'x'", "$skiptoken=", "maxresults=5", "#", "%", "%ff", "%2F", "http:",
        "//", HOST, "\x00", "é", "[", "..",
    ]
)  # fmt: skip
TARGETS = st.lists(PIECES, max_size=10).map("".join)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "get"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "id", "name", "commandLine", "constraints", "resourceFiles"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
CALLS = st.sampled_from(
    [
        ("POST", "/jobs"),
        ("POST", "/workitems"),
        ("POST", "/jobs/job/tasks"),
        ("POST", "/jobs/job/addtaskcollection"),
        ("PUT", "/jobs/job/tasks/t"),
        ("GET", "/jobs/job/tasks/t"),
        ("GET", "/jobs/job/tasks"),
        ("POST", "/jobs/job/tasks/t/terminate"),
        ("GET", "/jobs/job"),
        ("DELETE", "/jobs/job"),
    ]
)
FIELDS = st.dictionaries(
    st.sampled_from(["Host", "If-Match", "If-Modified-Since", "Content-Type", "client-request-id"]),
    st.sampled_from(["", HOST, "*", "x,y", "Fri, 22 Apr 2016 00:32:47 GMT", "application/json"]),
)


def scene() -> BatchService:
    """A service with a task."""
    asked = service()
    add(asked, "t")
    return asked


def check(asked: BatchService, sent: HttpRequest) -> None:
    """Ask."""
    answer = asked.answer(sent, NOW)
    assert answer.response.status < 500
    assert b"".join(answer.chunks) == answer.response.body


@given(METHODS, TARGETS, FIELDS, st.binary(max_size=9))
def test_targets(method: str, target: str, fields: dict[str, str], body: bytes) -> None:
    """Targets, methods and fields of any kind."""
    check(scene(), HttpRequest(method, target, Headers(fields.items()), body))


@given(CALLS, JSON, FIELDS, st.sampled_from(VERSIONS))
def test_bodies(
    call: tuple[str, str], body: object, fields: dict[str, str], api_version: str
) -> None:
    """Bodies that are JSON of any kind."""
    method, target = call
    target = f"{target}?api-version={api_version}"
    text = msgspec.json.encode(body)
    check(scene(), HttpRequest(method, target, Headers(fields.items()), text))


@given(st.data())
def test_batches(data: st.DataObject) -> None:
    """Batches with a few bytes that are others."""
    page = fixture("add-three-tasks.http")
    sent = data.draw(st.sampled_from([page, carried(adding("a", "b"))]))
    body = bytearray(sent.body)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    asked = scene()
    asked.add_job("job-0000000001", NOW)
    check(asked, sent.replace(body=bytes(body)))


@given(JSON)
def test_tasks(body: object) -> None:
    """Tasks of any kind in a collection beside a good one."""
    text = msgspec.json.encode({"value": [task("u"), body]})
    target = f"/jobs/job/addtaskcollection?api-version={LATEST}"
    check(scene(), HttpRequest("POST", target, body=text))


@given(JSON, st.sampled_from(VERSIONS))
def test_jobs(body: object, api_version: str) -> None:
    """A job that was added with members of any kind is shown by any version."""
    members = body if isinstance(body, dict) else {"poolInfo": body}
    asked = BatchService()
    text = msgspec.json.encode({**members, "id": "job"})
    target = f"/jobs?api-version={LATEST}"
    assert asked.answer(HttpRequest("POST", target, body=text), NOW).response.status == 201
    check(asked, HttpRequest("GET", f"/jobs/job?api-version={api_version}"))
