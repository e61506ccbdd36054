"""Batches that add tasks, and what the service answers to the collections that they become."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from inputs import Inputs, Kind, Sample

_FULL_BYTES = 1500  # a task with files and settings is some 1,450 bytes long, unpadded

_ACCOUNT = "https://myaccount.myregion.batch.azure.com"
_SECOND = "2016-05-24T21:52:14"
_TICKS = 0x8D3841DAA923B00  # of that second, in 100 ns since the year 1


class TaskInputs(Inputs):
    """Batches of tasks as on Azure Batch's page, and longer ones as .NET clients wrote them.

    Args:
        operations: tasks in a batch.
        body_bytes: of a task; from 1,500 on it has files, settings and constraints.
    """

    def __init__(self, operations: int, body_bytes: int) -> None:
        super().__init__("requests", operations, body_bytes)

    def _task(self, number: int) -> str:
        if self.body_bytes < _FULL_BYTES:
            return super()._task(number)
        files = ("renderer/render-3.1.zip", "scenes/harbour.zip", f"frames/frame-{number:05d}.json")
        task = {
            "odata.type": "Microsoft.Azure.Batch.Protocol.Entities.Task",
            "id": self._task_id(),
            "displayName": f"harbour, frames {number * 24} to {number * 24 + 23}",
            "commandLine": f'cmd /c "render.exe --scene harbour.zip --first {number * 24}'
            ' --count 24 --note #" > render.log',
            "resourceFiles": [
                {"blobSource": self._blob(file), "filePath": file.rpartition("/")[2]}
                for file in files
            ],
            "environmentSettings": [
                {"name": "RENDER_THREADS", "value": "8"},
                {"name": "RENDER_OUTPUT", "value": f"frames\\{number:05d}"},
            ],
            "constraints": {"maxWallClockTime": "PT1H", "maxTaskRetryCount": 3},
            "runElevated": True,
        }
        return _indented(task)

    def _blob(self, file: str) -> str:
        """A URL with a shared access signature, some 200 bytes long."""
        signature = quote(b64encode(self._random.randbytes(32)).decode("ascii"), safe="")
        return (
            f"https://mystorage1.blob.core.windows.net/job-0000000001/{file}?sv=2014-02-14&sr=b"
            f"&st=2016-05-24T21%3A37%3A14Z&se=2016-05-31T21%3A52%3A14Z&sp=r&sig={signature}"
        )


class Answered(NamedTuple):
    """A batch, and the answer to the one collection that it becomes.

    Attributes:
        batch: the legacy batch.
        headers: of the answer.
        body: of the answer.
    """

    batch: Sample
    headers: tuple[tuple[str, str], ...]
    body: bytes


class AnswerInputs:
    """Batches that were answered, results in another order than tasks; one in three a failure.

    Args:
        operations: tasks in a batch.
        body_bytes: of a task.
    """

    def __init__(self, operations: int, body_bytes: int) -> None:
        self.kind: Kind = "responses"
        self.operations = operations
        self.body_bytes = body_bytes
        self._batches = TaskInputs(operations, body_bytes)
        self._random = Random(f"answers {operations} {body_bytes}")

    def fresh(self) -> Answered:
        """One with boundaries, ids and an order of its own."""
        batch = self._batches.fresh()
        request_id = str(UUID(int=self._random.getrandbits(128)))
        ids = [json.loads(message.body)["id"] for message in batch.messages]
        results = [
            self._failed(task_id, request_id) if number % 3 == 0 else self._added(task_id)
            for number, task_id in enumerate(ids, 1)
        ]
        self._random.shuffle(results)
        document = {"odata.metadata": f"{_ACCOUNT}/$metadata#taskaddresult", "value": results}
        headers = (
            ("Content-Type", "application/json;odata=minimalmetadata"),
            ("Server", "Microsoft-HTTPAPI/2.0"),
            ("request-id", request_id),
            ("DataServiceVersion", "3.0"),
            ("Date", "Tue, 24 May 2016 21:52:15 GMT"),
        )
        return Answered(batch, headers, _indented(document).encode("ascii"))

    def _added(self, task_id: str) -> dict[str, Any]:
        fraction = self._random.randrange(10**7)
        return {
            "status": "Success",
            "taskId": task_id,
            "eTag": f"0x{_TICKS + fraction:X}",
            "lastModified": f"{_SECOND}.{fraction:07d}Z",
            "location": f"{_ACCOUNT}/jobs/job-0000000001/tasks/{task_id}",
        }

    def _failed(self, task_id: str, request_id: str) -> dict[str, Any]:
        message = (
            "The specified task already exists."
            f"\nRequestId:{request_id}\nTime:{_SECOND}.{self._random.randrange(10**7):07d}Z"
        )
        url = f"{_ACCOUNT}/jobs/job-0000000001/tasks/{task_id}/error"
        error = {"code": "TaskExists", "message": {"lang": "en-US", "value": message}}
        return {
            "error@odata.navigationLinkUrl": url,
            "error": error,
            "status": "ClientError",
            "taskId": task_id,
        }


def _indented(document: dict[str, Any]) -> str:
    """JSON text as .NET's clients, and the service, wrote it."""
    return json.dumps(document, indent=2).replace("\n", "\r\n")
