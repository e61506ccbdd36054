"""docs/migration.md says what the rules do; its examples run with those of the other pages."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from odatabatch import azure
from odatabatch.azure.job_rules import JOB_RULES
from odatabatch.azure.results import LOWER_CASE_STATUS
from odatabatch.azure.rule import Rule
from odatabatch.azure.schema import JOB, TYPES, paths_of
from odatabatch.azure.task_rules import RULES
from odatabatch.azure.versions import LATEST, VERSIONS
from odatabatch.cli.versions import crossing
from tests import migration_table
from tests.azure.batches import batch, operation, task
from tests.test_docs import names_in, rows_in, sections

PAGE = migration_table.PAGE
SECTIONS = sections(PAGE)
EFFECTS = {"exact", "conditional", "lost", "–"}


each_table = pytest.mark.parametrize("rules", [RULES, JOB_RULES], ids=["tasks", "jobs"])


class TestTable:
    """What changed in a task, and in a job."""

    def test_page(self) -> None:
        """The page has the table that the rules make."""
        page = PAGE.read_text("utf-8")
        assert migration_table.with_table(page) == page, "run: python -m tests.migration_table"

    @each_table
    def test_rows(self, rules: tuple[Rule, ...]) -> None:
        """A row a rule, in their order, whose cells can be read."""
        rows = list(rows_in(migration_table.table(rules)))
        assert [row["version"] for row in rows] == [rule.since for rule in rules]
        for row, rule in zip(rows, rules, strict=True):
            paths = names_in(row["member"])
            assert bool(paths) is bool(rule.member)
            assert all(path.rpartition(".")[2] == rule.member for path in paths)
            assert {row["to newer"], row["to older"]} <= EFFECTS
            assert all(row.values())

    @each_table
    def test_versions(self, rules: tuple[Rule, ...]) -> None:
        """The rows are in the order of the versions, of which there are no others."""
        positions = [VERSIONS.index(rule.since) for rule in rules]
        assert all(one <= other for one, other in pairwise(positions))

    def test_members_stand_in_tasks(self) -> None:
        """Each type that a rule is about is reached from a task."""
        for rule in RULES:
            assert paths_of(rule.owner)
            for path in crossing(rule, forward=True).members:
                owner, _, name = path.rpartition(".")
                assert name in TYPES[rule.owner]
                assert not owner.startswith(".")

    def test_members_stand_in_jobs(self) -> None:
        """Each type that a rule for jobs is about is reached from a job, and from no task."""
        for rule in JOB_RULES:
            assert paths_of(rule.owner, JOB)
            assert not paths_of(rule.owner)
            for path in crossing(rule, forward=True).members:
                assert path.startswith("job: ")
                assert path.rpartition(".")[2].removeprefix("job: ") in TYPES[rule.owner]

    def test_jobs_lose(self) -> None:
        """All that a newer version takes away from a job is in the text."""
        text = SECTIONS["What changed in a job"]
        text = (
            text.partition(migration_table.JOBS_BEGIN)[0]
            + text.partition(migration_table.JOBS_END)[2]
        )
        for rule in JOB_RULES:
            assert rule.forward != "lost" or f"`{rule.member}`" in text, rule.member

    def test_write(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The generator changes what is between its marks, and nothing else."""
        page = PAGE.read_text("utf-8")
        begin, end = migration_table.BEGIN, migration_table.END
        before, _, rest = page.partition(begin)
        path = tmp_path / "page.md"
        path.write_text(f"{before}{begin}| old |\n{end}{rest.partition(end)[2]}", "utf-8")
        monkeypatch.setattr(migration_table, "PAGE", path)
        migration_table.main()
        assert path.read_text("utf-8") == page

    @pytest.mark.parametrize("mark", [migration_table.BEGIN, migration_table.END])
    def test_marks(self, mark: str) -> None:
        """A page without one of them is left alone."""
        with pytest.raises(ValueError, match="marks"):
            migration_table.with_table(PAGE.read_text("utf-8").replace(mark, ""))


class TestText:
    """What the page says beside the table."""

    def test_defaults(self) -> None:
        """Those that changed, since when, and what is written."""
        defaults = [crossing(rule, forward=True) for rule in RULES if rule.change == "default"]
        listed = list(rows_in(SECTIONS["Defaults that changed"]))
        assert len(listed) == len(defaults)
        for row, it in zip(listed, defaults, strict=True):
            assert names_in(row["member"]) == list(it.members)
            assert row["from"].endswith(f"from {it.since}")
            assert names_in(row["written"])[:2] == [it.was, it.now]
            assert row["note"].partition(" ")[0] == it.effect

    def test_losses(self) -> None:
        """All that a newer version takes away, or asks for and cannot be given."""
        text = SECTIONS["What to do"].partition("**What cannot come along**")[2]
        lost = [rule for rule in RULES if rule.forward == "lost"]
        assert {rule.change for rule in lost} == {"removed", "required"}
        for rule in lost:
            assert rule.owner == "ResourceFile" or f"`{rule.member}`" in text

    @pytest.mark.parametrize(
        ("members", "path"),
        [
            ({"multiInstanceSettings": {}}, "multiInstanceSettings.coordinationCommandLine"),
            ({"environmentSettings": [{}]}, "environmentSettings[0].name"),
            ({"affinityInfo": {}}, "affinityInfo.affinityId"),
        ],
    )
    def test_absences(self, members: dict[str, Any], path: str) -> None:
        """What is asked for and absent is a note of loss."""
        up = azure.upgrade(batch(operation("1", task("a", **members))))
        lost = [note.path for note in up.notes if note.effect == "lost"]
        assert lost == [f"batch[0]/changeset[0].body.{path}"]

    @pytest.mark.parametrize("file", [{}, {"blobSource": "https://a/b"}, {"filePath": "c"}])
    def test_resource_files(self, file: dict[str, str]) -> None:
        """Those without a source or a path are left to ``validate``."""
        up = azure.upgrade(batch(operation("1", task("a", resourceFiles=[file]))))
        assert not [note for note in up.notes if note.effect == "lost"]
        (fault,) = azure.validate(up.requests[0])
        assert fault.path.startswith("value[0].resourceFiles[0]")

    def test_versions(self) -> None:
        """The versions that the page names are public ones."""
        assert VERSIONS[-2:] == ("2024-07-01.20.0", LATEST)
        assert f"`ClientError` before {LOWER_CASE_STATUS}" in SECTIONS["Answers"]
        (service,) = (rule for rule in RULES if rule.change == "service")
        text = " ".join(SECTIONS["Defaults that changed"].split())
        assert f"ended after {service.now} since {service.since}" in text
        assert f"after {service.was} before" in text
