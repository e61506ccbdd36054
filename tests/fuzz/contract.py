"""The contract, held in one place: a result or an ``ODataBatchError``; nothing else, never slow.

And never a credential: neither an error nor what a result prints of itself may show what was
planted (``secrets``).
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from odatabatch import ODataBatchError
from tests.fuzz.secrets import markers_in, shown_by

T = TypeVar("T")

SECONDS = 0.25
"""What any call may cost, however little it was given: a collection of garbage, a cold cache."""

SECONDS_A_BYTE = 50e-6
"""What a byte may cost in CPU time. The dearest linear work known is to take chunks of one byte: on
a busy machine 10 µs a byte, and three times that under a fuzzer's instrumentation. Finer growth is
the affair of the harness ``growth``."""


class Finding(Exception):
    """The contract is broken."""


class Given(NamedTuple):
    """What a call was given.

    Attributes:
        size: how many bytes it is about.
        secrets: the markers in it that nothing may show.
    """

    size: int
    secrets: frozenset[str] = frozenset()


def held(call: Callable[[], T], given: Given) -> T | ODataBatchError:
    """What a call gives: its result, or the ``ODataBatchError`` that it raised.

    Args:
        call: without effects, since it is repeated where it was slow.
        given: what it was given.

    Raises:
        Finding: it was slow, or it shows a secret.
        Exception: whatever else the call raised; that is a finding too.
    """
    outcome, seconds = _timed(call)
    allowed = SECONDS + SECONDS_A_BYTE * given.size
    if seconds > allowed:
        # Once may be another's fault: CPU time grows where caches are shared.
        seconds = min(seconds, *(_timed(call)[1] for _ in range(2)))
    if seconds > allowed:
        raise Finding(f"{seconds:.2f} s for {given.size} bytes, where {allowed:.2f} s are allowed")
    if not given.secrets:
        repr(outcome)  # prints at all
        return outcome
    text = error_text(outcome) if isinstance(outcome, ODataBatchError) else shown_by(outcome)
    refuse_shown(text, given)
    return outcome


class Kept(Generic[T]):
    """A value that prints nothing of itself: what is no model of ours, and shows all that it is."""

    def __init__(self, value: T) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Kept"


def refuse_shown(text: str, given: Given) -> None:
    """Refuse a text that shows a secret.

    Raises:
        Finding: it does.
    """
    shown = given.secrets & markers_in(text)
    if shown:
        raise Finding(f"shown: {', '.join(sorted(shown))} in {text}")


def _timed(call: Callable[[], T]) -> tuple[T | ODataBatchError, float]:
    """What a call gives, and the seconds of CPU time that it took."""
    start = time.process_time()
    outcome: T | ODataBatchError
    try:
        outcome = call()
    except ODataBatchError as error:
        outcome = error
    return outcome, time.process_time() - start


def error_text(error: BaseException) -> str:
    """All that an error shows: its text and attributes, and those of its causes."""
    pieces = [shown_by(error), repr(error.args), repr(error.__dict__)]
    # What a traceback prints besides: lines of our own source tell nothing.
    pieces += traceback.format_exception_only(error)
    for cause in (error.__cause__, error.__context__):
        # One that `from None` hides is judged too: loggers and debuggers show it.
        if cause is not None:
            pieces.append(error_text(cause))
    return "\n".join(pieces)


def assert_located(error: Any, data: bytes) -> None:
    """An error of reading has a code, and if an offset one within the input and its true line."""
    assert error.code.isidentifier()
    if error.offset is None:
        assert error.line is None
    else:
        assert 0 <= error.offset <= len(data)
        assert error.line == data.count(b"\n", 0, error.offset) + 1
