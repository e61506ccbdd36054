"""What hostile input makes a reader hold before it is refused, measured with tracemalloc.

Nothing is timed, and the figures hang on sizes alone: of a hundred measurements none differs by
more than a page from the next.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from odatabatch import LimitError, Limits
from tests import corpus
from tests.limits.edges import BATCHES, MESSAGES, TYPE, Edge
from tests.limits.test_edges import DECODE, PARSE, TOLERATE, named

BYTES, COUNT = 1 << 20, 1500
"""The bounds: a mebibyte, or so many of what is counted."""

DEAR_BYTES = BYTES // 8
"""The bound of chunks of a byte, of which each is read by itself. Four times as much is still more
than it and the slack."""

TIMES = 4
"""How much more than the bound the input holds: who kept it would be far beyond."""

SLACK = 3 * (64 << 10) + BYTES // 8
"""Input is read in blocks of 64 KiB: the block, and the buffer before and after it was joined. A
buffer that grows is an eighth larger than what is in it (CPython's ``bytearray``)."""

COUNTS = ("max_parts", "max_changeset_operations", "max_headers")

GONE = ("max_parts", "max_changeset_operations", "max_preamble_bytes", "max_epilogue_bytes")
"""Bounds of what is not held at all: it was handed out, or means nothing."""

A_PART = 450
"""The most that an operation without a body costs, its headers and its place in a tuple included:
a whole buffer is read up to the bound, and what was read is there until the error is raised."""

OTHERS = dict.fromkeys(Limits.__struct_fields__, 1 << 40)
each_batch = pytest.mark.parametrize("edge", BATCHES, ids=named)
each_message = pytest.mark.parametrize("edge", MESSAGES, ids=named)


@pytest.fixture(scope="module", autouse=True)
def _first_error() -> None:
    """An error before all others: at the first one the tests read their table of texts."""
    with pytest.raises(LimitError):
        DECODE["request"](b"more than a byte", TYPE, limits=Limits(max_message_bytes=1))


@pytest.fixture(scope="module", autouse=True)
def _frozen() -> Iterator[None]:
    """What was there before is not gone through each time that garbage is collected."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def bound_of(edge: Edge) -> int:
    """How much is allowed."""
    if edge.what == "chunks of a byte":
        return DEAR_BYTES
    return COUNT if edge.bound in COUNTS else BYTES


def limits_of(edge: Edge) -> Limits:
    """One bound alone, but that a head is held until it is whole, which its own bound ends."""
    limits = {**OTHERS, edge.bound: bound_of(edge)}
    if (edge.bound, edge.what) == ("max_part_bytes", "a head"):
        limits |= {edge.bound: BYTES // TIMES, "max_header_line_bytes": BYTES}
    return Limits(**limits)


def peak(refuse: Callable[[], None]) -> int:
    """The most bytes that are held at a time until a call raises its ``LimitError``."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        with pytest.raises(LimitError):
            refuse()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - before


@each_batch
@pytest.mark.parametrize("size", [4 << 10, 256 << 10])
def test_stream(edge: Edge, size: int) -> None:
    """Of a stream, at most the bound and the chunk just given are held."""
    data = edge.message(TIMES * bound_of(edge))
    decoder = corpus.DECODERS[edge.kind](TYPE, TOLERATE, limits_of(edge))

    def refuse() -> None:
        for at in range(0, len(data), size):
            decoder.receive_data(data[at : at + size])  # a copy: it counts as long as it is held
            for _ in decoder.events():
                pass

    allowed = 0 if edge.bound in GONE else edge.beyond(bound_of(edge))
    assert peak(refuse) <= allowed + size + SLACK


@each_batch
def test_whole(edge: Edge) -> None:
    """Of a whole buffer, which the caller holds, what was read so far, and at most the bound."""
    data = edge.message(TIMES * bound_of(edge))
    parts = COUNT * A_PART if edge.bound in GONE else 0
    most = peak(lambda: DECODE[edge.kind](data, TYPE, TOLERATE, limits_of(edge)))
    assert most <= edge.beyond(bound_of(edge)) + parts + SLACK


@each_message
def test_message(edge: Edge) -> None:
    """Of a message that stands alone, likewise."""
    data = edge.message(TIMES * bound_of(edge))
    most = peak(lambda: PARSE[edge.kind](data, TOLERATE, limits_of(edge)))
    assert most <= bound_of(edge) + SLACK


def test_measured() -> None:
    """Whoever keeps the whole stream is far beyond what is allowed."""
    kept: list[bytes] = []

    def refuse() -> None:
        for _ in range(TIMES * BYTES // (256 << 10)):
            kept.append(bytes(256 << 10))
        raise LimitError("", "")

    assert peak(refuse) > 2 * (BYTES + SLACK)
    assert TIMES * DEAR_BYTES > DEAR_BYTES + SLACK
