"""Parts as text: what is written of a leaf, and what would break the message and is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
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
    decode_response,
    encode_request,
    encode_response,
    part_writer,
)
from odatabatch.dialect import APPLICATION_HTTP
from odatabatch.part_writer import PartWriter
from tests import strategies

HTTP = Headers([("Content-Type", "application/http")])
ALLOW = ("missing_content_id", "empty_content_id", "repeated_content_id", "forbidden_header")

PUT = Operation("PUT", "a", Headers([("Content-ID", "1"), ("If-Match", "*")]), b"body")
GET = Operation("GET", "b").with_content_id("2", at="part")
OK = OperationResponse(200, "OK", Headers([("Content-ID", "1")]), b"body")
NONE = OperationResponse(204, "No Content").with_content_id("2", at="part")


def refused(batch: Any) -> tuple[str, str | None]:
    """The code and part of the error that writing raises."""
    allow = {fault.code for fault in check(batch, ODATA_V4)}
    with pytest.raises(EncodeError) as raised:
        write(batch)(batch, ODATA_V4, allow=allow)
    error = raised.value
    assert (error.offset, error.line) == (None, None)
    return error.code, error.part


def write(batch: Any) -> Callable[..., Any]:
    """The encoder for a batch or an answer."""
    return encode_request if isinstance(batch, Batch) else encode_response


class TestWritten:
    """OData 4.01 §11.7.7.1, §11.7.7.1: a part's header section, and the head of its message."""

    def test_own_part_headers(self) -> None:
        """A part's own headers stay; without a Content-Type the dialect's come before them."""
        own = Headers([("content-type", "Application/HTTP; msgtype=request"), ("X", "y")])
        encoded = encode_request(Batch((GET.replace(part_headers=own),)), ODATA_V4, ["o"])
        assert encoded.body.startswith(
            b"--o\r\ncontent-type: Application/HTTP; msgtype=request\r\nX: y\r\n\r\nGET"
        )
        own = Headers([("content-transfer-encoding", "8bit")])
        encoded = encode_request(Batch((GET.replace(part_headers=own),)), ODATA_V4, ["o"])
        assert encoded.body.startswith(
            b"--o\r\nContent-Type: application/http\r\ncontent-transfer-encoding: 8bit\r\n\r\nGET"
        )

    def test_missing_version(self) -> None:
        """A request that was read without one is written with it."""
        encoded = encode_request(Batch((GET.replace(version=None),)), ODATA_V4, ["o"])
        assert b"\r\nGET b HTTP/1.1\r\n" in encoded.body

    def test_changeset_headers(self) -> None:
        """A changeset's boundary is written anew, its length is left out, the rest stays."""
        fields = Headers([("X", "y"), ("content-length", "9"), ("content-type", "x"), ("Y", "z")])
        encoded = encode_request(Batch((Changeset((), fields),)), ODATA_V4, ["o", "c"])
        expected = b"--o\r\nContent-Type: multipart/mixed; boundary=c\r\nX: y\r\nY: z\r\n\r\n--c--"
        assert encoded.body.startswith(expected)


class TestContentLength:
    """A message with a body that has none gets one, where the dialect writes them."""

    @pytest.mark.parametrize("dialect", strategies.DIALECTS, ids=lambda it: it.name)
    @given(st.data(), strategies.kinds)
    def test_true(self, dialect: Dialect, data: st.DataObject, kind: str) -> None:
        """It is the last field and tells the body's length; any other message stays as it is."""
        # Several that are alike, so that some are filled in by a template.
        few = data.draw(st.lists(strategies.leaves(kind), min_size=1, max_size=3))
        batch = strategies.batch_of(kind, tuple(few * 2))
        allow = {fault.code for fault in check(batch, dialect)}
        encoded = write(batch)(batch, dialect, allow=allow)
        decode: Any = decode_request if kind == "request" else decode_response
        got = decode(encoded.body, encoded.content_type)
        for leaf, written in zip(strategies.leaves_of(got), few * 2, strict=True):
            fields = leaf.headers.without("Content-ID")
            own = written.headers.without("Content-ID")
            if dialect.writes_content_length and written.body and "Content-Length" not in own:
                assert fields[-1] == ("Content-Length", str(len(written.body)))
                assert fields[:-1] == own.items()
            else:
                assert fields == own

    @pytest.mark.parametrize("length", ["28", "29"])
    def test_of_a_part(self, length: str) -> None:
        """A part's own that fits is written, and leaves no room for the message's."""
        own = Headers([*APPLICATION_HTTP, ("Content-Length", length)])
        leaf = PUT.replace(part_headers=own, headers=Headers([("A", "b")]))
        batch = Batch((leaf, leaf))
        if length == "28":
            encoded = encode_request(batch, ODATA_V4, ["o"])
            assert decode_request(encoded.body, encoded.content_type).operations == (leaf, leaf)
        else:
            assert refused(batch) == ("content_length_mismatch", "batch[0]")

    def test_of_a_part_among_others(self) -> None:
        """That of one part says nothing of the next."""
        own = Headers([*APPLICATION_HTTP, ("Content-Length", "28")])
        leaf = PUT.replace(part_headers=own, headers=Headers([("A", "b")]))
        plain = PUT.replace(headers=Headers([("A", "b")]))
        encoded = encode_request(Batch((leaf, plain, leaf, plain)), ODATA_V4, ["o"])
        got = decode_request(encoded.body, encoded.content_type).operations
        assert [it.headers.get("Content-Length") for it in got] == [None, "4", None, "4"]

    def test_length_of_a_304(self) -> None:
        """A 304 may say how long its content would have been (RFC 9110 §8.6)."""
        leaf = OperationResponse(304, "", Headers([("Content-Length", "9")]))
        encoded = encode_response(BatchResponse((leaf,)), ODATA_V4)
        (got,) = decode_response(encoded.body, encoded.content_type).responses
        assert got.headers == leaf.headers


class TestRefused:
    """Names, values, methods, targets, reasons that would break the message."""

    @pytest.mark.parametrize(
        ("leaf", "code"),
        [
            (PUT.replace(method=""), "invalid_method"),
            (PUT.replace(method="P T"), "invalid_method"),
            (PUT.replace(method="PUT\r\n"), "invalid_method"),
            (PUT.replace(method="PÜT"), "invalid_method"),
            (PUT.replace(target=""), "invalid_target"),
            (PUT.replace(target="a b"), "invalid_target"),
            (PUT.replace(target="a\r\nb"), "invalid_target"),
            (PUT.replace(target="ä"), "invalid_target"),
            (PUT.replace(target="a\x7f"), "invalid_target"),
            (PUT.replace(version="HTTP/1.0"), "other_version"),
            (PUT.replace(headers=Headers([("a", "b\r\nc: d")])), "invalid_field"),
            (PUT.replace(headers=Headers([("a\r\nb", "c")])), "invalid_field"),
            (PUT.replace(headers=Headers([("a", "\u20ac")])), "invalid_field"),
            (PUT.replace(headers=Headers([("a", " b")])), "invalid_field"),
            (PUT.replace(part_headers=Headers([("a", "b ")])), "invalid_field"),
            (PUT.replace(headers=Headers([("Host", "a"), ("host", "a")])), "repeated_field"),
            (PUT.replace(headers=Headers([("Transfer-Encoding", "x")])), "transfer_encoding"),
            (PUT.replace(part_headers=Headers([("transfer-encoding", "")])), "transfer_encoding"),
            (PUT.replace(headers=Headers([("Content-Length", "5")])), "content_length_mismatch"),
            (PUT.replace(headers=Headers([("Content-Length", "+4")])), "content_length_mismatch"),
            (PUT.replace(headers=Headers([("Content-Length", "٤")])), "content_length_mismatch"),
            (
                PUT.replace(part_headers=Headers([*HTTP, ("Content-Length", "4")])),
                "content_length_mismatch",
            ),
            (PUT.replace(part_headers=Headers([("Content-ID", "2")])), "content_id_conflict"),
            (PUT.replace(part_headers=Headers([("Content-ID", "")])), "content_id_conflict"),
            (PUT.with_content_id("1\r\n", at="part"), "invalid_field"),
            (
                PUT.replace(part_headers=Headers([("Content-Type", "text/plain")])),
                "unexpected_part_type",
            ),
            (
                PUT.replace(
                    part_headers=Headers([("Content-Type", "multipart/mixed; boundary=x")])
                ),
                "unexpected_part_type",
            ),
            (
                PUT.replace(part_headers=Headers([*HTTP, ("Content-Transfer-Encoding", "base64")])),
                "content_transfer_encoding",
            ),
        ],
    )
    def test_operation(self, leaf: Operation, code: str) -> None:
        """On top or in a changeset, alone or behind others like it; the part is named."""
        assert refused(Batch((leaf,))) == (code, "batch[0]")
        assert refused(Batch((PUT, leaf))) == (code, "batch[1]")
        assert refused(Batch((GET, Changeset((PUT, PUT, leaf))))) == (
            code,
            "batch[1]/changeset[2]",
        )

    @pytest.mark.parametrize(
        ("leaf", "code"),
        [
            (OK.replace(status=99), "invalid_status"),
            (OK.replace(status=1000), "invalid_status"),
            (OK.replace(status=-200), "invalid_status"),
            (OK.replace(reason="a\r\nb"), "invalid_reason"),
            (OK.replace(reason="\u20ac"), "invalid_reason"),
            (OK.replace(version="HTTP/2"), "other_version"),
            (OK.replace(status=204), "content_not_allowed"),
            (OK.replace(status=304), "content_not_allowed"),
            (OK.replace(status=101), "content_not_allowed"),
            (NONE.replace(headers=Headers([("Content-Length", "9")])), "content_length_mismatch"),
            (
                NONE.replace(status=304, headers=Headers([("Transfer-Encoding", "chunked")])),
                "transfer_encoding",
            ),
        ],
    )
    def test_answer(self, leaf: OperationResponse, code: str) -> None:
        """The same for answers."""
        assert refused(BatchResponse((leaf,))) == (code, "batch[0]")
        assert refused(BatchResponse((OK, NONE, ChangesetResponse((OK, leaf))))) == (
            code,
            "batch[2]/changeset[1]",
        )

    @pytest.mark.parametrize(
        ("pair", "code"),
        [
            (("a", "b\n"), "invalid_field"),
            (("Transfer-Encoding", "chunked"), "transfer_encoding"),
            (("Content-Transfer-Encoding", "base64"), "content_transfer_encoding"),
        ],
    )
    def test_changeset(self, pair: tuple[str, str], code: str) -> None:
        """And for the fields of a changeset's part."""
        batch = Batch((GET, Changeset((PUT,), Headers([pair]))))
        assert refused(batch) == (code, "batch[1]")

    @pytest.mark.parametrize(
        "value",
        [
            "application/http; a",
            "application/http; boundary=(x)",
            'application/http; a="',
            "application/http; ;x",
            "application/http;é=1",
        ],
    )
    def test_part_type(self, value: str) -> None:
        """A part's Content-Type that no strict reader takes."""
        leaf = PUT.replace(part_headers=Headers([("Content-Type", value)]))
        assert refused(Batch((leaf,)))[1] == "batch[0]"

    def test_nothing_is_quoted(self) -> None:
        """The error names the field, and escapes and cuts it; of its value it says nothing."""
        headers = Headers([("x\r\nforged", "secret"), ("y" * 9999, "secret")])
        with pytest.raises(EncodeError) as raised:
            encode_request(Batch((PUT.replace(headers=headers),)), ODATA_V4, allow=ALLOW)
        text = str(raised.value)
        assert "secret" not in text
        assert "\n" not in text
        assert len(text) < 5000


class TestFast:
    """Leaves that are alike are filled in by one template; the bytes are those of each alone."""

    @pytest.mark.parametrize("dialect", strategies.DIALECTS, ids=lambda it: it.name)
    @given(st.data(), strategies.kinds)
    def test_alone_and_together(self, dialect: Dialect, data: st.DataObject, kind: str) -> None:
        """A leaf among others like it is written, or refused, as it is alone."""
        few = data.draw(st.lists(strategies.leaves(kind), min_size=1, max_size=2))
        many = data.draw(st.lists(strategies.alike(st.sampled_from(few)), min_size=2, max_size=8))

        def written(*leaves: Any) -> bytes | tuple[str, str | None]:
            batch = strategies.batch_of(kind, leaves)
            allow = {fault.code for fault in check(batch, dialect)}
            try:
                body: bytes = write(batch)(batch, dialect, ["qqqq_boundary"], allow).body
            except EncodeError as error:
                return error.code, error.part
            return body.removesuffix(b"--qqqq_boundary--\r\n")

        alone = [written(leaf) for leaf in many]
        bad = [(it[0], f"batch[{at}]") for at, it in enumerate(alone) if isinstance(it, tuple)]
        assert written(*many) == (bad[0] if bad else b"".join(filter(None, map(_bytes, alone))))

    @pytest.mark.parametrize(
        "value", ["a\r\nb: c", "\r", "\n", "\0", "\x7f", " a", "a ", "\t", "\u20ac", " "]
    )
    @pytest.mark.parametrize("in_part", [False, True])
    def test_one_bad_among_many(self, value: str, in_part: bool) -> None:
        """One bad value among a hundred alike is found, and its part named."""

        def leaf(text: str) -> Operation:
            headers = Headers([("If-Match", text)])
            return GET.with_content_id(text) if in_part else PUT.replace(headers=headers)

        good = [leaf(f"id {at}") for at in range(100)]
        assert refused(Batch((*good, leaf(value), *good))) == ("invalid_field", "batch[100]")

    @pytest.mark.parametrize("stated", ["3", "5", "04", "+4", ""])
    def test_one_wrong_length(self, stated: str) -> None:
        """One wrong Content-Length among a hundred true ones."""
        good = PUT.replace(headers=Headers([("Content-Length", "4")]))
        bad = PUT.replace(headers=Headers([("Content-Length", stated)]))
        if stated == "04":  # RFC 9110 §8.6: 1*DIGIT
            encoded = encode_request(Batch((good, bad, good)), ODATA_V4)
            got = decode_request(encoded.body, encoded.content_type).operations
            assert [it.headers.get("Content-Length") for it in got] == ["4", "04", "4"]
        else:
            batch = Batch((*[good] * 100, bad, good))
            assert refused(batch) == ("content_length_mismatch", "batch[100]")

    def test_sections(self) -> None:
        """Parts with the same fields and other values, in turn."""
        leaves = [
            GET.replace(
                part_headers=Headers([*HTTP, ("X-Content-ID", x), ("Content-ID", content_id)])
            )
            for x, content_id in (("1", "1"), ("1", "2"), ("b", "3"), ("1", "4"), ("b", "5"))
        ]
        encoded = encode_request(Batch(tuple(leaves)), ODATA_V4)
        assert decode_request(encoded.body, encoded.content_type).operations == tuple(leaves)

    @pytest.mark.parametrize("dialect", strategies.DIALECTS, ids=lambda it: it.name)
    @pytest.mark.parametrize("at", ["part", "message"])
    @pytest.mark.parametrize("like", [PUT, OK], ids=["operations", "answers"])
    @pytest.mark.parametrize("stated", [False, True])
    def test_written_once(
        self, dialect: Dialect, at: str, like: Any, stated: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a hundred that differ in their ids, values and bodies, few are written one by one."""
        one_by_one: list[Any] = []
        text = PartWriter.text

        def counted(self: PartWriter, leaf: Any) -> str:
            one_by_one.append(leaf)
            return text(self, leaf)

        monkeypatch.setattr(PartWriter, "text", counted)

        def leaf(n: int) -> Any:
            own = [("Content-ID", str(n)), ("X-After", "it")]
            length = [("Content-Length", str(n))] if stated else []
            headers = Headers([("X-Value", f"v{n}"), *length, *(own if at == "message" else [])])
            part_headers = HTTP if at == "message" else Headers([*HTTP, *own])
            return like.replace(headers=headers, part_headers=part_headers, body=bytes(n))

        leaves = [leaf(n) for n in range(1, 101)]
        batch = strategies.batch_of("request" if like is PUT else "response", tuple(leaves))
        allow = {fault.code for fault in check(batch, dialect)}
        write(batch)(batch, dialect, allow=allow)
        where = dialect.content_id_at or at
        assert len(one_by_one) == (1 if where == at else 100)

    @pytest.mark.parametrize(
        "other",
        [
            NONE.replace(status=205),
            NONE.replace(reason="Nothing"),
            NONE.replace(version="HTTP/1.0"),
            NONE.replace(body=b"x"),
            NONE.replace(status=204.0),
            NONE.replace(status="204"),
        ],
    )
    def test_start_lines(self, other: OperationResponse) -> None:
        """An answer that differs in one thing of its start line has a start line of its own."""
        together = [NONE, NONE, other, NONE]

        def written(*answers: OperationResponse) -> bytes | str:
            allow = ["repeated_content_id"]
            try:
                body = encode_response(BatchResponse(answers), ODATA_V4, ["qqqq"], allow).body
            except EncodeError as error:
                return error.code
            except TypeError:
                return "TypeError"
            return body.removesuffix(b"--qqqq--\r\n")

        alone = [written(it) for it in together]
        refusals = [it for it in alone if isinstance(it, str)]
        bodies = [it for it in alone if isinstance(it, bytes)]
        assert written(*together) == (refusals[0] if refusals else b"".join(bodies))

    @pytest.mark.parametrize("character", ["~", "\x80", "\xff", "\xa0"])
    def test_characters_that_are_usual(
        self, character: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They are judged all at once: RFC 9110 §5.5 has no more of them."""
        plain: list[bool] = []
        judge = part_writer._is_plain

        def judged(lines: str, count: int) -> bool:
            plain.append(judge(lines, count))
            return plain[-1]

        monkeypatch.setattr(part_writer, "_is_plain", judged)
        leaves = [PUT.replace(headers=Headers([("A", f"a{character}b")]))] * 3
        encode_request(Batch(tuple(leaves)), ODATA_V4)
        assert plain == [True]

    def test_tabs(self) -> None:
        """What the template cannot judge is judged one by one, and may be in order."""
        leaves = tuple(PUT.replace(headers=Headers([("A", text)])) for text in ("a", "b\tc"))
        encoded = encode_request(Batch(leaves), ODATA_V4)
        got = decode_request(encoded.body, encoded.content_type)
        assert [it.headers[0][1] for it in got.operations] == ["a", "b\tc"]

    def test_empty_values(self) -> None:
        """An empty value is in order, alone and among many."""
        leaves = [PUT.replace(headers=Headers([("If-Match", text)])) for text in ("a", "", "b", "")]
        encoded = encode_request(Batch(tuple(leaves)), ODATA_V4)
        got = decode_request(encoded.body, encoded.content_type)
        assert [it.headers[0][1] for it in got.operations] == ["a", "", "b", ""]


def _bytes(written: Any) -> bytes | None:
    return written if isinstance(written, bytes) else None
