"""Serialization: copies and pickles of a whole graph, without recursion.

Both go over the graph as a flat list, parents first, so a deep graph does not overflow the stack.
A pickle names ``autograd:Value`` and operations by their public names, so a module may move.
``autograd/__init__.py`` makes the functions here methods of Value.
"""

from __future__ import annotations

import functools
import pkgutil
from collections.abc import Callable
from typing import Any

from autograd.core import modes
from autograd.core.graph import topological_order
from autograd.core.operation import Operation, find_row
from autograd.core.value import Value

Slots = dict[str, Any]
Tape = list[Any]  # leaves, and of each other node its slots and the places of its parents

_NOT_COPIED = ("_first", "_second", "__weakref__", "__dict__")  # the first two are the parents


class PublicName:
    """What stands in a pickle for something public, such as ``autograd:compile``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *arguments: Any) -> Any:
        """Call it at once, where ``copy.copy`` does what a pickle would do later."""
        return pkgutil.resolve_name(self.name)(*arguments)

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return pkgutil.resolve_name, (self.name,)


_VALUE = PublicName("autograd:Value")  # one object, so that a pickle holds it once


def deep_copy(output: Value, memo: dict[int, Any]) -> Value:
    """``Value.__deepcopy__``: every node below is copied; what was shared stays shared."""
    modes.guard(output, "a copy")
    for node in topological_order(output):
        if id(node) not in memo:
            parents = tuple(memo[id(parent)] for parent in node.parents)
            memo[id(node)] = _set(object.__new__(type(node)), _slots(node), parents)
    copied: Value = memo[id(output)]
    return copied


def shallow_copy(output: Value) -> Value:
    """``Value.__copy__``: the nodes with parents are copied, the leaves below are the same."""
    copied = object.__new__(type(output))
    set_state(copied, reduce(output)[2])
    return copied


def reduce(output: Value) -> tuple[Any, ...]:
    """``Value.__reduce__``: leaves are pickled as they are, once each, others as a tape.

    So a model's parameters stay shared with a graph pickled beside it. An interior node that two
    pickled outputs share is written twice.
    """
    modes.guard(output, "a copy")
    new = object.__new__, (_VALUE if type(output) is Value else type(output),)
    if output._first is None:
        return *new, _named(_slots(output))
    order = topological_order(output)
    place = {node: i for i, node in enumerate(order)}
    tape = [
        (_named(_slots(node)), [place[parent] for parent in node.parents]) if node.parents else node
        for node in order
    ]
    return *new, tape


def set_state(output: Value, state: Slots | Tape) -> None:
    """``Value.__setstate__``: ``output`` becomes a leaf with these slots, or the end of a tape."""
    nodes: list[Value] = []
    tape = [(state, [])] if isinstance(state, dict) else state
    for i, entry in enumerate(tape):
        if not isinstance(entry, tuple):
            nodes.append(entry)
            continue
        slots, places = entry
        node = output if i == len(tape) - 1 else object.__new__(type(output))
        row = slots.get("_operation")
        slots = slots | {"_operation": find_row(*row)} if row else slots
        nodes.append(_set(node, slots, tuple([nodes[k] for k in places])))


def _slots(node: Value) -> Slots:
    names = [*_names(type(node)), *getattr(node, "__dict__", ())]  # type: ignore[arg-type]
    return {name: getattr(node, name) for name in names if hasattr(node, name)}


def _named(slots: Slots) -> Slots:
    """The slots with the operation's name and settings in place of itself."""
    row = slots.get("_operation")
    named = (row.name, dict(row.settings)) if isinstance(row, Operation) else row
    return slots | {"_operation": named}


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    """The slots of a class and of those it derives from, less those that are not copied so."""
    every: list[str] = []
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        every += [slots] if isinstance(slots, str) else slots
    return tuple(name for name in every if name not in _NOT_COPIED)


def _set(node: Value, slots: Slots, parents: tuple[Value, ...]) -> Value:
    # two parents have a slot each, any other number of them a tuple: see node.Node
    node._first, node._second = parents if len(parents) == 2 else (parents or None, None)
    for name, content in slots.items():
        setattr(node, name, content)
    return node
