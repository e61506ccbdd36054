"""The transports: what they raise, what they note, and what they print of themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odatabatch import HttpRequest, HttpResponse
from odatabatch.azure import LATEST, VERSIONS, Failure
from odatabatch.azure.versions import LAST_BATCH
from odatabatch.transport import SharedKeyAuth
from tests.azure.task_strategies import whole_job, whole_task
from tests.secrets.inputs import Scene, scene, scenes
from tests.secrets.planting import damaged, damages, hidden_in
from tests.secrets.showing import Watch
from tests.secrets.test_secrets import DEAR
from tests.secrets.ways import ACCOUNT, KEY, NOW
from tests.transport.scenes import PROGRAMS, Program, Service, raw

Told = HttpResponse | Failure | None
WAYS = ("Upgrading", "Downgrading")


class TestTransports:
    """``UpgradingTransport``, ``DowngradingTransport`` and their asynchronous kind."""

    @DEAR
    @given(scenes(), damages, st.sampled_from(PROGRAMS), st.booleans())
    def test_generated(self, it: Scene, steps: Any, program: Program, keyed: bool) -> None:
        """Requests and answers of any kind, sound and damaged."""
        carry(Watch(), it, program, keyed)
        requests = [
            request.replace(body=damaged(request.body, steps))
            for request in (it.outer, it.collection)
        ]
        answers = [answer.replace(body=damaged(answer.body, steps)) for answer in it.answers]
        broken = it._replace(outer=requests[0], collection=requests[1], answers=tuple(answers))
        texts = [f"GET {request.target} HTTP/1.1" for request in (*requests, *it.calls)]
        fields = [
            f"{name}: {value}"
            for message in (*requests, *answers, *it.calls)
            for name, value in message.headers
        ]
        reasons = [answer.reason for answer in answers]
        contents = [message.body for message in (*requests, *answers, *it.calls)]
        watch = Watch(hidden_in(*texts, *fields, *reasons, *contents))
        carry(watch, broken, program, keyed)

    @pytest.mark.parametrize(
        ("program", "version"),
        list(zip(PROGRAMS, (VERSIONS[0], LAST_BATCH, "2018-12-01.8.0", LATEST), strict=True)),
    )
    def test_every_member(self, program: Program, version: str) -> None:
        """The tasks and the job that have every member."""
        it = scene(version, [whole_task(version)] * 2, whole_job(version))
        carry(Watch(), it, program, keyed=True)


def carry(watch: Watch, it: Scene, program: Program, keyed: bool) -> None:
    """Send what a scene asks through the transports, each answered in several ways."""
    requests = (it.outer, it.collection, *it.calls)
    for way in WAYS:
        for told in ([None], [Failure.TIMED_OUT, None], list(it.answers), [Failure.NOT_SENT]):
            _ask_all(watch, program, way, requests, told, keyed)
        for options in ({"service": it.calls[0].target}, {"source_version": it.calls[0].target}):
            watch.call(program.transport, way, None, **options)


def _ask_all(
    watch: Watch,
    program: Program,
    way: str,
    requests: Iterable[HttpRequest],
    told: list[Told],
    keyed: bool,
) -> None:
    service = Service()
    answers: list[Told] = []

    def handler(request: Any) -> Any:
        answer = answers.pop(0) if answers else None
        if answer is None:
            return service(request)
        if isinstance(answer, Failure):
            kinds = {Failure.NOT_SENT: "ConnectError", Failure.TIMED_OUT: "ReadTimeout"}
            raise getattr(program.library, kinds[answer])("no answer")
        extensions = {"reason_phrase": answer.reason.encode()}
        return program.library.Response(
            answer.status, headers=raw(answer.headers), content=answer.body, extensions=extensions
        )

    auth = SharedKeyAuth(ACCOUNT, KEY, clock=lambda: NOW)
    watch.show(auth)
    transport = program.transport(
        way,
        program.mock(handler),
        auth=auth if keyed else None,
        sleep=program.sleep([]),
        on_notes=lambda notes: watch.show(*notes),
        source_version=LAST_BATCH,
        max_attempts=2,
    )
    for request in requests:
        answers[:] = told
        try:
            program.ask(transport, asked(request))
        except program.library.TransportError as error:
            watch.foreign(error)
    watch.show(transport)
    # A client calls these.
    name = type(transport).__name__
    later = program.asynchronous
    watch.met |= {f"{name}.{'handle_async_request' if later else 'handle_request'}"}
    watch.met |= {f"{name}.{'aclose' if later else 'close'}"}


def asked(request: HttpRequest) -> dict[str, Any]:
    """What a client is told to send."""
    headers = [pair for pair in request.headers if pair[0] != "Host"]
    return {
        "method": request.method,
        "url": request.target,
        "headers": headers,
        "content": request.body,
    }
