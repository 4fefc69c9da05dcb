"""Passes over a program on arrays, each from Program to Program."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from autograd.compiler.ir.program import Instruction, Program
from autograd.core.operation import Operation
from autograd.core.table import TABLE

# 1/sqrt(x), for numbers that are not below 0
_RSQRT = Operation(
    "rsqrt",
    lambda m, x: 1.0 / m.sqrt(x),
    lambda m, y, x: (-0.5 * (y * y * y),),
    "the power rule with n = -1/2",
)
_NEVER_BELOW_ZERO = {"exp", "exp2", "abs", "relu", "sigmoid", "softplus", "hypot", "erfc"}
_KEEP_THE_SIGN = {"+", "*", "/", "sum", "prod", "maximum", "minimum", "sqrt"}  # sqrt: of -0.0


def square_roots(program: Program) -> Program:
    """Take x**0.5 and x**-0.5 as square roots, where x cannot be below 0.

    A power has an answer of its own for -0.0 and -inf, which a square root has not; a sum of
    squares is neither.
    """
    positive: list[bool] = []
    made_over = Program([], program.outputs, program.gradient, program.n_forward)
    for instr in program.instructions:
        read = [positive[i] for i in instr.inputs]
        exponent = instr.row.settings.get("exponent") if instr.row is not None else None
        if instr.kind == "map" and exponent in (0.5, -0.5) and all(read):
            instr = replace(instr, row=TABLE["sqrt"] if exponent == 0.5 else _RSQRT)
        made_over.instructions.append(instr)
        positive.append(_is_positive(instr, read))
    return made_over


def _is_positive(instr: Instruction, read: list[bool]) -> bool:
    """Whether no element can be below 0, nor be -0.0; it may be nan."""
    if instr.kind == "constant":
        data = np.asarray(instr.data)
        return bool((~np.signbit(data)).all())
    if instr.kind in ("gather", "reshape", "concat", "broadcast", "segment_reduce", "reduce"):
        return all(read) and (instr.row is None or instr.row.name in _KEEP_THE_SIGN)
    if instr.kind == "einsum":
        squares = instr.inputs[0] == instr.inputs[1] and instr.labels[0] == instr.labels[1]
        return squares or all(read)
    if instr.kind != "map" or instr.row is None:
        return False
    name = instr.row.name
    if name == "sum of products":
        n = 2 * int(instr.row.settings["products"])
        pairs = zip(instr.inputs[0:n:2], instr.inputs[1:n:2], strict=True)
        squares = all(a == b for a, b in pairs)
        return all(read[n:]) and (squares or all(read))
    if name == "**n":
        exponent = instr.row.settings["exponent"]  # an infinite one counts as even
        return all(read) or math.isinf(exponent) or math.fmod(exponent, 2.0) == 0.0
    return name in _NEVER_BELOW_ZERO or (name in _KEEP_THE_SIGN and all(read))


def forward_only(program: Program) -> Program:
    """The forward pass alone."""
    result = Program(program.instructions[: program.n_forward], program.outputs)
    result.n_forward = program.n_forward
    return dead_code(result)


def dead_code(program: Program) -> Program:
    """Leave out what no result depends on; theta and the arguments stay."""
    needed = [instr.kind in ("theta", "argument") for instr in program.instructions]
    for number in (*program.outputs, *([] if program.gradient is None else [program.gradient])):
        needed[number] = True
    for number in reversed(range(len(program.instructions))):
        if needed[number]:
            for i in program[number].inputs:
                needed[i] = True
    moved: dict[int, int] = {}
    result = Program()
    for number, instr in enumerate(program.instructions):
        if needed[number]:
            moved[number] = len(result.instructions)
            inputs = tuple([moved[i] for i in instr.inputs])
            of = None if instr.of is None else moved.get(instr.of)
            if inputs != instr.inputs or of != instr.of:
                instr = replace(instr, inputs=inputs, of=of)
            result.instructions.append(instr)
    result.n_forward = sum(needed[: program.n_forward])
    result.outputs = tuple(moved[i] for i in program.outputs)
    result.gradient = None if program.gradient is None else moved[program.gradient]
    return result
