"""What holds for every input: properties of the decoders and the encoders together."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterable
from typing import Any
from unittest import mock

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import odatabatch
from odatabatch import (
    CAPTURED,
    ODATA_V4,
    STRICT,
    Batch,
    DecodeError,
    Dialect,
    EncodeError,
    Fault,
    ODataBatchError,
    Oddity,
    TruncatedError,
    check,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.rules import RULES
from tests import corpus, strategies
from tests.strategies import Input, Wire

DECODE: dict[str, Callable[..., Any]] = {
    "request": odatabatch.decode_request,
    "response": odatabatch.decode_response,
}
ENCODERS: dict[str, Any] = {
    "request": odatabatch.RequestEncoder,
    "response": odatabatch.ResponseEncoder,
}

each_dialect = pytest.mark.parametrize("dialect", strategies.DIALECTS, ids=lambda it: it.name)


def encode(batch: Any, dialect: Dialect | None = None, **options: Any) -> odatabatch.Encoded:
    """A batch, or an answer, in bytes; with a dialect whatever faults it has."""
    write: Callable[..., odatabatch.Encoded] = (
        odatabatch.encode_request if isinstance(batch, Batch) else odatabatch.encode_response
    )
    if dialect is not None:
        faults: tuple[Fault, ...] = check(batch, dialect)
        options.setdefault("allow", {fault.code for fault in faults})
    return write(batch, dialect, **options)


def whole(given_: Input | Wire, tolerate: Iterable[Oddity], body: bytes | None = None) -> Any:
    """The batch in some bytes."""
    limits = given_.limits if isinstance(given_, Input) else odatabatch.Limits()
    wire = given_.body if body is None else body
    return DECODE[given_.kind](wire, given_.content_type, tolerate, limits)


def accepted(given_: Input | Wire, tolerate: Iterable[Oddity]) -> Any:
    """The batch in some bytes, or None where they are refused."""
    try:
        return whole(given_, tolerate)
    except DecodeError:
        return None


def streamed(given_: Input, chunks: Iterable[bytes], tolerate: Iterable[Oddity]) -> corpus.Outcome:
    """What a decoder gives for those chunks."""
    return corpus.decode(given_.kind, given_.content_type, chunks, tolerate, given_.limits)


class TestSplitInvariance:
    """Any split of the bytes gives the same events, errors, offsets, lines and parts."""

    @given(st.data(), strategies.inputs, strategies.tolerances)
    def test_any_split(
        self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]
    ) -> None:
        """Cut anywhere, once or often, with empty chunks among them."""
        expected = streamed(given_, [given_.body], tolerate)
        event(expected.error["code"] if expected.error else "accepted")
        chunks = data.draw(strategies.cuts(given_.body))
        assert streamed(given_, chunks, tolerate) == expected

    @given(strategies.inputs, strategies.tolerances)
    def test_byte_by_byte(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """One byte a call."""
        body = given_.body
        chunks = (body[at : at + 1] for at in range(len(body)))
        assert streamed(given_, chunks, tolerate) == streamed(given_, [body], tolerate)

    @given(strategies.inputs, strategies.tolerances)
    def test_whole_buffer(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """The whole-buffer call gives the same events, or the same error."""
        expected = streamed(given_, [given_.body], tolerate)
        try:
            batch = whole(given_, tolerate)
        except DecodeError as error:
            assert_same_error(error, expected)
        else:
            assert corpus.written_batch(batch) == expected.events

    @given(st.data(), strategies.inputs, strategies.tolerances)
    def test_abandoned_loops(
        self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]
    ) -> None:
        """A loop over events that is left early is resumed by the next, and an error stays."""
        expected = streamed(given_, [given_.body], tolerate)
        try:
            decoder = corpus.DECODERS[given_.kind](given_.content_type, tolerate, given_.limits)
        except DecodeError:
            return
        events: corpus.Events = []
        errors = []
        chunks = data.draw(strategies.cuts(given_.body))
        for number in range(len(chunks) + len(expected.events) + 3):
            if number < len(chunks):
                decoder.receive_data(chunks[number])
            elif number == len(chunks):
                decoder.receive_eof()
            try:
                for got in decoder.events():
                    events.append(corpus.written(got))
                    break
            except DecodeError as error:
                errors.append(error)
        assert events == expected.events
        assert len(set(map(id, errors))) <= 1
        got_error = corpus.written_error(errors[-1]) if errors else None
        assert got_error == expected.error


def assert_same_error(error: DecodeError, expected: corpus.Outcome) -> None:
    """The error of a whole-buffer call is that of the stream, with the operations before it."""
    assert corpus.written_error(error) == expected.error
    if isinstance(error, TruncatedError):
        assert list(map(corpus.written, error.operations)) == expected.operations


class TestFastPath:
    """The fast path accepts only what the careful path accepts, and reads it the same."""

    @given(st.data(), strategies.inputs, strategies.tolerances)
    def test_agrees(self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """With and without it: the same events, errors, spans and oddities."""
        chunks = data.draw(st.one_of(st.just([given_.body]), strategies.cuts(given_.body)))
        fast = streamed(given_, chunks, tolerate), self._whole(given_, tolerate)
        with mock.patch("odatabatch.decoder._Decoder._read_usual_parts", return_value=True):
            careful = streamed(given_, chunks, tolerate), self._whole(given_, tolerate)
        assert fast == careful

    def _whole(self, given_: Input, tolerate: frozenset[Oddity]) -> Any:
        batch = accepted(given_, tolerate)
        return batch and (corpus.written_batch(batch), list(batch.provenance.spans))


class TestRoundTrip:
    """What is written is read back: RFC 2046 §5.1.1, RFC 9112 §3, §4, §5; OData 4.01 §11.7."""

    @each_dialect
    @given(batch=strategies.batches())
    def test_canonical(self, dialect: Dialect, batch: Any) -> None:
        """The canonical form decodes strictly to the same operations."""
        assert_same_model(decoded(batch, dialect), batch, dialect)

    @each_dialect
    @given(batch=strategies.batches())
    def test_stable(self, dialect: Dialect, batch: Any) -> None:
        """The canonical form of what was decoded from it is itself, given the same boundaries."""
        once = encode(batch, dialect)
        again = encode(decoded(batch, dialect), dialect)
        assert again == once

    @given(st.booleans().flatmap(lambda feeds: strategies.wires(line_feeds=feeds)))
    def test_wires(self, wire: Wire) -> None:
        """Padding, preambles, folding, spellings: each reads as what it is."""
        batch = whole(wire, wire.tolerate)
        assert batch == wire.model  # unfolding restores the value (RFC 5322 §2.2.3)
        assert {met.kind for met in batch.oddities} == (wire.tolerate if batch.oddities else set())

    @given(st.data(), strategies.batches())
    def test_given_boundaries(self, data: st.DataObject, batch: Any) -> None:
        """With any boundaries of the caller's it is refused, or read back."""
        alphabet = st.sampled_from("'()+_,-./:=?019azAZ ")
        text = st.text(alphabet, min_size=1, max_size=6)
        boundaries = data.draw(st.lists(text, min_size=5, max_size=5, unique=True))
        try:
            encoded = encode(batch, ODATA_V4, boundaries=boundaries)
        except EncodeError as error:
            assert_code(error, {"invalid_boundary", "boundary_prefix", "boundary_in_part"})
            return
        kind = "request" if isinstance(batch, Batch) else "response"
        assert_same_model(DECODE[kind](encoded.body, encoded.content_type), batch, ODATA_V4)


class TestStreams:
    """A decoder's events, sent on as they come, are what they were."""

    @each_dialect
    @given(data=st.data())
    def test_sent_on(self, dialect: Dialect, data: st.DataObject) -> None:
        """From any chunks to a decoder, on to an encoder, and read back."""
        wire = data.draw(strategies.wires())
        decoder = corpus.DECODERS[wire.kind](wire.content_type)
        encoder = ENCODERS[wire.kind](
            dialect=dialect,
            boundaries=(f"qqqq_{number}" for number in range(1000, 9999)),
            allow=[rule.code for rule in RULES],
        )
        body = b""
        for chunk in data.draw(strategies.cuts(wire.body)):
            decoder.receive_data(chunk)
            body += b"".join(map(encoder.send, decoder.events()))
        decoder.receive_eof()
        body += b"".join(map(encoder.send, decoder.events()))
        assert_same_model(DECODE[wire.kind](body, encoder.content_type), wire.model, dialect)


def decoded(batch: Any, dialect: Dialect) -> Any:
    """What its canonical form is read as, in strict mode."""
    encoded = encode(batch, dialect)
    kind = "request" if isinstance(batch, Batch) else "response"
    return DECODE[kind](encoded.body, encoded.content_type)


def assert_same_model(got: Any, batch: Any, dialect: Dialect) -> None:
    """The same operations, but for Content-IDs' places, lengths and default part headers."""
    assert [type(part) for part in got.parts] == [type(part) for part in batch.parts]
    for got_part, part in zip(got.parts, batch.parts, strict=True):
        if hasattr(part, "operations") or hasattr(part, "responses"):
            own = got_part.part_headers.without("Content-Type")
            assert own == part.part_headers.without("Content-Type")
    for leaf, written in zip(strategies.leaves_of(got), strategies.leaves_of(batch), strict=True):
        assert_same_leaf(leaf, written, dialect)


def assert_same_leaf(got: Any, leaf: Any, dialect: Dialect) -> None:
    """The same operation, or answer."""
    for name in ("method", "target", "status", "reason", "body"):
        assert getattr(got, name, None) == getattr(leaf, name, None)
    assert got.version == "HTTP/1.1"
    assert got.content_id == leaf.content_id
    assert got.content_id_at == (None if leaf.content_id is None else dialect.content_id_at)
    headers = leaf.headers.without("Content-ID")
    if dialect.writes_content_length and leaf.body:
        # A Content-Length that stands there keeps its place, and was true or it had been refused.
        headers = headers.with_field("Content-Length", str(len(leaf.body)))
    assert got.headers.without("Content-ID") == headers
    own = leaf.part_headers.without("Content-ID")
    defaults = dialect.part_headers.without(*own.names)
    expected = own if "Content-Type" in own else [*defaults, *own]
    assert list(got.part_headers.without("Content-ID")) == list(expected)


class TestLossless:
    """What was accepted is encoded to the bytes that it came from."""

    @given(strategies.inputs, strategies.tolerances)
    def test_same_bytes(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """Every accepted input, oddities included; pickled or not."""
        batch = accepted(given_, tolerate)
        if batch is not None:
            expected = (given_.content_type, given_.body)
            assert encode(batch) == expected
            assert encode(pickle.loads(pickle.dumps(batch))) == expected  # noqa: S301

    @given(strategies.inputs, strategies.tolerances)
    def test_spans(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """The spans of the leaves are ordered and disjoint, and each holds its own body."""
        batch = accepted(given_, tolerate)
        if batch is None:
            return
        spans = list(batch.provenance.spans)
        leaves = strategies.leaves_of(batch)
        assert len(spans) == 2 * len(leaves)
        assert [0, *spans, len(given_.body)] == sorted([0, *spans, len(given_.body)])
        pieces = [given_.body[a:b] for a, b in zip([0, *spans], [*spans, None], strict=True)]
        assert b"".join(pieces) == given_.body
        for leaf, piece, gap in zip(leaves, pieces[1::2], pieces[::2], strict=False):
            assert piece.endswith(leaf.body)
            # The line end before a part belongs to its delimiter (RFC 2046 §5.1.1).
            assert gap.endswith(b"\n")


class TestReplace:
    """``replace`` changes that one operation's bytes and no other."""

    @given(st.data(), strategies.inputs, strategies.tolerances)
    def test_one_part(
        self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]
    ) -> None:
        """Every byte outside of its part stays, and all is read back, LF messages too."""
        batch = accepted(given_, tolerate)
        if batch is None or not strategies.leaves_of(batch):
            return
        leaves = strategies.leaves_of(batch)
        index = data.draw(st.integers(0, len(leaves) - 1))
        new = data.draw(strategies.leaves(given_.kind))
        replaced = batch.replace(leaves[index], new)
        assert batch.provenance.replaced == frozenset()
        try:
            encoded = encode(replaced)
        except EncodeError as error:
            event(error.code)
            return
        start, end = batch.provenance.spans[2 * index : 2 * index + 2]
        assert encoded.content_type == given_.content_type
        assert encoded.body.startswith(given_.body[:start])
        rest = given_.body[end:]
        if batch.provenance.line_end == b"\n":
            # The blank line of the old head, CRLF here, was the delimiter's line end as well.
            rest = rest.removeprefix(b"\r")
        assert encoded.body.endswith(rest)
        # Limits aside: a longer part may pass one.
        again = DECODE[given_.kind](encoded.body, encoded.content_type, tolerate)
        got = strategies.leaves_of(again)
        assert got[:index] == leaves[:index]
        assert got[index + 1 :] == leaves[index + 1 :]
        own, old = new.part_headers, leaves[index].part_headers
        if "Content-Type" not in own:
            kept = [pair for pair in old if pair[0] not in own]
            assert sorted(_lower(got[index].part_headers)) == sorted(_lower([*kept, *own]))
            own = got[index].part_headers
        assert got[index] == new.replace(part_headers=own)
        assert again.parts == replaced.parts

    @given(st.data(), strategies.inputs, strategies.tolerances)
    def test_itself(self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """An operation put in its own place is written canonically, and means the same."""
        batch = accepted(given_, tolerate)
        if batch is None or not strategies.leaves_of(batch):
            return
        leaf = data.draw(st.sampled_from(strategies.leaves_of(batch)))
        try:
            encoded = encode(batch.replace(leaf, leaf))
        except EncodeError as error:
            # What was tolerated when it was read is not written again.
            assert_code(error, set(Oddity) | {"unexpected_part_type", "boundary_in_part"})
            return
        again = DECODE[given_.kind](encoded.body, encoded.content_type, tolerate)
        expected = leaf.replace(version="HTTP/1.1")
        index = [it is leaf for it in strategies.leaves_of(batch)].index(True)
        assert strategies.leaves_of(again)[index] == expected


def _lower(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in pairs]


class TestTolerance:
    """Strict success implies tolerant success with the same operations."""

    @given(strategies.inputs, strategies.tolerances)
    def test_strict_within_tolerant(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """Under any set of oddities, and none of them is met."""
        strict = accepted(given_, STRICT)
        if strict is not None:
            tolerant = whole(given_, tolerate)
            assert tolerant == strict
            assert tolerant.oddities == strict.oddities == ()

    @given(strategies.inputs, strategies.tolerances)
    def test_only_what_is_named(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """What was met was named; without one that was met the input is refused."""
        batch = accepted(given_, tolerate)
        if batch is not None:
            met = {oddity.kind for oddity in batch.oddities}
            assert met <= tolerate
            offsets = {it.first_offset for it in batch.oddities} - {None}
            assert all(0 <= offset <= len(given_.body) for offset in offsets)
            assert whole(given_, met) == batch
            for kind in met:
                with pytest.raises(DecodeError) as raised:
                    whole(given_, met - {kind})
                event(raised.value.code)


class TestPrefixes:
    """What is cut short is never a shorter success (RFC 2046 §5.1.1)."""

    @given(st.data(), strategies.inputs, st.sampled_from((STRICT, CAPTURED)))
    def test_prefix(self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """No prefix of an accepted input is accepted with fewer operations."""
        batch = accepted(given_, tolerate)
        if batch is None or not given_.body:
            return
        end = data.draw(st.integers(max(len(given_.body) - 80, 0), len(given_.body) - 1))
        cut = Input(given_.kind, given_.content_type, given_.body[:end], given_.limits)
        shorter = accepted(cut, tolerate)
        assert shorter is None or shorter == batch

    @given(strategies.inputs, st.sampled_from((STRICT, CAPTURED)))
    def test_events_of_a_prefix(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """What a stream has given when it breaks off is the beginning of what the whole gives."""
        expected = streamed(given_, [given_.body], tolerate)
        if expected.error is None:
            got = streamed(given_, [given_.body[: len(given_.body) // 2]], tolerate)
            # The end itself may tell of one oddity less: of a line end that was cut off.
            events = [it for it in got.events if it["type"] != "BatchEnd"]
            assert events == expected.events[: len(events)]


class TestOnlyOurErrors:
    """Nothing but ``ODataBatchError`` crosses the API for bad input."""

    @given(strategies.kinds, st.binary(max_size=200), st.text(max_size=60), strategies.tolerances)
    def test_any_bytes(
        self, kind: str, body: bytes, content_type: str, tolerate: frozenset[Oddity]
    ) -> None:
        """Any bytes under any Content-Type."""
        for value in (
            content_type,
            "multipart/mixed; boundary=b",
            f"multipart/mixed;{content_type}",
        ):
            try:
                DECODE[kind](body, value, tolerate)
            except ODataBatchError as error:
                assert_located(error, body)

    @given(strategies.inputs, strategies.tolerances)
    def test_any_disorder(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """Messages in every degree of disorder."""
        try:
            whole(given_, tolerate)
        except ODataBatchError as error:
            assert_located(error, given_.body)
            assert_pickled(error)

    @given(strategies.inputs, strategies.tolerances)
    def test_one_message(self, given_: Input, tolerate: frozenset[Oddity]) -> None:
        """The same for a message that stands alone."""
        for parse in (
            odatabatch.http_message.parse_request,
            odatabatch.http_message.parse_response,
        ):
            try:
                parse(given_.body, tolerate, given_.limits)
            except ODataBatchError as error:
                assert_located(error, given_.body)


def assert_code(error: ODataBatchError, codes: set[str]) -> None:
    """It has one of these codes."""
    assert error.code in codes


def assert_pickled(error: ODataBatchError) -> None:
    """It comes out of a pickle as it went in."""
    assert pickle.loads(pickle.dumps(error)).__dict__ == error.__dict__  # noqa: S301


def assert_located(error: ODataBatchError, body: bytes) -> None:
    """It has a code, and if an offset one within the input, with the line that belongs to it."""
    assert isinstance(error, DecodeError)
    assert error.code.isidentifier()
    if error.offset is None:
        assert error.line is None
    else:
        assert 0 <= error.offset <= len(body)
        assert error.line == body.count(b"\n", 0, error.offset) + 1


class TestHostileModels:
    """The encoder cannot write a broken message."""

    @pytest.mark.parametrize("dialect", [ODATA_V4, AZURE_BATCH], ids=lambda it: it.name)
    @given(batch=strategies.hostile_batches())
    def test_refused_or_read_back(self, dialect: Dialect, batch: Any) -> None:
        """It is refused, or its bytes decode strictly to exactly what it was."""
        try:
            got = decoded(batch, dialect)
        except EncodeError as error:
            event(error.code)
        except TypeError:
            event("TypeError")
        else:
            assert_same_model(got, batch, dialect)

    @given(st.data(), strategies.hostile_batches())
    def test_given_boundaries(self, data: st.DataObject, batch: Any) -> None:
        """The same with boundaries that near what is in it."""
        near = st.sampled_from(("batch_1a", "changeset_2b", "batch_1", "a", "Name", "x"))
        boundaries = [*data.draw(st.lists(near, max_size=3)), "q1", "q2", "q3", "q4", "q5", "q6"]
        try:
            encoded = encode(batch, ODATA_V4, boundaries=boundaries)
        except (EncodeError, TypeError):
            return
        kind = "request" if isinstance(batch, Batch) else "response"
        assert_same_model(DECODE[kind](encoded.body, encoded.content_type), batch, ODATA_V4)

    @given(st.data(), strategies.inputs, strategies.tolerances)
    def test_replaced(
        self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]
    ) -> None:
        """The same for what is put in the place of a decoded operation."""
        batch = accepted(given_, tolerate)
        if batch is None or not strategies.leaves_of(batch):
            return
        leaves = strategies.leaves_of(batch)
        index = data.draw(st.integers(0, len(leaves) - 1))
        new = data.draw(strategies.hostile_leaves(given_.kind))
        replaced = batch.replace(leaves[index], new)
        try:
            encoded = encode(replaced)
        except (EncodeError, TypeError):
            return
        again = DECODE[given_.kind](encoded.body, encoded.content_type, tolerate)
        got = strategies.leaves_of(again)[index]
        expected = strategies.leaves_of(replaced)[index].replace(version="HTTP/1.1")
        assert got == expected
        assert len(strategies.leaves_of(again)) == len(leaves)


SECRET = "c3VwZXJzZWNyZXQ"  # noqa: S105 - it is none


class TestSecrets:
    """No error text, repr or rich repr quotes a field value, a query or a body."""

    @given(st.data(), strategies.inputs, strategies.tolerances)
    def test_decoding(
        self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]
    ) -> None:
        """Planted anywhere in a field value, a query, or a body of JSON."""
        body = given_.body
        places = [match.end() for match in re.finditer(rb': |\?|"id":', body)]
        if not places:
            return
        at = data.draw(st.sampled_from(places))
        planted = Input(
            given_.kind, given_.content_type, body[:at] + SECRET.encode() + body[at:], given_.limits
        )
        try:
            batch = whole(planted, tolerate)
        except DecodeError as error:
            assert_discreet(error)
            assert_discreet(*getattr(error, "operations", ()))
        else:
            assert_discreet(batch, *batch.parts, *strategies.leaves_of(batch))
            assert_discreet(*odatabatch.check(batch, AZURE_BATCH))

    @given(st.data(), strategies.kinds)
    def test_models(self, data: st.DataObject, kind: str) -> None:
        """In a model that is written, sound or not."""
        leaf = data.draw(st.one_of(strategies.leaves(kind), strategies.hostile_leaves(kind)))
        pairs = data.draw(st.permutations([*leaf.headers, ("Authorization", SECRET)]))
        leaf = leaf.replace(headers=odatabatch.Headers(pairs), body=leaf.body + SECRET.encode())
        if kind == "request":
            leaf = leaf.replace(target=f"{leaf.target}?sig={SECRET}")
        batch = strategies.batch_of(kind, (leaf, strategies.changeset(kind, (leaf,))))
        assert_discreet(batch, leaf, *batch.parts)
        try:
            assert_discreet(*odatabatch.check(batch))
            encode(batch, AZURE_BATCH)
        except (EncodeError, TypeError) as error:
            assert_discreet(error)


def assert_discreet(*shown: Any) -> None:
    """None of them shows the secret, in whatever way it is printed."""
    for item in shown:
        texts = [str(item), repr(item)]
        if hasattr(item, "__rich_repr__"):
            texts.append(repr(list(item.__rich_repr__())))
        assert not any(SECRET in text for text in texts), texts


class TestPickling:
    """Models and errors travel between processes."""

    @given(strategies.batches())
    def test_models(self, batch: Any) -> None:
        """Equal, and with equal hashes, after the journey."""
        again = pickle.loads(pickle.dumps(batch))  # noqa: S301
        assert again == batch
        assert hash(again) == hash(batch)

    @given(st.data(), strategies.inputs, strategies.tolerances)
    def test_provenance(
        self, data: st.DataObject, given_: Input, tolerate: frozenset[Oddity]
    ) -> None:
        """A decoded batch keeps its bytes, and one operation of it can still be replaced."""
        batch = accepted(given_, tolerate)
        if batch is None:
            return
        again = pickle.loads(pickle.dumps(batch))  # noqa: S301
        assert again == batch
        assert again.oddities == batch.oddities
        if not strategies.leaves_of(batch):
            return
        index = data.draw(st.integers(0, len(strategies.leaves_of(batch)) - 1))
        new = data.draw(strategies.leaves(given_.kind))
        results: list[Any] = []
        for it in (batch, again):
            try:
                results.append(encode(it.replace(strategies.leaves_of(it)[index], new)))
            except EncodeError as error:
                results.append((error.code, error.part))
        assert results[0] == results[1]
