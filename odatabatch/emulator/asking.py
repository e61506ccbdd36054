"""What a request asks for: a batch, a work item, or one of the calls about jobs and tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote

from odatabatch.azure.addresses import OUTER, Address, location, operation_address, outer_address
from odatabatch.azure.calls import Call, OperationId, recognise
from odatabatch.azure.collection import TaskCollection
from odatabatch.azure.versions import FIRST_JOBS, LAST_BATCH, UNSEEN, is_before
from odatabatch.emulator.adding import id_in
from odatabatch.emulator.batches import batch_in
from odatabatch.emulator.faults import BATCH
from odatabatch.emulator.refusals import Refusal, refusal_of
from odatabatch.errors import TaskError, TranslationError
from odatabatch.http_message import HttpRequest

WORK_ITEM = "WorkItem_Add"
"""What adding a work item is called here: it is in no swagger."""

_BATCH_PATH = re.compile(r"/?\$batch")
_WORK_ITEMS_PATH = re.compile(r"/?workitems")
_SKIP_TOKEN = re.compile(r"(?<=[?&])(?:\$|%24)skiptoken=([^&#]*)&?", re.IGNORECASE)


class Asking(NamedTuple):
    """What a request asks for.

    Attributes:
        request: as it came in.
        operation: an operation id of the swagger, ``Batch`` or ``WorkItem_Add``.
        api_version: a public one that has it.
        outer: of a batch, its address.
        call: of all that the swagger has.
        skip_token: of a list, where its page begins; else None.
    """

    request: HttpRequest
    operation: str
    api_version: str
    outer: Address | None = None
    call: Call | None = None
    skip_token: str | None = None

    def job(self) -> str | None:
        """The id of the job, or None."""
        if self.outer is None:
            return None if self.call is None else self.call.job
        try:
            operations = batch_in(self.request).operations
            address = operation_address(operations[0], OUTER) if operations else None
        except (Refusal, TranslationError):
            return None
        return None if address is None else unquote(address.job or "")

    def tasks(self) -> Sequence[str]:
        """The ids of its tasks, as far as they can be read."""
        body, version = self.request.body, self.api_version
        found: list[str | None] = [None if self.call is None else self.call.task]
        try:
            if self.outer is not None:
                batch = batch_in(self.request)
                found = [id_in(operation.body, version) for operation in batch.operations]
            elif self.operation == OperationId.TASK_ADD_COLLECTION:
                found = [task.id for task in TaskCollection.from_json(body, version).tasks]
            elif self.operation == OperationId.TASK_ADD:
                found = [id_in(body, version)]
        except (Refusal, TaskError):
            return []
        return [task_id for task_id in found if task_id is not None]


def read_asking(request: HttpRequest) -> Asking:
    """What a request asks for.

    Raises:
        Refusal: nothing that the service has.
    """
    try:
        return _read(request)
    except TranslationError as error:
        raise refusal_of(error) from None


def _read(request: HttpRequest) -> Asking:
    at = location(request, OUTER)
    path = unquote(at.path)
    if _BATCH_PATH.fullmatch(path):
        outer = outer_address(request)
        api_version = _version(outer.api_version)
        if is_before(LAST_BATCH, api_version):
            raise Refusal("InvalidUri", ("Reason", "the api-version has no such path"))
        return Asking(request, BATCH, api_version, outer)
    if request.method == "POST" and _WORK_ITEMS_PATH.fullmatch(path):
        # Its query has what that of a batch may have, and is read as such.
        api_version = _version(
            outer_address(request.replace(target=f"/$batch?{at.query}")).api_version
        )
        if api_version != UNSEEN and not is_before(api_version, FIRST_JOBS):
            raise Refusal("InvalidUri", ("Reason", "the api-version has no such path"))
        return Asking(request, WORK_ITEM, api_version)
    # The link to a next page is the service's own; it is no parameter that a client may set.
    token = _SKIP_TOKEN.search(request.target)
    if token is None:
        call = recognise(request)
        return Asking(request, call.operation, call.api_version, call=call)
    target = request.target[: token.start()] + request.target[token.end() :]
    call = recognise(request.replace(target=target))
    if call.operation is not OperationId.TASK_LIST:
        raise Refusal("UnsupportedQueryParameter", ("QueryParameterName", "$skiptoken"))
    skip_token = unquote(token[1])
    return Asking(request, call.operation, call.api_version, call=call, skip_token=skip_token)


def _version(api_version: str | None) -> str:
    if api_version is None:
        raise Refusal("MissingRequiredQueryParameter", ("QueryParameterName", "api-version"))
    return api_version
