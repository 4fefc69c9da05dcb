"""What a function's text is written on: its lines so far, its names, its memory, its constants."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from autograd.compiler.codegen.memory import Plan, is_number, plan_buffers
from autograd.compiler.codegen.names import Names
from autograd.compiler.expressions.printers import ARRAY, Dialect
from autograd.compiler.expressions.row_expression import forward, pullback
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


class Page:
    """The lines of one function, and the constants and the memory that it needs."""

    def __init__(
        self, program: Program, names: Names, constants: Constants, kept: set[int]
    ) -> None:
        self.program, self.kept, self.constants = program, kept, constants
        self.names = names.copy()  # functions may use the same names, each for itself
        self.plan: Plan = plan_buffers(program, kept, self._in_place)
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
            made.kind == "take" and is_number(made) and program[made.inputs[0]].kind == "theta"
            for made in program.instructions
        )
        # a list of all numbers costs as much as asking for a quarter of them one by one
        least = program[0].size - 1 if self.few_numbers else program[0].size // 4
        self.many_numbers = alone > least
        self.uses = [0] * len(program.instructions)
        for made in program.instructions:
            for i in made.inputs:
                self.uses[i] += 1
        for i in program.outputs:
            self.uses[i] += 2

    def made_at_once(self, number: int) -> bool:
        """Whether a collected gradient is nothing but a list of numbers, in order."""
        made = self.program[number]
        if len(made.inputs) != 1 or self.program[made.inputs[0]].kind != "join":
            return False
        parts = [self.program[i] for i in self.program[made.inputs[0]].inputs]
        arrival = self.plan.arrivals[number][0]
        whole = arrival.mode == "set" and arrival.text == "" and number not in self.plan.cleared
        return whole and all(is_number(part) for part in parts)

    def fresh(self) -> str:
        """A name for what a line needs on the way."""
        return self.names.fresh("tmp")

    def _leaf(self, number: int, made: Instruction) -> None:
        if made.kind == "constant":
            self.texts[number] = (
                _number(made.data) if made.shape == () else self.constants.name(made.data, "c")
            )
        elif made.kind == "seed":
            # not 1.0, which is Python's own in either run, and cannot be divided by 0.0
            self.texts[number] = "seed" if made.batched else "one"
        else:
            self.texts[number] = made.name

    def _memory(self, number: int) -> str:
        """The name of the memory an array is written into, in its shape."""
        made = self.program[number]
        if number in self.plan.placed:
            collected, text = self.plan.placed[number]
            return f"{self.program[collected].name}{text}"
        if number in self.kept:
            lead = ["n"] if made.batched else []
            lengths = [*lead, *map(str, made.shape)]
            shape = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
            # under a name, because what is written in several steps has to be one array; another
            # name than its own where it is made from one that is called the same
            if number not in self.fresh_arrays:
                same = any(self.program[i].name == made.name for i in made.inputs)
                self.fresh_arrays[number] = self.names.fresh("result") if same else made.name
                self.lines.append(f"{self.fresh_arrays[number]} = np.empty({shape}, dtype)")
            return self.fresh_arrays[number]
        key = (self.plan.of[number], made.shape)
        if key not in self.memory:
            self.memory[key] = self.names.fresh(f"m{self.plan.of[number]}")
        return self.memory[key]

    def _open(self, number: int) -> None:
        """Make or clear the memory of a gradient, before its first part is computed."""
        made = self.program[number]
        if number == self.program.gradient and self.made_at_once(number):
            return
        if number == self.program.gradient:
            clear = number in self.plan.cleared
            kind = "zeros" if clear else "empty"
            self.lines.append(f"{made.name} = np.{kind}({made.size}, dtype)")
            return
        name = self._memory(number)
        self.lines.append(f"{made.name} = {name}")
        if number in self.plan.cleared:
            self.lines.append(f"{made.name}.fill(0.0)")

    def _assign(self, number: int, lines: Sequence[str]) -> None:
        """Lines that give an array its value; the last gets the shape as a comment."""
        made = self.program[number]
        self.texts[number] = made.name
        shape = "" if is_number(made) else f"  # {_shape(made)}"
        lines = [line for line in lines if line != f"{made.name} = {made.name}"]
        self.lines += [*lines[:-1], f"{lines[-1]}{shape}"]

    def _out(self, number: int) -> str | None:
        """The text of the memory to write into; None for a plain number."""
        return None if is_number(self.program[number]) else self._memory(number)

    def _in_place(self, made: Instruction) -> bool:
        """Whether the result may be written over an operand: if it is the last thing to be done."""
        if made.kind not in ("map", "pull") or is_number(made):
            return False
        return len(template_of(made, ARRAY, True).lines) == 1

    def elementwise(
        self, made: Instruction, dialect: Dialect, names: dict[str, str], out: str | None
    ) -> list[str]:
        """The lines of an elementwise operation, whose operands have these names."""
        template = template_of(made, dialect, out is not None)
        filled = names | {name: self.fresh() for name in template.temporaries}
        filled |= {"target": made.name, "out": out or ""}
        lines = [line.format_map(filled) for line in template.lines]
        idle = f"{made.name} = {made.name}"  # what is computed in its place has its name already
        return [line for line in lines if line != idle]


@dataclass(frozen=True)
class Template:
    """The lines of a formula, with names to be filled in."""

    lines: tuple[str, ...]
    temporaries: tuple[str, ...]


def template_of(made: Instruction, dialect: Dialect, has_out: bool) -> Template:
    """The template of an elementwise operation, or of what one passes back."""
    assert made.row is not None
    if made.kind == "map":
        return _template(made.row, len(made.inputs), None, dialect, has_out)
    return _template(made.row, made.arity, made.slot, dialect, has_out)


@functools.lru_cache(maxsize=1024)
def _template(
    row: Operation, n: int, slot: int | None, dialect: Dialect, has_out: bool
) -> Template:
    formula = forward(row, n) if slot is None else pullback(row, n, slot)
    assert formula is not None
    temporaries: list[str] = []

    def fresh() -> str:
        temporaries.append(f"t{len(temporaries)}")
        return f"{{{temporaries[-1]}}}"

    names = {leaf: f"{{{leaf}}}" for leaf in formula.leaves}
    lines = formula.lines("{target}", names, dialect, "{out}" if has_out else None, fresh)
    return Template(tuple(lines), tuple(temporaries))


def _number(x: float) -> str:
    if math.isfinite(x):
        return repr(float(x))
    return "(-np.inf)" if x < 0.0 else f"np.{float(x)!r}"


def _shape(made: Instruction) -> str:
    lengths = [*(["n"] if made.batched else []), *map(str, made.shape)]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
