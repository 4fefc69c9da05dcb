"""Training steps written by hand in NumPy: what the compiler's text is held against.

Each function is one network and its derivatives on paper, in the names of textbooks: z before
an activation, h after it, d for the derivative of the mean loss by z. They are written as one
would write them for use: no loop over examples, nothing computed twice, updates in place; and no
buffers handed from step to step, which hand-written code seldom does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.problems import DEEPER, DIGITS, LEARNING_RATE, MOONS, Array, Problem

Outcome = tuple[float, list[Array]]
"""The mean loss, and its derivatives in the order of the parameters."""


class ByHand:
    """A problem's network in NumPy arrays, with its batch."""

    def __init__(self, problem: Problem) -> None:
        self.parameters = problem.weights()
        self.X, self.y = problem.batch()
        self._differentiate = _FUNCTIONS[_kind(problem)]

    def loss_and_gradients(self) -> Outcome:
        """The mean loss over the batch, and its gradients, at the parameters as they are."""
        return self._differentiate(self.X, self.y, *self.parameters)

    def step(self) -> float:
        """One step of gradient descent; the loss before it."""
        loss, gradients = self.loss_and_gradients()
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter -= LEARNING_RATE * gradient
        return loss


def relu_hinge(
    X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array
) -> Outcome:
    """Two hidden layers of relu, one output, and hinge loss; y of shape (n,) is -1 or +1."""
    z1 = X @ W1.T + b1
    h1 = np.maximum(z1, 0)
    z2 = h1 @ W2.T + b2
    h2 = np.maximum(z2, 0)
    margin = 1 - y * (h2 @ W3[0] + b3)
    loss = np.maximum(margin, 0).mean()

    d3 = -y * (margin > 0) / len(y)
    dW3 = d3[None] @ h2
    db3 = d3.sum(keepdims=True)
    d2 = d3[:, None] * W3 * (z2 > 0)
    dW2 = d2.T @ h1
    db2 = d2.sum(axis=0)
    d1 = (d2 @ W2) * (z1 > 0)
    dW1 = d1.T @ X
    db1 = d1.sum(axis=0)
    return float(loss), [dW1, db1, dW2, db2, dW3, db3]


def relu_cross_entropy(X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Outcome:
    """One hidden layer of relu, and cross-entropy; y of shape (n,) is a class number."""
    z1 = X @ W1.T + b1
    h1 = np.maximum(z1, 0)
    loss, d2 = softmax_cross_entropy(h1 @ W2.T + b2, y)

    dW2 = d2.T @ h1
    db2 = d2.sum(axis=0)
    d1 = (d2 @ W2) * (z1 > 0)
    dW1 = d1.T @ X
    db1 = d1.sum(axis=0)
    return loss, [dW1, db1, dW2, db2]


def tanh_cross_entropy(
    X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array
) -> Outcome:
    """Two hidden layers of tanh, and cross-entropy; y of shape (n,) is a class number."""
    h1 = np.tanh(X @ W1.T + b1)
    h2 = np.tanh(h1 @ W2.T + b2)
    loss, d3 = softmax_cross_entropy(h2 @ W3.T + b3, y)

    dW3 = d3.T @ h2
    db3 = d3.sum(axis=0)
    d2 = (d3 @ W3) * (1 - h2**2)
    dW2 = d2.T @ h1
    db2 = d2.sum(axis=0)
    d1 = (d2 @ W2) * (1 - h1**2)
    dW1 = d1.T @ X
    db1 = d1.sum(axis=0)
    return loss, [dW1, db1, dW2, db2, dW3, db3]


def softmax_cross_entropy(logits: Array, y: Array) -> tuple[float, Array]:
    """The mean loss, and its derivative by the logits: softmax less one at the right class."""
    n = np.arange(len(y))
    z = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(z)
    total = p.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - z[n, y]).mean()
    p /= total
    p[n, y] -= 1
    p /= len(y)
    return float(loss), p


def _kind(problem: Problem) -> tuple[str, str, int]:
    return problem.activation, problem.loss, len(problem.sizes)


_FUNCTIONS: dict[tuple[str, str, int], Callable[..., Outcome]] = {
    _kind(MOONS): relu_hinge,
    _kind(DIGITS): relu_cross_entropy,
    _kind(DEEPER): tanh_cross_entropy,
}
