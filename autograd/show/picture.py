"""A picture of a graph as plain data, before it becomes text, DOT or a page.

Nodes are numbered in topological order, so the same graph gives the same picture everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple

from autograd._util.format import number, one_line
from autograd._util.names import Names
from autograd.analysis.steps import changed
from autograd.core.graph import topological_order
from autograd.core.operation import Operation
from autograd.core.value import Value
from autograd.errors import ArgumentError, InputError


class PictureNode(NamedTuple):
    """What is shown of a node.

    ``grad`` is None before the first backward pass, and for a plain number always: its gradient
    is of no use to anybody.
    """

    # a tuple and no dataclass, because a picture may have a million of them
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

    @property
    def flows(self) -> tuple[float, ...]:
        """What the last sweep sent to each parent: gradient x local; none before a sweep."""
        upstream = self.grad
        return () if upstream is None else tuple([upstream * local for local in self.locals_])

    def flow(self, slot: int) -> float:
        """One of the flows, after a sweep: of a node of many parents, without all the others."""
        assert self.grad is not None
        return self.grad * self.locals_[slot]


@dataclass(frozen=True)
class Picture:
    """A graph's nodes, parents first; the last one is the output."""

    nodes: tuple[PictureNode, ...]
    has_gradients: bool  # whether a backward pass has left gradients to show
    changed: int | None = None  # the first node that no longer follows from its operands

    @property
    def output(self) -> PictureNode:
        """The node that the picture is of."""
        return self.nodes[-1]


def picture(output: Value, names: Names, who: str) -> Picture:
    """The picture of everything that ``output`` depends on."""
    return picture_of(order_of(output, who), names)


def order_of(output: Any, who: str) -> list[Value]:
    """The nodes in topological order, if it is a Value."""
    if not isinstance(output, Value):
        raise InputError(f"{who} expects a Value, got {output!r}; pass the output of a graph")
    return topological_order(output)


def picture_of(order: Sequence[Value], names: Names) -> Picture:
    """The picture of nodes in topological order."""
    place = {node: i for i, node in enumerate(order)}
    output = order[-1]
    # An interior node has no gradient before its first sweep; a leaf starts with 0.
    swept = hasattr(output, "_grad") if output.parents else output.grad != 0.0
    labels: dict[Operation, str] = {}  # each is written once, not for a million nodes
    nodes = []
    for i, node in enumerate(order):
        parents, operation = node.parents, node._operation
        if operation is not None and operation not in labels:
            labels[operation] = operation.label
        is_constant = not parents and operation is not None
        nodes.append(
            PictureNode(
                i,
                node.name or names.get(node, ""),
                labels[operation] if parents and operation is not None else "",
                node._data,
                node.grad if swept and not is_constant else None,
                not parents,
                is_constant,
                tuple([place[parent] for parent in parents]),
                node.partials,
            )
        )
    return Picture(tuple(nodes), swept, changed(order))


# --- how a flow of gradient is drawn --------------------------------------------------------------

# Okabe and Ito's blue and vermilion: told apart by every kind of colour blindness. The dashes of
# the negative ones tell them apart in black and white.
POSITIVE, NEGATIVE, NEUTRAL, BROKEN = "#0072b2", "#d55e00", "#767676", "#000000"
WIDEST, DECADE, NARROWEST = 5.0, 1.5, 1.0


@dataclass(frozen=True)
class Stroke:
    """How the line of an edge looks; ``style`` is solid, dashed, dotted or double."""

    color: str = NEUTRAL
    width: float = NARROWEST
    style: str = "solid"


def stroke(flow: float, largest: float) -> Stroke:
    """The line for one flow, beside the ``largest`` of its picture (in absolute value).

    Widths follow the logarithm, as flows differ by factors and not by differences: 5 points for
    the largest, and 1.5 less for each factor of 10, down to 1.

    >>> stroke(-0.25, 2.5)
    Stroke(color='#d55e00', width=3.5, style='dashed')
    """
    if not math.isfinite(flow):
        return Stroke(BROKEN, 1.5, "double")
    if flow == 0.0:
        return Stroke(style="dotted")
    # a difference of logarithms, because the ratio itself may underflow to 0
    decades = math.log10(abs(flow)) - math.log10(max(abs(flow), largest))
    width = max(NARROWEST, WIDEST + DECADE * decades)
    return Stroke(POSITIVE, width) if flow > 0.0 else Stroke(NEGATIVE, width, "dashed")


def norm(flows: Iterable[float]) -> float:
    """The square root of the sum of squares: the size of several flows together."""
    return math.hypot(*flows)


def bundle_stroke(flows: Sequence[float], largest: float) -> Stroke:
    """The line for several flows: their norm's width, and their sign's colour if they share it."""
    size = norm(flows)
    if all(flow >= 0.0 for flow in flows) or not math.isfinite(size):
        return stroke(size, largest)
    if all(flow <= 0.0 for flow in flows):
        return stroke(-size, largest)
    return Stroke(NEUTRAL, stroke(size, largest).width)


def largest_of(sizes: Iterable[float]) -> float:
    """The largest absolute value of those that are finite; 0 if there is none."""
    return max((abs(x) for x in sizes if math.isfinite(x)), default=0.0)


# --- limits ---------------------------------------------------------------------------------------


def check_limit(limit: Any, who: str, what: str) -> None:
    """Refuse what is no whole number of at least 1."""
    if isinstance(limit, bool) or not isinstance(limit, Integral):
        raise InputError(
            f"{who} expects a whole number for {what}, got {limit!r}; write {what}=200"
        )
    if limit < 1:
        raise ArgumentError(f"{who} expects {what} of at least 1, got {limit}; write {what}=200")
