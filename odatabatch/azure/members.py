"""Members of JSON objects that were read, as what they have to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from odatabatch.azure.json_text import kind_of, path_to
from odatabatch.errors import TaskError

Read = TypeVar("Read", dict[str, Any], list[Any], str)


def member_of(owner: dict[str, Any], name: str, kind: type[Read], path: str = "") -> Read | None:
    """A member of that name, or None where there is none or where it is null.

    Args:
        owner: an object.
        name: the member's.
        kind: what its value has to be: dict, list or str.
        path: of ``owner``, for the error.

    Raises:
        TaskError: wrong_type.
    """
    value = owner.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise wrong_type(kind, value, path_to(path, name))


def required_text(owner: dict[str, Any], name: str, path: str = "") -> str:
    """The text of an object's member.

    Raises:
        TaskError: missing_member, wrong_type.
    """
    text = member_of(owner, name, str, path)
    if text is None:
        raise missing_member(name, path)
    return text


def wrong_type(expected: type, value: Any, path: str) -> TaskError:
    """The error for a value of another kind."""
    message = f"expected a value of kind {kind_of(expected())}, got {kind_of(value)}"
    return TaskError("wrong_type", message, path=path)


def missing_member(name: str, path: str) -> TaskError:
    """The error for an object without a member."""
    message = "expected this member, got an object without it"
    return TaskError("missing_member", message, path=path_to(path, name))


def items_of(
    owner: dict[str, Any], name: str, path: str = "", *, required: bool = True
) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects in an array of an object, each with its path."""
    array = member_of(owner, name, list, path)
    if array is None:
        if required:
            raise missing_member(name, path)
        return
    for index, item in enumerate(array):
        at = path_to(path_to(path, name), index)
        if not isinstance(item, dict):
            raise wrong_type(dict, item, at)
        yield item, at
