"""The workload of the eager benchmarks: an MLP 2-16-16-1, written out in ``+``, ``*``, ``relu``.

One code for every engine: it is generic over the class of the scalars, so contenders differ in
the engine alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Generic, Protocol, TypeVar

import autograd
from autograd import Value
from nn import MLP

SIZES = (2, 16, 16, 1)


class Scalar(Protocol):
    """What the workload asks of an engine's scalars."""

    @property
    def grad(self) -> float:
        """What sweeps have left here."""

    def __add__(self: S, other: S, /) -> S: ...

    def __mul__(self: S, other: S, /) -> S: ...

    def relu(self: S) -> S:
        """max(0, x)."""

    def backward(self) -> None:
        """Sweep the graph below."""


S = TypeVar("S", bound=Scalar)
Neuron = tuple[list[S], S]


@dataclass(frozen=True, slots=True)
class Perceptron(Generic[S]):
    """The network's parameters and its samples, as scalars of one engine."""

    layers: list[list[Neuron[S]]]
    samples: list[list[S]]

    def output(self) -> S:
        """The sum over the samples of the network's output, by binary operations alone."""
        total = self._forward(self.samples[0])
        for sample in self.samples[1:]:
            total = total + self._forward(sample)
        return total

    def train(self) -> S:
        """Build the graph and sweep it backward; gradients pile up in the parameters."""
        output = self.output()
        output.backward()
        return output

    def gradients(self) -> list[float]:
        """The gradients of the parameters, neuron by neuron, weights then bias."""
        neurons = (neuron for layer in self.layers for neuron in layer)
        return [p.grad for weights, bias in neurons for p in (*weights, bias)]

    def _forward(self, inputs: list[S]) -> S:
        for layer in self.layers[:-1]:
            inputs = [_neuron(weights, bias, inputs).relu() for weights, bias in layer]
        weights, bias = self.layers[-1][0]
        return _neuron(weights, bias, inputs)


def _neuron(weights: list[S], bias: S, inputs: list[S]) -> S:
    total = bias
    for weight, x in zip(weights, inputs):  # noqa: B905 -- the same for all, and as plain as can be
        total = total + weight * x
    return total


def perceptron(scalar: Callable[[float], S], n_samples: int, seed: int = 0) -> Perceptron[S]:
    """The network with parameters and samples drawn from ``seed``, the same for every engine."""
    random = Random(seed)

    def layer(n_inputs: int, n_outputs: int) -> list[Neuron[S]]:
        return [
            (
                [scalar(random.uniform(-1, 1)) for _ in range(n_inputs)],
                scalar(random.uniform(-1, 1)),
            )
            for _ in range(n_outputs)
        ]

    layers = [layer(a, b) for a, b in pairwise(SIZES)]
    samples = [[scalar(random.uniform(-1, 1)) for _ in range(SIZES[0])] for _ in range(n_samples)]
    return Perceptron(layers, samples)


@dataclass(frozen=True, slots=True)
class Library:
    """The same network as ``nn.MLP`` makes it, its sums n-ary."""

    model: MLP
    samples: Sequence[Sequence[Value]]

    def output(self) -> Value:
        """The sum over the samples of the network's output."""
        total: Value = autograd.sum([self.model(sample) for sample in self.samples])
        return total

    def train(self) -> Value:
        """Build the graph and sweep it backward; gradients pile up in the parameters."""
        output = self.output()
        output.backward()
        return output

    def gradients(self) -> list[float]:
        """The gradients of the parameters, neuron by neuron, weights then bias."""
        return [p.grad for p in self.model.parameters()]


def library(n_samples: int, seed: int = 0) -> Library:
    """``nn.MLP`` with the parameters and samples of ``perceptron`` of the same seed."""
    written_out = perceptron(Value, n_samples, seed)
    model = MLP(SIZES[0], list(SIZES[1:]))
    neurons = (neuron for layer in written_out.layers for neuron in layer)
    source = [p for weights, bias in neurons for p in (*weights, bias)]
    for target, parameter in zip(model.parameters(), source, strict=True):
        target.data = parameter.data
    return Library(model, written_out.samples)
