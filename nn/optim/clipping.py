"""Gradient clipping: a limit to how far one step can go."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_EPSILON = 1e-6  # PyTorch's, in clip_grad_norm_


def clipped(gradient: Array, norm: float | None, value: float | None) -> Array:
    """The gradient, each entry within -value .. value, and then as a whole not longer than norm.

    None is no limit. The norm is the Euclidean one over all parameters together (Pascanu et al.
    2013), and the gradient keeps its direction: it is multiplied by norm / (length + 1e-6) where
    that is below 1. An infinite entry is cut to ``value``; for ``norm`` a gradient with an inf or
    a nan in it has no direction to keep, and is returned as it is, so that the step shows it.

    >>> clipped(np.array([3.0, 4.0, 0.0]), norm=1.0, value=None).round(4).tolist()
    [0.6, 0.8, 0.0]
    >>> clipped(np.array([3.0, -4.0, 0.5]), norm=None, value=1.0).tolist()
    [1.0, -1.0, 0.5]
    """
    if value is not None:
        gradient = np.clip(gradient, -value, value)
    if norm is None:
        return gradient
    length = _length(gradient)
    factor = norm / (length + _EPSILON)
    return gradient * factor if factor < 1.0 and math.isfinite(length) else gradient


def _length(gradient: Array) -> float:
    flat = gradient.ravel()
    with np.errstate(all="ignore"):
        squared = float(flat @ flat)
        if math.isfinite(squared):
            return math.sqrt(squared)
        # the square overflows long before the length does
        largest = float(np.max(np.abs(flat)))
        if not math.isfinite(largest):
            return largest
        return largest * float(np.linalg.norm(flat / largest))
