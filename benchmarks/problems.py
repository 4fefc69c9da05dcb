"""The networks that the compiler's benchmarks train: the same numbers for every contender.

Weights come from ``nn.MLP``, as plain arrays in the order W1, b1, W2, b2 ...; a W has the shape
(n_outputs, n_inputs), a row for each neuron, and a batch X has a row for each example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Value
from nn import MLP, cross_entropy, hinge_loss

LEARNING_RATE = 0.01

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """A multi-layer perceptron, its loss, and one batch to train it on by gradient descent."""

    sizes: tuple[int, ...]
    activation: str
    loss: str  # "hinge" with targets -1 and +1, or "cross-entropy" with class numbers
    n_examples: int
    dtype: str

    @property
    def title(self) -> str:
        """What a row of the table is called."""
        sizes = "-".join(map(str, self.sizes))
        return f"{sizes} {self.activation}, {self.loss}, batch {self.n_examples}, {self.dtype}"

    def model(self) -> MLP:
        """The network with the weights that every contender starts from."""
        return MLP(self.sizes[0], list(self.sizes[1:]), self.activation, seed=0)

    def batch(self) -> tuple[Array, Array]:
        """X of shape (n_examples, n_inputs), and a target for each row."""
        random = np.random.default_rng(1)
        X = random.uniform(-1.0, 1.0, (self.n_examples, self.sizes[0])).astype(self.dtype)
        if self.loss == "hinge":
            return X, np.where(X[:, 0] * X[:, 1] > 0.0, 1.0, -1.0).astype(self.dtype)
        return X, random.integers(0, self.sizes[-1], self.n_examples)

    def of_one_example(self, model: MLP) -> Callable[[Any, Any], Any]:
        """The loss of one example in scalars, as ``autograd.compile`` takes it."""
        loss = {"hinge": hinge_loss, "cross-entropy": cross_entropy}[self.loss]
        return lambda x, y: loss(model(x), y)

    def weights(self) -> list[Array]:
        """The weights and biases to start from, as arrays that the caller may change."""
        model = self.model()
        return self.arranged(model, {p: p.data for p in model.parameters()})

    def arranged(self, model: MLP, numbers: dict[Value, float]) -> list[Array]:
        """A number for each parameter of the model, as arrays W1, b1, W2, b2 ..."""

        def array(rows: Any) -> Array:
            return np.array(rows, dtype=self.dtype)

        def of(values: Iterable[Value]) -> list[float]:
            return [float(numbers[value]) for value in values]

        arrays = []
        for layer in model.layers:
            arrays.append(array([of(neuron.w) for neuron in layer.neurons]))
            arrays.append(array(of(neuron.b for neuron in layer.neurons)))
        return arrays

    def small(self) -> Problem:
        """The same on 49 inputs at most, and 10 examples: to see that it runs."""
        first, *hidden, last = self.sizes
        sizes = (min(first, 49), *(min(size, 12) for size in hidden), last)
        return replace(self, sizes=sizes, n_examples=10)


MOONS = Problem((2, 16, 16, 1), "relu", "hinge", 100, "float64")
DIGITS = Problem((784, 128, 10), "relu", "cross-entropy", 64, "float32")
DEEPER = Problem((784, 256, 128, 10), "tanh", "cross-entropy", 64, "float32")
PROBLEMS = (MOONS, DIGITS, DEEPER)
