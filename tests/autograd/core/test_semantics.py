"""What design.md's section on semantics promises, one test for each sentence or more."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest

import autograd
from autograd import Value
from autograd.core.table import TABLE
from autograd.core.value import compute

inf, nan = math.inf, math.nan


def same(x: float, y: float) -> bool:
    return x == y or (math.isnan(x) and math.isnan(y))


# --- recorded at forward --------------------------------------------------------------------------


def test_a_node_stores_its_parents_as_an_ordered_tuple() -> None:
    a, b = Value(5.0), Value(2.0)
    assert (a - b).parents == (a, b)
    assert (b - a).parents == (b, a)
    assert type((a - b).parents) is tuple


def test_duplicate_parents_are_kept() -> None:
    a = Value(3.0)
    square, double = a * a, autograd.sum([a, a, a])
    assert square.parents == (a, a)
    assert square.partials == (3.0, 3.0)
    assert double.parents == (a, a, a)


def test_a_node_stores_its_local_derivatives_when_it_is_made() -> None:
    a, b = Value(3.0), Value(4.0)
    assert (a * b).partials == (4.0, 3.0)
    assert (a / b).partials == (0.25, -3.0 / 16.0)
    assert a.exp().partials == (math.exp(3.0),)
    assert a.partials == ()


def test_changing_data_later_does_not_change_recorded_partials() -> None:
    a, b = Value(3.0), Value(4.0)
    y = a * b
    a.data, b.data = 100.0, 200.0
    assert y.partials == (4.0, 3.0)
    y.backward()
    assert (y.data, a.grad, b.grad) == (12.0, 4.0, 3.0)


def test_changing_the_data_of_an_interior_node_leaves_its_own_record_alone() -> None:
    a = Value(3.0)
    h = a * a
    h.data = 100.0
    assert (h.partials, h.parents, h.op) == ((3.0, 3.0), (a, a), "*")
    (h * 2.0).backward()
    assert a.grad == 12.0


def test_changing_data_changes_what_is_computed_next() -> None:
    a = Value(3.0)
    a.data = 5
    assert (a * 2).data == 10.0
    assert type(a.data) is float


def test_augmented_assignment_makes_a_new_node_and_leaves_the_old_one_alone() -> None:
    c = Value(1.0)
    d = c
    c += 1
    assert (c.data, d.data) == (2.0, 1.0)
    assert d.parents == ()
    assert c.parents[0] is d


# --- accumulation ---------------------------------------------------------------------------------


def test_cubed_backward_zero_backward_again_gives_27_and_not_45() -> None:
    x = Value(3.0)
    y = x * x * x
    y.backward()
    assert x.grad == 27.0
    x.grad = 0.0
    y.backward()
    assert x.grad == 27.0


def test_leaves_accumulate_over_sweeps_of_one_graph_and_of_two() -> None:
    x = Value(3.0)
    (2 * x).backward()
    (5 * x).backward()
    assert x.grad == 7.0
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 7.0 + 6.0 + 6.0


def test_interior_nodes_hold_the_last_sweeps_value() -> None:
    x = Value(3.0)
    h = x * x
    first, second = h * 2.0, h * 5.0
    first.backward()
    assert h.grad == 2.0
    second.backward()
    assert h.grad == 5.0
    second.backward()
    assert (h.grad, second.grad) == (5.0, 1.0)
    assert x.grad == 6.0 * (2.0 + 5.0 + 5.0)


def test_a_sweep_leaves_nodes_outside_of_its_graph_alone() -> None:
    x, other = Value(3.0), Value(4.0)
    (x * other).backward()
    other.grad = 8.0
    x.exp().backward()
    assert other.grad == 8.0


def test_backward_of_an_output_scales_every_gradient_by_its_argument() -> None:
    x = Value(3.0)
    y = x * x
    y.backward(-0.5)
    assert (y.grad, x.grad) == (-0.5, -3.0)


def test_backward_of_a_leaf_adds_its_argument_to_the_leaf() -> None:
    x = Value(3.0)
    x.backward()
    x.backward(2)
    assert x.grad == 3.0


def test_gradients_are_zero_before_the_first_sweep() -> None:
    x = Value(3.0)
    assert (x.grad, (x * x).grad) == (0.0, 0.0)


# --- IEEE -----------------------------------------------------------------------------------------

EDGES: list[tuple[str, Callable[[], Value], float]] = [
    ("log of 0 is -inf", lambda: Value(0.0).log(), -inf),
    ("1/0 is inf", lambda: 1 / Value(0.0), inf),
    ("-1/0 is -inf", lambda: -1 / Value(0.0), -inf),
    ("1/-0 is -inf", lambda: 1 / Value(-0.0), -inf),
    ("0/0 is nan", lambda: Value(0.0) / 0, nan),
    ("(-2)**0.5 is nan", lambda: Value(-2.0) ** 0.5, nan),
    ("(-2)**0.5 of two Values is nan", lambda: Value(-2.0) ** Value(0.5), nan),
    ("(-2)**Value(0.5) is nan", lambda: (-2.0) ** Value(0.5), nan),
    ("exp(1000) is inf", lambda: Value(1000.0).exp(), inf),
    ("10.0**400 is inf", lambda: Value(10.0) ** 400, inf),
    ("0**-1 is inf", lambda: Value(0.0) ** -1, inf),
    ("relu(nan) is nan", lambda: Value(nan).relu(), nan),
    ("log(-1) is nan", lambda: Value(-1.0).log(), nan),
    ("sqrt(-1) is nan", lambda: Value(-1.0).sqrt(), nan),
    ("asin(2) is nan", lambda: Value(2.0).asin(), nan),
    ("sin(inf) is nan", lambda: Value(inf).sin(), nan),
    ("inf - inf is nan", lambda: Value(inf) - inf, nan),
    ("atanh(1) is inf", lambda: Value(1.0).atanh(), inf),
    ("1e308 * 10 is inf", lambda: Value(1e308) * 10, inf),
    ("lgamma(0) is inf", lambda: Value(0.0).lgamma(), inf),
]


@pytest.mark.parametrize(("make", "expected"), [case[1:] for case in EDGES],
                         ids=[case[0] for case in EDGES])  # fmt: skip
def test_edges_follow_ieee_without_an_exception(make: Callable[[], Value], expected: float) -> None:
    node = make()
    assert type(node.data) is float
    assert same(node.data, expected)
    node.backward()
    assert all(type(parent.grad) is float for parent in node.parents)


_EXTREMES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 1e308, -1e308, 5e-324, 700.0, -800.0, inf, -inf, nan)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_no_operation_raises_or_turns_complex_at_any_extreme(name: str) -> None:
    row = TABLE[name]
    for operands in itertools.product(_EXTREMES, repeat=row.arity or 2):
        node = compute(row, *[Value(x) for x in operands])
        assert type(node.data) is float, operands
        assert all(type(local) is float for local in node.partials), operands
        plain = compute(row, *operands)
        assert type(plain) is float, operands
        assert same(plain, node.data), operands


def test_the_slope_of_a_saturated_sigmoid_is_small_and_not_zero() -> None:
    x = Value(40.0)
    x.sigmoid().backward()
    assert x.grad == pytest.approx(4.248354255291589e-18, rel=1e-14, abs=0)


def test_zero_times_infinity_in_the_sweep_is_nan() -> None:
    x = Value(0.0)
    (x.sqrt() * 0.0).backward()  # upstream 0, local inf
    assert math.isnan(x.grad)


def test_zero_times_infinity_is_nan_in_every_slot_of_every_kind_of_node() -> None:
    a, x = Value(1.0), Value(0.0)
    ((a / x) * 0.0).backward()  # two parents, both with an infinite local derivative
    assert math.isnan(a.grad)
    assert math.isnan(x.grad)
    xs = [Value(0.0), Value(inf), Value(inf)]
    (autograd.prod(xs) * 0.0).backward()  # any number of parents
    assert all(math.isnan(v.grad) for v in xs)


def test_an_infinite_local_derivative_reaches_the_leaf_if_upstream_is_not_zero() -> None:
    x = Value(0.0)
    (x.sqrt() * -2.0).backward()
    assert x.grad == -inf


# --- kinks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda x: x.relu(), 0.0),
        (lambda x: abs(x), 0.0),
        (lambda x: x.leaky_relu(0.25), 0.25),
        (lambda x: autograd.hypot(x), 0.0),
        (lambda x: autograd.maximum(x, 0.0), 0.5),
        (lambda x: autograd.minimum(x, 0.0), 0.5),
    ],
    ids=["relu", "abs", "leaky_relu", "hypot", "maximum", "minimum"],
)
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_slope_at_a_kink_is_the_documented_one(
    make: Callable[[Value], Value], expected: float, zero: float
) -> None:
    x = Value(zero)
    make(x).backward()
    assert x.grad == expected


def test_a_tie_in_max_gives_each_one_half() -> None:
    a, b = Value(2.0), Value(2.0)
    autograd.maximum(a, b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)
    autograd.minimum(a, b).backward()
    assert (a.grad, b.grad) == (1.0, 1.0)


def test_max_of_a_value_with_itself_has_the_slope_one() -> None:
    a = Value(2.0)
    autograd.maximum(a, a).backward()
    assert a.grad == 1.0


# --- stable by construction -----------------------------------------------------------------------


def test_softmax_and_logsumexp_of_huge_numbers_stay_finite() -> None:
    values = [Value(1000.0), Value(-1000.0), Value(1000.0)]
    assert [share.data for share in autograd.softmax(values)] == [0.5, 0.0, 0.5]
    assert autograd.logsumexp(values).data == 1000.0 + math.log(2.0)
    autograd.log_softmax(values)[1].backward()
    assert [v.grad for v in values] == [-0.5, 1.0, -0.5]


@pytest.mark.parametrize("x", [-1e4, -750.0, 750.0, 1e4])
@pytest.mark.parametrize("name", ["softplus", "sigmoid", "tanh", "silu", "gelu"])
def test_saturating_functions_stay_finite_far_from_zero(name: str, x: float) -> None:
    v = Value(x)
    y = getattr(v, name)()
    y.backward()
    assert math.isfinite(y.data)
    assert math.isfinite(v.grad)
