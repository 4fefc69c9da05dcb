"""One example as the function sees it: Values, nested as the numbers were."""

from __future__ import annotations

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
