"""``check()``: every breach of the protocol's rules, and nothing else; ``docs/rules.md``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
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
    RuleError,
    check,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.dialect import APPLICATION_HTTP
from odatabatch.headers import FORBIDDEN
from odatabatch.judge import Judge
from odatabatch.model import path_of, placed_leaves
from odatabatch.reference import fault_of
from odatabatch.rules import RULES, Rule
from tests.strategies import DIALECTS, batch_of, changeset, leaves_of
from tests.test_docs import DOCS, names_in, rows

BY_CODE = {rule.code: rule for rule in RULES}
PUT = Operation("PUT", "a")

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: it.name)


def put(content_id: str | None, at: Any = "part", **fields: Any) -> Operation:
    """An operation with that Content-ID."""
    leaf = PUT.replace(**fields)
    return leaf if content_id is None else leaf.with_content_id(content_id, at)


def conditional(content_id: str, value: str, name: str = "If-Match") -> Operation:
    """An operation with that Content-ID and a condition."""
    return put(content_id, headers=Headers([(name, value)]))


def faults(batch: Any, dialect: Dialect | None = None) -> list[tuple[str, str]]:
    """The codes and parts of the faults of a batch."""
    return [(fault.code, fault.part) for fault in check(batch, dialect)]


# One batch for each rule, as small as can be


def leaf(kind: str, content_id: str | None) -> Any:
    """An operation, or an answer, with that Content-ID."""
    return put(content_id) if kind == "requests" else answer(content_id)


def answer(content_id: str | None, status: int = 200) -> OperationResponse:
    """An answer with that Content-ID."""
    return OperationResponse(status).with_content_id(content_id)


def apart(*groups: Any) -> Any:
    """A batch of changesets of those leaves."""
    kind = "request" if isinstance(groups[0][0], Operation) else "response"
    return batch_of(kind, tuple(changeset(kind, group) for group in groups))


def together(dialect: Dialect, *inside: Any) -> tuple[Any, str]:
    """A batch of those leaves in as few changesets as the dialect takes; the last one's path."""
    size = dialect.max_changeset_operations or len(inside)
    groups = [inside[at : at + size] for at in range(0, len(inside), size)]
    return apart(*groups), path_of(len(groups) - 1, len(groups[-1]) - 1)


Breach = Callable[[str, Dialect], tuple[Any, str]]

BREACHES: dict[str, Breach] = {
    "missing_content_id": lambda kind, dialect: together(dialect, leaf(kind, None)),
    "empty_content_id": lambda kind, dialect: together(dialect, leaf(kind, "")),
    "repeated_content_id": lambda kind, dialect: together(
        dialect, leaf(kind, "1"), leaf(kind, "1")
    ),
    "content_id_not_addr_spec": lambda kind, dialect: together(dialect, leaf(kind, "1")),
    "retrieve_in_changeset": lambda _, dialect: together(dialect, put("1", method="GET")),
    "change_outside_changeset": lambda *_: (Batch((put("1"),)), "batch[0]"),
    "query_beside_others": lambda *_: (
        Batch((put("1", method="GET"), put("2", method="GET"))),
        "batch[1]",
    ),
    "forbidden_header": lambda _, dialect: together(
        dialect, put("1", headers=Headers([("TE", "x")]))
    ),
    "unsupported_odata_version": lambda _, dialect: together(
        dialect, put("1", headers=Headers([("OData-Version", "9"), ("DataServiceVersion", "9")]))
    ),
    "unknown_reference": lambda _, dialect: together(dialect, put("1", target="$2")),
    "later_reference": lambda _, dialect: together(dialect, put("1", target="$1")),
    "reference_out_of_scope": lambda *_: (
        apart((put("1"),), (conditional("2", "$1"),)),
        "batch[1]/changeset[0]",
    ),
    # Both have the target, for Azure Batch's sake.
    "shadowed_reference": lambda _, dialect: together(
        dialect, put("all", target="$all"), put("2", target="$all")
    ),
    "different_paths": lambda _, dialect: together(dialect, put("1"), put("2", target="b")),
    "failure_in_changeset": lambda _, dialect: together(dialect, answer("1", 400)),
    "too_many_changeset_operations": lambda kind, _: (
        apart((leaf(kind, "1"), leaf(kind, "2"))),
        "batch[0]",
    ),
    "too_many_changesets": lambda kind, _: (
        apart((leaf(kind, "1"),), (leaf(kind, "2"),)),
        "batch[1]",
    ),
    "too_many_operations": lambda kind, dialect: (
        together(dialect, *(leaf(kind, str(number)) for number in range(101)))[0],
        "batch",
    ),
}

# What breaks this rule breaks another too: Azure Tables take one changeset.
BESIDE = {("reference_out_of_scope", AZURE_TABLES): {"too_many_changesets"}}

KINDS = ("requests", "answers")
each_rule = pytest.mark.parametrize(
    ("rule", "kind"),
    [(rule, kind) for rule in RULES for kind in KINDS if rule.of in (kind, "both")],
    ids=lambda it: getattr(it, "code", it),
)


class TestTable:
    """Each row of ``RULES`` can be broken, and is found where it counts and nowhere else."""

    def test_rows(self) -> None:
        """Each code once, with a batch that breaks it."""
        assert len(BY_CODE) == len(RULES)
        assert set(BREACHES) == set(BY_CODE)

    @each_dialect
    @each_rule
    def test_found(self, rule: Rule, kind: str, dialect: Dialect) -> None:
        """Found once, in its place, by the dialects that have the rule; nothing else is found."""
        batch, part = BREACHES[rule.code](kind, dialect)
        asked = rule.code == "content_id_not_addr_spec"
        found = check(batch, dialect, addr_spec=asked)
        own = [fault for fault in found if fault.code == rule.code]
        assert [fault.part for fault in own] == ([part] if rule.counts(dialect) else [])
        beside = {fault.code for fault in found} - {rule.code}
        assert beside == BESIDE.get((rule.code, dialect), set())
        for fault in own:
            assert fault.source == rule.source
            assert rule.words in fault.detail

    def test_emitted(self) -> None:
        """The codes in the source of the judge are those of the table."""
        source = inspect.getsource(Judge)
        codes = set(re.findall(r'(?:_add|breach)\(\s*"(\w+)"', source))
        codes |= set(re.findall(r'"(\w*reference\w*)"', inspect.getsource(fault_of)))
        assert codes == set(BY_CODE)

    def test_source_of_others(self) -> None:
        """A fault of somebody else's has no clause."""
        assert Fault("other", "batch", "").source is None


# Any batch, by anybody's rules

_ids = st.sampled_from((None, "", "1", "10", "2", "<1@batch>", "metadata"))
_values = st.sampled_from(("$1", "$10", '"etag"', "$metadata", "4.0", "3.0;", "x"))
_fields = st.lists(
    st.tuples(
        st.sampled_from(("If-Match", "if-none-match", "TE", "OData-Version", "DataServiceVersion")),
        _values,
    ),
    max_size=2,
).map(Headers)
_places = st.sampled_from(("part", "message"))


@st.composite
def odd_leaves(draw: st.DrawFn, kind: str) -> Any:
    """Operations or answers that break all kinds of rules."""
    one: Any
    if kind == "requests":
        method = draw(st.sampled_from(("GET", "POST", "HEAD", "DELETE")))
        target = draw(st.sampled_from(("a", "/A?x", "b", "$1", "/$10/b", "$2?x", "$metadata")))
        one = Operation(method, target, draw(_fields), part_headers=draw(_fields))
    else:
        one = OperationResponse(draw(st.sampled_from((200, 204, 404))), "", draw(_fields))
    content_id = draw(_ids)
    return one if content_id is None else one.with_content_id(content_id, draw(_places))


@st.composite
def faulty_batches(draw: st.DrawFn, kind: str | None = None) -> Any:
    """A ``Batch``, or a ``BatchResponse`` of ``kind`` answers, that may break any rule."""
    kind = kind or draw(st.sampled_from(KINDS))
    inside = odd_leaves(kind)
    word = "request" if kind == "requests" else "response"
    part = inside | st.lists(inside, max_size=3).map(lambda some: changeset(word, tuple(some)))
    return batch_of(word, tuple(draw(st.lists(part, max_size=4))))


dialects: st.SearchStrategy[Dialect] = st.sampled_from(DIALECTS) | st.builds(
    Dialect,
    name=st.just("own"),
    source=st.just("here"),
    content_id_at=_places,
    part_headers=st.just(APPLICATION_HTTP),
    request_boundaries=st.just(("b", "c")),
    response_boundaries=st.just(("b", "c")),
    content_id_needed=st.sampled_from(("never", "in changesets", "always")),
    reference_scope=st.sampled_from(("changeset", "batch")),
    changes_in_changesets=st.booleans(),
    queries_alone=st.booleans(),
    one_path=st.booleans(),
    failed_changeset_alone=st.booleans(),
    versions=st.sampled_from((("3.0",), ("4.0",))),
    max_operations=st.none() | st.integers(0, 3),
    max_changesets=st.none() | st.integers(0, 2),
    max_changeset_operations=st.none() | st.integers(0, 2),
)


class TestAnyBatch:
    """What holds of all faults."""

    @given(faulty_batches(), dialects, st.booleans())
    def test_only_rules_that_count(self, batch: Any, dialect: Dialect, asked: bool) -> None:
        """A dialect that has a rule not is never judged by it, nor is an answer by a request's."""
        kind = "requests" if isinstance(batch, Batch) else "answers"
        for fault in check(batch, dialect, addr_spec=asked):
            rule = BY_CODE[fault.code]
            assert rule.counts(dialect)
            assert rule.of in (kind, "both")
            assert asked or rule.code != "content_id_not_addr_spec"

    @given(faulty_batches(), dialects)
    def test_in_wire_order(self, batch: Any, dialect: Dialect) -> None:
        """Faults come in the order of the parts, each with the path of one, or of the whole."""
        found = [fault.part for fault in check(batch, dialect)]
        paths = {path_of(index, inner) for _, index, inner in placed_leaves(batch)}
        paths |= {path_of(index, None) for index in range(len(batch.parts))}
        assert set(found) <= paths | {"batch"}
        indexes = [int(re.findall(r"\d+", path)[0]) for path in found if path != "batch"]
        assert indexes == sorted(indexes)

    @given(faulty_batches(), dialects)
    def test_at_the_end(self, batch: Any, dialect: Dialect) -> None:
        """What follows changes nothing of what was found, but that a reference is to a later one.

        A part that is left out behind can make a later reference an unknown one, and nothing else.
        """
        found = [(fault.code, fault.part) for fault in check(batch, dialect)]
        less = [(fault.code, fault.part) for fault in check(type(batch)(batch.parts[:-1]), dialect)]

        def known(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
            return [(code.replace("later_", "unknown_"), part) for code, part in pairs]

        assert known(found)[: len(less)] == known(less)

    @given(faulty_batches("requests"), dialects, st.booleans())
    def test_default(self, batch: Batch, dialect: Dialect, asked: bool) -> None:
        """Without a dialect the rules are those of OData 4.01."""
        assert check(batch, addr_spec=asked) == check(batch, ODATA_V4, addr_spec=asked)

    @given(faulty_batches(), dialects)
    def test_unwritten_places(self, batch: Any, dialect: Dialect) -> None:
        """Where a Content-ID stands is nothing to the rules."""
        parts = tuple(_moved(part) for part in batch.parts)
        assert check(type(batch)(parts), dialect) == check(batch, dialect)


def _moved(part: Any) -> Any:
    """A part with its Content-IDs in the other place."""
    if isinstance(part, Changeset):
        return Changeset(tuple(map(_moved, part.operations)))
    if isinstance(part, ChangesetResponse):
        return ChangesetResponse(tuple(map(_moved, part.responses)))
    other = {"part": "message", "message": "part", None: None}[part.content_id_at]
    return part.with_content_id(part.content_id, other) if other else part


class TestContentIds:
    """OData 4.01 §11.7: every operation of a changeset has one, unique in the whole batch."""

    def test_missing(self) -> None:
        """In a changeset each needs one, outside of it none does."""
        batch = Batch((PUT, Changeset((put("1"), PUT)), Changeset((PUT,))))
        assert faults(batch, ODATA_V4) == [
            ("missing_content_id", "batch[1]/changeset[1]"),
            ("missing_content_id", "batch[2]/changeset[0]"),
        ]

    def test_missing_anywhere(self) -> None:
        """A dialect may ask for it everywhere, or nowhere."""
        assert faults(Batch((PUT, put("1"))), AZURE_BATCH) == [("missing_content_id", "batch[0]")]
        assert faults(Batch((Changeset((PUT,)),)), ODATA_V3) == []

    def test_empty(self) -> None:
        """An empty one is no answer to anything, in either place."""
        batch = Batch((put(""), Changeset((put("", "message"),))))
        assert faults(batch) == [
            ("empty_content_id", "batch[0]"),
            ("empty_content_id", "batch[1]/changeset[0]"),
        ]

    def test_repeated(self) -> None:
        """Unique over the batch, wherever they stand; the first is in order, and it is named."""
        batch = Batch((put("1"), Changeset((put("1", "message"), put("2"))), put("2")))
        assert faults(batch) == [
            ("repeated_content_id", "batch[1]/changeset[0]"),
            ("repeated_content_id", "batch[2]"),
        ]
        first, second = check(batch)
        assert "batch[0]" in first.detail
        assert "batch[1]/changeset[1]" in second.detail

    def test_exact(self) -> None:
        """They compare byte by byte."""
        assert faults(Batch((put("a"), put("A"), put("<a>")))) == []

    def test_answers(self) -> None:
        """Answers are held to the same."""
        batch = BatchResponse((answer("1"), ChangesetResponse((answer("1"), answer(None)))))
        assert faults(batch) == [
            ("repeated_content_id", "batch[1]/changeset[0]"),
            ("missing_content_id", "batch[1]/changeset[1]"),
        ]


class TestAddrSpec:
    """RFC 2045 §7, RFC 2392 §2: ``<addr-spec>``, advice for him who asks."""

    @pytest.mark.parametrize(
        "content_id",
        [
            "<1@batch>",
            "<a.b+c@host.example.com>",
            '<"quoted"@example.org>',
            "<1@[127.0.0.1]>",
        ],
    )
    def test_is(self, content_id: str) -> None:
        """A message id: no host has to exist for it."""
        assert check(Batch((put(content_id),)), addr_spec=True) == ()

    @pytest.mark.parametrize(
        "content_id",
        [
            "1",
            "1@batch",
            "<1>",
            "<>",
            "<@>",
            "<1@batch",
            "<1@batch>x",
            "<<1@batch>>",
            "<a@b@c>",
            "<a..b@example.org>",
            "<\xe9@example.org>",
            "<a@\xe9.org>",
            f"<{'a' * 65}@batch>",
            f"<a@{'a' * 254}>",
        ],
    )
    def test_is_not(self, content_id: str) -> None:
        """Nearly all that this protocol has; an addr-spec is ASCII (RFC 5322 §3.4.1)."""
        (fault,) = check(Batch((put(content_id),)), addr_spec=True)
        assert (fault.code, fault.part) == ("content_id_not_addr_spec", "batch[0]")
        assert content_id not in fault.detail
        assert check(Batch((put(content_id),))) == ()

    @pytest.mark.parametrize("content_id", [None, ""])
    def test_none(self, content_id: str | None) -> None:
        """Where there is none, its form is no matter."""
        found = check(Batch((put(content_id),)), addr_spec=True)
        assert "content_id_not_addr_spec" not in {fault.code for fault in found}

    @given(st.lists(st.sampled_from(("1", "<1@batch>", "<2@batch>", "x@y")), max_size=4))
    def test_is_advice(self, content_ids: list[str]) -> None:
        """What else is found stays the same; each Content-ID that is none is told of."""
        batch = Batch(tuple(put(it) for it in content_ids))
        asked = check(batch, addr_spec=True)
        told = [fault.part for fault in asked if fault.code == "content_id_not_addr_spec"]
        assert told == [f"batch[{at}]" for at, it in enumerate(content_ids) if it[0] != "<"]
        assert tuple(it for it in asked if it.code != "content_id_not_addr_spec") == check(batch)


class TestMethods:
    """OData 4.01 §11.7: a changeset changes. OData 3.0 §2.2: and nothing else does."""

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_retrieve(self, method: str) -> None:
        """A query has its place outside of it."""
        query = put("1", method=method)
        assert faults(Batch((query,)), ODATA_V3) == []
        assert faults(Batch((Changeset((query,)),)), ODATA_V3) == [
            ("retrieve_in_changeset", "batch[0]/changeset[0]")
        ]

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "MERGE", "DELETE", "get", "X"])
    def test_others(self, method: str) -> None:
        """Any other token may stand there; methods are case-sensitive (RFC 9110 §9.1)."""
        change = put("1", method=method)
        assert faults(Batch((Changeset((change,)),)), ODATA_V3) == []
        assert faults(Batch((change,)), ODATA_V4) == []
        assert faults(Batch((change,)), ODATA_V3) == [("change_outside_changeset", "batch[0]")]

    def test_query_alone(self) -> None:
        """Azure Tables: a query is all of its batch; the part that makes it more is told."""
        query, change = put("1", method="GET"), Changeset((put("2"),))
        assert faults(Batch((query,)), AZURE_TABLES) == []
        assert faults(Batch((query, change)), AZURE_TABLES) == [("query_beside_others", "batch[1]")]
        assert faults(Batch((change, query)), AZURE_TABLES) == [("query_beside_others", "batch[1]")]
        assert faults(Batch((query, put("2"))), AZURE_TABLES) == [
            ("change_outside_changeset", "batch[1]"),
            ("query_beside_others", "batch[1]"),
        ]


class TestForbiddenHeaders:
    """OData 4.01 §11.7: authentication is the batch's affair, and some mean nothing in a part."""

    @pytest.mark.parametrize("name", sorted(FORBIDDEN))
    def test_forbidden(self, name: str) -> None:
        """In the message and in the part, in any case; once for each field name."""
        fields = Headers([(name.title(), "a")])
        both = PUT.replace(headers=fields, part_headers=fields)
        assert faults(Batch((both,))) == [("forbidden_header", "batch[0]")] * 2

    def test_of_a_changeset(self) -> None:
        """Among the fields of a changeset's own part too."""
        fields = Headers([("Authorization", "secret"), ("X", "a")])
        batch = Batch((Changeset((put("1"),), fields),))
        assert faults(batch) == [("forbidden_header", "batch[0]")]
        its = BatchResponse((ChangesetResponse((), fields),))
        assert faults(its) == []

    def test_not_in_answers(self) -> None:
        """That is about requests."""
        one = OperationResponse(200, headers=Headers([("From", "a")]))
        assert faults(BatchResponse((one,))) == []

    def test_all_named(self) -> None:
        """Each that stands there, by its name."""
        one = put("1", headers=Headers([("Range", "x"), ("expect", "y")]))
        details = [fault.detail for fault in check(Batch((one,)))]
        assert ["range" in details[0], "expect" in details[1]] == [True, True]


class TestVersions:
    """OData 4.01 §8.1.5; OData 3.0, Core §5.2: the version stands before a semicolon."""

    @pytest.mark.parametrize(
        ("dialect", "header", "value"),
        [
            (ODATA_V4, "OData-Version", "4.0"),
            (ODATA_V4, "odata-version", "4.01"),
            (ODATA_V4, "DataServiceVersion", "3.0"),
            (ODATA_V3, "DataServiceVersion", "1.0"),
            (ODATA_V3, "DATASERVICEVERSION", "3.0;"),
            (ODATA_V3, "OData-Version", "4.0"),
            (AZURE_TABLES, "DataServiceVersion", "3.0; NetFx"),
            (AZURE_BATCH, "DataServiceVersion", "3.0 ;"),
        ],
    )
    def test_supported(self, dialect: Dialect, header: str, value: str) -> None:
        """The dialect's own field counts, as with Azure Batch's lone semicolon at the end."""
        one = put("1", headers=Headers([(header, value)]))
        assert faults(Batch((Changeset((one,)),)), dialect) == []

    @pytest.mark.parametrize(
        ("dialect", "header", "value"),
        [
            (ODATA_V4, "OData-Version", "3.0"),
            (ODATA_V4, "OData-Version", "4.010"),
            (ODATA_V4, "OData-Version", ""),
            (ODATA_V3, "DataServiceVersion", "4.0"),
            (ODATA_V3, "DataServiceVersion", ";3.0"),
            (AZURE_BATCH, "DataServiceVersion", "3"),
        ],
    )
    def test_unsupported(self, dialect: Dialect, header: str, value: str) -> None:
        """Each that stands there, also again, and after one that is in order."""
        good = put("1", headers=Headers([(header, dialect.versions[0])]))
        bad = [put(it, headers=Headers([(header, value)])) for it in ("2", "3")]
        changesets = tuple(Changeset((it,)) for it in (good, *bad, good.with_content_id("4")))
        found = [it for it in faults(Batch(changesets), dialect) if "version" in it[0]]
        assert found == [
            ("unsupported_odata_version", "batch[1]/changeset[0]"),
            ("unsupported_odata_version", "batch[2]/changeset[0]"),
        ]


class TestReferences:
    """OData 4.01 §11.7: ``$<id>`` is an earlier operation's; system names win."""

    @pytest.mark.parametrize(
        ("target", "expected"),
        [
            ("$1", []),
            ("/$1", []),
            ("$1/Orders?$top=1", []),
            ("$10", ["unknown_reference"]),
            ("/$9/x", ["unknown_reference"]),
            ("$3", ["later_reference"]),
            ("$2", ["later_reference"]),
            ("$metadata", []),
            ("$batch", []),
            ("$all", ["shadowed_reference"]),
            ("a/$1", []),
            ("a$9", []),
        ],
    )
    def test_targets(self, target: str, expected: list[str]) -> None:
        """The whole name counts, so that $1 is not $10."""
        inside = put("1"), put("all"), put("2", target=target), put("3")
        expected_faults = [(code, "batch[0]/changeset[2]") for code in expected]
        assert faults(Batch((Changeset(inside),))) == expected_faults

    @pytest.mark.parametrize("name", ["If-Match", "if-none-match"])
    def test_conditions(self, name: str) -> None:
        """An ETag may be referred to as well."""
        batch = Batch((put("1"), conditional("2", "$1", name), conditional("3", "$4", name)))
        (fault,) = check(batch)
        assert (fault.code, fault.part) == ("unknown_reference", "batch[2]")
        assert name in fault.detail

    def test_scope(self) -> None:
        """OData 3.0 §2.2.1: within the changeset; OData 4.01: over the batch."""
        batch = apart((put("1"), put("2", target="$1")), (put("3", target="$1"),))
        assert faults(batch, ODATA_V4) == []
        assert faults(batch, ODATA_V3) == [("reference_out_of_scope", "batch[1]/changeset[0]")]

    def test_outside_of_changesets(self) -> None:
        """A query may not refer to a changeset either, in OData 3.0."""
        batch = Batch((Changeset((put("1"),)), put("2", target="$1", method="GET")))
        assert faults(batch, ODATA_V3) == [("reference_out_of_scope", "batch[1]")]


class TestPaths:
    """Azure Batch: all operations are for one job."""

    @pytest.mark.parametrize(
        "target",
        [
            "https://a.b.batch.azure.com/jobs/j/tasks?api-version=2",
            "/jobs/j/tasks",
            "/JOBS/J/tasks?timeout=9",
            "HTTPS://A.B.batch.azure.com/jobs/j/tasks",
            "jobs/j/tasks",
        ],
    )
    def test_same(self, target: str) -> None:
        """In all three forms of a URL, without case and query; the first gives the path."""
        first = put("1", target="https://a.b.batch.azure.com/jobs/j/tasks")
        assert faults(apart((first,), (put("2", target=target),)), AZURE_BATCH) == []

    def test_hosts(self) -> None:
        """One host, as far as targets name it; a relative one in between hides nothing."""
        targets = ("/jobs/a", "https://h/jobs/a", "jobs/a", "https://i/jobs/a", "http://H/jobs/a")
        batch = apart(*((put(str(at), target=it),) for at, it in enumerate(targets)))
        assert faults(batch, AZURE_BATCH) == [("different_paths", "batch[3]/changeset[0]")]

    def test_each_by_the_first(self) -> None:
        """What differs from the first differs, wherever it stands."""
        targets = ("/jobs/a", "/jobs/b", "/jobs/b", "/jobs/A", "/jobs/b")
        batch = apart(*((put(str(at), target=it),) for at, it in enumerate(targets)))
        assert faults(batch, AZURE_BATCH) == [
            ("different_paths", f"batch[{at}]/changeset[0]") for at in (1, 2, 4)
        ]


class TestFailures:
    """OData 4.01 §11.7: a changeset that failed is answered by one single part."""

    @pytest.mark.parametrize(("status", "count"), [(204, 0), (304, 0), (400, 1), (500, 1)])
    def test_in_changeset(self, status: int, count: int) -> None:
        """Among the answers of a changeset; outside it is as it should be."""
        inside = BatchResponse((ChangesetResponse((answer("1", status),)),))
        expected = [("failure_in_changeset", "batch[0]/changeset[0]")] * count
        assert faults(inside, ODATA_V3) == faults(inside, ODATA_V4) == expected
        assert faults(inside, AZURE_TABLES) == faults(inside, AZURE_BATCH) == []
        assert faults(BatchResponse((answer("1", status),)), ODATA_V4) == []


class TestCounts:
    """Azure Batch: 100 operations, one in a changeset; Azure Tables: 100, one changeset."""

    @pytest.mark.parametrize("dialect", [AZURE_TABLES, AZURE_BATCH], ids=lambda it: it.name)
    def test_operations(self, dialect: Dialect) -> None:
        """Counted over the whole batch, told once."""
        some = [put(str(number)) for number in range(103)]
        assert faults(together(dialect, *some[:100])[0], dialect) == []
        assert faults(together(dialect, *some)[0], dialect) == [("too_many_operations", "batch")]
        for other in (ODATA_V3, ODATA_V4):
            assert faults(together(other, *some)[0], other) == []

    def test_changeset_operations(self) -> None:
        """Counted in each changeset, told once for each; an empty one has not too many."""
        groups = [(), (put("1"), put("2"), put("3")), (put("4"),), (put("5"), put("6"))]
        batch = Batch((*map(Changeset, groups), put("7"), put("8")))
        assert faults(batch, AZURE_BATCH) == [
            ("too_many_changeset_operations", "batch[1]"),
            ("too_many_changeset_operations", "batch[3]"),
        ]
        assert faults(batch, ODATA_V4) == []

    def test_changesets(self) -> None:
        """An empty one counts; told once, where it is one too many."""
        batch = Batch((Changeset(()), Changeset(()), Changeset(())))
        assert faults(batch, AZURE_TABLES) == [("too_many_changesets", "batch[1]")]


class TestEncoding:
    """With a dialect nothing is written that breaks a rule, but for what is allowed."""

    @each_dialect
    @each_rule
    def test_refused(self, rule: Rule, kind: str, dialect: Dialect) -> None:
        """Refused with the faults of ``check()``; written with their codes in ``allow``."""
        batch, _ = BREACHES[rule.code](kind, dialect)
        found = check(batch, dialect)
        encode, decode = encode_request, decode_request
        if kind == "answers":
            encode, decode = encode_response, decode_response  # type: ignore[assignment]
        if rule.code == "content_id_not_addr_spec" or not rule.counts(dialect):
            assert not found
            encode(batch, dialect)
            return
        beside = BESIDE.get((rule.code, dialect), set())
        other = "empty_content_id" if rule.code == "missing_content_id" else "missing_content_id"
        for allow in ({rule.code}, beside) if beside else ((), {other}):
            with pytest.raises(RuleError) as raised:
                encode(batch, dialect, allow=allow)
            left = tuple(fault for fault in found if fault.code not in allow)
            assert raised.value.code == "rule_broken"
            assert raised.value.faults == left
            assert (raised.value.part, raised.value.source) == (left[0].part, left[0].source)
        encoded = encode(batch, dialect, allow={rule.code, *beside})
        written = decode(encoded.body, encoded.content_type)
        assert len(leaves_of(written)) == len(leaves_of(batch))
        assert faults(written, dialect) == faults(batch, dialect)


class TestFaults:
    """A fault is a value, and discreet."""

    def test_is_a_value(self) -> None:
        """Compared by value, and frozen."""
        (fault,) = check(Batch((put(""),)))
        assert fault == Fault("empty_content_id", "batch[0]", fault.detail)
        assert fault != msgspec.structs.replace(fault, part="batch[1]")
        with pytest.raises(AttributeError):
            fault.code = "other"  # type: ignore[misc]

    @given(dialects)
    def test_values_are_not_told(self, dialect: Dialect) -> None:
        """A fault names fields, not what they hold; no target, Content-ID or query either."""
        secret = Headers(
            [(name, "secret") for name in (*FORBIDDEN, "OData-Version", "DataServiceVersion")]
        )
        one = put("secret", target="$secrets?secret", headers=secret, method="GET")
        refers = put("secret", target="x/secret", headers=Headers([("If-Match", "$secrets")]))
        batch = Batch((Changeset((one, refers)), one, refers))
        found = check(batch, dialect, addr_spec=True)
        assert {"forbidden_header", "unknown_reference", "repeated_content_id"} <= {
            fault.code for fault in found
        }
        assert "secret" not in repr(found)


class TestTypes:
    """Arguments and attributes of the wrong type are a TypeError."""

    @pytest.mark.parametrize("batch", [None, (), PUT, Changeset(())])
    def test_batch(self, batch: Any) -> None:
        """A batch or an answer."""
        with pytest.raises(TypeError):
            check(batch)

    @pytest.mark.parametrize(
        "parts",
        [
            None,
            [PUT],
            (part for part in [PUT]),  # what can be walked only once would be lost on the way
            ("text",),
            (OperationResponse(200),),
            (ChangesetResponse(()),),
            (Changeset([PUT]),),  # type: ignore[arg-type]
            (Changeset((), [("a", "b")]),),  # type: ignore[arg-type]
            (PUT.replace(headers=[("a", "b")]),),
            (PUT.replace(part_headers={}),),
        ],
    )
    def test_parts(self, parts: Any) -> None:
        """A tuple of operations and changesets, with ``Headers``."""
        with pytest.raises(TypeError):
            check(Batch(parts))

    @pytest.mark.parametrize("part", [PUT, Changeset(())])
    def test_parts_of_an_answer(self, part: Any) -> None:
        """Answers, and changesets of answers."""
        with pytest.raises(TypeError):
            check(BatchResponse((part,)))

    @pytest.mark.parametrize("batch", [Batch((PUT,)), BatchResponse(())])
    def test_dialect(self, batch: Any) -> None:
        """A dialect, not its name; no faults by nobody's rules."""
        dialect: Any = "Azure Batch"
        with pytest.raises(TypeError):
            check(batch, dialect)


class TestDocs:
    """docs/rules.md has every rule."""

    def test_rules(self) -> None:
        """In their order, with the dialects that have them, the clause and the words."""
        listed = [row for row in rows(DOCS / "rules.md") if "code" in row]
        assert [names_in(row["code"]) for row in listed] == [[rule.code] for rule in RULES]
        for row, rule in zip(listed, RULES, strict=True):
            assert row["of"] == rule.of
            assert row["what is wrong"] == rule.words
            assert row["clause"] == rule.source
            for dialect in DIALECTS:
                cell = "yes" if rule.counts(dialect) else "–"
                assert row[dialect.name] == cell, (rule.code, dialect.name)


class TestWords:
    """What a fault says, with what it is about."""

    @pytest.mark.parametrize(
        ("batch", "dialect", "code", "detail"),
        [
            (
                Batch(tuple(Changeset((put(str(n)),)) for n in range(101))),
                AZURE_BATCH,
                "too_many_operations",
                "too many operations in a batch: more than 100",
            ),
            (
                Batch((Changeset((put("1"),)), Changeset((put("2"),)))),
                AZURE_TABLES,
                "too_many_changesets",
                "too many changesets: more than 1",
            ),
            (
                Batch((Changeset((put("1"),), Headers([("Authorization", "a")])),)),
                ODATA_V4,
                "forbidden_header",
                "a field that no part may carry: authorization",
            ),
            (
                Batch((Operation("GET", "$9"),)),
                ODATA_V4,
                "unknown_reference",
                "a reference to a Content-ID that no operation has: in the target",
            ),
            (
                Batch((Changeset((Operation("PUT", "a"),)),)),
                ODATA_V4,
                "missing_content_id",
                "no Content-ID",
            ),
        ],
    )
    def test_detail(self, batch: Batch, dialect: Dialect, code: str, detail: str) -> None:
        """The rule's words, then the bound, the field or the place."""
        assert [it.detail for it in check(batch, dialect) if it.code == code] == [detail]
