"""For each bound of ``Limits`` and each reader, messages that hold exactly so much of its kind.

What is counted, and where an error stands, is that of ``docs/limits.md``, written out by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

TYPE = "multipart/mixed; boundary=b"
START = {"request": b"PUT a HTTP/1.1\r\n", "response": b"HTTP/1.1 200 OK\r\n"}
HTTP = b"Content-Type: application/http\r\n\r\n"
CHANGESET = b"Content-Type: multipart/mixed; boundary=c\r\n\r\n"
OPEN, CLOSE = b"--b\r\n", b"\r\n--b--\r\n"
FIELD = b"A: 1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


class Edge(NamedTuple):
    """Messages about one bound.

    Attributes:
        bound: its name.
        kind: ``request`` or ``response``.
        what: which of the things that the bound counts.
        message: the message that holds exactly so much.
        beyond: where the error stands in a message that holds more than so much.
    """

    bound: str
    kind: str
    what: str
    message: Callable[[int], bytes]
    beyond: Callable[[int], int]


def batches(kind: str) -> Iterator[Edge]:
    """Of a decoder: whole batches."""
    start = START[kind]
    part = HTTP + start + b"\r\n"
    inner = OPEN + CHANGESET

    def edge(
        bound: str, what: str, message: Callable[[int], bytes], beyond: Callable[[int], int]
    ) -> Edge:
        return Edge(bound, kind, what, message, beyond)

    whole = OPEN + part + CLOSE
    yield edge(
        "max_message_bytes",
        "a body",
        lambda n: OPEN + part + b"x" * (n - len(whole)) + CLOSE,
        lambda n: n,
    )
    yield edge(
        "max_message_bytes", "an epilogue", lambda n: whole + b"x" * (n - len(whole)), lambda n: n
    )
    yield edge(
        "max_parts",
        "operations",
        lambda n: (OPEN + part + b"\r\n") * n + b"--b--\r\n",
        lambda n: len(OPEN + part + b"\r\n") * n + len(OPEN),
    )
    # A changeset is a part as well.
    in_changeset = b"--c\r\n" + part + b"\r\n"
    yield edge(
        "max_parts",
        "operations of a changeset",
        lambda n: inner + in_changeset * (n - 1) + b"--c--\r\n--b--\r\n",
        lambda n: len(inner) + len(in_changeset) * (n - 1) + len(b"--c\r\n"),
    )
    alone = inner + in_changeset + b"--c--\r\n"
    yield edge(
        "max_changeset_operations",
        "operations",
        lambda n: alone + inner + in_changeset * n + b"--c--\r\n--b--\r\n",
        lambda n: len(alone + inner) + len(in_changeset) * n + len(b"--c\r\n"),
    )
    yield edge(
        "max_part_bytes",
        "a body",
        lambda n: OPEN + part + b"x" * (n - len(part)) + CLOSE,
        lambda n: len(OPEN) + n,
    )
    yield edge(
        "max_part_bytes",
        "a head",
        lambda n: OPEN + HTTP + start + b"A: " + b"x" * (n - len(part) - 5) + b"\r\n\r\n" + CLOSE,
        lambda n: len(OPEN) + n,
    )
    yield edge(
        "max_part_bytes",
        "lines like delimiters",
        lambda n: OPEN + part + (b"\r\n--" * n)[: n - len(part)] + CLOSE,
        lambda n: len(OPEN) + n,
    )
    for what, before, after in (
        ("of the part", OPEN, HTTP + start + b"\r\n" + CLOSE),
        ("of the message", OPEN + HTTP + start, b"\r\n" + CLOSE),
        ("of a changeset", OPEN, CHANGESET + in_changeset + b"--c--" + CLOSE),
    ):
        yield edge(
            "max_header_line_bytes",
            what,
            lambda n, b=before, a=after: b + b"A: " + b"x" * (n - 5) + b"\r\n" + a,  # type: ignore[misc]
            lambda n, b=before: len(b) + n,  # type: ignore[misc]
        )
    yield edge(
        "max_header_line_bytes",
        "a delimiter",
        lambda n: b"--b" + b" " * (n - 5) + b"\r\n" + part + CLOSE,
        lambda n: n,
    )
    yield edge(
        "max_header_line_bytes",
        "a close-delimiter",
        lambda n: OPEN + part + b"\r\n--b--" + b" " * (n - 7) + b"\r\n",
        lambda n: len(OPEN + part) + 2 + n,
    )
    yield edge(
        "max_headers",
        "of the part",
        lambda n: OPEN + FIELD * (n - 1) + part + CLOSE,
        lambda n: len(OPEN) + len(FIELD) * n,
    )
    yield edge(
        "max_headers",
        "of the message",
        lambda n: OPEN + HTTP + start + FIELD * n + b"\r\n" + CLOSE,
        lambda n: len(OPEN + HTTP + start) + len(FIELD) * n,
    )
    yield edge(
        "max_headers",
        "folded",
        lambda n: OPEN + FIELD + b" x\r\n" * (n - 2) + part + CLOSE,
        lambda n: len(OPEN + FIELD) + len(b" x\r\n") * (n - 1),
    )
    yield edge(
        "max_header_bytes",
        "of the part",
        lambda n: OPEN + fields(n - len(HTTP)) + part + CLOSE,
        lambda n: len(OPEN) + n,
    )
    yield edge(
        "max_header_bytes",
        "of the message",
        lambda n: OPEN + HTTP + start + fields(n - len(start) - 2) + b"\r\n" + CLOSE,
        lambda n: len(OPEN + HTTP) + n,
    )
    yield edge(
        "max_start_line_bytes",
        "a start line",
        lambda n: OPEN + HTTP + start_line(kind, n) + b"\r\n" + CLOSE,
        lambda n: len(OPEN + HTTP) + n,
    )
    yield edge(
        "max_preamble_bytes", "of the batch", lambda n: b"x" * n + b"\r\n" + whole, lambda n: n
    )
    yield edge(
        "max_preamble_bytes",
        "of a changeset, after that of the batch",
        lambda n: b"abc\r\n" + inner + b"x" * (n - 3) + b"\r\n" + in_changeset + b"--c--" + CLOSE,
        lambda n: len(b"abc\r\n" + inner) + n - 3,
    )
    yield edge(
        "max_epilogue_bytes", "of the batch", lambda n: whole + b"x" * n, lambda n: len(whole) + n
    )
    yield edge(
        "max_epilogue_bytes",
        "of a changeset, before that of the batch",
        lambda n: inner + in_changeset + b"--c--\r\n" + b"x" * (n - 3) + CLOSE + b"abc",
        lambda n: len(inner + in_changeset + b"--c--\r\n") + n + len(CLOSE),
    )


def messages(kind: str) -> Iterator[Edge]:
    """Of ``parse_request`` or ``parse_response``: messages that stand alone."""
    start = START[kind]

    def edge(
        bound: str, what: str, message: Callable[[int], bytes], beyond: Callable[[int], int]
    ) -> Edge:
        return Edge(bound, kind, what, message, beyond)

    head = start + b"\r\n"
    yield edge("max_message_bytes", "a body", lambda n: head + b"x" * (n - len(head)), lambda n: n)
    yield edge("max_part_bytes", "a body", lambda n: head + b"x" * n, lambda n: len(head) + n)
    yield edge(
        "max_part_bytes",
        "one chunk",
        lambda n: start + CHUNKED + b"%x\r\n" % n + b"x" * n + b"\r\n0\r\n\r\n",
        lambda n: len(start + CHUNKED + b"%x\r\n" % (n + 1)) + n,
    )
    yield edge(
        "max_part_bytes",
        "chunks of a byte",
        lambda n: start + CHUNKED + b"1\r\nx\r\n" * n + b"0\r\n\r\n",
        lambda n: len(start + CHUNKED) + len(b"1\r\nx\r\n") * n + len(b"1\r\n"),
    )
    trailing = start + CHUNKED + b"0\r\n"
    for what, before in (("a field", start), ("a trailer field", trailing)):
        yield edge(
            "max_header_line_bytes",
            what,
            lambda n, b=before: b + b"A: " + b"x" * (n - 5) + b"\r\n\r\n",  # type: ignore[misc]
            lambda n, b=before: len(b) + n,  # type: ignore[misc]
        )
        yield edge(
            "max_headers",
            what,
            lambda n, b=before: b + FIELD * n + b"\r\n",  # type: ignore[misc]
            lambda n, b=before: len(b) + len(FIELD) * n,  # type: ignore[misc]
        )
    yield edge(
        "max_headers",
        "a blank line before the start line",
        lambda n: b"\r\n" * n + head,
        lambda n: len(b"\r\n") * n,
    )
    yield edge(
        "max_header_bytes",
        "a head",
        lambda n: start + fields(n - len(head)) + b"\r\n",
        lambda n: n,
    )
    yield edge(
        "max_header_bytes",
        "trailer fields",
        lambda n: trailing + fields(n - 2) + b"\r\n",
        lambda n: len(trailing) + n,
    )
    yield edge(
        "max_start_line_bytes", "a start line", lambda n: start_line(kind, n) + b"\r\n", lambda n: n
    )


NOT_ALONE = frozenset(
    ("max_parts", "max_changeset_operations", "max_preamble_bytes", "max_epilogue_bytes")
)
"""Bounds of what a message that stands alone has not got."""

BATCHES = [edge for kind in START for edge in batches(kind)]
MESSAGES = [edge for kind in START for edge in messages(kind)]


def fields(size: int) -> bytes:
    """Field lines of so many bytes together, of some fifty each."""
    lines = [b"A: " + b"x" * 45 + b"\r\n"] * ((size - 5) // 50)
    rest = size - 50 * len(lines)
    return b"".join(lines) + b"A: " + b"x" * (rest - 5) + b"\r\n"


def start_line(kind: str, size: int) -> bytes:
    """A start line of so many bytes, its line end included."""
    if kind == "request":
        return b"PUT " + b"a" * (size - 15) + b" HTTP/1.1\r\n"
    return b"HTTP/1.1 200 " + b"O" * (size - 15) + b"\r\n"
