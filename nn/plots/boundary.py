"""How a model divides the plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nn.module import Module
from nn.plots.answers import (
    check_module,
    classes_of,
    less_threshold,
    n_classes_of,
    named,
    not_finite,
)
from nn.plots.axes import axes
from nn.plots.plane import Plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def decision_boundary(
    model: Module,
    X: ArrayLike,
    y: ArrayLike,
    *,
    threshold: float | None = None,
    transform: Callable[[Any], Any] | None = None,
    names: Sequence[str] | None = None,
    resolution: int = 80,
    ax: Axes | None = None,
) -> Axes:
    """How a model of two inputs divides the plane, with the examples on top.

    ``X`` has shape (n, 2). The labels are 0 and 1, or -1 and +1, for a model of one output; its
    line is where the output crosses ``threshold``: 0.5 where the model ends in a sigmoid, else 0.
    Of several outputs the largest counts, and labels are 0 to n_outputs - 1. Classes differ in
    colour and in marker; ``names`` are theirs, in order. ``transform``, such as a standardiser's,
    is what inputs go through before the model sees them; X is given without it.

    >>> import nn
    >>> X, y = nn.data.moons(20, seed=0)
    >>> ax = nn.plots.decision_boundary(nn.MLP(2, [4, 1], seed=0), X, y, resolution=10)
    >>> ax.get_xlabel()
    'first input'
    """
    who = "decision_boundary"
    check_module(model, who)
    plane = Plane(X, y, resolution, transform, who)
    outputs = plane.outputs(model)
    if not np.isfinite(outputs).all():
        raise not_finite(who)
    scores = less_threshold(model, outputs, threshold, who)
    classes, known = classes_of(y, n_classes_of(outputs), who)
    known = named(names, known, who)
    ax = axes(ax)
    plane.draw_scores(ax, scores)
    plane.draw_examples(ax, classes, known)
    ax.set_title("decision boundary")
    return ax
