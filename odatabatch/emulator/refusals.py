"""What the service refuses, and the errors that it says so with.

Source: Batch Status and Error Codes; public recordings for the shape, and for the members that say
where an error lies.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from odatabatch.azure.results import ERROR_METADATA, TaskStatus
from odatabatch.azure.statuses import STATUS_OF_CODE
from odatabatch.errors import TranslationError

_TEXTS = {
    "AuthenticationFailed": "The server failed to authenticate the request. Verify that the value"
    " of *Authorization* header is formed correctly and includes the signature.",
    "ConditionNotMet": "The condition specified in the conditional header(s) was not met.",
    "InternalError": "The server encountered an internal error. Please retry the request.",
    "InvalidHeaderValue": "The value provided for one of the HTTP headers was not in the correct"
    " format.",
    "InvalidInput": "One of the request inputs is not valid.",
    "InvalidPropertyValue": "The value provided for one of the properties in the request body is"
    " invalid.",
    "InvalidQueryParameterValue": "An invalid value was specified for one of the query parameters"
    " in the request URI.",
    "InvalidRequestBody": "The specified Request Body is not syntactically valid.",
    "InvalidUri": "The requested URI does not represent any resource on the server.",
    "JobBeingDeleted": "The specified job has been marked for deletion and is being garbage"
    " collected.",
    "JobBeingTerminated": "The specified job is being terminated.",
    "JobCompleted": "The specified job is already in a completed state.",
    "JobDisabled": "The specified job is disabled.",
    "JobExists": "The specified job already exists.",
    "JobNotFound": "The specified job does not exist.",
    "MissingRequiredProperty": "A required property was not specified in the request body.",
    "MissingRequiredQueryParameter": "A required query parameter was not specified for this"
    " request.",
    "MultipleConditionHeadersNotSupported": "Multiple condition headers are not supported.",
    "OperationTimedOut": "The operation could not be completed within the permitted time.",
    "OutOfRangeQueryParameterValue": "A query parameter specified in the request URI is outside"
    " the permissible range.",
    "RequestBodyTooLarge": "The size of the request body exceeds the maximum size permitted.",
    "ServerBusy": "The server is currently unable to receive requests. Please retry your request.",
    "TaskCompleted": "The specified task is already in a completed state.",
    "TaskDependenciesNotSpecifiedOnJob": "A task was specified as depending on other tasks, but the"
    " job did not specify that it would use task dependencies.",
    "TaskDependencyListTooLong": "A task was specified as depending on other tasks, but the list of"
    " dependencies was too long to be stored.",
    "TaskExists": "The specified task already exists.",
    "TaskNotCompleted": "The specified task is not in a completed state, and the requested"
    " operation can be performed only on completed tasks.",
    "TaskNotFound": "The specified task does not exist.",
    "TaskSucceeded": "The specified task has already completed successfully, and the requested"
    " operation cannot be performed on successful tasks.",
    "UnsupportedProperty": "One of the properties specified in the request body is not supported.",
    "UnsupportedQueryParameter": "One of the query parameters specified in the request URI is not"
    " supported.",
    "UnsupportedRequestVersion": "The specified request version is not supported.",
}
_OTHER_TEXT = "The request could not be carried out."
_OF_SERVER = frozenset(("InternalError", "OperationTimedOut"))  # answered 500, as no other is

# What our errors of reading a request are to the service.
_CODE_OF_ERROR = {
    "missing_api_version": "MissingRequiredQueryParameter",
    "no_operation": "InvalidUri",
    "unknown_api_version": "InvalidQueryParameterValue",
    "unsupported_content_coding": "InvalidHeaderValue",
    "unsupported_content_type": "InvalidHeaderValue",
    "unsupported_query": "UnsupportedQueryParameter",
    "unsupported_target": "InvalidUri",
}

Values = tuple[tuple[str, str], ...]


class Refusal(Exception):
    """A request, or one task of it, that is refused. It never leaves the emulator.

    Attributes:
        code: the service's error code.
        status: the HTTP status; by default that of the code.
        values: further keys and values.
    """

    def __init__(self, code: str, *values: tuple[str, str], status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status_of(code) if status is None else status
        self.values: Values = values

    @property
    def task_status(self) -> TaskStatus:
        """What became of the task, in a collection's result."""
        return TaskStatus.CLIENT_ERROR if self.status < 500 else TaskStatus.SERVER_ERROR


def status_of(code: str) -> int:
    """The HTTP status of an error code; 400 where none is known."""
    return 500 if code in _OF_SERVER else STATUS_OF_CODE.get(code, 400)


def refusal_of(error: TranslationError) -> Refusal:
    """The refusal of a request that cannot be read."""
    code = _CODE_OF_ERROR.get(error.code, "InvalidInput")
    return Refusal(code, ("Reason", error.message))


class Identity(NamedTuple):
    """What an answer has to name: its service, its id and its time.

    Attributes:
        service: scheme and host that links begin with.
        request_id: of the answer.
        time: of the answer, ISO 8601 with seven digits of a second's fraction.
    """

    service: str
    request_id: str
    time: str

    def error(self, refusal: Refusal) -> bytes:
        """The JSON text of an error that is an answer of its own."""
        return msgspec.json.encode(
            {"odata.metadata": f"{self.service}/{ERROR_METADATA}", **self._error(refusal)}
        )

    def inner_error(self, refusal: Refusal) -> bytes:
        """The JSON text of an error in a task's result."""
        return msgspec.json.encode(self._error(refusal))

    def _error(self, refusal: Refusal) -> dict[str, object]:
        text = _TEXTS.get(refusal.code, _OTHER_TEXT)
        value = f"{text}\nRequestId:{self.request_id}\nTime:{self.time}"
        error: dict[str, object] = {
            "code": refusal.code,
            "message": {"lang": "en-US", "value": value},
        }
        if refusal.values:
            error["values"] = [{"key": key, "value": value} for key, value in refusal.values]
        return error
