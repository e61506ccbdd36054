"""Limits: every bound at its edge. What passes each of them is among the fixtures (``max-*``)."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec
import pytest

import odatabatch
from odatabatch import LimitError, Limits, Oddity, RequestDecoder
from tests import corpus

CONTENT_TYPE = "multipart/mixed; boundary=b"
PART_HEAD = b"Content-Type: application/http\r\n\r\n"
PART = PART_HEAD + b"PUT a HTTP/1.1\r\nA: 1\r\n\r\nbody"
CHANGESET_HEAD = b"Content-Type: multipart/mixed; boundary=c\r\n\r\n"
# A preamble, an operation, a changeset with preamble and epilogue, an epilogue.
BODY = (
    b"pre\r\n--b\r\n"
    + PART
    + b"\r\n--b\r\n"
    + CHANGESET_HEAD
    + b"pre\r\n--c\r\n"
    + PART
    + b"\r\n--c\r\n"
    + PART
    + b"\r\n--c--\r\nepi\r\n--b--\r\nepi"
)

# The least bounds that it passes with.
LEAST = {
    "max_message_bytes": len(BODY),
    "max_parts": 4,
    "max_changeset_operations": 2,
    "max_part_bytes": len(PART),
    "max_header_line_bytes": len(b"Content-Type: multipart/mixed; boundary=c\r\n"),
    "max_headers": 1,
    "max_header_bytes": len(CHANGESET_HEAD),
    "max_start_line_bytes": len(b"PUT a HTTP/1.1\r\n"),
    "max_preamble_bytes": len(b"prepre"),
    # The line end after a close-delimiter belongs to its line.
    "max_epilogue_bytes": len(b"epiepi"),
}

each_bound = pytest.mark.parametrize("name", LEAST)


class TestEdges:
    """A bound is what may be; one more is an error that has the bound's name."""

    def test_all_are_here(self) -> None:
        """Each bound of ``Limits`` has an edge in this module."""
        assert set(LEAST) == set(Limits.__struct_fields__)

    def test_least(self) -> None:
        """With all bounds at their edges the message is read."""
        batch = odatabatch.decode_request(BODY, CONTENT_TYPE, limits=Limits(**LEAST))
        assert len(batch.operations) == 3

    @each_bound
    def test_one_less(self, name: str) -> None:
        """With one bound a byte, a line or a part lower it is not, whole or byte by byte."""
        limits = Limits(**{name: LEAST[name] - 1})
        with pytest.raises(LimitError) as raised:
            odatabatch.decode_request(BODY, CONTENT_TYPE, limits=limits)
        assert raised.value.code == name
        assert raised.value.offset is not None
        chunks = (BODY[at : at + 1] for at in range(len(BODY)))
        got = corpus.decode("request", CONTENT_TYPE, chunks, limits=limits)
        assert got.error == corpus.written_error(raised.value)

    @each_bound
    def test_nothing_at_all(self, name: str) -> None:
        """A bound of zero allows nothing of its kind."""
        with pytest.raises(LimitError) as raised:
            odatabatch.decode_request(BODY, CONTENT_TYPE, limits=Limits(**{name: 0}))
        assert raised.value.code == name


class TestEarly:
    """A bound fires before the bytes beyond it are kept, and before the input has ended."""

    @pytest.mark.parametrize(
        ("name", "beginning", "filler"),
        [
            ("max_message_bytes", b"", b"x"),
            ("max_preamble_bytes", b"", b"x"),
            ("max_preamble_bytes", b"--b\r\n" + CHANGESET_HEAD, b"x"),
            ("max_header_line_bytes", b"--b\r\n", b"x"),
            ("max_header_line_bytes", b"--b", b" "),
            ("max_header_line_bytes", b"--b\r\n" + PART + b"\r\n--b", b"-"),
            ("max_headers", b"--b\r\n", b"A: 1\r\n"),
            ("max_headers", b"--b\r\n" + PART_HEAD, b"\r\n"),
            ("max_header_bytes", b"--b\r\n", b"A: 1\r\n"),
            ("max_start_line_bytes", b"--b\r\n" + PART_HEAD, b"x"),
            ("max_part_bytes", b"--b\r\n" + PART, b"x"),
            ("max_part_bytes", b"--b\r\n" + PART, b"\r\n--bx"),
            ("max_epilogue_bytes", b"--b--\r\n", b"x"),
            ("max_epilogue_bytes", b"--b\r\n" + CHANGESET_HEAD + b"--c--\r\n", b"x"),
            ("max_parts", b"", b"--b\r\n" + PART + b"\r\n"),
            ("max_changeset_operations", b"--b\r\n" + CHANGESET_HEAD, b"--c\r\n" + PART + b"\r\n"),
        ],
    )
    def test_endless(self, name: str, beginning: bytes, filler: bytes) -> None:
        """Endless input is refused after a bounded number of bytes."""
        tolerate = {Oddity.DELIMITER_PREFIX_LINE, Oddity.LEADING_BLANK_LINES}
        decoder = RequestDecoder(CONTENT_TYPE, tolerate, Limits(**{name: 120}))
        decoder.receive_data(beginning)
        received = 0
        code = ""
        while received < 20_000 and not code:
            decoder.receive_data(filler)
            received += len(filler)
            try:
                list(decoder.events())
            except LimitError as error:
                code = error.code
        assert code == name
        assert received <= 121 * max(len(filler), 2)


class TestValue:
    """The bounds themselves."""

    def test_immutable(self) -> None:
        """They are frozen, compared by value, and travel between processes."""
        limits = Limits(max_parts=7)
        assert limits == Limits(max_parts=7) != Limits()
        assert pickle.loads(pickle.dumps(limits)) == limits  # noqa: S301
        with pytest.raises(AttributeError):
            limits.max_parts = 8  # type: ignore[misc]
        assert msgspec.structs.asdict(Limits())["max_headers"] == 256

    @pytest.mark.parametrize("name", Limits.__struct_fields__)
    @pytest.mark.parametrize("bound", [float("nan"), 1.5, "5", None, True])
    def test_types(self, name: str, bound: Any) -> None:
        """Each is an int: a NaN would bound nothing."""
        with pytest.raises(TypeError, match=f"expected {name} as int, got {type(bound).__name__}"):
            Limits(**{name: bound})

    @pytest.mark.parametrize("name", Limits.__struct_fields__)
    def test_least(self, name: str) -> None:
        """None is below 0."""
        assert getattr(Limits(**{name: 0}), name) == 0
        with pytest.raises(ValueError, match=f"expected {name} of 0 or more"):
            Limits(**{name: -1})
