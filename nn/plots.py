"""Pictures of training. Each takes ``ax=`` and returns it, and needs ``glassgrad[plot]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from autograd.errors import ArgumentError, MissingExtraError, ShapeError
from nn.history import History
from nn.module import Module, as_matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Blue and orange are told apart by colour-blind eyes, and as light and dark in print.
_NEGATIVE, _POSITIVE = "#0072b2", "#d55e00"


def decision_boundary(
    model: Module,
    X: ArrayLike,
    y: ArrayLike,
    *,
    threshold: float = 0.0,
    resolution: int = 80,
    ax: Axes | None = None,
) -> Axes:
    """How a model of two inputs and one output divides the plane, with the examples on top.

    ``X`` has shape (n, 2); labels above 0 are drawn as squares, the others as circles. The line
    is where the output crosses ``threshold`` (0.5 for a model that gives probabilities).

    >>> import nn
    >>> X, y = nn.data.moons(20, seed=0)
    >>> ax = nn.plots.decision_boundary(nn.MLP(2, [4, 1], seed=0), X, y, resolution=10)
    >>> ax.get_xlabel()
    'first input'
    """
    points = as_matrix(X, "decision_boundary")
    labels = np.asarray(y)
    if points.shape[1] != 2 or labels.shape != (len(points),) or not len(points):
        raise ShapeError(
            "decision_boundary expects X of shape (n, 2) and y of shape (n,), one row or more, got "
            f"{points.shape} and {labels.shape}; pick two columns with X[:, :2]"
        )
    if resolution < 2:
        raise ArgumentError(
            f"decision_boundary expects a resolution of at least 2, got {resolution}; try 80"
        )
    low, high = points.min(axis=0) - 0.4, points.max(axis=0) + 0.4
    across, up = (np.linspace(low[i], high[i], resolution) for i in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    outputs = model.predict(grid)
    if outputs.ndim != 1:
        raise ShapeError(
            f"decision_boundary expects a model of one output, got {outputs.shape[1]} outputs; "
            "wrap it in a Module that returns one of them"
        )
    if not np.isfinite(outputs).all():
        raise ArgumentError(
            "decision_boundary expects finite outputs, got nan or inf from the model; "
            "has the training diverged? A smaller learning rate may help"
        )
    ax = _axes(ax)
    score = outputs.reshape(resolution, resolution) - threshold
    reach = max(float(np.abs(score).max()), 1e-12)
    colours = _colour_map()
    ax.contourf(across, up, score, levels=np.linspace(-reach, reach, 21), cmap=colours, alpha=0.6)
    if score.min() < 0.0 < score.max():  # older versions of matplotlib warn of a line not in sight
        ax.contour(across, up, score, levels=[0.0], colors="black", linewidths=1.5)
    for chosen, marker, colour in ((labels <= 0, "o", _NEGATIVE), (labels > 0, "s", _POSITIVE)):
        first, second = points[chosen].T
        ax.scatter(first, second, s=28, c=colour, marker=marker, edgecolors="white", linewidths=0.7)
    ax.set(xlabel="first input", ylabel="second input", title="decision boundary")
    ax.set_aspect("equal")
    return ax


def learning_curves(history: History, *, ax: Axes | None = None) -> Axes:
    """Each column of a history over the epochs; metrics, which end at 1, on an axis of their own.

    >>> import nn
    >>> history = nn.History({"loss": [2.0, 1.0], "accuracy": [0.5, 0.75]})
    >>> nn.plots.learning_curves(history).get_ylabel()
    'loss'
    """
    ax = _axes(ax)
    epochs = range(1, len(history) + 1)
    others = [name for name in history.columns if not name.endswith("loss")]
    right = ax.twinx() if others else ax
    handles = []
    for name, numbers in history.columns.items():
        side, colour = (ax, _NEGATIVE) if name.endswith("loss") else (right, _POSITIVE)
        style = "--" if name.startswith("validation_") else "-"
        label = name.replace("_", " ")
        marker = "o" if len(history) == 1 else None
        handles += side.plot(epochs, numbers, style, color=colour, label=label, marker=marker)
    ax.set(xlabel="epoch", ylabel="loss", title="learning curves")
    ax.locator_params(axis="x", integer=True)
    if others:
        right.set_ylabel(" and ".join(n for n in others if not n.startswith("validation_")))
    ax.legend(handles=handles, loc="center right")
    return ax


def images(
    X: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    predictions: ArrayLike | None = None,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Square images in a grid, row by row, such as digits; each with its prediction below.

    ``X`` has shape (n, size*size) with 0 white and 1 black. A prediction that differs from its
    label is printed bold, in orange, as "3 not 5".

    >>> import nn
    >>> (X, y), _ = nn.data.digits(7)
    >>> ax = nn.plots.images(X[:20], labels=y[:20])
    """
    pixels = as_matrix(X, "images")
    size = round(pixels.shape[1] ** 0.5)
    if size * size != pixels.shape[1] or not len(pixels):
        raise ShapeError(
            f"images expects X of shape (n, size*size), at least one row, got {pixels.shape}"
        )
    for name, given in (("labels", labels), ("predictions", predictions)):
        if given is not None and np.shape(given) != (len(pixels),):
            raise ShapeError(
                f"images expects {name} of shape (n,), one per image, got {np.shape(given)} "
                f"for {len(pixels)} images"
            )
    if columns < 1:
        raise ArgumentError(f"images expects columns of at least 1, got {columns}; try 10")
    ax = _axes(ax)
    for i, image in enumerate(pixels):
        row, column = divmod(i, columns)
        left, top = column * (size + 1), row * (size * 1.35 + 1)
        ax.imshow(
            image.reshape(size, size), cmap="gray_r", vmin=0.0, vmax=1.0,
            extent=(left, left + size, top + size, top),
        )  # fmt: skip
        text, wrong = _caption(i, labels, predictions)
        ax.text(
            left + size / 2, top + size * 1.05, text, ha="center", va="top", fontsize=9,
            color=_POSITIVE if wrong else "black", weight="bold" if wrong else "normal",
        )  # fmt: skip
    rows = -(-len(pixels) // columns)
    ax.set_xlim(-1, min(columns, len(pixels)) * (size + 1))
    ax.set_ylim(rows * (size * 1.35 + 1), -1)
    ax.set_axis_off()
    return ax


def _caption(i: int, labels: Any, predictions: Any) -> tuple[str, bool]:
    if predictions is None:
        return ("" if labels is None else str(labels[i])), False
    wrong = labels is not None and predictions[i] != labels[i]
    return (f"{predictions[i]} not {labels[i]}" if wrong else str(predictions[i])), wrong


def _colour_map() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("flow", [_NEGATIVE, "#f7f7f7", _POSITIVE])


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingExtraError(
            'nn.plots needs matplotlib; run: pip install "glassgrad[plot]"'
        ) from None
    return plt.subplots(figsize=(6.0, 4.5), layout="constrained")[1]
