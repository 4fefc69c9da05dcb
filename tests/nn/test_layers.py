"""Neurons, layers and MLPs: their graphs, their numbers and their copies."""

from __future__ import annotations

import copy
import functools
import gc
import math
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.core.graph import topological_order
from autograd.core.table import TABLE
from autograd.errors import ArgumentError


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


# --- what a network computes ---------------------------------------------------------------------


def test_the_sum_of_a_neuron_is_one_node_over_its_products_and_its_bias() -> None:
    neuron = nn.Neuron(3, "tanh", rng=0)
    x = [Value(1.0), Value(-2.0), Value(0.5)]
    out = neuron(x)
    (total,) = out.parents
    assert (out.op, total.op) == ("tanh", "sum")
    *products, bias = total.parents
    assert bias is neuron.b
    for product, w, signal in zip(products, neuron.w, x, strict=True):
        assert product.op == "*"
        assert product.parents[0] is w
        assert product.parents[1] is signal
    assert len(topological_order(out)) == 3 + 3 + 1 + 3 + 2
    assert out.data == pytest.approx(math.tanh(sum(w.data * v.data for w, v in zip(neuron.w, x))))  # noqa: B905


def test_a_bias_moves_the_weighted_sum() -> None:
    neuron = nn.Neuron(1, "linear", rng=0)
    neuron.w[0].data, neuron.b.data = 2.0, 10.0
    assert neuron([3.0]).data == 16.0


@pytest.mark.parametrize("recording", [True, False])
def test_a_layer_is_its_neurons_side_by_side(recording: bool) -> None:
    layer = nn.Layer(2, 3, "sigmoid", rng=0)
    for j, neuron in enumerate(layer.neurons):
        neuron.b.data = 0.5 - j
    x = [0.3, -1.2]
    if recording:
        outputs = layer(x)
    else:
        with autograd.no_grad():
            outputs = layer(x)
    assert [o.data for o in outputs] == [neuron(x).data for neuron in layer.neurons]
    assert all(bool(o.parents) is recording for o in outputs)


def test_plain_numbers_become_constants_and_values_stay_in_the_graph() -> None:
    x = Value(0.5)
    out = nn.MLP(2, [1], seed=0)([x, 2.0])
    leaves = [node for node in topological_order(out) if not node.parents]
    assert x in leaves
    assert [leaf.data for leaf in leaves if leaf.op == "constant"] == [2.0]


def test_several_outputs_come_as_a_list_and_one_as_a_value() -> None:
    assert isinstance(nn.MLP(2, [3, 1], seed=0)([1, 2]), Value)
    assert isinstance(nn.Layer(2, 1, rng=0)([1, 2]), Value)
    assert isinstance(nn.Neuron(2, rng=0)([1, 2]), Value)
    assert [type(v) for v in nn.MLP(2, [3, 2], seed=0)([1, 2])] == [Value, Value]
    assert len(nn.Layer(2, 4, rng=0)([1, 2])) == 4


def test_hidden_layers_are_relu_and_the_last_is_linear_unless_told() -> None:
    model = nn.MLP(2, [3, 3, 1], seed=0)
    assert [layer.activation for layer in model.layers] == ["relu", "relu", "linear"]
    assert model([1.0, 1.0]).op == "sum"


def test_each_hidden_layer_may_have_an_activation_of_its_own() -> None:
    model = nn.MLP(1, [2, 2, 1], ["tanh", "sin"], "sigmoid", seed=0)
    ops = [node.op for node in topological_order(model(0.7)) if node.op not in ("*", "sum", "")]
    assert sorted(ops) == sorted(["constant", "tanh", "tanh", "sin", "sin", "sigmoid"])
    assert ops.index("sin") > ops.index("tanh")


def test_a_function_of_one_value_is_an_activation() -> None:
    model = nn.MLP(1, [1, 1], activation=lambda x: x * x, seed=0)
    for p, number in zip(model.parameters(), [3.0, 1.0, 2.0, 5.0], strict=True):
        p.data = number
    assert model(2.0).data == 2 * (3 * 2 + 1) ** 2 + 5


def test_sigmoid_and_softmax_outputs_are_probabilities() -> None:
    raw, squashed = nn.MLP(2, [3, 1], seed=4), nn.MLP(2, [3, 1], output="sigmoid", seed=4)
    assert squashed([0.2, 0.9]).data == pytest.approx(sigmoid(raw([0.2, 0.9]).data), rel=1e-15)
    shares = nn.MLP(2, [3, 4], output="softmax", seed=4)([0.2, 0.9])
    logits = [v.data for v in nn.MLP(2, [3, 4], output="linear", seed=4)([0.2, 0.9])]
    whole = sum(math.exp(v) for v in logits)
    assert [s.data for s in shares] == pytest.approx([math.exp(v) / whole for v in logits])
    assert sum(s.data for s in shares) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize(
    "x", [2, 2.0, Value(2.0), np.float64(2), np.float32(2), np.int64(2), np.array(2.0), [2], (2,)]
)
def test_with_one_input_the_input_may_come_without_a_list(x: Any) -> None:
    assert nn.MLP(1, [3, 1], seed=0)(x).data == nn.MLP(1, [3, 1], seed=0)([2.0]).data


@pytest.mark.parametrize(
    "x", [(1, 2), [1.0, 2], np.array([1, 2]), np.array([1, 2], dtype=np.float32),
          np.array([Value(1.0), 2.0]), [Value(1.0), np.float32(2)]]
)  # fmt: skip
def test_inputs_may_be_lists_tuples_or_arrays_of_numbers_or_values(x: Any) -> None:
    assert nn.MLP(2, [3, 1], seed=0)(x).data == nn.MLP(2, [3, 1], seed=0)([1.0, 2.0]).data


# --- gradients of a whole network ----------------------------------------------------------------

ARCHITECTURES: list[tuple[list[int], Any, str]] = [
    ([4, 1], "relu", "linear"),
    ([5, 3, 2], "tanh", "linear"),
    ([4, 4, 1], "sigmoid", "sigmoid"),
    ([4, 3], "gelu", "softmax"),
    ([3, 3, 1], ["leaky_relu", "softplus"], "tanh"),
    ([3, 3, 2], ["elu", "silu"], "linear"),
]


def network(sizes: list[int], activation: Any, output: str) -> nn.MLP:
    """Three inputs, and biases that are not 0, so that a lost one would show."""
    model = nn.MLP(3, sizes, activation, output, seed=2)
    for layer in model.layers:
        for j, neuron in enumerate(layer.neurons):
            neuron.b.data = 0.2 - 0.1 * j
    return model


def weighted(outputs: Any) -> Value:
    listed = outputs if isinstance(outputs, list) else [outputs]
    return autograd.sum([(k + 1.0) * o * o for k, o in enumerate(listed)])


@pytest.mark.parametrize(("sizes", "activation", "output"), ARCHITECTURES)
def test_gradients_of_a_whole_network_equal_numeric_ones(
    sizes: list[int], activation: Any, output: str
) -> None:
    model = network(sizes, activation, output)
    x = [0.7, -1.1, 0.4]
    report = autograd.check_gradients(lambda *_: weighted(model(x)), model.parameters())
    assert report.ok, str(report)
    assert report.max_error < 1e-6
    assert any(row.analytic != 0.0 for row in report.rows)


@pytest.mark.parametrize(("sizes", "activation", "output"), ARCHITECTURES)
def test_outputs_and_gradients_of_a_whole_network_equal_torchs(
    torch: Any, sizes: list[int], activation: Any, output: str
) -> None:
    model = network(sizes, activation, output)
    functional = torch.nn.functional
    functions = {
        "linear": lambda z: z, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
        "softmax": lambda z: torch.softmax(z, 0), "gelu": functional.gelu, "elu": functional.elu,
        "silu": functional.silu, "softplus": functional.softplus,
        "leaky_relu": functional.leaky_relu,
    }  # fmt: skip
    ours = [Value(v) for v in (0.7, -1.1, 0.4)]
    x = theirs = torch.tensor([0.7, -1.1, 0.4], dtype=torch.float64, requires_grad=True)
    matrices = []
    for layer in model.layers:
        rows = [[*[w.data for w in n.w], n.b.data] for n in layer.neurons]
        matrix = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
        matrices.append(matrix)
        x = functions[layer.activation](matrix[:, :-1] @ x + matrix[:, -1])
    loss = ((1.0 + torch.arange(len(x))) * x * x).sum()
    loss.backward()
    out = weighted(model(ours))
    out.backward()
    expected = torch.cat([m.grad.flatten() for m in matrices]).tolist()
    assert out.data == pytest.approx(loss.item(), rel=1e-12, abs=1e-12)
    assert [p.grad for p in model.parameters()] == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert [v.grad for v in ours] == pytest.approx(theirs.grad.tolist(), rel=1e-12, abs=1e-12)


# --- copies and texts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
@pytest.mark.parametrize("output", ["linear", "softmax"])
def test_a_copied_model_computes_the_same_and_shares_nothing(duplicate: Any, output: str) -> None:
    model = nn.MLP(2, [3, 2], "tanh", output, seed=0)
    weighted(model([1.0, 2.0])).backward()
    twin = duplicate(model)
    assert numbers(twin) == numbers(model)
    assert [p.name for p in twin.parameters()] == [p.name for p in model.parameters()]
    assert [p.grad for p in twin.parameters()] == [p.grad for p in model.parameters()]
    assert [v.data for v in twin([1.0, 2.0])] == [v.data for v in model([1.0, 2.0])]
    before = numbers(model)
    for p in twin.parameters():
        p.data += 1.0
    assert numbers(model) == before
    weighted(twin([1.0, 2.0])).backward()
    assert [p.grad for p in twin.parameters()] != [p.grad for p in model.parameters()]


def test_texts_of_the_parts_name_sizes_and_activations() -> None:
    assert repr(nn.Neuron(2, "tanh")) == "Neuron(2, 'tanh')"
    assert repr(nn.Layer(3, 2)) == "Layer(3, 2, 'relu')"
    assert repr(nn.MLP(2, [3, 1])) == "MLP(2, [3, 1], activation='relu', output='linear')"
    assert repr(nn.MLP(2, [1])) == "MLP(2, [1], output='linear')"
    mixed = nn.MLP(2, [3, 3, 1], ["relu", "sin"], "tanh")
    assert repr(mixed) == "MLP(2, [3, 3, 1], activation=['relu', 'sin'], output='tanh')"


def test_an_activation_without_a_name_shows_by_its_type() -> None:
    steep = functools.partial(autograd.leaky_relu, slope=0.2)
    model = nn.MLP(2, [3, 1], activation=steep, seed=0)
    assert "activation='partial'" in repr(model)
    assert "partial" in model.summary()
    named = nn.MLP(2, [3, 1], activation=autograd.relu, seed=0)
    assert "activation='relu'" in repr(named)


def test_a_primitive_of_the_user_serves_as_an_activation() -> None:
    autograd.primitive("test_square", lambda m, x: x * x, lambda m, y, x: (2.0 * x,), points=[0.5])
    try:
        neuron = nn.Neuron.with_weights([2.0], "test_square")
        assert neuron([3.0]).data == 36.0
    finally:
        del TABLE["test_square"]


def test_the_garbage_collector_rests_while_an_mlp_is_made_and_not_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enabled: list[bool] = []
    real = nn.Layer.__init__

    def noting(self: nn.Layer, *sizes: Any, **settings: Any) -> None:
        enabled.append(gc.isenabled())
        real(self, *sizes, **settings)

    monkeypatch.setattr(nn.Layer, "__init__", noting)
    assert gc.isenabled()
    nn.MLP(2, [3, 1])
    assert gc.isenabled()
    with pytest.raises(ArgumentError, match="activation"):
        nn.MLP(2, [3, 1], output="nothing")
    assert gc.isenabled()
    assert enabled[:2] == [False, False]
