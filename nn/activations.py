"""Activations by name: any operation of one operand in the table, and two that are not rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograd import Value, softmax
from autograd.core.table import TABLE
from autograd.errors import ArgumentError, brief
from autograd.functions.functions import function_of

Activation = str | Callable[[Value], Value]

# For these half of the inputs are blocked or shrunk, which He's initialisation makes up for.
_RECTIFIERS = {"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"}


def activate(activation: Activation, sums: Sequence[Value], who: str) -> list[Value]:
    """The activations of a layer's weighted sums."""
    if activation == "linear":
        return list(sums)
    if activation == "softmax":
        return list(softmax(sums))
    if isinstance(activation, str):
        # a method of Value where there is one; a user's own primitive is a function alone
        function = getattr(Value, activation, None) or function_of(activation)
        return [function(x) for x in sums]
    outputs = [activation(x) for x in sums]
    for output in outputs:
        if not isinstance(output, Value):
            raise ArgumentError(
                f"{who} expects an activation that returns a Value, got {brief(output)}; "
                "use autograd's functions in it, not math's"
            )
    return outputs


def check(activation: Activation, who: str, *, allow_softmax: bool) -> Activation:
    """The activation itself, or an error that lists what there is."""
    if callable(activation) and not isinstance(activation, str):
        return activation
    if activation == "softmax" and not allow_softmax:
        raise ArgumentError(
            f"{who}: softmax needs all outputs of a layer together; use it as a layer's or as "
            "MLP's output="
        )
    if activation not in names():
        raise ArgumentError(
            f"{who} expects an activation such as 'relu', 'tanh', 'sigmoid' or 'linear', got "
            f"{brief(activation)}; nn.activations.names() lists them all, and a function of one "
            "Value will do too"
        )
    return activation


def names() -> list[str]:
    """The names an ``activation=`` may have.

    >>> import nn
    >>> "gelu" in nn.activations.names()
    True
    """
    rows = [row.name for row in TABLE.values() if row.arity == 1 and row.is_function]
    return ["linear", "softmax", *sorted(rows)]


def initial_spread(activation: Activation, n_inputs: int, n_outputs: int) -> float:
    """The standard deviation for a layer's first weights, so that signals keep their size.

    For rectifiers sqrt(2 / n_inputs), after He et al. 2015; otherwise
    sqrt(2 / (n_inputs + n_outputs)), after Glorot and Bengio 2010 ("Xavier").
    """
    if getattr(activation, "__name__", activation) in _RECTIFIERS:
        return math.sqrt(2.0 / n_inputs)
    return math.sqrt(2.0 / (n_inputs + n_outputs))
