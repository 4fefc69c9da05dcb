"""Modules of one's own: where parameters are found, and what predict returns."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError, ShapeError


class Nested(nn.Module):
    """Values and modules in every kind of place that is looked into."""

    def __init__(self) -> None:
        self.scale = Value(2.0)
        self.label = "not a parameter"
        self.pair = (Value(3.0), [Value(4.0)])
        self.table = {"a": Value(5.0), "inner": nn.Layer(1, 1, "linear", rng=0)}
        self.blocks = [nn.Neuron(1, "linear", rng=1), nn.Neuron(1, "linear", rng=2)]
        self.again = self.scale

    def __call__(self, x: Any) -> Value:
        return self.scale * self.blocks[1](self.blocks[0](x))


class Quadratic(nn.Module):
    def __init__(self) -> None:
        self.coefficients = [Value(0.0), Value(0.0), Value(0.0)]

    def __call__(self, x: Any) -> Value:
        a, b, c = self.coefficients
        return a + b * x[0] + c * x[0] * x[0]


def test_parameters_are_found_in_lists_tuples_dictionaries_and_modules_in_order() -> None:
    names = [name for name, _ in Nested().named_parameters()]
    assert names == [
        "scale", "pair.0", "pair.1.0", "table.a",
        "table.inner.neurons.0.w.0", "table.inner.neurons.0.b",
        "blocks.0.w.0", "blocks.0.b", "blocks.1.w.0", "blocks.1.b",
    ]  # fmt: skip


def test_a_parameter_held_twice_counts_once() -> None:
    model = Nested()
    assert model.parameters().count(model.scale) == 1
    model.blocks[1] = model.blocks[0]
    assert len(model.parameters()) == 10 - 2


def test_zero_grad_sets_the_gradient_of_every_parameter_to_zero() -> None:
    model = Nested()
    model(1.5).backward()
    assert model.scale.grad != 0.0
    assert model.blocks[0].w[0].grad != 0.0
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 10


def test_a_module_of_ones_own_is_trained_by_fit() -> None:
    X = np.linspace(-1.0, 1.0, 9).reshape(-1, 1)
    y = 1.0 - 2.0 * X[:, 0] + 3.0 * X[:, 0] ** 2
    model = Quadratic()
    history = nn.fit(model, X, y, loss="mse_loss", optimizer=nn.SGD(lr=0.5), epochs=150, verbose=0)
    assert history["loss"][-1] < 1e-6
    assert [p.data for p in model.parameters()] == pytest.approx([1.0, -2.0, 3.0], abs=1e-2)


def test_a_module_of_ones_own_is_pickled() -> None:
    model = pickle.loads(pickle.dumps(Quadratic()))
    assert len(model.parameters()) == 3
    assert type(model.parameters()[0]) is Value


def test_a_neuron_and_a_layer_are_modules_too() -> None:
    for part, shape in [(nn.Neuron(2), (4,)), (nn.Layer(2, 1), (4,)), (nn.Layer(2, 3), (4, 3))]:
        assert part.predict(np.ones((4, 2))).shape == shape


# --- predict -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize(("n_outputs", "output"), [(1, "sigmoid"), (3, "softmax"), (2, "linear")])
def test_predict_equals_calling_the_model_row_by_row(n: int, n_outputs: int, output: str) -> None:
    model = nn.MLP(2, [4, n_outputs], "tanh", output, seed=0)
    X = np.random.default_rng(0).normal(size=(n, 2))
    predicted = model.predict(X)
    assert predicted.shape == ((n,) if n_outputs == 1 else (n, n_outputs))
    assert predicted.dtype == np.float64
    for row, x in zip(predicted, X, strict=True):
        called = model(x)
        expected = called.data if n_outputs == 1 else [v.data for v in called]
        assert row.tolist() == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_predict_touches_neither_parameters_nor_gradients() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    model([1.0, 2.0]).backward()
    before = [(p.data, p.grad) for p in model.parameters()]
    model.predict(np.ones((3, 2)))
    assert [(p.data, p.grad) for p in model.parameters()] == before


def test_predict_follows_a_change_of_the_parameters() -> None:
    model = nn.MLP(2, [1], seed=0)
    first = model.predict([[1.0, 1.0]])
    model.parameters()[-1].data += 10.0
    assert model.predict([[1.0, 1.0]])[0] == pytest.approx(first[0] + 10.0)


@pytest.mark.parametrize(
    "X",
    [
        np.array([[1, 0]]),
        np.array([[True, False]]),
        np.array([[1, 0]], dtype=np.float32),
        [(1, 0)],
        [[Value(1.0), 0]],
        [[Fraction(1), 0.0]],
    ],
)
def test_rows_may_hold_any_real_numbers(X: Any) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    assert model.predict(X).tolist() == model.predict([[1.0, 0.0]]).tolist()


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([1.0, 2.0], ShapeError, r"got shape \(2,\); wrap a single example in a list"),
        (3.0, ShapeError, r"\(n, n_inputs\), got shape \(\); flatten each example"),
        (np.zeros((2, 2, 2)), ShapeError, r"got shape \(2, 2, 2\); flatten each example"),
        ([[1.0, 2.0], [3.0]], InputError, "rows of numbers, all of the same length, got a list "),
        ([["1", "2"]], InputError, "rows of numbers.*, got .*'1'.* in it; convert it, or leave"),
        ([[1.0, None]], InputError, r"rows of numbers.*, got None in it; convert it"),
        (np.array([[1.0, 2.0j]]), InputError, "rows of numbers.*, got .*j.* in it; convert it"),
        (None, InputError, r"rows of numbers.*, got None in it"),
    ],
)
def test_predict_refuses_what_is_no_matrix_of_numbers(
    X: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=rf"^MLP\.predict expects .*{message}"):
        nn.MLP(2, [1], seed=0).predict(X)


def test_predict_refuses_rows_of_a_wrong_width() -> None:
    with pytest.raises(ShapeError, match=r"^MLP expects 2 inputs, got 3 \(\[0\.0, 0\.0, 0\.0\]\)"):
        nn.MLP(2, [1], seed=0).predict(np.zeros((1, 3)))


# --- texts ---------------------------------------------------------------------------------------


def test_the_summary_of_a_module_lists_its_parts_and_the_total() -> None:
    lines = nn.MLP(784, [100, 10], seed=0).summary().splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["1", "784", "->", "100", "relu", "78,500"],
        ["2", "100", "->", "10", "linear", "1,010"],
        ["total", "784", "->", "10", "79,510"],
    ]
    assert len({len(line) for line in lines}) == 1
    own = Nested().summary().splitlines()
    assert [line.split()[:2] for line in own] == [
        ["table.inner", "2"], ["blocks.0", "2"], ["blocks.1", "2"], ["total", "10"],
    ]  # fmt: skip
    assert own[-1].endswith("Nested()")


def test_a_module_without_a_call_says_what_is_missing() -> None:
    class Silent(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Silent has no __call__; define it to use it"):
        Silent()(1.0)


class Child(nn.Module):
    def __init__(self, parent: nn.Module) -> None:
        self.weight, self.parent = Value(1.0), parent


class Parent(nn.Module):
    def __init__(self) -> None:
        self.child = Child(self)


class Ring(nn.Module):
    def __init__(self) -> None:
        self.items: list[Any] = [Value(1.0)]
        self.items.append({"again": self.items})


@pytest.mark.parametrize(
    ("method", "ask"),
    [
        ("parameters", lambda model: model.parameters()),
        ("named_parameters", lambda model: dict(model.named_parameters())),
        ("state_dict", lambda model: model.state_dict()),
        ("state_dict", lambda model: model.load_state_dict({})),
        ("parameters", lambda model: model.zero_grad()),
    ],
)
@pytest.mark.parametrize(("make", "place"), [(Parent, "child.parent"), (Ring, "items.1.again")])
def test_a_model_that_holds_itself_is_refused_by_the_place_where_it_does(
    method: str, ask: Any, make: Any, place: str
) -> None:
    message = f"{method} expects parts that do not hold each other in a circle, got '{place}'"
    with pytest.raises(ArgumentError, match=message):
        ask(make())


@pytest.mark.parametrize("frames", range(12))
def test_the_model_that_was_asked_is_named_however_deep_the_caller_is(frames: int) -> None:
    def ask(below: int) -> None:
        if below:
            ask(below - 1)
        else:
            dict(Parent().named_parameters())

    with pytest.raises(ArgumentError, match=r"^Parent\.named_parameters .*'child\.parent'"):
        ask(frames)


def test_lists_too_deep_to_walk_through_are_refused() -> None:
    model = Quadratic()
    deep: Any = Value(1.0)
    for _ in range(5000):
        deep = [deep]
    model.deep = deep  # type: ignore[attr-defined]
    with pytest.raises(ArgumentError, match="got too many within each other"):
        model.parameters()
