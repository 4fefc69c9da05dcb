"""Argument conversion: an example to Values, parameters to an array and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.compiler.frontend.signature import as_array, items_of, leaf_names, nest
from autograd.core.value import Value
from autograd.errors import ArgumentError, InputError, ShapeError


def as_values(value: Any, name: str) -> Any:
    """An example's argument as Values, in the same nesting; Values in it stay as they are."""
    if isinstance(value, Mapping):
        return {key: as_values(value[key], item) for key, item in items_of(value, name)}
    array = as_array(value, name, values=True)
    leaves = [
        x if isinstance(x, Value) else Value(x, name=label)
        for x, label in zip(array.ravel().tolist(), leaf_names(array.shape, name), strict=True)
    ]
    return nest(array.shape, leaves)


def ready(batch: Sequence[Any], dtype: np.dtype[Any]) -> list[NDArray[Any]] | None:
    """The arguments of a batch, if all are arrays of numbers with as many examples; else None."""
    n = len(batch[0]) if batch else 1
    for a in batch:
        if type(a) is not np.ndarray or not 0 < len(a) == n:
            return None
        if a.dtype is not dtype and a.dtype.kind not in "fiub":
            return None
    return [np.ascontiguousarray(a, dtype=dtype) for a in batch]


def numbers_of(parameters: Sequence[Value], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The parameters' numbers as a flat array."""
    with np.errstate(over="ignore"):  # beyond what float32 can hold is inf
        return np.array([p._data for p in parameters], dtype=dtype)


def write(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    """Give each parameter its number; all of them, also if Ctrl-C comes in between."""
    try:
        for parameter, number in zip(parameters, numbers, strict=True):
            parameter._data = number
    except KeyboardInterrupt:
        write(parameters, numbers)  # half old and half new would be a state nobody asked for
        raise


def as_dtype(dtype: Any) -> np.dtype[Any]:
    """The kind of numbers that a program computes with: float64 or float32."""
    name = getattr(dtype, "__name__", str(dtype))
    if name not in ("float64", "float32"):
        raise ArgumentError(f"compile expects dtype 'float64' or 'float32', got {dtype!r}")
    return np.dtype(name)


def as_theta(theta: ArrayLike, n: int, dtype: np.dtype[Any], asked: str) -> NDArray[Any]:
    """The numbers of n parameters as a flat array, or an error in the name of ``asked``."""
    try:
        given = np.asarray(theta)
        if given.dtype.kind == "O" and all(isinstance(x, Real) for x in given.flat):
            given = given.astype(np.float64)
    except (ValueError, OverflowError):  # rows of different lengths, or an int beyond any float
        given = np.array(None)
    if given.dtype.kind not in "fiub":
        raise InputError(
            f"{asked} expects a flat array of numbers, got {theta!r}; start from f.theta"
        )
    if given.shape != (n,):
        raise ShapeError(
            f"{asked} expects theta of shape ({n},), one number for each of f.parameters, got "
            f"shape {given.shape}; start from f.theta"
        )
    if given.dtype == dtype and given.flags.c_contiguous:
        return given
    with np.errstate(over="ignore"):  # beyond what float32 can hold is inf
        return np.ascontiguousarray(given, dtype=dtype)
