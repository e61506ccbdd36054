"""That what strict mode refuses does break the clause that its code names: seen in the input alone.

Each code has a few lines that look for its fault with a lenient eye: whatever looks like a
delimiter line is taken for one. They may see a fault where there is none, but do not miss one.
Which fault comes first, and its offset, are for other tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.differential.mutations import Case, boundaries_of

_LINE_END = re.compile(rb"\r?\n")
_BLANK_LINE = re.compile(rb"(?:\A|\r?\n)(?:\r?\n|\Z)")
_BLANK_LINES = re.compile(rb"\A(?:\r?\n)+")
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_FIELD_LINE = re.compile(_TOKEN + rb":[\t -~\x80-\xff]*")
_REQUEST_LINE = re.compile(_TOKEN + rb" [!-~]+( HTTP/\d\.\d)?")
_STATUS_LINE = re.compile(rb"HTTP/\d\.\d [1-9]\d\d( [\t -~\x80-\xff]*)?")
_VERSION = re.compile(rb"(?:\A| )HTTP/(\d\.\d)(?: |\Z)")
_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_VALUE = _TOKEN + rb"=(?:" + _TOKEN + rb"|" + _QUOTED + rb")"
_TYPE = rb"[ \t]*" + _TOKEN + rb"/" + _TOKEN
_MEDIA_TYPE = re.compile(_TYPE + rb"(?:[ \t]*;[ \t]*(?:" + _VALUE + rb")?)*[ \t]*")
_UNQUOTED = _VALUE + rb'|(?i:boundary)=[^";\s]+'
_LENIENT_MEDIA_TYPE = re.compile(_TYPE + rb"(?:[ \t]*;[ \t]*(?:" + _UNQUOTED + rb")?)*[ \t]*")
_PARAMETER = re.compile(rb';[ \t]*([^=;\s]+)=(?:"((?:[^"\\]|\\.)*)"|([^";\s]*))')
_VALID_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_INNER_BOUNDARY = re.compile(rb'(?i)multipart/mixed(?:[^\r\n]|\r?\n[ \t])*?boundary="?([^"\r\n;]+)')
_ONCE = (b"content-type", b"content-length", b"content-id", b"host", b"transfer-encoding")
_NO_CONTENT = re.compile(rb"1\d\d|204|304")


class Slice(NamedTuple):
    """What stands between two lines that look like delimiters.

    Attributes:
        boundary: of the first of them.
        head: the lines before the first blank line.
        content: all behind it; None where there is no blank line.
    """

    boundary: bytes
    head: list[bytes]
    content: bytes | None

    def values(self, name: bytes) -> list[bytes]:
        """Of the part's fields of that name."""
        return _values(self.head, name)

    @property
    def is_multipart(self) -> bool:
        """Whether it begins a changeset."""
        types = self.values(b"content-type")
        return bool(types) and types[0].lower().startswith(b"multipart/")

    @property
    def message(self) -> bytes:
        """The embedded message, without blank lines before it; empty in a multipart."""
        return b"" if self.is_multipart else _BLANK_LINES.sub(b"", self.content or b"")

    @property
    def message_head(self) -> list[bytes]:
        """The lines of the message's head, the start line first."""
        return [line for line in _LINE_END.split(_BLANK_LINE.split(self.message)[0]) if line]

    @property
    def body(self) -> bytes:
        """Of the message."""
        return b"".join(_BLANK_LINE.split(self.message, maxsplit=1)[1:])

    @property
    def heads(self) -> tuple[list[bytes], list[bytes]]:
        """The field lines of the part and of the message."""
        return self.head, self.message_head[1:]


def _values(lines: list[bytes], name: bytes) -> list[bytes]:
    """The values of all fields of that name, unfolded."""
    joined: list[bytes] = []
    for line in lines:
        if joined and line[:1] in (b" ", b"\t"):
            joined[-1] += line
        else:
            joined.append(line)
    pairs = [line.partition(b":") for line in joined]
    return [value.strip(b" \t") for key, _, value in pairs if key.lower() == name]


def _delimiter_lines(case: Case) -> list[re.Match[bytes]]:
    either = b"|".join(map(re.escape, sorted(boundaries_of(case), key=len, reverse=True)))
    line = rb"(?:\A|(?<=\n)|(?<=\xef\xbb\xbf))--(?P<boundary>" + either + rb")(?P<tail>[^\n]*?)"
    return list(re.finditer(line + rb"(?:\r?\n|\Z)", case.body))


def _slices(case: Case) -> Iterator[Slice]:
    lines = _delimiter_lines(case)
    ends = [*[match.start() for match in lines[1:]], None]
    for match, end in zip(lines, ends, strict=False):  # there may be no line at all
        if re.fullmatch(rb"---*[ \t]*", match["tail"]):
            continue  # an epilogue
        text = case.body[match.end() : end]
        if end is not None:
            text = text.removesuffix(b"\r\n")
        head, *rest = _BLANK_LINE.split(text, maxsplit=1)
        lines_in = [line for line in _LINE_END.split(head) if line]
        yield Slice(match["boundary"], lines_in, rest[0] if rest else None)


def _types(case: Case) -> list[bytes]:
    """The batch's Content-Type, then those of the parts."""
    return [case.content_type.encode("latin-1"), *_part_types(case)]


def _part_types(case: Case) -> list[bytes]:
    return [value for piece in _slices(case) for value in piece.values(b"content-type")]


def _name_of(content_type: bytes) -> bytes:
    return content_type.partition(b";")[0].strip(b" \t").lower()


def _boundaries_in(content_type: bytes) -> list[bytes]:
    return [
        re.sub(rb"\\(.)", rb"\1", quoted) or token
        for name, quoted, token in _PARAMETER.findall(content_type)
        if name.lower() == b"boundary"
    ]


def _boundary_counts(case: Case) -> set[int]:
    """How many boundary parameters the multiparts have."""
    multiparts = [it for it in _types(case) if _name_of(it) == b"multipart/mixed"]
    return {len(_boundaries_in(it)) for it in multiparts}


def _boundary_values(case: Case) -> list[bytes]:
    return [boundary for it in _types(case) for boundary in _boundaries_in(it)]


def _start_lines(case: Case) -> list[bytes]:
    """Of the messages; dashes where what looked like a delimiter line stood in the place of one."""
    leaves = [piece for piece in _slices(case) if not piece.is_multipart]
    return [piece.message_head[0] if piece.message_head else b"--" for piece in leaves]


def _matches(pattern: bytes, case: Case) -> bool:
    """Whether the body has it; ``{outer}`` stands for the delimiter of the batch."""
    outer = b"--" + re.escape(boundaries_of(case)[0])
    return re.search(pattern.replace(b"{outer}", outer), case.body) is not None


def _prefix_line(case: Case) -> bool:
    boundaries = boundaries_of(case)
    return any(
        not re.fullmatch(rb"(--+)?[ \t]*", match["tail"]) for match in _delimiter_lines(case)
    ) or any(one != other and one.startswith(other) for one in boundaries for other in boundaries)


def _missing_inner_close(case: Case) -> bool:
    """A changeset's close-delimiter does not come before the batch's next delimiter."""
    outer = re.compile(rb"(?m)^--" + re.escape(boundaries_of(case)[0]) + rb"(--)?[ \t]*(\r?\n|\Z)")
    for match in _INNER_BOUNDARY.finditer(case.body):
        boundary = re.escape(re.sub(rb"\\(.)", rb"\1", match[1]))
        close = re.compile(rb"(?<=\r\n)--" + boundary + rb"--+[ \t]*(\r?\n|\Z)")
        ends = [it.search(case.body, match.end()) for it in (close, outer)]
        if ends[0] is None or (ends[1] is not None and ends[1].start() < ends[0].start()):
            return True
    return False


def _length_mismatch(case: Case) -> bool:
    """A length differs; that of a changeset is taken to."""
    for piece in _slices(case):
        in_part = piece.values(b"content-length")
        in_message = _values(piece.message_head[1:], b"content-length")
        stated = [(value, len(piece.content or b"")) for value in in_part]
        stated += [(value, len(piece.body)) for value in in_message]
        differs = any(value.isdigit() and int(value) != length for value, length in stated)
        if differs or (in_part and piece.is_multipart):
            return True
    return False


def _invalid_field_line(case: Case) -> bool:
    for piece in _slices(case):
        cut = piece.message and not _BLANK_LINE.search(piece.message)
        if cut or piece.content is None or not piece.head:
            return True  # what looked like a delimiter line stood among the header lines
        for lines in piece.heads:
            for index, line in enumerate(lines):
                # A line of white space alone is no fold (RFC 5322 §3.2.2).
                folded = index > 0 and line[:1] in (b" ", b"\t") and line.strip(b" \t")
                if not _FIELD_LINE.fullmatch(b"x:" + line if folded else line):
                    return True
    return False


def _content_not_allowed(case: Case) -> bool:
    return any(
        _NO_CONTENT.match(piece.message_head[0].partition(b" ")[2])
        for piece in _slices(case)
        if piece.body
    )


WITNESSES: dict[str, Callable[[Case], bool]] = {
    # Framing.
    "bare_lf": lambda case: _matches(rb"(?<!\r)\n", case),
    "byte_order_mark": lambda case: _matches(rb"\xef\xbb\xbf--", case),
    "delimiter_prefix_line": _prefix_line,
    "extra_close_dashes": lambda case: _matches(rb"---", case),
    "missing_delimiter": lambda case: (
        not _matches(rb"(?:\A|\r\n){outer}(--)?[ \t]*(\r\n|\Z)", case)
    ),
    "missing_close_delimiter": lambda case: (
        not _matches(rb"(?:\A|\r\n){outer}--[ \t]*(\r\n|\Z)", case)
    ),
    "missing_inner_close": _missing_inner_close,
    "empty_part": lambda case: any(
        it.content is None or not (it.is_multipart or it.message) for it in _slices(case)
    ),
    "nested_too_deep": lambda case: any(
        it.is_multipart and it.boundary != boundaries_of(case)[0] for it in _slices(case)
    ),
    # Content-Types.
    "unexpected_content_type": lambda case: _name_of(_types(case)[0]) != b"multipart/mixed",
    "unexpected_part_type": lambda case: any(
        _name_of(it) not in (b"application/http", b"multipart/mixed") for it in _part_types(case)
    ),
    "missing_content_type": lambda case: any(
        not it.values(b"content-type") for it in _slices(case)
    ),
    "invalid_media_type": lambda case: any(
        not _LENIENT_MEDIA_TYPE.fullmatch(it) for it in _types(case)
    ),
    "unquoted_boundary": lambda case: any(not _MEDIA_TYPE.fullmatch(it) for it in _types(case)),
    "missing_boundary": lambda case: 0 in _boundary_counts(case),
    "repeated_boundary": lambda case: max(_boundary_counts(case)) > 1,
    "invalid_boundary": lambda case: any(
        not _VALID_BOUNDARY.fullmatch(it) for it in _boundary_values(case)
    ),
    # That of "b--" too, which reads like the close-delimiter of "b".
    "repeated_boundary_value": lambda case: any(
        boundaries_of(case)[0] in (it, it + b"--") for it in _boundary_values(case)[1:]
    ),
    # Part headers, and what stands there against the content.
    "content_transfer_encoding": lambda case: any(
        value.lower() not in (b"7bit", b"8bit", b"binary")
        for piece in _slices(case)
        for value in piece.values(b"content-transfer-encoding")
    ),
    "transfer_encoding": lambda case: any(
        _values(head, b"transfer-encoding") for piece in _slices(case) for head in piece.heads
    ),
    "content_id_conflict": lambda case: any(
        len({value for head in piece.heads for value in _values(head, b"content-id")}) > 1
        for piece in _slices(case)
    ),
    "content_length_mismatch": _length_mismatch,
    "invalid_content_length": lambda case: any(
        not re.fullmatch(rb"\d{1,18}", value)
        for piece in _slices(case)
        for head in piece.heads
        for value in _values(head, b"content-length")
    ),
    "repeated_field": lambda case: any(
        len(_values(head, name)) > 1
        for piece in _slices(case)
        for head in piece.heads
        for name in _ONCE
    ),
    "invalid_field_line": _invalid_field_line,
    # Embedded messages.
    "invalid_request_line": lambda case: (
        case.kind == "request" and not all(map(_REQUEST_LINE.fullmatch, _start_lines(case)))
    ),
    "invalid_status_line": lambda case: (
        case.kind == "response" and not all(map(_STATUS_LINE.fullmatch, _start_lines(case)))
    ),
    "missing_version": lambda case: (
        case.kind == "request" and not all(map(_VERSION.search, _start_lines(case)))
    ),
    "other_version": lambda case: any(
        version != b"1.1" for line in _start_lines(case) for version in _VERSION.findall(line)
    ),
    "missing_reason_space": lambda case: (
        case.kind == "response" and any(it.count(b" ") < 2 for it in _start_lines(case))
    ),
    "leading_blank_lines": lambda case: any(
        (it.content or b"").startswith((b"\r\n", b"\n")) for it in _slices(case)
    ),
    "http_folding": lambda case: any(
        line[:1] in (b" ", b"\t") for it in _slices(case) for line in it.message_head[1:]
    ),
    "missing_blank_line": lambda case: (
        any(it.message and not _BLANK_LINE.search(it.message) for it in _slices(case))
        or _matches(rb"(?<!\r)\n--", case)
    ),  # no delimiter after CRLF: the head goes on
    "content_not_allowed": _content_not_allowed,
}
"""By the codes of strict mode: all but those about the bounds of ``Limits``."""
