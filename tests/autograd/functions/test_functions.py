"""The functions: numbers in, a float out; a Value in, a Value out; and their docs run."""

from __future__ import annotations

import doctest
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, grad, no_grad
from autograd.core.graph import interior
from autograd.core.table import TABLE
from autograd.core.value import apply
from autograd.functions.functions import FUNCTIONS
from autograd.functions.sums import weighted_sum

nan, inf = math.nan, math.inf
_FIXED = sorted(n for n in FUNCTIONS if n in TABLE and TABLE[n].arity is not None)
_LISTS = ["sum", "mean", "prod", "logsumexp"]


# --- a float or a Value ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", _FIXED)
def test_numbers_give_a_float_and_values_the_same_number_in_a_value(name: str) -> None:
    for point in TABLE[name].points:
        plain, node = FUNCTIONS[name](*point), FUNCTIONS[name](*map(Value, point))
        assert (type(plain), type(node)) == (float, Value)
        assert node.data == plain
        assert len(node.parents) == len(point)


@pytest.mark.parametrize("name", _FIXED)
def test_whole_numbers_and_numpy_numbers_give_a_float_too(name: str) -> None:
    for kind in (int, np.float64, np.int32):
        operands = [kind(2)] * (TABLE[name].arity or 1)
        assert type(FUNCTIONS[name](*operands)) is float


@pytest.mark.parametrize("name", _LISTS)
@pytest.mark.parametrize("container", [list, tuple, iter, np.array, lambda xs: (x for x in xs)])
def test_a_function_of_a_list_takes_any_iterable_of_numbers(
    name: str, container: Callable[[Any], Any]
) -> None:
    xs = [0.5, 1.5, 2.25]
    assert type(FUNCTIONS[name](container(xs))) is float
    assert FUNCTIONS[name](container(xs)) == FUNCTIONS[name](list(map(Value, xs))).data


@pytest.mark.parametrize("name", _LISTS)
def test_one_value_among_numbers_makes_the_result_a_value(name: str) -> None:
    x = Value(1.5)
    y = FUNCTIONS[name]([0.5, x, 2])
    assert type(y) is Value
    assert y.data == FUNCTIONS[name]([0.5, 1.5, 2.0])
    assert grad(y, [x])[0].data != 0.0


def test_a_second_operand_that_is_a_value_makes_the_result_a_value() -> None:
    y = autograd.atan2(1.0, Value(2.0))
    assert (type(y), y.data) == (Value, math.atan2(1.0, 2.0))
    assert y.parents[0].op == "constant"


@pytest.mark.parametrize("name", sorted(set(dir(math)) & set(FUNCTIONS)))
def test_a_function_agrees_with_the_one_of_the_same_name_in_math(name: str) -> None:
    ours, theirs = FUNCTIONS[name], getattr(math, name)
    cases: list[tuple[Any, ...]] = {
        "dist": [([1.0, 2.0], [4.0, 6.0])],
        "prod": [([1.5, 2.0],)],
        "hypot": [(3.0, 4.0), (1.0,), (1.0, 2.0, 2.0)],
        "log": [(2.0,), (8.0, 2.0), (100, 10)],
        "pow": [(2.0, 3.0), (0.0, 0.0), (-2.0, 3.0)],
    }.get(name) or (TABLE[name].points if name in TABLE else [(-0.5,), (2.0,)])  # type: ignore[assignment]
    for operands in cases:
        assert ours(*operands) == pytest.approx(theirs(*operands), rel=1e-14, abs=0)


_MATHS_WITHOUT_A_SLOPE = {
    "ceil", "comb", "copysign", "factorial", "floor", "fmod", "frexp", "fsum", "gcd", "isclose",
    "isfinite", "isinf", "isnan", "isqrt", "lcm", "ldexp", "modf", "nextafter", "perm", "remainder",
    "trunc", "ulp",
    "sumprod", "fma",  # 3.12 and 3.13: dot, and a * b + c
}  # fmt: skip


def test_every_differentiable_function_of_pythons_math_module_is_there() -> None:
    named = {name for name in dir(math) if callable(getattr(math, name)) and name[0] != "_"}
    assert named - set(FUNCTIONS) - _MATHS_WITHOUT_A_SLOPE == set()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_an_attribute_of_the_package_under_its_name(name: str) -> None:
    assert getattr(autograd, name) is FUNCTIONS[name]
    assert FUNCTIONS[name].__name__ == (name if name != "fabs" else "abs")


@pytest.mark.parametrize("name", sorted(n for n in FUNCTIONS if n in TABLE))
def test_a_function_of_one_operand_is_a_method_of_value_too(name: str) -> None:
    if TABLE[name].arity == 1 and name != "abs":
        x = Value(TABLE[name].points[0][0])
        assert getattr(x, name)().data == FUNCTIONS[name](x).data
        assert getattr(Value, name).__doc__


# --- their documentation runs ---------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_example_in_a_functions_docstring_runs(name: str) -> None:
    examples = doctest.DocTestFinder(recurse=False).find(FUNCTIONS[name], name, module=False)
    assert sum(len(found.examples) for found in examples) >= 2
    said: list[str] = []
    runner = doctest.DocTestRunner()
    for found in examples:
        runner.run(found, out=said.append)
    assert runner.failures == 0, "".join(said)


@pytest.mark.parametrize("name", _FIXED)
def test_a_docstring_says_why_the_derivative_is_so_and_what_settings_there_are(name: str) -> None:
    text = FUNCTIONS[name].__doc__ or ""
    if name in ("log", "hypot"):
        return
    assert TABLE[name].why in text
    for setting, default in TABLE[name].settings.items():
        assert f"{setting}={default:g}" in text.splitlines()[0]


# --- sum, mean, dot, dist, hypot ------------------------------------------------------------------


def test_sum_is_one_node_however_many_terms() -> None:
    xs = [Value(float(i)) for i in range(10)]
    y = autograd.sum(xs)
    assert (y.data, y.op, y.parents) == (45.0, "sum", tuple(xs))


def test_sum_of_nothing_is_zero_and_of_one_is_that_one() -> None:
    assert autograd.sum([]) == 0.0
    assert autograd.sum([Value(3.0)]).data == 3.0


def test_sum_adds_from_left_to_right_as_the_plus_sign_does() -> None:
    numbers = [1e16, 1.0, 1.0, -1e16]
    by_hand = ((1e16 + 1.0) + 1.0) - 1e16
    assert autograd.sum(numbers) == by_hand
    assert autograd.sum(map(Value, numbers)).data == by_hand
    with no_grad():
        assert autograd.sum(map(Value, numbers)).data == by_hand


def test_mean_shares_its_gradient_equally() -> None:
    xs = [Value(1.0), Value(2.0), Value(6.0)]
    y = autograd.mean(xs)
    y.backward()
    assert (y.data, [x.grad for x in xs]) == (3.0, [1 / 3] * 3)


def test_dot_has_a_node_for_each_product_and_one_sum() -> None:
    ws, xs = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]
    y = autograd.dot(ws, xs)
    y.backward()
    assert (y.data, [node.op for node in interior(y)]) == (11.0, ["*", "*", "sum"])
    assert [v.grad for v in ws + xs] == [3.0, 4.0, 1.0, 2.0]
    assert autograd.dot([1, 2], np.array([3.0, 4.0])) == 11.0


def test_where_passes_the_gradient_on_to_the_operand_that_it_takes_and_to_no_other() -> None:
    for condition, taken in ((2.0, 0), (1e-300, 0), (True, 0), (0.0, 1), (-1.0, 1), (nan, 1)):
        test, branches = Value(condition), [Value(3.0), Value(4.0)]
        y = autograd.where(test, *branches)
        y.backward()
        assert y.data == branches[taken].data
        assert [x.grad for x in branches] == [1.0 - taken, float(taken)]
        assert test.grad == 0.0
    assert autograd.where(True, 3.0, Value(4.0)).data == 3.0


def test_choose_passes_the_gradient_on_to_the_value_at_the_index_and_to_no_other() -> None:
    for index in range(3):
        place, values = Value(index), [Value(5.0), Value(6.0), Value(7.0)]
        y = autograd.choose(place, values)
        y.backward()
        assert y.data == values[index].data
        assert [x.grad for x in values] == [float(i == index) for i in range(3)]
        assert place.grad == 0.0
        assert autograd.choose(index, (5, 6, 7)) == 5.0 + index


@pytest.mark.parametrize("index", [-1, 3, 0.5, 1.02, nan, inf, -inf])
def test_choose_of_what_is_no_index_is_nan(index: float) -> None:
    assert math.isnan(autograd.choose(index, [5.0, 6.0, 7.0]))
    assert math.isnan(autograd.choose(Value(index), [5.0, 6.0, 7.0]).data)


def test_hypot_neither_overflows_nor_underflows() -> None:
    assert autograd.hypot(3e200, 4e200) == pytest.approx(5e200)
    x = Value(3e-200)
    y = autograd.hypot(x, 4e-200)
    y.backward()
    assert y.data == pytest.approx(5e-200)
    assert x.grad == pytest.approx(0.6)


def test_dist_is_the_length_of_the_difference() -> None:
    p = [Value(1.0), Value(1.0)]
    y = autograd.dist(p, [4.0, 5.0])
    y.backward()
    assert (y.data, [v.grad for v in p]) == (5.0, [-0.6, -0.8])


# --- softmax and its kin --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "xs", [[0.1, -0.7, 2.3], [1000.0, 1001.0, 999.0], [-1e9, 0.0], [3.0], [-inf, 0.0, 1.0]]
)
def test_softmax_log_softmax_and_logsumexp_agree_with_each_other(xs: list[float]) -> None:
    shares, logs = autograd.softmax(xs), autograd.log_softmax(xs)
    assert math.fsum(shares) == pytest.approx(1.0, abs=1e-15)
    assert shares == pytest.approx([math.exp(x) for x in logs], rel=1e-13)
    assert logs == pytest.approx([x - autograd.logsumexp(xs) for x in xs], abs=1e-12)
    values = autograd.softmax([Value(x) for x in xs])
    assert [v.data for v in values] == shares
    assert [v.data for v in autograd.log_softmax([Value(x) for x in xs])] == logs


def test_the_gradient_of_softmax_is_its_textbook_jacobian() -> None:
    xs = [Value(0.1), Value(-0.7), Value(2.3)]
    shares = autograd.softmax(xs)
    p = [share.data for share in shares]
    for i, share in enumerate(shares):
        slopes = [slope.data for slope in grad(share, xs)]
        assert slopes == pytest.approx([p[i] * ((i == j) - p[j]) for j in range(3)], rel=1e-14)


def test_the_gradient_of_logsumexp_is_softmax() -> None:
    xs = [Value(1000.0), Value(1001.0), Value(-3000.0)]
    autograd.logsumexp(xs).backward()
    assert [x.grad for x in xs] == pytest.approx(autograd.softmax([x.data for x in xs]), rel=1e-14)


@pytest.mark.parametrize("xs", [[-inf, -inf], [inf, inf], [nan, 1.0], [1.0, nan]])
def test_a_softmax_that_does_not_exist_is_nan_for_numbers_as_for_values(xs: list[float]) -> None:
    assert any(map(math.isnan, autograd.softmax(xs)))
    assert any(math.isnan(v.data) for v in autograd.softmax([Value(x) for x in xs]))
    assert any(map(math.isnan, autograd.log_softmax(xs)))


# --- log and pow ----------------------------------------------------------------------------------


def test_the_base_of_a_logarithm_may_be_a_value() -> None:
    x, base = Value(8.0), Value(2.0)
    y = autograd.log(x, base)
    y.backward()
    assert y.data == 3.0
    assert x.grad == pytest.approx(1 / (8 * math.log(2)), rel=1e-15)
    assert base.grad == pytest.approx(-3 / (2 * math.log(2)), rel=1e-15)


@pytest.mark.parametrize(
    ("operands", "expected"),
    [((8.0, 1.0), inf), ((0.5, 1.0), -inf), ((1.0, 1.0), nan), ((8.0, 0.0), -0.0),
     ((-8.0, 2.0), nan), ((0.0, 2.0), -inf)],
)  # fmt: skip
def test_the_edges_of_a_logarithm_to_a_base_follow_ieee(
    operands: tuple[float, float], expected: float
) -> None:
    x, base = operands
    for y in (autograd.log(x, base), autograd.log(Value(x), base).data):
        assert y == expected or (math.isnan(y) and math.isnan(expected))


def test_pow_takes_a_value_on_either_side() -> None:
    v = Value(2.0)
    assert autograd.pow(v, 3).op == "**n"
    assert autograd.pow(3, v).op == autograd.pow(v, v).op == "**"
    assert (autograd.pow(v, 3).data, autograd.pow(3, v).data, autograd.pow(2, 3)) == (8.0, 9.0, 8.0)


def test_settings_are_taken_by_place_and_by_keyword() -> None:
    assert autograd.leaky_relu(-1.0, 0.25) == autograd.leaky_relu(-1.0, slope=0.25) == -0.25
    assert Value(-1.0).leaky_relu(0.25).data == Value(-1.0).leaky_relu(slope=0.25).data == -0.25
    assert autograd.leaky_relu(-1.0) == -0.01


# --- the quick paths ------------------------------------------------------------------------------

_NUMBERS = (0.0, -0.0, 1.0, -2.5, 1e308, -1e308, 5e-324, inf, -inf, nan)


@pytest.mark.parametrize(("name", "quick"), [
    ("+", lambda a, b: a + b), ("*", lambda a, b: a * b), ("relu", lambda a, b: a.relu()),
    ("sum", lambda a, b: autograd.sum([a, b])),
])  # fmt: skip
def test_a_quick_path_is_held_to_its_row_bit_for_bit(
    name: str, quick: Callable[[Value, Value], Value]
) -> None:
    for x in _NUMBERS:
        for z in _NUMBERS:
            a, b = Value(x), Value(z)
            operands = (a,) if name == "relu" else (a, b)
            slow = apply(TABLE[name], *operands)
            node = quick(a, b)
            assert node.data.hex() == slow.data.hex()
            assert [p.hex() for p in node.partials] == [p.hex() for p in slow.partials]
            assert (node._operation, node.parents) == (slow._operation, slow.parents)


def test_a_weighted_sum_is_the_dot_product_and_the_bias_in_one_sum() -> None:
    w, x, b = [Value(0.5), Value(-2.0)], [Value(3.0), Value(0.25)], Value(0.125)
    quick = weighted_sum(w, x, b)
    slow = autograd.sum([w[0] * x[0], w[1] * x[1], b])
    assert [n.op for n in interior(quick)] == [n.op for n in interior(slow)] == ["*", "*", "sum"]
    assert (quick.data, quick.partials, quick.parents[2]) == (slow.data, slow.partials, b)
    for node, expected in zip(interior(quick), interior(slow), strict=True):
        assert (node.data, node.partials) == (expected.data, expected.partials)
    with no_grad():
        assert weighted_sum(w, x, b).data == quick.data
