"""Rosenblatt's perceptron: a neuron that learns from its mistakes.

What to look for: in perceptron.png the line turns with each mistake until no point is on its wrong
side (those are ringed), and then it rests. With a fifth of the labels flipped, or with xor, no line
is right for all points, and it turns for ever. The rule of 1958 needs no calculus; it is a step
down the gradient of max(0, -t*y).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import nn

Array = NDArray[Any]
FLIPPED = "20% flipped"


def rosenblatt(neuron: nn.Neuron, x: Array, t: int) -> bool:
    """Where the sign of the output is not that of t, -1 or +1, add t*x to the weights, t to b."""
    if t * neuron(x).data > 0.0:
        return False
    for w, x_i in zip(neuron.w, x.tolist(), strict=True):
        w.data += t * x_i
    neuron.b.data += t
    return True


def gradient_step(neuron: nn.Neuron, x: Array, t: int) -> None:
    """One step down the gradient of max(0, -t*y), with a learning rate of 1."""
    loss = (-t * neuron(x)).relu()
    neuron.zero_grad()
    loss.backward()
    for parameter in neuron.parameters():
        parameter.data -= parameter.grad


def learn(neuron: nn.Neuron, X: Array, t: Array, epochs: int) -> tuple[list[int], list[Array]]:
    """The number of mistakes in each epoch; and w1, w2, b at first and after each mistake."""
    counts: list[int] = []
    weights = [weights_of(neuron)]
    while len(counts) < epochs and (not counts or counts[-1]):
        counts.append(0)
        for x, target in zip(X, t.tolist(), strict=True):
            if rosenblatt(neuron, x, target):
                counts[-1] += 1
                weights.append(weights_of(neuron))
    return counts, weights


def weights_of(neuron: nn.Neuron) -> Array:
    return np.array([parameter.data for parameter in neuron.parameters()])


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    data = {
        "separable": nn.data.linear(100, flip=0, margin=0.1, seed=8),
        FLIPPED: nn.data.linear(100, flip=0.2, margin=0.1, seed=8),
        "xor": nn.data.xor(100, seed=0),
    }
    X, y = data["separable"]
    show_that_the_rule_is_a_gradient(X, 2 * y - 1)
    epochs = 8 if quick else 50
    neurons: dict[str, nn.Neuron] = {}
    counts: dict[str, list[int]] = {}
    ways: dict[str, list[Array]] = {}
    print(f"\nMistakes in each epoch of 100 points, in at most {epochs} epochs:\n")
    for name, (X, y) in data.items():
        neurons[name] = nn.Neuron(2, "linear", rng=0)
        counts[name], ways[name] = learn(neurons[name], X, 2 * y - 1, epochs)
        shown = ", ".join(map(str, counts[name][:8])) + (", ..." if len(counts[name]) > 8 else "")
        end = "no end in sight" if counts[name][-1] else "done"
        print(f"  {name:<12} {shown:<40} {sum(counts[name]):>5} in all: {end}")
    path = folder / "perceptron.png"
    return [draw(path, data, neurons, counts, ways["separable"], 20 if quick else 80)]


def show_that_the_rule_is_a_gradient(X: Array, t: Array) -> None:
    one, other = nn.Neuron(2, "linear", rng=0), nn.Neuron(2, "linear", rng=0)
    before, outputs = weights_of(one), one.predict(X)
    first = int(np.flatnonzero(outputs * t < 0.0)[0])
    print(f"A mistake: at x = ({X[first, 0]:.4f}, {X[first, 1]:.4f}) the target is {t[first]:+d};")
    print(f"y = w1*x1 + w2*x2 + b is {outputs[first]:+.4f}. A step by Rosenblatt's rule, w + t*x,")
    print("and a step down the gradient of max(0, -t*y), which the graph has computed:\n")
    rosenblatt(one, X[first], int(t[first]))
    gradient_step(other, X[first], int(t[first]))
    print(f"  {'':<3} {'before':>9} {'by the rule':>13} {'by the graph':>14}")
    rows = zip(("w1", "w2", "b"), before, weights_of(one), weights_of(other), strict=True)
    for name, *numbers in rows:
        print("  {:<3} {:+9.4f} {:+13.4f} {:+14.4f}".format(name, *numbers))
    print("\nThe hinge loss, max(0, 1 - t*y), is the same rule with a margin to keep.")


def draw(
    path: Path,
    data: dict[str, tuple[Array, Array]],
    neurons: dict[str, nn.Neuron],
    counts: dict[str, list[int]],
    way: list[Array],
    resolution: int,
) -> Path:
    figure, panels = plt.subplots(2, 3, figsize=(12.5, 8.0), layout="constrained")
    for ax, k in zip(panels[0], (0, len(way) // 2, len(way) - 1), strict=True):
        neuron = nn.Neuron(2, "linear", rng=0)
        for parameter, number in zip(neuron.parameters(), way[k].tolist(), strict=True):
            parameter.data = number
        draw_line(neuron, *data["separable"], resolution, ax)
        ax.set_title(f"separable, after {k} mistakes")
    for ax, name in zip(panels[1], (FLIPPED, "xor"), strict=False):
        draw_line(neurons[name], *data[name], resolution, ax)
        ax.set_title(f"{name}, after {sum(counts[name]):,} mistakes")
    ax = panels[1, 2]
    for (name, numbers), style in zip(counts.items(), ("o-", "s--", "^:"), strict=True):
        ax.plot(range(1, len(numbers) + 1), numbers, style, markersize=4, label=name)
    ax.set(xlabel="epoch", ylabel="mistakes in 100 points", title="it ends, or it never does")
    ax.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def draw_line(neuron: nn.Neuron, X: Array, y: Array, resolution: int, ax: Any) -> None:
    """The line, and a ring around each point that is on its wrong side."""
    nn.plots.decision_boundary(neuron, X, y, resolution=resolution, ax=ax)
    wrong = X[(neuron.predict(X) > 0.0) != (y == 1)]
    ax.plot(*wrong.T, "o", markersize=9, markerfacecolor="none", markeredgecolor="black")


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["perceptron"])
