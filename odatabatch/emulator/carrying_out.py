"""The table of the calls that are no batch: which function carries out which."""

from __future__ import annotations

from collections.abc import Callable

from odatabatch.azure.calls import OperationId
from odatabatch.emulator import job_calls, task_calls
from odatabatch.emulator.checks import check_body
from odatabatch.emulator.errands import Errand
from odatabatch.emulator.faults import JOB_DELETE, JOB_GET
from odatabatch.emulator.replies import Reply
from odatabatch.emulator.task_collections import add_collection

CALLS: dict[str, Callable[[Errand], Reply]] = {
    JOB_DELETE: job_calls.delete_job,
    JOB_GET: job_calls.get_job,
    OperationId.JOB_ADD: job_calls.add_job,
    OperationId.TASK_ADD: task_calls.add,
    OperationId.TASK_ADD_COLLECTION: add_collection,
    OperationId.TASK_DELETE: task_calls.delete,
    OperationId.TASK_GET: task_calls.get,
    OperationId.TASK_LIST: task_calls.list_tasks,
    OperationId.TASK_LIST_SUBTASKS: task_calls.list_subtasks,
    OperationId.TASK_REACTIVATE: task_calls.reactivate,
    OperationId.TASK_TERMINATE: task_calls.terminate,
    OperationId.TASK_UPDATE: task_calls.update,
}
"""By their operation ids."""


def carry_out(errand: Errand) -> Reply:
    """The answer to a call that is no batch.

    Raises:
        Refusal: it is refused.
    """
    if errand.request.body:
        check_body(errand.request)
    return CALLS[errand.asking.operation](errand)
