"""Memory: it is used again, nobody reads what was given away, and results are nobody else's."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.compiler.api import Compiled
from autograd.compiler.codegen import memory as buffers
from autograd.compiler.codegen.memory import Placement, Plan, plan_memory
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.program import Program
from autograd.compiler.passes.array_passes import forward_only
from autograd.compiler.pipeline import program_of, simplified
from tests.autograd.compiler.agreement import check_all
from tests.autograd.compiler.texts import batch, matrix, tape_of, vector


def plan_of(
    fn: Callable[..., Any], *, forward: bool = False, **shapes: Any
) -> tuple[Program, Plan]:
    program = program_of(simplified(tape_of(fn, **shapes)))
    if forward:
        program = forward_only(program)
    returned = {program.outputs[0] if forward else program.gradient or 0}
    return program, plan_memory(program, returned, lambda made: isinstance(made, ir.Map))


def deep(layers: int) -> Callable[[list[Value]], Value]:
    weights = [matrix(f"W{k}", 6, 6) for k in range(1, layers + 1)]

    def fn(x: list[Value]) -> Value:
        for layer in weights:
            x = [autograd.dot(w, x).tanh() for w in layer]
        return autograd.sum([xi.exp() for xi in x])

    return fn


# --- how much -------------------------------------------------------------------------------------


def test_a_deep_network_forward_needs_two_layers_of_memory_however_deep() -> None:
    for layers in (3, 12):
        _, plan = plan_of(deep(layers), forward=True, x=(6,))
        assert sorted(plan.buffers) == [(6, True), (6, True)]


def test_a_deep_network_backward_keeps_each_layer_once_or_twice_and_little_more() -> None:
    _, few = plan_of(deep(4), x=(6,))
    _, many = plan_of(deep(14), x=(6,))
    # of each layer the sum, for tanh's derivative, and the activation, for the weights'
    assert len(many.buffers) - len(few.buffers) == 20
    assert len(few.buffers) <= 2 * 4 + 3


def test_memory_goes_to_arrays_of_the_same_size_only() -> None:
    program, plan = plan_of(deep(5), x=(6,))
    for number, buffer in plan.of.items():
        made = program[number]
        assert plan.buffers[buffer] == (made.size, made.batched)


def test_views_and_numbers_have_no_memory() -> None:
    program, plan = plan_of(deep(3), x=(6,))
    for number, made in enumerate(program.instructions):
        if isinstance(made, (ir.Theta, ir.Argument, ir.Reshape, ir.Seed)) or made.is_number:
            assert number not in plan.of


# --- gradients in place ---------------------------------------------------------------------------


def test_parts_of_a_gradient_are_computed_in_their_places() -> None:
    program, plan = plan_of(deep(3), x=(6,))
    assert program.gradient is not None
    modes = [contribution.mode for contribution in plan.contributions[program.gradient]]
    assert modes == [Placement.PLACED] * 3
    assert plan.cleared == set()
    f = autograd.compile(deep(3))
    f.map(np.ones((2, 6)))
    assert len(re.findall(r"out=gradient\[", f.source)) == 3
    assert f"gradient = np.empty({len(f.theta)}, dtype)" in f.source


def test_parts_that_overlap_are_added_and_the_rest_is_cleared() -> None:
    w = vector("w", 12)

    def fn(x: list[Value]) -> Value:
        first, second = [a.sin() for a in w[:10]], [a.exp() for a in w[2:12]]
        return autograd.sum(first) * autograd.sum(second) * x[0]

    program, plan = plan_of(fn, x=(10,))
    assert program.gradient is not None
    modes = [contribution.mode for contribution in plan.contributions[program.gradient]]
    assert modes == [Placement.SET, Placement.ADD]
    assert plan.cleared == {program.gradient}


def test_positions_that_repeat_are_scattered() -> None:
    w = vector("w", 5)
    order = [0, 3, 1, 1, 4, 2, 0, 0, 2, 3, 4, 1]

    def fn(x: list[Value]) -> Value:
        return autograd.sum([(w[k] * xi).sin() for k, xi in zip(order, x, strict=True)])

    program, plan = plan_of(fn, x=(12,))
    assert program.gradient is not None
    assert [a.mode for a in plan.contributions[program.gradient]] == [Placement.SCATTER]


def test_a_part_of_an_array_is_never_folded_for_a_matrix_product() -> None:
    # one array of 32 hidden numbers, whose gradient comes in two parts from products over places
    s, a, b = vector("s", 8), matrix("A", 3, 5), matrix("B", 2, 4)

    def fn(x: list[list[Value]]) -> Value:
        hidden = [[(w * xi).tanh() for xi in row] for w, row in zip(s, x, strict=True)]
        one = [autograd.dot(row, hidden[i]).sin() for i in range(4) for row in a]
        other = [autograd.dot(row, hidden[i][:4]).exp() for i in range(4, 8) for row in b]
        return autograd.sum(one) + autograd.sum(other)

    f = autograd.compile(fn)
    (x,) = batch(3, (8, 5))
    _, gradient = f.value_and_grad(f.theta, x)
    for p in f.parameters:
        p.grad = 0.0
    for example in x:
        f(example).backward(1.0 / 3.0)
    np.testing.assert_allclose(gradient, [p.grad for p in f.parameters], rtol=1e-11)


def test_one_element_of_an_array_may_be_read_long_after_the_others() -> None:
    w = vector("w", 9)

    def fn(x: list[Value]) -> Value:
        returned = [v.tanh() for v in w]
        others = [v.exp() for v in returned]
        for _ in range(4):
            others = [(v * 0.3).sin() for v in others]
        # kept[2] is written as number(kept[2]) where it is read, which is only here
        return autograd.sum([v * xi for v, xi in zip(others, x, strict=True)]) * returned[2]

    f = autograd.compile(fn)
    check_all(f, [(x,) for x in batch(3, (9,))[0]])


# --- nobody reads what was given away -------------------------------------------------------------


def random_function(seed: int) -> Callable[[list[Value], list[list[Value]]], Value]:
    """Vectors that are mapped, multiplied, cut, joined, mixed by matrices and summed, at random."""
    sizes = random.Random(seed).choices([3, 5, 8, 12], k=6)
    weights = {(m, n): matrix(f"W{m}{n}_", m, n) for m in sizes for n in (3, 5, 6, 8, 12, 17)}
    alone = vector("p", 12)

    def fn(x: list[Value], y: list[list[Value]]) -> Value:
        generator = random.Random(seed)
        vectors = [x, *y, alone[: generator.choice([5, 8])]]
        numbers: list[Value] = [alone[0], x[0]]
        alone_now = alone
        for _ in range(14):
            a, b = generator.choice(vectors[-6:]), generator.choice(vectors[-8:])
            kind = generator.randrange(10)
            if kind == 0:
                name = generator.choice(["tanh", "sin", "exp", "softplus", "sigmoid"])
                made = [getattr(v * 0.1, name)() for v in a]
            elif kind == 1:
                made = [v * w for v, w in zip(a, b, strict=False)]
            elif kind == 2 and len(a) > 4:
                start = generator.randrange(3)
                made = a[start :: generator.choice([1, 2])]
            elif kind == 3 and len(a) + len(b) < 18:
                made = [*a, *b]
            elif kind == 4:
                numbers.append(autograd.mean([v * v for v in a]))
                continue
            elif kind == 5:
                made = [v * generator.choice(numbers[-2:]) + w for v, w in zip(a, b, strict=False)]
            elif kind == 6:
                made = autograd.softmax(a)
            elif kind == 7:  # single elements of an array that has no examples
                alone_now = [(v * 0.5).tanh() for v in alone_now]
                numbers.append(alone_now[generator.randrange(len(alone_now))])
                continue
            elif kind == 8:
                made = [v * w for v, w in zip(alone_now, a, strict=False)]
            else:
                fitting = [w for (m, n), w in weights.items() if n == len(a)]
                if not fitting:
                    continue
                made = [autograd.dot(row, a) for row in generator.choice(fitting)]
            vectors.append(made)
        sums = [autograd.sum([v.sin() for v in vs]) for vs in vectors[-4:]]
        return autograd.sum([*sums, *[n.tanh() for n in numbers]])

    return fn


def run(f: Compiled, arrays: list[Any]) -> tuple[Any, ...]:
    value, gradient = f.value_and_grad(f.theta, *arrays)
    return value, gradient, f.map(*arrays)


@pytest.mark.parametrize("seed", range(60))
def test_with_memory_used_again_the_bits_are_those_without(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    fn = random_function(seed)
    arrays = batch(3, (5,), (2, 8))
    f = autograd.compile(fn)
    first, second = run(f, arrays), run(f, arrays)
    shared = f.source.count("np.empty(")

    def never_free(program: Program, plan: Plan, *more: Any) -> dict[int, int]:
        return dict.fromkeys(range(len(program.instructions)), len(program.instructions))

    monkeypatch.setattr(buffers, "_last_uses", never_free)
    g = autograd.compile(fn)
    alone = run(g, arrays)
    assert g.source.count("np.empty(") > shared
    for a, b, c in zip(first, second, alone, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)


@pytest.mark.parametrize("seed", range(8))
def test_what_memory_held_before_does_not_matter(seed: int) -> None:
    f = autograd.compile(random_function(seed))
    arrays = batch(3, (5,), (2, 8))
    before = run(f, arrays)
    for pieces in f._local.memory.values():
        for piece in pieces:
            if not (piece == piece.flat[0]).all():  # but for the shares of the mean, and ones
                piece.fill(np.nan)
    for a, b in zip(before, run(f, arrays), strict=True):
        np.testing.assert_array_equal(a, b)


# --- results are fresh ----------------------------------------------------------------------------


def results() -> dict[str, tuple[Callable[..., Any], list[Any]]]:
    model = nn.MLP(2, [3, 1], seed=0)
    w = vector("w", 3)
    return {
        "a network": (lambda x: model(x), batch(4, (2,))),
        "an argument": (lambda x: x[1], batch(4, (2,))),
        "several arguments": (lambda x: [x[1], x[0]], batch(4, (2,))),
        "all arguments": (lambda x: x, batch(4, (2,))),
        "parameters": (lambda x: w, batch(4, (2,))),
        "a constant": (lambda x: 2.0, batch(4, (2,))),
        "without arguments": (lambda: w[0] * w[1], []),
    }


@pytest.mark.parametrize("name", results())
def test_a_result_is_an_array_of_its_own_that_no_later_call_changes(name: str) -> None:
    fn, arrays = results()[name]
    f = autograd.compile(fn)
    first = f.map(*arrays)
    held = first.copy()
    second = f.map(*[a + 1.0 for a in arrays])
    assert not np.shares_memory(first, second)
    assert not any(np.shares_memory(first, a) for a in arrays)
    np.testing.assert_array_equal(first, held)
    first.fill(7.0)  # and the caller may write to it
    np.testing.assert_array_equal(f.map(*arrays), held)


def test_a_gradient_is_an_array_of_its_own_that_no_later_call_changes() -> None:
    fn, arrays = results()["a network"]
    f = autograd.compile(fn)
    theta = f.theta
    _, first = f.value_and_grad(theta, *arrays)
    held, before = first.copy(), theta.copy()
    _, second = f.value_and_grad(theta, *[a + 1.0 for a in arrays])
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, theta)
    np.testing.assert_array_equal(first, held)
    np.testing.assert_array_equal(theta, before)
    first.fill(np.nan)
    np.testing.assert_array_equal(f.value_and_grad(theta, *arrays)[1], held)
