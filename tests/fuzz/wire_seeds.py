"""Seeds of the harnesses that read wires: the fixtures, and messages with planted secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from odatabatch import CAPTURED, STRICT, Headers, Oddity, Operation, OperationResponse
from tests import corpus
from tests.fuzz.inputs import Wire, bytes_of
from tests.fuzz.scripts import FIELD, RECORD, record_of

Seeds = Iterator[tuple[str, bytes]]
"""Labels, each with an input."""

TYPE = "multipart/mixed; boundary=b"
HTTP = "Content-Type: application/http\r\n\r\n"

# One marker for each place, in a request and in an answer that are in order.
_REQUEST = (
    "POST /jobs/1/tasks?sig=s3cret0001&se=1 HTTP/1.1\r\n"
    "Host: example.org\r\n"
    "Authorization: SharedKey acct:s3cret0002\r\n"
    "Cookie: a=s3cret0003\r\n"
    "Content-ID: s3cret0004\r\n"
    "Content-Type: application/json; token=s3cret0005\r\n"
    "\r\n"
    '{"id": "s3cret0006", "k": "s3cret0007"}\r\n'
)
_ANSWER = (
    "HTTP/1.1 409 s3cret0001\r\n"
    "Set-Cookie: a=s3cret0002\r\n"
    "Location: https://example.org/?sig=s3cret0003\r\n"
    "Content-ID: s3cret0004\r\n"
    "\r\n"
    '{"error": "s3cret0006"}\r\n'
)
# What breaks one of them, near a marker, in every way in which errors are worded.
_DAMAGE = {
    "sound": ("", ""),
    "control byte in a value": ("acct:s3cret0002", "acct:s3cret0002\x01s3cret0009"),
    "no colon": ("Cookie: a=", "Cookie a="),
    "no name": ("Cookie: a=", ": s3cret0009"),
    "no name, only a value": ("Cookie: a=", '"s3cret0009"'),
    "folded": ("Cookie: ", "Cookie: s3cret0009;\r\n s3cret0008"),
    "bare LF": ("s3cret0003\r\n", "s3cret0003\n"),
    "length of another script": ("Cookie: a=s3cret0003", "Content-Length: \xb2"),
    "length": ("Cookie: a=", "Content-Length: s3cret0009"),
    "wrong length": ("Cookie: a=s3cret0003", "Content-Length: 1"),
    "repeated": ("Cookie: a=", "Content-ID: s3cret0009"),
    "transfer coding": ("Cookie: a=", "Transfer-Encoding: s3cret0009"),
    "user and password": ("POST /jobs", "POST http://user:s3cret0009@example.org/jobs"),
    "password without authority": ("POST /jobs", "CONNECT user:s3cret0009@example.org:443/jobs"),
    "target with a space": ("&se=1", " s3cret0009"),
    "other version": ("HTTP/1.1\r\n", "HTTP/1.0\r\n"),
    "no version": ("&se=1 HTTP/1.1", "&s3cret0009"),
    "forged status": ("409 ", "40 s3cret0009"),
    "content not allowed": ("409 ", "204 "),
    "near delimiter": ('{"', '\r\n--bs3cret0009\r\n{"'),
    "no blank line": ("\r\n\r\n{", "\r\n{"),
    "part type": ("application/http", "text/plain; a=s3cret0009"),
    "part media type": ("application/http", "application/http; s3cret0009; ="),
    "part transfer encoding": (HTTP, "Content-Transfer-Encoding: s3cret0009\r\n" + HTTP),
    "part and message ids": (HTTP, "Content-ID: s3cret0009\r\n" + HTTP),
    "changeset": ("application/http", "multipart/mixed; boundary=s3cret0009"),
    "changeset, no boundary": ("application/http", "multipart/mixed; a=s3cret0009"),
    "changeset, bad boundary": ("application/http", 'multipart/mixed; boundary="s3cret0009 "'),
    "not closed": ("--b--\r\n", ""),
    "no delimiter": ("--b", "s3cret0009"),
    "preamble": ("--b\r\n", "s3cret0009\r\n--b\r\n"),
}


def _planted(kind: str) -> Iterator[tuple[str, str]]:
    """Bodies with markers: one in order, and one for each way to break it."""
    message = _REQUEST if kind == "request" else _ANSWER
    sound = f"--b\r\n{HTTP}{message}\r\n--b\r\n{HTTP}{message}\r\n--b--\r\n"
    for name, (old, new) in _DAMAGE.items():
        yield name, sound.replace(old, new, 1) if old else sound
    for name in ("Content-Type", "Content-Length", "Content-ID", "Host", "Transfer-Encoding"):
        # Spelled alike: another spelling leaves the fast path.
        twice = f"{name}: 0\r\nA: b\r\n{name}: 0\r\n"
        start = message.partition("\r\n")[0]
        yield f"{name} twice", f"--b\r\n{HTTP}{start}\r\n{twice}\r\n\r\n--b--\r\n"
        yield f"{name} twice in a part", f"--b\r\n{twice}{HTTP}{message}\r\n--b--\r\n"


def _wires(kind: str) -> Iterator[tuple[str, Wire]]:
    """Every fixture in each way that makes a difference, and the bodies with markers."""
    for fixture in corpus.fixtures():
        if fixture.kind != kind:
            continue
        wire = Wire(fixture.content_type, fixture.body, STRICT, fixture.limits)
        yield f"{fixture.name}/strict", wire
        if fixture.tolerant != fixture.strict:
            yield f"{fixture.name}/tolerant", dataclasses.replace(wire, tolerate=fixture.tolerate)
    for name, text in _planted(kind):
        for tolerate in (STRICT, CAPTURED, frozenset(Oddity)):
            yield f"{name}/{len(tolerate)}", Wire(TYPE, text.encode("latin-1"), tolerate)
    for end in ("; a=s3cret0009", ";s3cret0009", '; boundary="s3cret0009 "', '; a="s3cret0009'):
        yield f"type{end}", Wire(f"multipart/mixed; boundary=b{end}", b"--b--\r\n")


def request() -> Seeds:
    """Requests, each read strictly and tolerantly."""
    yield from ((name, wire.written()) for name, wire in _wires("request"))


def response() -> Seeds:
    """Answers, each read strictly and tolerantly."""
    yield from ((name, wire.written()) for name, wire in _wires("response"))


# What int() takes and the grammar does not, and the other way round.
_SIZES = (
    "1 ",
    " 1",
    "+1",
    "-1",
    "0x1",
    "1_0",
    "\xb2",
    "\xa01",
    "1;",
    "1 \t;a",
    "01",
    "G",
    "1g",
    "",
)


def message() -> Seeds:
    """The whole messages of the fixtures, as they are and in chunks, and messages with markers."""
    for found in corpus.messages():
        for tolerate in (STRICT, CAPTURED):
            yield f"{found.name}/{len(tolerate)}", Wire("", found.data, tolerate).written()
    chunk = "10;ext=s3cret0008\r\n0123456789abcdef\r\n5\r\nhello\r\n"
    chunked = f"{_REQUEST.partition('Content-ID')[0]}Transfer-Encoding: chunked\r\n\r\n"
    for name, end in (
        ("sound", "0\r\n\r\n"),
        ("trailers", "0\r\nX: s3cret0009\r\n\r\n"),
        ("bad trailers", "0\r\nX: s3cret0009\x01\r\n\r\n"),
        ("bad size", "s3cret0009\r\n\r\n"),
        ("more", "0\r\n\r\ns3cret0009"),
        ("cut", "10\r\n0123"),
        ("great", "fffffffffffffff\r\n0123"),
        *((f"size {size!r}", f"{size}\r\nx\r\n0\r\n\r\n") for size in _SIZES),
        ("no line end", "1\r\nx0\r\n\r\n"),
        ("half a line end", "1\r\nx\r0\r\n\r\n"),
        ("LF alone", "1\nx\n0\n\n"),
    ):
        yield f"chunked/{name}", Wire("", (chunked + chunk + end).encode("latin-1")).written()
    for kind, text in (("request", _REQUEST), ("response", _ANSWER)):
        for name, (old, new) in _DAMAGE.items():
            for tolerate in (STRICT, CAPTURED):
                damaged = text.replace(old, new, 1) if old else text
                wire = Wire("", damaged.encode("latin-1"), tolerate)
                yield f"{kind}/{name}/{len(tolerate)}", wire.written()
    body = next(text for _, text in _planted("request"))
    head = f"POST /$batch?sig=s3cret0010 HTTP/1.1\r\nContent-Type: {TYPE}\r\n\r\n"
    yield "batch", Wire("", (head + body).encode()).written()


def media_type() -> Seeds:
    """The Content-Types of the fixtures, and others, each read strictly and tolerantly."""
    types = {fixture.content_type for fixture in corpus.fixtures()}
    types |= {
        'multipart/mixed; boundary="a b"; charset=utf-8',
        'MULTIPART/Mixed ;\tBoundary="\\a\\"b" ; ; x=y',
        "multipart/mixed;boundary=batch(36522ad7-fc75-4b56-8c71-56071383e77b)",
        "multipart/mixed; boundary=a; boundary=b",
        "multipart/mixed; a=s3cret0009; boundary=",
        "multipart/mixed; s3cret0009",
        "application/http; msgtype=request",
        f"multipart/mixed; boundary={71 * 'a'}",
        "multipart/mixed; boundary=\u00e9\u20ac\udc80",
    }
    for text in sorted(types):
        for option in (0, 1, 2, 3):
            encoded = bytes_of(text) if option & 2 else text.encode("latin-1", "replace")
            yield f"{text!r}/{option}", bytes((option,)) + encoded


def splits() -> Seeds:
    """Wires of both kinds, cut in a few places or at every byte, read in each manner."""
    for number, kind in enumerate(("request", "response")):
        for at, (name, wire) in enumerate(_wires(kind)):
            cuts = [(at * step) % 65536 for step in range(1, 4)] if at % 2 else []
            options = bytes((number | at % 3 << 1, len(cuts)))
            places = b"".join(cut.to_bytes(2, "big") for cut in cuts)
            yield f"{kind}/{name}", options + places + wire.written()


_NEW = {
    "request": Operation("PUT", "a?sig=s3cret0001", Headers([("Content-Length", "4")]), b"body"),
    "response": OperationResponse(200, "OK", Headers([("ETag", '"s3cret0001"')]), b"body"),
}


def lossless() -> Seeds:
    """Wires of both kinds, each with an operation to put in."""
    for kind, letter in (("request", "O"), ("response", "o")):
        for at, (name, wire) in enumerate(_wires(kind)):
            letters, _, rest = record_of(_NEW[kind], letter).partition(FIELD)
            record = letters + bytes((at % 3,)) + FIELD + rest
            yield f"{kind}/{name}", record + RECORD + wire.written()
