"""The pages in docs/ and README.md say what the code does, and their examples run."""

from __future__ import annotations

import ast
import functools
import inspect
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import click
import pytest
from click.testing import CliRunner

import odatabatch
from odatabatch import CAPTURED, STRICT, Limits, Oddity, Tolerance, errors
from odatabatch.azure import AZURE_BATCH, upgrading
from odatabatch.azure.versions import VERSIONS
from odatabatch.captures import read_messages
from odatabatch.cli import main
from odatabatch.rules import RULES
from tests.corpus import FIXTURES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """The fenced blocks of a page in that language, each with the number of its first line."""
    text = page.read_text("utf-8")
    fence = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, match.start()) + 2, match[1]) for match in fence.finditer(text)]


def files(page: Path) -> Iterator[tuple[str, str]]:
    """The files that a page shows, by their names: blocks with a name beside their language."""
    text = page.read_text("utf-8")
    for match in re.finditer(r"^```\w+ (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield match[1], match[2]


def sections(page: Path) -> dict[str, str]:
    """The sections of a page by their headings."""
    _, *found = re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)
    return {
        heading.strip("`"): text for heading, _, text in (part.partition("\n") for part in found)
    }


def rows(page: Path) -> Iterator[dict[str, str]]:
    """The rows of all tables of a page: cells by the heads of their columns."""
    return rows_in(page.read_text("utf-8"))


def rows_in(text: str) -> Iterator[dict[str, str]]:
    """The rows of all tables of a text, likewise."""
    heads: list[str] | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            heads = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if heads is None:
            heads = cells
        elif not set(line) <= set("|-:"):
            yield dict(zip(heads, cells, strict=True))


def names_in(cell: str) -> list[str]:
    """What a cell has in backquotes."""
    return re.findall(r"`([^`]+)`", cell)


class TestExamples:
    """What a page shows can be typed."""

    @each_page
    def test_python(self, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The examples run, in order and in one namespace, from the root of the repository."""
        monkeypatch.chdir(ROOT)
        namespace: dict[str, Any] = {"__name__": page.stem}
        for line, source in blocks(page, "python"):
            code = compile("\n" * (line - 1) + source, page, "exec")
            exec(code, namespace)  # noqa: S102 - these are our own pages

    def test_readme_is_short(self) -> None:
        """One example of at most twenty lines."""
        ((_, source),) = blocks(README, "python")
        assert source.count("\n") <= 20

    def test_readme_commands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two commands: the one ends with a translation, the other with the tests."""
        monkeypatch.chdir(ROOT)
        (_, first), (_, second) = blocks(README, "sh")
        assert first.count("\n") == second.count("\n") == 1
        install, command = first.rsplit("&&", 1)
        assert "pip install -q . " in install
        name, *arguments = shlex.split(command)
        assert Path(name).name == "odatabatch"
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0
        assert len(read_messages(result.stdout_bytes)) == 2
        assert "pip install -q '.[test]'" in second
        assert second.endswith("python -m pytest\n")

    @each_page
    def test_console(self, page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Commands behind a ``$`` print what stands below them; ``…`` stands for anything.

        Where standard output goes to a file, that is what they print on standard error. A comment
        says where the exit code is not 0.
        """
        shutil.copytree(FIXTURES / "azure", tmp_path / "fixtures" / "azure")
        monkeypatch.chdir(tmp_path)
        for name, block in files(page):
            Path(name).write_text(block, "utf-8")
        for line, block in blocks(page, "console"):
            for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, printed = entry.partition("\n")
                command, _, code = command.partition(" # exit code ")
                name, *arguments = shlex.split(command)
                assert name == "odatabatch"
                arguments, redirected = _redirected(arguments)
                result = CliRunner().invoke(main, arguments)
                assert result.exit_code == int(code or 0), f"{page.name}:{line}: {result.output}"
                if redirected is not None:
                    redirected.write_bytes(result.stdout_bytes)
                text = result.stdout if redirected is None else result.stderr
                expected = re.escape(printed.rstrip("\n")).replace("…", ".*")
                found = text.replace("\r\n", "\n").rstrip("\n")
                assert re.fullmatch(expected, found, re.DOTALL), f"{page.name}:{line}: {found}"

    @each_page
    def test_links(self, page: Path) -> None:
        """Links within the repository lead somewhere, to a heading where they name one."""
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            file = page.parent / name if name else page
            assert file.is_file(), target
            if anchor:
                headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
                assert anchor in {_anchor(heading) for heading in headings}, target


def _redirected(arguments: list[str]) -> tuple[list[str], Path | None]:
    """The arguments of a command, and the file that its output goes to."""
    if ">" not in arguments:
        return arguments, None
    *arguments, _, name = arguments
    return arguments, Path(name)


def _anchor(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# Error and fault codes, read in the source

Codes = dict[tuple[str, str], set[str]]  # by code and type: the clauses that the error names

_ERRORS = {
    name
    for name, item in vars(errors).items()
    if inspect.isclass(item) and issubclass(item, errors.ODataBatchError)
}


@functools.cache
def codes() -> Codes:
    """Every code with the type that carries it, and the clauses that it names."""
    found: Codes = {}
    for path in sorted((ROOT / "odatabatch").rglob("*.py")):
        for (code, kind), clauses in _Module(ast.parse(path.read_text("utf-8"))).codes().items():
            found.setdefault((code, kind), set()).update(clauses)
    found |= {(rule.code, "Fault"): {rule.source} for rule in RULES}
    found |= {(code, "TaskFault"): set() for code in _task_faults()}
    # A limit is the name of its field; an oddity is its own code.
    found |= {(name, "LimitError"): set() for name in Limits.__struct_fields__}
    for oddity in Oddity:
        with pytest.raises(errors.DecodeError) as caught:
            Tolerance(STRICT).accept(oddity, 0)
        found.setdefault((oddity.value, type(caught.value).__name__), set()).add(oddity.source)
    return found


def _task_faults() -> set[str]:
    """The codes of what ``azure.validate()`` finds: of texts that cannot be read, and its own.

    Its own stand beside a path: passed on, or in a tuple; or they come first in a format.
    """
    azure = ROOT / "odatabatch" / "azure"
    tree = ast.parse((azure / "json_text.py").read_text("utf-8"))
    found = {code for code, _ in _Module(tree).codes()}
    for node in ast.walk(ast.parse((azure / "validation.py").read_text("utf-8"))):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and _name_of(node) in ("_add", "_Format"):
            given = node.args[:1] if _name_of(node) == "_Format" else node.args[1:2]
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            given = node.value.elts[1:2]
        codes = [it.value for it in given if isinstance(it, ast.Constant)]
        found.update(code for code in codes if isinstance(code, str))
    return found


class _Module:
    """One module of the package, and the codes of the errors and faults that it makes."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._holders: dict[ast.AST, ast.FunctionDef | None] = {}
        self._place(tree, None)

    def _place(self, node: ast.AST, holder: ast.FunctionDef | None) -> None:
        self._holders[node] = holder
        inner = node if isinstance(node, ast.FunctionDef) else holder
        for child in ast.iter_child_nodes(node):
            self._place(child, inner)

    def codes(self) -> Codes:
        found: Codes = {}
        for call in self._calls(_ERRORS):
            kind = _name_of(call)
            holder = self._holders[call]
            if kind == "LimitError" or (holder is not None and holder.name == "__reduce__"):
                continue
            clauses = {
                keyword.value.value
                for keyword in call.keywords
                if keyword.arg == "source" and isinstance(keyword.value, ast.Constant)
            }
            for code in self._texts(call.args[0], holder):
                found.setdefault((code, kind), set()).update(clauses)
        return found

    def _calls(self, names: set[str]) -> Iterator[ast.Call]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and _name_of(node) in names:
                yield node

    def _texts(self, node: ast.expr, holder: ast.FunctionDef | None) -> set[str]:
        """What an expression of a function may be."""
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.IfExp():
                return self._texts(node.body, holder) | self._texts(node.orelse, holder)
            case ast.JoinedStr():
                pieces = [self._texts(piece, holder) for piece in node.values]
                return {"".join(chosen) for chosen in product(*pieces)}
            case ast.FormattedValue():
                return self._texts(node.value, holder)
            case ast.Attribute(value=ast.Attribute(value=ast.Name("Oddity")), attr="value"):
                return {Oddity[node.value.attr].value}  # type: ignore[attr-defined]
            case ast.Attribute(value=ast.Name("fault"), attr="code"):
                # A translation refuses what Azure Batch would, but for what it judges otherwise.
                return _faults() - upgrading._HARMLESS
            case ast.Name() if holder is not None:
                return self._texts_of_name(node.id, holder)
        raise AssertionError(f"a code that this test cannot follow: {ast.unparse(node)}")

    def _texts_of_name(self, name: str, holder: ast.FunctionDef) -> set[str]:
        """What a variable of a function may be: what it is set to, or what callers pass."""
        parameters = [argument.arg for argument in holder.args.args]
        if name in parameters:
            is_method = parameters[0] in ("self", "cls")
            at = parameters.index(name) - is_method
            given = [(call.args[at], call) for call in self._calls({holder.name})]
        else:
            given = [
                (value, node)
                for node in ast.walk(holder)
                if isinstance(node, ast.Assign)
                for at in node.targets
                for target, value in _assigned(at, node.value)
                if isinstance(target, ast.Name) and target.id == name
            ]
        assert given, f"a code that this test cannot follow: {name} in {holder.name}"
        return set().union(*(self._texts(value, self._holders[at]) for value, at in given))


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What an assignment sets to what; several at once where both sides are tuples."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(value=ast.Name("click")):
            return ""  # has a UsageError of its own
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


def _faults() -> set[str]:
    """The codes that ``check()`` may find in a request by Azure Batch's rules, unless asked."""
    asked_for = {"content_id_not_addr_spec"}
    rules = [rule for rule in RULES if rule.of != "answers" and rule.counts(AZURE_BATCH)]
    return {rule.code for rule in rules} - asked_for


class TestErrors:
    """docs/errors.md has every code."""

    @pytest.fixture
    def listed(self) -> dict[tuple[str, str], str]:
        """By code and type: the clause that the page names."""
        found: dict[tuple[str, str], str] = {}
        for row in rows(DOCS / "errors.md"):
            if "code" not in row:
                continue
            (code,) = names_in(row["code"])
            for kind in names_in(row["type"]):
                assert (code, kind) not in found, "listed twice"
                found[code, kind] = row["source"]
        return found

    def test_codes(self, listed: dict[tuple[str, str], str]) -> None:
        """All of them, with their types, and no other."""
        assert set(listed) == set(codes())

    def test_sources(self, listed: dict[tuple[str, str], str]) -> None:
        """The clause that an error names is the one on the page."""
        for key, clauses in codes().items():
            for clause in clauses:
                assert clause in listed[key], key

    def test_types(self) -> None:
        """Each type of the tree is on the page."""
        text = (DOCS / "errors.md").read_text("utf-8")
        for name in _ERRORS:
            assert f"`{name}`" in text


class TestOddities:
    """docs/oddities.md has every oddity."""

    @pytest.fixture
    def sections(self) -> dict[str, str]:
        """The sections by their headings, each on one line."""
        found = sections(DOCS / "oddities.md")
        return {heading: " ".join(section.split()) for heading, section in found.items()}

    def test_members(self, sections: dict[str, str]) -> None:
        """All of them in their order, and no other."""
        assert [name for name in sections if name.isupper()] == [it.name for it in Oddity]

    @pytest.mark.parametrize("oddity", list(Oddity))
    def test_source(self, oddity: Oddity, sections: dict[str, str]) -> None:
        """The clause is that of the code, and so is what ``CAPTURED`` holds."""
        section = sections[oddity.name]
        assert f"Source: {oddity.source}. " in section
        captured = "yes" if oddity in CAPTURED else "no"
        assert f"In `CAPTURED`: {captured}" in section

    @pytest.mark.parametrize("oddity", list(Oddity))
    def test_fixtures(self, oddity: Oddity, sections: dict[str, str]) -> None:
        """The fixtures that a section names are about its oddity."""
        names = names_in(sections[oddity.name].rpartition("**Fixtures:**")[2])
        assert names
        for name in names:
            (path,) = FIXTURES.glob(f"*/{name}.json")
            assert f'"{oddity.value}"' in json.dumps(json.loads(path.read_text("utf-8"))), name


class TestLimits:
    """docs/limits.md has every limit."""

    def test_defaults(self) -> None:
        """All of them in their order, with their defaults, and no other."""
        listed = {
            names_in(row["limit"])[0]: int(row["default"].partition(" (")[0].replace(",", ""))
            for row in rows(DOCS / "limits.md")
            if "limit" in row
        }
        assert list(listed.items()) == [
            (name, getattr(Limits(), name)) for name in Limits.__struct_fields__
        ]


class TestCommandLine:
    """docs/cli.md has every command and option."""

    PAGE = DOCS / "cli.md"

    def test_commands(self) -> None:
        """All of them in their order: in the table above, and each in a section of its own."""
        listed = [names_in(row["command"])[0] for row in rows(self.PAGE) if "command" in row]
        assert [name.split()[1] for name in listed] == list(main.commands)
        assert [name for name in sections(self.PAGE) if name in main.commands] == list(
            main.commands
        )

    @pytest.mark.parametrize("name", main.commands)
    def test_options(self, name: str) -> None:
        """The options of a command, in its section or where several share them, and no other."""
        own = [row for row in rows_in(sections(self.PAGE)[name]) if "option" in row]
        shared = [row for row in rows(self.PAGE) if "of" in row and name in names_in(row["of"])]
        options = [
            option.split()[0]
            for row in [*own, *(row for row in shared if "option" in row)]
            for option in names_in(row["option"])
        ]
        assert sorted(options) == sorted(
            option
            for parameter in main.commands[name].params
            if isinstance(parameter, click.Option)
            for option in [*parameter.opts, *parameter.secondary_opts]
        )

    @pytest.mark.parametrize("name", main.commands)
    def test_defaults(self, name: str) -> None:
        """A default that the help names is on the page."""
        text = sections(self.PAGE)[name]
        for parameter in main.commands[name].params:
            if isinstance(parameter, click.Option) and parameter.default in VERSIONS:
                assert str(parameter.default) in text


PACKAGE = Path(odatabatch.__file__).parent


class TestArchitecture:
    """docs/architecture.md leads to every module."""

    HEADINGS: ClassVar = {
        "odatabatch": "The codec",
        "azure": "Azure",
        "captures": "Captures",
        "cli": "The command line",
        "emulator": "The emulator",
        "transport": "The transports",
    }

    @pytest.mark.parametrize(
        "package", [file.parent for file in PACKAGE.rglob("__init__.py")], ids=lambda it: it.name
    )
    def test_modules(self, package: Path) -> None:
        """The table about a package names its modules, and else public names alone."""
        modules = {path.stem for path in package.glob("*.py") if not path.stem.startswith("_")}
        table = rows_in(sections(DOCS / "architecture.md")[self.HEADINGS[package.name]])
        named = {name for row in table for name in names_in(row["module"])}
        assert modules <= named
        assert named - modules <= set(odatabatch.__all__)


class TestChangelog:
    """docs/changelog.md is about this version."""

    def test_version(self) -> None:
        """The newest entry is that of the version of the package."""
        text = (DOCS / "changelog.md").read_text("utf-8")
        assert re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)[0] == odatabatch.__version__
