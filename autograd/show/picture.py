"""A picture of a graph as plain data, before it becomes text or DOT.

Nodes are numbered in topological order, so the same graph gives the same picture everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

from autograd.errors import ArgumentError, InputError
from autograd.graph import topological_order
from autograd.names import Names
from autograd.notation import number, one_line
from autograd.value import Value


@dataclass(frozen=True)
class PictureNode:
    """What is shown of a node; ``grad`` is None before the first backward pass."""

    number: int
    name: str
    label: str  # the operation's symbol; empty for a leaf
    data: float
    grad: float | None
    is_leaf: bool
    is_constant: bool
    parents: tuple[int, ...]
    locals_: tuple[float, ...]  # the local derivative for each parent

    @property
    def title(self) -> str:
        """Name and operation: ``L = tanh``, ``tanh``, ``a``, or a constant's number."""
        if self.is_constant:
            return number(self.data)
        name = one_line(self.name)
        if name and self.label:
            return f"{name} = {self.label}"
        return name or self.label or "leaf"


@dataclass(frozen=True)
class Picture:
    """A graph's nodes, parents first; the last one is the output."""

    nodes: tuple[PictureNode, ...]

    @property
    def output(self) -> PictureNode:
        """The node that the picture is of."""
        return self.nodes[-1]

    @property
    def has_gradients(self) -> bool:
        """Whether a backward pass has left gradients to show."""
        return self.output.grad is not None


def picture(output: Value, names: Names, who: str) -> Picture:
    """The picture of everything that ``output`` depends on."""
    if not isinstance(output, Value):
        raise InputError(f"{who} expects a Value, got {output!r}; pass the output of a graph")
    order = topological_order(output)
    place = {node: i for i, node in enumerate(order)}
    # An interior node has no gradient before its first sweep; a leaf starts with 0.
    swept = hasattr(output, "_grad") if output.parents else output.grad != 0.0
    return Picture(
        tuple(
            PictureNode(
                number=place[node],
                name=node.name or names.get(node, ""),
                label=node._operation.label if node._operation and node.parents else "",
                data=node.data,
                grad=node.grad if swept else None,
                is_leaf=not node.parents,
                is_constant=node.op == "constant",
                parents=tuple([place[parent] for parent in node.parents]),
                locals_=node.partials,
            )
            for node in order
        )
    )


def check_limit(limit: Any, who: str, what: str) -> None:
    """Refuse what is no whole number of at least 1."""
    if isinstance(limit, bool) or not isinstance(limit, Integral):
        raise InputError(
            f"{who} expects a whole number for {what}, got {limit!r}; write {what}=200"
        )
    if limit < 1:
        raise ArgumentError(f"{who} expects {what} of at least 1, got {limit}; write {what}=200")
