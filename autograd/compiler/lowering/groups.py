"""Grouping: the lines of a tape that become one operation on arrays.

Lines of one step do not depend on each other, so those of one kind can be one operation on
arrays. What is found here is only who belongs together, and in which order; where the arrays'
elements lie is decided later, in ``lower.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.ir.fused import CROSS_ENTROPY, SumOfProducts
from autograd.compiler.ir.tape import Tape
from autograd.compiler.lowering.schedule import depths, steps, with_examples
from autograd.core.operation import SHIFT, Operation
from autograd.core.table import TABLE
from autograd.errors import GraphError

Places = NDArray[np.int64]

# Sums (and the largest of several) may be of different lengths in one group; NumPy's reduceat
# goes from one start to the next.
_ANY_LENGTH = (TABLE["sum"], SHIFT)
_REDUCTIONS = (TABLE["sum"], TABLE["prod"], TABLE["logsumexp"], TABLE["hypot"], SHIFT)


@dataclass(frozen=True, eq=False)
class Group:
    """Lines of a tape that one operation on arrays can do, or a few.

    row       their operation
    lines     their places on the tape, in the order of the array's elements
    operands  the places of their operands, a row for each line
    batched   whether they differ between examples
    step      when they are done
    """

    row: Operation
    lines: Places
    operands: Places
    batched: bool
    step: int


class Elementwise(Group):
    """Any operation, for each line by itself."""


class Reduction(Group):
    """An operation over a list for each line, all lists as long."""


class Choices(Group):
    """One of a list for each line, by the index before it; or the cross-entropy of that choice."""


@dataclass(frozen=True, eq=False)
class Products(Group):
    """Sums of so many products, whose left and right factors take turns, and of further terms."""

    n_products: int

    @property
    def terms(self) -> Places:
        """The places of what is added to the products: a row for each line."""
        return self.operands[:, 2 * self.n_products :]


@dataclass(frozen=True, eq=False)
class MatrixProduct(Products):
    """Sums of products that are the elements of a matrix product, or of several of one size.

    sizes       how many matrices, rows and columns
    rows_first  whether the lines are in the order of the rows
    left        the places of the left factors: (matrices, rows, products)
    right       of the right ones: (matrices, columns, products)
    """

    sizes: tuple[int, int, int]
    rows_first: bool
    left: Places
    right: Places


@dataclass(frozen=True, eq=False)
class Segments(Group):
    """Sums of lists, or their largest, that are ``lengths`` long; they lie in ``elements``."""

    elements: Places
    lengths: Places


@dataclass(frozen=True, eq=False)
class SegmentProducts(Group):
    """Sums of different numbers of products, ``lengths``, and of the operands as further terms."""

    left: Places
    right: Places
    lengths: Places


@dataclass(frozen=True)
class Grouped:
    """A tape, and its lines in groups, each after those that it depends on."""

    tape: Tape
    groups: tuple[Group, ...]

    def __str__(self) -> str:
        lines = []
        for group in self.groups:
            first = self.tape.name(int(group.lines[0]))
            last = f" to {self.tape.name(int(group.lines[-1]))}" if len(group.lines) > 1 else ""
            over = ", for each example" if group.batched else ""
            lines.append(f"{first}{last}: {_TEXT[type(group)](group)}{over}")
        return "\n".join(lines)


def _matrix_text(group: MatrixProduct) -> str:
    count, rows, columns = group.sizes
    matrices = f"{count} x " if count > 1 else ""
    terms = group.terms.shape[1]
    shape = f"({rows}, {group.n_products}) @ ({group.n_products}, {columns})"
    return f"{matrices}{shape}{f' + {terms} terms' if terms else ''}"


def _products_text(group: Products) -> str:
    terms = group.terms.shape[1]
    more = f" and {terms} terms" if terms else ""
    return f"{_each(group)}sum of {group.n_products} products{more}"


def _segments_text(group: Segments | SegmentProducts) -> str:
    low, high = int(group.lengths.min()), int(group.lengths.max())
    products = isinstance(group, SegmentProducts)
    name, things = ("sum", "products") if products else (group.row.name, "operands")
    return f"{len(group.lines)} x {name} of {low} to {high} {things}"


def _row_text(group: Group) -> str:
    return f"{_each(group)}{group.row.label}"


def _list_text(group: Group) -> str:
    return f"{_each(group)}{group.row.name} of {group.operands.shape[1]}"


def _each(group: Group) -> str:
    return "" if len(group.lines) == 1 else f"{len(group.lines)} x "


_TEXT: dict[type[Group], Callable[[Any], str]] = {
    Elementwise: _row_text,
    Reduction: _list_text,
    Choices: lambda group: _list_text(group) if group.row is CROSS_ENTROPY else _row_text(group),
    Products: _products_text,
    MatrixProduct: _matrix_text,
    Segments: _segments_text,
    SegmentProducts: _segments_text,
}


def verify(grouped: Grouped) -> None:
    """Raise GraphError unless each line is in one group, after the groups that it depends on."""
    operands = grouped.tape.operands
    step = np.array([-1 if read else 0 for read in operands])  # -1: in no group yet
    for number, found in enumerate(grouped.groups, start=1):
        if (step[found.lines] != -1).any() or len(set(found.lines.tolist())) < len(found.lines):
            raise GraphError(f"group {number} of a tape has a leaf, or a line of another group")
        step[found.lines] = number
    step_of = step.tolist().__getitem__
    for place, read in enumerate(operands):
        if read and max(map(step_of, read)) >= step_of(place):
            name = grouped.tape.name(place)
            raise GraphError(f"{name} of a tape is in no group, or not after what it reads")


def group(tape: Tape) -> Grouped:
    """The lines of a tape by operation, in the order in which they can be done."""
    depth, batched = depths(tape), with_examples(tape)
    # what depends on the parameters alone comes first in a product, and leaves before the others
    ranks = 2 * np.array(batched, dtype=np.int64) + (np.array(depth) > 0)
    groups: list[Group] = []
    for number, lines in enumerate(steps(tape)):
        found: dict[tuple[Operation, int, bool], list[int]] = {}
        for place in lines:
            key = (tape.rows[place], len(tape.operands[place]), batched[place])
            found.setdefault(key, []).append(place)
        for (row, _, over), places in found.items():
            operands = np.array([tape.operands[i] for i in places], dtype=np.int64)
            facts = (row, np.array(places), operands, over, number)
            if isinstance(row, SumOfProducts):
                _order_factors(operands, row.n_products, ranks)
                groups.append(Products(*facts, row.n_products))
            else:
                groups.append(_kind(row)(*facts))
    return Grouped(tape, tuple(groups))


def _kind(row: Operation) -> type[Group]:
    if row is CROSS_ENTROPY or row is TABLE["choose"]:
        return Choices
    return Reduction if row in _REDUCTIONS else Elementwise


def _order_factors(operands: Places, n_products: int, ranks: NDArray[np.int64]) -> None:
    """Put what belongs to the parameters alone on the left of each product, where users do not."""
    # one axis made two is a view: what is written to the pairs is written to the operands
    pairs = operands[:, : 2 * n_products].reshape(len(operands), n_products, 2)
    wrong = ranks[pairs[..., 0]] > ranks[pairs[..., 1]]
    pairs[wrong] = pairs[wrong][:, ::-1]


def ragged(grouped: Grouped) -> Grouped:
    """Join sums of different lengths, of one step, into one group of segments.

    Attention that looks back has sums of one term, of two, of three and so on; together they are
    one call of NumPy's reduceat.
    """
    families: dict[object, list[Group]] = {}
    for g in grouped.groups:
        families.setdefault(_family(g) or g, []).append(g)
    joined: list[Group] = []
    for members in families.values():
        joined += [_segments(members)] if _are_worth_joining(members) else members
    return grouped if joined == list(grouped.groups) else Grouped(grouped.tape, tuple(joined))


def _family(group: Group) -> object:
    """What the groups have in common that may be one group of segments; None for no such group."""
    if type(group) is Products:
        return group.step, group.batched, Products, group.terms.shape[1]
    if group.row is TABLE["*"]:  # a sum of one product
        return group.step, group.batched, Products, 0
    if group.row in _SUMS:
        return group.step, group.batched, TABLE["sum"]
    if isinstance(group, Reduction) and group.row in _ANY_LENGTH:
        return group.step, group.batched, group.row
    return None


def _are_worth_joining(members: list[Group]) -> bool:
    # what has two operands is best by itself, unless it is a few of many lengths
    pairs = [len(g.lines) for g in members if isinstance(g, Elementwise)]
    n = sum(len(g.lines) for g in members)
    several = len(members) - len(pairs) > (0 if members[0].row in _SUMS else 1)
    return len(members) > 1 and several and n >= _LEAST_JOINED and 2 * sum(pairs) <= n


_SUMS = (TABLE["+"], TABLE["sum"])
_LEAST_JOINED = 8


def _segments(members: list[Group]) -> Group:
    first = members[0]
    lines = np.concatenate([g.lines for g in members])
    order = np.argsort(lines, kind="stable")
    row = TABLE["sum"] if first.row in _SUMS else first.row
    facts = (first.batched, first.step)
    if isinstance(first, Products) or first.row is TABLE["*"]:
        factors = [p for g in members for p in _pairs(g)]
        left = np.concatenate([factors[i][:, 0] for i in order])
        right = np.concatenate([factors[i][:, 1] for i in order])
        terms = np.concatenate([g.operands[:, 2 * _n_products(g) :] for g in members])[order]
        lengths = np.array([len(factors[i]) for i in order])
        return SegmentProducts(row, lines[order], terms, *facts, left, right, lengths)
    lists = [operands for g in members for operands in g.operands]
    elements = np.concatenate([lists[i] for i in order])
    none = np.empty((len(lines), 0), np.int64)
    lengths = np.array([len(lists[i]) for i in order])
    return Segments(row, lines[order], none, *facts, elements, lengths)


def _n_products(group: Group) -> int:
    return group.n_products if isinstance(group, Products) else 1


def _pairs(group: Group) -> list[Places]:
    n = _n_products(group)
    return list(group.operands[:, : 2 * n].reshape(len(group.lines), n, 2))
