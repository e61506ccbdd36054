"""Hypothesis profiles: the same examples on every run in CI, new ones at a desk."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: a loaded machine is no defect. Generating a whole batch is slow by nature.
_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("desk", _COMMON, max_examples=100)
settings.register_profile("ci", _COMMON, max_examples=100, derandomize=True)
_LONG = int(os.environ.get("HYPOTHESIS_EXAMPLES", "5000"))
settings.register_profile("long", _COMMON, max_examples=_LONG)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "desk"))
