"""Legacy batches to collection requests."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import Batch, BatchResponse, Changeset, Headers, Operation
from odatabatch.azure import LATEST, Note, TaskError, TranslationError, upgrade
from odatabatch.azure.translate import MAX_BODY_BYTES, MAX_TASKS
from tests.azure.batches import HOST, LEGACY, TASKS, batch, operation, outer, task

_TYPE = "Microsoft.Azure.Batch.Protocol.Entities.Task"


def ids(up: Any) -> list[list[str]]:
    """The ids of the tasks of each request."""
    return [[item.id for item in request.tasks] for request in up.requests]


def refusal(value: Batch, **options: Any) -> TranslationError:
    """The error that upgrading gives."""
    with pytest.raises(TranslationError) as caught:
        upgrade(value, **options)
    return caught.value


def notes(up: Any, effect: str) -> list[str]:
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
        up = upgrade(batch(operation("1")), request=request, ocp_date="now")
        (made,) = up.requests
        assert made.method == "POST"
        assert made.target == (
            f"http://{HOST}/jobs/job-1/addtaskcollection?api-version={LATEST}&timeout=120"
        )
        assert made.body == b'{"value":[{"id": "task-1", "commandLine": "echo"}]}'
        assert made.headers.items() == (
            ("Host", HOST),
            ("client-request-id", "id"),
            ("return-client-request-id", "False"),
            ("ocp-date", "now"),
            ("Content-Type", "application/json; odata=minimalmetadata; charset=utf-8"),
            ("Content-Length", str(len(made.body))),
        )

    def test_without_host(self) -> None:
        """Where no host is known the target is host-relative, and there is no Host."""
        up = upgrade(batch(operation("1", target="jobs/j/tasks")), api_version="2024-07-01.20.0")
        assert up.requests[0].target == "/jobs/j/addtaskcollection?api-version=2024-07-01.20.0"
        assert [name for name, _ in up.requests[0].headers] == ["Content-Type", "Content-Length"]

    def test_bodies_move_as_bytes(self) -> None:
        """odata.type goes with one comma; numbers, escapes, order and white space stay."""
        body = (
            b'\r\n{\r\n  "commandLine" : "\\u0063md \\/c \xc3\xa9",\r\n  "odata.type":"'
            + _TYPE.encode()
            + b'" ,\r\n  "id":"\\u0061",\t"displayName":null }\r\n'
        )
        (made,) = upgrade(batch(operation("1", body))).requests
        assert made.tasks[0].id == "a"
        assert made.tasks[0].raw == (
            b'{\r\n  "commandLine" : "\\u0063md \\/c \xc3\xa9",\r\n'
            b'  "id":"\\u0061",\t"displayName":null }'
        )
        assert made.body == b'{"value":[' + made.tasks[0].raw + b"]}"

    def test_operations_outside_changesets(self) -> None:
        """They are taken as well."""
        up = upgrade(Batch((operation("1"), Changeset((operation("2"),)))))
        assert ids(up) == [["task-1", "task-2"]]

    def test_empty(self) -> None:
        """An empty batch is no request."""
        up = upgrade(Batch(()), request=outer())
        assert (up.requests, up.notes) == ((), ())
        assert up.answer(()) == BatchResponse(())

    def test_picklable(self) -> None:
        """A copy through pickle is equal, and answers alike."""
        up = upgrade(batch(operation("1")))
        assert pickle.loads(pickle.dumps(up)) == up  # noqa: S301 - our own bytes

    def test_discreet(self) -> None:
        """No repr quotes a header's value, a query or a body."""
        value = batch(operation("1", task("secret"), client_request_id="secret"))
        assert "secret" not in repr(upgrade(value, request=outer(Authorization="secret")))


class TestSplitting:
    """How many requests it takes."""

    def test_the_same_id_twice(self) -> None:
        """The second task of an id, in any case, stands in a later request."""
        names = ["a", "A", "b", "a", "c", "B"]
        value = batch(*(operation(str(n), task(name)) for n, name in enumerate(names)))
        assert ids(upgrade(value)) == [["a", "b", "c"], ["A", "B"], ["a"]]

    def test_number_of_tasks(self) -> None:
        """At most 100 tasks a request."""
        value = batch(*(operation(str(n)) for n in range(2 * MAX_TASKS + 1)))
        assert [len(group) for group in ids(upgrade(value))] == [100, 100, 1]

    @pytest.mark.parametrize("more", [0, 1])
    def test_size(self, more: int) -> None:
        """A body of 1 MiB is taken whole, a byte more makes two of it."""
        first = task("a", displayName="x" * 300_000)
        room = MAX_BODY_BYTES - len(b'{"value":[,]}') - len(first) - len(task("b", displayName=""))
        second = task("b", displayName="y" * (room + more))
        up = upgrade(batch(operation("1", first), operation("2", second)))
        assert len(up.requests) == 1 + more
        assert max(len(request.body) for request in up.requests) <= MAX_BODY_BYTES
        assert more or len(up.requests[0].body) == MAX_BODY_BYTES

    def test_a_task_that_is_too_large(self) -> None:
        """It goes alone, for the service to refuse."""
        large = task("b", displayName="x" * MAX_BODY_BYTES)
        up = upgrade(batch(operation("1"), operation("2", large), operation("3")))
        assert ids(up) == [["task-1"], ["b"], ["task-3"]]

    @given(st.lists(st.tuples(st.sampled_from("aAbBcé"), st.integers(0, 400_000)), max_size=12))
    def test_invariants(self, tasks: list[tuple[str, int]]) -> None:
        """The page, Task - Add Collection: limits hold, nothing is lost, order is kept."""
        bodies = [task(name, displayName="x" * size) for name, size in tasks]
        up = upgrade(batch(*(operation(str(n), body) for n, body in enumerate(bodies))))
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
            same = [n for n in places if tasks[n][0].lower() == name]
            assert same == sorted(same)


class TestNotes:
    """Every change and every loss."""

    def test_operations(self) -> None:
        """odata.type, headers without a place, defaults that changed."""
        body = task("a", **{"odata.type": _TYPE})
        fields = {"client_request_id": "x", "return_client_request_id": "True"}
        item = operation(
            "1", body, Content_Type="application/json", DataServiceVersion="3.0;", **fields
        )
        up = upgrade(batch(item))
        part = "batch[0]/changeset[0]"
        assert notes(up, "exact") == [
            f'{part}.body["odata.type"]',
            f'{part}.headers["DataServiceVersion"]',
        ]
        assert notes(up, "lost") == [f'{part}.headers["client-request-id"]']
        assert notes(up, "conditional") == [f"{part}.body.constraints.retentionTime", "batch"]

    @pytest.mark.parametrize(("kind", "effect"), [(None, "exact"), ("Other", "lost")])
    def test_other_types(self, kind: str | None, effect: str) -> None:
        """A type that is no task's is a loss."""
        up = upgrade(batch(operation("1", task("a", **{"odata.type": kind}))))
        assert notes(up, effect) == ['batch[0]/changeset[0].body["odata.type"]']
        assert b"odata.type" not in up.requests[0].body

    @pytest.mark.parametrize(
        ("source", "target", "count"),
        [
            ("2016-02-01.3.0", "2018-08-01.7.0", 0),
            ("2016-02-01.3.0", "2018-12-01.8.0", 2),
            (None, "2018-12-01.8.0", 2),
            (None, "2018-08-01.7.0", 0),
            ("2018-12-01.8.0", "2025-06-01", 0),
            ("2018-12-01.8.0", "2018-08-01.7.0", 2),
        ],
    )
    def test_defaults(self, source: str | None, target: str, count: int) -> None:
        """Defaults changed with 2018-12-01.8.0, and matter where it lies between the two."""
        query = "" if source is None else f"?api-version={source}"
        up = upgrade(batch(operation("1", target=f"/jobs/j/tasks{query}")), api_version=target)
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
        value = batch(operation("1", target=TASKS.replace(LEGACY, "2019-06-01.9.0")))
        changes = {
            note.path: note.change for note in upgrade(value, request=request, ocp_date="y").notes
        }
        assert changes == {
            'request.headers["User-Agent"]': "left out",
            'request.headers["Authorization"]': "left out",
            'request.headers["ocp-date"]': "written anew",
        }

    def test_empty_changesets(self) -> None:
        """They are left out, and that is said."""
        up = upgrade(Batch((Changeset(()), Changeset((operation("1"),)))))
        assert notes(up, "lost") == ["batch[0]"]
        assert ids(up) == [["task-1"]]

    def test_strict(self) -> None:
        """A loss is an error that names the first; without a loss strict changes nothing."""
        value = batch(operation("1"), operation("2", client_request_id="x", X_Other="y"))
        error = refusal(value, strict=True)
        assert error.code == "loss"
        assert error.path == 'batch[1]/changeset[0].headers["client-request-id"]'
        plain = batch(operation("1"))
        assert upgrade(plain, strict=True) == upgrade(plain)

    def test_notes_are_values(self) -> None:
        """A note says where, what, how much, why, and who says so."""
        (note, *_) = upgrade(batch(operation("1"))).notes
        assert isinstance(note, Note)
        assert all((note.path, note.change, note.effect, note.detail, note.source))


class TestRefusals:
    """What cannot be translated names the operation."""

    @pytest.mark.parametrize(
        ("body", "code", "path"),
        [
            (b"", "invalid_json", None),
            (b"[]", "not_an_object", None),
            (b"{}", "missing_member", "commandLine"),
            (b'{"commandLine":"x"}', "missing_member", "id"),
            (b'{"id":"x"}', "missing_member", "commandLine"),
            (b'{"id":null,"commandLine":"x"}', "missing_member", "id"),
            (b'{"id":1,"commandLine":"x"}', "wrong_type", "id"),
            (b'{"id":"x","commandLine":["x"]}', "wrong_type", "commandLine"),
            (b'{"id":"x","commandLine":"x","displayName":1}', "wrong_type", "displayName"),
            (b'{"odata.type":1,"id":"x","commandLine":"x"}', "wrong_type", '["odata.type"]'),
            (b'{"id":"x","commandLine":"x","id":"y"}', "duplicate_member", "id"),
            (b'{"id":"x","commandLine":"x","constraints":{}}', "unsupported_member", "constraints"),
            (b'{"ID":"x","commandLine":"x"}', "unsupported_member", "ID"),
            (b'{"odata.metadata":"x"}', "unsupported_member", '["odata.metadata"]'),
        ],
    )
    def test_bodies(self, body: bytes, code: str, path: str | None) -> None:
        """A body that is no task, or one with members that are not supported yet."""
        error = refusal(batch(operation("1"), operation("2", body)))
        assert isinstance(error, TaskError)
        assert (error.code, error.path, error.part) == (code, path, "batch[1]/changeset[0]")

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
        value = batch(operation("1", Content_Type=content_type))
        if taken:
            assert len(upgrade(value).requests) == 1
        else:
            error = refusal(value)
            assert (error.code, error.part) == ("unsupported_content_type", "batch[0]/changeset[0]")

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
            (
                batch(operation("1", Authorization="x")),
                "forbidden_header",
                "batch[0]/changeset[0]",
            ),
            (batch(operation("1", method="PUT")), "unsupported_target", "batch[0]/changeset[0]"),
        ],
    )
    def test_rules(self, value: Batch, code: str, part: str) -> None:
        """What the service would answer 400 to."""
        error = refusal(value)
        assert (error.code, error.part) == (code, part)

    def test_two_content_ids(self) -> None:
        """A Content-ID in both places is one and the same."""
        for value, same in (("1", True), ("2", False)):
            item = operation("1")
            item = Operation(
                item.method,
                item.target,
                item.headers,
                item.body,
                part_headers=Headers([("Content-ID", value)]),
            )
            if same:
                assert len(upgrade(batch(item)).requests) == 1
            else:
                error = refusal(batch(item))
                assert (error.code, error.part) == ("content_id_conflict", "batch[0]/changeset[0]")

    def test_jobs(self) -> None:
        """All tasks of a batch belong to one job."""
        other = operation("2", target=TASKS.replace("job-1", "job-2"))
        error = refusal(batch(operation("1"), other))
        assert (error.code, error.part) == ("job_conflict", "batch[1]/changeset[0]")

    @pytest.mark.parametrize(
        ("version", "code"),
        [("2015-12-01.2.2", "no_task_collection"), ("newest", "unknown_api_version")],
    )
    def test_versions(self, version: str, code: str) -> None:
        """A version without addtaskcollection, and none at all."""
        assert refusal(batch(), api_version=version).code == code

    def test_wrong_types(self) -> None:
        """Wrong Python types are a TypeError."""
        for arguments in ((BatchResponse(()),), (None,), (Batch(()), LATEST, operation)):
            with pytest.raises(TypeError):
                upgrade(*arguments)

    @given(st.binary(max_size=60))
    def test_only_our_errors(self, noise: bytes) -> None:
        """Arbitrary bodies give requests or a ``TaskError``."""
        for body in (noise, b'{"id":"a","commandLine":' + noise + b"}"):
            try:
                made = upgrade(batch(operation("1", body))).requests
            except TaskError:
                continue
            assert json.loads(made[0].body)["value"]


def test_version_of_another_type() -> None:
    """A TypeError, not an unknown version."""
    with pytest.raises(TypeError):
        upgrade(Batch(()), api_version=5)  # type: ignore[arg-type]
