"""Whether a node of a graph a million deep costs what one of a graph ten thousand deep does.

The short chain is done a hundred times, so both do the same work, and they take turns. The free
is timed with the garbage collector off: counting references has to be enough.
"""

from __future__ import annotations

import gc
from dataclasses import astuple, dataclass
from time import perf_counter

from autograd import Value
from benchmarks.rows import Effort, Report, Row
from benchmarks.timing import Timing

LIMIT = 2.0


@dataclass(frozen=True, slots=True)
class Phases:
    """The seconds of a chain's life."""

    build: float
    sweep: float
    free: float


def chain(n_nodes: int) -> Value:
    """A graph of ``n_nodes`` operations, each on the one before it: a product, a sum, a product."""
    decay, step = Value(0.999), Value(0.001)
    node = Value(1.0)
    for _ in range(n_nodes // 2):
        node = node * decay + step
    return node


def live(n_nodes: int, times: int) -> Phases:
    """Build, sweep and free a chain, ``times`` over; the sums of the seconds."""
    build = sweep = free = 0.0
    for _ in range(times):
        gc.collect()
        start = perf_counter()
        output = chain(n_nodes)
        built = perf_counter()
        output.backward()
        swept = perf_counter()
        gc.disable()
        freeing = perf_counter()
        del output
        freed = perf_counter()
        gc.enable()
        build, sweep, free = build + built - start, sweep + swept - built, free + freed - freeing
    return Phases(build, sweep, free)


def survivors(n_nodes: int) -> int:
    """How many Values a chain leaves behind, with the garbage collector off, once it is let go."""
    gc.collect()
    gc.disable()
    try:
        before = _values()
        output = chain(n_nodes)
        output.backward()
        del output
        return _values() - before
    finally:
        gc.enable()


def _values() -> int:
    return sum(type(x) is Value for x in gc.get_objects())


def measure(effort: Effort, report: Report) -> list[Row]:
    """Time both chains, and look for what is left of the long one."""
    long, times = effort.choose(full=1_000_000, quick=2_000), 100
    short = long // times
    turns = effort.choose(full=7, quick=1)
    lives: dict[int, list[Phases]] = {short: [], long: []}
    live(short, 1)
    for turn in range(turns):
        report(f"chains of {short:,} and {long:,} nodes: turn {turn + 1} of {turns}")
        lives[short].append(live(short, times))
        lives[long].append(live(long, 1))
    rows = _rows(lives, short, long)
    report(f"what is left of a chain of {long:,} nodes")
    left = Row(
        f"a chain of {long:,} nodes, collector off", "nodes left once let go",
        survivors(long), "nodes", limit=0.0,
    )  # fmt: skip
    return [*rows, left]


def _rows(lives: dict[int, list[Phases]], short: int, long: int) -> list[Row]:
    rows = []
    for phase in ("build", "sweep", "free", "all three"):
        workload = f"a chain: {phase}"
        times = {n: Timing(tuple(_seconds(life, phase) / long for life in lives[n])) for n in lives}
        few, many = times[short], times[long]
        name = f"{short:,} nodes"
        rows.append(Row(workload, name, few.median, "s/node", few.spread))
        rows.append(
            Row(
                workload, f"{long:,} nodes", many.median, "s/node", many.spread,
                many.ratio(few), name, LIMIT,
            )
        )  # fmt: skip
    return rows


def _seconds(life: Phases, phase: str) -> float:
    seconds: float = sum(astuple(life)) if phase == "all three" else getattr(life, phase)
    return seconds
