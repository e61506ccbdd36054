"""What a call comes to, before it is known how it is sent."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from odatabatch.azure.content import ANSWER_CONTENT_TYPE
from odatabatch.emulator.refusals import Identity, Refusal
from odatabatch.emulator.store import e_tag_of, http_of

Fields = tuple[tuple[str, str], ...]


class Reply(NamedTuple):
    """One answer, but for the fields that every answer has.

    Attributes:
        status: of HTTP.
        fields: its own header fields.
        chunks: the body, in the pieces in which it may go out.
        streamed: whether it goes out piece by piece, its length not told before.
    """

    status: int
    fields: Fields = ()
    chunks: tuple[bytes, ...] = ()
    streamed: bool = False


def refused(refusal: Refusal, identity: Identity) -> Reply:
    """The answer that is an error."""
    return Reply(
        refusal.status, (("Content-Type", ANSWER_CONTENT_TYPE),), (identity.error(refusal),)
    )


def changed(status: int, url: str, tick: int, *, located: bool = False) -> Reply:
    """The answer to a change: its tick, and the URL of what was changed."""
    fields = (
        ("DataServiceId", url),
        ("Last-Modified", http_of(tick)),
        ("ETag", e_tag_of(tick)),
    )
    return Reply(status, (*fields, ("Location", url)) if located else fields)


def shown(metadata: str, view: dict[str, Any], url: str, tick: int) -> Reply:
    """The answer that shows a task or a job: its members, its URL, the tick of its last change."""
    fields = (("Content-Type", ANSWER_CONTENT_TYPE), *changed(200, url, tick).fields)
    return Reply(200, fields, (msgspec.json.encode({"odata.metadata": metadata, **view}),))


def unchanged(tick: int) -> Reply:
    """A 304: no content, and the ETag that a 200 would have (RFC 9110 §15.4.5)."""
    return Reply(304, (("ETag", e_tag_of(tick)),))
