"""The edges of the table: IEEE 754's answers, kinks, ties, and orders that must stay finite."""

import itertools
import math
from collections.abc import Callable, Sequence

import pytest

import autograd
from autograd import Value, grad
from autograd.core.evaluate import evaluate
from autograd.core.operation import TABLE, Operation
from autograd.core.value import apply
from autograd.functions.functions import FUNCTIONS

# Rows that come with the package: other tests may have added primitives by now.
ROWS = [row for row in TABLE.values() if row.name in FUNCTIONS or not row.is_function]

INF, NAN = math.inf, math.nan
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e308, -1e308, 5e-324, INF, -INF, NAN)


def operands(row: Operation, values: Sequence[float]) -> list[tuple[float, ...]]:
    numbers = (row.arity,) if row.arity else (1, 2, 3)
    return [xs for n in numbers for xs in itertools.product(values, repeat=n)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_special_operand_raises_or_turns_complex(row: Operation) -> None:
    for xs in operands(row, SPECIAL):
        y, partials = evaluate(row, xs)
        assert [type(x) for x in (y, *partials)] == [float] * (1 + len(xs)), xs


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_grad_writes_the_very_derivatives_that_were_recorded(row: Operation) -> None:
    """GraphError would say that data was changed: no bit may differ, even where math raises."""
    numbers = (*SPECIAL, 1e-193, 0.02, 7e180, 2.2, 3e-300, 1.6, -745.0, 709.9)
    for xs in operands(row, numbers) if row.arity else operands(row, SPECIAL[::2]):
        values = [Value(x) for x in xs]
        for first in grad(apply(row, *values), values):
            grad(first, values)


def at(name: str, *xs: float) -> tuple[float, ...]:
    """The value and the derivatives, by way of a graph and a sweep."""
    values = [Value(x) for x in xs]
    y = apply(TABLE[name], *values)
    y.backward()
    return (y.data, *(v.grad for v in values))


# Each line is a claim: the operation at its operands has this value and these derivatives.
CLAIMS = [
    ("log", (0.0,), (-INF, INF)),
    ("log", (-1.0,), (NAN, -1.0)),
    ("log1p", (-1.0,), (-INF, INF)),
    ("/", (1.0, 0.0), (INF, INF, -INF)),
    ("/", (-1.0, 0.0), (-INF, INF, INF)),
    ("/", (1.0, -0.0), (-INF, -INF, -INF)),
    ("/", (0.0, 0.0), (NAN, INF, NAN)),
    ("**", (-2.0, 0.5), (NAN, NAN, NAN)),
    ("**", (-2.0, -3.0), (-0.125, -0.1875, NAN)),
    ("**", (0.0, 0.0), (1.0, 0.0, 0.0)),
    ("**", (0.0, 0.5), (0.0, INF, 0.0)),
    ("**", (0.0, 2.0), (0.0, 0.0, 0.0)),
    ("**", (0.0, -1.0), (INF, -INF, -INF)),
    ("**", (2.0, 2000.0), (INF, INF, INF)),
    ("**n", (0.0,), (0.0, 0.0)),
    ("exp", (1000.0,), (INF, INF)),
    ("exp", (-INF,), (0.0, 0.0)),
    ("exp2", (1024.0,), (INF, INF)),
    ("expm1", (-INF,), (-1.0, 0.0)),
    ("sinh", (-1000.0,), (-INF, INF)),
    ("cosh", (1000.0,), (INF, INF)),
    ("sqrt", (0.0,), (0.0, INF)),
    ("sqrt", (-1.0,), (NAN, NAN)),
    ("cbrt", (0.0,), (0.0, INF)),
    ("acosh", (1.0,), (0.0, INF)),
    ("acosh", (0.0,), (NAN, NAN)),
    ("atanh", (1.0,), (INF, INF)),
    ("atanh", (-1.0,), (-INF, INF)),
    ("asin", (1.0,), (math.pi / 2.0, INF)),
    ("acos", (-1.0,), (math.pi, -INF)),
    ("asin", (1.5,), (NAN, NAN)),
    ("sin", (INF,), (NAN, NAN)),
    ("atan", (INF,), (math.pi / 2.0, 0.0)),
    ("hypot", (0.0, 0.0), (0.0, 0.0, 0.0)),
    ("hypot", (3e200, 4e200), (5e200, 0.6, 0.8)),
    ("atan2", (0.0, 0.0), (0.0, 0.0, 0.0)),
    ("atan2", (0.0, -1.0), (math.pi, -1.0, 0.0)),
    ("abs", (0.0,), (0.0, 0.0)),
    ("abs", (-INF,), (INF, -1.0)),
    ("abs", (NAN,), (NAN, NAN)),
    ("relu", (0.0,), (0.0, 0.0)),
    ("relu", (NAN,), (NAN, 1.0)),
    ("relu", (-INF,), (0.0, 0.0)),
    ("leaky_relu", (0.0,), (0.0, 0.01)),
    ("elu", (0.0,), (0.0, 1.0)),
    ("elu", (-INF,), (-1.0, 0.0)),
    ("maximum", (2.0, 2.0), (2.0, 0.5, 0.5)),
    ("minimum", (2.0, 2.0), (2.0, 0.5, 0.5)),
    ("maximum", (0.0, -0.0), (0.0, 0.5, 0.5)),
    ("maximum", (INF, INF), (INF, 0.5, 0.5)),
    ("minimum", (-INF, INF), (-INF, 1.0, 0.0)),
    ("maximum", (NAN, 1.0), (NAN, NAN, NAN)),
    ("minimum", (1.0, NAN), (NAN, NAN, NAN)),
    ("logsumexp", (-INF, -INF), (-INF, 0.5, 0.5)),
    ("logsumexp", (INF, 0.0), (INF, 1.0, 0.0)),
    ("logsumexp", (-INF, 3.0), (3.0, 0.0, 1.0)),
    ("logsumexp", (1e8, 1e8), (1e8 + math.log(2.0), 0.5, 0.5)),
    ("logsumexp", (1e308, -1e308), (1e308, 1.0, 0.0)),
    ("logsumexp", (0.0, -700.0), (math.exp(-700.0), 1.0, math.exp(-700.0))),
    ("logsumexp", (NAN, 1.0), (NAN, NAN, NAN)),
    ("prod", (0.0, 3.0, 5.0), (0.0, 15.0, 0.0, 0.0)),
    ("prod", (0.0, 0.0, 5.0), (0.0, 0.0, 0.0, 0.0)),
    ("gamma", (0.0,), (INF, -INF)),
    ("gamma", (-0.0,), (-INF, -INF)),
    ("gamma", (-1.0,), (NAN, NAN)),
    ("gamma", (200.0,), (INF, INF)),
    ("lgamma", (0.0,), (INF, -INF)),
    ("lgamma", (-1.0,), (INF, NAN)),
    ("digamma", (-0.0,), (INF, INF)),
    ("digamma", (-2.0,), (NAN, INF)),
    ("softplus", (1000.0,), (1000.0, 1.0)),
    ("softplus", (-INF,), (0.0, 0.0)),
    ("sigmoid", (-INF,), (0.0, 0.0)),
    ("sigmoid", (INF,), (1.0, 0.0)),
    ("sigmoid", (40.0,), (1.0, 4.248354255291589e-18)),
    ("tanh", (INF,), (1.0, 0.0)),
    ("tanh", (40.0,), (1.0, 4.0 * math.exp(-80.0))),
]


@pytest.mark.parametrize(
    ("name", "xs", "claimed"), CLAIMS, ids=[f"{name}{xs}" for name, xs, _ in CLAIMS]
)
def test_at_its_edges(name: str, xs: tuple[float, ...], claimed: tuple[float, ...]) -> None:
    assert at(name, *xs) == pytest.approx(claimed, rel=1e-15, abs=0.0, nan_ok=True)


def test_a_node_to_the_power_of_itself_gets_both_derivatives() -> None:
    a = Value(2.0)
    (a**a).backward()
    assert a.grad == pytest.approx(4.0 * (1.0 + math.log(2.0)), rel=1e-15)


def test_a_power_by_a_plain_zero_is_one_and_has_no_slope() -> None:
    for base in (0.0, 2.0, -3.0, INF):
        x = Value(base)
        (x**0).backward()
        assert x.grad == 0.0


def test_a_negative_base_to_a_plain_fraction_is_nan_and_not_complex() -> None:
    y = Value(-2.0) ** 0.5
    assert type(y.data) is float
    assert math.isnan(y.data)


def test_a_tie_within_maximum_of_a_node_with_itself_is_one() -> None:
    x = Value(2.0)
    autograd.maximum(x, x).backward()
    assert x.grad == 1.0


# --- higher orders --------------------------------------------------------------------------------


def derivatives(f: Callable[[Value], Value], x: float, orders: int) -> list[float]:
    at_x = Value(x)
    found = [f(at_x)]
    for _ in range(orders):
        found.append(grad(found[-1], [at_x])[0])
    return [node.data for node in found[1:]]


# For large x: sigmoid = 1 - e + e**2, tanh = 1 - 2d + 2d**2, with e = exp(-x) and d = exp(-2x).
E, D = math.exp(-40.0), math.exp(-80.0)


@pytest.mark.parametrize(
    ("name", "x", "wanted"),
    [
        ("sigmoid", 40.0, [E, -E, E]),
        ("sigmoid", -40.0, [E, E, E]),
        ("softplus", 40.0, [1.0, E, -E]),
        ("softplus", -40.0, [E, E, E]),
        ("tanh", 40.0, [4.0 * D, -8.0 * D, 16.0 * D]),
        ("tanh", -40.0, [4.0 * D, 8.0 * D, 16.0 * D]),
        ("sigmoid", 800.0, [0.0, 0.0, 0.0]),
        ("sigmoid", -800.0, [0.0, 0.0, 0.0]),
        ("softplus", 800.0, [1.0, 0.0, 0.0]),
        ("softplus", -800.0, [0.0, 0.0, 0.0]),
        ("tanh", 800.0, [0.0, 0.0, 0.0]),
        ("tanh", -800.0, [0.0, 0.0, 0.0]),
        ("silu", -40.0, [-39.0 * E, -38.0 * E, -37.0 * E]),
        ("erf", 800.0, [0.0, 0.0, 0.0]),
        ("gelu", -800.0, [0.0, 0.0, 0.0]),
        ("elu", -800.0, [0.0, 0.0, 0.0]),
    ],
)
def test_three_orders_keep_their_digits_where_a_function_saturates(
    name: str, x: float, wanted: list[float]
) -> None:
    found = derivatives(lambda v: apply(TABLE[name], v), x, 3)
    assert found == pytest.approx(wanted, rel=1e-14, abs=0.0)


@pytest.mark.parametrize("xs", [(40.0, 0.0), (1.0, 1.0), (1e8, 1e8), (700.0, 0.0)])
def test_the_second_derivatives_of_logsumexp_keep_their_digits(xs: tuple[float, float]) -> None:
    values = [Value(x) for x in xs]
    tail = math.exp(xs[1] - xs[0])
    wanted = tail / (1.0 + tail) ** 2  # p (1 - p), which 1 - p rounds to 0
    first = grad(autograd.logsumexp(values), values)
    table = [[second.data for second in grad(slope, values)] for slope in first]
    assert table[0] == pytest.approx([wanted, -wanted], rel=1e-14)
    assert table[1] == pytest.approx([-wanted, wanted], rel=1e-14)


@pytest.mark.parametrize("name", ["abs", "relu", "leaky_relu"])
def test_at_a_kink_the_second_derivative_is_zero_as_on_both_sides_of_it(name: str) -> None:
    for zero in (0.0, -0.0):
        assert derivatives(lambda v: apply(TABLE[name], v), zero, 3)[1:] == [0.0, 0.0]


def test_the_second_derivatives_of_a_power_at_zero_are_finite() -> None:
    x, n = Value(0.0), Value(2.0)
    slopes = grad(x**n, [x, n])
    assert [[s.data for s in grad(slope, [x, n])] for slope in slopes] == [[2.0, 0.0], [0.0, 0.0]]
