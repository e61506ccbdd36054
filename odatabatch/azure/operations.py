"""The service's calls: adding jobs, adding, reading and changing tasks.

They are built, recognised, and moved from one api-version to another: the target, and the body as
far as the rules reach.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from odatabatch.azure.addresses import OUTER, SERVICE, location
from odatabatch.azure.building import build
from odatabatch.azure.calls import (
    OPERATIONS,
    ApiOperation,
    Call,
    OperationId,
    check_text,
    fields_of,
    find,
    operation,
    recognise,
    version_of,
)
from odatabatch.azure.collection import raw_items
from odatabatch.azure.content import check_content_coding, check_content_type, check_json_content
from odatabatch.azure.envelope import check_types
from odatabatch.azure.json_edit import Edit, Edits, edited
from odatabatch.azure.json_text import path_joined, read_object
from odatabatch.azure.members import items_of
from odatabatch.azure.moves import Mover
from odatabatch.azure.notes import Finding, Found, Note, Path, notes_of, path_text, refuse_losses
from odatabatch.azure.schema import JOB
from odatabatch.azure.targets import READING, moved_target, moved_url, with_version
from odatabatch.azure.versions import FIRST_JOBS, check_version, is_before
from odatabatch.errors import TaskError, TranslationError
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse

__all__ = [
    "OPERATIONS",
    "ApiOperation",
    "Call",
    "Moved",
    "MovedAnswer",
    "OperationId",
    "build",
    "move",
    "move_answer",
    "operation",
    "recognise",
]

_ANSWER = "answer"
_LINKS = ("DataServiceId", "Location")  # fields that have the URL of a task

_UNKNOWN = Finding(
    "unknown_operation",
    "conditional",
    "another api-version is asked for; whether the call is the same there is not known here",
    "Task operations",
)
_SIGNED = Finding(
    "left_out",
    "conditional",
    "it signs the request as it was; the new one is signed anew",
    "Authenticate requests to the Azure Batch service",
)
_OF_THE_OLD = Finding(
    "left_out",
    "exact",
    "it speaks of the body as it was sent; the length is written",
    "RFC 9112 §6",
)
_NEXT_LINK = Finding(
    "written", "exact", "the next request is one of the client's as well", "Task operations"
)
_OTHER_URL = Finding(
    "written", "exact", "jobs stand in work items in one of the api-versions", "public recordings"
)
_SERVICES_URL = Finding(
    "service_changed",
    "lost",
    "it stays the service's own, and is none that the client's api-version has",
    "public recordings",
)


class Moved(NamedTuple):
    """A request after the move.

    Attributes:
        request: the request for the other api-version.
        notes: what is not the same, and whether it was lost.
    """

    request: HttpRequest
    notes: tuple[Note, ...]


class MovedAnswer(NamedTuple):
    """An answer after the move; likewise."""

    response: HttpResponse
    notes: tuple[Note, ...]


def move(
    request: HttpRequest,
    api_version: str,
    *,
    strict: bool = False,
    explicit_defaults: bool = True,
    source_version: str | None = None,
    work_item: str | None = None,
) -> Moved:
    """A request of one api-version as one of another.

    A call that is none of ``OPERATIONS`` gets the other api-version in its query, and a note. The
    header fields stay, but for a signature (SharedKey) and what speaks of the old body. A
    collection stays one request. A request that names that api-version itself stays as it is, and
    is not looked at.

    Args:
        request: with an absolute target, or with a path and a Host.
        api_version: that of the new request; older, the same, or newer.
        strict: refuse what would be lost.
        explicit_defaults: whether a default that has changed is written out where a task or a job
            leaves it to the service.
        source_version: the request's, where its target names none.
        work_item: the name of the work item that holds the job, plain, for api-versions before
            2015-06-01.2.0, where the target does not name it.

    Raises:
        TaskError: a body cannot be read or moved; codes as for ``moves.move``.
        TranslationError: as ``recognise`` but for calls that it does not know; unsupported_target
            also for a batch, which ``upgrade`` translates; no_operation: either api-version does
            not have the call; missing_id, unexpected_id, invalid_id, work_item_conflict: those of
            ``work_item``; unsupported_content_type, unsupported_content_coding; with ``strict``
            also loss and, as a TaskError, unknown_member.
        TypeError: an argument has the wrong type.
    """
    if not isinstance(request, HttpRequest):
        raise TypeError(f"expected an HttpRequest, got {type(request).__name__}")
    check_types(request, source_version)
    check_text(work_item, "a work item")
    check_version(api_version)
    at = location(request, OUTER)
    fields = fields_of(at.query)
    found: list[Found] = []
    body = request.body
    call = None
    if version_of(fields, source_version) != api_version:
        if request.method == "POST" and unquote(at.path).strip("/").lower() == "$batch":
            message = "expected a call by itself, got a batch; upgrade() translates those"
            raise TranslationError("unsupported_target", message, part=OUTER)
        call = find(request, source_version)
        if call is None:
            found.append((OUTER, ("target",), _UNKNOWN))
    elif "api-version" in dict(fields):
        return Moved(request, ())
    if call is None:
        target = with_version(request, at, api_version)
    else:
        target = moved_target(request, call, api_version, work_item, found)
        if operation(call.operation, api_version).body is not None:
            check_json_content(request)
            body = _body(call, body, api_version, explicit_defaults, found)
    headers = _headers(request, body, found)
    if strict:
        refuse_losses(found)
    return Moved(request.replace(target=target, headers=headers, body=body), notes_of(found))


def move_answer(
    response: HttpResponse,
    call: Call,
    api_version: str,
    service: str | None = None,
    work_item: str | None = None,
) -> MovedAnswer:
    """The answer to a moved request, for the client that sent the request as it was.

    The tasks in answers to ``Task_Get`` and ``Task_List`` are moved as far as rules reach, which
    is what a task is added with; what else the service tells of a task, such as its state, stays.
    The URLs of tasks, in any answer, are written anew where jobs stand in work items in one
    api-version and not in the other. Else answers are left as they are.

    Args:
        response: the service's.
        call: what was asked of the service.
        api_version: the client's.
        service: scheme and host that the client knows, where they are not the service's; the link
            to what did not fit goes there, as do the URLs that are written anew.
        work_item: the name of the work item that the client's request named, plain, or None.

    Raises:
        TaskError: the body cannot be read.
        TranslationError: unknown_api_version, unsupported_content_type,
            unsupported_content_coding.
        TypeError: an argument has the wrong type.
    """
    if not isinstance(response, HttpResponse):
        raise TypeError(f"expected an HttpResponse, got {type(response).__name__}")
    if not isinstance(call, Call):
        raise TypeError(f"expected a Call, got {type(call).__name__}")
    check_text(service, "a service")
    check_text(work_item, "a work item")
    check_version(api_version)
    if response.status != operation(call.operation, call.api_version).success:
        return MovedAnswer(response, ())
    found: list[Found] = []
    body, headers = response.body, response.headers
    urls = _ClientsUrls(call.api_version, api_version, service, work_item, found)
    for name in _LINKS if urls.between_eras else ():
        url = headers.get(name)
        if url is not None:
            headers = headers.with_field(name, urls.url(url, ("headers", name)))
    if call.operation in READING:
        check_content_type(headers, _ANSWER)
        check_content_coding(headers, _ANSWER)
        mover = Mover(call.api_version, api_version, of="answer")
        if call.operation is OperationId.TASK_GET:
            body = urls.task(_moved(mover, body, (), _ANSWER, found), ())
        else:
            body = urls.page(_items(mover, body, _ANSWER, found))
    if body != response.body:
        for name in headers.names:
            if name.lower() == "content-md5":
                found.append((_ANSWER, ("headers", name), _OF_THE_OLD))
        headers = headers.without("Content-MD5")
        if "Content-Length" in headers:
            headers = headers.with_field("Content-Length", str(len(body)))
    return MovedAnswer(response.replace(headers=headers, body=body), notes_of(found))


class _ClientsUrls(NamedTuple):
    """Where URLs in an answer lead; the arguments of ``move_answer``.

    Attributes:
        source: the service's api-version.
        target: the client's.
        service: as there.
        work_item: likewise.
        found: what was found goes here.
    """

    source: str
    target: str
    service: str | None
    work_item: str | None
    found: list[Found]

    @property
    def between_eras(self) -> bool:
        """Whether jobs stand in work items on one side alone."""
        return is_before(self.source, FIRST_JOBS) is not is_before(self.target, FIRST_JOBS)

    def url(self, url: str, path: Path, finding: Finding = _OTHER_URL) -> str:
        """A URL as the client asks; it stays where it has no counterpart."""
        ours = url
        if self.source != self.target:
            try:
                ours = moved_url(url, self.source, self.target, self.work_item)
            except TranslationError:
                finding = _SERVICES_URL
        if self.service is not None:
            ours = SERVICE.sub(lambda _: self.service or "", ours, count=1)
        if ours != url or finding is _SERVICES_URL:
            self.found.append((_ANSWER, path, finding))
        return ours

    def task(self, text: bytes, path: Path) -> bytes:
        """A task whose own URL is the client's."""
        return self._member(text, "url", path, _OTHER_URL) if self.between_eras else text

    def page(self, text: bytes) -> bytes:
        """A list whose link to the next part is the client's; the URLs of its tasks likewise."""
        if self.between_eras:
            raws = raw_items(text)
            tasks = [self.task(raw, ("value", index)) for index, raw in enumerate(raws)]
            text = _with_items(text, raws, tasks)
        return self._member(text, "odata.nextLink", (), _NEXT_LINK)

    def _member(self, text: bytes, name: str, path: Path, finding: Finding) -> bytes:
        url = read_object(text).get(name)
        if not isinstance(url, str):
            return text
        ours = self.url(url, ("body", *path, name), finding)
        if ours == url:
            return text
        return edited(text, Edits({name: Edit(name, msgspec.json.encode(ours))}))


def _body(
    call: Call, body: bytes, api_version: str, explicit_defaults: bool, found: list[Found]
) -> bytes:
    """The body of a call for the other api-version; what changes in it is found."""
    source = call.api_version
    if call.operation is OperationId.JOB_ADD:
        mover = Mover(source, api_version, explicit_defaults, root=JOB)
        return _moved(mover, body, (), OUTER, found)
    if call.operation is OperationId.TASK_UPDATE:
        mover = Mover(source, api_version, explicit_defaults, of="part")
        return _moved(mover, body, (), OUTER, found)
    mover = Mover(source, api_version, explicit_defaults)
    if call.operation is OperationId.TASK_ADD:
        return _moved(mover, body, (), OUTER, found)
    return _items(mover, body, OUTER, found)


def _moved(mover: Mover, text: bytes, path: Path, part: str, found: list[Found]) -> bytes:
    """One object after the move."""
    try:
        moved = mover.move(text)
    except TaskError as error:
        error.part = part
        error.path = path_joined(path_text("", path), error.path)
        raise
    found += [(part, ("body", *path, *steps), finding) for steps, finding in moved.findings]
    return moved.raw


def _items(mover: Mover, body: bytes, part: str, found: list[Found]) -> bytes:
    """A collection, or a list, of tasks after the move; it keeps its bytes where they all do."""
    try:
        tasks = list(items_of(read_object(body), "value"))
    except TaskError as error:
        error.part = part
        raise
    raws = raw_items(body) if tasks else []
    moved = [_moved(mover, raw, ("value", index), part, found) for index, raw in enumerate(raws)]
    return _with_items(body, raws, moved)


def _with_items(body: bytes, before: list[bytes], after: list[bytes]) -> bytes:
    if after == before:
        return body
    return edited(body, Edits({"value": Edit("value", b"[%s]" % b",".join(after))}))


def _headers(request: HttpRequest, body: bytes, found: list[Found]) -> Headers:
    """The header fields of a request that has changed."""
    gone = {"transfer-encoding"} & {name.lower() for name in request.headers.names}
    authorization = request.headers.get("Authorization", "")
    if authorization.lower().startswith("sharedkey"):
        gone.add("authorization")
    if body != request.body:
        gone.add("content-md5")
    for name in request.headers.names:
        if name.lower() in gone:
            finding = _SIGNED if name.lower() == "authorization" else _OF_THE_OLD
            found.append((OUTER, ("headers", name), finding))
    headers = request.headers.without(*gone)
    if "Content-Length" in headers or "transfer-encoding" in gone:
        headers = headers.with_field("Content-Length", str(len(body)))
    return headers
