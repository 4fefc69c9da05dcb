"""A Value as an object: identity, order, conversions, and what it says of itself."""

from __future__ import annotations

import math

from autograd import Value, no_grad

nan = math.nan

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
