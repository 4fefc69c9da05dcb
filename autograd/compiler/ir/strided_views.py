"""Strided views: index patterns that are ranges, strides and grids, as NumPy slices.

A group of scalar operations reads its operands at positions 0, 1, 2, ... of an array, or at 0, 3,
6, ..., or at 0, 0, 0, 1, 1, 1, ...: found again here as axes with a length and a step each.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from autograd.compiler.ir.instructions import Positions, Shape

Axes = list[tuple[int, int]]  # of each axis, outermost first: its length, and its step

_MOST_AXES = 4


def axes_of(positions: Positions) -> Axes | None:
    """The axes that give these positions in order; None if they are not regular.

    >>> axes_of(np.array([0, 1, 2, 10, 11, 12]))
    [(2, 10), (3, 1)]
    """
    axes: Axes = []
    rest = positions.ravel()
    while len(rest) > 1:
        if len(axes) == _MOST_AXES:
            return None
        steps = np.diff(rest)
        breaks = np.flatnonzero(steps != steps[0])
        length = int(breaks[0]) + 1 if len(breaks) else len(rest)
        if len(rest) % length:
            return None
        rows = rest.reshape(-1, length)
        if len(rows) > 1 and not (np.diff(rows, axis=1) == steps[0]).all():
            return None
        axes.insert(0, (length, int(steps[0])))
        rest = rows[:, 0]
    return axes


def common_shape(patterns: Sequence[Positions], hints: Sequence[Shape]) -> Shape:
    """A shape in which each of the lists of positions, all of one length, is regular, if it can be.

    ``hints`` are shapes to agree with where that costs nothing, those of the arrays that are read.
    """
    n = len(patterns[0])
    blocks = {1, n}  # the lengths of the runs that a list is cut into, from within outwards
    for pattern in patterns:
        blocks |= _blocks([length for length, _ in axes_of(pattern) or []])
    if not _nested(blocks):
        blocks = {1, n}
    for hint in hints:
        if int(np.prod(hint)) == n and _nested(blocks | _blocks(hint)):
            blocks |= _blocks(hint)
    ladder = sorted(blocks, reverse=True)
    return tuple(a // b for a, b in pairwise(ladder))


def _blocks(lengths: Sequence[int]) -> set[int]:
    sizes, size = {1}, 1
    for length in reversed(lengths):
        size *= length
        sizes.add(size)
    return sizes


def _nested(blocks: set[int]) -> bool:
    ladder = sorted(blocks)
    return all(b % a == 0 for a, b in pairwise(ladder))


def squeezed(positions: Positions) -> Positions:
    """Positions in a shape, with length 1 along each axis that they do not change along."""
    for axis, length in enumerate(positions.shape):
        if length > 1:
            first = positions.take([0], axis=axis)
            if (positions == first).all():
                positions = first
    return positions


def view(positions: Positions, shape: Shape, batched: bool) -> str | None:
    """NumPy's text, after the name of an array, for a view of the elements at these positions.

    ``shape`` is the array's, without the axis of examples that comes first if it is ``batched``.
    ``""`` stands for all of it as it is; None if neither slices of the array, nor of all of it flat
    or folded, give the elements.

    >>> view(np.array([[0, 1], [3, 4]]), (2, 3), False), view(np.array([1, 4]), (2, 3), True)
    ('[:, :2]', '[:, :, 1]')
    """
    if positions.shape == shape and counts_up(positions):
        return ""
    steps = _steps(positions)
    if steps is None:
        return None
    lead = ":, " if batched else ""
    start = int(positions.flat[0])
    text = _natural(steps, start, shape, lead)
    if text is None:
        text = _reshaped(steps, start, shape, lead)
    if text is None:
        return None
    remaining = [axis for axis, _, _ in sorted(steps, key=lambda s: -s[2])]
    return text + _arranged(remaining, positions.shape, batched)


def counts_up(positions: Positions) -> bool:
    """Whether they are 0, 1, 2, ... in their order."""
    flat = positions.ravel()
    return len(flat) == 0 or (flat[0] == 0 and bool((np.diff(flat) == 1).all()))


def _steps(positions: Positions) -> list[tuple[int, int, int]] | None:
    """For each axis longer than 1: the axis, its length and its step; None if not regular."""
    found = []
    expected = np.full(positions.shape, positions.flat[0])
    for axis, length in enumerate(positions.shape):
        if length == 1:
            continue
        first = positions[tuple(slice(None) if a == axis else 0 for a in range(positions.ndim))]
        step = int(first[1] - first[0])
        lengths = [1] * positions.ndim
        lengths[axis] = length
        expected = expected + (np.arange(length) * step).reshape(lengths)
        found.append((axis, length, step))
    if not (expected == positions).all() or any(step <= 0 for _, _, step in found):
        return None
    return found


def _natural(steps: list[tuple[int, int, int]], start: int, shape: Shape, lead: str) -> str | None:
    """Slices of the array as it is, if each axis of the positions runs along one of its own."""
    parts = []
    waiting = sorted(steps, key=lambda s: -s[2])
    for axis, length in enumerate(shape):
        size = int(np.prod(shape[axis + 1 :]))
        first, start = divmod(start, size)
        if waiting and waiting[0][2] % size == 0:
            _, count, step = waiting.pop(0)
            stride = step // size
            if first + (count - 1) * stride >= length:
                return None
            parts.append(_range(first, count, stride, length))
        else:
            parts.append(str(first))
    return None if waiting or start else _indexed(parts, lead)


def _reshaped(steps: list[tuple[int, int, int]], start: int, shape: Shape, lead: str) -> str | None:
    """A slice of the array laid out flat, folded so that every axis of the positions is an axis."""
    size = int(np.prod(shape))
    flat = "" if len(shape) == 1 else ".reshape(n, -1)" if lead else ".reshape(-1)"
    ordered = sorted(steps, key=lambda s: -s[2])
    if any(outer % inner for (_, _, outer), (_, _, inner) in pairwise(ordered)):
        return None
    _, count, step = ordered[0]
    if len(ordered) == 1:
        return f"{flat}[{lead}{_range(start, count, step, size)}]"
    low = min(start, size - count * step)
    inside = start - low
    if low < 0:
        return None
    folds, parts = [count], [":"]
    for (_, _, outer), (_, d, s) in pairwise(ordered):
        folds.append(outer // s)
        first, inside = divmod(inside, s)
        parts.append(_range(first, d, 1, outer // s))
        if first + d > outer // s:
            return None
    last = ordered[-1][2]
    if last > 1:
        folds.append(last)
        parts.append(str(inside))
    first_axis = "-1, " if lead else ""
    is_all = low == 0 and count * step == size
    cut = "" if is_all else f"{flat}[{lead}{_range(low, count * step, 1, size)}]"
    return f"{cut}.reshape({first_axis}{', '.join(map(str, folds))}){_indexed(parts, lead)}"


def _range(first: int, count: int, stride: int, length: int) -> str:
    stop = first + (count - 1) * stride + 1
    low = str(first) if first else ""
    high = "" if first + count * stride >= length else str(stop)
    return f"{low}:{high}" + (f":{stride}" if stride > 1 else "")


def _indexed(parts: list[str], lead: str) -> str:
    while parts and parts[-1] == ":":
        parts = parts[:-1]
    return f"[{lead}{', '.join(parts)}]" if parts else ""


def _arranged(remaining: list[int], shape: Shape, batched: bool) -> str:
    """What brings the kept axes into order, and puts back the axes of length 1."""
    wanted = sorted(remaining)
    first = 1 if batched else 0
    text = ""
    if remaining != wanted:
        if len(remaining) == 2 and not batched:
            text = ".T"
        else:
            order = [*range(first), *[first + remaining.index(axis) for axis in wanted]]
            text = f".transpose({', '.join(map(str, order))})"
    if len(wanted) != len(shape):
        places = [":" if axis in wanted else "None" for axis in range(len(shape))]
        while places and places[-1] == ":":
            places.pop()
        text += f"[{':, ' * first}{', '.join(places)}]"
    return text
