"""Dialects: what differs between services, as data, and in what is written; ``docs/rules.md``."""

from __future__ import annotations

import re
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
    Encoded,
    Headers,
    Operation,
    OperationResponse,
    UsageError,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.dialect import APPLICATION_HTTP
from odatabatch.rules import RULES
from tests import strategies
from tests.strategies import DIALECTS, leaves_of
from tests.test_docs import DOCS, names_in, rows

ALLOW = frozenset(rule.code for rule in RULES)

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: it.name)
any_dialect = st.sampled_from(DIALECTS)


def encode(batch: Any, dialect: Dialect, boundaries: Any = None) -> Encoded:
    """A batch, or an answer, in a dialect's form, whatever rules it breaks."""
    if isinstance(batch, Batch):
        return encode_request(batch, dialect, boundaries, ALLOW)
    return encode_response(batch, dialect, boundaries, ALLOW)


def again(batch: Any, dialect: Dialect) -> Any:
    """The same, written and read."""
    encoded = encode(batch, dialect)
    decode: Any = decode_request if isinstance(batch, Batch) else decode_response
    return decode(encoded.body, encoded.content_type)


class TestDialects:
    """OData 3.0 and 4.01, Azure's pages."""

    def test_azure_batch(self) -> None:
        """As Azure Batch's page shows and tells it."""
        assert AZURE_BATCH.content_id_at == "message"
        assert AZURE_BATCH.content_id_needed == "always"
        assert AZURE_BATCH.shares_blank_line
        assert AZURE_BATCH.one_path
        assert not AZURE_BATCH.orders_answers
        assert (AZURE_BATCH.max_operations, AZURE_BATCH.max_changeset_operations) == (100, 1)

    def test_azure_tables(self) -> None:
        """One changeset of a hundred, or one query; answers in order."""
        assert (AZURE_TABLES.max_operations, AZURE_TABLES.max_changesets) == (100, 1)
        assert AZURE_TABLES.queries_alone
        assert AZURE_TABLES.orders_changeset_answers

    @pytest.mark.parametrize("dialect", [ODATA_V3, ODATA_V4], ids=lambda it: it.name)
    def test_odata(self, dialect: Dialect) -> None:
        """The standards have no bounds, and answer a failed changeset by one part."""
        assert dialect.max_operations is None
        assert dialect.max_changesets is None
        assert dialect.max_changeset_operations is None
        assert dialect.failed_changeset_alone
        assert dialect.orders_answers
        assert not dialect.orders_changeset_answers
        assert dialect.hosts == ()

    @each_dialect
    def test_written_down(self, dialect: Dialect) -> None:
        """A part is application/http; each dialect tells where its rules are."""
        assert dialect.part_headers is APPLICATION_HTTP
        assert dialect.name
        assert dialect.source
        assert all(host == host.lower() and host.startswith(".") for host in dialect.hosts)

    @pytest.mark.parametrize(
        "changes",
        [
            {"request_boundaries": ("a",)},
            {"response_boundaries": ["a", "b"]},
            {"content_id_at": "nowhere"},
            {"content_id_needed": "sometimes"},
            {"part_headers": None},
            {"part_headers": [("Content-Type", "application/http")]},
            {"version_header": 5},
            {"max_operations": "100"},
        ],
    )
    def test_types(self, changes: dict[str, Any]) -> None:
        """An attribute is what it says, or a TypeError at once, and not when it is used."""
        with pytest.raises(TypeError):
            msgspec.structs.replace(ODATA_V4, **changes)

    def test_content_id(self) -> None:
        """A Content-ID is an operation's own, and no dialect's."""
        part_headers = Headers([("content-id", "1")])
        with pytest.raises(UsageError) as raised:
            msgspec.structs.replace(ODATA_V4, part_headers=part_headers)
        assert raised.value.code == "invalid_dialect"

    def test_own(self) -> None:
        """A dialect is a value, and anybody may make one."""
        own = Dialect(
            name="own",
            source="here",
            content_id_at="part",
            part_headers=Headers(),
            request_boundaries=("b", "c"),
            response_boundaries=("b", "c"),
        )
        assert own == own.__class__(**{name: getattr(own, name) for name in own.__struct_fields__})
        assert own != ODATA_V4
        with pytest.raises(AttributeError):
            own.name = "other"  # type: ignore[misc]


# Where the Content-ID stands: in the part's headers, or in the message's.
CONTENT_ID = {
    "OData 3.0": (b"Content-ID: 1\r\n", b""),
    "OData 4.01": (b"Content-ID: 1\r\n", b""),
    "Azure Tables": (b"Content-ID: 1\r\n", b""),
    "Azure Batch": (b"", b"Content-ID: 1\r\n"),
}


class TestWriting:
    """The canonical form of each dialect, to the byte."""

    @each_dialect
    def test_request(self, dialect: Dialect) -> None:
        """A changeset of one operation with a body, from a Content-ID in either place."""
        in_part, in_message = CONTENT_ID[dialect.name]
        length = b"" if dialect is AZURE_BATCH else b"Content-Length: 2\r\n"
        expected = (
            b"--o\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
            b"--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
            + in_part
            + b"\r\nPUT a HTTP/1.1\r\n"
            + in_message
            + length
            + b"\r\n{}\r\n--c--\r\n--o--\r\n"
        )
        leaf = Operation("PUT", "a", body=b"{}")
        for place in ("part", "message"):
            batch = Batch((Changeset((leaf.with_content_id("1", place),)),))  # type: ignore[arg-type]
            assert encode_request(batch, dialect, ["o", "c"]).body == expected

    @each_dialect
    def test_response(self, dialect: Dialect) -> None:
        """The answer without a body: in Azure Batch its blank line is the delimiter's line end."""
        in_part, in_message = CONTENT_ID[dialect.name]
        blank = b"" if dialect is AZURE_BATCH else b"\r\n"
        expected = (
            b"--o\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
            b"--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
            + in_part
            + b"\r\nHTTP/1.1 201 Created\r\n"
            + in_message
            + blank
            + b"\r\n--c--\r\n--o--\r\n"
        )
        leaf = OperationResponse(201, "Created").with_content_id("1")
        answer = BatchResponse((ChangesetResponse((leaf,)),))
        assert encode_response(answer, dialect, ["o", "c"]).body == expected

    @pytest.mark.parametrize(
        ("dialect", "request_begins", "response_begins"),
        [
            (ODATA_V3, ("batch_", "changeset_"), ("batchresponse_", "changesetresponse_")),
            (ODATA_V4, ("batch_", "changeset_"), ("batchresponse_", "changesetresponse_")),
            (AZURE_TABLES, ("batch_", "changeset_"), ("batchresponse_", "changesetresponse_")),
            (AZURE_BATCH, ("batch_", "changeset_"), ("batch_", "changesetresponse_")),
        ],
        ids=lambda it: getattr(it, "name", None),
    )
    def test_boundaries(
        self,
        dialect: Dialect,
        request_begins: tuple[str, str],
        response_begins: tuple[str, str],
    ) -> None:
        """They begin as the service's own."""
        request = encode_request(Batch((Changeset(()),)), dialect)
        answer = encode_response(BatchResponse((ChangesetResponse(()),)), dialect)
        for encoded, (outer, inner) in ((request, request_begins), (answer, response_begins)):
            assert encoded.content_type.startswith(f"multipart/mixed; boundary={outer}")
            assert f"multipart/mixed; boundary={inner}".encode() in encoded.body


class TestContentLength:
    """RFC 9112 §6.2: a length that is written is that of the body."""

    @given(strategies.batches(), any_dialect)
    def test_added(self, batch: Any, dialect: Dialect) -> None:
        """Added exactly where there is a body and no length yet, if the dialect writes lengths."""
        for leaf, read in zip(leaves_of(batch), leaves_of(again(batch, dialect)), strict=True):
            given_lengths = leaf.headers.get_all("Content-Length")
            room = not given_lengths and "Content-Length" not in leaf.part_headers
            added = dialect.writes_content_length and leaf.body and room
            expected = (str(len(leaf.body)),) if added else given_lengths
            assert read.headers.get_all("Content-Length") == expected

    @given(strategies.batches(), any_dialect)
    def test_nothing_else(self, batch: Any, dialect: Dialect) -> None:
        """What is read is what was written: methods, statuses, other fields in order, bodies."""
        moved = ("Content-ID", "Content-Length")
        written = again(batch, dialect)
        assert [type(part).__name__ for part in written.parts] == [
            type(part).__name__ for part in batch.parts
        ]
        for leaf, read in zip(leaves_of(batch), leaves_of(written), strict=True):
            assert read.body == leaf.body
            assert read.content_id == leaf.content_id
            assert read.content_id_at in (dialect.content_id_at, None)
            assert read.headers.without(*moved) == leaf.headers.without(*moved)
            if isinstance(leaf, Operation):
                assert (read.method, read.target) == (leaf.method, leaf.target)
            else:
                assert (read.status, read.reason) == (leaf.status, leaf.reason)

    @given(strategies.batches(), any_dialect)
    def test_fixed_point(self, batch: Any, dialect: Dialect) -> None:
        """What is in a dialect's form is written in it as it is."""
        once = encode(batch, dialect)
        assert encode(again(batch, dialect), dialect) == once

    @given(strategies.batches(), any_dialect, any_dialect)
    def test_other_dialect(self, batch: Any, first: Dialect, second: Dialect) -> None:
        """Another dialect on the way leaves nothing behind but lengths, which are true."""
        through = leaves_of(again(again(batch, first), second))
        for one, other in zip(through, leaves_of(again(batch, second)), strict=True):
            assert one.content_id == other.content_id
            lengths = one.headers.get_all("Content-Length")
            if lengths != other.headers.get_all("Content-Length"):
                assert lengths == (str(len(one.body)),)
            own = one.headers.without("Content-ID", "Content-Length")
            assert own == other.headers.without("Content-ID", "Content-Length")
            assert one.part_headers.without("Content-ID") == other.part_headers.without(
                "Content-ID"
            )
            assert one.body == other.body

    @each_dialect
    def test_of_a_body_alone(self, dialect: Dialect) -> None:
        """An empty body has none; a stated length stays, in its place and in its spelling."""
        leaf = Operation("PUT", "a", body=b"four").with_content_id("1")
        states = Headers([("content-length", "4"), ("X", "y")])
        inside = leaf.replace(body=b""), leaf, leaf.replace(headers=states)
        body = encode(Batch((Changeset(inside),)), dialect).body
        found = re.findall(rb"(?i)content-length: [0-9]+", body)
        added = [b"Content-Length: 4"] if dialect.writes_content_length else []
        assert found == [*added, b"content-length: 4"]

    @each_dialect
    def test_of_a_part(self, dialect: Dialect) -> None:
        """Where the part states its own length there is no room for another field."""
        head = b"PUT a HTTP/1.1\r\n\r\n"
        own = Headers([*APPLICATION_HTTP, ("Content-Length", str(len(head) + 4))])
        body = encode(Batch((Operation("PUT", "a", body=b"four", part_headers=own),)), dialect).body
        assert body.lower().count(b"content-length") == 1
        assert head + b"four\r\n--" in body


class TestDocs:
    """docs/rules.md has every attribute of every dialect."""

    def test_dialects(self) -> None:
        """All attributes in their order, but for the names, which are the heads."""
        listed = [row for row in rows(DOCS / "rules.md") if "attribute" in row]
        names = [name for name in Dialect.__struct_fields__ if name != "name"]
        assert [names_in(row["attribute"]) for row in listed] == [[name] for name in names]
        for row, name in zip(listed, names, strict=True):
            for dialect in DIALECTS:
                assert row[dialect.name] == _shown(getattr(dialect, name)), (name, dialect.name)

    def test_attributes(self) -> None:
        """Each is explained in the docstring, in the same order."""
        explained = re.findall(r"^    (\w+):", (Dialect.__doc__ or ""), re.MULTILINE)
        explained += re.findall(r"^        (\w+): ", (Dialect.__doc__ or ""), re.MULTILINE)
        assert [name for name in explained if name != "Attributes"] == list(
            Dialect.__struct_fields__
        )


def _shown(value: Any) -> str:
    """A value as the page shows it."""
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Headers):
        return ", ".join(f"`{name}: {text}`" for name, text in value)
    if isinstance(value, tuple):
        return ", ".join(f"`{it}`" for it in value)
    return str(value)
