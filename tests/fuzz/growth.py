"""A harness of cost: what is longer costs as much more as it is longer."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable
from typing import Any

import odatabatch
from odatabatch import ODATA_V4, ODataBatchError, http_message
from tests.fuzz.contract import Finding
from tests.fuzz.encoding import encode
from tests.fuzz.inputs import Wire
from tests.fuzz.reading import DECODE, DECODERS, KINDS, streamed

Call = Callable[[], Any]

_SIZES = (4 << 10, 64 << 10, 256 << 10, 1 << 20)
_MAX_UNIT_BYTES = 256  # so that even the shortest holds it many times
_SUSPICIOUS = 1.15
"""Times what a byte cost at the size before: worth a look at the next. Most inputs end at the
second, so that a fuzzer gets on; caches alone account for a tenth or so."""
_STILL_GROWING, _TOO_MUCH = 1.5, 3
"""Times what a byte cost at the size before, and times the least that it cost: together a finding.
What is quadratic grows by 4 times a size in the end. A byte may cost much more in a long input for
once, where it leaves the fast path; it does not do so twice."""


def growth(data: bytes) -> None:
    """What holds something many times over costs as much more as it is longer, and no more.

    A byte that says what is done, then a wire; FF stands around what is repeated in its body.
    """
    option = int.from_bytes(data[:1], "big")
    wire = Wire.read(data[1:])
    head, unit, tail = (*wire.body.split(b"\xff", 2), b"", b"")[:3]
    unit = unit[:_MAX_UNIT_BYTES]
    prepare = ACTIONS[option % 0x80 % len(ACTIONS)]
    costs: list[float] = []
    for size in _SIZES if unit else ():
        body = head + unit * (size // len(unit)) + tail
        call = prepare(KINDS[option >> 7], wire, body)
        if call is None:
            return
        before = costs[-1] if costs else 0.0
        costs.append(_cost(call, _SUSPICIOUS * before * size) / size)
        if costs[-1] < _SUSPICIOUS * before:
            return
        if len(costs) > 2 and costs[-1] > max(_STILL_GROWING * before, _TOO_MUCH * min(costs)):
            raise Finding(f"microseconds a byte: {[round(cost * 1e6, 3) for cost in costs]}")


def _cost(call: Call, bound: float) -> float:
    """Seconds of CPU time: of one call where it is within the bound, else the least of three.

    Others' disturbances only add; collections of garbage come when they like, and so not now.
    """
    costs: list[float] = []
    gc.disable()
    try:
        while len(costs) < 3 and min(costs, default=bound) >= bound:
            start = time.process_time()
            with contextlib.suppress(ODataBatchError):
                call()
            costs.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(costs)


def decode(kind: str, wire: Wire, body: bytes) -> Call:
    """Decode the whole buffer."""
    return lambda: DECODE[kind](body, wire.content_type, wire.tolerate, wire.limits)


def stream(kind: str, wire: Wire, body: bytes) -> Call:
    """Decode chunks, small beside the parts."""
    long = Wire(wire.content_type, body, wire.tolerate, wire.limits)
    chunks = [body[at : at + 256] for at in range(0, len(body), 256)]
    return lambda: streamed(kind, long, chunks)


def parse_message(kind: str, wire: Wire, body: bytes) -> Call:
    """Read an HTTP message."""
    parse = getattr(http_message, f"parse_{kind}")
    return lambda: parse(body, wire.tolerate, wire.limits)


def read_type(kind: str, wire: Wire, body: bytes) -> Call:
    """Read a Content-Type."""
    text = body.decode("latin-1")
    return lambda: DECODERS[kind](text, wire.tolerate)


def write(kind: str, wire: Wire, body: bytes) -> Call | None:
    """Write what was decoded anew, each fault allowed."""
    batch = _decoded(kind, wire, body)
    if batch is None:
        return None
    allow = {fault.code for fault in odatabatch.check(batch, ODATA_V4)}
    return lambda: encode(batch, ODATA_V4, allow=allow)


def judge(kind: str, wire: Wire, body: bytes) -> Call | None:
    """Judge what was decoded, bring it together with itself, and resolve its last reference."""
    batch = _decoded(kind, wire, body)
    if batch is None:
        return None
    if kind == "response":
        return lambda: (odatabatch.check(batch), repr(batch))
    own = [odatabatch.OperationResponse(200, headers=it.headers) for it in batch.operations]
    silent = [it.with_content_id(None) for it in own]

    def call() -> None:
        odatabatch.check(batch)
        odatabatch.detect(batch, [ODATA_V4])
        found = odatabatch.references(batch)
        for answers in (own, silent):  # matched by Content-ID, and by order
            answer = odatabatch.BatchResponse(tuple(answers))
            pairs = odatabatch.correlate(batch, answer, ODATA_V4)
            for reference in found[-1:]:
                pairs.resolve(reference)

    return call


def _decoded(kind: str, wire: Wire, body: bytes) -> Any:
    try:
        return DECODE[kind](body, wire.content_type, wire.tolerate, wire.limits)
    except ODataBatchError:
        return None


ACTIONS: tuple[Callable[[str, Wire, bytes], Call | None], ...] = (
    decode,
    stream,
    parse_message,
    read_type,
    write,
    judge,
)
"""What may be done, by number: each gives the call whose cost is measured, or None."""
