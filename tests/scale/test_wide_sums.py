"""A sum of 100,000 terms, as one node and as a loop of +=: eager, compiled, shown, explained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Stepper, Value, draw, explain, forward_steps, steps, tree
from autograd.show.picture import PictureNode
from tests.scale.sizes import lines_run, sized

WIDTH = sized(8_000, 100_000)


def by_sum(xs: list[Value]) -> Value:
    return autograd.sum(xs)


def by_loop(xs: list[Value]) -> Value:
    total: Any = 0.0
    for x in xs:
        total += x
    return total  # type: ignore[no-any-return]


WAYS = pytest.mark.parametrize("add", [by_sum, by_loop])


@pytest.fixture(scope="module")
def xs() -> list[Value]:
    return [Value(0.25 * (i % 8), name=f"x{i}") for i in range(WIDTH)]


@WAYS
def test_every_term_has_a_slope_of_one(add: Any, xs: list[Value]) -> None:
    for x in xs:
        x.grad = 0.0
    y = add(xs)
    y.backward()
    assert y.data == sum(0.25 * (i % 8) for i in range(WIDTH))  # quarters add up exactly
    assert {x.grad for x in xs} == {1.0}


@WAYS
def test_the_compiled_sum_of_parameters_is_one_instruction(add: Any, xs: list[Value]) -> None:
    f = autograd.compile(lambda: add(xs))
    value, gradient = f.value_and_grad(f.theta)
    assert value == add(xs).data
    assert gradient.tolist() == [1.0] * WIDTH
    assert len(f.source) < 1_000


@WAYS
def test_the_compiled_sum_of_arguments_is_one_instruction(add: Any) -> None:
    f = autograd.compile(add)
    batch = np.tile(0.25 * np.arange(8), (3, WIDTH // 8))
    assert f.map(batch).tolist() == batch.sum(axis=1).tolist()
    assert len(f.source) < 1_000


@WAYS
def test_steps_pass_every_edge(add: Any, xs: list[Value]) -> None:
    y = add(xs)
    n_edges = WIDTH if add is by_sum else 2 * WIDTH
    records = list(steps(y))
    assert len(records) == n_edges
    assert records[-1].total == 1.0
    *_, result = forward_steps(y)
    assert result.data == y.data
    assert len(str(result)) < 500


@WAYS
def test_pictures_and_texts_stay_short(add: Any, xs: list[Value]) -> None:
    y = add(xs)
    y.backward()
    assert len(draw(y, names={}).source) < 10_000
    assert "cut at 200 lines" in tree(y, names={})
    found = explain(y, xs[WIDTH // 2], names={})
    assert (found.n_paths, found.total) == (1, 1.0)
    assert len(found.text()) < 5_000
    stepper = Stepper(y, names={})
    assert len(repr(stepper.seek(-1))) < 20_000
    assert len(stepper.html()) < 500_000


def test_a_picture_of_a_wide_node_asks_for_each_flow_and_not_for_all_at_each_edge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0
    flows = PictureNode.flows.fget  # type: ignore[attr-defined]

    def counting(node: PictureNode) -> tuple[float, ...]:
        nonlocal asked
        asked += len(node.parents)
        found: tuple[float, ...] = flows(node)
        return found

    monkeypatch.setattr(PictureNode, "flows", property(counting))
    for width, largest in ((50, 1_000), (1_000, 200)):  # whole, and folded
        y = autograd.sum([Value(1.0) for _ in range(width)])
        y.backward()
        asked = 0
        draw(y, names={}, max_nodes=largest)
        assert asked <= width


@pytest.mark.parametrize("work", [
    lambda y, x: y.backward(), lambda y, x: list(steps(y)), lambda y, x: tree(y, names={}),
    lambda y, x: draw(y, names={}).source, lambda y, x: explain(y, x, names={}).text(),
    lambda y, x: Stepper(y, names={}).html(), lambda y, x: repr(Stepper(y, names={}).seek(-1)),
])  # fmt: skip
@WAYS
def test_twice_as_wide_a_sum_is_twice_as_much_work(add: Any, work: Any) -> None:
    lines = []
    for width in (1_000, 2_000):
        xs = [Value(1.0) for _ in range(width)]
        y = add(xs)
        y.backward()
        lines.append(lines_run(lambda: work(y, xs[5])))  # noqa: B023 -- it is called at once
    assert lines[1] < 2.1 * lines[0] + 100


@WAYS
def test_twice_as_wide_a_sum_is_compiled_by_twice_as_much_work(add: Any) -> None:
    def compiled(width: int) -> Any:
        xs = [Value(1.0) for _ in range(width)]
        f = autograd.compile(lambda: add(xs))
        return lambda: f.value_and_grad(np.ones(width))

    compiled(10)()
    once, twice = lines_run(compiled(500)), lines_run(compiled(1_000))
    assert 500 < twice < 2.1 * once
