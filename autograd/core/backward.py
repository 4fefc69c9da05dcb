"""The backward sweep: from an output to every node it depends on, children before parents.

At each node the chain rule is one line: ``parent.grad += upstream * local``. Products and sums
are IEEE's and nothing is skipped: zero times infinity is nan, in a sweep as anywhere else, so
that a compiled matrix product, which cannot skip either, gives the same numbers.
"""

from __future__ import annotations

from autograd.core import modes
from autograd.core.anomaly import check_backward, check_seed
from autograd.core.graph import interior
from autograd.core.node import Node


def sweep(output: Node, seed: float) -> None:
    """Add d(output)/d(leaf) x seed to the gradient of every leaf below output.

    Each sweep stands for itself: interior nodes start from zero and hold the last sweep's value.
    """
    order = interior(output)
    origins = modes.current().origins if modes.n_open else None
    if origins is not None:
        _dry_run(output, order, seed, origins)
    if not order:
        output._grad += seed
        return
    for node in order:
        node._grad = 0.0
    output._grad = seed
    order.reverse()
    for node in order:
        upstream = node._grad
        second = node._second
        if second is not None:
            node._first._grad += upstream * node._to_first
            second._grad += upstream * node._to_second
        else:
            for parent, local in zip(node._first, node._to_first):  # noqa: B905 -- equal when made
                parent._grad += upstream * local


def _dry_run(output: Node, order: list[Node], seed: float, origins: dict[Node, str]) -> None:
    """The same sweep on the side, so that an anomaly is raised before any gradient changes."""
    check_seed(output, seed)
    gradients = {output: seed}
    for node in reversed(order):
        upstream = gradients[node]
        for parent, local in zip(node.parents, node.partials, strict=True):
            # a leaf starts from what earlier sweeps left in it
            before = gradients.get(parent, 0.0 if parent.parents else parent._grad)
            total = gradients[parent] = before + upstream * local
            check_backward(node, parent, upstream, local, total, origins.get(node))
