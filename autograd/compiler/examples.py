"""One example as the function sees it, Values nested as numbers were; and Values written to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiler.arguments import leaf_names, nest, structure_of_example
from autograd.errors import InputError
from autograd.value import Value


def as_values(value: Any, name: str) -> Any:
    """An example's argument as Values, in the same nesting; Values in it stay as they are."""
    if isinstance(value, dict):
        return {key: as_values(item, f"{name}[{key!r}]") for key, item in value.items()}
    structure = structure_of_example(value, name)
    if isinstance(structure, dict):
        raise InputError(f"{name} expects numbers, got {value!r}")
    flat = np.asarray(value, dtype=object).ravel().tolist()
    names = leaf_names(structure, name)
    leaves = [
        x if isinstance(x, Value) else Value(x, name=label)
        for x, label in zip(flat, names, strict=True)
    ]
    return nest(structure, leaves)


def write(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    """Give each parameter its number; all of them, also if Ctrl-C comes in between."""
    try:
        _write(parameters, numbers)
    except KeyboardInterrupt:
        _write(parameters, numbers)  # half old and half new would be a state nobody asked for
        raise


def _write(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    for parameter, number in zip(parameters, numbers, strict=True):
        parameter._data = number
