"""``check_gradients``: it catches what is wrong, and takes nothing for wrong that is right."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

import autograd
import nn
from autograd import ArgumentError, InputError, Value, check_gradients, no_grad
from autograd.core.arithmetic import FLOATS
from autograd.core.table import TABLE
from autograd.core.value import compute
from tests.autograd.messages import raises


def off_by(row: Any, factor: float, slot: int = 0) -> Any:
    def partials(m: Any, y: Any, *xs: Any) -> tuple[Any, ...]:
        right = row.partials(m, y, *xs)
        return (*right[:slot], right[slot] * factor, *right[slot + 1 :])

    return replace(row, partials=partials)


# --- right and wrong ------------------------------------------------------------------------------

_ROWS = sorted(name for name, row in TABLE.items() if not row.settings or name == "leaky_relu")


@pytest.mark.parametrize("name", _ROWS)
def test_every_row_of_the_table_is_found_right(name: str) -> None:
    for point in TABLE[name].points:
        report = check_gradients(lambda *xs: compute(TABLE[name], *xs), point)
        assert report.ok, str(report)


@pytest.mark.parametrize("factor", [1.001, 0.999, 1.00001, -1.0, 0.0, math.inf, math.nan])
@pytest.mark.parametrize("name", _ROWS)
def test_a_derivative_that_is_wrong_by_a_thousandth_or_less_is_caught(
    name: str, factor: float
) -> None:
    # where and choose pass nothing on to their first operand, and a factor makes no difference
    slot = 1 if name in ("where", "choose") else 0
    wrong = off_by(TABLE[name], factor, slot)
    caught = []
    for point in wrong.points:
        report = check_gradients(lambda *xs: compute(wrong, *xs), point)
        slopes = TABLE[name].partials(FLOATS, compute(wrong, *point), *point)
        if slopes[slot] != 0.0:
            caught.append(not report.ok and not report.rows[slot].ok)
            assert "NOT all agree" in str(report)
    assert caught
    assert all(caught)


def test_only_the_input_whose_derivative_is_wrong_is_called_wrong() -> None:
    wrong = off_by(TABLE["*"], 1.001)
    report = check_gradients(lambda a, b: compute(wrong, a, b), [2.0, 3.0])
    assert [row.ok for row in report.rows] == [False, True]
    assert report.max_error == pytest.approx(0.001, rel=0.01)
    assert not report
    first, second, last = str(report).splitlines()[1:]
    assert first.endswith("  WRONG")
    assert not second.endswith("WRONG")
    assert last == "NOT all agree within 1e-06"


def test_a_wrong_derivative_deep_in_a_program_is_caught() -> None:
    wrong = off_by(TABLE["tanh"], 1.001)
    first, second = nn.Layer(2, 3, "linear", rng=0), nn.Neuron(3, "sigmoid", rng=1)

    def f(*_: Value) -> Value:
        return second([compute(wrong, z) for z in first([0.5, -1.0])])

    report = check_gradients(f, first.parameters() + second.parameters())
    assert [row.ok for row in report.rows] == [False] * 9 + [True] * 4


def test_the_rows_tell_name_place_and_both_derivatives() -> None:
    a = Value(0.5, name="a")
    report = check_gradients(lambda a, x1: a * a * x1, [a, 3.0])
    assert [(row.name, row.at) for row in report.rows] == [("a", 0.5), ("x1", 3.0)]
    assert [row.analytic for row in report.rows] == [3.0, 0.25]
    assert [row.numeric for row in report.rows] == pytest.approx([3.0, 0.25], rel=1e-11)
    assert str(report).splitlines()[-1] == "all agree within 1e-06"
    assert report


def test_the_tolerance_is_the_relative_error_that_is_let_pass() -> None:
    wrong = off_by(TABLE["exp"], 1.001)
    f = lambda x: compute(wrong, x)  # noqa: E731
    assert check_gradients(f, [1.0], tolerance=0.002).ok
    assert not check_gradients(f, [1.0], tolerance=0.0005).ok


# --- difficult, but right -------------------------------------------------------------------------

DIFFICULT: dict[str, tuple[Any, list[float]]] = {
    "near the edge of the domain": (lambda x: x.log(), [1e-9]),
    "at the edge of the first step": (lambda x: x.log(), [2.0**-10]),
    "near the end of asin": (lambda x: x.asin(), [0.9999]),
    "steep": (lambda x: 1 / x, [1e-4]),
    "quick waves": (lambda x: (x * 1000.0).sin(), [0.3]),
    "waves on a height": (lambda x: (x * 1000.0).sin() + 1e4, [0.3]),
    "large": (lambda x: x * x, [1e8]),
    "tiny slope on a large value": (lambda x: x * 1e-9 + 1e6, [1.0]),
    "a kink close by": (lambda x, y: autograd.hypot(x, y), [1e-4, 0.0]),
    "constant": (lambda x: x * 0.0, [2.0]),
    "saturated": (lambda x: x.sigmoid(), [40.0]),
}


@pytest.mark.parametrize("case", DIFFICULT)
def test_a_right_derivative_is_found_right_where_differences_are_difficult(case: str) -> None:
    f, xs = DIFFICULT[case]
    report = check_gradients(f, xs)
    assert report.ok, str(report)
    assert not any(row.kink for row in report.rows)


_WITHOUT_A_SLOPE_TO_SEE = {"constant", "saturated", "tiny slope on a large value"}


@pytest.mark.parametrize(
    "case", [case for case in DIFFICULT if case not in _WITHOUT_A_SLOPE_TO_SEE]
)
def test_a_wrong_derivative_is_caught_where_differences_are_difficult(case: str) -> None:
    f, xs = DIFFICULT[case]
    wrong = off_by(TABLE["neg"], 1.001)  # turns the sign, and is wrong by a thousandth
    report = check_gradients(lambda *xs: compute(wrong, f(*xs)), xs)
    assert not report.rows[0].ok


def test_on_the_very_edge_of_the_domain_nothing_is_confirmed() -> None:
    report = check_gradients(lambda x: x.sqrt(), [0.0])
    assert not report.ok
    assert (report.rows[0].analytic, report.max_error) == (math.inf, math.inf)


# --- kinks ----------------------------------------------------------------------------------------

KINKS: dict[str, tuple[Any, list[float], str]] = {
    "relu": (lambda x: x.relu(), [0.0], "ReLU of x0"),
    "near relu": (lambda x: x.relu(), [1e-4], "ReLU of x0"),
    "abs": (lambda x: abs(x) * 3, [0.0], "|x| of x0"),
    "leaky relu": (lambda x: x.leaky_relu(), [0.0], "leaky ReLU 0.01 of x0"),
    "max tie": (lambda a, b: autograd.maximum(a, b), [1.5, 1.5], "max of x0, x1"),
    "min tie": (lambda a, b: autograd.minimum(a, b) * 2, [1.5, 1.5], "min of x0, x1"),
    "hypot": (lambda a, b: autograd.hypot(a, b), [0.0, 0.0], "hypot of x0, x1"),
    "inside": (lambda x: (x * 2 - 1).relu().exp(), [0.5], "ReLU of 0"),
}


@pytest.mark.parametrize("case", KINKS)
def test_a_kink_is_recognised_and_named_and_its_subgradient_is_right(case: str) -> None:
    f, xs, kink = KINKS[case]
    report = check_gradients(f, xs)
    assert [row.kink for row in report.rows] == [kink] * len(xs)
    assert report.ok, str(report)
    assert report.max_error == 0.0
    assert f"kink: {kink}" in str(report)


def test_a_slope_that_lies_outside_of_both_sides_of_a_kink_is_wrong() -> None:
    def wrong(m: Any, y: Any, x: Any) -> tuple[Any]:
        return (m.where(x > 0.0, 1.0, m.where(x < 0.0, 0.0, 1.5)),)

    row = replace(TABLE["relu"], partials=wrong)
    report = check_gradients(lambda x: compute(row, x), [0.0])
    assert report.rows[0].kink
    assert not report.ok


def test_a_slope_that_is_wrong_beside_a_kink_is_wrong() -> None:
    row = off_by(TABLE["relu"], 1.001)
    assert not check_gradients(lambda x: compute(row, x), [1e-4]).ok


def test_a_graph_that_takes_another_form_nearby_is_said_to() -> None:
    report = check_gradients(lambda x: x * 2 if x > 0.0 else x * 1.0 + 0.0, [0.0])
    assert report.rows[0].kink == "the graph itself changes its form near here"
    other = check_gradients(lambda x: x.sin() if x > 0.0 else x.tan(), [0.0])
    assert other.rows[0].kink == "the graph itself changes its form near here"


def test_a_kink_of_another_input_is_not_this_ones() -> None:
    report = check_gradients(lambda a, b: a.relu() + b.exp(), [0.0, 1.0])
    assert [bool(row.kink) for row in report.rows] == [True, False]


# --- what is left behind --------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("at_call", [1, 2, 3, 4, 5, 8])
def test_values_are_put_back_even_when_the_function_raises(
    error: type[BaseException], at_call: int
) -> None:
    w = [Value(0.3, name="w"), Value(-1.7)]
    w[0].grad = 5.0
    calls = 0

    def f(*_: Value) -> Value:
        nonlocal calls
        calls += 1
        if calls == at_call:
            raise error
        return (w[0] * w[1]).tanh()

    with pytest.raises(error):
        check_gradients(f, w)
    assert [(v.data, v.grad, v.name) for v in w] == [(0.3, 5.0, "w"), (-1.7, 0.0, "")]


def test_the_parameters_of_a_model_are_checked_and_left_as_they_were() -> None:
    model = nn.MLP(2, [3, 2], "tanh", seed=3)
    before = [(p.data.hex(), p.grad, p.name) for p in model.parameters()]
    report = check_gradients(lambda *_: nn.cross_entropy(model([0.5, -1.0]), 1), model.parameters())
    assert report.ok, str(report)
    assert [row.name for row in report.rows] == [p.name for p in model.parameters()]
    assert [(p.data.hex(), p.grad, p.name) for p in model.parameters()] == before


def test_a_value_given_twice_is_one_variable() -> None:
    a = Value(1.5)
    report = check_gradients(lambda left, right: left * right, [a, a])
    assert report.ok
    assert [row.analytic for row in report.rows] == [3.0, 3.0]


def test_an_input_without_influence_has_the_derivative_zero() -> None:
    report = check_gradients(lambda a, b: a.exp(), [1.0, 2.0])
    assert report.ok
    assert (report.rows[1].analytic, report.rows[1].numeric) == (0.0, 0.0)


def test_no_inputs_give_an_empty_report_that_is_ok() -> None:
    report = check_gradients(lambda: Value(1.0), [])
    assert (report.ok, report.max_error, report.rows) == (True, 0.0, ())


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "xs", "error", "named"),
    [
        (None, [1.0], InputError, ("function", "None")),
        (len, 5, InputError, ("list of inputs", 5)),
        (len, "12", InputError, ("list of inputs", "'12'")),
        (len, None, InputError, ("list of inputs", "None")),
        (len, Value(1.0), InputError, ("list of inputs", "Value(data=1.0")),
        (len, [[1.0]], autograd.ShapeError, ("one number", "list", 1)),
        (len, [1.0, Value(1.0) * 2], InputError, ("input 1", "Value(data=2.0", "x.data")),
        (len, [math.inf], ArgumentError, ("finite", "input 0", "inf")),
        (lambda x: math.exp(x), [1.0], InputError, ("one Value", math.e, "autograd.exp")),
        (lambda x: [x, x], [1.0], InputError, ("one Value", "[Value(data=1.0", "autograd.sum")),
    ],
)
def test_what_cannot_be_checked_is_an_error(
    f: Any, xs: Any, error: type[Exception], named: tuple[object, ...]
) -> None:
    with raises(error, "check_gradients", *named):
        check_gradients(f, xs)


@pytest.mark.parametrize("tolerance", [0.0, -1e-6, math.nan])
def test_a_tolerance_that_is_not_positive_is_refused(tolerance: float) -> None:
    with raises(ArgumentError, "check_gradients", "tolerance", 0, tolerance):
        check_gradients(lambda x: x.exp(), [1.0], tolerance=tolerance)


def test_under_no_grad_there_is_no_gradient_to_check() -> None:
    with no_grad(), raises(autograd.GraphError, "check_gradients", "no_grad()"):
        check_gradients(lambda x: x.exp(), [1.0])


def test_a_repl_shows_the_table() -> None:
    report = check_gradients(lambda a: a.exp(), [0.5])
    assert repr(report) == str(report)
    assert repr(report).splitlines()[-1] == "all agree within 1e-06"
