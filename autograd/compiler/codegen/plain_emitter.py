"""The plain form: a program in NumPy without buffers and ``out=``, to be read.

Each instruction is an expression with a name. The numbers are those of the program that runs, but
for the last digits.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiler.codegen import plain_runtime
from autograd.compiler.codegen.module import DOCSTRINGS, definition
from autograd.compiler.codegen.names import Constants, Names, name_arrays
from autograd.compiler.codegen.prelude import constant_text, prelude
from autograd.compiler.expressions.expression import Where, in_order, without_either
from autograd.compiler.expressions.numpy_language import NUMPY
from autograd.compiler.expressions.row_expression import RowExpression, forward, vjp
from autograd.compiler.ir import instructions as ir

from autograd.compiler.ir.instructions import (  # isort: skip
    Instruction, Positions, Shape, broadcast_shapes, shape_text,
)  # fmt: skip
from autograd.compiler.ir.program import Program
from autograd.compiler.ir.strided_views import view
from autograd.compiler.passes.array_passes import forward_only
from autograd.core.operation import SHIFT, Operation
from autograd.core.table import TABLE

_FEW = 8  # positions that are written out where they are used
_RUNTIME = {name: f for name, f in vars(plain_runtime).items() if inspect.isfunction(f)}


def plain_text(program: Program, parameter_names: Sequence[str], dtype: str) -> str:
    """The module of a program: ``values``, and ``value_and_grad`` if it has a gradient."""
    names = Names(parameter_names)
    names.used |= _RUNTIME.keys()
    program = name_arrays(program, names)
    constants = Constants(names)
    programs = {"values": forward_only(program)}
    if program.gradient is not None:
        programs["value_and_grad"] = program
    bodies = [_Plain(p, constants).function(name) for name, p in programs.items()]
    body = "\n\n".join(bodies)
    used = set(re.findall(r"\w+", body))
    runtime = [inspect.getsource(f) for name, f in _RUNTIME.items() if name in used]
    arrays = [f"{name} = {constant_text(data)}\n" for name, data in constants.arrays.items()]
    head = [prelude(body), *runtime, f"dtype = np.{dtype}\n", *arrays]
    return "\n".join([*head, body])


class _Plain:
    """One function as it is written."""

    def __init__(self, program: Program, constants: Constants) -> None:
        self.program, self.constants = program, constants
        self.names = constants.names.copy()
        self.texts: dict[int, str] = {}  # how each array is read
        self.lines: list[str] = []
        self.given: dict[int, str] = {}  # names of parameters alone
        self.right: dict[int, str] = {}  # of a cross-entropy: its one-hot array
        # of a reduction: what it keeps for its derivative
        extras = [
            (i, e) for i, e in enumerate(program.instructions) if isinstance(e, ir.ReduceExtra)
        ]
        self.extras = {extra.inputs[0]: number for number, extra in extras}

    def function(self, name: str) -> str:
        """The text of a function."""
        program = self.program
        arguments = []
        for number, instr in enumerate(program.instructions):
            if isinstance(instr, ir.Argument):
                arguments.append(program.names[number])
            if number == program.n_forward and program.gradient is not None:
                self.lines += ["", "# backward"]
            read = [self.texts[i] for i in instr.inputs]
            found = PLAIN[type(instr)](self, number, instr, read)
            if found is not None:
                self.assign(number, [f"{self.name(number)} = {found}"])
        result, *aux = [self.texts[number] for number in program.outputs]
        returned = [result, *aux]
        if program.gradient is not None:
            whole = f"{result}.mean()" if program[program.outputs[0]].batched else result
            returned = [f"float({whole})", self.texts[program.gradient], *aux]
        start = [f"n = len({arguments[0]})"] if arguments else []
        body = [DOCSTRINGS[name], *start, *self.lines, f"return {', '.join(returned)}"]
        return definition(f"{name}({', '.join(['theta', *arguments])})", body)

    def name(self, number: int) -> str:
        """The name of an array, which a parameter alone gets here."""
        instr, name = self.program[number], self.program.names[number]
        if not name and number not in self.given:
            place = int(instr.positions) if isinstance(instr, ir.Gather) else 0
            self.given[number] = self.constants.parameter(place, self.names)
        return name or self.given[number]

    def assign(self, number: int, lines: list[str]) -> None:
        """Lines, the last of which completes an array, under its name."""
        instr = self.program[number]
        self.texts[number] = self.name(number)
        shape = "" if instr.is_number else f"  # {_shape(instr)}"
        self.lines += [*lines[:-1], f"{lines[-1]}{shape}"]

    def fresh(self) -> str:
        """A name for what a line needs on the way."""
        return self.names.fresh("tmp")

    def full(self, number: int, shape: Shape, batched: bool) -> str:
        """An array's text, repeated to a shape if it has another one."""
        instr, text = self.program[number], self.texts[number]
        if instr.shape == shape and instr.batched == batched:
            return text
        if instr.is_number:
            return f"np.full({shape_text(shape, batched)}, {text}, dtype)"
        return f"np.broadcast_to({text}, {shape_text(shape, batched)})"

    def at(self, positions: Positions) -> str:
        """The text of some positions."""
        if positions.size <= _FEW:
            return str(positions.tolist())
        return self.constants.name(positions, "at", self.names)


def _shape(instr: Instruction) -> str:
    return shape_text(instr.shape, instr.batched)


def _flat(text: str, n_axes: int, batched: bool) -> str:
    """The text of an array with its features, so many axes of them, as one."""
    if n_axes == 1:
        return text
    if not batched:
        return f"np.ravel({text})"
    return f"{text}[:, None]" if n_axes == 0 else f"{text}.reshape(n, -1)"


# --- leaves and moving numbers --------------------------------------------------------------------


def _named(p: _Plain, number: int, instr: ir.Theta | ir.Argument, read: list[str]) -> None:
    p.texts[number] = p.program.names[number]


def _constant(p: _Plain, number: int, instr: ir.Constant, read: list[str]) -> None:
    is_array = instr.shape != ()
    text = p.constants.name(instr.data, "c", p.names) if is_array else constant_text(instr.data)
    p.texts[number] = text


def _seed(p: _Plain, number: int, instr: ir.Seed, read: list[str]) -> str:
    return "np.full(n, 1.0 / n, dtype)" if instr.batched else "dtype(1.0)"


def _gather(p: _Plain, number: int, instr: ir.Gather, read: list[str]) -> str:
    source = p.program[instr.inputs[0]]
    if source.is_number:
        return p.full(instr.inputs[0], instr.shape, instr.batched)
    text = view(instr.positions, source.shape, instr.batched)
    if text is not None:
        return f"{read[0]}{text}"
    lead = ":, " if instr.batched else ""
    flat = _flat(read[0], len(source.shape), instr.batched)
    return f"{flat}[{lead}{p.at(instr.positions)}]"


def _reshape(p: _Plain, number: int, instr: ir.Reshape, read: list[str]) -> str:
    if instr.is_number:
        return f"{read[0]}[{', '.join('0' * len(p.program[instr.inputs[0]].shape))}]"
    return f"np.reshape({read[0]}, {_shape(instr)})"


def _concat(p: _Plain, number: int, instr: ir.Concat, read: list[str]) -> str:
    sources = [p.program[i] for i in instr.inputs]
    if all(source.is_number for source in sources):
        return f"np.array([{', '.join(read)}], dtype)"
    flat = [_flat(t, len(s.shape), s.batched) for t, s in zip(read, sources, strict=True)]
    parts = [
        text if source.batched == instr.batched else f"np.broadcast_to({text}, (n, {source.size}))"
        for source, text in zip(sources, flat, strict=True)
    ]
    return f"np.concatenate([{', '.join(parts)}]{', axis=1' if instr.batched else ''})"


def _broadcast(p: _Plain, number: int, instr: ir.Broadcast, read: list[str]) -> str:
    return p.full(instr.inputs[0], instr.shape, instr.batched)


def _scatter_add(p: _Plain, number: int, instr: ir.ScatterAdd, read: list[str]) -> str | None:
    everywhere = np.arange(instr.size).reshape(instr.shape)
    parts = [
        (everywhere if positions is None else positions, i)
        for i, positions in zip(instr.inputs, instr.positions, strict=True)
    ]
    parts.sort(key=lambda part: int(part[0].flat[0]))
    texts = [p.full(i, positions.shape, instr.batched) for positions, i in parts]
    if not parts:
        return f"np.zeros({_shape(instr)}, dtype)"
    if all(positions is everywhere for positions, _ in parts):
        return " + ".join(texts)
    every = np.concatenate([positions.ravel() for positions, _ in parts])
    if len(instr.shape) == 1 and np.array_equal(every, everywhere):
        flat = [_flat(t, q.ndim, instr.batched) for t, (q, _) in zip(texts, parts, strict=True)]
        axis = ", axis=1" if instr.batched else ""
        return flat[0] if len(flat) == 1 else f"np.concatenate([{', '.join(flat)}]{axis})"
    name = p.name(number)
    lines = [f"{name} = np.zeros({_shape(instr)}, dtype)"]
    for (positions, _), text in zip(parts, texts, strict=True):
        lines.append(_added(p, instr, name, positions, text))
    p.assign(number, lines)
    return None


def _added(p: _Plain, instr: ir.ScatterAdd, name: str, positions: Positions, text: str) -> str:
    """The line that adds an array at its positions."""
    alone = positions.size == 1 and positions.ndim > 0
    where = None if alone else view(positions, instr.shape, instr.batched)
    if where is not None:
        return f"{name}{where if where.endswith(']') else where + '[...]'} += {text}"
    lead = ":, " if instr.batched else ""
    flat = name if len(instr.shape) == 1 else f"{name}.reshape({'n, ' * instr.batched}-1)"
    if alone:  # an index gives a number, and no view to add to
        place = int(positions.flat[0])
        part = _flat(text, positions.ndim, instr.batched)
        return f"{flat}[{lead}{place}:{place + 1}] += {part}"
    if len(np.unique(positions)) == positions.size:
        return f"{flat}[{lead}{p.at(positions)}] += {text}"
    at = f"np.s_[:, {p.at(positions)}]" if instr.batched else p.at(positions)
    return f"np.add.at({flat}, {at}, {text})"


# --- element by element ---------------------------------------------------------------------------


def _formula(
    p: _Plain, number: int, row: Operation, n: int, slot: int | None, leaves: Sequence[str]
) -> None:
    expression, instr, name = _expression(row, n, slot), p.program[number], p.name(number)
    read = dict(zip(leaves, instr.inputs, strict=True))
    texts = {leaf: p.texts[i] for leaf, i in read.items()}
    if any(isinstance(x, Where) for x in in_order(without_either(expression.root, True))):
        # which asks for the dtype of an operand, and a float has none
        numbers = [leaf for leaf, i in read.items() if p.program[i].is_number]
        texts |= {leaf: f"dtype({texts[leaf]})" for leaf in numbers}
    lines = expression.lines(name, texts, NUMPY, p.fresh)
    used = [p.program[read[leaf]] for leaf in expression.leaves]
    whole = broadcast_shapes([i.shape for i in used]) == instr.shape
    if not used and not instr.is_number:  # of x**0, which is 1.0
        lines.append(f"{name} = np.full({_shape(instr)}, {name}, dtype)")
    elif not whole or any(i.batched for i in used) != instr.batched:
        lines.append(f"{name} = np.broadcast_to({name}, {_shape(instr)})")
    p.assign(number, lines)


@functools.lru_cache(maxsize=1024)
def _expression(row: Operation, n: int, slot: int | None) -> RowExpression:
    expression = forward(row, n) if slot is None else vjp(row, n, slot)
    assert expression is not None
    return expression


def _map(p: _Plain, number: int, instr: ir.Map, read: list[str]) -> None:
    n = len(read)
    _formula(p, number, instr.row, n, None, [f"x{k}" for k in range(n)])


def _vjp(p: _Plain, number: int, instr: ir.Vjp, read: list[str]) -> None:
    _formula(p, number, instr.row, instr.arity, instr.slot, instr.leaves)


# --- reductions -----------------------------------------------------------------------------------


def _einsum(p: _Plain, number: int, instr: ir.Einsum, read: list[str]) -> str:
    a, b, c = instr.labels
    summed = "".join(x for x in a if x in b and x not in c)
    sides = [(a, read[0]), (b, read[1])]
    found = []
    for (one, left), (other, right) in (sides, sides[::-1]):
        rows, columns = one.replace(summed, ""), other.replace(summed, "")
        if rows + columns == c and len(rows) < 2 and len(columns) < 2:
            if len(summed) == 1:
                turned = left if one == rows + summed else f"{left}.T"
                found.append(f"{turned} @ {right if other == summed + columns else f'{right}.T'}")
            if not summed and rows and columns:
                found.append(f"np.outer({left}, {right})")
    found.append(f'np.einsum("{a},{b}->{c}", {read[0]}, {read[1]})')
    return min(found[:-1] or found, key=lambda text: text.count(".T"))


def _reduce(p: _Plain, number: int, instr: ir.Reduce, read: list[str]) -> str | None:
    if instr.row is TABLE["logsumexp"]:
        return _with_extra(p, number, f"logsumexp, {read[0]}")
    return _REDUCE[instr.row].format(x=read[0])


def _cross_entropy(p: _Plain, number: int, instr: ir.CrossEntropy, read: list[str]) -> str | None:
    index = p.full(instr.inputs[0], instr.shape, instr.batched)
    p.right[number] = p.names.fresh("right")
    k = p.program[instr.inputs[1]].shape[-1]
    p.lines.append(f"{p.right[number]} = one_hot({index}, {k})")
    return _with_extra(p, number, f"cross_entropy, {read[1]}, {p.right[number]}")


def _with_extra(p: _Plain, number: int, call: str) -> str | None:
    """A reduction, and what it keeps for its derivative if there is a backward pass."""
    call = f"with_exponentials({call})"
    if number not in p.extras:
        return f"{call}[0]"
    extra = p.texts[p.extras[number]] = p.name(p.extras[number])
    p.lines.append(f"{p.name(number)}, {extra} = {call}")
    p.texts[number] = p.name(number)
    return None


def _extra(p: _Plain, number: int, instr: ir.ReduceExtra, read: list[str]) -> None:
    p.texts.setdefault(number, "None")  # of a reduction that keeps nothing


def _reduce_vjp(p: _Plain, number: int, instr: ir.ReduceVjp, read: list[str]) -> str:
    g, y, x, e = read
    return _REDUCE_VJP[instr.row].format(g=f"np.expand_dims({g}, -1)", y=y, x=x, e=e)


def _cross_entropy_vjp(p: _Plain, number: int, instr: ir.CrossEntropyVjp, read: list[str]) -> str:
    right = p.right[p.program[instr.inputs[2]].inputs[0]]
    g = p.fresh()
    p.lines.append(f"{g} = np.expand_dims({read[0]}, -1)")
    return f"{g} * {_SOFTMAX.format(e=read[2])} - np.where({right}, {g}, 0.0)"


_REDUCE: dict[Operation, str] = {
    TABLE["sum"]: "{x}.sum(axis=-1)",
    TABLE["prod"]: "{x}.prod(axis=-1)",
    TABLE["hypot"]: "np.hypot.reduce({x}, axis=-1)",
    SHIFT: "finite({x}.max(axis=-1))",
}
_SOFTMAX = "({e} / {e}.sum(axis=-1, keepdims=True))"
_REDUCE_VJP: dict[Operation, str] = {
    TABLE["prod"]: "{g} * products_of_others({x})",
    TABLE["hypot"]: "{g} * shares_of_length({x}, {y})",
    TABLE["logsumexp"]: "{g} * " + _SOFTMAX,
}


def _segment_reduce(p: _Plain, number: int, instr: ir.SegmentReduce, read: list[str]) -> str:
    at = p.at(instr.starts)
    if instr.row is SHIFT:
        return f"finite(np.maximum.reduceat({read[0]}, {at}, axis=-1))"
    return f"np.add.reduceat({read[0]}, {at}, axis=-1)"


def _reduce_sum(p: _Plain, number: int, instr: ir.ReduceSum, read: list[str]) -> str:
    lead = int(p.program[instr.inputs[0]].batched)
    axes = sorted([axis + lead for axis in instr.axes] + [0] * instr.over_examples)
    return f"{read[0]}.sum(axis={axes[0] if len(axes) == 1 else tuple(axes)})"


def _choose(p: _Plain, number: int, instr: ir.Choose, read: list[str]) -> str:
    return f"picked({read[1]}, {read[0]})"


def _choose_vjp(p: _Plain, number: int, instr: ir.ChooseVjp, read: list[str]) -> str:
    over = p.program[instr.inputs[0]].batched and not instr.batched
    return f"picked_pullback({read[0]}, {read[1]}, np.zeros({_shape(instr)}, dtype), {over})"


PLAIN: dict[type[Instruction], Callable[[_Plain, int, Any, list[str]], str | None]] = {
    ir.Theta: _named, ir.Argument: _named, ir.Constant: _constant, ir.Seed: _seed,
    ir.Gather: _gather, ir.Reshape: _reshape, ir.Concat: _concat, ir.Broadcast: _broadcast,
    ir.ScatterAdd: _scatter_add, ir.Map: _map, ir.Vjp: _vjp, ir.Einsum: _einsum,
    ir.Reduce: _reduce, ir.ReduceExtra: _extra, ir.ReduceVjp: _reduce_vjp,
    ir.SegmentReduce: _segment_reduce, ir.ReduceSum: _reduce_sum,
    ir.CrossEntropy: _cross_entropy, ir.CrossEntropyVjp: _cross_entropy_vjp,
    ir.Choose: _choose, ir.ChooseVjp: _choose_vjp,
}  # fmt: skip
