"""How a model divides the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from autograd.errors import ArgumentError, ShapeError
from nn.module import Module, as_matrix
from nn.plots.axes import NEGATIVE, POSITIVE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    ax = axes(ax)
    score = outputs.reshape(resolution, resolution) - threshold
    reach = max(float(np.abs(score).max()), 1e-12)
    colours = _colour_map()
    ax.contourf(across, up, score, levels=np.linspace(-reach, reach, 21), cmap=colours, alpha=0.6)
    if score.min() < 0.0 < score.max():  # older versions of matplotlib warn of a line not in sight
        ax.contour(across, up, score, levels=[0.0], colors="black", linewidths=1.5)
    for chosen, marker, colour in ((labels <= 0, "o", NEGATIVE), (labels > 0, "s", POSITIVE)):
        first, second = points[chosen].T
        ax.scatter(first, second, s=28, c=colour, marker=marker, edgecolors="white", linewidths=0.7)
    ax.set(xlabel="first input", ylabel="second input", title="decision boundary")
    ax.set_aspect("equal")
    return ax


def _colour_map() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("flow", [NEGATIVE, "#f7f7f7", POSITIVE])
