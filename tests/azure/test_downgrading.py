"""Collection requests to legacy batches."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import Batch, Changeset, EncodeError, HttpRequest, RuleError, check
from odatabatch.azure import (
    AZURE_BATCH,
    LATEST,
    Downgrade,
    TaskError,
    TranslationError,
    downgrade,
)
from odatabatch.azure.versions import FIRST_JOBS, LAST_BATCH, VERSIONS, position
from odatabatch.http_message import parse_request
from tests.azure.batches import (
    COLLECTION,
    FIXTURES,
    HOST,
    JSON,
    LEGACY,
    MODERN,
    WORK_ITEMS,
    accepted,
    collection,
    decoded_request,
    part_added,
    task,
)

SAME = COLLECTION.replace(MODERN, LEGACY)
INFINITE = "P10675199DT2H48M5.4775807S"


def same(*tasks: bytes, **options: Any) -> Downgrade:
    """Tasks of the version that the batches are for: no rule is crossed, bodies stay."""
    return downgrade(collection(*tasks, target=SAME), **options)


def refusal(request: HttpRequest, **options: Any) -> TranslationError:
    """The error that downgrading gives."""
    with pytest.raises(TranslationError) as caught:
        downgrade(request, **options)
    return caught.value


def operations(batches: Iterable[Batch]) -> list[list[tuple[Any, ...]]]:
    """What each batch asks for."""
    return [
        [(item.method, item.target, item.headers, item.body) for item in batch.operations]
        for batch in batches
    ]


def content_ids(down: Downgrade) -> list[list[str | None]]:
    """The Content-IDs of each batch."""
    return [[item.content_id for item in batch.operations] for batch in down.batches]


class TestRequests:
    """What is to be sent."""

    def test_whole(self) -> None:
        """Every byte, given the boundaries: as the page Add multiple tasks to a job shows them."""
        request = collection(
            b'{ "id" : "a",\r\n"commandLine":"x" }',
            b'{"id":"b","commandLine":"y"}',
            target=f"{SAME}&timeout=120",
            client_request_id="id",
            return_client_request_id="False",
            Content_Type="application/json; odata=minimalmetadata",
        )
        down = downgrade(
            request, ocp_date="now", boundaries=["batch_1", "changeset_1", "changeset_2"]
        )
        (made,) = down.requests
        lines = [
            "--batch_1",
            "Content-Type: multipart/mixed; boundary=changeset_1",
            "",
            "--changeset_1",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "",
            f"POST https://{HOST}/jobs/job-1/tasks?api-version={LEGACY} HTTP/1.1",
            f"Content-Type: {JSON}",
            "Content-ID: 1",
            "DataServiceVersion: 3.0;",
            "",
            '{ "id" : "a",',
            '"commandLine":"x" }',
            "--changeset_1--",
            "--batch_1",
            "Content-Type: multipart/mixed; boundary=changeset_2",
            "",
            "--changeset_2",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "",
            f"POST https://{HOST}/jobs/job-1/tasks?api-version={LEGACY} HTTP/1.1",
            f"Content-Type: {JSON}",
            "Content-ID: 2",
            "DataServiceVersion: 3.0;",
            "",
            '{"id":"b","commandLine":"y"}',
            "--changeset_2--",
            "--batch_1--",
            "",
        ]
        assert made.body.decode() == "\r\n".join(lines)
        assert (made.method, made.target) == (
            "POST",
            f"https://{HOST}/$batch?api-version={LEGACY}&timeout=120",
        )
        assert made.headers.items() == (
            ("Host", HOST),
            ("client-request-id", "id"),
            ("return-client-request-id", "False"),
            ("ocp-date", "now"),
            ("Content-Type", "multipart/mixed; boundary=batch_1"),
            ("Content-Length", str(len(made.body))),
        )
        assert operations([decoded_request(made)]) == operations(down.batches)

    def test_shape(self) -> None:
        """One operation a changeset, and none of the protocol's rules broken."""
        down = same(*(task(f"t{n}") for n in range(101)))
        for batch in down.batches:
            assert all(isinstance(part, Changeset) for part in batch.parts)
            assert len(batch.parts) == len(batch.operations)
            assert check(batch, AZURE_BATCH) == ()

    def test_without_host(self) -> None:
        """Where no host is known targets are host-relative, and there is no Host."""
        request = collection(task("a"), target=f"jobs/j/addtaskcollection?api-version={LEGACY}")
        down = downgrade(request)
        assert down.requests[0].target == f"/$batch?api-version={LEGACY}"
        (item,) = down.batches[0].operations
        assert item.target == f"/jobs/j/tasks?api-version={LEGACY}"
        assert down.requests[0].headers.names == ("Content-Type", "Content-Length")

    def test_host_field(self) -> None:
        """The Host counts as the target's does; the scheme is https where none is named."""
        request = collection(
            task("a"), target=f"/jobs/j/addtaskcollection?api-version={LEGACY}", Host="h:81"
        )
        down = downgrade(request)
        assert down.requests[0].target == f"https://h:81/$batch?api-version={LEGACY}"
        assert down.requests[0].headers.get("Host") == "h:81"

    @pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
    def test_number_of_operations(self, count: int) -> None:
        """At most 100 a batch, in the collection's order."""
        bodies = [task(f"t{n}") for n in range(count)]
        down = same(*bodies)
        sizes = [len(batch.operations) for batch in down.batches]
        assert sizes == [100] * (count // 100) + [count % 100] * (count % 100 > 0)
        assert [item.body for batch in down.batches for item in batch.operations] == bodies
        assert operations(map(decoded_request, down.requests)) == operations(down.batches)

    def test_bodies_move_as_bytes(self) -> None:
        """Where no rule is crossed nothing is touched, annotations included."""
        body = (
            b'{\r\n  "commandLine" : "\\u0063md \\/c \xc3\xa9",\r\n "odata.type":"x",'
            b'  "id":"\\u0061",\t"displayName":null , "constraints" : {"n":-0} }'
        )
        down = same(body)
        assert down.batches[0].operations[0].body == body
        assert b"\r\n\r\n" + body + b"\r\n--" in down.requests[0].body

    def test_values_move_as_bytes(self) -> None:
        """Where a member goes, the values of the others stay as they are, in their order."""
        body = (
            b'{ "requiredSlots":1, "id" : "\\u0061" ,"constraints":{ "retentionTime" : "P7D" },'
            b'"commandLine":"\\u0063"}'
        )
        down = downgrade(collection(body))
        assert down.batches[0].operations[0].body == (
            b'{"id":"\\u0061","constraints":{ "retentionTime" : "P7D" },"commandLine":"\\u0063"}'
        )

    def test_pages(self) -> None:
        """The samples of Task - Add Collection (2024) can be said, with losses that are named."""
        for name in ("basic", "complex"):
            request = parse_request((FIXTURES / f"add-collection-2024-{name}.http").read_bytes())
            down = downgrade(request)
            asked = json.loads(request.body)["value"]
            made = [json.loads(item.body) for item in down.batches[0].operations]
            assert [item["id"] for item in made] == [item["id"] for item in asked]

    def test_deterministic(self) -> None:
        """The same request gives the same bytes; batches have different boundaries."""
        bodies = [task(f"t{n}") for n in range(101)]
        first, second = same(*bodies), same(*bodies)
        assert first == second
        assert [it.body for it in first.requests] == [it.body for it in second.requests]
        kinds = {it.headers.get("Content-Type") for it in first.requests}
        assert len(kinds) == 2

    def test_picklable(self) -> None:
        """A copy through pickle is equal, and answers alike."""
        down = downgrade(collection(task("a")))
        again = pickle.loads(pickle.dumps(down))  # noqa: S301 - our own bytes
        assert (again, again.notes) == (down, down.notes)
        response = accepted(part_added("1", "a"))
        assert again.answer([response]) == down.answer([response])

    def test_discreet(self) -> None:
        """No repr quotes a header's value, a query or a body."""
        request = collection(task("secret"), client_request_id="secret", Authorization="secret")
        down = downgrade(request)
        assert "secret" not in repr(down)
        assert [name for name, _ in down.__rich_repr__()] == ["requests", "notes"]


class TestContentIds:
    """One a task."""

    def test_generated(self) -> None:
        """They count on over all batches."""
        down = same(*(task(f"t{n}") for n in range(102)))
        assert content_ids(down) == [[str(n) for n in range(1, 101)], ["101", "102"]]

    @pytest.mark.parametrize(
        "given_ids", [["x", "<y@z>"], ("x", "<y@z>", "w"), {"x": 1, "<y@z>": 2}]
    )
    def test_given(self, given_ids: Iterable[str]) -> None:
        """As they are, and no more of them than there are tasks."""
        assert content_ids(same(task("a"), task("b"), content_ids=given_ids)) == [["x", "<y@z>"]]

    def test_given_without_end(self) -> None:
        """An iterator may go on for ever."""
        numbers = iter(range(7, 1_000_000_000))
        down = same(task("a"), task("b"), content_ids=map(str, numbers))
        assert content_ids(down) == [["7", "8"]]
        assert next(numbers) == 9

    @pytest.mark.parametrize("given_ids", [[], ["x"]])
    def test_too_few(self, given_ids: list[str]) -> None:
        """None is made up for those that are not given."""
        request = collection(task("a"), task("b"), target=SAME)
        assert refusal(request, content_ids=given_ids).code == "too_few_content_ids"

    @pytest.mark.parametrize(
        ("given_ids", "fault"),
        [(["x", "x"], "repeated_content_id"), (["x", ""], "empty_content_id")],
    )
    def test_against_the_rules(self, given_ids: list[str], fault: str) -> None:
        """The same one twice in a batch, or none at all."""
        with pytest.raises(RuleError) as caught:
            same(task("a"), task("b"), content_ids=given_ids)
        assert [it.code for it in caught.value.faults] == [fault]

    @pytest.mark.parametrize("given_id", ["a\r\nX: y", " a", "a\x00", "\u20ac"])
    def test_that_break_the_message(self, given_id: str) -> None:
        """They are refused before a byte is written."""
        with pytest.raises(EncodeError) as caught:
            same(task("a"), content_ids=[given_id])
        assert caught.value.code == "invalid_field"

    def test_again_in_the_next_batch(self) -> None:
        """They are unique within a batch."""
        ids = [*map(str, range(100)), "0"]
        down = same(*(task(f"t{n}") for n in range(101)), content_ids=ids)
        assert content_ids(down)[1] == ["0"]


class TestBoundaries:
    """Given ones, batch by batch."""

    def test_of_several_batches(self) -> None:
        """The batch's, then one a changeset, then the next batch's."""
        names = ["first", *(f"c{n}." for n in range(100)), "second", "last"]
        down = same(*(task(f"t{n}") for n in range(101)), boundaries=names)
        assert [it.headers.get("Content-Type") for it in down.requests] == [
            "multipart/mixed; boundary=first",
            "multipart/mixed; boundary=second",
        ]
        assert b"boundary=c99.\r\n" in down.requests[0].body
        assert b"boundary=last\r\n" in down.requests[1].body

    @pytest.mark.parametrize("count", [0, 1, 2, 103])
    def test_too_few(self, count: int) -> None:
        """None is made up."""
        names = [f"b{n}x" for n in range(count)]
        with pytest.raises(EncodeError) as caught:
            same(*(task(f"t{n}") for n in range(102)), boundaries=names)
        assert caught.value.code == "too_few_boundaries"

    @pytest.mark.parametrize(
        ("names", "code"),
        [
            (["b", "b"], "boundary_prefix"),
            (["b", "bc"], "boundary_prefix"),
            (["", "c"], "invalid_boundary"),
            (["b\r\n", "c"], "invalid_boundary"),
        ],
    )
    def test_unusable(self, names: list[str], code: str) -> None:
        """One that would break the message."""
        with pytest.raises(EncodeError) as caught:
            same(task("a"), boundaries=names)
        assert caught.value.code == code


class TestVersions:
    """To which version, and from which."""

    @pytest.mark.parametrize("version", VERSIONS[position(FIRST_JOBS) :])
    def test_jobs_of_the_account(self, version: str) -> None:
        """A work item is refused, and not needed."""
        down = downgrade(collection(task("a"), target=SAME), api_version=version)
        assert down.batches[0].operations[0].target == (
            f"https://{HOST}/jobs/job-1/tasks?api-version={version}"
        )
        assert down.requests[0].target == f"https://{HOST}/$batch?api-version={version}"
        late = [note.path for note in down.notes if note.path == "request.target"]
        assert late == ["request.target"] * (position(version) > position(LAST_BATCH))
        error = refusal(collection(task("a"), target=SAME), api_version=version, work_item="w")
        assert error.code == "unexpected_work_item"

    @pytest.mark.parametrize("version", VERSIONS[: position(FIRST_JOBS)])
    def test_work_items(self, version: str) -> None:
        """Before 2015-06-01.2.0 a job stands in one, and nobody can guess which."""
        request = collection(
            task("a", constraints={"maxTaskRetryCount": 3, "retentionTime": "PT1H"}), target=SAME
        )
        for missing in (None, ""):
            error = refusal(request, api_version=version, work_item=missing)
            assert error.code == "missing_work_item"
        down = downgrade(request, api_version=version, work_item="W%201")
        (item,) = down.batches[0].operations
        assert item.target == (
            f"https://{HOST}/workitems/W%201/jobs/job-1/tasks?api-version={version}"
        )
        assert json.loads(item.body) == {
            "name": "a",
            "commandLine": "echo",
            "taskConstraints": {"maxTaskRetryCount": 3, "retentionTime": "PT1H"},
        }
        unseen = [note.change for note in down.notes if note.path == "request.tasks"]
        assert unseen == ["schema_unknown"] * (version == "2015-03-01.1.1")

    def test_default(self) -> None:
        """The newest that a document shows batches for."""
        assert f"api-version={LAST_BATCH}" in downgrade(collection(task("a"))).requests[0].target
        assert LAST_BATCH == LEGACY

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            ({"api_version": "2021-01-01.13.0"}, "unknown_api_version"),
            ({"api_version": ""}, "unknown_api_version"),
            ({"source_version": "oldest"}, "unknown_api_version"),
        ],
    )
    def test_unknown(self, options: dict[str, str], code: str) -> None:
        """What was never published."""
        assert refusal(collection(task("a")), **options).code == code

    def test_source(self) -> None:
        """The target names it, else the argument; where neither does, nothing is guessed."""
        plain = "/jobs/j/addtaskcollection"
        request = collection(task("a"), target=plain)
        error = refusal(request)
        assert (error.code, error.part) == ("missing_api_version", "request")
        named = collection(task("a"), target=f"{plain}?api-version={LEGACY}")
        for down, crossed in (
            (downgrade(request, source_version=LEGACY), False),
            (downgrade(request, source_version=LATEST), True),
            (downgrade(named, source_version=LEGACY), False),
        ):
            assert (b'"P7D"' in down.requests[0].body) is crossed
        assert refusal(named, source_version=LATEST).code == "api_version_conflict"

    @pytest.mark.parametrize(
        "work_item", ["a/b", "a?b", "a#b", "a b", "%", "é", "a\r\nb", "..", "%2e", "%ff"]
    )
    def test_invalid_work_item(self, work_item: str) -> None:
        """It is one segment of a path, as it stands there."""
        error = refusal(collection(task("a")), api_version="2014-10-01.1.0", work_item=work_item)
        assert error.code == "invalid_work_item"

    @pytest.mark.parametrize("ocp_date", ["", "a\r\nX: b", " a", "é"])
    def test_invalid_date(self, ocp_date: str) -> None:
        """It would break the header field."""
        assert refusal(collection(task("a")), ocp_date=ocp_date).code == "invalid_ocp_date"

    @pytest.mark.parametrize(
        ("target", "options"),
        [
            ("/jobs/j/addtaskcollection?api-version=2015-12-01.2.2", {}),
            ("/jobs/j/addtaskcollection", {"source_version": "2015-12-01.2.2"}),
        ],
    )
    def test_source_without_collections(self, target: str, options: dict[str, str]) -> None:
        """There was no such request."""
        assert refusal(collection(task("a"), target=target), **options).code == "no_task_collection"


class TestNotes:
    """Every change and every loss, with its path."""

    def test_losses(self) -> None:
        """Members that older versions do not have go, and are named."""
        body = task(
            "b",
            containerSettings={"imageName": "i"},
            resourceFiles=[
                {"httpUrl": "https://a.blob.core.windows.net/c/f", "filePath": "f"},
                {"storageContainerUrl": "https://a.blob.core.windows.net/c"},
            ],
            constraints={"retentionTime": "PT1H"},
        )
        plain = task("a", constraints={"retentionTime": "PT1H"})
        down = downgrade(collection(plain, body))
        losses = [(note.path, note.change) for note in down.notes if note.effect == "lost"]
        assert sorted(losses) == [
            ("value[1].containerSettings", "dropped"),
            ("value[1].resourceFiles[1].storageContainerUrl", "dropped"),
        ]
        assert all(note.detail and note.source for note in down.notes)
        assert json.loads(down.batches[0].operations[1].body)["resourceFiles"] == [
            {"blobSource": "https://a.blob.core.windows.net/c/f", "filePath": "f"},
            {},
        ]

    def test_strict(self) -> None:
        """A loss is an error that names the first; without a loss strict changes nothing."""
        lossy = collection(task("a"), task("b", containerSettings={"imageName": "i"}))
        error = refusal(lossy, strict=True)
        assert not isinstance(error, TaskError)
        assert (error.code, error.path) == ("loss", "value[1].containerSettings")
        plain = collection(task("a"))
        assert downgrade(plain, strict=True) == downgrade(plain)

    @pytest.mark.parametrize(
        ("members", "path"),
        [
            ({"ID": 1}, "value[1].ID"),
            ({"body": {"x": 1}}, "value[1].body"),
            ({"constraints": {"y z": 1}}, 'value[1].constraints["y z"]'),
        ],
    )
    def test_unknown_members(self, members: dict[str, Any], path: str) -> None:
        """They are kept, and noted; strict refuses them, and names them by the same path."""
        request = collection(task("a"), task("b", **members), target=SAME)
        down = downgrade(request)
        assert [(note.path, note.change) for note in down.notes] == [(path, "unknown_member")]
        assert down.batches[0].operations[1].body == task("b", **members)
        error = refusal(request, strict=True)
        assert isinstance(error, TaskError)
        assert (error.code, error.path, error.part) == ("unknown_member", path, None)

    @pytest.mark.parametrize("explicit", [True, False])
    def test_defaults(self, explicit: bool) -> None:
        """7 days were meant; older versions keep a directory without end."""
        down = downgrade(collection(task("a")), explicit_defaults=explicit)
        sent = json.loads(down.batches[0].operations[0].body)
        assert sent.get("constraints") == ({"retentionTime": "P7D"} if explicit else None)
        changes = {note.path: note.change for note in down.notes}
        assert changes["value[0].constraints.retentionTime"] == (
            "written" if explicit else "default_changed"
        )

    def test_headers(self) -> None:
        """Those that are neither carried nor written anew."""
        request = collection(
            task("a"),
            target=SAME,
            User_Agent="x",
            Authorization="x",
            ocp_date="x",
            Host=HOST,
            client_request_id="x",
            return_client_request_id="x",
            Content_Type="application/json",
            Content_Length="1",
            Transfer_Encoding="chunked",
            DataServiceVersion="3.0",
        )
        for ocp_date, effect in ((None, "conditional"), ("y", "exact")):
            down = downgrade(request, ocp_date=ocp_date)
            assert {note.path: (note.change, note.effect) for note in down.notes} == {
                'request.headers["User-Agent"]': ("left_out", "conditional"),
                'request.headers["Authorization"]': ("left_out", "conditional"),
                'request.headers["ocp-date"]': ("left_out", effect),
                'request.headers["DataServiceVersion"]': ("left_out", "exact"),
            }
            assert down.requests[0].headers.get("ocp-date") == ocp_date

    def test_annotations(self) -> None:
        """Those beside the tasks have no place in a batch; those of tasks have."""
        request = collection(task("a"), target=SAME)
        body = b'{"odata.metadata":"m","x@odata.y":{},"value":[%s]}' % task(
            "a", **{"odata.type": "T"}
        )
        down = downgrade(request.replace(body=body))
        assert [(note.path, note.change, note.effect) for note in down.notes] == [
            ('request.body["odata.metadata"]', "left_out", "exact"),
            ('request.body["x@odata.y"]', "left_out", "exact"),
        ]
        assert b"odata.type" in down.requests[0].body

    def test_none(self) -> None:
        """Where nothing is another there is nothing to note."""
        assert same(task("a")).notes == ()
        assert downgrade(collection(target=SAME)).notes == ()


class TestRefusals:
    """What cannot be translated."""

    @pytest.mark.parametrize(
        ("request_", "code"),
        [
            (collection(method="PUT"), "unsupported_target"),
            (collection(target=f"/jobs/j/tasks?api-version={LEGACY}"), "unsupported_target"),
            (collection(target=f"/$batch?api-version={LEGACY}"), "unsupported_target"),
            (
                collection(target=f"/workitems/w/jobs/j/addtaskcollection?api-version={LEGACY}"),
                "unsupported_target",
            ),
            (collection(target=f"{COLLECTION}&more=1"), "unsupported_query"),
            (collection(target=f"{COLLECTION}&timeout=soon"), "unsupported_query"),
            (collection(target=COLLECTION.replace(MODERN, "1999")), "unknown_api_version"),
            (collection(Host="other"), "host_conflict"),
            (collection(Content_Type="application/xml"), "unsupported_content_type"),
            (collection(Content_Type="json"), "unsupported_content_type"),
            (
                collection(Content_Type="application/json; charset=utf-16"),
                "unsupported_content_type",
            ),
            (collection(Content_Encoding="gzip"), "unsupported_content_coding"),
        ],
    )
    def test_requests(self, request_: HttpRequest, code: str) -> None:
        """Other targets, queries, content types and codings."""
        error = refusal(request_)
        assert (error.code, error.part) == (code, "request")

    def test_taken(self) -> None:
        """JSON in UTF-8, or unsaid; no coding, or identity."""
        for fields in (
            {},
            {"Content_Type": "application/json"},
            {"Content_Type": 'Application/JSON; odata=minimalmetadata; charset="UTF-8"'},
            {"Content_Encoding": "Identity"},
        ):
            assert downgrade(collection(task("a"), **fields)).requests

    @pytest.mark.parametrize(
        ("body", "code", "path"),
        [
            (b"", "invalid_json", None),
            (b"[]", "not_an_object", None),
            (b"{}", "missing_member", "value"),
            (b'{"value":{}}', "wrong_type", "value"),
            (b'{"value":[],"more":1}', "unsupported_member", "more"),
            (b'{"value":[1]}', "wrong_type", "value[0]"),
            (b'{"value":[{"commandLine":"x"}]}', "missing_member", "value[0].id"),
            (
                b'{"value":[{"id":"a","commandLine":"x"},{"id":"b"}]}',
                "missing_member",
                "value[1].commandLine",
            ),
            (
                b'{"value":[{"id":"a","commandLine":"x","constraints":{"retentionTime":1}}]}',
                "wrong_type",
                "value[0].constraints.retentionTime",
            ),
            (
                b'{"value":[{"id":"a","commandLine":"x","httpUrl":1,"x":{"y":1,"y":1}}]}',
                "duplicate_member",
                "value[0].x.y",
            ),
            (b'{"value":[{"id":"a","commandLine":"\\ud800"}]}', "lone_surrogate", None),
            (b'{"value":[{"id":"a","commandLine":"\xff"}]}', "invalid_utf8", None),
        ],
    )
    def test_bodies(self, body: bytes, code: str, path: str | None) -> None:
        """What is no collection of tasks."""
        error = refusal(collection().replace(body=body))
        assert isinstance(error, TaskError)
        assert (error.code, error.path) == (code, path)
        assert path is not None or error.offset is not None

    @pytest.mark.parametrize("again", ["a", "A"])
    def test_repeated_ids(self, again: str) -> None:
        """The service takes ids without case, and results could not be told apart."""
        error = refusal(collection(task("a"), task("b"), task(again)))
        assert isinstance(error, TaskError)
        assert (error.code, error.path) == ("repeated_task_id", "value[2].id")

    @pytest.mark.parametrize(
        "options",
        [
            {"request": None},
            {"request": b""},
            {"api_version": 5},
            {"source_version": 5},
            {"work_item": 5},
            {"work_item": b"w", "api_version": WORK_ITEMS},
            {"content_ids": "1"},
            {"content_ids": [1]},
            {"content_ids": 1},
            {"boundaries": "ab"},
            {"boundaries": [1, 2]},
            {"ocp_date": 5},
        ],
    )
    def test_wrong_types(self, options: dict[str, Any]) -> None:
        """Wrong Python types are a TypeError."""
        arguments: dict[str, Any] = {"request": collection(task("a")), **options}
        with pytest.raises(TypeError):
            downgrade(**arguments)

    def test_wrong_types_first(self) -> None:
        """They are told before what is wrong with the request."""
        with pytest.raises(TypeError, match="expected an api-version as str, got int"):
            downgrade(HttpRequest("GET", "no target"), LEGACY, source_version=5)  # type: ignore[arg-type]

    def test_wrong_request(self) -> None:
        """The error names the type that was given."""
        with pytest.raises(TypeError, match="expected an HttpRequest, got bytes"):
            downgrade(b"")  # type: ignore[arg-type]

    @given(st.binary(max_size=60))
    def test_only_our_errors(self, noise: bytes) -> None:
        """Arbitrary bodies give requests or a ``TaskError``."""
        for body in (noise, b'{"value":[{"id":"a","commandLine":' + noise + b"}]}"):
            try:
                made = downgrade(collection().replace(body=body)).requests
            except TaskError:
                continue
            assert len(made) <= 1
