"""Streaming encoders: event by event, the bytes of the whole-buffer functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import odatabatch
from odatabatch import (
    AZURE_TABLES,
    ODATA_V3,
    ODATA_V4,
    Batch,
    BatchEnd,
    ChangesetEnd,
    ChangesetStart,
    Dialect,
    EncodeError,
    Headers,
    Operation,
    OperationResponse,
    RequestEncoder,
    ResponseDecoder,
    ResponseEncoder,
    RuleError,
    UsageError,
    check,
)
from odatabatch.azure import AZURE_BATCH
from odatabatch.rules import RULES
from tests import corpus, strategies

ENCODERS: dict[str, Any] = {"request": RequestEncoder, "response": ResponseEncoder}
CODES = frozenset(rule.code for rule in RULES)
# A stream cannot tell one from the other.
SEEKING = {"unknown_reference", "later_reference"}

PUT = Operation("PUT", "a", Headers([("Content-ID", "1")]), b"body")
OK = OperationResponse(200, "OK", Headers([("Content-ID", "1")]), b"body")
START, END, LAST = ChangesetStart(), ChangesetEnd(), BatchEnd()

each_dialect = pytest.mark.parametrize("dialect", strategies.DIALECTS, ids=lambda it: it.name)
tight = [
    msgspec.structs.replace(
        it, max_operations=2, max_changesets=1, max_changeset_operations=1, name=f"tight {it.name}"
    )
    for it in strategies.DIALECTS
]
dialects = st.sampled_from((*strategies.DIALECTS, *tight))


def numbered(prefix: str = "qqqq") -> Iterator[str]:
    """Boundaries that occur in no part, as many as are asked for."""
    number = 1000
    while True:
        number += 1
        yield f"{prefix}_{number}"


def kind_of(batch: Any) -> str:
    """What a batch holds."""
    return "request" if isinstance(batch, Batch) else "response"


def write(batch: Any) -> Callable[..., odatabatch.Encoded]:
    """The whole-buffer function for a batch or an answer."""
    return odatabatch.encode_request if isinstance(batch, Batch) else odatabatch.encode_response


def stream(
    batch: Any, dialect: Dialect, boundaries: Iterable[str], allow: Iterable[str] = ()
) -> tuple[str, bytes]:
    """The Content-Type and the bytes that a streaming encoder gives for a batch's events."""
    encoder = ENCODERS[kind_of(batch)](dialect=dialect, boundaries=boundaries, allow=allow)
    return encoder.content_type, b"".join(map(encoder.send, strategies.events_of(batch)))


# Operations and answers that keep and break rules, in few ways, so that they meet.

_ids = st.sampled_from((None, None, "", "1", "2", "3", "root"))


@st.composite
def ruly(draw: st.DrawFn, kind: str) -> Any:
    """A leaf that can be written, whatever rules it breaks."""
    pairs = st.sampled_from(
        (("If-Match", "$1"), ("If-None-Match", "$2"), ("TE", "x"), ("DataServiceVersion", "9"))
    )
    headers = Headers(draw(st.lists(pairs, max_size=2)))
    body = draw(st.sampled_from((b"", b"body")))
    leaf: Any
    if kind == "request":
        method = draw(st.sampled_from(("GET", "POST", "PUT")))
        target = draw(st.sampled_from(("a", "A?b", "c", "$1", "$2/d", "$root")))
        leaf = Operation(method, target, headers, body)
    else:
        leaf = OperationResponse(draw(st.sampled_from((200, 404))), "", headers, body)
    return leaf.with_content_id(draw(_ids), at=draw(st.sampled_from(("part", "message"))))


def ruly_batches(kind: str | None = None) -> st.SearchStrategy[Any]:
    """Batches, and answers, of such leaves."""
    every = strategies.kinds if kind is None else st.just(kind)
    return every.flatmap(lambda it: strategies.batches(it, ruly(it)))


@st.composite
def allowed(draw: st.DrawFn) -> frozenset[str]:
    """Codes of faults that may stay."""
    some = frozenset(draw(st.sets(st.sampled_from(sorted(CODES)))))
    return some | SEEKING if draw(st.booleans()) else some - SEEKING


# What is refused at once, or where it cannot come.

H28 = Headers([("Content-Type", "application/http"), ("Content-Length", "28")])
JUNK: tuple[Any, ...] = (None, b"bytes", "BatchEnd", BatchEnd, Batch(()), Headers())
BROKEN: dict[str, tuple[Any, ...]] = {
    "request": (
        *JUNK,
        OK,
        PUT.replace(method=None),
        PUT.replace(body="body"),
        PUT.replace(body=None),
        PUT.replace(headers=[("Content-ID", "1")]),
        PUT.replace(part_headers={"Content-ID": "1"}),
        PUT.replace(part_headers=None),
    ),
    "response": (
        *JUNK,
        PUT,
        OK.replace(status="200"),
        OK.replace(status=None),
        OK.replace(reason=None),
        OK.replace(body=4),
        OK.replace(headers=None),
    ),
}
BAD_STARTS: tuple[Any, ...] = (
    ChangesetStart(None),  # type: ignore[arg-type]
    ChangesetStart(Headers([("a", "b\r\n")])),
    ChangesetStart(Headers([("Transfer-Encoding", "chunked")])),
    ChangesetStart(Headers([("--qqqq_1001", "x")])),
)


@st.composite
def any_events(draw: st.DrawFn, kind: str) -> list[Any]:
    """Events in any order, many of them impossible."""
    leaf = st.one_of(
        ruly(kind),
        ruly(kind),
        strategies.hostile_leaves(kind),
        st.sampled_from(BROKEN[kind]),
        ruly(kind).map(lambda it: it.replace(body=b"x\r\n--qqqq_1001--")),
        ruly(kind).map(lambda it: it.replace(part_headers=H28)),
        ruly(kind).map(lambda it: it.replace(body=b"body", part_headers=H28)),
    )
    between = st.sampled_from((START, END, START, END, *BAD_STARTS))
    some: list[Any] = draw(st.lists(st.one_of(leaf, leaf, between), max_size=12))
    ends = draw(st.lists(st.integers(0, len(some)), max_size=1))
    for at in ends:
        some.insert(at, LAST)
    return some


class TestSameBytes:
    """The bytes are those of ``encode_request`` and ``encode_response`` given the boundaries."""

    @each_dialect
    @given(batch=strategies.batches())
    def test_any_batch(self, dialect: Dialect, batch: Any) -> None:
        """Whatever is in it: the same bytes, the same Content-Type."""
        expected = write(batch)(batch, dialect, numbered(), CODES)
        assert stream(batch, dialect, numbered(), CODES) == expected

    @given(st.data(), dialects, strategies.batches())
    def test_any_boundaries(self, data: st.DataObject, dialect: Dialect, batch: Any) -> None:
        """Boundaries in any disorder are refused by both, or by neither."""
        text = st.one_of(
            st.sampled_from(("batch_1a", "changeset_2b", "q 1", "a", "aa", "", "x ", "Name")),
            st.text("'()+_,-./:=?019azAZ ", min_size=1, max_size=5),
        )
        boundaries = data.draw(st.lists(text, max_size=6))
        try:
            expected = write(batch)(batch, dialect, boundaries, CODES)
        except EncodeError as error:
            event(error.code)
            with pytest.raises(EncodeError) as raised:
                stream(batch, dialect, boundaries, CODES)
            codes = {"invalid_boundary", "too_few_boundaries", "boundary_prefix"}
            assert raised.value.code in codes | {"boundary_in_part"}
        else:
            assert stream(batch, dialect, boundaries, CODES) == expected

    @pytest.mark.parametrize("name", ["add-three-tasks", "add-three-tasks.answer"])
    def test_seed(self, name: str) -> None:
        """The seed's events, given its boundaries, give its bytes."""
        (fixture,) = [it for it in corpus.fixtures() if it.name == f"azure/{name}"]
        decoder = corpus.DECODERS[fixture.kind](fixture.content_type)
        decoder.receive_data(fixture.body)
        decoder.receive_eof()
        events = list(decoder.events())
        types = [it.part_headers[0][1] for it in events if isinstance(it, ChangesetStart)]
        boundaries = [it.partition("boundary=")[2] for it in (fixture.content_type, *types)]
        encoder = ENCODERS[fixture.kind](dialect=AZURE_BATCH, boundaries=boundaries)
        written = b"".join(map(encoder.send, events))
        assert encoder.content_type == fixture.content_type
        assert written.rstrip(b"\r\n") == fixture.body.rstrip(b"\r\n")


class TestAtOnce:
    """A server can send each answer as it comes."""

    @given(dialects, strategies.batches("response"))
    def test_each(self, dialect: Dialect, answer: Any) -> None:
        """A reader at the other end has all that was sent but the last event."""
        encoder = ResponseEncoder(dialect=dialect, boundaries=numbered(), allow=CODES)
        decoder = ResponseDecoder(encoder.content_type)
        events = strategies.events_of(answer)
        read: list[Any] = []
        for count, it in enumerate(events):
            decoder.receive_data(encoder.send(it))
            read += decoder.events()
            assert len(read) >= count
        decoder.receive_eof()
        read += decoder.events()
        assert [type(it) for it in read] == [type(it) for it in events]

    def test_bytes(self) -> None:
        """Each event's bytes, with nothing held back and nothing before its time."""
        encoder = ResponseEncoder(dialect=AZURE_BATCH, boundaries=["o", "c 1"])
        assert encoder.content_type == "multipart/mixed; boundary=o"
        head = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        leaf = head + b"HTTP/1.1 200 OK\r\nContent-ID: %d\r\n\r\nbody\r\n"
        expected = [
            (START, b'--o\r\nContent-Type: multipart/mixed; boundary="c 1"\r\n\r\n'),
            (OK, b"--c 1\r\n" + leaf % 1),
            (END, b"--c 1--\r\n"),
            (OK.with_content_id("2"), b"--o\r\n" + leaf % 2),
            (LAST, b"--o--\r\n"),
        ]
        for it, written in expected:
            assert encoder.send(it) == written


class TestSameErrors:
    """What the whole-buffer functions refuse is refused, with the same code and part."""

    @given(st.data(), dialects, strategies.kinds)
    def test_hostile(self, data: st.DataObject, dialect: Dialect, kind: str) -> None:
        """One leaf that may break the message, behind any that do not."""
        batch = data.draw(strategies.batches(kind))
        bad = data.draw(st.one_of(strategies.hostile_leaves(kind), st.sampled_from(BROKEN[kind])))
        last = data.draw(st.sampled_from((bad, strategies.changeset(kind, (bad,)))))
        batch = strategies.batch_of(kind, (*batch.parts, last))
        results: list[Any] = []
        for function in (write(batch), stream):
            try:
                results.append(function(batch, dialect, numbered("batch"), CODES))
            except EncodeError as error:
                results.append((type(error), error.code, error.part, error.source))
                event(error.code)
            except TypeError:
                results.append(TypeError)
        assert results[0] == results[1]

    @given(dialects, ruly_batches(), allowed())
    def test_rules(self, dialect: Dialect, batch: Any, allow: frozenset[str]) -> None:
        """Of broken rules those that the first event breaks; a later reference is unknown yet."""
        whole = [it for it in check(batch, dialect) if it.code not in allow]
        if not whole:
            expected = write(batch)(batch, dialect, numbered(), allow)
            assert stream(batch, dialect, numbered(), allow) == expected
            return
        with pytest.raises(RuleError) as raised:
            stream(batch, dialect, numbered(), allow)
        error = raised.value
        assert (error.code, error.part) == ("rule_broken", whole[0].part)
        faults = [(_early(it.code), it.part) for it in whole]
        assert [(it.code, it.part) for it in error.faults] == faults[: len(error.faults)]
        event(error.faults[0].code)

    @pytest.mark.parametrize("start", BAD_STARTS)
    def test_changeset(self, start: ChangesetStart) -> None:
        """The fields of a changeset's part."""
        changeset = odatabatch.Changeset((), start.part_headers)
        batch = Batch((PUT, changeset))
        results = []
        for function in (write(batch), stream):
            with pytest.raises((EncodeError, TypeError)) as raised:
                function(batch, ODATA_V4, numbered())
            it = raised.value
            results.append((type(it), getattr(it, "code", None), getattr(it, "part", None)))
        assert results[0] == results[1]

    @pytest.mark.parametrize("allow", [(), ("later_reference",)])
    def test_later_reference(self, allow: tuple[str, ...]) -> None:
        """To a stream it is unknown, and allowed only as that."""
        batch = Batch((PUT.replace(target="$2", headers=Headers()), PUT.with_content_id("2")))
        with pytest.raises(RuleError) as raised:
            stream(batch, ODATA_V4, numbered(), allow)
        assert [fault.code for fault in raised.value.faults] == ["unknown_reference"]
        expected = odatabatch.encode_request(batch, ODATA_V4, numbered(), ["later_reference"])
        assert stream(batch, ODATA_V4, numbered(), ["unknown_reference"]) == expected


def _early(code: str) -> str:
    return "unknown_reference" if code == "later_reference" else code


class TestAsNeverSent:
    """After an error nothing of the event is written, and another may be sent in its place."""

    @given(st.data(), dialects, strategies.kinds, allowed())
    def test_any_order(
        self, data: st.DataObject, dialect: Dialect, kind: str, allow: frozenset[str]
    ) -> None:
        """Those that were taken give the same bytes, and break no rule, without the others."""
        encoder = ENCODERS[kind](dialect=dialect, boundaries=numbered(), allow=allow)
        taken, written = [], []
        for it in data.draw(any_events(kind)):
            try:
                written.append(encoder.send(it))
                taken.append(it)
            except (EncodeError, UsageError) as error:
                event(error.code)
            except TypeError:
                event("TypeError")
        fresh = ENCODERS[kind](dialect=dialect, boundaries=numbered(), allow=allow)
        assert list(map(fresh.send, taken)) == written

    @given(st.data(), dialects, ruly_batches(), allowed())
    def test_faults(
        self, data: st.DataObject, dialect: Dialect, batch: Any, allow: frozenset[str]
    ) -> None:
        """An event is refused for its own faults, not for those of others that were refused."""
        kind = kind_of(batch)
        disturbed = ENCODERS[kind](dialect=dialect, boundaries=numbered(), allow=allow)
        steady = ENCODERS[kind](dialect=dialect, boundaries=numbered(), allow=allow)
        bad = st.one_of(
            st.sampled_from((*BROKEN[kind], *BAD_STARTS)),
            ruly(kind).map(lambda it: it.replace(body=b"x\r\n--qqqq_1001--")),
            ruly(kind).map(lambda it: it.replace(body=None)),
        )
        for it in strategies.events_of(batch):
            for between in data.draw(st.lists(bad, max_size=2)):
                with pytest.raises((EncodeError, UsageError, TypeError)):
                    disturbed.send(between)
            if isinstance(it, Operation):
                with pytest.raises((EncodeError, UsageError, TypeError)):
                    disturbed.send(it.replace(target=None))
            assert attempt(disturbed, it) == attempt(steady, it)

    def test_faults_before_a_type_error(self) -> None:
        """Faults found before a TypeError are not the next event's."""
        encoder = RequestEncoder(dialect=AZURE_BATCH, boundaries=["o"])
        with pytest.raises(TypeError):
            encoder.send(Operation("PUT", None, Headers([("TE", "x")])))  # type: ignore[arg-type]
        assert encoder.send(PUT).startswith(b"--o\r\n")

    def test_part_headers(self) -> None:
        """The part headers of one that was refused are not judged for the next."""
        good = Operation("PUT", "a", Headers([("A", "b")]), b"body", part_headers=H28)
        bad = Headers([("Content-Type", "text/plain")])
        encoder = RequestEncoder(dialect=ODATA_V4, boundaries=["o"])
        first = encoder.send(good)
        with pytest.raises(EncodeError) as raised:
            encoder.send(good.replace(part_headers=bad))
        assert raised.value.code == "unexpected_part_type"
        assert encoder.send(good) == first

    def test_changeset_that_breaks_a_rule(self) -> None:
        """It is refused where it stands, unless that is allowed; another counts from nought."""
        start = ChangesetStart(Headers([("Authorization", "x")]))
        for allow in ((), ("forbidden_header",)):
            encoder = RequestEncoder(dialect=ODATA_V4, boundaries=["o", "i"], allow=allow)
            encoder.send(Operation("GET", "a"))
            if allow:
                assert b"Authorization: x\r\n" in encoder.send(start)
                continue
            with pytest.raises(RuleError) as raised:
                encoder.send(start)
            assert [(it.code, it.part) for it in raised.value.faults] == [
                ("forbidden_header", "batch[1]")
            ]
            encoder.send(START)
            with pytest.raises(EncodeError) as refused:
                encoder.send(PUT.replace(headers=Headers([("a", "b\r\n")])))
            assert refused.value.part == "batch[1]/changeset[0]"

    @pytest.mark.parametrize("bad", [None, b"c", "", "o"])
    def test_boundary(self, bad: Any) -> None:
        """A boundary that cannot be used is left out, and opens no changeset."""
        encoder = RequestEncoder(dialect=AZURE_TABLES, boundaries=["o", bad, "c"])
        with pytest.raises((EncodeError, TypeError)):
            encoder.send(START)
        assert b"boundary=c\r\n" in encoder.send(START)  # the only one that the dialect allows

    def test_too_many(self) -> None:
        """The operation above the bound is refused, and the batch can be ended."""
        encoder = RequestEncoder(dialect=AZURE_BATCH, boundaries=["o"])
        for number in range(100):
            encoder.send(PUT.with_content_id(str(number)))
        for _ in range(2):
            with pytest.raises(RuleError) as raised:
                encoder.send(PUT.with_content_id("100"))
            assert [fault.code for fault in raised.value.faults] == ["too_many_operations"]
            assert raised.value.part == "batch"
            assert raised.value.source == raised.value.faults[0].source
        assert encoder.send(LAST) == b"--o--\r\n"


def attempt(encoder: Any, it: Any) -> Any:
    """The bytes of an event, or why it was refused."""
    try:
        return encoder.send(it)
    except (EncodeError, UsageError) as error:
        return error.code, error.part, getattr(error, "faults", ())


class TestOrder:
    """Events that cannot come where they come."""

    @pytest.mark.parametrize(
        "events",
        [
            [END],
            [PUT, END],
            [START, START],
            [START, PUT, LAST],
            [START, END, END],
            [LAST, LAST],
            [LAST, PUT],
            [LAST, START],
            [LAST, END],
            [START, END, LAST, END],
        ],
    )
    def test_unexpected(self, events: list[Any]) -> None:
        """The last of them is refused, again and again."""
        encoder = RequestEncoder(dialect=ODATA_V4, boundaries=["o", "c", "d"])
        for it in events[:-1]:
            encoder.send(it)
        for _ in range(2):
            with pytest.raises(UsageError) as raised:
                encoder.send(events[-1])
            assert raised.value.code == "unexpected_event"

    @pytest.mark.parametrize("kind", ["request", "response"])
    def test_types(self, kind: str) -> None:
        """What is no event of this direction is a TypeError, before and after the end."""
        encoder = ENCODERS[kind](dialect=ODATA_V4, boundaries=["o"])
        targets = [PUT.replace(target=it) for it in (None, 5, b"a")]
        for it in (*BROKEN[kind], *targets):
            with pytest.raises(TypeError):
                encoder.send(it)
        assert encoder.send(LAST) == b"--o--\r\n"
        for it in (*JUNK, PUT if kind == "response" else OK):
            with pytest.raises(TypeError):
                encoder.send(it)


class TestBoundaries:
    """The batch's, then one a changeset, taken as they are needed."""

    def test_as_needed(self) -> None:
        """The batch's at once, a changeset's as it is opened; none for one that is refused."""
        asked = []

        def made() -> Iterator[str]:
            for text in ("o", "c", "d"):
                asked.append(text)
                yield text

        encoder = RequestEncoder(dialect=AZURE_BATCH, boundaries=made())
        assert asked == ["o"]
        with pytest.raises(EncodeError):
            encoder.send(ChangesetStart(Headers([("a", "\n")])))
        assert asked == ["o"]
        encoder.send(START)
        assert asked == ["o", "c"]
        for it in (PUT, END, START, END, LAST):
            encoder.send(it)
        assert asked == ["o", "c", "d"]

    def test_no_more(self) -> None:
        """A changeset for which there is none is refused; all else can be sent."""
        encoder = RequestEncoder(dialect=ODATA_V4, boundaries=["o"])
        for _ in range(2):
            with pytest.raises(EncodeError) as raised:
                encoder.send(START)
            assert raised.value.code == "too_few_boundaries"
        assert encoder.send(PUT).startswith(b"--o\r\n")

    @pytest.mark.parametrize(
        ("boundaries", "code"), [([], "too_few_boundaries"), (["é"], "invalid_boundary")]
    )
    def test_none(self, boundaries: list[str], code: str) -> None:
        """Without one for the batch there is no encoder."""
        with pytest.raises(EncodeError) as raised:
            ResponseEncoder(dialect=ODATA_V4, boundaries=boundaries)
        assert raised.value.code == code

    @pytest.mark.parametrize(
        ("boundary", "expected"),
        [("o", "o"), ("o 1", '"o 1"'), ("o:1", '"o:1"'), ("a'b", "a'b"), ("=?", '"=?"')],
    )
    def test_quoted(self, boundary: str, expected: str) -> None:
        """In quotes where it is no token (RFC 9110 §5.6.6)."""
        encoder = ResponseEncoder(dialect=ODATA_V4, boundaries=[boundary])
        assert encoder.content_type == f"multipart/mixed; boundary={expected}"

    @pytest.mark.parametrize(
        "options",
        [
            {"dialect": None},
            {"dialect": "OData 4.01"},
            {"boundaries": "oc"},
            {"boundaries": None},
            {"boundaries": [b"o"]},
            {"allow": "missing_content_id"},
            {"allow": None},
        ],
    )
    def test_options(self, options: dict[str, Any]) -> None:
        """A dialect, boundaries and codes."""
        with pytest.raises(TypeError):
            RequestEncoder(**{"dialect": ODATA_V3, "boundaries": ["o"], **options})


class TestPlaces:
    """An error names the part in the batch that is to be written, however many went out."""

    @staticmethod
    def begun() -> RequestEncoder:
        """Two operations have gone out, and two changesets, of two operations and of none."""
        every = [rule.code for rule in RULES]
        boundaries = ["b", "c", "d", "e"]
        encoder = RequestEncoder(dialect=ODATA_V4, boundaries=boundaries, allow=every)
        operation = Operation("PUT", "a")
        for it in (operation, operation, ChangesetStart(), operation, operation, ChangesetEnd(),
                   ChangesetStart(), ChangesetEnd()):  # fmt: skip
            encoder.send(it)
        return encoder

    def test_outside(self) -> None:
        """An operation by itself."""
        with pytest.raises(EncodeError) as raised:
            self.begun().send(Operation("PUT", "a", body=b"\r\n--b"))
        assert (raised.value.code, raised.value.part) == ("boundary_in_part", "batch[4]")

    @pytest.mark.parametrize("boundary", [b"b", b"e"])
    def test_inside(self, boundary: bytes) -> None:
        """One in a changeset, whose own boundary counts as well as the batch's."""
        encoder = self.begun()
        for it in (ChangesetStart(), Operation("PUT", "a"), Operation("PUT", "a")):
            encoder.send(it)
        with pytest.raises(EncodeError) as raised:
            encoder.send(Operation("PUT", "a", body=b"\r\n--" + boundary))
        assert raised.value.part == "batch[4]/changeset[2]"

    def test_boundary_of_before(self) -> None:
        """Those of changesets that are closed are lines like any."""
        encoder = self.begun()
        assert b"\r\n--c" in encoder.send(Operation("PUT", "a", body=b"\r\n--c"))

    def test_state(self) -> None:
        """What cannot come is told with where one is."""
        encoder = self.begun()
        with pytest.raises(UsageError) as raised:
            encoder.send(ChangesetEnd())
        assert raised.value.message.endswith("the end of a changeset outside of changesets")
        encoder.send(ChangesetStart())
        with pytest.raises(UsageError) as raised:
            encoder.send(ChangesetStart())
        assert raised.value.message.endswith("a changeset within a changeset")
