"""Checks of arguments, and pieces of messages, that all rooms of the package share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd._util.format import count
from autograd.errors import ArgumentError, brief


def at_least(least: int, n: Any, expectation: str) -> int:
    """A whole number that is not below the least one that will do."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < least:
        raise ArgumentError(
            f"{expectation} to be a whole number of at least {least}, got {brief(n)}"
        )
    return int(n)


def as_generator(who: str, seed: object, name: str = "seed") -> np.random.Generator:
    """The Generator that was given, or one made of the seed."""
    if isinstance(seed, np.random.Generator):
        return seed
    is_number = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if seed is not None and not (is_number and seed >= 0):  # type: ignore[operator]
        raise ArgumentError(
            f"{who} expects {name} to be None, an integer of 0 or more, or a "
            f"numpy.random.Generator, got {brief(seed)} ({type(seed).__name__}); pass an integer "
            f"such as {name}=0."
        )
    return np.random.default_rng(seed)  # type: ignore[arg-type]


def in_rows(bad: Sequence[int] | NDArray[np.intp], name: str = "y") -> str:
    """Which of the rows of an array is the first that is wrong, and how many are.

    >>> in_rows([3]), in_rows([3, 8], "X")
    ('in row 3 of y (1 such row)', 'in row 3 of X (2 such rows)')
    """
    return f"in row {bad[0]} of {name} ({count(len(bad), 'such row')})"
