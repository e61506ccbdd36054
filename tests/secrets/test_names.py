"""Every public name goes through a watch: a new one fails here until a way uses it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import pytest

import odatabatch
from odatabatch import (
    CAPTURED,
    Batch,
    DecodeError,
    Headers,
    HttpRequest,
    Limits,
    Operation,
    azure,
    emulator,
    transport,
)
from odatabatch.azure import LATEST, operations
from odatabatch.http_message import parse_request, parse_response
from tests.azure.task_strategies import whole_job, whole_task
from tests.secrets import ways
from tests.secrets.inputs import scene, wire_of
from tests.secrets.planting import Planter
from tests.secrets.showing import Shown, Watch, drawn
from tests.secrets.test_secrets import adapt
from tests.secrets.test_transports import carry
from tests.secrets.ways import NOW
from tests.transport.scenes import PROGRAMS

MODULES = (
    "odatabatch",
    "odatabatch.azure",
    "odatabatch.azure.operations",
    "odatabatch.captures",
    "odatabatch.emulator",
    "odatabatch.transport",
)

# Enumerations: they have nothing of an input to show.
WORDS = {"Failure", "Oddity", "OperationId", "OutcomeKind", "TaskStatus"}

TEXT = Planter().secret()
DATA = TEXT.encode()
VERSION = "2016-02-01.3.0"


def public() -> set[str]:
    """All public classes and functions, and the methods that public classes define."""
    found: set[str] = {"parse_request", "parse_response"}  # of http_message, as documented
    for name in MODULES:
        module = importlib.import_module(name)
        for known in module.__all__:
            thing = getattr(module, known)
            # Else it is a module, a version, a table, or a set of oddities.
            if inspect.isclass(thing) or inspect.isroutine(thing):
                found.add(known)
            if inspect.isclass(thing):
                found |= {f"{known}.{method}" for method in _methods(thing)}
    return {name for name in found if name.partition(".")[0] not in WORDS}


def _methods(kind: type) -> set[str]:
    own = [it for it in kind.__mro__ if it.__module__.startswith("odatabatch")]
    return {
        name
        for it in own
        for name in vars(it)
        if not name.startswith("_") and callable(getattr(kind, name))
    }


def go_through(watch: Watch) -> None:
    """All ways, with the same input each time."""
    for status in (201, 409):
        it = scene(VERSION, [whole_task(VERSION)] * 2, whole_job(VERSION), status=status)
        adapt(watch, it, LATEST)
    for message in (it.outer, it.collection, *it.answers):
        for data in (wire_of(message), wire_of(message)[:-20]):
            ways.messages(watch, data)
    for kind, carrier in (("request", it.outer), ("response", it.answers[2])):
        content_type = carrier.headers.get("Content-Type", "")
        for body in (carrier.body, carrier.body[:-20], carrier.body.replace(b"\r", b"")):
            for limits in (Limits(), Limits(max_header_bytes=10)):
                ways.codec(watch, kind, body, content_type, CAPTURED, limits)
    answer = ways.codec(watch, "response", it.answers[2].body, content_type)
    batch = ways.codec(watch, "request", it.outer.body, it.outer.headers.get("Content-Type", ""))
    ways.batches(watch, batch, answer)
    ways.batches(watch, answer, None)
    reference = Operation("GET", f"$1/a?{TEXT}", Headers([("If-Match", "$1")]))
    ways.batches(watch, Batch((*batch.parts, reference)), answer)
    ways.tolerated(watch)
    for member in ("code", "work", "do"):
        fault = b'[{"do":"fail_request","status":500,"%s":"%s"}]' % (member.encode(), DATA)
        watch.call(emulator.read_faults, fault)
    watch.show(emulator.Hang(), emulator.Fault())
    for program in PROGRAMS[:2]:
        carry(watch, it, program, keyed=True)


@pytest.fixture(scope="module")
def met() -> set[str]:
    """What was called and shown."""
    watch = Watch()
    go_through(watch)
    return watch.met


class TestNames:
    """The ways leave no public name out."""

    @pytest.mark.parametrize("name", sorted(public()))
    def test_met(self, met: set[str], name: str) -> None:
        """A class was shown, or raised; a function or a method was called."""
        assert name in met


# What a caller may pass by mistake, where something else belongs.
MISTAKES: dict[str, Callable[[], Any]] = {
    "text as a body": lambda: odatabatch.decode_request(TEXT, ""),  # type: ignore[arg-type]
    "bytes as a Content-Type": lambda: odatabatch.decode_request(b"", DATA),  # type: ignore[arg-type]
    "text as a message": lambda: parse_request(TEXT),  # type: ignore[arg-type]
    "no status": lambda: parse_response(b"HTTP/1.1 " + DATA),
    "bytes as a value": lambda: Headers([("Authorization", DATA)]),  # type: ignore[list-item]
    "lines as fields": lambda: Headers([TEXT]),  # type: ignore[list-item]
    "three in a field": lambda: Headers([("a", "b", TEXT)]),  # type: ignore[list-item]
    "no batch": lambda: odatabatch.encode_request(TEXT),  # type: ignore[arg-type]
    "no rules": lambda: odatabatch.check([TEXT]),  # type: ignore[arg-type]
    "no part": lambda: odatabatch.encode_request(Batch((TEXT,))),  # type: ignore[arg-type]
    "no operation": lambda: Batch(()).replace(TEXT, TEXT),  # type: ignore[type-var]
    "a boundary": lambda: odatabatch.encode_request(Batch(()), boundaries=[f"{TEXT}\n"]),
    "a body in text": lambda: odatabatch.encode_request(
        Batch((Operation("GET", "a", Headers(), TEXT),))  # type: ignore[arg-type]
    ),
    "a body that has its boundary": lambda: odatabatch.encode_request(
        Batch((Operation("GET", "a", Headers(), b"--a\r\n" + DATA),)), boundaries=["a"]
    ),
    "a version": lambda: azure.upgrade(Batch(()), TEXT),
    "a source version": lambda: azure.upgrade(Batch(()), source_version=TEXT),
    "a date": lambda: azure.upgrade(Batch(()), ocp_date=f"{TEXT}\n"),
    "no request": lambda: azure.upgrade(Batch(()), request=TEXT),  # type: ignore[arg-type]
    "no collection": lambda: azure.downgrade(TEXT),  # type: ignore[arg-type]
    "a work item": lambda: azure.downgrade(HttpRequest("GET", "/"), work_item=f"{TEXT}/"),
    "no answers": lambda: azure.upgrade(Batch(()), source_version=VERSION).answer([TEXT]),  # type: ignore[list-item]
    "no task": lambda: azure.validate([TEXT]),  # type: ignore[list-item]
    "a half of a pair": lambda: azure.TaskCollectionResult(
        (azure.TaskResult(f"{TEXT}\ud800", azure.TaskStatus.SUCCESS),)
    ).to_json(),
    "another metadata": lambda: azure.TaskCollectionResult((), f"{TEXT}\ud800").to_json(),
    "a result": lambda: azure.TaskResult("a", TEXT),  # type: ignore[arg-type]
    "an account": lambda: azure.SharedKey(f"{TEXT}/", "AA=="),
    "a key": lambda: azure.SharedKey("a", TEXT),
    "a key with a line end": lambda: azure.SharedKey("a", f"{TEXT}AA==\n"),
    "a key in another alphabet": lambda: azure.SharedKey("a", f"{TEXT}é"),
    "a key in bytes": lambda: azure.SharedKey("a", DATA),  # type: ignore[arg-type]
    "a signed field": lambda: azure.SharedKey("a", "AA==").signature(
        HttpRequest("GET", "/", Headers([("ocp-date", f"{TEXT}\n")]))
    ),
    "a signed query": lambda: azure.SharedKey("a", "AA==").signature(
        HttpRequest("GET", f"/?a={TEXT}%ff")
    ),
    "a signed target": lambda: azure.SharedKey("a", "AA==").signature(
        HttpRequest("GET", f"//{TEXT}\ud800?{TEXT}")
    ),
    "a date to sign": lambda: azure.SharedKey("a", "AA==").signed(HttpRequest("GET", "/"), TEXT),
    "a job": lambda: operations.build("Task_List", LATEST, job=f"{TEXT}\ud800"),  # type: ignore[arg-type]
    "a job in a path": lambda: operations.recognise(
        HttpRequest("GET", f"/jobs/{TEXT}%ff/tasks?api-version={LATEST}")
    ),
    "a query": lambda: operations.build(
        "Task_List",  # type: ignore[arg-type]
        LATEST,
        job="a",
        query=[("$filter", f"{TEXT}\ud800")],
    ),
    "a query in bytes": lambda: operations.build(
        "Task_List",  # type: ignore[arg-type]
        LATEST,
        job="a",
        query=[("$filter", DATA)],  # type: ignore[list-item]
    ),
    "a service": lambda: operations.build("Task_List", LATEST, job="a", service=f"ftp://{TEXT}"),  # type: ignore[arg-type]
    "no script": lambda: emulator.read_faults(b'[{"do":"' + DATA + b'"}]'),
    "a fault's word": lambda: emulator.read_faults(
        b'[{"do":"fail_request","status":500,"work":"' + DATA + b'"}]'
    ),
    "a fault's member": lambda: emulator.BatchService(
        faults=[emulator.FailRequest(status=500, work=TEXT)]  # type: ignore[arg-type]
    ),
    "no fault": lambda: emulator.BatchService(faults=[TEXT]),  # type: ignore[list-item]
    "a key alone": lambda: emulator.BatchService(key=TEXT),
    "no job": lambda: emulator.BatchService().tasks(TEXT),
    "a state": lambda: emulator.BatchService().set_job_state("a", TEXT, NOW),  # type: ignore[arg-type]
    "no clock": lambda: transport.SharedKeyAuth("a", TEXT),
    "a service's URL": lambda: transport.UpgradingTransport(None, service=f"https://u:{TEXT}@h"),
    "no auth": lambda: transport.UpgradingTransport(None, auth=TEXT),  # type: ignore[arg-type]
}


class TestMistakes:
    """Arguments of the wrong type, or that cannot stand where they are given."""

    @pytest.mark.parametrize("name", MISTAKES)
    def test_refused(self, name: str) -> None:
        """The error shows nothing of what was passed."""
        with pytest.raises((TypeError, ValueError, odatabatch.ODataBatchError)) as caught:
            MISTAKES[name]()
        Watch().error(caught.value)


class TestWatch:
    """What these tests rest on: a watch that sees."""

    def test_rich(self) -> None:
        """What rich prints is what its reprs say."""
        it = scene(VERSION, [whole_task(VERSION)], whole_job(VERSION))
        up = azure.upgrade(it.batch, request=it.outer)
        batch = odatabatch.decode_request(it.outer.body, it.outer.headers.get("Content-Type", ""))
        for item in (it, it.batch, it.outer, it.answers, up, up.requests, up.notes, batch):
            Watch().text(drawn(item) if item is not it else "")

    @pytest.mark.parametrize("place", ["text", "args", "attribute", "note", "cause", "context"])
    def test_errors(self, place: str) -> None:
        """A secret is seen wherever an error may have it, and pieces of one are."""

        def fail() -> None:
            error = DecodeError("code", TEXT[:5] if place == "text" else "message")
            if place == "args":
                error.args = ("code", DATA)
            elif place == "attribute":
                error.part = TEXT
            elif place == "note":
                error.add_note(TEXT)
            elif place == "cause":
                raise error from ValueError(TEXT)
            elif place == "context":
                try:
                    int(TEXT)
                except ValueError:
                    raise error from None
            raise error

        with pytest.raises(Shown):
            Watch().call(fail)

    def test_results(self) -> None:
        """A secret is seen in what a result leads to."""
        with pytest.raises(Shown):
            Watch().call(lambda: [Batch((Operation("GET", f"/{TEXT}"),))])

    def test_only_the_hidden(self) -> None:
        """What may be shown is no finding."""
        Watch(frozenset()).text(TEXT)
        with pytest.raises(Shown):
            Watch(frozenset({TEXT})).text(TEXT)
