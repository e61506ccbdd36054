"""What secrets are planted in: JSON bodies, header fields, targets; and what damages them.

A secret is a marker of ``tests.fuzz.secrets``, and no two are alike. They stand in every value, and
nowhere in what may be shown: methods, paths, and the names of fields, members and parameters.
"""

from __future__ import annotations

import itertools
import json
from typing import Any, NamedTuple

from hypothesis import strategies as st

from odatabatch import Headers
from odatabatch.azure.schema import TYPES
from odatabatch.azure.versions import FIRST_JOBS, is_before
from tests.fuzz.secrets import hidden_in_wire, markers_in, shown_of_body

HOST = "account.region.batch.azure.com"

# What the schema does not describe, as the documents have it; each text is planted.
_OPAQUE: dict[str, Any] = {
    "mountConfiguration": [
        {
            "azureBlobFileSystemConfiguration": {
                "accountName": "",
                "containerName": "",
                "accountKey": "",
                "sasKey": "",
                "blobfuseOptions": "",
            }
        },
        {"azureFileShareConfiguration": {"accountName": "", "accountKey": "", "azureFileUrl": ""}},
        {"cifsMountConfiguration": {"username": "", "source": "", "password": ""}},
    ],
    "networkConfiguration": {"subnetId": "", "publicIPAddressConfiguration": {"provision": ""}},
    "certificateReferences": [{"thumbprint": "", "data": "", "password": "", "storeName": ""}],
    "resourceTags": {"tag": ""},
    "linuxUserConfiguration": {"uid": 1, "sshPrivateKey": ""},
    "windowsUserConfiguration": {"loginMode": ""},
    "taskSchedulingPolicy": {"nodeFillType": ""},
    "upgradePolicy": {"mode": ""},
}
_URLS = ("httpUrl", "blobSource", "storageContainerUrl", "containerUrl", "sasUrl", "azureFileUrl")
_FIELDS = (
    *("Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "ocp-date"),
    *("client-request-id", "If-Match", "ETag", "DataServiceVersion", "DataServiceId", "Location"),
    *("x-ms-client-secret", "Referer", "User-Agent", "WWW-Authenticate", "Last-Modified"),
)
# Members with a duration, or one of a few words that the documents list.
_WORDED = frozenset(
    name
    for members in TYPES.values()
    for name, member in members.items()
    if member.words or member.kind == "duration"
)
_LINKS = frozenset(("DataServiceId", "Location", "Referer"))


class Planter:
    """Plants markers, each another.

    Attributes:
        planted: all that were given so far.
    """

    def __init__(self) -> None:
        self.planted: set[str] = set()
        self._numbers = itertools.count(1)

    def secret(self) -> str:
        """The next marker."""
        marker = f"s3cret{next(self._numbers):04d}"
        self.planted.add(marker)
        return marker

    def url(self, path: str = "/container/blob") -> str:
        """A URL with credentials, wherever one can have any; the path may be shown."""
        return f"https://user:{self.secret()}@blob{self.secret()}.net{path}?{self.query()}"

    def query(self) -> str:
        """A query of a shared access signature."""
        return f"sv=2015&se={self.secret()}&sig={self.secret()}%2F{self.secret()}"

    def text(self, name: str) -> str:
        """A text for a member of that name."""
        if name in _URLS:
            return self.url(f"/{self.secret()}")  # in a body a path is a value like another
        if name in ("commandLine", "coordinationCommandLine"):
            return f'run --token "{self.secret()}" \\ {self.secret()}'
        return self.secret()

    def fields(self, *names: str) -> Headers:
        """Header fields of those names with a marker in each value, by default of all names."""
        pairs = [(name, self.field(name)) for name in names or _FIELDS]
        return Headers(pairs)

    def field(self, name: str) -> str:
        """A value for a header field."""
        if name in _LINKS:
            return self.url("/jobs/job-1/tasks/a")
        if name == "Authorization":
            return f"SharedKey account:{self.secret()}"
        if name == "Content-Type":
            return f"application/json; odata=minimalmetadata; token={self.secret()}"
        return f"Bearer {self.secret()}; {self.secret()}"

    def json(self, value: Any, name: str = "", *, words: bool = True) -> Any:
        """The same JSON value with a marker in each text, and in what the schema leaves open.

        Args:
            value: what is to be planted.
            name: the member that has it.
            words: whether durations, and words that the documents list, stay as they are.
        """
        if isinstance(value, dict):
            known = {key: _OPAQUE.get(key, item) for key, item in value.items()}
            return {key: self.json(item, key, words=words) for key, item in known.items()}
        if isinstance(value, list):
            return [self.json(item, name, words=words) for item in value]
        if not isinstance(value, str) or (words and name in _WORDED):
            return value
        return self.text(name)


def target(planter: Planter, path: str, api_version: str | None, *, authority: bool = True) -> str:
    """A request target whose path is in order and may be shown.

    Args:
        planter: gives the markers.
        path: such as ``/jobs/job-1/tasks``; the work item that an old api-version needs is added.
        api_version: what the query names; None for none.
        authority: whether it is absolute, with a user in it where no api-version is named.
    """
    if api_version is not None and is_before(api_version, FIRST_JOBS) and path.startswith("/jobs/"):
        path = f"/workitems/item{path}"
    start = f"https://{HOST}" if authority else ""
    if api_version is None:
        user = f"user:{planter.secret()}@" if authority else ""
        return f"{start.replace('//', f'//{user}')}{path}?{planter.query()}"
    return f"{start}{path}?api-version={api_version}"


# Damage


class Damage(NamedTuple):
    """What is done to some bytes.

    Attributes:
        kind: how.
        at: where, in thousandths of their length.
        byte: what is written there.
    """

    kind: str
    at: int
    byte: int


_INSERTS = {
    "not UTF-8": b"\xff\xfe",
    "lone surrogate": b"\\ud800",
    "not a number": b"NaN,",
    "large": b"1e999,",
    "long": b"1" * 5000 + b",",
    "deep": b"[" * 200,
    "control": b"\0",
    "bare line feed": b"\n",
    "bare return": b"\r",
    "blank line": b"\r\n\r\n",
    "quote": b'"',
    "mark": b"\xef\xbb\xbf",
    "folded": b"\r\n ",
}
KINDS = ("none", "cut", "flip", "drop", "twice", "text", "type", *_INSERTS)
"""Ways to damage. ``cut`` leaves the beginning, ``drop`` leaves some bytes out, ``twice`` repeats
some; ``text`` makes the nearest number a text, ``type`` the nearest text a list; the others put
something in."""

places = st.tuples(st.integers(0, 999), st.integers(0, 255))
damages = st.lists(
    st.builds(lambda kind, place: Damage(kind, *place), st.sampled_from(KINDS), places), max_size=2
)


def damaged(data: bytes, steps: list[Damage]) -> bytes:
    """The bytes after all that was done to them."""
    for kind, thousandths, byte in steps:
        at = len(data) * thousandths // 1000
        if kind == "cut":
            data = data[:at]
        elif kind == "flip":
            data = data[:at] + bytes((byte,)) + data[at + 1 :]
        elif kind == "drop":
            data = data[:at] + data[at + byte :]
        elif kind == "twice":
            data = data[: at + byte] + data[at:]
        elif kind == "text":
            data = data[:at] + data[at:].replace(b":1", b':"1"', 1)
        elif kind == "type":
            data = data[:at] + data[at:].replace(b':"', b':["', 1).replace(b'",', b'"],', 1)
        elif kind in _INSERTS:
            data = data[:at] + _INSERTS[kind] + data[at:]
    return data


def hidden_in(*messages: bytes | str) -> frozenset[str]:
    """The markers in some messages that nothing may show, however they were damaged."""
    wires = [it.encode("latin-1") if isinstance(it, str) else it for it in messages]
    found: set[str] = set()
    shown: set[str] = set()
    for wire in wires:
        found |= markers_in(wire)
        shown |= markers_in(wire) - hidden_in_wire(wire)
        shown |= markers_in(*shown_of_body(wire))
    return frozenset(found - shown)


def json_text(value: Any) -> bytes:
    """A JSON text in UTF-8, as clients write it."""
    return json.dumps(value, separators=(",", ":")).encode()
