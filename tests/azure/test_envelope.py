"""What is around the tasks: header fields and queries, and what is lost of it."""

from __future__ import annotations

from typing import Any

import pytest

from odatabatch import Headers, HttpRequest
from odatabatch.azure.addresses import Service
from odatabatch.azure.envelope import (
    LATE_BATCH,
    annotation_findings,
    check_types,
    header_findings,
    outer_findings,
    outer_headers,
    part_findings,
    query,
    version_findings,
)
from tests.azure.batches import HOST, LEGACY, MODERN, WORK_ITEMS, outer

UNSEEN = "2015-03-01.1.1"


def service(
    host: str | None = HOST,
    work_item: str | None = None,
    job: str | None = "j",
    api_version: str | None = None,
    timeout: str | None = None,
) -> Service:
    """What the addresses of a translation agree on."""
    return Service(f"https://{host}" if host else "", host, work_item, job, api_version, timeout)


class TestTypes:
    """Arguments of other types."""

    def test_right(self) -> None:
        """A request or none, a version or none."""
        check_types(outer(), LEGACY)
        check_types(None, None)

    @pytest.mark.parametrize(
        "arguments",
        [(1, None), (b"", None), (None, 1), (None, b"")],
    )
    def test_wrong(self, arguments: tuple[Any, Any]) -> None:
        """A TypeError, whatever their values are."""
        with pytest.raises(TypeError):
            check_types(*arguments)


class TestFindings:
    """What header fields lose."""

    def test_of_operations(self) -> None:
        """Each name as it is spelled; those that follow from the request are no loss."""
        names = (
            "Content-Type Content-Length Content-ID Host Return-Client-Request-Id"
            " Client-Request-Id dataserviceversion X-Other If-Match"
        )
        found = list(header_findings(Headers((name, "x") for name in names.split())))
        assert [(path, finding.change, finding.effect) for path, finding in found] == [
            (("headers", "Client-Request-Id"), "left_out", "lost"),
            (("headers", "dataserviceversion"), "left_out", "exact"),
            (("headers", "X-Other"), "left_out", "lost"),
            (("headers", "If-Match"), "left_out", "lost"),
        ]
        assert all(finding.detail and finding.source for _, finding in found)
        assert len({finding for _, finding in found}) == 3  # the last two are lost alike

    def test_of_parts(self) -> None:
        """Fields that every part has are no loss, nor are those that say how long it is."""
        names = (
            "content-Type Content-Transfer-Encoding CONTENT-LENGTH Content-Id Content-Description"
            " X-Other"
        )
        found = list(part_findings(Headers((name, "x") for name in names.split())))
        assert [(path, finding.change, finding.effect) for path, finding in found] == [
            (("part_headers", "Content-Description"), "left_out", "lost"),
            (("part_headers", "X-Other"), "left_out", "lost"),
        ]

    def test_of_late_batches(self) -> None:
        """It is said of the request's target."""
        assert LATE_BATCH[:2] == ("request", ("target",))

    def test_escaped_annotation(self) -> None:
        """A name is read, however it is spelled."""
        (found,) = annotation_findings(b'{"\\u006fdata.metadata":"x","value":[]}')
        assert found[1] == ("body", "odata.metadata")

    @pytest.mark.parametrize(("ocp_date", "effect"), [(None, "conditional"), ("now", "exact")])
    def test_of_the_request(self, ocp_date: str | None, effect: str) -> None:
        """What is carried or written anew is no loss; ocp-date is another where one is given."""
        names = (
            "Content-Type Content-Length Host Transfer-Encoding DataServiceVersion"
            " Client-Request-Id return-client-request-id Authorization OCP-Date Date"
        )
        request = outer().replace(headers=Headers((name, "x") for name in names.split()))
        found = list(outer_findings(request, ocp_date))
        assert [(part, path, it.change, it.effect) for part, path, it in found] == [
            ("request", ("headers", "DataServiceVersion"), "left_out", "exact"),
            ("request", ("headers", "Authorization"), "left_out", "conditional"),
            ("request", ("headers", "OCP-Date"), "left_out", effect),
            ("request", ("headers", "Date"), "left_out", "conditional"),
        ]
        assert list(outer_findings(None, ocp_date)) == []

    @pytest.mark.parametrize(
        ("source", "target", "paths"),
        [
            (LEGACY, LEGACY, []),
            (LEGACY, "2018-08-01.7.0", []),
            (LEGACY, "2018-12-01.8.0", ["tasks"]),
            ("2018-12-01.8.0", LEGACY, ["tasks"]),
            (MODERN, "2018-12-01.8.0", []),
            (UNSEEN, LEGACY, ["tasks"]),
            (LEGACY, UNSEEN, ["tasks"]),
            (UNSEEN, MODERN, ["tasks", "tasks"]),
        ],
    )
    def test_of_versions(self, source: str, target: str, paths: list[str]) -> None:
        """What the service changed for all tasks alike, and what nobody has seen."""
        found = list(version_findings(service(), source, target))
        assert [(part, path) for part, path, _ in found] == [("request", (it,)) for it in paths]
        assert all(it.effect == "conditional" and it.detail and it.source for _, _, it in found)

    def test_words(self) -> None:
        """Forward a change is told as it came, backward with its version."""
        words = "a task that is not complete is ended after 180 days, before after 7"
        for source, target, told in (
            (LEGACY, MODERN, words),
            (MODERN, LEGACY, f"from 2018-12-01.8.0 on: {words}"),
        ):
            ((_, _, finding),) = version_findings(service(), source, target)
            assert finding.detail == told

    def test_of_no_tasks(self) -> None:
        """Where there are none, nothing is another for them."""
        assert list(version_findings(service(job=None), UNSEEN, MODERN)) == []

    def test_of_work_items(self) -> None:
        """A job that stood in a work item."""
        ((part, path, finding),) = version_findings(service(work_item="w"), WORK_ITEMS, LEGACY)
        assert (part, path, finding.change) == ("request", ("target",), "left_out")
        assert finding.effect == "conditional"

    @pytest.mark.parametrize(
        ("host", "old"),
        [
            ("account.batch.core.windows.net", True),
            ("Account.Batch.Core.Windows.Net:443", True),
            (HOST, False),
            ("batch.core.windows.net", False),
            ("a.batch.core.windows.net.example.org", False),
            ("[::1]:443", False),
            (None, False),
        ],
    )
    def test_of_old_hosts(self, host: str | None, old: bool) -> None:
        """Names that the service has not any more."""
        found = list(version_findings(service(host=host), LEGACY, LEGACY))
        assert [(path, it.change, it.effect) for _, path, it in found] == [
            (("target",), "service_changed", "conditional")
        ] * old


class TestHeaders:
    """The header fields of a request."""

    def test_all(self) -> None:
        """In one order, whatever that of the request is; the names as documents spell them."""
        request = outer(Return_Client_Request_ID="False", Other="x", CLIENT_REQUEST_ID="i")
        assert outer_headers(service(), request, "now", "t/u").items() == (
            ("Host", HOST),
            ("client-request-id", "i"),
            ("return-client-request-id", "False"),
            ("ocp-date", "now"),
            ("Content-Type", "t/u"),
        )

    @pytest.mark.parametrize("request_", [None, outer(), outer(ocp_date="then")])
    def test_few(self, request_: HttpRequest | None) -> None:
        """What is not known is left out, and an old ocp-date is no date of this request."""
        headers = outer_headers(service(host=None), request_, None, "t/u")
        assert headers.items() == (("Content-Type", "t/u"),)

    def test_query(self) -> None:
        """The version, and the timeout where there is one."""
        assert query(LEGACY, service()) == f"?api-version={LEGACY}"
        assert query(LEGACY, service(timeout="0")) == f"?api-version={LEGACY}&timeout=0"
