"""Which lines of a module belong to one statement."""

from __future__ import annotations

import ast


def spans(source: str) -> list[tuple[int, int]]:
    """The first and last lines of each statement, or of the head of one; shortest first."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt | ast.match_case | ast.ExceptHandler):
            first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
            body = getattr(node, "body", None)
            last = max(first, body[0].lineno - 1) if body else node.end_lineno
            found.append((first, last))
    return sorted(found, key=lambda it: it[1] - it[0])


def span_of(statements: list[tuple[int, int]], first: int, last: int) -> tuple[int, int]:
    """The lines of the statement that has these, out of ``spans``."""
    return next((it for it in statements if it[0] <= first and last <= it[1]), (first, last))
