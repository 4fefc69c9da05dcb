"""From a figure to a data set: noise on its points, its rows in an order of chance."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Labelled = tuple[NDArray[np.float64], NDArray[np.int64]]  # X (n, 2) and class numbers y (n,)
Number = TypeVar("Number", np.float64, np.int64)


def scattered(
    X: NDArray[np.float64], y: NDArray[Number], noise: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[Number]]:
    """The same points in random order, each coordinate moved by Gaussian noise."""
    # drawn before the noise and scaled after it, so noise=0 gives the true place of every row
    order = rng.permutation(len(X))
    return X[order] + noise * rng.standard_normal(X.shape), y[order]


def class_sizes(n: int, classes: int) -> NDArray[np.int64]:
    """n points shared out evenly; the last classes have one more where that does not come out."""
    return (n + np.arange(classes, dtype=np.int64)) // classes


def numbered(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class number of each point, where ``sizes`` says how many each class has."""
    return np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
