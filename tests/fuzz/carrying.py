"""A harness of the transports: any request of a client, any answers of a service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from odatabatch import (
    Headers,
    HttpRequest,
    HttpResponse,
    ODataBatchError,
    correlate,
    decode_request,
    decode_response,
)
from odatabatch.azure import AZURE_BATCH, Failure
from odatabatch.azure.addresses import names_batch
from odatabatch.transport import (
    AsyncDowngradingTransport,
    AsyncUpgradingTransport,
    DowngradingTransport,
    SharedKeyAuth,
    UpgradingTransport,
)
from tests.fuzz.answering import NOW, Service
from tests.fuzz.contract import Given, held, refuse_shown
from tests.fuzz.errands import Errand
from tests.fuzz.secrets import shown_by
from tests.fuzz.signing import KEY
from tests.fuzz.translating import FIRST

_VERSION, _SOURCE, _BITS, _ATTEMPTS = range(4)
_DOWN, _ASYNC, _KEYED, _STRICT, _SERVICE, _CLOSED, _STREAMED = range(7)
_ERRORS = {
    Failure.NOT_SENT: (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout),
    Failure.TIMED_OUT: (httpx.ReadTimeout, httpx.WriteTimeout),
    Failure.CONNECTION_LOST: (httpx.ReadError, httpx.RemoteProtocolError, httpx.ProxyError),
}
_TYPES = {
    (False, False): UpgradingTransport,
    (False, True): AsyncUpgradingTransport,
    (True, False): DowngradingTransport,
    (True, True): AsyncDowngradingTransport,
}


def transport(data: bytes) -> None:
    """A client gets a response or its library's error, and every answer is closed."""
    errand = Errand.read(data)
    given = errand.given(errand.text(0), key=KEY)
    inner = _Inner(errand)
    asynchronous = errand.flag(_BITS, _ASYNC)
    notes: list[Any] = []
    options: dict[str, Any] = {
        "api_version": errand.version(_VERSION),
        "source_version": errand.maybe_version(_SOURCE),
        "strict": errand.flag(_BITS, _STRICT),
        "max_attempts": 1 + errand.number(_ATTEMPTS) % 5,
        "on_notes": notes.append,
        "sleep": _pause if asynchronous else _no_pause,
    }
    if errand.flag(_BITS, _KEYED):
        options["auth"] = SharedKeyAuth("account", KEY, clock=lambda: NOW)
    if errand.flag(_BITS, _SERVICE):
        options["service"] = "https://other.region.batch.azure.com"
    if errand.flag(_BITS, _DOWN):
        options["work_item"] = errand.text(0)
    kind = _TYPES[errand.flag(_BITS, _DOWN), asynchronous]
    made = held(lambda: kind(inner, **options), given)
    if isinstance(made, ODataBatchError):
        return
    requests = [it for it in map(_asked, errand.requests) if it is not None]
    # Of several origins, only that of the first request that can be translated is the service's.
    origins = {(it.url.scheme, it.url.netloc) for it in requests}
    upward = not errand.flag(_BITS, _DOWN) and len(origins) == 1
    for asked in requests:
        if asynchronous:
            outcome = asyncio.run(_ask_later(made, asked, errand.flag(_BITS, _CLOSED)))
        else:
            outcome = _ask(made, asked, errand.flag(_BITS, _CLOSED))
        assert all(stream.closed for stream in inner.streams)
        _judge(outcome, asked, upward, given)
    for told in notes:
        held(lambda it=told: it, given)


def _no_pause(seconds: float) -> None:
    assert seconds > 0


async def _pause(seconds: float) -> None:
    assert seconds > 0


def _asked(request: HttpRequest) -> httpx.Request | None:
    """The request as a client makes it; None where the library makes none."""
    pairs = [(name.encode(), value.encode()) for name, value in _sendable(request.headers)]
    try:
        return httpx.Request(request.method, request.target, headers=pairs, content=request.body)
    except (httpx.InvalidURL, UnicodeError):
        return None


def _sendable(headers: Headers) -> Iterator[tuple[str, str]]:
    """The fields that a client can send: the libraries refuse others before they come here."""
    for name, value in headers:
        if name.isascii() and value.isascii() and (name + value).isprintable() and name:
            yield name, value


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of the service, which tells whether it was closed, and may break off."""

    def __init__(self, body: bytes, error: Exception | None) -> None:
        self.closed = False
        self._body = body
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        if self._error is not None:
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


class _Inner(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The service, in the words of the library."""

    def __init__(self, errand: Errand) -> None:
        self.streams: list[_Stream] = []
        self._service = Service(errand, FIRST)
        self._errand = errand

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = Headers(
            (a.decode("latin-1"), b.decode("latin-1")) for a, b in request.headers.raw
        )
        body = request.read()
        asked = HttpRequest(request.method, str(request.url), headers, body)
        answer = self._service.answer(asked)
        turn = len(self.streams) + self._errand.number(FIRST - 2)
        if isinstance(answer, Failure):
            kinds = _ERRORS[answer]
            error = kinds[turn % len(kinds)]("no answer", request=request)
            if not (answer is Failure.CONNECTION_LOST and self._errand.flag(_BITS, _STREAMED)):
                raise error
            answer = HttpResponse(200, "OK", body=b'{"value":[')
        else:
            error = None
        stream = _Stream(answer.body, error)
        self.streams.append(stream)
        fields = [(a.encode("latin-1"), b.encode("latin-1")) for a, b in _sendable(answer.headers)]
        reason = answer.reason.encode("ascii", "ignore")
        return httpx.Response(
            answer.status, headers=fields, stream=stream, extensions={"reason_phrase": reason}
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return self.handle_request(request)


Outcome = httpx.Response | httpx.TransportError | httpx.DecodingError


def _ask(transport: Any, request: httpx.Request, closed: bool) -> Outcome:
    """The response, read to its end or closed before; or the library's error."""
    try:
        response: httpx.Response = transport.handle_request(request)
        response.request = request
        try:
            if not closed:
                response.read()
        finally:
            response.close()
    except (httpx.TransportError, httpx.DecodingError) as error:
        return error
    return response


async def _ask_later(transport: Any, request: httpx.Request, closed: bool) -> Outcome:
    try:
        response: httpx.Response = await transport.handle_async_request(request)
        response.request = request
        try:
            if not closed:
                await response.aread()
        finally:
            await response.aclose()
    except (httpx.TransportError, httpx.DecodingError) as error:
        return error
    return response


def _judge(outcome: Outcome, request: httpx.Request, upward: bool, given: Given) -> None:
    if isinstance(outcome, Exception):
        refuse_shown(shown_by(outcome), given)
        cause = outcome.__cause__
        if isinstance(cause, ODataBatchError):
            refuse_shown("\n".join([str(cause), repr(cause.args), repr(cause.__dict__)]), given)
        return
    asked = HttpRequest(request.method, str(request.url))
    if upward and outcome.status_code == 202 and outcome.is_stream_consumed and names_batch(asked):
        batch = decode_request(request.content, request.headers.get("Content-Type", ""))
        answer = decode_response(outcome.content, outcome.headers.get("Content-Type", ""))
        pairs = correlate(batch, answer, AZURE_BATCH)
        assert not pairs.unmatched
        assert all(it.responses for it in pairs.outcomes)
