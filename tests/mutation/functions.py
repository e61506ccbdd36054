"""The mutants that mutmut makes of functions; here those of decorated functions, too."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor, OuterFunctionProvider
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from tests.mutation.mutants import Mutant, mutant, numbered, path_of


class _Visitor(MutationVisitor):
    """mutmut's own, which passes over decorated functions; here they are no exception."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef) and node.decorators:
            names = {self._decorator(it) for it in node.decorators}
            return bool(names & {"overload", "abstractmethod"})
        return super()._skip_node_and_children(node)

    @staticmethod
    def _decorator(node: cst.Decorator) -> str:
        return node.decorator.value if isinstance(node.decorator, cst.Name) else ""


def of_functions(module: str) -> list[Mutant]:
    """The mutants of mutmut of a module's functions and methods, in the order of the source."""
    source = path_of(module).read_text("utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source))
    positions = wrapper.resolve(PositionProvider)
    outer = wrapper.resolve(OuterFunctionProvider)
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    names = _names(wrapper.module)
    offsets = [0]
    for text in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(text))
    found = []
    for it in visitor.mutations:
        function = outer.get(it.original_node)
        if not isinstance(function, cst.FunctionDef):
            continue
        change = _change(wrapper.module, source, offsets, positions[it.original_node], it)
        at_import = _is_default(function, it.original_node)
        made = mutant(module, "mutmut", names[function], source, change, at_import)
        if made.was != made.now or change[2] != source[change[0] : change[1]]:
            found.append(made)
    return numbered(found)


def _change(module, source, offsets, place: CodeRange, mutation):  # type: ignore[no-untyped-def]
    """The piece that a mutation replaces, and by what."""
    if isinstance(mutation.original_node, cst.Match):
        return _difference(
            source, module.deep_replace(mutation.original_node, mutation.mutated_node).code
        )
    start = offsets[place.start.line - 1] + place.start.column
    end = offsets[place.end.line - 1] + place.end.column
    text = module.code_for_node(mutation.mutated_node)
    if isinstance(mutation.mutated_node, cst.BaseCompoundStatement | cst.SimpleStatementLine):
        raise TypeError(type(mutation.mutated_node))
    return start, end, text


def _difference(old: str, new: str) -> tuple[int, int, str]:
    start = 0
    while old[start] == new[start]:
        start += 1
    tail = 0
    while old[-1 - tail] == new[-1 - tail] and len(new) - tail > start and len(old) - tail > start:
        tail += 1
    return start, len(old) - tail, new[start : len(new) - tail]


def _names(module: cst.Module) -> dict[cst.FunctionDef, str]:
    """The qualified names of functions, and of the methods of classes."""
    names: dict[cst.FunctionDef, str] = {}
    for it in module.body:
        if isinstance(it, cst.FunctionDef):
            names[it] = it.name.value
        elif isinstance(it, cst.ClassDef):
            methods = (method for method in it.body.body if isinstance(method, cst.FunctionDef))
            names.update({method: f"{it.name.value}.{method.name.value}" for method in methods})
    return names


def _is_default(function: cst.FunctionDef, node: cst.CSTNode) -> bool:
    """Whether a node stands in the defaults of a function's parameters."""
    found: list[cst.CSTNode] = []

    class Seeker(cst.CSTVisitor):
        def on_visit(self, visited: cst.CSTNode) -> bool:
            if visited is node:
                found.append(visited)
            return not found

    function.params.visit(Seeker())
    return bool(found)
