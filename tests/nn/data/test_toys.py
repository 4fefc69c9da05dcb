"""The moons: where they lie, how they are drawn, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd.errors import ArgumentError
from nn.data import moons


def in_order(points: np.ndarray) -> np.ndarray:
    return points[np.lexsort(points.T)]


@pytest.mark.parametrize("n", [2, 3, 10, 101, np.uint8(200)])
def test_shapes_types_and_class_counts_are_as_documented(n: int) -> None:
    X, y = moons(n, seed=0)
    assert X.shape == (n, 2)
    assert X.dtype == np.float64
    assert y.shape == (n,)
    assert y.dtype == np.int64
    assert np.bincount(y).tolist() == [int(n) // 2, int(n) - int(n) // 2]


def test_the_default_is_100_points_with_a_noise_of_a_tenth() -> None:
    X, y = moons(seed=5)
    same_X, same_y = moons(100, 0.1, 5)
    assert np.array_equal(X, same_X)
    assert np.array_equal(y, same_y)


@pytest.mark.parametrize("n", [2, 3, 50, 101])
def test_without_noise_the_points_are_exactly_the_two_half_circles(n: int) -> None:
    X, y = moons(n, noise=0, seed=1)
    t = np.linspace(0, np.pi, n // 2)
    outer = np.column_stack([np.cos(t), np.sin(t)])
    t = np.linspace(0, np.pi, n - n // 2)
    inner = np.column_stack([1 - np.cos(t), 0.5 - np.sin(t)])
    assert np.array_equal(in_order(X[y == 0]), in_order(outer))
    assert np.array_equal(in_order(X[y == 1]), in_order(inner))


def test_without_noise_every_point_is_at_radius_one_on_its_own_side() -> None:
    X, y = moons(301, noise=0, seed=2)
    outer, inner = X[y == 0], X[y == 1]
    assert np.allclose(np.hypot(outer[:, 0], outer[:, 1]), 1, rtol=0, atol=1e-15)
    assert np.allclose(np.hypot(inner[:, 0] - 1, inner[:, 1] - 0.5), 1, rtol=0, atol=1e-15)
    assert outer[:, 1].min() >= 0
    assert inner[:, 1].max() <= 0.5


def test_the_moons_interleave() -> None:
    # the tip of each moon lies inside the other's half circle, so no line separates them
    X, y = moons(400, noise=0, seed=3)
    assert X[y == 0][:, 0].max() > X[y == 1][:, 0].min()
    assert X[y == 0][:, 1].min() < X[y == 1][:, 1].max()


def test_one_seed_gives_the_same_points() -> None:
    X, y = moons(60, noise=0.2, seed=7)
    same_X, same_y = moons(60, noise=0.2, seed=7)
    assert np.array_equal(X, same_X)
    assert np.array_equal(y, same_y)


def test_another_seed_and_no_seed_give_other_points() -> None:
    assert not np.array_equal(moons(60, seed=7)[0], moons(60, seed=8)[0])
    assert not np.array_equal(moons(60)[0], moons(60)[0])


def test_a_generator_is_drawn_from_and_moves_on() -> None:
    generator = np.random.default_rng(7)
    first, second = moons(60, seed=generator)[0], moons(60, seed=generator)[0]
    assert np.array_equal(first, moons(60, seed=7)[0])
    assert not np.array_equal(first, second)


def test_the_global_generator_is_neither_read_nor_moved() -> None:
    before = np.random.get_state()  # noqa: NPY002 - the global generator is what is tested
    moons(60)
    moons(60, seed=0)
    after = np.random.get_state()  # noqa: NPY002 - the same
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_rows_are_shuffled() -> None:
    _, y = moons(200, seed=0)
    assert 60 < np.count_nonzero(np.diff(y)) < 140


def test_the_order_of_rows_does_not_depend_on_the_noise() -> None:
    still, still_y = moons(80, noise=0, seed=4)
    small, small_y = moons(80, noise=0.1, seed=4)
    large, large_y = moons(80, noise=0.2, seed=4)
    assert np.array_equal(still_y, small_y)
    assert np.array_equal(still_y, large_y)
    assert np.allclose(large - still, 2 * (small - still), rtol=0, atol=1e-14)


def test_noise_is_the_standard_deviation_of_each_coordinate() -> None:
    still, _ = moons(20_000, noise=0, seed=6)
    noisy, _ = moons(20_000, noise=0.3, seed=6)
    moved = noisy - still
    assert moved.std(axis=0) == pytest.approx([0.3, 0.3], rel=0.03)
    assert moved.mean(axis=0) == pytest.approx([0, 0], abs=0.01)
    assert abs((moved[:, 0] * moved[:, 1]).mean()) < 0.03 * 0.3**2


@pytest.mark.parametrize("noise", [0, 1, 0.5, np.float32(0.5), np.int64(1), Fraction(1, 2)])
def test_any_real_number_is_a_noise(noise: Any) -> None:
    assert np.array_equal(moons(20, noise, 0)[0], moons(20, float(noise), 0)[0])


@pytest.mark.parametrize(
    ("n", "came"),
    [
        (1, r"1 \(int\)"),
        (-4, r"-4 \(int\)"),
        (True, r"True \(bool\)"),
        (100.0, r"100\.0 \(float\)"),
        (math.nan, r"nan \(float\)"),
        ("100", r"'100' \(str\)"),
        (None, r"None \(NoneType\)"),
        ((50, 50), r"\(50, 50\) \(tuple\)"),
    ],
)
def test_n_must_be_an_integer_of_two_or_more(n: Any, came: str) -> None:
    message = (
        rf"moons expects n to be an integer of 2 or more, got {came}; "
        r"pass a number of points such as n=100\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        moons(n)


@pytest.mark.parametrize(
    ("noise", "came"),
    [
        (-0.1, r"-0\.1 \(float\)"),
        (math.inf, r"inf \(float\)"),
        (math.nan, r"nan \(float\)"),
        (10**400, r"10+\.\.\.0+ \(int\)"),
        (True, r"True \(bool\)"),
        (np.True_, r"np\.True_ \(bool\)|True \(bool_?\)"),
        (0.1j, r"0\.1j \(complex\)"),
        ("0.1", r"'0\.1' \(str\)"),
        (None, r"None \(NoneType\)"),
        (np.array([0.1]), r"array\(\[0\.1\]\) \(ndarray\)"),
    ],
)
def test_noise_must_be_a_finite_number_of_zero_or_more(noise: Any, came: str) -> None:
    message = (
        rf"moons expects noise to be a finite number of 0 or more, got ({came}); "
        r"pass a standard deviation such as noise=0\.1\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        moons(noise=noise)


@pytest.mark.parametrize(
    ("seed", "came"),
    [
        (-1, r"-1 \(int\)"),
        (True, r"True \(bool\)"),
        (1.0, r"1\.0 \(float\)"),
        ("1", r"'1' \(str\)"),
        ([1, 2], r"\[1, 2\] \(list\)"),
        (np.random, r"<module .+ \(module\)"),
    ],
)
def test_seed_must_be_none_an_integer_or_a_generator(seed: Any, came: str) -> None:
    message = (
        r"moons expects seed to be None, an integer of 0 or more, or a numpy\.random\.Generator, "
        rf"got {came}; pass an integer such as seed=0\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        moons(seed=seed)
