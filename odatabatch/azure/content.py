"""What a body is said to be: JSON in UTF-8, not coded; and what ours are said to be."""

from __future__ import annotations

from odatabatch.azure.addresses import OUTER
from odatabatch.errors import DecodeError, TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest
from odatabatch.media_type import read_media_type
from odatabatch.oddities import STRICT, Tolerance

COLLECTION_CONTENT_TYPE = "application/json; odata=minimalmetadata; charset=utf-8"
"""Of an ``addtaskcollection`` request."""

OPERATION_CONTENT_TYPE = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
"""Of an operation in a batch, and of an answer there that is an error."""

ANSWER_CONTENT_TYPE = "application/json;odata=minimalmetadata"
"""Of any other answer. Source: public recordings."""


def check_content_type(headers: Headers, part: str) -> None:
    """Refuse a body that is not said to be JSON in UTF-8; one of which nothing is said passes.

    Raises:
        TranslationError: unsupported_content_type.
    """
    value = content_type_of(headers, part)
    if value is None:
        return
    try:
        media_type = read_media_type(value, None, Tolerance(STRICT))
    except DecodeError:
        media_type = None
    charsets = {name.lower() for name in media_type.get_all("charset")} if media_type else set()
    if media_type is None or media_type.name != "application/json" or charsets - {"utf-8"}:
        raise TranslationError(
            "unsupported_content_type",
            "expected application/json in utf-8, got something else",
            part=part,
        )


def content_type_of(headers: Headers, part: str) -> str | None:
    """The Content-Type, or None.

    Raises:
        TranslationError: unsupported_content_type: there are several.
    """
    values = headers.get_all("Content-Type")
    if len(values) > 1:
        message = "expected one Content-Type, got several"
        source = "RFC 9110 §5.3"
        raise TranslationError("unsupported_content_type", message, part=part, source=source)
    return values[0] if values else None


def check_json_content(request: HttpRequest) -> None:
    """Refuse a request whose body is not said to be JSON in UTF-8, as it is.

    Raises:
        TranslationError: unsupported_content_type, unsupported_content_coding.
    """
    check_content_type(request.headers, OUTER)
    check_content_coding(request.headers, OUTER)


def is_coded(headers: Headers) -> bool:
    """Whether a body is coded, and so cannot be read here."""
    return bool(codings_of(headers))


def codings_of(headers: Headers) -> list[str]:
    """The codings of a body, in lower case, as they were applied; ``identity`` is none.

    Source: RFC 9110 §8.4.
    """
    values = ",".join(headers.get_all("Content-Encoding")).lower().split(",")
    return [coding for coding in map(str.strip, values) if coding not in ("", "identity")]


def check_content_coding(headers: Headers, part: str) -> None:
    """Refuse a body that is coded.

    Raises:
        TranslationError: unsupported_content_coding.
    """
    if is_coded(headers):
        raise TranslationError(
            "unsupported_content_coding",
            "expected a body without a content coding, got one that is coded",
            part=part,
            source="RFC 9110 §8.4",
        )
