"""References: ``$<id>`` in targets and conditions, listed and judged."""

from __future__ import annotations

from typing import Any

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
    Dialect,
    Headers,
    Operation,
    OperationResponse,
    Reference,
    check,
    decode_request,
    encode_request,
    references,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.headers import FieldNames
from odatabatch.model import path_of, placed_leaves
from odatabatch.reference import Mention, mentions
from tests.strategies import DIALECTS
from tests.test_rules import dialects, faulty_batches

FAULTS = {"unknown_reference", "later_reference", "reference_out_of_scope", "shadowed_reference"}


def post(target: str, content_id: str | None = None, **fields: str) -> Operation:
    """An operation with that target; a field's ``_`` stands for a hyphen."""
    headers = Headers([(name.replace("_", "-"), value) for name, value in fields.items()])
    return Operation("POST", target, headers).with_content_id(content_id)


def mentioned(operation: Operation) -> list[Mention]:
    """What stands in an operation like a reference."""
    return mentions(operation, FieldNames(operation.headers.names))


def the(batch: Batch, dialect: Dialect | None = None) -> Reference:
    """The one reference of a batch."""
    (reference,) = references(batch, dialect)
    return reference


class TestTargets:
    """OData 4.01 §11.7: ``$`` and a Content-ID are the first segment of a target."""

    @pytest.mark.parametrize(
        ("target", "content_id", "rest"),
        [
            ("$1", "1", ""),
            ("/$1", "1", ""),
            ("$1/Orders", "1", "/Orders"),
            ("$1?$expand=Orders", "1", "?$expand=Orders"),
            ("$1#x", "1", "#x"),
            ("$10/Orders", "10", "/Orders"),
            ("$1(2)", "1", "(2)"),
            ("$1/", "1", "/"),
            ("$new-1.~_", "new-1.~_", ""),
            ("$%31", "1", ""),
            ("$a%2Fb/c", "a/b", "/c"),
            ("$%E9", "\xe9", ""),
            ("$%zz", "%zz", ""),
            ("$$1", "$1", ""),
            ("$metadata", "metadata", ""),
            ("$crossjoin(A,B)", "crossjoin", "(A,B)"),
            ("$batch?x", "batch", "?x"),
        ],
    )
    def test_mentions(self, target: str, content_id: str, rest: str) -> None:
        """The whole segment is the name, percent-decoded; the rest stays as it is."""
        assert mentioned(post(target)) == [Mention(None, content_id, rest)]

    @pytest.mark.parametrize(
        "target",
        ["a", "a$1", "a/$1", "//$1", "$", "/$", "$/a", "$?a", "$(1)", "?$1", "*", "%241", "x?$1"],
    )
    def test_no_mention(self, target: str) -> None:
        """Elsewhere in a target, or without a name, it is none."""
        assert mentioned(post(target)) == []

    @given(st.text("$1/?#(a%20", max_size=8), st.text("/?#(a", max_size=4))
    def test_parts(self, name: str, rest: str) -> None:
        """What is mentioned ends where the path's segment ends."""
        for mention in mentioned(post(f"${name}{rest}")):
            assert mention.field is None
            assert mention.rest[:1] in ("", "/", "?", "#", "(")
            assert f"${name}{rest}".endswith(mention.rest)


class TestConditions:
    """OData 4.01 §11.7: the ETag of what an operation answers, unquoted and alone."""

    @pytest.mark.parametrize("name", ["If-Match", "if-none-match", "IF-MATCH"])
    def test_mentions(self, name: str) -> None:
        """The field is named as on the wire, and the value is not decoded."""
        operation = Operation("PUT", "a", Headers([("A", "$9"), (name, "$%31/x")]))
        assert mentioned(operation) == [Mention(name, "%31/x")]

    def test_several(self) -> None:
        """The target first, then each field in wire order, also one that repeats."""
        fields = [("If-None-Match", "$2"), ("If-Match", "$1"), ("If-Match", "$3")]
        found = mentioned(Operation("PUT", "$4/x", Headers(fields)))
        assert [(mention.field, mention.content_id) for mention in found] == [
            (None, "4"),
            ("If-None-Match", "2"),
            ("If-Match", "1"),
            ("If-Match", "3"),
        ]

    @pytest.mark.parametrize("value", ['"$1"', "*", "$", "", "$1, $2", '$1"', "x$1", 'W/"$1"'])
    def test_no_mention(self, value: str) -> None:
        """An ETag in quotes is an ETag."""
        assert mentioned(post("a", If_Match=value)) == []

    @pytest.mark.parametrize("name", ["Prefer", "If-Range", "If-Modified-Since", "Link"])
    def test_other_fields(self, name: str) -> None:
        """Other fields hold no references."""
        assert mentioned(Operation("PUT", "a", Headers([(name, "$1")]))) == []

    def test_no_system_names(self) -> None:
        """OData 4.01 §11.7.4 gives system names their resources in request URLs alone."""
        first, second = post("a", "metadata"), post("b", "2", If_Match="$metadata")
        assert the(Batch((first, second))).referent is first
        assert the(Batch((second,))).fault == "unknown_reference"


class TestListed:
    """All references of a batch in wire order, with what they refer to."""

    def test_attributes(self) -> None:
        """Where it stands, what it says and whom it means."""
        first, second = post("a", "1"), post("$1/Orders?x", "2")
        third = Operation("PATCH", "$2", Headers([("If-Match", "$1")]))
        found = references(Batch((Changeset((first, second)), third)))
        assert found == (
            Reference(second, "batch[0]/changeset[1]", None, "1", "/Orders?x", first, None),
            Reference(third, "batch[1]", None, "2", "", second, None),
            Reference(third, "batch[1]", "If-Match", "1", "", first, None),
        )
        assert found[0].operation is second
        assert found[0].referent is first

    def test_place(self) -> None:
        """The Content-ID counts, wherever it stands."""
        first = Operation("POST", "a").with_content_id("1", at="message")
        assert the(Batch((first, post("$1")))).referent is first

    @pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: it.name)
    def test_of_a_decoded_batch(self, dialect: Dialect) -> None:
        """They are found in what was read, and mean the objects that stand in it."""
        one = Batch((Changeset((post("a", "1"), post("$1/b", "2"))),))
        allow = {fault.code for fault in check(one, dialect)}
        read = decode_request(*reversed(encode_request(one, dialect, allow=allow)))
        assert the(read, dialect).operation is read.operations[1]
        assert the(read, dialect).referent is read.operations[0]

    def test_nearest(self) -> None:
        """Of two that have the same Content-ID before, the nearer is meant."""
        one, two = post("a", "1"), post("b", "1")
        assert the(Batch((one, two, post("$1"), post("c", "1")))).referent is two

    @pytest.mark.parametrize(
        "batch", [Batch(()), Batch((Changeset(()),)), Batch((post("a", "1"),))]
    )
    def test_none(self, batch: Batch) -> None:
        """Where nothing refers, there is none."""
        assert references(batch) == ()


class TestFaults:
    """Unknown ones, later ones, those of others, and system names."""

    @pytest.mark.parametrize("name", ["1", "10", "A", "x"])
    def test_unknown(self, name: str) -> None:
        """Names are exact: $1 is not $10 nor $a $A."""
        others = [post("a", it) for it in ("2", "100", "01", "a", "")]
        reference = the(Batch((*others, post(f"${name}"))))
        assert (reference.fault, reference.referent) == ("unknown_reference", None)

    def test_beginning(self) -> None:
        """Of $1 and $10 each is its own."""
        one, ten = post("a", "1"), post("b", "10")
        found = references(Batch((one, ten, post("$10/x"), post("$1/x"))))
        assert [reference.referent for reference in found] == [ten, one]

    def test_later(self) -> None:
        """An operation cannot refer to itself, nor to one behind it, in a changeset or not."""
        itself = Batch((post("$1", "1"),))
        behind = Batch((post("$1"), post("a", "1")))
        inside = Batch((Changeset((post("$1", "2"), post("a", "1"))),))
        for batch in (itself, behind, inside):
            reference = the(batch)
            assert (reference.fault, reference.referent) == ("later_reference", None)

    @pytest.mark.parametrize(
        "dialect", [ODATA_V3, AZURE_TABLES, AZURE_BATCH], ids=lambda it: it.name
    )
    def test_out_of_scope(self, dialect: Dialect) -> None:
        """OData 3.0 §2.2.1: within the same changeset only."""
        first, inside = post("a", "1"), post("$1", "2")
        batch = Batch((Changeset((first, inside)), Changeset((post("$1", "3"),)), post("$2")))
        assert [reference.fault for reference in references(batch, dialect)] == [
            None,
            "reference_out_of_scope",
            "reference_out_of_scope",
        ]
        assert references(batch, dialect)[0].referent is first
        assert references(batch, dialect)[1].referent is None

    def test_over_the_batch(self) -> None:
        """OData 4.01: any earlier operation of the batch, and that is the default."""
        first = post("a", "1")
        batch = Batch((Changeset((first,)), Changeset((post("$1", "2"),)), post("$1")))
        assert [reference.referent for reference in references(batch)] == [first, first]
        assert references(batch) == references(batch, ODATA_V4)

    @pytest.mark.parametrize(
        "name", ["all", "batch", "crossjoin", "entity", "id", "metadata", "root"]
    )
    def test_system_names(self, name: str) -> None:
        """They win: they are no references, and who has one for its Content-ID has no others.

        Source: OData 4.01, URL conventions §2.
        """
        assert references(Batch((post("a", "1"), post(f"${name}/x"), post("b", name)))) == ()
        reference = the(Batch((post("b", name), post(f"${name}/x"))))
        assert (reference.fault, reference.referent) == ("shadowed_reference", None)

    @pytest.mark.parametrize("name", ["Metadata", "metadatas", "it", "count"])
    def test_other_names(self, name: str) -> None:
        """What only looks like one is a Content-ID like any other."""
        first = post("a", name)
        assert the(Batch((first, post(f"${name}")))).referent is first


class TestAnyBatch:
    """What holds of all references."""

    @given(faulty_batches("requests"), dialects)
    def test_as_checked(self, batch: Batch, dialect: Dialect) -> None:
        """Their faults are those that ``check()`` finds, in its order."""
        listed = [
            (reference.fault, reference.part)
            for reference in references(batch, dialect)
            if reference.fault is not None
        ]
        found = [(fault.code, fault.part) for fault in check(batch, dialect)]
        assert listed == [pair for pair in found if pair[0] in FAULTS]

    @given(faulty_batches("requests"), dialects)
    def test_referents(self, batch: Batch, dialect: Dialect) -> None:
        """A referent, or a fault; it stands before, has the name, and is within reach."""
        places = {
            path_of(index, inner): (leaf, index) for leaf, index, inner in placed_leaves(batch)
        }
        order = [leaf for leaf, _ in places.values()]
        for reference in references(batch, dialect):
            leaf, index = places[reference.part]
            assert leaf is reference.operation
            assert (reference.referent is None) is (reference.fault is not None)
            if reference.referent is None:
                continue
            assert reference.referent.content_id == reference.content_id
            before = order[: list(places).index(reference.part)]
            assert any(it is reference.referent for it in before)
            if dialect.reference_scope == "changeset":
                part = batch.parts[index]
                assert isinstance(part, Changeset)
                assert any(it is reference.referent for it in part.operations)


class TestDiscretion:
    """A reference names places, not what stands there."""

    def test_repr(self) -> None:
        """Neither the Content-ID nor the target is told; the fault and the field are."""
        first = post("x/secret?secret", "secret")
        second = post("$secret/secret", "2", If_Match="$secrets")
        good, bad = references(Batch((first, second)))
        assert "secret" not in repr((good, bad)) + repr(list(good.__rich_repr__()))
        assert repr(good) == "<Reference in the target of batch[1]>"
        assert repr(bad) == "<Reference in the If-Match of batch[1], unknown_reference>"
        assert bad.__rich_repr__() == [
            ("part", "batch[1]"),
            ("field", "If-Match"),
            ("fault", "unknown_reference"),
        ]


class TestTypes:
    """Arguments of the wrong type are a TypeError."""

    @pytest.mark.parametrize(
        "batch",
        [
            None,
            (),
            post("a"),
            BatchResponse(()),
            Batch([post("a")]),  # type: ignore[arg-type]
            Batch(("text",)),  # type: ignore[arg-type]
            Batch((OperationResponse(200),)),  # type: ignore[arg-type]
        ],
    )
    def test_batch(self, batch: Any) -> None:
        """A batch of operations; answers refer to nothing."""
        with pytest.raises(TypeError):
            references(batch)

    def test_dialect(self) -> None:
        """A dialect, not its name."""
        dialect: Any = "OData 3.0"
        with pytest.raises(TypeError):
            references(Batch(()), dialect)
