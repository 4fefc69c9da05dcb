"""No recursion, no cycles, no order by hash: deep graphs, freed graphs, the same bits anywhere."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd
from autograd import Value, draw, grad, tree
from autograd.core.graph import interior, leaves, topological_order

ROOT = Path(__file__).parents[2]
DEPTH = 100_000


class Watched(Value):
    """A leaf that can be seen to die. It stands at the bottom, and every node above holds it."""

    __slots__ = ("__weakref__",)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def chain(x: Value, depth: int) -> Value:
    y = x
    for _ in range(depth):
        y = y + x
    return y


def test_a_chain_of_a_million_nodes_is_built_swept_and_freed_without_the_collector(
    no_collector: None,
) -> None:
    bottom = Watched(1.0)
    alive = weakref.ref(bottom)
    y = chain(bottom, 1_000_000)
    y.backward()
    assert (y.data, bottom.grad) == (1_000_001.0, 1_000_001.0)
    del bottom
    assert alive() is not None
    del y
    assert alive() is None


def test_no_node_of_a_freed_graph_is_left_for_the_collector(no_collector: None) -> None:
    before = sum(type(thing) is Value for thing in gc.get_objects())
    x = Value(0.5)
    y = x
    for _ in range(50):  # every kind of node: the quick paths, apply(), constants, n-ary sums
        y = autograd.sum([(y * x + 1).tanh(), abs(y), y.relu(), 2.0**y, y**2, y / 3]) - x
    y.backward()
    (slope,) = grad(y, [x])
    assert sum(type(thing) is Value for thing in gc.get_objects()) > before + 500
    del x, y, slope
    assert sum(type(thing) is Value for thing in gc.get_objects()) == before


def test_a_deep_chain_is_deep_copied_and_the_copy_is_a_graph_of_its_own(
    no_collector: None,
) -> None:
    bottom = Watched(1.0)
    alive = weakref.ref(bottom)
    y = chain(bottom, DEPTH)
    twin = copy.deepcopy(y)
    del bottom, y
    assert alive() is None
    twin.backward()
    (leaf,) = leaves(twin)
    assert type(leaf) is Watched
    assert (twin.data, leaf.grad) == (DEPTH + 1.0, DEPTH + 1.0)


def test_a_deep_chain_is_pickled() -> None:
    y = chain(Value(1.0, name="x"), DEPTH)
    again = pickle.loads(pickle.dumps(y))
    assert len(interior(again)) == DEPTH
    again.backward()
    (leaf,) = leaves(again)
    assert (again.data, leaf.grad, leaf.name) == (DEPTH + 1.0, DEPTH + 1.0, "x")


def test_a_deep_chain_is_differentiated_by_grad_and_its_derivative_again() -> None:
    x = Value(1.0)
    y = x
    for _ in range(10_000):
        y = y.sin()
    (first,) = grad(y, [x])
    y.backward()
    assert first.data == x.grad
    (second,) = grad(first, [x])
    assert second.data < 0.0


def test_a_deep_chain_is_shown_as_text() -> None:
    text = tree(chain(Value(1.0), 3_000), max_lines=10)
    assert text.splitlines()[-1].startswith("... cut at 10 lines of a graph of 3,001 nodes")


def test_a_wide_node_has_all_of_its_parents() -> None:
    x = Value(1.0)
    y = autograd.sum([x] * DEPTH)
    y.backward()
    assert (y.data, x.grad, len(y.parents)) == (DEPTH, DEPTH, DEPTH)


def test_thirty_doublings_are_swept_at_once_and_not_once_for_each_path() -> None:
    x = Value(1.0)
    y = x
    for _ in range(30):
        y = y + y
    assert len(topological_order(y)) == 31
    y.backward()
    assert x.grad == 2.0**30


# --- copies ---------------------------------------------------------------------------------------


def test_a_deep_copy_keeps_what_is_shared_shared_and_duplicates_kept() -> None:
    x = Value(3.0, name="x")
    a, b = x * x, x * 2
    twins = copy.deepcopy([a, b, x])
    assert twins[0].parents == (twins[2], twins[2])
    assert twins[1].parents[0] is twins[2]
    assert twins[2] is not x
    assert twins[2].name == "x"


def test_backward_on_a_deep_copy_leaves_gradients_on_the_copy_alone() -> None:
    x = Value(3.0)
    y = x * x
    twin = copy.deepcopy(y)
    twin.backward()
    assert (x.grad, y.grad) == (0.0, 0.0)
    assert twin.parents[0].grad == 6.0


@pytest.mark.parametrize("through", [copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y))])
def test_a_copy_keeps_data_gradients_names_operations_and_settings(through) -> None:  # type: ignore[no-untyped-def]
    x = Value(3.0, name="x")
    y = (x**1.5).leaky_relu(0.25) * 2
    y.name = "y"
    y.backward()
    again = through(y)
    for old, new in zip(topological_order(y), topological_order(again), strict=True):
        assert new is not old
        assert (new.data, new.grad, new.name, new.op) == (old.data, old.grad, old.name, old.op)
        assert new.partials == old.partials
        assert new._operation is old._operation


def test_a_copy_of_a_graph_that_was_never_swept_has_no_gradients_yet() -> None:
    y = Value(3.0) * 2
    assert "no gradients yet" in tree(copy.deepcopy(y))
    assert "no gradients yet" in tree(pickle.loads(pickle.dumps(y)))


def test_leaves_stay_shared_between_a_list_of_parameters_and_a_graph_pickled_beside_it() -> None:
    x = Value(3.0)
    again, y = pickle.loads(pickle.dumps([x, x * x]))
    assert y.parents == (again, again)


class Tagged(Value):
    __slots__ = "tag"


class Open(Value):
    pass


def test_a_subclass_is_copied_and_pickled_with_its_own_slots_and_attributes() -> None:
    tagged, free = Tagged(2.0, name="t"), Open(3.0)
    tagged.tag, free.note = "mine", [1, 2]
    for again in (copy.deepcopy(tagged), copy.copy(tagged)):
        assert type(again) is Tagged
        assert (again.data, again.name, again.tag) == (2.0, "t", "mine")
    assert copy.deepcopy(free).note == [1, 2]
    left, right = copy.deepcopy(tagged * free).parents
    assert (type(left), type(right)) == (Tagged, Open)


# --- the same bits in every process ---------------------------------------------------------------

_PROGRAM = """
import autograd
from autograd import Value, draw, grad, tree
xs = [Value(0.1 * i + 0.05, name=f"x{i}") for i in range(12)]
hidden = [(autograd.dot(xs, xs[i:] + xs[:i]) + xs[i]).tanh() for i in range(12)]
y = autograd.logsumexp(hidden) * autograd.mean(autograd.softmax(hidden + xs)) + autograd.prod(xs)
y.backward()
print(*[x.grad.hex() for x in xs])
print(*[g.data.hex() for g in grad(y, xs)])
print(draw(y).source)
print(tree(y, max_lines=None))
"""


def test_gradients_dot_text_and_tree_are_the_same_bytes_under_two_hash_seeds() -> None:
    outputs = []
    for seed in ("1", "271828"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT),
                                    "PYTHONIOENCODING": "utf-8"}  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM], capture_output=True, check=True, env=environment
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"0x") >= 24
    assert b"digraph" in outputs[0]


def test_the_order_is_the_one_a_recursive_walk_would_give() -> None:
    a, b = Value(1.0), Value(2.0)
    c, d = a * b, a + b
    y = (d - c) * d

    def walk(node: Value, order: list[Value]) -> list[Value]:
        for parent in node.parents:
            if parent not in order:
                walk(parent, order)
        return [*order, node] if node not in order and not order.append(node) else order  # type: ignore[func-returns-value]

    order: list[Value] = []
    walk(y, order)
    assert interior(y) == [node for node in order if node.parents]
    assert set(topological_order(y)) == set(order)
    place = {node: i for i, node in enumerate(topological_order(y))}
    assert all(place[parent] < place[node] for node in place for parent in node.parents)


def test_drawing_the_same_graph_twice_gives_the_same_text() -> None:
    def build() -> Value:
        a, b = Value(1.0, name="a"), Value(2.0, name="b")
        return (a * b + a).exp()

    assert draw(build(), names={}).source == draw(build(), names={}).source
