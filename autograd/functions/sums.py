"""The n-ary sum of Values, and the weighted sum that a neuron computes: the quick paths.

They spell out what ``apply`` does for each product and for the sum, because most nodes of a network
are theirs; a test holds them to their rows of the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add

from autograd.core import modes
from autograd.core.table import TABLE
from autograd.core.value import Value, apply, record

_new = object.__new__
_MULTIPLY, _SUM = TABLE["*"], TABLE["sum"]


def total(values: Iterable[Value]) -> Value:
    """The n-ary sum of at least one Value: one node, however many terms."""
    terms = tuple(values)
    if modes.n_open:
        return apply(_SUM, *terms)
    return record(_SUM, terms, reduce(add, [x._data for x in terms]), (1.0,) * len(terms))


def weighted_sum(weights: Iterable[Value], inputs: Iterable[Value], bias: Value) -> Value:
    """w1*x1 + w2*x2 + ... + bias: a node for each product, and one n-ary sum of them all."""
    if modes.n_open:
        mode = modes.current()
        if mode.tracer is not None:
            traced: Value = mode.tracer.weighted_sum(weights, inputs, bias)
            return traced
        if mode.recording or mode.origins is not None:
            return apply(_SUM, *[w * x for w, x in zip(weights, inputs, strict=True)], bias)
        products = [w._data * x._data for w, x in zip(weights, inputs, strict=True)]
        return Value(reduce(add, products, -0.0) + bias._data)
    terms = []
    data = -0.0  # the one float that adds nothing, not even a sign, to what comes
    new, operation = _new, _MULTIPLY
    for weight, x in zip(weights, inputs, strict=True):
        node = new(Value)
        node._first = weight
        node._second = x
        node._to_second = left = weight._data
        node._to_first = right = x._data
        node._data = product = left * right
        node._operation = operation
        terms.append(node)
        data += product
    terms.append(bias)
    return record(_SUM, tuple(terms), data + bias._data, (1.0,) * len(terms))
