"""The backward pass of a program, as more instructions of the same kind.

For each array, from the last to the first, what its readers pass back to it is summed; then it
passes on, to each array that it was made from, its cotangent times the local derivative. This is
the sweep of ``backward.py``, an array at a time. What a kind of instruction passes on is a function
in ``ADJOINT``; they share the ``Cotangents``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler.expressions.row_expression import vjp
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.fused import CROSS_ENTROPY, SumOfProducts
from autograd.compiler.ir.instructions import Instruction, broadcast_shapes
from autograd.compiler.ir.program import Program
from autograd.compiler.lowering.cotangents import Cotangents
from autograd.core.operation import Operation
from autograd.core.table import TABLE


def differentiate(program: Program) -> Program:
    """The program with its backward pass: the gradient of the mean of its first output by theta.

    A program of several results has no backward pass, and comes back as it is.
    """
    if not program.single:
        return program
    output = program.outputs[0]
    if program[output].shape != ():
        raise AssertionError("only one number has a gradient")
    theta = next(i for i, instr in enumerate(program.instructions) if isinstance(instr, ir.Theta))
    cotangents = Cotangents(program)
    if cotangents.active[output]:
        seed = cotangents.program.add(ir.Seed((), (), program[output].batched))
        cotangents.accumulate(output, seed)
    for number in reversed(range(len(program.instructions))):
        if number in cotangents.contributions and number != theta:
            instr = program[number]
            ADJOINT[type(instr)](cotangents, number, instr, cotangents.cotangent(number))
    gradient, written = cotangents.gradient(theta), cotangents.program
    return replace(
        program, instructions=tuple(written.instructions), gradient=gradient,
        names=written.names, part_of=cotangents.part_of,
    )  # fmt: skip


# --- moving numbers -------------------------------------------------------------------------------


def _leaf(c: Cotangents, number: int, instr: Instruction, g: int) -> None:
    """Nobody asks for it."""


def _gather(c: Cotangents, number: int, instr: ir.Gather, g: int) -> None:
    (source,) = instr.inputs
    if c.forward[source].shape == ():  # one number, repeated
        c.accumulate(source, _narrowed(c, g, instr, c.forward[source]))
    else:
        c.accumulate(source, g, instr.positions)


def _reshape(c: Cotangents, number: int, instr: ir.Reshape, g: int) -> None:
    (source,) = instr.inputs
    full = c.program.broadcast(g, instr.shape, instr.batched)
    c.accumulate(source, c.reshaped(full, c.forward[source].shape))


def _concat(c: Cotangents, number: int, instr: ir.Concat, g: int) -> None:
    g = c.program.broadcast(g, instr.shape, instr.batched)
    start = 0
    for source in instr.inputs:
        piece = c.forward[source]
        if c.active[source]:
            positions = np.arange(start, start + piece.size).reshape(piece.shape)
            part = c.program.gather(g, positions)
            c.accumulate(source, _narrowed(c, part, c.program[part], piece))
        start += piece.size


def _broadcast(c: Cotangents, number: int, instr: ir.Broadcast, g: int) -> None:
    (source,) = instr.inputs
    g = c.program.broadcast(g, instr.shape, instr.batched)
    c.accumulate(source, _narrowed(c, g, instr, c.forward[source]))


def _narrowed(c: Cotangents, array: int, whole: Instruction, target: Instruction) -> int:
    """Summed over what the operand was repeated along: axes of length 1, and the examples.

    ``whole`` has the shape that the array has, or would have if it were not thin.
    """
    axes = tuple(
        axis
        for axis, length in enumerate(whole.shape)
        if length > 1 and (target.shape == () or target.shape[axis] == 1)
    )
    over = whole.batched and not target.batched
    if axes or over:
        full = c.program.broadcast(array, whole.shape, whole.batched)
        left = tuple(length for axis, length in enumerate(whole.shape) if axis not in axes)
        batched = whole.batched and not over
        return c.reshaped(
            c.program.add(ir.ReduceSum((full,), left, batched, axes, over)), target.shape
        )
    if target.shape == () != c.program[array].shape:
        return c.reshaped(array, ())
    return array


# --- element by element ---------------------------------------------------------------------------


def _map(c: Cotangents, number: int, instr: ir.Map, g: int) -> None:
    for slot, source in enumerate(instr.inputs):
        if c.active[source]:
            part = _vjp(c, number, instr, slot, g)
            c.accumulate(source, _narrowed(c, part, instr, c.forward[source]))


def _vjp(c: Cotangents, number: int, instr: ir.Map, slot: int, g: int) -> int:
    """The cotangent times the derivative by one operand, in the shape of the result."""
    row, n = instr.row, len(instr.inputs)
    if row in (TABLE["+"], TABLE["sum"]):
        return g
    if isinstance(row, SumOfProducts):
        # not by a formula, which would have as many leaves as there are operands, each time
        if slot >= 2 * row.n_products:
            return g
        return c.program.map(TABLE["*"], g, instr.inputs[slot ^ 1])
    if row is TABLE["neg"]:
        return c.program.map(row, g)
    leaves = _leaves(row, n, slot)
    if leaves is None:
        return g
    every = {"g": g, "y": number} | {f"x{k}": i for k, i in enumerate(instr.inputs)}
    inputs = tuple([every[leaf] for leaf in leaves])
    read = [c.program[i] for i in inputs]
    shape = broadcast_shapes([i.shape for i in read])
    return c.program.add(ir.Vjp(inputs, shape, any(i.batched for i in read), row, slot, leaves, n))


@functools.lru_cache(maxsize=1024)
def _leaves(row: Operation, n: int, slot: int) -> tuple[str, ...] | None:
    """What a row reads to pass a cotangent on; None where it passes it on as it is."""
    formula = vjp(row, n, slot)
    return None if formula is None else tuple(sorted(formula.leaves))


# --- reductions -----------------------------------------------------------------------------------


def _einsum(c: Cotangents, number: int, instr: ir.Einsum, g: int) -> None:
    g = c.program.broadcast(g, instr.shape, instr.batched)
    labels = instr.labels
    for slot, source in enumerate(instr.inputs):
        if c.active[source]:
            target, other = c.forward[source], instr.inputs[1 - slot]
            of_part = (labels[2], labels[1 - slot], labels[slot])
            part = ir.Einsum((g, other), target.shape, target.batched, of_part)
            c.accumulate(source, c.program.add(part))


def _reduce(c: Cotangents, number: int, instr: ir.Reduce, g: int) -> None:
    (source,) = instr.inputs
    if instr.row is TABLE["sum"]:
        c.accumulate(source, c.reshaped(g, (*c.program[g].shape, 1)))
        return
    shape, batched = c.forward[source].shape, instr.batched
    extra = c.program.add(ir.ReduceExtra((number,), shape, batched, instr.row))
    part = ir.ReduceVjp((g, number, source, extra), shape, batched, instr.row)
    c.accumulate(source, c.program.add(part))


def _segment_reduce(c: Cotangents, number: int, instr: ir.SegmentReduce, g: int) -> None:
    (source,) = instr.inputs
    g = c.program.broadcast(g, instr.shape, instr.batched)
    lengths = np.diff(instr.starts, append=c.forward[source].size)
    repeated = np.repeat(np.arange(len(lengths)), lengths)
    c.accumulate(source, c.program.gather(g, repeated))


def _cross_entropy(c: Cotangents, number: int, instr: ir.CrossEntropy, g: int) -> None:
    index, table = instr.inputs
    shape, batched = c.forward[table].shape, instr.batched
    extra = c.program.add(ir.ReduceExtra((number,), shape, batched, CROSS_ENTROPY))
    part = c.program.add(ir.CrossEntropyVjp((g, index, extra), shape, batched))
    c.accumulate(table, _narrowed(c, part, c.program[part], c.forward[table]))


def _choose(c: Cotangents, number: int, instr: ir.Choose, g: int) -> None:
    index, table = instr.inputs
    source = c.forward[table]
    g = c.program.broadcast(g, instr.shape, instr.batched)
    c.accumulate(table, c.program.add(ir.ChooseVjp((g, index), source.shape, source.batched)))
    if c.active[index]:
        # 0 times g, which matters where g is not finite
        part = c.program.map(TABLE["*"], g, c.program.constant(0.0))
        c.accumulate(index, _narrowed(c, part, instr, c.forward[index]))


ADJOINT: dict[type[Instruction], Callable[[Cotangents, int, Any, int], None]] = {
    ir.Argument: _leaf,
    ir.Constant: _leaf,
    ir.Gather: _gather,
    ir.Reshape: _reshape,
    ir.Concat: _concat,
    ir.Broadcast: _broadcast,
    ir.Map: _map,
    ir.Einsum: _einsum,
    ir.Reduce: _reduce,
    ir.SegmentReduce: _segment_reduce,
    ir.CrossEntropy: _cross_entropy,
    ir.Choose: _choose,
}
