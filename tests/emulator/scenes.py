"""What tests of the emulator share: a time, services with a job, and requests to them."""

from __future__ import annotations

import datetime
import json
from typing import Any

from odatabatch import Headers, HttpRequest, HttpResponse
from odatabatch.azure.versions import LATEST
from odatabatch.emulator import BatchService, read_faults
from odatabatch.http_message import parse_request
from tests.corpus import FIXTURES

NOW = datetime.datetime(2016, 4, 22, 0, 32, 47, 810790, tzinfo=datetime.UTC)
"""A time."""
TICKS = 0x8D36A45A12358FC
"""The same in ticks."""
HOST = "account.region.batch.azure.com"
KEY = "a2V5"  # base64 of "key"


def service(*faults: dict[str, Any], **options: Any) -> BatchService:
    """A service with the job ``job``."""
    made = BatchService(faults=read_faults(json.dumps(faults).encode()), **options)
    made.add_job("job", NOW)
    return made


def ask(
    asked: BatchService,
    method: str,
    target: str,
    body: Any = None,
    api_version: str | None = LATEST,
    **headers: str,
) -> HttpResponse:
    """The answer to a request; names of header fields with ``_`` for ``-``."""
    return asked.answer(request(method, target, body, api_version, **headers), NOW).response


def request(
    method: str, target: str, body: Any = None, api_version: str | None = LATEST, **headers: str
) -> HttpRequest:
    """A request."""
    if api_version is not None:
        target += f"{'&' if '?' in target else '?'}api-version={api_version}"
    fields = [("Host", HOST), *((name.replace("_", "-"), value) for name, value in headers.items())]
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    if body:
        fields.append(("Content-Type", "application/json; odata=minimalmetadata"))
    return HttpRequest(method, target, Headers(fields), body or b"")


def task(task_id: str, **members: Any) -> dict[str, Any]:
    """A task."""
    return {"id": task_id, "commandLine": "cmd", **members}


def add(asked: BatchService, *task_ids: str) -> None:
    """Add tasks to the job."""
    for task_id in task_ids:
        assert ask(asked, "POST", "/jobs/job/tasks", task(task_id)).status == 201


def collection(*tasks: dict[str, Any]) -> dict[str, Any]:
    """The body of an ``addtaskcollection`` request."""
    return {"value": list(tasks)}


def code(response: HttpResponse) -> str:
    """The error's code."""
    return str(json.loads(response.body)["code"])


def values(response: HttpResponse) -> dict[str, str]:
    """The error's values."""
    return {item["key"]: item["value"] for item in json.loads(response.body)["values"]}


def results(response: HttpResponse) -> dict[str, Any]:
    """The results of a collection by their task ids."""
    return {item["taskId"]: item for item in json.loads(response.body)["value"]}


def fixture(name: str) -> HttpRequest:
    """A request among the fixtures."""
    return parse_request((FIXTURES / "azure" / name).read_bytes())
