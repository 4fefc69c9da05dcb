"""The module of a compiled function: functions for memory, values, and value and gradient.

The text runs on its own with NumPy. It is executed with math's functions for plain numbers, which
are quick, and, where those raise at an edge, with NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.codegen.names import Constants, Names
from autograd.compiler.codegen.numpy_emitter import Emitter
from autograd.compiler.codegen.prelude import constant_text, namespace, own_rows, prelude
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.fused import OF_PASSES
from autograd.compiler.ir.instructions import lengths, shape_text
from autograd.compiler.ir.program import Program
from autograd.compiler.passes.array_passes import forward_only
from autograd.core.operation import Operation


@dataclass(frozen=True)
class Function:
    """One function of the text."""

    memory: str  # the name of the function that makes its memory; "" if it needs none
    text: str  # that of the function which makes its memory, and its own


@dataclass(frozen=True)
class Source:
    """The text of a program's functions, and what they need beyond it."""

    dtype: str
    functions: dict[str, Function]
    constants: dict[str, NDArray[Any]]
    body: str
    rows: dict[str, Operation]

    def text(self) -> str:
        """All of it as a module that runs on its own."""
        numbers = [f"{name} = {constant_text(data)}" for name, data in self.constants.items()]
        return "\n".join([prelude(self.body), f"dtype = np.{self.dtype}\n", *numbers, self.body])

    def run(self, *, quick: bool) -> dict[str, Callable[..., Any]]:
        """The functions by name; ``quick`` ones raise where a plain number meets an edge."""
        scope = namespace(quick=quick, rows=self.rows) | {"dtype": np.dtype(self.dtype).type}
        for name, data in self.constants.items():
            scope[name] = data.astype(self.dtype) if data.dtype.kind == "f" else data
        exec(compile(self.body, "<glassgrad program>", "exec"), scope)
        made = [*self.functions, *(f.memory for f in self.functions.values() if f.memory)]
        return {name: scope[name] for name in made}


def write(program: Program, names: Names, dtype: str) -> Source:
    """The source of a program: ``values``, and ``value_and_grad`` if it has a gradient."""
    constants = Constants(names)
    programs = {} if program.gradient is None else {"value_and_grad": program}
    programs["values"] = forward_only(program)
    functions = {name: _function(name, part, constants) for name, part in programs.items()}
    body = "\n\n".join(function.text for function in functions.values())
    called = own_rows(body)
    # as they were when the function was traced, whatever the table says later
    rows = {
        instr.row.name: instr.row
        for instr in program.instructions
        if isinstance(instr, ir.WithRow)
        and instr.row.name in called
        and instr.row not in OF_PASSES  # of a name that a user may take
    }
    return Source(dtype, functions, constants.arrays, body, rows)


def _function(name: str, program: Program, constants: Constants) -> Function:
    output, gradient = program.outputs[0], program.gradient
    returned = output if gradient is None else gradient
    owned = set() if isinstance(program[returned], (ir.Leaf, ir.Gather, ir.Reshape)) else {returned}
    emitter = Emitter(program, constants, owned)
    lines = emitter.write()
    batched = program[output].batched
    result, *aux = [emitter.texts[number] for number in program.outputs]
    seeded = any(isinstance(instr, ir.Seed) and instr.batched for instr in program.instructions)
    if gradient is not None:
        whole = f"np.dot(seed, {result})" if seeded else f"np.add.reduce({result}) / n"
        result = f"float({whole if batched else result}), {emitter.texts[gradient]}"
    made = _memory(emitter, seeded)
    arguments = [
        program.names[number] for number, instr in enumerate(program.instructions)
        if isinstance(instr, ir.Argument)
    ]  # fmt: skip
    start = [DOCSTRINGS[name], *([f"n = len({arguments[0]})"] if arguments else [])]
    if made:
        start.append(f"{_listed(made)} = memory or memory_of_{name}({'n' if arguments else 1})")
    numbers = _listed(emitter.numbers) if emitter.few_numbers else "".join(emitter.numbers)
    if numbers:
        start.append(f"{numbers} = numbers(theta)")
    parameters = ["theta", *arguments, *(["memory=None"] if made else [])]
    body = [*start, *lines, f"return {', '.join([result, *aux])}"]
    text = definition(f"{name}({', '.join(parameters)})", body)
    if not made:
        return Function("", text)
    memory = [DOCSTRINGS["memory"], *made.values(), f"return {_listed(made)}"]
    before = definition(f"memory_of_{name}(n)", memory)
    return Function(f"memory_of_{name}", f"{before}\n\n{text}")


DOCSTRINGS = {
    "value_and_grad": '"""The mean over the examples, and its gradient by theta."""',
    "values": '"""The result for every example."""',
    "memory": '"""Arrays to write into, for n examples; they may be used again."""',
}


def definition(head: str, lines: Sequence[str]) -> str:
    """The text of a function with this body."""
    body = "\n".join(f"    {line}" if line else "" for line in lines)
    return f"def {head}:\n{body}\n"


def _listed(names: Collection[str]) -> str:
    """Names on either side of an assignment: ``a, b``, or ``a,`` for a tuple of one."""
    return f"{', '.join(names)}{',' if len(names) == 1 else ''}"


def _memory(emitter: Emitter, seeded: bool) -> dict[str, str]:
    """The lines that make a function's pieces of memory, by the names of these."""
    lines: dict[str, str] = {}
    first: dict[int, str] = {}
    for (buffer, shape), name in sorted(emitter.memory.items(), key=lambda item: item[0][0]):
        _, batched = emitter.plan.buffers[buffer]
        if first.setdefault(buffer, name) == name:
            lines[name] = f"{name} = np.empty({shape_text(shape, batched)}, dtype)"
        else:
            lines[name] = f"{name} = {first[buffer]}.reshape({lengths(shape, batched)})"
    if seeded:
        lines["seed"] = "seed = np.full(n, 1.0 / n, dtype)"
    if emitter.ones:
        lines[emitter.ones] = f"{emitter.ones} = np.ones(n, dtype)"
    return lines
