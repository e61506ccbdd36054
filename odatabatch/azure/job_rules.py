"""What changed in a job from one api-version to the next, beside what it shares with a task.

What stands in tasks and in jobs alike, such as a resource file, has its rows in ``task_rules``.
Source: azure-batch, whose releases speak one api-version each, their models and changelogs; the
swagger of 2015-12-01.2.2; before it, public recordings.
"""

from __future__ import annotations

from odatabatch.azure.rule import (
    CHANGELOG,
    INFINITE,
    MODELS,
    SWAGGER,
    TRAFFIC,
    VERSIONING,
    Rule,
    added,
)
from odatabatch.azure.schema import JOB

_POOL = "PoolSpecification"
_VM = "VirtualMachineConfiguration"
_NETWORK = "JobNetworkConfiguration"
_OF_THE_POOL = ("JobManagerTask", "JobPreparationTask", "JobReleaseTask", "StartTask")
_OTHER_CASE = "the documents spell it in another case; the service takes any"
_RETIRED = f"{CHANGELOG}, 15.1.0"


def _gone(
    owner: str, member: str, since: str, detail: str, source: str = MODELS, was: str = ""
) -> Rule:
    return Rule("removed", owner, member, since, "lost", None, detail, source, was)


def _renamed(owner: str, since: str, was: str, now: str) -> Rule:
    detail = "the same member"
    return Rule("renamed", owner, now, since, "exact", "exact", detail, MODELS, was, now)


def _respelled(owner: str, member: str, *words: str) -> Rule:
    return Rule(
        "respelled", owner, member, "2017-09-01.6.0", "exact", "exact", _OTHER_CASE, MODELS,
        words=words,
    )  # fmt: skip


JOB_RULES: tuple[Rule, ...] = (
    added(JOB, "usesTaskDependencies", "2015-12-01.2.2", f"{SWAGGER}; {TRAFFIC}", was="false"),
    *(
        Rule(
            "seen", _POOL, member, "2015-12-01.2.2", "conditional", "conditional",
            "nobody has seen it in a request of an older version", TRAFFIC,
        )
        for member in ("displayName", "applicationPackageReferences")
    ),
    *(
        _gone(
            _POOL, member, "2016-02-01.3.0",
            f"it became cloudServiceConfiguration.{member}, which is left to the caller: newer "
            "versions ask for a cloudServiceConfiguration or a virtualMachineConfiguration",
            f"{SWAGGER}; {TRAFFIC}",
        )
        for member in ("osFamily", "targetOSVersion")
    ),
    added(_POOL, "cloudServiceConfiguration", "2016-02-01.3.0", f"{SWAGGER}; {TRAFFIC}"),
    added(_POOL, "virtualMachineConfiguration", "2016-02-01.3.0", f"{SWAGGER}; {MODELS}"),
    added(JOB, "onAllTasksComplete", "2016-07-01.3.1", MODELS, was='"noaction"'),
    added(JOB, "onTaskFailure", "2016-07-01.3.1", MODELS, was='"noaction"'),
    added("JobManagerTask", "applicationPackageReferences", "2016-07-01.3.1", MODELS),
    added(_POOL, "networkConfiguration", "2016-07-01.3.1", MODELS),
    *(
        Rule(
            "replaced", owner, "runElevated", "2017-01-01.4.0", "conditional", "conditional",
            "as in a task", f"{VERSIONING}; {MODELS}",
            was="runElevated", now="userIdentity",
        )
        for owner in _OF_THE_POOL
    ),
    added("JobManagerTask", "authenticationTokenSettings", "2017-01-01.4.0", MODELS),
    added(_POOL, "userAccounts", "2017-01-01.4.0", MODELS),
    added("JobManagerTask", "outputFiles", "2017-05-01.5.0", MODELS),
    added("JobManagerTask", "allowLowPriorityNode", "2017-05-01.5.0", MODELS),
    _renamed(_POOL, "2017-05-01.5.0", "targetDedicated", "targetDedicatedNodes"),
    added(_POOL, "targetLowPriorityNodes", "2017-05-01.5.0", MODELS, was="0"),
    added(_POOL, "applicationLicenses", "2017-05-01.5.0", MODELS),
    added("UserAccount", "linuxUserConfiguration", "2017-05-01.5.0", MODELS),
    _gone(
        "UserAccount", "sshPrivateKey", "2017-05-01.5.0",
        "it became linuxUserConfiguration.sshPrivateKey, which is left to the caller",
    ),
    _respelled(JOB, "onAllTasksComplete", "noAction", "terminateJob"),
    _respelled(JOB, "onTaskFailure", "noAction", "performExitOptionsJobAction"),
    _respelled("UserAccount", "elevationLevel", "nonAdmin", "admin"),
    *(added(owner, "containerSettings", "2017-09-01.6.0", MODELS) for owner in _OF_THE_POOL),
    added(_VM, "containerConfiguration", "2017-09-01.6.0", MODELS),
    _renamed("CloudServiceConfiguration", "2018-12-01.8.0", "targetOSVersion", "osVersion"),
    _gone(
        "CloudServiceConfiguration", "currentOSVersion", "2018-12-01.8.0",
        "the service tells it, requests do not", f"{CHANGELOG}, 6.0.0",
    ),
    added(JOB, "networkConfiguration", "2018-12-01.8.0", MODELS),
    added("UserAccount", "windowsUserConfiguration", "2018-12-01.8.0", MODELS),
    Rule(
        "default", "JobReleaseTask", "retentionTime", "2018-12-01.8.0", "exact", "exact",
        "how long a task's directory is kept: it was without end, and is 7 days",
        f"{CHANGELOG}, 6.0.0", was=INFINITE, now="P7D",
    ),
    added(_POOL, "mountConfiguration", "2019-08-01.10.0", MODELS),
    added(
        "JobManagerTask", "requiredSlots", "2020-09-01.12.0", MODELS,
        "older versions give each task one slot", "1",
    ),
    _renamed(_POOL, "2020-09-01.12.0", "maxTasksPerNode", "taskSlotsPerNode"),
    added(JOB, "maxParallelTasks", "2021-06-01.14.0", MODELS, was="-1"),
    added(JOB, "allowTaskPreemption", "2022-01-01.15.0", MODELS, was="false"),
    added(_POOL, "targetNodeCommunicationMode", "2022-10-01.16.0", MODELS, was='"default"'),
    added(_POOL, "resourceTags", "2023-11-01.18.0", MODELS),
    added(_POOL, "upgradePolicy", "2024-02-01.19.0", MODELS),
    _gone(
        _POOL, "cloudServiceConfiguration", "2024-07-01.20.0",
        "pools are made of virtual machines", f"{MODELS}, 15.0.0b2",
    ),
    _gone(
        _POOL, "applicationLicenses", "2024-07-01.20.0",
        "newer versions have no such member", f"{MODELS}, 15.0.0b2",
    ),
    added(_NETWORK, "skipWithdrawFromVNet", "2024-07-01.20.0", MODELS, was="false"),
    # The one version whose model asks for it says in the same sentence that it defaults to false:
    # written out, it is right for either.
    Rule(
        "required", _NETWORK, "skipWithdrawFromVNet", "2024-07-01.20.0", "exact", "exact",
        "its absence means false", f"{MODELS}, 15.0.0b2", was="false",
    ),
    _gone(
        "JobManagerTask", "authenticationTokenSettings", "2025-06-01",
        "a task gets no token any more; it signs in as an identity of its pool", _RETIRED,
    ),
    *(
        _gone(_POOL, member, "2025-06-01", "newer versions have no such member", _RETIRED, was)
        for member, was in (
            ("certificateReferences", ""),
            ("targetNodeCommunicationMode", '"default"'),
            ("resourceTags", ""),
        )
    ),
    Rule(
        "optional", _NETWORK, "skipWithdrawFromVNet", "2025-06-01", "exact", "exact",
        "its absence means false", f"{MODELS}, 15.1.0", was="false",
    ),
)  # fmt: skip
"""Every change, by version."""
