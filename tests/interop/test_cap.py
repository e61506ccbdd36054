"""CAP, SAP's OData V4 server (``@sap/cds``): it reads what we write, we read what it answers.

Seen with @sap/cds 9.9.3: it splits the body with regular expressions and gives it to Node's HTTP
parser, delimiters disguised as HEAD requests. It answers in the order of the request, with the
boundaries of the request, and takes Content-IDs from the parts' headers alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from odatabatch import (
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    DecodeError,
    Encoded,
    Headers,
    Oddity,
    Operation,
    OperationResponse,
    ResponseDecoder,
    correlate,
    decode_request,
    decode_response,
    encode_request,
    references,
)
from tests.interop.cap.server import Shop, running_shop

pytestmark = pytest.mark.interop

_JSON = Headers([("Content-Type", "application/json")])

ANSWERED, FAILED, MISSING = "answered", "changeset_failed", "missing"


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The service of a CAP server that runs as long as the session."""
    with running_shop(tmp_path_factory.mktemp("cap")) as shop:
        yield shop


@pytest.fixture
def shop(running: Shop) -> Shop:
    """The service, without data."""
    assert running.post("clear", Encoded("application/json", b"{}")).status == 204
    return running


def read(target: str, content_id: str | None = None) -> Operation:
    """A GET."""
    return Operation("GET", target).with_content_id(content_id)


def insert(row: dict[str, Any], content_id: str | None, target: str = "Orders") -> Operation:
    """A POST of one row."""
    body = json.dumps(row, ensure_ascii=False).encode()
    return Operation("POST", target, _JSON, body).with_content_id(content_id)


def outcomes(batch: Batch, answer: BatchResponse) -> list[tuple[Any, ...]]:
    """For each operation what became of it, and the statuses of its answers."""
    together = correlate(batch, answer, dialect=ODATA_V4)
    assert together.unmatched == ()
    return [
        (outcome.kind.value, *(response.status for response in outcome.responses))
        for outcome in together.outcomes
    ]


def value(response: OperationResponse) -> Any:
    """What a JSON answer says, without the members that begin with ``@``."""
    body = json.loads(response.body)
    return {name: member for name, member in body.items() if not name.startswith("@")}


def refused(shop: Shop, message: Encoded) -> str:
    """Why the server refused a batch as a whole: with a 400, in JSON."""
    answer = shop.post("$batch", message)
    assert answer.status == 400
    with pytest.raises(DecodeError) as caught:
        decode_response(answer.body, answer.headers.get("Content-Type", ""))
    assert caught.value.code == "unexpected_content_type"
    return str(json.loads(answer.body)["error"]["message"])


def test_changeset_and_queries(shop: Shop) -> None:
    """Inserts in a changeset, reads before and after it; every answer has its Content-ID."""
    rows = [{"ID": 1, "note": "größe ≈ 日本 😀"}, {"ID": 2, "note": "--batch\r\n\r\n$1"}]
    batch = Batch(
        (
            read("Orders", "before"),
            Changeset((insert(rows[0], "a"), insert(rows[1], "b"))),
            read("Orders(1)", "one"),
            read("Orders?$filter=ID%20gt%200", "<all@shop.example>"),
        )
    )
    answer = shop.ask(batch)
    before, changeset, one, after = answer.parts
    assert isinstance(changeset, ChangesetResponse)
    assert outcomes(batch, answer) == [
        (ANSWERED, 200),
        (ANSWERED, 201),
        (ANSWERED, 201),
        (ANSWERED, 200),
        (ANSWERED, 200),
    ]
    assert {response.content_id_at for response in answer.responses} == {"part"}
    assert [value(response) for response in changeset.responses] == rows
    assert changeset.responses[0].headers.get("Location") == "Orders(1)"
    assert value(before) == {"value": []}
    assert value(one) == rows[0]
    assert value(after) == {"value": rows}
    assert {response.headers.get("OData-Version") for response in answer.responses} == {"4.0"}


def test_answer_has_our_boundaries(shop: Shop) -> None:
    """The boundaries of the request stand in the answer, unquoted; field names in lower case."""
    batch = Batch((Changeset((insert({"ID": 1}, "1"),)),))
    message = encode_request(batch, ODATA_V4, boundaries=["our_batch", "our_changeset"])
    answer = shop.post("$batch", message)
    content_type = answer.headers.get("Content-Type", "")
    assert content_type == "multipart/mixed;boundary=our_batch"
    (part,) = decode_response(answer.body, content_type).parts
    assert part.part_headers.items() == (
        ("content-type", "multipart/mixed;boundary=our_changeset"),
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="canonical"),
        pytest.param({"writes_content_length": False}, id="no-content-length"),
        pytest.param({"shares_blank_line": True}, id="shared-blank-line"),
    ],
)
def test_shapes(shop: Shop, change: dict[str, Any]) -> None:
    """A body needs no Content-Length, and a head's blank line may be the delimiter's line end."""
    dialect = msgspec.structs.replace(ODATA_V4, **change)
    row = {"ID": 1, "note": "größe"}
    delete = Operation("DELETE", "Orders(1)").with_content_id("3")
    batch = Batch(
        (
            Changeset((insert(row, "1"),)),
            read("Orders(1)", "2"),
            Changeset((delete,)),
            read("Orders", "4"),
        )
    )
    answer = shop.ask(batch, dialect=dialect)
    assert [response.status for response in answer.responses] == [201, 200, 204, 200]
    assert value(answer.responses[1]) == row
    assert value(answer.responses[3]) == {"value": []}


def test_replaced_operation(shop: Shop) -> None:
    """A batch that was decoded, with one operation replaced, is taken as it is."""
    batch = Batch((Changeset((insert({"ID": 1}, "1"), insert({"ID": 2}, "2"))), read("Orders")))
    message = encode_request(batch, ODATA_V4)
    decoded = decode_request(message.body, message.content_type)
    old = decoded.operations[1]
    body = '{"ID": 3, "note": "größe"}'.encode()
    headers = old.headers.with_field("Content-Length", str(len(body)))
    changed = decoded.replace(old, old.replace(body=body, headers=headers))
    answer = shop.ask(changed, dialect=None)
    assert outcomes(changed, answer) == [(ANSWERED, 201), (ANSWERED, 201), (ANSWERED, 200)]
    rows = value(answer.responses[2])["value"]
    assert rows == [{"ID": 1}, {"ID": 3, "note": "größe"}]


def test_answer_in_chunks(shop: Shop) -> None:
    """The streaming decoder reads the answer as it is sent."""
    batch = Batch((Changeset((insert({"ID": 1, "note": "größe"}, "1"),)), read("Orders", "2")))
    answer = shop.post("$batch", encode_request(batch, ODATA_V4))
    decoder = ResponseDecoder(answer.headers.get("Content-Type", ""))
    events: list[Any] = []
    for start in range(0, len(answer.body), 7):
        decoder.receive_data(answer.body[start : start + 7])
        events += decoder.events()
    decoder.receive_eof()
    events += decoder.events()
    responses = [event for event in events if isinstance(event, OperationResponse)]
    assert [(response.content_id, response.status) for response in responses] == [
        ("1", 201),
        ("2", 200),
    ]


def test_references(shop: Shop) -> None:
    """``$<id>`` works within the changeset, and after it."""
    batch = Batch(
        (
            Changeset(
                (
                    insert({"ID": 7}, "order-1.x"),
                    insert({"name": "größe"}, "line", "$order-1.x/lines"),
                )
            ),
            read("$order-1.x", "read"),
            insert({"name": "b"}, "late", "$order-1.x/lines"),
            read("Lines", "lines"),
        )
    )
    answer = shop.ask(batch)
    assert outcomes(batch, answer) == [
        (ANSWERED, 201),
        (ANSWERED, 201),
        (ANSWERED, 200),
        (ANSWERED, 201),
        (ANSWERED, 200),
    ]
    assert value(answer.responses[2]) == {"ID": 7}
    lines = [{"name": "größe", "order_ID": 7}, {"name": "b", "order_ID": 7}]
    assert value(answer.responses[4]) == {"value": lines}
    together = correlate(batch, answer, dialect=ODATA_V4)
    resolved = [together.resolve(reference) for reference in references(batch, ODATA_V4)]
    assert resolved == ["Orders(7)/lines", "Orders(7)", "Orders(7)/lines"]


def test_field_value_beyond_ascii(shop: Shop) -> None:
    """A Location holds UTF-8, which strict mode takes and keeps (RFC 9110 §5.5, obs-text)."""
    batch = Batch((insert({"name": "größe"}, "1", "Lines"),))
    (response,) = shop.ask(batch).responses
    location = response.headers.get("Location")
    assert location.encode("latin-1").decode() == "Lines('größe')"


def a_failing_changeset() -> Batch:
    """A row, a changeset whose second insert repeats it, and a read."""
    repeated = Changeset((insert({"ID": 2}, "2"), insert({"ID": 1}, "3"), insert({"ID": 4}, "4")))
    return Batch((insert({"ID": 1}, "1"), repeated, read("Orders", "5")))


@pytest.mark.parametrize("prefer", [None, "odata.continue-on-error=false", "continue-on-error"])
def test_failed_changeset_ends_the_answer(shop: Shop, prefer: str | None) -> None:
    """One part answers the whole changeset, with the culprit's Content-ID; what follows is missing.

    The close-delimiter is there. OData 4.01's name of the preference, without its prefix, is not
    known to the server.
    """
    batch = a_failing_changeset()
    answer = shop.ask(batch, prefer)
    first, failure = answer.parts
    assert (first.content_id, first.status) == ("1", 201)
    assert (failure.content_id, failure.status) == ("3", 409)
    assert value(failure)["error"]["@Core.ContentID"] == "3"
    assert outcomes(batch, answer) == [
        (ANSWERED, 201),
        (FAILED, 409),
        (FAILED, 409),
        (FAILED, 409),
        (MISSING,),
    ]


@pytest.mark.parametrize("prefer", ["odata.continue-on-error", "odata.continue-on-error=true"])
def test_failed_changeset_and_on(shop: Shop, prefer: str) -> None:
    """Told to continue, the server does; nothing of the failed changeset is left."""
    batch = a_failing_changeset()
    answer = shop.ask(batch, prefer)
    assert outcomes(batch, answer) == [
        (ANSWERED, 201),
        (FAILED, 409),
        (FAILED, 409),
        (FAILED, 409),
        (ANSWERED, 200),
    ]
    assert value(answer.responses[-1]) == {"value": [{"ID": 1}]}


def test_failed_on_commit(shop: Shop) -> None:
    """No operation failed, the changeset did: its answer has the Content-ID of the first."""
    rows = [{"ID": 1}, {"ID": 2, "note": "refused on commit"}]
    changeset = Changeset((insert(rows[0], "1"), insert(rows[1], "2")))
    batch = Batch((changeset, read("Orders", "3")))
    answer = shop.ask(batch, "odata.continue-on-error")
    assert answer.parts[0].content_id == "1"
    assert outcomes(batch, answer) == [(FAILED, 422), (FAILED, 422), (ANSWERED, 200)]
    assert value(answer.responses[1]) == {"value": []}


def test_reference_to_what_failed(shop: Shop) -> None:
    """A reference to a failed insert is answered 424; one within the failed changeset is not."""
    row = {"ID": 1}
    changeset = Changeset((insert(row, "2"), insert({"name": "a"}, "3", "$2/lines")))
    batch = Batch((insert(row, "1"), changeset, read("$2", "4"), read("Lines", "5")))
    answer = shop.ask(batch, "odata.continue-on-error")
    assert outcomes(batch, answer) == [
        (ANSWERED, 201),
        (FAILED, 409),
        (FAILED, 409),
        (ANSWERED, 424),
        (ANSWERED, 200),
    ]
    assert answer.responses[2].headers.get("Content-Length") is None


def test_failed_query_ends_the_answer(shop: Shop) -> None:
    """An operation of its own that fails ends the answer as well."""
    batch = Batch((read("Orders(9)", "1"), read("Orders", "2")))
    assert outcomes(batch, shop.ask(batch)) == [(ANSWERED, 404), (MISSING,)]


def test_targets(shop: Shop) -> None:
    """Targets are relative to the service root, with a slash before them or none.

    OData 4.01 §11.7.7.1 allows absolute and host-relative ones as well; they are answered 404, each
    in a part of its own.
    """
    targets = ["Orders", "/Orders", f"{shop.path}/Orders", f"{shop.root}/Orders"]
    batch = Batch(tuple(read(target, str(index)) for index, target in enumerate(targets)))
    answer = shop.ask(batch, "odata.continue-on-error")
    assert outcomes(batch, answer) == [
        (ANSWERED, 200),
        (ANSWERED, 200),
        (ANSWERED, 404),
        (ANSWERED, 404),
    ]


def test_without_content_ids(shop: Shop) -> None:
    """Operations without a Content-ID get answers without one, matched by their order."""
    batch = Batch((insert({"ID": 1}, None), read("Orders(1)"), read("Orders")))
    answer = shop.ask(batch)
    assert [response.content_id for response in answer.responses] == [None, None, None]
    assert outcomes(batch, answer) == [(ANSWERED, 201), (ANSWERED, 200), (ANSWERED, 200)]


def test_content_id_in_the_message(shop: Shop) -> None:
    """A Content-ID among the message's headers comes back in an error, but in no header."""
    dialect = msgspec.structs.replace(ODATA_V4, content_id_at="message")
    changeset = Changeset((insert({"ID": 1}, "2"), insert({"ID": 1}, "3")))
    batch = Batch((insert({"ID": 1}, "1"), changeset))
    answer = shop.ask(batch, dialect=dialect)
    assert [response.content_id for response in answer.responses] == [None, None]
    assert value(answer.responses[1])["error"]["@Core.ContentID"] == "2"
    assert {outcome.kind.value for outcome in correlate(batch, answer).outcomes} == {MISSING}
    assert outcomes(batch, answer) == [(ANSWERED, 201), (FAILED, 409), (FAILED, 409)]  # by order


def test_other_bodies(shop: Shop) -> None:
    """Answers without a body, of text, of XML; an update and a delete."""
    headers = Headers([*_JSON, ("Prefer", "return=minimal")])
    minimal = insert({"ID": 1, "note": "größe"}, "1").replace(headers=headers)
    update = Operation("PATCH", "Orders(1)", _JSON, b'{"note": "\xc3\xa4"}')
    delete = Operation("DELETE", "Orders(1)")
    batch = Batch(
        (
            Changeset((minimal,)),
            read("Orders(1)/note/$value", "2"),
            Changeset((update.with_content_id("3"),)),
            Changeset((delete.with_content_id("4"),)),
            read("$metadata", "5"),
        )
    )
    answer = shop.ask(batch)
    assert outcomes(batch, answer) == [
        (ANSWERED, 204),
        (ANSWERED, 200),
        (ANSWERED, 200),
        (ANSWERED, 204),
        (ANSWERED, 200),
    ]
    inserted, text, updated, deleted, metadata = answer.responses
    assert (inserted.body, text.body, deleted.body) == (b"", "größe".encode(), b"")
    assert value(updated) == {"ID": 1, "note": "ä"}
    assert metadata.body.startswith(b"<?xml")


def test_altered_text(shop: Shop) -> None:
    """Text that looks like JSON is written anew as JSON, under its old Content-Length.

    Strict mode refuses that, and rightly: the body is not the value. Tolerated, it is read as sent.
    """
    batch = Batch((insert({"ID": 1, "note": "1.50"}, "1"), read("Orders(1)/note/$value", "2")))
    answer = shop.post("$batch", encode_request(batch, ODATA_V4))
    content_type = answer.headers.get("Content-Type", "")
    with pytest.raises(DecodeError) as caught:
        decode_response(answer.body, content_type)
    assert (caught.value.code, caught.value.part) == ("content_length_mismatch", "batch[1]")
    tolerated = decode_response(
        answer.body, content_type, tolerate={Oddity.CONTENT_LENGTH_MISMATCH}
    )
    assert [(met.kind, met.count) for met in tolerated.oddities] == [
        (Oddity.CONTENT_LENGTH_MISMATCH, 1)
    ]
    assert tolerated.responses[1].body == b"1.5"
    assert outcomes(batch, tolerated) == [(ANSWERED, 201), (ANSWERED, 200)]


def test_swallowed_operation(shop: Shop) -> None:
    """A HEAD is taken for a delimiter and never answered: its outcome is missing, not success."""
    head = Operation("HEAD", "/Orders").with_content_id("1")
    batch = Batch((head, read("Orders", "2")))
    assert outcomes(batch, shop.ask(batch)) == [(MISSING,), (ANSWERED, 200)]


def test_empty_changeset(shop: Shop) -> None:
    """An empty changeset has no answer; the rest has."""
    batch = Batch((Changeset(()), read("Orders", "1")))
    answer = shop.ask(batch)
    assert len(answer.parts) == 1
    assert outcomes(batch, answer) == [(ANSWERED, 200)]


def test_refused_whole(shop: Shop) -> None:
    """What the server cannot read, sound or not, it refuses as a whole, with a 400 in JSON."""
    assert "at least one request" in refused(shop, encode_request(Batch(()), ODATA_V4))

    blank_line = Operation("POST", "Orders", _JSON, b'{\r\n\r\n"ID": 1}').with_content_id("1")
    message = encode_request(Batch((blank_line,)), ODATA_V4)
    assert "Error while parsing batch body" in refused(shop, message)

    message = encode_request(Batch((read("Orders", "1"),)), ODATA_V4)
    preamble = message._replace(body=b"preamble\r\n" + message.body)
    assert "Error while parsing batch body" in refused(shop, preamble)
    epilogue = message._replace(body=message.body + b"epilogue")
    assert "Error while parsing batch body" in refused(shop, epilogue)
    name, _, boundary = message.content_type.partition("boundary=")
    quoted = message._replace(content_type=f'{name}boundary="{boundary}"')
    assert "No boundary found" in refused(shop, quoted)
