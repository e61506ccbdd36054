"""Where requests go: their targets, read and brought together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from odatabatch.azure.versions import FIRST_JOBS, UNSEEN, check_version, is_before
from odatabatch.errors import TranslationError
from odatabatch.http_message import HttpRequest

_HOST = r"(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_BEYOND = r"\x00-\x20\x7f-\U0010FFFF"  # all but visible ASCII
_TARGET = re.compile(
    rf"(?:([Hh][Tt][Tt][Pp][Ss]?)://({_HOST})(?=[/?]|\Z))?([^?#{_BEYOND}]*)(?:\?([^#{_BEYOND}]*))?"
)
_WHOLE_HOST = re.compile(_HOST)
_BATCH_PATH = re.compile(r"/?\$batch")
_TASKS_PATH = re.compile(r"/?(?:workitems/([^/]+)/)?jobs/([^/]+)/tasks")
_COLLECTION_PATH = re.compile(r"/?jobs/([^/]+)/addtaskcollection")
TIMEOUT = re.compile(r"[0-9]{1,9}")
"""A timeout in seconds, as in a query."""

SERVICE = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
"""Scheme and host at the beginning of a URL."""

OUTER = "request"
"""The path of the outer request, in notes and errors."""

_WORDS = {"work_item": "work item", "api_version": "api-version"}


class Location(NamedTuple):
    """Where a request goes.

    Attributes:
        scheme: of an absolute target, in lower case, or None.
        host: of the target or the Host, with its port where that is not the scheme's own; or None.
        path: as it is.
        query: as it is, without its question mark; empty where there is none.
    """

    scheme: str | None
    host: str | None
    path: str
    query: str

    @property
    def service(self) -> str:
        """Scheme and host, https where no scheme is named, as the service documents; or empty."""
        return f"{self.scheme or 'https'}://{self.host}" if self.host else ""


class Address(NamedTuple):
    """What the target of one request says, and its Host.

    Attributes:
        part: which request: ``request`` or such as ``batch[2]/changeset[0]``.
        scheme: of an absolute target, in lower case, or None.
        host: with its port, where that is not the scheme's own; or None.
        path: as it is, with its first slash.
        work_item: the name of the work item that holds the job, percent-encoded as it is, in
            api-versions before 2015-06-01.2.0; else None.
        job: the job's id, likewise; None in the request that carries a batch.
        api_version: a public one, or None.
        timeout: in seconds, or None.
    """

    part: str
    scheme: str | None
    host: str | None
    path: str
    work_item: str | None
    job: str | None
    api_version: str | None
    timeout: str | None


class Service(NamedTuple):
    """What all addresses of a translation agree on.

    Attributes:
        url: scheme and host, such as ``https://account.region.batch.azure.com``; empty where no
            host is known.
        host: None where none is known.
        work_item: that of the job, percent-encoded as it is, or None.
        job: its id, likewise; None where there is no operation.
        api_version: of what is translated, or None.
        timeout: in seconds, or None.
    """

    url: str
    host: str | None
    work_item: str | None
    job: str | None
    api_version: str | None
    timeout: str | None


def outer_address(request: HttpRequest) -> Address:
    """The address of the request that carries the batch.

    Raises:
        TranslationError: unsupported_target, unsupported_query, unknown_api_version,
            host_conflict.
    """
    address = _address(request, OUTER)
    if request.method != "POST" or not _BATCH_PATH.fullmatch(unquote(address.path)):
        raise _unsupported("target", "a POST to /$batch", OUTER)
    return address


def operation_address(operation: HttpRequest, part: str) -> Address:
    """The address of an operation.

    Raises:
        TranslationError: as ``outer_address``, at that part.
    """
    address = _address(operation, part)
    match = _TASKS_PATH.fullmatch(address.path)
    if operation.method != "POST" or match is None:
        raise _unsupported("target", "a POST to /jobs/{job}/tasks", part)
    _check_ids(match, part)
    path = "/" + address.path.removeprefix("/")
    return address._replace(work_item=match[1], job=match[2], path=path)


def collection_address(request: HttpRequest) -> Address:
    """The address of an ``addtaskcollection`` request.

    Raises:
        TranslationError: as ``outer_address``.
    """
    address = _address(request, OUTER)
    match = _COLLECTION_PATH.fullmatch(address.path)
    if request.method != "POST" or match is None:
        raise _unsupported("target", "a POST to /jobs/{job}/addtaskcollection", OUTER)
    _check_ids(match, OUTER)
    return address._replace(job=match[1])


def is_id(segment: str) -> bool:
    """Whether a segment of a path can be an id, percent-encoded: UTF-8, and a name.

    Source: RFC 3986 §3.3, §5.2.4: ``.`` and ``..`` are no names; clients and servers drop them from
    a path, which is another one then.
    """
    try:
        return unquote(segment, errors="strict") not in ("", ".", "..")
    except UnicodeDecodeError:
        return False


def _check_ids(match: re.Match[str], part: str) -> None:
    if not all(map(is_id, filter(None, match.groups()))):
        raise _unsupported("target", "ids in UTF-8 that can stand in a path", part)


def names_batch(request: HttpRequest) -> bool:
    """Whether a request is a POST to ``/$batch``, whatever else is right or wrong with it."""
    match = _TARGET.fullmatch(request.target)
    at_batch = match is not None and _BATCH_PATH.fullmatch(unquote(match[3]))
    return request.method == "POST" and bool(at_batch)


def names_collection(request: HttpRequest) -> bool:
    """Whether a request is a POST to ``/jobs/{job}/addtaskcollection``, likewise."""
    match = _TARGET.fullmatch(request.target)
    at_collection = match is not None and _COLLECTION_PATH.fullmatch(match[3])
    return request.method == "POST" and bool(at_collection)


def agreed(outer: Address | None, operations: Iterable[Address]) -> Service:
    """What they all say, each of those that say something.

    The scheme is that of the request that was sent, else of the operations; where none is named it
    is https, as the service documents.

    Raises:
        TranslationError: scheme_conflict, host_conflict, work_item_conflict, job_conflict,
            api_version_conflict, timeout_conflict.
    """
    operations = tuple(operations)
    addresses = (outer, *operations) if outer else operations
    host = _one("host", [(at.host, at.part) for at in addresses])
    scheme = outer.scheme if outer else None
    scheme = scheme or _one("scheme", [(at.scheme, at.part) for at in operations]) or "https"
    return Service(
        f"{scheme}://{host}" if host else "",
        host,
        # Empty where there is none: a job of the account is not that of a work item.
        _one("work_item", [(at.work_item or "", at.part) for at in operations]) or None,
        _one("job", [(at.job, at.part) for at in addresses]),
        _one("api_version", [(at.api_version, at.part) for at in addresses]),
        _one("timeout", [(at.timeout, at.part) for at in addresses]),
    )


def settled_version(named: str | None, given: str | None) -> str:
    """The api-version that requests name, else the one that was given.

    Args:
        named: a public one, or None.
        given: by the caller, or None.

    Raises:
        TranslationError: missing_api_version; unknown_api_version: that of ``given``;
            api_version_conflict: they name another.
    """
    if given is not None:
        check_version(given)
    if named is not None and given not in (None, named):
        message = "expected the api-version that the targets name, got another as an argument"
        raise TranslationError("api_version_conflict", message, part=OUTER)
    version = named or given
    if version is None:
        message = "expected an api-version in a target or as an argument, got none"
        raise TranslationError("missing_api_version", message, part=OUTER)
    return version


def check_era(address: Address, api_version: str) -> None:
    """Refuse an operation whose target is not of its api-version: with a work item, or without.

    Raises:
        TranslationError: unsupported_target.
    """
    early = is_before(api_version, FIRST_JOBS)
    if api_version != UNSEEN and early is (address.work_item is None):
        path = "/workitems/{name}/jobs/{job}/tasks" if early else "/jobs/{job}/tasks"
        raise _unsupported("target", f"a POST to {path}, as of the api-version", address.part)


def _one(name: str, values: Iterable[tuple[str | None, str]]) -> str | None:
    """The one value that is named, or None.

    All are compared percent-decoded and without case: hosts and schemes as RFC 9110 §4.2.3 says,
    ids of jobs as the service does; versions and numbers have none.
    """
    found = None
    for value, part in values:
        if found is None:
            found = value
        elif value not in (None, found) and folded(value) != folded(found):
            message = f"expected the same {_WORDS.get(name, name)} everywhere, got another"
            raise TranslationError(f"{name}_conflict", message, part=part)
    return found


def folded(value: str) -> bytes:
    """What hosts, ids and URLs are compared by: percent-decoded, without case."""
    # Half of a surrogate pair, which a Location can hold, is no reason to fail: it is like itself.
    return unquote_to_bytes(value.encode("utf-8", "surrogatepass")).lower()


def location(request: HttpRequest, part: str) -> Location:
    """Where a request goes, whatever it asks for there.

    Raises:
        TranslationError: unsupported_target, host_conflict.
    """
    match = _TARGET.fullmatch(request.target)
    if match is None:
        raise _unsupported("target", "an ASCII target of http or https, without a fragment", part)
    scheme, host, path, query = match.groups()
    named = request.headers.get_all("Host")
    if not all(map(_WHOLE_HOST.fullmatch, named)):
        raise _unsupported("target", "a Host that is a name and a port", part)
    scheme = scheme and scheme.lower()
    host = _one("host", [(_plain(it, scheme), part) for it in (host, *named)])
    return Location(scheme, host, path, query or "")


def _address(request: HttpRequest, part: str) -> Address:
    scheme, host, path, query = location(request, part)
    fields = [(name.lower(), value) for name, value in parse_qsl(query, True)]
    parameters = dict(fields)
    known = parameters.keys() <= {"api-version", "timeout"} and len(parameters) == len(fields)
    api_version, timeout = parameters.get("api-version"), parameters.get("timeout")
    if not known or not (timeout is None or TIMEOUT.fullmatch(timeout)):
        raise _unsupported("query", "at most one api-version and one timeout in seconds", part)
    if api_version is not None:
        check_version(api_version, part)
    return Address(part, scheme, host, path, None, None, api_version, timeout)


def _plain(host: str | None, scheme: str | None) -> str | None:
    """A host without the port that its scheme has anyway (RFC 9110 §4.2.3); https where none is."""
    return host and host.removesuffix(":80" if scheme == "http" else ":443")


def _unsupported(what: str, expected: str, part: str) -> TranslationError:
    return TranslationError(f"unsupported_{what}", f"expected {expected}, got another", part=part)
