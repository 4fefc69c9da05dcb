"""NumPy's functions of a single Value are autograd's, or an error that says what to do."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import InputError, ShapeError, Value
from autograd.functions.functions import FUNCTIONS
from autograd.functions.ufuncs import _NAMES, _OPERATORS
from tests.autograd.messages import raises


@pytest.mark.parametrize(
    ("name", "x"),
    [
        *(
            (name, 0.4)
            for name in ("exp", "log", "sqrt", "tanh", "sin", "cbrt", "arctan", "arcsin")
        ),
        *((name, -2.5) for name in ("abs", "fabs", "negative", "square", "arcsinh", "deg2rad")),
        ("arccosh", 1.5),
    ],
)
def test_numpys_function_of_a_value_is_a_value_of_the_same_number(name: str, x: float) -> None:
    v = Value(x)
    y = getattr(np, name)(v)
    assert type(y) is Value
    assert y.data == pytest.approx(getattr(np, name)(x), rel=1e-15)
    y.backward()
    assert v.grad != 0.0


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "power", "arctan2",
                                  "maximum", "minimum", "hypot"])  # fmt: skip
@pytest.mark.parametrize("kind", [float, np.float64, np.int64])
@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_operands_either_may_be_a_number(
    name: str, kind: Callable[[float], Any], swapped: bool
) -> None:
    v, function = Value(2.0), getattr(np, name)
    y = function(kind(3.0), v) if swapped else function(v, kind(3.0))
    assert type(y) is Value
    assert y.data == (function(3.0, 2.0) if swapped else function(2.0, 3.0))


def test_numpys_comparisons_of_a_value_are_pythons() -> None:
    v = Value(2.0)
    for one in (np.float64(1.0), np.float64(2.0), np.float64(3.0)):
        plain = float(one)
        for compare in (operator.lt, operator.le, operator.gt, operator.ge):
            assert compare(one, v) is compare(plain, v.data)
            assert compare(v, one) is compare(v.data, plain)
    assert np.float64(2.0) != v
    assert np.equal(v, v)
    assert not np.not_equal(v, v)


def test_every_name_that_is_translated_is_one_of_both() -> None:
    assert all(hasattr(np, name) and other in FUNCTIONS for name, other in _NAMES.items())
    assert all(hasattr(np, name) and hasattr(Value, b) for name, (_, b) in _OPERATORS.items())


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda v: np.sign(v), InputError, ("np.sign", "Value")),
        # it passes over nan, which maximum does not
        (lambda v: np.fmax(v, 1.0), InputError, ("np.fmax", "Value")),
        (lambda v: np.sum(v), InputError, ("np.add.reduce", "array", "Value", "autograd.sum")),
        (lambda v: np.exp(v, dtype=float), InputError, ("np.exp with dtype=", "array", "Value")),
        (lambda v: np.array([1.0, 2.0]) * v, ShapeError, ("*", "one number", "array", "(2,)")),
        (lambda v: np.multiply("2", v), InputError, ("*", "number", "'2'")),
    ],
)
def test_what_numpy_cannot_do_with_a_value_is_refused(
    call: Callable[[Value], Any], error: type[Exception], named: tuple[str, ...]
) -> None:
    with raises(error, *named):
        call(Value(2.0))


def test_numpys_functions_compile() -> None:
    w = Value(0.5)
    f = autograd.compile(lambda x: np.exp(w * x) + np.float64(2.0) * np.maximum(x, w))
    X = np.array([0.1, 0.7])
    assert f.map(X) == pytest.approx(np.exp(0.5 * X) + 2.0 * np.maximum(X, 0.5))


def test_item_is_the_number_and_refused_where_there_is_none() -> None:
    assert Value(2.5).item() == 2.5
    with raises(autograd.TraceError, "compile", "x", ".data"):
        autograd.compile(lambda x: x * x.item()).map([1.0])
