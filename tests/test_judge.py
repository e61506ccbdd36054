"""The judge's memory; what breaks which rule is in ``test_rules``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
    ODATA_V4,
    Batch,
    Changeset,
    Dialect,
    Fault,
    Headers,
    Operation,
    check,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.judge import Judge
from tests.test_rules import dialects, faults, faulty_batches, odd_leaves, put


class TestJudge:
    """One judge for a whole batch and for one that comes piece by piece."""

    @given(faulty_batches("requests"), dialects, st.data())
    def test_reset(self, batch: Batch, dialect: Dialect, data: st.DataObject) -> None:
        """What was judged and taken back leaves no trace."""
        judge = Judge(Operation, dialect)
        found: list[Fault] = []
        other = data.draw(odd_leaves("requests"))
        for index, part in enumerate(batch.parts):
            inside = part.operations if isinstance(part, Changeset) else (part,)
            if isinstance(part, Changeset):
                state = judge.state()
                judge.changeset(index, part.part_headers)
                judge.take()
                judge.reset(state)
                judge.changeset(index, part.part_headers)
                found += judge.take()
            for inner, operation in enumerate(inside):
                at = inner if isinstance(part, Changeset) else None
                state = judge.state(other)
                judge.leaf(other, index, at)
                judge.take()
                judge.reset(state)
                judge.leaf(operation, index, at)
                found += judge.take()
        expected = [
            (fault.code.replace("later_", "unknown_"), fault.part)
            for fault in check(batch, dialect)
        ]
        assert [(fault.code, fault.part) for fault in found] == expected
        assert judge.verdict() == ()

    @pytest.mark.parametrize(
        ("dialect", "before", "refused", "codes"),
        [
            (AZURE_BATCH, put("1"), put("2", target="b"), ["different_paths"]),
            (AZURE_TABLES, put("1", method="GET"), put("2", method="GET"), ["query_beside_others"]),
            (ODATA_V4, put("1"), put("1"), ["repeated_content_id"]),
            (ODATA_V4, put("1", method="GET"), put("2", method="GET"), []),
        ],
    )
    def test_reset_once(
        self, dialect: Dialect, before: Operation, refused: Operation, codes: list[str]
    ) -> None:
        """The same fault is found again after it was taken back, and what was before it stays."""
        judge = Judge(Operation, dialect)
        judge.leaf(before, 0, None)
        for _ in range(2):
            judge.take()
            state = judge.state(refused)
            judge.leaf(refused, 1, None)
            assert [fault.code for fault in judge.faults] == codes
            judge.reset(state)

    def test_take(self) -> None:
        """The faults since the last time; a reference cannot wait for what may come."""
        judge = Judge(Operation, ODATA_V4)
        judge.leaf(put("1", target="$2"), 0, None)
        assert [fault.code for fault in judge.take()] == ["unknown_reference"]
        judge.leaf(put("2"), 1, None)
        assert judge.take() == []
        judge.leaf(put("2"), 2, None)
        assert [fault.code for fault in judge.verdict()] == ["repeated_content_id"]


class TestMemory:
    """What stood before decides; before the first there was nothing."""

    def test_first_version(self) -> None:
        """An empty version is none that a dialect has, be it the first."""
        operation = put("1", headers=Headers([("DataServiceVersion", "")]))
        batch = Batch((Changeset((operation,)),))
        assert faults(batch, ODATA_V3) == [("unsupported_odata_version", "batch[0]/changeset[0]")]

    def test_first_path(self) -> None:
        """An empty target has a path, from which others differ."""
        operations = (put("1", target=""), put("2", target="jobs/j"))
        batch = Batch(tuple(Changeset((it,)) for it in operations))
        assert faults(batch, AZURE_BATCH) == [("different_paths", "batch[1]/changeset[0]")]

    def test_hosts_beside_queries(self) -> None:
        """A host ends at the first slash, whatever the query holds."""
        targets = (
            "https://h/jobs/j/tasks?a=b/c",
            "https://h/jobs/j/tasks?a=d/e/f",
            "/jobs/j/tasks",
        )
        changesets = [Changeset((put(str(n), target=it),)) for n, it in enumerate(targets)]
        assert faults(Batch(tuple(changesets)), AZURE_BATCH) == []

    def test_system_names(self) -> None:
        """What is a word of the service in a target is a Content-ID in a condition."""
        for operation, codes in (
            (put("1", target="$metadata"), []),
            (put("1", headers=Headers([("If-Match", "$metadata")])), ["unknown_reference"]),
        ):
            batch = Batch((Changeset((operation,)),))
            assert [code for code, _ in faults(batch, ODATA_V4)] == codes

    def test_place_of_later_references(self) -> None:
        """It is said where a reference stands that is too early."""
        operations = (put("1", target="$2"), put("2"))
        (fault,) = check(Batch((Changeset(operations),)), ODATA_V4)
        assert (fault.code, fault.part) == ("later_reference", "batch[0]/changeset[0]")
        assert fault.detail.endswith("in the target")
