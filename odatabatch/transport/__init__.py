"""What clients of httpx and httpx2 use: transports that translate, and SharedKey.

The transports stand between a client and a service of another time. Neither client library is
imported here: what is needed is taken from the one whose request comes.
"""

from odatabatch.transport.auth import SharedKeyAuth
from odatabatch.transport.transports import (
    AsyncDowngradingTransport,
    AsyncUpgradingTransport,
    DowngradingTransport,
    UpgradingTransport,
)

__all__ = [
    "AsyncDowngradingTransport",
    "AsyncUpgradingTransport",
    "DowngradingTransport",
    "SharedKeyAuth",
    "UpgradingTransport",
]
