"""The pipeline: every pass by its name, in the order in which they run.

``PASSES`` is what runs, what ``stages`` shows and what the verifier follows. A pass takes a form of
the function, a tape, its groups or a program, and returns one; it never changes what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from autograd.compiler.codegen.module import Source, write
from autograd.compiler.codegen.names import Names, name_arrays
from autograd.compiler.ir import program as programs
from autograd.compiler.ir import tape as tapes
from autograd.compiler.ir.program import Program
from autograd.compiler.ir.tape import PARAMETER, Tape
from autograd.compiler.lowering import groups
from autograd.compiler.lowering.adjoint import differentiate
from autograd.compiler.lowering.groups import Grouped, group, ragged
from autograd.compiler.lowering.lower import lower
from autograd.compiler.lowering.matmul import matrix_products
from autograd.compiler.passes.array_passes import dead_code, square_roots
from autograd.compiler.passes.scalar_passes import SCALAR_PASSES

LOWERING: dict[str, Callable[[Any], Any]] = {
    "grouping": group,
    "matrix products": matrix_products,
    "sums of different lengths": ragged,
    "arrays": lower,
    "square roots": square_roots,
    "backward pass": differentiate,
    "dead code on arrays": dead_code,
}
PASSES: dict[str, Callable[[Any], Any]] = {**SCALAR_PASSES, **LOWERING}

_VERIFIERS: dict[type, Callable[[Any], None]] = {
    Tape: tapes.verify, Grouped: groups.verify, Program: programs.verify,
}  # fmt: skip


def _run(form: Any, passes: Sequence[str]) -> Any:
    """The form after these passes, each of which the verifier has let through."""
    for name in passes:
        before, form = form, PASSES[name](form)
        if form is not before:
            _VERIFIERS[type(form)](form)
    return form


def simplified(tape: Tape) -> Tape:
    """The tape after all scalar passes."""
    result: Tape = _run(tape, [*SCALAR_PASSES])
    return result


def program_of(tape: Tape) -> Program:
    """The program on arrays of a simplified tape, with a backward pass if it returns one number."""
    program: Program = _run(tape, [*LOWERING])
    return program


def stages(tape: Tape) -> dict[str, str]:
    """The text of the program before the first pass, and after each that changed it, by name."""
    form: Any = tape
    texts = {"trace": (before := str(tape))}
    for name, one_pass in PASSES.items():
        form = one_pass(form)
        text = str(form)
        if text != before:
            texts[name] = before = text
    return texts


def parameter_order(tape: Tape) -> list[int]:
    """The parameters of a simplified tape in the order in which its lines use them.

    The weights of a sum of products come before the terms that are added to it, so that they lie
    side by side in theta and are a view of it, however the sum was written.
    """
    used = chain(*tape.operands, tape.outputs)
    return list(dict.fromkeys(int(tape.numbers[i]) for i in used if tape.rows[i] is PARAMETER))


def source_of(program: Program, parameter_names: Sequence[str], dtype: str) -> Source:
    """The program as NumPy's text."""
    names = Names(parameter_names)
    return write(name_arrays(program, names), names, dtype)
