"""A program as the lines of a function of NumPy calls.

One instruction is one line, or a few; views have names and no work. The lines read from top to
bottom as the forward and the backward pass, each with the shape of what it computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.buffers import Plan, is_number, plan_buffers, view_text
from autograd.compiler.contraction import contraction
from autograd.compiler.dialects import ARRAY, SCALAR
from autograd.compiler.formulas import forward, pullback
from autograd.compiler.naming import Names
from autograd.compiler.program import LEAF_KINDS, Instruction, Program, Shape
from autograd.compiler.reductions import axis_lines, axis_pullback_lines

_FEW_NUMBERS = 12


class Writer:
    """Writes the body of one function, and gathers the constants and the memory that it needs."""

    def __init__(self, program: Program, names: Names, kept: set[int]) -> None:
        self.program, self.names, self.kept = program, names, kept
        self.plan: Plan = plan_buffers(program, kept, self._in_place)
        self.texts: dict[int, str] = {}
        self.lines: list[str] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.memory: dict[tuple[int, Shape], str] = {}
        self.fresh_arrays: set[int] = set()  # those of the results that have been made
        self.rights: dict[int, str] = {}
        self.ones = ""  # the name of a one for each example, if they are asked for
        self.numbers = ""  # the name of theta as a list of numbers, if one is asked for
        alone = sum(
            made.kind == "take" and is_number(made) and program[made.inputs[0]].kind == "theta"
            for made in program.instructions
        )
        # a list of all numbers costs as much as asking for a quarter of them one by one
        self.many_numbers = 4 * alone > program[0].size
        self.uses = [0] * len(program.instructions)
        for made in program.instructions:
            for i in made.inputs:
                self.uses[i] += 1
        for i in program.outputs:
            self.uses[i] += 2

    def fresh(self) -> str:
        return self.names.fresh("t")

    def write(self) -> list[str]:
        """The lines of the function's body, without its return."""
        opened: dict[int, list[int]] = {}
        for number, at in self.plan.opened.items():
            opened.setdefault(at, []).append(number)
        for number, made in enumerate(self.program.instructions):
            if number == self.program.n_forward and self.program.gradient is not None:
                self.lines += ["", "# backward"]
            for collected in opened.get(number, []):
                self._open(collected)
            if made.kind in LEAF_KINDS:
                self._leaf(number, made)
            elif made.kind == "reduce_extra":
                pass  # written with the reduction that it belongs to
            else:
                self._instruction(number, made)
        return self.lines

    # --- names and memory ------------------------------------------------------------------------

    def _leaf(self, number: int, made: Instruction) -> None:
        if made.kind == "constant":
            self.texts[number] = (
                _number(made.data) if made.shape == () else self._constant(made.data, made.name)
            )
        elif made.kind == "seed":
            self.texts[number] = "seed" if made.batched else "1.0"
        else:
            self.texts[number] = made.name

    def _constant(self, data: NDArray[Any], name: str) -> str:
        for known, other in self.constants.items():
            if other.shape == data.shape and other.dtype == data.dtype and (other is data):
                return known
        self.constants[name] = data
        return name

    def _positions(self, positions: NDArray[np.int64]) -> str:
        for known, other in self.constants.items():
            if other.shape == positions.shape and other.dtype.kind == "i":
                if (other == positions).all():
                    return known
        name = self.names.fresh("at")
        self.constants[name] = positions
        return name

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
            # by its name, because what is written in several steps has to be one array
            if number not in self.fresh_arrays:
                self.fresh_arrays.add(number)
                self.lines.append(f"{made.name} = np.empty({shape}, dtype)")
            return made.name
        key = (self.plan.of[number], made.shape)
        if key not in self.memory:
            self.memory[key] = self.names.fresh(f"m{self.plan.of[number]}")
        return self.memory[key]

    def _open(self, number: int) -> None:
        """Make or clear the memory of a gradient, before its first part is computed."""
        made = self.program[number]
        if number == self.program.gradient:
            clear = number in self.plan.cleared
            self.lines.append(f"{made.name} = np.{'zeros' if clear else 'empty'}_like(theta)")
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

    # --- instructions ----------------------------------------------------------------------------

    def _instruction(self, number: int, made: Instruction) -> None:
        read = [self.texts[i] for i in made.inputs]
        getattr(self, f"_{made.kind}")(number, made, read)

    def _reshape(self, number: int, made: Instruction, read: list[str]) -> None:
        if is_number(made):
            self._one(number, made, read[0], 0)
            return
        self._view(number, made, read[0] + (view_text(self.program, made) or ""))

    def _view(self, number: int, made: Instruction, text: str) -> None:
        own = self.program[made.inputs[0]].kind == "theta"  # parameters always have their names
        if self.uses[number] == 1 and not own and len(text) < 30 and text.count("[") < 2:
            self.texts[number] = text
        else:
            self._assign(number, [f"{made.name} = {text}"])

    def _take(self, number: int, made: Instruction, read: list[str]) -> None:
        source = self.program[made.inputs[0]]
        assert made.positions is not None
        if is_number(made):
            self._one(number, made, read[0], int(made.positions))
            return
        text = view_text(self.program, made)
        if text is not None:
            self._view(number, made, read[0] + text)
            return
        at = self._positions(made.positions)
        if made.batched:
            flat = read[0] if len(source.shape) == 1 else f"{read[0]}.reshape(n, -1)"
            if source.shape == ():
                flat = f"{read[0]}[:, None]"
            call = f"np.take({flat}, {at}, axis=1, out={self._out(number)}, mode=\"clip\")"
        else:
            call = f"np.take({read[0]}, {at}, out={self._out(number)}, mode=\"clip\")"
        self._assign(number, [f"{made.name} = {call}"])

    def _one(self, number: int, made: Instruction, read: str, position: int) -> None:
        """One element as a plain number."""
        text = self._element(self.program[made.inputs[0]], read, position)
        if text.startswith("number(") and self.uses[number] > 1:
            self._assign(number, [f"{made.name} = {text}"])
        else:
            self.texts[number] = text

    def _element(self, source: Instruction, text: str, position: int) -> str:
        if is_number(source):
            return text
        if source.kind == "theta":
            return self.number_of_theta(position)
        places = ", ".join(map(str, np.unravel_index(position, source.shape)))
        return f"number({text}[{places}])"

    def number_of_theta(self, position: int) -> str:
        """One parameter as a plain number."""
        if not self.many_numbers:
            return f"number(theta[{position}])"
        if not self.numbers:
            self.numbers = self.names.fresh("p")
        return f"{self.numbers}[{position}]"

    def _map(self, number: int, made: Instruction, read: list[str]) -> None:
        assert made.row is not None
        formula = forward(made.row, len(read))
        names = {f"x{k}": text for k, text in enumerate(read)}
        self._formula(number, made, formula, names)

    def _pull(self, number: int, made: Instruction, read: list[str]) -> None:
        formula = _pullback(self.program, made)
        self._formula(number, made, formula, dict(zip(made.leaves, read, strict=True)))

    def _formula(self, number: int, made: Instruction, formula: Any, names: dict[str, str]) -> None:
        dialect = SCALAR if is_number(made) else ARRAY
        out = self._out(number)
        self._assign(number, formula.lines(made.name, names, dialect, out, self.fresh))

    def _in_place(self, made: Instruction) -> bool:
        """Whether the result may be written over an operand: if it is the last thing to be done."""
        if made.kind not in ("map", "pull") or is_number(made):
            return False
        if made.kind == "map":
            assert made.row is not None
            formula: Any = forward(made.row, len(made.inputs))
        else:
            formula = _pullback(self.program, made)
        names = {leaf: leaf for leaf in formula.leaves}
        return len(formula.lines("a", names, ARRAY, "b", lambda: "t")) == 1

    def _einsum(self, number: int, made: Instruction, read: list[str]) -> None:
        sizes: dict[str, int] = {}
        for labels, array in zip(made.labels, [*map(self.program.__getitem__, made.inputs), made],
                                 strict=True):  # fmt: skip
            sizes |= dict(zip(labels.replace("n", ""), array.shape, strict=True))
        if is_number(made):
            self._assign(number, [f"{made.name} = number(np.dot({read[0]}, {read[1]}))"])
            return
        call = contraction(made.labels, read[0], read[1], self._out(number) or "", sizes)
        self._assign(number, [f"{made.name} = {call}"])

    def _reduce(self, number: int, made: Instruction, read: list[str]) -> None:
        assert made.row is not None
        extra = self._extra(number)
        out = self._out(number)
        lines = axis_lines(made.row.name, made.name, read[0], out, extra, self.fresh)
        if is_number(made):
            lines = [*lines, f"{made.name} = number({made.name})"]
        self._assign(number, lines)

    def _extra(self, number: int) -> str | None:
        """Memory for what the derivative of a reduction needs, under a name of its own."""
        for later in range(self.program.n_forward, len(self.program.instructions)):
            made = self.program[later]
            if made.kind == "reduce_extra" and made.inputs == (number,):
                self.lines.append(f"{made.name} = {self._memory(later)}")
                self.texts[later] = made.name
                return made.name
        return None

    def _reduce_pull(self, number: int, made: Instruction, read: list[str]) -> None:
        assert made.row is not None
        g, y = (
            f"dtype({text})" if is_number(self.program[i]) else text  # that takes [..., None]
            for i, text in zip(made.inputs, read[:2], strict=False)
        )
        x, extra = read[2:]
        out = self._out(number)
        self._assign(
            number,
            axis_pullback_lines(made.row.name, made.name, g, y, x, out, extra, self.fresh),
        )

    def _segments(self, number: int, made: Instruction, read: list[str]) -> None:
        assert made.positions is not None and made.row is not None
        at = self._positions(made.positions)
        function = "np.maximum" if made.row.name == "shift" else "np.add"
        call = f"{function}.reduceat({read[0]}, {at}, axis=-1, out={self._out(number)})"
        lines = [f"{made.name} = {call}"]
        if made.row.name == "shift":
            lines.append(f"np.copyto({made.name}, 0.0, where=~np.isfinite({made.name}))")
        self._assign(number, lines)

    def _total(self, number: int, made: Instruction, read: list[str]) -> None:
        source = self.program[made.inputs[0]]
        lead = 1 if source.batched else 0
        axes = [axis + lead for axis in made.axes] + [0] * made.over_examples
        axis = str(axes[0]) if len(axes) == 1 else str(tuple(sorted(axes)))
        if is_number(made):
            self._assign(number, [f"{made.name} = number(np.add.reduce({read[0]}, axis=None))"])
            return
        if made.over_examples and len(source.shape) == 1 and not made.axes:
            # NumPy's own sum down the columns takes several times as long
            self.ones = self.ones or self.names.fresh("ones")
            call = f"np.matmul({self.ones}, {read[0]}, out={self._out(number)})"
        else:
            call = f"np.add.reduce({read[0]}, axis={axis}, out={self._out(number)})"
        self._assign(number, [f"{made.name} = {call}"])

    def _cross_entropy(self, number: int, made: Instruction, read: list[str]) -> None:
        right = self._right(made, read)
        self.rights[number] = right
        extra = self._extra(number) or f"np.empty_like({read[1]})"
        call = f"cross_entropy({read[1]}, {right}, {extra})"
        if is_number(made):
            call = f"number({call})"
        self._assign(number, [f"{made.name} = {call}"])

    def _right(self, made: Instruction, read: list[str]) -> str:
        """The name of the one-hot array of an index."""
        index, table = (self.program[i] for i in made.inputs)
        k = table.shape[-1]
        if index.kind == "constant" and not made.batched:
            full = np.broadcast_to(np.asarray(index.data, dtype=np.float64), made.shape)
            name = self.names.fresh("right")
            self.constants[name] = full[..., None] == np.arange(k)
            return name
        text = read[0]
        if index.shape != made.shape or index.batched != made.batched:
            lead = "n, " if made.batched else ""
            text = f"np.broadcast_to({text}, ({lead}{', '.join(map(str, made.shape))}))"
        name = self.names.fresh("right")
        self.lines.append(f"{name} = one_hot({text}, {k})")
        return name

    def _cross_entropy_pull(self, number: int, made: Instruction, read: list[str]) -> None:
        g, _, extra = read
        right = self.rights[made.slot]
        call = f"cross_entropy_pullback({g}, {right}, {extra}, {self._out(number)})"
        self._assign(number, [f"{made.name} = {call}"])

    def _choose(self, number: int, made: Instruction, read: list[str]) -> None:
        call = f"picked({read[1]}, {read[0]})"
        if is_number(made):
            self._assign(number, [f"{made.name} = number({call})"])
        else:
            out = self._out(number)
            self._assign(number, [f"np.copyto({out}, {call})", f"{made.name} = {out}"])

    def _choose_pull(self, number: int, made: Instruction, read: list[str]) -> None:
        over = self.program[made.inputs[0]].batched and not made.batched
        call = f"picked_pullback({read[0]}, {read[1]}, {self._out(number)}, {over})"
        self._assign(number, [f"{made.name} = {call}"])

    def _spread(self, number: int, made: Instruction, read: list[str]) -> None:
        if is_number(made):
            self.texts[number] = read[0]
            return
        out = self._out(number)
        self._assign(number, [f"np.copyto({out}, {read[0]})", f"{made.name} = {out}"])

    def _join(self, number: int, made: Instruction, read: list[str]) -> None:
        sources = [self.program[i] for i in made.inputs]
        if all(is_number(source) for source in sources):
            self._assign(number, [f"{made.name} = np.array(({', '.join(read)},), dtype)"])
            return
        out = self._out(number)
        lines = [f"{made.name} = {out}"] if out != made.name else []
        start = 0
        for source, text in zip(sources, read, strict=True):
            stop = start + source.size
            lead = ":, " if made.batched else ""
            if source.shape == ():
                lines.append(f"{made.name}[{lead}{start}] = {text}")
            else:
                flat = text if len(source.shape) == 1 else (
                    f"{text}.reshape({'n, ' if source.batched else ''}-1)"
                )
                lines.append(f"{made.name}[{lead}{start}:{stop}] = {flat}")
            start = stop
        self._assign(number, lines)

    def _collect(self, number: int, made: Instruction, read: list[str]) -> None:
        self.texts[number] = name = made.name
        if is_number(made):
            self._assign(number, [f"{name} = {' + '.join(read) or '0.0'}"])
            return
        scattered: list[int] = []
        for k, (text, places, arrival) in enumerate(
            zip(read, made.places, self.plan.arrivals[number], strict=True)
        ):
            if arrival.mode == "scatter":
                scattered.append(k)
            elif arrival.mode != "placed":
                sign = "=" if arrival.mode == "set" else "+="
                self.lines.append(f"{self._target(made, places, arrival.text)} {sign} {text}")
        if scattered and made.batched:
            for k in scattered:
                self._scatter_examples(made, made.places[k], read[k])
        elif scattered:
            self._scatter(number, made, scattered, read)

    def _scatter(
        self, number: int, made: Instruction, which: list[int], read: list[str]
    ) -> None:
        """Sums at positions that repeat, all contributions at once."""
        flat = [made.places[k] for k in which]
        at = self._positions(np.concatenate([p.ravel() for p in flat if p is not None]))
        parts = []
        for k in which:
            places = made.places[k]
            source = self.program[made.inputs[k]]
            thin = places is not None and source.shape != places.shape
            shape = "" if places is None else str(tuple(places.shape))
            parts.append(f"np.broadcast_to({read[k]}, {shape})" if thin else read[k])
        call = f"summed_at({at}, ({', '.join(parts)},), {made.size})"
        if len(made.shape) != 1:
            call += f".reshape{tuple(made.shape)}"
        if number in self.plan.opened:
            self.lines.append(f"{made.name} += {call}")
        else:
            self._assign(number, [f"{made.name} = {call}"])

    def _scatter_examples(
        self, made: Instruction, places: NDArray[np.int64] | None, text: str
    ) -> None:
        assert places is not None
        order = np.argsort(places.ravel(), kind="stable")
        at, starts = np.unique(places.ravel()[order], return_index=True)
        names = ", ".join(self._positions(x) for x in (order, at, starts))
        full = f"np.broadcast_to({text}, (n, {', '.join(map(str, places.shape))}))"
        self.lines.append(f"scatter({made.name}, {names}, {full})")

    def _target(self, made: Instruction, places: NDArray[np.int64] | None, text: str | None) -> str:
        if text is not None:
            # a call cannot stand on the left of an assignment
            return f"{made.name}{text}[...]" if text[-1:] != "]" else f"{made.name}{text}"
        assert places is not None
        lead = ":, " if made.batched else ""
        flat = made.name if len(made.shape) == 1 else (
            f"{made.name}.reshape({'n, ' if made.batched else ''}-1)"
        )
        if places.size == 1:
            place = str(int(places.flat[0]))
            extra = "" if places.ndim == 0 else f":{int(places.flat[0]) + 1}"
            return f"{flat}[{lead}{place}{extra}]"
        return f"{flat}[{lead}{self._positions(places)}]"


def _pullback(program: Program, made: Instruction) -> Any:
    assert made.row is not None
    return pullback(made.row, made.arity, made.slot)


def _number(x: float) -> str:
    return repr(float(x)) if math.isfinite(x) else f"np.{float(x)!r}"


def _shape(made: Instruction) -> str:
    lengths = [*(["n"] if made.batched else []), *map(str, made.shape)]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"


FreshName = Callable[[], str]
