"""SharedKey beside the signers of azure-batch 14 and 15: the same strings and signatures."""

import datetime
import random
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from odatabatch import Headers, HttpRequest
from odatabatch.azure import SharedKey, SigningError
from odatabatch.azure.signing import string_to_sign
from tests.interop.environments import AZURE_BATCH_14, AZURE_BATCH_15, answers

pytestmark = pytest.mark.interop

WORKER = "worker_sign.py"
ACCOUNT = "myaccount"
KEY = "bm8ga2V5IG9mIGFueSBhY2NvdW50LCBpbnZlbnRlZCBmb3IgdGVzdHM="
SHARED_KEY = SharedKey(ACCOUNT, KEY)
HOST = "https://myaccount.myregion.batch.azure.com"
DATE = "Wed, 09 Apr 2014 20:21:24 GMT"
REQUESTS = 3000
EACH = 50  # of every kind on which they differ

Order = dict[str, Any]
Fields = list[tuple[str, str]]

each_version = pytest.mark.parametrize("variable", [AZURE_BATCH_14, AZURE_BATCH_15])


def order(method: str, target: str, fields: Fields, body: str | None = None) -> Order:
    """A request to sign."""
    known = {"account": ACCOUNT, "key": KEY}
    return known | {"method": method, "url": HOST + target, "fields": fields, "body": body}


class Requests:
    """Makes requests, always the same ones."""

    def __init__(self, number: int) -> None:
        self._random = random.Random(number)  # noqa: S311 - nothing secret comes of it

    def any(self, *parameters: str, fields: Fields | None = None) -> Order:
        """A request that all sign alike; with further parameters, and fields in place of others."""
        method = self._random.choice(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))
        body = None
        if method not in ("GET", "HEAD") and self._random.random() < 0.7:
            body = self._text("".join(map(chr, range(256))), 0, 300)
        query = [*self._parameters(), *parameters]
        self._random.shuffle(query)
        target = self._path() + ("?" + "&".join(query) if query else "")
        own = [*self._fields(), *(fields or [])]
        chosen = {name.lower(): (name, value) for name, value in own}  # the later of one name
        return order(method, target, list(chosen.values()), body)

    def _text(self, characters: str, least: int, most: int) -> str:
        return "".join(self._random.choices(characters, k=self._random.randint(least, most)))

    def _path(self) -> str:
        characters = "abcXYZ019-_.~ %/é€\"'()*+,:@&=#?"
        segments = [self._text(characters, 1, 12) for _ in range(self._random.randint(0, 4))]
        kept = [it for it in segments if it.strip(".")]  # clients take "." and ".." away
        return "/" + "/".join([quote(it, safe="") for it in kept]) if kept else "/$batch"

    def _parameters(self) -> list[str]:
        names = ("api-version", "timeout", "$filter", "$select", "maxresults", "b c", "é", "a.b~")
        characters = "abcXYZ019 '()+,:;=&%/?é€#\t\"$"
        chosen = self._random.sample(names, self._random.randint(0, 5))
        return [
            self._quoted(name) + "=" + self._quoted(self._text(characters, 1, 20))
            for name in chosen
        ]

    def _quoted(self, text: str) -> str:
        return self._random.choice((quote, quote_plus))(text)

    def _fields(self) -> Fields:
        names = ("Content-Encoding", "Content-Language", "Content-MD5", "Content-Type", "If-Match")
        names += ("If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "Range")
        names += ("ocp-range", "ocp-batch-x", "ocp-date-x", "client-request-id", "Accept", "X-A")
        visible = "abcXYZ019;=\"'*/,:_-é"
        fields = [("ocp-date", self._date())]
        for name in self._random.sample(names, self._random.randint(0, 8)):
            words = [self._text(visible, 1, 8) for _ in range(self._random.randint(1, 3))]
            fields.append((self._spelled(name), " ".join(words)))
        return fields

    def _spelled(self, name: str) -> str:
        # azure-batch finds "ocp-" in lower case only.
        return (
            name
            if name.startswith("ocp-")
            else self._random.choice((name, name.lower(), name.upper()))
        )

    def _date(self) -> str:
        seconds = self._random.randrange(10**9)
        date = datetime.datetime(2014, 4, 9, tzinfo=datetime.UTC) + datetime.timedelta(
            seconds=seconds
        )
        return format_datetime(date, usegmt=True)


def received(sent: dict[str, Any]) -> HttpRequest:
    """A request as it would have gone out."""
    headers = Headers(tuple(pair) for pair in sent["fields"])
    return HttpRequest(sent["method"], sent["target"], headers, sent["body"].encode("latin-1"))


def check(request: HttpRequest) -> None:
    """Check it at its own time."""
    SHARED_KEY.check(request, parsedate_to_datetime(request.headers.get("ocp-date", DATE)))


@each_version
def test_strings_and_signatures(variable: str) -> None:
    """The document's string is what they sign; what we sign is what they send."""
    made = Requests(14)
    orders = [made.any() for _ in range(REQUESTS)]
    for (sent,) in answers(variable, WORKER, orders):
        request = received(sent)
        assert string_to_sign(request, ACCOUNT) == sent["text"]
        absolute = request.replace(target=HOST + request.target)
        assert string_to_sign(absolute, ACCOUNT) == sent["text"]
        check(request)
        bare = request.replace(headers=request.headers.without("Authorization"))
        signed = SHARED_KEY.signed(bare, request.headers.get("ocp-date", ""))
        assert signed.headers.get("Authorization") == request.headers.get("Authorization")


DIFFERENT_AND_TAKEN: dict[str, Any] = {
    "name in capitals": {"parameters": ["timeOut=30", "startTime=2"]},
    "empty parameter": {"parameters": ["$expand="]},
    "empty ocp- field": {"fields": [("ocp-range", "")]},
    "Date beside ocp-date": {"fields": [("Date", DATE)]},
    "length of nothing": {"method": "GET", "fields": [("Content-Length", "0")]},
}
DIFFERENT_AND_REFUSED: dict[str, Any] = {
    "repeated parameter": {"parameters": ["$expand=a", "$expand=b"]},
    "semicolon": {"path": "/jobs/a;b"},
    "Ocp- in capitals": {"fields": [("Ocp-Range", "bytes=0-9")]},
    "ocp- within a name": {"fields": [("x-ocp-y", "1")]},
}
UNSAFE: dict[str, Any] = {
    "line feed": {"parameters": ["$expand=a%0Ab:c"]},
    "colon in a name": {"parameters": ["a%3Ab=c"]},
}


def orders_of(kind: dict[str, Any]) -> list[Order]:
    """Requests of a kind on which they differ."""
    made = Requests(15)
    orders = []
    for _ in range(EACH):
        one = made.any(*kind.get("parameters", ()), fields=kind.get("fields"))
        if "method" in kind:
            one |= {"method": kind["method"], "body": None}
        if "path" in kind:
            one["url"] = HOST + kind["path"] + "?" + one["url"].partition("?")[2]
        orders.append(one)
    return orders


@each_version
@pytest.mark.parametrize("kind", DIFFERENT_AND_TAKEN.values(), ids=DIFFERENT_AND_TAKEN)
def test_different_and_taken(variable: str, kind: dict[str, Any]) -> None:
    """Where they sign another string than the document's, and sign all of it, both hold."""
    for (sent,) in answers(variable, WORKER, orders_of(kind)):
        request = received(sent)
        assert string_to_sign(request, ACCOUNT) != sent["text"]
        check(request)
        check(SHARED_KEY.signed(request, request.headers.get("ocp-date", "")))


@each_version
@pytest.mark.parametrize("kind", DIFFERENT_AND_REFUSED.values(), ids=DIFFERENT_AND_REFUSED)
def test_different_and_refused(variable: str, kind: dict[str, Any]) -> None:
    """Where they leave something unsigned, or sign what the document does not name."""
    for (sent,) in answers(variable, WORKER, orders_of(kind)):
        request = received(sent)
        assert string_to_sign(request, ACCOUNT) != sent["text"]
        with pytest.raises(SigningError) as caught:
            check(request)
        assert caught.value.code == "wrong_signature"


@each_version
@pytest.mark.parametrize("kind", UNSAFE.values(), ids=UNSAFE)
def test_unsafe(variable: str, kind: dict[str, Any]) -> None:
    """They sign what another request would sign to as well; here that is an error."""
    for (sent,) in answers(variable, WORKER, orders_of(kind)):
        with pytest.raises(SigningError) as caught:
            check(received(sent))
        assert caught.value.code == "invalid_query"


@each_version
def test_calls(variable: str) -> None:
    """The clients' own calls: bodies, conditions, filters (an empty one too), ``timeOut``."""
    (made,) = answers(variable, WORKER, [{"account": ACCOUNT, "key": KEY, "calls": True}])
    assert len(made) == 8
    for sent in made:
        SHARED_KEY.check(received(sent), datetime.datetime.now(datetime.UTC))
    differing = [it for it in made if string_to_sign(received(it), ACCOUNT) != it["text"]]
    # The document's string is that of all but the empty filter; of 15 also of all but ``timeOut``.
    assert len(differing) == (1 if variable == AZURE_BATCH_14 else 4)
