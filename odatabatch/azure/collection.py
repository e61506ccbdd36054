"""The JSON pair of ``addtaskcollection``: the tasks that go out, the results that come back.

Names of members are read as on the wire, and annotations of OData beside them are passed over.
Source: Azure Batch REST, Add a collection of tasks to a job (2017), Task - Add Collection (2024).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, Self

import msgspec

from odatabatch.azure.json_edit import Value, member_of, path_to, read_object, text_of
from odatabatch.azure.ticks import http_date
from odatabatch.azure.versions import LATEST, check_collection_version
from odatabatch.errors import TaskError
from odatabatch.http_message import HttpRequest, summary

# The HTTP status that an error's code stands for, where that is not 400 for a ClientError and 500
# for a ServerError; only codes that adding a task can meet. Source: Batch Status and Error Codes
# (2017-03 and 2018-09), and public recordings.
_CODES_OF_STATUS = {
    403: "AccountIsDisabled AuthenticationFailed Forbidden InsufficientAccountPermissions",
    404: "ApplicationNotFound JobNotFound PoolNotFound ResourceNotFound",
    409: "InvalidApplicationPackageReferences JobBeingDeleted JobBeingTerminated JobCompleted"
    " JobDisabled JobNotActive OperationInvalidForCurrentState TaskExists"
    " TaskIdSameAsJobPreparationTask TaskIdSameAsJobReleaseTask",
    412: "ConditionNotMet",
    413: "RequestBodyTooLarge",
    503: "ServerBusy",
}
_STATUS_OF_CODE = {
    code: status for status, codes in _CODES_OF_STATUS.items() for code in codes.split()
}

# What can stand in a header field as it is.
_VISIBLE = re.compile(r"[!-~]+")


class TaskStatus(StrEnum):
    """What became of a task. The values are the words of the newest api-versions."""

    SUCCESS = "success"
    CLIENT_ERROR = "clienterror"
    SERVER_ERROR = "servererror"


class _Discreet(msgspec.Struct, frozen=True):
    """A model that shows nothing of the body that it came from: kinds and lengths alone."""

    def __repr__(self) -> str:
        return summary(self)


class Task(_Discreet, frozen=True):
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
                ``json_edit.read_object``.
            TranslationError: unknown_api_version, no_task_collection.
        """
        check_collection_version(api_version)
        whole = read_object(body, levels=3)
        for member in whole.children:
            if member.name != "value" and not _is_annotation(member):
                raise unsupported_member(member)
        return cls(
            tuple(
                Task(required_text(body, item, "id", path), body[item.start : item.end])
                for item, path in _items(whole, "value")
            )
        )

    def to_json(self) -> bytes:
        """The JSON text, in which each task has the bytes that it has here.

        Raises:
            TaskError: id_conflict, or a task's bytes are no object with an id.
        """
        for index, task in enumerate(self.tasks):
            path = path_to("value", index)
            if required_text(task.raw, read_object(task.raw), "id", path) != task.id:
                message = "expected the task's id in its text, got another"
                raise TaskError("id_conflict", message, path=path_to(path, "id"))
        return joined(task.raw for task in self.tasks)


class CollectionRequest(HttpRequest, frozen=True, gc=False):
    """An ``addtaskcollection`` request."""

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks in its body, in their order; read from it at each access."""
        return TaskCollection.from_json(self.body).tasks


class BatchError(_Discreet, frozen=True):
    """What the service says of a failure. (This is a model; it is not raised.)

    Attributes:
        raw: its JSON text, an object, bytes as they are.
        code: such as ``TaskExists``; None where it has none.
        lang: the language of the message, or None.
        message: the message, or None.
        values: further ``(key, value)`` pairs.
    """

    raw: bytes
    code: str | None = None
    lang: str | None = None
    message: str | None = None
    values: tuple[tuple[str | None, str | None], ...] = ()

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Read the JSON text of an answer that is an error.

        Raises:
            TaskError: wrong_type, and those of ``json_edit.read_object``.
        """
        return cls._read(body, read_object(body, levels=3), "")

    @classmethod
    def _read(cls, body: bytes, error: Value, path: str) -> Self:
        text = member_of(error, "message", "object", path)
        text_path = path_to(path, "message")
        return cls(
            body[error.start : error.end],
            optional_text(body, error, "code", path),
            optional_text(body, text, "lang", text_path) if text else None,
            optional_text(body, text, "value", text_path) if text else None,
            tuple(
                (optional_text(body, item, "key", at), optional_text(body, item, "value", at))
                for item, at in _items(error, "values", path, required=False)
            ),
        )

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("raw_bytes", len(self.raw))]


class TaskResult(_Discreet, frozen=True):
    """What became of one task.

    Attributes:
        task_id: its id.
        status: whether it was added.
        e_tag: its ETag, or None.
        last_modified: ISO 8601, as on the wire, or None.
        location: its URL, or None.
        error: why it was not added, or None.
    """

    task_id: str
    status: TaskStatus
    e_tag: str | None = None
    last_modified: str | None = None
    location: str | None = None
    error: BatchError | None = None

    @property
    def http_status(self) -> int:
        """The status that a single request for the task would have been answered with.

        A result has none of its own: it follows from the error's code, else from the status word.
        """
        if self.status is TaskStatus.SUCCESS:
            return 201
        fallback = 400 if self.status is TaskStatus.CLIENT_ERROR else 500
        known = _STATUS_OF_CODE.get(self.error.code or "", fallback) if self.error else fallback
        return known if known // 100 == fallback // 100 else fallback

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("status", self.status.value), ("error", self.error)]


class TaskCollectionResult(msgspec.Struct, frozen=True):
    """The body of the answer to an ``addtaskcollection`` request.

    Attributes:
        results: in the order of the text, which need not be that of the tasks.
    """

    results: tuple[TaskResult, ...]

    @classmethod
    def from_json(
        cls,
        body: bytes,
        api_version: str = LATEST,
        request: TaskCollection | CollectionRequest | None = None,
    ) -> Self:
        """Read the JSON text.

        Args:
            body: the text, in UTF-8. Words of status are read in any case.
            api_version: of the request.
            request: what was asked for; with it each of its tasks has one result, no more, no less.

        Raises:
            TaskError: missing_member, wrong_type, unknown_status, status_conflict,
                invalid_date, invalid_text, and those of ``json_edit.read_object``; with
                ``request`` also missing_result, repeated_result, unknown_result,
                repeated_task_id.
            TranslationError: unknown_api_version, no_task_collection.
        """
        check_collection_version(api_version)
        whole = read_object(body, levels=6)
        results = tuple(_read_result(body, item, path) for item, path in _items(whole, "value"))
        if request is not None:
            _match(results, request.tasks)
        return cls(results)

    def to_json(self) -> bytes:
        """The JSON text, members in the service's order, each error with the bytes that it has.

        Raises:
            TaskError: lone_surrogate: a text has half of a pair; or an error's bytes are no object.
        """
        return joined(_written(result) for result in self.results)


def joined(items: Iterable[bytes]) -> bytes:
    """The JSON text of a collection of those objects."""
    return b'{"value":[' + b",".join(items) + b"]}"


def key_of(task_id: str) -> str:
    """What task ids are compared by: the service takes them without case."""
    return task_id.casefold()


def _is_annotation(member: Value) -> bool:
    """Whether a member is an annotation of OData, such as ``odata.metadata``."""
    name = member.name or ""
    return name.startswith("odata.") or "@odata." in name


def unsupported_member(member: Value, path: str = "") -> TaskError:
    """The error for a member that cannot be translated."""
    return TaskError(
        "unsupported_member",
        "expected a member that is supported, got one that is not supported yet",
        path=path_to(path, member.name or ""),
        offset=member.member_start,
    )


def optional_text(body: bytes, owner: Value, name: str, path: str = "") -> str | None:
    """The text of an object's member, or None where there is none or where it is null."""
    value = member_of(owner, name, "string", path)
    return None if value is None else text_of(body, value)


def required_text(body: bytes, owner: Value, name: str, path: str = "") -> str:
    """The text of an object's member.

    Raises:
        TaskError: missing_member, wrong_type.
    """
    text = optional_text(body, owner, name, path)
    if text is None:
        raise _missing(name, owner, path)
    return text


def _missing(name: str, owner: Value, path: str) -> TaskError:
    message = "expected this member, got an object without it"
    return TaskError("missing_member", message, path=path_to(path, name), offset=owner.start)


def _items(
    owner: Value, name: str, path: str = "", *, required: bool = True
) -> Iterator[tuple[Value, str]]:
    """The objects in an array of an object, each with its path."""
    array = member_of(owner, name, "array", path)
    if array is None:
        if required:
            raise _missing(name, owner, path)
        return
    for index, item in enumerate(array.children):
        at = path_to(path_to(path, name), index)
        if item.kind != "object":
            message = f"expected a value of kind object, got {item.kind}"
            raise TaskError("wrong_type", message, path=at, offset=item.start)
        yield item, at


def _read_result(body: bytes, item: Value, path: str) -> TaskResult:
    def invalid(code: str, expected: str, name: str) -> TaskError:
        message = f"expected {expected}, got something else"
        return TaskError(code, message, path=path_to(path, name), offset=item.start)

    word = required_text(body, item, "status", path).lower()
    if word not in list(TaskStatus):
        raise invalid("unknown_status", "success, clienterror or servererror", "status")
    status = TaskStatus(word)
    error = member_of(item, "error", "object", path)
    if error is not None and status is TaskStatus.SUCCESS:
        raise invalid("status_conflict", "no error with success", "error")
    last_modified = optional_text(body, item, "lastModified", path)
    if last_modified is not None and http_date(last_modified) is None:
        raise invalid("invalid_date", "a date of ISO 8601 in UTC", "lastModified")
    shown = {name: optional_text(body, item, name, path) for name in ("eTag", "location")}
    for name, text in shown.items():
        if text is not None and not _VISIBLE.fullmatch(text):
            raise invalid("invalid_text", "visible ASCII characters", name)
    return TaskResult(
        required_text(body, item, "taskId", path),
        status,
        shown["eTag"],
        last_modified,
        shown["location"],
        BatchError._read(body, error, path_to(path, "error")) if error else None,
    )


def _match(results: tuple[TaskResult, ...], tasks: tuple[Task, ...]) -> None:
    """Hold the results against the tasks that were asked for."""
    open_paths: dict[str, str] = {}
    for index, task in enumerate(tasks):
        path = path_to("value", index)
        if open_paths.setdefault(key_of(task.id), path) is not path:
            message = "expected tasks of different ids, got a second one of the same"
            raise TaskError("repeated_task_id", message, path=path_to(path, "id"))
    asked = frozenset(open_paths)
    for index, result in enumerate(results):
        key = key_of(result.task_id)
        if open_paths.pop(key, None) is None:
            code = "repeated_result" if key in asked else "unknown_result"
            message = "expected one result for each task that was asked for, got one more"
            path = path_to(path_to("value", index), "taskId")
            raise TaskError(code, message, path=path)
    for path in open_paths.values():
        message = f"expected a result for each task, got none for {len(open_paths)} of them"
        raise TaskError("missing_result", message, path=path)


def _written(result: TaskResult) -> bytes:
    # The wire's order: an error first, then status, taskId, and what only an added task has.
    members: dict[str, Any] = {
        "error": result.error and msgspec.Raw(_checked(result.error.raw)),
        "status": result.status.value,
        "taskId": result.task_id,
        "eTag": result.e_tag,
        "lastModified": result.last_modified,
        "location": result.location,
    }
    try:
        return msgspec.json.encode({k: v for k, v in members.items() if v is not None})
    except UnicodeEncodeError:
        message = "expected text, got half of a surrogate pair"
        raise TaskError("lone_surrogate", message, source="RFC 8259 §8.2") from None


def _checked(raw: bytes) -> bytes:
    read_object(raw)
    return raw
