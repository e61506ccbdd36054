"""Planted secrets: markers in what is read or written, and which of them nothing may show.

No error text, ``repr`` or rich ``repr`` quotes a field value, a query or a body; methods, paths and
names may be quoted. A fuzzer moves markers anywhere, names and paths among them, so where a marker
stands decides whether it is judged: it is a secret as long as **none** of its copies stands where
something may be quoted. That is decided line by line, without knowing how the bytes are framed:
whatever a line turns out to be, a reader can take no method, path or name out of it but those that
``_QUOTABLE`` finds. So no marker is judged that may be shown, and what is let off is little: the
beginnings of body lines that look like a field line or a request line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from odatabatch import Dialect

MARKER = re.compile(r"(?=(s3cret[0-9a-z]{4}))")
"""A marker in lower case; a fixed length, so that no marker is the beginning of another, and found
behind a part of another too."""

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"

# A field line begins with a name and a colon, a request line with a method, a space and a target
# (RFC 9112 §3, §5); a byte order mark may stand before the first. A target's authority may hold a
# password and is none of its path, nor is what stands before an "@" where no authority is told.
_QUOTABLE = re.compile(
    rb"^(?:\xef\xbb\xbf)?+("
    + _TOKEN
    + rb")(?::| (?:(?:[^/?#\s]*:)?//[^/?#\s]*+|[^/?#\s][^?#\s]*@)?+([^?#\s]*+))",
    re.MULTILINE,
)
_TARGET = re.compile(r"(?:(?:[^/?#]*:)?//[^/?#]*+|[^/?#][^?#]*@)?+([^?#]*+)")


# A marker that may stand in the name of a JSON member: what follows it up to a quote, and a colon.
_IN_NAME = re.compile(r'(?=(s3cret[0-9a-z]{4})(?:[^"\\]|\\.)*+"\s*+:)', re.IGNORECASE | re.DOTALL)
_ESCAPE = re.compile(r"\\u00([2-7][0-9a-f])", re.IGNORECASE)


def markers_in(*texts: str | bytes) -> set[str]:
    """The markers in some text or bytes, in lower case."""
    found: set[str] = set()
    for text in texts:
        known = text.decode("latin-1") if isinstance(text, bytes) else text
        found.update(MARKER.findall(known.lower()))
    return found


def hidden_in_wire(wire: bytes, *values: str) -> frozenset[str]:
    """The markers in some bytes, and in field values given with them, that nothing may show."""
    found = markers_in(wire, *values)
    if not found:
        return frozenset()
    quotable = [piece for match in _QUOTABLE.findall(wire) for piece in match]
    return frozenset(found - markers_in(*quotable))


def hidden_in_models(hidden: Iterable[str | bytes], shown: Iterable[str]) -> frozenset[str]:
    """The markers in values, queries and bodies that stand nowhere where they may be shown.

    Args:
        hidden: targets, values, bodies.
        shown: methods, paths, names.
    """
    return frozenset(markers_in(*hidden) - markers_in(*shown))


def shown_of_body(body: bytes) -> list[str]:
    """What may be shown of the content of a message: names in JSON, and those of a batch."""
    text = body.decode("latin-1")
    quotable = [piece.decode("latin-1") for match in _QUOTABLE.findall(body) for piece in match]
    found = [*_IN_NAME.findall(text), *quotable]
    if "\\u" in text:
        found += _IN_NAME.findall(_ESCAPE.sub(lambda match: _unescaped(int(match[1], 16)), text))
    return found


def _unescaped(code: int) -> str:
    return "?" if chr(code) in '"\\' else chr(code)


def path_in(target: str) -> str:
    """What may be shown of a target."""
    match = _TARGET.match(target)
    return match[1] if match else ""


def shown_by(item: Any) -> str:
    """All text that an object makes of itself, and that of the objects in it as rich has them."""
    pieces = [str(item), repr(item)]
    _add_rich(item, pieces)
    return "\n".join(pieces)


def _add_rich(item: Any, pieces: list[str]) -> None:
    if type(item) in (tuple, list):  # a named tuple has a repr of its own, which rich respects
        for inner in item:
            _add_rich(inner, pieces)
    elif item is None or isinstance(item, int | Dialect):
        pass  # it holds nothing of an input, and Detections hold many
    elif hasattr(item, "__rich_repr__") and not isinstance(item, type):
        for shown in item.__rich_repr__():
            _add_rich(list(shown) if isinstance(shown, tuple) else shown, pieces)
    else:
        pieces.append(repr(item))
