"""The load test, short: ``python -m tests.load`` runs it in full."""

from tests.load.load import TASKS, run


def test_nothing_lost_and_nothing_twice() -> None:
    """With faults on, each task is added once, or refused for what it is, and answered once."""
    outcome = run(32)
    assert outcome.wrong == []
    assert outcome.answers == {201: 32 * TASKS - 16, 400: 8, 409: 8}
    assert outcome.stored == 32 * TASKS - 16
    assert outcome.failed  # there were faults
