"""What neurons, layers and MLPs refuse, and what they say of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError, ShapeError


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: nn.Neuron(2.5), InputError, r"a whole number for n_inputs, got 2\.5"),
        (lambda: nn.Layer(True, 2), InputError, "Layer expects a whole number .* got True"),
        (lambda: nn.Layer(2, 0), ArgumentError, "Layer expects n_outputs of at least 1, got 0"),
        (lambda: nn.MLP(0, [1]), ArgumentError, "MLP expects n_inputs of at least 1, got 0"),
        (lambda: nn.MLP(2, [4, -1]), ArgumentError, "the size of layer 2 of at least 1, got -1"),
        (lambda: nn.MLP(2, [4, "1"]), InputError, "for the size of layer 2, got '1'"),
        (lambda: nn.MLP(2, 4), InputError, r"a list of layer sizes, got 4; write \[4, 1\]"),
        (lambda: nn.MLP(2, None), InputError, "MLP expects a list of layer sizes, got None"),
        (lambda: nn.MLP(2, []), ShapeError, r"at least one layer, got no sizes; write \[1\]"),
        (lambda: nn.MLP(2, [3, 1], ["relu", "tanh"]), ShapeError,
         r"MLP expects one activation per hidden layer \(1\), got 2 .*the last layer's is output="),
        (lambda: nn.MLP(2, [3, 1], None), InputError,
         "MLP expects an activation's name, a function, or a list of them, got None"),
        (lambda: nn.MLP(2, [1], output="rleu"), ArgumentError,
         r"MLP expects an activation such as 'relu'.*got 'rleu'; nn.activations.names\(\)"),
        (lambda: nn.Layer(2, 2, None), ArgumentError, "Layer expects an activation .*got None"),
        (lambda: nn.Neuron(2, "softmax"), ArgumentError,
         "Neuron: softmax needs all outputs of a layer together; use it as a layer's"),
        (lambda: nn.MLP([2, 8, 3]), InputError,
         r"MLP expects the number of inputs, and then .*got one list, \[2, 8, 3\]; "
         r"write MLP\(2, \[8, 3\]\)"),
        (lambda: nn.MLP(2), ShapeError, "MLP expects at least one layer, got no sizes"),
        (lambda: nn.MLP(2, [1], seed="x"), ArgumentError,
         r"MLP expects seed to be None, an integer of 0 or more, or a .*, got 'x' \(str\); pass"),
        (lambda: nn.Layer(2, 1, rng=-1), ArgumentError, "Layer expects rng to be .* got -1"),
        (lambda: nn.Neuron(2, rng=1.5), ArgumentError, r"Neuron expects rng to be .* got 1\.5"),
        (lambda: nn.Neuron(2, seed=1.5), ArgumentError, r"Neuron expects seed to be .* got 1\.5"),
        (lambda: nn.Layer(2, 1, seed=1, rng=1), ArgumentError,
         "Layer expects seed or rng, which are the same, got both; leave one of them out"),
        (lambda: nn.MLP(2, [1], ["relu"] * 1000), ShapeError,
         r"got 1000 \(\['relu', .{1,60}\.\.\.\); the last layer's is output="),
        (lambda: nn.MLP(1, [1, 1], activation=lambda x: math.tanh(x))(1.0), ArgumentError,
         "Layer expects an activation that returns a Value, got .*use autograd's functions in it"),
    ],
)  # fmt: skip
def test_constructors_refuse_with_a_message(
    make: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1, 2], ShapeError, r"expects 3 inputs, got 2 \(\[1, 2\]\); pass one number per input"),
        ([1] * 50, ShapeError, r"expects 3 inputs, got 50 \(\[1, 1, .*\.\.\.\); pass one number"),
        (5.0, InputError, r"expects a list of 3 numbers or Values, got 5\.0; pass one number per"),
        ("abc", InputError, "expects a list of 3 numbers or Values, got 'abc'"),
        (None, InputError, "expects a list of 3 numbers or Values, got None"),
        (["1", 2, 3], InputError, r"input expects a number, got the text '1'; convert it with fl"),
        ([1, None, 3], InputError, "input expects a number, got None"),
        ([1, 2, 3j], InputError, "input expects a real number, got 3j"),
        (np.zeros((3, 2)), ShapeError, "input expects one number, got a list of 2"),
        (np.zeros((2, 3)), ShapeError, "expects 3 inputs, got 2"),
    ],
)
@pytest.mark.parametrize("kind", ["MLP", "Layer", "Neuron"])
def test_a_wrong_example_is_refused_by_every_part(
    kind: str, x: Any, error: type[Exception], message: str
) -> None:
    part = {"MLP": nn.MLP(3, [2], seed=0), "Layer": nn.Layer(3, 2), "Neuron": nn.Neuron(3)}[kind]
    with pytest.raises(error, match=rf"^{kind} {message}"):
        part(x)
