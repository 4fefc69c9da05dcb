"""Which lines are done together, and in which step, as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value
from autograd.compiler.groups import Grouped, group, ragged
from autograd.compiler.pipeline import simplified
from autograd.compiler.schedule import depths, steps, with_examples
from autograd.compiler.tape import LEAVES
from tests.autograd.compiler.texts import batch, compiled, matrix, tape_of, vector

W = vector("w", 8)


def groups_of(fn: Callable[..., Any], **shapes: Any) -> Grouped:
    return group(simplified(tape_of(fn, **shapes)))


def described(grouped: Grouped) -> list[str]:
    return [line.split(": ")[1] for line in str(grouped).split("\n")]


def test_lines_of_one_operation_that_are_ready_together_are_a_group() -> None:
    grouped = groups_of(lambda x: [(w * xi).tanh() for w, xi in zip(W, x, strict=False)], x=(3,))
    assert described(grouped) == ["3 x *, for each example", "3 x tanh, for each example"]
    tape = grouped.tape
    for line, made in zip(str(grouped).split("\n"), grouped.groups, strict=True):
        first, last = (tape.name(int(made.lines[i])) for i in (0, -1))
        assert line.startswith(f"{first} to {last}: ")


def test_what_depends_on_no_argument_is_a_group_of_its_own() -> None:
    grouped = groups_of(lambda x: [W[0].exp(), x[0].exp(), W[1].exp(), x[1].exp()], x=(2,))
    assert sorted(described(grouped)) == ["2 x exp", "2 x exp, for each example"]


def test_settings_and_numbers_of_operands_tell_groups_apart() -> None:
    grouped = groups_of(
        lambda x: [
            x[0] ** 2, x[1] ** 2, x[0] ** 3, x[0].leaky_relu(0.1), x[1].leaky_relu(0.2),
            autograd.hypot(x[0], x[1]), autograd.hypot(x[0], x[1], x[2]),
        ],
        x=(3,),
    )  # fmt: skip
    assert len(described(grouped)) == 6
    assert "2 x **2, for each example" in described(grouped)


def test_the_parameters_factor_stands_on_the_left_and_leaves_before_results() -> None:
    def fn(x: list[Value]) -> list[Value]:
        return [W[0] * x[0] + x[1] * W[1], x[0] * W[2] + W[3] * x[1]]

    (made,) = groups_of(fn, x=(2,)).groups
    tape = simplified(tape_of(fn, x=(2,)))
    read = [[tape.name(i) for i in row] for row in made.operands.tolist()]
    assert read == [["w[0]", "x[0]", "w[1]", "x[1]"], ["w[2]", "x[0]", "w[3]", "x[1]"]]


def test_every_line_is_in_one_group_after_the_lines_that_it_reads() -> None:
    def fn(x: list[Value]) -> Value:
        state, total = x[0], x[1]
        for w, xi in zip(W, x, strict=True):
            state = (w * state + xi).tanh()
            total = total + state.exp() * w
        return total * autograd.logsumexp(x)

    for grouped in (groups_of(fn, x=(8,)), ragged(groups_of(fn, x=(8,)))):
        tape = grouped.tape
        done = {i for i, row in enumerate(tape.rows) if row in LEAVES}
        for g in grouped.groups:
            for line in g.lines.tolist():
                assert set(tape.operands[line]) <= done
            assert done.isdisjoint(g.lines.tolist())
            done |= set(g.lines.tolist())
        assert done == set(range(len(tape)))


# --- sums of different lengths --------------------------------------------------------------------


def sums(lengths: list[int]) -> Callable[[list[Value]], list[Value]]:
    return lambda x: [autograd.sum([xi.exp() for xi in x[:n]]) for n in lengths]


@pytest.mark.parametrize(
    ("lengths", "texts"),
    [
        (list(range(3, 12)), ["9 x sum of 3 to 11 operands, for each example"]),
        ([3, 4], ["sum of 3, for each example", "sum of 4, for each example"]),  # not worth it
    ],
)
def test_sums_of_several_lengths_are_segments_where_there_are_enough(
    lengths: list[int], texts: list[str]
) -> None:
    def fn(x: list[Value]) -> list[Value]:
        return [s * W[k % 8] for k, s in enumerate(sums(lengths)(x))]

    joined = described(ragged(groups_of(fn, x=(12,))))
    assert [t for t in joined if "sum" in t] == texts
    compiled(fn, *batch(3, (12,)))


def test_results_of_segments_are_in_the_order_of_the_lines() -> None:
    lengths = [5, 2, 8, 1, 3, 7, 4, 6, 2, 5]

    def fn(x: list[Value]) -> list[Value]:
        return [autograd.sum([w * xi for w, xi in zip(W[:n], x[:n], strict=True)]) for n in lengths]

    compiled(fn, *batch(3, (8,)))


# --- steps ----------------------------------------------------------------------------------------


def test_a_step_depends_on_earlier_steps_only() -> None:
    def fn(x: list[Value]) -> Value:
        state = x[0]
        for w, xi in zip(W, x, strict=True):
            state = (w * state + xi).tanh() * xi.sin()
        return state

    tape = simplified(tape_of(fn, x=(8,)))
    done = {i for i, row in enumerate(tape.rows) if row in LEAVES}
    for lines in steps(tape):
        assert lines
        for line in lines:
            assert set(tape.operands[line]) <= done
        done |= set(lines)
    assert done == set(range(len(tape)))


def test_depth_counts_steps_and_a_floor_lifts_all_that_follows() -> None:
    tape = tape_of(lambda x: (x[0].exp() + x[1]).sin(), x=(2,))
    assert depths(tape) == [0, 0, 1, 2, 3]
    assert depths(tape, {2: 4}) == [0, 0, 4, 5, 6]
    assert depths(tape, {4: 2}) == [0, 0, 1, 2, 3]


def test_the_first_of_a_sequence_waits_for_the_others_of_its_kind() -> None:
    # the first result is a plain number times another, without the sum that the others need
    def fn(x: list[Value]) -> list[Value]:
        totals = [
            autograd.sum([xi.exp() for xi in x[: n + 1]]) if n else x[0].exp() for n in range(8)
        ]
        return [t.log() for t in totals]

    grouped = groups_of(fn, x=(8,))
    assert "8 x log, for each example" in described(grouped)
    compiled(fn, *batch(3, (8,)))


def test_whether_a_line_differs_between_examples() -> None:
    tape = tape_of(lambda x: (W[0].exp() * W[1] + x).tanh() * W[0], x=())
    differs = dict(zip(map(tape.name, range(len(tape))), with_examples(tape), strict=True))
    assert {name for name, it_does in differs.items() if it_does} == {"x", "v5", "v6", "v7"}


def test_a_network_has_a_group_for_each_of_its_operations_however_wide() -> None:
    for width in (2, 9):
        first, second = matrix("W1", width, 3), matrix("W2", 2, width)

        def fn(x: list[Value], first: Any = first, second: Any = second) -> list[Value]:
            hidden = [autograd.dot(w, x).tanh() for w in first]
            return [autograd.dot(w, hidden) for w in second]

        tape = simplified(tape_of(lambda x, fn=fn: fn(x), x=(3,)))
        assert len(group(tape).groups) == 3
