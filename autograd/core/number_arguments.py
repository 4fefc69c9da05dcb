"""Number arguments: what counts as one real number, and the error for what does not."""

from __future__ import annotations

import sys
from numbers import Real
from typing import Any

from autograd.errors import InputError, ShapeError, brief

Number = float | int


def as_float(x: object, what: str) -> float:
    """The float64 that x stands for; ``what`` opens the message if there is none."""
    if type(x) is float:
        return x
    if type(x) is int or isinstance(x, Real):  # Real is slow to ask for
        try:
            return float(x)
        except OverflowError:
            raise InputError(
                f"{what} expects a number that fits a float64, up to 1.8e308, got a larger "
                f"{type(x).__name__}; scale it down"
            ) from None
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(x, numpy.bool_):
        return float(x)
    raise _refusal(x, what)


def _refusal(x: Any, what: str) -> Exception:
    """The error that says what x is, and what to do about it."""
    kind = type(x).__name__
    if isinstance(x, (str, bytes)):
        came = f"the text {brief(x)}"
        return InputError(f"{what} expects a number, got {came}; convert it with float()")
    if isinstance(x, complex):
        return InputError(f"{what} expects a real number, got {x!r}; use x.real or abs(x)")
    if x is None:
        return InputError(f"{what} expects a number, got None; is a return missing somewhere?")
    shape = getattr(x, "shape", None)
    if shape is not None:
        return ShapeError(
            f"{what} expects one number, got an array of shape {tuple(shape)}; "
            "use one Value per element, or .item() if it holds a single number"
        )
    if isinstance(x, (list, tuple, set, dict)):
        return ShapeError(
            f"{what} expects one number, got a {kind} of {len(x)}; use one Value per element"
        )
    return InputError(f"{what} expects a number, got {kind} ({brief(x)}); convert it with float()")
