"""Harnesses of what reads: the decoders, whole and in chunks, HTTP messages, media types."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import odatabatch
from odatabatch import CAPTURED, ODATA_V4, STRICT, Batch, ODataBatchError, Tolerance, http_message
from odatabatch.media_type import boundary_of, read_media_type
from tests.fuzz.contract import Given, assert_located, held
from tests.fuzz.inputs import Wire, text_of
from tests.fuzz.reading import (
    CAREFUL_DECODERS,
    KINDS,
    given_in,
    leaves_in,
    read,
    streamed,
    whole,
)
from tests.fuzz.scripts import DIALECTS
from tests.fuzz.secrets import hidden_in_wire


def request(data: bytes) -> None:
    """The decoder of requests takes any bytes."""
    _decode("request", Wire.read(data))


def response(data: bytes) -> None:
    """The decoder of answers takes any bytes."""
    _decode("response", Wire.read(data))


def _decode(kind: str, wire: Wire) -> None:
    """Read a batch, and look at it from all sides."""
    batch = read(kind, wire)
    if batch is None:
        return
    given = given_in(wire)
    held(lambda: list(map(_looked_at, leaves_in(batch))), given)
    held(lambda: odatabatch.check(batch), given)
    held(lambda: odatabatch.detect(batch, DIALECTS), given)
    again = held(lambda: pickle.loads(pickle.dumps(batch)), given)  # noqa: S301
    assert again == batch
    assert hash(again) == hash(batch)


def _looked_at(leaf: Any) -> Any:
    """A leaf, after all that is worked out on access was worked out."""
    for headers in (leaf.headers, leaf.part_headers):
        assert all(name in headers for name, _ in headers)
        assert len(headers.items()) == len(headers.names) == len(headers.values)
    assert (leaf.content_id is None) == (leaf.content_id_at is None)
    return leaf


def message(data: bytes) -> None:
    """An HTTP message that stands alone, chunked or not, then the batch in it."""
    wire = Wire.read(data)
    _parse("request", http_message.parse_request, wire)
    _parse("response", http_message.parse_response, wire)


def _parse(kind: str, parse: Callable[..., Any], wire: Wire) -> None:
    given = Given(len(wire.body), hidden_in_wire(wire.body))

    def parsed_and_met() -> tuple[Any, set[Any]]:
        tolerance = Tolerance(wire.tolerate)
        parsed = parse(wire.body, tolerance, wire.limits)
        return parsed, {it.kind for it in tolerance.met}

    outcome = held(parsed_and_met, given)
    if isinstance(outcome, ODataBatchError):
        assert_located(outcome, wire.body)
        return
    parsed, met = outcome
    assert met <= wire.tolerate
    assert parse(wire.body, met, wire.limits) == parsed  # what was not met is not needed
    if "Transfer-Encoding" in parsed.headers:
        # The first blank line but those that stand before the start line.
        head = re.search(rb"[^\r\n]\r*\n\r?\n", wire.body)
        assert head is not None
        assert parsed.body == _dechunked(wire.body[head.end() :])
    else:
        assert wire.body.endswith(parsed.body)
    content_type = parsed.headers.get("Content-Type", "")
    _decode(kind, Wire(content_type, parsed.body, wire.tolerate, wire.limits))


def _dechunked(body: bytes) -> bytes:
    """The content of a chunked body that is in order, by the letter of RFC 9112 §7.1."""
    content = b""
    while True:
        line, _, rest = body.partition(b"\r\n")
        size = int(line.partition(b";")[0].strip(b" \t").decode("ascii"), 16)
        if size == 0:
            return content
        assert rest[size : size + 2] == b"\r\n"
        content += rest[:size]
        body = rest[size + 2 :]


_OUTER = "0uter-" + 50 * "Q"  # a boundary that no fuzzer will come upon
_VALUE = re.compile("[\t -~\x80-\xff]*")


def media_type(data: bytes) -> None:
    """Any text as the batch's Content-Type, and as that of a changeset: both read it alike.

    A byte that says how strictly, and whether what follows is latin-1 or UTF-8.
    """
    option, raw = int.from_bytes(data[:1], "big"), data[1:]
    text = text_of(raw) if option & 2 else raw.decode("latin-1")
    tolerate = CAPTURED if option & 1 else STRICT
    given = Given(len(text), hidden_in_wire(b"", text))
    decoder = held(lambda: odatabatch.RequestDecoder(text, tolerate), given)
    code = decoder.code if isinstance(decoder, ODataBatchError) else None
    other = held(lambda: odatabatch.ResponseDecoder(text, tolerate), given)
    assert code == (other.code if isinstance(other, ODataBatchError) else None)
    inner = ""
    if code is None:
        boundary = boundary_of(read_media_type(text, None, Tolerance(tolerate)), None)
        inner = f"--{boundary.decode('ascii')}--\r\n"
        _write_boundary(text, boundary.decode("ascii"), inner.encode("ascii"), tolerate)
    if _VALUE.fullmatch(text) is None or inner.startswith(f"--{_OUTER}"):
        return
    lines = (f"--{_OUTER}", f"Content-Type: {text}", "", f"{inner}--{_OUTER}--", "")
    body = "\r\n".join(lines).encode("latin-1")
    part = held(
        lambda: odatabatch.decode_request(body, f"multipart/mixed; boundary={_OUTER}", tolerate),
        given._replace(size=len(body)),
    )
    if code is None:
        assert isinstance(part, Batch)
        return
    assert isinstance(part, ODataBatchError)
    if code == "unexpected_content_type":
        assert part.code in ("unexpected_part_type", "empty_part")
    else:
        assert part.code == code


def _write_boundary(text: str, boundary: str, body: bytes, tolerate: Any) -> None:
    """A boundary that was read can be written, as it came and anew."""
    batch = read("request", Wire(text, body, tolerate))
    assert batch == Batch(())
    assert odatabatch.encode_request(batch) == (text, body)
    encoded = odatabatch.encode_request(batch, ODATA_V4, boundaries=[boundary])
    assert read("request", Wire(encoded.content_type, encoded.body)) == batch


def splits(data: bytes) -> None:
    """However bytes are cut and read, the same events, errors and offsets come out of them.

    A byte of options, a byte that says how many cuts there are, two bytes for each, then a wire.
    No cut at all means one behind every byte of the first 256: each costs a call.
    """
    options, count = (*data[:2], 0, 0)[:2]
    count %= 32
    wire = Wire.read(data[2 + 2 * count :])
    body, kind, manner = wire.body, KINDS[options & 1], options >> 1
    cuts = [int.from_bytes(data[at : at + 2], "big") for at in range(2, 2 + 2 * count, 2)]
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    if not count:
        edges = [*range(min(len(body), 256)), len(body)]
    chunks = [body[start:end] for start, end in pairwise(edges)]
    given = given_in(wire)
    expected = held(lambda: streamed(kind, wire, [body]), given)
    assert held(lambda: streamed(kind, wire, chunks, manner), given) == expected
    careful = held(lambda: streamed(kind, wire, chunks, manner, CAREFUL_DECODERS), given)
    assert careful == expected
    assert held(lambda: whole(kind, wire), given) == expected
