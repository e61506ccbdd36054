"""The clients of Azure's tables and blobs: their batches are read, and they read the answers."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import odatabatch
from odatabatch import (
    AZURE_TABLES,
    ODATA_V4,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    OperationResponse,
)
from tests.interop.azurite import ACCOUNT, KEY
from tests.interop.peers import import_or_skip
from tests.interop.servers import BatchServer, Received, batch_server

pytestmark = pytest.mark.interop


def stored(received: Received) -> BatchResponse:
    """Every operation of a changeset was carried out: 204, and an ETag that tells its place."""
    (changeset,) = received.batch.parts
    answers = [
        OperationResponse(204, "No Content", Headers([("ETag", f'W/"{place}"')]))
        for place, _ in enumerate(changeset.operations)
    ]
    return BatchResponse((ChangesetResponse(tuple(answers)),))


def refusal(place: int) -> OperationResponse:
    """The answer to a changeset of which the operation in that place failed."""
    message = {"lang": "en-US", "value": f"{place}:The entity Žofie exists."}
    return OperationResponse(
        409,
        "Conflict",
        Headers([("Content-Type", "application/json;odata=minimalmetadata;charset=utf-8")]),
        json.dumps(
            {"odata.error": {"code": "EntityAlreadyExists", "message": message}}, ensure_ascii=False
        ).encode(),
    )


@contextmanager
def table(answer: Callable[[Received], BatchResponse]) -> Iterator[tuple[Any, BatchServer]]:
    """A client of a table whose transactions are answered thus, and the server behind it."""
    tables = import_or_skip("azure.data.tables")
    named_key = import_or_skip("azure.core.credentials").AzureNamedKeyCredential(ACCOUNT, KEY)
    with (
        batch_server(answer, AZURE_TABLES) as server,
        tables.TableClient(f"{server.root}/{ACCOUNT}", "People", credential=named_key) as client,
    ):
        yield client, server


def person(key: str) -> dict[str, Any]:
    """An entity."""
    return {"PartitionKey": "p", "RowKey": key, "Name": "Žofie\r\n--batch"}


FOUR = [
    ("create", person("a")),
    ("upsert", person("b")),
    ("update", person("c"), {"mode": "replace"}),
    ("delete", person("d")),
]


def test_a_transaction_is_read_in_strict_mode() -> None:
    """One changeset, absolute targets, Content-IDs from 0 in the parts, inner lengths that fit."""
    with table(stored) as (client, server):
        client.submit_transaction(FOUR)

    received = server.received[0]
    assert received.path == f"/{ACCOUNT}/$batch"
    assert received.batch.oddities == ()
    (changeset,) = received.batch.parts
    assert isinstance(changeset, Changeset)
    people = f"{server.root}/{ACCOUNT}/People"
    assert [(operation.method, operation.target) for operation in changeset.operations] == [
        ("POST", people),
        ("PATCH", f"{people}(PartitionKey='p',RowKey='b')"),
        ("PUT", f"{people}(PartitionKey='p',RowKey='c')"),
        ("DELETE", f"{people}(PartitionKey='p',RowKey='d')"),
    ]
    places = [(operation.content_id, operation.content_id_at) for operation in changeset.operations]
    assert places == [("0", "part"), ("1", "part"), ("2", "part"), ("3", "part")]
    create, *_, delete = changeset.operations
    assert create.headers.get("DataServiceVersion") == "3.0"
    assert create.headers.get("Content-Length") == str(len(create.body))
    assert json.loads(create.body)["Name"] == "Žofie\r\n--batch"
    assert (delete.body, delete.headers.get("Content-Length")) == (b"", None)


def test_a_transaction_keeps_the_rules() -> None:
    """What the client writes has no fault, and is written back byte for byte."""
    with table(stored) as (client, server):
        client.submit_transaction(FOUR)

    received = server.received[0]
    assert odatabatch.check(received.batch, AZURE_TABLES) == ()
    assert odatabatch.encode_request(received.batch).body == received.body


def test_a_transaction_returns_its_results() -> None:
    """The client finds the answers of the changeset, by their places."""
    with table(stored) as (client, _):
        results = client.submit_transaction(FOUR)

    assert results == [{"etag": f'W/"{place}"'} for place in range(4)]


def test_results_are_by_place() -> None:
    """It pays no heed to Content-IDs: answers in another order are given to the wrong entities."""

    def reversed_answers(received: Received) -> BatchResponse:
        (changeset,) = stored(received).parts
        answers = [it.with_content_id(str(n)) for n, it in enumerate(changeset.responses)]
        return BatchResponse((ChangesetResponse(tuple(reversed(answers))),))

    with table(reversed_answers) as (client, server):
        results = client.submit_transaction(FOUR)

    assert results == [{"etag": f'W/"{place}"'} for place in (3, 2, 1, 0)]
    assert len(server.received) == 1


@pytest.mark.parametrize("inside", [True, False])
def test_a_failed_transaction_is_reported(inside: bool) -> None:
    """One failure, among a changeset's answers as Azure has it or alone as OData has it."""
    failed = ChangesetResponse((refusal(2),)) if inside else refusal(2)
    error = import_or_skip("azure.data.tables").TableTransactionError
    with table(lambda _: BatchResponse((failed,))) as (client, _), pytest.raises(error) as caught:
        client.submit_transaction(FOUR)

    assert caught.value.status_code == 409
    assert caught.value.index == 2
    assert caught.value.error_code == "EntityAlreadyExists"
    assert "The entity Žofie exists." in caught.value.message


BLOBS = ["a b.txt", "Größe.txt", "c.txt"]


def deleted(received: Received) -> BatchResponse:
    """Every blob was deleted but the second, which was not there."""
    missing = OperationResponse(
        404,
        "The specified blob does not exist.",
        Headers([("x-ms-error-code", "BlobNotFound"), ("Content-Type", "application/xml")]),
        b"<?xml version='1.0'?><Error><Code>BlobNotFound</Code></Error>",
    )
    done = OperationResponse(202, "Accepted", Headers([("x-ms-version", "2021-08-06")]))
    answers = [
        (missing if place == 1 else done).with_content_id(operation.content_id)
        for place, operation in enumerate(received.batch.operations)
    ]
    return BatchResponse(tuple(answers))


def done(received: Received) -> BatchResponse:
    """Every operation was carried out."""
    answers = [
        OperationResponse(200, "OK", Headers([])).with_content_id(operation.content_id)
        for operation in received.batch.operations
    ]
    return BatchResponse(tuple(answers))


@contextmanager
def container(answer: Callable[[Received], BatchResponse]) -> Iterator[tuple[Any, BatchServer]]:
    """A client of a container whose batches are answered thus, and the server behind it."""
    blobs = import_or_skip("azure.storage.blob")
    credential = {"account_name": ACCOUNT, "account_key": KEY}
    with (
        batch_server(answer, ODATA_V4) as server,
        blobs.ContainerClient(f"{server.root}/{ACCOUNT}", "box", credential=credential) as client,
    ):
        yield client, server


def test_a_blob_batch_is_read_in_strict_mode() -> None:
    """Operations without changeset, targets without host, a Content-ID in the part."""
    with container(done) as (client, server):
        client.delete_blobs(*BLOBS)

    received = server.received[0]
    assert received.path == f"/{ACCOUNT}/box?restype=container&comp=batch"
    assert received.batch.oddities == ()
    box = f"/{ACCOUNT}/box"
    assert [(operation.method, operation.target) for operation in received.batch.parts] == [
        ("DELETE", f"{box}/a%20b.txt?"),
        ("DELETE", f"{box}/Gr%C3%B6%C3%9Fe.txt?"),
        ("DELETE", f"{box}/c.txt?"),
    ]
    places = [(operation.content_id, operation.content_id_at) for operation in received.batch.parts]
    assert places == [("0", "part"), ("1", "part"), ("2", "part")]
    assert {operation.headers.get("Content-Length") for operation in received.batch.parts} == {"0"}
    assert odatabatch.encode_request(received.batch).body == received.body


def test_a_blob_batch_breaks_one_rule() -> None:
    """Each operation is signed by itself: a header that OData forbids in a part."""
    with container(done) as (client, server):
        client.delete_blobs(*BLOBS)

    faults = odatabatch.check(server.received[0].batch, ODATA_V4)
    assert [(fault.code, fault.part) for fault in faults] == [
        ("forbidden_header", f"batch[{index}]") for index in range(3)
    ]


def test_a_blob_batch_returns_its_answers() -> None:
    """The tier of several blobs is set."""
    with container(done) as (client, server):
        answers = list(client.set_standard_blob_tier_blobs("Cool", *BLOBS))

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    operation = server.received[0].batch.operations[0]
    assert (operation.method, operation.target.partition("?")[2]) == ("PUT", "comp=tier")
    assert operation.headers.get("x-ms-access-tier") == "Cool"


def test_a_failed_operation_is_raised() -> None:
    """The client raises, and has all answers on its error."""
    error = import_or_skip("azure.storage.blob").PartialBatchErrorException
    with container(deleted) as (client, _), pytest.raises(error) as caught:
        client.delete_blobs(*BLOBS)

    assert [part.status_code for part in caught.value.parts] == [202, 404, 202]


def test_a_failed_operation_is_returned() -> None:
    """Where the caller wants no exception, the failure comes in its place, with its headers."""
    with container(deleted) as (client, _):
        answers = list(client.delete_blobs(*BLOBS, raise_on_any_failure=False))

    assert [(answer.status_code, answer.reason) for answer in answers] == [
        (202, "Accepted"),
        (404, "The specified blob does not exist."),
        (202, "Accepted"),
    ]
    assert answers[1].headers["x-ms-error-code"] == "BlobNotFound"
    assert answers[1].text().endswith("<Code>BlobNotFound</Code></Error>")
