"""The emitter: a program as the lines of a function of NumPy calls.

One instruction is one line, or a few; views have names and no work. The lines read from top to
bottom as the forward and the backward pass, each with the shape of what it computes.
"""

from __future__ import annotations

import numpy as np

from autograd.compiler.codegen.data_movement import DataMovement
from autograd.compiler.codegen.einsum import einsum_call, is_whole
from autograd.compiler.codegen.memory import is_number
from autograd.compiler.codegen.reductions import axis_lines, axis_vjp_lines
from autograd.compiler.codegen.runtime import one_hot
from autograd.compiler.expressions.printers import ARRAY, SCALAR
from autograd.compiler.ir.program import LEAF_KINDS, Instruction


class Emitter(DataMovement):
    """Writes the body of one function."""

    def write(self) -> list[str]:
        """The lines of the function's body, without its return."""
        opened: dict[int, list[int]] = {}
        for number, at in self.plan.opened.items():
            opened.setdefault(at, []).append(number)
        for number, instr in enumerate(self.program.instructions):
            if number == self.program.n_forward and self.program.gradient is not None:
                self.lines += ["", "# backward"]
            for cotangent in opened.get(number, []):
                self._open(cotangent)
            if instr.kind in LEAF_KINDS:
                self._leaf(number, instr)
            elif instr.kind == "reduce_extra":
                pass  # written with the reduction that it belongs to
            else:
                self._instruction(number, instr)
        return self.lines

    def _instruction(self, number: int, instr: Instruction) -> None:
        read = [self.texts[i] for i in instr.inputs]
        getattr(self, f"_{instr.kind}")(number, instr, read)

    def _map(self, number: int, instr: Instruction, read: list[str]) -> None:
        self._formula(number, instr, {f"x{k}": text for k, text in enumerate(read)})

    def _vjp(self, number: int, instr: Instruction, read: list[str]) -> None:
        self._formula(number, instr, dict(zip(instr.leaves, read, strict=True)))

    def _formula(self, number: int, instr: Instruction, names: dict[str, str]) -> None:
        printer = SCALAR if is_number(instr) else ARRAY
        self._assign(number, self.elementwise(instr, printer, names, self._out(number)))

    def _einsum(self, number: int, instr: Instruction, read: list[str]) -> None:
        sizes: dict[str, int] = {}
        arrays = [*map(self.program.__getitem__, instr.inputs), instr]
        for labels, array in zip(instr.labels, arrays,
                                 strict=True):  # fmt: skip
            sizes |= dict(zip(labels.replace("n", ""), array.shape, strict=True))
        if is_number(instr):
            self._assign(number, [f"{instr.name} = number(np.dot({read[0]}, {read[1]}))"])
            return
        out = self._out(number) or ""
        whole = number not in self.plan.placed
        call = einsum_call(instr.labels, read[0], read[1], out, sizes, whole=whole)
        if call.endswith(f", out={out})"):
            self._assign(number, [f"{instr.name} = {call}"])
        else:  # what it returns has the shape in which it was written
            self._assign(number, [call, f"{instr.name} = {out}"])

    def _reduce(self, number: int, instr: Instruction, read: list[str]) -> None:
        assert instr.row is not None
        extra = self._extra(number)
        out = self._out(number)
        lines = axis_lines(instr.row.name, instr.name, read[0], out, extra, self.fresh)
        if is_number(instr):
            lines = [*lines, f"{instr.name} = number({instr.name})"]
        self._assign(number, lines)

    def _extra(self, number: int) -> str | None:
        """Memory for what the derivative of a reduction needs, under a name of its own."""
        for later in range(self.program.n_forward, len(self.program.instructions)):
            instr = self.program[later]
            if instr.kind == "reduce_extra" and instr.inputs == (number,):
                self.lines.append(f"{instr.name} = {self._memory(later)}")
                self.texts[later] = instr.name
                return instr.name
        return None

    def _reduce_vjp(self, number: int, instr: Instruction, read: list[str]) -> None:
        assert instr.row is not None
        g, y = (
            f"dtype({text})" if is_number(self.program[i]) else text  # that takes [..., None]
            for i, text in zip(instr.inputs, read[:2], strict=False)
        )
        x, extra = read[2:]
        out = self._out(number)
        self._assign(
            number, axis_vjp_lines(instr.row.name, instr.name, g, y, x, out, extra, self.fresh)
        )

    def _segment_reduce(self, number: int, instr: Instruction, read: list[str]) -> None:
        assert instr.positions is not None
        assert instr.row is not None
        at = self.constants.name(instr.positions, "at")
        function = "np.maximum" if instr.row.name == "shift" else "np.add"
        call = f"{function}.reduceat({read[0]}, {at}, axis=-1, out={self._out(number)})"
        lines = [f"{instr.name} = {call}"]
        if instr.row.name == "shift":
            lines.append(f"np.copyto({instr.name}, 0.0, where=~np.isfinite({instr.name}))")
        self._assign(number, lines)

    def _reduce_sum(self, number: int, instr: Instruction, read: list[str]) -> None:
        source = self.program[instr.inputs[0]]
        lead = 1 if source.batched else 0
        axes = [axis + lead for axis in instr.axes] + [0] * instr.over_examples
        axis = str(axes[0]) if len(axes) == 1 else str(tuple(sorted(axes)))
        if is_number(instr):
            if source.shape == ():
                self.ones = self.ones or self.names.fresh("ones")
                call = f"np.dot({self.ones}, {read[0]})"
            else:
                call = f"np.add.reduce({read[0]}, axis=None)"
            self._assign(number, [f"{instr.name} = number({call})"])
            return
        if instr.over_examples and len(source.shape) == 1 and not instr.axes:
            # NumPy's own sum down the columns takes several times as long
            self.ones = self.ones or self.names.fresh("ones")
            out = self._out(number) or ""
            call = f"np.{'dot' if is_whole(out) else 'matmul'}({self.ones}, {read[0]}, out={out})"
        else:
            call = f"np.add.reduce({read[0]}, axis={axis}, out={self._out(number)})"
        self._assign(number, [f"{instr.name} = {call}"])

    def _cross_entropy(self, number: int, instr: Instruction, read: list[str]) -> None:
        right = self._right(instr, read)
        self.rights[number] = right
        extra = self._extra(number) or f"np.empty_like({read[1]})"
        call = f"cross_entropy({read[1]}, {right}, {extra})"
        if is_number(instr):
            call = f"number({call})"
        self._assign(number, [f"{instr.name} = {call}"])

    def _right(self, instr: Instruction, read: list[str]) -> str:
        """The name of the one-hot array of an index."""
        index, table = (self.program[i] for i in instr.inputs)
        k = table.shape[-1]
        if index.kind == "constant" and not instr.batched:
            full = np.broadcast_to(np.asarray(index.data, dtype=np.float64), instr.shape)
            hot = one_hot(full, k)  # type: ignore[no-untyped-call]  # its source is printed
            return self.constants.name(hot, "right")
        text = read[0]
        if index.shape != instr.shape or index.batched != instr.batched:
            lead = "n, " if instr.batched else ""
            text = f"np.broadcast_to({text}, ({lead}{', '.join(map(str, instr.shape))}))"
        name = self.names.fresh("right")
        self.lines.append(f"{name} = one_hot({text}, {k})")
        return name

    def _cross_entropy_vjp(self, number: int, instr: Instruction, read: list[str]) -> None:
        g, _, extra = read
        right = self.rights[self.program[instr.inputs[2]].inputs[0]]
        call = f"cross_entropy_pullback({g}, {right}, {extra}, {self._out(number)})"
        self._assign(number, [f"{instr.name} = {call}"])

    def _choose(self, number: int, instr: Instruction, read: list[str]) -> None:
        call = f"picked({read[1]}, {read[0]})"
        if is_number(instr):
            self._assign(number, [f"{instr.name} = number({call})"])
        else:
            out = self._out(number)
            self._assign(number, [f"np.copyto({out}, {call})", f"{instr.name} = {out}"])

    def _choose_vjp(self, number: int, instr: Instruction, read: list[str]) -> None:
        over = self.program[instr.inputs[0]].batched and not instr.batched
        call = f"picked_pullback({read[0]}, {read[1]}, {self._out(number)}, {over})"
        self._assign(number, [f"{instr.name} = {call}"])
