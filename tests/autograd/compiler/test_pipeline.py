"""The passes in their order: the verifier runs after each, and each can be looked at as text."""

from __future__ import annotations

import inspect
import itertools
import random
from collections.abc import Callable
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import GraphError, Value
from autograd.compiler.ir.tape import Tape
from autograd.compiler.lowering.adjoint import differentiate
from autograd.compiler.lowering.groups import Grouped
from autograd.compiler.pipeline import PASSES, parameter_order, program_of, simplified, stages
from tests.autograd.compiler.texts import STAGES, batch, matrix, stage, tape_of, vector
from tests.autograd.messages import raises
from tests.snapshots.compiled import PROGRAMS  # those of sequences too


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
    tape = tape_of(everything, **arguments)
    return stages(tape), str(program_of(simplified(tape)))


def test_the_stages_are_the_passes_by_their_names_in_order() -> None:
    found = list(stages_of_everything()[0])
    idle = [name for name in STAGES if name not in found]
    assert not idle, f"everything() in {__name__} has nothing for {', '.join(idle)} to change"
    assert found == STAGES


def test_stages_that_change_nothing_are_left_out() -> None:
    single = stages(tape_of(lambda x: x.sin(), x=()))
    assert single == {
        "trace": "v1 = sin(x)\nreturn v1",
        "grouping": "v1: sin, for each example",
        "arrays": "a2 (n) = sin(x)\nreturn a2",
        "backward pass": "a2 (n) = sin(x)\nd_theta (0) = scatter_add()\nreturn a2, d_theta",
    }
    several = stages(tape_of(lambda x: [x, x + 1.0], x=()))
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
    last = list(stages(tape).values())[-1]
    assert last == str(program_of(simplified(tape)))
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


def spoiled(form: Any) -> Any:
    """A form that returns, or depends on, what it does not have."""
    if isinstance(form, Grouped):
        return replace(form, groups=form.groups[::-1])
    n = len(form.rows if isinstance(form, Tape) else form.instructions)
    return replace(form, outputs=(n + 7,))


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_that_breaks_its_form_is_caught_right_there(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ran = []
    for other, one_pass in list(PASSES.items()):

        def noted(form: Any, other: str = other, run: Any = one_pass) -> Any:
            ran.append(other)
            return spoiled(run(form)) if other == name else run(form)

        monkeypatch.setitem(PASSES, other, noted)
    w = Value(2.0)
    with raises(GraphError):
        autograd.compile(lambda x: (w * x).tanh()).map([1.0])
    assert ran == [*PASSES][: [*PASSES].index(name) + 1]


class Frozen(list[Any]):
    """A list that refuses to be changed."""

    def _refuse(self, *_: Any) -> Any:
        raise AssertionError("a pass changes what it was given")

    append = extend = insert = pop = remove = sort = reverse = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse


def frozen(form: Any) -> Any:
    """A form that cannot be changed: its lists refuse it, and so do its arrays."""
    if isinstance(form, Tape):
        lists = {"rows": Frozen(form.rows), "operands": Frozen(form.operands)}
        return replace(form, numbers=MappingProxyType(form.numbers), **lists)
    parts = form.groups if isinstance(form, Grouped) else form.instructions
    for part in parts:
        for array in [getattr(part, f.name) for f in fields(part)]:
            if isinstance(array, np.ndarray):
                array.flags.writeable = False
    return replace(form, tape=frozen(form.tape)) if isinstance(form, Grouped) else form


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [*PROGRAMS, "everything"])
def test_no_pass_changes_what_it_is_given(kind: str, seed: int) -> None:
    if kind == "everything":
        form: Any = tape_of(everything, x=(2, 4, 4), y=(4, 8), k=())
    else:
        fn, examples = PROGRAMS[kind](random.Random(seed))
        names = list(inspect.signature(fn).parameters)
        example = examples[0] if examples else ()
        shapes = {name: np.shape(x) for name, x in zip(names, example, strict=True)}
        form = tape_of(fn, **shapes)
    for name, one_pass in PASSES.items():
        form, before = frozen(form), str(form)
        after = one_pass(form)
        assert str(form) == before, name
        again = one_pass(form)
        assert str(again) == str(after), f"{name} gives another result the second time"
        form = after


def test_a_list_of_results_is_not_differentiated() -> None:
    program = program_of(simplified(tape_of(lambda x: [x, x.sin()], x=())))
    assert differentiate(program) is program
    assert program.gradient is None
    w = Value(2.0)
    assert autograd.compile(lambda x: [w * x, x]).map([1.0]).tolist() == [[2.0, 1.0]]
