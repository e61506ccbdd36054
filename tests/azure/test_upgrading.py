"""Legacy batches to collection requests."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import Batch, BatchResponse, Changeset, Headers, HttpRequest, Operation, azure
from odatabatch.azure import (
    LATEST,
    CollectionRequest,
    TaskError,
    TranslationError,
    Upgrade,
    upgrade,
)
from odatabatch.azure.versions import FIRST_COLLECTION
from odatabatch.http_message import parse_request
from tests.azure.batches import (
    FIXTURES,
    HOST,
    LEGACY,
    MODERN,
    TASKS,
    WORK_ITEMS,
    added,
    answered,
    batch,
    decoded_request,
    operation,
    outer,
    refused,
    statuses,
    task,
)

MAX_TASKS = 100
MAX_BODY_BYTES = 1_048_576
_TYPE = "Microsoft.Azure.Batch.Protocol.Entities.Task"
INFINITE = "P10675199DT2H48M5.4775807S"
WITHOUT_END = b'{"retentionTime":"%s"}' % INFINITE.encode()


def same(value: Batch, **options: Any) -> Upgrade:
    """The batch as collections of its own version: no rule is crossed, bodies stay as they are."""
    return upgrade(value, api_version=LEGACY, **options)


def ids(up: Upgrade) -> list[list[str]]:
    """The ids of the tasks of each request."""
    return [[item.id for item in request.tasks] for request in up.requests]


def refusal(value: Batch, **options: Any) -> TranslationError:
    """The error that upgrading gives."""
    with pytest.raises(TranslationError) as caught:
        upgrade(value, **options)
    return caught.value


def notes(up: Upgrade, effect: str) -> list[str]:
    """The paths of the notes of that effect."""
    return [note.path for note in up.notes if note.effect == effect]


class TestRequests:
    """What is to be sent."""

    def test_whole(self) -> None:
        """Target, headers and body of a request."""
        request = outer(
            f"http://{HOST}/$batch?api-version={LEGACY}&timeout=120",
            User_Agent="WA-Batch/1.0",
            client_request_id="id",
            return_client_request_id="False",
            Content_Length="5",
            Authorization="SharedKey secret",
            Date="today",
        )
        (made,) = upgrade(batch(operation("1")), request=request, ocp_date="now").requests
        assert isinstance(made, CollectionRequest)
        assert made.method == "POST"
        assert made.target == (
            f"http://{HOST}/jobs/job-1/addtaskcollection?api-version={LATEST}&timeout=120"
        )
        assert made.body == (
            b'{"value":[{"id":"task-1","commandLine":"echo","constraints":%s}]}' % WITHOUT_END
        )
        assert made.headers.items() == (
            ("Host", HOST),
            ("client-request-id", "id"),
            ("return-client-request-id", "False"),
            ("ocp-date", "now"),
            ("Content-Type", "application/json; odata=minimalmetadata; charset=utf-8"),
            ("Content-Length", str(len(made.body))),
        )

    def test_page(self) -> None:
        """Add multiple tasks to a job: its three operations are two requests, the ids' second last.

        Bodies keep their bytes but for odata.type, which a collection has no place for.
        """
        request = parse_request((FIXTURES / "add-three-tasks.http").read_bytes())
        up = same(decoded_request(request), request=request)
        assert ids(up) == [["taskbatch3_00000", "taskbatch3_00001"], ["taskbatch3_00000"]]
        assert [made.target for made in up.requests] == [
            f"http://{HOST}/jobs/job-0000000001/addtaskcollection?api-version={LEGACY}&timeout=120"
        ] * 2
        assert up.requests[1].tasks[0].raw == (
            b'{"id":"taskbatch3_00000","commandLine":"cmd /c echo hello, #060"}'
        )
        for made in up.requests:
            assert made.headers.get("client-request-id") == "d0bbe48e-6edd-4610-9b69-6ce3c42ee8cb"
            assert made.headers.get("return-client-request-id") == "False"

    def test_without_host(self) -> None:
        """Where no host is known the target is host-relative, and there is no Host."""
        value = batch(operation("1", target=f"jobs/j/tasks?api-version={LEGACY}"))
        up = upgrade(value, api_version=MODERN)
        assert up.requests[0].target == f"/jobs/j/addtaskcollection?api-version={MODERN}"
        assert [name for name, _ in up.requests[0].headers] == ["Content-Type", "Content-Length"]

    @pytest.mark.parametrize(
        ("request_", "targets", "url", "timeout"),
        [
            (outer("/$batch?timeout=7", Host="h"), ["/jobs/J/tasks"], "https://h", "7"),
            (outer("http://h/$batch"), ["jobs/J/tasks?timeout=8"], "http://h", "8"),
            (None, ["/jobs/J/tasks", "http://h:81/jobs/j/tasks?timeout=9"], "http://h:81", "9"),
        ],
    )
    def test_where_they_go(
        self, request_: HttpRequest | None, targets: list[str], url: str, timeout: str
    ) -> None:
        """Host and timeout from the outer request, else from whichever operation names them."""
        value = batch(*(operation(str(n), target=target) for n, target in enumerate(targets)))
        up = same(value, request=request_, source_version=LEGACY)
        (made,) = up.requests
        expected = f"{url}/jobs/J/addtaskcollection?api-version={LEGACY}&timeout={timeout}"
        assert made.target == expected
        assert made.headers.get("Host") == url.partition("://")[2]

    def test_ids_of_requests(self) -> None:
        """The outer request's go along with each; what operations have does not."""
        value = batch(*(operation(n, task("a"), client_request_id=f"id-{n}") for n in "12"))
        up = same(value, request=outer(client_request_id="id", return_client_request_id="true"))
        for made in up.requests:
            assert made.headers.get_all("client-request-id") == ("id",)
            assert made.headers.get_all("return-client-request-id") == ("true",)
        for request in (None, outer()):
            for made in same(value, request=request).requests:
                assert "client-request-id" not in made.headers
                assert "return-client-request-id" not in made.headers

    @pytest.mark.parametrize("ocp_date", ["", "a\r\nX: b", " a", "é"])
    def test_ocp_date_that_no_field_can_have(self, ocp_date: str) -> None:
        """It would break the header field."""
        assert refusal(batch(operation("1")), ocp_date=ocp_date).code == "invalid_ocp_date"

    def test_ocp_date_is_text(self) -> None:
        """Anything else is a mistake of the program."""
        with pytest.raises(TypeError):
            upgrade(batch(operation("1")), ocp_date=5)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "target", ["/jobs/a\r\nb/tasks", "/jobs/a b/tasks", "/jobs/j/tasks?\n"]
    )
    def test_target_that_no_request_line_can_have(self, target: str) -> None:
        """It would go into the requests."""
        assert refusal(batch(operation("1", target=target))).code == "unsupported_target"

    def test_coded_body(self) -> None:
        """A body with a content coding is refused before it is read; identity is none."""
        value = batch(operation("1"), operation("2", body=b"\x1f\x8b", Content_Encoding="gzip"))
        error = refusal(value)
        assert (error.code, error.part) == (
            "unsupported_content_coding",
            "batch[1]/changeset[0]",
        )
        plain = batch(operation("1", Content_Encoding="Identity"))
        assert len(upgrade(plain).requests) == 1

    def test_ocp_date_is_an_argument(self) -> None:
        """That of the outer request belongs to its signature."""
        value = batch(operation("1"))
        request = outer(ocp_date="then")
        assert "ocp-date" not in same(value, request=request).requests[0].headers
        (made,) = same(value, request=request, ocp_date="now").requests
        assert made.headers.get_all("ocp-date") == ("now",)

    def test_bodies_move_as_bytes(self) -> None:
        """Where no rule is crossed nothing is touched, not even white space."""
        body = (
            b'\r\n{\r\n  "commandLine" : "\\u0063md \\/c \xc3\xa9",\r\n'
            b'  "id":"\\u0061",\t"displayName":null , "constraints" : {"n":-0} }\r\n'
        )
        (made,) = same(batch(operation("1", body))).requests
        assert made.tasks[0].id == "a"
        assert made.body == b'{"value":[' + body + b"]}"
        assert made.headers.get("Content-Length") == str(len(made.body))

    def test_values_move_as_bytes(self) -> None:
        """Where a member goes, the values of the others stay as they are, in their order."""
        body = (
            b'{\r\n  "commandLine" : "\\u0063md \\/c \xc3\xa9",\r\n  "odata.type":"'
            + _TYPE.encode()
            + b'" ,\r\n  "id":"\\u0061",\t"constraints" : { "maxTaskRetryCount" : 3 } , "x":1.0E+2}'
        )
        (made,) = same(batch(operation("1", body))).requests
        assert made.tasks[0].raw == (
            b'{"commandLine":"\\u0063md \\/c \xc3\xa9","id":"\\u0061",'
            b'"constraints":{ "maxTaskRetryCount" : 3 },"x":1.0E+2}'
        )

    def test_operations_outside_changesets(self) -> None:
        """They are taken as well."""
        up = same(Batch((operation("1"), Changeset((operation("2"),)))))
        assert ids(up) == [["task-1", "task-2"]]

    def test_empty(self) -> None:
        """An empty batch is no request."""
        up = upgrade(Batch(()), request=outer(f"/$batch?api-version={LEGACY}"))
        assert (up.requests, up.notes) == ((), ())
        assert up.answer(()) == BatchResponse(())

    def test_picklable(self) -> None:
        """A copy through pickle is equal, and answers alike."""
        up = upgrade(batch(operation("1")))
        again = pickle.loads(pickle.dumps(up))  # noqa: S301 - our own bytes
        assert again == up
        assert again.notes == up.notes
        response = answered(added("task-1"))
        assert again.answer([response]) == up.answer([response])

    def test_discreet(self) -> None:
        """No repr quotes a header's value, a query or a body."""
        value = batch(operation("1", task("secret"), client_request_id="secret"))
        up = upgrade(value, request=outer(Authorization="secret"))
        assert "secret" not in repr(up)
        assert [name for name, _ in up.__rich_repr__()] == ["requests", "notes"]


class TestSplitting:
    """How many requests it takes."""

    def test_the_same_id_twice(self) -> None:
        """The second task of an id, in any case, stands in a later request."""
        names = ["a", "A", "b", "a", "c", "B", "ß", "SS"]
        value = batch(*(operation(str(n), task(name)) for n, name in enumerate(names)))
        assert ids(same(value)) == [["a", "b", "c", "ß"], ["A", "B", "SS"], ["a"]]

    @pytest.mark.parametrize(("count", "sizes"), [(99, [99]), (100, [100]), (101, [100, 1])])
    def test_number_of_tasks(self, count: int, sizes: list[int]) -> None:
        """At most 100 tasks a request, in the batch's order."""
        up = same(batch(*(operation(str(n)) for n in range(count))))
        assert [len(group) for group in ids(up)] == sizes
        assert [name for group in ids(up) for name in group] == [f"task-{n}" for n in range(count)]

    def test_more_than_a_batch_may_have(self) -> None:
        """A batch of more than 100 operations is translated all the same."""
        up = same(batch(*(operation(str(n)) for n in range(2 * MAX_TASKS + 1))))
        assert [len(group) for group in ids(up)] == [100, 100, 1]

    @pytest.mark.parametrize("more", [-1, 0, 1])
    def test_size(self, more: int) -> None:
        """A body of 1 MiB is taken whole, a byte more makes two of it; all bytes count."""
        first = task("a", displayName="é" * 50_000)
        room = MAX_BODY_BYTES - len(b'{"value":[,]}') - len(first) - len(task("b", displayName=""))
        second = task("b", displayName="y" * (room + more))
        up = same(batch(operation("1", first), operation("2", second)))
        if more <= 0:
            assert ids(up) == [["a", "b"]]
            assert len(up.requests[0].body) == MAX_BODY_BYTES + more
        else:
            assert ids(up) == [["a"], ["b"]]

    @pytest.mark.parametrize("more", [-1, 0, 1])
    def test_size_of_three(self, more: int) -> None:
        """Two commas count as two."""
        name = len(task("x", displayName=""))
        room = MAX_BODY_BYTES - len(b'{"value":[,,]}') - 3 * name
        sizes = [room // 3, room // 3, room - 2 * (room // 3) + more]
        tasks = [task(n, displayName="x" * size) for n, size in zip("abc", sizes, strict=True)]
        up = same(batch(*(operation(str(n), body) for n, body in enumerate(tasks))))
        assert ids(up) == ([["a", "b", "c"]] if more <= 0 else [["a", "b"], ["c"]])
        assert max(len(request.body) for request in up.requests) <= MAX_BODY_BYTES

    def test_size_is_that_of_what_is_sent(self) -> None:
        """Members that are written out count."""
        room = MAX_BODY_BYTES - len(b'{"value":[,]}') - 2 * len(task("a", displayName=""))
        tasks = [task("a", displayName="x" * (room - 1)), task("b", displayName="y")]
        value = batch(*(operation(str(n), body) for n, body in enumerate(tasks)))
        assert ids(same(value)) == [["a", "b"]]
        up = upgrade(value, explicit_defaults=True)
        assert ids(up) == [["a"], ["b"]]
        assert all(INFINITE.encode() in request.body for request in up.requests)

    def test_a_task_that_is_too_large(self) -> None:
        """It goes alone, and the service's refusal is its answer alone."""
        large = task("b", displayName="x" * MAX_BODY_BYTES)
        up = same(batch(operation("1"), operation("2", large), operation("3")))
        assert ids(up) == [["task-1"], ["b"], ["task-3"]]
        answer = up.answer(
            [
                answered(added("task-1")),
                refused(413, "RequestBodyTooLarge"),
                answered(added("task-3")),
            ]
        )
        assert statuses(answer) == [("1", 201), ("2", 413), ("3", 201)]

    @pytest.mark.parametrize("more", [0, 1])
    def test_a_task_at_the_limit(self, more: int) -> None:
        """The first task of a request stands there whatever its size is."""
        room = MAX_BODY_BYTES - len(b'{"value":[]}') - len(task("a", displayName=""))
        body = task("a", displayName="x" * (room + more))
        up = same(batch(operation("1", body), operation("2", task("b"))))
        assert ids(up) == [["a"], ["b"]]
        assert len(up.requests[0].body) == MAX_BODY_BYTES + more

    @given(st.lists(st.tuples(st.sampled_from("aAbBcé"), st.integers(0, 400_000)), max_size=12))
    def test_invariants(self, tasks: list[tuple[str, int]]) -> None:
        """The page, Task - Add Collection: limits hold, nothing is lost, order is kept."""
        bodies = [task(name, displayName="x" * size) for name, size in tasks]
        up = same(
            batch(*(operation(str(n), body) for n, body in enumerate(bodies))),
            source_version=LEGACY,
        )
        for request in up.requests:
            made = request.tasks
            assert len({item.id.casefold() for item in made}) == len(made) <= MAX_TASKS
            assert len(made) == 1 or len(request.body) <= MAX_BODY_BYTES
            assert request.headers.get("Content-Length") == str(len(request.body))
        sent = [[item.place for item in group] for group in up._sent]
        places = [place for group in sent for place in group]
        assert sorted(places) == list(range(len(bodies)))
        assert all(group == sorted(group) for group in sent)
        assert [[bodies[n] for n in group] for group in sent] == [
            [item.raw for item in request.tasks] for request in up.requests
        ]
        for name in "abcé":
            again = [n for n in places if tasks[n][0].lower() == name]
            assert again == sorted(again)


class TestDefaults:
    """Defaults that changed are written out, or told."""

    part = "batch[0]/changeset[0].body"

    def of(self, body: bytes, **options: Any) -> tuple[Any, dict[str, str]]:
        """The task as it is sent, and its notes' changes by path."""
        up = upgrade(batch(operation("1", body)), api_version=MODERN, **options)
        changes: dict[str, str] = {
            note.path.removeprefix(f"{self.part}."): note.change for note in up.notes
        }
        changes.pop("request.tasks")
        return json.loads(up.requests[0].tasks[0].raw), changes

    def test_retention_time(self) -> None:
        """Always: without constraints, without it among them, and where it is null."""
        for members, path in (
            ({}, "constraints.retentionTime"),
            ({"constraints": None}, "constraints.retentionTime"),
            ({"constraints": {}}, "constraints.retentionTime"),
            ({"constraints": {"retentionTime": None}}, "constraints.retentionTime"),
        ):
            body = task("a", **members)
            sent, changes = self.of(body)
            assert sent["constraints"] == {"retentionTime": INFINITE}
            assert changes == {path: "written"}
            sent, changes = self.of(body, explicit_defaults=False)
            assert sent == json.loads(body)
            assert changes == {path: "default_changed"}

    def test_retention_time_that_is_told(self) -> None:
        """It stays, and other constraints beside it."""
        for explicit in (True, False):
            body = task("a", constraints={"retentionTime": "PT1H"})
            assert self.of(body, explicit_defaults=explicit) == (json.loads(body), {})
        sent, _ = self.of(task("a", constraints={"maxTaskRetryCount": 2}))
        assert sent["constraints"] == {"maxTaskRetryCount": 2, "retentionTime": INFINITE}

    @pytest.mark.parametrize("explicit", [True, False])
    def test_scope(self, explicit: bool) -> None:
        """Where an autoUser stands; runElevated becomes one."""
        times = {"constraints": {"retentionTime": "PT1H"}}
        sent, changes = self.of(task("a", runElevated=True, **times), explicit_defaults=explicit)
        scope = {"scope": "task"} if explicit else {}
        assert sent["userIdentity"] == {"autoUser": {"elevationLevel": "admin", **scope}}
        assert changes == {
            "runElevated": "replaced",
            "userIdentity.autoUser.scope": "written" if explicit else "default_changed",
        }
        sent, changes = self.of(task("a", runElevated=False, **times), explicit_defaults=explicit)
        assert "userIdentity" not in sent
        assert changes == {"runElevated": "dropped"}

    @pytest.mark.parametrize("explicit", [True, False])
    def test_scope_of_newer_sources(self, explicit: bool) -> None:
        """An autoUser without a scope meant a user of the task's own."""
        target = TASKS.replace(LEGACY, "2019-06-01.9.0")
        body = task("a", userIdentity={"autoUser": {"elevationLevel": "admin"}})
        up = upgrade(batch(operation("1", body, target)), explicit_defaults=explicit)
        scopes = [note.change for note in up.notes if note.path.endswith("autoUser.scope")]
        assert scopes == ["written" if explicit else "default_changed"]
        assert (b'"scope":"task"' in up.requests[0].body) is explicit

    def test_none_is_crossed(self) -> None:
        """Where no default lies between the versions the task is as it was."""
        up = upgrade(batch(operation("1")), api_version="2018-08-01.7.0")
        assert up.requests[0].tasks[0].raw == task("task-1")
        assert up.notes == ()


class TestVersions:
    """From which version it comes."""

    def test_missing(self) -> None:
        """Where nobody names one, nothing is guessed."""
        for value in (batch(operation("1", target="/jobs/j/tasks")), batch()):
            for request in (None, outer()):
                assert refusal(value, request=request).code == "missing_api_version"

    def test_given(self) -> None:
        """An argument names it where no target does."""
        value = batch(operation("1", target="/jobs/j/tasks"))
        up = upgrade(value, source_version="2018-12-01.8.0")
        assert up.requests[0].tasks[0].raw == task("task-1")
        assert INFINITE.encode() in upgrade(value, source_version=LEGACY).requests[0].body

    def test_named(self) -> None:
        """A target names it, of the outer request or of an operation."""
        named = "2018-12-01.8.0"
        plain = "/jobs/j/tasks"
        value = batch(
            operation("1", target=plain), operation("2", target=f"{plain}?api-version={named}")
        )
        request = outer(f"/$batch?api-version={named}")
        for up in (
            upgrade(value),
            upgrade(value, source_version=named),
            upgrade(batch(operation("1", target=plain)), request=request),
        ):
            assert INFINITE.encode() not in up.requests[0].body
        assert refusal(value, source_version=LEGACY).code == "api_version_conflict"

    @pytest.mark.parametrize(
        "target",
        [
            f"/workitems/w/jobs/j/tasks?api-version={LEGACY}",
            "/workitems/w/jobs/j/tasks?api-version=2015-06-01.2.0",
            "/jobs/j/tasks?api-version=2014-10-01.1.0",
        ],
    )
    def test_target_of_another(self, target: str) -> None:
        """Work items went with 2015-06-01.2.0: a target of the other era is no such request."""
        error = refusal(batch(operation("1", target=target)))
        assert (error.code, error.part) == ("unsupported_target", "batch[0]/changeset[0]")

    @pytest.mark.parametrize("path", ["/workitems/w/jobs/j/tasks", "/jobs/j/tasks"])
    def test_target_of_an_unseen_one(self, path: str) -> None:
        """Nobody knows which targets 2015-03-01.1.1 had; both are read."""
        target = f"{path}?api-version=2015-03-01.1.1"
        assert len(upgrade(batch(operation("1", target=target))).requests) == 1

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            ({"api_version": "2015-12-01.2.2"}, "no_task_collection"),
            ({"api_version": "newest"}, "unknown_api_version"),
            ({"source_version": "oldest"}, "unknown_api_version"),
            ({"source_version": ""}, "unknown_api_version"),
        ],
    )
    def test_unsupported(self, options: dict[str, str], code: str) -> None:
        """A version without addtaskcollection, and none at all."""
        assert refusal(batch(operation("1")), **options).code == code

    def test_first(self) -> None:
        """2016-02-01.3.0 has addtaskcollection."""
        assert upgrade(batch(operation("1")), api_version=FIRST_COLLECTION).requests

    def test_of_an_operation(self) -> None:
        """One that is none is named."""
        value = batch(operation("1"), operation("2", target=TASKS.replace(LEGACY, "2021-01-01")))
        error = refusal(value)
        assert (error.code, error.part) == ("unknown_api_version", "batch[1]/changeset[0]")


class TestWorkItems:
    """Batches of 2014-10-01.1.0."""

    target = f"http://{HOST}/workitems/W%201/jobs/J/tasks?api-version={WORK_ITEMS}"

    def body(self, name: str) -> bytes:
        """A task as that version has it."""
        return (
            b'{"odata.metadata":"x","name":"%s" , "commandLine":"echo",'
            b'"taskConstraints":{ "maxTaskRetryCount" : 3, "retentionTime":"PT1H" }}'
            % name.encode()
        )

    def test_tasks(self) -> None:
        """The name becomes the id, taskConstraints constraints; the job stands in the account."""
        up = upgrade(batch(operation("1", self.body("a"), self.target)))
        (made,) = up.requests
        assert made.target == f"http://{HOST}/jobs/J/addtaskcollection?api-version={LATEST}"
        assert made.tasks[0].id == "a"
        assert made.tasks[0].raw == (
            b'{"id":"a","commandLine":"echo",'
            b'"constraints":{ "maxTaskRetryCount" : 3, "retentionTime":"PT1H" }}'
        )
        changes = {(note.path, note.change, note.effect) for note in up.notes}
        part = "batch[0]/changeset[0].body"
        assert changes >= {
            (f"{part}.name", "renamed", "exact"),
            (f"{part}.taskConstraints", "renamed", "exact"),
            (f'{part}["odata.metadata"]', "dropped", "exact"),
            ("request.target", "left_out", "conditional"),
        }

    def test_ids_are_names(self) -> None:
        """Names are unique without case, and split requests."""
        value = batch(*(operation(n, self.body(n), self.target) for n in "abA"))
        assert ids(upgrade(value)) == [["a", "b"], ["A"]]

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("/workitems/V/jobs/J/tasks", "work_item_conflict"),
            ("/jobs/J/tasks", "work_item_conflict"),
            ("/workitems/W%201/jobs/K/tasks", "job_conflict"),
        ],
    )
    def test_conflicts(self, path: str, code: str) -> None:
        """Two work items of the same job id are two jobs."""
        other = operation("2", self.body("b"), path)
        error = refusal(batch(operation("1", self.body("a"), self.target), other))
        assert (error.code, error.part) == (code, "batch[1]/changeset[0]")

    def test_missing_name(self) -> None:
        """An id is no name there."""
        error = refusal(batch(operation("1", b'{"commandLine":"x"}', self.target)))
        assert isinstance(error, TaskError)
        assert (error.code, error.path) == ("missing_member", "name")


class TestNotes:
    """Every change and every loss."""

    def test_operations(self) -> None:
        """odata.type, headers without a place, defaults that changed, what the service changed."""
        body = task("a", **{"odata.type": _TYPE})
        fields = {"client_request_id": "x", "return_client_request_id": "True"}
        item = operation(
            "1", body, Content_Type="application/json", DataServiceVersion="3.0;", **fields
        )
        up = upgrade(batch(item))
        part = "batch[0]/changeset[0]"
        assert sorted(notes(up, "exact")) == [
            f'{part}.body["odata.type"]',
            f'{part}.headers["DataServiceVersion"]',
        ]
        assert notes(up, "lost") == [f'{part}.headers["client-request-id"]']
        written = f"{part}.body.constraints.retentionTime"
        assert notes(up, "conditional") == ["request.tasks", written]

    @pytest.mark.parametrize(("kind", "effect"), [(None, "exact"), ("Other", "lost")])
    def test_other_types(self, kind: str | None, effect: str) -> None:
        """A type that is no task's is a loss."""
        up = same(batch(operation("1", task("a", **{"odata.type": kind}))))
        assert notes(up, effect) == ['batch[0]/changeset[0].body["odata.type"]']
        assert b"odata.type" not in up.requests[0].body

    @pytest.mark.parametrize(
        ("source", "target", "count"),
        [
            ("2016-02-01.3.0", "2018-08-01.7.0", 0),
            ("2016-02-01.3.0", "2018-12-01.8.0", 2),
            ("2018-12-01.8.0", "2025-06-01", 0),
            ("2018-12-01.8.0", "2018-08-01.7.0", 2),
        ],
    )
    def test_defaults(self, source: str, target: str, count: int) -> None:
        """Defaults changed with 2018-12-01.8.0, and matter where it lies between the two."""
        item = operation("1", target=f"/jobs/j/tasks?api-version={source}")
        up = upgrade(batch(item), api_version=target, explicit_defaults=False)
        assert len(notes(up, "conditional")) == len(up.notes) == count

    def test_outer_request(self) -> None:
        """Headers that are neither carried nor written anew."""
        request = outer(
            User_Agent="x",
            Authorization="x",
            ocp_date="x",
            Host=HOST,
            client_request_id="x",
            Content_Type="x",
        )
        value = batch(operation("1"))
        changes = {
            note.path: (note.change, note.effect)
            for note in same(value, request=request, ocp_date="y").notes
        }
        assert changes == {
            'request.headers["User-Agent"]': ("left_out", "conditional"),
            'request.headers["Authorization"]': ("left_out", "conditional"),
            'request.headers["ocp-date"]': ("left_out", "exact"),
        }

    def test_heads_of_parts(self) -> None:
        """Fields that a body part has beyond what every part has."""
        head = Headers(
            [
                ("Content-Type", "application/http"),
                ("content-transfer-encoding", "binary"),
                ("X-Meta", "1"),
                ("Content-Location", "x"),
            ]
        )
        item = operation("1").replace(part_headers=head)
        outside = Headers([("Content-Type", "multipart/mixed; boundary=x"), ("X", "1")])
        up = same(Batch((Changeset((item,), outside), Changeset((operation("2"),)))))
        assert notes(up, "lost") == [
            'batch[0].part_headers["X"]',
            'batch[0]/changeset[0].part_headers["X-Meta"]',
            'batch[0]/changeset[0].part_headers["Content-Location"]',
        ]

    def test_second_request_id(self) -> None:
        """One goes along, and another does not."""
        request = outer()
        request = request.replace(
            headers=Headers([("client-request-id", "a"), ("Client-Request-Id", "b")])
        )
        up = same(batch(operation("1")), request=request)
        assert up.requests[0].headers.get_all("client-request-id") == ("a",)
        assert [note.path for note in up.notes] == ['request.headers["Client-Request-Id"]']

    def test_depth_in_a_collection(self) -> None:
        """A task stands in two levels more: what goes out can be read again."""
        for levels, fits in ((61, True), (62, False)):
            body = b'{"id":"a","commandLine":"c","x":%s}' % (b"[" * levels + b"]" * levels)
            value = batch(operation("1", body))
            if fits:
                assert [task.id for task in upgrade(value).requests[0].tasks] == ["a"]
            else:
                with pytest.raises(TaskError) as caught:
                    upgrade(value)
                assert caught.value.code == "json_too_deep"
                assert caught.value.part == "batch[0]/changeset[0]"

    def test_empty_changesets(self) -> None:
        """They are left out, and that is said."""
        up = same(Batch((Changeset(()), Changeset((operation("1"),)))))
        assert notes(up, "lost") == ["batch[0]"]
        assert ids(up) == [["task-1"]]

    def test_unknown_members(self) -> None:
        """They are kept, and noted; strict refuses them."""
        body = b'{"ID":"x","commandLine":"x","id":"y","constraints":{"z":[ 1.0 ]}}'
        value = batch(operation("1"), operation("2", body))
        up = same(value)
        part = "batch[1]/changeset[0]"
        assert [(note.path, note.change) for note in up.notes] == [
            (f"{part}.body.ID", "unknown_member"),
            (f"{part}.body.constraints.z", "unknown_member"),
        ]
        assert up.requests[0].tasks[1].raw == body
        error = refusal(value, api_version=LEGACY, strict=True)
        assert isinstance(error, TaskError)
        assert (error.code, error.part, error.path) == ("unknown_member", part, "ID")
        error = refusal(
            batch(operation("1", b'{"id":"a","commandLine":"x","constraints":{"y z":1}}')),
            strict=True,
        )
        assert (error.part, error.path) == ("batch[0]/changeset[0]", 'constraints["y z"]')

    def test_unknown_schemas(self) -> None:
        """Where nobody knows a version's members, one more is no breach even of strict."""
        target = TASKS.replace(LEGACY, "2015-11-01.2.1")
        for strict in (False, True):
            body = b'{"id":"y","commandLine":"x","z":1}'
            up = upgrade(batch(operation("1", body, target)), api_version=LEGACY, strict=strict)
            assert [(note.change, note.path) for note in up.notes] == [
                ("schema_unknown", "batch[0]/changeset[0].body.z")
            ]
            assert up.requests[0].tasks[0].raw == body

    def test_strict(self) -> None:
        """A loss is an error that names the first; without a loss strict changes nothing."""
        value = batch(operation("1"), operation("2", client_request_id="x", X_Other="y"))
        error = refusal(value, strict=True)
        assert error.code == "loss"
        assert error.path == 'batch[1]/changeset[0].headers["client-request-id"]'
        plain = batch(operation("1"))
        assert upgrade(plain, strict=True) == upgrade(plain)


class TestRefusals:
    """What cannot be translated names the operation."""

    @pytest.mark.parametrize(
        ("body", "code", "path"),
        [
            (b"", "invalid_json", None),
            (b"[]", "not_an_object", None),
            (b"{}", "missing_member", "id"),
            (b'{"commandLine":"x"}', "missing_member", "id"),
            (b'{"id":"x"}', "missing_member", "commandLine"),
            (b'{"id":null,"commandLine":"x"}', "missing_member", "id"),
            (b'{"id":"x","commandLine":null}', "missing_member", "commandLine"),
            (b'{"id":1,"commandLine":"x"}', "wrong_type", "id"),
            (b'{"id":"x","commandLine":["x"]}', "wrong_type", "commandLine"),
            (b'{"id":"x","commandLine":"x","displayName":1}', "wrong_type", "displayName"),
            (b'{"id":"x","commandLine":"x","constraints":[]}', "wrong_type", "constraints"),
            (
                b'{"id":"x","commandLine":"x","resourceFiles":[{},1]}',
                "wrong_type",
                "resourceFiles[1]",
            ),
            (b'{"id":"x","commandLine":"x","id":"y"}', "duplicate_member", "id"),
            (
                b'{"id":"x","commandLine":"x","constraints":{"a":1,"\\u0061":2}}',
                "duplicate_member",
                "constraints.a",
            ),
            (b'{"id":"x","commandLine":NaN}', "invalid_json", None),
            (b'{"id":"x","commandLine":"\\ud800"}', "lone_surrogate", None),
            (b'\xef\xbb\xbf{"id":"x","commandLine":"x"}', "byte_order_mark", None),
            (b'{"id":"x","commandLine":"\xff"}', "invalid_utf8", None),
        ],
    )
    def test_bodies(self, body: bytes, code: str, path: str | None) -> None:
        """A body that is no task."""
        error = refusal(batch(operation("1"), operation("2", body)))
        assert isinstance(error, TaskError)
        assert (error.code, error.path, error.part) == (code, path, "batch[1]/changeset[0]")
        assert path is not None or error.offset is not None

    @pytest.mark.parametrize(
        ("content_type", "taken"),
        [
            ("application/json;odata=minimalmetadata;streaming=true;charset=utf-8", True),
            ('APPLICATION/JSON; charset="UTF-8"', True),
            ("application/json", True),
            ("application/json; charset=utf-16", False),
            ("application/atom+xml", False),
            ("json", False),
        ],
    )
    def test_content_types(self, content_type: str, taken: bool) -> None:
        """JSON in UTF-8, or unsaid."""
        value = batch(operation("1"), operation("2", Content_Type=content_type))
        if taken:
            assert len(upgrade(value).requests) == 1
        else:
            error = refusal(value)
            assert (error.code, error.part) == ("unsupported_content_type", "batch[1]/changeset[0]")

    @pytest.mark.parametrize(
        ("value", "code", "part"),
        [
            (batch(operation("1"), operation(None)), "missing_content_id", "batch[1]/changeset[0]"),
            (Batch((operation(None),)), "missing_content_id", "batch[0]"),
            (batch(operation("")), "empty_content_id", "batch[0]/changeset[0]"),
            (
                batch(operation("1"), operation("1")),
                "repeated_content_id",
                "batch[1]/changeset[0]",
            ),
            (
                Batch((Changeset((operation("1"), operation("2"))),)),
                "too_many_changeset_operations",
                "batch[0]",
            ),
            (batch(operation("1", method="GET")), "retrieve_in_changeset", "batch[0]/changeset[0]"),
            (Batch((operation("1", method="GET"),)), "unsupported_target", "batch[0]"),
            (
                batch(operation("1", Authorization="x")),
                "forbidden_header",
                "batch[0]/changeset[0]",
            ),
            (batch(operation("1", method="PUT")), "unsupported_target", "batch[0]/changeset[0]"),
            (
                batch(operation("1"), operation("2", target="/pools/p?api-version=2016-02-01.3.0")),
                "unsupported_target",
                "batch[1]/changeset[0]",
            ),
            (
                batch(operation("1"), operation("2", target=f"{TASKS}&timeout=x")),
                "unsupported_query",
                "batch[1]/changeset[0]",
            ),
        ],
    )
    def test_rules(self, value: Batch, code: str, part: str) -> None:
        """What the service would answer 400 to, and what adds no task."""
        error = refusal(value)
        assert (error.code, error.part) == (code, part)

    def test_two_content_ids(self) -> None:
        """A Content-ID in both places is one and the same; in one place it stands once."""
        item = operation("1")
        for part_ids, same_id in ((["1"], True), (["2"], False), (["1", "2"], False)):
            part_headers = Headers(("Content-ID", value) for value in part_ids)
            value = batch(
                operation("0"),
                Operation(item.method, item.target, item.headers, item.body, "", part_headers),
            )
            if same_id:
                assert ids(upgrade(value)) == [["task-0", "task-1"]]
            else:
                error = refusal(value)
                assert (error.code, error.part) == ("content_id_conflict", "batch[1]/changeset[0]")
        twice = item.replace(headers=Headers([("Content-ID", "1"), ("Content-ID", "2")]))
        assert refusal(batch(twice)).code == "content_id_conflict"

    @pytest.mark.parametrize(
        ("target", "code"),
        [
            (TASKS.replace("job-1", "job-2"), "job_conflict"),
            (TASKS.replace(HOST, "other.batch.azure.com"), "host_conflict"),
            (TASKS.replace("http:", "https:"), "scheme_conflict"),
            (TASKS.replace(LEGACY, "2015-12-01.2.2"), "api_version_conflict"),
            (f"{TASKS}&timeout=2", "timeout_conflict"),
        ],
    )
    def test_one_job_of_one_service(self, target: str, code: str) -> None:
        """All tasks of a batch belong to one job; the operation that differs is named."""
        operations = [operation("1", target=f"{TASKS}&timeout=1"), operation("2")]
        value = batch(*operations, operation("3", target=target), operation("4", target=target))
        error = refusal(value)
        assert (error.code, error.part) == (code, "batch[2]/changeset[0]")

    def test_host_fields(self) -> None:
        """An operation's Host counts as its target's does."""
        operations = [operation(n, target="/jobs/j/tasks", Host=f"h{n}") for n in "12"]
        error = refusal(batch(*operations), source_version=LEGACY)
        assert (error.code, error.part) == ("host_conflict", "batch[1]/changeset[0]")

    @pytest.mark.parametrize(
        ("request_", "code"),
        [
            (outer(method="GET"), "unsupported_target"),
            (outer("/other"), "unsupported_target"),
            (outer("/$batch?more=1"), "unsupported_query"),
            (outer("/$batch?api-version=1999"), "unknown_api_version"),
        ],
    )
    def test_outer_requests(self, request_: HttpRequest, code: str) -> None:
        """What is no request with a batch."""
        error = refusal(batch(operation("1")), request=request_)
        assert (error.code, error.part) == (code, "request")

    @pytest.mark.parametrize(
        "options",
        [
            {"batch": BatchResponse(())},
            {"batch": None},
            {"request": operation},
            {"request": "POST"},
            {"api_version": 5},
            {"api_version": None},
            {"source_version": 5},
        ],
    )
    def test_wrong_types(self, options: dict[str, Any]) -> None:
        """Wrong Python types are a TypeError."""
        arguments: dict[str, Any] = {"batch": batch(operation("1")), **options}
        with pytest.raises(TypeError):
            upgrade(**arguments)

    def test_wrong_types_first(self) -> None:
        """They are told before what is wrong with the batch, and by their names."""
        broken = batch(operation(None))
        with pytest.raises(TypeError, match="expected an api-version as str, got int"):
            upgrade(broken, source_version=5)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="expected a Batch, got tuple"):
            upgrade(broken.parts)  # type: ignore[arg-type]

    def test_notes_of_an_operation_by_itself(self) -> None:
        """What its head in the batch loses is told once."""
        bare = operation("1").replace(part_headers=Headers([("X-Odd", "1")]))
        notes = upgrade(Batch((bare,)), api_version=MODERN).notes
        assert [note.path for note in notes if "X-Odd" in (note.path or "")] == [
            'batch[0].part_headers["X-Odd"]'
        ]

    def test_bodies_of_other_types(self) -> None:
        """Text is no body."""
        with pytest.raises(TypeError):
            upgrade(batch(operation("1", "{}")))  # type: ignore[arg-type]

    @given(st.binary(max_size=60))
    def test_only_our_errors(self, noise: bytes) -> None:
        """Arbitrary bodies give requests or a ``TaskError``."""
        for body in (noise, b'{"id":"a","commandLine":' + noise + b"}"):
            try:
                made = upgrade(batch(operation("1", body))).requests
            except TaskError:
                continue
            assert json.loads(made[0].body)["value"]


def test_names() -> None:
    """What users type is there."""
    assert {name for name in azure.__all__ if not hasattr(azure, name)} == set()


def test_coding_of_one_among_like_heads() -> None:
    """Heads of the same fields are not the same, if the coding of one is another."""
    legacy = batch(
        operation("1", Content_Encoding="identity"), operation("2", Content_Encoding="gzip")
    )
    with pytest.raises(TranslationError) as caught:
        upgrade(legacy, api_version=MODERN)
    assert caught.value.code == "unsupported_content_coding"
    assert caught.value.part == "batch[1]/changeset[0]"


JSON = "application/json"


@pytest.mark.parametrize(
    ("name", "good", "bad", "code"),
    [
        ("Content-Encoding", ["identity"] * 2, ["identity", "gzip"], "unsupported_content_coding"),
        ("Content-Type", [JSON], [JSON] * 2, "unsupported_content_type"),
        ("Content-Type", [JSON], ["text/plain"], "unsupported_content_type"),
    ],
)
def test_among_like_heads(name: str, good: list[str], bad: list[str], code: str) -> None:
    """All fields of a name are looked at, also in the second of two heads that look alike."""
    legacy = batch(
        *(
            operation(n).replace(headers=Headers([("Content-ID", n), *((name, it) for it in said)]))
            for n, said in (("1", good), ("2", bad))
        )
    )
    with pytest.raises(TranslationError) as caught:
        upgrade(legacy, api_version=MODERN)
    assert (caught.value.code, caught.value.part) == (code, "batch[1]/changeset[0]")
