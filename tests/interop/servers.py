"""A server on loopback that reads batches with this package and answers with it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import odatabatch
from odatabatch import Batch, BatchResponse, Dialect


class Received(NamedTuple):
    """A batch as it came in.

    Attributes:
        path: of the request that carried it, with its query.
        headers: of that request, by lower-case name.
        body: of that request.
        batch: what was read there, in strict mode.
    """

    path: str
    headers: dict[str, str]
    body: bytes
    batch: Batch


class BatchServer(ThreadingHTTPServer):
    """Answers every POST as a batch, with 202.

    Attributes:
        received: the batches that came in so far.
        failures: what went wrong while answering.
    """

    def __init__(self, answer: Callable[[Received], BatchResponse], dialect: Dialect) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.failures: list[Exception] = []
        self._answer = answer
        self._dialect = dialect

    @property
    def root(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> odatabatch.Encoded:
        """The answer to one batch, in the canonical form."""
        batch = odatabatch.decode_request(body, headers["content-type"])
        received = Received(path, headers, body, batch)
        self.received.append(received)
        return odatabatch.encode_response(self._answer(received), self._dialect)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: BatchServer

    def do_POST(self) -> None:
        """Answer a batch; 500 where that fails, and the test gets to see why."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers["content-length"]))
        try:
            encoded = self.server.answer(self.path, headers, body)
        except Exception as exc:
            self.server.failures.append(exc)
            self._send(500, "text/plain", b"")
        else:
            self._send(202, encoded.content_type, encoded.body)

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def batch_server(
    answer: Callable[[Received], BatchResponse], dialect: Dialect
) -> Iterator[BatchServer]:
    """Serve batches on a free port of loopback.

    Args:
        answer: what a batch is answered with.
        dialect: in whose form.

    Raises:
        Exception: the first that answering raised; the client under test saw a 500 only.
    """
    with BatchServer(answer, dialect) as server:
        # By default it sees but twice a second that it shall end.
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            if server.failures:
                raise server.failures[0]
