"""Exactly as much as a bound is taken; one more is its error, at the first that is too many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import odatabatch
from odatabatch import LimitError, Limits, Oddity, http_message
from odatabatch.captures import read_messages
from tests import corpus
from tests.limits.edges import BATCHES, MESSAGES, NOT_ALONE, TYPE, Edge

DECODE: dict[str, Callable[..., Any]] = {
    "request": odatabatch.decode_request,
    "response": odatabatch.decode_response,
}
PARSE: dict[str, Callable[..., Any]] = {
    "request": http_message.parse_request,
    "response": http_message.parse_response,
}
MUCH = 120
"""A bound that every message here can hold: some have a head of a hundred bytes."""

# Lines like delimiters, and blank lines before a start line, are counted where they are taken.
TOLERATE = {Oddity.LEADING_BLANK_LINES, Oddity.DELIMITER_PREFIX_LINE}


def named(edge: Edge) -> str:
    """What a test of an edge is called."""
    return f"{edge.kind}-{edge.bound}-{edge.what}"


def told(edge: Edge) -> tuple[str, int]:
    """The error for one more than the bound."""
    return edge.bound, edge.beyond(MUCH)


def refused(call: Callable[[], Any]) -> tuple[str, int | None]:
    """The code and the offset of the ``LimitError`` that a call raises."""
    with pytest.raises(LimitError) as raised:
        call()
    return raised.value.code, raised.value.offset


each_batch = pytest.mark.parametrize("edge", BATCHES, ids=named)


class TestTable:
    """No bound is left out."""

    @pytest.mark.parametrize("kind", ["request", "response"])
    def test_all(self, kind: str) -> None:
        """Each bound of ``Limits`` has its edges, by decoder and by parser."""
        bounds = set(Limits.__struct_fields__)
        assert {edge.bound for edge in BATCHES if edge.kind == kind} == bounds
        assert {edge.bound for edge in MESSAGES if edge.kind == kind} == bounds - NOT_ALONE

    @pytest.mark.parametrize("edge", [*BATCHES, *MESSAGES], ids=named)
    def test_much(self, edge: Edge) -> None:
        """A message that holds one more is longer."""
        assert len(edge.message(MUCH + 1)) > len(edge.message(MUCH)) > len(edge.message(MUCH - 1))


@each_batch
class TestDecoders:
    """Of requests and of answers, of whole buffers and of chunks."""

    def test_whole(self, edge: Edge) -> None:
        """A whole buffer."""
        limits = Limits(**{edge.bound: MUCH})
        decode = DECODE[edge.kind]
        assert decode(edge.message(MUCH), TYPE, TOLERATE, limits).parts
        beyond = edge.message(MUCH + 1)
        assert decode(beyond, TYPE, TOLERATE).parts
        assert refused(lambda: decode(beyond, TYPE, TOLERATE, limits)) == told(edge)

    @pytest.mark.parametrize("size", [1, 7, 1000])
    def test_chunks(self, edge: Edge, size: int) -> None:
        """Chunks of that many bytes."""
        limits = Limits(**{edge.bound: MUCH})
        within, beyond = (
            corpus.decode(edge.kind, TYPE, chunks(edge.message(much), size), TOLERATE, limits)
            for much in (MUCH, MUCH + 1)
        )
        assert within.error is None
        assert within.operations
        assert beyond.error is not None
        assert (beyond.error["code"], beyond.error["offset"]) == told(edge)


def chunks(body: bytes, size: int) -> list[bytes]:
    """The body in pieces of that size."""
    return [body[at : at + size] for at in range(0, len(body), size)]


class TestMessages:
    """HTTP messages that stand alone."""

    @pytest.mark.parametrize("edge", MESSAGES, ids=named)
    def test_parse(self, edge: Edge) -> None:
        """One message."""
        limits = Limits(**{edge.bound: MUCH})
        parse = PARSE[edge.kind]
        assert parse(edge.message(MUCH), TOLERATE, limits)
        beyond = edge.message(MUCH + 1)
        assert parse(beyond, TOLERATE)
        assert refused(lambda: parse(beyond, TOLERATE, limits)) == told(edge)

    # A separator takes the blank lines behind it.
    @pytest.mark.parametrize(
        "edge", [it for it in MESSAGES if not it.message(MUCH).startswith(b"\r\n")], ids=named
    )
    def test_file(self, edge: Edge) -> None:
        """A file of several, in which each has the whole of its bounds."""
        limits = Limits(**{edge.bound: MUCH})
        first = edge.message(MUCH) + b"\r\n###\r\n"
        assert len(read_messages(first + edge.message(MUCH), TOLERATE, limits)) == 2
        code, offset = refused(
            lambda: read_messages(first + edge.message(MUCH + 1), TOLERATE, limits)
        )
        assert (code, offset) == (edge.bound, len(first) + edge.beyond(MUCH))
