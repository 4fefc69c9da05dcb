"""An MLP learns to tell two moons apart, as in micrograd's demo.

What to look for: the accuracy climbs to 1 within some thirty epochs, and in moons.png the line
between the moons is bent where a straight one would fail. The model is compiled, so that all of it
takes a tenth of a second.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

import nn


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    X, y = nn.data.moons(100, noise=0.1, seed=0)
    model = nn.MLP(2, [16, 16, 1], seed=0)
    print(model.summary(), "\n")
    history = nn.fit(
        model,
        X,
        2 * y - 1,  # the hinge loss wants -1 and +1
        loss="hinge_loss",
        optimizer=nn.SGD(lr=0.1, momentum=0.9, weight_decay=1e-3),
        epochs=3 if quick else 40,
        batch_size=25,
        metrics=["accuracy"],
        seed=0,
    )
    print(f"\nTrained in {history.seconds:.2f} s, compiling included.")
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.0, 4.0), layout="constrained")
    nn.plots.decision_boundary(model, X, y, resolution=20 if quick else 100, ax=left)
    nn.plots.learning_curves(history, ax=right)
    path = folder / "moons.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    print(f"Accuracy on the 100 points: {nn.accuracy(model.predict(X), y):.0%}")
    return [path]


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["moons"])
