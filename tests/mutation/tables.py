"""Mutants of what mutmut leaves alone: tables, constants, defaults of fields, and patterns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.mutation import patterns
from tests.mutation.mutants import Mutant, mutant, numbered, path_of

_VERSION = re.compile(r"\d{4}-\d\d-\d\d(?:\.\d+\.\d+)?")
_EFFECTS = {"exact": "conditional", "conditional": "lost", "lost": "exact"}
_LITERAL = re.compile(
    r"""(?P<prefix>[A-Za-z]*)(?P<quote>'{3}|"{3}|'|")(?P<text>.*)(?P=quote)""", re.DOTALL
)
_COMPARED = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
             ast.In: "not in", ast.NotIn: "in"}  # fmt: skip
_GENERIC = ("Literal", "Callable", "dict", "tuple", "list", "set", "type", "Annotated")
_OF_TYPES = ("TypeVar", "ParamSpec", "NewType")

Change = tuple[int, int, str]


def of_tables(module: str) -> list[Mutant]:
    """The mutants of a module's and its classes' constants, in the order of the source."""
    source = path_of(module).read_text("utf-8")
    tree = ast.parse(source)
    maker = _Maker(source)
    found = []
    for name, statement, value in _constants(tree):
        for change in dict.fromkeys(maker.changes(value)):
            if _differs(statement, change, maker):
                found.append(mutant(module, "tables", name, source, change, True))
    return numbered(found)


def _differs(statement: ast.stmt, change: Change, maker: _Maker) -> bool:
    """Whether a statement with a change is another, and can be read: else it is no mutant."""
    start, end = maker.span(statement)
    text = maker.source
    first = text[start:end]
    other = text[start : change[0]] + change[2] + text[change[1] : end]
    try:
        return ast.dump(ast.parse(other)) != ast.dump(ast.parse(first))
    except SyntaxError:
        return False


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.stmt, ast.expr]]:
    """The names and values of what modules and classes assign, but for types."""
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                for name, value in _assigned(inner):
                    yield f"{statement.name}.{name}", inner, value
        else:
            for name, value in _assigned(statement):
                yield name, statement, value


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, ast.Assign):
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(map(ast.unparse, target.elts), value.elts, strict=True)
        return
    name = ast.unparse(target)
    if name != "__all__" and not _is_type(value):
        yield name, value


def _is_type(value: ast.expr) -> bool:
    """Whether a value is a type, which says something to a checker alone."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        return all(
            isinstance(it, ast.Name | ast.BinOp | ast.Subscript) for it in (value.left, value.right)
        )
    if isinstance(value, ast.Subscript):
        return ast.unparse(value.value) in _GENERIC
    return isinstance(value, ast.Call) and ast.unparse(value.func) in _OF_TYPES


class _Maker:
    """Makes changes of expressions.

    Attributes:
        source: the module's source, which positions refer to.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._bytes = [line.encode() for line in source.splitlines()]

    def _at(self, line: int, column: int) -> int:
        """A position of ``ast``, which counts bytes, in characters."""
        return self._lines[line - 1] + len(self._bytes[line - 1][:column].decode())

    def span(self, node: ast.stmt) -> tuple[int, int]:
        """Where a statement begins and ends."""
        end = self._at(node.end_lineno or 0, node.end_col_offset or 0)
        return self._at(node.lineno, node.col_offset), end

    def _start(self, node: ast.expr | ast.keyword) -> int:
        return self._at(node.lineno, node.col_offset)

    def _end(self, node: ast.expr | ast.keyword) -> int:
        return self._at(node.end_lineno or 0, node.end_col_offset or 0)

    def changes(self, node: ast.AST) -> Iterator[Change]:
        """Every change of an expression and of what is in it."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            rows = [(self._start(it), self._end(it)) for it in node.elts]
            if isinstance(node, ast.Tuple) and len(rows) == 2:
                for kept in rows:
                    yield rows[0][0], rows[1][1], self.source[slice(*kept)] + ","
            else:
                yield from self._rows(rows)
        elif isinstance(node, ast.Dict):
            yield from self._rows(
                [
                    (self._start(key), self._end(value))
                    for key, value in zip(node.keys, node.values, strict=True)
                    if key
                ]
            )
        elif isinstance(node, ast.Call):
            yield from self._call(node)
        elif (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.BitOr | ast.Sub)
            and not self._is_number(node)
        ):
            yield self._start(node), self._end(node), self._text(node.left)
            if isinstance(node.op, ast.BitOr):
                yield self._start(node), self._end(node), self._text(node.right)
        elif isinstance(node, ast.Compare):
            yield from self._compare(node)
        elif isinstance(node, ast.Constant):
            yield from self._constant(node)
            return
        elif isinstance(node, ast.JoinedStr):
            yield from self._literals(node)
            return
        for child in ast.iter_child_nodes(node):
            yield from self.changes(child)

    def _text(self, node: ast.expr) -> str:
        return self.source[self._start(node) : self._end(node)]

    @staticmethod
    def _is_number(node: ast.BinOp) -> bool:
        return all(
            isinstance(it, ast.Constant) and isinstance(it.value, int | float)
            for it in (node.left, node.right)
        )

    def _rows(self, rows: list[tuple[int, int]]) -> Iterator[Change]:
        """One row less."""
        for index, (start, end) in enumerate(rows):
            if index + 1 < len(rows):
                yield start, rows[index + 1][0], ""
            elif index:
                yield rows[index - 1][1], end, ""
            else:
                comma = re.compile(r"\s*,").match(self.source, end)
                yield start, comma.end() if comma else end, ""

    def _call(self, node: ast.Call) -> Iterator[Change]:
        """One named argument less, or the flags of a pattern."""
        ends = [self._end(it) for it in (*node.args, *node.keywords)]
        starts = [self._start(it) for it in (*node.args, *node.keywords)]
        compiles = ast.unparse(node.func) == "re.compile"
        for index in range(len(ends)):
            if index >= len(node.args) or (compiles and index):
                yield (ends[index - 1] if index else starts[index]), ends[index], ""

    def _compare(self, node: ast.Compare) -> Iterator[Change]:
        """Another operator."""
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if other := _COMPARED.get(type(operator)):
                yield self._end(left), self._start(right), f" {other} "
            left = right

    def _constant(self, node: ast.Constant) -> Iterator[Change]:
        """Another value."""
        start, end = self._start(node), self._end(node)
        if isinstance(node.value, bool):
            yield start, end, str(not node.value)
        elif isinstance(node.value, int | float):
            yield start, end, repr(node.value + 1)
            yield start, end, repr(node.value - 1)
        elif isinstance(node.value, str | bytes):
            yield from self._literals(node)

    def _literals(self, node: ast.Constant | ast.JoinedStr) -> Iterator[Change]:
        """Of adjacent literals each: a pattern's pieces, another word, or a longer text."""
        for start, end in self._pieces(node):
            found = _LITERAL.fullmatch(self.source, start, end)
            if found is None:
                continue
            prefix, text, at = found["prefix"].lower(), found["text"], found.start("text")
            if "r" in prefix:
                verbose = "re.VERBOSE" in self.source and "\n" in text
                for first, last, other in patterns.changes(
                    text, holes="f" in prefix, verbose=verbose
                ):
                    yield at + first, at + last, other
            elif _VERSION.fullmatch(text):
                yield at, at + len(text), _neighbour(text)
            elif text in _EFFECTS:
                yield at, at + len(text), _EFFECTS[text]
            elif words := _names_in(text):
                for first, last in words:
                    yield at + first, at + last, ""
            else:
                yield at, at, "XX"

    def _pieces(self, node: ast.Constant | ast.JoinedStr) -> Iterator[tuple[int, int]]:
        """Where the literals are that stand side by side in one constant."""
        at, end = self._start(node), self._end(node)
        literal = re.compile(r"""[A-Za-z]*(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""")
        triple = re.compile(r"""[A-Za-z]*(?:\"{3}.*?\"{3}|'{3}.*?'{3})""", re.DOTALL)
        while at < end:
            found = triple.match(self.source, at) or literal.match(self.source, at)
            if found:
                yield found.span()
            at = found.end() if found else at + 1


def _names_in(text: str) -> list[tuple[int, int]]:
    """Where the names are, in a text of nothing else, which is a table of them."""
    words = list(re.finditer(r" ?[A-Z][a-z]*(?:[A-Z][A-Za-z]*)+| ?[A-Z]+[A-Za-z]*", text))
    whole = "".join(it[0] for it in words) == text and text.strip().count(" ")
    return [it.span() for it in words] if whole else []


def _neighbour(version: str) -> str:
    """The api-version beside one."""
    source = path_of("odatabatch/azure/versions").read_text("utf-8")
    table = source[source.index("VERSIONS = (") :]
    known = _VERSION.findall(table[: table.index("\n)")])
    if version not in known:
        return f"XX{version}"
    at = known.index(version)
    return known[at + 1] if at + 1 < len(known) else known[at - 1]
