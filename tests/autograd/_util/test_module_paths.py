"""Which part of a model a node belongs to, and which models are found."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest

import nn
from autograd import InputError, Value, draw
from autograd._util.module_paths import module_paths, numbered_paths, parameter_paths
from autograd._util.names import models_for, models_in
from autograd.core.graph import topological_order
from tests.autograd.messages import raises

model = nn.MLP(2, [3, 1], "tanh", seed=0)


def paths_below(output: Value, models: Any) -> Any:
    return module_paths(topological_order(output), parameter_paths(models))


def test_a_neuron_is_its_products_its_sum_its_activation_and_its_parameters() -> None:
    neuron = nn.Neuron(2, "tanh", rng=0)
    y = neuron([Value(1.0), 2.0])
    found = paths_below(y, {"neuron": neuron})
    assert set(found.values()) == {("neuron",)}
    assert len(found) == 2 + 1 + 1 + 3


def test_each_node_of_a_network_has_the_path_of_its_neuron() -> None:
    x = [Value(1.0), Value(-1.0)]
    y = model(x)
    found = paths_below(y, {"model": model})
    assert {path[-1] for path in found.values()} == {
        "model.layers.0.neurons.0", "model.layers.0.neurons.1", "model.layers.0.neurons.2",
        "model.layers.1.neurons.0",
    }  # fmt: skip
    assert {path[:2] for path in found.values()} == {
        ("model", "model.layers.0"), ("model", "model.layers.1"),
    }  # fmt: skip
    assert [node for node in topological_order(y) if node not in found] == x


def test_inputs_and_what_combines_several_neurons_belong_to_no_part() -> None:
    layer = nn.Layer(2, 2, "tanh", rng=0)
    a, b = layer([0.5, 1.0])
    loss = (a - b) ** 2
    found = paths_below(loss, {"layer": layer})
    assert a in found
    assert b in found
    assert loss not in found
    assert loss.parents[0] not in found


def test_a_layer_in_a_variable_is_still_part_of_the_model_it_belongs_to() -> None:
    layer = model.layers[0]
    paths = parameter_paths({"layer": layer, "model": model})
    assert paths[layer.neurons[0].b] == ("model", "model.layers.0", "model.layers.0.neurons.0")
    assert parameter_paths({"layer": layer})[layer.neurons[0].b] == ("layer", "layer.neurons.0")


def test_paths_are_by_place_in_the_order() -> None:
    order = topological_order(model([0.0, 1.0]))
    paths = numbered_paths(order, {"model": model})
    assert paths == {
        i: paths_below(order[-1], {"model": model})[node]
        for i, node in enumerate(order)
        if node.op != "constant"
    }
    assert numbered_paths(order, {}) == {}


def test_models_are_found_among_variables_unless_they_start_with_an_underscore() -> None:
    found = models_in({"a": model, "_b": model, "c": 5, "kind": nn.MLP, "d": Value(1.0)})
    assert found == {"a": model}


def test_a_variable_that_answers_to_any_name_is_no_model() -> None:
    class Lazy:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("it was asked")

    lazy, mock = Lazy(), MagicMock()
    assert models_in({"lazy": lazy, "mock": mock}) == {}
    assert draw(Value(2.0) * 2).source


def test_the_model_that_is_given_is_the_only_one() -> None:
    other = nn.Neuron(2, rng=0)
    assert models_for(None, depth=0) == {"other": other, "model": model}
    assert models_for(other, depth=0) == {"model": other}


@pytest.mark.parametrize("bad", [5, "model", nn.MLP, [model]])
def test_what_is_no_model_is_refused(bad: Any) -> None:
    with raises(InputError, "model", "nn.Module", repr(bad)):
        draw(Value(2.0) * 2, model=bad)


def test_a_stranger_that_only_looks_like_a_model_has_no_parts() -> None:
    class Asking:
        def named_parameters(self, what: object) -> list[str]:
            return ["a"]

    class Wrong:
        def named_parameters(self) -> list[str]:
            return ["a", "b"]

    assert parameter_paths({"asking": Asking(), "wrong": Wrong()}) == {}  # type: ignore[dict-item]


def test_the_name_of_a_part_stays_on_its_line() -> None:
    class Keyed(nn.Module):
        def __init__(self) -> None:
            self.layers = {"a\nb": nn.Layer(2, 1, rng=0)}

    for path in parameter_paths({"model": Keyed()}).values():
        assert all(part.isprintable() for part in path)
