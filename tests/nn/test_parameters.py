"""Parameters of a fresh network: order, number, names, seeds and spread."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np
import pytest

import autograd
import nn
from autograd import Value


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


def test_parameters_run_by_layer_then_neuron_and_put_the_bias_after_the_weights() -> None:
    model = nn.MLP(2, [3, 2], seed=0)
    expected = []
    for layer in model.layers:
        for neuron in layer.neurons:
            expected += [*neuron.w, neuron.b]
    found = model.parameters()
    assert len(found) == len(expected) == 3 * (2 + 1) + 2 * (3 + 1)
    assert all(a is b for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("n_inputs", "sizes", "count"),
    [(2, [16, 16, 1], 337), (3, [4, 4, 1], 41), (1, [1], 2), (784, [10], 7850), (5, [2, 3], 21)],
)
def test_the_number_of_parameters_is_the_sum_of_each_layers_weights_and_biases(
    n_inputs: int, sizes: list[int], count: int
) -> None:
    assert len(nn.MLP(n_inputs, sizes, seed=0).parameters()) == count


def test_names_of_parameters_tell_layer_neuron_and_input() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    assert [p.name for p in model.parameters()] == [
        "W1[0,0]", "W1[0,1]", "b1[0]", "W1[1,0]", "W1[1,1]", "b1[1]", "W2[0,0]", "W2[0,1]", "b2[0]",
    ]  # fmt: skip
    assert [p.name for p in nn.Layer(2, 1, rng=0).parameters()] == ["W[0,0]", "W[0,1]", "b[0]"]
    assert [p.name for p in nn.Neuron(2, rng=0).parameters()] == ["w[0]", "w[1]", "b"]
    paths = [path for path, _ in model.named_parameters()]
    assert paths[0] == "layers.0.neurons.0.w.0"
    assert paths[-1] == "layers.1.neurons.0.b"


def test_biases_start_at_zero_and_weights_do_not() -> None:
    for neuron in nn.Layer(20, 10, rng=3).neurons:
        assert neuron.b.data == 0.0
        assert all(w.data != 0.0 for w in neuron.w)


def test_one_seed_gives_the_same_weights_and_another_seed_others() -> None:
    assert numbers(nn.MLP(3, [5, 2], seed=7)) == numbers(nn.MLP(3, [5, 2], seed=7))
    assert numbers(nn.MLP(3, [5, 2], seed=7)) != numbers(nn.MLP(3, [5, 2], seed=8))
    assert numbers(nn.MLP(3, [5, 2])) != numbers(nn.MLP(3, [5, 2]))
    assert numbers(nn.Neuron(4, rng=1)) == numbers(nn.Neuron(4, rng=1))
    assert numbers(nn.Layer(4, 2, rng=1)) == numbers(nn.Layer(4, 2, rng=1))


def test_a_generator_as_seed_is_drawn_from_and_moves_on() -> None:
    rng = np.random.default_rng(5)
    first, second = nn.MLP(2, [3], seed=rng), nn.MLP(2, [3], seed=rng)
    assert numbers(first) == numbers(nn.MLP(2, [3], seed=5))
    assert numbers(second) != numbers(first)


def test_weights_neither_read_nor_move_the_global_generators() -> None:
    np.random.seed(1)  # noqa: NPY002 -- the global generator is the point
    random.seed(1)
    first = numbers(nn.MLP(2, [4, 1], seed=0))
    states = random.getstate(), np.random.get_state()[1]  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    random.seed(2)
    assert numbers(nn.MLP(2, [4, 1], seed=0)) == first
    nn.MLP(2, [4, 1])
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    assert random.getstate() == states[0]
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "gelu", "silu", "softplus"])
def test_rectifiers_start_with_he_spread(activation: str) -> None:
    weights = [w.data for n in nn.Layer(300, 100, activation, rng=0).neurons for w in n.w]
    # the spread of 30,000 draws is known to 0.4 %; 2 % is five times that
    assert np.std(weights) == pytest.approx(math.sqrt(2 / 300), rel=0.02)
    assert abs(np.mean(weights)) < 5 * math.sqrt(2 / 300) / math.sqrt(30_000)


@pytest.mark.parametrize("activation", ["linear", "tanh", "sigmoid", "softmax", "sin"])
def test_other_activations_start_with_xavier_spread(activation: str) -> None:
    weights = [w.data for n in nn.Layer(300, 100, activation, rng=0).neurons for w in n.w]
    assert np.std(weights) == pytest.approx(math.sqrt(2 / 400), rel=0.02)


def test_a_lone_neuron_has_the_spread_of_its_inputs_and_one_output() -> None:
    weights = [p.data for p in nn.Neuron(30_000, "tanh", rng=0).w]
    assert np.std(weights) == pytest.approx(math.sqrt(2 / 30_001), rel=0.02)


def test_each_layer_of_an_mlp_has_a_spread_fit_for_its_own_activation() -> None:
    model = nn.MLP(200, [200, 200], "relu", seed=0)
    spreads = [np.std([w.data for n in layer.neurons for w in n.w]) for layer in model.layers]
    assert spreads == [
        pytest.approx(math.sqrt(2 / 200), rel=0.02),
        pytest.approx(math.sqrt(2 / 400), rel=0.02),
    ]


def test_sizes_as_small_numpy_integers_do_not_overflow() -> None:
    layer = nn.Layer(np.int8(100), np.int8(100), "tanh", rng=0)  # 100 + 100 is -56 in int8
    assert numbers(layer) == numbers(nn.Layer(100, 100, "tanh", rng=0))


def test_a_rectifier_given_as_a_function_starts_as_one_given_by_name() -> None:
    by_name, by_function = nn.Layer(9, 4, "relu", rng=3), nn.Layer(9, 4, autograd.relu, rng=3)
    assert [p.data for p in by_name.parameters()] == [p.data for p in by_function.parameters()]


class Renamed(nn.Module):
    """Leaves out one of its parameters."""

    def __init__(self) -> None:
        self.a, self.b = Value(1.0), Value(2.0)

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        yield "only", self.b


def test_a_part_with_a_way_of_its_own_to_name_parameters_is_asked() -> None:
    class Whole(nn.Module):
        def __init__(self) -> None:
            self.parts = {"renamed": [Renamed()], "kept": Value(4.0)}
            self.last = self.parts["kept"], [Value(3.0), None, "text"]

    whole = Whole()
    renamed = whole.parts["renamed"][0]
    assert renamed.parameters() == [renamed.b]
    assert whole.parameters() == [renamed.b, whole.parts["kept"], whole.last[1][0]]
    assert whole.parameters() == [value for _, value in whole.named_parameters()]
