"""The harnesses by name: each takes any bytes, and raises where something that must hold does not.

None needs atheris: a harness is a function of bytes, and the same input does the same anywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.carrying import transport
from tests.fuzz.decoding import media_type, message, request, response, splits
from tests.fuzz.encoding import encoder, lossless
from tests.fuzz.growth import growth
from tests.fuzz.json_bodies import json_text, moves
from tests.fuzz.judging import rules
from tests.fuzz.serving import emulator
from tests.fuzz.signing import signing
from tests.fuzz.transferring import transfer
from tests.fuzz.translating import answers, downgrade, upgrade

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
    "upgrade": upgrade,
    "downgrade": downgrade,
    "answers": answers,
    "json": json_text,
    "moves": moves,
    "transfer": transfer,
    "signing": signing,
    "emulator": emulator,
    "transport": transport,
}
