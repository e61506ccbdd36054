"""``odatabatch versions``."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from typing import Any

import pytest

from odatabatch.azure.rules import changes
from odatabatch.azure.task_rules import RULES
from odatabatch.azure.versions import VERSIONS
from odatabatch.cli.versions import crossing, versions
from tests.cli.commands import run


def rows(*arguments: str) -> list[dict[str, Any]]:
    """The lines of ``--json``."""
    result = run("versions", "--json", *arguments)
    assert result.exit_code == 0
    assert result.stdout.isascii()
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestList:
    """Without arguments."""

    def test_text(self) -> None:
        """One line a version, with what is worth knowing."""
        result = run("versions")
        assert (result.exit_code, result.stderr) == (0, "")
        head, *lines = result.stdout.splitlines()
        assert head.split("  ")[0] == "api-version"
        assert [line.split()[0] for line in lines] == list(VERSIONS)
        assert [line.split()[2] for line in lines] == ["yes"] * 25 + ["no"]
        assert lines[-1].endswith("newest")
        (both,) = [line for line in lines if "addtaskcollection" in line]
        assert both.startswith("2016-02-01.3.0 ")
        assert both.endswith("; last for which a document shows $batch")

    def test_json(self) -> None:
        """The same for a program."""
        found = rows()
        assert [row["api_version"] for row in found] == list(VERSIONS)
        assert [row["api_version"] for row in found if not row["retires"]] == ["2025-06-01"]
        assert [sum(row[name] for row in found) for name in ("batch", "addtaskcollection")] == [
            6,
            21,
        ]
        assert [row["work_items"] for row in found] == [True, True] + [False] * 24
        assert sum(row["changes"] for row in found) == len(RULES)


class TestBetween:
    """With two api-versions."""

    def test_text(self) -> None:
        """One line a change, in the order in which a task meets it."""
        result = run("versions", "2016-02-01.3.0", "2025-06-01")
        assert (result.exit_code, result.stderr) == (0, "")
        head, *lines = result.stdout.splitlines()
        assert head.split() == ["version", "member", "what", "effect", "detail"]
        assert len(lines) == len(changes("2016-02-01.3.0", "2025-06-01"))
        assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
        (renamed,) = [line for line in lines if "blobSource" in line]
        assert " renamed: blobSource → httpUrl  exact  " in renamed
        paths = "resourceFiles[].httpUrl, multiInstanceSettings.commonResourceFiles[].httpUrl"
        assert paths in renamed
        (service,) = [line for line in lines if "180 days  " in line]
        assert " –  " in service
        assert "service: 7 days → 180 days" in service

    def test_jobs(self) -> None:
        """What concerns jobs alone comes with --jobs, between the rest, and says so."""
        first, second = "2016-02-01.3.0", "2025-06-01"
        every = rows(first, second, "--jobs")
        assert [row["since"] for row in every] == sorted(row["since"] for row in every)
        assert len(every) == len(changes(first, second, jobs=True))
        of_jobs = [row for row in every if any(it.startswith("job: ") for it in row["members"])]
        assert [row for row in every if row not in of_jobs] == rows(first, second)
        assert "job: jobManagerTask.requiredSlots" in {
            it for row in of_jobs for it in row["members"]
        }
        alone = run("versions", "--jobs")
        assert alone.exit_code == 2

    def test_direction(self) -> None:
        """The other way everything is turned round."""
        there = rows("2014-10-01.1.0", "2025-06-01")
        back = rows("2025-06-01", "2014-10-01.1.0")
        assert [row["since"] for row in back] == [row["since"] for row in reversed(there)]
        assert [(row["was"], row["now"]) for row in reversed(back)] == [
            (row["now"], row["was"]) for row in there
        ]
        pairs = zip(there, reversed(back), strict=True)
        changed = {(one["change"], other["change"]) for one, other in pairs}
        assert changed == {
            ("added", "removed"),
            ("removed", "added"),
            ("renamed", "renamed"),
            ("respelled", "respelled"),
            ("required", "optional"),
            ("optional", "required"),
            ("replaced", "replaced"),
            ("default", "default"),
            ("seen", "unseen"),
            ("service", "service"),
        }

    def test_json(self) -> None:
        """Every member of a line."""
        (row,) = [row for row in rows("2018-12-01.8.0", "2014-10-01.1.0") if row["was"] == "id"]
        assert row == {
            "since": "2015-06-01.2.0",
            "members": ["id"],
            "change": "renamed",
            "was": "id",
            "now": "name",
            "effect": "exact",
            "detail": "the same member",
            "source": "public recordings",
        }
        (row,) = rows("2020-03-01.11.0", "2020-09-01.12.0")
        assert (row["members"], row["change"]) == (["requiredSlots"], "added")
        assert (row["was"], row["now"], row["effect"]) == (None, None, None)

    def test_respelled(self) -> None:
        """Words that are spelled the same are left out."""
        (row,) = [row for row in RULES if row.member == "elevationLevel"]
        assert crossing(row, forward=True).what == "respelled: nonAdmin → nonadmin"
        assert crossing(row, forward=False).what == "respelled: nonadmin → nonAdmin"

    def test_nothing(self) -> None:
        """Nothing on standard output, and a word about it."""
        for pair in (("2018-03-01.6.1", "2018-08-01.7.0"), ("2025-06-01", "2025-06-01")):
            result = run("versions", *pair)
            assert (result.exit_code, result.stdout) == (0, "")
            assert result.stderr
            assert rows(*pair) == []

    def test_steps(self) -> None:
        """What changes over all versions is what changes from each to the next."""
        steps = [row for pair in pairwise(VERSIONS) for row in rows(*pair)]
        assert steps == rows(VERSIONS[0], VERSIONS[-1])


class TestUsage:
    """Exit code 2."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ["2016-02-01.3.0"],
            ["2016-02-01.3.0", "2021-01-01.13.0"],
            ["today", "2016-02-01.3.0"],
            ["2016-02-01.3.0", "2025-06-01", "2025-06-01"],
        ],
    )
    def test_arguments(self, arguments: list[str]) -> None:
        """Two versions that there are, or none."""
        result = run("versions", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "api-version" in result.stderr

    def test_help(self) -> None:
        """What is to be typed."""
        assert "versions [OPTIONS] [A B]" in run("versions", "--help").stdout


def test_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the versions stand above what changed in them."""

    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", Terminal(raw, "utf-8"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    versions.main(["2016-02-01.3.0", "2017-01-01.4.0"], standalone_mode=False)
    lines = [line.rstrip() for line in raw.getvalue().decode("utf-8").splitlines()]
    assert lines[0].split() == ["member", "what", "effect"]
    assert "2016-07-01.3.1" in lines
    assert max(map(len, lines)) <= 100
