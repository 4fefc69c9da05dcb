"""Where the arrays of a program live: which are views, which share memory, which are numbers.

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

_PLACEABLE = ("einsum", "total", "map", "pull", "reduce", "reduce_pull", "cross_entropy_pull")
_EXTRAS = ("reduce_extra",)


@dataclass
class Arrival:
    """How one contribution to a collected gradient gets there."""

    text: str | None  # of the view it belongs to; None for a list of positions
    mode: str  # "placed" (computed there), "set", "add", or "scatter" (positions repeat)


@dataclass
class Plan:
    """The memory of each instruction's array.

    buffers   shapes of the pieces of memory, each with whether it has examples
    of        the number of an array's buffer; none for views, numbers and fresh arrays
    placed    for an array that is computed in its place in a collected one: that one's number
    arrivals  for each collected gradient, how its contributions get there
    cleared   those collected gradients that have to start from zeros
    opened    when a collected gradient's memory is first written: before which instruction
    """

    buffers: list[tuple[int, bool]] = field(default_factory=list)
    of: dict[int, int] = field(default_factory=dict)
    placed: dict[int, tuple[int, str]] = field(default_factory=dict)
    arrivals: dict[int, list[Arrival]] = field(default_factory=dict)
    cleared: set[int] = field(default_factory=set)
    opened: dict[int, int] = field(default_factory=dict)


def is_number(made: Instruction) -> bool:
    """Whether an array is one plain number."""
    return made.shape == () and not made.batched


def view_text(program: Program, made: Instruction) -> str | None:
    """What stands after the source's name where an array is a view of it, else None."""
    source = program[made.inputs[0]] if made.inputs else made
    if made.kind == "reshape":
        lead = ["n"] if made.batched else []
        return f".reshape({', '.join([*lead, *map(str, made.shape)])})"
    if made.kind == "take" and not is_number(made) and made.positions is not None:
        return view(made.positions, source.shape, made.batched)
    return None


def plan_buffers(program: Program, kept: set[int], in_place: Callable[[Instruction], bool]) -> Plan:
    """Memory for every array of the program.

    ``kept`` are arrays that the caller keeps, which are fresh at each call; ``in_place`` says
    whether an operation may write its result over an operand of the same shape.
    """
    plan = Plan()
    owners = [_owner(program, i) for i in range(len(program.instructions))]
    uses = _uses(program, owners)
    for number, made in enumerate(program.instructions):
        if made.kind == "collect":
            _plan_arrivals(program, plan, number, made, uses)
    _share(program, plan, owners, kept, in_place)
    return plan


def _owner(program: Program, number: int) -> int:
    """The array whose memory this one is a view of; itself, if it has its own."""
    made = program[number]
    while made.inputs and view_text(program, made) is not None and not is_number(made):
        number = made.inputs[0]
        made = program[number]
    return number


# --- gradients that are collected from parts ------------------------------------------------------


def _plan_arrivals(
    program: Program, plan: Plan, number: int, made: Instruction, uses: list[int]
) -> None:
    everywhere = np.arange(made.size)
    regions = [everywhere if p is None else p.ravel() for p in made.places]
    counts = np.zeros(made.size, np.int64)
    for region in regions:
        np.add.at(counts, region, 1)
    texts = [_text(program, i, made, p) for i, p in zip(made.inputs, made.places, strict=True)]
    touched = np.zeros(made.size, bool)
    arrivals: list[Arrival | None] = [None] * len(regions)
    for k, (source, region, text) in enumerate(zip(made.inputs, regions, texts, strict=True)):
        part = program[source]
        places = made.places[k]
        shape = made.shape if places is None else places.shape
        if (
            text is not None and part.kind in _PLACEABLE and uses[source] == 1
            and part.shape == shape and part.batched == made.batched and not is_number(part)
            and (counts[region] == 1).all() and source not in plan.placed
        ):  # fmt: skip
            arrivals[k] = Arrival(text, "placed")
            plan.placed[source] = (number, text)
            plan.opened[number] = min(plan.opened.get(number, source), source)
            touched[region] = True
    for k, (region, text) in enumerate(zip(regions, texts, strict=True)):
        if arrivals[k] is not None:
            continue
        distinct = text is not None or len(np.unique(region)) == len(region)
        if not distinct:
            arrivals[k] = Arrival(None, "scatter")
            plan.cleared |= {number} if not touched.all() else set()
        elif touched[region].any():
            arrivals[k] = Arrival(text, "add")
            plan.cleared |= {number} if not touched[region].all() else set()
        else:
            arrivals[k] = Arrival(text, "set")
        touched[region] = True
    if not touched.all():
        plan.cleared.add(number)
    plan.arrivals[number] = found = [arrival for arrival in arrivals if arrival is not None]
    scattered = bool(found) and all(arrival.mode == "scatter" for arrival in found)
    if not (scattered and not made.batched and number != program.gradient):
        plan.opened.setdefault(number, number)  # else it is made by the sums themselves


def _uses(program: Program, owners: list[int]) -> list[int]:
    uses = [0] * len(program.instructions)
    for made in program.instructions:
        for i in made.inputs:
            uses[i] += 1
            if owners[i] != i:
                uses[owners[i]] += 1
    return uses


def _text(
    program: Program, source: int, made: Instruction, places: NDArray[np.int64] | None
) -> str | None:
    """The view of a collected array that a contribution belongs to, if it is one to write to."""
    if places is None:
        return ""
    if places.size == 1:
        return None  # a single element is no view
    return view(places, made.shape, made.batched)


# --- sharing --------------------------------------------------------------------------------------


def _share(
    program: Program,
    plan: Plan,
    owners: list[int],
    kept: set[int],
    in_place: Callable[[Instruction], bool],
) -> None:
    """Give out memory in the order of the program, and take back what nobody reads any more."""
    last = _last_uses(program, plan, owners, kept)
    starts: dict[int, list[int]] = {}
    for number, made in enumerate(program.instructions):
        if _needs_memory(program, plan, owners, number) and number not in kept:
            begin = plan.opened.get(number, number)
            if made.kind in _EXTRAS:
                begin = made.inputs[0]
            starts.setdefault(begin, []).append(number)
    ends: dict[int, list[int]] = {}
    for number, end in last.items():
        ends.setdefault(end, []).append(number)
    free: dict[tuple[int, bool], list[int]] = {}
    holder: dict[int, int] = {}  # whose each buffer is; an array may have inherited it
    for number, made in enumerate(program.instructions):
        for starting in starts.get(number, []):
            own = program[starting]
            key = (own.size, own.batched)
            taken = None
            if starting == number and in_place(made):
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
    made = program[number]
    for i in made.inputs:
        operand = program[i]
        if (
            owners[i] == i and i in plan.of and last.get(i) == number
            and operand.shape == made.shape and operand.batched == made.batched
        ):  # fmt: skip
            return plan.of[i]
    return None


def _needs_memory(program: Program, plan: Plan, owners: list[int], number: int) -> bool:
    made = program[number]
    if made.kind in ("theta", "argument", "constant", "seed") or is_number(made):
        return False
    if made.kind == "cross_entropy" or (made.kind == "collect" and number not in plan.opened):
        return False  # NumPy makes it
    return owners[number] == number and number not in plan.placed


def _last_uses(program: Program, plan: Plan, owners: list[int], kept: set[int]) -> dict[int, int]:
    """For each array with memory of its own, the last instruction that reads it or a view of it."""
    end = len(program.instructions)
    last: dict[int, int] = {}

    def extend(number: int, until: int) -> None:
        owner = owners[number]
        if owner in plan.placed:  # it is a part of a collected array
            owner = plan.placed[owner][0]
        last[owner] = max(last.get(owner, owner), until)

    for number, made in enumerate(program.instructions):
        extend(number, number)
        for i in made.inputs:
            extend(i, number)
            # one element of an array is often written where it is read: number(a[2])
            while is_number(program[i]) and program[i].kind in ("take", "reshape", "spread"):
                i = program[i].inputs[0]
                extend(i, number)
    for number in (*program.outputs, *kept):
        extend(number, end)
    return last
