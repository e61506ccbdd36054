"""The client library of a request, httpx or httpx2: its messages and its errors, and ours.

Neither is imported by name: transports, messages and errors of the one do not work in the other, so
all are taken from the library whose request comes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

from odatabatch.azure import Failure
from odatabatch.azure.answers import with_length
from odatabatch.azure.content import codings_of
from odatabatch.errors import ODataBatchError, TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.transport.steps import Head

Sign = Callable[[Any], Any]
"""Signs a request of the client library, and gives it back: what its clients take for ``auth``."""

# The service has not got what failed like this. (A LocalProtocolError is no such proof: with HTTP/2
# the libraries raise it for what they do not understand of an answer.)
_NOT_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError")
_BEARER = "bearer "
_NOT_CODED = b"\xff" * 32  # is no body in any coding
_SERVICE = re.compile(r"https?://[^\x00- /?#@\x7f-\U0010ffff]+/?")  # visible ASCII, no user


class Exchange:
    """One request of a client, and what it takes to answer it in the words of its library.

    Args:
        request: of the client.
        sign: signs what is sent, or None.
        service: scheme and host to send to, where they are not the client's.
    """

    def __init__(self, request: Any, sign: Sign | None, service: str | None) -> None:
        self.library = library_of(request)
        self.request = request
        self._sign = sign
        self._service = service
        self._lost: Exception | None = None  # why the last request got no answer
        self._sent = False  # whether the service may have got a request

    def received(self, at_service: bool = False) -> HttpRequest:
        """The client's request, with an absolute target; its body was read.

        Args:
            at_service: whether it is addressed to the service already, where that is another.
        """
        target = self.origin + self.request.url.raw_path.decode("ascii")
        headers = _fields(self.request).without("Transfer-Encoding")  # the body is whole by now
        received = HttpRequest(self.request.method, target, headers, self.request.content)
        return self._addressed(received) if at_service else received

    @property
    def origin(self) -> str:
        """Scheme and host of the client's request."""
        url = self.request.url
        return f"{url.scheme}://{url.netloc.decode('ascii')}"

    @property
    def has_host(self) -> bool:
        """Whether the client's request says where it goes."""
        url = self.request.url
        return url.scheme in ("http", "https") and bool(url.netloc)

    def outgoing(self, request: HttpRequest) -> Any:
        """A request for the service, signed.

        It goes on behalf of the client's: with its User-Agent, its time-outs, and its bearer token,
        which holds for any request. A SharedKey signature holds for one alone and does not go on.

        Raises:
            Exception: it cannot be signed: the library's LocalProtocolError, or RemoteProtocolError
                where others were sent before it.
        """
        request, asked = self._addressed(request), _fields(self.request)
        headers = request.headers.without("Authorization")
        extensions = {**self.request.extensions}
        extensions.pop("target", None)  # that of the client's request, in place of its URL's
        if self._service is not None:
            extensions.pop("sni_hostname", None)
        fields = [*headers]
        token, agent = asked.get("Authorization", ""), asked.get("User-Agent")
        if token.lower().startswith(_BEARER):
            fields.append(("Authorization", token))
        if agent is not None and "User-Agent" not in headers:
            fields.append(("User-Agent", agent))
        made = self.library.Request(
            request.method,
            request.target,
            headers=_raw(fields),
            content=request.body,
            extensions=extensions,
        )
        try:
            signed = made if self._sign is None else self._sign(made)
        except ODataBatchError as error:
            raise (self.broken(error) if self._sent else self.refused(error)) from error
        self._sent = True
        return signed

    def answered(self, response: Any) -> HttpResponse:
        """An answer of the service, whose body is read; of its codings it names what is left."""
        self._lost = None
        headers = _fields(response)
        left = [coding for coding in codings_of(headers) if not self._undoes(coding)]
        headers = headers.without("Content-Encoding")
        if left:
            headers = headers.with_field("Content-Encoding", ", ".join(left))
        reason = response.extensions.get("reason_phrase", b"").decode("latin-1")
        return with_length(response.status_code, reason, headers, response.content)

    def failed(self, error: Exception) -> Failure:
        """What an error of the library says of the request that was sent."""
        self._lost = error
        if isinstance(error, tuple(getattr(self.library, name) for name in _NOT_SENT)):
            return Failure.NOT_SENT
        timed_out = isinstance(error, self.library.TimeoutException)
        return Failure.TIMED_OUT if timed_out else Failure.CONNECTION_LOST

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """Errors of the library that stand in an answer's place."""
        network = (self.library.TimeoutException, self.library.NetworkError)
        rest = (self.library.ProtocolError, self.library.ProxyError, self.library.DecodingError)
        return (*network, *rest)

    def refused(self, error: ODataBatchError) -> Exception:
        """The library's error for a request that cannot be translated, or not be signed."""
        return self._error("LocalProtocolError", error)

    def broken(self, error: ODataBatchError) -> Exception:
        """The library's error for an answer that cannot be given, or not to its end.

        Where the last request got no answer, it is the error that said so.
        """
        if self._lost is None:
            return self._error("RemoteProtocolError", error)
        # Whoever raises it names ours as its cause; the network's own is the cause of that.
        error.__cause__ = self._lost.__cause__
        return self._lost

    def whole(self, answer: HttpResponse) -> Any:
        """The library's response, all of it."""
        return self.library.Response(
            answer.status,
            headers=_raw(answer.headers),
            stream=self.library.ByteStream(answer.body),  # content= cannot be read raw
            extensions=_extensions(answer.reason),
        )

    def begun(self, head: Head, stream: Any) -> Any:
        """The library's response, whose body is a stream."""
        return self.library.Response(
            head.status,
            headers=_raw(head.headers),
            stream=stream,
            extensions=_extensions(head.reason),
        )

    def _addressed(self, request: HttpRequest) -> HttpRequest:
        """The request to the service, where that is not the client's."""
        if self._service is None:
            return request
        target = f"{self._service}/{request.target.split('/', 3)[3]}"
        # The library writes the Host that belongs to a target.
        return request.replace(target=target, headers=request.headers.without("Host"))

    def _undoes(self, coding: str) -> bool:
        """Whether the library decodes bodies in a coding; in others it leaves them as they are.

        Which it knows depends on what is installed beside it, and is nowhere to be read.
        """
        stream = self.library.ByteStream(_NOT_CODED)
        headers = _raw([("Content-Encoding", coding)])
        try:
            self.library.Response(200, headers=headers, stream=stream).read()
        except self.library.DecodingError:
            return True
        return False

    def _error(self, name: str, error: ODataBatchError) -> Exception:
        kind: type[Exception] = getattr(self.library, name)
        return kind(str(error), request=self.request)  # type: ignore[call-arg]


def checked_service(url: str | None) -> str | None:
    """Scheme and host of a service, without a slash at the end.

    Raises:
        TranslationError: unsupported_target: it is more, or less.
        TypeError: it is no text.
    """
    if url is not None and not _SERVICE.fullmatch(url):
        message = "expected a service such as https://account.region.batch.azure.com, got another"
        raise TranslationError("unsupported_target", message)
    return url and url.removesuffix("/")


def checked_origin(url: str | None) -> str | None:
    """Scheme and host of a client's requests, as the libraries write them.

    Raises:
        TranslationError, TypeError: as ``checked_service``.
    """
    origin = (checked_service(url) or "").lower()
    return origin.removesuffix(":443" if origin.startswith("https") else ":80") or None


def library_of(request: Any) -> ModuleType:
    """The client library that a request is of.

    Raises:
        TypeError: of none.
    """
    for kind in type(request).__mro__:
        library = sys.modules.get(kind.__module__.partition(".")[0])
        if kind is getattr(library, "Request", None) and hasattr(library, "TransportError"):
            assert library is not None  # it has a Request
            return library
    raise TypeError(f"expected a request of httpx or httpx2, got {type(request).__name__}")


@cache
def sync_stream(library: ModuleType) -> Any:
    """The type of a body that is made as it is read."""

    class Parts(library.SyncByteStream):  # type: ignore[misc, name-defined]
        """The pieces, and what to do when nobody wants more."""

        def __init__(self, pieces: Iterator[bytes], close: Callable[[], object]) -> None:
            self._pieces, self._close = pieces, close

        def __iter__(self) -> Iterator[bytes]:
            # Not "yield from": a client that stops to read closes this generator alone.
            for piece in self._pieces:  # noqa: UP028
                yield piece

        def close(self) -> None:
            self._close()

    return Parts


@cache
def async_stream(library: ModuleType) -> Any:
    """The type of a body that is made as it is read, asynchronously."""

    class Parts(library.AsyncByteStream):  # type: ignore[misc, name-defined]
        """The pieces, and what to do when nobody wants more."""

        def __init__(self, pieces: AsyncIterator[bytes], close: Callable[[], Any]) -> None:
            self._pieces, self._close = pieces, close

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in self._pieces:
                yield piece

        async def aclose(self) -> None:
            await self._close()

    return Parts


def _fields(message: Any) -> Headers:
    return Headers(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in message.headers.raw
    )


def _raw(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Header fields as on the wire; of text the libraries take ASCII alone."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _extensions(reason: str) -> dict[str, Any]:
    return {"http_version": b"HTTP/1.1", "reason_phrase": reason.encode("latin-1")}
