"""How often a task is sent, and how long to wait between two attempts: suggestions and bounds."""

from __future__ import annotations

import datetime
import re

from odatabatch.azure.ticks import iso_date
from odatabatch.headers import Headers

MAX_ATTEMPTS = 5
"""How often a task is sent. Real clients repeat without an end, of which their users complain."""

MAX_WAIT_S = 30.0
"""The longest wait before a request, whatever the service asks for."""

_FIRST_WAIT_S = 0.5  # before a second attempt; each further one waits twice as long
_MOST_DOUBLINGS = 30  # far above any bound, and within what a float holds
_SECONDS = re.compile(r"[0-9]++")


def check_bounds(max_attempts: int, max_wait_s: float) -> None:
    """Refuse bounds that bound nothing.

    Raises:
        TypeError, ValueError: as ``Upgrade.transfer``.
    """
    if type(max_attempts) is not int or type(max_wait_s) not in (int, float):
        raise TypeError("expected max_attempts as int and max_wait_s as float, got another type")
    if max_attempts < 1 or not 0 <= max_wait_s < float("inf"):
        raise ValueError("expected at least one attempt, and a wait of 0 or more, but not endless")


def wait_s(attempts: int, asked_s: float, max_wait_s: float) -> float:
    """Seconds to wait after that many attempts, of which the service asks for some."""
    own = _FIRST_WAIT_S * 2.0 ** min(attempts - 1, _MOST_DOUBLINGS)
    return min(max(own, asked_s), max_wait_s)


def asked_s(headers: Headers) -> float:
    """The seconds of a ``Retry-After``; 0.0 where there is none that can be read.

    One that is a date counts from the answer's own ``Date``, since there is no clock here.

    Source: RFC 9110 §10.2.3.
    """
    text = headers.get("Retry-After", "")
    if _SECONDS.fullmatch(text):
        return float(text)  # infinite where it has more digits than a float can hold
    then, now = iso_date(text), iso_date(headers.get("Date", ""))
    if then is None or now is None:
        return 0.0
    wait = datetime.datetime.fromisoformat(then) - datetime.datetime.fromisoformat(now)
    return max(wait.total_seconds(), 0.0)
