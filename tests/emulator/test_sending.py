"""How answers are sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import Headers
from odatabatch.emulator.sending import cut_short, held, slowed, whole

PIECES = st.lists(st.binary(max_size=5), max_size=5).map(tuple)
NONE = Headers()


def test_whole() -> None:
    """A streamed answer keeps its pieces; another has a length, unless it has no content."""
    streamed = whole(200, "OK", NONE, (b"a", b"b"), True)
    assert (streamed.chunks, streamed.response.body) == ((b"a", b"b"), b"ab")
    assert "Content-Length" not in streamed.response.headers
    plain = whole(200, "OK", NONE, (b"a", b"b"), False)
    assert (plain.chunks, plain.response.headers.get("Content-Length")) == ((b"ab",), "2")
    assert whole(200, "OK", NONE, (), False).chunks == ()
    assert "Content-Length" not in whole(204, "", NONE, (), False).response.headers


@given(PIECES, st.integers(0, 30))
def test_cut(chunks: tuple[bytes, ...], body_bytes: int) -> None:
    """So many bytes, in no larger pieces."""
    answer = cut_short(whole(200, "OK", NONE, chunks, True), body_bytes)
    assert b"".join(answer.chunks) == b"".join(chunks)[:body_bytes]
    assert all(answer.chunks)
    assert answer.head
    assert answer.cut


def test_nothing() -> None:
    """Not even a head."""
    answer = whole(200, "OK", NONE, (b"a",), True)
    for nothing in (cut_short(answer, None), held(answer.response, 1.0)):
        assert (nothing.head, nothing.cut, nothing.chunks) == (False, True, ())
    assert held(answer.response, 1.0).hold_s == 1.0


@pytest.mark.parametrize(("size", "expected"), [(1, 5), (2, 3), (5, 1), (9, 1)])
def test_slowed(size: int, expected: int) -> None:
    """Pieces of one size, whatever they were."""
    answer = slowed(whole(200, "OK", NONE, (b"abc", b"de"), True), size, 0.5)
    assert len(answer.chunks) == expected
    assert b"".join(answer.chunks) == b"abcde"
    assert answer.pause_s == 0.5
