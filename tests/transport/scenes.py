"""What tests of the transports share: services, programs of either library, and their batches."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, NamedTuple

import httpx
import httpx2
import pytest

import odatabatch
from odatabatch import BatchResponse, Headers, HttpRequest, HttpResponse, Operation
from odatabatch import transport as transports
from odatabatch.azure import AZURE_BATCH
from odatabatch.emulator import Answer, BatchService, read_faults
from odatabatch.transport import SharedKeyAuth
from tests.azure.batches import HOST, LEGACY, MODERN, batch, operation, task

ACCOUNT = "myaccount"
KEY = "bm8ga2V5IG9mIGFueSBhY2NvdW50LCBpbnZlbnRlZCBmb3IgdGVzdHM="
NOW = datetime.datetime(2016, 4, 22, 0, 32, 47, tzinfo=datetime.UTC)
JOB = "job-1"
BATCH_URL = f"https://{HOST}/$batch?api-version={LEGACY}"
COLLECTION_URL = f"https://{HOST}/jobs/{JOB}/addtaskcollection?api-version={MODERN}"

Asked = dict[str, Any]
"""The arguments of a client's ``request``."""


class Program(NamedTuple):
    """A program that uses a client of that library, synchronously or not.

    Its tests are written once: ``ask`` hides which of both it is.
    """

    library: ModuleType
    asynchronous: bool

    def transport(self, way: str, inner: Any, **options: Any) -> Any:
        """The transport of that way, ``Upgrading`` or ``Downgrading``."""
        name = f"{'Async' if self.asynchronous else ''}{way}Transport"
        return getattr(transports, name)(inner, **options)

    def mock(self, handler: Callable[[Any], Any]) -> Any:
        """A transport that asks a function."""
        return self.library.MockTransport(handler)

    def socket(self) -> Any:
        """A transport that uses real connections."""
        if self.asynchronous:
            return self.library.AsyncHTTPTransport()
        return self.library.HTTPTransport()

    def handle(self, transport: Any, request: Any) -> Any:
        """What a transport makes of a request, without a client."""
        if self.asynchronous:
            return asyncio.run(transport.handle_async_request(request))
        return transport.handle_request(request)

    def sleep(self, waits: list[float]) -> Callable[[float], Any]:
        """A ``sleep`` that writes down instead of waiting."""
        if not self.asynchronous:
            return waits.append

        async def pause(seconds: float) -> None:
            waits.append(seconds)

        return pause

    def ask(self, transport: Any, *asked: Asked, **client: Any) -> Any:
        """The answers to requests, each read to its end; of one request, its answer.

        Args:
            transport: of the client.
            asked: the requests.
            client: further arguments of the client.
        """
        if self.asynchronous:
            answers = asyncio.run(self._ask(transport, asked, together=False, **client))
        else:
            with self.library.Client(transport=transport, **client) as sync_client:
                answers = [sync_client.request(**it) for it in asked]
        return answers[0] if len(asked) == 1 else answers

    def ask_at_once(self, transport: Any, asked: Sequence[Asked]) -> list[Any]:
        """The answers to requests that are sent at once: by tasks, or by four threads."""
        if self.asynchronous:
            return asyncio.run(self._ask(transport, asked, together=True))
        start = threading.Barrier(4)

        def ask(mine: Sequence[Asked]) -> list[Any]:
            start.wait()
            return [client.request(**it) for it in mine]

        with self.library.Client(transport=transport) as client, ThreadPoolExecutor(4) as pool:
            found = pool.map(ask, [asked[at::4] for at in range(4)])
            return [answer for answers in found for answer in answers]

    async def _ask(
        self, transport: Any, asked: Sequence[Asked], together: bool, **client: Any
    ) -> list[Any]:
        async with self.library.AsyncClient(transport=transport, **client) as async_client:
            if together:
                return await asyncio.gather(*(async_client.request(**it) for it in asked))
            return [await async_client.request(**it) for it in asked]

    def read_some(
        self, transport: Any, asked: Asked, on_piece: Callable[[bytes], object], most: int = 1 << 30
    ) -> Any:
        """The response to a request, closed after so many pieces.

        Args:
            transport: of the client.
            asked: the request.
            on_piece: gets each piece, as soon as it is there.
            most: how many pieces are read.
        """
        if self.asynchronous:
            return asyncio.run(self._read_some(transport, asked, on_piece, most))
        with (
            self.library.Client(transport=transport) as client,
            client.stream(**asked) as response,
        ):
            for count, piece in enumerate(response.iter_raw(), 1):
                on_piece(piece)
                if count == most:
                    break
        return response

    async def _read_some(
        self, transport: Any, asked: Asked, on_piece: Callable[[bytes], object], most: int
    ) -> Any:
        async with (
            self.library.AsyncClient(transport=transport) as client,
            client.stream(**asked) as response,
        ):
            count = 0
            async with contextlib.aclosing(response.aiter_raw()) as pieces:
                async for piece in pieces:
                    on_piece(piece)
                    count += 1
                    if count == most:
                        break
        return response

    def body(self, *pieces: bytes) -> Any:
        """A request's body that is made while it is sent."""

        def made() -> Iterator[bytes]:
            yield from pieces

        async def made_slowly() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        return made_slowly() if self.asynchronous else made()


PROGRAMS = [Program(library, later) for library in (httpx, httpx2) for later in (False, True)]

each_program = pytest.mark.parametrize(
    "program",
    PROGRAMS,
    ids=[f"{it.library.__name__}-{'async' if it.asynchronous else 'sync'}" for it in PROGRAMS],
)
each_library = pytest.mark.parametrize("library", [httpx, httpx2])


class Service:
    """A service with the job ``job-1``, which answers requests of either library.

    Args:
        faults: what goes wrong.
        options: of ``BatchService``.

    Attributes:
        requests: as they came in.
    """

    def __init__(self, *faults: dict[str, Any], **options: Any) -> None:
        self.batch = BatchService(faults=read_faults(json.dumps(faults).encode()), **options)
        self.batch.add_job(JOB, NOW)
        self.requests: list[HttpRequest] = []

    def __call__(self, request: Any) -> Any:
        """Answer a request in the words of its library."""
        library = httpx if isinstance(request, httpx.Request) else httpx2
        self.requests.append(received(request))
        answer = self.batch.answer(self.requests[-1], NOW)
        if not answer.head:
            error = library.ReadTimeout if answer.hold_s else library.RemoteProtocolError
            raise error("no answer")
        return library.Response(
            answer.response.status,
            headers=raw(answer.response.headers),
            stream=Pieces(answer, library),
            extensions={"reason_phrase": answer.response.reason.encode()},
        )

    @property
    def task_ids(self) -> list[str]:
        """The tasks that the job has."""
        return [it.id for it in self.batch.tasks(JOB)]


class Pieces(
    httpx.SyncByteStream, httpx.AsyncByteStream, httpx2.SyncByteStream, httpx2.AsyncByteStream
):
    """A body as the service sends it, which may break off."""

    def __init__(self, answer: Answer, library: ModuleType) -> None:
        self._answer = answer
        self._library = library

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.chunks
        if self._answer.cut:
            raise self._library.RemoteProtocolError("cut")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


def received(request: Any) -> HttpRequest:
    """A request as a service gets it."""
    pairs = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    ]
    return HttpRequest(request.method, str(request.url), Headers(pairs), request.content)


def raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Header fields as on the wire."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def key_auth(key: str = KEY) -> SharedKeyAuth:
    """Signs, at the service's time."""
    return SharedKeyAuth(ACCOUNT, key, clock=lambda: NOW)


def adding(*task_ids: str) -> list[Operation]:
    """Operations that add those tasks; their Content-IDs count from 1."""
    return [operation(str(at), task(task_id)) for at, task_id in enumerate(task_ids, 1)]


def posted(*operations: Operation, url: str = BATCH_URL, **fields: str) -> Asked:
    """A legacy batch; ``fields`` are further headers, with ``_`` for ``-``."""
    encoded = odatabatch.encode_request(
        batch(*operations), AZURE_BATCH, allow=("too_many_operations",)
    )
    headers = {"Content-Type": encoded.content_type}
    headers |= {name.replace("_", "-"): value for name, value in fields.items()}
    return {"method": "POST", "url": url, "content": encoded.body, "headers": headers}


def collected(*task_ids: str, url: str = COLLECTION_URL, **fields: str) -> Asked:
    """A collection of those tasks."""
    body = b'{"value":[%s]}' % b",".join(map(task, task_ids))
    headers = {"Content-Type": "application/json; odata=minimalmetadata"}
    headers |= {name.replace("_", "-"): value for name, value in fields.items()}
    return {"method": "POST", "url": url, "content": body, "headers": headers}


def decoded(response: Any) -> BatchResponse:
    """The batch in a whole response, read strictly."""
    assert response.status_code == 202
    return odatabatch.decode_response(response.content, response.headers["Content-Type"])


def statuses(response: Any) -> dict[str, int]:
    """The status of each operation, by its Content-ID."""
    found = decoded(response).responses
    by_id = {it.content_id or "": it.status for it in found}
    assert len(by_id) == len(found)
    return by_id


def results(response: Any) -> dict[str, str]:
    """What became of each task of a collection: its status, or the code of its error."""
    assert response.status_code == 200
    return {
        it["taskId"]: it["error"]["code"] if "error" in it else it["status"]
        for it in response.json()["value"]
    }


def gone(response: HttpResponse) -> Callable[[Any], Any]:
    """A service that gives that one answer to all."""

    def answer(request: Any) -> Any:
        library = httpx if isinstance(request, httpx.Request) else httpx2
        return library.Response(
            response.status, headers=raw(response.headers), content=response.body
        )

    return answer
