"""``grad``: derivatives as Values, of any order, in agreement with ``backward`` to the last bit."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import GraphError, InputError, Value, grad
from autograd.core.graph import topological_order
from autograd.core.table import TABLE
from autograd.core.value import compute
from tests.autograd.messages import raises

# --- orders ---------------------------------------------------------------------------------------

# derivatives 1 to 4, by hand
ORDERS: dict[str, tuple[Any, float, list[float]]] = {
    "x**5": (lambda x: x**5, 2.0, [80.0, 160.0, 240.0, 240.0]),
    "exp": (lambda x: x.exp(), 0.5, [math.exp(0.5)] * 4),
    "sin": (
        lambda x: x.sin(), 0.7, [math.cos(0.7), -math.sin(0.7), -math.cos(0.7), math.sin(0.7)],
    ),
    "log": (lambda x: x.log(), 2.0, [0.5, -0.25, 0.25, -0.375]),
    "1/x": (lambda x: 1 / x, 2.0, [-0.25, 0.25, -0.375, 0.75]),
    "sqrt": (lambda x: x.sqrt(), 4.0, [0.25, -1 / 32, 3 / 256, -15 / 2048]),
    "sigmoid at 0": (lambda x: x.sigmoid(), 0.0, [0.25, 0.0, -0.125, 0.0]),
    "tanh at 0": (lambda x: x.tanh(), 0.0, [1.0, 0.0, -2.0, 0.0]),
    "relu": (lambda x: x.relu(), 2.0, [1.0, 0.0, 0.0, 0.0]),
    "x*exp(x)": (lambda x: x * x.exp(), 0.0, [1.0, 2.0, 3.0, 4.0]),
    "erf at 0": (lambda x: x.erf(), 0.0, [c * 2 / math.sqrt(math.pi) for c in (1, 0, -2, 0)]),
}  # fmt: skip


@pytest.mark.parametrize("case", ORDERS)
def test_grad_of_grad_gives_derivatives_of_four_orders(case: str) -> None:
    build, at, expected = ORDERS[case]
    x = Value(at)
    y = build(x)
    for slope in expected:
        (y,) = grad(y, [x])
        assert y.data == pytest.approx(slope, rel=1e-13, abs=1e-15)


def test_mixed_second_derivatives_agree_in_either_order() -> None:
    a, b = Value(0.7), Value(-1.3)
    first_a, first_b = grad((a * b).exp() + a**3 * b, [a, b])
    (ab,) = grad(first_a, [b])
    (ba,) = grad(first_b, [a])
    expected = (1 + 0.7 * -1.3) * math.exp(0.7 * -1.3) + 3 * 0.7**2
    assert ab.data == pytest.approx(expected, rel=1e-14)
    assert ba.data == pytest.approx(expected, rel=1e-14)


def test_a_derivative_can_be_swept_by_backward() -> None:
    x = Value(3.0)
    (slope,) = grad(x**3, [x])
    slope.backward()
    assert x.grad == 18.0


def test_a_gradient_penalty_is_differentiated_through_its_gradient() -> None:
    w, x = Value(0.5), Value(2.0)
    (slope,) = grad((w * x).tanh(), [x])
    (penalty,) = grad(slope**2, [w])
    s = 1 - math.tanh(1.0) ** 2
    expected = 2 * (0.5 * s) * (s + 0.5 * 2.0 * -2 * math.tanh(1.0) * s)
    assert penalty.data == pytest.approx(expected, rel=1e-13)


# --- which inputs ---------------------------------------------------------------------------------


def test_an_input_may_be_an_interior_node_and_one_below_it_at_once() -> None:
    x = Value(3.0)
    h = x * x
    y = h * x
    by_h, by_x = grad(y, [h, x])
    assert (by_h.data, by_x.data) == (3.0, 27.0)


def test_an_interior_input_is_treated_as_a_variable_of_its_own() -> None:
    x = Value(3.0)
    h = x * x
    (by_h,) = grad(h.exp() + h, [h])
    (second,) = grad(by_h, [h])
    assert (by_h.data, second.data) == (math.exp(9.0) + 1.0, math.exp(9.0))


def test_an_unused_input_has_the_derivative_zero() -> None:
    x, unused, above = Value(3.0), Value(1.0), Value(3.0)
    y = x * x
    z = y * above
    assert [slope.data for slope in grad(y, [unused, x, z])] == [0.0, 6.0, 0.0]


def test_the_output_with_respect_to_itself_has_the_derivative_one() -> None:
    x = Value(3.0)
    y = x * x
    assert [slope.data for slope in grad(y, [y, x])] == [1.0, 6.0]
    assert [slope.data for slope in grad(x, [x])] == [1.0]


def test_an_input_named_twice_is_answered_twice() -> None:
    x = Value(3.0)
    assert [slope.data for slope in grad(x * x, [x, x])] == [6.0, 6.0]


def test_a_single_value_and_any_iterable_are_taken_as_inputs() -> None:
    x = Value(3.0)
    y = x * x
    answers = [grad(y, x), grad(y, (x,)), grad(y, iter([x])), grad(y, {x: 1})]
    assert [[slope.data for slope in answer] for answer in answers] == [[6.0]] * 4
    assert grad(y, []) == []


def test_a_node_with_two_children_sums_what_comes_back_from_both() -> None:
    x = Value(2.0)
    h = x.exp()
    (slope,) = grad(h * 3.0 + h * h, [h])
    assert slope.data == 3.0 + 2.0 * math.exp(2.0)


def test_grad_touches_no_gradient_and_no_data() -> None:
    a, b = Value(0.3), Value(-0.8)
    y = (a * b).tanh() + a
    y.backward()
    nodes = topological_order(y)
    before = [(node.data, node.grad, node.partials, node.parents) for node in nodes]
    (slope,) = grad(y, [a])
    grad(slope, [a, b])
    assert [(node.data, node.grad, node.partials, node.parents) for node in nodes] == before


# --- agreement with backward ----------------------------------------------------------------------

_UNARY = sorted(
    name for name, row in TABLE.items() if row.arity == 1 and row.is_function and name != "gamma"
)
_BINARY = ["+", "-", "*", "/", "atan2", "maximum", "minimum", "**"]
_MANY = ["sum", "prod", "logsumexp", "hypot"]


def random_graph(seed: int, size: int) -> tuple[list[Value], Value]:
    """Leaves and an output: operations of all kinds, on nodes that are used again and again."""
    chance = random.Random(seed)
    leaves = [Value(chance.uniform(-2.0, 2.0)) for _ in range(4)]
    nodes: list[Any] = list(leaves)
    for _ in range(size):
        kind = chance.random()
        if kind < 0.4:
            row = TABLE[chance.choice(_UNARY)]
            nodes.append(compute(row, chance.choice(nodes)))
        elif kind < 0.8:
            row = TABLE[chance.choice(_BINARY)]
            nodes.append(compute(row, *chance.choices(nodes, k=2)))
        elif kind < 0.9:
            nodes.append(chance.choice(nodes) ** chance.choice([0, 1, 2, -1, 0.5, 3]))
        else:
            row = TABLE[chance.choice(_MANY)]
            nodes.append(compute(row, *chance.choices(nodes, k=3)))
    return leaves, autograd.sum(nodes[-3:])


@settings(derandomize=True, deadline=None, max_examples=300)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 25))
def test_grad_agrees_bit_for_bit_with_backward_on_random_graphs(seed: int, size: int) -> None:
    leaves, output = random_graph(seed, size)
    slopes = [slope.data for slope in grad(output, leaves)]
    output.backward()
    for slope, leaf in zip(slopes, leaves, strict=True):
        assert slope == leaf.grad or (math.isnan(slope) and math.isnan(leaf.grad))


_EDGES = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -1.3,
    37.0,
    -800.0,
    1e300,
    -1e300,
    math.inf,
    -math.inf,
    math.nan,
)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_grad_agrees_with_backward_at_every_edge_where_floats_give_way_to_numpy(name: str) -> None:
    # a local derivative written by NumPy and one written by the math module may differ in the last
    # bit, and grad must not take that for data that was changed
    row = TABLE[name]
    many = row.arity != 1
    for x in _EDGES:
        for other in _EDGES if many else (0.0,):
            operands = [Value(n) for n in (x, other, x)[: row.arity or 2]]
            y = compute(row, *operands)
            slopes = [slope.data for slope in grad(y, operands)]
            y.backward()
            for slope, operand in zip(slopes, operands, strict=True):
                assert slope == operand.grad or (math.isnan(slope) and math.isnan(operand.grad)), x


# --- data that was changed ------------------------------------------------------------------------


def test_data_changed_after_the_graph_was_built_is_an_error_that_names_the_operation() -> None:
    x, w = Value(3.0), Value(2.0)
    y = x * w
    x.data = 4.0
    with raises(GraphError, "grad", "*", "derivative 1", 3.0, 4.0):
        grad(y, [w])


def test_data_changed_to_nan_is_an_error_too() -> None:
    x = Value(3.0)
    y = x * x
    x.data = math.nan
    with raises(GraphError, "grad", "*", "derivative 0", 3.0, "nan"):
        grad(y, [x])


def test_data_of_an_interior_node_that_was_changed_is_an_error() -> None:
    x = Value(1.0)
    h = x.exp()
    y = h * h
    h.data = 5.0
    with raises(GraphError, "grad", "*", "derivative 0", 5.0):
        grad(y, [x])


def test_data_that_was_changed_and_put_back_is_no_error() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 4.0
    x.data = 3.0
    assert grad(y, [x])[0].data == 6.0


def test_a_recorded_nan_is_not_taken_for_changed_data() -> None:
    x = Value(math.nan)
    assert math.isnan(grad(x * x, [x])[0].data)


def test_backward_still_answers_for_the_point_the_graph_was_built_at() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 4.0
    y.backward()
    assert x.grad == 6.0


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "inputs", "named"),
    [
        (5, [Value(1.0)], ("output", 5)),
        (None, [Value(1.0)], ("output", "None")),
        ([Value(1.0)], [Value(1.0)], ("output", "[Value(data=1.0")),
        (Value(1.0), None, ("list", "inputs", "None")),
        (Value(1.0), 3, ("list", "inputs", 3)),
        (Value(1.0), [2.0], ("inputs", "2.0 among them")),
        (Value(1.0), "ab", ("inputs", "'a' among them")),
        (Value(1.0), [[Value(1.0)]], ("inputs", "[Value(data=1.0", "among them")),
    ],
)
def test_what_is_not_a_value_is_refused(
    output: Any, inputs: Any, named: tuple[object, ...]
) -> None:
    with raises(InputError, "grad", *named):
        grad(output, inputs)
