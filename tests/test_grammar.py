"""The characters of the grammar: each pattern against the set that its source names.

Sets are written down from the RFCs; patterns are asked about every character of Latin-1 and some
beyond, one at a time.
"""

from __future__ import annotations

import re
import string
from typing import Any

import pytest

from odatabatch import (
    correlation,
    detection,
    framing,
    headers,
    http_head,
    http_message,
    judge,
    media_type,
    reference,
)
from odatabatch.azure import (
    addresses,
    attempts,
    calls,
    downgrading,
    envelope,
    json_text,
    moves,
    results,
    signing,
    targets,
    ticks,
    validation,
)

DIGIT = set(string.digits)
HEX = set(string.hexdigits)
ALPHA = set(string.ascii_letters)
VISIBLE = {chr(code) for code in range(0x21, 0x7F)}
ALL = {chr(code) for code in range(0x100)}
WHITE = {it for it in ALL if it.isspace()}
LATIN = {chr(code) for code in range(0x80, 0x100)}
BLANK = {" ", "\t"}
CONTROLS = {chr(code) for code in range(0x20)}
TCHAR = set("!#$%&'*+-.^_`|~") | DIGIT | ALPHA  # RFC 9110 §5.6.2
FIELD = VISIBLE | LATIN | BLANK  # RFC 9110 §5.5
UNRESERVED = ALPHA | DIGIT | set("-._~")  # RFC 3986 §2.3
PCHAR = UNRESERVED | set("!$&'()*+,;=:@")  # RFC 3986 §3.3, but for what is percent-encoded
SCHEME = ALPHA | DIGIT | set("+-.")  # RFC 3986 §3.1
BCHARS = DIGIT | ALPHA | set("'()+_,-./:=?")  # RFC 2046 §5.1.1, but for the blank

BEYOND = ["\u0131", "\u017f", "\u0660", "\u2028", "\uff21", "\U0001d7d8"]  # letters, digits, lines

STRING = re.compile(json_text._STRING)
NUMBER = re.compile(json_text._NUMBER)
DURATION = validation._DURATION.pattern

# A pattern, what stands before and after the character, and the characters that fit there.
CLASSES: dict[str, tuple[Any, str, str, set[str]]] = {
    "token": (headers._TOKEN, "", "", TCHAR),
    "field value": (headers._VALUE, "", "", FIELD),
    "field value, within": (headers._VALUE, "a", "b", FIELD),
    "field name, as text": (headers._NAME, "", "", TCHAR),
    "field value, as text": (headers._TEXT, "", "", VISIBLE | LATIN),
    "field value, as text, within": (headers._TEXT, "a", "b", FIELD),
    "field": (headers._FIELD, "a", "b:c", TCHAR | {":"}),
    "field lines": (headers._FIELD_LINES, "a: ", "\r\n", FIELD),
    "method": (re.compile(http_head.METHOD), "", "", TCHAR),
    "target": (re.compile(http_head.TARGET), "", "", VISIBLE),  # RFC 3986: no more than ASCII
    "status, first": (re.compile(http_head.STATUS), "", "00", DIGIT - {"0"}),
    "status, second": (re.compile(http_head.STATUS), "2", "0", DIGIT),
    "status, third": (re.compile(http_head.STATUS), "20", "", DIGIT),
    "reason": (re.compile(http_head.REASON), "", "", FIELD),
    "version, major": (http_head._REQUEST_LINE, "GET / HTTP/", ".1", DIGIT),
    "version, minor": (http_head._REQUEST_LINE, "GET / HTTP/1.", "", DIGIT),
    "version, dot": (http_head._REQUEST_LINE, "GET / HTTP/1", "1", {"."}),
    "version of an answer, major": (http_head._STATUS_LINE, "HTTP/", ".1 200 ", DIGIT),
    "version of an answer, minor": (http_head._STATUS_LINE, "HTTP/1.", " 200 ", DIGIT),
    "version of an answer, dot": (http_head._STATUS_LINE, "HTTP/1", "1 200 ", {"."}),
    "length": (http_head.LENGTH, "", "", DIGIT),
    "chunk size": (http_message._CHUNK_SIZE, "", "\r\n", HEX),
    "chunk size, padding": (http_message._CHUNK_SIZE, "1", "\r\n", HEX | BLANK | {";"}),
    "chunk extension": (http_message._CHUNK_SIZE, "1;", "\r\n", FIELD),
    "authority": (http_message._AUTHORITY, "//", "", ALL - {"/"}),
    "authority, scheme": (http_message._AUTHORITY, "a", "://b", ALL - {"/"}),
    "scheme, first": (correlation._SCHEME, "", ":", ALPHA),
    "scheme": (correlation._SCHEME, "a", ":", SCHEME),
    "URL's scheme, first": (detection._HOST, "", "://h", ALPHA),
    "URL's scheme": (detection._HOST, "a", "://h", SCHEME),
    "URL's user": (detection._HOST, "a://", "@h", ALL - set("/?#@")),
    "URL's host": (detection._HOST, "a://", "", ALL - set("/?#@:")),
    "after a boundary": (framing._TAIL, "", "", BLANK | {"-"}),
    "padding": (framing._PADDING, "", "", BLANK),
    "address, local": (judge._ADDR_SPEC, "<", "@b>", ALL - WHITE - set("<>@")),
    "address, domain": (judge._ADDR_SPEC, "<a@", ">", ALL - WHITE - set("<>@")),
    "media type, name": (media_type._TYPE, "a", "/b", TCHAR),
    "media type, subtype": (media_type._TYPE, "a/b", "", TCHAR | BLANK),
    "media type, before": (media_type._TYPE, "", "a/b", TCHAR | BLANK),
    "parameter, name": (media_type._PARAMETER, ";a", "=b", TCHAR),
    "parameter, token": (media_type._PARAMETER, ";a=b", "", TCHAR | BLANK),
    # RFC 9110 §5.6.4: qdtext and quoted-pair.
    "parameter, quoted": (media_type._PARAMETER, ';a="b', 'b"', FIELD - {'"'}),
    "parameter, escaped": (media_type._PARAMETER, ';a="\\', '"', FIELD),
    "parameter, before": (media_type._PARAMETER, ";", "a=b", TCHAR | BLANK),
    "boundary, last": (media_type._BOUNDARY, "", "", BCHARS),
    "boundary": (media_type._BOUNDARY, "", "a", BCHARS | {" "}),
    "boundary without quotes": (media_type._UNQUOTED, ";boundary=", "a",
                                ALL - WHITE - set('";')),
    "boundary without quotes, after": (media_type._UNQUOTED, ";boundary=a", "",
                                       ALL - WHITE - set('";') | BLANK),
    "boundary without quotes, before": (media_type._UNQUOTED, ";", "boundary=a", BLANK),
    "reference": (reference._TARGET, "$", "", ALL - set("/?#(")),
    "condition": (reference._CONDITION, "$", "", ALL - WHITE - set(',"')),
    "host": (addresses._WHOLE_HOST, "", "", ALPHA | DIGIT | set(".-")),
    "host, IPv6": (addresses._WHOLE_HOST, "[", "]", HEX | set(":.")),
    "host, port": (addresses._WHOLE_HOST, "h:", "", DIGIT),
    "target's path": (addresses._TARGET, "/a", "", VISIBLE - {"#"}),
    "target's query": (addresses._TARGET, "/?", "", VISIBLE - {"#"}),
    "tasks, job": (addresses._TASKS_PATH, "/jobs/", "/tasks", ALL - {"/"}),
    "tasks, work item": (addresses._TASKS_PATH, "/workitems/", "/jobs/j/tasks",
                         ALL - {"/"}),
    "collection, job": (addresses._COLLECTION_PATH, "/jobs/", "/addtaskcollection",
                        ALL - {"/"}),
    "timeout": (addresses.TIMEOUT, "", "", DIGIT),
    "service": (addresses.SERVICE, "http://", "", ALL - set("/?#")),
    "seconds": (attempts._SECONDS, "", "", DIGIT),
    "work item of a call": (calls._WORK_ITEM, "/workitems/", "/jobs", ALL - {"/"}),
    "jobs of a work item": (calls._WORK_ITEM, "/workitems/i/jobs", "j", {"/"}),
    "work item": (downgrading._SEGMENT, "", "", PCHAR),
    "work item, first of an escape": (downgrading._SEGMENT, "%", "0", HEX),
    "work item, second of an escape": (downgrading._SEGMENT, "%0", "", HEX),
    "header field's value": (envelope._FIELD_VALUE, "", "", VISIBLE),
    "header field's value, first": (envelope._FIELD_VALUE, "", "a", VISIBLE),
    "header field's value, last": (envelope._FIELD_VALUE, "a ", "", VISIBLE),
    "header field's value, within": (envelope._FIELD_VALUE, "a", "b", VISIBLE | {" "}),
    "plain name, first": (json_text._PLAIN_NAME, "", "", ALPHA | {"_"}),
    "plain name": (json_text._PLAIN_NAME, "a", "", ALPHA | DIGIT | {"_"}),
    # RFC 8259 §2, §6, §7; and no surrogate without its other half.
    "JSON space": (json_text._SKIP, "", "", set(" \t\r\n")),
    "JSON string": (STRING, '"', '"', ALL - CONTROLS - set('"\\')),
    "JSON escape": (STRING, '"\\', '"', set('"\\/bfnrt')),
    "JSON escape's first digit": (STRING, '"\\u', '000"', HEX),
    "JSON escape's second digit": (STRING, '"\\u0', '00"', HEX),
    "JSON escape's third digit": (STRING, '"\\u00', '0"', HEX),
    "JSON escape's fourth digit": (STRING, '"\\u000', '"', HEX),
    "JSON escape after d": (STRING, '"\\ud', '00"', set("01234567")),
    "JSON escape after D": (STRING, '"\\uD', '00"', set("01234567")),
    "high half's first digit": (STRING, '"\\u', '800\\udc00"', set("dD")),
    "high half's second digit": (STRING, '"\\ud', '00\\udc00"', set("89abAB")),
    "high half's second digit after D": (STRING, '"\\uD', '00\\udc00"', set("89abAB")),
    "high half's third digit": (STRING, '"\\ud8', '0\\udc00"', HEX),
    "high half's fourth digit": (STRING, '"\\ud80', '\\udc00"', HEX),
    "low half's first digit": (STRING, '"\\ud800\\u', 'c00"', set("dD")),
    "low half's second digit": (STRING, '"\\ud800\\ud', '00"', set("cdefCDEF")),
    "low half's second digit after D": (STRING, '"\\ud800\\uD', '00"', set("cdefCDEF")),
    "low half's third digit": (STRING, '"\\ud800\\udc', '0"', HEX),
    "low half's fourth digit": (STRING, '"\\ud800\\udc0', '"', HEX),
    "half's first digit": (json_text._SURROGATE, "\\u", "800", set("dD")),
    "half's second digit": (json_text._SURROGATE, "\\ud", "00", set("89abcdefABCDEF")),
    "half's third digit": (json_text._SURROGATE, "\\ud8", "0", HEX),
    "half's fourth digit": (json_text._SURROGATE, "\\ud80", "", HEX),
    "JSON number": (NUMBER, "", "", DIGIT),
    "JSON number, negative": (NUMBER, "-", "", DIGIT),
    "JSON number, sign": (NUMBER, "", "1", DIGIT - {"0"} | {"-"}),
    "JSON number, second digit": (NUMBER, "1", "", DIGIT),
    "JSON number after nought": (NUMBER, "0", "", set()),
    "JSON number, within": (NUMBER, "1", "1", DIGIT | set(".eE")),
    "JSON number, fraction": (NUMBER, "0.", "", DIGIT),
    "JSON number, exponent": (NUMBER, "1e", "", DIGIT),
    "JSON number, sign of the exponent": (NUMBER, "1e", "1", DIGIT | set("+-")),
    "blob's host": (moves._BLOB, "https://a", ".blob.core.windows.net/", ALL - set("/?#")),
    "blob's dot": (moves._BLOB, "https://a", "blob.core.windows.net/", {"."}),
    "ETag or URL": (results.VISIBLE, "", "", VISIBLE),
    "account": (signing._ACCOUNT, "", "", ALPHA | DIGIT | set("._-")),
    "signature": (signing._SIGNATURE, "a" * 42, "=", ALPHA | DIGIT | set("+/")),
    "signed token": (signing._TOKEN, "", "", TCHAR),
    "signed value": (signing._VALUE, "", "", FIELD),
    "signed path": (signing._TARGET, "/a", "", VISIBLE - {"#"}),
    "signed query": (signing._TARGET, "/a?", "", VISIBLE - {"#"}),
    "signed host": (signing._TARGET, "http://", "", VISIBLE - set("/?#")),
    "word": (targets._WORD, "", "", ALPHA),
    "quoted": (targets._QUOTED, "'", "'", ALL - {"'"}),
    "task's id": (validation._FORMATS[validation.TASK, "id"].pattern, "", "",
                  ALPHA | DIGIT | set("-_")),
    "years": (DURATION, "P", "Y", DIGIT),
    "months": (DURATION, "P", "M", DIGIT),
    "days": (DURATION, "P", "D", DIGIT),
    "hours": (DURATION, "PT", "H", DIGIT),
    "minutes": (DURATION, "PT", "M", DIGIT),
    "seconds of a duration": (DURATION, "PT", "S", DIGIT),
    "fraction of a second": (DURATION, "PT1.", "S", DIGIT),
    "within a duration": (DURATION, "P1", "1D", DIGIT | set("YM")),
    "within a duration's time": (DURATION, "PT1", "1S", DIGIT | set("HM.")),
    "file mode": (validation._FORMATS["ResourceFile", "fileMode"].pattern, "", "",
                  set(string.octdigits)),
    "ETag's digits": (ticks._E_TAG, '"0x' + "A" * 14, '"', HEX),
    "ETag's digits, sixteen": (ticks._E_TAG, "0x" + "A" * 15, "", HEX | {'"'}),
    "year": (ticks._ISO, "", "000-01-01T00:00:00Z", DIGIT),
    "second": (ticks._ISO, "2000-01-01T00:00:0", "Z", DIGIT),
    "fraction": (ticks._ISO, "2000-01-01T00:00:00.", "Z", DIGIT),
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_characters(name: str) -> None:
    """Those of the set, and no others."""
    pattern, before, after, expected = CLASSES[name]
    takes_text = isinstance(pattern.pattern, str)
    found = set()
    for character in sorted(ALL) + BEYOND * takes_text:
        text = f"{before}{character}{after}"
        if pattern.fullmatch(text if takes_text else text.encode("latin-1")):
            found.add(character)
    negated = "\x00" in expected or "\x7f" in expected  # sets of all but some go on beyond Latin-1
    assert found - (set(BEYOND) if negated else set()) == expected


# A pattern, what is repeated, what stands before and after, the least count and the most.
COUNTS: dict[str, tuple[Any, str, str, str, int, int | None]] = {
    "token": (headers._TOKEN, "a", "", "", 1, None),
    "field value": (headers._VALUE, "a", "", "", 0, None),
    "field value, as text": (headers._TEXT, "a", "", "", 0, None),
    "field value, words": (headers._TEXT, " a", "a", "", 0, None),
    "field value, blanks": (headers._TEXT, " ", "a", "b", 0, None),
    "target": (re.compile(http_head.TARGET), "a", "", "", 1, None),
    "reason": (re.compile(http_head.REASON), "a", "", "", 0, None),
    "length": (http_head.LENGTH, "1", "", "", 1, 18),
    "chunk size": (http_message._CHUNK_SIZE, "1", "", "\r\n", 1, 15),
    "boundary": (media_type._BOUNDARY, "a", "", "", 1, 70),
    "address, local": (judge._ADDR_SPEC, "a", "<", "@b>", 1, 64),
    "address, domain": (judge._ADDR_SPEC, "b", "<a@", ">", 1, 253),
    "host, port": (addresses._WHOLE_HOST, "1", "h:", "", 1, 5),
    "timeout": (addresses.TIMEOUT, "1", "", "", 1, 9),
    "seconds": (attempts._SECONDS, "1", "", "", 1, None),
    "work item": (downgrading._SEGMENT, "a", "", "", 1, None),
    "work item, escape": (downgrading._SEGMENT, "0", "%", "", 2, None),
    "work item of a call": (calls._WORK_ITEM, "a", "/workitems/", "/jobs", 1, None),
    "rest of a call's path": (calls._WORK_ITEM, "/a", "/workitems/i/jobs", "", 0, None),
    "slash before a call's path": (calls._WORK_ITEM, "/", "", "workitems/i/jobs/", 0, 1),
    "slash after a call's path": (calls._WORK_ITEM, "/", "workitems/i/jobs", "", 0, None),
    "header field's words": (envelope._FIELD_VALUE, " a", "a", "", 0, None),
    "header field's blanks": (envelope._FIELD_VALUE, " ", "a", "b", 0, None),
    "JSON number, sign": (NUMBER, "-", "", "1", 0, 1),
    "JSON number, digits": (NUMBER, "1", "", "", 1, None),
    "JSON number, noughts": (NUMBER, "0", "", "", 1, 1),
    "JSON number, fraction": (NUMBER, "0", "1.", "", 1, None),
    "JSON number, exponent": (NUMBER, "0", "1E", "", 1, None),
    "JSON number, sign of the exponent": (NUMBER, "+", "1E", "1", 0, 1),
    "JSON escape's digits": (STRING, "0", '"\\u', '"', 4, None),
    "half's digits": (json_text._SURROGATE, "0", "\\ud8", "", 2, 2),
    "blob's host": (moves._BLOB, "a", "https://", ".blob.core.windows.net/", 1, None),
    "ETag or URL": (results.VISIBLE, "a", "", "", 1, None),
    "account": (signing._ACCOUNT, "a", "", "", 1, None),
    "signature": (signing._SIGNATURE, "a", "", "=", 43, 43),
    "task's id": (validation._FORMATS[validation.TASK, "id"].pattern, "a", "", "", 1, 64),
    "scheme": (correlation._SCHEME, "a", "a", ":", 0, None),
    "URL's scheme": (detection._HOST, "a", "a", "://h", 0, None),
    "URL's user": (detection._HOST, "a", "a://", "@h", 0, None),
    "URL's host": (detection._HOST, "a", "a://", "", 1, None),
    "years": (DURATION, "1", "P", "Y", 1, None),
    "months": (DURATION, "1", "P", "M", 1, None),
    "days": (DURATION, "1", "P", "D", 1, None),
    "hours": (DURATION, "1", "PT", "H", 1, None),
    "minutes": (DURATION, "1", "PT", "M", 1, None),
    "seconds of a duration": (DURATION, "1", "PT", "S", 1, None),
    "fraction of a second": (DURATION, "1", "PT1.", "S", 1, None),
    "sign of a duration": (DURATION, "-", "", "P1D", 0, 1),
    "file mode": (validation._FORMATS["ResourceFile", "fileMode"].pattern, "7", "", "", 1, None),
    "ETag's digits": (ticks._E_TAG, "A", '"0x', '"', 15, 16),
    "fraction": (ticks._ISO, "0", "2000-01-01T00:00:00.", "Z", 1, 7),
    "digits of a year": (ticks._ISO, "0", "", "-01-01T00:00:00Z", 4, 4),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name: str) -> None:
    """From the least to the most; None is without end, asked up to 300."""
    pattern, unit, before, after, least, most = COUNTS[name]
    takes_text = isinstance(pattern.pattern, str)
    found = []
    for count in range(300):
        text = f"{before}{unit * count}{after}"
        if pattern.fullmatch(text if takes_text else text.encode("latin-1")):
            found.append(count)
    assert found == list(range(least, 300 if most is None else most + 1))


CLOUDS = "storage.azure.net core.windows.net core.chinacloudapi.cn core.usgovcloudapi.net"


@pytest.mark.parametrize("cloud", [*CLOUDS.split(), "core.cloudapi.de", "CORE.Windows.Net"])
@pytest.mark.parametrize("scheme", ["http", "https", "HTTPS"])
def test_clouds(cloud: str, scheme: str) -> None:
    """The hosts of blobs, in every cloud that Azure has or had."""
    assert moves._BLOB.match(f"{scheme}://a.blob.{cloud}/c?sig=s")
    for other in (cloud[1:], cloud[:-1], f"{cloud}x", cloud.replace(".", "x", 1)):
        assert not moves._BLOB.match(f"{scheme}://a.blob.{other}/c")


@pytest.mark.parametrize("index", range(len("boundary")))
def test_case_of_boundary(index: int) -> None:
    """Any letter of its name may be a capital, or small (RFC 2045 §5.1)."""
    for name in ("boundary", "BOUNDARY"):
        spelled = name[:index] + name[index].swapcase() + name[index + 1 :]
        assert media_type._UNQUOTED.fullmatch(f";{spelled}=(a)")
