"""From a tape to NumPy: every pass by its name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiler import tape as tapes
from autograd.compiler.adjoint import differentiate
from autograd.compiler.array_passes import dead_code
from autograd.compiler.groups import Grouped, group, ragged
from autograd.compiler.lowering import lower
from autograd.compiler.naming import Names, name_arrays
from autograd.compiler.numpy_source import Source, write
from autograd.compiler.products import matrix_products
from autograd.compiler.program import Program, Shape, verify
from autograd.compiler.scalar_passes import SCALAR_PASSES
from autograd.compiler.tape import Tape


def simplified(tape: Tape) -> Tape:
    """The tape after all scalar passes."""
    for scalar_pass in SCALAR_PASSES.values():
        tape = scalar_pass(tape)
        tapes.verify(tape)
    return tape


def grouped(tape: Tape) -> Grouped:
    """The groups of a tape, matrix products and sums of different lengths found."""
    return ragged(matrix_products(group(tape)))


def program_of(
    tape: Tape, arguments: Sequence[tuple[str, Shape]] = (), *, single: bool = True
) -> Program:
    """The program on arrays, with a backward pass if it returns one number."""
    program = lower(grouped(simplified(tape)), arguments, single=single)
    verify(program)
    if single:
        program = differentiate(program)
        verify(program)
    program = dead_code(program)
    verify(program)
    return program


def source_of(program: Program, parameter_names: Sequence[str], dtype: str) -> Source:
    """The program as NumPy's text."""
    names = Names(parameter_names)
    name_arrays(program, names)
    return write(program, names, dtype)
