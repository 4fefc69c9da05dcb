"""Names for the arrays of a program, from the names that the user gave to the numbers in them.

The weights ``W1[0,0]`` to ``W1[15,1]`` are the array ``W1``; what is made with them is ``z1``, its
activation ``h1``, and a gradient has a d before the name of what it is the gradient of.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Sequence

from autograd.compiler.codegen import runtime
from autograd.compiler.codegen.prelude import RESERVED
from autograd.compiler.ir.program import Instruction, Program
from autograd.core.table import TABLE

# what the text of a program uses itself
_TAKEN = {
    "np", "n", "theta", "gradient", "value", "buffers", "numbers", "number", "seed", "out", "self",
    "erf", "erfc", "gamma", "lgamma", "polygamma", "digamma", "rows", "values", "value_and_grad",
    "exp", "log", "pow", "abs", "math", "float", "len", "range", "examples", "inf", "nan", "list",
    "dtype", "memory", "memory_of_values", "memory_of_value_and_grad",
} | {name for name, value in vars(runtime).items() if callable(value)}  # fmt: skip


class Names:
    """Gives every array a name of its own that Python takes."""

    def __init__(self, parameter_names: Sequence[str]) -> None:
        self.parameter_names = parameter_names
        self.used = _TAKEN | RESERVED
        self.counts: dict[str, int] = {}

    def copy(self) -> Names:
        """The same names taken, to give out more of them in one function alone."""
        instr = Names(self.parameter_names)
        instr.used, instr.counts = set(self.used), dict(self.counts)
        return instr

    def fresh(self, wanted: str) -> str:
        """The wanted name, or that name with a number where it has gone already."""
        name = _identifier(wanted)
        if name not in self.used:
            self.used.add(name)
            return name
        stem = f"{name}_" if name[-1].isdigit() else name
        while True:
            self.counts[stem] = self.counts.get(stem, 1) + 1
            if f"{stem}{self.counts[stem]}" not in self.used:
                self.used.add(f"{stem}{self.counts[stem]}")
                return f"{stem}{self.counts[stem]}"

    def of_parameters(self, places: Sequence[int]) -> str:
        """The name that parameters at these places of theta have in common."""
        some = places[:: _step(places)]
        found = dict.fromkeys(_stem(self.parameter_names[i]) for i in some)
        stems = [stem for stem in found if stem]
        if not stems:
            return "p"
        return stems[0] if len(stems) == 1 else f"{stems[0]}_to_{stems[-1]}"


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


def _step(places: Sequence[int]) -> int:
    # some hundred of them tell as much as all
    return max(1, len(places) // 512)


def _stem(name: str) -> str:
    return re.split(r"[\[(.]", name, maxsplit=1)[0].strip()


def name_arrays(program: Program, names: Names) -> Program:
    """The program, with a name for every array."""
    uses = [0] * len(program.instructions)
    for instr in program.instructions:
        for i in instr.inputs:
            uses[i] += 1
    for number, instr in enumerate(program.instructions):
        if instr.kind in ("theta", "seed"):
            instr.name = instr.kind
        elif instr.kind == "argument":
            instr.name = names.fresh(instr.name or "x")
        elif _is_parameter_alone(program, instr):
            instr.name = ""  # it has the name of the number that it is
        elif _continues(program, uses, instr):
            instr.name = program[instr.inputs[0]].name
        elif not (instr.kind == "constant" and instr.shape == ()):
            instr.name = names.fresh(_wanted(program, number, instr, names))
    if program.gradient is not None:
        program[program.gradient].name = "gradient"
    return program


def _is_parameter_alone(program: Program, instr: Instruction) -> bool:
    source = program[instr.inputs[0]].kind if instr.inputs else ""
    return instr.kind == "gather" and instr.shape == () and source == "theta"


def _continues(program: Program, uses: Sequence[int], instr: Instruction) -> bool:
    """Whether it only adds something to a product that nobody else reads, as a bias is added."""
    if instr.kind != "map" or instr.row is not TABLE["+"]:
        return False
    number = instr.inputs[0]
    first = program[number]
    summed = first.kind in ("einsum", "reduce", "segment_reduce") or (
        number >= program.n_forward and first.kind not in ("gather", "reshape", "scatter_add")
    )
    own = summed and uses[number] == 1
    return own and first.shape == instr.shape and first.batched == instr.batched


def _wanted(program: Program, number: int, instr: Instruction, names: Names) -> str:
    read = [program[i] for i in instr.inputs]
    if number >= program.n_forward:
        return _backward_name(program, instr, names)
    if instr.kind in ("gather", "reshape") and read[0].kind == "theta":
        places = (
            range(read[0].size) if instr.positions is None else instr.positions.ravel().tolist()
        )
        return names.of_parameters(places)
    if number in program.outputs and instr.shape == () and instr.kind != "gather":
        return "loss"
    if instr.kind == "einsum":
        return "z" + _number_in(read)
    if instr.kind == "map" and instr.row is not None and len(read) == 2 and instr.row.name == "+":
        return read[0].name if read[0].name.startswith("z") else "s"
    if instr.kind == "map" and len(read) == 1 and read[0].name.startswith("z"):
        activation = "h" + read[0].name[1:].split("_")[0]
        return activation if activation not in names.used else "v"
    if instr.kind in ("constant", "gather", "concat", "reshape"):
        return {"constant": "c", "concat": "joined"}.get(instr.kind, read[0].name if read else "c")
    return "v"


def _number_in(read: Sequence[Instruction]) -> str:
    """The number of the weights that a product is made with: W2 makes z2."""
    for instr in read:
        found = re.fullmatch(r"[A-Za-z]+(\d+)", instr.name)
        if found:
            return found[1]
    return ""


def _backward_name(program: Program, instr: Instruction, names: Names) -> str:
    target = instr.of
    if instr.kind == "reduce_extra":
        return "e"  # the exponentials
    if target is not None:
        positions = program[target].positions
        if not program[target].name and positions is not None:
            return "d" + (names.parameter_names[int(positions)] or "p")
        return "d" + program[target].name
    source = program[instr.inputs[0]].name if instr.inputs else ""
    return "d" + source.removeprefix("d") if source != "seed" and instr.kind != "concat" else "d"
