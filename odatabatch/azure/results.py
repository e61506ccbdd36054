"""The JSON of the answer to an ``addtaskcollection`` request: the results that come back.

Names of members are read as on the wire, and annotations of OData beside them are passed over.
Source: Azure Batch REST, Add a collection of tasks to a job (2017), Task - Add Collection (2024).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from typing import Any, Self

import msgspec

from odatabatch.azure.collection import (
    Discreet,
    Task,
    TaskCollection,
    joined,
    key_of,
    unique_ids,
)
from odatabatch.azure.json_text import path_to, read_object
from odatabatch.azure.members import items_of, member_of, required_text
from odatabatch.azure.statuses import STATUS_OF_CODE
from odatabatch.azure.ticks import http_date
from odatabatch.azure.versions import LATEST, check_collection_version, is_before
from odatabatch.errors import TaskError
from odatabatch.http_message import HttpRequest, as_bytes

LOWER_CASE_STATUS = "2018-12-01.8.0"
"""From here on words of status are written in lower case. Where documents disagree, the pages go
before the swagger: those of 2016 to 2018 say ``ClientError``, that of 2024 ``clienterror``; for the
versions between them there is only the swagger, which has lower case since 2017-09-01.6.0."""

VISIBLE = re.compile(r"[!-~]+")
"""What an ETag or a URL is made of, in JSON and in header fields."""
_IN_HEADERS = ("eTag", "location")  # the members that are such

_SPACE = b" \t\r\n"
RESULT_METADATA = "$metadata#taskaddresult"
ERROR_METADATA = "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
"""What follows the service's URL in the annotation ``odata.metadata`` of an answer that has
results, and of an error."""

_ERROR_LINK = "error@odata.navigationLinkUrl"


class TaskStatus(StrEnum):
    """What became of a task. The values are the words of the newest api-versions."""

    SUCCESS = "success"
    CLIENT_ERROR = "clienterror"
    SERVER_ERROR = "servererror"

    def word(self, api_version: str) -> str:
        """The word as the documents of an api-version spell it; see ``LOWER_CASE_STATUS``."""
        if not is_before(api_version, LOWER_CASE_STATUS):
            return self.value
        return "".join(word.capitalize() for word in self.name.split("_"))


_WORDS = frozenset(TaskStatus)


class BatchError(Discreet, frozen=True):
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
            TaskError: wrong_type, and those of ``json_text.read_object``.
        """
        return cls._of(as_bytes(body).strip(_SPACE), read_object(body), "")

    @classmethod
    def _of(cls, raw: bytes, error: dict[str, Any], path: str) -> Self:
        message = member_of(error, "message", dict, path) or {}
        message_path = path_to(path, "message")
        return cls(
            raw,
            member_of(error, "code", str, path),
            member_of(message, "lang", str, message_path),
            member_of(message, "value", str, message_path),
            tuple(
                (member_of(item, "key", str, at), member_of(item, "value", str, at))
                for item, at in items_of(error, "values", path, required=False)
            ),
        )

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("raw_bytes", len(self.raw))]


class TaskResult(Discreet, frozen=True):
    """What became of one task.

    Attributes:
        task_id: its id.
        status: whether it was added.
        e_tag: its ETag, or None.
        last_modified: ISO 8601, as on the wire, or None.
        location: its URL, or None.
        error: why it was not added, or None.
        error_link: the URL of that error (an annotation, ``error@odata.navigationLinkUrl``), or
            None.

    Raises:
        TypeError: an attribute has the wrong type.
    """

    task_id: str
    status: TaskStatus
    e_tag: str | None = None
    last_modified: str | None = None
    location: str | None = None
    error: BatchError | None = None
    error_link: str | None = None

    def __post_init__(self) -> None:
        texts = (self.e_tag, self.last_modified, self.location, self.error_link)
        fits = (
            isinstance(self.task_id, str)
            and isinstance(self.status, TaskStatus)
            and all(text is None or isinstance(text, str) for text in texts)
            and isinstance(self.error, BatchError | None)
        )
        if not fits:
            raise TypeError("expected str, TaskStatus, BatchError or None, got another type")

    @property
    def http_status(self) -> int:
        """The status that a single request for the task would have been answered with.

        A result has none of its own: it follows from the error's code, else from the status word.
        """
        if self.status is TaskStatus.SUCCESS:
            return 201
        fallback = 400 if self.status is TaskStatus.CLIENT_ERROR else 500
        known = STATUS_OF_CODE.get(self.error.code or "", fallback) if self.error else fallback
        return known if known // 100 == fallback // 100 else fallback

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("status", self.status.value), ("error", self.error)]


class TaskCollectionResult(Discreet, frozen=True):
    """The body of the answer to an ``addtaskcollection`` request.

    Attributes:
        results: in the order of the text, which need not be that of the tasks.
        metadata: the URL in its annotation ``odata.metadata``, or None.
    """

    results: tuple[TaskResult, ...]
    metadata: str | None = None

    @classmethod
    def from_json(
        cls,
        body: bytes,
        api_version: str = LATEST,
        request: TaskCollection | HttpRequest | None = None,
    ) -> Self:
        """Read the JSON text.

        Args:
            body: the text, in UTF-8. Words of status are read in any case.
            api_version: of the request.
            request: what was asked for, or the request that carries it; with it each of its tasks
                has one result, no more, no less.

        Raises:
            TaskError: missing_member, wrong_type, unknown_status, status_conflict,
                invalid_date, invalid_text, and those of ``json_text.read_object``; with
                ``request`` also missing_result, repeated_result, unknown_result,
                repeated_task_id.
            TranslationError: unknown_api_version, no_task_collection.
            TypeError: ``request`` is none of these.
        """
        check_collection_version(api_version)
        if not isinstance(request, TaskCollection | HttpRequest | None):
            raise TypeError(f"expected a TaskCollection, got {type(request).__name__}")
        body = as_bytes(body)
        whole = read_object(body)
        results = tuple(_read_result(*item) for item in _items(body, whole))
        if isinstance(request, HttpRequest):
            request = TaskCollection.from_json(request.body, api_version)
        if request is not None:
            _match(results, request.tasks)
        return cls(results, member_of(whole, "odata.metadata", str))

    def to_json(self, api_version: str = LATEST) -> bytes:
        """The JSON text, members in the service's order, each error with the bytes that it has.

        Args:
            api_version: whose words of status are written.

        Raises:
            TaskError: lone_surrogate: a text has half of a pair; or an error's bytes are no object.
            TranslationError: unknown_api_version, no_task_collection.
        """
        check_collection_version(api_version)
        head = b""
        if self.metadata is not None:
            head = b'"odata.metadata":%s,' % _encoded(self.metadata)
        return joined((_written(result, api_version) for result in self.results), head)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # A URL may have a query, and a query a secret.
        return [("results", self.results)]


def readable_results(body: bytes) -> Iterator[TaskResult]:
    """Those results of an answer that can be read, whatever the others are.

    Raises:
        TaskError: the text cannot be read, or has no list of objects.
    """
    for item in _items(body, read_object(body)):
        try:
            yield _read_result(*item)
        except TaskError:
            continue


def _items(body: bytes, whole: dict[str, Any]) -> list[tuple[dict[str, Any], str, bytes]]:
    """Each result of an answer, its path, and the bytes of its error."""
    items = list(items_of(whole, "value"))
    raws = _raw_errors(body) if any("error" in item for item, _ in items) else [b""] * len(items)
    return [(item, path, raw) for (item, path), raw in zip(items, raws, strict=True)]


class _RawError(msgspec.Struct):
    error: msgspec.Raw = msgspec.Raw()


class _RawErrors(msgspec.Struct):
    value: list[_RawError]


# Made here, so that msgspec works out the types before there can be two threads (see ``plans``).
_read_errors = msgspec.json.Decoder(_RawErrors).decode


def _raw_errors(body: bytes) -> list[bytes]:
    """The bytes of each item's error, empty where there is none; read before."""
    items = _read_errors(body).value
    return [bytes(item.error) for item in items]


def _read_result(item: dict[str, Any], path: str, raw_error: bytes) -> TaskResult:
    def invalid(code: str, expected: str, name: str) -> TaskError:
        message = f"expected {expected}, got something else"
        return TaskError(code, message, path=path_to(path, name))

    word = required_text(item, "status", path).lower()
    if word not in _WORDS:
        raise invalid("unknown_status", "success, clienterror or servererror", "status")
    status = TaskStatus(word)
    error = member_of(item, "error", dict, path)
    if error is not None and status is TaskStatus.SUCCESS:
        raise invalid("status_conflict", "no error with success", "error")
    last_modified = member_of(item, "lastModified", str, path)
    if last_modified is not None and http_date(last_modified) is None:
        raise invalid("invalid_date", "a date of ISO 8601 in UTC", "lastModified")
    shown = [member_of(item, name, str, path) for name in _IN_HEADERS]
    for name, text in zip(_IN_HEADERS, shown, strict=True):
        if text is not None and not VISIBLE.fullmatch(text):
            raise invalid("invalid_text", "visible ASCII characters", name)
    e_tag, location = shown
    return TaskResult(
        required_text(item, "taskId", path),
        status,
        e_tag,
        last_modified,
        location,
        BatchError._of(raw_error, error, path_to(path, "error")) if error is not None else None,
        member_of(item, _ERROR_LINK, str, path),
    )


def _match(results: tuple[TaskResult, ...], tasks: tuple[Task, ...]) -> None:
    """Hold the results against the tasks that were asked for."""
    open_paths = unique_ids(tasks)
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


def _written(result: TaskResult, api_version: str) -> bytes:
    # The wire's order: an error first, then status, taskId, and what only an added task has.
    members: dict[str, Any] = {
        _ERROR_LINK: result.error_link,
        "error": result.error and msgspec.Raw(_checked(result.error.raw)),
        "status": result.status.word(api_version),
        "taskId": result.task_id,
        "eTag": result.e_tag,
        "lastModified": result.last_modified,
        "location": result.location,
    }
    return _encoded({k: v for k, v in members.items() if v is not None})


def _encoded(value: Any) -> bytes:
    with suppress(UnicodeEncodeError):  # which holds the text, and must not be the context of ours
        return msgspec.json.encode(value)
    message = "expected text, got half of a surrogate pair"
    raise TaskError("lone_surrogate", message, source="RFC 8259 §8.2")


def _checked(raw: bytes) -> bytes:
    read_object(raw)
    return raw
