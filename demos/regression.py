"""Regression: networks of three sizes fit a noisy sine, and one learns the noise.

What to look for: in regression.png one hidden neuron can only rise once (underfitting); eight
follow the sine; two layers of 64 pass through the single points (overfitting). Their loss on what
they learn from falls and falls, while on the points held out it rises again. Early stopping gives
back the weights that did best on those.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import nn

Array = NDArray[Any]
NOISE = 0.3


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    X, y = nn.data.sine(60, noise=NOISE, seed=0)
    X_train, X_held_out, y_train, y_held_out = nn.data.train_test_split(X, y, 0.5, seed=0)
    # tanh bends between -2 and 2: x, from -pi to pi, is brought to mean 0 and standard deviation 1
    scale = nn.data.Standardizer().fit(X_train)
    train = scale.transform(X_train), y_train
    held_out = scale.transform(X_held_out), y_held_out
    print(f"{len(y_train)} points to learn from, {len(y_held_out)} held out; the loss is half the")
    print(f"squared error. The sine itself would have {NOISE**2 / 2:.3f}, which is the noise's.\n")
    print(f"{'hidden neurons':<22} {'parameters':>10} {'epochs':>7} {'loss':>9} {'held out':>9}")

    epochs = 20 if quick else 3000
    models, histories = {}, {}
    for name, sizes, callbacks in (
        ("1", [1, 1], []),
        ("8", [8, 1], []),
        ("64, 64", [64, 64, 1], []),
        # the points held out choose the epoch here, so their loss flatters it a little
        ("64, 64, stopped early", [64, 64, 1], [nn.EarlyStopping(patience=300)]),
    ):
        model = nn.MLP(1, sizes, activation="tanh", seed=0)
        history = nn.fit(
            model, *train, loss="half_mse_loss", optimizer=nn.Adam(lr=0.01), epochs=epochs,
            validation=held_out, callbacks=callbacks, seed=0, verbose=0,
        )  # fmt: skip
        models[name], histories[name] = model, history
        losses = f"{half_mse(model, *train):>9.4f} {half_mse(model, *held_out):>9.4f}"
        print(f"{name:<22} {len(model.parameters()):>10,} {len(history):>7,} {losses}")
    print(f"\nEarly stopping: {history.stopped or 'it was not needed'}.")
    return [draw(folder / "regression.png", models, histories, scale, X_train, y_train)]


def half_mse(model: nn.MLP, X: Array, y: Array) -> float:
    return float(np.mean((model.predict(X) - y) ** 2) / 2.0)


def draw(
    path: Path,
    models: dict[str, nn.MLP],
    histories: dict[str, nn.History],
    scale: Any,
    X: Array,
    y: Array,
) -> Path:
    figure, panels = plt.subplots(2, 4, figsize=(17.0, 7.5), layout="constrained")
    for column, name in enumerate(models):
        upper, lower = panels[:, column]
        nn.plots.fitted_curve(models[name], X, y, truth=np.sin, transform=scale, ax=upper)
        upper.set_title(f"{name} hidden" if column < 3 else name)
        upper.set_ylim(-2.0, 2.0)
        nn.plots.learning_curves(histories[name], log=True, ax=lower)
        lower.set_title("")
        lower.legend(loc="lower left", fontsize=9)
        lower.set_ylim(1e-3, 1.0)
        lower.set_xlim(0, max(map(len, histories.values())))
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["regression"])
