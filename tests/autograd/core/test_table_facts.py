"""What a row says of itself besides numbers: where it is defined, and where it has a kink."""

from __future__ import annotations

import math

import pytest

from autograd import Value, check_gradients
from autograd.core.evaluate import evaluate
from autograd.core.operation import TABLE, Operation
from autograd.core.value import apply
from autograd.functions.functions import FUNCTIONS

# Rows that come with the package: other tests may have added primitives by now.
ROWS = [row for row in TABLE.values() if row.name in FUNCTIONS or not row.is_function]
ONE_OPERAND = [row for row in ROWS if row.arity == 1]


def is_real(row: Operation, x: float) -> bool:
    return not math.isnan(evaluate(row, [x, 0.5][: row.arity])[0])


@pytest.mark.parametrize("row", [*ONE_OPERAND, TABLE["**"]], ids=lambda row: row.name)
def test_a_domain_ends_just_where_the_numbers_do(row: Operation) -> None:
    low, high = row.domain[0]
    for end, outwards in ((low, -math.inf), (high, math.inf)):
        if math.isfinite(end):
            inside = math.nextafter(end, -outwards)
            outside = math.nextafter(end, outwards)
            assert is_real(row, inside), inside
            assert not is_real(row, outside), outside
        else:
            assert is_real(row, math.copysign(7.3, end))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_has_an_interval_for_each_operand(row: Operation) -> None:
    assert len(row.domain) == (1 if row.arity is None else row.arity)
    assert all(low < high for low, high in row.domain)


KINKS = {
    "abs": [(0.0,)],
    "relu": [(0.0,)],
    "leaky_relu": [(0.0,)],
    "hypot": [(0.0, 0.0)],
    "maximum": [(2.0, 2.0), (0.0, 0.0), (-1.5, -1.5)],
    "minimum": [(2.0, 2.0), (0.0, 0.0), (-1.5, -1.5)],
    "where": [(0.0, 1.0, 2.0)],
}
SMOOTH = {"maximum": (2.0, -2.0), "minimum": (2.0, -2.0), "where": (1.0, 2.0, 2.0)}


def test_the_rows_with_kinks_are_these() -> None:
    assert {row.name for row in ROWS if row.kink} == {*KINKS, "elu"}


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_is_where_the_row_says_and_nowhere_near(name: str) -> None:
    kink = TABLE[name].kink
    assert kink is not None
    for point in KINKS[name]:
        assert kink(*point) == 0.0
        assert kink(point[0] + 1e-3, *point[1:]) != 0.0
    assert kink(*SMOOTH.get(name, (1.0,))) != 0.0


def test_elu_has_a_kink_unless_alpha_is_one() -> None:
    row = TABLE["elu"]
    for alpha, x, expected in ((1.0, 0.0, False), (2.0, 0.0, True), (2.0, 1.0, False)):
        kink = row.bind(alpha=alpha).kink
        assert kink is not None
        assert (kink(x) == 0.0) is expected


def test_check_gradients_names_the_kink_of_a_steeper_elu_at_zero_and_passes_a_smooth_one() -> None:
    assert check_gradients(lambda x: x.elu(alpha=1.0), [0.0]).ok
    assert "kink" in str(check_gradients(lambda x: x.elu(alpha=2.0), [0.0]))


@pytest.mark.parametrize(("index", "chosen"), [(0.0, 5.0), (1.0, 7.0), (1.009, 7.0), (0.991, 7.0)])
def test_choose_takes_an_index_within_a_hundredth_of_a_whole_number(
    index: float, chosen: float
) -> None:
    y = apply(TABLE["choose"], Value(index), Value(5.0), Value(7.0))
    assert (y.data, y.partials) == (chosen, (0.0, float(chosen == 5.0), float(chosen == 7.0)))


@pytest.mark.parametrize("index", [0.01, 0.011, -0.011, 0.5, 2.0, -1.0, 1.011])
def test_choose_of_any_other_index_is_nan_and_passes_nothing_on(index: float) -> None:
    y = apply(TABLE["choose"], Value(index), Value(5.0), Value(7.0))
    assert math.isnan(y.data)
    assert y.partials == (0.0, 0.0, 0.0)
