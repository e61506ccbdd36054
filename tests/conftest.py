"""Hypothesis profiles: the same examples on every run in CI, new ones at a desk. Errors' texts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests import texts

# No deadline: a loaded machine is no defect. Generating a whole batch is slow by nature.
_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("desk", _COMMON, max_examples=100)
settings.register_profile("ci", _COMMON, max_examples=100, derandomize=True)
# Few examples and no shrinking: a changed package need only fail (tests/mutation).
settings.register_profile(
    "mutation",
    _COMMON,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "30")),
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
)
_LONG = int(os.environ.get("HYPOTHESIS_EXAMPLES", "5000"))
settings.register_profile("long", _COMMON, max_examples=_LONG)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "desk"))


texts.watch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """A test fails that meets an error whose text is not in ``texts.csv``."""
    texts.unlisted.clear()
    yield
    assert not texts.unlisted, "not in tests/texts.csv"
