"""HTTP messages to text: the canonical head of a request or a response, checked as it is written.

Grammar: RFC 9112 §3, §4, §5.
"""

from __future__ import annotations

import re

from odatabatch.errors import EncodeError
from odatabatch.headers import FieldNames, Headers, field_lines
from odatabatch.http_head import LENGTH, METHOD, REASON, VERSION, forbids_content
from odatabatch.http_message import HttpRequest, HttpResponse

_METHOD = re.compile(METHOD.decode("ascii"))
_COMMON_METHODS = frozenset(("DELETE", "GET", "MERGE", "PATCH", "POST", "PUT"))
_REASON = re.compile(REASON.decode("latin-1"))


def request_line(request: HttpRequest) -> str:
    """A request's canonical request line, with its line end.

    Raises:
        TypeError: an attribute has the wrong type.
        EncodeError: invalid_method, invalid_target, other_version.
    """
    method, target, version = request.method, request.target, request.version
    if not (isinstance(method, str) and isinstance(target, str)):
        raise TypeError("method and target are str")
    if method not in _COMMON_METHODS and not _METHOD.fullmatch(method):
        raise EncodeError("invalid_method", "expected a method token", source="RFC 9110 §9.1")
    if not (target and target.isascii() and target.isprintable() and " " not in target):
        raise EncodeError(
            "invalid_target",
            "expected a target of visible ASCII characters",
            source="RFC 9112 §3.2",
        )
    if not isinstance(version, str | None):
        raise TypeError("version is str or None")
    if version is not None and version != VERSION:
        raise EncodeError("other_version", f"expected {VERSION}", source="OData 4.01 §11.7")
    return f"{method} {target} {VERSION}\r\n"


def status_line(response: HttpResponse) -> str:
    """A response's canonical status line, with its line end.

    Raises:
        TypeError: an attribute has the wrong type.
        EncodeError: invalid_status, invalid_reason, other_version, content_not_allowed.
    """
    status, reason = response.status, response.reason
    if not (type(status) is int and isinstance(reason, str) and isinstance(response.version, str)):
        raise TypeError("status is int; reason and version are str")
    if not 100 <= status <= 999:
        raise EncodeError("invalid_status", "expected a status of 100 to 999", source="RFC 9112 §4")
    if not _REASON.fullmatch(reason):
        raise EncodeError("invalid_reason", "expected a reason phrase", source="RFC 9112 §4")
    if response.version != VERSION:
        raise EncodeError("other_version", f"expected {VERSION}", source="OData 4.01 §11.7")
    if response.body and forbids_content(status):
        raise EncodeError(
            "content_not_allowed",
            f"expected no content with status {status}, got {len(response.body)} bytes",
            source="RFC 9110 §15",
        )
    return f"{VERSION} {status} {reason}\r\n"


def written_head(message: HttpRequest | HttpResponse, names: FieldNames) -> str:
    """A message's canonical head: the start line and the field lines, without a blank line.

    Args:
        message: what is written.
        names: what the names of its fields say.

    Raises:
        TypeError: an attribute has the wrong type.
        EncodeError: those of ``request_line``, ``status_line``, ``field_lines`` and
            ``check_extent``.
    """
    length: int | None = len(message.body)
    if isinstance(message, HttpRequest):
        start_line = request_line(message)
    else:
        start_line = status_line(message)
        if message.status == 304 and not message.body:
            length = None  # it says how long the content would have been (RFC 9110 §8.6)
    if names.framing:
        check_extent(message.headers, names, length)
    return start_line + field_lines(message.headers, names)


def check_extent(headers: Headers, names: FieldNames, length: int | None) -> None:
    """Refuse fields that would give a message or a part another extent than its own.

    Args:
        headers: the fields of the message or the part.
        names: what their names say.
        length: bytes of its content; None where any length may be stated.

    Raises:
        EncodeError: transfer_encoding, content_length_mismatch.
    """
    if "transfer-encoding" in names.index:
        raise EncodeError(
            "transfer_encoding",
            "expected no Transfer-Encoding: what is written has none",
            source="RFC 9112 §6.1",
        )
    stated = names.get(headers, "content-length")
    if stated is None:
        return
    if not LENGTH.fullmatch(stated) or length not in (None, int(stated)):
        told = "1 to 18 digits" if length is None else f"{length}, as there are bytes"
        raise EncodeError(
            "content_length_mismatch",
            f"expected a Content-Length of {told}",
            source="RFC 9112 §6.2",
        )
