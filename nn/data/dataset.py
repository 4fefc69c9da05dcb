"""What is read from a user's own files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Rows and targets, which unpack as ``X, y = ...``, and the names that go with them.

    - ``X``: float64 (n, n_features).
    - ``y``: a target for each row, (n,).
    - ``classes``: the name of class 0, of class 1, ...; empty where y holds numbers of the file.
    - ``features``: the name of each column of X, where there are names.

    >>> data = Dataset(np.zeros((3, 2)), np.array([0, 1, 0]), classes=("cat", "dog"))
    >>> X, y = data
    >>> data
    Dataset(X: (3, 2), y: (3,) int64, classes: cat, dog)
    """

    X: NDArray[np.float64]
    y: NDArray[Any]
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return iter((self.X, self.y))

    def __repr__(self) -> str:
        named = f", classes: {_listed(self.classes)}" if self.classes else ""
        return f"Dataset(X: {self.X.shape}, y: {self.y.shape} {self.y.dtype}{named})"


def _listed(names: tuple[str, ...]) -> str:
    short = [name if len(name) <= 40 else f"{name[:37]}..." for name in names]
    return ", ".join(short) if len(short) <= 6 else f"{', '.join(short[:5])}, ... ({len(short)})"
