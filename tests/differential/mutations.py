"""Inputs: the fixtures, the shared vectors, and what framing mutations make of them.

A mutation changes one place. Which place is a function of the names alone, so that an input can be
made again from its name, ``fixture~mutation.place``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from tests import corpus
from tests.test_conformance import VECTORS, vectors


class Case(NamedTuple):
    """One input.

    Attributes:
        name: of the fixture, and of the mutation with its place.
        kind: ``request`` or ``response``.
        content_type: the batch's.
        body: the multipart body.
    """

    name: str
    kind: str
    content_type: str
    body: bytes


Change = bytes | Callable[[re.Match[bytes]], bytes]


class Edit(NamedTuple):
    """A mutation: one match of a pattern is replaced.

    Attributes:
        name: in the names of inputs.
        pattern: of the places; ``{any}`` stands for the dashes and the boundary of any delimiter,
            as a group.
        change: what to put there, as ``re.sub`` takes it; ``{outer}`` stands for the dashes and
            the boundary of the batch, ``{last}`` for those of its last changeset.
    """

    name: str
    pattern: bytes
    change: Change


def _number(step: int) -> Change:
    return lambda match: match[1] + b"%d" % max(int(match[2]) + step, 0)


def _swapcase(match: re.Match[bytes]) -> bytes:
    return match[0].swapcase()


_EDITS = (
    # Line ends.
    Edit("lf", rb"\r\n", rb"\n"),
    Edit("lf-after-delimiter", rb"{any}((?:--)?[ \t]*)\r\n", rb"\1\2\n"),
    Edit("lf-before-delimiter", rb"\r\n{any}", rb"\n\1"),
    Edit("cr", rb"\r\n", rb"\r"),
    Edit("cr-before-delimiter", rb"\r\n{any}", rb"\r\1"),
    Edit("cr-after-delimiter", rb"{any}((?:--)?[ \t]*)\r\n", rb"\1\2\r"),
    Edit("crcrlf", rb"\r\n", rb"\r\r\n"),
    Edit("crlf", rb"(?<!\r)\n", rb"\r\n"),
    Edit("line-end-removed", rb"\r?\n", rb""),
    Edit("line-end-doubled", rb"(\r?\n)", rb"\1\1"),
    Edit("blank-line-removed", rb"(\r?\n)\1", rb"\1"),
    Edit("blank-line-doubled", rb"(\r?\n)\1", rb"\1\1\1"),
    Edit("blank-line-padded", rb"(\r?\n)\1", rb"\1 \1"),
    Edit("blank-line-after-delimiter", rb"{any}((?:--)?)(\r?\n)", rb"\1\2\3\3"),
    Edit("blank-line-before-delimiter", rb"(\r?\n)(?={any})", rb"\1\1"),
    Edit("line-end-before-delimiter-removed", rb"\r?\n{any}", rb"\1"),
    # Delimiters.
    Edit("delimiter-extended", rb"{any}(?=-{0,2}[ \t]*(?:\r?\n|\Z))", rb"\g<1>2"),
    Edit("delimiter-extended-by-dash", rb"{any}(?=-{0,2}[ \t]*(?:\r?\n|\Z))", rb"\1-"),
    Edit("delimiter-cut", rb"{any}", lambda match: match[1][:-1]),
    Edit("delimiter-without-dash", rb"{any}", lambda match: match[1][1:]),
    Edit("delimiter-with-three-dashes", rb"{any}", rb"-\1"),
    Edit("delimiter-case", rb"{any}", _swapcase),
    Edit("delimiter-changed", rb"{any}", lambda match: match[1][:-1] + b"~"),
    Edit("delimiter-doubled", rb"{any}((?:--)?[ \t]*\r?\n)", rb"\1\2\1\2"),
    Edit("delimiter-removed", rb"{any}(?:--)?[ \t]*\r?\n", rb""),
    Edit("delimiter-closed", rb"{any}(?=[ \t]*\r?\n)", rb"\1--"),
    Edit("delimiter-opened", rb"{any}--", rb"\1"),
    Edit("delimiter-one-dash", rb"{any}--", rb"\1-"),
    Edit("delimiter-extra-dash", rb"{any}--", rb"\1---"),
    Edit("delimiter-space-dashes", rb"{any}--", rb"\1 --"),
    Edit("delimiter-padded", rb"({any}(?:--)?)(?=\r?\n|\Z)", rb"\1 "),
    Edit("delimiter-padded-tabs", rb"({any}(?:--)?)(?=\r?\n|\Z)", b"\\1 \t\t "),
    Edit("delimiter-padded-other", rb"({any}(?:--)?)(?=\r?\n|\Z)", b"\\1\x0b"),
    Edit("delimiter-trailed", rb"({any}(?:--)?)(?=\r?\n|\Z)", rb"\1 x"),
    Edit("delimiter-indented", rb"{any}", rb" \1"),
    Edit("delimiter-after-text", rb"{any}", rb"x\1"),
    Edit("delimiter-in-line", rb"(?<=[a-z{\[ ])(?=[a-z}\]\"])", rb"{outer}"),
    Edit("delimiter-line-added", rb"(\r?\n)", rb"\1{outer}\1"),
    Edit("close-delimiter-line-added", rb"(\r?\n)", rb"\1{outer}--\1"),
    Edit("last-delimiter-line-added", rb"(\r?\n)", rb"\1{last}\1"),
    Edit("prefix-line-added", rb"(\r?\n)", rb"\1{outer}x\1"),
    Edit("last-prefix-line-added", rb"(\r?\n)", rb"\1{last}.1\1"),
    Edit("lf-delimiter-line-added", rb"(?<=[a-z{\[ ])(?=[a-z}\]\"])", rb"\n{outer}\n"),
    Edit("cr-delimiter-line-added", rb"(?<=[a-z{\[ ])(?=[a-z}\]\"])", rb"\r{outer}\r"),
    Edit("text-line-added", rb"(\r?\n)", rb"\1text\1"),
    Edit("dashes-line-added", rb"(\r?\n)", rb"\1--\1"),
    # Heads.
    Edit("folded", rb"(?m)^([A-Za-z-]+:[^\r\n]*?[:;]) (?=\S)", b"\\1\r\n "),
    Edit("folded-with-tab", rb"(?m)^([A-Za-z-]+:[^\r\n]*?[:;]) (?=\S)", b"\\1\r\n\t "),
    Edit("folded-blank", rb"(?m)^([A-Za-z-]+:[^\r\n]*)", b"\\1\r\n "),
    Edit("space-before-colon", rb"(?m)^([A-Za-z-]+):", rb"\1 :"),
    Edit("space-before-name", rb"(?m)^([A-Za-z-]+:)", rb" \1"),
    Edit("no-space-after-colon", rb"(?m)^([A-Za-z-]+): ", rb"\1:"),
    Edit("tabs-after-colon", rb"(?m)^([A-Za-z-]+): ", b"\\1:\t \t"),
    Edit("space-after-value", rb"(?m)^([A-Za-z-]+:[^\r\n]*)", rb"\1 "),
    Edit("name-case", rb"(?m)^[A-Za-z-]+(?=:)", _swapcase),
    Edit("name-changed", rb"(?m)^([A-Za-z-]+)(?=:)", rb"\1~"),
    Edit("value-case", rb"(?m)(?<=: )[^\r\n]+", _swapcase),
    Edit("field-doubled", rb"(?m)^([A-Za-z-]+:[^\r\n]*\r?\n)", rb"\1\1"),
    Edit("field-removed", rb"(?m)^[A-Za-z-]+:[^\r\n]*\r?\n", rb""),
    Edit("field-emptied", rb"(?m)^([A-Za-z-]+:)[^\r\n]*", rb"\1"),
    Edit("field-without-colon", rb"(?m)^([A-Za-z-]+):", rb"\1"),
    Edit("field-added", rb"(?m)^([A-Za-z-]+:[^\r\n]*(\r?\n))", rb"\1X-Added: a, b\2"),
    Edit("nul-in-head", rb"(?m)^([A-Za-z-]+: )", b"\\1\x00"),
    Edit("high-byte-in-head", rb"(?m)^([A-Za-z-]+: )", b"\\1\xe9"),
    Edit(
        "length-added",
        rb"(?im)^(content-type: application/http[^\r\n]*)",
        b"\\1\r\nContent-Length: 10",
    ),
    Edit(
        "length-of-changeset",
        rb"(?im)^(content-type: multipart/[^\r\n]*)",
        b"\\1\r\nContent-Length: 99",
    ),
    Edit("length-more", rb"(?i)(content-length: *)(\d+)", _number(1)),
    Edit("length-more-by-two", rb"(?i)(content-length: *)(\d+)", _number(2)),
    Edit("length-less", rb"(?i)(content-length: *)(\d+)", _number(-1)),
    Edit("length-signed", rb"(?i)(content-length: *)(?=\d)", rb"\1+"),
    Edit("encoding-base64", rb"(?i)(content-transfer-encoding: *)binary", rb"\1base64"),
    Edit("encoding-quoted", rb"(?i)(content-transfer-encoding: *)binary", rb"\1quoted-printable"),
    Edit("encoding-7bit", rb"(?i)(content-transfer-encoding: *)binary", rb"\1 7BIT"),
    Edit("type-nested", rb"application/http", rb"multipart/mixed; boundary=nested"),
    Edit("type-message", rb"application/http", rb"message/rfc822"),
    Edit("type-text", rb"application/http", rb"text/plain"),
    Edit("type-parameter", rb"application/http", rb"application/http;msgtype=request"),
    Edit("type-case", rb"application/http|multipart/mixed", _swapcase),
    Edit("type-related", rb"multipart/mixed", rb"multipart/related"),
    # Bytes.
    Edit("byte-removed", rb"(?s).", rb""),
    Edit("byte-doubled", rb"(?s)(.)", rb"\1\1"),
    Edit("byte-nul", rb"(?s)(?=.)", b"\x00"),
    Edit("byte-high", rb"(?s)(?=.)", b"\xff"),
    Edit("byte-cr", rb"(?s)(?=.)", rb"\r"),
    Edit("byte-lf", rb"(?s)(?=.)", rb"\n"),
    Edit("byte-dash", rb"(?s)(?=.)", rb"-"),
    Edit("cut-after", rb"(?s)(?<=.).+\Z", rb""),
    Edit("cut-before", rb"(?s)\A.+?(?=\n)", rb""),
    # Parts, and what stands around them.
    Edit("part-removed", rb"(?s){any}\r?\n.*?(?=\1)", rb""),
    Edit("part-doubled", rb"(?s)({any}\r?\n.*?)(?=\2)", rb"\1\1"),
    Edit("parts-swapped", rb"(?s)({any}\r?\n.*?)(\2\r?\n.*?)(?=\2)", rb"\3\1"),
    Edit("preamble", rb"\A", b"preamble\r\n"),
    Edit("preamble-blank", rb"\A", b"\r\n"),
    Edit("preamble-of-dashes", rb"\A", b"--\r\n-- \r\n"),
    Edit("preamble-without-line-end", rb"\A", b"preamble"),
    Edit(
        "preamble-inner", rb"(?im)^(content-type: multipart/[^\r\n]*(\r?\n)\2)", b"\\1preamble\\2"
    ),
    Edit("epilogue", rb"\Z", b"\r\nepilogue"),
    Edit("epilogue-delimiter", rb"\Z", b"\r\n{outer}\r\n"),
    Edit("epilogue-text", rb"\Z", b"text"),
    Edit("epilogue-inner", rb"({any}--\r?\n)(?=--)", b"\\1epilogue\r\n"),
    Edit("byte-order-mark", rb"\A", b"\xef\xbb\xbf"),
    Edit("byte-order-mark-before-delimiter", rb"(?={any})", b"\xef\xbb\xbf"),
)

# In Content-Types, the batch's own among them.
_TYPE_EDITS = (
    Edit("boundary-quoted", rb'boundary="?([^"\r\n;]+)"?', rb'boundary="\1"'),
    Edit("boundary-unquoted", rb'boundary="([^"\r\n;]+)"', rb"boundary=\1"),
    Edit("boundary-single-quoted", rb'boundary="?([^"\r\n;]+)"?', rb"boundary='\1'"),
    Edit("boundary-escaped", rb'boundary="?([^"\r\n;])([^"\r\n;]*)"?', rb'boundary="\\\1\2"'),
    Edit("boundary-name-case", rb"boundary=", rb"BOUNDARY="),
    Edit("boundary-case", rb'(?<=boundary=)[^"\r\n;]+', _swapcase),
    Edit("boundary-spaced", rb"boundary=", rb"boundary = "),
    Edit("boundary-without-space", rb"; boundary=", rb";boundary="),
    Edit("boundary-after-parameter", rb"boundary=", rb'charset=utf-8; x="a;b"; boundary='),
    Edit("boundary-before-parameter", rb'(boundary="?[^"\r\n;]+"?)', rb"\1; charset=utf-8"),
    Edit("boundary-before-semicolon", rb'(boundary="?[^"\r\n;]+"?)', rb"\1;"),
    Edit("boundary-twice", rb'(boundary="?[^"\r\n;]+"?)', rb"\1; \1"),
    Edit("boundary-with-another", rb"boundary=", rb"boundary=other; boundary="),
    Edit("boundary-encoded", rb'boundary="?([^"\r\n;]+)"?', rb"boundary*=us-ascii'en'\1"),
    Edit("boundary-spaced-end", rb'boundary="?([^"\r\n;]+)"?', rb'boundary="\1 "'),
    Edit("boundary-cut", rb'(boundary="?[^"\r\n;]+)[^"\r\n;]', rb"\1"),
    Edit("boundary-like", rb"boundary=", rb"x-boundary=x; boundary="),
)


def boundaries_of(case: Case) -> list[bytes]:
    """The batch's boundary, then those of its changesets, as a lenient eye finds them."""
    text = case.content_type.encode("latin-1") + b"\r\n" + case.body
    other_values = rb'(?i)(?<!boundary)="[^"\r\n]*"'
    boundary = rb'(?i)(?<![\w-])boundary="?([^"\r\n;]+?)[ \t]*(?=["\r\n;]|\Z)'
    found = re.findall(boundary, re.sub(other_values, b"", text))
    return list(dict.fromkeys(re.sub(rb"\\(.)", rb"\1", it) for it in found)) or [b"none"]


def _all_lf(case: Case) -> bytes:
    return case.body.replace(b"\r\n", b"\n")


def _all_crlf(case: Case) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", case.body)


def _heads_lf(case: Case) -> bytes:
    """Every line end but those right before a delimiter."""
    return re.sub(rb"\r\n(?!--)", b"\n", case.body)


def _inner_is_outer(case: Case) -> bytes:
    outer, *inner = boundaries_of(case)
    return case.body.replace(inner[0], outer) if inner else case.body


def _inner_extends_outer(case: Case) -> bytes:
    outer, *inner = boundaries_of(case)
    return case.body.replace(inner[0], outer + b"-i") if inner else case.body


def _outer_extends_inner(case: Case) -> bytes:
    outer, *inner = boundaries_of(case)
    return case.body.replace(inner[0], outer[:-1]) if inner and len(outer) > 1 else case.body


def _same_inner(case: Case) -> bytes:
    _, *inner = boundaries_of(case)
    return case.body.replace(inner[1], inner[0]) if len(inner) > 1 else case.body


_WHOLE = (
    _all_lf,
    _all_crlf,
    _heads_lf,
    _inner_is_outer,
    _inner_extends_outer,
    _outer_extends_inner,
    _same_inner,
)

MUTATIONS: dict[str, Edit | Callable[[Case], bytes]] = {
    **{edit.name: edit for edit in _EDITS + _TYPE_EDITS},
    **{change.__name__[1:].replace("_", "-"): change for change in _WHOLE},
}


def mutate(case: Case, mutation: str, place: int) -> Case | None:
    """The case with that mutation at one of its places; None where it has none or changes nothing.

    Args:
        case: a fixture or a vector.
        mutation: its name.
        place: any number; it chooses among the places.
    """
    change = MUTATIONS[mutation]
    name = f"{case.name}~{mutation}.{place}"
    if not isinstance(change, Edit):
        body = change(case)
        return case._replace(name=name, body=body) if body != case.body else None
    texts = [case.body]
    if change in _TYPE_EDITS:
        texts.append(case.content_type.encode("latin-1"))
    places = [(text, match) for text in texts for match in _pattern(change, case).finditer(text)]
    if not places:
        return None
    text, match = places[_choice(name, len(places))]
    put = (
        change.change(match)
        if callable(change.change)
        else match.expand(_filled(change.change, case))
    )
    changed = text[: match.start()] + put + text[match.end() :]
    if changed == text:
        return None
    if text is case.body:
        return case._replace(name=name, body=changed)
    return case._replace(name=name, content_type=changed.decode("latin-1"))


def _choice(name: str, count: int) -> int:
    """One of so many, as the name has it: the same on every Python."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8")).digest()[:8]) % count


def _filled(template: bytes, case: Case) -> bytes:
    boundaries = [boundary.replace(b"\\", rb"\\") for boundary in boundaries_of(case)]
    return template.replace(b"{outer}", b"--" + boundaries[0]).replace(
        b"{last}", b"--" + boundaries[-1]
    )


def _pattern(edit: Edit, case: Case) -> re.Pattern[bytes]:
    longest_first = sorted(boundaries_of(case), key=len, reverse=True)
    delimiter = rb"(--(?:" + b"|".join(map(re.escape, longest_first)) + rb"))"
    return re.compile(edit.pattern.replace(b"{any}", delimiter))


def originals() -> Iterator[Case]:
    """The fixtures, then the vectors: as they stand, with LF, and with the CRLF of the wire."""
    for fixture in corpus.fixtures():
        yield Case(fixture.name, fixture.kind, fixture.content_type, fixture.body)
    seen = set()
    for vector in vectors() if VECTORS.is_dir() else ():
        if vector["sha256"] in seen:
            continue
        seen.add(vector["sha256"])
        body = (VECTORS / vector["file"]).read_bytes()
        boundary = vector["boundary"]
        content_type = "multipart/mixed" + (f"; boundary={boundary}" if boundary else "")
        kind = "response" if vector["kind"] == "response" else "request"
        yield Case(f"vectors/{vector['file']}", kind, content_type, body)
        body = body.replace(b"\n", b"\r\n")
        yield Case(f"vectors/{vector['file']}+crlf", kind, content_type, body)


@cache
def _originals() -> dict[str, Case]:
    return {case.name: case for case in originals()}


def case_named(name: str) -> Case:
    """The input of that name."""
    fixture, _, mutation = name.partition("~")
    case = _originals()[fixture]
    if not mutation:
        return case
    mutation, _, place = mutation.rpartition(".")
    mutated = mutate(case, mutation, int(place))
    assert mutated is not None
    return mutated


def mutations_of(case: Case, count: int) -> Iterator[Case]:
    """So many mutations of a case, or fewer where it has no place for some; no two are the same."""
    names = list(MUTATIONS)
    first = _choice(case.name, len(names))
    seen = {(case.content_type, case.body)}
    for number in range(count):
        # A step that has no factor in common with the length comes to all of them.
        mutation = names[(first + number * 37) % len(names)]
        mutated = mutate(case, mutation, number // len(names))
        if mutated is not None and mutated[2:] not in seen:
            seen.add(mutated[2:])
            yield mutated
