"""Batches of other projects, and batches made of real traffic, from the folder that is shared.

The folder is ``ODATABATCH_SHARED``, by default ``../shared`` beside the repository. Where it is not
there, all of this is skipped; where it is, nothing is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import odatabatch
from odatabatch import (
    CAPTURED,
    STRICT,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    Operation,
    OperationResponse,
    OutcomeKind,
    check,
    correlate,
)
from odatabatch.azure import AZURE_BATCH
from tests import corpus

SHARED = Path(
    os.environ.get("ODATABATCH_SHARED", Path(__file__).parent.parent.parent / "shared")
).resolve()
VECTORS = SHARED / "data" / "vectors"
EXCHANGES = SHARED / "data" / "captures" / "exchanges"

pytestmark = pytest.mark.skipif(
    not VECTORS.is_dir(), reason=f"the shared data is not there: {VECTORS}"
)

DECODE: dict[str, Callable[..., Any]] = {
    "request": odatabatch.decode_request,
    "response": odatabatch.decode_response,
}


class Refused(NamedTuple):
    """A vector that is refused.

    Attributes:
        file: how the vector's file name ends.
        code: of the error.
        why: in words, with the clause.
    """

    file: str
    code: str
    why: str


# Refused by a reader that tolerates what people saved.
REFUSED_AS_CAPTURED = (
    Refused(
        "odata-core_src_test_resources_batchRequest.batch",
        "invalid_request_line",
        "white space behind the version in a request line (RFC 9112 §3)",
    ),
    Refused(
        "_batchWithContentId.batch",
        "content_id_conflict",
        "newEmployee in the part, 1 in the message (OData 4.01 §11.7.7.1)",
    ),
    Refused("_batchWithContent.batch", "missing_boundary", "a base64 image and no batch"),
)
# Refused in strict mode, with CRLF for their LF.
REFUSED_IN_STRICT = (
    *REFUSED_AS_CAPTURED,
    *(
        Refused(file, "content_length_mismatch", "a Content-Length that fits neither line end")
        for file in (
            "odata-client-core_src_test_resources_batchWithPost.batch",
            "odata-core_src_test_resources_batchWithPost.batch",
            "_batchFailFirstCreateRequest.batch",
            "_batchWithContentIdPart2.batch",
            "_batchWithWrongContentId.batch",
            "odata-fit_src_test_resources_changeset.batch",
        )
    ),
    *(
        Refused(file, "content_not_allowed", "a blank line too many after a 204's head")
        for file in (
            "ODataV2BatchFunctionImportTest_BatchResponse.txt",
            "ODataV2BatchRequestUnitTest_BatchResponse.txt",
            "ODatav2BatchConnectionTest_BatchResponseWithChangeset.txt",
        )
    ),
    Refused(
        "org_apache_olingo_client_core_communication_request_batch_batchResponse.batch",
        "missing_reason_space",
        "a status line that ends after its code (RFC 9112 §4)",
    ),
    Refused(
        "org_apache_olingo_client_core_communication_response_batch_batchResponse.batch",
        "missing_reason_space",
        "the same",
    ),
)


def vectors() -> list[dict[str, Any]]:
    """The entries of the manifest, or one of no meaning where it is not there."""
    manifest = VECTORS / "manifest.json"
    entries: list[dict[str, Any]] = [{"file": "none"}]
    return json.loads(manifest.read_text("utf-8")) if manifest.is_file() else entries


each_vector = pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["file"])


class TestVectors:
    """Batches from the test suites of SAP's Cloud SDK and Apache Olingo."""

    @each_vector
    def test_as_captured(self, vector: dict[str, Any]) -> None:
        """As they stand in those repositories, with LF."""
        judge(vector, (VECTORS / vector["file"]).read_bytes(), CAPTURED, REFUSED_AS_CAPTURED)

    @each_vector
    def test_strict(self, vector: dict[str, Any]) -> None:
        """As they go over the wire, with CRLF, and nothing tolerated."""
        data = (VECTORS / vector["file"]).read_bytes().replace(b"\n", b"\r\n")
        judge(vector, data, STRICT, REFUSED_IN_STRICT)

    def test_tables(self) -> None:
        """Each row of the tables is about a vector that is there."""
        files = [vector["file"] for vector in vectors()]
        for refused in REFUSED_IN_STRICT:
            assert any(file.endswith(refused.file) for file in files), refused.file


def judge(vector: dict[str, Any], body: bytes, tolerate: Any, table: tuple[Refused, ...]) -> None:
    """Hold the batch in a vector against the manifest, or its error against the table."""
    boundary = vector["boundary"]
    content_type = "multipart/mixed" + (f"; boundary={boundary}" if boundary else "")
    codes = {row.code for row in table if vector["file"].endswith(row.file)}
    kinds = ("request", "response") if vector["kind"] == "other" else (vector["kind"],)
    for kind in kinds:
        if codes:
            with pytest.raises(odatabatch.DecodeError) as raised:
                DECODE[kind](body, content_type, tolerate)
            assert {raised.value.code} == codes
            continue
        batch = DECODE[kind](body, content_type, tolerate)
        changesets = [it for it in batch.parts if isinstance(it, Changeset | ChangesetResponse)]
        counts = len(batch.parts), len(changesets), len(leaves_of(batch))
        assert counts == (vector["outer_parts"], vector["changesets"], vector["http_parts"])
        encode = odatabatch.encode_request if kind == "request" else odatabatch.encode_response
        assert encode(batch) == (content_type, body)


def leaves_of(batch: Any) -> tuple[Any, ...]:
    """The operations of a batch, or the answers."""
    inside: tuple[Any, ...] = batch.operations if isinstance(batch, Batch) else batch.responses
    return inside


# Real single adds, in the shape of Azure Batch's page

# These belong to the connection, or to the content as it went over it (RFC 9110 §7.6.1).
HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "host", "keep-alive")


class Add(NamedTuple):
    """One recorded add-task exchange, as the operation of a batch and the answer to it."""

    operation: Operation
    answer: OperationResponse


def adds() -> Iterator[Add]:
    """The recorded add-task exchanges, in the order of their files' names."""
    for number, path in enumerate(sorted(EXCHANGES.glob("*task_add*.json")), start=1):
        exchange = json.loads(path.read_text("utf-8"))
        request, response = exchange["request"], exchange["response"]
        operation = Operation(
            request["method"],
            request["uri"],
            fields(request["headers"]),
            request["body"].encode("utf-8"),
        )
        answer = OperationResponse(
            response["status_code"],
            response["status"]["message"],
            fields(response["headers"]),
            response["body"].encode("utf-8"),
        )
        content_id = str(number)
        yield Add(
            operation.with_content_id(content_id, at="message"),
            answer.with_content_id(content_id, at="message"),
        )


def fields(recorded: dict[str, Any]) -> Headers:
    """Header fields as recorded, without those of the connection and of authentication."""
    dropped = {*HOP_BY_HOP, "authorization"}
    return Headers(
        (name, value)
        for name, values in recorded.items()
        if name.lower() not in dropped
        for value in (values if isinstance(values, list) else [values])
    )


class TestAssembled:
    """Legacy batches of the recorded single adds: one a changeset, Content-ID in the message."""

    def test_there_are_some(self) -> None:
        """The recordings are there, all of them created their task."""
        recorded = list(adds())
        assert len(recorded) == 22
        assert {add.answer.status for add in recorded} == {201}

    def test_request(self) -> None:
        """Written, it is at fault for its many jobs alone; it is read back the same, in pieces."""
        batch = Batch(tuple(Changeset((add.operation,)) for add in adds()))
        assert {fault.code for fault in check(batch, AZURE_BATCH)} == MANY_JOBS
        encoded = odatabatch.encode_request(batch, AZURE_BATCH, allow=MANY_JOBS)
        got = odatabatch.decode_request(encoded.body, encoded.content_type)
        assert [strip(it) for it in got.operations] == [strip(it) for it in batch.operations]
        assert odatabatch.encode_request(got) == encoded
        assert odatabatch.encode_request(got, AZURE_BATCH, allow=MANY_JOBS) == encoded
        same_in_pieces("request", encoded)

    def test_answer(self) -> None:
        """The answers, in another order, each come back to their own operation."""
        recorded = list(adds())
        batch = Batch(tuple(Changeset((add.operation,)) for add in recorded))
        answers = tuple(ChangesetResponse((add.answer,)) for add in reversed(recorded))
        encoded = odatabatch.encode_response(BatchResponse(answers), AZURE_BATCH)
        same_in_pieces("response", encoded)
        answer = odatabatch.decode_response(encoded.body, encoded.content_type)
        correlation = correlate(batch, answer)
        assert correlation.unmatched == ()
        assert [outcome.kind for outcome in correlation.outcomes] == [OutcomeKind.ANSWERED] * 22
        for add, outcome in zip(recorded, correlation.outcomes, strict=True):
            assert outcome.operation is add.operation
            assert [strip(it) for it in outcome.responses] == [strip(add.answer)]

    def test_in_one_changeset(self) -> None:
        """Azure Batch takes one operation a changeset; all in one is a fault, and still read."""
        batch = Batch((Changeset(tuple(add.operation for add in adds())),))
        found = [it for it in check(batch, AZURE_BATCH) if it.code not in MANY_JOBS]
        assert [(it.code, it.part) for it in found] == [
            ("too_many_changeset_operations", "batch[0]")
        ]
        allow = {found[0].code, *MANY_JOBS}
        encoded = odatabatch.encode_request(batch, AZURE_BATCH, allow=allow)
        got = odatabatch.decode_request(encoded.body, encoded.content_type)
        assert [strip(it) for it in got.operations] == [strip(it) for it in batch.operations]
        same_in_pieces("request", encoded)


# The recorded adds went to several jobs, a batch goes to one.
MANY_JOBS = {"different_paths"}


def strip(leaf: Any) -> Any:
    """The operation, or answer, without its part's headers, which the dialect gives."""
    return leaf.replace(part_headers=Headers())


def same_in_pieces(kind: str, encoded: odatabatch.Encoded) -> None:
    """Cut in two at every byte of its first kilobytes, and byte by byte: the same events."""
    body, content_type = encoded.body, encoded.content_type
    expected = corpus.decode(kind, content_type, [body])
    assert expected.error is None
    for cut in range(0, len(body), 97):
        assert corpus.decode(kind, content_type, [body[:cut], body[cut:]]) == expected
    single = (body[at : at + 1] for at in range(len(body)))
    assert corpus.decode(kind, content_type, single) == expected
