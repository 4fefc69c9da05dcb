"""Runtime functions that the plain form calls beside those of ``runtime.py``."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import numpy as np


def with_exponentials(function, z, *more):
    """A function of z, and exp(z - max(z)), which its derivative needs."""
    e = np.empty_like(z)
    return function(z, *more, e), e


def logsumexp(z, e):
    """log(sum(exp(z))) along the last axis; leaves exp(z - max(z)) in e, ties and infinities 1."""
    top = z.max(axis=-1, keepdims=True)
    ties = z == top
    e[...] = np.where(ties, 0.0, np.exp(z - top))
    # the largest is left out of the sum, so that log1p keeps the digits of the others
    rest = np.log1p(ties.sum(axis=-1, dtype=z.dtype) - 1.0 + e.sum(axis=-1))
    e[ties] = 1.0
    return top[..., 0] + rest


def finite(x):
    """x where it is finite, else 0."""
    return np.where(np.isfinite(x), x, 0.0)


def products_of_others(x):
    """For each element the product of the others along the last axis."""
    ones = np.ones_like(x[..., :1])
    before = np.concatenate([ones, np.multiply.accumulate(x[..., :-1], axis=-1)], axis=-1)
    after = np.concatenate([ones, np.multiply.accumulate(x[..., :0:-1], axis=-1)], axis=-1)
    return before * after[..., ::-1]


def shares_of_length(x, length):
    """x / length, 0 where the length is 0."""
    length = np.expand_dims(length, -1)
    return np.where(length == 0.0, 0.0, x / length)
