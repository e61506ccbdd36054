"""JSON read as spans, and edited as bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure.json_edit import (
    MAX_DEPTH,
    MAX_NUMBER_BYTES,
    Value,
    member_of,
    path_to,
    read_object,
    text_of,
    without_member,
)
from odatabatch.errors import TaskError

SPACE = st.text(" \t\r\n", max_size=3)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
NAMES = st.text(max_size=5) | st.sampled_from(["id", "odata.type", "a b", "é", '"', "\\"])


def spaced(value: Any, draw: Callable[[Any], Any]) -> str:
    """A JSON text of the value, with white space anywhere and characters escaped or not."""

    def gap() -> str:
        return str(draw(SPACE))

    if isinstance(value, dict):
        members = [
            f"{gap()}{spaced(name, draw)}{gap()}:{gap()}{spaced(item, draw)}{gap()}"
            for name, item in value.items()
        ]
        return "{" + (",".join(members) or gap()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(gap() + spaced(v, draw) + gap() for v in value) or gap()) + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def objects(draw: st.DrawFn) -> tuple[dict[str, Any], bytes]:
    """An object, and a text of it."""
    values = st.recursive(
        SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=8
    )
    value = draw(st.dictionaries(NAMES, values, max_size=5))
    return value, (draw(SPACE) + spaced(value, draw) + draw(SPACE)).encode("utf-8")


def refuse_doubtful(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as ``json`` hands it over, refused where it has a name twice."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def refuse_constant(text: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(text)


def as_json(data: bytes) -> Any:
    """What CPython's reader makes of it, where it is strict JSON that is an object; else None."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=refuse_doubtful,
            parse_constant=refuse_constant,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def as_ours(data: bytes, value: Value) -> Any:
    """The value that the spans stand for."""
    if value.kind == "object":
        return {child.name: as_ours(data, child) for child in value.children}
    if value.kind == "array":
        return [as_ours(data, child) for child in value.children]
    if value.kind == "string":
        return text_of(data, value)
    return json.loads(data[value.start : value.end])


@given(objects())
def test_spans_hold_the_values(case: tuple[dict[str, Any], bytes]) -> None:
    """RFC 8259: every span is the text of its own value, and names are unescaped."""
    value, data = case
    assert as_ours(data, read_object(data, levels=MAX_DEPTH)) == value


@given(objects(), st.integers(0, 3))
def test_levels_bound_the_children(case: tuple[dict[str, Any], bytes], levels: int) -> None:
    """No value below the levels that were asked for is kept."""

    def depth(value: Value) -> int:
        return 1 + max(map(depth, value.children), default=0)

    assert depth(read_object(case[1], levels)) <= levels + 1


@given(st.text('{}[]",:\\u0041daDA fetrulsn-+.eE10NI\t\n', max_size=30).map(str.encode))
def test_takes_what_json_takes(text: bytes) -> None:
    """The same texts are taken as CPython's reader takes, told to be strict."""
    for data in (text, b'{"a":' + text + b"}", b'{"' + text + b'":1}', b'{"a":"' + text + b'"}'):
        try:
            ours = as_ours(data, read_object(data, levels=MAX_DEPTH))
        except TaskError:
            ours = None
        assert ours == as_json(data)


@given(st.binary(max_size=200))
def test_only_our_errors(noise: bytes) -> None:
    """Arbitrary bytes give a value or a ``TaskError`` that says where."""
    for data in (noise, b'{"a":' + noise + b"}", b'{"a":"' + noise + b'"}'):
        offset: int | None = 0
        try:
            read_object(data)
        except TaskError as error:
            offset = error.offset
        assert offset is not None
        assert 0 <= offset <= len(data)


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        (b"", "invalid_json", 0),
        (b"  ", "invalid_json", 2),
        (b"{", "invalid_json", 1),
        (b'{"a"', "invalid_json", 4),
        (b'{"a":', "invalid_json", 5),
        (b'{"a":1', "invalid_json", 6),
        (b'{"a":1,', "invalid_json", 7),
        (b'{"a":1,}', "invalid_json", 7),
        (b"{,}", "invalid_json", 1),
        (b"{1:2}", "invalid_json", 1),
        (b"{'a':1}", "invalid_json", 1),
        (b'{"a" 1}', "invalid_json", 5),
        (b'{"a":1 "b":2}', "invalid_json", 7),
        (b'{"a":[1,]}', "invalid_json", 8),
        (b'{"a":[1}', "invalid_json", 7),
        (b'{"a":1]', "invalid_json", 6),
        (b'{"a":]}', "invalid_json", 5),
        (b'{"a":NaN}', "invalid_json", 5),
        (b'{"a":-Infinity}', "invalid_json", 5),
        (b'{"a":01}', "invalid_json", 6),
        (b'{"a":1.}', "invalid_json", 6),
        (b'{"a":.5}', "invalid_json", 5),
        (b'{"a":+1}', "invalid_json", 5),
        (b'{"a":True}', "invalid_json", 5),
        (b'{"a":nul}', "invalid_json", 5),
        (b'{"a":1}}', "invalid_json", 7),
        (b'{"a":1} x', "invalid_json", 8),
        (b'{}{"a":1}', "invalid_json", 2),
        (b'{"a":"b', "invalid_json", 7),
        (b'{"a":"\n"}', "invalid_json", 6),
        (b'{"a":"b\\x"}', "invalid_json", 7),
        (b'{"a":"\\u12"}', "invalid_json", 6),
        (b'{"a\\', "invalid_json", 3),
        (b'{"a":1,"b\\ud83d":2}', "lone_surrogate", 9),
        (b'{"a":"\\ud83d"}', "lone_surrogate", 6),
        (b'{"a":"\\ud83dx"}', "lone_surrogate", 6),
        (b'{"a":"\\ud83d\\u0041"}', "lone_surrogate", 6),
        (b'{"a":"\\uDE00\\ud83d"}', "lone_surrogate", 6),
        (b"\xef\xbb\xbf{}", "byte_order_mark", 0),
        (b'{"a":"\xff"}', "invalid_utf8", 6),
        (b'{"a":"\xed\xa0\xbd"}', "invalid_utf8", 6),
        (b'{"a":"\xc0\x80"}', "invalid_utf8", 6),
        (b'{\0"\0a\0"\0:\x001\0}\0', "invalid_json", 1),
        (b"[]", "not_an_object", 0),
        (b' "a"', "not_an_object", 1),
        (b"null", "not_an_object", 0),
        (b'{"a":1,"a":2}', "duplicate_member", 7),
        (b'{"a":1,"\\u0061":2}', "duplicate_member", 7),
        (b'{"a":[0,{"b":1,"b":1}]}', "duplicate_member", 15),
        (b'{"":1,"":1}', "duplicate_member", 6),
    ],
)
def test_refuses(text: bytes, code: str, offset: int) -> None:
    """What is no strict JSON object is refused, at the byte that shows it."""
    with pytest.raises(TaskError) as caught:
        read_object(text)
    assert (caught.value.code, caught.value.offset) == (code, offset)


@pytest.mark.parametrize("deep", [b'{"a":', b"["])
def test_depth_is_bounded(deep: bytes) -> None:
    """As deep as the bound is taken, one deeper is refused, and so is a bomb."""
    closing = {b'{"a":': b"}", b"[": b"]"}[deep]
    inner = MAX_DEPTH - 1
    assert read_object(b'{"a":' + deep * inner + b"1" + closing * inner + b"}", MAX_DEPTH)
    for more in (MAX_DEPTH, 1_000_000):
        with pytest.raises(TaskError) as caught:
            read_object(b'{"a":' + deep * more)
        assert caught.value.code == "json_too_deep"
        assert caught.value.offset == 5 + len(deep) * inner


@pytest.mark.parametrize("sign", [b"", b"-"])
def test_length_of_numbers_is_bounded(sign: bytes) -> None:
    """As long as the bound is taken, one longer is refused."""
    digits = MAX_NUMBER_BYTES - len(sign)
    assert read_object(b'{"a":' + sign + b"1" * digits + b"}")
    with pytest.raises(TaskError) as caught:
        read_object(b'{"a":' + sign + b"1" * (digits + 1) + b"}")
    assert (caught.value.code, caught.value.offset) == ("number_too_long", 5)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b'{"a":1,"a":2}', "a"),
        (b'{"a":{"b":[1,[2,{"c":1,"c":2}]]}}', "a.b[1][1].c"),
        (b'{"odata.type":1,"odata.type":2}', '["odata.type"]'),
        (b'{"a":{"b c":1,"b c":2}}', 'a["b c"]'),
    ],
)
def test_duplicates_have_a_path(text: bytes, path: str) -> None:
    """RFC 8259 §4: the second member of a name is named."""
    with pytest.raises(TaskError) as caught:
        read_object(text)
    assert caught.value.path == path


def test_paths_are_cut_and_escaped() -> None:
    """A name as its writer likes it does not reach the terminal as it is."""
    assert path_to("a", "\x1b[2J\u202e") == 'a["\\x1b[2J\\u202e"]'
    assert len(path_to("", "é" * 10_000)) < 500


def test_bytes_alone() -> None:
    """Text is no bytes."""
    with pytest.raises(TypeError):
        read_object("{}")  # type: ignore[arg-type]


def test_member_of() -> None:
    """A member is there, absent, null, or of another kind."""
    whole = read_object(b'{"a":1,"b":null,"c":"x"}')
    found = member_of(whole, "c", "string")
    assert found is not None
    assert (found.name, found.member_start, found.start, found.end) == ("c", 16, 20, 23)
    assert member_of(whole, "b", "string") is None
    assert member_of(whole, "z", "string") is None
    with pytest.raises(TaskError) as caught:
        member_of(whole, "a", "string", "value[0]")
    assert (caught.value.code, caught.value.path) == ("wrong_type", "value[0].a")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"x":1,"a":2}', b'{"a":2}'),
        (b'{"a":2,"x":1}', b'{"a":2}'),
        (b'{"a":2,"x":1,"b":3}', b'{"a":2,"b":3}'),
        (b'{"x":1}', b"{}"),
        (b'{"a":2}', b'{"a":2}'),
        (b"{}", b"{}"),
        (b' {\r\n  "x" : [1, {"x":2}] ,\r\n  "a" : 2\r\n} ', b'{\r\n  "a" : 2\r\n}'),
        (b'{\r\n  "a" : 2 ,\r\n  "x" : 1\r\n}', b'{\r\n  "a" : 2\r\n}'),
        (b'{"\\u0078":1,"a":2}', b'{"a":2}'),
        (b'{"x":null,"a":2}', b'{"a":2}'),
        (b'{"a":{"x":1}}', b'{"a":{"x":1}}'),
    ],
)
def test_without_member(before: bytes, after: bytes) -> None:
    """One member goes, with one comma; the last one with the comma before it."""
    assert without_member(before, read_object(before), "x") == after


@given(objects(), st.integers(0, 5), st.data())
def test_dropping_keeps_every_other_byte(
    case: tuple[dict[str, Any], bytes], place: int, data: st.DataObject
) -> None:
    """What goes is one member, with the comma and the white space up to its neighbour."""
    members = [item for item in case[0].items() if item[0] != "odata.type"]
    place = min(place, len(members))
    members.insert(place, ("odata.type", data.draw(SCALARS)))
    texts = [
        (
            data.draw(SPACE),
            spaced(name, data.draw) + ":" + spaced(value, data.draw),
            data.draw(SPACE),
        )
        for name, value in members
    ]
    before = "{" + ",".join("".join(text) for text in texts) + "}"
    rest = texts[:place] + texts[place + 1 :]
    if place < len(rest):
        rest[place] = (texts[place][0], *rest[place][1:])
    elif rest:
        rest[-1] = (*rest[-1][:2], texts[place][2])
    else:
        rest = [(texts[0][0], "", texts[0][2])]
    after = "{" + ",".join("".join(text) for text in rest) + "}"
    whole = before.encode("utf-8")
    assert without_member(whole, read_object(whole), "odata.type") == after.encode("utf-8")
