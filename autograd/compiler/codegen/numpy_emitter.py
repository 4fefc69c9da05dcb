"""The emitter of NumPy: a program as the lines of a function of array calls, with ``out=``.

One instruction is one line, or a few; views have names and no work. The lines read from top to
bottom as the forward and the backward pass, each with the shape of what it computes. What is
written for a kind of instruction is a function in the table ``EMIT``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.compiler.codegen.einsum import einsum_call, is_whole
from autograd.compiler.codegen.memory import Contribution, Placement, plan_memory
from autograd.compiler.codegen.names import Constants
from autograd.compiler.codegen.prelude import constant_text
from autograd.compiler.codegen.reductions import axis_lines, axis_vjp_lines
from autograd.compiler.codegen.runtime import one_hot
from autograd.compiler.expressions.language import Language
from autograd.compiler.expressions.numpy_language import NUMPY, assigned_into
from autograd.compiler.expressions.python_language import PYTHON
from autograd.compiler.expressions.row_expression import forward, vjp
from autograd.compiler.ir import instructions as ir

from autograd.compiler.ir.instructions import (  # isort: skip
    Instruction, Positions, Shape, lengths, shape_text,
)  # fmt: skip
from autograd.compiler.ir.program import Program
from autograd.core.operation import SHIFT, Operation

_FEW_NUMBERS = 12
_LONGEST_VIEW = 29  # letters of a view that is written where it is read, and has no name


class Emitter:
    """One function that is being written: its lines so far, its names and its memory."""

    def __init__(self, program: Program, constants: Constants, returned: set[int]) -> None:
        self.program, self.constants, self.returned = program, constants, returned
        self.names = program.names
        self.local = constants.names.copy()  # functions may use the same names, each for itself
        self.plan = plan_memory(program, returned, _in_place)
        self.texts: list[str] = []  # how each array is read
        self.lines: list[str] = []
        self.memory: dict[tuple[int, Shape], str] = {}
        self.results: dict[int, str] = {}  # the names of those of the fresh arrays that are there
        self.rights: dict[int, str] = {}  # of each cross-entropy, the name of its one-hot array
        self.ones = ""  # the name of a one for each example, if they are asked for
        # the name of theta as a list of numbers if one is asked for; of each of them, if few
        self.numbers: list[str] = []
        size = program[0].size
        self.few_numbers = size <= _FEW_NUMBERS
        gathers = (instr for instr in program.instructions if isinstance(instr, ir.Gather))
        alone = sum(instr.is_number and instr.inputs == (0,) for instr in gathers)
        # a list of all numbers costs as much as asking for a quarter of them one by one
        self.many_numbers = alone >= size if self.few_numbers else alone > size // 4
        self.uses = program.uses()
        for i in program.outputs:
            self.uses[i] += 2
        self.extras = {
            instr.inputs[0]: number for number, instr in enumerate(program.instructions)
            if isinstance(instr, ir.ReduceExtra)
        }  # fmt: skip
        self.listed = self._list_of_gradient()

    def _list_of_gradient(self) -> int | None:
        """The concatenation that is the whole gradient, if that is a list of numbers, in order."""
        program, gradient = self.program, self.program.gradient
        whole = [Contribution("", Placement.SET)]
        if gradient is None or self.plan.contributions[gradient] != whole:
            return None
        (number,) = program[gradient].inputs
        concat = program[number]
        numbers = isinstance(concat, ir.Concat) and all(program[i].is_number for i in concat.inputs)
        return number if numbers else None

    def write(self) -> list[str]:
        """The lines of the function's body, without its return."""
        opened: dict[int, list[int]] = {}
        for cotangent, at in self.plan.opened.items():
            opened.setdefault(at, []).append(cotangent)
        for number, instr in enumerate(self.program.instructions):
            if number == self.program.n_forward and self.program.gradient is not None:
                self.lines += ["", "# backward"]
            for cotangent in opened.get(number, ()):
                _open(self, cotangent)
            self.texts.append(self.names[number])
            EMIT[type(instr)](self, number, instr, [self.texts[i] for i in instr.inputs])
        return self.lines

    def statements(self, number: int, *lines: str) -> None:
        """Lines that give an array its value; the last gets the shape as a comment."""
        instr, idle = self.program[number], f"{self.names[number]} = {self.names[number]}"
        kept = [line for line in lines if line != idle]  # computed in its place, it has its name
        if not instr.is_number:
            kept[-1] += f"  # {shape_text(instr.shape, instr.batched)}"
        self.lines += kept

    def assign(self, number: int, right: str, *before: str) -> None:
        """The line that gives an array its value, by its right side."""
        self.statements(number, *before, f"{self.names[number]} = {right}")

    def fresh(self) -> str:
        """A name for what a line needs on the way."""
        return self.local.fresh("tmp")

    def constant(self, data: Any, wanted: str) -> str:
        """The name of an array of the program's own."""
        return self.constants.name(data, wanted, self.local)

    def out(self, number: int) -> str:
        """The name of the memory an array is written into, in its shape; "" for a number."""
        instr = self.program[number]
        if instr.is_number:
            return ""
        if number in self.plan.placed:
            cotangent, text = self.plan.placed[number]
            return f"{self.names[cotangent]}{text}"
        if number in self.returned:
            # under a name, because what is written in several steps has to be one array; another
            # name than its own where it is made from one that is called the same
            if number not in self.results:
                same = self.names[number] in [self.names[i] for i in instr.inputs]
                name = self.local.fresh("result") if same else self.names[number]
                shape = shape_text(instr.shape, instr.batched)
                self.lines.append(f"{name} = np.empty({shape}, dtype)")
                self.results[number] = name
            return self.results[number]
        key = (self.plan.of[number], instr.shape)
        if key not in self.memory:
            self.memory[key] = self.local.fresh(f"m{self.plan.of[number]}")
        return self.memory[key]

    def extra(self, number: int) -> str | None:
        """Memory for what the derivative of a reduction needs, under a name of its own."""
        if number not in self.extras:
            return None
        name = self.names[self.extras[number]]
        self.lines.append(f"{name} = {self.out(self.extras[number])}")
        return name

    def one_each(self) -> str:
        """The name of an array that has a one for each example."""
        self.ones = self.ones or self.local.fresh("ones")
        return self.ones


def _flat(text: str, instr: Instruction) -> str:
    """An array, each example's elements in one axis."""
    return text if len(instr.shape) == 1 else f"{text}.reshape({'n, ' * instr.batched}-1)"


# --- leaves ---------------------------------------------------------------------------------------


def _nothing(e: Emitter, number: int, instr: Instruction, read: list[str]) -> None:
    """It has its name; what a reduction keeps is written with the reduction."""


def _constant(e: Emitter, number: int, instr: ir.Constant, read: list[str]) -> None:
    is_array = instr.shape != ()
    e.texts[number] = e.constant(instr.data, "c") if is_array else constant_text(instr.data)


def _seed(e: Emitter, number: int, instr: ir.Seed, read: list[str]) -> None:
    # not 1.0, which is Python's own in either run, and cannot be divided by 0.0
    e.texts[number] = "seed" if instr.batched else "one"


# --- moving numbers -------------------------------------------------------------------------------


def _gather(e: Emitter, number: int, instr: ir.Gather | ir.Reshape, read: list[str]) -> None:
    source, text = e.program[instr.inputs[0]], read[0]
    if instr.is_number:
        _one(e, number, instr, text, int(instr.positions) if isinstance(instr, ir.Gather) else 0)
    elif number in e.plan.views and not source.is_number:
        text += e.plan.views[number]
        short = len(text) <= _LONGEST_VIEW and text.count("[") < 2
        if short and e.uses[number] == 1 and instr.inputs != (0,):  # parameters have their names
            e.texts[number] = text
        else:
            e.assign(number, text)
    elif isinstance(instr, ir.Reshape):  # a list of one number
        e.assign(number, f"np.full({instr.shape}, {text}, dtype)")
    else:
        at = e.constant(instr.positions, "at")
        if instr.batched:
            text = f"{text}[:, None]" if source.shape == () else _flat(text, source)
            at += ", axis=1"
        e.assign(number, f'np.take({text}, {at}, out={e.out(number)}, mode="clip")')


def _one(e: Emitter, number: int, instr: Instruction, source: str, position: int) -> None:
    """One element as a plain number."""
    if e.many_numbers and instr.inputs == (0,):
        if not e.numbers:
            given = e.local.parameter_names if e.few_numbers else [""]
            e.numbers = [e.local.fresh(name or "p") for name in given]
        e.texts[number] = e.numbers[position] if e.few_numbers else f"{e.numbers[0]}[{position}]"
        return
    index = np.unravel_index(position, e.program[instr.inputs[0]].shape)
    text = f"number({source}[{', '.join(map(str, index))}])"
    if e.uses[number] > 1:
        name = e.names[number] or e.constants.parameter(position, e.local)
        e.lines.append(f"{name} = {text}")
        text = name
    e.texts[number] = text


def _concat(e: Emitter, number: int, instr: ir.Concat, read: list[str]) -> None:
    sources = [e.program[i] for i in instr.inputs]
    if number == e.listed:
        e.texts[number] = f"np.array([{', '.join(read)}], dtype)"
        return
    if all(source.is_number for source in sources):
        e.assign(number, f"np.array(({', '.join(read)},), dtype)")
        return
    name, lead, start = e.names[number], ":, " * instr.batched, 0
    lines = [f"{name} = {e.out(number)}"]
    for source, text in zip(sources, read, strict=True):
        alone = source.shape == ()
        at = f"{start}" if alone else f"{start}:{start + source.size}"
        lines.append(f"{name}[{lead}{at}] = {text if alone else _flat(text, source)}")
        start += source.size
    e.statements(number, *lines)


def _broadcast(e: Emitter, number: int, instr: Instruction, read: list[str]) -> None:
    out = e.out(number)
    e.assign(number, out, f"np.copyto({out}, {read[0]})")


# --- cotangents that are sums of contributions ----------------------------------------------------


def _open(e: Emitter, number: int) -> None:
    """Make or clear the memory of a gradient, before its first part is computed."""
    name, cleared = e.names[number], number in e.plan.cleared
    if number != e.program.gradient:
        e.lines.append(f"{name} = {e.out(number)}")
        if cleared:
            e.lines.append(f"{name}.fill(0.0)")
    elif e.listed is None:
        kind = "zeros" if cleared else "empty"
        e.lines.append(f"{name} = np.{kind}({e.program[number].size}, dtype)")


def _scatter_add(e: Emitter, number: int, instr: ir.ScatterAdd, read: list[str]) -> None:
    if number == e.program.gradient and e.listed is not None:
        e.lines.append(f"{e.names[number]} = {read[0]}")
        return
    repeated: list[tuple[Positions, Instruction, str]] = []
    for k, (text, positions) in enumerate(zip(read, instr.positions, strict=True)):
        part, contribution = e.program[instr.inputs[k]], e.plan.contributions[number][k]
        if positions is not None and contribution.mode is Placement.SCATTER:
            repeated.append((positions, part, text))
        elif contribution.mode is not Placement.PLACED:
            if positions is not None and positions.size == 1 and part.shape != ():
                text = f"{text}.reshape({'n' if part.batched else '()'})"
            target = _target(e, number, instr, positions, contribution.text)
            e.lines.append(f"{target} {contribution.mode.value} {text}")
    if repeated and instr.batched:
        for positions, _, text in repeated:
            _scatter_examples(e, number, positions, text)
    elif repeated:
        _scatter(e, number, instr, repeated)


def _target(
    e: Emitter, number: int, instr: Instruction, positions: Positions | None, view: str | None
) -> str:
    """What stands on the left where a contribution is added: a view, an element or a list."""
    name = e.names[number]
    if positions is None or view is not None:
        # a call cannot stand on the left of an assignment
        return f"{name}{view}" if view and view.endswith("]") else f"{name}{view}[...]"
    at = str(int(positions.flat[0])) if positions.size == 1 else e.constant(positions, "at")
    return f"{_flat(name, instr)}[{':, ' * instr.batched}{at}]"


def _scatter(
    e: Emitter, number: int, instr: Instruction, parts: list[tuple[Positions, Instruction, str]]
) -> None:
    """Sums at positions that repeat, all contributions at once."""
    at = e.constant(np.concatenate([positions.ravel() for positions, _, _ in parts]), "at")
    texts = [
        text if part.shape == positions.shape else f"np.broadcast_to({text}, {positions.shape})"
        for positions, part, text in parts
    ]
    call = f"summed_at({at}, ({', '.join(texts)},), {instr.size})"
    if len(instr.shape) != 1:
        call += f".reshape{instr.shape}"
    if number in e.plan.opened:
        e.lines.append(f"{e.names[number]} += {call}")
    else:
        e.assign(number, call)


def _scatter_examples(e: Emitter, number: int, positions: Positions, text: str) -> None:
    order = np.argsort(positions.ravel(), kind="stable")
    at, starts = np.unique(positions.ravel()[order], return_index=True)
    names = ", ".join([e.constant(x, "at") for x in (order, at, starts)])
    full = f"np.broadcast_to({text}, {shape_text(positions.shape, True)})"
    e.lines.append(f"scatter({e.names[number]}, {names}, {full})")


# --- element by element ---------------------------------------------------------------------------


def _elementwise(e: Emitter, number: int, instr: ir.Map | ir.Vjp, read: list[str]) -> None:
    leaves = instr.leaves if isinstance(instr, ir.Vjp) else [f"x{k}" for k in range(len(read))]
    names = dict(zip(leaves, read, strict=True))
    lines, temporaries = _template_of(instr, PYTHON if instr.is_number else NUMPY)
    for leaf, i in zip(leaves, instr.inputs, strict=True):
        if e.program[i].is_number and any(f"{{{leaf}}}.dtype" in line for line in lines):
            names[leaf] = f"dtype({names[leaf]})"  # a float has none
    names |= {"target": e.names[number], "out": e.out(number)}
    names |= {name: e.fresh() for name in temporaries}
    e.statements(number, *[line.format_map(names) for line in lines])


def _in_place(instr: Instruction) -> bool:
    """Whether the result may be written over an operand: if it is the last thing to be done."""
    if not isinstance(instr, (ir.Map, ir.Vjp)) or instr.is_number:
        return False
    return len(_template_of(instr, NUMPY)[0]) == 1


def _template_of(instr: ir.Map | ir.Vjp, language: Language) -> tuple[list[str], list[str]]:
    if isinstance(instr, ir.Map):
        return _template(instr.row, len(instr.inputs), None, language)
    return _template(instr.row, instr.arity, instr.slot, language)


@functools.lru_cache(maxsize=1024)
def _template(
    row: Operation, n: int, slot: int | None, language: Language
) -> tuple[list[str], list[str]]:
    """Lines with names to be filled in, and those of the names that are for what they need."""
    formula = forward(row, n) if slot is None else vjp(row, n, slot)
    assert formula is not None
    temporaries: list[str] = []

    def fresh() -> str:
        temporaries.append(f"t{len(temporaries)}")
        return f"{{{temporaries[-1]}}}"

    names = {leaf: f"{{{leaf}}}" for leaf in formula.leaves}
    assign = assigned_into("{out}") if language is NUMPY else None
    return formula.lines("{target}", names, language, fresh, assign), temporaries


# --- reductions -----------------------------------------------------------------------------------


def _einsum(e: Emitter, number: int, instr: ir.Einsum, read: list[str]) -> None:
    if instr.is_number:
        e.assign(number, f"number(np.dot({read[0]}, {read[1]}))")
        return
    sizes: dict[str, int] = {}
    for labels, i in zip(instr.labels, (*instr.inputs, number), strict=True):
        sizes |= zip(labels.replace("n", ""), e.program[i].shape, strict=True)
    out, whole = e.out(number), number not in e.plan.placed
    call = einsum_call(instr.labels, read[0], read[1], out, sizes, whole=whole)
    if call.endswith(f", out={out})"):
        e.assign(number, call)
    else:  # what it returns has the shape in which it was written
        e.assign(number, out, call)


def _reduce(e: Emitter, number: int, instr: ir.Reduce, read: list[str]) -> None:
    name, extra = e.names[number], e.extra(number)
    lines = axis_lines(instr.row, name, read[0], e.out(number), extra, e.fresh)
    e.statements(number, *lines, *([f"{name} = number({name})"] if instr.is_number else []))


def _reduce_vjp(e: Emitter, number: int, instr: ir.ReduceVjp, read: list[str]) -> None:
    x, extra, out, name = read[2], read[3], e.out(number), e.names[number]
    g, y = (
        f"dtype({read[k]})" if e.program[instr.inputs[k]].is_number else read[k]
        for k in range(2)  # dtype's numbers take [..., None]
    )
    e.statements(number, *axis_vjp_lines(instr.row, name, g, y, x, out, extra, e.fresh))


def _segment_reduce(e: Emitter, number: int, instr: ir.SegmentReduce, read: list[str]) -> None:
    at, name = e.constant(instr.starts, "at"), e.names[number]
    function = "np.maximum" if instr.row is SHIFT else "np.add"
    call = f"{name} = {function}.reduceat({read[0]}, {at}, axis=-1, out={e.out(number)})"
    finite = [f"np.copyto({name}, 0.0, where=~np.isfinite({name}))"]
    e.statements(number, call, *(finite if instr.row is SHIFT else []))


def _reduce_sum(e: Emitter, number: int, instr: ir.ReduceSum, read: list[str]) -> None:
    source = e.program[instr.inputs[0]]
    if instr.is_number and source.shape == ():
        e.assign(number, f"number(np.dot({e.one_each()}, {read[0]}))")
    elif instr.is_number:
        e.assign(number, f"number(np.add.reduce({read[0]}, axis=None))")
    elif instr.over_examples and len(source.shape) == 1 and not instr.axes:
        # NumPy's own sum down the columns takes several times as long
        ones, out = e.one_each(), e.out(number)
        e.assign(number, f"np.{'dot' if is_whole(out) else 'matmul'}({ones}, {read[0]}, out={out})")
    else:
        axes = sorted([*[0] * instr.over_examples, *[axis + source.batched for axis in instr.axes]])
        axis = axes[0] if len(axes) == 1 else tuple(axes)
        e.assign(number, f"np.add.reduce({read[0]}, axis={axis}, out={e.out(number)})")


# --- choices by an index --------------------------------------------------------------------------


def _cross_entropy(e: Emitter, number: int, instr: ir.CrossEntropy, read: list[str]) -> None:
    index, table = (e.program[i] for i in instr.inputs)
    k = table.shape[-1]
    if isinstance(index, ir.Constant) and not instr.batched:
        full = np.broadcast_to(np.asarray(index.data, dtype=np.float64), instr.shape)
        hot = one_hot(full, k)  # type: ignore[no-untyped-call]  # its source is printed
        right = e.constant(hot, "right")
    else:
        text = read[0]
        if index.shape != instr.shape or index.batched != instr.batched:
            text = f"np.broadcast_to({text}, ({lengths(instr.shape, instr.batched)}))"
        right = e.local.fresh("right")
        e.lines.append(f"{right} = one_hot({text}, {k})")
    e.rights[number] = right
    extra = e.extra(number) or f"np.empty_like({read[1]})"
    call = f"cross_entropy({read[1]}, {right}, {extra})"
    e.assign(number, f"number({call})" if instr.is_number else call)


def _cross_entropy_vjp(e: Emitter, number: int, instr: ir.CrossEntropyVjp, read: list[str]) -> None:
    g, _, extra = read
    right = e.rights[e.program[instr.inputs[2]].inputs[0]]
    e.assign(number, f"cross_entropy_pullback({g}, {right}, {extra}, {e.out(number)})")


def _choose(e: Emitter, number: int, instr: ir.Choose, read: list[str]) -> None:
    call = f"picked({read[1]}, {read[0]})"
    if instr.is_number:
        e.assign(number, f"number({call})")
    else:
        _broadcast(e, number, instr, [call])


def _choose_vjp(e: Emitter, number: int, instr: ir.ChooseVjp, read: list[str]) -> None:
    over = e.program[instr.inputs[0]].batched and not instr.batched
    e.assign(number, f"picked_pullback({read[0]}, {read[1]}, {e.out(number)}, {over})")


EMIT: dict[type[Instruction], Callable[[Emitter, int, Any, list[str]], None]] = {
    ir.Theta: _nothing, ir.Argument: _nothing, ir.Constant: _constant, ir.Seed: _seed,
    ir.Gather: _gather, ir.Reshape: _gather, ir.Concat: _concat, ir.Broadcast: _broadcast,
    ir.ScatterAdd: _scatter_add, ir.Map: _elementwise, ir.Vjp: _elementwise, ir.Einsum: _einsum,
    ir.Reduce: _reduce, ir.ReduceExtra: _nothing, ir.ReduceVjp: _reduce_vjp,
    ir.SegmentReduce: _segment_reduce, ir.ReduceSum: _reduce_sum,
    ir.CrossEntropy: _cross_entropy, ir.CrossEntropyVjp: _cross_entropy_vjp,
    ir.Choose: _choose, ir.ChooseVjp: _choose_vjp,
}  # fmt: skip
