"""Units: where they are found in a model's graph, and which of them are dead or saturated."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import autograd
import nn
from autograd import Value
from autograd.core.table import TABLE
from nn.callbacks import units
from nn.callbacks.units import Units, census


def test_dead_units_are_those_with_a_slope_of_0_on_every_row() -> None:
    model = nn.MLP(1, [4, 1], "relu", seed=0)
    for neuron, (w, b) in zip(
        model.layers[0].neurons, [(1.0, 0.0), (1.0, -10.0), (-1.0, -1.0), (0.0, 0.0)], strict=True
    ):
        neuron.w[0].data, neuron.b.data = w, b
    # on from 1 to 2 on: the first always; the second never; the third never; the last never
    assert census(model, [[1.0], [2.0]]) == {"layers.0": Units(4, 3)}
    assert census(model, [[1.0], [-2.0]]) == {"layers.0": Units(4, 2)}
    assert census(model, [[11.0], [-2.0]]) == {"layers.0": Units(4, 1)}
    assert Units(4, 1).dead_share == 0.25


@pytest.mark.parametrize(
    ("activation", "x", "flat"),
    [
        ("tanh", 2.1, False), ("tanh", 2.3, True), ("tanh", -2.3, True),
        ("sigmoid", 4.2, False), ("sigmoid", 4.5, True), ("sigmoid", -4.5, True),
        ("softplus", -3.0, False), ("softplus", -4.0, True), ("softplus", 99.0, False),
        ("leaky_relu", -9.0, False), ("sin", 3.0, False),
    ],
)  # fmt: skip
def test_a_unit_is_saturated_below_a_twentieth_of_its_slope_at_0(
    activation: str, x: float, flat: bool
) -> None:
    model = nn.Neuron(1, activation, rng=0)
    model.w[0].data = 1.0
    found = census(model, [[x], [0.1]])["model"]
    assert found == Units(1, 0, 2, int(flat), are_outputs=True)
    assert found.saturated_share == flat / 2


@pytest.mark.parametrize("activation", ["relu", "abs", "cos", "log"])
def test_an_activation_without_a_finite_slope_above_0_at_0_cannot_saturate(activation: str) -> None:
    model = nn.Neuron(1, activation, rng=0)
    assert census(model, [[3.0]])["model"].saturated_share is None


def test_units_are_found_in_models_of_ones_own_and_counted_where_they_are_used() -> None:
    class Twice(nn.Module):
        """One tanh neuron at two places, and two relus of weights held in the module itself."""

        def __init__(self) -> None:
            self.shared = nn.Layer(1, 1, "linear", rng=0)
            self.w = [Value(1.0), Value(-1.0)]

        def __call__(self, x: Any) -> Any:
            h = self.shared(x[0]).tanh() + self.shared(x[1]).tanh()
            return [(w * h).relu() for w in self.w]

    model = Twice()
    model.shared.neurons[0].w[0].data = 1.0
    found = census(model, [[0.1, 9.0]])
    assert found["shared"] == Units(1, 0, 2, 1)
    assert found["model"] == Units(2, 1, are_outputs=True)


def test_the_last_function_of_a_chain_is_the_activation() -> None:
    model = nn.Neuron(1, lambda x: x.tanh().relu(), rng=0)
    model.w[0].data = 1.0
    assert census(model, [[-9.0]])["model"] == Units(1, 1, are_outputs=True)


def test_an_activation_is_found_where_no_parameter_stands_right_below_it() -> None:
    class NoBias(nn.Module):
        def __init__(self) -> None:
            self.w = [Value(1.0), Value(2.0)]

        def __call__(self, x: Any) -> Any:
            return autograd.dot(self.w, x).tanh()

    assert census(NoBias(), [[0.1, 9.0]])["model"] == Units(1, 0, 1, 1, are_outputs=True)


def test_what_belongs_to_no_part_is_no_unit() -> None:
    model = nn.MLP(2, [3, 2], "relu", "softmax", seed=0)
    assert list(census(model, [[0.1, 0.9], [0.8, -0.2]])) == ["layers.0"]


@pytest.mark.parametrize("activation", nn.activations.names())
def test_arrays_count_what_graphs_count(activation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = "tanh" if activation == "softmax" else activation
    model = nn.MLP(3, [6, 5, 2], hidden, output=activation, seed=1)
    for neuron, b in zip(model.layers[0].neurons, (-30.0, 30.0, 0.0, 2.5, 0.5, -2.5), strict=True):
        neuron.b.data = b
    rows = [[0.3 * i, 0.9 - 0.2 * i, (-1.0) ** i] for i in range(9)]
    by_graphs = units._of_graphs(model, rows)
    assert units._of_arrays(model, rows) == by_graphs
    monkeypatch.setattr(units, "_of_graphs", lambda *a: pytest.fail("a graph for each row"))
    assert census(model, rows) == by_graphs


def test_a_model_that_may_do_something_else_is_asked_for_its_graphs() -> None:
    class Own(nn.MLP):
        """It may have a __call__ of its own."""

    tied = nn.MLP(2, [3, 1], "tanh", seed=0)
    tied.layers[0].neurons[1] = tied.layers[0].neurons[0]
    by_function = nn.MLP(2, [3, 1], autograd.tanh, seed=0)
    for model in (Own(2, [3, 1], "tanh", seed=0), tied, by_function, nn.Layer(2, 3, "tanh")):
        assert not units._is_plain(model)
        assert units._of_graphs(model, [[0.1, 0.2]]) == census(model, [[0.1, 0.2]])
    assert census(tied, [[0.1, 0.2]])["layers.0"].number == 2


def test_an_operation_of_ones_own_that_does_not_run_on_arrays_is_asked_for_its_graphs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = dataclasses.replace(TABLE["relu"], forward=lambda m, x: x if x > 0.0 else 0.0 * x)
    monkeypatch.setitem(TABLE, "relu", row)
    model, rows = nn.MLP(2, [3, 1], seed=0), [[0.1, 0.2], [0.3, 0.1]]
    assert units._of_arrays(model, rows) is None
    assert census(model, rows)["layers.0"].number == 3
