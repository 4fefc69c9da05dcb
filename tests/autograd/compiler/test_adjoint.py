"""The backward pass of a program, as text: what each kind passes on, and where it arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.program import Program, verify
from autograd.compiler.lowering import adjoint
from autograd.compiler.lowering.adjoint import differentiate
from autograd.compiler.lowering.lower import lower
from tests.autograd.compiler.agreement import check_all
from tests.autograd.compiler.test_program import kinds
from tests.autograd.compiler.texts import batch, grouped, matrix, tape_of, vector

W, M = vector("w", 6), matrix("M", 3, 2)


def backward(fn: Callable[..., Any], **shapes: Any) -> list[str]:
    """The lines that the backward pass adds, and numbers that agree with the sweeps."""
    program = lower(grouped(tape_of(fn, **shapes)))
    before = str(program)
    made = differentiate(program)
    verify(made)
    assert str(program) == before
    lines = str(made).split("\n")
    assert lines[: len(before.split("\n")) - 1] == before.split("\n")[:-1]
    check_all(autograd.compile(fn), list(zip(*batch(3, *shapes.values()), strict=True)))
    return lines[len(before.split("\n")) - 1 : -1]


def test_a_product_passes_on_the_product_with_the_other_side() -> None:
    two = matrix("N", 2, 3)

    def fn(x: list[Value]) -> Value:
        hidden = [autograd.dot(w, x).tanh() for w in M]
        y, z = [autograd.dot(w, hidden).sin() for w in two]
        return y * z

    lines = [line.split(" = ")[1] for line in backward(fn, x=(2,))]
    assert [line.split(":")[0] for line in lines if "einsum" in line] == [
        "einsum(nr,nk->rk", "einsum(nr,rk->nk", "einsum(nr,nk->rk",
    ]  # fmt: skip


def test_a_sum_passes_the_same_on_to_each_by_broadcasting() -> None:
    def fn(x: list[Value]) -> Value:
        return autograd.sum([(w * xi).sin() for w, xi in zip(W, x, strict=True)])

    assert backward(fn, x=(6,)) == [
        "a6 (n, 1) = reshape(a5)",
        "a7 (n, 6) = vjp sin[0](a6, a2)",
        "a8 (n, 6) = vjp *[0](a7, x)",
        "a9 (6) = reduce_sum(a8, n)",
        "d_theta (6) = scatter_add(a9)",
    ]


def test_an_array_that_is_read_twice_collects_both() -> None:
    def fn(x: list[Value]) -> Value:
        hidden = [(w * xi).tanh() for w, xi in zip(W, x, strict=True)]
        return autograd.sum([h.sin() * h for h in hidden])

    lines = backward(fn, x=(6,))
    assert any(" + " in line for line in lines)


def test_parts_of_an_array_arrive_at_their_places() -> None:
    def fn(x: list[Value]) -> Value:
        hidden = [(w * xi).tanh() for w, xi in zip(W, x, strict=True)]
        return autograd.sum([h.sin() for h in hidden[:3]]) * hidden[5].exp()

    right = [line.split(" = ")[1] for line in backward(fn, x=(6,))]
    assert "scatter_add(a18 at 3, a20 at 0 1 2)" in right
    assert right[-1] == "scatter_add(a24 at 0 1 2 5)"


def test_what_is_added_for_each_example_is_summed_over_them() -> None:
    assert backward(lambda x: (x * W[0]).tanh(), x=()) == [
        "a6 (n) = vjp tanh[0](a5, a3)",
        "a7 (n) = vjp *[1](a6, x)",
        "a8 () = reduce_sum(a7, n)",
        "d_theta (1) = scatter_add(a8)",
    ]


def test_nothing_is_passed_on_to_arguments() -> None:
    lines = backward(lambda x: (x.exp() * x.sin() * W[0]).tanh(), x=())
    assert not any("exp[" in line or "sin[" in line for line in lines)


def test_nothing_is_passed_on_through_the_shift_of_a_softmax() -> None:
    def fn(x: list[Value]) -> Value:
        return autograd.softmax([w * xi for w, xi in zip(W, x, strict=True)])[1]

    assert not any("shift" in line for line in backward(fn, x=(6,)))


def test_a_result_that_depends_on_no_parameter_has_a_gradient_of_zeros() -> None:
    w = Value(2.0)
    f = autograd.compile(lambda x: x.sin() + autograd.softmax([w, w])[0] * 0.0)
    assert f.value_and_grad([2.0], [1.0])[1].tolist() == [0.0]
    apart = autograd.compile(lambda k, x: w * x if k else x, static="k")
    apart.map(1, [1.0])
    assert apart.value_and_grad([2.0], 0, [1.0, 3.0])[1].tolist() == [0.0]


@pytest.mark.parametrize("order", [[0, 0, 0, 1, 1, 2], [0, 1, 2, 0, 1, 2], [2, 0, 0, 1, 2, 2]])
def test_what_is_read_several_times_collects_each_time(order: list[int]) -> None:
    def fn(x: list[Value]) -> Value:
        hidden = [w.exp() for w in W[:3]]
        return autograd.sum([(hidden[k] * xi).sin() for k, xi in zip(order, x, strict=True)])

    backward(fn, x=(6,))


def test_runs_of_what_is_read_beside_another_reader_are_not_all_of_its_gradient() -> None:
    def fn(x: list[Value]) -> Value:
        hidden = [(w * x[0]).tanh() for w in W[:3]]
        runs = [(hidden[k // 2] * xi.exp().sin().exp()).sin() for k, xi in enumerate(x)]
        return autograd.sum(runs) * autograd.sum([h.exp() for h in hidden])

    lines = backward(fn, x=(6,))
    assert any("scatter_add(" in line for line in lines[:-1])


def test_parameters_that_are_numbers_alone_become_one_array_in_their_order() -> None:
    def fn() -> Value:
        return (W[3] * W[1]).tanh() + W[0].exp() * W[3]

    assert backward(fn)[-2:] == [
        "a16 (3) = concat(a15, a14, a12)", "d_theta (3) = scatter_add(a16 at 0 1 2)",
    ]  # fmt: skip


def test_every_kind_of_the_forward_pass_passes_on() -> None:
    # those that lower() writes; theta collects, and nothing comes before it
    alone = {
        ir.Theta, ir.Seed, ir.Vjp, ir.ReduceVjp, ir.ReduceExtra, ir.ReduceSum, ir.CrossEntropyVjp,
        ir.ChooseVjp, ir.ScatterAdd,
    }  # fmt: skip
    assert set(adjoint.ADJOINT) == set(kinds()) - alone


def test_a_program_whose_result_is_no_number_is_not_differentiated() -> None:
    program = Program((ir.Theta((), (2,), False),), (0,))
    with pytest.raises(AssertionError, match="only one number has a gradient"):
        differentiate(program)


def test_zero_times_infinity_on_the_way_back_is_nan_as_in_a_sweep() -> None:
    w = Value(0.0, name="w")
    f = autograd.compile(lambda x: (w * x).sqrt() * 0.0)
    f(1.0).backward()
    _, slopes = f.value_and_grad([0.0], [1.0])
    assert np.isnan(w.grad)
    assert np.isnan(slopes[0])
