"""Which lines are done together, and in which step, as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import GraphError, Value
from autograd.compiler.ir.fused import CROSS_ENTROPY
from autograd.compiler.ir.tape import LEAVES
from autograd.compiler.lowering.groups import (
    Choices,
    Group,
    Grouped,
    SegmentProducts,
    group,
    ragged,
    verify,
)
from autograd.compiler.lowering.schedule import depths, steps, with_examples
from autograd.compiler.pipeline import simplified
from tests.autograd.compiler.texts import batch, compiled, matrix, tape_of, vector
from tests.autograd.messages import raises

W = vector("w", 8)


def groups_of(fn: Callable[..., Any], **shapes: Any) -> Grouped:
    return group(simplified(tape_of(fn, **shapes)))


def described(grouped: Grouped) -> list[str]:
    return [line.split(": ")[1] for line in str(grouped).split("\n")]


def spoiled(change: Callable[[list[Group]], list[Group]]) -> Grouped:
    """The groups of x - tanh(w*x) for three x, changed."""
    grouped = groups_of(
        lambda x: [xi - (w * xi).tanh() for w, xi in zip(W, x, strict=False)], x=(3,)
    )
    return replace(grouped, groups=tuple(change(list(grouped.groups))))


def with_lines(number: int, lines: list[int]) -> Callable[[list[Group]], list[Group]]:
    """A change: other lines in one of the groups."""

    def change(groups: list[Group]) -> list[Group]:
        groups[number] = replace(groups[number], lines=np.array(lines))
        return groups

    return change


PRODUCTS, TANHS = [4, 8, 12], [5, 9, 13]
FAULTS: dict[str, tuple[Callable[[list[Group]], list[Group]], str]] = {
    "a leaf": (with_lines(0, [0, *PRODUCTS]), "group 1"),
    "a line of another group": (with_lines(1, [*TANHS, 4]), "group 2"),
    "a line twice": (with_lines(0, [*PRODUCTS, 4]), "group 1"),
    "a line in no group": (with_lines(1, TANHS[:2]), "v13"),
    "a group before what it reads": (lambda groups: groups[::-1], "v5"),
    "a group before one of what it reads": (
        lambda groups: [groups[0], groups[2], groups[1]], "v6",
    ),
    "a group of what one line of it reads": (
        lambda groups: with_lines(0, [*PRODUCTS, *TANHS])(groups)[:1], "v5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_verifier_names_every_fault(fault: str) -> None:
    change, named = FAULTS[fault]
    verify(spoiled(lambda groups: groups))
    with raises(GraphError, named):
        verify(spoiled(change))


def test_lines_of_one_operation_that_are_ready_together_are_a_group() -> None:
    grouped = groups_of(lambda x: [(w * xi).tanh() for w, xi in zip(W, x, strict=False)], x=(3,))
    assert described(grouped) == ["3 x *, for each example", "3 x tanh, for each example"]
    tape = grouped.tape
    for line, made in zip(str(grouped).split("\n"), grouped.groups, strict=True):
        first, last = (tape.name(int(made.lines[i])) for i in (0, -1))
        assert line.startswith(f"{first} to {last}: ")


def test_a_cross_entropy_is_told_with_its_operands_of_which_one_is_the_index() -> None:
    grouped = groups_of(lambda x: autograd.logsumexp([x[0] - x[1], Value(0.0)]), x=(2,))
    assert described(grouped) == ["cross_entropy of 3, for each example"]
    assert [(type(made), made.row) for made in grouped.groups] == [(Choices, CROSS_ENTROPY)]


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


def test_a_group_is_told_by_its_line_or_by_its_first_and_last() -> None:
    grouped = groups_of(lambda x: [x[0].exp(), x[0].sin(), x[1].sin(), x[0].exp() * W[0]], x=(2,))
    assert str(grouped).split("\n") == [
        "v2: exp, for each example", "v3 to v4: 2 x sin, for each example",
        "v6: *, for each example",
    ]  # fmt: skip


def test_of_two_factors_the_one_that_is_ready_first_stands_on_the_left_and_else_the_users() -> None:
    def fn(x: list[Value]) -> Value:
        return (
            x[0] * W[0].exp() + W[1].exp() * W[2] + x[1].exp() * x[2]
            + x[3] * x[4] + x[4] * x[2] + x[0].exp() * x[1].sin() + x[1].sin() * x[2].exp()
        )  # fmt: skip

    grouped = groups_of(fn, x=(5,))
    (row,) = grouped.groups[-1].operands.tolist()
    lines = {grouped.tape.name(i): i for i in range(len(grouped.tape))}
    texts = {name: str(grouped.tape).split(f"{name} = ")[-1].split("\n")[0] for name in lines}
    read = [texts[grouped.tape.name(i)] if grouped.tape.operands[i] else grouped.tape.name(i)
            for i in row]  # fmt: skip
    assert read == [
        "exp(w[0])", "x[0]", "w[2]", "exp(w[1])", "x[2]", "exp(x[1])", "x[3]", "x[4]",
        "x[4]", "x[2]", "exp(x[0])", "sin(x[1])", "sin(x[1])", "exp(x[2])",
    ]  # fmt: skip


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


def added(x: list[Value], lengths: list[int]) -> list[Value]:
    """Sums of so many neighbours; of two by a plus."""
    return [x[i] + x[i + 1] if n == 2 else autograd.sum(x[i : i + n])
            for i, n in enumerate(lengths)]  # fmt: skip


def weighed(x: list[Value], lengths: list[int]) -> list[Value]:
    """Sums of so many products; one is only multiplied."""
    return [
        W[0] * x[i] if n == 1 else autograd.sum([W[k] * x[i + k] for k in range(n)])
        for i, n in enumerate(lengths)
    ]


def normed(x: list[Value], lengths: list[int]) -> list[Value]:
    """Probabilities, which need the largest of each list."""
    return [autograd.softmax(x[i : i + n])[0] for i, n in enumerate(lengths)]


Sums = Callable[[list[Value], list[int]], list[Value]]
JOINED: list[tuple[Sums, list[int], str]] = [
    (added, [2] * 4 + [3] * 4, "8 x sum of 2 to 3 operands"),
    (added, [3] * 5 + [4] * 4, "9 x sum of 3 to 4 operands"),
    (weighed, [1] * 4 + [2] * 2 + [3] * 2, "8 x sum of 1 to 3 products"),
    (weighed, [2] * 4 + [3] * 4, "8 x sum of 2 to 3 products"),
    (normed, [3] * 4 + [4] * 4, "8 x shift of 3 to 4 operands"),
]
APART: list[tuple[Sums, list[int], list[str]]] = [
    # too few of them; too many that are best by themselves; of one length; only one that is longer
    (added, [3] * 3 + [4] * 4, ["3 x sum of 3", "4 x sum of 4"]),
    (added, [2] * 5 + [3] * 4, ["5 x +", "4 x sum of 3"]),
    (added, [3] * 9, ["9 x sum of 3"]),
    (weighed, [1] * 5 + [2] * 2 + [3] * 2,
     ["5 x *", "2 x sum of 2 products", "2 x sum of 3 products"]),
    (weighed, [1] * 4 + [2] * 4, ["4 x *", "4 x sum of 2 products"]),
    # nothing but sums and the largest can be of several lengths
    (lambda x, lengths: [autograd.logsumexp(x[i : i + n]) for i, n in enumerate(lengths)],
     [3] * 5 + [4] * 5, ["5 x logsumexp of 3", "5 x logsumexp of 4"]),
]  # fmt: skip


@pytest.mark.parametrize(("fn", "lengths", "text"), JOINED)
def test_sums_are_joined_where_there_are_enough(fn: Sums, lengths: list[int], text: str) -> None:
    joined = described(ragged(groups_of(lambda x: fn(x, lengths), x=(14,))))
    assert f"{text}, for each example" in joined
    compiled(lambda x: fn(x, lengths), *batch(3, (14,)))


@pytest.mark.parametrize(("fn", "lengths", "texts"), APART)
def test_sums_stay_apart_where_they_are_few_or_quick(
    fn: Sums, lengths: list[int], texts: list[str]
) -> None:
    joined = described(ragged(groups_of(lambda x: fn(x, lengths), x=(14,))))
    assert sorted(joined) == sorted(f"{text}, for each example" for text in texts)


def test_sums_with_a_term_are_joined_with_each_other_and_not_with_those_without() -> None:
    def fn(x: list[Value]) -> list[Value]:
        return [
            autograd.sum([*[W[k] * x[5 * i + k] for k in range(n)], *x[5 * i + 3 : 5 * i + 3 + m]])
            for i, (n, m) in enumerate([(2, 1), (3, 1)] * 4 + [(2, 0), (3, 0)])
        ]

    grouped = ragged(groups_of(fn, x=(50,)))
    assert isinstance(grouped.groups[0], SegmentProducts)
    terms = [grouped.tape.name(i) for i in grouped.groups[0].operands.ravel().tolist()]
    assert terms == [f"x[{5 * i + 3}]" for i in range(8)]
    joined = described(grouped)
    assert [text.split(",")[0] for text in joined] == [
        "8 x sum of 2 to 3 products", "sum of 2 products", "sum of 3 products",
    ]  # fmt: skip
    compiled(fn, *batch(3, (50,)))


def test_segments_tell_the_lengths_the_factors_and_the_terms_of_their_lines() -> None:
    lengths = [3, 1, 2, 2, 3, 1, 3, 2]
    grouped = ragged(groups_of(lambda x: weighed(x, lengths), x=(14,)))
    (made,) = grouped.groups
    assert isinstance(made, SegmentProducts)
    assert made.lengths.tolist() == lengths
    assert made.operands.shape == (8, 0)
    name = grouped.tape.name
    assert [name(i) for i in made.left.tolist()] == [f"w[{k}]" for n in lengths for k in range(n)]
    assert [name(i) for i in made.right.tolist()] == [
        f"x[{i + k}]" for i, n in enumerate(lengths) for k in range(n)
    ]


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
