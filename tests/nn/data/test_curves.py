"""Where the points of moons, circles, spirals and the sine lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd.errors import ArgumentError
from nn.data import circles, moons, sine, spirals


def in_order(points: np.ndarray) -> np.ndarray:
    return points[np.lexsort(points.T)]


@pytest.mark.parametrize("n", [2, 3, 10, 101])
def test_half_of_the_moons_points_rounded_down_are_on_the_outer_moon(n: int) -> None:
    assert np.bincount(moons(n, seed=0)[1]).tolist() == [n // 2, n - n // 2]


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


@pytest.mark.parametrize(("n", "factor"), [(2, 0.5), (7, 0.25), (60, 0.8)])
def test_without_noise_circles_have_their_radius_and_even_steps(n: int, factor: float) -> None:
    X, y = circles(n, noise=0, factor=factor, seed=0)
    for label, radius, size in ((0, 1.0, n // 2), (1, factor, n - n // 2)):
        points = X[y == label] / radius
        assert np.hypot(*points.T) == pytest.approx(np.ones(size), abs=1e-15)
        angles = np.sort(np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi - 1e-9))
        assert angles == pytest.approx(np.arange(size) * 2 * np.pi / size, abs=1e-8)


@pytest.mark.parametrize("factor", [0, 1, -0.5, 1.5, float("nan"), "0.5", None, True])
def test_the_inner_circle_must_be_inside_the_outer_one(factor: Any) -> None:
    message = (
        r"circles expects factor to be a number between 0 and 1, got .+; pass the inner radius, "
        r"such as factor=0\.5\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        circles(factor=factor)


@pytest.mark.parametrize(("classes", "turns"), [(2, 1.5), (3, 0.75), (5, 0)])
def test_without_noise_every_point_is_on_its_arm(classes: int, turns: float) -> None:
    X, y = spirals(97, classes=classes, noise=0, turns=turns, seed=0)
    for arm in range(classes):
        points = X[y == arm]
        m = len(points)
        radius = np.hypot(*points.T)
        assert np.sort(radius) == pytest.approx((np.arange(m) + 1) / m, abs=1e-15)
        angle = 2 * np.pi * (turns * radius + arm / classes)
        assert points[:, 0] == pytest.approx(radius * np.cos(angle), abs=1e-13)
        assert points[:, 1] == pytest.approx(radius * np.sin(angle), abs=1e-13)


def test_each_arm_of_a_spiral_needs_two_points() -> None:
    assert spirals(6, classes=3)[0].shape == (6, 2)
    message = (
        "spirals expects n to be at least two points for each of 3 arms, got 5; pass n=300 or "
        r"fewer arms\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        spirals(5, classes=3)


@pytest.mark.parametrize(("name", "given"), [("classes", 1), ("classes", 2.0), ("turns", -1)])
def test_spirals_refuse_fewer_than_two_arms_and_negative_turns(name: str, given: Any) -> None:
    with pytest.raises(ArgumentError, match=rf"spirals expects {name} to be .+; pass a number of"):
        spirals(**{name: given})


def test_the_sines_places_are_even_and_its_noise_is_on_y_alone() -> None:
    X, y = sine(10_000, noise=0.3, seed=0)
    assert np.array_equal(np.sort(X[:, 0]), np.linspace(-np.pi, np.pi, 10_000))
    error = y - np.sin(X[:, 0])
    assert error.std() == pytest.approx(0.3, rel=0.03)
    assert error.mean() == pytest.approx(0, abs=0.01)


def test_without_noise_the_sine_is_exact() -> None:
    X, y = sine(50, noise=0, seed=0)
    assert np.array_equal(y, np.sin(X[:, 0]))
