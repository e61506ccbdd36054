"""Field lines: the grammar of names and values, and ``Headers``, a sequence of them.

Grammar: RFC 9110 §5.1, §5.5, §5.6.2; a line with its end is RFC 9112 §5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, overload

import msgspec

from odatabatch.errors import DecodeError, EncodeError
from odatabatch.oddities import Oddity, Tolerance

# Fragments, for the patterns here and in the modules above. Possessive, so that nothing backtracks.
TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
FIELD_VALUE = rb"[\t -~\x80-\xff]*+"  # measured: faster than [^\r\n]*+, and it refuses controls
FIELD_LINE = TOKEN + rb":" + FIELD_VALUE + rb"\r\n"

_FIELD_LINES = re.compile(rb"(?:" + FIELD_LINE + rb")*+")
_FIELD = re.compile(rb"(" + TOKEN + rb"):(" + FIELD_VALUE + rb")")
_VALUE = re.compile(FIELD_VALUE)
_TOKEN = re.compile(TOKEN)

# A second one of these would change what the message means (RFC 9110 §5.3, RFC 9112 §3.2, §6.3).
ONCE = frozenset(("content-type", "content-length", "content-id", "host", "transfer-encoding"))
_ONCE = re.compile(b"^(" + "|".join(sorted(ONCE)).encode() + b"):", re.IGNORECASE | re.MULTILINE)

# OData 4.01 §11.7.7.1: authentication is the batch's own affair, and these mean nothing in a part.
FORBIDDEN = frozenset(
    ("authorization", "proxy-authorization", "expect", "from", "max-forwards", "range", "te")
)

# Those that hold ETags, or a reference to one.
CONDITIONS = frozenset(("if-match", "if-none-match"))

# A value as it is written: no white space at its ends, which a reader would strip (RFC 9112 §5.1).
_TEXT = re.compile(r"(?:[!-~\x80-\xff]++(?:[ \t]++[!-~\x80-\xff]++)*+)?+")
_NAME = re.compile(TOKEN.decode("ascii"))
# Of lines that were checked before.
_PAIRS = re.compile(r"([^:]++):[ \t]*+([^\r]*+)\r\n")
_AFTER_NAME = re.compile(r":[ \t]*+([^\r]*+)\r\n")


_KNOWN = 1024  # kinds of sections that are remembered: a stream may go on for ever
_SHOWN = 64  # names in a repr, and characters of each

_set = msgspec.structs.force_setattr  # a Headers fills itself in; nobody else writes to it


class Headers(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Header fields in wire order: an immutable sequence of ``(name, value)`` pairs.

    Names and values are ``str``, one character a byte (latin-1), spelled as on the wire but for
    the white space around a value and the line ends inside a folded one. ``get``, ``get_all`` and
    ``in`` compare names without case (RFC 9110 §5.1).

    Args:
        pairs: the fields. They are checked when they are written, not here.

    Raises:
        TypeError: an item is no pair of ``str``.
    """

    # A Struct for its cost (0.05 µs against 0.08 of a class with slots): a decoder makes two an
    # operation. One from the wire is split on access, since splitting costs as much as decoding.
    _pairs: Iterable[tuple[str, str]] = ()  # a tuple, once it is made; empty: not yet split
    _wire: bytes | None = None  # whole field lines with CRLF, unfolded, checked by a decoder
    _columns: tuple[tuple[str, ...], tuple[str, ...]] | None = None  # None: not yet split
    _index: dict[str, int] | None = None  # where each name, in lower case, stands first

    def __post_init__(self) -> None:
        if self._wire is None:
            try:
                pairs = tuple([(name, value) for name, value in self._pairs])
                names, values = zip(*pairs, strict=True) if pairs else ((), ())
                "".join(names + values)
            except (TypeError, ValueError):
                raise TypeError("headers are pairs of str") from None
            _set(self, "_pairs", pairs)
            _set(self, "_columns", (names, values))

    # Pairs and columns are split apart from each other: for one who asks for columns alone, as
    # decoding's next steps do, that takes two thirds of the time of transposing pairs.

    def items(self) -> tuple[tuple[str, str], ...]:
        """All fields as ``(name, value)``, in wire order."""
        if self._pairs or self._wire is None:
            return self._pairs  # type: ignore[return-value]
        return self._split_pairs()

    def _split_pairs(self) -> tuple[tuple[str, str], ...]:
        assert self._wire is not None  # else they were given
        text = self._wire.decode("latin-1")
        pairs = _PAIRS.findall(text)
        if " \r" in text or "\t\r" in text:
            pairs = [(name, value.rstrip(" \t")) for name, value in pairs]
        split = tuple(pairs)
        _set(self, "_pairs", split)
        return split

    @property
    def names(self) -> tuple[str, ...]:
        """The field names in wire order."""
        return (self._columns or self._split_columns())[0]

    @property
    def values(self) -> tuple[str, ...]:
        """The field values in wire order."""
        return (self._columns or self._split_columns())[1]

    @property
    def columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The field names and the field values, each in wire order."""
        return self._columns or self._split_columns()

    def _split_columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        assert self._wire is not None  # likewise
        text = self._wire.decode("latin-1")
        pieces = _AFTER_NAME.split(text)  # names and values in turn, and nothing at last
        values = pieces[1::2]
        if " \r" in text or "\t\r" in text:
            values = [value.rstrip(" \t") for value in values]
        _set(self, "_columns", columns := (tuple(pieces[:-1:2]), tuple(values)))
        return columns

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of the first field of that name, or the default."""
        index = self._index
        if index is None:
            names = [key.lower() for key in reversed(self.names)]
            index = {key: at for at, key in zip(range(len(names) - 1, -1, -1), names, strict=True)}
            _set(self, "_index", index)
        at = index.get(name.lower())
        return default if at is None else self.values[at]

    def get_all(self, name: str) -> tuple[str, ...]:
        """The values of all fields of that name, in wire order."""
        wanted = name.lower()
        return tuple(value for key, value in self.items() if key.lower() == wanted)

    def without(self, *names: str) -> Headers:
        """These fields but for those of the given names."""
        dropped = {name.lower() for name in names}
        return Headers(pair for pair in self.items() if pair[0].lower() not in dropped)

    def with_field(self, name: str, value: str) -> Headers:
        """These fields with one of that name set: in its place where it stands, else at the end."""
        wanted = name.lower()
        pairs: list[tuple[str, str]] = []
        written = False
        for pair in self.items():
            if pair[0].lower() != wanted:
                pairs.append(pair)
            elif not written:
                pairs.append((pair[0], value))
                written = True
        return Headers(pairs if written else [*pairs, (name, value)])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.items())

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[tuple[str, str], ...]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.items()[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self.items() == other.items()

    def __ne__(self, other: object) -> bool:  # msgspec's own compares identity
        return not self == other

    def __hash__(self) -> int:
        return hash(self.items())

    def __repr__(self) -> str:
        # Values may be secrets; names may be hostile.
        shown = [name if _NAME.fullmatch(name) else ascii(name) for name in self.names[:_SHOWN]]
        more = ["…"] if len(self) > _SHOWN else []
        return f"<Headers {', '.join([name[:_SHOWN] for name in shown] + more) or 'empty'}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("names", self.names[:_SHOWN])]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Headers, ((), self._wire) if self._wire is not None else (self.items(),))


NO_HEADERS = Headers()


def read_field_lines(
    section: bytes, offset: int, tolerance: Tolerance, *, folding: Oddity | None
) -> Headers:
    """The fields of a header section, without its blank line.

    Args:
        section: whole lines; the last may lack its line end.
        offset: bytes from the start of the input to the section, for errors.
        tolerance: judges bare LF, and folding where it is an oddity.
        folding: what a folded line is: None where it is legal (RFC 5322 §2.2.3).

    Raises:
        DecodeError: invalid_field_line, repeated_field, bare_lf, http_folding.
    """
    match = _FIELD_LINES.match(section)
    if match is not None and match.end() == len(section):
        lines = section
    else:
        lines = _unfolded(section, offset, tolerance, folding)
    _refuse_repeated(section, offset)
    return Headers((), lines)


def _unfolded(section: bytes, offset: int, tolerance: Tolerance, folding: Oddity | None) -> bytes:
    """The section's lines, each checked, with CRLF for each line end and folds undone."""
    pieces: list[bytes] = []  # of the lines; joined once, so that many folds cost no more
    start = 0
    while start < len(section):
        line_feed = section.find(b"\n", start)
        end = len(section) if line_feed < 0 else line_feed
        line = section[start:end]
        if line.endswith(b"\r") and line_feed >= 0:
            line = line[:-1]
        elif line_feed >= 0:
            tolerance.accept(Oddity.BARE_LF, offset + line_feed)
        if line[:1] in (b" ", b"\t") and pieces and line.strip(b" \t"):
            if folding is not None:
                tolerance.accept(folding, offset + start)
            _check_value(line, 0, offset + start)
            # RFC 5322 §2.2.3: only the line end goes, the white space stays.
            pieces.append(line)
        else:
            _check_field(line, offset + start)
            pieces += (b"\r\n", line) if pieces else (line,)
        start = end + 1
    return b"".join([*pieces, b"\r\n"]) if pieces else b""


def _check_field(line: bytes, offset: int) -> None:
    if _FIELD.fullmatch(line):
        return
    name = _TOKEN.match(line)
    if name is None or line[name.end() : name.end() + 1] != b":":
        at = name.end() if name else 0
        expected = "a colon after the field name" if name else "a field name"
        got = f"byte {line[at : at + 1]!r}" if at < len(line) else "the end of the line"
        raise DecodeError(
            "invalid_field_line",
            f"expected {expected}, got {got}",
            offset=offset + at,
            source="RFC 9112 §5",
        )
    _check_value(line, name.end() + 1, offset)


def _check_value(line: bytes, start: int, offset: int) -> None:
    value = _VALUE.match(line, start)
    end = value.end() if value else start
    if end < len(line):
        raise DecodeError(
            "invalid_field_line",
            f"expected a field value, got control byte {line[end : end + 1]!r}",
            offset=offset + end,
            source="RFC 9110 §5.5",
        )


def _refuse_repeated(section: bytes, offset: int) -> None:
    seen = set()
    for match in _ONCE.finditer(section):
        name = match[1].lower()
        if name in seen:
            raise DecodeError(
                "repeated_field",
                f"expected one {name.decode('ascii')} field, got another",
                offset=offset + match.start(),
                source="RFC 9110 §5.3",
            )
        seen.add(name)


class FieldNames:
    """What the names of a header section say, worked out once for all sections that have them.

    Attributes:
        index: for each name, in lower case, where it stands first.
        content_id: where the Content-ID stands, or None.
        count: how many they are.
        template: the canonical lines, to be filled with the values; None where a name is no token.
        repeated: whether a field stands twice that may stand only once.
        framing: whether a field tells the content's extent.
        content_length: where the Content-Length stands, or None.
        usual: whether nothing of all this needs a closer look, but for the Content-Length.
        forbidden: the names, in lower case, of fields that no operation may carry.
        conditions: where the fields stand that compare ETags (RFC 9110 §13.1.1, §13.1.2).
    """

    __slots__ = (
        "conditions",
        "content_id",
        "content_length",
        "count",
        "forbidden",
        "framing",
        "index",
        "repeated",
        "template",
        "usual",
    )

    def __init__(self, names: tuple[str, ...]) -> None:
        lower = [name.lower() for name in names]
        self.index: dict[str, int] = {}
        for at, name in enumerate(lower):
            self.index.setdefault(name, at)
        once = [name for name in lower if name in ONCE]
        self.repeated = len(once) > len(set(once))
        self.framing = "content-length" in self.index or "transfer-encoding" in self.index
        self.content_id = self.index.get("content-id")
        self.forbidden = tuple(name for name in self.index if name in FORBIDDEN)
        self.conditions = tuple(at for at, name in enumerate(lower) if name in CONDITIONS)
        self.template: str | None = None
        if all(_NAME.fullmatch(name) for name in names):
            self.template = "".join([name.replace("%", "%%") + ": %s\r\n" for name in names])
        self.content_length = self.index.get("content-length")
        coded = "transfer-encoding" in self.index
        self.usual = self.template is not None and not self.repeated and not coded
        self.count = len(names)

    def get(self, headers: Headers, name: str) -> str | None:
        """The value of the first field of that name (in lower case), or None."""
        at = self.index.get(name)
        return None if at is None else headers.values[at]


class KnownNames(dict[tuple[str, ...], FieldNames]):
    """``FieldNames`` by the names: the operations of a batch mostly have the same ones."""

    def __missing__(self, names: tuple[str, ...]) -> FieldNames:
        if len(self) >= _KNOWN:
            self.clear()
        known = self[names] = FieldNames(names)
        return known


def field_lines(headers: Headers, known: FieldNames) -> str:
    """The fields as canonical lines, ``Name: value`` and CRLF each.

    Args:
        headers: the fields.
        known: what their names say.

    Raises:
        EncodeError: invalid_field: a name or a value that would not be read back as it is;
            repeated_field: a second one of the fields that may stand only once.
    """
    template, values = known.template, headers.values
    lines = "" if template is None else template % values
    text = "".join(values)
    # The first test passes nearly always, and for a third of the cost of the second.
    plain = text.isascii() and text.isprintable() and ":  " not in lines and " \r\n" not in lines
    if template is None or not (plain or all(map(_TEXT.fullmatch, values))):
        raise EncodeError(
            "invalid_field",
            f"expected field names and values that can be read back, got {headers!r}",
            source="RFC 9110 §5.1, §5.5",
        )
    if known.repeated:
        raise EncodeError(
            "repeated_field",
            f"expected each framing field once, got {headers!r}",
            source="RFC 9110 §5.3",
        )
    return lines
