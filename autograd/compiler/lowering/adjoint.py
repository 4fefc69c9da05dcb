"""The backward pass of a program, as more instructions of the same kind.

For each array, from the last to the first, what its readers pass back to it is collected; then it
passes on, to each array that it was made from, its gradient times the local derivative. This is
the sweep of ``backward.py``, an array at a time.
"""

from __future__ import annotations

import functools

import numpy as np

from autograd.compiler.expressions.row_expression import vjp
from autograd.compiler.ir.program import Instruction, Program, Shape
from autograd.compiler.lowering.cotangents import CotangentAccumulator
from autograd.core.operation import Operation
from autograd.core.table import TABLE


def differentiate(program: Program) -> Program:
    """The program with its backward pass: the gradient of the mean of its first output by theta."""
    if program[program.outputs[0]].shape != ():
        raise AssertionError("only one number has a gradient")
    return _Adjoint(program).run()


@functools.lru_cache(maxsize=1024)
def _leaves(row: Operation, n: int, slot: int) -> tuple[str, ...] | None:
    """What a row reads to pass a gradient on; None where it passes it on as it is."""
    formula = vjp(row, n, slot)
    return None if formula is None else tuple(sorted(formula.leaves))


class _Adjoint(CotangentAccumulator):
    """Passes gradients on, one kind of instruction after the other."""

    def run(self) -> Program:
        output = self.forward.outputs[0]
        theta = next(
            i for i, instr in enumerate(self.forward.instructions) if instr.kind == "theta"
        )
        if self.active[output]:
            instr = self.forward[output]
            self.contributions[output] = [(self.add("seed", batched=instr.batched), None)]
        for number in range(output, -1, -1):
            if number in self.contributions and number != theta:
                self._pass_on(number, self.cotangent(number))
        self.program.gradient = self.gradient_of(theta)
        return self.program

    def _pass_on(self, number: int, g: int) -> None:
        instr = self.forward[number]
        getattr(self, f"_{instr.kind}")(number, instr, g)

    def _argument(self, number: int, instr: Instruction, g: int) -> None:
        """Nobody asks for it."""

    _constant = _argument

    def _gather(self, number: int, instr: Instruction, g: int) -> None:
        source = self.forward[instr.inputs[0]]
        if source.shape == ():  # one number, repeated
            self.accumulate(instr.inputs[0], self._narrowed(g, instr.shape, instr.batched, source))
        else:
            self.accumulate(instr.inputs[0], g, instr.positions)

    def _reshape(self, number: int, instr: Instruction, g: int) -> None:
        source = self.forward[instr.inputs[0]]
        full = self.full(g, instr.shape, instr.batched)
        self.accumulate(instr.inputs[0], self.reshaped(full, source.shape))

    def _concat(self, number: int, instr: Instruction, g: int) -> None:
        g = self.full(g, instr.shape, instr.batched)
        start = 0
        for source in instr.inputs:
            piece = self.forward[source]
            if self.active[source]:
                positions = np.arange(start, start + piece.size).reshape(piece.shape)
                part = self.add(
                    "gather", g, shape=piece.shape, batched=instr.batched, positions=positions
                )
                self.accumulate(source, self._narrowed(part, piece.shape, instr.batched, piece))
            start += piece.size

    def _map(self, number: int, instr: Instruction, g: int) -> None:
        for slot, source in enumerate(instr.inputs):
            if self.active[source]:
                part = self._vjp(number, instr, slot, g)
                target = self.forward[source]
                self.accumulate(source, self._narrowed(part, instr.shape, instr.batched, target))

    def _vjp(self, number: int, instr: Instruction, slot: int, g: int) -> int:
        """The gradient times the derivative by one operand, in the shape of the result."""
        assert instr.row is not None
        if instr.row in (TABLE["+"], TABLE["sum"]):
            return g
        if instr.row.name == "sum of products":
            # not by a formula, which would have as many leaves as there are operands, each time
            if slot >= 2 * int(instr.row.settings["products"]):
                return g
            return self._product(g, instr.inputs[slot ^ 1])
        if instr.row is TABLE["neg"]:
            thin = self.program[g]
            return self.add("map", g, row=TABLE["neg"], shape=thin.shape, batched=thin.batched)
        leaves = _leaves(instr.row, len(instr.inputs), slot)
        if leaves is None:
            return g
        every = {"g": g, "y": number} | {f"x{k}": i for k, i in enumerate(instr.inputs)}
        inputs = [every[leaf] for leaf in leaves]
        shapes = [self.program[i].shape for i in inputs]
        return self.add(
            "vjp", *inputs,
            row=instr.row, slot=slot, leaves=leaves, arity=len(instr.inputs),
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
            full = self.full(array, shape, batched)
            left = tuple(length for axis, length in enumerate(shape) if axis not in axes)
            array = self.add(
                "reduce_sum", full, axes=axes, over_examples=over, shape=left,
                batched=batched and not over,
            )  # fmt: skip
            return self.reshaped(array, target.shape)
        if target.shape == () != self.program[array].shape:
            return self.reshaped(array, ())
        return array

    def _einsum(self, number: int, instr: Instruction, g: int) -> None:
        g = self.full(g, instr.shape, instr.batched)
        labels = instr.labels
        for slot, source in enumerate(instr.inputs):
            if not self.active[source]:
                continue
            target, other = self.forward[source], instr.inputs[1 - slot]
            part = self.add(
                "einsum", g, other, labels=(labels[2], labels[1 - slot], labels[slot]),
                shape=target.shape, batched=target.batched,
            )  # fmt: skip
            self.accumulate(source, part)

    def _reduce(self, number: int, instr: Instruction, g: int) -> None:
        source = self.forward[instr.inputs[0]]
        if instr.row is TABLE["sum"]:
            thin = self.program[g]
            self.accumulate(instr.inputs[0], self.reshaped(g, (*thin.shape, 1)))
            return
        extra = self.add(
            "reduce_extra", number, row=instr.row, shape=source.shape, batched=source.batched
        )
        part = self.add(
            "reduce_vjp", g, number, instr.inputs[0], extra,
            row=instr.row, shape=source.shape, batched=source.batched,
        )  # fmt: skip
        self.accumulate(instr.inputs[0], part)

    def _segment_reduce(self, number: int, instr: Instruction, g: int) -> None:
        source = self.forward[instr.inputs[0]]
        assert instr.positions is not None
        g = self.full(g, instr.shape, instr.batched)
        ends = [*instr.positions[1:].tolist(), source.size]
        repeated = np.repeat(
            np.arange(len(ends)), np.diff([*instr.positions.tolist(), source.size])
        )
        part = self.add("gather", g, shape=source.shape, batched=instr.batched, positions=repeated)
        self.accumulate(instr.inputs[0], part)

    def _cross_entropy(self, number: int, instr: Instruction, g: int) -> None:
        index, table = instr.inputs
        source = self.forward[table]
        extra = self.add(
            "reduce_extra", number, row=instr.row, shape=source.shape, batched=instr.batched
        )
        part = self.add(
            "cross_entropy_vjp", g, index, extra, shape=source.shape, batched=instr.batched,
        )  # fmt: skip
        self.accumulate(table, self._narrowed(part, source.shape, instr.batched, source))

    def _broadcast(self, number: int, instr: Instruction, g: int) -> None:
        source = self.forward[instr.inputs[0]]
        g = self.full(g, instr.shape, instr.batched)
        self.accumulate(instr.inputs[0], self._narrowed(g, instr.shape, instr.batched, source))

    def _choose(self, number: int, instr: Instruction, g: int) -> None:
        index, table = instr.inputs
        source = self.forward[table]
        g = self.full(g, instr.shape, instr.batched)
        part = self.add("choose_vjp", g, index, shape=source.shape, batched=source.batched)
        self.accumulate(table, part)
        if self.active[index]:
            # 0 times g, which matters where g is not finite
            zero = self.add("constant", shape=(), data=0.0)
            part = self.add(
                "map", g, zero, row=TABLE["*"], shape=instr.shape, batched=instr.batched
            )
            self.accumulate(
                index, self._narrowed(part, instr.shape, instr.batched, self.forward[index])
            )
