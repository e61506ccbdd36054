"""Batches in the shape of Azure Batch's page: one operation a changeset, CRLF, no lengths.

Every input is made anew: its boundaries, request ids and task ids occur in no other. A repeated
input would flatter the readers that compile a regex for each boundary (``re`` keeps the last 512),
and one that two readers share would flatter the second.
"""

from __future__ import annotations

from random import Random
from typing import Literal, NamedTuple

Kind = Literal["requests", "responses"]
KINDS: tuple[Kind, Kind] = ("requests", "responses")

_ENTITY = "Microsoft.Azure.Batch.Protocol.Entities"
_ROOT = "http://myaccount.myregion.batch.azure.com"
_TASKS = f"{_ROOT}/jobs/job-0000000001/tasks"
_JSON = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
_PART = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"


class Message(NamedTuple):
    """One operation, or the answer to one.

    Attributes:
        start: the request line or the status line.
        headers: in wire order.
        body: empty where there is none.
    """

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def head(self) -> bytes:
        """The start line and the field lines, each with its CRLF."""
        fields = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return f"{self.start}\r\n{fields}".encode("latin-1")


class Sample(NamedTuple):
    """One batch.

    Attributes:
        boundaries: the batch's, then one a changeset.
        messages: in wire order.
    """

    kind: Kind
    boundaries: tuple[str, ...]
    messages: tuple[Message, ...]

    @property
    def content_type(self) -> str:
        """The Content-Type of the message that carries it."""
        return f"multipart/mixed; boundary={self.boundaries[0]}"

    def body(self) -> bytes:
        """Its bytes, as the page shows them: a message without a body ends with its blank line."""
        batch = self.boundaries[0].encode("ascii")
        pieces: list[bytes] = []
        for boundary, message in zip(self.boundaries[1:], self.messages, strict=True):
            name = boundary.encode("ascii")
            pieces += (
                b"--", batch, b"\r\nContent-Type: multipart/mixed; boundary=", name,
                b"\r\n\r\n--", name, b"\r\n", _PART, message.head(),
                b"\r\n" + message.body + b"\r\n" if message.body else b"\r\n",
                b"--", name, b"--\r\n",
            )  # fmt: skip
        return b"".join((*pieces, b"--", batch, b"--\r\n"))


class Inputs:
    """A source of samples that never repeats itself, and gives every run the same ones.

    Args:
        kind: requests, or answers to them.
        operations: how many operations a sample holds.
        body_bytes: length of each body, 150 or more; answers have one where they are errors, which
            are one in three.
    """

    def __init__(self, kind: Kind, operations: int, body_bytes: int) -> None:
        self.kind: Kind = kind
        self.operations = operations
        self.body_bytes = body_bytes
        self._random = Random(f"{kind} {operations} {body_bytes}")

    def fresh(self) -> Sample:
        """A sample with boundaries and ids of its own."""
        make = self._request if self.kind == "requests" else self._response
        inner = "changeset" if self.kind == "requests" else "changesetresponse"
        boundaries = (f"{inner}_{self._guid()}" for _ in range(self.operations))
        messages = (make(number) for number in range(1, self.operations + 1))
        return Sample(self.kind, (f"batch_{self._guid()}", *boundaries), tuple(messages))

    def _request(self, number: int) -> Message:
        headers = (
            ("Content-Type", _JSON),
            ("client-request-id", self._guid()),
            ("return-client-request-id", "True"),
            ("Content-ID", str(number)),
            ("DataServiceVersion", "3.0;"),
        )
        start = f"POST {_TASKS}?api-version=2016-02-01.3.0 HTTP/1.1"
        return Message(start, headers, self._padded(self._task(number)))

    def _task(self, number: int) -> str:
        """The JSON text of a task, with one # where the padding belongs."""
        return (
            f'{{\r\n   "odata.type":"{_ENTITY}.Task",\r\n   "id":"{self._task_id()}",'
            f'\r\n   "commandLine":"#"\r\n}}'
        )

    def _response(self, number: int) -> Message:
        task = f"{_TASKS}/{self._task_id()}"
        known = (
            ("DataServiceId", task),
            ("client-request-id", self._guid()),
            ("Content-ID", str(number)),
        )
        if number % 3 == 0:
            kind = (("DataServiceVersion", "3.0;"), ("Content-Type", _JSON))
            body = '{\r\n   "code":"TaskExists",\r\n   "message":{\r\n      "value":"#"\r\n   }}'
            return Message("HTTP/1.1 409 Conflict", known + kind, self._padded(body))
        added = (
            ("DataServiceVersion", "3.0"),
            ("Last-Modified", "Wed, 09 Apr 2014 20:21:24 GMT"),
            ("ETag", f"0x{self._random.getrandbits(60):015X}"),
            ("Location", task),
        )
        return Message("HTTP/1.1 201 Created", known + added, b"")

    def _padded(self, body: str) -> bytes:
        return body.replace("#", "#" * (self.body_bytes - len(body) + 1)).encode("ascii")

    def _task_id(self) -> str:
        return f"taskbatch3_{self._random.getrandbits(40):010x}"

    def _guid(self) -> str:
        digits = f"{self._random.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
