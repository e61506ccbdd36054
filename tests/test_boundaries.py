"""Boundaries: a digest of the content, or the caller's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from odatabatch import (
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Dialect,
    EncodeError,
    Headers,
    Operation,
    OperationResponse,
    check,
    decode_request,
    encode_request,
    encode_response,
)
from odatabatch import boundaries as boundaries_module
from odatabatch.azure import AZURE_BATCH
from odatabatch.boundaries import BoundarySource, digest_boundaries
from odatabatch.media_type import is_boundary

PUT = Operation("PUT", "a", Headers([("Content-ID", "1"), ("If-Match", "*")]), b"body")
GET = Operation("GET", "b").with_content_id("2", at="part")
OK = OperationResponse(200, "OK", Headers([("Content-ID", "1")]), b"body")


def refused(batch: Batch, boundaries: list[str]) -> tuple[str, str | None]:
    """The code and part of the error that those boundaries raise."""
    allow = {fault.code for fault in check(batch, ODATA_V4)}
    with pytest.raises(EncodeError) as raised:
        encode_request(batch, ODATA_V4, boundaries, allow)
    return raised.value.code, raised.value.part


def write(batch: Any) -> Callable[..., Any]:
    """The encoder for a batch or an answer."""
    return encode_request if isinstance(batch, Batch) else encode_response


class TestDefault:
    """RFC 2046 §5.1.1: no line of a part begins with a delimiter, no boundary with another."""

    def test_digest(self) -> None:
        """By default a digest of the content: the same each time, another for other content."""
        batch = Batch((Changeset((PUT,)), Changeset((GET.replace(method="POST"),))))
        first, again = (encode_request(batch, ODATA_V4) for _ in range(2))
        assert first == again
        other = encode_request(Batch((GET,)), ODATA_V4)
        assert other.content_type != first.content_type
        outer = first.content_type.partition("=")[2]
        assert outer.startswith("batch_")
        got = decode_request(first.body, first.content_type)
        inner = [part.part_headers[0][1].partition("=")[2] for part in got.parts]
        assert [text.rpartition("-")[2] for text in (outer, *inner)] == [
            "000000000000",
            "000000000001",
            "000000000002",
        ]

    def test_form(self) -> None:
        """The first four groups of a GUID of the digest, and the counter in hexadecimal digits."""
        groups = str(UUID(sha256(b"content").hexdigest()[:32]))[:23]
        outer, *inner = digest_boundaries(b"content", ("batch", "changeset"), 12)
        assert outer == f"batch_{groups}-000000000000".encode()
        assert inner[0] == f"changeset_{groups}-000000000001".encode()
        assert inner[10] == f"changeset_{groups}-00000000000b".encode()

    @pytest.mark.parametrize("dialect", [ODATA_V4, AZURE_BATCH], ids=lambda it: it.name)
    def test_prefixes(self, dialect: Dialect) -> None:
        """They begin as the service's own do."""
        batch = Batch((Changeset((PUT,)),))
        answer = BatchResponse((ChangesetResponse((OK,)),))
        for it, prefixes in (
            (batch, dialect.request_boundaries),
            (answer, dialect.response_boundaries),
        ):
            encoded = write(it)(it, dialect)
            assert f"boundary={prefixes[0]}_" in encoded.content_type
            assert f"boundary={prefixes[1]}_".encode() in encoded.body

    def test_in_the_content(self) -> None:
        """A digest that occurs in the content is not taken, wherever it occurs."""
        first = encode_request(Batch((GET,)), ODATA_V4)
        boundary = first.content_type.partition("=")[2]
        for leaf in (
            GET.replace(target=boundary),
            GET.replace(body=boundary.encode()),
            GET.replace(headers=Headers([("A", boundary)])),
        ):
            encoded = encode_request(Batch((leaf,)), ODATA_V4)
            own = encoded.content_type.partition("=")[2]
            assert encoded.body.count(own.encode()) == 2
            assert (
                decode_request(encoded.body, encoded.content_type).operations[0].body == leaf.body
            )

    def test_digest_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The digest is taken anew until its token stands nowhere in the content."""
        tokens = iter(["body", "If-Match", "fresh"])
        monkeypatch.setattr(boundaries_module, "_token", lambda digest: next(tokens))
        encoded = encode_request(Batch((PUT,)), ODATA_V4)
        assert encoded.content_type == "multipart/mixed; boundary=batch_fresh-000000000000"


class TestGiven:
    """The caller's: the batch's, then one a changeset in wire order."""

    @pytest.mark.parametrize(
        ("given_", "code"),
        [
            ([], "too_few_boundaries"),
            (["o"], "too_few_boundaries"),
            (["o", ""], "invalid_boundary"),
            (["o", "c "], "invalid_boundary"),
            (["o", "c*"], "invalid_boundary"),
            (["o", "c" * 71], "invalid_boundary"),
            (["o", "é"], "invalid_boundary"),
            (["o", "c\r\n"], "invalid_boundary"),
            (["o", "o"], "boundary_prefix"),
            (["o", "oo"], "boundary_prefix"),
            (["oo", "o"], "boundary_prefix"),
            (["o", "x"], "boundary_in_part"),
            (["x", "c"], "boundary_in_part"),
            (["y", "c"], "boundary_in_part"),
            (["o", "y"], "boundary_in_part"),
        ],
    )
    def test_refused(self, given_: list[str], code: str) -> None:
        """Too few, no boundaries, one that begins with another, one that is in a part."""
        body = b"--x\r\n\r\n--y--\r\nz"
        leaf = PUT.replace(body=body)
        assert refused(Batch((Changeset((leaf,)),)), boundaries=given_)[0] == code

    def test_in_a_part(self) -> None:
        """Wherever a line may begin: the part is named."""
        leaves = (PUT, GET.replace(body=b"x\n--o"))
        batch = Batch((GET, Changeset(leaves)))
        assert refused(batch, boundaries=["o", "c"]) == (
            "boundary_in_part",
            "batch[1]/changeset[1]",
        )
        fields = Headers([("--o", "x")])
        assert refused(Batch((GET, Changeset((), fields))), boundaries=["o", "c"]) == (
            "boundary_in_part",
            "batch[1]",
        )
        # There are readers, CPython's email among them, that end a line at a bare CR.
        assert refused(Batch((GET.replace(body=b"x\r--o"),)), ["o"]) == (
            "boundary_in_part",
            "batch[0]",
        )
        first = GET.replace(part_headers=fields)
        assert refused(Batch((first,)), boundaries=["o"]) == ("boundary_in_part", "batch[0]")

    def test_elsewhere(self) -> None:
        """In the middle of a line it is no delimiter."""
        leaf = PUT.replace(body=b"x--o --o", headers=Headers([("A", "--o")]))
        encoded = encode_request(Batch((leaf,)), ODATA_V4, ["o"])
        assert decode_request(encoded.body, encoded.content_type).operations[0].body == leaf.body

    def test_only_what_is_needed(self) -> None:
        """Of an iterator no more is taken than is used."""
        boundaries = iter(["o", "c", "next"])
        encode_request(Batch((Changeset(()),)), ODATA_V4, boundaries)
        assert list(boundaries) == ["next"]


# Boundaries that are near each other, some of them none at all.
near = st.lists(st.sampled_from(("o", "oo", "o c", "c", "c1", "c12", "d", "", "x ", "é")))


class TestOneByOne:
    """A streaming encoder's: each is found sound as it is taken."""

    @given(near)
    def test_sound(self, some: list[str]) -> None:
        """One is refused that is no boundary, begins with one before it, or the other way round."""
        boundaries = BoundarySource(some)
        taken: list[str] = []
        for text in some:
            beside = [it for it in taken if it.startswith(text) or text.startswith(it)]
            if is_boundary(text) and not beside:
                assert boundaries.take() == text.encode()
                taken.append(text)
                continue
            with pytest.raises(EncodeError) as raised:
                boundaries.take()
            expected = "boundary_prefix" if is_boundary(text) else "invalid_boundary"
            assert raised.value.code == expected
            event(expected)
        with pytest.raises(EncodeError) as raised:
            boundaries.take()
        assert raised.value.code == "too_few_boundaries"
        count = len(taken)
        assert raised.value.message == f"expected {count + 1} boundaries, got {count}"

    @given(near)
    def test_as_together(self, some: list[str]) -> None:
        """They are all taken exactly if the whole-buffer encoder takes them together."""
        boundaries = BoundarySource(some)
        batch = Batch((Changeset(()),) * (len(some) - 1))
        try:
            encoded = encode_request(batch, ODATA_V4, some)
        except EncodeError:
            with pytest.raises(EncodeError):
                [boundaries.take() for _ in range(max(len(some), 1))]
        else:
            got = decode_request(encoded.body, encoded.content_type)
            inner = [part.part_headers[0][1].partition("=")[2].strip('"') for part in got.parts]
            assert [boundaries.take().decode() for _ in some][1:] == inner

    def test_as_needed(self) -> None:
        """Of a generator no more is run than for what was taken."""
        asked = []

        def numbered() -> Iterator[str]:
            for number in range(10, 99):
                asked.append(number)
                yield f"b{number}"

        boundaries = BoundarySource(numbered())
        assert asked == []
        assert [boundaries.take(), boundaries.take()] == [b"b10", b"b11"]
        assert asked == [10, 11]

    @pytest.mark.parametrize("bad", [None, b"o", 5])
    def test_types(self, bad: Any) -> None:
        """Boundaries are str."""
        boundaries = BoundarySource([bad, "o"])
        with pytest.raises(TypeError):
            boundaries.take()
        assert boundaries.take() == b"o"
