"""The transports, for synchronous and asynchronous clients of httpx and httpx2."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Self

from odatabatch.azure import Failure
from odatabatch.errors import ODataBatchError
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.transport.clients import Exchange, Sign, async_stream, service_of, sync_stream
from odatabatch.transport.exchange import Head, Send, Step, Steps
from odatabatch.transport.translating import Downgrading, Plan, Upgrading

# Either library takes any object that has the methods. A type checker takes it for a transport of
# both, and so does it take what is beneath.
if TYPE_CHECKING:
    OfEither = Any
else:
    OfEither = object

Way = Upgrading | Downgrading


async def _pause(seconds: float) -> None:
    import anyio  # noqa: PLC0415  (httpx and httpx2 need it; nothing else here does)

    await anyio.sleep(seconds)


def _planned(way: Way, exchange: Exchange) -> Plan:
    try:
        return way.plan(exchange.received(way.at_service), exchange.origin)
    except ODataBatchError as error:
        raise exchange.refused(error) from error


def _step(exchange: Exchange, steps: Steps, answer: HttpResponse | Failure | None) -> Step | None:
    """The next step; None at the end."""
    try:
        return steps.send(answer)
    except StopIteration:
        return None
    except ODataBatchError as error:
        raise exchange.broken(error) from error


class _Transport(OfEither):  # type: ignore[misc]
    """Answers a client's requests by a service's, in another api-version."""

    _way: ClassVar[type[Way]]

    def __init__(
        self,
        inner: Any,
        *,
        auth: Sign | None = None,
        service: str | None = None,
        sleep: Callable[[float], object] = time.sleep,
        **options: Any,
    ) -> None:
        self._inner = inner
        self._auth = auth
        self._service = service_of(service)
        self._sleep = sleep
        self._translating = self._way(**options)

    def handle_request(self, request: Any) -> Any:
        """The answer to a request of the client.

        Raises:
            httpx.LocalProtocolError: the request cannot be translated, or not be signed; an
                ``ODataBatchError`` is its cause.
            httpx.RemoteProtocolError: the service's answers do not say what became of all.
            httpx.TransportError: the last request got no answer, and so there is none.
            TypeError: it is no request of httpx or httpx2.
        """
        exchange = Exchange(request, self._auth, self._service)
        request.read()
        plan = _planned(self._translating, exchange)
        if isinstance(plan, HttpRequest):
            return self._inner.handle_request(exchange.outgoing(plan))
        first = self._next(exchange, plan)
        if isinstance(first, HttpResponse):
            return exchange.whole(first)
        assert isinstance(first, Head)  # an answer begins with it
        pieces = self._pieces(exchange, plan)

        def close() -> None:
            # What was asked for is done, also where nobody reads what became of it.
            with suppress(*exchange.failures):
                for _ in pieces:
                    pass

        return exchange.begun(first, sync_stream(exchange.library)(pieces, close))

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._inner.__exit__(*raised)

    def close(self) -> None:
        """Close the transport beneath."""
        self._inner.close()

    def _pieces(self, exchange: Exchange, steps: Steps) -> Iterator[bytes]:
        while (piece := self._next(exchange, steps)) is not None:
            assert isinstance(piece, bytes)  # after a Head there is nothing else
            yield piece

    def _next(self, exchange: Exchange, steps: Steps) -> Step | None:
        """The next step but for those that send, which are taken here; None at the end."""
        step = _step(exchange, steps, None)
        while isinstance(step, Send):
            step = _step(exchange, steps, self._sent(exchange, step))
        return step

    def _sent(self, exchange: Exchange, step: Send) -> HttpResponse | Failure:
        if step.wait_s:
            self._sleep(step.wait_s)
        request = exchange.outgoing(step.request)
        try:
            response = self._inner.handle_request(request)
            try:
                response.read()
            finally:
                response.close()
        except exchange.failures as error:
            return exchange.failed(error)
        return exchange.answered(response)


class _AsyncTransport(OfEither):  # type: ignore[misc]
    """Answers a client's requests by a service's, in another api-version."""

    _way: ClassVar[type[Way]]

    def __init__(
        self,
        inner: Any,
        *,
        auth: Sign | None = None,
        service: str | None = None,
        sleep: Callable[[float], Awaitable[object]] = _pause,
        **options: Any,
    ) -> None:
        self._inner = inner
        self._auth = auth
        self._service = service_of(service)
        self._sleep = sleep
        self._translating = self._way(**options)

    async def handle_async_request(self, request: Any) -> Any:
        """The answer to a request of the client; errors as of the synchronous transports."""
        exchange = Exchange(request, self._auth, self._service)
        await request.aread()
        plan = _planned(self._translating, exchange)
        if isinstance(plan, HttpRequest):
            return await self._inner.handle_async_request(exchange.outgoing(plan))
        first = await self._next(exchange, plan)
        if isinstance(first, HttpResponse):
            return exchange.whole(first)
        assert isinstance(first, Head)  # an answer begins with it
        pieces = self._pieces(exchange, plan)

        async def close() -> None:
            # What was asked for is done, also where nobody reads what became of it.
            with suppress(*exchange.failures):
                async for _ in pieces:
                    pass

        return exchange.begun(first, async_stream(exchange.library)(pieces, close))

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> None:
        await self._inner.__aexit__(*raised)

    async def aclose(self) -> None:
        """Close the transport beneath."""
        await self._inner.aclose()

    async def _pieces(self, exchange: Exchange, steps: Steps) -> AsyncIterator[bytes]:
        while (piece := await self._next(exchange, steps)) is not None:
            assert isinstance(piece, bytes)  # after a Head there is nothing else
            yield piece

    async def _next(self, exchange: Exchange, steps: Steps) -> Step | None:
        """The next step but for those that send, which are taken here; None at the end."""
        step = _step(exchange, steps, None)
        while isinstance(step, Send):
            step = _step(exchange, steps, await self._sent(exchange, step))
        return step

    async def _sent(self, exchange: Exchange, step: Send) -> HttpResponse | Failure:
        if step.wait_s:
            await self._sleep(step.wait_s)
        request = exchange.outgoing(step.request)
        try:
            response = await self._inner.handle_async_request(request)
            try:
                await response.aread()
            finally:
                await response.aclose()
        except exchange.failures as error:
            return exchange.failed(error)
        return exchange.answered(response)


class UpgradingTransport(_Transport):
    """Lets clients that post ``/$batch`` talk to a service that knows ``addtaskcollection`` alone.

    A batch is translated, sent with failures and repetitions as ``azure.Transfer`` has them, one
    request at a time, and answered part by part. Every other request goes to the service in its
    api-version. Made for a client of httpx or httpx2:

        httpx.Client(transport=UpgradingTransport(httpx.HTTPTransport(), auth=SharedKeyAuth(…)))

    A response that is closed before its end is read to its end first: what was asked for is done.

    Args:
        inner: sends what there is to send; of the client's library.
        auth: signs each request to the service, such as a ``SharedKeyAuth``. The client's own
            signature is not sent on: it holds for the client's request alone. A bearer token is.
        service: scheme and host to send to, such as ``https://account.region.batch.azure.com``,
            where they are not those of the client's requests.
        sleep: waits a number of seconds.
        options: as the attributes of ``Upgrading``.

    Raises:
        TranslationError: unknown_api_version, no_task_collection; unsupported_target: ``service``
            is more than scheme and host, or less.
        TypeError: there is no such option.
    """

    _way = Upgrading


class DowngradingTransport(_Transport):
    """Lets clients of ``addtaskcollection`` talk to a service that knows legacy batches alone.

    The other way than ``UpgradingTransport``; a collection is answered whole.

    Args:
        inner: as there.
        auth: as there.
        service: as there.
        sleep: as there.
        options: as the attributes of ``Downgrading``.

    Raises:
        TranslationError: unknown_api_version; unsupported_target, likewise.
        TypeError: likewise.
    """

    _way = Downgrading


class AsyncUpgradingTransport(_AsyncTransport):
    """``UpgradingTransport`` for asynchronous clients; ``sleep`` is asynchronous as well."""

    _way = Upgrading


class AsyncDowngradingTransport(_AsyncTransport):
    """``DowngradingTransport`` for asynchronous clients; ``sleep`` is asynchronous as well."""

    _way = Downgrading
