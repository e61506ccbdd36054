"""The emulator on a loopback port, served by uvicorn in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, Protocol

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from odatabatch.emulator.asgi import CLOSE

HOST = "127.0.0.1"
"""Loopback alone: it takes any signature, unless told otherwise."""

GRACE_S = 0.5
"""How long a server that is stopped waits for clients that are slow."""


class ClosingProtocol(H11Protocol):
    """HTTP of uvicorn, with the extension that closes a connection in the middle of an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), CLOSE: self.close}
            await inner(scope, receive, send)

        self.app = app

    def close(self) -> None:
        """Close the connection after what was written.

        The request counts as one whose client has gone: so uvicorn neither completes its answer nor
        tells of it.
        """
        self.cycle.disconnected = True
        self.transport.close()


class Stoppable(Protocol):
    """An ASGI application that can be told to wait for nothing any more, as ``Emulator`` can."""

    def stop(self) -> None:
        """Wait for nothing any more; called on the server's own loop."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer."""


class _Server(uvicorn.Server):
    """uvicorn, which ends holds and pauses before it waits for the requests under way.

    It waits for no client that has sent half a request, or does not read its answer.
    """

    def __init__(self, config: uvicorn.Config, app: Stoppable) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._app.stop()
        # uvicorn's own timeout cancels requests with tracebacks, and lets connections be.
        late = asyncio.get_running_loop().call_later(GRACE_S, self._abort)
        try:
            await super().shutdown(sockets)
        finally:
            late.cancel()

    def _abort(self) -> None:
        """Close the connections that are left, with what was not read of their answers."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _listener(port: int) -> socket.socket:
    """A socket that listens on loopback.

    It names its protocol, as ``socket.create_server`` does not: asyncio sets TCP_NODELAY for TCP
    alone, and without that an answer in pieces takes 44 ms instead of one.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def serve(app: Stoppable, port: int = 0) -> Iterator[str]:
    """Serve the emulator while the context lasts; its end takes no more than about a second.

    Args:
        app: the emulator, or what stops as it does; it is served once.
        port: on loopback; 0 for any that is free.

    Yields:
        Where it is, such as ``http://127.0.0.1:50123``; connections are taken from then on.

    Raises:
        OSError: the port is not free.
    """
    listener = _listener(port)
    config = uvicorn.Config(
        app,
        http=ClosingProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
    server = _Server(config, app)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
