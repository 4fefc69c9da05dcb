"""``steps`` and ``forward_steps``: both passes as records, which change nothing."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given

from autograd import InputError, Value, forward_steps, steps
from autograd.core.evaluate import evaluate
from autograd.core.graph import interior, topological_order
from tests.autograd.messages import raises
from tests.graphs import graphs


def same(a: float, b: float) -> bool:
    return a.hex() == b.hex()


def example() -> Value:
    a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    return a * b + a


@given(graphs())
def test_replaying_the_contributions_gives_the_gradients_of_backward_bit_for_bit(y: Value) -> None:
    gradients = dict.fromkeys(topological_order(y), 0.0)
    gradients[y] = 1.0
    for step in steps(y):
        gradients[step.parent] += step.contribution
    y.backward()
    assert all(same(gradient, node.grad) for node, gradient in gradients.items())


@given(graphs())
def test_the_last_total_of_a_node_is_its_gradient(y: Value) -> None:
    totals = {step.parent: step.total for step in steps(y)}
    y.backward()
    assert all(same(total, node.grad) for node, total in totals.items())
    assert set(totals) | {y} == set(topological_order(y))


@given(graphs())
def test_there_is_one_step_for_each_edge_children_before_parents(y: Value) -> None:
    taken = list(steps(y))
    edges = [(node, slot) for node in interior(y) for slot in range(len(node.parents))]
    assert {(step.node, step.slot) for step in taken} == set(edges)
    assert len(taken) == len(edges)
    last_received = {step.parent: i for i, step in enumerate(taken)}
    for i, step in enumerate(taken):
        assert last_received.get(step.node, -1) < i
        assert step.parent is step.node.parents[step.slot]
        assert same(step.local, step.node.partials[step.slot])
        assert same(step.contribution, step.upstream * step.local)


@given(graphs())
def test_forward_steps_compute_each_node_once_and_parents_first(y: Value) -> None:
    taken = list(forward_steps(y))
    assert [step.node for step in taken] == interior(y)
    for step in taken:
        operation = step.node._operation
        assert operation is not None
        assert step.operands == tuple([p.data for p in step.node.parents]) or "nan" in str(step)
        assert same(evaluate(operation, list(step.operands))[0], step.data)


def test_steps_start_from_zero_whatever_earlier_sweeps_have_left_and_change_nothing() -> None:
    y = example()
    y.backward()
    y.backward()
    before = [node.grad for node in topological_order(y)]
    assert [step.total for step in steps(y)] == [1.0, 1.0, -2.0, 2.0]
    assert [node.grad for node in topological_order(y)] == before == [-4.0, 4.0, 1.0, 1.0]


def test_steps_of_a_graph_that_was_never_swept_leave_it_without_gradients() -> None:
    y = example()
    assert list(steps(y))
    assert not hasattr(y, "_grad")


def test_a_square_has_two_steps_to_the_same_parent() -> None:
    a = Value(3.0)
    assert [(step.slot, step.total) for step in steps(a * a)] == [(0, 3.0), (1, 6.0)]


def test_a_seed_scales_every_step_as_in_backward() -> None:
    y = example()
    assert [step.contribution for step in steps(y, grad=-2.0)] == [-2.0, -2.0, 6.0, -4.0]


def test_a_leaf_alone_has_no_steps() -> None:
    assert list(steps(Value(1.0))) == list(forward_steps(Value(1.0))) == []


def test_records_are_frozen_and_say_what_they_are() -> None:
    y = example()
    step = list(steps(y))[2]
    assert str(step) == "* -> a: 1 x (-3) = -3, total -2"
    assert step.rule == "each factor is scaled by the other one"
    forward = next(iter(forward_steps(y)))
    assert str(forward) == "* = 2 * (-3) = -6"
    for record in (step, forward):
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.node = y  # type: ignore[misc]


def test_the_formula_of_a_call_has_one_pair_of_brackets() -> None:
    (step,) = forward_steps(Value(-2.0).relu())
    assert str(step) == "ReLU = relu(-2) = 0"


def test_zero_times_infinity_is_the_nan_that_backward_leaves() -> None:
    x = Value(0.0)
    y = x.sqrt() * 0.0
    contributions = [step.contribution for step in steps(y)]
    y.backward()
    assert math.isnan(contributions[-1])
    assert math.isnan(x.grad)


def test_a_deep_chain_is_stepped_through() -> None:
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + 0.0
    assert sum(1 for _ in steps(y)) == 200_000
    assert sum(1 for _ in forward_steps(y)) == 100_000


@pytest.mark.parametrize("function", [steps, forward_steps])
def test_what_is_no_value_is_refused_at_once(function) -> None:  # type: ignore[no-untyped-def]
    name = function.__name__
    with raises(InputError, name, "Value", "[1.0]"):
        function([1.0])


def test_a_seed_that_is_no_number_is_refused_at_once() -> None:
    with raises(InputError, "steps", "number", "'x'"):
        steps(Value(1.0), grad="x")  # type: ignore[arg-type]


def test_a_leaf_without_a_name_is_called_by_its_number_and_a_name_stays_on_its_line() -> None:
    step = next(steps(Value(2.0) * Value(1.0, name="a\nb")))
    assert str(step) == "* -> leaf 2: 1 x 1 = 1, total 1"
    assert r"a\nb" in str(list(steps(Value(2.0) * Value(1.0, name="a\nb")))[1])


def test_nodes_without_a_name_are_called_by_the_callers_variables() -> None:
    a, b = Value(2.0), Value(-3.0, name="weight")
    L = a * b + 1.0
    assert [str(step) for step in steps(L)] == [
        "L -> *: 1 x 1 = 1, total 1",
        "L -> 1: 1 x 1 = 1, total 1",
        "* -> a: 1 x (-3) = -3, total -3",
        "* -> weight: 1 x 2 = 2, total 2",
    ]
    assert [str(step) for step in forward_steps(L)] == ["* = 2 * (-3) = -6", "L = (-6) + 1 = -5"]


def test_names_that_are_given_take_the_place_of_the_callers_variables() -> None:
    a = Value(2.0)
    y = a * a
    assert str(next(iter(steps(y, names={"x": a})))) == "* -> x: 1 x 2 = 2, total 2"
    assert str(next(iter(steps(y, names={})))) == "* -> leaf 2: 1 x 2 = 2, total 2"
    assert str(next(iter(forward_steps(y, names={"y of x": y})))) == "y of x = 2 * 2 = 4"
    with raises(InputError, "names", "mapping", "'x'"):
        steps(y, names="x")  # type: ignore[arg-type]


def test_two_records_of_one_step_are_equal_whatever_its_nodes_are_called() -> None:
    a = Value(2.0)
    y = a * a
    assert list(steps(y)) == list(steps(y, names={}))
    assert "names" not in repr(next(iter(steps(y))))
