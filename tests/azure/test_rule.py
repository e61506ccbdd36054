"""A row by itself: what it tells, and the longest time."""

from __future__ import annotations

from odatabatch.azure.rule import INFINITE
from odatabatch.azure.rules import every_rule


def test_infinite() -> None:
    """What the service calls infinite is the longest time of 64 bits in ticks of 100 ns."""
    days, rest = divmod(2**63 - 1, 24 * 3600 * 10**7)
    hours, rest = divmod(rest, 3600 * 10**7)
    minutes, rest = divmod(rest, 60 * 10**7)
    seconds, ticks = divmod(rest, 10**7)
    assert f"P{days}DT{hours}H{minutes}M{seconds}.{ticks:07}S" == INFINITE


def test_told() -> None:
    """What has a before and an after is told with its date to whoever goes back."""
    for rule in every_rule():
        dated = rule.change in ("replaced", "default", "service")
        assert rule.told(True) == rule.detail
        assert rule.told(False) == (f"from {rule.since} on: " if dated else "") + rule.detail
