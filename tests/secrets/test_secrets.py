"""No error, result or note shows a planted credential, whatever the input and its damage."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import odatabatch
from odatabatch import AZURE_TABLES, CAPTURED, STRICT, HttpResponse, Limits
from odatabatch.azure import LATEST, VERSIONS
from tests import strategies
from tests.azure.task_strategies import whole_job, whole_task
from tests.secrets import ways
from tests.secrets.inputs import Scene, models, scene, scenes, wire_of
from tests.secrets.planting import KINDS, Damage, damaged, damages, hidden_in, places
from tests.secrets.showing import Watch

# A scene goes through some 800 calls, and each result and error is shown a dozen times: so there
# are few, and none is made shorter where one fails.
_PROFILE = settings.get_profile(settings.get_current_profile_name())
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
DEAR = settings(_PROFILE, max_examples=_PROFILE.max_examples // 10 or 1, phases=_PHASES)
DEARER = settings(DEAR, max_examples=DEAR.max_examples // 5 or 1)

TARGETS = ("2014-10-01.1.0", "2016-02-01.3.0", "2018-12-01.8.0", LATEST)


class TestCodec:
    """Reading, judging and writing batches of any service."""

    @given(models("request"), models("response"))
    def test_models(self, batch: Any, answer: Any) -> None:
        """Models with a secret in each value, whatever faults they have."""
        watch = Watch()
        ways.batches(watch, batch, answer)
        ways.batches(watch, answer, None)

    @given(strategies.kinds.flatmap(models), damages, st.booleans(), strategies.small_limits)
    def test_wires(self, batch: Any, steps: Any, bounded: bool, limits: Limits) -> None:
        """Their bytes, whole and damaged, within bounds and beyond."""
        kind = "request" if isinstance(batch, odatabatch.Batch) else "response"
        encode = odatabatch.encode_request if kind == "request" else odatabatch.encode_response
        outer = [f"batch_{n}" for n in range(len(batch.parts) + 1)]
        try:
            encoded = encode(batch, AZURE_TABLES, outer, ways.ALL)
        except odatabatch.EncodeError:
            return
        body = damaged(encoded.body, steps)
        for tolerate in (STRICT, CAPTURED):
            watch = Watch(hidden_in(body))
            bounds = limits if bounded else Limits()
            whole = ways.codec(watch, kind, body, encoded.content_type, tolerate, bounds)
            if whole is not None:
                ways.batches(watch, whole, None)


class TestAzure:
    """Translation, validation, calls, signing."""

    @DEAR
    @given(scenes(), st.sampled_from(TARGETS))
    def test_sound(self, it: Scene, version: str) -> None:
        """Requests that are sound, or nearly so: nothing of any secret is shown."""
        adapt(Watch(), it, version)

    @pytest.mark.parametrize("kind", KINDS)
    @DEARER
    @given(scenes(), places, damages, st.sampled_from(TARGETS))
    def test_damaged(self, kind: str, it: Scene, place: Any, more: Any, version: str) -> None:
        """Bodies that are damaged in each way, of requests and of answers."""
        steps = [Damage(kind, *place), *more]
        batch = it.batch.replace(
            it.batch.operations[0],
            it.batch.operations[0].replace(body=damaged(it.batch.operations[0].body, steps)),
        )
        broken = it._replace(
            batch=batch,
            outer=_broken(it.outer, steps),
            collection=_broken(it.collection, steps),
            calls=tuple(_broken(call, steps) for call in it.calls),
            answers=tuple(_broken(answer, steps) for answer in it.answers),
            bodies=tuple(damaged(body, steps) for body in it.bodies),
        )
        adapt(Watch(_hidden(broken)), broken, version)

    @pytest.mark.parametrize("version", VERSIONS)
    def test_every_member(self, version: str) -> None:
        """The task and the job that have every member of an api-version, to others."""
        for words, status, other in ((True, 201, LATEST), (False, 409, TARGETS[1])):
            made = [whole_task(version)] * 2
            it = scene(version, made, whole_job(version), words=words, status=status)
            adapt(Watch(), it, other)


def _broken(message: Any, steps: Any) -> Any:
    return message.replace(body=damaged(message.body, steps))


def _hidden(it: Scene) -> frozenset[str]:
    """The markers in a scene that nothing may show."""
    pieces = list(it.bodies)
    leaves = (*it.batch.operations, it.outer, it.collection, *it.calls, *it.answers)
    for leaf in leaves:
        head = leaf.reason if isinstance(leaf, HttpResponse) else f"GET {leaf.target} HTTP/1.1"
        fields = [f"{name}: {value}" for name, value in leaf.headers]
        pieces += ["\r\n".join(["X: y", head, *fields]).encode("latin-1"), leaf.body]
    return hidden_in(*pieces)


def adapt(watch: Watch, it: Scene, version: str) -> None:
    """Do all that can be done with a scene, and another api-version."""
    new = version if version >= "2016-02-01.3.0" else LATEST
    common = {"source_version": None, "explicit_defaults": True}
    for strict in (False, True):
        ways.upgrading(
            watch, it.batch, it.outer, it.answers, api_version=new, strict=strict, **common
        )
        item = "item" if version < "2015-06" else None
        ways.downgrading(
            watch,
            it.collection,
            it.answers,
            api_version=version,
            strict=strict,
            work_item=item,
            **common,
        )
    for body in it.bodies:
        ways.bodies(watch, body, it.version)
    for call, answer in zip(it.calls, itertools.cycle(it.answers), strict=False):
        ways.calls(watch, call, answer, (it.version, version))
    for request in (it.outer, *it.calls[2:]):
        ways.signing(watch, request)
    ways.emulated(watch, (it.outer, it.collection, *it.calls), ways.FAULTS, "other")


class TestMessages:
    """Whole messages, in files."""

    @DEAR
    @given(scenes(), damages, damages)
    def test_files(self, it: Scene, steps: Any, others: Any) -> None:
        """Requests and answers, whole and damaged anywhere; a second as the first."""
        pieces = [wire_of(it.outer), wire_of(it.collection), *map(wire_of, it.answers[:3])]
        for at, piece in enumerate(pieces):
            data = damaged(piece, steps)
            following = damaged(pieces[at - 1], others)
            for whole in (piece, data, data + b"\r\n###\r\n" + following):
                ways.messages(Watch(hidden_in(whole)), whole)
