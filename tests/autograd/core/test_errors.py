"""Bad input of every kind, to every public function: what is named, and that nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import InputError, ShapeError, Value, check_gradients
from autograd.core.table import TABLE
from autograd.functions.functions import FUNCTIONS
from tests.autograd.messages import raises

# What is no number, with the kind of error, and what a message says of it.
NOT_NUMBERS: dict[str, tuple[Any, type[Exception], tuple[str, ...]]] = {
    "None": (None, InputError, ("None",)),
    "text": ("2", InputError, ("text", "'2'")),
    "bytes": (b"2", InputError, ("text", "b'2'")),
    "complex": (1 + 2j, InputError, ("(1+2j)",)),
    "list": ([1.0], ShapeError, ("list", "1")),
    "tuple": ((1.0, 2.0), ShapeError, ("tuple", "2")),
    "dict": ({"a": 1.0}, ShapeError, ("dict", "1")),
    "huge int": (10**400, InputError, ("float64", "int")),
    "array 0-d": (np.array(2.0), ShapeError, ("array", "()", ".item()")),
    "array 1-d": (np.array([1.0, 2.0]), ShapeError, ("array", "(2,)", ".item()")),
    "array of text": (np.array(["a"]), ShapeError, ("array", "(1,)")),
    "object": (object(), InputError, ("object", "<object object at")),
    "function": (len, InputError, ("builtin_function_or_method", "len")),
}

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


def refused(call: Callable[[Any], Any], operation: str, kind: str) -> None:
    bad, error, named = NOT_NUMBERS[kind]
    with raises(error, operation, *named):
        call(bad)


every_kind = pytest.mark.parametrize("kind", NOT_NUMBERS)


# --- Value ----------------------------------------------------------------------------------------


def _set(attribute: str) -> Callable[[Any], None]:
    return lambda bad: setattr(graph_a, attribute, bad)


PLACES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Value(x)": ("Value", Value),
    "v.data = x": ("Value.data", _set("data")),
    "v.grad = x": ("Value.grad", _set("grad")),
    "v.backward(x)": ("backward", graph_y.backward),
    "leaf.backward(x)": ("backward", graph_a.backward),
    "v + x": ("+", lambda x: graph_a + x),
    "x + v": ("+", lambda x: x + graph_a),
    "v - x": ("-", lambda x: graph_a - x),
    "x - v": ("-", lambda x: x - graph_a),
    "v * x": ("*", lambda x: graph_a * x),
    "x * v": ("*", lambda x: x * graph_a),
    "v / x": ("/", lambda x: graph_a / x),
    "x / v": ("/", lambda x: x / graph_a),
    "v ** x": ("**", lambda x: graph_a**x),
    "x ** v": ("**", lambda x: x**graph_a),
    "v < x": ("<", lambda x: graph_a < x),
    "v <= x": ("<=", lambda x: graph_a <= x),
    "v > x": (">", lambda x: graph_a > x),
    "v >= x": (">=", lambda x: graph_a >= x),
    "x < v": (">", lambda x: x < graph_a),
    "v.leaky_relu(x)": ("leaky_relu slope", graph_a.leaky_relu),
    "v.elu(alpha=x)": ("elu alpha", lambda x: graph_a.elu(alpha=x)),
    "tolerance=x": (
        "check_gradients tolerance",
        lambda x: check_gradients(lambda a: a, [1.0], tolerance=x),
    ),
    "check_gradients(f, [x])": ("check_gradients", lambda x: check_gradients(lambda a: a, [x])),
    "log(x, v)": ("log", lambda x: autograd.log(x, graph_a)),
    "pow(2, x)": ("**", lambda x: autograd.pow(2.0, x)),
    "pow(v, x)": ("**", lambda x: autograd.pow(graph_a, x)),
    "pow(x, v)": ("**", lambda x: autograd.pow(x, graph_a)),
}


@every_kind
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_number_is_refused_where_a_number_belongs(place: str, kind: str) -> None:
    operation, call = PLACES[place]
    if (place, kind) == ("x < v", "array 0-d"):
        # NumPy makes such an array of np.float64(2) before it compares: they cannot be told apart
        assert call(np.array(-9.0)) is True
        return
    refused(call, operation, kind)


@pytest.mark.parametrize("kind", [kind for kind in NOT_NUMBERS if kind != "None"])
def test_a_base_that_is_no_number_is_refused(kind: str) -> None:
    refused(lambda bad: autograd.log(graph_a, bad), "log", kind)
    refused(lambda bad: autograd.log(8.0, bad), "log", kind)


def test_a_value_within_a_value_is_refused() -> None:
    with raises(InputError, "Value", "Value", "Value(data=0.5"):
        Value(graph_a)


@pytest.mark.parametrize("name", [None, 5, b"x", ["x"], 0, False, object()])
def test_a_name_that_is_no_text_is_refused(name: Any) -> None:
    with raises(InputError, "Value.name", repr(name)):
        Value(1.0, name=name)
    with raises(InputError, "Value.name", repr(name)):
        graph_a.name = name


@pytest.mark.parametrize(
    "number", [2, 2.0, True, np.float64(2), np.float32(2), np.int8(2), np.bool_(True),
               __import__("fractions").Fraction(4, 2), float("nan"), float("-inf")],
)  # fmt: skip
def test_every_kind_of_real_number_becomes_a_float(number: Any) -> None:
    v = Value(number)
    assert type(v.data) is float
    assert v.data == float(number) or number != number


# --- functions of the table -----------------------------------------------------------------------

_ONE = sorted(name for name in FUNCTIONS if name in TABLE and TABLE[name].arity == 1)
_TWO = sorted(name for name in FUNCTIONS if name in TABLE and TABLE[name].arity == 2)
_LISTS = ["sum", "mean", "softmax", "log_softmax", "logsumexp", "prod"]
_PAIRS_OF_LISTS = ["dot", "dist"]


def test_these_lists_leave_no_function_out() -> None:
    known = {*_ONE, *_TWO, *_LISTS, *_PAIRS_OF_LISTS, "hypot", "pow", "fabs", "where", "choose"}
    assert known == set(FUNCTIONS)


@every_kind
@pytest.mark.parametrize("name", _ONE)
def test_a_function_of_one_operand_refuses_what_is_no_number(name: str, kind: str) -> None:
    refused(FUNCTIONS[name], name, kind)


@every_kind
@pytest.mark.parametrize("name", _TWO)
@pytest.mark.parametrize("other", [1.0, graph_a], ids=["number", "Value"])
def test_a_function_of_two_operands_refuses_either(name: str, other: Any, kind: str) -> None:
    refused(lambda bad: FUNCTIONS[name](bad, other), name, kind)
    refused(lambda bad: FUNCTIONS[name](other, bad), name, kind)


@every_kind
@pytest.mark.parametrize("name", _LISTS)
def test_a_function_of_a_list_refuses_an_element_that_is_no_number(name: str, kind: str) -> None:
    refused(lambda bad: FUNCTIONS[name]([1.0, bad]), name, kind)
    refused(lambda bad: FUNCTIONS[name]([graph_a, bad]), name, kind)


@every_kind
@pytest.mark.parametrize("name", _PAIRS_OF_LISTS)
def test_a_function_of_two_lists_refuses_an_element_of_either(name: str, kind: str) -> None:
    refused(lambda bad: FUNCTIONS[name]([bad, 1.0], [1.0, graph_a]), name, kind)
    refused(lambda bad: FUNCTIONS[name]([graph_a, 1.0], [1.0, bad]), name, kind)


@every_kind
def test_hypot_refuses_a_coordinate_that_is_no_number(kind: str) -> None:
    refused(lambda bad: autograd.hypot(3.0, bad), "hypot", kind)
    refused(lambda bad: autograd.hypot(graph_a, bad), "hypot", kind)


@every_kind
@pytest.mark.parametrize("other", [1.0, graph_a], ids=["number", "Value"])
def test_where_and_choose_refuse_each_operand_that_is_no_number(other: Any, kind: str) -> None:
    refused(lambda bad: autograd.where(bad, other, other), "where", kind)
    refused(lambda bad: autograd.where(other, bad, other), "where", kind)
    refused(lambda bad: autograd.where(other, other, bad), "where", kind)
    refused(lambda bad: autograd.choose(bad, [other, other]), "choose", kind)
    refused(lambda bad: autograd.choose(0, [other, bad]), "choose", kind)


def test_choose_refuses_what_is_no_list_and_an_empty_one() -> None:
    for bad in (5, "12", {1.0}):
        with raises(InputError, "choose", "list", repr(bad)):
            autograd.choose(0, bad)
    with raises(ShapeError, "choose", "empty list"):
        autograd.choose(0, [])


NOT_LISTS = [None, 5, 2.5, graph_a, "12", b"12", {1.0, 2.0}, {"a": 1.0}, 1j, np.array(1.0), len]


@pytest.mark.parametrize("bad", NOT_LISTS, ids=lambda bad: type(bad).__name__)
@pytest.mark.parametrize("name", _LISTS + _PAIRS_OF_LISTS)
def test_what_is_no_ordered_list_is_refused(name: str, bad: Any) -> None:
    calls = [(bad,)] if name in _LISTS else [(bad, [1.0]), ([1.0], bad)]
    for operands in calls:
        with raises(InputError, name, "list", repr(bad), f"{name}([a, b])"):
            FUNCTIONS[name](*operands)


@pytest.mark.parametrize("name", [*_LISTS[1:], *_PAIRS_OF_LISTS])
def test_an_empty_list_is_refused(name: str) -> None:
    operands = [[]] if name in _LISTS else [[], []]
    with raises(ShapeError, name, "empty list", f"{name}([a, b])"):
        FUNCTIONS[name](*operands)


def test_no_coordinate_at_all_is_refused() -> None:
    with raises(ShapeError, "hypot", "none"):
        autograd.hypot()


@pytest.mark.parametrize("name", _PAIRS_OF_LISTS)
def test_two_lists_of_different_lengths_are_refused(name: str) -> None:
    for x in (1.0, graph_a):
        with raises(ShapeError, name, 2, 3):
            FUNCTIONS[name]([x, x], [x, x, x])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: autograd.exp(), ("exp", 1, 0, "exp(x)")),
        (lambda: autograd.maximum(1.0), ("maximum", 2, 1, "maximum(a, b)")),
        (lambda: autograd.exp(1.0, 2.0), ("exp", 1, "none", 2)),
        (lambda: autograd.maximum(1.0, 2.0, 3.0), ("maximum", 2, "none", 3)),
        (lambda: graph_a.leaky_relu(0.1, 0.2), ("leaky_relu", 1, "slope", 3)),
        (lambda: graph_a.exp(base=2.0), ("exp", "'base'", "none", "base")),
        (lambda: autograd.elu(1.0, slope=2.0), ("elu", "'slope'", "alpha", "slope")),
    ],
)
def test_a_wrong_number_of_operands_or_an_unknown_setting_is_refused(
    call: Callable[[], Any], named: tuple[object, ...]
) -> None:
    with raises(InputError, *named):
        call()
