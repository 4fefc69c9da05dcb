"""Copies of a whole graph, by ``copy.deepcopy`` and ``pickle``, without recursion.

Both go over the graph as a flat list, parents first, so a deep graph does not overflow the stack.
All they know of a node is its slots.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from autograd.core.graph import topological_order

if TYPE_CHECKING:
    from autograd.core.value import Value

Slots = dict[str, Any]

_NOT_COPIED = ("_first", "_second", "__weakref__", "__dict__")  # the first two are the parents


def deep_copy(output: Value, memo: dict[int, Any]) -> Value:
    """A copy of every node below ``output``; what was shared stays shared, by ``memo``."""
    for node in topological_order(output):
        if id(node) not in memo:
            parents = tuple(memo[id(parent)] for parent in node.parents)
            memo[id(node)] = _rebuild(type(node), _slots(node), parents)
    copied: Value = memo[id(output)]
    return copied


def flattened(output: Value) -> tuple[Any, ...]:
    """What ``__reduce__`` returns: leaves are pickled as they are, once each, others as a list.

    So a model's parameters stay shared with a graph pickled beside it. An interior node that two
    pickled outputs share is written twice.
    """
    if not output.parents:
        return _rebuild, (type(output), _slots(output), ())
    order = topological_order(output)
    place = {node: i for i, node in enumerate(order)}
    tape = [
        (_slots(node), [place[parent] for parent in node.parents]) if node.parents else node
        for node in order
    ]
    return _unflatten, (type(output), tape)


def _slots(node: Value) -> Slots:
    names = [*_names(type(node)), *getattr(node, "__dict__", ())]  # type: ignore[arg-type]
    return {name: getattr(node, name) for name in names if hasattr(node, name)}


@functools.cache
def _names(kind: type) -> tuple[str, ...]:
    """The slots of a class and of those it derives from, less those that are not copied so."""
    every: list[str] = []
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        every += [slots] if isinstance(slots, str) else slots
    return tuple(name for name in every if name not in _NOT_COPIED)


def _rebuild(kind: type[Value], slots: Slots, parents: tuple[Value, ...]) -> Value:
    node = object.__new__(kind)
    # as value.py explains: two parents have a slot each, any other number of them a tuple
    node._first, node._second = parents if len(parents) == 2 else (parents or None, None)
    for name, content in slots.items():
        setattr(node, name, content)
    return node


def _unflatten(kind: type[Value], tape: list[Any]) -> Value:
    nodes: list[Value] = []
    for entry in tape:
        if isinstance(entry, tuple):
            slots, places = entry
            entry = _rebuild(kind, slots, tuple([nodes[i] for i in places]))
        nodes.append(entry)
    return nodes[-1]
