"""Small made-up data sets in the plane, for seeing what a model learns."""

from __future__ import annotations

import math
import numbers
import reprlib
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError


def moons(
    n: int = 100, noise: float = 0.1, seed: int | np.random.Generator | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw two interleaving half circles, which no straight line separates.

    Args:
        n: number of points, 2 or more; half of them, rounded down, are on the outer moon.
        noise: standard deviation of the Gaussian noise on each coordinate, in the units of the
            moons, whose radius is 1.
        seed: a non-negative integer for the same points each time, a NumPy Generator to draw from,
            or None for fresh ones. One seed gives one order of the rows, whatever the noise.

    Returns:
        X, float64 (n, 2), and y, int64 (n,): 0 on the outer moon (cos t, sin t), 1 on the inner
        moon (1 - cos t, 0.5 - sin t), with t evenly spaced from 0 to pi; rows in random order.

    Raises:
        ArgumentError: an argument is outside what is said above.

    Source: the shape is that of scikit-learn's ``make_moons``, written anew from its equations.

    >>> X, y = moons(200, noise=0.1, seed=0)
    >>> X.shape, y.shape
    ((200, 2), (200,))
    >>> np.bincount(y).tolist()
    [100, 100]
    """
    _check_count(n)
    _check_noise(noise)
    n = int(n)  # a NumPy integer of eight bits would overflow below
    generator = _generator(seed)
    outer = np.linspace(0.0, math.pi, n // 2)
    inner = np.linspace(0.0, math.pi, n - n // 2)
    X = np.concatenate(
        [
            np.column_stack([np.cos(outer), np.sin(outer)]),
            np.column_stack([1.0 - np.cos(inner), 0.5 - np.sin(inner)]),
        ]
    )
    y = np.repeat(np.array([0, 1], dtype=np.int64), [len(outer), len(inner)])
    # drawn before the noise and scaled after it, so noise=0 gives the true place of every row
    order = generator.permutation(n)
    return X[order] + float(noise) * generator.standard_normal((n, 2)), y[order]


def _check_count(n: object) -> None:
    if not _is_integer(n) or n < 2:
        raise ArgumentError(
            f"moons expects n to be an integer of 2 or more, got {_shown(n)}; pass a number of "
            "points such as n=100."
        )


def _check_noise(noise: object) -> None:
    if not _is_finite(noise) or noise < 0:
        raise ArgumentError(
            f"moons expects noise to be a finite number of 0 or more, got {_shown(noise)}; pass a "
            "standard deviation such as noise=0.1."
        )


def _generator(seed: object) -> np.random.Generator:
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is not None and (not _is_integer(seed) or seed < 0):
        raise ArgumentError(
            "moons expects seed to be None, an integer of 0 or more, or a numpy.random.Generator, "
            f"got {_shown(seed)}; pass an integer such as seed=0."
        )
    return np.random.default_rng(seed)


def _is_integer(candidate: object) -> TypeGuard[int]:
    # a bool is an int to Python, but moons(True) is a slip and not a request for one point
    return isinstance(candidate, (int, np.integer)) and not isinstance(candidate, bool)


def _is_finite(candidate: object) -> TypeGuard[float]:
    if not isinstance(candidate, numbers.Real) or isinstance(candidate, bool):
        return False
    try:
        return math.isfinite(candidate)
    except OverflowError:  # a whole number too large for a float
        return False


def _shown(candidate: object) -> str:
    return f"{reprlib.repr(candidate)} ({type(candidate).__name__})"
