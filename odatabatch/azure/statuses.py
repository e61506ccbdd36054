"""HTTP statuses of the service: the one that an error's code stands for, and their reasons."""

from __future__ import annotations

# Source: Batch Status and Error Codes (2017-03 and 2018-09), and public recordings.
_CODES_OF_STATUS = {
    403: "AccountIsDisabled AuthenticationFailed Forbidden IOError"
    " InsufficientAccountPermissions TVMCurrentOperationUnsupported",
    404: "ApplicationNotFound CertificateNotFound FileNotFound JobNotFound"
    " JobPreparationTaskNotRunOnNode JobReleaseTaskNotRunOnNode JobScheduleNotFound"
    " NodeAgentSKUNotFound NodeNotFound NodeUserNotFound PoolNotFound ResourceNotFound"
    " TVMUserNotFound TaskNotFound",
    405: "UnsupportedHttpVerb",
    409: "ActiveJobAndScheduleQuotaReached CertificateBeingDeleted CertificateExists"
    " CertificateStateActive InvalidApplicationPackageReferences JobBeingDeleted"
    " JobBeingTerminated JobCompleted JobDisabled JobExists JobNotActive"
    " JobPreparationTaskNotSpecified JobPreparationTaskOrReleaseTaskNotSpecified"
    " JobReleaseTaskNotSpecified JobScheduleBeingDeleted JobScheduleBeingTerminated"
    " JobScheduleCompleted JobScheduleDisabled JobScheduleExists"
    " JobScheduleWithSameIdExists JobWithSameIdExists NodeAlreadyInTargetSchedulingState"
    " NodeBeingCreated NodeBeingRebooted NodeBeingReimaged NodeBeingStarted"
    " NodeStateUnusable NodeUserExists OperationInvalidForCurrentState"
    " OperationNotValidOnNode OperationNotValidOnPool PoolBeingCreated PoolBeingDeleted"
    " PoolBeingResized PoolExists PoolQuotaReached TVMUserExists TaskCompleted TaskExists"
    " TaskFilesCleanedup TaskFilesUnavailable TaskIdSameAsJobPreparationTask"
    " TaskIdSameAsJobReleaseTask TaskNotCompleted TaskSucceeded UpgradePoolVersionConflict"
    " WorkItemBeingDeleted",
    411: "MissingContentLengthHeader",
    412: "ConditionNotMet",
    413: "RequestBodyTooLarge",
    416: "InvalidRange",
    503: "ServerBusy TooManyEnableAutoScaleRequests",
}
STATUS_OF_CODE = {
    code: status for status, codes in _CODES_OF_STATUS.items() for code in codes.split()
}
"""Where that is not 400 for an error of the client, and 500 for one of the server."""

REASONS = {
    201: "Created",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    416: "Range Not Satisfiable",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""Source: RFC 9110 §15."""
