"""What ``show`` finds of messages, before it is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odatabatch import (
    AZURE_TABLES,
    CAPTURED,
    ODATA_V3,
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    Headers,
    HttpRequest,
    HttpResponse,
    Oddity,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.captures import Content, read_messages
from odatabatch.cli import streams
from odatabatch.cli.findings import ROOT, Exchange, Message, exchanges, findings_of
from tests.cli.commands import ANSWER, THREE_TASKS
from tests.cli.exchanges import found, get, post, read, request_of, response_of, status

BATCH = read(request_of(Batch((get(),))), "batch")
ANSWERED = read(response_of(BatchResponse((status(200),))), "answered")
PLAIN = read(HttpRequest("GET", "/"), "plain")
REFUSED = read(HttpResponse(403, "Forbidden"), "refused")
TEXT = read(Content(Headers([("Content-Type", "text/plain")]), b"x"), "text")


class TestExchanges:
    """Which messages belong together."""

    @pytest.mark.parametrize(
        ("messages", "expected"),
        [
            ([], []),
            ([BATCH], [(BATCH, None)]),
            ([ANSWERED], [(None, ANSWERED)]),
            ([BATCH, ANSWERED], [(BATCH, ANSWERED)]),
            ([ANSWERED, BATCH], [(None, ANSWERED), (BATCH, None)]),
            ([BATCH, BATCH, ANSWERED], [(BATCH, None), (BATCH, ANSWERED)]),
            ([BATCH, ANSWERED, ANSWERED], [(BATCH, ANSWERED), (None, ANSWERED)]),
            ([BATCH, REFUSED], [(BATCH, REFUSED)]),
            ([PLAIN, REFUSED], [(PLAIN, REFUSED)]),
            ([PLAIN, ANSWERED], [(PLAIN, None), (None, ANSWERED)]),
            ([BATCH, TEXT, ANSWERED], [(BATCH, None), (None, TEXT), (None, ANSWERED)]),
        ],
    )
    def test_pairs(
        self,
        messages: list[Message],
        expected: list[tuple[Message | None, Message | None]],
    ) -> None:
        """An answer belongs to the request right before it."""
        assert list(exchanges(messages)) == [Exchange(*pair) for pair in expected]

    def test_bare_bodies(self) -> None:
        """A bare body asks where it holds requests, and answers where it holds responses."""
        asked, answered = (
            read(Content(message.whole.headers, message.whole.body))
            for message in (BATCH, ANSWERED)
        )
        assert list(exchanges([asked, answered])) == [Exchange(asked, answered)]

    @pytest.mark.parametrize("read_before", [[], [BATCH], [BATCH, ANSWERED]])
    def test_failure(self, read_before: list[Message]) -> None:
        """What was read before a failure is given before it is raised."""

        def reading() -> Iterator[Message]:
            yield from read_before
            raise streams.InputFailure("broken")

        walk = exchanges(reading())
        given = [next(walk)] if read_before else []
        with pytest.raises(streams.InputFailure):
            next(walk)
        assert [message for pair in given for message in pair if message] == read_before


class TestDialect:
    """Whose rules count."""

    def test_told(self) -> None:
        """What is told is taken without a look."""
        findings = found(Batch((get(),)), dialect=AZURE_TABLES)
        assert (findings.dialect, findings.detection) == (AZURE_TABLES, None)

    def test_detected(self) -> None:
        """By default what the request looks like."""
        asked, answered = (
            read(read_messages(path.read_bytes())[0].message) for path in (THREE_TASKS, ANSWER)
        )
        findings = findings_of(Exchange(asked, answered))
        assert findings.dialect is AZURE_BATCH
        assert findings.detection is not None
        assert findings.detection.dialect is AZURE_BATCH

    def test_detected_by_the_answer(self) -> None:
        """Where the request does not tell, the answer may."""
        batch = Batch((get(),))
        response = status(200)
        versioned = response.replace(headers=Headers([("OData-Version", "4.0")]))
        assert found(batch, dialect=None).dialect is None
        assert found(batch, BatchResponse((versioned,)), dialect=None).dialect is ODATA_V4

    def test_unsure(self) -> None:
        """Where neither tells there is none, and why is still known."""
        findings = found(Batch((get(),)), BatchResponse((status(200),)), dialect=None)
        assert findings.dialect is None
        assert findings.detection is not None
        assert findings.asked[0].outcome == "missing"  # order tells in some dialects only

    def test_no_batch(self) -> None:
        """Messages that are no batches have none."""
        findings = findings_of(Exchange(PLAIN, REFUSED), ODATA_V3)
        assert (findings.dialect, findings.detection) == (None, None)


class TestOutcomes:
    """What became of what was asked."""

    def test_each(self) -> None:
        """Own answers stand with their operations, all others by themselves."""
        batch = Batch(
            (
                Changeset((post(content_id="1"), post(content_id="2"))),
                post(content_id="3"),
                post(content_id="4"),
                post(content_id="5"),
                post(content_id="5"),
            )
        )
        answer = BatchResponse(
            (
                status(409, "1"),
                status(201, "5"),
                status(201, "4"),
                status(202, "5"),
                status(201, "9"),
            )
        )
        findings = found(batch, answer)
        assert [(it.part, it.outcome, len(it.answers)) for it in findings.asked] == [
            ("batch[0]/changeset[0]", "changeset_failed", 1),
            ("batch[0]/changeset[1]", "changeset_failed", 1),
            ("batch[1]", "missing", 0),
            ("batch[2]", "answered", 1),
            ("batch[3]", "duplicated", 2),
            ("batch[4]", "duplicated", 2),
        ]
        assert findings.asked[3].answers[0].part == "batch[2]"
        assert [(it.part, it.outcome) for it in findings.loose] == [
            ("batch[1]", "duplicated"),
            ("batch[3]", "duplicated"),
            ("batch[4]", "unmatched"),
        ]

    def test_by_order(self) -> None:
        """Where the dialect orders answers, their place tells, and that is said."""
        (asked,) = found(Batch((get(),)), BatchResponse((status(200),))).asked
        assert (asked.outcome, asked.by_order) == ("answered", True)

    def test_refused_whole(self) -> None:
        """One response to the batch tells of no operation."""
        findings = findings_of(Exchange(BATCH, REFUSED))
        assert [it.outcome for it in findings.asked] == [None]
        assert [(it.leaf, it.part, it.outcome) for it in findings.loose] == [
            (REFUSED.whole, None, None)
        ]

    def test_no_batch(self) -> None:
        """A plain request is answered by the response."""
        findings = findings_of(Exchange(PLAIN, REFUSED))
        (asked,) = findings.asked
        assert (asked.leaf, asked.part, asked.outcome) == (PLAIN.whole, None, "answered")
        assert [it.leaf for it in asked.answers] == [REFUSED.whole]
        assert findings.loose == ()

    def test_alone(self) -> None:
        """Without the other side there is no outcome."""
        assert [it.outcome for it in findings_of(Exchange(BATCH, None)).asked] == [None]
        assert [it.outcome for it in findings_of(Exchange(None, ANSWERED)).loose] == [None]


class TestMarks:
    """What is marked, and where."""

    def test_faults(self) -> None:
        """Under the paths that they have."""
        batch = Batch((Changeset((get(content_id="1"), post())),))
        (side,) = found(batch).sides
        assert {part: [it.code for it in faults] for part, faults in side.faults.items()} == {
            "batch[0]/changeset[0]": ["retrieve_in_changeset"],
            "batch[0]/changeset[1]": ["missing_content_id"],
        }

    def test_oddities(self) -> None:
        """In the part in which they were met first, or else in the whole batch."""
        body = (
            b"--b\r\nContent-Type: application/http\r\n\r\nGET /0 HTTP/1.1\r\n\r\n\r\n"
            b"--b\r\nContent-Type: application/http\r\n\r\nGET /1 HTTP/1.0\r\nA: b\n\r\n\r\n"
            b"--b\r\nContent-Type: application/http\r\n\r\nGET /2 HTTP/1.0\r\nA: b\r\n"
            b"--b----\r\n"
        )
        (raw,) = read_messages(
            b"POST /$batch HTTP/1.1\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + body,
            CAPTURED,
        )
        message = read(raw.message)
        message = Message("f", 0, 1, raw.message, message.batch, raw.oddities)
        (side,) = findings_of(Exchange(message, None)).sides
        marked = {
            part: {(it.met.kind, it.offset_in): it.met.count for it in oddities}
            for part, oddities in side.oddities.items()
        }
        assert marked == {
            ROOT: {(Oddity.BARE_LF, "file"): 1, (Oddity.EXTRA_CLOSE_DASHES, "body"): 1},
            "batch[1]": {(Oddity.OTHER_VERSION, "body"): 2, (Oddity.BARE_LF, "body"): 1},
            "batch[2]": {(Oddity.MISSING_BLANK_LINE, "body"): 1},
        }

    def test_oddities_of_a_message(self) -> None:
        """A message that is no batch has its own."""
        (raw,) = read_messages(b"GET / HTTP/1.0\r\n\r\n", CAPTURED)
        message = Message("f", 0, 1, raw.message, None, raw.oddities)
        (side,) = findings_of(Exchange(message, None)).sides
        assert [it.met.kind for it in side.oddities[ROOT]] == [Oddity.OTHER_VERSION]

    def test_references(self) -> None:
        """Where they lead to, or why they lead nowhere."""
        batch = Batch(
            (
                Changeset((post(content_id="1"), post("$1/Orders", "2"))),
                post("$3", "3"),
                post("/$4?secret"),
                post(content_id="5", If_Match="$secret"),
                post(content_id="6", If_Match="$2"),
            )
        )
        (side,) = found(batch).sides
        assert {part: list(map(tuple, found)) for part, found in side.references.items()} == {
            "batch[0]/changeset[1]": [("1", None, "batch[0]/changeset[0]", None)],
            "batch[1]": [("3", None, None, "later_reference")],
            "batch[2]": [("4", None, None, "unknown_reference")],
            "batch[3]": [(None, "If-Match", None, "unknown_reference")],
            "batch[4]": [("2", "If-Match", "batch[0]/changeset[1]", None)],
        }
