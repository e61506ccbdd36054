"""Hypothesis strategies for tasks, made from the schema's tables, and for texts of them."""

from __future__ import annotations

import json
import random
import re
import string
from typing import Any

from hypothesis import strategies as st

from odatabatch.azure.rules import Schema, schema_of
from odatabatch.azure.schema import ANY, JOB, TASK, TYPES, Member
from odatabatch.azure.versions import VERSIONS

Task = dict[str, Any]

versions = st.sampled_from(VERSIONS)

TASK_ID = string.ascii_letters + string.digits + "-_"
BLOBS = (
    "https://account.blob.core.windows.net/container/blob?sv=2015&sig=x%2F",
    "HTTP://Account.Blob.Core.ChinaCloudApi.cn/c/b",
)
OTHER_URLS = ("https://example.org/file", "ftp://account.blob.core.windows.net/c/b", "")
DURATIONS = ("PT1H", "P7D", "P10675199DT2H48M5.4775807S", "")
TEXTS = ("", "a", "cmd /c echo \"'\\\t", "é\u2028\U0001f600", "x/y")

# Names that members have, or had, anywhere; and names that none ever had.
OLD_NAMES = ("name", "taskConstraints", "schedulingError", "blobSource", "userName")
NAMES = (*sorted({name for members in TYPES.values() for name in members}), *OLD_NAMES)
STRANGE_NAMES = ("", "odata.type", "odata.metadata", "a@odata.type", "x custom", "é", "ID", "Name")

_numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from((0, 1, -1, 2**31, 1.0, -0.0, 1e300, 1e-7)),
)
scalars = st.one_of(st.none(), st.booleans(), _numbers, st.sampled_from(TEXTS))
names = st.sampled_from((*NAMES, *STRANGE_NAMES))
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
"""Any JSON value, its members with names that mean something somewhere."""

_int32 = st.one_of(st.sampled_from((1, 0, -1)), st.integers(-(2**31), 2**31 - 1))


def tasks(
    api_version: str, *, strange: bool = False, sloppy: bool = False
) -> st.SearchStrategy[Task]:
    """Tasks of an api-version.

    Args:
        api_version: a public one.
        strange: whether there may be members that the version does not have.
        sloppy: whether there may be members that are null.
    """
    return _objects(schema_of(api_version), TASK, strange, sloppy)


def jobs(api_version: str) -> st.SearchStrategy[Task]:
    """Jobs of an api-version."""
    return _objects(schema_of(api_version), JOB, False, False)


@st.composite
def _objects(draw: st.DrawFn, schema: Schema, owner: str, strange: bool, sloppy: bool) -> Task:
    members = schema[owner]
    needed = [name for name, member in members.items() if member.required]
    if not members:
        return {}  # of a type that is open, and has nothing yet
    chosen = draw(st.lists(st.sampled_from(list(members)), unique=True, max_size=6))
    order = draw(st.permutations(list(dict.fromkeys((*needed, *chosen)))))
    made: Task = {}
    for name in order:
        member = members[name]
        if sloppy and not member.required and draw(st.integers(0, 5)) == 5:
            made[name] = None
        else:
            made[name] = draw(_values(schema, name, member, strange, sloppy))
    if strange and draw(st.integers(0, 3)) == 3:
        # Those that objects of this type have in other versions, and those of any other.
        own = [name for name in (*TYPES[owner], *OLD_NAMES) if name not in members]
        others = st.one_of(st.sampled_from(own), names.filter(lambda name: name not in members))
        made.update(draw(st.dictionaries(others, anything, min_size=1, max_size=2)))
    return made


def _values(
    schema: Schema, name: str, member: Member, strange: bool, sloppy: bool
) -> st.SearchStrategy[Any]:
    if member.kind == "array":
        items = _scalars(name, Member("string", words=member.words))
        if member.of in schema:
            items = _objects(schema, member.of, strange, sloppy)
        return st.lists(items, max_size=2)
    if member.kind == "object":
        if member.of == ANY:
            return st.dictionaries(names, anything, max_size=2)
        return _objects(schema, member.of, strange, sloppy)
    return _scalars(name, member)


def _scalars(name: str, member: Member) -> st.SearchStrategy[Any]:
    if member.kind == "boolean":
        return st.booleans()
    if member.kind == "int32":
        return _int32
    if member.kind == "duration":
        return st.sampled_from(DURATIONS)
    if member.words:
        return st.sampled_from(member.words).flatmap(_in_any_case)
    if name in ("httpUrl", "blobSource"):
        return st.sampled_from((*BLOBS, *OTHER_URLS))
    if name in ("id", "name"):
        return st.text(TASK_ID, min_size=1, max_size=8)
    return st.sampled_from(TEXTS)


def _in_any_case(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from((word, word.lower(), word.upper(), word.capitalize()))


def whole_task(api_version: str, *, items: int = 1) -> Task:
    """The task that has every member of an api-version, each array with so many items."""
    return _whole(schema_of(api_version), TASK, items)


def whole_job(api_version: str) -> Task:
    """The job that has every member of an api-version, its pool's among them."""
    return _whole(schema_of(api_version), JOB, 1)


def bare_task(api_version: str) -> Task:
    """The task that has nothing but every object, each with what it needs."""
    return _whole(schema_of(api_version), TASK, 1, bare=True)


def _whole(schema: Schema, owner: str, items: int, bare: bool = False) -> Task:
    made: Task = {}
    for name, member in schema[owner].items():
        value: Any
        if member.of in schema:
            value = _whole(schema, member.of, items, bare)
        elif bare and not member.required:
            continue
        elif member.of == ANY:
            value = {"text": "PT1H"}
        elif member.kind == "boolean":
            value = True
        elif member.kind == "int32":
            value = 2
        elif name in ("httpUrl", "blobSource"):
            value = BLOBS[0]
        else:
            value = (member.words or ("PT1H",))[-1]
        made[name] = [value] * items if member.kind == "array" else value
    return made


# Texts

_ESCAPES = {"/": "\\/", "\n": "\\n", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
_GAPS = ("", "", "", " ", "\n", "\t", "\r\n  ")


@st.composite
def texts(draw: st.DrawFn, value: Any) -> bytes:
    """A JSON text of a value: odd white space, escapes that need not be, numbers in other forms."""
    chance = draw(st.randoms(use_true_random=False))
    return _spelled(value, chance).encode("utf-8")


def _spelled(value: Any, chance: random.Random) -> str:
    text: str
    if isinstance(value, dict):
        members = (
            f"{_gap(chance)}{_quoted(name, chance)}{_gap(chance)}:{_spelled(item, chance)}"
            for name, item in value.items()
        )
        text = "{" + (",".join(members) or _gap(chance)) + "}"
    elif isinstance(value, list):
        text = "[" + (",".join(_spelled(item, chance) for item in value) or _gap(chance)) + "]"
    elif isinstance(value, str):
        text = _quoted(value, chance)
    elif isinstance(value, float):
        text = _float(value, chance)
    elif value == 0 and value is not False:
        text = chance.choice(("0", "-0"))
    else:
        text = json.dumps(value)
    return _gap(chance) + text + _gap(chance)


def _gap(chance: random.Random) -> str:
    return chance.choice(_GAPS)


def _quoted(text: str, chance: random.Random) -> str:
    """A string, its characters as they are or escaped in one of the ways that RFC 8259 §7 has."""
    spelled = []
    for character in text:
        escapes = [json.dumps(character)[1:-1]]
        if character in _ESCAPES:
            escapes.append(_ESCAPES[character])
        if ord(character) >= 0x20 and character not in '"\\':
            escapes += [character] * 4
        if ord(character) < 0x10000:
            escapes.append(f"\\u{ord(character):04X}")
        spelled.append(chance.choice(escapes))
    return f'"{"".join(spelled)}"'


def _float(value: float, chance: random.Random) -> str:
    text = json.dumps(value)
    forms = [text, text.upper(), re.sub(r"\A(-?\d+\.\d+)\Z", r"\g<1>00", text)]
    if "e" not in text:
        forms += [f"{text}e0", f"{text}E+00"]
    return chance.choice(forms)
