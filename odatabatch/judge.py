"""Whether a batch keeps the protocol's rules: one walk through it, in wire order."""

from __future__ import annotations

import re
from typing import Any

from odatabatch.dialect import ODATA_V4, Dialect
from odatabatch.headers import NO_HEADERS, Headers, KnownNames
from odatabatch.http_message import target_path
from odatabatch.model import (
    CHANGESET_TYPES,
    Batch,
    BatchResponse,
    Operation,
    OperationResponse,
    leaves_of,
    path_of,
    refuse_other_containers,
    refuse_other_leaf,
)
from odatabatch.reference import Position, fault_of, mentions
from odatabatch.rules import RULES, Fault, breach

_QUERIES = ("GET", "HEAD")

# RFC 2045 §7: a Content-ID is "<" addr-spec ">". The pattern only finds candidates.
_ADDR_SPEC = re.compile(r"<([^<>@\s]{1,64}@[^<>@\s]{1,253})>")


def check(
    batch: Batch | BatchResponse, dialect: Dialect | None = None, *, addr_spec: bool = False
) -> tuple[Fault, ...]:
    """All breaches of the protocol's rules in a batch, or in the answer to one.

    Args:
        batch: what is judged.
        dialect: whose rules count; by default those of OData 4.01.
        addr_spec: whether to advise of each Content-ID that is no ``<addr-spec>``, as MIME asks,
            by ``content_id_not_addr_spec``. Nearly all of this protocol's are none.

    Returns:
        In wire order; ``RULES`` and ``docs/errors.md`` list the codes.

    Raises:
        TypeError: neither a ``Batch`` nor a ``BatchResponse``, or something in it has a wrong type.

    Source: OData 4.01 §11.7; the dialect's own source; RFC 2045 §7.
    """
    if not isinstance(dialect, Dialect | None):
        raise TypeError(f"expected a Dialect or None, got {type(dialect).__name__}")
    refuse_other_containers(batch)
    leaf_type = Operation if isinstance(batch, Batch) else OperationResponse
    judge = Judge(leaf_type, dialect or ODATA_V4, addr_spec)
    for index, part in enumerate(batch.parts):
        if isinstance(part, CHANGESET_TYPES):
            judge.changeset(index, part.part_headers)
            for inner, leaf in enumerate(leaves_of(part)):
                judge.leaf(leaf, index, inner)
        else:
            judge.leaf(part, index, None)
    return judge.verdict()


class Judge:
    """Goes through a batch in wire order and collects its faults.

    Args:
        leaf_type: what the batch holds: ``Operation``, or ``OperationResponse`` for an answer.
        dialect: whose rules count.
        addr_spec: see ``check``.

    Attributes:
        faults: those found so far. A reference to what has not come yet is an unknown one until
            ``verdict`` knows better.
    """

    def __init__(self, leaf_type: type[Any], dialect: Dialect, addr_spec: bool = False) -> None:
        self.faults: list[Fault] = []
        self._leaf_type = leaf_type
        self._dialect = dialect
        self._codes = {rule.code for rule in RULES if rule.counts(dialect)}  # others are dropped
        self._addr_spec = addr_spec
        self._max_operations = dialect.max_operations
        self._max_changesets = dialect.max_changesets
        self._max_changeset_operations = dialect.max_changeset_operations
        self._known = KnownNames()
        # Of the last part, since most have the same.
        self._part_headers = NO_HEADERS
        self._part_names = self._known[()]
        self._version: str | None = None  # the last in order
        self._version_header = dialect.version_header.lower()
        self._seen: dict[str, Position] = {}  # where each Content-ID stood last
        # Indexes of faults, whom they seek, and where that stands.
        self._unknown: list[tuple[int, str, str]] = []
        self._count = 0
        self._changesets = 0
        # The last target in order, and what all share where they have to.
        self._target: str | None = None
        self._path: str | None = None
        self._host: str | None = None
        self._has_query = False

    def changeset(self, index: int, part_headers: Headers) -> None:
        """Judge that a changeset begins, and the fields of its part."""
        if self._leaf_type is Operation:
            for name in self._known[part_headers.names].forbidden:
                self._add("forbidden_header", index, None, name)
        count = self._changesets
        self._changesets = count + 1
        if self._has_query:
            self._beside_query(index)
        if count == self._max_changesets:
            self._add("too_many_changesets", index, None, f"more than {count}")

    def leaf(self, leaf: Any, index: int, inner: int | None) -> None:
        """Judge an operation, or the answer to one.

        Raises:
            TypeError: it is neither, or an attribute has the wrong type.
        """
        refuse_other_leaf(leaf, self._leaf_type)
        headers, part_headers = leaf.headers, leaf.part_headers
        # The tests for what is usual stand here, without a call: most operations pass them all.
        count = self._count
        self._count = count + 1
        if count == self._max_operations:
            self._add("too_many_operations", None, None, f"more than {count}")
        if inner is not None and inner == self._max_changeset_operations:
            self._add("too_many_changeset_operations", index, None, f"more than {inner}")
        given, values = headers.columns
        names = self._known[given]
        if part_headers is not self._part_headers:
            self._part_headers, self._part_names = part_headers, self._known[part_headers.names]
        part_names = self._part_names
        if self._leaf_type is Operation:
            if inner is None or leaf.method in _QUERIES or leaf.target != self._target:
                self._request(leaf, index, inner)
            for name in part_names.forbidden + names.forbidden:
                self._add("forbidden_header", index, inner, name)
            at = names.index.get(self._version_header)
            if at is not None and values[at] != self._version:
                self._odata_version(values[at], index, inner)
            if "$" in leaf.target[:2] or names.conditions:
                self._references(leaf, index, inner)
        elif inner is not None and leaf.status >= 400:
            self._add("failure_in_changeset", index, inner)
        content_id = None
        if part_names.content_id is not None:
            content_id = part_headers.values[part_names.content_id]
        elif names.content_id is not None:
            content_id = values[names.content_id]
        if not content_id or content_id in self._seen or self._addr_spec:
            self._content_id(content_id, index, inner)
        if content_id:
            self._seen[content_id] = index, inner

    def take(self) -> list[Fault]:
        """The faults since the last time, for one who cannot wait for the verdict."""
        found, self.faults, self._unknown = self.faults, [], []
        return found

    def state(self, leaf: Any = None) -> tuple[Any, ...]:
        """What ``reset`` needs to forget that leaf, or that changeset, which is judged next."""
        content_id = getattr(leaf, "content_id", None)
        scalars = self._count, self._changesets, self._has_query
        address = self._target, self._path, self._host
        return (*scalars, *address, content_id, self._seen.get(content_id) if content_id else None)

    def reset(self, state: tuple[Any, ...]) -> None:
        """Forget what was judged since that state, and its faults."""
        self.take()
        self._count, self._changesets, self._has_query, *address, content_id, before = state
        self._target, self._path, self._host = address
        if before is not None:
            self._seen[content_id] = before
        elif content_id:
            self._seen.pop(content_id, None)

    def verdict(self) -> tuple[Fault, ...]:
        """All faults, now that all Content-IDs are known."""
        for at, content_id, where in self._unknown:
            if content_id in self._seen:
                self.faults[at] = breach("later_reference", self.faults[at].part, where)
        return tuple(self.faults)

    def _content_id(self, content_id: str | None, index: int, inner: int | None) -> None:
        if content_id and content_id in self._seen:
            self._add("repeated_content_id", index, inner, f"in {path_of(*self._seen[content_id])}")
        elif content_id is not None and not content_id:
            self._add("empty_content_id", index, inner)
        elif not content_id and (inner is not None or self._dialect.content_id_needed == "always"):
            self._add("missing_content_id", index, inner)
        if self._addr_spec and content_id and not _is_addr_spec(content_id):
            self._add("content_id_not_addr_spec", index, inner)

    def _request(self, leaf: Operation, index: int, inner: int | None) -> None:
        """Judge the method and the path of an operation."""
        if leaf.method in _QUERIES:
            if inner is not None:
                self._add("retrieve_in_changeset", index, inner, leaf.method)
            else:
                self._has_query = True
                self._beside_query(index)
        elif inner is None:
            self._add("change_outside_changeset", index, None)
            self._beside_query(index)
        if "different_paths" not in self._codes or self._is_addressed(leaf.target):
            self._target = leaf.target
        else:
            self._add("different_paths", index, inner)

    def _is_addressed(self, target: str) -> bool:
        """Whether a target has the path of the first, and its host where both have one."""
        # Azure Batch compares ids of jobs without case; a target may be relative to the service.
        host = target.partition("://")[2].partition("/")[0].lower() or self._host
        path = target_path(target).lower().lstrip("/")
        if self._path is None:
            self._path = path
        if path != self._path or self._host not in (None, host):
            return False
        self._host = host
        return True

    def _odata_version(self, version: str, index: int, inner: int | None) -> None:
        # OData 3.0, Core §5.2: what follows a semicolon is the user agent's.
        if version.partition(";")[0].strip() in self._dialect.versions:
            self._version = version
        else:
            self._add("unsupported_odata_version", index, inner)

    def _beside_query(self, index: int) -> None:
        if self._has_query and index > 0:
            self._add("query_beside_others", index, None)

    def _references(self, leaf: Operation, index: int, inner: int | None) -> None:
        names = self._known[leaf.headers.names]
        for field, content_id, _ in mentions(leaf, names):
            at = self._seen.get(content_id)
            scope = self._dialect.reference_scope
            code = fault_of(field, content_id, at, (index, inner), scope)
            where = f"in the {field or 'target'}"
            if code == "unknown_reference":
                self._unknown.append((len(self.faults), content_id, where))
            if code is not None:
                self._add(code, index, inner, where)

    def _add(self, code: str, index: int | None, inner: int | None, what: str = "") -> None:
        if code not in self._codes:
            return
        part = "batch" if index is None else path_of(index, inner)
        self.faults.append(breach(code, part, what))


def _is_addr_spec(content_id: str) -> bool:
    candidate = _ADDR_SPEC.fullmatch(content_id)
    if candidate is None or not content_id.isascii():
        return False
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  23 ms

    try:
        validate_email(
            candidate[1],
            allow_smtputf8=False,
            allow_quoted_local=True,
            allow_domain_literal=True,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except EmailNotValidError:
        return False
    return True
