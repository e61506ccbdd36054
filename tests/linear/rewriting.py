"""The package with a counter in it: each call, loop, slice and sum tells what it costs.

What is imported after ``install`` is rewritten as it is loaded: ``x.find(a, i)`` becomes
``_work.call(7, x.find, a, i)``, where 7 is the number of that line. Results are the same.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from tests.linear.counter import Counter

_COUNTER = "_work"
_BETWEEN = "_between"
_BY_FRAME = ("super", "locals", "globals", "vars")  # they look at the frame that calls them


def install(counter: Counter, package: str) -> None:
    """Rewrite that package's modules when they are imported from now on.

    Raises:
        RuntimeError: some of it was imported before, and would not be counted.
    """
    if package in sys.modules:
        raise RuntimeError(f"expected {package} not to be imported yet")
    sys.meta_path.insert(0, _Finder(counter, package))


def counted_module(module: ModuleType, counter: Counter) -> ModuleType:
    """A copy of a module with the counter in it."""
    copy = ModuleType(module.__name__)
    vars(copy)[_COUNTER] = counter
    exec(_counted_code(inspect.getsource(module), module.__name__, counter), vars(copy))  # noqa: S102
    return copy


def _counted_code(source: str, name: str, counter: Counter) -> CodeType:
    """The code of a module that calls the counter, which it expects as ``_work``."""
    tree = _Rewriter(counter, name).visit(ast.parse(source, name))
    return compile(ast.fix_missing_locations(tree), name, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Finds the package's modules, and has them rewritten."""

    def __init__(self, counter: Counter, package: str) -> None:
        self._counter = counter
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != self._package:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.loader.path, self._counter)
        return spec


class _Loader(SourceFileLoader):
    """Loads a module with the counter in it; never from a cache."""

    def __init__(self, fullname: str, path: str, counter: Counter) -> None:
        super().__init__(fullname, path)
        self._counter = counter

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_source(fullname)
        assert source is not None
        return _counted_code(source, self.path, self._counter)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[_COUNTER] = self._counter
        super().exec_module(module)


class _Rewriter(ast.NodeTransformer):
    """Puts the counter's calls into functions; what runs at import costs nobody anything."""

    def __init__(self, counter: Counter, name: str) -> None:
        self._counter = counter
        self._name = name
        self._in_function = False

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            before, self._in_function = self._in_function, True
            node.body = [ast.Expr(self._told("step", node)), *self._statements(node.body)]
            self._in_function = before
            return node
        return super().visit(node) if self._in_function else self.generic_visit(node)

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [self.visit(statement) for statement in body]

    def _told(self, what: str, at: Any, *arguments: ast.expr) -> ast.Call:
        """A call of the counter."""
        site = ast.Constant(self._counter.site(self._name, at.lineno))
        name = ast.Name(_COUNTER, ast.Load())
        call = ast.Call(ast.Attribute(name, what, ast.Load()), [site, *arguments], [])
        return ast.copy_location(call, at)

    # Loops and functions

    def visit_For(self, node: ast.For) -> Any:
        self.generic_visit(node)
        node.iter = self._told("each", node, node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        self.generic_visit(node)
        node.iter = self._told("each", node.iter, node.iter)
        return node

    def visit_While(self, node: ast.While | ast.AsyncFor) -> Any:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(self._told("step", node)))
        return node

    visit_AsyncFor = visit_While  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        node.body = self.visit(node.body)
        node.body = ast.BoolOp(ast.Or(), [self._told("step", node), node.body])
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Any:
        self.generic_visit(node)
        node.value = self._told("made", node, node.value)
        return node

    # Calls and operators

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id in _BY_FRAME:
            return node
        self.generic_visit(node)
        call = self._told("call", node, node.func, *node.args)
        call.keywords = node.keywords
        return call

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        self.generic_visit(node)
        operator = ast.Constant(type(node.op).__name__)
        return self._told("binary", node, operator, node.left, node.right)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        target = node.target
        if any(isinstance(it, ast.Call | ast.NamedExpr | ast.Slice) for it in ast.walk(target)):
            raise NotImplementedError(f"{self._name}:{node.lineno}: {ast.unparse(node)}")
        operator = ast.Constant(type(node.op).__name__)
        old: Any = ast.parse(ast.unparse(target), mode="eval").body
        new = self._told("in_place", node, operator, old, self.visit(node.value))
        return ast.copy_location(ast.Assign([target], new), node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        """``a < b < c`` becomes ``a < (between := b) and between < c``, each of them counted."""
        self.generic_visit(node)
        links = []
        left = node.left
        *between, last = node.comparators
        for operator, right in zip(node.ops, between, strict=False):
            links.append(self._compared(node, operator, left, _stored(right)))
            left = ast.Name(_BETWEEN, ast.Load())
        links.append(self._compared(node, node.ops[-1], left, last))
        return ast.BoolOp(ast.And(), links) if between else links[0]

    def _compared(
        self, node: ast.Compare, operator: ast.cmpop, left: ast.expr, right: ast.expr
    ) -> ast.expr:
        if isinstance(operator, ast.Is | ast.IsNot):
            return ast.Compare(left, [operator], [right])
        return self._told("compare", node, ast.Constant(type(operator).__name__), left, right)

    def visit_Match(self, node: ast.Match) -> Any:
        """Values in patterns are counted as if each of them were compared."""
        self.generic_visit(node)
        values = [value for case in node.cases for value in self._values(case.pattern)]
        node.subject = self._told("matched", node, node.subject, *values)
        return node

    def _values(self, pattern: ast.pattern) -> list[ast.expr]:
        """The values in a pattern that are compared with the subject itself."""
        if isinstance(pattern, ast.MatchValue):
            return [pattern.value]
        if isinstance(pattern, ast.MatchOr):
            return [value for it in pattern.patterns for value in self._values(it)]
        within = ast.MatchValue | ast.MatchStar | ast.MatchMapping
        if any(isinstance(it, within) for it in ast.walk(pattern)):
            raise NotImplementedError(f"{self._name}:{pattern.lineno}: {ast.unparse(pattern)}")
        return []

    # Copies

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        self.generic_visit(node)
        if not isinstance(node.slice, ast.Slice):
            return node
        if not isinstance(node.ctx, ast.Load):
            raise NotImplementedError(f"{self._name}:{node.lineno}: {ast.unparse(node)}")
        return self._told("made", node, node)

    def visit_Delete(self, node: ast.Delete) -> Any:
        target, *others = node.targets
        if others:
            raise NotImplementedError(f"{self._name}:{node.lineno}: {ast.unparse(node)}")
        if not isinstance(target, ast.Subscript):
            return node
        key: Any = self.visit(target.slice)
        if isinstance(key, ast.Slice):
            bounds = [it or ast.Constant(None) for it in (key.lower, key.upper, key.step)]
            key = ast.Call(ast.Name("slice", ast.Load()), bounds, [])
        call = self._told("delete", node, self.visit(target.value), key)
        return ast.copy_location(ast.Expr(call), node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        self.generic_visit(node)
        return self._told("made", node, node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        node.value = self.visit(node.value)  # its format may not be a call
        return node

    def _display(self, node: Any) -> Any:
        """A display that unpacks something copies it."""
        self.generic_visit(node)
        items = node.keys if isinstance(node, ast.Dict) else node.elts
        unpacks = any(it is None or isinstance(it, ast.Starred) for it in items)
        if not unpacks or isinstance(getattr(node, "ctx", None), ast.Store):
            return node
        return self._told("made", node, node)

    visit_Tuple = visit_List = visit_Set = visit_Dict = _display  # noqa: N815

    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        if any(isinstance(it, ast.Starred) for target in node.targets for it in ast.walk(target)):
            node.value = self._told("made", node, node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node


def _stored(value: ast.expr) -> ast.expr:
    return ast.NamedExpr(ast.Name(_BETWEEN, ast.Store()), value)
