"""Hypothesis strategies: what can be written, what cannot, and bytes in every disorder."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
    ODATA_V4,
    Batch,
    BatchEnd,
    BatchResponse,
    Changeset,
    ChangesetEnd,
    ChangesetResponse,
    ChangesetStart,
    Headers,
    Limits,
    Oddity,
    Operation,
    OperationResponse,
)
from odatabatch.azure import AZURE_BATCH
from tests import corpus

Model = Batch | BatchResponse
Pairs = list[tuple[str, str]]

DIALECTS = (ODATA_V3, ODATA_V4, AZURE_TABLES, AZURE_BATCH)

TOKEN = "!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
OBSOLETE = "".join(map(chr, range(0x80, 0x100)))  # obs-text, RFC 9110 §5.5

# The boundaries of the wires below; what nears them stands in bodies, values and preambles.
OUTER, INNER = "batch_1a", "changeset_2b"
NEAR = (
    b"\r\n",
    b"\r",
    b"\n",
    b"\0",
    b"-",
    b"--",
    b"\r\n--",
    b"--batch_1",
    b"\r\n--batch_1",
    b"\n--changeset_2",
    b"\r\n--changeset_2--\r\n",
    b"x--batch_1a\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"Content-Length: 3\r\n",
    b'{"id":"task"}',
    b"\xef\xbb\xbf",
    b"\xff",
)

_DELIMITER = re.compile(rb"(?:\A|\n)--(?:batch_1a|changeset_2b)")

# Parts of models

methods = st.one_of(
    st.sampled_from(("GET", "POST", "PUT", "PATCH", "MERGE", "DELETE", "HEAD")),
    st.text(TOKEN, min_size=1, max_size=12),
)
targets = st.one_of(
    st.sampled_from(
        (
            "Customers('ALFKI')?$top=1",
            "/service/Customers",
            "http://host:8080/jobs/job-1/tasks?api-version=2016-02-01.3.0",
            "$1/Orders",
            "*",
        )
    ),
    st.text(VISIBLE, min_size=1, max_size=30),
)
_word = st.text(VISIBLE + OBSOLETE, min_size=1, max_size=12)
# As they are written: no white space at the ends, spaces and tabs within.
values = st.one_of(
    st.just(""),
    _word,
    st.builds(lambda a, gap, b: a + gap + b, _word, st.sampled_from((" ", "\t", "  ")), _word),
    st.sampled_from(("--batch_1a", "text/plain; charset=utf-8", "3.0;", "%s %% {}", "a:  b")),
)
bodies = st.one_of(
    st.just(b""),
    st.binary(max_size=40),
    st.lists(st.one_of(st.sampled_from(NEAR), st.binary(max_size=3)), max_size=8).map(b"".join),
).filter(lambda body: not _DELIMITER.search(body))
_special = {"content-type", "content-length", "content-id", "host", "transfer-encoding"}
names = st.one_of(
    st.sampled_from(("Accept", "If-Match", "DataServiceVersion", "Set-Cookie", "X-Content-ID")),
    st.text(TOKEN, min_size=1, max_size=12),
).filter(lambda name: name.lower() not in _special and not name.startswith("--"))


def _any_case(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from((name, name.lower(), name.upper()))


@st.composite
def field_pairs(draw: st.DrawFn, *, body_bytes: int | None = None) -> Pairs:
    """Header fields of a message: any fields, some twice, those that may stand once at most once.

    Args:
        draw: given by hypothesis.
        body_bytes: the length that a Content-Length may tell, or None for no such field.
    """
    pairs: Pairs = draw(st.lists(st.tuples(names, values), max_size=4))
    again = draw(st.booleans())
    if pairs and again:
        pairs.append((pairs[0][0], draw(values)))
    for name in ("Content-Type", "Host"):
        if draw(st.booleans()):
            pairs.append((draw(_any_case(name)), draw(values)))
    if body_bytes is not None and draw(st.booleans()):
        pairs.append((draw(_any_case("Content-Length")), str(body_bytes)))
    shuffled: Pairs = draw(st.permutations(pairs))
    return shuffled


_part_types = st.sampled_from(
    ("application/http", "Application/HTTP", "application/http; msgtype=request")
)


@st.composite
def part_pairs(draw: st.DrawFn) -> Pairs:
    """Header fields of an operation's own part, as a decoder finds them."""
    pairs = [(draw(_any_case("Content-Type")), draw(_part_types))]
    if draw(st.booleans()):
        encoding = draw(st.sampled_from(("binary", "8bit", "7BIT")))
        pairs.append(("Content-Transfer-Encoding", encoding))
    pairs += draw(st.lists(st.tuples(names, values), max_size=2))
    return draw(st.permutations(pairs))


content_ids = st.one_of(
    st.integers(1, 99).map(str),
    values.filter(bool),
)


@st.composite
def leaves(draw: st.DrawFn, kind: str, *, part_headers: bool | None = None) -> Any:
    """An ``Operation``, or an ``OperationResponse``, that can be written.

    Args:
        draw: given by hypothesis.
        kind: ``request`` or ``response``.
        part_headers: whether it has headers of its own part; None: either.
    """
    body = draw(bodies)
    leaf: Any
    if kind == "request":
        headers = Headers(draw(field_pairs(body_bytes=len(body))))
        leaf = Operation(draw(methods), draw(targets), headers, body)
    else:
        status = draw(st.one_of(st.sampled_from((200, 201, 204, 304, 404)), st.integers(100, 999)))
        if status < 200 or status in (204, 304):
            body = b""
        # The Content-Length of a 304 says how long its content would have been.
        length = draw(st.integers(0, 99)) if status == 304 else len(body)
        headers = Headers(draw(field_pairs(body_bytes=length)))
        leaf = OperationResponse(status, draw(values), headers, body)
    own = draw(st.booleans()) if part_headers is None else part_headers
    if own:
        leaf = leaf.replace(part_headers=Headers(draw(part_pairs())))
    where = draw(st.sampled_from(("none", "part", "message", "both")))
    if where == "none" or (where != "message" and not own and part_headers is not None):
        return leaf
    content_id = draw(content_ids)
    if where in ("part", "both"):
        part = leaf.part_headers.with_field("Content-ID", content_id)
        leaf = leaf.replace(part_headers=part)
    if where in ("message", "both"):
        leaf = leaf.replace(headers=leaf.headers.with_field("content-id", content_id))
    return leaf


@st.composite
def alike(draw: st.DrawFn, leaf: st.SearchStrategy[Any]) -> Any:
    """One of those leaves as it is, or with another value somewhere that may no longer fit."""
    it = draw(leaf)
    match draw(st.sampled_from(("same", "content id", "body", "value", "part value"))):
        case "content id":
            return it.with_content_id(draw(content_ids))
        case "body" if it.body:
            return it.replace(body=draw(st.sampled_from((b"other", it.body[::-1].lstrip(b"-")))))
        case "value" if it.headers:
            return it.replace(headers=it.headers.with_field(it.headers[0][0], draw(values)))
        case "part value" if it.part_headers:
            name = it.part_headers[-1][0]
            return it.replace(part_headers=it.part_headers.with_field(name, draw(values)))
        case _:
            return it


def changeset(kind: str, inside: tuple[Any, ...], headers: Headers = Headers()) -> Any:
    """A ``Changeset`` or a ``ChangesetResponse`` of those leaves."""
    return (Changeset if kind == "request" else ChangesetResponse)(inside, headers)


def batch_of(kind: str, parts: tuple[Any, ...]) -> Any:
    """A ``Batch`` or a ``BatchResponse`` of those parts."""
    return (Batch if kind == "request" else BatchResponse)(parts)


def leaves_of(batch: Any) -> tuple[Any, ...]:
    """The operations of a batch, or the answers."""
    inside: tuple[Any, ...] = batch.operations if isinstance(batch, Batch) else batch.responses
    return inside


def events_of(batch: Any) -> list[Any]:
    """A batch, or an answer, as the events that it is made of."""
    events: list[Any] = []
    for part in batch.parts:
        if isinstance(part, Changeset):
            events += [ChangesetStart(part.part_headers), *part.operations, ChangesetEnd()]
        elif isinstance(part, ChangesetResponse):
            events += [ChangesetStart(part.part_headers), *part.responses, ChangesetEnd()]
        else:
            events.append(part)
    return [*events, BatchEnd()]


kinds = st.sampled_from(("request", "response"))


@st.composite
def batches(draw: st.DrawFn, kind: str | None = None, leaf: Any = None) -> Any:
    """A ``Batch`` or a ``BatchResponse`` that can be written, whatever faults it has.

    Args:
        draw: given by hypothesis.
        kind: ``request`` or ``response``; None: either.
        leaf: a strategy for what is in it; by default ``leaves``.
    """
    kind = kind or draw(kinds)
    inside = leaves(kind) if leaf is None else leaf
    fields = st.lists(st.tuples(names, values), max_size=2).map(Headers)
    part = st.one_of(
        inside,
        st.builds(
            lambda some, headers: changeset(kind, tuple(some), headers),
            st.lists(inside, max_size=3),
            fields,
        ),
    )
    return batch_of(kind, tuple(draw(st.lists(part, max_size=4))))


# Wires: bytes that need not be canonical, and what they hold


@dataclass(frozen=True)
class Wire:
    """Bytes that are in order, however unusual.

    Attributes:
        kind: ``request`` or ``response``.
        content_type: the batch's.
        body: the multipart body.
        tolerate: the oddities that it takes.
        model: what it holds.
    """

    kind: str
    content_type: str
    body: bytes
    tolerate: frozenset[Oddity]
    model: Any


_filler = st.lists(
    st.sampled_from(("", "text", "--", "--batch_1", "x--batch_1a--", " ", "--changeset_")),
    min_size=1,
    max_size=3,
)
_padding = st.sampled_from(("", "", "", " ", "\t", " \t "))
_around = st.sampled_from(("", " ", " ", " ", "  ", "\t"))


@st.composite
def wires(draw: st.DrawFn, *, line_feeds: bool = False) -> Wire:
    """A message written by these tests alone: padding, preambles, spellings of any kind.

    Args:
        draw: given by hypothesis.
        line_feeds: write the delimiters and heads with LF, as people save them.
    """
    kind = draw(kinds)
    end = "\n" if line_feeds else "\r\n"
    inner = INNER

    def text(*lines: str) -> bytes:
        return "".join(line + end for line in lines).encode("latin-1")

    def fields(headers: Headers, *, fold: bool) -> bytes:
        lines = []
        for name, value in headers.items():
            before, after = draw(_around), draw(_padding)
            head, gap, rest = value.partition(" ")
            if fold and gap and head and rest.strip(" \t"):
                lines.append(f"{name}:{before}{head}{end}{gap}{rest}{after}")
            else:
                lines.append(f"{name}:{before}{value}{after}")
        return text(*lines)

    def delimiter(boundary: str, *, close: bool = False) -> bytes:
        return text(f"--{boundary}{'--' if close else ''}{draw(_padding)}")

    def leaf_bytes(leaf: Any) -> bytes:
        if kind == "request":
            start = f"{leaf.method} {leaf.target} HTTP/1.1"
        else:
            start = f"HTTP/1.1 {leaf.status} {leaf.reason}"
        head = fields(leaf.part_headers, fold=True) + text("") + text(start)
        head += fields(leaf.headers, fold=False)
        if not leaf.body and draw(st.booleans()):
            return head  # the delimiter's line end is its blank line
        written: bytes = head + text("") + leaf.body
        return written

    pieces = []
    parts = []
    filler = draw(st.one_of(st.just([]), _filler))
    pieces.append(text(*filler))
    for _ in range(draw(st.integers(0, 3))):
        pieces.append(delimiter(OUTER))
        if draw(st.booleans()):
            leaf = draw(leaves(kind, part_headers=True))
            pieces += [leaf_bytes(leaf), text("")]
            parts.append(leaf)
            continue
        content_type = f"multipart/mixed;{draw(_padding)}boundary={inner}"
        headers = Headers(
            [("Content-Type", content_type), *draw(st.lists(st.tuples(names, values), max_size=1))]
        )
        pieces += [
            fields(headers, fold=True),
            text(""),
            text(*draw(st.one_of(st.just([]), _filler))),
        ]
        inside = []
        for _ in range(draw(st.integers(0, 3))):
            leaf = draw(leaves(kind, part_headers=True))
            pieces += [delimiter(inner), leaf_bytes(leaf), text("")]
            inside.append(leaf)
        pieces += [delimiter(inner, close=True), text(*draw(st.one_of(st.just([]), _filler)))]
        parts.append(changeset(kind, tuple(inside), headers))
    close = delimiter(OUTER, close=True)
    if draw(st.booleans()):
        close += text(*draw(st.one_of(st.just([]), _filler)))
    else:
        close = close[: -len(end)]
    body = b"".join([*pieces, close])
    boundary = draw(st.sampled_from((OUTER, f'"{OUTER}"', '"batch\\_1a"; charset=utf-8')))
    tolerate = frozenset((Oddity.BARE_LF,)) if line_feeds else frozenset()
    return Wire(
        kind, f"multipart/mixed; boundary={boundary}", body, tolerate, batch_of(kind, tuple(parts))
    )


# Disorder

DEFAULTS = Limits()


@dataclass(frozen=True)
class Input:
    """Some bytes to decode, in order or not.

    Attributes:
        kind: ``request`` or ``response``.
        content_type: the batch's.
        body: the multipart body.
        limits: bounds to read it with.
    """

    kind: str
    content_type: str
    body: bytes
    limits: Limits = DEFAULTS


_HTTP = b"Content-Type: application/http\r\n"
FRAGMENTS = (
    *NEAR,
    b"--b\r\n",
    b"--b\n",
    b"--b--\r\n",
    b"--b--",
    b"--b---\r\n",
    b"--b \t\r\n",
    b"--bx\r\n",
    b"--c\r\n",
    b"--c--\r\n",
    b"--bc\r\n",
    b"--bc--\r\n",
    b"\r\n--b\r\n",
    b"\r\n--b--\r\n",
    b"\r\n--c\r\n",
    b"\r\n--c--\r\n",
    b"\xef\xbb\xbf--b\r\n",
    _HTTP,
    _HTTP + b"\r\n",
    _HTTP + b"\r\nGET a HTTP/1.1\r\n\r\n",
    _HTTP + b"\r\nHTTP/1.1 200 OK\r\n\r\n",
    _HTTP + b"\r\nHTTP/1.1 204 No Content\r\nA: 1\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=c\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=bc\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=c\r\nContent-Length: 70\r\n\r\n",
    b"GET a HTTP/1.1\r\n",
    b"GET a\r\n",
    b"PUT a HTTP/1.0\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200\r\n",
    b"HTTP/1.1 304 \r\n",
    b"Content-ID: 1\r\n",
    b"Content-ID: 2\r\n",
    b"Content-Length: 1\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Transfer-Encoding: binary\r\n",
    b"Host: a\r\n",
    b"A: b\r\n",
    b"A:b\n",
    b" folded\r\n",
    b":\r\n",
    b"x",
    b" ",
)
_small = st.integers(0, 80)
small_limits = st.builds(
    Limits,
    max_message_bytes=st.integers(0, 400) | st.just(1 << 30),
    max_parts=st.integers(0, 4) | st.just(99),
    max_changeset_operations=st.integers(0, 2) | st.just(99),
    max_part_bytes=_small | st.just(9999),
    max_header_line_bytes=_small | st.just(9999),
    max_headers=st.integers(0, 3) | st.just(99),
    max_header_bytes=_small | st.just(9999),
    max_start_line_bytes=_small | st.just(9999),
    max_preamble_bytes=st.integers(0, 20) | st.just(9999),
    max_epilogue_bytes=st.integers(0, 20) | st.just(9999),
)


@st.composite
def soups(draw: st.DrawFn) -> Input:
    """Fragments of messages in any order, with any bounds."""
    whole = {
        "request": _HTTP + b"\r\nGET a HTTP/1.1\r\nA: 1\r\n\r\nbody\r\n",
        "response": _HTTP + b"\r\nHTTP/1.1 200 OK\r\nA: 1\r\n\r\n",
    }
    kind = draw(kinds)
    piece = st.one_of(
        st.sampled_from(FRAGMENTS),
        st.sampled_from((b"--b\r\n" + whole[kind], b"--c\r\n" + whole[kind])),
        st.just(b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n" + whole[kind]),
    )
    body = b"".join(draw(st.lists(piece, max_size=14)))
    if draw(st.booleans()):
        body = b"--b\r\n" + body + b"\r\n--b--\r\n"
    if draw(st.booleans()):
        body = body.replace(b"\r\n", b"\n")
    limits = draw(st.one_of(st.just(Limits()), small_limits))
    # That of "b--" reads like the close-delimiter of a changeset's.
    boundary = draw(st.sampled_from(("b", "b", "b", '"b--"')))
    return Input(kind, f"multipart/mixed; boundary={boundary}", body, limits)


_FIXTURES = tuple(corpus.fixtures())


def _mutated(draw: st.DrawFn, body: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        end = min(start + draw(st.integers(0, 30)), len(body))
        cut = body[start:end]
        match draw(st.sampled_from(("flip", "delete", "duplicate", "insert", "line_feed"))):
            case "flip" if cut:
                body = (
                    body[:start] + bytes((cut[0] ^ draw(st.integers(1, 255)),)) + body[start + 1 :]
                )
            case "delete":
                body = body[:start] + body[end:]
            case "duplicate":
                body = body[:end] + cut + body[end:]
            case "insert":
                body = body[:start] + draw(st.sampled_from(FRAGMENTS)) + body[start:]
            case _:
                body = body[:start] + cut.replace(b"\r\n", b"\n") + body[end:]
    return body


@st.composite
def mutated_fixtures(draw: st.DrawFn) -> Input:
    """A fixture with some bytes flipped, cut out, doubled or put in."""
    fixture = draw(st.sampled_from(_FIXTURES))
    body = _mutated(draw, fixture.body)
    return Input(fixture.kind, fixture.content_type, body, fixture.limits)


@st.composite
def mutated_wires(draw: st.DrawFn) -> Input:
    """A sound message, now and then with some bytes flipped, cut out, doubled or put in."""
    wire = draw(wires(line_feeds=draw(st.booleans())))
    body = _mutated(draw, wire.body) if draw(st.booleans()) else wire.body
    return Input(wire.kind, wire.content_type, body)


inputs = st.one_of(soups(), mutated_fixtures(), mutated_wires())
tolerances: st.SearchStrategy[frozenset[Oddity]] = st.one_of(
    st.just(frozenset()),
    st.just(frozenset(Oddity)),
    st.frozensets(st.sampled_from(tuple(Oddity))),
)


@st.composite
def cuts(draw: st.DrawFn, body: bytes) -> list[bytes]:
    """That body in chunks, some of them perhaps empty."""
    at = sorted(draw(st.lists(st.integers(0, len(body)), max_size=8)))
    edges = [0, *at, len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


# Models that must not be written


_hostile_text = st.one_of(
    st.sampled_from(
        (
            "a\r\nb: c",
            "a\nb",
            "a\rb",
            "a\0b",
            " a",
            "a ",
            "\ta",
            "a b",
            "",
            "é",
            "\u0100",
            "\u2028",
            "\ud800",
            "a\x7fb",
            "a:b",
            "--batch_1a",
            "HTTP/1.1",
        )
    ),
    st.text(max_size=6),
)


@st.composite
def hostile_leaves(draw: st.DrawFn, kind: str) -> Any:
    """An operation, or an answer, with something in it that may break the message."""
    leaf = draw(leaves(kind))

    def with_pair(name: str, value: str) -> Any:
        where = draw(st.sampled_from(("headers", "part_headers")))
        pairs = list(getattr(leaf, where).items())
        pairs.insert(draw(st.integers(0, len(pairs))), (name, value))
        return leaf.replace(**{where: Headers(pairs)})

    text = draw(_hostile_text)
    starts = ("method", "target") if kind == "request" else ("status", "reason")
    match draw(st.sampled_from(("name", "value", "start", "version", "framing", "body"))):
        case "name":
            return with_pair(text, "v")
        case "value":
            return with_pair("Name", text)
        case "start":
            field = draw(st.sampled_from(starts))
            number = draw(st.one_of(st.integers(-1, 1100), st.sampled_from((1e2, True))))
            return leaf.replace(**{field: number if field == "status" else text})
        case "version":
            return leaf.replace(version=draw(st.sampled_from(("HTTP/1.0", "", None, text))))
        case "framing":
            pair = draw(
                st.sampled_from(
                    (
                        ("Content-Length", "0"),
                        ("content-length", "1"),
                        ("Content-Length", "+1"),
                        ("Content-Length", "٣"),
                        ("Transfer-Encoding", "chunked"),
                        ("transfer-encoding", ""),
                        ("Content-ID", "1"),
                        ("content-id", ""),
                        ("Host", "a"),
                        ("Content-Type", "text/plain"),
                        ("Content-Type", "application/http;"),
                        ("Content-Type", "application/http; a"),
                        ("Content-Type", "application/http ; boundary=\u00e9"),
                        ("Content-Type", "multipart/mixed; boundary=b"),
                        ("Content-Transfer-Encoding", "base64"),
                        ("Content-Transfer-Encoding", "binary"),
                    )
                )
            )
            return with_pair(*pair)
        case _:
            body = draw(
                st.sampled_from((b"\r\n--batch_1a--\r\n", b"--batch_1a\r\n", b"\n--changeset_2b x"))
            )
            return leaf.replace(body=body)


@st.composite
def hostile_batches(draw: st.DrawFn) -> Any:
    """A batch, or an answer, with at least one such leaf."""
    kind = draw(kinds)
    inside = st.one_of(leaves(kind), hostile_leaves(kind))
    batch = draw(batches(kind, inside))
    fields = st.lists(st.tuples(_hostile_text, _hostile_text), max_size=1).map(Headers)
    bad = draw(hostile_leaves(kind))
    last = draw(st.sampled_from((bad, changeset(kind, (bad,), draw(fields)))))
    return batch_of(kind, (*batch.parts, last))
