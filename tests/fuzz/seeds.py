"""Where the fuzzers begin, by harness: the fixtures, planted secrets, and what was found before."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz import adapter_seeds as adapter
from tests.fuzz.found import FOUND
from tests.fuzz.growth_seeds import growth
from tests.fuzz.script_seeds import scripts
from tests.fuzz.wire_seeds import Seeds, lossless, media_type, message, request, response, splits

_SEEDS: dict[str, Callable[[], Seeds]] = {
    "request": request,
    "response": response,
    "message": message,
    "media_type": media_type,
    "splits": splits,
    "lossless": lossless,
    "encoder": scripts,
    "rules": scripts,
    "growth": growth,
    "upgrade": adapter.upgrade,
    "downgrade": adapter.downgrade,
    "answers": adapter.answers,
    "json": adapter.json_text,
    "moves": adapter.moves,
    "transfer": adapter.transfer,
    "signing": adapter.signing,
    "emulator": adapter.emulator,
    "transport": adapter.transport,
}


def seeds(harness: str) -> Seeds:
    """All seeds of a harness, each with a label."""
    yield from _SEEDS[harness]()
    yield from FOUND.get(harness, {}).items()
