"""Changes that take from an input what a reader is at fault with, and what they do to findings.

A repair changes a batch that is in order into another that means the same by the specifications, or
the same but for bytes of messages that are changed in a known way. The lens that goes with it
changes what was found in the unrepaired batch as the repair changes the batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.differential.findings import Entries, Entry, head_and_body
from tests.differential.letter import (
    CRLF,
    Letter,
    Multipart,
    Part,
    boundary_of,
    fields_in,
    with_each,
)

Repair = Callable[[Letter], Letter]
Lens = Callable[[Entries], Entries]


class Change(NamedTuple):
    """A repair and its lens; by default neither changes anything."""

    repair: Repair = lambda letter: letter
    lens: Lens = lambda entries: entries


# What stands around the parts


def _without_padding(letter: Letter) -> Letter:
    return with_each(
        letter,
        multipart=lambda it: it._replace(padding=b""),
        part=lambda it: it._replace(padding=b""),
    )


def _with_blank_inner_epilogues(letter: Letter) -> Letter:
    def blank(part: Part) -> Part:
        if not isinstance(part.content, Multipart):
            return part
        return part._replace(content=part.content._replace(epilogue=CRLF))

    return with_each(letter, part=blank)


WITHOUT_PADDING = Change(_without_padding)
WITHOUT_PREAMBLES = Change(lambda it: with_each(it, lambda one: one._replace(preamble=b"")))
WITHOUT_EPILOGUES = Change(lambda it: with_each(it, lambda one: one._replace(epilogue=b"")))
WITH_BLANK_INNER_EPILOGUES = Change(_with_blank_inner_epilogues)


def filled(content: bytes) -> Change:
    """A part in every multipart that has none."""
    part = Part(b"", b"Content-Type: application/http\r\n", content)
    entry = Entry((), fields_in(part.head), content)

    def lens(entries: Entries) -> Entries:
        inside = {found.path[:-1] for found in entries}
        more: list[Entry] = []
        for found in entries or (entry._replace(path=(0,)),):
            more.append(found)
            if found.content is None and found.path not in inside:
                more.append(entry._replace(path=(*found.path, 0)))
        return tuple(more)

    return Change(
        lambda it: with_each(it, lambda one: one._replace(parts=one.parts or (part,))), lens
    )


# The heads of parts


def in_heads(pattern: bytes, put: bytes) -> Repair:
    """A pattern replaced in the heads of parts."""
    sub = re.compile(pattern).sub
    return lambda letter: with_each(letter, part=lambda it: it._replace(head=sub(put, it.head)))


UNFOLDED = Change(in_heads(rb"\r\n[ \t]+", b" "))
WITHOUT_TRAILING_SPACE = Change(in_heads(rb"[ \t]+(?=\r\n)", b""))
IN_BINARY = Change(in_heads(rb"(?i)(content-transfer-encoding:[ \t]*)(7bit|8bit)", rb"\1binary"))


def _last_of_each(entries: Entries) -> Entries:
    return tuple(
        entry._replace(fields=tuple(dict(entry.fields or ()).items())) for entry in entries
    )


# Of repeated part headers the last, in the place of the first, as a dict has them.
PART_HEADERS_IN_A_DICT = Change(lens=_last_of_each)


def _word(name: bytes) -> bytes:
    return re.sub(rb"[^\w-]", b"_", name)


def _with_words(letter: Letter) -> Letter:
    def put(head: bytes) -> bytes:
        return re.sub(rb"(?m)^[^\s:]+(?=:)", lambda match: _word(match[0]), head)

    return with_each(letter, part=lambda it: it._replace(head=put(it.head)))


def _with_words_found(entries: Entries) -> Entries:
    return tuple(
        entry._replace(fields=tuple((_word(name), value) for name, value in entry.fields or ()))
        for entry in entries
    )


# Other characters than letters, digits, "_" and "-" in the names of part headers.
IN_WORDS = Change(_with_words, _with_words_found)


# Content-Types of multiparts


def plain_types(where: Callable[[bytes], bool]) -> Change:
    """The boundary alone, in quotes, in those Content-Types of multiparts."""

    def plain(content_type: bytes) -> bytes:
        boundary = boundary_of(content_type)
        if boundary is None or not where(content_type):
            return content_type
        return b'multipart/mixed; boundary="' + boundary + b'"'

    def in_head(part: Part) -> Part:
        old = dict(fields_in(part.head)).get(b"content-type", b"")
        if plain(old) == old:
            return part
        line = re.compile(rb"(?im)^content-type:(?:[^\r]|\r\n[ \t])*")
        put = b"Content-Type: " + plain(old)
        return part._replace(head=line.sub(lambda _: put, part.head))

    def repair(letter: Letter) -> Letter:
        outer = plain(letter.content_type.encode("latin-1")).decode("latin-1")
        return with_each(letter, part=in_head)._replace(content_type=outer)

    def lens(entries: Entries) -> Entries:
        return tuple(
            entry._replace(
                fields=tuple(
                    (name, plain(value) if name == b"content-type" else value)
                    for name, value in entry.fields or ()
                )
            )
            for entry in entries
        )

    return Change(repair, lens)


WITHOUT_QUOTED_PAIRS = plain_types(lambda content_type: b"\\" in content_type)
WITHOUT_QUOTED_SEMICOLONS = plain_types(
    lambda content_type: re.search(rb'"[^"]*;[^"]*"', content_type) is not None
)


def _in_lower_case(letter: Letter) -> Letter:
    def head(part: Part) -> Part:
        nested = isinstance(part.content, Multipart)
        return part._replace(head=part.head.lower()) if nested else part

    lowered = with_each(letter, lambda it: it._replace(boundary=it.boundary.lower()), head)
    return lowered._replace(content_type=letter.content_type.lower())


# For readers that do not tell the fields of parts.
BOUNDARIES_IN_LOWER_CASE = Change(_in_lower_case)


# The embedded messages


def in_messages(change: Callable[[bytes], bytes]) -> Change:
    """That change in every message."""

    def put(part: Part) -> Part:
        if isinstance(part.content, Multipart):
            return part
        return part._replace(content=change(part.content))

    def put_found(entry: Entry) -> Entry:
        content = entry.content
        return entry._replace(content=change(content)) if isinstance(content, bytes) else entry

    return Change(
        lambda letter: with_each(letter, part=put), lambda entries: tuple(map(put_found, entries))
    )


def everywhere(change: Callable[[bytes], bytes]) -> Change:
    """That change in every message, and in all that stands around them but Content-Types."""
    messages = in_messages(change)

    def in_part(part: Part) -> Part:
        nested = isinstance(part.content, Multipart)
        return part if nested else part._replace(head=change(part.head))

    def repair(letter: Letter) -> Letter:
        return with_each(
            messages.repair(letter),
            multipart=lambda it: it._replace(
                preamble=change(it.preamble), epilogue=change(it.epilogue)
            ),
            part=in_part,
        )

    return Change(repair, messages.lens)


def _head_changed(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    head, body = head_and_body(content)
    return change(CRLF.join(head)) + CRLF + CRLF + body


def _without_high_bytes(text: bytes) -> bytes:
    return re.sub(rb"[\x80-\xff]", b"?", text)


def _in_a_dict(head: bytes) -> bytes:
    start, *lines = head.split(CRLF)
    fields = dict(line.partition(b":")[::2] for line in lines)
    return CRLF.join([start, *(b":".join(pair) for pair in fields.items())])


def _cut(pattern: bytes) -> Change:
    """That at the end of every body lost; a lens alone, since the repair would be the fault."""

    def cut(content: bytes) -> bytes:
        head, body = head_and_body(content)
        return CRLF.join(head) + CRLF + CRLF + re.sub(pattern, b"", body)

    return Change(lens=in_messages(cut).lens)


# What begins like a delimiter after an LF or a CR that stands alone begins otherwise.
LONE_LINE_ENDS_APART = everywhere(lambda it: re.sub(rb"((?<!\r)\n|\r)--", rb"\1-=", it))
DASHES_APART = everywhere(lambda it: it.replace(b"--", b"-="))
IN_ASCII = everywhere(_without_high_bytes)
HEADS_IN_ASCII = in_messages(lambda it: _head_changed(it, _without_high_bytes))
METHODS_ALL_POST = in_messages(lambda it: re.sub(rb"\A[^ ]+", b"POST", it))
HEADERS_IN_A_DICT = Change(lens=in_messages(lambda it: _head_changed(it, _in_a_dict)).lens)
WITHOUT_LAST_LINE_END = _cut(rb"(?:\r\n|\n)\Z")
WITHOUT_LAST_CR_OR_LF = _cut(rb"(?:\r\n|\n|\r)\Z")
