"""The table "Tricky cases" of the field's notes: where other scalar engines go wrong."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, grad
from tests.autograd.messages import raises

Build = Callable[..., Value]
nan, inf = math.nan, math.inf


def doublings(x: Value) -> Value:
    for _ in range(30):
        x = x + x
    return x


def twice_doubled(a: Value) -> Value:
    b = a + a
    return b + b


def sums_and_products(a: Value, b: Value) -> Value:
    c, d = a + b, a * b
    return (c + d) + c * d


def micrograds_own(x: Value) -> Value:
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


# operands, the program, its value, its gradients
CASES: dict[str, tuple[list[float], Build, float, list[float]]] = {
    "a+a": ([3.0], lambda a: a + a, 6.0, [2.0]),
    "a*a": ([3.0], lambda a: a * a, 9.0, [6.0]),
    "b=a+a; c=b+b": ([1.0], twice_doubled, 4.0, [4.0]),
    "sums and products": ([2.0, 3.0], sums_and_products, 41.0, [25.0, 19.0]),
    "30 doublings": ([1.0], doublings, 2.0**30, [2.0**30]),
    "0**0": ([0.0], lambda a: a**0, 1.0, [0.0]),
    "0**0 of two Values": ([0.0, 0.0], lambda a, b: a**b, 1.0, [0.0, 0.0]),
    "0**0.5": ([0.0], lambda a: a**0.5, 0.0, [inf]),
    "2**3 of two Values": ([2.0, 3.0], lambda a, b: a**b, 8.0, [12.0, 5.545177444]),
    "2**Value(3)": ([3.0], lambda b: 2**b, 8.0, [5.545177444]),
    "a**a": ([2.0], lambda a: a**a, 4.0, [6.772588722]),
    "(-2)**(-3) of two Values": ([-2.0, -3.0], lambda a, b: a**b, -0.125, [-0.1875, nan]),
    "relu(nan)": ([nan], lambda a: a.relu(), nan, [1.0]),
    "cross-entropy of huge logits": (
        [1000.0, 1001.0, 999.0], lambda *z: nn.cross_entropy(list(z), 0),
        1.4076059644, [-0.7552715, 0.6652410, 0.0900306],
    ),
    "BCE-with-logits(-1000, y=1)": (
        [-1000.0], lambda z: nn.binary_cross_entropy_with_logits(z, 1), 1000.0, [-1.0],
    ),
    "softplus at -1000": ([-1000.0], lambda a: a.softplus(), 0.0, [0.0]),
    "softplus at 0": ([0.0], lambda a: a.softplus(), math.log(2.0), [0.5]),
    "softplus at 1000": ([1000.0], lambda a: a.softplus(), 1000.0, [1.0]),
    "micrograd's own example": ([-4.0], micrograds_own, -20.0, [46.0]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_value_and_gradients_are_those_of_the_table(case: str) -> None:
    operands, build, value, slopes = CASES[case]
    xs = [Value(x) for x in operands]
    y = build(*xs)
    y.backward()
    assert y.data == pytest.approx(value, rel=1e-9, abs=0, nan_ok=True)
    found = [x.grad for x in xs]
    assert found == pytest.approx(slopes, rel=1e-6, abs=1e-15, nan_ok=True)


@pytest.mark.parametrize("case", CASES)
def test_grad_agrees_with_the_table(case: str) -> None:
    operands, build, _, slopes = CASES[case]
    xs = [Value(x) for x in operands]
    found = [slope.data for slope in grad(build(*xs), xs)]
    assert found == pytest.approx(slopes, rel=1e-6, abs=1e-15, nan_ok=True)


def test_backward_of_two_outputs_adds_up_to_7() -> None:
    x = Value(1.0)
    (2 * x).backward()
    (5 * x).backward()
    assert x.grad == 7.0


@pytest.mark.parametrize(
    ("build", "at", "expected"),
    [
        (lambda x: x**3, 3.0, [27.0, 18.0, 6.0, 0.0]),
        (lambda x: x * x * x, 3.0, [27.0, 18.0, 6.0, 0.0]),
        (lambda x: (-(x**2)).exp(), 0.0, [0.0, -2.0, 0.0, 12.0]),
        (lambda x: x ** Value(3.0), 3.0, [27.0, 18.0, 6.0, 0.0]),
    ],
    ids=["x**3", "x*x*x", "exp(-x**2)", "x**Value(3)"],
)
def test_derivatives_of_higher_order_are_exact(
    build: Build, at: float, expected: list[float]
) -> None:
    x = Value(at)
    y = build(x)
    for slope in expected:
        (y,) = grad(y, [x])
        assert y.data == slope


def test_augmented_addition_leaves_the_other_name_unchanged() -> None:
    a = Value(2.0)
    c = 3 * a
    d = c
    c += 1
    assert (c.data, d.data) == (7.0, 6.0)
    c.backward()
    assert (a.grad, d.grad) == (3.0, 1.0)


@pytest.mark.parametrize(
    ("combine", "value", "slope"),
    [
        (lambda n, a: n * a, 6.0, 3.0),
        (lambda n, a: n + a, 5.0, 1.0),
        (lambda n, a: n - a, 1.0, -1.0),
        (lambda n, a: n / a, 1.5, -0.75),
        (lambda n, a: n**a, 9.0, 9.0 * math.log(3.0)),
    ],
    ids=[*"*+-/", "**"],
)
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, int, float])
def test_a_numpy_scalar_on_the_left_gives_a_value(
    combine: Callable[[Any, Value], Any], value: float, slope: float, kind: type
) -> None:
    a = Value(2.0)
    y = combine(kind(3), a)
    assert type(y) is Value
    y.backward()
    assert (y.data, a.grad) == pytest.approx((value, slope), rel=1e-15)


def test_a_numpy_scalar_on_the_left_compares_by_data() -> None:
    assert np.float64(1.0) < Value(2.0)
    assert np.float64(2.0) >= Value(2.0)


def test_two_inputs_to_an_mlp_of_three_are_an_error() -> None:
    with raises(autograd.ShapeError, "MLP", 3, 2, "[1, 2]"):
        nn.MLP(3, [4, 1], seed=0)([1, 2])


def test_backward_on_a_deep_copy_leaves_gradients_on_the_copy() -> None:
    a = Value(3.0)
    twin = copy.deepcopy({"y": a * a, "a": a})
    twin["y"].backward()
    assert (twin["a"].grad, a.grad) == (6.0, 0.0)


def test_a_pickled_model_computes_the_same_and_trains_on() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    again = pickle.loads(pickle.dumps(model))
    y, twin = model([0.5, -1.0]), again([0.5, -1.0])
    y.backward()
    twin.backward()
    assert twin.data == y.data
    assert [p.grad for p in again.parameters()] == [p.grad for p in model.parameters()]
    assert [p.name for p in again.parameters()] == [p.name for p in model.parameters()]
