"""Walks over a graph of nodes: topological order, leaves, and what depends on what.

Nothing here recurses, so a chain of a million nodes is as good as one of ten; and nothing here
follows the order of a hash, so the same graph gives the same order in every process.
"""

from __future__ import annotations

from typing import TypeVar

from autograd.core.node import Node

N = TypeVar("N", bound=Node)


def interior(output: N) -> list[N]:
    """The nodes with parents that ``output`` depends on, itself included, parents first.

    This is the depth-first post-order that a recursive function would give: each node comes
    after all of its parents. Leaves are left out; a sweep reaches them as somebody's parents.
    """
    if output._first is None:
        return []
    order: list[N] = []
    seen: set[N] = set()
    # A node is put on the stack to be opened, and once more, under a None, to be written down when
    # its parents are. One flat list: a tuple or an iterator for each level would be a million
    # objects that the garbage collector goes through again and again.
    stack: list[N | None] = [output]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        if node is None:
            order.append(pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            push(node)
            push(None)
            # the last parent goes down first, and so comes up last; leaves are spared the set
            second = node._second
            if second is not None:
                if second._first is not None and second not in seen:
                    push(second)
                first = node._first
                if first._first is not None and first not in seen:
                    push(first)
            else:
                for parent in reversed(node._first):
                    if parent._first is not None and parent not in seen:
                        push(parent)
    return order


def topological_order(output: N) -> list[N]:
    """Every node that ``output`` depends on, itself included, parents before children.

    >>> from autograd import Value
    >>> a = Value(2.0); b = a * a
    >>> topological_order(b) == [a, b]
    True
    """
    order: dict[N, None] = {}
    for node in interior(output):
        for parent in node.parents:
            order.setdefault(parent)
        # its parents with parents came earlier, so only leaves can be new here
        order[node] = None
    return list(order) or [output]


def leaves(output: N) -> list[N]:
    """The nodes without parents that ``output`` depends on, in topological order."""
    return [node for node in topological_order(output) if not node.parents]


def depends_on(output: N, inputs: set[N]) -> set[N]:
    """The nodes between ``inputs`` and ``output``: those that depend on an input, and the inputs.

    A node in it carries gradient from the output to at least one of the inputs.
    """
    dependent = set(inputs)
    for node in interior(output):
        if any(parent in dependent for parent in node.parents):
            dependent.add(node)
    return dependent
