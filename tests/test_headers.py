"""Header fields: a sequence of pairs, read and written."""

from __future__ import annotations

import operator
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import (
    ODATA_V4,
    Batch,
    DecodeError,
    EncodeError,
    Headers,
    Oddity,
    Operation,
    Tolerance,
    encode_request,
)
from odatabatch.headers import (
    CONDITIONS,
    FORBIDDEN,
    ONCE,
    FieldNames,
    KnownNames,
    field_lines,
    read_field_lines,
)
from tests import strategies

PAIRS = (("Accept", "a"), ("accept", "b"), ("Content-Type", "c"))


def read(section: bytes, folding: Oddity | None = None, tolerate: Any = ()) -> Headers:
    """The fields of a section that begins at byte 100 of the input."""
    return read_field_lines(section, 100, Tolerance(tolerate), folding=folding)


def given_and_read() -> list[Headers]:
    """The same fields, once given as pairs, once read from the wire."""
    return [Headers(PAIRS), read(b"Accept: a\r\naccept:b \r\nContent-Type:\tc\r\n")]


each_origin = pytest.mark.parametrize("headers", given_and_read(), ids=["given", "read"])


class TestSequence:
    """RFC 9110 §5.1, §5.3: names compare without case, order and repetition are kept."""

    @each_origin
    def test_pairs(self, headers: Headers) -> None:
        """It is the sequence of its pairs, spelled as they came."""
        assert headers.items() == tuple(headers) == PAIRS
        assert len(headers) == 3
        assert headers[0] == headers[-3] == ("Accept", "a")
        assert headers[1:] == PAIRS[1:]
        assert headers.names == ("Accept", "accept", "Content-Type")
        assert headers.values == ("a", "b", "c")

    @each_origin
    def test_get(self, headers: Headers) -> None:
        """The first of a name, all of a name, or whether there is one."""
        assert headers.get("ACCEPT") == "a"
        assert headers.get("Host") is None
        assert headers.get("Host", "here") == "here"
        assert headers.get_all("accept") == ("a", "b")
        assert headers.get_all("Host") == ()
        assert "content-type" in headers
        assert "Host" not in headers
        assert 5 not in headers

    @each_origin
    def test_without(self, headers: Headers) -> None:
        """All fields of some names left out."""
        assert headers.without("ACCEPT") == Headers(PAIRS[2:])
        assert headers.without("Host") == headers
        assert headers.without("accept", "content-type") == Headers()

    @each_origin
    def test_with_field(self, headers: Headers) -> None:
        """One field set: in its place and spelling where it stands, and alone, else at the end."""
        expected = Headers([("Accept", "x"), ("Content-Type", "c")])
        assert headers.with_field("ACCEPT", "x") == expected
        assert headers.with_field("Host", "x")[-1] == ("Host", "x")

    def test_empty(self) -> None:
        """No fields are none, and false."""
        assert not Headers()
        assert Headers().items() == read(b"").items() == ()
        assert Headers() == read(b"")

    def test_from_iterator(self) -> None:
        """Any iterable of pairs will do; it is read once."""
        headers = Headers(pair for pair in PAIRS)
        assert headers.items() == headers.items() == PAIRS

    @pytest.mark.parametrize(
        "pairs", [None, 5, "ab", [1], [("a",)], [("a", "b", "c")], [(b"a", b"b")], [("a", 5)]]
    )
    def test_wrong_types(self, pairs: Any) -> None:
        """What is no sequence of pairs of str is a TypeError."""
        with pytest.raises(TypeError):
            Headers(pairs)


class TestValue:
    """Immutable, compared by names and values as spelled, and picklable."""

    @each_origin
    def test_equality(self, headers: Headers) -> None:
        """Wherever they came from, as long as they are spelled the same."""
        assert headers == Headers(PAIRS)
        assert hash(headers) == hash(Headers(PAIRS)) != hash(Headers())
        # A Struct has a != of its own.
        assert operator.ne(headers, Headers(PAIRS)) is False
        assert headers != Headers(PAIRS[:2])
        assert headers != Headers([("accept", "a"), *PAIRS[1:]])
        assert headers != PAIRS
        assert operator.eq(headers, PAIRS) is False

    @each_origin
    def test_pickle(self, headers: Headers) -> None:
        """The same after a journey, and after another."""
        again = pickle.loads(pickle.dumps(headers))  # noqa: S301
        assert again == headers
        assert pickle.loads(pickle.dumps(again)).items() == PAIRS  # noqa: S301

    @each_origin
    def test_frozen(self, headers: Headers) -> None:
        """Nothing can be set."""
        with pytest.raises(AttributeError):
            headers.anything = ()  # type: ignore[attr-defined]

    @each_origin
    def test_shows_no_values(self, headers: Headers) -> None:
        """Printed it tells the names alone."""
        headers = headers.with_field("Authorization", "secret")
        for text in (repr(headers), str(headers), repr(headers.__rich_repr__())):
            assert "secret" not in text
            assert "Authorization" in text
        assert repr(Headers()) == "<Headers empty>"
        assert repr(headers) == "<Headers Accept, accept, Content-Type, Authorization>"
        assert headers.__rich_repr__() == [("names", headers.names)]

    def test_shows_no_raw_bytes(self) -> None:
        """Names that could not be written are escaped, and cut."""
        text = repr(Headers([("a\r\nforged log line", "v"), ("x" * 100_000, "v")]))
        assert text == f"<Headers 'a\\r\\nforged log line', {'x' * 64}>"

    def test_shows_64_names(self) -> None:
        """Of more there is a mark."""
        names = [f"A{number}" for number in range(65)]
        shown = ", ".join(names[:64])
        assert repr(Headers([(name, "v") for name in names[:64]])) == f"<Headers {shown}>"
        assert repr(Headers([(name, "v") for name in names])) == f"<Headers {shown}, …>"


class TestRead:
    """RFC 9112 §5, RFC 9110 §5.5; folding: RFC 5322 §2.2.3, RFC 9112 §5.2."""

    @pytest.mark.parametrize(
        ("section", "pairs"),
        [
            (b"", ()),
            (b"A:\r\n", (("A", ""),)),
            (b"A: \t b c \t\r\n", (("A", "b c"),)),
            (b"A: b", (("A", "b"),)),
            (b"A: b\r\nB: c:d\r\n", (("A", "b"), ("B", "c:d"))),
            (b"!#$%&'*+-.^_`|~09Az: \x80\xff\r\n", (("!#$%&'*+-.^_`|~09Az", "\x80\xff"),)),
            (b"A: b\xa0 \r\nB: X\t\r\n", (("A", "b\xa0"), ("B", "X"))),
            (b"A: b\r\n c\r\n", (("A", "b c"),)),
            (b"A: b\r\n X\r\n", (("A", "b X"),)),
            (b"A:\r\n\tb\r\n  c \r\nB: d\r\n", (("A", "b  c"), ("B", "d"))),
        ],
    )
    def test_accepted(self, section: bytes, pairs: tuple[tuple[str, str], ...]) -> None:
        """Values lose the white space around them, and folds their line end alone."""
        assert read(section).items() == pairs
        assert read(section).values == tuple(value for _, value in pairs)

    @pytest.mark.parametrize(
        ("section", "at"),
        [
            (b": b\r\n", 0),
            (b"A\r\n", 1),
            (b"A b: c\r\n", 1),
            (b"A : b\r\n", 1),
            (b"\r\n", 0),
            (b" A: b\r\n", 0),
            (b"A: b\r\n \t\r\n", 6),
            (b"A: b\0\r\n", 4),
            (b"A:\0\r\n", 2),
            (b"A: b\r\n \x0b\r\n", 7),
            (b"A: b\rc\r\n", 4),
            (b"A: b\x7f\r\n", 4),
            (b"A: b\r\n c\0\r\n", 8),
            (b"A: b\r", 4),
            (b"\xe9: b\r\n", 0),
            (b"A", 1),
        ],
    )
    def test_refused(self, section: bytes, at: int) -> None:
        """What is no field line is refused at the byte where it goes wrong."""
        with pytest.raises(DecodeError) as raised:
            read(section)
        assert (raised.value.code, raised.value.offset) == ("invalid_field_line", 100 + at)

    @pytest.mark.parametrize(
        ("section", "text"),
        [
            (b": b\r\n", "expected a field name, got byte b':'"),
            (b"\n", "expected a field name, got the end of the line"),
            (b"A b: c\r\n", "expected a colon after the field name, got byte b' '"),
            (b"A", "expected a colon after the field name, got the end of the line"),
            (b"A: b\0c\r\n", r"expected a field value, got control byte b'\x00'"),
            (b"Host: a\r\nHOST: a\r\n", "expected one host field, got another"),
        ],
    )
    def test_refused_with(self, section: bytes, text: str) -> None:
        """The error says what was expected, and the one byte that came."""
        with pytest.raises(DecodeError) as raised:
            read(section, None, {"bare_lf"})
        assert raised.value.message == text

    def test_folding_as_an_oddity(self) -> None:
        """In an HTTP message a fold has to be tolerated."""
        with pytest.raises(DecodeError) as raised:
            read(b"A: b\r\n c\r\n", Oddity.HTTP_FOLDING)
        assert (raised.value.code, raised.value.offset) == ("http_folding", 106)
        headers = read(b"A: b\r\n c\r\n", Oddity.HTTP_FOLDING, {Oddity.HTTP_FOLDING})
        assert headers.items() == (("A", "b c"),)

    def test_bare_line_feed(self) -> None:
        """A line that ends with LF alone has to be tolerated."""
        with pytest.raises(DecodeError) as raised:
            read(b"A: b\r\nB: c\n")
        assert (raised.value.code, raised.value.offset) == ("bare_lf", 110)
        with pytest.raises(DecodeError) as raised:
            read(b"\n")
        assert (raised.value.code, raised.value.offset) == ("bare_lf", 100)
        assert read(b"A: b\nB: c\n", None, {"bare_lf"}).items() == (("A", "b"), ("B", "c"))

    @pytest.mark.parametrize(
        "name", ["Content-Type", "Content-Length", "Content-ID", "Host", "Transfer-Encoding"]
    )
    def test_repeated(self, name: str) -> None:
        """A second one of these would change what the message means (RFC 9110 §5.3)."""
        section = f"{name}: a\r\nB: c\r\n{name.lower()}:a\r\n".encode()
        with pytest.raises(DecodeError) as raised:
            read(section)
        offset = 100 + section.index(name.lower().encode())
        assert (raised.value.code, raised.value.offset) == ("repeated_field", offset)

    def test_repeated_others(self) -> None:
        """Any other field may be repeated, and stays as it is."""
        section = b"Set-Cookie: a\r\nset-cookie: b\r\nContent-Types: c\r\nContent-Types: d\r\n"
        assert len(read(section)) == 4


class TestWrite:
    """RFC 9110 §5.1, §5.5: only what is read back as it is."""

    @given(strategies.field_pairs())
    def test_read_back(self, pairs: list[tuple[str, str]]) -> None:
        """What is written is read back."""
        headers = Headers(pairs)
        lines = field_lines(headers, FieldNames(headers.names)).encode("latin-1")
        assert read(lines) == headers

    @given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), min_size=1, max_size=3))
    def test_refused_or_read_back(self, pairs: list[tuple[str, str]]) -> None:
        """Anything else is refused."""
        headers = Headers(pairs)
        try:
            lines = field_lines(headers, FieldNames(headers.names)).encode("latin-1")
        except EncodeError as error:
            code = error.code
        else:
            code = "" if read(lines) == headers else "read otherwise"
        assert code in ("", "invalid_field", "repeated_field")

    @pytest.mark.parametrize(
        "pair",
        [
            ("", "b"),
            ("a b", "c"),
            ("a:", "b"),
            ("é", "b"),
            ("a\r\nb", "c"),
            ("a", "b\r\nc: d"),
            ("a", "b\n c"),
            ("a", "\0"),
            ("a", " b"),
            ("a", "b "),
            ("a", "\tb"),
            ("a", "b\t"),
            ("a", " "),
            ("a", "\u0100"),
            ("a", "\ud800"),
        ],
    )
    def test_invalid(self, pair: tuple[str, str]) -> None:
        """Names that are no token, values that would break the line or lose their ends."""
        headers = Headers([("Before", "ok"), pair])
        with pytest.raises(EncodeError) as raised:
            field_lines(headers, FieldNames(headers.names))
        assert raised.value.code == "invalid_field"

    def test_repeated(self) -> None:
        """A second one of the fields that may stand once is not written."""
        headers = Headers([("Host", "a"), ("host", "a")])
        with pytest.raises(EncodeError) as raised:
            field_lines(headers, FieldNames(headers.names))
        assert raised.value.code == "repeated_field"


class TestNames:
    """What names say is worked out once."""

    def test_known(self) -> None:
        """The same names give the same object."""
        known = KnownNames()
        names = known[("A", "content-id", "Content-Length", "a", "TE")]
        assert known[("A", "content-id", "Content-Length", "a", "TE")] is names
        assert names.index == {"a": 0, "content-id": 1, "content-length": 2, "te": 4}
        assert (names.content_id, names.framing, names.repeated) == (1, True, False)
        assert names.forbidden == ("te",)
        assert names.conditions == ()

    @pytest.mark.parametrize(
        ("names", "framing", "usual"),
        [
            (("A", "B"), False, True),
            (("A", "a"), False, True),
            (("Content-Length",), True, True),
            (("Transfer-Encoding",), True, False),
            (("Host", "host"), False, False),
            (("a b",), False, False),
        ],
    )
    def test_framing(self, names: tuple[str, ...], framing: bool, usual: bool) -> None:
        """What tells the content's extent, and what needs a closer look."""
        known = FieldNames(names)
        assert (known.framing, known.usual) == (framing, usual)

    @given(st.lists(st.sampled_from(("If-Match", "if-none-match", "If-Range", "A", "Content-ID"))))
    def test_conditions(self, names: list[str]) -> None:
        """RFC 9110 §13.1.1, §13.1.2: where the fields stand that compare ETags, each of them."""
        at = FieldNames(tuple(names)).conditions
        assert [names[it] for it in at] == [it for it in names if it.lower().endswith("match")]
        assert list(at) == sorted(set(at))

    def test_get(self) -> None:
        """The first value of a name, or None."""
        headers = Headers([("A", "1"), ("a", "2")])
        names = FieldNames(headers.names)
        assert (names.get(headers, "a"), names.get(headers, "b")) == ("1", None)


def test_known_names_are_bounded() -> None:
    """A stream may go on for ever, with other names in each operation."""
    known = KnownNames()
    for number in range(3000):
        assert known[(f"X-{number}",)].index == {f"x-{number}": 0}
        assert len(known) <= 1024


TCHAR = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""RFC 9110 §5.6.2, letter by letter."""

VALUE = bytes({0x09, *range(0x20, 0x7F), *range(0x80, 0x100)})
"""RFC 9110 §5.5: a field value's bytes; those that are visible, and the two blanks."""


def value_in(line: bytes) -> str | None:
    """The value of the only field, or None where the line is refused."""
    try:
        return read(line + b"\r\n").values[0]
    except DecodeError:
        return None


def written(*fields: tuple[str, str]) -> bool:
    """Whether fields can be written."""
    batch = Batch((Operation("GET", "a", Headers(fields)),))
    try:
        encode_request(batch, ODATA_V4)
    except EncodeError:
        return False
    return True


class TestEveryByte:
    """Each byte in each place, read and written: RFC 9110 §5.1, §5.5, §5.6.2."""

    @pytest.mark.parametrize("byte", range(0x100))
    def test_name(self, byte: int) -> None:
        """A token's bytes and no others."""
        it = bytes([byte])
        known = it in TCHAR
        for name in (it, b"a" + it, it + b"a"):
            if it not in b"\r\n:":  # which end a name or a line
                assert (value_in(name + b": x") is not None) is known
            assert written((name.decode("latin-1"), "x")) is known

    @pytest.mark.parametrize("byte", [it for it in range(0x100) if it not in b"\r\n"])
    def test_value(self, byte: int) -> None:
        """A value's bytes; blanks at its ends are none of it."""
        it = bytes([byte])
        text = it.decode("latin-1")
        for value in (it, it + b"b", b"a" + it, b"a" + it + b"b", b"a " + it + b"b"):
            expected = value.decode("latin-1").strip(" \t") if it in VALUE else None
            assert value_in(b"A: " + value) == expected
        visible = it in VALUE and it not in b" \t"
        for around in (text, text + "b", "a" + text, f"a {text}b", f"a{text} b", f"\xe9{text}"):
            between = it in VALUE and (around[0], around[-1]) == ("a", "b")
            assert written(("A", around)) is (visible or between)

    def test_empty(self) -> None:
        """A value may be empty, a name may not."""
        assert (value_in(b"A:"), value_in(b"A: \t "), value_in(b": x")) == ("", "", None)
        assert (written(("A", "")), written(("", "x"))) == (True, False)


def test_fields_of_the_standards() -> None:
    """OData 4.01 §11.7.7.1 and RFC 9110 §5.3 name them."""
    assert {*FORBIDDEN} == {
        "authorization", "proxy-authorization", "expect", "from", "max-forwards", "range", "te",
    }  # fmt: skip
    assert {*CONDITIONS} == {"if-match", "if-none-match"}
    assert {*ONCE} == {
        "content-type", "content-length", "content-id", "host", "transfer-encoding",
    }  # fmt: skip
