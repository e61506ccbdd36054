"""What a reader found in an input, in one form for all: operations, where they stand, their bytes.

Ours is put into that form from the bytes that each operation is said to come from, which are read
again by a few lines of their own and held against the model: two independent ways to one body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import odatabatch
from odatabatch import STRICT, Changeset, ChangesetResponse, Headers, Limits, Oddity
from odatabatch.model import leaves_of
from tests.differential.mutations import Case
from tests.differential.readers import Message, Pair, Read, ReadFunction, Refusal

# A mutation may make a preamble or a head of a whole batch: bounds are not what is compared.
_MANY = 1 << 30
_LIMITS = Limits(
    max_header_line_bytes=_MANY,
    max_headers=_MANY,
    max_header_bytes=_MANY,
    max_start_line_bytes=_MANY,
    max_preamble_bytes=_MANY,
    max_epilogue_bytes=_MANY,
)

_LINE_END = re.compile(rb"\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_BLANK_LINE = re.compile(rb"(?:\A|\r?\n)(?:\r?\n|\Z)")
_BLANK_LINES = re.compile(rb"\A(?:\r?\n)+")
_SPACE = re.compile(rb"[ \t]+")


class Entry(NamedTuple):
    """One body part.

    Attributes:
        path: its index in the batch, then in the changeset.
        fields: its header fields, names in lower case, values unfolded, with single spaces and
            none around them; None where the reader does not tell.
        content: the embedded message, as bytes or read; None for a multipart.
    """

    path: tuple[int, ...]
    fields: tuple[Pair, ...] | None
    content: bytes | Message | None


Entries = tuple[Entry, ...]


class Refused(NamedTuple):
    """The reader refused the input; for this decoder, ``why`` is the code."""

    why: str


Finding = Entries | Refused


class Ours(NamedTuple):
    """What this decoder found.

    Attributes:
        strict: with nothing tolerated.
        tolerant: with every oddity tolerated.
    """

    strict: Finding
    tolerant: Finding


def normal(fields: Iterable[Pair]) -> tuple[Pair, ...]:
    """Header fields in the form that is compared."""
    return tuple((name.strip().lower(), _one_line(value)) for name, value in fields)


def _one_line(value: bytes) -> bytes:
    # A fold may be read as it stands or as one space (RFC 9110 §5.5): runs of both are one space.
    return _SPACE.sub(b" ", _FOLD.sub(b"", value)).strip(b" \r\n")


def found_by(read: ReadFunction, case: Case) -> Finding:
    """What a reader finds."""
    try:
        return tuple(_entries(read(case.body, case.content_type), ()))
    except Refusal as refusal:
        return Refused(str(refusal))


def _entries(reads: list[Read], above: tuple[int, ...]) -> Iterator[Entry]:
    for index, (fields, content) in enumerate(reads):
        path = (*above, index)
        told = None if fields is None else normal(fields)
        if isinstance(content, list):
            yield Entry(path, told, None)
            yield from _entries(content, path)
        elif isinstance(content, Message):
            yield Entry(path, told, content._replace(fields=normal(content.fields)))
        else:
            yield Entry(path, told, content)


def found_by_us(case: Case) -> Ours:
    """What this decoder finds, strict and tolerant."""
    strict = _decoded(case, STRICT)
    if not isinstance(strict, Refused):
        return Ours(strict, strict)
    return Ours(strict, _decoded(case, frozenset(Oddity)))


def _decoded(case: Case, tolerate: frozenset[Oddity]) -> Finding:
    decode: Any = odatabatch.decode_request
    if case.kind == "response":
        decode = odatabatch.decode_response
    try:
        batch = decode(case.body, case.content_type, tolerate, _LIMITS)
    except odatabatch.DecodeError as error:
        return Refused(error.code)
    spans = iter(batch.provenance.spans)
    entries = []
    for index, part in enumerate(batch.parts):
        in_changeset = isinstance(part, Changeset | ChangesetResponse)
        if in_changeset:
            entries.append(Entry((index,), _fields_of(part.part_headers), None))
        for inner, leaf in enumerate(leaves_of(part)):
            path = (index, inner) if in_changeset else (index,)
            content = _content_of(case.body[next(spans) : next(spans)])
            assert_holds(leaf, content)
            entries.append(Entry(path, _fields_of(leaf.part_headers), content))
    return tuple(entries)


def _content_of(part: bytes) -> bytes:
    head = _BLANK_LINE.search(part)
    assert head is not None  # a part's header section ends with a blank line
    return part[head.end() :]


def _fields_of(headers: Headers) -> tuple[Pair, ...]:
    return normal((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)


def head_and_body(content: bytes) -> tuple[list[bytes], bytes]:
    """The unfolded lines of an embedded message's head, and its body; blank lines before it go."""
    head, *rest = _BLANK_LINE.split(_BLANK_LINES.sub(b"", content), maxsplit=1)
    return _LINE_END.split(_FOLD.sub(b"", head)), b"".join(rest)


def assert_holds(leaf: Any, content: bytes) -> None:
    """The model of an operation, or of an answer, says what stands in its bytes."""
    (start, *lines), body = head_and_body(content)
    if isinstance(leaf, odatabatch.Operation):
        words = [leaf.method, leaf.target, *([leaf.version] if leaf.version else [])]
    else:
        words = [leaf.version, str(leaf.status), leaf.reason]
    assert start.rstrip(b" ") == " ".join(words).encode("latin-1").rstrip(b" ")
    pairs = [line.partition(b":")[::2] for line in lines]
    assert [(name, value.strip(b" \t")) for name, value in pairs] == [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in leaf.headers
    ]
    assert leaf.body == body


def agree(ours: Finding, theirs: Finding, kind: str) -> bool:
    """Whether both found the same, as far as that other reader tells."""
    if isinstance(ours, Refused) or isinstance(theirs, Refused):
        return isinstance(ours, Refused) and isinstance(theirs, Refused)
    told = ours
    if theirs and theirs[0].fields is None:
        told = tuple(
            Entry(path, None, message_of(content, kind) if isinstance(content, bytes) else None)
            for path, _, content in ours
        )
    return told == theirs


def message_of(content: bytes, kind: str) -> Message:
    """An embedded message as the readers of batches give it."""
    (start, *lines), body = head_and_body(content)
    words = start.decode("latin-1").split(" ")
    pairs = [line.partition(b":")[::2] for line in lines]
    told = (words[1],) if kind == "response" else (words[0], words[1])
    return Message(told, normal((name, value) for name, value in pairs), body)
