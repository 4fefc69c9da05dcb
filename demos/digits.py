"""An MLP learns real handwritten digits: scalar code, compiled for thousands of them.

What to look for: the loss of one digit is a graph of some hundred thousand nodes, one for each
product. Compiled it is two matrix products, and 4,000 digits ten times over take seconds. More
than 9 of 10 digits that the model has never seen are read right. In digits.png the mistakes are
orange: would you have read them?
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

import nn
from autograd import Value
from autograd.core.graph import topological_order


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    (X, y), (X_test, y_test) = nn.data.digits(size=28)
    n, epochs = (50, 1) if quick else (4000, 10)
    X, y = X[:n], y[:n]
    model = nn.MLP(784, [64, 10], seed=0)
    print(model.summary())
    one = nn.cross_entropy(model(X[0]), y[0])
    print(f"\nThe loss of one digit is a graph of {graph_size(one):,} nodes. Training on {n}:\n")
    history = nn.fit(
        model,
        X,
        y,
        loss="cross_entropy",
        optimizer=nn.SGD(lr=0.1, momentum=0.9),
        epochs=epochs,
        batch_size=32,
        metrics=["accuracy"],
        seed=0,
    )
    print(f"\nTrained in {history.seconds:.1f} s, compiling included.")
    scores = model.predict(X_test)
    right = nn.accuracy(scores, y_test)
    print(f"Right on {len(y_test)} digits it has not seen: {right:.1%}")

    shown = slice(0, 60)
    figure, (left, middle) = plt.subplots(1, 2, figsize=(13.0, 5.0), layout="constrained")
    nn.plots.images(
        X_test[shown], labels=y_test[shown], predictions=scores[shown].argmax(axis=1), ax=left
    )
    left.set_title(f"digits it has not seen: {right:.1%} right")
    nn.plots.learning_curves(history, ax=middle)
    path = folder / "digits.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return [path]


def graph_size(output: Value) -> int:
    return len(topological_order(output))


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["digits"])
