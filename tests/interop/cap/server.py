"""CAP with the service of ``shop.cds``: started, sent batches, stopped."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from odatabatch import (
    ODATA_V4,
    Batch,
    BatchResponse,
    Dialect,
    Encoded,
    HttpResponse,
    check,
    decode_response,
    encode_request,
    encode_response,
)
from odatabatch.http_message import parse_response
from tests.interop.peers import node, node_module

_START_S = 60  # Half a second at a desk; a loaded machine with two cores needs more.
_STOP_S = 10
_ANSWER_S = 30


class Shop:
    """A client of the service.

    Args:
        port: where it listens on the loopback interface.

    Attributes:
        path: of the service root, without a slash at the end.
        root: the same as a whole address.
    """

    path = "/odata/v4/shop"

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}{self.path}"
        self._port = port

    def post(self, path: str, message: Encoded, prefer: str | None = None) -> HttpResponse:
        """POST to a path below the service root; the whole answer, read by our own parser."""
        fields = {
            "Host": f"127.0.0.1:{self._port}",
            "Content-Type": message.content_type,
            "Content-Length": len(message.body),
            "Connection": "close",
        }
        if prefer is not None:
            fields["Prefer"] = prefer
        lines = [f"{name}: {value}\r\n" for name, value in fields.items()]
        head = f"POST {self.path}/{path} HTTP/1.1\r\n{''.join(lines)}\r\n"
        with (
            socket.create_connection(("127.0.0.1", self._port), _ANSWER_S) as connection,
            connection.makefile("rb") as stream,
        ):
            connection.sendall(head.encode() + message.body)
            return parse_response(stream.read())

    def ask(
        self, batch: Batch, prefer: str | None = None, dialect: Dialect | None = ODATA_V4
    ) -> BatchResponse:
        """The answer to a batch, read in strict mode; it is lossless and breaks no rule.

        Args:
            batch: what is asked.
            prefer: the Prefer header of the request that carries it.
            dialect: in whose form it is written; None: as it was decoded.
        """
        answer = self.post("$batch", encode_request(batch, dialect), prefer)
        assert (answer.status, answer.headers.get("OData-Version")) == (200, "4.0")
        content_type = answer.headers.get("Content-Type", "")
        read = decode_response(answer.body, content_type)
        assert encode_response(read) == (content_type, answer.body)
        assert check(read, ODATA_V4) == ()
        return read


@contextmanager
def running_shop(folder: Path) -> Iterator[Shop]:
    """Start CAP on a free port; skips where it is not installed.

    Args:
        folder: where its log goes.
    """
    command = [node(), "serve.js", str(node_module("@sap/cds"))]
    log = folder / "cap.log"
    with log.open("wb") as stderr:
        server = subprocess.Popen(
            command,
            cwd=Path(__file__).parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    overdue = threading.Timer(_START_S, server.kill)
    overdue.start()
    try:
        line = server.stdout.readline()
        overdue.cancel()
        if not line:
            pytest.fail(f"CAP did not start within {_START_S} s:\n{log.read_text('utf-8')}")
        yield Shop(int(line))
    finally:
        overdue.cancel()
        try:
            server.communicate(timeout=_STOP_S)  # The end of its input is its end.
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()
