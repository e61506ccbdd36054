"""Seeds of the harness ``growth``: each piece of a message that may be repeated."""

from __future__ import annotations

from itertools import product

from odatabatch import STRICT, Oddity
from tests.fuzz.growth import ACTIONS, decode, judge, parse_message, read_type, stream, write
from tests.fuzz.inputs import Wire
from tests.fuzz.wire_seeds import HTTP, TYPE, Seeds

_PART = f"--b\r\n{HTTP}GET a HTTP/1.1\r\nA: b\r\n\r\nbody\r\n"
_ANSWER = _PART.replace("GET a HTTP/1.1", "HTTP/1.1 200 OK")
_INNER = _PART.replace("--b", "--c")
_CHANGESET = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
_START = f"--b\r\n{HTTP}GET a HTTP/1.1\r\n"
_CHUNKED = "GET a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
_CHAIN = _PART.replace("GET a", "POST $1/a").replace("A: b", "Content-ID: 1\r\nLocation: b")
_END = "--b--\r\n"

# What stands before, what is repeated, what stands behind.
BATCHES = {
    "parts": ("", _PART, _END),
    "parts with ids": ("", _PART.replace("A: b", "Content-ID: 1"), _END),
    "references": ("", _PART.replace("GET a", "GET $1").replace("A:", "If-Match: $2\r\nA:"), _END),
    "chain of references": ("", _CHAIN, _END),
    "chain of relative locations": (_CHAIN.replace("$1/a", "a"), _CHAIN, _END),
    "answers": ("", _ANSWER, _END),
    "one changeset": (_CHANGESET, _INNER, "--c--\r\n--b--\r\n"),
    "changesets": ("", _CHANGESET + _INNER + "--c--\r\n", _END),
    "changesets, not closed": ("", _CHANGESET + _INNER, _END),
    "empty changesets": ("", _CHANGESET, _END),
    "body": (_PART, "x", "\r\n--b--\r\n"),
    "body of lines": (_PART, "x\r\n", "\r\n--b--\r\n"),
    "body of near delimiters": (_PART, "\r\n--", "\r\n--b--\r\n"),
    "body of delimiters in mid-line": (_PART, "x--b\r\n", "\r\n--b--\r\n"),
    "body of delimiters with a tail": (_PART, "\r\n--bx", "\r\n--b--\r\n"),
    "field lines": (_START, "A: b\r\n", "\r\n--b--\r\n"),
    "long value": (_START + "A: ", "x", "\r\n\r\n--b--\r\n"),
    "folds": (_START + "A: ", "x\r\n ", "\r\n\r\n--b--\r\n"),
    "blank lines": (f"--b\r\n{HTTP}", "\r\n", "GET a HTTP/1.1\r\n\r\n--b--\r\n"),
    "padding": ("--b", " ", "\r\n"),
    "dashes": ("--b--", "-", "\r\n"),
    "preamble": ("", "x\r\n", _PART + _END),
    "epilogue": (_PART + _END, "x\r\n", ""),
}
MESSAGES = {
    "lines": ("GET a HTTP/1.1\r\n", "A: b\r\n", "\r\n"),
    "folds": ("GET a HTTP/1.1\r\nA: b", "\r\n c", "\r\n\r\n"),
    "blank lines": ("", "\r\n", "GET a HTTP/1.1\r\n\r\n"),
    "chunks": (_CHUNKED, "1\r\nx\r\n", "0\r\n\r\n"),
    "chunk size": (_CHUNKED, "0", "1\r\nx\r\n0\r\n\r\n"),
    "chunk extension": (_CHUNKED + "1;", "a", "\r\n"),
    "trailers": (_CHUNKED + "0\r\n", "A: b\r\n", "\r\n"),
}
TYPES = {
    "parameters": ("multipart/mixed", ";a=b", ";boundary=b"),
    "boundaries": ("multipart/mixed", ";boundary=b", ""),
    "escapes": ('multipart/mixed;boundary="', "\\a", '"'),
    "spaces": ("multipart/mixed;", " \t", "boundary=b"),
    "semicolons": ("multipart/mixed", ";", "boundary=b"),
    "unquoted": ("multipart/mixed;boundary=", "(", ""),
}


def growth() -> Seeds:
    """Each of them, with each action that it is made for; what is read, tolerantly too."""
    for group, actions in (
        (BATCHES, (decode, stream, write, judge)),
        (MESSAGES, (parse_message,)),
        (TYPES, (read_type,)),
    ):
        for (name, pieces), action in product(group.items(), actions):
            body = b"\xff".join(piece.encode() for piece in pieces)
            number = ACTIONS.index(action) | (0x80 if name == "answers" else 0)
            for tolerate in (STRICT, frozenset(Oddity)):
                if tolerate and action in (write, judge):
                    continue
                wire = Wire(TYPE, body, tolerate)
                label = f"{name}/{action.__name__}/{len(tolerate)}"
                yield label, bytes((number,)) + wire.written()
