"""The storage map: the array, and the offset in it, of each line of a tape.

What an operation reads becomes a view of an array that is there already, a copy of picked
elements, or several arrays joined.
"""

from __future__ import annotations

import numpy as np

from autograd.compiler.ir.instructions import Argument, Positions, Shape, Theta
from autograd.compiler.ir.program import ProgramBuilder
from autograd.compiler.ir.strided_views import common_shape, counts_up, squeezed
from autograd.compiler.ir.tape import ARGUMENT, PARAMETER, Tape
from autograd.compiler.lowering.groups import Places
from autograd.core.operation import CONSTANT

NO_ARRAY = -2  # of a constant, which has no array until somebody reads it


class Storage:
    """The program as it is written, and where the lines are that have been computed in it."""

    def __init__(self, tape: Tape) -> None:
        self.program = ProgramBuilder()
        n = len(tape.rows)
        self.array_of = np.full(n, -1, np.int64)
        self.offset_of = np.zeros(n, np.int64)
        self.numbers = np.zeros(n)
        self._taken: dict[tuple[int, Shape, bytes], int] = {}
        self._leaves(tape)

    def _leaves(self, tape: Tape) -> None:
        theta = self.program.add(Theta((), (len(tape.parameter_names),), False), "theta")
        arrays: list[int] = []
        offsets: list[int] = []
        for name, shape in tape.arguments:
            array = self.program.add(Argument((), shape, True), name)
            size = self.program[array].size
            arrays += [array] * size
            offsets += range(size)
        for place, number in tape.numbers.items():
            row = tape.rows[place]
            if row is PARAMETER:
                self.array_of[place], self.offset_of[place] = theta, number
            elif row is ARGUMENT:
                self.array_of[place] = arrays[int(number)]
                self.offset_of[place] = offsets[int(number)]
            elif row is CONSTANT:
                self.array_of[place], self.numbers[place] = NO_ARRAY, number

    def assign(self, lines: Places, array: int) -> None:
        """Note that these lines are the elements of an array, in its order."""
        self.array_of[lines] = array
        self.offset_of[lines] = np.arange(len(lines))

    def are_constants(self, lines: Places) -> bool:
        """Whether all of these lines are constants."""
        return bool((self.array_of[lines] == NO_ARRAY).all())

    def locate(self, lines: Places) -> tuple[int, Positions]:
        """One array that has all of these lines, and their positions in it; joined if need be."""
        arrays = self.array_of[lines]
        if (arrays == arrays[0]).all() and arrays[0] != NO_ARRAY:
            return int(arrays[0]), self.offset_of[lines]
        pieces = []
        positions = np.zeros(len(lines), np.int64)
        start = 0
        for array in dict.fromkeys(arrays.tolist()):
            mine = np.flatnonzero(arrays == array)
            distinct, inverse = np.unique(lines[mine], return_inverse=True)
            # in the order in which they are read, so that a copy is seldom needed afterwards
            first = np.full(len(distinct), len(mine), np.int64)
            np.minimum.at(first, inverse, np.arange(len(mine)))
            order = np.argsort(first)
            rank = np.empty(len(order), np.int64)
            rank[order] = np.arange(len(order))
            pieces.append(self._flat(array, distinct[order]))
            positions[mine] = start + rank[inverse]
            start += len(distinct)
        return pieces[0] if len(pieces) == 1 else self.program.concat(pieces), positions

    def _flat(self, array: int, lines: Places) -> int:
        if array == NO_ARRAY:
            return self.program.constant(self.numbers[lines])
        return self.take(array, self.offset_of[lines])

    # --- what reads an array of lines, by its number ---------------------------------------------

    def read(self, lines: Places, shape: Shape) -> int:
        """The array of these lines in a shape, of length 1 along axes on which it is constant."""
        if self.are_constants(lines):
            return self.constant(lines, shape)
        source, positions = self.locate(lines)
        return self.take(source, squeezed(positions.reshape(shape)))

    def constant(self, lines: Places, shape: Shape) -> int:
        """The numbers of these constants in a shape; one number, if all of them are the same."""
        data = self.numbers[lines].reshape(shape)
        if len(set(data.view(np.int64).ravel().tolist() if data.ndim else [0])) == 1:
            return self.program.constant(float(data.flat[0]))
        return self.program.constant(squeezed(data.view(np.int64)).view(np.float64))

    def read_as(self, lines: Places, shape: Shape) -> int:
        """The array of these lines in a shape, with nothing left out."""
        source, positions = self.locate(lines.ravel())
        return self.take(source, positions.reshape(shape))

    def lists(self, lines: Places) -> int:
        """The array of rows of lines: the rows in a shape in which they are regular, then one."""
        n, length = lines.shape
        source, positions = self.locate(lines.ravel())
        rows = positions.reshape(n, length)
        shape = common_shape([rows[:, 0]], []) if n > 1 else ()
        return self.take(source, rows.reshape(*shape, length), one_is_number=False)

    def thin_lists(self, lines: Places, shape: Shape) -> int:
        """The lists of lines, once where several in a row are the same, as columns of a table."""
        source, positions = self.locate(lines.ravel())
        rows = positions.reshape(*shape, lines.shape[1])
        for axis in range(len(shape)):
            first = rows.take([0], axis=axis)
            rows = first if (rows == first).all() else rows
        return self.take(source, rows, one_is_number=False)

    def take(self, source: int, positions: Positions, *, one_is_number: bool = True) -> int:
        """The elements of an array at these flat positions, in their shape.

        A single one becomes a plain number, unless it is to be a list of one.
        """
        instr = self.program[source]
        if not instr.batched and positions.size == 1 and one_is_number:
            positions = positions.reshape(())  # a plain number, which goes with any shape
        is_all = positions.size == instr.size and counts_up(positions)
        if is_all and positions.shape == instr.shape:
            return source
        key = (source, positions.shape, positions.tobytes())
        if key not in self._taken:
            self._taken[key] = (
                self.program.reshape(source, positions.shape)
                if is_all
                else self.program.gather(source, positions)
            )
        return self._taken[key]
