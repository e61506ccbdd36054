"""Tasks as each api-version shows them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from odatabatch.azure.versions import LATEST, VERSIONS
from odatabatch.emulator import StoredTask
from odatabatch.emulator.views import task_view
from tests.emulator.scenes import TICKS


def view(body: dict[str, Any], source: str, target: str) -> dict[str, Any]:
    """A task as a version shows it, and as JSON has it."""
    raw = json.dumps(body).encode()
    stored = StoredTask("t", raw, source, TICKS, TICKS, "active", TICKS)
    shown = task_view(stored, "https://host/t", target)
    return dict(msgspec.json.decode(msgspec.json.encode(shown)))


def test_renamed() -> None:
    """Names of the version that asks, not of that which added it."""
    body = {
        "id": "t",
        "commandLine": "c",
        "resourceFiles": [{"httpUrl": "https://a.blob.core.windows.net/b", "filePath": "f"}],
        "requiredSlots": 1,
    }
    shown = view(body, LATEST, "2016-02-01.3.0")
    (file,) = shown["resourceFiles"]
    assert file.keys() == {"blobSource", "filePath"}
    assert "requiredSlots" not in shown


@pytest.mark.parametrize("target", VERSIONS)
def test_all(target: str) -> None:
    """Every version can show a task of every other."""
    for source in VERSIONS:
        old = source < "2015-06-01"
        body = {"name" if old else "id": "t", "commandLine": "c"}
        shown = view(body, source, target)
        assert shown["name" if target < "2015-06-01" else "id"] == "t"
        assert shown["commandLine"] == "c"


def test_hidden() -> None:
    """No member of a body hides one of the service's own."""
    body = {"id": "t", "commandLine": "c", "state": "x", "executionInfo": 1}
    shown = view(body, "2015-06-01.2.0", "2015-06-01.2.0")
    assert shown["state"] == "active"
    assert shown["executionInfo"] == {"requeueCount": 0, "retryCount": 0}


def test_both_names() -> None:
    """A task that cannot be moved is shown as it came: it has a newer name by chance."""
    body = {"name": "t", "commandLine": "c", "taskConstraints": {}, "constraints": {}}
    shown = view(body, VERSIONS[0], LATEST)
    assert shown["taskConstraints"] == shown["constraints"] == {}
    assert shown["id"] == "t"
