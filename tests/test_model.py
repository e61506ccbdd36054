"""Models: operations, changesets, batches, their answers, and the events of decoders."""

from __future__ import annotations

import operator
import pickle
from typing import Any

import msgspec
import pytest
from hypothesis import given

import odatabatch
from odatabatch import (
    ODATA_V4,
    Batch,
    BatchEnd,
    BatchResponse,
    Changeset,
    ChangesetEnd,
    ChangesetResponse,
    ChangesetStart,
    Headers,
    MetOddity,
    Oddity,
    Operation,
    OperationResponse,
    UsageError,
    decode_request,
    decode_response,
    encode_request,
)
from tests import strategies

ONE = Operation("GET", "a")
TWO = Operation("PUT", "b", Headers([("Content-ID", "2")]), b"body")
THREE = Operation("PUT", "c", part_headers=Headers([("Content-ID", "3")]))
OK = OperationResponse(200, "OK")
GONE = OperationResponse(410, "Gone", Headers([("Content-ID", "2")]))


class TestContentId:
    """OData 4.01 §11.7.7.1, Azure Batch's page: it stands in the part or in the message."""

    @pytest.mark.parametrize(
        ("leaf", "value", "at"),
        [
            (ONE, None, None),
            (TWO, "2", "message"),
            (THREE, "3", "part"),
            (GONE, "2", "message"),
            (TWO.replace(part_headers=Headers([("content-id", "9")])), "9", "part"),
            (TWO.replace(part_headers=Headers([("Content-ID", "")])), "", "part"),
        ],
    )
    def test_found(self, leaf: Any, value: str | None, at: str | None) -> None:
        """In the part first, spelled in any case; an empty one is one."""
        assert (leaf.content_id, leaf.content_id_at) == (value, at)

    @pytest.mark.parametrize(
        ("leaf", "at", "expected"),
        [
            (ONE, None, "part"),
            (ONE, "part", "part"),
            (ONE, "message", "message"),
            (TWO, None, "message"),
            (TWO, "part", "part"),
            (THREE, None, "part"),
            (THREE, "message", "message"),
            (OK, "message", "message"),
        ],
    )
    def test_set(self, leaf: Any, at: Any, expected: str) -> None:
        """Where it is told, else where it stood, else in the part; and nowhere else."""
        changed = leaf.with_content_id("7", at)
        assert (changed.content_id, changed.content_id_at) == ("7", expected)
        found = changed.part_headers.get_all("Content-ID") + changed.headers.get_all("Content-ID")
        assert found == ("7",)
        assert type(changed) is type(leaf)
        assert changed.body == leaf.body

    @pytest.mark.parametrize("leaf", [ONE, TWO, THREE, GONE])
    def test_taken_away(self, leaf: Any) -> None:
        """None takes it away, wherever it stood."""
        changed = leaf.with_content_id(None)
        assert (changed.content_id, changed.content_id_at) == (None, None)
        assert leaf.with_content_id(leaf.content_id) == leaf

    def test_keeps_its_place_among_the_fields(self) -> None:
        """Another value stands where the old one stood, spelled as it was."""
        leaf = ONE.replace(headers=Headers([("A", "1"), ("content-ID", "2"), ("B", "3")]))
        changed = leaf.with_content_id("9")
        assert changed.headers.items() == (("A", "1"), ("content-ID", "9"), ("B", "3"))

    @pytest.mark.parametrize(
        ("value", "at"), [(5, None), ("5", "nowhere"), ("5", 1), (b"5", "part")]
    )
    def test_wrong_types(self, value: Any, at: Any) -> None:
        """A Content-ID is a str, its place one of two."""
        with pytest.raises(TypeError):
            ONE.with_content_id(value, at)


class TestBatch:
    """Parts in wire order, and all that is in them."""

    def test_operations(self) -> None:
        """Operations run over all parts, changesets' among them."""
        batch = Batch((ONE, Changeset((TWO, THREE)), Changeset(()), ONE))
        assert batch.operations == (ONE, TWO, THREE, ONE)
        answer = BatchResponse((OK, ChangesetResponse((GONE,)), OK))
        assert answer.responses == (OK, GONE, OK)
        assert not Batch(()).operations
        assert not BatchResponse(()).responses

    @given(strategies.batches())
    def test_value(self, batch: Any) -> None:
        """Compared and hashed by its parts; not by oddities or provenance."""
        again = type(batch)(batch.parts, (MetOddity(Oddity.BARE_LF, 1, 2),))
        assert again == batch
        assert operator.ne(again, batch) is False  # a Struct has a != of its own
        assert hash(again) == hash(batch)
        assert batch != type(batch)((*batch.parts, ONE))
        assert operator.eq(batch, batch.parts) is False

    def test_kinds_differ(self) -> None:
        """A batch is no answer, even if neither has anything in it."""
        assert operator.eq(Batch(()), BatchResponse(())) is False

    def test_shown(self) -> None:
        """Printed it tells its parts, and the oddities if there are any; no bytes."""
        encoded = odatabatch.encode_request(Batch((TWO,)), ODATA_V4)
        batch = decode_request(encoded.body, encoded.content_type)
        assert repr(batch) == f"Batch(parts={batch.parts!r})"
        assert "--batch" not in repr(batch)
        odd = Batch((), (MetOddity(Oddity.BARE_LF, 1, 2),))
        assert dict(odd.__rich_repr__()) == {"parts": (), "oddities": odd.oddities}
        assert repr(odd) == f"Batch(parts=(), oddities={odd.oddities!r})"


class TestReplace:
    """``replace`` puts one leaf in the place of another, by identity."""

    def test_in_a_batch(self) -> None:
        """On top or in a changeset; equal ones that are not it stay."""
        twin = Operation("GET", "a")
        batch = Batch((ONE, Changeset((TWO, twin), Headers([("A", "b")]))))
        changed = batch.replace(twin, THREE)
        assert changed == Batch((ONE, Changeset((TWO, THREE), Headers([("A", "b")]))))
        assert batch.replace(ONE, THREE).parts == (THREE, batch.parts[1])
        assert batch.parts[0] is ONE

    def test_in_an_answer(self) -> None:
        """The same for answers."""
        answer = BatchResponse((OK, ChangesetResponse((GONE,))))
        other = OperationResponse(500)
        assert answer.replace(GONE, other).parts == (OK, ChangesetResponse((other,)))
        assert answer.replace(OK, other).parts == (other, ChangesetResponse((GONE,)))

    def test_part_headers(self) -> None:
        """Without a type of its own part the new one takes what it lacks from the old."""
        batch = Batch((THREE,))
        assert batch.replace(THREE, ONE).operations[0].part_headers == THREE.part_headers
        own = ONE.replace(part_headers=Headers([("Content-Type", "application/http")]))
        assert batch.replace(THREE, own).operations == (own,)
        old = ONE.replace(part_headers=Headers([("Content-Type", "a/b"), ("X", "1"), ("Y", "2")]))
        new = ONE.replace(part_headers=Headers([("x", "3"), ("x", "4")]))
        (written,) = Batch((old,)).replace(old, new).operations
        assert written.part_headers.items() == (
            ("Content-Type", "a/b"),
            ("Y", "2"),
            ("x", "3"),
            ("x", "4"),
        )

    def test_decoded(self) -> None:
        """Of a decoded batch that operation alone is written anew; what was met stays known."""
        two = Changeset((Operation("PUT", "a"), Operation("PUT", "b")))
        written = encode_request(Batch((two, two)), ODATA_V4, None, ["missing_content_id"])
        body = written.body.replace(b" HTTP/1.1\r\n", b" HTTP/1.1\n", 1)
        batch = decode_request(body, written.content_type, tolerate=[Oddity.BARE_LF])
        assert [it.kind for it in batch.oddities] == [Oddity.BARE_LF]
        for index, old in enumerate(batch.operations):
            changed = batch.replace(old, Operation("PATCH", "c"))
            assert changed.oddities == batch.oddities
            assert changed.provenance is not None
            assert changed.provenance.replaced == {index}

    @pytest.mark.parametrize(
        "batch", [Batch(()), Batch((ONE, ONE)), Batch((TWO, Changeset((TWO,))))]
    )
    def test_not_in_batch(self, batch: Batch) -> None:
        """What does not stand there, or stands there twice, is an error."""
        for old in (Operation("GET", "a"), ONE, TWO):
            if sum(it is old for it in batch.operations) != 1:
                with pytest.raises(UsageError) as raised:
                    batch.replace(old, THREE)
                assert raised.value.code == "not_in_batch"

    @pytest.mark.parametrize("new", ["text", None, OK, odatabatch.HttpRequest("GET", "a")])
    def test_wrong_types(self, new: Any) -> None:
        """An operation is replaced by an operation."""
        with pytest.raises(TypeError):
            Batch((ONE,)).replace(ONE, new)
        answer: Any = BatchResponse((OK,))
        with pytest.raises(TypeError):
            answer.replace(OK, ONE)


class TestProvenance:
    """The bytes that a batch came from."""

    def decoded(self) -> Batch:
        """A batch of two operations, one of them in a changeset."""
        encoded = odatabatch.encode_request(Batch((ONE, Changeset((TWO,)))), ODATA_V4)
        return decode_request(encoded.body, encoded.content_type)

    def test_only_of_its_own_parts(self) -> None:
        """Parts that were put in by other means have none: it would be the bytes of others."""
        batch = self.decoded()
        assert batch.provenance is not None
        for other in (
            msgspec.structs.replace(batch, parts=(ONE,)),
            Batch(batch.parts),
            Batch((ONE,)),
        ):
            assert other.provenance is None

    def test_after_replace(self) -> None:
        """``replace`` keeps it, and notes which leaves are new."""
        batch = self.decoded()
        first, second = batch.operations
        once = batch.replace(second, THREE)
        assert once.provenance is not None
        assert once.provenance.replaced == {1}
        twice = once.replace(first, TWO)
        assert twice.provenance is not None
        assert twice.provenance.replaced == {0, 1}
        assert Batch((ONE,)).replace(ONE, TWO).provenance is None

    def test_pickled(self) -> None:
        """It travels along."""
        batch = self.decoded()
        again = pickle.loads(pickle.dumps(batch))  # noqa: S301
        assert again.provenance is not None
        assert again.provenance.body == batch.provenance.body  # type: ignore[union-attr]

    def test_shown(self) -> None:
        """Printed it tells how many bytes there are, and what was replaced; none of the bytes."""
        provenance = self.decoded().provenance
        assert provenance is not None
        for text in (repr(provenance), repr(provenance.__rich_repr__())):
            assert str(len(provenance.body)) in text
            assert "GET" not in text
            assert "--batch" not in text
        size = len(provenance.body)
        assert repr(provenance) == f"Provenance(body_bytes={size}, replaced=[])"

    def test_of_nothing(self) -> None:
        """An empty batch has one too."""
        body = b"--b--\r\n"
        answer = decode_response(body, "multipart/mixed; boundary=b")
        assert answer.provenance is not None
        assert answer.provenance.body == body


class TestEvents:
    """Events are values."""

    @pytest.mark.parametrize(
        "event",
        [
            ChangesetStart(),
            ChangesetStart(Headers([("A", "b")])),
            ChangesetEnd(),
            BatchEnd(),
            BatchEnd((MetOddity(Oddity.BARE_LF, 1, 2),)),
        ],
    )
    def test_value(self, event: Any) -> None:
        """Compared by value, frozen, picklable."""
        assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301
        assert operator.eq(ChangesetStart(), ChangesetEnd()) is False
        with pytest.raises(AttributeError):
            event.part_headers = Headers()


def test_provenance_is_discreet() -> None:
    """Its repr holds no body."""
    part = b"Content-Type: application/http\r\n\r\nPUT a HTTP/1.1\r\n\r\nsecret"
    batch = decode_request(b"--b\r\n" + part + b"\r\n--b--", "multipart/mixed; boundary=b")
    assert "secret" not in repr(batch.provenance)
    assert "body_bytes=" in repr(batch.provenance)
