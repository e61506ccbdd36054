"""``check()``: every breach of the protocol's rules, and nothing else."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from odatabatch import (
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Dialect,
    Fault,
    Headers,
    Operation,
    OperationResponse,
    check,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.headers import FORBIDDEN

PUT = Operation("PUT", "a")


def put(content_id: str | None, at: Any = "part") -> Operation:
    """An operation with that Content-ID."""
    return PUT if content_id is None else PUT.with_content_id(content_id, at)


def faults(batch: Any, dialect: Dialect | None = None) -> list[tuple[str, str]]:
    """The codes and parts of the faults of a batch."""
    return [(fault.code, fault.part) for fault in check(batch, dialect)]


class TestContentIds:
    """OData 4.01 §11.7.2: every operation of a changeset has one, unique in the whole batch."""

    def test_missing(self) -> None:
        """In a changeset each needs one, outside of it none does."""
        batch = Batch((PUT, Changeset((put("1"), PUT)), Changeset((PUT,))))
        expected = [
            ("missing_content_id", "batch[1]/changeset[1]"),
            ("missing_content_id", "batch[2]/changeset[0]"),
        ]
        assert faults(batch) == faults(batch, ODATA_V4) == expected

    def test_missing_anywhere(self) -> None:
        """A dialect may ask for it everywhere."""
        assert faults(Batch((PUT, put("1"))), AZURE_BATCH) == [("missing_content_id", "batch[0]")]

    def test_empty(self) -> None:
        """An empty one is no answer to anything, in either place."""
        batch = Batch((put(""), Changeset((put("", "message"),))))
        assert faults(batch) == [
            ("empty_content_id", "batch[0]"),
            ("empty_content_id", "batch[1]/changeset[0]"),
        ]

    def test_repeated(self) -> None:
        """Unique over the batch, wherever they stand; the first is in order."""
        batch = Batch((put("1"), Changeset((put("1", "message"), put("2"))), put("2")))
        assert faults(batch) == [
            ("repeated_content_id", "batch[1]/changeset[0]"),
            ("repeated_content_id", "batch[2]"),
        ]

    def test_exact(self) -> None:
        """They compare byte by byte."""
        assert faults(Batch((put("a"), put("A"), put("<a>")))) == []

    def test_answers(self) -> None:
        """Answers are held to the same."""
        one = OperationResponse(200).with_content_id("1")
        answer = BatchResponse((one, ChangesetResponse((one, OperationResponse(200)))))
        assert faults(answer) == [
            ("repeated_content_id", "batch[1]/changeset[0]"),
            ("missing_content_id", "batch[1]/changeset[1]"),
        ]


class TestMethods:
    """OData 4.01 §11.7.3: a changeset changes."""

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_retrieve(self, method: str) -> None:
        """A retrieve has its place outside of it."""
        leaf = put("1").replace(method=method)
        assert faults(Batch((leaf,))) == []
        assert faults(Batch((Changeset((leaf,)),))) == [
            ("retrieve_in_changeset", "batch[0]/changeset[0]")
        ]

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "MERGE", "DELETE", "get", "X"])
    def test_others(self, method: str) -> None:
        """Any other token may stand there; methods are case-sensitive (RFC 9110 §9.1)."""
        assert faults(Batch((Changeset((put("1").replace(method=method),)),))) == []


class TestForbiddenHeaders:
    """OData 4.01 §11.7.2: authentication is the batch's affair, and some mean nothing in a part."""

    @pytest.mark.parametrize("name", sorted(FORBIDDEN))
    def test_forbidden(self, name: str) -> None:
        """In the message and in the part, in any case; once for each field name."""
        fields = Headers([(name.title(), "a")])
        leaf = PUT.replace(headers=fields, part_headers=fields)
        assert faults(Batch((leaf,))) == [("forbidden_header", "batch[0]")] * 2

    def test_not_in_answers(self) -> None:
        """That is about requests."""
        leaf = OperationResponse(200, headers=Headers([("From", "a")]))
        assert faults(BatchResponse((leaf,))) == []

    def test_values_are_not_told(self) -> None:
        """A fault names the field, not what it holds."""
        leaf = PUT.replace(headers=Headers([("Authorization", "secret")]))
        (fault,) = check(Batch((leaf,)))
        assert "authorization" in fault.detail
        assert "secret" not in repr(fault)


class TestCounts:
    """Azure Batch: at most 100 operations, one in a changeset."""

    def test_operations(self) -> None:
        """Counted over the whole batch."""
        parts = tuple(Changeset((put(str(number)),)) for number in range(101))
        assert faults(Batch(parts[:100]), AZURE_BATCH) == []
        assert faults(Batch(parts), AZURE_BATCH) == [("too_many_operations", "batch")]
        assert faults(Batch(parts)) == faults(Batch(parts), ODATA_V4) == []

    def test_changeset_operations(self) -> None:
        """Counted in each changeset; an empty one has not too many."""
        batch = Batch((Changeset(()), Changeset((put("1"), put("2"))), put("3"), put("4")))
        assert faults(batch, AZURE_BATCH) == [("too_many_changeset_operations", "batch[1]")]
        assert faults(batch, ODATA_V4) == []


class TestAll:
    """The table of rules as a whole."""

    def test_in_wire_order(self) -> None:
        """All faults of all parts, in wire order, those of the whole batch last."""
        leaf = PUT.replace(method="GET", headers=Headers([("TE", "a"), ("Range", "b")]))
        batch = Batch((Changeset((leaf, leaf)), *(PUT,) * 99))
        codes = [code for code, _ in faults(batch, AZURE_BATCH)]
        each = ["missing_content_id", "retrieve_in_changeset", *["forbidden_header"] * 2]
        expected = [*each * 2, "too_many_changeset_operations", *["missing_content_id"] * 99]
        assert codes == [*expected, "too_many_operations"]

    def test_documented(self) -> None:
        """Each code that there is stands in the docstring."""
        documented = inspect.getdoc(check) or ""
        for code in (
            "missing_content_id",
            "empty_content_id",
            "repeated_content_id",
            "retrieve_in_changeset",
            "forbidden_header",
            "too_many_changeset_operations",
            "too_many_operations",
        ):
            assert code in documented

    def test_fault_is_a_value(self) -> None:
        """Compared by value."""
        (fault,) = check(Batch((put(""),)))
        assert fault == Fault("empty_content_id", "batch[0]", fault.detail)

    @pytest.mark.parametrize("batch", [None, (), PUT, Changeset(())])
    def test_wrong_types(self, batch: Any) -> None:
        """A batch or an answer."""
        with pytest.raises(TypeError):
            check(batch)

    @pytest.mark.parametrize("parts", [None, [PUT], ("text",), (OperationResponse(200),)])
    def test_wrong_parts(self, parts: Any) -> None:
        """A tuple of operations and changesets."""
        with pytest.raises(TypeError):
            check(Batch(parts))

    def test_wrong_dialect(self) -> None:
        """A dialect, not its name."""
        dialect: Any = "Azure Batch"
        with pytest.raises(TypeError):
            check(Batch(()), dialect)


@pytest.mark.parametrize(
    "batch",
    [
        Batch((Operation("GET", "a"),)),
        BatchResponse(()),
    ],
)
def test_dialect_of_another_type(batch: Batch | BatchResponse) -> None:
    """A TypeError, and no faults by nobody's rules."""
    with pytest.raises(TypeError):
        check(batch, "odata")  # type: ignore[arg-type]


def test_parts_of_another_type() -> None:
    """What could be walked only once would be lost on the way."""
    with pytest.raises(TypeError):
        check(Batch(part for part in [Operation("GET", "a")]))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        check(Batch((ChangesetResponse(()),)))  # type: ignore[arg-type]
