"""Planted input of every kind: models, tasks, calls, answers, whole messages."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hypothesis import strategies as st

from odatabatch import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    HttpRequest,
    HttpResponse,
    Operation,
    OperationResponse,
    encode_request,
    encode_response,
)
from odatabatch.azure import AZURE_BATCH, VERSIONS
from odatabatch.azure.rules import name_in
from odatabatch.azure.schema import TASK
from odatabatch.captures import write_message
from odatabatch.model import leaves_of
from tests import strategies
from tests.azure.batches import DATE, E_TAG, HTTP_DATE
from tests.azure.task_strategies import jobs, tasks
from tests.secrets.planting import HOST, Planter, json_text, target
from tests.secrets.ways import ALL

JSON = "application/json; odata=minimalmetadata"
_FRAMING = ("content-type", "content-length", "transfer-encoding", "content-transfer-encoding")
_CODES = ("TaskExists", "InternalError", "ServerBusy", "InvalidPropertyValue", "x", None)
_STATUSES = (200, 201, 202, 400, 403, 404, 408, 409, 413, 429, 500, 503)


# Models of any service


@st.composite
def models(draw: st.DrawFn, kind: str) -> Any:
    """A batch, or an answer, with a secret in each value, query, body and reason."""
    planter = Planter()
    drawn = draw(strategies.batches(kind))
    parts = []
    for part in drawn.parts:
        leaves = tuple(_planted(draw, planter, leaf) for leaf in leaves_of(part))
        if isinstance(part, Changeset | ChangesetResponse):
            parts.append(type(part)(leaves, _values_planted(planter, part.part_headers)))
        else:
            parts += leaves
    return type(drawn)(tuple(parts))


def _planted(draw: st.DrawFn, planter: Planter, leaf: Any) -> Any:
    leaf = leaf.replace(
        headers=_values_planted(planter, leaf.headers),
        part_headers=_values_planted(planter, leaf.part_headers),
    )
    if isinstance(leaf, Operation):
        path = "/Customers('ALFKI')"
        forms = (
            planter.url(path),
            f"{path}?{planter.query()}",
            f"$1{path}?token={planter.secret()}",
            f"{path}#{planter.secret()}",
            f"{path}?a\r\n{planter.secret()}",  # which cannot be written
        )
        return leaf.replace(target=draw(st.sampled_from(forms)), body=_body(planter, leaf.body))
    reason = draw(st.sampled_from((planter.secret(), f"{planter.secret()}\r\n")))
    return leaf.replace(reason=reason, body=_body(planter, leaf.body))


def _body(planter: Planter, body: bytes) -> bytes:
    """As long as none where there was none."""
    return body and json_text({"token": planter.secret()})


def _values_planted(planter: Planter, headers: Headers) -> Headers:
    pairs = []
    for name, value in headers:
        if name.lower() in ("content-type", "content-transfer-encoding"):
            new = f"{value}; token={planter.secret()}" if ";" not in value else value
            pairs.append((name, new))
        elif name.lower() not in _FRAMING:
            pairs.append((name, planter.field(name)))
    return Headers(pairs)


# Azure Batch


class Scene(NamedTuple):
    """What one client asks, and what it may be answered.

    Attributes:
        version: the api-version that it speaks.
        batch: a legacy batch.
        outer: the request that carries it, encoded.
        collection: a collection request of the same tasks.
        calls: other requests.
        answers: of a service, to either.
        bodies: JSON texts: tasks, jobs, errors, results.
    """

    version: str
    batch: Batch
    outer: HttpRequest
    collection: HttpRequest
    calls: tuple[HttpRequest, ...]
    answers: tuple[HttpResponse, ...]
    bodies: tuple[bytes, ...]


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A scene of any api-version; its tasks may have members that the version does not have."""
    version = draw(st.sampled_from(VERSIONS))
    strange = draw(st.booleans())
    made = draw(st.lists(tasks(version, strange=strange, sloppy=strange), min_size=1, max_size=3))
    return scene(
        version,
        made,
        draw(jobs(version)),
        words=draw(st.booleans()),
        named=draw(st.booleans()),
        code=draw(st.sampled_from(_CODES)),
        status=draw(st.sampled_from(_STATUSES)),
    )


def scene(
    version: str,
    made: list[Any],
    job: Any,
    *,
    words: bool = True,
    named: bool = True,
    code: str | None = "TaskExists",
    status: int = 409,
) -> Scene:
    """A scene of those tasks and that job.

    Args:
        version: the api-version.
        made: tasks.
        job: a job.
        words: whether durations, and words that are listed, stay in the bodies.
        named: whether targets name the api-version, and Content-IDs are numbers.
        code: of the errors that come back.
        status: of the answers.
    """
    planter = Planter()
    raws = [json_text(planter.json(task, words=words)) for task in made]
    fields = planter.fields()
    operations = []
    for number, raw in enumerate(raws, 1):
        content_id = str(number) if named else planter.secret()
        headers = Headers([("Content-Type", JSON), ("Content-ID", content_id), *fields])
        if named:  # what belongs to the outer request is a fault in an operation
            headers = headers.without("Authorization", "Proxy-Authorization")
        where = target(planter, "/jobs/job-1/tasks", version if named else None)
        operations.append(Operation("POST", where, headers, raw))
    batch = Batch(tuple(Changeset((it,)) for it in operations))
    where = target(planter, "/$batch", version if named else None)
    outer = _carrier(planter, batch, where, fields)
    where = target(planter, "/jobs/job-1/addtaskcollection", version if named else None)
    headers = Headers([("Content-Type", JSON), *fields])
    whole = b'{"odata.metadata":"%s","value":[%s]}' % (planter.secret().encode(), b",".join(raws))
    collection = HttpRequest("POST", where, headers.without("odata.metadata"), whole)
    ids = [json.loads(raw).get("id") or json.loads(raw).get("name") for raw in raws]
    error = _error(planter, code)
    answers = _answers(planter, ids, error, status)
    return Scene(
        version,
        batch,
        outer,
        collection,
        _calls(planter, version, raws[0], json_text(planter.json(job, words=words))),
        answers,
        (*raws, json_text(planter.json(job, words=words)), error, answers[1].body, whole),
    )


def _carrier(planter: Planter, batch: Batch, where: str, fields: Headers) -> HttpRequest:
    boundaries = [f"batch_{planter.secret()}", *(f"c_{planter.secret()}" for _ in batch.parts)]
    encoded = encode_request(batch, AZURE_BATCH, boundaries, ALL)
    kind = f"{encoded.content_type}; token={planter.secret()}"
    headers = Headers([("Content-Type", kind), ("Host", HOST), *fields])
    length = ("Content-Length", str(len(encoded.body)))
    return HttpRequest("POST", where, Headers([*headers, length]), encoded.body)


def _calls(planter: Planter, version: str, raw: bytes, job: bytes) -> tuple[HttpRequest, ...]:
    """Calls of every kind; ids in paths may be shown, and are no secrets."""
    name = name_in(version, TASK, "id")
    sound = {name: planter.secret(), "commandLine": planter.text("commandLine")}
    sound["environmentSettings"] = [{"name": planter.secret(), "value": planter.secret()}]
    rows = (
        ("POST", "/jobs/job-1/tasks", json_text(sound)),
        ("POST", "/jobs/job-1/tasks", json_text({**sound, name: "a"})),
        ("POST", "/jobs", job),
        ("POST", "/jobs/job-1/tasks", raw),
        ("GET", "/jobs/job-1/tasks/a", b""),
        ("GET", "/jobs/job-1/tasks", b""),
        ("GET", "/jobs/job-1/tasks/a", None),  # without a further query
        ("GET", "/jobs/job-1/tasks", None),
        ("PUT", "/jobs/job-1/tasks/a", raw),
        ("DELETE", "/jobs/job-1/tasks/a", b""),
        ("POST", "/jobs/job-1/tasks/a/terminate", b""),
        ("GET", "/pools/pool", b""),
    )
    made = []
    for method, path, body in rows:
        where = target(planter, path, version)
        if method == "GET" and body is not None:
            where += f"&$select={planter.secret()}&$filter=id eq '{planter.secret()}'"
        headers = Headers([("Content-Type", JSON), *planter.fields("Authorization", "Cookie")])
        if body:
            headers = headers.with_field("Content-Length", str(len(body)))
        made.append(HttpRequest(method, where.replace(" ", "%20"), headers, body or b""))
    made.append(HttpRequest("GET", target(planter, "/jobs/job-1/tasks/a", None)))
    made.append(HttpRequest("GET", f"{target(planter, '/jobs/job-1/tasks', version)}&a=%ff"))
    return tuple(made)


# Answers


def _error(planter: Planter, code: str | None) -> bytes:
    """The JSON text of an error that echoes what it was sent."""
    whole = {
        "odata.metadata": planter.url(),
        "code": planter.secret() if code is None else code,
        "message": {"lang": "en-US", "value": f"the token {planter.secret()} is not valid"},
        "values": [
            {"key": "PropertyValue", "value": planter.url()},
            {"key": planter.secret(), "value": planter.secret()},
        ],
    }
    return json_text(whole)


def _answers(
    planter: Planter, ids: list[Any], error: bytes, status: int
) -> tuple[HttpResponse, ...]:
    """A refusal, an answer to a collection, and two to a batch: with and without its multipart."""
    fields = planter.fields("WWW-Authenticate", "Set-Cookie", "Location", "request-id")
    json_fields = Headers([("Content-Type", JSON), *fields])
    results = [
        {
            "status": "Success" if number % 2 else "ClientError",
            "taskId": task_id,
            "eTag": planter.secret(),
            "lastModified": DATE if status < 400 else planter.secret(),
            "location": planter.url("/jobs/job-1/tasks/a"),
            "error@odata.navigationLinkUrl": planter.url(),
            **({} if number % 2 else {"error": json.loads(error)}),
        }
        for number, task_id in enumerate(ids, 1)
    ]
    told = {"odata.metadata": planter.url(), "value": results}
    parts = []
    for number, _ in enumerate(ids, 1):
        headers = [("Content-ID", str(number)), ("Content-Type", JSON), *planter.fields("Location")]
        headers += planter.fields("DataServiceId", "X")
        if status < 400:
            headers += [("ETag", E_TAG), ("Last-Modified", HTTP_DATE)]
        part = OperationResponse(status, planter.secret(), Headers(headers), error)
        parts.append(ChangesetResponse((part,)))
    encoded = encode_response(BatchResponse(tuple(parts)), AZURE_BATCH, None, ALL)
    kind = ("Content-Type", f"{encoded.content_type}; token={planter.secret()}")
    return (
        HttpResponse(status, planter.secret(), json_fields, error),
        HttpResponse(200, planter.secret(), json_fields, json_text(told)),
        HttpResponse(202, planter.secret(), Headers([kind, *fields]), encoded.body),
        HttpResponse(202, planter.secret(), json_fields, error),
    )


def wire_of(message: HttpRequest | HttpResponse) -> bytes:
    """The bytes of a message that can be written."""
    return write_message(message)
