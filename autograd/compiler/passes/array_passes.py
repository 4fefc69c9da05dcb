"""Passes over a program on arrays, each from Program to Program."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.fused import RSQRT, SumOfProducts
from autograd.compiler.ir.instructions import Instruction
from autograd.compiler.ir.program import Program
from autograd.core.table import TABLE

_POWER = "**n"  # its row, at any exponent
_NEVER_BELOW_ZERO = {"exp", "exp2", "abs", "relu", "sigmoid", "softplus", "hypot", "erfc"}
_KEEP_THE_SIGN = {"+", "*", "/", "sum", "prod", "maximum", "minimum", "sqrt"}  # sqrt: of -0.0


def square_roots(program: Program) -> Program:
    """Take x**0.5 and x**-0.5 as square roots, where x cannot be below 0.

    A power has an answer of its own for -0.0 and -inf, which a square root has not; a sum of
    squares is neither.
    """
    positive: list[bool] = []
    rewritten: list[Instruction] = []
    for instr in program.instructions:
        read = [positive[i] for i in instr.inputs]
        if isinstance(instr, ir.Map) and instr.row.name == _POWER and read == [True]:
            exponent = instr.row.settings["exponent"]
            if abs(exponent) == 0.5:
                instr = replace(instr, row=TABLE["sqrt"] if exponent == 0.5 else RSQRT)
        rewritten.append(instr)
        is_positive = _POSITIVE.get(type(instr))
        positive.append(is_positive is not None and is_positive(instr, read))
    return replace(program, instructions=tuple(rewritten))


# --- whether no element can be below 0, nor be -0.0; it may be nan --------------------------------


def _constant(instr: ir.Constant, read: Sequence[bool]) -> bool:
    return bool((~np.signbit(np.asarray(instr.data))).all())


def _moved(instr: Instruction, read: Sequence[bool]) -> bool:
    return all(read)


def _reduced(instr: ir.Reduce | ir.SegmentReduce, read: Sequence[bool]) -> bool:
    return read[0] and instr.row.name in _KEEP_THE_SIGN


def _einsum(instr: ir.Einsum, read: Sequence[bool]) -> bool:
    squares = instr.inputs[0] == instr.inputs[1] and instr.labels[0] == instr.labels[1]
    return squares or all(read)


def _map(instr: ir.Map, read: Sequence[bool]) -> bool:
    row = instr.row
    if isinstance(row, SumOfProducts):
        n = 2 * row.n_products
        pairs = zip(instr.inputs[0:n:2], instr.inputs[1:n:2], strict=True)
        squares = all(a == b for a, b in pairs)
        return all(read[n:]) and (squares or all(read))
    if row.name == _POWER:
        exponent = row.settings["exponent"]  # an infinite one counts as even
        return read == [True] or math.isinf(exponent) or math.fmod(exponent, 2.0) == 0.0
    return row.name in _NEVER_BELOW_ZERO or (row.name in _KEEP_THE_SIGN and all(read))


_POSITIVE: dict[type[Instruction], Callable[[Any, Sequence[bool]], bool]] = {
    ir.Constant: _constant,
    ir.Gather: _moved,
    ir.Reshape: _moved,
    ir.Concat: _moved,
    ir.Broadcast: _moved,
    ir.Reduce: _reduced,
    ir.SegmentReduce: _reduced,
    ir.Einsum: _einsum,
    ir.Map: _map,
}


# --- what is needed -------------------------------------------------------------------------------


def forward_only(program: Program) -> Program:
    """The forward pass alone."""
    forward = program.instructions[: program.n_forward]
    return dead_code(replace(program, instructions=forward, gradient=None))


def dead_code(program: Program) -> Program:
    """Leave out what no result depends on; theta and the arguments stay."""
    needed = [isinstance(instr, (ir.Theta, ir.Argument)) for instr in program.instructions]
    for number in program.results:
        needed[number] = True
    for number in reversed(range(len(program.instructions))):
        if needed[number]:
            for i in program[number].inputs:
                needed[i] = True
    moved: dict[int, int] = {}
    kept: list[Instruction] = []
    for number, instr in enumerate(program.instructions):
        if needed[number]:
            moved[number] = len(kept)
            inputs = tuple([moved[i] for i in instr.inputs])
            kept.append(instr if inputs == instr.inputs else replace(instr, inputs=inputs))
    return Program(
        tuple(kept),
        tuple(moved[i] for i in program.outputs),
        program.single,
        None if program.gradient is None else moved[program.gradient],
        sum(needed[: program.n_forward]),
        {moved[i]: name for i, name in program.names.items() if i in moved},
        {moved[i]: moved[j] for i, j in program.part_of.items() if i in moved and j in moved},
    )
