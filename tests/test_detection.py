"""``detect()``: which dialect a batch looks like, and why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from odatabatch import (
    AZURE_TABLES,
    CAPTURED,
    ODATA_V3,
    ODATA_V4,
    Batch,
    BatchResponse,
    Candidate,
    Changeset,
    ChangesetResponse,
    Detection,
    Dialect,
    Headers,
    Operation,
    OperationResponse,
    Sign,
    check,
    decode_request,
    decode_response,
    detect,
    encode_request,
    encode_response,
)
from odatabatch.azure import AZURE_BATCH
from tests import corpus
from tests.strategies import DIALECTS
from tests.test_rules import faulty_batches

TABLES = "https://account.table.core.windows.net/mytable"
BATCH = "https://account.region.batch.azure.com/jobs/job-1/tasks?api-version=2016-02-01.3.0"

any_dialect = st.sampled_from(DIALECTS)


def written(batch: Any, dialect: Dialect) -> Any:
    """A batch, or an answer, encoded in a dialect and decoded again."""
    allow = {fault.code for fault in check(batch, dialect)}
    if isinstance(batch, Batch):
        return decode_request(*reversed(encode_request(batch, dialect, allow=allow)))
    return decode_response(*reversed(encode_response(batch, dialect, allow=allow)))


def best(detection: Detection) -> set[str]:
    """The names of the likeliest dialects."""
    top = max(candidate.score for candidate in detection.candidates)
    return {it.dialect.name for it in detection.candidates if it.score == top}


def signs(batch: Any, dialect: Dialect) -> set[tuple[bool, str, str]]:
    """What speaks for a dialect and against it, but for what ``check()`` finds."""
    faults = {(fault.part, fault.detail) for fault in check(batch, dialect)}
    (candidate,) = detect(batch, [dialect]).candidates
    found = {(it.speaks_for, it.part, it.detail) for it in candidate.signs}
    return {it for it in found if it[1:] not in faults}


def operation(content_id: str, target: str = "/a", version: str | None = None) -> Operation:
    """A change with a body, perhaps with a version of OData."""
    pairs = [("Content-Type", "application/json")]
    if version is not None:
        pairs.append(("OData-Version" if version[0] == "4" else "DataServiceVersion", version))
    return Operation("POST", target, Headers(pairs), b"{}").with_content_id(content_id)


def changesets(*operations: Operation) -> Batch:
    """A batch of changesets of one operation each."""
    return Batch(tuple(Changeset((it,)) for it in operations))


def answers(*responses: OperationResponse) -> BatchResponse:
    """An answer of changesets of one answer each."""
    return BatchResponse(tuple(ChangesetResponse((it,)) for it in responses))


CREATED = OperationResponse(201, "Created").with_content_id("1")
V3_FIELD = Headers([("DataServiceVersion", "3.0")])


class TestCanonical:
    """Each dialect's own form is told from the others', where it differs."""

    @pytest.mark.parametrize(
        ("batch", "dialect"),
        [
            # Two changesets, which Azure Tables have not, and an older version.
            (changesets(operation("1", version="3.0"), operation("2", version="3.0")), ODATA_V3),
            # The newer version.
            (changesets(operation("1", version="4.0")), ODATA_V4),
            # A change outside of changesets, which OData 3.0 has not.
            (Batch((operation("1"),)), ODATA_V4),
            # Its hosts.
            (changesets(operation("1", TABLES, "3.0;")), AZURE_TABLES),
            (Batch((Operation("GET", TABLES),)), AZURE_TABLES),
            # Where the Content-IDs stand, without lengths.
            (
                changesets(operation("1", "/jobs/j/tasks"), operation("2", "/jobs/j/tasks")),
                AZURE_BATCH,
            ),
            (changesets(operation("1", BATCH)), AZURE_BATCH),
            (answers(CREATED.replace(headers=Headers([("OData-Version", "4.0")]))), ODATA_V4),
            # A failure among the answers of a changeset, with Azure Tables' boundaries.
            (answers(OperationResponse(409, headers=V3_FIELD).with_content_id("1")), AZURE_TABLES),
            (answers(CREATED), AZURE_BATCH),
            (answers(OperationResponse(409, headers=V3_FIELD).with_content_id("1")), AZURE_BATCH),
            (BatchResponse(()), AZURE_BATCH),
        ],
    )
    def test_detected(self, batch: Any, dialect: Dialect) -> None:
        """Among all four, in whichever order they are asked for."""
        read = written(batch, dialect)
        assert detect(read, DIALECTS).dialect is dialect
        found = detect(read, reversed(DIALECTS))
        assert found.dialect is dialect
        assert found.candidates[0].dialect is dialect

    @pytest.mark.parametrize(
        ("batch", "dialect", "alike"),
        [
            # Nothing is said at all.
            (Batch(()), ODATA_V4, set(DIALECTS)),
            (Batch(()), AZURE_BATCH, set(DIALECTS)),
            (BatchResponse(()), ODATA_V4, {ODATA_V3, ODATA_V4, AZURE_TABLES}),
            # One changeset without a host is either's; without a version it is any OData's.
            (changesets(operation("1", version="3.0")), ODATA_V3, {ODATA_V3, AZURE_TABLES}),
            (changesets(operation("1", version="3.0")), AZURE_TABLES, {ODATA_V3, AZURE_TABLES}),
            (changesets(operation("1")), ODATA_V3, {ODATA_V3, ODATA_V4, AZURE_TABLES}),
            # Several are not Azure Tables'.
            (changesets(operation("1"), operation("2")), ODATA_V4, {ODATA_V3, ODATA_V4}),
            (answers(CREATED), AZURE_TABLES, {ODATA_V3, ODATA_V4, AZURE_TABLES}),
        ],
    )
    def test_alike(self, batch: Any, dialect: Dialect, alike: set[Dialect]) -> None:
        """Some cannot be told apart: no dialect is the answer, and all stand on top."""
        found = detect(written(batch, dialect), DIALECTS)
        assert found.dialect is None
        assert best(found) == {it.name for it in alike}

    @given(faulty_batches(), any_dialect)
    def test_never_another(self, batch: Any, dialect: Dialect) -> None:
        """What breaks no rule of a dialect and is in its form looks like no other one more."""
        assume(not check(batch, dialect))
        names = {name.lower() for leaf in _leaves(batch) for name in leaf.headers.names}
        versions = {"odata-version", "dataserviceversion"} - {dialect.version_header.lower()}
        assume(not names & versions)
        assert dialect.name in best(detect(written(batch, dialect), DIALECTS))


def _leaves(batch: Any) -> tuple[Any, ...]:
    inside: tuple[Any, ...] = batch.operations if isinstance(batch, Batch) else batch.responses
    return inside


class TestReal:
    """Real-looking traffic."""

    @pytest.mark.parametrize(
        "fixture",
        [it for it in corpus.fixtures() if it.name.startswith("azure/")],
        ids=lambda it: it.name,
    )
    def test_seed(self, fixture: corpus.Fixture) -> None:
        """Azure Batch's page: the request and its answer, as printed and as on the wire."""
        decode: Any = decode_request if fixture.kind == "request" else decode_response
        assert detect(decode(fixture.body, fixture.content_type, CAPTURED), DIALECTS).dialect is (
            AZURE_BATCH
        )

    def test_tables_client(self) -> None:
        """As Azure Storage's clients write: a length, no Content-ID, absolute targets."""
        body = (
            b"--batch_a1e9d677\r\n"
            b"Content-Type: multipart/mixed; boundary=changeset_8a28b620\r\n\r\n"
            b"--changeset_8a28b620\r\n"
            b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            b"POST https://account.table.core.windows.net/Blogs HTTP/1.1\r\n"
            b"Content-Type: application/json\r\nDataServiceVersion: 3.0;\r\n"
            b"Content-Length: 2\r\n\r\n{}\r\n"
            b"--changeset_8a28b620--\r\n--batch_a1e9d677--\r\n"
        )
        batch = decode_request(body, "multipart/mixed; boundary=batch_a1e9d677")
        found = detect(batch, DIALECTS)
        assert found.dialect is AZURE_TABLES
        assert [it.dialect.name for it in found.candidates[:2]] == ["Azure Tables", "OData 3.0"]

    @pytest.mark.parametrize(
        ("target", "dialect"),
        [
            (TABLES, AZURE_TABLES),
            ("http://account-secondary.table.core.windows.net:443/t", AZURE_TABLES),
            ("HTTPS://ACCOUNT.TABLE.CORE.CHINACLOUDAPI.CN", AZURE_TABLES),
            ("https://account.table.core.usgovcloudapi.net?x", AZURE_TABLES),
            ("https://account.z01.table.storage.azure.net/t", AZURE_TABLES),
            ("https://account.table.cosmos.azure.com:443/t", AZURE_TABLES),
            (BATCH, AZURE_BATCH),
            ("https://user:secret@account.region.batch.azure.com/jobs", AZURE_BATCH),
            ("https://account.region.batch.chinacloudapi.cn#x", AZURE_BATCH),
            ("https://account.region.batch.usgovcloudapi.net/", AZURE_BATCH),
        ],
    )
    def test_hosts(self, target: str, dialect: Dialect) -> None:
        """The name of a host speaks for its service, and against nobody."""
        batch = Batch((Operation("GET", target),))
        assert (True, "batch[0]", "a host of the service") in signs(batch, dialect)
        for other in DIALECTS:
            assert other is dialect or signs(batch, other) == set()

    @pytest.mark.parametrize(
        "target",
        [
            "/account.table.core.windows.net/t",
            "account.table.core.windows.net/t",
            "https://host/.table.core.windows.net",
            "https://host?.batch.azure.com",
            "https://host#.batch.azure.com",
            "https://account.batch.azure.com.host/",
            "https://account.batch.azure.com@host/",
            "https://xbatch.azure.com/",
            "https://[::1]/jobs",
            "https://",
        ],
    )
    def test_other_hosts(self, target: str) -> None:
        """It is the host that counts, and its end."""
        batch = Batch((Operation("GET", target),))
        assert all(signs(batch, dialect) == set() for dialect in DIALECTS)


class TestSigns:
    """What is looked at, each by itself."""

    @pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: it.name)
    @pytest.mark.parametrize("place", ["part", "message"])
    def test_content_id(self, dialect: Dialect, place: Any) -> None:
        """Where the Content-ID stands."""
        sign = (dialect.content_id_at == place, "batch[0]", f"a Content-ID in the {place}")
        operations = Batch((Operation("GET", "a").with_content_id("1", place),))
        responses = BatchResponse((OperationResponse(200).with_content_id("1", place),))
        assert signs(operations, dialect) == signs(responses, dialect) == {sign}

    @pytest.mark.parametrize("header", ["DataServiceVersion", "OData-Version"])
    def test_versions(self, header: str) -> None:
        """Which field there is; what stands in it is a rule's affair."""
        fields = Headers([(header.upper(), "secret")])
        for dialect in DIALECTS:
            article = "an" if header.startswith("O") else "a"
            sign = (dialect.version_header == header, "batch[0]", f"{article} {header} field")
            assert signs(Batch((Operation("GET", "a", fields),)), dialect) == {sign}
            assert signs(BatchResponse((OperationResponse(200, "", fields),)), dialect) == {sign}

    @pytest.mark.parametrize(
        ("header", "article"), [("X-Version", "a"), ("odata-version-2", "an"), ("version", "a")]
    )
    def test_own_version(self, header: str, article: str) -> None:
        """The field of a dialect of one's own, in words."""
        dialect = msgspec.structs.replace(ODATA_V4, name="own", version_header=header)
        batch = Batch((Operation("GET", "a", Headers([(header, "1")])),))
        assert signs(batch, dialect) == {(True, "batch[0]", f"{article} {header} field")}

    @pytest.mark.parametrize("states", [True, False])
    def test_lengths(self, states: bool) -> None:
        """Whether an operation's body has a length; services write it as they like."""
        headers = Headers([("content-length", "1")] if states else [])
        one = Operation("POST", "a", headers, b"x")
        detail = f"a body {'with' if states else 'without'} a Content-Length"
        for dialect in DIALECTS:
            sign = (dialect.writes_content_length is states, "batch[0]", detail)
            assert signs(Batch((one,)), dialect) == {sign}
            assert signs(Batch((one.replace(body=b"", headers=Headers()),)), dialect) == set()
            answer = BatchResponse((OperationResponse(200, "", headers, b"x"),))
            assert signs(answer, dialect) == set()

    @pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: it.name)
    @pytest.mark.parametrize(
        ("outer", "inner"),
        [
            ("batch", "changeset"),
            ("batchresponse", "changesetresponse"),
            ("b", "c"),
            ("BATCH", "x"),
        ],
    )
    def test_boundaries(self, dialect: Dialect, outer: str, inner: str) -> None:
        """How they begin, without case; of changesets the first one's."""
        some = [f"{outer}_1", f"{inner}_1", f"{inner}_2"]
        request = encode_request(Batch((Changeset(()), Changeset(()))), ODATA_V4, some)
        empty = BatchResponse((ChangesetResponse(()), ChangesetResponse(())))
        answer = encode_response(empty, ODATA_V4, some)
        for batch, begin in (
            (decode_request(*reversed(request)), dialect.request_boundaries),
            (decode_response(*reversed(answer)), dialect.response_boundaries),
        ):
            expected = set()
            for path, written_as, own in zip(
                ("batch", "batch[0]"), (outer, inner), begin, strict=True
            ):
                alike = written_as.lower() == own
                kind = "like" if alike else "unlike"
                expected.add((alike, path, f"a boundary {kind} {own}_…"))
            assert signs(batch, dialect) == expected

    @pytest.mark.parametrize(
        "content_type",
        ["multipart/mixed", "application/json", "multipart/mixed; boundary", ";", ""],
    )
    def test_no_boundary(self, content_type: str) -> None:
        """A Content-Type without one tells nothing."""
        batch = Batch((Changeset((), Headers([("Content-Type", content_type)])),))
        assert signs(batch, ODATA_V4) == set()

    def test_unquoted_boundary(self) -> None:
        """One that a decoder takes is read as that does."""
        headers = Headers([("Content-Type", "multipart/mixed; boundary=changeset_(1)")])
        batch = Batch((Changeset((), headers),))
        assert signs(batch, ODATA_V4) == {(True, "batch[0]", "a boundary like changeset_…")}

    def test_weights(self) -> None:
        """A habit weighs 1, a rule that is broken 2, the service's own host 3."""
        operation = Operation("GET", BATCH).with_content_id("1", "message")
        (candidate,) = detect(
            Batch((operation, operation.replace(target="b"))), [AZURE_BATCH]
        ).candidates
        weights = {it.detail.partition(":")[0]: it.weight for it in candidate.signs}
        assert weights == {
            "a host of the service": 3,
            "a Content-ID in the message": 1,
            "a host or a path that differs from the first operation's": 2,
            "a Content-ID that stood in the batch before": 2,
        }

    def test_fault_speaks_against(self) -> None:
        """A broken rule is a sign against the dialect, and against is False."""
        (candidate,) = detect(Batch((Operation("GET", "a"),)), [AZURE_BATCH]).candidates
        assert [it.speaks_for for it in candidate.signs] == [False]

    def test_faults(self) -> None:
        """Each code that ``check()`` finds speaks against a dialect, once, where it is first."""
        parts = Changeset((Operation("PUT", "a"), Operation("PUT", "b"))), Operation("PUT", "b")
        (candidate,) = detect(Batch(parts), [AZURE_BATCH]).candidates
        against = {it.part for it in candidate.signs if not it.speaks_for}
        assert len(candidate.signs) == 3
        assert against == {"batch[0]", "batch[0]/changeset[0]", "batch[0]/changeset[1]"}
        assert candidate.score == -6  # a rule that is broken weighs 2

    @given(faulty_batches(), any_dialect)
    def test_once(self, batch: Any, dialect: Dialect) -> None:
        """However often a thing is seen, it is one sign; the score is their sum."""
        (candidate,) = detect(batch, [dialect]).candidates
        seen = [it for it in candidate.signs if (it.part, it.detail) not in _faults(batch, dialect)]
        assert len({(it.speaks_for, it.detail) for it in seen}) == len(seen)
        codes = {fault.code for fault in check(batch, dialect)}
        assert len(candidate.signs) - len(seen) == len(codes)
        for_it = sum(it.weight for it in candidate.signs if it.speaks_for)
        against = sum(it.weight for it in candidate.signs if not it.speaks_for)
        assert candidate.score == for_it - against


def _faults(batch: Any, dialect: Dialect) -> set[tuple[str, str]]:
    return {(fault.part, fault.detail) for fault in check(batch, dialect)}


class TestOuterHeaders:
    """The message that carried a batch may tell what its operations do not."""

    def test_version(self) -> None:
        """A field of the outer message is a sign, once."""
        outer = Headers([("OData-Version", "4.0")])
        batch = Batch((Operation("GET", "a", outer),))
        found = detect(batch, [ODATA_V4], headers=outer).candidates[0].signs
        assert [(it.part, it.detail) for it in found] == [("batch", "an OData-Version field")]
        assert detect(Batch(()), [ODATA_V3, ODATA_V4]).dialect is None
        assert detect(Batch(()), [ODATA_V3, ODATA_V4], headers=outer).dialect is ODATA_V4

    @pytest.mark.parametrize("port", ["", ":443"])
    def test_host(self, port: str) -> None:
        """The host, with a port or without, of the message or of an operation."""
        host = Headers([("Host", f"a.table.core.windows.net{port}")])
        for batch, outer in (
            (Batch(()), host),
            (Batch((Operation("GET", "/T", host),)), Headers([])),
        ):
            found = detect(batch, [ODATA_V3, AZURE_TABLES, AZURE_BATCH], headers=outer)
            assert found.dialect is AZURE_TABLES
            assert [it.weight for it in found.candidates[0].signs if it.speaks_for] == [3]

    def test_type(self) -> None:
        """Headers, and no mapping."""
        headers: Any = {"Host": "a"}
        with pytest.raises(TypeError):
            detect(Batch(()), [ODATA_V4], headers=headers)


class TestDetection:
    """The answer as a whole."""

    @given(faulty_batches(), st.lists(any_dialect, max_size=4))
    def test_ranked(self, batch: Any, candidates: list[Dialect]) -> None:
        """All that were asked for, the likeliest first; one answer where one leads."""
        found = detect(batch, iter(candidates))
        scores = [candidate.score for candidate in found.candidates]
        assert scores == sorted(scores, reverse=True)
        names = sorted(candidate.dialect.name for candidate in found.candidates)
        assert names == sorted(dialect.name for dialect in candidates)
        leads = scores.count(max(scores, default=0)) == 1 and scores[0] >= 0
        assert found.dialect is (found.candidates[0].dialect if leads else None)

    def test_values(self) -> None:
        """Frozen, and compared by value."""
        found = detect(Batch(()), [ODATA_V4])
        assert found == Detection(ODATA_V4, (Candidate(ODATA_V4, ()),))
        assert Sign(True, 1, "batch", "a") != Sign(False, 1, "batch", "a")
        with pytest.raises(AttributeError):
            found.dialect = None  # type: ignore[misc]

    def test_discreet(self) -> None:
        """Signs name fields and places, not what stands there."""
        secrets = [
            *("Authorization", "DataServiceVersion", "OData-Version", "If-Match", "Content-Length"),
        ]
        one = Operation(
            "POST",
            "https://secret:secret@secret.table.core.windows.net/secret?secret",
            Headers([(name, "$secret") for name in secrets]),
            b"secret",
        ).with_content_id("secret", "message")
        own = Headers([("Content-Type", 'multipart/mixed; boundary="changeset_secret"')])
        batch = Batch((Changeset((one, one), own), one, one.with_content_id("")))
        found = detect(batch, DIALECTS)
        assert len(found.candidates[0].signs) > 5
        assert "secret" not in repr(found)
        read = written(Batch((Changeset((one.replace(headers=Headers()),), own),)), ODATA_V3)
        assert "secret" not in repr(detect(read, DIALECTS))


class TestTypes:
    """Arguments of the wrong type are a TypeError."""

    @pytest.mark.parametrize("batch", [None, (), Operation("GET", "a"), Changeset(()), Batch([])])  # type: ignore[arg-type]
    def test_batch(self, batch: Any) -> None:
        """A batch, or an answer."""
        with pytest.raises(TypeError):
            detect(batch, DIALECTS)

    def test_headers(self) -> None:
        """The fields of the message are ``Headers``."""
        with pytest.raises(TypeError, match="expected Headers, got list"):
            detect(Batch(()), DIALECTS, headers=[("a", "b")])  # type: ignore[arg-type]

    @pytest.mark.parametrize("candidates", [None, ODATA_V4, "OData", [None], ["OData"]])
    def test_candidates(self, candidates: Any) -> None:
        """Several dialects."""
        with pytest.raises(TypeError):
            detect(Batch(()), candidates)
