"""The transports, for synchronous and asynchronous clients of httpx and httpx2."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import suppress
from inspect import isawaitable
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from odatabatch.azure import Failure
from odatabatch.errors import ODataBatchError
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.transport.exchange import (
    Exchange,
    Sign,
    async_stream,
    checked_origin,
    checked_service,
    sync_stream,
)
from odatabatch.transport.steps import Head, Send, Step, Steps
from odatabatch.transport.translating import Downgrading, Plan, Upgrading

# Either library takes any object that has the methods. A type checker takes it for a transport of
# both, and so does it take what is beneath.
if TYPE_CHECKING:
    OfEither = Any
else:
    OfEither = object

Translating = Upgrading | Downgrading


async def _pause(seconds: float) -> None:
    import anyio  # noqa: PLC0415  (httpx and httpx2 need it; nothing else here does)

    await anyio.sleep(seconds)


def _step(exchange: Exchange, steps: Steps, answer: HttpResponse | Failure | None) -> Step | None:
    """The next step; None at the end."""
    try:
        return steps.send(answer)
    except StopIteration:
        return None
    except ODataBatchError as error:
        raise exchange.broken(error) from error


def _interrupted() -> bool:
    """Whether the program is on its way out: it was interrupted, or its task was cancelled."""
    raised = sys.exc_info()[1]
    # A client of httpx2 closes in a generator that ends, and does not tell why it does.
    return raised is not None and not isinstance(raised, Exception | GeneratorExit)


class _Translator(OfEither):  # type: ignore[misc]
    """What the transports have in common: everything but the sending.

    One transport serves one origin (scheme, host and port): ``origin``, else that of the first
    request that it could translate. What goes to another, such as a redirect, or to none, goes out
    as it is: it is no business of the service's, and a signature that was made for it would hold
    for the account as well, since no host is signed.
    """

    _translating_type: ClassVar[type[Translating]]

    def __init__(
        self,
        inner: Any,
        *,
        auth: Sign | None = None,
        service: str | None = None,
        origin: str | None = None,
        sleep: Any,
        **options: Any,
    ) -> None:
        for given in (sleep,) if auth is None else (sleep, auth):
            if not callable(given):  # such as the Auth objects of the libraries
                raise TypeError(f"expected a function, got {type(given).__name__}")
        self._inner = inner
        self._auth = auth
        self._service = checked_service(service)
        self._sleep = sleep
        self._translating = self._translating_type(**options)
        self._origin = checked_origin(origin)
        self._naming = threading.Lock()

    def _exchange(self, request: Any) -> Exchange | None:
        """The request, and what it takes to answer it; None where it goes to another origin.

        Raises:
            TypeError: it is no request of httpx or httpx2.
        """
        exchange = Exchange(request, self._auth, self._service)
        known = exchange.origin == self._origin or (self._origin is None and exchange.has_host)
        return exchange if known else None

    def _plan(self, exchange: Exchange) -> Plan | None:
        """What becomes of a request, whose body was read.

        None where it goes to another origin than one that was translated meanwhile.
        """
        translating = self._translating
        try:
            plan = translating.plan(exchange.received(translating.at_service), exchange.origin)
        except ODataBatchError as error:
            raise exchange.refused(error) from error
        with self._naming:
            self._origin = self._origin or exchange.origin
        return plan if exchange.origin == self._origin else None


class _Transport(_Translator):
    """Answers a client's requests by a service's, in another api-version."""

    def __init__(
        self, inner: Any, *, sleep: Callable[[float], object] = time.sleep, **options: Any
    ) -> None:
        super().__init__(inner, sleep=sleep, **options)

    def handle_request(self, request: Any) -> Any:
        """The answer to a request of the client.

        Raises:
            httpx.LocalProtocolError: the request cannot be translated, or not be signed; an
                ``ODataBatchError`` is its cause.
            httpx.RemoteProtocolError: the service's answers do not say what became of all.
            httpx.TransportError: the last request got no answer, and so there is none.
            TypeError: it is no request of httpx or httpx2.
        """
        exchange = self._exchange(request)
        if exchange is None:
            return self._inner.handle_request(request)
        request.read()
        plan = self._plan(exchange)
        if plan is None:
            return self._inner.handle_request(request)
        if isinstance(plan, HttpRequest):
            return self._inner.handle_request(exchange.outgoing(plan))
        first = self._next(exchange, plan)
        if isinstance(first, HttpResponse):
            return exchange.whole(first)
        assert isinstance(first, Head)  # an answer begins with it
        pieces = self._pieces(exchange, plan)

        def close() -> None:
            # What was asked for is done, also where nobody reads what became of it.
            if _interrupted():
                return
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

    def _pieces(self, exchange: Exchange, steps: Steps) -> Generator[bytes, None, None]:
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


class _AsyncTransport(_Translator):
    """Answers a client's requests by a service's, in another api-version."""

    def __init__(
        self, inner: Any, *, sleep: Callable[[float], Awaitable[object]] = _pause, **options: Any
    ) -> None:
        super().__init__(inner, sleep=sleep, **options)

    async def handle_async_request(self, request: Any) -> Any:
        """The answer to a request of the client; errors as of the synchronous transports."""
        exchange = self._exchange(request)
        if exchange is None:
            return await self._inner.handle_async_request(request)
        await request.aread()
        plan = self._plan(exchange)
        if plan is None:
            return await self._inner.handle_async_request(request)
        if isinstance(plan, HttpRequest):
            return await self._inner.handle_async_request(exchange.outgoing(plan))
        first = await self._next(exchange, plan)
        if isinstance(first, HttpResponse):
            return exchange.whole(first)
        assert isinstance(first, Head)  # an answer begins with it
        pieces = cast("AsyncGeneratorType[bytes, None]", self._pieces(exchange, plan))

        async def close() -> None:
            # What was asked for is done, also where nobody reads what became of it.
            if _interrupted() or pieces.ag_running:  # or by another task, which reads it
                return
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

    async def _pieces(self, exchange: Exchange, steps: Steps) -> AsyncGenerator[bytes, None]:
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
            slept = self._sleep(step.wait_s)
            if isawaitable(slept):  # time.sleep is none, and does what it is for
                await slept
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

    A response that is closed before its end is read to its end first: what was asked for is done,
    unless the program is interrupted (of which clients of httpx2 do not tell).

    One transport serves one origin. Requests to others go out as they are, unsigned.

    Args:
        inner: sends what there is to send; of the client's library. It should not send again by
            itself: what it hides would be taken for a first attempt.
        auth: signs each request to the service, such as a ``SharedKeyAuth``; any function that
            takes a request and gives it back. The client's own
            signature is not sent on: it holds for the client's request alone. A bearer token is.
        service: scheme and host to send to, such as ``https://account.region.batch.azure.com``,
            where they are not those of the client's requests.
        origin: scheme and host, with their port, of the client's requests; by default those of the
            first request that can be translated. Name it where a client may ask others, too; with a
            ``source_version`` any request can be translated.
        sleep: waits a number of seconds.
        options: as the attributes of ``Upgrading``.

    Raises:
        TranslationError: unknown_api_version, no_task_collection; unsupported_target: ``service``
            or ``origin`` is more than scheme and host, or less.
        TypeError: there is no such option.
    """

    _translating_type = Upgrading


class DowngradingTransport(_Transport):
    """Lets clients of ``addtaskcollection`` talk to a service that knows legacy batches alone.

    The other way than ``UpgradingTransport``; a collection is answered whole.

    Args:
        inner: as there.
        auth: as there.
        service: as there.
        origin: as there.
        sleep: as there.
        options: as the attributes of ``Downgrading``.

    Raises:
        TranslationError: unknown_api_version; unsupported_target, likewise.
        TypeError: likewise.
    """

    _translating_type = Downgrading


class AsyncUpgradingTransport(_AsyncTransport):
    """``UpgradingTransport`` for asynchronous clients; ``sleep`` is asynchronous as well."""

    _translating_type = Upgrading


class AsyncDowngradingTransport(_AsyncTransport):
    """``DowngradingTransport`` for asynchronous clients; ``sleep`` is asynchronous as well."""

    _translating_type = Downgrading
