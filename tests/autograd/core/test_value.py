"""A Value as an object: identity, order, conversions, and what it says of itself."""

from __future__ import annotations

import math
import pickle
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import AnomalyError, TraceError, Value, detect_anomaly, no_grad
from autograd.core.operation import TABLE
from autograd.functions.functions import FUNCTIONS
from autograd.functions.sums import weighted_sum
from tests.autograd.messages import raises

inf, nan = math.inf, math.nan

# --- identity, comparison, conversion -------------------------------------------------------------


def test_equality_and_hash_are_by_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    same_one = a
    assert a == same_one
    assert a != b
    assert len({a, b, same_one}) == 2
    assert hash(a) == hash(same_one)
    assert {a: "first"}.get(b) is None


def test_the_hash_of_a_value_survives_a_change_of_its_data() -> None:
    a = Value(1.0)
    found = {a}
    a.data = 2.0
    assert a in found


def test_order_compares_data_with_values_and_with_numbers() -> None:
    small, large = Value(1.0), Value(2.0)
    assert small < large
    assert large > small
    assert small <= Value(1.0) <= 1
    assert large >= Value(2.0) >= 2
    assert not small < 1.0
    assert 0 < small < 1.5 < large
    assert max([small, large]) is large
    assert not Value(nan) < 1.0
    assert not Value(nan) >= 1.0


def test_a_value_converts_to_the_number_it_holds() -> None:
    v = Value(2.75)
    assert (float(v), int(v), f"{v:.1f}", bool(v)) == (2.75, 2, "2.8", True)
    assert not Value(0.0)
    assert bool(Value(nan))


def test_plus_of_a_value_is_the_value_itself() -> None:
    v = Value(1.0)
    assert +v is v


def test_repr_shows_data_gradient_name_and_operation() -> None:
    v = Value(2.0, name="v")
    y = v * v
    y.backward()
    assert repr(v) == "Value(data=2.0, grad=4.0, name='v')"
    assert repr(y) == f"{y}" == "Value(data=4.0, grad=1.0, op='*')"


def test_op_is_empty_for_a_leaf_and_constant_for_a_number_in_an_expression() -> None:
    y = Value(2.0) * 3
    assert (y.parents[0].op, y.parents[1].op, y.op) == ("", "constant", "*")


def test_a_result_under_no_grad_is_a_leaf() -> None:
    with no_grad():
        y = Value(2.0) * 3
    assert (y.data, y.parents, y.op) == (6.0, (), "")


def test_a_node_that_no_sweep_has_reached_shows_a_gradient_of_zero() -> None:
    assert repr(Value(2.0) * 3) == "Value(data=6.0, grad=0.0, op='*')"


def test_a_method_has_the_name_and_the_sentence_of_its_row() -> None:
    assert Value.sinh.__name__ == "sinh"
    assert Value.sinh.__qualname__ == "Value.sinh"
    assert Value.sinh.__doc__ == f"sinh(x): {TABLE['sinh'].why}."


def test_rows_of_one_operand_that_are_functions_are_methods_and_no_others_are() -> None:
    # other tests may have added primitives, which are no methods
    for row in [row for row in TABLE.values() if row.name in FUNCTIONS or not row.is_function]:
        if row.arity == 1 and row.is_function:
            assert callable(getattr(Value, row.name)), row.name
        elif row.name.isidentifier():
            assert not hasattr(Value, row.name), row.name


# --- quick paths under modes ----------------------------------------------------------------------

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 5e-324, -5e-324, 1e308, inf, -inf, nan)


@pytest.mark.parametrize("x", SPECIAL)
def test_relu_under_no_grad_has_the_bits_of_the_one_that_records(x: float) -> None:
    usual = Value(x).relu()
    with no_grad():
        assert repr(Value(x).relu().data) == repr(usual.data)


@pytest.mark.parametrize("bias", SPECIAL)
@pytest.mark.parametrize("product", [(), (-0.0,), (0.0,), (-0.0, -0.0), (0.1, 0.2, 0.3)])
def test_a_weighted_sum_under_no_grad_has_the_bits_of_the_one_that_records(
    product: tuple[float, ...], bias: float
) -> None:
    weights, inputs = [Value(x) for x in product], [Value(1.0) for _ in product]
    usual = weighted_sum(weights, inputs, Value(bias))
    with no_grad():
        assert repr(weighted_sum(weights, inputs, Value(bias)).data) == repr(usual.data)


def test_quick_paths_under_no_grad_are_watched_by_detect_anomaly() -> None:
    with detect_anomaly(), no_grad():
        with raises(AnomalyError, "ReLU", "nan"):
            Value(nan).relu()
        with raises(AnomalyError, "*", "inf"):
            weighted_sum([Value(1e200)], [Value(1e200)], Value(0.0))
        with raises(AnomalyError, "Σ", "inf"):
            weighted_sum([Value(1.0)], [Value(1e308)], Value(1e308))


@pytest.mark.parametrize("mode", [nullcontext, no_grad, detect_anomaly])
def test_a_weighted_sum_cuts_neither_list_short(
    mode: Callable[[], AbstractContextManager[object]],
) -> None:
    one, two = [Value(1.0)], [Value(2.0), Value(3.0)]
    with mode(), pytest.raises(ValueError, match="zip"):
        weighted_sum(one, two, Value(0.0))
    with mode(), pytest.raises(ValueError, match="zip"):
        weighted_sum(two, one, Value(0.0))


def test_a_weighted_sum_has_parents_unless_under_no_grad() -> None:
    weight, x, bias = Value(2.0), Value(3.0), Value(0.5)
    assert weighted_sum([weight], [x], bias).parents[1] is bias
    with no_grad():
        assert weighted_sum([weight], [x], bias).parents == ()


def test_a_value_without_a_name_has_the_empty_name() -> None:
    x = Value(2.0)
    assert (x.name, (x * x).name, Value(2.0, name="x").name) == ("", "", "x")


def test_a_value_is_not_pickled_while_a_function_is_traced() -> None:
    weight = Value(2.0)
    with raises(TraceError, "compile", "a copy"):
        autograd.compile(lambda: Value(float(len(pickle.dumps(weight)))) * weight).source  # noqa: B018
    assert pickle.loads(pickle.dumps(weight)).data == 2.0


def test_a_value_may_be_shown_as_a_whole_while_a_function_is_traced() -> None:
    weight, shown = Value(2.0, name="w"), []

    def twice() -> Value:
        shown.append(f"{weight}")
        return weight * 2

    assert autograd.compile(twice).value_and_grad([3.0])[0] == 6.0
    assert set(shown) == {"Value(data=2.0, grad=0.0, name='w')"}


def test_a_weighted_sum_is_a_sum_as_ever_while_another_thread_traces() -> None:
    opened, done, weight = threading.Event(), threading.Event(), Value(2.0)

    def slowly() -> Value:
        opened.set()
        done.wait(10)
        return weight * 2

    thread = threading.Thread(target=lambda: autograd.compile(slowly).source)
    thread.start()
    try:
        assert opened.wait(10)
        node = weighted_sum([weight], [Value(3.0)], Value(0.5))
    finally:
        done.set()
        thread.join()
    assert (node.data, node.op, len(node.parents)) == (6.5, "sum", 2)


@pytest.mark.parametrize("number", [0, 1, -1, 2, 10**15, True, np.int64(3), np.float32(0.5)])
@pytest.mark.parametrize("slot", ["data", "grad"])
def test_a_number_of_any_kind_becomes_the_float_that_it_is(slot: str, number: Any) -> None:
    v = Value(5.0)
    setattr(v, slot, number)
    assert getattr(v, slot) == number
    assert type(getattr(v, slot)) is float


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="later Pythons inline a getter")
def test_reading_data_runs_no_python_but_while_a_function_is_traced() -> None:
    def n_calls() -> int:
        calls = []
        sys.setprofile(lambda frame, event, arg: calls.append(event) if event == "call" else None)
        try:
            v.data  # noqa: B018 -- reading it is the test
        finally:
            sys.setprofile(None)
        return len(calls)

    v, seen = Value(2.0), []
    assert n_calls() == 0

    def fn(x: Value) -> Value:
        elsewhere = threading.Thread(target=lambda: seen.append(n_calls()))
        elsewhere.start()
        elsewhere.join()
        return x

    assert autograd.compile(fn).map([1.0]).tolist() == [1.0]
    assert seen[0] > 0
    assert n_calls() == 0
