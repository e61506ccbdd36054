"""``correlate()``: one outcome an operation, by Content-ID."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import odatabatch
from odatabatch import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Operation,
    OperationResponse,
    OutcomeKind,
    correlate,
)
from odatabatch.http_message import parse_request, parse_response
from tests import corpus

ANSWERED, MISSING, DUPLICATED = OutcomeKind


def asked(*ids: str | None) -> Batch:
    """A batch of operations with those Content-IDs."""
    return Batch(tuple(Operation("GET", f"{at}").with_content_id(it) for at, it in enumerate(ids)))


def answered(*ids: str | None) -> BatchResponse:
    """Answers with those Content-IDs."""
    return BatchResponse(
        tuple(OperationResponse(200 + at).with_content_id(it) for at, it in enumerate(ids))
    )


def kinds(correlation: odatabatch.Correlation) -> list[OutcomeKind]:
    """The kinds of the outcomes."""
    return [outcome.kind for outcome in correlation.outcomes]


class TestSeed:
    """Seed 000: the answers come in the order 1, 3, 2."""

    @pytest.mark.parametrize("suffix", ["", ".page"])
    def test_by_content_id(self, suffix: str) -> None:
        """1 → 201, 2 → 409, 3 → 201, in CRLF and as the page prints it."""
        folder = corpus.FIXTURES / "azure"
        request_bytes = (folder / f"add-three-tasks{suffix}.http").read_bytes()
        answer_bytes = (folder / f"add-three-tasks.answer{suffix}.http").read_bytes()
        tolerate = odatabatch.CAPTURED
        request = parse_request(request_bytes, tolerate)
        answer = parse_response(answer_bytes, tolerate)
        batch = odatabatch.decode_request(
            request.body, request.headers.get("Content-Type", ""), tolerate
        )
        answers = odatabatch.decode_response(
            answer.body, answer.headers.get("Content-Type", ""), tolerate
        )
        correlation = correlate(batch, answers)
        got = [
            (outcome.operation.content_id, outcome.kind, [it.status for it in outcome.responses])
            for outcome in correlation.outcomes
        ]
        assert got == [("1", ANSWERED, [201]), ("2", ANSWERED, [409]), ("3", ANSWERED, [201])]
        assert correlation.unmatched == ()


class TestOutcomes:
    """OData 4.01 §11.7.2, §11.7.4: never by position, never success by default."""

    @pytest.mark.parametrize(
        ("batch", "answer", "expected", "unmatched"),
        [
            (asked(), answered(), [], []),
            (asked("1"), answered(), [MISSING], []),
            (asked(), answered("1"), [], [200]),
            (asked("1", "2"), answered("2", "1"), [ANSWERED, ANSWERED], []),
            (asked("1", "2"), answered("2", "3"), [MISSING, ANSWERED], [201]),
            (asked("1"), answered("1", "1"), [DUPLICATED], []),
            (asked("1", "1"), answered("1"), [DUPLICATED, DUPLICATED], []),
            (asked("1", "1"), answered(), [MISSING, MISSING], []),
            (asked(None), answered(None), [MISSING], [200]),
            (asked(""), answered(""), [MISSING], [200]),
            (asked("a"), answered("A"), [MISSING], [200]),
        ],
    )
    def test_kinds(
        self,
        batch: Batch,
        answer: BatchResponse,
        expected: list[OutcomeKind],
        unmatched: list[int],
    ) -> None:
        """Each way in which an operation and its answers can meet, or not."""
        correlation = correlate(batch, answer)
        assert kinds(correlation) == expected
        assert [it.status for it in correlation.unmatched] == unmatched

    def test_places(self) -> None:
        """Wherever the Content-ID stands, in a changeset or not."""
        one = Operation("PUT", "a").with_content_id("1", at="message")
        two = Operation("PUT", "b").with_content_id("2", at="part")
        first = OperationResponse(201).with_content_id("1", at="part")
        second = OperationResponse(202).with_content_id("2", at="message")
        batch = Batch((Changeset((one, two)),))
        answer = BatchResponse((second, ChangesetResponse((first,))))
        correlation = correlate(batch, answer)
        assert [outcome.responses for outcome in correlation.outcomes] == [(first,), (second,)]
        assert [outcome.operation for outcome in correlation.outcomes] == [one, two]

    @given(
        st.lists(st.sampled_from(("1", "2", "3", "", None)), max_size=6),
        st.lists(st.sampled_from(("1", "2", "3", "4", "", None)), max_size=6),
    )
    def test_nothing_is_lost(self, ids: list[str | None], answer_ids: list[str | None]) -> None:
        """One outcome an operation; each answer stands with its operations, or is unmatched."""
        batch, answer = asked(*ids), answered(*answer_ids)
        correlation = correlate(batch, answer)
        assert [outcome.operation for outcome in correlation.outcomes] == list(batch.operations)
        matched = {it for outcome in correlation.outcomes for it in outcome.responses}
        assert matched.isdisjoint(correlation.unmatched)
        assert matched | set(correlation.unmatched) == set(answer.responses)
        for outcome in correlation.outcomes:
            same = [it for it in answer.responses if it.content_id == outcome.operation.content_id]
            assert outcome.responses == (tuple(same) if outcome.operation.content_id else ())
            alone = ids.count(outcome.operation.content_id) == 1
            answered_once = len(outcome.responses) == 1 and alone
            assert (outcome.kind is ANSWERED) is answered_once

    @pytest.mark.parametrize(
        ("batch", "answer"), [(None, answered()), (asked(), None), (answered(), asked()), (1, 2)]
    )
    def test_wrong_types(self, batch: Any, answer: Any) -> None:
        """A batch and the answer to one."""
        with pytest.raises(TypeError):
            correlate(batch, answer)
