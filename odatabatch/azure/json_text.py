"""JSON texts, read with nothing beside the grammar and no member twice.

Grammar: RFC 8259. Members of one object have different names (§4), and a reader that keeps the
last of two would hide the first; so a second one is an error at any depth.

msgspec reads (a tenth of what the standard library takes), and a few counts tell whether it hid
anything. Where it refuses a text or they do not add up, a scanner that is thirty times slower says
what is wrong and where; it alone raises.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from odatabatch.errors import TaskError
from odatabatch.http_message import as_bytes

MAX_DEPTH = 64
"""Objects and arrays inside each other: the deepest task of any api-version has seven."""

MAX_INTEGER_DIGITS = 4300
"""The longest whole number, its sign included: what CPython converts, since the work for more grows
with the square."""

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

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_A_NAME = "a member's name"
_A_VALUE = "a value"
_CLOSING = {b"{": b"}", b"[": b"]"}
_KINDS = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}

_read = msgspec.json.Decoder().decode
_write = msgspec.json.Encoder().encode


def read_json(data: bytes) -> Any:
    """What a JSON text holds: dict, list, str, int, float, bool or None.

    Args:
        data: the text, in UTF-8, without a byte order mark. All of it is checked.

    Raises:
        TaskError: byte_order_mark, invalid_utf8, invalid_json, lone_surrogate, duplicate_member,
            json_too_deep, number_too_long, number_out_of_range; at an ``offset`` in the text.
    """
    return read_shaped(data, None)[0]


def read_shaped(data: bytes, shape: type | None) -> tuple[Any, bool]:
    """What a JSON text holds, and whether it fits a type of msgspec's.

    Args:
        data: as ``read_json``; errors as there, too.
        shape: the type, in which objects stand inside each other less than ``MAX_DEPTH`` deep.
    """
    data = as_bytes(data)
    try:
        value = _read(data)
        fits = shape is not None and _fits(value, shape)
        if _is_whole(data, value, fits):
            return value, fits
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    _scan(data)
    try:
        value = _read(data)
    except RecursionError:
        message = "expected room for the text, got near the interpreter's recursion limit"
        raise TaskError("json_too_deep", message, offset=0) from None
    return value, shape is not None and _fits(value, shape)


def read_object(data: bytes) -> dict[str, Any]:
    """What a JSON text holds that is an object.

    Raises:
        TaskError: not_an_object, and those of ``read_json``.
    """
    return as_object(read_json(data), data)


def as_object(value: Any, data: bytes) -> dict[str, Any]:
    """The value, which has to be an object.

    Args:
        value: what was read.
        data: the text that it was read from.

    Raises:
        TaskError: not_an_object.
    """
    if isinstance(value, dict):
        return value
    message = f"expected an object, got a value of kind {kind_of(value)}"
    skipped = _SKIP.match(data)
    raise TaskError("not_an_object", message, offset=skipped.end() if skipped else 0)


def kind_of(value: Any) -> str:
    """What a value that was read is, in JSON's words."""
    return _KINDS[type(value)]


def is_annotation(name: str) -> bool:
    """Whether a member is an annotation of OData, such as ``odata.metadata``."""
    return name.startswith("odata.") or "@odata." in name


def path_to(path: str, step: str | int) -> str:
    """The path one step further: of a member by its name, or of an item by its index."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    # Cut, because a name is as long as its writer likes.
    shown = step if len(step) <= 64 else f"{step[:64]}…"
    if _PLAIN_NAME.fullmatch(shown):
        return f"{path}.{shown}" if path else shown
    return f"{path}[{json.dumps(shown)}]"


def path_joined(base: str, path: str | None) -> str:
    """A path below another; either may be empty."""
    dot = "." if base and path and not path.startswith("[") else ""
    return f"{base}{dot}{path or ''}"


def _fits(value: Any, shape: type) -> bool:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return False
    return True


def _is_whole(data: bytes, value: Any, shallow: bool) -> bool:
    """Whether what was read is all that the text says, within the limits.

    A member that was hidden takes its colon with it: written again, the value has fewer than the
    text. No colon comes or goes otherwise, unless one is written as an escape.
    """
    if b"\\u" in data and b"\\u003a" in data.lower():
        return False
    marks = 0 if shallow else data.count(b"{") + data.count(b"[")
    if marks > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        return False
    return data.count(b":") == _write(value).count(b":")


def depth_of(value: Any) -> int:
    """How many objects and arrays stand inside each other, one more than the limit at most."""
    depth, level = 0, [value]
    while depth <= MAX_DEPTH:
        level = [item for item in level if type(item) in (dict, list)]
        if not level:
            break
        depth += 1
        level = [x for item in level for x in (item.values() if type(item) is dict else item)]
    return depth


class _Open:
    """An object or an array that is not closed yet."""

    __slots__ = ("count", "mark", "name", "names")

    def __init__(self, mark: bytes) -> None:
        self.mark = mark
        self.count = 0  # values that have ended
        self.names: set[str] = set()
        self.name: str | None = None  # of the member that is being read


def _scan(data: bytes) -> None:
    """Raise for the first thing that is wrong with a text."""
    if data.startswith(_BYTE_ORDER_MARK):
        message = "expected the text, got a byte order mark before it"
        raise TaskError("byte_order_mark", message, offset=0, source="RFC 8259 §8.1")
    broken = _not_utf8(data)
    if broken is not None:
        raise TaskError("invalid_utf8", "expected UTF-8", offset=broken, source="RFC 8259 §8.1")
    stack: list[_Open] = []
    at, begins = 0, True
    while begins or stack:
        at, begins = (_begin_value if begins else _pass_value)(data, at, stack)
    if not _END.match(data, at):
        raise _broken(data, at, "the end of the text")


def _not_utf8(data: bytes) -> int | None:
    """Where a text is no UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        # It holds the whole text: raised from in here, ours would have it as its context.
        return error.start
    return None


def _begin_value(data: bytes, at: int, stack: list[_Open]) -> tuple[int, bool]:
    """Read a value, or open one that holds others.

    Returns:
        The index after what was read, and whether the next value begins there.
    """
    match = _VALUE.match(data, at)
    if match is None:
        raise _broken(data, at, _A_VALUE)
    if match["number"]:
        _check_number(match["number"], match.start("number"))
    mark = match["open"]
    if mark is None:
        return match.end(), False
    if len(stack) == MAX_DEPTH:
        message = f"expected at most {MAX_DEPTH} objects and arrays inside each other"
        raise TaskError("json_too_deep", message, offset=match.start("open"))
    close = _NEXT.match(data, match.end())
    if close is not None and close[1] == _CLOSING[mark]:
        return close.end(), False
    stack.append(_Open(mark))
    return _read_name(data, match.end(), stack), True


def _pass_value(data: bytes, at: int, stack: list[_Open]) -> tuple[int, bool]:
    """Read what comes after a value; returns as ``_begin_value``."""
    owner = stack[-1]
    owner.count += 1
    match = _NEXT.match(data, at)
    if match is None or match[1] not in (b",", _CLOSING[owner.mark]):
        raise _broken(data, at, f"a comma or {_CLOSING[owner.mark].decode('ascii')}")
    if match[1] == b",":
        return _read_name(data, match.end(), stack), True
    stack.pop()
    return match.end(), False


def _read_name(data: bytes, at: int, stack: list[_Open]) -> int:
    """Read the next member's name, where an object is open; the index where its value may begin."""
    owner = stack[-1]
    if owner.mark == b"[":
        return at
    match = _NAME.match(data, at)
    if match is None:
        raise _broken(data, at, _A_NAME)
    owner.name = msgspec.json.decode(match[1], type=str)
    if owner.name in owner.names:
        path = ""
        for holder in stack:
            path = path_to(path, holder.count if holder.name is None else holder.name)
        raise TaskError(
            "duplicate_member",
            "expected members of different names, got a second one of the same",
            path=path,
            offset=match.start(1),
            source="RFC 8259 §4",
        )
    owner.names.add(owner.name)
    colon = _COLON.match(data, match.end())
    if colon is None:
        raise _broken(data, match.end(), "a colon")
    return colon.end()


def _check_number(number: bytes, at: int) -> None:
    try:
        _read(number)
    except msgspec.DecodeError:
        code, source = "number_out_of_range", "RFC 8259 §6"
        message = "expected a number that fits a double, got a larger one"
        if len(number) > MAX_INTEGER_DIGITS:
            code, message = "number_too_long", f"expected at most {MAX_INTEGER_DIGITS} digits"
        raise TaskError(code, message, offset=at, source=source) from None


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
