"""Azurite, Azure Storage's emulator: it answers our batches, and its answers are read.

Tables take entity group transactions at ``/$batch``, blobs take batches at ``?comp=batch``.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import odatabatch
from odatabatch import (
    AZURE_TABLES,
    CAPTURED,
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Correlation,
    DecodeError,
    Encoded,
    Headers,
    Oddity,
    Operation,
    OperationResponse,
    OutcomeKind,
)
from tests.interop.azurite import ACCOUNT, KEY, Answer, Azurite, running_azurite, signed
from tests.interop.peers import import_or_skip
from tests.interop.servers import Received, batch_server

pytestmark = pytest.mark.interop

JSON = "application/json;odata=nometadata"


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Azurite, for all tests of this module."""
    with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


# Tables


class Table:
    """A table of Azurite's.

    Args:
        azurite: where it stands.
        name: of a table that is made now.
    """

    def __init__(self, azurite: Azurite, name: str) -> None:
        self.azurite = azurite
        self.url = f"{azurite.root('Table')}/{name}"
        self._path = f"/{name}()"
        body = json.dumps({"TableName": name}).encode()
        fields = {"Content-Type": "application/json", "Accept": JSON}
        made = azurite.call("Table", "POST", "/Tables", body, fields)
        assert made.status == 201

    def rows(self) -> dict[str, int]:
        """Its entities: each one's number by its key."""
        found = self.azurite.call("Table", "GET", self._path, headers={"Accept": JSON})
        return {row["RowKey"]: row["N"] for row in json.loads(found.body)["value"]}

    def insert(self, key: str, number: int = 0) -> Operation:
        """The operation that inserts an entity, and is answered without content."""
        operation = self._operation("POST", self.url, key, number)
        headers = Headers([*operation.headers, ("Prefer", "return-no-content")])
        return operation.replace(headers=headers)

    def change(self, method: str, key: str, number: int | None = None) -> Operation:
        """The operation that does this to an entity that is there."""
        operation = self._operation(method, self._entity(key), key, number)
        return operation.replace(headers=Headers([*operation.headers, ("If-Match", "*")]))

    def get(self, key: str) -> Operation:
        """The operation that asks for an entity."""
        return Operation("GET", self._entity(key), Headers([("Accept", JSON)]))

    def send(self, encoded: Encoded) -> Answer:
        """Send a batch as it was written."""
        fields = {"Content-Type": encoded.content_type, "Accept": "application/json"}
        return self.azurite.call("Table", "POST", "/$batch", encoded.body, fields)

    def answer(self, batch: Batch, allow: tuple[str, ...] = ()) -> BatchResponse:
        """Write a batch, send it, and read the answer in strict mode."""
        answer = self.send(odatabatch.encode_request(batch, AZURE_TABLES, allow=allow))
        assert answer.status == 202
        read = odatabatch.decode_response(answer.body, answer.headers["content-type"])
        assert read.oddities == ()
        return read

    def _entity(self, key: str) -> str:
        return f"{self.url}(PartitionKey='p',RowKey='{key}')"

    def _operation(self, method: str, target: str, key: str, number: int | None) -> Operation:
        headers = [("DataServiceVersion", "3.0"), ("Accept", JSON)]
        if number is None:
            return Operation(method, target, Headers(headers))
        body = json.dumps({"PartitionKey": "p", "RowKey": key, "N": number}).encode()
        headers.append(("Content-Type", "application/json"))
        return Operation(method, target, Headers(headers), body)


@pytest.fixture
def table(azurite: Azurite, request: pytest.FixtureRequest) -> Table:
    """A new table, named after the test."""
    name = "".join(letter for letter in request.node.name if letter.isalnum())
    return Table(azurite, name[:63])


def transaction(*operations: Operation, ids: str = "123456789") -> Batch:
    """A batch of one changeset, whose operations get these Content-IDs."""
    pairs = zip(operations, ids, strict=False)
    return Batch((Changeset(tuple(it.with_content_id(content_id) for it, content_id in pairs)),))


def kinds(correlation: Correlation) -> list[OutcomeKind]:
    """What became of each operation."""
    return [outcome.kind for outcome in correlation.outcomes]


def error_of(answer: OperationResponse) -> tuple[str, str]:
    """The code of an error of Azure Tables, and the place with which its message begins."""
    error = json.loads(answer.body)["odata.error"]
    return error["code"], error["message"]["value"].partition(":")[0]


def test_inserts_are_answered(table: Table) -> None:
    """Each in its place, by a 204 without Content-ID whose Location tells which it is."""
    batch = transaction(table.insert("a"), table.insert("b"), table.insert("c"))
    answer = table.answer(batch)

    (changeset,) = answer.parts
    assert isinstance(changeset, ChangesetResponse)
    assert [(it.status, it.reason, it.body) for it in changeset.responses] == [
        (204, "No Content", b"")
    ] * 3
    assert [it.content_id for it in changeset.responses] == [None] * 3
    assert {it.headers.get("DataServiceVersion") for it in changeset.responses} == {"3.0;"}
    correlation = odatabatch.correlate(batch, answer, AZURE_TABLES)
    assert kinds(correlation) == [OutcomeKind.ANSWERED] * 3
    assert [it.responses[0].headers.get("Location") for it in correlation.outcomes] == [
        f"{table.url}(PartitionKey='p',RowKey='{key}')" for key in "abc"
    ]
    assert table.rows() == {"a": 0, "b": 0, "c": 0}


def test_merges_and_deletes_are_answered(table: Table) -> None:
    """Every way to change an entity, those with a body and the one without."""
    table.answer(transaction(*[table.insert(key, 1) for key in "abcd"]))
    batch = transaction(
        table.change("MERGE", "a", 2),
        table.change("PUT", "b", 3),
        table.change("PATCH", "c", 4),
        table.change("DELETE", "d"),
    )
    answer = table.answer(batch)

    assert kinds(odatabatch.correlate(batch, answer, AZURE_TABLES)) == [OutcomeKind.ANSWERED] * 4
    assert [it.status for it in answer.responses] == [204] * 4
    versions = [it.headers.get("DataServiceVersion") for it in answer.responses]
    assert versions == ["3.0;", "3.0;", "3.0;", "1.0;"]
    assert table.rows() == {"a": 2, "b": 3, "c": 4}


def test_operations_without_content_id_are_answered(table: Table) -> None:
    """Tables need none, and the order tells all."""
    batch = Batch((Changeset((table.insert("a"), table.insert("b"))),))
    answer = table.answer(batch)

    assert kinds(odatabatch.correlate(batch, answer, AZURE_TABLES)) == [OutcomeKind.ANSWERED] * 2


@pytest.mark.parametrize("ids", ["123", "012", "789"])
def test_a_changeset_fails_as_a_whole(table: Table, ids: str) -> None:
    """One failure is all of its answer, and the Content-ID there is none of ours.

    Azurite counts the operations from 1, whatever they are called. Under azure-data-tables' ids,
    which count from 0, that is the name of the operation after the one that failed.
    """
    table.answer(transaction(table.insert("b", 1)))
    batch = transaction(table.insert("a"), table.insert("b"), table.insert("c"), ids=ids)
    answer = table.answer(batch)

    (changeset,) = answer.parts
    assert isinstance(changeset, ChangesetResponse)
    (failure,) = changeset.responses
    assert (failure.status, failure.reason) == (409, "Conflict")
    assert (failure.content_id, failure.content_id_at) == ("2", "message")
    assert error_of(failure) == ("EntityAlreadyExists", "1")
    correlation = odatabatch.correlate(batch, answer, AZURE_TABLES)
    assert kinds(correlation) == [OutcomeKind.CHANGESET_FAILED] * 3
    assert [outcome.responses for outcome in correlation.outcomes] == [(failure,)] * 3
    assert correlation.unmatched == ()
    assert table.rows() == {"b": 1}


@pytest.mark.parametrize("content_id", ["1", "0", "7"])
def test_a_changeset_of_one_fails(table: Table, content_id: str) -> None:
    """Its failure is its operation's, whatever Azurite calls it: 1, always."""
    table.answer(transaction(table.insert("a", 1)))
    batch = transaction(table.insert("a"), ids=content_id)
    answer = table.answer(batch)

    (failure,) = answer.responses
    assert (failure.status, failure.content_id) == (409, "1")
    correlation = odatabatch.correlate(batch, answer, AZURE_TABLES)
    assert [outcome.responses for outcome in correlation.outcomes] == [(failure,)]
    assert correlation.unmatched == ()


def test_a_row_may_come_once(table: Table) -> None:
    """Another failure: 400, by the second operation on the same row."""
    batch = transaction(table.insert("a"), table.insert("a"))
    answer = table.answer(batch)

    assert [error_of(it) for it in answer.responses] == [("InvalidDuplicateRow", "1")]
    correlation = odatabatch.correlate(batch, answer, AZURE_TABLES)
    assert kinds(correlation) == [OutcomeKind.CHANGESET_FAILED] * 2


def test_a_query_is_answered_in_a_broken_way(table: Table) -> None:
    """The one answer with content has no blank line before it, and is read by no tolerance.

    With the blank line put in it is read: the query is answered in a multipart of its own.
    """
    table.answer(transaction(table.insert("a", 5)))
    batch = Batch((table.get("a"),))
    answer = table.send(odatabatch.encode_request(batch, AZURE_TABLES))

    at = answer.body.index(b"\r\n{") + 2
    for tolerated in (frozenset(), CAPTURED, frozenset(Oddity)):
        with pytest.raises(DecodeError) as caught:
            odatabatch.decode_response(answer.body, answer.headers["content-type"], tolerated)
        assert (caught.value.code, caught.value.offset) == ("invalid_field_line", at)
    mended = answer.body[:at] + b"\r\n" + answer.body[at:]
    (part,) = odatabatch.decode_response(mended, answer.headers["content-type"]).parts
    assert isinstance(part, ChangesetResponse)
    (entity,) = part.responses
    assert (entity.status, json.loads(entity.body)["N"]) == (200, 5)


def test_a_query_that_fails_is_read(table: Table) -> None:
    """As a changeset's failure, though there was no changeset, and with a Content-ID of its own."""
    answer = table.answer(Batch((table.get("a"),)))

    (part,) = answer.parts
    assert isinstance(part, ChangesetResponse)
    (failure,) = part.responses
    assert (failure.status, failure.content_id) == (404, "1")
    assert error_of(failure) == ("ResourceNotFound", "0")


def test_too_many_operations_are_refused_by_both(table: Table) -> None:
    """By our rules before anything is sent; Azurite's own words have a stray line before them."""
    operations = [table.insert(str(number)) for number in range(101)]
    batch = Batch((Changeset(tuple(operations)),))
    with pytest.raises(odatabatch.RuleError) as refused:
        odatabatch.encode_request(batch, AZURE_TABLES)
    assert [fault.code for fault in refused.value.faults] == ["too_many_operations"]

    written = odatabatch.encode_request(batch, AZURE_TABLES, allow={"too_many_operations"})
    answer = table.send(written)
    with pytest.raises(DecodeError) as caught:
        odatabatch.decode_response(answer.body, answer.headers["content-type"], frozenset(Oddity))
    assert caught.value.code == "invalid_status_line"
    assert table.rows() == {}


def test_a_second_changeset_is_not_answered(table: Table) -> None:
    """It breaks a rule of tables, and what Azurite does not answer is missing."""
    parts = transaction(table.insert("a")).parts + transaction(table.insert("b"), ids="2").parts
    batch = Batch(parts)
    answer = table.answer(batch, allow=("too_many_changesets",))

    assert len(answer.responses) == 1
    assert OutcomeKind.MISSING in kinds(odatabatch.correlate(batch, answer, AZURE_TABLES))
    assert table.rows() == {"a": 0}


def test_azurite_reads_one_kind_of_request_only(table: Table) -> None:
    """Its boundaries begin with batch_, and its targets are absolute: what the dialect writes."""
    batch = transaction(table.insert("a"))
    other = odatabatch.encode_request(batch, AZURE_TABLES, boundaries=["b", "changeset_1"])
    assert table.send(other).status == 500

    target = table.url[table.url.index("/", 7) :]
    (changeset,) = batch.parts
    short = transaction(changeset.operations[0].replace(target=target))
    assert table.send(odatabatch.encode_request(short, AZURE_TABLES)).status == 500
    assert table.rows() == {}


def test_a_client_and_azurite_understand_each_other_through_us(table: Table) -> None:
    """azure-data-tables on one side, Azurite on the other, all bytes between them written by us."""
    tables = import_or_skip("azure.data.tables")
    named_key = import_or_skip("azure.core.credentials").AzureNamedKeyCredential(ACCOUNT, KEY)

    def forwarded(received: Received) -> BatchResponse:
        return table.answer(received.batch)

    name = table.url.rpartition("/")[2]
    entities = [{"PartitionKey": "p", "RowKey": key, "N": 7} for key in "abc"]
    with (
        batch_server(forwarded, AZURE_TABLES) as server,
        tables.TableClient(f"{server.root}/{ACCOUNT}", name, credential=named_key) as client,
    ):
        results = client.submit_transaction([("create", entity) for entity in entities])
        with pytest.raises(tables.TableTransactionError) as caught:
            client.submit_transaction([("delete", entities[0]), ("create", entities[2])])

    assert [sorted(result) for result in results] == [["etag"]] * 3
    assert (caught.value.index, caught.value.error_code) == (1, "EntityAlreadyExists")
    assert table.rows() == {"a": 7, "b": 7, "c": 7}


# Blobs

SIGNED = ("forbidden_header",)  # Each operation carries a signature, which OData forbids.


class Container:
    """A container of Azurite's, with blobs.

    Args:
        azurite: where it stands.
        name: of a container that is made now.
        blobs: the names of the blobs that are put there.
    """

    def __init__(self, azurite: Azurite, name: str, blobs: str) -> None:
        self.azurite = azurite
        self.path = f"/{name}"
        assert azurite.call("Blob", "PUT", f"{self.path}?restype=container").status == 201
        for blob in blobs:
            fields = {"x-ms-blob-type": "BlockBlob", "Content-Type": "text/plain"}
            put = azurite.call("Blob", "PUT", f"{self.path}/{blob}", b"text", fields)
            assert put.status == 201

    def tier(self, blob: str) -> str | None:
        """The tier of a blob; None where it is not there."""
        found = self.azurite.call("Blob", "HEAD", f"{self.path}/{blob}")
        return found.headers["x-ms-access-tier"] if found.status == 200 else None

    def operation(self, method: str, blob: str, content_id: str, **fields: str) -> Operation:
        """A signed operation on a blob; ``tier`` makes it one that sets the tier."""
        target = f"/{ACCOUNT}{self.path}/{blob}"
        headers = {"Content-Length": "0"}
        if tier := fields.get("tier"):
            target += "?comp=tier"
            headers["x-ms-access-tier"] = tier
        headers |= signed("Blob", method, target, headers)
        return Operation(method, target, Headers(headers.items())).with_content_id(content_id)

    def answer(self, batch: Batch) -> BatchResponse:
        """Write a batch, send it to the container, and read the answer in strict mode."""
        encoded = odatabatch.encode_request(batch, ODATA_V4, allow=SIGNED)
        fields = {"Content-Type": encoded.content_type}
        path = f"{self.path}?restype=container&comp=batch"
        answer = self.azurite.call("Blob", "POST", path, encoded.body, fields)
        assert answer.status == 202
        read = odatabatch.decode_response(answer.body, answer.headers["content-type"])
        assert read.oddities == ()
        return read


@pytest.fixture
def container(azurite: Azurite, request: pytest.FixtureRequest) -> Container:
    """A new container with three blobs, named after the test."""
    name = request.node.name.replace("_", "-")
    return Container(azurite, name[:63].rstrip("-"), "abc")


def test_deletes_are_answered(container: Container) -> None:
    """Each by its own Content-ID in its part, the one that fails among them."""
    batch = Batch(
        tuple(container.operation("DELETE", blob, f"{n}") for n, blob in enumerate("axb"))
    )
    answer = container.answer(batch)

    assert [(it.content_id, it.content_id_at) for it in answer.responses] == [
        ("0", "part"),
        ("1", "part"),
        ("2", "part"),
    ]
    correlation = odatabatch.correlate(batch, answer, ODATA_V4)
    assert kinds(correlation) == [OutcomeKind.ANSWERED] * 3
    assert [it.responses[0].status for it in correlation.outcomes] == [202, 404, 202]
    failure = answer.responses[1]
    assert failure.reason == "The specified blob does not exist."
    assert failure.headers.get("x-ms-error-code") == "BlobNotFound"
    assert failure.body.startswith(b"<?xml ")
    assert failure.body.endswith(b"</Error>\r\n")  # one line end more than its part needs
    assert [container.tier(blob) is None for blob in "abc"] == [True, True, False]


def test_tiers_are_set(container: Container) -> None:
    """The answers have no body and no blank line of their own: it is the delimiter's line end."""
    batch = Batch(
        tuple(
            container.operation("PUT", blob, blob_id, tier="Cool") for blob, blob_id in ("a5", "b6")
        )
    )
    answer = container.answer(batch)

    assert kinds(odatabatch.correlate(batch, answer, ODATA_V4)) == [OutcomeKind.ANSWERED] * 2
    assert [(it.status, it.body) for it in answer.responses] == [(200, b"")] * 2
    assert [container.tier(blob) for blob in "abc"] == ["Cool", "Cool", "Hot"]


def test_content_ids_are_numbers(container: Container) -> None:
    """Azurite makes numbers of them: what is none comes back as another, and matches nothing."""
    batch = Batch(
        (container.operation("DELETE", "a", "first"), container.operation("DELETE", "b", "02"))
    )
    answer = container.answer(batch)

    assert [it.content_id for it in answer.responses] == ["NaN", "2"]
    correlation = odatabatch.correlate(batch, answer, ODATA_V4)
    assert kinds(correlation) == [OutcomeKind.MISSING] * 2
    assert correlation.unmatched == answer.responses


def test_a_batch_may_fail_as_a_whole(container: Container) -> None:
    """One answer without Content-ID for two operations, of different kinds, belongs to neither."""
    batch = Batch(
        (
            container.operation("DELETE", "a", "1"),
            container.operation("PUT", "b", "2", tier="Cool"),
        )
    )
    answer = container.answer(batch)

    (failure,) = answer.parts
    assert isinstance(failure, OperationResponse)
    assert (failure.status, failure.content_id) == (400, None)
    assert failure.headers.get("x-ms-error-code") == "AllBatchSubRequestsShouldBeSameApi"
    correlation = odatabatch.correlate(batch, answer, ODATA_V4)
    assert kinds(correlation) == [OutcomeKind.MISSING] * 2
    assert correlation.unmatched == (failure,)
    assert [container.tier(blob) for blob in "abc"] == ["Hot"] * 3


def test_each_operation_is_signed(container: Container) -> None:
    """The signature of the batch is not enough; within the rules of OData there is only 403."""
    operation = container.operation("DELETE", "a", "1")
    unsigned = operation.replace(headers=operation.headers.without("Authorization"))
    assert odatabatch.check(Batch((unsigned,)), ODATA_V4) == ()
    answer = container.answer(Batch((unsigned,)))

    assert [it.status for it in answer.responses] == [403]
    assert container.tier("a") == "Hot"


def test_a_blob_client_and_azurite_understand_each_other_through_us(
    container: Container,
) -> None:
    """azure-storage-blob on one side, Azurite on the other, as with tables."""
    blobs = import_or_skip("azure.storage.blob")
    credential: dict[str, Any] = {"account_name": ACCOUNT, "account_key": KEY}

    def forwarded(received: Received) -> BatchResponse:
        return container.answer(received.batch)

    with (
        batch_server(forwarded, ODATA_V4) as server,
        blobs.ContainerClient(
            f"{server.root}/{ACCOUNT}", container.path[1:], credential=credential
        ) as client,
    ):
        answers = client.delete_blobs("a", "x", "b", raise_on_any_failure=False)
        assert [answer.status_code for answer in answers] == [202, 404, 202]

    assert [container.tier(blob) is None for blob in "abc"] == [True, True, False]
