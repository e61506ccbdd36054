"""A gateway on loopback: what comes in goes out through a transport of this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import httpx

from odatabatch.emulator.serving import serve

_HOP_BY_HOP = frozenset((b"connection", b"keep-alive", b"transfer-encoding", b"host"))


class Gateway:
    """An ASGI application that forwards each request through a client of httpx.

    Attributes:
        failures: what went wrong on the way; the client saw a 500 or a broken connection.
    """

    def __init__(self, transport: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self.failures: list[Exception] = []
        self._transport = transport

    def stop(self) -> None:
        """Nothing is held here."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Forward one request."""
        asked = await _asked(scope, receive)
        try:
            async with (
                httpx.AsyncClient(transport=self._transport(), timeout=10) as client,
                client.stream(**asked) as answer,
            ):
                await _answered(answer, send)
        except httpx.LocalProtocolError:  # the service has nothing that the client asks for
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        except httpx.HTTPError as error:
            self.failures.append(error)
            raise


async def _asked(scope: MutableMapping[str, Any], receive: Any) -> dict[str, Any]:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [item for item in scope["headers"] if item[0] not in _HOP_BY_HOP]
    host = dict(scope["headers"])[b"host"].decode("ascii")
    target = scope["raw_path"].decode("ascii")
    query = scope["query_string"].decode("ascii")
    url = f"http://{host}{target}" + (f"?{query}" if query else "")
    return {"method": scope["method"], "url": url, "headers": headers, "content": body}


async def _answered(answer: httpx.Response, send: Any) -> None:
    headers = [
        (name.lower(), value)
        for name, value in answer.headers.raw
        if name.lower() not in _HOP_BY_HOP
    ]
    start = {"type": "http.response.start", "status": answer.status_code, "headers": headers}
    await send(start)
    async for chunk in answer.aiter_raw():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def gateway(transport: Callable[[], httpx.AsyncBaseTransport]) -> Iterator[tuple[str, Gateway]]:
    """Serve a gateway while the context lasts.

    Args:
        transport: makes the transport, on the gateway's own event loop.

    Yields:
        Where it is, and itself.
    """
    app = Gateway(transport)
    with serve(app) as url:  # type: ignore[arg-type]  # it stops as an emulator does
        yield url, app
