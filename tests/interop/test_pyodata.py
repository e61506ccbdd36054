"""pyodata, a client of OData 2.0: its batches are read, and it reads the answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import odatabatch
from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
    ODATA_V4,
    BatchResponse,
    ChangesetResponse,
    Headers,
    OperationResponse,
    azure,
)
from tests.interop.peers import import_or_skip
from tests.interop.servers import BatchServer, batch_server

pytestmark = pytest.mark.interop

METADATA = b"""\
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
 <edmx:DataServices m:DataServiceVersion="2.0"
   xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
  <Schema Namespace="people" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
   <EntityType Name="Person">
    <Key><PropertyRef Name="Id"/></Key>
    <Property Name="Id" Type="Edm.Int32" Nullable="false"/>
    <Property Name="Name" Type="Edm.String" Nullable="false"/>
   </EntityType>
   <EntityContainer Name="people" m:IsDefaultEntityContainer="true">
    <EntitySet Name="People" EntityType="people.Person"/>
   </EntityContainer>
  </Schema>
 </edmx:DataServices>
</edmx:Edmx>
"""


def entity(status: int, reason: str, content: Any) -> OperationResponse:
    """An answer with JSON."""
    headers = Headers([("Content-Type", "application/json"), ("DataServiceVersion", "2.0")])
    return OperationResponse(status, reason, headers, json.dumps(content).encode())


def person(number: int, name: str) -> dict[str, Any]:
    """What a service answers that was asked for one person."""
    return {"d": {"Id": number, "Name": name}}


NO_CONTENT = OperationResponse(204, "No Content", Headers([("DataServiceVersion", "2.0")]))
FAILED = entity(412, "Precondition Failed", {"error": {"code": "X/1"}})


@contextmanager
def served(
    *parts: OperationResponse | ChangesetResponse, dialect: odatabatch.Dialect = ODATA_V3
) -> Iterator[tuple[Any, BatchServer]]:
    """A pyodata service whose batches get this answer, and the server behind it."""
    pyodata = import_or_skip("pyodata")
    requests = import_or_skip("requests")
    with (
        batch_server(lambda _: BatchResponse(parts), dialect) as server,
        requests.Session() as session,
    ):
        yield pyodata.Client(f"{server.root}/people", session, metadata=METADATA), server


def changeset_of(service: Any) -> Any:
    """A changeset that creates one person, renames another and deletes a third."""
    people = service.entity_sets.People
    changeset = service.create_changeset()
    changeset.add_request(people.create_entity().set(Id=1, Name="Žofie"))
    changeset.add_request(people.update_entity(2).set(Name="Ada"))
    changeset.add_request(people.delete_entity(3))
    return changeset


def test_its_batch_is_read_in_strict_mode() -> None:
    """Queries and a changeset: an empty line as preamble, relative targets, no Content-ID."""
    done = ChangesetResponse((entity(201, "Created", person(1, "Žofie")), NO_CONTENT, NO_CONTENT))
    found = entity(200, "OK", {"d": {"results": []}})
    with served(found, done) as (service, server):
        batch = service.create_batch()
        batch.add_request(service.entity_sets.People.get_entities().filter("Name eq 'Zoë'"))
        batch.add_request(changeset_of(service))
        batch.execute()

    received = server.received[0]
    assert received.path == "/people/$batch"
    assert received.body.startswith(b"\r\n--batch_")
    assert received.batch.oddities == ()
    assert [(operation.method, operation.target) for operation in received.batch.operations] == [
        ("GET", "People?%24filter=Name+eq+%27Zo%C3%AB%27"),
        ("POST", "People"),
        ("PATCH", "People%282%29"),
        ("DELETE", "People%283%29"),
    ]
    assert [operation.content_id for operation in received.batch.operations] == [None] * 4
    assert json.loads(received.batch.operations[1].body) == {"Id": 1, "Name": "Žofie"}
    assert isinstance(received.batch.parts[1], odatabatch.Changeset)


def test_its_batch_keeps_the_rules_of_odata_3_only() -> None:
    """Up to OData 3.0 a Content-ID is needed where something refers to it, later everywhere."""
    done = ChangesetResponse((entity(201, "Created", person(1, "Žofie")), NO_CONTENT, NO_CONTENT))
    with served(done) as (service, server):
        batch = service.create_batch()
        batch.add_request(changeset_of(service))
        batch.execute()

    read = server.received[0].batch
    assert odatabatch.check(read, ODATA_V3) == ()
    codes = {fault.code for fault in odatabatch.check(read, ODATA_V4)}
    assert codes == {"missing_content_id"}


def test_its_batch_comes_out_as_it_came_in() -> None:
    """What was read is written back byte for byte."""
    with served(entity(200, "OK", person(1, "Ada"))) as (service, server):
        batch = service.create_batch()
        batch.add_request(service.entity_sets.People.get_entity(1))
        batch.execute()

    received = server.received[0]
    assert odatabatch.encode_request(received.batch).body == received.body


def test_it_finds_every_answer() -> None:
    """Answers outside and inside of a changeset, with a body and without."""
    created = entity(201, "Created", person(1, "Žofie"))
    answers = (
        entity(200, "OK", person(7, "Grete")),
        ChangesetResponse((created, NO_CONTENT, NO_CONTENT)),
        entity(200, "OK", {"d": {"results": [{"Id": 8, "Name": "Kurt"}]}}),
    )
    with served(*answers) as (service, _):
        people = service.entity_sets.People
        batch = service.create_batch()
        batch.add_request(people.get_entity(7))
        batch.add_request(changeset_of(service))
        batch.add_request(people.get_entities())
        grete, (zofie, *others), everyone = batch.execute()

    assert grete.Name == "Grete"
    assert zofie.Name == "Žofie"
    assert others == [None, None]
    assert [found.Name for found in everyone] == ["Kurt"]


def test_it_sees_that_a_changeset_failed() -> None:
    """A failed changeset is answered by one part in its place, OData's own form."""
    http_error = import_or_skip("pyodata.exceptions").HttpError
    with served(FAILED) as (service, _):
        batch = service.create_batch()
        batch.add_request(changeset_of(service))
        with pytest.raises(http_error, match="single response received") as caught:
            batch.execute()

    assert caught.value.response.status_code == 412
    assert caught.value.response.json() == {"error": {"code": "X/1"}}


def test_it_sees_that_an_operation_failed() -> None:
    """A failure among a changeset's answers, as services before OData 3.0 and Azure give it."""
    http_error = import_or_skip("pyodata.exceptions").HttpError
    failed = ChangesetResponse((FAILED,))
    with served(failed, dialect=AZURE_TABLES) as (service, _):
        batch = service.create_batch()
        batch.add_request(changeset_of(service))
        with pytest.raises(http_error) as caught:
            batch.execute()

    assert caught.value.response.status_code == 412


SMALL = (
    entity(200, "OK", {"text": "--batch and \r\n lines\n"}),
    NO_CONTENT,
    OperationResponse(404, "", Headers([]), b"\r\nbegins and ends with lines\r\n"),
    OperationResponse(200, "OK", Headers([("X-Empty", "")]), "Größe".encode()),
)


def identified(first: int) -> tuple[OperationResponse, ...]:
    """These answers with Content-IDs that count from there."""
    return tuple(answer.with_content_id(str(number)) for number, answer in enumerate(SMALL, first))


def parts_read(encoded: odatabatch.Encoded) -> list[Any]:
    """The texts of the parts that pyodata finds, those of a changeset in a list of their own."""
    service = import_or_skip("pyodata.v2.service")
    return service.decode_multipart(encoded.body.decode(), encoded.content_type)


def read_by_pyodata(text: str) -> tuple[int, bytes]:
    """The status and the body that pyodata finds in a part."""
    response = import_or_skip("pyodata.v2.service").ODataHttpResponse.from_string(text)
    return response.status_code, response.content


@pytest.mark.parametrize("dialect", [ODATA_V3, ODATA_V4, AZURE_TABLES])
def test_every_status_and_body_is_read(dialect: odatabatch.Dialect) -> None:
    """Its reader alone, within a changeset and without, on what no service of its own sends."""
    answer = BatchResponse((*identified(1), ChangesetResponse(identified(10))))
    encoded = odatabatch.encode_response(answer, dialect, allow={"failure_in_changeset"})

    *single, changeset = parts_read(encoded)
    expected = [(answer.status, answer.body) for answer in SMALL]
    assert [read_by_pyodata(text) for (text,) in single] == expected
    assert [read_by_pyodata(text) for (text,) in changeset] == expected


def test_a_shared_blank_line_is_read() -> None:
    """Azure Batch's answers without a body end with their last header line."""
    created = OperationResponse(201, "Created", Headers([("ETag", "0x8")])).with_content_id("1")
    answer = BatchResponse((ChangesetResponse((created,)),))
    encoded = odatabatch.encode_response(answer, azure.AZURE_BATCH)

    (((text,),),) = parts_read(encoded)
    assert read_by_pyodata(text) == (201, b"")
