"""The embedded HTTP messages, read as the user of a plain MIME reader has to: by ``split``.

Checks nothing, so that no reader is charged for more than it needs.
"""

from __future__ import annotations

Headers = list[tuple[str, str]]
Read = tuple[str, str, Headers, bytes]


def read_message(data: bytes) -> Read:
    """Method and target, or version and status, of a message; its headers; its body."""
    head, _, body = data.partition(b"\r\n\r\n")
    start, *fields = head.decode("latin-1").split("\r\n")
    first, second, _ = start.split(" ", 2)
    headers = []
    for field in fields:
        # An answer without a body ends with its last field: the blank line is the delimiter's.
        if field:
            name, _, value = field.partition(":")
            headers.append((name, value.strip()))
    return first, second, headers, body


def boundary_of(content_type: str) -> str:
    """The boundary parameter of a Content-Type whose only parameter it is."""
    return content_type.partition("boundary=")[2]
