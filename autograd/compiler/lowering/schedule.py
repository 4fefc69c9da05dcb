"""Scheduling: in which step each line of a tape runs, as early as it can or a little later.

Lines of one kind in one step become one operation on arrays. A line that is ready a step before
many others of its kind had better wait for them, and so do all lines that follow from it: the first
token of a sequence attends to itself alone, without the sum that all other tokens need, and would
otherwise be ahead of them, by itself, to the very end.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from autograd.compiler.ir.fused import SumOfProducts
from autograd.compiler.ir.tape import ARGUMENT, LEAVES, Tape
from autograd.core.table import TABLE

_LONGEST_WAIT = 2  # steps
_MOST_WAITS = 16


def steps(tape: Tape) -> list[list[int]]:
    """The lines that are no leaves, in steps; lines of one step do not depend on each other."""
    batched = with_examples(tape)
    kinds = _kinds(tape, batched)
    floor: dict[int, int] = {}
    for _ in range(_MOST_WAITS):
        depth = depths(tape, floor)
        found = _by_kind_and_depth(kinds, depth)
        waiting = _early(tape, found)
        if waiting is None:
            break
        early, late = waiting
        floor |= dict.fromkeys(early, late)
    listed: list[list[int]] = [[] for _ in range(max(depth, default=0) + 1)]
    for place, at in enumerate(depth):
        if at:
            listed[at].append(place)
    return [lines for lines in listed if lines]


def depths(tape: Tape, floor: dict[int, int] | None = None) -> list[int]:
    """How many steps a line is above the leaves; at least what ``floor`` says, if it is in it."""
    least = floor or {}
    depth = [0] * len(tape.rows)
    for place, operands in enumerate(tape.operands):
        if operands:
            depth[place] = 1 + max([depth[i] for i in operands])
            if place in least and least[place] > depth[place]:
                depth[place] = least[place]
    return depth


def with_examples(tape: Tape) -> list[bool]:
    """Whether each line differs between examples."""
    batched = [row is ARGUMENT for row in tape.rows]
    for place, operands in enumerate(tape.operands):
        if operands:
            batched[place] = any([batched[i] for i in operands])  # noqa: C419 -- quicker as a list
    return batched


def _kinds(tape: Tape, batched: Sequence[bool]) -> list[int]:
    """A number for each line's kind, -1 for a leaf. Sums of any length are one kind."""
    numbers: dict[Hashable, int] = {}
    kinds = []
    plus, total = TABLE["+"], TABLE["sum"]
    for place, row in enumerate(tape.rows):
        if row in LEAVES:
            kinds.append(-1)
            continue
        n = len(tape.operands[place])
        key: Hashable = (row, n, batched[place])
        if row is plus or row is total:
            key = ("sum", batched[place])
        elif isinstance(row, SumOfProducts):
            key = ("sum of products", n - 2 * row.n_products, batched[place])
        kinds.append(numbers.setdefault(key, len(numbers)))
    return kinds


def _by_kind_and_depth(
    kinds: Sequence[int], depth: Sequence[int]
) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = {}
    for place, kind in enumerate(kinds):
        if kind >= 0:
            found.setdefault((depth[place], kind), []).append(place)
    return found


def _early(tape: Tape, found: dict[tuple[int, int], list[int]]) -> tuple[list[int], int] | None:
    """The first lines that should wait for others of their kind, and the step to wait for."""
    for (at, kind), lines in sorted(found.items()):
        for later in range(at + 1, at + 1 + _LONGEST_WAIT):
            others = found.get((later, kind), [])
            if len(others) >= 2 * len(lines) and not _lead_to(tape, lines, others, found, at):
                return lines, later
    return None


def _lead_to(
    tape: Tape, lines: Sequence[int], others: Sequence[int],
    found: dict[tuple[int, int], list[int]], at: int,
) -> bool:  # fmt: skip
    """Whether any of the others depends on any of the lines, by way of at most one line between."""
    reached = set(lines)
    for (depth, _), between in found.items():
        if depth == at + 1:
            reached |= {i for i in between if not reached.isdisjoint(tape.operands[i])}
    return any(not reached.isdisjoint(tape.operands[i]) for i in others)
