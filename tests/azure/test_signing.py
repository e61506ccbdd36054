"""Signatures by SharedKey: their strings, their checks, and what is refused."""

from __future__ import annotations

import base64
import copy
import datetime
import hmac
import json
import pickle
from email.utils import format_datetime
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.console import Console
from rich.pretty import Pretty

from odatabatch import Headers, HttpRequest, Operation, azure
from odatabatch.azure import SharedKey, SigningError
from odatabatch.azure.signing import string_to_sign

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "azure" / "sharedkey_vectors.json"

ACCOUNT = "myaccount"
KEY = "bm8ga2V5IG9mIGFueSBhY2NvdW50LCBpbnZlbnRlZCBmb3IgdGVzdHM="
HOST = "https://myaccount.myregion.batch.azure.com"
DATE = "Wed, 09 Apr 2014 20:21:24 GMT"
NOW = datetime.datetime(2014, 4, 9, 20, 21, 24, tzinfo=datetime.UTC)
SHARED_KEY = SharedKey(ACCOUNT, KEY)
EMPTY = "\n" * 11
"""Eleven lines of fields that are not there."""


def request(
    method: str = "GET",
    target: str = f"{HOST}/jobs?api-version=2025-06-01",
    fields: dict[str, str] | list[tuple[str, str]] | None = None,
    body: bytes = b"",
) -> HttpRequest:
    """A request with those fields."""
    pairs = fields.items() if isinstance(fields, dict) else fields or []
    return HttpRequest(method, target, Headers(pairs), body)


def text_of(*args: Any, **kwargs: Any) -> str:
    """The string to sign of such a request."""
    return string_to_sign(request(*args, **kwargs), ACCOUNT)


def with_signature_of(text: str, sent: HttpRequest) -> HttpRequest:
    """The request with the signature of that string."""
    digest = hmac.digest(base64.b64decode(KEY), text.encode(), "sha256")
    value = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    return sent.replace(headers=sent.headers.with_field("Authorization", value))


def code_of(sent: HttpRequest, now: datetime.datetime = NOW) -> str:
    """The code that a check gives."""
    with pytest.raises(SigningError) as caught:
        SHARED_KEY.check(sent, now)
    return caught.value.code


class Vector(NamedTuple):
    """A request, its string written by hand, and the signature that OpenSSL makes of it.

    ``printf … | openssl dgst -sha256 -mac HMAC -macopt hexkey:… -binary | base64``.
    """

    sent: HttpRequest
    text: str
    signature: str


HAND_MADE = {
    "list": Vector(
        request("GET", f"{HOST}/jobs?timeout=20&api-version=2025-06-01", {"ocp-date": DATE}),
        f"GET\n{EMPTY}ocp-date:{DATE}\n/myaccount/jobs\napi-version:2025-06-01\ntimeout:20",
        "KS8dbHp4Kl1++qolhIVcxGfpFyIpnVEK1EBQWpmBizg=",
    ),
    "add": Vector(
        request(
            "POST",
            "/jobs/job%201/addtaskcollection?api-version=2025-06-01",
            {
                "Host": "myaccount.myregion.batch.azure.com",
                "Ocp-Date": DATE,
                "Content-Type": "application/json; odata=minimalmetadata",
                "Content-Length": "12",
                "client-request-id": "00000000-0000-0000-0000-000000000000",
            },
            b'{"value":[]}',
        ),
        "POST\n\n\n12\n\napplication/json; odata=minimalmetadata\n\n\n\n\n\n\n"
        f"ocp-date:{DATE}\n/myaccount/jobs/job%201/addtaskcollection\napi-version:2025-06-01",
        "gCeTFVwYyxVXNeeKuOsy3p4awwa+HnBVfHf65m0hHoA=",
    ),
    "all fields": Vector(
        request(
            "PATCH",
            f"{HOST}/jobs/j?$filter=state+eq%20%27active%27&API-Version=2025-06-01",
            {
                "Range": "bytes=0-9",
                "If-Unmodified-Since": "us",
                "If-None-Match": '"nm"',
                "If-Match": '"m"',
                "If-Modified-Since": "ms",
                "Date": "not signed beside ocp-date",
                "Content-Type": "t/é",
                "Content-MD5": "md5",
                "Content-Length": "0",
                "Content-Language": "en",
                "Content-Encoding": "gzip",
                "ocp-range": "bytes=1-2",
                "ocp-date": DATE,
                "ocp-empty": "",
            },
        ),
        'PATCH\ngzip\nen\n0\nmd5\nt/é\n\nms\n"m"\n"nm"\nus\nbytes=0-9\n'
        f"ocp-date:{DATE}\nocp-empty:\nocp-range:bytes=1-2\n"
        "/myaccount/jobs/j\n$filter:state eq 'active'\napi-version:2025-06-01",
        "yi0evCRH52KN67fR8sz4aUKy46z9GmZAQYe4epNU8jA=",
    ),
}
each_vector = pytest.mark.parametrize("vector", HAND_MADE.values(), ids=HAND_MADE)


class TestVectors:
    """Strings and signatures that others made."""

    @each_vector
    def test_hand_made(self, vector: Vector) -> None:
        """Strings written down by the rules, signed by OpenSSL."""
        assert string_to_sign(vector.sent, ACCOUNT) == vector.text
        assert SHARED_KEY.signature(vector.sent) == vector.signature

    def test_azure_batch(self) -> None:
        """Six requests that azure-batch 14.2.0 signed."""
        if not VECTORS.is_file():
            pytest.skip("needs the vectors that stand beside the repository")
        known = json.loads(VECTORS.read_text("utf-8"))
        key = SharedKey(known["account"], known["key_base64_invented"])
        assert len(known["vectors"]) == 6
        for it in known["vectors"]:
            sent = request(it["method"], it["url"], it["headers"])
            assert string_to_sign(sent, known["account"]) == it["string_to_sign"]
            signed = key.signed(sent, it["headers"]["ocp-date"])
            assert signed.headers.get("Authorization") == it["authorization"]


class TestFields:
    """The document: Constructing the signature string, Constructing the canonicalized headers."""

    @pytest.mark.parametrize("method", ["GET", "HEAD", "get"])
    def test_no_length_of_nothing(self, method: str) -> None:
        """A Content-Length of 0 is signed as none where there is never a body."""
        assert text_of(method, fields={"Content-Length": "0"}) == text_of(method)
        assert text_of(method, fields={"Content-Length": "1"}) != text_of(method)

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_length_of_nothing(self, method: str) -> None:
        """It is signed as 0 elsewhere, where it is sent."""
        assert text_of(method, fields={"Content-Length": "0"}).startswith(f"{method}\n\n\n0\n")
        assert text_of(method).startswith(f"{method}\n\n\n\n")

    def test_method(self) -> None:
        """In upper case."""
        assert text_of("delete") == text_of("DELETE")

    def test_date(self) -> None:
        """Date has its line where there is no ocp-date, and none beside it."""
        assert text_of(fields={"Date": DATE}).split("\n")[6] == DATE
        both = {"Date": "another", "ocp-date": DATE}
        assert text_of(fields=both) == text_of(fields={"ocp-date": DATE})

    def test_names_without_case(self) -> None:
        """RFC 9110 §5.1: names of fields have no case."""
        lower = text_of(fields={"if-match": "*", "ocp-date": DATE})
        assert text_of(fields={"IF-MATCH": "*", "OCP-Date": DATE}) == lower

    def test_value(self) -> None:
        """As it is, whatever letter is at its ends."""
        assert text_of(fields={"If-Match": "XaX"}).split("\n")[8] == "XaX"

    def test_others(self) -> None:
        """Other fields are not signed, nor is the host."""
        others = {"Host": "h", "client-request-id": "1", "x-ocp-x": "1", "Authorization": "x"}
        assert text_of(fields=others) == text_of()
        assert text_of(target="http://other/jobs?api-version=2025-06-01") == text_of()


class TestResource:
    """The document: Constructing the canonicalized resource string."""

    @pytest.mark.parametrize(
        ("target", "resource"),
        [
            ("/jobs", "/jobs"),
            ("HTTPS://h:443/jobs?", "/jobs"),
            ("https://h", "/"),
            ("https://h?a=1", "/\na:1"),
            ("/", "/"),
            ("/a%2fb%C3%A9/c//d;e", "/a%2fb%C3%A9/c//d;e"),
            ("/$batch?timeOut=1&api-version=2", "/$batch\napi-version:2\ntimeout:1"),
            ("/j?b=2&a=1&B=1", "/j\na:1\nb:1,2"),
            ("/j?b=x,y&b=w", "/j\nb:w,x,y"),
            ("/j?$filter=a%20eq%20%27%2B%27&c=%C3%A9&p+q=+", "/j\n$filter:a eq '+'\nc:é\np q: "),
            ("/j?a&b=&&=c", "/j\n:c\na:\nb:"),
        ],
    )
    def test_targets(self, target: str, resource: str) -> None:
        """The path as it is, the parameters by name, decoded; repeated ones in one line."""
        assert text_of(target=target) == f"GET\n{EMPTY}/{ACCOUNT}{resource}"


NAMES = st.text(st.characters(codec="utf-8", exclude_characters=":\r\n"), min_size=1, max_size=8)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8)
QUERIES = st.dictionaries(NAMES.map(str.lower), VALUES, max_size=5)
FIELD_NAMES = ("Content-Type", "Content-Length", "If-Match", "Range", "ocp-range", "OCP-X", "Other")
FIELD_VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8)
FIELDS = st.dictionaries(st.sampled_from(FIELD_NAMES), FIELD_VALUES, max_size=5)


def target_of(parameters: list[tuple[str, str]]) -> str:
    """A target with that query."""
    return "/jobs?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in parameters)


class TestProperties:
    """What holds for all requests."""

    @given(FIELDS, QUERIES, st.randoms(use_true_random=False))
    def test_order(self, fields: dict[str, str], query: dict[str, str], random: Any) -> None:
        """The order of fields and parameters does not count: both are sorted, or have places."""
        sent = request("PUT", target_of(list(query.items())), fields)
        pairs, parameters = list(fields.items()), list(query.items())
        random.shuffle(pairs)
        random.shuffle(parameters)
        other = request("PUT", target_of(parameters), pairs)
        assert SHARED_KEY.signature(other) == SHARED_KEY.signature(sent)

    @given(FIELDS, QUERIES, FIELDS, QUERIES)
    def test_different(
        self,
        fields: dict[str, str],
        query: dict[str, str],
        other_fields: dict[str, str],
        other_query: dict[str, str],
    ) -> None:
        """A request that differs in anything that is signed has another signature."""
        sent = request("PUT", target_of(list(query.items())), fields)
        other = request("PUT", target_of(list(other_query.items())), other_fields)
        assume(sent != other)
        same = query == other_query and _signed(fields) == _signed(other_fields)
        assert (SHARED_KEY.signature(sent) == SHARED_KEY.signature(other)) is same

    @given(FIELDS, QUERIES, st.timedeltas(-datetime.timedelta(minutes=15), datetime.timedelta(0)))
    def test_signed(
        self, fields: dict[str, str], query: dict[str, str], age: datetime.timedelta
    ) -> None:
        """What was signed is taken within 15 minutes, and the other fields are as they were."""
        sent = request("DELETE", target_of(list(query.items())), fields)
        date = format_datetime(NOW + age, usegmt=True)
        signed = SHARED_KEY.signed(sent, date)
        SHARED_KEY.check(signed, NOW + age)
        added = ("ocp-date", "Authorization")
        assert signed.headers.without(*added) == sent.headers.without(*added)
        assert signed.replace(headers=sent.headers) == sent

    @given(st.binary(min_size=1), st.binary(min_size=1))
    def test_keys(self, key: bytes, other: bytes) -> None:
        """Another key, another signature; HMAC pads keys with zeros (RFC 2104 §2)."""
        assume(key.rstrip(b"\0") != other.rstrip(b"\0") and max(len(key), len(other)) <= 64)
        ours, theirs = (SharedKey(ACCOUNT, base64.b64encode(it).decode()) for it in (key, other))
        assert ours.signature(request()) != theirs.signature(request())


def _signed(fields: dict[str, str]) -> dict[str, str]:
    """What counts of those fields: an empty one of the eleven is as none."""
    counted = {name.lower(): value for name, value in fields.items() if name != "Other"}
    return {name: value for name, value in counted.items() if value or name.startswith("ocp-")}


class TestSigned:
    """A request is given its date and its signature."""

    def test_fields(self) -> None:
        """Old ones are replaced in their places, new ones stand at the end."""
        pairs = [("Authorization", "old"), ("A", "1"), ("OCP-Date", "old"), ("ocp-date", "older")]
        signed = SHARED_KEY.signed(request(fields=pairs), DATE)
        assert signed.headers.names == ("Authorization", "A", "OCP-Date")
        assert signed.headers.get("ocp-date") == DATE
        fresh = SHARED_KEY.signed(request(fields={"A": "1"}), DATE)
        assert fresh.headers.names == ("A", "ocp-date", "Authorization")
        assert signed.headers.get("Authorization") == fresh.headers.get("Authorization")

    def test_again(self) -> None:
        """Signed twice is signed once."""
        signed = SHARED_KEY.signed(request(), DATE)
        assert SHARED_KEY.signed(signed, DATE) == signed

    def test_class(self) -> None:
        """The class stays, and what it has beside."""
        operation = Operation("GET", "/jobs", part_headers=Headers([("A", "1")]))
        signed = SHARED_KEY.signed(operation, DATE)
        assert type(signed) is Operation
        assert signed.part_headers == operation.part_headers

    @pytest.mark.parametrize("date", ["", "soon", "2014-04-09T20:21:24Z", f"{DATE}\r\nX: 1"])
    def test_date(self, date: str) -> None:
        """The service would refuse what is no date."""
        with pytest.raises(SigningError) as caught:
            SHARED_KEY.signed(request(), date)
        assert caught.value.code == "invalid_date"

    @pytest.mark.parametrize(
        "sent",
        [
            request("POST"),
            request("put"),
            request("PATCH"),
            request("DELETE", body=b"x"),
            request("DELETE", fields={"Transfer-Encoding": "chunked"}),
        ],
    )
    def test_length(self, sent: HttpRequest) -> None:
        """The document requires a Content-Length, and what is sent will have one."""
        with pytest.raises(SigningError) as caught:
            SHARED_KEY.signed(sent, DATE)
        assert caught.value.code == "missing_content_length"
        SHARED_KEY.signed(sent.replace(headers=Headers([("Content-Length", "1")])), DATE)
        SHARED_KEY.signed(request("DELETE"), DATE)


class TestCheck:
    """What is taken, and what is refused."""

    def test_codes(self) -> None:
        """Each fault has its own."""
        good = SHARED_KEY.signed(request(), DATE)
        value = good.headers.get("Authorization") or ""

        def given(*values: str) -> HttpRequest:
            kept = good.headers.without("Authorization")
            added = [("Authorization", value) for value in values]
            return good.replace(headers=Headers([*kept, *added]))

        SHARED_KEY.check(good, NOW)
        SHARED_KEY.check(given(value.replace("SharedKey ", "sharedkey   ")), NOW)
        assert code_of(given()) == "missing_authorization"
        assert code_of(given("Bearer abc")) == "unsupported_scheme"
        assert code_of(given("")) == "unsupported_scheme"
        assert code_of(given("SharedKey")) == "invalid_authorization"
        assert code_of(given(f"SharedKey {ACCOUNT}")) == "invalid_authorization"
        assert code_of(given(f"SharedKey {ACCOUNT}:")) == "invalid_authorization"
        assert code_of(given(f"{value}\u0100")) == "invalid_authorization"
        assert code_of(given(value.replace(":", ":x:"))) == "invalid_authorization"
        assert code_of(given(value, value)) == "invalid_authorization"
        assert code_of(given(value.replace(" ", " \t"))) == "wrong_account"
        assert code_of(given(value.replace(ACCOUNT, "another"))) == "wrong_account"
        assert code_of(given(value.replace(ACCOUNT, f"X{ACCOUNT}"))) == "wrong_account"
        zeros = "A" * 43 + "="
        assert code_of(given(f"SharedKey {ACCOUNT}:{zeros}")) == "wrong_signature"
        assert code_of(good.replace(target=good.target + "0")) == "wrong_signature"
        assert code_of(good.replace(method="DELETE")) == "wrong_signature"

    def test_dates(self) -> None:
        """A date must be there, and a date."""
        assert code_of(with_signature_of(text_of(), request())) == "missing_date"
        for fields in ({"ocp-date": "soon"}, {"ocp-date": "", "Date": DATE}, {"Date": "soon"}):
            sent = request(fields=fields)
            assert code_of(with_signature_of(text_of(fields=fields), sent)) == "invalid_date"
        dated = {"Date": DATE}
        SHARED_KEY.check(with_signature_of(text_of(fields=dated), request(fields=dated)), NOW)

    @pytest.mark.parametrize("sign", [1, -1])
    def test_fifteen_minutes(self, sign: int) -> None:
        """Exactly 15 minutes pass, before and after; a microsecond or a second more fails."""
        signed = SHARED_KEY.signed(request(), DATE)
        limit = NOW + sign * datetime.timedelta(minutes=15)
        SHARED_KEY.check(signed, limit)
        SHARED_KEY.check(signed, limit.astimezone(datetime.timezone(datetime.timedelta(hours=5))))
        for more in (datetime.timedelta(seconds=1), datetime.timedelta(microseconds=1)):
            assert code_of(signed, limit + sign * more) == "date_out_of_range"

    def test_signature_first(self) -> None:
        """Nothing is said of a date that nobody vouches for."""
        sent = with_signature_of("", request(fields={"ocp-date": "soon"}))
        assert code_of(sent) == "wrong_signature"

    @pytest.mark.parametrize(
        ("target", "fields", "resource"),
        [
            ("/j?timeOut=1&startTime=2", {}, "/j\nstartTime:2\ntimeOut:1"),
            ("/j?$filter=&timeOut=30", {}, "/j\ntimeOut:30"),
            ("/j?timeout=&timeout=30", {}, "/j\ntimeout:30"),
            ("/j?b=1", {"ocp-range": ""}, "/j\nb:1"),
        ],
    )
    def test_azure_batch(self, target: str, fields: dict[str, str], resource: str) -> None:
        """The string that azure-batch signs is taken as well as the document's."""
        sent = request("GET", target, {"ocp-date": DATE, **fields})
        theirs = f"GET\n{EMPTY}ocp-date:{DATE}\n/{ACCOUNT}{resource}"
        assert string_to_sign(sent, ACCOUNT) != theirs
        SHARED_KEY.check(with_signature_of(theirs, sent), NOW)
        SHARED_KEY.check(SHARED_KEY.signed(sent, DATE), NOW)

    def test_date_beside_ocp_date(self) -> None:
        """Likewise where the Date is signed beside ocp-date."""
        fields = {"ocp-date": DATE, "Date": "x"}
        theirs = f"GET\n\n\n\n\n\nx\n\n\n\n\n\nocp-date:{DATE}\n/{ACCOUNT}/j"
        sent = request("GET", "/j", fields)
        SHARED_KEY.check(with_signature_of(theirs, sent), NOW)
        SHARED_KEY.check(SHARED_KEY.signed(sent, DATE), NOW)

    @pytest.mark.parametrize("value", ["1", "2"])
    def test_second_value(self, value: str) -> None:
        """A signature that leaves the second value of a parameter open holds for nothing."""
        sent = request("GET", "/j?a=1&a=2", {"ocp-date": DATE})
        theirs = f"GET\n{EMPTY}ocp-date:{DATE}\n/{ACCOUNT}/j\na:{value}"
        assert code_of(with_signature_of(theirs, sent)) == "wrong_signature"
        SHARED_KEY.check(SHARED_KEY.signed(sent, DATE), NOW)

    def test_one_string(self) -> None:
        """What neither string can tell: which commas are the client's, and what has no value."""
        documented = {text_of(target=f"/j?{query}") for query in ("a=1&a=2", "A=2&a=1", "a=1,2")}
        assert len(documented) == 1
        sent = request("GET", "/j?b=1", {"ocp-date": DATE})
        signed = with_signature_of(f"GET\n{EMPTY}ocp-date:{DATE}\n/{ACCOUNT}/j\nb:1", sent)
        SHARED_KEY.check(signed.replace(target="/j?b=1&c="), NOW)


UNSAFE = [
    ("invalid_method", request("")),
    ("invalid_method", request("GET\nX")),
    *(
        ("invalid_target", request(target=target))
        for target in (
            *("", "*", "jobs", "?a=1", "//host/jobs", "https://h//jobs", "https://", "ftp://h/"),
            *("h:443", "/a b", "/a\nb", "/é", "/j#f", "/j?a#f"),
        )
    ),
    *(
        ("invalid_query", request(target=f"/j?{query}"))
        for query in ("a=%FF", "%FF", "a=1%0Ab:2", "a%0D=1", "a%3Ab=1")
    ),
    *(
        ("invalid_field", request(fields={name: value}))
        for name, value in (
            *(("If-Match", "a\nb"), ("If-Match", "a\rb"), ("ocp-x", " a"), ("ocp-x", "a\t")),
            *(("ocp-x", "\u0100"), ("ocp-x", "\0"), ("ocp-:", "a"), ("ocp-\u212a", "a")),
        )
    ),
    ("repeated_field", request(fields=[("If-Match", "a"), ("if-match", "a")])),
    ("repeated_field", request(fields=[("ocp-a", "a"), ("OCP-A", "b")])),
]


class TestUnsafe:
    """What could stand for another request, or cannot be sent."""

    @pytest.mark.parametrize(("code", "sent"), UNSAFE)
    def test_refused(self, code: str, sent: HttpRequest) -> None:
        """Refused wherever a string is needed."""
        for call in (
            lambda: string_to_sign(sent, ACCOUNT),
            lambda: SHARED_KEY.signature(sent),
            lambda: SHARED_KEY.signed(sent, DATE),
            lambda: SHARED_KEY.check(with_signature_of("", sent), NOW),
        ):
            with pytest.raises(SigningError) as caught:
                call()
            assert caught.value.code == code
            assert caught.value.__context__ is None  # where a value could stand

    def test_latin_1(self) -> None:
        """Bytes above ASCII may stand in a value (RFC 9110 §5.5), at its ends too."""
        assert text_of(fields={"If-Match": "\xa0é\x85"}).split("\n")[8] == "\xa0é\x85"

    @pytest.mark.parametrize("account", ["", "a/b", "a:b", "a b", "a\n", "é"])
    def test_accounts(self, account: str) -> None:
        """A name that could be read as something else is none."""
        for call in (lambda: SharedKey(account, KEY), lambda: string_to_sign(request(), account)):
            with pytest.raises(SigningError) as caught:
                call()
            assert caught.value.code == "invalid_account"

    @pytest.mark.parametrize("key", ["", "=", "a", "YQ", f"{KEY}\n", f" {KEY}", "YQ==é", "Y-_="])
    def test_keys(self, key: str) -> None:
        """A key is base64 to its end."""
        with pytest.raises(SigningError) as caught:
            SharedKey(ACCOUNT, key)
        assert caught.value.code == "invalid_key"
        assert KEY not in str(caught.value)

    def test_types(self) -> None:
        """Wrong Python types are no bad input."""
        wrong: list[Any] = [
            lambda: SharedKey(b"a", KEY),  # type: ignore[arg-type]
            lambda: SharedKey("a", KEY.encode()),  # type: ignore[arg-type]
            lambda: string_to_sign(request(), None),  # type: ignore[arg-type]
            lambda: string_to_sign(b"", ACCOUNT),  # type: ignore[arg-type]
            lambda: SHARED_KEY.signature(None),  # type: ignore[arg-type]
            lambda: SHARED_KEY.signed(None, DATE),  # type: ignore[type-var]
            lambda: SHARED_KEY.signed(request(), NOW),  # type: ignore[arg-type]
            lambda: SHARED_KEY.check(None, NOW),  # type: ignore[arg-type]
            lambda: SHARED_KEY.check(request(), DATE),  # type: ignore[arg-type]
            lambda: SHARED_KEY.check(request(), NOW.replace(tzinfo=None)),
        ]
        for call in wrong:
            with pytest.raises(TypeError):
                call()


class TestSecrets:
    """Neither a key nor what it made is shown."""

    def test_shown(self) -> None:
        """The account is, the key is not."""
        console = Console(file=StringIO(), width=200)
        console.print(Pretty(SHARED_KEY), SHARED_KEY)
        shown = [repr(SHARED_KEY), str(SHARED_KEY), f"{SHARED_KEY}", console.file.getvalue()]  # type: ignore[attr-defined]
        assert all(ACCOUNT in it and KEY not in it and KEY[:8] not in it for it in shown)
        assert all("account=" in it for it in shown)

    def test_value(self) -> None:
        """It is compared, hashed, copied and pickled by what it holds, and cannot be changed."""
        pickled = pickle.loads(pickle.dumps(SHARED_KEY))  # noqa: S301 - our own bytes
        assert pickled == copy.deepcopy(SHARED_KEY) == SHARED_KEY
        assert {SHARED_KEY: 1}[SharedKey(ACCOUNT, KEY)] == 1
        assert SharedKey(ACCOUNT, "YQ==") != SHARED_KEY
        with pytest.raises(AttributeError):
            SHARED_KEY.key = "YQ=="  # type: ignore[misc]

    def test_errors(self) -> None:
        """No text quotes a signature, a value, a query or a body."""
        secret = "S3cret"  # noqa: S105 - it is none
        fields = {"If-Match": secret, "ocp-date": secret, "Authorization": f"{secret} {secret}"}
        sent = request("GET", f"/{secret}?{secret}={secret}", fields, secret.encode())
        errors = []
        for scheme in ("Bearer", f"SharedKey {secret}:", f"SharedKey {ACCOUNT}:"):
            value = f"{scheme}{SHARED_KEY.signature(sent)}"
            given = sent.replace(headers=sent.headers.with_field("Authorization", value))
            for other in (given, given.replace(target=f"/?{secret}=%FF"), sent):
                with pytest.raises(SigningError) as caught:
                    SHARED_KEY.check(other, NOW)
                errors.append(caught.value)
        for error in errors:
            assert secret not in str(error)
            assert SHARED_KEY.signature(sent) not in str(error)
            assert error.source
            assert error.__cause__ is None
            assert str(copy.copy(error)) == str(error)

    def test_exported(self) -> None:
        """Both stand in ``odatabatch.azure``."""
        assert {"SharedKey", "SigningError"} <= set(azure.__all__)
