"""The cells of a row that ``show`` draws: what there is to say of one operation, and of its answer.

All text of the input becomes printable here. Values of headers, queries and bodies have no cell.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from odatabatch.cli.findings import Asked, Message
from odatabatch.cli.streams import cut
from odatabatch.correlation import OutcomeKind
from odatabatch.http_message import HttpRequest, HttpResponse, target_path

# Characters that are shown: columns as wide as hostile input likes are slow to draw, and no help.
MAX_WORDS = 40  # of a reason phrase, a Content-ID
MAX_TEXT = 2000  # of a path, or a note
_MAX_DUPLICATES = 3  # answers to one operation


class Span(NamedTuple):
    """Text in the style of its meaning.

    Attributes:
        text: no character of it does anything to a terminal.
        style: ``title``, ``aside``, ``good``, ``bad``, ``open``, ``fault``, ``oddity``,
            ``reference``, or empty.
    """

    text: str
    style: str = ""


Line = tuple[Span, ...]


class Cells(NamedTuple):
    """The cells of a row; those without content are empty.

    Attributes:
        part: the path.
        content_id: the Content-ID.
        operation: method and path.
        operation_bytes: the length of its body.
        answer: what became of it.
        answer_bytes: the length of the answer's body.
    """

    part: Line = ()
    content_id: Line = ()
    operation: Line = ()
    operation_bytes: Line = ()
    answer: Line = ()
    answer_bytes: Line = ()


HEADS = Cells(
    *((Span(head, "aside"),) for head in ("part", "ID", "operation", "bytes", "answer", "bytes"))
)
"""What stands above the cells."""


def operation(whole: Any) -> Line:
    """Method and path."""
    if isinstance(whole, HttpRequest):
        return (Span(cut(f"{whole.method} {target_path(whole.target)}", MAX_TEXT)),)
    return (Span("bare body"),)


def byte_count(leaf: Any) -> Line:
    """The length of a body."""
    return (Span(str(len(leaf.body)), "aside"),)


def content_id(leaf: Any) -> Line:
    """The Content-ID, in quotes where it could be taken for none or for several cells."""
    value = leaf.content_id
    if value is None:
        return ()
    text = cut(value, MAX_WORDS)
    return (Span(f'"{text}"' if " " in text or not text else text),)


def judged(status: int) -> tuple[str, str, str]:
    """The sign of a status, its style, and the word where there is no reason phrase."""
    if 200 <= status < 300:
        return "✓", "good", "ok"
    if status >= 400:
        return "✗", "bad", "failed"
    return "–", "open", "answered"


def reason(leaf: HttpResponse) -> str:
    """The status and its reason phrase, or what we say of it where that is missing."""
    return f"{leaf.status} {cut(leaf.reason or judged(leaf.status)[2], MAX_WORDS)}"


def answer(leaf: HttpResponse) -> Line:
    """An answer that tells by its status what became of something."""
    sign, style, _ = judged(leaf.status)
    return (Span(f"{sign} {reason(leaf)}", style),)


def outer_answer(message: Message) -> Line:
    """The response that carried the answers; its success says nothing of the operations."""
    whole = message.whole
    if not isinstance(whole, HttpResponse):
        return (Span("bare body"),)
    if message.batch is not None and whole.status < 400:
        return (Span(reason(whole)),)
    return answer(whole)


def outcome(asked: Asked) -> Line:
    """What became of an operation."""
    match asked.outcome:
        case None:
            return ()
        case OutcomeKind.MISSING:
            return (Span("? missing", "open"),)
        case OutcomeKind.DUPLICATED:
            shown = [reason(it.leaf) for it in asked.answers[:_MAX_DUPLICATES]]
            more = len(asked.answers) - len(shown)
            words = ", ".join(shown) + (f" and {more} more" if more else "")
            return (Span(f"! duplicated: {words}", "open"),)
        case OutcomeKind.CHANGESET_FAILED:
            return changeset_failed(asked, f": {reason(asked.answers[0].leaf)}")
    return (*answer(asked.answers[0].leaf), *_by_order(asked))


def changeset_failed(asked: Asked, why: str = "") -> Line:
    """What became of an operation whose changeset failed."""
    return (Span(f"✗ changeset failed{why}", "bad"), *_by_order(asked))


def _by_order(asked: Asked) -> Line:
    return (Span(" (by order)", "aside"),) if asked.by_order else ()
