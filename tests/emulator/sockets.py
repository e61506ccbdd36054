"""Clients that a server would have to wait for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

SMALL = 4096
"""Bytes that a client's system holds for it, so that the rest of an answer stays at the server."""


@contextmanager
def half_asked(port: int) -> Iterator[None]:
    """A client whose request has come without its body; the server waits for that already."""
    fields = b"Content-Length: 9\r\nExpect: 100-continue"
    with _asked(port, b"POST /jobs?api-version=2025-06-01", fields) as client:
        # The interim answer is sent when the body is asked for (RFC 9110 §10.1.1).
        assert client.recv(SMALL).startswith(b"HTTP/1.1 100 ")
        yield


@contextmanager
def unread(port: int, target: str) -> Iterator[None]:
    """A client that has read the first byte of an answer, and reads no further."""
    with _asked(port, b"GET " + target.encode(), b"Accept: */*") as client:
        assert client.recv(1) == b"H"
        yield


@contextmanager
def _asked(port: int, call: bytes, fields: bytes) -> Iterator[socket.socket]:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        client.settimeout(30)
        client.connect(("127.0.0.1", port))
        client.sendall(call + b" HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n\r\n")
        yield client
