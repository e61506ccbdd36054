"""The table of the calls."""

from __future__ import annotations

from odatabatch.emulator.carrying_out import CALLS
from odatabatch.emulator.faults import BATCH, OPERATIONS


def test_calls() -> None:
    """Every call that is recognised is carried out; a batch is none of them."""
    assert set(CALLS) == OPERATIONS - {BATCH}
