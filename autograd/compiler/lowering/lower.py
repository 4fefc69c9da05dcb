"""Lowering: from groups of scalar lines to a program on arrays.

Each group becomes one array, or, where it is too small or too irregular for that to pay, a few
arrays without features: plain numbers, or one number for each example.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.compiler.ir.program import Program, Shape
from autograd.compiler.ir.strided_views import Positions, common_shape, squeezed
from autograd.compiler.lowering.groups import Group, Grouped, Places
from autograd.compiler.lowering.storage import NO_ARRAY, Storage
from autograd.core.operation import Operation
from autograd.core.table import TABLE

# A call of NumPy costs as much as so many operations on plain numbers.
_FEW = 8


def lower(
    grouped: Grouped, arguments: Sequence[tuple[str, Shape]] = (), *, single: bool = True
) -> Program:
    """The program of a grouped tape.

    ``arguments`` are the names and shapes of one example's arrays; ``single`` says that the result
    is one number, the tape's first output, and that the others only come along.
    """
    lowering = _Lowering(grouped.tape, arguments)
    for group in grouped.groups:
        lowering.group(group)
    return lowering.finish(single=single)


class _Lowering(Storage):
    """Writes the instructions of one group after the other."""

    def finish(self, *, single: bool) -> Program:
        """The program, with the tape's results as its outputs."""
        places = np.array(self.tape.outputs)
        if single:
            aux = [self._result(places[1:], (len(places) - 1,))] if len(places) > 1 else []
            self.program.outputs = (self._result(places[:1], ()), *aux)
        else:
            self.program.outputs = (self._result(places, (len(places),)),)
        self.program.n_forward = len(self.program.instructions)
        return self.program

    def _result(self, places: Places, shape: Shape) -> int:
        output = self.read(places, shape)
        if self.program[output].shape != shape:
            batched = self.program[output].batched
            output = self.program.add("broadcast", output, shape=shape, batched=batched)
        return output

    def group(self, group: Group) -> None:
        """Write the instructions of one group."""
        if group.kind == "map":
            self._map(group)
        elif group.kind == "matrix":
            self._matrix(group)
        elif group.kind == "products":
            self._products(group)
        elif group.kind == "segments":
            self.assign_storage(
                group.lines, self._segment_reduce(group, self.read_flat(group.left), group.row)
            )
        elif group.kind == "cross_entropy" or group.row is TABLE["choose"]:
            self._choice(group)
        else:
            self._reduce(group)

    def _map(self, group: Group) -> None:
        if group.row is TABLE["choose"]:
            self._choice(group)
        elif self._is_scattered(group):
            self._one_by_one(group)
        else:
            columns = list(group.operands.T)
            self.assign_storage(group.lines, self.elementwise(group.row, columns))

    def _is_scattered(self, group: Group) -> bool:
        """Whether it is better done line by line, as plain numbers or one number an example."""
        n, width = group.operands.shape
        if n == 1 and (group.kind == "map" or group.batched):
            return True
        columns = [set(self.array_of[column].tolist()) - {NO_ARRAY} for column in group.operands.T]
        sources = max([len(column) for column in columns])
        if group.batched:
            return bool(sources > 1 and n < 2 * sources)
        numbers = any(self.program[array].shape == () for column in columns for array in column)
        if sources > 1 or numbers:
            return bool(n < _FEW * sources)
        return bool(n * max(width - 1, 1) < _FEW // 2)

    def _one_by_one(self, group: Group) -> None:
        for place, operands in zip(group.lines.tolist(), group.operands, strict=True):
            inputs = [self.read(operands[k : k + 1], ()) for k in range(len(operands))]
            instr = self.program.add(
                "map", *self._arranged(group.row, inputs),
                row=self._shorter(group.row, inputs), batched=group.batched,
            )  # fmt: skip
            self.array_of[place] = instr

    def _shorter(self, row: Operation, inputs: Sequence[int]) -> Operation:
        """x*x is a square."""
        if row is TABLE["*"] and inputs[0] == inputs[1]:
            return TABLE["**n"]
        return row

    def _arranged(self, row: Operation, inputs: Sequence[int]) -> Sequence[int]:
        return inputs[:1] if self._shorter(row, inputs) is not row else inputs

    def elementwise(self, row: Operation, columns: Sequence[Places]) -> int:
        """The array of an operation on columns of lines, in a shape in which they are regular."""
        patterns, hints = [], []
        found: list[tuple[int, Positions] | None] = []
        for column in columns:
            if (self.array_of[column] == NO_ARRAY).all():
                found.append(None)
                if len(np.unique(self.numbers[column])) > 1:
                    patterns.append(np.arange(len(column)))
                continue
            source, positions = self.locate(column)
            found.append((source, positions))
            patterns.append(positions)
            if self.program[source].size == len(column):
                hints.append(self.program[source].shape)
        shape = common_shape(patterns or [np.arange(len(columns[0]))], hints)
        inputs = [
            self.constant(column, shape) if where is None
            else self.take(where[0], squeezed(where[1].reshape(shape)))
            for column, where in zip(columns, found, strict=True)
        ]  # fmt: skip
        return self._map_instruction(row, inputs, shape)

    def _map_instruction(self, row: Operation, inputs: Sequence[int], shape: Shape) -> int:
        batched = any(self.program[i].batched for i in inputs)
        chosen = self._shorter(row, inputs)
        return self.program.add(
            "map", *self._arranged(row, inputs), row=chosen, shape=shape, batched=batched
        )

    def _reduce(self, group: Group) -> None:
        n, length = group.operands.shape
        simple = group.row in (TABLE["sum"], TABLE["prod"], TABLE["hypot"])
        few = length <= (4 if group.row is TABLE["sum"] else 3)
        if simple and (few or (n == 1 and self._from_numbers(group))):
            self._map(group)
            return
        self.assign_storage(group.lines, self.reduced(group.row, self.lists(group.operands)))

    def _from_numbers(self, group: Group) -> bool:
        """Whether a list is of many arrays of their own, so that joining it would be the work."""
        arrays = set(self.array_of[group.operands[0]].tolist())
        return bool(len(arrays) * 2 > group.operands.shape[1])

    def reduced(self, row: Operation, array: int) -> int:
        """An operation over the last axis of an array."""
        instr = self.program[array]
        facts = {"row": row, "shape": instr.shape[:-1], "batched": instr.batched}
        return self.program.add("reduce", array, **facts)

    def _segment_reduce(self, group: Group, array: int, row: Operation) -> int:
        if group.lengths is None:
            raise AssertionError("segments without lengths")
        starts = np.concatenate([[0], np.cumsum(group.lengths)[:-1]])
        return self.program.add(
            "segment_reduce", array, row=row, shape=(len(starts),),
            batched=self.program[array].batched, positions=starts,
        )  # fmt: skip

    def _choice(self, group: Group) -> None:
        """One of a list by an index, or the cross-entropy of it."""
        table = self.lists(group.operands[:, 1:])
        shape = self.program[table].shape[:-1]
        if group.kind == "cross_entropy":
            if group.batched and not self.program[table].batched:
                full = self.program[table].shape
                table = self.program.add("broadcast", table, shape=full, batched=True)
        else:
            table = self.thin_lists(group.operands[:, 1:], shape)
        index = self.read(group.operands[:, 0], shape)
        kind = "cross_entropy" if group.kind == "cross_entropy" else "choose"
        instr = self.program.add(
            kind, index, table, shape=shape, batched=group.batched, row=group.row
        )
        self.assign_storage(group.lines, instr)

    def _products(self, group: Group) -> None:
        if group.lengths is not None:
            product = self._map_instruction(
                TABLE["*"], [self.read_flat(group.left), self.read_flat(group.right)],
                (len(group.left),),
            )  # fmt: skip
            self._with_terms(group, self._segment_reduce(group, product, TABLE["sum"]))
        elif self._is_scattered(group):
            self._one_by_one(group)
        elif group.n_products <= 2:
            self._by_columns(group)
        else:
            n = 2 * group.n_products
            left, right = self.lists(group.operands[:, 0:n:2]), self.lists(group.operands[:, 1:n:2])
            shapes = [self.program[i].shape for i in (left, right)]
            if shapes[0] != shapes[1]:
                left = self.folded(group.operands[:, 0:n:2])
                right = self.folded(group.operands[:, 1:n:2])
            product = self._map_instruction(TABLE["*"], [left, right], self.program[left].shape)
            self._with_terms(group, self.reduced(TABLE["sum"], product))

    def _by_columns(self, group: Group) -> None:
        n = 2 * group.n_products
        columns = group.operands.T
        total = self.elementwise(TABLE["*"], [columns[0], columns[1]])
        for k in range(2, n, 2):
            more = self.elementwise(TABLE["*"], [columns[k], columns[k + 1]])
            total = self._added(total, more, len(group.lines))
        self._with_terms(group, total)

    def _added(self, left: int, right: int, size: int) -> int:
        shape = self.program[left].shape
        if self.program[right].shape != shape and self.program[right].size == size:
            right = self.take(right, np.arange(size).reshape(shape))
        return self._map_instruction(TABLE["+"], [left, right], shape)

    def _with_terms(self, group: Group, total: int) -> None:
        """Add the terms that are no products, and note the group's lines there."""
        for column in group.terms.T:
            shape = self.program[total].shape
            total = self._map_instruction(TABLE["+"], [total, self.read(column, shape)], shape)
        self.assign_storage(group.lines, total)

    def _matrix(self, group: Group) -> None:
        count, n_rows, n_columns = group.sizes
        left = self.factor(group.left)
        right = self.factor(group.right)
        over_left, over_right = self.program[left].batched, self.program[right].batched
        if over_right and not over_left and count == 1 and min(n_rows, n_columns) > 1:
            group = _columns_first(group)
        several = "h" if count > 1 else ""
        r, c = "r" if n_rows > 1 else "", "c" if n_columns > 1 else ""
        out = several + (r + c if group.rows_first else c + r)
        labels = (
            "n" * over_left + several + r + "k",
            "n" * over_right + several + c + "k",
            "n" * (over_left or over_right) + out,
        )
        lengths = {"h": count, "r": n_rows, "c": n_columns}
        instr = self.program.add(
            "einsum", left, right, labels=labels, shape=tuple(lengths[x] for x in out),
            batched=over_left or over_right,
        )  # fmt: skip
        self._with_terms(group, instr)


def _columns_first(group: Group) -> Group:
    """A group whose right side alone has examples: then X @ W.T, which is one product for all."""
    if not group.rows_first:
        return group
    _, n_rows, n_columns = group.sizes
    turn = np.arange(len(group.lines)).reshape(n_rows, n_columns).T.ravel()
    group.lines, group.operands = group.lines[turn], group.operands[turn]
    group.rows_first = False
    return group
