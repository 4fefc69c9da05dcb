"""Three spirals, three classes: an MLP whose outputs become probabilities by softmax.

What to look for: open multiclass.html and step through the epochs: straight borders first, then
arms that wind around each other. The gradient of the cross-entropy by each of the three outputs is
p - 1 for the right class and p for the others: the same p - y as for one neuron.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

import nn
from autograd import softmax


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    X, y = nn.data.spirals(450, classes=3, noise=0.02, seed=0)
    X_train, X_test, y_train, y_test = nn.data.train_test_split(X, y, test_size=1 / 3, seed=0)
    model = nn.MLP(2, [32, 32, 3], activation="tanh", seed=0)
    print(model.summary(), "\n")
    show_the_gradient(model, X_train[0].tolist(), int(y_train[0]))

    film = nn.plots.BoundaryFilm(X_train, y_train, every=2, resolution=25 if quick else 80)
    history = nn.fit(
        model,
        X_train,
        y_train,
        loss="cross_entropy",  # of the raw outputs: it has the softmax in it, and is stable
        optimizer=nn.Adam(lr=0.02),
        epochs=4 if quick else 80,
        batch_size=30,
        validation=(X_test, y_test),
        metrics=["accuracy"],
        callbacks=[film],
        seed=0,
        verbose=0,
    )
    scores = model.predict(X_test)
    print(f"\n{len(history)} epochs in {history.seconds:.1f} s, compiling included.")
    print(f"Accuracy on the {len(X_train)} points it learnt from: {history['accuracy'][-1]:.1%}")
    print(f"Accuracy on {len(X_test)} points it has not seen:    {nn.accuracy(scores, y_test):.1%}")
    print("Which class (row) was taken for which (column):")
    print(nn.confusion_matrix(scores, y_test))
    page = folder / "multiclass.html"
    film.save(page)
    picture = folder / "multiclass.png"
    draw(picture, model, X_test, y_test, history, 25 if quick else 200)
    return [picture, page]


def show_the_gradient(model: nn.MLP, x: list[float], y: int) -> None:
    logits = model(x)
    loss = nn.cross_entropy(logits, y)
    loss.backward()
    print(f"One point of class {y}, before the training: the loss is {loss.data:.4f}.")
    print("class    output  p = softmax   dL/d output    p - (1 if right)")
    for k, (z, p) in enumerate(zip(logits, softmax(logits), strict=True)):
        by_hand = p.data - (k == y)
        print(f"{k}      {z.data:+9.4f}  {p.data:11.4f}   {z.grad:+11.6f}    {by_hand:+11.6f}")


def draw(path: Path, model: nn.MLP, X: Any, y: Any, history: nn.History, resolution: int) -> None:
    figure, panels = plt.subplots(1, 3, figsize=(16.0, 4.8), layout="constrained")
    nn.plots.decision_boundary(model, X, y, resolution=resolution, ax=panels[0])
    panels[0].set_title(f"{len(X)} points it has not seen")
    nn.plots.confusion_matrix(model, X, y, ax=panels[1])
    nn.plots.learning_curves(history, ax=panels[2])
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["multiclass"])
