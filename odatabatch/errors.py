"""The error tree: every error that bad input can cause, and nothing else crosses the API.

    ODataBatchError            the root
    ├── DecodeError            bytes that cannot be read: ``offset``, ``line``, ``part``
    │   ├── TruncatedError     they end too early: ``operations`` already read
    │   └── LimitError         a bound of ``Limits`` was passed
    ├── EncodeError            a model that cannot be written: ``part``
    │   └── RuleError          ``check()`` found breaches of the protocol: ``faults``
    ├── UsageError             calls that have no meaning where they stand
    ├── TranslationError       (azure) what has no true counterpart on the other side
    │   ├── TaskError          a task's or a result's JSON cannot be used: ``path`` or ``offset``
    │   └── OpenOutcomes       nobody knows what became of some operations: ``operations``
    └── SigningError           (azure) a request that cannot be signed, or whose signature fails

Arguments of the wrong Python type are ``TypeError``.
"""

from __future__ import annotations

from typing import Any


class ODataBatchError(Exception):
    """The root of all errors of this package.

    No text of an error quotes a field value, a query or a body.

    Attributes:
        code: what went wrong; a stable name, part of the API (``docs/errors.md``).
        message: the same in words; may change.
        offset: bytes from the start of the input, or None.
        line: lines from the start of the input, counted from 1, or None.
        part: where in the batch, such as ``batch[2]/changeset[0]``, or None.
        path: where in a JSON text, such as ``value[3].id``, or None.
        source: the clause that was broken, such as ``RFC 9112 §4``, or None.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        offset: int | None = None,
        line: int | None = None,
        part: str | None = None,
        path: str | None = None,
        source: str | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.offset = offset
        self.line = line
        self.part = part
        self.path = path
        self.source = source

    def __str__(self) -> str:
        places = [
            f"byte {self.offset}" if self.offset is not None else "",
            f"line {self.line}" if self.line is not None else "",
            self.part or "",
            self.path or "",
        ]
        where = ", ".join(place for place in places if place)
        clause = f" ({self.source})" if self.source else ""
        return f"{self.code}: {self.message}{f' at {where}' if where else ''}{clause}"

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException rebuilds from positional arguments alone; the attributes travel as state.
        return _rebuild, (type(self), *self.args), self.__dict__


def _rebuild(kind: type[ODataBatchError], *args: Any) -> ODataBatchError:
    return kind.__new__(kind, *args)


class DecodeError(ODataBatchError):
    """Bytes that cannot be read."""


class TruncatedError(DecodeError):
    """The input ended before its multiparts were closed.

    Attributes:
        operations: on the whole-buffer calls, the operations (of a response: their answers) that
            were complete before the end, in wire order.
    """

    operations: tuple[Any, ...] = ()


class LimitError(DecodeError):
    """A bound of ``Limits`` was passed; ``code`` is the bound's name."""


class EncodeError(ODataBatchError):
    """A model that cannot be written without breaking the message."""


class RuleError(EncodeError):
    """The protocol's rules, as ``check()`` knows them, are broken.

    Attributes:
        faults: all the ``Fault``s that were found and not allowed.
    """

    faults: tuple[Any, ...] = ()


class UsageError(ODataBatchError):
    """A call that has no meaning where it stands, such as data after the end of input."""


class TranslationError(ODataBatchError):
    """Something that has no true counterpart on the other side of a translation."""


class TaskError(TranslationError):
    """The JSON of a task, a collection or a result cannot be used."""


class OpenOutcomes(TranslationError):
    """The outcome of some operations is not known, so there is no true answer.

    Attributes:
        operations: the operations whose outcome is open, in wire order.
        last_answer: of a ``Transfer``: what became of the last request, an ``HttpResponse`` or a
            ``Failure``; else None.
    """

    operations: tuple[Any, ...] = ()
    last_answer: Any = None


class SigningError(ODataBatchError):
    """A request that cannot be signed, or whose signature does not hold."""
