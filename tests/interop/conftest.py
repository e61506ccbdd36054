"""What holds for all tests against real software."""

import pytest


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that obey the environment's proxies reach loopback without them."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
