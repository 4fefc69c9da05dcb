"""Compiled functions: the program that runs, its text after each pass, its parameters."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Value
from tests.autograd.compiler import programs_of_sequences
from tests.autograd.compiler.programs import PROGRAMS, program

__all__ = ["FUNCTIONS", "program", "programs_of_sequences"]

SEEDS = 3
FUNCTIONS: dict[str, Callable[[], tuple[Callable[..., Any], tuple[Any, ...]]]] = {}


def function(make: Callable[[], Any]) -> Callable[[], Any]:
    """Note a maker of a function and a batch for it under its name."""
    FUNCTIONS[make.__name__] = make
    return make


def numbers(*shape: int) -> Any:
    return np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape)


@function
def one_product() -> Any:
    w = Value(0.5, name="w")
    return lambda x: w * x, (numbers(4),)


@function
def mean_squared() -> Any:
    w = [Value(0.5, name="w[0]"), Value(-1.0, name="w[1]")]
    return lambda x, y: (autograd.dot(w, x) - y) ** 2, (numbers(3, 2), numbers(3))


@function
def logistic() -> Any:
    model = nn.Neuron(3, "linear", rng=0)
    loss = nn.binary_cross_entropy_with_logits
    return lambda x, y: loss(model(x), y), (numbers(4, 3), np.array([0.0, 1.0, 1.0, 0.0]))


@function
def two_moons() -> Any:
    model = nn.MLP(2, [16, 16, 1], seed=0)
    return lambda x, y: nn.hinge_loss(model(x), y), (numbers(5, 2), np.sign(numbers(5)))


@function
def digits() -> Any:
    model = nn.MLP(6, [5, 4], activation="tanh", seed=0)
    return lambda x, y: nn.cross_entropy(model(x), y), (numbers(3, 6), np.array([0.0, 3.0, 1.0]))


@function
def two_outputs() -> Any:
    model = nn.MLP(2, [3, 2], activation="gelu", seed=0)
    return lambda x: model(x), (numbers(4, 2),)


@function
def plain_numbers() -> Any:
    a, b = Value(0.5, name="a"), Value(2.0, name="b")
    return lambda x: (a * x).sin() / (b + x**2) + autograd.maximum(a, x).log1p(), (numbers(3),)


@function
def no_arguments() -> Any:
    p = [Value(0.1 * i, name=f"p[{i}]") for i in range(4)]
    return lambda: autograd.sum([v * v * v for v in p]) + p[0].exp(), ()


@function
def derivative_inside() -> Any:
    w = Value(0.5, name="w")

    def fn(x: Value) -> Value:
        (slope,) = autograd.grad((w * x).tanh() * x, [x])
        return slope * slope

    return fn, (numbers(3),)


@function
def special_functions() -> Any:
    w = Value(1.5, name="w")
    return lambda x: (w * x).erf() + (w + 2.0).lgamma() * x.atan(), (numbers(3),)


def texts() -> Iterator[tuple[str, str]]:
    """Source, stages and parameters of each function; of random programs, three of each kind."""
    for name, make in FUNCTIONS.items():
        fn, batch = make()
        yield from _texts(name, fn, batch)
        yield f"{name}/float32", str(_called(autograd.compile(fn, dtype="float32"), batch).source)
    for kind, maker in PROGRAMS.items():
        for seed in range(SEEDS):
            fn, examples = maker(random.Random(seed))
            columns = [list(column) for column in zip(*examples, strict=True)]
            yield from _texts(f"{kind} {seed}", fn, columns)


def _texts(name: str, fn: Callable[..., Any], batch: Any) -> Iterator[tuple[str, str]]:
    f = _called(autograd.compile(fn), batch)
    yield f"{name}/source", f.source
    if not name.endswith(("1", "2")):  # the text of one of a kind is long enough
        yield f"{name}/stages", "\n\n".join([f"{k}:\n{v}" for k, v in f.stages().items()])
        yield f"{name}/plain", f.text("plain")
    yield f"{name}/parameters", "\n".join([f"{p.name} {p.data!r}" for p in f.parameters])


def _called(f: Any, batch: Any) -> Any:
    f.map(*batch)
    return f
