"""The tables of changes in docs/migration.md, made of the rules that carry them out.

``python -m tests.migration_table`` writes them anew, between their marks; what is around stays.
"""

from __future__ import annotations

from pathlib import Path

from odatabatch.azure.job_rules import JOB_RULES
from odatabatch.azure.rule import Rule
from odatabatch.azure.task_rules import RULES
from odatabatch.cli.versions import NOTHING, crossing

PAGE = Path(__file__).parent.parent / "docs" / "migration.md"
BEGIN = "<!-- The table of the rules: python -m tests.migration_table -->\n"
END = "<!-- The end of the table. -->\n"
JOBS_BEGIN = "<!-- The table of the rules for jobs: python -m tests.migration_table -->\n"
JOBS_END = "<!-- The end of the table for jobs. -->\n"

_HEADS = ("version", "member", "change", "to newer", "to older", "detail", "source")


def table(rules: tuple[Rule, ...] = RULES) -> str:
    """The table in Markdown: a row a rule."""
    lines = [_HEADS, ("---",) * len(_HEADS), *map(_cells, rules)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines).replace("| --- ", "|---")


def _cells(rule: Rule) -> tuple[str, ...]:
    newer, older = crossing(rule, forward=True), crossing(rule, forward=False)
    return (
        rule.since,
        ", ".join(f"`{member.removeprefix('job: ')}`" for member in newer.members) or NOTHING,
        newer.what,
        newer.effect or NOTHING,
        older.effect or NOTHING,
        rule.detail,
        rule.source,
    )


def with_table(page: str) -> str:
    """The text of the page with the tables as they should be.

    Raises:
        ValueError: the page lacks one of the marks.
    """
    page = _between(page, BEGIN, END, table(RULES))
    return _between(page, JOBS_BEGIN, JOBS_END, table(JOB_RULES))


def _between(page: str, first: str, last: str, text: str) -> str:
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError("expected the marks of the table, got a page without them")
    return f"{before}{begin}\n{text}\n{end}{after}"


def main() -> None:
    """Write the tables anew."""
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
