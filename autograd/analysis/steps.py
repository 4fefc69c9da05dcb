"""The two passes as records, one for each step: ``steps`` and ``forward_steps``.

Nothing here changes a Value: the records say what ``backward`` does, in its order, with its
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd._util.format import factor, formula, number, one_line, spelled
from autograd._util.names import names_for
from autograd.core.evaluate import evaluate
from autograd.core.graph import interior
from autograd.core.number_arguments import Number, as_float
from autograd.core.value import Value
from autograd.errors import InputError, brief

_LOOKED_THROUGH = 20_000  # nodes; a picture of more is folded, and shows hardly a number


@dataclass(frozen=True, slots=True)
class Step:
    """One use of the chain rule: ``node`` passes gradient back to its parent in ``slot``.

    ``contribution`` is ``upstream * local``: the gradient of node, times the derivative of node
    by that parent. ``total`` is what the parent has received so far in this sweep, this step's
    contribution included. ``names`` are what its text calls nodes that have no name.
    """

    node: Value
    parent: Value
    slot: int
    upstream: float
    local: float
    contribution: float
    total: float
    names: Mapping[Value, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def rule(self) -> str:
        """Why the local derivative is what it is, in a sentence."""
        operation = self.node._operation
        return operation.why if operation is not None else ""

    def __str__(self) -> str:
        return spelled(
            f"{_called(self.node, self.names)} -> {_called(self.parent, self.names)}: "
            f"{number(self.upstream)} x {factor(self.local)} = {number(self.contribution)}, "
            f"total {number(self.total)}"
        )


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """One operation of the forward pass: the value of ``node`` from those of its parents.

    ``names`` are what its text calls nodes that have no name.
    """

    node: Value
    operands: tuple[float, ...]
    data: float
    names: Mapping[Value, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def formula(self) -> str:
        """The operation with its numbers filled in, such as ``2 * (-3)``."""
        operation = self.node._operation
        assert operation is not None  # only nodes with parents are steps
        written = number if operation.is_call else factor
        return formula(operation, [written(x) for x in self.operands])

    def __str__(self) -> str:
        return spelled(f"{_called(self.node, self.names)} = {self.formula} = {number(self.data)}")


def steps(
    output: Value, grad: Number = 1.0, *, names: Mapping[str, Any] | None = None
) -> Iterator[Step]:
    """The backward sweep from ``output``, one record for each edge of the graph, in its order.

    Adding each ``contribution`` to its parent's gradient is what ``output.backward(grad)`` does,
    bit for bit; this changes nothing. Totals start from zero, whatever earlier sweeps have left.
    Nodes without a name are called by the caller's variables, or by those in ``names``.

    >>> from autograd import Value, steps
    >>> a, b = Value(2.0), Value(-3.0)
    >>> for step in steps(a * b + a):
    ...     print(step)
    + -> *: 1 x 1 = 1, total 1
    + -> a: 1 x 1 = 1, total 1
    * -> a: 1 x (-3) = -3, total -2
    * -> b: 1 x 2 = 2, total 2
    """
    check_output(output, "steps")
    return _steps(output, as_float(grad, "steps"), names_for(names, 1))


def _steps(output: Value, seed: float, names: Mapping[Value, str]) -> Iterator[Step]:
    received = {output: seed}
    for node in reversed(interior(output)):
        yield from passed_on(node, received, names)


def passed_on(
    node: Value, received: dict[Value, float], names: Mapping[Value, str]
) -> Iterator[Step]:
    """The steps by which a node passes on what it has received, which are added to ``received``."""
    upstream = received[node]
    for slot, (parent, local) in enumerate(zip(node.parents, node.partials, strict=True)):
        contribution = upstream * local
        total = received[parent] = received.get(parent, 0.0) + contribution
        yield Step(node, parent, slot, upstream, local, contribution, total, names)


def forward_steps(
    output: Value, *, names: Mapping[str, Any] | None = None
) -> Iterator[ForwardStep]:
    """The forward pass to ``output``, one record for each operation, parents first.

    Nodes without a name are called by the caller's variables, or by those in ``names``.

    >>> from autograd import Value, forward_steps
    >>> a, b = Value(2.0), Value(-3.0)
    >>> for step in forward_steps(a * b + a):
    ...     print(step)
    * = 2 * (-3) = -6
    + = (-6) + 2 = -4
    """
    check_output(output, "forward_steps")
    found = names_for(names, 1)
    return (
        ForwardStep(node, tuple([p.data for p in node.parents]), node.data, found)
        for node in interior(output)
    )


def changed(order: Sequence[Value]) -> int | None:
    """The place of the first node that no longer follows from its operands' data; else None.

    Values and local derivatives are recorded when a node is made; somebody may have set ``.data``
    of an operand since. Graphs of more than 20,000 nodes are not looked through.
    """
    if len(order) > _LOOKED_THROUGH:
        return None
    for i, node in enumerate(order):
        operation = node._operation
        if not node.parents or operation is None:
            continue
        try:
            data, partials = evaluate(operation, [p.data for p in node.parents])
        except Exception:  # a user's own operation, at numbers it was not made for
            return i
        now, then = (data, *partials), (node.data, *node.partials)
        if not all(map(_same, now, then)):
            return i
    return None


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9) or (a != a and b != b)


def changed_note(name: str) -> str:
    """What to say of such a node."""
    return (
        f"{name} was computed before the data of an operand was changed; build the graph again "
        "for the new numbers"
    )


def check_output(output: object, who: str) -> None:
    """Refuse what is no Value."""
    if not isinstance(output, Value):
        raise InputError(f"{who} expects a Value, got {brief(output)}; pass the output of a graph")


def _called(node: Value, names: Mapping[Value, str]) -> str:
    name = node.name or names.get(node, "")
    if name or node._operation is None:
        return one_line(name) or f"leaf {number(node.data)}"
    return number(node.data) if not node.parents else node._operation.label
