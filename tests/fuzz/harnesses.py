"""The harnesses by name: each takes any bytes, and raises where something that must hold does not.

None needs atheris: a harness is a function of bytes, and the same input does the same anywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.decoding import media_type, message, request, response, splits
from tests.fuzz.encoding import encoder, lossless
from tests.fuzz.growth import growth
from tests.fuzz.judging import rules

HARNESSES: dict[str, Callable[[bytes], None]] = {
    "request": request,
    "response": response,
    "message": message,
    "media_type": media_type,
    "splits": splits,
    "lossless": lossless,
    "encoder": encoder,
    "rules": rules,
    "growth": growth,
}
