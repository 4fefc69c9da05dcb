"""Where the points of blobs, xor and the two sides of a line lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from autograd.errors import ArgumentError
from nn.data import blobs, linear, xor


@pytest.mark.parametrize("number", [2, 3, 7])
def test_centres_that_were_counted_are_on_a_circle_and_neighbours_2_apart(number: int) -> None:
    X, y = blobs(5 * number, centers=number, spread=0, seed=0)
    places = np.array([X[y == label][0] for label in range(number)])
    assert np.array_equal(X, places[y])
    assert np.hypot(*places.T) == pytest.approx(np.full(number, np.hypot(*places[0])))
    steps = places - np.roll(places, 1, axis=0)
    assert np.hypot(*steps.T) == pytest.approx(np.full(number, 2.0))


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_centres_may_be_places_with_any_number_of_features(kind: Any) -> None:
    X, y = blobs(11, centers=kind([(1.0, 2.0, 3.0), (4.0, 5.0, 6.0)]), spread=0, seed=0)
    assert X.shape == (11, 3)
    assert np.all(X[y == 1] == [4, 5, 6])
    assert np.all(X[y == 0] == [1, 2, 3])


@pytest.mark.parametrize("centers", [1, 0, 2.5, True, "3", None])
def test_a_number_of_centres_must_be_an_integer_of_two_or_more(centers: Any) -> None:
    message = (
        r"blobs expects centers to be an integer of 2 or more, got .+; pass a number of clouds "
        r"such as centers=3, or a place for each\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        blobs(centers=centers)


@pytest.mark.parametrize(
    "centers", [[1, 2], [(1, 2)], [(1, 2), (3,)], [(1, "a"), (2, "b")], [(), ()], [(1, np.nan)] * 2]
)
def test_places_of_centres_must_be_two_rows_or_more_of_finite_numbers(centers: Any) -> None:
    message = (
        r"blobs expects centers to be two places or more, each of as many finite numbers, got .+; "
        "pass a number of clouds"
    )
    with pytest.raises(ArgumentError, match=message):
        blobs(centers=centers)


def test_each_cloud_needs_a_point() -> None:
    message = (
        "blobs expects n to be at least one point for each of 5 centers, got 4; pass n=500 or "
        r"fewer centers\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        blobs(4, centers=5)


def test_xor_without_noise_is_the_truth_table() -> None:
    X, y = xor(4, noise=0, seed=0)
    assert sorted((*map(int, row), int(label)) for row, label in zip(X, y, strict=True)) == [
        (0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("n", [5, 6, 7, 100])
def test_the_corners_of_xor_share_the_points_evenly(n: int) -> None:
    X, y = xor(n, noise=0, seed=0)
    assert np.array_equal(y, X[:, 0] != X[:, 1])
    counts = np.bincount((2 * X[:, 0] + X[:, 1]).astype(int), minlength=4)
    assert counts.max() - counts.min() <= 1


def is_separable(X: np.ndarray, y: np.ndarray) -> bool:
    """Whether some line has all points on their sides, by a linear program."""
    sign = np.where(y == 1, 1.0, -1.0)
    rows = -sign[:, None] * np.column_stack([X, np.ones(len(X))])
    found = linprog(np.zeros(3), A_ub=rows, b_ub=-np.ones(len(X)), bounds=[(None, None)] * 3)
    return bool(found.status == 0)


@pytest.mark.parametrize("seed", range(5))
def test_without_flips_a_line_separates_the_classes_and_with_them_none_does(seed: int) -> None:
    assert is_separable(*linear(flip=0, seed=seed))
    assert not is_separable(*linear(flip=0.2, seed=seed))


@pytest.mark.parametrize("margin", [0.1, 0.4])
def test_points_of_two_classes_are_two_margins_apart(margin: float) -> None:
    X, y = linear(400, flip=0, margin=margin, seed=1)
    apart = np.sqrt(((X[y == 0][:, None] - X[y == 1]) ** 2).sum(axis=2)).min()
    assert 2 * margin <= apart < 2 * margin + 0.2


@pytest.mark.parametrize(("n", "flip"), [(100, 0.2), (100, 0.5), (9, 0.3), (100, 0.29), (50, 0.01)])
def test_exactly_the_part_of_the_labels_that_was_asked_for_is_flipped(n: int, flip: float) -> None:
    X, y = linear(n, flip=0, seed=3)
    same_X, noisy_y = linear(n, flip=flip, seed=3)
    assert np.array_equal(X, same_X)
    flipped = y != noisy_y
    assert flipped.sum() == round(flip * n)
    assert abs(int((y[flipped] == 0).sum()) - int((y[flipped] == 1).sum())) <= 1


@pytest.mark.parametrize("seed", range(20))
def test_a_linear_classifier_is_right_for_at_least_80_of_the_lessons_100_points(seed: int) -> None:
    # least squares on labels of -1 and +1: a linear classifier without anything to tune
    X, y = linear(seed=seed)
    A = np.column_stack([X, np.ones(len(X))])
    w = np.linalg.lstsq(A, np.where(y == 1, 1.0, -1.0), rcond=None)[0]
    assert np.mean((A @ w > 0) == y) >= 0.8


@pytest.mark.parametrize(
    ("name", "given", "most"),
    [("flip", -0.1, 0.5), ("flip", 0.6, 0.5), ("flip", "0.2", 0.5), ("margin", 1, 0.99),
     ("margin", float("nan"), 0.99), ("margin", True, 0.99)],
)  # fmt: skip
def test_flip_and_margin_have_a_range(name: str, given: Any, most: float) -> None:
    message = (
        rf"linear expects {name} to be a number from 0 to {most}, got .+; pass .+ {name}=0\.\d"
    )
    with pytest.raises(ArgumentError, match=message):
        linear(**{name: given})
