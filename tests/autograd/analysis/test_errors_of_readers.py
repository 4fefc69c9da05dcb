"""What ``draw``, ``tree``, ``grad`` and ``check_gradients`` refuse, and the tree of errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd
from autograd import (
    AnomalyError,
    GlassgradError,
    GraphError,
    InputError,
    OperationError,
    ShapeError,
    Value,
    check_gradients,
    draw,
    errors,
    grad,
    tree,
)
from autograd.core.table import TABLE
from tests.autograd.messages import raises

graph_a, graph_b = Value(0.5, name="a"), Value(-0.25, name="b")
graph_h = graph_a * graph_b
graph_y = graph_h.tanh() + graph_a
graph_y.backward()
_NODES = (graph_a, graph_b, graph_h, graph_y)


def _state() -> list[Any]:
    return [(v.data, v.grad, v.name, v.op, v.parents, v.partials) for v in _NODES]


@pytest.fixture(autouse=True)
def _nothing_is_half_changed() -> Iterator[None]:
    before, rows = _state(), dict(TABLE)
    yield
    assert _state() == before
    assert rows == TABLE


# --- readers --------------------------------------------------------------------------------------

READERS: dict[str, tuple[Callable[[], Any], type[Exception], tuple[object, ...]]] = {
    "draw(5)": (lambda: draw(5), InputError, ("draw", "Value", 5)),
    "draw([v])": (lambda: draw([graph_a]), InputError, ("draw", "Value", "[Value(data=0.5")),
    "tree(None)": (lambda: tree(None), InputError, ("tree", "Value", "None")),
    "draw names=5": (lambda: draw(graph_y, names=5), InputError, ("names", "mapping", 5)),
    "tree names the wrong way round": (
        lambda: tree(graph_y, names={graph_a: "a"}), InputError, ("names", "Value(data=0.5"),
    ),
    "draw max_nodes text": (
        lambda: draw(graph_y, max_nodes="9"), InputError, ("draw", "max_nodes", "'9'"),
    ),
    "draw max_nodes None": (
        lambda: draw(graph_y, max_nodes=None), InputError, ("draw", "max_nodes", "None"),
    ),
    "tree max_lines 2.5": (
        lambda: tree(graph_y, max_lines=2.5), InputError, ("tree", "max_lines", 2.5),
    ),
    "tree max_lines 0": (
        lambda: tree(graph_y, max_lines=0), errors.ArgumentError, ("tree", "max_lines", 1, 0),
    ),
    "draw max_nodes -1": (
        lambda: draw(graph_y, max_nodes=-1), errors.ArgumentError, ("draw", "max_nodes", 1, -1),
    ),
    "draw model=5": (lambda: draw(graph_y, model=5), InputError, ("model", "nn.Module", 5)),
    "grad of a list": (
        lambda: grad([graph_y], [graph_a]), InputError, ("grad", "output", "[Value"),
    ),
    "check f": (
        lambda: check_gradients(graph_y, [1.0]), InputError,
        ("check_gradients", "function", "Value"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READERS)
def test_a_reader_refuses_what_it_cannot_read(case: str) -> None:
    call, error, named = READERS[case]
    with raises(error, *named):
        call()


@pytest.mark.parametrize("bad", [None, 5, b"x.svg", ["x.svg"]])
def test_a_path_that_is_none_is_refused(bad: Any) -> None:
    with raises(InputError, "Drawing.save", "path", repr(bad)):
        draw(graph_y).save(bad)


def test_a_name_the_package_does_not_have_is_an_attribute_error_that_says_where_to_look() -> None:
    with raises(AttributeError, "module 'autograd'", "'tensor'", "dir(autograd)"):
        autograd.tensor  # noqa: B018


# --- the tree of errors ---------------------------------------------------------------------------


def test_the_tree_drawn_in_the_docstring_is_the_real_one() -> None:
    drawn: dict[str, tuple[str, str | None]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ((?:[|` ]   |\|-- |`-- )*)(\w+Error)(?: +\((\w+)\))?", line)
        if found:
            depth = len(found[1]) // 4
            above[depth:] = [found[2]]
            drawn[found[2]] = (above[depth - 1] if depth else "Exception", found[3])
    real = {
        name: (
            thing.__bases__[0].__name__,
            thing.__bases__[1].__name__ if len(thing.__bases__) > 1 else None,
        )
        for name, thing in vars(errors).items()
        if isinstance(thing, type)
    }
    assert drawn == real
    assert len(drawn) == 11


def test_every_error_of_the_tree_is_exported_and_caught_by_its_base() -> None:
    for name, thing in vars(errors).items():
        if isinstance(thing, type):
            assert getattr(autograd, name) is thing
            assert issubclass(thing, GlassgradError)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [(InputError, TypeError), (ShapeError, ValueError), (GraphError, RuntimeError),
     (AnomalyError, ArithmeticError), (OperationError, ValueError),
     (errors.ClashError, ImportError), (errors.MissingExtraError, ImportError)],
)  # fmt: skip
def test_code_that_catches_the_builtin_error_keeps_working(
    error: type[Exception], builtin: type[Exception]
) -> None:
    with pytest.raises(builtin):
        raise error("said")
