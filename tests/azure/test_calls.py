"""Calls against the documents' own table, and what is read of requests and what is refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from odatabatch.azure import TranslationError
from odatabatch.azure.calls import (
    OPERATIONS,
    Call,
    OperationId,
    find,
    operation,
    recognise,
)
from odatabatch.azure.versions import VERSIONS, is_before
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest
from tests.azure.recordings import exchanges, needs_captures, needs_tables, powershell, table

NEW = "2024-07-01.20.0"
MIDDLE = "2015-12-01.2.2"
OLD = "2014-10-01.1.0"
CONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")


class TestTable:
    """The rows are what the documents say."""

    def test_ids(self) -> None:
        """A row for each operation."""
        assert [row.id for row in OPERATIONS] == list(OperationId)

    def test_written_down(self) -> None:
        """A copy that does not change with the table; it was compared with the documents below."""
        text = (Path(__file__).parent / "calls.csv").read_text("ascii")
        rows = [
            (str(row.id), row.method, row.path, str(row.success), row.since, " ".join(row.query),
             "yes" if row.conditional else "", row.body or "")
            for row in OPERATIONS
        ]  # fmt: skip
        assert [tuple(row) for row in csv.reader(text.splitlines())][1:] == rows

    @needs_tables
    def test_documents(self) -> None:
        """Methods, paths, queries, conditions and statuses, of the five versions that were read."""
        compared = 0
        for version, documented in table("operations.json").items():
            for name, row in documented.items():
                if not isinstance(row, dict) or "method" not in row:
                    continue
                found = operation(OperationId(name), version)
                path = found.target_in(version).replace("{job}", "{jobId}")
                assert row["method"] == found.method
                assert row["path"] == path.replace("{task}", "{taskId}")
                query, headers = _names(row, "query"), _names(row, "header")
                assert query == {*found.query, "timeout", "api-version"}
                assert headers.issuperset(CONDITIONS) is found.conditional
                assert headers.isdisjoint(CONDITIONS) is not found.conditional
                assert _success(row) == found.success
                if "body" in row:
                    assert bool(row["body"]) is (found.body is not None)
                compared += 1
            missing = set(OperationId) - documented.keys()
            assert missing == {it.id for it in OPERATIONS if is_before(version, it.since)}
        assert compared == 49

    @pytest.mark.parametrize(
        ("name", "version"),
        [
            ("Job_Add", "2015-03-01.1.1"),
            ("Task_AddCollection", MIDDLE),
            ("Task_ListSubtasks", "2015-06-01.2.0"),
            ("Task_Reactivate", "2016-02-01.3.0"),
        ],
    )
    def test_not_there_yet(self, name: str, version: str) -> None:
        """An api-version does not have what came later, neither to build nor to read."""
        with pytest.raises(TranslationError) as caught:
            operation(OperationId(name), version)
        assert caught.value.code == "no_operation"
        assert operation(OperationId(name), VERSIONS[VERSIONS.index(version) + 1]).id == name

    def test_no_operation_in_a_target(self) -> None:
        """Read from a target, such a call is refused likewise."""
        request = HttpRequest("POST", f"/jobs?api-version={OLD}")
        with pytest.raises(TranslationError) as caught:
            recognise(request)
        assert caught.value.code == "no_operation"

    def test_unknown(self) -> None:
        """No public api-version; no operation."""
        with pytest.raises(TranslationError) as caught:
            operation(OperationId.TASK_ADD, "2013-01-01")
        assert caught.value.code == "unknown_api_version"
        with pytest.raises(ValueError, match="Task_Fetch"):
            operation("Task_Fetch", NEW)  # type: ignore[arg-type]


def _names(row: dict[str, Any], where: str) -> set[str]:
    found = row[where] if where in row else row["request_headers"]
    names = [it if isinstance(it, str) else it["name"] for it in found]
    return {name.rstrip("*") for name in names}


def _success(row: dict[str, Any]) -> int:
    if "success_status" in row:
        return int(row["success_status"])
    (status,) = set(row["responses"]) - {"default"}
    return int(status)


class TestRecognise:
    """What is read, and what is refused."""

    @pytest.mark.parametrize(
        ("method", "target", "code"),
        [
            ("PATCH", f"/jobs/j/tasks/t?api-version={NEW}", "unsupported_target"),
            ("POST", f"/pools?api-version={NEW}", "unsupported_target"),
            ("POST", f"/jobs//tasks?api-version={NEW}", "unsupported_target"),
            ("GET", f"/jobs/j/tasks/%FF?api-version={NEW}", "unsupported_target"),
            ("GET", f"/jobs/j/tasks/.?api-version={NEW}", "unsupported_target"),
            ("GET", f"/jobs/j/tasks?api-version={NEW}#x", "unsupported_target"),
            ("GET", f"/workitems/w/jobs/j/tasks?api-version={NEW}", "unsupported_target"),
            ("POST", f"/workitems/w/jobs?api-version={NEW}", "unsupported_target"),
            ("POST", f"/workitems/w/jobs?api-version={OLD}", "unsupported_target"),
            ("GET", f"/jobs/j/tasks?api-version={OLD}", "unsupported_target"),
            ("GET", "/jobs/j/tasks", "missing_api_version"),
            ("GET", "/jobs/j/tasks?api-version=1", "unknown_api_version"),
            ("GET", f"/jobs/j/tasks?api-version={NEW}&API-Version={NEW}", "unsupported_query"),
            ("GET", f"/jobs/j/tasks?api-version={NEW}&timeout=soon", "unsupported_query"),
            ("GET", f"/jobs/j/tasks?api-version={NEW}&top=1", "unsupported_query"),
            ("GET", f"/jobs/j/tasks/t?api-version={NEW}&maxresults=1", "unsupported_query"),
            ("POST", f"/jobs/j/tasks/t/reactivate?api-version={MIDDLE}", "no_operation"),
            ("GET", f"http://a/jobs/j/tasks?api-version={NEW}", "host_conflict"),
        ],
    )
    def test_refused(self, method: str, target: str, code: str) -> None:
        """By its code, and without a word of what it says."""
        request = HttpRequest(method, target, Headers([("Host", "b")]))
        with pytest.raises(TranslationError) as caught:
            recognise(request)
        assert (caught.value.code, caught.value.part) == (code, "request")
        assert "soon" not in str(caught.value)
        assert caught.value.__context__ is None

    @pytest.mark.parametrize(
        ("method", "target"),
        [
            ("GET", f"/?api-version={NEW}"),
            ("GET", f"/pools?api-version={NEW}"),
            ("GET", f"/jobs?api-version={NEW}"),
            ("PATCH", f"/jobs/j?api-version={NEW}"),
            ("POST", f"/jobs/j?terminate&api-version={MIDDLE}"),
            ("POST", f"/jobs/j?terminate&api-version={NEW}"),
            ("POST", f"/jobs/j/terminate?api-version={OLD}"),
            ("POST", f"/workitems?api-version={OLD}"),
            ("GET", f"/workitems/w?api-version={OLD}"),
            ("GET", f"/workitems/w/jobs?api-version={OLD}"),
            ("GET", f"/workitems/tasks?api-version={OLD}"),
        ],
    )
    def test_unknown(self, method: str, target: str) -> None:
        """What is none of the calls is found to be none, and is not recognised."""
        request = HttpRequest(method, target)
        assert find(request) is None
        with pytest.raises(TranslationError) as caught:
            recognise(request)
        assert caught.value.code == "unsupported_target"

    @pytest.mark.parametrize(
        ("target", "version"),
        [
            ("/jobs/%FF/tasks", NEW),
            ("/jobs/%2E%2E/tasks", NEW),
            ("/jobs/j/tasks/", NEW),
            ("//jobs/j/tasks", NEW),
            ("/jobs//tasks", NEW),
            ("/jobs/j//tasks", NEW),
            ("/Jobs/j/Tasks", NEW),
            ("/JOBS", NEW),
            ("/jobs/", NEW),
            ("/jobs/j/%74asks", NEW),
            ("/jobs/j/AddTaskCollection", NEW),
            ("/workitems/w/jobs/j/tasks", "2016-02-01.3.0"),
            ("/WorkItems/w/jobs/j/tasks", "2016-02-01.3.0"),
            ("/WorkItems/w/jobs/j/tasks", OLD),
            ("/workitems//jobs/j/tasks", OLD),
            ("/workitems/%FF/jobs/j/tasks", OLD),
            ("/workitems/w/jobs", OLD),
            ("/jobs/j/tasks", OLD),
            ("/jobs/j/tasks/t/Terminate", NEW),
            ("/jobs/j/tasks/t/terminate", "2015-11-01.2.1"),
            ("/workitems/w/jobs/j/tasks/t/terminate", OLD),
            ("/jobs/j/tasks/t/?terminate", MIDDLE),
        ],
    )
    def test_nearly(self, target: str, version: str) -> None:
        """What a service might take for one of the calls is no other call: it is an error."""
        request = HttpRequest("POST", target)
        with pytest.raises(TranslationError) as caught:
            find(request, version)
        assert caught.value.code == "unsupported_target"

    @pytest.mark.parametrize(
        ("path", "version"), [("/jobs/j/tasks", MIDDLE), ("/jobs/j/tasks/t", NEW)]
    )
    def test_no_such_action(self, path: str, version: str) -> None:
        """An action that a query cannot say there is no other call either."""
        with pytest.raises(TranslationError) as caught:
            find(HttpRequest("POST", f"{path}?terminate"), version)
        assert caught.value.code == "unsupported_query"

    def test_given_version(self) -> None:
        """Where the target names none; where it does, it is the same."""
        request = HttpRequest("GET", "/jobs/j/tasks?timeOut=7")
        assert recognise(request, NEW) == Call(OperationId.TASK_LIST, NEW, job="j", timeout=7)
        named = request.replace(target=f"/jobs/j/tasks?api-version={NEW}")
        assert recognise(named, NEW).api_version == NEW
        with pytest.raises(TranslationError) as caught:
            recognise(named, MIDDLE)
        assert (caught.value.code, caught.value.part) == ("api_version_conflict", "request")
        with pytest.raises(TranslationError) as caught:
            recognise(request, "1")
        assert caught.value.code == "unknown_api_version"

    def test_either_era(self) -> None:
        """Nobody has seen a request of 2015-03-01.1.1."""
        for path in ("/jobs/j/tasks", "/workitems/w/jobs/j/tasks"):
            call = recognise(HttpRequest("GET", f"{path}?api-version=2015-03-01.1.1"))
            assert call.job == "j"

    def test_types(self) -> None:
        """Arguments of other types."""
        with pytest.raises(TypeError, match="got bytes"):
            recognise(b"")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            recognise(HttpRequest("GET", "/"), 7)  # type: ignore[arg-type]

    def test_types_first(self) -> None:
        """They are looked at before anything else is."""
        with pytest.raises(TypeError, match="got bytes"):
            find(b"")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="expected an api-version as str, got int"):
            find(HttpRequest("GET", "no target"), 7)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("path", "version", "where"),
        [("/jobs/j/tasks", OLD, "a work item"), ("/workitems/w/jobs/j/tasks", NEW, "the account")],
    )
    def test_other_era(self, path: str, version: str, where: str) -> None:
        """The error says where the job stands in that api-version."""
        with pytest.raises(TranslationError, match=f"expected a job in {where}, as of"):
            recognise(HttpRequest("GET", path), version)

    def test_not_slashes(self) -> None:
        """Slashes alone may stand around a path."""
        assert find(HttpRequest("GET", "/Xjobs/j/tasksX"), NEW) is None

    def test_known_parameters(self) -> None:
        """The error lists those that the call has."""
        with pytest.raises(TranslationError, match=r"each of \$expand, \$select, timeout once"):
            recognise(HttpRequest("GET", "/jobs/j/tasks/t?a=b"), NEW)

    @needs_captures
    def test_recordings(self) -> None:
        """All recorded calls are known, and nothing else is taken for one."""
        known = 0
        for name, exchange in _recorded():
            request = exchange["request"]
            version = exchange["api_version"]
            method, uri = request["method"], request["uri"]
            path = re.sub(r"\Ahttps?://[^/]+", "", uri).partition("?")[0]
            expected = _expected(method, path)
            message = HttpRequest(method, uri)
            if expected is None:
                with pytest.raises(TranslationError) as caught:
                    recognise(message, version)
                assert caught.value.code == "unsupported_target", name
            else:
                call = recognise(message, version)
                assert (call.operation, call.api_version) == (expected, version), name
                known += 1
        assert known == 889


def _recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("addtaskcollection", "task_add", "job_add"):
        yield from exchanges(kind)
    yield from powershell()


def _expected(method: str, path: str) -> OperationId | None:
    if method == "POST" and path == "/jobs":
        return OperationId.JOB_ADD
    if method == "POST" and path.endswith("/tasks"):
        return OperationId.TASK_ADD
    if method == "POST" and path.endswith("/addtaskcollection"):
        return OperationId.TASK_ADD_COLLECTION
    return None


def test_discreet() -> None:
    """A call shows its ids, as its path would, and the names in its query, but no value."""
    call = Call(OperationId.TASK_LIST, NEW, job="j", query=(("$filter", "id eq 'secret'"),))
    assert repr(call) == (
        f"Call(operation='Task_List', api_version='{NEW}', job='j', query=['$filter'])"
    )
    console = Console(file=io.StringIO(), width=200)
    console.print(call)
    assert "secret" not in console.file.getvalue()  # type: ignore[attr-defined]
