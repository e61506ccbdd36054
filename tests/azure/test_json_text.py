"""JSON texts, read with nothing beside the grammar and no member twice."""

from __future__ import annotations

import inspect
import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odatabatch.azure import json_text
from odatabatch.azure.json_text import (
    MAX_DEPTH,
    MAX_INTEGER_DIGITS,
    is_annotation,
    kind_of,
    path_to,
    read_json,
    read_object,
    read_shaped,
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
NAMES = st.text(max_size=5) | st.sampled_from(["id", "odata.type", "a b", "é", '"', "\\", ":"])


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


# Texts by the grammar, and texts that are nearly so

NUMBERS = st.sampled_from(
    [
        *("0", "-0", "-0.0", "0.1", "1.0E+2", "1e5", "1E-5", "0e-7", "1e-999", "1e308"),
        *("12345678901234567890123", "-9223372036854775809", "1e309", "-1e999"),
        *("00", "01", "1.", ".5", "+1", "-", "1e", "0x1", "1_0", "NaN", "Infinity", "-Infinity"),
    ]
)
LITERALS = st.sampled_from(["true", "false", "null", "True", "nul", "nullx", "undefined"])
CHARACTERS = st.sampled_from(
    [
        *"aeé:\u2028😀\x7f/",
        *("\\" + mark for mark in '"\\/bfnrt'),
        *("\\u0061", "\\u003a", "\\u003A", "\\u0022", "\\u0000", "\\uD83D\\uDE00", "\\\\u003a"),
        *("\\ud83d", "\\uDE00", "\\x", "\\u12", "\\u00g0", "\n", "\x00", "'"),
    ]
)
STRINGS = st.lists(CHARACTERS, max_size=4).map(lambda marks: f'"{"".join(marks)}"')
SOUND_NAMES = st.sampled_from(['"a"', '"b"', '"\\u0061"', '"a:b"', '"a\\u003ab"', '""', '"é"'])


@st.composite
def texts(draw: st.DrawFn, depth: int = 3) -> str:
    """A JSON text, or something close to one: names may be there twice, numbers may be none."""
    kinds = ["number", "string", "literal", "object", "array"]
    kind = draw(st.sampled_from(kinds if depth else kinds[:3]))
    gap = draw(SPACE)
    if kind in ("object", "array"):
        items = draw(st.lists(texts(depth - 1), max_size=3))
        if kind == "array":
            return f"{gap}[{','.join(items)}]"
        names = SOUND_NAMES | STRINGS if draw(st.booleans()) else SOUND_NAMES
        members = [f"{draw(SPACE)}{draw(names)}{draw(SPACE)}:{item}" for item in items]
        return f"{gap}{{{','.join(members)}}}"
    leaves = {"number": NUMBERS, "string": STRINGS, "literal": LITERALS}
    return f"{gap}{draw(leaves[kind])}{draw(SPACE)}"


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A JSON text of which some bytes were cut, doubled, replaced or added."""
    text = draw(objects())[1] if draw(st.booleans()) else draw(texts()).encode("utf-8")
    for _ in range(draw(st.integers(0, 3))):
        first, last = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        middle = draw(
            st.sampled_from([b"", text[first:last] * 2, b'"', b"\\", b",", b":", b"}", b"]", b"{"])
            | st.binary(max_size=3)
        )
        text = text[:first] + middle + text[last:]
    return text


# The standard library's reader, told to be as strict


def refuse_doubtful(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as ``json`` hands it over, refused where it has a name twice."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def refuse_constant(text: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(text)


def finite(text: str) -> float:
    """A number that a double can hold."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def as_json(data: bytes) -> str | None:
    """What CPython's reader makes of it, in words that tell types apart; None: it is refused."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=refuse_doubtful,
            parse_constant=refuse_constant,
            parse_float=finite,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates
    except ValueError:
        return None
    return repr(value)


def as_ours(data: bytes) -> str | None:
    """What ours makes of it, likewise."""
    try:
        return repr(read_json(data))
    except TaskError:
        return None


def scanned(data: bytes) -> bool:
    """Whether the careful scanner takes it."""
    try:
        json_text._scan(data)
    except TaskError:
        return False
    return True


class SlowError(Exception):
    """The fast path left a text to the scanner."""


def is_read_at_once(data: bytes) -> bool:
    """Whether the fast path takes it."""
    with mock.patch.object(json_text, "_scan", side_effect=SlowError):
        try:
            read_json(data)
        except SlowError:
            return False
    return True


@given(objects())
def test_reads_the_value(case: tuple[dict[str, Any], bytes]) -> None:
    """RFC 8259: every text of a value is read as that value."""
    value, data = case
    assert repr(read_object(data)) == repr(value)


@given(mutations() | texts().map(str.encode))
@example(b'{"a":1,"a":"\\u003a"}')
@example(b'{"a":":","a":":"}')
@example(b'{"a":1,"\\u0061":1}')
@example(b'["\\\\u003a"]')
@example(b"\xef\xbb\xbf{}")
@example(b'"\xed\xa0\xbd"')
def test_takes_what_a_strict_reader_takes(data: bytes) -> None:
    """RFC 8259 §2 to §8: the same texts are taken, and mean the same, on either path.

    The scanner takes them all. The fast path takes nothing else; what it leaves is read after the
    scanner has taken it.
    """
    expected = as_json(data)
    assert as_ours(data) == expected
    assert scanned(data) == (expected is not None)
    assert expected is not None or not is_read_at_once(data)


@given(st.text('{}[]",:\\u0041daDA fetrulsn-+.eE10NI\t\n', max_size=30).map(str.encode))
def test_takes_what_json_takes(text: bytes) -> None:
    """The same, of noise in the characters of JSON."""
    for data in (text, b'{"a":' + text + b"}", b'{"' + text + b'":1}', b'{"a":"' + text + b'"}'):
        expected = as_json(data)
        assert as_ours(data) == expected
        assert scanned(data) == (expected is not None)


@pytest.mark.parametrize(
    "data",
    [
        b'{"id":"a","commandLine":"cmd /c echo \xc3\xa9 \\u0061 \\" \\\\ http://h:80/","n":1.0E+2}',
        b' {\r\n "a" : [ { } , [ ] , -0 , 12345678901234567890123 ] } \t',
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
    ],
)
def test_plain_texts_take_the_fast_path(data: bytes) -> None:
    """Or it were no path."""
    assert is_read_at_once(data)


@given(st.binary(max_size=200) | mutations())
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
        (b'{"a":[}', "invalid_json", 6),
        (b'{"a":1]', "invalid_json", 6),
        (b"{]", "invalid_json", 1),
        (b'{"a":]}', "invalid_json", 5),
        (b'{"a":NaN}', "invalid_json", 5),
        (b'{"a":Infinity}', "invalid_json", 5),
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
        (b"\xff\xfe{\0}\0", "invalid_utf8", 0),
        (b'{"a":"\xff"}', "invalid_utf8", 6),
        (b'{"\xff":1}', "invalid_utf8", 2),
        (b'{"a":1}\xff', "invalid_utf8", 7),
        (b'{"a":"\xed\xa0\xbd"}', "invalid_utf8", 6),
        (b'{"a":"\xed\xa0\xbd\xed\xb8\x80"}', "invalid_utf8", 6),
        (b'{"a":"\xc0\x80"}', "invalid_utf8", 6),
        (b'{\0"\0a\0"\0:\x001\0}\0', "invalid_json", 1),
        (b'{"a":1e999}', "number_out_of_range", 5),
        (b'{"a":-1E+400}', "number_out_of_range", 5),
        (b'{"a":1' + b"0" * 400 + b".0}", "number_out_of_range", 5),
        (b"[]", "not_an_object", 0),
        (b'"a"', "not_an_object", 0),
        (b"null", "not_an_object", 0),
    ],
)
def test_refuses(text: bytes, code: str, offset: int) -> None:
    """What is no strict JSON object is refused, at the byte that shows it."""
    with pytest.raises(TaskError) as caught:
        read_object(text)
    assert (caught.value.code, caught.value.offset) == (code, offset)


def test_no_text_behind_an_error() -> None:
    """The error of the codec holds the whole text, and does not stand behind ours."""
    with pytest.raises(TaskError) as caught:
        read_object(b'{"key":"secret\xff"}')
    assert caught.value.__context__ is None


class TestDuplicates:
    """RFC 8259 §4: members of one object have different names."""

    @pytest.mark.parametrize(
        ("text", "offset", "path"),
        [
            (b'{"a":1,"a":2}', 7, "a"),
            (b'{"a":1,"a":1}', 7, "a"),
            (b'{"":1,"":1}', 6, '[""]'),
            (b'{"a":1,"\\u0061":2}', 7, "a"),
            (b'{"\\u0061":1,"a":2}', 12, "a"),
            (b'{"a":[0,{"b":1,"b":1}]}', 15, "a[1].b"),
            (b'{"a":{"b":[1,[2,{"c":1,"c":2}]]}}', 23, "a.b[1][1].c"),
            (b'[0,{"a":1,"a":2}]', 10, "[1].a"),
            (b'{"odata.type":1,"odata.type":2}', 16, '["odata.type"]'),
            (b'{"a":{"b c":1,"b c":2}}', 14, 'a["b c"]'),
            # Values that hold colons, as they are and as escapes: a count of colons is no proof.
            (b'{"a":"x:y","a":"z"}', 11, "a"),
            (b'{"a":"z","a":"x:y"}', 9, "a"),
            (b'{"a":":","a":":"}', 9, "a"),
            (b'{"a":1,"a":"\\u003a"}', 7, "a"),
            (b'{"a":1,"a":"\\u003A"}', 7, "a"),
            (b'{"a":"\\u003a","a":"\\u003a\\u003a"}', 14, "a"),
            (b'{"a":{"b":1,"c":2},"a":"\\u003a\\u003a\\u003a"}', 19, "a"),
            (b'{"a:":1,"a\\u003a":1}', 8, '["a:"]'),
            (b'{"a\\u003a":1,"a:":1}', 13, '["a:"]'),
            (b'{"a":"\\\\u003a","a":1}', 15, "a"),
        ],
    )
    def test_found(self, text: bytes, offset: int, path: str) -> None:
        """The second one is named, however it is spelled and whatever the values are."""
        with pytest.raises(TaskError) as caught:
            read_json(text)
        error = caught.value
        assert (error.code, error.offset, error.path) == ("duplicate_member", offset, path)

    @pytest.mark.parametrize(
        "text",
        [
            b'{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
            b'{"a":1,"A":1,"a ":1}',
            b'{"a":"\\u003a","b":":"}',
            b'{"a\\u003a":1,"\\\\u003a":2}',
        ],
    )
    def test_none(self, text: bytes) -> None:
        """The same name in another object, or in another case, is another member."""
        assert repr(read_json(text)) == as_json(text)


class TestLimits:
    """What would cost more than it can say."""

    @pytest.mark.parametrize("deep", [b'{"a":', b"[", b'[0,{"a":1,"b":'])
    def test_depth(self, deep: bytes) -> None:
        """64 deep is taken, one deeper is refused, and so is a bomb, where it goes too deep."""
        levels = deep.count(b"{") + deep.count(b"[")
        closing = bytes({91: 93, 123: 125}[mark] for mark in reversed(deep) if mark in b"[{")
        count = MAX_DEPTH // levels
        assert read_json(deep * count + b"1" + closing * count)
        for text in (deep * (count + 1) + b"1" + closing * (count + 1), deep * 100_000):
            with pytest.raises(TaskError) as caught:
                read_json(text)
            offset = len(deep) * count + deep.index(deep[:1])
            assert (caught.value.code, caught.value.offset) == ("json_too_deep", offset)

    def test_depth_is_not_breadth(self) -> None:
        """Many objects beside each other are no depth; one that is too deep among them is."""
        many = b",".join([b'{"a":[]}'] * 1000)
        assert len(read_json(b"[" + many + b"]")) == 1000
        deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
        with pytest.raises(TaskError) as caught:
            read_json(b"[" + many + b"," + deep + b"]")
        assert caught.value.code == "json_too_deep"
        assert caught.value.offset == 1 + len(many) + 1 + MAX_DEPTH - 1

    @pytest.mark.parametrize("sign", [b"", b"-"])
    def test_length_of_numbers(self, sign: bytes) -> None:
        """A whole number as long as the bound, its sign counted, is taken; one longer is not."""
        text = sign + b"1" * (MAX_INTEGER_DIGITS - len(sign))
        assert read_object(b'{"a":' + text + b"}") == {"a": int(text)}
        with pytest.raises(TaskError) as caught:
            read_object(b'{"a":' + text + b"1}")
        assert (caught.value.code, caught.value.offset) == ("number_too_long", 5)

    def test_long_and_out_of_range(self) -> None:
        """One that is as long as the bound, and too large, is not too long."""
        with pytest.raises(TaskError) as caught:
            read_json(b"1" * (MAX_INTEGER_DIGITS - 2) + b"e9")
        assert (caught.value.code, caught.value.offset) == ("number_out_of_range", 0)

    def test_length_of_fractions(self) -> None:
        """A fraction is read in linear work: it may be as long as it is."""
        text = b"0." + b"1" * 10 * MAX_INTEGER_DIGITS
        assert read_json(text) == float(text)
        with pytest.raises(TaskError) as caught:
            read_json(b"[1" + b"0" * MAX_INTEGER_DIGITS + b".0]")
        assert caught.value.offset == 1

    @pytest.mark.parametrize(
        "text",
        [
            b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
            b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH,
            b"[" * 100_000,
            b'[[[{"a":1,"a":2}]]]',
        ],
    )
    def test_little_room_on_the_stack(self, text: bytes) -> None:
        """Near the interpreter's recursion limit a text is read or refused, never anything else."""
        at = MAX_DEPTH if text.startswith(b"[" * (MAX_DEPTH + 1)) else 0
        for room in (20, 40, 60, 80, 120, 160):
            code, offset = None, None
            with little_room(room):
                try:
                    read_json(text)
                except TaskError as error:
                    code, offset = error.code, error.offset
            assert code in (None, "json_too_deep", "duplicate_member")
            assert code != "json_too_deep" or offset == at


@contextmanager
def little_room(frames: int) -> Iterator[None]:
    """So many frames are left before the interpreter refuses another."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """An object of one text, or of none."""

    a: str | None = None


class TestShapes:
    """What is read, and whether it fits a type."""

    @pytest.mark.parametrize(
        ("text", "fits"),
        [
            (b'{"a":"b"}', True),
            (b'{"\\u0061":"\\u003a"}', True),
            (b"{}", True),
            (b'{"a":1}', False),
            (b'{"a":":","b":"\\u003a"}', False),
            (b"[]", False),
        ],
    )
    def test_fits(self, text: bytes, fits: bool) -> None:
        """On either path; without a type nothing fits."""
        assert read_shaped(text, Shape) == (json.loads(text), fits)
        assert read_shaped(text, None) == (json.loads(text), False)

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            (b'{"a":"b","a":"c"}', "duplicate_member"),
            (b'{"b":1,"b":2}', "duplicate_member"),
            (b'{"a":"\xff"}', "invalid_utf8"),
            (b'{"b":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "json_too_deep"),
        ],
    )
    def test_errors(self, text: bytes, code: str) -> None:
        """As without a type."""
        for shape in (Shape, None):
            with pytest.raises(TaskError) as caught:
                read_shaped(text, shape)
            assert caught.value.code == code


class TestPaths:
    """Where in a JSON text something is."""

    @pytest.mark.parametrize(
        ("path", "step", "expected"),
        [
            ("", "a", "a"),
            ("a", "b_1", "a.b_1"),
            ("", 0, "[0]"),
            ("a", 12, "a[12]"),
            ("", "odata.type", '["odata.type"]'),
            ("a", "b c", 'a["b c"]'),
            ("a", "", 'a[""]'),
            ("a", "1", 'a["1"]'),
            ("a", "é", 'a["\\u00e9"]'),
            ("a", 'b"c\\', 'a["b\\"c\\\\"]'),
        ],
    )
    def test_steps(self, path: str, step: str | int, expected: str) -> None:
        """Plain names after a dot, others in brackets."""
        assert path_to(path, step) == expected

    def test_cut_and_escaped(self) -> None:
        """A name as its writer likes it does not reach the terminal as it is."""
        assert path_to("a", "\x1b[2J\u202e") == 'a["\\u001b[2J\\u202e"]'
        assert len(path_to("", "é" * 10_000)) < 500

    def test_cut_of_a_plain_name(self) -> None:
        """A long one is no plain name any more."""
        assert path_to("a", "b" * 64) == f"a.{'b' * 64}"
        assert len(path_to("a", "b" * 100_000)) < 80

    def test_cut(self) -> None:
        """64 characters of a name are shown whole, of a longer one they are a beginning."""
        assert path_to("", " " * 64) == f'["{" " * 64}"]'
        assert path_to("", " " * 65) == f'["{" " * 64}\\u2026"]'


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({}, "object"),
        ([], "array"),
        ("", "string"),
        (True, "boolean"),
        (0, "number"),
        (0.5, "number"),
        (None, "null"),
    ],
)
def test_kinds(value: Any, kind: str) -> None:
    """JSON's own words; only an object is taken where one is asked for."""
    assert kind_of(value) == kind
    text = json.dumps(value).encode("ascii")
    assert read_json(text) == value
    if kind != "object":
        with pytest.raises(TaskError) as caught:
            read_object(text)
        assert caught.value.code == "not_an_object"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("odata.type", True),
        ("odata.metadata", True),
        ("error@odata.navigationLinkUrl", True),
        ("odata", False),
        ("myodata.type", False),
        ("id", False),
    ],
)
def test_annotations(name: str, expected: bool) -> None:
    """Of the object (``odata.…``) or of a member (``…@odata.…``)."""
    assert is_annotation(name) is expected


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_any_kind(kind: Callable[[bytes], Any]) -> None:
    """Whatever holds bytes is read."""
    assert read_json(kind(b'{"a":"\\u003a"}')) == {"a": ":"}
    with pytest.raises(TaskError):
        read_json(kind(b"{"))


@pytest.mark.parametrize("value", ["{}", None, 1])
def test_bytes_alone(value: Any) -> None:
    """Text is no bytes."""
    with pytest.raises(TypeError):
        read_object(value)


@pytest.mark.parametrize(
    ("text", "message", "offset", "path"),
    [
        (b"[]", "expected an object, got a value of kind array", 0, None),
        (b" \n5", "expected an object, got a value of kind number", 2, None),
        (b'{"a"', "expected a colon, got the end of the text", 4, None),
        (b'{"a" 1}', "expected a colon, got something else", 5, None),
        (b'{"a":1', "expected a comma or }, got the end of the text", 6, None),
        (b'{"a":[1', "expected a comma or ], got the end of the text", 7, None),
        (b'{"a":[1,2,{"b":3,"b":4}]}',
         "expected members of different names, got a second one of the same", 17, "a[2].b"),
        (b'{"a":[1,2,%s]}' % (b"1" * (MAX_INTEGER_DIGITS + 1)),
         f"expected at most {MAX_INTEGER_DIGITS} digits", 10, None),
    ],
)  # fmt: skip
def test_words(text: bytes, message: str, offset: int, path: str | None) -> None:
    """What is expected, what came, and where."""
    with pytest.raises(TaskError) as caught:
        read_object(text)
    assert (caught.value.message, caught.value.offset) == (message, offset)
    assert caught.value.path == path
