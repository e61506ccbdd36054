"""Hostile shapes of batches and messages on the wire: read, judged, written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import odatabatch
from odatabatch import ODATA_V4, STRICT, Headers, Limits, ODataBatchError, Oddity
from odatabatch.captures import read_messages
from tests.fuzz.growth import decode, judge, parse_message, read_type, stream, write
from tests.fuzz.growth_seeds import BATCHES, MESSAGES, TYPES
from tests.fuzz.inputs import Wire
from tests.fuzz.reading import DECODERS, streamed
from tests.fuzz.wire_seeds import HTTP, TYPE
from tests.linear.shape import Call, Shape

Pieces = tuple[str, str, str]
"""What stands before, what is repeated, what stands behind. ``{}`` in it is a number, each time
another one."""

_ALL = frozenset(Oddity)
_UNBOUNDED = Limits(**dict.fromkeys(Limits.__struct_fields__, 1 << 40))
"""So that no limit cuts a shape short. By default lines, sections, preamble and epilogue end after
16 or 64 KiB, and what is told of longer ones is true of who raises those bounds."""

_HEAD = f"--b\r\n{HTTP}"
_PART = f"{_HEAD}GET a HTTP/1.1\r\n\r\n"
_END = "\r\n--b--\r\n"
_HOLDING = "a" + "--b" * 23  # as long as a boundary may be, and holds the delimiter of the batch
_LONG = "x" * 69

_MORE_BATCHES: dict[str, Pieces] = {
    "ids of one prefix": (
        "",
        _PART.replace("a HTTP/1.1\r\n", "$1/a HTTP/1.1\r\nContent-ID: 11111111111{}\r\n"),
        _END,
    ),
    "ids of one long prefix": (
        "",
        f"{_HEAD}GET ${_LONG}{{}}/a HTTP/1.1\r\nContent-ID: {_LONG}{{}}\r\n\r\n",
        _END,
    ),
    "LF alone": ("", _PART.replace("\r\n", "\n"), _END.replace("\r\n", "\n")),
    "LF and CRLF": ("", _PART + _PART.replace("\r\n", "\n"), _END),
    "an oddity in each part": ("", _PART.replace("GET", "\r\nGET"), _END),
    "changesets, a boundary each": (
        "",
        "--b\r\nContent-Type: multipart/mixed; boundary=c{}c\r\n\r\n"
        + _PART.replace("--b", "--c{}c").replace("GET", "POST")
        + "--c{}c--\r\n",
        _END,
    ),
    "request line": (_PART.removesuffix(" HTTP/1.1\r\n\r\n"), "x", f" HTTP/1.1\r\n\r\n{_END}"),
    "header lines of a part": (
        f"--b\r\n{HTTP[:-2]}",
        "A: b\r\n",
        f"\r\nGET a HTTP/1.1\r\n\r\n{_END}",
    ),
    "colons in a value": (_PART[:-2] + "A: ", ": ", f"x\r\n\r\n{_END}"),
    "blanks in a value": (_PART[:-2] + "A: x", " ", f"x\r\n\r\n{_END}"),
    "words in a value": (_PART[:-2] + "A: ", "x \t", f"x\r\n\r\n{_END}"),
    "CRs in a body": (_PART, "\r", _END),
    "CRLFs in a body": (_PART, "\r\n", _END),
    "dashes in a body": (_PART, "-", _END),
    "delimiters within a longer one": (
        f"--b\r\nContent-Type: multipart/mixed; boundary={_HOLDING}\r\n\r\n--{_HOLDING}\r\n"
        f"{HTTP}PUT a HTTP/1.1\r\n\r\n",
        "--a--b--b",
        f"\r\n--{_HOLDING}--{_END}",
    ),
    "lines of dashes in a body": (_PART, "\r\n--\r\n", _END),
    "byte order marks in a preamble": ("", "\xef\xbb\xbf", "\r\n" + _PART + _END),
    "lines of dashes in a preamble": ("", "--\r\n", _PART + _END),
    "lines of delimiters, almost, in an epilogue": (_PART + _END, "x--b\r\n", ""),
    "CRs before a start line": (f"--b\r\n{HTTP}", "\r", f"\r\nGET a HTTP/1.1\r\n\r\n{_END}"),
}
_MORE_MESSAGES: dict[str, Pieces] = {
    "request line": ("GET ", "x", " HTTP/1.1\r\n\r\n"),
    "blanks in a request line": ("GET a", " ", "HTTP/1.1\r\n\r\n"),
    "method": ("", "X", " a HTTP/1.1\r\n\r\n"),
    "body": ("GET a HTTP/1.1\r\n\r\n", "\r\n", ""),
    "CRs": ("GET a HTTP/1.1\r\nA: ", "\r", "\r\n\r\n"),
    "names": ("GET a HTTP/1.1\r\n", "A{}: b\r\n", "\r\n"),
    "one long name": ("GET a HTTP/1.1\r\n", "A", ": b\r\n\r\n"),
    "folds of blanks": ("GET a HTTP/1.1\r\nA: b", "\r\n \t", "\r\n\r\n"),
    "blanks in a value": ("GET a HTTP/1.1\r\nA: b", " \t", "\x01\r\n\r\n"),
    "chunks with extensions": (
        "GET a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "1;" + "a=b;" * 16 + "\r\nx\r\n",
        "0\r\n\r\n",
    ),
    "transfer codings": ("GET a HTTP/1.1\r\nTransfer-Encoding: ", "chunked, ", "chunked\r\n\r\n"),
}
_STATUS = {
    "reason": ("HTTP/1.1 200 ", "x ", "\r\n\r\n"),
    "status": ("HTTP/1.1 ", "2", " OK\r\n\r\n"),
}
_MORE_TYPES: dict[str, Pieces] = {
    "names of parameters": ("multipart/mixed", ";a{}=b", ";boundary=b"),
    "quoted pairs in a parameter": ('multipart/mixed;a="', '\\"', '";boundary=b'),
    "open quotes": ("multipart/mixed", ';a="', ""),
    "blanks around parameters": ("multipart/mixed", " ; \t", "boundary=b"),
    "name": ("multipart/mixed;", "a", "=b;boundary=b"),
}
_CAPTURES: dict[str, Pieces] = {
    "messages": ("", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n###\r\n", ""),
    "separators": ("GET /a HTTP/1.1\r\n\r\n", "###\r\n", ""),
    "separators, almost": ("GET /a HTTP/1.1\r\n\r\n", "### x\r\nx\r\n", ""),
    "blank lines": ("GET /a HTTP/1.1\r\n\r\n###", "\r\n", "GET /a HTTP/1.1\r\n\r\n"),
    "blanks behind a separator": ("GET /a HTTP/1.1\r\n\r\n###\r\n", " ", "x"),
    "CRs behind a separator": ("GET /a HTTP/1.1\r\n\r\n###\r\n", "\r", "x"),
    "lines that could begin a message": ("GET /a HTTP/1.1\r\n\r\n", "###\r\nGET \r\n", ""),
}


def wire_shapes() -> Iterator[Shape]:
    """All of them."""
    batches = BATCHES | _MORE_BATCHES
    for name, pieces in batches.items():
        for tolerate, how in ((STRICT, ""), (_ALL, ", tolerantly")):
            if name not in _PASSED_OVER and (tolerate or name not in _REFUSED):
                yield Shape(f"decode{how}: {name}", _of(decode, pieces, tolerate))
        least = max(512, 8 * _width(pieces), 8 * len(pieces[0]))
        yield Shape(f"decode, one byte a call: {name}", _of(_bytewise, pieces, _ALL), least)
        if name not in _CONSTANT:
            yield Shape(f"encode: {name}", _of(write, pieces, _ALL))
        if name in _OF_MANY:
            yield Shape(f"decode, 256 bytes a call: {name}", _of(stream, pieces, _ALL))
            yield Shape(
                f"encode, event by event: {name}", _of(_write_stream, pieces, _ALL), 4 << 10
            )
            yield Shape(f"check, correlate, detect: {name}", _of(judge, pieces, _ALL))
            yield Shape(f"encode, one replaced: {name}", _of(_replace, pieces, _ALL))
    yield Shape("encode, boundaries given: changesets", _given)
    yield Shape("encode, event by event, boundaries given: changesets", _given_in_a_stream)
    messages = MESSAGES | _MORE_MESSAGES
    del messages["chunk size"]  # refused at its sixteenth digit, however many follow
    for kind, more in (("request", messages), ("response", _STATUS)):
        for name, pieces in more.items():
            prepare = _of(parse_message, pieces, _ALL, kind)
            yield Shape(f"parse_{kind}: {name}", prepare)
    for name, pieces in (TYPES | _MORE_TYPES).items():
        yield Shape(f"Content-Type: {name}", _of(read_type, pieces, _ALL))
    for name, pieces in _CAPTURES.items():
        yield Shape(f"read_messages: {name}", _of(_read_messages, pieces, _ALL))
    for what, method in _HEADERS.items():
        yield Shape(f"Headers, {what}", partial(_headers, method))


_REFUSED = (
    "changesets, not closed",
    "empty changesets",
    "body of delimiters with a tail",
    "LF alone",
    "LF and CRLF",
    "an oddity in each part",
)
"""Strict decoders refuse them at their first bytes, which is no work at all."""
_PASSED_OVER = ("epilogue", "lines of delimiters, almost, in an epilogue")
"""Nothing is looked for in the epilogue of a whole batch but its length."""
_CONSTANT = (
    *_PASSED_OVER,
    "blank lines",
    "folds",
    "padding",
    "dashes",
    "preamble",
    "byte order marks in a preamble",
    "lines of dashes in a preamble",
    "CRs before a start line",
)
"""What is long in them is not in the model, or is refused."""
_OF_MANY = (
    "parts",
    "parts with ids",
    "references",
    "chain of references",
    "chain of relative locations",
    "answers",
    "one changeset",
    "changesets",
    "ids of one prefix",
    "ids of one long prefix",
    "field lines",
)


def _of(
    action: Callable[[str, Wire, bytes], Call | None],
    pieces: Pieces,
    tolerate: frozenset[Oddity],
    kind: str = "",
) -> Callable[[int], Call]:
    def prepare(size: int) -> Call:
        body = _repeated(pieces, size)
        kind_of = kind or ("response" if pieces is BATCHES["answers"] else "request")
        call = action(kind_of, Wire(TYPE, body, tolerate, _UNBOUNDED), body)
        assert call is not None, "it cannot be decoded"

        def quiet() -> None:  # it may be refused: see ``Shape``
            with contextlib.suppress(ODataBatchError):
                call()

        return quiet

    return prepare


def _repeated(pieces: Pieces, size: int) -> bytes:
    """So many bytes of them, about: four times as many are four times as long."""
    head, unit, tail = pieces
    units = [unit.replace("{}", _number(at)) for at in range(size // _width(pieces))]
    return (head + "".join(units) + tail).encode("latin-1")


def _width(pieces: Pieces) -> int:
    """How many bytes are repeated."""
    return len(pieces[1].replace("{}", _number(0)))


def _number(at: int) -> str:
    return f"{at:06}"


def _bytewise(kind: str, wire: Wire, body: bytes) -> Call:
    chunks = [body[at : at + 1] for at in range(len(body))]
    return lambda: streamed(kind, wire, chunks)


def _read_messages(kind: str, wire: Wire, body: bytes) -> Call:
    return lambda: read_messages(body, wire.tolerate, wire.limits)


def _decoded(kind: str, wire: Wire, body: bytes) -> Any:
    read = odatabatch.decode_request if kind == "request" else odatabatch.decode_response
    return read(body, wire.content_type, wire.tolerate, wire.limits)


def _write_stream(kind: str, wire: Wire, body: bytes) -> Call:
    decoder = DECODERS[kind](wire.content_type, wire.tolerate, wire.limits)
    decoder.receive_data(body)
    decoder.receive_eof()
    return _sent(kind, list(decoder.events()))


def _sent(kind: str, events: list[Any], boundaries: list[str] | None = None) -> Call:
    """Send events to an encoder, each fault allowed."""
    encoders: dict[str, Any] = {
        "request": odatabatch.RequestEncoder,
        "response": odatabatch.ResponseEncoder,
    }
    codes = [rule.code for rule in odatabatch.rules.RULES]
    given = (f"b{_number(at)}" for at in count()) if boundaries is None else iter(boundaries)

    def call() -> None:
        encoder = encoders[kind](dialect=ODATA_V4, boundaries=given, allow=codes)
        for event in events:
            encoder.send(event)

    return call


def _replace(kind: str, wire: Wire, body: bytes) -> Call:
    """Replace the last operation, and write all of it."""
    batch = _decoded(kind, wire, body)
    leaves = batch.operations if kind == "request" else batch.responses
    write = odatabatch.encode_request if kind == "request" else odatabatch.encode_response
    return lambda: write(batch.replace(leaves[-1], leaves[-1].with_content_id("other")))


def _given(size: int) -> Call:
    batch = _decoded(
        "request", Wire(TYPE, b"", _ALL, _UNBOUNDED), _repeated(BATCHES["changesets"], size)
    )
    allow = {fault.code for fault in odatabatch.check(batch, ODATA_V4)}
    boundaries = _falling(1 + len(batch.parts))
    return lambda: odatabatch.encode_request(batch, ODATA_V4, boundaries, allow)


def _given_in_a_stream(size: int) -> Call:
    decoder = odatabatch.RequestDecoder(TYPE, _ALL, _UNBOUNDED)
    decoder.receive_data(_repeated(BATCHES["changesets"], size))
    decoder.receive_eof()
    events = list(decoder.events())
    return _sent("request", events, _falling(len(events)))


def _falling(number: int) -> list[str]:
    """So many boundaries, each of which sorts before all that came before it."""
    return [f"b{number - at:08}" for at in range(number)]


_HEADERS: dict[str, Callable[[Headers], Any]] = {
    "a field added": lambda headers: headers.with_field("Other", "x"),
    "a field replaced": lambda headers: headers.with_field("A000001", "x"),
    "fields taken away": lambda headers: headers.without(*headers.names),
    "a field looked for": lambda headers: (headers.get("B"), "C" in headers),
    "compared": lambda headers: headers == Headers(list(headers)),
}


def _headers(method: Callable[[Headers], Any], size: int) -> Call:
    fields = [(f"A{_number(at)}", "b") for at in range(size // 16)]
    return lambda: method(Headers(fields))
