"""``correlate()``: one outcome an operation, by Content-ID, and by order where that is sure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import odatabatch
from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Dialect,
    Headers,
    Operation,
    OperationResponse,
    Outcome,
    OutcomeKind,
    correlate,
    references,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.http_message import parse_request, parse_response
from odatabatch.model import placed_leaves
from tests import corpus, strategies

ANSWERED = OutcomeKind.ANSWERED
FAILED = OutcomeKind.CHANGESET_FAILED
MISSING = OutcomeKind.MISSING
DUPLICATED = OutcomeKind.DUPLICATED

EVERY = (None, *strategies.DIALECTS)
ORDERED = (ODATA_V3, ODATA_V4, AZURE_TABLES)
each_dialect = pytest.mark.parametrize(
    "dialect", EVERY, ids=lambda it: it.name if it else "no dialect"
)
each_ordered = pytest.mark.parametrize("dialect", ORDERED, ids=lambda it: it.name)


def asked(*ids: str | None) -> Batch:
    """A batch of operations with those Content-IDs."""
    return Batch(tuple(Operation("GET", f"{at}").with_content_id(it) for at, it in enumerate(ids)))


def answered(*ids: str | None) -> BatchResponse:
    """Answers with those Content-IDs."""
    return BatchResponse(
        tuple(OperationResponse(200 + at).with_content_id(it) for at, it in enumerate(ids))
    )


def put(content_id: str | None = None) -> Operation:
    """An operation that changes something."""
    return Operation("PUT", "a").with_content_id(content_id)


def answer(status: int, content_id: str | None = None) -> OperationResponse:
    """An answer."""
    return OperationResponse(status).with_content_id(content_id)


def found(batch: Batch, its: BatchResponse, dialect: Dialect | None = None) -> list[Any]:
    """Each outcome's kind and the statuses of its answers; then those of the unmatched."""
    correlation = correlate(batch, its, dialect)
    outcomes = [(it.kind, *[one.status for one in it.responses]) for it in correlation.outcomes]
    return [*outcomes, [it.status for it in correlation.unmatched]]


class TestSeed:
    """Azure Batch's page: the answers come in the order 1, 3, 2."""

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


class TestById:
    """OData 4.01 §11.7.7.1, §11.7.7.5: by Content-ID, never success by default."""

    @each_dialect
    @pytest.mark.parametrize(
        ("batch", "its", "expected"),
        [
            (asked(), answered(), [[]]),
            (asked("1"), answered(), [(MISSING,), []]),
            (asked(), answered("1"), [[200]]),
            (asked("1", "2"), answered("2", "1"), [(ANSWERED, 201), (ANSWERED, 200), []]),
            (asked("1", "2"), answered("2", "3"), [(MISSING,), (ANSWERED, 200), [201]]),
            (asked("1"), answered("1", "1"), [(DUPLICATED, 200, 201), []]),
            (asked("1", "1"), answered("1"), [(DUPLICATED, 200), (DUPLICATED, 200), []]),
            (asked("1", "1"), answered(), [(MISSING,), (MISSING,), []]),
            (asked("1", None), answered("1"), [(ANSWERED, 200), (MISSING,), []]),
            (asked("a"), answered("A"), [(MISSING,), [200]]),
        ],
    )
    def test_kinds(
        self, dialect: Dialect | None, batch: Batch, its: BatchResponse, expected: list[Any]
    ) -> None:
        """Each way in which Content-IDs can meet, or not."""
        assert found(batch, its, dialect) == expected

    @pytest.mark.parametrize("dialect", [None, AZURE_BATCH])
    @pytest.mark.parametrize("content_id", [None, ""])
    def test_none(self, dialect: Dialect | None, content_id: str | None) -> None:
        """Without a Content-ID nothing belongs to anything, unless the order tells."""
        batch, its = asked(content_id), answered(content_id)
        assert found(batch, its, dialect) == [(MISSING,), [200]]
        assert found(batch, its, ODATA_V4) == [(ANSWERED, 200), []]

    @each_dialect
    def test_places(self, dialect: Dialect | None) -> None:
        """Wherever the Content-ID stands, in a changeset or not."""
        one = Operation("PUT", "a").with_content_id("1", at="message")
        two = Operation("PUT", "b").with_content_id("2", at="part")
        first = OperationResponse(201).with_content_id("1", at="part")
        second = OperationResponse(202).with_content_id("2", at="message")
        batch = Batch((Changeset((one, two)),))
        its = BatchResponse((second, ChangesetResponse((first,))))
        correlation = correlate(batch, its, dialect)
        assert [outcome.responses for outcome in correlation.outcomes] == [(first,), (second,)]
        assert [outcome.operation for outcome in correlation.outcomes] == [one, two]

    @pytest.mark.parametrize(
        ("batch", "its"),
        [
            (None, answered()),
            (asked(), None),
            (answered(), asked()),
            (1, 2),
            (asked(), asked()),
            (answered(), answered()),
            (Batch(({"not": "hashable"},)), answered()),  # type: ignore[arg-type]
            (Batch((Operation("GET", "a", {}),)), answered()),  # type: ignore[arg-type]
        ],
    )
    def test_wrong_types(self, batch: Any, its: Any) -> None:
        """A batch and the answer to one."""
        with pytest.raises(TypeError):
            correlate(batch, its)

    def test_wrong_dialect(self) -> None:
        """A dialect is a ``Dialect``."""
        with pytest.raises(TypeError):
            correlate(asked(), answered(), "OData 4.01")  # type: ignore[arg-type]


class TestFailedChangeset:
    """OData 4.01 §11.7.7.6: a failed changeset has one answer, and that is all of it."""

    TWO = Batch((Changeset((put("1"), put("2"))),))

    @each_dialect
    @pytest.mark.parametrize(
        ("parts", "expected"),
        [
            ((answer(400, "2"),), [(FAILED, 400), (FAILED, 400), []]),
            ((ChangesetResponse((answer(400, "2"),)),), [(FAILED, 400), (FAILED, 400), []]),
            # Success is not shared, and neither is failure that is not all of the answer.
            ((answer(200, "2"),), [(MISSING,), (ANSWERED, 200), []]),
            ((ChangesetResponse((answer(200, "2"),)),), [(MISSING,), (ANSWERED, 200), []]),
            (
                (ChangesetResponse((answer(400, "2"), answer(200, "1"))),),
                [(ANSWERED, 200), (ANSWERED, 400), []],
            ),
            (
                (ChangesetResponse((answer(400, "2"), answer(200))),),
                [(MISSING,), (ANSWERED, 400), [200]],
            ),
            ((answer(400, "2"), answer(401, "2")), [(MISSING,), (DUPLICATED, 400, 401), []]),
            ((answer(400, "1"), answer(401, "2")), [(ANSWERED, 400), (ANSWERED, 401), []]),
        ],
    )
    def test_by_id(
        self, dialect: Dialect | None, parts: tuple[Any, ...], expected: list[Any]
    ) -> None:
        """By the Content-ID of any of its operations, alone or as a changeset's only answer."""
        assert found(self.TWO, BatchResponse(parts), dialect) == expected

    @each_ordered
    @pytest.mark.parametrize("alone", [True, False])
    @pytest.mark.parametrize("ids", [(None, None), ("1", "2")])
    def test_by_order(self, dialect: Dialect, alone: bool, ids: tuple[str | None, ...]) -> None:
        """Where the answers come in order, by its place, whatever Content-IDs were asked."""
        batch = Batch((put("9"), Changeset(tuple(map(put, ids)))))
        failure = answer(412) if alone else ChangesetResponse((answer(412),))
        its = BatchResponse((answer(200, "9"), failure))
        assert found(batch, its, dialect) == [(ANSWERED, 200), (FAILED, 412), (FAILED, 412), []]
        assert found(batch, its) == [(ANSWERED, 200), (MISSING,), (MISSING,), [412]]

    @each_dialect
    @pytest.mark.parametrize("alone", [True, False])
    def test_own_id(self, dialect: Dialect | None, alone: bool) -> None:
        """A Content-ID that nobody asked for is no echo; Azurite counts the operations itself."""
        failure = answer(400, "3") if alone else ChangesetResponse((answer(400, "3"),))
        ordered = dialect is not None and dialect.orders_answers
        expected = [(FAILED, 400)] * 2 + [[]] if ordered else [(MISSING,), (MISSING,), [400]]
        assert found(self.TWO, BatchResponse((failure,)), dialect) == expected

    @each_ordered
    def test_success(self, dialect: Dialect) -> None:
        """One success in a changeset's place is nobody's."""
        batch = Batch((Changeset((put(), put())),))
        for part in (answer(200), ChangesetResponse((answer(200),))):
            assert found(batch, BatchResponse((part,)), dialect) == [(MISSING,), (MISSING,), [200]]

    @each_ordered
    def test_no_operations(self, dialect: Dialect) -> None:
        """A failure in the place of an empty changeset is nobody's."""
        its = BatchResponse((answer(400),))
        assert found(Batch((Changeset(()),)), its, dialect) == [[400]]

    @each_dialect
    def test_one_operation(self, dialect: Dialect | None) -> None:
        """Among a changeset's answers a failure is its operation's own."""
        batch = Batch((Changeset((put("1"),)),))
        its = BatchResponse((ChangesetResponse((answer(409, "1"),)),))
        assert found(batch, its, dialect) == [(ANSWERED, 409), []]

    @each_dialect
    def test_repeated(self, dialect: Dialect | None) -> None:
        """A Content-ID that stands in two changesets tells of neither."""
        batch = Batch((Changeset((put("1"), put("2"))), Changeset((put("1"),))))
        its = BatchResponse((answer(400, "1"),))
        expected = [(DUPLICATED, 400), (MISSING,), (DUPLICATED, 400), []]
        assert found(batch, its, dialect) == expected


class TestByOrder:
    """OData 3.0 and 4.01: the parts of an answer are in the order of the batch's parts."""

    @each_ordered
    @pytest.mark.parametrize(
        ("batch", "its"),
        [
            # Fewer or more answers than parts: nobody knows which is left out.
            (asked(None, None), answered(None)),
            (asked(None), answered(None, None)),
            # A Content-ID tells of another order, or of two answers.
            (asked(None, "1"), answered("1", None)),
            (asked("1", None, None), answered("1", "1", None)),
            # An answer that may be another's: this service sends Content-IDs back.
            (asked("1", "2"), answered("1", None)),
            # One with a Content-ID that was not asked.
            (asked(None), answered("9")),
        ],
    )
    def test_not_sure(self, dialect: Dialect, batch: Batch, its: BatchResponse) -> None:
        """Where the order is not sure, all is as by Content-ID alone."""
        assert correlate(batch, its, dialect) == correlate(batch, its)

    @each_ordered
    def test_failed_elsewhere(self, dialect: Dialect) -> None:
        """A failed changeset that is answered in another place tells of another order too."""
        batch = Batch((Operation("GET", "0"), Changeset((put("1"),)), Operation("GET", "2")))
        its = BatchResponse((answer(400, "1"), answer(202), answer(200)))
        assert found(batch, its, dialect) == [(MISSING,), (FAILED, 400), (MISSING,), [202, 200]]

    @each_ordered
    def test_in_a_multipart(self, dialect: Dialect) -> None:
        """In Tables a query's answer may stand in a multipart of its own, as Azurite's does."""
        one = BatchResponse((ChangesetResponse((answer(200),)),))
        several = BatchResponse((ChangesetResponse((answer(201), answer(202))),))
        wrapped = [(ANSWERED, 200), []] if dialect is AZURE_TABLES else [(MISSING,), [200]]
        assert found(asked(None), one, dialect) == wrapped
        assert found(asked(None), several, dialect) == [(MISSING,), [201, 202]]

    @each_ordered
    def test_flag(self, dialect: Dialect) -> None:
        """What was found by its place is marked so."""
        its = BatchResponse((answer(200, "1"), answer(201)))
        correlation = correlate(asked("1", None), its, dialect)
        assert [outcome.by_order for outcome in correlation.outcomes] == [False, True]

    def test_in_changesets(self) -> None:
        """Azure Tables orders the answers of a changeset too, the others do not."""
        batch = Batch((Changeset((put(), put("1"), put())),))
        its = BatchResponse((ChangesetResponse((answer(201), answer(202, "1"), answer(203))),))
        expected = [(ANSWERED, 201), (ANSWERED, 202), (ANSWERED, 203), []]
        assert found(batch, its, AZURE_TABLES) == expected
        by_id = [(MISSING,), (ANSWERED, 202), (MISSING,), [201, 203]]
        assert found(batch, its, ODATA_V4) == found(batch, its, ODATA_V3) == by_id
        moved = BatchResponse((ChangesetResponse((answer(202, "1"), answer(201), answer(203))),))
        assert found(batch, moved, AZURE_TABLES) == by_id

    @each_ordered
    def test_alone_in_changesets(self, dialect: Dialect) -> None:
        """The only answer of a changeset is that of its only operation."""
        batch = Batch((Changeset((put(),)), Changeset((put(),))))
        its = BatchResponse((ChangesetResponse((answer(201),)), ChangesetResponse((answer(404),))))
        assert found(batch, its, dialect) == [(ANSWERED, 201), (ANSWERED, 404), []]


# Services: a batch, what one answers, and what became of each operation.


class Expected(NamedTuple):
    """What became of one operation.

    Attributes:
        kind: of the outcome.
        reasons: those of its answers; each answer has its own.
        by_order: whether only their places tell.
    """

    kind: OutcomeKind
    reasons: frozenset[str] = frozenset()
    by_order: bool = False


class Case(NamedTuple):
    """A batch, the answer to it, and what became of its operations, in wire order."""

    batch: Batch
    answer: BatchResponse
    expected: list[Expected]


_places = st.sampled_from(("part", "message"))
_successes = st.sampled_from((200, 201, 204))
_failures = st.sampled_from((400, 404, 412, 500))
_shapes = st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=5)  # None: no changeset


@st.composite
def disordered(draw: st.DrawFn, dialect: Dialect | None) -> Case:
    """A service that sends all Content-IDs back and else keeps no promise.

    It leaves answers out, sends them twice or invents them, and has no order.
    """
    # Where answers are in order an invented failure is a changeset's, if it has no other.
    ordered = dialect is not None and dialect.orders_answers
    inventions = _successes if ordered else st.one_of(_successes, _failures)
    numbers = count(1)
    parts: list[Any] = []
    its: list[Any] = []
    expected: list[Expected] = []

    def operation() -> Operation:
        made: Operation = Operation("PUT", "a").with_content_id(f"{next(numbers)}", draw(_places))
        return made

    def copies(content_id: str | None, status: int) -> list[OperationResponse]:
        some = range(draw(st.sampled_from((1, 1, 1, 0, 2))))
        made = [OperationResponse(status, f"answer {next(numbers)}") for _ in some]
        return [it.with_content_id(content_id, draw(_places)) for it in made]

    def own(answers: list[OperationResponse], once: OutcomeKind = ANSWERED) -> Expected:
        kind = (MISSING, once, DUPLICATED)[len(answers)]
        return Expected(kind, frozenset(it.reason for it in answers))

    for size in draw(_shapes):
        if size is None:
            parts.append(operation())
            answers = copies(parts[-1].content_id, draw(st.one_of(_successes, _failures)))
            its += answers
            expected.append(own(answers))
            continue
        operations = [operation() for _ in range(size)]
        parts.append(Changeset(tuple(operations)))
        if operations and draw(st.booleans()):
            alone = draw(st.booleans())
            answers = copies(draw(st.sampled_from(operations)).content_id, draw(_failures))
            its += answers if alone else [ChangesetResponse((it,)) for it in answers]
            if len(answers) == 1 and (alone or size > 1):
                expected += [own(answers, FAILED)] * size
            else:
                named = {it.content_id for it in answers}
                expected += [
                    own(answers) if it.content_id in named else Expected(MISSING)
                    for it in operations
                ]
            continue
        # A changeset is atomic: where it has several operations none of them fails by itself.
        statuses = st.one_of(_successes, _failures) if size == 1 else _successes
        inside: list[OperationResponse] = []
        for it in operations:
            answers = copies(it.content_id, draw(statuses))
            expected.append(own(answers))
            inside += answers
        its.append(ChangesetResponse(tuple(draw(st.permutations(inside)))))
    for number in range(draw(st.integers(0, 2))):
        invented = OperationResponse(draw(inventions), f"invented {number}")
        its.append(invented.with_content_id(f"x{number}"))
    return Case(Batch(tuple(parts)), BatchResponse(tuple(draw(st.permutations(its)))), expected)


@st.composite
def orderly(draw: st.DrawFn, dialect: Dialect) -> Case:
    """A service that answers each part in its place, and may send Content-IDs back."""
    numbers = count(1)
    parts: list[Any] = []
    its: list[Any] = []
    expected: list[Expected] = []
    echo = draw(st.sampled_from((None, "part", "message")))

    def operation() -> Operation:
        content_id = draw(st.sampled_from((None, "", f"{next(numbers)}")))
        return Operation("PUT", "a").with_content_id(content_id, draw(_places))

    def respond(it: Operation, status: int) -> OperationResponse:
        made = OperationResponse(status, f"answer {next(numbers)}")
        return made.with_content_id(it.content_id, echo) if echo else made

    def own(it: OperationResponse, kind: OutcomeKind = ANSWERED) -> Expected:
        return Expected(kind, frozenset((it.reason,)), by_order=not it.content_id)

    for size in draw(_shapes):
        if size is None:
            parts.append(operation())
            its.append(respond(parts[-1], draw(st.one_of(_successes, _failures))))
            expected.append(own(its[-1]))
            if echo is None and dialect.orders_changeset_answers and draw(st.booleans()):
                its[-1] = ChangesetResponse((its[-1],))
            continue
        operations = [operation() for _ in range(size)]
        parts.append(Changeset(tuple(operations)))
        if operations and draw(st.booleans()):
            alone = draw(st.booleans())
            failure = respond(draw(st.sampled_from(operations)), draw(_failures))
            its.append(failure if alone else ChangesetResponse((failure,)))
            expected += [own(failure, FAILED if alone or size > 1 else ANSWERED)] * size
            continue
        statuses = st.one_of(_successes, _failures) if size == 1 else _successes
        inside = [respond(it, draw(statuses)) for it in operations]
        sure = size == 1 or dialect.orders_changeset_answers
        expected += [own(it) if it.content_id or sure else Expected(MISSING) for it in inside]
        order = inside if dialect.orders_changeset_answers else draw(st.permutations(inside))
        its.append(ChangesetResponse(tuple(order)))
    return Case(Batch(tuple(parts)), BatchResponse(tuple(its)), expected)


def assert_expected(case: Case, dialect: Dialect | None) -> None:
    """Each operation has its outcome, and each answer belongs to one or is unmatched."""
    correlation = correlate(case.batch, case.answer, dialect)
    assert [outcome.operation for outcome in correlation.outcomes] == list(case.batch.operations)
    got = [
        Expected(it.kind, frozenset(one.reason for one in it.responses), it.by_order)
        for it in correlation.outcomes
    ]
    assert got == case.expected
    matched = {reason for it in case.expected for reason in it.reasons}
    left = [it for it in case.answer.responses if it.reason not in matched]
    assert list(correlation.unmatched) == left
    for outcome in correlation.outcomes:
        in_order = [it for it in case.answer.responses if it in outcome.responses]
        assert list(outcome.responses) == in_order
        event(outcome.kind)


class TestServices:
    """The outcome is what the service did: known by construction."""

    @each_dialect
    @given(data=st.data())
    def test_by_id(self, dialect: Dialect | None, data: st.DataObject) -> None:
        """A service that sends all Content-IDs back, whatever else it does, whatever its dialect.

        Reordered, left out, doubled and invented answers; changesets that failed alone, or among
        the answers of a changeset.
        """
        assert_expected(data.draw(disordered(dialect)), dialect)

    @each_ordered
    @given(data=st.data())
    def test_in_order(self, dialect: Dialect, data: st.DataObject) -> None:
        """A service that keeps its dialect's order: all is told, with or without Content-IDs."""
        assert_expected(data.draw(orderly(dialect)), dialect)

    @each_ordered
    @given(data=st.data())
    def test_stopped(self, dialect: Dialect, data: st.DataObject) -> None:
        """An answer that stops, or has one part more: only Content-IDs count."""
        batch, its, _ = data.draw(orderly(dialect))
        parts = list(its.parts)
        if parts and data.draw(st.booleans()):
            del parts[data.draw(st.integers(0, len(parts) - 1)) :]
        else:
            parts.insert(data.draw(st.integers(0, len(parts))), OperationResponse(200, "more"))
        less = BatchResponse(tuple(parts))
        assert correlate(batch, less, dialect) == correlate(batch, less)

    @each_ordered
    @settings(suppress_health_check=[HealthCheck.filter_too_much])  # most orders change nothing
    @given(data=st.data())
    def test_moved(self, dialect: Dialect, data: st.DataObject) -> None:
        """A Content-ID that comes back in another place: only Content-IDs count."""
        batch, its, _ = data.draw(orderly(dialect))
        moved = BatchResponse(tuple(data.draw(st.permutations(its.parts))))
        asked_at = {leaf.content_id: index for leaf, index, _ in placed_leaves(batch)}
        assume(
            any(
                leaf.content_id and asked_at[leaf.content_id] != index
                for leaf, index, _ in placed_leaves(moved)
            )
        )
        assert correlate(batch, moved, dialect) == correlate(batch, moved)

    @given(st.data(), st.sampled_from(ORDERED))
    def test_azure_batch(self, data: st.DataObject, dialect: Dialect) -> None:
        """Azure Batch promises no order, so none counts."""
        batch, its, _ = data.draw(orderly(dialect))
        assert correlate(batch, its, AZURE_BATCH) == correlate(batch, its)


_ids = st.sampled_from((None, "", "1", "2", "3"))


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    """A batch and an answer that may have nothing to do with each other."""

    def some(leaf: Any) -> Iterator[Any]:
        for size in draw(_shapes):
            if size is None:
                yield leaf()
            else:
                yield [leaf() for _ in range(size)]

    numbers = count(1)
    asked_parts = some(lambda: Operation("PUT", f"{next(numbers)}").with_content_id(draw(_ids)))
    parts = [Changeset(tuple(it)) if isinstance(it, list) else it for it in asked_parts]
    statuses = st.one_of(_successes, _failures)
    answers = some(
        lambda: OperationResponse(draw(statuses), f"{next(numbers)}").with_content_id(draw(_ids))
    )
    its = [ChangesetResponse(tuple(it)) if isinstance(it, list) else it for it in answers]
    return Case(Batch(tuple(parts)), BatchResponse(tuple(its)), [])


class TestSound:
    """Nothing is lost, and success is never invented, whatever was answered."""

    @each_dialect
    @given(case=any_case())
    def test_nothing_is_lost(self, dialect: Dialect | None, case: Case) -> None:
        """One outcome an operation; an answer is matched, or unmatched, and not both."""
        correlation = correlate(case.batch, case.answer, dialect)
        assert [outcome.operation for outcome in correlation.outcomes] == list(
            case.batch.operations
        )
        matched = {it for outcome in correlation.outcomes for it in outcome.responses}
        left = [it for it in case.answer.responses if it not in matched]
        assert list(correlation.unmatched) == left
        assert matched <= set(case.answer.responses)

    @each_dialect
    @given(case=any_case())
    def test_answered(self, dialect: Dialect | None, case: Case) -> None:
        """Only by its own answer: by one Content-ID that stands once on either side, or by place.

        In its place it has no Content-ID, and nobody else's answer stands there.
        """
        correlation = correlate(case.batch, case.answer, dialect)
        answers = {it: at for it, *at in placed_leaves(case.answer)}
        ids = [it.content_id for it in case.batch.operations]
        answer_ids = [it.content_id for it in answers]
        shared: list[OperationResponse] = []
        for outcome, (operation, *at) in zip(
            correlation.outcomes, placed_leaves(case.batch), strict=True
        ):
            if outcome.kind is not ANSWERED:
                continue
            (own,) = outcome.responses
            shared.append(own)
            if outcome.by_order:
                assert dialect is not None
                assert dialect.orders_answers
                assert len(case.batch.parts) == len(case.answer.parts)
                assert answers[own][0] == at[0]
                # That of an operation may stand in a multipart of its own.
                alone = at[1] is None and _size(case.answer.parts[at[0]]) == 1
                assert answers[own] == at or alone
                assert not own.content_id
                assert not (operation.content_id and any(answer_ids))
            else:
                assert own.content_id == operation.content_id
                assert ids.count(own.content_id) == answer_ids.count(own.content_id) == 1
        assert len(shared) == len(set(shared))

    @each_dialect
    @given(case=any_case())
    def test_the_other_kinds(self, dialect: Dialect | None, case: Case) -> None:
        """A changeset failed as a whole, for one failure; what is missing has no answer."""
        correlation = correlate(case.batch, case.answer, dialect)
        outcomes = iter(correlation.outcomes)
        answers = {leaf: index for leaf, index, _ in placed_leaves(case.answer)}
        for part in case.batch.parts:
            its = [next(outcomes) for _ in range(_size(part))]
            for outcome in its:
                assert (outcome.kind is MISSING) == (not outcome.responses)
                if outcome.kind is DUPLICATED:
                    assert {it.content_id for it in outcome.responses} == {
                        outcome.operation.content_id
                    }
            failures = {outcome.responses for outcome in its if outcome.kind is FAILED}
            if failures:
                assert isinstance(part, Changeset)
                assert {outcome.kind for outcome in its} == {FAILED}
                ((failure,),) = failures
                assert failure.status >= 400
                assert _size(case.answer.parts[answers[failure]]) == 1


def _size(part: Any) -> int:
    if isinstance(part, Changeset):
        return len(part.operations)
    return len(part.responses) if isinstance(part, ChangesetResponse) else 1


class TestWrappedQuery:
    """Tables: a query's answer in a multipart of its own moves nothing."""

    def test_beside_a_changeset(self) -> None:
        """The answers within another changeset are in order all the same."""
        batch = Batch((Operation("GET", "a").with_content_id("1"), Changeset((put(), put()))))
        its = BatchResponse(
            (ChangesetResponse((answer(200, "1"),)), ChangesetResponse((answer(201), answer(202))))
        )
        expected = [(ANSWERED, 200), (ANSWERED, 201), (ANSWERED, 202), []]
        assert found(batch, its, AZURE_TABLES) == expected


class TestFailedChangesets:
    """A changeset that failed, beside others."""

    def test_behind_an_ambiguous_one(self) -> None:
        """One whose Content-IDs are not its own alone says nothing of the next."""
        batch = Batch((Changeset((put("1"), put("1"))), Changeset((put("2"), put("3")))))
        its = BatchResponse((answer(500, "2"),))
        assert found(batch, its) == [(MISSING,), (MISSING,), (FAILED, 500), (FAILED, 500), []]

    @each_ordered
    def test_with_a_name_of_its_own(self, dialect: Dialect) -> None:
        """A Content-ID that nobody asked for is an echo where another one is, and else is none."""
        batch = Batch((Changeset((put("1"), put("3"))), put("2")))
        for own, expected in (("2", [(MISSING,)] * 2), ("8", [(FAILED, 500)] * 2)):
            its = BatchResponse((answer(500, "9"), answer(200, own)))
            assert found(batch, its, dialect)[:2] == expected


class TestResolve:
    """OData 4.01 §11.7.4: ``$<id>`` stands for what the referent's answer says."""

    MADE = OperationResponse(
        201, "", Headers([("Location", "http://host/A(1)?x"), ("ETag", 'W/"7"')])
    ).with_content_id("1")

    def resolved(
        self,
        target: str,
        *answers: OperationResponse,
        field: str | None = None,
        dialect: Dialect | None = None,
    ) -> str | None:
        """What the only reference of an operation behind another is resolved to."""
        headers = Headers([(field, "$1")] if field else [])
        batch = Batch((put("1"), Operation("PUT", target, headers).with_content_id("2")))
        (reference,) = references(batch, dialect)
        return correlate(batch, BatchResponse(answers), dialect).resolve(reference)

    @pytest.mark.parametrize(
        ("target", "expected"),
        [
            ("$1", "http://host/A(1)?x"),
            ("/$1", "http://host/A(1)?x"),
            ("$1/Orders", "http://host/A(1)/Orders"),
            ("$1/Orders(2)?$top=1", "http://host/A(1)/Orders(2)?$top=1"),
            ("$1?$select=a", "http://host/A(1)?$select=a"),
        ],
    )
    def test_target(self, target: str, expected: str) -> None:
        """The Location, and the rest of the target in the place of its query."""
        assert self.resolved(target, self.MADE) == expected

    @pytest.mark.parametrize(
        ("location", "target", "expected"),
        [
            ("http://host/A/", "$1/B", "http://host/A/B"),
            ("http://host/A/", "$1?b", "http://host/A/?b"),
            ("http://host/A?x#y", "$1/B", "http://host/A/B"),
            ("http://host/A#y?x", "$1/B", "http://host/A/B"),
            ("/A", "$1/B", "/A/B"),
            ("urn:a", "$1", "urn:a"),
        ],
    )
    def test_location(self, location: str, target: str, expected: str) -> None:
        """One slash between both; no query and no fragment of the Location before the rest."""
        made = self.MADE.replace(headers=self.MADE.headers.with_field("Location", location))
        assert self.resolved(target, made) == expected

    @pytest.mark.parametrize("status", [200, 299])
    def test_success(self, status: int) -> None:
        """Any status of success tells."""
        assert self.resolved("$1", self.MADE.replace(status=status)) == "http://host/A(1)?x"

    @pytest.mark.parametrize("field", ["If-Match", "if-none-match"])
    def test_condition(self, field: str) -> None:
        """The ETag."""
        assert self.resolved("a", self.MADE, field=field) == 'W/"7"'

    def test_by_order(self) -> None:
        """An answer that was found by its place serves as well."""
        plain = [self.MADE.with_content_id(None), OperationResponse(200)]
        assert self.resolved("$1", *plain, dialect=ODATA_V4) == "http://host/A(1)?x"
        assert self.resolved("$1", *plain) is None

    @pytest.mark.parametrize(
        "answers",
        [
            (),
            (MADE.replace(status=404),),
            (MADE.replace(status=302),),
            (MADE.replace(status=300),),
            (MADE.replace(status=199),),
            (MADE, MADE),
            (MADE.replace(headers=Headers()),),
            (MADE.with_content_id("2"),),
        ],
    )
    @pytest.mark.parametrize("field", [None, "If-Match"])
    def test_nothing(self, answers: tuple[OperationResponse, ...], field: str | None) -> None:
        """No single answer of success with that field."""
        assert self.resolved("a" if field else "$1", *answers, field=field) is None

    def test_failed_changeset(self) -> None:
        """What is answered by its changeset's failure made nothing."""
        second = Operation("PUT", "$1").with_content_id("2")
        batch = Batch((Changeset((put("1"), second)),))
        (reference,) = references(batch)
        its = BatchResponse((self.MADE.replace(status=500),))
        correlation = correlate(batch, its)
        assert [it.kind for it in correlation.outcomes] == [FAILED, FAILED]
        assert correlation.resolve(reference) is None

    @pytest.mark.parametrize("target", ["$9", "$2"])
    def test_at_fault(self, target: str) -> None:
        """A reference to nothing, or to itself."""
        assert self.resolved(target, self.MADE, self.MADE.with_content_id("2")) is None

    def test_out_of_scope(self) -> None:
        """A reference that its dialect does not let reach so far."""
        assert self.resolved("$1", self.MADE, dialect=ODATA_V3) is None

    def test_of_another_batch(self) -> None:
        """A reference is one of this very batch."""
        batch, other = (Batch((put("1"), Operation("PUT", "$1"))) for _ in range(2))
        (reference,) = references(other)
        assert correlate(batch, BatchResponse((self.MADE,))).resolve(reference) is None


class TestShapes:
    """OData 4.01 §11.7.7.6: an answer is built like its request, or its order tells nothing."""

    @pytest.mark.parametrize("status", [404, 200])
    @each_ordered
    def test_swapped(self, dialect: Dialect, status: int) -> None:
        """A changeset's answer where a query stands, and the other way round."""
        batch = Batch((Operation("GET", "a"), Changeset((Operation("POST", "b"),))))
        made = ChangesetResponse((OperationResponse(201),))
        its = BatchResponse((made, OperationResponse(status)))
        if dialect is not AZURE_TABLES or status == 200:
            assert correlate(batch, its, dialect) == correlate(batch, its)

    def test_no_reference(self) -> None:
        """What ``references()`` did not find resolves to nothing; what is none is refused."""
        correlation = correlate(Batch(()), BatchResponse(()))
        reference: Any = "$1"
        with pytest.raises(TypeError, match="expected a Reference, got str"):
            correlation.resolve(reference)


class TestRelativeLocations:
    """OData 4.01 §11.7.7.2, example 113: relative to the target of the operation, a chain too."""

    def resolved(self, targets: list[str], locations: list[str]) -> list[str | None]:
        """What each reference among the targets is resolved to."""
        operations = [
            Operation("POST", target).with_content_id(str(at)) for at, target in enumerate(targets)
        ]
        batch = Batch((Changeset(tuple(operations)),))
        made = [
            OperationResponse(201, "", Headers([("Location", it)])).with_content_id(str(at))
            for at, it in enumerate(locations)
        ]
        correlation = correlate(batch, BatchResponse((ChangesetResponse(tuple(made)),)))
        return [correlation.resolve(it) for it in references(batch)]

    @pytest.mark.parametrize(
        ("target", "location", "expected"),
        [
            ("/service/Customers", "Customers('A')", "/service/Customers('A')/Orders"),
            ("http://h/s/Customers?x", "Customers('A')?y", "http://h/s/Customers('A')/Orders"),
            ("Customers", "Customers('A')", "Customers('A')/Orders"),
            ("http://h/s/Customers", "/s/Customers('A')", "http://h/s/Customers('A')/Orders"),
            ("Customers", "https://h/Customers('A')", "https://h/Customers('A')/Orders"),
            ("Customers", "http://[", None),
        ],
    )
    def test_one(self, target: str, location: str, expected: str | None) -> None:
        """Absolute ones stand for themselves; what is no URL is nothing."""
        assert self.resolved([target, "$0/Orders"], [location]) == [expected]

    def test_chain(self) -> None:
        """The standard's own example, one step further."""
        targets = ["http://host/service/Customers", "$0/Orders", "$1/Lines", "$2"]
        locations = ["Customers('ALFKI')", "Orders(1)", "Lines(7)"]
        customer = "http://host/service/Customers('ALFKI')"
        assert self.resolved(targets, locations) == [
            f"{customer}/Orders",
            f"{customer}/Orders(1)/Lines",
            f"{customer}/Orders(1)/Lines(7)",
        ]

    @pytest.mark.parametrize("forwards", [True, False])
    def test_long_chain(self, forwards: bool) -> None:
        """Up to a hundred links, in whatever order they are asked for; no recursion."""
        count = 1500
        targets = ["/A", *(f"${at}/A" for at in range(count))]
        operations = [
            Operation("POST", it).with_content_id(f"{at}") for at, it in enumerate(targets)
        ]
        batch = Batch(tuple(operations))
        answers = [
            OperationResponse(201, "", Headers([("Location", f"A({at})")])).with_content_id(f"{at}")
            for at in range(count)
        ]
        correlation = correlate(batch, BatchResponse(tuple(answers)))
        asked = references(batch) if forwards else reversed(references(batch))
        got = [correlation.resolve(it) for it in asked]
        ordered = got if forwards else got[::-1]
        assert ordered[100] == "".join(f"/A({at})" for at in range(101)) + "/A"
        assert None not in ordered[:101]
        assert set(ordered[101:]) == {None}

    def test_system_name(self) -> None:
        """A system name is no link, even where an operation has it for its Content-ID."""
        operations = [
            Operation("POST", "http://h/A").with_content_id("metadata"),
            Operation("POST", "$metadata").with_content_id("2"),
            Operation("POST", "$2/x").with_content_id("3"),
        ]
        made = OperationResponse(201, "", Headers([("Location", "foo")]))
        its = BatchResponse(tuple(made.with_content_id(it) for it in ("metadata", "2")))
        batch = Batch(tuple(operations))
        correlation = correlate(batch, its)
        shadowed, reference = references(batch)
        assert (shadowed.fault, correlation.resolve(shadowed)) == ("shadowed_reference", None)
        assert correlation.resolve(reference) == "foo/x"

    def test_location_from_the_root(self) -> None:
        """A Location that begins with a slash needs no base."""
        assert self.resolved(["http://h/A", "$0/B", "$1/C"], ["A(1)", "/s/B(2)"]) == [
            "http://h/A(1)/B",
            "/s/B(2)/C",
        ]

    def test_last_of_one_name(self) -> None:
        """Of several operations of one Content-ID the last before the reference is meant."""
        targets = [("/A", "1"), ("/B", "1"), ("$1/C", "2"), ("$2/D", "3")]
        batch = Batch(tuple(Operation("POST", it).with_content_id(own) for it, own in targets))
        locations = ["http://h/A(1)", "http://h/B(1)", "C(1)", "D(1)"]
        its = [OperationResponse(201, "", Headers([("Location", it)])) for it in locations]
        correlation = correlate(batch, BatchResponse(tuple(its)), ODATA_V4)
        assert correlation.resolve(references(batch)[-1]) == "http://h/B(1)/C(1)/D"

    def test_broken_chain(self) -> None:
        """A relative Location whose own target refers to what made nothing."""
        assert self.resolved(["A", "$0/B", "$1/C"], ["", "B(1)"]) == [None, None]
        assert self.resolved(["$9/B", "$0/C"], ["B(1)"]) == [None, None]


def test_words() -> None:
    """What becomes of an operation, in words that programs read; by order only where it is said."""
    assert [kind.value for kind in OutcomeKind] == [
        "answered",
        "changeset_failed",
        "missing",
        "duplicated",
    ]
    assert not Outcome(put(), OutcomeKind.MISSING, ()).by_order
