"""The api-versions in their order."""

from __future__ import annotations

import pytest

from odatabatch.azure.versions import (
    FIRST_COLLECTION,
    FIRST_JOBS,
    LAST_BATCH,
    LATEST,
    VERSIONS,
    check_collection_version,
    check_version,
    is_before,
    position,
)
from odatabatch.errors import TranslationError


def test_order() -> None:
    """26 versions; their order is that of the text, and the newest is the last."""
    assert len(VERSIONS) == len(set(VERSIONS)) == 26
    assert sorted(VERSIONS) == list(VERSIONS)
    assert LATEST == "2025-06-01"
    assert [position(version) for version in VERSIONS] == list(range(26))


def test_landmarks() -> None:
    """Jobs left the work items, then came addtaskcollection, in the last version of batches."""
    assert FIRST_JOBS == "2015-06-01.2.0"
    assert FIRST_COLLECTION == LAST_BATCH == "2016-02-01.3.0"
    assert {FIRST_COLLECTION, FIRST_JOBS, LAST_BATCH} < set(VERSIONS)


def test_is_before() -> None:
    """Older, the same, newer."""
    assert is_before("2016-02-01.3.0", "2018-12-01.8.0")
    assert not is_before("2018-12-01.8.0", "2018-12-01.8.0")
    assert not is_before("2019-08-01.10.0", "2019-06-01.9.0")


@pytest.mark.parametrize("version", ["", "2021-01-01.13.0", "2025-06-01.0", "2016-02-01"])
def test_unknown(version: str) -> None:
    """What was never published is no api-version, and the error names who said it."""
    with pytest.raises(TranslationError) as caught:
        check_version(version, "batch[0]")
    assert (caught.value.code, caught.value.part) == ("unknown_api_version", "batch[0]")


def test_other_types() -> None:
    """What is no text is no api-version."""
    with pytest.raises(TypeError, match="expected an api-version as str, got bytes"):
        check_version(b"2025-06-01")  # type: ignore[arg-type]


def test_without_collections() -> None:
    """2016-02-01.3.0 is the first with addtaskcollection."""
    check_collection_version(FIRST_COLLECTION)
    with pytest.raises(TranslationError) as caught:
        check_collection_version("2015-12-01.2.2")
    assert caught.value.code == "no_task_collection"
    with pytest.raises(TranslationError) as caught:
        check_collection_version("2021-01-01.13.0")
    assert (caught.value.code, caught.value.part) == ("unknown_api_version", None)
