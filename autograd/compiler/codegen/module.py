"""The module of a compiled function: functions for memory, values, and value and gradient.

The text runs on its own with NumPy. It is executed with math's functions for plain numbers, which
are quick, and, where those raise at an edge, with NumPy's.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.codegen import runtime
from autograd.compiler.codegen.emitter import Emitter
from autograd.compiler.codegen.emitter_base import Constants
from autograd.compiler.codegen.names import Names
from autograd.compiler.codegen.prelude import namespace, prelude
from autograd.compiler.expressions.printers import ARRAY, SCALAR
from autograd.compiler.ir.program import Program
from autograd.compiler.passes.array_passes import forward_only
from autograd.core.array_arithmetic import ARRAYS
from autograd.core.operation import Operation

_RUNTIME = (
    "one_hot", "cross_entropy", "careful_cross_entropy", "cross_entropy_pullback", "place_in",
    "picked", "picked_pullback",
    "summed_at", "scatter",
)  # fmt: skip
_INDENT = "    "


@dataclass
class Function:
    """One function of the text: what it is called with, and how."""

    name: str
    memory: str = ""  # the name of the function that makes its memory; "" if it needs none
    batched: bool = False  # whether its result has a leading axis of examples


@dataclass
class Source:
    """The text of a program's functions, and what they need beyond it."""

    dtype: str
    functions: dict[str, Function] = field(default_factory=dict)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)
    body: str = ""
    rows: dict[str, Operation] = field(default_factory=dict)

    def text(self) -> str:
        """All of it as a module that runs on its own."""
        head = _prelude(self.body)
        numbers = [f"{name} = {_array_text(data)}" for name, data in self.constants.items()]
        parts = [head, f"dtype = np.{self.dtype}\n", "\n".join(numbers), self.body]
        return "\n".join(part for part in parts if part)

    def run(self, *, quick: bool) -> dict[str, Callable[..., Any]]:
        """The functions by name; ``quick`` ones raise where a plain number meets an edge."""
        scope: dict[str, Any] = namespace([self.body], SCALAR, quick=quick, rows=self.rows)
        scope |= {"dtype": np.dtype(self.dtype).type, "numbers": _numbers(quick)}
        scope |= {name: getattr(runtime, name) for name in _RUNTIME}
        for name, data in self.constants.items():
            scope[name] = data.astype(self.dtype) if data.dtype.kind == "f" else data
        exec(compile(self.body, "<glassgrad program>", "exec"), scope)
        return {name: scope[name] for name in scope if name in _MADE}


_MADE = ("value_and_grad", "values", "memory_of_value_and_grad", "memory_of_values")


def _numbers(quick: bool) -> Callable[[NDArray[Any]], list[Any]]:
    if quick:
        return lambda theta: theta.tolist()
    return lambda theta: list(theta.astype(np.float64))


def write(program: Program, names: Names, dtype: str) -> Source:
    """The source of a program: ``values``, and ``value_and_grad`` if it has a gradient."""
    # as they were when the function was traced, whatever the table says later
    rows = {instr.row.name: instr.row for instr in program.instructions if instr.row is not None}
    source = Source(dtype, rows=rows)
    arguments = [instr.name for instr in program.instructions if instr.kind == "argument"]
    bodies = []
    constants = Constants(names)
    if program.gradient is not None:
        emitter = _emitter(program, names, constants)
        bodies.append(_function(source, emitter, arguments, "value_and_grad"))
    emitter = _emitter(forward_only(program), names, constants)
    bodies.append(_function(source, emitter, arguments, "values"))
    source.constants = constants.arrays
    source.body = "\n\n".join(bodies)
    return source


def _emitter(program: Program, names: Names, constants: Constants) -> Emitter:
    returned = program.outputs[0] if program.gradient is None else program.gradient
    owned = {returned} if program[returned].kind not in _NO_MEMORY else set()
    return Emitter(program, names, constants, owned)


def _function(source: Source, emitter: Emitter, arguments: Sequence[str], name: str) -> str:
    program = emitter.program
    output, gradient = program.outputs[0], program.gradient
    lines = emitter.write()
    memory, text = _memory(emitter, name)
    instr = program[output]
    source.functions[name] = Function(name, f"memory_of_{name}" if text else "", instr.batched)
    result, *aux = [emitter.texts[number] for number in program.outputs]
    if gradient is None:
        last = [f"return {', '.join([result, *aux])}"]
    else:
        seeded = any(i.kind == "seed" and i.batched for i in program.instructions)
        whole = f"np.dot(seed, {result})" if seeded else f"np.add.reduce({result}) / n"
        mean = f"float({whole if instr.batched else result})"
        last = [f"return {', '.join([mean, emitter.texts[gradient], *aux])}"]
    start = []
    if arguments:
        start.append(f"n = len({arguments[0]})")
    if memory:
        fresh = f"memory or memory_of_{name}({'n' if arguments else 1})"
        start.append(f"{', '.join(memory)}{',' if len(memory) == 1 else ''} = {fresh}")
    if emitter.numbers:
        comma = "," if len(emitter.numbers) == 1 and emitter.few_numbers else ""
        start.append(f"{', '.join(emitter.numbers)}{comma} = numbers(theta)")
    parameters = ["theta", *arguments, *(["memory=None"] if text else [])]
    start.insert(0, _DOCSTRINGS[name])
    body = "\n".join(_INDENT + line if line else "" for line in [*start, *lines, *last])
    function = f"def {name}({', '.join(parameters)}):\n{body}\n"
    return f"{text}\n\n{function}" if text else function


_DOCSTRINGS = {
    "value_and_grad": '"""The mean over the examples, and its gradient by theta."""',
    "values": '"""The result for every example."""',
}
_NO_MEMORY = ("theta", "argument", "constant", "gather", "reshape")


def _memory(emitter: Emitter, name: str) -> tuple[list[str], str]:
    """The names of a function's pieces of memory, and the text of the function that makes them."""
    lines, instr = [], []
    first: dict[int, str] = {}
    for (buffer, shape), label in sorted(emitter.memory.items(), key=lambda item: item[0][0]):
        _, batched = emitter.plan.buffers[buffer]
        lengths = [*(["n"] if batched else []), *map(str, shape)]
        inside = ", ".join(lengths) + ("," if len(lengths) == 1 else "")
        if buffer in first:
            lines.append(f"{label} = {first[buffer]}.reshape({inside.rstrip(',')})")
        else:
            lines.append(f"{label} = np.empty(({inside}), dtype)")
            first[buffer] = label
        instr.append(label)
    if any(i.kind == "seed" and i.batched for i in emitter.program.instructions):
        lines.append("seed = np.full(n, 1.0 / n, dtype)")
        instr.append("seed")
    if emitter.ones:
        lines.append(f"{emitter.ones} = np.ones(n, dtype)")
        instr.append(emitter.ones)
    if not instr:
        return [], ""
    lines.append(f"return {', '.join(instr)}{',' if len(instr) == 1 else ''}")
    lines.insert(0, '"""Arrays to write into, for n examples; they may be used again."""')
    body = "\n".join(_INDENT + line for line in lines)
    return instr, f"def memory_of_{name}(n):\n{body}\n"


# --- standing alone -------------------------------------------------------------------------------


def _prelude(body: str) -> str:
    """What the text uses, defined with NumPy alone."""
    parts = ["import numpy as np\n"]
    used = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", body))
    plain = [name for name in ("zero", "one", "number", "numbers") if name in used]
    values = {
        "zero": "np.float64(0.0)", "one": "np.float64(1.0)", "number": "np.float64",
        "numbers": "list",
    }  # fmt: skip
    parts += [f"{name} = {values[name]}" for name in plain]
    for name in sorted(used):
        if hasattr(math, name) and isinstance(getattr(ARRAYS, name, None), np.ufunc):
            parts.append(f"{name} = np.{getattr(ARRAYS, name).__name__}")
            used.discard(name)
    special = prelude([name for name in used if name not in (*plain, "np")], ARRAY)
    parts.append(special.replace("import numpy as np\n", "", 1).rstrip())
    if used & {"picked", "picked_pullback"}:
        used.add("place_in")
    if "cross_entropy" in used:
        used.add("careful_cross_entropy")
    wanted = [name for name in _RUNTIME if name in used]
    parts += [inspect.getsource(getattr(runtime, name)) for name in wanted]
    return "\n".join(part for part in parts if part) + "\n"


def _array_text(data: NDArray[Any]) -> str:
    if data.dtype.kind != "f":
        return f"np.array({data.tolist()})"
    text = repr(data.tolist())
    spelled = re.sub("(inf|nan)", r"np.\1", text)
    return f"np.array({spelled}, dtype)"
