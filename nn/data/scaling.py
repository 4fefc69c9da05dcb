"""Bringing features to one scale."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ArgumentError, GraphError, InputError, ShapeError


class Standardizer:
    """Shift and scale each feature to a mean of 0 and a standard deviation of 1.

    Fit it on the rows that are trained on, and transform all others with the same numbers.
    Afterwards ``mean`` and ``std``, (n_features,), are those of the rows it was fitted on, in the
    units of the features. A feature without spread, with ``std`` 0, is shifted only, and so
    becomes 0.

    >>> X = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> scale = Standardizer().fit(X)
    >>> scale.mean.tolist(), scale.std.tolist()
    ([2.0, 5.0], [1.0, 0.0])
    >>> scale.transform(X).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    >>> scale.inverse(scale.transform(X)).tolist()
    [[1.0, 5.0], [3.0, 5.0]]
    >>> Standardizer().fit_transform(X).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """

    def __init__(self) -> None:
        self._mean: NDArray[np.float64] | None = None
        self._std: NDArray[np.float64] | None = None

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean of each feature, (n_features,)."""
        return self._fitted(self._mean)

    @property
    def std(self) -> NDArray[np.float64]:
        """The standard deviation of each feature, (n_features,), over n and not n - 1."""
        return self._fitted(self._std)

    def fit(self, X: ArrayLike) -> Self:
        """Take the mean and the standard deviation of each column of X, (n, n_features).

        Raises:
            ShapeError: X is not a matrix with at least one row.
            InputError: X does not hold numbers.
            ArgumentError: a number is not finite, or too large for its square.
        """
        rows = _as_rows(X, "fit")
        if not rows.size:
            raise ShapeError(
                f"Standardizer.fit expects one row or more, got X of shape {rows.shape}; give it "
                "the rows to train on."
            )
        # their mean may be one rounding away from equal numbers, which is no spread
        constant = rows.min(axis=0) == rows.max(axis=0)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = np.where(constant, rows[0], rows.mean(axis=0))
            std = np.where(constant, 0.0, rows.std(axis=0))
        if not np.isfinite(std).all():
            raise ArgumentError(
                "Standardizer.fit expects numbers whose squares are finite, got "
                f"{np.abs(rows).max():.3g} in X; divide its column first."
            )
        self._mean, self._std = mean, std
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """X, (n, n_features), with the mean taken away, in standard deviations; a fresh array."""
        return (self._matching(X, "transform") - self.mean) / self._divisor()

    def fit_transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Fit, and transform the same rows."""
        return self.fit(X).transform(X)

    def inverse(self, X: ArrayLike) -> NDArray[np.float64]:
        """What ``transform`` made, back in the units of the features; a fresh array."""
        return self._matching(X, "inverse") * self._divisor() + self.mean

    def _divisor(self) -> NDArray[np.float64]:
        return np.where(self.std == 0.0, 1.0, self.std)

    def _matching(self, X: ArrayLike, method: str) -> NDArray[np.float64]:
        rows = _as_rows(X, method)
        if rows.shape[1] != len(self.mean):
            raise ShapeError(
                f"Standardizer.{method} expects {len(self.mean)} features, as in fit, got X of "
                f"shape {rows.shape}; give it the same columns."
            )
        return rows

    def _fitted(self, numbers: NDArray[np.float64] | None) -> NDArray[np.float64]:
        if numbers is None:
            raise GraphError(
                "Standardizer expects to be fitted first, got no rows yet; call fit(X_train)."
            )
        return numbers

    def __repr__(self) -> str:
        if self._mean is None:
            return "Standardizer()"
        return f"Standardizer(fitted on {len(self._mean)} features)"


def _as_rows(X: Any, method: str) -> NDArray[np.float64]:
    try:
        rows = np.asarray(X, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"Standardizer.{method} expects X of numbers, got a {type(X).__name__} that NumPy "
            f"cannot read so ({error}); give it an array (n, n_features)."
        ) from None
    if rows.ndim != 2:
        raise ShapeError(
            f"Standardizer.{method} expects X of shape (n, n_features), got {rows.shape}; for one "
            "feature write X.reshape(-1, 1)."
        )
    bad = np.argwhere(~np.isfinite(rows))
    if len(bad):
        row, column = bad[0]
        raise ArgumentError(
            f"Standardizer.{method} expects finite numbers, got {rows[row, column]} in row {row}, "
            f"column {column} ({len(bad)} such numbers); drop or fill them first."
        )
    return rows
