"""``state_dict`` and ``load_state_dict``: names, shapes, and what is refused."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError, ShapeError


class Own(nn.Module):
    """Values and modules in every kind of place that is looked into."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.scale = Value(rng.normal())
        self.label = "not a parameter"
        self.table = [[Value(rng.normal()) for _ in range(3)] for _ in range(2)]
        self.cube = [[[Value(rng.normal())] * 1 for _ in range(2)] for _ in range(2)]
        self.ragged = [[Value(rng.normal())], (Value(rng.normal()), Value(rng.normal()))]
        self.mixed = [Value(rng.normal()), 3.0, Value(rng.normal())]
        self.named = {"a": Value(rng.normal()), 1: [Value(rng.normal())]}
        self.encoder = nn.MLP(2, [3, 2], "tanh", seed=rng)
        self.blocks = [nn.Layer(2, 2, rng=rng), nn.Neuron(2, rng=rng)]
        self.empty: list[Value] = []

    def __call__(self, x: Any) -> Value:
        a, b = self.encoder(x)
        return self.scale * a + self.table[1][2] * b


def shapes(model: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in model.state_dict().items()}


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


# --- names and shapes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "output", "places"),
    [
        ("relu", "linear", ["0", "2", "4"]),
        ("relu", "softmax", ["0", "2", "4"]),
        ("linear", "sigmoid", ["0", "1", "2"]),
        (["tanh", "linear"], "linear", ["0", "2", "3"]),
        (lambda v: v * v, "linear", ["0", "2", "4"]),
    ],
)
def test_a_layer_and_an_activation_that_is_not_linear_take_a_number_each(
    activation: Any, output: str, places: list[str]
) -> None:
    model = nn.MLP(4, [3, 2, 1], activation, output, seed=0)
    sizes = [(3, 4), (2, 3), (1, 2)]
    expected: dict[str, tuple[int, ...]] = {}
    for place, size in zip(places, sizes, strict=True):
        expected |= {f"{place}.weight": size, f"{place}.bias": size[:1]}
    assert shapes(model) == expected
    assert list(shapes(model)) == list(expected)


def test_weights_are_rows_of_neurons() -> None:
    model = nn.MLP(3, [2, 1], seed=0)
    state = model.state_dict()
    first = model.layers[0].neurons
    assert state["0.weight"].tolist() == [[w.data for w in neuron.w] for neuron in first]
    assert state["0.bias"].tolist() == [neuron.b.data for neuron in first]


def test_a_layer_and_a_neuron_alone_have_weight_and_bias() -> None:
    assert shapes(nn.Layer(3, 2)) == {"weight": (2, 3), "bias": (2,)}
    assert shapes(nn.Neuron(3)) == {"weight": (3,), "bias": ()}


def test_a_module_of_ones_own_has_its_attributes_names() -> None:
    assert shapes(Own()) == {
        "scale": (),
        "table": (2, 3),
        "cube": (2, 2, 1),
        "ragged.0": (1,),
        "ragged.1": (2,),
        "mixed.0": (),
        "mixed.2": (),
        "named.a": (),
        "named.1": (1,),
        "encoder.0.weight": (3, 2),
        "encoder.0.bias": (3,),
        "encoder.2.weight": (2, 3),
        "encoder.2.bias": (2,),
        "blocks.0.weight": (2, 2),
        "blocks.0.bias": (2,),
        "blocks.1.weight": (2,),
        "blocks.1.bias": (),
    }


def test_a_state_has_every_parameter_of_an_altered_model() -> None:
    class Scaled(nn.MLP):
        def __init__(self) -> None:
            super().__init__(2, [2, 1], seed=0)
            self.scales = [Value(1.0), Value(2.0)]

    model = Scaled()
    gated: Any = model.layers[0].neurons[1]
    gated.gate = Value(0.5)
    model.layers[1].neurons[0].w.pop()
    state = model.state_dict()
    assert sum(array.size for array in state.values()) == len(model.parameters())
    assert state["scales"].tolist() == [1.0, 2.0]
    assert state["0.neurons.1.gate"] == 0.5
    assert state["2.weight"].shape == (1, 1)


def test_rows_of_different_lengths_are_numbered() -> None:
    layer = nn.Layer(3, 2)
    layer.neurons[1].w.pop()
    assert shapes(layer) == {"weight.0": (3,), "weight.1": (2,), "bias": (2,)}


def test_arrays_are_float64_copies() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    before, state = numbers(model), model.state_dict()
    assert {array.dtype for array in state.values()} == {np.dtype("float64")}
    for array in state.values():
        array += 1.0
    assert numbers(model) == before


def test_two_parameters_of_one_name_are_refused() -> None:
    model: Any = nn.Module()
    model.a = {"b.c": Value(1.0), "b": {"c": Value(2.0)}}
    with pytest.raises(ArgumentError, match=r"Module\.state_dict expects a name of its own for .*"):
        model.state_dict()
    model.a = {1: Value(1.0), "1": Value(2.0)}
    with pytest.raises(ArgumentError, match=r"got two that are called 'a\.1'; rename an attribute"):
        model.state_dict()


# --- loading -------------------------------------------------------------------------------------

MODELS: list[Callable[[int], nn.Module]] = [
    lambda seed: nn.MLP(2, [4, 3, 1], ["gelu", "linear"], seed=seed),
    lambda seed: nn.Layer(2, 3, "softmax", rng=seed),
    lambda seed: nn.Neuron(2, rng=seed),
    Own,
]


@pytest.mark.parametrize("make", MODELS)
def test_a_loaded_state_is_the_model_it_came_from_to_the_last_bit(
    make: Callable[[int], nn.Module],
) -> None:
    one, other = make(0), make(1)
    assert numbers(one) != numbers(other)
    assert other.load_state_dict(one.state_dict()) == ([], [])
    assert numbers(one) == numbers(other)
    assert {type(number) for number in numbers(other)} == {float}


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "int64", "bool", "object"])
def test_every_real_dtype_is_taken(kind: str) -> None:
    neuron = nn.Neuron(2)
    neuron.load_state_dict({"weight": np.array([1, 0], dtype=kind), "bias": np.array(1, kind)})
    assert numbers(neuron) == [1.0, 0.0, 1.0]


def test_lists_fractions_and_values_are_taken() -> None:
    neuron = nn.Neuron(2)
    neuron.load_state_dict({"weight": [Fraction(1, 4), Value(2.0)], "bias": -3})
    assert numbers(neuron) == [0.25, 2.0, -3.0]


def test_nan_and_inf_are_taken_as_they_are() -> None:
    neuron = nn.Neuron(2)
    neuron.load_state_dict({"weight": [np.nan, -np.inf], "bias": -0.0})
    assert repr(numbers(neuron)) == "[nan, -inf, -0.0]"


def test_gradients_stay_as_they_are() -> None:
    model = nn.MLP(2, [2, 1], "tanh", seed=0)
    model([1.0, 2.0]).backward()
    before = [p.grad for p in model.parameters()]
    model.load_state_dict(nn.MLP(2, [2, 1], "tanh", seed=1).state_dict())
    assert [p.grad for p in model.parameters()] == before
    assert any(before)


def test_tensors_that_record_gradients_and_bfloat16_are_taken(torch: Any) -> None:
    neuron = nn.Neuron(2)
    weight = torch.tensor([0.5, 2.0], requires_grad=True)
    bias = torch.tensor(1.5, dtype=torch.bfloat16, requires_grad=True)
    neuron.load_state_dict({"weight": weight * 2.0, "bias": bias})
    assert numbers(neuron) == [1.0, 4.0, 1.5]


GOOD = {"0.weight": np.zeros((2, 2)), "0.bias": [0, 0], "2.weight": [[0, 0]], "2.bias": [0]}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"0.weight": np.zeros((2, 3))}, ShapeError,
         r"(?s)MLP\.load_state_dict expects the state of MLP\(2, \[2, 1\].*, got one that differs:"
         r"\n- '0\.weight' expects shape \(2, 2\), got \(2, 3\)\nbuild the model with the sizes"),
        ({"2.weight": [[0.0], [0.0]]}, ShapeError,
         r"'2\.weight' expects shape \(1, 2\), got \(2, 1\)"),
        ({"0.bias": 0.0}, ShapeError, r"'0\.bias' expects shape \(2,\), got \(\)"),
        ({"0.bias": [1, 2j]}, InputError, r"'0\.bias' expects real numbers, got .*j"),
        ({"0.bias": "ab"}, InputError, "expects real numbers, got 'ab'"),
        ({"0.bias": ["a", "b"]}, InputError, "expects real numbers, got 'a'"),
        ({"0.bias": None}, InputError, "expects real numbers, got None"),
        ({"0.bias": [[1], 2]}, InputError, "expects real numbers, got rows of different lengths"),
        ({"0.bias": [10**400, 1]}, InputError, "expects real numbers, got int too large"),
        ({"1.weight": 1.0}, ArgumentError,
         r"\n- not of this model: '1\.weight'\nbuild the model .*, or pass strict=False to load"),
        ({7: 1.0}, ArgumentError, r"\n- not of this model: 7\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_what_does_not_fit_is_named_and_the_model_stays_as_it_was(
    change: dict[Any, Any], error: type[Exception], message: str, first: bool
) -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    before = numbers(model)
    state = {**change, **GOOD, **change} if first else {**GOOD, **change}
    with pytest.raises(error, match=message):
        model.load_state_dict(state)
    assert numbers(model) == before


def test_one_error_lists_all_that_is_wrong() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    state = {"0.weight": np.zeros(3), "2.weight": "text", "2.bias": [0], "extra": 1, "more": 2}
    with pytest.raises(ArgumentError) as caught:
        model.load_state_dict(state)
    assert str(caught.value).splitlines()[1:-1] == [
        "- missing: '0.bias' (2,)",
        "- not of this model: 'extra'; 'more'",
        "- '0.weight' expects shape (2, 2), got (3,); '2.weight' expects real numbers, got 'text'",
    ]


def test_a_long_list_of_problems_is_cut_and_counted() -> None:
    with pytest.raises(ArgumentError, match=r"'6\.bias' \(1,\); and 12 more"):
        nn.MLP(1, [1] * 10, seed=0).load_state_dict({})


def test_strict_false_loads_what_agrees_and_says_what_did_not() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    before = model.state_dict()
    result = model.load_state_dict({"0.bias": [5, 6], "head": 1.0}, strict=False)
    assert result.missing_keys == ["0.weight", "2.weight", "2.bias"]
    assert result.unexpected_keys == ["head"]
    after = model.state_dict()
    assert after["0.bias"].tolist() == [5.0, 6.0]
    assert np.array_equal(after["2.weight"], before["2.weight"])


def test_strict_false_still_refuses_another_shape() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    with pytest.raises(ShapeError) as caught:
        model.load_state_dict({"0.bias": [5], "head": 1.0}, strict=False)
    assert "head" not in str(caught.value)
    assert "strict" not in str(caught.value)


@pytest.mark.parametrize(
    ("state", "hint"),
    [
        ("model.json", r"a file is read by nn\.load\(path, into=model\)"),
        (Path("model.json"), r"a file is read by nn\.load\(path, into=model\)"),
        (nn.Neuron(1), r"pass its state_dict\(\)"),
        ([1.0], r"pass what state_dict\(\) returns"),
    ],
)
def test_what_is_no_dictionary_is_refused_with_a_hint(state: Any, hint: str) -> None:
    with pytest.raises(InputError, match=f"expects a dictionary of arrays by name, got .*; {hint}"):
        nn.Neuron(1).load_state_dict(state)


# --- shared parameters ---------------------------------------------------------------------------


class Tied(nn.Module):
    def __init__(self) -> None:
        self.encoder = nn.Layer(2, 2, rng=0)
        self.decoder = [neuron.w for neuron in self.encoder.neurons]


def test_a_shared_parameter_is_under_both_names_and_loads() -> None:
    model, other = Tied(), Tied()
    state = model.state_dict()
    assert np.array_equal(state["decoder"], state["encoder.weight"])
    other.encoder.neurons[0].w[0].data = 9.0
    other.load_state_dict(state)
    assert numbers(other) == numbers(model)


def test_different_numbers_for_a_shared_parameter_are_refused() -> None:
    model = Tied()
    before, state = numbers(model), model.state_dict()
    state["decoder"][1, 1] += 1.0
    with pytest.raises(ArgumentError, match=r"same numbers for 'encoder\.weight' and 'decoder'"):
        model.load_state_dict(state)
    assert numbers(model) == before
    del state["encoder.weight"]
    model.load_state_dict(state, strict=False)
    assert np.array_equal(model.state_dict()["encoder.weight"], state["decoder"])


def test_nan_is_the_same_for_both_names_of_a_shared_parameter() -> None:
    model = Tied()
    model.encoder.neurons[0].w[0].data = float("nan")
    model.load_state_dict(model.state_dict())
    assert np.isnan(model.state_dict()["decoder"][0, 0])


# --- what sees it --------------------------------------------------------------------------------


def test_predict_and_compiled_functions_see_loaded_numbers() -> None:
    X = np.random.default_rng(0).normal(size=(200, 2))
    model, other = nn.MLP(2, [4, 1], "tanh", seed=0), nn.MLP(2, [4, 1], "tanh", seed=1)
    first, expected = model.predict(X), other.predict(X)
    assert nn.programs.predicting._kept[id(model)].program is not None
    model.load_state_dict(other.state_dict())
    assert np.array_equal(model.predict(X), expected)
    assert not np.array_equal(first, expected)


def test_ctrl_c_between_two_numbers_leaves_no_mixture(monkeypatch: pytest.MonkeyPatch) -> None:
    from nn import state as module

    model, other = nn.MLP(2, [4, 1], seed=0), nn.MLP(2, [4, 1], seed=1)
    calls = []

    def interrupted(values: list[Value], data: list[float]) -> None:
        calls.append(len(values))
        for i, (value, number) in enumerate(zip(values, data, strict=True)):
            if len(calls) == 1 and i == 3:
                os.kill(os.getpid(), signal.SIGINT)
            value._data = number

    monkeypatch.setattr(module, "_set", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.load_state_dict(other.state_dict())
    assert calls == [17, 17]
    assert numbers(model) == numbers(other)
