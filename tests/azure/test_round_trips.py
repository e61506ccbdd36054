"""Tasks there and back: what notes say is what happened, and nothing else is another."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from odatabatch import (
    Batch,
    BatchResponse,
    Changeset,
    Headers,
    HttpRequest,
    HttpResponse,
    Operation,
    decode_request,
    encode_request,
)
from odatabatch.azure import AZURE_BATCH, Downgrade, Note, Upgrade, downgrade, upgrade
from odatabatch.azure.json_text import is_annotation
from odatabatch.azure.legacy_answers import whole_answer
from odatabatch.azure.moves import Moved, move
from odatabatch.azure.notes import path_text
from odatabatch.azure.rules import Schema, schema_of
from odatabatch.azure.schema import TASK, TYPES, Member
from odatabatch.azure.versions import VERSIONS
from odatabatch.errors import TaskError
from tests.azure.recordings import (
    Add,
    Collection,
    collected_adds,
    collections,
    needs_captures,
    needs_tables,
    single_adds,
    table,
)
from tests.azure.task_strategies import (
    anything,
    bare_task,
    names,
    tasks,
    texts,
    versions,
    whole_task,
)

Path = tuple[str | int, ...]

CHANGES_JSON = frozenset(("dropped", "renamed", "respelled", "replaced", "written"))
"""What notes say of a task's JSON; the others leave it."""

# Names of the same member, older and newer; what the pages say, not the package.
RENAMED = (
    ("name", "id"),
    ("taskConstraints", "constraints"),
    ("schedulingError", "preProcessingError"),
    ("blobSource", "httpUrl"),
    ("userName", "username"),
)
REPLACED = ("runElevated", "userIdentity")
NEWEST_NAME = dict(RENAMED)
OTHER_NAME = {**NEWEST_NAME, **{new: old for old, new in RENAMED}}
OTHER_MEMBER = dict((REPLACED, REPLACED[::-1]))

REFUSED = ("wrong_type", "member_conflict")
"""What is wrong with a task of the wrong members."""

each_source = pytest.mark.parametrize("source", VERSIONS)


def newest(path: Path) -> Path:
    """The path by the newest names."""
    return tuple(NEWEST_NAME.get(step, step) if isinstance(step, str) else step for step in path)


def as_text(task: Any) -> bytes:
    """A JSON text of a task."""
    return json.dumps(task).encode("utf-8")


# Differences, found in the JSON alone


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """What is another in one value than in the other, and where, in words that notes have.

    In other words where a note cannot say it. Paths are those of the value before; of what was
    written, by the newest names.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = counterparts(before, after)
        for name, other in pairs.items():
            here = (*path, name)
            if other is None:
                yield here, "dropped"
            elif OTHER_MEMBER.get(name) == other:
                yield from replacement(before[name], after[other], here)
            else:
                if other != name:
                    yield here, "renamed"
                yield from differences(before[name], after[other], here)
        kept = [other for other in pairs.values() if other is not None]
        new = [name for name in after if name not in kept]
        if list(after) != kept + new:
            yield path, "order of members"
        for name in new:
            yield from written(after[name], (*path, name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, (*path, index))
    elif before is None and after is not None:
        yield from written(after, path)
    elif isinstance(before, str) and isinstance(after, str) and before != after:
        yield path, "respelled" if before.lower() == after.lower() else "value"
    elif type(before) is not type(after) or before != after:
        yield path, "value"


def counterparts(before: dict[Any, Any], after: dict[Any, Any]) -> dict[Any, Any]:
    """What each member of the one is called in the other; None where it is not there."""
    pairs = {}
    for name in before:
        others = (name, OTHER_NAME.get(name), OTHER_MEMBER.get(name))
        known = (it for it in others if it in after and (it == name or it not in before))
        pairs[name] = next(known, None)
    return pairs


def written(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Each value in a new one that is no object."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from written(child, (*path, name))
    else:
        yield newest(path), "written"


def replacement(before: Any, after: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The one member for the other: whether it is elevated, and what else they say."""
    level = ("autoUser", "elevationLevel")
    yield path, "replaced"
    if isinstance(after, dict):
        assert before is True
        assert after["autoUser"]["elevationLevel"] == "admin"
        said = set(written(after, ("userIdentity",)))
        yield from said - {(("userIdentity", *level), "written")}
    else:
        auto_user = before.get("autoUser") or {}
        elevated = auto_user.get("elevationLevel") or ""
        assert after is (elevated.lower() == "admin")
        for name in before.keys() - {"autoUser"}:
            yield (*path, name), "dropped"
        for name in auto_user.keys() - {"elevationLevel"}:
            yield (*path, "autoUser", name), "dropped"


def noted(moved: Moved) -> list[tuple[Path, str]]:
    """What the notes say of the JSON, as ``differences`` does."""
    return [
        (newest(path) if note.change == "written" else path, note.change)
        for path, note in moved.findings
        if note.change in CHANGES_JSON
    ]


def hold_notes(task: Any, moved: Moved) -> None:
    """Hold the notes of a task against the differences in it."""
    said = noted(moved)
    assert len(said) == len(set(said))
    assert set(said) == set(differences(task, json.loads(moved.raw)))


def attempt(
    body: bytes, source: str, target: str, explicit: bool = True, annotated: bool = True
) -> Moved | TaskError:
    """The task for the other version, or the error."""
    try:
        return move(body, source, target, explicit, annotated)
    except TaskError as error:
        return error


def move_or_reject(body: bytes, source: str, target: str, explicit: bool = True) -> Moved:
    """The task for the other version; not considered where it has both names of a member."""
    moved = attempt(body, source, target, explicit)
    if isinstance(moved, TaskError):
        assert moved.code in REFUSED
        assume(False)
    assert isinstance(moved, Moved)
    return moved


class TestNotes:
    """Every difference has a note, and every note a difference."""

    @each_source
    @pytest.mark.parametrize("explicit", [True, False])
    def test_of_whole_tasks(self, source: str, explicit: bool) -> None:
        """With every member, from each version to each."""
        for make in (whole_task, bare_task):
            task = make(source)
            for target in VERSIONS:
                hold_notes(task, move(as_text(task), source, target, explicit))

    @given(versions, versions, st.booleans(), st.data())
    def test_of_any_task(
        self, source: str, target: str, explicit: bool, data: st.DataObject
    ) -> None:
        """With some members, with members that are null and with members that no version has."""
        task = data.draw(tasks(source, strange=True, sloppy=True))
        hold_notes(task, move_or_reject(as_text(task), source, target, explicit))

    @each_source
    def test_without_a_way(self, source: str) -> None:
        """From a version to itself there is no note, and not a byte is another."""
        for task in (whole_task(source), bare_task(source)):
            body = as_text(task)
            assert move(body, source, source) == Moved(task_id_of(task), body, [])

    @given(versions, st.data())
    def test_of_any_task_without_a_way(self, version: str, data: st.DataObject) -> None:
        """Likewise for any text; a note may say of a member that the version has none."""
        task = data.draw(tasks(version, strange=True, sloppy=True))
        assume("userName" not in json.dumps(task))  # read by another name, even so
        body = data.draw(texts(task))
        moved = move(body, version, version)
        assert moved.raw == body
        assert {note.change for _, note in moved.findings} <= {"unknown_member", "schema_unknown"}

    @given(versions, versions, st.data())
    def test_of_dropped_members(self, source: str, target: str, data: st.DataObject) -> None:
        """What is dropped is what the other version does not have, or stands in such a member."""
        task = data.draw(tasks(source, sloppy=True))
        there = paths_of_schema(target)
        for path, note in move(as_text(task), source, target).findings:
            if note.change == "dropped":
                plain = tuple(step for step in newest(path) if isinstance(step, str))
                assert plain not in there
                if path[0] != "userIdentity":
                    value = at(task, path)
                    says_nothing = value in (None, []) or (*path, value) in SAY_NOTHING
                    assert note.effect == ("exact" if says_nothing else "lost")

    @given(versions, versions, st.booleans(), st.data())
    def test_of_unknown_members(
        self, source: str, target: str, explicit: bool, data: st.DataObject
    ) -> None:
        """A member is noted as unknown where its version has none of that name, and only there."""
        task = data.draw(tasks(source, strange=True, sloppy=True))
        moved = move_or_reject(as_text(task), source, target, explicit)
        gone = {path for path, change in noted(moved) if change in ("dropped", "replaced")}
        said = {path for path, note in moved.findings if note.change in UNKNOWN}
        found = {path for what, path in faults(task, schema_of(source)) if what == "unknown"}
        assert said - {("displayName",)} == {
            path
            for path in found - {("userIdentity", "userName")}
            if not any(path[:length] in gone for length in range(1, len(path)))
            if len(path) > 1 or not is_annotation(str(path[0]))
        }

    @given(versions, versions, st.data())
    def test_of_a_stranger(self, source: str, target: str, data: st.DataObject) -> None:
        """One member that no version has is noted, and nothing else is another for it."""
        task = data.draw(tasks(source, sloppy=True))
        plain = move(as_text(task), source, target)
        strange = move(as_text({**task, "x y": None}), source, target)
        assert strange.id == plain.id
        extra = [(path, note) for path, note in strange.findings if path == ("x y",)]
        assert [note.change for _, note in extra] in (["unknown_member"], ["schema_unknown"])
        assert sorted(strange.findings, key=repr) == sorted([*plain.findings, *extra], key=repr)
        after = json.loads(strange.raw)
        assert after.pop("x y") is None
        assert after == json.loads(plain.raw)


UNKNOWN = ("unknown_member", "schema_unknown")
"""What notes say of members that are kept, as no member or as one that nobody has seen."""

SAY_NOTHING = (("runElevated", False), ("requiredSlots", 1))
"""Members of a task with the values that mean what their absence means."""


def at(value: Any, path: Path) -> Any:
    """The value at a path."""
    for step in path:
        value = value[step]
    return value


def task_id_of(task: dict[str, Any]) -> str:
    """The id of a task of any version."""
    return str(task["id"] if "id" in task else task["name"])


def paths_of_schema(version: str) -> set[Path]:
    """Every path in a task of that version, by the newest names, arrays passed over."""

    def below(schema: Schema, owner: str, path: Path) -> Iterator[Path]:
        for name, member in schema[owner].items():
            here = newest((*path, name))
            yield here
            if member.of in TYPES:
                yield from below(schema, member.of, here)

    return set(below(schema_of(version), TASK, ()))


# Bytes


class Raw(NamedTuple):
    """A JSON value as it stands in a text.

    Attributes:
        text: its own.
        inside: the values in it, by name or index, in their order.
    """

    text: str
    inside: dict[str | int, Raw]


_GAP = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def raw_of(text: str) -> Raw:
    """The value that a JSON text is."""
    return _raw(text, _past_gap(text, 0))[0]


def _past_gap(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    assert gap is not None
    return gap.end()


def _raw(text: str, start: int) -> tuple[Raw, int]:
    """The value there, and where it ends."""
    inside: dict[str | int, Raw] = {}
    opened = text[start]
    if opened not in "{[":
        end = _DECODER.raw_decode(text, start)[1]
    else:
        at = _past_gap(text, start + 1)
        while text[at] not in "}]":
            key: str | int = len(inside)
            if opened == "{":
                key, at = _DECODER.raw_decode(text, at)
                at = _past_gap(text, at)
                assert text[at] == ":"
                at = _past_gap(text, at + 1)
            inside[key], at = _raw(text, at)
            at = _past_gap(text, at)
            if text[at] == ",":
                at = _past_gap(text, at + 1)
        end = at + 1
    return Raw(text[start:end], inside), end


def hold_bytes(before: Raw, after: Raw, moved: Moved, path: Path = ()) -> None:
    """Hold the bytes of every value against the notes: it keeps them where none is about it.

    A value whose member got another name keeps them as well.
    """
    inner = [
        at
        for at, note in moved.findings
        if note.change in CHANGES_JSON
        if at[: len(path)] == path and (at != path or note.change != "renamed")
    ]
    if not inner:
        assert after.text == before.text, path
        return
    for name, other in counterparts(before.inside, after.inside).items():
        if other is not None and OTHER_MEMBER.get(name) != other:
            hold_bytes(before.inside[name], after.inside[other], moved, (*path, name))


class TestBytes:
    """Values that no note is about keep their bytes."""

    @given(versions, versions, st.booleans(), st.data())
    def test_values_that_no_note_names(
        self, source: str, target: str, explicit: bool, data: st.DataObject
    ) -> None:
        """Whatever the white space, the escapes and the forms of numbers."""
        task = data.draw(tasks(source, strange=True, sloppy=True))
        body = data.draw(texts(task))
        moved = move_or_reject(body, source, target, explicit)
        plain = move(as_text(task), source, target, explicit)
        assert json.loads(moved.raw) == json.loads(plain.raw)
        hold_bytes(raw_of(body.decode("utf-8")), raw_of(moved.raw.decode("utf-8")), moved)
        if not noted(moved):
            assert moved.raw == body

    @each_source
    def test_of_whole_tasks(self, source: str) -> None:
        """With every member, two items in each array, from each version to each."""
        body = json.dumps(whole_task(source, items=2), indent=1).encode("utf-8")
        for target in VERSIONS:
            moved = move(body, source, target)
            hold_bytes(raw_of(body.decode("utf-8")), raw_of(moved.raw.decode("utf-8")), moved)


# What comes out


def faults(
    value: Any, schema: Schema, owner: str = TASK, path: Path = ()
) -> Iterator[tuple[str, Path]]:
    """What is wrong with an object of that type, and where; what is missing by its newest name."""
    if not isinstance(value, dict):
        yield "wrong type", path
        return
    for name, child in value.items():
        member = schema[owner].get(name)
        if member is None:
            yield "unknown", (*path, name)
        elif child is not None:
            yield from faults_of_member(child, schema, member, (*path, name))
    for name, member in schema[owner].items():
        if member.required and value.get(name) is None:
            yield "missing", newest((*path, name))


def faults_of_member(
    value: Any, schema: Schema, member: Member, path: Path
) -> Iterator[tuple[str, Path]]:
    """Likewise of a member's value."""
    if not is_of(member.kind, value):
        yield "wrong type", path
    elif member.kind == "array":
        for index, item in enumerate(value):
            if member.of in schema:
                yield from faults(item, schema, member.of, (*path, index))
            elif not isinstance(item, str):
                yield "wrong type", (*path, index)
    elif member.kind == "object":
        yield from faults(value, schema, member.of, path)
    elif member.words and value.lower() not in {word.lower() for word in member.words}:
        yield "no word", path


KINDS: dict[str, type] = {
    "string": str,
    "duration": str,
    "int32": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def is_of(kind: str, value: Any) -> bool:
    """Whether a value is of a kind; a boolean is no number here."""
    return type(value) is KINDS[kind]


class TestValid:
    """A task of one version is one of the other after the move."""

    @given(versions, versions, st.booleans(), st.data())
    def test_fits_the_other_version(
        self, source: str, target: str, explicit: bool, data: st.DataObject
    ) -> None:
        """But for what notes say is required and not there."""
        task = data.draw(tasks(source, sloppy=True))
        assert not list(faults(task, schema_of(source)))
        self.hold(task, source, target, explicit)

    @each_source
    def test_whole_tasks(self, source: str) -> None:
        """With every member, from each version to each."""
        for task in (whole_task(source), bare_task(source)):
            for target in VERSIONS:
                self.hold(task, source, target, explicit=True)

    def hold(self, task: dict[str, Any], source: str, target: str, explicit: bool) -> None:
        """Hold what is missing after the move against the notes that say so."""
        moved = move(as_text(task), source, target, explicit)
        after = json.loads(moved.raw)
        assert moved.id == task_id_of(after) == task_id_of(task)
        said = [
            ("missing", newest(path)) for path, note in moved.findings if note.change == "required"
        ]
        assert sorted(said, key=repr) == sorted(faults(after, schema_of(target)), key=repr)


# There and back


def same(before: Any, after: Any, there: Moved, back: Moved) -> bool:
    """Whether a task came back as it was, but for what notes of the two ways account for.

    Left off on both sides is what was dropped, replaced or written on the one way or the other;
    words that were respelled are compared without case. (A member that its version does not have
    may come back by its other name, where the other version has it.)
    """
    said: dict[str, set[Path]] = {change: set() for change in CHANGES_JSON}
    for path, note in (*there.findings, *back.findings):
        said.setdefault(note.change, set()).add(newest(path))
    said["dropped"] |= said["written"] | said["replaced"]
    if said["replaced"]:
        said["dropped"] |= {(name,) for name in REPLACED}
    return bool(rest(before, said) == rest(after, said))


def rest(value: Any, said: dict[str, set[Path]], path: Path = ()) -> Any:
    """A value without those in it that are left off, its members in their order."""
    if isinstance(value, dict):
        members = []
        for name, child in value.items():
            here = newest((*path, name))
            if here not in said["dropped"]:
                shown = here[-1] if here in said["renamed"] else name
                members.append((shown, rest(child, said, here)))
        return tuple(members)
    if isinstance(value, list):
        return [rest(item, said, (*path, index)) for index, item in enumerate(value)]
    return value.lower() if path in said["respelled"] and isinstance(value, str) else value


class TestThereAndBack:
    """What is exact on both ways comes back as it was."""

    @given(versions, versions, st.data())
    def test_any_task(self, source: str, target: str, data: st.DataObject) -> None:
        """Whatever its members are, those that no version has included."""
        task = data.draw(tasks(source, strange=True, sloppy=True))
        there = move_or_reject(as_text(task), source, target, False)
        back = move_or_reject(there.raw, target, source, False)
        assert same(task, json.loads(back.raw), there, back)

    @each_source
    def test_whole_tasks(self, source: str) -> None:
        """With every member, from each version to each and back."""
        task = whole_task(source)
        for target in VERSIONS:
            there = move(as_text(task), source, target, explicit_defaults=False)
            back = move(there.raw, target, source, explicit_defaults=False)
            assert same(task, json.loads(back.raw), there, back)

    @given(versions, versions, st.data())
    def test_all_exact(self, source: str, target: str, data: st.DataObject) -> None:
        """Where every note is exact it is the same, but for what said nothing and is left off."""
        task = data.draw(tasks(source, sloppy=True))
        constraints = "taskConstraints" if source < "2015-06" else "constraints"
        task[constraints] = {**(task.get(constraints) or {}), "retentionTime": "P1D"}
        findings: list[tuple[Path, Any]] = [((), None)]
        while findings:
            there = move(as_text(task), source, target, explicit_defaults=False)
            back = move(there.raw, target, source, explicit_defaults=False)
            findings = [it for it in (*there.findings, *back.findings) if it[1].effect != "exact"]
            inexact = {newest(path)[0] for path, _ in findings}
            task = {name: it for name, it in task.items() if newest((name,))[0] not in inexact}
        assert same(task, json.loads(back.raw), there, back)
        kinds = {note.change for _, note in (*there.findings, *back.findings)}
        if kinds <= {"renamed"}:
            assert json.loads(back.raw) == task


# Whatever comes


class TestAnything:
    """Any text gives a task or a ``TaskError``."""

    @given(versions, versions, st.booleans(), st.booleans(), st.data())
    def test_json(
        self, source: str, target: str, explicit: bool, annotated: bool, data: st.DataObject
    ) -> None:
        """Any JSON, with names that mean something somewhere."""
        members = st.dictionaries(names, anything, max_size=5)
        value = data.draw(st.one_of(anything, members, members.map(lambda it: {**HEAD, **it})))
        moved = attempt(as_text(value), source, target, explicit, annotated)
        if isinstance(moved, TaskError):
            assert moved.code in ("not_an_object", "missing_member", *REFUSED)
        else:
            hold_notes(value, moved)

    @given(versions, versions, st.data())
    def test_tasks_with_something_else_inside(
        self, source: str, target: str, data: st.DataObject
    ) -> None:
        """A task in which one value, at any depth, is another."""
        task = data.draw(tasks(source))
        places = list(places_in(task))
        holder, key = data.draw(st.sampled_from(places))
        holder[key] = data.draw(anything)
        wrong = [path for what, path in faults(task, schema_of(source)) if what == "wrong type"]
        moved = attempt(as_text(task), source, target)
        if isinstance(moved, TaskError):
            assert moved.code in ("missing_member", *REFUSED)
            assert moved.path
            assert moved.code != "wrong_type" or wrong
        else:
            hold_notes(task, moved)

    @given(versions, versions, st.binary(max_size=60))
    def test_bytes(self, source: str, target: str, noise: bytes) -> None:
        """Any bytes, and any bytes inside a task."""
        for body in (noise, b'{"id":"a","commandLine":"c","constraints":' + noise + b"}"):
            moved = attempt(body, source, target)
            if isinstance(moved, TaskError):
                assert moved.offset is not None or moved.path is not None


HEAD = {"id": "a", "name": "a", "commandLine": "c"}


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each object and array in a value, with each name and index in it."""
    for key, child in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(child, dict | list):
            yield from places_in(child)


# Recorded traffic

MODERN = ("2025-06-01", "2024-07-01.20.0")
LEGACY = ("2016-02-01.3.0", "2015-06-01.2.0", "2014-10-01.1.0")
HOST = "account.region.batch.azure.com"
WORK_ITEM = "work-item"
JSON_TYPE = "application/json; odata=minimalmetadata; charset=utf-8"

each_modern = pytest.mark.parametrize("modern", MODERN)
each_legacy = pytest.mark.parametrize("legacy", LEGACY)


def recorded_adds() -> dict[str, list[Add]]:
    """Every task that was recorded, by the api-version that it was written for."""
    adds: dict[str, list[Add]] = {}
    for add in (*single_adds(), *collected_adds()):
        adds.setdefault(add.api_version, []).append(add)
    return adds


def batches_of(adds: list[Add], version: str) -> Iterator[tuple[list[bytes], Batch]]:
    """Legacy batches of up to 100 tasks to one job, as they are read, with the tasks in them."""
    job = f"/workitems/{WORK_ITEM}/jobs/job" if version < "2015-06" else "/jobs/job"
    target = f"https://{HOST}{job}/tasks?api-version={version}"
    for start in range(0, len(adds), 100):
        bodies = [add.body for add in adds[start : start + 100]]
        operations = (
            Operation("POST", target, Headers([("Content-ID", str(number))]), body)
            for number, body in enumerate(bodies)
        )
        batch = Batch(tuple(Changeset((operation,)) for operation in operations))
        encoded = encode_request(batch, AZURE_BATCH)
        yield bodies, decode_request(encoded.body, encoded.content_type)


@needs_captures
class TestRecordedTasks:
    """What clients really sent: to a newer version and back."""

    @each_modern
    def test_there_and_back(self, modern: str) -> None:
        """Each task, from its own version, comes back the same wherever that is exact."""
        compared = 0
        others: Counter[str] = Counter()
        for version, adds in recorded_adds().items():
            for add in adds:
                task = json.loads(add.body)
                there = move(add.body, version, modern, explicit_defaults=False, annotated=False)
                back = move(there.raw, modern, version, explicit_defaults=False)
                after = json.loads(back.raw)
                assert same(task, after, there, back), add.name
                compared += 1
                others.update(path_text("", path) for path, _ in differences(task, after))
        assert compared == 705
        assert others == NOT_BACK[modern]

    def test_notes(self) -> None:
        """Notes and differences fit each other, with defaults written out and without."""
        compared = 0
        for version, adds in recorded_adds().items():
            for add in adds:
                for target in (*MODERN, *LEGACY):
                    for explicit in (True, False):
                        moved = move(add.body, version, target, explicit)
                        hold_notes(json.loads(add.body), moved)
                        hold_bytes(raw_of(add.body.decode()), raw_of(moved.raw.decode()), moved)
                        compared += 1
        assert compared == 705 * 10

    def test_valid(self) -> None:
        """Each task has nothing but members of its own version, words in any case."""
        found = [
            (add.name, fault)
            for version, adds in recorded_adds().items()
            for add in adds
            for fault in faults(json.loads(add.body), schema_of(version))
        ]
        assert {fault for _, fault in found} == {("unknown", ("odata.metadata",))}
        assert len(found) == 46

    @each_modern
    def test_batches(self, modern: str) -> None:
        """As legacy batches of up to 100 tasks: upgraded, and each request downgraded again."""
        compared = 0
        for version, adds in recorded_adds().items():
            for bodies, batch in batches_of(adds, version):
                up = upgrade(batch, modern, explicit_defaults=False)
                work_item = WORK_ITEM if version < "2015-06" else None
                downs = [
                    downgrade(request, version, explicit_defaults=False, work_item=work_item)
                    for request in up.requests
                ]
                sent = [task.raw for request in up.requests for task in request.tasks]
                back = [it.body for down in downs for it in down.batches[0].operations]
                there = [move(body, version, modern, False, False) for body in in_rounds(bodies)]
                assert sent == [moved.raw for moved in there]
                assert back == [move(moved.raw, modern, version, False).raw for moved in there]
                targets = {it.target for down in downs for it in down.batches[0].operations}
                assert targets == {operation.target for operation in batch.operations}
                self.hold_notes_of(up, bodies, version, modern)
                compared += len(back)
        assert compared == 705

    def hold_notes_of(self, up: Upgrade, bodies: list[bytes], version: str, modern: str) -> None:
        """Hold the notes of a whole batch against those of its tasks, each at its operation."""
        expected: Counter[Note] = Counter()
        for number, body in enumerate(bodies):
            part = f"batch[{number}]/changeset[0]"
            for path, finding in move(body, version, modern, False, False).findings:
                expected[Note(path_text(part, ("body", *path)), *finding)] += 1
        assert Counter(note for note in up.notes if ".body" in note.path) == expected

    @each_legacy
    def test_collections(self, legacy: str) -> None:
        """As the collections that they were: downgraded, and each batch upgraded again."""
        compared = 0
        for collection in collections():
            if collection.body is None:
                continue
            _, up = down_and_up(collection, legacy, explicit_defaults=False)
            assert len(up.requests) == 1
            for before, after in zip(
                json.loads(collection.body)["value"], up.requests[0].tasks, strict=True
            ):
                version = collection.api_version
                there = move(as_text(before), version, legacy, explicit_defaults=False)
                back = move(there.raw, legacy, version, explicit_defaults=False)
                assert same(before, json.loads(after.raw), there, back)
                compared += 1
            assert (up.requests[0].target, up.requests[0].method) == (collection.uri, "POST")
        assert compared == 341


# What did not come back, and how often: annotations, runElevated where it was false, and tokens,
# which the newest version does not have.
NOT_BACK = {
    "2024-07-01.20.0": {'["odata.metadata"]': 46, "runElevated": 52},
    "2025-06-01": {
        '["odata.metadata"]': 46,
        "runElevated": 52,
        "authenticationTokenSettings": 6,
    },
}


def in_rounds(bodies: list[bytes]) -> list[bytes]:
    """The tasks in the order in which they are sent: of two with one id the second comes later."""
    counts: dict[str, int] = {}
    turns = []
    for body in bodies:
        key = task_id_of(json.loads(body)).lower()
        turns.append(counts.setdefault(key, 0))
        counts[key] += 1
    return [body for _, body in sorted(zip(turns, bodies, strict=True), key=lambda it: it[0])]


def down_and_up(
    collection: Collection, legacy: str, explicit_defaults: bool = True
) -> tuple[Downgrade, Upgrade]:
    """A recorded collection as one legacy batch, and that as a collection of its own version.

    Where the request was not recorded it is made of the answer's tasks.
    """
    body = collection.body
    if body is None:
        results = json.loads(collection.answer)["value"]
        body = as_text({"value": [{"id": it["taskId"], "commandLine": "c"} for it in results]})
    request = HttpRequest("POST", collection.uri, Headers([("Content-Type", JSON_TYPE)]), body)
    work_item = WORK_ITEM if legacy < "2015-06" else None
    down = downgrade(request, legacy, explicit_defaults=explicit_defaults, work_item=work_item)
    (batch,), (sent,) = down.batches, down.requests
    up = upgrade(batch, collection.api_version, sent, explicit_defaults=explicit_defaults)
    return down, up


def through(down: Downgrade, up: Upgrade, answer: HttpResponse) -> tuple[BatchResponse, Any]:
    """An answer to the upgraded request as one to the batch, and as one to the collection again."""
    parts = up.answer([answer])
    assert isinstance(parts, BatchResponse)
    whole = whole_answer(parts, down.requests[0], [answer])
    back = down.answer([whole], recover_ticks=True)
    assert back.status == 200
    return parts, json.loads(back.body)


def collection_answer(body: bytes) -> HttpResponse:
    """The answer to a collection with that body."""
    return HttpResponse(200, "OK", Headers([("Content-Type", JSON_TYPE)]), body)


# Recorded answers


@needs_captures
class TestRecordedAnswers:
    """What the service really answered: to a batch's answer and back."""

    @each_legacy
    def test_each(self, legacy: str) -> None:
        """The same results in the same order, every member as it was but for a word's case."""
        compared, results = 0, 0
        for collection in collections():
            if legacy < "2015-06" and collection.uri.startswith("/"):
                continue  # see below
            down, up = down_and_up(collection, legacy)
            recorded = json.loads(collection.answer)
            parts, back = through(down, up, collection_answer(collection.answer))
            assert json.dumps(in_lower_case(back)) == json.dumps(in_lower_case(recorded))
            assert len(parts.responses) == len(recorded["value"])
            compared += 1
            results += len(recorded["value"])
        assert (compared, results) == ((106, 345) if legacy < "2015-06" else (113, 359))

    def test_without_a_host(self) -> None:
        """A task in a work item has another URL; where no host is known, the newer one tells it."""
        compared = 0
        for collection in collections():
            if collection.uri.startswith("/"):
                down, up = down_and_up(collection, "2014-10-01.1.0")
                recorded = json.loads(collection.answer)
                parts, back = through(down, up, collection_answer(collection.answer))
                urls = [part.headers.get("Location") or "" for part in parts.responses]
                assert urls
                assert all("/workitems/" in url for url in urls)
                assert in_lower_case(back) == in_lower_case(recorded)
                compared += 1
        assert compared == 7

    def test_failure(self) -> None:
        """The one failure among them: a 400 in the batch's answer, with the service's words."""
        failed = []
        for collection in collections():
            if b"ClientError" in collection.answer:
                down, up = down_and_up(collection, "2016-02-01.3.0")
                parts, _ = through(down, up, collection_answer(collection.answer))
                failed += [part for part in parts.responses if part.status != 201]
        (part,) = failed
        assert (part.status, json.loads(part.body)["code"]) == (400, "InvalidPropertyValue")
        assert [it["key"] for it in json.loads(part.body)["values"]] == [
            "PropertyName",
            "PropertyValue",
            "Reason",
        ]


def in_lower_case(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer to a collection, its words of status in lower case."""
    results = [{**it, "status": it["status"].lower()} for it in answer["value"]]
    return {**answer, "value": results}


# Failures made of the documents' codes

# Those that matter when tasks are added, by the status that documents and recordings give them.
STATUS_OF_CODE = {
    "MissingRequiredProperty": 400,
    "UnsupportedProperty": 400,
    "InvalidPropertyValue": 400,
    "InvalidRequestBody": 400,
    "InvalidInput": 400,
    "OutOfRangeInput": 400,
    "InvalidHeaderValue": 400,
    "TaskDependenciesNotSpecifiedOnJob": 400,
    "TaskDependencyListTooLong": 400,
    "TaskDependencyRangesTooLong": 400,
    "AuthenticationFailed": 403,
    "JobNotFound": 404,
    "TaskExists": 409,
    "JobCompleted": 409,
    "JobBeingDeleted": 409,
    "JobBeingTerminated": 409,
    "JobDisabled": 409,
    "JobNotActive": 409,
    "TaskIdSameAsJobPreparationTask": 409,
    "TaskIdSameAsJobReleaseTask": 409,
    "InvalidApplicationPackageReferences": 409,
    "RequestBodyTooLarge": 413,
    "InternalError": 500,
    "OperationTimedOut": 500,
    "ServerBusy": 503,
}

MESSAGE = {
    "lang": "en-US",
    "value": "No.\nRequestId:47dcf3b8\nTime:2017-03-22T17:01:01.9750000Z",
}
VALUES = [{"key": "PropertyName", "value": "id"}, {"key": "Reason", "value": 'é \\ "\u2028"'}]

ERRORS: tuple[dict[str, Any], ...] = (
    {},
    {"message": MESSAGE},
    {"values": VALUES},
    {"message": MESSAGE, "values": VALUES},
    {"message": MESSAGE, "values": []},
    {"message": {"value": ""}},
    {"message": {"lang": "de"}},
    {"message": None, "values": None},
)

each_error = pytest.mark.parametrize("members", ERRORS, ids=lambda it: "-".join(it) or "code")


def answered(results: list[dict[str, Any]], legacy: str) -> tuple[list[int], list[dict[str, Any]]]:
    """Results to one request as they come to a batch, and to the collection again.

    Returns:
        The statuses in the batch's answer, and the results.
    """
    uri = f"https://{HOST}/jobs/job/addtaskcollection?api-version=2022-01-01.15.0"
    answer = as_text({"value": results})
    down, up = down_and_up(Collection("", "2022-01-01.15.0", uri, None, answer), legacy)
    parts, back = through(down, up, collection_answer(answer))
    return [part.status for part in parts.responses], back["value"]


class TestFailures:
    """An operation's failure is the task's, and the other way."""

    @each_legacy
    @each_error
    @pytest.mark.parametrize("word", ["ClientError", "ServerError"])
    def test_known_codes(self, word: str, members: dict[str, Any], legacy: str) -> None:
        """Class of status, code, message and values stay, each with the documents' status."""
        codes = [*STATUS_OF_CODE, "NoCodeOfAny"]
        results = [failure(code, word, members) for code in codes]
        statuses, back = answered(results, legacy)
        leading = 4 if word == "ClientError" else 5
        for code, status in zip(codes, statuses, strict=True):
            known = STATUS_OF_CODE.get(code, 0)
            assert status == (known if known // 100 == leading else leading * 100), code
        assert [told(it) for it in back] == [told(it) for it in results]

    @pytest.mark.parametrize("word", ["ClientError", "ServerError"])
    def test_without_an_error(self, word: str) -> None:
        """A failure that says nothing stays one."""
        results = [{"status": word, "taskId": "a"}]
        statuses, back = answered(results, "2016-02-01.3.0")
        assert statuses == [400 if word == "ClientError" else 500]
        assert back == [{"status": word.lower(), "taskId": "a"}]

    def test_without_a_code(self) -> None:
        """Nor is one made up where there is none."""
        results = [{"error": {"message": MESSAGE}, "status": "clienterror", "taskId": "a"}]
        statuses, back = answered(results, "2016-02-01.3.0")
        assert statuses == [400]
        assert back[0]["error"] == {"message": MESSAGE}

    @needs_tables
    @each_error
    def test_every_code(self, members: dict[str, Any]) -> None:
        """Every code of the documents and the recordings, as failure of the class it has there."""
        codes = table("error_codes.json")["codes"]
        assert len(codes) == 109
        seen = 0
        results = [
            failure(code, entry["task_add_status"], members) for code, entry in codes.items()
        ]
        for start in range(0, len(results), 100):
            some = results[start : start + 100]
            statuses, back = answered(some, "2016-02-01.3.0")
            assert [told(it) for it in back] == [told(it) for it in some]
            classes = {"ClientError": 4, "ServerError": 5}
            assert [it // 100 for it in statuses] == [classes[it["status"]] for it in some]
            seen += len(back)
        assert seen == 109

    @needs_tables
    def test_statuses(self) -> None:
        """The statuses above are those of the documents and the recordings."""
        codes = table("error_codes.json")["codes"]
        for code, status in STATUS_OF_CODE.items():
            entry = codes[code]
            assert status in (entry["http_status_documented"] + entry["http_status_observed"]), code


def failure(code: str, word: str, members: dict[str, Any]) -> dict[str, Any]:
    """The result of a task that was not added."""
    return {"error": {"code": code, **members}, "status": word, "taskId": f"task-{code}"}


def told(result: dict[str, Any]) -> Any:
    """What a client goes by: the class, the code, the message and the values."""
    return result["taskId"], result["status"].lower(), result["error"]
