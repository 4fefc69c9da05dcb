"""Metrics: how good outputs are, in a number for people; nothing is trained by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from autograd.errors import ShapeError

Metric = Callable[[Any, Any], float]


def accuracy(outputs: ArrayLike, y: ArrayLike, threshold: float = 0.0) -> float:
    """The share of right predictions, 0 to 1: one minus the mean 0-1 loss.

    ``outputs`` of shape (n, n_classes) predict the class of the largest, and ``y`` holds class
    numbers. Outputs of shape (n,) predict yes above ``threshold`` (0.5 for probabilities), and a
    ``y`` above 0 means yes, so labels 0 and 1, or -1 and +1, both do.

    >>> import nn
    >>> nn.accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1]), nn.accuracy([-1.5, 2.0], [0, 1])
    (0.5, 1.0)
    """
    scores, labels = np.asarray(outputs, dtype=np.float64), np.asarray(y)
    if scores.ndim not in (1, 2) or labels.shape != scores.shape[:1] or not len(labels):
        raise ShapeError(
            "accuracy expects outputs of shape (n,) or (n, n_classes) and y of shape (n,), got "
            f"{scores.shape} and {labels.shape}; y holds one class number per row of outputs"
        )
    if scores.ndim == 1:
        return float(np.mean((scores > threshold) == (labels > 0)))
    return float(np.mean(scores.argmax(axis=1) == labels))


METRICS: dict[str, Callable[..., float]] = {"accuracy": accuracy}
