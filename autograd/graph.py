"""Walks over a graph of nodes. All it knows of a node is that it has ``.parents``.

Nothing here recurses, so a chain of a million nodes is as good as one of ten; and nothing here
follows the order of a hash, so the same graph gives the same order in every process.
"""

from __future__ import annotations

from typing import Protocol, TypeVar


class Node(Protocol):
    """Anything with an ordered tuple of parents."""

    @property
    def parents(self) -> tuple[Node, ...]:
        """The nodes it was computed from, in order, duplicates kept."""
        ...


N = TypeVar("N", bound=Node)


def interior(output: N) -> list[N]:
    """The nodes with parents that ``output`` depends on, itself included, parents first.

    This is the depth-first post-order that a recursive function would give: each node comes
    after all of its parents. Leaves are left out; a sweep reaches them as somebody's parents.
    """
    if not output.parents:
        return []
    order: list[N] = []
    seen = {output}
    # What a recursive version keeps in its stack frames: a node, and where it is in its parents.
    suspended: list[tuple[N, object]] = []
    node, parents = output, iter(output.parents)
    while True:
        for parent in parents:
            # leaves are many, and this test spares them the set
            if parent.parents and parent not in seen:
                seen.add(parent)  # type: ignore[arg-type]
                suspended.append((node, parents))
                node, parents = parent, iter(parent.parents)  # type: ignore[assignment]
                break
        else:
            order.append(node)
            if not suspended:
                return order
            node, parents = suspended.pop()  # type: ignore[assignment]


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
            order.setdefault(parent)  # type: ignore[arg-type]
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
    reached = set(inputs)
    for node in interior(output):
        if any(parent in reached for parent in node.parents):
            reached.add(node)
    return reached
