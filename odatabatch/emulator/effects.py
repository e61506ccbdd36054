"""What faults do to a request: to its work, to its answer, and to how that is sent."""

from __future__ import annotations

from collections.abc import Callable

from odatabatch.emulator.adding import Failing, Work
from odatabatch.emulator.faults import (
    OF_SEVERAL,
    AnyFault,
    Cut,
    FailRequest,
    FailTasks,
    Hang,
    Slow,
    first_of,
    fits,
)
from odatabatch.emulator.refusals import Identity, Refusal
from odatabatch.emulator.replies import Reply, refused
from odatabatch.emulator.sending import Answer, cut_short, held, slowed

Struck = tuple[AnyFault, ...]
"""The faults that strike a request, in the order of their script."""

# What a fault without a code says. Source: Batch Status and Error Codes.
_CODE_OF_STATUS = {
    400: "InvalidInput",
    403: "AuthenticationFailed",
    404: "JobNotFound",
    409: "TaskExists",
    412: "ConditionNotMet",
    413: "RequestBodyTooLarge",
    500: "InternalError",
    503: "ServerBusy",
}


def work_of(struck: Struck, operation: str) -> Work | None:
    """How much of a request is carried out; None where that is nothing."""
    ending = _ending(struck)
    part = "all" if ending is None else ending.work
    if part == "none" or (part == "half" and operation not in OF_SEVERAL):
        return None
    return Work(part == "half", _failing(struck))


def replied(reply: Reply, struck: Struck, identity: Identity) -> Reply:
    """The answer, or the error that a fault puts in its place."""
    fault = _ending(struck)
    if not isinstance(fault, FailRequest):
        return reply
    code = _CODE_OF_STATUS.get(fault.status) if fault.code is None else fault.code
    reply = Reply(fault.status)
    if code is not None:
        reply = refused(Refusal(code, status=fault.status), identity)
    if fault.retry_after_s is not None:
        reply = reply._replace(fields=(*reply.fields, ("Retry-After", str(fault.retry_after_s))))
    return reply


def sent(answer: Answer, struck: Struck) -> Answer:
    """The answer as the faults let it go out."""
    slow = first_of(struck, Slow)
    if slow is not None:
        answer = slowed(answer, slow.chunk_bytes, slow.pause_s)
    ending = _ending(struck)
    if isinstance(ending, Hang):
        return held(answer.response, ending.seconds)
    return cut_short(answer, ending.body_bytes) if isinstance(ending, Cut) else answer


def _ending(struck: Struck) -> FailRequest | Hang | Cut | None:
    """The fault that says how the request ends: of several the first."""
    found: FailRequest | Hang | Cut | None = first_of(struck, FailRequest | Hang | Cut)
    return found


def _failing(struck: Struck) -> Callable[[str], Failing | None]:
    """What becomes of each task."""
    faults = [fault for fault in struck if isinstance(fault, FailTasks)]
    met = [0] * len(faults)

    def failing(task_id: str) -> Failing | None:
        found = None
        for at, fault in enumerate(faults):
            if fits(fault.task, task_id):
                met[at] += 1
                if found is None and met[at] % fault.each == 0:
                    found = Failing(Refusal(fault.code), fault.added)
        return found

    return failing
