"""Regular lists of positions, and what NumPy calls a view of them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from autograd.compiler.ir.strided_views import axes_of, common_shape, squeezed, view

Shape = tuple[int, ...]
N = 3  # examples

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)


@st.composite
def regular(draw: Any) -> tuple[Shape, NDArray[np.int64]]:
    """A shape of an array, and positions in it that go in steps along each of their own axes."""
    shape = draw(SHAPES)
    size = math.prod(shape)
    start = draw(st.integers(0, size - 1))
    lengths, positions = [], np.array(start)
    for _ in range(draw(st.integers(0, 3))):
        length = draw(st.integers(1, 4))
        room = size - 1 - int(positions.max())
        step = draw(st.integers(1, max(room, 1)))
        if length > 1 and step * (length - 1) > room:
            length = 1
        lengths.append(length)
        positions = positions[..., None] + step * np.arange(length)
    if draw(st.booleans()):
        positions = positions.transpose(draw(st.permutations(range(positions.ndim))))
    return shape, np.ascontiguousarray(positions)


@st.composite
def of_slices(draw: Any) -> tuple[Shape, NDArray[np.int64]]:
    """What basic indexing, a reshape of all or a transposition picks: always a view."""
    shape = draw(SHAPES)
    positions = np.arange(math.prod(shape)).reshape(shape)
    places = []
    for length in shape:
        start = draw(st.integers(0, length - 1))
        step = draw(st.integers(1, length))
        places.append(slice(start, draw(st.integers(start + 1, length)), step))
    positions = positions[tuple(places)]
    positions = positions.transpose(draw(st.permutations(range(positions.ndim))))
    return shape, np.ascontiguousarray(positions)


def check(shape: Shape, positions: NDArray[np.int64], batched: bool) -> bool:
    """Whether there is a view, which then is what picking the positions gives."""
    text = view(positions, shape, batched)
    if text is None:
        return False
    lead = (N,) if batched else ()
    array = np.random.default_rng(0).normal(size=(*lead, *shape))
    found = eval(f"array{text}", {"array": array, "n": N})
    picked = array.reshape(*lead, -1)[..., positions]
    np.testing.assert_array_equal(found, picked, err_msg=text, strict=True)
    assert np.shape(found) == picked.shape, text
    if positions.size > 1 or (batched and positions.ndim):
        assert np.shares_memory(found, array), text
    return True


@given(regular(), st.booleans())
@settings(max_examples=600, deadline=None)
def test_a_view_of_steps_is_what_picking_the_positions_gives(
    case: tuple[Shape, NDArray[np.int64]], batched: bool
) -> None:
    check(*case, batched)


@given(of_slices(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_what_slices_and_a_transposition_pick_is_a_view(
    case: tuple[Shape, NDArray[np.int64]], batched: bool
) -> None:
    assert check(*case, batched)


@given(st.data(), SHAPES, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_positions_at_all_are_picked_right_or_not_called_a_view(
    data: Any, shape: Shape, batched: bool
) -> None:
    size = math.prod(shape)
    wanted = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple))
    flat = data.draw(
        st.lists(st.integers(0, size - 1), min_size=math.prod(wanted), max_size=math.prod(wanted))
    )
    check(shape, np.array(flat).reshape(wanted), batched)


@pytest.mark.parametrize(
    ("positions", "shape", "batched", "text"),
    [
        ([0, 1, 2], (3,), False, ""),
        ([0, 1, 2], (3,), True, ""),
        ([0, 1], (3,), False, "[:2]"),
        ([1, 2], (3,), True, "[:, 1:]"),
        ([0, 2, 4], (6,), False, "[::2]"),
        ([1, 4, 7], (9,), False, "[1::3]"),
        (4, (3, 2), False, "[2, 0]"),
        (4, (3, 2), True, "[:, 2, 0]"),
        ([2, 3], (3, 2), False, "[1]"),
        ([1, 3, 5], (3, 2), True, "[:, :, 1]"),
        ([[0, 1, 2], [3, 4, 5]], (6,), False, ".reshape(2, 3)"),
        ([[0, 1], [3, 4], [6, 7]], (9,), False, ".reshape(3, 3)[:, :2]"),
        ([[0, 1], [3, 4], [6, 7]], (13,), False, "[:9].reshape(3, 3)[:, :2]"),
        ([[0, 3], [1, 4], [2, 5]], (2, 3), False, ".T"),
        ([[0, 3], [1, 4], [2, 5]], (2, 3), True, ".transpose(0, 2, 1)"),
        ([[0], [1], [2]], (3,), True, "[:, :, None]"),
        ([[[[0, 1], [2, 3]]]], (4,), False, ".reshape(2, 2)[None, None]"),
    ],
)
def test_views_are_written_as_a_person_would(
    positions: Any, shape: Shape, batched: bool, text: str
) -> None:
    assert view(np.array(positions), shape, batched) == text
    assert check(shape, np.array(positions), batched)


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize(
    "shape", [(), (1,), (4,), (1, 1), (2, 3), (3, 1), (2, 1, 3), (0,), (2, 0), (0, 3)]
)
def test_a_view_of_all_of_an_array_is_the_array(shape: Shape, batched: bool) -> None:
    assert view(np.arange(math.prod(shape)).reshape(shape), shape, batched) == ""


@pytest.mark.parametrize(
    "positions", [[0, 1, 3], [2, 1, 0], [1, 1], [[0, 1], [2, 4]], [[0, 1], [1, 2]], [0, 4, 2]]
)
def test_what_is_irregular_or_read_twice_or_runs_backwards_is_no_view(positions: Any) -> None:
    assert view(np.array(positions), (6,), False) is None


# --- all of the small ones ------------------------------------------------------------------------


def with_steps(start: int, lengths: Shape, steps: Shape) -> NDArray[np.int64]:
    positions = np.array(start)
    for length, step in zip(lengths, steps, strict=True):
        positions = positions[..., None] + step * np.arange(length)
    return positions


def all_regular(size: int) -> Iterator[NDArray[np.int64]]:
    """All positions in so many places along up to three axes, of which the first is the slowest."""
    for n_axes in range(4):
        for lengths in itertools.product((2, 3, 4), repeat=n_axes):
            for steps in itertools.combinations_with_replacement(range(size - 1, 0, -1), n_axes):
                last = int(with_steps(0, lengths, steps).max())
                for start in range(size - last):
                    yield with_steps(start, lengths, steps)


def arrangements(positions: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Positions with their axes in any order, and with an axis of length 1 here or there."""
    for order in itertools.permutations(range(positions.ndim)):
        transposed = positions.transpose(order)
        yield transposed
        for axis in range(positions.ndim + 1):
            yield np.expand_dims(transposed, axis)


@cache
def factorings(n: int) -> tuple[Shape, ...]:
    """The shapes of n elements, without an axis of length 1."""
    if n == 1:
        return ((),)
    divisors = [d for d in range(2, n + 1) if n % d == 0]
    return tuple((d, *rest) for d in divisors for rest in factorings(n // d))


def runs(n: int) -> list[slice]:
    return [slice(start, stop) for start in range(n) for stop in range(start + 1, n + 1)]


def progressions(n: int) -> list[slice]:
    return [slice(run.start, run.stop, step) for run in runs(n) for step in range(1, n + 1)]


def picked(array: NDArray[np.int64], slices: tuple[slice, ...]) -> tuple[Shape, bytes]:
    """What slices give, without the axes of length 1."""
    found = array[slices].squeeze()
    return found.shape, found.tobytes()


def slices_of(shape: Shape) -> set[tuple[Shape, bytes]]:
    """What slices give of the array, of all laid out flat, and of a run of that, folded."""
    flat = np.arange(math.prod(shape))
    found = set()
    for array in (flat, flat.reshape(shape)):
        found |= {picked(array, s) for s in itertools.product(*map(progressions, array.shape))}
    for run in runs(len(flat)):
        for folds in factorings(len(flat[run])):
            array = flat[run].reshape(folds)
            # of a single element there is no fold; the first axis is all of the run
            kept = itertools.product([slice(None)], *map(runs, folds[1:])) if folds else [()]
            found |= {picked(array, s) for s in kept}
    return found


@pytest.mark.parametrize("shape", [(6,), (9,), (12,), (2, 3), (3, 4), (1, 6), (2, 1, 3), (2, 3, 2)])
def test_regular_positions_are_a_view_just_where_slices_of_all_or_of_a_folded_run_give_them(
    shape: Shape,
) -> None:
    found = slices_of(shape)
    for positions in all_regular(math.prod(shape)):
        there_are = picked(positions, ()) in found
        assert check(shape, positions, False) is there_are, positions.tolist()


# What a view's text has for parts: a bracket, a call, a number, and an axis kept or put in.
PARTS = [
    r"\[[^]]*\]", r"\.\w+(\([^)]*\))?", r"\d+", r":\d+", r"(:|None|\d+), ",
    r", (:|None|\d+)(?=\])",
]  # fmt: skip


def evaluated(array: NDArray[np.int64], text: str) -> Any:
    try:
        return eval(f"array{text}", {"array": array, "n": N})
    except (SyntaxError, IndexError, ValueError, TypeError, AttributeError):
        return None


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("shape", [(6,), (8,), (2, 3), (4, 1), (2, 1, 3)])
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_a_views_text_has_no_part_that_could_be_left_out(shape: Shape, batched: bool) -> None:
    lead = (N,) if batched else ()
    array = np.arange(math.prod(lead + shape)).reshape(lead + shape)
    for regular in all_regular(math.prod(shape)):
        for positions in arrangements(regular):
            text = view(positions, shape, batched)
            wanted = array.reshape(*lead, -1)[..., positions]
            assert text is None or np.array_equal(evaluated(array, text), wanted), text
            for part in PARTS:
                for match in re.finditer(part, text or ""):
                    shorter = match.string[: match.start()] + match.string[match.end() :]
                    found = evaluated(array, shorter)
                    assert not np.array_equal(found, wanted), (text, shorter)


# --- shapes ---------------------------------------------------------------------------------------


def is_affine(positions: NDArray[np.int64]) -> bool:
    """Whether positions go in steps along each of their axes, which are longer than 1."""
    again = positions[(slice(1),) * positions.ndim]
    for axis, length in enumerate(positions.shape):
        first, second = (positions[(0,) * axis + (i,)].flat[0] for i in (0, 1))
        steps = (second - first) * np.arange(length)
        again = again + steps.reshape(-1, *[1] * (positions.ndim - axis - 1))
    return np.array_equal(again, positions)


@pytest.mark.parametrize(("n", "numbers"), [(1, 2), (2, 3), (3, 4), (4, 4), (6, 3), (8, 2)])
def test_axes_are_the_fewest_that_give_the_positions_if_any_do(n: int, numbers: int) -> None:
    for listed in itertools.product(range(numbers), repeat=n):
        positions = np.array(listed)
        shapes = [shape for shape in factorings(n) if is_affine(positions.reshape(shape))]
        axes = axes_of(positions)
        if axes is None:
            assert not shapes, listed
        else:
            lengths, steps = (tuple(axis[i] for axis in axes) for i in (0, 1))
            assert lengths == min(shapes, key=len), listed
            np.testing.assert_array_equal(with_steps(listed[0], lengths, steps).ravel(), positions)


@given(st.lists(st.tuples(st.integers(2, 3), st.integers(-5, 9)), max_size=6))
def test_axes_that_go_on_from_each_other_are_one_and_more_than_four_are_not_found(
    axes: list[tuple[int, int]],
) -> None:
    lengths, steps = (tuple(axis[i] for axis in axes) for i in (0, 1))
    positions = with_steps(7, lengths, steps).ravel()
    merged: list[tuple[int, int]] = []
    for length, step in axes:
        if merged and merged[-1][1] == length * step:
            length *= merged.pop()[0]
        merged.append((length, step))
    assert axes_of(positions) == (merged if len(merged) <= 4 else None)


@given(st.lists(st.tuples(st.integers(2, 4), st.integers(-5, 9)), max_size=4))
def test_axes_give_the_positions_back(axes: list[tuple[int, int]]) -> None:
    positions = np.array([20])
    for length, step in axes:
        positions = (positions[:, None] + step * np.arange(length)).ravel()
    found = axes_of(positions)
    if found is not None:
        again = np.array([20])
        for length, step in found:
            again = (again[:, None] + step * np.arange(length)).ravel()
        np.testing.assert_array_equal(again, positions)
        assert len(found) <= len(axes)
    assert found is not None or len(axes) > 1


def sums_of_some(*steps: int) -> list[int]:
    return [sum(chosen) for chosen in itertools.product(*((0, step) for step in steps))]


@pytest.mark.parametrize(
    ("positions", "axes"),
    [
        ([7], []),
        ([0, 1, 2, 3], [(4, 1)]),
        ([0, 0, 0], [(3, 0)]),
        ([0, 0, 1, 1, 2, 2], [(3, 1), (2, 0)]),
        ([0, 1, 0, 1, 0, 1], [(3, 0), (2, 1)]),
        ([5, 3, 1], [(3, -2)]),
        ([0, 1, 2, 10, 11, 12], [(2, 10), (3, 1)]),
        ([0, 1, 3], None),
        ([0, 1, 2, 4, 5, 7], None),
        ([0, 1, 2, 3, 4, 9], None),
        (sums_of_some(100, 30, 10, 1), [(2, 100), (2, 30), (2, 10), (2, 1)]),
        (sums_of_some(300, 100, 30, 10, 1), None),  # more axes than are looked for
    ],
)
def test_axes_of_positions(positions: list[int], axes: Any) -> None:
    assert axes_of(np.array(positions)) == axes


@pytest.mark.parametrize(
    ("patterns", "hints", "shape"),
    [
        ([[0, 1, 2, 3, 4, 5]], [], (6,)),
        ([[0, 0, 0, 1, 1, 1]], [], (2, 3)),
        ([[0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]], [], (2, 3)),
        ([[0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1]], [], (6,)),  # 2 does not go into 3
        ([[0, 1, 2, 3, 4, 5]], [(3, 2)], (3, 2)),
        ([[0, 0, 0, 1, 1, 1]], [(3, 2)], (2, 3)),  # a hint gives way
        ([[0, 1, 2, 3, 4, 5]], [(3, 2), (2, 3)], (3, 2)),  # and the first one counts
        ([[0, 1, 2, 3, 4, 5]], [(7,)], (6,)),
        ([[3, 1, 2, 0, 4, 5]], [(3, 2)], (3, 2)),
    ],
)
def test_a_common_shape(patterns: list[list[int]], hints: list[Shape], shape: Shape) -> None:
    found = common_shape([np.array(p) for p in patterns], hints)
    assert found == shape


def cuts(shape: Shape) -> set[int]:
    """Where an axis begins, counted in elements from the end."""
    return {math.prod(shape[axis:]) for axis in range(len(shape))} | {1}


def some_patterns(n: int) -> list[tuple[NDArray[np.int64], set[Shape]]]:
    """Lists of n positions, and the shapes in which each is regular: any for one that is not."""
    found = {}
    for shape in factorings(n):
        for steps in itertools.product((0, 1, 5), repeat=len(shape)):
            positions = with_steps(0, shape, steps).ravel()
            found[positions.tobytes()] = positions
    irregular = np.arange(n) ** 2 % 7
    listed = [*found.values(), irregular]
    every = set(factorings(n))
    return [(p, {s for s in every if is_affine(p.reshape(s))} or every) for p in listed]


@pytest.mark.parametrize("n", [1, 2, 4, 6, 8])
def test_a_common_shape_has_the_fewest_axes_with_which_all_are_regular(n: int) -> None:
    for one, other in itertools.product(some_patterns(n), repeat=2):
        shapes = one[1] & other[1] or set(factorings(n))
        assert common_shape([one[0], other[0]], []) == min(shapes, key=len)


@pytest.mark.parametrize("n", [1, 2, 6, 8])
def test_a_common_shape_cuts_where_the_hints_do_if_all_stay_regular(n: int) -> None:
    hints = [*factorings(n), (1, *factorings(n)[-1], 1), (5,), (2, 2, 2), (3, 3)]
    for pattern, shapes in some_patterns(n):
        for two in itertools.product(hints, repeat=2):
            left = shapes
            for hint in two:
                if math.prod(hint) == n:
                    left = {shape for shape in left if cuts(hint) <= cuts(shape)} or left
            assert common_shape([pattern], two) == min(left, key=len), (pattern, two)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_common_shape_holds_all_and_squeezing_loses_nothing(data: Any) -> None:
    n = data.draw(st.sampled_from([1, 2, 6, 12, 24]))
    draw_list = st.lists(st.integers(0, 5), min_size=n, max_size=n)
    divisor = data.draw(st.sampled_from([d for d in (1, 2, 3, 4, 6) if n % d == 0]))
    tiled = np.repeat(np.arange(n // divisor), divisor)
    patterns = [np.array(data.draw(draw_list)), tiled, np.resize(tiled[::-1], n)]
    shape = common_shape(patterns, [(n // divisor, divisor)])
    assert math.prod(shape) == n
    assert all(length > 1 for length in shape)
    for pattern in patterns:
        small = squeezed(pattern.reshape(shape))
        assert len(small.shape) == len(shape)
        np.testing.assert_array_equal(np.broadcast_to(small, shape), pattern.reshape(shape))


def test_squeezing_takes_out_every_axis_along_which_nothing_changes() -> None:
    assert squeezed(np.array([[1, 1], [2, 2]])).tolist() == [[1], [2]]
    assert squeezed(np.array([[1, 2], [1, 2]])).tolist() == [[1, 2]]
    assert squeezed(np.full((2, 3), 7)).tolist() == [[7]]
    assert squeezed(np.array([[1, 2], [2, 1]])).tolist() == [[1, 2], [2, 1]]
