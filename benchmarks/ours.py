"""This package's decoders and encoders."""

from __future__ import annotations

from typing import Any

from contender import Contender, Found
from inputs import Kind, Message, Sample
from writers import BUILT_TOO, lines_of

from odatabatch import (
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    Operation,
    OperationResponse,
    RequestDecoder,
    ResponseDecoder,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from odatabatch.azure import AZURE_BATCH

NAME = "odatabatch"
HEADERS = f"{NAME}, every header read"
CHUNKS = f"{NAME}, streaming"
BUILT = NAME + BUILT_TOO

_CHUNK_BYTES = 64 << 10
_ALLOWED = ("too_many_operations",)  # Azure Batch takes 100; the benchmark also writes 10,000


def readers(kind: Kind) -> tuple[Contender, ...]:
    """Whole buffer, the same with every header read, and chunks of 64 KiB."""
    requests = kind == "requests"
    decode: Any = decode_request if requests else decode_response
    decoder_type: Any = RequestDecoder if requests else ResponseDecoder

    def whole(wire: tuple[str, bytes]) -> Any:
        content_type, data = wire
        return decode(data, content_type)

    def whole_and_headers(wire: tuple[str, bytes]) -> Any:
        batch = whole(wire)
        for leaf in batch.operations if requests else batch.responses:
            leaf.headers.items()
            leaf.part_headers.items()
        return batch

    def chunks(wire: tuple[str, list[bytes]]) -> list[Any]:
        content_type, pieces = wire
        decoder = decoder_type(content_type)
        events: list[Any] = []
        for piece in pieces:
            decoder.receive_data(piece)
            events.extend(decoder.events())
        decoder.receive_eof()
        events.extend(decoder.events())
        return events

    def of_batch(batch: Any) -> Found:
        return _found(batch.operations if requests else batch.responses)

    def of_events(events: list[Any]) -> Found:
        return _found([event for event in events if hasattr(event, "body")])

    return (
        Contender(NAME, whole, _wire, of_batch),
        Contender(HEADERS, whole_and_headers, _wire, of_batch),
        Contender(CHUNKS, chunks, _wire_in_chunks, of_events),
    )


def _found(leaves: Any) -> Found:
    return [
        ((leaf.method, leaf.target), leaf.body)
        if hasattr(leaf, "method")
        else ((leaf.version, str(leaf.status)), leaf.body)
        for leaf in leaves
    ]


def _wire(sample: Sample) -> tuple[str, bytes]:
    return sample.content_type, sample.body()


def _wire_in_chunks(sample: Sample) -> tuple[str, list[bytes]]:
    data = sample.body()
    return sample.content_type, [
        data[start : start + _CHUNK_BYTES] for start in range(0, len(data), _CHUNK_BYTES)
    ]


def writers(kind: Kind) -> tuple[Contender, ...]:
    """The encoder, every check on but the one for the number of operations."""

    def request(message: Message) -> Changeset:
        method, target, _ = message.start.split(" ")
        return Changeset((Operation(method, target, Headers(message.headers), message.body),))

    def response(message: Message) -> ChangesetResponse:
        _, status, reason = message.start.split(" ")
        headers = Headers(message.headers)
        return ChangesetResponse((OperationResponse(int(status), reason, headers, message.body),))

    def write_requests(batch: Batch) -> bytes:
        return encode_request(batch, AZURE_BATCH, allow=_ALLOWED).body

    def write_responses(batch: BatchResponse) -> bytes:
        return encode_response(batch, AZURE_BATCH, allow=_ALLOWED).body

    def build_requests(sample: Sample) -> Batch:
        return Batch(tuple([request(message) for message in sample.messages]))

    def build_responses(sample: Sample) -> BatchResponse:
        return BatchResponse(tuple([response(message) for message in sample.messages]))

    if kind == "requests":
        return lines_of(NAME, build_requests, write_requests)
    return lines_of(NAME, build_responses, write_responses)
