"""The other writers, each from the objects that its own users build.

A factory gives the lines of one library for one kind of batch: none where it does not write that
kind. It raises ImportError where the library is not installed.
"""

# ruff: noqa: PLC0415 - imported where it is used, because any of them may be missing

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from typing import Any

from contender import Contender, Found
from embedded import Read, read_message
from inputs import Kind, Sample

Lines = tuple[Contender, ...]
BUILT_TOO = ", objects built too"


def lines_of(
    name: str, build: Callable[[Sample], Any], write: Callable[[Any], bytes], less: str = ""
) -> Lines:
    """Two lines of one writer: the writing alone, and with it the building of what it writes.

    Args:
        name: of the library.
        build: makes the library's own objects from a sample.
        write: makes the bytes from those objects.
        less: what it leaves out that ours does.
    """

    def both(sample: Sample) -> bytes:
        return write(build(sample))

    def as_it_is(sample: Sample) -> Sample:
        return sample

    return (
        Contender(name, write, build, read_back, less),
        Contender(name + BUILT_TOO, both, as_it_is, read_back, less),
    )


def read_back(data: bytes) -> Found:
    """Start lines and bodies of a written batch, as CPython's ``email`` reads them."""
    return [((first, second), body) for first, second, _, body in read_messages(data)]


def read_messages(data: bytes) -> list[Read]:
    """The messages of a written batch, as CPython's ``email`` reads them."""
    start = data.index(b"--") + 2
    boundary = data[start : data.index(b"\r\n", start)]
    head = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    messages = []
    for part in message_from_bytes(head + data).walk():
        if part.get_content_type() == "application/http":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            messages.append(read_message(payload))
    return messages


def stdlib_email(kind: Kind) -> Lines:
    """CPython's ``email.mime``."""
    from email.mime.base import MIMEBase
    from email.mime.multipart import MIMEMultipart
    from email.policy import HTTP

    def build(sample: Sample) -> MIMEMultipart:
        batch = MIMEMultipart("mixed", sample.boundaries[0])
        for boundary, message in zip(sample.boundaries[1:], sample.messages, strict=True):
            part = MIMEBase("application", "http")
            part["Content-Transfer-Encoding"] = "binary"
            part.set_payload((message.head() + b"\r\n" + message.body).decode("latin-1"))
            changeset = MIMEMultipart("mixed", boundary)
            changeset.attach(part)
            batch.attach(changeset)
        return batch

    def write(batch: MIMEMultipart) -> bytes:
        return batch.as_bytes(policy=HTTP).partition(b"\r\n\r\n")[2]

    return lines_of("email.mime", build, write, "nothing checked, heads by hand")


def azure_core(kind: Kind) -> Lines:
    """azure-core: requests only."""
    if kind == "responses":
        return ()
    from azure.core.pipeline.transport import HttpRequest

    def build(sample: Sample) -> HttpRequest:
        changesets = []
        for boundary, message in zip(sample.boundaries[1:], sample.messages, strict=True):
            method, target, _ = message.start.split(" ")
            request = HttpRequest(method, target, dict(message.headers))
            request.set_bytes_body(message.body)
            changeset = HttpRequest("POST", "")
            changeset.set_multipart_mixed(request, boundary=boundary)
            changesets.append(changeset)
        batch = HttpRequest("POST", "/$batch")
        batch.set_multipart_mixed(*changesets, boundary=sample.boundaries[0])
        return batch

    def write(batch: HttpRequest) -> bytes:
        batch.prepare_multipart_body()
        assert isinstance(batch.body, bytes)
        return batch.body

    return lines_of("azure-core", build, write, "line ends in bodies rewritten")


def pyodata(kind: Kind) -> Lines:
    """pyodata: requests only."""
    if kind == "responses":
        return ()
    from pyodata.v2.service import BatchRequest, Changeset, MultipartRequest, ODataHttpRequest

    class Request(ODataHttpRequest):  # type: ignore[misc]
        def __init__(self, method: str, path: str, body: str, headers: dict[str, str]) -> None:
            super().__init__("http://myaccount", None, None, headers)
            self.line = method, path
            self.body = body

        def get_method(self) -> str:
            return self.line[0]

        def get_path(self) -> str:
            return self.line[1]

        def get_body(self) -> str:
            return self.body

    def build(sample: Sample) -> MultipartRequest:
        batch = BatchRequest("http://myaccount", None, None, sample.boundaries[0])
        for boundary, message in zip(sample.boundaries[1:], sample.messages, strict=True):
            method, target, _ = message.start.split(" ")
            changeset = Changeset("http://myaccount", None, None, boundary)
            body = message.body.decode("utf-8")
            changeset.add_request(Request(method, target, body, dict(message.headers)))
            batch.add_request(changeset)
        return batch

    def write(batch: MultipartRequest) -> bytes:
        data: bytes = batch.get_body().encode("utf-8")
        return data

    return lines_of("pyodata", build, write, "nothing checked")


def odatapy(kind: Kind) -> Lines:
    """odatapy: its client's writer for requests, its server's for answers."""
    return _odatapy_client() if kind == "requests" else _odatapy_server()


def _odatapy_client() -> Lines:
    from odatapy.client.batch import BatchRequest

    def build(sample: Sample) -> BatchRequest:
        batch = BatchRequest("http://myaccount.myregion.batch.azure.com")
        for number, message in enumerate(sample.messages, 1):
            method, target, _ = message.start.split(" ")
            headers = dict(message.headers)
            batch.add_changeset().add(method, target, message.body, headers, str(number))
        return batch

    return lines_of("odatapy, client", build, lambda batch: batch.serialize(), "nothing checked")


def _odatapy_server() -> Lines:
    from odatapy.server.batch import BatchResponseSerializer
    from odatapy.server.request import ODataResponse

    def build(sample: Sample) -> list[tuple[None, list[tuple[str, ODataResponse]]]]:
        changesets = []
        for number, message in enumerate(sample.messages, 1):
            status = int(message.start.split(" ")[1])
            answer = ODataResponse(status, dict(message.headers), message.body)
            changesets.append((None, [(str(number), answer)]))
        return changesets

    def write(changesets: list[Any]) -> bytes:
        return BatchResponseSerializer().serialize(changesets)

    return lines_of("odatapy, server", build, write, "nothing checked")


WRITERS: tuple[Callable[[Kind], Lines], ...] = (stdlib_email, azure_core, pyodata, odatapy)
