"""Which rows of a table a piece of a module is about, so that their tests are run and no others.

A test that is run for each of fifty rows takes long, and 49 of its runs say nothing of a change in
the fiftieth row. A helper such as ``_softmax`` is about the rows that mention it.
"""

from __future__ import annotations

import ast

_FEW = 6  # what more rows than this mention is about the table as a whole


def rows_of(source: str) -> dict[str, list[str]]:
    """The rows that each row and each function at the top of a module's source is about."""
    tree = ast.parse(source)
    functions = {part.name: _names(part) for part in tree.body if isinstance(part, ast.FunctionDef)}
    about: dict[str, list[str]] = {}
    for statement in tree.body:
        row = _row(statement)
        if row:
            about.setdefault(row, []).append(row)
            for name in _reached(_names(statement), functions):
                about.setdefault(name, []).append(row)
    return {name: rows for name, rows in about.items() if len(rows) <= _FEW}


def _row(statement: ast.stmt) -> str:
    """The first text among the arguments of a call that stands alone, as the row of ``_row``."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        for part in ast.walk(statement):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                return part.value
    return ""


def _names(part: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(part) if isinstance(name, ast.Name)}


def _reached(names: set[str], functions: dict[str, set[str]]) -> set[str]:
    """The functions among the names, and those that they mention in their turn."""
    reached: set[str] = set()
    waiting = names & functions.keys()
    while waiting:
        reached |= waiting
        waiting = set().union(*[functions[name] for name in waiting]) & functions.keys() - reached
    return reached
