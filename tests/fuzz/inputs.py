"""What the bytes of a fuzzer say: bytes to read, and how they are to be read.

Options stand in front in a few bytes of fixed places, then come the Content-Type and an LF, then
the body up to the end, so that a fuzzer's changes to a message stay changes to a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import msgspec

from odatabatch import STRICT, Limits, Oddity

_ODDITIES = tuple(Oddity)
_LIMITS = tuple(field.name for field in msgspec.structs.fields(Limits))
_DEFAULTS = Limits()


@dataclass(frozen=True)
class Wire:
    """Bytes, and how they are to be read.

    Attributes:
        tolerate: the oddities to take; three bytes, a bit for each.
        limits: at most one bound differs from the defaults; a byte says which, two how much.
        content_type: any text; UTF-8, where lone bytes stand for lone surrogates.
        body: all that follows.
    """

    content_type: str
    body: bytes
    tolerate: frozenset[Oddity] = STRICT
    limits: Limits = _DEFAULTS

    @classmethod
    def read(cls, data: bytes) -> Self:
        """What a fuzzer's bytes say; whatever they are, they say something."""
        bits, which, much = (
            int.from_bytes(data[:3], "big"),
            int.from_bytes(data[3:4], "big"),
            int.from_bytes(data[4:6], "big"),
        )
        tolerate = frozenset(oddity for at, oddity in enumerate(_ODDITIES) if bits >> at & 1)
        name = (*_LIMITS, None)[(which - 1) % (len(_LIMITS) + 1)]
        limits = _DEFAULTS if name is None else Limits(**{name: much})
        content_type, _, body = data[6:].partition(b"\n")
        return cls(text_of(content_type), body, tolerate, limits)

    def written(self) -> bytes:
        """The bytes that say this."""
        bits = sum(1 << at for at, oddity in enumerate(_ODDITIES) if oddity in self.tolerate)
        which = much = 0
        for at, name in enumerate(_LIMITS, 1):
            if getattr(self.limits, name) != getattr(_DEFAULTS, name):
                which, much = at, getattr(self.limits, name)
        options = bits.to_bytes(3, "big") + bytes((which,)) + much.to_bytes(2, "big")
        return options + bytes_of(self.content_type) + b"\n" + self.body


def text_of(data: bytes) -> str:
    """Some text: UTF-8, where bytes that are none stand for lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The bytes that give that text."""
    return text.encode("utf-8", "surrogateescape")
