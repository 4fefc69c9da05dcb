"""Why a derivative is zero, next to it, or nan: the words of ``explain`` are true."""

from __future__ import annotations

import math

import pytest

import autograd
from autograd import Value, maximum
from autograd.analysis.explain import explain
from autograd.core.arithmetic import FLOATS
from autograd.core.table import TABLE
from autograd.functions.sums import total as sum_of

# --- zero -----------------------------------------------------------------------------------------


def test_no_path_is_said_to_be_none() -> None:
    w, a = Value(1.0), Value(2.0)
    L = a * 3.0
    e = explain(L, w)
    assert (e.total, e.n_paths, e.paths, e.remainder) == (0.0, 0, (), 0.0)
    assert e.reason == "L does not depend on w: no path leads from w to L"
    assert str(e) == f"dL/dw = 0\n{e.reason}"


def test_arguments_the_wrong_way_round_are_noticed() -> None:
    a = Value(2.0)
    L = a.exp() * 3.0
    assert explain(a, L).reason == (
        "a does not depend on L: no path leads from L to a; did you mean explain(L, a)?"
    )


def test_a_blocked_relu_is_named_with_its_operand_and_rule() -> None:
    z = Value(-1.2)
    L = z.relu() * 3.0
    e = explain(L, z)
    assert e.reason == (
        "v1 = relu(z) passes nothing on: its local derivative at z = -1.2 is 0 "
        "(what is positive passes unchanged; what is negative, and 0 itself, is blocked)"
    )
    assert str(e).splitlines()[-1] == e.reason


def test_of_a_product_the_factor_that_is_zero_is_named() -> None:
    z, a, b = Value(-1.2), Value(2.0), Value(0.0)
    rule = "(each factor is scaled by the other one)"
    y = z * (a - 2.0)
    assert (
        explain(y, z).reason
        == f"y = z * v1 passes nothing on to z: the other factor, v1, is 0 {rule}"
    )
    assert "where v1 = a - 2\n" in str(explain(y, z))
    y = z * 0.0
    assert explain(y, z).reason == f"y = z * 0 passes nothing on to z: the other factor is 0 {rule}"
    y = b * b
    assert explain(y, b).reason == (
        f"y = b * b passes nothing on to b: the other factor, b, is 0 {rule}"
    )
    zero = Value(0.0)
    y = zero * b
    assert "on to zero: the other factor, b, is 0" in explain(y, zero).reason
    y = autograd.prod([z, a, b])
    assert explain(y, z).reason == (
        "y = prod(z, a, b) passes nothing on to z: another factor, b, is 0 "
        "(each factor is scaled by the product of all the others)"
    )


def test_of_several_factors_that_are_zero_one_is_named_and_no_other_defined() -> None:
    x, a, b = Value(2.0), Value(3.0), Value(4.0)
    y = autograd.prod([x, a - 3.0, b - 4.0])
    e = explain(y, x)
    assert "another factor, v1, is 0 (" in e.reason
    assert str(e).splitlines()[1] == "where v1 = a - 3"


def test_a_block_at_one_of_several_operands_tells_them_all() -> None:
    a, b = Value(2.0), Value(-3.0)
    y = maximum(a, b)
    assert explain(y, b).reason == (
        "y = maximum(a, b) passes nothing on to b: its local derivative at a = 2, b = -3 is 0 "
        "(only the larger operand moves it; a tie gives each one half)"
    )
    y = maximum(b, 1.0)
    assert " at b = -3 is 0 (" in explain(y, b).reason
    y = autograd.logsumexp([a * 1000.0, a, b])
    assert "passes nothing on to b: its local derivative at b = -3 is 0 (" in explain(y, b).reason


def test_an_operand_of_zero_is_a_reason_in_a_product_only() -> None:
    b, zero = Value(-3.0), Value(0.0)
    y = maximum(b, zero)
    assert "its local derivative at b = -3, zero = 0 is 0 (" in explain(y, b).reason


def test_of_many_operands_the_one_that_is_blocked_is_told() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(4.0)
    y = autograd.logsumexp([a * 1000.0, b, c])
    assert "passes nothing on to b: its local derivative at b = -3 is 0 (" in explain(y, b).reason


def test_of_several_blockers_the_first_few_are_named_and_the_rule_is_told_once() -> None:
    x = Value(-1.0)
    hidden = [(x * k).relu() for k in (1.0, 2.0, 3.0, 4.0, 5.0)]
    y = sum_of(hidden)
    reason = explain(y, x).reason
    assert reason.startswith("every path is blocked: hidden[0] = relu(v1) passes nothing on: ")
    assert (
        "; hidden[1] = relu(v2) passes nothing on: its local derivative at v2 = -2 is 0; " in reason
    )
    assert reason.endswith("; and 2 more")
    assert reason.count("what is positive passes unchanged") == 1
    assert reason.count("passes nothing on") == 3


def test_two_blockers_are_said_to_block_every_path_and_one_is_not() -> None:
    x = Value(-1.0)
    h, k = x.relu(), (x * 2.0).relu()
    y = h + k
    assert explain(y, x).reason.startswith("every path is blocked: h = relu(x) passes nothing on")
    y = h * 2.0
    assert explain(y, x).reason.startswith("h = relu(x) passes nothing on")


def test_the_fewest_blockers_that_explain_a_zero_are_named() -> None:
    x, big = Value(-1.0), Value(1.0)
    h = x.relu()
    # four paths, two of them blocked again higher up; the one relu explains them all
    y = h * 2.0 + h.exp() + (h - 1.0).relu() + (h - 2.0).relu() + big
    assert explain(y, x).reason.startswith("h = relu(x) passes nothing on: ")
    # and here the one at the top does
    y = (x.exp() * 0.0 + (x * 2.0).relu() + x.relu() - big).relu()
    assert explain(y, x).reason.startswith("y = relu(v")


def test_a_zero_that_another_way_goes_around_is_no_blocker() -> None:
    x = Value(-1.0)
    k = x.relu() + (x * 2.0).relu() - 5.0
    m = k.relu()
    y = m + m * 0.0
    assert explain(y, x).reason.startswith("m = relu(k) passes nothing on: ")
    x = Value(1.0)
    largest = maximum(x, x * 2.0)
    n = (largest - 5.0).relu()
    y = (n - 1.0).relu() + (n * 2.0 - 1.0).relu()
    assert explain(y, x).reason.startswith("n = relu(v")


def test_an_open_way_beside_a_blocked_one_leaves_no_reason() -> None:
    x = Value(-1.0)
    e = explain(x.relu() + x, x)
    assert (e.total, e.reason) == (1.0, "")


def test_paths_that_cancel_are_told_with_their_signs() -> None:
    x = Value(2.0)
    y = x * 6.0 - x * 6.0 + x.relu() * 0.0
    e = explain(y, x)
    assert e.total == 0.0
    assert e.reason == "the paths cancel: +6 and -6"
    y = x * 1.0 + x * 2.0 - x * 3.0
    assert explain(y, x).reason == "the paths cancel: -3, +2 and +1"
    y = x * 1.0 + x * 2.0 + x * 3.0 + x * 4.0 - x * 10.0
    assert explain(y, x).reason == (
        "the paths cancel: the positive ones sum to 10, the negative ones to -10"
    )
    assert explain(x - x, x, top=1).reason == (
        "the paths cancel: the positive ones sum to 1, the negative ones to -1"
    )


def test_up_to_four_paths_that_cancel_are_told_one_by_one() -> None:
    x = Value(2.0)
    y = x * 1.0 + x * 2.0 + x * 3.0 - x * 6.0
    assert explain(y, x).reason == "the paths cancel: -6, +3, +2 and +1"


def test_paths_of_any_size_can_cancel() -> None:
    x = Value(2.0)
    y = x * 0.001 - x * 0.001
    assert explain(y, x).reason == "the paths cancel: +0.001 and -0.001"
    y = x * 1e308 - x * 1e308 + x * 1e308 - x * 1e308  # their absolute values sum to inf
    assert explain(y, x).reason == "the paths cancel: +1e+308, -1e+308, +1e+308 and -1e+308"


def test_a_sum_that_cancels_though_most_of_its_paths_vanish_is_told_without_them() -> None:
    x = Value(2.0)
    u = x * 0.4
    y = u * 5e-324 + u * 5e-324 - x * 5e-324  # each path through u is too small, both are not
    e = explain(y, x)
    assert sorted(path.value for path in e.paths) == [-5e-324, 0.0, 0.0]
    assert e.total == 0.0
    assert e.reason == (
        "the paths cancel: the positive ones sum to 4.941e-324, the negative ones to -4.941e-324"
    )


def test_large_paths_that_leave_a_large_sum_do_not_cancel() -> None:
    x = Value(2.0)
    y = x * 1.5e308 - x * 1e308 + x * 1e308  # their absolute values sum to inf
    e = explain(y, x)
    assert (e.total, e.reason) == (1.5e308, "")


def test_paths_all_but_cancel_where_a_trillionth_of_them_is_left() -> None:
    x = Value(2.0)
    y = x * (5e11 + 0.5) - x * (5e11 - 0.5)
    assert explain(y, x).reason == "the paths all but cancel: +5e+11 and -5e+11"
    y = x * 5e11 - x * (5e11 - 2.0)
    e = explain(y, x)
    assert (e.total, e.reason) == (2.0, "")


def test_paths_that_cancel_but_for_rounding_are_told_to() -> None:
    x = Value(2.0)
    y = x * 0.1 + x * 0.2 - x * 0.3
    e = explain(y, x)
    assert e.total != 0.0
    assert e.reason == "the paths all but cancel: -0.3, +0.2 and +0.1"
    y = x * 1.0 - x * 0.9999
    assert explain(y, x).reason == ""


def test_a_product_that_underflows_is_told_to() -> None:
    x = Value(2.0)
    y = x * 1e-200 * 1e-200
    assert explain(y, x).reason == (
        "underflow: no factor is 0, but the product is too small for a number of 64 bits "
        "(below 5e-324), and so 0"
    )
    y = x * 1e-200 * 1e-200 + x * 0.0
    assert explain(y, x).reason.startswith(
        "underflow: there are paths without a factor of 0, but their products are too small"
    )


@pytest.mark.parametrize("f", ["tanh", "sigmoid"])
def test_a_saturated_function_is_called_saturated(f: str) -> None:
    z = Value(15.0)
    y = getattr(z, f)()
    reason = explain(y, z).reason
    assert reason.startswith(
        f"y = {f}(z) is saturated, nearly flat, at z = 15: its local derivative is "
        f"{y.partials[0]:.4g} ("
    )
    assert "flat where it saturates" in reason
    far = Value(1000.0)
    y = getattr(far, f)()
    assert explain(y, far).reason.startswith(
        f"y = {f}(far) is saturated and passes nothing on: its local derivative at far = 1000 is 0 "
    )


@pytest.mark.parametrize("saturates", [True, False])
def test_it_is_the_row_that_says_whether_it_saturates_and_not_the_wording_of_its_why(
    saturates: bool,
) -> None:
    why = "flat far from 0" if saturates else "nothing here saturates"
    softsign = autograd.primitive(
        "softsign", lambda m, x: x / (1.0 + m.abs(x)),
        lambda m, y, x: (1.0 / ((1.0 + m.abs(x)) * (1.0 + m.abs(x))),),
        points=[-2.0, 0.5], why=why, saturates=saturates, replace=True,
    )  # fmt: skip
    try:
        z = Value(1000.0)
        reason = explain(softsign(z), z).reason
    finally:
        del TABLE["softsign"]
        del FLOATS.softsign
    assert ("is saturated" in reason) is saturates
    assert "nearly flat" in reason


def test_a_flat_place_that_does_not_saturate_is_called_flat_and_each_is_named() -> None:
    x = Value(1e-5)
    y = (x**2).sin()
    assert explain(y, x).reason == (
        "v1 = x**2 is nearly flat at x = 1e-05: its local derivative is 2e-05 "
        "(the power rule: n x**(n-1))"
    )
    assert str(explain(y, x)).endswith("where v1 = x**2\n" + explain(y, x).reason)
    z = Value(12.0)
    y = (z.tanh() * 12.0).tanh() * (z * 2.0)
    assert explain(y, z).reason == ""  # the path through z * 2 is open
    y = (z.tanh() * 12.0).tanh()
    assert explain(y, z).reason.count("is saturated, nearly flat,") == 2
    assert explain(y, z).reason.count("flat where it saturates") == 1


def test_of_several_paths_the_largest_is_searched_for_flat_places() -> None:
    z = Value(7.0)
    y = z * 1e-9 + z.tanh()
    assert explain(y, z).reason.startswith("v2 = tanh(z) is saturated, nearly flat, at z = 7: ")


def test_from_a_ten_thousandth_on_nothing_is_flat() -> None:
    x = Value(5e-6)
    y = x**2 * 10.0
    e = explain(y, x)
    assert (e.total, e.reason) == (1e-4, "")  # the square's own 1e-5 is made good for
    y = x**2 * 9.0
    assert explain(y, x).reason.startswith("v1 = x**2 is nearly flat")
    x.data = 5e-5
    y = x**2 * 0.5
    e = explain(y, x)
    assert (e.paths[0].locals, e.reason) == ((0.5, 1e-4), "")


def test_an_ordinary_gradient_needs_no_reason() -> None:
    z = Value(0.3)
    assert explain(z.tanh() * 2.0, z).reason == ""
    assert explain((z * 10.0).tanh() * 1e6, z).reason == ""
    # small, but no operation is flat
    assert explain(z * 1e-6, z).reason == ""
    # flat, but the gradient is not small
    steep = Value(7.0)
    assert explain(steep.tanh() * 1e6, steep).reason == ""


def test_numbers_that_were_changed_since_stand_in_no_reason() -> None:
    a, b = Value(0.0), Value(3.0)
    y = a * b
    assert "the other factor, a, is 0" in explain(y, b).reason
    a.data = 1.0
    assert explain(y, b).reason == (
        "y = a * b passes nothing on to b: its local derivative there is 0 "
        "(each factor is scaled by the other one)"
    )
    r = Value(-2.0)
    z = r.relu()
    r.data = 7.0
    assert "7" not in explain(z, r).reason


def test_a_constant_can_be_explained_as_well() -> None:
    a = Value(2.0)
    y = a * 3.0
    e = explain(y, y.parents[1], names={"y": y})
    assert str(e) == "dy/d(3) = 2"
    zero = Value(0.0)
    y = zero * 3.0
    e = explain(y, y.parents[1], names={"y": y, "zero": zero})
    assert e.reason.startswith(
        "y = zero * 3 passes nothing on to 3: the other factor, zero, is 0 ("
    )


def test_a_factor_of_nan_is_pointed_at() -> None:
    z = Value(-1.0)
    y = z.sqrt() * 2.0
    e = explain(y, z)
    assert math.isnan(e.total)
    assert e.reason == "a factor is nan: in v1 = sqrt(z), dv1/dz is nan at z = -1"
    assert str(e).splitlines()[0] == "dy/dz = (dy/dv1)(dv1/dz) = 2 x nan = nan"


def test_of_several_paths_the_one_that_is_nan_is_pointed_at() -> None:
    z = Value(-1.0)
    y = z * 3.0 + z.sqrt()
    assert explain(y, z).reason == "a factor is nan: in v2 = sqrt(z), dv2/dz is nan at z = -1"


def test_zero_times_infinity_is_pointed_at() -> None:
    z = Value(0.0)
    y = z.sqrt() ** 2
    e = explain(y, z)
    assert math.isnan(e.total)
    assert e.reason == "0 x inf is nan: dy/dv1 along this path is 0, and dv1/dz is inf"
    x = Value(1.0)
    y = x * 0.0 * 1e200 * 1e200
    assert explain(y, x).reason == (
        "0 x inf is nan: dy/dv1 along this path is inf, and dv1/dx is 0"
    )
    y = z.sqrt() * 0.0 * 1e308
    assert explain(y, z).reason == "0 x inf is nan: dy/dv1 along this path is 0, and dv1/dz is inf"


def test_infinite_paths_of_opposite_sign_are_said_to_make_nan() -> None:
    x = Value(1.0)
    y = x * math.inf + x * -math.inf
    e = explain(y, x)
    assert math.isnan(e.total)
    assert e.reason == (
        "no path is nan, but their sum is: on the way it meets inf - inf or 0 x inf"
    )
