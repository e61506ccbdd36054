"""SharedKey for clients of httpx and httpx2."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

from odatabatch import Headers, HttpRequest
from odatabatch.azure import SharedKey, SigningError
from odatabatch.transport import SharedKeyAuth

ACCOUNT = "myaccount"
KEY = "bm8ga2V5IG9mIGFueSBhY2NvdW50LCBpbnZlbnRlZCBmb3IgdGVzdHM="
HOST = "https://myaccount.myregion.batch.azure.com"
NOW = datetime.datetime(2014, 4, 9, 20, 21, 24, 791551, tzinfo=datetime.UTC)
DATE = "Wed, 09 Apr 2014 20:21:24 GMT"

each_library = pytest.mark.parametrize("library", [httpx, httpx2])


def received(request: Any) -> HttpRequest:
    """A request as a service would get it."""
    pairs = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    ]
    return HttpRequest(request.method, request.url.raw_path.decode(), Headers(pairs))


class Service:
    """Checks each signature, and keeps what came.

    Attributes:
        requests: as they came in.
    """

    def __init__(self, library: ModuleType, now: datetime.datetime | None = NOW) -> None:
        self.requests: list[HttpRequest] = []
        self._library = library
        self._now = now

    def __call__(self, request: Any) -> Any:
        """Answer one request."""
        self.requests.append(received(request))
        now = self._now or datetime.datetime.now(datetime.UTC)
        SharedKey(ACCOUNT, KEY).check(self.requests[-1], now)
        return self._library.Response(200)

    def client(self, auth: SharedKeyAuth) -> Any:
        """A client that reaches this service alone."""
        transport = self._library.MockTransport(self)
        return self._library.Client(transport=transport, auth=auth, base_url=HOST)


def auth_at(now: datetime.datetime = NOW) -> SharedKeyAuth:
    """An auth with that time."""
    return SharedKeyAuth(ACCOUNT, KEY, clock=lambda: now)


@each_library
class TestClients:
    """What a client sends holds."""

    def test_requests(self, library: ModuleType) -> None:
        """Of all methods, with queries, bodies and fields."""
        service = Service(library)
        query = {"api-version": "2025-06-01", "$filter": "state eq 'é+ &'", "timeOut": "30"}
        with service.client(auth_at()) as client:
            client.get("/jobs", params=query)
            client.get("/jobs/a b%2F/tasks")
            client.head("/jobs/j")
            client.post("/jobs/j/tasks/t/terminate", params={"api-version": "2025-06-01"})
            client.post("/jobs/j/addtaskcollection", json={"value": []})
            client.put("/jobs/j", content=b"{}", headers={"If-Match": '"0x8"', "ocp-x": b"\xe9"})
            client.patch("/jobs/j", content=b"{}")
            client.delete("/jobs/j", headers={"If-Unmodified-Since": DATE})
            client.request("GET", f"{HOST}?a=1")
        assert len(service.requests) == 9
        assert {it.headers.get("ocp-date") for it in service.requests} == {DATE}

    def test_asynchronous(self, library: ModuleType) -> None:
        """An asynchronous client as well."""
        service = Service(library)

        async def ask() -> None:
            transport = library.MockTransport(service)
            async with library.AsyncClient(transport=transport, auth=auth_at()) as client:
                await client.post(f"{HOST}/jobs", content=b"{}")

        asyncio.run(ask())
        assert len(service.requests) == 1

    def test_replaced(self, library: ModuleType) -> None:
        """A request that was signed before is signed anew, with one date."""
        service = Service(library)
        fields = {"OCP-Date": "Tue, 08 Apr 2014 20:21:24 GMT", "authorization": "Bearer x"}
        with service.client(auth_at()) as client:
            request = client.build_request("GET", "/jobs", headers=fields)
            client.send(request)
            client.send(request)
        for sent in service.requests:
            assert sent.headers.get_all("ocp-date") == (DATE,)
            assert len(sent.headers.get_all("Authorization")) == 1

    def test_streams(self, library: ModuleType) -> None:
        """A body of unknown length is refused before it is sent; one of a known length goes."""
        service = Service(library)

        def body() -> Iterator[bytes]:
            yield b"{}"

        with service.client(auth_at()) as client:
            with pytest.raises(SigningError) as caught:
                client.post("/jobs", content=body())
            client.post("/jobs", content=body(), headers={"Content-Length": "2"})
        assert caught.value.code == "missing_content_length"
        assert len(service.requests) == 1

    def test_asynchronous_streams(self, library: ModuleType) -> None:
        """The body is never read here, so it does not matter how."""
        service = Service(library)

        async def body() -> AsyncIterator[bytes]:
            yield b"{}"

        async def ask() -> None:
            transport = library.MockTransport(service)
            async with library.AsyncClient(transport=transport, auth=auth_at()) as client:
                fields = {"Content-Length": "2"}
                await client.post(f"{HOST}/jobs", content=body(), headers=fields)

        asyncio.run(ask())
        assert len(service.requests) == 1

    def test_system_clock(self, library: ModuleType) -> None:
        """Without a clock the time is that of the system."""
        service = Service(library, now=None)
        with service.client(SharedKeyAuth(ACCOUNT, KEY)) as client:
            assert client.get("/jobs").status_code == 200

    def test_zones(self, library: ModuleType) -> None:
        """The time may be of any zone; what is sent is of UTC."""
        service = Service(library)
        zone = datetime.timezone(datetime.timedelta(hours=-7))
        with service.client(auth_at(NOW.astimezone(zone))) as client:
            client.get("/jobs")
        assert service.requests[0].headers.get("ocp-date") == DATE

    def test_unsafe(self, library: ModuleType) -> None:
        """What cannot be signed is not sent."""
        service = Service(library)
        with service.client(auth_at()) as client, pytest.raises(SigningError) as caught:
            client.get("/jobs", params={"$filter": "a\nb"})
        assert caught.value.code == "invalid_query"
        assert not service.requests


class TestAuth:
    """What it takes and shows."""

    @pytest.mark.parametrize("clock", [lambda: NOW.replace(tzinfo=None), lambda: DATE])
    def test_clock(self, clock: Any) -> None:
        """A clock without a zone would sign another time than it means."""
        request = httpx.Request("GET", HOST)
        with pytest.raises(TypeError):
            SharedKeyAuth(ACCOUNT, KEY, clock=clock)(request)
        assert "Authorization" not in request.headers

    def test_key(self) -> None:
        """A bad key is refused at once."""
        with pytest.raises(SigningError) as caught:
            SharedKeyAuth(ACCOUNT, "x")
        assert caught.value.code == "invalid_key"

    def test_shown(self) -> None:
        """The account is, the key is not."""
        assert repr(auth_at()) == "SharedKeyAuth(account='myaccount')"
