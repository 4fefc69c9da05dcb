"""A chain of a million nodes: every reader, copying, and being freed, without recursion."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import weakref
from itertools import islice
from typing import Any

import pytest

from autograd import (
    Stepper,
    Value,
    check_gradients,
    detect_anomaly,
    draw,
    explain,
    forward_steps,
    grad,
    no_grad,
    steps,
    tree,
    wrong_order,
)
from autograd.core.graph import leaves
from tests.scale.sizes import lines_run, sized

DEPTH = sized(30_000, 1_000_000)


class Watched(Value):
    """A leaf that can be seen to die."""

    __slots__ = ("__weakref__",)


def chain(x: Value, depth: int = DEPTH) -> Value:
    y = x
    for _ in range(depth):
        y = y + x
    return y


@pytest.fixture(scope="module")
def x() -> Value:
    return Value(1.0, name="x")


@pytest.fixture(scope="module")
def y(x: Value) -> Value:
    """One chain for all the readers, swept once; none of them changes it."""
    output = chain(x)
    output.backward()
    return output


def test_a_sweep_reaches_the_first_node_as_often_as_it_is_used(x: Value, y: Value) -> None:
    assert (y.data, x.grad) == (DEPTH + 1.0, DEPTH + 1.0)


def test_grad_makes_the_derivative_as_a_value(x: Value, y: Value) -> None:
    (slope,) = grad(y, [x])
    assert slope.data == DEPTH + 1.0


@pytest.mark.parametrize(("function", "made"), [(steps, "Step"), (forward_steps, "ForwardStep")])
def test_records_of_a_pass_are_made_one_by_one_as_they_are_asked_for(
    y: Value, function: Any, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["autograd.analysis.steps"]
    count, kind = 0, getattr(module, made)

    def counting(*fields: Any) -> Any:
        nonlocal count
        count += 1
        return kind(*fields)

    monkeypatch.setattr(module, made, counting)
    assert len(list(islice(function(y), 3))) == 3
    assert count == 3


def test_the_last_record_of_both_passes_is_right(x: Value, y: Value) -> None:
    *_, last = steps(y)
    assert (last.parent, last.total) == (x, DEPTH + 1.0)
    *_, result = forward_steps(y)
    assert (result.node, result.operands) == (y, (float(DEPTH), 1.0))


def test_the_tree_is_cut_and_says_so(y: Value) -> None:
    lines = tree(y, max_lines=10).splitlines()
    assert len(lines) == 12
    assert lines[-1].startswith(f"... cut at 10 lines of a graph of {DEPTH + 1:,} nodes")


def test_the_picture_is_folded_and_says_so(y: Value) -> None:
    source = draw(y).source
    assert f"{DEPTH + 1:,} nodes folded into " in source
    assert len(source) < 10_000


def test_an_explanation_counts_all_paths_and_shows_a_few(x: Value, y: Value) -> None:
    found = explain(y, x, top=3)
    assert (found.n_paths, found.total) == (DEPTH + 1, DEPTH + 1.0)
    assert f"a sum over {DEPTH + 1:,} paths; the 3 largest" in found.text()
    assert len(found.text()) < 5_000


def test_the_stepper_goes_to_both_ends_and_folds_its_page(y: Value) -> None:
    stepper = Stepper(y)
    assert len(stepper) == 3 * DEPTH + 1
    assert f"step {3 * DEPTH + 1:,} of".replace(",", "") in repr(stepper.seek(-1)).replace(",", "")
    assert stepper.back().position == 3 * DEPTH
    page = stepper.html()
    assert f"{DEPTH + 1:,} nodes folded into" in page
    assert len(page) < 500_000


def test_a_copy_and_a_pickle_are_graphs_of_their_own(x: Value, y: Value) -> None:
    for again in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        (leaf,) = leaves(again)
        again.backward()
        assert (leaf.name, leaf.grad) == ("x", x.grad + DEPTH + 1.0)
    assert x.grad == DEPTH + 1.0


def test_representations_and_orders_look_at_no_more_than_they_show(y: Value) -> None:
    assert lines_run(lambda: repr(y)) < 100
    with no_grad():
        assert (y * 2.0).data == 2.0 * y.data


def test_gradients_are_checked_along_the_whole_chain() -> None:
    report = check_gradients(lambda a: chain(a, DEPTH // 10), [1.0])
    assert report.ok
    assert report.rows[0].analytic == DEPTH // 10 + 1.0


def test_a_look_for_anomalies_goes_along_the_whole_chain_and_keeps_nothing() -> None:
    bottom = Watched(1.0)
    alive = weakref.ref(bottom)
    gc.disable()
    try:
        with detect_anomaly():
            y = chain(bottom, DEPTH // 10)
            y.backward()
        assert bottom.grad == DEPTH // 10 + 1.0
        del bottom, y
        assert alive() is None
    finally:
        gc.enable()


def test_which_order_was_forgotten_is_told_of_a_deep_chain() -> None:
    bottom = Value(1.0)
    h = chain(bottom, DEPTH // 10)
    found = wrong_order(h + h * h)
    assert found.too_early == [h]
    assert (found.right[h], found.wrong[bottom]) == (2.0 * h.data + 1.0, h.data)
    assert len(str(found)) < 10_000


def test_a_chain_is_freed_from_the_top_down_by_counting_references_alone() -> None:
    bottom = Watched(1.0)
    alive = weakref.ref(bottom)
    gc.collect()
    gc.disable()
    try:
        y = chain(bottom)
        twin = copy.deepcopy(y)
        y.backward()
        del bottom, y, twin
        assert alive() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("work", [
    lambda y, x: y.backward(), lambda y, x: grad(y, [x]), lambda y, x: list(steps(y)),
    lambda y, x: tree(y, names={}), lambda y, x: draw(y, names={}),
    lambda y, x: explain(y, x, names={}).text(), lambda y, x: copy.deepcopy(y),
    lambda y, x: pickle.dumps(y), lambda y, x: Stepper(y, names={}),
    lambda y, x: repr(Stepper(y, names={}).seek(-1)),
])  # fmt: skip
def test_twice_as_long_a_chain_is_twice_as_much_work(work: Any) -> None:
    lines = []
    for depth in (1_000, 2_000):
        x = Value(1.0)
        y = chain(x, depth)
        y.backward()
        lines.append(lines_run(lambda: work(y, x)))  # noqa: B023 -- it is called at once
    assert lines[1] < 2.1 * lines[0]
    assert lines[1] > 1_000
