"""Media types: a Content-Type and its parameters, read and written.

Grammar: RFC 9110 §5.6.6 and §8.3.1; boundaries: RFC 2046 §5.1.1.
"""

from __future__ import annotations

import re

import msgspec

from odatabatch.errors import DecodeError, EncodeError
from odatabatch.headers import TOKEN
from odatabatch.oddities import Oddity, Tolerance

IDENTITY_ENCODINGS = ("7bit", "8bit", "binary")
"""The values of Content-Transfer-Encoding that leave a part's content as it is (RFC 2045 §6.4)."""

_NAME = TOKEN.decode("ascii")
_TYPE = re.compile(rf"[ \t]*+({_NAME})/({_NAME})[ \t]*+")
_PARAMETER = re.compile(
    rf";[ \t]*+(?:({_NAME})=(?:({_NAME})|\"((?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*+)\")"
    r"[ \t]*+(?=;|\Z))?+[ \t]*+"
)
# A boundary that is no token and stands without quotes, as the OData 3 text prints it.
_UNQUOTED = re.compile(r";[ \t]*+([Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy])=([^;\"\s]++)[ \t]*+(?=;|\Z)")
_ESCAPE = re.compile(r"\\(.)")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_WHOLE_TOKEN = re.compile(_NAME)


class MediaType(msgspec.Struct, frozen=True):
    """A media type.

    Attributes:
        name: ``type/subtype`` in lower case.
        parameters: ``(name, value)`` pairs in wire order, names in lower case, values unquoted.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]

    def get_all(self, name: str) -> tuple[str, ...]:
        """The values of all parameters of that name (in lower case)."""
        return tuple(value for key, value in self.parameters if key == name)


def read_media_type(value: str, offset: int | None, tolerance: Tolerance) -> MediaType:
    """Read a Content-Type.

    Args:
        value: the field's value, without its name.
        offset: bytes from the start of the input to the field, or None where it came by itself.
        tolerance: judges a boundary that needs quotes and has none.

    Raises:
        DecodeError: invalid_media_type, unquoted_boundary.
    """
    head = _TYPE.match(value)
    if head is None:
        raise _invalid("expected type/subtype", 0, offset)
    parameters = []
    at = head.end()
    while at < len(value):
        match = _PARAMETER.match(value, at)
        if match is not None and (
            match[1] or match.end() == len(value) or value[match.end()] == ";"
        ):
            if match[1]:
                text = match[2] if match[2] is not None else _ESCAPE.sub(r"\1", match[3])
                parameters.append((match[1].lower(), text))
        else:
            match = _UNQUOTED.match(value, at)
            if match is None:
                raise _invalid("expected ;name=value", at, offset)
            tolerance.accept(Oddity.UNQUOTED_BOUNDARY, offset)
            parameters.append(("boundary", match[2]))
        at = match.end()
    return MediaType(f"{head[1]}/{head[2]}".lower(), tuple(parameters))


def _invalid(expected: str, at: int, offset: int | None) -> DecodeError:
    return DecodeError(
        "invalid_media_type",
        f"{expected} at character {at} of the content type",
        offset=offset,
        source="RFC 9110 §8.3.1",
    )


def boundary_of(media_type: MediaType, offset: int | None) -> bytes:
    """The boundary of a multipart media type.

    Raises:
        DecodeError: missing_boundary, repeated_boundary, invalid_boundary.
    """
    boundaries = media_type.get_all("boundary")
    if len(boundaries) != 1:
        code = "repeated_boundary" if boundaries else "missing_boundary"
        message = f"expected one boundary parameter, got {len(boundaries)}"
    elif not is_boundary(boundaries[0]):
        code = "invalid_boundary"
        message = f"expected 1 to 70 boundary characters, got {len(boundaries[0])} that differ"
    else:
        return boundaries[0].encode("ascii")
    raise DecodeError(code, message, offset=offset, source="RFC 2046 §5.1.1")


def is_boundary(text: str) -> bool:
    """Whether it can be a boundary: 1 to 70 ``bchars``, the last no space (RFC 2046 §5.1.1)."""
    return _BOUNDARY.fullmatch(text) is not None


def checked_boundary(boundary: str) -> bytes:
    """A boundary as it stands in a delimiter line.

    Raises:
        EncodeError: invalid_boundary.
        TypeError: not a ``str``.
    """
    if not is_boundary(boundary):
        raise EncodeError(
            "invalid_boundary",
            f"expected 1 to 70 boundary characters, got {len(boundary)} that differ",
            source="RFC 2046 §5.1.1",
        )
    return boundary.encode("ascii")


def are_tokens(boundaries: list[bytes]) -> bool:
    """Whether all of these are tokens, and need no quotes as a parameter's value."""
    return _WHOLE_TOKEN.fullmatch(b"".join(boundaries).decode("ascii")) is not None


def quoted(boundary: bytes) -> bytes:
    """A valid boundary as a parameter's value: as it is where it is a token, else in quotes."""
    return boundary if are_tokens([boundary]) else b'"' + boundary + b'"'
