"""The emitter's state: the lines so far, names, memory and constants of one function."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from autograd.compiler.codegen.memory import Plan, is_number, plan_memory
from autograd.compiler.codegen.names import Names
from autograd.compiler.expressions.printers import ARRAY, Printer
from autograd.compiler.expressions.row_expression import forward, vjp
from autograd.compiler.ir.program import Instruction, Program, Shape
from autograd.core.operation import Operation

_FEW_NUMBERS = 12


class Constants:
    """Arrays of a program's own, each by one name that all of its functions share."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.arrays: dict[str, NDArray[Any]] = {}
        self.known: dict[tuple[Any, ...], str] = {}

    def name(self, data: NDArray[Any], wanted: str) -> str:
        """The name of an array with these contents."""
        key = (data.dtype, data.shape, data.tobytes())
        if key not in self.known:
            self.known[key] = self.names.fresh(wanted)
            self.arrays[self.known[key]] = data
        return self.known[key]


class EmitterBase:
    """The lines of one function, and the constants and the memory that it needs."""

    def __init__(
        self, program: Program, names: Names, constants: Constants, returned: set[int]
    ) -> None:
        self.program, self.returned, self.constants = program, returned, constants
        self.names = names.copy()  # functions may use the same names, each for itself
        self.plan: Plan = plan_memory(program, returned, self._in_place)
        self.texts: dict[int, str] = {}
        self.lines: list[str] = []
        self.memory: dict[tuple[int, Shape], str] = {}
        self.fresh_arrays: dict[int, str] = {}  # the names of those of the results that are there
        self.rights: dict[int, str] = {}
        self.ones = ""  # the name of a one for each example, if they are asked for
        # the name of theta as a list of numbers if one is asked for; of each of them, if few
        self.numbers: list[str] = []
        self.few_numbers = program[0].size <= _FEW_NUMBERS
        alone = sum(
            instr.kind == "gather" and is_number(instr) and program[instr.inputs[0]].kind == "theta"
            for instr in program.instructions
        )
        # a list of all numbers costs as much as asking for a quarter of them one by one
        least = program[0].size - 1 if self.few_numbers else program[0].size // 4
        self.many_numbers = alone > least
        self.uses = [0] * len(program.instructions)
        for instr in program.instructions:
            for i in instr.inputs:
                self.uses[i] += 1
        for i in program.outputs:
            self.uses[i] += 2

    def is_one_list(self, number: int) -> bool:
        """Whether a scatter-add is nothing but a list of numbers, in order."""
        instr = self.program[number]
        if len(instr.inputs) != 1 or self.program[instr.inputs[0]].kind != "concat":
            return False
        parts = [self.program[i] for i in self.program[instr.inputs[0]].inputs]
        contribution = self.plan.contributions[number][0]
        whole = (
            contribution.mode == "set"
            and contribution.text == ""
            and number not in self.plan.cleared
        )
        return whole and all(is_number(part) for part in parts)

    def fresh(self) -> str:
        """A name for what a line needs on the way."""
        return self.names.fresh("tmp")

    def _leaf(self, number: int, instr: Instruction) -> None:
        if instr.kind == "constant":
            self.texts[number] = (
                _number(instr.data) if instr.shape == () else self.constants.name(instr.data, "c")
            )
        elif instr.kind == "seed":
            # not 1.0, which is Python's own in either run, and cannot be divided by 0.0
            self.texts[number] = "seed" if instr.batched else "one"
        else:
            self.texts[number] = instr.name

    def _memory(self, number: int) -> str:
        """The name of the memory an array is written into, in its shape."""
        instr = self.program[number]
        if number in self.plan.placed:
            cotangent, text = self.plan.placed[number]
            return f"{self.program[cotangent].name}{text}"
        if number in self.returned:
            lead = ["n"] if instr.batched else []
            lengths = [*lead, *map(str, instr.shape)]
            shape = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
            # under a name, because what is written in several steps has to be one array; another
            # name than its own where it is made from one that is called the same
            if number not in self.fresh_arrays:
                same = any(self.program[i].name == instr.name for i in instr.inputs)
                self.fresh_arrays[number] = self.names.fresh("result") if same else instr.name
                self.lines.append(f"{self.fresh_arrays[number]} = np.empty({shape}, dtype)")
            return self.fresh_arrays[number]
        key = (self.plan.of[number], instr.shape)
        if key not in self.memory:
            self.memory[key] = self.names.fresh(f"m{self.plan.of[number]}")
        return self.memory[key]

    def _open(self, number: int) -> None:
        """Make or clear the memory of a gradient, before its first part is computed."""
        instr = self.program[number]
        if number == self.program.gradient and self.is_one_list(number):
            return
        if number == self.program.gradient:
            clear = number in self.plan.cleared
            kind = "zeros" if clear else "empty"
            self.lines.append(f"{instr.name} = np.{kind}({instr.size}, dtype)")
            return
        name = self._memory(number)
        self.lines.append(f"{instr.name} = {name}")
        if number in self.plan.cleared:
            self.lines.append(f"{instr.name}.fill(0.0)")

    def _assign(self, number: int, lines: Sequence[str]) -> None:
        """Lines that give an array its value; the last gets the shape as a comment."""
        instr = self.program[number]
        self.texts[number] = instr.name
        shape = "" if is_number(instr) else f"  # {_shape(instr)}"
        lines = [line for line in lines if line != f"{instr.name} = {instr.name}"]
        self.lines += [*lines[:-1], f"{lines[-1]}{shape}"]

    def _out(self, number: int) -> str | None:
        """The text of the memory to write into; None for a plain number."""
        return None if is_number(self.program[number]) else self._memory(number)

    def _in_place(self, instr: Instruction) -> bool:
        """Whether the result may be written over an operand: if it is the last thing to be done."""
        if instr.kind not in ("map", "vjp") or is_number(instr):
            return False
        return len(template_of(instr, ARRAY, True).lines) == 1

    def elementwise(
        self, instr: Instruction, printer: Printer, names: dict[str, str], out: str | None
    ) -> list[str]:
        """The lines of an elementwise operation, whose operands have these names."""
        template = template_of(instr, printer, out is not None)
        filled = names | {name: self.fresh() for name in template.temporaries}
        filled |= {"target": instr.name, "out": out or ""}
        lines = [line.format_map(filled) for line in template.lines]
        # what is computed in its place has its name already
        idle = f"{instr.name} = {instr.name}"
        return [line for line in lines if line != idle]


@dataclass(frozen=True)
class Template:
    """The lines of a formula, with names to be filled in."""

    lines: tuple[str, ...]
    temporaries: tuple[str, ...]


def template_of(instr: Instruction, printer: Printer, has_out: bool) -> Template:
    """The template of an elementwise operation, or of what one passes back."""
    assert instr.row is not None
    if instr.kind == "map":
        return _template(instr.row, len(instr.inputs), None, printer, has_out)
    return _template(instr.row, instr.arity, instr.slot, printer, has_out)


@functools.lru_cache(maxsize=1024)
def _template(
    row: Operation, n: int, slot: int | None, printer: Printer, has_out: bool
) -> Template:
    formula = forward(row, n) if slot is None else vjp(row, n, slot)
    assert formula is not None
    temporaries: list[str] = []

    def fresh() -> str:
        temporaries.append(f"t{len(temporaries)}")
        return f"{{{temporaries[-1]}}}"

    names = {leaf: f"{{{leaf}}}" for leaf in formula.leaves}
    lines = formula.lines("{target}", names, printer, "{out}" if has_out else None, fresh)
    return Template(tuple(lines), tuple(temporaries))


def _number(x: float) -> str:
    if math.isfinite(x):
        return repr(float(x))
    return "(-np.inf)" if x < 0.0 else f"np.{float(x)!r}"


def _shape(instr: Instruction) -> str:
    lengths = [*(["n"] if instr.batched else []), *map(str, instr.shape)]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
