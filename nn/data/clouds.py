"""Made-up data in clouds: around centres, at the corners of a square, beside a line."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ArgumentError
from nn.checks import as_generator

from .checks import as_count, as_integer, as_noise, as_number, is_finite, shown
from .scattering import Labelled, class_sizes, numbered, scattered

_BETWEEN_CENTRES = 2.0


def blobs(
    n: int = 100,
    centers: int | ArrayLike = 3,
    spread: float = 0.4,
    seed: int | np.random.Generator | None = None,
) -> Labelled:
    """Draw round clouds of points, one a class.

    Args:
        n: number of points, at least one a cloud; the clouds share them evenly.
        centers: number of clouds, 2 or more, then evenly spaced on a circle around the origin so
            that neighbours are 2 apart; or their places, (classes, n_features).
        spread: standard deviation of each cloud in each coordinate.
        seed: as in ``moons``.

    Returns:
        X, float64 (n, 2), or (n, n_features) if places were given, and y, int64 (n,), the number
        of the cloud; rows in random order.

    Raises:
        ArgumentError: an argument is outside what is said above.

    >>> X, y = blobs(9, centers=[(0, 0, 0), (5, 5, 5)], spread=0, seed=0)
    >>> X.shape, np.bincount(y).tolist(), X[y == 1][0].tolist()
    ((9, 3), [4, 5], [5.0, 5.0, 5.0])
    """
    who = "blobs"
    places = _places(centers)
    count = as_count(who, n)
    if count < len(places):
        raise ArgumentError(
            f"{who} expects n to be at least one point for each of {len(places)} centers, got "
            f"{count}; pass n={100 * len(places)} or fewer centers."
        )
    deviation = as_number(who, "spread", spread, "pass a standard deviation such as spread=0.4.")
    rng = as_generator(who, seed)
    y = numbered(class_sizes(count, len(places)))
    return scattered(places[y], y, deviation, rng)


def xor(
    n: int = 100, noise: float = 0.1, seed: int | np.random.Generator | None = None
) -> Labelled:
    """Draw clouds at the corners of a square, opposite corners of one class: "exclusive or".

    A single neuron cannot separate them; ``xor(4, noise=0)`` is the truth table.

    Args:
        n: number of points, 2 or more; the corners share them evenly.
        noise: standard deviation of the Gaussian noise on each coordinate; the square's side is 1.
        seed: as in ``moons``.

    Returns:
        X, float64 (n, 2), near (0, 0), (0, 1), (1, 0) and (1, 1), and y, int64 (n,): 1 where
        exactly one of the corner's coordinates is 1, else 0; rows in random order.

    Raises:
        ArgumentError: an argument is outside what is said above.

    Source: Minsky and Papert, "Perceptrons", 1969.

    >>> X, y = xor(4, noise=0, seed=0)
    >>> sorted((*map(int, row), int(label)) for row, label in zip(X, y))
    [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
    """
    count, deviation = as_count("xor", n), as_noise("xor", noise)
    rng = as_generator("xor", seed)
    # around the square, so that the classes take turns and are balanced for every n
    corners = np.array([(0, 0), (0, 1), (1, 1), (1, 0)], dtype=np.int64)[np.arange(count) % 4]
    return scattered(corners.astype(np.float64), corners[:, 0] ^ corners[:, 1], deviation, rng)


def linear(
    n: int = 100,
    flip: float = 0.2,
    margin: float = 0.3,
    seed: int | np.random.Generator | None = None,
) -> Labelled:
    """Draw points on both sides of a straight line, and give some of them the wrong label.

    A straight line can be right for all labels but the flipped ones; what is right for many more
    has learnt the noise.

    Args:
        n: number of points, 2 or more, as many on one side as on the other.
        flip: part of the labels that are wrong, from 0 to 0.5: ``round(flip * n)`` labels, the
            classes taking turns.
        margin: distance from the line that every point keeps, from 0 to 0.99. With the smaller
            ones, flipped labels pull a fitted line over some of the others.
        seed: as in ``moons``. One seed gives the same points whatever is flipped.

    Returns:
        X, float64 (n, 2), in a square of side 2 that the line halves, at an angle and a distance of
        0 to 0.5 from the origin that are drawn by chance, and y, int64 (n,): the side, 0 or 1,
        except for flipped labels; rows in random order.

    Raises:
        ArgumentError: an argument is outside what is said above.

    >>> X, y = linear(100, flip=0, seed=0)
    >>> _, noisy = linear(100, flip=0.2, seed=0)
    >>> int(np.sum(y != noisy))
    20
    """
    who = "linear"
    count = as_count(who, n)
    wrong = _part(flip, "flip", 0.5, "pass the part of the labels to flip, such as flip=0.2.")
    gap = _part(margin, "margin", 0.99, "pass a distance from the line, such as margin=0.3.")
    rng = as_generator(who, seed)
    angle = rng.uniform(0.0, 2.0 * math.pi)
    across = np.array([math.cos(angle), math.sin(angle)])
    along = np.array([-across[1], across[0]])
    middle = rng.uniform(0.0, 0.5) * across
    y = np.arange(count, dtype=np.int64) % 2
    place = rng.uniform(-1.0, 1.0, count)
    distance = np.where(y == 1, 1.0, -1.0) * rng.uniform(gap, 1.0, count)
    X = middle + place[:, None] * along + distance[:, None] * across
    y[: round(wrong * count)] ^= 1
    order = rng.permutation(count)
    return X[order], y[order]


def _part(given: object, name: str, most: float, remedy: str) -> float:
    if not is_finite(given) or not 0 <= given <= most:
        raise ArgumentError(
            f"linear expects {name} to be a number from 0 to {most}, got {shown(given)}; {remedy}"
        )
    return float(given)


def _places(centers: int | ArrayLike) -> NDArray[np.float64]:
    """The centres that were given, (classes, n_features), or as many as were asked for."""
    remedy = "pass a number of clouds such as centers=3, or a place for each."
    if not isinstance(centers, (Sequence, np.ndarray)) or isinstance(centers, str):
        number = as_integer("blobs", "centers", centers, 2, remedy)
        radius = _BETWEEN_CENTRES / (2.0 * math.sin(math.pi / number))
        angles = np.arange(number) * (2.0 * math.pi / number)
        return radius * np.column_stack([np.cos(angles), np.sin(angles)])
    try:
        places = np.array(centers, dtype=np.float64)
    except (ValueError, TypeError):
        places = np.empty(0)
    if places.ndim != 2 or len(places) < 2 or not places.size or not np.isfinite(places).all():
        raise ArgumentError(
            "blobs expects centers to be two places or more, each of as many finite numbers, got "
            f"{shown(centers)}; {remedy}"
        )
    return places
