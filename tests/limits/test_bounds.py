"""The bounds beside ``Limits``: exactly as much passes, one more is told, and none is left out."""

from __future__ import annotations

import ast
import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest

from odatabatch import Headers, HttpRequest, ODataBatchError, OperationResponse, check
from odatabatch.azure import AZURE_BATCH, Failure, SharedKey, operations, upgrade, validate
from odatabatch.azure.attempts import wait_s
from odatabatch.azure.json_text import read_json
from odatabatch.azure.operations import OperationId
from odatabatch.azure.versions import LATEST
from odatabatch.emulator import read_faults
from odatabatch.headers import KnownNames
from tests.azure import batches
from tests.emulator import scenes
from tests.emulator.test_asgi import app, scope, sent
from tests.emulator.test_batches import carried
from tests.state.layers import PACKAGE
from tests.state.test_mixing import linked, resolved

MEBIBYTE = 1 << 20
FINE = None


def told(call: Callable[[], Any]) -> Any:
    """The code and the offset of the error that a call raises; ``FINE`` without one."""
    try:
        call()
    except ODataBatchError as error:
        return error.code, error.offset
    return FINE


def depth(much: int) -> Any:
    """Arrays inside each other."""
    return told(lambda: read_json(b"[" * much + b"]" * much))


def digits(much: int) -> Any:
    """A whole number of so many characters."""
    return told(lambda: read_json(b"-" + b"1" * (much - 1)))


def operations_of(much: int) -> Any:
    """A legacy batch of so many operations."""
    asked = batches.batch(*(batches.operation(str(number)) for number in range(much)))
    return [fault.code for fault in check(asked, AZURE_BATCH)]


def tasks(much: int) -> Any:
    """A collection of so many tasks, and how many requests a batch of them becomes."""
    texts = [batches.task(f"t{number}") for number in range(much)]
    asked = batches.batch(*(batches.operation(str(at), it) for at, it in enumerate(texts)))
    return [fault.code for fault in validate(texts)], len(upgrade(asked).requests)


def body_bytes(much: int) -> Any:
    """The requests of two tasks that make a body of so many bytes."""
    frame = len(b'{"value":[,]}')
    first = batches.task("a")
    second = batches.task("b", displayName="")
    second = second.replace(b'""', b'"%s"' % (b"x" * (much - frame - len(first) - len(second))))
    asked = batches.batch(batches.operation("1", first), batches.operation("2", second))
    requests = upgrade(asked, api_version="2017-05-01.5.0").requests
    return len(requests), len(requests[0].body) if len(requests) == 1 else None


def refusal_bytes(much: int) -> Any:
    """The bytes of a refusal's body that are told to each operation, beside reason and type."""
    up = upgrade(batches.batch(batches.operation("1")))
    beside = len("Refused") + len("text/plain")
    response = batches.refused(400, **{"Content-Type": "text/plain"}).replace(
        body=b"x" * (much - beside)
    )
    transfer = up.transfer()
    (request,) = transfer.next_requests()
    transfer.receive(request, response)
    (answer,) = (it for it in transfer.events() if isinstance(it, OperationResponse))
    return len(answer.body)


def dependencies(much: int) -> Any:
    """Ids of so many characters together."""
    ids = ["x" * 64] * (much // 64) + ["x" * (much % 64)] * (much % 64 > 0)
    return [it.code for it in validate(batches.task("a", dependsOn={"taskIds": ids}))]


def age(much: int) -> Any:
    """A request that was signed so many seconds ago, and one of so many seconds ahead."""
    key = SharedKey("account", scenes.KEY)
    request = key.signed(HttpRequest("GET", "/jobs/j?api-version=" + LATEST), batches.HTTP_DATE)
    signed_at = datetime.datetime(2014, 4, 9, 20, 21, 24, tzinfo=datetime.UTC)
    off = datetime.timedelta(seconds=much)
    return [
        told(lambda now=now: key.check(request, now)) for now in (signed_at + off, signed_at - off)
    ]


def exit_code(much: int) -> Any:
    """A task with a rule for that exit code."""
    rule = {"code": much, "exitOptions": {}}
    body = batches.task("a", exitConditions={"exitCodes": [rule]})
    return [it.code for it in validate(body)]


def timeout(much: int) -> Any:
    """A call with a time-out of so many seconds."""
    return told(
        lambda: operations.build(OperationId.TASK_GET, LATEST, job="j", task="t", timeout=much)
    )


def attempts(much: int) -> Any:
    """The requests of a task that finds the service only at such a try."""
    transfer = upgrade(batches.batch(batches.operation("1"))).transfer()
    for _ in range(much - 1):
        for request in transfer.next_requests():
            transfer.receive(request, Failure.NOT_SENT)
    return len(transfer.next_requests())


def wait(much: int) -> Any:
    """The wait where the service asks for so many seconds."""
    transfer = upgrade(batches.batch(batches.operation("1"))).transfer()
    (request,) = transfer.next_requests()
    transfer.receive(request, batches.refused(503, **{"Retry-After": str(much)}))
    return transfer.wait_s(*transfer.next_requests())


def doublings(much: int) -> Any:
    """The wait after so many attempts more than one, where nothing else bounds it."""
    return wait_s(much + 1, 0.0, 1e300)


def known_names(much: int) -> Any:
    """How many kinds of sections are remembered after so many."""
    known = KnownNames()
    for number in range(much):
        known[(f"A{number}",)]
    return len(known)


def shown_names(much: int) -> Any:
    """How many names a repr shows, how many characters of the first, and whether it says more."""
    shown = repr(Headers([("A" * much, "")] * much)).removeprefix("<Headers ").removesuffix(">")
    return shown.count("A,"), shown.index(","), shown.endswith("…")


def links(much: int) -> Any:
    """Where the last of operations is of which each goes to what the one before has made."""
    return resolved(*linked(much + 2))[-1] is not None


def hang(much: int) -> Any:
    """A fault of so many seconds."""
    return told(lambda: read_faults(json.dumps([{"do": "hang", "seconds": much}]).encode()))


def results(much: int) -> Any:
    """A page of so many tasks."""
    return scenes.ask(scenes.service(), "GET", f"/jobs/job/tasks?maxresults={much}").status


def batch_bytes(much: int) -> Any:
    """A batch of so many bytes, told to the service: one that it cannot read, or does not."""
    request = carried([]).replace(body=bytes(much))
    return scenes.service().answer(request, scenes.NOW).response.status


def read_bytes(much: int) -> Any:
    """How many bytes of a body are taken off the wire, if so many come, one piece a mebibyte."""
    pieces = [b"x" * MEBIBYTE] * (much // MEBIBYTE) + [b"x" * (much % MEBIBYTE)]
    messages = [{"type": "http.request", "body": it, "more_body": True} for it in pieces]
    target = "/$batch?api-version=2016-02-01.3.0"
    head, *_ = sent(app(), scope(target, "POST"), [*messages, {"type": "http.request"}])
    return head["status"]


BOUNDS: dict[str, tuple[Callable[[int], Any], int, Any, Any]] = {
    "azure.json_text.MAX_DEPTH": (depth, 64, FINE, ("json_too_deep", 64)),
    "azure.json_text.MAX_INTEGER_DIGITS": (digits, 4300, FINE, ("number_too_long", 0)),
    "azure.dialect.MAX_OPERATIONS": (operations_of, 100, [], ["too_many_operations"]),
    "azure.collection.MAX_TASKS": (tasks, 100, ([], 1), (["too_many_tasks"], 2)),
    "azure.collection.MAX_BODY_BYTES": (body_bytes, MEBIBYTE, (1, MEBIBYTE), (2, None)),
    "azure.answers.MAX_REFUSAL_BYTES": (refusal_bytes, 1 << 16, (1 << 16) - 17, 0),
    "azure.validation.MAX_DEPENDENCY_CHARACTERS": (
        *(dependencies, 64_000, []),
        ["dependency_list_too_long"],
    ),
    "azure.validation._MOST_INT32": (exit_code, (1 << 31) - 1, [], ["out_of_range"]),
    "azure.validation._LEAST_INT32": (
        *(lambda much: exit_code(-much), 1 << 31, []),
        ["out_of_range"],
    ),
    "azure.signing.MAX_AGE": (age, 900, [FINE] * 2, [("date_out_of_range", None)] * 2),
    "azure.building._MAX_TIMEOUT": (timeout, 999_999_999, FINE, ("unsupported_query", None)),
    "azure.attempts.MAX_ATTEMPTS": (attempts, 5, 1, 0),
    "azure.attempts.MAX_WAIT_S": (wait, 30, 30.0, 30.0),
    "azure.attempts._MOST_DOUBLINGS": (doublings, 30, 0.5 * 2**30, 0.5 * 2**30),
    "headers._KNOWN": (known_names, 1024, 1024, 1),
    "headers._SHOWN": (shown_names, 64, (63, 64, False), (64, 64, True)),
    "correlation._MAX_LINKS": (links, 100, True, False),
    "emulator.faults.MAX_SECONDS": (hang, 3600, FINE, ("invalid_fault_script", None)),
    "emulator.task_calls.MAX_RESULTS": (results, 1000, 200, 400),
    "emulator.batches.MAX_BATCH_BYTES": (batch_bytes, 16 * MEBIBYTE, 400, 413),
    "emulator.asgi.MAX_READ_BYTES": (read_bytes, 16 * MEBIBYTE, 400, 413),
}
"""By name: what is done, the bound, what comes of as much, and of one more. Written out by hand."""


NO_BOUNDS = {
    "azure.attempts._FIRST_WAIT_S": "a wait",
    "azure.collection_answers.SUCCESS": "a status",
    "azure.legacy_answers.SUCCESS": "a status",
    "azure.transfer._TOO_MANY_REQUESTS": "a status",
    "azure.ticks._TICKS_A_SECOND": "a unit",
    "azure.moves._COLLECTION_DEPTH": "how much less MAX_DEPTH is, in tests/azure/test_moves.py",
    "decoder._BLOCK_BYTES": "how much is done at a time, in test_held.py",
    "detection._HABIT": "a weight",
    "detection._RULE": "a weight",
    "detection._SERVICE": "a weight",
    "emulator.serving.GRACE_S": "a wait",
    "fast_path._ENOUGH_BYTES": "how much is done at a time",
}
"""The other numbers that modules name."""


PLAIN = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Tuple, ast.operator, ast.unaryop, ast.Load)


def are_numbers(value: ast.expr) -> bool:
    """Whether a value is a number, or several, and is written as that: ``64 << 10``."""
    parts = list(ast.walk(value))
    constants = [it.value for it in parts if isinstance(it, ast.Constant)]
    return all(isinstance(it, PLAIN) for it in parts) and {*map(type, constants)} <= {int, float}


def test_all() -> None:
    """Every bound that a module names is here, but for those of what the command prints.

    A bound is a number that is not listed as something else, or what is called one.
    """
    found = set()
    for path in {*PACKAGE.rglob("*.py")} - {*PACKAGE.glob("cli/*")}:
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for it in (it for target in targets for it in ast.walk(target)):
                if isinstance(it, ast.Name) and (
                    are_numbers(node.value) or it.id.lstrip("_").startswith("MAX_")
                ):
                    found.add(f"{module}.{it.id}")
    assert found == BOUNDS.keys() | NO_BOUNDS.keys()


@pytest.mark.parametrize("name", BOUNDS)
def test_edge(name: str) -> None:
    """As much as the bound, and one more."""
    give, bound, within, beyond = BOUNDS[name]
    assert give(bound) == within
    assert give(bound + 1) == beyond


def test_wait_is_asked() -> None:
    """A shorter wait than the longest is what was asked for."""
    assert wait(29) == 29.0


def test_alone() -> None:
    """A task that is longer than a request may be goes alone, as it was asked."""
    long = batches.task("a", displayName="x" * MEBIBYTE)
    asked = batches.batch(batches.operation("1", long), batches.operation("2"))
    assert [len(it.body) > MEBIBYTE for it in upgrade(asked).requests] == [True, False]
