"""What the arguments of every data set have in common, checked in one wording."""

from __future__ import annotations

import math
import numbers
import reprlib
from typing import TypeGuard

import numpy as np

from autograd.errors import ArgumentError


def as_integer(who: str, name: str, given: object, least: int, remedy: str) -> int:
    """A Python integer of ``least`` or more; a NumPy integer of eight bits would overflow later."""
    if not is_integer(given) or given < least:
        raise ArgumentError(
            f"{who} expects {name} to be an integer of {least} or more, got {shown(given)}; "
            f"{remedy}"
        )
    return int(given)


def as_number(who: str, name: str, given: object, remedy: str) -> float:
    """A finite float of 0 or more."""
    if not is_finite(given) or given < 0:
        raise ArgumentError(
            f"{who} expects {name} to be a finite number of 0 or more, got {shown(given)}; {remedy}"
        )
    return float(given)


def as_fraction(who: str, name: str, given: object, remedy: str) -> float:
    """A float between 0 and 1, neither of which is allowed."""
    if not is_finite(given) or not 0 < given < 1:
        raise ArgumentError(
            f"{who} expects {name} to be a number between 0 and 1, got {shown(given)}; {remedy}"
        )
    return float(given)


def as_flag(who: str, name: str, given: object) -> bool:
    """True or False, and nothing that merely counts as one of them."""
    if not isinstance(given, (bool, np.bool_)):
        raise ArgumentError(
            f"{who} expects {name} to be True or False, got {shown(given)}; pass {name}=True or "
            f"{name}=False."
        )
    return bool(given)


def as_count(who: str, n: object) -> int:
    """A number of points, two or more."""
    return as_integer(who, "n", n, 2, "pass a number of points such as n=100.")


def as_noise(who: str, noise: object) -> float:
    """A standard deviation."""
    return as_number(who, "noise", noise, "pass a standard deviation such as noise=0.1.")


def is_integer(candidate: object) -> TypeGuard[int]:
    """Whether this is a whole number by its type."""
    # a bool is an int to Python, but moons(True) is a slip and not a request for one point
    return isinstance(candidate, (int, np.integer)) and not isinstance(candidate, bool)


def is_finite(candidate: object) -> TypeGuard[float]:
    """Whether this is a number that a float can hold, neither nan nor infinite."""
    if not isinstance(candidate, numbers.Real) or isinstance(candidate, bool):
        return False
    try:
        return math.isfinite(candidate)
    except OverflowError:  # a whole number too large for a float
        return False


def shown(candidate: object) -> str:
    """A value and its type, as messages write them, cut where it is long."""
    return f"{reprlib.repr(candidate)} ({type(candidate).__name__})"
