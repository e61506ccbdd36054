"""Models out of a fuzzer's bytes: a batch and an answer, in whatever dialect, sound or not.

A script is made of records, a record of fields: FE ends a record, FF a field, FD stands between a
name and a value. None of the three occurs in UTF-8, so all text can be said, and a fuzzer that puts
bytes into a body changes that body and nothing after it.

The first record says how they are written: options, how boundaries begin, header fields of the
dialect's own, boundaries. Each other one is an operation (``O``; within the last changeset ``I``),
the beginning of a changeset (``C``), or in lower case the same of the answer; or (``=``) the last
operation or answer once more, but for the fields that the record has: what is written is often
alike, and a writer that knows it may remember too much.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

import odatabatch
from odatabatch import (
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Dialect,
    Headers,
    Operation,
    OperationResponse,
    UsageError,
    azure,
)
from tests.fuzz.inputs import bytes_of, text_of
from tests.fuzz.secrets import hidden_in_models, path_in

RECORD, FIELD, PAIR = b"\xfe", b"\xff", b"\xfd"

DIALECTS = tuple(
    it for module in (odatabatch, azure) for it in vars(module).values() if isinstance(it, Dialect)
)
"""The package's own, in a fixed order; a script may also make one."""

MADE = 0x80
"""From this number on the dialect is one that the script makes."""

_SWITCHES = typing.get_type_hints(Dialect)
_STATUS = re.compile(r"-?[0-9]{1,6}")
_PREFIXES = 4
_STARTS = 5  # fields of an operation before its header fields: what it is, start line, body

_NOTHING, _NO_ANSWER = Batch(()), BatchResponse(())


@dataclass(frozen=True)
class Script:
    """What is written, and how.

    Attributes:
        batch: some operations.
        answer: some answers.
        dialect: one of the package's, or one that the script makes.
        boundaries: the caller's own.
        allow: whether faults are allowed.
    """

    batch: Batch = _NOTHING
    answer: BatchResponse = _NO_ANSWER
    dialect: Dialect = ODATA_V4
    boundaries: tuple[str, ...] = ()
    allow: bool = True

    @classmethod
    def read(cls, data: bytes) -> Script:
        """What a fuzzer's bytes say; whatever they are, they say something."""
        first, *records = [record.split(FIELD) for record in data.split(RECORD)]
        options, rest = first[0], first[1:]
        number = _number(options, 0)
        if number < MADE:
            dialect = DIALECTS[number % len(DIALECTS)]
        else:
            dialect = _made_dialect(options[2:], rest)
        boundaries = tuple(text_of(it) for it in rest[_PREFIXES:] if it[:1] != b"+")
        batch, answer = _models(records)
        return cls(batch, answer, dialect, boundaries, allow=bool(_number(options, 1) & 1))

    def written(self) -> bytes:
        """The bytes that say this; for the package's own dialects alone."""
        options = bytes((DIALECTS.index(self.dialect), self.allow))
        first = [options, *[b"b"] * _PREFIXES, *map(bytes_of, self.boundaries)]
        records = [*_records(self.batch.parts, "OCI"), *_records(self.answer.parts, "oci")]
        return RECORD.join([FIELD.join(first), *records])

    @property
    def secrets(self) -> frozenset[str]:
        """The markers in values, queries, bodies and reasons that nothing may show."""
        hidden: list[str | bytes] = []
        shown: list[str] = [*self.dialect.request_boundaries, *self.dialect.response_boundaries]
        shown += [*self.dialect.part_headers.names, *self.boundaries]
        hidden += self.dialect.part_headers.values
        for part in (*self.batch.parts, *self.answer.parts):
            for headers in _headers_in(part):
                hidden += headers.values
                shown += headers.names
        for operation in self.batch.operations:
            hidden += [operation.target, operation.body, operation.version or ""]
            shown += [operation.method, path_in(operation.target)]
        for response in self.answer.responses:
            hidden += [response.reason, response.body, response.version]
        return hidden_in_models(hidden, shown)


def _number(options: bytes, at: int) -> int:
    """The option in that place, 0 where there is none."""
    return int.from_bytes(options[at : at + 1], "big")


def _made_dialect(options: bytes, fields: list[bytes]) -> Dialect:
    """A dialect like no other: each of its switches and choices is an option."""
    changes: dict[str, Any] = {}
    for at, (name, kind) in enumerate(_SWITCHES.items()):
        number = _number(options, at)
        if kind is bool:
            changes[name] = bool(number & 1)
        elif kind == int | None:
            changes[name] = number & 1 or None
        elif typing.get_origin(kind) is Literal:
            choices = typing.get_args(kind)
            changes[name] = choices[number % len(choices)]
    prefixes = [*map(text_of, fields[:_PREFIXES]), *["b"] * _PREFIXES]
    changes["request_boundaries"] = tuple(prefixes[:2])
    changes["response_boundaries"] = tuple(prefixes[2:4])
    headers = _headers(it[1:] for it in fields[_PREFIXES:] if it[:1] == b"+")
    headers = headers.without("Content-ID")  # no dialect has one
    if headers:
        changes["part_headers"] = headers
    try:
        return msgspec.structs.replace(ODATA_V4, name="made up", source="a script", **changes)
    except UsageError:  # it is none that a service can have
        return ODATA_V4


def _headers(fields: Iterable[bytes]) -> Headers:
    pairs = [it.partition(PAIR)[::2] for it in fields if it]
    return Headers([(text_of(name), text_of(value)) for name, value in pairs])


@dataclass
class _Parts:
    """Parts as they are read, record by record."""

    changeset_type: Any
    parts: list[Any] = field(default_factory=list)
    inside: list[Any] | None = None
    headers: Headers | None = None

    def add(self, leaf: Any, *, inside: bool) -> None:
        if inside and self.inside is not None:
            self.inside.append(leaf)
        else:
            self.end()
            self.parts.append(leaf)

    def begin(self, headers: Headers) -> None:
        self.end()
        self.inside, self.headers = [], headers

    def end(self) -> None:
        if self.inside is not None:
            self.parts.append(self.changeset_type(tuple(self.inside), self.headers or Headers()))
            self.inside = None


def _models(records: Iterable[list[bytes]]) -> tuple[Batch, BatchResponse]:
    asked, answered = _Parts(Changeset), _Parts(ChangesetResponse)
    last: list[bytes] = [b"O"]
    for told in records:
        record = _changed(last, told) if told[0][:1] == b"=" else told
        kind = record[0][:1]
        parts = answered if kind.islower() else asked
        if kind in (b"C", b"c"):
            parts.begin(_headers(record[1:]))
        else:
            parts.add(leaf_of(record), inside=kind in (b"I", b"i"))
            last = record
    asked.end()
    answered.end()
    return Batch(tuple(asked.parts)), BatchResponse(tuple(answered.parts))


def _changed(last: list[bytes], record: list[bytes]) -> list[bytes]:
    """The last record, but for the fields that a new one has; a header field goes by its name."""
    padded = [*last, *[b""] * (_STARTS - len(last))]
    changes = [*record, *[b""] * (_STARTS - len(record))]
    start = [changes[at] or padded[at] for at in range(1, _STARTS)]
    fields = {it.partition(PAIR)[0]: it for it in (*padded[_STARTS:], *record[_STARTS:])}
    return [last[0], *start, *fields.values()]


def leaf_of(record: list[bytes]) -> Any:
    """The operation, or the answer, that a record says."""
    kind, first, second, version, body, *fields = [*record, *[b""] * (_STARTS - len(record))]
    own = _headers(it[1:] for it in fields if it[:1] == b"+")
    headers = _headers(it for it in fields if it[:1] != b"+")
    told = text_of(version) or "HTTP/1.1"
    if not kind[:1].islower():
        at = None if told == "-" else told
        return Operation(text_of(first), text_of(second), headers, body, at, own)
    status = text_of(first)
    code = int(status) if _STATUS.fullmatch(status) else 200
    return OperationResponse(code, text_of(second), headers, body, told, own)


def record_of(leaf: Any, kind: str) -> bytes:
    """The record that says that operation, or answer."""
    if isinstance(leaf, Operation):
        start = [bytes_of(leaf.method), bytes_of(leaf.target)]
    else:
        start = [b"%d" % leaf.status, bytes_of(leaf.reason)]
    version = b"-" if leaf.version is None else bytes_of(leaf.version.replace("HTTP/1.1", ""))
    fields = [*_fields(leaf.headers), *[b"+" + it for it in _fields(leaf.part_headers)]]
    return FIELD.join([kind.encode(), *start, version, leaf.body, *fields])


def _fields(headers: Headers) -> list[bytes]:
    return [bytes_of(name) + PAIR + bytes_of(value) for name, value in headers]


def _records(parts: Iterable[Any], kinds: str) -> Iterator[bytes]:
    top, changeset, inside = kinds
    for part in parts:
        if not isinstance(part, Changeset | ChangesetResponse):
            yield record_of(part, top)
            continue
        yield FIELD.join([changeset.encode(), *_fields(part.part_headers)])
        leaves = part.operations if isinstance(part, Changeset) else part.responses
        for leaf in leaves:
            yield record_of(leaf, inside)


def _headers_in(part: Any) -> Iterator[Headers]:
    yield part.part_headers
    if isinstance(part, Changeset | ChangesetResponse):
        leaves: tuple[Any, ...] = part.operations if isinstance(part, Changeset) else part.responses
        for leaf in leaves:
            yield from _headers_in(leaf)
    else:
        yield part.headers
