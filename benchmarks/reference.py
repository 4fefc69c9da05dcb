"""The yardstick: the least a scalar engine can be, written as plainly as it can be.

It is the closure-free shape of Karpathy's microgpt: a node is its value, its parents and its
local derivatives, and backward is one loop. There is nothing beside it: no plain numbers as
operands, no names, no modes, no checks, gradients of a second sweep that are wrong, and a
recursive order that a deep graph breaks. What ``Value`` costs on top of this is what all of that
costs.
"""

from __future__ import annotations


class Reference:
    """A scalar with ``+``, ``*`` and ``relu``, all of them between References."""

    __slots__ = ("data", "grad", "parents", "partials")

    def __init__(
        self,
        data: float,
        parents: tuple[Reference, ...] = (),
        partials: tuple[float, ...] = (),
    ) -> None:
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.partials = partials

    def __add__(self, other: Reference) -> Reference:
        return Reference(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Reference) -> Reference:
        return Reference(self.data * other.data, (self, other), (other.data, self.data))

    def relu(self) -> Reference:
        """max(0, x)."""
        if self.data > 0.0:
            return Reference(self.data, (self,), (1.0,))
        return Reference(0.0, (self,), (0.0,))

    def backward(self) -> None:
        """Add d(self)/d(node) to the gradient of every node below."""
        order: list[Reference] = []
        _visit(self, set(), order)
        self.grad = 1.0
        for node in reversed(order):
            for parent, local in zip(node.parents, node.partials):  # noqa: B905 -- plain and quick
                parent.grad += local * node.grad


# Not a function inside of backward(), as it is often written: one that calls itself is a cycle,
# which would keep every graph alive until the garbage collector finds it.
def _visit(node: Reference, seen: set[Reference], order: list[Reference]) -> None:
    if node not in seen:
        seen.add(node)
        for parent in node.parents:
            _visit(parent, seen, order)
        order.append(node)
