"""What a request asks for: a batch, a work item, or one of the calls about jobs and tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar
from urllib.parse import unquote

from odatabatch.azure.addresses import OUTER, Address, location, operation_address, outer_address
from odatabatch.azure.calls import Call, OperationId, recognise
from odatabatch.azure.collection import TaskCollection
from odatabatch.azure.versions import FIRST_JOBS, LAST_BATCH, UNSEEN, is_before
from odatabatch.emulator.adding import id_in
from odatabatch.emulator.batches import batch_in
from odatabatch.emulator.checks import unreadable
from odatabatch.emulator.faults import BATCH, JOB_DELETE, JOB_GET
from odatabatch.emulator.refusals import Refusal, refusal_of
from odatabatch.errors import TaskError, TranslationError
from odatabatch.http_message import HttpRequest
from odatabatch.model import Batch

WORK_ITEM_ADD = "WorkItem_Add"
"""What adding a work item is called here: it is in no swagger."""

Carried = TypeVar("Carried")

_BATCH_PATH = re.compile(r"/?\$batch")
_WORK_ITEMS_PATH = re.compile(r"/?workitems")
_JOB_PATH = re.compile(r"/?(?:workitems/[^/]+/)?jobs/[^/]+")
_JOB_CALLS = {"GET": JOB_GET, "DELETE": JOB_DELETE}


class Asking:
    """What a request asks for. What its body carries is read when it is asked for, and once.

    Args:
        request: as it came in.
        operation: an operation id of the swagger, ``Batch`` or ``WorkItem_Add``.
        api_version: a public one that has it.
        outer: of a batch, its address.
        call: of all that the swagger has, the ids and the query.
    """

    def __init__(
        self,
        request: HttpRequest,
        operation: str,
        api_version: str,
        outer: Address | None = None,
        call: Call | None = None,
    ) -> None:
        self.request = request
        self.operation = operation
        self.api_version = api_version
        self.outer = outer
        self.call = call

    def batch(self) -> Batch:
        """The batch that it carries.

        Raises:
            Refusal: there is none, or it breaks a rule.
        """
        return _given(self._batch)

    def collection(self) -> TaskCollection:
        """The collection that it carries.

        Raises:
            Refusal: it cannot be read.
        """
        return _given(self._collection)

    @cached_property
    def job(self) -> str | None:
        """The id of the job; None where there is none, or it cannot be read."""
        if self.outer is None:
            return None if self.call is None else self.call.job
        try:
            operations = self.batch().operations
            address = operation_address(operations[0], OUTER) if operations else None
        except (Refusal, TranslationError):
            return None
        return None if address is None else unquote(address.job or "")

    @cached_property
    def tasks(self) -> Sequence[str]:
        """The ids of its tasks, as far as they can be read."""
        body, version = self.request.body, self.api_version
        found: list[str | None] = [None if self.call is None else self.call.task]
        try:
            if self.outer is not None:
                found = [id_in(operation.body, version) for operation in self.batch().operations]
            elif self.operation == OperationId.TASK_ADD_COLLECTION:
                found = [task.id for task in self.collection().tasks]
            elif self.operation == OperationId.TASK_ADD:
                found = [id_in(body, version)]
        except Refusal:
            return []
        return [task_id for task_id in found if task_id is not None]

    @cached_property
    def _batch(self) -> Batch | Refusal:
        try:
            return batch_in(self.request)
        except Refusal as refusal:
            return refusal

    @cached_property
    def _collection(self) -> TaskCollection | Refusal:
        try:
            return TaskCollection.from_json(self.request.body, self.api_version)
        except TaskError as error:
            return unreadable(error)


def _given(carried: Carried | Refusal) -> Carried:
    if isinstance(carried, Refusal):
        raise carried
    return carried


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
        return Asking(request, WORK_ITEM_ADD, api_version)
    if request.method in _JOB_CALLS and _JOB_PATH.fullmatch(at.path):
        # The parameters are those of the same call about a task, and it is read as such.
        path, mark, query = request.target.partition("?")
        call = recognise(request.replace(target=f"{path}/tasks/_{mark}{query}"))
        operation = _JOB_CALLS[request.method]
        return Asking(request, operation, call.api_version, call=call._replace(task=None))
    call = recognise(request)
    return Asking(request, call.operation, call.api_version, call=call)


def _version(api_version: str | None) -> str:
    if api_version is None:
        raise Refusal("MissingRequiredQueryParameter", ("QueryParameterName", "api-version"))
    return api_version
