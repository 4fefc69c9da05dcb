"""``grad``: derivatives as Values, which can be differentiated again, to any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.core import modes
from autograd.core.graph import depends_on, interior
from autograd.core.number_arguments import Number
from autograd.core.table import TABLE
from autograd.core.value import Value, compute, constant
from autograd.errors import GraphError, InputError, brief

Scalar = Value | Number


class _Values:
    """The arithmetic of Values, in which the partials of a row are a graph."""

    @staticmethod
    def pow(x: Scalar, exponent: Scalar) -> Any:
        # a Value by a number is another row than by a Value
        has_value = isinstance(x, Value) or isinstance(exponent, Value)
        return x**exponent if has_value else compute(TABLE["**"], x, exponent)

    @staticmethod
    def total(xs: Iterable[Scalar]) -> Any:
        return compute(TABLE["sum"], *xs)

    @staticmethod
    def where(condition: bool, if_true: Any, if_false: Any) -> Any:
        return if_true if condition else if_false

    @staticmethod
    def equal(a: Scalar, b: Scalar) -> bool:
        return float(a) == float(b)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in TABLE:
            raise AttributeError(f"the arithmetic of Values has no {name!r}")

        def function(*operands: Scalar, **settings: Number) -> Any:
            row = TABLE[name]
            return compute(row.bind(**settings) if settings else row, *operands)

        return function


VALUES = _Values()


def grad(output: Value, inputs: Value | Iterable[Value]) -> list[Value]:
    """The derivatives of ``output`` with respect to each of ``inputs``, as Values.

    The result is a graph of its own, so ``grad`` of it gives second derivatives, and so on. No
    ``.grad`` is touched. An input that ``output`` does not depend on has the derivative 0.

    It writes the local derivatives anew, from the operands as they are now. If ``.data`` of an
    operand was changed since, that would mix two points, so it raises ``GraphError`` instead.

    >>> from autograd import Value, grad
    >>> x = Value(3.0)
    >>> first, = grad(x**3, [x])
    >>> second, = grad(first, [x])
    >>> first.data, second.data
    (27.0, 18.0)
    """
    wanted = _checked(output, inputs)
    tracer = modes.current().tracer if modes.n_traces else None
    if tracer is not None:
        return tracer.grad(output, wanted)
    between = depends_on(output, set(wanted))
    adjoints: dict[Value, Any] = {output: 1.0}
    # an input may itself be an interior node, whose own parents nobody asked for
    for node in reversed([n for n in interior(output) if n in between]):
        upstream = adjoints.get(node)
        if upstream is None or not any(parent in between for parent in node.parents):
            continue
        for slot, local in enumerate(_local_derivatives(node)):
            parent = node.parents[slot]
            if parent in between:
                passed_on = upstream * local
                before = adjoints.get(parent)
                adjoints[parent] = passed_on if before is None else before + passed_on
    return [_as_value(adjoints.get(x, 0.0)) for x in wanted]


def _checked(output: Value, inputs: Value | Iterable[Value]) -> Sequence[Value]:
    if not isinstance(output, Value):
        raise InputError(
            f"grad expects a Value as output, got {brief(output)}; pass one Value that was "
            "computed from the inputs (sum a list with autograd.sum)"
        )
    wanted = [inputs] if isinstance(inputs, Value) else inputs
    try:
        listed = list(wanted)
    except TypeError:
        raise InputError(
            f"grad expects a list of Values as inputs, got {brief(inputs)}; write grad(y, [a, b])"
        ) from None
    for x in listed:
        if not isinstance(x, Value):
            raise InputError(
                f"grad expects Values as inputs, got {brief(x)} among them; pass the very Values "
                "that the output was computed from"
            )
    return listed


def _local_derivatives(node: Value) -> Sequence[Any]:
    """A node's local derivatives as Values, held to the numbers that were recorded."""
    operation = node._operation
    assert operation is not None  # it has parents, so an operation made it
    locals_ = operation.partials(VALUES, node, *node.parents)
    for slot, (now, recorded) in enumerate(zip(locals_, node.partials, strict=True)):
        number = float(now)
        if number != recorded and (number == number or recorded == recorded):
            raise GraphError(
                f"grad: the data of an operand of {operation.label} was changed after the graph "
                f"was built (local derivative {slot} was {recorded!r} and would now be "
                f"{number!r}); build the expression again and then call grad"
            )
    return tuple(locals_)


def _as_value(x: Any) -> Value:
    return x if isinstance(x, Value) else constant(x, "grad")
