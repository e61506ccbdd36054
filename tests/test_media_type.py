"""Content-Type and its parameters, read and written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import DecodeError, EncodeError, MetOddity, Oddity, Tolerance
from odatabatch.media_type import (
    MediaType,
    boundary_of,
    checked_boundary,
    is_boundary,
    quoted,
    read_media_type,
)

BCHARS = "0123456789ABCXYZabcxyz'()+_,-./:=?"


def read(value: str, tolerate: Any = ()) -> MediaType:
    """The media type in the field at byte 7."""
    return read_media_type(value, 7, Tolerance(tolerate))


class TestRead:
    """RFC 9110 §8.3.1, §5.6.6."""

    @pytest.mark.parametrize(
        ("value", "at"),
        [
            ("text", 0),
            ("a/b; c=d; e", 8),
            ("a/b;c=", 3),
            ("a/b; boundary=(c) d", 3),
            ('a/b; boundary=(c)"', 3),
        ],
    )
    def test_place(self, value: str, at: int) -> None:
        """An error says at which character it does not go on."""
        with pytest.raises(DecodeError, match=f"at character {at} of"):
            read(value, {Oddity.UNQUOTED_BOUNDARY})

    @pytest.mark.parametrize(
        ("value", "name", "parameters"),
        [
            ("text/plain", "text/plain", ()),
            (" \tText/PLAIN\t ", "text/plain", ()),
            ("a/b;c=d", "a/b", (("c", "d"),)),
            ("a/b ; C=D ;\te=f", "a/b", (("c", "D"), ("e", "f"))),
            ("a/b;", "a/b", ()),
            ("a/b;;;c=d; ", "a/b", (("c", "d"),)),
            ('a/b;c=""', "a/b", (("c", ""),)),
            ('a/b;c="d;e=f"', "a/b", (("c", "d;e=f"),)),
            (r'a/b;c="\"\\\d"', "a/b", (("c", '"\\d'),)),
            ('a/b;c="\xe9\t!"', "a/b", (("c", "\xe9\t!"),)),
            ("a/b;c=d;c=e", "a/b", (("c", "d"), ("c", "e"))),
            ("a+x.y-z/b!#$;c='d'", "a+x.y-z/b!#$", (("c", "'d'"),)),
        ],
    )
    def test_accepted(self, value: str, name: str, parameters: Any) -> None:
        """Names in lower case, values unquoted and otherwise as they are."""
        assert read(value) == MediaType(name, parameters)

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "text",
            "text/",
            "/plain",
            "text / plain",
            "text/plain x",
            "text/plain, text/html",
            "a/b;c",
            "a/b;c=",
            "a/b;=d",
            "a/b;c =d",
            "a/b;c= d",
            "a/b;c=d e",
            "a/b;c=d,e",
            'a/b;c="d',
            'a/b;c="d"e',
            'a/b;c="\0"',
            'a/b;c="\u0100"',
            "a/b;c=d\r\n",
            "é/b",
            "a/b;boundary=",
            'a/b;boundary="x',
            "a/b;boundary=x y",
        ],
    )
    def test_refused(self, value: str) -> None:
        """What is no media type, with every other oddity tolerated."""
        with pytest.raises(DecodeError) as raised:
            read(value, frozenset(Oddity))
        assert (raised.value.code, raised.value.offset) == ("invalid_media_type", 7)

    @pytest.mark.parametrize("boundary", ["batch(36522ad7-fc75)", "a:b", "a=b", "a/b", "(", "é"])
    def test_unquoted_boundary(self, boundary: str) -> None:
        """A boundary that is no token needs quotes (RFC 2045 §5.1); tolerated by name."""
        value = f"multipart/mixed; a=b;Boundary={boundary} ; c=d"
        with pytest.raises(DecodeError) as raised:
            read(value)
        assert (raised.value.code, raised.value.offset) == ("unquoted_boundary", 7)
        tolerance = Tolerance({Oddity.UNQUOTED_BOUNDARY})
        media_type = read_media_type(value, None, tolerance)
        assert media_type.parameters == (("a", "b"), ("boundary", boundary), ("c", "d"))
        assert tolerance.met == (MetOddity(Oddity.UNQUOTED_BOUNDARY, None, 1),)

    @given(st.text(max_size=40))
    def test_anything(self, value: str) -> None:
        """Anything at all is read, or refused."""
        try:
            name = read(value).name
            code = "" if name == name.lower() else "read"
        except DecodeError as error:
            code = error.code
        assert code in ("", "invalid_media_type", "unquoted_boundary")

    def test_get_all(self) -> None:
        """All parameters of a name."""
        assert read("a/b;c=d;C=e;f=g").get_all("c") == ("d", "e")
        assert read("a/b").get_all("c") == ()


class TestBoundary:
    """RFC 2046 §5.1.1: 1 to 70 bchars, the last of them no space."""

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            ("multipart/mixed", "missing_boundary"),
            ("multipart/mixed;boundary=a;boundary=a", "repeated_boundary"),
            ('multipart/mixed;boundary=""', "invalid_boundary"),
            ('multipart/mixed;boundary="a "', "invalid_boundary"),
            ('multipart/mixed;boundary="a*"', "invalid_boundary"),
            ("multipart/mixed;boundary=a*", "invalid_boundary"),
            (f"multipart/mixed;boundary={'a' * 71}", "invalid_boundary"),
            ('multipart/mixed;boundary="é"', "invalid_boundary"),
        ],
    )
    def test_refused(self, value: str, code: str) -> None:
        """None, two, or one that cannot be one; it is not quoted."""
        with pytest.raises(DecodeError) as raised:
            boundary_of(read(value), 7)
        assert (raised.value.code, raised.value.offset) == (code, 7)

    @pytest.mark.parametrize("boundary", ["a", "a b", " a", "'()+_,-./:=?", "a" * 70])
    def test_accepted(self, boundary: str) -> None:
        """Any that the grammar allows."""
        assert boundary_of(read(f'multipart/mixed;boundary="{boundary}"'), 0) == boundary.encode()

    @given(st.text(st.sampled_from(BCHARS + " "), max_size=75))
    def test_written_is_read_back(self, boundary: str) -> None:
        """Quoted where it must be, it is read back; what cannot be one is refused."""
        if is_boundary(boundary):
            assert checked_boundary(boundary) == boundary.encode()
            value = b"multipart/mixed; boundary=" + quoted(boundary.encode())
            assert boundary_of(read(value.decode()), None) == boundary.encode()
        else:
            with pytest.raises(EncodeError) as raised:
                checked_boundary(boundary)
            assert raised.value.code == "invalid_boundary"

    def test_quotes_only_where_needed(self) -> None:
        """A token goes without."""
        assert (quoted(b"batch_1-a"), quoted(b"a:b")) == (b"batch_1-a", b'"a:b"')
