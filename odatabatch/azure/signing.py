"""SharedKey: what is signed of a request to Azure Batch, and whether a signature holds.

Source: the service's page "Authenticate requests to the Azure Batch service", which is called the
document here, and the signers of its clients: those of .NET and JavaScript, and azure-batch 14.2.0
and 15.1.0 for Python. They agree but for this:

* A query parameter that is given more than once: the document joins the sorted values with commas,
  as is done here; azure-batch signs the first alone.
* Names of parameters: the document lowers them, as is done here; azure-batch signs them as they
  are. Since 15 it sends ``timeOut`` and ``startTime``, so that this shows.
* Parameters and ``ocp-`` fields with an empty value: the document and .NET sign them, as is done
  here; azure-batch leaves them out.
* A Date beside ocp-date: the document leaves its line empty, as is done here; the clients sign it.

The host and the body are not signed.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import re
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec

from odatabatch.azure.ticks import iso_date
from odatabatch.errors import SigningError
from odatabatch.headers import FIELD_VALUE, TOKEN
from odatabatch.http_message import HttpRequest, summary

MAX_AGE = datetime.timedelta(minutes=15)
"""How far the date of a request may be from the time of the service."""

_SIGNED = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
"""The fields that have a line each, with or without a value."""

_TOKEN = re.compile(TOKEN.decode("ascii"))
_VALUE = re.compile(FIELD_VALUE.decode("latin-1"))
_ACCOUNT = re.compile(r"[0-9A-Za-z._\-]+")  # nothing that ends a name in the string or the field
_SIGNATURE = re.compile(r"[0-9A-Za-z+/]{43}=")  # 32 bytes
# A path that begins with two slashes could be taken for a host, and .NET signs it with one.
_TARGET = re.compile(
    r"(?=[!-~]*\Z)(?:(?i:https?)://[^/?#]+|(?=/))((?:/(?!/)[^?#]*)?)(?:\?([^#]*))?"
)
_SOURCE = "Azure Batch service, authentication"

_Request = TypeVar("_Request", bound=HttpRequest)


def string_to_sign(request: HttpRequest, account: str) -> str:
    """What the signature of a request is made of.

    Args:
        request: with all fields that are sent; its target absolute, or in origin form. A
            Content-Length counts where there is one; of a GET or HEAD, 0 is signed as if it were
            not there.
        account: the name of the Batch account.

    Returns:
        The method, the values of eleven fields, the ``ocp-`` fields by name, the account with the
        path as it is encoded, and the parameters of the query by name, decoded; ``+`` is a space.

    Raises:
        SigningError: what could pass for another line of the string, or cannot be sent:
            invalid_account, invalid_method, invalid_target, invalid_query, invalid_field,
            repeated_field. (Values of a repeated parameter are one line for all that.)
        TypeError: an argument has the wrong type.
    """
    _check_account(account)
    return _documented(_read(request), account)


class SharedKey(msgspec.Struct, frozen=True):
    """An account and its key: signs requests, and checks signatures.

    A value: compared, hashed and pickled with its key, but never shown with it.

    Args:
        account: the name of the Batch account.
        key: in base64, as the portal shows it.

    Raises:
        SigningError: invalid_account, invalid_key.
        TypeError: an argument has the wrong type.
    """

    account: str
    key: str

    def __post_init__(self) -> None:
        _check_account(self.account)
        if not isinstance(self.key, str):
            raise TypeError(f"expected a key as str, got {type(self.key).__name__}")
        try:
            known = base64.b64decode(self.key, validate=True)
        except ValueError:
            known = b""
        if not known:
            raise _refused("invalid_key", "a key in base64, got something else")

    def signature(self, request: HttpRequest) -> str:
        """The signature of a request, in base64.

        Raises:
            SigningError: as ``string_to_sign``.
            TypeError: it is no ``HttpRequest``.
        """
        return self._sign(string_to_sign(request, self.account))

    def signed(self, request: _Request, ocp_date: str) -> _Request:
        """A request with its date and its signature.

        Args:
            request: with all other fields that are sent. The document asks for a Content-Length:
                one with a body, or whose method comes with one, needs it.
            ocp_date: the time, such as ``Wed, 09 Apr 2014 20:21:24 GMT``.

        Returns:
            The same with ``ocp-date`` and ``Authorization``, each where it stood before, else at
            the end; the other fields keep their order.

        Raises:
            SigningError: invalid_date, missing_content_length, and as ``string_to_sign``.
            TypeError: an argument has the wrong type.
        """
        _check_request(request)
        if not isinstance(ocp_date, str):
            raise TypeError(f"expected a date as str, got {type(ocp_date).__name__}")
        if iso_date(ocp_date) is None:
            raise _refused("invalid_date", "a date as of RFC 9110 §5.6.7, got something else")
        bodied = request.method.upper() in ("POST", "PUT", "PATCH")
        bodied = bodied or bool(request.body) or "Transfer-Encoding" in request.headers
        if bodied and "Content-Length" not in request.headers:
            raise _refused("missing_content_length", "a Content-Length, got a body without one")
        dated = request.replace(headers=request.headers.with_field("ocp-date", ocp_date))
        value = f"SharedKey {self.account}:{self.signature(dated)}"
        return dated.replace(headers=dated.headers.with_field("Authorization", value))

    def check(self, request: HttpRequest, now: datetime.datetime) -> None:
        """Refuse a request whose signature does not hold, or which is too old or too new.

        It takes either: the string of the document, and the one that azure-batch signs, but no
        string that leaves a second value of a parameter unsigned. A parameter, or an ``ocp-``
        field, without a value may have been added by somebody else: azure-batch signs none.

        Args:
            request: as it came in.
            now: the time, aware of its zone.

        Raises:
            SigningError: in this order: missing_authorization, unsupported_scheme,
                invalid_authorization, wrong_account; those of ``string_to_sign``;
                wrong_signature, missing_date, invalid_date, date_out_of_range.
            TypeError: an argument has the wrong type.
        """
        _check_request(request)
        if not isinstance(now, datetime.datetime) or now.utcoffset() is None:
            raise TypeError("expected the time as a datetime that is aware of its zone")
        given = self._given_signature(request)
        sent = _read(request)
        texts = [_documented(sent, self.account), _as_azure_batch(sent, self.account)]
        own = [self._sign(text) for text in texts if text is not None]
        if not any(hmac.compare_digest(given, signature) for signature in own):
            raise _refused("wrong_signature", "the signature of this request, got another")
        date = sent.fields.get("ocp-date", sent.fields.get("date"))
        if date is None:
            raise _refused("missing_date", "ocp-date or Date, got neither")
        iso = iso_date(date)
        if iso is None:
            raise _refused("invalid_date", "a date as of RFC 9110 §5.6.7, got something else")
        if abs(now - datetime.datetime.fromisoformat(iso)) > MAX_AGE:
            raise _refused("date_out_of_range", "a date of at most 15 minutes off, got another")

    def _given_signature(self, request: HttpRequest) -> str:
        given = request.headers.get_all("Authorization")
        if not given:
            raise _refused("missing_authorization", "Authorization, got none")
        scheme, _, credentials = given[0].partition(" ")
        if scheme.lower() != "sharedkey":  # without case, as RFC 9110 §11.1 says
            raise _refused("unsupported_scheme", "SharedKey, got another scheme")
        account, _, signature = credentials.strip(" ").partition(":")
        if len(given) > 1 or not _SIGNATURE.fullmatch(signature):
            raise _refused("invalid_authorization", "one account and signature, got another text")
        if account != self.account:
            raise _refused("wrong_account", "the account of this key, got another")
        return signature

    def _sign(self, text: str) -> str:
        key = base64.b64decode(self.key)
        return base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode("ascii")

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("account", self.account)]

    def __repr__(self) -> str:
        return summary(self)


class _Sent(NamedTuple):
    """What is signed of a request.

    Attributes:
        method: as it is.
        fields: the signed ones, by their names in lower case.
        path: as it is encoded.
        parameters: of the query, decoded, in their order.
    """

    method: str
    fields: dict[str, str]
    path: str
    parameters: list[tuple[str, str]]


def _read(request: HttpRequest) -> _Sent:
    """What is signed of a request, checked."""
    _check_request(request)
    if not _TOKEN.fullmatch(request.method):
        raise _refused("invalid_method", "a method token, got something else")
    match = _TARGET.fullmatch(request.target)
    if match is None:
        raise _refused("invalid_target", "an absolute target or one in origin form, got another")
    path, query = match[1] or "/", match[2] or ""  # an empty path is "/" (RFC 9112 §3.2.1)
    return _Sent(request.method, _fields(request), path, _parameters(query))


def _fields(request: HttpRequest) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in request.headers:
        lower = name.lower()
        if lower not in _SIGNED and not lower.startswith("ocp-"):
            continue
        sendable = _TOKEN.fullmatch(name) and _VALUE.fullmatch(value)
        if not sendable or value != value.strip(" \t"):
            raise _refused("invalid_field", "fields that can be sent, got another")
        if lower in fields:
            raise _refused("repeated_field", "each signed field once, got one again")
        fields[lower] = value
    return fields


def _parameters(query: str) -> list[tuple[str, str]]:
    parameters: list[tuple[str, str]] | None = None
    with suppress(UnicodeDecodeError):  # which holds a value, and must not be the context of ours
        parameters = parse_qsl(query, keep_blank_values=True, errors="strict")
    if parameters is None:
        raise _refused("invalid_query", "a query in UTF-8, got something else")
    for name, value in parameters:
        # "a:b=c" would sign as "a=b:c" does, and a line feed as another parameter.
        if ":" in name or re.search(r"[\r\n]", name + value):
            expected = "names without a colon and no line ends, got a parameter with one"
            raise _refused("invalid_query", expected)
    return parameters


def _documented(sent: _Sent, account: str) -> str:
    """The string to sign, as the document has it."""
    method = sent.method.upper()
    fields = dict(sent.fields)
    if "ocp-date" in fields:
        fields["date"] = ""
    if method in ("GET", "HEAD") and fields.get("content-length") == "0":
        fields["content-length"] = ""
    values: dict[str, list[str]] = {}
    for name, value in sent.parameters:
        values.setdefault(name.lower(), []).append(value)
    joined = {name: ",".join(sorted(given)) for name, given in values.items()}
    return _joined(method, fields, f"/{account}{sent.path}", joined)


def _as_azure_batch(sent: _Sent, account: str) -> str | None:
    """The string that azure-batch signs; None where it would leave a second value out."""
    fields = {name: value for name, value in sent.fields.items() if value}
    given = [(name, value) for name, value in sent.parameters if value]
    parameters = dict(given)
    if len(parameters) < len(given):
        return None
    return _joined(sent.method, fields, f"/{account}{sent.path}", parameters)


def _joined(method: str, fields: dict[str, str], resource: str, parameters: dict[str, str]) -> str:
    lines = [method, *[fields.get(name, "") for name in _SIGNED]]
    lines += [f"{name}:{value}" for name, value in sorted(fields.items()) if name[:4] == "ocp-"]
    lines.append(resource)
    lines += [f"{name}:{value}" for name, value in sorted(parameters.items())]
    return "\n".join(lines)


def _check_account(account: object) -> None:
    if not isinstance(account, str):
        raise TypeError(f"expected an account as str, got {type(account).__name__}")
    if not _ACCOUNT.fullmatch(account):
        raise _refused("invalid_account", "the name of an account, got something else")


def _check_request(request: object) -> None:
    if not isinstance(request, HttpRequest):
        raise TypeError(f"expected an HttpRequest, got {type(request).__name__}")


def _refused(code: str, expected: str) -> SigningError:
    return SigningError(code, f"expected {expected}", source=_SOURCE)
