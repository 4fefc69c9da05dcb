"""The backward pass of a program, as more instructions of the same kind.

For each array, from the last to the first, what its readers pass back to it is collected; then it
passes on, to each array that it was made from, its gradient times the local derivative. This is
the sweep of ``backward.py``, an array at a time.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.formulas import pullback
from autograd.compiler.program import Instruction, Program, Shape
from autograd.operation import SHIFT, Operation
from autograd.ops import TABLE

Contribution = tuple[int, NDArray[np.int64] | None]  # an array, and where in the target it belongs


def differentiate(program: Program) -> Program:
    """The program with its backward pass: the gradient of the mean of its output by theta."""
    if len(program.outputs) != 1:
        raise AssertionError("only one output has a gradient")
    return _Adjoint(program).run()


@functools.lru_cache(maxsize=1024)
def _leaves(row: Operation, n: int, slot: int) -> tuple[str, ...] | None:
    """What a row reads to pass a gradient on; None where it passes it on as it is."""
    formula = pullback(row, n, slot)
    return None if formula is None else tuple(sorted(formula.leaves))


class _Adjoint:
    """The backward pass as it is written, and what has arrived for each array so far."""

    def __init__(self, program: Program) -> None:
        self.forward = program
        self.program = Program(list(program.instructions), program.outputs)
        self.program.n_forward = len(program.instructions)
        self.arrived: dict[int, list[Contribution]] = {}
        self.active = self._active()

    def _active(self) -> list[bool]:
        active: list[bool] = []
        for made in self.forward.instructions:
            passes = made.row is not SHIFT
            active.append(made.kind == "theta" or (passes and any(active[i] for i in made.inputs)))
        return active

    def run(self) -> Program:
        output = self.forward.outputs[0]
        theta = next(i for i, made in enumerate(self.forward.instructions) if made.kind == "theta")
        if self.active[output]:
            made = self.forward[output]
            self.arrived[output] = [(self.add("seed", batched=made.batched), None)]
        for number in range(output, -1, -1):
            if number in self.arrived and number != theta:
                self._pass_on(number, self._collected(number))
        self.program.gradient = self._gradient(theta)
        return self.program

    def add(self, kind: str, *inputs: int, **facts: object) -> int:
        return self.program.add(kind, *inputs, **facts)

    # --- what has arrived ------------------------------------------------------------------------

    def _collected(self, number: int) -> int:
        """The gradient of an array: the sum of what has arrived, which may be thin.

        A thin array has length 1 along an axis on which all its elements would be the same.
        """
        made = self.forward[number]
        arrived = self.arrived.pop(number)
        if len(arrived) == 1 and arrived[0][1] is not None:
            segments = self._segmented(arrived[0][0], arrived[0][1], made)
            if segments is not None:
                return segments
        if all(places is None for _, places in arrived):
            total = arrived[0][0]
            for more, _ in arrived[1:]:
                total = self._sum(total, more)
            return total
        return self._collect(arrived, made.shape, made.batched, made.name)

    def _segmented(self, g: int, places: NDArray[np.int64], target: Instruction) -> int | None:
        """Sums over runs, if each element was read several times in a row, and all were read."""
        flat = places.ravel()
        steps = np.diff(flat)
        if target.size < 2 or flat[0] != 0 or flat[-1] != target.size - 1:
            return None
        if not ((steps == 0) | (steps == 1)).all() or (steps == 1).all():
            return None
        full = self._reshaped(self._full(g, places.shape, target.batched), flat.shape)
        starts = np.flatnonzero(np.diff(flat, prepend=-1))
        total = self.add(
            "segments", full, row=TABLE["sum"], shape=(len(starts),), batched=target.batched,
            positions=starts,
        )  # fmt: skip
        return self._reshaped(total, target.shape)

    def _sum(self, left: int, right: int) -> int:
        a, b = self.program[left], self.program[right]
        shape = np.broadcast_shapes(a.shape, b.shape)
        return self.add(
            "map", left, right, row=TABLE["+"], shape=shape, batched=a.batched or b.batched
        )

    def _collect(
        self, arrived: Sequence[Contribution], shape: Shape, batched: bool, name: str
    ) -> int:
        return self.add(
            "collect", *[g for g, _ in arrived], shape=shape, batched=batched,
            places=tuple(places for _, places in arrived), name=f"d_{name}" if name else "",
        )  # fmt: skip

    def _gradient(self, theta: int) -> int:
        made = self.forward[theta]
        arrived = self.arrived.pop(theta, [])
        alone = [(g, p) for g, p in arrived if p is not None and p.shape == ()]
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
            joined = self.add("join", *sums, shape=(len(sums),))
            rest = [c for c in arrived if c[1] is None or c[1].shape != ()]
            arrived = [*rest, (joined, np.array(sorted(by_place)))]
        return self._collect(arrived, made.shape, False, "theta")

    # --- passing on ------------------------------------------------------------------------------

    def _give(self, number: int, array: int, places: NDArray[np.int64] | None = None) -> None:
        made = self.program[array]
        if array >= self.program.n_forward and made.kind != "seed" and made.data is None:
            made.data = number  # it is named after what it is the gradient of
        self.arrived.setdefault(number, []).append((array, places))

    def _full(self, array: int, shape: Shape, batched: bool) -> int:
        """An array repeated to its full shape, if it is thin."""
        made = self.program[array]
        if made.shape == shape and made.batched == batched:
            return array
        return self.add("spread", array, shape=shape, batched=batched)

    def _reshaped(self, array: int, shape: Shape) -> int:
        made = self.program[array]
        if made.shape == shape or (made.shape == () and not made.batched):
            return array  # a plain number goes with any shape
        if made.kind == "reshape":
            return self._reshaped(made.inputs[0], shape)
        return self.add("reshape", array, shape=shape, batched=made.batched)

    def _pass_on(self, number: int, g: int) -> None:
        made = self.forward[number]
        getattr(self, f"_{made.kind}")(number, made, g)

    def _argument(self, number: int, made: Instruction, g: int) -> None:
        """Nobody asks for it."""

    _constant = _argument

    def _take(self, number: int, made: Instruction, g: int) -> None:
        source = self.forward[made.inputs[0]]
        if source.shape == ():  # one number, repeated
            self._give(made.inputs[0], self._narrowed(g, made.shape, made.batched, source))
        else:
            self._give(made.inputs[0], g, made.positions)

    def _reshape(self, number: int, made: Instruction, g: int) -> None:
        source = self.forward[made.inputs[0]]
        full = self._full(g, made.shape, made.batched)
        self._give(made.inputs[0], self._reshaped(full, source.shape))

    def _join(self, number: int, made: Instruction, g: int) -> None:
        g = self._full(g, made.shape, made.batched)
        start = 0
        for source in made.inputs:
            piece = self.forward[source]
            if self.active[source]:
                positions = np.arange(start, start + piece.size).reshape(piece.shape)
                part = self.add(
                    "take", g, shape=piece.shape, batched=made.batched, positions=positions
                )
                self._give(source, self._narrowed(part, piece.shape, made.batched, piece))
            start += piece.size

    def _map(self, number: int, made: Instruction, g: int) -> None:
        for slot, source in enumerate(made.inputs):
            if self.active[source]:
                part = self._pull(number, made, slot, g)
                target = self.forward[source]
                self._give(source, self._narrowed(part, made.shape, made.batched, target))

    def _pull(self, number: int, made: Instruction, slot: int, g: int) -> int:
        """The gradient times the derivative by one operand, in the shape of the result."""
        assert made.row is not None
        if made.row in (TABLE["+"], TABLE["sum"]):
            return g
        if made.row.name == "sum of products":
            # not by a formula, which would have as many leaves as there are operands, each time
            if slot >= 2 * int(made.row.settings["products"]):
                return g
            return self._product(g, made.inputs[slot ^ 1])
        if made.row is TABLE["neg"]:
            thin = self.program[g]
            return self.add("map", g, row=TABLE["neg"], shape=thin.shape, batched=thin.batched)
        leaves = _leaves(made.row, len(made.inputs), slot)
        if leaves is None:
            return g
        every = {"g": g, "y": number} | {f"x{k}": i for k, i in enumerate(made.inputs)}
        inputs = [every[leaf] for leaf in leaves]
        shapes = [self.program[i].shape for i in inputs]
        return self.add(
            "pull", *inputs, row=made.row, slot=slot, leaves=leaves, arity=len(made.inputs),
            shape=np.broadcast_shapes(*shapes),
            batched=any(self.program[i].batched for i in inputs),
        )  # fmt: skip

    def _product(self, left: int, right: int) -> int:
        a, b = self.program[left], self.program[right]
        shape = np.broadcast_shapes(a.shape, b.shape)
        return self.add(
            "map", left, right, row=TABLE["*"], shape=shape, batched=a.batched or b.batched
        )

    def _narrowed(self, array: int, shape: Shape, batched: bool, target: Instruction) -> int:
        """Summed over what the operand was repeated along: axes of length 1, and the examples."""
        axes = tuple(
            axis
            for axis, length in enumerate(shape)
            if length > 1 and (target.shape == () or target.shape[axis] == 1)
        )
        over = batched and not target.batched
        if axes or over:
            full = self._full(array, shape, batched)
            left = tuple(length for axis, length in enumerate(shape) if axis not in axes)
            array = self.add(
                "total", full, axes=axes, over_examples=over, shape=left,
                batched=batched and not over,
            )  # fmt: skip
            return self._reshaped(array, target.shape)
        if target.shape == () != self.program[array].shape:
            return self._reshaped(array, ())
        return array

    def _einsum(self, number: int, made: Instruction, g: int) -> None:
        g = self._full(g, made.shape, made.batched)
        labels = made.labels
        for slot, source in enumerate(made.inputs):
            if not self.active[source]:
                continue
            target, other = self.forward[source], made.inputs[1 - slot]
            part = self.add(
                "einsum", g, other, labels=(labels[2], labels[1 - slot], labels[slot]),
                shape=target.shape, batched=target.batched,
            )  # fmt: skip
            self._give(source, part)

    def _reduce(self, number: int, made: Instruction, g: int) -> None:
        source = self.forward[made.inputs[0]]
        if made.row is TABLE["sum"]:
            thin = self.program[g]
            self._give(made.inputs[0], self._reshaped(g, (*thin.shape, 1)))
            return
        extra = self.add(
            "reduce_extra", number, row=made.row, shape=source.shape, batched=source.batched
        )
        part = self.add(
            "reduce_pull", g, number, made.inputs[0], extra, row=made.row, shape=source.shape,
            batched=source.batched,
        )  # fmt: skip
        self._give(made.inputs[0], part)

    def _segments(self, number: int, made: Instruction, g: int) -> None:
        source = self.forward[made.inputs[0]]
        assert made.positions is not None
        g = self._full(g, made.shape, made.batched)
        ends = [*made.positions[1:].tolist(), source.size]
        repeated = np.repeat(np.arange(len(ends)), np.diff([*made.positions.tolist(), source.size]))
        part = self.add("take", g, shape=source.shape, batched=made.batched, positions=repeated)
        self._give(made.inputs[0], part)

    def _cross_entropy(self, number: int, made: Instruction, g: int) -> None:
        index, table = made.inputs
        source = self.forward[table]
        extra = self.add(
            "reduce_extra", number, row=made.row, shape=source.shape, batched=made.batched
        )
        part = self.add(
            "cross_entropy_pull", g, index, extra, shape=source.shape, batched=made.batched,
            slot=number,
        )  # fmt: skip
        self._give(table, self._narrowed(part, source.shape, made.batched, source))

    def _spread(self, number: int, made: Instruction, g: int) -> None:
        source = self.forward[made.inputs[0]]
        g = self._full(g, made.shape, made.batched)
        self._give(made.inputs[0], self._narrowed(g, made.shape, made.batched, source))

    def _choose(self, number: int, made: Instruction, g: int) -> None:
        index, table = made.inputs
        source = self.forward[table]
        g = self._full(g, made.shape, made.batched)
        part = self.add("choose_pull", g, index, shape=source.shape, batched=source.batched)
        self._give(table, part)
        if self.active[index]:
            # 0 times g, which matters where g is not finite
            zero = self.add("constant", shape=(), data=0.0)
            part = self.add("map", g, zero, row=TABLE["*"], shape=made.shape, batched=made.batched)
            self._give(index, self._narrowed(part, made.shape, made.batched, self.forward[index]))
