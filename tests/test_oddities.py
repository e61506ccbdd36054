"""Oddities: the closed list, and what tolerates them. Each has its fixtures."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from odatabatch import (
    CAPTURED,
    STRICT,
    DecodeError,
    MetOddity,
    Oddity,
    Tolerance,
    TruncatedError,
    decode_request,
)


class TestOddity:
    """One departure from the specifications."""

    @pytest.mark.parametrize("oddity", Oddity)
    def test_member(self, oddity: Oddity) -> None:
        """Its value is the error's code; it says what was expected, what came, and the clause."""
        assert oddity == oddity.value == str(oddity) == oddity.name.lower()
        assert oddity.summary.startswith("expected ")
        assert oddity.source
        assert Oddity(oddity.value) is oddity
        assert pickle.loads(pickle.dumps(oddity)) is oddity  # noqa: S301

    def test_closed_list(self) -> None:
        """The list is that of the design."""
        assert {oddity.name for oddity in Oddity} == {
            "BARE_LF",
            "BYTE_ORDER_MARK",
            "LEADING_BLANK_LINES",
            "MISSING_CLOSE_DELIMITER",
            "MISSING_INNER_CLOSE",
            "CONTENT_LENGTH_MISMATCH",
            "MISSING_REASON_SPACE",
            "MISSING_VERSION",
            "OTHER_VERSION",
            "HTTP_FOLDING",
            "UNQUOTED_BOUNDARY",
            "EXTRA_CLOSE_DASHES",
            "MISSING_CONTENT_TYPE",
            "MISSING_BLANK_LINE",
            "CONTENT_NOT_ALLOWED",
            "DELIMITER_PREFIX_LINE",
        }

    def test_sets(self) -> None:
        """STRICT is empty; CAPTURED leaves out what may hide, invent or cut an operation."""
        assert not STRICT
        assert frozenset(Oddity) - CAPTURED == {
            Oddity.MISSING_CLOSE_DELIMITER,
            Oddity.MISSING_INNER_CLOSE,
            Oddity.DELIMITER_PREFIX_LINE,
        }


class TestTolerance:
    """What a reader tolerates, and what it has met."""

    def test_met(self) -> None:
        """What was met is told in order, each with its first offset and its count."""
        named: Any = ["bare_lf", Oddity.UNQUOTED_BOUNDARY]
        tolerance = Tolerance(named)
        assert not tolerance.met
        tolerance.accept(Oddity.UNQUOTED_BOUNDARY, None)
        tolerance.accept(Oddity.BARE_LF, 7)
        tolerance.accept(Oddity.BARE_LF, 9)
        assert tolerance.met == (
            MetOddity(Oddity.UNQUOTED_BOUNDARY, None, 1),
            MetOddity(Oddity.BARE_LF, 7, 2),
        )

    @pytest.mark.parametrize("oddity", Oddity)
    def test_refused(self, oddity: Oddity) -> None:
        """Each not allowed is an error with its code; input that ends too early, a truncation."""
        with pytest.raises(DecodeError) as raised:
            Tolerance(frozenset(Oddity) - {oddity}).accept(oddity, 5)
        error = raised.value
        assert (error.code, error.offset, error.source) == (oddity.value, 5, oddity.source)
        ends = oddity in (Oddity.MISSING_CLOSE_DELIMITER, Oddity.MISSING_INNER_CLOSE)
        assert isinstance(error, TruncatedError) is ends

    @pytest.mark.parametrize("tolerate", ["captured", ["nonsense"], None, 5, [5]])
    def test_wrong(self, tolerate: object) -> None:
        """What names no oddity is the caller's mistake, told before anything is read."""
        with pytest.raises(TypeError):
            decode_request(b"", "multipart/mixed; boundary=b", tolerate)  # type: ignore[arg-type]
