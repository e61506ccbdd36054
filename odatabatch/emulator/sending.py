"""Answers, and how they are sent: in which pieces, how slowly, how far, or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from odatabatch.azure.answers import present, wanted_request_id
from odatabatch.azure.statuses import REASONS
from odatabatch.emulator.refusals import Identity
from odatabatch.emulator.replies import Reply
from odatabatch.emulator.store import http_of, ticks_of
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse, summary

_OTHER_REASONS = {
    200: "OK",
    202: "Accepted",
    204: "No Content",
    304: "Not Modified",
    429: "Too Many Requests",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent for a request.

    Attributes:
        response: the answer, whole; of a hang, and of a connection that is closed before the head,
            it is not sent.
        chunks: those pieces of its body that go out.
        hold_s: seconds before anything else.
        pause_s: seconds before each chunk.
        head: whether the head goes out.
        cut: whether the connection is closed where the chunks end, so that a client can see that
            the answer is not whole.
    """

    response: HttpResponse
    chunks: tuple[bytes, ...]
    hold_s: float = 0.0
    pause_s: float = 0.0
    head: bool = True
    cut: bool = False

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # Bodies may hold secrets: their lengths do not.
        return [
            ("response", self.response),
            ("chunks", len(self.chunks)),
            ("chunks_bytes", sum(map(len, self.chunks))),
            ("hold_s", self.hold_s),
            ("pause_s", self.pause_s),
            ("head", self.head),
            ("cut", self.cut),
        ]

    def __repr__(self) -> str:
        return summary(self)


def finished(reply: Reply, request: HttpRequest, identity: Identity, now: datetime) -> Answer:
    """The answer, with the fields that every answer has."""
    fields = present(
        [
            *reply.fields,
            ("request-id", identity.request_id),
            ("client-request-id", wanted_request_id(request.headers)),
            ("DataServiceVersion", "3.0"),
            ("Server", "odatabatch"),
            ("Date", http_of(ticks_of(now))),
        ]
    )
    reason = REASONS.get(reply.status) or _OTHER_REASONS.get(reply.status, "")
    return whole(reply.status, reason, fields, reply.chunks, reply.streamed)


def held(response: HttpResponse, seconds: float) -> Answer:
    """No answer: the connection is held, then closed."""
    return Answer(response=response, chunks=(), hold_s=seconds, head=False, cut=True)


def cut_short(answer: Answer, body_bytes: int | None) -> Answer:
    """The answer up to so many bytes of its body; with None nothing of it."""
    if body_bytes is None:
        return msgspec.structs.replace(answer, chunks=(), head=False, cut=True)
    kept, left = [], body_bytes
    for chunk in answer.chunks:
        kept.append(chunk[:left])
        left -= len(kept[-1])
    return msgspec.structs.replace(answer, chunks=tuple(filter(None, kept)), cut=True)


def slowed(answer: Answer, chunk_bytes: int, pause_s: float) -> Answer:
    """The answer in pieces of that size, with a pause before each."""
    body = b"".join(answer.chunks)
    chunks = tuple(body[at : at + chunk_bytes] for at in range(0, len(body), chunk_bytes))
    return msgspec.structs.replace(answer, chunks=chunks, pause_s=pause_s)


def whole(
    status: int, reason: str, headers: Headers, chunks: tuple[bytes, ...], streamed: bool
) -> Answer:
    """The answer as it is: a streamed one piece by piece, without a Content-Length."""
    body = b"".join(chunks)
    fields = headers.items()
    if not streamed and status not in (204, 304):  # which have no content (RFC 9110 §8.6)
        fields = (*fields, ("Content-Length", str(len(body))))
        chunks = (body,) if body else ()
    response = HttpResponse(status, reason, Headers(fields), body)
    return Answer(response=response, chunks=chunks)
