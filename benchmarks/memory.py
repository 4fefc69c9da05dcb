"""How many bytes a node takes, in a graph of 100,000 of them, after a backward sweep.

Parameters and samples exist before the count starts, so it is the nodes of operations alone, with
all they own: tuples, floats, and the gradients (a leaf's new gradient is counted as well, and is
nothing at this size). It is counted in two ways: ``tracemalloc`` adds up what was asked for, and
the resident set is what the system gave, with the allocator's rounding to 16 bytes. The second is
taken in a process of its own, because a heap with holes in it grows less than what is put on it.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from os import sysconf
from pathlib import Path
from typing import Any

from autograd import Value
from benchmarks.perceptron import library, perceptron
from benchmarks.reference import Reference
from benchmarks.rows import Effort, Report, Row

LIMIT = 250.0
RESIDENT = Path("/proc/self/statm")

# samples that make a graph of 100,000 nodes: one takes 641 binary operations, or 369 n-ary ones
CONTENDERS: dict[str, tuple[Callable[[int], Any], int]] = {
    "Reference, binary": (lambda n: perceptron(Reference, n), 160),
    "Value, binary": (lambda n: perceptron(Value, n), 160),
    "nn.MLP": (library, 280),
}


def measure(effort: Effort, report: Report) -> list[Row]:
    """Count every engine's bytes, both ways."""
    rows = []
    for name in CONTENDERS:
        for way in ("tracemalloc", "resident set"):
            if way == "resident set" and not RESIDENT.exists():
                continue  # only Linux tells a process its own in this way
            report(f"bytes per node: {name}, {way}")
            count = bytes_per_node if way == "tracemalloc" else _in_a_fresh_process
            amount, nodes = count(name, way, effort)
            workload = f"memory after backward, {nodes:,} nodes"
            limit = LIMIT if way == "tracemalloc" and name != "Reference, binary" else None
            rows.append(Row(workload, f"{name}: {way}", amount, "bytes/node", limit=limit))
    return rows


def _in_a_fresh_process(name: str, way: str, effort: Effort) -> tuple[float, int]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(bytes_per_node, name, way, effort).result()


def bytes_per_node(name: str, way: str, effort: Effort) -> tuple[float, int]:
    """The bytes that each node of a contender's graph takes, and how many nodes it has."""
    make, full = CONTENDERS[name]
    network = make(effort.choose(full, quick=2))
    # the first step sets up what is not the graph's: caches, and code that gets specialised
    make(1).train()
    gc.collect()
    if way == "tracemalloc":
        tracemalloc.start()
    before = _used(way)
    output = network.train()
    gc.collect()
    used = _used(way) - before
    tracemalloc.stop()
    nodes = _operations(output)
    return used / nodes, nodes


def _operations(output: Any) -> int:
    """How many nodes a graph of any engine has that something computed."""
    seen, waiting = {output}, [output]
    while waiting:
        for parent in waiting.pop().parents:
            if parent.parents and parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return len(seen)


def _used(way: str) -> int:
    if way == "tracemalloc":
        return tracemalloc.get_traced_memory()[0]
    return int(RESIDENT.read_text().split()[1]) * sysconf("SC_PAGE_SIZE")
