"""Memory planning: which arrays are views, which share a buffer, which lie in a gradient.

An array whose last reader has run leaves its memory to a later one of the same size. The parts of
a gradient are computed in their places in it, so that nothing is copied together at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.instructions import Instruction
from autograd.compiler.ir.program import Program
from autograd.compiler.ir.strided_views import view

_PLACEABLE = (ir.Einsum, ir.ReduceSum, ir.Map, ir.Vjp, ir.Reduce, ir.ReduceVjp, ir.CrossEntropyVjp)


class Placement(Enum):
    """How a contribution comes into a cotangent."""

    PLACED = "computed in its place"
    SET = "="
    ADD = "+="
    SCATTER = "at positions that repeat"


@dataclass(frozen=True, slots=True)
class Contribution:
    """How one contribution to a cotangent is added."""

    text: str | None  # of the view it belongs to; None for a list of positions
    mode: Placement


@dataclass(frozen=True, slots=True)
class Plan:
    """The memory of each instruction's array.

    views     for an array that is a view: what stands after the name of what it is a view of
    buffers   the sizes of the pieces of memory, each with whether it has examples
    of        the number of an array's buffer; none for views, numbers and fresh arrays
    placed    for an array that is computed in its place in a cotangent: that one's number, and view
    contributions  for each cotangent, how its parts are added
    cleared   those cotangents that have to start from zeros
    opened    when a cotangent's memory is first written: before which instruction
    """

    views: dict[int, str] = field(default_factory=dict)
    buffers: list[tuple[int, bool]] = field(default_factory=list)
    of: dict[int, int] = field(default_factory=dict)
    placed: dict[int, tuple[int, str]] = field(default_factory=dict)
    contributions: dict[int, list[Contribution]] = field(default_factory=dict)
    cleared: set[int] = field(default_factory=set)
    opened: dict[int, int] = field(default_factory=dict)


def plan_memory(
    program: Program, returned: set[int], in_place: Callable[[Instruction], bool]
) -> Plan:
    """Memory for every array of the program.

    ``returned`` are arrays that the caller keeps, which are fresh at each call; ``in_place`` says
    whether an operation may write its result over an operand of the same shape.
    """
    plan = Plan()
    owners: list[int] = []  # the array whose memory each is a view of; itself, if it has its own
    uses = program.uses()
    for number, instr in enumerate(program.instructions):
        text = _view(program, instr)
        if text is not None:
            plan.views[number] = text
        owners.append(number if text is None else owners[instr.inputs[0]])
        for i in instr.inputs:
            if owners[i] != i:
                uses[owners[i]] += 1
    for number, instr in enumerate(program.instructions):
        if isinstance(instr, ir.ScatterAdd):
            _plan_contributions(program, plan, number, instr, uses)
    _share(program, plan, owners, returned, in_place)
    return plan


def _view(program: Program, instr: Instruction) -> str | None:
    """What stands after the source's name where an array is a view of it, else None."""
    if instr.is_number:
        return None
    if isinstance(instr, ir.Reshape):
        lead = ["n"] if instr.batched else []
        return f".reshape({', '.join([*lead, *map(str, instr.shape)])})"
    if isinstance(instr, ir.Gather):
        return view(instr.positions, program[instr.inputs[0]].shape, instr.batched)
    return None


# --- cotangents that are sums of contributions ----------------------------------------------------


def _plan_contributions(
    program: Program, plan: Plan, number: int, instr: ir.ScatterAdd, uses: Sequence[int]
) -> None:
    everywhere = np.arange(instr.size)
    regions = [everywhere if p is None else p.ravel() for p in instr.positions]
    counts = np.zeros(instr.size, np.int64)
    for region in regions:
        np.add.at(counts, region, 1)
    texts = [  # of the view that each is written to; a single element is no view
        "" if p is None else None if p.size == 1 else view(p, instr.shape, instr.batched)
        for p in instr.positions
    ]
    touched = np.zeros(instr.size, bool)
    modes = [Placement.SET] * len(regions)
    parts = zip(instr.inputs, instr.positions, regions, texts, strict=True)
    for k, (source, positions, region, text) in enumerate(parts):
        part = program[source]
        shape = instr.shape if positions is None else positions.shape
        if (
            text is not None and isinstance(part, _PLACEABLE) and uses[source] == 1
            and part.shape == shape and part.batched == instr.batched and not part.is_number
            and (counts[region] == 1).all() and source not in plan.placed
        ):  # fmt: skip
            modes[k] = Placement.PLACED
            plan.placed[source] = (number, text)
            plan.opened[number] = min(plan.opened.get(number, source), source)
            touched[region] = True
    whole = True  # whether all that is added to was written before
    for k, (region, text) in enumerate(zip(regions, texts, strict=True)):
        if modes[k] is Placement.PLACED:
            continue
        if text is None and len(np.unique(region)) < len(region):
            modes[k] = Placement.SCATTER
            whole &= bool(touched.all())
        elif touched[region].any():
            modes[k] = Placement.ADD
            whole &= bool(touched[region].all())
        touched[region] = True
    if not (whole and touched.all()):
        plan.cleared.add(number)
    plan.contributions[number] = list(map(Contribution, texts, modes))
    scattered = set(modes) == {Placement.SCATTER}
    if not (scattered and not instr.batched and number != program.gradient):
        plan.opened.setdefault(number, number)  # else it is made by the sums themselves


# --- sharing --------------------------------------------------------------------------------------


def _share(
    program: Program, plan: Plan, owners: Sequence[int], returned: set[int],
    in_place: Callable[[Instruction], bool],
) -> None:  # fmt: skip
    """Give out memory in the order of the program, and take back what nobody reads any more."""
    last = _last_uses(program, plan, owners, returned)
    starts: dict[int, list[int]] = {}
    for number, instr in enumerate(program.instructions):
        if number not in returned and _needs_memory(plan, number, instr):
            begin = plan.opened.get(number, number)
            if isinstance(instr, ir.ReduceExtra):  # written with the reduction that it belongs to
                begin = instr.inputs[0]
            starts.setdefault(begin, []).append(number)
    ends: dict[int, list[int]] = {}
    for number, end in last.items():
        ends.setdefault(end, []).append(number)
    free: dict[tuple[int, bool], list[int]] = {}
    holder: dict[int, int] = {}  # whose each buffer is; an array may have inherited it
    for number, instr in enumerate(program.instructions):
        for starting in starts.get(number, ()):
            key = (program[starting].size, program[starting].batched)
            taken = None
            if starting == number and in_place(instr):
                taken = _inherited(program, plan, number, last)
            if taken is None and free.get(key):
                taken = free[key].pop()
            if taken is None:
                taken = len(plan.buffers)
                plan.buffers.append(key)
            plan.of[starting] = taken
            holder[taken] = starting
        for ending in ends.get(number, ()):
            buffer = plan.of.get(ending)
            if buffer is not None and holder[buffer] == ending:
                free.setdefault(plan.buffers[buffer], []).append(buffer)


def _inherited(program: Program, plan: Plan, number: int, last: dict[int, int]) -> int | None:
    """The buffer of an operand of the same shape that nobody reads after this."""
    instr = program[number]
    for i in instr.inputs:
        alike = program[i].shape == instr.shape and program[i].batched == instr.batched
        if alike and i in plan.of and last.get(i) == number:
            return plan.of[i]
    return None


def _needs_memory(plan: Plan, number: int, instr: Instruction) -> bool:
    if isinstance(instr, (ir.Leaf, ir.CrossEntropy)) or instr.is_number or number in plan.views:
        return False  # of a cross-entropy, and of a sum at positions alone, NumPy makes the array
    if isinstance(instr, ir.ScatterAdd):
        return number in plan.opened
    return number not in plan.placed


def _last_uses(
    program: Program, plan: Plan, owners: Sequence[int], returned: set[int]
) -> dict[int, int]:
    """For each array with memory of its own, the last instruction that reads it or a view of it."""
    end = len(program.instructions)
    last: dict[int, int] = {}

    def extend(number: int, until: int) -> None:
        owner = owners[number]
        if owner in plan.placed:  # it is a part of a cotangent
            owner = plan.placed[owner][0]
        last[owner] = max(last.get(owner, owner), until)

    for number, instr in enumerate(program.instructions):
        extend(number, number)
        for i in instr.inputs:
            extend(i, number)
            # one element of an array is often written where it is read: number(a[2])
            while isinstance(program[i], (ir.Gather, ir.Reshape)) and program[i].is_number:
                i = program[i].inputs[0]
                extend(i, number)
    for number in (*program.outputs, *returned):
        extend(number, end)
    return last
