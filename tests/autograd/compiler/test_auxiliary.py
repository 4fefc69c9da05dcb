"""A result with other numbers beside it: the same as two functions, in one program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.compiler.auxiliary import CompiledWithAux

X = np.random.default_rng(0).normal(size=(7, 3))


def network(sizes: list[int], loss: Callable[[Any, Any], Any], output: str = "linear") -> Any:
    model = nn.MLP(3, sizes, "tanh", output, seed=0)

    def outputs(x: Any) -> Any:
        found = model(x)
        return found if isinstance(found, list) else [found]

    def alone(x: Any, target: Any) -> Any:
        return loss(model(x), target)

    def both(x: Any, target: Any) -> Any:
        found = model(x)
        return [loss(found, target), *(found if isinstance(found, list) else [found])]

    return model, outputs, alone, both


@pytest.mark.parametrize(
    ("sizes", "loss", "output", "targets"),
    [
        ([4, 3], nn.cross_entropy, "linear", [0, 1, 2, 0, 1, 2, 0]),
        ([4, 3], nn.mse_loss, "softmax", np.eye(3)[[0, 1, 2, 0, 1, 2, 0]]),
        ([1], nn.hinge_loss, "linear", [1, -1, 1, -1, 1, -1, 1]),
        ([5, 1], nn.binary_cross_entropy, "sigmoid", [0, 1, 0, 1, 0, 1, 1]),
        ([1], nn.mse_loss, "linear", [0.5] * 7),
    ],
)
def test_result_gradient_and_others_are_those_of_two_functions(
    sizes: list[int], loss: Any, output: str, targets: Any
) -> None:
    model, outputs, alone, both = network(sizes, loss, output)
    y = np.asarray(targets, dtype=np.float64)
    f = CompiledWithAux(both, parameters=model.parameters())
    g = autograd.compile(alone, parameters=model.parameters())
    h = autograd.compile(outputs, parameters=model.parameters())
    theta = f.compiled.theta
    value, gradient, others = f.value_grad_and_aux(theta, X, y)
    expected, slopes = g.value_and_grad(theta, X, y)
    np.testing.assert_allclose(value, expected, rtol=1e-14)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(others, h.map(X), rtol=1e-14)
    values, again = f.values_and_aux(theta, X, y)
    np.testing.assert_allclose(values, g.map(X, y), rtol=1e-14)
    np.testing.assert_array_equal(again, others)


def test_what_comes_along_is_an_array_of_its_own() -> None:
    model, _, _, both = network([4, 3], nn.cross_entropy)
    f = CompiledWithAux(both, parameters=model.parameters())
    first = f.value_grad_and_aux(f.compiled.theta, X, np.zeros(7))[2]
    kept = first.copy()
    second = f.value_grad_and_aux(2.0 * f.compiled.theta, X, np.zeros(7))[2]
    np.testing.assert_array_equal(first, kept)
    assert not np.array_equal(first, second)


def test_others_that_do_not_depend_on_the_example_are_there_for_each() -> None:
    w = Value(3.0, name="w")
    f = CompiledWithAux(lambda x: [w * x, w, w * w])
    value, gradient, others = f.value_grad_and_aux([2.0], [1.0, 5.0])
    assert (value, gradient.tolist()) == (6.0, [3.0])
    assert others.tolist() == [[2.0, 4.0], [2.0, 4.0]]
    values, again = f.values_and_aux([2.0], [1.0, 5.0])
    assert values.tolist() == [2.0, 10.0]
    assert again.tolist() == others.tolist()


def test_a_result_that_does_not_depend_on_the_example_is_there_for_each() -> None:
    w = Value(3.0, name="w")
    f = CompiledWithAux(lambda x: [w * w, x])
    values, others = f.values_and_aux([2.0], [1.0, 5.0])
    assert values.tolist() == [4.0, 4.0]
    assert others.tolist() == [[1.0], [5.0]]


def test_without_theta_it_takes_the_numbers_of_all_that_the_trace_has_found() -> None:
    w, hidden = Value(3.0, name="w"), Value(5.0)
    f = CompiledWithAux(lambda x: [w * x + [hidden][0], x], parameters=[w])
    assert f.values_and_aux(None, [1.0])[0].tolist() == [8.0]


def test_the_text_returns_all_three_and_runs_alone() -> None:
    w = Value(3.0, name="w")
    f = CompiledWithAux(lambda x: [(w * x) ** 2, w * x])
    f.values_and_aux([3.0], [1.0, 2.0])
    scope: dict[str, Any] = {}
    exec(f.compiled.source, scope)
    value, gradient, others = scope["value_and_grad"](np.array([3.0]), np.array([1.0, 2.0]))
    assert (value, gradient.tolist(), others.tolist()) == (22.5, [15.0], [[3.0], [6.0]])
