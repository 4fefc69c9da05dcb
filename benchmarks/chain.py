"""Whether a node of a graph a million deep costs what one of a graph ten thousand deep does.

The short chain is done a hundred times, so both do the same work, and they take turns. It is
measured twice: with the garbage collector on, as users have it, and off. The difference is the
collector's: while a heap grows, CPython goes through all of it again and again, whatever is on it,
which a short chain is spared. The free is always timed with the collector off: counting references
has to be enough.
"""

from __future__ import annotations

import gc
from dataclasses import astuple, dataclass
from time import perf_counter

from autograd import Value
from benchmarks.rows import Effort, Report, Row
from benchmarks.timing import Timing, heap_set_aside

LIMIT = 2.0
REPEATS = 100  # of the short chain, for one of the long one


@dataclass(frozen=True, slots=True)
class Phases:
    """The seconds of a chain's life."""

    build: float
    sweep: float
    free: float

    def of(self, phase: str) -> float:
        """The seconds of one phase, or of all three."""
        seconds: float = sum(astuple(self)) if phase == "all three" else getattr(self, phase)
        return seconds


def chain(n_nodes: int) -> Value:
    """A graph of ``n_nodes`` operations, each on the one before it: a product, a sum, a product."""
    decay, step = Value(0.999), Value(0.001)
    node = Value(1.0)
    for _ in range(n_nodes // 2):
        node = node * decay + step
    return node


def live(n_nodes: int, times: int, *, collector: bool) -> Phases:
    """Build, sweep and free a chain, ``times`` over; the sums of the seconds."""
    build = sweep = free = 0.0
    for _ in range(times):
        gc.collect()
        if not collector:
            gc.disable()
        try:
            start = perf_counter()
            output = chain(n_nodes)
            built = perf_counter()
            output.backward()
            swept = perf_counter()
            gc.disable()
            freeing = perf_counter()
            del output
            freed = perf_counter()
        finally:
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
    long, turns = effort.choose(full=1_000_000, quick=2_000), effort.choose(full=5, quick=1)
    short = long // REPEATS
    live(short, 1, collector=True)
    rows: list[Row] = []
    for collector in (True, False):
        state = f"collector {'on' if collector else 'off'}"
        few, many = [], []
        for turn in range(turns):
            report(f"chains of {short:,} and {long:,} nodes, {state}: turn {turn + 1} of {turns}")
            with heap_set_aside():
                few.append(live(short, REPEATS, collector=collector))
                many.append(live(long, 1, collector=collector))
        rows += _rows(f"a chain, {state}", short, few, long, many)
    report(f"what is left of a chain of {long:,} nodes")
    workload, left = "a chain let go, collector off", float(survivors(long))
    return [*rows, Row(workload, f"{long:,} nodes", left, "nodes left", limit=0.0)]


def _rows(workload: str, short: int, few: list[Phases], long: int, many: list[Phases]) -> list[Row]:
    rows = []
    for phase in ("build", "sweep", "free", "all three"):
        base = Timing(tuple(life.of(phase) for life in few)).per(long)
        deep = Timing(tuple(life.of(phase) for life in many)).per(long)
        name, against = f"{phase}: {long:,} nodes", f"{phase}: {short:,} nodes"
        rows.append(Row(workload, against, base.median, "s/node", base.spread))
        ratio = deep.ratio(base)
        limit = LIMIT if phase == "all three" else None  # it is set for a chain's whole life
        rows.append(
            Row(workload, name, deep.median, "s/node", deep.spread, ratio, f"{short:,}", limit)
        )
    return rows
