"""Names for the arrays of a program, from the names that the user gave to the numbers in them.

The weights ``W1[0,0]`` to ``W1[15,1]`` are the array ``W1``; what is made with them is ``z1``, its
activation ``h1``, and a gradient has a d before the name of what it is the gradient of.
"""

from __future__ import annotations

import functools
import keyword
import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from autograd.compiler.codegen.prelude import RESERVED
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.instructions import Instruction
from autograd.compiler.ir.program import Program
from autograd.core.table import TABLE

# what the text of a program uses itself
_TAKEN = RESERVED | {
    "n", "theta", "gradient", "value", "values", "value_and_grad", "buffers", "seed", "out", "self",
    "digamma", "float", "len", "range", "list", "examples", "dtype", "memory", "memory_of_values",
    "memory_of_value_and_grad",
}  # fmt: skip


class Names:
    """Gives every array a name of its own that Python takes."""

    def __init__(self, parameter_names: Sequence[str]) -> None:
        self.parameter_names = parameter_names
        self.used = set(_TAKEN)
        self.counts: dict[str, int] = {}

    def copy(self) -> Names:
        """The same names taken, to give out more of them in one function alone."""
        names = Names(self.parameter_names)
        names.used, names.counts = set(self.used), dict(self.counts)
        return names

    def fresh(self, wanted: str, others: Container[str] = ()) -> str:
        """The wanted name, or that name with a number where it has gone already, or to others."""
        name = _identifier(wanted)
        stem = f"{name}_" if name[-1].isdigit() else name
        while name in self.used or name in others:
            self.counts[stem] = self.counts.get(stem, 1) + 1
            name = f"{stem}{self.counts[stem]}"
        self.used.add(name)
        return name

    def of_parameters(self, places: Sequence[int]) -> str:
        """The name that parameters at these places of theta have in common."""
        some = places[:: max(1, len(places) // 512)]  # they tell as much as all
        found = (re.split(r"[\[(.]", self.parameter_names[i])[0].strip() for i in some)
        stems = [stem for stem in dict.fromkeys(found) if stem]
        if not stems:
            return "p"
        return stems[0] if len(stems) == 1 else f"{stems[0]}_to_{stems[-1]}"


class Constants:
    """What the functions of one source share: arrays of numbers, and names for parameters alone."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.arrays: dict[str, NDArray[Any]] = {}
        self.known: dict[tuple[Any, ...], str] = {}
        self.parameters: dict[int, str] = {}

    def name(self, data: NDArray[Any], wanted: str, local: Names) -> str:
        """The name of an array with these contents, for a function that has these names."""
        key = (data.dtype, data.shape, data.tobytes())
        if key not in self.known:
            name = self.names.fresh(wanted, local.used)  # a variable of that name would hide it
            local.used.add(name)
            self.known[key], self.arrays[name] = name, data
        return self.known[key]

    def parameter(self, position: int, local: Names) -> str:
        """A name for one parameter in a function: as in an earlier one, where it is free."""
        known = self.parameters.get(position)
        name = local.fresh(known or self.names.parameter_names[position] or "p")
        self.parameters[position] = name
        return name


@functools.lru_cache(maxsize=1024)
def _identifier(wanted: str) -> str:
    """What Python takes for a name, and reads as the same one: letters, digits and underscores."""
    # Python reads a name in the normal form NFKC, in which a bold n is an n
    normal = unicodedata.normalize("NFKC", wanted)
    name = re.sub(r"\W", "_", re.sub(r"(?<=\w)[\])]+$", "", normal)) or "v"  # w[0] is w_0
    if not f"_{name}".isidentifier():  # a sign that counts, and is no decimal digit
        name = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not name.isidentifier() or keyword.iskeyword(name) or name == "__debug__":
        name = f"_{name}"
    return name


def name_arrays(program: Program, names: Names) -> Program:
    """The program, with a name for each array; "" for a number that is written where it is read."""
    uses = program.uses()
    found: dict[int, str] = {}
    for number, instr in enumerate(program.instructions):
        if isinstance(instr, (ir.Theta, ir.Seed)):
            name = "theta" if isinstance(instr, ir.Theta) else "seed"
        elif isinstance(instr, ir.Argument):
            name = names.fresh(program.names.get(number) or "x")
        elif _is_written_where_read(program, instr):
            name = ""
        elif _continues(program, uses, instr):
            name = found[instr.inputs[0]]
        else:
            name = names.fresh(_wanted(program, number, names, found))
        found[number] = name
    if program.gradient is not None:
        found[program.gradient] = "gradient"
    return replace(program, names=found)


def _is_written_where_read(program: Program, instr: Instruction) -> bool:
    """Whether it is a number that needs no name: a constant, or one parameter."""
    gathered = isinstance(instr, ir.Gather) and isinstance(program[instr.inputs[0]], ir.Theta)
    return instr.is_number and (gathered or isinstance(instr, ir.Constant))


def _continues(program: Program, uses: Sequence[int], instr: Instruction) -> bool:
    """Whether it only adds something to a product that nobody else reads, as a bias is added."""
    if not isinstance(instr, ir.Map) or instr.row is not TABLE["+"]:
        return False
    number = instr.inputs[0]
    first = program[number]
    summed = isinstance(first, (ir.Einsum, ir.Reduce, ir.SegmentReduce)) or (
        number >= program.n_forward
        and not isinstance(first, (ir.Gather, ir.Reshape, ir.ScatterAdd))
    )
    own = summed and uses[number] == 1
    return own and first.shape == instr.shape and first.batched == instr.batched


def _wanted(program: Program, number: int, names: Names, found: Mapping[int, str]) -> str:
    if number >= program.n_forward:
        return _backward_name(program, number, names, found)
    instr = program[number]
    read = [found[i] for i in instr.inputs]
    moves = isinstance(instr, (ir.Gather, ir.Reshape))
    if moves and isinstance(program[instr.inputs[0]], ir.Theta):
        if isinstance(instr, ir.Gather):
            return names.of_parameters(instr.positions.ravel().tolist())
        return names.of_parameters(range(instr.size))
    if number in program.outputs and instr.shape == () and not isinstance(instr, ir.Gather):
        return "loss"
    if isinstance(instr, ir.Einsum):  # the weights W2 make z2
        numbered = (re.fullmatch(r"[A-Za-z]+(\d+)", name) for name in read)
        return "z" + next((match[1] for match in numbered if match), "")
    if isinstance(instr, ir.Map) and instr.row is TABLE["+"]:
        return read[0] if read[0].startswith("z") else "s"
    if isinstance(instr, ir.Map) and len(read) == 1 and read[0].startswith("z"):
        activation = "h" + read[0][1:].split("_")[0]
        return activation if activation not in names.used else "v"
    if moves:
        return read[0]
    return {ir.Constant: "c", ir.Concat: "joined"}.get(type(instr), "v")


def _backward_name(program: Program, number: int, names: Names, found: Mapping[int, str]) -> str:
    instr = program[number]
    if isinstance(instr, ir.ReduceExtra):
        return "e"  # the exponentials
    target = program.part_of.get(number)
    if target is not None:
        read = program[target]
        if not found[target] and isinstance(read, ir.Gather):
            return "d" + (names.parameter_names[int(read.positions)] or "p")
        return "d" + found[target]
    source = found[instr.inputs[0]] if instr.inputs else ""
    if source == "seed" or isinstance(instr, ir.Concat):
        return "d"
    return "d" + source.removeprefix("d")
