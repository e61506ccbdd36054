"""The encoders: the canonical form, what was decoded, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from odatabatch import (
    CAPTURED,
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Dialect,
    Encoded,
    EncodeError,
    Headers,
    HttpRequest,
    Limits,
    Oddity,
    Operation,
    OperationResponse,
    RequestEncoder,
    RuleError,
    UsageError,
    check,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from odatabatch.azure import AZURE_BATCH
from tests import corpus

CONTENT_TYPE = "multipart/mixed; boundary=b"
HTTP = Headers([("Content-Type", "application/http")])
ALLOW = ("missing_content_id", "empty_content_id", "repeated_content_id", "forbidden_header")

PUT = Operation("PUT", "a", Headers([("Content-ID", "1"), ("If-Match", "*")]), b"body")
GET = Operation("GET", "b").with_content_id("2", at="part")
OK = OperationResponse(200, "OK", Headers([("Content-ID", "1")]), b"body")
NONE = OperationResponse(204, "No Content").with_content_id("2", at="part")


def refused(
    batch: Any, dialect: Dialect | None = ODATA_V4, **options: Any
) -> tuple[str, str | None]:
    """The code and part of the error that writing raises."""
    if dialect is not None:
        options.setdefault("allow", {fault.code for fault in check(batch, dialect)})
    with pytest.raises(EncodeError) as raised:
        write(batch)(batch, dialect, **options)
    error = raised.value
    assert (error.offset, error.line) == (None, None)
    return error.code, error.part


def write(batch: Any) -> Callable[..., Any]:
    """The encoder for a batch or an answer."""
    return encode_request if isinstance(batch, Batch) else encode_response


class TestCanonical:
    """RFC 2046 §5.1.1, OData 4.01 §11.7: the canonical form, byte for byte."""

    def test_odata(self) -> None:
        """The Content-ID in the part, the length stated, a blank line of its own."""
        batch = Batch((GET, Changeset((PUT,), Headers([("X", "y")])), Changeset(())))
        encoded = encode_request(batch, ODATA_V4, ["o", "c 1", "c2"])
        assert encoded.content_type == "multipart/mixed; boundary=o"
        assert encoded.body == (
            b"--o\r\n"
            b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
            b"Content-ID: 2\r\n\r\n"
            b"GET b HTTP/1.1\r\n\r\n\r\n"
            b"--o\r\n"
            b'Content-Type: multipart/mixed; boundary="c 1"\r\nX: y\r\n\r\n'
            b"--c 1\r\n"
            b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
            b"Content-ID: 1\r\n\r\n"
            b"PUT a HTTP/1.1\r\nIf-Match: *\r\nContent-Length: 4\r\n\r\nbody\r\n"
            b"--c 1--\r\n"
            b"--o\r\n"
            b"Content-Type: multipart/mixed; boundary=c2\r\n\r\n"
            b"--c2--\r\n"
            b"--o--\r\n"
        )

    def test_azure(self) -> None:
        """The Content-ID in the message, the blank line shared where there is no body."""
        answer = BatchResponse((ChangesetResponse((NONE,)), OK))
        encoded = encode_response(answer, AZURE_BATCH, ["o", "c"])
        assert encoded.body == (
            b"--o\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
            b"--c\r\n"
            b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            b"HTTP/1.1 204 No Content\r\nContent-ID: 2\r\n\r\n"
            b"--c--\r\n"
            b"--o\r\n"
            b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-ID: 1\r\n\r\nbody\r\n"
            b"--o--\r\n"
        )

    @pytest.mark.parametrize("name", ["add-three-tasks", "add-three-tasks.answer"])
    def test_seed(self, name: str) -> None:
        """Given the boundaries of Azure Batch's page, its bytes."""
        (fixture,) = [it for it in corpus.fixtures() if it.name == f"azure/{name}"]
        decode: Any = decode_request if fixture.kind == "request" else decode_response
        batch = decode(fixture.body, fixture.content_type)
        types = [fixture.content_type, *(part.part_headers[0][1] for part in batch.parts)]
        boundaries = [value.partition("boundary=")[2] for value in types]
        encoded = write(batch)(batch, AZURE_BATCH, boundaries)
        assert encoded.content_type == fixture.content_type
        assert encoded.body.rstrip(b"\r\n") == fixture.body.rstrip(b"\r\n")

    def test_shown(self) -> None:
        """Printed, what was encoded tells its length and not its bytes."""
        encoded = encode_request(Batch((PUT,)), ODATA_V4, ["o"])
        length = len(encoded.body)
        assert repr(encoded) == f"Encoded(media_type='multipart/mixed', body_bytes={length})"
        other = Encoded("multipart/mixed; x=secret; boundary=b", b"--b--")
        assert repr(other) == "Encoded(media_type='multipart/mixed', body_bytes=5)"
        assert encoded == (encoded.content_type, encoded.body)

    def test_nothing(self) -> None:
        """An empty batch is a close-delimiter (RFC 2046 asks for a part, OData does not)."""
        assert encode_request(Batch(()), ODATA_V4, ["o"]).body == b"--o--\r\n"


class TestRules:
    """With a dialect, ``check()`` must be empty apart from the codes in ``allow``."""

    BATCH = Batch((Operation("GET", "b"), Changeset((GET,))))

    def test_broken(self) -> None:
        """All faults that were not allowed are on the error."""
        with pytest.raises(RuleError) as raised:
            encode_request(self.BATCH, AZURE_BATCH)
        error = raised.value
        assert error.code == "rule_broken"
        assert error.faults == check(self.BATCH, AZURE_BATCH)
        assert [fault.code for fault in error.faults] == [
            "missing_content_id",
            "retrieve_in_changeset",
        ]
        assert error.part == "batch[0]"

    def test_allowed(self) -> None:
        """Those that are allowed are not."""
        with pytest.raises(RuleError) as raised:
            encode_request(self.BATCH, AZURE_BATCH, allow=["missing_content_id"])
        assert [fault.code for fault in raised.value.faults] == ["retrieve_in_changeset"]
        codes = (code for code in ("missing_content_id", "retrieve_in_changeset"))
        assert encode_request(self.BATCH, AZURE_BATCH, allow=codes).body

    def test_unknown_code(self) -> None:
        """A code that no rule has, such as a misspelt one, allows nothing, and is told."""
        for encode in (partial(encode_request, self.BATCH), partial(RequestEncoder, boundaries=())):
            with pytest.raises(UsageError) as raised:
                encode(dialect=AZURE_BATCH, allow=["missing_contentid"])
            assert raised.value.code == "unknown_code"
            with pytest.raises(TypeError):
                encode(dialect=AZURE_BATCH, allow=[1])  # type: ignore[list-item]

    def test_answer(self) -> None:
        """Answers are held to them too."""
        with pytest.raises(RuleError):
            encode_response(BatchResponse((OK, OK)), ODATA_V4)


LF_BODY = (
    b"--b\nContent-Type: application/http\nContent-Length: 24\n\nPUT a HTTP/1.1\nA: b\n\nb\r\n"
    b"\n--b\nContent-Type: application/http\n\nGET c HTTP/1.1\n\n\n--b--\n"
)


class TestAsDecoded:
    """Without a dialect: the bytes that it came from, but for what ``replace`` put in."""

    def test_no_provenance(self) -> None:
        """A batch that was not decoded has no such bytes."""
        assert refused(Batch((PUT,)), None) == ("no_provenance", None)
        assert refused(BatchResponse(()), None) == ("no_provenance", None)

    @pytest.mark.parametrize("options", [{"boundaries": ["o"]}, {"allow": ["missing_content_id"]}])
    def test_needs_dialect(self, options: dict[str, Any]) -> None:
        """Boundaries and allowed faults mean nothing there."""
        with pytest.raises(UsageError) as raised:
            encode_request(Batch((PUT,)), None, **options)
        assert raised.value.code == "needs_dialect"

    def test_replaced(self) -> None:
        """That one part is new, in the message's own line ends; its body keeps its bytes."""
        batch = decode_request(LF_BODY, CONTENT_TYPE, [Oddity.BARE_LF])
        first, second = batch.operations
        new = Operation("PATCH", "d", Headers([("B", "c")]), b"\r\n\n")
        encoded = encode_request(batch.replace(second, new))
        assert encoded.body == LF_BODY.replace(
            b"GET c HTTP/1.1\n\n", b"PATCH d HTTP/1.1\nB: c\n\n\r\n\n"
        )
        assert encode_request(batch.replace(first, first)).body == LF_BODY

    def test_replaced_twice(self) -> None:
        """One after another, and the same one again."""
        batch = decode_request(LF_BODY, CONTENT_TYPE, [Oddity.BARE_LF])
        first, second = batch.operations
        one, two = Operation("GET", "x", part_headers=HTTP), Operation("GET", "y")
        both = batch.replace(second, two).replace(first, Operation("GET", "z", part_headers=HTTP))
        again = both.replace(both.operations[0], one)
        got = decode_request(encode_request(again).body, CONTENT_TYPE, [Oddity.BARE_LF])
        assert got.operations == (one, two.replace(part_headers=HTTP))
        assert encode_request(batch).body == LF_BODY

    def test_length_in_line_feeds(self) -> None:
        """The part's own Content-Length counts the bytes that are written."""
        batch = decode_request(LF_BODY, CONTENT_TYPE, [Oddity.BARE_LF])
        first = batch.operations[0]
        for length, fits in (("24", False), ("25", True), ("27", False)):
            own = first.part_headers.with_field("Content-Length", length)
            changed = batch.replace(first, first.replace(target="ab", part_headers=own))
            if fits:
                body = encode_request(changed).body
                assert decode_request(body, CONTENT_TYPE, [Oddity.BARE_LF]) == changed
            else:
                assert refused(changed, None) == ("content_length_mismatch", "batch[0]")

    def test_length_of_the_changeset(self) -> None:
        """A changeset whose own Content-Length would no longer fit is refused."""
        inner = b"--c\r\nContent-Type: application/http\r\n\r\nPUT a HTTP/1.1\r\n\r\nxy\r\n--c--"
        body = (
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\nContent-Length: %d\r\n\r\n"
            % len(inner)
            + inner
            + b"\r\n--b--\r\n"
        )
        batch = decode_request(body, CONTENT_TYPE)
        (leaf,) = batch.operations
        same = encode_request(batch.replace(leaf, leaf.replace(body=b"ab"))).body
        assert same == body.replace(b"xy", b"ab")
        code, part = refused(batch.replace(leaf, leaf.replace(body=b"abc")), None)
        assert (code, part) == ("content_length_mismatch", "batch[0]")

    def test_delimiter(self) -> None:
        """A new part in which a delimiter would stand is refused."""
        inner = b"--c\r\nContent-Type: application/http\r\n\r\nPUT a HTTP/1.1\r\n\r\n\r\n--c--"
        body = b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + inner + b"\r\n--b--"
        batch = decode_request(body, CONTENT_TYPE)
        (leaf,) = batch.operations
        bad = batch.replace(leaf, leaf.replace(method="P T"))
        assert refused(bad, None) == ("invalid_method", "batch[0]/changeset[0]")
        for line in (b"--b", b"x\r\n--b--", b"\n--c\r\n", b"\r\n--cx", b"x\r--c"):
            changed = batch.replace(leaf, leaf.replace(body=line))
            assert refused(changed, None) == ("boundary_in_part", "batch[0]/changeset[0]")
        harmless = batch.replace(leaf, leaf.replace(body=b"x--b--c"))
        assert decode_request(encode_request(harmless).body, CONTENT_TYPE) == harmless

    @pytest.mark.parametrize(
        ("new", "code"),
        [
            (PUT.replace(method="P T"), "invalid_method"),
            (PUT.replace(headers=Headers([("a", "\n")])), "invalid_field"),
            (PUT.replace(part_headers=Headers([("Content-Type", "x/y")])), "unexpected_part_type"),
            (
                PUT.replace(part_headers=Headers([*HTTP, ("Content-ID", "9")])),
                "content_id_conflict",
            ),
        ],
    )
    def test_checked(self, new: Operation, code: str) -> None:
        """What is new is checked as ever."""
        batch = decode_request(LF_BODY, CONTENT_TYPE, [Oddity.BARE_LF])
        assert refused(batch.replace(batch.operations[1], new), None) == (code, "batch[1]")

    @pytest.mark.parametrize(
        ("head", "expected"),
        [
            # A CRLF message, the head's blank line an LF that is the delimiter's line end too.
            (b"GET a HTTP/1.1\r\n\n", b"GET x HTTP/1.1\r\n\r\nnew\r\n"),
            (b"GET a HTTP/1.1\r\n\r\n", b"GET x HTTP/1.1\r\n\r\nnew\r\n"),
            (b"GET a HTTP/1.1\r\n\r\n\r\n", b"GET x HTTP/1.1\r\n\r\nnew\r\n"),
        ],
    )
    def test_shared_blank_line(self, head: bytes, expected: bytes) -> None:
        """A blank line that was shared is the delimiter's, with the message's own line end."""
        part = b"--b\r\nContent-Type: application/http\r\n\r\n"
        batch = decode_request(part + head + b"--b--\r\n", CONTENT_TYPE, [Oddity.BARE_LF])
        (leaf,) = batch.operations
        encoded = encode_request(batch.replace(leaf, Operation("GET", "x", body=b"new")))
        assert encoded.body == part + expected + b"--b--\r\n"

    def test_shared_blank_line_in_line_feeds(self) -> None:
        """The same in an LF message, where that blank line is CRLF."""
        part = b"--b\nContent-Type: application/http\n\n"
        body = part + b"GET a HTTP/1.1\n\r\n--b--\n"
        batch = decode_request(body, CONTENT_TYPE, [Oddity.BARE_LF])
        (leaf,) = batch.operations
        new = Operation("GET", "x", body=b"new")
        changed = batch.replace(leaf, new)
        got = decode_request(encode_request(changed).body, CONTENT_TYPE, [Oddity.BARE_LF])
        assert got == changed

    def test_unquoted_boundary(self) -> None:
        """Where the batch's own boundary was tolerated, a part is replaced all the same."""
        body = b"--(b)\r\nContent-Type: application/http\r\n\r\nGET a HTTP/1.1\r\n\r\n\r\n--(b)--"
        batch = decode_request(body, "multipart/mixed; boundary=(b)", [Oddity.UNQUOTED_BOUNDARY])
        (leaf,) = batch.operations
        encoded = encode_request(batch.replace(leaf, leaf.replace(target="b")))
        assert encoded == ("multipart/mixed; boundary=(b)", body.replace(b"GET a", b"GET b"))

    def test_missing_content_type(self) -> None:
        """A part that was read without a Content-Type is not written so again."""
        body = b"--b\r\n\r\nGET a HTTP/1.1\r\n\r\n\r\n--b--"
        batch = decode_request(body, CONTENT_TYPE, [Oddity.MISSING_CONTENT_TYPE], Limits())
        (leaf,) = batch.operations
        assert refused(batch.replace(leaf, leaf), None) == ("unexpected_part_type", "batch[0]")
        new = leaf.replace(part_headers=HTTP)
        assert decode_request(encode_request(batch.replace(leaf, new)).body, CONTENT_TYPE)


class TestTypes:
    """Arguments and attributes of the wrong type are a TypeError."""

    @pytest.mark.parametrize(
        "part",
        [
            "operation",
            None,
            HttpRequest("GET", "a"),
            OK,
            ChangesetResponse((OK,)),
            Changeset((Changeset((PUT,)),)),  # type: ignore[arg-type]
            Changeset((PUT,), [("a", "b")]),  # type: ignore[arg-type]
            Changeset((OK,)),  # type: ignore[arg-type]
            Changeset(None),  # type: ignore[arg-type]
            PUT.replace(method=b"PUT"),
            PUT.replace(method=None),
            PUT.replace(target=b"a"),
            PUT.replace(target=5),
            PUT.replace(target=None),
            PUT.replace(version=1),
            PUT.replace(body="body"),
            PUT.replace(body=""),
            PUT.replace(body=None),
            PUT.replace(body=4),
            PUT.replace(headers=[("a", "b")]),
            PUT.replace(headers={"a": "b"}),
            PUT.replace(headers=None),
            PUT.replace(part_headers=[("a", "b")]),
        ],
    )
    def test_operation(self, part: Any) -> None:
        """Alone, and behind one that is in order."""
        for batch in (Batch((part,)), Batch((PUT, PUT, part))):
            with pytest.raises(TypeError):
                encode_request(batch, ODATA_V4, allow=ALLOW)

    @pytest.mark.parametrize(
        "part",
        [
            PUT,
            Changeset((PUT,)),
            ChangesetResponse((PUT,)),  # type: ignore[arg-type]
            OK.replace(status="200"),
            OK.replace(status=200.0),
            OK.replace(status=True),
            OK.replace(status=None),
            OK.replace(reason=None),
            OK.replace(reason=b"OK"),
            OK.replace(version=None),
            OK.replace(body="body"),
        ],
    )
    def test_answer(self, part: Any) -> None:
        """The same for answers."""
        for answer in (BatchResponse((part,)), BatchResponse((OK, part))):
            with pytest.raises(TypeError):
                encode_response(answer, ODATA_V4, allow=["repeated_content_id"])

    @pytest.mark.parametrize("batch", [None, "batch", (), BatchResponse(()), PUT])
    def test_batch(self, batch: Any) -> None:
        """A batch, not an answer."""
        with pytest.raises(TypeError):
            encode_request(batch, ODATA_V4)

    @pytest.mark.parametrize("answer", [None, "answer", (), Batch(()), OK])
    def test_batch_response(self, answer: Any) -> None:
        """An answer, not a batch."""
        with pytest.raises(TypeError):
            encode_response(answer, ODATA_V4)

    @pytest.mark.parametrize(
        "options",
        [
            {"dialect": "azure"},
            {"dialect": ODATA_V4, "boundaries": 5},
            {"dialect": ODATA_V4, "boundaries": [b"o"]},
            {"dialect": ODATA_V4, "boundaries": [None]},
            {"dialect": ODATA_V4, "boundaries": "oc"},
            {"dialect": ODATA_V4, "allow": "missing_content_id"},
            {"dialect": ODATA_V4, "allow": None},
        ],
    )
    def test_options(self, options: dict[str, Any]) -> None:
        """A dialect, boundaries and codes."""
        with pytest.raises(TypeError):
            encode_request(Batch((PUT,)), **options)

    @pytest.mark.parametrize("wrap", [bytearray, memoryview])
    def test_bytes_like(self, wrap: Callable[[bytes], Any]) -> None:
        """A body of another kind of bytes is written, or refused; never anything else."""
        leaf = PUT.replace(body=wrap(b"body"))
        try:
            encoded = encode_request(Batch((leaf,)), ODATA_V4)
        except TypeError:
            return
        assert decode_request(encoded.body, encoded.content_type).operations[0].body == b"body"


class TestSharedLineEnd:
    """Where an old head's blank line was the delimiter's line end, a new body needs its own."""

    @pytest.mark.parametrize("name", ["", "-crlf"])
    def test_replaced(self, name: str) -> None:
        """The next operation is not swallowed, and the body is what was given."""
        fixture = Path(f"fixtures/odata/bare-lf-shared-blank-line{name}.request.bin")
        batch = decode_request(fixture.read_bytes(), "multipart/mixed; boundary=batch_1", CAPTURED)
        first, second = batch.operations
        changed = batch.replace(first, first.replace(body=b"NEW"))
        encoded = encode_request(changed)
        again = decode_request(encoded.body, encoded.content_type, CAPTURED)
        assert again.operations == (first.replace(body=b"NEW"), second)
