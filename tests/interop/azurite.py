"""Azurite, the emulator of Azure Storage: started, called with signed requests, stopped."""

import base64
import hashlib
import hmac
import http.client
import queue
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.interop.peers import node, node_module

ACCOUNT = "devstoreaccount1"
KEY = (  # The emulator's own, the same everywhere; it guards nothing.
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_VERSIONS = {"Table": "2019-02-02", "Blob": "2021-08-06"}
_START_S = 60  # Three seconds at a desk; a loaded machine with two cores needs more.
_STOP_S = 10
_ANSWER_S = 30
_LISTENING = re.compile(
    r"Azurite (\w+) service is successfully listening at http://127\.0\.0\.1:(\d+)"
)


class Answer(NamedTuple):
    """What Azurite answered to a request: the status, the fields by lower-case name, the body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Azurite(NamedTuple):
    """A running Azurite.

    Attributes:
        ports: of its services, by name: Blob, Queue, Table.
    """

    ports: dict[str, int]

    def root(self, service: str) -> str:
        """The address of the account in a service."""
        return f"http://127.0.0.1:{self.ports[service]}/{ACCOUNT}"

    def call(
        self,
        service: str,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one signed request.

        Args:
            service: Blob or Table.
            method: of the request.
            path: below the account, with its query.
            body: of the request.
            headers: beside those that signing adds.
        """
        target = f"/{ACCOUNT}{path}"
        fields = {"Content-Length": str(len(body)), **(headers or {})}
        fields |= signed(service, method, target, fields)
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[service], timeout=_ANSWER_S)
        try:
            connection.request(method, target, body, fields)
            response = connection.getresponse()
            got = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, got, response.read())
        finally:
            connection.close()


def signed(service: str, method: str, target: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The header fields that authorize a request: its date, version and signature.

    Source: Azure Storage REST: Authorize with Shared Key.
    """
    added = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSIONS[service]}
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    resource = f"/{ACCOUNT}{url.path}"
    content_type = headers.get("Content-Type", "")
    if service == "Table":
        resource += f"?comp={query['comp']}" if "comp" in query else ""
        lines = [method, "", content_type, added["x-ms-date"], resource]
    else:
        length = headers.get("Content-Length", "0")
        extensions = {name.lower(): value for name, value in (headers | added).items()}
        lines = [method, "", "", "" if length == "0" else length, "", content_type, *[""] * 6]
        lines += [f"{n}:{v}" for n, v in sorted(extensions.items()) if n.startswith("x-ms-")]
        lines.append(resource)
        lines += [f"{name}:{value}" for name, value in sorted(query.items())]
    digest = hmac.digest(base64.b64decode(KEY), "\n".join(lines).encode(), hashlib.sha256)
    added["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    return added


@contextmanager
def running_azurite(folder: Path) -> Iterator[Azurite]:
    """Start Azurite on free ports, in memory; skips where it is not installed.

    Args:
        folder: an empty one, for what it writes nevertheless.
    """
    script = node_module("azurite") / "dist" / "src" / "azurite.js"
    command = [node(), str(script), "--inMemoryPersistence", "--silent", "--disableTelemetry"]
    # Its clients may speak a version that is newer than it.
    command.append("--skipApiVersionCheck")
    for service in ("blob", "queue", "table"):
        command += [f"--{service}Port", "0"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read_lines, args=(process, lines))
    reader.start()
    try:
        yield Azurite(_ports(lines))
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()


def _read_lines(process: subprocess.Popen[str], lines: "queue.SimpleQueue[str | None]") -> None:
    """Hand on what a process prints, to its end, so that it never waits for a reader."""
    with process.stdout as output:
        for line in output:
            lines.put(line)
    lines.put(None)


def _ports(lines: "queue.SimpleQueue[str | None]") -> dict[str, int]:
    """The ports that Azurite tells of while it starts."""
    deadline = time.monotonic() + _START_S
    ports: dict[str, int] = {}
    printed = []
    while "Table" not in ports:  # the last of the three
        try:
            line = lines.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            line = None
        if line is None:
            pytest.fail(f"Azurite did not start within {_START_S} s: {''.join(printed)!r}")
        printed.append(line)
        if listening := _LISTENING.match(line):
            ports[listening[1]] = int(listening[2])
    return ports
