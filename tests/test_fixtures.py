"""Every fixture against its expectation, whole, cut at every byte, encoded again and cut short."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

import odatabatch
from odatabatch import CAPTURED, STRICT, Limits, Oddity
from odatabatch.http_message import parse_request, parse_response
from tests import corpus
from tests.corpus import Fixture, Message, Outcome

ALL = list(corpus.fixtures())
MESSAGES = list(corpus.messages())

# By the kind of a fixture.
DECODE: dict[str, Callable[..., Any]] = {
    "request": odatabatch.decode_request,
    "response": odatabatch.decode_response,
}
ENCODE: dict[str, Callable[..., odatabatch.Encoded]] = {
    "request": odatabatch.encode_request,
    "response": odatabatch.encode_response,
}
PARSE: dict[str, Callable[..., Any]] = {"request": parse_request, "response": parse_response}

# The codes of decode errors that are neither an oddity's nor a limit's.
OTHER_CODES = {
    "content_id_conflict",
    "content_transfer_encoding",
    "empty_part",
    "invalid_boundary",
    "invalid_content_length",
    "invalid_field_line",
    "invalid_media_type",
    "invalid_request_line",
    "invalid_status_line",
    "missing_boundary",
    "missing_delimiter",
    "nested_too_deep",
    "repeated_boundary",
    "repeated_boundary_value",
    "repeated_field",
    "transfer_encoding",
    "unexpected_content_type",
    "unexpected_part_type",
}

each_fixture = pytest.mark.parametrize("fixture", ALL, ids=lambda fixture: fixture.name)
each_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)


def assert_as_expected(got: Outcome, expected: Outcome, body: bytes) -> None:
    """Hold an outcome against an expectation, and an error's line against its offset."""
    assert got.events == expected.events
    if got.error is None or expected.error is None:
        assert got.error == expected.error
        return
    named = expected.error.keys()
    assert {name: got.error[name] for name in named} == expected.error
    offset = got.error["offset"]
    assert got.error["line"] == (None if offset is None else body.count(b"\n", 0, offset) + 1)


class TestExpectations:
    """Each fixture gives what stands beside it."""

    @each_fixture
    def test_strict(self, fixture: Fixture) -> None:
        """Nothing tolerated, fed whole."""
        got = fixture.decode([fixture.body], STRICT)
        assert_as_expected(got, fixture.strict, fixture.body)

    @each_fixture
    def test_tolerant(self, fixture: Fixture) -> None:
        """With what the fixture names tolerated, fed whole."""
        got = fixture.decode([fixture.body], fixture.tolerate)
        assert_as_expected(got, fixture.tolerant, fixture.body)

    @each_fixture
    def test_whole_buffer(self, fixture: Fixture) -> None:
        """decode_request and decode_response give the same operations, oddities and errors."""
        for tolerate, expected in fixture.readings:
            if expected.error is None:
                assert whole(fixture, tolerate) == expected.events
                continue
            with pytest.raises(odatabatch.DecodeError) as raised:
                whole(fixture, tolerate)
            error = raised.value
            got = Outcome(expected.events, corpus.written_error(error))
            assert_as_expected(got, expected, fixture.body)
            if isinstance(error, odatabatch.TruncatedError):
                read = [corpus.written(operation) for operation in error.operations]
                assert read == expected.operations

    @each_fixture
    def test_lossless(self, fixture: Fixture) -> None:
        """What was accepted is encoded to the bytes that it came from."""
        for tolerate, expected in fixture.readings:
            if expected.error is not None:
                continue
            decode, encode = DECODE[fixture.kind], ENCODE[fixture.kind]
            batch = decode(fixture.body, fixture.content_type, tolerate, fixture.limits)
            encoded = encode(batch)
            assert encoded.content_type == fixture.content_type
            assert encoded.body == fixture.body


def whole(fixture: Fixture, tolerate: Iterable[Oddity]) -> corpus.Events:
    """The whole batch of a fixture, as events."""
    decode = DECODE[fixture.kind]
    return corpus.written_batch(
        decode(fixture.body, fixture.content_type, tolerate, fixture.limits)
    )


class TestSplits:
    """Any split of the bytes gives the same events, errors and offsets."""

    @each_fixture
    def test_two_chunks(self, fixture: Fixture) -> None:
        """Cut in two at every byte."""
        body = fixture.body
        for tolerate in {STRICT, fixture.tolerate}:
            expected = fixture.decode([body], tolerate)
            for cut in range(len(body) + 1):
                assert fixture.decode([body[:cut], body[cut:]], tolerate) == expected, cut

    @each_fixture
    def test_byte_by_byte(self, fixture: Fixture) -> None:
        """One byte a call."""
        body = fixture.body
        for tolerate in {STRICT, fixture.tolerate}:
            expected = fixture.decode([body], tolerate)
            chunks = (body[at : at + 1] for at in range(len(body)))
            assert fixture.decode(chunks, tolerate) == expected

    @each_fixture
    def test_error_for_good(self, fixture: Fixture) -> None:
        """After an error the decoder repeats it and gives nothing else."""
        error = fixture.strict.error
        if error is None or error["offset"] is None:
            return  # there is none, or the constructor raised it and there is no decoder
        decoder = corpus.DECODERS[fixture.kind](fixture.content_type, STRICT, fixture.limits)
        decoder.receive_data(fixture.body)
        decoder.receive_eof()
        with pytest.raises(odatabatch.DecodeError) as first:
            list(decoder.events())
        with pytest.raises(odatabatch.DecodeError) as again:
            list(decoder.events())
        assert corpus.written_error(again.value) == corpus.written_error(first.value)


class TestLongContent:
    """What is longer than a decoder keeps in one piece: too long for files, made on the spot."""

    HEAD = b"--batch_1\r\nContent-Type: application/http\r\n\r\nPUT a HTTP/1.1\r\n\r\n"
    CHANGESET = b"--batch_1\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    CONTENT_TYPE = "multipart/mixed; boundary=batch_1"

    @pytest.mark.parametrize("chunk_bytes", [997, 4096, 65_536, 70_001])
    @pytest.mark.parametrize("body_bytes", [65_400, 65_536, 131_072, 300_000])
    @pytest.mark.parametrize("pattern", [b"\r\n--batch_", b"\r", b"-", b"\r\n", b"--batch_1"])
    def test_body(self, pattern: bytes, body_bytes: int, chunk_bytes: int) -> None:
        """A long body comes out as it went in, in any chunks."""
        body = b"x" + pattern * (body_bytes // len(pattern))
        data = self.HEAD + body + b"\r\n--batch_1--\r\n"
        got = corpus.decode("request", self.CONTENT_TYPE, chunks_of(data, chunk_bytes))
        assert got.error is None
        # Compared as a truth value, so that a failure does not print it.
        assert (got.events[0]["body"].encode("latin-1") == body) is True

    @pytest.mark.parametrize("chunk_bytes", [997, 4096, 65_536])
    def test_preamble_and_epilogue(self, chunk_bytes: int) -> None:
        """Long preambles and epilogues of both depths are passed over, in any chunks."""
        filler = b"\r\n--batch_" * 3000
        data = filler + b"\r\n" + self.CHANGESET + filler + b"\r\n--c--" + filler
        data += b"\r\n" + self.HEAD + b"\r\n--batch_1--" + b"\r\n" + filler
        got = corpus.decode("request", self.CONTENT_TYPE, chunks_of(data, chunk_bytes))
        assert got.error is None
        kinds = [event["type"] for event in got.events]
        assert kinds == ["ChangesetStart", "ChangesetEnd", "Operation", "BatchEnd"]


def chunks_of(data: bytes, size: int) -> Iterable[bytes]:
    """The data in chunks of that many bytes."""
    return (data[at : at + size] for at in range(0, len(data), size))


class TestTolerance:
    """Oddities are tolerated by name, and tolerance changes nothing else."""

    @each_fixture
    def test_strict_within_tolerant(self, fixture: Fixture) -> None:
        """What is accepted in strict mode is read the same by a tolerant reader."""
        if fixture.strict.error is None:
            for tolerate in (CAPTURED, frozenset(Oddity)):
                got = fixture.decode([fixture.body], tolerate)
                assert_as_expected(got, fixture.strict, fixture.body)

    @each_fixture
    def test_by_its_own_name_only(self, fixture: Fixture) -> None:
        """An oddity is an error unless it is named, whatever else is tolerated."""
        error = fixture.strict.error
        if error is not None and error["code"] in set(Oddity):
            others = frozenset(Oddity) - {Oddity(error["code"])}
            got = fixture.decode([fixture.body], others)
            assert_as_expected(got, fixture.strict, fixture.body)


class TestPrefixes:
    """What is cut short is never a shorter success (RFC 2046 §5.1.1)."""

    @each_fixture
    def test_prefix(self, fixture: Fixture) -> None:
        """No prefix of an accepted body is accepted with fewer operations."""
        if fixture.strict.error is not None:
            return
        body = fixture.body
        operations = fixture.strict.operations
        for end in range(len(body)):
            got = fixture.decode([body[:end]], STRICT)
            assert got.error is not None or got.operations == operations, end


class TestMessages:
    """The whole HTTP messages of ``fixtures/azure``."""

    @each_message
    def test_strict(self, message: Message) -> None:
        """Its parts, or its error, when nothing is tolerated."""
        if "error" in message.strict:
            with pytest.raises(odatabatch.DecodeError) as raised:
                PARSE[message.kind](message.data)
            error = message.strict["error"]
            assert {name: corpus.written_error(raised.value)[name] for name in error} == error
        else:
            assert_message(message, STRICT, message.strict)

    @each_message
    def test_tolerant(self, message: Message) -> None:
        """Its parts when the oddities that it names are tolerated."""
        if message.tolerant is not None:
            tolerate = frozenset(map(Oddity, message.tolerant["tolerate"]))
            assert_message(message, tolerate, message.tolerant)

    @each_message
    def test_json(self, message: Message) -> None:
        """A JSON body is valid or not, and holds the tasks, job or results that are expected."""
        if message.json is None:
            return
        body = PARSE[message.kind](message.data).body
        if not message.json["valid"]:
            with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
                msgspec.json.decode(body)
            assert json_breaks_at(body) == message.json["offset"]
        elif "tasks" in message.json:
            assert [task["id"] for task in json.loads(body)["value"]] == message.json["tasks"]
        elif "job" in message.json:
            assert json.loads(body)["id"] == message.json["job"]
        else:
            results = json.loads(body)["value"]
            got = [[result["taskId"], result["status"]] for result in results]
            assert got == message.json["results"]

    def test_pages(self) -> None:
        """The page's text and the wire bytes differ in line ends and in Content-Length only."""
        for name in ("add-three-tasks", "add-three-tasks.answer"):
            page = (corpus.FIXTURES / "azure" / f"{name}.page.http").read_bytes()
            wire = (corpus.FIXTURES / "azure" / f"{name}.http").read_bytes()
            assert b"\r" not in page
            assert wire.count(b"\r\n") == wire.count(b"\n") == wire.count(b"\r")
            page_lines, wire_lines = page.split(b"\n"), wire.split(b"\r\n")
            differ = [a for a, b in zip(page_lines, wire_lines, strict=True) if a != b]
            assert [line.partition(b":")[0] for line in differ] == [b"Content-Length"]


def json_breaks_at(body: bytes) -> int:
    """The byte at which the standard library finds that a text is no JSON in UTF-8."""
    try:
        json.loads(body.decode())
    except UnicodeDecodeError as error:
        return error.start
    except json.JSONDecodeError as error:
        return len(body.decode()[: error.pos].encode())
    raise AssertionError("expected a text that is no JSON")


def assert_message(message: Message, tolerate: Iterable[Oddity], expected: dict[str, Any]) -> None:
    """Hold a whole message against its expectation."""
    tolerance = odatabatch.Tolerance(tolerate)
    got = PARSE[message.kind](message.data, tolerance)
    for name in ("method", "target", "version", "status", "reason"):
        if name in expected:
            assert getattr(got, name) == expected[name]
    assert [list(pair) for pair in got.headers.items()] == expected["headers"]
    assert got.body == message.data[expected["body_offset"] :]
    met = [[str(it.kind), it.first_offset, it.count] for it in tolerance.met]
    assert sorted(met) == sorted(expected.get("oddities", []))


class TestCompleteness:
    """The corpus holds something of everything."""

    def test_each_code(self) -> None:
        """Each oddity, each limit and each other decode error has a fixture in strict mode."""
        seen = {fixture.strict.error["code"] for fixture in ALL if fixture.strict.error}
        expected = set(map(str, Oddity)) | set(Limits.__struct_fields__) | OTHER_CODES
        assert seen == expected

    def test_each_oddity_tolerated(self) -> None:
        """Each oddity has a fixture that is read when it, and it alone, is tolerated."""
        seen = {
            next(iter(fixture.tolerate))
            for fixture in ALL
            if len(fixture.tolerate) == 1 and fixture.tolerant.error is None
        }
        assert seen == set(Oddity)

    def test_each_file(self) -> None:
        """Each file but the README is a fixture or an expectation, and each says why."""
        known = {f"{fixture.name}.{fixture.kind}.bin" for fixture in ALL}
        known |= {f"{message.name}.http" for message in MESSAGES}
        known |= {f"{fixture.name}.json" for fixture in ALL} | {"README.md"}
        known |= {f"{message.name}.json" for message in MESSAGES}
        files = {
            path.relative_to(corpus.FIXTURES).as_posix()
            for path in corpus.FIXTURES.rglob("*")
            if path.is_file()
        }
        assert files - known == set()
        for path in corpus.FIXTURES.glob("*/*.json"):
            assert json.loads(path.read_text("utf-8"))["why"], path
