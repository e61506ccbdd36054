"""Harnesses of what stands around a call: SharedKey, and requests that are built and recognised."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from urllib.parse import parse_qsl

from odatabatch import Batch, Headers, HttpRequest, ODataBatchError, Operation
from odatabatch.azure import SharedKey, SigningError
from odatabatch.azure.calls import OPERATIONS
from odatabatch.azure.operations import build, recognise
from odatabatch.azure.ticks import iso_date
from tests.fuzz.contract import Given, held
from tests.fuzz.errands import Errand

KEY = "s3cretkeyA=="
"""A key that is a marker."""

DATE = "Fri, 22 Apr 2016 00:32:47 GMT"

_SIGNED = frozenset(
    (
        *("content-encoding", "content-language", "content-length", "content-md5"),
        *("content-type", "date", "if-modified-since", "if-match", "if-none-match"),
        *("if-unmodified-since", "range", "ocp-date"),
    )
)


def signing(data: bytes) -> None:
    """What was signed holds, and holds no more when a byte of it is another."""
    errand = Errand.read(data)
    _build(errand)
    account = errand.text(0) or "account"
    given = errand.given(account, key=KEY)
    key = held(lambda: SharedKey(account, KEY), given)
    if isinstance(key, ODataBatchError):
        return
    date = errand.text(1) or DATE
    held(lambda: SharedKey(account, errand.text(2) or ""), given)
    for request in errand.requests:
        now = _time(iso_date(date)) or _time("2016-04-22T00:32:47Z")
        assert now is not None
        held(lambda it=request, at=now: key.check(it, at), given)
        signed = held(lambda it=request: key.signed(it, date), given)
        if isinstance(signed, ODataBatchError):
            continue
        assert held(lambda it=signed, at=now: key.check(it, at), given) is None
        again = held(lambda it=signed: key.signed(it, date), given)
        assert again == signed
        late = now + datetime.timedelta(minutes=16) if now.year < 9999 else None
        if late is not None:
            refused = held(lambda it=signed, at=late: key.check(it, at), given)
            assert isinstance(refused, SigningError)
        for other in _changed(signed, errand.number(0), errand.number(1), errand.number(2)):
            _check_other(key, signed, other, now, given)


def _time(text: str | None) -> datetime.datetime | None:
    return None if text is None else datetime.datetime.fromisoformat(text)


def _changed(request: HttpRequest, where: int, at: int, to: int) -> Iterator[HttpRequest]:
    """The request with one character of it another, or one more, or one less."""
    letter = chr(to % 127)
    for text, make in (
        (request.method, lambda new: request.replace(method=new)),
        (request.target, lambda new: request.replace(target=new)),
    ):
        for new in _altered(text, at, letter):
            yield make(new)
    pairs = list(request.headers)
    name, value = pairs[where % len(pairs)]
    for new in _altered(value, at, letter):
        pairs[where % len(pairs)] = (name, new)
        yield request.replace(headers=Headers(pairs))


def _altered(text: str, at: int, letter: str) -> Iterator[str]:
    if text:
        at %= len(text)
        yield text[:at] + letter + text[at + 1 :]
        yield text[:at] + letter + text[at:]
        yield text[:at] + text[at + 1 :]


def _check_other(
    key: SharedKey, signed: HttpRequest, other: HttpRequest, now: datetime.datetime, given: Given
) -> None:
    # In another place, what stood in a query may be shown.
    shown = Errand(batch=Batch((Operation(other.method, other.target, other.headers),)))
    secrets = given.secrets & shown.given(key=KEY).secrets
    outcome = held(lambda: key.check(other, now), Given(given.size, secrets))
    if outcome is None:
        assert _meaning(other) == _meaning(signed), "another request has its signature"
    else:
        assert isinstance(outcome, SigningError)


def _meaning(request: HttpRequest) -> tuple[object, ...]:
    """What a signature holds for, read simply; what is empty may have been added."""
    target = request.target
    if not target.startswith("/"):
        rest = target.split("://", 1)[1]
        cut = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
        target = rest[cut:]
    path, _, query = target.partition("?")
    fields = {name.lower(): value for name, value in request.headers if value}
    method = request.method.upper()
    if "ocp-date" in fields:
        fields.pop("date", None)
    if method in ("GET", "HEAD") and fields.get("content-length") == "0":
        del fields["content-length"]
    kept = {it: fields[it] for it in fields if it in _SIGNED or it.startswith("ocp-")}
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        values.setdefault(name.lower(), []).append(value)
    joined = {name: ",".join(sorted(it)) for name, it in values.items()}
    return method, kept, path or "/", joined


_IDS = ("work_item", "job", "task")


def _build(errand: Errand) -> None:
    """A call that is built is recognised as what it is."""
    row = OPERATIONS[errand.number(0) % len(OPERATIONS)]
    version = errand.version(1)
    names = {name: errand.text(3 + at) for at, name in enumerate(_IDS)}
    timeout = errand.number(2) * 7_000_000 if errand.number(2) else None
    query = list(zip(errand.texts[6::2], errand.texts[7::2], strict=False))
    headers, body = Headers(), b""
    if errand.requests:
        headers, body = errand.requests[0].headers, errand.requests[0].body
    given = errand.given(*names.values())
    service = "" if errand.flag(3, 0) else "https://account.region.batch.azure.com"
    built = held(
        lambda: build(
            row.id,
            version,
            service=service,
            query=query,
            timeout=timeout,
            headers=headers,
            body=body,
            **names,
        ),
        given,
    )
    if isinstance(built, ODataBatchError):
        return
    call = held(lambda: recognise(built), given)
    assert not isinstance(call, ODataBatchError), call
    assert (call.operation, call.api_version, call.timeout) == (row.id, version, timeout)
    if service:
        assert call.service == service
    assert (call.work_item, call.job, call.task) == tuple(names.values())
    assert list(call.query) == [(name.lower(), value) for name, value in query]
    assert built.body == body
