"""JSON texts read as spans, so that they can be edited as bytes: what no rule touches stays.

Grammar: RFC 8259, with nothing beside it. Members of one object have different names (§4), and a
reader that keeps the last of two would hide the first; so a second one is an error at any depth.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from odatabatch.errors import TaskError
from odatabatch.http_message import as_bytes

MAX_DEPTH = 64
"""Objects and arrays inside each other: the deepest task of any api-version has seven."""

MAX_NUMBER_BYTES = 1024
"""The longest number: a double written out in full has 1,079 digits at most, and nobody does."""

Kind = Literal["object", "array", "string", "number", "boolean", "null"]

# Fragments. Possessive, so that nothing backtracks.
_SPACE = rb"[ \t\r\n]*+"
_HIGH = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_OTHER = rb"\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}"
_CHARACTERS = rb'(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|' + _OTHER + rb"|" + _HIGH + _LOW + rb")*+"
_STRING = rb'"' + _CHARACTERS + rb'"'
_NUMBER = rb"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+"

_VALUE = re.compile(
    _SPACE
    + rb"(?:(?P<string>"
    + _STRING
    + rb")|(?P<number>"
    + _NUMBER
    + rb")"
    + rb"|(?P<literal>true|false|null)|(?P<open>[{\[]))"
)
_NAME = re.compile(_SPACE + rb"(" + _STRING + rb")")
_COLON = re.compile(_SPACE + rb":")
_NEXT = re.compile(_SPACE + rb"([,}\]])")
_END = re.compile(_SPACE + rb"\Z")
_SKIP = re.compile(_SPACE)
_OPEN_STRING = re.compile(rb'"' + _CHARACTERS)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_KINDS: dict[bytes, Kind] = {
    b"{": "object",
    b"[": "array",
    b'"': "string",
    b"t": "boolean",
    b"f": "boolean",
    b"n": "null",
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_A_NAME = "a member's name"
_A_VALUE = "a value"
_CLOSING = {b"{": b"}", b"[": b"]"}


class Value(msgspec.Struct, frozen=True, gc=False):
    """One JSON value, and where it stands.

    Attributes:
        kind: what it is.
        start: index of its first byte.
        end: index after its last byte.
        name: of the member that it is the value of, unescaped; None in an array.
        member_start: index of the first byte of that member, which is its name's quotation mark;
            in an array that of the value.
        children: the values in an object or an array, in order, to the depth that was asked for.
    """

    kind: Kind
    start: int
    end: int
    name: str | None
    member_start: int
    children: tuple[Value, ...] = ()


class _Open:
    """An object or an array that is not closed yet."""

    __slots__ = ("children", "count", "keeps", "mark", "member_start", "name", "names", "start")

    def __init__(self, mark: bytes, start: int, keeps: bool) -> None:
        self.mark = mark
        self.start = start
        self.keeps = keeps  # whether its children are wanted
        self.children: list[Value] = []
        self.count = 0  # values that have ended
        self.names: set[str] = set()
        self.name: str | None = None  # of the member that is being read
        self.member_start = 0


def read_object(data: bytes, levels: int = 1) -> Value:
    """Read a JSON text that is an object.

    Args:
        data: the text, in UTF-8, without a byte order mark. All of it is checked.
        levels: how many levels of objects and arrays have their ``children`` in the result.

    Returns:
        The object.

    Raises:
        TaskError: not_an_object; byte_order_mark, invalid_utf8, invalid_json, lone_surrogate,
            duplicate_member, json_too_deep, number_too_long; at an ``offset`` in the text.
    """
    value = _read(as_bytes(data), levels)
    if value.kind != "object":
        message = f"expected an object, got a value of kind {value.kind}"
        raise TaskError("not_an_object", message, offset=value.start)
    return value


def text_of(data: bytes, value: Value) -> str:
    """The text of a string."""
    return _unquoted(data[value.start : value.end])


def member_of(owner: Value, name: str, kind: Kind, path: str = "") -> Value | None:
    """A member of that name and kind, or None where there is none or where it is null.

    Args:
        owner: an object, with its children.
        name: the member's.
        kind: what its value has to be.
        path: of ``owner``, for the error.

    Raises:
        TaskError: wrong_type.
    """
    for child in owner.children:
        if child.name != name or child.kind == "null":
            continue
        if child.kind != kind:
            message = f"expected a value of kind {kind}, got {child.kind}"
            raise TaskError("wrong_type", message, path=path_to(path, name), offset=child.start)
        return child
    return None


def without_member(data: bytes, owner: Value, name: str) -> bytes:
    """The bytes of an object without one of its members.

    With the member goes one comma and the white space between it and its neighbour: the next
    member, or where it is the last one, the member before it. Every other byte stays.

    Args:
        data: the text that ``owner`` was read from.
        owner: an object, with its children.
        name: the member's; without such a member all bytes stay.
    """
    names = [child.name for child in owner.children]
    if name not in names:
        return data[owner.start : owner.end]
    index = names.index(name)
    start, end = owner.children[index].member_start, owner.children[index].end
    if index + 1 < len(names):
        end = owner.children[index + 1].member_start
    elif index:
        start = owner.children[index - 1].end
    return data[owner.start : start] + data[end : owner.end]


def path_to(path: str, step: str | int) -> str:
    """The path one step further: of a member by its name, or of an item by its index."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if _PLAIN_NAME.fullmatch(step):
        return f"{path}.{step}" if path else step
    # Cut, because a name is as long as its writer likes.
    shown = step if len(step) <= 64 else f"{step[:64]}…"
    return f'{path}["{ascii(shown)[1:-1]}"]'


def _read(data: bytes, levels: int) -> Value:
    _check_text(data)
    stack: list[_Open] = []
    at = 0
    while True:
        value, at = _begin_value(data, at, stack, levels)
        while value is not None:
            if not stack:
                if not _END.match(data, at):
                    raise _broken(data, at, "the end of the text")
                return value
            value, at = _pass_value(data, at, stack, value)


def _begin_value(data: bytes, at: int, stack: list[_Open], levels: int) -> tuple[Value | None, int]:
    """A value that is read at once, or None where one that holds others was opened."""
    match = _VALUE.match(data, at)
    if match is None:
        raise _broken(data, at, _A_VALUE)
    start, at = match.start(match.lastgroup or 0), match.end()
    mark = match["open"]
    if mark is None:
        if match["number"] and at - start > MAX_NUMBER_BYTES:
            message = f"expected at most {MAX_NUMBER_BYTES} bytes in a number"
            raise TaskError("number_too_long", message, offset=start)
        return _value(_KINDS.get(data[start : start + 1], "number"), start, at, stack), at
    if len(stack) == MAX_DEPTH:
        message = f"expected at most {MAX_DEPTH} objects and arrays inside each other"
        raise TaskError("json_too_deep", message, offset=start)
    stack.append(_Open(mark, start, len(stack) < levels))
    close = _NEXT.match(data, at)
    if close is not None and close[1] == _CLOSING[mark]:
        return _closed(stack, close.end()), close.end()
    return None, _read_name(data, at, stack)


def _pass_value(data: bytes, at: int, stack: list[_Open], value: Value) -> tuple[Value | None, int]:
    """What ends with a value, which is the last that its holder has; None where more follow."""
    owner = stack[-1]
    owner.count += 1
    if owner.keeps:
        owner.children.append(value)
    match = _NEXT.match(data, at)
    if match is None or match[1] not in (b",", _CLOSING[owner.mark]):
        raise _broken(data, at, f"a comma or {_CLOSING[owner.mark].decode('ascii')}")
    if match[1] == b",":
        return None, _read_name(data, match.end(), stack)
    return _closed(stack, match.end()), match.end()


def _closed(stack: list[_Open], end: int) -> Value:
    """The object or the array that was opened last, and has ended."""
    closed = stack.pop()
    return _value(_KINDS[closed.mark], closed.start, end, stack, tuple(closed.children))


def _value(
    kind: Kind, start: int, end: int, stack: list[_Open], children: tuple[Value, ...] = ()
) -> Value:
    if stack and stack[-1].name is not None:
        return Value(kind, start, end, stack[-1].name, stack[-1].member_start, children)
    return Value(kind, start, end, None, start, children)


def _read_name(data: bytes, at: int, stack: list[_Open]) -> int:
    """Read the next member's name, where an object is open; the index where its value may begin."""
    owner = stack[-1]
    if owner.mark == b"[":
        return at
    match = _NAME.match(data, at)
    if match is None:
        raise _broken(data, at, _A_NAME)
    owner.name = _unquoted(match[1])
    owner.member_start = match.start(1)
    if owner.name in owner.names:
        path = ""
        for holder in stack:
            path = path_to(path, holder.count if holder.name is None else holder.name)
        raise TaskError(
            "duplicate_member",
            "expected members of different names, got a second one of the same",
            path=path,
            offset=owner.member_start,
            source="RFC 8259 §4",
        )
    owner.names.add(owner.name)
    colon = _COLON.match(data, match.end())
    if colon is None:
        raise _broken(data, match.end(), "a colon")
    return colon.end()


def _unquoted(string: bytes) -> str:
    if b"\\" in string:
        return msgspec.json.decode(string, type=str)
    return string[1:-1].decode("utf-8")


def _check_text(data: bytes) -> None:
    if data.startswith(_BYTE_ORDER_MARK):
        message = "expected the text, got a byte order mark before it"
        raise TaskError("byte_order_mark", message, offset=0, source="RFC 8259 §8.1")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TaskError(
            "invalid_utf8", "expected UTF-8", offset=error.start, source="RFC 8259 §8.1"
        ) from None


def _broken(data: bytes, at: int, expected: str) -> TaskError:
    """The error for a text that does not go on, after white space, as it must at that index."""
    skipped = _SKIP.match(data, at)
    at = skipped.end() if skipped else at
    string = _OPEN_STRING.match(data, at) if expected in (_A_NAME, _A_VALUE) else None
    if string is not None:
        at = string.end()
        if _SURROGATE.match(data, at):
            message = "expected a pair of surrogates, got one alone"
            return TaskError("lone_surrogate", message, offset=at, source="RFC 8259 §8.2")
        expected = "the characters of a string and its end"
    got = "something else" if at < len(data) else "the end of the text"
    message = f"expected {expected}, got {got}"
    return TaskError("invalid_json", message, offset=at, source="RFC 8259 §2")
