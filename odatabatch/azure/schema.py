"""What a task and a job are made of: the members of all api-versions, by their newest names.

``task_rules`` and ``job_rules`` hold what changed from version to version; ``rules.schema_of`` puts
these and the members together.

Source: the Batch service's swagger, 2015-12-01.2.2 to 2023-11-01.18.0, and the models of
azure-batch 14.2.0 (2024-02-01.19.0) to 15.1.0 (2025-06-01); before them, public recordings. Of a
job the models of azure-batch, 0.30.0rc2 (2016-02-01.3.0) to 15.1.0.

Of a job's pool the types are here that rules reach. ``ANY`` is a value of which nothing is said
here, and a type in ``OPEN`` has more members than are said: what nobody describes is left as it is,
and is no unknown member.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["string", "duration", "int32", "boolean", "object", "array"]
"""What a value is: ``duration`` is a string (ISO 8601), ``int32`` a whole number."""


class Member(NamedTuple):
    """One member of an object.

    Attributes:
        kind: what its value is.
        of: the type of an object, or of an array's items: a key of ``TYPES``, ``string`` or ``ANY``
            (a type of which nothing is said).
        required: whether an object without it is refused.
        words: the values that a string may have, as the documents spell them; the service reads
            them in any case. Empty where any text will do.
        longest: characters that a string may have, or None.
        least: the smallest number, or None where int32 is the only bound. (For counts it is taken
            for granted: their default is 1.)
    """

    kind: Kind
    of: str = ""
    required: bool = False
    words: tuple[str, ...] = ()
    longest: int | None = None
    least: int | None = None


TASK = "Task"
"""The type of a task in ``TYPES``."""

JOB = "Job"
"""That of a job."""

ANY = "any"
"""What an object is, or an array's items are, of which nothing is said here."""

OPEN = frozenset(("VirtualMachineConfiguration", "ContainerConfiguration"))
"""Types with more members than are here."""

_STRING = Member("string")
_REQUIRED = Member("string", required=True)
_DURATION = Member("duration")
_INT32 = Member("int32")
_REQUIRED_INT32 = Member("int32", required=True)
_BOOLEAN = Member("boolean")
_STRINGS = Member("array", "string")
_EXIT_OPTIONS = Member("object", "ExitOptions")
_IDENTITY = Member("object", "ComputeNodeIdentityReference")
_OPAQUE = Member("object", ANY)
_OPAQUES = Member("array", ANY)
# Members of each task that a job or its pool has.
_OF_TASKS = {
    "commandLine": _REQUIRED,
    "containerSettings": Member("object", "TaskContainerSettings"),
    "resourceFiles": Member("array", "ResourceFile"),
    "environmentSettings": Member("array", "EnvironmentSetting"),
    "runElevated": _BOOLEAN,
    "userIdentity": Member("object", "UserIdentity"),
}

TYPES: dict[str, dict[str, Member]] = {
    TASK: {
        "id": Member("string", required=True),
        "displayName": Member("string", longest=1024),
        "commandLine": _REQUIRED,
        "containerSettings": Member("object", "TaskContainerSettings"),
        "exitConditions": Member("object", "ExitConditions"),
        "resourceFiles": Member("array", "ResourceFile"),
        "outputFiles": Member("array", "OutputFile"),
        "environmentSettings": Member("array", "EnvironmentSetting"),
        "affinityInfo": Member("object", "AffinityInformation"),
        "constraints": Member("object", "TaskConstraints"),
        "requiredSlots": Member("int32", least=1),
        "runElevated": _BOOLEAN,
        "userIdentity": Member("object", "UserIdentity"),
        "multiInstanceSettings": Member("object", "MultiInstanceSettings"),
        "dependsOn": Member("object", "TaskDependencies"),
        "applicationPackageReferences": Member("array", "ApplicationPackageReference"),
        "authenticationTokenSettings": Member("object", "AuthenticationTokenSettings"),
    },
    "ResourceFile": {
        "autoStorageContainerName": _STRING,
        "storageContainerUrl": _STRING,
        "httpUrl": _STRING,
        "blobPrefix": _STRING,
        "filePath": _STRING,
        "fileMode": _STRING,
        "identityReference": _IDENTITY,
    },
    "EnvironmentSetting": {"name": _REQUIRED, "value": _STRING},
    "AffinityInformation": {"affinityId": _REQUIRED},
    "TaskConstraints": {
        "maxWallClockTime": _DURATION,
        "retentionTime": _DURATION,
        "maxTaskRetryCount": Member("int32", least=-1),
    },
    "UserIdentity": {"username": _STRING, "autoUser": Member("object", "AutoUserSpecification")},
    "AutoUserSpecification": {
        "scope": Member("string", words=("task", "pool")),
        "elevationLevel": Member("string", words=("nonadmin", "admin")),
    },
    "MultiInstanceSettings": {
        "numberOfInstances": Member("int32", least=1),
        "coordinationCommandLine": _REQUIRED,
        "commonResourceFiles": Member("array", "ResourceFile"),
    },
    "TaskDependencies": {"taskIds": _STRINGS, "taskIdRanges": Member("array", "TaskIdRange")},
    "TaskIdRange": {"start": _REQUIRED_INT32, "end": _REQUIRED_INT32},
    "ExitConditions": {
        "exitCodes": Member("array", "ExitCodeMapping"),
        "exitCodeRanges": Member("array", "ExitCodeRangeMapping"),
        "preProcessingError": _EXIT_OPTIONS,
        "fileUploadError": _EXIT_OPTIONS,
        "default": _EXIT_OPTIONS,
    },
    "ExitCodeMapping": {
        "code": _REQUIRED_INT32,
        "exitOptions": _EXIT_OPTIONS._replace(required=True),
    },
    "ExitCodeRangeMapping": {
        "start": _REQUIRED_INT32,
        "end": _REQUIRED_INT32,
        "exitOptions": _EXIT_OPTIONS._replace(required=True),
    },
    "ExitOptions": {
        "jobAction": Member("string", words=("none", "disable", "terminate")),
        "dependencyAction": Member("string", words=("satisfy", "block")),
    },
    "ApplicationPackageReference": {"applicationId": _REQUIRED, "version": _STRING},
    "AuthenticationTokenSettings": {"access": Member("array", "string", words=("job",))},
    "OutputFile": {
        "filePattern": _REQUIRED,
        "destination": Member("object", "OutputFileDestination", required=True),
        "uploadOptions": Member("object", "OutputFileUploadOptions", required=True),
    },
    "OutputFileDestination": {"container": Member("object", "OutputFileBlobContainerDestination")},
    "OutputFileBlobContainerDestination": {
        "path": _STRING,
        "containerUrl": _REQUIRED,
        "identityReference": _IDENTITY,
        "uploadHeaders": Member("array", "HttpHeader"),
    },
    "HttpHeader": {"name": _REQUIRED, "value": _STRING},
    "OutputFileUploadOptions": {
        "uploadCondition": Member(
            "string", required=True, words=("tasksuccess", "taskfailure", "taskcompletion")
        ),
    },
    "TaskContainerSettings": {
        "containerRunOptions": _STRING,
        "imageName": _REQUIRED,
        "registry": Member("object", "ContainerRegistry"),
        "workingDirectory": Member(
            "string", words=("taskWorkingDirectory", "containerImageDefault")
        ),
        "containerHostBatchBindMounts": Member("array", "ContainerHostBatchBindMountEntry"),
    },
    "ContainerRegistry": {
        "registryServer": _STRING,
        "username": _STRING,
        "password": _STRING,
        "identityReference": _IDENTITY,
    },
    "ContainerHostBatchBindMountEntry": {
        "source": Member(
            "string",
            words=("Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications"),
        ),
        "isReadOnly": _BOOLEAN,
    },
    "ComputeNodeIdentityReference": {"resourceId": _STRING},
    JOB: {
        "id": _REQUIRED,
        "displayName": Member("string", longest=1024),
        "usesTaskDependencies": _BOOLEAN,
        "priority": _INT32,
        "maxParallelTasks": Member("int32", least=-1),
        "allowTaskPreemption": _BOOLEAN,
        "constraints": Member("object", "JobConstraints"),
        "jobManagerTask": Member("object", "JobManagerTask"),
        "jobPreparationTask": Member("object", "JobPreparationTask"),
        "jobReleaseTask": Member("object", "JobReleaseTask"),
        "commonEnvironmentSettings": Member("array", "EnvironmentSetting"),
        "poolInfo": Member("object", "PoolInformation", required=True),
        "onAllTasksComplete": Member("string", words=("noaction", "terminatejob")),
        "onTaskFailure": Member("string", words=("noaction", "performexitoptionsjobaction")),
        "networkConfiguration": Member("object", "JobNetworkConfiguration"),
        "metadata": Member("array", "MetadataItem"),
    },
    "JobConstraints": {
        "maxWallClockTime": _DURATION,
        "maxTaskRetryCount": Member("int32", least=-1),
    },
    "JobManagerTask": {
        "id": _REQUIRED,
        "displayName": Member("string", longest=1024),
        **_OF_TASKS,
        "outputFiles": Member("array", "OutputFile"),
        "constraints": Member("object", "TaskConstraints"),
        "requiredSlots": Member("int32", least=1),
        "killJobOnCompletion": _BOOLEAN,
        "runExclusive": _BOOLEAN,
        "applicationPackageReferences": Member("array", "ApplicationPackageReference"),
        "authenticationTokenSettings": Member("object", "AuthenticationTokenSettings"),
        "allowLowPriorityNode": _BOOLEAN,
    },
    "JobPreparationTask": {
        "id": _STRING,
        **_OF_TASKS,
        "constraints": Member("object", "TaskConstraints"),
        "waitForSuccess": _BOOLEAN,
        "rerunOnNodeRebootAfterSuccess": _BOOLEAN,
    },
    "JobReleaseTask": {
        "id": _STRING,
        **_OF_TASKS,
        "maxWallClockTime": _DURATION,
        "retentionTime": _DURATION,
    },
    "JobNetworkConfiguration": {"subnetId": _REQUIRED, "skipWithdrawFromVNet": _BOOLEAN},
    "MetadataItem": {"name": _REQUIRED, "value": _REQUIRED},
    "PoolInformation": {
        "poolId": _STRING,
        "autoPoolSpecification": Member("object", "AutoPoolSpecification"),
    },
    "AutoPoolSpecification": {
        "autoPoolIdPrefix": _STRING,
        "poolLifetimeOption": _REQUIRED,
        "keepAlive": _BOOLEAN,
        "pool": Member("object", "PoolSpecification"),
    },
    "PoolSpecification": {
        "displayName": Member("string", longest=1024),
        "vmSize": _REQUIRED,
        "osFamily": _STRING,
        "targetOSVersion": _STRING,
        "cloudServiceConfiguration": Member("object", "CloudServiceConfiguration"),
        "virtualMachineConfiguration": Member("object", "VirtualMachineConfiguration"),
        "taskSlotsPerNode": _INT32,
        "taskSchedulingPolicy": _OPAQUE,
        "resizeTimeout": _DURATION,
        "resourceTags": _OPAQUE,
        "targetDedicatedNodes": _INT32,
        "targetLowPriorityNodes": _INT32,
        "enableAutoScale": _BOOLEAN,
        "autoScaleFormula": _STRING,
        "autoScaleEvaluationInterval": _DURATION,
        "enableInterNodeCommunication": _BOOLEAN,
        "networkConfiguration": _OPAQUE,
        "startTask": Member("object", "StartTask"),
        "certificateReferences": _OPAQUES,
        "applicationPackageReferences": Member("array", "ApplicationPackageReference"),
        "applicationLicenses": _STRINGS,
        "userAccounts": Member("array", "UserAccount"),
        "metadata": Member("array", "MetadataItem"),
        "mountConfiguration": _OPAQUES,
        "targetNodeCommunicationMode": _STRING,
        "upgradePolicy": _OPAQUE,
    },
    "CloudServiceConfiguration": {
        "osFamily": _REQUIRED,
        "osVersion": _STRING,
        "currentOSVersion": _STRING,
    },
    "VirtualMachineConfiguration": {
        "containerConfiguration": Member("object", "ContainerConfiguration"),
    },
    "ContainerConfiguration": {"containerRegistries": Member("array", "ContainerRegistry")},
    "StartTask": {**_OF_TASKS, "maxTaskRetryCount": _INT32, "waitForSuccess": _BOOLEAN},
    "UserAccount": {
        "name": _REQUIRED,
        "password": _REQUIRED,
        "elevationLevel": Member("string", words=("nonadmin", "admin")),
        "sshPrivateKey": _STRING,
        "linuxUserConfiguration": _OPAQUE,
        "windowsUserConfiguration": _OPAQUE,
    },
}
"""The members of each type in the order of the newest documents, those that are gone included."""


def paths_of(owner: str, root: str = TASK) -> tuple[str, ...]:
    """Where objects of a type stand in a task, such as ``resourceFiles[]``; the task is ``""``.

    Args:
        owner: the type.
        root: ``TASK`` or ``JOB``.
    """
    return tuple(path for path, kind in _walk("", root) if kind == owner)


def _walk(path: str, owner: str) -> list[tuple[str, str]]:
    found = [(path, owner)]
    for name, member in TYPES[owner].items():
        if member.of in TYPES:
            item = "[]" if member.kind == "array" else ""
            found += _walk(f"{path}.{name}{item}" if path else f"{name}{item}", member.of)
    return found
