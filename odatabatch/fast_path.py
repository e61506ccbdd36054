"""The decoder's fast path: whole parts that hold nothing unusual, read at one stroke.

It is composed of the fragments of the careful path, accepts only what that accepts, and raises
nothing: what it does not take, the careful path reads again and judges. It exists for its speed
alone: 2.3 µs an operation of Azure Batch's shape, against some 60 of the careful path.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from odatabatch.headers import FIELD_VALUE, NO_HEADERS, TOKEN, Headers
from odatabatch.http_head import METHOD, REASON, STATUS, TARGET, VERSION, forbids_content
from odatabatch.limits import Limits
from odatabatch.model import (
    Changeset,
    ChangesetEnd,
    ChangesetResponse,
    ChangesetStart,
    Operation,
    OperationResponse,
)

CHANGESET_END = ChangesetEnd()
_ENOUGH_BYTES = 16 << 10

_CHANGESET = re.compile(
    rb"(Content-Type: ?multipart/mixed; ?boundary=([0-9A-Za-z'+_\-.]{1,70}+)\r\n)\r\n--\2\r\n"
)

# A field that may stand once fails the pattern when it stands again: (?(2)(?!)) is "not if group 2
# has matched". Any other spelling of such a name is left to the careful path, and so is a line
# that begins with two dashes, which may be a delimiter.
_PART_HEADERS = (
    rb"((?:[Cc]ontent-(?:"
    rb"[Tt]ype: ?(?(2)(?!))application/http(?:; ?msgtype=(?:request|response))?+()"
    rb"|[Tt]ransfer-[Ee]ncoding: ?(?(3)(?!))(?:binary|8bit|7bit)()"
    rb"|I[Dd]:(?(4)(?!))" + FIELD_VALUE + rb"()"
    rb")\r\n)++)\r\n(?(2)|(?!))"
)
# The first character tells most names from those that need a look: an eighth of the time less than
# trying every alternative at each.
_REST = TOKEN.removesuffix(b"++") + b"*+"
_NAMES = b"|".join(
    (
        rb"[!#$%&'*+.^_`|~0-9ABD-GI-SU-Zabd-gi-su-z]" + _REST,
        rb"[Cc](?:ontent-(?:[Tt]ype(?(2)(?!))()|I[Dd](?(3)(?!))()"
        rb"|[Ll]ength(?(4)(?!))(?=: ?([0-9]{1,18}+)\r)|[Ee]ncoding|[Ll]anguage|[Ll]ocation)"
        rb"|(?![Oo][Nn][Tt][Ee][Nn][Tt]-)" + _REST + rb")",
        rb"[Hh](?:ost(?(5)(?!))()|(?![Oo][Ss][Tt]:)" + _REST + rb")",
        rb"[Tt](?![Rr][Aa][Nn][Ss][Ff][Ee][Rr]-)" + _REST,
        rb"-(?!-)" + _REST,
    )
)
_FIELDS = re.compile(rb"((?:(?:" + _NAMES + rb"):" + FIELD_VALUE + rb"\r\n)*+)\r\n")


class Usual(NamedTuple):
    """What is usual in a request, or in an answer."""

    opening: re.Pattern[bytes]  # a part's headers, and the start line of its message
    leaf_type: Callable[..., Any]
    changeset_type: Callable[..., Any]
    read_first: Callable[[bytes], Any]  # of the start line: the method, or the status
    bodyless: frozenset[bytes]  # firsts that go without content


USUAL_REQUEST = Usual(
    re.compile(_PART_HEADERS + rb"(?!--)(" + METHOD + rb") (" + TARGET + rb") HTTP/1\.1\r\n"),
    Operation,
    Changeset,
    bytes.decode,
    frozenset(),
)
USUAL_RESPONSE = Usual(
    re.compile(_PART_HEADERS + rb"HTTP/1\.1 (" + STATUS + rb") (" + REASON + rb")\r\n"),
    OperationResponse,
    ChangesetResponse,
    int,
    frozenset(b"%d" % status for status in range(100, 1000) if forbids_content(status)),
)


class Cursor(NamedTuple):
    """Where reading stands; indexes into the buffer."""

    at: int  # of the next part, or of the epilogue
    inner: bytes | None  # the boundary of the changeset that is open
    part_index: int  # of the last part in the batch
    inner_index: int  # of the last operation in its changeset
    parts: int  # that have begun
    closed: str = ""  # "batch" or "changeset": that has ended last, and its epilogue follows


def read_usual_parts(
    usual: Usual,
    buffer: bytes,
    cursor: Cursor,
    outer: bytes,
    limits: Limits,
    emit: Callable[[Any], None],
    spans: list[int] | None,
) -> Cursor:
    """Read the parts that come next as long as they are usual and have wholly arrived.

    A changeset that opens is read together with its first operation, or not at all.

    Args:
        usual: of requests, or of answers.
        buffer: all that has arrived; delimiters are found after CRLF.
        cursor: where a part begins.
        outer: the batch's boundary.
        limits: bounds; what may pass one is left to the careful path.
        emit: takes the events; where spans are kept also whole changesets.
        spans: takes where each leaf's part begins and ends.

    Returns:
        Where reading stands now; the same cursor where nothing was read.
    """
    at, inner, index, inner_index, parts, closed = cursor
    # Below this no bound on lines and sections can be passed: "a:" and CRLF is the least field.
    usual_bytes = min(
        limits.max_start_line_bytes,
        limits.max_header_line_bytes,
        limits.max_header_bytes,
        limits.max_headers * len(b"a:\r\n"),
        limits.max_part_bytes,
    )
    if len(outer) + len(b"----\r\n") > usual_bytes:
        return cursor
    if inner is not None and inner.startswith(outer):
        return cursor  # tolerated: a line may be the delimiter of either
    # A stream's events are handed out before there are many; see the memory that it may take.
    enough = len(buffer) if spans is not None else at + _ENOUGH_BYTES
    # A changeset begins with an operation, so that two parts begin at once.
    most_parts, last_inner = limits.max_parts - 2, limits.max_changeset_operations - 2
    changeset_tail = b"--\r\n--" + outer + b"\r\n"
    batch_end = b"--" + outer + b"--\r\n"
    # What costs a look at each part is looked up once.
    starts, find = buffer.startswith, buffer.find
    match_changeset, match_fields = _CHANGESET.match, _FIELDS.match
    leaf_type, changeset_type = usual.leaf_type, usual.changeset_type
    # What the last parts began with, of two kinds, since answers alternate between success and
    # failure; most parts begin alike, and comparing costs a tenth of reading.
    opening: bytes | None = None
    known: tuple[Any, ...] | None = None
    other: tuple[Any, ...] | None = None
    opening_bytes = 0
    first: Any = None
    second = ""
    part_headers, has_part_id, bodyless = NO_HEADERS, False, False

    while at < enough and parts <= most_parts and inner_index <= last_inner and not closed:
        part_at, boundary = at, inner
        head_end = at + usual_bytes  # nothing beyond is matched: it would be copied to be refused
        opened = match_changeset(buffer, at) if inner is None else None
        if opened is not None:
            part_at, (section, boundary) = opened.end(), opened.group(1, 2)
            if boundary.startswith(outer) or outer == boundary + b"--":
                break
        if opening is None or not starts(opening, part_at):
            known, other = other, known
            if known is None or not starts(known[0], part_at):
                part = usual.opening.match(buffer, part_at, head_end)
                if part is None:
                    break
                block, part_id, start, rest = part.group(1, 4, 5, 6)
                known = (
                    part[0],
                    len(part[0]),
                    usual.read_first(start),
                    rest.decode("latin-1"),
                    Headers((), block),
                    part_id is not None,
                    start in usual.bodyless,
                )
            opening, opening_bytes, first, second, part_headers, has_part_id, bodyless = known
        head = match_fields(buffer, part_at + opening_bytes, head_end)
        if head is None:
            break
        fields, message_id, length = head.group(1, 3, 4)
        body_at = head.end()
        # The blank line of the head may be the line end of the delimiter, as on Azure Batch's page.
        end = find(b"\r\n--", body_at - 2)
        if end < 0 or (end > head_end and end - part_at > limits.max_part_bytes):
            break
        body = buffer[body_at:end]
        if (
            (length is not None and int(length) != len(body))
            or (has_part_id and message_id is not None)
            or (bodyless and body)
        ):
            break

        # Which delimiter it is that comes behind the body; in a changeset most often its last,
        # and the batch's next, which are told in one comparison.
        delimiter = b"\r\n--" + (boundary or outer)
        if boundary is not None and starts(both := delimiter + changeset_tail, end):
            behind, ends_changeset = end + len(both), True
        elif starts(delimiter + b"\r\n", end):
            behind, ends_changeset = end + len(delimiter) + 2, False
        elif starts(delimiter + b"--\r\n", end):
            behind, ends_changeset = end + len(delimiter) + 4, boundary is not None
            closed = "changeset" if ends_changeset else "batch"
            if ends_changeset and starts(batch_end, behind):
                behind, closed = behind + len(batch_end), "batch"
        else:
            break

        # All of it is sound: let it count.
        leaf = leaf_type(first, second, Headers((), fields), body, VERSION, part_headers)
        parts += 1
        if opened is not None:
            parts += 1
            index += 1
            if ends_changeset and spans is not None:
                emit(changeset_type((leaf,), Headers((), section)))
            else:
                emit(ChangesetStart(Headers((), section)))
                emit(leaf)
                if ends_changeset:
                    emit(CHANGESET_END)
        else:
            emit(leaf)
            if boundary is None:
                index += 1
            elif ends_changeset:
                emit(CHANGESET_END)
        if spans is not None:
            spans += (part_at, end)
        at = behind
        if ends_changeset:
            inner, inner_index = None, -1
        elif boundary is not None:
            inner = boundary
            inner_index += 1
    return Cursor(at, inner, index, inner_index, parts, closed)
