"""Memory planning: which arrays are views, which share a buffer, which are numbers.

An array whose last reader has run leaves its memory to a later one of the same size. The parts of
a gradient are computed in their places in it, so that nothing is copied together at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.ir.program import Instruction, Program
from autograd.compiler.ir.strided_views import view

_PLACEABLE = ("einsum", "reduce_sum", "map", "vjp", "reduce", "reduce_vjp", "cross_entropy_vjp")
_EXTRAS = ("reduce_extra",)


@dataclass
class Contribution:
    """How one contribution to a cotangent is added."""

    text: str | None  # of the view it belongs to; None for a list of positions
    mode: str  # "placed" (computed there), "set", "add", or "scatter" (positions repeat)


@dataclass
class Plan:
    """The memory of each instruction's array.

    buffers   shapes of the pieces of memory, each with whether it has examples
    of        the number of an array's buffer; none for views, numbers and fresh arrays
    placed    for an array that is computed in its place in a cotangent: that one's number
    contributions  for each cotangent, how its parts are added
    cleared   those cotangents that have to start from zeros
    opened    when a cotangent's memory is first written: before which instruction
    """

    buffers: list[tuple[int, bool]] = field(default_factory=list)
    of: dict[int, int] = field(default_factory=dict)
    placed: dict[int, tuple[int, str]] = field(default_factory=dict)
    contributions: dict[int, list[Contribution]] = field(default_factory=dict)
    cleared: set[int] = field(default_factory=set)
    opened: dict[int, int] = field(default_factory=dict)


def is_number(instr: Instruction) -> bool:
    """Whether an array is one plain number."""
    return instr.shape == () and not instr.batched


def view_text(program: Program, instr: Instruction) -> str | None:
    """What stands after the source's name where an array is a view of it, else None."""
    source = program[instr.inputs[0]] if instr.inputs else instr
    if instr.kind == "reshape":
        lead = ["n"] if instr.batched else []
        return f".reshape({', '.join([*lead, *map(str, instr.shape)])})"
    if instr.kind == "gather" and not is_number(instr) and instr.positions is not None:
        return view(instr.positions, source.shape, instr.batched)
    return None


def plan_memory(
    program: Program, returned: set[int], in_place: Callable[[Instruction], bool]
) -> Plan:
    """Memory for every array of the program.

    ``returned`` are arrays that the caller keeps, which are fresh at each call; ``in_place`` says
    whether an operation may write its result over an operand of the same shape.
    """
    plan = Plan()
    owners = [_owner(program, i) for i in range(len(program.instructions))]
    uses = _uses(program, owners)
    for number, instr in enumerate(program.instructions):
        if instr.kind == "scatter_add":
            _plan_contributions(program, plan, number, instr, uses)
    _share(program, plan, owners, returned, in_place)
    return plan


def _owner(program: Program, number: int) -> int:
    """The array whose memory this one is a view of; itself, if it has its own."""
    instr = program[number]
    while instr.inputs and view_text(program, instr) is not None and not is_number(instr):
        number = instr.inputs[0]
        instr = program[number]
    return number


# --- cotangents that are sums of contributions ----------------------------------------------------


def _plan_contributions(
    program: Program, plan: Plan, number: int, instr: Instruction, uses: list[int]
) -> None:
    everywhere = np.arange(instr.size)
    regions = [everywhere if p is None else p.ravel() for p in instr.places]
    counts = np.zeros(instr.size, np.int64)
    for region in regions:
        np.add.at(counts, region, 1)
    texts = [_text(program, i, instr, p) for i, p in zip(instr.inputs, instr.places, strict=True)]
    touched = np.zeros(instr.size, bool)
    contributions: list[Contribution | None] = [None] * len(regions)
    for k, (source, region, text) in enumerate(zip(instr.inputs, regions, texts, strict=True)):
        part = program[source]
        places = instr.places[k]
        shape = instr.shape if places is None else places.shape
        if (
            text is not None and part.kind in _PLACEABLE and uses[source] == 1
            and part.shape == shape and part.batched == instr.batched and not is_number(part)
            and (counts[region] == 1).all() and source not in plan.placed
        ):  # fmt: skip
            contributions[k] = Contribution(text, "placed")
            plan.placed[source] = (number, text)
            plan.opened[number] = min(plan.opened.get(number, source), source)
            touched[region] = True
    for k, (region, text) in enumerate(zip(regions, texts, strict=True)):
        if contributions[k] is not None:
            continue
        distinct = text is not None or len(np.unique(region)) == len(region)
        if not distinct:
            contributions[k] = Contribution(None, "scatter")
            plan.cleared |= {number} if not touched.all() else set()
        elif touched[region].any():
            contributions[k] = Contribution(text, "add")
            plan.cleared |= {number} if not touched[region].all() else set()
        else:
            contributions[k] = Contribution(text, "set")
        touched[region] = True
    if not touched.all():
        plan.cleared.add(number)
    plan.contributions[number] = found = [
        contribution for contribution in contributions if contribution is not None
    ]
    scattered = bool(found) and all(contribution.mode == "scatter" for contribution in found)
    if not (scattered and not instr.batched and number != program.gradient):
        plan.opened.setdefault(number, number)  # else it is made by the sums themselves


def _uses(program: Program, owners: list[int]) -> list[int]:
    uses = [0] * len(program.instructions)
    for instr in program.instructions:
        for i in instr.inputs:
            uses[i] += 1
            if owners[i] != i:
                uses[owners[i]] += 1
    return uses


def _text(
    program: Program, source: int, instr: Instruction, places: NDArray[np.int64] | None
) -> str | None:
    """The view of a cotangent that a contribution is written to, if it is one."""
    if places is None:
        return ""
    if places.size == 1:
        return None  # a single element is no view
    return view(places, instr.shape, instr.batched)


# --- sharing --------------------------------------------------------------------------------------


def _share(
    program: Program, plan: Plan, owners: list[int], returned: set[int],
    in_place: Callable[[Instruction], bool],
) -> None:  # fmt: skip
    """Give out memory in the order of the program, and take back what nobody reads any more."""
    last = _last_uses(program, plan, owners, returned)
    starts: dict[int, list[int]] = {}
    for number, instr in enumerate(program.instructions):
        if _needs_memory(program, plan, owners, number) and number not in returned:
            begin = plan.opened.get(number, number)
            if instr.kind in _EXTRAS:
                begin = instr.inputs[0]
            starts.setdefault(begin, []).append(number)
    ends: dict[int, list[int]] = {}
    for number, end in last.items():
        ends.setdefault(end, []).append(number)
    free: dict[tuple[int, bool], list[int]] = {}
    holder: dict[int, int] = {}  # whose each buffer is; an array may have inherited it
    for number, instr in enumerate(program.instructions):
        for starting in starts.get(number, []):
            own = program[starting]
            key = (own.size, own.batched)
            taken = None
            if starting == number and in_place(instr):
                taken = _inherited(program, plan, owners, number, last)
            if taken is None and free.get(key):
                taken = free[key].pop()
            if taken is None:
                taken = len(plan.buffers)
                plan.buffers.append(key)
            plan.of[starting] = taken
            holder[taken] = starting
        for ending in ends.get(number, []):
            buffer = plan.of.get(ending)
            if buffer is not None and holder[buffer] == ending:
                free.setdefault(plan.buffers[buffer], []).append(buffer)


def _inherited(
    program: Program, plan: Plan, owners: list[int], number: int, last: dict[int, int]
) -> int | None:
    """The buffer of an operand of the same shape that nobody reads after this."""
    instr = program[number]
    for i in instr.inputs:
        operand = program[i]
        if (
            owners[i] == i and i in plan.of and last.get(i) == number
            and operand.shape == instr.shape and operand.batched == instr.batched
        ):  # fmt: skip
            return plan.of[i]
    return None


def _needs_memory(program: Program, plan: Plan, owners: list[int], number: int) -> bool:
    instr = program[number]
    if instr.kind in ("theta", "argument", "constant", "seed") or is_number(instr):
        return False
    if instr.kind == "cross_entropy" or (instr.kind == "scatter_add" and number not in plan.opened):
        return False  # NumPy makes it
    return owners[number] == number and number not in plan.placed


def _last_uses(
    program: Program, plan: Plan, owners: list[int], returned: set[int]
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
            while is_number(program[i]) and program[i].kind in ("gather", "reshape", "broadcast"):
                i = program[i].inputs[0]
                extend(i, number)
    for number in (*program.outputs, *returned):
        extend(number, end)
    return last
