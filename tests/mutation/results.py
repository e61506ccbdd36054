"""What mutation testing told: verdicts at a desk, figures and survivors that are committed."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TypedDict

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
WORK = ROOT / ".mutation"
FIGURES = HERE / "results.csv"
SURVIVORS = HERE / "survivors"
PAGE = ROOT / "docs" / "reliability.md"
TABLE_BEGINS = "| module | of functions |"

MODULES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix()
    for path in (*ROOT.glob("odatabatch/*.py"), *ROOT.glob("odatabatch/azure/*.py"))
    if path.name not in ("__main__.py", "_version.py")
)


class Figures(NamedTuple):
    """One row of ``results.csv``.

    Attributes:
        module: its path, without suffix.
        sha256: of its source, when it was tried; the first digits.
        by_mutmut: mutants of mutmut, tried or not.
        killed_mutmut: how many of them are killed.
        by_tables: mutants of tables, constants and patterns, likewise.
        killed_tables: how many of them are killed.
        listed: how many survivors are listed, with a reason.
        untried: mutants that were not tried yet.
    """

    module: str
    sha256: str
    by_mutmut: int
    killed_mutmut: int
    by_tables: int
    killed_tables: int
    listed: int
    untried: int


Looks = tuple[str, str, str, int]
"""What makes it this mutant and no other: the function or table, the lines, what becomes of them,
and which of those that look the same."""


def sha256(path: Path) -> str:
    """A hash of a file, short."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


def own_tests(module: str) -> str:
    """The test file of a module."""
    path = Path(module)
    folder = "tests/azure" if path.parent.name == "azure" else "tests"
    other = {"reference": "references", "reader": "readers", "judge": "rules",
             "job_rules": "rules", "rule": "rules", "__init__": "public", "direction": "upward",
             "statuses": "results", "attempts": "transfer", "members": "collection"}  # fmt: skip
    if path.name == "dialect":
        return "tests/test_dialect.py"
    name = f"{folder}/test_{path.name}.py"
    return name if (ROOT / name).exists() else f"{folder}/test_{other.get(path.name, path.name)}.py"


def name_of(module: str) -> str:
    """A module's name as people give it: ``framing``, ``azure/moves``."""
    return module.removeprefix("odatabatch/")


def survivors(module: str) -> dict[Looks, str]:
    """The survivors that are listed for a module, each with the reason why it changes nothing."""
    path = survivors_path(module)
    if not path.exists():
        return {}
    found: dict[Looks, str] = {}
    for group in tomllib.loads(path.read_text("utf-8"))["group"]:
        for where, was, now, *nth in group["mutants"]:
            found[where, was, now, nth[0] if nth else 0] = group["reason"]
    return found


def survivors_path(module: str) -> Path:
    """Where a module's survivors are listed."""
    return SURVIVORS / f"{name_of(module).replace('/', '-')}.toml"


def keep_survivors(module: str, listed: dict[Looks, str]) -> None:
    """Write a module's list, by reasons; none where nothing is listed."""
    if not listed:
        survivors_path(module).unlink(missing_ok=True)
        return
    groups: dict[str, list[Looks]] = {}
    for looks, reason in listed.items():
        groups.setdefault(reason, []).append(looks)
    blocks = []
    for reason, mutants in groups.items():
        rows = [
            "".join(f"    [{', '.join(map(_quoted, it[:3]))}{f', {it[3]}' if it[3] else ''}],\n")
            for it in mutants
        ]
        blocks.append(f"[[group]]\nreason = {_quoted(reason)}\nmutants = [\n{''.join(rows)}]\n")
    SURVIVORS.mkdir(exist_ok=True)
    survivors_path(module).write_text("\n".join(blocks), "utf-8")


def _quoted(text: str) -> str:
    return f"'{text}'" if "'" not in text else json.dumps(text, ensure_ascii=False)


class Told(TypedDict):
    """What is known here of a module's mutants.

    Attributes:
        module: the hash of its source.
        tests: the hash of its own tests.
        killers: by the mutants' keys; "" of a survivor.
        before: the killers of mutants when the module was another; they are tried first.
    """

    module: str
    tests: str
    killers: dict[str, str]
    before: dict[str, str]


def verdicts(module: str) -> Told:
    """What is known here of a module, as it is now; what was told of another is only a hint.

    With other tests of its own, survivors are not known to be any.
    """
    path = _verdicts_path(module)
    told = Told(module="", tests="", killers={}, before={})
    if path.exists():
        told.update(json.loads(path.read_text("utf-8")))
    source, tests = sha256(ROOT / f"{module}.py"), sha256(ROOT / own_tests(module))
    killers, before = told["killers"], told["before"]
    if told["module"] != source:
        killers, before = {}, before | killers
    elif told["tests"] != tests:
        killers = {it: by for it, by in killers.items() if by}
    return Told(module=source, tests=tests, killers=killers, before=before)


def keep_verdicts(module: str, of: Told, killers: dict[str, str], void: Iterable[str] = ()) -> None:
    """Write what is new; what another run has written meanwhile stays.

    Args:
        module: its path, without suffix.
        of: what was known when the run began, of the source and the tests that it is of.
        killers: by the mutants' keys.
        void: keys of which nothing is known any more.

    Raises:
        RuntimeError: the module, or its tests, are others by now.
    """
    told = verdicts(module)
    if (told["module"], told["tests"]) != (of["module"], of["tests"]):
        raise RuntimeError(f"{name_of(module)} has changed while it was tried")
    told["killers"] |= killers
    for key in void:
        told["killers"].pop(key, None)
    _verdicts_path(module).write_text(json.dumps(told, indent=0), "utf-8")


def _verdicts_path(module: str) -> Path:
    return WORK / f"{name_of(module).replace('/', '-')}.json"


def unstable() -> frozenset[str]:
    """Tests that failed here without a mutant, and so say nothing of one."""
    path = WORK / "unstable.json"
    return frozenset(json.loads(path.read_text("utf-8")) if path.exists() else ())


def keep_unstable(test: str) -> None:
    """Remember that a test failed without a mutant."""
    (WORK / "unstable.json").write_text(json.dumps(sorted({*unstable(), test})), "utf-8")


def figures() -> dict[str, Figures]:
    """The committed figures, by module."""
    if not FIGURES.exists():
        return {}
    with FIGURES.open(encoding="utf-8", newline="") as file:
        rows = [Figures(row[0], row[1], *map(int, row[2:])) for row in csv.reader(file)
                if row[0] != "module"]  # fmt: skip
    return {row.module: row for row in rows}


def keep_figures(row: Figures) -> None:
    """Write one module's figures."""
    rows = figures() | {row.module: row}
    with FIGURES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Figures._fields)
        writer.writerows(rows[module] for module in sorted(rows))


def table() -> str:
    """The table of the figures, for the documentation."""
    lines = [
        "| module | of functions | killed | % | of tables | killed | % | listed | not listed "
        "| not tried |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    rows = list(figures().values())
    lines += [_line(f"`{name_of(row.module)}`", row) for row in rows]
    whole = [sum(row[at] for row in rows) for at in range(2, len(Figures._fields))]
    lines.append(_line("**all**", Figures("", "", *whole)))
    return "\n".join(lines) + "\n"


def _line(name: str, row: Figures) -> str:
    cells = [name]
    for made, killed in ((row.by_mutmut, row.killed_mutmut), (row.by_tables, row.killed_tables)):
        share = f"{int(1000 * killed / made) / 10:.1f}" if made else "–"
        cells += [f"{made:,}", f"{killed:,}", share]
    surviving = row.by_mutmut + row.by_tables - row.killed_mutmut - row.killed_tables - row.untried
    cells += [f"{it:,}" for it in (row.listed, surviving - row.listed, row.untried)]
    return f"| {' | '.join(cells)} |"


def write_table() -> None:
    """Write the table where the documentation has it."""
    before, _, after = PAGE.read_text("utf-8").partition(TABLE_BEGINS)
    after = after[after.index("\n\n") :]
    PAGE.write_text(before + table().rstrip("\n") + after, "utf-8")


def modules(names: Iterable[str]) -> list[str]:
    """The modules of these names."""
    found = [f"odatabatch/{name.removeprefix('odatabatch/').removesuffix('.py')}" for name in names]
    if unknown := set(found) - set(MODULES):
        raise SystemExit(f"no such module: {', '.join(sorted(unknown))}")
    return found
