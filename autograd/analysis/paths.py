"""The paths from an output down to a node: how many there are, and the largest of them.

The chain rule, written out, is a sum over paths of products of local derivatives. One sweep in the
order of the backward pass finds them; where that carries a sum to each node, this carries a count
and a short list of products.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from autograd._util.format import number
from autograd.core.graph import depends_on, interior
from autograd.core.value import Value

# A path of more factors than this is written with its first few and its last few.
_FACTORS = 12
_ENDS = 3

# A path on its way down: its product so far, the path it goes on from, and the edge it took.
Partial = tuple[float, Any, Value | None, int]


@dataclass(frozen=True)
class Path:
    """One way from the output down to ``wrt``, and the product of the derivatives along it.

    ``nodes`` runs from the output to wrt. ``slots`` and ``locals`` have one entry for each step:
    which operand the next node is, and the local derivative by it. ``value`` is their product,
    taken from the output down, as the backward pass does.
    """

    nodes: tuple[Value, ...]
    slots: tuple[int, ...]
    locals: tuple[float, ...]
    value: float

    @property
    def places(self) -> list[int]:
        """Which factors are shown where a person reads the path: all, or those at its ends."""
        n = len(self.locals)
        return [*range(n)] if n <= _FACTORS else [*range(_ENDS), *range(n - _ENDS, n)]

    def joined(self, factors: Sequence[str], between: str, left_out: str) -> str:
        """The factors of ``places``, written, as one text; ``left_out`` stands for the others."""
        if len(factors) == len(self.locals):
            return between.join(factors)
        gap = left_out.format(f"{len(self.locals) - len(factors):,}")
        return between.join([*factors[:_ENDS], gap, *factors[_ENDS:]])

    def product(self) -> str:
        """The numbers: ``2 x 1 x -3``; ``1`` for the path of no steps."""
        factors = [number(self.locals[i]) for i in self.places]
        return self.joined(factors, " x ", "(... {} more ...)") or "1"

    def __repr__(self) -> str:
        return f"Path({self.product()} = {number(self.value)})"


class PathSum(NamedTuple):
    """What a search has found; ``size`` is the sum of the paths' absolute values."""

    output: Value
    wrt: Value
    users: tuple[Value, ...]  # the nodes that paths go through, parents first, wrt left out
    paths: tuple[Path, ...]  # the largest, largest first
    n_paths: int
    size: float


def find_paths(output: Value, wrt: Value, top: int) -> PathSum:
    """All paths counted, and the ``top`` largest; nan counts as larger than any number.

    Equal paths come in the order in which the graph computes the last step of each.
    """
    between = depends_on(output, {wrt})
    users = tuple([node for node in interior(output) if node in between and node is not wrt])
    smallest_too = _has_infinite_edge(users)
    open_paths: dict[Value, list[Partial]] = {output: [(1.0, None, None, 0)]}
    counts, sizes = {output: 1}, {output: 1.0}
    for node in reversed(users):
        # what has been passed on is dropped: 2**100000 takes 13 kilobytes, and so at every node
        count, size = counts.pop(node), sizes.pop(node)
        best = _best(open_paths.pop(node), top, smallest_too)
        parents, partials = node.parents, node.partials
        # The last slot first: lists run from small to large, so what arrives last among equals
        # is shown first.
        for slot in range(len(parents) - 1, -1, -1):
            parent, local = parents[slot], partials[slot]
            if parent in between:
                counts[parent] = counts.get(parent, 0) + count
                sizes[parent] = sizes.get(parent, 0.0) + size * abs(local)
                open_paths.setdefault(parent, []).extend(
                    [(partial[0] * local, partial, node, slot) for partial in best]
                )
    largest = _best(open_paths.get(wrt, []), top, False)
    paths = tuple([_path(partial, wrt) for partial in reversed(largest)])
    return PathSum(output, wrt, users, paths, counts.get(wrt, 0), sizes.get(wrt, 0.0))


def remainder(total: float, values: Sequence[float]) -> float:
    """``total`` less the values, rounded once."""
    terms = [total, *[-value for value in values]]
    if not all(map(math.isfinite, terms)):
        return sum(terms)
    try:
        return math.fsum(terms)
    except OverflowError:  # on the way, though perhaps not in the end
        exact = sum(map(Fraction, terms))
        try:
            return float(exact)
        except OverflowError:
            return math.inf if exact > 0 else -math.inf


def _best(partials: list[Partial], top: int, smallest_too: bool) -> list[Partial]:
    """The ``top`` largest, from small to large, and before them the ``top`` smallest if wanted."""
    ranked = sorted(partials, key=_rank)
    return [*ranked[:top], *ranked[top:][-top:]] if smallest_too else ranked[-top:]


def _rank(partial: Partial) -> tuple[bool, float]:
    product = partial[0]
    return product != product, abs(product)


def _has_infinite_edge(users: Sequence[Value]) -> bool:
    """Whether a factor may be infinite: 0 x inf is nan, so the smallest could become the first."""
    return any(math.isinf(local) for node in users for local in node.partials)


def _path(partial: Partial, wrt: Value) -> Path:
    value = partial[0]
    nodes, slots, locals_ = [wrt], [], []
    _, above, node, slot = partial
    while node is not None:
        nodes.append(node)
        slots.append(slot)
        locals_.append(node.partials[slot])
        _, above, node, slot = above
    return Path(tuple(nodes[::-1]), tuple(slots[::-1]), tuple(locals_[::-1]), value)
