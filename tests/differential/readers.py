"""Readers that share no code with this package, one adapter for each.

A reader of multiparts gives parts: header fields and content, down to the embedded messages. A
reader of batches gives those messages read, and less of the parts. Each reads the Content-Type with
its own code and refuses with its own errors, all of which become ``Refusal``.
"""

# ruff: noqa: PLC0415 - imported where it is used, because any of them may be missing

from __future__ import annotations

import asyncio
import email
import email.policy
import functools
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email.message import Message as EmailMessage
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

PYTHON_MULTIPART = "ODATABATCH_PYTHON_MULTIPART"  # the environment variable for its interpreter

_CHUNK_BYTES = 61  # small beside most parts, so that a reader of chunks meets cut delimiters
_MANY = 1 << 20  # bounds are not what is compared

Pair = tuple[bytes, bytes]


class Message(NamedTuple):
    """An embedded message, as a reader of batches gives it.

    Attributes:
        start: method and target, or the status.
        fields: its header fields.
        body: its body.
    """

    start: tuple[str, ...]
    fields: list[Pair] | tuple[Pair, ...]
    body: bytes


class Read(NamedTuple):
    """One body part, as a reader gave it.

    Attributes:
        fields: the part's header fields, as its reader spells them; None where it does not tell.
        content: bytes of an embedded message, or that message; for a multipart its own parts.
    """

    fields: list[Pair] | None
    content: bytes | Message | list[Read]


ReadFunction = Callable[[bytes, str], list[Read]]


class Refusal(Exception):
    """A reader does not read the input."""


class Reader(NamedTuple):
    """A reader.

    Attributes:
        name: its name, and what of it is used.
        package: as it is imported.
        start: a context in which it reads; it holds whatever a reader needs to live.
        kinds: of batches that it reads.
        whole: whether it reads any multipart and gives every byte of a part.
    """

    name: str
    package: str
    start: Callable[[], AbstractContextManager[ReadFunction]]
    kinds: tuple[str, ...] = ("request", "response")
    whole: bool = True

    @property
    def missing(self) -> str | None:
        """Why it cannot be asked, or None."""
        if self.package == "python_multipart":
            return None if os.environ.get(PYTHON_MULTIPART) else f"{PYTHON_MULTIPART} is not set"
        return None if find_spec(self.package) else f"{self.package} is not installed"


@contextmanager
def _refusing(*errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except errors as error:
        raise Refusal(f"{type(error).__name__}: {error}") from error


def _is_multipart(content_type: str) -> bool:
    """Whether a part is to be read once more, for the readers that read one depth."""
    return content_type.lower().startswith("multipart/")


# CPython's email


def read_with_email(body: bytes, content_type: str) -> list[Read]:
    """CPython's ``email``, which reads both depths at once."""
    head = f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n".encode("latin-1")
    # compat32 keeps a value's bytes as surrogates and folds nothing.
    message = email.message_from_bytes(head + body, policy=email.policy.compat32)
    return list(_email_parts(message))


def _email_parts(message: EmailMessage) -> Iterator[Read]:
    # email refuses nothing, it notes defects. One of them is a multipart without any part, which
    # a batch and a changeset may be: it has no parts, which is what counts.
    defects = {type(defect).__name__ for defect in message.defects}
    defects -= {"StartBoundaryNotFoundDefect", "MultipartInvariantViolationDefect"}
    if defects:
        raise Refusal(", ".join(sorted(defects)))
    payload = message.get_payload()
    parts: list[Any] = payload if isinstance(payload, list) else []
    for part in parts:
        fields = [(_wire(name), _wire(value)) for name, value in part.raw_items()]
        if part.is_multipart() or part.get_content_maintype() == "multipart":
            yield Read(fields, list(_email_parts(part)))
        else:
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            yield Read(fields, content)


def _wire(text: str) -> bytes:
    return str(text).encode("ascii", "surrogateescape")


# requests-toolbelt


def read_with_toolbelt(body: bytes, content_type: str) -> list[Read]:
    """requests-toolbelt, once for each depth."""
    from requests_toolbelt.multipart.decoder import (  # type: ignore[import-untyped]
        ImproperBodyPartContentException,
        MultipartDecoder,
        NonMultipartContentTypeException,
    )

    # Without a boundary it fails at an attribute that it did not set.
    errors = (ImproperBodyPartContentException, NonMultipartContentTypeException, AttributeError)
    with _refusing(*errors):
        decoder = MultipartDecoder(body, content_type, encoding="latin-1")
    parts = []
    for part in decoder.parts:
        fields = list(part.headers.items())
        inner = part.headers.get(b"Content-Type", b"").decode("latin-1")
        nested = _is_multipart(inner)
        content = read_with_toolbelt(part.content, inner) if nested else part.content
        parts.append(Read(fields, content))
    return parts


# multipart


@functools.cache
def _mixed_parser() -> Any:
    import multipart  # type: ignore[import-untyped]

    class MixedParser(multipart.PushMultipartParser):  # type: ignore[misc]
        """Its push parser, with the hook that it documents for other multipart types."""

        def _create_segment(self, headerlist: list[tuple[str, str]]) -> Any:
            return multipart.MultipartSegment(headerlist)

    return MixedParser


def read_with_multipart(body: bytes, content_type: str) -> list[Read]:
    """``multipart``'s push parser, once for each depth, in small chunks."""
    from multipart import MultipartError, MultipartSegment, parse_options_header

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    parts: list[Read] = []
    with _refusing(MultipartError):
        parser = _mixed_parser()(
            boundary, max_header_count=_MANY, max_header_size=_MANY, header_charset="latin-1"
        )
        with parser:
            for at in range(0, len(body), _CHUNK_BYTES):
                for happened in parser.parse(body[at : at + _CHUNK_BYTES]):
                    if isinstance(happened, MultipartSegment):
                        pairs = happened.headerlist
                        fields = [(a.encode("latin-1"), b.encode("latin-1")) for a, b in pairs]
                        pieces: list[bytes] = []
                        inner = happened.header("Content-Type", "")
                    elif happened:
                        pieces.append(happened)
                    else:
                        content: Any = b"".join(pieces)
                        if _is_multipart(inner):
                            content = read_with_multipart(content, inner)
                        parts.append(Read(fields, content))
    return parts


# python-multipart, in another environment


@contextmanager
def _start_python_multipart() -> Iterator[ReadFunction]:
    worker = Path(__file__).with_name("worker_python_multipart.py")
    process = subprocess.Popen(
        [os.environ[PYTHON_MULTIPART], str(worker)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="ascii",
    )

    def read(body: bytes, content_type: str) -> list[Read]:
        assert process.stdin is not None
        assert process.stdout is not None
        order = {"content_type": content_type, "body": body.decode("latin-1")}
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if "refused" in answer:
            raise Refusal(answer["refused"])
        return _reads_of(answer["parts"])

    try:
        yield read
    finally:
        process.communicate()


def _reads_of(parts: list[Any]) -> list[Read]:
    return [
        Read(
            [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields],
            content.encode("latin-1") if isinstance(content, str) else _reads_of(content),
        )
        for fields, content in parts
    ]


# aiohttp


@contextmanager
def _start_aiohttp() -> Iterator[ReadFunction]:
    from aiohttp import MultipartReader, StreamReader
    from aiohttp.base_protocol import BaseProtocol
    from aiohttp.http_exceptions import BadHttpMessage

    async def read_parts(reader: Any) -> list[Read]:
        parts = []
        while (part := await reader.next()) is not None:
            pairs = part.headers.items()
            fields = [(_utf8(name), _utf8(value)) for name, value in pairs]
            if isinstance(part, MultipartReader):
                parts.append(Read(fields, await read_parts(part)))
            else:
                parts.append(Read(fields, bytes(await part.read())))
        return parts

    async def read_body(body: bytes, content_type: str) -> list[Read]:
        loop = asyncio.get_running_loop()
        stream = StreamReader(BaseProtocol(loop), limit=_MANY, loop=loop)
        stream.feed_data(body)
        stream.feed_eof()
        # It asserts that the type is multipart.
        with _refusing(ValueError, BadHttpMessage, AssertionError):
            return await read_parts(MultipartReader({"Content-Type": content_type}, stream))

    with asyncio.Runner() as runner:
        yield lambda body, content_type: runner.run(read_body(body, content_type))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


# odatapy: its server reads requests, its client reads answers


@contextmanager
def _start_odatapy_server() -> Iterator[ReadFunction]:
    from odatapy.errors import BatchDeserializerException
    from odatapy.server.batch import BatchParser, get_boundary, validate_boundary

    def message(item: Any) -> Message:
        method, target = item.request_line.split()[:2]
        return Message((method, target), _pairs_of(item.request._headers), item.request.body)

    def read(body: bytes, content_type: str) -> list[Read]:
        with _refusing(BatchDeserializerException):
            boundary = validate_boundary(get_boundary(content_type))
            parts = BatchParser("").parse(body, boundary)
        return [
            Read(None, message(part.item))
            if part.changeset is None
            else Read(None, [Read(None, message(item)) for item in part.changeset.items])
            for part in parts
        ]

    yield read


@contextmanager
def _start_odatapy_client() -> Iterator[ReadFunction]:
    from odatapy.client.batch import _boundary_of, parse_multipart_batch_response

    def message(answer: Any) -> Message:
        return Message((str(answer.status_code),), _pairs_of(answer.headers), answer.content)

    def read(body: bytes, content_type: str) -> list[Read]:
        boundary = _boundary_of(content_type.lower())  # as BatchRequest.parse_response calls it
        if boundary is None:
            raise Refusal("no boundary")
        with _refusing(ValueError):
            parts = parse_multipart_batch_response(body, boundary)
        return [
            Read(None, [Read(None, message(answer)) for answer in part])
            if isinstance(part, list)
            else Read(None, message(part))
            for part in parts
        ]

    yield read


def _pairs_of(headers: dict[str, str]) -> list[Pair]:
    return [(_utf8(name), _utf8(value)) for name, value in headers.items()]


# pyodata


@contextmanager
def _start_pyodata() -> Iterator[ReadFunction]:
    from pyodata.v2.service import (  # type: ignore[import-untyped]
        ODataHttpResponse,
        decode_multipart,
    )

    def message(text: str) -> Message:
        answer = ODataHttpResponse.from_string(text)
        pairs = answer.headers.items()
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        return Message((str(answer.status_code),), fields, answer.content)

    def read(body: bytes, content_type: str) -> list[Read]:
        # What is no multipart to it, or has no parts, fails at an attribute or an index.
        errors = (AttributeError, IndexError, HTTPException, ConnectionError, UnicodeDecodeError)
        with _refusing(*errors):
            return [
                Read(None, [Read(None, message(inner[0])) for inner in part])
                if isinstance(part[0], list)
                else Read(None, message(part[0]))
                for part in decode_multipart(body.decode("utf-8"), content_type)
            ]

    yield read


READERS = (
    Reader("email", "email", lambda: nullcontext(read_with_email)),
    Reader("requests-toolbelt", "requests_toolbelt", lambda: nullcontext(read_with_toolbelt)),
    Reader("multipart", "multipart", lambda: nullcontext(read_with_multipart)),
    Reader("python-multipart", "python_multipart", _start_python_multipart),
    Reader("aiohttp", "aiohttp", _start_aiohttp),
    Reader("odatapy server", "odatapy", _start_odatapy_server, ("request",), whole=False),
    Reader("odatapy client", "odatapy", _start_odatapy_client, ("response",), whole=False),
    Reader("pyodata", "pyodata", _start_pyodata, ("response",), whole=False),
)
