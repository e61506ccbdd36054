"""The JSON of an addtaskcollection request."""

from __future__ import annotations

import contextlib
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import azure
from odatabatch.azure import (
    CollectionRequest,
    Task,
    TaskCollection,
    TaskError,
    TranslationError,
)
from odatabatch.azure.members import items_of, required_text
from odatabatch.http_message import parse_request
from tests.azure.batches import FIXTURES


def refused(body: bytes) -> tuple[str, str | None]:
    """The code and the path of the error that reading the body gives."""
    with pytest.raises(TaskError) as caught:
        TaskCollection.from_json(body)
    return caught.value.code, caught.value.path


class TestTasks:
    """What goes out."""

    def test_reads(self) -> None:
        """Tasks keep their bytes; annotations beside them are passed over."""
        body = b' {"odata.metadata":"x","value" : [ {"id":"\\u0061" , "n":1.0} ,{"id":"b"} ] } '
        tasks = TaskCollection.from_json(body).tasks
        assert tasks == (Task("a", b'{"id":"\\u0061" , "n":1.0}'), Task("b", b'{"id":"b"}'))

    def test_writes(self) -> None:
        """What was read is written with the same bytes a task."""
        body = b'{"value":[{ "id":"a"},{"id":"b" }]}'
        assert TaskCollection.from_json(body).to_json() == body
        assert TaskCollection(()).to_json() == b'{"value":[]}'

    def test_names_may_be_escaped(self) -> None:
        """RFC 8259 §7: a name is what its escapes stand for."""
        body = b'{"v\\u0061lue":[{"\\u0069d":"a"}]}'
        assert TaskCollection.from_json(body).tasks == (Task("a", b'{"\\u0069d":"a"}'),)

    def test_duplicates(self) -> None:
        """A member twice is refused at any depth, and so is a second value."""
        body = b'{"value":[{"id":"a","x":[{"b":1,"b":1}]}]}'
        assert refused(body) == ("duplicate_member", "value[0].x[0].b")
        body = b'{"value":[],"v\\u0061lue":[]}'
        assert refused(body) == ("duplicate_member", "value")

    @pytest.mark.parametrize("name", ["basic", "complex"])
    def test_reads_the_pages(self, name: str) -> None:
        """The samples of the page of 2024."""
        data = (FIXTURES / f"add-collection-2024-{name}.http").read_bytes()
        body = parse_request(data).body
        tasks = TaskCollection.from_json(body, api_version="2024-07-01.20.0").tasks
        assert [task.id for task in tasks] == [item["id"] for item in json.loads(body)["value"]]

    @pytest.mark.parametrize(
        ("name", "code"), [("2017", "invalid_json"), ("latin-1", "invalid_utf8")]
    )
    def test_refuses_fixtures(self, name: str, code: str) -> None:
        """The page of 2017 lacks a comma; another text is in ISO 8859-1. The error says where."""
        file = FIXTURES / f"add-collection-{name}.invalid.http"
        expected = json.loads(file.with_suffix(".json").read_bytes())["json"]
        with pytest.raises(TaskError) as raised:
            TaskCollection.from_json(parse_request(file.read_bytes()).body)
        assert (raised.value.code, raised.value.offset) == (code, expected["offset"])

    @pytest.mark.parametrize(
        ("body", "code", "path"),
        [
            (b"{}", "missing_member", "value"),
            (b'{"value":null}', "missing_member", "value"),
            (b'{"value":{}}', "wrong_type", "value"),
            (b'{"value":[1]}', "wrong_type", "value[0]"),
            (b'{"value":[{"id":"a"},{}]}', "missing_member", "value[1].id"),
            (b'{"value":[{"id":1}]}', "wrong_type", "value[0].id"),
            (b'{"value":[null]}', "wrong_type", "value[0]"),
            (b'{"value":[],"more":1}', "unsupported_member", "more"),
            (b'{"value":[],"odata":1}', "unsupported_member", "odata"),
            (b"[]", "not_an_object", None),
        ],
    )
    def test_refuses(self, body: bytes, code: str, path: str | None) -> None:
        """What is no collection of tasks with ids."""
        assert refused(body) == (code, path)

    @pytest.mark.parametrize(
        ("task", "code", "path"),
        [
            (Task("a", b'{"id":"b"}'), "id_conflict", "value[0].id"),
            (Task("a", b"{}"), "missing_member", "value[0].id"),
            (Task("a", b'{"id":"a"},{"id":"b"}'), "invalid_json", None),
        ],
    )
    def test_writes_no_broken_task(self, task: Task, code: str, path: str | None) -> None:
        """Bytes that are no task of that id are not written."""
        with pytest.raises(TaskError) as caught:
            TaskCollection((task,)).to_json()
        assert (caught.value.code, caught.value.path) == (code, path)

    def test_needs_a_version_with_collections(self) -> None:
        """The pair exists from 2016-02-01.3.0 on."""
        with pytest.raises(TranslationError) as caught:
            TaskCollection.from_json(b'{"value":[]}', api_version="2015-12-01.2.2")
        assert caught.value.code == "no_task_collection"

    def test_request_derives_its_tasks(self) -> None:
        """A request's tasks are what its body says."""
        request = CollectionRequest("POST", "/", body=b'{"value":[{"id":"a"}]}')
        assert request.tasks == (Task("a", b'{"id":"a"}'),)
        assert request.replace(body=b'{"value":[]}').tasks == ()


@pytest.mark.parametrize(
    "model",
    [
        Task("secret", b'{"id":"secret"}'),
        TaskCollection((Task("secret", b'{"id":"secret"}'),)),
        CollectionRequest("POST", "/a?secret", body=b"secret"),
    ],
)
def test_models_are_discreet_and_picklable(model: Any) -> None:
    """No text of a model quotes a body; a copy through pickle is equal."""
    assert "secret" not in repr(model)
    assert "secret" not in repr(list(model.__rich_repr__()))
    assert pickle.loads(pickle.dumps(model)) == model  # noqa: S301 - our own bytes


@pytest.mark.parametrize(("value", "path"), [(1, "x.a"), ([{}, 1], "x.a[1]")])
def test_items_of_a_member(value: Any, path: str) -> None:
    """What is no array of objects is told by its place and its kind."""
    with pytest.raises(TaskError, match="got number") as caught:
        list(items_of({"a": value}, "a", "x"))
    assert (caught.value.code, caught.value.path) == ("wrong_type", path)


def test_text_of_a_member() -> None:
    """One that is missing is told by its name alone where its owner is the whole."""
    with pytest.raises(TaskError) as caught:
        required_text({}, "a")
    assert (caught.value.code, caught.value.path) == ("missing_member", "a")


def test_length_of_a_task() -> None:
    """A task tells how long it is."""
    assert list(Task("a", b"{}").__rich_repr__()) == [("raw_bytes", 2)]


@given(st.binary(max_size=80))
def test_only_our_errors(noise: bytes) -> None:
    """Arbitrary bytes give a model or a ``TaskError``."""
    for body in (noise, b'{"value":[%s]}' % noise, b'{"value":[{"id":"a",%s}]}' % noise):
        with contextlib.suppress(TaskError):
            TaskCollection.from_json(body)


def test_other_types() -> None:
    """What is no task is not written; what is no api-version is not read for."""
    with pytest.raises(TypeError):
        TaskCollection(("a",)).to_json()  # type: ignore[arg-type]
    for api_version in (None, 3):
        with pytest.raises(TypeError):
            TaskCollection.from_json(b"{}", api_version)  # type: ignore[arg-type]


def test_names() -> None:
    """What users type is there."""
    assert {name for name in azure.__all__ if not hasattr(azure, name)} == set()
