"""In which step each line of a tape runs: as early as it can, or with many others of its kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.compiler.ir.tape import ARGUMENT, LEAVES, PARAMETER, Tape
from autograd.compiler.lowering.schedule import depths, steps, with_examples
from autograd.compiler.passes.scalar_passes import SCALAR_PASSES
from autograd.core.operation import CONSTANT
from autograd.core.table import TABLE
from tests.autograd.compiler.texts import tape_of, vector

W = vector("w", 8)

Line = Callable[[list[Value]], Value]
Fn = Callable[[list[Value]], list[Value]]


def late(x: Value, n_steps: int) -> Value:
    """A function of x that is ready after so many steps, each of an operation of its own."""
    for name in ("exp", "tanh", "cos", "sqrt")[:n_steps]:
        x = getattr(x, name)()
    return x


def in_steps(tape: Tape) -> list[dict[str, int]]:
    """How many lines of which operation each step has."""
    return [dict(Counter(tape.rows[i].label for i in lines)) for lines in steps(tape)]


def numbers_of(name: str, tape: Tape) -> list[int]:
    """How many lines of an operation there are in each step that has some."""
    return [step[name] for step in in_steps(tape) if name in step]


# --- what holds for every tape --------------------------------------------------------------------


@st.composite
def tapes(draw: Any) -> Tape:
    tape = Tape(parameter_names=["w"], argument_names=["x"])
    for kind, value in ((PARAMETER, 0), (ARGUMENT, 0), (CONSTANT, 2.0)):
        tape.leaf(kind, value)
    for _ in range(draw(st.integers(0, 25))):
        n = draw(st.integers(1, 3))
        # mostly from the first few, so that many lines are ready early
        last = draw(st.sampled_from([min(5, len(tape) - 1), len(tape) - 1]))
        names = {1: ["sin", "exp"], 2: ["+", "*"], 3: ["sum"]}[n]
        operands = draw(st.lists(st.integers(0, last), min_size=n, max_size=n))
        tape.append(TABLE[draw(st.sampled_from(names))], tuple(operands))
    tape.outputs = (len(tape) - 1,)
    return tape


@given(tapes())
@settings(max_examples=150, deadline=None)
def test_every_line_is_in_one_step_after_all_that_it_reads(tape: Tape) -> None:
    found = steps(tape)
    assert all(found), "a step is empty"
    done = {i for i, row in enumerate(tape.rows) if row in LEAVES}
    for lines in found:
        assert lines == sorted(lines)
        assert all(set(tape.operands[i]) <= done for i in lines)
        assert done.isdisjoint(lines)
        done |= set(lines)
    assert done == set(range(len(tape)))


@given(tapes(), st.dictionaries(st.integers(0, 27), st.integers(0, 9), max_size=4))
@settings(max_examples=100, deadline=None)
def test_a_depth_is_one_more_than_the_deepest_operands_or_its_floor(
    tape: Tape, floor: dict[int, int]
) -> None:
    for least in ({}, floor):
        depth = depths(tape, least)
        for place, operands in enumerate(tape.operands):
            if operands:
                above = 1 + max(depth[i] for i in operands)
                assert depth[place] == max(above, least.get(place, 0))
            else:
                assert depth[place] == 0
    assert depths(tape) == depths(tape, {})


@given(tapes())
@settings(max_examples=50, deadline=None)
def test_a_line_differs_between_examples_if_it_comes_from_an_argument(tape: Tape) -> None:
    def differs(place: int) -> bool:
        return tape.rows[place] is ARGUMENT or any(map(differs, tape.operands[place]))

    tape.rows, tape.operands = tape.rows[:12], tape.operands[:12]
    assert with_examples(tape) == [differs(place) for place in range(len(tape))]


@pytest.mark.parametrize("n_leaves", [0, 1, 3])
def test_a_tape_of_leaves_alone_has_no_step(n_leaves: int) -> None:
    tape = Tape(argument_names=["x"] * n_leaves)
    tape.leaves(ARGUMENT, range(n_leaves))
    assert steps(tape) == []
    assert depths(tape) == [0] * n_leaves
    assert with_examples(tape) == [True] * n_leaves


# --- who waits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("later", "waits"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_line_waits_for_many_of_its_kind_up_to_two_steps(later: int, waits: bool) -> None:
    tape = tape_of(lambda x: [x[0].sin(), *[late(xi, later).sin() for xi in x[1:6]]], x=(12,))
    assert numbers_of("sin", tape) == ([6] if waits else [1, 5])
    assert ("sin" in in_steps(tape)[0]) is not waits


@pytest.mark.parametrize("later", [1, 2])
@pytest.mark.parametrize(
    ("n_early", "n_late", "wait"),
    [
        (1, 1, False), (1, 2, True), (1, 3, True), (2, 3, False), (2, 4, True), (3, 5, False),
        (3, 6, True), (4, 7, False), (4, 8, True),
    ],
)  # fmt: skip
def test_lines_wait_for_twice_as_many_others(
    later: int, n_early: int, n_late: int, wait: bool
) -> None:
    def fn(x: list[Value]) -> list[Value]:
        others = x[n_early : n_early + n_late]
        return [*[xi.sin() for xi in x[:n_early]], *[late(xi, later).sin() for xi in others]]

    found = numbers_of("sin", tape_of(fn, x=(12,)))
    assert found == ([n_early + n_late] if wait else [n_early, n_late])


def test_lines_wait_for_the_next_step_that_has_enough_and_not_for_a_later_one() -> None:
    def fn(x: list[Value]) -> list[Value]:
        return [
            x[0].sin(),
            *[late(xi, 1).sin() for xi in x[1:3]],
            *[late(xi, 2).sin() for xi in x[3:6]],
        ]

    # the first waits for the two of the second step; three others are too few for these three
    assert numbers_of("sin", tape_of(fn, x=(12,))) == [3, 3]


def test_those_that_have_waited_may_wait_again_with_the_others() -> None:
    def fn(x: list[Value]) -> list[Value]:
        return [
            x[0].sin(),
            *[late(xi, 1).sin() for xi in x[1:3]],
            *[late(xi, 2).sin() for xi in x[3:9]],
        ]

    assert numbers_of("sin", tape_of(fn, x=(12,))) == [9]


def test_what_follows_from_a_line_that_waits_is_done_with_what_follows_from_the_others() -> None:
    def fn(x: list[Value]) -> list[Value]:
        lines = [x[0].sin(), *[late(xi, 2).sin() for xi in x[1:4]]]
        return [line.log().log1p() for line in lines]

    assert in_steps(tape_of(fn, x=(12,))) == [
        {"exp": 3}, {"tanh": 3}, {"sin": 4}, {"log": 4}, {"log1p": 4}
    ]  # fmt: skip


def test_many_that_were_done_earlier_are_not_waited_for() -> None:
    def fn(x: list[Value]) -> list[Value]:
        return [
            *[xi.sin() for xi in x[:6]],  # step 1
            late(x[6], 1).sin(),  # step 2, when they are done
            late(x[7], 2).log(),  # step 3, and waits for
            *[late(xi, 3).log() for xi in x[8:12]],  # step 4
        ]

    tape = tape_of(fn, x=(12,))
    assert numbers_of("sin", tape) == [6, 1]
    assert numbers_of("log", tape) == [5]


def test_lines_of_many_kinds_wait_each_for_its_own() -> None:
    def fn(x: list[Value]) -> list[Value]:
        early = [x[0].sin(), x[1].log(), x[2] * x[3]]
        others = [late(xi, 1) for xi in x[4:12]]
        return [
            *early, *[y.sin() for y in others[:2]], *[y.log() for y in others[2:5]],
            *[y * x[0] for y in others[5:]],
        ]  # fmt: skip

    assert in_steps(tape_of(fn, x=(12,))) == [{"exp": 8}, {"sin": 3, "log": 4, "*": 4}]


@pytest.mark.parametrize(("n_kinds", "n_that_wait"), [(14, 14), (15, 15), (16, 15), (20, 15)])
def test_at_most_fifteen_kinds_wait(n_kinds: int, n_that_wait: int) -> None:
    def fn(x: list[Value]) -> list[Value]:
        inputs = [x[0], late(x[1], 1), late(x[2], 1)]
        return [xi.leaky_relu(0.01 * i) for i in range(n_kinds) for xi in inputs]

    tape = tape_of(fn, x=(12,))
    first = [row for row in in_steps(tape)[0] if row != "exp"]
    assert len(first) == n_kinds - n_that_wait


# --- those that a line leads to -------------------------------------------------------------------


def led_to_directly(x: list[Value]) -> list[Value]:
    first = x[0] * x[1]
    return [first, *[first * xi for xi in x[2:6]]]


def led_to_by_one_between(x: list[Value]) -> list[Value]:
    between = (x[0] * x[1]).exp()
    return [between, *[between * xi for xi in x[2:6]]]


def one_of_many_is_led_to(x: list[Value]) -> list[Value]:
    first = x[0] * x[1]
    return [first * x[2], *[late(xi, 1) * xi for xi in x[3:8]]]


def one_of_many_is_led_to_by_one_between(x: list[Value]) -> list[Value]:
    between = (x[0] * x[1]).exp()
    return [between * x[2], *[late(xi, 2) * xi for xi in x[3:8]]]


def one_of_two_leads_to_one_of_many(x: list[Value]) -> list[Value]:
    early = [x[0] * x[1], x[2] * x[3]]
    return [*early, early[1].cos() * x[4], *[late(xi, 2) * xi for xi in x[5:11]]]


@pytest.mark.parametrize(
    ("fn", "numbers"),
    [
        (led_to_directly, [1, 4]),
        (led_to_by_one_between, [1, 4]),
        (one_of_many_is_led_to, [1, 6]),
        (one_of_many_is_led_to_by_one_between, [1, 6]),
        (one_of_two_leads_to_one_of_many, [2, 7]),
    ],
)
def test_a_line_does_not_wait_for_those_that_it_leads_to(fn: Fn, numbers: list[int]) -> None:
    tape = tape_of(fn, x=(12,))
    assert numbers_of("*", tape) == numbers
    assert "*" in in_steps(tape)[0]


@pytest.mark.parametrize("later", [1, 2])
def test_a_line_waits_even_if_it_leads_to_others_than_those(later: int) -> None:
    def fn(x: list[Value]) -> list[Value]:
        first = x[0] * x[1]
        return [*[first.cos() for _ in range(3)], *[late(xi, later) * xi for xi in x[2:6]]]

    tape = tape_of(fn, x=(12,))
    assert numbers_of("*", tape) == [5]
    assert in_steps(tape)[-1] == {"cos": 3}


# --- what is of one kind --------------------------------------------------------------------------


def sine(x: list[Value]) -> Value:
    return x[0].sin()


def cosine(x: list[Value]) -> Value:
    return x[0].cos()


def plus(x: list[Value]) -> Value:
    return x[0] + x[1]


def minus(x: list[Value]) -> Value:
    return x[0] - x[1]


def times(x: list[Value]) -> Value:
    return x[0] * x[1]


def sum_of(n: int) -> Line:
    return lambda x: autograd.sum(x[:n])


def leaky(slope: float) -> Line:
    return lambda x: x[0].leaky_relu(slope)


def hypot_of(n: int) -> Line:
    return lambda x: autograd.hypot(*x[:n])


def products(n_products: int, n_terms: int) -> Line:
    """A sum of so many products and further terms, which a pass makes one line."""

    def line(x: list[Value]) -> Value:
        pairs = [x[i] * x[i + 1] for i in range(n_products)]
        total: Value = autograd.sum(pairs + x[n_products : n_products + n_terms])
        return total

    return line


def one_waits_for_three(
    first: Line,
    other: Line,
    first_of: list[Value] | None = None,
    others_of: list[Value] | None = None,
) -> bool:
    """Whether a line that is ready at once is done with three that are ready a step later."""

    def fn(x: list[Value]) -> list[Value]:
        later = [other([xi.exp() for xi in others_of or x]) for _ in range(3)]
        return [first(first_of or x), *later]

    tape = SCALAR_PASSES["sums of products"](tape_of(fn, x=(8,)))
    assert [depths(tape)[i] for i in tape.outputs] == [1, 2, 2, 2]
    (step,) = [set(lines) for lines in steps(tape) if tape.outputs[0] in lines]
    together = step >= set(tape.outputs)
    assert together or step.isdisjoint(tape.outputs[1:])
    return together


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (sine, sine), (times, times), (plus, plus), (leaky(0.1), leaky(0.1)),
        (hypot_of(2), hypot_of(2)),
        # sums of any length
        (plus, sum_of(3)), (sum_of(3), plus), (sum_of(4), sum_of(3)), (sum_of(3), sum_of(6)),
        # sums of any number of products, with as many further terms
        (products(2, 0), products(2, 0)), (products(2, 0), products(5, 0)),
        (products(2, 1), products(3, 1)), (products(4, 1), products(1, 1)),
        (products(1, 2), products(3, 2)), (products(4, 3), products(2, 3)),
    ],
)  # fmt: skip
def test_lines_of_one_kind_wait_for_each_other(first: Line, other: Line) -> None:
    assert one_waits_for_three(first, other)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (sine, cosine), (plus, times), (minus, plus), (times, sum_of(3)), (sum_of(3), hypot_of(3)),
        (leaky(0.1), leaky(0.2)), (hypot_of(2), hypot_of(3)),
        (plus, products(1, 1)), (products(3, 0), sum_of(3)), (times, products(2, 0)),
        # of different numbers of further terms, be there as many products, terms or operands
        (products(2, 0), products(2, 1)), (products(2, 2), products(2, 1)),
        (products(2, 2), products(3, 0)), (products(1, 3), products(2, 1)),
        (products(1, 1), products(2, 0)), (products(3, 0), products(1, 1)),
    ],
)  # fmt: skip
def test_lines_of_different_kinds_do_not(first: Line, other: Line) -> None:
    assert not one_waits_for_three(first, other)


@pytest.mark.parametrize("line", [sine, plus, sum_of(3), products(2, 1)])
def test_what_differs_between_examples_and_what_does_not_are_two_kinds(line: Line) -> None:
    assert one_waits_for_three(line, line, W, W)
    assert not one_waits_for_three(line, line, W, None)
    assert not one_waits_for_three(line, line, None, W)
