"""Which lines of a tape are done together: the same operation at the same depth.

Lines of one depth do not depend on each other, so those of one kind can be one operation on
arrays. What is found here is only who belongs together, and in which order; where the arrays'
elements lie is decided later, in ``lowering.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.scalar_passes import CROSS_ENTROPY
from autograd.compiler.tape import ARGUMENT, LEAVES, Tape
from autograd.operation import SHIFT, Operation
from autograd.ops import TABLE

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
    depth: int = 0
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
        return f"{n} x {group.row.name.split(' of')[0]} of {low} to {high} {_things(group)}{over}"
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
    """The lines of a tape by depth and operation, in the order in which they can be done."""
    depth, batched = _depths(tape)
    # what depends on the parameters alone comes first in a product, and leaves before the others
    ranks = 2 * np.array(batched, dtype=np.int64) + (np.array(depth) > 0)
    found: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(tape.rows):
        if row not in LEAVES:
            key = (depth[place], batched[place], row, len(tape.operands[place]))
            found.setdefault(key, []).append(place)
    by_depth: dict[int, list[Group]] = {}
    for (level, over, row, _), places in found.items():
        operands = np.array([tape.operands[i] for i in places], dtype=np.int64)
        made = Group(_kind(row), row, np.array(places), operands, over, level)
        if made.kind == "products":
            made.n_products = int(row.settings["products"])
            _order_factors(made, ranks)
        by_depth.setdefault(level, []).append(made)
    groups = [g for level in sorted(by_depth) for g in by_depth[level]]
    return Grouped(tape, groups)


def _kind(row: Operation) -> str:
    if row is CROSS_ENTROPY:
        return "cross_entropy"
    if row.name == "sum of products":
        return "products"
    return "reduce" if row in _REDUCTIONS else "map"


def _depths(tape: Tape) -> tuple[list[int], list[bool]]:
    """How many operations a line is above the leaves, and whether it differs between examples."""
    depth = [0] * len(tape.rows)
    batched = [row is ARGUMENT for row in tape.rows]
    for place, operands in enumerate(tape.operands):
        if operands:
            depth[place] = 1 + max([depth[i] for i in operands])
            batched[place] = any([batched[i] for i in operands])  # noqa: C419 -- quicker as a list
    return depth, batched


def _order_factors(group: Group, ranks: NDArray[np.int64]) -> None:
    """Put what belongs to the parameters alone on the left of each product, where users do not."""
    n = 2 * group.n_products
    pairs = group.operands[:, :n].reshape(len(group.lines), -1, 2)
    wrong = ranks[pairs[..., 0]] > ranks[pairs[..., 1]]
    if wrong.any():
        pairs[wrong] = pairs[wrong][:, ::-1]
        group.operands[:, :n] = pairs.reshape(len(group.lines), -1)


def ragged(grouped: Grouped) -> Grouped:
    """Join sums of different lengths, at the same depth, into one group of segments.

    Attention that looks back has sums of one term, of two, of three and so on; together they are
    one call of NumPy's reduceat.
    """
    joined: list[Group] = []
    waiting: dict[tuple[Any, ...], list[Group]] = {}
    for g in grouped.groups:
        kind = g.row if g.kind == "reduce" else g.kind
        key = (g.depth, g.batched, kind, g.terms.shape[1] if g.n_products else 0)
        mergeable = (g.kind == "reduce" and g.row in _ANY_LENGTH) or g.kind == "products"
        if mergeable and g.kind != "matrix":
            if key in waiting:
                waiting[key].append(g)
                continue
            waiting[key] = [g]
        joined.append(g)
    for members in waiting.values():
        if len(members) > 1 and sum(len(g.lines) for g in members) >= _WORTH_JOINING:
            joined[joined.index(members[0])] = _segments(members)
        else:
            at = joined.index(members[0])
            joined[at : at + 1] = members
    return Grouped(grouped.tape, joined)


_WORTH_JOINING = 8


def _segments(members: list[Group]) -> Group:
    lines = np.concatenate([g.lines for g in members])
    order = np.argsort(lines, kind="stable")
    first = members[0]
    made = Group(
        "segments", first.row, lines[order], np.empty((len(lines), 0), np.int64),
        first.batched, first.depth,
    )  # fmt: skip
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
    return list(group.operands[:, :n].reshape(len(group.lines), -1, 2))
