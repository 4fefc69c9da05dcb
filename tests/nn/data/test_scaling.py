"""Features on one scale, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd.errors import ArgumentError, GraphError, InputError, ShapeError
from nn.data import Standardizer

X = np.random.default_rng(0).normal([5.0, -3.0, 0.0], [2.0, 100.0, 1e-6], (50, 3))


def test_every_feature_has_mean_0_and_standard_deviation_1() -> None:
    Z = Standardizer().fit_transform(X)
    assert Z.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-14)
    assert Z.std(axis=0) == pytest.approx(np.ones(3), abs=1e-14)


def test_mean_and_std_are_those_of_the_rows_it_was_fitted_on() -> None:
    scale = Standardizer().fit(X)
    assert np.array_equal(scale.mean, X.mean(axis=0))
    assert np.array_equal(scale.std, X.std(axis=0))


def test_other_rows_are_transformed_by_the_same_numbers() -> None:
    scale = Standardizer().fit([[0.0], [2.0]])
    assert scale.transform([[5.0]]).tolist() == [[4.0]]
    assert scale.mean.tolist() == [1.0]


def test_inverse_takes_it_back() -> None:
    scale = Standardizer().fit(X)
    assert np.allclose(scale.inverse(scale.transform(X)), X, rtol=1e-14, atol=1e-14)


def test_a_feature_without_spread_becomes_0_even_where_its_mean_is_rounded() -> None:
    rows = np.full((7, 2), 0.1)
    rows[:, 1] = np.arange(7)
    assert rows[:, 0].std() != 0 or rows[:, 0].mean() != 0.1  # the case that is tested
    scale = Standardizer().fit(rows)
    assert scale.std[0] == 0
    assert np.all(scale.transform(rows)[:, 0] == 0)
    assert np.array_equal(scale.inverse(scale.transform(rows))[:, 0], rows[:, 0])


def test_what_was_given_is_not_written_to() -> None:
    rows = X.copy()
    scale = Standardizer()
    scale.inverse(scale.fit_transform(rows))
    assert np.array_equal(rows, X)


def test_it_shows_what_it_was_fitted_on() -> None:
    assert repr(Standardizer()) == "Standardizer()"
    assert repr(Standardizer().fit(X)) == "Standardizer(fitted on 3 features)"


@pytest.mark.parametrize(
    "use",
    [lambda s: s.mean, lambda s: s.std, lambda s: s.transform(X), lambda s: s.inverse(X)],
    ids=["mean", "std", "transform", "inverse"],
)
def test_it_must_be_fitted_first(use: Callable[[Standardizer], Any]) -> None:
    message = r"Standardizer expects to be fitted first, got no rows yet; call fit\(X_train\)\.$"
    with pytest.raises(GraphError, match=message):
        use(Standardizer())


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (np.zeros(3), ShapeError, r"X of shape \(n, n_features\), got \(3,\); for one feature"),
        (np.zeros((0, 3)), ShapeError, r"one row or more, got X of shape \(0, 3\); give it"),
        ([[1.0, np.nan], [np.inf, 2.0]], ArgumentError,
         r"finite numbers, got nan in row 0, column 1 \(2 such numbers\); drop or fill"),
        ([["a"]], InputError, r"X of numbers, got a list that NumPy cannot read so \("),
        ([[1e200], [-1e200]], ArgumentError, r"numbers whose squares are finite, got 1e\+200 in X"),
    ],
)  # fmt: skip
def test_what_has_no_mean_or_deviation_is_refused(
    rows: Any, error: type[Exception], message: str
) -> None:
    scale = Standardizer()
    with pytest.raises(error, match=rf"Standardizer\.fit expects {message}"):
        scale.fit(rows)
    assert repr(scale) == "Standardizer()"


@pytest.mark.parametrize("method", ["transform", "inverse"])
def test_another_number_of_features_is_refused(method: str) -> None:
    scale = Standardizer().fit(X)
    message = (
        rf"Standardizer\.{method} expects 3 features, as in fit, got X of shape \(50, 2\); give it"
    )
    with pytest.raises(ShapeError, match=message):
        getattr(scale, method)(X[:, :2])
