"""One row, every arithmetic: NumPy arrays agree with floats, fast paths with their rows.

And a wrong derivative does not pass: ``check_gradients`` sees one that is 0.1 % off.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograd import Value, check_gradients
from autograd.compiler.expressions.rewrites import SOURCE
from autograd.core.arithmetic import FLOATS
from autograd.core.array_arithmetic import ARRAYS
from autograd.core.evaluate import evaluate
from autograd.core.grad import VALUES
from autograd.core.operation import TABLE, Operation
from autograd.core.value import apply
from autograd.functions.functions import FUNCTIONS
from autograd.functions.sums import total, weighted_sum
from tests.autograd.messages import raises

# Rows that come with the package: other tests may have added primitives by now.
ROWS = [row for row in TABLE.values() if row.name in FUNCTIONS or not row.is_function]
EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 40.0, 1e308, -1e308, float("inf"), float("-inf"))
SPECIAL += (float("nan"),)


def columns(row: Operation) -> list[list[tuple[float, ...]]]:
    """The row's points, and special operands, grouped by their number."""
    many = [(a, b) for a in SPECIAL for b in SPECIAL] if row.arity != 1 else []
    three = [(c, a, b) for c in SPECIAL for a, b in zip(SPECIAL, SPECIAL[::-1], strict=True)]
    points = [*row.points, *([(a,) for a in SPECIAL] if row.arity != 2 else []), *many, *three]
    numbers = sorted({len(p) for p in points} if row.arity is None else {row.arity})
    return [[p for p in points if len(p) == n] for n in numbers]


@EVERY_ROW
def test_arrays_give_what_floats_give_elementwise(row: Operation) -> None:
    for points in columns(row):
        xs = [np.array(column) for column in zip(*points, strict=True)]
        with np.errstate(all="ignore"):
            y = row.forward(ARRAYS, *xs)
            partials = row.partials(ARRAYS, y, *xs)
        one_by_one = [evaluate(row, point) for point in points]
        # NumPy's own exp, pow, ... may differ from the C library's by some ulps
        np.testing.assert_allclose(y, [value for value, _ in one_by_one], rtol=2e-15)
        assert len(partials) == len(xs)
        for i, slope in enumerate(partials):
            slopes = [all_slopes[i] for _, all_slopes in one_by_one]
            np.testing.assert_allclose(np.broadcast_to(slope, y.shape), slopes, rtol=4e-15)


@EVERY_ROW
def test_rows_can_be_written_in_terms_of_one_another(row: Operation) -> None:
    if row.is_function and row.name != "sum":
        for arithmetic in (FLOATS, ARRAYS):
            assert callable(getattr(arithmetic, row.name))


# --- wrong derivatives ----------------------------------------------------------------------------


def scaled(row: Operation, wrong_slot: int, factor: float) -> Operation:
    def partials(m: Any, y: Any, *xs: Any) -> tuple[Any, ...]:
        right = list(row.partials(m, y, *xs))
        # a slope of 0, as that of a condition is everywhere, is off by as much as one of 1
        p = right[wrong_slot]
        right[wrong_slot] = p * factor if p else factor - 1.0
        return tuple(right)

    return dataclasses.replace(row, partials=partials)


@EVERY_ROW
def test_check_gradients_passes_every_point_of_the_row(row: Operation) -> None:
    for point in row.points:
        report = check_gradients(lambda *xs: apply(row, *xs), point)
        assert report.ok, f"{point}\n{report}"
        assert report.max_error < 1e-6


@EVERY_ROW
def test_a_derivative_that_is_a_thousandth_off_is_caught(row: Operation) -> None:
    for slot in range(len(row.points[-1])):
        wrong = scaled(row, slot, 1.001)
        reports = [
            check_gradients(lambda *xs: apply(wrong, *xs), point)  # noqa: B023 -- called at once
            for point in row.points
            if slot < len(point)
        ]
        assert not all(report.ok for report in reports), f"operand {slot} of {row.name}"
        for report in reports:
            others = [entry.ok for i, entry in enumerate(report.rows) if i != slot]
            assert all(others), "only the wrong operand is blamed"


def test_a_derivative_of_the_wrong_sign_is_caught() -> None:
    report = check_gradients(lambda x: apply(scaled(TABLE["sin"], 0, -1.0), x), [0.3])
    assert not report.ok


# --- fast paths -----------------------------------------------------------------------------------


def facts(node: Value) -> tuple[Any, ...]:
    """What a node records; repr tells 0.0 from -0.0, and says that nan is nan."""
    return node.op, repr(node.data), repr(node.partials), node.parents, node._operation


@pytest.mark.parametrize(
    ("symbol", "operator"), [("+", lambda a, b: a + b), ("*", lambda a, b: a * b)]
)
@pytest.mark.parametrize("a", SPECIAL)
@pytest.mark.parametrize("b", SPECIAL)
def test_the_fast_sum_and_product_of_two_are_their_rows(
    symbol: str, operator: Callable[[Value, Value], Value], a: float, b: float
) -> None:
    left, right = Value(a), Value(b)
    assert facts(operator(left, right)) == facts(apply(TABLE[symbol], left, right))
    assert facts(operator(left, left)) == facts(apply(TABLE[symbol], left, left))


@pytest.mark.parametrize("x", [*SPECIAL, 5e-324, -5e-324, 3.0])
def test_the_fast_relu_is_its_row(x: float) -> None:
    value = Value(x)
    assert facts(value.relu()) == facts(apply(TABLE["relu"], value))


LISTS = ((2.0,), (1.0, -0.5), (0.1, 0.2, 0.3), (1e308, 1e308, -1e308), (-0.0, -0.0), (0.0, np.inf))
LISTS += ((0.0,),)


@pytest.mark.parametrize("xs", LISTS)
def test_the_fast_sum_of_many_is_its_row(xs: Sequence[float]) -> None:
    values = [Value(x) for x in xs]
    assert facts(total(values)) == facts(apply(TABLE["sum"], *values))
    assert facts(total([values[0]] * 3)) == facts(apply(TABLE["sum"], *[values[0]] * 3))


@pytest.mark.parametrize("xs", LISTS)
@pytest.mark.parametrize("bias", [0.0, -0.0, 0.7, float("nan")])
def test_the_fast_weighted_sum_is_its_rows(xs: Sequence[float], bias: float) -> None:
    inputs, last = [Value(x) for x in xs], Value(bias)
    weights = [Value(0.3 * i - 0.2) for i in range(len(xs))]
    fast = weighted_sum(weights, inputs, last)
    products = [apply(TABLE["*"], w, x) for w, x in zip(weights, inputs, strict=True)]
    slow = apply(TABLE["sum"], *products, last)
    assert [facts(p) for p in fast.parents[:-1]] == [facts(p) for p in slow.parents[:-1]]
    assert fast.parents[-1] is last
    assert (fast.op, fast.partials, fast._operation) == (slow.op, slow.partials, slow._operation)
    assert repr(fast.data) == repr(slow.data)


@pytest.mark.parametrize(
    ("arithmetic", "called"),
    [(VALUES, "Values"), (SOURCE, "source text"), (ARRAYS, "NumPy")],
)
def test_an_arithmetic_names_the_function_that_it_lacks(arithmetic: Any, called: str) -> None:
    with raises(AttributeError, "the", called, "'nobody'"):
        arithmetic.nobody(1.0)
