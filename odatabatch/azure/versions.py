"""The api-versions of the Azure Batch service, in their order.

Source: the service's versioning page and its changelogs; 2021-01-01.13.0 was never published.
"""

from __future__ import annotations

from odatabatch.errors import TranslationError

VERSIONS = (
    "2014-10-01.1.0",
    "2015-03-01.1.1",
    "2015-06-01.2.0",
    "2015-11-01.2.1",
    "2015-12-01.2.2",
    "2016-02-01.3.0",
    "2016-07-01.3.1",
    "2017-01-01.4.0",
    "2017-05-01.5.0",
    "2017-06-01.5.1",
    "2017-09-01.6.0",
    "2018-03-01.6.1",
    "2018-08-01.7.0",
    "2018-12-01.8.0",
    "2019-06-01.9.0",
    "2019-08-01.10.0",
    "2020-03-01.11.0",
    "2020-09-01.12.0",
    "2021-06-01.14.0",
    "2022-01-01.15.0",
    "2022-10-01.16.0",
    "2023-05-01.17.0",
    "2023-11-01.18.0",
    "2024-02-01.19.0",
    "2024-07-01.20.0",
    "2025-06-01",
)
"""All 26 that are public, oldest first."""

LATEST = VERSIONS[-1]
"""The newest."""

FIRST_THAT_STAYS = "2025-06-01"
"""The oldest that the service has not announced to retire. Source: Azure/Batch#140, 15 May 2026."""

FIRST_COLLECTION = "2016-02-01.3.0"
"""The oldest that has ``addtaskcollection``."""

UNSEEN = "2015-03-01.1.1"
"""The version of which nobody has seen a request; it is read as the one before it, since only its
minor number differs."""

FIRST_JOBS = "2015-06-01.2.0"
"""The oldest in which jobs stand in the account; before it they stood in work items."""

LAST_BATCH = "2016-02-01.3.0"
"""The newest for which a document shows ``$batch``. (It says that this is deprecated.)"""

_POSITIONS = {api_version: index for index, api_version in enumerate(VERSIONS)}


def position(api_version: str) -> int:
    """How many public api-versions are older."""
    return _POSITIONS[api_version]


def is_before(api_version: str, other: str) -> bool:
    """Whether the one public api-version is older than the other."""
    return position(api_version) < position(other)


def check_version(api_version: str, part: str | None = None) -> None:
    """Refuse what is no public api-version; ``part`` says who named it.

    Raises:
        TranslationError: unknown_api_version.
        TypeError: it is no ``str``.
    """
    if not isinstance(api_version, str):
        raise TypeError(f"expected an api-version as str, got {type(api_version).__name__}")
    if api_version not in _POSITIONS:
        raise TranslationError(
            "unknown_api_version",
            f"expected one of the {len(VERSIONS)} public api-versions, got another",
            part=part,
            source="Azure Batch service, versioning",
        )


def check_collection_version(api_version: str) -> None:
    """Refuse what is no public api-version with ``addtaskcollection``.

    Raises:
        TranslationError: unknown_api_version, no_task_collection.
    """
    check_version(api_version)
    if is_before(api_version, FIRST_COLLECTION):
        raise TranslationError(
            "no_task_collection",
            f"expected an api-version with addtaskcollection: {FIRST_COLLECTION} or later",
            source="Azure Batch service, versioning",
        )
