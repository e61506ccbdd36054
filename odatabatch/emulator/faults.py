"""Faults on demand: what strikes which requests, scripted and repeatable.

A script is a JSON array of faults. Each counts the requests that it matches, and strikes by that
count alone: the same requests in the same order meet the same faults.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta

from odatabatch.azure.calls import OperationId
from odatabatch.azure.json_text import read_json
from odatabatch.azure.versions import VERSIONS
from odatabatch.errors import DecodeError, UsageError

BATCH = "Batch"
"""What a fault calls a legacy batch; everything else has the operation id of the swagger."""

JOB_GET, JOB_DELETE = "Job_Get", "Job_Delete"
"""Two operation ids of the swagger that are in no table of ``azure``."""

OPERATIONS = frozenset((BATCH, JOB_GET, JOB_DELETE, *OperationId))
"""What a fault may name."""

MAX_SECONDS = 3600.0
"""The longest hold and pause: longer than any client waits."""

OF_SEVERAL = frozenset((BATCH, OperationId.TASK_ADD_COLLECTION))
"""What adds several tasks: of these alone a task may fail, or half be carried out."""

_PLACE = re.compile(r"(.*?)(?: - at `\$(.*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object missing required field `(\w+)`")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)

Count = Annotated[int, Meta(ge=1)]
Code = Annotated[str, Meta(pattern="^[A-Za-z]{1,100}$")]
"""An error code of the service, or one that looks like it: the service has more than are known."""

Seconds = Annotated[float, Meta(ge=0, le=MAX_SECONDS)]
Part = Literal["none", "half", "all"]
"""How much of a request is carried out before its answer fails: ``half`` is the first half of the
tasks of a collection or a batch, rounded down; of any other call it is nothing."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """Which requests a fault strikes.

    Attributes:
        operation: an operation id such as ``Task_AddCollection``, or ``Batch``; None for any.
        api_version: of the request; None for any.
        job: a pattern (``*``, ``?``) that the job's id fits, without case; None for any.
        task: likewise the id of a task in the request.
        after: how many matching requests it lets pass first.
        every: of those that follow, it strikes each so-manieth.
        times: how often it strikes; None for always.

    Raises:
        ValueError: there is no such operation, or no such api-version.
    """

    operation: str | None = None
    api_version: str | None = None
    job: str | None = None
    task: str | None = None
    after: Annotated[int, Meta(ge=0)] = 0
    every: Count = 1
    times: Count | None = None

    def __post_init__(self) -> None:
        if self.operation is not None and self.operation not in OPERATIONS:
            raise ValueError("expected an operation id or Batch as operation, got another")
        if self.api_version is not None and self.api_version not in VERSIONS:
            raise ValueError("expected a public api-version as api_version, got another")


class FailRequest(Fault, frozen=True, kw_only=True, tag="fail_request"):
    """The whole request is answered by an error.

    Attributes:
        status: of HTTP, 400 to 599.
        code: the service's error code; by default one that the status stands for, and where there
            is none the answer has no body.
        retry_after_s: the value of a Retry-After field, or None.
        work: how much is carried out all the same.
    """

    status: Annotated[int, Meta(ge=400, le=599)]
    code: Code | None = None
    retry_after_s: Annotated[int, Meta(ge=0)] | None = None
    work: Part = "none"


class FailTasks(Fault, frozen=True, kw_only=True, tag="fail_tasks"):
    """Tasks of a collection or of a batch fail one by one: those that ``task`` fits, or all.

    Attributes:
        code: of their errors; a result is a ServerError where the code's status is 500 or more.
        each: of those tasks, each so-manieth in the order of the request fails.
        added: whether they are added all the same.
    """

    code: Code = "InternalError"
    each: Count = 1
    added: bool = False


class Hang(Fault, frozen=True, kw_only=True, tag="hang"):
    """No answer comes; after a while the connection is closed.

    Attributes:
        seconds: how long it is held.
        work: how much is carried out before.
    """

    seconds: Seconds = 60.0
    work: Part = "all"


class Cut(Fault, frozen=True, kw_only=True, tag="cut"):
    """The connection is closed in the middle of the answer.

    Attributes:
        body_bytes: how much of the answer's body goes out before; None for nothing, not even its
            head.
        work: how much is carried out; the answer tells of that alone, and where it is nothing, it
            is an error.
    """

    body_bytes: Annotated[int, Meta(ge=0)] | None = None
    work: Part = "all"


class Slow(Fault, frozen=True, kw_only=True, tag="slow"):
    """The answer's body goes out in small pieces.

    Attributes:
        chunk_bytes: the size of each.
        pause_s: seconds before each.
    """

    chunk_bytes: Count = 1
    pause_s: Seconds = 0.0


AnyFault = FailRequest | FailTasks | Hang | Cut | Slow
# msgspec works the types out now, before there can be two threads (see ``azure.plans``).
msgspec.json.Decoder(tuple[AnyFault, ...])


def read_faults(data: bytes) -> tuple[AnyFault, ...]:
    """The faults of a script.

    Args:
        data: its JSON text, in UTF-8.

    Raises:
        DecodeError: invalid_fault_script: a member is unknown, missing or wrong; with its ``path``.
        TaskError: those of ``json_text.read_json``.
    """
    script = read_json(data)
    try:
        return msgspec.convert(script, tuple[AnyFault, ...])
    except msgspec.ValidationError as error:
        message, path = _said(str(error))
    # Raised from in there, it would have msgspec's error as its context, which may quote a value.
    raise DecodeError("invalid_fault_script", message, path=path or None)


def _said(text: str) -> tuple[str, str]:
    """What is wrong, in our words where msgspec's would quote a value; and its path."""
    match = _PLACE.fullmatch(text)
    assert match is not None  # the pattern takes any text
    message, path = match[1], (match[2] or "").lstrip(".")
    missing = _FIELD.fullmatch(message)
    if missing is not None:
        return "expected this member, got a fault without it", f"{path}.{missing[1]}"
    unknown = _UNKNOWN_FIELD.fullmatch(message)
    if unknown is not None:
        name = ascii(unknown[1])[1:-1]
        return "expected members that the fault has, got another", f"{path}.{name}"
    if message.startswith("Invalid"):
        return "expected one of the words that can stand here, got another", path
    return message[:1].lower() + message[1:], path


class Asked(Protocol):
    """What faults look at in a request; the ids are read when a fault asks for them."""

    @property
    def operation(self) -> str: ...
    @property
    def api_version(self) -> str: ...
    @property
    def job(self) -> str | None: ...
    @property
    def tasks(self) -> Sequence[str]: ...


class Script:
    """Faults, and how many requests each has met.

    Raises:
        UsageError: invalid_fault: a member is wrong; with its ``path``.
        TypeError: a fault is none.
    """

    def __init__(self, faults: Iterable[AnyFault]) -> None:
        self._faults = tuple(faults)
        for at, fault in enumerate(self._faults):
            if not isinstance(fault, AnyFault):
                raise TypeError(f"expected a fault, got {type(fault).__name__}")
            _check_members(fault, f"[{at}]")
        self._met = [0] * len(self._faults)
        self._struck = [0] * len(self._faults)

    def strike(self, asked: Asked) -> tuple[AnyFault, ...]:
        """The faults that strike the next request."""
        return tuple(
            fault
            for at, fault in enumerate(self._faults)
            if _matches(fault, asked) and self._counts(at, fault)
        )

    def _counts(self, at: int, fault: AnyFault) -> bool:
        self._met[at] += 1
        beyond = self._met[at] - fault.after
        done = fault.times is not None and self._struck[at] >= fault.times
        if beyond < 1 or beyond % fault.every or done:
            return False
        self._struck[at] += 1
        return True


def _check_members(fault: AnyFault, path: str) -> None:
    """Refuse members that no script could have: msgspec checks what it reads, and nothing else."""
    members = {name: getattr(fault, name) for name in fault.__struct_fields__}
    try:
        msgspec.convert(members, type(fault))
        return
    except msgspec.ValidationError as error:
        message, member = _said(str(error))
    raise UsageError("invalid_fault", message, path=f"{path}.{member}")  # without its context


def _matches(fault: AnyFault, asked: Asked) -> bool:
    return (
        (asked.operation in OF_SEVERAL or not isinstance(fault, FailTasks))
        and fault.operation in (None, asked.operation)
        and fault.api_version in (None, asked.api_version)
        and (fault.job is None or fits(fault.job, asked.job or ""))
        and (fault.task is None or any(fits(fault.task, task) for task in asked.tasks))
    )


def fits(pattern: str | None, name: str) -> bool:
    """Whether an id fits a pattern, without case; any fits None."""
    return pattern is None or fnmatch.fnmatchcase(name.lower(), pattern.lower())


def first_of(faults: Iterable[AnyFault], kind: Any) -> Any:
    """The first fault of that type, or None."""
    return next((fault for fault in faults if isinstance(fault, kind)), None)
