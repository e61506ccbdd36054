"""The JSON of an ``addtaskcollection`` request: the tasks that go out.

Names of members are read as on the wire, and annotations of OData beside them are passed over.
Source: Azure Batch REST, Add a collection of tasks to a job (2017), Task - Add Collection (2024).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import msgspec

from odatabatch.azure.json_text import is_annotation, path_to, read_object
from odatabatch.azure.members import items_of, required_text
from odatabatch.azure.versions import LATEST, check_collection_version
from odatabatch.errors import TaskError
from odatabatch.http_message import HttpRequest, as_bytes, summary

MAX_TASKS = 100
"""Tasks in one request. Source: Azure Batch REST, Task - Add Collection."""

MAX_BODY_BYTES = 1 << 20
"""The body of one request: the service named 1048576 as its MaxLimit (413 RequestBodyTooLarge)."""


class Discreet(msgspec.Struct, frozen=True):
    """A model that shows nothing of the body that it came from: kinds and lengths alone."""

    def __repr__(self) -> str:
        return summary(self)


class Task(Discreet, frozen=True, gc=False):
    """One task of a collection.

    Attributes:
        id: its id, unescaped.
        raw: its JSON text, an object, bytes as they are.
    """

    id: str
    raw: bytes

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("raw_bytes", len(self.raw))]


class TaskCollection(msgspec.Struct, frozen=True):
    """The body of an ``addtaskcollection`` request.

    Attributes:
        tasks: in the order of the text.
    """

    tasks: tuple[Task, ...]

    @classmethod
    def from_json(cls, body: bytes, api_version: str = LATEST) -> Self:
        """Read the JSON text.

        Args:
            body: the text, in UTF-8.
            api_version: of the request that carries it.

        Raises:
            TaskError: missing_member, wrong_type, unsupported_member, and those of
                ``json_text.read_object``.
            TranslationError: unknown_api_version, no_task_collection.
        """
        check_collection_version(api_version)
        body = as_bytes(body)
        whole = read_object(body)
        for name in whole:
            if name != "value" and not is_annotation(name):
                message = "expected a value and nothing beside it, got another member"
                raise TaskError("unsupported_member", message, path=path_to("", name))
        ids = [required_text(item, "id", path) for item, path in items_of(whole, "value")]
        return cls(tuple(map(Task, ids, raw_items(body))))

    def to_json(self) -> bytes:
        """The JSON text, in which each task has the bytes that it has here.

        Raises:
            TaskError: id_conflict, or a task's bytes are no object with an id.
            TypeError: an item is no ``Task``.
        """
        for index, task in enumerate(self.tasks):
            if not isinstance(task, Task):
                raise TypeError(f"expected a Task, got {type(task).__name__}")
            path = path_to("value", index)
            if required_text(read_object(task.raw), "id", path) != task.id:
                message = "expected the task's id in its text, got another"
                raise TaskError("id_conflict", message, path=path_to(path, "id"))
        return joined(task.raw for task in self.tasks)


class CollectionRequest(HttpRequest, frozen=True, gc=False):
    """An ``addtaskcollection`` request."""

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks in its body, in their order; read from it at each access."""
        return TaskCollection.from_json(self.body).tasks


def joined(items: Iterable[bytes], head: bytes = b"") -> bytes:
    """The JSON text of a collection of those objects, ``head`` before them."""
    return b'{%s"value":[%s]}' % (head, b",".join(items))


def key_of(task_id: str) -> str:
    """What task ids are compared by: the service takes them without case."""
    return task_id.casefold()


class _RawItems(msgspec.Struct):
    value: list[msgspec.Raw]


# Made here, so that msgspec works out the type before there can be two threads (see ``plans``).
_read_items = msgspec.json.Decoder(_RawItems).decode


def raw_items(body: bytes) -> list[bytes]:
    """The bytes of each item of a collection that was read before."""
    return [bytes(item) for item in _read_items(body).value]


def unique_ids(tasks: Iterable[Task]) -> dict[str, str]:
    """The path of each task, by what its id is compared by.

    Raises:
        TaskError: repeated_task_id.
    """
    paths: dict[str, str] = {}
    for index, task in enumerate(tasks):
        path = path_to("value", index)
        if paths.setdefault(key_of(task.id), path) is not path:
            message = "expected tasks of different ids, got a second one of the same"
            raise TaskError("repeated_task_id", message, path=path_to(path, "id"))
    return paths
