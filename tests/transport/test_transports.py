"""The transports: programs of either library, over a service that is a function."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import httpx2
import pytest

import odatabatch
from odatabatch import Headers, HttpResponse
from odatabatch.azure import LATEST, Note
from odatabatch.azure.versions import LAST_BATCH
from odatabatch.errors import (
    DecodeError,
    EncodeError,
    ODataBatchError,
    OpenOutcomes,
    SigningError,
    TranslationError,
)
from odatabatch.transport import UpgradingTransport
from tests.azure.batches import HOST, LEGACY, added, answered, batch, operation, refused, task
from tests.transport.scenes import (
    JOB,
    KEY,
    NOW,
    Asked,
    Program,
    Service,
    adding,
    collected,
    decoded,
    each_library,
    each_program,
    gone,
    key_auth,
    posted,
    results,
    statuses,
)

OLD = [LAST_BATCH]
NEW = [LATEST]
BATCH, COLLECTION = "Batch", "Task_AddCollection"


def up(program: Program, answering: Any, /, *asked: Asked, **options: Any) -> Any:
    """What old clients get from a new service."""
    options.setdefault("sleep", program.sleep([]))
    return program.ask(program.transport("Upgrading", program.mock(answering), **options), *asked)


def down(program: Program, answering: Any, /, *asked: Asked, **options: Any) -> Any:
    """What new clients get from an old service."""
    options.setdefault("sleep", program.sleep([]))
    return program.ask(program.transport("Downgrading", program.mock(answering), **options), *asked)


@each_program
class TestUpgrading:
    """Old clients, and a service that knows no batches."""

    def test_batch(self, program: Program) -> None:
        """A batch is answered as if the service knew it."""
        service = Service(versions=NEW)
        operations = adding("a", "b", "A")
        answer = up(program, service, posted(*operations))
        assert statuses(answer) == {"1": 201, "2": 201, "3": 409}
        assert service.task_ids == ["a", "b"]
        assert [it.target.rpartition("/")[2] for it in service.requests] == [
            f"addtaskcollection?api-version={LATEST}"
        ] * 2
        pairs = odatabatch.correlate(batch(*operations), decoded(answer))
        assert [it.kind for it in pairs.outcomes] == ["answered"] * 3
        assert not pairs.unmatched

    def test_whole(self, program: Program) -> None:
        """Where all is known at once, there is a Content-Length."""
        answer = up(program, Service(), posted(*adding("a", "b")))
        assert answer.headers["Content-Length"] == str(len(answer.content))
        assert (answer.reason_phrase, answer.http_version) == ("Accepted", "HTTP/1.1")
        assert answer.request.url.path == "/$batch"

    def test_many(self, program: Program) -> None:
        """Batches of more than 100 operations are as many requests as it takes."""
        service = Service(versions=NEW)
        answer = up(program, service, posted(*adding(*(f"t{at}" for at in range(250)))))
        assert set(statuses(answer).values()) == {201}
        assert len(decoded(answer).responses) == len(service.task_ids) == 250
        assert len(service.requests) == 3

    def test_others(self, program: Program) -> None:
        """All other requests get the api-version of the service, and its answers as they are."""
        service = Service(versions=NEW)
        tasks = f"https://{HOST}/jobs/{JOB}/tasks"
        json = {"Content-Type": "application/json; odata=minimalmetadata"}
        answers = up(
            program,
            service,
            {
                "method": "POST",
                "url": f"{tasks}?api-version={LEGACY}",
                "content": task("a"),
                "headers": json,
            },
            {"method": "GET", "url": f"{tasks}/a?api-version={LEGACY}"},
            {"method": "GET", "url": f"{tasks}/b?api-version={LEGACY}"},
            {"method": "DELETE", "url": f"{tasks}/a?api-version={LEGACY}"},
            {"method": "GET", "url": f"https://{HOST}/pools?api-version={LEGACY}"},
        )
        assert [it.status_code for it in answers] == [201, 200, 404, 200, 400]
        assert answers[1].json()["id"] == "a"
        assert b"retentionTime" in service.requests[0].body
        assert all(it.target.endswith(LATEST) for it in service.requests)

    def test_generated_body(self, program: Program) -> None:
        """A body that is made while it is sent is taken as well, and goes on with its length."""
        service = Service()
        asked = posted(*adding("a", "b"))
        half = len(asked["content"]) // 2
        pieces = asked["content"][:half], asked["content"][half:]
        asked["content"] = program.body(*pieces)
        url = f"https://{HOST}/jobs/{JOB}/tasks?api-version={LEGACY}"
        json = {"Content-Type": "application/json; odata=minimalmetadata"}
        body = program.body(task("c"))
        single = {"method": "POST", "url": url, "content": body, "headers": json}
        answers = up(program, service, asked, single, auth=key_auth())
        assert [it.status_code for it in answers] == [202, 201]
        assert service.task_ids == ["a", "b", "c"]
        for request in service.requests:
            assert request.headers.get_all("Content-Length") == (str(len(request.body)),)
            assert "Transfer-Encoding" not in request.headers

    def test_signed(self, program: Program) -> None:
        """Each request is signed, whether or not the client's was."""
        service = Service(account="myaccount", key=KEY, versions=NEW)
        asked = posted(*adding("a", "a"), Authorization="SharedKey myaccount:other", ocp_date="x")
        get = {
            "method": "GET",
            "url": f"https://{HOST}/jobs/{JOB}/tasks/a?api-version={LEGACY}",
            "headers": {"Authorization": "SharedKey myaccount:other"},
        }
        answers = up(program, service, asked, get, auth=key_auth())
        assert statuses(answers[0]) == {"1": 201, "2": 409}
        assert answers[1].status_code == 200

    def test_bearer(self, program: Program) -> None:
        """A token goes on, a signature does not; nor do the client's fields, but for some."""
        service = Service()
        fields = {"Authorization": "Bearer t", "User-Agent": "old/1", "X-Own": "1"}
        asked = posted(*adding("a"), **{k.replace("-", "_"): v for k, v in fields.items()})
        up(program, service, asked, posted(*adding("a"), Authorization="SharedKey a:b"))
        first, second = (it.headers for it in service.requests)
        assert first.get_all("Authorization") == ("Bearer t",)
        assert first.get_all("User-Agent") == ("old/1",)
        assert "X-Own" not in first
        assert "Authorization" not in second

    def test_service(self, program: Program) -> None:
        """Another service than the client's; the links that it tells are its own."""
        service, url = Service(), "http://10.0.0.1:8000"
        answer = up(program, service, posted(*adding("a")), service=url)
        (request,) = service.requests
        assert request.target.startswith(f"{url}/jobs/")
        assert request.headers.get_all("Host") == ("10.0.0.1:8000",)
        (part,) = decoded(answer).responses
        assert (part.status, part.headers.get("Location")) == (201, f"{url}/jobs/{JOB}/tasks/a")

    @pytest.mark.parametrize("streamed", [False, True])
    @pytest.mark.parametrize("wanted", ["true", "false"])
    def test_client_request_id(self, program: Program, wanted: str, streamed: bool) -> None:
        """The client's id goes along, and comes back where it asked for it."""
        service = Service()
        fields = {"client_request_id": "c0", "return_client_request_id": wanted}
        names = ("a", "a") if streamed else ("a",)
        own = operation("9", task("b"), client_request_id="c1", return_client_request_id="true")
        answer = up(program, service, posted(*adding(*names), own, **fields))
        assert answer.headers.get("client-request-id") == ("c0" if wanted == "true" else None)
        assert answer.headers["request-id"]
        assert {it.headers.get("client-request-id") for it in service.requests} == {"c0"}
        by_id = {
            it.content_id: it.headers.get("client-request-id") for it in decoded(answer).responses
        }
        assert by_id["9"] == "c1"
        assert by_id["1"] is None

    def test_coded(self, program: Program) -> None:
        """A service may compress its answers."""
        service = Service()

        def compressing(request: Any) -> Any:
            answer = service(request)
            answer.read()
            fields = {**answer.headers, "Content-Encoding": "gzip"}
            body = gzip.compress(answer.content)
            return program.library.Response(answer.status_code, headers=fields, content=body)

        answer = up(program, compressing, posted(*adding("a", "b")))
        assert statuses(answer) == {"1": 201, "2": 201}
        assert "Content-Encoding" not in answer.headers

    def test_coded_refusal(self, program: Program) -> None:
        """A refusal that was compressed is given as it is without."""
        body = b'{"code":"JobNotFound"}'

        def compressing(_: Any) -> Any:
            fields = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            return program.library.Response(404, headers=fields, content=gzip.compress(body))

        answer = up(program, compressing, posted(*adding("a")))
        assert (answer.status_code, answer.content) == (404, body)

    @pytest.mark.parametrize("coding", ["compress", "x\u00fc"])
    def test_unknown_coding(self, program: Program, coding: str) -> None:
        """What the library has left coded cannot be read: nobody knows what became of the tasks."""
        service = Service()

        def coded(request: Any) -> Any:
            answer = service(request)
            answer.read()
            fields = [*answer.headers.raw, (b"Content-Encoding", coding.encode("latin-1"))]
            stream = program.library.ByteStream(answer.content)
            return program.library.Response(answer.status_code, headers=fields, stream=stream)

        with pytest.raises(program.library.TransportError) as caught:
            up(program, coded, posted(*adding("a")), max_attempts=1)
        assert isinstance(caught.value.__cause__, OpenOutcomes)

    def test_notes(self, program: Program) -> None:
        """Whoever asks is told what was lost, request by request."""
        told: list[tuple[Note, ...]] = []
        own = operation("1", task("a"), client_request_id="c1")
        up(program, Service(), posted(own), posted(*adding("b")), on_notes=told.append)
        assert len(told) == 2
        assert any(note.effect == "lost" for note in told[0])
        assert not any(note.effect == "lost" for note in told[1])


@each_program
class TestUntranslatable:
    """What cannot be translated is refused before anything is sent."""

    def refusal(self, program: Program, asked: Asked, **options: Any) -> ODataBatchError:
        """Why a request is refused."""
        service = Service()
        with pytest.raises(program.library.LocalProtocolError) as caught:
            up(program, service, asked, **options)
        assert not service.requests
        assert isinstance(caught.value.__cause__, ODataBatchError)
        assert str(caught.value) == str(caught.value.__cause__)
        assert caught.value.request.url == asked["url"]
        for secret in ("s3cret", KEY):
            assert secret not in str(caught.value)
            assert secret not in repr(caught.value)
        return caught.value.__cause__

    def test_no_batch(self, program: Program) -> None:
        """A body that is none."""
        asked = posted(*adding("a"))
        asked["content"] = b"s3cret" + asked["content"]
        asked["content"] = asked["content"][:100]
        assert isinstance(self.refusal(program, asked), DecodeError)

    def test_strict(self, program: Program) -> None:
        """A loss, where it is forbidden."""
        asked = posted(operation("1", task("a"), client_request_id="s3cret"))
        error = self.refusal(program, asked, strict=True)
        assert error.code == "loss"

    def test_task(self, program: Program) -> None:
        """A task that is none."""
        asked = posted(operation("1", b'{"id":"s3cret"'))
        assert self.refusal(program, asked).part == "batch[0]/changeset[0]"

    def test_version(self, program: Program) -> None:
        """An api-version that is none."""
        asked = {"method": "GET", "url": f"https://{HOST}/jobs/j/tasks/t?api-version=s3cret"}
        assert isinstance(self.refusal(program, asked), TranslationError)

    def test_unsigned(self, program: Program) -> None:
        """What cannot be signed."""

        def sign(_: Any) -> Any:
            raise SigningError("invalid_query", "expected a query, got another")

        assert isinstance(self.refusal(program, posted(*adding("a")), auth=sign), SigningError)
        get = {"method": "GET", "url": f"https://{HOST}/pools?api-version={LEGACY}"}
        assert isinstance(self.refusal(program, get, auth=sign), SigningError)

    def test_foreign(self, program: Program) -> None:
        """A request of another library is a wrong type."""
        transport = program.transport("Upgrading", program.mock(Service()))
        request: Any = SimpleNamespace(method="GET")
        with pytest.raises(TypeError):
            program.handle(transport, request)


@each_program
class TestRefused:
    """Where all is refused alike, the client gets that very response."""

    def test_key(self, program: Program) -> None:
        """A wrong key."""
        service = Service(account="myaccount", key=KEY)
        answer = up(program, service, posted(*adding("a", "a")), auth=key_auth("b3RoZXI="))
        assert answer.status_code == 403
        assert answer.reason_phrase == "Forbidden"
        assert answer.json()["code"] == "AuthenticationFailed"
        assert answer.headers["Content-Length"] == str(len(answer.content))
        assert len(service.requests) == 2
        for secret in (KEY, "b3RoZXI="):
            assert secret not in answer.text

    def test_job(self, program: Program) -> None:
        """No such job."""
        asked = posted(operation("1", task("a"), target=f"/jobs/x/tasks?api-version={LEGACY}"))
        answer = up(program, Service(), asked)
        assert (answer.status_code, answer.json()["code"]) == (404, "JobNotFound")

    def test_bytes(self, program: Program) -> None:
        """Its fields are bytes of any charset."""
        answer = up(program, gone(refused(409, "X", Server="ü")), posted(*adding("a")))
        assert (b"Server", b"\xfc") in answer.headers.raw

    def test_down(self, program: Program) -> None:
        """The other way likewise."""
        service = Service(account="myaccount", key=KEY)
        answer = down(program, service, collected("a"), auth=key_auth("b3RoZXI="))
        assert (answer.status_code, answer.json()["code"]) == (403, "AuthenticationFailed")

    def test_not_all(self, program: Program) -> None:
        """Where the job is completed between two requests, each operation has its own."""
        service = Service()

        def ending(request: Any) -> Any:
            if service.requests:
                service.batch.set_job_state(JOB, "completed", NOW)
            return service(request)

        assert statuses(up(program, ending, posted(*adding("a", "a")))) == {"1": 201, "2": 409}


@each_program
class TestRetries:
    """Failures, as ``Transfer`` takes them."""

    def test_server_error(self, program: Program) -> None:
        """A server error is followed by another attempt, after the wait that was asked for."""
        waits: list[float] = []
        service = Service(
            {"do": "fail_request", "status": 500, "times": 1},
            {"do": "fail_request", "status": 503, "retry_after_s": 7, "after": 1, "times": 1},
        )
        answer = up(program, service, posted(*adding("a")), sleep=program.sleep(waits))
        assert statuses(answer) == {"1": 201}
        assert waits == [0.5, 7.0]

    def test_longest_wait(self, program: Program) -> None:
        """No wait is longer than the client allows."""
        waits: list[float] = []
        service = Service(
            {"do": "fail_request", "status": 503, "retry_after_s": 99, "times": 2},
        )
        options = {"sleep": program.sleep(waits), "max_wait_s": 2.0}
        assert statuses(up(program, service, posted(*adding("a")), **options)) == {"1": 201}
        assert waits == [2.0, 2.0]

    def test_server_errors(self, program: Program) -> None:
        """If there is nothing else, the last is the answer, after so many attempts."""
        waits: list[float] = []
        service = Service({"do": "fail_request", "status": 503})
        options = {"sleep": program.sleep(waits), "max_attempts": 3}
        answer = up(program, service, posted(*adding("a", "b")), **options)
        assert (answer.status_code, answer.json()["code"]) == (503, "ServerBusy")
        assert answer.reason_phrase == "Service Unavailable"
        assert len(service.requests) == 3
        assert waits == [0.5, 1.0]

    def test_server_errors_of_tasks(self, program: Program) -> None:
        """A server error of one task: it alone is sent again."""
        service = Service({"do": "fail_tasks", "task": "b", "times": 1})
        assert statuses(up(program, service, posted(*adding("a", "b")))) == {"1": 201, "2": 201}
        assert b'"a"' not in service.requests[1].body

    def test_too_large(self, program: Program) -> None:
        """A request that is too large is halved."""
        service = Service({"do": "fail_request", "status": 413, "times": 1})
        names = [f"t{at}" for at in range(5)]
        answer = up(program, service, posted(*adding(*names)))
        assert statuses(answer) == {str(at): 201 for at in range(1, 6)}
        assert [it.body.count(b'"id"') for it in service.requests] == [5, 2, 3]

    @pytest.mark.parametrize(
        "fault",
        [
            {"do": "hang", "work": "all"},
            {"do": "cut"},
            {"do": "cut", "body_bytes": 0},
            {"do": "cut", "body_bytes": 10},
            {"do": "fail_request", "status": 500, "work": "all"},
            {"do": "hang", "work": "half"},
            {"do": "cut", "work": "none"},
        ],
    )
    def test_done_without_telling(self, program: Program, fault: dict[str, Any]) -> None:
        """Tasks that an attempt added without telling are found, and are added."""
        service = Service({**fault, "times": 1})
        answer = up(program, service, posted(*adding("a", "b", "a")))
        assert statuses(answer) == {"1": 201, "2": 201, "3": 409}
        assert service.task_ids == ["a", "b"]

    def test_slow(self, program: Program) -> None:
        """An answer may come byte by byte."""
        answer = up(program, Service({"do": "slow", "chunk_bytes": 1}), posted(*adding("a")))
        assert statuses(answer) == {"1": 201}

    def test_never(self, program: Program) -> None:
        """Without any answer it is the library's error, about the client's own request."""
        service = Service({"do": "hang", "work": "none"})
        with pytest.raises(program.library.ReadTimeout) as caught:
            up(program, service, posted(*adding("a")), max_attempts=2)
        assert len(service.requests) == 2
        assert caught.value.request.url.path == "/$batch"
        assert isinstance(caught.value.__cause__, OpenOutcomes)

    def test_not_sent(self, program: Program) -> None:
        """A connection that is not made is tried again; nothing is in doubt then."""
        service = Service()
        refused_once: list[int] = []

        def unreachable(request: Any) -> Any:
            if not refused_once:
                refused_once.append(1)
                raise program.library.ConnectError("no")
            return service(request)

        up(program, service, posted(*adding("a")))
        assert statuses(up(program, unreachable, posted(*adding("a", "b")))) == {"1": 409, "2": 201}

    def test_unreadable(self, program: Program) -> None:
        """Answers that cannot be read, or of other tasks, leave the outcomes open."""
        garbled = answered(added("other"))
        for answer in (garbled, HttpResponse(200, "OK", Headers(), b"<html>"), HttpResponse(204)):
            with pytest.raises(program.library.RemoteProtocolError) as caught:
                up(program, gone(answer), posted(*adding("a")), max_attempts=2)
            assert isinstance(caught.value.__cause__, OpenOutcomes)

    def test_own_sleep(self, program: Program) -> None:
        """A function that waits by itself will do, also where others are awaited."""
        waits: list[float] = []
        service = Service({"do": "fail_request", "status": 503, "times": 1}, versions=NEW)
        answer = up(program, service, posted(*adding("a")), sleep=waits.append)
        assert (statuses(answer), waits) == ({"1": 201}, [0.5])

    def test_waits_together(self, program: Program) -> None:
        """What was waited for one request is not waited for the next of its round again."""
        waits: list[float] = []
        service = Service({"do": "fail_request", "status": 503, "times": 3}, versions=NEW)
        ids = [f"t{number}" for number in range(250)]
        answer = up(program, service, posted(*adding(*ids)), sleep=waits.append)
        assert set(statuses(answer).values()) == {201}
        assert waits == [0.5]

    @pytest.mark.parametrize(
        "wrong",
        [{"auth": 5}, {"auth": ("a", "b")}, {"auth": httpx.BasicAuth("a", "b")}, {"sleep": 1}],
    )
    def test_no_function(self, program: Program, wrong: dict[str, Any]) -> None:
        """What cannot be called is refused at once."""
        with pytest.raises(TypeError, match="expected a function"):
            program.transport("Upgrading", None, **wrong)

    @pytest.mark.parametrize("status", [302, 408, 500, 503])
    def test_nothing_known(self, program: Program, status: int) -> None:
        """A redirect, and errors that stay, are given to the client as they are."""
        answer = up(program, gone(refused(status, "Code")), posted(*adding("a")), max_attempts=2)
        assert (answer.status_code, answer.json()) == (status, {"code": "Code"})

    def test_undecodable(self, program: Program) -> None:
        """Likewise an answer that is not coded as it says."""
        answer = HttpResponse(200, "OK", Headers([("Content-Encoding", "gzip")]), b"no")
        calls: list[Any] = []

        def garbled(request: Any) -> Any:
            calls.append(request)
            library = program.library
            stream = library.ByteStream(answer.body)
            return library.Response(200, headers={"Content-Encoding": "gzip"}, stream=stream)

        with pytest.raises(program.library.DecodingError):
            up(program, garbled, posted(*adding("a")), max_attempts=2)
        assert len(calls) == 2

    def test_reason(self, program: Program) -> None:
        """A refusal that no part can hold is the service's fault."""
        count: list[int] = []

        def refusing(_: Any) -> Any:
            count.append(1)
            reason = {"reason_phrase": b"a\x01b"}
            return program.library.Response(403 + len(count), extensions=reason)

        with pytest.raises(program.library.RemoteProtocolError) as caught:
            up(program, refusing, posted(*adding("a", "a")))
        assert isinstance(caught.value.__cause__, EncodeError)

    def test_programs_error(self, program: Program) -> None:
        """Any other error is the program's own, and is not an answer."""

        def broken(_: Any) -> Any:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            up(program, broken, posted(*adding("a")))

    def test_against_the_rules(self, program: Program) -> None:
        """What would break the batch is taken for an answer that cannot be read."""
        answer = answered(added("a", eTag="x\r\ny"))
        with pytest.raises(program.library.RemoteProtocolError) as caught:
            up(program, gone(answer), posted(*adding("a")), max_attempts=1)
        assert isinstance(caught.value.__cause__, OpenOutcomes)


@each_program
class TestParts:
    """An answer that comes in parts."""

    def read(
        self, program: Program, service: Service, asked: Asked, most: int = 1 << 30, **options: Any
    ) -> tuple[list[tuple[int, bytes]], Any]:
        """Each piece, and how many requests the service had then; and the response."""
        pieces: list[tuple[int, bytes]] = []
        options.setdefault("sleep", program.sleep([]))
        transport = program.transport("Upgrading", program.mock(service), **options)

        def on_piece(piece: bytes) -> None:
            pieces.append((len(service.requests), piece))

        return pieces, program.read_some(transport, asked, on_piece, most)

    def test_in_turn(self, program: Program) -> None:
        """Each part is there before the next request is sent."""
        service = Service()
        asked = posted(*adding("a", "a", "a"))
        pieces, response = self.read(program, service, asked)
        assert [count for count, _ in pieces] == [1, 2, 3]
        assert "Content-Length" not in response.headers
        body = b"".join(piece for _, piece in pieces)
        answer = odatabatch.decode_response(body, response.headers["Content-Type"])
        pairs = odatabatch.correlate(batch(*adding("a", "a", "a")), answer)
        assert [it.kind for it in pairs.outcomes] == ["answered"] * 3

    def test_closed_early(self, program: Program) -> None:
        """What was asked for is done, whether or not it is read to its end."""
        service = Service()
        names = [f"t{at}" for at in range(250)]
        pieces, response = self.read(program, service, posted(*adding(*names)), most=1)
        assert len(pieces) == 1
        assert response.is_closed
        assert service.task_ids == names

    def test_error_of_the_program(self, program: Program) -> None:
        """A program that fails while it reads gets its own error, and all is done."""
        service = Service({"do": "hang", "after": 2, "work": "all"})
        transport = program.transport("Upgrading", program.mock(service), sleep=program.sleep([]))
        names = [f"t{at}" for at in range(250)]
        with pytest.raises(ZeroDivisionError):
            program.read_some(transport, posted(*adding(*names)), lambda piece: 1 // 0)
        assert service.task_ids == names

    def test_closed_early_and_lost(self, program: Program) -> None:
        """Nobody is told of what failed then: whoever closes does not ask."""
        service = Service({"do": "hang", "after": 1, "work": "none"})
        names = [f"t{at}" for at in range(150)]
        _, response = self.read(program, service, posted(*adding(*names)), most=1)
        assert response.is_closed
        assert len(service.requests) == 6

    def test_open_at_the_end(self, program: Program) -> None:
        """Parts that are known, then the error instead of the end."""
        service = Service({"do": "hang", "after": 1, "work": "none"})
        pieces: list[bytes] = []
        transport = program.transport(
            "Upgrading", program.mock(service), sleep=program.sleep([]), max_attempts=2
        )
        asked = posted(*adding("a", "a"))
        with pytest.raises(program.library.ReadTimeout) as caught:
            program.read_some(transport, asked, pieces.append)
        assert isinstance(caught.value.__cause__, OpenOutcomes)
        assert caught.value.request.url.path == "/$batch"
        assert b"HTTP/1.1 201" in b"".join(pieces)
        assert len(pieces) == 1

    def test_open_by_server_errors(self, program: Program) -> None:
        """Where the last request was answered, the error says that it is not known."""
        service = Service({"do": "fail_request", "status": 500, "after": 1})
        with pytest.raises(program.library.RemoteProtocolError) as caught:
            self.read(program, service, posted(*adding("a", "a")))
        cause = caught.value.__cause__
        assert isinstance(cause, OpenOutcomes)
        assert [it.content_id for it in cause.operations] == ["2"]

    def test_read_whole(self, program: Program) -> None:
        """A client that reads all at once gets the error in place of an answer."""
        service = Service({"do": "hang", "after": 1, "work": "none"})
        with pytest.raises(program.library.ReadTimeout):
            up(program, service, posted(*adding("a", "a")))

    def test_not_signed_half_way(self, program: Program) -> None:
        """Where a later request cannot be signed, what is known is told before."""
        service = Service()

        def sign(request: Any) -> Any:
            if service.requests:
                raise SigningError("invalid_query", "expected a query, got another")
            return request

        # Not LocalProtocolError, which would say that nothing was sent.
        with pytest.raises(program.library.RemoteProtocolError) as caught:
            self.read(program, service, posted(*adding("a", "a")), auth=sign)
        assert isinstance(caught.value.__cause__, SigningError)

    @pytest.mark.parametrize("service_url", [None, "https://elsewhere.region.batch.azure.com"])
    def test_redirected(self, program: Program, service_url: str | None) -> None:
        """What goes to another host goes out as it is, and is not signed."""
        sent: list[Any] = []

        def handler(request: Any) -> Any:
            sent.append(request)
            where = {"Location": "https://evil.example/jobs?api-version=2016-02-01.3.0"}
            status = 200 if request.url.host == "evil.example" else 307
            return program.library.Response(status, headers=where, content=b"")

        transport = program.transport(
            "Upgrading", program.mock(handler), auth=key_auth(), service=service_url
        )
        asked = {"method": "GET", "url": f"https://{HOST}/jobs?api-version={LAST_BATCH}"}
        answer = program.ask(transport, asked, follow_redirects=True)
        assert answer.status_code == 200
        first, second = sent
        assert first.headers["Authorization"].startswith("SharedKey ")
        assert "Authorization" not in second.headers
        assert str(second.url) == "https://evil.example/jobs?api-version=2016-02-01.3.0"

    def test_refused_at_first(self, program: Program) -> None:
        """A request that cannot be translated does not say which origin is the service's."""
        service = Service(versions=NEW)
        transport = program.transport("Upgrading", program.mock(service), sleep=program.sleep([]))
        asked = program.library.Request("GET", "https://login.example/token")
        with pytest.raises(program.library.LocalProtocolError):
            program.handle(transport, asked)
        assert statuses(program.ask(transport, posted(*adding("a")))) == {"1": 201}

    @pytest.mark.parametrize(
        "origin", [f"https://{HOST}", f"https://{HOST.upper()}/", f"https://{HOST}:443"]
    )
    def test_origin(self, program: Program, origin: str) -> None:
        """It may be named, so that no other request is taken for the service's."""
        sent: list[Any] = []

        def handler(request: Any) -> Any:
            sent.append(request)
            return program.library.Response(200, content=b"")

        transport = program.transport(
            "Upgrading", program.mock(handler), auth=key_auth(), origin=origin
        )
        query = f"/pools?api-version={LAST_BATCH}"
        for host in ("evil.example", f"{HOST}:444", HOST, f"{HOST}:443"):
            program.handle(transport, program.library.Request("GET", f"https://{host}{query}"))
        program.handle(transport, program.library.Request("GET", f"http://{HOST}{query}"))
        assert ["Authorization" in it.headers for it in sent] == [False, False, True, True, False]

    def test_named_meanwhile(self, program: Program) -> None:
        """What waits for a body while another origin is named goes out as it is, and unsigned."""
        sent: list[Any] = []

        def handler(request: Any) -> Any:
            sent.append(request)
            return program.library.Response(200, content=b"")

        transport = program.transport("Upgrading", program.mock(handler), auth=key_auth())
        query = f"/pools?api-version={LAST_BATCH}"
        first = program.library.Request("GET", f"https://{HOST}{query}")

        def pieces() -> Iterator[bytes]:
            transport.handle_request(first)
            yield b"{}"

        async def later() -> AsyncIterator[bytes]:
            await transport.handle_async_request(first)
            yield b"{}"

        content = later() if program.asynchronous else pieces()
        url = f"https://evil.example{query}"
        program.handle(transport, program.library.Request("PATCH", url, content=content))
        assert [it.url.host for it in sent] == [HOST, "evil.example"]
        assert ["Authorization" in it.headers for it in sent] == [True, False]
        assert str(sent[1].url) == url

    @pytest.mark.parametrize("origin", ["elsewhere.example", "https://a/b", ""])
    def test_no_origin(self, program: Program, origin: str) -> None:
        """It is scheme and host."""
        with pytest.raises(TranslationError) as caught:
            program.transport("Upgrading", program.mock(Service()), origin=origin)
        assert caught.value.code == "unsupported_target"

    @pytest.mark.parametrize("way", ["Upgrading", "Downgrading"])
    @pytest.mark.parametrize("url", ["*?api-version=2016-02-01.3.0", "mailto:x", "/jobs", ""])
    def test_nowhere(self, program: Program, way: str, url: str) -> None:
        """A request that names no host goes out as it is, and is not the one that names it."""
        sent: list[Any] = []

        def handler(request: Any) -> Any:
            sent.append(request)
            return program.library.Response(200, content=b"")

        transport = program.transport(
            way, program.mock(handler), auth=key_auth(), service="https://elsewhere.example"
        )
        program.handle(transport, program.library.Request("OPTIONS", url))
        assert sent[0].url == url
        target = f"https://{HOST}/pools?api-version={LAST_BATCH}"
        program.handle(transport, program.library.Request("GET", target))
        assert sent[1].url.host == "elsewhere.example"
        assert ["Authorization" in it.headers for it in sent] == [False, True]


@each_library
class TestInterrupted:
    """Whoever is interrupted is not kept by what is left to do."""

    def test_cancelled(self, library: Any) -> None:
        """A task that is cancelled while a request is on its way sends no more."""
        service = Service()
        program = Program(library, asynchronous=True)

        async def read() -> None:
            second = asyncio.Event()

            async def handler(request: Any) -> Any:
                if service.requests:
                    service.requests.append(request)
                    second.set()
                    await asyncio.Event().wait()
                return service(request)

            async def ask() -> None:
                transport = program.transport("Upgrading", program.mock(handler))
                async with library.AsyncClient(transport=transport) as client:
                    await client.request(**posted(*adding("a", "a", "a")))

            asking = asyncio.ensure_future(ask())
            await second.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

        asyncio.run(read())
        assert len(service.requests) == 2

    def test_interrupted(self, library: Any) -> None:
        """So does a program that is interrupted then."""
        service = Service()
        program = Program(library, asynchronous=False)

        def handler(request: Any) -> Any:
            if service.requests:
                service.requests.append(request)
                raise KeyboardInterrupt
            return service(request)

        transport = program.transport("Upgrading", program.mock(handler))
        with pytest.raises(KeyboardInterrupt):
            program.read_some(transport, posted(*adding("a", "a", "a")), lambda _: None)
        assert len(service.requests) == 2

    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_between_pieces(self, library: Any, asynchronous: bool) -> None:
        """So does one that is interrupted between two pieces, if the library tells."""
        service = Service()
        program = Program(library, asynchronous=asynchronous)

        def interrupt(_: bytes) -> None:
            raise KeyboardInterrupt

        transport = program.transport("Upgrading", program.mock(service))
        with pytest.raises(KeyboardInterrupt):
            program.read_some(transport, posted(*adding(*["a"] * 9)), interrupt)
        assert len(service.requests) == 9 if library is httpx2 else len(service.requests) < 9

    def test_closed_while_read(self, library: Any) -> None:
        """A response that is closed by another task than the one that reads it is closed."""
        program = Program(library, asynchronous=True)
        service = Service()

        async def read() -> None:
            reading = asyncio.Event()

            async def handler(request: Any) -> Any:
                if service.requests:
                    reading.set()
                    await asyncio.Event().wait()
                return service(request)

            transport = program.transport("Upgrading", program.mock(handler))
            async with library.AsyncClient(transport=transport) as client:
                asked = client.build_request(**posted(*adding("a", "a")))
                response = await client.send(asked, stream=True)
                task = asyncio.ensure_future(response.aread())
                await reading.wait()
                await response.aclose()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        asyncio.run(read())


@each_program
class TestDowngrading:
    """New clients, and a service that knows no collections."""

    def test_collection(self, program: Program) -> None:
        """A collection is answered as if the service knew it."""
        service = Service(versions=OLD)
        answers = down(program, service, collected("a", "b"), collected("b", "c"))
        assert [results(it) for it in answers] == [
            {"a": "success", "b": "success"},
            {"b": "TaskExists", "c": "success"},
        ]
        assert service.task_ids == ["a", "b", "c"]
        assert all("$batch" in it.target for it in service.requests)

    def test_others(self, program: Program) -> None:
        """All other requests get the api-version of the service."""
        service = Service(versions=OLD)
        url = f"https://{HOST}/jobs/{JOB}/tasks?api-version={LATEST}"
        assert down(program, service, {"method": "GET", "url": url}).json()["value"] == []
        assert service.requests[0].target.endswith(LAST_BATCH)

    def test_signed(self, program: Program) -> None:
        """Each request is signed."""
        service = Service(account="myaccount", key=KEY)
        assert results(down(program, service, collected("a"), auth=key_auth())) == {"a": "success"}

    def test_work_item(self, program: Program) -> None:
        """Before 2015-06-01.2.0 jobs stood in work items."""
        service = Service(versions=["2014-10-01.1.0"])
        service.batch.add_job(JOB, NOW, work_item="w")
        options = {"api_version": "2014-10-01.1.0", "work_item": "w"}
        assert results(down(program, service, collected("a"), **options)) == {"a": "success"}

    def test_service(self, program: Program) -> None:
        """Another service than the client's: its host stands in the batch as well."""
        service, url = Service(versions=OLD), "http://10.0.0.1:8000"
        answer = down(program, service, collected("a"), service=url)
        assert results(answer) == {"a": "success"}
        assert f"POST {url}/jobs/{JOB}/tasks?".encode() in service.requests[0].body
        assert HOST.encode() not in service.requests[0].body

    def test_recovered_ticks(self, program: Program) -> None:
        """A date gets the fraction that its ETag tells, where that is wanted."""
        answer = down(program, Service(), collected("a"), recover_ticks=True)
        assert answer.json()["value"][0]["lastModified"].startswith("2016-04-22T00:32:47")

    @pytest.mark.parametrize(
        "fault",
        [
            {"do": "hang", "work": "half"},
            {"do": "cut", "body_bytes": 300},
            {"do": "fail_request", "status": 503},
            {"do": "fail_request", "status": 413},
            {"do": "fail_tasks", "task": "b"},
        ],
    )
    def test_retries(self, program: Program, fault: dict[str, Any]) -> None:
        """Failures as going up."""
        service = Service({**fault, "times": 1})
        assert results(down(program, service, collected("a", "b"))) == {
            "a": "success",
            "b": "success",
        }
        assert len(service.requests) > 1

    def test_in_part(self, program: Program) -> None:
        """A collection cannot be told in part: then it is the error alone."""
        service = Service(
            {"do": "fail_tasks", "task": "b", "added": True, "times": 1},
            {"do": "hang", "after": 1, "work": "none"},
        )
        with pytest.raises(program.library.ReadTimeout):
            down(program, service, collected("a", "b"))

    def test_server_errors(self, program: Program) -> None:
        """If there is nothing else, the last is the answer."""
        service = Service({"do": "fail_request", "status": 503})
        assert down(program, service, collected("a")).status_code == 503


@each_program
class TestShells:
    """What the transports are to their client."""

    @pytest.mark.parametrize("way", ["Upgrading", "Downgrading"])
    def test_options(self, program: Program, way: str) -> None:
        """Options that are wrong are refused when they are given."""
        inner = program.mock(Service())
        with pytest.raises(TypeError):
            program.transport(way, inner, api_versoin=LATEST)
        with pytest.raises(TranslationError):
            program.transport(way, inner, api_version="x")
        with pytest.raises(TranslationError):
            program.transport(way, inner, service="https://host/path")

    def test_closed(self, program: Program) -> None:
        """It opens and closes the transport beneath, by whichever way it is closed."""
        said: list[str] = []

        class Inner(program.library.MockTransport):  # type: ignore[misc, name-defined]
            """Says what is done to it."""

            def __enter__(self) -> Any:
                said.append("enter")

            def __exit__(self, *raised: Any) -> None:
                said.append("exit")

            def close(self) -> None:
                said.append("close")

            async def __aenter__(self) -> Any:
                said.append("enter")

            async def __aexit__(self, *raised: Any) -> None:
                said.append("exit")

            async def aclose(self) -> None:
                said.append("close")

        transport = program.transport("Upgrading", Inner(Service()))
        program.ask(transport, posted(*adding("a")))
        assert said == ["enter", "exit"]
        if program.asynchronous:
            asyncio.run(transport.aclose())
        else:
            transport.close()
        assert said == ["enter", "exit", "close"]

    def test_one_for_all(self, program: Program) -> None:
        """One transport serves a client's requests at once."""
        service = Service()
        transport = program.transport("Upgrading", program.mock(service))
        asked = [posted(*adding(f"t{at}", f"t{at}", f"u{at}")) for at in range(20)]
        answers = program.ask_at_once(transport, asked)
        expected = {"1": 201, "2": 409, "3": 201}
        assert [statuses(it) for it in answers] == [expected] * 20
        assert len(service.task_ids) == 40


@each_library
def test_default_sleep(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a ``sleep`` it is that of the system, or of the event loop."""
    waits: list[float] = []
    program = Program(library, asynchronous=True)
    monkeypatch.setattr("anyio.sleep", program.sleep(waits))
    service = Service({"do": "fail_request", "status": 503, "times": 1})
    transport = program.transport("Upgrading", program.mock(service))
    assert statuses(program.ask(transport, posted(*adding("a")))) == {"1": 201}
    assert waits == [0.5]
    assert UpgradingTransport.__init__.__kwdefaults__["sleep"] is time.sleep


def test_light() -> None:
    """Importing the transports imports no client library, nor what those need."""
    code = (
        "import sys, odatabatch.transport;"
        "print({'httpx', 'httpx2', 'httpcore', 'httpcore2', 'anyio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"


def test_auth_of_the_client() -> None:
    """A client's own auth signs what nobody will read; it does no harm."""
    service = Service(account="myaccount", key=KEY)
    transport = UpgradingTransport(httpx.MockTransport(service), auth=key_auth())
    with httpx.Client(transport=transport, auth=key_auth("b3RoZXI=")) as client:
        assert statuses(client.request(**posted(*adding("a")))) == {"1": 201}
