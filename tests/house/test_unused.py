"""No function, class or method is there for nothing, or for the tests alone."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from tests.house.sources import docstrings, parsed, short, sources
from tests.house.test_docs import PUBLIC

FOLDERS = ("autograd", "nn", "benchmarks", "demos")
# Who uses it, where that is nobody in these folders.
USED_ELSEWHERE = {
    "autograd/analysis/gradcheck.py: max_error": "users of the report that check_gradients returns",
    "demos/lessons/conftest.py: a_folder_of_its_own": "pytest, before each lesson",
    "benchmarks/quoting.py: read_figures": "README's figures are held to a run's by a test",
}


def names_in(tree: ast.AST) -> Iterator[str]:
    """The names that code asks for; in text too, as methods are found by an instruction's kind."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # what is written into a program calls a function, and a message only tells of one
            words = re.findall(r"^\w+$|\w+(?=\()", node.value)
            yield from words
            yield from (f"_{word}" for word in words)


def definitions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("__"):
            yield node.name


def test_everything_that_is_defined_is_used() -> None:
    used: Counter[str] = Counter()
    for path in sources(*FOLDERS):
        used.update(names_in(parsed(path)))
        # a docstring that has a function as its example does not use it
        told = [w for text in docstrings(path) for w in re.findall(r"^\w+$|\w+(?=\()", text)]
        used.subtract(told)
        used.subtract([f"_{word}" for word in told])
    public = {path.split(".")[-1] for path in PUBLIC}
    unused = {
        f"{short(path)}: {name}"
        for path in sources(*FOLDERS)
        for name in definitions(parsed(path))
        if used[name] <= 0 and name not in public and not name.startswith("_repr_")
    }
    assert unused == set(USED_ELSEWHERE)
    assert all(USED_ELSEWHERE.values())
