"""Where requests go."""

from __future__ import annotations

import string

import pytest

from odatabatch import Headers, HttpRequest
from odatabatch.azure.addresses import (
    SERVICE,
    Service,
    agreed,
    check_era,
    collection_address,
    folded,
    location,
    names_batch,
    operation_address,
    outer_address,
    settled_version,
)
from odatabatch.errors import TranslationError
from tests.azure.batches import HOST, LEGACY, MODERN, WORK_ITEMS, collection, operation, outer


def service(request: HttpRequest | None, *targets: str) -> Service:
    """What the outer request and operations with those targets agree on."""
    return agreed(
        None if request is None else outer_address(request),
        [
            operation_address(operation("1", target=target), f"batch[{index}]")
            for index, target in enumerate(targets)
        ],
    )


@pytest.mark.parametrize(
    ("request_", "target", "expected"),
    [
        (None, f"http://{HOST}/jobs/j/tasks", (f"http://{HOST}", HOST)),
        (None, f"HTTPS://{HOST}:8080/jobs/j/tasks", (f"https://{HOST}:8080", f"{HOST}:8080")),
        (None, "https://[::1]:81/jobs/j/tasks", ("https://[::1]:81", "[::1]:81")),
        (None, "/jobs/j/tasks", ("", None)),
        (None, "jobs/j/tasks", ("", None)),
        (outer("/$batch"), "/jobs/j/tasks", ("", None)),
        (outer("/$batch", Host="h"), "jobs/j/tasks", ("https://h", "h")),
        (outer("/%24batch", Host="h:80"), "jobs/j/tasks", ("https://h:80", "h:80")),
        (outer("/$batch", Host="h"), "http://H/jobs/j/tasks", ("http://h", "h")),
        (outer("http://h/$batch"), "https://h/jobs/j/tasks", ("http://h", "h")),
        (outer("http://h/$batch", Host="H"), "/jobs/j/tasks", ("http://h", "h")),
        (outer("https://h/$batch"), "jobs/j/tasks", ("https://h", "h")),
    ],
)
def test_host(request_: HttpRequest | None, target: str, expected: tuple[str, str | None]) -> None:
    """From the outer request, else from the operations; https where no scheme is named."""
    found = service(request_, target)
    assert (found.url, found.host) == expected
    assert found.job == "j"


def test_version_and_timeout() -> None:
    """From the outer request, else from the operations."""
    query = f"api-version={LEGACY}&timeout=120"
    for found in (
        service(outer(f"/$batch?{query}"), "/jobs/j/tasks"),
        service(outer("/$batch"), "/jobs/j/tasks", f"/jobs/j/tasks?{query}"),
        service(None, f"/jobs/j/tasks?API-Version={LEGACY}&timeOut=120", "/jobs/j/tasks"),
    ):
        assert (found.api_version, found.timeout) == (LEGACY, "120")
    assert service(None, "/jobs/j/tasks") == Service("", None, None, "j", None, None)
    assert service(None) == Service("", None, None, None, None, None)


def test_path_of_an_operation() -> None:
    """Relative targets start at the service's root; ids of jobs are compared without case."""
    assert (
        operation_address(operation("1", target="jobs/J%2d1/tasks"), "").path == "/jobs/J%2d1/tasks"
    )
    assert service(None, "/jobs/J%2d1/tasks", "/jobs/j-1/tasks").job == "J%2d1"


def test_work_items() -> None:
    """Before 2015-06-01.2.0 a job stands in a work item; both are compared without case."""
    for slash in ("/", ""):
        address = operation_address(
            operation("1", target=f"{slash}workitems/W%20/jobs/j/tasks"), ""
        )
        assert (address.work_item, address.job) == ("W%20", "j")
        assert address.path == "/workitems/W%20/jobs/j/tasks"
    found = service(outer("/$batch"), "/workitems/W%2d/jobs/j/tasks", "workitems/w-/jobs/J/tasks")
    assert (found.work_item, found.job) == ("W%2d", "j")
    assert service(outer("/$batch"), "/jobs/j/tasks").work_item is None


@pytest.mark.parametrize("name", [".", "..", "%2e", "%2E.", "%ff", "a%c3"])
def test_no_id(name: str) -> None:
    """A name that clients drop from a path (RFC 3986 §5.2.4), or that is no UTF-8, is no id."""
    targets = (f"/jobs/{name}/tasks", f"/workitems/{name}/jobs/j/tasks")
    for target in targets:
        with pytest.raises(TranslationError) as caught:
            operation_address(operation("1", target=target), "batch[1]")
        assert (caught.value.code, caught.value.part) == ("unsupported_target", "batch[1]")
    with pytest.raises(TranslationError) as caught:
        collection_address(HttpRequest("POST", f"/jobs/{name}/addtaskcollection"))
    assert (caught.value.code, caught.value.part) == ("unsupported_target", "request")


@pytest.mark.parametrize("name", ["...", ".a", "%20", "%c3%a9", "!~", "a%2fb"])
def test_odd_id(name: str) -> None:
    """Anything else is one, and stays as it is written."""
    assert operation_address(operation("1", target=f"/jobs/{name}/tasks"), "").job == name


@pytest.mark.parametrize(
    ("target", "host", "known"),
    [
        ("https://a:443/jobs/j/tasks", "a", "https://a"),
        ("http://a/jobs/j/tasks", "a:80", "http://a"),
        ("/jobs/j/tasks", "a:443", "https://a"),
        ("http://a:443/jobs/j/tasks", "a:443", "http://a:443"),
    ],
)
def test_port_of_the_scheme(target: str, host: str, known: str) -> None:
    """RFC 9110 §4.2.3: a host is the same with the port that its scheme has anyway."""
    address = operation_address(operation("1", target=target, Host=host), "p")
    assert agreed(None, [address]).url == known


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("http://a/jobs/j/tasks", "https://a/jobs/j/tasks", "scheme_conflict"),
        ("http://a/jobs/j/tasks", "http://b/jobs/j/tasks", "host_conflict"),
        ("http://a/jobs/j/tasks", "http://a:81/jobs/j/tasks", "host_conflict"),
        ("/jobs/j/tasks", "/jobs/k/tasks", "job_conflict"),
        ("/jobs/j/tasks", "/workitems/w/jobs/j/tasks", "work_item_conflict"),
        (
            f"/jobs/j/tasks?api-version={LEGACY}",
            "/jobs/j/tasks?api-version=2015-12-01.2.2",
            "api_version_conflict",
        ),
        ("/jobs/j/tasks?timeout=1", "/jobs/j/tasks?timeout=2", "timeout_conflict"),
    ],
)
def test_conflict_of_operations(first: str, second: str, code: str) -> None:
    """The operation that disagrees with those before it is named."""
    with pytest.raises(TranslationError) as caught:
        service(None, first, "jobs/j/tasks", second)
    assert (caught.value.code, caught.value.part) == (code, "batch[2]")


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ("/workitems/v/jobs/j/tasks", "work_item_conflict"),
        ("/jobs/j/tasks", "work_item_conflict"),
        ("/workitems/w/jobs/k/tasks", "job_conflict"),
    ],
)
def test_conflict_of_work_items(second: str, code: str) -> None:
    """Jobs of one id in two work items are two jobs, and so is one that stands in none."""
    first = f"/workitems/w/jobs/j/tasks?api-version={WORK_ITEMS}"
    for request in (None, outer("/$batch")):
        with pytest.raises(TranslationError) as caught:
            service(request, first, "workitems/W/jobs/J/tasks", second)
        assert (caught.value.code, caught.value.part) == (code, "batch[2]")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (outer("http://b/$batch"), "host_conflict"),
        (outer("/$batch", Host="b"), "host_conflict"),
        (outer("/$batch?api-version=2015-12-01.2.2"), "api_version_conflict"),
        (outer("/$batch?timeout=2"), "timeout_conflict"),
    ],
)
def test_conflict_with_the_outer_request(request_: HttpRequest, code: str) -> None:
    """The operation that disagrees with the outer request is named."""
    with pytest.raises(TranslationError) as caught:
        service(request_, f"http://a/jobs/j/tasks?api-version={LEGACY}&timeout=1")
    assert (caught.value.code, caught.value.part) == (code, "batch[0]")


def test_conflict_within_one_request() -> None:
    """A Host that is not the target's (RFC 9112 §3.2.2 would take the target's), or another's."""
    for request in (
        outer("http://a/$batch", Host="b"),
        outer("/$batch", Host="a", host="b"),
        outer("http://a/$batch", Host="a", host="b"),
    ):
        with pytest.raises(TranslationError) as caught:
            outer_address(request)
        assert (caught.value.code, caught.value.part) == ("host_conflict", "request")
    assert outer_address(outer("/$batch", Host="a", host="A")).host == "a"


@pytest.mark.parametrize(
    ("target", "method", "code"),
    [
        ("/jobs/j/tasks", "PUT", "unsupported_target"),
        ("/jobs/j/tasks/", "POST", "unsupported_target"),
        ("/jobs/j/tasks/t", "POST", "unsupported_target"),
        ("/jobs//tasks", "POST", "unsupported_target"),
        ("/workitems/jobs/j/tasks", "POST", "unsupported_target"),
        ("/workitems//jobs/j/tasks", "POST", "unsupported_target"),
        ("/workitems/w/jobs/j/tasks/t", "POST", "unsupported_target"),
        ("/workitems/w/jobs/j/tasks", "GET", "unsupported_target"),
        ("/jobs/j/addtaskcollection", "POST", "unsupported_target"),
        ("//h/jobs/j/tasks", "POST", "unsupported_target"),
        ("ftp://h/jobs/j/tasks", "POST", "unsupported_target"),
        ("http://u:p@h/jobs/j/tasks", "POST", "unsupported_target"),
        ("http://h:x/jobs/j/tasks", "POST", "unsupported_target"),
        ("/jobs/j/tasks#f", "POST", "unsupported_target"),
        ("/jobs/j/tasks?api-version=2021-01-01.13.0", "POST", "unknown_api_version"),
        ("/jobs/j/tasks?api-version=", "POST", "unknown_api_version"),
        ("/jobs/j/tasks?timeout=1&timeout=1", "POST", "unsupported_query"),
        ("/jobs/j/tasks?timeout=soon", "POST", "unsupported_query"),
        ("/jobs/j/tasks?timeout=1%0d%0a", "POST", "unsupported_query"),
        ("/jobs/j/tasks?sig=secret", "POST", "unsupported_query"),
    ],
)
def test_refuses_operations(target: str, method: str, code: str) -> None:
    """What adds no task to a job, and what its query may not say."""
    with pytest.raises(TranslationError) as caught:
        operation_address(operation("1", target=target, method=method), "batch[3]")
    assert (caught.value.code, caught.value.part) == (code, "batch[3]")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "request_",
    [
        outer(method="GET"),
        outer("/jobs/j/addtaskcollection"),
        outer("/a/$batch"),
        outer("/$batch", Host="a/b"),
        outer("/$batch", Host=""),
    ],
)
def test_refuses_outer_requests(request_: HttpRequest) -> None:
    """What carries no batch to a host's root."""
    with pytest.raises(TranslationError) as caught:
        outer_address(request_)
    assert (caught.value.code, caught.value.part) == ("unsupported_target", "request")


@pytest.mark.parametrize(
    ("target", "version", "path"),
    [
        ("/jobs/j/tasks", WORK_ITEMS, "/workitems/{name}/jobs/{job}/tasks"),
        ("/workitems/w/jobs/j/tasks", LEGACY, "/jobs/{job}/tasks"),
    ],
)
def test_other_era(target: str, version: str, path: str) -> None:
    """The error says where tasks are added in that api-version."""
    with pytest.raises(TranslationError) as caught:
        check_era(operation_address(operation("1", target=target), "batch[1]"), version)
    assert f"a POST to {path}, as of" in str(caught.value)


@pytest.mark.parametrize("odd", ["é", "\udc95", "\x7f", " ", "\t", "\U0010ffff"])
@pytest.mark.parametrize("target", ["/jobs/{}/tasks", "/jobs/j/tasks?timeout=1{}"])
def test_no_target(target: str, odd: str) -> None:
    """A model can hold what no request line can, and nothing is made of it (RFC 9112 §3.2)."""
    with pytest.raises(TranslationError) as caught:
        operation_address(operation("1", target=target.format(odd)), "batch[1]")
    assert (caught.value.code, caught.value.part) == ("unsupported_target", "batch[1]")


HOSTS = [
    *(f"a{character}" for character in f"{string.ascii_letters}{string.digits}.-"),
    *(f"[{character}]" for character in f"{string.hexdigits}:."),
    *(f"{host}:{port}" for host in ("a", "[::1]") for port in ("1", "9", "10", "65535")),
]
NO_HOSTS = ["", "a_", "a:", "a:x", "a:123456", "[]", "[g]", "[a", "a]", "[a]b", "a@b", "a!"]


class TestLocation:
    """Where a request goes: scheme, host, path and query."""

    @pytest.mark.parametrize("rest", ["", "/", "/x", "?", "?a=b", "/x?a"])
    @pytest.mark.parametrize("host", HOSTS)
    def test_hosts(self, host: str, rest: str) -> None:
        """Names, and IPv6 addresses in brackets, with a port or without (RFC 3986 §3.2.2)."""
        path, _, query = rest.partition("?")
        found = location(HttpRequest("GET", f"http://{host}{rest}"), "request")
        assert found == ("http", host, path, query)
        assert location(HttpRequest("GET", "/", Headers([("Host", host)])), "").host == host

    @pytest.mark.parametrize("host", NO_HOSTS)
    def test_no_hosts(self, host: str) -> None:
        """Others are none: no host is read out of a target, and such a Host is refused."""
        assert location(HttpRequest("GET", f"http://{host}/x"), "request").host is None
        with pytest.raises(TranslationError) as caught:
            location(HttpRequest("GET", "/", Headers([("Host", host)])), "request")
        assert caught.value.code == "unsupported_target"

    @pytest.mark.parametrize("target", ["/a#", "/a#b", "/a?b#", "/a?b#c", "http://a/#"])
    def test_fragments(self, target: str) -> None:
        """A fragment has no place in a request (RFC 9112 §3.2)."""
        with pytest.raises(TranslationError) as caught:
            location(HttpRequest("GET", target), "request")
        assert caught.value.code == "unsupported_target"

    @pytest.mark.parametrize("url", ["http://a", "https://a", "HTTPS://a:1", "hTtP://[::1]"])
    @pytest.mark.parametrize("rest", ["", "/", "/b://c", "?x", "#x"])
    def test_services(self, url: str, rest: str) -> None:
        """Scheme and host at the beginning of a URL."""
        match = SERVICE.match(url + rest)
        assert match is not None
        assert match[0] == url

    @pytest.mark.parametrize(
        "url", ["http:///x", "https://?x", "http:/a", "http//a", "ttp://a", "a"]
    )
    def test_no_services(self, url: str) -> None:
        """What has none."""
        assert SERVICE.match(url) is None


@pytest.mark.parametrize(
    ("timeout", "taken"),
    [("", False), ("0", True), ("999999999", True), ("1000000000", False), ("1.5", False)],
)
def test_timeouts(timeout: str, taken: bool) -> None:
    """A timeout has one to nine digits."""
    asked = operation("1", target=f"/jobs/j/tasks?timeout={timeout}")
    if taken:
        assert operation_address(asked, "batch[0]").timeout == timeout
        return
    with pytest.raises(TranslationError) as caught:
        operation_address(asked, "batch[0]")
    assert caught.value.code == "unsupported_query"


@pytest.mark.parametrize("target", ["$batch", "/$batch", "%24batch", "http://a/$batch?x=y"])
def test_batches(target: str) -> None:
    """What carries a batch, whatever else it says."""
    assert names_batch(HttpRequest("POST", target))
    assert not names_batch(HttpRequest("GET", target))


def test_half_a_pair() -> None:
    """A model's Location can hold half of a surrogate pair, and is compared with others."""
    assert (
        folded("http://h/jobs/\udc95") == folded("http://H/jobs/\udc95") != folded("http://h/jobs/")
    )


class TestCollections:
    """The address of an addtaskcollection request."""

    @pytest.mark.parametrize(
        ("target", "expected"),
        [
            (f"https://{HOST}/jobs/J%2d1/addtaskcollection", ("https", HOST, "J%2d1", None, None)),
            ("/jobs/j/addtaskcollection?timeout=5", (None, None, "j", None, "5")),
            (
                f"jobs/j/addtaskcollection?api-version={LEGACY}",
                (None, None, "j", LEGACY, None),
            ),
        ],
    )
    def test_read(self, target: str, expected: tuple[str | None, ...]) -> None:
        """Scheme, host, job, api-version and timeout."""
        found = collection_address(collection(target=target))
        assert (found.scheme, found.host, found.job, found.api_version, found.timeout) == expected
        assert (found.part, found.work_item) == ("request", None)

    def test_host(self) -> None:
        """From the Host, where the target names none."""
        request = collection(target="/jobs/j/addtaskcollection", Host="h:81")
        assert collection_address(request).host == "h:81"

    @pytest.mark.parametrize(
        ("target", "method", "code"),
        [
            ("/jobs/j/addtaskcollection", "PUT", "unsupported_target"),
            ("/jobs/j/AddTaskCollection", "POST", "unsupported_target"),
            ("/jobs/j/addtaskcollection/", "POST", "unsupported_target"),
            ("/jobs//addtaskcollection", "POST", "unsupported_target"),
            ("/jobs/j/tasks", "POST", "unsupported_target"),
            ("/$batch", "POST", "unsupported_target"),
            ("/workitems/w/jobs/j/addtaskcollection", "POST", "unsupported_target"),
            ("/v1/jobs/j/addtaskcollection", "POST", "unsupported_target"),
            ("ftp://h/jobs/j/addtaskcollection", "POST", "unsupported_target"),
            ("/jobs/j/addtaskcollection#f", "POST", "unsupported_target"),
            ("/jobs/j/addtaskcollection?sig=secret", "POST", "unsupported_query"),
            ("/jobs/j/addtaskcollection?timeout=-1", "POST", "unsupported_query"),
            ("/jobs/j/addtaskcollection?timeout=1234567890", "POST", "unsupported_query"),
            ("/jobs/j/addtaskcollection?api-version=a&API-Version=a", "POST", "unsupported_query"),
            ("/jobs/j/addtaskcollection?api-version=1999", "POST", "unknown_api_version"),
            ("http://other/jobs/j/addtaskcollection", "POST", "host_conflict"),
        ],
    )
    def test_refuses(self, target: str, method: str, code: str) -> None:
        """What adds no collection of tasks to a job."""
        with pytest.raises(TranslationError) as caught:
            collection_address(collection(target=target, method=method, Host="h"))
        assert (caught.value.code, caught.value.part) == (code, "request")
        assert "secret" not in str(caught.value)


class TestSettledVersion:
    """The api-version that something comes from."""

    @pytest.mark.parametrize(
        ("named", "given", "known"),
        [(LEGACY, None, LEGACY), (None, MODERN, MODERN), (LEGACY, LEGACY, LEGACY)],
    )
    def test_named_or_given(self, named: str | None, given: str | None, known: str) -> None:
        """What is given is for requests that name none."""
        assert settled_version(named, given) == known

    @pytest.mark.parametrize(
        ("named", "given", "code", "part"),
        [
            (None, None, "missing_api_version", "request"),
            (None, "", "unknown_api_version", None),
            (None, "2021-01-01.13.0", "unknown_api_version", None),
            (LEGACY, "newest", "unknown_api_version", None),
            (LEGACY, MODERN, "api_version_conflict", "request"),
        ],
    )
    def test_neither(
        self, named: str | None, given: str | None, code: str, part: str | None
    ) -> None:
        """Nothing is guessed, and what is given is a version even where it is not needed."""
        with pytest.raises(TranslationError) as caught:
            settled_version(named, given)
        assert (caught.value.code, caught.value.part) == (code, part)
