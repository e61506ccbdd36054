"""The emulator as an ASGI application, without a server."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from odatabatch.azure.versions import LAST_BATCH
from odatabatch.emulator import Emulator
from odatabatch.emulator.asgi import CLOSE, MAX_READ_BYTES, AnswerCut, utc_now
from tests.emulator.scenes import NOW, service

GONE = {"type": "http.disconnect"}


def scope(target: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    """The scope of a request."""
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1:80")],
        **more,
    }


def sent(
    app: Emulator, asked: dict[str, Any], messages: Iterable[Any] = ({"type": "http.request"},)
) -> list[Any]:
    """What the application sends, after those messages have come; then the client waits."""
    found: list[Any] = []
    coming = iter(messages)

    async def receive() -> Any:
        message = next(coming, None)
        return message if message is not None else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        found.append(message)

    asyncio.run(app(asked, receive, send))
    return found


def app(*faults: dict[str, Any]) -> Emulator:
    """The application, at one time."""
    return Emulator(service(*faults), lambda: NOW)


TASKS = "/jobs/job/tasks?api-version=2025-06-01"


class TestHttp:
    """One request."""

    def test_answer(self) -> None:
        """A head, a message a chunk, and the end; the links have the scheme and the Host."""
        head, *body = sent(app(), scope(TASKS))
        assert (head["type"], head["status"]) == ("http.response.start", 200)
        assert all(name == name.lower() for name, _ in head["headers"])
        assert [message["more_body"] for message in body] == [True, True, False]
        text = b"".join(message["body"] for message in body)
        assert json.loads(text)["odata.metadata"] == "http://127.0.0.1/$metadata#tasks"

    def test_without_query_and_host(self) -> None:
        """A target as it is."""
        head, body, _ = sent(app(), scope("/jobs", headers=[]))
        assert head["status"] == 400
        assert json.loads(body["body"])["code"] == "MissingRequiredQueryParameter"

    def test_without_raw_path(self) -> None:
        """A server need give neither the path as it was sent nor the scheme: ids stay whole."""
        emulator = app()
        for job in ("a?b#c%2F", "é"):
            emulator.service.add_job(job, NOW)
            asked = scope(TASKS, path=f"/jobs/{job}/tasks")
            del asked["raw_path"], asked["scheme"]
            head, *_ = sent(emulator, asked)
            assert head["status"] == 200
        asked = scope(f"?api-version={LAST_BATCH}", "POST", path="/$batch", raw_path=None)
        _, body, _ = sent(emulator, asked)
        assert json.loads(body["body"])["code"] == "InvalidRequestBody"

    def test_body(self) -> None:
        """In pieces."""
        pieces = (b'{"id":"t",', b'"commandLine":"c"}')
        messages = [{"type": "http.request", "body": it, "more_body": True} for it in pieces]
        head, *_ = sent(app(), scope(TASKS, "POST"), [*messages, {"type": "http.request"}])
        assert head["status"] == 201

    def test_long_body(self) -> None:
        """Of a body that is too long no more is kept than shows that."""
        pieces = [b"x" * (1 << 20)] * 20
        messages = [{"type": "http.request", "body": it, "more_body": True} for it in pieces]
        messages.append({"type": "http.request"})
        target = f"/$batch?api-version={LAST_BATCH}"
        head, body, _ = sent(app(), scope(target, "POST"), messages)
        assert head["status"] == 413
        assert str(MAX_READ_BYTES - 1).encode() in body["body"]

    def test_gone(self) -> None:
        """Nothing is done for a client that went while it was sending."""
        emulator = app()
        piece = {"type": "http.request", "body": b"{", "more_body": True}
        assert sent(emulator, scope(TASKS, "POST"), [piece, GONE]) == []
        assert not emulator.service.tasks("job")

    def test_clock(self) -> None:
        """Without another, the time of day."""
        assert utc_now().utcoffset() is not None
        head, *_ = sent(Emulator(service()), scope(TASKS))
        assert b"date" in dict(head["headers"])


class TestEndings:
    """What ASGI has no words for."""

    def test_close(self) -> None:
        """The server's extension closes the connection; what is sent before is not the end."""
        closed: list[bool] = []
        extensions = {CLOSE: lambda: closed.append(True)}
        emulator = app({"do": "cut", "body_bytes": 4})
        found = sent(emulator, scope(TASKS, extensions=extensions))
        assert [message.get("body") for message in found] == [None, b'{"od']
        assert found[-1]["more_body"]
        assert closed == [True]

    def test_cannot_close(self) -> None:
        """Another server is told by an error."""
        with pytest.raises(AnswerCut):
            sent(app({"do": "cut"}), scope(TASKS))

    def test_hold(self) -> None:
        """It ends after its time, when the client goes, or when the emulator is stopped."""
        for seconds, messages, stopped in ((0.01, [], False), (60, [GONE], False), (60, [], True)):
            closed: list[bool] = []
            emulator = app({"do": "hang", "seconds": seconds})
            if stopped:
                emulator.stop()
            extensions = {CLOSE: lambda closed=closed: closed.append(True)}
            came = [{"type": "http.request"}, *messages]
            assert sent(emulator, scope(TASKS, extensions=extensions), came) == []
            assert closed == [True]

    def test_pause(self) -> None:
        """Before each piece; all the same all are sent."""
        emulator = app({"do": "slow", "chunk_bytes": 50, "pause_s": 0.001})
        *body, end = sent(emulator, scope(TASKS))[1:]
        assert {len(message["body"]) for message in body[:-1]} == {50}
        assert not end["more_body"]


def test_small_pieces() -> None:
    """A body costs what it is long, in however small or empty pieces it comes."""

    def pieces() -> Iterator[Any]:
        for _ in range(1 << 17):
            yield {"type": "http.request", "body": b"  ", "more_body": True}
            yield {"type": "http.request", "body": b"", "more_body": True}
        yield {"type": "http.request"}

    asked, whole = scope("/jobs?api-version=2025-06-01", "POST"), app()
    sent(whole, asked)  # what is made at first use
    tracemalloc.start()
    try:
        answer = sent(whole, asked, pieces())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer[0]["status"] == 400
    assert most < 3 * (1 << 18)  # the body as it comes, and as it is handed on


def test_lifespan() -> None:
    """Both events are answered."""
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    found = sent(app(), {"type": "lifespan"}, events)
    assert [it["type"] for it in found] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_other_scope() -> None:
    """Nothing else is served."""
    with pytest.raises(ValueError, match="scope"):
        sent(app(), {"type": "websocket"})
