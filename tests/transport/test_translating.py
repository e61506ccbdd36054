"""What becomes of a client's request, and the options of both directions."""

from __future__ import annotations

from typing import Any

import pytest

from odatabatch import Headers, HttpRequest, Oddity
from odatabatch.azure import LATEST, Note
from odatabatch.azure.attempts import MAX_ATTEMPTS, MAX_WAIT_S
from odatabatch.azure.versions import LAST_BATCH
from odatabatch.errors import DecodeError, ODataBatchError, TranslationError
from odatabatch.transport.steps import Head, Send
from odatabatch.transport.translating import Downgrading, Plan, Upgrading
from tests.azure.batches import HOST, MODERN, answered, collection, operation, task
from tests.azure.batches import added as success
from tests.transport.scenes import BATCH_URL, adding, posted

CLIENT = f"https://{HOST}"


def legacy(url: str = BATCH_URL, body: bytes | None = None, **fields: str) -> HttpRequest:
    """A request that carries a batch of two tasks of one id."""
    asked = posted(*adding("a", "a"), url=url, **fields)
    return HttpRequest("POST", url, Headers(asked["headers"].items()), body or asked["content"])


def other(target: str = f"https://{HOST}/jobs/j/tasks/t?api-version={LAST_BATCH}") -> HttpRequest:
    """A request of neither kind."""
    return HttpRequest("GET", target, Headers([("Host", HOST)]))


def first(plan: Plan) -> HttpRequest:
    """The first request that is sent."""
    if isinstance(plan, HttpRequest):
        return plan
    step = next(plan)
    assert isinstance(step, Send)
    return step.request


class TestOptions:
    """Options are checked as far as they can be, when they are given."""

    def test_defaults(self) -> None:
        """The newest api-version going up, the last of batches going down."""
        assert Upgrading().api_version == LATEST
        assert Downgrading().api_version == LAST_BATCH
        for way in (Upgrading(), Downgrading()):
            assert (way.max_attempts, way.max_wait_s) == (MAX_ATTEMPTS, MAX_WAIT_S)
            assert way.explicit_defaults
            assert not way.strict
            assert not way.tolerate

    @pytest.mark.parametrize("way", [Upgrading, Downgrading])
    def test_unknown(self, way: Any) -> None:
        """An option that is not there is an error."""
        with pytest.raises(TypeError):
            way(api_versoin=LATEST)
        with pytest.raises(TypeError):
            way(LATEST)

    def test_own(self) -> None:
        """Neither has what is the other's alone."""
        Downgrading(recover_ticks=True, work_item="w")
        with pytest.raises(TypeError):
            Upgrading(recover_ticks=True)  # type: ignore[call-arg]

    @pytest.mark.parametrize(
        ("way", "api_version", "code"),
        [
            (Upgrading, "2025-13-01", "unknown_api_version"),
            (Upgrading, "2014-10-01.1.0", "no_task_collection"),
            (Downgrading, "x", "unknown_api_version"),
        ],
    )
    def test_versions(self, way: Any, api_version: str, code: str) -> None:
        """The api-version has to be one, and to know collections where they are sent."""
        with pytest.raises(TranslationError) as caught:
            way(api_version=api_version)
        assert caught.value.code == code

    @pytest.mark.parametrize("way", [Upgrading, Downgrading])
    def test_bounds(self, way: Any) -> None:
        """What bounds nothing is refused at once, and not by the first batch."""
        for wrong in ({"max_attempts": 0}, {"max_wait_s": -1.0}, {"max_wait_s": float("inf")}):
            with pytest.raises(ValueError, match="expected at least one attempt"):
                way(**wrong)
        with pytest.raises(TypeError):
            way(max_attempts="5")

    @pytest.mark.parametrize("way", [Upgrading, Downgrading])
    def test_wrong(self, way: Any) -> None:
        """So is any other option that the first request would be refused for."""
        with pytest.raises(TranslationError):
            way(source_version="nonsense")
        for wrong in ({"on_notes": 5}, {"tolerate": 5}, {"tolerate": frozenset(["x"])}):
            with pytest.raises(TypeError):
                way(**wrong)


class TestUpgrading:
    """Batches go up; everything else is moved."""

    @pytest.mark.parametrize("path", ["/$batch", "/%24batch"])
    def test_batch(self, path: str) -> None:
        """A POST to /$batch, however it is spelled."""
        request = legacy(f"https://{HOST}{path}?api-version={LAST_BATCH}")
        found = first(Upgrading().plan(request, CLIENT))
        assert found.target.endswith(f"/jobs/job-1/addtaskcollection?api-version={LATEST}")

    def test_other(self) -> None:
        """It gets another api-version."""
        found = Upgrading(api_version=MODERN).plan(other().replace(method="DELETE"), CLIENT)
        assert isinstance(found, HttpRequest)
        found = first(Upgrading(api_version=MODERN).plan(other(), CLIENT))
        assert found.target == f"https://{HOST}/jobs/j/tasks/t?api-version={MODERN}"

    def test_get_batch(self) -> None:
        """What is no POST is no batch."""
        found = Upgrading().plan(other(f"https://{HOST}/$batch?api-version={LAST_BATCH}"), CLIENT)
        assert isinstance(found, HttpRequest)

    def test_source_version(self) -> None:
        """It stands for one that a request does not name."""
        way = Upgrading(source_version=LAST_BATCH)
        assert first(way.plan(other(f"https://{HOST}/jobs/j/tasks/t"), CLIENT)).target.endswith(
            LATEST
        )

    def test_named_version(self) -> None:
        """One that they name is their own."""
        way = Upgrading(source_version="2015-12-01.2.2")
        for request in (legacy(), other(), other(f"https://{HOST}/pools?api-version={LAST_BATCH}")):
            assert first(way.plan(request, CLIENT)).target.endswith(LATEST)
        with pytest.raises(TranslationError) as caught:
            Upgrading().plan(other(f"https://{HOST}/jobs/j/tasks/t"), CLIENT)
        assert caught.value.code == "missing_api_version"

    def test_boundaries(self) -> None:
        """They are such as the service wrote, and new each time."""
        heads = set()
        for _ in range(2):
            steps = Upgrading().plan(legacy(), CLIENT)
            assert not isinstance(steps, HttpRequest)
            next(steps)
            head = steps.send(answered(success("a")))
            assert isinstance(head, Head)
            text = next(steps)
            assert isinstance(text, bytes)
            assert b"boundary=changesetresponse_" in text
            heads.add(head.headers.get("Content-Type"))
        assert len(heads) == 2
        assert all(str(it).startswith("multipart/mixed; boundary=batch_") for it in heads)

    def test_tolerate(self) -> None:
        """Batches are read strictly, but for what is tolerated."""
        body = legacy().body.replace(b"\r\n", b"\n")
        with pytest.raises(DecodeError):
            Upgrading().plan(legacy(body=body), CLIENT)
        first(Upgrading(tolerate=frozenset({Oddity.BARE_LF})).plan(legacy(body=body), CLIENT))

    def test_content_coding(self) -> None:
        """A coded body is not decoded as if it were none."""
        with pytest.raises(TranslationError) as caught:
            Upgrading().plan(legacy(Content_Encoding="gzip"), CLIENT)
        assert caught.value.code == "unsupported_content_coding"

    def test_several_content_types(self) -> None:
        """Of several nobody knows which holds."""
        request = legacy()
        twice = Headers([*request.headers, ("Content-Type", "text/html")])
        with pytest.raises(TranslationError) as caught:
            Upgrading().plan(request.replace(headers=twice), CLIENT)
        assert caught.value.code == "unsupported_content_type"

    def test_content_type(self) -> None:
        """Without a Content-Type it is no batch."""
        request = legacy()
        with pytest.raises(ODataBatchError):
            Upgrading().plan(
                request.replace(headers=request.headers.without("Content-Type")), CLIENT
            )

    def test_strict(self) -> None:
        """A loss is an error."""
        lossy = posted(operation("1", task("a"), client_request_id="c"))
        request = HttpRequest(
            "POST", BATCH_URL, Headers(lossy["headers"].items()), lossy["content"]
        )
        first(Upgrading().plan(request, CLIENT))
        with pytest.raises(TranslationError) as caught:
            Upgrading(strict=True).plan(request, CLIENT)
        assert caught.value.code == "loss"

    def test_explicit_defaults(self) -> None:
        """A default that has changed is written out, or is not."""
        assert b"retentionTime" in first(Upgrading().plan(legacy(), CLIENT)).body
        plain = Upgrading(explicit_defaults=False)
        assert b"retentionTime" not in first(plain.plan(legacy(), CLIENT)).body


class TestDowngrading:
    """Collections go down; everything else is moved."""

    def test_collection(self) -> None:
        """A collection is a batch."""
        found = first(Downgrading().plan(collection(task("a")), CLIENT))
        assert found.target.endswith(f"/$batch?api-version={LAST_BATCH}")

    def test_other(self) -> None:
        """It gets another api-version."""
        request = other(f"https://{HOST}/jobs/j/tasks/t?api-version={LATEST}")
        found = first(Downgrading().plan(request, CLIENT))
        assert found.target == f"https://{HOST}/jobs/j/tasks/t?api-version={LAST_BATCH}"

    def test_work_item(self) -> None:
        """Before 2015-06-01.2.0 jobs stand in work items, for either kind."""
        way = Downgrading(api_version="2014-10-01.1.0", work_item="a%20b")
        batch = first(way.plan(collection(task("a")), CLIENT))
        assert b"/workitems/a%20b/jobs/job-1/tasks" in batch.body
        request = other(f"https://{HOST}/jobs/j/tasks/t?api-version={LATEST}")
        assert "/workitems/a%20b/jobs/j/tasks/t?" in first(way.plan(request, CLIENT)).target


class TestNotes:
    """Every change and every loss, by request."""

    @pytest.mark.parametrize(
        ("way", "request_"),
        [
            (Upgrading, legacy()),
            (Upgrading, other(f"https://{HOST}/pools?api-version={LAST_BATCH}")),
            (Downgrading, collection(task("a", requiredSlots=2))),
            (Downgrading, other(f"https://{HOST}/pools?api-version={LATEST}")),
        ],
    )
    def test_told(self, way: Any, request_: HttpRequest) -> None:
        """Of batches, collections and others."""
        told: list[tuple[Note, ...]] = []
        way(on_notes=told.append).plan(request_, CLIENT)
        (notes,) = told
        assert notes
        assert all(isinstance(note, Note) for note in notes)
        way().plan(request_, CLIENT)

    def test_none(self) -> None:
        """Where there is nothing to say, nothing is said."""
        told: list[tuple[Note, ...]] = []
        way = Upgrading(on_notes=told.append)
        way.plan(other(f"https://{HOST}/jobs/j/tasks/t?api-version={LATEST}"), CLIENT)
        assert not told
