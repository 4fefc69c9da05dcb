"""Cotangent accumulation: the sum of the contributions from all that read an array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.instructions import Instruction, Positions, Shape, WithRow
from autograd.compiler.ir.program import Program, ProgramBuilder
from autograd.core.operation import SHIFT
from autograd.core.table import TABLE

Part = tuple[int, Positions | None]  # an array, and where in the target it belongs

_FEW_PLACES = 4  # where an array is so many times as large, not all of it is summed


class Cotangents:
    """The backward pass as it is written, and each array's contributions so far.

    ``active`` says of each array whether it depends on theta, and so passes a cotangent on.
    """

    def __init__(self, forward: Program) -> None:
        self.forward = forward
        self.program = ProgramBuilder(forward)
        self.part_of: dict[int, int] = {}
        self.contributions: dict[int, list[Part]] = {}
        self.active: list[bool] = []
        for instr in forward.instructions:
            passes = not (isinstance(instr, WithRow) and instr.row is SHIFT)
            any_input = passes and any(self.active[i] for i in instr.inputs)
            self.active.append(any_input or isinstance(instr, ir.Theta))

    def accumulate(self, number: int, array: int, positions: Positions | None = None) -> None:
        """Add a contribution to the cotangent of an array: to all of it, or at some positions."""
        self.part_of.setdefault(array, number)
        self.contributions.setdefault(number, []).append((array, positions))

    def cotangent(self, number: int) -> int:
        """The cotangent of an array: the sum of its contributions, which may be thin.

        A thin array has length 1 along an axis on which all its elements would be the same.
        """
        contributions = self.contributions.pop(number)
        (g, positions), *others = contributions
        if positions is not None and not others:
            segments = self._segment_sum(g, positions, self.forward[number])
            if segments is not None:
                return segments
        if all(positions is None for _, positions in contributions):
            return self._sum([array for array, _ in contributions])
        return self._scatter_add(contributions, number)

    def gradient(self, theta: int) -> int:
        """The gradient by the parameters: the sum of their contributions."""
        contributions = self.contributions.pop(theta, [])
        alone = [(g, p) for g, p in contributions if p is not None and p.shape == ()]
        if len(alone) > 1:
            # numbers one by one: as one array, in the order of their places
            by_place: dict[int, list[int]] = {}
            for g, p in alone:
                by_place.setdefault(int(p), []).append(g)
            joined = self.program.concat([self._sum(by_place[p]) for p in sorted(by_place)])
            rest = [(g, p) for g, p in contributions if p is None or p.shape != ()]
            contributions = [*rest, (joined, np.array(sorted(by_place)))]
        return self._scatter_add(contributions, theta)

    def _sum(self, arrays: Sequence[int]) -> int:
        total = arrays[0]
        for more in arrays[1:]:
            total = self.program.map(TABLE["+"], total, more)
        return total

    def _segment_sum(self, g: int, positions: Positions, target: Instruction) -> int | None:
        """Sums over runs, if each element was read several times in a row, and all were read."""
        flat = positions.ravel()
        steps = np.diff(flat)
        if target.size < 2 or flat[0] != 0 or flat[-1] != target.size - 1:
            return None
        if not ((steps == 0) | (steps == 1)).all() or (steps == 1).all():
            return None
        batched = target.batched
        full = self.reshaped(self.program.broadcast(g, positions.shape, batched), flat.shape)
        starts = np.flatnonzero(np.diff(flat, prepend=-1))
        instr = ir.SegmentReduce((full,), (len(starts),), batched, TABLE["sum"], starts)
        return self.reshaped(self.program.add(instr), target.shape)

    def _scatter_add(self, contributions: Sequence[Part], number: int) -> int:
        target, name = self.forward[number], self.forward.names.get(number)
        parts = [self._gathered(g, positions, target) for g, positions in contributions]
        return self.program.add(
            ir.ScatterAdd(
                tuple(g for g, _ in parts), target.shape, target.batched,
                tuple(positions for _, positions in parts),
            ),
            f"d_{name}" if name else "",
        )  # fmt: skip

    def _gathered(self, g: int, positions: Positions | None, target: Instruction) -> Part:
        """Contributions to a few places of a large array, summed for each place."""
        if positions is None or positions.size < 2 or target.batched:
            return g, positions
        few, inverse = np.unique(positions, return_inverse=True)
        if len(few) == positions.size or _FEW_PLACES * len(few) > target.size:
            return g, positions
        inverse = inverse.reshape(positions.shape)
        return self.program.add(ir.ScatterAdd((g,), few.shape, False, (inverse,)), "d_"), few

    # --- shapes ----------------------------------------------------------------------------------

    def reshaped(self, array: int, shape: Shape) -> int:
        """An array in another shape."""
        instr = self.program[array]
        if instr.shape == shape or instr.is_number:
            return array  # a plain number goes with any shape
        if isinstance(instr, ir.Reshape):
            (array,) = instr.inputs
            return self.reshaped(array, shape)
        return self.program.reshape(array, shape)
