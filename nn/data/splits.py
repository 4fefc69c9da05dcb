"""Setting rows aside: some to learn from, the others to see what was learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ArgumentError, InputError, ShapeError
from nn.checks import as_generator

from .checks import as_flag, as_fraction, as_integer, is_integer, shown

Rows = NDArray[np.intp]


def split_rows(
    y: ArrayLike,
    fraction: float,
    rng: np.random.Generator,
    stratify: bool,
    *,
    who: str = "split_rows",
) -> tuple[Rows, Rows]:
    """Choose which rows to keep and which to hold out, by chance.

    Args:
        y: a target for each row, (n,), or (n, k) for one-hot rows; only its length counts unless
            ``stratify`` is set.
        fraction: the part to hold out, between 0 and 1; ``round(fraction * n)`` rows, but always
            one or more, and never all.
        rng: the generator that chance comes from.
        stratify: whether each class (each distinct target) is held out in the same proportion. The
            number of rows of a class is its proportional share, rounded down or up so that the
            numbers add up: up goes first to classes of which there would be no row held out, then
            by the largest remainder, and last to classes of which there would be no row kept.
        who: the function that error messages name.

    Returns:
        The row numbers kept and those held out, each rising, each row in exactly one of them.

    Raises:
        ArgumentError: there are fewer than two rows, or the fraction is not between 0 and 1.
        InputError: the targets cannot be told apart as classes.

    >>> y = [0, 0, 0, 0, 0, 0, 1, 1, 1]
    >>> kept, held_out = split_rows(y, 1 / 3, np.random.default_rng(0), stratify=True)
    >>> np.take(y, kept).tolist(), np.take(y, held_out).tolist()
    ([0, 0, 0, 0, 1, 1], [0, 0, 1])
    """
    share = as_fraction(who, "fraction", fraction, "pass the part to hold out, such as 0.2.")
    targets = np.asarray(y)
    n = _n_rows(targets, who)
    count = min(max(round(share * n), 1), n - 1)
    return _hold_out(targets, count, rng, stratify, who)


def train_test_split(
    X: ArrayLike,
    y: ArrayLike,
    test_size: float = 0.2,
    *,
    stratify: bool | None = None,
    seed: int | np.random.Generator | None = None,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Split a data set into a part to train on and a part to test on.

    Args:
        X: n rows, any shape (n, ...).
        y: a target for each row, (n,) or (n, k).
        test_size: the part of the rows to test on, between 0 and 1, or a number of rows.
        stratify: True to have each class in the same proportion in both parts, False to leave that
            to chance; None stratifies where y holds class labels: whole numbers, truth values or
            text, in one dimension.
        seed: a non-negative integer for the same split each time, a NumPy Generator to draw from,
            or None for a fresh one.

    Returns:
        ``X_train, X_test, y_train, y_test``, scikit-learn's order; copies, rows in random order.

    Raises:
        ShapeError: X and y are not of the same length.
        ArgumentError: there are fewer than two rows, or an argument is outside what is said above.

    >>> X, y = np.arange(20.0).reshape(10, 2), np.array([0, 1] * 5)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, seed=0)
    >>> X_train.shape, X_test.shape, sorted(y_test.tolist())
    ((8, 2), (2, 2), [0, 1])
    """
    who = "train_test_split"
    rows, targets = _as_array(X, "X", who), _as_array(y, "y", who)
    n = _n_rows(targets, who)
    if rows.ndim == 0 or len(rows) != n:
        raise ShapeError(
            f"{who} expects one target per row, got X of shape {rows.shape} and y of shape "
            f"{targets.shape}; give y as many entries as X has rows."
        )
    if stratify is None:
        stratify = targets.ndim == 1 and targets.dtype.kind in "biuUS"
    elif isinstance(stratify, np.ndarray | list | tuple):
        raise InputError(
            f"{who} expects stratify to be True, False or None, got {shown(stratify)}; the classes "
            "are those in y, pass stratify=True."
        )
    count = _test_rows(test_size, n, who)
    rng = as_generator(who, seed)
    train, test = _hold_out(targets, count, rng, as_flag(who, "stratify", stratify), who)
    # whoever trains without shuffling must not get the classes one after the other
    train, test = rng.permutation(train), rng.permutation(test)
    return rows[train], rows[test], targets[train], targets[test]


def _test_rows(test_size: object, n: int, who: str) -> int:
    if not is_integer(test_size):
        share = as_fraction(who, "test_size", test_size, "pass the part to test on, such as 0.2.")
        return min(max(round(share * n), 1), n - 1)
    count = as_integer(who, "test_size", test_size, 1, "pass a part of the rows, such as 0.2.")
    if count >= n:
        raise ArgumentError(
            f"{who} expects test_size to leave a row to train on, got {count} of {n} rows; pass at "
            f"most {n - 1}, or a part of the rows such as 0.2."
        )
    return count


def _as_array(given: ArrayLike, name: str, who: str) -> NDArray[Any]:
    try:
        return np.asarray(given)
    except ValueError as error:
        raise InputError(
            f"{who} expects {name} to have rows of one length, got a {type(given).__name__} that "
            f"does not ({error}); give every row the same number of entries."
        ) from None


def _n_rows(targets: NDArray[Any], who: str) -> int:
    if targets.ndim == 0 or len(targets) < 2:
        raise ArgumentError(
            f"{who} expects two rows or more, one for each part, got y of shape {targets.shape}; "
            "give it more rows."
        )
    return len(targets)


def _hold_out(
    targets: NDArray[Any], count: int, rng: np.random.Generator, stratify: bool, who: str
) -> tuple[Rows, Rows]:
    """Exactly ``count`` rows held out, and the others."""
    order = rng.permutation(len(targets))
    if stratify:
        classes, sizes = _classes(targets, who)
        counts = _shares(sizes, count, rng)
        # each row's place among the rows of its class, in the order that chance has given
        by_class = order[np.argsort(classes[order], kind="stable")]
        place = np.arange(len(targets)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        chosen = place < np.repeat(counts, sizes)
        kept, held_out = by_class[~chosen], by_class[chosen]
    else:
        kept, held_out = order[count:], order[:count]
    return np.sort(kept), np.sort(held_out)


def _classes(targets: NDArray[Any], who: str) -> tuple[Rows, Rows]:
    """The class number of each row, and the number of rows of each class."""
    axis = 0 if targets.ndim > 1 else None
    try:
        _, classes, sizes = np.unique(targets, return_inverse=True, return_counts=True, axis=axis)
    except TypeError:
        raise InputError(
            f"{who} expects classes of one kind, got y of Python objects that have no order; make "
            "them all numbers or all text."
        ) from None
    return classes.reshape(-1), sizes


def _shares(sizes: Rows, count: int, rng: np.random.Generator) -> Rows:
    """How many of the ``count`` rows come from each class."""
    n = int(sizes.sum())
    # whole numbers throughout: 0.29 * 100 is below 29 in floats
    shares, remainders = np.divmod(sizes * count, n)
    left = count - int(shares.sum())
    several = sizes > 1
    first, last = several & (shares == 0), several & (shares + 1 == sizes)
    chance = rng.permutation(len(sizes))  # else the first classes would win every tie
    ranked = np.lexsort([chance, -remainders, ~first, last & ~first, remainders == 0])
    shares[ranked[:left]] += 1
    return shares
