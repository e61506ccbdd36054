"""The other readers, each with the calls that its own documentation names.

A factory gives the lines of one library for one kind of batch: none where it does not read that
kind. It raises ImportError where the library is not installed.
"""

# ruff: noqa: PLC0415 - imported where it is used, because any of them may be missing

from __future__ import annotations

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message as EmailMessage
from typing import Any

from contender import Contender, Found
from embedded import Read, boundary_of, read_message
from inputs import Kind, Sample

Lines = tuple[Contender, ...]
Contents = Callable[[Any], list[bytes]]

UNCHECKED = "embedded messages unchecked"


def _wire(sample: Sample) -> tuple[str, bytes]:
    return sample.content_type, sample.body()


def _whole(sample: Sample) -> bytes:
    """The batch as one MIME message: its Content-Type in front."""
    return f"Content-Type: {sample.content_type}\r\n\r\n".encode("ascii") + sample.body()


def _of_reads(reads: list[Read]) -> Found:
    return [((first, second), body) for first, second, _, body in reads]


def _of_contents(contents: list[bytes]) -> Found:
    return _of_reads([read_message(content) for content in contents])


# Plain MIME readers, and the embedded messages by hand.


def stdlib_email(kind: Kind) -> Lines:
    """CPython's ``email``."""

    def run(data: bytes) -> list[Read]:
        reads = []
        for part in message_from_bytes(data).walk():
            if part.get_content_type() == "application/http":
                reads.append(read_message(_payload(part)))
        return reads

    return (Contender("email", run, _whole, _of_reads, "validates nothing"),)


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def _two(words: list[str]) -> tuple[str, str]:
    return words[0], words[1]


def requests_toolbelt(kind: Kind) -> Lines:
    """requests-toolbelt's ``MultipartDecoder``, nested."""
    from requests_toolbelt.multipart.decoder import MultipartDecoder

    def run(wire: tuple[str, bytes]) -> list[Read]:
        content_type, data = wire
        return [
            read_message(part.content)
            for changeset in MultipartDecoder(data, content_type).parts
            for part in MultipartDecoder(
                changeset.content, changeset.headers[b"Content-Type"].decode("latin-1")
            ).parts
        ]

    return (Contender("requests-toolbelt", run, _wire, _of_reads, "delimiters by substring"),)


def multipart_subclass(kind: Kind) -> Lines:
    """``multipart``'s push parser with the hook for other multipart types overridden."""
    import multipart

    class Parser(multipart.PushMultipartParser):  # type: ignore[misc]
        def _create_segment(self, headerlist: list[tuple[str, str]]) -> Any:
            return multipart.MultipartSegment(headerlist)

    def parts(data: bytes, boundary: str) -> Iterator[tuple[Any, bytes]]:
        segment: Any = None
        pieces: list[bytes] = []
        with Parser(boundary) as parser:
            for event in parser.parse(data):
                if event is None:
                    yield segment, pieces[0] if len(pieces) == 1 else b"".join(pieces)
                elif isinstance(event, bytes):
                    pieces.append(event)
                else:
                    segment, pieces = event, []

    def run(wire: tuple[str, bytes]) -> list[Read]:
        content_type, data = wire
        return [
            read_message(content)
            for changeset, inner in parts(data, boundary_of(content_type))
            for _, content in parts(inner, boundary_of(changeset["Content-Type"]))
        ]

    return (Contender("multipart, subclass", run, _wire, _of_reads, UNCHECKED),)


# Readers in Rust: their own full decode, and a second line with the embedded messages by hand.


def _rust_lines(name: str, prepare: Callable[[Sample], Any], contents: Contents) -> Lines:
    def run(argument: Any) -> list[Read]:
        return [read_message(content) for content in contents(argument)]

    return (
        Contender(name, contents, prepare, _of_contents, "embedded messages not read"),
        Contender(f"{name}, messages by hand", run, prepare, _of_reads, UNCHECKED),
    )


def rust_multipart(kind: Kind) -> Lines:
    """rust-multipart: the parts of the parts, headers and contents."""
    from rust_multipart import MultipartParser, PartBegin, PartData, PartEnd

    def parts(data: bytes, boundary: bytes) -> Iterator[tuple[list[tuple[bytes, bytes]], bytes]]:
        headers: list[tuple[bytes, bytes]] = []
        pieces: list[bytes] = []
        parser = MultipartParser(boundary)
        for event in parser.feed(data):
            if isinstance(event, PartData):
                pieces.append(event.data)
            elif isinstance(event, PartBegin):
                headers, pieces = event.headers, []
            elif isinstance(event, PartEnd):
                yield headers, pieces[0] if len(pieces) == 1 else b"".join(pieces)
        parser.finish()

    def contents(wire: tuple[str, bytes]) -> list[bytes]:
        content_type, data = wire
        return [
            content
            for headers, inner in parts(data, boundary_of(content_type).encode("latin-1"))
            for _, content in parts(inner, headers[0][1].partition(b"boundary=")[2])
        ]

    return _rust_lines("rust-multipart (Rust)", _wire, contents)


def fast_mail_parser(kind: Kind) -> Lines:
    """fast-mail-parser: the whole tree, headers and contents."""
    from fast_mail_parser import parse_email_tree

    def contents(data: bytes) -> list[bytes]:
        found = []
        for changeset in parse_email_tree(data).children:
            _ = changeset.headers  # built on access
            for part in changeset.children:
                _ = part.headers
                assert part.content is not None  # no container
                found.append(part.content)
        return found

    return _rust_lines("fast-mail-parser (Rust)", _whole, contents)


# Readers of batches.


def odatapy(kind: Kind) -> Lines:
    """odatapy: its server's reader for requests, its client's for answers."""
    return (_odatapy_server() if kind == "requests" else _odatapy_client(),)


def _odatapy_server() -> Contender:
    from odatapy.server.batch import BatchParser, get_boundary

    def run(wire: tuple[str, bytes]) -> list[Any]:
        content_type, data = wire
        boundary = get_boundary(content_type)
        assert boundary is not None
        return BatchParser("http://myaccount.myregion.batch.azure.com").parse(data, boundary)

    def found(parts: list[Any]) -> Found:
        return [
            (_two(item.request_line.split(" ")), item.request.body)
            for part in parts
            for item in part.changeset.items
        ]

    return Contender("odatapy, server", run, _wire, found, "repeated headers lost")


def _odatapy_client() -> Contender:
    from odatapy.client.batch import parse_multipart_batch_response

    def run(wire: tuple[str, bytes]) -> list[Any]:
        content_type, data = wire
        return parse_multipart_batch_response(data, boundary_of(content_type))

    def found(parts: list[Any]) -> Found:
        return [
            (("HTTP/1.1", str(answer.status_code)), answer.content)
            for changeset in parts
            for answer in changeset
        ]

    less = "delimiters by substring, no reason"
    return Contender("odatapy, client", run, _wire, found, less)


def azure_core(kind: Kind) -> Lines:
    """azure-core: answers only, matched by position to the requests that it was given."""
    if kind == "requests":
        return ()
    from azure.core.pipeline.transport import HttpRequest, HttpResponse

    class Response(HttpResponse):
        def __init__(self, sample: Sample) -> None:
            changesets = []
            for _ in sample.messages:
                changeset = HttpRequest("POST", "")
                changeset.set_multipart_mixed(HttpRequest("POST", "/"))
                changesets.append(changeset)
            request = HttpRequest("POST", "/$batch")
            request.set_multipart_mixed(*changesets)
            super().__init__(request, None)
            self.status_code = 202
            self.content_type = sample.content_type
            self.data = sample.body()

        def body(self) -> bytes:
            return self.data

    def run(response: Response) -> list[tuple[Any, bytes]]:
        return [(answer, answer.body()) for answer in response.parts()]

    def found(answers: list[tuple[Any, bytes]]) -> Found:
        return [(("HTTP/1.1", str(answer.status_code)), body) for answer, body in answers]

    return (Contender("azure-core", run, Response, found, "by position"),)


def pyodata(kind: Kind) -> Lines:
    """pyodata: answers only; what its batch handler calls."""
    if kind == "requests":
        return ()
    from pyodata.v2.service import ODataHttpResponse, decode_multipart

    def run(wire: tuple[str, bytes]) -> list[Any]:
        content_type, data = wire
        return [
            ODataHttpResponse.from_string(part[0])
            for changeset in decode_multipart(data.decode("utf-8"), content_type)
            for part in changeset
        ]

    def found(answers: list[Any]) -> Found:
        return [(("HTTP/1.1", str(answer.status_code)), answer.content) for answer in answers]

    return (Contender("pyodata", run, _wire, found, "by position, no reason"),)


READERS: tuple[Callable[[Kind], Lines], ...] = (
    stdlib_email,
    requests_toolbelt,
    multipart_subclass,
    rust_multipart,
    fast_mail_parser,
    odatapy,
    azure_core,
    pyodata,
)
