"""Logistic regression: one neuron gives probabilities, by a gradient of p - y.

What to look for: the chain rule below takes the sigmoid's slope away again, and what a weight gets
is the error p - y times its input. A fifth of the labels are wrong on purpose, and no line can have
them right: the accuracy stays near 80%, and yet the line finds the labels as they were before. In
loss_functions.png, see which losses go on asking for more where the answer is right already.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import nn
from autograd import explain

Array = NDArray[Any]
SEED = 5


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    X, y = nn.data.linear(100, flip=0.2, seed=SEED)
    _, truth = nn.data.linear(100, flip=0, seed=SEED)  # the same points, before the flipping
    neuron = nn.Neuron(2, "sigmoid", rng=0)
    show_the_gradient(neuron, X[0].tolist(), int(y[0]))

    history = nn.fit(
        neuron,
        X,
        y,
        loss="binary_cross_entropy",
        optimizer=nn.SGD(lr=1.0),
        epochs=5 if quick else 60,
        metrics=["accuracy"],
        seed=0,
        verbose=0,
    )
    p = neuron.predict(X)
    first, last = history["loss"][0], history["loss"][-1]
    print(f"\nIn {len(history)} epochs of gradient descent the loss goes from {first:.4f} to")
    print(f"{last:.4f}; whoever says 50% to everything has log 2 = {np.log(2.0):.4f}.")
    print(f"Accuracy on the 100 labels, 20 of them flipped: {np.mean((p > 0.5) == y):.0%}")
    print(f"Accuracy on the labels as they were before:     {np.mean((p > 0.5) == truth):.0%}")
    w1, w2, b = (parameter.data for parameter in neuron.parameters())
    print(f"The line: {w1:.2f} x1 {w2:+.2f} x2 {b:+.2f} = 0")
    return [
        draw(folder / "logistic_regression.png", neuron, X, y, history, 20 if quick else 100),
        draw_losses(folder / "loss_functions.png"),
    ]


def show_the_gradient(neuron: nn.Neuron, x: list[float], y: int) -> None:
    p = neuron(x)
    (z,) = p.parents  # p = sigmoid(z), z = w1*x1 + w2*x2 + b
    loss = nn.binary_cross_entropy(p, y)
    loss.backward()
    print(f"One point, x = ({x[0]:.4f}, {x[1]:.4f}), of class y = {y}: the neuron says")
    print(
        f"p = sigmoid({z.data:.4f}) = {p.data:.4f}; the loss is {loss.data:.4f}. Its slope in z:\n"
    )
    print(explain(loss, z).text(rules=True))
    error = p.data - y
    print(f"\n        {'by the graph':>12}     {'by hand':>9}")
    print(f"dL/dz   {z.grad:+12.6f}     {error:+9.6f} = p - y")
    for i, (w, x_i) in enumerate(zip(neuron.w, x, strict=True), start=1):
        print(f"dL/dw{i}  {w.grad:+12.6f}     {error * x_i:+9.6f} = (p - y) * x{i}")
    print(f"dL/db   {neuron.b.grad:+12.6f}     {error:+9.6f} = p - y")


def draw(
    path: Path,
    neuron: nn.Neuron,
    X: Array,
    y: Array,
    history: nn.History,
    resolution: int,
) -> Path:
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.0, 4.8), layout="constrained")
    nn.plots.decision_boundary(neuron, X, y, resolution=resolution, ax=left)
    # lines of equal probability: they are parallel, for the sum in the sigmoid is a plane
    (low, high), (bottom, top) = left.get_xlim(), left.get_ylim()
    across, up = np.linspace(low, high, resolution), np.linspace(bottom, top, resolution)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    p = neuron.predict(grid).reshape(len(up), len(across))
    lines = left.contour(across, up, p, levels=[0.1, 0.3, 0.7, 0.9], colors="black", linewidths=0.8)
    left.clabel(lines, fmt=lambda level: f"{level:.0%}", fontsize=8)
    left.set_title("the probability of class 1, 50% on the thick line")
    nn.plots.learning_curves(history, ax=right)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def draw_losses(path: Path) -> Path:
    figure, ax = plt.subplots(figsize=(7.0, 5.0), layout="constrained")
    nn.plots.loss_functions(ax=ax)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["logistic_regression"])
