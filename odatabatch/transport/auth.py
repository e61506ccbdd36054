"""SharedKey for clients of httpx and httpx2."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from typing import Protocol, TypeVar

from odatabatch.azure.signing import SharedKey
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest


class _Url(Protocol):
    @property
    def raw_path(self) -> bytes: ...


class _Fields(Protocol):
    @property
    def raw(self) -> Sequence[tuple[bytes, bytes]]: ...

    def __setitem__(self, name: str, value: str, /) -> None: ...


class _Request(Protocol):
    """What is used of a request, of httpx or of httpx2."""

    @property
    def method(self) -> str: ...

    @property
    def url(self) -> _Url: ...

    @property
    def headers(self) -> _Fields: ...


_R = TypeVar("_R", bound=_Request)


class SharedKeyAuth:
    """Signs each request of a client: ``httpx.Client(auth=SharedKeyAuth(account, key))``.

    Clients of httpx and httpx2, synchronous or not, take any callable for their ``auth``. The body
    is not signed, but its length is: one of unknown length, which would be sent in chunks, is
    refused, since the service asks for a Content-Length. A caller who streams and knows the length
    passes it among the headers.

    Args:
        account: the name of the Batch account.
        key: in base64, as the portal shows it.
        clock: the time, aware of its zone; by default that of the system.

    Raises:
        SigningError: invalid_account, invalid_key.
        TypeError: an argument has the wrong type.
    """

    def __init__(
        self, account: str, key: str, clock: Callable[[], datetime.datetime] | None = None
    ) -> None:
        self._key = SharedKey(account, key)
        self._clock = clock or _now

    def __call__(self, request: _R) -> _R:
        """Set ``ocp-date`` and ``Authorization`` of a request, in place of any that it has.

        Returns:
            The same request.

        Raises:
            SigningError: missing_content_length: the length of the body is not known; others as
                ``SharedKey.signed``.
            TypeError: the clock gave something else than the time, aware of its zone.
        """
        now = self._clock()
        if not isinstance(now, datetime.datetime) or now.utcoffset() is None:
            raise TypeError("expected the time as a datetime that is aware of its zone")
        raw = request.headers.raw
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
        target = request.url.raw_path.decode("ascii")
        date = format_datetime(now.astimezone(datetime.UTC), usegmt=True)
        signed = self._key.signed(HttpRequest(request.method, target, Headers(fields)), date)
        for name in ("ocp-date", "Authorization"):
            request.headers[name] = signed.headers.get(name, "")
        return request

    def __repr__(self) -> str:
        return f"SharedKeyAuth(account={self._key.account!r})"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
