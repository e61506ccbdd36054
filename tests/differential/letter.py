"""RFC 2046 by the letter, for batches that are in order: taken apart, changed, put together again.

Three regular expressions over the whole body. It judges nothing and knows no oddity: it is there to
take from an input what some reader is at fault with, without changing what the input means, and to
say once more what strict mode should have found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from tests.differential.findings import Entry, normal
from tests.differential.mutations import Case

CRLF = b"\r\n"
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(rb";[ \t]*(" + _TOKEN + rb")=(?:(" + _TOKEN + rb')|"((?:[^"\\]|\\.)*)")')


class OutOfOrder(Exception):
    """It is no batch by the letter."""


class Part(NamedTuple):
    """A body part.

    Attributes:
        padding: behind its delimiter.
        head: its header lines, each with its line end.
        content: an embedded message, or the multipart of a changeset.
    """

    padding: bytes
    head: bytes
    content: bytes | Multipart


class Multipart(NamedTuple):
    """A multipart.

    Attributes:
        boundary: without dashes.
        preamble: before the first delimiter, that one's line end included.
        parts: in wire order.
        padding: behind the close-delimiter.
        epilogue: behind that, its line end included.
    """

    boundary: bytes
    preamble: bytes
    parts: tuple[Part, ...]
    padding: bytes
    epilogue: bytes


class Letter(NamedTuple):
    """A batch: its Content-Type and its multipart."""

    content_type: str
    multipart: Multipart


def taken_apart(case: Case) -> Letter:
    """The batch, which is in order.

    Raises:
        OutOfOrder: it is not.
    """
    boundary = boundary_of(case.content_type.encode("latin-1"))
    if boundary is None:
        raise OutOfOrder("no boundary")
    return Letter(case.content_type, _multipart(case.body, boundary))


def boundary_of(content_type: bytes) -> bytes | None:
    """The boundary in a Content-Type of multipart/mixed; None in another."""
    if not re.match(rb"(?i)[ \t]*multipart/mixed[ \t]*(;|\Z)", content_type):
        return None
    for name, token, quoted in _PARAMETER.findall(content_type):
        if name.lower() == b"boundary":
            return token or re.sub(rb"\\(.)", rb"\1", quoted)
    return None


def _multipart(body: bytes, boundary: bytes) -> Multipart:
    line = re.compile(rb"(?:\A|(?<=\r\n))--" + re.escape(boundary) + rb"(--)?([ \t]*)(?=\r\n|\Z)")
    found = list(line.finditer(body))
    closing = [at for at, match in enumerate(found) if match[1]]
    if not closing:
        raise OutOfOrder(f"no close-delimiter of {boundary!r}")
    lines = found[: closing[0] + 1]
    parts = []
    for this, following in pairwise(lines):
        text = body[this.end() + len(CRLF) : following.start() - len(CRLF)]
        head, _, content = text.partition(CRLF + CRLF)
        inner = boundary_of(dict(fields_in(head)).get(b"content-type", b""))
        parts.append(Part(this[2], head + CRLF, _multipart(content, inner) if inner else content))
    close = lines[-1]
    preamble = body[: lines[0].start()]
    return Multipart(boundary, preamble, tuple(parts), close[2], body[close.end() :])


def fields_in(head: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The header fields of a part's head, in the form that is compared."""
    lines = [line for line in _FOLD.sub(b"", head).split(CRLF) if line]
    return normal([line.partition(b":")[::2] for line in lines])


def put_together(letter: Letter, case: Case) -> Case:
    """The batch as an input again, under the name of that case."""
    return case._replace(content_type=letter.content_type, body=_written(letter.multipart))


def _written(multipart: Multipart) -> bytes:
    delimiter = b"--" + multipart.boundary
    pieces = [multipart.preamble]
    for padding, head, content in multipart.parts:
        inside = _written(content) if isinstance(content, Multipart) else content
        pieces += [delimiter, padding, CRLF, head, CRLF, inside, CRLF]
    return b"".join([*pieces, delimiter, b"--", multipart.padding, multipart.epilogue])


def entries_of(letter: Letter) -> tuple[Entry, ...]:
    """What is to be found in it."""
    return tuple(_entries(letter.multipart, ()))


def _entries(multipart: Multipart, above: tuple[int, ...]) -> Iterator[Entry]:
    for index, (_, head, content) in enumerate(multipart.parts):
        path = (*above, index)
        if isinstance(content, Multipart):
            yield Entry(path, fields_in(head), None)
            yield from _entries(content, path)
        else:
            yield Entry(path, fields_in(head), content)


def with_each(
    letter: Letter,
    multipart: Callable[[Multipart], Multipart] = lambda it: it,
    part: Callable[[Part], Part] = lambda it: it,
) -> Letter:
    """The batch with all its multiparts, at both depths, and all its parts changed.

    Args:
        letter: the batch.
        multipart: changes a multipart whose parts were changed before.
        part: changes a part whose content was changed before.
    """

    def changed(it: Multipart) -> Multipart:
        parts = []
        for one in it.parts:
            inside = changed(one.content) if isinstance(one.content, Multipart) else one.content
            parts.append(part(one._replace(content=inside)))
        return multipart(it._replace(parts=tuple(parts)))

    return letter._replace(multipart=changed(letter.multipart))
