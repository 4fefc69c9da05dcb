"""Programs that were once compiled wrongly, each held against the graph itself."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from tests.autograd.messages import raises

INFINITE = [math.inf, -math.inf, math.nan]
w, b = Value(2.0, name="w"), Value(1.0, name="b")


def line(x: Value, t: Value) -> Value:
    return (w * x + b - t) ** 2


def agree(fn: Callable[..., Any], *batch: Any) -> None:
    """Value and gradient of the compiled function are those of the graph."""
    f = autograd.compile(fn)
    f.mean(*batch)
    value, gradient = f.value_and_grad(f.theta, *batch)
    for parameter in f.parameters:
        parameter.grad = 0.0
    examples = list(zip(*[np.asarray(x).tolist() for x in batch], strict=True)) or [()]
    mean = autograd.mean([fn(*example) for example in examples])
    mean.backward()
    expected = [parameter.grad for parameter in f.parameters]
    np.testing.assert_allclose([value, *gradient], [mean.data, *expected], rtol=1e-12)


@pytest.mark.parametrize("number", INFINITE)
@pytest.mark.parametrize(
    "fn",
    [
        lambda x, c: autograd.maximum(x * w, c),
        lambda x, c: autograd.minimum(c, x * w),
        lambda x, c: (x * w + c) * 2.0,
        lambda x, c: c - x * w,
        lambda x, c: autograd.logsumexp([x * w, c, 0.0]),
        lambda x, c: autograd.where(x * w, x * b, c),
    ],
)
def test_a_constant_that_is_not_finite_stands_anywhere(fn: Any, number: float) -> None:
    agree(lambda x: fn(x, number), [1.0, -2.0])
    agree(lambda: fn(b, number))


def test_a_causal_mask_may_be_minus_infinity() -> None:
    def attended(x: list[Value]) -> Any:
        rows = [
            autograd.softmax([w * x[i] * x[j] + (0.0 if j <= i else -math.inf) for j in range(3)])
            for i in range(3)
        ]
        return autograd.sum([p * x[j] for row in rows for j, p in enumerate(row)])

    agree(attended, [[0.3, -1.0, 2.0], [1.0, 0.5, -0.2]])


def test_choices_by_example_go_into_a_cross_entropy() -> None:
    learned = [Value(0.1 * i) for i in range(3)]

    def loss(x: list[Value], k: Value, y: Value) -> Any:
        chosen = [autograd.choose(k, [v, learned[i]]) for i, v in enumerate(x)]
        return nn.cross_entropy(chosen, y)

    rng = np.random.default_rng(0)
    agree(loss, rng.normal(size=(5, 3)), [0, 1, 0, 1, 0], [0, 1, 2, 0, 1])


def test_a_gradient_is_named_after_what_it_is_the_gradient_of() -> None:
    weights = [[Value(0.1, name=f"W[{j},{i}]") for i in range(2)] for j in range(3)]

    def hidden(x: list[Value], k: Value) -> Any:
        h = [autograd.choose(k, [v, w]) for v in x]
        return autograd.sum([autograd.dot(row, h).tanh() for row in weights])

    f = autograd.compile(hidden)
    f.mean([[1.0, 2.0]], [1.0])
    assert re.search(r"dW = np\.matmul\(dz\.T, \w+, out=gradient\[", f.source)


def test_a_group_of_two_axes_may_read_one_of_its_own_elements() -> None:
    def differences(x: list[list[Value]]) -> Any:
        h = [[(w * v).tanh() for v in row] for row in x]
        return autograd.sum([h[i][j] - h[1][2] for i in range(2) for j in range(3)])

    agree(differences, np.random.default_rng(0).normal(size=(3, 2, 3)))
    agree(differences, np.random.default_rng(1).normal(size=(1, 2, 3)))


def test_a_copy_and_a_pickle_have_no_parameters_but_those_the_function_reaches() -> None:
    f = autograd.compile(line)
    f.mean([1.0], [2.0])
    for other in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        other.mean([1.0], [2.0])
        assert other.parameters == f.parameters == [w, b]


def test_a_dictionary_of_one_array_is_not_taken_for_the_array() -> None:
    f = autograd.compile(lambda x: (x["t"] if isinstance(x, dict) else x * 100.0) * w)
    assert f.map({"t": [1.0, 2.0]}).tolist() == [2.0, 4.0]
    assert f.map(np.array([1.0, 2.0])).tolist() == [200.0, 400.0]


def test_a_decorated_method_says_to_compile_it_for_one_object() -> None:
    class Model:
        @autograd.compile
        def loss(self, x: Value) -> Any:
            return x * w

    with raises(autograd.InputError, "compile", "loss", "Model", "autograd.compile(model.loss)"):
        _ = Model().loss
    assert Model.loss.map([1.0], [2.0]).shape == (1,)


@pytest.mark.parametrize("theta", [["a", "b"], [None, None]])
def test_theta_is_not_set_to_what_is_no_number(theta: Any) -> None:
    f = autograd.compile(line)
    with raises(autograd.InputError, "the setter of f.theta", "flat array", str(theta)):
        f.theta = theta
    assert (w.data, b.data) == (2.0, 1.0)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was_also_after_an_error(enabled: bool) -> None:
    def failing(x: Value) -> Any:
        assert not gc.isenabled()
        return x * w if x.name == "y" else 1 / 0

    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ZeroDivisionError):
            autograd.compile(failing).map([1.0])
        assert gc.isenabled() is enabled
        assert autograd.compile(line).map([1.0], [2.0]).tolist() == [1.0]
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_zero_times_infinity_is_nan_for_a_batch_of_one_as_for_any_other() -> None:
    """np.dot takes an array of one element for a number, and leaves out what it is 0 times."""
    v = [Value(0.5), Value(1.5)]
    z = Value(0.0)

    def loss(x: list[Value]) -> Value:
        return (autograd.sum([a * b for a, b in zip(v, x, strict=True)]).tanh() * z).sin()

    row = [1.0, math.inf]
    loss([Value(number) for number in row]).backward()
    f = autograd.compile(loss)
    for X in ([row], [row, row]):
        _, gradient = f.value_and_grad(f.theta, X)
        np.testing.assert_array_equal(gradient, [p.grad for p in f.parameters])
    assert math.isnan(v[1].grad)


@pytest.mark.parametrize("exponent", INFINITE)
@pytest.mark.parametrize("x", [1.0, 0.25, -1.0, 0.0, math.nan])
def test_an_exponent_may_be_infinite_or_nan(exponent: float, x: float) -> None:
    agree(lambda x: (w * x) ** exponent, [x])
    agree(lambda x: ((w * x) ** exponent).sqrt(), [x])
