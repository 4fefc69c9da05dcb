"""Passes over a program on arrays."""

from __future__ import annotations

from dataclasses import replace

from autograd.compiler.program import Program


def forward_only(program: Program) -> Program:
    """The forward pass alone."""
    kept = Program(program.instructions[: program.n_forward], program.outputs)
    kept.n_forward = program.n_forward
    return dead_code(kept)


def dead_code(program: Program) -> Program:
    """Leave out what no result depends on; theta and the arguments stay."""
    needed = [made.kind in ("theta", "argument") for made in program.instructions]
    for number in (*program.outputs, *([] if program.gradient is None else [program.gradient])):
        needed[number] = True
    for number in range(len(program.instructions) - 1, -1, -1):
        if needed[number]:
            for i in program[number].inputs:
                needed[i] = True
    moved: dict[int, int] = {}
    kept = Program()
    for number, made in enumerate(program.instructions):
        if number == program.n_forward:
            kept.n_forward = len(kept.instructions)
        if needed[number]:
            moved[number] = len(kept.instructions)
            kept.instructions.append(replace(made, inputs=tuple([moved[i] for i in made.inputs])))
    if program.n_forward == len(program.instructions):
        kept.n_forward = len(kept.instructions)
    kept.outputs = tuple(moved[i] for i in program.outputs)
    kept.gradient = None if program.gradient is None else moved[program.gradient]
    return kept
