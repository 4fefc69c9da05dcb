"""Lowering: from groups of scalar lines to a program on arrays.

Each group becomes one array, or, where it is too small or too irregular for that to pay, a few
arrays without features: plain numbers, or one number for each example. How a kind of group is
lowered is a function in ``LOWER``; they share the ``Storage``, the program as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.fused import CROSS_ENTROPY
from autograd.compiler.ir.instructions import Positions, Shape
from autograd.compiler.ir.program import Program
from autograd.compiler.ir.strided_views import common_shape, squeezed

from autograd.compiler.lowering.groups import (  # isort: skip
    Choices, Elementwise, Group, Grouped, MatrixProduct, Places, Products, Reduction,
    SegmentProducts, Segments,
)  # fmt: skip
from autograd.compiler.lowering.storage import NO_ARRAY, Storage
from autograd.core.operation import Operation
from autograd.core.table import TABLE

# A call of NumPy costs as much as so many operations on plain numbers.
_FEW = 8


def lower(grouped: Grouped) -> Program:
    """The program of a grouped tape."""
    tape = grouped.tape
    storage = Storage(tape)
    for group in grouped.groups:
        LOWER[type(group)](storage, group)
    places = np.array(tape.outputs)
    n = 1 if tape.single else len(places)
    aux = [_result(storage, places[n:], (len(places) - n,))] if len(places) > n else []
    outputs = (_result(storage, places[:n], () if tape.single else (n,)), *aux)
    instructions = tuple(storage.program.instructions)
    names = storage.program.names
    return Program(instructions, outputs, tape.single, None, len(instructions), names)


def _result(storage: Storage, places: Places, shape: Shape) -> int:
    output = storage.read(places, shape)
    return storage.program.broadcast(output, shape, storage.program[output].batched)


# --- element by element ---------------------------------------------------------------------------


def _map_group(storage: Storage, group: Group) -> None:
    if _is_scattered(storage, group):
        _one_by_one(storage, group)
    else:
        array = _elementwise(storage, group.row, list(group.operands.T))
        storage.assign(group.lines, array)


def _is_scattered(storage: Storage, group: Group) -> bool:
    """Whether it is better done line by line, as plain numbers or one number an example."""
    n, width = group.operands.shape
    if n == 1 and (isinstance(group, Elementwise) or group.batched):
        return True
    columns = [set(storage.array_of[column].tolist()) - {NO_ARRAY} for column in group.operands.T]
    sources = max([len(column) for column in columns])
    if group.batched:
        return bool(sources > 1 and n < 2 * sources)
    numbers = any(storage.program[array].shape == () for column in columns for array in column)
    if sources > 1 or numbers:
        return bool(n < _FEW * sources)
    return bool(n * max(width - 1, 1) < _FEW // 2)


def _one_by_one(storage: Storage, group: Group) -> None:
    for place, operands in zip(group.lines.tolist(), group.operands, strict=True):
        inputs = [storage.read(operands[k : k + 1], ()) for k in range(len(operands))]
        row, inputs = _squared(group.row, inputs)
        instr = ir.Map(tuple(inputs), (), group.batched, row)
        storage.array_of[place] = storage.program.add(instr)


def _squared(row: Operation, inputs: list[int]) -> tuple[Operation, list[int]]:
    """An operation and its inputs; x*x is a square."""
    if row is TABLE["*"] and inputs[0] == inputs[1]:
        return TABLE["**n"], inputs[:1]
    return row, inputs


def _elementwise(storage: Storage, row: Operation, columns: Sequence[Places]) -> int:
    """The array of an operation on columns of lines, in a shape in which they are regular."""
    patterns, hints = [], []
    found: list[tuple[int, Positions] | None] = []
    for column in columns:
        if storage.are_constants(column):
            found.append(None)
            if len(np.unique(storage.numbers[column])) > 1:
                patterns.append(np.arange(len(column)))
            continue
        source, positions = storage.locate(column)
        found.append((source, positions))
        patterns.append(positions)
        if storage.program[source].size == len(column):
            hints.append(storage.program[source].shape)
    shape = common_shape(patterns or [np.arange(len(columns[0]))], hints)
    inputs = [
        storage.constant(column, shape) if where is None
        else storage.take(where[0], squeezed(where[1].reshape(shape)))
        for column, where in zip(columns, found, strict=True)
    ]  # fmt: skip
    return _map(storage, row, inputs, shape)


def _map(storage: Storage, row: Operation, inputs: list[int], shape: Shape) -> int:
    row, inputs = _squared(row, inputs)
    return storage.program.map(row, *inputs, shape=shape)


# --- over lists -----------------------------------------------------------------------------------


def _reduction(storage: Storage, group: Reduction) -> None:
    n, length = group.operands.shape
    simple = group.row in (TABLE["sum"], TABLE["prod"], TABLE["hypot"])
    few = length <= (4 if group.row is TABLE["sum"] else 3)
    if simple and (few or (n == 1 and _from_numbers(storage, group))):
        _map_group(storage, group)
    else:
        array = _reduced(storage, group.row, storage.lists(group.operands))
        storage.assign(group.lines, array)


def _from_numbers(storage: Storage, group: Group) -> bool:
    """Whether a list is of many arrays of their own, so that joining it would be the work."""
    arrays = set(storage.array_of[group.operands[0]].tolist())
    return bool(len(arrays) * 2 > group.operands.shape[1])


def _reduced(storage: Storage, row: Operation, array: int) -> int:
    """An operation over the last axis of an array."""
    instr = storage.program[array]
    return storage.program.add(ir.Reduce((array,), instr.shape[:-1], instr.batched, row))


def _segments(storage: Storage, group: Segments) -> None:
    elements = storage.read_as(group.elements, group.elements.shape)
    array = _segment_reduced(storage, group.row, elements, group.lengths)
    storage.assign(group.lines, array)


def _segment_reduced(storage: Storage, row: Operation, array: int, lengths: Places) -> int:
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    batched = storage.program[array].batched
    return storage.program.add(ir.SegmentReduce((array,), (len(starts),), batched, row, starts))


def _choices(storage: Storage, group: Choices) -> None:
    """One of a list by an index, or the cross-entropy of it."""
    program = storage.program
    table = storage.lists(group.operands[:, 1:])
    shape = program[table].shape[:-1]
    kind: type[ir.CrossEntropy | ir.Choose] = ir.Choose
    if group.row is CROSS_ENTROPY:
        kind = ir.CrossEntropy
        if group.batched:
            table = program.broadcast(table, program[table].shape, True)
    else:
        table = storage.thin_lists(group.operands[:, 1:], shape)
    index = storage.read(group.operands[:, 0], shape)
    storage.assign(group.lines, program.add(kind((index, table), shape, group.batched)))


# --- sums of products -----------------------------------------------------------------------------


def _products(storage: Storage, group: Products) -> None:
    n = 2 * group.n_products
    if _is_scattered(storage, group):
        _one_by_one(storage, group)
    elif group.n_products <= 2:
        columns = group.operands.T
        total = _elementwise(storage, TABLE["*"], [columns[0], columns[1]])
        for k in range(2, n, 2):
            more = _elementwise(storage, TABLE["*"], [columns[k], columns[k + 1]])
            total = _added(storage, total, more, len(group.lines))
        _with_terms(storage, group, group.terms, total)
    else:
        sides = group.operands[:, 0:n:2], group.operands[:, 1:n:2]
        inputs = [storage.lists(side) for side in sides]
        shapes = [storage.program[i].shape for i in inputs]
        if shapes[0] != shapes[1]:
            inputs = [storage.read_as(side, side.shape) for side in sides]
        product = _map(storage, TABLE["*"], inputs, storage.program[inputs[0]].shape)
        _with_terms(storage, group, group.terms, _reduced(storage, TABLE["sum"], product))


def _added(storage: Storage, left: int, right: int, size: int) -> int:
    shape = storage.program[left].shape
    if storage.program[right].shape != shape and storage.program[right].size == size:
        right = storage.take(right, np.arange(size).reshape(shape))
    return _map(storage, TABLE["+"], [left, right], shape)


def _with_terms(storage: Storage, group: Group, terms: Places, total: int) -> None:
    """Add the terms that are no products, and note the group's lines there."""
    for column in terms.T:
        shape = storage.program[total].shape
        total = _map(storage, TABLE["+"], [total, storage.read(column, shape)], shape)
    storage.assign(group.lines, total)


def _segment_products(storage: Storage, group: SegmentProducts) -> None:
    sides = [storage.read_as(side, side.shape) for side in (group.left, group.right)]
    product = _map(storage, TABLE["*"], sides, group.left.shape)
    total = _segment_reduced(storage, TABLE["sum"], product, group.lengths)
    _with_terms(storage, group, group.operands, total)


def _matrix_product(storage: Storage, group: MatrixProduct) -> None:
    count, n_rows, n_columns = group.sizes
    left, right = _factor(storage, group.left), _factor(storage, group.right)
    over_left, over_right = storage.program[left].batched, storage.program[right].batched
    if over_right and not over_left and count == 1 and min(n_rows, n_columns) > 1:
        group = _columns_first(group)
    several = "h" if count > 1 else ""
    r, c = "r" if n_rows > 1 else "", "c" if n_columns > 1 else ""
    out = several + (r + c if group.rows_first else c + r)
    batched = over_left or over_right
    labels = (
        "n" * over_left + several + r + "k", "n" * over_right + several + c + "k",
        "n" * batched + out,
    )  # fmt: skip
    lengths = {"h": count, "r": n_rows, "c": n_columns}
    instr = ir.Einsum((left, right), tuple(lengths[x] for x in out), batched, labels)
    _with_terms(storage, group, group.terms, storage.program.add(instr))


def _factor(storage: Storage, lines: Places) -> int:
    """One side of a matrix product, without its axes of length 1."""
    return storage.read_as(lines, (*[n for n in lines.shape[:-1] if n > 1], lines.shape[-1]))


def _columns_first(group: MatrixProduct) -> MatrixProduct:
    """A group whose right side alone has examples: then X @ W.T, which is one product for all."""
    if not group.rows_first:
        return group
    _, n_rows, n_columns = group.sizes
    turn = np.arange(len(group.lines)).reshape(n_rows, n_columns).T.ravel()
    return replace(group, lines=group.lines[turn], operands=group.operands[turn], rows_first=False)


LOWER: dict[type[Group], Callable[[Storage, Any], None]] = {
    Elementwise: _map_group, Reduction: _reduction, Segments: _segments, Choices: _choices,
    Products: _products, SegmentProducts: _segment_products, MatrixProduct: _matrix_product,
}  # fmt: skip
