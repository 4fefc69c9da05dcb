"""Made-up data along curves: classes that no straight line separates, and a line to fit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError
from nn.checks import as_generator

from .checks import as_count, as_fraction, as_integer, as_noise, as_number
from .scattering import Labelled, class_sizes, numbered, scattered


def moons(
    n: int = 100, noise: float = 0.1, seed: int | np.random.Generator | None = None
) -> Labelled:
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
    count, deviation = as_count("moons", n), as_noise("moons", noise)
    rng = as_generator("moons", seed)
    sizes = class_sizes(count, 2)
    outer, inner = (np.linspace(0.0, math.pi, size) for size in sizes)
    X = np.concatenate(
        [
            np.column_stack([np.cos(outer), np.sin(outer)]),
            np.column_stack([1.0 - np.cos(inner), 0.5 - np.sin(inner)]),
        ]
    )
    return scattered(X, numbered(sizes), deviation, rng)


def circles(
    n: int = 100,
    noise: float = 0.1,
    factor: float = 0.5,
    seed: int | np.random.Generator | None = None,
) -> Labelled:
    """Draw a circle inside another, which a model separates by the distance from the middle.

    Args:
        n: number of points, 2 or more; half of them, rounded down, are on the outer circle.
        noise: standard deviation of the Gaussian noise on each coordinate; the outer radius is 1.
        factor: radius of the inner circle, between 0 and 1.
        seed: as in ``moons``.

    Returns:
        X, float64 (n, 2), and y, int64 (n,): 0 on the outer circle, 1 on the inner one, at evenly
        spaced angles; rows in random order.

    Raises:
        ArgumentError: an argument is outside what is said above.

    Source: the shape is that of scikit-learn's ``make_circles``.

    >>> X, y = circles(6, noise=0, factor=0.5, seed=0)
    >>> np.hypot(*X[y == 0].T).round(3).tolist(), np.hypot(*X[y == 1].T).round(3).tolist()
    ([1.0, 1.0, 1.0], [0.5, 0.5, 0.5])
    """
    count, deviation = as_count("circles", n), as_noise("circles", noise)
    inner = as_fraction("circles", "factor", factor, "pass the inner radius, such as factor=0.5.")
    rng = as_generator("circles", seed)
    sizes = class_sizes(count, 2)
    # one step short of the whole turn, or the first point would be there twice
    turns = [np.arange(size) * (2.0 * math.pi / size) for size in sizes]
    X = np.concatenate(
        [
            radius * np.column_stack([np.cos(t), np.sin(t)])
            for radius, t in zip((1.0, inner), turns, strict=True)
        ]
    )
    return scattered(X, numbered(sizes), deviation, rng)


def spirals(
    n: int = 300,
    classes: int = 3,
    noise: float = 0.02,
    turns: float = 0.75,
    seed: int | np.random.Generator | None = None,
) -> Labelled:
    """Draw arms that wind around each other out from the middle, one a class.

    Args:
        n: number of points, at least two an arm; the arms share them evenly.
        classes: number of arms, 2 or more.
        noise: standard deviation of the Gaussian noise on each coordinate; the arms end at
            radius 1.
        turns: how often an arm winds around the middle; 0 makes the arms straight.
        seed: as in ``moons``.

    Returns:
        X, float64 (n, 2), and y, int64 (n,), the number of the arm. Point i of an arm of m points
        is at radius r = (i + 1) / m and at the angle 2 pi (turns * r + arm / classes); rows in
        random order.

    Raises:
        ArgumentError: an argument is outside what is said above.

    Source: Karpathy, "CS231n: Convolutional neural networks for visual recognition", notes on
    "Putting it together", for the idea; the equations are those above.

    >>> X, y = spirals(9, classes=3, noise=0, seed=0)
    >>> sorted(np.hypot(*X[y == 2].T).round(3).tolist())
    [0.333, 0.667, 1.0]
    """
    who = "spirals"
    arms = as_integer(who, "classes", classes, 2, "pass a number of arms such as classes=3.")
    count = as_count(who, n)
    if count < 2 * arms:
        raise ArgumentError(
            f"{who} expects n to be at least two points for each of {arms} arms, got {count}; pass "
            f"n={100 * arms} or fewer arms."
        )
    deviation = as_noise(who, noise)
    wound = as_number(who, "turns", turns, "pass a number of turns such as turns=1.")
    rng = as_generator(who, seed)
    sizes = class_sizes(count, arms)
    y = numbered(sizes)
    radius = np.concatenate([np.arange(1, size + 1) / size for size in sizes])
    angle = 2.0 * math.pi * (wound * radius + y / arms)
    X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return scattered(X, y, deviation, rng)


def sine(
    n: int = 100, noise: float = 0.1, seed: int | np.random.Generator | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw a noisy sine, a curve to fit.

    Args:
        n: number of points, 2 or more.
        noise: standard deviation of the Gaussian noise on y; the sine goes from -1 to 1.
        seed: as in ``moons``.

    Returns:
        X, float64 (n, 1), evenly spaced from -pi to pi, and y, float64 (n,), sin(x) and noise; rows
        in random order.

    Raises:
        ArgumentError: an argument is outside what is said above.

    >>> X, y = sine(100, noise=0, seed=0)
    >>> X.shape, y.shape, bool(np.all(y == np.sin(X[:, 0])))
    ((100, 1), (100,), True)
    """
    count, deviation = as_count("sine", n), as_noise("sine", noise)
    rng = as_generator("sine", seed)
    x = np.linspace(-math.pi, math.pi, count)[rng.permutation(count)]
    # the noise is on what is to be predicted: where it was measured is known exactly
    return x[:, None], np.sin(x) + deviation * rng.standard_normal(count)
