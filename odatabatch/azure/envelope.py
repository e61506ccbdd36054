"""What is around the tasks: header fields and queries; what a translation does to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from odatabatch.azure.addresses import OUTER, Service
from odatabatch.azure.json_text import is_annotation, read_object
from odatabatch.azure.notes import Finding, Found, Path
from odatabatch.azure.rules import changes
from odatabatch.azure.versions import LAST_BATCH, UNSEEN, is_before
from odatabatch.errors import TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest

# Headers of an operation that need no finding: the request has its own, or the answer follows them.
_KEPT = frozenset(
    ("content-type", "content-length", "content-id", "host", "return-client-request-id")
)
# Fields that every part has, or that say how long it is.
_OF_PARTS = frozenset(("content-type", "content-transfer-encoding", "content-length", "content-id"))
# Headers of the request that go along, and those that each request has of its own.
_CARRIED = ("client-request-id", "return-client-request-id")
_REWRITTEN = frozenset(("content-type", "content-length", "host", "transfer-encoding"))

_BATCH_PAGE = "Add multiple tasks to a job"
_COLLECTION_PAGE = "Add a collection of tasks to a job (2017)"
_RECORDINGS = "public recordings"

_REQUEST_ID = Finding(
    "left_out",
    "lost",
    "a task in a collection has no request id of its own; the answer gets it back",
    _COLLECTION_PAGE,
)
_DATA_SERVICE_VERSION = Finding(
    "left_out", "exact", "requests go without, and answers have it anyway", _COLLECTION_PAGE
)
_OTHER_HEADER = Finding(
    "left_out", "lost", "a task in a collection has no header fields", _COLLECTION_PAGE
)
_OUTER_HEADER = Finding(
    "left_out",
    "conditional",
    "it belongs to the request that was sent; whoever sends these writes their own",
    _BATCH_PAGE,
)
_PART_HEADER = Finding(
    "left_out", "lost", "a task in a collection has no part with a head", _COLLECTION_PAGE
)
_ANNOTATION = Finding("left_out", "exact", "a batch has no place for it", _BATCH_PAGE)
_OCP_DATE = _OUTER_HEADER._replace(effect="exact", detail="another is written in its place")
EMPTY_CHANGESET = Finding(
    "left_out", "lost", "an empty changeset adds no task, and gets no answer", _BATCH_PAGE
)
WORK_ITEM = Finding(
    "left_out",
    "conditional",
    "jobs stood in work items, and now stand in the account; their ids may not be unique there",
    _RECORDINGS,
)
_OLD_HOST = Finding(
    "service_changed",
    "conditional",
    "hosts of that form are in recordings of 2014 and 2015 alone; the documents since name "
    "{account}.{region}.batch.azure.com",
    f"{_RECORDINGS}; {_BATCH_PAGE}",
)
_UNSEEN = Finding(
    "schema_unknown",
    "conditional",
    f"nobody has seen a request of {UNSEEN}; its tasks are taken for those of the version before",
    _RECORDINGS,
)
LATE_BATCH: Found = (
    OUTER,
    ("target",),
    Finding(
        "service_changed",
        "conditional",
        f"no document shows a $batch of versions after {LAST_BATCH}",
        _BATCH_PAGE,
    ),
)
_FIELD_VALUE = re.compile(r"[!-~]++(?: ++[!-~]++)*+")
_OLD_HOSTS = ".batch.core.windows.net"


def check_types(request: object, source_version: object) -> None:
    """Refuse arguments of other types.

    Raises:
        TypeError: one has the wrong type.
    """
    if not isinstance(request, HttpRequest | None):
        raise TypeError(f"expected an HttpRequest, got {type(request).__name__}")
    if not isinstance(source_version, str | None):
        raise TypeError(f"expected an api-version as str, got {type(source_version).__name__}")


def check_ocp_date(ocp_date: object) -> None:
    """Refuse what would break the header field.

    Raises:
        TranslationError: invalid_ocp_date.
        TypeError: it is no ``str``.
    """
    if not isinstance(ocp_date, str | None):
        raise TypeError(f"expected a date as str, got {type(ocp_date).__name__}")
    if ocp_date is not None and not _FIELD_VALUE.fullmatch(ocp_date):
        message = "expected visible ASCII characters and spaces between them, got something else"
        raise TranslationError("invalid_ocp_date", message, source="RFC 9110 §5.5")


def header_findings(headers: Headers) -> Iterator[tuple[Path, Finding]]:
    """What an operation's header fields lose in a collection."""
    for name in headers.names:
        key = name.lower()
        if key == "client-request-id":
            yield ("headers", name), _REQUEST_ID
        elif key == "dataserviceversion":
            yield ("headers", name), _DATA_SERVICE_VERSION
        elif key not in _KEPT:
            yield ("headers", name), _OTHER_HEADER


def part_findings(part_headers: Headers) -> Iterator[tuple[Path, Finding]]:
    """What the head of a body part loses."""
    for name in part_headers.names:
        if name.lower() not in _OF_PARTS:
            yield ("part_headers", name), _PART_HEADER


def annotation_findings(body: bytes) -> Iterator[Found]:
    """What annotations beside the tasks of a collection lose."""
    if b"odata" in body or b"\\u" in body:
        for name in read_object(body):
            if is_annotation(name):
                yield OUTER, ("body", name), _ANNOTATION


def outer_findings(request: HttpRequest | None, ocp_date: str | None) -> Iterator[Found]:
    """What the request's own header fields lose."""
    seen: set[str] = set()
    for name in request.headers.names if request is not None else ():
        key = name.lower()
        if (key not in _CARRIED or key in seen) and key not in _REWRITTEN:
            finding = _OUTER_HEADER
            if key == "ocp-date" and ocp_date is not None:
                finding = _OCP_DATE
            elif key == "dataserviceversion":
                finding = _DATA_SERVICE_VERSION
            yield OUTER, ("headers", name), finding
        seen.add(key)


def version_findings(service: Service, source: str, target: str) -> Iterator[Found]:
    """What is another between two api-versions for all tasks alike."""
    if service.job is None:
        return
    for rule in changes(source, target):
        if rule.change == "service":
            forward = is_before(source, target)
            effect, told = rule.effect(forward), rule.told(forward)
            finding = Finding("service_changed", effect, told, rule.source)
            yield OUTER, ("tasks",), finding
    if UNSEEN in (source, target):
        yield OUTER, ("tasks",), _UNSEEN
    if service.work_item is not None:
        yield OUTER, ("target",), WORK_ITEM
    if service.host is not None and service.host.lower().partition(":")[0].endswith(_OLD_HOSTS):
        yield OUTER, ("target",), _OLD_HOST


def outer_headers(
    service: Service, request: HttpRequest | None, ocp_date: str | None, content_type: str
) -> Headers:
    """The header fields of a request, but for its Content-Length."""
    fields = [("Host", service.host)] if service.host else []
    for name in _CARRIED:
        value = request.headers.get(name) if request is not None else None
        if value is not None:
            fields.append((name, value))
    if ocp_date is not None:
        fields.append(("ocp-date", ocp_date))
    return Headers([*fields, ("Content-Type", content_type)])


def query(api_version: str, service: Service) -> str:
    """The query of a request."""
    timeout = f"&timeout={service.timeout}" if service.timeout is not None else ""
    return f"?api-version={api_version}{timeout}"
