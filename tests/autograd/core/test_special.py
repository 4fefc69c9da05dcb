"""gamma, lgamma and the polygammas against mpmath, and what they say at their poles."""

import math

import pytest
from mpmath import mp, mpf

from autograd.core.special import gamma, lgamma, polygamma
from autograd.errors import ArgumentError
from tests.autograd.messages import raises

POSITIVE = (
    1e-100, 1e-20, 1e-8, 1e-3, 0.1, 0.25, 0.3, 0.49999, 0.5, 0.75, 1 - 1e-12, 1.0, 1.2, 1.5, 2.0,
    3.7, 5.5, 12.25, 15.99, 16.0, 16.3, 19.0, 20.0, 20.5, 40.0, 170.2, 1000.3, 9999.6,
)  # fmt: skip
NEGATIVE = tuple(
    -x for x in (*POSITIVE, 2.3, 2.75, 40.7, 1 + 1e-9, 3 - 1e-9) if x != math.floor(x)
)  # fmt: skip


def agrees(got: float, want: mpf) -> bool:
    if abs(want) > 1.797e308:
        return got == math.copysign(math.inf, want)
    return bool(abs(got - want) <= mpf(10) ** -14 * abs(want))


@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize("x", [*POSITIVE, *NEGATIVE])
def test_polygamma_agrees_with_mpmath_to_14_digits(order: int, x: float) -> None:
    with mp.workdps(60):
        want = mp.polygamma(order, mpf(x))
    assert agrees(polygamma(order, x), want), (polygamma(order, x), mp.nstr(want, 17))


@pytest.mark.parametrize("order", [10, 20, 30])
def test_polygamma_of_a_high_order_keeps_13_digits(order: int) -> None:
    for x in (0.3, 1.0, 2.5, 17.0, 300.0, -0.3, -2.25, -7.9):
        with mp.workdps(60):
            want = mp.polygamma(order, mpf(x))
        assert polygamma(order, x) == pytest.approx(float(want), rel=1e-13)


@pytest.mark.parametrize("x", [1.4616321449683623, -0.5040830082644554, -10.687])
def test_digamma_near_its_zeros_is_good_to_the_last_place_of_its_terms(x: float) -> None:
    with mp.workdps(60):
        want = mp.digamma(mpf(x))
    assert abs(polygamma(0, x) - want) < 4e-16 * max(1.0, abs(want))


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("x", [-0.5, -1.5, -5.5, -20.5, -1000.5])
def test_the_mirrored_part_vanishes_halfway_between_poles(order: int, x: float) -> None:
    """There pi cot(pi x) and its even derivatives are 0; 6e-17 in its place was 1e-8 of psi4."""
    with mp.workdps(60):
        want = mp.polygamma(order, mpf(x))
    assert agrees(polygamma(order, x), want)


@pytest.mark.parametrize("pole", [-1.0, -2.0, -40.0, -1e15, -1e308])
def test_a_pole_is_inf_where_both_sides_agree_and_nan_where_not(pole: float) -> None:
    assert [polygamma(order, pole) for order in (1, 3, 5)] == [math.inf] * 3
    assert all(math.isnan(polygamma(order, pole)) for order in (0, 2, 4))
    assert math.isnan(gamma(pole))
    assert lgamma(pole) == math.inf


@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize("tiny", [0.0, 5e-324, 1e-310])
def test_at_zero_the_sign_tells_the_side(order: int, tiny: float) -> None:
    right = math.inf if order % 2 else -math.inf
    left = math.inf
    assert polygamma(order, tiny) == right
    assert polygamma(order, -tiny) == left
    assert (gamma(tiny), gamma(-tiny)) == (math.inf, -math.inf)


def test_limits_at_infinity() -> None:
    assert [polygamma(order, math.inf) for order in range(3)] == [math.inf, 0.0, 0.0]
    assert all(math.isnan(polygamma(order, -math.inf)) for order in range(3))
    assert all(math.isnan(polygamma(order, math.nan)) for order in range(3))
    assert (gamma(math.inf), lgamma(math.inf), lgamma(-math.inf)) == (math.inf,) * 3
    assert math.isnan(gamma(-math.inf))


@pytest.mark.parametrize("x", [1e15, 1e100, 1e200, 1.7e308])
def test_huge_operands_neither_raise_nor_lose_digits(x: float) -> None:
    assert polygamma(0, x) == pytest.approx(math.log(x), rel=1e-15)
    assert polygamma(1, x) == pytest.approx(1.0 / x, rel=2e-15)
    assert polygamma(4, x) == pytest.approx(-6.0 * (1.0 / x) ** 4, rel=1e-13)
    assert gamma(x) == math.inf


@pytest.mark.parametrize("order", [-1, 0.5, 31, math.inf, math.nan])
def test_an_order_that_is_no_order_is_refused(order: float) -> None:
    with raises(ArgumentError, "polygamma", "order", 0, 30, f"{order:g}"):
        polygamma(order, 1.0)


@pytest.mark.parametrize("zero", [1.0, 2.0])
def test_lgamma_keeps_its_digits_at_its_zeros(zero: float) -> None:
    assert lgamma(zero) == 0.0
    for exponent in range(1, 16):
        for x in (zero + 10.0**-exponent, zero - 10.0**-exponent):
            with mp.workdps(60):
                want = mp.loggamma(mpf(x))
            assert agrees(lgamma(x), want), (x, lgamma(x), mp.nstr(want, 17))


def test_lgamma_has_no_seam_where_its_series_begins_and_ends() -> None:
    for x in (0.75, 1.25, 1.75, 2.25):
        for y in (math.nextafter(x, 0.0), x, math.nextafter(x, 9.0)):
            with mp.workdps(60):
                want = mp.loggamma(mpf(y))
            assert agrees(lgamma(y), want), y
