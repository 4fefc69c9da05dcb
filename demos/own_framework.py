"""A framework of one's own: Linear, Tanh, Softmax and CrossEntropy in a few lines each.

What to look for: a fifth of the 100 points have the wrong label. A linear net is right for all the
others, and can do no more. In own_framework.html the net with a hidden layer bends its boundary
around wrong points, too: it gets better on what it learns from, and worse on points that it has
not seen. That is overfitting.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import nn
from autograd import Value, choose, dot, exp, log, tanh
from autograd import sum as total

Array = NDArray[Any]

# --- the framework: what each part computes for one example, in scalars ---------------------------


class Linear(nn.Module):
    """W x + b."""

    def __init__(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> None:
        spread = 1.0 / n_inputs**0.5
        weights = rng.normal(0.0, spread, (n_outputs, n_inputs)).tolist()
        self.weight = [[Value(w) for w in row] for row in weights]
        self.bias = [Value(0.0) for _ in range(n_outputs)]

    def __call__(self, x: Any) -> list[Value]:
        return [dot(w, x) + b for w, b in zip(self.weight, self.bias, strict=True)]


class Tanh(nn.Module):
    """tanh of each input."""

    def __call__(self, x: Any) -> list[Value]:
        return [tanh(x_i) for x_i in x]


class Softmax(nn.Module):
    """Positive numbers that sum to 1, the larger the input the larger: probabilities."""

    def __call__(self, x: Any) -> list[Value]:
        powers = [exp(x_i) for x_i in x]
        whole = total(powers)
        return [power / whole for power in powers]


class CrossEntropy(nn.Module):
    """-log of the probability that was given to the right class."""

    # a loss is called with two things, an output and what it should have been
    def __call__(self, probabilities: Any, target: Any) -> Any:  # type: ignore[override]
        return -log(choose(target, probabilities))


class Network(nn.Module):
    """Layers, each of which is given what the one before returns."""

    def __init__(self, *layers: nn.Module) -> None:
        self.layers = layers

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


# There is no backward pass to write: the graph of Values has one. And nn.fit compiles these classes
# as it does its own.

# --- the lesson -----------------------------------------------------------------------------------


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    X, y, flipped, held_out = lesson()
    print(f"{len(y)} points to learn from, of which {flipped.sum()} have the wrong label;")
    print(f"{len(held_out[1])} others, as many of them wrong in a hundred, are held out.\n")
    rng = np.random.default_rng(0)
    nets = {
        "linear": Network(Linear(2, 2, rng), Softmax()),
        "MLP": Network(Linear(2, 32, rng), Tanh(), Linear(32, 2, rng), Softmax()),
    }
    show_the_gradient(nets["MLP"], X[0].tolist(), int(y[0]))

    film = nn.plots.BoundaryFilm(X, y, every=1 if quick else 20, resolution=25 if quick else 80)
    histories = {}
    for name, epochs in (("linear", 3 if quick else 200), ("MLP", 3 if quick else 1000)):
        print(f"\n{name}: the accuracy on points it learns from, and on those held out")
        model = nets[name]
        histories[name] = nn.fit(
            model,
            X,
            y,
            loss=CrossEntropy(),
            optimizer=nn.Adam(lr=0.05),
            epochs=epochs,
            batch_size=None,  # all points in each step
            validation=held_out,
            metrics=["accuracy"],
            callbacks=[show_accuracy, film] if name == "MLP" else [show_accuracy],
            seed=0,
            verbose=0,
        )
        right = model.predict(X).argmax(axis=1) == y
        print(f"  Trained, it is right on {right.mean():.0%} of its points, and believes")
        print(f"  {right[flipped].sum()} of the {flipped.sum()} wrong labels.")
    page, picture = folder / "own_framework.html", folder / "own_framework.png"
    film.save(page)
    draw(picture, nets, X, y, histories, 25 if quick else 200)
    return [picture, page]


def lesson() -> tuple[Array, Array, Array, tuple[Array, Array]]:
    """100 points with labels, which of these are wrong, and 500 other points with labels."""
    X, y = nn.data.linear(600, flip=0.2, seed=0)
    _, truth = nn.data.linear(600, flip=0, seed=0)  # the same points
    # four kinds, a class and whether it is wrong; stratified, each part has a fifth of wrong ones
    X, X_held_out, kinds, kinds_held_out = nn.data.train_test_split(
        X, 2 * y + (y != truth), test_size=500, seed=0
    )
    return X, kinds // 2, kinds % 2 == 1, (X_held_out, kinds_held_out // 2)


def show_accuracy(run: nn.callbacks.Run) -> None:
    """A callback: five times in the training, print how far it is."""
    if run.epoch % max(run.epochs // 5, 1) == 0:
        history = run.history
        accuracy, held_out = history["accuracy"][-1], history["validation_accuracy"][-1]
        print(f"  epoch {run.epoch:>4}/{run.epochs}  {accuracy:6.1%}  {held_out:6.1%}")


def show_the_gradient(mlp: Network, x: list[float], y: int) -> None:
    """The textbook's formulas for one example, beside what the graph finds by itself."""
    mlp.zero_grad()
    loss = CrossEntropy()(mlp(x), y)
    loss.backward()
    first, _, second, _ = mlp.layers
    W1, b1, W2, b2 = (numbers(p) for layer in (first, second) for p in vars(layer).values())
    h = np.tanh(W1 @ x + b1)
    z = W2 @ h + b2
    p = np.exp(z) / np.exp(z).sum()
    d_z = p - np.eye(2)[y]  # softmax less one-hot
    d_h = W2.T @ d_z
    d_sum = d_h * (1.0 - h**2)
    by_hand = {
        "W2": ("outer(p - onehot, h)", np.outer(d_z, h), vars(second)["weight"]),
        "b2": ("p - onehot", d_z, vars(second)["bias"]),
        "W1": ("outer(W2.T (p - onehot) (1 - h**2), x)", np.outer(d_sum, x), vars(first)["weight"]),
        "b1": ("W2.T (p - onehot) (1 - h**2)", d_sum, vars(first)["bias"]),
    }
    print(f"One point of class {y}: p = ({p[0]:.4f}, {p[1]:.4f}), the loss is {loss.data:.4f}.")
    print("Its gradient by the textbook's formulas, and how far the graph's is from that at most:")
    for name, (formula, expected, parameters) in by_hand.items():
        error = np.abs(numbers(parameters, gradient=True) - expected).max()
        print(f"  dL/d{name} = {formula:<39} {error:.0e}")


def numbers(parameters: Any, gradient: bool = False) -> Array:
    """Nested lists of Values as an array of their data, or of their gradients."""
    if isinstance(parameters, Value):
        return np.array(parameters.grad if gradient else parameters.data)
    return np.array([numbers(p, gradient) for p in parameters])


def draw(
    path: Path,
    nets: dict[str, Network],
    X: Array,
    y: Array,
    histories: dict[str, nn.History],
    resolution: int,
) -> None:
    figure, panels = plt.subplots(2, 2, figsize=(11.5, 9.0), layout="constrained")
    for (name, model), boundary, curves in zip(nets.items(), *panels, strict=True):
        nn.plots.decision_boundary(model, X, y, resolution=resolution, ax=boundary)
        right = nn.accuracy(model.predict(X), y)
        boundary.set_title(
            f"{name}: right on {right:.0%} of the labels, a fifth of which are wrong"
        )
        for column, style, label in (
            ("accuracy", "-", "learnt from"), ("validation_accuracy", "--", "held out"),
        ):  # fmt: skip
            shares = histories[name][column]
            curves.plot(range(1, len(shares) + 1), shares, style, label=label)
        curves.set(xlabel="epoch", ylabel="accuracy", title=f"{name}: accuracy", ylim=(0.45, 1.02))
        curves.legend(loc="lower right")
        curves.grid(alpha=0.25)
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["own_framework"])
