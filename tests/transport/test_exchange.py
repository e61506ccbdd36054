"""Messages and errors of the client libraries, and ours."""

from __future__ import annotations

import gzip
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import httpx2
import pytest

from odatabatch import Headers, HttpRequest, HttpResponse
from odatabatch.azure import Failure
from odatabatch.errors import ODataBatchError, SigningError, TranslationError
from odatabatch.transport.exchange import Exchange, checked_service, library_of
from odatabatch.transport.steps import Head
from tests.transport.scenes import each_library, key_auth

URL = "https://account.region.batch.azure.com"
SENT = HttpRequest(
    "POST",
    f"{URL}/jobs/j/addtaskcollection?api-version=1",
    Headers([("Host", "account.region.batch.azure.com"), ("Content-Type", "application/json")]),
    b"{}",
)


def exchange(
    library: ModuleType, sign: Any = None, service: str | None = None, **request: Any
) -> Exchange:
    """An exchange about a request of the client."""
    return Exchange(library.Request("POST", f"{URL}/$batch", **request), sign, service)


@each_library
class TestLibrary:
    """The library is that of the request."""

    def test_requests(self, library: ModuleType) -> None:
        """Its own requests."""
        assert library_of(library.Request("GET", URL)) is library

    def test_subclasses(self, library: ModuleType) -> None:
        """Requests of a program's own class, whatever its name."""

        class Request(library.Request):  # type: ignore[misc, name-defined]
            """A program's."""

        class Other(Request):
            """Another."""

        assert library_of(Request("GET", URL)) is library
        assert library_of(Other("GET", URL)) is library

    def test_others(self, library: ModuleType) -> None:
        """Anything else is a wrong type, also where it is of the library."""
        for wrong in (library.Response(200), library.URL(URL), library.Request):
            with pytest.raises(TypeError):
                library_of(wrong)


@pytest.mark.parametrize(
    "wrong", [None, "GET", SimpleNamespace(method="GET", url=URL), HttpRequest("GET", URL)]
)
def test_foreign(wrong: Any) -> None:
    """Objects of no client library are a wrong type."""
    with pytest.raises(TypeError):
        library_of(wrong)


def test_foreign_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that has requests but no such errors is another one."""
    other = type("Request", (), {"__module__": "requests"})
    monkeypatch.setitem(__import__("sys").modules, "requests", SimpleNamespace(Request=other))
    with pytest.raises(TypeError):
        library_of(other())


class TestService:
    """Scheme and host, and nothing else."""

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (None, None),
            (URL, URL),
            (f"{URL}/", URL),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("http://[::1]:8000/", "http://[::1]:8000"),
        ],
    )
    def test_services(self, url: str | None, expected: str | None) -> None:
        """With or without a slash."""
        assert checked_service(url) == expected

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "host",
            "ftp://host",
            "https://",
            f"{URL}/jobs",
            f"{URL}?a=s3cret",
            f"{URL}\n",
            "http://u:s3cret@h",
        ],
    )
    def test_others(self, url: str) -> None:
        """More, or less, is refused, and not quoted."""
        with pytest.raises(TranslationError) as caught:
            checked_service(url)
        assert caught.value.code == "unsupported_target"
        assert "s3cret" not in str(caught.value)

    @pytest.mark.parametrize("url", [7, b"https://host"])
    def test_types(self, url: Any) -> None:
        """What is no text is a wrong type."""
        with pytest.raises(TypeError):
            checked_service(url)


@each_library
class TestReceived:
    """The client's request as ours."""

    def test_request(self, library: ModuleType) -> None:
        """Method, absolute target, fields and body."""
        request = library.Request(
            "PATCH", f"{URL}/jobs/a%20b%2F?a=1&$b='c'", headers={"X-A": "1"}, content=b"body"
        )
        found = Exchange(request, None, None).received()
        assert (found.method, found.body) == ("PATCH", b"body")
        assert found.target.startswith(f"{URL}/jobs/a%20b%2F?a=1&$b=")
        assert found.headers.get("X-A") == "1"
        assert found.headers.get("Host") == URL.removeprefix("https://")

    def test_port(self, library: ModuleType) -> None:
        """A port that is not the scheme's own stays."""
        request = library.Request("GET", "http://127.0.0.1:8000")
        assert Exchange(request, None, None).received().target == "http://127.0.0.1:8000/"

    def test_service(self, library: ModuleType) -> None:
        """It is the client's address that counts, or that of another service."""
        for service, expected in (("http://127.0.0.1:1", "http://127.0.0.1:1"), (None, URL)):
            found = exchange(library, None, service)
            assert found.received().target == f"{URL}/$batch"
            assert found.received(at_service=True).target == f"{expected}/$batch"

    def test_streamed(self, library: ModuleType) -> None:
        """A body that came in pieces is whole, and its coding is gone."""
        found = exchange(library, content=iter([b"a", b"b"]))
        found.request.read()
        assert found.received().body == b"ab"
        assert "Transfer-Encoding" not in found.received().headers
        sent = found.outgoing(found.received())
        assert sent.headers["Content-Length"] == "2"
        assert "Transfer-Encoding" not in sent.headers


@each_library
class TestOutgoing:
    """Our request as one of the library."""

    def test_request(self, library: ModuleType) -> None:
        """It is of the same library, with right lengths."""
        sent = exchange(library).outgoing(SENT)
        assert type(sent) is library.Request
        assert (sent.method, str(sent.url), sent.content) == ("POST", SENT.target, b"{}")
        assert sent.headers["Content-Length"] == "2"
        assert sent.headers.get_list("Host") == [URL.removeprefix("https://")]

    @pytest.mark.parametrize("token", ["Bearer t", "bearer t", "BEARER t"])
    def test_bearer(self, library: ModuleType, token: str) -> None:
        """A bearer token holds for any request, and goes on."""
        sent = exchange(library, headers={"Authorization": token}).outgoing(SENT)
        assert sent.headers.get_list("Authorization") == [token]

    @pytest.mark.parametrize("token", ["SharedKey a:b", "Basic x", "Bearer", ""])
    def test_signature(self, library: ModuleType, token: str) -> None:
        """What holds for one request alone does not, wherever it stands."""
        asked = exchange(library, headers={"Authorization": token})
        signed = SENT.replace(headers=SENT.headers.with_field("Authorization", "SharedKey a:b"))
        assert "Authorization" not in asked.outgoing(signed).headers

    def test_signed(self, library: ModuleType) -> None:
        """It is signed last, in place of a token."""
        asked = exchange(library, key_auth(), headers={"Authorization": "Bearer t"})
        (value,) = asked.outgoing(SENT).headers.get_list("Authorization")
        assert value.startswith("SharedKey myaccount:")

    def test_not_signed(self, library: ModuleType) -> None:
        """What cannot be signed is the library's error, caused by ours."""
        with pytest.raises(library.LocalProtocolError) as caught:
            exchange(library, key_auth()).outgoing(SENT.replace(target=f"{URL}//x?s3cret"))
        assert isinstance(caught.value.__cause__, SigningError)
        assert "s3cret" not in str(caught.value)

    def test_user_agent(self, library: ModuleType) -> None:
        """The client's, unless the request has it already."""
        asked = exchange(library, headers={"User-Agent": "old/1"})
        assert asked.outgoing(SENT).headers.get_list("User-Agent") == ["old/1"]
        other = SENT.replace(headers=SENT.headers.with_field("User-Agent", "old/2"))
        assert asked.outgoing(other).headers.get_list("User-Agent") == ["old/2"]
        assert "User-Agent" not in exchange(library).outgoing(SENT).headers

    def test_bytes(self, library: ModuleType) -> None:
        """Field values are bytes, of any charset: they go on as they came."""
        fields = [(b"User-Agent", "ü".encode()), (b"x", b"\xfc")]
        asked = exchange(library, headers=fields)
        sent = dict(asked.outgoing(asked.received()).headers.raw)
        assert sent[b"User-Agent"] == "ü".encode()
        assert sent[b"x"] == b"\xfc"
        assert (b"User-Agent", "ü".encode()) in asked.outgoing(SENT).headers.raw

    def test_service(self, library: ModuleType) -> None:
        """Another scheme and host take the place of the client's, also in Host."""
        sent = exchange(library, None, "http://127.0.0.1:8000").outgoing(SENT)
        path = SENT.target.removeprefix(URL)
        assert str(sent.url) == f"http://127.0.0.1:8000{path}"
        assert sent.headers.get_list("Host") == ["127.0.0.1:8000"]

    def test_extensions(self, library: ModuleType) -> None:
        """Time-outs go on, and what else concerns the connection; another target does not."""
        extensions = {"timeout": {"read": 1.0}, "sni_hostname": "s", "target": b"/other", "x": 1}
        asked = exchange(library, extensions=extensions)
        expected = {"timeout": {"read": 1.0}, "sni_hostname": "s", "x": 1}
        assert asked.outgoing(SENT).extensions == expected
        assert asked.request.extensions == extensions

    def test_extensions_of_another_host(self, library: ModuleType) -> None:
        """The name of a host does not stand for another."""
        extensions = {"timeout": {"read": 1.0}, "sni_hostname": "s"}
        asked = exchange(library, None, "https://other", extensions=extensions)
        assert asked.outgoing(SENT).extensions == {"timeout": {"read": 1.0}}


@each_library
class TestAnswered:
    """The service's answer as ours."""

    def test_response(self, library: ModuleType) -> None:
        """Status, reason, fields and body, with the length that it has."""
        response = library.Response(
            409, headers=[(b"x", b"\xfc")], content=b"b", extensions={"reason_phrase": b"N\xf6"}
        )
        found = exchange(library).answered(response)
        fields = Headers([("x", "ü"), ("Content-Length", "1")])
        assert found == HttpResponse(409, "Nö", fields, b"b")

    def test_no_reason(self, library: ModuleType) -> None:
        """HTTP/2 has none."""
        assert exchange(library).answered(library.Response(200)).reason == ""

    def test_coded(self, library: ModuleType) -> None:
        """A coded answer was decoded by the library, and says so no more."""
        fields = {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}
        response = library.Response(200, headers=fields, content=gzip.compress(b"body"))
        found = exchange(library).answered(response)
        assert (found.headers.items(), found.body) == ((("Content-Length", "4"),), b"body")

    @pytest.mark.parametrize(
        ("coding", "kept"),
        [("deflate", False), (" GZIP ,identity", False), ("", False), ("compress", True)],
    )
    def test_known_coding(self, library: ModuleType, coding: str, kept: bool) -> None:
        """One that the library does not know was left, and the answer still says so."""
        response = library.Response(200, headers={"Content-Encoding": coding})
        assert ("Content-Encoding" in exchange(library).answered(response).headers) is kept

    def test_known_in_part(self, library: ModuleType) -> None:
        """So does one that was undone in part."""
        fields = {"Content-Encoding": "compress, gzip"}
        response = library.Response(200, headers=fields, content=gzip.compress(b"body"))
        found = exchange(library).answered(response)
        assert (found.headers.get("Content-Encoding"), found.body) == ("compress", b"body")


NOT_SENT = [
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
]
TIMED_OUT = ["ReadTimeout", "WriteTimeout"]
LOST = [
    "ReadError",
    "WriteError",
    "CloseError",
    "RemoteProtocolError",
    "LocalProtocolError",  # with HTTP/2 of what the service has sent
    "DecodingError",
]


@each_library
class TestFailed:
    """What an error says of a request."""

    @pytest.mark.parametrize(
        ("names", "failure"),
        [
            (NOT_SENT, Failure.NOT_SENT),
            (TIMED_OUT, Failure.TIMED_OUT),
            (LOST, Failure.CONNECTION_LOST),
        ],
    )
    def test_kinds(self, library: ModuleType, names: list[str], failure: Failure) -> None:
        """Each error stands for one kind."""
        for name in names:
            error = getattr(library, name)("no")
            found = exchange(library)
            assert isinstance(error, found.failures)
            assert found.failed(error) is failure

    def test_all(self, library: ModuleType) -> None:
        """There are no other ones."""

        def kinds(kind: type[Exception]) -> set[str]:
            below = kind.__subclasses__()
            return set().union(*map(kinds, below)) if below else {kind.__name__}

        of_transports = kinds(library.TransportError) - {"SSEError"}  # which no transport raises
        # What is no protocol of theirs stays so, and is the program's error.
        known = {*NOT_SENT, *TIMED_OUT, *LOST, "UnsupportedProtocol"}
        assert of_transports | {"DecodingError"} == known
        assert not issubclass(library.UnsupportedProtocol, exchange(library).failures)

    def test_others(self, library: ModuleType) -> None:
        """An error of the program's is none."""
        found = exchange(library).failures
        assert not isinstance(library.InvalidURL("no"), found)
        assert not isinstance(library.StreamClosed(), found)


@each_library
class TestErrors:
    """What the client gets in an answer's place."""

    ERROR = ODataBatchError("open_outcomes", "expected an outcome, got none")

    def test_refused(self, library: ModuleType) -> None:
        """What cannot be translated is an error of the client's side, about its request."""
        asked = exchange(library)
        error: Any = asked.refused(self.ERROR)
        assert type(error) is library.LocalProtocolError
        assert error.request is asked.request
        assert str(error) == str(self.ERROR)

    def test_broken(self, library: ModuleType) -> None:
        """An answer that cannot be given is one of the service's side."""
        error: Any = exchange(library).broken(self.ERROR)
        assert type(error) is library.RemoteProtocolError

    def test_lost(self, library: ModuleType) -> None:
        """Where the last request got no answer, it is the error that said so."""
        asked, lost = exchange(library), library.ReadTimeout("no")
        asked.failed(lost)
        assert asked.broken(self.ERROR) is lost
        asked.answered(library.Response(503))
        assert type(asked.broken(self.ERROR)) is library.RemoteProtocolError


@each_library
class TestResponses:
    """Our answer as the library's."""

    def test_whole(self, library: ModuleType) -> None:
        """All of it, with bytes of any charset."""
        fields = Headers([("x", "ü"), ("x", "2"), ("Content-Length", "1")])
        found = exchange(library).whole(HttpResponse(409, "Nö", fields, b"b"))
        assert type(found) is library.Response
        assert (found.status_code, found.read()) == (409, b"b")
        assert found.headers.raw == [(b"x", b"\xfc"), (b"x", b"2"), (b"Content-Length", b"1")]
        assert found.extensions == {"http_version": b"HTTP/1.1", "reason_phrase": b"N\xf6"}

    def test_raw(self, library: ModuleType) -> None:
        """It can be read as a stream as well, as any answer of a transport."""
        found = exchange(library).whole(HttpResponse(200, "OK", Headers(), b"b"))
        assert list(found.iter_raw()) == [b"b"]

    def test_begun(self, library: ModuleType) -> None:
        """Its beginning; the rest is a stream."""
        stream = library.ByteStream(b"abc")
        head = Head(202, "Accepted", Headers([("x", "ü")]))
        found = exchange(library).begun(head, stream)
        assert (found.status_code, found.reason_phrase) == (202, "Accepted")
        assert found.headers.raw == [(b"x", b"\xfc")]
        assert found.stream is stream


def test_two_libraries() -> None:
    """What is of the one is never of the other."""
    assert type(exchange(httpx).outgoing(SENT)) is httpx.Request
    assert type(exchange(httpx2).outgoing(SENT)) is httpx2.Request
    assert not issubclass(httpx.TransportError, exchange(httpx2).failures)
