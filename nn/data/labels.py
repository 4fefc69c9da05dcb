"""Class numbers in another form."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ArgumentError, InputError, ShapeError

from .checks import as_integer


def one_hot(y: ArrayLike, n_classes: int | None = None) -> NDArray[np.float64]:
    """Write each class number as a row with a 1 in the place of its class and 0 elsewhere.

    Args:
        y: class numbers 0, 1, ..., (n,).
        n_classes: length of a row; None is one more than the largest class number.

    Returns:
        float64 (n, n_classes).

    Raises:
        InputError: y does not hold whole numbers.
        ShapeError: y is not of one dimension, or is empty while n_classes is None.
        ArgumentError: a class number is negative or not below n_classes.

    >>> one_hot([0, 2, 1]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    try:
        labels = np.asarray(y)
    except ValueError:
        labels = np.empty(0, dtype=object)
    if labels.size and labels.dtype.kind not in "biu":
        raise InputError(
            f"one_hot expects class numbers, whole numbers from 0 on, got y of {labels.dtype}; "
            "write y.astype(int), or np.unique(y, return_inverse=True)[1] for text."
        )
    if labels.ndim != 1 or (not labels.size and n_classes is None):
        raise ShapeError(
            f"one_hot expects one class number per row, got y of shape {labels.shape}; give it "
            "an array (n,)."
        )
    number = max(int(labels.max(initial=0)), 0) + 1
    if n_classes is not None:
        number = as_integer("one_hot", "n_classes", n_classes, 1, "pass n_classes=10, or None.")
    bad = np.flatnonzero((labels < 0) | (labels >= number))
    if len(bad):
        raise ArgumentError(
            f"one_hot expects class numbers from 0 to {number - 1}, got {labels[bad[0]]} in row "
            f"{bad[0]}; pass n_classes=None, or number the classes from 0 on."
        )
    rows = np.zeros((len(labels), number))
    rows[np.arange(len(labels)), labels.astype(np.intp)] = 1.0
    return rows
