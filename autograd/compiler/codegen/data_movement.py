"""The emitter's lines for data movement: views, gathers, concatenations, scatter-adds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.codegen.emitter_base import EmitterBase
from autograd.compiler.codegen.memory import is_number, view_text
from autograd.compiler.ir.program import Instruction


class DataMovement(EmitterBase):
    """Writes what only moves numbers to where they are needed."""

    def _reshape(self, number: int, instr: Instruction, read: list[str]) -> None:
        if is_number(instr):
            self._one(number, instr, read[0], 0)
            return
        if is_number(self.program[instr.inputs[0]]):  # a list of one number
            self._assign(number, [f"{instr.name} = np.full({instr.shape}, {read[0]}, dtype)"])
            return
        self._view(number, instr, read[0] + (view_text(self.program, instr) or ""))

    def _view(self, number: int, instr: Instruction, text: str) -> None:
        own = self.program[instr.inputs[0]].kind == "theta"  # parameters always have their names
        if self.uses[number] == 1 and not own and len(text) < 30 and text.count("[") < 2:
            self.texts[number] = text
        else:
            self._assign(number, [f"{instr.name} = {text}"])

    def _gather(self, number: int, instr: Instruction, read: list[str]) -> None:
        source = self.program[instr.inputs[0]]
        assert instr.positions is not None
        if is_number(instr):
            self._one(number, instr, read[0], int(instr.positions))
            return
        text = view_text(self.program, instr)
        if text is not None:
            self._view(number, instr, read[0] + text)
            return
        at = self.constants.name(instr.positions, "at")
        if instr.batched:
            flat = read[0] if len(source.shape) == 1 else f"{read[0]}.reshape(n, -1)"
            if source.shape == ():
                flat = f"{read[0]}[:, None]"
            call = f'np.take({flat}, {at}, axis=1, out={self._out(number)}, mode="clip")'
        else:
            call = f'np.take({read[0]}, {at}, out={self._out(number)}, mode="clip")'
        self._assign(number, [f"{instr.name} = {call}"])

    def _one(self, number: int, instr: Instruction, read: str, position: int) -> None:
        """One element as a plain number."""
        text = self._element(self.program[instr.inputs[0]], read, position)
        if text.startswith("number(") and self.uses[number] > 1:
            instr.name = instr.name or self.names.fresh(self.names.parameter_names[position] or "p")
            self._assign(number, [f"{instr.name} = {text}"])
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
            given = self.names.parameter_names if self.few_numbers else [""]
            names = [name or "p" for name in given]
            self.numbers = [self.names.fresh(name) for name in names]
        if self.few_numbers:
            return self.numbers[position]
        return f"{self.numbers[0]}[{position}]"

    def _concat(self, number: int, instr: Instruction, read: list[str]) -> None:
        sources = [self.program[i] for i in instr.inputs]
        if all(is_number(source) for source in sources):
            gradient = self.program.gradient
            mine = gradient is not None and self.program[gradient].inputs == (number,)
            if mine and gradient is not None and self.is_one_list(gradient):
                self.texts[number] = f"np.array([{', '.join(read)}], dtype)"
                return
            self._assign(number, [f"{instr.name} = np.array(({', '.join(read)},), dtype)"])
            return
        out = self._out(number)
        lines = [f"{instr.name} = {out}"] if out != instr.name else []
        start = 0
        for source, text in zip(sources, read, strict=True):
            stop = start + source.size
            lead = ":, " if instr.batched else ""
            if source.shape == ():
                lines.append(f"{instr.name}[{lead}{start}] = {text}")
            else:
                flat = (
                    text
                    if len(source.shape) == 1
                    else (f"{text}.reshape({'n, ' if source.batched else ''}-1)")
                )
                lines.append(f"{instr.name}[{lead}{start}:{stop}] = {flat}")
            start = stop
        self._assign(number, lines)

    def _broadcast(self, number: int, instr: Instruction, read: list[str]) -> None:
        if is_number(instr):
            self.texts[number] = read[0]
            return
        out = self._out(number)
        self._assign(number, [f"np.copyto({out}, {read[0]})", f"{instr.name} = {out}"])

    def _scatter_add(self, number: int, instr: Instruction, read: list[str]) -> None:
        self.texts[number] = name = instr.name
        if is_number(instr):
            self._assign(number, [f"{name} = {' + '.join(read) or '0.0'}"])
            return
        if number == self.program.gradient and self.is_one_list(number):
            self.lines.append(f"{name} = {read[0]}")
            return
        scattered: list[int] = []
        for k, (text, places, contribution) in enumerate(
            zip(read, instr.places, self.plan.contributions[number], strict=True)
        ):
            if contribution.mode == "scatter":
                scattered.append(k)
            elif contribution.mode != "placed":
                sign = "=" if contribution.mode == "set" else "+="
                if places is not None and places.size == 1:
                    text = self._alone(self.program[instr.inputs[k]], text)
                self.lines.append(f"{self._target(instr, places, contribution.text)} {sign} {text}")
        if scattered and instr.batched:
            for k in scattered:
                self._scatter_examples(instr, instr.places[k], read[k])
        elif scattered:
            self._scatter(number, instr, scattered, read)

    def _scatter(self, number: int, instr: Instruction, which: list[int], read: list[str]) -> None:
        """Sums at positions that repeat, all contributions at once."""
        flat = [instr.places[k] for k in which]
        at = self.constants.name(np.concatenate([p.ravel() for p in flat if p is not None]), "at")
        parts = []
        for k in which:
            places = instr.places[k]
            source = self.program[instr.inputs[k]]
            thin = places is not None and source.shape != places.shape
            shape = "" if places is None else str(tuple(places.shape))
            parts.append(f"np.broadcast_to({read[k]}, {shape})" if thin else read[k])
        call = f"summed_at({at}, ({', '.join(parts)},), {instr.size})"
        if len(instr.shape) != 1:
            call += f".reshape{tuple(instr.shape)}"
        if number in self.plan.opened:
            self.lines.append(f"{instr.name} += {call}")
        else:
            self._assign(number, [f"{instr.name} = {call}"])

    def _scatter_examples(
        self, instr: Instruction, places: NDArray[np.int64] | None, text: str
    ) -> None:
        assert places is not None
        order = np.argsort(places.ravel(), kind="stable")
        at, starts = np.unique(places.ravel()[order], return_index=True)
        names = ", ".join(self.constants.name(x, "at") for x in (order, at, starts))
        full = f"np.broadcast_to({text}, (n, {', '.join(map(str, places.shape))}))"
        self.lines.append(f"scatter({instr.name}, {names}, {full})")

    def _alone(self, part: Instruction, text: str) -> str:
        """A part of one element, without axes of its own."""
        if part.shape == ():
            return text
        return f"{text}.reshape({'n' if part.batched else '()'})"

    def _target(
        self, instr: Instruction, places: NDArray[np.int64] | None, text: str | None
    ) -> str:
        if text is not None:
            # a call cannot stand on the left of an assignment
            return f"{instr.name}{text}[...]" if text[-1:] != "]" else f"{instr.name}{text}"
        assert places is not None
        lead = ":, " if instr.batched else ""
        flat = (
            instr.name
            if len(instr.shape) == 1
            else (f"{instr.name}.reshape({'n, ' if instr.batched else ''}-1)")
        )
        if places.size == 1:
            return f"{flat}[{lead}{int(places.flat[0])}]"
        return f"{flat}[{lead}{self.constants.name(places, 'at')}]"
