"""Where the other side is found: Node and Python packages, or a skip that says how to get them."""

import importlib
import os
import shutil
from pathlib import Path
from types import ModuleType

import pytest

_HERE = Path(__file__).parent


def node() -> str:
    """The path of Node, for a subprocess; skips where there is none."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs Node 20 or later on the path")
    return found


def node_module(name: str) -> Path:
    """The folder of an installed Node package; skips where it is missing.

    Args:
        name: as in ``package.json``, scope included.
    """
    given = os.environ.get("ODATABATCH_NODE_MODULES")
    folder = Path(given) if given else _HERE / "node_modules"
    if not (folder / name / "package.json").is_file():
        pytest.skip(
            f"needs the Node package {name}: npm install --prefix tests/interop --no-package-lock, "
            "or name the node_modules folder that has it in ODATABATCH_NODE_MODULES"
        )
    return (folder / name).resolve()


def import_or_skip(name: str) -> ModuleType:
    """An importable Python module; skips where its package is missing.

    An error within the package is no reason to skip.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{name}.".startswith(f"{exc.name}."):
            raise
        pytest.skip(f"needs {name}: pip install -r tests/interop/requirements.txt")
