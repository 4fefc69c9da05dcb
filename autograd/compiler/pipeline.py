"""The pipeline: every pass by its name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiler.codegen.module import Source, write
from autograd.compiler.codegen.names import Names, name_arrays
from autograd.compiler.ir import tape as tapes
from autograd.compiler.ir.program import Program, Shape, verify
from autograd.compiler.ir.tape import PARAMETER, Tape
from autograd.compiler.lowering.adjoint import differentiate
from autograd.compiler.lowering.groups import Grouped, group, ragged
from autograd.compiler.lowering.lower import lower
from autograd.compiler.lowering.matmul import matrix_products
from autograd.compiler.passes.array_passes import dead_code, square_roots
from autograd.compiler.passes.scalar_passes import SCALAR_PASSES


def simplified(tape: Tape) -> Tape:
    """The tape after all scalar passes."""
    for scalar_pass in SCALAR_PASSES.values():
        before, tape = tape, scalar_pass(tape)
        if tape is not before:
            tapes.verify(tape)
    return tape


def parameter_order(tape: Tape) -> list[int]:
    """The parameters of a simplified tape in the order in which its lines use them.

    The weights of a sum of products come before the terms that are added to it, so that they lie
    side by side in theta and are a view of it, however the sum was written.
    """
    found: dict[int, None] = {}
    for operands in tape.operands:
        for i in operands:
            if tape.rows[i] is PARAMETER:
                found.setdefault(int(tape.numbers[i]))
    for i in tape.outputs:
        if tape.rows[i] is PARAMETER:
            found.setdefault(int(tape.numbers[i]))
    return list(found)


def grouped(tape: Tape) -> Grouped:
    """The groups of a tape, matrix products and sums of different lengths found."""
    return ragged(matrix_products(group(tape)))


def program_of(
    tape: Tape, arguments: Sequence[tuple[str, Shape]] = (), *, single: bool = True
) -> Program:
    """The program on arrays of a simplified tape, with a backward pass if it returns one number."""
    program = lower(grouped(tape), arguments, single=single)
    verify(program)
    for array_pass in (square_roots, *([differentiate] if single else []), dead_code):
        program = array_pass(program)
        verify(program)
    return program


def stages(
    tape: Tape, arguments: Sequence[tuple[str, Shape]] = (), *, single: bool = True
) -> dict[str, str]:
    """The text of the program before the first pass, and after each that changed it, by name."""
    texts = {"trace": str(tape)}
    for name, scalar_pass in SCALAR_PASSES.items():
        tape = scalar_pass(tape)
        texts[name] = str(tape)
    found = group(tape)
    texts["grouping"] = str(found)
    found = matrix_products(found)
    texts["matrix products"] = str(found)
    found = ragged(found)
    texts["sums of different lengths"] = str(found)
    program = lower(found, arguments, single=single)
    texts["arrays"] = str(program)
    program = square_roots(program)
    texts["square roots"] = str(program)
    if single:
        program = differentiate(program)
        texts["backward pass"] = str(program)
    texts["dead code on arrays"] = str(dead_code(program))
    before = ["", *texts.values()]
    return {name: text for (name, text), old in zip(texts.items(), before, strict=False)
            if text != old}  # fmt: skip


def source_of(program: Program, parameter_names: Sequence[str], dtype: str) -> Source:
    """The program as NumPy's text."""
    names = Names(parameter_names)
    name_arrays(program, names)
    return write(program, names, dtype)
