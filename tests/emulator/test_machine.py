"""The service against a plain model: a dict of states."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from odatabatch import HttpResponse
from odatabatch.azure.versions import FIRST_COLLECTION, LATEST, VERSIONS
from tests.emulator.scenes import NOW, ask, code, collection, results, service, task
from tests.emulator.test_batches import adding, carried, parts

IDS = st.sampled_from(["a", "A", "b", "B", "c"])
JOBS = st.sampled_from(["job", "JOB", "other"])
JOB_STATES = st.sampled_from(["active", "active", "disabled", "completed"])
SHOWN = st.sampled_from(VERSIONS[VERSIONS.index("2015-06-01.2.0") :])


class Machine(RuleBasedStateMachine):
    """Calls in any order; what was answered, and what the model says."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = service()
        # By id without case: as it was given, its state, its exit code.
        self.model: dict[str, tuple[str, str, int | None]] = {}
        self.job_state = "active"
        self.tags: dict[str, str] = {}
        self.all_tags: set[str] = set()
        self.changed: set[str] = set()

    def call(self, method: str, target: str, body: Any = None, **more: Any) -> HttpResponse:
        """An answer, which is no 5xx without a fault."""
        response = ask(self.asked, method, target, body, **more)
        assert response.status < 500
        return response

    def expected_add(self, job: str, task_id: str) -> str | None:
        """Why a task is not added, or None; and the model has it then."""
        if job == "other":
            return "JobNotFound"
        if self.job_state != "active":
            return {"disabled": "JobDisabled", "completed": "JobCompleted"}[self.job_state]
        if task_id.lower() in self.model:
            return "TaskExists"
        self.model[task_id.lower()] = (task_id, "active", None)
        self.changed.add(task_id.lower())
        return None

    def expected_change(self, job: str, task_id: str) -> str | None:
        """Why a task cannot be found, or None."""
        if job == "other":
            return "JobNotFound"
        return None if task_id.lower() in self.model else "TaskNotFound"

    def check(self, response: HttpResponse, error: str | None, success: int) -> bool:
        """Whether it succeeded, as was expected."""
        if error is not None:
            assert response.status >= 400
            assert code(response) == error
            return False
        assert response.status == success
        return True

    @rule(job=JOBS, task_id=IDS)
    def add(self, job: str, task_id: str) -> None:
        """One task."""
        error = self.expected_add(job, task_id)
        self.check(self.call("POST", f"/jobs/{job}/tasks", task(task_id)), error, 201)

    @rule(ids=st.lists(IDS, max_size=4))
    def add_collection(self, ids: list[str]) -> None:
        """Several, of different ids or not."""
        response = self.call("POST", "/jobs/job/addtaskcollection", collection(*map(task, ids)))
        if self.job_state != "active":
            assert response.status == 409
        elif len({task_id.lower() for task_id in ids}) < len(ids):
            assert response.status == 400
        else:
            expected = {task_id: self.expected_add("job", task_id) for task_id in ids}
            found = results(response)
            assert {
                name: result.get("error", {}).get("code") for name, result in found.items()
            } == expected

    @rule(ids=st.lists(IDS, max_size=4))
    def add_batch(self, ids: list[str]) -> None:
        """Several, in a legacy batch; an id may stand there twice."""
        response = self.asked.answer(carried(adding(*ids)), NOW).response
        found = parts(response)
        for number, task_id in enumerate(ids):
            error = self.expected_add("job", task_id)
            self.check(found[str(number)], error, 201)

    @rule(job=JOBS, task_id=IDS)
    def delete(self, job: str, task_id: str) -> None:
        """Delete."""
        error = self.expected_change(job, task_id)
        if self.check(self.call("DELETE", f"/jobs/{job}/tasks/{task_id}"), error, 200):
            del self.model[task_id.lower()]

    @rule(job=JOBS, task_id=IDS)
    def terminate(self, job: str, task_id: str) -> None:
        """Terminate."""
        error = self.expected_change(job, task_id)
        known = self.model.get(task_id.lower())
        if error is None and known is not None and known[1] == "completed":
            error = "TaskCompleted"
        response = self.call("POST", f"/jobs/{job}/tasks/{task_id}/terminate")
        if self.check(response, error, 204):
            self.move(task_id, "completed", None)

    @rule(job=JOBS, task_id=IDS)
    def reactivate(self, job: str, task_id: str) -> None:
        """Reactivate."""
        error = self.expected_change(job, task_id)
        if error is None:
            _, state, exit_code = self.model[task_id.lower()]
            if self.job_state == "completed":
                error = "JobCompleted"
            elif state != "completed":
                error = "TaskNotCompleted"
            elif exit_code == 0:
                error = "TaskSucceeded"
        response = self.call("POST", f"/jobs/{job}/tasks/{task_id}/reactivate")
        if self.check(response, error, 204):
            self.move(task_id, "active", None)

    @rule(task_id=IDS, count=st.integers(-1, 3), version=SHOWN)
    def update(self, task_id: str, count: int, version: str) -> None:
        """Update, by any version."""
        error = self.expected_change("job", task_id)
        body = {"constraints": {"maxTaskRetryCount": count}}
        response = self.call("PUT", f"/jobs/job/tasks/{task_id}", body, api_version=version)
        if self.check(response, error, 200):
            self.changed.add(task_id.lower())

    @rule(task_id=IDS, exit_code=st.integers(0, 2))
    def complete(self, task_id: str, exit_code: int) -> None:
        """A task runs to its end."""
        if self.model.get(task_id.lower(), ("", ""))[1] == "active":
            self.asked.complete("job", task_id, exit_code, NOW)
            self.move(task_id, "completed", exit_code)

    @rule(state=JOB_STATES)
    def set_job_state(self, state: Any) -> None:
        """The job changes its state."""
        self.asked.set_job_state("job", state, NOW)
        self.job_state = state

    @rule(task_id=IDS, version=SHOWN)
    def get(self, task_id: str, version: str) -> None:
        """Get, by any version."""
        error = self.expected_change("job", task_id)
        response = self.call("GET", f"/jobs/job/tasks/{task_id}", api_version=version)
        if self.check(response, error, 200):
            shown = json.loads(response.body)
            name, state, exit_code = self.model[task_id.lower()]
            assert (shown["id"], shown["state"]) == (name, state)
            assert shown["executionInfo"].get("exitCode") == exit_code
            assert shown["eTag"] == response.headers.get("ETag")

    @rule(version=st.sampled_from([FIRST_COLLECTION, LATEST]))
    def garbage(self, version: str) -> None:
        """What cannot be read changes nothing."""
        for body in (b"", b"{", {"value": 1}):
            response = self.call("POST", "/jobs/job/addtaskcollection", body, api_version=version)
            assert response.status in (400, 409)

    def move(self, task_id: str, state: str, exit_code: int | None) -> None:
        """Note a change of state."""
        key = task_id.lower()
        self.model[key] = (self.model[key][0], state, exit_code)
        self.changed.add(key)

    @invariant()
    def states(self) -> None:
        """The list has what the model has; a tag is another exactly where something changed."""
        shown = json.loads(self.call("GET", "/jobs/job/tasks").body)["value"]
        assert {it["id"].lower(): (it["id"], it["state"]) for it in shown} == {
            key: known[:2] for key, known in self.model.items()
        }
        tags = {it["id"].lower(): it["eTag"] for it in shown}
        for key, tag in tags.items():
            if key in self.changed:
                assert tag not in self.all_tags
            else:
                assert tag == self.tags[key]
        self.all_tags |= set(tags.values())
        self.tags, self.changed = tags, set()


TestMachine = Machine.TestCase
TestMachine.settings = settings(stateful_step_count=25)
