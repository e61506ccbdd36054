"""The mutants of tables, constants and patterns."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.mutation import mutants, patterns, tables
from tests.mutation.results import MODULES


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a|bc", {"bc", "a", "a|c", "|bc"}),
        ("(?:a|b)c", {"(?:b)c", "(?:a)c", "(?:|b)c", "(?:a|)c", "(?:a|b)"}),
        ("a*", {"a+"}),
        ("a++", {"a*+"}),
        ("(a)?", {"(a)", "()?"}),
        ("a{2,3}", {"a{1,3}", "a{3,3}", "a{2,2}", "a{2,4}"}),
        ("[ab]+", {"[^ab]+", "[b]+", "[a]+", "[ab]*"}),
        ("[^ab]+", {"[ab]+", "[^b]+", "[^a]+", "[^ab]*"}),
        ("[a-c]+", {"[^a-c]+", r"[\x62-c]+", r"[a-\x62]+", "[a-c]*"}),
        (r"[\t]*+", {r"[^\t]*+", r"[\t]++"}),
        (r"x+\Z", {r"x*\Z", "x+"}),
        ("(?!--)x+", {"x+", "(?!-)x+", "(?!--)x*"}),
        ("(?<!x)y+", {"y+", "(?<!)y+", "(?<!x)y*"}),
    ],
)
def test_patterns(pattern: str, expected: set[str]) -> None:
    """One alternative, one bound, one piece of a class at a time."""
    changed = {pattern[:at] + text + pattern[end:] for at, end, text in patterns.changes(pattern)}
    assert changed == expected


def test_holes() -> None:
    """What an f-string puts in stays as it is."""
    pattern = "({_NAME})/x{{1,2}}"
    changed = {
        pattern[:at] + text + pattern[end:]
        for at, end, text in patterns.changes(pattern, holes=True)
    }
    assert all("{_NAME}" in it for it in changed)
    assert "({_NAME})/x{{1,3}}" in changed


def test_verbose() -> None:
    """Blanks and comments of a verbose pattern are none of it."""
    pattern = "a+  # one|two\n b+"
    changed = [pattern[:at] + text for at, _, text in patterns.changes(pattern, verbose=True)]
    assert changed == ["a*"[:1] + "*", "a+  # one|two\n b*"]


def made_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str) -> set[str]:
    """The mutants of a module, each as its source."""
    path = tmp_path / "module.py"
    path.write_text(source)
    monkeypatch.setattr(tables, "path_of", lambda _: path)
    return {it.applied(source) for it in tables.of_tables("module")}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "A = (1, 2)",
            {"A = (2,)", "A = (1,)", "A = (2, 2)", "A = (0, 2)", "A = (1, 3)", "A = (1, 1)"},
        ),
        (
            'A = {"a": b, "c": d}',
            {
                'A = {"c": d}',
                'A = {"a": b}',
                'A = {"XXa": b, "c": d}',
                'A = {"a": b, "XXc": d}',
            },
        ),
        ("A = row(b, c=d)", {"A = row(b)"}),
        ("A = True", {"A = False"}),
        ("A = 1 << 4", {"A = 2 << 4", "A = 0 << 4", "A = 1 << 5", "A = 1 << 3"}),
        ("A, B = 1, 2", {"A, B = 2, 2", "A, B = 0, 2", "A, B = 1, 3", "A, B = 1, 1"}),
        ("class A:\n    b: int = 5", {"class A:\n    b: int = 6", "class A:\n    b: int = 4"}),
        ('A = "exact"', {'A = "conditional"'}),
        ('A = re.compile(r"a+", re.I)', {'A = re.compile(r"a*", re.I)', 'A = re.compile(r"a+")'}),
        ("A = {b} | c", {"A = {b}", "A = c", "A = {} | c"}),
        ('A = Literal["a"]', set()),
        ('A = TypeVar("A", bound=B)', set()),
        ("A = B | C", set()),
        ("def a():\n    b = (1, 2)", set()),
        (
            "A = [b for b in c if b < 2]",
            {
                "A = [b for b in c if b <= 2]",
                "A = [b for b in c if b < 3]",
                "A = [b for b in c if b < 1]",
            },
        ),
        ('A = "JobA JobB"', {'A = " JobB"', 'A = "JobA"'}),
    ],
)
def test_constants(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, expected: set[str]
) -> None:
    """One row, one value, one bound at a time; types and functions are none of it."""
    assert made_of(monkeypatch, tmp_path, source) == expected


@pytest.mark.parametrize("module", MODULES)
def test_package(module: str) -> None:
    """Each mutant of the package can be read, is another program, and has a name of its own."""
    source = mutants.path_of(module).read_text("utf-8")
    found = tables.of_tables(module)
    assert len({it.key for it in found}) == len(found)
    for it in found[::10]:
        assert ast.dump(ast.parse(it.applied(source))) != ast.dump(ast.parse(source))
        assert re.fullmatch(r"[\w.]+", it.where)
