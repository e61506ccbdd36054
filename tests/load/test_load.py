"""The load test, short: ``python -m tests.load`` runs it in full."""

from tests.load.load import TASKS, run


def test_nothing_lost_and_nothing_twice() -> None:
    """With faults on, each task is added once and answered once, as added."""
    outcome = run(30)
    assert outcome.wrong == []
    assert outcome.answers == {201: 30 * TASKS}
    assert outcome.stored == 30 * TASKS
    assert outcome.failed  # there were faults
