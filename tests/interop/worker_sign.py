"""Signs with azure-batch, 14 or 15, in a process of its own environment.

Each line on standard input is a JSON object: ``account`` and ``key``; with ``method``, ``url``,
``fields`` (pairs) and ``body`` (text in latin-1, or null) a request to sign, with ``calls`` the
client's own calls. Each line on standard output is the answer: a list of what would have gone out,
``method``, ``target``, ``fields``, ``body`` and the ``text`` that was signed. Nothing is sent.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import requests
from azure.batch import models
from requests.adapters import HTTPAdapter

try:
    from azure.batch import BatchServiceClient
    from azure.batch.batch_auth import SharedKeyAuth, SharedKeyCredentials

    MAJOR = 14
except ImportError:
    from azure.batch import BatchClient
    from azure.batch._patch import BatchSharedKeyAuthPolicy
    from azure.core import MatchConditions
    from azure.core.credentials import AzureNamedKeyCredential
    from azure.core.pipeline import Pipeline
    from azure.core.pipeline.transport import RequestsTransport
    from azure.core.rest import HttpRequest

    MAJOR = 15

_SIGNER = SharedKeyAuth if MAJOR == 14 else BatchSharedKeyAuthPolicy
_URL = "https://myaccount.myregion.batch.azure.com"
_NOT_FOUND = b'{"odata.metadata":"","code":"NotFound","message":{"lang":"en-us","value":"no"}}'

sent: list[dict[str, Any]] = []
texts: list[str] = []


def _keep(_: HTTPAdapter, request: requests.PreparedRequest, **__: Any) -> requests.Response:
    """What would go out is kept, and answered 404, which no client tries again."""
    body = request.body or b""
    if not isinstance(body, str | bytes):
        body = body.read()
    sent.append(
        {
            "method": request.method,
            "target": request.path_url,
            "fields": [(_text(name), _text(value)) for name, value in request.headers.items()],
            "body": body if isinstance(body, str) else body.decode("latin-1"),
            "text": texts[-1] if texts else None,
        }
    )
    response = requests.Response()
    response.status_code = 404
    response.headers["Content-Type"] = "application/json"
    response.raw = io.BytesIO(_NOT_FOUND)
    response.request = request
    response.url = request.url or ""
    return response


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


_sign_string = _SIGNER._sign_string


def _signing(self: Any, text: str) -> str:
    texts.append(text)
    return _sign_string(self, text)


HTTPAdapter.send = _keep
_SIGNER._sign_string = _signing


def sign(order: dict[str, Any]) -> None:
    """Send one request through the client's signer."""
    body = None if order["body"] is None else order["body"].encode("latin-1")
    method, url, fields = order["method"], order["url"], dict(order["fields"])
    if MAJOR == 14:
        signer = SharedKeyAuth("Authorization", order["account"], order["key"])
        requests.Session().request(method, url, headers=fields, data=body, auth=signer)
    else:
        policy = BatchSharedKeyAuthPolicy(AzureNamedKeyCredential(order["account"], order["key"]))
        request = HttpRequest(method, url, headers=fields, content=body)
        with Pipeline(RequestsTransport(), [policy]) as pipeline:
            pipeline.run(request)


def call(order: dict[str, Any]) -> None:
    """Let the client call the service; each call fails, since nothing is there."""
    made = _calls_14(order) if MAJOR == 14 else _calls_15(order)
    for one in made:
        before = len(sent)
        try:
            one()
        except Exception:  # each client has errors of its own; what was sent is what counts
            if len(sent) == before:
                raise


def _calls_14(order: dict[str, Any]) -> list[Any]:
    client = BatchServiceClient(SharedKeyCredentials(order["account"], order["key"]), _URL)
    client.config.retry_policy.policy.total = 0
    task = models.TaskAddParameter(id="t", command_line="true")
    return [
        lambda: list(client.job.list(models.JobListOptions(filter="state eq 'active'", timeout=9))),
        lambda: list(client.job.list(models.JobListOptions(filter="", select="id,state"))),
        lambda: client.task.add("j", task, models.TaskAddOptions(timeout=30)),
        lambda: client.task.terminate("j", "t"),
        lambda: client.job.delete("j", models.JobDeleteOptions(if_match="0x8D122486A0901FF")),
        lambda: list(
            client.file.get_from_task(
                "j", "t", "a b/;+.txt", models.FileGetFromTaskOptions(ocp_range="bytes=0-9")
            )
        ),
        lambda: client.job.patch("j", models.JobPatchParameter(priority=1)),
        lambda: client.task.add_collection("j", [task]),
    ]


def _calls_15(order: dict[str, Any]) -> list[Any]:
    client = BatchClient(_URL, AzureNamedKeyCredential(order["account"], order["key"]))
    task = models.BatchTaskCreateOptions(id="t", command_line="true")
    return [
        lambda: list(client.list_jobs(filter="state eq 'active'", service_timeout=9)),
        lambda: list(client.list_jobs(filter="", select=["id", "state"])),
        lambda: client.create_task("j", task, service_timeout=30),
        lambda: client.terminate_task("j", "t"),
        lambda: client.begin_delete_job(
            "j", etag="0x8D122486A0901FF", match_condition=MatchConditions.IfNotModified
        ),
        lambda: list(client.download_task_file("j", "t", "a b/;+.txt", ocp_range="bytes=0-9")),
        lambda: client.update_job("j", models.BatchJobUpdateOptions(priority=1)),
        lambda: client.create_task_collection(
            "j", models.BatchTaskGroup(task_values=[task]), service_timeout=30
        ),
    ]


def main() -> None:
    """Answer line by line until the input ends."""
    logging.disable()
    for line in sys.stdin:
        order = json.loads(line)
        sent.clear()
        texts.clear()
        (call if "calls" in order else sign)(order)
        print(json.dumps(sent))


if __name__ == "__main__":
    main()
