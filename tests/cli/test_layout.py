"""What ``show`` says of an exchange, line by line."""

from __future__ import annotations

import pytest

from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
    ODATA_V4,
    Batch,
    BatchResponse,
    Changeset,
    ChangesetResponse,
    Headers,
    HttpRequest,
    HttpResponse,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.captures import Content
from odatabatch.cli.cells import Span
from odatabatch.cli.findings import Exchange, findings_of
from odatabatch.cli.layout import laid_out
from tests.cli.exchanges import (
    about,
    drawn,
    found,
    get,
    post,
    read,
    request_of,
    response_of,
    status,
)

PLAIN = HttpRequest("GET", "/jobs?secret")


class TestTitle:
    """Which messages these are."""

    @pytest.mark.parametrize(
        ("files", "counts", "title"),
        [
            (("a", "b"), (1, 1), "a → b"),
            (("a", "b"), (2, 3), "a, message 1 → b, message 0"),
            (("a", "a"), (2, 2), "a, messages 1 and 0"),
            (("a\x1b[2J", "\u202eb"), (1, 1), "a\\x1b[2J → \\u202eb"),
        ],
    )
    def test_title(self, files: tuple[str, str], counts: tuple[int, int], title: str) -> None:
        """Files, and which message where they hold several; nothing that a terminal obeys."""
        messages = [
            read(whole, file, index)
            for whole, file, index in zip((PLAIN, HttpResponse(200)), files, (1, 0), strict=True)
        ]
        asked, answered = (
            type(message)(message.file, message.index, count, message.whole, None)
            for message, count in zip(messages, counts, strict=True)
        )
        assert drawn(findings_of(Exchange(asked, answered)))[0] == title


class TestSummary:
    """All in one line."""

    @pytest.mark.parametrize(
        ("batch", "words"),
        [
            (Batch(()), "0 operations"),
            (Batch((get(),)), "1 operation"),
            (Batch((get(), get())), "2 operations"),
            (Batch((Changeset((post(content_id="1"),)),)), "1 operation in 1 changeset"),
            (
                Batch((Changeset((post(content_id="1"),)), get(), Changeset(()))),
                "2 operations, 1 of them in 2 changesets",
            ),
        ],
    )
    def test_request(self, batch: Batch, words: str) -> None:
        """How many operations, and how many of them in changesets."""
        assert drawn(found(batch))[1] == f"request: {words}, OData 4.01 · 0 faults · 0 oddities"

    def test_pair(self) -> None:
        """How many of each outcome; what is unknown is never among the successes."""
        batch = Batch(
            (
                Changeset((post(content_id="1"), post(content_id="2"))),
                post(content_id="3"),
                post(content_id="4"),
                post(content_id="5"),
                post(content_id="6"),
                post(content_id="6"),
            )
        )
        answer = BatchResponse(
            (status(409, "1"), status(201, "4"), status(304, "5"), status(201, "6"), status(201))
        )
        assert drawn(found(batch, answer))[1] == (
            "request: 7 operations, 2 of them in 1 changeset, OData 4.01 · answer: "
            "1 × 201, 1 × 304, 2 × changeset failed, 2 × duplicated, 1 × missing, 1 × unmatched"
            " · 1 fault · 0 oddities"
        )

    def test_answer_alone(self) -> None:
        """Statuses alone."""
        answer = BatchResponse((status(200), status(404), status(200)))
        expected = "answer: 2 × 200, 1 × 404, OData 4.01 · 0 faults · 0 oddities"
        assert drawn(found(answer=answer))[1] == expected

    def test_nothing_answered(self) -> None:
        """An answer may be empty."""
        line = drawn(found(Batch(()), BatchResponse(())))[1]
        assert "answer: nothing" in line

    def test_no_batch(self) -> None:
        """Plain messages, and one response to a batch."""
        refused = read(HttpResponse(403))
        assert drawn(findings_of(Exchange(read(PLAIN), refused)))[1] == (
            "request: no batch · answer: ✗ 403 failed, no batch · 0 faults · 0 oddities"
        )
        asked = read(request_of(Batch((get(),))))
        assert drawn(findings_of(Exchange(asked, refused), ODATA_V4))[1] == (
            "request: 1 operation, OData 4.01 · answer: ✗ 403 failed, no batch"
            " · 0 faults · 0 oddities"
        )

    def test_text(self) -> None:
        """A bare body that is no batch is neither request nor answer."""
        text = read(Content(Headers([("Content-Type", "text/plain")]), b"x"))
        assert drawn(findings_of(Exchange(None, text)))[1:] == [
            "bare body, no batch · 0 faults · 0 oddities",
            "",
            "answer     bytes",
            "bare body      1",
        ]


class TestLooks:
    """Why it is taken for a dialect."""

    def test_signs(self) -> None:
        """What speaks for it, and not for the next likely one as well."""
        batch = Batch((get("https://a.table.core.windows.net/People"),))
        line = drawn(found(batch, dialect=None))[2]
        assert line == "looks like Azure Tables: a host of the service"

    def test_signs_against_others(self) -> None:
        """Where nothing speaks for it alone: what speaks against the next likely one."""
        batch = Batch((post(Content_Length="8"), get()))
        line = drawn(found(batch, dialect=None))[2]
        assert line.startswith("looks like OData 4.01: against OData 3.0 speaks ")

    def test_tie(self) -> None:
        """That nothing tells, whose rules were taken, and what to do about it."""
        line = drawn(found(Batch((get(),)), dialect=None))[2]
        assert line == (
            "looks like OData 3.0 as much as OData 4.01 as much as Azure Tables: "
            "judged by the rules of OData 4.01; --dialect decides"
        )
        line = drawn(found(Batch((get(),)), BatchResponse((status(200),)), dialect=None))[2]
        assert "answers matched by Content-ID alone" in line

    def test_told(self) -> None:
        """A dialect that was told needs no reasons."""
        assert drawn(found(Batch((get(),))))[2] == ""


class TestRows:
    """Operations, each with its answer beside it."""

    def test_pair(self) -> None:
        """Two changesets, one of which failed."""
        batch = Batch(
            (
                get("People(1)?secret"),
                Changeset((post(content_id="1"), post("$1/Orders", "2"))),
                Changeset((post(content_id="3"),)),
                get(),
            )
        )
        answer = BatchResponse(
            (
                status(200, reason="OK", body=b"{}"),
                status(412, "2", "Precondition Failed", b"{}"),
                ChangesetResponse((status(201, "3", "Created"), status(201, "9", "Created"))),
            )
        )
        lines = drawn(found(batch, answer, ODATA_V3))
        assert [" ".join(line.split()) for line in lines[5:]] == [
            "batch[0] GET People(1) 0 ? missing",
            "batch[1] changeset of 2 ✗ 412 Precondition Failed 2",
            "batch[1]/changeset[0] 1 POST People 8 ✗ changeset failed",
            "batch[1]/changeset[1] 2 POST $1/Orders 8 ✗ changeset failed",
            "batch[1]/changeset[1] → $1 in the target: batch[1]/changeset[0]",
            "batch[2] changeset of 1",
            "batch[2]/changeset[0] 3 POST People 8 ✓ 201 Created 0",
            "batch[3] GET People 0 ? missing",
            "answer batch[0] ! unmatched: 200 OK 2",
            "answer 9 batch[2]/changeset[1] ! unmatched: 201 Created 0",
        ]

    def test_flat(self) -> None:
        """Where each operation has a changeset of its own, that is not drawn; its faults are."""
        batch = Batch((Changeset((post(content_id="1"),)), Changeset((post(content_id="2"),))))
        answer = BatchResponse((status(409, "1"),))
        lines = drawn(found(batch, answer, AZURE_TABLES))
        assert about(lines, "batch[0]") == []
        assert about(lines, "batch[0]/changeset[0]") == [
            "1 POST People 8 ✗ changeset failed: 409 failed 0"
        ]
        row, note = about(lines, "batch[1]/changeset[0]")
        assert row == "2 POST People 8 ? missing"
        assert note.startswith("! fault too_many_changesets: ")
        rows = laid_out(found(batch)).rows
        assert [(row.depth, row.label) for row in rows] == [
            (0, "batch"),
            (1, "batch[0]"),
            (1, "batch[1]"),
        ]

    def test_by_order(self) -> None:
        """That order told is said."""
        batch = Batch((get(), Changeset((post(content_id="1"), post(content_id="2")))))
        answer = BatchResponse((status(200), status(400)))
        lines = drawn(found(batch, answer))
        assert about(lines, "batch[0]") == ["GET People 0 ✓ 200 ok (by order) 0"]
        assert about(lines, "batch[1]/changeset[0]") == [
            "1 POST People 8 ✗ changeset failed (by order)"
        ]

    def test_duplicated(self) -> None:
        """The first answers, and how many more; no success."""
        batch = Batch((post(content_id="1"), post(content_id="2"), post(content_id="2")))
        answer = BatchResponse((*(status(201, "1") for _ in range(5)), status(204, "2")))
        lines = drawn(found(batch, answer))
        assert about(lines, "batch[0]")[0] == (
            "1 POST People 8 ! duplicated: 201 ok, 201 ok, 201 ok and 2 more"
        )
        for path in ("batch[1]", "batch[2]"):
            assert about(lines, path)[0] == "2 POST People 8 ! duplicated: 204 ok 0"
        notes = [line for line in lines if "fault in answer" in line]
        assert len(notes) == 4
        assert {line.split()[0] for line in notes} == {"batch[0]"}

    def test_answer_alone(self) -> None:
        """Columns without content are left out."""
        answer = BatchResponse(
            (status(304, reason="Not Modified"), ChangesetResponse((status(201),)))
        )
        lines = drawn(found(answer=answer))
        assert [" ".join(line.split()) for line in lines[3:8]] == [
            "part answer bytes",
            f"batch 200 OK {len(response_of(answer).body)}",
            "batch[0] – 304 Not Modified 0",
            "batch[1] changeset of 1",
            "batch[1]/changeset[0] ✓ 201 ok 0",
        ]

    def test_refused_whole(self) -> None:
        """One response to the batch stands beside it; nothing stands beside the operations."""
        asked = read(request_of(Batch((get(),))))
        refused = read(HttpResponse(403, "Forbidden", body=b"no"))
        lines = drawn(findings_of(Exchange(asked, refused), ODATA_V4))
        assert about(lines, "batch") == [f"POST /$batch {len(asked.whole.body)} ✗ 403 Forbidden 2"]
        assert about(lines, "batch[0]") == ["GET People 0"]

    def test_no_batch(self) -> None:
        """A plain request and its answer are one row."""
        lines = drawn(findings_of(Exchange(read(PLAIN), read(HttpResponse(200, "OK")))))
        assert lines[3:] == [
            "operation  bytes  answer    bytes",
            "GET /jobs      0  ✓ 200 OK      0",
        ]

    def test_bare_bodies(self) -> None:
        """They have no start line."""
        batch, answer = request_of(Batch((get(),))), response_of(BatchResponse((status(200),)))
        asked, answered = (read(Content(whole.headers, whole.body)) for whole in (batch, answer))
        (line,) = about(drawn(findings_of(Exchange(asked, answered), ODATA_V4)), "batch")
        assert line == f"bare body {len(batch.body)} bare body {len(answer.body)}"


class TestCells:
    """What a cell says."""

    @pytest.mark.parametrize(
        ("content_id", "text"),
        [("1", "1"), ("a b", '"a b"'), ("", '""'), ("\x9b2J", "\\x9b2J"), ("é", "é")],
    )
    def test_content_id(self, content_id: str, text: str) -> None:
        """One value, whatever is in it."""
        row = laid_out(found(Batch((post(content_id=content_id),)))).rows[1]
        assert row.cells.content_id == (Span(text),)

    @pytest.mark.parametrize(
        ("code", "reason", "expected"),
        [
            (201, "Created", Span("✓ 201 Created", "good")),
            (204, "", Span("✓ 204 ok", "good")),
            (304, "Not Modified", Span("– 304 Not Modified", "open")),
            (100, "", Span("– 100 answered", "open")),
            (409, "OK", Span("✗ 409 OK", "bad")),
            (500, "", Span("✗ 500 failed", "bad")),
            (500, "\x9b31m", Span("✗ 500 \\x9b31m", "bad")),
            (500, "x" * 41, Span(f"✗ 500 {'x' * 40}…", "bad")),
        ],
    )
    def test_status(self, code: int, reason: str, expected: Span) -> None:
        """A sign, the status and a word: the colour is not needed."""
        row = laid_out(found(answer=BatchResponse((status(code, reason=reason),)))).rows[1]
        assert row.cells.answer == (expected,)


class TestNotes:
    """What is marked at its place."""

    def test_answer(self) -> None:
        """Faults of an answer stand with its operation, those of its changesets at the batch."""
        batch = Batch(
            (
                Changeset((post(content_id="1"),)),
                Changeset((post(content_id="2"), post(content_id="3"))),
            )
        )
        answer = BatchResponse(
            (
                ChangesetResponse((status(201, "3"),)),
                ChangesetResponse((status(201, "2"), status(404, "1"))),
            )
        )
        lines = drawn(found(batch, answer))
        (note,) = about(lines, "batch[0]/changeset[0]")[1:]
        assert note.startswith("! fault in answer batch[1]/changeset[1] failure_in_changeset: ")
        (note,) = about(drawn(found(batch, answer, AZURE_TABLES)), "batch")[1:]
        assert note.startswith("! fault in answer batch[1] too_many_changesets: ")

    def test_faults(self) -> None:
        """Code and words, where they belong."""
        batch = Batch(tuple(Changeset((post(),)) for _ in range(101)))
        findings = found(batch, dialect=AZURE_BATCH)
        lines = drawn(findings)
        (side,) = findings.sides
        for part in ("batch", "batch[7]/changeset[0]"):
            (fault,) = side.faults[part]
            assert about(lines, part)[1:] == [f"! fault {fault.code}: {fault.detail}"]

    def test_references(self) -> None:
        """Values of headers are not shown, even where they look like a reference."""
        batch = Batch((post("$9"), post(content_id="1", If_Match="$secret")))
        lines = drawn(found(batch))
        assert about(lines, "batch[0]")[2:] == ["→ $9 in the target: none (unknown_reference)"]
        assert about(lines, "batch[1]")[2:] == ["→ $… in the If-Match: none (unknown_reference)"]

    def test_oddities(self) -> None:
        """Where, and how often."""
        body = b"--b\nContent-Type: application/http\n\nGET / HTTP/1.0\n\n\n--b--\n"
        content = Content(Headers([("Content-Type", "multipart/mixed; boundary=b")]), body)
        lines = drawn(findings_of(Exchange(read(content), None)))
        assert about(lines, "batch")[1:] == [
            "~ oddity bare_lf: 6 times, first at byte 3 of the body"
        ]
        assert about(lines, "batch[0]")[1:] == ["~ oddity other_version: at byte 42 of the body"]

    def test_headers(self) -> None:
        """Names of headers where they are asked for, and no values."""
        batch = Batch((get(Accept="secret"),))
        findings = found(batch, BatchResponse((status(200),)))
        lines = drawn(findings, headers=True)
        assert about(lines, "batch")[1:] == [
            "headers: Content-Type",
            "headers in answer: Content-Type",
        ]
        assert about(lines, "batch[0]")[1:] == [
            "headers: Accept",
            "headers in answer batch[0]: none",
        ]
        assert "secret" not in "".join(lines)
        assert "headers" not in "".join(drawn(findings))


class TestLength:
    """What hostile input makes long is cut, and so is every column."""

    def test_cut(self) -> None:
        """Content-IDs at 40 characters as they are shown, paths and names of headers at 2000."""
        one = get("x" * 5000, "\x80" * 5000).replace(headers=Headers([("H" * 9000, "a")]))
        row = laid_out(found(Batch((one,))), headers=True).rows[1]
        ((shown, _),) = row.cells.content_id
        assert shown == "\\x80" * 10 + "…"
        assert len(row.cells.operation[0].text) == 2001
        assert [len(note[0].text) for note in row.notes] == [2001]
