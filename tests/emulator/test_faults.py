"""Faults: scripts read, and what they count."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from odatabatch.emulator import BatchService, Cut, FailRequest, FailTasks, Hang, Slow, read_faults
from odatabatch.emulator.faults import AnyFault, Script
from odatabatch.errors import DecodeError, TaskError, UsageError


class Asking(NamedTuple):
    """A request, as faults look at it."""

    operation: str = "Task_Get"
    api_version: str = "2025-06-01"
    job: str | None = "Job"
    tasks: Sequence[str] = ("Task-1",)


class TestRead:
    """A JSON array, read strictly."""

    def test_all(self) -> None:
        """Each kind, with its defaults."""
        kinds = [
            {"do": "fail_request", "status": 503},
            {"do": "fail_tasks"},
            {"do": "hang"},
            {"do": "cut", "operation": "Batch"},
            {"do": "slow", "pause_s": 1},
        ]
        assert read_faults(json.dumps(kinds).encode()) == (
            FailRequest(status=503),
            FailTasks(),
            Hang(),
            Cut(operation="Batch"),
            Slow(pause_s=1.0),
        )

    @pytest.mark.parametrize(
        ("script", "path"),
        [
            ({}, None),
            ([1], "[0]"),
            ([{}], "[0].do"),
            ([{"do": "explode"}], "[0].do"),
            ([{"do": "cut"}, {"do": "cut", "status": 1}], "[1].status"),
            ([{"do": "fail_tasks", "code": ""}], "[0].code"),
            ([{"do": "fail_request", "status": 500, "code": "a\nb"}], "[0].code"),
            ([{"do": "cut", "operation": "Task_Explode"}], "[0]"),
            ([{"do": "cut", "api_version": "2016"}], "[0]"),
            ([{"do": "cut", "after": -1}], "[0].after"),
            ([{"do": "cut", "every": 0}], "[0].every"),
            ([{"do": "cut", "times": True}], "[0].times"),
            ([{"do": "cut", "work": "some"}], "[0].work"),
            ([{"do": "fail_request"}], "[0].status"),
            ([{"do": "fail_request", "status": 200}], "[0].status"),
            ([{"do": "hang", "seconds": 3601}], "[0].seconds"),
            ([{"do": "slow", "chunk_bytes": 0}], "[0].chunk_bytes"),
        ],
    )
    def test_refused(self, script: Any, path: str | None) -> None:
        """The path of what is wrong; no value is quoted."""
        with pytest.raises(DecodeError) as caught:
            read_faults(json.dumps(script).encode())
        assert (caught.value.code, caught.value.path) == ("invalid_fault_script", path)
        assert caught.value.__context__ is None  # msgspec's error may quote one
        assert caught.value.message.startswith("expected ")
        for value in ("explode", "Explode", "2016", "some", "3601"):
            assert value not in str(caught.value).replace("3600", "")

    def test_no_json(self) -> None:
        """A text that is no JSON, or has a member twice."""
        with pytest.raises(TaskError):
            read_faults(b'[{"do":"cut","do":"hang"}]')

    @pytest.mark.parametrize(
        ("fault", "member"),
        [
            (Slow(chunk_bytes=0), "chunk_bytes"),
            (Slow(every=0), "every"),
            (Slow(pause_s=math.inf), "pause_s"),
            (Hang(seconds=-1.0), "seconds"),
            (Hang(seconds=math.nan), "seconds"),
            (FailTasks(each=0), "each"),
            (FailTasks(added=1), "added"),  # type: ignore[arg-type]
            (FailRequest(status=99), "status"),
            (FailRequest(status=500, code=5), "code"),  # type: ignore[arg-type]
            (Cut(work="some"), "work"),  # type: ignore[arg-type]
            (Cut(times=0), "times"),
            (Cut(after=-1), "after"),
            (Cut(body_bytes=-1), "body_bytes"),
            (Cut(job=object()), "job"),  # type: ignore[arg-type]
        ],
    )
    def test_made_in_python(self, fault: AnyFault, member: str) -> None:
        """What no script can say is refused when the service is made; no value is quoted."""
        with pytest.raises(UsageError) as caught:
            BatchService(faults=[Cut(), fault])
        assert (caught.value.code, caught.value.path) == ("invalid_fault", f"[1].{member}")
        assert caught.value.__context__ is None  # msgspec's error may quote one
        assert caught.value.message.startswith("expected ")
        assert "some" not in str(caught.value)

    def test_types(self) -> None:
        """A fault that is none."""
        with pytest.raises(TypeError):
            Script([{"do": "cut"}])  # type: ignore[list-item]


class TestScript:
    """Which requests are struck."""

    @staticmethod
    def struck(fault: AnyFault, count: int, asking: Asking = Asking()) -> list[int]:
        """Which of so many requests are struck, from 1."""
        script = Script([fault])
        return [number + 1 for number in range(count) if script.strike(asking)]

    @pytest.mark.parametrize(
        ("counts", "expected"),
        [
            ({}, [1, 2, 3, 4, 5, 6, 7]),
            ({"after": 2}, [3, 4, 5, 6, 7]),
            ({"times": 2}, [1, 2]),
            ({"every": 3}, [3, 6]),
            ({"after": 1, "every": 2, "times": 2}, [3, 5]),
        ],
    )
    def test_counts(self, counts: dict[str, int], expected: list[int]) -> None:
        """After so many, each so-manieth, so many times."""
        assert self.struck(Cut(**counts), 7) == expected

    @pytest.mark.parametrize(
        ("matches", "expected"),
        [
            ({"operation": "Task_Get"}, True),
            ({"operation": "Task_List"}, False),
            ({"api_version": "2025-06-01"}, True),
            ({"api_version": "2016-02-01.3.0"}, False),
            ({"job": "j*"}, True),
            ({"job": "k*"}, False),
            ({"task": "TASK-?"}, True),
            ({"task": "task"}, False),
        ],
    )
    def test_matches(self, matches: dict[str, str], expected: bool) -> None:
        """By operation, version, and patterns without case."""
        assert bool(self.struck(Cut(**matches), 1)) is expected

    def test_without_ids(self) -> None:
        """A request without a job, or without tasks, fits no pattern but that for any."""
        asking = Asking(job=None, tasks=())
        assert self.struck(Cut(job="x"), 1, asking) == []
        assert self.struck(Cut(task="*"), 1, asking) == []

    def test_single_calls(self) -> None:
        """Tasks fail one by one where there may be several; no other request counts."""
        script = Script([FailTasks(times=1)])
        names = ("Task_Add", "Task_AddCollection", "Batch")
        assert [len(script.strike(Asking(name))) for name in names] == [0, 1, 0]

    def test_own_counts(self) -> None:
        """Each fault counts what it matches, by itself."""
        script = Script([Cut(times=1), Slow(operation="Task_List"), Hang(after=1)])
        found = [script.strike(Asking(name)) for name in ("Task_Get", "Task_List", "Task_Get")]
        assert [[type(fault) for fault in faults] for faults in found] == [
            [Cut],
            [Slow, Hang],
            [Hang],
        ]
