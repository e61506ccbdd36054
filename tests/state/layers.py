"""The modules that hold no state: all from ``azure`` down, and ``captures``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from types import ModuleType
from typing import Any

import odatabatch

PACKAGE = Path(odatabatch.__file__).parent
ROOT = PACKAGE.parent
ABOVE = ("cli", "transport", "emulator", "__main__.py")

FILES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in ABOVE
]


def modules() -> Iterator[ModuleType]:
    """The modules of these layers."""
    for path in FILES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield importlib.import_module(".".join(it for it in parts if it != "__init__"))


def caches() -> dict[str, Any]:
    """The caches of functions, by what they keep the values of."""
    return {
        f"{value.__module__}.{value.__qualname__}": value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, _lru_cache_wrapper)
    }
