"""What changed in a task from one api-version to the next: one row a change.

A row says from which version on something holds, and what becomes of what crosses that version
forward (to a newer one) or backward. What concerns jobs alone has its rows in ``job_rules``.
"""

from __future__ import annotations

from odatabatch.azure.rule import INFINITE, SWAGGER, TRAFFIC, VERSIONING, Rule, added
from odatabatch.azure.schema import TASK

_PAGE_2017 = "Add a collection of tasks to a job (2017)"

RULES: tuple[Rule, ...] = (
    Rule(
        "renamed", TASK, "id", "2015-06-01.2.0", "exact", "exact",
        "the same member", TRAFFIC, was="name", now="id",
    ),
    Rule(
        "renamed", TASK, "constraints", "2015-06-01.2.0", "exact", "exact",
        "the same member", TRAFFIC, was="taskConstraints", now="constraints",
    ),
    added(TASK, "multiInstanceSettings", "2015-11-01.2.1", f"{VERSIONING}; {TRAFFIC}"),
    Rule(
        "seen", TASK, "displayName", "2015-12-01.2.2", "conditional", "conditional",
        "nobody has seen it in a request of an older version", TRAFFIC,
    ),
    added(TASK, "dependsOn", "2015-12-01.2.2", f"{VERSIONING}; {SWAGGER}"),
    added("ResourceFile", "fileMode", "2016-02-01.3.0", f"{VERSIONING}; {SWAGGER}"),
    added(TASK, "exitConditions", "2016-07-01.3.1", f"{VERSIONING}; {SWAGGER}"),
    added(TASK, "applicationPackageReferences", "2016-07-01.3.1", f"{VERSIONING}; {SWAGGER}"),
    Rule(
        "required", "ResourceFile", "httpUrl", "2016-07-01.3.1", "lost", "exact",
        "the documents always asked for it, the swagger does from here on", SWAGGER,
    ),
    Rule(
        "required", "ResourceFile", "filePath", "2016-07-01.3.1", "lost", "exact",
        "the documents always asked for it, the swagger does from here on", SWAGGER,
    ),
    Rule(
        "required", "EnvironmentSetting", "name", "2016-07-01.3.1", "lost", "exact",
        "the documents always asked for it, the swagger does from here on", SWAGGER,
    ),
    Rule(
        "required", "AffinityInformation", "affinityId", "2016-07-01.3.1", "lost", "exact",
        "the documents always asked for it, the swagger does from here on", SWAGGER,
    ),
    Rule(
        "replaced", TASK, "runElevated", "2017-01-01.4.0", "conditional", "conditional",
        "true became userIdentity.autoUser.elevationLevel admin, and requests with runElevated are "
        "refused; false or absent became no userIdentity, a user without administrator's rights. "
        "Whose user it is, which is the autoUser's scope, runElevated does not say",
        f"{VERSIONING}; {SWAGGER}; azure-batch changelog, 8.0.0",
        was="runElevated", now="userIdentity",
    ),
    added("ExitOptions", "dependencyAction", "2017-01-01.4.0"),
    added(TASK, "authenticationTokenSettings", "2017-01-01.4.0"),
    Rule(
        "renamed", "ExitConditions", "preProcessingError", "2017-05-01.5.0", "exact", "exact",
        "the same member", f"{VERSIONING}; {SWAGGER}",
        was="schedulingError", now="preProcessingError",
    ),
    added("ExitConditions", "fileUploadError", "2017-05-01.5.0"),
    added(TASK, "outputFiles", "2017-05-01.5.0"),
    Rule(
        "respelled", "AutoUserSpecification", "elevationLevel", "2017-09-01.6.0", "exact", "exact",
        "the documents spell it in another case; the service takes any", f"{SWAGGER}; {TRAFFIC}",
        words=("nonAdmin", "admin"),
    ),
    Rule(
        "respelled", "OutputFileUploadOptions", "uploadCondition", "2017-09-01.6.0",
        "exact", "exact",
        "the documents spell it in another case; the service takes any", f"{SWAGGER}; {TRAFFIC}",
        words=("taskSuccess", "taskFailure", "taskCompletion"),
    ),
    Rule(
        "required", "MultiInstanceSettings", "coordinationCommandLine", "2017-09-01.6.0",
        "lost", "exact",
        "there is no value that is safe to invent", f"{VERSIONING}; {SWAGGER}",
    ),
    Rule(
        "optional", "MultiInstanceSettings", "numberOfInstances", "2017-09-01.6.0",
        "exact", "exact",
        "its absence means 1", f"{VERSIONING}; {SWAGGER}", was="1",
    ),
    added(TASK, "containerSettings", "2017-09-01.6.0"),
    Rule(
        "renamed", "ResourceFile", "httpUrl", "2018-12-01.8.0", "exact", "conditional",
        "the same member, where the URL is that of a blob in Azure Storage: older versions take "
        "no other", SWAGGER, was="blobSource", now="httpUrl",
    ),
    Rule(
        "optional", "ResourceFile", "httpUrl", "2018-12-01.8.0", "exact", "lost",
        "older versions know no other source of a file", SWAGGER,
    ),
    Rule(
        "optional", "ResourceFile", "filePath", "2018-12-01.8.0", "exact", "lost",
        "older versions do not do without", SWAGGER,
    ),
    added("ResourceFile", "storageContainerUrl", "2018-12-01.8.0"),
    added("ResourceFile", "autoStorageContainerName", "2018-12-01.8.0"),
    added("ResourceFile", "blobPrefix", "2018-12-01.8.0"),
    Rule(
        "default", "TaskConstraints", "retentionTime", "2018-12-01.8.0", "exact", "exact",
        "how long a task's directory is kept: it was without end, and is 7 days",
        f"{SWAGGER}; azure-batch changelog, 6.0.0", was=INFINITE, now="P7D",
        holder="constraints",
    ),
    Rule(
        "service", TASK, "", "2018-12-01.8.0", "conditional", "conditional",
        "a task that is not complete is ended after 180 days, before after 7",
        "azure-batch changelog, 6.0.0", was="7 days", now="180 days",
    ),
    added("TaskContainerSettings", "workingDirectory", "2019-06-01.9.0"),
    Rule(
        "default", "AutoUserSpecification", "scope", "2019-08-01.10.0", "conditional", "exact",
        "it was task by the swagger, but pool on Linux nodes by the changelog",
        f"{SWAGGER}; azure-batch changelog, 8.0.0", was="task", now="pool",
    ),
    added(
        TASK, "requiredSlots", "2020-09-01.12.0", SWAGGER,
        "older versions give each task one slot", "1",
    ),
    Rule(
        "optional", "ContainerRegistry", "username", "2021-06-01.14.0", "exact", "lost",
        "older versions do not do without", SWAGGER,
    ),
    Rule(
        "optional", "ContainerRegistry", "password", "2021-06-01.14.0", "exact", "lost",
        "older versions do not do without", SWAGGER,
    ),
    added("ResourceFile", "identityReference", "2021-06-01.14.0"),
    added("ContainerRegistry", "identityReference", "2021-06-01.14.0"),
    added("OutputFileBlobContainerDestination", "identityReference", "2021-06-01.14.0"),
    added("OutputFileBlobContainerDestination", "uploadHeaders", "2022-01-01.15.0"),
    added("TaskContainerSettings", "containerHostBatchBindMounts", "2024-07-01.20.0"),
    Rule(
        "removed", TASK, "authenticationTokenSettings", "2025-06-01", "lost", None,
        "a task gets no token any more; it signs in as an identity of its pool",
        "azure-batch changelog, 15.1.0",
    ),
)  # fmt: skip
"""Every change in a task, by version; what jobs share with tasks is among them."""

SCOPE_DEFAULT = next(rule for rule in RULES if (rule.change, rule.member) == ("default", "scope"))
"""The row of the autoUser's scope, which an older member cannot say."""

ALIASES: tuple[Rule, ...] = (
    Rule(
        "renamed", "UserIdentity", "username", "2017-01-01.4.0", "exact", "exact",
        "one page spells it so; the schema's spelling is written", _PAGE_2017,
        was="userName", now="username",
    ),
)  # fmt: skip
"""Members that a document spells otherwise than the schema; both are read."""
