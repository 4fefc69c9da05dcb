"""Which parameters a function can reach, found without running it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.compiler.frontend.parameters import free_parameters
from autograd.compiler.frontend.trace import trace
from tests.autograd.messages import raises

a, b, c = Value(1.0, name="a"), Value(2.0, name="b"), Value(3.0, name="c")
table = {"first": [a, (b,)], "text": "no Value"}


def uses_global(x: Any) -> Any:
    return x * a


def calls_another(x: Any) -> Any:
    return uses_global(x) + c


def has_defaults(x: Any, w: Value = b, *, v: Value = c) -> Any:
    return x * w * v


def has_inner(x: Any) -> Any:
    return [y * b for y in (lambda z: [z * a])(x)]


def decorated(fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def wrapper(*xs: Any) -> Any:
        return fn(*xs)

    return wrapper


def recursive(n: int) -> Any:
    return recursive(n - 1) if n else b


class Plain:
    shared = 1

    def __init__(self) -> None:
        self.w = [a, {"k": b}]
        self.me = self

    def __call__(self, x: Any) -> Any:
        return self.w[0] * x + c

    def method(self, x: Any) -> Any:
        return x


class Slotted:
    __slots__ = ("empty", "w")

    def __init__(self) -> None:
        self.w = b


def closure(*kept: Any) -> Callable[[Any], Any]:
    return lambda x: kept and x


CASES: dict[str, tuple[Any, list[Value]]] = {
    "a global": (uses_global, [a]),
    "a function that it calls": (calls_another, [a, c]),
    "defaults": (has_defaults, [b, c]),
    "code within": (has_inner, [b, a]),
    "a container": (lambda x: table["first"], [a, b]),
    "a closure": (closure(c, [b, (a,)]), [c, b, a]),
    "a partial": (functools.partial(has_defaults, v=a), [b, c, a]),
    "a decorator": (decorated(uses_global), [a]),
    "recursion": (recursive, [b]),
    "a callable object": (Plain(), [c, a, b]),
    "a method": (Plain().method, [c, a, b]),
    "slots": (closure(Slotted()), [b]),
    "an object array": (closure(np.array([c, a], dtype=object)), [c, a]),
    "an interior Value": (closure((a * 2 + b).tanh(), a), [a, b]),
    "the same twice": (closure(a, b, a), [a, b]),
    "glassgrad's own": (lambda x: autograd.softmax([nn.mse_loss(x, a)]), [a]),
    "a built-in": (len, []),
    "nothing": (lambda x: x + 1, []),
}


@pytest.mark.parametrize("case", CASES)
def test_parameters_are_found_in(case: str) -> None:
    fn, expected = CASES[case]
    assert free_parameters(fn) == expected


def test_a_model_has_its_parameters_in_its_own_order() -> None:
    model = nn.MLP(2, [3, 2, 1], seed=0)
    assert free_parameters(model) == model.parameters()
    loss = closure_of_model(model)
    assert (
        free_parameters(loss) == model.parameters() == trace(loss, {"x": (2,), "y": ()}).parameters
    )


def closure_of_model(model: Any) -> Callable[[Any, Any], Any]:
    def loss(x: Any, y: Any) -> Any:
        return nn.mse_loss(model(x), y)

    return loss


def test_a_container_that_holds_itself_and_a_deep_one_come_to_an_end() -> None:
    endless: list[Any] = [a]
    endless.append(endless)
    for _ in range(100_000):
        endless = [endless]
    assert free_parameters(closure(endless, b)) == [b]
    ring: list[Any] = [a]
    ring.append(ring)
    assert free_parameters(closure(ring)) == [a]


def test_a_variable_that_is_not_bound_yet_is_passed_over() -> None:
    def fn(x: Any) -> Any:
        return x * later * a

    assert free_parameters(fn) == [a]
    later = b
    assert free_parameters(fn) == [b, a]


def test_an_object_that_gives_its_parameters_without_names_is_asked_for_those() -> None:
    class Own:
        def parameters(self) -> list[Value]:
            return [c, a]

        def named_parameters(self) -> list[tuple[str, Value]]:
            raise AssertionError("the names take longer")

        def __call__(self, x: Any) -> Any:
            return x

    own = Own()
    assert free_parameters(lambda x: own(x)) == [c, a]


def test_methods_that_cannot_be_called_so_are_passed_over_and_attributes_are_looked_into() -> None:
    class Elsewhere:
        """An object of another library's, with other methods of the same names."""

        def __init__(self) -> None:
            self.w = a

        def parameters(self, kind: str) -> list[Value]:
            raise AssertionError("never called without its kind")

        def named_parameters(self) -> list[tuple[str, Value]]:
            raise AssertionError("its parameters come first")

        def __call__(self, x: Any) -> Any:
            return self.w * x

    class Failing(Elsewhere):
        parameters = None  # type: ignore[assignment]

    for thing in (Elsewhere(), Failing()):
        assert free_parameters(lambda x, thing=thing: thing(x)) == [a]


def test_a_model_that_holds_itself_is_an_error_all_the_same() -> None:
    model = nn.MLP(1, [1], seed=0)
    model.part = model  # type: ignore[attr-defined]
    with raises(autograd.ArgumentError, "MLP", "circle"):
        free_parameters(lambda x: model(x))
