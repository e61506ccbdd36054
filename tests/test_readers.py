"""What the encoders write is read back identically by three readers that share no code with it.

OData 4.01 §11.7 and RFC 2046 §5.1 are what all four have in common. Where one of them is at fault
for some shape, that shape is kept from it, and the fault is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import assume, given

import odatabatch
from odatabatch import (
    ODATA_V4,
    Batch,
    Changeset,
    ChangesetResponse,
    Dialect,
    Encoded,
    check,
)
from odatabatch.azure import AZURE_BATCH
from tests import corpus, strategies
from tests.differential.readers import (
    Pair,
    Read,
    read_with_email,
    read_with_multipart,
    read_with_toolbelt,
)

Reader = Callable[[bytes, str], list[Read]]


# What they should give


def expected_parts(batch: Any, dialect: Dialect) -> list[Read]:
    """The parts of a batch in a dialect's canonical form, worked out from the model alone."""
    parts = []
    for part in batch.parts:
        if isinstance(part, Changeset | ChangesetResponse):
            inside = part.operations if isinstance(part, Changeset) else part.responses
            own = pairs_of(part.part_headers.without("Content-Type", "Content-Length"))
            parts.append(Read(own, [expected_part(leaf, dialect) for leaf in inside]))
        else:
            parts.append(expected_part(part, dialect))
    return parts


def expected_part(leaf: Any, dialect: Dialect) -> Read:
    """One operation, or answer."""
    if leaf.content_id is not None:
        leaf = leaf.with_content_id(leaf.content_id, at=dialect.content_id_at)
    if isinstance(leaf, odatabatch.Operation):
        start = f"{leaf.method} {leaf.target} HTTP/1.1"
    else:
        start = f"HTTP/1.1 {leaf.status} {leaf.reason}"
    lines = [start, *(f"{name}: {value}" for name, value in leaf.headers)]
    stated = "Content-Length" in leaf.headers or "Content-Length" in leaf.part_headers
    if leaf.body and dialect.writes_content_length and not stated:
        lines.append(f"Content-Length: {len(leaf.body)}")
    content = "".join(f"{line}\r\n" for line in lines).encode("latin-1")
    if leaf.body or not dialect.shares_blank_line:
        content += b"\r\n" + leaf.body
    own = leaf.part_headers
    if "Content-Type" not in own:
        own = odatabatch.Headers([*dialect.part_headers.without(*own.names), *own])
    return Read(pairs_of(own), content)


def pairs_of(headers: odatabatch.Headers) -> list[Pair]:
    """Header fields as bytes."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def encode(batch: Any, dialect: Dialect) -> Encoded:
    """A batch or an answer in its canonical form, with whatever faults it has."""
    allow = {fault.code for fault in check(batch, dialect)}
    if isinstance(batch, Batch):
        return odatabatch.encode_request(batch, dialect, allow=allow)
    return odatabatch.encode_response(batch, dialect, allow=allow)


def assert_read(reader: Reader, batch: Any, dialect: Dialect) -> None:
    """The reader gives the parts, fields and messages of the model, and no others."""
    encoded = encode(batch, dialect)
    assert_parts(reader(encoded.body, encoded.content_type), expected_parts(batch, dialect), reader)


def assert_parts(got: list[Read], expected: list[Read], reader: Reader) -> None:
    """The same parts, down to the messages; of a changeset's Content-Type, that it leads."""
    assert len(got) == len(expected)
    for part, wanted in zip(got, expected, strict=True):
        fields = part.fields
        if isinstance(wanted.content, list):
            assert isinstance(part.content, list)
            (name, value), *fields = fields
            assert name == b"Content-Type"
            assert value.startswith(b"multipart/mixed; boundary=")
            assert_parts(part.content, wanted.content, reader)
        else:
            assert part.content == wanted.content
        assert fields == spelled(wanted.fields, reader)


def spelled(fields: list[Pair], reader: Reader) -> list[Pair]:
    """Part headers as that reader spells their names: ``multipart`` rewrites them."""
    if reader is not read_with_multipart:
        return fields
    return [(name.decode("latin-1").title().encode("latin-1"), value) for name, value in fields]


def part_headers_of(batch: Any) -> Iterator[odatabatch.Headers]:
    """The header fields of all body parts, at both depths."""
    for part in batch.parts:
        yield part.part_headers
    for leaf in strategies.leaves_of(batch):
        yield leaf.part_headers


# The faults of the readers


def email_reads(batch: Any) -> bool:
    """All of it."""
    return True


def toolbelt_reads(batch: Any) -> bool:
    """Whether toolbelt can read it.

    Its parts' headers are a dict, so that of a repeated field only one is left; and it takes the
    close-delimiter of a multipart without parts for a part without a header section.
    """
    changesets = [it for it in batch.parts if isinstance(it, Changeset | ChangesetResponse)]
    empty = not batch.parts or not all(map(has_leaves, changesets))
    return not empty and not any(
        len({name.lower() for name in headers.names}) < len(headers)
        for headers in part_headers_of(batch)
    )


def has_leaves(part: Any) -> bool:
    """Whether a changeset, or the answer to one, is not empty."""
    return bool(part.operations if isinstance(part, Changeset) else part.responses)


def multipart_reads(batch: Any) -> bool:
    """Whether ``multipart`` can read it: it refuses most token characters (RFC 9110) in names."""
    return all(
        re.fullmatch("[A-Za-z0-9_-]+", name)
        for headers in part_headers_of(batch)
        for name in headers.names
    )


READERS = {
    "email": (read_with_email, email_reads),
    "requests-toolbelt": (read_with_toolbelt, toolbelt_reads),
    "multipart": (read_with_multipart, multipart_reads),
}

each_dialect = pytest.mark.parametrize("dialect", [ODATA_V4, AZURE_BATCH], ids=lambda it: it.name)
each_reader = pytest.mark.parametrize("name", READERS)


class TestGenerated:
    """RFC 2046 §5.1.1: any reader finds the same parts."""

    @each_reader
    @each_dialect
    @given(batch=strategies.batches())
    def test_read_back(self, name: str, dialect: Dialect, batch: Any) -> None:
        """Any models, with bodies of any bytes."""
        reader, reads = READERS[name]
        assume(reads(batch))
        assert_read(reader, batch, dialect)

    @each_reader
    @given(batch=strategies.batches())
    def test_boundaries_that_need_quotes(self, name: str, batch: Any) -> None:
        """The caller's boundaries, quoted where RFC 2045 §5.1 asks for it."""
        reader, reads = READERS[name]
        assume(reads(batch))
        boundaries = ["=_(a)/b:?q,'+", *(f"c {number}.=" for number in range(len(batch.parts)))]
        allow = {fault.code for fault in check(batch, ODATA_V4)}
        write: Any = odatabatch.encode_request
        if not isinstance(batch, Batch):
            write = odatabatch.encode_response
        encoded = write(batch, ODATA_V4, boundaries, allow)
        got = reader(encoded.body, encoded.content_type)
        assert_parts(got, expected_parts(batch, ODATA_V4), reader)


READABLE = [fixture for fixture in corpus.fixtures() if fixture.strict.error is None]


class TestFixtures:
    """What was decoded from the fixtures, in the canonical form of either dialect."""

    @each_reader
    @each_dialect
    @pytest.mark.parametrize("fixture", READABLE, ids=lambda fixture: fixture.name)
    def test_read_back(self, name: str, dialect: Dialect, fixture: corpus.Fixture) -> None:
        """Each fixture that is in order."""
        decode: Any = odatabatch.decode_request
        if fixture.kind == "response":
            decode = odatabatch.decode_response
        batch = decode(fixture.body, fixture.content_type)
        reader, reads = READERS[name]
        if reads(batch):
            assert_read(reader, batch, dialect)
        else:
            assert reader is not read_with_email

    @each_reader
    def test_most_are_read(self, name: str) -> None:
        """The faults of the readers keep but a few of the fixtures from them."""
        _, reads = READERS[name]
        kept = 0
        for fixture in READABLE:
            decode: Any = odatabatch.decode_request
            if fixture.kind == "response":
                decode = odatabatch.decode_response
            kept += not reads(decode(fixture.body, fixture.content_type))
        assert kept <= len(READABLE) // 5
