"""What all made-up data sets have in common: shapes, seeds, noise, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd.errors import ArgumentError
from nn.data import blobs, circles, linear, moons, sine, spirals, xor

TOYS: list[Callable[..., Any]] = [blobs, circles, linear, moons, sine, spirals, xor]
N_CLASSES = {"blobs": 3, "circles": 2, "linear": 2, "moons": 2, "spirals": 3, "xor": 2}
CLASSED = [toy for toy in TOYS if toy is not sine]
NOISE = {"blobs": "spread"}  # where the argument is called so
NOISY = [toy for toy in TOYS if toy is not linear]

all_toys = pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.__name__)
noisy_toys = pytest.mark.parametrize("toy", NOISY, ids=lambda toy: toy.__name__)


def noisy(toy: Callable[..., Any], noise: Any, **others: Any) -> Any:
    return toy(**{NOISE.get(toy.__name__, "noise"): noise}, **others)


@pytest.mark.parametrize("n", [6, 7, 10, 101, np.uint8(200)])
@pytest.mark.parametrize("toy", CLASSED, ids=lambda toy: toy.__name__)
def test_points_are_floats_and_labels_are_balanced_class_numbers(
    toy: Callable[..., Any], n: int
) -> None:
    X, y = toy(n, seed=0)
    assert (X.shape, X.dtype) == ((n, 2), np.float64)
    assert (y.shape, y.dtype) == ((n,), np.int64)
    if toy is linear:
        y = linear(n, flip=0, seed=0)[1]
    counts = np.bincount(y)
    assert len(counts) == N_CLASSES[toy.__name__]
    assert counts.max() - counts.min() <= 1


def test_the_sine_is_a_column_of_floats_and_a_float_for_each() -> None:
    X, y = sine(7, seed=0)
    assert (X.shape, X.dtype, y.shape, y.dtype) == ((7, 1), np.float64, (7,), np.float64)


@all_toys
def test_one_seed_gives_the_same_points(toy: Callable[..., Any]) -> None:
    X, y = toy(60, seed=7)
    same_X, same_y = toy(60, seed=7)
    assert np.array_equal(X, same_X)
    assert np.array_equal(y, same_y)


@all_toys
def test_another_seed_and_no_seed_give_other_points(toy: Callable[..., Any]) -> None:
    assert not np.array_equal(toy(60, seed=7)[0], toy(60, seed=8)[0])
    assert not np.array_equal(toy(60)[0], toy(60)[0])


@all_toys
def test_a_generator_is_drawn_from_and_moves_on(toy: Callable[..., Any]) -> None:
    generator = np.random.default_rng(7)
    first, second = toy(60, seed=generator)[0], toy(60, seed=generator)[0]
    assert np.array_equal(first, toy(60, seed=7)[0])
    assert not np.array_equal(first, second)


@all_toys
def test_the_global_generator_is_neither_read_nor_moved(toy: Callable[..., Any]) -> None:
    before = np.random.get_state()  # noqa: NPY002 - the global generator is what is tested
    toy(60)
    toy(60, seed=0)
    after = np.random.get_state()  # noqa: NPY002 - the same
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("toy", CLASSED, ids=lambda toy: toy.__name__)
def test_rows_are_shuffled(toy: Callable[..., Any]) -> None:
    _, y = toy(200, seed=0)
    by_chance = 200 * (1 - 1 / N_CLASSES[toy.__name__])
    assert np.count_nonzero(np.diff(y)) == pytest.approx(by_chance, abs=35)


def test_the_places_of_the_sine_are_shuffled() -> None:
    X, _ = sine(200, seed=0)
    assert 60 < np.count_nonzero(np.diff(X[:, 0]) > 0) < 140


@pytest.mark.parametrize("toy", [t for t in NOISY if t is not sine], ids=lambda toy: toy.__name__)
def test_the_order_of_rows_does_not_depend_on_the_noise(toy: Callable[..., Any]) -> None:
    still, still_y = noisy(toy, 0, n=80, seed=4)
    small, small_y = noisy(toy, 0.1, n=80, seed=4)
    large, large_y = noisy(toy, 0.2, n=80, seed=4)
    assert np.array_equal(still_y, small_y)
    assert np.array_equal(still_y, large_y)
    assert np.allclose(large - still, 2 * (small - still), rtol=0, atol=1e-14)


@pytest.mark.parametrize("toy", [t for t in NOISY if t is not sine], ids=lambda toy: toy.__name__)
def test_noise_is_the_standard_deviation_of_each_coordinate(toy: Callable[..., Any]) -> None:
    still, _ = noisy(toy, 0, n=20_000, seed=6)
    moved = noisy(toy, 0.3, n=20_000, seed=6)[0] - still
    assert moved.std(axis=0) == pytest.approx([0.3, 0.3], rel=0.03)
    assert moved.mean(axis=0) == pytest.approx([0, 0], abs=0.01)
    assert abs((moved[:, 0] * moved[:, 1]).mean()) < 0.03 * 0.3**2


@pytest.mark.parametrize("noise", [0, 1, 0.5, np.float32(0.5), np.int64(1), Fraction(1, 2)])
@noisy_toys
def test_any_real_number_is_a_noise(toy: Callable[..., Any], noise: Any) -> None:
    assert np.array_equal(noisy(toy, noise, seed=0)[1], noisy(toy, float(noise), seed=0)[1])
    assert np.array_equal(noisy(toy, noise, seed=0)[0], noisy(toy, float(noise), seed=0)[0])


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
@all_toys
def test_n_must_be_an_integer_of_two_or_more(toy: Callable[..., Any], n: Any, came: str) -> None:
    message = (
        rf"{toy.__name__} expects n to be an integer of 2 or more, got {came}; "
        r"pass a number of points such as n=100\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        toy(n)


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
@noisy_toys
def test_noise_must_be_a_finite_number_of_zero_or_more(
    toy: Callable[..., Any], noise: Any, came: str
) -> None:
    name = NOISE.get(toy.__name__, "noise")
    message = (
        rf"{toy.__name__} expects {name} to be a finite number of 0 or more, got ({came}); "
        rf"pass a standard deviation such as {name}=0\.\d\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        noisy(toy, noise)


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
@all_toys
def test_seed_must_be_none_an_integer_or_a_generator(
    toy: Callable[..., Any], seed: Any, came: str
) -> None:
    message = (
        rf"{toy.__name__} expects seed to be None, an integer of 0 or more, or a "
        rf"numpy\.random\.Generator, got {came}; pass an integer such as seed=0\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        toy(seed=seed)
