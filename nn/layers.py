"""Neurons, layers and the multi-layer perceptron, each parameter a ``Value`` of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any

import numpy as np

from autograd import ShapeError, Value
from autograd._util.format import count
from autograd._util.gc_pause import gc_paused
from autograd.core.value import constant
from autograd.errors import InputError, brief
from autograd.functions.sums import weighted_sum
from nn.activations import Activation, activate, check, initial_spread
from nn.checks import as_generator
from nn.layer_arguments import Seed, as_size, per_layer, seeded, widths_of
from nn.module import Module
from nn.state import places


class Neuron(Module):
    """activation(w1 x1 + ... + wn xn + b): one sum over a product for each input, as in textbooks.

    ``w`` is the list of weights, ``b`` the bias. Weights start at random (see
    ``nn.activations.initial_spread``), the bias at 0. ``seed`` is an integer of 0 or more, a NumPy
    Generator to draw from, or None; ``rng`` is another name for it.

    >>> import autograd, nn
    >>> neuron = nn.Neuron(2, "tanh", seed=0)
    >>> neuron([1.0, -2.0]).op, len(neuron.parameters())
    ('tanh', 3)
    >>> given = nn.Neuron.with_weights([0.5, -1.0], "tanh")
    >>> given.weighted_sum([autograd.Value(2.0), autograd.Value(3.0)]).data
    -2.0
    """

    def __init__(
        self, n_inputs: int, activation: Activation = "relu", *, rng: Seed = None,
        seed: Seed = None,
    ) -> None:  # fmt: skip
        n = as_size(n_inputs, "Neuron", "n_inputs")
        self.activation = check(activation, "Neuron", allow_softmax=False)
        weights = seeded("Neuron", seed, rng).normal(0.0, initial_spread(activation, n, 1), n)
        self._start(weights.tolist())

    def _start(self, weights: list[float], names: str = "w[", bias: str = "b") -> None:
        # a name for each of 100,000 weights takes as long as they do: each gets its last one here
        self.w = [Value(w, name=f"{names}{i}]") for i, w in enumerate(weights)]
        self.b = Value(0.0, name=bias)

    @classmethod
    def with_weights(
        cls, weights: list[float], activation: Activation = "relu", names: str = "w[",
        bias: str = "b",
    ) -> Neuron:  # fmt: skip
        """A neuron that starts from given weights instead of random ones, and a bias of 0.

        Its weights are called by how ``names`` starts: w[0], w[1], ...; its bias is ``bias``.
        """
        neuron = cls.__new__(cls)
        neuron.activation = activation
        neuron._start(weights, names, bias)
        return neuron

    def __call__(self, x: Any) -> Value:
        """The neuron's output for one example: a list or array of n_inputs Values or numbers."""
        inputs = as_inputs(x, len(self.w), "Neuron")
        return activate(self.activation, [self.weighted_sum(inputs)], "Neuron")[0]

    def weighted_sum(self, inputs: Sequence[Value]) -> Value:
        """w1 x1 + ... + wn xn + b, before the activation."""
        return weighted_sum(self.w, inputs, self.b)

    def _parts(self) -> Iterator[tuple[str, Any]]:
        yield from (("weight", self.w), ("bias", self.b))
        yield from ((name, thing) for name, thing in vars(self).items() if name not in ("w", "b"))

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {_shown(self.activation)})"


class Layer(Module):
    """``n_outputs`` neurons that see the same inputs.

    Weights have a standard deviation fit for the layer's activation: He's for rectifiers,
    Xavier's for the others. A layer of one output returns one Value, else a list. ``seed`` and
    ``rng`` are as for a ``Neuron``.

    >>> import nn
    >>> layer = nn.Layer(3, 2, "sigmoid", seed=0)
    >>> len(layer([0.1, 0.2, 0.3])), len(layer.parameters())
    (2, 8)
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: Activation = "relu",
        *,
        rng: Seed = None,
        seed: Seed = None,
        _number: str = "",  # which layer of an MLP it is, in the names of its parameters
    ) -> None:
        self.n_inputs = as_size(n_inputs, "Layer", "n_inputs")
        self.n_outputs = as_size(n_outputs, "Layer", "n_outputs")
        self.activation = check(activation, "Layer", allow_softmax=True)
        spread = initial_spread(activation, self.n_inputs, self.n_outputs)
        shape = (self.n_outputs, self.n_inputs)
        weights = seeded("Layer", seed, rng).normal(0.0, spread, shape)
        alone = "linear" if activation == "softmax" else activation
        self.neurons = [
            Neuron.with_weights(row.tolist(), alone, f"W{_number}[{j},", f"b{_number}[{j}]")
            for j, row in enumerate(weights)
        ]

    def __call__(self, x: Any) -> Any:
        """The layer's outputs for one example: a list or array of n_inputs Values or numbers."""
        outputs = self.outputs(as_inputs(x, self.n_inputs, "Layer"))
        return outputs[0] if len(outputs) == 1 else outputs

    def outputs(self, inputs: Sequence[Value]) -> list[Value]:
        """The outputs for checked inputs, always as a list."""
        sums = [weighted_sum(neuron.w, inputs, neuron.b) for neuron in self.neurons]
        return activate(self.activation, sums, "Layer")

    def _parts(self) -> Iterator[tuple[str, Any]]:
        if any(vars(neuron).keys() != {"activation", "w", "b"} for neuron in self.neurons):
            yield from vars(self).items()  # with more in it than weights, each neuron has a name
            return
        yield "weight", [neuron.w for neuron in self.neurons]
        yield "bias", [neuron.b for neuron in self.neurons]
        yield from ((name, thing) for name, thing in vars(self).items() if name != "neurons")

    def __repr__(self) -> str:
        return f"Layer({self.n_inputs}, {self.n_outputs}, {_shown(self.activation)})"


class MLP(Module):
    """A multi-layer perceptron: layers in a row, each fed by the one before.

    ``sizes`` are the numbers of neurons of each layer, the last being the outputs. ``activation``
    is that of the hidden layers, or a list with one for each of them; ``output`` that of the last
    layer. With a ``seed`` the same weights come out every time. Source: Rumelhart, Hinton and
    Williams, "Learning representations by back-propagating errors", 1986.

    >>> import nn
    >>> model = nn.MLP(2, [16, 16, 1], seed=1)
    >>> len(model.parameters()), model([0.5, -1.0]).op
    (337, 'sum')
    >>> print(model.summary())
    layer       shape        activation    parameters
    1           2 -> 16      relu                  48
    2           16 -> 16     relu                 272
    3           16 -> 1      linear                17
    total       2 -> 1                            337
    """

    @gc_paused()
    def __init__(
        self,
        n_inputs: int,
        sizes: Sequence[int] = (),
        activation: Activation | Sequence[Activation] = "relu",
        output: Activation = "linear",
        *,
        seed: Seed = None,
    ) -> None:
        widths = widths_of(n_inputs, sizes)
        activations = [*per_layer(activation, len(widths) - 2), output]
        rng = as_generator("MLP", seed)
        sizes_of_layers = zip(widths[:-1], widths[1:], activations, strict=True)
        self.layers = [
            Layer(n_in, n_out, check(chosen, "MLP", allow_softmax=True), rng=rng, _number=str(i))
            for i, (n_in, n_out, chosen) in enumerate(sizes_of_layers, start=1)
        ]

    @property
    def n_inputs(self) -> int:
        """How many numbers one example has."""
        return self.layers[0].n_inputs

    @property
    def n_outputs(self) -> int:
        """How many numbers come out for one example."""
        return self.layers[-1].n_outputs

    def __call__(self, x: Any) -> Any:
        """The output for one example: one Value, or a list if the last layer has several.

        ``x`` is a list or array of n_inputs Values or numbers; with one input, x may be it.
        """
        signals = as_inputs(x, self.n_inputs, "MLP")
        for layer in self.layers:
            signals = layer.outputs(signals)
        return signals[0] if len(signals) == 1 else signals

    def summary(self) -> str:
        """A table of the layers: shape, activation and number of parameters."""
        rows = [("layer", "shape", "activation", "parameters")]
        for number, layer in enumerate(self.layers, start=1):
            shape = f"{layer.n_inputs} -> {layer.n_outputs}"
            n = len(layer.parameters())
            rows.append((str(number), shape, _plain(layer.activation), f"{n:,}"))
        ends = f"{self.n_inputs} -> {self.n_outputs}"
        rows.append(("total", ends, "", f"{len(self.parameters()):,}"))
        return "\n".join(f"{a:<12}{b:<13}{c:<14}{d:>10}" for a, b, c, d in rows)

    def _parts(self) -> Iterator[tuple[str, Any]]:
        activations = [getattr(layer, "activation", "linear") for layer in self.layers]
        yield from zip(places(activations), self.layers, strict=True)
        yield from ((name, thing) for name, thing in vars(self).items() if name != "layers")

    def __repr__(self) -> str:
        sizes = [layer.n_outputs for layer in self.layers]
        hidden = [_plain(layer.activation) for layer in self.layers[:-1]]
        shown = repr(hidden[0]) if len(set(hidden)) == 1 else repr(hidden)
        activation = f", activation={shown}" if hidden else ""
        return f"MLP({self.n_inputs}, {sizes}{activation}, output={_shown(self._output)})"

    @property
    def _output(self) -> Activation:
        return self.layers[-1].activation


def as_inputs(x: Any, expected: int, who: str) -> list[Value]:
    """One example as Values; plain numbers become constants of the graph."""
    if isinstance(x, np.ndarray):
        x = x.tolist() if x.dtype != object else list(x)
    if isinstance(x, (Value, Real)) and expected == 1:
        x = [x]
    if not isinstance(x, (list, tuple)):
        raise InputError(
            f"{who} expects a list of {count(expected, 'number')} or Values, got {brief(x)}; "
            "pass one number per input"
        )
    if len(x) != expected:
        raise ShapeError(
            f"{who} expects {count(expected, 'input')}, got {len(x)} ({brief(x)}); "
            "pass one number per input"
        )
    return [v if isinstance(v, Value) else constant(v, f"{who} input") for v in x]


def _plain(activation: Activation) -> str:
    if isinstance(activation, str):
        return activation
    # functools.partial and callable objects have no name of their own
    return getattr(activation, "__name__", type(activation).__name__)


def _shown(activation: Activation) -> str:
    return repr(_plain(activation))
