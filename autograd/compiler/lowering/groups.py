"""Grouping: the lines of a tape that become one operation on arrays.

Lines of one step do not depend on each other, so those of one kind can be one operation on
arrays. What is found here is only who belongs together, and in which order; where the arrays'
elements lie is decided later, in ``lower.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.ir.tape import Tape
from autograd.compiler.lowering.schedule import depths, steps, with_examples
from autograd.compiler.passes.scalar_passes import CROSS_ENTROPY
from autograd.core.operation import SHIFT, Operation
from autograd.core.table import TABLE

Places = NDArray[np.int64]

# Sums (and the largest of several) may be of different lengths in one group; NumPy's reduceat
# goes from one start to the next.
_ANY_LENGTH = (TABLE["sum"], SHIFT)
_REDUCTIONS = (TABLE["sum"], TABLE["prod"], TABLE["logsumexp"], TABLE["hypot"], SHIFT)


@dataclass(eq=False)
class Group:
    """Lines of a tape that one operation on arrays can do.

    kind      "map" (elementwise), "reduce" (one list each, all as long), "segments" (lists of
              different lengths), "products" (sums of products), "matrix" (those that form a matrix
              product), "cross_entropy"
    lines     their places on the tape, in the order of the array's elements
    operands  the places of their operands, a row for each line. For "products": of the left and
              the right factors, in turns, then of the further terms
    lengths   of each line's list, for "segments" and for products of different numbers
    n_products, of each line's; of different numbers, if ``lengths`` is given
    sizes     for "matrix": how many matrices, rows and columns; ``rows_first`` says the order
    """

    kind: str
    row: Operation
    lines: Places
    operands: Places
    batched: bool
    step: int
    lengths: Places | None = None
    n_products: int = 0
    sizes: tuple[int, int, int] = (1, 1, 1)
    rows_first: bool = True
    left: Places = field(default_factory=lambda: np.empty(0, np.int64))
    right: Places = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def terms(self) -> Places:
        """The places of what is added to the products: a row for each line."""
        return self.operands[:, 2 * self.n_products :] if self.lengths is None else self.operands


@dataclass
class Grouped:
    """A tape, and its lines in groups, each after those that it depends on."""

    tape: Tape
    groups: list[Group]

    def __str__(self) -> str:
        lines = []
        for group in self.groups:
            first = self.tape.name(int(group.lines[0]))
            last = f" to {self.tape.name(int(group.lines[-1]))}" if len(group.lines) > 1 else ""
            lines.append(f"{first}{last}: {_described(group)}")
        return "\n".join(lines)


def _described(group: Group) -> str:
    n, each = len(group.lines), "" if len(group.lines) == 1 else f"{len(group.lines)} x "
    over = ", for each example" if group.batched else ""
    if group.kind == "matrix":
        count, rows, columns = group.sizes
        matrices = f"{count} x " if count > 1 else ""
        shape = f"({rows}, {group.n_products}) @ ({group.n_products}, {columns})"
        terms = group.terms.shape[1]
        return f"{matrices}{shape}{f' + {terms} terms' if terms else ''}{over}"
    if group.lengths is not None:
        low, high = int(group.lengths.min()), int(group.lengths.max())
        name = "sum" if group.kind == "products" else group.row.name
        return f"{n} x {name} of {low} to {high} {_things(group)}{over}"
    if group.kind == "products":
        terms = group.terms.shape[1]
        more = f" and {terms} terms" if terms else ""
        return f"{each}sum of {group.n_products} products{more}{over}"
    if group.kind in ("reduce", "cross_entropy"):
        return f"{each}{group.row.name} of {group.operands.shape[1]}{over}"
    return f"{each}{group.row.label}{over}"


def _things(group: Group) -> str:
    return "products" if group.kind == "products" else "operands"


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
        for (row, _, _), places in found.items():
            operands = np.array([tape.operands[i] for i in places], dtype=np.int64)
            made = Group(_kind(row), row, np.array(places), operands, batched[places[0]], number)
            if made.kind == "products":
                made.n_products = int(row.settings["products"])
                _order_factors(made, ranks)
            groups.append(made)
    return Grouped(tape, groups)


def _kind(row: Operation) -> str:
    if row is CROSS_ENTROPY:
        return "cross_entropy"
    if row.name == "sum of products":
        return "products"
    return "reduce" if row in _REDUCTIONS else "map"


def _order_factors(group: Group, ranks: NDArray[np.int64]) -> None:
    """Put what belongs to the parameters alone on the left of each product, where users do not."""
    n = 2 * group.n_products
    # one axis made two is a view: what is written to the pairs is written to the operands
    pairs = group.operands[:, :n].reshape(len(group.lines), group.n_products, 2)
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
        joined += [_segment_reduction(members)] if _are_worth_joining(members) else members
    return Grouped(grouped.tape, joined)


def _family(group: Group) -> object:
    """What the groups have in common that may be one group of segments; None for no such group."""
    if group.kind == "products":
        return group.step, group.batched, group.kind, group.terms.shape[1]
    if group.row is TABLE["*"]:  # a sum of one product
        return group.step, group.batched, "products", 0
    if group.row in _SUMS:
        return group.step, group.batched, TABLE["sum"]
    if group.kind == "reduce" and group.row in _ANY_LENGTH:
        return group.step, group.batched, group.row
    return None


def _are_worth_joining(members: list[Group]) -> bool:
    # what has two operands is best by itself, unless it is a few of many lengths
    pairs = [len(g.lines) for g in members if g.kind == "map"]
    n = sum(len(g.lines) for g in members)
    several = len(members) - len(pairs) > (0 if members[0].row in _SUMS else 1)
    return len(members) > 1 and several and n >= _LEAST_JOINED and 2 * sum(pairs) <= n


_SUMS = (TABLE["+"], TABLE["sum"])
_LEAST_JOINED = 8


def _segment_reduction(members: list[Group]) -> Group:
    members = [
        replace(g, kind="products", n_products=1) if g.row is TABLE["*"] else g for g in members
    ]
    lines = np.concatenate([g.lines for g in members])
    order = np.argsort(lines, kind="stable")
    first = members[0]
    row = TABLE["sum"] if first.row in _SUMS else first.row
    none = np.empty((len(lines), 0), np.int64)
    made = Group("segments", row, lines[order], none, first.batched, first.step)
    if first.kind == "products":
        made.kind, made.n_products = "products", 1
        factors = [p for g in members for p in _pairs(g)]
        made.left = np.concatenate([factors[i][:, 0] for i in order])
        made.right = np.concatenate([factors[i][:, 1] for i in order])
        made.operands = np.concatenate([g.terms for g in members])[order]
        made.lengths = np.array([len(factors[i]) for i in order])
    else:
        lists = [row for g in members for row in g.operands]
        made.left = np.concatenate([lists[i] for i in order])
        made.lengths = np.array([len(lists[i]) for i in order])
    return made


def _pairs(group: Group) -> list[Places]:
    n = 2 * group.n_products
    return list(group.operands[:, :n].reshape(len(group.lines), group.n_products, 2))
