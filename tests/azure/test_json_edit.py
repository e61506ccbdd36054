"""JSON objects edited as bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch.azure.json_edit import DROP, Edit, Edits, edited
from odatabatch.azure.json_text import read_object
from tests.azure.test_json_text import SPACE, objects, spaced

A = Edits({"a": Edit("b")})


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        # What goes, with its comma.
        (b'{"x":1,"a":2}', Edits({"x": DROP}), b'{"a":2}'),
        (b'{"a":2,"x":1}', Edits({"x": DROP}), b'{"a":2}'),
        (b'{"a":2,"x":1,"b":3}', Edits({"x": DROP}), b'{"a":2,"b":3}'),
        (b'{"x":1}', Edits({"x": DROP}), b"{}"),
        (b'{"x":null,"a":2}', Edits({"x": DROP}), b'{"a":2}'),
        (b'{"x":1,"a":{"x":1}}', Edits({"x": DROP}), b'{"a":{"x":1}}'),
        (b' {\r\n  "x" : [1, {"x":2}] ,\r\n  "a" : 2\r\n} ', Edits({"x": DROP}), b'{"a":2}'),
        (b'{"\\u0078":1,"a":2}', Edits({"x": DROP}), b'{"a":2}'),
        # What is renamed keeps its place and its value's bytes.
        (b'{"x":1,"a":1.0E+2,"y":2}', A, b'{"x":1,"b":1.0E+2,"y":2}'),
        (b'{"a":"\\u0061\\/\xc3\xa9"}', A, b'{"b":"\\u0061\\/\xc3\xa9"}'),
        (b'{"a": { "c" : [ -0 , 1e5 ] } }', A, b'{"b":{ "c" : [ -0 , 1e5 ] }}'),
        (b'{"a":12345678901234567890123}', A, b'{"b":12345678901234567890123}'),
        (b'{"a":null}', A, b'{"b":null}'),
        # What has a new value keeps its place.
        (b'{"a":1,"b":2}', Edits({"a": Edit("a", b"[ 1 ]")}), b'{"a":[ 1 ],"b":2}'),
        (b'{"a":1,"b":2}', Edits({"a": Edit("c", b'"\\u0061"')}), b'{"c":"\\u0061","b":2}'),
        # Objects inside, and objects in arrays: those that nothing touches keep their white space.
        (b'{"o":{ "a":1 },"p":{ "a":1 }}', Edits({"o": Edit("o", None, A)}),
         b'{"o":{"b":1},"p":{ "a":1 }}'),
        (b'{"o":[{ "a":1 }, { "a":2 }, { "a":3 }]}', Edits({"o": Edit("q", None, {1: A})}),
         b'{"q":[{ "a":1 },{"b":2},{ "a":3 }]}'),
        (b'{"o":{"o":{"a":{ "o":1 }}}}',
         Edits({"o": Edit("o", None, Edits({"o": Edit("o", None, A)}))}),
         b'{"o":{"o":{"b":{ "o":1 }}}}'),
        # What is new comes last, in its order.
        (b'{ }', Edits(added=[("z", b"1"), ("y", b"{ }")]), b'{"z":1,"y":{ }}'),
        (b'{"x":1,"a":2}', Edits({"x": DROP}, [("x", b"3")]), b'{"a":2,"x":3}'),
        (b'{"o":{}}', Edits({"o": Edit("o", None, Edits(added=[("a", b"1.0")]))}),
         b'{"o":{"a":1.0}}'),
        # Nothing.
        (b'{ "a" : 1.0 }', Edits(), b'{"a":1.0}'),
    ],
)  # fmt: skip
def test_edits(before: bytes, edits: Edits, after: bytes) -> None:
    """Dropped, renamed, given another value, added; inside objects and arrays as well."""
    assert edited(before, edits) == after


def test_names_are_written_as_json() -> None:
    """A name with an escape is written as the text that it is."""
    before = b'{"\\u0061\\"\\\\\\n":1,"x":2}'
    after = edited(before, Edits({"x": DROP}))
    assert after == b'{"a\\"\\\\\\n":1}'
    assert json.loads(after) == {'a"\\\n': 1}


@given(objects(), st.data())
def test_untouched_values_keep_their_bytes(
    case: tuple[dict[str, object], bytes], data: st.DataObject
) -> None:
    """RFC 8259: whatever an edit does, other values stay as they are, and members in order."""
    plain = st.text("abcdefgh", min_size=1, max_size=4)
    names = data.draw(st.lists(plain, unique=True, max_size=6))
    values = {name: spaced(case[0], data.draw) for name in names}
    scalars = st.sampled_from(["1.0E+2", "-0", '"\\u0061"', "null", "12345678901234567890123"])
    values |= {name: data.draw(scalars) for name in names if data.draw(st.booleans())}
    before = ",".join(
        f"{data.draw(SPACE)}{json.dumps(name)}{data.draw(SPACE)}:"
        f"{data.draw(SPACE)}{value}{data.draw(SPACE)}"
        for name, value in values.items()
    )
    edits = Edits()
    expected = []
    for name, value in values.items():
        kind = data.draw(st.sampled_from(["keep", "drop", "rename", "replace"]))
        if kind == "keep":
            expected.append(f'"{name}":{value}')
        elif kind == "drop":
            edits.members[name] = DROP
        elif kind == "rename":
            edits.members[name] = Edit(name.upper())
            expected.append(f'"{name.upper()}":{value}')
        else:
            edits.members[name] = Edit(name, b"[ ]")
            expected.append(f'"{name}":[ ]')
    for name in data.draw(st.lists(st.sampled_from(["New", "Newer"]), unique=True)):
        edits.added.append((name, b'{ "x" : 1.0 }'))
        expected.append(f'"{name}":{{ "x" : 1.0 }}')
    after = edited(f"{{{before}}}".encode(), edits)
    assert after == f"{{{','.join(expected)}}}".encode()
    read_object(after)
