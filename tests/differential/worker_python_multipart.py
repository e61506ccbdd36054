"""Reads with python-multipart, in a process of its own environment: it claims a name of multipart.

Each line on standard input is a JSON object with ``content_type`` and ``body``, each line on
standard output the answer to it: ``parts``, pairs of fields and content, or ``refused``. Bytes
travel as text in latin-1.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

_CHUNK_BYTES = 61  # as in readers.py
_MANY = 1 << 20

Fields = list[tuple[str, str]]


class _Unread(Exception):
    """It never began or never ended, and has no error for that."""


def read_parts(body: bytes, content_type: str) -> list[Any]:
    """The parts, down to the messages."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise _Unread("no boundary")
    parts: list[tuple[Fields, bytes]] = []
    fields: Fields = []
    names: list[bytes] = []
    values: list[bytes] = []
    pieces: list[bytes] = []
    ends: list[bool] = []

    def on_header_end() -> None:
        fields.append((b"".join(names).decode("latin-1"), b"".join(values).decode("latin-1")))
        names.clear()
        values.clear()

    def on_part_end() -> None:
        parts.append((fields.copy(), b"".join(pieces)))
        fields.clear()
        pieces.clear()

    parser = MultipartParser(
        boundary,
        {
            "on_header_field": lambda data, start, end: names.append(data[start:end]),
            "on_header_value": lambda data, start, end: values.append(data[start:end]),
            "on_header_end": on_header_end,
            "on_part_data": lambda data, start, end: pieces.append(data[start:end]),
            "on_part_end": on_part_end,
            "on_end": lambda: ends.append(True),
        },
        max_header_count=_MANY,
        max_header_size=_MANY,
    )
    for at in range(0, len(body), _CHUNK_BYTES):
        parser.write(body[at : at + _CHUNK_BYTES])
    parser.finalize()
    if not ends:
        raise _Unread("no end")
    return [(fields, _content(fields, content)) for fields, content in parts]


def _content(fields: Fields, content: bytes) -> Any:
    # Its own form parser takes white space off the ends of a value in the same way.
    types = [value.strip(" \t") for name, value in fields if name.lower() == "content-type"]
    if types and types[0].lower().startswith("multipart/"):
        return read_parts(content, types[0])
    return content.decode("latin-1")


def main() -> None:
    """Answer line by line until the input ends."""
    logging.disable()  # it logs each refusal
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = {"parts": read_parts(order["body"].encode("latin-1"), order["content_type"])}
        except (FormParserError, _Unread) as error:
            answer = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
