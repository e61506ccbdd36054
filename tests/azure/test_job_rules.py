"""What changed about jobs; which members each version has is in ``job_members.csv``."""

from __future__ import annotations

from odatabatch.azure.job_rules import JOB_RULES


def test_what_stands_in_for_absence() -> None:
    """The defaults, and the values that versions without a member take for granted."""
    said = {
        (rule.change, f"{rule.owner}.{rule.member}"): (rule.was, rule.now)
        for rule in JOB_RULES
        if rule.change not in ("renamed", "replaced") and rule.was
    }
    assert said == {
        ("added", "Job.usesTaskDependencies"): ("false", ""),
        ("added", "Job.onAllTasksComplete"): ('"noaction"', ""),
        ("added", "Job.onTaskFailure"): ('"noaction"', ""),
        ("added", "Job.maxParallelTasks"): ("-1", ""),
        ("added", "Job.allowTaskPreemption"): ("false", ""),
        ("added", "JobManagerTask.requiredSlots"): ("1", ""),
        ("added", "PoolSpecification.targetLowPriorityNodes"): ("0", ""),
        ("added", "PoolSpecification.targetNodeCommunicationMode"): ('"default"', ""),
        ("removed", "PoolSpecification.targetNodeCommunicationMode"): ('"default"', ""),
        ("added", "JobNetworkConfiguration.skipWithdrawFromVNet"): ("false", ""),
        ("required", "JobNetworkConfiguration.skipWithdrawFromVNet"): ("false", ""),
        ("optional", "JobNetworkConfiguration.skipWithdrawFromVNet"): ("false", ""),
        ("default", "JobReleaseTask.retentionTime"): ("P10675199DT2H48M5.4775807S", "P7D"),
    }
