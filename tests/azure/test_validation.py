"""What is wrong with tasks, and that nothing is wrong with those that the service took."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import HttpRequest
from odatabatch.azure import LATEST, CollectionRequest, Task, TaskCollection, TranslationError
from odatabatch.azure.rules import FIRST_SCHEMA, schema_of
from odatabatch.azure.schema import TASK, TYPES, Member
from odatabatch.azure.validation import TaskFault, collection_faults, task_faults, validate
from odatabatch.azure.versions import VERSIONS, is_before
from tests.azure.batches import task
from tests.azure.recordings import (
    TABLES,
    exchanges,
    needs_captures,
    needs_tables,
    path_of,
    powershell,
)

EXAMPLES = TABLES / "examples"

Found = list[tuple[str, str]]


def found(tasks: Any, api_version: str = LATEST, *, strict: bool = False) -> Found:
    """The codes and paths of the faults."""
    return [(fault.code, fault.path) for fault in validate(tasks, api_version, strict)]


def of(api_version: str = LATEST, /, *, strict: bool = False, **members: Any) -> Found:
    """Those of one task; the first part of their paths left out."""
    faults = found([task("a", **members)], api_version, strict=strict)
    return [(code, path.removeprefix("value[0].")) for code, path in faults]


def request(body: bytes) -> CollectionRequest:
    """A request with that body."""
    return CollectionRequest("POST", "/jobs/j/addtaskcollection", body=body)


class TestTexts:
    """Texts of a form, of some length, of some words."""

    @pytest.mark.parametrize("text", ["a", "A-_9", "x" * 64])
    def test_ids(self, text: str) -> None:
        """Letters, digits, hyphens and underscores, up to 64."""
        assert found([task(text)]) == []

    @pytest.mark.parametrize("text", ["", "x" * 65, "a b", "a\n", "ä", "٣", "a/b"])
    def test_invalid_id(self, text: str) -> None:
        """One fault, whether it is too long or has other characters."""
        assert found([task(text)]) == [("invalid_id", "value[0].id")]

    def test_invalid_id_by_its_old_name(self) -> None:
        """In 2014 it was the name."""
        body = b'{"name":"a b","commandLine":"echo"}'
        assert found([body], "2014-10-01.1.0") == [("invalid_id", "value[0].name")]

    @pytest.mark.parametrize("text", ["a" * 1024, "ä" * 1024, "\uffff" * 1024, "😀" * 512])
    def test_long_names(self, text: str) -> None:
        """As many characters as it may have; an emoji is two to .NET."""
        assert of(displayName=text) == []

    @pytest.mark.parametrize("text", ["a" * 1025, "ä" * 1025, "😀" * 513])
    def test_too_long(self, text: str) -> None:
        """One more."""
        assert of(displayName=text) == [("too_long", "displayName")]

    @pytest.mark.parametrize(
        "text",
        [
            "P1D",
            "PT1H",
            "P1Y2M3DT4H5M6.7S",
            "PT0S",
            "-P1D",
            "P10675199DT2H48M5.4775807S",
            "PT1H30S",
        ],
    )
    def test_durations(self, text: str) -> None:
        """Those of XML Schema, years and months among them."""
        assert of(constraints={"maxWallClockTime": text, "retentionTime": text}) == []

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "P",
            "PT",
            "P1DT",
            "1D",
            "P1",
            "P1H",
            "PT1D",
            "P1.5D",
            "PT.5S",
            "PT1.S",
            "P1M1Y",
            "p1d",
            "P1W",
            "P-1D",
            "+P1D",
            " P1D",
            "P1D\n",
            "P٣D",
            "01:00:00",
            "P" + "9" * 100_000,
        ],
    )
    def test_invalid_duration(self, text: str) -> None:
        """Other forms."""
        path = "constraints.retentionTime"
        assert of(constraints={"retentionTime": text}) == [("invalid_duration", path)]

    @pytest.mark.parametrize("mode", ["0770", "777", "0"])
    def test_file_modes(self, mode: str) -> None:
        """Octal digits."""
        file = {"httpUrl": "u", "filePath": "p", "fileMode": mode}
        assert of(resourceFiles=[file]) == []

    @pytest.mark.parametrize("mode", ["", "0780", "0o770", "rwx", "-7", "7 "])
    def test_invalid_file_mode(self, mode: str) -> None:
        """Anything else."""
        file = {"httpUrl": "u", "filePath": "p", "fileMode": mode}
        assert of(resourceFiles=[file]) == [("invalid_file_mode", "resourceFiles[0].fileMode")]

    @pytest.mark.parametrize("level", ["nonadmin", "nonAdmin", "ADMIN"])
    def test_words(self, level: str) -> None:
        """In any case, whatever the version's."""
        identity = {"autoUser": {"elevationLevel": level}}
        for api_version in ("2017-01-01.4.0", LATEST):
            assert of(api_version, userIdentity=identity) == []

    def test_unknown_value(self) -> None:
        """Other words, in an array too."""
        settings = {"access": ["job", "pool"]}
        options = {"default": {"jobAction": ""}}
        members: dict[str, Any] = {
            "authenticationTokenSettings": settings,
            "exitConditions": options,
        }
        assert of("2024-07-01.20.0", **members) == [
            ("unknown_value", "authenticationTokenSettings.access[1]"),
            ("unknown_value", "exitConditions.default.jobAction"),
        ]


class TestNumbers:
    """Whole numbers and their bounds."""

    @pytest.mark.parametrize("count", [-1, 0, 2**31 - 1])
    def test_in_range(self, count: int) -> None:
        """From without limit to the most that int32 holds."""
        assert of(constraints={"maxTaskRetryCount": count}) == []
        assert of(dependsOn={"taskIdRanges": [{"start": -(2**31), "end": count}]}) == []

    def test_ranges_are_not_judged(self) -> None:
        """No document says that a range that ends before it begins is refused."""
        assert of(dependsOn={"taskIdRanges": [{"start": 2, "end": 1}]}) == []

    @pytest.mark.parametrize(
        ("path", "members"),
        [
            ("constraints.maxTaskRetryCount", {"constraints": {"maxTaskRetryCount": -2}}),
            ("constraints.maxTaskRetryCount", {"constraints": {"maxTaskRetryCount": 2**31}}),
            ("requiredSlots", {"requiredSlots": 0}),
            ("requiredSlots", {"requiredSlots": 10**30}),
            (
                "multiInstanceSettings.numberOfInstances",
                {"multiInstanceSettings": {"numberOfInstances": 0, "coordinationCommandLine": ""}},
            ),
            (
                "dependsOn.taskIdRanges[0].start",
                {"dependsOn": {"taskIdRanges": [{"start": -(2**31) - 1, "end": 0}]}},
            ),
        ],
    )
    def test_out_of_range(self, path: str, members: dict[str, Any]) -> None:
        """One less than the least, one more than int32 holds."""
        assert of(**members) == [("out_of_range", path)]


class TestShape:
    """Kinds, and members that are missing or too many."""

    @pytest.mark.parametrize(
        ("path", "members"),
        [
            ("commandLine", {"commandLine": 1}),
            ("constraints", {"constraints": []}),
            ("constraints.maxTaskRetryCount", {"constraints": {"maxTaskRetryCount": True}}),
            ("constraints.maxTaskRetryCount", {"constraints": {"maxTaskRetryCount": 1.0}}),
            ("constraints.maxWallClockTime", {"constraints": {"maxWallClockTime": 60}}),
            ("dependsOn.taskIds", {"dependsOn": {"taskIds": "a"}}),
            ("dependsOn.taskIds[1]", {"dependsOn": {"taskIds": ["1", 2]}}),
            ("dependsOn.taskIds[0]", {"dependsOn": {"taskIds": [None]}}),
            ("resourceFiles[0]", {"resourceFiles": [[]]}),
            ("resourceFiles[0]", {"resourceFiles": [None]}),
        ],
    )
    def test_wrong_type(self, path: str, members: dict[str, Any]) -> None:
        """Of another kind, alone or in an array; nothing follows from it."""
        assert of(**members) == [("wrong_type", path)]

    def test_wrong_type_of_a_boolean(self) -> None:
        """No text is one."""
        version = "2016-02-01.3.0"
        assert of(version, runElevated="true") == [("wrong_type", "runElevated")]
        assert of(version, runElevated=True) == []

    def test_missing_member(self) -> None:
        """Absent or null; in the schema's order, after what is there."""
        assert found([b'{"requiredSlots":0,"commandLine":null}']) == [
            ("out_of_range", "value[0].requiredSlots"),
            ("missing_member", "value[0].id"),
            ("missing_member", "value[0].commandLine"),
        ]
        assert of(environmentSettings=[{"value": "v"}]) == [
            ("missing_member", "environmentSettings[0].name")
        ]

    def test_null_is_absent(self) -> None:
        """Anywhere, whatever the kind."""
        nulls: dict[str, Any] = dict.fromkeys(set(schema_of(LATEST)[TASK]) - {"id", "commandLine"})
        assert of(strict=True, **nulls) == []

    def test_required_from_some_version_on(self) -> None:
        """A coordination command line is asked for since 2017-09-01.6.0."""
        settings = {"numberOfInstances": 2}
        assert of("2017-06-01.5.1", multiInstanceSettings=settings) == []
        assert of("2017-09-01.6.0", multiInstanceSettings=settings) == [
            ("missing_member", "multiInstanceSettings.coordinationCommandLine")
        ]

    def test_unknown_member(self) -> None:
        """Under strict alone, at any depth: of no version, or of another."""
        members: dict[str, Any] = {"x y": 1, "constraints": {"a": {"b": 1}}, "runElevated": True}
        assert of(**members) == []
        assert of(strict=True, **members) == [
            ("unknown_member", 'value[0]["x y"]'),
            ("unknown_member", "constraints.a"),
            ("unknown_member", "runElevated"),
        ]

    def test_annotations(self) -> None:
        """At the top of a task they are never faults; deeper ones have no place."""
        annotations: dict[str, Any] = {"odata.type": "t", "id@odata.type": "t"}
        assert of(strict=True, **annotations) == []
        assert of(strict=True, constraints=annotations) == [
            ("unknown_member", 'constraints["odata.type"]'),
            ("unknown_member", 'constraints["id@odata.type"]'),
        ]

    @pytest.mark.parametrize("api_version", [v for v in VERSIONS if is_before(v, FIRST_SCHEMA)])
    def test_versions_without_a_schema(self, api_version: str) -> None:
        """Nobody knows all members, so none is unknown; the known ones are still looked at."""
        name = "name" if api_version < "2015-06" else "id"
        body = json.dumps({name: "a b", "commandLine": "echo", "x": 1, "requiredSlots": 0})
        assert found([body.encode()], api_version, strict=True) == [
            ("invalid_id", f"value[0].{name}")
        ]


class TestRules:
    """What is asked of an object as a whole."""

    @pytest.mark.parametrize("name", ["username", "userName"])
    def test_users(self, name: str) -> None:
        """One of the two; the page of 2017 spells it otherwise than the swagger."""
        assert of(strict=True, userIdentity={name: "u", "autoUser": None}) == []
        assert of(strict=True, userIdentity={"autoUser": {}}) == []

    @pytest.mark.parametrize(
        "identity",
        [
            {"username": "u", "autoUser": {}},
            {"userName": "u", "autoUser": {}},
            {"userName": "u", "username": "u"},
        ],
    )
    def test_user_conflict(self, identity: dict[str, Any]) -> None:
        """Two of them."""
        assert of(userIdentity=identity) == [("user_conflict", "userIdentity")]

    @pytest.mark.parametrize("identity", [{}, {"username": None}, {"x": "u"}])
    def test_missing_user(self, identity: dict[str, Any]) -> None:
        """None of them."""
        assert of(userIdentity=identity) == [("missing_user", "userIdentity")]

    @pytest.mark.parametrize(
        "file",
        [
            {"httpUrl": "u", "filePath": "p"},
            {"storageContainerUrl": "u"},
            {"autoStorageContainerName": "n", "blobPrefix": "b", "filePath": "p"},
        ],
    )
    def test_sources(self, file: dict[str, Any]) -> None:
        """One, in both lists of files."""
        settings = {"coordinationCommandLine": "c", "commonResourceFiles": [file]}
        members: dict[str, Any] = {"resourceFiles": [file], "multiInstanceSettings": settings}
        assert of(strict=True, **members) == []

    @pytest.mark.parametrize(
        "file",
        [
            {},
            {"filePath": "p"},
            {"blobSource": "u", "filePath": "p"},
            {"httpUrl": "u", "storageContainerUrl": "u"},
            {"autoStorageContainerName": "n", "storageContainerUrl": "u"},
        ],
    )
    def test_source_count(self, file: dict[str, Any]) -> None:
        """None or two; that httpUrl asks for a filePath does not follow from two."""
        settings = {"coordinationCommandLine": "c", "commonResourceFiles": [file]}
        members: dict[str, Any] = {"resourceFiles": [file], "multiInstanceSettings": settings}
        assert of(**members) == [
            ("source_count", "resourceFiles[0]"),
            ("source_count", "multiInstanceSettings.commonResourceFiles[0]"),
        ]

    @pytest.mark.parametrize("file", [{"httpUrl": "u"}, {"httpUrl": "u", "filePath": None}])
    def test_missing_file_path(self, file: dict[str, Any]) -> None:
        """A URL of one file asks for its place."""
        assert of(resourceFiles=[file]) == [("missing_member", "resourceFiles[0].filePath")]

    def test_sources_before(self) -> None:
        """Before 2018-12-01.8.0 there was one; the schema asks for it, or does not yet."""
        assert of("2018-08-01.7.0", resourceFiles=[{}]) == [
            ("missing_member", "resourceFiles[0].blobSource"),
            ("missing_member", "resourceFiles[0].filePath"),
        ]
        assert of("2016-02-01.3.0", resourceFiles=[{}]) == []

    def test_dependency_list_too_long(self) -> None:
        """64,000 characters in all; whatever is no text does not count."""
        ids = ["x" * 64] * 1000
        assert of(dependsOn={"taskIds": ids}) == []
        assert of(dependsOn={"taskIds": [*ids, 1, "y"]}) == [
            ("wrong_type", "dependsOn.taskIds[1000]"),
            ("dependency_list_too_long", "dependsOn.taskIds"),
        ]
        assert of(dependsOn={"taskIds": None}) == []

    def test_slots_of_multi_instance_tasks(self) -> None:
        """No fault: the text asks for 1, the documents' own example of a collection has 2."""
        settings = {"numberOfInstances": 3, "coordinationCommandLine": "c"}
        assert of(requiredSlots=2, multiInstanceSettings=settings) == []


def test_unknown_members_are_taken() -> None:
    """They are faults only where somebody asks for that."""
    body = task("a", more=1)
    whole = b'{"value":[%s]}' % body
    assert task_faults(body, "t") == collection_faults(whole) == ()
    assert [it.path for it in task_faults(body, "t", strict=True)] == ["t.more"]
    assert [it.path for it in collection_faults(whole, strict=True)] == ["value[0].more"]


class TestCollections:
    """Tasks together, in each form that they may have."""

    def test_repeated_task_id(self) -> None:
        """At each later one, ignoring case; it names the first."""
        faults = validate([task("a"), task("b"), task("A", requiredSlots=0), task("a")])
        assert [(fault.code, fault.path) for fault in faults] == [
            ("out_of_range", "value[2].requiredSlots"),
            ("repeated_task_id", "value[2].id"),
            ("repeated_task_id", "value[3].id"),
        ]
        assert [fault.detail[-8:] for fault in faults[1:]] == ["value[0]"] * 2

    def test_repeated_name(self) -> None:
        """In 2014 the id was the name."""
        body = b'{"name":"a","commandLine":"echo"}'
        expected = [("repeated_task_id", "value[1].name")]
        assert found([body, body], "2014-10-01.1.0") == expected

    def test_too_many_tasks(self) -> None:
        """More than 100; it comes first."""
        bodies = [task(f"t{n}") for n in range(101)]
        assert found(bodies[:100]) == []
        expected = [("too_many_tasks", "value"), ("missing_member", "value[0].id")]
        bodies[0] = b'{"commandLine":"echo"}'
        assert found(bodies) == expected
        assert found(request(b'{"value":[%s]}' % b",".join(bodies))) == expected

    def test_forms(self) -> None:
        """A collection, its request, tasks, texts: the same faults."""
        body = b'{"value":[{"id":"a b","commandLine":"c"},{"id":"c"}]}'
        tasks = TaskCollection.from_json(body)
        expected = [("invalid_id", "value[0].id"), ("missing_member", "value[1].commandLine")]
        raws = [item.raw for item in tasks.tasks]
        for form in (
            tasks,
            request(body),
            list(tasks.tasks),
            raws,
            iter(raws),
            map(bytearray, raws),
        ):
            assert found(form) == expected
        assert found([]) == found(TaskCollection(())) == []

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda raw: Task("a b", raw)])
    def test_one(self, kind: Callable[[bytes], Any]) -> None:
        """One by itself stands at value[0] as well."""
        assert found(kind(task("a b"))) == [("invalid_id", "value[0].id")]

    def test_one_elsewhere(self) -> None:
        """Or at the path that is told."""
        body = task("a", displayName=1)
        place = "batch[2]/changeset[0].body"
        (fault,) = task_faults(body, place)
        assert fault.path == f"{place}.displayName"
        (fault,) = task_faults(b"", place)
        assert (fault.code, fault.path) == ("invalid_json", place)
        assert len(task_faults(task("a", x=1), place, "2016-02-01.3.0", strict=True)) == 1

    def test_unreadable(self) -> None:
        """A text that cannot be read is one fault with the reader's code; the rest goes on."""
        bodies = [
            b"{",
            b"[]",
            b'{"constraints":{"a":1,"a":2}}',
            b'{"a b":{"x":1,"x":2}}',
            b'\xef\xbb\xbf{"id":"a"}',
            b'{"id":"\xff"}',
            b'{"id":"\\ud800"}',
            task("a", requiredSlots=0),
        ]
        assert found(bodies) == [
            ("invalid_json", "value[0]"),
            ("not_an_object", "value[1]"),
            ("duplicate_member", "value[2].constraints.a"),
            ("duplicate_member", 'value[3]["a b"].x'),
            ("byte_order_mark", "value[4]"),
            ("invalid_utf8", "value[5]"),
            ("lone_surrogate", "value[6]"),
            ("out_of_range", "value[7].requiredSlots"),
        ]

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (b"{", [("invalid_json", "")]),
            (b"[]", [("not_an_object", "")]),
            (b'{"value":[{"id":1,"id":2}]}', [("duplicate_member", "value[0].id")]),
            (b"{}", [("missing_member", "value")]),
            (b'{"value":null}', [("missing_member", "value")]),
            (b'{"value":{}}', [("wrong_type", "value")]),
            (b'{"value":[1]}', [("wrong_type", "value[0]")]),
            (b'{"odata.metadata":"m","value":[],"x":1}', [("unknown_member", "x")]),
        ],
    )
    def test_bodies(self, body: bytes, expected: Found) -> None:
        """What a request carries need not be a collection."""
        assert found(request(body), strict=True) == expected

    def test_every_version(self) -> None:
        """Any public one, with collections or without."""
        for api_version in VERSIONS:
            name = "name" if api_version < "2015-06" else "id"
            body = b'{"%s":"a","commandLine":"c"}' % name.encode()
            assert found([body], api_version, strict=True) == []

    def test_unknown_version(self) -> None:
        """An error, since nothing could be said."""
        with pytest.raises(TranslationError) as caught:
            validate([], "2021-01-01.13.0")
        assert caught.value.code == "unknown_api_version"

    @pytest.mark.parametrize(
        ("tasks", "api_version"),
        [
            (None, LATEST),
            (1, LATEST),
            ("", LATEST),
            (["{}"], LATEST),
            ([1], LATEST),
            ([Task("a", "{}")], LATEST),  # type: ignore[arg-type]
            ([], 5),
        ],
    )
    def test_wrong_python_types(self, tasks: Any, api_version: Any) -> None:
        """Are the caller's mistake."""
        with pytest.raises(TypeError):
            validate(tasks, api_version)

    def test_request(self) -> None:
        """A request says of what version its tasks are; an argument goes before it."""
        body = b'{"value":[%s]}' % task("a", resourceFiles=[{"blobSource": "u", "filePath": "f"}])
        target = "/jobs/j/addtaskcollection?api-version=2016-07-01.3.1"
        for kind in (HttpRequest, CollectionRequest):
            request = kind("POST", target, body=body)
            assert validate(request) == ()
            assert [fault.code for fault in validate(request, LATEST)] == ["source_count"]
        with pytest.raises(TranslationError) as caught:
            validate(HttpRequest("POST", "/jobs/j/tasks", body=body))
        assert caught.value.code == "unsupported_target"

    def test_much(self) -> None:
        """Thousands of tasks, and a list of many ids."""
        many = [task(f"t{n}", requiredSlots=0) for n in range(3000)]
        assert len(validate(many)) == 3001
        ids = [str(n) for n in range(100_000)]
        assert of(dependsOn={"taskIds": ids}) == [("dependency_list_too_long", "dependsOn.taskIds")]


# Tasks made by the schema

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z"),
    "name": st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z"),
    "fileMode": st.from_regex(r"\A[0-7]{1,4}\Z"),
}
DURATIONS = st.from_regex(
    r"\AP(?:[0-9]{1,3}D(?:T[0-9]{1,2}H)?|[0-9]Y[0-9]M|T[0-9]{1,2}M[0-9](?:\.[0-9]{1,7})?S)\Z"
)
SOURCES = ("httpUrl", "storageContainerUrl", "autoStorageContainerName")


class TestWords:
    """What a fault says, word for word; its numbers are those of the task."""

    @pytest.mark.parametrize(
        ("members", "code", "detail"),
        [
            ({"commandLine": None}, "missing_member",
             "expected this member, got an object without it"),
            ({"commandLine": 5}, "wrong_type", "expected a value of kind string, got number"),
            ({"constraints": "a"}, "wrong_type", "expected a value of kind object, got string"),
            ({"resourceFiles": {}}, "wrong_type", "expected a value of kind array, got object"),
            ({"multiInstanceSettings": {"coordinationCommandLine": "c", "numberOfInstances": []}},
             "wrong_type", "expected a value of kind whole number, got array"),
            ({"exitConditions": {"fileUploadError": {"jobAction": True}}}, "wrong_type",
             "expected a value of kind string, got boolean"),
            ({"resourceFiles": [{"filePath": "f", "httpUrl": "u", "fileMode": "8"}]},
             "invalid_file_mode", "expected octal digits, got another text of 1 characters"),
            ({"requiredSlots": "a"}, "wrong_type",
             "expected a value of kind whole number, got string"),
            ({"requiredSlots": 1.5}, "wrong_type", "expected a value of kind whole number, got "
             "number with a fraction or exponent"),
            ({"requiredSlots": 0}, "out_of_range",
             "expected a number from 1 to 2147483647, got another"),
            ({"displayName": "x" * 1025}, "too_long", "expected at most 1024 characters, got 1025"),
            ({"colour": 1}, "unknown_member",
             "expected members that the version has, got another"),
            ({"userIdentity": {}}, "missing_user", "expected username or autoUser, got neither"),
            ({"userIdentity": {"username": "u", "autoUser": {}}}, "user_conflict",
             "expected username or autoUser, got 2 of such members"),
            ({"userIdentity": {"autoUser": {"scope": "node"}}}, "unknown_value",
             "expected one of task, pool, got another text"),
            ({"resourceFiles": [{"httpUrl": "http://a"}]}, "missing_member",
             "expected this member with httpUrl, got none"),
            ({"resourceFiles": [{}]}, "source_count", "expected one of httpUrl, "
             "storageContainerUrl, autoStorageContainerName, got 0 of them"),
            ({"dependsOn": {"taskIds": ["x" * 64_001]}}, "dependency_list_too_long",
             "expected at most 64000 characters in all, got 64001"),
        ],
    )  # fmt: skip
    def test_detail(self, members: dict[str, Any], code: str, detail: str) -> None:
        """Expected, then what came."""
        task = {"id": "t", "commandLine": "c", **members}
        (fault,) = validate([json.dumps(task).encode()], strict=True)
        assert (fault.code, fault.detail) == (code, detail)

    def test_of_older_versions(self) -> None:
        """A kind of value that no newer version asks for."""
        task = b'{"id":"t","commandLine":"c","runElevated":1}'
        (fault,) = validate([task], "2015-12-01.2.2")
        assert fault.detail == "expected a value of kind boolean, got number"

    def test_of_many(self) -> None:
        """A second task of an id names the first; too many are counted."""
        task = b'{"id":"t","commandLine":"c"}'
        (repeated,) = validate([task, task])
        assert repeated.detail == "expected another id, got that of value[0]"
        (many,) = validate([b'{"id":"t%d","commandLine":"c"}' % index for index in range(101)])
        assert many.detail == "expected at most 100 tasks, got 101"


def any_case(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    """One of the words, in one case or another."""
    cases = [case for word in words for case in (word, word.lower(), word.upper())]
    return st.sampled_from(cases)


def values(name: str, member: Member, api_version: str) -> st.SearchStrategy[Any]:
    """Values that a member may have."""
    texts = any_case(member.words) if member.words else MEMBERS.get(name, TEXTS)
    numbers = st.integers(-(2**31) if member.least is None else member.least, 2**31 - 1)
    by_kind = {
        "string": texts,
        "duration": DURATIONS,
        "int32": numbers,
        "boolean": st.booleans(),
    }
    if member.kind in by_kind:
        return by_kind[member.kind]
    inner = objects(member.of, api_version) if member.of in TYPES else texts
    return st.lists(inner, max_size=2) if member.kind == "array" else inner


@functools.cache
def objects(owner: str, api_version: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a type, as an api-version has them."""
    schema = schema_of(api_version)[owner]
    all_values = {name: values(name, member, api_version) for name, member in schema.items()}
    needed = {name for name, member in schema.items() if member.required}
    choices: list[set[str]] = [set()]
    others: set[str] = set()
    if owner == "UserIdentity":
        all_values["userName"] = TEXTS
        choices = [{"username"}, {"userName"}, {"autoUser"}]
    elif owner == "ResourceFile" and set(SOURCES) <= set(schema):
        choices = [{"httpUrl", "filePath"}, {"storageContainerUrl"}, {"autoStorageContainerName"}]
        others = {"filePath"}
    excluded = set().union(*choices) - others
    return st.one_of(
        [
            st.fixed_dictionaries(
                {name: all_values[name] for name in sorted(needed | choice)},
                optional={
                    name: all_values[name] | st.none()
                    for name in sorted(set(all_values) - needed - choice - excluded)
                },
            )
            for choice in choices
        ]
    )


class Place(NamedTuple):
    """One member of a task that was made, or one item of an array.

    Attributes:
        path: where it is.
        holder: what has it.
        key: its name or index there.
        member: what the schema says of it.
        owner: the type of ``holder``, empty where that is an array.
    """

    path: str
    holder: Any
    key: Any
    member: Member
    owner: str


def places(owner: str, value: dict[str, Any], api_version: str, path: str) -> Iterator[Place]:
    """All places in an object."""
    schema = schema_of(api_version)[owner]
    for name, child in value.items():
        member = schema["username"] if name == "userName" else schema[name]
        at = f"{path}.{name}"
        yield Place(at, value, name, member, owner)
        if child is None or member.kind not in ("array", "object"):
            continue
        if member.kind == "object":
            yield from places(member.of, child, api_version, at)
            continue
        for index, item in enumerate(child):
            kind = "object" if member.of in TYPES else "string"
            yield Place(f"{at}[{index}]", child, index, member._replace(kind=kind), "")  # type: ignore[arg-type]
            if kind == "object":
                yield from places(member.of, item, api_version, f"{at}[{index}]")


versions = st.sampled_from(VERSIONS)
OTHERS: dict[str, list[Any]] = {
    "string": [1, 1.5, True, [], {}],
    "duration": [1, 1.5, True, [], {}],
    "int32": ["1", 1.5, 1.0, False, [], {}],
    "boolean": ["true", 1, [], {}],
    "object": ["a", 1, True, []],
    "array": ["a", 1, True, {}],
}

NAMES = sorted({"value", "odata.type", "userName", *(n for it in TYPES.values() for n in it)})
SECRETS = st.sampled_from(["s3cret", "P5ecret", "s3cret" * 30, 5318008, 5318008.5, 0, True])
ANYTHING = st.recursive(
    SECRETS | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
)


def encoded(value: Any) -> bytes:
    """The JSON text of a task."""
    return msgspec.json.encode(value)


class TestProperties:
    """Tasks by the schema have no faults, and what is broken in them is all that has."""

    @given(st.data(), versions)
    def test_valid(self, data: st.DataObject, api_version: str) -> None:
        """Whatever the schema allows is no fault, not even under strict."""
        body = encoded(data.draw(objects(TASK, api_version)))
        assert validate([body], api_version, strict=True) == ()

    @given(st.data(), versions)
    def test_another_kind(self, data: st.DataObject, api_version: str) -> None:
        """A value of another kind is one fault, at its place."""
        value = data.draw(objects(TASK, api_version))
        place = data.draw(st.sampled_from(list(places(TASK, value, api_version, "value[0]"))))
        place.holder[place.key] = data.draw(st.sampled_from(OTHERS[place.member.kind]))
        assert found([encoded(value)], api_version, strict=True) == [("wrong_type", place.path)]

    @given(st.data(), versions)
    def test_without_a_member(self, data: st.DataObject, api_version: str) -> None:
        """Where a required member is taken away, that is the fault."""
        value = data.draw(objects(TASK, api_version))
        needed = [
            place
            for place in places(TASK, value, api_version, "value[0]")
            if place.member.required and place.owner
        ]
        place = data.draw(st.sampled_from(needed))
        del place.holder[place.key]
        assert found([encoded(value)], api_version) == [("missing_member", place.path)]

    @given(st.data(), st.sampled_from(VERSIONS[VERSIONS.index(FIRST_SCHEMA) :]))
    def test_another_member(self, data: st.DataObject, api_version: str) -> None:
        """A member of no version is a fault under strict, in any object."""
        value = data.draw(objects(TASK, api_version))
        owners = {
            id(place.holder): place
            for place in places(TASK, value, api_version, "value[0]")
            if place.owner
        }
        place = data.draw(st.sampled_from(list(owners.values())))
        place.holder["noSuch"] = None
        path = place.path.rpartition(".")[0] + ".noSuch"
        assert found([encoded(value)], api_version) == []
        assert found([encoded(value)], api_version, strict=True) == [("unknown_member", path)]

    @given(st.lists(st.integers(0, 3), max_size=5), st.booleans())
    def test_faults_add_up(self, kinds: list[int], strict: bool) -> None:
        """Those of tasks together are those of each, in their order."""
        broken: list[dict[str, Any]] = [
            {},
            {"requiredSlots": 0},
            {"x": 1},
            {"displayName": 1, "dependsOn": []},
        ]
        bodies = [task(f"t{n}", **broken[kind]) for n, kind in enumerate(kinds)]
        each = [
            fault
            for n, body in enumerate(bodies)
            for fault in task_faults(body, f"value[{n}]", strict=strict)
        ]
        assert list(validate(bodies, strict=strict)) == each
        whole = request(b'{"value":[%s]}' % b",".join(bodies))
        assert list(validate(whole, strict=strict)) == each

    @given(st.dictionaries(st.sampled_from(NAMES), ANYTHING), versions, st.booleans())
    def test_discreet(self, value: dict[str, Any], api_version: str, strict: bool) -> None:
        """Whatever JSON it is, there are faults and no errors, and none quotes a value."""
        for tasks in (
            [encoded(value)],
            request(encoded({"value": [value]})),
            request(encoded(value)),
        ):
            told = repr(validate(tasks, api_version, strict))
            assert "ecret" not in told
            assert "5318008" not in told

    @given(st.binary(max_size=40))
    def test_any_bytes(self, body: bytes) -> None:
        """Any bytes at all have faults: no forty of them are a task."""
        assert validate([body])
        assert all(isinstance(fault, TaskFault) for fault in validate(request(body)))


# Tasks that were sent


class Sent(NamedTuple):
    """Tasks of a public recording or example.

    Attributes:
        source: the file.
        api_version: whose tasks they are.
        kind: ``task``; ``tasks`` of a collection that were added; ``collection``, a whole one.
        tasks: as ``validate`` takes them.
        number: how many.
    """

    source: str
    api_version: str
    kind: str
    tasks: Any
    number: int


def accepted() -> Iterator[Sent]:
    """The tasks that the service took: of single adds, and of collections by their results."""
    recorded = (*exchanges("task_add"), *exchanges("addtaskcollection"), *powershell())
    for source, exchange in recorded:
        path, api_version = path_of(exchange), exchange["api_version"]
        text, answer = exchange["request"]["body"], exchange["response"]
        if text is None:
            continue
        body = text.encode("utf-8")
        if path.endswith("/tasks") and answer["status_code"] == 201:
            yield Sent(source, api_version, "task", body, 1)
        elif path.endswith("/addtaskcollection") and answer["status_code"] == 200:
            results = json.loads(answer["body"])["value"]
            taken = {it["taskId"] for it in results if it["status"].lower() == "success"}
            tasks = TaskCollection.from_json(body, api_version).tasks
            kept = [item for item in tasks if item.id in taken]
            yield Sent(source, api_version, "tasks", kept, len(kept))
            if len(kept) == len(tasks):
                yield Sent(source, api_version, "collection", request(body), len(kept))


def shown() -> Iterator[Sent]:
    """The bodies of adds in the swagger's examples; two folders name the version before inside."""
    for path in sorted(EXAMPLES.glob("*/TaskAdd*.json")):
        parameters = json.loads(path.read_text("utf-8"))["parameters"]
        source, api_version = f"{path.parent.name}/{path.name}", path.parent.name
        if "task" in parameters:
            yield Sent(source, api_version, "task", encoded(parameters["task"]), 1)
        else:
            whole = parameters["taskCollection"]
            body = request(encoded(whole))
            yield Sent(source, api_version, "collection", body, len(whole["value"]))


def counted(bodies: Iterator[Sent]) -> dict[str, tuple[int, int]]:
    """How many bodies of each kind, and how many tasks in them."""
    counts: dict[str, tuple[int, int]] = {}
    for sent in bodies:
        number, tasks = counts.get(sent.kind, (0, 0))
        counts[sent.kind] = number + 1, tasks + sent.number
    return counts


def assert_no_faults(bodies: Iterator[Sent]) -> None:
    """None in the version that they were sent in, not even under strict."""
    for sent in bodies:
        for strict in (False, True):
            assert validate(sent.tasks, sent.api_version, strict) == (), sent.source


@needs_captures
class TestAccepted:
    """What the service took has no faults."""

    def test_there_are_some(self) -> None:
        """As many as were counted: of each kind the bodies, and the tasks in them."""
        assert counted(accepted()) == {
            "task": (340, 340),
            "tasks": (118, 364),
            "collection": (117, 364),
        }

    def test_no_faults(self) -> None:
        """From 2014-10-01.1.0 to 2022-01-01.15.0."""
        assert_no_faults(accepted())


@needs_tables
class TestShown:
    """What the swagger's examples show as right has no faults."""

    def test_there_are_some(self) -> None:
        """Likewise."""
        assert counted(shown()) == {"task": (56, 56), "collection": (34, 68)}

    def test_no_faults(self) -> None:
        """From 2017-01-01.4.0 to 2024-07-01.20.0."""
        assert_no_faults(shown())
