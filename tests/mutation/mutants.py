"""The mutants of a module: its text, changed in one place.

A mutant is known by what a reader sees of it: the function, the line as it was and as it becomes.
So a list of survivors stays right when lines are added above.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes
from parso.python.tree import Number
from parso.tree import BaseNode

from tests.mutation.operators import chosen

# Test data that stands beside the rows it tests: another sample point says nothing of the row.
_SAMPLES = ("points", "_WIDE", "_PAIRS", "_LISTS")
# What is called at the top of a module with a name, by which the call is known.
_CALLS = ("_row", "_pair", "_list", "add")


@dataclass(frozen=True)
class Mutant:
    """A module's text with one change; ``count`` tells equal changes in one function apart."""

    where: str
    was: str
    becomes: str
    count: int
    line: int
    source: str

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """What it is known by in the list of survivors."""
        return (self.where, self.was, self.becomes, self.count)


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module's source that compiles, in the order of its lines."""
    tree = parso.parse(source)
    if tree.get_code() != source:
        raise ValueError("parso does not give the source back as it was")
    operators, seen, counts = chosen(), {source}, Counter[tuple[str, str, str]]()
    found: list[Mutant] = []
    for node in list(_telling(tree)):
        for operator in operators:
            for index, _ in enumerate(list(operator.mutation_positions(node))):
                text = _changed(tree, node, operator, index)
                if text in seen or not _compiles(text):
                    continue
                seen.add(text)
                line, was, becomes = difference(source, text)
                key = (_where(node), was, becomes)
                counts[key] += 1
                found.append(Mutant(*key, counts[key], line, text))
    return sorted(found, key=lambda mutant: mutant.line)


def difference(before: str, after: str) -> tuple[int, str, str]:
    """The number of the first line that differs, and the differing lines before and after."""
    old, new = before.splitlines(), after.splitlines()
    low, shorter = 0, min(len(old), len(new))
    while low < shorter and old[low] == new[low]:
        low += 1
    same = 0
    while same < shorter - low and old[-1 - same] == new[-1 - same]:
        same += 1
    was, becomes = old[low : len(old) - same], new[low : len(new) - same]
    while was and not was[0].strip():  # a blank line went with the one after it
        low, was = low + 1, was[1:]
    return low + 1, dedent("\n".join(was)).strip(), dedent("\n".join(becomes)).strip()


def _changed(tree: Any, node: Any, operator: Any, index: int) -> str:
    """The text of the tree with one change, which is undone again: parsing anew is slow."""
    children = [(n, list(n.children)) for n in ast_nodes(node) if isinstance(n, BaseNode)]
    values = [(n, n.value) for n in ast_nodes(node) if not isinstance(n, BaseNode)]
    siblings = list(node.parent.children) if node.parent is not None else []
    changed = operator.mutate(node, index)
    if node.type == "number":  # cosmic-ray puts a space for whatever stood before the number
        changed = Number(changed.value.strip(), node.start_pos, node.prefix)
    if changed is not node:
        place = next(i for i, sibling in enumerate(siblings) if sibling is node)
        node.parent.children[place : place + 1] = [changed] if changed is not None else []
    text = str(tree.get_code())
    if node.parent is not None:
        node.parent.children = siblings
    for branch, before in children:
        branch.children = before
    for leaf, value in values:
        leaf.value = value
    return text


def _telling(node: Any) -> Iterator[Any]:
    """The nodes of a tree without annotations, which are never evaluated, and sample points."""
    if _is_silent(node):
        return
    yield node
    for child in getattr(node, "children", ()):
        yield from _telling(child)


def _is_silent(node: Any) -> bool:
    parent = node.parent
    if parent is None:
        return False
    if parent.type == "annassign" and node is parent.children[1]:
        return True
    if node.type == "operator" and parent.type in ("parameters", "lambdef", "param"):
        return True  # the * before names that are given by keyword is no product
    if parent.type == "tfpdef" and node is parent.children[2]:
        return True
    if parent.type == "funcdef" and node is parent.annotation:
        return True
    if node.type == "if_stmt" and node.children[1].get_code().strip() == "TYPE_CHECKING":
        return True
    return node.type in ("argument", "expr_stmt") and node.get_first_leaf().value in _SAMPLES


def _ancestors(node: Any) -> Iterator[Any]:
    """The node and what it is in, outwards; the module itself left out."""
    while node.parent is not None:
        yield node
        node = node.parent


def _where(node: Any) -> str:
    """The function or class, as ``Value.backward``; at the top the call, as ``_row "sin"``."""
    outwards = list(_ancestors(node))
    names = [outer.name.value for outer in outwards if outer.type in ("funcdef", "classdef")]
    if names:
        return ".".join(reversed(names))
    statement = outwards[-1]
    first = statement.get_first_leaf().value
    texts = [leaf.value for leaf in ast_nodes(statement) if leaf.type == "string"]
    return f"{first} {texts[0]}" if first in _CALLS else str(first)


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "mutant", "exec")
        except SyntaxError:
            return False
    return True
