"""Adds and reads jobs and tasks with azure-batch, 14 or 15, in a process of its own environment.

Each line on standard input is a JSON object: ``url``, ``account``, ``key``, ``do`` and what that
takes. Each line on standard output is what the client made of it: what it returned, or the
``error`` that it raised, by the name of its class. The client is used as its documents say, and as
it comes.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from azure.batch import models

try:
    from azure.batch import BatchServiceClient
    from azure.batch.batch_auth import SharedKeyCredentials

    MAJOR = 14
except ImportError:
    from azure.batch import BatchClient
    from azure.core.credentials import AzureNamedKeyCredential

    MAJOR = 15

Order = dict[str, Any]


def client_of(order: Order) -> Any:
    """The client of an account."""
    if MAJOR == 14:
        credentials = SharedKeyCredentials(order["account"], order["key"])
        return BatchServiceClient(credentials, batch_url=order["url"])
    return BatchClient(order["url"], AzureNamedKeyCredential(order["account"], order["key"]))


def task_of(task: Order) -> Any:
    """A task with everything that an old service has as well, and more where asked for."""
    kind = models.TaskAddParameter if MAJOR == 14 else models.BatchTaskCreateOptions
    user = models.UserIdentity(
        auto_user=models.AutoUserSpecification(elevation_level="admin", scope="task")
    )
    files = [
        models.ResourceFile(http_url=f"https://a.blob.core.windows.net/c/{name}", file_path=name)
        for name in task.get("files", ())
    ]
    return kind(
        id=task["id"],
        command_line=task.get("command_line", "cmd /c echo"),
        user_identity=user if task.get("admin") else None,
        resource_files=files or None,
    )


def add(client: Any, order: Order) -> Order:
    """All tasks of an order, as its own bulk call does it."""
    tasks = [task_of(task) for task in order["tasks"]]
    threads = order.get("threads", 0)
    try:
        if MAJOR == 14:
            answer = client.task.add_collection(order["job"], tasks, threads=threads).value
        else:
            made = client.create_tasks(order["job"], tasks, max_concurrency=threads)
            answer = made.result_values
    except Exception as error:
        return failed(error)
    return {"results": [[result.task_id, str_of(result.status)] for result in answer]}


def failed(error: Exception) -> Order:
    """What an error of a bulk call says."""
    said: Order = {"error": type(error).__name__, "text": str(error)}
    for name, of in (("pending_tasks", "id"), ("failure_tasks", "task_id")):
        said[name] = [getattr(item, of) for item in getattr(error, name, None) or ()]
    said["errors"] = [type(item).__name__ for item in getattr(error, "errors", None) or ()]
    return said


def str_of(word: Any) -> str:
    """The text of a status, which is an enum's member or a text."""
    return str(getattr(word, "value", word))


def job(client: Any, order: Order) -> Order:
    """A job with that pool; with a manager one of an auto pool, as the example of the page."""
    add = models.JobAddParameter if MAJOR == 14 else models.BatchJobCreateOptions
    of_pool = models.PoolInformation if MAJOR == 14 else models.BatchPoolInfo
    if "manager" in order:
        pool, more = auto_pool(), {"job_manager_task": manager(order["manager"])}
    else:
        pool, more = {"pool_id": order["pool"]}, {}
    made = add(id=order["job"], pool_info=of_pool(**pool), **more)
    if MAJOR == 14:
        client.job.add(made)
    else:
        client.create_job(made)
    return {}


def auto_pool() -> Order:
    """A pool that is made for the job."""
    if MAJOR == 14:
        specification, lifetime = models.PoolSpecification, models.AutoPoolSpecification
    else:
        specification, lifetime = models.BatchPoolSpecification, models.BatchAutoPoolSpecification
    pool = specification(vm_size="standard_d2s_v3", target_dedicated_nodes=3)
    return {"auto_pool_specification": lifetime(pool_lifetime_option="job", pool=pool)}


def manager(command_line: str) -> Any:
    """A job manager task."""
    kind = models.JobManagerTask if MAJOR == 14 else models.BatchJobManagerTask
    return kind(id="manager", command_line=command_line, kill_job_on_completion=False)


def one(client: Any, order: Order) -> Order:
    """A task alone."""
    if MAJOR == 14:
        client.task.add(order["job"], task_of(order["task"]))
    else:
        client.create_task(order["job"], task_of(order["task"]))
    return {}


def get(client: Any, order: Order) -> Order:
    """What a task is."""
    read = client.task.get if MAJOR == 14 else client.get_task
    task = read(order["job"], order["id"])
    user = task.user_identity.auto_user if task.user_identity else None
    return {
        "id": task.id,
        "command_line": task.command_line,
        "state": str_of(task.state),
        "level": user and str_of(user.elevation_level),
        "files": [item.file_path for item in task.resource_files or ()],
        "urls": [item.http_url for item in task.resource_files or ()],
    }


def ids(client: Any, order: Order) -> Order:
    """The ids of all tasks of a job, page by page."""
    if MAJOR == 14:
        options = models.TaskListOptions(max_results=order.get("page"))
        found = client.task.list(order["job"], task_list_options=options)
    else:
        found = client.list_tasks(order["job"], max_results=order.get("page"))
    return {"ids": [task.id for task in found]}


def terminate(client: Any, order: Order) -> Order:
    """A task ended."""
    if MAJOR == 14:
        client.task.terminate(order["job"], order["id"])
    else:
        client.terminate_task(order["job"], order["id"])
    return {}


def reactivate(client: Any, order: Order) -> Order:
    """A task set going again."""
    if MAJOR == 14:
        client.task.reactivate(order["job"], order["id"])
    else:
        client.reactivate_task(order["job"], order["id"])
    return {}


def delete(client: Any, order: Order) -> Order:
    """A task taken away."""
    if MAJOR == 14:
        client.task.delete(order["job"], order["id"])
    else:
        client.delete_task(order["job"], order["id"])
    return {}


def update(client: Any, order: Order) -> Order:
    """A task with other constraints."""
    if MAJOR == 14:
        constraints = models.TaskConstraints(max_task_retry_count=order["retries"])
        client.task.update(order["job"], order["id"], constraints=constraints)
    else:
        task = client.get_task(order["job"], order["id"])
        task.constraints = models.BatchTaskConstraints(max_task_retry_count=order["retries"])
        client.replace_task(order["job"], order["id"], task)
    return {}


def subtasks(client: Any, order: Order) -> Order:
    """The subtasks of a task."""
    if MAJOR == 14:
        return {
            "ids": [item.id for item in client.task.list_subtasks(order["job"], order["id"]).value]
        }
    return {"ids": [item.id for item in client.list_subtasks(order["job"], order["id"])]}


WORK = {
    work.__name__: work
    for work in (add, job, one, get, ids, terminate, reactivate, delete, update, subtasks)
}


def main() -> None:
    """Answer each order."""
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            said = WORK[order["do"]](client_of(order), order)
        except Exception as error:
            inner = getattr(error, "error", None)
            code = getattr(inner, "code", None)
            said = {"error": type(error).__name__, "code": code, "text": str(error)}
        print(json.dumps(said))


if __name__ == "__main__":
    main()
