"""The passes in their order: the verifier runs after each, and each can be looked at as text."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import autograd
import nn
from autograd import GraphError, Value
from autograd.compiler import pipeline
from autograd.compiler.ir.program import Program
from autograd.compiler.ir.tape import Tape
from autograd.compiler.passes import array_passes
from autograd.compiler.passes.scalar_passes import SCALAR_PASSES
from autograd.compiler.pipeline import parameter_order, program_of, simplified, stages
from tests.autograd.compiler.texts import STAGES, batch, matrix, stage, tape_of, vector
from tests.autograd.messages import raises


def classifier() -> Callable[..., Any]:
    w = matrix("W", 3, 2)

    def fn(x: list[Value], y: Value) -> Value:
        z = [autograd.dot(row, x) for row in w]
        return -autograd.choose(y, autograd.log_softmax(z))

    return fn


WEIGHTS = matrix("W", 3, 8)


def everything(x: list[list[list[Value]]], y: list[list[Value]], k: Value) -> Value:
    """Something for every pass to change."""
    raw = [autograd.dot(row, y[0]) for row in WEIGHTS]
    scale = (raw[0] * raw[0] + raw[1] * raw[1] + Value(1e-3) * 2.0) ** -0.5
    logits = [z * scale * (y[0][0] + k) for z in raw]
    back = [
        autograd.sum([x[h][i][j] * y[j][4 * h + d] for j in range(i + 1)]).tanh()
        for h in range(2) for i in range(4) for d in range(4)
    ]  # fmt: skip
    return nn.cross_entropy(logits, k) + autograd.sum(back)


def stages_of_everything() -> tuple[dict[str, str], str]:
    """Its stages, and the text of the program that is built."""
    arguments = {"x": (2, 4, 4), "y": (4, 8), "k": ()}
    tape, listed = tape_of(everything, **arguments), list(arguments.items())
    return stages(tape, listed), str(program_of(simplified(tape), listed))


def test_the_stages_are_the_passes_by_their_names_in_order() -> None:
    found = list(stages_of_everything()[0])
    idle = [name for name in STAGES if name not in found]
    assert not idle, f"everything() in {__name__} has nothing for {', '.join(idle)} to change"
    assert found == STAGES


def test_stages_that_change_nothing_are_left_out() -> None:
    single = stages(tape_of(lambda x: x.sin(), x=()), [("x", ())])
    assert single == {
        "trace": "v1 = sin(x)\nreturn v1",
        "grouping": "v1: sin, for each example",
        "arrays": "a2 (n) = sin(x)\nreturn a2",
        "backward pass": "a2 (n) = sin(x)\nd_theta (0) = scatter_add()\nreturn a2, d_theta",
    }
    several = stages(tape_of(lambda x: [x, x + 1.0], x=()), [("x", ())], single=False)
    assert list(several) == ["trace", "grouping", "arrays"]
    every = list(stages_of_everything()[0].values())
    assert all(text != before for before, text in itertools.pairwise(every))


def test_the_stages_number_parameters_as_theta_does() -> None:
    w, b = vector("w", 2), Value(0.5, name="b")
    # the program uses them in the order w[1], w[0], b; theta has that of the list
    f = autograd.compile(lambda x: (b + w[1] * x + w[0] * x).tanh(), parameters=[b, *w])
    f.map([1.0, 2.0])
    read = [line for line in f.stages()["arrays"].split("\n") if "theta" in line]
    assert f.parameters == [b, *w]
    assert read == ["a2 (2) = theta[2 1]", "a5 () = theta[0]"]


def test_the_last_stage_is_the_program_that_is_built() -> None:
    tape = tape_of(classifier(), x=(2,), y=())
    arguments = [("x", (2,)), ("y", ())]
    last = list(stages(tape, arguments).values())[-1]
    assert last == str(program_of(simplified(tape), arguments))
    longer, executable = stages_of_everything()
    assert longer["dead code on arrays"] == executable


def test_softmax_with_cross_entropy_is_fused() -> None:
    x, y = batch(4, (2,), ())
    y = abs(y.round()) % 3
    w = matrix("W", 3, 2)

    def loss(x: list[Value], y: Value) -> Value:
        return nn.cross_entropy([autograd.dot(row, x) for row in w], y)

    fused = stage("softmax with cross-entropy", loss, x, y)
    assert [line for line in fused if "exp" in line or "entropy" in line] == [
        "v18 = cross_entropy(y, v7, v12, v17)"
    ]
    assert [line.split(" = ")[-1] for line in stage("dead code on arrays", loss, x, y)] == [
        "reshape(theta)",
        "einsum(rk,nk->nr: a3, x)",
        "cross_entropy(y, a4, cross_entropy)",
        "reduce_extra(a5, cross_entropy)",
        "cross_entropy_vjp(a6, y, a7)",
        "einsum(nr,nk->rk: a8, x)",
        "reshape(a9)",
        "scatter_add(a10)",
        "return a5, d_theta",
    ]


def test_parameters_are_ordered_as_sums_use_them() -> None:
    w, b = vector("w", 2), Value(0.5, name="b")
    tape = simplified(tape_of(lambda x: (b + w[1] * x + w[0] * x).tanh(), x=()))
    names = [tape.parameter_names[i] for i in parameter_order(tape)]
    assert names == ["w[1]", "w[0]", "b"]
    alone = simplified(tape_of(lambda: [w[1], w[0]]))
    assert [alone.parameter_names[i] for i in parameter_order(alone)] == ["w[1]", "w[0]"]


# --- the verifier runs after every pass -----------------------------------------------------------


def spoiled_tape(scalar_pass: Callable[[Tape], Tape]) -> Callable[[Tape], Tape]:
    def spoiled(tape: Tape) -> Tape:
        made = scalar_pass(tape)
        return replace(made, outputs=(len(made) + 7,))

    return spoiled


@pytest.mark.parametrize("name", SCALAR_PASSES)
def test_a_scalar_pass_that_breaks_the_tape_is_caught_right_there(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ran = []
    for other, scalar_pass in list(SCALAR_PASSES.items()):

        def noted(tape: Tape, other: str = other, run: Any = scalar_pass) -> Tape:
            ran.append(other)
            return run(tape)  # type: ignore[no-any-return]

        monkeypatch.setitem(SCALAR_PASSES, other, noted)
    monkeypatch.setitem(SCALAR_PASSES, name, spoiled_tape(SCALAR_PASSES[name]))
    w = Value(2.0)
    with raises(GraphError, "a tape", "returns"):
        autograd.compile(lambda x: (w * x).tanh()).map([1.0])
    assert ran[-1] == name


@pytest.mark.parametrize("name", ["lower", "square_roots", "differentiate", "dead_code"])
def test_an_array_pass_that_breaks_the_program_is_caught_right_there(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    later = ["lower", "square_roots", "differentiate", "dead_code"]
    later = later[later.index(name) + 1 :]
    run = getattr(pipeline, name)

    def spoiled(*given: Any, **facts: Any) -> Program:
        made: Program = run(*given, **facts)
        made.instructions[-1].inputs = (len(made.instructions),)
        made.instructions[-1].kind = "reshape"
        return made

    def never(*given: Any) -> Program:
        raise AssertionError("a later pass has run")

    for other in later:
        monkeypatch.setattr(pipeline, other, never)
    monkeypatch.setattr(pipeline, name, spoiled)
    w = Value(2.0)
    with raises(GraphError, "instruction", "program", "reshape", "reads"):
        autograd.compile(lambda x: (w * x).tanh()).map([1.0])


def test_a_list_of_results_is_not_differentiated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "differentiate", None)
    w = Value(2.0)
    assert autograd.compile(lambda x: [w * x, x]).map([1.0]).tolist() == [[2.0, 1.0]]


def test_the_passes_are_those_that_they_say() -> None:
    assert pipeline.dead_code is array_passes.dead_code
    assert pipeline.square_roots is array_passes.square_roots
