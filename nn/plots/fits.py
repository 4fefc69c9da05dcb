"""A model of one input and one output as a curve through its examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from autograd.errors import InputError, ShapeError
from nn.module import Module, as_matrix, as_numbers
from nn.plots.answers import Array, as_function, check_module, not_finite
from nn.plots.axes import NEGATIVE, POSITIVE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = 400


def fitted_curve(
    model: Module,
    X: ArrayLike,
    y: ArrayLike,
    *,
    truth: Callable[[Any], Any] | None = None,
    transform: Callable[[Any], Any] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The curve of a model of one input and one output, with the examples as dots.

    ``X`` has shape (n, 1) or (n,), ``y`` shape (n,). ``truth``, a function of an array or of a
    number, is drawn as a dashed line: what the examples were before noise. ``transform`` is what
    inputs go through before the model sees them; X is given without it.

    >>> import nn
    >>> X, y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0]
    >>> ax = nn.plots.fitted_curve(nn.MLP(1, [4, 1], seed=0), X, y)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['examples', 'model']
    """
    who = "fitted_curve"
    check_module(model, who)
    inputs = as_numbers(X, f"{who} expects numbers in X")
    rows = as_matrix(inputs.reshape(-1, 1) if inputs.ndim == 1 else inputs, who)
    targets = as_numbers(y, f"{who} expects numbers in y")
    if rows.shape[1] != 1 or targets.shape not in (rows.shape[:1], rows.shape) or not len(rows):
        raise ShapeError(
            f"{who} expects X of shape (n, 1) and y of shape (n,), one row or more, got "
            f"{rows.shape} and {targets.shape}"
        )
    low, high = float(rows.min()), float(rows.max())
    room = 0.05 * (high - low) or 0.5
    across = np.linspace(low - room, high + room, _POINTS)
    curve = model.predict(as_function(transform, who)(across[:, None]))
    if curve.ndim != 1:
        raise ShapeError(f"{who} expects a model of one output, got {curve.shape[1]} outputs")
    if not np.isfinite(curve).all():
        raise not_finite(who)
    if truth is not None and not callable(truth):
        raise InputError(f"{who} expects truth to be a function of an array, got {truth!r}")
    ax = axes(ax)
    ax.scatter(rows, targets, s=18, color=NEGATIVE, alpha=0.7, linewidths=0, label="examples")
    if truth is not None:
        ax.plot(across, _of_truth(truth, across), "--", color="grey", linewidth=1.5, label="truth")
    ax.plot(across, curve, color=POSITIVE, linewidth=2.0, label="model")
    ax.set(xlabel="input", ylabel="output", title="fitted curve")
    ax.set_xlim(across[0], across[-1])
    ax.legend(fontsize=9)
    return ax


def _of_truth(truth: Callable[[Any], Any], across: Array) -> Array:
    try:
        return np.broadcast_to(np.asarray(truth(across), dtype=np.float64), across.shape)
    except (TypeError, ValueError):  # such as math.sin, or a function with an if
        return np.array([truth(x) for x in across.tolist()], dtype=np.float64)
