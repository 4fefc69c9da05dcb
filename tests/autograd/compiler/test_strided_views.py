"""Regular lists of positions, and what NumPy calls a view of them."""

from __future__ import annotations

import math
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


@given(regular())
@settings(max_examples=300, deadline=None)
def test_none_is_said_of_a_flat_array_only_where_no_slices_of_it_folded_would_do(
    case: tuple[Shape, NDArray[np.int64]],
) -> None:
    _, positions = case
    size = int(positions.max()) + 1
    longer = [axis for axis in range(positions.ndim) if positions.shape[axis] > 1]
    if view(positions, (size,), False) is None and len(longer) == 1:
        raise AssertionError("one step is always a slice of a flat array")


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
    ],
)
def test_views_are_written_as_a_person_would(
    positions: Any, shape: Shape, batched: bool, text: str
) -> None:
    assert view(np.array(positions), shape, batched) == text
    assert check(shape, np.array(positions), batched)


@pytest.mark.parametrize(
    "positions", [[0, 1, 3], [2, 1, 0], [1, 1], [[0, 1], [2, 4]], [[0, 1], [1, 2]], [0, 4, 2]]
)
def test_what_is_irregular_or_read_twice_or_runs_backwards_is_no_view(positions: Any) -> None:
    assert view(np.array(positions), (6,), False) is None


# --- shapes ---------------------------------------------------------------------------------------


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
