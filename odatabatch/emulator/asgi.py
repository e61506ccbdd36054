"""The emulator as an ASGI application.

Closing a connection in the middle of an answer is nothing that ASGI knows: ``serving`` adds it as
the extension ``odatabatch.close``. Under another server such an answer ends in ``AnswerCut``.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from odatabatch.emulator.batches import MAX_BATCH_BYTES
from odatabatch.emulator.sending import Answer
from odatabatch.emulator.service import BatchService
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest

CLOSE = "odatabatch.close"
"""The extension: a function that closes the connection after what was sent."""

MAX_READ_BYTES = MAX_BATCH_BYTES + 1
"""How much of a body is read: one byte more than the service takes of any, so that it refuses it
itself. What comes after is not kept."""

_PLAIN = (
    "/$!&'()*+,;=:@"  # what stands in a path as it is, beside what quote() leaves (RFC 3986 §3.3)
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class AnswerCut(ConnectionError):
    """An answer that is cut, under a server that cannot cut it."""


def utc_now() -> datetime.datetime:
    """The time of day, which the service itself does not know."""
    return datetime.datetime.now(datetime.UTC)


class Emulator:
    """The service as an ASGI application (HTTP and lifespan).

    Args:
        service: what answers.
        clock: gives the time, aware of its zone.

    Source: ASGI 3.0, HTTP 2.3.
    """

    def __init__(
        self, service: BatchService, clock: Callable[[], datetime.datetime] = utc_now
    ) -> None:
        self.service = service
        self._clock = clock
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End all holds and pauses, so that a server need not wait for them; on its own loop."""
        self._stopped.set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or the lifespan's events.

        Raises:
            AnswerCut: the answer is to be cut, and the server cannot.
            ValueError: the scope is another.
        """
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            raise ValueError("expected a scope of http or lifespan, got another")

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            return  # whoever asked has gone
        answer = self.service.answer(_request(scope, body), self._clock())
        close = scope.get("extensions", {}).get(CLOSE)
        if answer.hold_s:
            await self._wait(answer.hold_s, receive)
        if answer.head:
            await self._send(answer, receive, send)
        if answer.cut:
            if close is None:
                raise AnswerCut("expected a server that can close a connection, got another")
            close()

    async def _send(self, answer: Answer, receive: Receive, send: Send) -> None:
        response = answer.response
        fields = [
            (name.lower().encode("ascii"), value.encode("latin-1"))
            for name, value in response.headers
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": fields})
        for chunk in answer.chunks:
            if answer.pause_s:
                await self._wait(answer.pause_s, receive)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(0)  # so that each is written by itself
        if not answer.cut:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _wait(self, seconds: float, receive: Receive) -> None:
        """Wait, but no longer than there is somebody who waits for the answer."""
        waits = [asyncio.ensure_future(receive()), asyncio.ensure_future(self._stopped.wait())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Receive) -> bytes | None:
    """The request's body, as much as is read of it; None where the client is gone."""
    body = bytearray()  # a list would take sixty times as much for chunks of two bytes
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")[: MAX_READ_BYTES - len(body)]
        if not message.get("more_body", False):
            return bytes(body)


def _request(scope: Message, body: bytes) -> HttpRequest:
    """The request, its target absolute where a Host says where it went."""
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    headers = Headers(fields)
    raw_path = scope.get("raw_path")  # which a server need not give (ASGI, HTTP 2.3)
    target = quote(scope["path"], _PLAIN) if raw_path is None else raw_path.decode("latin-1")
    if scope["query_string"]:
        target = f"{target}?{scope['query_string'].decode('latin-1')}"
    host = headers.get("host")
    if host is not None:
        target = f"{scope.get('scheme', 'http')}://{host}{target}"
    return HttpRequest(scope["method"], target, headers, body)
