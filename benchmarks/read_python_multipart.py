"""Reads with python-multipart, in a process of its own environment that ``elsewhere.py`` starts.

Orders and answers are pickles, on standard input and output.
"""

from __future__ import annotations

import gc
import pickle
import sys
import time

from embedded import Read, boundary_of, read_message
from python_multipart import MultipartParser

Headers = list[tuple[bytes, bytes]]


def _parts(data: bytes, boundary: str) -> list[tuple[Headers, bytes]]:
    parts: list[tuple[Headers, bytes]] = []
    headers: Headers = []
    names: list[bytes] = []
    values: list[bytes] = []
    pieces: list[bytes] = []

    def on_header_field(data: bytes, start: int, end: int) -> None:
        names.append(data[start:end])

    def on_header_value(data: bytes, start: int, end: int) -> None:
        values.append(data[start:end])

    def on_header_end() -> None:
        headers.append((b"".join(names), b"".join(values)))
        names.clear()
        values.clear()

    def on_part_data(data: bytes, start: int, end: int) -> None:
        pieces.append(data[start:end])

    def on_part_end() -> None:
        parts.append((headers.copy(), b"".join(pieces)))
        headers.clear()
        pieces.clear()

    parser = MultipartParser(
        boundary,
        {
            "on_header_field": on_header_field,
            "on_header_value": on_header_value,
            "on_header_end": on_header_end,
            "on_part_data": on_part_data,
            "on_part_end": on_part_end,
        },
    )
    parser.write(data)
    parser.finalize()
    return parts


def read(wire: tuple[str, bytes]) -> list[Read]:
    """Every message of a batch, whose Content-Type and body are given."""
    content_type, data = wire
    return [
        read_message(content)
        for headers, inner in _parts(data, boundary_of(content_type))
        for _, content in _parts(inner, boundary_of(headers[0][1].decode("latin-1")))
    ]


def main() -> None:
    """Answer ("read", wire) with what was read and ("time", wires) with CPU nanoseconds."""
    gc.collect()
    gc.freeze()
    while True:
        try:
            order, argument = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process
        except EOFError:
            return
        answer: object
        if order == "read":
            answer = read(argument)
        else:
            gc.collect()
            start = time.process_time_ns()
            for wire in argument:
                read(wire)
            answer = time.process_time_ns() - start
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
