"""Gradient descent on all rows a step, on batches of ten, and on one row at a time.

What to look for: descent.png shows the loss of a straight line, w x + b, from above. Gradient
descent takes few, sure steps, and looks at all 200 rows for each; stochastic descent staggers, and
is there after a tenth of the rows. It does not come to rest, though, unless its step size falls. In
the middle: a step size near the limit zigzags, one past it leads away, and momentum makes a small
one faster.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import autograd
import nn

Array = NDArray[Any]
N = 200


def line_with_noise(seed: int) -> tuple[Array, Array]:
    """Rows around y = 1.5 x - 1, with x from 0 to 3: off centre, which makes the valley long."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.0, 3.0, N)
    return x[:, None], 1.5 * x - 1.0 + rng.normal(0.0, 0.5, N)


def follow(X: Array, y: Array, epochs: int, batch_size: int | None, **settings: Any) -> Array:
    """The way of w and b, of shape (n_steps + 1, 2), always from the same start."""
    neuron, path = nn.Neuron(1, "linear", rng=0), nn.ParameterPath()
    neuron.w[0].data, neuron.b.data = -1.0, 3.0
    nn.fit(
        neuron, X, y, loss="half_mse_loss", optimizer=nn.SGD(**settings), epochs=epochs,
        batch_size=batch_size, callbacks=[path], seed=0, verbose=0,
    )  # fmt: skip
    return path.path


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    X, y = line_with_noise(seed=0)
    rows = list(zip(X[:, 0].tolist(), y.tolist(), strict=True))

    @autograd.compile
    def loss(w: Any, b: Any) -> Any:
        return autograd.mean([nn.half_mse_loss(w * x + b, target) for x, target in rows])

    # a straight line has a formula for its least squares: it is here to compare with
    design = np.column_stack([X, np.ones(N)])
    best = np.linalg.lstsq(design, y, rcond=None)[0]
    least = float(loss.map(*best[:, None])[0])
    curvature = float(np.linalg.eigvalsh(design.T @ design / N)[-1])  # the largest
    limit = 2.0 / curvature
    print(f"Best are w = {best[0]:.3f} and b = {best[1]:.3f}, with a loss of {least:.4f}.")

    epochs = 5 if quick else 100
    falling = nn.optim.Linear(0.02, 0.0, epochs)
    kinds = {
        "gradient descent": (N, follow(X, y, epochs, None, lr=0.4)),
        "mini-batch of 10": (10, follow(X, y, epochs, 10, lr=0.05)),
        "stochastic": (1, follow(X, y, epochs, 1, lr=0.02)),
        "stochastic, falling": (1, follow(X, y, epochs, 1, lr=falling)),
    }
    above = {name: loss.map(*path.T) / least - 1.0 for name, (_, path) in kinds.items()}
    print_table(kinds, above)

    few = 5 if quick else 25
    shares = {"10% of the limit": 0.1, "97% of the limit": 0.97, "102% of the limit": 1.02}
    ways = {name: follow(X, y, few, None, lr=share * limit) for name, share in shares.items()}
    ways["10%, momentum 0.8"] = follow(X, y, few, None, lr=0.1 * limit, momentum=0.8)
    print(
        f"\nThe curvature, {curvature:.2f}, limits gradient descent to steps of {limit:.3f} times"
    )
    print(f"the gradient. The loss after {few} steps, from {loss.map([-1.0], [3.0])[0]:.4f}:\n")
    for name, path in ways.items():
        print(f"  {name:<18} {loss.map(*path[-1:].T)[0]:8.4f}")
    return [draw(folder / "descent.png", loss, kinds, above, ways)]


def print_table(kinds: dict[str, tuple[int, Array]], above: dict[str, Array]) -> None:
    print("\nRows looked at until the loss is, for the first time, within 1% of the least; and how")
    print("far above it it is at the end, as a mean over the last tenth of the steps:\n")
    print(f"{'':<20} {'rows a step':>11} {'steps':>8} {'rows':>8} {'at the end':>12}")
    for name, (size, _) in kinds.items():
        there = np.flatnonzero(above[name] < 0.01)
        steps = f"{there[0]:,}" if len(there) else "not yet"
        rows = f"{there[0] * size:,}" if len(there) else ""
        end = above[name][-max(1, len(above[name]) // 10) :].mean()
        print(f"{name:<20} {size:>11} {steps:>8} {rows:>8} {end:>12.2%}")


def draw(
    path: Path,
    loss: Callable[..., Any],
    kinds: dict[str, tuple[int, Array]],
    above: dict[str, Array],
    ways: dict[str, Array],
) -> Path:
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(17.0, 5.4), layout="constrained")
    shown = {name: way for name, (_, way) in kinds.items() if "falling" not in name}
    nn.plots.descent_paths(loss, shown, names=("w", "b"), ax=left)
    left.set_title("three kinds of gradient descent")
    nn.plots.descent_paths(loss, ways, names=("w", "b"), ax=middle)
    middle.set_title("step sizes of gradient descent, and momentum")
    styles = zip(("#0072b2", "#d55e00", "#009e73", "#cc79a7"), ("-", "--", "-.", ":"), strict=True)
    for (name, (size, _)), (colour, style) in zip(kinds.items(), styles, strict=True):
        right.loglog(*smooth(above[name], size), style, color=colour, label=name)
    right.axhline(0.01, color="grey", linewidth=0.8, label="within 1%")
    right.set_ylim(bottom=1e-4)
    right.set(xlabel="rows looked at", ylabel="(loss - least) / least", title="what it costs")
    right.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def smooth(above: Array, size: int) -> tuple[Array, Array]:
    """Rows and losses as means over pieces of the way, each some tenth longer than the last."""
    edges = np.unique(np.geomspace(1, len(above), 80).astype(int))[:-1]
    lengths = np.diff([*edges, len(above)])
    rows = size * np.arange(len(above))
    return np.add.reduceat(rows, edges) / lengths, np.add.reduceat(above, edges) / lengths


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["descent"])
