"""SciPy's L-BFGS trains the moons' MLP: the whole loss as one function of a flat array.

What to look for: the value and the gradient that autograd.compile makes of scalar code are handed
to scipy.optimize as they stand. It looks at all points at once, and at how the gradient changes
from one step to the next, so there is no learning rate to choose.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

import autograd
import nn
from autograd import Value
from autograd.errors import MissingExtraError


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    minimize = minimizer()
    X, y = nn.data.moons(100, noise=0.1, seed=0)
    model = nn.MLP(2, [16, 16, 1], activation="tanh", seed=0)
    penalty = 1e-4

    @autograd.compile
    def loss(x: list[Value], label: Value) -> Any:
        weights = autograd.sum([p * p for p in model.parameters()])
        return nn.binary_cross_entropy_with_logits(model(x), label) + penalty * weights

    started = time.perf_counter()
    print(f"Before: the loss is {loss.mean(X, y):.4f}, in {len(loss.theta)} parameters.")
    compiled = time.perf_counter()
    found = minimize(
        loss.value_and_grad, loss.theta, args=(X, y), jac=True, method="L-BFGS-B",
        options={"maxiter": 20 if quick else 200},
    )  # fmt: skip
    loss.theta = found.x  # back into the model's Values
    done = time.perf_counter()
    print(f"After:  {found.fun:.4f}, by {found.nit} steps and {found.nfev} gradients.")
    print(f"Compiled in {compiled - started:.2f} s, trained in {done - compiled:.2f} s.")
    print(f"Accuracy on the 100 points: {nn.accuracy(model.predict(X), y):.0%}")

    figure, ax = plt.subplots(figsize=(6.0, 4.5), layout="constrained")
    nn.plots.decision_boundary(model, X, y, resolution=20 if quick else 100, ax=ax)
    ax.set_title("two moons, trained by L-BFGS")
    path = folder / "lbfgs.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return [path]


def minimizer() -> Any:
    """SciPy's ``minimize``, or an error that says how to get it."""
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise MissingExtraError(
            'the demo lbfgs needs SciPy; run: pip install "glassgrad[optim]"'
        ) from None
    return minimize


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["lbfgs"])
