"""Pickles name what is public, and nothing else of the package."""

from __future__ import annotations

import copy
import functools
import pickle
import pickletools
from typing import Any

import pytest

import autograd
from autograd import Value

w = Value(0.5, name="w")


def scaled(factor: float, x: Any) -> Any:
    return w * x * factor


def graph() -> Value:
    x = Value(-3.0, name="x")
    return (w * x + 2).leaky_relu(0.2) ** 3


def globals_of(thing: object) -> set[str]:
    """Every module and name that a pickle asks for."""
    found, texts = set[str](), list[str]()
    for opcode, argument, _ in pickletools.genops(pickle.dumps(thing)):
        if opcode.name == "STACK_GLOBAL":
            found.add(".".join(texts[-2:]))
        elif isinstance(argument, str):
            texts.append(argument)
    return found


@pytest.mark.parametrize(
    "thing",
    [Value(2.0), graph(), [w, graph()], autograd.compile(functools.partial(scaled, 2.0))],
    ids=["a leaf", "a graph", "a list", "a compiled function"],
)
def test_a_pickle_names_nothing_private_of_the_package(thing: object) -> None:
    named = globals_of(thing)
    assert "pkgutil.resolve_name" in named
    assert not [name for name in named if name.startswith(("autograd.", "nn."))]


def test_a_pickle_of_a_graph_gives_its_numbers_its_operations_and_its_sharing() -> None:
    y = graph()
    y.backward()
    weight, again = pickle.loads(pickle.dumps([w, y]))
    assert (again.data, again.op, again.grad) == (y.data, y.op, 1.0)
    assert again._operation is y._operation
    before = weight.grad
    again.backward()
    assert weight.grad == 2.0 * before != 0.0
    w.grad = 0.0


def test_a_shallow_copy_has_nodes_of_its_own_above_the_same_leaves() -> None:
    y = graph()
    twin = copy.copy(y)
    assert twin is not y
    assert twin.parents[0] is not y.parents[0]
    twin.backward()
    assert (y.grad, twin.grad) == (0.0, 1.0)
    assert w.grad != 0.0
    w.grad = 0.0


class Named(Value):
    """A class of a user's own, with a slot of its own."""

    __slots__ = ("unit",)


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_a_value_of_a_class_of_ones_own_keeps_class_and_slots(duplicate: Any) -> None:
    mine = Named(2.0, name="m")
    mine.unit = "metre"
    twin = duplicate(mine)
    assert (type(twin), twin.data, twin.name, twin.unit) == (Named, 2.0, "m", "metre")
    assert twin is not mine
