"""Cotangent accumulation: the sum of the contributions from all that read an array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.ir.program import Instruction, Program, Shape
from autograd.core.operation import SHIFT
from autograd.core.table import TABLE

Contribution = tuple[int, NDArray[np.int64] | None]  # an array, and where in the target it belongs

_FEW_PLACES = 4  # where an array is so many times as large, not all of it is summed


class CotangentAccumulator:
    """The backward pass as it is written, and each array's contributions so far."""

    def __init__(self, program: Program) -> None:
        self.forward = program
        self.program = Program(list(program.instructions), program.outputs)
        self.program.n_forward = len(program.instructions)
        self.contributions: dict[int, list[Contribution]] = {}
        self.active = self._active()

    def _active(self) -> list[bool]:
        active: list[bool] = []
        for instr in self.forward.instructions:
            passes = instr.row is not SHIFT
            active.append(
                instr.kind == "theta" or (passes and any(active[i] for i in instr.inputs))
            )
        return active

    def add(self, kind: str, *inputs: int, **facts: object) -> int:
        """Write one more instruction; its number."""
        return self.program.add(kind, *inputs, **facts)

    def cotangent(self, number: int) -> int:
        """The cotangent of an array: the sum of its contributions, which may be thin.

        A thin array has length 1 along an axis on which all its elements would be the same.
        """
        instr = self.forward[number]
        contributions = self.contributions.pop(number)
        if len(contributions) == 1 and contributions[0][1] is not None:
            segments = self._segment_sum(contributions[0][0], contributions[0][1], instr)
            if segments is not None:
                return segments
        if all(places is None for _, places in contributions):
            total = contributions[0][0]
            for more, _ in contributions[1:]:
                total = self._sum(total, more)
            return total
        return self._scatter_add(contributions, instr.shape, instr.batched, instr.name)

    def _segment_sum(self, g: int, places: NDArray[np.int64], target: Instruction) -> int | None:
        """Sums over runs, if each element was read several times in a row, and all were read."""
        flat = places.ravel()
        steps = np.diff(flat)
        if target.size < 2 or flat[0] != 0 or flat[-1] != target.size - 1:
            return None
        if not ((steps == 0) | (steps == 1)).all() or (steps == 1).all():
            return None
        full = self.reshaped(self.full(g, places.shape, target.batched), flat.shape)
        starts = np.flatnonzero(np.diff(flat, prepend=-1))
        total = self.add(
            "segment_reduce", full, row=TABLE["sum"], shape=(len(starts),), batched=target.batched,
            positions=starts,
        )  # fmt: skip
        return self.reshaped(total, target.shape)

    def _sum(self, left: int, right: int) -> int:
        a, b = self.program[left], self.program[right]
        shape = np.broadcast_shapes(a.shape, b.shape)
        return self.add(
            "map", left, right, row=TABLE["+"], shape=shape, batched=a.batched or b.batched
        )

    def _scatter_add(
        self, contributions: Sequence[Contribution], shape: Shape, batched: bool, name: str
    ) -> int:
        size = int(np.prod(shape, dtype=np.int64))
        contributions = [self._gathered(g, places, size, batched) for g, places in contributions]
        return self.add(
            "scatter_add", *[g for g, _ in contributions], shape=shape, batched=batched,
            places=tuple(places for _, places in contributions), name=f"d_{name}" if name else "",
        )  # fmt: skip

    def _gathered(
        self, g: int, places: NDArray[np.int64] | None, size: int, batched: bool
    ) -> Contribution:
        """Contributions to a few places of a large array, summed for each place."""
        if places is None or places.size < 2 or batched:
            return g, places
        few, inverse = np.unique(places, return_inverse=True)
        if len(few) == places.size or _FEW_PLACES * len(few) > size:
            return g, places
        inverse = inverse.reshape(places.shape)
        return self.add("scatter_add", g, shape=few.shape, places=(inverse,), name="d_"), few

    def gradient_of(self, theta: int) -> int:
        """The gradient by the parameters: the sum of their contributions."""
        instr = self.forward[theta]
        contributions = self.contributions.pop(theta, [])
        alone = [(g, p) for g, p in contributions if p is not None and p.shape == ()]
        if len(alone) > 1:
            # numbers one by one: as one array, in the order of their places
            by_place: dict[int, list[int]] = {}
            for g, p in alone:
                by_place.setdefault(int(p), []).append(g)
            sums = []
            for place in sorted(by_place):
                total = by_place[place][0]
                for more in by_place[place][1:]:
                    total = self._sum(total, more)
                sums.append(total)
            joined = self.add("concat", *sums, shape=(len(sums),))
            rest = [c for c in contributions if c[1] is None or c[1].shape != ()]
            contributions = [*rest, (joined, np.array(sorted(by_place)))]
        return self._scatter_add(contributions, instr.shape, False, "theta")

    def accumulate(self, number: int, array: int, places: NDArray[np.int64] | None = None) -> None:
        """Add a contribution to the cotangent of an array: to all of it, or at some places."""
        instr = self.program[array]
        if array >= self.program.n_forward and instr.kind != "seed" and instr.of is None:
            instr.of = number
        self.contributions.setdefault(number, []).append((array, places))

    def full(self, array: int, shape: Shape, batched: bool) -> int:
        """An array repeated to its full shape, if it is thin."""
        instr = self.program[array]
        if instr.shape == shape and instr.batched == batched:
            return array
        return self.add("broadcast", array, shape=shape, batched=batched)

    def reshaped(self, array: int, shape: Shape) -> int:
        """An array in another shape."""
        instr = self.program[array]
        if instr.shape == shape or (instr.shape == () and not instr.batched):
            return array  # a plain number goes with any shape
        if instr.kind == "reshape":
            return self.reshaped(instr.inputs[0], shape)
        return self.add("reshape", array, shape=shape, batched=instr.batched)
