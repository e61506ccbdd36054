"""What is wrong with tasks: every fault at once, where an error would stop at the first.

What a member may be is ``rules.schema_of``'s to say. What a table of members cannot say stands in
two tables here: ``_FORMATS`` for texts, ``_RULES`` for objects as a whole. Nothing is judged that
no document speaks of: that a range of ids ends before it begins, say, or how long a duration is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from odatabatch.azure.addresses import collection_address
from odatabatch.azure.collection import MAX_TASKS, Task, TaskCollection, key_of
from odatabatch.azure.json_text import is_annotation, kind_of, path_joined, read_object
from odatabatch.azure.notes import Path, path_text
from odatabatch.azure.rules import FIRST_SCHEMA, name_in, schema_of
from odatabatch.azure.schema import TASK, TYPES, Kind, Member
from odatabatch.azure.task_rules import ALIASES
from odatabatch.azure.versions import LATEST, check_version, is_before
from odatabatch.errors import TaskError
from odatabatch.http_message import HttpRequest, as_bytes

MAX_DEPENDENCY_CHARACTERS = 64_000
"""Of all ids in dependsOn.taskIds together. Source: Add a collection of tasks to a job (2017) and
the swagger; Batch status and error codes says "slightly less", and not how much."""

_LEAST_INT32, _MOST_INT32 = -(1 << 31), (1 << 31) - 1

_KINDS: dict[Kind, tuple[type, str]] = {
    "string": (str, "string"),
    "duration": (str, "string"),
    "int32": (int, "whole number"),
    "boolean": (bool, "boolean"),
    "object": (dict, "object"),
    "array": (list, "array"),
}


class TaskFault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a task, or with a collection of tasks.

    Attributes:
        code: what is wrong; a stable name, part of the API.
        path: where, such as ``value[3].constraints.maxTaskRetryCount``; empty for the whole of a
            collection's body.
        detail: the same in words, which may change: kinds, lengths, bounds; never a value.
    """

    code: str
    path: str
    detail: str


class _Format(NamedTuple):
    """What the text of a member looks like, by a pattern and in words."""

    code: str
    pattern: re.Pattern[str]
    expected: str


# XML Schema Part 2 §3.2.6.1, the form of ISO 8601 that .NET reads into a time span. (The service
# takes "ISO 8601 durations"; weeks are not of this form.) Possessive, so that nothing backtracks.
_DURATION = _Format(
    "invalid_duration",
    re.compile(
        r"-?P(?=.)(?:[0-9]++Y)?+(?:[0-9]++M)?+(?:[0-9]++D)?+"
        r"(?:T(?=.)(?:[0-9]++H)?+(?:[0-9]++M)?+(?:[0-9]++(?:\.[0-9]++)?+S)?+)?+"
    ),
    "a duration such as P1D or PT1H30M",
)

_FORMATS = {
    # Add a collection of tasks to a job (2017). That an id has a character is taken for granted.
    (TASK, "id"): _Format(
        "invalid_id",
        re.compile(r"[A-Za-z0-9_-]{1,64}"),
        "1 to 64 letters, digits, hyphens and underscores of ASCII",
    ),
    # The same: "the file permission mode attribute in octal format".
    ("ResourceFile", "fileMode"): _Format(
        "invalid_file_mode", re.compile(r"[0-7]++"), "octal digits"
    ),
}
"""By type and newest name of the member. A format says all about a text, its length included."""


class _Demand(NamedTuple):
    """What a version asks of a member's value."""

    member: Member
    words: frozenset[str]  # in lower case
    format: _Format | None
    item: _Demand | None  # where it is an array


Demands = dict[str, _Demand]


def _demand(member: Member, form: _Format | None = None) -> _Demand:
    item = None
    if member.kind == "array":
        item = _demand(member._replace(kind="object" if member.of in TYPES else "string"))
    if member.kind == "duration":
        form = _DURATION
    words = frozenset(word.lower() for word in member.words)
    return _Demand(member, words, form, item)


@cache
def _demands(owner: str, api_version: str) -> Demands:
    """What a version asks of the members of a type, by the names that are read there."""
    members = schema_of(api_version)[owner]
    names = {name_in(api_version, owner, newest): newest for newest in TYPES[owner]}
    demands = {
        name: _demand(member, _FORMATS.get((owner, names[name])))
        for name, member in members.items()
    }
    for alias in ALIASES:
        if alias.owner == owner and alias.member in demands:
            demands[alias.was] = demands[alias.member]
    return demands


_COLLECTION: Demands = {"value": _demand(Member("array", TASK, required=True))}

Flaw = tuple[Path, str, str]
"""Where in an object, a code, and the detail."""

_USERS = ("username", *(it.was for it in ALIASES if it.owner == "UserIdentity"), "autoUser")
_SOURCES = ("httpUrl", "storageContainerUrl", "autoStorageContainerName")


def _user(identity: dict[str, Any], _api_version: str) -> Iterator[Flaw]:
    """One user. Source: Add a collection of tasks to a job (2017): one but not both; swagger."""
    count = _count(identity, _USERS)
    if count > 1:
        yield (), "user_conflict", f"expected username or autoUser, got {count} of such members"
    elif not count:
        yield (), "missing_user", "expected username or autoUser, got neither"


def _source(file: dict[str, Any], api_version: str) -> Iterator[Flaw]:
    """One source. Source: the swagger from 2018-12-01.8.0 on; before, the schema says it all."""
    if "storageContainerUrl" not in schema_of(api_version)["ResourceFile"]:
        return
    count = _count(file, _SOURCES)
    if count != 1:
        yield (), "source_count", f"expected one of {', '.join(_SOURCES)}, got {count} of them"
    elif file.get("httpUrl") is not None and file.get("filePath") is None:
        yield ("filePath",), "missing_member", "expected this member with httpUrl, got none"


def _dependencies(dependencies: dict[str, Any], _api_version: str) -> Iterator[Flaw]:
    """Ids that are not too long together. Source: see ``MAX_DEPENDENCY_CHARACTERS``."""
    ids = dependencies.get("taskIds")
    length = sum(_length(it) for it in ids if type(it) is str) if type(ids) is list else 0
    if length > MAX_DEPENDENCY_CHARACTERS:
        detail = f"expected at most {MAX_DEPENDENCY_CHARACTERS} characters in all, got {length}"
        yield ("taskIds",), "dependency_list_too_long", detail


# There is no rule for requiredSlots beside multiInstanceSettings. The swagger's text says that it
# "must be 1", and users report that another number is refused; yet the swagger's own example of a
# collection, in every version that has the member, says 2: what the documents show as right is not
# called wrong here.
_RULES: dict[str, Callable[[dict[str, Any], str], Iterator[Flaw]]] = {
    "UserIdentity": _user,
    "ResourceFile": _source,
    "TaskDependencies": _dependencies,
}
"""What is asked of an object of a type as a whole, beside its members."""


def validate(
    tasks: TaskCollection | HttpRequest | Task | bytes | Iterable[Task | bytes],
    api_version: str | None = None,
    strict: bool = False,
) -> tuple[TaskFault, ...]:
    """All faults of tasks that are to be added together.

    Args:
        tasks: a collection, the ``addtaskcollection`` request that carries one, or tasks; bytes are
            one task's JSON text.
        api_version: whose tasks they are; any public one. By default what the request's target
            names, else the newest.
        strict: whether a member that the version does not have is a fault too. It never is one
            before 2015-12-01.2.2, of which no schema was published.

    Returns:
        By task, then by the order of its text, depth first; what concerns an object as a whole, or
        is missing in it, follows its members. Paths begin with ``value[0]`` for a lone task too.
        A text that cannot be read is one fault, with the code of ``json_text.read_object``. Members
        that are null count as absent. By the page Add a collection of tasks to a job (2017):

        * too_many_tasks: more than 100; repeated_task_id: that of an earlier task, ignoring case.
        * invalid_id, invalid_file_mode, invalid_duration: a text of another form.
        * too_long: too many characters (displayName), counted as .NET does, in which the service
          is thought to be written: UTF-16 code units, two for an emoji.
        * user_conflict, missing_user: more or less than one of username (or userName) and autoUser.
        * dependency_list_too_long: more than 64,000 characters in dependsOn.taskIds.

        By the Batch service swagger:

        * wrong_type, missing_member, unknown_member. An int32 has no fraction and no exponent.
        * out_of_range: no int32, or less than the member's least.
        * unknown_value: none of a member's words. Any case will do, as public recordings show.
        * source_count: more or less than one source of a resource file, from 2018-12-01.8.0 on.

    Raises:
        TranslationError: unknown_api_version; unsupported_target, unsupported_query,
            host_conflict: it is no such request.
        TypeError: an argument has the wrong type.
    """
    if isinstance(tasks, HttpRequest):
        named = collection_address(tasks).api_version
        return collection_faults(tasks.body, api_version or named or LATEST, strict)
    checker = _Checker(LATEST if api_version is None else api_version, strict)
    checker.tasks(_raws(tasks))
    return tuple(checker.faults)


def collection_faults(
    body: bytes, api_version: str = LATEST, strict: bool = False
) -> tuple[TaskFault, ...]:
    """All faults of a collection's JSON text; the rest as ``validate``."""
    checker = _Checker(api_version, strict)
    checker.collection(body)
    return tuple(checker.faults)


def task_faults(
    body: bytes, path: str, api_version: str = LATEST, strict: bool = False
) -> tuple[TaskFault, ...]:
    """All faults of one task by itself, the JSON text at that path; the rest as ``validate``."""
    checker = _Checker(api_version, strict, path)
    checker.text(body, ())
    return tuple(checker.faults)


def _raws(tasks: object) -> list[bytes]:
    if isinstance(tasks, TaskCollection):
        tasks = tasks.tasks
    elif isinstance(tasks, Task | bytes | bytearray | memoryview):
        tasks = (tasks,)
    if isinstance(tasks, str) or not isinstance(tasks, Iterable):
        raise TypeError(f"expected a TaskCollection or tasks, got {type(tasks).__name__}")
    return [as_bytes(task.raw if isinstance(task, Task) else task) for task in tasks]


class _Checker:
    """Tasks that are looked at: what was found so far, and whose ids were met."""

    __slots__ = ("_base", "_paths", "_strict", "_version", "faults")

    def __init__(self, api_version: str, strict: bool, base: str = "") -> None:
        check_version(api_version)
        self._version = api_version
        self._strict = strict and not is_before(api_version, FIRST_SCHEMA)
        self._base = base
        self._paths: dict[str, Path] = {}
        self.faults: list[TaskFault] = []

    def collection(self, body: bytes) -> None:
        """A collection's JSON text."""
        whole = self._read(body, ())
        if whole is not None:
            self._members(whole, _COLLECTION, (), annotated=True)

    def tasks(self, raws: list[bytes]) -> None:
        """The JSON texts of tasks."""
        self._number(len(raws), ("value",))
        for index, raw in enumerate(raws):
            self.text(raw, ("value", index))

    def text(self, raw: bytes, path: Path) -> None:
        """A task's JSON text."""
        value = self._read(raw, path)
        if value is not None:
            self._object(value, TASK, path)

    def _add(self, path: Path, code: str, detail: str) -> None:
        self.faults.append(TaskFault(code, path_text(self._base, path), detail))

    def _read(self, text: bytes, path: Path) -> dict[str, Any] | None:
        try:
            return read_object(text)
        except TaskError as error:
            whole = path_joined(path_text(self._base, path), error.path)
            detail = f"{error.message} at byte {error.offset}"
            self.faults.append(TaskFault(error.code, whole, detail))
            return None

    def _number(self, count: int, path: Path) -> None:
        if count > MAX_TASKS:
            self._add(path, "too_many_tasks", f"expected at most {MAX_TASKS} tasks, got {count}")

    def _object(self, value: dict[str, Any], owner: str, path: Path) -> None:
        demands = _demands(owner, self._version)
        self._members(value, demands, path, annotated=owner == TASK)
        if owner == TASK:
            self._identity(value, path)
        if owner in _RULES:
            for steps, code, detail in _RULES[owner](value, self._version):
                self._add((*path, *steps), code, detail)

    def _members(
        self, value: dict[str, Any], demands: Demands, path: Path, *, annotated: bool
    ) -> None:
        for name, child in value.items():
            demand = demands.get(name)
            if demand is not None:
                if child is not None:
                    self._value(child, demand, (*path, name))
            elif self._strict and not (annotated and is_annotation(name)):
                detail = "expected members that the version has, got another"
                self._add((*path, name), "unknown_member", detail)
        for name, demand in demands.items():
            if demand.member.required and value.get(name) is None:
                detail = "expected this member, got an object without it"
                self._add((*path, name), "missing_member", detail)

    def _identity(self, task: dict[str, Any], path: Path) -> None:
        name = name_in(self._version, TASK, "id")
        task_id = task.get(name)
        if isinstance(task_id, str):
            first = self._paths.setdefault(key_of(task_id), path)
            if first is not path:
                detail = f"expected another id, got that of {path_text(self._base, first)}"
                self._add((*path, name), "repeated_task_id", detail)

    def _value(self, value: Any, demand: _Demand, path: Path) -> None:
        kind, expected = _KINDS[demand.member.kind]
        if type(value) is not kind:
            got = "number with a fraction or exponent" if type(value) is float else kind_of(value)
            detail = f"expected a value of kind {expected}, got {got}"
            self._add(path, "wrong_type", detail)
        elif isinstance(value, dict):
            self._object(value, demand.member.of, path)
        elif isinstance(value, list):
            assert demand.item is not None  # it is an array's
            if demand.member.of == TASK:
                self._number(len(value), path)
            for index, item in enumerate(value):
                self._value(item, demand.item, (*path, index))
        elif isinstance(value, str):
            self._text(value, demand, path)
        elif type(value) is int:  # and no boolean, which may be either
            least = _LEAST_INT32 if demand.member.least is None else demand.member.least
            if not least <= value <= _MOST_INT32:
                detail = f"expected a number from {least} to {_MOST_INT32}, got another"
                self._add(path, "out_of_range", detail)

    def _text(self, text: str, demand: _Demand, path: Path) -> None:
        longest = demand.member.longest
        if demand.format is not None:
            if not demand.format.pattern.fullmatch(text):
                expected, length = demand.format.expected, _length(text)
                detail = f"expected {expected}, got another text of {length} characters"
                self._add(path, demand.format.code, detail)
        elif demand.words and text.lower() not in demand.words:
            detail = f"expected one of {', '.join(demand.member.words)}, got another text"
            self._add(path, "unknown_value", detail)
        elif longest is not None and _length(text) > longest:
            detail = f"expected at most {longest} characters, got {_length(text)}"
            self._add(path, "too_long", detail)


def _length(text: str) -> int:
    """The characters of a text as .NET counts them: UTF-16 code units."""
    # Counted here: Python loads the codec of UTF-16 from a file when it is first asked for.
    return len(text) if text.isascii() else len(text) + sum(it > "\uffff" for it in text)


def _count(owner: dict[str, Any], names: Iterable[str]) -> int:
    """How many of those members an object has."""
    return sum(owner.get(name) is not None for name in names)
