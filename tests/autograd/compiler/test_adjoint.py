"""The backward pass of a program, as text: what each kind passes on, and where it arrives."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import autograd
from autograd import Value
from autograd.compiler.codegen.plain_emitter import plain_text
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.fused import sum_of_products
from autograd.compiler.ir.program import Program, ProgramBuilder, verify
from autograd.compiler.lowering import adjoint
from autograd.compiler.lowering.adjoint import differentiate
from autograd.compiler.lowering.lower import lower
from autograd.compiler.pipeline import source_of
from autograd.core.table import TABLE
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


# --- programs that are written by hand ------------------------------------------------------------

X, THETA = 0, 1  # an argument of three numbers, and after it the parameters


def by_hand(make: Callable[[ProgramBuilder], int], theta: int = 8) -> Program:
    """A program of a number: the sines of an array's elements, weighted. The array is auxiliary."""
    b = ProgramBuilder()
    b.add(ir.Argument((), (3,), True), "x")
    b.add(ir.Theta((), (theta,), False), "theta")
    array = made = make(b)
    if b[array].shape != ():
        weights = b.constant(np.linspace(1.0, 2.0, b[array].size).reshape(b[array].shape))
        weighted = b.map(TABLE["*"], b.map(TABLE["sin"], array), weights)
        made = total(b, b.reshape(weighted, (b[array].size,)))
    return Program(tuple(b.instructions), (made, array), n_forward=made + 1, names=b.names)


def total(b: ProgramBuilder, array: int) -> int:
    """The sum over the last axis."""
    return b.add(ir.Reduce((array,), b[array].shape[:-1], b[array].batched, TABLE["sum"]))


def number(b: ProgramBuilder, place: int) -> int:
    """One parameter, through a function that is not linear."""
    return b.map(TABLE["exp"], b.gather(THETA, np.array(place)))


def several(b: ProgramBuilder, *shape: int) -> int:
    """The first parameters in a shape, through a function that is not linear."""
    return b.map(TABLE["exp"], b.gather(THETA, np.arange(math.prod(shape)).reshape(shape)))


def each(b: ProgramBuilder, *shape: int) -> int:
    """The same, and unlike for each example."""
    places = np.arange(math.prod(shape)).reshape(shape) % 3
    return b.map(TABLE["*"], several(b, *shape), b.gather(X, places))


def segments(b: ProgramBuilder, array: int) -> int:
    """Sums over runs of 1, 3 and 2 elements."""
    starts = np.array([0, 1, 4])
    return b.add(ir.SegmentReduce((array,), (3,), b[array].batched, TABLE["sum"], starts))


def chosen(b: ProgramBuilder, index: int, table: int) -> int:
    """The element at an index of each row."""
    batched = b[index].batched or b[table].batched
    return b.add(ir.Choose((index, table), b[table].shape[:-1], batched))


def added(b: ProgramBuilder, *arrays: int) -> int:
    """The sum of the sines of all their elements."""
    numbers = [total(b, b.map(TABLE["sin"], array)) for array in arrays]
    return functools.reduce(lambda left, right: b.map(TABLE["+"], left, right), numbers)


def at(b: ProgramBuilder, array: int, *places: int) -> int:
    """Some elements of an array."""
    return b.gather(array, np.array(places))


def read_twice(b: ProgramBuilder, array: int, *places: int) -> int:
    """Runs of an array that another reads as a whole."""
    return added(b, at(b, array, *places), b.map(TABLE["cos"], array))


BY_HAND: dict[str, Callable[[ProgramBuilder], int]] = {
    "a number, repeated": lambda b: b.gather(number(b, 2), np.zeros((2, 3), dtype=np.int64)),
    "a number, repeated, all alike": lambda b: total(b, at(b, number(b, 2), 0, 0, 0)),
    "a number of each example, repeated": lambda b: at(b, each(b), 0, 0, 0),
    "a number of each example, as an array of one": lambda b: b.gather(each(b), np.array([[0]])),
    "broadcast along an axis": lambda b: b.broadcast(several(b, 2, 1), (2, 3), False),
    "broadcast along an axis, all alike": (
        lambda b: total(b, total(b, b.broadcast(several(b, 2, 1), (2, 3), False)))
    ),
    "broadcast along each axis and for each example": (
        lambda b: b.broadcast(number(b, 4), (2, 3), True)
    ),
    "broadcast for each example alone": lambda b: b.broadcast(several(b, 2, 3), (2, 3), True),
    "broadcast an axis of length 1": lambda b: b.broadcast(several(b, 1, 3), (1, 3), True),
    "broadcast what each example has": lambda b: b.broadcast(each(b, 2, 1), (2, 3), True),
    "reshaped twice": lambda b: b.reshape(b.reshape(each(b, 2, 3), (6,)), (3, 2)),
    "segments": lambda b: segments(b, several(b, 6)),
    "segments for each example": lambda b: segments(b, each(b, 6)),
    "segments, all alike": lambda b: total(b, segments(b, each(b, 6))),
    "joined with what does not depend on theta": (
        lambda b: b.concat([X, number(b, 3), each(b, 2, 2), several(b, 2, 1)])
    ),
    "axes of length 1 against others": (
        lambda b: b.map(TABLE["*"], each(b, 2, 1), several(b, 1, 3))
    ),
    "products and terms": (
        lambda b: b.map(
            sum_of_products(2), each(b, 3), several(b, 3), number(b, 1), X, each(b, 1), number(b, 0)
        )
    ),
    "chosen by a parameter": lambda b: chosen(b, at(b, THETA, 7), each(b, 1, 3)),
    "chosen by a parameter in each row": (
        lambda b: chosen(b, b.gather(THETA, np.array(7)), several(b, 2, 3))
    ),
    "runs of an array": lambda b: at(b, several(b, 3), 0, 0, 1, 2, 2),
    "runs of an array of two axes": (
        lambda b: b.gather(each(b, 2, 2), np.array([[0, 0], [1, 1], [2, 3]]))
    ),
    "runs of an array, all alike": lambda b: total(b, at(b, each(b, 2), 0, 0, 1)),
    "runs of an array, and all of it": lambda b: read_twice(b, each(b, 3), 0, 0, 1, 2, 2),
    "runs of an array, twice": (
        lambda b: added(b, *[at(b, made, 0, 0, 1, 2) for made in [several(b, 3)] * 2])
    ),
    "a few places of many": lambda b: at(b, THETA, 6, 6, 2, 6),
    "a few places of many, for each example": lambda b: at(b, each(b, 8), 6, 6, 2, 6),
    "parameters alone, some twice": (
        lambda b: b.concat([number(b, 5), number(b, 2), number(b, 5), number(b, 0)])
    ),
    "parameters alone, some beside them and all of them": (
        lambda b: added(b, THETA, at(b, THETA, 1, 4), b.concat([number(b, 5), number(b, 1)]))
    ),
}  # fmt: skip


def numpy_text(program: Program, names: list[str], dtype: str) -> str:
    return source_of(program, names, dtype).text()


@pytest.mark.parametrize("form", [numpy_text, plain_text])
@pytest.mark.parametrize("name", BY_HAND)
def test_what_is_written_by_hand_has_the_gradient_of_differences(
    name: str, form: Callable[..., str]
) -> None:
    made = differentiate(by_hand(BY_HAND[name]))
    verify(made)
    scope: dict[str, Any] = {}
    exec(form(made, [f"w[{i}]" for i in range(8)], "float64"), scope)
    (x,) = batch(4, (3,))
    theta = np.array([0.3, -0.4, 0.5, 0.1, -0.2, 0.7, 0.6, 1.0])  # the last is an index, too

    def mean(change: NDArray[Any]) -> float:
        return float(np.mean(scope["values"](theta + change, x)[0]))

    value, gradient, aux = scope["value_and_grad"](theta, x)
    assert value == pytest.approx(mean(np.zeros(8)), rel=1e-12)
    assert np.array_equal(aux, scope["values"](theta, x)[1])
    steps = 1e-6 * np.eye(8)
    slopes = [(mean(step) - mean(-step)) / 2e-6 for step in steps]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-7, atol=1e-8)


def backward_of(make: Callable[[ProgramBuilder], int], theta: int = 8) -> list[str]:
    """The right sides of the lines that the backward pass adds to a program written by hand."""
    program = by_hand(make, theta)
    before, after = str(program).split("\n"), str(differentiate(program)).split("\n")
    return [line.split(" = ")[1] for line in after[len(before) - 1 : -1]]


@pytest.mark.parametrize("name", BY_HAND)
def test_what_has_been_reshaped_is_not_reshaped_again(name: str) -> None:
    made = differentiate(by_hand(BY_HAND[name]))
    for instr in made.instructions[made.n_forward :]:
        assert not (isinstance(instr, ir.Reshape) and isinstance(made[instr.inputs[0]], ir.Reshape))


def test_an_axis_of_length_1_is_not_summed() -> None:
    assert not any("reduce_sum" in line for line in backward_of(lambda b: several(b, 1, 3)))


@pytest.mark.parametrize(
    ("size", "places", "as_runs"),
    [
        (2, [0, 0, 1], True), (3, [0, 1, 1, 2], True), (3, [0, 0, 1, 1, 2], True),
        (3, [0, 1, 2, 2], True),
        (1, [0, 0], False),  # one number
        (3, [0, 1, 2], False),  # none twice
        (3, [0, 0, 1], False), (3, [1, 1, 2], False), (3, [0, 0, 2], False),  # one left out
        (3, [0, 1, 0, 1, 2], False), (3, [0, 1, 1, 0, 2], False),  # not in order
    ],
)  # fmt: skip
def test_runs_are_summed_as_runs_where_every_place_is_read_in_order(
    size: int, places: list[int], as_runs: bool
) -> None:
    lines = backward_of(lambda b: at(b, several(b, size), *places))
    assert any("segment_reduce" in line for line in lines) == as_runs
    listed = " ".join(map(str, places))
    assert any(line.endswith(f" at {listed})") for line in lines[:-1]) == (not as_runs)


@pytest.mark.parametrize(
    ("size", "places", "put"),
    [
        (4, [2, 2], "2"), (3, [2, 2], "2 2"), (8, [5, 0, 5], "0 5"), (7, [5, 0, 5], "5 0 5"),
        (8, [5, 0], "5 0"),
    ],
)  # fmt: skip
def test_what_belongs_in_a_few_places_of_many_is_summed_before_it_is_put_there(
    size: int, places: list[int], put: str
) -> None:
    lines = backward_of(lambda b: at(b, THETA, *places), theta=size)
    sums = [line for line in lines if line.startswith("scatter_add")]
    assert sums[-1].endswith(f" at {put})")
    assert len(sums) == (2 if len(put.split()) < len(places) else 1)


@pytest.mark.parametrize("count", [1, 2])
def test_parameters_that_are_numbers_are_joined_where_there_are_several(count: int) -> None:
    lines = backward_of(
        lambda b: functools.reduce(
            lambda left, right: b.map(TABLE["+"], left, right), [number(b, k) for k in range(count)]
        )
    )
    assert any("concat" in line for line in lines) == (count > 1)


def test_an_array_of_the_backward_pass_is_known_by_what_it_is_the_cotangent_of() -> None:
    made = differentiate(by_hand(lambda b: total(b, b.map(TABLE["*"], each(b, 3), several(b, 3)))))
    assert str(made).split("\n")[8:-2] == [
        "a11 (n, 1) = reshape(a10)",
        "a12 (n, 3) = vjp *[0](a11, a7)",
        "a13 (n, 3) = vjp *[1](a11, a5)",
        "a14 (3) = reduce_sum(a13, n)",
        "a15 (3) = vjp exp[0](a14, a7)",
        "a16 (n, 3) = vjp *[0](a12, a4)",
        "a17 (3) = reduce_sum(a16, n)",
        "a18 (3) = vjp exp[0](a17, a3)",
    ]
    assert made.part_of == {10: 9, 11: 8, 12: 5, 14: 7, 15: 6, 17: 3, 18: 2}


def test_an_index_that_is_a_parameter_gets_nan_where_what_arrives_is_infinite() -> None:
    v, w = Value(0.0, name="v"), Value(1.0, name="w")
    f = autograd.compile(lambda x: autograd.choose(w, [x, v * x]).sqrt(), parameters=[v, w])
    f(2.0).backward()
    _, slopes = f.value_and_grad(f.theta, [2.0])
    assert np.array_equal(slopes, [np.inf, np.nan], equal_nan=True)
    assert np.array_equal(slopes, [v.grad, w.grad], equal_nan=True)
